package jsonwire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bedrockwire/model/jsonwire"
)

// tokens lists the kinds of src until End or Invalid.
func tokens(src string) (kinds []jsonwire.Kind, texts []string, err error) {
	lx := jsonwire.New([]byte(src))
	for {
		k := lx.Next()
		if k == jsonwire.Invalid || k == jsonwire.End {
			return kinds, texts, lx.Err()
		}
		kinds, texts = append(kinds, k), append(texts, lx.Text())
	}
}

func TestTokens(t *testing.T) {
	rows := []struct {
		name, src, want string
	}{
		{"scalar", ` 12 `, `number:12`},
		{"empty object", `{}`, `{:{ }:}`},
		{"empty array", `[]`, `[:[ ]:]`},
		{"object", `{"a":1,"b":"x"}`, `{:{ key:a number:1 key:b string:x }:}`},
		{"nested", `{"a":[true,false,null,{"":-0.5e+3}]}`,
			`{:{ key:a [:[ true:true false:false null:null {:{ key: number:-0.5e+3 }:} ]:] }:}`},
		{"white space everywhere", "\r\n\t { \"a\" : [ 1 , 2 ] } \n", `{:{ key:a [:[ number:1 number:2 ]:] }:}`},
		{"escapes", `["\"\\\/\b\f\n\r\t\u0041\ud83d\ude00"]`, "[:[ string:\"\\/\b\f\n\r\tA\U0001F600 ]:]"},
		{"escaped key", `{"\u0061":0}`, `{:{ key:a number:0 }:}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			kinds, texts, err := tokens(row.src)
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for i, k := range kinds {
				if i > 0 {
					got.WriteByte(' ')
				}
				got.WriteString(k.String() + ":" + texts[i])
			}
			if got.String() != row.want {
				t.Errorf("got  %s\nwant %s", got.String(), row.want)
			}
		})
	}
}

func TestTokenAccessors(t *testing.T) {
	lx := jsonwire.New([]byte(`{"k\u0065y":"plain","n":[1]}`))
	if lx.Kind() != jsonwire.Invalid || lx.Depth() != 0 {
		t.Errorf("before the first token: kind %v, depth %d", lx.Kind(), lx.Depth())
	}
	lx.Next()
	if lx.Depth() != 1 {
		t.Errorf("depth in object = %d", lx.Depth())
	}
	if lx.Next() != jsonwire.Key || !lx.Escaped() || string(lx.Raw()) != `k\u0065y` || lx.Offset() != 2 {
		t.Errorf("key: escaped %v raw %q offset %d", lx.Escaped(), lx.Raw(), lx.Offset())
	}
	if lx.Next() != jsonwire.String || lx.Escaped() || string(lx.Raw()) != "plain" {
		t.Errorf("value: escaped %v raw %q", lx.Escaped(), lx.Raw())
	}
	if raw := lx.Raw(); cap(raw) != len(raw) {
		t.Errorf("Raw has capacity %d beyond its %d bytes: an append would write into the input", cap(raw), len(raw))
	}
	if err := lx.Finish(); err != nil || lx.Depth() != 0 || lx.Kind() != jsonwire.End {
		t.Errorf("Finish: %v, depth %d, kind %v", err, lx.Depth(), lx.Kind())
	}
	if lx.Next() != jsonwire.End {
		t.Error("Next after End is not End")
	}
}

func TestSkip(t *testing.T) {
	src := `{"o":{"x":[1,{"y":2}],"z":"}"},"a":[[],"]"],"s":"q\"","n":-1.5,"t":true,"e":{}}`
	want := map[string]string{"o": `{"x":[1,{"y":2}],"z":"}"}`, "a": `[[],"]"]`, "s": `"q\""`, "n": "-1.5", "t": "true", "e": "{}"}
	lx := jsonwire.New([]byte(src))
	lx.Next()
	seen := 0
	for lx.Next() == jsonwire.Key {
		key := lx.Text()
		raw := lx.Skip()
		if string(raw) != want[key] || cap(raw) != len(raw) {
			t.Errorf("%s: Skip = %q (cap %d), want %q", key, raw, cap(raw), want[key])
		}
		seen++
	}
	if err := lx.Finish(); err != nil || seen != len(want) {
		t.Fatalf("%v after %d members", err, seen)
	}

	lx = jsonwire.New([]byte(`[1,[2,3],4]`))
	lx.Next()
	if got := lx.Skip(); string(got) != `[1,[2,3],4]` {
		t.Errorf("Skip after ArrayStart = %q", got)
	}
	if lx.Next() != jsonwire.End {
		t.Error("Skip did not reach the end")
	}

	lx = jsonwire.New([]byte(`{"a":[1,}`))
	lx.Next()
	lx.Next()
	if got := lx.Skip(); got != nil {
		t.Errorf("Skip over a fault = %q", got)
	}
	if got := lx.Skip(); got != nil {
		t.Errorf("Skip after a fault = %q", got)
	}
}

func TestOnce(t *testing.T) {
	decode := func(src string) error {
		lx := jsonwire.New([]byte(src))
		var seen uint64
		lx.Next()
		for lx.Next() == jsonwire.Key {
			switch {
			case lx.TextIs("a") && lx.Once(&seen, 0), lx.TextIs("b") && lx.Once(&seen, 63):
			}
			lx.Skip()
		}
		return lx.Finish()
	}
	for _, good := range []string{`{"a":1,"b":2}`, `{"x":1,"x":2,"a":1}`, `{"a":{"a":1}}`} {
		if err := decode(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for src, offset := range map[string]int{`{"a":1,"a":2}`: 8, `{"b":1,"x":0,"\u0062":2}`: 14} {
		err := decode(src)
		var e *jsonwire.Error
		if !errors.As(err, &e) || e.Reason != jsonwire.ErrDuplicate || e.Offset != offset {
			t.Errorf("%s: %v, want a duplicate at %d", src, err, offset)
		}
	}
}

func TestFailIsSticky(t *testing.T) {
	lx := jsonwire.New([]byte(`{"a":"x"}`))
	lx.Next()
	lx.Next()
	lx.Next()
	lx.Fail(0)
	if lx.Err() != nil {
		t.Fatalf("Fail(0): %v", lx.Err())
	}
	lx.Fail(jsonwire.ErrKind)
	lx.Fail(jsonwire.ErrNumber)
	for range 3 {
		if lx.Next() != jsonwire.Invalid {
			t.Fatal("Next after Fail")
		}
	}
	err := lx.Finish()
	if !errors.Is(err, jsonwire.ErrKind) || err.Error() != "json: unexpected kind of value at byte 6" {
		t.Errorf("%v", err)
	}
	if len(lx.Raw()) != 0 || lx.Skip() != nil {
		t.Error("token left over after an error")
	}
}

func TestLimit(t *testing.T) {
	src := []byte(`[1, 2]`)
	for limit := -1; limit <= 8; limit++ {
		lx := jsonwire.NewLimit(src, limit)
		err := lx.Finish()
		if limit >= len(src) {
			if err != nil {
				t.Errorf("limit %d: %v", limit, err)
			}
			continue
		}
		var e *jsonwire.Error
		if !errors.As(err, &e) || e.Reason != jsonwire.ErrTooLarge || e.Offset != max(limit, 0) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	if jsonwire.Valid(make([]byte, jsonwire.MaxInput+1)) {
		t.Error("accepted more than MaxInput")
	}
}

func TestZeroLexer(t *testing.T) {
	var lx jsonwire.Lexer
	if err := lx.Finish(); !errors.Is(err, jsonwire.ErrTruncated) {
		t.Errorf("zero Lexer: %v", err)
	}
}

func TestTruncationAtEveryByte(t *testing.T) {
	src := ` { "kéy\n" : [ -12.5e+3 , "a\ud83d\ude00é" , true , false , null , { } , [ ] ] } `
	end := strings.LastIndexByte(src, '}')
	for cut := 0; cut <= end; cut++ {
		lx := jsonwire.New([]byte(src[:cut]))
		err := lx.Finish()
		var e *jsonwire.Error
		if !errors.As(err, &e) {
			t.Fatalf("cut at %d: accepted", cut)
		}
		// A character cut in the middle is invalid UTF-8 rather than an early end.
		if e.Reason != jsonwire.ErrTruncated && e.Reason != jsonwire.ErrUTF8 {
			t.Errorf("cut at %d: %v", cut, err)
		}
		if e.Reason == jsonwire.ErrTruncated && e.Offset != cut {
			t.Errorf("cut at %d: offset %d", cut, e.Offset)
		}
	}
}

func TestDepth(t *testing.T) {
	for _, n := range []int{1, 63, 64, 65, 127, 128} {
		for _, pair := range []string{"[]", "{}"} {
			open, shut := "[", "]"
			if pair == "{}" {
				open, shut = `{"a":`, "}"
			}
			src := strings.Repeat(open, n-1) + pair + strings.Repeat(shut, n-1)
			if !jsonwire.Valid([]byte(src)) {
				t.Errorf("depth %d of %s refused", n, pair)
			}
		}
	}
	// Alternating kinds: the stack keeps each level's own.
	mixed := strings.Repeat(`[{"a":`, 64) + "1" + strings.Repeat("}]", 64)
	if !jsonwire.Valid([]byte(mixed)) {
		t.Error("mixed depth 128 refused")
	}
	crossed := strings.Repeat(`[{"a":`, 64) + "1" + strings.Repeat("]}", 64)
	if jsonwire.Valid([]byte(crossed)) {
		t.Error("crossed containers accepted")
	}
	for _, src := range []string{strings.Repeat("[", 129), strings.Repeat(`{"a":`, 100_000), strings.Repeat("[", 100_000)} {
		lx := jsonwire.New([]byte(src))
		if err := lx.Finish(); !errors.Is(err, jsonwire.ErrDepth) {
			t.Errorf("%.10s...: %v", src, err)
		}
	}
}

func TestLexerDoesNotAllocate(t *testing.T) {
	src := []byte(`{"message":"Too many requests","n":[1,2.5,true,null],"esc":"a\u0062c","o":{"x":"y"}}`)
	dst := make([]byte, 0, 64)
	allocs := testing.AllocsPerRun(100, func() {
		lx := jsonwire.New(src)
		lx.Next()
		for lx.Next() == jsonwire.Key {
			switch {
			case lx.TextIs("esc"):
				lx.Next()
				dst = lx.AppendText(dst[:0])
				if !lx.TextIs("abc") {
					t.Error("TextIs")
				}
			case lx.TextIs("n"):
				lx.Next()
				lx.Next()
				lx.Int64()
				lx.Next()
				lx.Float64()
				for lx.Depth() > 1 {
					lx.Next()
				}
			default:
				lx.Skip()
			}
		}
		if lx.Finish() != nil {
			t.Error("refused")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// TestFaults: every refused input, at its exact offset. The token before the fault is the last one, and nothing of the input is
// left in the lexer after it.
func TestFaults(t *testing.T) {
	rows := []struct {
		src    string
		reason jsonwire.Reason
		offset int
	}{
		{`"\udc00\udc00"`, surr, 1}, // two low surrogates as a pair
		{`"\udc00"`, surr, 1},
		{`"\udfff\udc00"`, surr, 1},
		{`"\ud800\ud800"`, surr, 1}, // two high ones
		{`"\udbff\udbff"`, surr, 1},
		{`"ab\ud800"`, surr, 3},
		{`"\ud800\udbff"`, surr, 1},
		{`"\ud800\ue000"`, surr, 1},
		{`"\ud800x"`, surr, 1},
		{`"\ud800\n"`, surr, 1},
		{`"\ud800xu0041"`, surr, 1},
		{`"\u00g0"`, syntax, 5},
		{`"\ug000"`, syntax, 3},
		{`"\u000g"`, syntax, 6},
		{`"\u/000"`, syntax, 3},
		{`"\u:000"`, syntax, 3},
		{"\"\\u`000\"", syntax, 3},
		{`"\u@000"`, syntax, 3},
		{`"\uG000"`, syntax, 3},
		{`"\ud800\ug000"`, syntax, 9},
		{`"\ud800\u000g"`, syntax, 12},
		{`"\q"`, syntax, 2},
		{`"\q`, syntax, 2},
		{`"\n`, cut, 3},
		{`"a\`, cut, 3},
		{`"a\u`, cut, 4},
		{`"a\u12`, cut, 6},
		{`"\ud800`, cut, 7},
		{`"\ud800\`, cut, 8},
		{`"\ud800\u`, cut, 9},
		{`"\ud800\udc0`, cut, 12},
		{`"\ud800\udc00`, cut, 13},
		{"\"a\x1fb\"", syntax, 2},
		{"\"a\x80b\"", utf, 2},
		{"\"a\xe2\x82", utf, 2},
		{`"abc`, cut, 4},
		{`{"abc`, cut, 5},
		{`{"a\q":1}`, syntax, 4},
		{`{"a"`, cut, 4},
		{`{"a" 1}`, syntax, 5},
		{`{1:1}`, syntax, 1},
		{`{"a":}`, syntax, 5},
		{`{"a":1,}`, syntax, 7},
		{`{"a":1]`, syntax, 6},
		{`[1}`, syntax, 2},
		{`[1,]`, syntax, 3},
		{`[1 2]`, syntax, 3},
		{`[!]`, syntax, 1},
		{`-`, cut, 1},
		{`-x`, syntax, 1},
		{`[-]`, syntax, 2},
		{`[+1]`, syntax, 1},
		{`[1.]`, syntax, 3},
		{`1.`, cut, 2},
		{`[1.x]`, syntax, 3},
		{`[1e]`, syntax, 3},
		{`1e`, cut, 2},
		{`1e+`, cut, 3},
		{`[1e-]`, syntax, 4},
		{`[01]`, syntax, 2},
		{`[1:]`, syntax, 2},
		{`[1/]`, syntax, 2},
		{`tru`, cut, 3},
		{`[trux]`, syntax, 4},
		{`[truex]`, syntax, 5},
		{`[nul`, cut, 4},
		{`falsy`, syntax, 4},
		{`1 2`, trail, 2},
		{`{} x`, trail, 3},
		{"1!", trail, 1},
		{"!", syntax, 0},
	}
	for _, row := range rows {
		lx := jsonwire.New([]byte(row.src))
		for range len(row.src) + 2 {
			k := lx.Next()
			if k != lx.Kind() || (k == jsonwire.Invalid) != (lx.Err() != nil) {
				t.Fatalf("%s: Next returns %v, the kind is %v, the error %v", row.src, k, lx.Kind(), lx.Err())
			}
		}
		e, ok := lx.Err().(*jsonwire.Error)
		if !ok || e.Reason != row.reason || e.Offset != row.offset {
			t.Errorf("%s: %v, want %v at byte %d", row.src, lx.Err(), row.reason, row.offset)
		}
		if len(lx.Raw()) != 0 || lx.Offset() != 0 || lx.Text() != "" || len(lx.AppendText(nil)) != 0 || lx.Skip() != nil {
			t.Errorf("%s: a token is left", row.src)
		}
	}
}

// TestMaxInput: the largest input is accepted, and one byte more is refused.
func TestMaxInput(t *testing.T) {
	src := bytes.Repeat([]byte(" "), jsonwire.MaxInput+1)
	copy(src, "{}")
	lx := jsonwire.New(src[:jsonwire.MaxInput])
	if lx.Next() != jsonwire.ObjectStart {
		t.Errorf("%d bytes: %v", jsonwire.MaxInput, lx.Err())
	}
	lx = jsonwire.New(src)
	if lx.Next() != jsonwire.Invalid || !errors.Is(lx.Err(), jsonwire.ErrTooLarge) {
		t.Errorf("%d bytes: %v", len(src), lx.Err())
	}
	if jsonwire.MaxInput != 32<<20 || jsonwire.MaxDepth != 128 {
		t.Error("the limits that the documentation names have changed")
	}
}

func TestErrorTexts(t *testing.T) {
	texts := []string{"no error", "unexpected byte", "unexpected end of input", "bytes after the value", "nested deeper than 128",
		"input longer than the limit", "invalid UTF-8 in a string", "unpaired surrogate escape", "number out of range",
		"duplicate key", "unexpected kind of value", "unknown reason 11", "unknown reason 12"}
	for r := jsonwire.Reason(0); int(r) < len(texts); r++ {
		e := &jsonwire.Error{Offset: 7, Reason: r}
		if want := "json: " + texts[r] + " at byte 7"; e.Error() != want || !errors.Is(e, r) || errors.Is(e, r+1) {
			t.Errorf("reason %d: %v, want %s", r, e, want)
		}
	}
	if jsonwire.ErrKind != 10 {
		t.Error("a reason is not in this table")
	}
	kinds := []string{"invalid", "{", "key", "}", "[", "]", "string", "number", "true", "false", "null", "end", "unknown", "unknown"}
	for k, want := range kinds {
		if got := jsonwire.Kind(k).String(); got != want {
			t.Errorf("kind %d: %q, want %q", k, got, want)
		}
	}
	secret := `{"SecretAccessKey":"wJalrXUtnFEMI",}`
	lx := jsonwire.New([]byte(secret))
	if err := lx.Finish(); strings.Contains(err.Error(), "wJalr") {
		t.Errorf("the error quotes the input: %v", err)
	}
}

func TestAgreesWithEncodingJSONOnMutants(t *testing.T) {
	seeds := []string{
		`{"message":"Too many requests, please wait","code":"ThrottlingException"}`,
		`[1,-2.5e+10,true,false,null,{"a":{"b":[]}},"\u00e9\n\ud83d\ude00"]`,
		"{\"k\u00e9y\" : \"\U0001F600\", \"n\": 0.1E-2 }",
	}
	for _, seed := range seeds {
		for i := range seed {
			for _, c := range []byte{0, '"', '\\', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', ' ', '\n', 0x7F, 0x80, 0xFF, 'u', 't'} {
				b := []byte(seed)
				b[i] = c
				checkAgainstStd(t, b)
			}
			checkAgainstStd(t, []byte(seed[:i]+seed[i+1:]))
			checkAgainstStd(t, []byte(seed[:i]))
		}
	}
}

// checkAgainstStd compares acceptance with encoding/json, allowing the documented stricter rules.
func checkAgainstStd(t *testing.T, b []byte) {
	t.Helper()
	lx := jsonwire.New(b)
	err := lx.Finish()
	std := json.Valid(b)
	if err == nil {
		if !std {
			t.Fatalf("accepted %q, which encoding/json refuses", b)
		}
		return
	}
	stricter := errors.Is(err, jsonwire.ErrUTF8) || errors.Is(err, jsonwire.ErrSurrogate) || errors.Is(err, jsonwire.ErrDepth)
	if std && !stricter {
		t.Fatalf("refused %q, which encoding/json accepts: %v", b, err)
	}
	if std && errors.Is(err, jsonwire.ErrUTF8) && bytes.Equal(b, bytes.ToValidUTF8(b, nil)) {
		t.Fatalf("refused valid UTF-8 %q: %v", b, err)
	}
}

func TestOnceReports(t *testing.T) {
	lx := jsonwire.New([]byte(`{"a":1}`))
	lx.Next()
	lx.Next()
	var seen uint64
	if !lx.Once(&seen, 3) || seen != 1<<3 || !lx.Once(&seen, 4) || lx.Err() != nil {
		t.Errorf("first times: seen %b, %v", seen, lx.Err())
	}
	if lx.Once(&seen, 3) || !errors.Is(lx.Err(), jsonwire.ErrDuplicate) {
		t.Errorf("second time: %v", lx.Err())
	}
}
