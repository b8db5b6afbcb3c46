package converse_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/model/jsonwire"
)

func TestDecodeEvent(t *testing.T) {
	rows := []struct {
		name, kind, payload string
		want                converse.Event
	}{
		{"start of the message", "messageStart", `{"role":"assistant","p":"ab"}`, converse.Event{Kind: converse.MessageStart, Role: converse.RoleAssistant}},
		{"new role", "messageStart", `{"role":"n\u0065w"}`, converse.Event{Kind: converse.MessageStart, Role: "new"}},
		{"text", "contentBlockDelta", `{"contentBlockIndex":3,"delta":{"text":"Hi"},"p":"abc"}`, converse.Event{Kind: converse.BlockDelta, Index: 3, Text: []byte("Hi")}},
		{"text with padding", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text":"Hi é"},"p":""}`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("Hi é")}},
		{"text and another padding", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text":"a"},"p":"b" }`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("a")}},
		{"text and escapes in the padding", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text":"a"},"p":"\n"}`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("a")}},
		{"text and more than padding", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text":"a"},"p":"b","q":{}}`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("a")}},
		{"text without padding", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text":"a"}}`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("a")}},
		{"white space before the text", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text": "a"},"p":""}`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("a")}},
		{"white space before the padding", "contentBlockDelta", `{"contentBlockIndex":9,"delta":{"text":"a"},"p": "b"}`, converse.Event{Kind: converse.BlockDelta, Index: 9, Text: []byte("a")}},
		{"an index of two digits", "contentBlockDelta", `{"contentBlockIndex":12,"delta":{"text":"a"},"p":"b"}`, converse.Event{Kind: converse.BlockDelta, Index: 12, Text: []byte("a")}},
		{"a text that is null", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":null},"p":"b"}`, converse.Event{Kind: converse.BlockDelta, Index: 1}},
		{"a text with a backslash at its end", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"\"},\"p\":"},"p":"b"}`, converse.Event{Kind: converse.BlockDelta, Index: 1, Text: []byte(`"},"p":`)}},
		{"text with escapes", "contentBlockDelta", `{"delta":{"text":"a\nb\u00e9"}}`, converse.Event{Kind: converse.BlockDelta, Text: []byte("a\nbé")}},
		{"empty text", "contentBlockDelta", `{"delta":{"text":""}}`, converse.Event{Kind: converse.BlockDelta, Text: []byte{}}},
		{"no text", "contentBlockDelta", `{"delta":{"text":null},"contentBlockIndex":null}`, converse.Event{Kind: converse.BlockDelta}},
		{"reasoning", "contentBlockDelta", `{"delta":{"reasoningContent":{"text":"hm"}}}`, converse.Event{Kind: converse.BlockDelta, Reasoning: []byte("hm")}},
		{"signature", "contentBlockDelta", `{"delta":{"reasoningContent":{"signature":"c2ln"}}}`, converse.Event{Kind: converse.BlockDelta, Signature: []byte("c2ln")}},
		{"redacted", "contentBlockDelta", `{"delta":{"reasoningContent":{"redactedContent":"AA=="}}}`, converse.Event{Kind: converse.BlockDelta}},
		{"start of a tool call", "contentBlockStart", `{"start":{"toolUse":{"toolUseId":"a\"","name":"n\\","type":"x"}},"contentBlockIndex":1}`,
			converse.Event{Kind: converse.BlockStart, Index: 1, Tool: converse.ToolDelta{ID: []byte(`a"`), Name: []byte(`n\`)}}},
		{"input of a tool call", "contentBlockDelta", `{"delta":{"toolUse":{"input":"{\"a\""}},"contentBlockIndex":1}`,
			converse.Event{Kind: converse.BlockDelta, Index: 1, Tool: converse.ToolDelta{Input: []byte(`{"a"`)}}},
		{"stop of a block", "contentBlockStop", `{"contentBlockIndex":65535}`, converse.Event{Kind: converse.BlockStop, Index: converse.MaxBlockIndex}},
		{"stop of the message", "messageStop", `{"stopReason":"end_turn","delta":{"text":"no"}}`, converse.Event{Kind: converse.MessageStop, StopReason: converse.StopEndTurn}},
		{"new stop reason", "messageStop", `{"stopReason":"bored"}`, converse.Event{Kind: converse.MessageStop, StopReason: "bored"}},
		{"metadata", "metadata", ` {"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,"cacheReadInputTokens":4,"cacheWriteInputTokens":5,"new":{}},"metrics":{"latencyMs":6,"new":7},"trace":{}} `,
			converse.Event{Kind: converse.Metadata, Usage: converse.Usage{InputTokens: 1, OutputTokens: 2, TotalTokens: 3, CacheReadInputTokens: 4, CacheWriteInputTokens: 5}, LatencyMs: 6}},
		{"metadata of nulls", "metadata", `{"usage":{"inputTokens":null},"metrics":{"latencyMs":null}}`, converse.Event{Kind: converse.Metadata}},
		{"more nulls", "metadata", `{"usage":null,"metrics":null}`, converse.Event{Kind: converse.Metadata}},
		{"members of other events", "contentBlockStop", `{"role":5,"stopReason":5,"usage":5,"metrics":5,"delta":5,"start":5}`, converse.Event{Kind: converse.BlockStop}},
		{"unknown event", "hologram", `not JSON`, converse.Event{}},
		{"kind's name for what is unknown", "unknown", `not JSON`, converse.Event{}},
		{"no event type", "", ``, converse.Event{}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := converse.DecodeEvent(row.kind, []byte(row.payload))
			if err != nil {
				t.Fatal(err)
			}
			row.want.Raw = []byte(row.payload)
			// By the exported fields, with nil and empty slices told apart.
			g, w := reflect.ValueOf(got), reflect.ValueOf(row.want)
			for i := range g.NumField() {
				if f := g.Type().Field(i); f.IsExported() && !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
					t.Errorf("%s is %+v, want %+v", f.Name, g.Field(i), w.Field(i))
				}
			}
			if row.want.Kind != 0 && got.Kind.String() != row.kind {
				t.Errorf("the kind is %q", got.Kind)
			}
		})
	}
	if s := converse.EventKind(0).String() + converse.EventKind(99).String(); s != "unknownunknown" {
		t.Error(s)
	}
}

func TestDecodeEventErrors(t *testing.T) {
	rows := []struct {
		name, kind, payload string
		reason              jsonwire.Reason
		offset              int
	}{
		{"cut", "contentBlockDelta", `{"delta":{"text":"a`, jsonwire.ErrTruncated, 19},
		{"empty", "messageStop", ``, jsonwire.ErrTruncated, 0},
		{"not an object", "messageStop", `[]`, jsonwire.ErrKind, 0},
		{"null", "messageStop", `null`, jsonwire.ErrKind, 0},
		{"more than one value", "messageStop", `{} {}`, jsonwire.ErrTrailing, 3},
		{"delta that is not an object", "contentBlockDelta", `{"delta":"a"}`, jsonwire.ErrKind, 10},
		{"text that is not a string", "contentBlockDelta", `{"delta":{"text":1}}`, jsonwire.ErrKind, 17},
		{"text twice", "contentBlockDelta", `{"delta":{"text":"a","text":"b"}}`, jsonwire.ErrDuplicate, 22},
		{"delta twice", "contentBlockDelta", `{"delta":{},"delta":{}}`, jsonwire.ErrDuplicate, 13},
		{"index twice", "contentBlockStop", `{"contentBlockIndex":1,"contentBlockIndex":1}`, jsonwire.ErrDuplicate, 24},
		{"tool use that is not an object", "contentBlockDelta", `{"delta":{"toolUse":[]}}`, jsonwire.ErrKind, 20},
		{"id that is not a string", "contentBlockStart", `{"start":{"toolUse":{"toolUseId":{}}}}`, jsonwire.ErrKind, 33},
		{"id twice", "contentBlockStart", `{"start":{"toolUse":{"toolUseId":"a","toolUseId":"a"}}}`, jsonwire.ErrDuplicate, 38},
		{"name twice", "contentBlockStart", `{"start":{"toolUse":{"name":"a","name":"a"}}}`, jsonwire.ErrDuplicate, 33},
		{"input twice", "contentBlockDelta", `{"delta":{"toolUse":{"input":"a","input":"a"}}}`, jsonwire.ErrDuplicate, 34},
		{"reasoning that is not an object", "contentBlockDelta", `{"delta":{"reasoningContent":true}}`, jsonwire.ErrKind, 29},
		{"reasoning's text twice", "contentBlockDelta", `{"delta":{"reasoningContent":{"text":"","text":""}}}`, jsonwire.ErrDuplicate, 41},
		{"signature twice", "contentBlockDelta", `{"delta":{"reasoningContent":{"signature":"","signature":""}}}`, jsonwire.ErrDuplicate, 46},
		{"tool use twice", "contentBlockDelta", `{"delta":{"toolUse":{},"toolUse":{}}}`, jsonwire.ErrDuplicate, 24},
		{"reasoning twice", "contentBlockDelta", `{"delta":{"reasoningContent":{},"reasoningContent":{}}}`, jsonwire.ErrDuplicate, 33},
		{"role", "messageStart", `{"role":1}`, jsonwire.ErrKind, 8},
		{"stop reason", "messageStop", `{"stopReason":1}`, jsonwire.ErrKind, 14},
		{"stop reason twice", "messageStop", `{"stopReason":"a","stopReason":"a"}`, jsonwire.ErrDuplicate, 19},
		{"usage", "metadata", `{"usage":1}`, jsonwire.ErrKind, 9},
		{"count", "metadata", `{"usage":{"outputTokens":1.5}}`, jsonwire.ErrNumber, 25},
		{"count twice", "metadata", `{"usage":{"totalTokens":1,"totalTokens":1}}`, jsonwire.ErrDuplicate, 27},
		{"metrics", "metadata", `{"metrics":[]}`, jsonwire.ErrKind, 11},
		{"latency", "metadata", `{"metrics":{"latencyMs":"1"}}`, jsonwire.ErrNumber, 25},
		{"too deep", "contentBlockDelta", `{"delta":` + strings.Repeat("[", 128), jsonwire.ErrKind, 9},
		{"too deep in what is new", "contentBlockDelta", `{"new":` + strings.Repeat("[", 128), jsonwire.ErrDepth, 134},
		{"index that is no digit", "contentBlockDelta", `{"contentBlockIndex":x,"delta":{"text":"a"},"p":"b"}`, jsonwire.ErrSyntax, 21},
		{"bytes after the padding", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"a"},"p":"b"}}`, jsonwire.ErrTrailing, 52},
		{"two texts", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"a""b"}`, jsonwire.ErrSyntax, 42},
		{"two values of the padding", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"a"},"p":"b""c"}`, jsonwire.ErrSyntax, 51},
		{"cut in the padding", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"a"},"p":"b`, jsonwire.ErrTruncated, 50},
		{"UTF-8 in a plain delta", "contentBlockDelta", "{\"contentBlockIndex\":1,\"delta\":{\"text\":\"\xff\"},\"p\":\"b\"}", jsonwire.ErrUTF8, 40},
		{"UTF-8", "contentBlockDelta", "{\"delta\":{\"text\":\"\xff\"}}", jsonwire.ErrUTF8, 18},
		{"half a surrogate pair", "contentBlockDelta", `{"delta":{"text":"\ud800"}}`, jsonwire.ErrSurrogate, 18},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := converse.DecodeEvent(row.kind, []byte(row.payload))
			var e *jsonwire.Error
			if !errors.As(err, &e) || e.Reason != row.reason || e.Offset != row.offset {
				t.Errorf("got %v, want %v at byte %d", err, row.reason, row.offset)
			}
			if !reflect.DeepEqual(got, converse.Event{}) {
				t.Errorf("%+v with the error", got)
			}
		})
	}
}

// TestAllocations pins that events cost no memory, escapes included where a Decoder is kept, and that
// an Order costs none either.
func TestAllocations(t *testing.T) {
	plain := []event{delta("0", `{"text":"Hello, world"}`), delta("1", `{"toolUse":{"input":"12"}}`), delta("1", `{"reasoningContent":{"text":"hm"}}`), stop("1"),
		start("1", `{"toolUse":{"toolUseId":"a","name":"n"}}`), {"messageStart", `{"role":"assistant"}`}, {"messageStop", `{"stopReason":"tool_use"}`},
		{"metadata", `{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4}}`}, delta("2", `{"new":{"text":"x"}}`)}
	for _, e := range plain {
		payload := []byte(e.payload)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := converse.DecodeEvent(e.kind, payload); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s %s: %v allocations", e.kind, e.payload, n)
		}
	}
	var d converse.Decoder
	for _, e := range []event{delta("0", `{"text":"Hello,\n\"world\""}`), delta("1", `{"toolUse":{"input":"{\"city\":"}}`)} {
		payload := []byte(e.payload)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := d.Decode(e.kind, payload); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%s with a Decoder: %v allocations", e.payload, n)
		}
	}
	var o converse.Order
	for _, e := range decode(t, event{"messageStart", `{"role":"assistant"}`}, start("0", `{"toolUse":{"toolUseId":"a","name":"n"}}`)) {
		if err := o.Check(&e); err != nil {
			t.Fatal(err)
		}
	}
	events := decode(t, delta("0", `{"toolUse":{"input":"1"}}`), delta("1", `{"text":"a"}`))
	if n := testing.AllocsPerRun(100, func() {
		for i := range events {
			if err := o.Check(&events[i]); err != nil {
				t.Error(err)
			}
		}
	}); n != 0 {
		t.Errorf("Order: %v allocations", n)
	}
}

