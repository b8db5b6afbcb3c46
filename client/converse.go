package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"

	"bedrockwire/model"
	"bedrockwire/model/converse"
)

var (
	converseWhole = binding{
		operation: "Converse", action: "bedrock:InvokeModel", service: runtimeService,
		method: http.MethodPost, before: "/model/", after: "/converse",
	}
	converseStream = binding{
		operation: "ConverseStream", action: "bedrock:InvokeModelWithResponseStream", service: runtimeService,
		method: http.MethodPost, before: "/model/", after: "/converse-stream",
	}
)

// converseEvents are the events of ConverseStream. Nearly all events of a response are of the first
// type.
var converseEvents = []string{"contentBlockDelta", "messageStart", "contentBlockStart", "contentBlockStop", "messageStop", "metadata"}

// Converse sends the conversation so far and returns the model's whole message (Amazon Bedrock API
// Reference, "Converse"). It needs the IAM action bedrock:InvokeModel.
//
// Errors and repeated attempts are those of [Client.InvokeModel]. A response that is not a message,
// or is above 64 MiB, is a [*ResponseError]. Nothing of r is read after the call.
func (c *Client) Converse(ctx context.Context, r *converse.Request) (*converse.Response, error) {
	req, err := c.converseRequest(ctx, &converseWhole, r, r.AppendJSON)
	if err != nil {
		return nil, err
	}
	req.set("Accept", "application/json", "")
	return send(ctx, c, req, func(resp received) (*converse.Response, error) {
		return readJSON(c, resp, maxJSONBody, converse.ParseResponse)
	})
}

// ConverseStream sends the conversation so far and returns the stream of the model's message
// (Amazon Bedrock API Reference, "ConverseStream"). It needs the IAM action
// bedrock:InvokeModelWithResponseStream.
//
// It returns when the first event is there, and ctx governs the stream too: both as described at
// [Client.InvokeModelWithResponseStream], as are errors and repeated attempts. Nothing of r is read
// after the call.
func (c *Client) ConverseStream(ctx context.Context, r *converse.Request) (*ConverseStream, error) {
	req, err := c.converseRequest(ctx, &converseStream, r, r.AppendJSON)
	if err != nil {
		return nil, err
	}
	req.set("Accept", "application/vnd.amazon.eventstream", "")
	return send(ctx, c, req, func(resp received) (*ConverseStream, error) {
		s := &ConverseStream{allowIncomplete: c.cfg.AllowIncomplete}
		if err := s.events.open(c, resp, converseEvents); err != nil {
			return nil, err
		}
		return s, c.first(&s.events, s.peek)
	})
}

// converseRequest checks a request and binds it to HTTP, with the body that appendBody makes of it.
func (c *Client) converseRequest(ctx context.Context, op *binding, r *converse.Request, appendBody func([]byte) ([]byte, error)) (*request, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	if r != nil {
		if err := model.CheckModelID(r.ModelID); err != nil {
			return nil, err
		}
	}
	body, err := appendBody(nil) // it checks the rest
	if err != nil {
		return nil, err
	}
	req, err := c.newRequest(op, r.ModelID, body)
	if err != nil {
		return nil, err
	}
	req.set("Content-Type", "application/json", "")
	return req, nil
}

// A ConverseStream is the response of one ConverseStream call, read event by event. Next and All
// are for one goroutine at a time; Close may be called from any, at any time.
type ConverseStream struct {
	events  events
	decoder converse.Decoder
	order   converse.Order

	peeked bool // the first event is in head, and not delivered yet
	head   converse.Event

	allowIncomplete bool
}

// NewConverseStream decodes an event stream of ConverseStream that did not come from a [Client], as
// [NewStream] does for one of InvokeModelWithResponseStream. The options' Response is not used.
func NewConverseStream(src io.ReadCloser, o *StreamOptions) *ConverseStream {
	s := new(ConverseStream)
	if o != nil {
		s.allowIncomplete = o.AllowIncomplete
	}
	s.events.capture(src, o, converseEvents)
	return s
}

