package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// tally runs cases 0 to n-1, a few at a time, and reports how many were tried and how many were wrong.
func tally(t *testing.T, what string, workers, n int, try func(i int) error) {
	t.Helper()
	began := time.Now()
	var wrong atomic.Int64
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := try(i); err != nil && wrong.Add(1) <= 5 {
					t.Errorf("%s, case %d: %v", what, i, err)
				}
			}
		}()
	}
	wg.Wait()
	t.Logf("%-40s tried %6d   wrong %d   in %v", what, n, wrong.Load(), time.Since(began).Round(time.Millisecond))
}

const faultWorkers = 8

// goldenFrames are one frame of each shape a stream of this service can have, and chunks of many lengths.
func goldenFrames() [][]byte {
	frames := [][]byte{
		frametest.EventFrame("chunk", []byte(`{}`)),
		frametest.EventFrame("chunk", []byte(`{"bytes":null}`)),
		frametest.EventFrame("chunk", []byte(`{ "p" : "abc" , "bytes" : "e30=" }`)),
		frametest.EventFrame("somethingNew", []byte(`{"x":1}`)),
		frametest.EventFrame("initial-response", nil),
		frametest.ErrorFrame("internal-error", "An unknown error occurred."),
		frametest.ErrorFrame("", ""),
		bedrocktest.Chunk(`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":1,"outputTokenCount":2}}`),
	}
	for _, x := range exceptions {
		if x.member != "" {
			frames = append(frames, frametest.ExceptionFrame(x.member, "what went wrong"))
		}
	}
	for n := range 30 {
		frames = append(frames, frametest.ChunkFrame([]byte(`{"t":"`+strings.Repeat("ab", n/2)+`"}`), 2+n*7%56))
	}
	return frames
}

// A frame that was cut is never a clean end, whatever was cut, wherever, and however the body then ends.
func TestFaultTruncation(t *testing.T) {
	frames := goldenFrames()
	if len(frames) < 40 {
		t.Fatalf("only %d frames", len(frames))
	}
	first := frametest.ChunkFrame([]byte("first"), 5)
	type cut struct{ frame, at int }
	var cuts []cut
	for i, f := range frames {
		for at := 1; at < len(f); at++ {
			cuts = append(cuts, cut{i, at})
		}
	}
	total := 0
	for _, how := range bodyEnds() {
		// A client for each worker: of one that is shared, HTTP/2 would lead a call to another's connection.
		clients := make(chan *Client, faultWorkers)
		for range faultWorkers {
			clients <- newScripted(t, how.h2)
		}
		list := cuts
		if testing.Short() {
			list = every(cuts, 8)
		}
		total += len(list)
		tally(t, fmt.Sprintf("truncation, %s", how.name), faultWorkers, len(list), func(i int) error {
			x := list[i]
			body := append(bytes.Clone(first), frames[x.frame][:x.at]...)
			c := <-clients
			got, s, end := play(c, how.script(body))
			clients <- c
			if s == nil || len(got) != 1 || got[0] != "first" {
				return fmt.Errorf("frame %d cut at %d: got %q, %v", x.frame, x.at, got, end)
			}
			if err := brokenAs(end, 1, frame.ErrTruncated); err != nil {
				return err
			}
			var where *frame.Error
			if !errors.Is(end, io.ErrUnexpectedEOF) || !errors.As(end, &where) || where.Frame != 1 || where.Offset != int64(len(body)) {
				return fmt.Errorf("frame %d cut at %d: %v", x.frame, x.at, end)
			}
			if b, again := s.Next(); b != nil || again != end {
				return fmt.Errorf("not sticky: %q, %v", b, again)
			}
			return nil
		})
	}
	t.Logf("%d golden frames, %d cases", len(frames), total)
	if !testing.Short() && total < 20_000 {
		t.Errorf("only %d cases", total)
	}
}

// every returns every nth element.
func every[T any](list []T, n int) (out []T) {
	for i := 0; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}

// faultStream is the stream that faults happen to: twelve chunks and a terminal one, all of them different, and
// no two bytes ranges of the lengths used below alike.
type faultStream struct {
	chunks []string
	body   []byte
	ends   []int // offset behind each frame
}

