package model_test

import (
	"runtime"
	"strings"
	"testing"

	"bedrockwire/model"
)

// hostileBodies are the worst bodies for decoders that are built on the lexers.
func hostileBodies() map[string]string {
	laughs := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">` +
		strings.Repeat(`<!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">`, 9) + `]><lolz>&lol9;</lolz>`
	return map[string]string{
		"billion laughs":           laughs,
		"quadratic blow-up":        `<!DOCTYPE a [<!ENTITY x "` + strings.Repeat("x", 30_000) + `">]><a>` + strings.Repeat("&x;", 10_000) + `</a>`,
		"JSON depth 100,000":       strings.Repeat(`{"a":`, 100_000),
		"JSON arrays 100,000 deep": `{"message":` + strings.Repeat(`[`, 100_000),
		"XML depth 100,000":        strings.Repeat("<Error>", 100_000),
	}
}

// hostileDecoders are the decoders; t learns of a hostile body that one accepts.
func hostileDecoders(t testing.TB) map[string]func(body []byte) {
	return map[string]func(body []byte){
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
}

// TestHostileBodies pins what the worst bodies may cost: 128 KiB besides the copy that Raw is. BenchmarkHostileBodies
// shows the time, some milliseconds at most.
func TestHostileBodies(t *testing.T) {
	for kind, text := range hostileBodies() {
		for name, decode := range hostileDecoders(t) {
			body := []byte(text)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range 5 {
				decode(body)
			}
			runtime.ReadMemStats(&after)
			if n := (after.TotalAlloc - before.TotalAlloc) / 5; n > 128<<10 {
				t.Errorf("%s, %s: allocated %d bytes", kind, name, n)
			}
		}
	}
}

func BenchmarkHostileBodies(b *testing.B) {
	for kind, text := range hostileBodies() {
		for name, decode := range hostileDecoders(b) {
			b.Run(kind+"/"+name, func(b *testing.B) {
				body := []byte(text)
				for b.Loop() {
					decode(body)
				}
			})
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

// lateBodies are refused only at their last byte, so that all the work was for nothing.
func lateBodies() []string {
	return []string{`{` + strings.Repeat(`"message":"m",`, 4_000), `{"a":"` + strings.Repeat(`\n`, 30_000), strings.Repeat("\xff", 60_000),
		`{"` + strings.Repeat("\xff", 60_000), `<Error>` + strings.Repeat("<a/>", 15_000), `<Error><Code>` + strings.Repeat("x<!---->", 8_000)}
}

func TestWhatIsFoundOutLate(t *testing.T) {
	for _, body := range lateBodies() {
		e := model.ErrorFromJSON("ThrottlingException", []byte(body))
		if e.Code != model.ThrottlingException || len(e.Message) > model.MaxBodyShown {
			t.Errorf("%.20q: %v", body, e)
		}
	}
}

func BenchmarkWhatIsFoundOutLate(b *testing.B) {
	for _, text := range lateBodies() {
		b.Run(text[:10], func(b *testing.B) {
			body := []byte(text)
			for b.Loop() {
				model.ErrorFromJSON("ThrottlingException", body)
			}
		})
	}
}
