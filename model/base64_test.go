package model

import (
	"bytes"
	"encoding/base64"
	"math/rand"
	"testing"
)

// decode64 is appendDecoded behind a prefix, which must stay.
func decode64(t testing.TB, src []byte) ([]byte, bool) {
	out, ok := appendDecoded([]byte("x"), src)
	if string(out[:1]) != "x" || !ok && len(out) != 1 {
		t.Fatalf("%q: dst is %q", src, out)
	}
	return out[1:], ok
}

// TestBase64Lengths decodes every length.
func TestBase64Lengths(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	raw := make([]byte, 4200)
	rng.Read(raw)
	for n := range len(raw) + 1 {
		text := []byte(base64.StdEncoding.EncodeToString(raw[:n]))
		if got, ok := decode64(t, text); !ok || !bytes.Equal(got, raw[:n]) {
			t.Fatalf("length %d: decoded wrongly", n)
		}
	}
}

// TestBase64Corruption replaces each character by each of the other 255 bytes.
func TestBase64Corruption(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	tried, accepted := 0, 0
	for _, n := range []int{1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 22, 23, 24, 25, 26, 47, 48, 49, 50, 100} {
		raw := make([]byte, n)
		rng.Read(raw)
		text := []byte(base64.StdEncoding.EncodeToString(raw))
		want := make([]byte, n+3)
		for i, good := range text {
			for c := range 256 {
				text[i] = byte(c)
				// encoding/base64 skips line ends; this package refuses them.
				m, err := strictBase64.Decode(want, text)
				ok := err == nil && c != '\n' && c != '\r'
				got, gotOK := decode64(t, text)
				if gotOK != ok || ok && !bytes.Equal(got, want[:m]) {
					t.Fatalf("length %d, character %d = %#02x: %v %x, want %v %x", n, i, c, gotOK, got, ok, want[:m])
				}
				if tried++; ok {
					accepted++
				} else if f := base64Fault(text); f != i && f < len(text)-4 {
					t.Fatalf("length %d, character %d = %#02x: fault at %d", n, i, c, f)
				}
			}
			text[i] = good
		}
	}
	if accepted == 0 || accepted == tried {
		t.Fatalf("%d of %d accepted", accepted, tried)
	}
}

// TestBase64Text has the RFC's examples and what must be refused, with the place.
func TestBase64Text(t *testing.T) {
	for _, row := range []struct {
		text  string
		want  string
		fault int // -1: accepted
	}{
		{"", "", -1},
		{"Zg==", "f", -1},
		{"Zm8=", "fo", -1},
		{"Zm9v", "foo", -1},
		{"Zm9vYg==", "foob", -1},
		{"Zm9vYmE=", "fooba", -1},
		{"Zm9vYmFy", "foobar", -1},
		{"+/+/", "\xfb\xff\xbf", -1},
		{"-_-_", "", 0}, // the URL alphabet
		{"Zg", "", 2},   // padding missing
		{"Zg=", "", 2},
		{"Zm8", "", 3},
		{"Z", "", 1},
		{"Zh==", "", 1}, // spare bits not zero
		{"Zm9=", "", 2},
		{"Zm+=", "", 2},
		{"====", "", 0},
		{"Z===", "", 1},
		{"Zm=v", "", 2}, // padding inside
		{"Zg==Zg==", "", 2},
		{"Zm9vZg==\n", "", 6},
		{"Zm9v\nZm9", "", 4}, // line ends
		{"Zm9 ", "", 3},
		{" Zm9", "", 0},
		{"Zm9vZm9vZm9vZm9vZm9\x00", "", 19},
		{"Zm9\x80", "", 3},
	} {
		got, ok := decode64(t, []byte(row.text))
		if ok != (row.fault < 0) || ok && string(got) != row.want {
			t.Errorf("%q: %q %v", row.text, got, ok)
		}
		if f := base64Fault([]byte(row.text)); !ok && f != row.fault {
			t.Errorf("%q: fault at %d, want %d", row.text, f, row.fault)
		}
	}
}
