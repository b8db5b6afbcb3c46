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

// Half request heads do not hold their connections. net/http of go 1.24 waits for the first bytes of a connection without a
// limit, where it serves HTTP/2 without TLS.
func TestHalfHeads(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	srv.HeadTimeout = 50 * time.Millisecond
	start(t, srv)
	for _, half := range []string{"", "POST /model", "POST /model/a/invoke HTTP/1.1\r\nHost: x\r\nX-A: "} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, half)
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadAll(conn); err != nil {
			t.Errorf("%q: still open: %v", half, err)
		}
	}
}
