//go:build go1.26

package bedrocktest_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
)

// 500 half request heads do not hold their connections. net/http of go 1.24 waits for the first bytes of a connection without a
// limit, where it serves HTTP/2 without TLS.
func TestHalfHeads(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	srv.HeadTimeout = 50 * time.Millisecond
	start(t, srv)
	halves := []string{"", "POST /model", "POST /model/a/invoke HTTP/1.1\r\nHost: x\r\nX-A: "}
	conns := make([]net.Conn, 500)
	for i := range conns {
		conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, halves[i%len(halves)])
		conns[i] = conn
	}
	for i, conn := range conns { // a connection that is never closed hangs the test
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%q: %v", halves[i%len(halves)], err)
		}
	}
}
