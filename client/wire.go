package client

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// wire is the connection side of one attempt: it bounds every wait for the peer, and can be ended from any
// goroutine. It has none: a timer's and a context's functions run only when they have something to end.
//
//	caller's goroutine   begin -> opened -> Read ... -> release
//	timer                fire:  the wait passed its limit
//	caller's context     done
//	any goroutine        Close
//
// Whichever of the last three comes first is kept in ended, and is what the caller is told; the error that
// the interrupted Read then returns is only its echo.
type wire struct {
	ctx    context.Context         // the caller's
	cancel context.CancelCauseFunc // ends the request; nil where there is none
	limits Timeouts                // 0 = none
	timer  *time.Timer             // made at the first wait that has a limit
	rings  *ring                   // whether timer's function may still act
	unhook func() bool             // undoes the watch on ctx
	shared bool                    // the connection carries other streams too

	ended atomic.Pointer[ending]

	mu   sync.Mutex // guards src and shut
	src  io.ReadCloser
	shut bool

	// The caller's goroutine alone uses what follows. The timer's function sets ended and no more.
	dialed     int       // new connections of this request
	atEnd      bool      // src has said io.EOF
	base       time.Time // of all times below
	phase      phase
	limit      time.Duration // of the wait at hand
	firstLeft  time.Duration // of limits.FirstEvent
	last       time.Duration // when the last byte came; when the request began before that
	bytes      int64         // read from src
	events     int64         // delivered
	frameStart time.Duration // when the first byte of the frame at hand came; 0 while there is none
	tap        func([]byte)  // sees what is read; may be nil
	frameAt    func() int64  // stream offset of the first frame not yet delivered
}

// ending is why a wire was ended from outside its Read.
type ending struct {
	stalled bool
	err     error // where not stalled
}

type phase uint8

const (
	phaseConnect phase = iota
	phaseHead
	phaseFirstEvent
	phaseIdle
	phaseFrame
)

var phaseNames = [...]string{"a connection", "the response head", "the first event", "the next byte", "the rest of a frame"}

// now returns the time since base, and is never 0. It is the monotonic clock's alone, at half the cost of time.Now.
func (w *wire) now() time.Duration { return time.Since(w.base) + 1 }

// begin arms the wire for a request on a context of its own.
func begin(ctx context.Context, limits Timeouts, watchConnect bool) (*wire, context.Context) {
	w := &wire{ctx: ctx, limits: limits, firstLeft: limits.FirstEvent, base: time.Now(), last: 1}
	reqCtx, cancel := context.WithCancelCause(ctx)
	w.cancel = cancel
	w.phase, w.limit = phaseHead, limits.FirstEvent
	if watchConnect && limits.Connect > 0 && (limits.FirstEvent == 0 || limits.Connect <= limits.FirstEvent) {
		w.phase, w.limit = phaseConnect, limits.Connect
	}
	w.arm(w.limit)
	return w, reqCtx
}

// connected is called when a connection is there, from the goroutine that called RoundTrip. It may be called more
// than once for a request: net/http tries again, at once, where a connection was closed before the request was on it.
func (w *wire) connected(reused bool) {
	if !reused {
		if w.dialed++; w.dialed > maxConnections {
			w.end(ending{err: &SendError{errConnections}})
			return
		}
	}
	if w.phase != phaseConnect || !w.disarm() {
		return
	}
	w.phase, w.limit = phaseHead, w.limits.FirstEvent
	if w.limit > 0 {
		// The limit is on the whole from the start of the request.
		w.arm(max(w.limit-(w.now()-w.last), 1))
	}
}

// opened hands the response's body over and starts the watch on the caller's context.
func (w *wire) opened(src io.ReadCloser, shared bool) {
	w.shared = shared
	if w.disarm() {
		now := w.now()
		w.spendFirst(now - w.last)
		w.last, w.phase = now, phaseFirstEvent
	}
	w.mu.Lock()
	w.src = src
	shut := w.shut
	w.mu.Unlock()
	if shut {
		src.Close()
		return
	}
	if w.ctx.Done() != nil {
		w.unhook = context.AfterFunc(w.ctx, func() { w.end(ending{err: contextError(w.ctx)}) })
	}
}

// ring settles who was first where a timer runs out while the wait it bounds comes to its end: its function,
// or the goroutine that waited. A timer's Stop alone can't tell whether a function that has begun has acted.
type ring struct{ state atomic.Uint32 }

const (
	ringPending = iota
	ringActed
	ringRevoked
)

// arm starts the clock of one wait; a limit of 0 has none.
func (w *wire) arm(d time.Duration) {
	if d <= 0 {
		return
	}
	if w.timer != nil {
		w.timer.Reset(d)
		return
	}
	r := new(ring)
	w.rings = r
	w.timer = time.AfterFunc(d, func() {
		if r.state.CompareAndSwap(ringPending, ringActed) {
			w.end(ending{stalled: true})
		}
	})
}