// TestParseResponse checks blocks that no stream sends, and what is kept of those that the fields
// can't hold.
func TestParseResponse(t *testing.T) {
	raw := func(s string) []converse.Block { return []converse.Block{{Raw: []byte(s)}} }
	rows := []struct {
		name, block string
		want        []converse.Block
	}{
		{"document", `{"document":{"format":"pdf","name":"n","source":{"bytes":"AA=="},"context":"c","citations":{"enabled":true},"new":1}}`,
			[]converse.Block{{Document: &converse.Document{Format: "pdf", Name: "n", Bytes: []byte{0}, Context: "c", Citations: true, Fields: []byte(`{"new":1}`)}}}},
		{"document of text", `{"document":{"name":"n","source":{"text":"t"}}}`, []converse.Block{{Document: &converse.Document{Name: "n", Text: "t"}}}},
		{"document in a bucket", `{"document":{"name":"n","source":{"s3Location":{"uri":"u","bucketOwner":"o"}}}}`, []converse.Block{{Document: &converse.Document{Name: "n", S3URI: "u", S3Owner: "o"}}}},
		{"document of parts", `{"document":{"name":"n","source":{"content":[{"text":"t"}]}}}`, raw(`{"document":{"name":"n","source":{"content":[{"text":"t"}]}}}`)},
		{"document without citations", `{"document":{"name":"n","source":{"text":"t"},"citations":{"enabled":false}}}`, raw(`{"document":{"name":"n","source":{"text":"t"},"citations":{"enabled":false}}}`)},
		{"document with new citations", `{"document":{"name":"n","source":{"text":"t"},"citations":{"enabled":true,"new":1}}}`, raw(`{"document":{"name":"n","source":{"text":"t"},"citations":{"enabled":true,"new":1}}}`)},
		{"document without a name", `{"document":{"source":{"text":"t"}}}`, raw(`{"document":{"source":{"text":"t"}}}`)},
		{"video", `{"video":{"format":"mp4","source":{"s3Location":{"uri":"u"}}}}`, []converse.Block{{Video: &converse.Media{Format: "mp4", S3URI: "u"}}}},
		{"audio with an error", `{"audio":{"format":"wav","source":{"bytes":"AA=="},"error":{}}}`, []converse.Block{{Audio: &converse.Media{Format: "wav", Bytes: []byte{0}, Fields: []byte(`{"error":{}}`)}}}},
		{"image of text", `{"image":{"format":"png","source":{"text":"t"}}}`, raw(`{"image":{"format":"png","source":{"text":"t"}}}`)},
		{"image of two", `{"image":{"format":"png","source":{"bytes":"AA==","s3Location":{"uri":"u"}}}}`, raw(`{"image":{"format":"png","source":{"bytes":"AA==","s3Location":{"uri":"u"}}}}`)},
		{"image of nothing", `{"image":{"format":"png","source":{"bytes":""}}}`, []converse.Block{{Image: &converse.Media{Format: "png", Bytes: []byte{}}}}},
		{"image of bad base64", `{"image":{"format":"png","source":{"bytes":"AB=="}}}`, raw(`{"image":{"format":"png","source":{"bytes":"AB=="}}}`)},
		{"image of base64 in lines", `{"image":{"format":"png","source":{"bytes":"AA\n=="}}}`, raw(`{"image":{"format":"png","source":{"bytes":"AA\n=="}}}`)},
		{"image somewhere new", `{"image":{"format":"png","source":{"s3Location":{"uri":"u","new":1}}}}`, raw(`{"image":{"format":"png","source":{"s3Location":{"uri":"u","new":1}}}}`)},
		{"cache point", `{"cachePoint":{"type":"default"}}`, []converse.Block{{CachePoint: true}}},
		{"cache point with a time", `{"cachePoint":{"type":"default","ttl":"1h"}}`, raw(`{"cachePoint":{"type":"default","ttl":"1h"}}`)},
		{"new cache point", `{"cachePoint":{"type":"new"}}`, raw(`{"cachePoint":{"type":"new"}}`)},
		{"tool use without input", `{"toolUse":{"toolUseId":"a","name":"n","input":null}}`, []converse.Block{{ToolUse: &converse.ToolUse{ID: "a", Name: "n", Input: []byte(`{}`)}}}},
		{"tool use without a name", `{"toolUse":{"toolUseId":"a","input":{}}}`, raw(`{"toolUse":{"toolUseId":"a","input":{}}}`)},
		{"tool result", `{"toolResult":{"toolUseId":"a","content":[{"text":"t"},{"json":1},{"toolResult":{}},{"text":""}]}}`,
			[]converse.Block{{ToolResult: &converse.ToolResult{ID: "a", Content: []converse.Block{{Text: "t"}, {Raw: []byte(`{"json":1}`)}, {Raw: []byte(`{"toolResult":{}}`)}, {Raw: []byte(`{"text":""}`)}}}}}},
		{"tool result that succeeded", `{"toolResult":{"toolUseId":"a","content":[],"status":"success"}}`, raw(`{"toolResult":{"toolUseId":"a","content":[],"status":"success"}}`)},
		{"reasoning of two kinds", `{"reasoningContent":{"redactedContent":"AA==","reasoningText":{"text":"t"}}}`, raw(`{"reasoningContent":{"redactedContent":"AA==","reasoningText":{"text":"t"}}}`)},
		{"reasoning with a new member", `{"reasoningContent":{"reasoningText":{"text":"t","new":1}}}`, []converse.Block{{Reasoning: &converse.Reasoning{Text: "t", Fields: []byte(`{"new":1}`)}}}},
		{"escaped key of a new member", `{"toolUse":{"toolUseId":"a","name":"n","input":1,"n\u0065w":[ 1 ],"b":2}}`, []converse.Block{{ToolUse: &converse.ToolUse{ID: "a", Name: "n", Input: []byte(`1`), Fields: []byte(`{"new":[ 1 ],"b":2}`)}}}},
		{"reasoning of no kind", `{"reasoningContent":{}}`, raw(`{"reasoningContent":{}}`)},
		{"two members", `{"text":"a","cachePoint":{"type":"default"}}`, raw(`{"text":"a","cachePoint":{"type":"default"}}`)},
		{"a member and a new one", `{"text":"a","new":{}}`, raw(`{"text":"a","new":{}}`)},
		{"no member", `{"text":null}`, raw(`{"text":null}`)},
		{"Raw as it stands", ` { "n\u0065w" : [ 1 ] } `, raw(`{ "n\u0065w" : [ 1 ] }`)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := converse.ParseResponse([]byte(`{"output":{"message":{"content":[` + row.block + `]}}}`))
			if err != nil || !reflect.DeepEqual(got.Message.Content, row.want) {
				t.Errorf("%v\n%s", err, show(got))
			}
		})
	}
}

