package frame

import (
	"io"
	"math"
)

// Sizes of a Reader's buffer. Together with the way it grows they keep what a Reader holds within
// 64 KiB and 1.25 times the current frame, at every moment.
const (
	// smallBuffer is the size at the start of a stream: room for a few usual frames. A stream that
	// waits for its model holds no more memory, nor does a peer that never sends a valid prelude.
	smallBuffer = 1 << 10

	// readAhead is the size of the buffer once a stream has filled the small one, and how far the
	// Reader reads ahead of the current frame. A larger one was not faster when measured: when bytes
	// are decoded, they should still be in the first-level cache, along with the source's copy.
	readAhead = 8 << 10

	// pieceSize is the size of the pieces that hold the first quarter of a large frame, before the
	// frame gets a buffer of its own.
	pieceSize = 32 << 10

	// maxRead is the most that one Read is given. The checksum of a large frame is computed while the
	// frame arrives and its bytes are in the cache; with this size that is a fifth faster than
	// after its end. net/http's own buffer has the same size.
	maxRead = 4 << 10

	// slack is the unused space of a buffer that was made for a large frame, so that frames of about
	// one size share it.
	slack = 8 << 10

	// line is the size of a cache line. Where a frame can't start after the end of the message before
	// it, it starts this far after its start: see place.
	line = 64

	// spare is how much larger a buffer is than its largest frame, so that place has room.
	// The slack of a large buffer is larger than that.
	spare = 4 * line

	// A buffer above readAhead is kept while it is at most keepShare quarters of the current frame,
	// plus keepExtra.
	keepShare = 5
	keepExtra = 32 << 10
)

// maxEmptyReads is how often a source may return neither bytes nor an error before the Reader fails
// with io.ErrNoProgress. Package bufio has the same limit.
const maxEmptyReads = 100

// fillPrelude reads until the buffer holds the next prelude.
func (r *Reader) fillPrelude() bool {
	if r.off == 0 { // before the first frame, and so before any limit is used
		r.lim = r.Limits.orDefault()
	}
	switch {
	case r.buf == nil:
		r.buf = make([]byte, smallBuffer)
	case r.hungry && len(r.buf) < readAhead:
		r.rebuffer()
	case len(r.buf)-r.r <= len(r.buf)/2:
		// At most eleven bytes are unread, and no valid message borrows the bytes before them.
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

// fillFrame reads until the buffer holds the current frame, whose prelude is p. Its length is within
// the limits, and it has not arrived yet.
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
			// The small buffer is full of one frame. That many bytes have arrived, so the frame may
			// now use more memory. It fits the new buffer: only the small buffer ever has less
			// room than the frame needs, see place.
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

// gather reads the first quarter of a frame that needs a buffer of its own, and then makes that buffer.
//
// A peer can claim any length up to the limit with a right checksum, so memory must follow the bytes
// that have arrived. But the frame must end up in one piece, and a buffer that grows by doubling would
// hold one and a half times the frame or more while it is copied. So the first quarter is gathered in
// pieces, which use as much memory as has arrived, and only then the whole buffer is made. At that
// moment a Reader holds the most: the frame's buffer and a quarter in pieces.
func (r *Reader) gather(p *prelude) bool {
	if len(r.buf) > readAhead {
		r.rebuffer() // give up the buffer of an earlier large frame
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
		n += copy(buf[n:got], piece) // every piece is full, except the last
	}
	r.buf, r.r, r.w = buf, 0, n
	return true
}

// window returns the end of the part of the buffer that a Read may fill, if the current frame needs
// its bytes up to r+need.
func (r *Reader) window(need int) int {
	end := r.r + need
	if r.frames > 0 {
		// The source has delivered a frame, so it is an event stream, and what follows are frames.
		// Reading stops at readAhead, because the unread bytes must fit a buffer of that size
		// when a large buffer is given up.
		end = max(end, readAhead)
	}
	if front := r.last + preludeSize; r.r <= r.last && r.r+need <= front {
		end = min(end, front) // do not overwrite the message delivered last: see place
	}
	return min(end, r.w+maxRead, len(r.buf))
}

// read reads once and returns the number of bytes: at least one, or 0 at the end of the source, with
// the reason in pending. p is not empty.
func (r *Reader) read(p []byte) int {
	if r.pending != nil {
		return 0
	}
	if r.src == nil {
		r.pending = errNoSource
		return 0
	}
	for range maxEmptyReads {
		n, err := r.src.Read(p)
		switch {
		case n < 0 || n > len(p):
			r.pending = errBadCount
			return 0
		case err != nil:
			r.pending = err // reported once the bytes that came with it are used up
			return n
		case n > 0:
			return n
		}
	}
	r.pending = io.ErrNoProgress
	return 0
}

// place returns the offset to move an incomplete frame to, of which at least need bytes must fit.
//
// At the very start of the message delivered last, the frame would make that message look valid again
// to a caller that still holds it, because the frames of one sender have the same headers. So the frame
// goes to the front of the buffer if it ends before that message's headers, or else one cache line
// after that message's start, where the zero before its headers stays. Where there is no room for
// that, in a few frames that nearly fill the buffer, it goes to the front anyway: what a caller then
// reads in the old message is a part of another frame.
func (r *Reader) place(need int) int {
	after := r.last + line
	switch {
	case need > preludeSize && need <= r.last+preludeSize:
		return 0
	case after > r.r:
		return 0
	case need == preludeSize: // the length is not known yet: leave room for one that nearly fills the buffer
		if after > len(r.buf)/8 {
			return 0
		}
	case after+need > len(r.buf) && len(r.buf) >= readAhead: // possible after several frames of one size
		return 0
	}
	return after
}

// compact moves the unread bytes down to the offset to, which is not above r. The message delivered
// last must be invalid.
func (r *Reader) compact(to int) {
	r.w = to + copy(r.buf[to:], r.buf[r.r:r.w])
	r.r = to
}

// rebuffer moves the unread bytes, which must fit, to the front of a new buffer of readAhead bytes.
func (r *Reader) rebuffer() {
	buf := make([]byte, readAhead)
	r.w = copy(buf, r.buf[r.r:r.w])
	r.r = 0
	r.buf = buf
}
