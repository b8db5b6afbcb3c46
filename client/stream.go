package client

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/text"
)

// A Stream is the response of one InvokeModelWithResponseStream call, read chunk by chunk. Next and
// All are for one goroutine at a time; Close may be called from any, at any time. A Stream has no
// goroutine of its own.
type Stream struct {
	events events
	buf    []byte // the last chunk's bytes

	peeked bool   // the first chunk is in head, and not delivered yet
	head   []byte // aliases buf

	tail       tail
	metered    bool
	intervened bool
	metrics    model.InvocationMetrics

	response        *model.InvokeModelWithResponseStreamResponse
	allowIncomplete bool
}

// StreamOptions are what [NewStream] and [NewConverseStream] can be told about a captured stream.
// Zero fields are defaults.
type StreamOptions struct {
	Limits          frame.Limits
	Timeouts        Timeouts // only where one is set is there a limit on a wait
	RequestID       string
	Response        *model.InvokeModelWithResponseStreamResponse
	AllowIncomplete bool // as in Config
}

// NewStream decodes an event stream that did not come from a [Client]: a captured one, or one from
// another transport. nil options are the defaults. The stream closes src when it ends. Close
// interrupts a Next that waits, and the limits of Timeouts hold, where closing src makes its Read
// return, as it does for connections and pipes.
func NewStream(src io.ReadCloser, o *StreamOptions) *Stream {
	s := new(Stream)
	if o != nil {
		s.response, s.allowIncomplete = o.Response, o.AllowIncomplete
	}
	if s.response == nil {
		s.response = new(model.InvokeModelWithResponseStreamResponse)
	}
	s.events.capture(src, o, chunkOnly)
	return s
}

// usable reports whether s was made by this package, and not as a zero value.
func (s *Stream) usable() bool { return s != nil && s.events.body != nil }

// Next returns the bytes of the next chunk: JSON in the model's own format. They are valid until
// the next call of Next, and until then the caller may change them.
//
// At the end of a whole response the error is io.EOF. A format that has an end mark, as package
// text knows them, is whole when the mark has come; without it the error is [ErrIncomplete]. A
// format that package text does not know has no mark: it ends with io.EOF, and [Stream.Complete]
// reports false.
//
// Any other end is a [*StreamError]: a cut stream (it Is [frame.ErrTruncated] and
// io.ErrUnexpectedEOF), a corrupt one (another kind of [*frame.Error]), an exception of the service
// or an error that the model reports inside a chunk (a [*model.Error] whose InStream is true), a
// stall ([ErrStalled]), a context that is done (its error and cause), a Close ([ErrClosed]). All
// later calls return the same error. What was delivered before an error is good; nothing after the
// fault is delivered.
//
// Events of kinds that this version does not know are skipped and counted: see [Stream.Skipped].
func (s *Stream) Next() ([]byte, error) {
	if !s.usable() {
		return nil, ErrClosed
	}
	if err := s.events.ready(); err != nil {
		return nil, err
	}
	chunk := s.head
	if s.peeked {
		s.peeked, s.head = false, nil
	} else {
		var err error
		if chunk, err = s.read(); err != nil {
			return nil, s.events.fail(err)
		}
	}
	s.events.deliver()
	return chunk, nil
}

// peek reads the first chunk ahead.
func (s *Stream) peek() error {
	chunk, err := s.read()
	if err != nil {
		return s.events.fail(err)
	}
	s.peeked, s.head = true, chunk
	return nil
}

// read returns the bytes of the next chunk, in s.buf. Its error has not ended the stream yet.
func (s *Stream) read() ([]byte, error) {
	_, m, err := s.events.next()
	if err == io.EOF && !s.allowIncomplete && !s.Complete() && s.tail.marked() {
		return nil, ErrIncomplete
	}
	if err != nil {
		return nil, err
	}
	if s.buf, err = model.DecodeChunk(s.buf[:0], m.Payload); err != nil {
		return nil, s.events.malformed("the chunk can't be decoded", err)
	}
	if err := s.inspect(s.buf); err != nil {
		return nil, err
	}
	return s.buf, nil
}

// bedrockMark is in each name that the service itself adds to a model's chunk.
var bedrockMark = []byte(`"amazon-bedrock-`)

