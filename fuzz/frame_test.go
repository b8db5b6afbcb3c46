package fuzz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// frameSeeds returns the streams of all vectors that are not too long to mutate
// well. Without them a target does not start.
func frameSeeds(f *testing.F) []frametest.Vector {
	f.Helper()
	all, err := frametest.Vectors()
	if err != nil {
		f.Fatal(err)
	}
	var short []frametest.Vector
	for _, v := range all {
		if len(v.Stream) <= 4096 {
			short = append(short, v)
		}
	}
	if len(short) < 200 {
		f.Fatalf("%d seeds are too few", len(short))
	}
	return short
}

// fault returns what is known of err, which must be one of package frame's.
func fault(t *testing.T, err error) *frame.Error {
	t.Helper()
	var e *frame.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *frame.Error", err)
	}
	switch e.Err {
	case frame.ErrTruncated, frame.ErrPreludeCRC, frame.ErrMessageCRC, frame.ErrLength, frame.ErrTooLarge, frame.ErrHeader:
	default:
		t.Fatalf("%v is of no known kind", err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) != (e.Err == frame.ErrTruncated) || err.Error() == "" {
		t.Fatalf("%v is the wrong kind of end", err)
	}
	return e
}

// list turns decoded headers into those that Append takes, and looks at every
// part of them on the way.
func list(t *testing.T, m frame.Message) []frame.Header {
	t.Helper()
	var all []frame.Header
	for name, v := range m.Headers.All() {
		if len(name) == 0 {
			t.Fatal("an empty name")
		}
		got, ok := m.Headers.Get(string(name))
		if !ok || got.Type() != v.Type() || frametest.ValueText(got) != frametest.ValueText(v) {
			t.Fatalf("Get(%q) finds something else", name)
		}
		if s, ok := v.Text(); ok != v.EqualText(s) {
			t.Fatalf("%q does not equal itself", s)
		}
		all = append(all, frame.Header{Name: string(name), Value: v})
	}
	if len(all) != m.Headers.Len() {
		t.Fatalf("%d headers, Len is %d", len(all), m.Headers.Len())
	}
	return all
}

// same fails unless the frame at the start of b is m, and is encoded so again.
func same(t *testing.T, m frame.Message, b []byte) {
	t.Helper()
	out, err := frame.Append(nil, list(t, m), m.Payload)
	if err != nil {
		t.Fatalf("a frame that was accepted is not encoded: %v", err)
	}
	if !bytes.Equal(out, b) {
		t.Fatalf("decoded from % x\nencoded to   % x", b, out)
	}
}

// FuzzFrameRaw gives any bytes to Parse and to a Reader. They must agree, frame
// for frame and fault for fault, and what they accept is encoded to its bytes.
func FuzzFrameRaw(f *testing.F) {
	for _, v := range frameSeeds(f) {
		f.Add(v.Stream)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := frame.NewReader(bytes.NewReader(b))
		rest, start := b, int64(0)
		for index := int64(0); ; index++ {
			m, err := r.Next()
			p, n, parseErr := frame.Parse(rest)
			if err == io.EOF {
				if len(rest) != 0 || fault(t, parseErr).Err != frame.ErrTruncated {
					t.Fatalf("an end with %d bytes left: %v", len(rest), parseErr)
				}
				break
			}
			if err != nil {
				a, e := fault(t, err), fault(t, parseErr)
				if a.Err != e.Err || a.Offset != e.Offset+start || a.Frame != index || n != 0 {
					t.Fatalf("Reader: %v; Parse: %v at %d", err, parseErr, start)
				}
				if _, again := r.Next(); again != err {
					t.Fatalf("%v, and then %v", err, again)
				}
				break
			}
			if parseErr != nil || !bytes.Equal(m.Payload, p.Payload) || m.Headers.Len() != p.Headers.Len() {
				t.Fatalf("Parse differs from the Reader: %v", parseErr)
			}
			same(t, p, rest[:n])
			rest, start = rest[n:], start+int64(n)
			if r.Offset() != start || r.Frames() != index+1 {
				t.Fatalf("offset %d, frames %d; want %d, %d", r.Offset(), r.Frames(), start, index+1)
			}
		}
	})
}

