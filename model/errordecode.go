package model

import (
	"bytes"
	"unicode/utf8"

	"bedrockwire/model/jsonwire"
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

// errorFields is what a decoder finds in a body. The zero value is a body that says nothing.
type errorFields struct {
	kind, code                string // __type and code, in JSON; code alone in XML
	message, requestID        string
	originalMessage, resource string
	originalStatus            int
}

// decodeError makes an Error of a discriminator and a body, in whichever notation the body is.
func decodeError(code string, body []byte) *Error {
	long := len(body) > MaxErrorBody
	if long {
		body = body[:MaxErrorBody]
	}
	e := &Error{Code: codeFrom(code)}
	if len(body) == 0 {
		return e
	}
	e.Raw = bytes.Clone(body)
	f, ok := decodeFields(body, long)
	if e.Code == "" {
		e.Code = codeFrom(f.kind)
	}
	if e.Code == "" {
		e.Code = codeFrom(f.code)
	}
	e.Message, e.RequestID = f.message, f.requestID
	e.OriginalStatusCode, e.OriginalMessage, e.ResourceName = f.originalStatus, f.originalMessage, f.resource
	if !ok && e.Message == "" {
		e.Message = string(AppendClean(nil, bytes.TrimSpace(body), MaxBodyShown))
	}
	return e
}

// decodeFields looks at the first byte to see which notation the body is in. ok is false for a body
// that is no error shape. long says that the body was cut, so that it can't be complete.
func decodeFields(body []byte, long bool) (f errorFields, ok bool) {
	rest := bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")) // a byte order mark, from some proxies
	rest = bytes.TrimLeft(rest, " \t\r\n")
	if len(rest) == 0 {
		return f, true
	}
	switch rest[0] {
	case '{':
		f, ok = fieldsFromJSON(rest, long)
	case '<':
		f, ok = fieldsFromXML(rest, long)
	default:
		return f, string(bytes.TrimSpace(rest)) == "null" // "null" says nothing, and no more than that
	}
	if !ok && !utf8.Valid(rest) {
		// Text for people, in some other character set perhaps: mend it once rather than lose the code.
		mended := bytes.ToValidUTF8(rest, []byte("\uFFFD"))
		if rest[0] == '{' {
			return fieldsFromJSON(mended, long)
		}
		return fieldsFromXML(mended, long)
	}
	return f, ok
}

// Bits of the known keys of a JSON error, for Lexer.Once. Of message's and the id's spellings the
// one with the lowest bit wins.
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

// errorKeys are the keys' names, by bit. Only the top level of the body counts: a nested __type is
// some detail's.
var errorKeys = [keyCount]string{
	keyType:            "__type",
	keyCode:            "code",
	keyCapCode:         "Code",
	keyMessage:         "message",
	keyCapMessage:      "Message",
	keyErrorMessage:    "errorMessage",
	keyOriginalStatus:  "originalStatusCode",
	keyOriginalMessage: "originalMessage",
	keyResource:        "resourceName",
	keyRequestID:       "requestId",
	keyCapRequestID:    "RequestId",
}

// fieldsFromJSON reads an error's shape. Members of another kind than the model's, such as a number
// for a code, are ignored: half an error is worth more than none. A body that is not JSON, or in
// which a known key comes twice, yields nothing; one that was cut yields what stood before the cut.
func fieldsFromJSON(body []byte, long bool) (f errorFields, ok bool) {
	var texts [keyCount]string
	var seen uint64
	lx := jsonwire.NewLimit(body, 2*MaxErrorBody) // mending may have made it longer
	if lx.Next() != jsonwire.ObjectStart {
		return f, false
	}
	for lx.Next() == jsonwire.Key {
		bit := 0
		for bit < keyCount && !lx.TextIs(errorKeys[bit]) {
			bit++
		}
		if bit == keyCount || !lx.Once(&seen, uint(bit)) {
			lx.Skip()
			continue
		}
		switch lx.Next() {
		case jsonwire.String:
			texts[bit] = lx.Text()
		case jsonwire.Number:
			if n, ok := lx.Int64(); ok && bit == keyOriginalStatus && validStatus(n) {
				f.originalStatus = int(n)
			}
		default:
			lx.Skip()
		}
	}
	err := lx.Finish()
	ok = err == nil
	if !ok && !(long && errorIsTruncated(err)) {
		return errorFields{}, false
	}
	f.kind = texts[keyType]
	f.code = firstOf(texts[keyCode], texts[keyCapCode])
	f.message = firstOf(texts[keyMessage], firstOf(texts[keyCapMessage], texts[keyErrorMessage]))
	f.originalMessage, f.resource = texts[keyOriginalMessage], texts[keyResource]
	f.requestID = firstOf(texts[keyRequestID], texts[keyCapRequestID])
	return f, ok
}

// errorIsTruncated reports whether the JSON ended too early and had no other fault.
func errorIsTruncated(err error) bool {
	e, ok := err.(*jsonwire.Error)
	return ok && e.Reason == jsonwire.ErrTruncated
}

// validStatus is the range of the model's StatusCode shape.
func validStatus(n int64) bool { return n >= 100 && n <= 599 }

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
