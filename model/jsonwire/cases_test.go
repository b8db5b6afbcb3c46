package jsonwire_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bedrockwire/model/jsonwire"
)

// Verdicts of a case. RFC 8259 leaves some inputs to the reader; those are "either" in the sense of
// published test suites, and the verdict here is this package's rule.
const (
	ok     = jsonwire.Reason(0)
	syntax = jsonwire.ErrSyntax
	cut    = jsonwire.ErrTruncated
	trail  = jsonwire.ErrTrailing
	utf    = jsonwire.ErrUTF8
	surr   = jsonwire.ErrSurrogate
	depth  = jsonwire.ErrDepth
)

// jsonCase is an input with what this package says of it. stricter marks the inputs that
// encoding/json accepts all the same: each belongs to a rule the package's documentation names.
type jsonCase struct {
	name, src string
	want      jsonwire.Reason
	stricter  bool
}

// jsonCases by category. Names are unique: they name the tests.
var jsonCases = map[string][]jsonCase{
	"structure": {
		{"null", `null`, ok, false},
		{"true", `true`, ok, false},
		{"false", `false`, ok, false},
		{"zero", `0`, ok, false},
		{"string", `"a"`, ok, false},
		{"empty string", `""`, ok, false},
		{"empty array", `[]`, ok, false},
		{"empty object", `{}`, ok, false},
		{"array of one", `[1]`, ok, false},
		{"array of kinds", `[null,true,false,0,"",[],{}]`, ok, false},
		{"object of kinds", `{"a":null,"b":true,"c":false,"d":0,"e":"","f":[],"g":{}}`, ok, false},
		{"array in array", `[[[]]]`, ok, false},
		{"object in object", `{"a":{"a":{}}}`, ok, false},
		{"empty key", `{"":0}`, ok, false},
		{"duplicate unknown key", `{"a":1,"a":2}`, ok, false},
		{"key with escapes", `{"\"\u0000\\":0}`, ok, false},
		{"key like a literal", `{"null":null}`, ok, false},
		{"long array", "[" + strings.Repeat("0,", 5000) + "0]", ok, false},
		{"long object", "{" + strings.Repeat(`"a":0,`, 5000) + `"a":0}`, ok, false},
		{"empty", ``, cut, false},
		{"open array", `[`, cut, false},
		{"open object", `{`, cut, false},
		{"array after element", `[1`, cut, false},
		{"array after comma", `[1,`, cut, false},
		{"object after key", `{"a"`, cut, false},
		{"object after colon", `{"a":`, cut, false},
		{"object after value", `{"a":1`, cut, false},
		{"object after comma", `{"a":1,`, cut, false},
		{"nested open", `{"a":[{"b":`, cut, false},
		{"trailing comma in array", `[1,]`, syntax, false},
		{"trailing comma in object", `{"a":1,}`, syntax, false},
		{"leading comma in array", `[,1]`, syntax, false},
		{"leading comma in object", `{,"a":1}`, syntax, false},
		{"only a comma", `[,]`, syntax, false},
		{"two commas", `[1,,2]`, syntax, false},
		{"two commas in object", `{"a":1,,"b":2}`, syntax, false},
		{"no comma in array", `[1 2]`, syntax, false},
		{"no comma in object", `{"a":1 "b":2}`, syntax, false},
		{"no comma before array", `[[][]]`, syntax, false},
		{"no colon", `{"a" 1}`, syntax, false},
		{"two colons", `{"a"::1}`, syntax, false},
		{"comma for colon", `{"a",1}`, syntax, false},
		{"equals for colon", `{"a"=1}`, syntax, false},
		{"colon in array", `["a":1]`, syntax, false},
		{"semicolon", `[1;2]`, syntax, false},
		{"key without value", `{"a"}`, syntax, false},
		{"key without value after colon", `{"a":}`, syntax, false},
		{"value without key", `{1}`, syntax, false},
		{"number as key", `{1:1}`, syntax, false},
		{"null as key", `{null:1}`, syntax, false},
		{"array as key", `{[]:1}`, syntax, false},
		{"bare key", `{a:1}`, syntax, false},
		{"single-quoted key", `{'a':1}`, syntax, false},
		{"crossed", `[{]}`, syntax, false},
		{"crossed the other way", `{"a":[}]`, syntax, false},
		{"array closed by brace", `[1}`, syntax, false},
		{"object closed by bracket", `{"a":1]`, syntax, false},
		{"close first", `]`, syntax, false},
		{"close brace first", `}`, syntax, false},
		{"comma alone", `,`, syntax, false},
		{"colon alone", `:`, syntax, false},
		{"letter", `a`, syntax, false},
		{"star", `*`, syntax, false},
		{"hash", `#`, syntax, false},
		{"open bracket in object", `{[`, syntax, false},
		{"brace in array place", `[{`, cut, false},
		{"line comment", "1 // c", trail, false},
		{"line comment first", "// c\n1", syntax, false},
		{"block comment", `[/* c */1]`, syntax, false},
		{"block comment at the end", `1/**/`, trail, false},
		{"hash comment", "[1 # c\n]", syntax, false},
	},
	"trailing": {
		{"two values", `1 2`, trail, false},
		{"two arrays", `[][]`, trail, false},
		{"two objects", `{}{}`, trail, false},
		{"value and comma", `1,`, trail, false},
		{"value and bracket", `1]`, trail, false},
		{"array and bracket", `[]]`, trail, false},
		{"object and brace", `{}}`, trail, false},
		{"string and quote", `"a""`, trail, false},
		{"string and letter", `"a"b`, trail, false},
		{"literal doubled", `truetrue`, trail, false},
		{"literal and letter", `nullx`, trail, false},
		{"literal and digit", `true1`, trail, false},
		{"array and text", `[1]x`, trail, false},
		{"object and NUL", "{}\x00", trail, false},
		{"value and NUL", "1\x00", trail, false},
		{"value and byte order mark", "1\uFEFF", trail, false},
		{"value and no-break space", "1\u00a0", trail, false},
		{"value and form feed", "1\f", trail, false},
	},
	"white space": {
		{"space around", ` 1 `, ok, false},
		{"tab around", "\t1\t", ok, false},
		{"line feed around", "\n1\n", ok, false},
		{"return around", "\r1\r", ok, false},
		{"all four", " \t\n\r1\r\n\t ", ok, false},
		{"in empty array", "[ \n ]", ok, false},
		{"in empty object", "{ \t }", ok, false},
		{"around every token", " { \"a\" : [ 1 , 2 ] , \"b\" : { } } ", ok, false},
		{"much", strings.Repeat(" ", 10000) + "1", ok, false},
		{"only a space", ` `, cut, false},
		{"only line ends", "\r\n\r\n", cut, false},
		{"vertical tab", "\v1", syntax, false},
		{"form feed", "\f1", syntax, false},
		{"NUL", "\x001", syntax, false},
		{"backspace", "\b1", syntax, false},
		{"escape", "\x1b1", syntax, false},
		{"no-break space", "\u00a01", syntax, false},
		{"next line", "\u00851", syntax, false},
		{"line separator", "\u20281", syntax, false},
		{"zero-width space", "\u200b1", syntax, false},
		{"ideographic space", "\u30001", syntax, false},
		{"byte order mark", "\uFEFF1", syntax, false},
		{"byte order mark alone", "\uFEFF", syntax, false},
		{"UTF-16 mark", "\xFF\xFE1", syntax, false},
		{"UTF-16", "[\x00]\x00", syntax, false},
		{"escaped space", `\u00201`, syntax, false},
		{"form feed in array", "[\f1]", syntax, false},
		{"form feed after value", "[1\f]", syntax, false},
		{"vertical tab before colon", "{\"a\"\v:1}", syntax, false},
		{"no-break space after colon", "{\"a\":\u00a01}", syntax, false},
		{"inside a literal", `nu ll`, syntax, false},
		{"inside a number", `1 0`, trail, false},
		{"after a minus", `- 1`, syntax, false},
	},
	"literals": {
		{"cut null", `nul`, cut, false},
		{"cut true", `t`, cut, false},
		{"cut false", `fals`, cut, false},
		{"cut in array", `[tru`, cut, false},
		{"cut by bracket", `[tru]`, syntax, false},
		{"Null", `Null`, syntax, false},
		{"TRUE", `TRUE`, syntax, false},
		{"False", `False`, syntax, false},
		{"nulL", `nulL`, syntax, false},
		{"nil", `nil`, syntax, false},
		{"none", `None`, syntax, false},
		{"undefined", `undefined`, syntax, false},
		{"yes", `yes`, syntax, false},
		{"truth", `truth`, syntax, false},
		{"fallse", `fallse`, syntax, false},
		{"tru with accent", "tru\u00e9", syntax, false},
		{"escaped", `\u0074rue`, syntax, false},
	},
	"numbers": {
		{"one", `1`, ok, false},
		{"minus one", `-1`, ok, false},
		{"minus zero", `-0`, ok, false},
		{"ten", `10`, ok, false},
		{"fraction", `0.5`, ok, false},
		{"fraction of zeros", `0.000`, ok, false},
		{"minus fraction", `-0.5`, ok, false},
		{"minus zero fraction", `-0.0`, ok, false},
		{"exponent", `1e5`, ok, false},
		{"capital exponent", `1E5`, ok, false},
		{"plus exponent", `1e+5`, ok, false},
		{"minus exponent", `1e-5`, ok, false},
		{"zero exponent", `0e0`, ok, false},
		{"exponent with zeros", `1e007`, ok, false},
		{"fraction and exponent", `12.34e-56`, ok, false},
		{"minus everything", `-12.34E+56`, ok, false},
		{"largest int64", `9223372036854775807`, ok, false},
		{"beyond int64", `9223372036854775808`, ok, false},
		{"beyond uint64", `18446744073709551616`, ok, false},
		{"very long", strings.Repeat("9", 400), ok, false},
		{"very long fraction", "0." + strings.Repeat("3", 400), ok, false},
		{"huge exponent", `1e400`, ok, false},
		{"tiny exponent", `1e-400`, ok, false},
		{"absurd exponent", `1e99999999999999999999`, ok, false},
		{"in array", `[-1,0.1,2e3]`, ok, false},
		{"minus alone", `-`, cut, false},
		{"minus in array", `[-]`, syntax, false},
		{"two minus", `--1`, syntax, false},
		{"plus", `+1`, syntax, false},
		{"plus minus", `+-1`, syntax, false},
		{"leading zero", `01`, trail, false},
		{"leading zeros", `00`, trail, false},
		{"leading zero in array", `[012]`, syntax, false},
		{"minus leading zero", `-01`, trail, false},
		{"leading zero fraction", `00.5`, trail, false},
		{"no integer part", `.5`, syntax, false},
		{"minus no integer part", `-.5`, syntax, false},
		{"no fraction", `1.`, cut, false},
		{"no fraction in array", `[1.]`, syntax, false},
		{"no fraction before exponent", `1.e5`, syntax, false},
		{"two points", `1.2.3`, trail, false},
		{"point alone", `.`, syntax, false},
		{"no exponent", `1e`, cut, false},
		{"no exponent in array", `[1e]`, syntax, false},
		{"no exponent after sign", `1e+`, cut, false},
		{"no exponent after sign in array", `[1e-]`, syntax, false},
		{"two exponents", `1e2e3`, trail, false},
		{"two signs in exponent", `1e+-2`, syntax, false},
		{"fraction in exponent", `1e2.5`, trail, false},
		{"exponent alone", `e5`, syntax, false},
		{"hexadecimal", `0x1F`, trail, false},
		{"octal", `0o17`, trail, false},
		{"binary", `0b1`, trail, false},
		{"underscore", `1_000`, trail, false},
		{"comma", `1,000`, trail, false},
		{"float suffix", `1.0f`, trail, false},
		{"big suffix", `1n`, trail, false},
		{"NaN", `NaN`, syntax, false},
		{"nan in array", `[nan]`, syntax, false},
		{"Infinity", `Infinity`, syntax, false},
		{"minus Infinity", `-Infinity`, syntax, false},
		{"inf", `inf`, syntax, false},
		{"full-width digit", "\uFF11", syntax, false},
		{"arabic digit", "\u0661", syntax, false},
		{"superscript", "1\u00b2", trail, false},
		{"digit and letter", `[1a]`, syntax, false},
		{"digit and quote", `[1"]`, syntax, false},
		{"minus and letter", `[-a]`, syntax, false},
		{"number cut in object", `{"a":-`, cut, false},
	},
	"strings": {
		{"ASCII", `"abc XYZ 019 !#$%&'()*+,-./:;<=>?@[]^_{|}~"`, ok, false},
		{"slash", `"a/b"`, ok, false},
		{"DEL", "\"\x7f\"", ok, false},
		{"eight bytes", `"12345678"`, ok, false},
		{"long", `"` + strings.Repeat("x", 100000) + `"`, ok, false},
		{"single quote inside", `"it's"`, ok, false},
		{"brackets inside", `"]}[{,:"`, ok, false},
		{"unclosed", `"abc`, cut, false},
		{"lone quote", `"`, cut, false},
		{"unclosed in array", `["a`, cut, false},
		{"unclosed key", `{"a`, cut, false},
		{"closed by apostrophe", `"abc'`, cut, false},
		{"single quotes", `'abc'`, syntax, false},
		{"back quotes", "`abc`", syntax, false},
		{"typographic quotes", "\u201cabc\u201d", syntax, false},
		{"bare word", `abc`, syntax, false},
		{"quote inside", `"a"b"`, trail, false},
		{"line feed", "\"a\nb\"", syntax, false},
		{"return", "\"a\rb\"", syntax, false},
		{"tab", "\"a\tb\"", syntax, false},
		{"NUL", "\"a\x00b\"", syntax, false},
		{"backspace", "\"\b\"", syntax, false},
		{"escape", "\"\x1b[0m\"", syntax, false},
		{"unit separator", "\"\x1f\"", syntax, false},
		{"control as the eighth byte", "\"1234567\x01\"", syntax, false},
		{"control after eight bytes", "\"12345678\x01\"", syntax, false},
		{"control in a key", "{\"a\nb\":1}", syntax, false},
		{"two strings", `"a" "b"`, trail, false},
		{"concatenation", `"a"+"b"`, trail, false},
		{"continued line", "\"a\\\nb\"", syntax, false},
	},
	"escapes": {
		{"quote", `"\""`, ok, false},
		{"backslash", `"\\"`, ok, false},
		{"slash", `"\/"`, ok, false},
		{"b", `"\b"`, ok, false},
		{"f", `"\f"`, ok, false},
		{"n", `"\n"`, ok, false},
		{"r", `"\r"`, ok, false},
		{"t", `"\t"`, ok, false},
		{"u lower", `"\u00e9"`, ok, false},
		{"u upper", `"\u00E9"`, ok, false},
		{"u mixed", `"\uaBcD"`, ok, false},
		{"u digits", `"\u0123"`, ok, false},
		{"u NUL", `"\u0000"`, ok, false},
		{"u quote", `"\u0022"`, ok, false},
		{"u backslash then n", `"\u005cn"`, ok, false},
		{"u noncharacter", `"\uFFFF"`, ok, false},
		{"u replacement", `"\uFFFD"`, ok, false},
		{"u line separator", `"\u2028"`, ok, false},
		{"u last before surrogates", `"\uD7FF"`, ok, false},
		{"u first after surrogates", `"\uE000"`, ok, false},
		{"pair", `"\uD83D\uDE00"`, ok, false},
		{"lowest pair", `"\uD800\uDC00"`, ok, false},
		{"highest pair", `"\uDBFF\uDFFF"`, ok, false},
		{"pair in lower case", `"\ud83d\ude00"`, ok, false},
		{"two pairs", `"\uD83D\uDE00\uD83D\uDE01"`, ok, false},
		{"backslashes in a row", `"\\\\\\"`, ok, false},
		{"escaped backslash before the end", `["\\",1]`, ok, false},
		{"text that looks like an escape", `"\\u12"`, ok, false},
		{"every ninth byte", `"12345678\n12345678\n"`, ok, false},
		{"escape cut", `"\`, cut, false},
		{"escaped quote at the end", `"\"`, cut, false},
		{"u cut", `"\u`, cut, false},
		{"u cut after one", `"\u1`, cut, false},
		{"u cut after two", `"\u12`, cut, false},
		{"u cut after three", `"\u123`, cut, false},
		{"u closed early", `"\u123"`, syntax, false},
		{"u empty", `"\u"`, syntax, false},
		{"u not hex", `"\u00g0"`, syntax, false},
		{"u not hex first", `"\ug000"`, syntax, false},
		{"u with sign", `"\u+123"`, syntax, false},
		{"u with space", `"\u 123"`, syntax, false},
		{"u braces", `"\u{41}"`, syntax, false},
		{"capital U", `"\U00000041"`, syntax, false},
		{"u full-width digits", "\"\\u\uFF10\uFF10\"", syntax, false},
		{"x", `"\x41"`, syntax, false},
		{"a", `"\a"`, syntax, false},
		{"v", `"\v"`, syntax, false},
		{"e", `"\e"`, syntax, false},
		{"zero", `"\0"`, syntax, false},
		{"octal", `"\101"`, syntax, false},
		{"apostrophe", `"\'"`, syntax, false},
		{"space", `"\ "`, syntax, false},
		{"capital N", `"\N"`, syntax, false},
		{"NUL", "\"\\\x00\"", syntax, false},
		{"high bytes", "\"\\\u00e9\"", syntax, false},
		{"outside a string", `\n`, syntax, false},
		{"between tokens", `[1\n]`, syntax, false},
		{"bad one in a key", `{"\q":1}`, syntax, false},
	},
	"surrogates": {
		{"high alone", `"\uD800"`, surr, true},
		{"low alone", `"\uDC00"`, surr, true},
		{"last low alone", `"\uDFFF"`, surr, true},
		{"high and text", `"\uD800abc"`, surr, true},
		{"high and short text", `"\uD800a"`, surr, true},
		{"high and quote escape", `"\uD800\"x"`, surr, true},
		{"high and escape", `"\uD800\n"`, surr, true},
		{"high and character", `"\uD800\u0041"`, surr, true},
		{"high and high", `"\uD800\uD800"`, surr, true},
		{"high and pair", `"\uD800\uD83D\uDE00"`, surr, true},
		{"low and high", `"\uDC00\uD800"`, surr, true},
		{"low after a pair", `"\uD83D\uDE00\uDE00"`, surr, true},
		{"in a key", `{"\uD800":1}`, surr, true},
		{"high and first after", `"\uD83D\uE000"`, surr, true},
		{"high and last before", `"\uD83D\uDBFF"`, surr, true},
		{"high and cut", `"\uD83D`, cut, false},
		{"high and cut backslash", `"\uD83D\`, cut, false},
		{"high and cut u", `"\uD83D\u`, cut, false},
		{"high and cut low", `"\uD83D\uDE0`, cut, false},
		{"high and bad hex", `"\uD83D\uDEzz"`, syntax, false},
		{"high and bad escape", `"\uD83D\q"`, surr, false},
	},
	"UTF-8": {
		{"two bytes", "\"\u00e9\"", ok, false},
		{"first of two bytes", "\"\u0080\"", ok, false},
		{"last of two bytes", "\"\u07ff\"", ok, false},
		{"three bytes", "\"\u65e5\u672c\"", ok, false},
		{"first of three bytes", "\"\u0800\"", ok, false},
		{"last of three bytes", "\"\uffff\"", ok, false},
		{"four bytes", "\"\U0001F600\"", ok, false},
		{"last of all", "\"\U0010FFFF\"", ok, false},
		{"noncharacter", "\"\ufdd0\"", ok, false},
		{"byte order mark inside", "\"\uFEFF\"", ok, false},
		{"bidi control", "\"\u202e\"", ok, false},
		{"line separator", "\"\u2028\"", ok, false},
		{"combining", "\"e\u0301\"", ok, false},
		{"key", "{\"\u00e9\":1}", ok, false},
		{"after eight bytes", "\"12345678\u00e9\"", ok, false},
		{"across eight bytes", "\"1234567\u00e9\"", ok, false},
		{"lone continuation", "\"\x80\"", utf, true},
		{"two continuations", "\"\x80\xbf\"", utf, true},
		{"lone lead of two", "\"\xc3\"", utf, true},
		{"lone lead of three", "\"\xe6\"", utf, true},
		{"cut three", "\"\xe6\x97\"", utf, true},
		{"cut four", "\"\xf0\x9f\x98\"", utf, true},
		{"lead and ASCII", "\"\xc3(\"", utf, true},
		{"lead and quote", "\"\xc3\"", utf, true},
		{"lead and lead", "\"\xc3\xc3\xa9\"", utf, true},
		{"overlong slash of two", "\"\xc0\xaf\"", utf, true},
		{"overlong NUL", "\"\xc0\x80\"", utf, true},
		{"overlong of three", "\"\xe0\x80\xaf\"", utf, true},
		{"overlong of four", "\"\xf0\x80\x80\xaf\"", utf, true},
		{"encoded high surrogate", "\"\xed\xa0\x80\"", utf, true},
		{"encoded low surrogate", "\"\xed\xbf\xbf\"", utf, true},
		{"encoded pair", "\"\xed\xa0\xbd\xed\xb8\x80\"", utf, true},
		{"beyond Unicode", "\"\xf4\x90\x80\x80\"", utf, true},
		{"five bytes", "\"\xf8\x88\x80\x80\x80\"", utf, true},
		{"FE", "\"\xfe\"", utf, true},
		{"FF", "\"\xff\"", utf, true},
		{"ISO 8859-1", "\"caf\xe9\"", utf, true},
		{"in a key", "{\"\xff\":1}", utf, true},
		{"after an escape", "\"\\n\xff\"", utf, true},
		{"as the eighth byte", "\"1234567\xff\"", utf, true},
		{"outside a string", "\xff", syntax, false},
		{"accent outside a string", "\u00e9", syntax, false},
		{"in a number", "1\xff", trail, false},
		{"cut by the end", "\"\xe6\x97", utf, false},
	},
	"depth": {
		{"128 arrays", strings.Repeat("[", 128) + strings.Repeat("]", 128), ok, false},
		{"128 objects", strings.Repeat(`{"a":`, 127) + "{}" + strings.Repeat("}", 127), ok, false},
		{"128 mixed", strings.Repeat(`[{"a":`, 64) + "0" + strings.Repeat("}]", 64), ok, false},
		{"many beside each other", "[" + strings.Repeat("[],", 1000) + "{}]", ok, false},
		{"129 arrays", strings.Repeat("[", 129) + strings.Repeat("]", 129), depth, true},
		{"129 objects", strings.Repeat(`{"a":`, 128) + "{}" + strings.Repeat("}", 128), depth, true},
		{"129 mixed", strings.Repeat(`[{"a":`, 64) + "[]" + strings.Repeat("}]", 64), depth, true},
		{"1,000 arrays", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), depth, true},
		{"100,000 arrays open", strings.Repeat("[", 100_000), depth, false},
		{"100,000 objects open", strings.Repeat(`{"a":`, 100_000), depth, false},
		{"100,000 arrays closed", strings.Repeat("]", 100_000), syntax, false},
	},
}

func TestCases(t *testing.T) {
	count := 0
	for category, rows := range jsonCases {
		count += len(rows)
		t.Run(category, func(t *testing.T) {
			names := map[string]bool{}
			for _, c := range rows {
				if names[c.name] {
					t.Errorf("%s comes twice", c.name)
				}
				names[c.name] = true
				t.Run(c.name, func(t *testing.T) {
					lx := jsonwire.New([]byte(c.src))
					err := lx.Finish()
					if c.want == ok && err != nil || c.want != ok && !errors.Is(err, c.want) {
						t.Errorf("%.60q: %v, want %v", c.src, err, c.want)
					}
					if jsonwire.Valid([]byte(c.src)) != (c.want == ok) {
						t.Error("Valid says otherwise")
					}
					if std := json.Valid([]byte(c.src)); std != (c.want == ok || c.stricter) {
						t.Errorf("%.60q: encoding/json says %v", c.src, std)
					}
					if c.want == ok {
						checkTexts(t, []byte(c.src))
					}
				})
			}
		})
	}
	if count < 300 {
		t.Errorf("%d cases", count)
	}
}

// checkTexts compares every string and number of an accepted input with encoding/json's reading.
func checkTexts(t *testing.T, src []byte) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(src)))
	d.UseNumber()
	lx := jsonwire.New(src)
	for {
		k := lx.Next()
		if k == jsonwire.End || k == jsonwire.Invalid {
			if _, err := d.Token(); err == nil {
				t.Fatal("encoding/json has more tokens")
			}
			return
		}
		tok, err := d.Token()
		if err != nil {
			t.Fatalf("encoding/json has fewer tokens: %v", err)
		}
		switch tok := tok.(type) {
		case string:
			if k != jsonwire.String && k != jsonwire.Key || lx.Text() != tok || !lx.TextIs(tok) || string(lx.AppendText(nil)) != tok || lx.TextIs(tok+"x") {
				t.Fatalf("%v %q, encoding/json has the string %q", k, lx.Text(), tok)
			}
		case json.Number:
			if k != jsonwire.Number || string(lx.Raw()) != string(tok) {
				t.Fatalf("%v %q, encoding/json has the number %q", k, lx.Raw(), tok)
			}
			n, fits := lx.Int64()
			if std, err := tok.Int64(); (err == nil) != fits || n != std && fits {
				t.Fatalf("%s: Int64 %d %v, encoding/json %d %v", tok, n, fits, std, err)
			}
			f, fits := lx.Float64()
			if std, err := tok.Float64(); (err == nil) != fits || f != std {
				t.Fatalf("%s: Float64 %v %v, encoding/json %v %v", tok, f, fits, std, err)
			}
		case bool:
			if tok != (k == jsonwire.True) || !tok != (k == jsonwire.False) {
				t.Fatalf("%v, encoding/json has %v", k, tok)
			}
		case nil:
			if k != jsonwire.Null {
				t.Fatalf("%v, encoding/json has null", k)
			}
		case json.Delim:
			want := map[json.Delim]jsonwire.Kind{'{': jsonwire.ObjectStart, '}': jsonwire.ObjectEnd, '[': jsonwire.ArrayStart, ']': jsonwire.ArrayEnd}
			if k != want[tok] {
				t.Fatalf("%v, encoding/json has %v", k, tok)
			}
		}
	}
}