func newFaultStream() *faultStream {
	f := new(faultStream)
	for i := range 12 {
		f.chunks = append(f.chunks, fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":"%x"}}`, i, bytes.Repeat([]byte{byte(i*37 + 11)}, i*i%17)))
	}
	f.chunks = append(f.chunks, `{"type":"message_stop"}`)
	for i, m := range f.chunks {
		f.body = append(f.body, frametest.ChunkFrame([]byte(m), 2+i*5)...)
		f.ends = append(f.ends, len(f.body))
	}
	return f
}

// before returns how many frames end at or before an offset.
func (f *faultStream) before(offset int) int { return sort.SearchInts(f.ends, offset+1) }

// boundary reports whether an offset is between two frames.
func (f *faultStream) boundary(offset int) bool {
	n := f.before(offset)
	return offset == 0 || n > 0 && f.ends[n-1] == offset
}

// offsets returns n offsets, spread over the stream.
func (f *faultStream) offsets(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i * len(f.body) / n
	}
	return out
}

const faultOffsets = 500

// The outcomes below are what is promised for each fault of a byte stream:
//
//	reset, FIN      the frames that were whole, then ErrTruncated; also between two frames, where HTTP itself
//	                says that something is missing
//	early end       the same inside a frame; between two it is io.EOF, and Complete tells it from the real end
//	stall           the frames that were whole, then ErrStalled
//	flip            the frames before, then a checksum error
//	duplicate, drop, reorder
//	                of bytes that are not whole frames: the frames that came unharmed, then a *frame.Error.
//	                Of whole frames: the framing has no sequence numbers, so what comes is what was sent,
//	                see TestFaultWholeFrames
//	drip, slice, late headers
//	                the whole stream
//	garbage         the whole stream, and then an error and not the end
//
// In every case what was delivered is a prefix of what was sent, in its order, and nothing comes after the fault.
func TestFaultMatrix(t *testing.T) {
	f := newFaultStream()
	size := len(f.body)
	// How long a stalled peer is waited for. A busy machine can make a healthy one look stalled, so a case that
	// goes wrong is tried again with more of it.
	patience := []time.Duration{50 * time.Millisecond, 500 * time.Millisecond, 5 * time.Second}
	type outcome struct {
		frames int
		kind   error   // io.EOF for a clean end
		kinds  []error // or one of these
	}
	checksum := []error{frame.ErrPreludeCRC, frame.ErrMessageCRC}
	broken := append(checksum, frame.ErrTruncated, frame.ErrLength, frame.ErrTooLarge)
	full := outcome{frames: len(f.chunks), kind: io.EOF}
	// polite answers with altered bytes and a proper HTTP end.
	polite := func(b []byte) script {
		r, _ := chunkedResponse(b)
		return script{send: r, end: io.EOF}
	}
	// unfinished answers with the first n bytes.
	unfinished := func(n int, end error) script {
		r, last := chunkedResponse(f.body[:n])
		return script{send: r[:last], end: end}
	}
	head := strings.Index(string(polite(f.body).send), "\r\n\r\n") + 4
	const n = 29 // the length of a moved range: no frame's, and no sum of frames'
	faults := []struct {
		name string
		make func(at int) (script, outcome)
	}{
		{"reset", func(at int) (script, outcome) {
			return unfinished(at, errReset), outcome{frames: f.before(at), kind: frame.ErrTruncated}
		}},
		{"FIN", func(at int) (script, outcome) {
			return unfinished(at, io.EOF), outcome{frames: f.before(at), kind: frame.ErrTruncated}
		}},
		{"stall", func(at int) (script, outcome) {
			return unfinished(at, nil), outcome{frames: f.before(at), kind: ErrStalled}
		}},
		{"flip", func(at int) (script, outcome) {
			return polite(frametest.Flip(f.body, 8*at+at%8)), outcome{frames: f.before(at), kinds: checksum}
		}},
		{"duplicate", func(at int) (script, outcome) {
			end := min(at+n, size)
			b := append(bytes.Clone(f.body[:end]), f.body[at:]...)
			return polite(b), outcome{frames: f.before(end), kinds: broken}
		}},
		{"drop", func(at int) (script, outcome) {
			b := append(bytes.Clone(f.body[:at]), f.body[min(at+n, size):]...)
			return polite(b), outcome{frames: f.before(at), kinds: broken}
		}},
		{"reorder", func(at int) (script, outcome) {
			a := min(at, size-2*n)
			b := bytes.Clone(f.body)
			copy(b[a:], f.body[a+n:a+2*n])
			copy(b[a+n:], f.body[a:a+n])
			return polite(b), outcome{frames: f.before(a), kinds: broken}
		}},
		{"drip", func(at int) (script, outcome) {
			s := polite(f.body)
			s.from, s.piece = head+at, 1
			return s, full
		}},
		{"slice", func(at int) (script, outcome) {
			s := polite(f.body)
			s.from, s.piece = head+at, 2+at%23
			return s, full
		}},
		{"late headers", func(at int) (script, outcome) {
			s := polite(f.body)
			s.from, s.pause = at%head, time.Duration(at%5)*time.Millisecond
			return s, full
		}},
		{"early end", func(at int) (script, outcome) {
			out := outcome{frames: f.before(at), kind: frame.ErrTruncated}
			switch {
			case f.boundary(at) && (out.frames == 0 || out.frames == len(f.chunks)): // without a chunk no format is known
				out.kind = io.EOF
			case f.boundary(at):
				out.kind = ErrIncomplete
			}
			return polite(f.body[:at]), out
		}},
		{"trailing garbage", func(at int) (script, outcome) {
			garbage := bytes.Repeat([]byte{0xa5, 0x5a, byte(at)}, at/3+1)[:at+1]
			out := outcome{frames: len(f.chunks), kind: frame.ErrPreludeCRC}
			if len(garbage) < 12 {
				out.kind = frame.ErrTruncated
			}
			return polite(append(bytes.Clone(f.body), garbage...)), out
		}},
	}
	began := time.Now()
	total := 0
	offsets := f.offsets(faultOffsets)
	if testing.Short() {
		offsets = every(offsets, 10)
	}
	for _, fault := range faults {
		workers := faultWorkers
		clients := []*Client{newScripted(t, false)}
		if fault.name == "stall" {
			workers, clients = 64, nil
			for _, p := range patience {
				clients = append(clients, newScripted(t, false, func(cfg *Config) { cfg.Timeouts = Timeouts{FirstEvent: p, Idle: p} }))
			}
		}
		total += len(offsets)
		check := func(c *Client, at int) error {
			script, want := fault.make(at)
			got, s, end := play(c, script)
			if s == nil {
				return fmt.Errorf("offset %d: the call failed: %v", at, end)
			}
			if !isPrefix(got, f.chunks) {
				return fmt.Errorf("offset %d: not a prefix: %q", at, got)
			}
			if len(got) != want.frames {
				return fmt.Errorf("offset %d: %d frames, want %d; %v", at, len(got), want.frames, end)
			}
			if b, again := s.Next(); b != nil || again != end {
				return fmt.Errorf("offset %d: not sticky: %q, %v", at, b, again)
			}
			if s.Complete() != (len(got) == len(f.chunks)) {
				return fmt.Errorf("offset %d: Complete = %v after %d of %d", at, s.Complete(), len(got), len(f.chunks))
			}
			if want.kind == io.EOF {
				if end != io.EOF {
					return fmt.Errorf("offset %d: %v, want io.EOF", at, end)
				}
				return nil
			}
			kinds := want.kinds
			if want.kind != nil {
				kinds = []error{want.kind}
			}
			var last error
			for _, kind := range kinds {
				if last = brokenAs(end, want.frames, kind); last == nil {
					return nil
				}
			}
			return fmt.Errorf("offset %d: %w", at, last)
		}
		tally(t, fault.name, workers, len(offsets), func(i int) (err error) {
			for _, c := range clients {
				if err = check(c, offsets[i]); err == nil {
					return nil
				}
			}
			return err
		})
	}
	spent := time.Since(began)
	t.Logf("%d faults, %d cases in %v", len(faults), total, spent.Round(time.Millisecond))
	if !testing.Short() && total < 6000 {
		t.Errorf("only %d cases", total)
	}
	if spent > 120*time.Second {
		t.Errorf("took %v", spent)
	}
}

