package jsonwire_test

import (
	"encoding/json"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"bedrockwire/model/jsonwire"
)

func TestAppendString(t *testing.T) {
	rows := []struct{ name, in, want string }{
		{"empty", "", `""`},
		{"plain", "abc/<>&'", `"abc/<>&'"`},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"lines", "\n\r\t", `"\n\r\t"`},
		{"controls", "\x00\b\f\x1f\x7f", `"\u0000\u0008\u000c\u001f\u007f"`},
		{"C1", "\u0080\u0085\u009f\u00a0", "\"\\u0080\\u0085\\u009f\u00a0\""},
		{"separators", "\u2027\u2028\u2029\u202a", "\"\u2027\\u2028\\u2029\u202a\""},
		{"wide", "é日😀", `"é日😀"`},
		{"stray bytes", "a\xffb\xc3", "\"a\uFFFDb\uFFFD\""},
		{"encoded surrogate", "\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
		{"replacement itself", "\uFFFD", "\"\uFFFD\""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := string(jsonwire.AppendString([]byte("> "), row.in)); got != "> "+row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
			if got := string(jsonwire.AppendString(nil, []byte(row.in))); got != row.want {
				t.Errorf("of bytes: got %s, want %s", got, row.want)
			}
		})
	}
	dst := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { dst = jsonwire.AppendString(dst[:0], "a\"é\xff\n") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	long := []byte("\u00e9" + strings.Repeat("x", 1000))
	dst = make([]byte, 0, 2048)
	if n := testing.AllocsPerRun(100, func() { dst = jsonwire.AppendString(dst[:0], long) }); n != 0 {
		t.Errorf("a long text: %v allocations", n)
	}
}

// TestEveryByte puts each byte in each kind of place. encoding/json accepts the same ones.
func TestEveryByte(t *testing.T) {
	for _, template := range []string{
		"?", "?1", "1?", "[?]", "[1?]", "[1?5]", "[1,?]", "[0?]", "[-?]", "[-0?]", "[1.?]", "[1.5?]", "[1e?]", "[1e+?]", "[1E-5?]", "[1?+5]",
		"{?}", `{"a"?1}`, `{"a":?}`, `{"a":1?}`, `{"a":1?"b":2}`, `{"a":1,?}`, `[{}?]`, `[""?]`, "[t?ue]", "[tru?]", "[true?]", "[f?lse]", "[n?ll]",
		`"?"`, `"xxxxxxxx?"`, `"\?"`, `"\u?041"`, `"\u0?41"`, `"\u00?1"`, `"\u004?"`, `"\ud83d?ude00"`, `"\ud83d\?de00"`, `"\ud83d\u?e00"`,
		`"\ud83d\ud?00"`, `"\ud83d\ude?0"`, `"?`, `{"?":1}`, `{"\?":1}`,
	} {
		for c := range 256 {
			src := []byte(strings.Replace(template, "?", string([]byte{byte(c)}), 1))
			want := json.Valid(src)
			if !utf8.Valid(src) || strings.Contains(template, "ud83d") && !pairOrNone(src) {
				want = false // the stricter rules of this package
			}
			if got := jsonwire.Valid(src); got != want {
				t.Errorf("%q: %v, want %v", src, got, want)
			}
		}
	}
}

// pairOrNone reports whether encoding/json reads the string in src without a replacement.
func pairOrNone(src []byte) bool {
	var s string
	return json.Unmarshal(src, &s) == nil && !strings.ContainsRune(s, utf8.RuneError)
}

