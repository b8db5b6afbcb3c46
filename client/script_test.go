package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A script is what a peer does once it has the whole request: it sends bytes, in pieces of at most piece, and
// then does what end says. It is played by a connection in memory, so thousands of them take seconds, with all
// of net/http's transport in between.
type script struct {
	send  []byte
	piece int           // 0: as much as is asked for
	from  int           // offset in send from which piece counts
	pause time.Duration // before the byte at offset from
	flood []byte        // sent again and again after that
	eager bool          // do not wait for the request
	end   error         // what Read returns then; nil is silence until the connection is closed
	h2    bool
	read  *atomic.Int64 // counts what was taken of send and flood; may be nil
	gate  *sync.RWMutex // who holds it stops the peer; may be nil
	deaf  *deafness     // may be nil
}

// errReset is what a Read returns after an RST.
var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// deafness is a peer that takes no more bytes once it is deaf: who writes to it waits until the connection closes.
type deafness struct {
	deaf    atomic.Bool
	waiting chan bool // told of each write that waits
}

// scriptConn plays a script to one client.
type scriptConn struct {
	script
	mu     sync.Mutex
	change *sync.Cond
	in     []byte // of the request, until it is whole
	whole  bool
	paused bool
	sent   int
	at     int // in flood
	closed bool
}

func newScriptConn(s script) *scriptConn {
	c := &scriptConn{script: s}
	c.change = sync.NewCond(&c.mu)
	return c
}

func (c *scriptConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf != nil && c.deaf.deaf.Load() && !c.closed {
		select {
		case c.deaf.waiting <- true:
		default:
		}
		for !c.closed {
			c.change.Wait()
		}
	}
	if c.closed {
		return 0, net.ErrClosed
	}
	if !c.whole {
		c.in = append(c.in, p...)
		if c.whole = c.h2 && wholeHTTP2(c.in) || !c.h2 && wholeHTTP1(c.in); c.whole {
			c.change.Broadcast()
		}
	}
	return len(p), nil
}

// wholeHTTP1 reports whether b is a whole request.
func wholeHTTP1(b []byte) bool {
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if !ok {
		return false
	}
	_, after, ok := bytes.Cut(head, []byte("\r\nContent-Length: "))
	if !ok {
		return true
	}
	digits, _, _ := bytes.Cut(after, []byte("\r\n"))
	n, err := strconv.Atoi(string(digits))
	return err == nil && len(body) >= n
}

// wholeHTTP2 reports whether b holds the end of a stream (RFC 9113, section 4.1: flag 1 of DATA and HEADERS).
func wholeHTTP2(b []byte) bool {
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	if len(b) < len(preface) {
		return false
	}
	for b = b[len(preface):]; len(b) >= 9; {
		n := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
		if b[3] <= 1 && b[4]&1 != 0 {
			return true
		}
		if len(b) < 9+n {
			return false
		}
		b = b[9+n:]
	}
	return false
}

func (c *scriptConn) Read(p []byte) (int, error) {
	if c.gate != nil {
		func() { // waits until nobody measures
			c.gate.RLock()
			defer c.gate.RUnlock()
		}()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.whole && !c.closed && !c.eager {
		c.change.Wait()
	}
	if c.closed {
		return 0, net.ErrClosed
	}
	rest := c.send[c.sent:]
	if len(rest) > 0 {
		if c.sent < c.from {
			rest = rest[:c.from-c.sent]
		} else {
			if c.pause > 0 && !c.paused {
				c.paused = true
				c.mu.Unlock()
				time.Sleep(c.pause)
				c.mu.Lock()
			}
			if c.piece > 0 {
				rest = rest[:min(len(rest), c.piece)]
			}
		}
		n := copy(p, rest)
		c.sent += n
		c.count(n)
		return n, nil
	}
	if len(c.flood) > 0 {
		n := copy(p, c.flood[c.at:])
		c.at = (c.at + n) % len(c.flood)
		c.count(n)
		return n, nil
	}
	if c.end != nil {
		return 0, c.end
	}
	for !c.closed {
		c.change.Wait()
	}
	return 0, net.ErrClosed
}

func (c *scriptConn) count(n int) {
	if c.read != nil {
		c.read.Add(int64(n))
	}
}

func (c *scriptConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.change.Broadcast()
	return nil
}

func (c *scriptConn) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (c *scriptConn) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 2} }
func (c *scriptConn) SetDeadline(time.Time) error      { return nil }
func (c *scriptConn) SetReadDeadline(time.Time) error  { return nil }
func (c *scriptConn) SetWriteDeadline(time.Time) error { return nil }

// scriptKey is the context key of the script that a call's connection plays.
type scriptKey struct{}

func withScript(s script) context.Context {
	return context.WithValue(context.Background(), scriptKey{}, s)
}

