package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/model"
)

// A breakage is what happens to a connection at one byte of one direction.
type breakage struct {
	kind string // cut, reset, stall, flip; empty is nothing
	up   bool   // from the client to the server
	at   int    // the byte

	mu             sync.Mutex
	sent, received int // bytes so far
	conns          []net.Conn
}

// breakingConn is a client's connection with a breakage.
type breakingConn struct {
	*net.TCPConn
	b      *breakage
	once   sync.Once
	closed chan struct{}
}

func (b *breakage) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &breakingConn{TCPConn: conn.(*net.TCPConn), b: b, closed: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns = append(b.conns, c)
	return c, nil
}

// hangUp closes the connections. net/http keeps one that stalls until a ping fails.
func (b *breakage) hangUp() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		c.Close()
	}
}

// passed counts n bytes of a direction. It returns where among them the breakage is: n and more where it is after them,
// below 0 where it was before them.
func (b *breakage) passed(up bool, n int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := &b.received
	if up {
		count = &b.sent
	}
	at := b.at - *count
	*count += n
	if b.kind == "" || b.up != up {
		return n
	}
	return at
}

func (c *breakingConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.TCPConn.Close()
}

func (c *breakingConn) reset() {
	c.SetLinger(0)
	c.Close()
}

func (c *breakingConn) Write(p []byte) (int, error) {
	at := c.b.passed(true, len(p))
	if at >= len(p) {
		return c.TCPConn.Write(p)
	}
	if c.b.kind == "flip" {
		return c.TCPConn.Write(c.b.flipped(p, at))
	}
	if at > 0 {
		c.TCPConn.Write(p[:at])
	}
	switch c.b.kind {
	case "cut":
		c.CloseWrite()
	case "reset":
		c.reset()
		return 0, net.ErrClosed
	}
	return len(p), nil // lost on the way
}

func (c *breakingConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if n == 0 {
		return 0, err
	}
	at := c.b.passed(false, n)
	switch {
	case at >= n:
		return n, err
	case c.b.kind == "flip":
		return copy(p, c.b.flipped(p[:n], at)), err
	case c.b.kind == "reset":
		c.reset()
		return 0, net.ErrClosed
	case at > 0:
		return at, nil // and the next Read has nothing
	case c.b.kind == "stall":
		<-c.closed
	}
	return 0, io.EOF
}

// flipped returns p with one bit of the byte at flipped, where p has it.
func (b *breakage) flipped(p []byte, at int) []byte {
	p = append([]byte(nil), p...)
	if at >= 0 {
		p[at] ^= 1 << (b.at & 7)
	}
	return p
}

var errGap = errors.New("a message is missing")

// dialogue sends messages and reads their echoes at the same time. It returns how many came back, and why what came
// is wrong.
func dialogue(c *Client, id string, messages int) (got int, end error, wrong error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := c.InvokeModelWithBidirectionalStream(ctx, id)
	if err != nil {
		return 0, err, hanging(ctx, err)
	}
	defer s.Close()
	text := func(i int) string { return fmt.Sprintf(`{"n":%d,"pad":%q}`, i, strings.Repeat("x", i*97%300)) }
	sent := make(chan error, 1)
	go func() {
		var err error
		for i := 0; i < messages && err == nil; i++ {
			err = s.Send([]byte(text(i)))
		}
		if err == nil {
			err = s.CloseSend()
		}
		sent <- err
	}()
	for {
		chunk, err := s.Next()
		if err != nil {
			end = err
			break
		}
		for later := got + 1; later < messages; later++ {
			if string(chunk) == text(later) {
				return got, nil, fmt.Errorf("chunk %d came in place of %d: %w", later, got, errGap)
			}
		}
		if got >= messages || string(chunk) != text(got) {
			return got, nil, fmt.Errorf("chunk %d is %q", got, chunk)
		}
		got++
	}
	sending := <-sent
	if again := s.Send(nil); again != end && again != ErrSendClosed {
		return got, end, fmt.Errorf("Next ended with %v, and then Send with %v", end, again)
	}
	if sending != nil && sending != end && !errors.Is(sending, ErrInputRefused) {
		return got, end, fmt.Errorf("Next ended with %v, and Send with %v", end, sending)
	}
	return got, end, hanging(ctx, end)
}

