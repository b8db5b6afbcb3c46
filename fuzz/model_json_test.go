package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

var jsonSeeds = []string{
	``, ` `, `null`, `true`, `[]`, `{}`, `""`, `-0.5e+3`, `[1,2.5,"x",{"a":null}]`,
	`{"message":"Too many requests","__type":"com.amazon#ThrottlingException:http://x/"}`,
	`{"Message":"m","code":42,"Code":"c","requestId":"r"}`,
	`{"__type":"a","__type":"b"}`, `{"m\u0065ssage":"\ud83d\ude00\n"}`, `{"message":"\ud800"}`,
	"{\"message\":\"caf\xe9\"}", `{"message":"m"} x`, `{"originalStatusCode":599,"originalMessage":"o","resourceName":"r"}`,
	`{"originalStatusCode":1e999}`, `[[[[[[`, `{"a":{"__type":"nested"}}`, `{"message":null,"errorMessage":"e"}`,
	"\uFEFF{\"message\":\"m\"}", `<Error><Code>X</Code></Error>`, `9223372036854775808`, `{"a":1,"a":2}`,
	`{"body":[{"chunk":{"bytes":"YQ=="}},{"throttlingException":{"message":"m"}}],"serviceTier":"flex"}`,
}

// FuzzModelJSON compares package jsonwire with encoding/json: what is accepted, and each token.
func FuzzModelJSON(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		lx := jsonwire.New(src)
		err := lx.Finish()
		std := json.Valid(src)
		if err != nil {
			var e *jsonwire.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(src) {
				t.Fatalf("%q: %v", src, err)
			}
			stricter := e.Reason == jsonwire.ErrUTF8 || e.Reason == jsonwire.ErrSurrogate || e.Reason == jsonwire.ErrDepth
			if std && !stricter {
				t.Fatalf("%q refused: %v", src, err)
			}
			if e.Reason == jsonwire.ErrUTF8 && utf8.Valid(src) {
				t.Fatalf("%q is valid UTF-8: %v", src, err)
			}
			return
		}
		if !std {
			t.Fatalf("%q accepted", src)
		}
		compareTokens(t, src)
	})
}

// compareTokens reads an accepted input with both.
func compareTokens(t *testing.T, src []byte) {
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	lx := jsonwire.New(src)
	for {
		k := lx.Next()
		tok, err := d.Token()
		if k == jsonwire.End || err != nil {
			if k != jsonwire.End || err == nil {
				t.Fatalf("%q: %v against %v", src, k, err)
			}
			return
		}
		switch tok := tok.(type) {
		case string:
			if (k != jsonwire.String && k != jsonwire.Key) || lx.Text() != tok || !lx.TextIs(tok) {
				t.Fatalf("%q: %v %q against %q", src, k, lx.Text(), tok)
			}
			again := jsonwire.New(jsonwire.AppendString(nil, tok))
			if again.Next() != jsonwire.String || again.Text() != tok || again.Finish() != nil {
				t.Fatalf("%q is not read back", tok)
			}
		case json.Number:
			n, fits := lx.Int64()
			std, err := tok.Int64()
			if string(lx.Raw()) != string(tok) || fits != (err == nil) || fits && n != std {
				t.Fatalf("%q: %q is %d, %v", src, tok, n, fits)
			}
		case bool:
			if k != jsonwire.True && k != jsonwire.False || tok != (k == jsonwire.True) {
				t.Fatalf("%q: %v against %v", src, k, tok)
			}
		case nil:
			if k != jsonwire.Null {
				t.Fatalf("%q: %v against null", src, k)
			}
		}
	}
}

// FuzzModelErrorJSON compares the error decoder with encoding/json into a map, which keeps keys
// apart by case as the protocol does.
func FuzzModelErrorJSON(f *testing.F) {
	for _, seed := range jsonSeeds {
		f.Add("", []byte(seed), 400)
		f.Add("aws#ValidationException:http://x/", []byte(seed), 500)
	}
	f.Fuzz(func(t *testing.T, code string, body []byte, status int) {
		e := model.ErrorFromResponse(status, func(name string) string {
			if name == "X-Amzn-Errortype" {
				return code
			}
			return ""
		}, body)
		checkError(t, e, body)
		if e.StatusCode != status {
			t.Fatalf("status %d", e.StatusCode)
		}

		keep := body[:min(len(body), model.MaxErrorBody)]
		trimmed := bytes.TrimLeft(bytes.TrimPrefix(keep, []byte("\xEF\xBB\xBF")), " \t\r\n")
		if len(body) > model.MaxErrorBody || len(trimmed) == 0 || trimmed[0] != '{' || !jsonwire.Valid(trimmed) || duplicateKey(trimmed) {
			return
		}
		var std map[string]any
		if err := json.Unmarshal(trimmed, &std); err != nil {
			// A number in a member no one asked for may be too large for its float64.
			return
		}
		text := func(keys ...string) string {
			for _, key := range keys {
				if s, ok := std[key].(string); ok && s != "" {
					return s
				}
			}
			return ""
		}
		// Where the service's own members have no message, it may be taken from other forms; and a body
		// with a success status may be an answer, which is not shown.
		if want := text("message", "Message", "errorMessage"); want != "" && e.Message != want && status/100 != 2 {
			t.Fatalf("%q: message %q, want %q", body, e.Message, want)
		}
		if want := text("originalMessage"); e.OriginalMessage != want {
			t.Fatalf("%q: original message %q, want %q", body, e.OriginalMessage, want)
		}
		if want := text("resourceName"); e.ResourceName != want {
			t.Fatalf("%q: resource %q, want %q", body, e.ResourceName, want)
		}
		if want := text("requestId", "RequestId"); e.RequestID != want {
			t.Fatalf("%q: request id %q, want %q", body, e.RequestID, want)
		}
	})
}

