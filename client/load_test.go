package client

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

var soak = flag.Duration("soak", 2*time.Second, "how long TestSoak runs; 10m is what a release needs")

// halfFrame is what a peer sends that stops in the middle of its second event.
func halfFrame(h2 bool) script {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	body := append(bytes.Clone(chunk), chunk[:40]...)
	if h2 {
		return script{send: appendHTTP2Frame(http2Head(), h2Data, 0, 1, body)}
	}
	send, last := chunkedResponse(body)
	return script{send: send[:last]}
}

// BenchmarkEndBlockedRead measures the time from a Close or a cancel to the return of the Next that waits.
// [TestEndBlockedRead] has what must hold.
func BenchmarkEndBlockedRead(b *testing.B) {
	for _, how := range []string{"Close", "cancel"} {
		for _, h2 := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/HTTP2=%v", how, h2), func(b *testing.B) {
				c := newScripted(b, h2)
				var spent []time.Duration
				for range b.N {
					ctx, cancel := context.WithCancel(withScript(halfFrame(h2)))
					s, err := c.InvokeModelWithResponseStream(ctx, testRequest())
					if err == nil {
						_, err = s.Next()
					}
					if err != nil {
						b.Fatal(err)
					}
					ended := make(chan time.Time)
					go func() {
						s.Next()
						ended <- time.Now()
					}()
					runtime.Gosched()
					began := time.Now()
					if how == "Close" {
						s.Close()
					} else {
						cancel()
					}
					spent = append(spent, (<-ended).Sub(began))
					cancel()
					s.Close()
				}
				slices.Sort(spent)
				b.ReportMetric(float64(spent[len(spent)/2].Nanoseconds()), "p50-ns")
				b.ReportMetric(float64(spent[len(spent)*99/100].Nanoseconds()), "p99-ns")
			})
		}
	}
}

func TestCloseFromEverywhere(t *testing.T) {
	s, err := newScripted(t, false).InvokeModelWithResponseStream(withScript(script{send: []byte(streamHead + "Transfer-Encoding: chunked\r\n\r\n")}), testRequest())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 1000 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	if _, err := s.Next(); !errors.Is(err, ErrClosed) || SafeToRetry(err) != true {
		t.Error(err)
	}
	wg.Wait()
}

// Close and cancel do not wait for what happens on a connection that is shared: here a large prompt that the peer
// takes no more bytes of.
func TestCloseBesideStuckWrite(t *testing.T) {
	for _, how := range []string{"Close", "cancel", "exception"} {
		deaf := &deafness{waiting: make(chan bool, 1)}
		chunk := frametest.ChunkFrame([]byte("{}"), 3)
		body := append(bytes.Clone(chunk), chunk[:60]...)
		if how == "exception" {
			body = append(bytes.Clone(chunk), frametest.ExceptionFrame("throttlingException", "m")...)
			body = append(body, bytes.Repeat(chunk, 400)...) // more than is read ahead
		}
		send := http2Head()
		for _, piece := range split(body, 10_000) {
			send = appendHTTP2Frame(send, h2Data, 0, 1, piece)
		}
		c := newScripted(t, true)
		own(c).DisableKeepAlives = false // so that both calls are on one connection
		conn := newScriptConn(script{send: send, deaf: deaf, h2: true})
		own(c).DialContext = dialOne(conn)
		ctx, cancel := context.WithCancel(context.Background())
		s, err := c.InvokeModelWithResponseStream(ctx, testRequest())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // until the rest lies unread
		deaf.deaf.Store(true)
		stuck, unstick := context.WithCancel(ctx)
		second := make(chan error)
		go func() {
			req := testRequest()
			req.Body = make([]byte, 1<<20)
			_, err := c.InvokeModelWithResponseStream(stuck, req)
			second <- err
		}()
		<-deaf.waiting
		began := time.Now()
		want := ErrClosed
		switch how {
		case "Close":
			s.Close()
		case "cancel":
			cancel()
			want = context.Canceled
		}
		_, end := s.Next()
		if spent := time.Since(began); spent > time.Second { // the lock would be held for 15
			t.Errorf("%s took %v", how, spent)
		}
		if how == "exception" {
			want = model.ThrottlingException
		}
		if !errors.Is(end, want) {
			t.Errorf("%s: %v", how, end)
		}
		unstick()
		if err := <-second; !errors.Is(err, context.Canceled) {
			t.Errorf("second call: %v", err)
		}
		cancel()
		conn.Close()
	}
}

