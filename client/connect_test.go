package client

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/signer"
)

// connectServer answers HEAD with a status and any other request with a stream. It counts connections.
type connectServer struct {
	*httptest.Server
	mu    sync.Mutex
	heads []*http.Request
	conns int
}

func (s *connectServer) opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

func newConnectServer(t *testing.T, protocol string, status int) *connectServer {
	reply := streamBytes(t)
	s := new(connectServer)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodHead {
			s.mu.Lock()
			s.heads = append(s.heads, r)
			s.mu.Unlock()
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(status)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Write(reply)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
		}
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // connections are cut here on purpose
	s.EnableHTTP2 = protocol == "HTTP/2"
	if protocol == "plain" {
		s.Start()
	} else {
		s.StartTLS()
	}
	t.Cleanup(s.Close)
	return s
}

// streamBytes returns a whole stream.
func streamBytes(t *testing.T) []byte {
	srv := newFake(t, bedrocktest.Text("hi"))
	var b []byte
	s := open(t, newClient(t, srv.URL, func(cfg *Config) { cfg.Tap = func(p []byte) { b = append(b, p...) } }))
	if _, end := drain(s); end != io.EOF {
		t.Fatal(end)
	}
	return b
}

// TestConnect: after Connect, the first call opens no connection. The request has no credentials, and any response will
// do.
func TestConnect(t *testing.T) {
	for _, protocol := range []string{"HTTP/2", "HTTP/1.1", "plain"} {
		for _, status := range []int{200, 301, 403, 404, 500, 503} {
			srv := newConnectServer(t, protocol, status)
			var asked int
			c := newClient(t, srv.URL+"/pre%2Ffix/", func(cfg *Config) {
				if protocol != "plain" {
					cfg.RootCAs = poolOf(srv.Certificate())
				}
				cfg.Header = map[string]string{"X-Secret": "s"}
				cfg.Credentials = func(context.Context) (signer.Credentials, error) { asked++; return bedrocktest.Credentials(), nil }
			})
			if err := c.Connect(context.Background()); err != nil {
				t.Fatalf("%s, status %d: %v", protocol, status, err)
			}
			if srv.opened() != 1 || len(srv.heads) != 1 || asked != 0 {
				t.Fatalf("%s, status %d: %d connections, %d requests, keys were asked for %d times", protocol, status, srv.opened(), len(srv.heads), asked)
			}
			r := srv.heads[0]
			if r.RequestURI != "/pre%2Ffix/" || len(r.Header) != 1 || !strings.HasPrefix(r.UserAgent(), "bedrockwire/") || r.ContentLength != 0 {
				t.Errorf("%s: %s, %d bytes, with %v", protocol, r.RequestURI, r.ContentLength, r.Header)
			}
			for range 2 {
				if _, end := drain(open(t, c)); end != io.EOF {
					t.Fatal(end)
				}
			}
			if srv.opened() != 1 {
				t.Errorf("%s, status %d: the calls opened %d more connections", protocol, status, srv.opened()-1)
			}
		}
	}
}

// TestConnectParallel: Connect may be called by many goroutines, and does not open a connection where one is idle.
func TestConnectParallel(t *testing.T) {
	srv := newConnectServer(t, "HTTP/2", 404)
	c := newClient(t, srv.URL, func(cfg *Config) { cfg.RootCAs = poolOf(srv.Certificate()) })
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := c.Connect(context.Background()); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	// Dials that were not needed in the end may still be on their way, so connections are not counted.
	for range 3 {
		reused := false
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
		if err := c.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		if !reused {
			t.Error("Connect waited for a new connection")
		}
	}
}

// TestConnectAgain: a connection that the peer has closed while it was idle is no error: another one is opened.
func TestConnectAgain(t *testing.T) {
	for _, protocol := range []string{"HTTP/2", "HTTP/1.1", "plain"} {
		srv := newConnectServer(t, protocol, http.StatusNotFound)
		c := newClient(t, srv.URL, func(cfg *Config) {
			if protocol != "plain" {
				cfg.RootCAs = poolOf(srv.Certificate())
			}
		})
		for n := 1; n <= 5; n++ {
			if err := c.Connect(context.Background()); err != nil {
				t.Fatalf("%s: %v", protocol, err)
			}
			now := srv.opened()
			if now < n {
				t.Fatalf("%s: %d connections after %d were closed", protocol, now, n-1)
			}
			if _, end := drain(open(t, c)); end != io.EOF || srv.opened() != now {
				t.Fatalf("%s: a call opened %d connections and ended with %v", protocol, srv.opened()-now, end)
			}
			srv.CloseClientConnections()
		}
	}
}

// TestConnectErrors: each failure has its type, and says nothing of a request that may have been processed.
func TestConnectErrors(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	short := func(cfg *Config) { cfg.Timeouts.Connect = 50 * time.Millisecond }
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	soon, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	for _, row := range []struct {
		name, endpoint string
		ctx            context.Context
		text           string
		is             func(error) bool
	}{
		{"nobody listens", "https://" + closed.Addr().String(), context.Background(), "refused", as[*SendError]},
		{"no handshake", "https://" + silent.Addr().String(), context.Background(), "waited for a connection longer than 50ms", as[*StallError]},
		{"no response", "http://" + silent.Addr().String(), context.Background(), "waited for the response head longer than 100ms", as[*StallError]},
		{"cancelled before", "http://" + silent.Addr().String(), cancelled, "canceled", func(err error) bool { return errors.Is(err, context.Canceled) }},
		{"deadline", "http://" + silent.Addr().String(), soon, "deadline", func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"nil context", "http://" + silent.Addr().String(), nil, "context", as[*ConfigError]},
	} {
		err := newClient(t, row.endpoint, short).Connect(row.ctx)
		if err == nil || !row.is(err) || !strings.Contains(err.Error(), row.text) || strings.Contains(err.Error(), "processed") {
			t.Errorf("%s: %T %v", row.name, err, err)
		}
	}
	if err := (*Client)(nil).Connect(context.Background()); !as[*ConfigError](err) {
		t.Errorf("a nil Client: %v", err)
	}
}

func as[T error](err error) bool {
	var e T
	return errors.As(err, &e)
}

// closeRecorder is a body that records whether it was closed.
type closeRecorder struct {
	io.Reader
	closed bool
}

func (c *closeRecorder) Close() error { c.closed = true; return nil }

// TestConnectTransport: the request goes through the caller's transport, and what that gets wrong is an error.
func TestConnectTransport(t *testing.T) {
	body := &closeRecorder{Reader: strings.NewReader("")}
	var seen *http.Request
	for _, row := range []struct {
		name     string
		response *http.Response
		err      error
		want     string
	}{
		{"a response", &http.Response{StatusCode: 405, Body: body}, nil, ""},
		{"an error", nil, io.ErrUnexpectedEOF, "unexpected EOF"},
		{"nothing", nil, nil, "neither"},
		{"no body", &http.Response{StatusCode: 200}, nil, "neither"},
	} {
		seen = nil
		c := newClient(t, "https://bedrock.example/", func(cfg *Config) {
			cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) { seen = r; return row.response, row.err })
		})
		err := c.Connect(context.Background())
		if (err == nil) != (row.want == "") || err != nil && (!as[*SendError](err) || !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %v", row.name, err)
		}
		if seen == nil || seen.Method != "HEAD" || seen.URL.String() != "https://bedrock.example/" {
			t.Errorf("%s: the transport has seen %v", row.name, seen)
		}
	}
	if !body.closed {
		t.Error("the body was not closed")
	}
}
