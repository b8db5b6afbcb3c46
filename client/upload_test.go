package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// TestUploadEnds: once a call or stream has ended, by any way, no byte of its request's Body is read. The peer answers
// when it has the head, then reads on slowly; the caller overwrites the body as soon as the end has come.
func TestUploadEnds(t *testing.T) {
	const size = 20 << 20
	calls := 1000
	if testing.Short() {
		calls = 40
	}
	event := frametest.ChunkFrame([]byte("{}"), 3)
	for _, h2 := range []bool{false, true} {
		var foreign, read atomic.Int64
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).EnableFullDuplex()
			w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
			how := r.Header.Get("X-Amzn-Bedrock-Request-Metadata")
			if how == "error" {
				w.WriteHeader(http.StatusBadRequest)
				return // over HTTP/2 net/http has stopped the upload
			}
			if how != "good" {
				w.Write(event)
			}
			if how != "good" {
				w.(http.Flusher).Flush()
			}
			// What is left of the body is read after the caller has seen the end. A handler that returned would stop the upload.
			time.Sleep(5 * time.Millisecond)
			buf := make([]byte, 64<<10)
			for {
				n, err := r.Body.Read(buf)
				read.Add(int64(n))
				if bytes.IndexByte(buf[:n], 'F') >= 0 {
					foreign.Add(1)
				}
				if err != nil {
					break
				}
			}
			if how == "good" {
				w.Write(event)
			}
		}))
		srv.EnableHTTP2 = h2
		if h2 {
			srv.StartTLS()
		} else {
			srv.Start()
		}
		c := newClient(t, srv.URL, func(cfg *Config) {
			cfg.RootCAs = poolOf(srv.Certificate())
			cfg.Retry.MaxAttempts = 1
		})
		ways := []string{"error", "close", "cancel", "timeout"}
		for i := range calls / 2 {
			how := ways[i%len(ways)]
			body := make([]byte, size) // a new one, so that the old one stays foreign
			ctx, cancel := context.WithCancel(context.Background())
			s, err := c.InvokeModelWithResponseStream(ctx, &model.InvokeModelRequest{ModelID: "m", Body: body, RequestMetadata: how})
			switch {
			case how == "error":
				if !errors.As(err, new(*model.Error)) {
					t.Fatalf("%s: %v", how, err)
				}
			case err != nil:
				t.Fatalf("%s: %v", how, err)
			default:
				if _, err := s.Next(); err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				switch how {
				case "close":
					s.Close()
				case "cancel":
					cancel()
					s.Next()
				case "timeout":
					s.events.body.end(ending{stalled: true})
					s.Next()
				}
			}
			for j := 0; j < size; j += 16 << 10 { // foreign bytes from here on
				body[j] = 'F'
			}
			cancel()
			if i%10 == 0 { // the next call succeeds, on the same client
				s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelRequest{ModelID: "m", Body: []byte(testPrompt), RequestMetadata: "good"})
				if err != nil {
					t.Fatalf("the call after %s: %v", how, err)
				}
				if _, end := drain(s); end != io.EOF {
					t.Fatalf("the call after %s: %v", how, end)
				}
			}
		}
		c.CloseIdleConnections()
		srv.CloseClientConnections()
		srv.Close()
		t.Logf("HTTP/2 %-5v %d calls, %d MiB read by the peer, %d pieces with foreign bytes", h2, calls/2, read.Load()>>20, foreign.Load())
		if foreign.Load() > 0 {
			t.Errorf("HTTP/2 %v: %d pieces with foreign bytes", h2, foreign.Load())
		}
	}
}

// TestUploadEndsWithEOF: the same where the response ends whole, before the request was read. Over HTTP/1.1 net/http
// would go on sending; the connection is not used again.
func TestUploadEndsWithEOF(t *testing.T) {
	const size = 20 << 20
	calls := 500
	if testing.Short() {
		calls = 20
	}
	response, _ := chunkedResponse(frametest.ChunkFrame([]byte("{}"), 3))
	var foreign atomic.Int64
	var heads atomic.Int64
	p := newRawPeer(t, func(_ *rawPeer, c net.Conn, _ int) {
		r, buf := bufio.NewReader(c), make([]byte, 64<<10)
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			heads.Add(1)
			c.Write(response)
			time.Sleep(20 * time.Millisecond) // the caller sees the end while most of the body is still to be read
			for err == nil {
				var n int
				if n, err = req.Body.Read(buf); bytes.IndexByte(buf[:n], 'F') >= 0 {
					foreign.Add(1)
				}
			}
			if err != io.EOF {
				return
			}
		}
	})
	c := newClient(t, p.url(), once)
	for i := range calls {
		body := make([]byte, size)
		s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelRequest{ModelID: "m", Body: body})
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		if _, end := drain(s); end != io.EOF {
			t.Fatalf("call %d: %v", i, end)
		}
		for j := 0; j < size; j += 16 << 10 {
			body[j] = 'F'
		}
	}
	t.Logf("%d calls, %d requests, %d pieces with foreign bytes", calls, heads.Load(), foreign.Load())
	if foreign.Load() > 0 || heads.Load() != int64(calls) {
		t.Errorf("%d pieces with foreign bytes, %d requests for %d calls", foreign.Load(), heads.Load(), calls)
	}
}