// duplicateKey reports whether a key of the top level comes twice.
func duplicateKey(src []byte) bool {
	seen := map[string]bool{}
	lx := jsonwire.New(src)
	lx.Next()
	for lx.Next() == jsonwire.Key {
		if seen[lx.Text()] {
			return true
		}
		seen[lx.Text()] = true
		lx.Skip()
	}
	return false
}

// checkError checks what holds for every error of any body.
func checkError(t *testing.T, e *model.Error, body []byte) {
	t.Helper()
	if !bytes.Equal(e.Raw, body[:min(len(body), model.MaxErrorBody)]) {
		t.Fatalf("Raw is not the body: %q", e.Raw)
	}
	if e.OriginalStatusCode != 0 && (e.OriginalStatusCode < 100 || e.OriginalStatusCode > 599) {
		t.Fatalf("original status %d", e.OriginalStatusCode)
	}
	if errors.Is(e, model.UnknownOperationError) == e.Code.Known() {
		t.Fatalf("%q is known and unknown", e.Code)
	}
	text := e.Error()
	if !utf8.ValidString(text) || len(text) > 6<<10 {
		t.Fatalf("%d bytes of text: %q", len(text), text)
	}
	for _, r := range text {
		if r < 0x20 || r >= 0x7F && r < 0xA0 || r == 0x2028 || r == 0x2029 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			t.Fatalf("the text shows %q: %q", r, text)
		}
	}
}

// FuzzModelStable checks that decoding, encoding and decoding again gives the same, for errors,
// responses and values, in both notations.
func FuzzModelStable(f *testing.F) {
	for _, seed := range append(jsonSeeds, xmlSeeds...) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		e := model.ErrorFromJSON("", src)
		if utf8.ValidString(string(e.Code)) {
			again := model.ErrorFromJSON("", e.AppendJSON(nil))
			// Codes are stored as a reader finds them; one that is a URI's rest is found differently.
			if again.Message != e.Message && len(e.Message) < 1<<15 || again.Code != e.Code && !strings.ContainsAny(string(e.Code), ":") {
				t.Fatalf("%q: %+v, then %+v", src, e, again)
			}
		}
		if v, err := model.ValueFromJSON(src); err == nil {
			text := v.AppendJSON(nil)
			if !json.Valid(text) {
				t.Fatalf("%q is no JSON", text)
			}
			again, err := model.ValueFromJSON(text)
			if err != nil || !reflect.DeepEqual(again, v) {
				t.Fatalf("%q: %+v, then %v %+v", src, v, err, again)
			}
			v.AppendQuery(nil)
		}
		if v, err := model.ValueFromXML(src); err == nil {
			text, err := v.AppendXML(nil, "root")
			if err != nil {
				t.Fatal(err)
			}
			again, err := model.ValueFromXML(text)
			if len(text) <= 60_000 && (err != nil || !reflect.DeepEqual(again, v)) {
				t.Fatalf("%q: %+v, then %v %+v", src, v, err, again)
			}
		}
		if r, err := model.ResponseFromString(string(src)); err == nil {
			again, err := model.ResponseFromJSON(r.AppendJSON(nil))
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Fatalf("%q: %+v, then %v %+v", src, r, err, again)
			}
		}
		if m, err := model.ParseFoundationModel(src); err == nil && (m.ModelARN == "" || m.ModelID == "") {
			t.Fatalf("%q: %+v", src, m)
		}
		if m, ok := model.ParseInvocationMetrics(src); ok && (m.InputTokenCount < 0 || m.InvocationLatency < 0) {
			t.Fatalf("%q: %+v", src, m)
		}
	})
}
