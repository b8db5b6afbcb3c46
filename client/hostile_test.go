package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// peakHeap runs f and returns by how much live memory grew at most while it ran, as far as samples tell: what a
// collection found in use, without the garbage that a flood leaves in no time. To that end the flood is stopped at
// the gate for a moment.
func peakHeap(gate *sync.RWMutex, f func()) int64 {
	live := func() int64 {
		runtime.GC()
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	before := live()
	stop, done := make(chan bool), make(chan bool)
	var peak int64
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(25 * time.Millisecond):
				gate.Lock()
				time.Sleep(time.Millisecond)
				peak = max(peak, live()-before)
				gate.Unlock()
			}
		}
	}()
	f()
	close(stop)
	<-done
	return max(peak, live()-before)
}

// typed reports whether an error is one that this package's callers can tell apart.
func typed(err error) bool {
	var send *SendError
	var stream *StreamError
	var stall *StallError
	var response *ResponseError
	var service *model.Error
	return errors.As(err, &send) || errors.As(err, &stream) || errors.As(err, &stall) || errors.As(err, &response) || errors.As(err, &service)
}

// hostileCase is a peer that means ill.
type hostileCase struct {
	name   string
	h2     bool
	script script
	body   int   // of the request, 0: the usual one
	read   int64 // the most that may be read of it; 0: any
	events int   // delivered before the error
}

const chunkedHead = streamHead + "Transfer-Encoding: chunked\r\n\r\n"

