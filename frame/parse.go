package frame

import (
	"encoding/binary"

	"bedrockwire/crc"
)

// The fixed parts of a frame, in bytes.
const (
	preludeSize  = 12                         // total length, headers length, prelude CRC
	checksumSize = 4                          // the message CRC at the end
	overhead     = preludeSize + checksumSize // everything but headers and payload
)

// Parse decodes the frame at the start of b, within the default limits, and returns the number of
// bytes that it takes. If b is empty or ends inside a frame, the error is ErrTruncated. Bytes after
// the frame are not read. The message borrows from b. Parsing a good frame does not allocate.
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

// prelude is the content of a frame's first twelve bytes. Only parsePrelude makes one, so these
// hold: overhead <= total <= the limit, and headers <= total-overhead.
type prelude struct {
	total, headers int

	// sum is the CRC of the first at bytes of the frame. It starts with the eight bytes that the
	// prelude CRC covers, and the message CRC continues it.
	sum uint32
	at  int
}

// advance continues the sum over b, the part of the frame that has arrived. A Reader calls it while
// a large frame arrives, because the bytes are then still in the processor's cache.
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

// parsePrelude checks in the order of trust: the checksum before the lengths are used, and their
// consistency before the limits.
func parsePrelude(b *[preludeSize]byte, lim *Limits) (prelude, *Error) {
	sum := crc.Prelude((*[8]byte)(b[:]))
	if stored := binary.BigEndian.Uint32(b[8:]); sum != stored {
		return prelude{}, &Error{Offset: 8, Err: ErrPreludeCRC, got: uint64(sum), want: uint64(stored), show: showSums}
	}
	// In uint64, sums and comparisons of wire lengths can't overflow on any machine.
	// total-overhead is computed only where total >= overhead is known.
	total, headers := uint64(binary.BigEndian.Uint32(b[0:])), uint64(binary.BigEndian.Uint32(b[4:]))
	if total < overhead || headers > total-overhead || headers == 1 || total > uint64(lim.MaxFrame) || headers > uint64(lim.MaxHeaders) {
		return prelude{}, lengthError(total, headers, lim)
	}
	return prelude{int(total), int(headers), sum, 8}, nil // bounded: both are within limits, which are ints
}

// lengthError returns the error of the length check that failed.
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

// parseMessage decodes the frame b, whose prelude is p, into m. It checks the checksum of all bytes
// first, then the headers within their exact part of b. len(b) is p.total.
func parseMessage(b []byte, p *prelude, maxCount int, m *Message) *Error {
	end := len(b) - checksumSize
	sum := crc.Update(p.sum, b[p.at:end])
	if stored := binary.BigEndian.Uint32(b[end:]); sum != stored {
		return &Error{Offset: int64(end), Err: ErrMessageCRC, got: uint64(sum), want: uint64(stored), show: showSums}
	}
	split := preludeSize + p.headers
	h := b[preludeSize:split:split]
	n := usualHeaderCount
	if maxCount < n || usualEvent(h) == "" {
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
