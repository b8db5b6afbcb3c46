package model

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"bedrockwire/model/jsonwire"
)

// chunkRows are payloads with what becomes of them. at is the error's offset.
var chunkRows = []struct {
	name    string
	payload string
	want    string
	err     error
	at      int
}{
	{name: "bytes", payload: `{"bytes":"aGVsbG8="}`, want: "hello"},
	{name: "bytes and p", payload: `{"bytes":"aGVsbG8=","p":"abcdefgh"}`, want: "hello"},
	// From a frame of a real stream, published in the test suite of AI21's Python client.
	{name: "captured", payload: `{"bytes":"eyJjaG9pY2VzIjpbeyJpbmRleCI6MCwibWVzc2FnZSI6eyJyb2xlIjoiYXNzaXN0YW50IiwiY29udGVudCI6IkkifSwic3RvcF9yZWFzb24iOm51bGx9XX0=","p":"abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"}`,
		want: `{"choices":[{"index":0,"message":{"role":"assistant","content":"I"},"stop_reason":null}]}`},
	{name: "longest p", payload: `{"bytes":"aGVsbG8=","p":"` + padLetters + `"}`, want: "hello"},
	{name: "p beyond the alphabet", payload: `{"bytes":"aGVsbG8=","p":"` + padLetters + `a"}`, want: "hello"},
	{name: "other p", payload: `{"bytes":"aGVsbG8=","p":"zyx0"}`, want: "hello"},
	{name: "empty p", payload: `{"bytes":"aGVsbG8=","p":""}`, want: "hello"},
	{name: "p with punctuation", payload: `{"bytes":"aGVsbG8=","p":"a-b, c"}`, want: "hello"},
	{name: "p with escapes", payload: `{"bytes":"aGVsbG8=","p":"\"\\\u0041"}`, want: "hello"},
	{name: "p not ASCII", payload: `{"bytes":"aGVsbG8=","p":"é€😀"}`, want: "hello"},
	{name: "p looks like an end", payload: `{"bytes":"aGVsbG8=","p":"a","q":"b"}`, want: "hello"},
	{name: "p number", payload: `{"bytes":"aGVsbG8=","p":1}`, want: "hello"},
	{name: "p twice", payload: `{"bytes":"aGVsbG8=","p":"a","p":"b"}`, want: "hello"},
	{name: "p first", payload: `{"p":"abc","bytes":"aGVsbG8="}`, want: "hello"},
	{name: "unknown members", payload: `{"x":{"bytes":"AAAA"},"bytes":"aGVsbG8=","y":[1,{"bytes":null}]}`, want: "hello"},
	{name: "white space", payload: " {\t\"bytes\" :\r\n \"aGVsbG8=\" } \n", want: "hello"},
	{name: "space after the object", payload: `{"bytes":"aGVsbG8="} `, want: "hello"},
	{name: "escaped slash", payload: `{"bytes":"\/+\/+","p":"a"}`, want: "\xff\xef\xfe"},
	{name: "unicode escapes", payload: `{"bytes":"aGVsbG8\u003d"}`, want: "hello"},
	{name: "all escaped", payload: `{"bytes":"\u0061\u0047\u0056\u0073\u0062\u0047\u0038\u003D"}`, want: "hello"},
	{name: "escaped key", payload: `{"\u0062ytes":"aGVsbG8="}`, want: "hello"},
	{name: "empty bytes", payload: `{"bytes":""}`},
	{name: "empty bytes and p", payload: `{"bytes":"","p":"abc"}`},
	{name: "no bytes", payload: `{}`},
	{name: "no bytes but p", payload: `{"p":"abc"}`},
	{name: "null bytes", payload: `{"bytes":null,"p":"abc"}`},
	{name: "other case", payload: `{"Bytes":"aGVsbG8="}`},

	{name: "empty payload", payload: ``, err: jsonwire.ErrTruncated, at: 0},
	{name: "white space only", payload: ` `, err: jsonwire.ErrTruncated, at: 1},
	{name: "null", payload: `null`, err: jsonwire.ErrKind, at: 0},
	{name: "array", payload: `["aGVsbG8="]`, err: jsonwire.ErrKind, at: 0},
	{name: "string", payload: ` "aGVsbG8="`, err: jsonwire.ErrKind, at: 2},
	{name: "text", payload: `<html>`, err: jsonwire.ErrSyntax, at: 0},
	{name: "byte order mark", payload: "\uFEFF{}", err: jsonwire.ErrSyntax, at: 0},
	{name: "trailing bytes", payload: `{"bytes":"aGVsbG8="}}`, err: jsonwire.ErrTrailing, at: 20},
	{name: "trailing object", payload: `{"bytes":"aGVsbG8=","p":"a"}{}`, err: jsonwire.ErrTrailing, at: 28},
	{name: "trailing NUL", payload: `{"bytes":"aGVsbG8="}` + "\x00", err: jsonwire.ErrTrailing, at: 20},
	{name: "no end", payload: `{"bytes":"aGVsbG8="`, err: jsonwire.ErrTruncated, at: 19},
	{name: "no closing quote", payload: `{"bytes":"aGVsbG8=`, err: jsonwire.ErrTruncated, at: 18},
	{name: "p without end", payload: `{"bytes":"aGVsbG8=","p":"a`, err: jsonwire.ErrTruncated, at: 26},
	{name: "comma before the end", payload: `{"bytes":"aGVsbG8=",}`, err: jsonwire.ErrSyntax, at: 20},
	{name: "bytes twice", payload: `{"bytes":"AAAA","bytes":"aGVsbG8="}`, err: jsonwire.ErrDuplicate, at: 17},
	{name: "bytes twice, null", payload: `{"bytes":null,"p":"a","bytes":"aGVsbG8="}`, err: jsonwire.ErrDuplicate, at: 23},
	{name: "bytes twice, escaped", payload: `{"bytes":"aGVsbG8\u003d","byte\u0073":""}`, err: jsonwire.ErrDuplicate, at: 26},
	{name: "bytes number", payload: `{"bytes":1}`, err: jsonwire.ErrKind, at: 9},
	{name: "bytes object", payload: `{"bytes":{}}`, err: jsonwire.ErrKind, at: 9},
	{name: "bytes true", payload: `{"bytes":true}`, err: jsonwire.ErrKind, at: 9},
	{name: "control character in p", payload: `{"bytes":"aGVsbG8=","p":"a` + "\x1f" + `"}`, err: jsonwire.ErrSyntax, at: 26},
	{name: "invalid UTF-8 in p", payload: `{"bytes":"aGVsbG8=","p":"` + "\xff" + `"}`, err: jsonwire.ErrUTF8, at: 25},
	{name: "lone surrogate in p", payload: `{"bytes":"aGVsbG8=","p":"\ud800"}`, err: jsonwire.ErrSurrogate, at: 25},
	{name: "deep", payload: `{"bytes":"aGVsbG8=","q":` + strings.Repeat("[", 200), err: jsonwire.ErrDepth, at: 24 + 127},
	{name: "bad character", payload: `{"bytes":"aGVs*G8="}`, err: ErrBase64, at: 14},
	{name: "bad character, late", payload: `{"p":"a", "bytes":"aGVs*G8="}`, err: ErrBase64, at: 23},
	{name: "bad character, escaped", payload: `{"bytes":"aGVs\u002aG8="}`, err: ErrBase64, at: 10},
	{name: "unpadded", payload: `{"bytes":"aGVsbG8"}`, err: ErrBase64, at: 17},
	{name: "unpadded, escaped", payload: `{"bytes":"aGV\u0073bG8"}`, err: ErrBase64, at: 10},
	{name: "spare bits", payload: `{"bytes":"aGVsbG9="}`, err: ErrBase64, at: 16},
	{name: "space in base64", payload: `{"bytes":"aGVs bG8="}`, err: ErrBase64, at: 14},
	{name: "line end in base64", payload: `{"bytes":"aGVs\nG8="}`, err: ErrBase64, at: 10},
	{name: "URL alphabet", payload: `{"bytes":"aGVs_-8="}`, err: ErrBase64, at: 14},
	{name: "padding inside", payload: `{"bytes":"aGU=bG8="}`, err: ErrBase64, at: 13},
	{name: "raw line end in base64", payload: "{\"bytes\":\"aGVs\nbG8=\"}", err: jsonwire.ErrSyntax, at: 14},
}

