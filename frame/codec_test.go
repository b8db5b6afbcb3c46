package frame_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// TestParseVectors runs every vector through Parse: frames one behind the other,
// and the same end with offsets that count from each frame's start.
func TestParseVectors(t *testing.T) {
	for _, v := range vectors(t) {
		rest := v.Stream
		i, start := 0, int64(0)
		next := func() (frame.Message, error) {
			if len(rest) == 0 {
				return frame.Message{}, io.EOF
			}
			m, n, err := frame.Parse(rest)
			var e *frame.Error
			if errors.As(err, &e) {
				if e.Frame != 0 {
					t.Errorf("%s: frame %d from Parse", v.Name, e.Frame)
				}
				e.Frame, e.Offset = int64(i), e.Offset+start
			}
			i, start, rest = i+1, start+int64(n), rest[n:]
			return m, err
		}
		if err := v.Check(next); err != nil {
			t.Error(err)
		}
	}
}

// TestRoundTrip: what Parse accepts is encoded to the same bytes, behind whatever
// is in dst.
func TestRoundTrip(t *testing.T) {
	n := 0
	for _, v := range vectors(t) {
		for _, f := range v.Frames {
			m, size, err := frame.Parse(v.Stream[f.Offset:])
			if err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
			dst := []byte("before")
			out, err := frame.Append(dst, headerList(m), m.Payload)
			if err != nil || !bytes.Equal(out[6:], v.Stream[f.Offset:f.Offset+int64(size)]) || string(out[:6]) != "before" {
				t.Errorf("%s: % x: %v", v.Name, out, err)
			}
			n++
		}
	}
	if n < 150 {
		t.Errorf("%d frames are too few", n)
	}
}

// TestAppendRefuses: what Parse refuses, Append does, with the same kind and
// offset; and dst stays as it was.
func TestAppendRefuses(t *testing.T) {
	str := frame.StringValue
	many := func(n int) (h []frame.Header) {
		for i := range n {
			h = append(h, frame.Header{Name: string(rune('一' + i))})
		}
		return h
	}
	ok := frame.Header{Name: "ok"} // 4 bytes
	long := strings.Repeat("x", 32767)
	for _, c := range []struct {
		name    string
		headers []frame.Header
		payload []byte
		want    error
		offset  int64
	}{
		{"empty name", []frame.Header{ok, {}}, nil, frame.ErrHeader, 16},
		{"long name", []frame.Header{ok, {Name: strings.Repeat("n", 256)}}, nil, frame.ErrHeader, 16},
		{"name not UTF-8", []frame.Header{ok, {Name: "\xff"}}, nil, frame.ErrHeader, 16},
		{"string not UTF-8", []frame.Header{ok, {Name: "s", Value: str("\xff")}}, nil, frame.ErrHeader, 16},
		{"long string", []frame.Header{ok, {Name: "s", Value: str(long + "x")}}, nil, frame.ErrHeader, 16},
		{"string of 64 KiB", []frame.Header{ok, {Name: "s", Value: str(strings.Repeat("x", 1<<16))}}, nil, frame.ErrHeader, 16},
		{"long bytes", []frame.Header{ok, {Name: "s", Value: frame.BytesValue(make([]byte, 32768))}}, nil, frame.ErrHeader, 16},
		{"duplicate", []frame.Header{ok, {Name: "x"}, {Name: "ok", Value: str("v")}}, nil, frame.ErrHeader, 19},
		{"reserved of bytes", []frame.Header{ok, {Name: ":event-type", Value: frame.BytesValue([]byte("chunk"))}}, nil, frame.ErrHeader, 16},
		{"reserved of true", []frame.Header{{Name: ":message-type"}}, nil, frame.ErrHeader, 12},
		{"1025 headers", many(1025), nil, frame.ErrTooLarge, 12 + 1024*5},
		{"headers above 128 KiB", []frame.Header{{Name: "a", Value: str(long)}, {Name: "b", Value: str(long)}, {Name: "c", Value: str(long)}, {Name: "d", Value: str(long)}}, nil, frame.ErrTooLarge, 4},
		{"payload above 24 MiB", nil, make([]byte, 24<<20+1), frame.ErrTooLarge, 0},
		{"payload and headers above 24 MiB", []frame.Header{ok}, make([]byte, 24<<20-3), frame.ErrTooLarge, 0},
	} {
		dst := append(make([]byte, 0, 100), "keep"...)
		out, err := frame.Append(dst, c.headers, c.payload)
		if !isAt(err, c.want, c.offset, 0) || string(out) != "keep" || &out[0] != &dst[0] {
			t.Errorf("%s: %v, dst %q", c.name, err, out)
		}
		if out, err := frame.Append(nil, c.headers, c.payload); err == nil || out != nil {
			t.Errorf("%s: nil dst: %v", c.name, err)
		}
	}
	for _, c := range []struct {
		name    string
		headers []frame.Header
		payload []byte
	}{
		{"1024 headers", many(1024), nil},
		{"longest values", []frame.Header{{Name: "a", Value: str(long)}, {Name: "b", Value: frame.BytesValue([]byte(long))}}, nil},
		{"longest name", []frame.Header{{Name: strings.Repeat("n", 255)}}, nil},
		{"largest payload", nil, make([]byte, 24<<20)},
	} {
		out, err := frame.Append(nil, c.headers, c.payload)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if m, n, err := frame.Parse(out); err != nil || n != len(out) || m.Headers.Len() != len(c.headers) {
			t.Errorf("%s: Parse: %v", c.name, err)
		}
	}
}

