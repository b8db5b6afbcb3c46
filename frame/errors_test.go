package frame_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

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
	nextOf := func(src io.Reader) error { _, err := frame.NewReader(src).Next(); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{parse(nil), "frame: frame 0, offset 0: truncated: prelude: 0 of 12 bytes"},
		{parse(p3[:20]), "frame: frame 0, offset 20: truncated: message: 20 of 49 bytes"},
		{next(p3[:20]), "frame: frame 1, offset 36: truncated: message: 20 of 49 bytes"},
		{parse(frametest.Flip(p3, 90)), "frame: frame 0, offset 8: prelude CRC mismatch: computed c20d6e97, stored c20d6e93"},
		{nextOf(nil), "frame: frame 0, offset 0: truncated: prelude: 0 of 12 bytes: the reader has no source"},
		{nextOf(readFunc(func([]byte) (int, error) { return -1, nil })), "frame: frame 0, offset 0: truncated: prelude: 0 of 12 bytes: the source returned an impossible count"},
		{parse(frametest.Prelude(15, 0)), "frame: frame 0, offset 0: impossible length: total length below the overhead of 16: 15"},
		{parse(frametest.Prelude(16, 1)), "frame: frame 0, offset 4: impossible length: headers length beyond the end of the frame: 1"},
		{parse(frametest.Prelude(20, 1)), "frame: frame 0, offset 4: impossible length: headers length below the shortest header: 1"},
		{parse(frametest.Prelude(1<<31, 0)), "frame: frame 0, offset 0: over the limit: total length: 2147483648, limit 25165840"},
		{next(frametest.Prelude(1<<20, 1<<18)), "frame: frame 1, offset 20: over the limit: headers length: 262144, limit 131072"},
		{next(frametest.Raw(frametest.RawHeader("secret", 60, nil), nil)), "frame: frame 1, offset 28: malformed header: unknown value type"},
		{parse(frametest.Raw(frametest.RawHeader("", 0, nil), nil)), "frame: frame 0, offset 12: malformed header: empty name"},
		{parse(frametest.Raw([]byte{2, 'a'}, nil)), "frame: frame 0, offset 12: malformed header: name runs past the end of the headers"},
		{parse(frametest.Raw(frametest.RawHeader("a", 2, nil), nil)), "frame: frame 0, offset 12: malformed header: value runs past the end of the headers"},
		{parse(frametest.Raw(frametest.RawHeader("a", 7, []byte{0, 2, 'x'}), nil)), "frame: frame 0, offset 12: malformed header: value runs past the end of the headers"},
		{parse(frametest.Raw(frametest.RawHeader("a", 6, frametest.Text(strings.Repeat("x", 32768))), nil)), "frame: frame 0, offset 12: malformed header: value longer than 32767 bytes"},
		{parse(frametest.Raw(frametest.RawHeader("\xff", 0, nil), nil)), "frame: frame 0, offset 12: malformed header: name is not UTF-8"},
		{parse(frametest.Raw(frametest.RawHeader("a", 7, frametest.Text("\xff")), nil)), "frame: frame 0, offset 12: malformed header: string value is not UTF-8"},
		{parse(frametest.Raw(frametest.RawHeader(":event-type", 0, nil), nil)), "frame: frame 0, offset 12: malformed header: reserved header is not a string"},
		{parse(frametest.Raw([]byte("\x01a\x00\x01a\x00"), nil)), "frame: frame 0, offset 15: malformed header: duplicate name"},
		{&frame.Error{}, "frame: frame 0, offset 0: no error"},
		{&frame.Error{Err: frame.ErrLength}, "frame: frame 0, offset 0: impossible length"},
	} {
		if c.err == nil {
			t.Errorf("no error, want %q", c.want)
		} else if got := c.err.Error(); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
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
