package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/model/jsonwire"
	"bedrockwire/model/text"
)

// textChunks returns the rows that the package's own tests use.
func textChunks(t testing.TB) []string {
	data, err := os.ReadFile("../model/text/testdata/chunks.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct{ Chunk string }
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	chunks := make([]string, len(rows))
	for i, r := range rows {
		chunks[i] = r.Chunk
	}
	return chunks
}

// FuzzText feeds chunks to text.Extract and holds what it finds to a second reading of the same
// formats, written over encoding/json's maps. The second reading takes content in its usual form only,
// so that it has no say where the chunk is Unknown.
func FuzzText(f *testing.F) {
	for _, chunk := range textChunks(f) {
		f.Add([]byte(chunk))
	}
	f.Fuzz(func(t *testing.T, chunk []byte) {
		before := bytes.Clone(chunk)
		d, buf, err := text.Extract([]byte("kept"), chunk)
		if !bytes.Equal(chunk, before) || !bytes.HasPrefix(buf, []byte("kept")) {
			t.Fatal("the chunk or the buffer was written to")
		}
		// Ends and MarksEnd read the members that can be marks. What is wrong or ambiguous elsewhere is Extract's to say.
		if ends := text.Ends(chunk); err == nil && ends != d.End {
			t.Fatalf("%q: Ends %v, End %v, %v", chunk, ends, d.End, err)
		}
		known := d.Shape != text.ShapeUnknown && d.Shape != text.Metrics && d.Shape != text.PlainError
		unmarked := d.Shape == text.Metrics || d.Shape == text.PlainError
		if marks := text.MarksEnd(chunk); err == nil && (known && d.Kind != text.Unknown && !marks || unmarked && marks) {
			t.Fatalf("%q: MarksEnd %v, shape %v, %v", chunk, marks, d.Shape, err)
		}
		if got := text.Intervened(chunk); err == nil && got && string(d.Guardrail) != "INTERVENED" {
			t.Fatalf("%q: Intervened, guardrail %q", chunk, d.Guardrail)
		}
		if e := text.Failure(chunk); e != nil {
			said := err == nil && d.Kind == text.Fault
			if said && (string(e.Code) != string(d.Code) && d.Code != nil || e.Message != string(d.Message)) || !e.InStream {
				t.Fatalf("%q: failure %v, delta %+v, %v", chunk, e, d, err)
			}
		} else if d.Kind == text.Fault && bytes.Contains(chunk, []byte(`"error"`)) {
			t.Fatalf("%q: no failure", chunk)
		}
		if err != nil {
			var e *jsonwire.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(chunk) {
				t.Fatalf("%q: %v", chunk, err)
			}
			stricter := []jsonwire.Reason{jsonwire.ErrUTF8, jsonwire.ErrDepth, jsonwire.ErrDuplicate}
			if json.Valid(chunk) && !slices.Contains(stricter, e.Reason) {
				t.Fatalf("refused %q: %v", chunk, err)
			}
			return
		}
		dec := json.NewDecoder(bytes.NewReader(chunk))
		dec.UseNumber() // JSON bounds no exponent
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("accepted %q: %v", chunk, err)
		}
		a := new(text.Answer)
		a.Add(&d)
		if a.Whole() && d.Kind == text.Unknown || len(a.ToolCalls()) > d.Tool.Calls {
			t.Fatalf("%q: %+v makes %+v", chunk, d, a)
		}
		want := readText(v)
		if want.ambiguous && d.Shape == text.ShapeUnknown || want.shape == text.ShapeUnknown && d.Kind == text.Unknown {
			return
		}
		if d.Shape != want.shape {
			t.Fatalf("%q: shape %v, want %v", chunk, d.Shape, want.shape)
		}
		if d.End != want.end || maybe(d.StopReason) != want.stop {
			t.Fatalf("%q: end %v, stop reason %q; want %v, %q", chunk, d.End, maybe(d.StopReason), want.end, want.stop)
		}
		if d.Kind == text.Unknown {
			return
		}
		if string(d.Text) != want.text {
			t.Fatalf("%q: text %q, want %q", chunk, d.Text, want.text)
		}
		if (d.Kind == text.Text) != (want.text != "") {
			t.Fatalf("%q: %v, text %q", chunk, d.Kind, want.text)
		}
	})
}