// hanging returns an error where a limit of a dialogue did not hold, or its end has no type.
func hanging(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("hung: %w", err)
	}
	if err == io.EOF || errors.As(err, new(*StreamError)) || errors.As(err, new(*SendError)) || errors.As(err, new(*StallError)) ||
		errors.As(err, new(*model.Error)) || errors.As(err, new(*ResponseError)) {
		return nil
	}
	return fmt.Errorf("%T %w", err, err)
}

// shortWaits has each wait for the peer last for half a second at most.
func shortWaits(cfg *Config) {
	const limit = 500 * time.Millisecond
	cfg.Timeouts = Timeouts{FirstEvent: limit, Idle: limit, Frame: limit}
}

// newTalker returns a fake that echoes, over HTTP/2 with or without TLS.
func newTalker(t *testing.T, secure bool) *bedrocktest.Server {
	t.Helper()
	srv := bedrocktest.NewUnstartedServer()
	start := srv.Start
	if secure {
		start = srv.StartTLS
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

// TestBidirectionalBreakages breaks the connection at many places of either direction, over TLS and without: what was
// delivered is right, both sides end with the same error, nothing hangs, and nothing is left.
func TestBidirectionalBreakages(t *testing.T) {
	const messages = 6
	places := 500
	if testing.Short() {
		places = 24
	}
	before := len(goroutines())
	for _, secure := range []bool{true, false} {
		srv := newTalker(t, secure)
		talk := func(b *breakage) (int, error, error) {
			c := newClient(t, srv.URL, once, shortWaits, func(cfg *Config) {
				cfg.RootCAs = poolOf(srv.Certificate())
				cfg.Timeouts.Connect = cfg.Timeouts.Idle // TLS may stall too
				if b.kind == "" {
					cfg.Timeouts = Timeouts{}
				}
			})
			c.secure.(*http.Transport).DialContext = b.dial
			c.plainHTTP2.(*http.Transport).DialContext = b.dial
			defer b.hangUp()
			return dialogue(c, testModel, messages)
		}
		whole := new(breakage)
		if got, end, wrong := talk(whole); got != messages || end != io.EOF || wrong != nil {
			t.Fatalf("without a breakage: %d messages, %v, %v", got, end, wrong)
		}
		for _, up := range []bool{true, false} {
			whole.mu.Lock()
			size := whole.received
			if up {
				size = whole.sent
			}
			whole.mu.Unlock()
			for _, kind := range []string{"cut", "reset", "stall", "flip"} {
				tally(t, fmt.Sprintf("%s, up %v, TLS %v", kind, up, secure), 16, places, func(i int) error {
					at := i * size / places
					got, end, wrong := talk(&breakage{kind: kind, up: up, at: at})
					// HTTP/2 has no checksum. Without TLS, a flipped bit in its frames can take a message out whole, or end
					// the stream between two.
					if wrong != nil && (secure || kind != "flip" || !errors.Is(wrong, errGap)) {
						return fmt.Errorf("byte %d of %d: %w", at, size, wrong)
					}
					if end == io.EOF && got != messages && (secure || kind != "flip") {
						return fmt.Errorf("byte %d of %d: io.EOF after %d of %d", at, size, got, messages)
					}
					return nil
				})
			}
		}
		srv.Close()
	}
	if left := waitGoroutines(before); left != "" {
		t.Errorf("goroutines left:\n%s", left)
	}
}

// TestBidirectionalFaults: faults in the bytes of the response, below which HTTP and TLS are sound.
func TestBidirectionalFaults(t *testing.T) {
	const messages = 6
	places := 500
	if testing.Short() {
		places = 24
	}
	srv := newTalker(t, true)
	size := 0
	measure := newClient(t, srv.URL, func(cfg *Config) {
		cfg.RootCAs = poolOf(srv.Certificate())
		cfg.Tap = func(b []byte) { size += len(b) }
	})
	if got, end, wrong := dialogue(measure, testModel, messages); got != messages || end != io.EOF || wrong != nil {
		t.Fatalf("%d messages, %v, %v", got, end, wrong)
	}
	for _, kind := range []bedrocktest.FaultKind{bedrocktest.FaultReset, bedrocktest.FaultFIN, bedrocktest.FaultStall, bedrocktest.FaultFlip, bedrocktest.FaultEnd} {
		srv := bedrocktest.NewUnstartedServer()
		srv.Respond = func(r bedrocktest.Request) bedrocktest.Reply {
			f := bedrocktest.Fault{Kind: kind}
			fmt.Sscan(r.ModelID, &f.Byte)
			f.N = int(f.Byte & 7)
			return bedrocktest.Reply{Fault: f}
		}
		if err := srv.StartTLS(); err != nil {
			t.Fatal(err)
		}
		tally(t, kind.String(), 16, places, func(i int) error {
			at := 1 + i*(size-200)/places // padding makes the size vary
			c := newClient(t, srv.URL, once, shortWaits, func(cfg *Config) { cfg.RootCAs = poolOf(srv.Certificate()) })
			defer c.CloseIdleConnections()
			got, end, wrong := dialogue(c, fmt.Sprint(at), messages)
			switch {
			case wrong != nil:
				return fmt.Errorf("byte %d: %w", at, wrong)
			case end == io.EOF && !(kind == bedrocktest.FaultEnd || got == messages):
				return fmt.Errorf("byte %d: io.EOF after %d", at, got)
			case kind == bedrocktest.FaultFlip && end != io.EOF && !errors.As(end, new(*frame.Error)) && !errors.Is(end, ErrStalled):
				return fmt.Errorf("byte %d: %w", at, end)
			}
			return nil
		})
		srv.Close()
	}
}

// inputChange is a Transport that changes the bytes of a request.
type inputChange struct {
	next http.RoundTripper
	read func(p []byte, offset int) (int, error) // changes p, which is at offset, or cuts it
}

func (c inputChange) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(r.Context())
	r.Body = &changedInput{r.Body, c.read, 0}
	return c.next.RoundTrip(r)
}

type changedInput struct {
	io.ReadCloser
	change func(p []byte, offset int) (int, error)
	offset int
}

func (c *changedInput) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.offset += n
	if cut, changed := c.change(p[:n], c.offset-n); changed != nil {
		return cut, changed
	}
	return n, err
}

