package frame_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// zeros delivers a good frame whose payload is zeros, without holding it: a
// source that costs nothing itself. It stops where stop says.
type zeros struct {
	front, back []byte // prelude; checksum
	total, at   int
	stop        int
	each        func() // called at each Read
}

func newZeros(total int) *zeros {
	b := frametest.Raw(nil, make([]byte, total-frametest.Overhead))
	return &zeros{front: bytes.Clone(b[:12]), back: bytes.Clone(b[total-4:]), total: total, stop: total}
}

var errStalled = errors.New("stalled")

func (z *zeros) Read(p []byte) (int, error) {
	if z.each != nil {
		z.each()
	}
	if z.at == z.stop {
		if z.at == z.total {
			return 0, io.EOF
		}
		return 0, errStalled
	}
	n := min(len(p), z.stop-z.at)
	p = p[:n]
	clear(p)
	for i := range p {
		switch at := z.at + i; {
		case at < 12:
			p[i] = z.front[at]
		case at >= z.total-4:
			p[i] = z.back[at-(z.total-4)]
		}
	}
	z.at += n
	return n, nil
}

// quiet returns the least that f allocates in three runs, each after setup,
// because the runtime allocates too, now and then.
func quiet(setup func(), f func()) uint64 {
	best := ^uint64(0)
	for range 3 {
		setup()
		best = min(best, allocated(f))
	}
	return best
}

// TestStrictMemoryStalled: a stalled prelude costs at most 4 KiB, whatever length
// it claims, and a frame that stalls costs what has come. Until a quarter of it
// is there that is 64 KiB and 1.25 times the bytes; from then on, the frame. All
// that was ever allocated is counted, garbage too.
func TestStrictMemoryStalled(t *testing.T) {
	c := &tally{t: t}
	for _, total := range []int{16, 100, 2048, 2049, 8192, 8193, 32 << 10, 64 << 10, 200 << 10, 1 << 20, 5 << 20, frame.DefaultMaxFrame}[:sample(12, 9)] {
		for _, come := range []int{0, 1, 11, 12, 13, 100, 2048, 2049, 8192, 8193, 20 << 10, total/4 - 1, total / 4, total/4 + 1, total / 2, total - 1, total} {
			if come > total || come < 0 {
				continue
			}
			z := newZeros(total)
			var r *frame.Reader
			var err error
			cost := quiet(func() { z.at, z.stop = 0, come }, func() {
				r = frame.NewReader(z)
				_, err = r.Next()
			})
			bound := uint64(64<<10 + come + come/4)
			if come >= total/4 {
				bound = uint64(64<<10 + total + total/4)
			}
			if come <= 12 {
				bound = 4 << 10
			}
			ok := cost <= bound
			if come == total {
				ok = ok && err == nil
			} else {
				ok = ok && isAt(err, frame.ErrTruncated, int64(come), 0) && errors.Is(err, errStalled)
			}
			c.check(ok, "%d of %d bytes: %d allocated, bound %d: %v", come, total, cost, bound, err)
		}
	}
	c.done(150)
}

// live returns the bytes that are reachable.
func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestStrictMemoryPeak follows what is live while frames of changing size arrive:
// at most 64 KiB and 1.25 times the frame at hand, or the one before while it is
// not known yet what comes.
func TestStrictMemoryPeak(t *testing.T) {
	c := &tally{t: t}
	sizes := []int{1000, 300 << 10, 310 << 10, 190 << 10, 2000, 300 << 10, 1 << 20, 1<<20 + 1<<16, 100, 100, 5 << 20, 200 << 10, 16, 64 << 10, 70 << 10}[:sample(15, 5)]
	var sources []io.Reader
	var all []*zeros
	for _, n := range sizes {
		z := newZeros(n)
		all = append(all, z)
		sources = append(sources, z)
	}
	r := frame.NewReader(io.MultiReader(sources...))
	base := live()
	for i, z := range all {
		bound := uint64(64<<10 + sizes[i] + sizes[i]/4)
		if i > 0 {
			bound = max(bound, uint64(64<<10+sizes[i-1]+sizes[i-1]/4))
		}
		reads := 0
		z.each = func() {
			// Collecting at every read of 4 KiB would take minutes. The buffer
			// changes at the start and at a quarter.
			quarter := z.total / 4
			if reads++; reads > 8 && (z.at < quarter-1<<13 || z.at > quarter+1<<15) && reads%64 != 0 {
				return
			}
			now := live() - base
			c.check(int64(now) <= int64(bound), "frame %d of %d bytes, %d read: %d live, bound %d", i, z.total, z.at, int64(now), bound)
		}
	}
	for i := range sizes {
		m, err := r.Next()
		if err != nil || len(m.Payload) != sizes[i]-16 {
			t.Fatalf("frame %d: %v", i, err)
		}
		now := int64(live() - base)
		c.check(now <= int64(64<<10+sizes[i]+sizes[i]/4), "after frame %d of %d bytes: %d live", i, sizes[i], now)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatal(err)
	}
	runtime.KeepAlive(r)
	c.done(200)
}