// Whole frames that come twice, not at all or in another order are what the service sent, as far as anyone can
// tell: frames carry no sequence number. They are delivered as they came, each once for each time it came, and
// only the loss of the terminal event shows.
func TestFaultWholeFrames(t *testing.T) {
	f := newFaultStream()
	frameAt := func(i int) []byte {
		start := 0
		if i > 0 {
			start = f.ends[i-1]
		}
		return f.body[start:f.ends[i]]
	}
	n := len(f.chunks)
	for _, kind := range []string{"duplicate", "drop", "reorder"} {
		c := newScripted(t, false, func(cfg *Config) { cfg.AllowIncomplete = true })
		strict := newScripted(t, false)
		tally(t, kind+" of whole frames", faultWorkers, n, func(i int) error {
			var order []int
			for j := range n {
				switch {
				case kind == "drop" && j == i:
				case kind == "duplicate" && j == i:
					order = append(order, j, j)
				case kind == "reorder" && j == i && j+1 < n:
					order = append(order, j+1)
				case kind == "reorder" && j == i+1:
					order = append(order, i)
				default:
					order = append(order, j)
				}
			}
			var body []byte
			var want []string
			for _, j := range order {
				body = append(body, frameAt(j)...)
				want = append(want, f.chunks[j])
			}
			r, _ := chunkedResponse(body)
			got, s, end := play(c, script{send: r, end: io.EOF})
			lost := kind == "drop" && i == n-1
			if end != io.EOF || len(got) != len(want) || !isPrefix(got, want) || s.Complete() == lost {
				return fmt.Errorf("frame %d: got %q, %v, Complete %v", i, got, end, s.Complete())
			}
			_, _, end = play(strict, script{send: r, end: io.EOF})
			if lost {
				return brokenAs(end, n-1, ErrIncomplete)
			}
			if end != io.EOF {
				return fmt.Errorf("frame %d: %v without AllowIncomplete", i, end)
			}
			return nil
		})
	}
}