// TestBidirectionalInput: what something on the way changes in the request's messages, the server refuses, and both
// Send and Next report that.
func TestBidirectionalInput(t *testing.T) {
	const messages = 6
	places := 500
	if testing.Short() {
		places = 24
	}
	srv := newTalker(t, true)
	client := func(read func(p []byte, offset int) (int, error)) *Client {
		return newClient(t, srv.URL, once, shortWaits, func(cfg *Config) {
			cfg.RootCAs = poolOf(srv.Certificate())
			cfg.WrapTransport = func(next http.RoundTripper) http.RoundTripper { return inputChange{next, read} }
		})
	}
	size := 0
	c := client(func(p []byte, offset int) (int, error) { size = offset + len(p); return 0, nil })
	if got, end, wrong := dialogue(c, testModel, messages); got != messages || end != io.EOF || wrong != nil {
		t.Fatalf("%d messages, %v, %v", got, end, wrong)
	}
	for _, kind := range []string{"flip", "end"} {
		tally(t, kind, 16, places, func(i int) error {
			at := i * size / places
			c := client(func(p []byte, offset int) (int, error) {
				if at < offset || at >= offset+len(p) {
					return 0, nil
				}
				if kind == "end" {
					return at - offset, io.EOF
				}
				p[at-offset] ^= 1 << (i & 7)
				return 0, nil
			})
			defer c.CloseIdleConnections()
			got, end, wrong := dialogue(c, testModel, messages)
			// A flipped length makes the server wait for bytes that don't come.
			if wrong != nil || got > messages || !errors.Is(end, model.ValidationException) && !errors.Is(end, ErrStalled) {
				return fmt.Errorf("byte %d of %d: %d messages, %v, %v", at, size, got, end, wrong)
			}
			return nil
		})
	}
}