func TestParseResponseErrors(t *testing.T) {
	message := func(content string) string { return `{"output":{"message":{"role":"a","content":[` + content + `]}}}` }
	rows := []struct {
		name, body string
		want       string
	}{
		{"empty", ``, "json: unexpected end of input at byte 0"},
		{"not JSON", `<html>`, "json: unexpected byte at byte 0"},
		{"cut", message(``)[:30], "json: unexpected end of input at byte 30"},
		{"not an object", `[]`, "json: unexpected kind of value at byte 0"},
		{"no output", `{"message":"no"}`, "bedrockwire: output.message is missing"},
		{"no message", `{"output":{"new":{}}}`, "bedrockwire: output.message is missing"},
		{"message twice", `{"output":{"message":{},"message":{}}}`, "json: duplicate key at byte 25"},
		{"content", `{"output":{"message":{"content":{}}}}`, "json: unexpected kind of value at byte 32"},
		{"block", message(`"a"`), "json: unexpected kind of value at byte 45"},
		{"text", message(`{"text":1}`), "json: unexpected kind of value at byte 52"},
		{"text twice", message(`{"text":"a","text":"a"}`), "json: duplicate key at byte 57"},
		{"tool's input", message(`{"toolUse":{"input":{}`), "json: unexpected byte at byte 66"},
		{"stop reason", `{"stopReason":1}`, "json: unexpected kind of value at byte 14"},
		{"usage", `{"usage":{"inputTokens":-0.5}}`, "json: number out of range at byte 24"},
		{"latency", `{"metrics":{"latencyMs":""}}`, "json: number out of range at byte 25"},
		{"trailing", message(``) + `x`, fmt.Sprintf("json: bytes after the value at byte %d", len(message(``)))},
		{"too deep", `{"new":` + strings.Repeat(`[`, 200), "json: nested deeper than 128 at byte 134"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := converse.ParseResponse([]byte(row.body))
			if err == nil || err.Error() != row.want || r != nil {
				t.Errorf("got %v, want %s", err, row.want)
			}
			var wire *jsonwire.Error
			var field *model.FieldError
			if !errors.As(err, &wire) && !errors.As(err, &field) {
				t.Errorf("%T", err)
			}
		})
	}
}