// inspect looks at a chunk before it is delivered: at what the service has added to it, and at
// whether the model reports an error in it, which ends the stream.
func (s *Stream) inspect(chunk []byte) error {
	if s.tail.plainDelta(chunk) {
		return nil
	}
	if bytes.Contains(chunk, bedrockMark) {
		if m, ok := model.ParseInvocationMetrics(chunk); ok {
			s.metrics, s.metered = m, true
		}
		s.intervened = s.intervened || text.Intervened(chunk)
	}
	if failure := text.Failure(chunk); failure != nil {
		return s.events.serviceError(failure)
	}
	s.tail.keep(chunk)
	return nil
}

// All yields what Next returns until the stream ends: chunks with a nil error, and then, unless the
// end is clean, one error. A chunk is valid until the next one. Leaving the loop early leaves the
// stream open.
func (s *Stream) All() iter.Seq2[[]byte, error] {
	return all(s.Next)
}

// MaxCollected is how many bytes of chunks [Stream.Collect] keeps. The longest responses of this
// service's models are a few MiB, as the JSON of their chunks.
const MaxCollected = 64 << 20

// ErrCollected is Collect's error for a response above [MaxCollected].
var ErrCollected = errors.New("bedrockwire: response is too large to collect")

// Collect reads the rest of the stream and returns the response with its Body: one element for each
// chunk, each with its own bytes. On error it returns what came before as well; an exception that
// ended the stream is the error, and also the Body's last element.
func (s *Stream) Collect() (*model.InvokeModelWithResponseStreamResponse, error) {
	out := new(model.InvokeModelWithResponseStreamResponse)
	if !s.usable() {
		return out, ErrClosed
	}
	*out = *s.response
	total := 0
	for chunk, err := range s.All() {
		if err != nil {
			if service := (*model.Error)(nil); errors.As(err, &service) {
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

// Response returns the response's head: all of it but the Body. It is never nil for a stream of a
// [Client] or of [NewStream]. For one of NewStream, it is empty unless the options have one.
func (s *Stream) Response() *model.InvokeModelWithResponseStreamResponse {
	if s == nil {
		return nil
	}
	return s.response
}

// RequestID returns the service's id of the request, "" where it sent none. AWS Support asks for
// it.
func (s *Stream) RequestID() string {
	if !s.usable() {
		return ""
	}
	return s.events.requestID
}

// Attempts returns how many attempts the call took; 0 for a stream of [NewStream].
func (s *Stream) Attempts() int {
	if !s.usable() {
		return 0
	}
	return s.events.attempts
}

// Events returns how many chunks Next has returned.
func (s *Stream) Events() int64 {
	if !s.usable() {
		return 0
	}
	return s.events.delivered
}

// Skipped returns how many events of unknown kinds were skipped.
func (s *Stream) Skipped() int64 {
	if !s.usable() {
		return 0
	}
	return s.events.skipped
}

// Metrics returns the token counts and latencies that the service adds to a model's last chunk
// (amazon-bedrock-invocationMetrics), and whether they have come.
func (s *Stream) Metrics() (model.InvocationMetrics, bool) {
	if s == nil {
		return model.InvocationMetrics{}, false
	}
	return s.metrics, s.metered
}

// GuardrailIntervened reports whether a chunk said that a guardrail stepped in
// (amazon-bedrock-guardrailAction).
func (s *Stream) GuardrailIntervened() bool { return s != nil && s.intervened }

// Complete reports whether the response is known to be whole: whether a chunk held the end mark of
// its format. For a format that package text does not know, the mark is the invocation metrics,
// which the service adds to the last chunk.
//
// Framing has no end mark. A stream that was cut between two frames ends like a whole one; only the
// mark tells the two apart.
func (s *Stream) Complete() bool {
	return s != nil && (s.tail.ended() || s.metered && !s.tail.marked())
}

// Close ends the stream at once and frees its connection, without reading the rest. It may be
// called any number of times, from any goroutine, also during Next, which then returns [ErrClosed].
// It returns nil. When it has returned, no byte of the request's Body is read any more.
func (s *Stream) Close() error {
	if s.usable() {
		s.events.close()
	}
	return nil
}