// FuzzAnswer adds up the chunks of an answer, a line each: what it has is what their deltas have.
func FuzzAnswer(f *testing.F) {
	var all []byte
	for _, chunk := range textChunks(f) {
		all = append(append(all, chunk...), '\n')
		if len(all) > 2000 {
			f.Add(all)
			all = nil
		}
	}
	f.Add([]byte(`{"generation":"a\ud83d"}` + "\n" + `{"generation":"\udc4bb","stop_reason":"stop"}`))
	f.Fuzz(func(t *testing.T, chunks []byte) {
		a := new(text.Answer)
		size, calls, unknown, ends := 0, 0, 0, false
		for chunk := range bytes.Lines(chunks) {
			d, _, err := text.Extract(nil, chunk)
			if err != nil {
				continue
			}
			a.Add(&d)
			size += len(d.Text)
			calls += d.Tool.Calls
			ends = ends || d.End
			if d.Kind == text.Unknown {
				unknown++
			}
		}
		// Halves that meet make four bytes of six; nothing else changes a text's length.
		if len(a.Text) > size || a.NotUnderstood < unknown || a.End && !ends || !utf8.Valid(a.Text) {
			t.Fatalf("%q makes %+v", chunks, a)
		}
		list := a.ToolCalls()
		if len(list) > calls {
			t.Fatalf("%q makes %d calls of %d pieces", chunks, len(list), calls)
		}
		for _, c := range list {
			if len(c.Input) == 0 {
				t.Fatalf("%q: a call without input", chunks)
			}
		}
	})
}

// textFound is what the reference finds.
type textFound struct {
	shape     text.Shape
	end       bool
	stop      string // absent where it is nil
	text      string
	ambiguous bool // members that may be of two formats, or two texts
}

const absent = "\x00absent"

func maybe(b []byte) string {
	if b == nil {
		return absent
	}
	return string(b)
}

// obj, str, arr and why are the ways to look at a member.
func obj(v any, key string) map[string]any {
	m, _ := v.(map[string]any)
	o, _ := m[key].(map[string]any)
	return o
}

func str(v any, key string) string {
	m, _ := v.(map[string]any)
	s, _ := m[key].(string)
	return s
}

func arr(v any, key string) []any {
	m, _ := v.(map[string]any)
	a, _ := m[key].([]any)
	return a
}

func why(v any, keys ...string) string {
	m, _ := v.(map[string]any)
	for _, key := range keys {
		if s, ok := m[key].(string); ok && s != "" {
			return s
		}
	}
	return absent
}

// textOf is a string, the text of an object, or that of the texts in an array.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		return str(v, "text")
	case []any:
		all := ""
		for _, e := range v {
			all += textOf(e)
		}
		return all
	}
	return ""
}

// readText is the reference.
func readText(v any) textFound {
	m, ok := v.(map[string]any)
	if !ok {
		return textFound{stop: absent}
	}
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { _, ok := m[k]; return ok })
	}
	metrics := obj(m, "amazon-bedrock-invocationMetrics") != nil
	r := textFound{stop: absent}
	var shapes []text.Shape
	for _, s := range []struct {
		shape text.Shape
		keys  []string
	}{
		{text.AnthropicMessages, []string{"delta", "content_block"}},
		{text.AnthropicCompletion, []string{"completion"}},
		{text.AmazonTitan, []string{"outputText"}},
		{text.AmazonNova, []string{"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"}},
		{text.MetaLlama, []string{"generation"}},
		{text.MistralCompletion, []string{"outputs"}},
		{text.ChatChoices, []string{"choices"}},
		{text.CohereGenerations, []string{"generations"}},
		{text.TwelveLabsPegasus, []string{"finishReason"}},
	} {
		if has(s.keys...) {
			shapes = append(shapes, s.shape)
		}
	}
	unknown := textFound{stop: absent}
	if len(shapes) > 1 {
		return unknown
	}
	if len(shapes) == 1 {
		r.shape = shapes[0]
	}
	switch r.shape {
	case text.ShapeUnknown, text.AnthropicMessages:
		_, typed := m["type"].(string)
		_, event := m["event_type"].(string)
		_, isText := m["error"].(string)
		others := 0
		for k := range m {
			if k != "amazon-bedrock-invocationMetrics" && k != "amazon-bedrock-guardrailAction" && k != "amazon-bedrock-trace" {
				others++
			}
		}
		switch {
		case typed:
			r.shape = text.AnthropicMessages
			readAnthropic(m, &r)
			if r.shape == text.ShapeUnknown {
				return unknown
			}
		case r.shape == text.AnthropicMessages:
			return unknown
		case event || has("is_finished"):
			r.shape = text.CohereChat
			readCohere(m, &r)
		case isText || obj(m, "error") != nil:
			r.shape = text.PlainError
		case others == 0 && (metrics || has("amazon-bedrock-guardrailAction") && !has("amazon-bedrock-invocationMetrics")):
			r.shape = text.Metrics
		}
	case text.AnthropicCompletion:
		r.text, r.stop = str(m, "completion"), why(m, "stop_reason")
	case text.MetaLlama:
		r.text, r.stop = str(m, "generation"), why(m, "stop_reason")
	case text.AmazonTitan:
		r.text, r.stop = str(m, "outputText"), why(m, "completionReason")
	case text.TwelveLabsPegasus:
		r.text, r.stop = str(m, "message"), why(m, "finishReason")
	case text.AmazonNova:
		if !readNova(m, &r) {
			return unknown
		}
	default:
		key := map[text.Shape]string{text.MistralCompletion: "outputs", text.ChatChoices: "choices", text.CohereGenerations: "generations"}[r.shape]
		readChoice(arr(m, key), &r)
		if r.shape == text.CohereGenerations {
			if s := why(m, "finish_reason"); s != absent {
				r.stop = s
			}
			r.end = r.end || m["is_finished"] == true
			r.text = strings.TrimSuffix(r.text, "<EOS_TOKEN>")
		}
	}
	switch r.shape {
	case text.AnthropicCompletion, text.MetaLlama, text.AmazonTitan, text.TwelveLabsPegasus, text.CohereGenerations:
		r.end = r.end || r.stop != absent
	}
	r.end = r.end || metrics && r.shape != text.Metrics && r.shape != text.PlainError && r.shape != text.ShapeUnknown
	return r
}

