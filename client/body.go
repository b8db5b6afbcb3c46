package client

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/frame"
)

// body is the response body of one attempt, and everything that can end it. It limits how long each wait for the
// peer takes, and it can be ended from any goroutine. It has no goroutine of its own: the functions of the timer
// and of the context run only when they have something to end.
//
//	caller's goroutine   newBody -> connected -> opened -> Read ... -> release
//	timer                the current wait has passed its limit
//	context              the caller's context is done
//	any goroutine        Close of the stream
//
// The first of the last three is stored in ended, and is the reason that the caller sees. The error that the
// interrupted Read then returns is a consequence, and is dropped.
type body struct {
	ctx    context.Context         // the caller's
	cancel context.CancelCauseFunc // ends the HTTP request; nil where there is none
	limits Timeouts                // 0 is no limit
	upload upload                  // the request's body
	sent   delivery                // how far the request got
	unhook func() bool             // undoes the watch on ctx
	shared bool                    // the connection carries other streams too (HTTP/2)
	ended  atomic.Pointer[ending]

	mu     sync.Mutex // guards src and closed
	src    io.ReadCloser
	closed bool

	// Only the goroutine that reads uses the fields below. The timer's function sets ended and nothing else.
	timer      *time.Timer
	race       *race         // of timer
	atEOF      bool          // src has returned io.EOF
	emptyReads int           // consecutive reads without bytes and without an error
	base       time.Time     // origin of all times below
	phase      phase         // what is waited for
	limit      time.Duration // on the current wait
	firstLeft  time.Duration // what is left of limits.FirstEvent
	last       time.Duration // when the last byte came, or the request began
	stalled    *StallError   // made once, when the wait that was too long is over
	bytes      int64         // read from src
	start      [12]byte      // the first bytes read
	events     int64         // delivered
	frameStart time.Duration // when the first byte of the current frame came; 0 while there is none
	tap        func([]byte)  // sees what is read; may be nil
	frames     *frame.Reader // reads from this body; nil for a body of JSON
}

// ending is why a body was ended from outside its Read.
type ending struct {
	stalled bool
	err     error // where not stalled
}

// phase is what the client waits for.
type phase uint8

const (
	phaseConnect phase = iota
	phaseHead
	phaseFirstEvent
	phaseIdle
	phaseFrame
)

var phaseNames = [...]string{"a connection", "the response head", "the first event", "the next byte", "the rest of a frame"}

// newBody returns the body of a request that is about to be sent, and the context to send it with. Its clock runs.
func newBody(ctx context.Context, limits Timeouts, request []byte, watchConnect bool) (*body, context.Context) {
	b := &body{ctx: ctx, limits: limits, firstLeft: limits.FirstEvent, base: time.Now(), last: 1}
	b.upload.start(ctx, request)
	requestCtx, cancel := context.WithCancelCause(ctx)
	b.cancel = cancel
	b.phase, b.limit = phaseHead, limits.FirstEvent
	if watchConnect && limits.Connect > 0 && (limits.FirstEvent == 0 || limits.Connect <= limits.FirstEvent) {
		b.phase, b.limit = phaseConnect, limits.Connect
	}
	b.arm(b.limit)
	return b, requestCtx
}

// newCapturedBody returns the body of a stream that did not come from a request of this package.
func newCapturedBody(src io.ReadCloser, limits Timeouts) *body {
	return &body{src: src, upload: upload{read: true}, limits: limits, firstLeft: limits.FirstEvent, base: time.Now(), last: 1, phase: phaseFirstEvent}
}

// now returns the time since base. It is never 0.
func (b *body) now() time.Duration { return time.Since(b.base) + 1 }

// connected is called when net/http has a connection, from the goroutine that called RoundTrip.
func (b *body) connected() {
	if b.phase != phaseConnect || !b.disarm() {
		return
	}
	b.phase, b.limit = phaseHead, b.limits.FirstEvent
	if b.limit > 0 {
		// FirstEvent counts from the start of the request.
		b.arm(max(b.limit-(b.now()-b.last), 1))
	}
}

// opened takes over the response's body and starts the watch on the caller's context.
func (b *body) opened(src io.ReadCloser, shared bool) {
	b.shared = shared
	if b.disarm() {
		now := b.now()
		b.spendFirst(now - b.last)
		b.last, b.phase = now, phaseFirstEvent
	}
	b.mu.Lock()
	b.src = src
	closed := b.closed
	b.mu.Unlock()
	if closed {
		src.Close()
		return
	}
	if b.ctx.Done() != nil {
		b.unhook = context.AfterFunc(b.ctx, func() { b.end(ending{err: contextError(b.ctx)}) })
	}
}

// race decides between a timer that fires and the end of the wait that it limits, where both happen at about the
// same time. Stop alone can't tell whether a function that has started has done anything yet.
type race struct{ state atomic.Uint32 }

const (
	raceOpen     = iota
	raceFired    // the timer's function ends the body
	raceFinished // the wait was over first; the function does nothing
)

// arm starts the clock of one wait. 0 is no limit.
func (b *body) arm(d time.Duration) {
	if d <= 0 {
		return
	}
	if b.timer != nil {
		b.timer.Reset(d)
		return
	}
	r := new(race)
	b.race = r
	b.timer = time.AfterFunc(d, func() {
		if r.state.CompareAndSwap(raceOpen, raceFired) {
			b.end(ending{stalled: true})
		}
	})
}

// disarm stops the clock. It reports whether the wait was over in time; if so, the timer ends nothing any more.
func (b *body) disarm() bool {
	if b.timer == nil || b.timer.Stop() {
		return true
	}
	if b.race.state.CompareAndSwap(raceOpen, raceFinished) {
		b.timer, b.race = nil, nil // its function has started and will do nothing
		return true
	}
	if b.race.state.Load() == raceFired {
		b.end(ending{stalled: true}) // its function is about to do this; what follows must find it done
		b.stall()
		return false
	}
	return true
}

