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

func TestErrorTexts(t *testing.T) {
	for r := jsonwire.ErrSyntax; r <= jsonwire.ErrKind; r++ {
		e := &jsonwire.Error{Offset: 7, Reason: r}
		if !errors.Is(e, r) || !strings.HasPrefix(e.Error(), "json: ") || !strings.HasSuffix(e.Error(), " at byte 7") ||
			strings.Contains(e.Error(), "unknown") {
			t.Errorf("%v", e)
		}
	}
	if got := jsonwire.Reason(200).Error(); got != "json: unknown reason 200" {
		t.Error(got)
	}
	if got := jsonwire.Kind(99).String(); got != "unknown" {
		t.Error(got)
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
