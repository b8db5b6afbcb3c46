package text

import (
	"bytes"
	"strconv"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// Failure returns the error that the model reports in chunk in its own format, and nil where it
// reports none: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}} of
// Anthropic, {"error":{"message":"...","type":"...","code":"..."}} of OpenAI, {"error":"..."} and
// the like. Code and message are the model's, InStream is set, and Raw is a copy of the chunk's
// first [model.MaxErrorBody] bytes.
//
// It does not allocate for a chunk without an error, which costs it a search for one word. It does
// not see an error whose key is spelled with JSON escapes.
func Failure(chunk []byte) *model.Error {
	if isPlainDelta(chunk) || !bytes.Contains(chunk, []byte(`"error"`)) || !signsOf(chunk).failed {
		return nil
	}
	var f fault
	// A copy even of a chunk without halves of surrogate pairs: this path ends a stream.
	lx := jsonwire.New(appendWithoutHalves(nil, chunk))
	lx.Next()
	for lx.Next() == jsonwire.Key {
		if !lx.TextIs("error") {
			lx.Skip()
			continue
		}
		f.read(&lx, nil)
	}
	if lx.Finish() != nil {
		return nil
	}
	e := &model.Error{
		Code: model.Code(f.code), Message: string(f.message), InStream: true,
		Raw: bytes.Clone(chunk[:min(len(chunk), model.MaxErrorBody)]),
	}
	if n := f.status; n >= 100 && n <= 599 {
		e.OriginalStatusCode, e.StatusCode = int(n), int(n)
		if e.Code == "" {
			e.Code = model.Code(strconv.Itoa(int(n)))
		}
	}
	return e
}

// fault is what a model says about its error.
type fault struct {
	code, message []byte
	status        int64 // the HTTP status, 0 for none
}

// read consumes the value of "error": an object, or a plain text of some gateways. Another value is
// not an error. Texts with escapes are appended to buf, which it returns.
func (f *fault) read(lx *jsonwire.Lexer, buf []byte) []byte {
	switch lx.Next() {
	case jsonwire.String:
		f.message, buf = unescaped(lx, buf)
		return buf
	case jsonwire.ObjectStart:
	default:
		lx.Skip()
		return buf
	}
	keys := [...]string{"message", "code", "type", "status"}
	var texts [len(keys)][]byte
	var seen uint64
	for lx.Next() == jsonwire.Key {
		i := 0
		for i < len(keys) && !lx.TextIs(keys[i]) {
			i++
		}
		if i < len(keys) && lx.Once(&seen, uint(i)) {
			switch lx.Next() {
			case jsonwire.String:
				if len(lx.Raw()) != 0 {
					texts[i], buf = unescaped(lx, buf)
				}
			case jsonwire.Number:
				if n, ok := lx.Int64(); ok && (keys[i] == "code" || keys[i] == "status") {
					f.status = n
				}
			}
		}
		lx.Skip()
	}
	f.message = texts[0]
	// OpenAI's code is narrower than its type, Google's status is the word for its code.
	for _, text := range texts[1:] {
		if f.code == nil {
			f.code = text
		}
	}
	return buf
}

// unescaped returns the text of the string or key that lx has just consumed. One with escapes is
// appended to buf, which it returns.
func unescaped(lx *jsonwire.Lexer, buf []byte) (text, grown []byte) {
	if !lx.Escaped() {
		return lx.Raw(), buf
	}
	from := len(buf)
	buf = lx.AppendText(buf)
	// If the append moved the buffer, what was cut from the old one before is still there.
	return buf[from:len(buf):len(buf)], buf
}
