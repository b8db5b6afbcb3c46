package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"bedrockwire/crc"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// The tests in this file are the promises of the package documentation at their
// numbers. Each prints how many cases it tried and how many were wrong:
//
//	go test -v -run Strict ./frame/
//
// With -short, meant for emulators and the race detector, they try a sample.

// sample returns n, or the second number with -short.
func sample(n, short int) int {
	if testing.Short() {
		return short
	}
	return n
}

// tally counts cases, and keeps the first few that were wrong.
type tally struct {
	t            *testing.T
	tried, wrong int
}

func (c *tally) check(ok bool, format string, args ...any) {
	c.tried++
	if ok {
		return
	}
	if c.wrong++; c.wrong <= 5 {
		c.t.Errorf(format, args...)
	}
}

// done prints the count and fails if there were fewer cases than promised.
func (c *tally) done(atLeast int) {
	c.t.Helper()
	if testing.Short() {
		atLeast = 1
	}
	c.t.Logf("%s: %d cases tried, %d wrong", c.t.Name(), c.tried, c.wrong)
	if c.tried < atLeast {
		c.t.Errorf("%d cases are too few, want %d", c.tried, atLeast)
	}
}

func golden(t testing.TB) [][]byte {
	t.Helper()
	all, err := frametest.Golden()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 {
		t.Fatalf("%d golden frames, want 40", len(all))
	}
	return all
}

