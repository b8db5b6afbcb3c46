package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// read makes a call with ctx and reads its stream to the end.
func read(ctx context.Context, c *Client) error {
	s, err := c.InvokeModelWithResponseStream(ctx, testRequest())
	if err != nil {
		return err
	}
	defer s.Close()
	for _, err = range s.All() {
	}
	return err
}

// TestCallOptions: each option holds for its call, and for no other call of the same client.
func TestCallOptions(t *testing.T) {
	srv := bedrocktest.NewServer(bedrocktest.Text("Hello"))
	defer srv.Close()
	var all, one bytes.Buffer
	c := newClient(t, srv.URL, func(cfg *Config) {
		cfg.Tap = func(p []byte) { all.Write(p) }
		cfg.Header = map[string]string{"X-A": "config", "X-B": "config"}
	})
	ctx := WithOptions(context.Background(), &CallOptions{
		Tap:    func(p []byte) { one.Write(p) },
		Header: map[string]string{"x-b": "call", "X-C": "call", "Content-Type": "text/plain"},
	})
	for _, ctx := range []context.Context{ctx, context.Background(), WithOptions(ctx, nil)} {
		if err := read(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	if one.Len() == 0 || all.Len() != 2*one.Len() {
		t.Errorf("the call's tap got %d bytes, and the client's %d of the two calls without options", one.Len(), all.Len())
	}
	s := NewStream(io.NopCloser(&one), nil)
	for _, err := range s.All() {
		if err != nil {
			t.Error(err)
		}
	}
	requests := srv.Requests()
	for i, want := range []string{"config call call application/json", "config config  application/json", "config config  application/json"} {
		h := requests[i].Header
		if got := strings.Join([]string{h.Get("X-A"), h.Get("X-B"), h.Get("X-C"), h.Get("Content-Type")}, " "); got != want {
			t.Errorf("request %d has headers %q, want %q", i, got, want)
		}
		if signed := h.Get("Authorization"); strings.Contains(signed, "x-c") != (i == 0) {
			t.Errorf("request %d is signed with %q", i, signed)
		}
	}
}

// TestCallOptionsRetry: the attempts and the waits of one call.
func TestCallOptionsRetry(t *testing.T) {
	throttled := bedrocktest.Failure(model.ThrottlingException, "slow down")
	throttled.Times = 100
	notReady := bedrocktest.Failure(model.ModelNotReadyException, "loading")
	notReady.Times = 100
	for _, r := range []struct {
		name   string
		reply  bedrocktest.Reply
		config Retry
		call   Retry
		want   int
	}{
		{"none", throttled, Retry{MaxAttempts: 2}, Retry{}, 2},
		{"more", throttled, Retry{MaxAttempts: 2}, Retry{MaxAttempts: 4}, 4},
		{"one", throttled, Retry{MaxAttempts: 4}, Retry{MaxAttempts: 1}, 1},
		{"not ready", notReady, Retry{MaxAttempts: 2, MaxNotReady: 3}, Retry{}, 3},
		{"not ready, one", notReady, Retry{}, Retry{MaxAttempts: 1}, 1},
		{"not ready, more", notReady, Retry{MaxAttempts: 1}, Retry{MaxAttempts: 2, MaxNotReady: 4}, 4},
	} {
		t.Run(r.name, func(t *testing.T) {
			srv := bedrocktest.NewServer(r.reply)
			defer srv.Close()
			c := newClient(t, srv.URL, func(cfg *Config) { cfg.Retry = r.config; cfg.Retry.MaxDelay = time.Millisecond })
			if err := read(WithOptions(context.Background(), &CallOptions{Retry: r.call}), c); err == nil {
				t.Error("no error")
			}
			if got := len(srv.Requests()); got != r.want {
				t.Errorf("%d requests, want %d", got, r.want)
			}
		})
	}
}

// TestCallOptionsTimeouts: a limit of the call ends a stream that the Config would wait for.
func TestCallOptionsTimeouts(t *testing.T) {
	reply := bedrocktest.Text("Hello")
	reply.Delay = time.Minute
	srv := bedrocktest.NewServer(reply)
	defer srv.Close()
	ctx := WithOptions(context.Background(), &CallOptions{Timeouts: Timeouts{FirstEvent: 20 * time.Millisecond}})
	var stall *StallError
	if err := read(ctx, newClient(t, srv.URL)); !errors.As(err, &stall) || stall.Limit != 20*time.Millisecond {
		t.Errorf("the call ended with %v", err)
	}
	if got := (Timeouts{Idle: -1, Frame: 2}).over(Timeouts{1, 2, 3, 4}); got != (Timeouts{1, 2, 0, 2}) {
		t.Errorf("limits are %v", got)
	}
}

// TestCallOptionsRefused: a header that can't be sent is refused before anything is sent.
func TestCallOptionsRefused(t *testing.T) {
	srv := bedrocktest.NewServer(bedrocktest.Text("Hello"))
	defer srv.Close()
	c := newClient(t, srv.URL)
	for _, name := range []string{"Host", "Authorization", "X-Amz-Date", "", "a b"} {
		ctx := WithOptions(context.Background(), &CallOptions{Header: map[string]string{name: "secret-value"}})
		var refused *ConfigError
		if err := read(ctx, c); !errors.As(err, &refused) || refused.Field != "CallOptions.Header" || strings.Contains(err.Error(), "secret-value") {
			t.Errorf("header %q: %v", name, err)
		}
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestContextErrors: the error of a context that ends says what was waited for, in which attempt.
func TestContextErrors(t *testing.T) {
	throttled := bedrocktest.Failure(model.ThrottlingException, "slow down")
	slow, stops := bedrocktest.Text("Hello"), bedrocktest.Text("Hello", "world")
	slow.Delay, stops.Pace = time.Minute, time.Minute
	for _, r := range []struct {
		name    string
		replies []bedrocktest.Reply
		keys    func(context.Context) error // before credentials are returned
		want    string
		attempt int
	}{
		{"credentials", nil, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, "credentials", 1},
		{"head", []bedrocktest.Reply{slow}, nil, "the response head", 1},
		{"head of the second attempt", []bedrocktest.Reply{throttled, slow}, nil, "the response head", 2},
		{"stream", []bedrocktest.Reply{stops}, nil, "the next byte", 1},
	} {
		t.Run(r.name, func(t *testing.T) {
			srv := bedrocktest.NewServer(r.replies...)
			defer srv.Close()
			c := newClient(t, srv.URL, quick, func(cfg *Config) {
				if r.keys != nil {
					keys := cfg.Credentials
					cfg.Credentials = func(ctx context.Context) (out signer.Credentials, err error) {
						if err := r.keys(ctx); err != nil {
							return out, err
						}
						return keys(ctx)
					}
				}
			})
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			err := read(ctx, c)
			var ended *ContextError
			if !errors.As(err, &ended) || !errors.Is(err, context.DeadlineExceeded) || Classify(err) != ClassCancelled {
				t.Fatalf("the call ended with %v", err)
			}
			if ended.WaitingFor != r.want || ended.Attempt != r.attempt || ended.Elapsed <= 0 {
				t.Errorf("the error is %v", err)
			}
		})
	}
}
