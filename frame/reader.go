package frame

import (
	"io"
	"math"
)

// Sizes of a Reader's buffer. Together with the way it grows they keep what a
// Reader holds within 64 KiB + 1.25 times the frame at hand, at every moment.
const (
	// smallBuffer is what a stream starts with: a peer that never gets past a
	// prelude costs no more.
	smallBuffer = 2 << 10

	// readAhead is the size a buffer gets once a stream has filled the small
	// one, and how far the Reader reads beyond the frame at hand. More did not
	// measure faster: what was read should still be in the first-level cache,
	// beside the source's copy, when it is decoded.
	readAhead = 8 << 10

	// pieceSize is that of the pieces in which the first quarter of a large frame
	// is gathered before it gets a buffer of its own.
	pieceSize = 32 << 10

	// maxRead is the most that one Read is offered. A large frame is summed as
	// it arrives, while the bytes are in the cache; at this size that is a fifth
	// faster than in one go. It is also the size of net/http's own buffer.
	maxRead = 4 << 10

	// slack is what an exact buffer for a large frame has to spare, so that
	// frames of about one size share it.
	slack = 8 << 10

	// line is that of a cache, and how far a frame goes behind the start of the
	// message before it where it can't go behind its end: see place.
	line = 64

	// spare is what a buffer has more than its largest frame: room for place to
	// move. slack is more in every buffer that gather makes.
	spare = 4 * line

	// keepShare: a buffer above readAhead is kept while it is at most this many
	// quarters of the frame at hand, beyond keepExtra.
	keepShare = 5
	keepExtra = 32 << 10
)

// maxEmptyReads is how often a source may return neither bytes nor an error
// before the Reader gives up with io.ErrNoProgress, as in package bufio.
const maxEmptyReads = 100

// Reader decodes the frames of a stream. See the package documentation for what
// it trusts, what it holds and how a stream ends. It is not safe for concurrent
// use, must not be copied, and starts no goroutine. The zero Reader is ready for
// Reset.
type Reader struct {
	// Limits may be set before the first call of Next after NewReader or Reset.
	Limits Limits

	lim Limits // Limits, with the defaults filled in at the first call
	src io.Reader

	// buf is all there is; len(buf) is its size.
	//
	//	0            r                 w             len(buf)
	//	+------------+-----------------+---------------+
	//	| delivered  | unread          | free          |
	//	+------------+-----------------+---------------+
	//
	// The message delivered last lies below r, and its bytes stay where they
	// are until the next call. 0 <= r <= w <= len(buf). Between frames
	// w-r <= readAhead, so what is unread always fits a buffer of that size.
	buf  []byte
	r, w int
	last int // where the frame delivered last starts, or did before its buffer was left

	// Where the header block and the payload of the message delivered last
	// start, for invalidate. 0, inside the first prelude, means none.
	headersAt, payloadAt int

	off    int64 // stream offset of buf[r]
	frames int64 // frames delivered
	hungry bool  // the source had more than the small buffer takes

	pending error // what the source returned with or after the bytes in buf
	err     error // what Next returns from now on
}

// NewReader returns a Reader that decodes src, with the default limits. It reads
// nothing yet. A nil src is an error of Next.
func NewReader(src io.Reader) *Reader { return &Reader{src: src} }

// Reset makes r read from src as if new, with the same limits, and ends the life
// of the message delivered last. It keeps the buffer unless a large frame has
// made it large.
func (r *Reader) Reset(src io.Reader) {
	r.invalidate()
	buf := r.buf
	if len(buf) > readAhead {
		buf = nil
	}
	start := 0
	if buf != nil {
		start = r.r // not on the message delivered last: see place
	}
	*r = Reader{Limits: r.Limits, src: src, buf: buf, r: start, w: start, last: r.last}
}

// Offset returns the offset in the stream of the next frame: the number of bytes
// in all frames delivered. It stays there when the next frame is faulty.
func (r *Reader) Offset() int64 { return r.off }

// Frames returns the number of frames delivered.
func (r *Reader) Frames() int64 { return r.frames }

