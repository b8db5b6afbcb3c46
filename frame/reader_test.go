package frame_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"weak"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// mustNext returns the next message of a stream that has one.
func mustNext(t *testing.T, r *frame.Reader) frame.Message {
	t.Helper()
	m, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// chunks returns a stream of chunk frames of the given sizes, and where each ends.
func chunks(sizes ...int) (stream []byte, ends []int64) {
	for _, n := range sizes {
		stream = append(stream, frametest.SizedChunk(n)...)
		ends = append(ends, int64(len(stream)))
	}
	return stream, ends
}

// mixed are sizes on all sides of the buffer's: small and whole, several in one
// read, across its end, larger than it, and much larger.
var mixed = []int{256, 300, 2048, 2049, 128, 8191, 8192, 8193, 256, 40000, 130, 130, 200000, 199000, 256, 32768, 5000, 300}

func TestReaderSizes(t *testing.T) {
	stream, ends := chunks(mixed...)
	for _, d := range frametest.Deliveries() {
		r := frame.NewReader(d.Reader(stream))
		var start int64
		for i, end := range ends {
			if r.Offset() != start || r.Frames() != int64(i) {
				t.Fatalf("%s: offset %d, frame %d; want %d, %d", d.Name, r.Offset(), r.Frames(), start, i)
			}
			m, err := r.Next()
			if err != nil {
				t.Fatalf("%s: frame %d: %v", d.Name, i, err)
			}
			if !bytes.Equal(m.Payload, stream[start+87:end-4]) || m.Headers.Len() != 3 {
				t.Fatalf("%s: frame %d differs", d.Name, i)
			}
			if cap(m.Payload) != len(m.Payload) {
				t.Fatalf("%s: frame %d: %d bytes of spare capacity", d.Name, i, cap(m.Payload)-len(m.Payload))
			}
			start = end
		}
		for range 3 {
			if _, err := r.Next(); err != io.EOF {
				t.Fatalf("%s: %v", d.Name, err)
			}
		}
		if r.Offset() != int64(len(stream)) || r.Frames() != int64(len(mixed)) {
			t.Errorf("%s: offset %d, frames %d at the end", d.Name, r.Offset(), r.Frames())
		}
	}
}

// patient is a source that is asked only when it has to be: it counts what it
// has handed out, and a test can see when.
type patient struct {
	r     io.Reader
	given int64
	asked int // the largest read
}

func (p *patient) Read(b []byte) (int, error) {
	p.asked = max(p.asked, len(b))
	n, err := p.r.Read(b)
	p.given += int64(n)
	return n, err
}

// TestLatency: a frame is delivered as soon as its last byte has been read. Were
// the Reader to ask for more first, a source that has no more yet would block it.
func TestLatency(t *testing.T) {
	stream, ends := chunks(mixed...)
	cuts := make([]int, len(ends))
	for i, end := range ends {
		cuts[i] = int(end)
	}
	for _, c := range []struct {
		name string
		src  io.Reader
	}{
		{"a frame at a time", frametest.Split(stream, cuts...)},
		{"a byte at a time", frametest.Deliveries()[1].Reader(stream)},
	} {
		p := &patient{r: c.src}
		r := frame.NewReader(p)
		for i, end := range ends {
			mustNext(t, r)
			if p.given != end {
				t.Fatalf("%s: frame %d ends at %d and was delivered after %d bytes", c.name, i, end, p.given)
			}
		}
	}
	// Several frames in one read need one read.
	p := &patient{r: bytes.NewReader(stream[:ends[1]])}
	r := frame.NewReader(p)
	mustNext(t, r)
	if p.given != ends[0] {
		t.Errorf("%d bytes read for a first frame of %d", p.given, ends[0])
	}
	if p.asked != 256-12 {
		t.Errorf("asked for %d bytes before the first frame was there", p.asked)
	}
}

// TestFirstFrameExact: whatever is wrong with the first frame, not a byte after
// what shows it has been read. The caller can look at the rest of the source.
func TestFirstFrameExact(t *testing.T) {
	html := "<html><body>502 Bad Gateway</body></html>"
	src := strings.NewReader(html)
	_, err := frame.NewReader(src).Next()
	if kind(err) != frame.ErrPreludeCRC || src.Len() != len(html)-12 {
		t.Errorf("%d bytes left of %d: %v", src.Len(), len(html), err)
	}
	g := frametest.SizedChunk(40000)
	rest := bytes.NewReader(append(bytes.Clone(g), g...))
	if _, err := frame.NewReader(rest).Next(); err != nil || rest.Len() != len(g) {
		t.Errorf("%d bytes left, want %d: %v", rest.Len(), len(g), err)
	}
}

// TestUseAfterNext: a message shows that its time is over, however it ended.
func TestUseAfterNext(t *testing.T) {
	good := frametest.ChunkFrame([]byte("first"), 2)
	other := frametest.ExceptionFrame("throttlingException", "x")
	for _, c := range []struct {
		name string
		rest []byte
		end  func(r *frame.Reader)
	}{
		{"next frame", other, func(r *frame.Reader) { r.Next() }},
		{"end", nil, func(r *frame.Reader) { r.Next() }},
		{"truncated", other[:20], func(r *frame.Reader) { r.Next() }},
		{"damaged", frametest.Flip(other, 300), func(r *frame.Reader) { r.Next() }},
		{"Reset", other, func(r *frame.Reader) { r.Reset(nil) }},
	} {
		// Behind another frame the Reader reads ahead, so that nothing that
		// follows lands on the message by chance.
		stream := append(bytes.Clone(good), good...)
		r := frame.NewReader(bytes.NewReader(append(stream, c.rest...)))
		mustNext(t, r)
		m := mustNext(t, r)
		clone := m.Clone()
		want := bytes.Clone(m.Payload)
		v, _ := m.Headers.Get(":event-type")
		if !v.EqualText("chunk") {
			t.Fatalf("%s: no chunk", c.name)
		}
		c.end(r)
		if bytes.Equal(m.Payload, want) || m.Payload[0] == want[0] {
			t.Errorf("%s: the payload is still %q", c.name, m.Payload)
		}
		if _, ok := m.Headers.Get(":event-type"); ok || m.Headers.Len() != 0 {
			t.Errorf("%s: the headers are still there", c.name)
		}
		for name := range m.Headers.All() {
			t.Errorf("%s: the header %q is still there", c.name, name)
		}
		if !bytes.Equal(clone.Payload, want) || clone.Headers.Len() != 3 {
			t.Errorf("%s: the clone is %q", c.name, clone.Payload)
		}
		if v, ok := clone.Headers.Get(":message-type"); !ok || !v.EqualText("event") {
			t.Errorf("%s: the clone lost a header", c.name)
		}
	}
}

// TestUseAfterNextAlike: frames of one sender are alike, and one that took the place
// of the message before it would bring that one back to life, headers and all. So
// the message before is dead after each of many equal frames, of every size and
// however they arrive. Where frames are small for the buffer it reads as empty.
func TestUseAfterNextAlike(t *testing.T) {
	const count = 60
	for _, size := range []int{128, 200, 256, 900, 1000, 1100, 1500, 2040, 2048, 2100, 3000, 4100, 5000, 7935, 7936, 7937, 8100, 8190, 8192, 8193, 9000, 20 << 10, 64 << 10, 200 << 10} {
		one := frametest.SizedChunk(size)
		stream := bytes.Repeat(one, count)
		whole, _, err := frame.Parse(one)
		if err != nil {
			t.Fatal(err)
		}
		payload := whole.Payload
		every := func(n int) io.Reader {
			var at []int
			for i := n; i < len(stream); i += n {
				at = append(at, i)
			}
			return frametest.Split(stream, at...)
		}
		for _, d := range []struct {
			name string
			src  io.Reader
		}{
			{"whole", bytes.NewReader(stream)},
			{"frame by frame", every(size)},
			{"in tenths", every(size/10 + 1)},
			{"in 1,000 bytes", every(1000)},
			{"reset", bytes.NewReader(one)},
		} {
			r := frame.NewReader(d.src)
			m := mustNext(t, r)
			full := 0
			for i := 1; i < count; i++ {
				first := m.Payload[0]
				if d.name == "reset" {
					r.Reset(bytes.NewReader(one))
				}
				next := mustNext(t, r)
				if !bytes.Equal(next.Payload, payload) {
					t.Fatalf("size %d, %s: frame %d is another one", size, d.name, i)
				}
				if m.Payload[0] == first {
					t.Fatalf("size %d, %s: after frame %d the payload still begins with %q", size, d.name, i, first)
				}
				if v, ok := m.Headers.Get(":event-type"); ok && v.EqualText("chunk") {
					t.Fatalf("size %d, %s: after frame %d the headers are still there", size, d.name, i)
				}
				if m.Headers.Len() != 0 {
					full++
				}
				m = next
			}
			if size < 1000 && full > 0 || full > count/4 {
				t.Errorf("size %d, %s: the headers were not empty after %d frames", size, d.name, full)
			}
		}
	}
}

// TestUseAfterMove: when a later frame takes the place of a message, what is read
// there is the later frame, or part of it, and not the message.
func TestUseAfterMove(t *testing.T) {
	good := frametest.ChunkFrame([]byte("first"), 2)
	stream := append(bytes.Clone(good), good...)
	r := frame.NewReader(bytes.NewReader(append(stream, frametest.SizedChunk(100<<10)...)))
	mustNext(t, r)
	m := mustNext(t, r)
	want := bytes.Clone(m.Payload)
	mustNext(t, r)
	if bytes.Equal(m.Payload, want) {
		t.Errorf("the payload is still %q", m.Payload)
	}
}

// TestUseAfterOverwrite: headers used long after their time, over bytes of later
// frames, may say anything, within the bytes that they had, and never panic.
func TestUseAfterOverwrite(t *testing.T) {
	all := golden(t)
	var stream []byte
	for range 20 {
		for _, g := range all {
			stream = append(stream, g...)
		}
	}
	r := frame.NewReader(bytes.NewReader(stream))
	var old []frame.Message
	for {
		m, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		old = append(old, m)
		for _, m := range old[max(0, len(old)-60):] {
			n := 0
			for name, v := range m.Headers.All() {
				n += len(name) + len(frametest.ValueText(v))
			}
			m.Headers.Get("7")
			m.Clone()
			if m.Headers.Len() > 0 && n > 1<<20 {
				t.Fatal("more header bytes than a frame has")
			}
		}
	}
}

func TestCloneOwnsItsBytes(t *testing.T) {
	b := frametest.ChunkFrame([]byte("x"), 2)
	m, _, err := frame.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	c := m.Clone()
	payload := string(m.Payload)
	clear(b)
	if string(c.Payload) != payload || c.Headers.Len() != 3 {
		t.Errorf("the clone is %q", c.Payload)
	}
	if cap(c.Payload) != len(c.Payload) {
		t.Errorf("%d bytes of spare capacity", cap(c.Payload)-len(c.Payload))
	}
	if c := (frame.Message{}).Clone(); c.Headers.Len() != 0 || len(c.Payload) != 0 {
		t.Error("the clone of nothing is something")
	}
}

// timeout is an error of the kind that package net returns.
type timeout struct{}

func (timeout) Error() string { return "i/o timeout" }
func (timeout) Timeout() bool { return true }

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// TestSourceErrors: a source that fails, in the middle or between frames, is
// ErrTruncated where the bytes ended, and the source's error, and never io.EOF.
func TestSourceErrors(t *testing.T) {
	g := frametest.ChunkFrame([]byte("{}"), 1)
	causes := []error{
		context.Canceled, context.DeadlineExceeded, timeout{}, io.ErrClosedPipe, io.ErrUnexpectedEOF,
		fmt.Errorf("wrapped: %w", io.EOF), errors.Join(io.EOF, context.Canceled),
	}
	for _, cause := range causes {
		for _, n := range []int{0, 5, 12, 40, len(g), len(g) + 3} {
			for _, together := range []bool{false, true} {
				stream := append(bytes.Clone(g), g...)[:n]
				r := frame.NewReader(frametest.FailWith(bytes.NewReader(stream), cause, together))
				frames := int64(n / len(g))
				for range frames {
					mustNext(t, r)
				}
				_, err := r.Next()
				if !isAt(err, frame.ErrTruncated, int64(n), frames) || !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
					t.Errorf("%v after %d bytes: %v", cause, n, err)
				}
				var asTimeout interface{ Timeout() bool }
				if _, isTimeout := cause.(timeout); isTimeout != errors.Is(err, timeout{}) || isTimeout && !(errors.As(err, &asTimeout) && asTimeout.Timeout()) {
					t.Errorf("%v after %d bytes: not found by errors.As", cause, n)
				}
				if cause != causes[5] && cause != causes[6] && !errors.Is(err, cause) {
					t.Errorf("%v after %d bytes: not found by errors.Is", cause, n)
				}
				if !strings.Contains(err.Error(), strings.ReplaceAll(cause.Error(), "\n", " ")) {
					t.Errorf("%q does not say %q", err, cause)
				}
				if _, again := r.Next(); again != err {
					t.Errorf("%v after %d bytes: then %v", cause, n, again)
				}
			}
		}
	}
	// A join of io.EOF and another error still is the other one.
	_, err := frame.NewReader(readFunc(func([]byte) (int, error) { return 0, causes[6] })).Next()
	if !errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestSourceErrorText: what a source says stays one line of bounded length, and
// neither moves a cursor nor turns a line around.
func TestSourceErrorText(t *testing.T) {
	for _, c := range []struct{ name, cause, want string }{
		{"plain", "reset by peer, “é”", "reset by peer, “é”"},
		{"line ends", "a\r\nb\tc", "a  b c"},
		{"controls", "a\x00\x1b[31m\x7f\u0085b", "a\uFFFD\uFFFD[31m\uFFFD\uFFFDb"},
		{"separators and directions", "a\u2028\u2029\u202e\u2066\u200fb", "a" + strings.Repeat("\uFFFD", 5) + "b"},
		{"not UTF-8", "a\xff\xed\xa0\x80b", "a" + strings.Repeat("\uFFFD", 4) + "b"},
		{"long", strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<10)},
		{"long, cut in a character", strings.Repeat("é", 1<<20)[1:], "\uFFFD" + strings.Repeat("é", 511) + "\uFFFD"},
	} {
		cause := errors.New(c.cause)
		_, err := frame.NewReader(readFunc(func([]byte) (int, error) { return 0, cause })).Next()
		if want := "frame: frame 0, offset 0: truncated: prelude: 0 of 12 bytes: " + c.want; err == nil || err.Error() != want {
			t.Errorf("%s: %q, want %q", c.name, err, want)
		}
		if !errors.Is(err, cause) {
			t.Errorf("%s: the source's error is not found", c.name)
		}
		if inner := errors.Unwrap(err); inner == nil || inner.Error() != err.Error() || !errors.Is(inner, frame.ErrTruncated) {
			t.Errorf("%s: Unwrap gives %v", c.name, inner)
		}
	}
}

