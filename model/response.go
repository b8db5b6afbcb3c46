package model

import "strconv"

// InvokeModelResponse is the output of InvokeModel.
type InvokeModelResponse struct {
	Body                     []byte // in the model's own format; sensitive
	ContentType              string // media type of Body
	PerformanceConfigLatency PerformanceConfigLatency
	ServiceTier              ServiceTier
}

// InvokeModelResponseFrom makes the output of an InvokeModel response's header and body. header
// returns a header's value by name in any case, like http.Header.Get. Members whose header is missing
// are empty. Body is kept, not copied.
func InvokeModelResponseFrom(header func(name string) string, body []byte) *InvokeModelResponse {
	r := &InvokeModelResponse{Body: body}
	if header != nil {
		r.ContentType = header("Content-Type")
		r.PerformanceConfigLatency = PerformanceConfigLatency(header(headerLatency))
		r.ServiceTier = ServiceTier(header(headerServiceTier))
	}
	return r
}

// InvokeModelWithResponseStreamResponse is the output of InvokeModelWithResponseStream. Body is filled only where someone
// collected the stream; a client hands the chunks out one by one instead.
type InvokeModelWithResponseStreamResponse struct {
	Body                     []ResponseStream // nil: not collected
	ContentType              string           // media type of the chunks' content
	PerformanceConfigLatency PerformanceConfigLatency
	ServiceTier              ServiceTier
}

// ResponseStream is one event of the answer's stream: the union of which exactly one member is set.
type ResponseStream struct {
	Chunk     *PayloadPart // a part of the model's answer
	Exception *Error       // one of the six errors a stream may end with
	Unknown   string       // name of a member this package does not know; its content is dropped
}

// PayloadPart is a part of the model's answer. Its content is sensitive.
type PayloadPart struct {
	Bytes []byte // in the model's own format, at most 1,000,000 bytes by the service's model
}

// Names of the headers the response's members are bound to.
const (
	// In the canonical form of net/http, so that a lookup in an http.Header finds them without
	// making it. The wire has other capitals, which mean the same.
	headerContentType = "X-Amzn-Bedrock-Content-Type"
	headerLatency     = "X-Amzn-Bedrock-Performanceconfig-Latency"
	headerServiceTier = "X-Amzn-Bedrock-Service-Tier"
)

// ResponseFromHeaderAndBody makes the output of a response's head and, where it was collected, its
// stream. header returns a header's value by name in any case, like http.Header.Get. Members whose
// header is missing are empty; body is kept, not copied.
func ResponseFromHeaderAndBody(header func(name string) string, body []ResponseStream) *InvokeModelWithResponseStreamResponse {
	r := &InvokeModelWithResponseStreamResponse{Body: body}
	if header != nil {
		// The model calls it required and services leave it out: an answer is not refused for that.
		r.ContentType = header(headerContentType)
		r.PerformanceConfigLatency = PerformanceConfigLatency(header(headerLatency))
		r.ServiceTier = ServiceTier(header(headerServiceTier))
	}
	return r
}

// Names of the response's members and of the union's, as the model spells them.
const (
	// Exact, with their capitals: decoding compares them byte by byte, like every key here.
	memberBody        = "body"
	memberContentType = "contentType"
	memberLatency     = "performanceConfigLatency"
	memberServiceTier = "serviceTier"
	memberChunk       = "chunk"
	memberBytes       = "bytes"
	memberMessage     = "message"
	memberStatus      = "originalStatusCode"
	memberOriginal    = "originalMessage"
	memberResource    = "resourceName"
	memberType        = "__type"
)

// memberName is the union's name for an exception: the shape's with a small first letter.
func (c Code) memberName() string {
	// Known codes are ASCII and not empty, so c[0] exists and one bit makes it small.
	if !c.Known() {
		return string(UnknownOperationError)
	}
	return string(c[0]|0x20) + string(c[1:])
}

// members are the error's members as the shape has them.
func (e *Error) members(list []Member) []Member {
	// An empty text is left out: the shapes know no difference, and JSON that was read without a
	// member is written without it.
	text := func(name, s string) {
		if s != "" {
			list = append(list, Member{name, stringValue(s)})
		}
	}
	text(memberMessage, e.Message)
	if e.OriginalStatusCode != 0 {
		list = append(list, Member{memberStatus, Value{Kind: IntegerValue, Integer: int64(e.OriginalStatusCode)}})
	}
	text(memberOriginal, e.OriginalMessage)
	text(memberResource, e.ResourceName)
	return list
}

// discriminator is the code as __type carries it: so that a reader, who drops what stands before the
// first '#', finds all of it.
func (e *Error) discriminator() string {
	// codeFrom cuts at the first sign only: of "b#C" it would leave "C", of "#b#C" it leaves "b#C".
	for i := range len(e.Code) {
		if e.Code[i] == '#' {
			return "#" + string(e.Code)
		}
	}
	return string(e.Code)
}

