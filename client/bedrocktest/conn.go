package bedrocktest

import (
	"net"
	"sync/atomic"
	"time"
)

// listener hands out connections that count their writes.
type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
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
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.writes.Add(1)
	return n, err
}

// Bounds of settle.
const (
	quiet      = 2 * time.Millisecond
	settleTime = time.Second
)

// settle waits until there has been a write since the count was seen, and then
// none for a moment: one frame may take several.
func (c *conn) settle(seen int64) {
	for deadline := time.Now().Add(settleTime); time.Now().Before(deadline); {
		before := c.writes.Load()
		time.Sleep(quiet)
		if before != seen && c.writes.Load() == before {
			return
		}
	}
}

// finWait bounds the time for which a connection that ended with FIN stays half
// open, for the sake of clients that do not close their half.
const finWait = time.Second

// fin sends FIN and waits until the client has gone, which gone tells. A close
// would turn into a reset where the client has sent something that was not read
// yet, as it does on HTTP/2; so the other half is closed last.
func (c *conn) fin(gone, closing <-chan struct{}) {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		timer := time.NewTimer(finWait)
		defer timer.Stop()
		select {
		case <-gone:
		case <-closing:
		case <-timer.C:
		}
	}
	_ = c.Close()
}

// reset sends RST. A listener of the caller's own may have connections that know
// no such thing; those are closed.
func (c *conn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a close with RST: tcp(7), SO_LINGER
	}
	_ = c.Close()
}