// TestUploadOfTransport: a Transport that reads a request's body late gets nothing of it, and what a Read returns after
// the caller has cancelled is empty.
func TestUploadOfTransport(t *testing.T) {
	var kept io.ReadCloser
	c := newClient(t, "https://h", once, func(cfg *Config) {
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			kept = r.Body
			return stream(frametest.ChunkFrame([]byte("{}"), 3))()
		})
	})
	s := open(t, c)
	buf := make([]byte, 8)
	if n, err := kept.Read(buf); n != 8 || err != nil || string(buf) != testPrompt[:8] {
		t.Errorf("while the stream is open: %q, %v", buf[:n], err)
	}
	if _, end := drain(s); end != io.EOF {
		t.Fatal(end)
	}
	if n, err := kept.Read(buf); n != 0 || err != errUploadStopped {
		t.Errorf("after the end: %q, %v", buf[:n], err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := c.InvokeModelWithResponseStream(ctx, testRequest()); err != nil {
		t.Fatal(err)
	}
	cancel()
	clear(buf)
	if n, err := kept.Read(buf); n != 0 || err != errUploadStopped || string(buf) != string(make([]byte, 8)) {
		t.Errorf("after cancel: %q of %q, %v", buf[:n], buf, err)
	}
	if _, err := c.InvokeModelWithResponseStream(ctx, testRequest()); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestHungSources: a caller returns when its context ends, whatever hangs: the source of credentials or of the token, the
// peer, the peer in the middle of a body.
func TestHungSources(t *testing.T) {
	hang := make(chan bool)
	defer close(hang)
	silent := http1Peer(t, 0, func(net.Conn, bool) bool { return true }).url()
	half := http1Peer(t, 0, func(c net.Conn, head bool) bool {
		if !head {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nContent-Length: 1000\r\n\r\n{")
		}
		return true
	}).url()
	sources := []struct {
		name     string
		endpoint string
		change   func(*Config)
	}{
		{"credentials", silent, func(cfg *Config) {
			cfg.Credentials = func(context.Context) (signer.Credentials, error) { <-hang; return signer.Credentials{}, nil }
		}},
		{"token", silent, func(cfg *Config) {
			cfg.BearerToken = func(context.Context) (string, error) { <-hang; return "", nil }
		}},
		{"the response's head", silent, func(*Config) {}},
		{"the response's body", half, func(*Config) {}},
	}
	calls := map[string]func(c *Client, ctx context.Context) error{
		"InvokeModelWithResponseStream": func(c *Client, ctx context.Context) error {
			_, err := c.InvokeModelWithResponseStream(ctx, testRequest())
			return err
		},
		"InvokeModel": func(c *Client, ctx context.Context) error {
			_, err := c.InvokeModel(ctx, testRequest())
			return err
		},
		"FoundationModel": func(c *Client, ctx context.Context) error { _, err := c.FoundationModel(ctx, "m"); return err },
		"Do":              func(c *Client, ctx context.Context) error { _, err := c.Do(ctx, &Call{Path: "/x"}); return err },
		"Events":          func(c *Client, ctx context.Context) error { _, err := c.Events(ctx, &Call{Path: "/x"}); return err },
	}
	var mu sync.Mutex
	var worst time.Duration
	for _, source := range sources {
		for name, call := range calls {
			t.Run(source.name+"/"+name, func(t *testing.T) {
				c := newClient(t, source.endpoint, once, source.change)
				ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
				defer cancel()
				began := time.Now()
				err := call(c, ctx)
				late := time.Since(began) - 50*time.Millisecond
				mu.Lock()
				worst = max(worst, late)
				mu.Unlock()
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
			})
		}
	}
	t.Logf("at most %v after the deadline", worst)
}

// TestNothingToUpload: a request without a body is sent whole from the start.
func TestNothingToUpload(t *testing.T) {
	for text, want := range map[string]bool{"": true, "{}": false} {
		var u upload
		if u.start(t.Context(), []byte(text)); u.whole() != want || u.empty() != want {
			t.Errorf("%q: whole %v, empty %v", text, u.whole(), u.empty())
		}
	}
}
