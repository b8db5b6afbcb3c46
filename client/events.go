package client

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"net/http"
	"time"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// events reads the messages of one event stream of any operation. It knows the rules that all of
// them share (Smithy "Amazon Event Stream", "Message types"):
//
//   - an event of a known type is delivered, any other is skipped and counted
//   - an exception or an error message ends the stream with a *model.Error
//   - anything else ends it with a *MessageError
//   - a stream ends once, and returns the same error from then on
//
// The type around it decodes the events, and decides whether the answer is whole.
type events struct {
	client *Client // nil for a captured stream
	body   *body
	frames frame.Reader
	known  []string // the types of events that are delivered; nil is all

	err       error // sticky
	at        int64 // stream offset of the current frame
	ahead     ahead // for Buffered
	delivered int64
	skipped   int64

	requestID string
	attempts  int
	request   *request       // nil for a captured stream
	response  *http.Response // nil for a captured stream
	quiet     bool           // the call logs its end itself
}

// chunkOnly is the event type of the operations that deliver a model's own chunks.
var chunkOnly = []string{"chunk"}

// open makes e the reader of a response with a success status, which must be an event stream.
func (e *events) open(c *Client, r received, known []string) error {
	header := r.http.Header
	contentType, encoding := header.Get("Content-Type"), contentEncoding(header)
	if !isEventStream(contentType) || encoding != "" {
		defer r.body.release()
		text := r.errorBody()
		var cause error
		if _, _, err := frame.Parse(text); err == nil || len(text) >= preludeSize && errors.Is(err, frame.ErrTruncated) {
			cause, text = errFramesInside, nil
		}
		return c.responseError(r, text, cause)
	}
	r.body.tap = r.request.tap
	e.start(r.body, c.cfg.Limits, known)
	e.requestID, e.attempts, e.request = r.id, r.attempt, r.request
	e.client, e.response = c, r.http
	return nil
}

// preludeSize is the length of a frame's prelude with its checksum (package frame, "Layout").
const preludeSize = 12

var errFramesInside = errors.New("the body looks like an event stream, so something on the way has changed its Content-Type")

// responseError is the error for a response that is not an event stream.
func (c *Client) responseError(r received, text []byte, cause error) *ResponseError {
	header := r.http.Header
	return &ResponseError{
		ContentType: header.Get("Content-Type"), ContentEncoding: contentEncoding(header), Cause: cause,
		Err: c.serviceError(r.request, model.ErrorFromResponse(r.http.StatusCode, header.Get, text), r.id),
	}
}

// maxTextInstead is how much is read of a text that a peer sent in place of frames.
const maxTextInstead = 4 << 10

// textInstead returns the error for a body that is text and not frames, although its Content-Type
// says so; nil for another body. The frame error alone, a wrong checksum, would hide what the peer
// says.
func (e *events) textInstead(err error) error {
	if err == io.EOF || e.response == nil {
		return nil
	}
	var broken *frame.Error
	start := e.body.start[:min(e.body.bytes, int64(len(e.body.start)))]
	if !errors.As(err, &broken) || broken.Frame != 0 || errors.Is(err, frame.ErrMessageCRC) || errors.Is(err, frame.ErrHeader) ||
		len(start) < preludeSize || bytes.ContainsFunc(start, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }) {
		return nil
	}
	// The rest of the text is read too, for at most a second: a peer may send no more and keep the
	// connection open.
	e.body.hurry(time.Second)
	text := make([]byte, maxTextInstead)
	n := copy(text, start)
	for n < len(text) {
		more, err := e.body.Read(text[n:])
		if n += more; err != nil {
			break
		}
	}
	return e.client.responseError(received{request: e.request, http: e.response, id: e.requestID}, text[:n], err)
}

// start makes e the reader of a body.
func (e *events) start(b *body, limits frame.Limits, known []string) {
	e.body, e.known = b, known
	e.frames.Reset(b)
	e.frames.Limits = limits
	b.frames = &e.frames
}

// capture makes e the reader of a stream that did not come from a request of this package. nil
// options are the defaults.
func (e *events) capture(src io.ReadCloser, o *StreamOptions, known []string) {
	if o == nil {
		o = new(StreamOptions)
	}
	limits := o.Timeouts
	for _, d := range []*time.Duration{&limits.Connect, &limits.FirstEvent, &limits.Idle, &limits.Frame} {
		*d = max(*d, 0)
	}
	if src == nil {
		src = http.NoBody
	}
	e.start(newCapturedBody(src, limits), o.Limits, known)
	e.requestID = o.RequestID
}

