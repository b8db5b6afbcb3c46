package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// TestNilReceivers calls each exported method of the types that a caller may hold a nil pointer or a zero value of. None
// panics, each that returns an error returns one, except Close, and every other result is zero, but for the responses of
// Collect, which have what came.
func TestNilReceivers(t *testing.T) {
	background := reflect.ValueOf(context.Background())
	for _, v := range []any{(*Client)(nil), (*Stream)(nil), (*ConverseStream)(nil), (*EventStream)(nil), (*BidirectionalStream)(nil), (*Response)(nil),
		new(Client), new(Stream), new(ConverseStream), new(EventStream), new(BidirectionalStream), new(Response)} {
		receiver := reflect.ValueOf(v)
		what := "zero"
		if receiver.IsNil() {
			what = "nil"
		}
		for i := range receiver.NumMethod() {
			name := fmt.Sprintf("%s %T.%s", what, v, receiver.Type().Method(i).Name)
			method := receiver.Method(i)
			var in []reflect.Value
			for j := range method.Type().NumIn() {
				arg := reflect.Zero(method.Type().In(j))
				if background.Type().AssignableTo(arg.Type()) {
					arg = background
				}
				in = append(in, arg)
			}
			for _, out := range method.Call(in) {
				err, isError := out.Interface().(error)
				if out.Type() == reflect.TypeFor[error]() && (isError && err != nil) == strings.HasSuffix(name, ".Close") {
					t.Errorf("%s = %v", name, out)
				}
				if out.Kind() != reflect.Func { // an iterator: it has one element, an error
					if out.Type() != reflect.TypeFor[error]() && out.Kind() != reflect.Pointer && !out.IsZero() {
						t.Errorf("%s = %v", name, out)
					}
					continue
				}
				elements := 0
				for _, err := range out.Seq2() {
					if elements++; !errors.Is(err.Interface().(error), ErrClosed) {
						t.Errorf("%s yields %v", name, err)
					}
				}
				if elements != 1 {
					t.Errorf("%s yields %d elements", name, elements)
				}
			}
		}
	}
}

// oddBody is a response body whose Read first gives text and then returns n, and no error.
type oddBody struct {
	text   string
	n      int
	closed atomic.Bool
}

func (b *oddBody) Read(p []byte) (int, error) {
	if n := copy(p, b.text); n > 0 {
		b.text = b.text[n:]
		return n, nil
	}
	if b.n > 0 {
		return len(p) + b.n, nil
	}
	return b.n, nil
}

func (b *oddBody) Close() error { b.closed.Store(true); return nil }

// TestOddBodies: a Transport whose body's Read returns an impossible count, or neither bytes nor an error forever, ends
// every kind of call with an error that says so, and its body is closed.
func TestOddBodies(t *testing.T) {
	counts := []struct {
		name string
		n    int
		want error
	}{
		{"more than was asked for", 1, errMiscount},
		{"below zero", -1, errMiscount},
		{"0, nil forever", 0, io.ErrNoProgress},
	}
	calls := []struct {
		name        string
		status      int
		contentType string
		start       string // of the body
		call        func(c *Client) error
	}{
		{"InvokeModel", 200, "application/json", `{"a":`, func(c *Client) error {
			_, err := c.InvokeModel(context.Background(), testRequest())
			return err
		}},
		{"FoundationModel", 200, "application/json", `{"modelDetails":`, func(c *Client) error {
			_, err := c.FoundationModel(context.Background(), "m")
			return err
		}},
		{"InvokeModelWithResponseStream", 200, "application/vnd.amazon.eventstream", "\x00\x00", func(c *Client) error {
			_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			return err
		}},
		{"error body", 400, "application/json", `{"message":"m"}`, func(c *Client) error {
			_, err := c.InvokeModel(context.Background(), testRequest())
			return err
		}},
		{"body of another type", 200, "text/html", `<p>m</p>`, func(c *Client) error {
			_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			return err
		}},
	}
	for _, count := range counts {
		for _, r := range calls {
			for _, timeouts := range []Timeouts{{}, {Connect: -1, FirstEvent: -1, Idle: -1, Frame: -1}} {
				body := &oddBody{text: r.start, n: count.n}
				c := newClient(t, "https://h", once, func(cfg *Config) {
					cfg.Timeouts = timeouts
					cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
						return &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {r.contentType}}, Body: body}, nil
					})
				})
				err := r.call(c)
				var service *model.Error
				if response := (*ResponseError)(nil); errors.As(err, &response) {
					service = response.Err
				}
				switch says := strings.HasPrefix(r.name, "error") || strings.HasPrefix(r.name, "body"); {
				case says && (service == nil && !errors.As(err, &service) || service.StatusCode != r.status || !strings.Contains(err.Error(), "m")):
					t.Errorf("%s, %s: %v", r.name, count.name, err) // what came before the fault is kept
				case !says && !errors.Is(err, count.want):
					t.Errorf("%s, %s: %v, want %v", r.name, count.name, err, count.want)
				}
				if !body.closed.Load() {
					t.Errorf("%s, %s: the body was not closed", r.name, count.name)
				}
			}
		}
	}
}

