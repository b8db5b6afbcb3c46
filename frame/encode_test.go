package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bedrockwire/frame"
)

// TestRoundTrip: what Parse accepts is encoded to the same bytes, after whatever
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
		text    string
	}{
		{"empty name", []frame.Header{ok, {}}, nil, frame.ErrHeader, 16, "malformed header: empty name"},
		{"long name", []frame.Header{ok, {Name: strings.Repeat("n", 256)}}, nil, frame.ErrHeader, 16, "malformed header: name longer than 255 bytes"},
		{"name not UTF-8", []frame.Header{ok, {Name: "\xff"}}, nil, frame.ErrHeader, 16, "malformed header: name is not UTF-8"},
		{"string not UTF-8", []frame.Header{ok, {Name: "s", Value: str("\xff")}}, nil, frame.ErrHeader, 16, "malformed header: string value is not UTF-8"},
		{"long string", []frame.Header{ok, {Name: "s", Value: str(long + "x")}}, nil, frame.ErrHeader, 16, "malformed header: value longer than 32767 bytes"},
		{"string of 64 KiB", []frame.Header{ok, {Name: "s", Value: str(strings.Repeat("x", 1<<16))}}, nil, frame.ErrHeader, 16, "malformed header: value longer than 32767 bytes"},
		{"long bytes", []frame.Header{ok, {Name: "s", Value: frame.BytesValue(make([]byte, 32768))}}, nil, frame.ErrHeader, 16, "malformed header: value longer than 32767 bytes"},
		{"duplicate", []frame.Header{ok, {Name: "x"}, {Name: "ok", Value: str("v")}}, nil, frame.ErrHeader, 19, "malformed header: duplicate name"},
		{"reserved of bytes", []frame.Header{ok, {Name: ":event-type", Value: frame.BytesValue([]byte("chunk"))}}, nil, frame.ErrHeader, 16, "malformed header: reserved header is not a string"},
		{"reserved of true", []frame.Header{{Name: ":message-type"}}, nil, frame.ErrHeader, 12, "malformed header: reserved header is not a string"},
		{"1025 headers", many(1025), nil, frame.ErrTooLarge, 12 + 1024*5, "over the limit: number of headers: 1025, limit 1024"},
		{"headers above 128 KiB", []frame.Header{{Name: "a", Value: str(long)}, {Name: "b", Value: str(long)}, {Name: "c", Value: str(long)}, {Name: "d", Value: str(long)}}, nil, frame.ErrTooLarge, 4, "over the limit: headers length: 131088, limit 131072"},
		{"payload above 24 MiB", nil, make([]byte, 24<<20+1), frame.ErrTooLarge, 0, "over the limit: total length: 25165841, limit 25165840"},
		{"payload and headers above 24 MiB", []frame.Header{ok}, make([]byte, 24<<20-3), frame.ErrTooLarge, 0, "over the limit: total length: 25165841, limit 25165840"},
	} {
		dst := append(make([]byte, 0, 100), "keep"...)
		out, err := frame.Append(dst, c.headers, c.payload)
		if !isAt(err, c.want, c.offset, 0) || string(out) != "keep" || &out[0] != &dst[0] {
			t.Errorf("%s: %v, dst %q", c.name, err, out)
		}
		if want := fmt.Sprintf("frame: frame 0, offset %d: %s", c.offset, c.text); err.Error() != want {
			t.Errorf("%s: got %q, want %q", c.name, err, want)
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
