package client

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// rawPeer is a server at the level of connections. It counts the requests that it read whole.
type rawPeer struct {
	listener net.Listener
	whole    atomic.Int64 // POSTs read whole
	mu       sync.Mutex
	conns    []net.Conn
}

// newRawPeer serves each connection by serve, which returns when the connection is to be closed.
func newRawPeer(t testing.TB, serve func(p *rawPeer, c net.Conn, number int)) *rawPeer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &rawPeer{listener: l}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, c)
			p.mu.Unlock()
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				serve(p, c, n)
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	return p
}

func (p *rawPeer) url() string { return "http://" + p.listener.Addr().String() }

// http2Frames calls handle for each frame of a connection until it returns false.
func http2Frames(c net.Conn, handle func(typ, flags byte, stream uint32, payload []byte) bool) {
	r := bufio.NewReader(c)
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(r, preface); err != nil {
		return
	}
	head := make([]byte, 9)
	for {
		if _, err := io.ReadFull(r, head); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(r, payload); err != nil {
			return
		}
		if !handle(head[3], head[4], binary.BigEndian.Uint32(head[5:])&(1<<31-1), payload) {
			return
		}
	}
}

// goodHTTP2 is a whole response on a stream.
func goodHTTP2(stream uint32) []byte {
	block := []byte{0x88}
	block = appendField(block, "content-type", "application/vnd.amazon.eventstream")
	block = appendField(block, "x-amzn-requestid", "rid-1")
	b := appendHTTP2Frame(nil, h2Headers, h2EndHeaders, stream, block)
	return appendHTTP2Frame(b, h2Data, h2EndStream, stream, frametest.ChunkFrame([]byte("{}"), 3))
}

// http2Fault is what a peer of HTTP/2 does to a request.
type http2Fault struct {
	name  string
	early bool                       // when the head has come, not when the request is whole
	send  func(stream uint32) []byte // nil: nothing
	close bool                       // the connection, after send
}

// http2Peer answers the first `good` requests and does fault to all others.
func http2Peer(t testing.TB, good int, fault http2Fault) *rawPeer {
	var seen atomic.Int64
	return newRawPeer(t, func(p *rawPeer, c net.Conn, _ int) {
		c.Write(appendHTTP2Frame(appendHTTP2Frame(nil, h2Settings, 0, 0, nil), h2Settings, h2Ack, 0, nil))
		isGood := map[uint32]bool{}
		hit := func(stream uint32) bool {
			if fault.send != nil {
				c.Write(fault.send(stream))
			}
			return !fault.close
		}
		http2Frames(c, func(typ, flags byte, stream uint32, payload []byte) bool {
			switch {
			case typ == h2Headers:
				if isGood[stream] = int(seen.Add(1)) <= good; !isGood[stream] && fault.early && !hit(stream) {
					return false
				}
			case typ == h2Ping && flags&h2Ack == 0:
				c.Write(appendHTTP2Frame(nil, h2Ping, h2Ack, 0, payload))
			}
			if (typ == h2Headers || typ == h2Data) && flags&h2EndStream != 0 {
				p.whole.Add(1)
				if isGood[stream] {
					c.Write(goodHTTP2(stream))
				} else if !fault.early {
					return hit(stream)
				}
			}
			return true
		})
	})
}

func rstStream(code uint32) func(uint32) []byte {
	return func(stream uint32) []byte {
		return appendHTTP2Frame(nil, h2RSTStream, 0, stream, binary.BigEndian.AppendUint32(nil, code))
	}
}

func goAway(last func(stream uint32) uint32, code uint32) func(uint32) []byte {
	return func(stream uint32) []byte {
		b := binary.BigEndian.AppendUint32(nil, last(stream))
		return appendHTTP2Frame(nil, h2GoAway, 0, 0, append(binary.BigEndian.AppendUint32(b, code), "REFUSED_STREAM]"...))
	}
}