// TestHookPanics: a Log or Tap that panics leaves no response open: each body that was returned is closed, and each
// request's context is done, once the caller has closed what it got.
func TestHookPanics(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	unknown := frametest.EventFrame("later", []byte("{}"))
	failure := frametest.ExceptionFrame("validationException", "m")
	const streaming = "application/vnd.amazon.eventstream"
	rows := []struct {
		name        string
		at          StepKind // 0: in Tap
		status      int
		contentType string
		body        []byte
		atHead      bool
		json        bool
	}{
		{name: "request", at: StepRequest},
		{name: "attempt", at: StepAttempt},
		{name: "head of a stream", at: StepResponseHead, status: 200, contentType: streaming, body: chunk},
		{name: "head of an error", at: StepResponseHead, status: 503},
		{name: "skipped event in place of the first", at: StepSkipped, status: 200, contentType: streaming, body: unknown},
		{name: "skipped event in Next", at: StepSkipped, status: 200, contentType: streaming, body: unknown, atHead: true},
		{name: "event", at: StepEvent, status: 200, contentType: streaming, body: chunk},
		{name: "retry", at: StepRetry, status: 503},
		{name: "end of a JSON response", at: StepEnd, status: 200, contentType: "application/json", body: []byte("{}"), json: true},
		{name: "end at an error response", at: StepEnd, status: 400},
		{name: "end at another type", at: StepEnd, status: 200, contentType: "text/html"},
		{name: "end at an exception in place of the first event", at: StepEnd, status: 200, contentType: streaming, body: failure},
		{name: "end of a stream", at: StepEnd, status: 200, contentType: streaming},
		{name: "end of a stream with an exception", at: StepEnd, status: 200, contentType: streaming, body: failure, atHead: true},
		{name: "tap", status: 200, contentType: streaming, body: chunk},
		{name: "tap in Next", status: 200, contentType: streaming, body: chunk, atHead: true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var bodies []*closable
			var requests []context.Context
			c := newClient(t, "https://h", quick, func(cfg *Config) {
				cfg.ReturnAtHead = r.atHead
				cfg.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
					b := &closable{Reader: bytes.NewReader(r.body)}
					bodies, requests = append(bodies, b), append(requests, req.Context())
					return &http.Response{StatusCode: r.status, Header: http.Header{"Content-Type": {r.contentType}}, Body: b}, nil
				})
				cfg.Log = func(s Step) {
					if s.Kind == r.at {
						panic("log")
					}
				}
				cfg.Tap = func([]byte) {
					if r.at == 0 {
						panic("tap")
					}
				}
			})
			panicked := func() (panicked bool) {
				defer func() { panicked = recover() != nil }()
				if r.json {
					c.InvokeModel(context.Background(), testRequest())
					return
				}
				s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
				if err == nil {
					defer s.Close()
					drain(s)
				}
				return
			}()
			if !panicked {
				t.Error("the hook did not panic")
			}
			for i, b := range bodies {
				if !b.closed || requests[i].Err() == nil {
					t.Errorf("response %d: closed %v, context %v", i, b.closed, requests[i].Err())
				}
			}
		})
	}
}

