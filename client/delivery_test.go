package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/internal/network"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// tracedBody returns a body whose request is as long as text, and the hooks that net/http would call.
func tracedBody(t *testing.T, text string) (*body, *httptrace.ClientTrace) {
	t.Helper()
	b, ctx := newBody(context.Background(), Timeouts{}, []byte(text), true)
	t.Cleanup(b.release)
	return b, httptrace.ContextClientTrace(traced(ctx, b))
}

// connection is what net/http reports of a connection, new or not.
func connection(t *testing.T, reused, idle bool) (httptrace.GotConnInfo, *recordedConn) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() })
	c := &recordedConn{Conn: here}
	return httptrace.GotConnInfo{Conn: c, Reused: reused, WasIdle: idle}, c
}

// TestNewConnections: an attempt may use four new connections, and any number that had served a request before.
func TestNewConnections(t *testing.T) {
	b, trace := tracedBody(t, "{}")
	for range 10 {
		info, _ := connection(t, true, true)
		trace.GotConn(info)
	}
	for n := 1; n <= 5; n++ {
		info, _ := connection(t, false, false)
		trace.GotConn(info)
		if got := b.cause(); (n < 5) != (got == nil) || n == 5 && !errors.Is(got, errConnections) {
			t.Errorf("after %d new connections: %v", n, got)
		}
	}
	if text := errConnections.Error(); text != "the peer closed 4 new connections in a row before it took the request" || maxConnections != 4 {
		t.Errorf("limit %d: %s", maxConnections, text)
	}
	if text := errInformational.Error(); text != "more than 5 informational (1xx) responses" || maxInformational != 5 {
		t.Errorf("limit %d: %s", maxInformational, text)
	}
}

// TestSecondConnection: a request without a body that was written is not written to a second connection. One with a
// body is known by the body, which can be read only once.
func TestSecondConnection(t *testing.T) {
	for _, row := range []struct {
		body string
		want error
	}{{"", errResent}, {"{}", nil}} {
		b, trace := tracedBody(t, row.body)
		for range 2 {
			info, _ := connection(t, false, false)
			trace.GotConn(info)
			if err := b.cause(); err != nil {
				t.Errorf("body %q: %v before the request was written", row.body, err)
			}
		}
		if row.body == "" {
			trace.WroteHeaders()
		} else if trace.WroteHeaders != nil {
			t.Error("the headers of a request with a body are watched")
		}
		info, _ := connection(t, false, false)
		trace.GotConn(info)
		if err := b.cause(); !errors.Is(err, row.want) || (err == nil) != (row.want == nil) {
			t.Errorf("body %q: %v, want %v", row.body, err, row.want)
		}
	}
}

// TestDeadlineEnds: the deadline of the dial ends where a connection is handed over, but not where other streams write
// to it.
func TestDeadlineEnds(t *testing.T) {
	for _, row := range []struct{ reused, idle, ends bool }{{false, false, true}, {true, true, true}, {true, false, false}} {
		_, trace := tracedBody(t, "{}")
		info, c := connection(t, row.reused, row.idle)
		trace.GotConn(info)
		if deadline, set := c.last(); (set == 1) != row.ends || !deadline.IsZero() {
			t.Errorf("%+v: deadline %v, set %d times", row, deadline, set)
		}
	}
}

// dialError is the error of a dial that failed.
func dialError(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }

