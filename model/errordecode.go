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

	// MaxBodyShown is how many cleaned bytes of a body that is no error shape become the message.
	MaxBodyShown = 512
)

// requestIDHeaders are the names under which AWS services and their front ends send the request id,
// the service's own first.
var requestIDHeaders = [...]string{"X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amzn-Request-Id", "X-Amz-Requestid"}

// ErrorFromResponse makes the error of an HTTP response that is not 2xx. header returns a header's
// value by name in any case, like http.Header.Get; body is as much of the body as was read, of which
// the first [MaxErrorBody] bytes count.
//
// The code is taken from the header X-Amzn-Errortype, else from the body's __type, else from its
// code, else it is the status in digits. A code in the header survives any body: HTML, plain text,
// nothing, JSON of another kind. A body in XML is understood where JSON is expected.
func ErrorFromResponse(status int, header func(name string) string, body []byte) *Error {
	code, id := "", ""
	if header != nil {
		// First, because it is the one place that no body can contradict (Smithy, "AWS restJson1
		// protocol"): a proxy's page keeps the service's code.
		code = header("X-Amzn-Errortype")
		for _, name := range requestIDHeaders {
			if id = header(name); id != "" {
				break
			}
		}
	}
	e := decodeError(code, body)
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
// body's __type or code is used. StatusCode is the shape's. It never fails: a body that is no JSON
// object is read as XML if it looks like that, and otherwise its first [MaxBodyShown] cleaned bytes
// become the message.
func ErrorFromJSON(code string, body []byte) *Error {
	e := decodeError(code, body)
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

// errorAndBody is an error together with its body's copy, if that is short, as it nearly always is:
// two of three allocations in one.
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
	// Capped at its length: an append of the caller's moves it instead of growing into the rest of
	// the array.
	e.Raw = e.body[:copy(e.body[:], body):len(body)]
	return &e.Error
}

// decodeError makes an Error of a discriminator and a body, in whichever notation the body is.
func decodeError(code string, body []byte) *Error {
	long := len(body) > MaxErrorBody
	// Before anything else is done with it, so that a body of any size costs what MaxErrorBody
	// costs.
	if long {
		body = body[:MaxErrorBody]
	}
	e := newError(body)
	e.Code = codeFrom(code)
	if len(body) == 0 {
		return e
	}
	var f errorFields
	ok := f.decode(body, long)
	// __type before code, as Smithy's clients for Go have it; the protocol leaves the order open,
	// and services send one of them.
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
	// Something is better than nothing for whoever reads the log: the title of an HTML page, a
	// proxy's sentence.
	if !ok && e.Message == "" {
		// Only the part that is shown becomes a string (all else that is cleaned is one, and with a []byte a program would link
		// the function twice). A character has at most four bytes, and is never cleaned to none.
		body = bytes.TrimSpace(body)
		body = body[:min(len(body), (MaxBodyShown+1)*utf8.UTFMax)]
		e.Message = string(AppendClean(nil, string(body), MaxBodyShown))
	}
	return e
}

// decode looks at the first byte to see which notation the body is in. It reports false for a body
// that is no error shape. long says that the body was cut, so that it can't be complete.
func (f *errorFields) decode(body []byte, long bool) bool {
	rest := bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")) // a byte order mark, from some proxies
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\n' || rest[0] == '\r' || rest[0] == '\t') {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return true
	}
	// The media type is not asked: front ends send XML to callers of JSON services, and proxies name
	// types at random.
	if rest[0] != '{' && rest[0] != '<' {
		return string(bytes.TrimSpace(rest)) == "null" // "null" says nothing, and no more than that
	}
	if f.decodeNotation(rest, long) {
		return true
	}
	// Both lexers check UTF-8 and do not mend it. If that was not what they refused, mending won't
	// help.
	if utf8.Valid(rest) {
		return false
	}
	// Text for people, in some other character set perhaps: mend it once rather than lose the code.
	return f.decodeNotation(bytes.ToValidUTF8(rest, []byte("\uFFFD")), long)
}

// decodeNotation decodes a body that starts with '{' or '<'.
func (f *errorFields) decodeNotation(body []byte, long bool) bool {
	if body[0] == '{' {
		return f.fromJSON(body, long)
	}
	return f.fromXML(body, long)
}

// validStatus is the range of the model's StatusCode shape.
func validStatus(n int64) bool { return n >= 100 && n <= 599 }