// TestFailedEnd: the log's last step says which attempt was the last, and the id is the body's where no header has one.
func TestFailedEnd(t *testing.T) {
	var last Step
	c := newClient(t, "https://h", quick, func(cfg *Config) {
		cfg.Retry.MaxAttempts = 2
		cfg.Transport = &answers{list: []func() (*http.Response, error){
			response(503, "<ErrorResponse><Error><Code>ServiceUnavailableException</Code></Error><RequestId>rid-body</RequestId></ErrorResponse>", "Content-Type", "text/xml"),
		}}
		cfg.Log = func(s Step) { last = s }
	})
	_, err := c.InvokeModel(context.Background(), testRequest())
	var service *model.Error
	if !errors.As(err, &service) || service.RequestID != "rid-body" {
		t.Errorf("%v, want the id rid-body", err)
	}
	if last.Kind != StepEnd || last.Attempt != 2 || last.Err == nil {
		t.Errorf("last step %v of attempt %d, %v", last.Kind, last.Attempt, last.Err)
	}
}

type closable struct {
	io.Reader
	closed bool
}

func (c *closable) Close() error { c.closed = true; return nil }

// TestLongestDelay: the delays of a Retry whose MaxDelay is the largest duration stay between 0 and what they may be, up
// to attempts whose doubled delay would overflow.
func TestLongestDelay(t *testing.T) {
	c := newClient(t, "https://h", func(cfg *Config) {
		cfg.Retry = Retry{MaxAttempts: math.MaxInt, MaxDelay: math.MaxInt64, MaxElapsed: math.MaxInt64}
	})
	throttled := &model.Error{Code: model.ThrottlingException, StatusCode: 429}
	for n := 1; n <= 100; n++ {
		ceiling := time.Duration(math.MaxInt64)
		if n < 20 {
			ceiling = time.Second << (n - 1)
		}
		for range 100 {
			wait, _, again := c.next(new(plan), &request{retry: c.cfg.Retry}, throttled, n, serverHint{})
			if !again || wait < 0 || wait > ceiling {
				t.Fatalf("attempt %d: %v, %v; want up to %v", n, wait, again, ceiling)
			}
		}
	}
}

// emptyThen returns from Read neither bytes nor an error empty times, then one byte, and so on.
type emptyThen struct{ empty, n int }

func (s *emptyThen) Read(p []byte) (int, error) {
	if s.n++; s.n <= s.empty {
		return 0, nil
	}
	s.n = 0
	return copy(p, "a"), nil
}

func (*emptyThen) Close() error { return nil }

// TestEmptyReads: a source may return nothing 99 times between two bytes; the hundredth time ends the body.
func TestEmptyReads(t *testing.T) {
	for _, r := range []struct {
		empty int
		want  error
	}{{maxEmptyReads - 1, nil}, {maxEmptyReads, io.ErrNoProgress}} {
		b := newCapturedBody(&emptyThen{empty: r.empty}, Timeouts{})
		var err error
		read := 0
		for range 3 * maxEmptyReads {
			var n int
			if n, err = b.Read(make([]byte, 8)); err != nil {
				break
			}
			read += n
		}
		if err != r.want || r.want == nil && read != 3 || r.want != nil && read != 0 {
			t.Errorf("%d empty reads: %d bytes, %v", r.empty, read, err)
		}
	}
	// A read of no bytes says nothing about the source.
	b := newCapturedBody(&emptyThen{empty: 3 * maxEmptyReads}, Timeouts{})
	for range 2 * maxEmptyReads {
		if _, err := b.Read(nil); err != nil {
			t.Fatal(err)
		}
	}
}