// newScripted returns a client whose connections play the scripts of their calls' contexts, through this
// package's own transport. Each call has a connection of its own.
func newScripted(t testing.TB, h2 bool, change ...func(*Config)) *Client {
	t.Helper()
	c := newClient(t, "http://127.0.0.1:9", append([]func(*Config){once, atHead}, change...)...)
	own(c).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		s, ok := ctx.Value(scriptKey{}).(script)
		if !ok {
			return nil, errors.New("the call has no script")
		}
		s.h2 = h2
		return newScriptConn(s), nil
	}
	own(c).DisableKeepAlives = true
	if h2 {
		own(c).Protocols = unencryptedHTTP2()
	}
	return c
}

// dialOne dials one connection.
func dialOne(conn net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return conn, nil }
}

// play makes one call with a script.
func play(c *Client, s script) (chunks []string, stream *Stream, end error) {
	stream, err := c.InvokeModelWithResponseStream(withScript(s), testRequest())
	if err != nil {
		return nil, nil, err
	}
	chunks, end = drain(stream)
	return chunks, stream, end
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nX-Amzn-Requestid: rid-1\r\n"

// chunkedResponse returns the whole HTTP/1.1 response with a body, in HTTP chunks of at most 100 bytes, which do
// not care for frames; and where in it the last HTTP chunk begins.
func chunkedResponse(body []byte) (response []byte, last int) {
	b := append([]byte(nil), streamHead+"Transfer-Encoding: chunked\r\n\r\n"...)
	for len(body) > 0 {
		n := min(len(body), 100)
		b = fmt.Appendf(b, "%x\r\n", n)
		b = append(append(b, body[:n]...), "\r\n"...)
		body = body[n:]
	}
	return append(b, "0\r\n\r\n"...), len(b)
}

// HTTP/2 frame types and flags (RFC 9113, section 6).
const (
	h2Data, h2Headers, h2RSTStream, h2Settings, h2Ping, h2GoAway, h2Continuation = 0, 1, 3, 4, 6, 7, 9

	h2EndStream, h2Ack, h2EndHeaders = 1, 1, 4
)

func appendHTTP2Frame(b []byte, typ, flags byte, stream uint32, payload []byte) []byte {
	b = append(b, byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload)), typ, flags)
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

// appendField appends a field to a header block, literal and not indexed (RFC 7541, section 6.2.2).
func appendField(b []byte, name, value string) []byte {
	integer := func(n int) {
		if n < 127 {
			b = append(b, byte(n))
			return
		}
		b = append(b, 127)
		for n -= 127; n >= 128; n >>= 7 {
			b = append(b, byte(n)|128)
		}
		b = append(b, byte(n))
	}
	b = append(b, 0)
	integer(len(name))
	b = append(b, name...)
	integer(len(value))
	return append(b, value...)
}

// http2Head is the server's side up to the response's head on stream 1.
func http2Head() []byte {
	b := appendHTTP2Frame(nil, h2Settings, 0, 0, nil)
	b = appendHTTP2Frame(b, h2Settings, h2Ack, 0, nil)
	block := []byte{0x88} // :status 200, RFC 7541, appendix A
	block = appendField(block, "content-type", "application/vnd.amazon.eventstream")
	block = appendField(block, "x-amzn-requestid", "rid-1")
	return appendHTTP2Frame(b, h2Headers, h2EndHeaders, 1, block)
}

// http2Response returns what a server sends on stream 1, with END_STREAM at the end.
func http2Response(body []byte) []byte {
	b := http2Head()
	for len(body) > 100 {
		b = appendHTTP2Frame(b, h2Data, 0, 1, body[:100])
		body = body[100:]
	}
	return appendHTTP2Frame(b, h2Data, h2EndStream, 1, body)
}

// ending names a way in which a body that was cut can end.
type bodyEnd struct {
	name   string
	h2     bool
	polite bool // a clean end as far as HTTP goes
	script func(body []byte) script
}

// bodyEnds are the ways in which a response's body can end.
func bodyEnds() []bodyEnd {
	return []bodyEnd{
		{"polite HTTP end", false, true, func(b []byte) script {
			r, _ := chunkedResponse(b)
			return script{send: r, end: io.EOF}
		}},
		{"FIN without last chunk", false, false, func(b []byte) script {
			r, last := chunkedResponse(b)
			return script{send: r[:last], end: io.EOF}
		}},
		{"RST", false, false, func(b []byte) script {
			r, last := chunkedResponse(b)
			return script{send: r[:last], end: errReset}
		}},
		{"HTTP/2 END_STREAM", true, true, func(b []byte) script {
			return script{send: http2Response(b)}
		}},
	}
}

// memory is a transport that answers each request with the same response.
type memory struct {
	header http.Header
	body   []byte
}

func (m memory) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: m.header, Body: io.NopCloser(bytes.NewReader(m.body))}, nil
}

func unencryptedHTTP2() *http.Protocols {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	return p
}
