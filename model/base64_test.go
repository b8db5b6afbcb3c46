package model

import (
	"bytes"
	"encoding/base64"
	"math/rand"
	"strconv"
	"strings"
	"testing"
	"time"
)

var strictBase64 = base64.StdEncoding.Strict()

// decode64 is decodeBase64 as its callers use it.
func decode64(src []byte) ([]byte, bool) {
	if len(src)%4 != 0 {
		return nil, decodeBase64(nil, src)
	}
	dst := make([]byte, base64Len(src))
	return dst, decodeBase64(dst, src)
}

func TestBase64Tables(t *testing.T) {
	tables := [4]*[256]uint32{&base64At0, &base64At1, &base64At2, &base64At3}
	for at, table := range tables {
		for c := range 256 {
			want := uint32(0xff000000)
			if v := strings.IndexByte(base64Alphabet, byte(c)); v >= 0 {
				// The group's 24 bits as RFC 4648 counts them, first byte highest, turned round.
				bits := uint32(v) << (18 - 6*at)
				want = bits>>16 | bits&0xff00 | bits&0xff<<16
			}
			if table[c] != want {
				t.Errorf("table %d, byte %#02x: %#08x, want %#08x", at, c, table[c], want)
			}
		}
	}
}

// TestBase64Lengths compares with encoding/base64 at every length, and looks for stores outside of
// what is decoded.
func TestBase64Lengths(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	raw := make([]byte, 4200)
	rng.Read(raw)
	room := make([]byte, len(raw)+32)
	for n := range len(raw) + 1 {
		text := []byte(base64.StdEncoding.EncodeToString(raw[:n]))
		if got := appendBase64([]byte("x"), raw[:n]); string(got) != "x"+string(text) {
			t.Fatalf("length %d: encoded wrongly", n)
		}
		if got := base64Len(text); got != n {
			t.Fatalf("length %d: base64Len %d", n, got)
		}
		for i := range room {
			room[i] = 0xA5
		}
		if !decodeBase64(room[8:8+n], text) || !bytes.Equal(room[8:8+n], raw[:n]) {
			t.Fatalf("length %d: decoded wrongly", n)
		}
		for i, c := range room {
			if (i < 8 || i >= 8+n) && c != 0xA5 {
				t.Fatalf("length %d: byte %d of dst was overwritten", n, i-8)
			}
		}
		// In place.
		if !decodeBase64(text[:n], text) || !bytes.Equal(text[:n], raw[:n]) {
			t.Fatalf("length %d: decoded wrongly in place", n)
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
				got, gotOK := decode64(text)
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
		got, ok := decode64([]byte(row.text))
		if ok != (row.fault < 0) || ok && string(got) != row.want {
			t.Errorf("%q: %q %v", row.text, got, ok)
		}
		if f := base64Fault([]byte(row.text)); !ok && f != row.fault {
			t.Errorf("%q: fault at %d, want %d", row.text, f, row.fault)
		}
	}
	if decodeBase64(make([]byte, 7), []byte("Zm9v")) || decodeBase64(nil, []byte("Zm9v")) {
		t.Error("a dst of another length was accepted")
	}
}

// BenchmarkDecodeBase64 measures the decoder and encoding/base64 in turns and reports how many times
// faster it is, by the best of the turns, which other load can't move.
func BenchmarkDecodeBase64(b *testing.B) {
	for _, n := range []int{12, 81, 600, 6000, 60000} {
		b.Run("bytes="+strconv.Itoa(n), func(b *testing.B) {
			raw := make([]byte, n)
			rand.New(rand.NewSource(5)).Read(raw)
			text := []byte(base64.StdEncoding.EncodeToString(raw))
			calls := max(1, 60000/n)
			best := func(old time.Duration, f func()) time.Duration {
				t := time.Now()
				for range calls {
					f()
				}
				return min(old, time.Since(t))
			}
			ours, theirs := time.Duration(1<<62), time.Duration(1<<62)
			for range max(b.N, 20) {
				ours = best(ours, func() { decodeBase64(raw, text) })
				theirs = best(theirs, func() { strictBase64.Decode(raw, text) })
			}
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(float64(ours)/float64(calls), "ours-ns")
			b.ReportMetric(float64(theirs)/float64(calls), "base64-ns")
			b.ReportMetric(float64(theirs)/float64(ours), "x")
		})
	}
}
