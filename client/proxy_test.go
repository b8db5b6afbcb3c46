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
	"net/url"
	"sync"
	"testing"
	"time"

	"bedrockwire/frame/frametest"
)

// TestSilentProxy: a proxy that takes the connection and then says nothing holds no goroutine and no descriptor once
// Timeouts.Connect has passed. Each of the call's attempts is a stall.
func TestSilentProxy(t *testing.T) {
	rows := []struct {
		name, scheme string
		serve        func(net.Conn) // what the proxy does before it is silent
	}{
		{"SOCKS5", "socks5", func(net.Conn) {}},
		{"SOCKS5 after its greeting", "socks5", func(c net.Conn) { io.ReadFull(c, make([]byte, 3)); c.Write([]byte{5, 0}) }},
		{"CONNECT", "http", func(net.Conn) {}},
		{"CONNECT with half a response", "http", func(c net.Conn) { http.ReadRequest(bufio.NewReader(c)); io.WriteString(c, "HTTP/1.1 200 O") }},
		{"TLS handshake through CONNECT", "http", func(c net.Conn) {
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		}},
		{"TLS handshake with the proxy", "https", func(net.Conn) {}},
	}
	for _, r := range rows {
		before, files := len(goroutines()), openFiles()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					r.serve(conn)
					io.Copy(io.Discard, conn) // until the client closes its side
				}()
			}
		}()
		c := newClient(t, "https://127.0.0.1:9", quick, func(cfg *Config) {
			cfg.Timeouts.Connect = 100 * time.Millisecond
			cfg.Retry.MaxAttempts = 2
		})
		own(c).Proxy = http.ProxyURL(&url.URL{Scheme: r.scheme, Host: l.Addr().String()})
		_, err = c.InvokeModelWithResponseStream(context.Background(), testRequest())
		var stall *StallError
		var call *CallError
		if !errors.As(err, &stall) || stall.WaitingFor != "a connection" || !errors.As(err, &call) || call.Attempts != 2 {
			t.Errorf("%s: %v", r.name, err)
		}
		l.Close()
		if left := waitGoroutines(before); left != "" {
			t.Errorf("%s: goroutines left:\n%.4000s", r.name, left)
		}
		if now := openFiles(); now > files+4 { // the runtime opens some of its own
			t.Errorf("%s: %d file descriptors, %d before", r.name, now, files)
		}
	}
}

// recordedConn is a connection that keeps its last deadline for both directions. net/http sets some for writes alone.
type recordedConn struct {
	net.Conn
	mu       sync.Mutex
	deadline time.Time
	set      int
}

func (c *recordedConn) SetDeadline(at time.Time) error {
	c.mu.Lock()
	c.deadline = at
	c.set++
	c.mu.Unlock()
	return c.Conn.SetDeadline(at)
}

// last returns the deadline, and how often one was set.
func (c *recordedConn) last() (deadline time.Time, set int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.deadline, c.set
}

// TestConnectionDeadline: a connection has a deadline from its dial until a call is handed it, and none after that; one
// that was dialed for a request of another origin never has one.
func TestConnectionDeadline(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
			w.Write(frametest.ChunkFrame([]byte("{}"), 3))
		}))
		srv.EnableHTTP2 = protocol == "HTTP/2"
		srv.StartTLS()
		c := newClient(t, srv.URL, once, func(cfg *Config) { cfg.RootCAs = poolOf(srv.Certificate()) })
		own(c).IdleConnTimeout = 0
		var conns []*recordedConn
		own(c).DialContext = untilHandedOver(func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			conns = append(conns, &recordedConn{Conn: conn})
			return conns[len(conns)-1], nil
		}, time.Hour)
		for n := range 3 {
			if _, end := drain(open(t, c)); end != io.EOF {
				t.Fatalf("%s: %v", protocol, end)
			}
			if len(conns) != 1 {
				t.Fatalf("%s: %d connections", protocol, len(conns))
			}
			if deadline, set := conns[0].last(); !deadline.IsZero() || set < 2 {
				t.Errorf("%s, call %d: deadline %v; set %d times", protocol, n, deadline, set)
			}
		}
		for len(conns) == 1 { // net/http may still be about to put the first one back
			c.CloseIdleConnections()
			resp, err := own(c).RoundTrip(httptest.NewRequest(http.MethodPost, srv.URL, bytes.NewReader(nil)))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		if _, set := conns[1].last(); set > 0 {
			t.Errorf("%s, request of another origin: a deadline was set %d times", protocol, set)
		}
		c.CloseIdleConnections()
		srv.Close()
	}
}

// TestDialDeadline: the limit counts from the start of the dial, which has used up a part of it.
func TestDialDeadline(t *testing.T) {
	began := time.Now()
	var inDial time.Time
	conn := &recordedConn{Conn: newScriptConn(script{})}
	dial := untilHandedOver(func(context.Context, string, string) (net.Conn, error) {
		inDial = time.Now()
		return conn, nil
	}, time.Hour)
	if _, err := dial(&watched{context.Background()}, "tcp", "h:443"); err != nil {
		t.Fatal(err)
	}
	if deadline, _ := conn.last(); deadline.Before(began.Add(time.Hour)) || deadline.After(inDial.Add(time.Hour)) {
		t.Errorf("deadline %v after the call, %v after the dial", deadline.Sub(began), deadline.Sub(inDial))
	}
	refused := errors.New("refused")
	dial = untilHandedOver(func(context.Context, string, string) (net.Conn, error) { return nil, refused }, time.Hour)
	if c, err := dial(&watched{context.Background()}, "tcp", "h:443"); c != nil || err != refused {
		t.Errorf("%v, %v", c, err)
	}
}
