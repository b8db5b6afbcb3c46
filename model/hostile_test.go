package model_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
)

// TestHostileBodies pins what the worst bodies may cost the decoders that are built on the lexers:
// 128 KiB besides the copy that Raw is, and some milliseconds. The limit is what only work that grows
// with the square of the body exceeds, on a loaded machine too.
func TestHostileBodies(t *testing.T) {
	laughs := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">` +
		strings.Repeat(`<!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">`, 9) + `]><lolz>&lol9;</lolz>`
	rows := []struct{ name, body string }{
		{"billion laughs", laughs},
		{"quadratic blow-up", `<!DOCTYPE a [<!ENTITY x "` + strings.Repeat("x", 30_000) + `">]><a>` + strings.Repeat("&x;", 10_000) + `</a>`},
		{"JSON depth 100,000", strings.Repeat(`{"a":`, 100_000)},
		{"JSON arrays 100,000 deep", `{"message":` + strings.Repeat(`[`, 100_000)},
		{"XML depth 100,000", strings.Repeat("<Error>", 100_000)},
	}
	decoders := map[string]func(body []byte){
		"error of JSON": func(b []byte) { model.ErrorFromJSON("x", b) },
		"error of XML":  func(b []byte) { model.ErrorFromXML("x", b) },
		"value of JSON": func(b []byte) {
			if _, err := model.ValueFromJSON(b); err == nil {
				t.Error("accepted")
			}
		},
		"value of XML": func(b []byte) {
			if _, err := model.ValueFromXML(b); err == nil {
				t.Error("accepted")
			}
		},
		"foundation model": func(b []byte) {
			if _, err := model.ParseFoundationModel(b); err == nil {
				t.Error("accepted")
			}
		},
	}
	for _, row := range rows {
		for name, decode := range decoders {
			body := []byte(row.body)
			best := time.Hour
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range 5 {
				start := time.Now()
				decode(body)
				best = min(best, time.Since(start))
			}
			runtime.ReadMemStats(&after)
			if best > time.Second {
				t.Errorf("%s, %s: took %v", row.name, name, best)
			}
			if n := (after.TotalAlloc - before.TotalAlloc) / 5; n > 128<<10 {
				t.Errorf("%s, %s: allocated %d bytes", row.name, name, n)
			}
		}
	}
}

// TestHugeBody shows that what was read of a body beyond the limit costs nothing.
func TestHugeBody(t *testing.T) {
	body := make([]byte, 64<<20)
	for i := range body {
		body[i] = 'x'
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e := model.ErrorFromResponse(500, nil, body)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 128<<10 || len(e.Raw) != model.MaxErrorBody || len(e.Message) > model.MaxBodyShown {
		t.Errorf("%d bytes allocated, %d kept, %d shown", n, len(e.Raw), len(e.Message))
	}
}

// TestShown: what is shown of a body that is no document is the start of all of it, whatever cleaning does to its length.
func TestShown(t *testing.T) {
	for _, unit := range []string{"x", "\xff", "\u2028", "\U000E0001", "é\u2028"} {
		for _, n := range []int{0, 1, 100, model.MaxBodyShown/3 - 1, model.MaxBodyShown / 3, model.MaxBodyShown - 2, model.MaxBodyShown, 4 * model.MaxBodyShown, 4*model.MaxBodyShown + 4, 10_000} {
			body := "a" + strings.Repeat(unit, n) + "b"
			want := string(model.AppendClean(nil, body, model.MaxBodyShown))
			if got := model.ErrorFromResponse(500, nil, []byte(body)).Message; got != want {
				t.Errorf("%d times %q: %d bytes shown, want %d", n, unit, len(got), len(want))
			}
		}
	}
}

// TestWhatIsFoundOutLate gives bodies that are refused only at their last byte, so that all the work
// was for nothing.
func TestWhatIsFoundOutLate(t *testing.T) {
	many := `{` + strings.Repeat(`"message":"m",`, 4_000)
	for _, body := range []string{many, `{"a":"` + strings.Repeat(`\n`, 30_000), strings.Repeat("\xff", 60_000), `{"` + strings.Repeat("\xff", 60_000),
		`<Error>` + strings.Repeat("<a/>", 15_000), `<Error><Code>` + strings.Repeat("x<!---->", 8_000)} {
		best := time.Hour
		for range 3 {
			start := time.Now()
			e := model.ErrorFromJSON("ThrottlingException", []byte(body))
			best = min(best, time.Since(start))
			if e.Code != model.ThrottlingException || len(e.Message) > model.MaxBodyShown {
				t.Errorf("%.20q: %v", body, e)
			}
		}
		if best > time.Second {
			t.Errorf("%.20q: took %v", body, best)
		}
	}
}