// Next returns the next frame. The message is valid until the next call of Next
// or Reset; [Message.Clone] keeps it.
//
// io.EOF means that the source ended between two frames. Whether the
// conversation is complete is for the content to say: framing has no end marker.
// Every other error is an *Error. All errors are final, io.EOF included: they
// come again at each call, and nothing behind a fault is ever delivered.
//
// Next returns a frame as soon as its last byte has been read. It reads only
// when the buffer holds no whole frame, and makes use of whatever a Read
// returns. Up to the end of the first frame it asks for no byte more than the
// prelude or the frame needs: what turns out to be no event stream is refused
// after 12 bytes, with the rest unread. From then on it takes what is there.
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
		// The buffer of a large frame, and a smaller one now. This is the first
		// moment at which that is known, before anything waits for the source.
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
	if len(m.Payload) > 0 {
		r.payloadAt = r.r + preludeSize + p.headers
	}
	r.last = r.r
	r.r += p.total
	r.off += int64(p.total) // bounded: within a limit
	r.frames++
	return m, nil
}

// invalidate ends the life of the message delivered last, so that using it shows
// at once and not only when a later frame happens to overwrite it. Its header
// block starts with the length of a name, and 0 is no such length: the Headers
// read as empty. The first byte of its payload is inverted, after which JSON or
// any other text is not even UTF-8.
func (r *Reader) invalidate() {
	if r.headersAt > 0 {
		r.buf[r.headersAt] = 0
		r.headersAt = 0
	}
	if r.payloadAt > 0 {
		r.buf[r.payloadAt] ^= 0xff
		r.payloadAt = 0
	}
}

// fail makes e, whose offset is relative to the frame at hand, the end of the
// stream.
//
//go:noinline
func (r *Reader) fail(e *Error) error {
	e.Offset += r.off
	e.Frame = r.frames
	r.err = e
	return e
}

// end is called when the source has nothing more to give and got bytes of the
// frame at hand, which needs want, have come.
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

// fillPrelude reads until the buffer holds the next prelude.
func (r *Reader) fillPrelude() bool {
	if r.off == 0 { // the buffer is empty then, so this comes before any limit is used
		r.lim = r.Limits.orDefault()
	}
	switch {
	case r.buf == nil:
		r.buf = make([]byte, smallBuffer)
	case r.hungry && len(r.buf) < readAhead:
		r.rebuffer()
	case len(r.buf)-r.r <= len(r.buf)/2:
		// At most eleven bytes are unread, and nothing borrows the ones before any more.
		r.compact(r.place(preludeSize))
	}
	for r.w-r.r < preludeSize {
		n := r.read(r.buf[r.w:r.window(preludeSize)])
		if n == 0 {
			r.end(r.w-r.r, preludeSize, "prelude")
			return false
		}
		r.w += n
	}
	r.hungry = r.w == len(r.buf)
	return true
}

// fillFrame reads until the buffer holds the frame at hand, whose prelude is p.
// Its length is within the limits, and it is not there yet.
func (r *Reader) fillFrame(p *prelude) bool {
	if p.total > max(len(r.buf), readAhead)-spare && !r.gather(p) {
		return false
	}
	if r.r+p.total > len(r.buf) {
		r.compact(r.place(p.total))
	}
	p.advance(r.buf[r.r:r.w])
	for r.w-r.r < p.total {
		if r.w == len(r.buf) {
			// The small buffer is full of one frame: the bytes have come, so
			// now the frame may cost more. It fits: only the small buffer is ever
			// left with less room than the frame needs, see place.
			r.rebuffer()
		}
		n := r.read(r.buf[r.w:r.window(p.total)])
		if n == 0 {
			r.end(r.w-r.r, p.total, "message")
			return false
		}
		r.w += n
		p.advance(r.buf[r.r:r.w])
	}
	return true
}