// Value returns the union as a structure with one member: the chunk, the exception by its member's
// name, or an unknown member without content. An exception that is not modelled is named
// Unknown_operation_error and carries its code as __type. An empty union is an empty structure.
func (s ResponseStream) Value() Value {
	v := Value{Kind: StructureValue}
	// The first member that is set is the one: a literal that sets two is the caller's mistake, and
	// the order makes it the same mistake each time.
	switch {
	case s.Chunk != nil:
		part := Value{Kind: StructureValue} // empty where bytes is missing, which is not an empty blob
		if s.Chunk.Bytes != nil {
			part.Members = []Member{{memberBytes, Value{Kind: BlobValue, Blob: s.Chunk.Bytes}}}
		}
		v.Members = []Member{{memberChunk, part}}
	case s.Exception != nil:
		// A known code is said by the member's name already.
		var list []Member
		if !s.Exception.Code.Known() {
			list = append(list, Member{memberType, stringValue(s.Exception.discriminator())})
		}
		shape := Value{Kind: StructureValue, Members: s.Exception.members(list)}
		v.Members = []Member{{s.Exception.Code.memberName(), shape}}
	case s.Unknown != "":
		v.Members = []Member{{s.Unknown, Value{Kind: StructureValue}}}
	}
	return v
}

// Value returns the response as a tree: a structure of the members that are set, in the model's
// order. Blobs are shared with r, not copied.
func (r *InvokeModelWithResponseStreamResponse) Value() Value {
	v := Value{Kind: StructureValue}
	// A response that was never made has no members, not even null ones.
	if r == nil {
		return v
	}
	// nil was not collected, empty was collected and had no events: the tree keeps the two apart.
	if r.Body != nil {
		list := make([]Value, len(r.Body))
		for i := range r.Body {
			list[i] = r.Body[i].Value()
		}
		v.Members = append(v.Members, Member{memberBody, Value{Kind: ListValue, List: list}})
	}
	if r.ContentType != "" {
		v.Members = append(v.Members, Member{memberContentType, stringValue(r.ContentType)})
	}
	if r.PerformanceConfigLatency != "" {
		v.Members = append(v.Members, Member{memberLatency, enumValue(string(r.PerformanceConfigLatency))})
	}
	if r.ServiceTier != "" {
		v.Members = append(v.Members, Member{memberServiceTier, enumValue(string(r.ServiceTier))})
	}
	return v
}

// AppendJSON appends the response as JSON, see [Value.AppendJSON].
func (r *InvokeModelWithResponseStreamResponse) AppendJSON(dst []byte) []byte {
	return r.Value().AppendJSON(dst)
}

// AppendQuery appends the response in query form, see [Value.AppendQuery].
func (r *InvokeModelWithResponseStreamResponse) AppendQuery(dst []byte) []byte {
	return r.Value().AppendQuery(dst)
}

// AppendXML appends the response as an XML document, see [Value.AppendXML].
func (r *InvokeModelWithResponseStreamResponse) AppendXML(dst []byte) ([]byte, error) {
	return r.Value().AppendXML(dst, "InvokeModelWithResponseStreamResponse")
}

// ResponseFromJSON decodes what [InvokeModelWithResponseStreamResponse.AppendJSON] writes. Unknown
// members are ignored; body may be one structure instead of a list.
func ResponseFromJSON(data []byte) (*InvokeModelWithResponseStreamResponse, error) {
	// By way of the tree, not straight into the type: what is read this way is small, and one
	// decoder then serves both notations.
	v, err := ValueFromJSON(data)
	if err != nil {
		return nil, err
	}
	return ResponseFromValue(v)
}

// ResponseFromXML decodes what [InvokeModelWithResponseStreamResponse.AppendXML] writes, whatever
// the root's name. Unknown members are ignored; body may be one structure instead of a list.
func ResponseFromXML(data []byte) (*InvokeModelWithResponseStreamResponse, error) {
	v, err := ValueFromXML(data)
	if err != nil {
		return nil, err
	}
	return ResponseFromValue(v)
}

// ResponseFromString decodes a response from a text in XML, if it starts with '<' after white space,
// or else in JSON.
func ResponseFromString(s string) (*InvokeModelWithResponseStreamResponse, error) {
	// Only the first byte that is no white space decides, so that no text is tried as both.
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\n', '\r':
			continue
		case '<':
			return ResponseFromXML([]byte(s))
		}
		break
	}
	return ResponseFromJSON([]byte(s))
}

