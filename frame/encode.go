package frame

import (
	"slices"

	"bedrockwire/crc"
)

// Append appends the frame of a message to dst and returns the longer slice. It
// refuses what [Parse] would refuse, with the same kinds of error, and then
// returns dst as it was: an unknown type, an empty, overlong, repeated or
// non-UTF-8 name, an overlong or non-UTF-8 value, a reserved header that is not
// a string (all ErrHeader); too many headers, or more bytes than the default
// limits (ErrTooLarge).
//
// The bytes are determined by headers, their order, and payload, so what Parse
// accepts is encoded to the same bytes again. Append allocates only when dst
// lacks capacity. Payload and values must not lie in dst's spare capacity.
func Append(dst []byte, headers []Header, payload []byte) ([]byte, error) {
	size := uint64(0)
	for i := range headers {
		h := &headers[i]
		if bad := h.check(); bad != "" {
			return dst, &Error{Offset: preludeSize + int64(size), Err: ErrHeader, why: bad}
		}
		// A header is at most 1+255+1+2+32767 bytes, so size can't wrap.
		if size += h.size(); size > DefaultMaxHeaders {
			return dst, &Error{Offset: 4, Err: ErrTooLarge, why: "headers length", got: size, want: DefaultMaxHeaders, show: showLimit}
		}
	}
	total := overhead + size + uint64(len(payload))
	if total > DefaultMaxFrame {
		return dst, &Error{Offset: 0, Err: ErrTooLarge, why: "total length", got: total, want: DefaultMaxFrame, show: showLimit}
	}

	start := len(dst)
	b := slices.Grow(dst, int(total)) // bounded: at most DefaultMaxFrame
	b = appendBE(b, total, 4)
	b = appendBE(b, size, 4)
	sum := crc.Prelude((*[8]byte)(b[start:]))
	b = appendBE(b, uint64(sum), 4)
	for i := range headers {
		h := &headers[i]
		b = append(b, byte(len(h.Name)))
		b = append(b, h.Name...)
		b = append(b, byte(h.Value.typ))
		b = h.Value.append(b)
	}
	// What is left (UTF-8, repeated names, reserved types, the count) is checked
	// by the decoder's own check, so the two directions can't come to differ.
	if _, e := checkHeaders(b[start+preludeSize:], DefaultMaxHeaderCount); e != nil {
		e.Offset += preludeSize
		return dst, e
	}
	b = append(b, payload...)
	sum = crc.Update(sum, b[start+8:])
	return appendBE(b, uint64(sum), checksumSize), nil
}

// check finds what could not even be written down: lengths that don't fit their
// field, and a type that has no size.
func (h *Header) check() string {
	switch {
	case h.Name == "":
		return "empty name"
	case len(h.Name) > 255:
		return "name longer than 255 bytes"
	case h.Value.typ >= typeCount:
		return "unknown value type"
	case h.Value.textLen() > maxValue:
		return "value longer than 32767 bytes"
	}
	return ""
}

// size returns the bytes of the header on the wire.
func (h *Header) size() uint64 {
	return uint64(1 + len(h.Name) + 1 + fixedSize(h.Value.typ) + h.Value.textLen())
}