func hostileHTTP1() []hostileCase {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	one, _ := chunkedResponse(chunk)
	one = one[:len(one)-len("0\r\n\r\n")]
	flood := func(send, again string) script { return script{send: []byte(send), flood: []byte(again)} }
	head := int64(maxResponseHead + 16<<10) // and what net/http's reader is ahead by
	return []hostileCase{
		{name: "fields without end", script: flood("HTTP/1.1 200 OK\r\n", "X-A: "+strings.Repeat("a", 100)+"\r\n"), read: head},
		{name: "one field without end", script: flood("HTTP/1.1 200 OK\r\nX-A: ", strings.Repeat("a", 1000)), read: head},
		{name: "a name without end", script: flood("HTTP/1.1 200 OK\r\n", "a"), read: head},
		{name: "a status line without end", script: flood("HTTP/1.1 200 ", "a"), read: head},
		{name: "empty lines without end", script: flood("", "\r\n"), read: head},
		{name: "folded lines without end", script: flood("HTTP/1.1 200 OK\r\nX-A: b\r\n", " c\r\n"), read: head},
		{name: "100 Continue without end", script: flood("", "HTTP/1.1 100 Continue\r\n\r\n"), read: 16 << 10},
		{name: "103 Early Hints without end", script: flood("", "HTTP/1.1 103 Early Hints\r\nLink: "+strings.Repeat("x", 8000)+"\r\n\r\n"), read: head},
		{name: "199 without end", script: flood("", "HTTP/1.1 199 Wait\r\n\r\n"), read: 16 << 10},
		{name: "no HTTP", script: flood("SSH-2.0-OpenSSH_9\r\n", "x"), read: head},
		{name: "zero bytes", script: flood("", "\x00"), read: head},
		{name: "TLS alert", script: script{send: []byte("\x15\x03\x01\x00\x02\x02\x46"), end: io.EOF}},
		{name: "NUL in a field", script: script{send: []byte("HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"), end: io.EOF}},
		{name: "nothing", script: script{end: io.EOF}},
		{name: "silence", script: script{}},
		{name: "half a head, then silence", script: script{send: []byte("HTTP/1.1 200 OK\r\nContent-")}},
		{name: "two lengths", script: script{send: []byte(streamHead + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"), end: io.EOF}},
		{name: "negative length", script: script{send: []byte(streamHead + "Content-Length: -1\r\n\r\n"), end: io.EOF}},
		{name: "huge length", script: script{send: []byte(streamHead + "Content-Length: 9223372036854775807\r\n\r\n" + string(chunk[:50])), end: io.EOF}},
		{name: "huge HTTP chunk", script: script{send: []byte(chunkedHead + "7fffffffffffffff\r\n" + string(chunk[:50])), end: io.EOF}},
		{name: "overlong HTTP chunk length", script: script{send: []byte(chunkedHead + "fffffffffffffffff\r\n"), end: io.EOF}},
		{name: "HTTP chunk length is none", script: script{send: []byte(chunkedHead + "xyz\r\n"), end: io.EOF}},
		{name: "chunk extension without end", script: flood(chunkedHead+"1;a=", "b"), read: head},
		{name: "chunk extensions on every byte", script: flood(chunkedHead, "1;"+strings.Repeat("e", 500)+"\r\n\x00\r\n"), read: 256 << 10},
		{name: "trailers without end", script: flood(string(one)+"0\r\n", "X-T: "+strings.Repeat("t", 100)+"\r\n"), events: 1, read: head},
		{name: "a trailer without end", script: flood(string(one)+"0\r\nX-T: ", "t"), events: 1, read: head},
		{name: "garbage after a chunk", script: flood(string(one), "garbage"), events: 1},
		{name: "zero bytes for frames", script: flood(streamHead+"\r\n", "\x00"), read: 16 << 10},
		{name: "text for frames", script: flood(streamHead+"\r\n", "data: {}\n\n"), read: 16 << 10},
		{name: "a frame of 4 GiB", script: flood(streamHead+"\r\n"+string(frametest.Prelude(1<<32-1, 0)), "x"), read: 16 << 10},
		{name: "a frame of 24 MiB that stops", script: script{send: []byte(streamHead + "\r\n" + string(frametest.Prelude(24<<20, 0)))}},
		{name: "headers of 4 GiB", script: flood(streamHead+"\r\n"+string(frametest.Prelude(1<<20, 1<<32-1)), "x"), read: 16 << 10},
		{name: "HTML without end", script: flood("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<html>"), read: head},
		{name: "a code without end", script: flood("HTTP/1.1 429 Slow\r\nX-Amzn-Errortype: ", "x"), read: head},
		{name: "JSON without end", script: flood("HTTP/1.1 400 Bad\r\n\r\n"+`{"message":"`, "m"), read: head},
		{name: "brackets without end", script: flood("HTTP/1.1 400 Bad\r\n\r\n", "["), read: head},
		{name: "XML without end", script: flood("HTTP/1.1 400 Bad\r\n\r\n<!DOCTYPE x [", `<!ENTITY a "&a;&a;">`), read: head},
	}
}

func hostileHTTP2() []hostileCase {
	h2 := appendHTTP2Frame
	start := h2(h2(nil, h2Settings, 0, 0, nil), h2Settings, h2Ack, 0, nil)
	setting := func(id uint16, value uint32) []byte {
		return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(nil, id), value)
	}
	with := func(frames ...[]byte) []byte { return append(bytes.Clone(start), bytes.Join(frames, nil)...) }
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	after := func(frames ...[]byte) []byte { // the head and one event, then these
		return append(h2(http2Head(), h2Data, 0, 1, chunk), bytes.Join(frames, nil)...)
	}
	goAway := func(last, code uint32) []byte {
		return h2(nil, h2GoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
	}
	rst := func(code uint32) []byte { return h2(nil, h2RSTStream, 0, 1, binary.BigEndian.AppendUint32(nil, code)) }
	field := appendField([]byte{0x88}, "x-a", strings.Repeat("a", 4000))
	// One entry of the dynamic table, and thousands of references to it (RFC 7541, section 6.1).
	bomb := append([]byte{0x88, 0x40, 1, 'x', 0x7f, 0xa1, 0x1e}, bytes.Repeat([]byte("b"), 4000)...)
	bomb = append(bomb, bytes.Repeat([]byte{0x80 | 62}, 10_000)...)
	cases := []hostileCase{
		{name: "CONTINUATION without end", script: script{send: with(h2(nil, h2Headers, 0, 1, field)), flood: h2(nil, h2Continuation, 0, 1, appendField(nil, "x-b", strings.Repeat("b", 8000)))}, read: 8 << 20},
		{name: "empty CONTINUATION without end", script: script{send: with(h2(nil, h2Headers, 0, 1, field)), flood: h2(nil, h2Continuation, 0, 1, nil)}},
		{name: "fields without end", script: script{send: with(), flood: h2(nil, h2Headers, h2EndHeaders, 1, bytes.Repeat(field[1:], 4))}},
		{name: "HPACK bomb", script: script{send: with(h2(nil, h2Headers, h2EndHeaders, 1, bomb))}},
		{name: "HPACK nonsense", script: script{send: with(h2(nil, h2Headers, h2EndHeaders, 1, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}))}},
		{name: "1xx without end", script: script{send: with(), flood: h2(nil, h2Headers, h2EndHeaders, 1, appendField(nil, ":status", "103"))}, read: 4 << 20},
		{name: "SETTINGS without end", script: script{send: with(), flood: h2(nil, h2Settings, 0, 0, setting(3, 100))}},
		{name: "SETTINGS that change the table without end", script: script{send: with(), flood: h2(h2(nil, h2Settings, 0, 0, setting(1, 0)), h2Settings, 0, 0, setting(1, 1<<32-1))}},
		{name: "PING without end", script: script{send: with(), flood: h2(nil, h2Ping, 0, 0, make([]byte, 8))}},
		{name: "PING without end in a stream", script: script{send: after(), flood: h2(nil, h2Ping, 0, 0, make([]byte, 8))}, events: 1},
		{name: "WINDOW_UPDATE without end", script: script{send: with(), flood: h2(nil, 8, 0, 0, []byte{0x7f, 0xff, 0xff, 0xff})}},
		{name: "unknown frames without end", script: script{send: with(), flood: h2(nil, 0xbb, 0, 1, make([]byte, 1000))}},
		{name: "PRIORITY without end", script: script{send: with(), flood: h2(nil, 2, 0, 1, []byte{0, 0, 0, 3, 0})}},
		{name: "empty DATA without end", script: script{send: after(), flood: h2(nil, h2Data, 0, 1, nil)}, events: 1},
		{name: "padding without end", script: script{send: after(), flood: h2(nil, h2Data, 8, 1, append([]byte{255}, make([]byte, 255)...))}, events: 1},
		{name: "DATA of another stream without end", script: script{send: after(), flood: h2(nil, h2Data, 0, 99, make([]byte, 1000))}, events: 1},
		{name: "RST_STREAM without end", script: script{send: after(), flood: rst(8)}, events: 1},
		{name: "RST_STREAM of other streams without end", script: script{send: with(), flood: h2(nil, h2RSTStream, 0, 99, []byte{0, 0, 0, 8})}},
		{name: "PUSH_PROMISE", script: script{send: with(h2(nil, 5, h2EndHeaders, 1, append([]byte{0, 0, 0, 2}, 0x88)))}},
		{name: "GOAWAY at once", script: script{send: with(goAway(0, 0))}, read: 1 << 10},
		{name: "GOAWAY in mid-stream", script: script{send: after(goAway(0, 2))}, events: 1},
		{name: "GOAWAY that keeps the stream, then silence", script: script{send: after(goAway(1, 0))}, events: 1},
		{name: "GOAWAY without end", script: script{send: with(), flood: goAway(1, 0)}},
		{name: "no room for the request", script: script{send: h2(nil, h2Settings, 0, 0, setting(4, 0)), eager: true}, body: 1 << 20},
		{name: "no WINDOW_UPDATE for the request", script: script{send: h2(nil, h2Settings, 0, 0, nil), eager: true}, body: 1 << 20},
		{name: "window above 2^31-1", script: script{send: h2(nil, h2Settings, 0, 0, setting(4, 1<<31)), eager: true}},
		{name: "largest frame of 0", script: script{send: h2(nil, h2Settings, 0, 0, setting(5, 0)), eager: true}, body: 1 << 20},
		{name: "largest frame of 2^32-1", script: script{send: h2(nil, h2Settings, 0, 0, setting(5, 1<<32-1)), eager: true}},
		{name: "push allowed twice", script: script{send: h2(nil, h2Settings, 0, 0, setting(2, 2)), eager: true}},
		{name: "no streams allowed", script: script{send: h2(nil, h2Settings, 0, 0, setting(3, 0)), eager: true}},
		{name: "SETTINGS of 5 bytes", script: script{send: h2(nil, h2Settings, 0, 0, make([]byte, 5)), eager: true}},
		{name: "SETTINGS on a stream", script: script{send: h2(nil, h2Settings, 0, 1, nil), eager: true}},
		{name: "SETTINGS acknowledged before sent", script: script{send: h2(h2(nil, h2Settings, h2Ack, 0, setting(3, 1)), h2Settings, 0, 0, nil), eager: true}},
		{name: "no SETTINGS", script: script{send: h2(nil, h2Ping, 0, 0, make([]byte, 8)), eager: true}},
		{name: "a frame of 16 MiB", script: script{send: with([]byte{0xff, 0xff, 0xff, h2Data, 0, 0, 0, 0, 1}), flood: []byte("x")}, read: 64 << 10},
		{name: "HTTP/1.1", script: script{send: []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), end: io.EOF}},
		{name: "nothing", script: script{end: io.EOF, eager: true}},
		{name: "silence", script: script{eager: true}},
	}
	for code := range uint32(14) {
		cases = append(cases, hostileCase{name: "RST_STREAM in mid-stream, code " + string(rune('a'+code)), script: script{send: after(rst(code))}, events: 1})
	}
	for i := range cases {
		cases[i].h2 = true
	}
	return cases
}

// Whatever a peer does to HTTP: a typed error, in time, with what came before it delivered and with little memory.
func TestHostileHTTP(t *testing.T) {
	const memory = 8 << 20
	// net/http logs each frame of HTTP/2 that it does not know.
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	var worst int64
	cases := append(hostileHTTP1(), hostileHTTP2()...)
	if testing.Short() {
		cases = every(cases, 3)
	}
	for _, x := range cases {
		version := "HTTP/1.1"
		if x.h2 {
			version = "HTTP/2"
		}
		t.Run(version+" "+x.name, func(t *testing.T) {
			var read atomic.Int64
			var gate sync.RWMutex
			x.script.read, x.script.gate = &read, &gate
			c := newScripted(t, x.h2, func(cfg *Config) {
				cfg.Timeouts = Timeouts{FirstEvent: 120 * time.Millisecond, Idle: 120 * time.Millisecond}
			})
			req := testRequest()
			if x.body > 0 {
				req.Body = make([]byte, x.body)
			}
			began := time.Now()
			var events int
			var end error
			heap := peakHeap(&gate, func() {
				var s *Stream
				if s, end = c.InvokeModelWithResponseStream(withScript(x.script), req); end == nil {
					var got []string
					got, end = drain(s)
					events = len(got)
				}
				c.CloseIdleConnections()
			})
			worst = max(worst, heap)
			if spent := time.Since(began); spent > 10*time.Second {
				t.Errorf("took %v", spent)
			}
			if !typed(end) || errors.Is(end, io.EOF) && !errors.As(end, new(*SendError)) || events != x.events {
				t.Errorf("%d events, %T %v", events, end, end)
			}
			if heap > memory {
				t.Errorf("%d KiB of memory", heap>>10)
			}
			if x.read > 0 && read.Load() > x.read {
				t.Errorf("%d bytes read, want at most %d", read.Load(), x.read)
			}
			if len(end.Error()) > 4096 || strings.ContainsAny(end.Error(), "\x00\x1b\r\n") {
				t.Errorf("text of %d bytes: %.200q", len(end.Error()), end)
			}
			if testing.Verbose() {
				t.Logf("%6d KiB read, %5d KiB of memory: %.150v", read.Load()>>10, heap>>10, end)
			}
		})
	}
	t.Logf("%d hostile peers, at most %d KiB of memory", len(cases), worst>>10)
}

// What comes with an error, or in a coding nobody asked for, costs next to nothing.
func TestAttacksOnMemory(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write(make([]byte, 8<<20))
	z.Close()
	large := int64(256 << 20)
	rows := []struct {
		name string
		head string
		body io.Reader
		is   error
	}{
		{"256 MiB error body", "HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\n", io.LimitReader(repeat("{"), large), nil},
		{"256 MiB of JSON text", "HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\n", io.MultiReader(strings.NewReader(`{"message":"`), io.LimitReader(repeat("m"), large)), nil},
		{"256 MiB of HTML with status 200", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", io.LimitReader(repeat("<p>"), large), ErrNotEventStream},
		{"256 MiB at a redirect", "HTTP/1.1 307 Over There\r\nLocation: https://evil.example/\r\n", io.LimitReader(repeat("x"), large), ErrRedirect},
		{"gzip bomb for a stream", "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nContent-Encoding: gzip\r\n", bytes.NewReader(bomb.Bytes()), ErrNotEventStream},
		{"gzip bomb for an error", "HTTP/1.1 500 Oops\r\nContent-Encoding: gzip\r\n", bytes.NewReader(bomb.Bytes()), nil},
		{"deflate, twice", "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nContent-Encoding: identity\r\nContent-Encoding: deflate\r\n", bytes.NewReader(bomb.Bytes()), ErrNotEventStream},
	}
	for _, r := range rows {
		conn := &sourceConn{scriptConn: newScriptConn(script{send: []byte(r.head + "Connection: close\r\n\r\n")}), body: r.body}
		c := newScripted(t, false)
		own(c).DialContext = dialOne(conn)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		runtime.ReadMemStats(&after)
		allocated := int64(after.TotalAlloc - before.TotalAlloc) // garbage included: more than the heap can have grown
		t.Logf("%-32s %4d KiB read, %4d KiB allocated: %.100v", r.name, conn.taken.Load()>>10, allocated>>10, err)
		if err == nil || r.is != nil && !errors.Is(err, r.is) || !typed(err) && r.is == nil {
			t.Errorf("%s: %v", r.name, err)
		}
		// 64 KiB are read of a body; the transport's buffer is ahead by another 4.
		if conn.taken.Load() > model.MaxErrorBody+8<<10 || allocated > 1<<20 {
			t.Errorf("%s: %d bytes read, %d allocated", r.name, conn.taken.Load(), allocated)
		}
		if len(err.Error()) > 4096 {
			t.Errorf("%s: text of %d bytes", r.name, len(err.Error()))
		}
	}
}

type repeat string

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r[i%len(r)]
	}
	return len(p), nil
}

