// Part of the notations of the seed; see the package documentation.

package model

import "strconv"

// ResponseFromJSON decodes what [InvokeModelWithResponseStreamResponse.AppendJSON] writes. Unknown
// members are ignored; body may be one structure instead of a list.
func ResponseFromJSON(data []byte) (*InvokeModelWithResponseStreamResponse, error) {
	// Through the tree and not straight into the type, so that one decoder serves both notations.
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
	// The first byte that is not white space decides, so that no text is tried as both.
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
	// d keeps the first error. Every step is safe on what a failed one returned.
	d := decoder{}
	r := &InvokeModelWithResponseStreamResponse{}
	v = d.structure("response", v)
	// A missing member is null, which text reads as "" and status as 0.
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

// isEmptyText reports whether v is what XML makes of an empty structure or list.
func (v Value) isEmptyText() bool { return v.Kind == StringValue && v.Text == "" }

// decoder turns values into typed members. Its first error stays.
type decoder struct{ err error }

func (d *decoder) fail(path, reason string) {
	// The first one: later ones may follow from it.
	if d.err == nil {
		d.err = &FieldError{Field: path, Reason: reason}
	}
}

// structure checks that v is a structure, or what XML makes of an empty one.
func (d *decoder) structure(path string, v Value) Value {
	// XML writes an empty structure as it writes an empty text, so one must pass for the other.
	if v.Kind != StructureValue && !v.isEmptyText() {
		d.fail(path, "is not a structure")
	}
	return v
}

func (d *decoder) text(path string, v Value) string {
	switch v.Kind {
	// Text is empty in a null.
	case NullValue, EnumValue, StringValue:
		return v.Text
	}
	d.fail(path, "is not a string")
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
		// The decoder is the strict one of chunks: an edited capture is refused where the stream would
		// have been.
		if dst, ok := appendDecoded([]byte{}, []byte(v.Text)); ok {
			return dst
		}
		d.fail(path, "is not base64")
		return nil
	}
	d.fail(path, "is not a blob")
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
	d.fail(path, "is not a status from 100 to 599")
	return 0
}

// union decodes one event. As elsewhere in restJson1, __type and null members don't count, and
// exactly one member must be left.
func (d *decoder) union(path string, v Value) (s ResponseStream) {
	v = d.structure(path, v)
	count := 0
	// Members that this version does not know count too.
	for i := range v.Members {
		m := &v.Members[i]
		if m.Name == memberType || m.Value.Kind == NullValue {
			continue
		}
		// One reader would take the first of two members, another the last.
		if count++; count > 1 {
			d.fail(path, "has more than one member")
			return ResponseStream{}
		}
		// The sender chose the name: only known ones become part of a path.
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