// TestBrokenSources: nothing that a source does makes the Reader panic, spin or
// deliver what was not there.
func TestBrokenSources(t *testing.T) {
	g := frametest.SizedChunk(300)
	calls := 0
	for _, c := range []struct {
		name string
		read readFunc
		want error
	}{
		{"nothing, for ever", func([]byte) (int, error) { calls++; return 0, nil }, io.ErrNoProgress},
		{"negative count", func([]byte) (int, error) { return -1, nil }, frame.ErrTruncated},
		{"negative count with EOF", func([]byte) (int, error) { return -5, io.EOF }, frame.ErrTruncated},
		{"count too large", func(p []byte) (int, error) { return len(p) + 1, nil }, frame.ErrTruncated},
		{"count far too large", func(p []byte) (int, error) { return 1<<31 - 1, nil }, frame.ErrTruncated},
	} {
		for _, n := range []int{0, 5, 12, 100, 300, 310} {
			stream := append(bytes.Clone(g), g...)[:n]
			rest := bytes.NewReader(stream)
			r := frame.NewReader(readFunc(func(p []byte) (int, error) {
				if rest.Len() > 0 {
					return rest.Read(p)
				}
				return c.read(p)
			}))
			var err error
			frames := int64(-1)
			for err == nil {
				_, err = r.Next()
				frames++
			}
			if !isAt(err, frame.ErrTruncated, int64(n), int64(n/300)) || !errors.Is(err, c.want) || frames != int64(n/300) {
				t.Errorf("%s after %d bytes: %v", c.name, n, err)
			}
		}
	}
	if calls != 6*100 {
		t.Errorf("6 sources without progress were asked %d times, want 100 each", calls)
	}
	// A source may pause for 99 reads.
	pauses, wait := 0, 0
	slow := bytes.NewReader(g)
	paused := frame.NewReader(readFunc(func(p []byte) (int, error) {
		if wait++; wait < 100 {
			pauses++
			return 0, nil
		}
		wait = 0
		return slow.Read(p[:1])
	}))
	if _, err := paused.Next(); err != nil || pauses != 99*len(g) {
		t.Errorf("with %d pauses: %v", pauses, err)
	}
	// A source that writes after the count it returns changes nothing.
	sent := false
	r := frame.NewReader(readFunc(func(p []byte) (int, error) {
		if sent {
			return 0, io.EOF
		}
		sent = true
		for i := range p {
			p[i] = 0xee
		}
		return copy(p, g[:10]), nil
	}))
	if _, err := r.Next(); !isAt(err, frame.ErrTruncated, 10, 0) {
		t.Error(err)
	}
}

