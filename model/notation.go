// Part of the notations of the seed; see the package documentation.

package model

import "strings"

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

// Value returns the union as a structure with one member: the chunk, the exception by its member's
// name, or an unknown member without content. An exception that is not modelled is named
// Unknown_operation_error and carries its code as __type. An empty union is an empty structure.
func (s ResponseStream) Value() Value {
	v := Value{Kind: StructureValue}
	// If a caller has set two members, the first in this order counts.
	switch {
	case s.Chunk != nil:
		part := Value{Kind: StructureValue} // empty where bytes is missing, which is not an empty blob
		if s.Chunk.Bytes != nil {
			part.Members = []Member{{memberBytes, Value{Kind: BlobValue, Blob: s.Chunk.Bytes}}}
		}
		v.Members = []Member{{memberChunk, part}}
	case s.Exception != nil:
		// The member's name says a known code already.
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
	if r == nil {
		return v
	}
	// nil means not collected, empty means collected without events: the tree keeps the two apart.
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

// AppendJSON appends the error's shape as JSON, with its code as __type: what [ErrorFromJSON] reads
// back. StatusCode, RequestID and InStream belong to the transport and are not part of it.
func (e *Error) AppendJSON(dst []byte) []byte {
	if e == nil {
		return append(dst, "null"...)
	}
	// Five members at most: the code and the four of the shapes.
	list := make([]Member, 0, 5)
	if e.Code != "" {
		list = append(list, Member{memberType, stringValue(e.discriminator())})
	}
	return Value{Kind: StructureValue, Members: e.members(list)}.AppendJSON(dst)
}

// members are the error's members as the shape has them.
func (e *Error) members(list []Member) []Member {
	// An empty text is left out: JSON that was read without a member is written without it.
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

// discriminator is the code as __type carries it. A reader drops what stands before the first '#'.
func (e *Error) discriminator() string {
	// "b#C" would be read as "C", "#b#C" is read as "b#C".
	if strings.Contains(string(e.Code), "#") {
		return "#" + string(e.Code)
	}
	return string(e.Code)
}

// memberName is the union's name for an exception: the shape's with a small first letter.
func (c Code) memberName() string {
	if !c.Known() {
		return string(UnknownOperationError)
	}
	// Known codes begin with a capital letter of ASCII, which one bit makes small.
	return string(c[0]|0x20) + string(c[1:])
}
