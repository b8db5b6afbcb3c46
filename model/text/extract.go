package text

import "bedrockwire/model/jsonwire"

// Extract finds what chunk, one event of a model's own format (the bytes of a Bedrock chunk after
// base64), adds to the answer. The format is recognised by the chunk's shape; see the package
// comment for the table.
//
// It does not allocate, except that texts with JSON escapes are appended to dst, which grows where
// it has no room. The result is borrowed from chunk and from buf, the grown dst. Pass buf[:0] to the
// next call, when the delta is no longer needed, to keep a loop free of allocations.
//
// A chunk of a shape that is not known is not an error: its Kind is [Unknown]. So is the body of an
// InvokeModel response where it differs from a chunk, as those of Anthropic, Titan, Nova and Command
// R do. The error, a *jsonwire.Error, is for what is not JSON by the rules of package jsonwire, or
// repeats a key that is known; the delta is then zero. Half of a surrogate pair, which jsonwire
// refuses, becomes U+FFFD here.
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
