package client

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"bedrockwire/client/internal/printable"
	"bedrockwire/frame"
)

// A Call describes a request for an operation that Client has no method for, of any service whose
// requests are signed for "bedrock". See [Client.Do] and [Client.Events]. The client adds the
// endpoint, the signature, and the headers that every request has.
type Call struct {
	Operation string // for errors and the log, such as "ApplyGuardrail"
	Service   string // host prefix; "bedrock-runtime" where empty, or "bedrock", "bedrock-agent-runtime", ...
	Method    string // POST where empty

	// Path and Query are escaped, as they go on the wire. Path starts with '/'; build it with
	// [PathLabel].
	Path, Query string

	// Header is added to the request and signed. If there is a Body and no Content-Type, it is
	// application/json. Names that the signer or net/http sets are refused, such as Host and
	// Authorization.
	Header map[string]string

	// Body must not change until the call, or the stream that it returns, has ended. After that, no
	// byte of it is read.
	Body []byte

	// Action is the IAM action that the operation needs, such as "bedrock:ApplyGuardrail", for the
	// error of a request that was denied. It may be empty.
	Action string

	// ReadOnly says that the operation changes nothing and costs nothing, so that repeating it does
	// no harm. A GET always counts as read-only.
	ReadOnly bool
}

// A Response is the service's response to a [Call].
type Response struct {
	StatusCode int
	Header     http.Header
	Body       []byte // at most 64 MiB
	RequestID  string

	attempts int
}

// Attempts returns how many attempts the call took.
func (r *Response) Attempts() int {
	if r == nil {
		return 0
	}
	return r.attempts
}

// PathLabel escapes a value to be one segment of a path: every byte outside the unreserved set of
// RFC 3986, section 2.3, is percent-encoded, including the ':' and '/' of an ARN. Smithy calls this
// an httpLabel that is not greedy.
func PathLabel(s string) string { return string(appendLabel(nil, s)) }

// Do makes a call and returns its whole response. Errors and repeated attempts are those of
// [Client.InvokeModel]. An invalid Call is refused with a [*CallFieldError] before a connection is
// opened.
func (c *Client) Do(ctx context.Context, call *Call) (*Response, error) {
	r, err := c.callRequest(ctx, call, "application/json")
	if err != nil {
		return nil, err
	}
	return send(ctx, c, r, func(resp received) (*Response, error) {
		return readJSON(c, resp, maxJSONBody, func(body []byte) (*Response, error) {
			return &Response{StatusCode: resp.http.StatusCode, Header: resp.http.Header, Body: body, RequestID: resp.id, attempts: resp.attempt}, nil
		})
	})
}

// Events makes a call and returns the event stream that the service answers with. Errors and
// repeated attempts are those of [Client.InvokeModelWithResponseStream].
func (c *Client) Events(ctx context.Context, call *Call) (*EventStream, error) {
	r, err := c.callRequest(ctx, call, "application/vnd.amazon.eventstream")
	if err != nil {
		return nil, err
	}
	return send(ctx, c, r, func(resp received) (*EventStream, error) {
		s := new(EventStream)
		if err := s.events.open(c, resp, nil); err != nil {
			return nil, err
		}
		return s, c.first(&s.events, s.peek)
	})
}

// callRequest checks a call and binds it to HTTP.
func (c *Client) callRequest(ctx context.Context, call *Call, accept string) (*request, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	if call == nil {
		return nil, &CallFieldError{"Call", "is nil"}
	}
	op := &binding{operation: call.Operation, action: call.Action, service: call.Service, method: call.Method}
	if op.service == "" {
		op.service = runtimeService
	}
	if op.method == "" {
		op.method = http.MethodPost
	}
	op.safe = call.ReadOnly || op.method == http.MethodGet
	for _, f := range []struct{ name, reason string }{
		{"Operation", checkOperation(call.Operation)}, {"Action", checkOperation(call.Action)}, {"Service", checkService(op.service)},
		{"Method", checkMethod(op.method)}, {"Path", checkPath(call.Path)}, {"Query", checkQuery(call.Query)},
	} {
		if f.reason != "" {
			return nil, &CallFieldError{f.name, f.reason}
		}
	}
	if op.method == http.MethodGet && len(call.Body) > 0 {
		return nil, &CallFieldError{"Body", "can't be sent with GET"}
	}
	fields, name, reason := checkHeader(call.Header, false)
	if reason != "" {
		return nil, &CallFieldError{"Header " + printable.Quote(name), reason}
	}
	to, err := c.endpoint(op.service)
	if err != nil {
		return nil, err
	}
	r := bind(op, to, to.prefix+call.Path, call.Body)
	r.query = call.Query
	r.fields = append(r.fields, fields...)
	if len(call.Body) > 0 {
		r.setDefault("Content-Type", "application/json")
	}
	r.setDefault("Accept", accept)
	return r, nil
}

