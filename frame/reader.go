package frame

import "io"

// Reader decodes the frames of a stream. The package documentation says what it trusts, what memory
// it holds and how a stream ends. A Reader is not safe for concurrent use, must not be copied, and
// starts no goroutine. The zero Reader is ready for Reset.
type Reader struct {
	// Limits may be set before the first call of Next after NewReader or Reset.
	Limits Limits

	lim Limits // Limits with the defaults filled in, set by the first call of Next
	src io.Reader

	// buf is the only buffer; len(buf) is its size.
	//
	//	0            r                 w             len(buf)
	//	+------------+-----------------+---------------+
	//	| delivered  | unread          | free          |
	//	+------------+-----------------+---------------+
	//
	// The message delivered last is below r, and its bytes stay where they are until the next call.
	// 0 <= r <= w <= len(buf). Between frames w-r <= readAhead, so the unread bytes always fit a
	// buffer of that size.
	buf  []byte
	r, w int

	last int // the start of the frame delivered last, even if its buffer has been replaced
	size int // the length of the frame delivered last, 0 once its message is invalid

	// The starts of the header block and of the payload of the message delivered last, for
	// invalidate. 0, which is inside the first prelude, means none.
	headersAt, payloadAt int

	off    int64 // the offset in the stream of buf[r]
	frames int64 // the number of frames delivered
	hungry bool  // the source had more than the small buffer holds

	pending error // what the source returned with or after the bytes in buf
	err     error // what Next returns from now on
}

// NewReader returns a Reader that decodes src, with the default limits. It reads nothing yet. If src
// is nil, Next returns an error.
func NewReader(src io.Reader) *Reader { return &Reader{src: src} }

// Reset makes r read from src as if new, with the same limits. It invalidates the message delivered
// last. It keeps the buffer, unless a large frame has made it large.
func (r *Reader) Reset(src io.Reader) {
	r.invalidate()
	buf := r.buf
	if len(buf) > readAhead {
		buf = nil
	}
	start := 0
	if buf != nil {
		start = r.r // not over the message delivered last: see place
	}
	*r = Reader{Limits: r.Limits, src: src, buf: buf, r: start, w: start, last: r.last}
}

// Offset returns the offset in the stream of the next frame, which is the number of bytes in all
// frames delivered. A faulty frame does not change it.
func (r *Reader) Offset() int64 { return r.off }

// Frames returns the number of frames delivered.
func (r *Reader) Frames() int64 { return r.frames }

// Raw returns the frame delivered last as it was read: prelude, headers, payload and checksums. The
// bytes belong to the Reader and are valid until the next call of Next or Reset. Raw returns nil before
// the first frame, and after Next has returned an error. It does not copy or allocate.
func (r *Reader) Raw() []byte {
	if r.size == 0 {
		return nil
	}
	end := r.last + r.size
	return r.buf[r.last:end:end]
}

// Unread returns the bytes that were read from the source and are in no frame delivered yet. They
// belong to the Reader, must not be changed, and are valid until the next call of Next or Reset.
// Frames that are whole in them are returned by Next without a Read of the source.
func (r *Reader) Unread() []byte { return r.buf[r.r:r.w:r.w] }

// Next returns the next frame. The message is valid until the next call of Next or Reset;
// [Message.Clone] keeps it.
//
// io.EOF means that the source ended between two frames. Framing has no end marker, so only the
// content can tell whether the conversation is complete. Every other error is an *Error. All errors
// are final, io.EOF included: each further call returns the same error, and nothing after a fault is
// delivered.
//
// Next returns a frame as soon as its last byte has been read. It reads only if the buffer holds no
// whole frame, and uses whatever a Read returns. Up to the end of the first frame it requests only the
// bytes that the prelude or the frame needs: a source that is not an event stream is refused after 12
// bytes, with the rest unread. After the first frame it reads ahead.
func (r *Reader) Next() (m Message, err error) {
	r.invalidate()
	if r.err != nil {
		return Message{}, r.err
	}
	if r.w-r.r < preludeSize && !r.fillPrelude() {
		return Message{}, r.err
	}
	p, e := parsePrelude((*[preludeSize]byte)(r.buf[r.r:]), &r.lim)
	if e != nil {
		return Message{}, r.fail(e)
	}
	if len(r.buf) > readAhead && (len(r.buf)-keepExtra)/keepShare*4 > p.total {
		// The buffer was made for a large frame, and this frame is smaller. It is replaced here,
		// before anything waits for the source.
		r.rebuffer()
	}
	if r.w-r.r < p.total && !r.fillFrame(&p) {
		return Message{}, r.err
	}
	if e := parseMessage(r.buf[r.r:r.r+p.total], &p, r.lim.MaxHeaderCount, &m); e != nil {
		return Message{}, r.fail(e)
	}
	if len(m.Headers.b) > 0 {
		r.headersAt = r.r + preludeSize
	}
	r.payloadAt = r.r + preludeSize + p.headers
	r.last, r.size = r.r, p.total
	r.r += p.total
	r.off += int64(p.total) // bounded: within a limit
	r.frames++
	return m, nil
}

// invalidate ends the validity of the message delivered last, so that its use shows at once, before a
// later frame overwrites it. Its header block starts with the length of a name, which can't be 0: with
// a 0 there the Headers are empty. The first byte of its payload is inverted, after which JSON or any
// other text is not UTF-8. If the payload is empty, the message CRC is changed instead.
func (r *Reader) invalidate() {
	r.size = 0
	if r.headersAt > 0 {
		r.buf[r.headersAt] = 0
		r.headersAt = 0
	}
	if r.payloadAt > 0 {
		r.buf[r.payloadAt] ^= 0xff
		r.payloadAt = 0
	}
}

// fail ends the stream with e, whose offset is relative to the current frame.
func (r *Reader) fail(e *Error) error {
	e.Offset += r.off
	e.Frame = r.frames
	r.err = e
	return e
}

// end ends the stream where the source ended, after got bytes of the want bytes that the current part
// of the frame needs.
func (r *Reader) end(got, want int, part string) {
	if r.pending == io.EOF && got == 0 {
		r.err = io.EOF
		return
	}
	e := &Error{Offset: int64(got), Err: ErrTruncated, why: part, got: uint64(got), want: uint64(want), show: showBytes}
	if r.pending != io.EOF {
		e.cause = r.pending
	}
	r.fail(e)
}
