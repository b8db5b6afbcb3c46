package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

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
// tables, written over encoding/json's maps.
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
		if ends := text.Ends(chunk); ends != (err == nil && d.End) {
			t.Fatalf("%q: Ends %v, End %v, %v", chunk, ends, d.End, err)
		}
		if err != nil {
			var e *jsonwire.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(chunk) {
				t.Fatalf("%q: %v", chunk, err)
			}
			stricter := []jsonwire.Reason{jsonwire.ErrUTF8, jsonwire.ErrSurrogate, jsonwire.ErrDepth, jsonwire.ErrDuplicate}
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
		want := readText(v)
		got := textFound{
			kind: d.Kind, shape: d.Shape, end: d.End, calls: d.Tool.Calls,
			text: maybe(d.Text), reasoning: maybe(d.Reasoning), stop: maybe(d.StopReason),
			id: maybe(d.Tool.ID), name: maybe(d.Tool.Name),
		}
		if got != want {
			t.Fatalf("%q:\n got %+v\nwant %+v", chunk, got, want)
		}
	})
}

// textFound is a delta with its texts as strings; absent is one that is nil.
type textFound struct {
	kind                            text.Kind
	shape                           text.Shape
	end                             bool
	calls                           int
	text, reasoning, stop, id, name string
}

const absent = "\x00absent"

func maybe(b []byte) string {
	if b == nil {
		return absent
	}
	return string(b)
}

// obj, str, arr0 and why are the four ways to look at a member.
func obj(v any, key string) map[string]any {
	m, _ := v.(map[string]any)
	o, _ := m[key].(map[string]any)
	return o
}

func str(v any, key string) string {
	m, _ := v.(map[string]any)
	if s, ok := m[key].(string); ok {
		return s
	}
	return absent
}

func arr0(v any, key string) (first map[string]any, n int) {
	m, _ := v.(map[string]any)
	a, _ := m[key].([]any)
	if len(a) == 0 {
		return nil, 0
	}
	first, _ = a[0].(map[string]any)
	return first, len(a)
}

func why(v any, keys ...string) string {
	for _, key := range keys {
		if s := str(v, key); s != absent && s != "" {
			return s
		}
	}
	return absent
}

func either(values ...string) string {
	for _, s := range values {
		if s != absent {
			return s
		}
	}
	return absent
}