func TestDecodeChunk(t *testing.T) {
	for _, row := range chunkRows {
		t.Run(row.name, func(t *testing.T) {
			payload := []byte(row.payload)
			for _, dst := range [][]byte{nil, []byte("before "), append(make([]byte, 0, 4096), "before "...)} {
				got, err := DecodeChunk(dst, payload)
				if string(payload) != row.payload {
					t.Fatal("the payload was written to")
				}
				if row.err == nil {
					if err != nil || string(got) != string(dst)+row.want {
						t.Fatalf("%q, %v; want %q", got, err, string(dst)+row.want)
					}
					continue
				}
				var e *ChunkError
				if !errors.Is(err, row.err) || !errors.Is(err, ErrChunk) || !errors.As(err, &e) {
					t.Fatalf("error %v, want %v", err, row.err)
				}
				if e.Offset != row.at {
					t.Errorf("%v, want offset %d", err, row.at)
				}
				if !bytes.Equal(got, dst) || cap(got) != cap(dst) || (got == nil) != (dst == nil) {
					t.Errorf("dst became %q", got)
				}
			}
		})
	}
}

// TestDecodeChunkPaths holds the fast path to what the slow one decides, for the rows and for random
// edits of them.
func TestDecodeChunkPaths(t *testing.T) {
	check := func(payload []byte) (accepted bool) {
		t.Helper()
		got, err := DecodeChunk(nil, payload)
		want, wantErr := decodeAnyChunk(nil, payload)
		if (err == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
			t.Fatalf("%q: %q, %v; the slow path says %q, %v", payload, got, err, want, wantErr)
		}
		if err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%q: %v; the slow path says %v", payload, err, wantErr)
		}
		return err == nil
	}
	rng := rand.New(rand.NewSource(3))
	edits := []byte("\"\\{}[]:,= \n\x00\x1f\x7f\x80\xffAaZz09+/pbytes")
	accepted, refused := 0, 0
	for _, row := range chunkRows {
		check([]byte(row.payload))
		if len(row.payload) == 0 {
			continue
		}
		for range 2000 {
			p := []byte(row.payload)
			for range 1 + rng.Intn(2) {
				i := rng.Intn(len(p))
				switch c := edits[rng.Intn(len(edits))]; rng.Intn(3) {
				case 0:
					p[i] = c
				case 1:
					p = append(p[:i], append([]byte{c}, p[i:]...)...)
				default:
					if p = append(p[:i], p[i+1:]...); len(p) == 0 {
						p = []byte{c}
					}
				}
			}
			if check(p) {
				accepted++
			} else {
				refused++
			}
		}
	}
	if accepted < 1000 || refused < 1000 {
		t.Errorf("%d accepted, %d refused: the edits are too tame or too wild", accepted, refused)
	}
}