// split cuts b into pieces of at most n bytes.
func split(b []byte, n int) (pieces [][]byte) {
	for len(b) > n {
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return append(pieces, b)
}

// Close reads nothing of what is left, however much that is.
func TestCloseDoesNotDrain(t *testing.T) {
	var read atomic.Int64
	source := &endless{frame: frametest.SizedChunk(4096), read: &read}
	s := NewStream(source, nil)
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	before := read.Load()
	s.Close()
	if after := read.Load(); after != before || !source.closed.Load() {
		t.Errorf("Close read %d bytes; closed %v", after-before, source.closed.Load())
	}
}

// endless is a stream without end.
type endless struct {
	frame  []byte
	at     int
	read   *atomic.Int64
	closed atomic.Bool
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.frame[e.at:])
	e.at = (e.at + n) % len(e.frame)
	e.read.Add(int64(n))
	return n, nil
}

func (e *endless) Close() error { e.closed.Store(true); return nil }

// Streams that nobody closes or reads leave nothing behind once their context is done.
func TestAbandonedStreams(t *testing.T) {
	const streams = 1000
	for _, h2 := range []bool{false, true} {
		before := len(goroutines())
		c := newScripted(t, h2)
		send := []byte(streamHead + "Transfer-Encoding: chunked\r\n\r\n")
		if h2 {
			send = http2Head()
		}
		ctx, cancel := context.WithCancel(withScript(script{send: send}))
		for range streams {
			if _, err := c.InvokeModelWithResponseStream(ctx, testRequest()); err != nil {
				t.Fatal(err)
			}
		}
		during := len(goroutines())
		cancel()
		c.CloseIdleConnections()
		left := waitGoroutines(before)
		t.Logf("HTTP/2 %-5v  %d streams: %d goroutines of net/http while open (%.1f a stream), 0 of ours; after cancel %d more than before",
			h2, streams, during-before, float64(during-before)/streams, max(0, len(goroutines())-before))
		if left != "" {
			t.Errorf("goroutines left: %s", left[:min(len(left), 4000)])
		}
	}
}

// No goroutine is this package's: none was started by it while streams are open and read.
func TestNoGoroutineOfOurs(t *testing.T) {
	ctx, cancel := context.WithCancel(withScript(script{send: []byte(streamHead + "Transfer-Encoding: chunked\r\n\r\n")}))
	defer cancel()
	s, err := newScripted(t, false).InvokeModelWithResponseStream(ctx, testRequest())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, g := range goroutines() {
		if strings.Contains(g, "created by bedrockwire/client.") && !strings.Contains(g, "created by bedrockwire/client.Test") {
			t.Errorf("a goroutine of ours:\n%s", g)
		}
	}
}

// tagged is a reply whose every chunk holds the tag.
func tagged(tag string, chunks int) bedrocktest.Reply {
	var r bedrocktest.Reply
	for i := range chunks {
		r.Frames = append(r.Frames, bedrocktest.Chunk(fmt.Sprintf(`{"tag":%q,"n":%d,"fill":%q}`, tag, i, strings.Repeat(tag, i))))
	}
	return r
}