// TestEveryCodePoint writes and reads each code point, plain and as escapes, and compares both with
// encoding/json.
func TestEveryCodePoint(t *testing.T) {
	const hex = "0123456789abcdef"
	u16 := func(dst []byte, u rune) []byte {
		return append(dst, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	written, escaped, text := []byte(nil), []byte(nil), []byte(nil)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r <= 0xDFFF || underRace && r > 0x3000 && r%64 != 0 {
			continue
		}
		text = utf8.AppendRune(text[:0], r)
		written = jsonwire.AppendString(written[:0], text)
		escaped = append(escaped[:0], '"')
		if r < 0x10000 {
			escaped = u16(escaped, r)
		} else {
			escaped = u16(escaped, 0xD800+(r-0x10000)>>10)
			escaped = u16(escaped, 0xDC00+(r-0x10000)&0x3FF)
		}
		escaped = append(escaped, '"')
		for _, src := range [][]byte{written, escaped} {
			lx := jsonwire.New(src)
			if lx.Next() != jsonwire.String || !lx.TextIs(string(text)) || lx.Finish() != nil {
				t.Fatalf("U+%04X: %s", r, src)
			}
		}
		if r%128 == 0 || r < 0x3000 { // encoding/json is slow: a sample
			var std string
			if err := json.Unmarshal(written, &std); err != nil || std != string(text) {
				t.Fatalf("U+%04X: encoding/json reads %s as %q, %v", r, written, std, err)
			}
		}
	}
}

func TestTextIs(t *testing.T) {
	rows := []struct {
		src, s string
		want   bool
	}{
		{`"abc"`, "abc", true}, {`"abc"`, "abd", false}, {`"abc"`, "ab", false}, {`"abc"`, "abcd", false},
		{`"\u0061bc"`, "abc", true}, {`"a\u0062c"`, "abc", true}, {`"ab\u0063"`, "abc", true},
		{`"ab\u0063"`, "ab", false}, {`"ab\u0063"`, "abcd", false}, {`"\u0061bc"`, "xbc", false}, {`"a\u0062c"`, "", false},
		{`"\ufffd"`, "\uFFFD", true}, {`"\ufffd"`, "\xff", false}, {`"\ud83d\ude00"`, "😀", true},
		{`"\/\"\\"`, `/"\`, true}, {`"\b\f\n\r\t"`, "\b\f\n\r\t", true}, {`""`, "", true}, {`"x\n"`, "x", false},
	}
	for _, row := range rows {
		lx := jsonwire.New([]byte(row.src))
		lx.Next()
		if got := lx.TextIs(row.s); got != row.want {
			t.Errorf("%s is %q: %v", row.src, row.s, got)
		}
	}
}

func TestNumbers(t *testing.T) {
	rows := []struct {
		src      string
		n        int64
		isInt    bool
		f        float64
		isFloats bool
	}{
		{"0", 0, true, 0, true},
		{"-0", 0, true, math.Copysign(0, -1), true},
		{"9223372036854775807", math.MaxInt64, true, 1 << 63, true},
		{"9223372036854775808", 0, false, 1 << 63, true},
		{"-9223372036854775808", math.MinInt64, true, -1 << 63, true},
		{"-9223372036854775809", 0, false, -1 << 63, true},
		{"92233720368547758070", 0, false, 92233720368547758070, true},
		{"18446744073709551617", 0, false, 1 << 64, true}, // 1 if it wrapped
		{"1.0", 0, false, 1, true},
		{"1e2", 0, false, 100, true},
		{"1E-2", 0, false, 0.01, true},
		{"1.7976931348623157e308", 0, false, math.MaxFloat64, true},
		{"1e309", 0, false, math.Inf(1), false},
		{"-1e309", 0, false, math.Inf(-1), false},
		{"1e-400", 0, false, 0, true},
	}
	for _, row := range rows {
		lx := jsonwire.New([]byte(row.src))
		lx.Next()
		if n, ok := lx.Int64(); ok != row.isInt || n != row.n {
			t.Errorf("%s: Int64 %d %v", row.src, n, ok)
		}
		if f, ok := lx.Float64(); ok != row.isFloats || f != row.f || math.Signbit(f) != math.Signbit(row.f) {
			t.Errorf("%s: Float64 %v %v", row.src, f, ok)
		}
	}
	lx := jsonwire.New([]byte(`"1"`))
	lx.Next()
	if n, ok := lx.Int64(); ok || n != 0 {
		t.Errorf("a string is the integer %d", n)
	}
	if f, ok := lx.Float64(); ok || f != 0 {
		t.Errorf("a string is the float %v", f)
	}
}

// TestEveryAlignment moves each kind of special byte through the eight-byte steps of the scan.
func TestEveryAlignment(t *testing.T) {
	specials := map[string]jsonwire.Reason{`\n`: 0, "é": 0, "😀": 0, "\x7f": 0, "\x1f": jsonwire.ErrSyntax,
		"\x00": jsonwire.ErrSyntax, "\x80": jsonwire.ErrUTF8, "\xff": jsonwire.ErrUTF8, `\q`: jsonwire.ErrSyntax, `\ud800`: jsonwire.ErrSurrogate}
	for special, want := range specials {
		for before := range 20 {
			for after := range 20 {
				src := `"` + strings.Repeat("x", before) + special + strings.Repeat(" ", after) + `"`
				lx := jsonwire.New([]byte(src))
				err := lx.Finish()
				if want == 0 && err != nil || want != 0 && !errors.Is(err, want) {
					t.Fatalf("%q: %v", src, err)
				}
				var e *jsonwire.Error
				if errors.As(err, &e) && (e.Offset < before+1 || e.Offset > before+2) {
					t.Fatalf("%q: %v", src, err)
				}
			}
		}
	}
}

// TestHostile pins what the worst inputs may cost.
func TestHostile(t *testing.T) {
	rows := []struct {
		name, src string
		reason    jsonwire.Reason
	}{
		{"100,000 arrays", strings.Repeat("[", 100_000), jsonwire.ErrDepth},
		{"100,000 objects", strings.Repeat(`{"a":`, 100_000), jsonwire.ErrDepth},
		{"100,000 mixed", strings.Repeat(`[{"a":`, 50_000), jsonwire.ErrDepth},
		{"escapes without end", `"` + strings.Repeat(`\n`, 10_000), jsonwire.ErrTruncated},
		{"pairs without end", `"` + strings.Repeat(`\ud83d\ude00`, 2_000), jsonwire.ErrTruncated},
		{"a number without end", "[" + strings.Repeat("9", 20_000), jsonwire.ErrTruncated},
		{"keys without end", "{" + strings.Repeat(`"a":0,`, 3_000), jsonwire.ErrTruncated},
		{"white space without end", strings.Repeat(" ", 20_000), jsonwire.ErrTruncated},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			src := []byte(row.src)
			best := time.Hour
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			limit := time.Millisecond
			if underRace {
				limit *= 20
			}
			// The fastest run counts: on a busy machine it takes many runs until one is not interrupted.
			runs := uint64(0)
			for runs < 5 || best > limit && runs < 1000 {
				runs++
				start := time.Now()
				lx := jsonwire.New(src)
				err := lx.Finish()
				best = min(best, time.Since(start))
				if !errors.Is(err, row.reason) {
					t.Fatalf("%v, want %v", err, row.reason)
				}
			}
			runtime.ReadMemStats(&after)
			if best > limit {
				t.Errorf("took %v", best)
			}
			if bytes := (after.TotalAlloc - before.TotalAlloc) / runs; bytes > 128<<10 {
				t.Errorf("allocated %d bytes", bytes)
			}
		})
	}
}
