package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/text"
	"bedrockwire/signer"
)

var invokeModelBidirectional = binding{
	operation: "InvokeModelWithBidirectionalStream", action: "bedrock:InvokeModelWithBidirectionalStream", service: runtimeService,
	method: http.MethodPost, before: "/model/", after: "/invoke-with-bidirectional-stream",
}

var (
	// ErrNoHTTP2 is the kind of the [*SendError] of a peer that does not speak HTTP/2, which a
	// [BidirectionalStream] needs.
	ErrNoHTTP2 = errors.New("the peer does not speak HTTP/2, which a stream in both directions needs")
	// ErrSendClosed is what Send returns after CloseSend.
	ErrSendClosed = errors.New("bedrockwire: Send after CloseSend")
	// ErrInputRefused says that the peer takes no more input, while Next has events to return. Its
	// reason comes after them.
	ErrInputRefused = errors.New("the peer takes no more input; Next returns the reason after the events that came before")

	errRetired = errors.New("the attempt has ended before it took the message")
)

// A BidirectionalStream is a call of InvokeModelWithBidirectionalStream: messages go to the model
// and come from it at the same time. Send and CloseSend are for one goroutine at a time, and so are
// Next and All; the two may be different goroutines. Close may be called from any, at any time.
//
//	Send, CloseSend   -> messages -> messageBody.Read   frames, signs and hands over to net/http
//	Next              <- events   <- the response's body
//
// Until the response's head is there, one goroutine waits for it. After that the stream has none of
// its own.
type BidirectionalStream struct {
	client  *Client
	request *request
	parent  context.Context // the caller's
	ctx     context.Context // done when the stream has ended
	cancel  context.CancelFunc

	started   chan struct{} // closed when the request's head was sent
	startOnce sync.Once
	opened    chan struct{} // closed when the response's head, or the call's error, is there
	messages  chan []byte   // from Send to the body's Read; nil ends the input
	taken     chan error    // the answer to a message

	sending    sync.Mutex // guards the fields down to refusal
	message    []byte
	payload    []byte
	sendClosed bool
	refusal    bool // the peer takes no more messages

	reading   sync.Mutex // guards the fields down to spare
	events    events     // set when opened is closed
	peeked    bool       // the next chunk is in head, and not delivered yet
	head      []byte
	buf       []byte // of the chunk read last
	spare     []byte // of the chunk before
	delivered atomic.Int64
	http1     atomic.Bool // the peer answers HTTP/2 with HTTP/1

	mu   sync.Mutex // guards the fields below
	end  error      // why the stream has ended; it stays
	body *messageBody
	sent bool // a message was taken
}