// 64 streams at a time on one client, read, closed and cancelled in all ways at once, never show another's bytes.
// Run it with -race.
func TestConcurrentStreams(t *testing.T) {
	const workers, chunks = 64, 6
	streams := 10_240
	if testing.Short() {
		streams = 2_048
	}
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		srv := bedrocktest.NewUnstartedServer()
		srv.Keep = -1
		srv.Respond = func(r bedrocktest.Request) bedrocktest.Reply { return tagged(r.ModelID, chunks) }
		if err := srv.Start(); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, srv.URL)
		if protocol == "HTTP/2" {
			own(c).Protocols = unencryptedHTTP2()
		}
		var foreign, read, ended atomic.Int64
		var wg sync.WaitGroup
		for w := range workers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range streams / 2 / workers {
					tag := fmt.Sprintf("t%d-%d", w, i)
					req := testRequest()
					req.ModelID = tag
					ctx, cancel := context.WithCancel(context.Background())
					s, err := c.InvokeModelWithResponseStream(ctx, req)
					if err != nil {
						t.Errorf("%s: %v", tag, err)
						cancel()
						return
					}
					var others sync.WaitGroup
					other := func(f func()) {
						others.Add(1)
						go func() { defer others.Done(); f() }()
					}
					stop := i % 4 // 0: read to the end
					n := 0
					for {
						b, err := s.Next()
						if err == nil {
							n++
							if !bytes.HasPrefix(b, []byte(`{"tag":"`+tag+`","n":`)) || bytes.Count(b, []byte(tag)) != n {
								foreign.Add(1)
								t.Errorf("%s got %q", tag, b)
							}
							if n == 2 {
								switch stop {
								case 1:
									other(func() { s.Close() })
								case 2:
									other(cancel)
								case 3:
									other(cancel)
									other(func() { s.Close() })
								}
							}
							continue
						}
						if stop == 0 && (err != io.EOF || n != chunks) {
							t.Errorf("%s: %v after %d", tag, err, n)
						}
						if stop != 0 && err != io.EOF && !errors.Is(err, ErrClosed) && !errors.Is(err, context.Canceled) {
							t.Errorf("%s: %v", tag, err)
						}
						break
					}
					read.Add(int64(n))
					ended.Add(1)
					s.Close()
					cancel()
					others.Wait()
				}
			}()
		}
		wg.Wait()
		t.Logf("%-8s %d streams, %d at a time: %d chunks read, %d with foreign bytes", protocol, ended.Load(), workers, read.Load(), foreign.Load())
		c.CloseIdleConnections()
		srv.Close()
	}
}

