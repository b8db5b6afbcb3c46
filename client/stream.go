package client

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"time"

	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// A Stream is the answer of one call, read chunk by chunk. Next and All are for one goroutine at a time; Close
// may be called from any, at any time. A Stream has no goroutine of its own.
type Stream struct {
	wire   *wire
	frames *frame.Reader
	buf    []byte // the last chunk's bytes
	err    error  // sticky
	at     int64  // stream offset of the frame at hand

	peeked   bool   // the first event is in head, and not yet delivered
	head     []byte // aliases buf
	events   int64
	skipped  int64
	complete bool
	metered  bool
	metrics  model.InvocationMetrics

	response        *model.InvokeModelWithResponseStreamResponse
	requestID       string
	requireComplete bool

	log     func(Event)
	began   time.Time
	attempt int
}

// A StreamOption is what [NewStream] can be told of a captured stream. Zero fields are defaults.
type StreamOption struct {
	Limits          frame.Limits
	Timeouts        Timeouts // only where one is set is there any limit on a wait
	RequestID       string
	Response        *model.InvokeModelWithResponseStreamResponse
	RequireComplete bool
}

// NewStream decodes an event stream that did not come by a [Client]: a captured one, or one from a transport
// of the caller's own. Of several options the last one counts. The stream closes src when it ends; a Next that waits is
// interrupted by Close, and a limit of Timeouts is kept, where closing src makes its Read return, as it does for
// connections and pipes.
func NewStream(src io.ReadCloser, options ...StreamOption) *Stream {
	var o StreamOption
	if len(options) > 0 {
		o = options[len(options)-1]
	}
	limits := o.Timeouts
	for _, d := range []*time.Duration{&limits.Connect, &limits.FirstEvent, &limits.Idle, &limits.Frame} {
		*d = max(*d, 0)
	}
	if src == nil {
		src = io.NopCloser(bytes.NewReader(nil))
	}
	w := &wire{src: src, limits: limits, firstLeft: limits.FirstEvent, base: time.Now(), last: 1, phase: phaseFirstEvent}
	s := newStream(w, o.Limits)
	s.response, s.requestID, s.requireComplete = o.Response, o.RequestID, o.RequireComplete
	if s.response == nil {
		s.response = new(model.InvokeModelWithResponseStreamResponse)
	}
	return s
}

func newStream(w *wire, limits frame.Limits) *Stream {
	s := &Stream{wire: w, frames: frame.NewReader(w)}
	s.frames.Limits = limits
	w.frameAt = s.frames.Offset
	return s
}

// Next returns the bytes of the next chunk, which are JSON in the model's own format. They are valid until
// the next call of Next; until then they are the caller's to change.
//
// At a clean end, between two frames, the error is io.EOF. Any other end is a [*StreamError]: a cut stream
// (it Is [frame.ErrTruncated] and io.ErrUnexpectedEOF), a corrupt one (another kind of [*frame.Error]), one
// that the service ended with an exception (a [*model.Error] whose InStream is set), one that stalled
// ([ErrStalled]), a done context (its error and cause), a Close ([ErrClosed]). The same error is returned
// ever after. What was delivered before an error is good; nothing after the fault is delivered.
//
// Events of kinds that this version does not know are passed over and counted, see [Stream.Skipped].
func (s *Stream) Next() ([]byte, error) {
	if s == nil || s.wire == nil {
		return nil, ErrClosed // a zero Stream
	}
	if s.err != nil {
		return nil, s.err
	}
	if s.wire.ended.Load() != nil {
		return nil, s.fail(s.wire.cause())
	}
	chunk := s.head
	if s.peeked {
		s.peeked, s.head = false, nil
	} else {
		var err error
		if chunk, err = s.read(); err != nil {
			return nil, s.fail(err)
		}
	}
	s.events++
	s.wire.delivered()
	s.inspect(chunk)
	if s.log != nil {
		s.log(s.event(EventMessage))
	}
	return chunk, nil
}

// All yields what Next returns until the stream ends: chunks with a nil error, and then, unless the end is
// clean, one error. A chunk is valid until the next one. Leaving the loop early leaves the stream open.
func (s *Stream) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			chunk, err := s.Next()
			if err == io.EOF {
				return
			}
			if !yield(chunk, err) || err != nil {
				return
			}
		}
	}
}

// MaxCollected is how many bytes of chunks [Stream.Collect] keeps. Answers are text, and the longest that
// models of this service give are a few MiB in their chunks' JSON.
const MaxCollected = 64 << 20

