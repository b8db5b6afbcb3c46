package credentials

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// inTransports returns the goroutines that net/http, or a dial, has left.
func inTransports() (left []string) {
	b := make([]byte, 1<<20)
	for _, g := range strings.Split(string(b[:runtime.Stack(b, true)]), "\n\n") {
		if strings.Contains(g, "net/http.(*Transport)") || strings.Contains(g, "net/http.(*persistConn)") || strings.Contains(g, "socks") {
			left = append(left, g)
		}
	}
	return left
}

// TestSilentProxy: a proxy that takes the connection and then says nothing costs an attempt its time. Once that is up,
// neither a goroutine nor a connection is left.
func TestSilentProxy(t *testing.T) {
	for _, row := range []struct {
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
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{}, 10)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					row.serve(conn)
					io.Copy(io.Discard, conn) // until the client closes its side
					closed <- struct{}{}
				}()
			}
		}()
		rt := publicTransport(200 * time.Millisecond)
		rt.Proxy = http.ProxyURL(&url.URL{Scheme: row.scheme, Host: l.Addr().String()})
		x := exchange{method: http.MethodGet, url: "https://sts.example/", timeout: 100 * time.Millisecond, attempts: 2}
		_, err = x.do(context.Background(), rt)
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", row.name, err)
		}
		for range 2 {
			<-closed
		}
		l.Close()
		for len(inTransports()) > 0 {
			time.Sleep(time.Millisecond)
		}
	}
}
