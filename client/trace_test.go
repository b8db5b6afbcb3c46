package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"bedrockwire/client/bedrocktest"
)

// TestCallersTrace: a trace that the caller has put into the context sees what net/http tells ours, and what it doesn't.
func TestCallersTrace(t *testing.T) {
	srv := newFake(t, bedrocktest.Text("hi"), bedrocktest.Text("hi"))
	c := newClient(t, srv.URL)
	for _, reused := range []bool{false, true} {
		var conns, dials, wrote int
		ctx := httptrace.WithClientTrace(context.WithValue(context.Background(), t, "kept"), &httptrace.ClientTrace{
			GetConn:      func(string) { dials++ },
			GotConn:      func(info httptrace.GotConnInfo) { conns++; reused = reused == info.Reused },
			WroteRequest: func(httptrace.WroteRequestInfo) { wrote++ },
		})
		s, err := c.InvokeModelWithResponseStream(ctx, testRequest())
		if err != nil {
			t.Fatal(err)
		}
		if _, end := drain(s); end.Error() != "EOF" || conns != 1 || dials != 1 || !reused {
			t.Errorf("%d connections, %d asked for, %v; as expected: %v", conns, dials, end, reused)
		}
		s.Close()
	}
}

// TestTraced: the context answers for the trace and is the parent for everything else; without a trace of the caller's
// it has the two hooks and no others.
func TestTraced(t *testing.T) {
	parent, cancel := context.WithCancelCause(context.WithValue(context.Background(), t, "kept"))
	b, ctx := newBody(parent, Timeouts{}, nil, true)
	defer b.release()
	ctx = traced(ctx, b)
	if ctx.Value(t) != "kept" || ctx.Value("absent") != nil || ctx.Value(nil) != nil {
		t.Error("values of the parent are not found")
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil || trace.GotConn == nil || trace.Got1xxResponse == nil {
		t.Fatalf("trace %+v", trace)
	}
	for n := 1; n <= maxInformational+1; n++ {
		if err := trace.Got1xxResponse(103, nil); errors.Is(err, errInformational) != (n > maxInformational) {
			t.Errorf("response %d: %v", n, err)
		}
	}
	// The limit has ended the request, whatever becomes of the hook's error.
	if <-ctx.Done(); !errors.Is(b.cause(), errInformational) {
		t.Errorf("ended by %v", b.cause())
	}
	cause := errors.New("enough")
	cancel(cause)
	if _, ctx := newBody(parent, Timeouts{}, nil, true); context.Cause(ctx) != cause {
		t.Errorf("cause %v", context.Cause(ctx))
	}
}

// TestCallersInformational: the caller's hook is asked as well, up to the limit, and its error ends the attempt.
func TestCallersInformational(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // a write that is cut off would be an error of its own
		for range maxInformational {
			w.WriteHeader(http.StatusEarlyHints)
		}
	}))
	defer srv.Close()
	refused := errors.New("no hints, please")
	for limit := 1; limit <= maxInformational; limit++ {
		seen := 0
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
			Got1xxResponse: func(int, textproto.MIMEHeader) error {
				if seen++; seen == limit {
					return refused
				}
				return nil
			},
		})
		_, err := newClient(t, srv.URL, once).InvokeModelWithResponseStream(ctx, testRequest())
		if !errors.Is(err, refused) || seen != limit {
			t.Errorf("refused at %d: %d seen, %v", limit, seen, err)
		}
	}
}