// TestMayBeProcessed: a request may have been processed if all of it was taken, unless the protocol says that it was not.
func TestMayBeProcessed(t *testing.T) {
	const lost = "http2: Transport: cannot retry err ["
	for _, row := range []struct {
		name        string
		err         error
		none, whole bool // without a body, and with one that was taken
		half        bool // with one that was not taken whole
	}{
		{"end of the connection", io.ErrUnexpectedEOF, true, true, false},
		{"reading failed", &net.OpError{Op: "read", Err: errors.New("reset")}, true, true, false},
		{"dial", fmt.Errorf("x: %w", dialError(errors.New("refused"))), false, false, false},
		{"no such host", fmt.Errorf("x: %w", &net.DNSError{IsNotFound: true}), false, false, false},
		{"refused stream", errors.New(lost + "stream error: stream ID 1; REFUSED_STREAM; received from peer] after"), false, false, false},
		{"graceful GOAWAY", errors.New(lost + "http2: Transport received Server's graceful shutdown GOAWAY] after"), false, false, false},
		{"GOAWAY with a code", errors.New("http2: Transport received GOAWAY from server ErrCode:NO_ERROR"), false, false, false},
		{"other stream error", errors.New(lost + "stream error: stream ID 1; PROTOCOL_ERROR; received from peer] after"), true, true, false},
		{"refused stream elsewhere", errors.New(lost + "x; REFUSED_STREAM"), true, true, false},
		{"text in the middle", errors.New("x " + lost + "stream error: stream ID 1; REFUSED_STREAM"), true, true, false},
		{"acknowledged GOAWAY", errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR"), true, true, false},
	} {
		b, trace := tracedBody(t, "")
		if b.mayBeProcessed(row.err) != row.none { // nothing tells whether it was written: it may have been
			t.Errorf("%s: no body, phase %d: want %v", row.name, b.phase, row.none)
		}
		b.phase = phaseConnect
		if b.mayBeProcessed(row.err) {
			t.Errorf("%s: no body, no connection: processed", row.name)
		}
		trace.WroteHeaders()
		if b.mayBeProcessed(row.err) != row.none {
			t.Errorf("%s: no body, written: want %v", row.name, row.none)
		}
		b, _ = tracedBody(t, "{}")
		if b.upload.Read(make([]byte, 1)); b.mayBeProcessed(row.err) != row.half {
			t.Errorf("%s: half a body: want %v", row.name, row.half)
		}
		if b.upload.Read(make([]byte, 1)); b.mayBeProcessed(row.err) != row.whole {
			t.Errorf("%s: a whole body: want %v", row.name, row.whole)
		}
	}
}

// TestConnectionEnded: a call is repeated after the end of a connection that had served others, and of no other.
func TestConnectionEnded(t *testing.T) {
	for _, row := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{io.ErrUnexpectedEOF, true},
		{fmt.Errorf("x: %w", streamReset{StreamID: 1}), false},
		{errors.New("http2: Transport: cannot retry err [x]"), false},
		{errors.New("http2: server sent GOAWAY and closed the connection; x"), false},
		{errors.New("x http2: server sent GOAWAY and closed the connection"), true},
	} {
		for _, reused := range []bool{false, true} {
			b, trace := tracedBody(t, "{}")
			info, _ := connection(t, reused, reused)
			trace.GotConn(info)
			if got := b.connectionEnded(row.err); got != (row.want && reused) {
				t.Errorf("%v, reused %v: %v", row.err, reused, got)
			}
		}
	}
	if text := (streamReset{}).Error(); text != "HTTP/2 stream was reset" {
		t.Error(text)
	}
}

// TestTransient: sending again is in vain where the machine's settings have to change first.
func TestTransient(t *testing.T) {
	for _, row := range []struct {
		err  error
		want bool
	}{
		{io.EOF, true},
		{dialError(errors.New("refused")), true},
		{dialError(&net.DNSError{IsTimeout: true}), true},
		{dialError(&net.DNSError{IsNotFound: true}), false},
		{&tls.CertificateVerificationError{Err: errors.New("x")}, false},
		{x509.UnknownAuthorityError{}, false},
		{x509.HostnameError{}, false},
		{x509.CertificateInvalidError{}, false},
		{dialError(&network.AddressError{}), false},
		{fmt.Errorf("%w: x", network.ErrProxy), false},
	} {
		if got := transient(fmt.Errorf("x: %w", row.err)); got != row.want {
			t.Errorf("%T %[1]v: %v", row.err, got)
		}
	}
}

// TestSendErrorTimeout: a timer of net/http's that fires first is still the limit on the connection, as long as there is
// none.
func TestSendErrorTimeout(t *testing.T) {
	limits := Timeouts{Connect: time.Hour, FirstEvent: 2 * time.Hour}
	for _, row := range []struct {
		phase phase
		err   error
		stall bool
	}{
		{phaseConnect, dialError(timeoutError{}), true},
		{phaseConnect, dialError(errors.New("refused")), false},
		{phaseHead, timeoutError{}, false},
	} {
		b, _ := newBody(context.Background(), limits, []byte("{}"), true)
		if b.phase = row.phase; row.phase == phaseHead {
			b.connected()
		}
		stall := (*StallError)(nil)
		err := b.sendError(row.err)
		if errors.As(err, &stall) != row.stall || row.stall && (stall.WaitingFor != "a connection" || stall.Limit != time.Hour || stall.MayBeProcessed) {
			t.Errorf("phase %d, %v: %v", row.phase, row.err, err)
		}
		b.release()
	}
}

type timeoutError struct{}