// disarm stops the clock, and reports whether it was in time: if so, the clock has ended nothing and will not.
func (w *wire) disarm() bool {
	if w.timer == nil || w.timer.Stop() {
		return true
	}
	if w.rings.state.CompareAndSwap(ringPending, ringRevoked) {
		w.timer, w.rings = nil, nil // its function has begun and will do nothing
		return true
	}
	if w.rings.state.Load() == ringActed {
		w.end(ending{stalled: true}) // its function is about to; what follows must find it done
		return false
	}
	return true
}

// spendFirst takes d from what is left for the first event, which may become negative.
func (w *wire) spendFirst(d time.Duration) {
	if w.limits.FirstEvent > 0 {
		w.firstLeft -= d
	}
}

// end ends the wire for the given reason unless it has ended already, and frees the connection.
func (w *wire) end(why ending) {
	if !w.ended.CompareAndSwap(nil, &why) {
		return
	}
	w.shutdown(false)
}

// shutdown interrupts whatever is under way and closes the body. It never reads what is left of it.
//
// Over HTTP/2 a body that has unread bytes gives their room in the window back when it is closed, for which it needs
// the lock of whoever writes to the connection: it would wait until a prompt beside it has been sent. The request is
// cancelled by then and its Read interrupted, so nothing else has to wait for that.
func (w *wire) shutdown(atEnd bool) {
	if w.cancel != nil {
		w.cancel(nil)
	}
	w.mu.Lock()
	src, shut := w.src, w.shut
	w.shut = true
	w.mu.Unlock()
	switch {
	case src == nil || shut:
	case w.shared && !atEnd:
		go src.Close()
	default:
		src.Close()
	}
}

// release frees everything once the caller is done, without making it an ending of its own.
func (w *wire) release() {
	w.disarm()
	if w.unhook != nil {
		w.unhook()
	}
	w.shutdown(w.atEnd)
}

// cause returns what ended the wire from outside, as the caller's error; nil where nothing did.
func (w *wire) cause() error {
	if why := w.ended.Load(); why != nil {
		if !why.stalled {
			return why.err
		}
		return w.stall()
	}
	// The request's context is a child of ctx, so its echo can arrive before the watch on ctx has run.
	if w.ctx != nil && w.ctx.Err() != nil {
		return contextError(w.ctx)
	}
	return nil
}

// sendError returns what is to be said of a RoundTrip that failed with err. The dial and the handshake have
// the same limit as the wait for both, so whichever timer is first, it is one stall.
func (w *wire) sendError(err error) error {
	if cause := w.cause(); cause != nil {
		return cause
	}
	if w.phase == phaseConnect && find(err, isTimeout) {
		return w.stall()
	}
	return &SendError{err}
}

// isTimeout reports whether an error is that of a limit of package net or crypto/tls.
func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}

// stall describes the wait at hand, which was too long.
func (w *wire) stall() *StallError {
	return &StallError{WaitingFor: phaseNames[w.phase], Limit: w.limit, Silence: w.now() - w.last, Bytes: w.bytes, Events: w.events}
}

// nextFrame is called before a frame is read: its clock has not begun.
func (w *wire) nextFrame() { w.frameStart = 0 }

// delivered is called when an event was handed to the caller.
func (w *wire) delivered() {
	w.events++
	w.phase = phaseIdle
}

// Read reads from the response's body within the limits of the phase at hand.
func (w *wire) Read(p []byte) (int, error) {
	if w.ended.Load() != nil {
		return 0, ErrClosed
	}
	// src is set before the first Read and never again.
	if w.limits == (Timeouts{}) {
		n, err := w.src.Read(p)
		w.atEnd = err == io.EOF
		w.got(p, n)
		return n, err
	}
	start := w.now()
	if w.frameStart == 0 && w.frameAt != nil && w.bytes > w.frameAt() {
		w.frameStart = start // the frame began in an earlier Read; time before this wait was the caller's
	}
	wait := w.limits.Idle
	w.phase, w.limit = phaseIdle, w.limits.Idle
	if w.events == 0 {
		wait = w.firstLeft
		w.phase, w.limit = phaseFirstEvent, w.limits.FirstEvent
	}
	if w.limits.Frame > 0 && w.frameStart != 0 {
		if left := w.limits.Frame - (start - w.frameStart); w.limit == 0 || left < wait {
			wait = left
			w.phase, w.limit = phaseFrame, w.limits.Frame
		}
	}
	if w.limit > 0 && wait <= 0 { // the last byte came with the limit
		w.end(ending{stalled: true})
		return 0, ErrClosed
	}
	w.arm(wait)
	n, err := w.src.Read(p)
	w.atEnd = err == io.EOF
	inTime := w.disarm()
	now := w.now()
	if w.events == 0 {
		w.spendFirst(now - start)
	}
	if !inTime {
		return 0, ErrClosed // what came with the bell is not delivered, and Silence says how long there was none
	}
	if n > 0 {
		w.got(p, n)
		w.last = now
		if w.frameStart == 0 {
			w.frameStart = now
		}
	}
	return n, err
}

// got counts what was read and shows it to the tap.
func (w *wire) got(p []byte, n int) {
	if n <= 0 || n > len(p) {
		return // frame.Reader deals with a source that miscounts
	}
	w.bytes += int64(n)
	if w.tap != nil {
		w.tap(p[:n:n])
	}
}