// readText is the reference.
func readText(v any) textFound {
	none := textFound{text: absent, reasoning: absent, stop: absent, id: absent, name: absent}
	m, ok := v.(map[string]any)
	if !ok {
		return none
	}
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(k string) bool { _, ok := m[k]; return ok })
	}
	metrics := obj(m, "amazon-bedrock-invocationMetrics") != nil

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
	} {
		if has(s.keys...) {
			shapes = append(shapes, s.shape)
		}
	}
	unknown := none
	if len(shapes) > 1 {
		return unknown
	}
	r, fault := none, false
	if len(shapes) == 1 {
		r.shape = shapes[0]
	}
	finished := m["is_finished"] == true
	switch e := m["error"].(type) {
	case string:
		fault = e != ""
	case map[string]any:
		fault = e != nil
	}
	switch r.shape {
	case text.ShapeUnknown, text.AnthropicMessages:
		switch {
		case str(m, "type") != absent:
			fault = false
			r.shape = text.AnthropicMessages
			delta, block := obj(m, "delta"), obj(m, "content_block")
			part := delta
			if len(block) > 0 && len(delta) == 0 {
				part = block
			}
			switch str(m, "type") {
			case "content_block_delta":
				if has("content_block") {
					return unknown
				}
				switch str(part, "type") {
				case "text_delta":
					r.text = str(part, "text")
				case "thinking_delta":
					r.reasoning = str(part, "thinking")
				case "input_json_delta":
					r.calls = 1
				case "signature_delta", "citations_delta":
				default:
					return unknown
				}
			case "content_block_start":
				if has("delta") {
					return unknown
				}
				switch str(part, "type") {
				case "text":
					r.text = str(part, "text")
				case "thinking":
					r.reasoning = str(part, "thinking")
				case "tool_use", "server_tool_use", "mcp_tool_use":
					r.calls, r.id, r.name = 1, str(part, "id"), str(part, "name")
				}
			case "message_delta":
				r.stop = why(delta, "stop_reason")
			case "message_stop":
				r.end = true
			case "error":
				fault, r.stop = true, why(obj(m, "error"), "type")
			case "message_start", "content_block_stop", "ping":
			default:
				return unknown
			}
		case r.shape == text.AnthropicMessages:
			return unknown
		case str(m, "event_type") != absent || has("is_finished"):
			r.shape, r.end = text.CohereChat, finished
			switch str(m, "event_type") {
			case absent, "text-generation":
				if !finished {
					r.text = str(m, "text")
				}
			case "tool-calls-generation", "tool-calls-chunk":
				call, n := arr0(m, "tool_calls")
				if call != nil {
					r.calls, r.id, r.name = n, str(call, "id"), either(str(obj(call, "function"), "name"), str(call, "name"))
				}
			case "stream-end":
				r.end = true
			}
			if r.end {
				r.stop = why(m, "finish_reason")
			}
		case metrics && len(m) == 1:
			r.shape = text.Metrics
		default:
			return unknown
		}
	case text.AnthropicCompletion:
		r.text, r.stop = str(m, "completion"), why(m, "stop_reason")
		r.end = r.stop != absent
	case text.MetaLlama:
		r.text, r.stop = str(m, "generation"), why(m, "stop_reason")
		r.end = r.stop != absent
	case text.AmazonTitan:
		r.text, r.stop = str(m, "outputText"), why(m, "completionReason")
		r.end = r.stop != absent
	case text.AmazonNova:
		if has("contentBlockStart") && has("contentBlockDelta") {
			return unknown
		}
		part := obj(obj(m, "contentBlockDelta"), "delta")
		if part == nil {
			part = obj(obj(m, "contentBlockStart"), "start")
		}
		reasoning := obj(part, "reasoningContent")
		use, isUse := part["toolUse"]
		r.text = str(part, "text")
		r.reasoning = either(str(reasoning, "text"), str(reasoning, "reasoningText"), str(obj(reasoning, "reasoningText"), "text"))
		if isUse {
			r.calls, r.id, r.name = 1, str(use, "toolUseId"), str(use, "name")
		}
		r.stop, r.end = why(obj(m, "messageStop"), "stopReason"), has("messageStop")
	default:
		key := map[text.Shape]string{text.MistralCompletion: "outputs", text.ChatChoices: "choices", text.CohereGenerations: "generations"}[r.shape]
		choice, _ := arr0(m, key)
		delta, message := obj(choice, "delta"), obj(choice, "message")
		if delta != nil && message != nil {
			return unknown
		}
		if delta == nil {
			delta = message
		}
		flat, content := str(choice, "text"), str(delta, "content")
		if flat != absent && flat != "" && content != absent && content != "" {
			return unknown
		}
		if r.text = content; content == absent || content == "" && flat != absent && flat != "" {
			r.text = either(flat, content)
		}
		r.reasoning = either(str(delta, "reasoning_content"), str(delta, "reasoning"))
		if call, n := arr0(delta, "tool_calls"); call != nil {
			r.calls, r.id, r.name = n, str(call, "id"), either(str(obj(call, "function"), "name"), str(call, "name"))
		}
		r.stop = why(choice, "finish_reason", "stop_reason")
		r.end = r.stop != absent || choice["is_finished"] == true
		if r.shape == text.CohereGenerations {
			if s := why(m, "finish_reason"); s != absent {
				r.stop = s
			}
			r.end = r.end || finished || r.stop != absent
		}
	}
	r.end = r.end || metrics && r.shape != text.Metrics
	full := func(s string) bool { return s != absent && s != "" }
	switch {
	case full(r.text):
		r.kind = text.Text
	case r.calls != 0:
		r.kind = text.ToolUse
	case full(r.reasoning):
		r.kind = text.Reasoning
	case fault:
		r.kind = text.Fault
	case r.stop != absent || r.end:
		r.kind = text.Stop
	default:
		r.kind = text.None
	}
	return r
}