// ResponseFromValue makes a response of a tree, typed or decoded: an enum may be a String, a blob a
// String of base64, an integer in XML a String of digits. Unknown members are ignored and null ones
// count as missing. The error is a *[FieldError] that names the member by its path. Blobs of a typed
// tree are shared with it.
func ResponseFromValue(v Value) (*InvokeModelWithResponseStreamResponse, error) {
	// Errors are gathered by d and asked for once: every step is safe on what a failed one returned.
	d := decoder{}
	r := &InvokeModelWithResponseStreamResponse{}
	v = d.structure("response", v)
	// A missing member is null, of which text makes "" and status 0: no step asks whether it was
	// there.
	r.ContentType = d.text(memberContentType, v.Member(memberContentType))
	r.PerformanceConfigLatency = PerformanceConfigLatency(d.text(memberLatency, v.Member(memberLatency)))
	r.ServiceTier = ServiceTier(d.text(memberServiceTier, v.Member(memberServiceTier)))
	// The seed's body is one structure, this package's a list of them: both are read.
	switch body := v.Member(memberBody); {
	case body.Kind == NullValue:
	case body.Kind == ListValue || body.isEmptyText():
		// At most MaxValues of them where the tree was decoded.
		r.Body = make([]ResponseStream, len(body.List))
		for i := range body.List {
			r.Body[i] = d.union(memberBody+"["+strconv.Itoa(i)+"]", body.List[i])
		}
	default:
		r.Body = []ResponseStream{d.union(memberBody, body)}
	}
	if d.err != nil {
		return nil, d.err
	}
	return r, nil
}

// isEmptyText is what XML makes of an empty structure or list.
func (v Value) isEmptyText() bool { return v.Kind == StringValue && v.Text == "" }

// decoder turns values into typed members. Its first error stays.
type decoder struct{ err error }

func (d *decoder) fail(path, reason string) {
	// The first one, in the order of the wire: what follows it may follow from it.
	if d.err == nil {
		d.err = &FieldError{Field: path, Reason: reason}
	}
}

// structure checks that v is a structure, or what XML makes of an empty one.
func (d *decoder) structure(path string, v Value) Value {
	// XML writes an empty structure as it writes an empty text, so one must pass for the other.
	if v.Kind != StructureValue && !v.isEmptyText() {
		d.fail(path, "is no structure")
	}
	return v
}

func (d *decoder) text(path string, v Value) string {
	switch v.Kind {
	// Text is empty in a null.
	case NullValue, EnumValue, StringValue:
		return v.Text
	}
	d.fail(path, "is no string")
	return ""
}

func (d *decoder) blob(path string, v Value) []byte {
	switch v.Kind {
	case NullValue:
		return nil
	case BlobValue:
		// Shared, as ResponseFromValue says: a typed tree is the caller's own.
		return v.Blob
	case StringValue: // as JSON and XML carry it
		// The same strict decoder as that of chunks: a capture that was edited by hand is refused
		// where the stream would have been.
		src := []byte(v.Text)
		if len(src)%4 == 0 {
			if dst := make([]byte, base64Len(src)); decodeBase64(dst, src) {
				return dst
			}
		}
		d.fail(path, "is not base64")
		return nil
	}
	d.fail(path, "is no blob")
	return nil
}

func (d *decoder) status(path string, v Value) int {
	switch v.Kind {
	case NullValue:
		return 0
	case IntegerValue:
		// Compared as an int64, before it becomes an int that may have 32 bits.
		if validStatus(v.Integer) {
			return int(v.Integer)
		}
	case StringValue: // XML's only kind of number
		if n, ok := parseStatus(v.Text); ok {
			return n
		}
	}
	d.fail(path, "is no status from 100 to 599")
	return 0
}

// union decodes one event. As elsewhere in restJson1, __type and null members don't count, and
// exactly one member must be left.
func (d *decoder) union(path string, v Value) (s ResponseStream) {
	v = d.structure(path, v)
	count := 0
	// All members are looked at, known or not, so that the count is of the union and not of what
	// this version knows of it.
	for i := range v.Members {
		m := &v.Members[i]
		if m.Name == memberType || m.Value.Kind == NullValue {
			continue
		}
		// Two members set are two meanings; a reader that takes the first and one that takes the
		// last would disagree.
		if count++; count > 1 {
			d.fail(path, "has more than one member")
			return ResponseStream{}
		}
		// The name is the sender's: only known ones become part of a path.
		switch {
		case m.Name == memberChunk:
			s.Chunk = &PayloadPart{d.blob(path+".chunk.bytes", d.structure(path+".chunk", m.Value).Member(memberBytes))}
		// The name that memberName gives, exactly: codeFrom alone would accept
		// "x#throttlingException" as well.
		case m.Name == string(UnknownOperationError) || codeFrom(m.Name).memberName() == m.Name:
			s.Exception = d.exception(path+"."+m.Name, m.Name, m.Value)
		default:
			s.Unknown = m.Name
		}
	}
	return s
}

// exception decodes an error inside the stream.
func (d *decoder) exception(path, member string, v Value) *Error {
	v = d.structure(path, v)
	// Status and code follow from the member's name; what carried the stream is not part of it.
	e := &Error{Code: codeFrom(member), InStream: true}
	if member == string(UnknownOperationError) {
		// It may turn out to be one of the eleven: then it is that one from here on.
		e.Code = codeFrom(d.text(path+".__type", v.Member(memberType)))
	}
	e.StatusCode = e.Code.Status()
	e.Message = d.text(path+".message", v.Member(memberMessage))
	e.OriginalStatusCode = d.status(path+".originalStatusCode", v.Member(memberStatus))
	e.OriginalMessage = d.text(path+".originalMessage", v.Member(memberOriginal))
	e.ResourceName = d.text(path+".resourceName", v.Member(memberResource))
	return e
}