// Next returns the next event. Its bytes are valid until the next call of Next.
//
// The error is io.EOF at the end of a whole response: after messageStop. A stream that ends before
// it, between two events, ends with [ErrIncomplete], unless [Config].AllowIncomplete is set. An
// event that is out of order, has a bad index or can't be decoded is a [*MessageError]; all that
// came before it was delivered. All other ends are those of [Stream.Next], and like them they stay:
// all later calls return the same error.
//
// Events of types that this version does not know are skipped and counted: see
// [ConverseStream.Skipped].
func (s *ConverseStream) Next() (converse.Event, error) {
	if s == nil || s.events.body == nil {
		return converse.Event{}, ErrClosed
	}
	if err := s.events.ready(); err != nil {
		return converse.Event{}, err
	}
	out := s.head
	if s.peeked {
		s.peeked, s.head = false, converse.Event{}
	} else {
		var err error
		if out, err = s.read(); err != nil {
			return converse.Event{}, s.events.fail(err)
		}
	}
	s.events.deliver()
	return out, nil
}

// read returns the next event. Its error has not ended the stream yet.
func (s *ConverseStream) read() (converse.Event, error) {
	eventType, m, err := s.events.next()
	if err == io.EOF && !s.allowIncomplete && !s.order.Complete() {
		err = ErrIncomplete
	}
	if err != nil {
		return converse.Event{}, err
	}
	event, err := s.decoder.Decode(eventType, m.Payload)
	if err != nil {
		return converse.Event{}, s.refuse(err)
	}
	if err := s.order.Check(&event); err != nil {
		return converse.Event{}, s.refuse(err)
	}
	return event, nil
}

// refuse returns the error for the current event. A *model.FieldError is not kept in its chain,
// where it would count as a fault of the request.
func (s *ConverseStream) refuse(err error) error {
	if field := (*model.FieldError)(nil); errors.As(err, &field) {
		return s.events.malformed(field.Field+" "+field.Reason, nil)
	}
	return s.events.malformed("the event can't be decoded", err)
}

// peek reads the first event ahead.
func (s *ConverseStream) peek() error {
	event, err := s.read()
	if err != nil {
		return s.events.fail(err)
	}
	s.peeked, s.head = true, event
	return nil
}

// All yields what Next returns until the stream ends: events with a nil error, and then, unless the
// end is clean, one error. An event's bytes are valid until the next one. Leaving the loop early
// leaves the stream open.
func (s *ConverseStream) All() iter.Seq2[converse.Event, error] {
	return all(s.Next)
}

var errCollectLate = errors.New("bedrockwire: Collect after Next: the events before it are gone; add each event to a converse.Builder")

// Collect reads the whole stream and returns what [Client.Converse] would have. On error it returns
// what came before as well. It must be called before Next. A response whose events have more than
// [MaxCollected] bytes is [ErrCollected].
func (s *ConverseStream) Collect() (*converse.Response, error) {
	var b converse.Builder
	if s.Events() > 0 {
		return b.Response(), errCollectLate
	}
	total := 0
	for event, err := range s.All() {
		if err != nil {
			return b.Response(), err
		}
		if total += len(event.Raw); total > MaxCollected {
			s.Close()
			return b.Response(), ErrCollected
		}
		if err := b.Add(event); err != nil {
			return b.Response(), s.events.fail(s.refuse(err))
		}
	}
	return b.Response(), nil
}

// RequestID returns the service's id of the request, "" where it sent none. AWS Support asks for
// it.
func (s *ConverseStream) RequestID() string {
	if s == nil {
		return ""
	}
	return s.events.requestID
}

// Attempts returns how many attempts the call took; 0 for a stream of [NewConverseStream].
func (s *ConverseStream) Attempts() int {
	if s == nil {
		return 0
	}
	return s.events.attempts
}

// Events returns how many events Next has returned.
func (s *ConverseStream) Events() int64 {
	if s == nil {
		return 0
	}
	return s.events.delivered
}

// Skipped returns how many events of unknown types were skipped.
func (s *ConverseStream) Skipped() int64 {
	if s == nil {
		return 0
	}
	return s.events.skipped
}

// Complete reports whether messageStop has come: the message is whole.
func (s *ConverseStream) Complete() bool { return s != nil && s.order.Complete() }

// Close ends the stream at once and frees its connection, as [Stream.Close] does.
func (s *ConverseStream) Close() error {
	if s != nil && s.events.body != nil {
		s.events.close()
	}
	return nil
}
