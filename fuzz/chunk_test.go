package fuzz

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

var strictBase64 = base64.StdEncoding.Strict()

// FuzzChunkJSON compares model.DecodeChunk with encoding/json and encoding/base64. What is accepted
// must mean the same there; what is refused must be wrong there too, or be one of the stricter rules
// that package jsonwire and DecodeChunk document.
func FuzzChunkJSON(f *testing.F) {
	for _, seed := range []string{
		`{"bytes":"aGVsbG8=","p":"abcdefgh"}`,
		`{"bytes":"aGVsbG8="}`,
		`{"bytes":"","p":""}`,
		`{"p":"abc","bytes":"aGVsbG8="}`,
		` { "bytes" : "aGVsbG8=" , "q" : [ 1 , { "bytes" : null } ] } `,
		`{"bytes":"\/+\/+\u003d"}`,
		`{"\u0062ytes":"aGVsbG8="}`,
		`{"bytes":null}`,
		`{}`,
		`null`,
		`{"bytes":"aGVsbG8","p":"a"}`,
		`{"bytes":"aGVsbG9="}`,
		`{"bytes":"aGVs\nG8="}`,
		`{"bytes":"AAAA","bytes":"AAAA"}`,
		`{"Bytes":"AAAA","BYTES":1}`,
		`{"bytes":"AAAA","p":"\ud800"}`,
		"{\"bytes\":\"AAAA\",\"p\":\"\xff\"}",
		`{"bytes":"AAAA","p":` + strings.Repeat("[", 130) + strings.Repeat("]", 130) + `}`,
		`{"bytes":"AAAA","p":"a"}x`,
		`{"bytes":1e5}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		got, err := model.DecodeChunk([]byte("kept"), payload)
		if !bytes.Equal(payload, before) {
			t.Fatal("the payload was written to")
		}
		if !bytes.HasPrefix(got, []byte("kept")) || err != nil && len(got) != 4 {
			t.Fatalf("dst became %q with error %v", got, err)
		}
		want, count, ok := chunkReference(payload)
		if err == nil {
			if !ok || !utf8.Valid(payload) || count > 1 {
				t.Fatalf("accepted %q", payload)
			}
			if raw, err := strictBase64.DecodeString(want); err != nil || !bytes.Equal(got[4:], raw) {
				t.Fatalf("%q gives %q; encoding/base64 says %q, %v", payload, got[4:], raw, err)
			}
			return
		}
		var e *model.ChunkError
		if !errors.As(err, &e) || !errors.Is(err, model.ErrChunk) || e.Offset < 0 || e.Offset > len(payload) {
			t.Fatalf("%q: error %v", payload, err)
		}
		if !ok {
			return
		}
		_, bad := strictBase64.DecodeString(want)
		explained := false
		switch e.Err {
		case jsonwire.ErrUTF8:
			explained = !utf8.Valid(payload)
		case jsonwire.ErrSurrogate:
			explained = bytes.Contains(bytes.ToLower(payload), []byte(`\ud`))
		case jsonwire.ErrDepth:
			explained = bytes.Count(payload, []byte("["))+bytes.Count(payload, []byte("{")) > jsonwire.MaxDepth
		case jsonwire.ErrDuplicate:
			explained = count > 1
		case model.ErrBase64:
			explained = bad != nil || strings.ContainsAny(want, "\r\n")
		}
		if !explained {
			t.Fatalf("refused %q: %v", payload, err)
		}
	})
}

// chunkReference returns the text of "bytes" as encoding/json's tokens have it, and how often the
// key came. ok is false if payload is no object, or holds something else under the key.
func chunkReference(payload []byte) (text string, count int, ok bool) {
	if !json.Valid(payload) {
		return "", 0, false
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.UseNumber() // a number of another member may be beyond a float64
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return "", 0, false
	}
	ok = true
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return "", 0, false
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return "", 0, false
		}
		if key != "bytes" {
			continue
		}
		count++
		switch value := value.(type) {
		case string:
			text = value
		case nil:
		default:
			ok = false
		}
	}
	return text, count, ok
}

// FuzzBase64 compares the base64 decoder behind model.DecodeChunk with encoding/base64's strict one,
// in the string of a payload and in one with every character escaped.
func FuzzBase64(f *testing.F) {
	for _, seed := range []string{
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zh==", "Zm9=", "Z===", "====", "Zg", "-_-_", "+/+/",
		"Zm9vYmFyZm9vYmFyZm9vYmFy", "Zm9vYmFyZm9vYmFyZm9vYmFyZg==", "Zm9vYmFyZm9vYmF*Zm9vYmFyZm8=",
		strings.Repeat("QUJD", 100), strings.Repeat("QUJD", 100) + "QQ==", "Zm9v\nZm9v", "Zm9v\x80m9v",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, wantErr := strictBase64.DecodeString(string(text))
		// It skips line ends, which this package refuses.
		accept := wantErr == nil && !bytes.ContainsAny(text, "\r\n")

		if !bytes.ContainsAny(text, "\"\\") && !bytes.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == utf8.RuneError }) {
			payload := []byte(`{"bytes":"` + string(text) + `"}`)
			got, err := model.DecodeChunk(nil, payload)
			if (err == nil) != accept || accept && !bytes.Equal(got, want) {
				t.Fatalf("%q: %q, %v; encoding/base64 says %q, %v", text, got, err, want, wantErr)
			}
			if err != nil && !errors.Is(err, model.ErrBase64) {
				t.Fatalf("%q: %v", text, err)
			}
		}
		const hex = "0123456789abcdef"
		escaped := []byte(`{"bytes":"`)
		for _, c := range text {
			escaped = append(escaped, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		got, err := model.DecodeChunk(nil, append(escaped, `"}`...))
		if (err == nil) != accept || accept && !bytes.Equal(got, want) {
			t.Fatalf("%q escaped: %q, %v; encoding/base64 says %q, %v", text, got, err, want, wantErr)
		}
	})
}