func TestNoSource(t *testing.T) {
	var zero frame.Reader
	for name, r := range map[string]*frame.Reader{"nil": frame.NewReader(nil), "zero": &zero, "new": new(frame.Reader)} {
		_, err := r.Next()
		if !isAt(err, frame.ErrTruncated, 0, 0) || !strings.Contains(err.Error(), "no source") {
			t.Errorf("%s: %v", name, err)
		}
		if r.Offset() != 0 || r.Frames() != 0 {
			t.Errorf("%s: offset %d, frames %d", name, r.Offset(), r.Frames())
		}
		r.Reset(bytes.NewReader(frametest.ChunkFrame(nil, 0)))
		if m := mustNext(t, r); m.Headers.Len() != 3 {
			t.Errorf("%s: no frame after Reset", name)
		}
	}
}

// TestReset: after Reset nothing of the stream before is left, whatever it was.
func TestReset(t *testing.T) {
	stream, ends := chunks(256, 100000, 300)
	for _, before := range [][]byte{nil, stream, stream[:20], stream[:300], stream[:50000], frametest.Flip(stream, 9), append(bytes.Clone(stream[:256]), make([]byte, 50)...)} {
		for frames := range 5 {
			r := frame.NewReader(bytes.NewReader(before))
			for range frames {
				r.Next()
			}
			r.Reset(bytes.NewReader(stream))
			if r.Offset() != 0 || r.Frames() != 0 {
				t.Fatal("counters are left over")
			}
			for i := range ends {
				m := mustNext(t, r)
				if r.Offset() != ends[i] || len(m.Payload) == 0 {
					t.Fatalf("frame %d ends at %d, want %d", i, r.Offset(), ends[i])
				}
			}
			if _, err := r.Next(); err != io.EOF {
				t.Fatal(err)
			}
		}
	}
}

