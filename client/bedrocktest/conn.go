package bedrocktest

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
)

// listener hands out connections that count their writes and know which protocols they may speak.
type listener struct {
	net.Listener
	warn         func(string)
	http1, http2 bool // which protocols are spoken without TLS
	secure       bool // TLS decides on the protocol
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, from: l, known: l.secure}, nil
}

// conn is a connection, below TLS, that knows how often it was written to.
//
// On HTTP/1.1 a flush returns when the bytes are in the socket. On HTTP/2 it
// returns when the DATA frame is in the buffer of the connection, which another
// goroutine writes to the socket soon after: whoever ends the connection in
// between takes back bytes that were sent already. Counting tells when they have
// gone.
type conn struct {
	net.Conn
	writes atomic.Int64

	from  listener
	mu    sync.Mutex
	known bool   // which protocol the client speaks, and that it may
	first []byte // what the client sent until then
	held  []byte // what was to be written until then
}

func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if !c.known {
		// A server of HTTP/2 writes before it reads. A client of HTTP/1.1 could not read what comes after that.
		c.held = append(c.held, b...)
		c.mu.Unlock()
		return len(b), nil
	}
	c.mu.Unlock()
	n, err := c.Conn.Write(b)
	c.writes.Add(1)
	return n, err
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known || n <= 0 {
		return n, err
	}
	c.first = append(c.first, b[:n]...)
	line, answer, known := c.from.judge(c.first)
	switch {
	case !known:
	case answer == nil:
		c.known, c.first = true, nil
		if len(c.held) > 0 {
			_, err = c.Conn.Write(c.held)
			c.writes.Add(1)
			c.held = nil
		}
	default:
		c.known = true
		if c.from.warn != nil {
			c.from.warn("connection from " + c.RemoteAddr().String() + ": " + line)
		}
		_, _ = c.Conn.Write(answer)
		c.fin(nil, nil)
		return 0, net.ErrClosed
	}
	return n, err
}

// preface is what a client of HTTP/2 begins with (RFC 9113, section 3.4).
const preface = "PRI * HTTP/2.0"

// judge tells from the first bytes of a connection without TLS what the client speaks. For what is not spoken here it
// returns a line for the log, and the answer that the client can read best.
func (l listener) judge(first []byte) (line string, answer []byte, known bool) {
	switch {
	case first[0] == 0x16: // RFC 8446, section 5.1: handshake
		// Alert, fatal, protocol_version.
		return "the client speaks TLS, and this server does not: the URL begins with http", []byte{0x15, 3, 1, 0, 2, 2, 70}, true
	case bytes.HasPrefix([]byte(preface), first):
		return "", nil, false
	case bytes.HasPrefix(first, []byte(preface)) && !l.http2:
		line = "the client speaks HTTP/2, and this server HTTP/1.1 only"
		return line, goAway(line), true
	case !bytes.HasPrefix(first, []byte(preface)) && !l.http1:
		line = "the client speaks HTTP/1.1, and this server HTTP/2 only, without an upgrade"
		return line, []byte("HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nbedrocktest: " + line + "\n"), true
	}
	return "", nil, true
}

// goAway is the answer of a server of HTTP/1.1 to a client of HTTP/2: SETTINGS, and GOAWAY with HTTP_1_1_REQUIRED and a
// text (RFC 9113, sections 6.8 and 7).
func goAway(text string) []byte {
	b := []byte{0, 0, 0, 4, 0, 0, 0, 0, 0}
	b = append(b, 0, 0, byte(8+len(text)), 7, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, 0x0d) // last stream 0, error 13
	return append(b, text...)
}