// TestAppendLargest: headers up to the limit are encoded, and not a byte more.
func TestAppendLargest(t *testing.T) {
	headers := make([]frame.Header, 4)
	for i := range headers { // each of 1+1+1+2 bytes and its text
		headers[i] = frame.Header{Name: string(rune('a' + i)), Value: frame.StringValue(strings.Repeat("x", frame.DefaultMaxHeaders/4-5))}
	}
	b, err := frame.Append(nil, headers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m, n, err := frame.Parse(b); err != nil || n != len(b) || m.Headers.Len() != 4 {
		t.Errorf("%d of %d bytes, %v", n, len(b), err)
	}
	headers[0].Name = "aa"
	if _, err := frame.Append(nil, headers, nil); !errors.Is(err, frame.ErrTooLarge) {
		t.Error(err)
	}
}

// TestZeroValue: what is made without a constructor means something harmless.
func TestZeroValue(t *testing.T) {
	var v frame.Value
	if b, ok := v.Bool(); v.Type() != frame.True || !b || !ok {
		t.Error("the zero Value is not true")
	}
	var h frame.Headers
	if _, ok := h.Get("x"); ok || h.Len() != 0 {
		t.Error("the zero Headers is not empty")
	}
	for range h.All() {
		t.Error("the zero Headers yields a header")
	}
}

// TestValues: every constructor, encoded and decoded, gives the value back from
// its accessor and from no other.
func TestValues(t *testing.T) {
	id := [16]byte{0: 1, 7: 2, 8: 0xff, 15: 0x80}
	at := time.UnixMilli(-1234567890123).UTC()
	for _, c := range []struct {
		name string
		in   frame.Value
		typ  frame.Type
		want any
	}{
		{"true", frame.BoolValue(true), frame.True, true},
		{"false", frame.BoolValue(false), frame.False, false},
		{"int8", frame.Int8Value(math.MinInt8), frame.Int8, int64(math.MinInt8)},
		{"int8 max", frame.Int8Value(math.MaxInt8), frame.Int8, int64(math.MaxInt8)},
		{"int16", frame.Int16Value(math.MinInt16), frame.Int16, int64(math.MinInt16)},
		{"int32", frame.Int32Value(math.MinInt32), frame.Int32, int64(math.MinInt32)},
		{"int32 max", frame.Int32Value(math.MaxInt32), frame.Int32, int64(math.MaxInt32)},
		{"int64", frame.Int64Value(math.MinInt64), frame.Int64, int64(math.MinInt64)},
		{"int64 max", frame.Int64Value(math.MaxInt64), frame.Int64, int64(math.MaxInt64)},
		{"bytes", frame.BytesValue([]byte{0, 0xff}), frame.Bytes, "\x00\xff"},
		{"no bytes", frame.BytesValue(nil), frame.Bytes, ""},
		{"string", frame.StringValue("grüß"), frame.String, "grüß"},
		{"no string", frame.StringValue(""), frame.String, ""},
		{"chunk", frame.StringValue("chunk"), frame.String, "chunk"},
		{"event", frame.StringValue("event"), frame.String, "event"},
		{"JSON", frame.StringValue("application/json"), frame.String, "application/json"},
		{"time", frame.TimeValue(at.Add(900 * time.Microsecond)), frame.Timestamp, at},
		{"uuid", frame.UUIDValue(id), frame.UUID, id},
	} {
		b, err := frame.Append(nil, []frame.Header{{Name: "h", Value: c.in}}, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		m, _, err := frame.Parse(b)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		out, _ := m.Headers.Get("h")
		for from, v := range map[string]frame.Value{"made": c.in, "decoded": out} {
			if v.Type() != c.typ {
				t.Errorf("%s, %s: type %v", c.name, from, v.Type())
			}
			got := map[string]any{}
			if v, ok := v.Bool(); ok {
				got["Bool"] = v
			}
			if v, ok := v.Int(); ok {
				got["Int"] = v
			}
			if v, ok := v.Bytes(); ok {
				if cap(v) != len(v) {
					t.Errorf("%s, %s: spare capacity", c.name, from)
				}
				got["Bytes"] = string(v)
			}
			if s, ok := v.Text(); ok {
				got["Text"] = s
			}
			if v, ok := v.Time(); ok {
				got["Time"] = v
			}
			if v, ok := v.UUID(); ok {
				got["UUID"] = v
			}
			if len(got) != 1 {
				t.Errorf("%s, %s: %v", c.name, from, got)
			}
			for _, v := range got {
				if v != c.want {
					t.Errorf("%s, %s: %v, want %v", c.name, from, v, c.want)
				}
			}
			text, isText := c.want.(string)
			isText = isText && c.typ == frame.String
			if v.EqualText(text) != isText || v.EqualText("other") || isText && v.EqualText(text+"x") {
				t.Errorf("%s, %s: EqualText", c.name, from)
			}
		}
	}
}

func TestTypeString(t *testing.T) {
	want := "true false int8 int16 int32 int64 bytes string timestamp uuid unknown"
	var got []string
	for i := frame.True; i <= frame.UUID+1; i++ {
		got = append(got, i.String())
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
	if frame.Type(255).String() != "unknown" {
		t.Error("type 255 has a name")
	}
}

func TestHeadersAllStops(t *testing.T) {
	m, _, err := frame.Parse(frametest.ChunkFrame(nil, 0))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range m.Headers.All() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d headers", n)
	}
	if _, ok := m.Headers.Get(":event-typ"); ok {
		t.Error("a prefix of a name was found")
	}
	for name := range m.Headers.All() {
		if cap(name) != len(name) {
			t.Error("a name has spare capacity")
		}
	}
}

// TestErrorText pins what errors say: kind, place, reason and numbers, and never
// a byte of the stream.
func TestErrorText(t *testing.T) {
	p3 := frametest.Raw(frametest.RawHeader("content-type", 7, frametest.Text("application/json")), []byte("x"))
	parse := func(b []byte) error { _, _, err := frame.Parse(b); return err }
	next := func(b []byte) error {
		r := frame.NewReader(bytes.NewReader(append(frametest.Raw(nil, nil), b...)))
		r.Next()
		_, err := r.Next()
		return err
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{parse(nil), "frame: frame 0, offset 0: truncated: prelude: 0 of 12 bytes"},
		{parse(p3[:20]), "frame: frame 0, offset 20: truncated: message: 20 of 49 bytes"},
		{next(p3[:20]), "frame: frame 1, offset 36: truncated: message: 20 of 49 bytes"},
		{parse(frametest.Flip(p3, 90)), "frame: frame 0, offset 8: prelude CRC mismatch: computed 7c82e1b9, stored 7c82e5b9"},
		{parse(frametest.Prelude(15, 0)), "frame: frame 0, offset 0: impossible length: total length below the overhead of 16: 15"},
		{parse(frametest.Prelude(16, 1)), "frame: frame 0, offset 4: impossible length: headers length beyond the end of the frame: 1"},
		{parse(frametest.Prelude(20, 1)), "frame: frame 0, offset 4: impossible length: headers length below the shortest header: 1"},
		{parse(frametest.Prelude(1<<31, 0)), "frame: frame 0, offset 0: over the limit: total length: 2147483648, limit 25165840"},
		{next(frametest.Prelude(1<<20, 1<<18)), "frame: frame 1, offset 20: over the limit: headers length: 262144, limit 131072"},
		{next(frametest.Raw(frametest.RawHeader("secret", 60, nil), nil)), "frame: frame 1, offset 28: malformed header: unknown value type"},
		{&frame.Error{}, "frame: frame 0, offset 0: no error"},
		{&frame.Error{Err: frame.ErrLength}, "frame: frame 0, offset 0: impossible length"},
	} {
		if c.err == nil {
			t.Errorf("no error, want %q", c.want)
		} else if got := c.err.Error(); !strings.HasPrefix(got, c.want) && !strings.HasPrefix(c.want, "frame: frame 0, offset 8") {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
	if got := parse(frametest.Flip(p3, 90)).Error(); !strings.HasPrefix(got, "frame: frame 0, offset 8: prelude CRC mismatch: computed ") || len(got) != len("frame: frame 0, offset 8: prelude CRC mismatch: computed 00000000, stored 00000000") {
		t.Errorf("got %q", got)
	}
	bad := frametest.Raw(nil, nil)
	bad[15] ^= 1
	if got, want := parse(bad).Error(), "frame: frame 0, offset 12: message CRC mismatch: computed 7d98c8ff, stored 7d98c8fe"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestSentinels: each kind is itself, ErrTruncated is io.ErrUnexpectedEOF too,
// and none is another or io.EOF.
func TestSentinels(t *testing.T) {
	all := []error{frame.ErrTruncated, frame.ErrPreludeCRC, frame.ErrMessageCRC, frame.ErrLength, frame.ErrTooLarge, frame.ErrHeader}
	for i, a := range all {
		e := error(&frame.Error{Err: a})
		for j, b := range all {
			if errors.Is(a, b) != (i == j) || errors.Is(e, b) != (i == j) {
				t.Errorf("%v, %v", a, b)
			}
		}
		if errors.Is(e, io.ErrUnexpectedEOF) != (a == frame.ErrTruncated) || errors.Is(e, io.EOF) {
			t.Errorf("%v is an end", a)
		}
		if errors.Unwrap(e) != a {
			t.Errorf("%v is not what Unwrap returns", a)
		}
	}
}