// attempted makes calls and returns how many attempts the last of them was logged with, and its error.
func attempted(t testing.TB, url string, h2 bool, good, body int, change ...func(*Config)) (attempts int, err error) {
	t.Helper()
	var mu sync.Mutex
	c := newClient(t, url, append([]func(*Config){quick, func(cfg *Config) {
		cfg.Timeouts.FirstEvent = 2 * time.Second
		cfg.Log = func(s Step) {
			mu.Lock()
			defer mu.Unlock()
			if s.Kind == StepAttempt {
				attempts++
			}
		}
	}}, change...)...)
	if h2 {
		own(c).Protocols = unencryptedHTTP2()
	}
	req := testRequest()
	for range good {
		s, err := c.InvokeModelWithResponseStream(context.Background(), req)
		if err != nil {
			t.Fatalf("the call before: %v", err)
		}
		if _, end := drain(s); end != io.EOF {
			t.Fatalf("the call before: %v", end)
		}
	}
	if body > 0 {
		req.Body = make([]byte, body)
	}
	attempts = 0
	s, err := c.InvokeModelWithResponseStream(context.Background(), req)
	if err == nil {
		s.Close()
	}
	return attempts, err
}

// TestResentHTTP2: whatever an HTTP/2 peer does to a request, the peer reads no more whole requests than there were
// attempts, and a request that may have been processed is sent once.
func TestResentHTTP2(t *testing.T) {
	const large = 1 << 20 // above the window that the peer grants, so never sent whole
	below := func(stream uint32) uint32 { return max(stream, 2) - 2 }
	same := func(stream uint32) uint32 { return stream }
	all := func(uint32) uint32 { return 1<<31 - 1 }
	type row struct {
		fault    http2Fault
		body     int
		attempts int // of at most 3
	}
	var rows []row
	for code := range uint32(14) {
		attempts := 1
		if code == 7 { // REFUSED_STREAM (RFC 9113, section 7)
			attempts = 3
		}
		rows = append(rows,
			row{http2Fault{name: fmt.Sprintf("RST_STREAM %d, all read", code), send: rstStream(code)}, 0, attempts},
			row{http2Fault{name: fmt.Sprintf("RST_STREAM %d, a part read", code), send: rstStream(code), early: true}, large, 3},
			row{http2Fault{name: fmt.Sprintf("GOAWAY %d below, all read", code), send: goAway(below, code), close: true}, 0, 3},
			row{http2Fault{name: fmt.Sprintf("GOAWAY %d of this stream, all read", code), send: goAway(same, code), close: true}, 0, 1},
			row{http2Fault{name: fmt.Sprintf("GOAWAY %d of all, all read", code), send: goAway(all, code), close: true}, 0, 1},
			row{http2Fault{name: fmt.Sprintf("GOAWAY %d below, a part read", code), send: goAway(below, code), close: true, early: true}, large, 3},
			row{http2Fault{name: fmt.Sprintf("GOAWAY %d of this stream, a part read", code), send: goAway(same, code), close: true, early: true}, large, 3},
		)
	}
	rows = append(rows, row{http2Fault{name: "connection closed, a part read", close: true, early: true}, large, 3})
	for _, first := range []bool{true, false} {
		good := 1
		if first {
			good = 0
		}
		list := append([]row{{http2Fault{name: "connection closed, all read", close: true}, 0, map[bool]int{true: 1, false: 2}[first]}}, rows...)
		for _, r := range list {
			t.Run(fmt.Sprintf("first request %v/%s", first, r.fault.name), func(t *testing.T) {
				t.Parallel()
				p := http2Peer(t, good, r.fault)
				attempts, err := attempted(t, p.url(), true, good, r.body)
				whole := int(p.whole.Load()) - good
				if err == nil || attempts != r.attempts || whole > attempts || !SafeToRetry(err) {
					t.Errorf("%d attempts, want %d, %d whole requests: %v", attempts, r.attempts, whole, err)
				}
				var unsent *SendError
				if errors.As(err, &unsent) && unsent.MayBeProcessed != (whole > 0 && attempts < 3) {
					t.Errorf("MayBeProcessed %v, %d whole requests: %v", unsent.MayBeProcessed, whole, err)
				}
			})
		}
	}
}