func (timeoutError) Error() string   { return "too late" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// TestRequestOfTransport: a Transport of the caller's gets requests as http.NewRequest makes them.
func TestRequestOfTransport(t *testing.T) {
	good := frametest.ChunkFrame([]byte("{}"), 3)
	var got *http.Request
	c := newClient(t, "https://h", once, func(cfg *Config) {
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}},
				Body: io.NopCloser(strings.NewReader(string(good)))}, nil
		})
	})
	check := func(name, method, url string, length int64) {
		t.Helper()
		if got == nil || got.Method != method || got.URL.String() != url || got.Host != "h" || got.Proto != "HTTP/1.1" ||
			got.ProtoMajor != 1 || got.ProtoMinor != 1 || got.ContentLength != length || got.GetBody != nil || got.Close {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("Connect", "HEAD", "https://h/", 0)
	if got.Body != nil {
		t.Error("Connect sends a body")
	}
	r := testRequest()
	open(t, c).Close()
	check("a call", "POST", "https://h/model/"+PathLabel(r.ModelID)+"/invoke-with-response-stream", int64(len(r.Body)))
	c.Do(t.Context(), &Call{Operation: "List", Service: runtimeService, Method: "GET", Path: "/x", Query: "a=b"})
	check("GET", "GET", "https://h/x?a=b", 0)
	if got.Body == nil || got.Body == http.NoBody {
		t.Error("net/http would send a GET again")
	}
	c.Do(t.Context(), &Call{Operation: "Empty", Path: "/x"})
	check("POST without a body", "POST", "https://h/x", 0)
	if got.Body != http.NoBody {
		t.Error("net/http would send it as chunked")
	}
}

// TestBodyIsClosedAtOnce: over HTTP/1.1 the body of a response is closed when Close returns.
func TestBodyIsClosedAtOnce(t *testing.T) {
	good := frametest.ChunkFrame([]byte("{}"), 3)
	for range 20 {
		body := &closeRecorder{Reader: strings.NewReader(strings.Repeat(string(good), 3))}
		c := newClient(t, "https://h", once, func(cfg *Config) {
			cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, ProtoMajor: 1, Header: http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}}, Body: body}, nil
			})
		})
		if open(t, c).Close(); !body.closed {
			t.Fatal("the body is not closed yet")
		}
	}
}

// lateBody gives n bytes once its request has ended.
type lateBody struct {
	n     int
	ended func() bool
}

func (b *lateBody) Read(p []byte) (int, error) {
	for !b.ended() {
		time.Sleep(time.Millisecond)
	}
	return b.n, nil
}

func (*lateBody) Close() error { return nil }

// TestBytesOfAStalledRead: what a Read returns after the limit has passed is delivered, a single byte too, and the next
// Read fails.
func TestBytesOfAStalledRead(t *testing.T) {
	for _, n := range []int{0, 1, 2} {
		src := &lateBody{n: n}
		b := newCapturedBody(src, Timeouts{FirstEvent: time.Millisecond})
		src.ended = func() bool { return b.ended.Load() != nil }
		got, err := b.Read(make([]byte, 8))
		if got != n || (err == nil) != (n > 0) {
			t.Errorf("%d bytes: %d, %v", n, got, err)
		}
		if got, err := b.Read(make([]byte, 8)); got != 0 || err != ErrClosed || !errors.Is(b.cause(), ErrStalled) {
			t.Errorf("after %d bytes: %d, %v, %v", n, got, err, b.cause())
		}
		b.release()
	}
}

// TestRequestID: the id has two names, and the service's own comes first.
func TestRequestID(t *testing.T) {
	for _, row := range []struct{ own, other, want string }{{"a", "b", "a"}, {"a", "", "a"}, {"", "b", "b"}, {"", "", ""}} {
		h := http.Header{}
		h.Set("x-amzn-RequestId", row.own)
		h.Set("x-amz-request-id", row.other)
		if got := requestID(h); got != row.want {
			t.Errorf("%q and %q: %q", row.own, row.other, got)
		}
	}
}

// TestWatchIsUndone: after the end of a call, the end of its context ends nothing.
func TestWatchIsUndone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	b, _ := newBody(ctx, Timeouts{}, nil, false)
	b.opened(io.NopCloser(strings.NewReader("")), false)
	if b.release(); b.unhook() {
		t.Error("release has left the watch on the context")
	}
}

// cutBody ends its context while it is read.
type cutBody struct{ cancel func() }

func (b cutBody) Read([]byte) (int, error) { b.cancel(); return 0, io.ErrUnexpectedEOF }
func (cutBody) Close() error               { return nil }

// TestContextEndsInErrorBody: where the context ends while the body of an error is read, that is what the caller is told.
func TestContextEndsInErrorBody(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	attempts := 0
	c := newClient(t, "https://h", func(cfg *Config) {
		cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
			attempts++
			return &http.Response{StatusCode: 503, Header: http.Header{}, Body: cutBody{cancel}}, nil
		})
	})
	if _, err := c.InvokeModelWithResponseStream(ctx, testRequest()); !errors.Is(err, context.Canceled) || as[*model.Error](err) || attempts != 1 {
		t.Errorf("%v after %d attempts", err, attempts)
	}
}

// TestSkewWithinAttempts: the correction of the clock takes no attempt beyond Retry.MaxAttempts.
func TestSkewWithinAttempts(t *testing.T) {
	for most := 1; most <= 2; most++ {
		attempts := 0
		c := newClient(t, "https://h", func(cfg *Config) {
			cfg.Retry.MaxAttempts = most
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				attempts++
				return &http.Response{StatusCode: 403, Body: io.NopCloser(strings.NewReader(`{"message":"Signature expired"}`)),
					Header: http.Header{"X-Amzn-Errortype": {"RequestTimeTooSkewed"}, "Date": {time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)}}}, nil
			})
		})
		if _, err := c.InvokeModelWithResponseStream(t.Context(), testRequest()); !errors.Is(err, model.Code("RequestTimeTooSkewed")) || attempts != most {
			t.Errorf("at most %d: %d attempts, %v", most, attempts, err)
		}
	}
}
