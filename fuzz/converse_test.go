package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/model/jsonwire"
)

var converseKinds = []string{"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "hologram"}

var converseSeeds = []string{
	`{"role":"assistant","p":"abc"}`, `{"start":{"toolUse":{"toolUseId":"t","name":"n"}},"contentBlockIndex":1}`,
	`{"contentBlockIndex":0,"delta":{"text":"Hi \u00e9\n"},"p":"abcdef"}`, `{"delta":{"toolUse":{"input":"{\"a\":"}},"contentBlockIndex":1}`,
	`{"delta":{"reasoningContent":{"text":"hm"}}}`, `{"delta":{"reasoningContent":{"signature":"c2ln"}}}`, `{"delta":{"reasoningContent":{"redactedContent":"AAE="}}}`,
	`{"delta":{"citation":{"title":"t","location":{}}}}`, `{"delta":{"toolResult":[{"text":"a"},{"json":{}}]}}`, `{"delta":{"image":{"source":{"bytes":"AAE="}}}}`,
	`{"delta":{"hologram":{"a":[1,"x"]}}}`, `{"contentBlockIndex":0}`, `{"contentBlockIndex":-1}`, `{"contentBlockIndex":65536}`, `{"stopReason":"end_turn","additionalModelResponseFields":{"a":1}}`,
	`{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,"cacheReadInputTokens":4},"metrics":{"latencyMs":5},"trace":{"a":[]}}`, `{"delta":{"text":null}}`, `{"delta":{"text":"a","text":"b"}}`, ``, `null`,
}

// decodedEvent is an event as encoding/json reads it.
type decodedEvent struct {
	Role              string
	ContentBlockIndex int
	StopReason        string
	Start             struct {
		ToolUse struct{ ToolUseId, Name *string }
	}
	Delta struct {
		Text             *string
		ToolUse          struct{ Input *string }
		ReasoningContent struct{ Text, Signature *string }
	}
	Usage   struct{ InputTokens, OutputTokens, TotalTokens, CacheReadInputTokens, CacheWriteInputTokens int64 }
	Metrics struct{ LatencyMs int64 }
}

// FuzzConverseEvent compares DecodeEvent with encoding/json, and what is refused with what that reads.
func FuzzConverseEvent(f *testing.F) {
	for i, seed := range converseSeeds {
		f.Add(uint8(i), []byte(seed))
		f.Add(uint8(2), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, kind uint8, payload []byte) {
		name := converseKinds[int(kind)%len(converseKinds)]
		before := bytes.Clone(payload)
		e, err := converse.DecodeEvent(name, payload)
		if !bytes.Equal(before, payload) {
			t.Fatal("the payload was changed")
		}
		if name == "hologram" {
			if err != nil || e.Kind != 0 || !bytes.Equal(e.Raw, payload) {
				t.Fatalf("%+v, %v", e, err)
			}
			return
		}
		var std decodedEvent
		stdErr := json.Unmarshal(payload, &std)
		if err != nil {
			var wire *jsonwire.Error
			if !errors.As(err, &wire) || wire.Offset < 0 || wire.Offset > len(payload) {
				t.Fatalf("%q: %v", payload, err)
			}
			return
		}
		if !bytes.Equal(e.Raw, payload) || e.Kind.String() != name {
			t.Fatalf("%q: %+v", payload, e)
		}
		// encoding/json takes keys in any case, and reads members of other kinds of events.
		if stdErr != nil || !sameKeys(payload) {
			return
		}
		same := func(field string, got []byte, want *string) {
			if (got == nil) != (want == nil) || want != nil && *want != string(got) {
				t.Fatalf("%q: %s is %q, want %v", payload, field, got, want)
			}
		}
		switch e.Kind {
		case converse.MessageStart:
			if string(e.Role) != std.Role {
				t.Fatalf("%q: role %q", payload, e.Role)
			}
		case converse.MessageStop:
			if string(e.StopReason) != std.StopReason {
				t.Fatalf("%q: stop reason %q", payload, e.StopReason)
			}
		case converse.Metadata:
			if e.Usage != converse.Usage(std.Usage) || e.LatencyMs != std.Metrics.LatencyMs {
				t.Fatalf("%q: %+v", payload, e)
			}
		case converse.BlockStart:
			same("id", e.Tool.ID, std.Start.ToolUse.ToolUseId)
			same("name", e.Tool.Name, std.Start.ToolUse.Name)
		case converse.BlockDelta:
			same("text", e.Text, std.Delta.Text)
			same("input", e.Tool.Input, std.Delta.ToolUse.Input)
			same("reasoning", e.Reasoning, std.Delta.ReasoningContent.Text)
			same("signature", e.Signature, std.Delta.ReasoningContent.Signature)
		}
		if e.Kind >= converse.BlockStart && e.Kind <= converse.BlockStop && e.Index != std.ContentBlockIndex {
			t.Fatalf("%q: index %d", payload, e.Index)
		}
	})
}

// sameKeys reports whether all keys of src are such that encoding/json takes them for what they are:
// no two of them differ in case only, and none is a known one in another case.
func sameKeys(src []byte) bool {
	known := map[string]string{}
	for _, key := range []string{"role", "contentBlockIndex", "stopReason", "start", "toolUse", "toolUseId", "name", "delta", "text", "input", "reasoningContent",
		"signature", "usage", "inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens", "metrics", "latencyMs",
		"output", "message", "content", "image", "format", "source", "bytes"} {
		known[strings.ToLower(key)] = key
	}
	lx := jsonwire.New(src)
	for {
		switch lx.Next() {
		case jsonwire.End, jsonwire.Invalid:
			return true
		case jsonwire.Key:
			key := lx.Text()
			// Folding is wider than lower case: the Kelvin sign is a k to encoding/json.
			for _, r := range key {
				if r >= utf8.RuneSelf {
					return false
				}
			}
			if want, ok := known[strings.ToLower(key)]; ok && want != key {
				return false
			}
		}
	}
}

// FuzzConverseResponse compares ParseResponse with encoding/json, and checks that a message goes back
// as it came.
func FuzzConverseResponse(f *testing.F) {
	for _, content := range []string{``, `{"text":"a"}`, `{"text":""},{"toolUse":{"toolUseId":"t","name":"n","input":{"a":[1]},"new":{}}}`, `{"image":{"format":"png","source":{"bytes":"AAE="}}}`,
		`{"reasoningContent":{"reasoningText":{"text":"r","signature":"s"}}},{"reasoningContent":{"redactedContent":"AA=="}}`, `{"cachePoint":{"type":"default"}},{"cachePoint":{"type":"default","ttl":"1h"}}`,
		`{"document":{"name":"n","source":{"text":"t"},"citations":{"enabled":true}}}`, `{"toolResult":{"toolUseId":"t","content":[{"json":1},{"text":"x"}],"status":"error"}}`, `{"hologram":[1]},{"text":"a","new":1}`,
		`{"citationsContent":{"content":[{"text":"a"}],"citations":[]}}`, `{"text":1}`, `{"text":"a"`} {
		f.Add([]byte(`{"output":{"message":{"role":"assistant","content":[` + content + `]}},"stopReason":"end_turn","usage":{"inputTokens":1},"metrics":{"latencyMs":2},"trace":{}}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := converse.ParseResponse(bytes.Clone(body))
		if err != nil {
			var wire *jsonwire.Error
			var field *model.FieldError
			if !(errors.As(err, &wire) && wire.Offset >= 0 && wire.Offset <= len(body)) && !errors.As(err, &field) || r != nil {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if !bytes.Equal(r.Raw, body) {
			t.Fatalf("Raw is %q", r.Raw)
		}
		r.Message.Text()
		var std struct {
			Output struct {
				Message struct {
					Role    string
					Content []map[string]json.RawMessage
				}
			}
			StopReason string
			Usage      struct{ InputTokens, OutputTokens, TotalTokens, CacheReadInputTokens, CacheWriteInputTokens int64 }
			Metrics    struct{ LatencyMs int64 }
		}
		if json.Unmarshal(body, &std) != nil || !sameKeys(body) {
			return
		}
		if std.Output.Message.Role != string(r.Message.Role) || std.StopReason != string(r.StopReason) || converse.Usage(std.Usage) != r.Usage || std.Metrics.LatencyMs != r.LatencyMs {
			t.Fatalf("%q: %+v", body, r)
		}
		if len(std.Output.Message.Content) != len(r.Message.Content) {
			t.Fatalf("%q: %d blocks", body, len(r.Message.Content))
		}
		for i, b := range r.Message.Content {
			var text string
			if raw := std.Output.Message.Content[i]["text"]; len(raw) > 0 && json.Unmarshal(raw, &text) == nil && b.Raw == nil && b.Text != text {
				t.Fatalf("%q: block %d has text %q, want %q", body, i, b.Text, text)
			}
		}
		if r.Message.Role == "" {
			return
		}
		again := goesBack(t, r.Message)
		if !reflect.DeepEqual(again, r.Message) {
			t.Fatalf("%q: goes back as %+v, came as %+v", body, again, r.Message)
		}
	})
}

// goesBack returns a message as a reader of the request it is part of sees it.
func goesBack(t *testing.T, m converse.Message) converse.Message {
	t.Helper()
	q := converse.Request{ModelID: "m", Messages: []converse.Message{m}}
	if err := q.Validate(); err != nil {
		t.Fatal(err)
	}
	body, err := q.AppendJSON(nil)
	if err != nil || !json.Valid(body) {
		t.Fatalf("%q, %v", body, err)
	}
	rest, ok := bytes.CutPrefix(body, []byte(`{"messages":[`))
	rest, end := bytes.CutSuffix(rest, []byte(`]}`))
	r, err := converse.ParseResponse([]byte(`{"output":{"message":` + string(rest) + `}}`))
	if !ok || !end || err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return r.Message
}

// FuzzConverseRequest checks that what Validate takes is written as JSON that encoding/json reads
// back equal, and that what it refuses is not written.
func FuzzConverseRequest(f *testing.F) {
	f.Add("user", "text", []byte("blob"), []byte(`{"a":1}`), []byte(`{"outputConfig":{}}`), uint16(0), 0.5)
	f.Add("assistant", "a\x00\u2028\xff", []byte{}, []byte(`[`), []byte(` { } `), uint16(0xffff), math.Inf(1))
	f.Add("", "", []byte(nil), []byte(nil), []byte(`{"messages":[]}`), uint16(0x555), math.Copysign(0, -1))
	f.Fuzz(func(t *testing.T, role, text string, blob, raw, fields []byte, set uint16, number float64) {
		has := func(bit int) bool { return set>>bit&1 != 0 }
		var blocks []converse.Block
		for bit, b := range []converse.Block{{Text: text}, {Image: &converse.Media{Format: "png", Bytes: blob}}, {Document: &converse.Document{Name: text, Text: text, Context: text, Citations: has(1)}},
			{ToolUse: &converse.ToolUse{ID: "t", Name: "n", Input: raw}}, {ToolResult: &converse.ToolResult{ID: "t", Content: []converse.Block{{Raw: raw}}, Error: has(2)}},
			{Reasoning: &converse.Reasoning{Text: text, Signature: role}}, {Reasoning: &converse.Reasoning{Redacted: blob}}, {CachePoint: true}, {Raw: raw}, {Text: text, CachePoint: has(3)},
			{Video: &converse.Media{Format: "mp4", S3URI: text, S3Owner: role}}} {
			if has(bit) {
				blocks = append(blocks, b)
			}
		}
		q := &converse.Request{ModelID: "m", Messages: []converse.Message{{Role: converse.Role(role), Content: blocks}}, Fields: fields}
		if has(11) {
			q.Tools, q.ToolChoice = []converse.Tool{{Name: "n", Description: text, InputSchema: raw}}, converse.ToolChoice{Tool: text}
		}
		if has(12) {
			q.Temperature, q.MaxTokens, q.StopSequences = &number, int(set), []string{text}
		}
		if has(13) {
			q.Metadata, q.ServiceTier = map[string]string{text: role}, model.ServiceTier(text)
		}
		err := q.Validate()
		body, werr := q.AppendJSON([]byte("x"))
		tokens, terr := q.AppendTokensJSON(nil)
		if err != nil {
			var field *model.FieldError
			if !errors.As(err, &field) || werr == nil || terr == nil || string(body) != "x" || tokens != nil {
				t.Fatalf("%v, %v, %v", err, werr, terr)
			}
			return
		}
		var std struct {
			Messages []struct {
				Role    string
				Content []struct {
					Text     *string
					Image    *struct{ Source struct{ Bytes []byte } }
					Document *struct {
						Name, Context string
						Source        struct{ Text string }
					}
					ReasoningContent *struct {
						ReasoningText   *struct{ Text, Signature string }
						RedactedContent []byte
					}
					Video *struct {
						Source struct {
							S3Location struct{ Uri, BucketOwner string }
						}
					}
				}
			}
			InferenceConfig struct {
				Temperature   float64
				MaxTokens     int
				StopSequences []string
			}
			RequestMetadata map[string]string
		}
		if werr != nil || terr != nil || !json.Valid(tokens) || !json.Valid(body[1:]) {
			t.Fatalf("%s, %v\n%s, %v", body, werr, tokens, terr)
		}
		// What Raw and Fields have may be of any kind.
		if err := json.Unmarshal(body[1:], &std); err != nil || len(fields) > 0 || has(3) || has(4) || has(8) {
			return
		}
		valid := func(s string) string { return strings.Map(func(r rune) rune { return r }, s) } // a U+FFFD for each bad byte
		if m := std.Messages[0]; m.Role != valid(role) || len(m.Content) != len(blocks) {
			t.Fatalf("%s", body)
		}
		for i, b := range blocks {
			got := std.Messages[0].Content[i]
			switch {
			case b.Image != nil:
				if !bytes.Equal(got.Image.Source.Bytes, blob) {
					t.Fatalf("%s", body)
				}
			case b.Document != nil:
				if d := got.Document; d.Name != valid(text) || d.Context != valid(text) || d.Source.Text != valid(text) {
					t.Fatalf("%s", body)
				}
			case b.Video != nil:
				if l := got.Video.Source.S3Location; l.Uri != valid(text) || l.BucketOwner != valid(role) {
					t.Fatalf("%s", body)
				}
			case b.Reasoning != nil && b.Reasoning.Redacted != nil:
				if !bytes.Equal(got.ReasoningContent.RedactedContent, blob) {
					t.Fatalf("%s", body)
				}
			case b.Reasoning != nil:
				if x := got.ReasoningContent.ReasoningText; x.Text != valid(text) || x.Signature != valid(role) {
					t.Fatalf("%s", body)
				}
			case b.Text != "":
				if *got.Text != valid(text) {
					t.Fatalf("%s", body)
				}
			}
		}
		if has(12) && (std.InferenceConfig.Temperature != number || std.InferenceConfig.StopSequences[0] != valid(text)) {
			t.Fatalf("%s", body)
		}
		if has(13) && std.RequestMetadata[valid(text)] != valid(role) {
			t.Fatalf("%s", body)
		}
	})
}

// FuzzConverseBuilder adds events in any order: each byte of the script is one. No text of an event
// that was taken is lost, what is built is JSON, and it goes back as it came.
func FuzzConverseBuilder(f *testing.F) {
	f.Add([]byte{0, 0x02, 0x12, 0x03, 4, 5}, "Hello", []byte(`{"delta":{"hologram":{"a":"x"}},"contentBlockIndex":2}`))
	f.Add([]byte{0, 0x11, 0x16, 0x16, 0x13, 0x02, 0x17, 4, 5}, "{}", []byte(`{"start":{"image":{"format":"png"}}}`))
	f.Add([]byte{4, 3, 2, 1, 0, 0, 8, 8, 9, 4, 4, 5, 5}, "\x00\xff\u2028", []byte(`{"delta":{"citation":{"a":1}}}`))
	f.Fuzz(func(t *testing.T, script []byte, text string, payload []byte) {
		var b converse.Builder
		var o converse.Order
		texts := map[int]string{}
		for _, op := range script[:min(len(script), 200)] {
			e := converse.Event{Index: int(op >> 4)}
			switch op & 15 {
			case 0:
				e.Kind, e.Role = converse.MessageStart, converse.RoleAssistant
			case 1:
				e.Kind, e.Tool = converse.BlockStart, converse.ToolDelta{ID: []byte("t"), Name: []byte("n")}
			case 2:
				e.Kind, e.Text = converse.BlockDelta, []byte(text)
			case 3:
				e.Kind = converse.BlockStop
			case 4:
				e.Kind, e.StopReason = converse.MessageStop, converse.StopEndTurn
			case 5:
				e.Kind, e.LatencyMs = converse.Metadata, 1
			case 6:
				e.Kind, e.Tool.Input = converse.BlockDelta, []byte(text)
			case 7:
				e.Kind, e.Reasoning, e.Signature = converse.BlockDelta, []byte(text), []byte("s")
			case 8:
				e.Kind, e.Index, e.Text = converse.BlockDelta, -1, []byte(text)
			default:
				var err error
				if e, err = converse.DecodeEvent(converseKinds[int(op&15)-9], payload); err != nil {
					continue
				}
			}
			err := b.Add(e)
			if order := o.Check(&e); (order == nil) != (err == nil) {
				// A Builder reads more of an event than its order.
				var wire *jsonwire.Error
				if !errors.As(err, &wire) {
					t.Fatalf("%+v: %v, %v", e, err, order)
				}
				return
			}
			if err == nil {
				texts[e.Index] += string(e.Text)
			}
		}
		r := b.Response()
		var want, got strings.Builder
		for i := range converse.MaxBlockIndex + 1 {
			if len(texts) == 0 {
				break
			}
			want.WriteString(texts[i])
			delete(texts, i)
		}
		// The text of all blocks, cited or not.
		for _, block := range r.Message.Content {
			got.WriteString((&converse.Message{Content: []converse.Block{block}}).Text())
		}
		if w := want.String(); got.String() != w && got.String() != strings.ToValidUTF8(w, "\uFFFD") && utf8.ValidString(w) {
			t.Fatalf("text is %q, want %q", got.String(), w)
		}
		if o.Complete() != b.Complete() {
			t.Fatal("Order and Builder do not agree")
		}
		if !json.Valid(r.Raw) {
			t.Fatalf("Raw is %q", r.Raw)
		}
		q := converse.Request{ModelID: "m", Messages: []converse.Message{r.Message}}
		if q.Validate() != nil || !utf8.ValidString(text) {
			return // a role is missing, or a tool's input is not JSON
		}
		again := goesBack(t, r.Message)
		back, _ := json.Marshal(again)
		came, _ := json.Marshal(r.Message)
		if !bytes.Equal(back, came) {
			t.Fatalf("goes back as %s, came as %s", back, came)
		}
	})
}