// TestResentWithoutBody: requests without a body are not sent again behind our back either.
func TestResentWithoutBody(t *testing.T) {
	for _, call := range []*Call{{Path: "/x"}, {Path: "/x", Method: http.MethodGet}} {
		for _, code := range []uint32{1, 7, 8} {
			p := http2Peer(t, 0, http2Fault{send: rstStream(code)})
			steps := 0
			c := newClient(t, p.url(), quick, func(cfg *Config) {
				cfg.Log = func(s Step) {
					if s.Kind == StepAttempt {
						steps++
					}
				}
			})
			own(c).Protocols = unencryptedHTTP2()
			_, err := c.Do(context.Background(), call)
			if whole := int(p.whole.Load()); err == nil || whole != steps || steps > 3 {
				t.Errorf("%s, code %d: %d requests read, %d attempts: %v", call.Method, code, whole, steps, err)
			}
		}
	}
}

// http1Peer reads requests over HTTP/1.1, answers the first `good` whole ones, and does to all others what after says.
func http1Peer(t testing.TB, good int, after func(c net.Conn, head bool) bool) *rawPeer {
	var seen atomic.Int64
	return newRawPeer(t, func(p *rawPeer, c net.Conn, _ int) {
		r := bufio.NewReader(c)
		for {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			isGood := int(seen.Add(1)) <= good
			if !isGood && !after(c, true) {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
			p.whole.Add(1)
			if isGood {
				response, _ := chunkedResponse(frametest.ChunkFrame([]byte("{}"), 3))
				c.Write(response)
			} else if !after(c, false) {
				return
			}
		}
	})
}

// TestResentHTTP1 is TestResentHTTP2 for HTTP/1.1.
func TestResentHTTP1(t *testing.T) {
	abort := func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) } // closing it sends RST
	rows := []struct {
		name     string
		after    func(c net.Conn, head bool) bool // whether the connection goes on
		body     int
		attempts [2]int // on a new connection, on one that served a request
	}{
		{"closed, all read", func(_ net.Conn, head bool) bool { return head }, 0, [2]int{1, 2}},
		{"reset, all read", func(c net.Conn, head bool) bool {
			if !head {
				abort(c)
			}
			return head
		}, 0, [2]int{1, 2}},
		{"closed, a part read", func(net.Conn, bool) bool { return false }, 20 << 20, [2]int{3, 3}},
		{"reset, a part read", func(c net.Conn, _ bool) bool { abort(c); return false }, 20 << 20, [2]int{3, 3}},
		{"half a head", func(c net.Conn, head bool) bool {
			if !head {
				io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-")
			}
			return head
		}, 0, [2]int{1, 2}},
	}
	for _, r := range rows {
		for good, want := range r.attempts {
			t.Run(fmt.Sprintf("%s/%d before", r.name, good), func(t *testing.T) {
				t.Parallel()
				p := http1Peer(t, good, r.after)
				attempts, err := attempted(t, p.url(), false, good, r.body)
				if whole := int(p.whole.Load()) - good; err == nil || attempts != want || whole > attempts || !SafeToRetry(err) {
					t.Errorf("%d attempts, want %d, %d whole requests: %v", attempts, want, whole, err)
				}
			})
		}
	}
}

