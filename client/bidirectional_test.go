package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// talkServer verifies each message of a stream and sends its chunk back.
func talkServer(t *testing.T, h2, secure bool, answer func(w http.ResponseWriter, r *http.Request, n int) (done bool)) *httptest.Server {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer != nil && answer(w, r, 0) {
			return
		}
		keys := bedrocktest.Credentials()
		s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
		req := &signer.Request{Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), Header: r.Header, PayloadHash: signer.StreamingEvents}
		if err := s.Verify(req, &keys, time.Now(), 0); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		chain, err := s.VerifyEvents(req, &keys)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Header().Set("X-Amzn-Requestid", "talk-1")
		flow := http.NewResponseController(w)
		flow.Flush()
		outer := frame.NewReader(r.Body)
		for n := 1; ; n++ {
			if _, err := outer.Next(); err != nil {
				return
			}
			message, err := chain.Verify(outer.Raw(), time.Now(), 0)
			if err != nil {
				w.Write(bedrocktest.Exception(model.ValidationException, err.Error()))
				return
			}
			if len(message) == 0 {
				return
			}
			inner, _, err := frame.Parse(message)
			if err != nil {
				w.Write(bedrocktest.Exception(model.ValidationException, err.Error()))
				return
			}
			if answer != nil && answer(w, r, n) {
				return
			}
			chunk, _ := model.DecodeChunk(nil, inner.Payload)
			w.Write(bedrocktest.Chunk(string(chunk)))
			flow.Flush()
		}
	}))
	p := new(http.Protocols)
	p.SetHTTP1(!h2)
	p.SetHTTP2(h2)
	p.SetUnencryptedHTTP2(h2)
	srv.Config.Protocols = p
	srv.EnableHTTP2 = h2
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv
}

func talkClient(t *testing.T, srv *httptest.Server, change ...func(*Config)) *Client {
	return newClient(t, srv.URL, append(change, func(c *Config) { c.RootCAs = poolOf(srv.Certificate()) })...)
}

// inTime fails the test if f does not return.
func inTime(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("hangs")
	}
}

func TestBidirectionalEcho(t *testing.T) {
	n := 1000
	if testing.Short() {
		n = 100
	}
	for _, secure := range []bool{true, false} {
		srv := talkServer(t, true, secure, nil)
		s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(context.Background(), testModel)
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan error, 1)
		go func() {
			for i := range n {
				if err := s.Send([]byte(fmt.Sprintf(`{"n":%d,"pad":%q}`, i, strings.Repeat("x", i*37%5000)))); err != nil {
					sent <- err
					return
				}
			}
			sent <- s.CloseSend()
		}()
		inTime(t, func() {
			i := 0
			for chunk, err := range s.All() {
				if err != nil {
					t.Errorf("after %d: %v", i, err)
					break
				}
				if want := fmt.Sprintf(`{"n":%d,"pad":%q}`, i, strings.Repeat("x", i*37%5000)); string(chunk) != want {
					t.Errorf("chunk %d differs", i)
				}
				i++
			}
			if err := <-sent; err != nil || i != n {
				t.Errorf("%d of %d came back, Send: %v", i, n, err)
			}
		})
		if _, err := s.Next(); err != io.EOF || s.RequestID() != "talk-1" || s.Attempts() != 1 {
			t.Errorf("at the end: %v, request %q, %d attempts", err, s.RequestID(), s.Attempts())
		}
	}
}

