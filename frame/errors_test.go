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