// InvokeModelWithBidirectionalStream opens a stream in both directions (Amazon Bedrock API
// Reference, "InvokeModelWithBidirectionalStream"). It needs the IAM action
// bedrock:InvokeModelWithBidirectionalStream, and HTTP/2: if the peer does not speak it, the error
// is a [*SendError] that Is [ErrNoHTTP2]. For an http endpoint, HTTP/2 begins without negotiation
// (prior knowledge), so Send and Next return that error.
//
// It returns when the request's head was sent, because the service may wait for the first message
// before it answers. What the service says then is the error of both Send and Next. Attempts are
// repeated as [Retry] says until the first message was sent, and never after. [Config].Log is
// called from another goroutine until the response's head is there.
//
// Each message is signed with the credentials of the call. When these expire, the next Send ends
// the stream with an error that Is [signer.ErrExpired]. A bearer token can't sign, and the service
// does not take one for this operation, so with BearerToken or Unsigned the error is a
// [*ConfigError].
//
// The limits of [Timeouts] hold for both directions. FirstEvent also counts while nothing was sent
// yet. Idle limits how long Next waits for a byte, and how long Send waits for the peer to take a
// message. A negative limit suits dialogues with long pauses.
func (c *Client) InvokeModelWithBidirectionalStream(ctx context.Context, modelID string) (*BidirectionalStream, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	if err := model.CheckModelID(modelID); err != nil {
		return nil, err
	}
	switch {
	case c.cfg.BearerToken != nil:
		return nil, &ConfigError{"BearerToken", "can't sign the messages of InvokeModelWithBidirectionalStream: use Credentials"}
	case c.cfg.Unsigned:
		return nil, &ConfigError{"Unsigned", "excludes InvokeModelWithBidirectionalStream, whose messages are signed"}
	case c.cfg.DisableHTTP2:
		return nil, &ConfigError{"DisableHTTP2", "excludes InvokeModelWithBidirectionalStream, which needs HTTP/2"}
	}
	r, err := c.newRequest(&invokeModelBidirectional, modelID, nil)
	if err != nil {
		return nil, err
	}
	r.set("Content-Type", "application/vnd.amazon.eventstream", "")
	r.hash = signer.StreamingEvents
	s := &BidirectionalStream{
		client: c, request: r, parent: ctx, started: make(chan struct{}), opened: make(chan struct{}),
		messages: make(chan []byte), taken: make(chan error, 1),
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	sender := c.secure
	if r.to.scheme == "http" {
		sender = c.plainHTTP2
	}
	r.input = &bidirectionalInput{s, sender}
	go s.open(r)
	select {
	case <-s.started:
	case <-s.opened:
	}
	if err := s.ended(); err != nil {
		return nil, err
	}
	return s, nil
}

// open makes the call's attempts until the response's head is there.
func (s *BidirectionalStream) open(r *request) {
	defer close(s.opened)
	ctx := context.WithValue(s.ctx, wrapConnKey{}, func(conn net.Conn) net.Conn { return &firstBytes{Conn: conn, http1: &s.http1} })
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if t, ok := info.Conn.(*tls.Conn); ok && t.ConnectionState().NegotiatedProtocol != "h2" {
			s.finish(&SendError{Err: ErrNoHTTP2})
		}
	}})
	_, err := send(ctx, s.client, r, func(resp received) (*BidirectionalStream, error) {
		if resp.http.ProtoMajor < 2 {
			resp.body.release()
			return nil, s.finish(&SendError{Err: ErrNoHTTP2})
		}
		return s, s.events.open(s.client, resp, chunkOnly)
	})
	if err != nil {
		if s.http1.Load() {
			err = &SendError{Err: ErrNoHTTP2}
		}
		s.finish(err)
	}
}

// firstBytes is a connection for HTTP/2 without TLS. It notices a peer that begins with the status
// line of HTTP/1. net/http has no type for that error, and sometimes reports another one.
type firstBytes struct {
	net.Conn
	http1  *atomic.Bool
	looked bool
}

func (c *firstBytes) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if !c.looked && n > 0 {
		c.looked = true
		c.http1.Store(bytes.HasPrefix(p[:n], []byte("HTTP/1")))
	}
	return n, err
}

func (s *BidirectionalStream) usable() bool { return s != nil && s.client != nil }

// ended returns why the stream has ended; nil where it has not.
func (s *BidirectionalStream) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// finish ends the stream in both directions, unless it has ended already, and returns why it has.
func (s *BidirectionalStream) finish(err error) error {
	s.mu.Lock()
	if s.end == nil {
		s.end = err
	}
	err = s.end
	s.mu.Unlock()
	s.cancel()
	return err
}

// broken returns the error of a stream that err has ended.
func (s *BidirectionalStream) broken(err error) error {
	return &StreamError{Events: s.delivered.Load(), RequestID: s.RequestID(), Err: err}
}

