package model

import (
	"bytes"
	"errors"
	"strconv"

	"bedrockwire/model/jsonwire"
)

// MaxChunkBytes is how many bytes Bedrock's service model allows a chunk to decode to (PayloadPart,
// member bytes). It is a hint for sizing buffers: [DecodeChunk] does not refuse more, because the
// service may raise it and because the frame's own limit has already bounded the payload.
const MaxChunkBytes = 1_000_000

// ErrChunk matches every error of [DecodeChunk] under errors.Is.
var ErrChunk = errors.New("model: malformed chunk payload")

// ErrBase64 is the reason inside a [ChunkError] where the JSON was right and the text of "bytes"
// was not base64.
var ErrBase64 = errors.New("not padded base64 of the standard alphabet")

// ChunkError says where and why a chunk's payload was refused. It carries no byte of the payload,
// which is part of a model's answer.
type ChunkError struct {
	// Offset is that of the first wrong byte in the payload, or the payload's length where more was
	// needed. Inside a base64 string written with JSON escapes it is the string's first byte.
	Offset int
	// Err is a jsonwire.Reason, or ErrBase64.
	Err error
}

// Error returns the reason and the offset.
func (e *ChunkError) Error() string {
	reason := ""
	if e.Err != nil { // nil only in a literal that a caller made
		reason = ": " + e.Err.Error()
	}
	return "model: malformed chunk payload" + reason + " at byte " + strconv.Itoa(e.Offset)
}

// Unwrap returns the reason.
func (e *ChunkError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrChunk].
func (e *ChunkError) Is(target error) bool { return target == ErrChunk }

// What Bedrock writes around the base64 text, byte for byte in every published capture. The value
// of "p" pads the payload so that its length says little about the answer's; it has always been a
// beginning of this alphabet.
const (
	chunkHead  = `{"bytes":"`
	chunkPad   = `","p":"`
	chunkTail  = `"}`
	padLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// DecodeChunk decodes the payload of a chunk event, {"bytes":"<base64>","p":"<padding>"}, and
// appends the bytes it carries, one event of the model's own format, to dst. It does not allocate
// where dst has room; about three quarters of the payload's length is always enough.
//
// Any JSON object is accepted that RFC 8259 allows and package jsonwire does not refuse: members in
// any order, white space, escapes inside the base64 text, members that are not known. An object
// whose "bytes" is missing or null is an event without bytes: nothing is appended and the error is
// nil. Refused, with a *[ChunkError], are: anything that is not an object, an empty payload, bytes
// after the object, a second "bytes", one that is neither string nor null, and text that is not
// base64 of the standard alphabet with padding, without white space and with zero spare bits (RFC
// 4648 section 3.5).
//
// On an error dst is returned as it came. Bytes of dst between its length and capacity may have
// been overwritten in either case. The payload is read only; that spare capacity must not overlap
// it.
func DecodeChunk(dst, payload []byte) ([]byte, error) {
	// The shape that Bedrock sends is recognised by its literal parts, each compared once. Any
	// other payload, and base64 that does not decode, goes to decodeAnyChunk. That function alone
	// defines what is accepted; this path accepts a subset of it.
	if len(payload) >= len(chunkHead) && string(payload[:len(chunkHead)]) == chunkHead && len(payload) <= jsonwire.MaxInput {
		rest := payload[len(chunkHead):]
		if n := bytes.IndexByte(rest, '"'); n >= 0 && isChunkEnd(rest[n:]) {
			if out, ok := appendDecoded(dst, rest[:n]); ok {
				return out, nil
			}
		}
	}
	return decodeAnyChunk(dst, payload)
}

// isChunkEnd reports whether p is what follows the base64 text in the shape that Bedrock sends: the
// closing quote, a padding member or none, and the end of the object and of the payload.
func isChunkEnd(p []byte) bool {
	if len(p) < len(chunkPad)+len(chunkTail) {
		return string(p) == chunkTail
	}
	pad := len(p) - len(chunkTail)
	if string(p[:len(chunkPad)]) != chunkPad || string(p[pad:]) != chunkTail {
		return false
	}
	// len(p) is at least that of both literals, by the test above, so pad >= len(chunkPad) and the
	// two don't overlap.
	letters := p[len(chunkPad):pad]
	if len(letters) <= len(padLetters) && string(letters) == padLetters[:len(letters)] {
		return true
	}
	// Any letters and digits are accepted as well: no lexer is needed to find where they end.
	for _, c := range letters {
		if c-'0' > 9 && c|0x20-'a' > 'z'-'a' {
			return false
		}
	}
	return true
}

// decodeAnyChunk is [DecodeChunk] for a payload of any form.
func decodeAnyChunk(dst, payload []byte) ([]byte, error) {
	var (
		lx   = jsonwire.New(payload)
		seen uint64
		text []byte // of "bytes": a part of the payload, or of out if it had escapes
		at   = -1   // text's offset in the payload, or -1 if it has none of its own
		out  = dst
	)
	start := 0
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	for lx.Next() == jsonwire.Key {
		if !lx.TextIs("bytes") {
			lx.Skip()
			continue
		}
		if !lx.Once(&seen, 0) {
			break
		}
		switch lx.Next() {
		case jsonwire.String:
			start = lx.Offset()
			if !lx.Escaped() {
				text, at = lx.Raw(), start
				break
			}
			// The unescaped text is appended to dst, and the decoded bytes to that. In the end they
			// are moved to where the text was.
			out = lx.AppendText(dst)
			text = out[len(dst):]
		case jsonwire.Null:
		default:
			lx.Fail(jsonwire.ErrKind)
		}
	}
	if err := lx.Finish(); err != nil {
		return dst, chunkError(err)
	}
	decoded, ok := appendDecoded(out, text)
	if !ok {
		return dst, base64Error(start, at, text)
	}
	n := copy(decoded[len(dst):], decoded[len(out):])
	return decoded[:len(dst)+n], nil
}

// chunkError wraps an error of the lexer.
func chunkError(err error) error {
	if e, ok := err.(*jsonwire.Error); ok {
		return &ChunkError{Offset: e.Offset, Err: e.Reason}
	}
	return &ChunkError{Err: err}
}

// base64Error says where text is not base64. Text that was unescaped has no offsets of its own.
func base64Error(start, at int, text []byte) error {
	if at >= 0 {
		start += base64Fault(text)
	}
	return &ChunkError{Offset: start, Err: ErrBase64}
}