func readAnthropic(m map[string]any, r *textFound) {
	_, delta := m["delta"]
	_, block := m["content_block"]
	part := obj(m, "delta")
	switch m["type"] {
	case "content_block_delta":
		if block {
			r.shape = text.ShapeUnknown
			return
		}
		switch part["type"] {
		case "text_delta":
			r.text = str(part, "text")
		}
	case "content_block_start":
		if delta {
			r.shape = text.ShapeUnknown
			return
		}
		part = obj(m, "content_block")
		switch part["type"] {
		case "text":
			r.text = str(part, "text")
		}
	case "message_delta":
		r.stop = why(part, "stop_reason")
		if block && r.stop == absent {
			r.stop = why(obj(m, "content_block"), "stop_reason")
		}
	case "message_stop":
		r.end = true
	case "message_start", "content_block_stop", "ping", "error":
	default:
		r.shape = text.ShapeUnknown
	}
}

func readCohere(m map[string]any, r *textFound) {
	r.end = m["is_finished"] == true
	event, ok := m["event_type"].(string)
	if !ok {
		event = "text-generation"
	}
	switch event {
	case "text-generation":
		if !r.end {
			r.text = strings.TrimSuffix(str(m, "text"), "<EOS_TOKEN>")
		}
	case "stream-end":
		r.end = true
	}
	if r.end {
		r.stop = why(m, "finish_reason")
	}
}

func readNova(m map[string]any, r *textFound) bool {
	n := 0
	for _, key := range []string{"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"} {
		if _, ok := m[key]; ok {
			n++
		}
	}
	if n > 1 {
		return false
	}
	part := obj(obj(m, "contentBlockDelta"), "delta")
	if part == nil {
		part = obj(obj(m, "contentBlockStart"), "start")
	}
	r.text = str(part, "text")
	if _, ok := m["messageStop"]; ok {
		r.stop, r.end = why(obj(m, "messageStop"), "stopReason"), true
	}
	return true
}

func readChoice(choices []any, r *textFound) {
	if len(choices) == 0 {
		return
	}
	choice, _ := choices[0].(map[string]any)
	delta, message := obj(choice, "delta"), obj(choice, "message")
	r.ambiguous = len(delta) > 0 && len(message) > 0
	texts := 0
	for _, v := range []any{choice["text"], delta["content"], delta["refusal"], message["content"], message["refusal"]} {
		if t := textOf(v); t != "" {
			r.text = t
			texts++
		}
	}
	r.ambiguous = r.ambiguous || texts > 1
	r.stop = why(choice, "finish_reason", "stop_reason")
	r.end = r.stop != absent || choice["is_finished"] == true
}
