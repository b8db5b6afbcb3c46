package model

import (
	"bytes"
	"cmp"
	"unicode/utf8"
)

// Limits of reading an error's body.
const (
	// MaxErrorBody is how many bytes of an error's body are looked at. The service's own are under
	// 1 KiB; what is longer comes from something between it and the client.
	MaxErrorBody = 64 << 10

	// MaxBodyShown is how many cleaned bytes of a body of unknown form become the message.
	MaxBodyShown = 512
)

// requestIDHeaders are the names under which AWS services and their front ends send the request id,
// the service's own first.
var requestIDHeaders = [...]string{"X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amzn-Request-Id", "X-Amz-Requestid"}

// ErrorFromResponse makes the error of an HTTP response that is not what its caller expected. header
// returns a header's value by name in any case, like http.Header.Get. body is as much of the body as
// was read, of which the first [MaxErrorBody] bytes count.
//
// The code is taken from the header X-Amzn-Errortype, else from the body, else it is the status in
// digits. A code in the header survives any body. The message is taken from the places where AWS's
// services, gateways and proxies put it; of a body of another form it is the cleaned start, at most
// [MaxBodyShown] bytes. A body in XML is understood where JSON is expected.
//
// A body with a success status may be a model's answer, which does not belong in a log. Of such a body
// the message is what an error in it says, the names of its members, or the first line of its text.
func ErrorFromResponse(status int, header func(name string) string, body []byte) *Error {
	code, id := "", ""
	if header != nil {
		// First, because no body can contradict it (Smithy, "AWS restJson1 protocol"): a proxy's page
		// keeps the service's code.
		code = header("X-Amzn-Errortype")
		for _, name := range requestIDHeaders {
			if id = header(name); id != "" {
				break
			}
		}
	}
	e := decodeError(code, body, status >= 200 && status < 300)
	e.StatusCode = status
	if id != "" {
		e.RequestID = id // a header's id wins over a body's
	}
	// Last: any name that was sent says more than the status.
	if e.Code == "" {
		e.Code = codeFromStatus(status)
	}
	return e
}

// ErrorFromJSON makes an error of a JSON body. code is the discriminator the transport gave, a
// shape's name or a stream's member name, with or without name space and URI; where it is empty the
// body's code is used. StatusCode is the shape's. ErrorFromJSON never fails: a body of another form
// becomes the message as [ErrorFromResponse] says.
func ErrorFromJSON(code string, body []byte) *Error {
	e := decodeError(code, body, false)
	e.StatusCode = e.Code.Status()
	return e
}

// ErrorFromXML is [ErrorFromJSON] for a body in XML: the wrapped form of AWS's query protocol, the
// unwrapped one of S3, the one of EC2, and a root element that is the code. The request id is taken
// from the body. JSON is understood where XML is expected.
func ErrorFromXML(code string, body []byte) *Error { return ErrorFromJSON(code, body) }

// Fields of an error's body: the known keys of its JSON, and the bits by which Lexer.Once knows them.
// Of the spellings of one member the one with the lowest number wins.
const (
	keyType = iota
	keyCode
	keyCapCode
	keyMessage
	keyCapMessage
	keyErrorMessage
	keyOriginalStatus
	keyOriginalMessage
	keyResource
	keyRequestID
	keyCapRequestID
	keyCount
)

// errorFields is what a decoder finds in a body.
type errorFields struct {
	texts  [keyCount]string
	status int // originalStatusCode, 0 for none
}

// errorAndBody is an error together with a copy of its body, if that is short, as it nearly always is:
// one allocation in place of two.
type errorAndBody struct {
	Error
	body [192]byte
}

// newError returns an error whose Raw is a copy of body.
func newError(body []byte) *Error {
	if len(body) == 0 {
		return &Error{}
	}
	e := &errorAndBody{}
	if len(body) > len(e.body) {
		return &Error{Raw: bytes.Clone(body)}
	}
	// Its capacity is its length, so that an append does not grow into the rest of the array.
	e.Raw = e.body[:copy(e.body[:], body):len(body)]
	return &e.Error
}

// decodeError makes an Error of a discriminator and a body. success says that the response's status
// was a success, so that the body may be a model's answer.
func decodeError(code string, body []byte, success bool) *Error {
	long := len(body) > MaxErrorBody
	// The cut comes first, so that a larger body costs no more than one of MaxErrorBody bytes.
	if long {
		body = body[:MaxErrorBody]
	}
	e := newError(body)
	e.Code = codeFrom(code)
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))) // a byte order mark, from some proxies
	if len(body) == 0 || string(body) == "null" {
		return e
	}
	var f errorFields
	ok := f.decode(body, long)
	// __type wins over code, as in Smithy's clients for Go. The protocol leaves the order open, and
	// services send only one of them.
	if e.Code == "" {
		e.Code = codeFrom(f.texts[keyType])
	}
	if e.Code == "" {
		e.Code = codeFrom(cmp.Or(f.texts[keyCode], f.texts[keyCapCode]))
	}
	e.Message = cmp.Or(f.texts[keyMessage], f.texts[keyCapMessage], f.texts[keyErrorMessage])
	e.OriginalStatusCode = f.status
	e.OriginalMessage = f.texts[keyOriginalMessage]
	e.ResourceName = f.texts[keyResource]
	e.RequestID = cmp.Or(f.texts[keyRequestID], f.texts[keyCapRequestID])

	if ok && body[0] == '{' && (e.Message == "" || e.Code == "" || success) {
		known := f != errorFields{}
		o := otherForm(body)
		if success && !o.isError {
			e.Message, o = "", other{}
		}
		if e.Code == "" {
			e.Code = codeFrom(o.code)
		}
		e.Message = cmp.Or(e.Message, o.message)
		switch {
		case e.Message != "":
		case success:
			e.Message = memberNames(body)
		case known || o.code != "" || o.empty:
			// A body that has a code and no message, or nothing at all, has no more to show.
		default:
			ok = false
		}
	}
	if ok || e.Message != "" {
		return e
	}
	if success {
		e.Message = firstLine(body)
		return e
	}
	// The start of any other body is shown, because it may be the title of an HTML page or a
	// proxy's sentence. A character has at most four bytes, and cleaning removes none, so this much
	// of the body is enough.
	e.Message = string(AppendClean(nil, body[:min(len(body), (MaxBodyShown+1)*utf8.UTFMax)], MaxBodyShown))
	return e
}

// decode looks at the first byte to see which notation the body is in. It reports false for a body
// that is not an error's. long says that the body was cut, so that it can't be complete.
func (f *errorFields) decode(body []byte, long bool) bool {
	// The media type does not matter: front ends send XML to callers of JSON services, and proxies
	// send any type.
	if body[0] != '{' && body[0] != '<' {
		return false
	}
	if f.decodeNotation(body, long) {
		return true
	}
	// Both lexers refuse text that is not UTF-8.
	if utf8.Valid(body) {
		return false
	}
	// Text in another character set, perhaps: repair it once so that the code is not lost.
	return f.decodeNotation(bytes.ToValidUTF8(body, []byte("\uFFFD")), long)
}

// decodeNotation decodes a body that starts with '{' or '<'.
func (f *errorFields) decodeNotation(body []byte, long bool) bool {
	if body[0] == '{' {
		return f.fromJSON(body, long)
	}
	return f.fromXML(body, long)
}

// validStatus is the range of the service's StatusCode shape.
func validStatus(n int64) bool { return n >= 100 && n <= 599 }
