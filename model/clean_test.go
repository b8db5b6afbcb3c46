package model_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"bedrockwire/model"
)

// forbidden reports what must not stand in a text that is logged.
func forbidden(r rune) bool {
	return r < 0x20 || r >= 0x7F && r < 0xA0 || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Bidi_Control, r) ||
		unicode.Is(unicode.Cs, r) || unicode.Is(unicode.Cc, r)
}

// TestEveryCodePoint puts each of the 1,114,112 code points, surrogates as the three bytes they would
// have, into every field a server fills.
func TestEveryCodePoint(t *testing.T) {
	const block = 64 // code points a text, so that none is cut
	text := make([]byte, 0, 4*block)
	for first := rune(0); first <= unicode.MaxRune; first += block {
		if underRace && first > 0x3000 && first%(32*block) != 0 {
			continue
		}
		text = text[:0]
		for r := first; r < first+block; r++ {
			if r >= 0xD800 && r <= 0xDFFF {
				text = append(text, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
				continue
			}
			text = utf8.AppendRune(text, r)
		}
		s := string(text)
		checkLine(t, first, (&model.Error{Code: model.Code(s), Message: s, OriginalMessage: s, ResourceName: s, RequestID: s}).Error())
		checkLine(t, first, model.Code(s).Error())
		checkLine(t, first, (&model.Error{Code: model.Code(s)}).GoString())
		if first < 0x3000 { // through the decoder too, where the text is the whole body or a header
			e := model.ErrorFromResponse(500, func(string) string { return s }, text)
			checkLine(t, first, e.Error())
		}
	}
}

func checkLine(t *testing.T, first rune, line string) {
	t.Helper()
	if !utf8.ValidString(line) {
		t.Fatalf("from U+%04X: invalid UTF-8", first)
	}
	if i := strings.IndexFunc(line, forbidden); i >= 0 {
		t.Fatalf("from U+%04X: %q shows %q", first, line, []rune(line[i:])[0])
	}
}

// TestCleanRanges pins the edges of what is replaced beyond the controls of a terminal.
func TestCleanRanges(t *testing.T) {
	for _, span := range [][2]rune{{0, 8}, {0x0E, 0x1F}, {0x7F, 0x84}, {0x86, 0x9F}, {0x61C, 0x61C}, {0x200E, 0x200F}, {0x202A, 0x202E},
		{0x2066, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}} {
		for r := span[0]; r <= span[1]; r++ {
			if got := string(model.AppendClean(nil, string(r), 9)); got != "\uFFFD" {
				t.Errorf("U+%04X stays %q", r, got)
			}
		}
		for _, r := range []rune{span[0] - 1, span[1] + 1} {
			if s := string(r); r >= 0 && string(model.AppendClean(nil, s, 9)) != s &&
				r > 0x0D && r != 0x85 && r != 0x2029 { // those become a space
				t.Errorf("U+%04X is replaced", r)
			}
		}
	}
}

func TestEveryFieldIsCut(t *testing.T) {
	for _, unit := range []string{"x", "é", "\u2028", "\x00", "\xff", "\U0001F600", "日"} {
		long := strings.Repeat(unit, 70_000)
		empty := len((&model.Error{Code: "c"}).Error())
		for name, e := range map[string]*model.Error{
			"Message":         {Code: "c", Message: long},
			"OriginalMessage": {Code: "c", OriginalMessage: long},
			"ResourceName":    {Code: "c", ResourceName: long},
			"RequestID":       {Code: "c", RequestID: long},
			"Code":            {Code: model.Code(long)},
		} {
			text := e.Error()
			if len(text) > empty+1024+32 || !utf8.ValidString(text) || !strings.Contains(text, "…") {
				t.Errorf("%s of %q: %d bytes", name, unit, len(text))
			}
		}
	}
}

func TestAppendClean(t *testing.T) {
	rows := []struct {
		name, in string
		limit    int
		want     string
	}{
		{"plain", "abc", 10, "abc"},
		{"exactly the limit", "abcde", 5, "abcde"},
		{"one over", "abcdef", 5, "ab…"},
		{"limit of the ellipsis", "abcdef", 3, "…"},
		{"less than the ellipsis", "abcdef", 2, ""},
		{"fits under the ellipsis", "ab", 2, "ab"},
		{"zero", "a", 0, ""},
		{"empty", "", 0, ""},
		{"wide runes are not split", "日本語", 8, "日…"},
		{"lines", "a\r\nb\tc\u2028d\u2029e\u0085f", 99, "a  b c d e f"},
		{"escape sequence", "\x1b[31mred\x07", 99, "\uFFFD[31mred\uFFFD"},
		{"bidi", "\u202Eevil\u2066\u200F", 99, "\uFFFDevil\uFFFD\uFFFD"},
		{"tags and BOM", "\uFEFFa\U000E0041", 99, "\uFFFDa\uFFFD"},
		{"stray bytes", "a\xC3\x28\xFF", 99, "a\uFFFD(\uFFFD"},
		{"cut character", "a\xE6\x97", 99, "a\uFFFD\uFFFD"},
		{"emoji stay", "👩‍💻", 99, "👩‍💻"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := model.AppendClean([]byte("> "), row.in, row.limit)
			if string(got) != "> "+row.want {
				t.Errorf("got %q, want %q", got, "> "+row.want)
			}
			if again := model.AppendClean([]byte("> "), []byte(row.in), row.limit); string(again) != string(got) {
				t.Errorf("bytes give %q", again)
			}
		})
	}
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { dst = model.AppendClean(dst[:0], "a\nb é \xff", 60) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
