package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// harmful is an independent list of what must not reach a terminal: controls, line separators,
// controls of direction.
func harmful(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// TestCleanSweep sends every code point, and every byte that is none, through each way to the
// terminal.
func TestCleanSweep(t *testing.T) {
	var replaced, escaped, swept int
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r <= 0xDFFF {
			continue
		}
		swept++
		in := []byte("<" + string(r) + ">")
		line := oneLine(string(in))
		answer := appendAnswer(nil, in)
		if strings.ContainsFunc(line, harmful) || !utf8.ValidString(line) {
			t.Fatalf("%U: line %q", r, line)
		}
		if bytes.ContainsFunc(answer, harmful) != (r == '\n' || r == '\t') {
			t.Fatalf("%U: answer %q", r, answer)
		}
		if line != string(in) {
			replaced++
		} else if harmful(r) {
			t.Fatalf("%U is left as it is", r)
		}
		quoted := append([]byte(`"`), in...)
		quoted = append(quoted, '"')
		if r < ' ' || r == '"' || r == '\\' {
			continue // not valid in a JSON string
		}
		out := appendEscaped(nil, quoted)
		if bytes.ContainsFunc(out, harmful) {
			t.Fatalf("%U: JSON %q", r, out)
		}
		if !bytes.Equal(out, quoted) {
			escaped++
			var back string
			if err := json.Unmarshal(out, &back); err != nil || back != string(in) {
				t.Fatalf("%U: JSON %s gives %q, %v", r, out, back, err)
			}
		}
	}
	for b := range 256 {
		if line := oneLine(string([]byte{'<', byte(b), '>'})); !utf8.ValidString(line) || strings.ContainsFunc(line, harmful) {
			t.Errorf("byte %#x: %q", b, line)
		}
	}
	if swept != 0x110000-0x800 || replaced < 65+12 || escaped < 33+12 {
		t.Errorf("swept %d code points, replaced %d, escaped %d", swept, replaced, escaped)
	}
}

// TestJSONLine has what -output json makes of a chunk.
func TestJSONLine(t *testing.T) {
	for _, row := range []struct{ name, chunk, want string }{
		{"plain", `{"a":[1,"b"]}`, `{"a":[1,"b"]}`},
		{"white space", "{\n\t\"a\" :\r\n1}", `{  "a" :  1}`},
		{"not ASCII", `{"a":"é€🙂"}`, `{"a":"é€🙂"}`},
		{"controls", "{\"a\":\"\u202e\x7f\u0085\"}", `{"a":"\u202e\u007f\u0085"}`},
		{"beyond the first plane", "\"\U000E0041\"", `"\udb40\udc41"`},
		{"half of a character", `{"a":"\ud83d"}`, `{"a":"\ud83d"}`},
		{"no JSON", "a \"line\"\n", `"a \"line\"\n"`},
		{"no text", "\xff", `"base64:/w=="`},
		{"like base64", "base64:x", `"base64:YmFzZTY0Ong="`},
		{"empty", "", `""`},
	} {
		if got := string(appendJSONLine(nil, []byte(row.chunk))); got != row.want+"\n" {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

// TestAnswerLines keeps a model's line feeds and tabs, wherever a piece ends.
func TestAnswerLines(t *testing.T) {
	for in, want := range map[string]string{"": "", "\n": "\n", "a\n\tb\n": "a\n\tb\n", "a\r\nb": "a \nb", "\x1b[1m": "\uFFFD[1m", "\t\x00\t": "\t\uFFFD\t"} {
		if got := string(appendAnswer(nil, []byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