// The same over real sockets, where a reset may also swallow what came before it: so a prefix, and never a clean
// end that HTTP itself does not report.
func TestFaultSockets(t *testing.T) {
	reply := bedrocktest.Text("one", "two", "three", "four", "five", "six")
	var want []string
	for _, b := range reply.Frames {
		s := NewStream(io.NopCloser(bytes.NewReader(b)), nil)
		chunk, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, string(chunk))
	}
	size := len(bytes.Join(reply.Frames, nil))
	cases := 60
	if testing.Short() {
		cases = 12
	}
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2 with TLS"} {
		for _, kind := range []bedrocktest.FaultKind{bedrocktest.FaultReset, bedrocktest.FaultFIN, bedrocktest.FaultEnd} {
			srv := bedrocktest.NewUnstartedServer()
			srv.Respond = func(r bedrocktest.Request) bedrocktest.Reply {
				out := reply
				fmt.Sscan(r.ModelID, &out.Fault.Byte)
				out.Fault.Kind = kind
				return out
			}
			start := srv.Start
			if protocol != "HTTP/1.1" {
				start = srv.StartTLS
			}
			if err := start(); err != nil {
				t.Fatal(err)
			}
			c := newClient(t, srv.URL, once, func(cfg *Config) { cfg.RootCAs = poolOf(srv.Certificate()) })
			tally(t, fmt.Sprintf("%v over %s", kind, protocol), 4, cases, func(i int) error {
				at := 1 + i*(size-1)/cases
				req := testRequest()
				req.ModelID = fmt.Sprint(at)
				s, err := c.InvokeModelWithResponseStream(context.Background(), req)
				if err != nil {
					// The end overtook the head, or came to a connection that another stream's fault has ended.
					var send *SendError
					var broken *StreamError
					if kind != bedrocktest.FaultEnd && errors.As(err, &send) && SafeToRetry(err) {
						return nil
					}
					if errors.As(err, &broken) { // the first event did not come whole
						return brokenAs(err, 0, frame.ErrTruncated)
					}
					return err
				}
				got, end := drain(s)
				if !isPrefix(got, want) {
					return fmt.Errorf("byte %d: not a prefix: %q", at, got)
				}
				if kind == bedrocktest.FaultEnd && end == io.EOF {
					offset := 0
					for _, b := range reply.Frames[:len(got)] {
						offset += len(b)
					}
					if offset == at && !s.Complete() {
						return nil
					}
				}
				return brokenAs(end, len(got), frame.ErrTruncated)
			})
			c.CloseIdleConnections()
			srv.Close()
		}
	}
}