// setDefault adds a header unless the caller has set it.
func (r *request) setDefault(name, value string) {
	for _, f := range r.fields {
		if f.name == name {
			return
		}
	}
	r.set(name, value, "")
}

// maxPath is the longest path or query of a call. The service's longest path has a label of 2,048
// characters, each of which may take three bytes.
const maxPath = 16 << 10

func checkOperation(s string) string {
	if len(s) > 128 {
		return "is longer than 128 bytes"
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return "contains a byte that is not printable ASCII"
		}
	}
	return ""
}

// checkService allows the host prefixes of Amazon Bedrock, so that no request goes to another
// service of AWS.
func checkService(s string) string {
	if s != controlService && !strings.HasPrefix(s, controlService+"-") || len(s) > 63 {
		return "is not a host prefix of Amazon Bedrock"
	}
	for _, c := range []byte(s) {
		if c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return "is not a host prefix of Amazon Bedrock"
		}
	}
	return ""
}

func checkMethod(s string) string {
	switch s {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return ""
	}
	return "is none of GET, POST, PUT, PATCH and DELETE"
}

// checkPath allows escaped paths that start with '/'. No segment may be empty (except the last),
// "." or "..", so that no proxy resolves the path to another one.
func checkPath(s string) string {
	if reason := checkEscaped(s, "/"); reason != "" {
		return reason
	}
	if !strings.HasPrefix(s, "/") {
		return "does not start with '/'"
	}
	segments := strings.Split(s[1:], "/")
	for i, segment := range segments {
		decoded := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		switch {
		case decoded == "." || decoded == "..":
			return "has a '.' or '..' segment"
		case segment == "" && i < len(segments)-1:
			return "has an empty segment"
		}
	}
	return ""
}

func checkQuery(s string) string { return checkEscaped(s, "=&") }

// checkEscaped allows unreserved bytes (RFC 3986, section 2.3), percent-encoded bytes that are not
// control characters, and the given delimiters.
func checkEscaped(s, delimiters string) string {
	if len(s) > maxPath {
		return "is longer than 16 KiB"
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isUnreserved(c) || strings.IndexByte(delimiters, c) >= 0:
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return "has a '%' that is not followed by two hex digits"
			}
			if s[i+1] == '0' || s[i+1] == '1' || s[i+1] == '7' && s[i+2]|0x20 == 'f' {
				return "has an escaped control character"
			}
			i += 2
		default:
			return "has a byte that must be escaped"
		}
	}
	return ""
}

func isHex(c byte) bool { return c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'f' }

// A CallFieldError says which field of a [Call] can't be sent, and why. It does not show the value.
type CallFieldError struct {
	Field  string
	Reason string
}

func (e *CallFieldError) Error() string { return "bedrockwire: Call." + e.Field + " " + e.Reason }

// An EventStream is the response of [Client.Events]. Next and All are for one goroutine at a time;
// Close may be called from any, at any time. The client does not know the operation, so it can't
// tell whether the response is whole: io.EOF says only that the stream ended between two events.
type EventStream struct {
	events events
	peeked bool
	head   Event
}

// An Event is one event of an [EventStream]. Headers and Payload are valid until the next call of
// Next.
type Event struct {
	Type    string // the :event-type
	Headers frame.Headers
	Payload []byte
}

// Next returns the next event. The error is io.EOF where the stream ends between two events. Any
// other end is a [*StreamError], as described at [Stream.Next].
func (s *EventStream) Next() (Event, error) {
	if s == nil || s.events.body == nil {
		return Event{}, ErrClosed
	}
	if err := s.events.ready(); err != nil {
		return Event{}, err
	}
	out := s.head
	if s.peeked {
		s.peeked, s.head = false, Event{}
	} else {
		var err error
		if out, err = s.read(); err != nil {
			return Event{}, s.events.fail(err)
		}
	}
	s.events.deliver()
	return out, nil
}

func (s *EventStream) read() (Event, error) {
	eventType, m, err := s.events.next()
	return Event{eventType, m.Headers, m.Payload}, err
}

func (s *EventStream) peek() error {
	event, err := s.read()
	if err != nil {
		return s.events.fail(err)
	}
	s.peeked, s.head = true, event
	return nil
}

// All yields what Next returns until the stream ends, and then, unless the end is clean, one error.
func (s *EventStream) All() iter.Seq2[Event, error] {
	return all(s.Next)
}

// RequestID returns the service's id of the request, "" where it sent none.
func (s *EventStream) RequestID() string {
	if s == nil || s.events.body == nil {
		return ""
	}
	return s.events.requestID
}

// Attempts returns how many attempts the call took.
func (s *EventStream) Attempts() int {
	if s == nil || s.events.body == nil {
		return 0
	}
	return s.events.attempts
}

// Close ends the stream at once, as [Stream.Close] does.
func (s *EventStream) Close() error {
	if s != nil && s.events.body != nil {
		s.events.close()
	}
	return nil
}