// FuzzFramePrelude gives a prelude with any lengths and a right checksum, and
// bytes after it whose checksum is right where the total length is.
func FuzzFramePrelude(f *testing.F) {
	for _, v := range frameSeeds(f) {
		if len(v.Stream) >= 16 {
			f.Add(binary.BigEndian.Uint32(v.Stream), binary.BigEndian.Uint32(v.Stream[4:]), v.Stream[12:])
		}
	}
	f.Fuzz(func(t *testing.T, total, headers uint32, body []byte) {
		b := append(frametest.Prelude(total, headers), body...)
		if total >= frametest.Overhead && uint64(total) <= uint64(len(b)) {
			frametest.Repair(b[:total])
		}
		m, n, err := frame.Parse(b)
		want := error(nil)
		switch {
		case total < 16 || uint64(headers) > uint64(total)-16 || headers == 1:
			want = frame.ErrLength
		case total > frame.DefaultMaxFrame || headers > frame.DefaultMaxHeaders:
			want = frame.ErrTooLarge
		case uint64(total) > uint64(len(b)):
			want = frame.ErrTruncated
		}
		switch {
		case want != nil:
			if got := fault(t, err); got.Err != want {
				t.Fatalf("total %d, headers %d: %v, want %v", total, headers, err, want)
			}
		case err != nil:
			if got := fault(t, err).Err; got != frame.ErrHeader && got != frame.ErrTooLarge {
				t.Fatalf("total %d, headers %d: %v", total, headers, err)
			}
		case n != int(total) || len(m.Payload) != n-16-int(headers):
			t.Fatalf("total %d, headers %d: %d bytes, payload of %d", total, headers, n, len(m.Payload))
		default:
			same(t, m, b[:n])
		}
	})
}

// FuzzFrameHeaders gives any header block in a frame that is right otherwise. A
// second, plain decoder says what must come of it.
func FuzzFrameHeaders(f *testing.F) {
	for _, v := range frameSeeds(f) {
		if len(v.Stream) < 16 || v.End != io.EOF && v.End != frame.ErrHeader {
			continue
		}
		if n := binary.BigEndian.Uint32(v.Stream[4:]); uint64(n)+16 <= uint64(len(v.Stream)) {
			f.Add(v.Stream[12:12+n], []byte("{}"))
		}
	}
	f.Fuzz(func(t *testing.T, block, payload []byte) {
		if len(block) == 1 || len(block) > frame.DefaultMaxHeaders || len(payload) > 1<<20 {
			return // a fault of the lengths
		}
		b := frametest.Raw(block, payload)
		m, n, err := frame.Parse(b)
		at, ok := plainHeaders(block)
		if !ok {
			if e := fault(t, err); e.Err != frame.ErrHeader && e.Err != frame.ErrTooLarge || e.Offset != int64(12+at) {
				t.Fatalf("%q: %v, want a fault at %d", block, err, 12+at)
			}
			return
		}
		if err != nil || n != len(b) || !bytes.Equal(m.Payload, payload) {
			t.Fatalf("%q: %v", block, err)
		}
		same(t, m, b)
	})
}