// A stream that is complete by the model's word and one that is not, by each of the ways in which the word comes.
func TestCompleteness(t *testing.T) {
	rows := []struct {
		name     string
		chunks   []string
		complete bool
		metered  bool
		marked   bool // the format is known to have an end mark
	}{
		{"Anthropic", []string{`{"type":"message_start"}`, `{"type":"message_stop"}`}, true, false, true},
		{"Anthropic with metrics", []string{`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":7,"outputTokenCount":9,"invocationLatency":5,"firstByteLatency":3}}`}, true, true, true},
		{"metrics of any model", []string{`{"generation":"x","amazon-bedrock-invocationMetrics":{"inputTokenCount":7,"outputTokenCount":9}}`}, true, true, true},
		{"metrics alone", []string{`{"x":1}`, `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":7,"outputTokenCount":9}}`}, true, true, false},
		{"nothing", nil, false, false, false},
		{"cut short", []string{`{"type":"message_start"}`, `{"type":"content_block_stop"}`}, false, false, true},
		{"a text that quotes it", []string{`{"text":"{\"type\":\"message_stop\"}"}`, `{"text":"amazon-bedrock-invocationMetrics"}`}, false, false, false},
		{"message_stop of an object within", []string{`{"type":"content_block_start","content_block":{"type":"tool_result","content":{"type":"message_stop"}}}`}, false, false, true},
		{"message_stop with blanks", []string{"{ \"type\" : \"message_stop\"\n}"}, true, false, true},
		{"message_stop that is broken", []string{`{"type":"message_stop"`}, false, false, false},
		{"metrics alone, of a known format", []string{`{"type":"message_start"}`, `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":7,"outputTokenCount":9}}`}, false, true, true},
		{"a stop reason before the last event", []string{`{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`}, false, false, true},
		{"chunks of another kind after the mark", []string{`{"type":"message_stop"}`, `{"x":1}`, `{"x":2}`, `{"x":3}`}, true, false, true},
		{"chunks of another kind after the first", []string{`{"type":"message_start"}`, `{"x":1}`, `{"x":2}`, `{"x":3}`, `{"x":4}`, `{"x":5}`}, false, false, true},
		{"message_stop in another place", []string{`{"kind":"message_stop"}`}, false, false, false},
	}
	for _, r := range rows {
		var body []byte
		for _, m := range r.chunks {
			body = append(body, frametest.ChunkFrame([]byte(m), 3)...)
		}
		for _, strict := range []bool{false, true} {
			s := NewStream(io.NopCloser(bytes.NewReader(body)), &StreamOptions{AllowIncomplete: !strict})
			got, end := drain(s)
			if len(got) != len(r.chunks) || s.Complete() != r.complete {
				t.Errorf("%s: %d chunks, Complete = %v", r.name, len(got), s.Complete())
			}
			if strict && !r.complete && r.marked {
				if err := brokenAs(end, len(r.chunks), ErrIncomplete); err != nil || !errors.Is(end, io.ErrUnexpectedEOF) || errors.Is(end, frame.ErrTruncated) {
					t.Errorf("%s: %v, %v", r.name, end, err)
				}
			} else if end != io.EOF {
				t.Errorf("%s: %v", r.name, end)
			}
			m, ok := s.Metrics()
			if ok != r.metered || ok && (m.InputTokenCount != 7 || m.OutputTokenCount != 9) {
				t.Errorf("%s: Metrics = %+v, %v", r.name, m, ok)
			}
			sticky(t, s, end)
		}
	}
}

