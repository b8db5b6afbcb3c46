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

// body is the response body of one attempt, and everything that can end it. It limits how long each
// wait for the peer takes, and it can be ended from any goroutine. It has no goroutine of its own:
// the functions of the timer and of the context run only when they have something to end.
//
//	caller's goroutine   newBody -> connected -> opened -> Read ... -> release
//	timer                the current wait has passed its limit
//	context              the caller's context is done
//	any goroutine        Close of the stream
//
// The timer, the context and Close can each end the body. The first of them is stored in ended, and
// is the error that the caller sees. The Read that it interrupts fails too; that error is only a
// consequence, and is dropped.
type body struct {
	ctx    context.Context         // the caller's
	cancel context.CancelCauseFunc // ends the HTTP request; nil where there is none
	limits Timeouts                // 0 is no limit
	call   *request                // nil for a captured stream
	upload upload                  // the request's body
	sent   delivery                // how far the request got
	unhook func() bool             // stops watching ctx
	shared bool                    // the connection carries other streams too (HTTP/2)
	ended  atomic.Pointer[ending]

	mu     sync.Mutex // guards src and closed
	src    io.ReadCloser
	closed bool

	// Only the goroutine that reads uses the fields below. The timer's function sets ended and
	// nothing else.
	timer      *time.Timer
	race       *race         // between timer and the wait that it limits
	atEOF      bool          // src has returned io.EOF
	emptyReads int           // consecutive reads without bytes and without an error
	base       time.Time     // last and frameStart count from it
	phase      phase         // what the client waits for
	limit      time.Duration // on the current wait
	firstLeft  time.Duration // what is left of limits.FirstEvent
	last       time.Duration // when the last byte came, or the request began
	stalled    *StallError   // made at the first stall; later calls return it too
	bytes      int64         // read from src
	start      [12]byte      // the first bytes read
	events     int64         // delivered
	frameStart time.Duration // when the first byte of the current frame came; 0 while there is none
	tap        func([]byte)  // sees what is read; may be nil
	frames     *frame.Reader // reads from this body; nil for a body of JSON
}

// ending is why a body was ended from outside its Read.
type ending struct {
	stalled   bool
	cancelled bool  // the caller's context has ended
	err       error // of any other reason
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

// newBody returns the body of a request that is about to be sent, and the context to send it with.
// The limit on the first wait runs from here. watchConnect is false with a Transport of the
// caller's, which need not report its connections.
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
	if closed { // by Close or the context, while the response was on its way
		src.Close()
		return
	}
	if b.ctx.Done() != nil {
		b.unhook = context.AfterFunc(b.ctx, func() { b.end(ending{cancelled: true}) })
	}
}

// race decides which came first, the timer's function or the end of the wait that it limits.
// Timer.Stop alone can't tell: if it returns false, the function has started, but may not have
// ended the body yet.
type race struct{ state atomic.Uint32 }

const (
	raceOpen     = iota
	raceFired    // the timer's function ends the body
	raceFinished // the wait was over first; the function does nothing
)

// arm starts the timer of one wait. 0 is no limit. The next wait uses the same timer and race,
// unless the timer's function has started.
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

// disarm stops the timer. It reports whether the wait was over in time. If so, the timer's function
// does nothing any more.
func (b *body) disarm() bool {
	if b.timer == nil || b.timer.Stop() {
		return true
	}
	if b.race.state.CompareAndSwap(raceOpen, raceFinished) {
		b.timer, b.race = nil, nil // its function has started, will do nothing, and can't be stopped: the next wait gets a new timer
		return true
	}
	if b.race.state.Load() == raceFired {
		// The function has won, but may not have ended the body yet. The caller must find
		// it ended.
		b.end(ending{stalled: true})
		b.stall()
		return false
	}
	return true
}

// spendFirst subtracts d from the time that is left for the first event. The rest may be negative.
func (b *body) spendFirst(d time.Duration) {
	if b.limits.FirstEvent > 0 {
		b.firstLeft -= d
	}
}

// end ends the body for the given reason, unless it has ended already, and frees the connection.
func (b *body) end(why ending) {
	// In every call, not only in the first: when end returns, no byte of the request is read.
	b.upload.stop()
	if b.ended.CompareAndSwap(nil, &why) {
		b.shutdown(false)
	}
}

// shutdown interrupts what is in progress and closes the response's body. It never reads the rest
// of it.
//
// Over HTTP/2, closing a body waits for a lock that is held during writes to the connection. So it
// can wait for the upload of another stream, or for a peer that accepts no bytes. Cancelling the
// request has interrupted its Read already, so nothing depends on the close, and a goroutine does
// it. If the whole request was sent and the whole response was read, the close writes nothing, and
// needs no goroutine.
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

// release frees everything once the stream or the call is over. It stores no ending: the reason is
// known by then.
func (b *body) release() {
	b.upload.stop()
	b.disarm()
	if b.unhook != nil {
		b.unhook()
	}
	b.shutdown(b.atEOF)
}

// closedByCaller reports whether Close or the caller's context has ended the body. It is false
// after a stall: what arrived before is still delivered then.
func (b *body) closedByCaller() bool {
	why := b.ended.Load()
	return why != nil && !why.stalled
}

// cause returns the error for the caller if the body was ended from outside its Read, and nil if it
// was not.
func (b *body) cause() error {
	if why := b.ended.Load(); why != nil {
		switch {
		case why.stalled:
			return b.stall()
		case why.cancelled:
			return b.cancelled()
		}
		return why.err
	}
	// The request's context is a child of ctx, so its error can arrive before the watch on ctx has
	// run.
	if b.ctx != nil && b.ctx.Err() != nil {
		return b.cancelled()
	}
	return nil
}

// cancelled returns the error for a context that has ended.
func (b *body) cancelled() error {
	if b.call == nil {
		return contextError(b.ctx)
	}
	return b.call.ended(b.ctx, phaseNames[b.phase])
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

// nextFrame is called before a frame is read. The limit on a frame runs from its first byte.
func (b *body) nextFrame() { b.frameStart = 0 }

// delivered is called when the caller gets an event.
func (b *body) delivered() {
	b.events++
	b.phase = phaseIdle
}

// hurry makes d the limit of all further waits together.
func (b *body) hurry(d time.Duration) {
	b.limits = Timeouts{FirstEvent: d}
	b.firstLeft, b.events = d, 0
}

// maxEmptyReads is how many consecutive reads may return neither bytes nor an error before the
// source counts as broken, as in package bufio.
const maxEmptyReads = 100

var errMiscount = errors.New("the response body's Read returned an impossible count")

// Read reads from the response's body. Up to the first event, the limit is what is left of
// FirstEvent; after that, it is Idle. Inside a frame, it is what is left of Frame, if that is less.
func (b *body) Read(p []byte) (int, error) {
	if b.ended.Load() != nil {
		return 0, ErrClosed
	}
	if b.limits == (Timeouts{}) {
		return b.readSource(p)
	}
	start := b.now()
	if b.frameStart == 0 && b.frames != nil && b.bytes > b.frames.Offset() {
		b.frameStart = start // the frame began in an earlier Read; the time since was the caller's
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
	if b.limit > 0 && wait <= 0 { // earlier waits have used up the limit
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
		// Over HTTP/1.1, net/http holds back bytes that have arrived while it waits for what
		// follows them. They are delivered, and the next Read returns the error.
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

// readSource reads once. It checks what a Transport of the caller's may get wrong, counts the
// bytes, and gives them to the tap.
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