func TestBidirectionalErrors(t *testing.T) {
	ctx := context.Background()
	t.Run("no HTTP/2", func(t *testing.T) {
		_, err := talkClient(t, talkServer(t, false, true, nil)).InvokeModelWithBidirectionalStream(ctx, testModel)
		if !errors.Is(err, ErrNoHTTP2) || !errors.As(err, new(*SendError)) {
			t.Errorf("%T %v", err, err)
		}
	})
	t.Run("HTTP/1.1 without TLS", func(t *testing.T) {
		s, err := talkClient(t, talkServer(t, false, false, nil)).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err == nil {
			inTime(t, func() {
				_, err = s.Next()
				if again := s.Send([]byte("{}")); again != err {
					t.Errorf("Send: %v, Next: %v", again, err)
				}
			})
		}
		if !errors.Is(err, ErrNoHTTP2) || !errors.As(err, new(*SendError)) {
			t.Errorf("%T %v", err, err)
		}
	})
	t.Run("silent head", func(t *testing.T) {
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			<-r.Context().Done()
			return true
		})
		for _, after := range []time.Duration{0, 50 * time.Millisecond} {
			s, err := talkClient(t, srv, once, func(c *Config) { c.Timeouts.FirstEvent = 200 * time.Millisecond }).InvokeModelWithBidirectionalStream(ctx, testModel)
			if err != nil {
				t.Fatal(err)
			}
			want := ErrStalled
			if after > 0 {
				want = ErrClosed
				time.AfterFunc(after, func() { s.Close() })
			}
			inTime(t, func() {
				if _, err := s.Next(); !errors.Is(err, want) || s.Send([]byte("{}")) != err || s.RequestID() != "" {
					t.Errorf("Next: %v, want %v; then Send: %v", err, want, s.Send([]byte("{}")))
				}
			})
		}
	})
	t.Run("error inside a chunk", func(t *testing.T) {
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n == 1 {
				w.Write(bedrocktest.Chunk(`{"error":{"message":"no","type":"server_error"}}`))
			}
			return false
		})
		s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, func() {
			if err := s.Send([]byte(`{}`)); err != nil {
				t.Error(err)
			}
			_, end := s.Next()
			if service := (*model.Error)(nil); !errors.As(end, &service) || !service.InStream || service.Code != "server_error" || service.RequestID != "talk-1" {
				t.Errorf("Next: %v", end)
			}
			if err := s.Send([]byte(`{}`)); err != end {
				t.Errorf("Send: %v, Next: %v", err, end)
			}
		})
	})
	t.Run("no more input", func(t *testing.T) {
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n == 2 {
				w.Write(bedrocktest.Chunk("second"))
				w.Write(bedrocktest.Chunk("third!"))
			}
			return n == 2
		})
		s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, func() {
			if err := s.Send([]byte("first!")); err != nil {
				t.Error(err)
			}
			first, err := s.Next()
			if err != nil {
				t.Error(err)
			}
			for err == nil {
				err = s.Send([]byte("a message that is too late"))
			}
			for range 3 {
				if !errors.Is(err, ErrInputRefused) || Classify(err) != ClassBrokenStream {
					t.Errorf("Send: %v", err)
				}
				err = s.Send([]byte("another one"))
			}
			if err := s.CloseSend(); !errors.Is(err, ErrInputRefused) {
				t.Errorf("CloseSend: %v", err)
			}
			if string(first) != "first!" { // Send has read ahead
				t.Errorf("the chunk has become %q", first)
			}
			for _, want := range []string{"second", "third!"} {
				if chunk, err := s.Next(); err != nil || string(chunk) != want {
					t.Errorf("%q, %v, want %q", chunk, err, want)
				}
			}
			if _, err := s.Next(); err != io.EOF || s.Send(nil) != io.EOF {
				t.Errorf("Next: %v, Send: %v", err, s.Send(nil))
			}
		})
	})
	t.Run("Send after CloseSend", func(t *testing.T) {
		s, err := talkClient(t, talkServer(t, true, true, nil)).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, func() {
			for range 2 {
				if err := s.CloseSend(); err != nil {
					t.Error(err)
				}
			}
			if err := s.Send(nil); err != ErrSendClosed || Classify(err) != ClassUsage {
				t.Errorf("Send: %v", err)
			}
			if _, err := s.Next(); err != io.EOF {
				t.Errorf("Next: %v", err)
			}
		})
	})
	t.Run("end of both directions", func(t *testing.T) { // the response ends while CloseSend waits to hear that its message was taken
		c := talkClient(t, talkServer(t, true, true, nil))
		for range 300 {
			s, err := c.InvokeModelWithBidirectionalStream(ctx, testModel)
			if err != nil {
				t.Fatal(err)
			}
			inTime(t, func() {
				closing := make(chan error, 1)
				go func() { closing <- s.CloseSend() }()
				if _, err := s.Next(); err != io.EOF {
					t.Errorf("Next: %v", err)
				}
				if err := <-closing; err != nil {
					t.Errorf("CloseSend: %v", err)
				}
			})
		}
	})
	t.Run("bearer token", func(t *testing.T) {
		c := newClient(t, "http://127.0.0.1:1", func(c *Config) { c.BearerToken = func(context.Context) (string, error) { return "x", nil } })
		if _, err := c.InvokeModelWithBidirectionalStream(ctx, testModel); !errors.As(err, new(*ConfigError)) {
			t.Errorf("%T %v", err, err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
			w.WriteHeader(http.StatusForbidden)
			return true
		})
		s, err := talkClient(t, srv, once).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err == nil {
			_, err = s.Next()
			if again := s.Send([]byte("{}")); again != err {
				t.Errorf("Send: %v, Next: %v", again, err)
			}
		}
		if !errors.Is(err, model.AccessDeniedException) {
			t.Errorf("%v", err)
		}
	})
	t.Run("throttled before a message", func(t *testing.T) {
		tries := 0
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n > 0 {
				return false
			}
			if tries++; tries == 1 {
				w.Header().Set("X-Amzn-Errortype", "ThrottlingException")
				w.WriteHeader(http.StatusTooManyRequests)
			}
			return tries == 1
		})
		s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		<-s.opened // so that no message is taken by the first attempt
		inTime(t, func() {
			if err := s.Send([]byte(`{"a":1}`)); err != nil {
				t.Error(err)
			}
			if chunk, err := s.Next(); err != nil || string(chunk) != `{"a":1}` || s.Attempts() != 2 {
				t.Errorf("%q, %v, %d attempts", chunk, err, s.Attempts())
			}
		})
		s.Close()
	})
	t.Run("exception", func(t *testing.T) {
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n == 2 {
				w.Write(bedrocktest.Exception(model.ModelStreamErrorException, "no"))
			}
			return n == 2
		})
		s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, func() {
			var sent error
			for sent == nil {
				sent = s.Send([]byte(`{}`))
			}
			var end error
			for end == nil {
				_, end = s.Next()
			}
			if !errors.Is(end, model.ModelStreamErrorException) || s.Send(nil) != end {
				t.Errorf("Next: %v, Send: %v, then %v", end, sent, s.Send(nil))
			}
			if !errors.Is(sent, ErrInputRefused) && !errors.Is(sent, model.ModelStreamErrorException) {
				t.Errorf("Send: %v", sent)
			}
		})
	})
	t.Run("peer that does not read", func(t *testing.T) {
		srv := talkServer(t, true, true, func(w http.ResponseWriter, r *http.Request, n int) bool {
			<-r.Context().Done()
			return true
		})
		ctx := WithOptions(ctx, &CallOptions{Timeouts: Timeouts{Idle: 100 * time.Millisecond}})
		s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, func() {
			var err error
			for err == nil {
				err = s.Send(make([]byte, 100<<10))
			}
			if _, end := s.Next(); !errors.Is(err, ErrStalled) || end != err {
				t.Errorf("Send: %v, Next: %v", err, end)
			}
		})
	})
	t.Run("keys expire", func(t *testing.T) {
		now := time.Now()
		s, err := talkClient(t, talkServer(t, true, true, nil), func(c *Config) {
			c.Credentials = func(context.Context) (signer.Credentials, error) {
				keys := bedrocktest.Credentials()
				keys.Expires = now.Add(200 * time.Millisecond)
				return keys, nil
			}
		}).InvokeModelWithBidirectionalStream(ctx, testModel)
		if err != nil {
			t.Fatal(err)
		}
		inTime(t, func() {
			var err error
			for err == nil {
				if err = s.Send([]byte(`{}`)); err == nil {
					_, err = s.Next()
				}
			}
			if _, end := s.Next(); !errors.Is(err, signer.ErrExpired) || end != err {
				t.Errorf("Send: %v, Next: %v", err, end)
			}
		})
	})
	t.Run("close and cancel", func(t *testing.T) {
		srv := talkServer(t, true, true, nil)
		for _, cancelled := range []bool{false, true} {
			ctx, cancel := context.WithCancel(ctx)
			s, err := talkClient(t, srv).InvokeModelWithBidirectionalStream(ctx, testModel)
			if err != nil {
				t.Fatal(err)
			}
			want := ErrClosed
			stop := func() { s.Close() }
			if cancelled {
				want, stop = context.Canceled, cancel
			}
			time.AfterFunc(20*time.Millisecond, stop)
			inTime(t, func() {
				if _, err := s.Next(); !errors.Is(err, want) {
					t.Errorf("Next: %v, want %v", err, want)
				}
				if err := s.Send(nil); !errors.Is(err, want) {
					t.Errorf("Send: %v, want %v", err, want)
				}
			})
			cancel()
		}
	})
}