// TestDecodeChunkCuts cuts the rows that are accepted everywhere: no beginning of a payload is one.
func TestDecodeChunkCuts(t *testing.T) {
	for _, row := range chunkRows {
		whole := strings.TrimRight(row.payload, " \n")
		if row.err != nil {
			continue
		}
		for n := range len(whole) {
			if got, err := DecodeChunk(nil, []byte(whole[:n])); !errors.Is(err, ErrChunk) || got != nil {
				t.Fatalf("%q: %q, %v", whole[:n], got, err)
			}
		}
	}
}

func TestDecodeChunkSizes(t *testing.T) {
	rng := rand.New(rand.NewSource(4))
	for _, n := range []int{0, 1, 2, 3, 255, 256, 257, 4096, MaxChunkBytes - 1, MaxChunkBytes, MaxChunkBytes + 1, 3 << 20} {
		raw := make([]byte, n)
		rng.Read(raw)
		text := base64.StdEncoding.EncodeToString(raw)
		for _, payload := range []string{
			`{"bytes":"` + text + `"}`,
			`{"bytes":"` + text + `","p":"abc"}`,
			`{"p":"abc","bytes":"` + text + `"}`,
			`{"bytes":"` + strings.ReplaceAll(text, "/", `\/`) + `"}`,
		} {
			got, err := DecodeChunk(nil, []byte(payload))
			if err != nil || !bytes.Equal(got, raw) {
				t.Fatalf("%d bytes: %d bytes, %v", n, len(got), err)
			}
		}
	}
	big := append(append([]byte(`{"bytes":"`), bytes.Repeat([]byte{'A'}, jsonwire.MaxInput)...), `"}`...)
	if _, err := DecodeChunk(nil, big); !errors.Is(err, jsonwire.ErrTooLarge) {
		t.Errorf("%d bytes: %v", len(big), err)
	}
}

func TestDecodeChunkAllocations(t *testing.T) {
	dst := make([]byte, 0, 4096)
	for _, row := range chunkRows {
		if row.err != nil {
			continue
		}
		payload := []byte(row.payload)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := DecodeChunk(dst, payload); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", row.name, n)
		}
	}
}

func TestChunkError(t *testing.T) {
	_, err := DecodeChunk(nil, []byte(`{"bytes":"secret!!"}`))
	const want = "model: malformed chunk payload: not padded base64 of the standard alphabet at byte 16"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	// The fields are exported, so a caller may make one without a reason.
	if got := (&ChunkError{Offset: 3}).Error(); got != "model: malformed chunk payload at byte 3" {
		t.Error(got)
	}
	if got := chunkError(ErrBase64).Error(); !strings.Contains(got, "at byte 0") {
		t.Error(got)
	}
}

// A chunk's payload gives the bytes that the model wrote, appended to a buffer of the caller's.
func ExampleDecodeChunk() {
	var buf []byte
	for _, payload := range []string{
		`{"bytes":"eyJnZW5lcmF0aW9uIjoiSGkifQ==","p":"abcdefghijklm"}`,
		`{"bytes":"eyJnZW5lcmF0aW9uIjoiSGkifQ="}`,
	} {
		var err error
		if buf, err = DecodeChunk(buf[:0], []byte(payload)); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", buf)
	}
	// Output:
	// {"generation":"Hi"}
	// model: malformed chunk payload: not padded base64 of the standard alphabet at byte 36
}