// TestRetryTable has a test for each row of the table in the documentation of Retry that the tests above have not, over
// both protocols.
func TestRetryTable(t *testing.T) {
	stall := func(cfg *Config) { cfg.Timeouts.FirstEvent = 50 * time.Millisecond }
	atLeastOnce := func(cfg *Config) { cfg.Retry.AtLeastOnce = true }
	type peer func(t testing.TB, h2 bool) string
	silent := func(t testing.TB, h2 bool) string {
		if h2 {
			return http2Peer(t, 0, http2Fault{}).url()
		}
		return http1Peer(t, 0, func(net.Conn, bool) bool { return true }).url()
	}
	ended := func(t testing.TB, h2 bool) string {
		if h2 {
			return http2Peer(t, 0, http2Fault{close: true}).url()
		}
		return http1Peer(t, 0, func(_ net.Conn, head bool) bool { return head }).url()
	}
	nobody := func(t testing.TB, _ bool) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String()
	}
	answered := func(status int, fields string, body string) peer {
		return func(t testing.TB, h2 bool) string {
			if h2 {
				return http2Peer(t, 0, http2Fault{send: func(stream uint32) []byte {
					block := appendField(nil, ":status", fmt.Sprint(status))
					for line := range strings.SplitSeq(strings.TrimSuffix(fields, "\r\n"), "\r\n") {
						name, value, _ := strings.Cut(line, ": ")
						block = appendField(block, strings.ToLower(name), value)
					}
					b := appendHTTP2Frame(nil, h2Headers, h2EndHeaders, stream, block)
					return appendHTTP2Frame(b, h2Data, h2EndStream, stream, []byte(body))
				}}).url()
			}
			return http1Peer(t, 0, func(c net.Conn, head bool) bool {
				if !head {
					fmt.Fprintf(c, "HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s", status, fields, len(body), body)
				}
				return true
			}).url()
		}
	}
	const eventStream = "Content-Type: application/vnd.amazon.eventstream\r\n"
	chunk := string(frametest.ChunkFrame([]byte("{}"), 3))
	rows := []struct {
		name     string
		peer     peer
		attempts int
		change   []func(*Config)
	}{
		{"dial refused", nobody, 3, nil},
		{"nothing within FirstEvent", silent, 1, []func(*Config){stall}},
		{"nothing within FirstEvent, AtLeastOnce", silent, 3, []func(*Config){stall, atLeastOnce}},
		{"connection ended, AtLeastOnce", ended, 3, []func(*Config){atLeastOnce}},
		{"retryable error", answered(503, "X-Amzn-Errortype: ServiceUnavailableException\r\n", "{}"), 3, nil},
		{"other error", answered(400, "X-Amzn-Errortype: ValidationException\r\n", "{}"), 1, nil},
		{"expired credentials", answered(403, "X-Amzn-Errortype: ExpiredTokenException\r\n", "{}"), 2, nil},
		{"retryable exception in place of the first event", answered(200, eventStream, string(frametest.ExceptionFrame("throttlingException", "m"))), 3, nil},
		{"other exception in place of the first event", answered(200, eventStream, string(frametest.ExceptionFrame("validationException", "m"))), 1, nil},
		{"cut first event", answered(200, eventStream, chunk[:50]), 3, nil},
		{"model's error in place of the first event", answered(200, eventStream,
			string(frametest.ChunkFrame([]byte(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`), 3))), 3, nil},
		{"model's refusal in place of the first event", answered(200, eventStream,
			string(frametest.ChunkFrame([]byte(`{"type":"error","error":{"type":"invalid_request_error","message":"no"}}`), 3))), 1, nil},
		{"a redirect", answered(307, "Location: https://evil.example/\r\n", ""), 1, nil},
		{"a response of another kind", answered(200, "Content-Type: text/html\r\n", "<html>"), 1, nil},
	}
	for _, r := range rows {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/HTTP2 %v", r.name, h2), func(t *testing.T) {
				attempts, err := attempted(t, r.peer(t, h2), h2, 0, 0, r.change...)
				if err == nil || attempts != r.attempts {
					t.Errorf("%d attempts, want %d: %v", attempts, r.attempts, err)
				}
			})
		}
	}
	for _, h2 := range []bool{false, true} {
		attempts, err := attempted(t, answered(200, eventStream, chunk+chunk[:50])(t, h2), h2, 0, 0)
		if attempts != 1 || err != nil {
			t.Errorf("after the first event: %d attempts, %v", attempts, err)
		}
	}
}

// TestErrorsInChunks: an error that the model reports in its own format ends the stream with its word and message.
func TestErrorsInChunks(t *testing.T) {
	const overloaded = `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	for before := range 3 {
		var frames [][]byte
		for range before {
			frames = append(frames, frametest.ChunkFrame([]byte(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}`), 3))
		}
		frames = append(frames, frametest.ChunkFrame([]byte(overloaded), 3), frametest.ChunkFrame([]byte(`{"type":"message_stop"}`), 3))
		c := newClient(t, "https://h", once, atHead, func(cfg *Config) {
			cfg.Transport = &answers{list: []func() (*http.Response, error){stream(frames...)}}
		})
		s := open(t, c)
		got, end := drain(s)
		var e *model.Error
		if len(got) != before || !errors.As(end, &e) || e.Code != "overloaded_error" || e.Message != "Overloaded" || !e.InStream || !e.Retryable() ||
			e.RequestID != "rid-1" || e.Operation != "InvokeModelWithResponseStream" || SafeToRetry(end) != (before == 0) || s.Complete() {
			t.Errorf("after %d: %q, %v", before, got, end)
		}
	}
}
