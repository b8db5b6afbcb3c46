package frame

import (
	"encoding/binary"
	"slices"

	"bedrockwire/crc"
)

// Header is a name and a value, for [Append].
type Header struct {
	Name  string // 1 to 255 bytes of UTF-8
	Value Value
}

// Append appends the frame of a message to dst and returns the extended slice. It refuses what
// [Parse] would refuse, with the same kinds of error, and then returns dst unchanged: an unknown
// type, a name that is empty, longer than 255 bytes, repeated or not UTF-8, a value that is longer
// than 32,767 bytes or text that is not UTF-8, a reserved header that is not a string (all
// ErrHeader); too many headers, or more bytes than the default limits (ErrTooLarge).
//
// The headers, their order and the payload determine the bytes, so what Parse accepts is encoded to
// the same bytes again. Append allocates only if dst lacks capacity. Payload and values must not
// lie in dst's spare capacity.
func Append(dst []byte, headers []Header, payload []byte) ([]byte, error) {
	size := uint64(0)
	for i := range headers {
		h := &headers[i]
		if bad := h.check(); bad != "" {
			return dst, &Error{Offset: preludeSize + int64(size), Err: ErrHeader, why: bad}
		}
		// A header is at most 1+255+1+2+32767 bytes, so size can't overflow.
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
	b = binary.BigEndian.AppendUint32(b, uint32(total))
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	sum := crc.Prelude((*[8]byte)(b[start:]))
	b = binary.BigEndian.AppendUint32(b, sum)
	for i := range headers {
		h := &headers[i]
		b = append(b, byte(len(h.Name)))
		b = append(b, h.Name...)
		b = append(b, byte(h.Value.typ))
		b = h.Value.append(b)
	}
	// The rest (UTF-8, repeated names, reserved types, the count) is left to the decoder's check, so
	// that encoder and decoder always agree.
	if block := b[start+preludeSize:]; usualEvent(block) == "" {
		if _, e := walkHeaders(block, DefaultMaxHeaderCount); e != nil {
			e.Offset += preludeSize
			return dst, e
		}
	}
	b = append(b, payload...)
	sum = crc.Update(sum, b[start+8:])
	return binary.BigEndian.AppendUint32(b, sum), nil
}

// check returns what prevents the header from being encoded: a length that does not fit its field,
// or a type that has no size.
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

// size returns the number of bytes of the header on the wire.
func (h *Header) size() uint64 {
	return uint64(1 + len(h.Name) + 1 + fixedSize(h.Value.typ) + h.Value.textLen())
}

// append appends the value, without its type. Its lengths have been checked.
func (v *Value) append(dst []byte) []byte {
	switch v.typ {
	case Int8:
		return append(dst, byte(v.num))
	case Int16:
		return binary.BigEndian.AppendUint16(dst, uint16(v.num))
	case Int32:
		return binary.BigEndian.AppendUint32(dst, uint32(v.num))
	case Int64, Timestamp:
		return binary.BigEndian.AppendUint64(dst, v.num)
	case Bytes, String:
		dst = binary.BigEndian.AppendUint16(dst, uint16(v.textLen()))
		dst = append(dst, v.b...)
		return append(dst, v.s...)
	case UUID:
		dst = binary.BigEndian.AppendUint64(dst, v.num)
		return binary.BigEndian.AppendUint64(dst, v.low)
	}
	return dst // True and False
}
