package frametest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"bedrockwire/frame"
)

func TestVectors(t *testing.T) {
	vectors, err := Vectors()
	if err != nil {
		t.Fatal(err)
	}
	negative := 0
	published := map[string]bool{}
	for _, v := range vectors {
		if v.Negative() {
			negative++
		}
		if id, _, _ := strings.Cut(v.Name, " "); v.Source != generatedBy {
			published[id] = true
		}
		if err := v.Check(frame.NewReader(bytes.NewReader(v.Stream)).Next); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d vectors, %d negative", len(vectors), negative)
	if len(vectors) < 200 || negative*4 < len(vectors)*3 {
		t.Errorf("%d vectors, %d of them negative; want 200 and three quarters", len(vectors), negative)
	}
	if len(published) != 18+14 {
		t.Errorf("%d published vectors, want P1 to P18 and N1 to N14: %v", len(published), published)
	}
	golden, err := Golden()
	if err != nil || len(golden) < 40 {
		t.Errorf("%d golden frames: %v", len(golden), err)
	}
}

// TestCheckFindsDifferences: a check that accepts everything is worth nothing.
func TestCheckFindsDifferences(t *testing.T) {
	vectors, err := Vectors()
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) Vector {
		for _, v := range vectors {
			if v.Name == name {
				return v
			}
		}
		t.Fatalf("no vector %q", name)
		return Vector{}
	}
	run := func(v Vector, stream []byte) error {
		return v.Check(frame.NewReader(bytes.NewReader(stream)).Next)
	}
	p3, n4 := find("P3 payload and header"), find("N4 duplicate header")
	for _, c := range []struct {
		name string
		v    Vector
		in   []byte
	}{
		{"no frame", p3, nil},
		{"a frame too many", p3, append(bytes.Clone(p3.Stream), p3.Stream...)},
		{"other payload", p3, Raw(p3.Stream[12:44], []byte("other"))},
		{"other header", p3, Raw(RawHeader("content-type", 7, Text("application/xml ")), []byte(fooBar))},
		{"header missing", p3, Raw(nil, []byte(fooBar))},
		{"error instead of end", p3, append(bytes.Clone(p3.Stream), 0)},
		{"end instead of error", n4, nil},
		{"other kind", n4, n4.Stream[:20]},
		{"good frame", n4, p3.Stream},
	} {
		if run(c.v, c.in) == nil {
			t.Errorf("%s: not found", c.name)
		}
	}
	off := n4
	off.Offset++
	if run(off, off.Stream) == nil {
		t.Error("wrong offset: not found")
	}
	off = n4
	off.Frames = p3.Frames
	if run(off, append(bytes.Clone(p3.Stream), n4.Stream...)) == nil {
		t.Error("wrong offset after a frame: not found")
	}
	if v := n4; v.Check(func() (frame.Message, error) { return frame.Message{}, io.ErrUnexpectedEOF }) == nil {
		t.Error("untyped error: not found")
	}
	if v := n4; v.Check(func() (frame.Message, error) { return frame.Message{Payload: []byte{}}, io.EOF }) == nil {
		t.Error("message with an error: not found")
	}
}

// TestRowsAreChecked: rows that make no sense are refused, not skipped.
func TestRowsAreChecked(t *testing.T) {
	zero := int64(0)
	for _, r := range []Row{
		{Name: "hex", Source: "s", Hex: "0", End: "eof"},
		{Name: "payload", Source: "s", Frames: []FrameRow{{Payload: "x"}}, End: "eof"},
		{Name: "end", Source: "s", End: "fine"},
		{Source: "no name", End: "eof"},
		{Name: "no source", End: "eof"},
		{Name: "error without fault", Source: "s", End: "length", Offset: &zero},
		{Name: "error without offset", Source: "s", Fault: "f", End: "length"},
		{Name: "fault without error", Source: "s", Fault: "f", End: "eof"},
	} {
		if _, err := r.vector(); err == nil {
			t.Errorf("%q was accepted", r.Name)
		}
	}
}

// TestDeliveries: every delivery gives exactly the bytes, as readers should.
func TestDeliveries(t *testing.T) {
	b := SizedChunk(3000)
	for _, d := range Deliveries() {
		for _, in := range [][]byte{nil, b[:1], b} {
			got, err := io.ReadAll(d.Reader(in))
			if err != nil || !bytes.Equal(got, in) {
				t.Errorf("%s: %d bytes of %d: %v", d.Name, len(got), len(in), err)
			}
		}
	}
	if err := iotest.TestReader(Split(b, 0, 1, 1, 12, 700, len(b)), b); err != nil {
		t.Errorf("Split: %v", err)
	}
	boom := errors.New("boom")
	for _, together := range []bool{false, true} {
		got, err := io.ReadAll(FailWith(bytes.NewReader(b), boom, together))
		if err != boom || !bytes.Equal(got, b) {
			t.Errorf("FailWith(%v): %d bytes of %d: %v", together, len(got), len(b), err)
		}
	}
	p := make([]byte, len(b))
	r := FailWith(bytes.NewReader(b[:100]), boom, true)
	if n, err := r.Read(p); n != 100 || err != boom {
		t.Errorf("FailWith together: %d, %v", n, err)
	}
}

func TestMutators(t *testing.T) {
	b := SizedChunk(200)
	for bit := range 8 * len(b) {
		c := Flip(b, bit)
		if bytes.Equal(b, c) || !bytes.Equal(Flip(c, bit), b) {
			t.Fatalf("Flip %d", bit)
		}
	}
	c := bytes.Clone(b)
	Burst(c, 5, 0x80000001)
	if want := Flip(Flip(b, 5), 36); !bytes.Equal(c, want) {
		t.Error("Burst does not invert its first and last bit")
	}
	Burst(c, 5, 0x80000001)
	Burst(c, 8*len(b)-1, 0xffffffff)
	if want := Flip(b, 8*len(b)-1); !bytes.Equal(c, want) {
		t.Error("Burst at the end")
	}
	r := rand.New(rand.NewPCG(1, 1))
	changed := 0
	for _, in := range [][]byte{nil, {1}, b} {
		for range 1000 {
			before := bytes.Clone(in)
			if !bytes.Equal(Mutate(r, in), in) {
				changed++
			}
			if !bytes.Equal(in, before) {
				t.Fatal("Mutate changed its input")
			}
		}
	}
	if changed < 2000 {
		t.Errorf("Mutate changed %d of 3000", changed)
	}
}
