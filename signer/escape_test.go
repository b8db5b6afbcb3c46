package signer

import (
	"net/url"
	"strings"
	"testing"
)

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// TestEscape: each byte is escaped unless it is unreserved, and unescape gives it back.
func TestEscape(t *testing.T) {
	for i := range 256 {
		text := "a" + string([]byte{byte(i)}) + "~"
		got := string(appendEscaped([]byte("kept"), text))
		want := text
		if strings.IndexByte(unreserved, byte(i)) < 0 {
			want = "a%" + string("0123456789ABCDEF"[i/16]) + string("0123456789ABCDEF"[i%16]) + "~"
		}
		if got != "kept"+want {
			t.Errorf("%q is escaped as %q, want %q", text, got, want)
		}
		for _, escaped := range []string{want, url.PathEscape(text)} {
			if back := unescape(escaped); back != text {
				t.Errorf("%q is unescaped as %q, want %q", escaped, back, text)
			}
		}
	}
	if got := unescape("%c3%A9%3a"); got != "é:" {
		t.Errorf("digits of both cases are unescaped as %q", got)
	}
	if got := unescape("a+b"); got != "a+b" {
		t.Errorf("a plus sign is unescaped as %q", got)
	}
}

func TestUnhex(t *testing.T) {
	for i := range 256 {
		want := byte(notHex)
		if at := strings.IndexByte("0123456789abcdef", byte(i)); at >= 0 {
			want = byte(at)
		} else if at := strings.IndexByte("ABCDEF", byte(i)); at >= 0 {
			want = byte(10 + at)
		}
		if got := unhex(byte(i)); got != want {
			t.Errorf("%#02x is %d, want %d", i, got, want)
		}
	}
}