func vectors(t testing.TB) []frametest.Vector {
	t.Helper()
	all, err := frametest.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func kind(err error) error {
	var e *frame.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return nil
}

// isAt reports whether err is an *Error of exactly this kind, offset and frame.
func isAt(err, want error, offset, index int64) bool {
	var e *frame.Error
	return errors.As(err, &e) && e.Err == want && errors.Is(err, want) && e.Offset == offset && e.Frame == index && !errors.Is(err, io.EOF)
}

// TestStrictCuts cuts every golden frame, after a good one, at every offset, in
// every delivery; and with a source that fails at the cut instead of ending.
func TestStrictCuts(t *testing.T) {
	c := &tally{t: t}
	first := frametest.ChunkFrame([]byte("{}"), 1)
	at := int64(len(first))
	boom := errors.New("boom")
	deliveries := append(frametest.Deliveries(),
		frametest.Delivery{Name: "failure", Reader: func(b []byte) io.Reader { return frametest.FailWith(bytes.NewReader(b), boom, false) }},
		frametest.Delivery{Name: "data with failure", Reader: func(b []byte) io.Reader { return frametest.FailWith(bytes.NewReader(b), boom, true) }})
	for i, g := range golden(t) {
		stream := append(bytes.Clone(first), g...)
		for cut := 0; cut <= len(g); cut++ {
			if len(g) > 2000 && cut > 40 && cut < len(g)-40 && cut%61 != 0 {
				continue // the long frame has a thousand equal headers
			}
			if cut%sample(1, 5) != 0 && cut != len(g) {
				continue
			}
			for _, d := range deliveries {
				r := frame.NewReader(d.Reader(stream[:len(first)+cut]))
				_, err := r.Next()
				good := err == nil
				if cut == len(g) {
					_, err = r.Next()
					good = good && err == nil
				}
				_, err = r.Next()
				_, again := r.Next()
				fails := d.Name == "failure" || d.Name == "data with failure"
				switch {
				case (cut == 0 || cut == len(g)) && !fails:
					good = good && err == io.EOF
				case cut == len(g):
					good = good && isAt(err, frame.ErrTruncated, at+int64(cut), 2)
				default:
					good = good && isAt(err, frame.ErrTruncated, at+int64(cut), 1) && errors.Is(err, io.ErrUnexpectedEOF)
				}
				good = good && again == err && errors.Is(err, boom) == fails
				c.check(good, "frame %d cut at %d, %s: %v", i, cut, d.Name, err)
			}
			m, n, err := frame.Parse(g[:cut])
			if cut == len(g) {
				c.check(err == nil && n == cut, "frame %d: Parse: %v", i, err)
			} else {
				c.check(isAt(err, frame.ErrTruncated, int64(cut), 0) && n == 0 && m.Payload == nil, "frame %d cut at %d: Parse: %v", i, cut, err)
			}
		}
	}
	c.done(20000)
}

// flipped returns the kind of error that damage from this bit on must give.
func flipped(bit int) error {
	if bit < 8*12 {
		return frame.ErrPreludeCRC
	}
	return frame.ErrMessageCRC
}

// TestStrictSingleFlips inverts every bit of every golden frame after a good
// one, which must be delivered, and before one, which must not.
func TestStrictSingleFlips(t *testing.T) {
	c := &tally{t: t}
	first := frametest.ChunkFrame([]byte("{}"), 1)
	r := frame.NewReader(nil)
	var src bytes.Reader
	for i, g := range golden(t) {
		stream := append(bytes.Clone(first), g...)
		stream = append(stream, first...)
		for bit := 0; bit < 8*len(g); bit += sample(1, 7) {
			at := len(first) + bit/8
			stream[at] ^= 1 << (bit % 8)
			_, _, err := frame.Parse(stream[len(first):])
			src.Reset(stream)
			r.Reset(&src)
			_, err0 := r.Next()
			_, err1 := r.Next()
			_, err2 := r.Next()
			stream[at] ^= 1 << (bit % 8)
			c.check(err0 == nil && kind(err1) == flipped(bit) && kind(err) == flipped(bit) && err2 == err1 && r.Frames() == 1,
				"frame %d, bit %d: %v; Parse: %v", i, bit, err1, err)
		}
	}
	c.done(40000)
}

// TestStrictDoubleFlips inverts every two bits of every golden frame of at most
// 64 bytes.
func TestStrictDoubleFlips(t *testing.T) {
	c := &tally{t: t}
	for i, g := range golden(t) {
		if len(g) > sample(64, 24) {
			continue
		}
		b := bytes.Clone(g)
		for j := range 8 * len(b) {
			b[j/8] ^= 1 << (j % 8)
			for k := range j {
				b[k/8] ^= 1 << (k % 8)
				_, _, err := frame.Parse(b)
				b[k/8] ^= 1 << (k % 8)
				c.check(kind(err) == flipped(k), "frame %d, bits %d and %d: %v", i, k, j, err)
			}
			b[j/8] ^= 1 << (j % 8)
		}
	}
	c.done(100000)
}

// TestStrictBursts damages up to 32 bits in a row, at every bit of every golden
// frame: both ends only, all of them, and two random patterns for each length.
func TestStrictBursts(t *testing.T) {
	c := &tally{t: t}
	rnd := rand.New(rand.NewPCG(1, 2))
	var patterns []uint32
	for n := 2; n <= 32; n++ {
		ends, all := uint32(1)|1<<(n-1), uint32(math.MaxUint32)>>(32-n)
		patterns = append(patterns, ends, all, ends|rnd.Uint32()&all, ends|rnd.Uint32()&all)
	}
	for i, g := range golden(t) {
		b := bytes.Clone(g)
		step := sample(1, 31)
		if len(b) > 1000 {
			step *= 37
		}
		for bit := 0; bit < 8*len(b); bit += step {
			for _, p := range patterns {
				frametest.Burst(b, bit, p)
				_, _, err := frame.Parse(b)
				frametest.Burst(b, bit, p)
				c.check(kind(err) == flipped(bit), "frame %d, bit %d, pattern %x: %v", i, bit, p, err)
			}
		}
		if !bytes.Equal(b, g) {
			t.Fatal("the frame is not as it was")
		}
	}
	c.done(1000000)
}

// TestStrictOrder gives frames with two faults. The check that comes first in the
// order of trust must speak.
func TestStrictOrder(t *testing.T) {
	c := &tally{t: t}
	parse := func(b []byte) error { _, _, err := frame.Parse(b); return kind(err) }
	for _, v := range vectors(t) {
		if len(v.Frames) > 0 || !v.Negative() || len(v.Stream) < 13 {
			continue
		}
		// With its prelude checksum damaged any stream fails there.
		c.check(parse(frametest.Flip(v.Stream, 8*8)) == frame.ErrPreludeCRC || v.End == frame.ErrPreludeCRC, "%s: damaged prelude: not seen", v.Name)
		switch v.End {
		case frame.ErrLength, frame.ErrTooLarge:
			if v.Offset > 4 {
				break // the number of headers
			}
			// Lengths are refused before the room for them is looked for ...
			c.check(parse(v.Stream[:12]) == v.End, "%s: not refused after 12 bytes", v.Name)
		case frame.ErrHeader:
			// ... and headers are parsed after the message checksum, and that
			// is compared when the frame is there.
			last := len(v.Stream) - 1
			c.check(parse(frametest.Flip(v.Stream, 8*last)) == frame.ErrMessageCRC, "%s: header before checksum", v.Name)
			c.check(parse(v.Stream[:last]) == frame.ErrTruncated, "%s: header before all bytes", v.Name)
		}
	}
	// Lengths that contradict each other and are above the limits.
	c.check(parse(frametest.Prelude(math.MaxUint32, math.MaxUint32)) == frame.ErrLength, "limit before consistency")
	c.check(parse(frametest.Prelude(math.MaxUint32, 0)) == frame.ErrTooLarge, "limit not seen")
	c.done(200)
}

// counting hands out a prelude and notes what else it is asked for.
type counting struct {
	b    []byte
	read int
	over bool // asked for more when the prelude was out
}

func (s *counting) Read(p []byte) (int, error) {
	if len(s.b) == s.read {
		s.over = true
		return 0, io.EOF
	}
	n := copy(p, s.b[s.read:])
	s.read += n
	return n, nil
}

// TestStrictLengths tries preludes with right checksums and lengths on both sides
// of every boundary, and random ones. Refused ones are refused after exactly
// twelve bytes though more are there, and all of them cost at most 4 KiB.
func TestStrictLengths(t *testing.T) {
	c := &tally{t: t}
	var edges []uint32
	for _, v := range []uint32{0, 16, 1 << 31, 12, 128 << 10, 24<<20 + 16, 32, 256, 1 << 16, 128<<10 + 16, 1 << 24, 24 << 20}[:sample(12, 3)] {
		edges = append(edges, v-2, v-1, v, v+1, v+2) // wraps around 0 on purpose
	}
	type pair struct{ total, headers uint32 }
	var pairs []pair
	for _, total := range edges {
		for _, headers := range edges {
			pairs = append(pairs, pair{total, headers})
		}
		for d := range uint32(5) {
			pairs = append(pairs, pair{total, total - 18 + d})
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range sample(10000, 100) {
		pairs = append(pairs, pair{rnd.Uint32() >> rnd.IntN(32), rnd.Uint32() >> rnd.IntN(32)})
	}
	trail := make([]byte, 100)
	worst := uint64(0)
	for _, p := range pairs {
		total, headers := uint64(p.total), uint64(p.headers)
		want, offset := frame.ErrTruncated, int64(12)
		switch {
		case total < 16:
			want, offset = frame.ErrLength, 0
		case headers+16 > total || headers == 1:
			want, offset = frame.ErrLength, 4
		case total > 24<<20+16:
			want, offset = frame.ErrTooLarge, 0
		case headers > 128<<10:
			want, offset = frame.ErrTooLarge, 4
		}
		b := frametest.Prelude(p.total, p.headers)
		if want != frame.ErrTruncated {
			b = append(b, trail...)
		}
		var src *counting
		var err error
		cost := uint64(math.MaxUint64)
		for try := 0; try < 3 && cost > 4<<10; try++ { // the runtime allocates too, now and then
			src = &counting{b: b}
			cost = allocated(func() { _, err = frame.NewReader(src).Next() })
		}
		worst = max(worst, cost)
		ok := isAt(err, want, offset, 0) && src.read == 12 && src.over == (want == frame.ErrTruncated) && cost <= 4<<10
		c.check(ok, "total %d, headers %d: %v after %d bytes, %d allocated; want %v at %d", p.total, p.headers, err, src.read, cost, want, offset)
	}
	t.Logf("at most %d bytes allocated", worst)
	c.done(10000 + 60*60)
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// largestBlocks returns header blocks of n headers of size bytes each, with names
// in several orders that are bad for one or the other way to find duplicates.
func largestBlocks(n, size int) map[string][]byte {
	blocks := map[string][]byte{}
	build := func(kind string, number func(i int) int, front string) {
		var b []byte
		for i := range n {
			name := fmt.Sprintf("%s%06d", front, number(i))
			for len(name) < size-2 {
				if kind == "suffix" {
					name += "x"
				} else {
					name = "x" + name
				}
			}
			b = append(b, frametest.RawHeader(name, 0, nil)...)
		}
		blocks[kind] = b
	}
	perm := rand.New(rand.NewPCG(5, 6)).Perm(n)
	build("ascending", func(i int) int { return i }, "")
	build("descending", func(i int) int { return n - i }, "")
	build("random", func(i int) int { return perm[i] }, "")
	build("suffix", func(i int) int { return perm[i] }, "")
	build("organ pipe", func(i int) int { return min(2*i, 2*(n-i)-1) }, "")
	build("blocks", func(i int) int { return i%32*1000 + i/32 }, "")

	// Names whose CRCs all agree: two strings of one length with the same CRC can
	// stand for each other anywhere, and eleven places in a row make 2,048 names.
	x, y := collision()
	var b []byte
	for i := range n {
		var name strings.Builder
		for bit := range 11 {
			if i>>bit&1 == 0 {
				name.WriteString(x)
			} else {
				name.WriteString(y)
			}
		}
		for name.Len() < size-2 {
			name.WriteByte('x')
		}
		b = append(b, frametest.RawHeader(name.String(), 0, nil)...)
	}
	blocks["collisions"] = b
	return blocks
}

// collision returns two ASCII strings of eight bytes with the same CRC.
func collision() (x, y string) {
	rnd := rand.New(rand.NewPCG(11, 12))
	seen := map[uint32]string{}
	for {
		var b [8]byte
		for i := range b {
			b[i] = 'a' + byte(rnd.IntN(26))
		}
		sum := crc.Checksum(b[:])
		if s, ok := seen[sum]; ok && s != string(b[:]) {
			return s, string(b[:])
		}
		seen[sum] = string(b[:])
	}
}

// TestStrictHeaderTime: the largest legal header block takes at most 5 ms, and
// twice the headers take at most 2.5 times as long. The best of many runs counts,
// and where a ratio is too high more runs are made: other load on the machine can
// only lengthen a run.
func TestStrictHeaderTime(t *testing.T) {
	c := &tally{t: t}
	limit, ratio := 5*time.Millisecond, 2.5
	if testing.Short() { // an emulator is slow, and not evenly so
		limit, ratio = 200*time.Millisecond, 8
	}
	full, half, twice := largestBlocks(1024, 128), largestBlocks(512, 128), largestBlocks(2048, 128)
	best := func(block []byte) time.Duration {
		b := frametest.Raw(block, nil)
		r := frame.NewReader(nil)
		r.Limits = frame.Limits{MaxHeaders: 256 << 10, MaxHeaderCount: 2048}
		var src bytes.Reader
		best := time.Hour
		for range sample(30, 5) {
			src.Reset(b)
			r.Reset(&src)
			start := time.Now()
			m, err := r.Next()
			best = min(best, time.Since(start))
			if err != nil || m.Headers.Len() == 0 {
				t.Fatal(err)
			}
		}
		return best
	}
	for kind := range full {
		if len(full[kind]) != 128<<10 {
			t.Fatalf("%s: %d bytes", kind, len(full[kind]))
		}
		t1, t2, t4 := time.Hour, time.Hour, time.Hour
		ok := false
		for try := 0; try < 20 && !ok; try++ {
			t1, t2, t4 = min(t1, best(half[kind])), min(t2, best(full[kind])), min(t4, best(twice[kind]))
			ok = float64(t2) <= ratio*float64(t1)
			if kind != "collisions" { // those are sorted, and 2,048 leave the first-level cache
				ok = ok && float64(t4) <= ratio*float64(t2)
			}
		}
		t.Logf("%-10s 512: %v, 1024: %v, 2048: %v", kind, t1, t2, t4)
		c.check(t2 <= limit, "%s: %v", kind, t2)
		c.check(ok, "%s: more than %v times as long for twice the headers", kind, ratio)
	}
	c.done(14)
}

// TestStrictHeaderTable: each kind of malformed header gives ErrHeader at the
// header's offset, from Parse and from a Reader.
func TestStrictHeaderTable(t *testing.T) {
	c := &tally{t: t}
	for _, v := range vectors(t) {
		if v.End != frame.ErrHeader {
			continue
		}
		err := v.Check(frame.NewReader(bytes.NewReader(v.Stream)).Next)
		c.check(err == nil, "%v", err)
		if len(v.Frames) == 0 {
			_, _, err = frame.Parse(v.Stream)
			c.check(isAt(err, frame.ErrHeader, v.Offset, 0), "%s: Parse: %v", v.Name, err)
		}
	}
	c.done(60)
}

// TestStrictMutations changes golden frames at random, repairs the lengths and the
// checksums, and looks for a panic, for an error that is none of the package's,
// and for a frame that is not encoded to its own bytes again.
func TestStrictMutations(t *testing.T) {
	c := &tally{t: t}
	rnd := rand.New(rand.NewPCG(7, 8))
	accepted := 0
	var out []byte
	all := golden(t)
	for range sample(300000, 10000) {
		g := all[rnd.IntN(len(all))]
		if len(g) > 2000 {
			continue
		}
		h := int(g[6])<<8 | int(g[7])
		b := frametest.Raw(frametest.Mutate(rnd, g[12:12+h]), g[12+h:len(g)-4])
		if rnd.IntN(8) == 0 { // without repaired lengths
			b = frametest.Repair(frametest.Mutate(rnd, g))
		}
		m, n, err := frame.Parse(b)
		if err != nil {
			c.check(kind(err) != nil && n == 0 && m.Payload == nil && m.Headers.Len() == 0, "% x: %v", b, err)
			continue
		}
		accepted++
		out, err = frame.Append(out[:0], headerList(m), m.Payload)
		c.check(err == nil && bytes.Equal(out, b[:n]), "% x: encoded to % x: %v", b, out, err)
	}
	t.Logf("%d of them accepted", accepted)
	if accepted < c.tried/20 || accepted > c.tried*19/20 {
		t.Error("the mutations are too weak or too strong to mean anything")
	}
	c.done(250000)
}

// headerList turns decoded headers into those that Append takes.
func headerList(m frame.Message) []frame.Header {
	var list []frame.Header
	for name, v := range m.Headers.All() {
		list = append(list, frame.Header{Name: string(name), Value: v})
	}
	return list
}

// TestStrictSplits: however a stream is cut into reads, it gives the same frames
// and the same error. Every vector in every delivery and at every 2-way split,
// and 1,000 random n-way splits of each stream of several frames.
func TestStrictSplits(t *testing.T) {
	c := &tally{t: t}
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, v := range vectors(t) {
		for _, d := range frametest.Deliveries() {
			err := v.Check(frame.NewReader(d.Reader(v.Stream)).Next)
			c.check(err == nil, "%s: %v", d.Name, err)
		}
		step := sample(1, 13) + len(v.Stream)/3000*200 // the few long ones have 1,024 equal headers
		for at := 0; at <= len(v.Stream); at += step {
			err := v.Check(frame.NewReader(frametest.Split(v.Stream, at)).Next)
			c.check(err == nil, "split at %d: %v", at, err)
		}
		if len(v.Frames) < 2 {
			continue
		}
		for range sample(1000, 20) {
			var at []int
			for i := rnd.IntN(40); i < len(v.Stream); i += 1 + rnd.IntN(1+rnd.IntN(400)) {
				at = append(at, i)
			}
			err := v.Check(frame.NewReader(frametest.Split(v.Stream, at...)).Next)
			c.check(err == nil, "split at %v: %v", at, err)
		}
	}
	c.done(40000)
}

// TestStrictDuplicates repeats every name of blocks of all sizes, at the end, and
// looks for the offset: with names whose CRCs differ, agree, or agree in part.
func TestStrictDuplicates(t *testing.T) {
	c := &tally{t: t}
	x, y := collision()
	for _, n := range []int{1, 2, 11, 12, 13, 14, 40, 200} {
		for kind := range 3 {
			var names []string
			for i := range n {
				name := fmt.Sprintf("%08d", i)
				for bit := range 8 {
					if pick := [2]string{x, y}[i>>bit&1]; kind == 2 || kind == 1 && i%2 == 0 {
						name = strings.TrimPrefix(name, fmt.Sprintf("%08d", i)) + pick
					}
				}
				names = append(names, name)
			}
			var block []byte
			for _, name := range names {
				block = append(block, frametest.RawHeader(name, 0, nil)...)
			}
			_, _, err := frame.Parse(frametest.Raw(block, nil))
			c.check(err == nil, "%d names, kind %d: %v", n, kind, err)
			for i, name := range names {
				b := append(bytes.Clone(block), frametest.RawHeader(name, 3, []byte{0, 1})...)
				_, _, err := frame.Parse(frametest.Raw(b, nil))
				c.check(isAt(err, frame.ErrHeader, 12+int64(len(block)), 0), "%d names, kind %d, name %d repeated: %v", n, kind, i, err)
				// Two repeated names: the first repetition counts.
				b = append(b, frametest.RawHeader(names[(i+1)%n], 1, nil)...)
				_, _, err = frame.Parse(frametest.Raw(b, nil))
				c.check(isAt(err, frame.ErrHeader, 12+int64(len(block)), 0), "%d names, kind %d, names %d and next repeated: %v", n, kind, i, err)
			}
		}
	}
	c.done(1500)
}