func TestParseTokens(t *testing.T) {
	for body, want := range map[string]int{`{"inputTokens":42}`: 42, ` {"new":[],"inputTokens":0} `: 0} {
		if got, err := converse.ParseTokens([]byte(body)); err != nil || got != want {
			t.Errorf("%s: %d, %v", body, got, err)
		}
	}
	for body, want := range map[string]string{
		``:                                  "json: unexpected end of input at byte 0",
		`{}`:                                "bedrockwire: inputTokens is missing",
		`{"inputTokens":null}`:              "bedrockwire: inputTokens is missing",
		`{"inputTokens":"1"}`:               "json: number out of range at byte 16",
		`{"inputTokens":1,"inputTokens":1}`: "json: duplicate key at byte 18",
		`{"inputTokens":1}x`:                "json: bytes after the value at byte 17",
	} {
		if got, err := converse.ParseTokens([]byte(body)); err == nil || err.Error() != want {
			t.Errorf("%s: %d, %v, want %s", body, got, err, want)
		}
	}
}

func TestMessageText(t *testing.T) {
	m := converse.Assistant(converse.Text("a"), converse.Block{Reasoning: &converse.Reasoning{Text: "no"}},
		converse.Block{Raw: []byte(`{"citationsContent":{"citations":[{"title":"no"}],"content":[{"text":"b"},{"new":{}},{"text":"c"}]}}`)},
		converse.Block{Raw: []byte(`{"new":{"text":"no"}}`)}, converse.Block{Raw: []byte(`{"new":"citationsContent"}`)}, converse.Text("d"))
	if got := m.Text(); got != "abcd" {
		t.Errorf("got %q", got)
	}
}