// TestResetFrees: the buffer of a large frame does not outlive the stream.
func TestResetFrees(t *testing.T) {
	r := frame.NewReader(bytes.NewReader(frametest.Raw(nil, make([]byte, 1<<20))))
	large := weak.Make(&mustNext(t, r).Payload[0])
	r.Reset(bytes.NewReader(nil))
	runtime.GC()
	if large.Value() != nil {
		t.Error("the buffer is kept")
	}
	runtime.KeepAlive(r)
}

// TestEmptyBetween: frames without payload, without headers or without both between others leave the others alone,
// wherever the buffer has them.
func TestEmptyBetween(t *testing.T) {
	for seed := range uint64(20) {
		g := rand.New(rand.NewPCG(seed, 1))
		var stream []byte
		var payloads, blocks [][]byte
		for range 300 {
			var payload, block []byte
			if g.IntN(3) > 0 {
				payload = bytes.Repeat([]byte{byte(g.IntN(256))}, g.IntN(2)*g.IntN(900)+1)
			}
			if g.IntN(3) > 0 {
				block = frametest.RawHeader("n", 6, frametest.Text(strings.Repeat("x", g.IntN(90))))
			}
			payloads, blocks = append(payloads, payload), append(blocks, block)
			stream = append(stream, frametest.Raw(block, payload)...)
		}
		pieces := &pieceReader{stream, func() int { return 1 + g.IntN(2000) }}
		r := frame.NewReader(pieces)
		for i := range payloads {
			m := mustNext(t, r)
			if !bytes.Equal(m.Payload, payloads[i]) || m.Headers.Len() != min(1, len(blocks[i])) {
				t.Fatalf("seed %d, frame %d differs", seed, i)
			}
		}
	}
}