func TestCollect(t *testing.T) {
	srv := newFake(t, bedrocktest.Text("a", "b"))
	s := open(t, newClient(t, srv.URL))
	r, err := s.Collect()
	if err != nil || len(r.Body) != 7 || r.ContentType != "application/json" || string(r.Body[6].Chunk.Bytes) == "" {
		t.Fatalf("Collect = %+v, %v", r, err)
	}
	body := append(frametest.ChunkFrame([]byte("x"), 1), frametest.ExceptionFrame("throttlingException", "slower")...)
	s = NewStream(io.NopCloser(bytes.NewReader(body)), nil)
	r, err = s.Collect()
	if !errors.Is(err, model.ThrottlingException) || len(r.Body) != 2 || string(r.Body[0].Chunk.Bytes) != "x" || r.Body[1].Exception.Code != model.ThrottlingException {
		t.Errorf("Collect = %+v, %v", r, err)
	}
	large := bytes.Repeat(frametest.SizedChunk(1<<20), 100)
	r, err = NewStream(io.NopCloser(bytes.NewReader(large)), nil).Collect()
	if err != ErrCollected || len(r.Body) == 0 {
		t.Errorf("Collect of 100 MiB = %d chunks, %v", len(r.Body), err)
	}
}

// A zero Stream and odd sources end with an error; none panics.
func TestStreamOfOddSources(t *testing.T) {
	var none *Stream
	for _, s := range []*Stream{none, {}} {
		if b, err := s.Next(); b != nil || !errors.Is(err, ErrClosed) || s.Close() != nil {
			t.Errorf("zero Stream: %q, %v", b, err)
		}
	}
	if _, err := NewStream(nil, nil).Next(); err != io.EOF {
		t.Errorf("nil source: %v", err)
	}
	// What a test puts in the place of a client's stream has a head as well.
	if r := NewStream(nil, nil).Response(); r == nil || r.ContentType != "" {
		t.Errorf("a captured stream's response is %+v", r)
	}
	if r := NewStream(nil, &StreamOptions{Response: &model.InvokeModelWithResponseStreamResponse{ContentType: "a/b"}}).Response(); r.ContentType != "a/b" {
		t.Errorf("the option's response is %+v", r)
	}
	body := frametest.ChunkFrame([]byte("x"), 1)
	for _, d := range frametest.Deliveries() {
		for cut := range body {
			got, end := drain(NewStream(io.NopCloser(d.Reader(body[:cut])), nil))
			if len(got) != 0 || cut == 0 && end != io.EOF || cut > 0 && !errors.Is(end, frame.ErrTruncated) {
				t.Errorf("%s, cut at %d: %q, %v", d.Name, cut, got, end)
			}
		}
	}
	boom := &net.OpError{Op: "read", Err: errors.New("boom")}
	_, end := drain(NewStream(io.NopCloser(frametest.FailWith(bytes.NewReader(body), boom, false)), nil))
	var op *net.OpError
	if err := brokenAs(end, 1, frame.ErrTruncated); err != nil || !errors.As(end, &op) {
		t.Errorf("%v: %v", end, err)
	}
	for _, s := range []io.Reader{miscount{1 << 30}, miscount{-1}, miscount{0}} {
		if _, end := drain(NewStream(io.NopCloser(s), nil)); !errors.Is(end, frame.ErrTruncated) {
			t.Errorf("%v: %v", s, end)
		}
	}
	limited := NewStream(io.NopCloser(bytes.NewReader(body)), &StreamOptions{Limits: frame.Limits{MaxFrame: 100}})
	if _, err := limited.Next(); !errors.Is(err, frame.ErrTooLarge) {
		t.Errorf("limit: %v", err)
	}
}

type miscount struct{ n int }

func (m miscount) Read([]byte) (int, error) { return m.n, nil }

// TestEachLimitAlone: a limit that is switched off is none, whichever of the others are on.
func TestEachLimitAlone(t *testing.T) {
	srv := newFake(t, bedrocktest.Text("a"))
	for name, timeouts := range map[string]Timeouts{
		"Connect":    {Connect: time.Minute, FirstEvent: -1, Idle: -1, Frame: -1},
		"FirstEvent": {Connect: -1, FirstEvent: time.Minute, Idle: -1, Frame: -1},
		"Idle":       {Connect: -1, FirstEvent: -1, Idle: time.Minute, Frame: -1},
		"Frame":      {Connect: -1, FirstEvent: -1, Idle: -1, Frame: time.Minute},
	} {
		c := newClient(t, srv.URL, once, func(cfg *Config) { cfg.Timeouts = timeouts })
		s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if chunks, end := drain(s); end != io.EOF || len(chunks) != 6 {
			t.Errorf("%s: %d chunks, %v", name, len(chunks), end)
		}
	}
}
