package printable

import (
	"strings"
	"testing"
)

func TestForms(t *testing.T) {
	for _, c := range []struct{ in, quote, text, value string }{
		{"", `""`, "", ""},
		{"plain ~", `"plain ~"`, "plain ~", "plain ~"},
		{"a\nb\x1b[31m", `"a\nb\x1b[31m"`, "a?b?[31m", `"a\nb\x1b[31m"`},
		{"\x7f", `"\x7f"`, "?", `"\x7f"`},
		{"é\u202e", `"\u00e9\u202e"`, "??", `"\u00e9\u202e"`},
		{"\xff", `"\xff"`, "?", `"\xff"`},
		{`a"b`, `"a\"b"`, `a"b`, `a"b`},
	} {
		if got := Quote(c.in); got != c.quote {
			t.Errorf("Quote(%q) = %s, want %s", c.in, got, c.quote)
		}
		if got := Text(c.in); got != c.text {
			t.Errorf("Text(%q) = %s, want %s", c.in, got, c.text)
		}
		if got := Value(c.in); got != c.value {
			t.Errorf("Value(%q) = %s, want %s", c.in, got, c.value)
		}
	}
}

func TestLongTextIsCut(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		got  string
		most int
	}{"Quote": {Quote(long), MaxQuote + 5}, "Text": {Text(long), MaxText + 3}, "Value": {Value(long), MaxText + 3}} {
		if len(c.got) != c.most || !strings.Contains(c.got, "x...") {
			t.Errorf("%s has %d bytes, want %d", name, len(c.got), c.most)
		}
	}
	for _, n := range []int{MaxQuote, MaxText} {
		if got := cut(long[:n], n); got != long[:n] {
			t.Errorf("a text of %d bytes is cut", n)
		}
	}
}

// TestEveryByte: nothing but printable ASCII comes out.
func TestEveryByte(t *testing.T) {
	for b := range 256 {
		s := "a" + string([]byte{byte(b)}) + "b"
		if want := b >= 0x20 && b < 0x7f; Is(s) != want {
			t.Errorf("Is(%q) = %t", s, !want)
		}
		for _, got := range []string{Quote(s), Text(s), Value(s)} {
			if !Is(got) {
				t.Errorf("%q becomes %q", s, got)
			}
		}
	}
}