// endless delivers the same bytes again and again, up to a number of them.
type endless struct {
	b        []byte
	at, left int
}

func (s *endless) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	if s.at == len(s.b) {
		s.at = 0
	}
	n := copy(p[:min(len(p), s.left)], s.b[s.at:])
	s.at, s.left = s.at+n, s.left-n
	return n, nil
}

// TestStrictMemoryLongStream: 512 MiB of 1 KiB frames allocate at most 64 KiB in
// all, and the bytes after a huge frame no more.
func TestStrictMemoryLongStream(t *testing.T) {
	c := &tally{t: t}
	src := &endless{b: frametest.SizedChunk(1024)}
	r := frame.NewReader(src)
	frames, size := 0, sample(512, 8)
	cost := quiet(func() { src.at, src.left, frames = 0, size<<20, 0 }, func() {
		r.Reset(src)
		for {
			m, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil || len(m.Payload) != 1024-91 {
				t.Fatal(err)
			}
			frames++
		}
	})
	t.Logf("%d frames, %d bytes allocated", frames, cost)
	c.check(frames == size<<10 && cost <= 64<<10, "%d frames, %d bytes allocated", frames, cost)

	base := live()
	src = &endless{b: frametest.SizedChunk(1024), left: 10 << 10}
	r = frame.NewReader(io.MultiReader(newZeros(20<<20), src))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	huge := live() - base
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	small := int64(live() - base)
	t.Logf("%d bytes live with a frame of 20 MiB, %d with the next of 1 KiB", huge, small)
	c.check(huge >= 19<<20 && small <= 64<<10, "%d bytes live after the huge frame, then %d", huge, small)
	runtime.KeepAlive(r)
	c.done(2)
}

// escaped keeps what is assigned to it from staying on the stack.
var escaped string

// TestAllocs: nothing on the way of a good frame allocates.
func TestAllocs(t *testing.T) {
	var all []byte
	frames := 0
	for _, g := range golden(t) {
		all = append(all, g...)
		frames++
	}
	var src bytes.Reader
	r := frame.NewReader(&src)
	zero := func(name string, f func()) {
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
	zero("Reader", func() {
		src.Reset(all)
		r.Reset(&src)
		for range frames {
			if _, err := r.Next(); err != nil || len(r.Raw()) == 0 {
				t.Fatal(err)
			}
		}
	})
	zero("Parse", func() {
		for b := all; len(b) > 0; {
			_, n, err := frame.Parse(b)
			if err != nil {
				t.Fatal(err)
			}
			b = b[n:]
		}
	})
	m, _, err := frame.Parse(frametest.ChunkFrame([]byte("{}"), 3))
	if err != nil {
		t.Fatal(err)
	}
	zero("Headers", func() {
		n := 0
		for name, v := range m.Headers.All() {
			if len(name) > 0 && v.Type() == frame.String {
				n++
			}
			escaped, _ = v.Text() // one of those that every frame repeats
		}
		v, ok := m.Headers.Get(":event-type")
		if text, isText := v.Text(); !ok || !isText || text != "chunk" || !v.EqualText("chunk") || n != 3 {
			t.Fatal("wrong headers")
		}
	})
	big := frametest.SizedChunk(64 << 10)
	loop := &endless{b: big, left: 1 << 30}
	r = frame.NewReader(loop)
	zero("Reader, 64 KiB frames", func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	})
	dst := make([]byte, 0, 4096)
	id := [16]byte{1}
	zero("Append", func() {
		out, err := frame.Append(dst, []frame.Header{
			{Name: "a", Value: frame.StringValue("text")},
			{Name: "b", Value: frame.Int64Value(-1)},
			{Name: "c", Value: frame.UUIDValue(id)},
			{Name: "d", Value: frame.BytesValue(id[:])},
		}, m.Payload)
		if err != nil || &out[0] != &dst[:1][0] {
			t.Fatal("Append did not use the capacity")
		}
	})
}