// Send sends one chunk of the model's input: JSON in its own format. It returns when net/http has
// taken the whole message. The chunk is not kept.
//
// A peer that does not read lets Send wait for at most Timeouts.Idle; then the stream ends with an
// error that Is [ErrStalled]. The model may wait until its events are read, so call Next at the
// same time. Where the stream has ended, Send returns what Next returns. A chunk above the limits
// of a message is refused, and the stream goes on.
func (s *BidirectionalStream) Send(chunk []byte) error {
	if !s.usable() {
		return ErrClosed
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	if s.sendClosed {
		return ErrSendClosed
	}
	if err := s.ended(); err != nil {
		return err
	}
	if s.refusal {
		return s.refused()
	}
	s.payload = append(s.payload[:0], `{"bytes":"`...)
	s.payload = append(base64.StdEncoding.AppendEncode(s.payload, chunk), `"}`...)
	// In the order of the AWS SDKs.
	message, err := frame.Append(s.message[:0], []frame.Header{
		{Name: ":event-type", Value: frame.StringValue("chunk")},
		{Name: ":message-type", Value: frame.StringValue("event")},
		{Name: ":content-type", Value: frame.StringValue("application/json")},
	}, s.payload)
	if err != nil {
		return err
	}
	s.message = message
	return s.handOver(message)
}

// CloseSend ends the input with a signed empty message. What the model still has to say comes from
// Next.
func (s *BidirectionalStream) CloseSend() error {
	if !s.usable() {
		return ErrClosed
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	if s.sendClosed {
		return nil
	}
	if err := s.ended(); err != nil {
		return err
	}
	if s.refusal {
		return s.refused()
	}
	s.sendClosed = true
	return s.handOver(nil)
}

// handOver waits until the request's body has taken a message.
func (s *BidirectionalStream) handOver(message []byte) error {
	var timeout <-chan time.Time
	limit := s.request.timeouts.Idle
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		timeout = timer.C
	}
	var closed <-chan struct{} // net/http has closed the body
	opened, messages := s.opened, s.messages
	for {
		select {
		case messages <- message:
			messages = nil
		case err := <-s.taken:
			if err == errRetired {
				messages = s.messages
				continue
			}
			return s.took(err)
		case <-opened:
			opened = nil
			s.mu.Lock()
			if s.body != nil {
				closed = s.body.closed
			}
			s.mu.Unlock()
		case <-closed:
			return s.unlessTaken(func() error {
				s.refusal = true // the body may still use the message, so the next one would overwrite it
				return s.refused()
			})
		case <-s.ctx.Done():
			return s.unlessTaken(s.over)
		case <-timeout:
			return s.unlessTaken(func() error {
				return s.finish(s.broken(&StallError{WaitingFor: "the peer to take a message", Limit: limit, Silence: limit,
					Events: s.delivered.Load(), MayBeProcessed: true}))
			})
		}
	}
}

// took returns the error of a message that the body has answered with err.
func (s *BidirectionalStream) took(err error) error {
	if errors.Is(err, signer.ErrExpired) {
		return s.finish(s.broken(err))
	}
	return err
}

// unlessTaken returns what end returns, unless the message was taken at the same time. The peer can
// end the stream as soon as it has the last message.
func (s *BidirectionalStream) unlessTaken(end func() error) error {
	select {
	case err := <-s.taken:
		if err != errRetired {
			return s.took(err)
		}
	default:
	}
	return end()
}

// over returns why s.ctx is done.
func (s *BidirectionalStream) over() error {
	if err := s.ended(); err != nil {
		return err
	}
	return s.finish(s.broken(contextError(s.parent)))
}

// refused returns why the peer takes no more input. The response says it, so the next event is read
// ahead.
func (s *BidirectionalStream) refused() error {
	s.reading.Lock()
	defer s.reading.Unlock()
	if err := s.ended(); err != nil {
		return err
	}
	if !s.peeked {
		if err := s.peek(); err != nil {
			return err
		}
	}
	return s.broken(ErrInputRefused)
}

// Next returns the bytes of the model's next chunk, valid until the next call. The error is io.EOF
// where the model has ended the stream between two events. This package knows no end mark of the
// formats of this operation, so the caller has to check that the model has said all.
//
// Before the response's head is there, the error is that of a call, as with
// [Client.InvokeModelWithResponseStream]. Any other end is a [*StreamError], as described at
// [Stream.Next]: an error that the model reports inside a chunk, too. Later calls return the same
// error, and so do later calls of Send.
func (s *BidirectionalStream) Next() ([]byte, error) {
	if !s.usable() {
		return nil, ErrClosed
	}
	<-s.opened
	s.reading.Lock()
	defer s.reading.Unlock()
	if err := s.ended(); err != nil {
		s.leave(err)
		return nil, err
	}
	if !s.peeked {
		if err := s.peek(); err != nil {
			return nil, err
		}
	}
	chunk := s.head
	s.peeked, s.head = false, nil
	s.delivered.Add(1)
	s.events.deliver()
	return chunk, nil
}

// peek reads the next chunk ahead. It leaves the bytes of the chunk before alone, which are the
// caller's.
func (s *BidirectionalStream) peek() error {
	_, m, err := s.events.next()
	if err == nil {
		s.buf, s.spare = s.spare, s.buf
		if s.buf, err = model.DecodeChunk(s.buf[:0], m.Payload); err == nil {
			failure := text.Failure(s.buf)
			if failure == nil {
				s.peeked, s.head = true, s.buf
				return nil
			}
			err = s.events.serviceError(failure)
		} else {
			err = s.events.malformed("the chunk can't be decoded", err)
		}
	}
	if end := s.ended(); end != nil { // Close or Send has ended the stream: err is a consequence
		s.leave(end)
		return end
	}
	return s.finish(s.events.fail(err))
}

// leave frees the response of a stream that was not ended by it.
func (s *BidirectionalStream) leave(err error) {
	if s.events.body == nil || s.events.err != nil {
		return
	}
	if broken := (*StreamError)(nil); errors.As(err, &broken) {
		err = broken.Err
	}
	s.events.fail(err)
}

// All yields what Next returns until the stream ends, and then, unless the end is io.EOF, one
// error. A chunk is valid until the next one. Leaving the loop early leaves the stream open.
func (s *BidirectionalStream) All() iter.Seq2[[]byte, error] {
	return all(s.Next)
}

// RequestID returns the service's id of the request, "" where it sent none, or no response yet.
func (s *BidirectionalStream) RequestID() string {
	if !s.headThere() {
		return ""
	}
	return s.events.requestID
}

// Attempts returns how many attempts the call took; 0 where there is no response yet.
func (s *BidirectionalStream) Attempts() int {
	if !s.headThere() {
		return 0
	}
	return s.events.attempts
}

func (s *BidirectionalStream) headThere() bool {
	if !s.usable() {
		return false
	}
	select {
	case <-s.opened:
		return true
	default:
		return false
	}
}

// Close ends the stream in both directions at once and frees its connection. It may be called any
// number of times, from any goroutine; Send and Next then return an error that Is [ErrClosed]. It
// returns nil.
func (s *BidirectionalStream) Close() error {
	if s.usable() {
		s.finish(s.broken(ErrClosed))
	}
	return nil
}

// bidirectionalInput is the input of the stream's request.
type bidirectionalInput struct {
	stream *BidirectionalStream
	sender http.RoundTripper
}

func (i *bidirectionalInput) transport() http.RoundTripper { return i.sender }

func (i *bidirectionalInput) signed(r *signer.Request, keys *signer.Credentials, skew time.Duration) error {
	chain, err := i.stream.client.signer.Events(r, keys)
	if err != nil {
		return err
	}
	b := &messageBody{s: i.stream, chain: chain, skew: skew, closed: make(chan struct{})}
	i.stream.mu.Lock()
	i.stream.body = b
	i.stream.mu.Unlock()
	return nil
}

func (i *bidirectionalInput) reader() io.ReadCloser {
	i.stream.mu.Lock()
	defer i.stream.mu.Unlock()
	return i.stream.body
}

func (i *bidirectionalInput) repeatable() bool {
	s := i.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.body != nil {
		s.body.retired = true
	}
	return !s.sent
}

// messageBody is the request's body of one attempt. net/http reads it, and the messages are signed
// there: each attempt has a chain of its own, and the date of a message is that of its sending.
type messageBody struct {
	s     *BidirectionalStream
	chain *signer.EventSigner
	skew  time.Duration
	frame []byte // of the last message
	rest  []byte // what net/http has not taken of it
	last  bool   // it ends the input

	once    sync.Once
	closed  chan struct{}
	retired bool // takes no more messages; guarded by s.mu
}

// Close is net/http's: it sends no more of this request.
func (b *messageBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

// Read waits for the next message.
func (b *messageBody) Read(p []byte) (int, error) {
	b.s.startOnce.Do(func() { close(b.s.started) })
	for len(b.rest) == 0 {
		if b.last {
			return 0, io.EOF
		}
		select {
		case <-b.closed:
			return 0, errUploadStopped
		case <-b.s.ctx.Done():
			return 0, errUploadStopped
		case message := <-b.s.messages:
			if err := b.sign(message); err != nil {
				b.s.taken <- err
				if err == errRetired {
					return 0, errUploadStopped
				}
			}
		}
	}
	n := copy(p, b.rest)
	if b.rest = b.rest[n:]; len(b.rest) > 0 {
		return n, nil
	}
	b.s.taken <- nil
	if b.last {
		return n, io.EOF
	}
	return n, nil
}

// sign makes a message what is to be sent next; nil ends the input.
func (b *messageBody) sign(message []byte) (err error) {
	b.s.mu.Lock()
	retired := b.retired
	b.s.sent = b.s.sent || !retired
	b.s.mu.Unlock()
	if retired {
		return errRetired
	}
	at := b.s.client.cfg.Now().Add(b.skew)
	if message == nil {
		b.frame, err = b.chain.AppendEnd(b.frame[:0], at)
		b.last = err == nil
	} else {
		b.frame, err = b.chain.Append(b.frame[:0], message, at)
	}
	b.rest = b.frame
	return err
}