// gather reads the first part of a frame that needs a buffer of its own, and makes
// that buffer. A peer can claim any length up to the limit with a right checksum,
// so memory follows the bytes that have come. Yet the frame has to end up in one
// piece, and a buffer that doubles would at the end hold the frame one and a half
// times and more. So the first quarter is gathered in pieces, which cost what has
// come, and only then the whole buffer is made: at that moment a quarter lies in
// pieces beside it, which is as much as there will ever be.
func (r *Reader) gather(p *prelude) bool {
	if len(r.buf) > readAhead {
		r.rebuffer() // give up the buffer of a large frame before
	}
	pieces := [][]byte{r.buf[r.r:]}
	free := r.buf[r.w:]
	got := r.w - r.r
	quarter := p.total / 4
	for got < quarter {
		if len(free) == 0 {
			free = make([]byte, min(pieceSize, quarter-got))
			pieces = append(pieces, free)
		}
		n := r.read(free[:min(len(free), maxRead)])
		if n == 0 {
			r.end(got, p.total, "message")
			return false
		}
		free, got = free[n:], got+n
	}
	buf := make([]byte, p.total+min(p.total/16, slack, math.MaxInt-p.total))
	n := 0
	for _, piece := range pieces {
		n += copy(buf[n:got], piece) // all are full but the last
	}
	r.buf, r.r, r.w = buf, 0, n
	return true
}

// window returns the end of the part of the buffer that a Read may fill when the
// frame at hand needs its bytes up to r+need.
func (r *Reader) window(need int) int {
	end := r.r + need
	if r.frames > 0 {
		// The stream has shown that it is one, and the bytes that come next are
		// frames. Not beyond readAhead: what is unread must fit that when a
		// large buffer is given up.
		end = max(end, readAhead)
	}
	if front := r.last + preludeSize; r.r <= r.last && r.r+need <= front {
		end = min(end, front) // not over the message delivered last, whose end this call is: see place
	}
	return min(end, r.w+maxRead, len(r.buf))
}

// read reads once and returns how many bytes came: at least one, or 0 at the end
// of the source, with the reason in pending. p is not empty.
func (r *Reader) read(p []byte) int {
	if r.pending != nil {
		return 0
	}
	if r.src == nil {
		r.pending = errNoSource
		return 0
	}
	n, err := r.src.Read(p)
	if err == nil && n > 0 && n <= len(p) {
		return n // nearly always, and worth a way of its own: large frames take many reads
	}
	for range maxEmptyReads {
		if n < 0 || n > len(p) {
			r.pending = errBadCount
			return 0
		}
		// An error that comes with bytes is met again when they are used up.
		r.pending = err
		if n > 0 || err != nil {
			return n
		}
		n, err = r.src.Read(p)
	}
	r.pending = io.ErrNoProgress
	return 0
}

// place returns where in the buffer a frame goes that can't stay where it is, and
// of which need bytes at least are to come. In the very place of the message
// delivered last it would bring that one back to life for whoever still holds it,
// header for header: frames of one sender are alike. At the front it does not
// reach that message, or it goes a cache line behind that message's start, so that
// the zero in front of its headers stays. Where there is no room for that, in one
// frame of many that nearly fill the buffer, it goes to the front all the same:
// what is then read there is part of another frame.
func (r *Reader) place(need int) int {
	behind := r.last + line
	switch {
	case need > preludeSize && need <= r.last+preludeSize:
		return 0
	case behind > r.r:
		return 0
	case need == preludeSize: // the length is not known yet: leave room for one that nearly fills the buffer
		if behind > len(r.buf)/8 {
			return 0
		}
	case behind+need > len(r.buf) && len(r.buf) >= readAhead: // as may be after some frames of a size
		return 0
	}
	return behind
}

// compact moves what is unread down to the offset to, which is not above r. The
// message delivered last must be dead.
func (r *Reader) compact(to int) {
	r.w = to + copy(r.buf[to:], r.buf[r.r:r.w])
	r.r = to
}

// rebuffer moves what is unread, which must fit, to the front of a new buffer of
// readAhead bytes.
//
//go:noinline
func (r *Reader) rebuffer() {
	buf := make([]byte, readAhead)
	r.w = copy(buf, r.buf[r.r:r.w])
	r.r = 0
	r.buf = buf
}