// sourceConn is a scriptConn whose response's body comes from a reader.
type sourceConn struct {
	*scriptConn
	body  io.Reader
	taken atomic.Int64
}

func (c *sourceConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	more := c.whole && c.sent == len(c.send)
	c.mu.Unlock()
	if !more {
		return c.scriptConn.Read(p)
	}
	n, err := c.body.Read(p)
	c.taken.Add(int64(n))
	return n, err
}

// A peer that sends more than is read fills a bounded buffer and then waits.
func TestSlowCallerBoundsMemory(t *testing.T) {
	chunk := frametest.SizedChunk(16 << 10)
	var read atomic.Int64
	for _, h2 := range []bool{false, true} {
		x := script{send: []byte(streamHead + "\r\n"), flood: chunk, read: &read}
		if h2 {
			x = script{send: http2Head(), flood: appendHTTP2Frame(nil, h2Data, 0, 1, chunk[:16<<10]), read: &read}
		}
		read.Store(0)
		c := newScripted(t, h2, func(cfg *Config) { cfg.Timeouts.Idle = 200 * time.Millisecond })
		var end error
		var events int
		heap := peakHeap(new(sync.RWMutex), func() {
			s, err := c.InvokeModelWithResponseStream(withScript(x), testRequest())
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if _, err = s.Next(); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(60 * time.Millisecond)
			if !h2 {
				return
			}
			// This peer does not heed the window, so it is cut off; what had come is delivered.
			for end == nil {
				if _, end = s.Next(); end == nil {
					events++
				}
			}
		})
		t.Logf("HTTP/2 %-5v  %d KiB read while the caller slept, %d KiB of memory, then %d events, %v", h2, read.Load()>>10, heap>>10, events, end)
		if heap > 4<<20 || read.Load() > 4<<20 {
			t.Errorf("%d bytes read, %d of memory", read.Load(), heap)
		}
		if h2 && !errors.Is(end, frame.ErrTruncated) {
			t.Errorf("end = %v", end)
		}
	}
}