// spendFirst takes d from what is left for the first event, which may become negative.
func (b *body) spendFirst(d time.Duration) {
	if b.limits.FirstEvent > 0 {
		b.firstLeft -= d
	}
}

// end ends the body for the given reason, unless it has ended already, and frees the connection.
func (b *body) end(why ending) {
	b.upload.stop()
	if b.ended.CompareAndSwap(nil, &why) {
		b.shutdown(false)
	}
}

// shutdown interrupts what is in progress and closes the response's body. It never reads the rest of it.
//
// Closing a body of HTTP/2 can wait for the lock that writes to the connection hold, and so for the upload of
// another stream, or for a peer that takes no bytes. The request is cancelled by then and its Read interrupted, so
// nothing has to wait for that.
func (b *body) shutdown(atEOF bool) {
	if b.cancel != nil {
		b.cancel(nil)
	}
	b.mu.Lock()
	src, closed := b.src, b.closed
	b.closed = true
	b.mu.Unlock()
	switch {
	case src == nil || closed:
	case b.shared && !(atEOF && b.upload.whole()):
		go src.Close()
	default:
		src.Close()
	}
}

// release frees everything when the caller is done. It is not an ending of its own.
func (b *body) release() {
	b.upload.stop()
	b.disarm()
	if b.unhook != nil {
		b.unhook()
	}
	b.shutdown(b.atEOF)
}

// closedByCaller reports whether Close or the caller's context has ended the body. After a stall, what had arrived
// before is still delivered.
func (b *body) closedByCaller() bool {
	why := b.ended.Load()
	return why != nil && !why.stalled
}

// cause returns what ended the body from outside, as the caller's error; nil where nothing did.
func (b *body) cause() error {
	if why := b.ended.Load(); why != nil {
		if !why.stalled {
			return why.err
		}
		return b.stall()
	}
	// The request's context is a child of ctx, so its error can arrive before the watch on ctx has run.
	if b.ctx != nil && b.ctx.Err() != nil {
		return contextError(b.ctx)
	}
	return nil
}

// stall describes the wait that took too long.
func (b *body) stall() *StallError {
	if b.stalled == nil {
		b.stalled = &StallError{
			WaitingFor: phaseNames[b.phase], Limit: b.limit, Silence: b.now() - b.last, Bytes: b.bytes, Events: b.events,
			MayBeProcessed: b.phase > phaseHead,
		}
	}
	return b.stalled
}

// nextFrame is called before a frame is read: its clock has not started.
func (b *body) nextFrame() { b.frameStart = 0 }

// delivered is called when an event was handed to the caller.
func (b *body) delivered() {
	b.events++
	b.phase = phaseIdle
}

// hurry makes d the limit of all further waits together.
func (b *body) hurry(d time.Duration) {
	b.limits = Timeouts{FirstEvent: d}
	b.firstLeft, b.events = d, 0
}

// maxEmptyReads is how many consecutive reads may return neither bytes nor an error before the source counts as
// broken, as in package bufio.
const maxEmptyReads = 100

var errMiscount = errors.New("the response body's Read returned an impossible count")

// Read reads from the response's body within the limits of the current phase.
func (b *body) Read(p []byte) (int, error) {
	if b.ended.Load() != nil {
		return 0, ErrClosed
	}
	if b.limits == (Timeouts{}) {
		return b.readSource(p)
	}
	start := b.now()
	if b.frameStart == 0 && b.frames != nil && b.bytes > b.frames.Offset() {
		b.frameStart = start // the frame began in an earlier Read; the time before this wait was the caller's
	}
	wait := b.limits.Idle
	b.phase, b.limit = phaseIdle, b.limits.Idle
	if b.events == 0 {
		wait = b.firstLeft
		b.phase, b.limit = phaseFirstEvent, b.limits.FirstEvent
	}
	if b.limits.Frame > 0 && b.frameStart != 0 {
		if left := b.limits.Frame - (start - b.frameStart); b.limit == 0 || left < wait {
			wait = left
			b.phase, b.limit = phaseFrame, b.limits.Frame
		}
	}
	if b.limit > 0 && wait <= 0 { // the last byte came exactly at the limit
		b.end(ending{stalled: true})
		b.stall()
		return 0, ErrClosed
	}
	b.arm(wait)
	n, err := b.readSource(p)
	inTime := b.disarm()
	now := b.now()
	if b.events == 0 {
		b.spendFirst(now - start)
	}
	if !inTime {
		// Over HTTP/1.1, net/http holds back bytes that have arrived while it waits for what follows them.
		// They are delivered; the next Read returns the error.
		if n > 0 {
			return n, nil
		}
		return 0, ErrClosed
	}
	if n > 0 {
		b.last = now
		if b.frameStart == 0 {
			b.frameStart = now
		}
	}
	return n, err
}

// readSource reads once, checks what a Transport of the caller's may get wrong, counts, and shows the bytes to the tap.
func (b *body) readSource(p []byte) (int, error) {
	n, err := b.src.Read(p) // src is set before the first Read and never changes
	b.atEOF = err == io.EOF
	switch {
	case n < 0 || n > len(p):
		return 0, errMiscount
	case n > 0:
		b.emptyReads = 0
		if b.bytes < int64(len(b.start)) {
			copy(b.start[b.bytes:], p[:n])
		}
		b.bytes += int64(n)
		if b.tap != nil {
			b.tap(p[:n:n])
		}
	case err == nil && len(p) > 0:
		if b.emptyReads++; b.emptyReads >= maxEmptyReads {
			return 0, io.ErrNoProgress
		}
	}
	return n, err
}
