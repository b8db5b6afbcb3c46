package frame

import (
	"slices"

	"bedrockwire/crc"
)

// The layout's fixed parts, in bytes.
const (
	preludeSize  = 12              // total length, headers length, prelude CRC
	checksumSize = 4               // the message CRC at the end
	overhead     = preludeSize + 4 // all that is neither header nor payload
)

// Limits of a frame. Smithy's "Amazon Event Stream" gives payload and headers
// sizes that services must keep to, and asks clients not to enforce them; but a
// checksum is no proof of good will, and memory has an end. Bedrock's own frames
// stay far below: a chunk is modelled as at most 1,000,000 bytes.
const (
	// DefaultMaxFrame is the largest total length: the largest legal payload,
	// 24 MiB, and the overhead of a frame.
	DefaultMaxFrame = 24<<20 + overhead

	// DefaultMaxHeaders is the largest legal header block, 128 KiB.
	DefaultMaxHeaders = 128 << 10

	// DefaultMaxHeaderCount is what aws-c-event-stream allows; the
	// specification has no number.
	DefaultMaxHeaderCount = 1024
)

// Limits are the sizes above which a [Reader] refuses a frame with ErrTooLarge.
// A field that is zero or negative means its default.
type Limits struct {
	MaxFrame       int // bytes of a whole frame, default DefaultMaxFrame
	MaxHeaders     int // bytes of a header block, default DefaultMaxHeaders
	MaxHeaderCount int // headers in a frame, default DefaultMaxHeaderCount
}

// orDefault returns l with its defaults filled in.
func (l Limits) orDefault() Limits {
	if l.MaxFrame <= 0 {
		l.MaxFrame = DefaultMaxFrame
	}
	if l.MaxHeaders <= 0 {
		l.MaxHeaders = DefaultMaxHeaders
	}
	if l.MaxHeaderCount <= 0 {
		l.MaxHeaderCount = DefaultMaxHeaderCount
	}
	return l
}

// Message is a decoded frame. Both checksums and all headers are good.
//
// It borrows its bytes: from the input of [Parse], or from the buffer of a
// [Reader] until the Reader's next call. After that the Headers read as empty
// and the first byte of the Payload has changed, so that use after its time
// shows at once. [Message.Clone] keeps a message.
type Message struct {
	Headers Headers
	Payload []byte // without spare capacity, so an append can't run into the next frame
}

// Clone returns a copy that owns its bytes.
func (m Message) Clone() Message {
	b := make([]byte, len(m.Headers.b)+len(m.Payload))
	n := copy(b, m.Headers.b)
	copy(b[n:], m.Payload)
	return Message{Headers{b[:n:n], m.Headers.n}, b[n:]}
}

// Parse decodes the frame at the start of b, within the default limits, and
// returns the number of bytes it takes. When b is empty or ends inside a frame
// the error is ErrTruncated; bytes behind the frame are not looked at. The
// message borrows from b. A good frame costs no allocation.
//
// On error n is 0 and m is empty. All errors are of type *Error.
func Parse(b []byte) (m Message, n int, err error) {
	lim := Limits{}.orDefault()
	if len(b) < preludeSize {
		return m, 0, &Error{Offset: int64(len(b)), Err: ErrTruncated, why: "prelude", got: uint64(len(b)), want: preludeSize, show: showBytes}
	}
	p, e := parsePrelude((*[preludeSize]byte)(b), &lim)
	if e != nil {
		return m, 0, e
	}
	if p.total > len(b) {
		return m, 0, &Error{Offset: int64(len(b)), Err: ErrTruncated, why: "message", got: uint64(len(b)), want: uint64(p.total), show: showBytes}
	}
	if e := parseMessage(b[:p.total], &p, lim.MaxHeaderCount, &m); e != nil {
		return m, 0, e
	}
	return m, p.total, nil
}

// prelude is what the first twelve bytes of a frame say. Only parsePrelude makes
// one, so these hold: overhead <= total <= the limit, headers <= total-overhead.
type prelude struct {
	total, headers int

	// sum is the CRC of the frame's first at bytes: of the eight that the prelude
	// CRC covers at first. The message CRC goes on from there.
	sum uint32
	at  int
}

// advance takes the sum further over the part of the frame that has come, b. A
// Reader calls it while a large frame arrives: the bytes are still in the cache
// then, and little is left to do when the last ones come.
func (p *prelude) advance(b []byte) {
	const worthwhile = 1 << 10
	if end := min(len(b), p.total-checksumSize); end-p.at >= worthwhile {
		if len(b) < p.total {
			end &^= 63 // the next piece then starts at a cache line, if the buffer does
		}
		p.sum = crc.Update(p.sum, b[p.at:end])
		p.at = end
	}
}

// parsePrelude checks in the order of trust: the checksum before the lengths are
// looked at, their consistency before the limits.
func parsePrelude(b *[preludeSize]byte, lim *Limits) (prelude, *Error) {
	sum := crc.Prelude((*[8]byte)(b[:]))
	if stored := be32(b[8:]); sum != stored {
		return prelude{}, &Error{Offset: 8, Err: ErrPreludeCRC, got: uint64(sum), want: uint64(stored), show: showSums}
	}
	// In uint64 neither a sum nor a comparison of wire lengths can wrap, on any
	// machine. total-overhead is computed only where total >= overhead is known.
	total, headers := uint64(be32(b[0:])), uint64(be32(b[4:]))
	if total < overhead || headers > total-overhead || headers == 1 || total > uint64(lim.MaxFrame) || headers > uint64(lim.MaxHeaders) {
		return prelude{}, lengthError(total, headers, lim)
	}
	return prelude{int(total), int(headers), sum, 8}, nil // bounded: both are within limits, which are ints
}

// lengthError says which of the length checks failed.
func lengthError(total, headers uint64, lim *Limits) *Error {
	switch {
	case total < overhead:
		return &Error{Offset: 0, Err: ErrLength, why: "total length below the overhead of 16", got: total, show: showGot}
	case headers > total-overhead:
		return &Error{Offset: 4, Err: ErrLength, why: "headers length beyond the end of the frame", got: headers, show: showGot}
	case headers == 1:
		return &Error{Offset: 4, Err: ErrLength, why: "headers length below the shortest header", got: headers, show: showGot}
	case total > uint64(lim.MaxFrame):
		return &Error{Offset: 0, Err: ErrTooLarge, why: "total length", got: total, want: uint64(lim.MaxFrame), show: showLimit}
	}
	return &Error{Offset: 4, Err: ErrTooLarge, why: "headers length", got: headers, want: uint64(lim.MaxHeaders), show: showLimit}
}

// parseMessage decodes the frame b whose prelude is p into m: the checksum of all
// bytes first, then the headers, inside their exact part of b. len(b) is p.total.
func parseMessage(b []byte, p *prelude, maxCount int, m *Message) *Error {
	end := len(b) - checksumSize
	sum := crc.Update(p.sum, b[p.at:end])
	if stored := be32(b[end:]); sum != stored {
		return &Error{Offset: int64(end), Err: ErrMessageCRC, got: uint64(sum), want: uint64(stored), show: showSums}
	}
	split := preludeSize + p.headers
	h := b[preludeSize:split:split]
	n := chunkHeaderCount
	if !isChunk(h, maxCount) {
		var e *Error
		if n, e = walkHeaders(h, maxCount); e != nil {
			e.Offset += preludeSize
			return e
		}
	}
	m.Headers = Headers{h, n}
	m.Payload = b[split:end:end]
	return nil
}

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
