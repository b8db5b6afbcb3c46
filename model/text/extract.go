package text

import (
	"bytes"
	"strconv"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// Extract finds what chunk, one event of a model's own format (the bytes of a Bedrock chunk after
// base64), adds to the answer. The format is recognised by the chunk's shape; see the package
// comment for the table.
//
// It does not allocate, except that texts with JSON escapes are appended to dst, which grows where
// it has no room. The result is borrowed from chunk and from buf, the grown dst. Pass buf[:0] to the
// next call, when the delta is no longer needed, to keep a loop free of allocations.
//
// A chunk of a shape that is not known is not an error: its Kind is [Unknown]. The error, a
// *jsonwire.Error, is for what is not JSON by the rules of package jsonwire, or repeats a key that is
// known; the delta is then zero. Half of a surrogate pair, which jsonwire refuses, becomes U+FFFD
// here.
func Extract(dst, chunk []byte) (d Delta, buf []byte, err error) {
	// A value on the stack: its methods take pointers that never leave this function.
	x := extractor{lx: jsonwire.New(chunk), chunk: chunk, buf: dst}
	x.read()
	err = x.lx.Finish()
	if isHalf(err) {
		// The copy has the length of the chunk, so that offsets are the same in both.
		buf = appendWithoutHalves(dst, chunk)
		x = extractor{lx: jsonwire.New(buf[len(dst):]), chunk: buf[len(dst):], buf: buf}
		x.read()
		err = x.lx.Finish()
		x.d.textHalf, x.d.thinkHalf = x.textAt.half(chunk), x.thinkAt.half(chunk)
	}
	// What was found in a chunk that is not JSON to its last byte is dropped.
	if err != nil {
		return Delta{}, dst, err
	}
	x.d.Kind = x.kind()
	return x.d, x.buf, nil
}

// scan reads chunk for a caller that does not need a Delta. ok is false for a malformed chunk. raw says
// that only marks matter: whether a text is empty can be told without resolving its escapes.
func scan(chunk []byte, raw bool) (x extractor, ok bool) {
	x = extractor{lx: jsonwire.New(chunk), chunk: chunk, raw: raw}
	x.read()
	err := x.lx.Finish()
	if isHalf(err) {
		chunk = appendWithoutHalves(nil, chunk)
		x = extractor{lx: jsonwire.New(chunk), chunk: chunk, raw: raw}
		x.read()
		err = x.lx.Finish()
	}
	return x, err == nil
}

// Ends reports whether chunk holds its format's end mark, [Delta.End], for a caller that passes the
// bytes on without looking into them. It is false for malformed chunks. It does not allocate, except
// for a chunk with half of a surrogate pair.
func Ends(chunk []byte) bool {
	if isPlainDelta(chunk) {
		return false
	}
	x, ok := scan(chunk, true)
	return ok && x.d.End
}

// MarksEnd reports whether chunk is of a format whose answers have an end mark: a stream of such
// chunks that closes before [Ends] was true of one of them was cut. It is false for malformed chunks
// and for those of an unknown format. It allocates as Ends does.
func MarksEnd(chunk []byte) bool {
	x, ok := scan(chunk, true)
	return ok && x.d.Shape.marksEnd()
}

// Intervened reports whether Bedrock says in chunk that a guardrail has replaced or blocked the
// answer. It does not allocate; a chunk that does not mention guardrails costs a search for a word.
func Intervened(chunk []byte) bool {
	if isPlainDelta(chunk) || !bytes.Contains(chunk, []byte("-guardrailAction\"")) {
		return false
	}
	x, ok := scan(chunk, true)
	return ok && string(x.d.Guardrail) == "INTERVENED"
}

// Failure returns the error that the model reports in chunk in its own format, and nil where it
// reports none: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}} of
// Anthropic, {"error":{"message":"...","type":"...","code":"..."}} of OpenAI, {"error":"..."} and
// the like. Code and message are the model's, InStream is set, and Raw is a copy of the chunk's
// first [model.MaxErrorBody] bytes.
//
// It does not allocate for a chunk without an error, which costs it a search for one word. It does
// not see an error whose key is spelled with JSON escapes.
func Failure(chunk []byte) *model.Error {
	if isPlainDelta(chunk) || !bytes.Contains(chunk, []byte(`"error"`)) {
		return nil
	}
	x, ok := scan(chunk, false)
	if !ok || !x.failed {
		return nil
	}
	e := &model.Error{
		Code: model.Code(x.d.Code), Message: string(x.d.Message), InStream: true,
		Raw: bytes.Clone(chunk[:min(len(chunk), model.MaxErrorBody)]),
	}
	if n := x.status; n >= 100 && n <= 599 {
		e.OriginalStatusCode, e.StatusCode = int(n), int(n)
		if e.Code == "" {
			e.Code = model.Code(strconv.Itoa(int(n)))
		}
	}
	return e
}

// isPlainDelta reports whether chunk, if it is JSON at all, is a delta of Anthropic's text and
// nothing more. Nearly every chunk of the most frequent format is one, and a few comparisons tell it
// in a tenth of the lexer's time.
//
// How the chunk begins does not suffice: Bedrock adds its metrics to whichever chunk is the last, and
// members of another format could follow. So the text's first quote must be the one that ends it,
// with nothing after it but the two braces. A quote that is escaped there leaves the string open; that
// makes the chunk malformed, like anything else that is wrong inside it, and a malformed chunk has no
// mark either.
func isPlainDelta(chunk []byte) bool {
	const head, mid, tail = `{"type":"content_block_delta","index":`, `,"delta":{"type":"text_delta","text":"`, `"}}`
	if len(chunk) < len(head) || string(chunk[:len(head)]) != head {
		return false
	}
	rest := chunk[len(head):]
	// Digits that are not a number in JSON, none or 007, make a malformed chunk: see above.
	for len(rest) > 0 && rest[0]-'0' <= 9 {
		rest = rest[1:]
	}
	if len(rest) < len(mid) || string(rest[:len(mid)]) != mid {
		return false
	}
	rest = rest[len(mid):]
	end := bytes.IndexByte(rest, '"')
	return end >= 0 && string(rest[end:]) == tail
}