// openFiles returns the number of open file descriptors, -1 where the system does not tell.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(list)
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// 64 streams at a time, many with a fault, for as long as the flag says: as many errors as faults, and nothing
// that grows.
func TestSoak(t *testing.T) {
	length := *soak
	if testing.Short() {
		length = min(length, 500*time.Millisecond)
	}
	const workers, chunks = 64, 40
	reply := bedrocktest.Stream(bedrocktest.Anthropic, strings.Split(strings.Repeat("word ", chunks-6), " ")[:chunks-6]...)
	size := int64(0)
	for _, f := range reply.Frames {
		size += int64(len(f))
	}
	injected := []bedrocktest.FaultKind{bedrocktest.FaultNone, bedrocktest.FaultReset, bedrocktest.FaultFIN, bedrocktest.FaultFlip,
		bedrocktest.FaultEnd, bedrocktest.FaultGarbage, bedrocktest.FaultException, bedrocktest.FaultError, bedrocktest.FaultIncomplete, bedrocktest.FaultHTML}
	files, routines := openFiles(), len(goroutines())
	srv := bedrocktest.NewUnstartedServer()
	srv.Keep = -1
	srv.Respond = func(r bedrocktest.Request) bedrocktest.Reply {
		out := reply
		var kind int
		fmt.Sscanf(r.ModelID, "f%d.%d", &kind, &out.Fault.Byte)
		out.Fault.Kind = bedrocktest.FaultKind(kind)
		out.Fault.N = 16
		return out
	}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, srv.URL, func(cfg *Config) { cfg.Retry.MaxAttempts = 1 })
	var faults, failures, frames, streams atomic.Int64
	run := func(d time.Duration) {
		deadline := time.Now().Add(d)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				r := rand.New(rand.NewPCG(uint64(w), uint64(d)))
				for time.Now().Before(deadline) {
					kind := bedrocktest.FaultNone
					if r.IntN(4) == 0 {
						kind = injected[r.IntN(len(injected))]
					}
					req := testRequest()
					req.ModelID = fmt.Sprintf("f%d.%d", kind, 1+r.Int64N(size-1))
					s, err := c.InvokeModelWithResponseStream(context.Background(), req)
					for err == nil {
						if _, err = s.Next(); err == nil {
							frames.Add(1)
						}
					}
					streams.Add(1)
					if kind != bedrocktest.FaultNone {
						faults.Add(1)
					}
					if err != io.EOF {
						failures.Add(1)
					}
					if (err != io.EOF) != (kind != bedrocktest.FaultNone) {
						t.Errorf("fault %v: %v", kind, err)
						return
					}
				}
			}()
		}
		wg.Wait()
	}
	slope := int64(2 << 20)
	if raceEnabled || length < 10*time.Second {
		// The warm-up is too short to fill the pools of 64 connections and both their ends: only what runs away is seen.
		slope = 16 << 20
	}
	run(length / 4) // warm-up: pools, connections, stacks
	c.CloseIdleConnections()
	warm := heapInUse()
	run(length)
	c.CloseIdleConnections()
	grown := heapInUse() - warm
	for range 50 { // the server's side of the connections goes when it has noticed
		if grown <= slope {
			break
		}
		time.Sleep(50 * time.Millisecond)
		grown = heapInUse() - warm
	}
	t.Logf("%v: %d streams, %d frames, %d faults injected, %d errors seen, heap %+d KiB", length, streams.Load(), frames.Load(), faults.Load(), failures.Load(), grown>>10)
	if faults.Load() != failures.Load() {
		t.Errorf("%d faults, %d errors", faults.Load(), failures.Load())
	}
	if grown > slope {
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
	srv.Close()
	if left := waitGoroutines(routines); left != "" {
		t.Errorf("goroutines left: %s", left[:min(len(left), 4000)])
	}
	if now := openFiles(); now > files+4 { // the runtime opens an epoll and an event descriptor of its own
		t.Errorf("%d file descriptors, %d before", now, files)
	}
}

// A chunk costs no allocation, and a call not many.
func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("counts are of the program as it is, without counters of coverage")
	}
	source := &endless{frame: frametest.SizedChunk(512), read: new(atomic.Int64)}
	s := NewStream(source, nil)
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a chunk", n)
	}
	timed := NewStream(source, &StreamOptions{Timeouts: Timeouts{FirstEvent: time.Hour, Idle: time.Hour, Frame: time.Hour}})
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := timed.Next(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a chunk with deadlines", n)
	}
	if raceEnabled {
		return // the rest counts net/http's allocations too, which differ with -race
	}
	n := testing.AllocsPerRun(200, oneChunkCall(t))
	t.Logf("%v allocations a call with one chunk, this package's share without a network", n)
	limit := 45.0
	if strings.HasPrefix(runtime.Version(), "go1.24") {
		limit = 52 // maps and timers took more then
	}
	if n > limit {
		t.Errorf("%v allocations a call with one chunk", n)
	}
}

// oneChunkCall returns a function that makes a call of one chunk through a transport without a network, whose
// own share is two or three allocations.
func oneChunkCall(t testing.TB) func() {
	body := frametest.ChunkFrame([]byte(`{"type":"message_stop"}`), 5)
	header := map[string][]string{"Content-Type": {"application/vnd.amazon.eventstream"}, "X-Amzn-Requestid": {"rid-1"},
		"Date": {time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}
	c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = memory{header, body} })
	req := &model.InvokeModelWithResponseStreamRequest{ModelID: testModel, Body: []byte(testPrompt)}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return func() {
		s, err := c.InvokeModelWithResponseStream(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(); err != io.EOF {
			t.Fatal(err)
		}
	}
}