// first waits for the first event, unless Config.ReturnAtHead is set. An exception, a fault or a
// stall in its place is then the call's error, and may be retried.
func (c *Client) first(e *events, peek func() error) error {
	if c.cfg.ReturnAtHead {
		return nil
	}
	e.quiet = true
	returned := false
	defer func() {
		if !returned { // a hook of the caller's panicked
			e.body.release()
		}
	}()
	err := peek()
	returned = true
	if err == io.EOF {
		err = nil // Next returns it: an empty stream is not an error of the call
		e.quiet = false
		e.step(Step{Kind: StepEnd})
	}
	e.quiet = err != nil
	return err
}

// ready returns the error that the stream has ended with, if it has.
func (e *events) ready() error {
	if e.err == nil && e.body.closedByCaller() {
		e.fail(e.body.cause())
	}
	return e.err
}

// next returns the next event to deliver. Its error ends the stream only once it is given to fail.
func (e *events) next() (eventType string, m frame.Message, err error) {
	for {
		e.body.nextFrame()
		e.at = e.frames.Offset()
		if m, err = e.frames.Next(); err != nil {
			if text := e.textInstead(err); text != nil {
				err = text
			}
			return "", m, err
		}
		for _, name := range e.known {
			if m.Headers.Is(":event-type", name) && m.Headers.Is(":message-type", "event") {
				return name, m, nil
			}
		}
		eventType, err = model.EventType(func(name string) (string, bool) {
			v, ok := m.Headers.Get(name)
			if !ok {
				return "", false
			}
			return v.Text()
		}, m.Payload)
		if err != nil {
			return "", m, e.messageError(err)
		}
		if e.known == nil {
			return eventType, m, nil
		}
		e.skipped++
		e.step(Step{Kind: StepSkipped, EventType: eventType})
	}
}

// deliver counts an event that the caller gets.
func (e *events) deliver() {
	e.delivered++
	e.body.delivered()
	e.step(Step{Kind: StepEvent})
}

// fail ends the stream with err and frees the connection. io.EOF is a clean end.
func (e *events) fail(err error) error {
	// If Close, the context or a limit has ended the body, that is the reason, and the cut is its
	// consequence. An error that a whole frame reports is kept, even if the context has ended
	// since.
	if errors.Is(err, frame.ErrTruncated) {
		if cause := e.body.cause(); cause != nil {
			err = cause
		}
	}
	if err != io.EOF {
		err = &StreamError{Events: e.delivered, RequestID: e.requestID, Err: err}
	}
	e.err = err
	e.body.release()
	if !e.quiet {
		end := Step{Kind: StepEnd}
		if err != io.EOF {
			end.Err = err
		}
		e.step(end)
	}
	return err
}

// all is the All of a stream with the given Next.
func all[T any](next func() (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			event, err := next()
			if err == io.EOF {
				return
			}
			if !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// close ends the stream from any goroutine. It does not call release, whose fields belong to the
// goroutine that reads.
func (e *events) close() {
	e.body.end(ending{err: ErrClosed})
	if e.body.unhook != nil {
		e.body.unhook()
	}
}

// messageError returns the error for a message that is not an event: the service's error, or what
// is wrong with the message.
func (e *events) messageError(err error) error {
	if service := (*model.Error)(nil); errors.As(err, &service) {
		return e.serviceError(service)
	}
	if malformed := (*model.EventError)(nil); errors.As(err, &malformed) {
		return e.malformed(malformed.Reason, nil)
	}
	return e.malformed(err.Error(), nil)
}

func (e *events) serviceError(err *model.Error) *model.Error {
	if e.client != nil {
		return e.client.serviceError(e.request, err, e.requestID)
	}
	if err.RequestID == "" {
		err.RequestID = e.requestID
	}
	return err
}

// malformed returns the error for the current frame.
func (e *events) malformed(reason string, err error) error {
	return &MessageError{Offset: e.at, Frame: e.frames.Frames() - 1, Reason: reason, Err: err}
}

func (e *events) step(s Step) {
	if e.request == nil || e.request.log.hook == nil {
		return
	}
	s.Attempt, s.Events, s.Bytes = e.attempts, e.delivered, e.body.bytes
	e.request.step(s)
}