// pieceReader gives as many bytes at once as size says.
type pieceReader struct {
	rest []byte
	size func() int
}

func (r *pieceReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.size())], r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// TestLimits: each limit is inclusive, zero and negative mean the default, and a
// caller's may be below or above the default.
func TestLimits(t *testing.T) {
	block := func(n int) (b []byte) {
		for i := range n {
			b = append(b, frametest.RawHeader(fmt.Sprint(i), 0, nil)...)
		}
		return b
	}
	three := frametest.ChunkFrame(nil, 0) // 75 bytes of headers, which have a path of their own
	wide := frametest.Raw(bytes.Join([][]byte{
		frametest.RawHeader("a", 6, frametest.Text(strings.Repeat("x", 32767))),
		frametest.RawHeader("b", 6, frametest.Text(strings.Repeat("x", 32767))),
		frametest.RawHeader("c", 6, frametest.Text(strings.Repeat("x", 32767))),
		frametest.RawHeader("d", 6, frametest.Text(strings.Repeat("x", 32767))),
	}, nil), nil)
	for _, c := range []struct {
		name   string
		lim    frame.Limits
		b      []byte
		want   error
		offset int64
	}{
		{"frame at the limit", frame.Limits{MaxFrame: len(three)}, three, nil, 0},
		{"frame above the limit", frame.Limits{MaxFrame: len(three) - 1}, three, frame.ErrTooLarge, 0},
		{"headers at the limit", frame.Limits{MaxHeaders: 75}, three, nil, 0},
		{"headers above the limit", frame.Limits{MaxHeaders: 74}, three, frame.ErrTooLarge, 4},
		{"count at the limit", frame.Limits{MaxHeaderCount: 3}, three, nil, 0},
		{"count above the limit", frame.Limits{MaxHeaderCount: 2}, three, frame.ErrTooLarge, 12 + 20 + 33},
		{"one header allowed", frame.Limits{MaxHeaderCount: 1}, frametest.Raw(block(2), nil), frame.ErrTooLarge, 12 + 3},
		{"negative limits", frame.Limits{MaxFrame: -1, MaxHeaders: -1, MaxHeaderCount: -1}, three, nil, 0},
		{"default count", frame.Limits{}, frametest.Raw(block(1025), nil), frame.ErrTooLarge, 12 + int64(len(block(1024)))},
		{"count raised", frame.Limits{MaxHeaderCount: 2000}, frametest.Raw(block(2000), nil), nil, 0},
		{"default headers", frame.Limits{}, wide, frame.ErrTooLarge, 4},
		{"headers raised", frame.Limits{MaxHeaders: 1 << 20}, wide, nil, 0},
		{"frame raised", frame.Limits{MaxFrame: 26 << 20}, frametest.Raw(nil, make([]byte, 24<<20+1)), nil, 0},
		{"default frame", frame.Limits{}, frametest.Raw(nil, make([]byte, 24<<20+1)), frame.ErrTooLarge, 0},
		{"default frame, largest", frame.Limits{}, frametest.Raw(nil, make([]byte, 24<<20)), nil, 0},
	} {
		r := frame.NewReader(bytes.NewReader(c.b))
		r.Limits = c.lim
		_, err := r.Next()
		if c.want == nil && err != nil || c.want != nil && !isAt(err, c.want, c.offset, 0) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// Above the raised count duplicates are still found.
	b := append(block(1999), frametest.RawHeader("77", 1, nil)...)
	r := frame.NewReader(bytes.NewReader(frametest.Raw(b, nil)))
	r.Limits = frame.Limits{MaxHeaderCount: 2000}
	if _, err := r.Next(); !isAt(err, frame.ErrHeader, 12+int64(len(block(1999))), 0) {
		t.Errorf("duplicate among 2000: %v", err)
	}
	// With all limits raised to the largest int, on machines of any word size,
	// lengths still cost nothing and wrap nowhere.
	for _, total := range []uint32{math.MaxInt32 - 1, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32} {
		for _, headers := range []uint32{0, total - 16} {
			r := frame.NewReader(bytes.NewReader(append(frametest.Prelude(total, headers), make([]byte, 20<<10)...)))
			r.Limits = frame.Limits{MaxFrame: math.MaxInt, MaxHeaders: math.MaxInt, MaxHeaderCount: math.MaxInt}
			_, err := r.Next()
			if uint64(total) <= math.MaxInt && !isAt(err, frame.ErrTruncated, 12+20*1024, 0) || uint64(total) > math.MaxInt && !isAt(err, frame.ErrTooLarge, 0, 0) {
				t.Errorf("total %d, no limits: %v", total, err)
			}
		}
	}
	// Reset keeps the limits, and takes new ones.
	r.Limits.MaxFrame = 17
	r.Reset(bytes.NewReader(three))
	if _, err := r.Next(); kind(err) != frame.ErrTooLarge {
		t.Errorf("a new limit after Reset: %v", err)
	}
}