// FuzzFrameRoundTrip encodes any header and payload, and decodes what was
// encoded.
func FuzzFrameRoundTrip(f *testing.F) {
	for _, v := range frameSeeds(f) {
		for _, fr := range v.Frames {
			for i, h := range fr.Headers {
				f.Add(h.Name, uint8(i), []byte(h.Value), int64(len(h.Value)), fr.Payload)
			}
		}
	}
	f.Fuzz(func(t *testing.T, name string, typ uint8, raw []byte, n int64, payload []byte) {
		if len(raw) > 1<<16 || len(payload) > 1<<20 {
			return
		}
		var id [16]byte
		copy(id[:], raw)
		v := [...]frame.Value{
			frame.BoolValue(n > 0), frame.Int8Value(int8(n)), frame.Int16Value(int16(n)), frame.Int32Value(int32(n)), frame.Int64Value(n),
			frame.BytesValue(raw), frame.StringValue(string(raw)), frame.UUIDValue(id), {},
		}[typ%9]
		headers := []frame.Header{{Name: name, Value: v}, {Name: "other", Value: frame.StringValue("x")}}
		b, err := frame.Append([]byte("kept"), headers, payload)
		if string(b[:4]) != "kept" {
			t.Fatal("dst was changed")
		}
		if err != nil {
			if fault(t, err).Err != frame.ErrHeader || len(b) != 4 {
				t.Fatalf("%d bytes: %v", len(b), err)
			}
			return
		}
		m, used, err := frame.Parse(b[4:])
		if err != nil || used != len(b)-4 || !bytes.Equal(m.Payload, payload) {
			t.Fatalf("what was encoded is not decoded: %v", err)
		}
		got, ok := m.Headers.Get(name)
		if !ok || got.Type() != v.Type() || frametest.ValueText(got) != frametest.ValueText(v) {
			t.Fatalf("%q: %v %q, want %v %q", name, got.Type(), frametest.ValueText(got), v.Type(), frametest.ValueText(v))
		}
		same(t, m, b[4:])
	})
}

// chopped delivers its bytes in pieces of the sizes that a fuzzer chose, and now
// and then none.
type chopped struct {
	b, sizes []byte
	i, none  int
}

func (c *chopped) Read(p []byte) (int, error) {
	if len(c.b) == 0 {
		return 0, io.EOF
	}
	n := len(p)
	if len(c.sizes) > 0 {
		n = int(c.sizes[c.i%len(c.sizes)])
		c.i++
	}
	if n == 0 && c.none < 50 {
		c.none++
		return 0, nil
	}
	c.none = 0
	n = copy(p[:min(max(n, 1), len(p))], c.b)
	c.b = c.b[n:]
	return n, nil
}

// FuzzFrameResume gives a stream in any pieces. Its frames, its end and the
// offset of that must be those of the same stream in one piece.
func FuzzFrameResume(f *testing.F) {
	for i, v := range frameSeeds(f) {
		f.Add(v.Stream, []byte{byte(i), 0, 1, byte(i * 7)}, i%2 == 0)
	}
	big := frametest.SizedChunk(9000)
	f.Add(append(append(big[:len(big):len(big)], frametest.SizedChunk(200)...), big...), []byte{255, 3}, true)
	f.Fuzz(func(t *testing.T, b, sizes []byte, repair bool) {
		if repair { // one frame with right checksums: what mutations leave of most streams has none
			b = frametest.Repair(bytes.Clone(b))
		}
		whole := frame.NewReader(bytes.NewReader(b))
		pieces := frame.NewReader(iotest.DataErrReader(&chopped{b: b, sizes: sizes}))
		for {
			m, err := whole.Next()
			p, pErr := pieces.Next()
			if raw := pieces.Raw(); pErr == nil && !bytes.Equal(raw, b[pieces.Offset()-int64(len(raw)):pieces.Offset()]) || !bytes.Equal(raw, whole.Raw()) {
				t.Fatalf("Raw is not the frame before %d", pieces.Offset())
			}
			if whole.Offset() != pieces.Offset() || whole.Frames() != pieces.Frames() {
				t.Fatalf("offsets %d and %d", whole.Offset(), pieces.Offset())
			}
			if err != nil || pErr != nil {
				if err == io.EOF || pErr == io.EOF {
					if err != pErr {
						t.Fatalf("%v in one piece, %v in many", err, pErr)
					}
					return
				}
				x, y := fault(t, err), fault(t, pErr)
				if x.Err != y.Err || x.Offset != y.Offset || x.Frame != y.Frame || x.Error() != y.Error() {
					t.Fatalf("%v in one piece, %v in many", err, pErr)
				}
				return
			}
			if !bytes.Equal(m.Payload, p.Payload) || m.Headers.Len() != p.Headers.Len() {
				t.Fatal("frames differ")
			}
			x, y := list(t, m), list(t, p)
			for i := range x {
				if x[i].Name != y[i].Name || frametest.ValueText(x[i].Value) != frametest.ValueText(y[i].Value) {
					t.Fatalf("header %d differs", i)
				}
			}
		}
	})
}