// ErrCollected is Collect's error for an answer above [MaxCollected].
var ErrCollected = errors.New("bedrockwire: answer is too large to collect")

// Collect reads the rest of the stream and returns the response with its Body: one element a chunk, each with
// bytes of its own. On error it returns what came before as well; an exception that ended the stream is
// the error, and the Body's last element too.
func (s *Stream) Collect() (*model.InvokeModelWithResponseStreamResponse, error) {
	out := new(model.InvokeModelWithResponseStreamResponse)
	if s.response != nil {
		*out = *s.response
	}
	total := 0
	for chunk, err := range s.All() {
		if err != nil {
			if service := serviceError(err); service != nil {
				out.Body = append(out.Body, model.ResponseStream{Exception: service})
			}
			return out, err
		}
		if total += len(chunk); total > MaxCollected {
			s.Close()
			return out, ErrCollected
		}
		out.Body = append(out.Body, model.ResponseStream{Chunk: &model.PayloadPart{Bytes: bytes.Clone(chunk)}})
	}
	return out, nil
}

// Response returns the response's head: all of it but the Body. It is never nil for a stream of a [Client] or of
// [NewStream], where it is empty unless a StreamOption has one.
func (s *Stream) Response() *model.InvokeModelWithResponseStreamResponse { return s.response }

// RequestID returns the service's id of the request, "" where it sent none. Support asks for it.
func (s *Stream) RequestID() string { return s.requestID }

// Events returns how many chunks Next has returned.
func (s *Stream) Events() int64 { return s.events }

// Skipped returns how many events of unknown kinds were passed over.
func (s *Stream) Skipped() int64 { return s.skipped }

// Metrics returns the token counts and latencies that the service adds to a model's last chunk
// (amazon-bedrock-invocationMetrics), and whether they were seen.
func (s *Stream) Metrics() (model.InvocationMetrics, bool) { return s.metrics, s.metered }

// Complete reports whether the answer is known to be whole: whether a chunk delivered so far held the service's
// invocation metrics, which it adds to the last chunk of every model, or was an Anthropic message_stop.
//
// The framing itself has no end mark. A stream cut between two frames ends with io.EOF like a whole one, and
// this is what tells the two apart; Config.RequireComplete makes it an error.
func (s *Stream) Complete() bool { return s.complete }

// Close ends the stream at once and frees its connection, without reading what is left. It may be called any
// number of times, from any goroutine, also during Next, which then returns [ErrClosed]. It returns nil.
func (s *Stream) Close() error {
	if s != nil && s.wire != nil {
		s.wire.end(ending{err: ErrClosed})
		if s.wire.unhook != nil {
			s.wire.unhook()
		}
	}
	return nil
}

// peek reads the first event. An exception or a fault is the call's error; a clean end is left to Next.
func (s *Stream) peek() error {
	chunk, err := s.read()
	if err == nil {
		s.peeked, s.head = true, chunk
		return nil
	}
	s.log = nil // the call logs its end, or the retry
	if err = s.fail(err); err == io.EOF {
		return nil
	}
	return err
}

// read returns the bytes of the next chunk in s.buf. Its error is not yet wrapped.
func (s *Stream) read() ([]byte, error) {
	for {
		s.wire.nextFrame()
		s.at = s.frames.Offset()
		m, err := s.frames.Next()
		if err != nil {
			return nil, err
		}
		isChunk, err := s.kind(&m)
		if err != nil {
			return nil, err
		}
		if !isChunk {
			continue
		}
		if s.buf, err = model.DecodeChunk(s.buf[:0], m.Payload); err != nil {
			return nil, s.messageError("the chunk can't be decoded", err)
		}
		return s.buf, nil
	}
}

// fail makes err the stream's last word and frees the connection.
func (s *Stream) fail(err error) error {
	var done error
	if err == io.EOF {
		done = err
		if s.requireComplete && !s.complete {
			done = ErrIncomplete
		}
	} else {
		// Whatever ended the wire from outside is the reason, and the cut its echo. But what a frame
		// that had arrived says is worth more than a context that is done since.
		if errors.Is(err, frame.ErrTruncated) {
			if cause := s.wire.cause(); cause != nil {
				err = cause
			}
		}
		done = err
	}
	if done != io.EOF {
		done = &StreamError{Events: s.events, RequestID: s.requestID, Err: done}
	}
	s.err = done
	s.wire.release()
	if s.log != nil {
		e := s.event(EventEnd)
		if done != io.EOF {
			e.Err = done
		}
		s.log(e)
	}
	return done
}

// kind says whether a message is a chunk, or passed over; an exception or an error message is the error
// (Smithy "Amazon Event Stream", "Message types"). The service writes :event-type first, but order is free.
func (s *Stream) kind(m *frame.Message) (chunk bool, err error) {
	if m.Headers.Is(":event-type", "chunk") && m.Headers.Is(":message-type", "event") {
		return true, nil // as all but the last of a thousand messages
	}
	messageType, err := s.text(m, ":message-type")
	if err != nil {
		return false, err
	}
	switch messageType {
	case "event":
		eventType, err := s.text(m, ":event-type")
		if err != nil {
			return false, err
		}
		s.skipped++
		if s.log != nil {
			e := s.event(EventSkipped)
			e.EventType = eventType
			s.log(e)
		}
		return false, nil
	case "exception":
		name, err := s.text(m, ":exception-type")
		if err != nil {
			return false, err
		}
		return false, s.serviceError(name, m.Payload)
	case "error":
		// These headers may be missing: what is left is still an error of the service.
		code, _ := header(m, ":error-code")
		e := s.serviceError(code, m.Payload)
		if text, _ := header(m, ":error-message"); text != "" {
			e.Message = text
		}
		return false, e
	}
	return false, s.messageError(":message-type is none of event, exception and error", nil)
}

// text returns a header that must be there and be a string.
func (s *Stream) text(m *frame.Message, name string) (string, error) {
	v, wrong := header(m, name)
	if wrong != "" {
		return "", s.messageError(name+wrong, nil)
	}
	return v, nil
}

// header returns a header that is a string, or what is wrong with it.
func header(m *frame.Message, name string) (text, wrong string) {
	v, ok := m.Headers.Get(name)
	if !ok {
		return "", " is missing"
	}
	if text, ok = v.Text(); !ok {
		return "", " is not a string"
	}
	return text, ""
}

// serviceError makes the error of an exception or error message. It has no request id of its own, so it
// gets the response's. The payload is the Reader's, so it is copied.
func (s *Stream) serviceError(code string, payload []byte) *model.Error {
	e := model.ErrorFromJSON(code, bytes.Clone(payload))
	e.InStream = true
	if e.RequestID == "" {
		e.RequestID = s.requestID
	}
	return e
}

//go:noinline
func (s *Stream) messageError(reason string, err error) error {
	return &MessageError{Offset: s.at, Frame: s.frames.Frames() - 1, Reason: reason, Err: err}
}

// The marks of a chunk that may end the answer. Both begin with a byte that is rare in chunks, so that
// looking for them in each costs little.
var (
	metricsMark = []byte("-invocationMetrics")
	stopMark    = []byte("_stop\"")
)

// messageStop is the type of Anthropic's last event, as it stands in JSON.
const messageStop = `"message_stop"`

// isMessageStop reports whether a chunk is Anthropic's last event: by its own type, and not by that of an object within
// it, such as a tool's result, which others may have written.
func isMessageStop(chunk []byte) (stop bool) {
	lx := jsonwire.New(chunk)
	if lx.Next() != jsonwire.ObjectStart {
		return false
	}
	for lx.Next() == jsonwire.Key {
		isType := lx.TextIs("type")
		if value := lx.Skip(); isType {
			stop = string(value) == messageStop
		}
	}
	return lx.Finish() == nil && stop
}

// The two ends of an Anthropic delta, as most chunks are. It is not the last event of an answer; and if the service
// added metrics to it all the same, it would end in a number.
var (
	deltaStart = []byte(`{"type":"content_block_delta",`)
	deltaEnd   = []byte(`"}}`)
)

// inspect notes what a chunk says of the answer's end.
func (s *Stream) inspect(chunk []byte) {
	if bytes.HasPrefix(chunk, deltaStart) && bytes.HasSuffix(chunk, deltaEnd) {
		return // not worth two searches
	}
	if bytes.Contains(chunk, metricsMark) {
		if m, ok := model.ParseInvocationMetrics(chunk); ok {
			s.metrics, s.metered, s.complete = m, true, true
		}
	}
	if !s.complete && bytes.Contains(chunk, stopMark) && isMessageStop(chunk) {
		s.complete = true
	}
}

// event returns an Event of the given kind with what is known by now.
//
//go:noinline
func (s *Stream) event(kind EventKind) Event {
	return Event{Kind: kind, Attempt: s.attempt, Elapsed: time.Since(s.began), RequestID: s.requestID, Events: s.events, Bytes: s.wire.bytes}
}
