package converse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/model/jsonwire"
)

// event is an event as it is on the wire.
type event struct{ kind, payload string }

// decode decodes events that are right. What it returns is not borrowed.
func decode(t testing.TB, events ...event) (list []converse.Event) {
	t.Helper()
	for _, e := range events {
		got, err := converse.DecodeEvent(e.kind, []byte(e.payload))
		if err != nil {
			t.Fatalf("%s %s: %v", e.kind, e.payload, err)
		}
		list = append(list, got)
	}
	return list
}

// build adds events that are right, each from memory that is overwritten afterwards.
func build(t testing.TB, events ...event) *converse.Response {
	t.Helper()
	var b converse.Builder
	var d converse.Decoder
	for i, e := range events {
		payload := []byte(e.payload)
		got, err := d.Decode(e.kind, payload)
		if err == nil {
			err = b.Add(got)
		}
		if err != nil {
			t.Fatalf("event %d, %s %s: %v", i, e.kind, e.payload, err)
		}
		for i := range payload {
			payload[i] = '!'
		}
	}
	if !b.Complete() {
		t.Error("not complete")
	}
	return b.Response()
}

// equalJSON compares as encoding/json sees it.
func equalJSON(t testing.TB, got, want []byte) bool {
	t.Helper()
	var g, w any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Errorf("%s: %v", got, err)
	}
	if err := json.Unmarshal(want, &w); err != nil {
		t.Errorf("%s: %v", want, err)
	}
	return reflect.DeepEqual(g, w)
}

func delta(index, delta string) event {
	return event{"contentBlockDelta", `{"contentBlockIndex":` + index + `,"delta":` + delta + `,"p":"abcdefg"}`}
}

func start(index, start string) event {
	return event{"contentBlockStart", `{"contentBlockIndex":` + index + `,"start":` + start + `,"p":"ab"}`}
}

func stop(index string) event {
	return event{"contentBlockStop", `{"contentBlockIndex":` + index + `,"p":"abcd"}`}
}

// sameMessages are contents of a message as Converse returns them and as ConverseStream sends them.
var sameMessages = []struct {
	name    string
	content string
	stream  []event
	want    []converse.Block
}{
	{"text", `[{"text":"Hello, world"}]`,
		[]event{delta("0", `{"text":"Hello"}`), delta("0", `{"text":", world"}`), stop("0")},
		[]converse.Block{{Text: "Hello, world"}}},
	{"text with escapes", `[{"text":"a\n\"b\" \u00e9\ud83d\ude00"}]`,
		[]event{delta("0", `{"text":"a\n"}`), delta("0", `{"text":"\"b\" \u00e9"}`), delta("0", `{"text":"\ud83d\ude00"}`), stop("0")},
		[]converse.Block{{Text: "a\n\"b\" é😀"}}},
	{"empty text", `[{"text":""}]`,
		[]event{delta("0", `{"text":""}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"text":""}`)}}},
	{"no content", `[]`, nil, nil},
	{"a block without a delta", `[]`, []event{stop("0")}, nil},
	{"a start of text", `[{"text":"ab"}]`,
		[]event{start("0", `{"text":"a"}`), delta("0", `{"text":"b"}`), stop("0")},
		[]converse.Block{{Text: "ab"}}},
	{"an empty start", `[{"text":"a"}]`,
		[]event{start("0", `{}`), delta("0", `{"text":"a"}`), delta("0", `null`), stop("0")},
		[]converse.Block{{Text: "a"}}},
	{"reasoning with a signature", `[{"reasoningContent":{"reasoningText":{"text":"think hard","signature":"c2ln"}}},{"text":"42"}]`,
		[]event{delta("0", `{"reasoningContent":{"text":"think "}}`), delta("0", `{"reasoningContent":{"text":"hard"}}`),
			delta("0", `{"reasoningContent":{"signature":"c2ln"}}`), stop("0"), delta("1", `{"text":"42"}`), stop("1")},
		[]converse.Block{{Reasoning: &converse.Reasoning{Text: "think hard", Signature: "c2ln"}}, {Text: "42"}}},
	{"reasoning that is only signed", `[{"reasoningContent":{"reasoningText":{"text":"","signature":"c2ln"}}}]`,
		[]event{delta("0", `{"reasoningContent":{"signature":"c2ln"}}`), stop("0")},
		[]converse.Block{{Reasoning: &converse.Reasoning{Signature: "c2ln"}}}},
	{"redacted reasoning", `[{"reasoningContent":{"redactedContent":"AAECAwQ="}}]`,
		[]event{delta("0", `{"reasoningContent":{"redactedContent":"AAE="}}`), delta("0", `{"reasoningContent":{"redactedContent":"AgME"}}`), stop("0")},
		[]converse.Block{{Reasoning: &converse.Reasoning{Redacted: []byte{0, 1, 2, 3, 4}}}}},
	{"empty redacted reasoning", `[{"reasoningContent":{"redactedContent":""}}]`,
		[]event{delta("0", `{"reasoningContent":{"redactedContent":""}}`), stop("0")},
		[]converse.Block{{Reasoning: &converse.Reasoning{Redacted: []byte{}}}}},
	{"reasoning of a new kind", `[{"reasoningContent":{"summary":"a b"}}]`,
		[]event{delta("0", `{"reasoningContent":{"summary":"a "}}`), delta("0", `{"reasoningContent":{"summary":"b"}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"reasoningContent":{"summary":"a b"}}`)}}},
	{"redacted reasoning that is not base64", `[{"reasoningContent":{"redactedContent":"?"}}]`,
		[]event{delta("0", `{"reasoningContent":{"redactedContent":"?"}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"reasoningContent":{"redactedContent":"?"}}`)}}},
	{"redacted reasoning that is not a text", `[{"reasoningContent":{"other":5}}]`,
		[]event{delta("0", `{"reasoningContent":{"other":5}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"reasoningContent":{"other":5}}`)}}},
	{"tool use", `[{"text":"I look."},{"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Paris"}}}]`,
		[]event{delta("0", `{"text":"I look."}`), stop("0"), start("1", `{"toolUse":{"toolUseId":"t1","name":"weather"}}`),
			delta("1", `{"toolUse":{"input":""}}`), delta("1", `{"toolUse":{"input":"{\"ci"}}`), delta("1", `{"toolUse":{"input":"ty\":\"Paris\"}"}}`), stop("1")},
		[]converse.Block{{Text: "I look."}, {ToolUse: &converse.ToolUse{ID: "t1", Name: "weather", Input: []byte(`{"city":"Paris"}`)}}}},
	{"tool use without input", `[{"toolUse":{"toolUseId":"t1","name":"now","input":{}}}]`,
		[]event{start("0", `{"toolUse":{"toolUseId":"t1","name":"now"}}`), stop("0")},
		[]converse.Block{{ToolUse: &converse.ToolUse{ID: "t1", Name: "now", Input: []byte(`{}`)}}}},
	{"tool uses by turns", `[{"toolUse":{"toolUseId":"a","name":"x","input":{"n":1}}},{"toolUse":{"toolUseId":"b","name":"y","input":[2]}}]`,
		[]event{start("0", `{"toolUse":{"toolUseId":"a","name":"x"}}`), start("1", `{"toolUse":{"toolUseId":"b","name":"y"}}`),
			delta("0", `{"toolUse":{"input":"{\"n\""}}`), delta("1", `{"toolUse":{"input":"["}}`),
			delta("0", `{"toolUse":{"input":":1}"}}`), delta("1", `{"toolUse":{"input":"2]"}}`), stop("1"), stop("0")},
		[]converse.Block{{ToolUse: &converse.ToolUse{ID: "a", Name: "x", Input: []byte(`{"n":1}`)}}, {ToolUse: &converse.ToolUse{ID: "b", Name: "y", Input: []byte(`[2]`)}}}},
	{"tool use with a member that is new", `[{"toolUse":{"toolUseId":"a","name":"x","input":{},"cache":{"ttl":"ab"}}}]`,
		[]event{start("0", `{"toolUse":{"toolUseId":"a","name":"x","cache":{"ttl":"a"}}}`), delta("0", `{"toolUse":{"input":"{}","cache":{"ttl":"b"}}}`), stop("0")},
		[]converse.Block{{ToolUse: &converse.ToolUse{ID: "a", Name: "x", Input: []byte(`{}`), Fields: []byte(`{"cache":{"ttl":"ab"}}`)}}}},
	{"tool use of the service", `[{"toolUse":{"toolUseId":"a","name":"x","input":{"q":1},"type":"server_tool_use"}}]`,
		[]event{start("0", `{"toolUse":{"toolUseId":"a","name":"x","type":"server_tool_use"}}`), delta("0", `{"toolUse":{"input":"{\"q\":1}"}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"toolUse":{"toolUseId":"a","name":"x","input":{"q":1},"type":"server_tool_use"}}`)}}},
	{"result of the service's tool", `[{"toolResult":{"toolUseId":"a","type":"t","content":[{"text":"one two"},{"json":{"n":1}},{"text":"three"},{"text":"four"}]}}]`,
		[]event{start("0", `{"toolResult":{"toolUseId":"a","type":"t"}}`), delta("0", `{"toolResult":[{"text":"one "}]}`),
			delta("0", `{"toolResult":[{"text":"two"},{"json":{"n":1}}]}`), delta("0", `{"toolResult":[{"text":"three"},{"text":"four"}]}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"toolResult":{"toolUseId":"a","type":"t","content":[{"text":"one two"},{"json":{"n":1}},{"text":"three"},{"text":"four"}]}}`)}}},
	{"tool result", `[{"toolResult":{"toolUseId":"a","content":[{"text":"x"}],"status":"error"}}]`,
		[]event{start("0", `{"toolResult":{"toolUseId":"a","status":"error"}}`), delta("0", `{"toolResult":[{"text":"x"}]}`), stop("0")},
		[]converse.Block{{ToolResult: &converse.ToolResult{ID: "a", Content: []converse.Block{{Text: "x"}}, Error: true}}}},
	{"image", `[{"image":{"format":"png","source":{"bytes":"AAECAwQ="}}}]`,
		[]event{start("0", `{"image":{"format":"png"}}`), delta("0", `{"image":{"source":{"bytes":"AAE="}}}`), delta("0", `{"image":{"source":{"bytes":"AgM="}}}`), delta("0", `{"image":{"source":{"bytes":"BA=="}}}`), stop("0")},
		[]converse.Block{{Image: &converse.Media{Format: "png", Bytes: []byte{0, 1, 2, 3, 4}}}}},
	{"image that failed", `[{"image":{"format":"png","error":{"message":"no"}}}]`,
		[]event{start("0", `{"image":{"format":"png"}}`), delta("0", `{"image":{"error":{"message":"no"}}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"image":{"format":"png","error":{"message":"no"}}}`)}}},
	{"citations", `[{"citationsContent":{"content":[{"text":"The sky is blue."}],"citations":[{"title":"A","location":{"web":{"url":"u"}}},{"title":"B"}]}},{"text":" Yes."}]`,
		[]event{delta("0", `{"text":"The sky "}`), delta("0", `{"citation":{"title":"A","location":{"web":{"url":"u"}}}}`), delta("0", `{"text":"is blue."}`),
			delta("0", `{"citation":{"title":"B"}}`), stop("0"), delta("1", `{"text":" Yes."}`), stop("1")},
		[]converse.Block{{Raw: []byte(`{"citationsContent":{"content":[{"text":"The sky is blue."}],"citations":[{"title":"A","location":{"web":{"url":"u"}}},{"title":"B"}]}}`)}, {Text: " Yes."}}},
	{"new kind in its start", `[{"hologram":{"a":[1, 2],"b":"\u0041"}}]`,
		[]event{start("0", `{"hologram":{"a":[1, 2],"b":"\u0041"}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"hologram":{"a":[1, 2],"b":"\u0041"}}`)}}},
	{"new kind in one delta", `[{"text":"a"},{"hologram":{"a":[1, 2]}}]`,
		[]event{delta("0", `{"text":"a"}`), delta("1", `{"hologram":{"a":[1, 2]}}`), stop("1"), stop("0")},
		[]converse.Block{{Text: "a"}, {Raw: []byte(`{"hologram":{"a":[1, 2]}}`)}}},
	{"new kind in pieces", `[{"hologram":{"a":"xy","n":1,"l":[1,true,2],"o":{"p":null,"q":false}}}]`,
		[]event{start("0", `{"hologram":{"a":"x","n":1,"l":[1,true]}}`), delta("0", `{"hologram":{"a":"y","n":1,"l":[2],"o":{"p":null}}}`), delta("0", `{"hologram":{"o":{"p":null,"q":false}}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"hologram":{"a":"xy","n":1,"l":[1,true,2],"o":{"p":null,"q":false}}}`)}}},
	{"values that come twice", `[{"hologram":{"n":2,"t":{"x":1},"bytes":"A?AA","list":[{"text":"ab","n":1},{"text":"c"},"d","e"]}}]`,
		[]event{start("0", `{"hologram":{"n":1,"t":"x","bytes":"A?","list":[{"text":"ab","n":1}]}}`), delta("0", `{"hologram":{"n":2,"t":{"x":1},"bytes":"AA","list":[{"text":"c"},"d"]}}`), delta("0", `{"hologram":{"list":["e"]}}`), stop("0")},
		[]converse.Block{{Raw: []byte(`{"hologram":{"n":2,"t":{"x":1},"bytes":"A?AA","list":[{"text":"ab","n":1},{"text":"c"},"d","e"]}}`)}}},
	{"a tool call that goes on after text", `[{"toolUse":{"toolUseId":"a","name":"x","input":{"n":1}}},{"text":"t"}]`,
		[]event{start("0", `{"toolUse":{"toolUseId":"a","name":"x"}}`), delta("0", `{"toolUse":{"input":"{\"n\""}}`), delta("0", `{"text":"t","image":null,"citation":null,"new":null}`), delta("0", `{"toolUse":{"input":":1}"}}`), stop("0")},
		[]converse.Block{{ToolUse: &converse.ToolUse{ID: "a", Name: "x", Input: []byte(`{"n":1}`)}}, {Text: "t"}}},
	{"text after text of another kind", `[{"text":"a"},{"hologram":1},{"text":"b"}]`,
		[]event{delta("0", `{"text":"a"}`), delta("0", `{"hologram":1}`), delta("0", `{"text":"b"}`), stop("0")},
		[]converse.Block{{Text: "a"}, {Raw: []byte(`{"hologram":1}`)}, {Text: "b"}}},
	{"kinds that change within a block", `[{"reasoningContent":{"reasoningText":{"text":"r"}}},{"text":"t"},{"reasoningContent":{"reasoningText":{"text":"s"}}}]`,
		[]event{delta("0", `{"reasoningContent":{"text":"r"}}`), delta("0", `{"text":"t"}`), delta("0", `{"reasoningContent":{"text":"s"}}`), stop("0")},
		[]converse.Block{{Reasoning: &converse.Reasoning{Text: "r"}}, {Text: "t"}, {Reasoning: &converse.Reasoning{Text: "s"}}}},
	{"a null beside the union's member", `[{"text":"a"}]`,
		[]event{delta("0", `{"text":"a","image":null,"toolUse":null,"reasoningContent":null}`), stop("0")},
		[]converse.Block{{Text: "a"}}},
	{"high indexes", `[{"text":"a"},{"text":"b"},{"text":"c"}]`,
		[]event{delta("65535", `{"text":"c"}`), delta("64", `{"text":"b"}`), delta("63", `{"text":"a"}`), stop("64")},
		[]converse.Block{{Text: "a"}, {Text: "b"}, {Text: "c"}}},
}

const sameRest = `"stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7,"cacheReadInputTokens":5,"cacheWriteInputTokens":6,"cacheDetails":[{"ttl":"1h","inputTokens":6}]},` +
	`"metrics":{"latencyMs":812},"trace":{"promptRouter":{"invokedModelId":"m"}},"additionalModelResponseFields":{"x":[1]},"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"},"new":{"member":1}`

// TestSameMessage checks that a message that came by Converse and one that came by ConverseStream are
// equal, and that both go back as they came.
func TestSameMessage(t *testing.T) {
	for _, row := range sameMessages {
		t.Run(row.name, func(t *testing.T) {
			body := `{"output":{"message":{"role":"assistant","content":` + row.content + `,"id":"m1"}},` + sameRest + `}`
			one, err := converse.ParseResponse([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			events := append([]event{{"messageStart", `{"role":"assistant","id":"m1","p":"a"}`}}, row.stream...)
			events = append(events,
				event{"messageStop", `{"stopReason":"tool_use","additionalModelResponseFields":{"x":[1]},"p":"a"}`},
				event{"metadata", `{"usage":{"inputTokens":3,"outputTokens":4,"totalTokens":7,"cacheReadInputTokens":5,"cacheWriteInputTokens":6,"cacheDetails":[{"ttl":"1h","inputTokens":6}]},` +
					`"metrics":{"latencyMs":812},"trace":{"promptRouter":{"invokedModelId":"m"}},"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"},"new":{"member":1},"p":"a"}`})
			other := build(t, events...)
			if !equalJSON(t, other.Raw, []byte(body)) {
				t.Errorf("Raw of the stream\n%s\nwant\n%s", other.Raw, body)
			}
			if string(one.Raw) != body {
				t.Errorf("Raw is %s", one.Raw)
			}
			one.Raw, other.Raw = nil, nil
			if !reflect.DeepEqual(one, other) {
				t.Errorf("by Converse\n%+v\nby ConverseStream\n%+v", show(one), show(other))
			}
			want := &converse.Response{Message: converse.Message{Role: converse.RoleAssistant, Content: row.want, Fields: []byte(`{"id":"m1"}`)},
				StopReason: converse.StopToolUse, Usage: converse.Usage{InputTokens: 3, OutputTokens: 4, TotalTokens: 7, CacheReadInputTokens: 5, CacheWriteInputTokens: 6},
				LatencyMs: 812, PerformanceConfigLatency: "optimized", ServiceTier: "flex", Fields: []byte(`{"x":[1]}`), Trace: []byte(`{"promptRouter":{"invokedModelId":"m"}}`)}
			if !reflect.DeepEqual(other, want) {
				t.Errorf("got\n%s\nwant\n%s", show(other), show(want))
			}
			again := converse.Request{ModelID: "m", Messages: []converse.Message{other.Message}}
			if err := again.Validate(); err != nil {
				t.Fatal(err)
			}
			back, err := again.AppendJSON(nil)
			if err != nil || !equalJSON(t, back, []byte(`{"messages":[{"role":"assistant","content":`+row.content+`,"id":"m1"}]}`)) {
				t.Errorf("goes back as %s, %v", back, err)
			}
		})
	}
}

// show prints what %+v shows as pointers and bytes.
func show(r *converse.Response) string {
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestOutOfOrder checks that an event in the wrong place is refused with its reason, and that what
// came before and what comes after stays.
func TestOutOfOrder(t *testing.T) {
	begin := event{"messageStart", `{"role":"assistant"}`}
	tool := start("1", `{"toolUse":{"toolUseId":"a","name":"x"}}`)
	end := event{"messageStop", `{"stopReason":"end_turn"}`}
	rows := []struct {
		name   string
		before []event
		bad    event
		want   string
	}{
		{"delta before messageStart", nil, delta("0", `{"text":"x"}`), "contentBlockDelta[0] comes before messageStart"},
		{"messageStop before messageStart", nil, end, "messageStop comes before messageStart"},
		{"metadata before messageStart", nil, event{"metadata", `{}`}, "metadata comes before messageStart"},
		{"messageStart twice", []event{begin}, begin, "messageStart comes a second time"},
		{"messageStart after messageStop", []event{begin, end}, begin, "messageStart comes a second time"},
		{"tool input before its start", []event{begin}, delta("1", `{"toolUse":{"input":"x"}}`), "contentBlockDelta[1] comes before the block's start"},
		{"tool input in a block of text", []event{begin, start("0", `{}`)}, delta("0", `{"toolUse":{"input":"x"}}`), "contentBlockDelta[0] comes before the block's start"},
		{"image before its start", []event{begin}, delta("1", `{"image":{"source":{"bytes":"AA=="}}}`), "contentBlockDelta[1] comes before the block's start"},
		{"tool result before its start", []event{begin}, delta("1", `{"toolResult":[{"text":"x"}]}`), "contentBlockDelta[1] comes before the block's start"},
		{"start twice", []event{begin, tool}, tool, "contentBlockStart[1] comes after the block began"},
		{"start after a delta", []event{begin, delta("1", `{"text":"x"}`)}, tool, "contentBlockStart[1] comes after the block began"},
		{"stop twice", []event{begin, delta("0", `{"text":"x"}`), stop("0")}, stop("0"), "contentBlockStop[0] comes after the block's stop"},
		{"delta after its stop", []event{begin, delta("0", `{"text":"x"}`), stop("0")}, delta("0", `{"text":"x"}`), "contentBlockDelta[0] comes after the block's stop"},
		{"start after its stop", []event{begin, stop("1")}, tool, "contentBlockStart[1] comes after the block's stop"},
		{"delta after messageStop", []event{begin, end}, delta("0", `{"text":"x"}`), "contentBlockDelta[0] comes after messageStop"},
		{"stop after messageStop", []event{begin, end}, stop("0"), "contentBlockStop[0] comes after messageStop"},
		{"messageStop twice", []event{begin, end}, end, "messageStop comes after messageStop"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var b, without converse.Builder
			var o converse.Order
			for _, e := range decode(t, row.before...) {
				if err := b.Add(e); err != nil {
					t.Fatal(err)
				}
				without.Add(e)
				if err := o.Check(&e); err != nil {
					t.Fatal(err)
				}
			}
			bad := decode(t, row.bad)[0]
			err := b.Add(bad)
			var e *model.FieldError
			if !errors.As(err, &e) || err.Error() != "bedrockwire: "+row.want {
				t.Fatalf("got %v, want %s", err, row.want)
			}
			if got := o.Check(&bad); !reflect.DeepEqual(got, err) {
				t.Errorf("Order says %v", got)
			}
			// The refused event changed nothing, for now and for what comes next.
			next := decode(t, begin, delta("7", `{"text":"next"}`), stop("7"), stop("0"), tool, end, event{"metadata", `{"usage":{"inputTokens":1}}`})
			for i := range next {
				if got, want := b.Response(), without.Response(); !reflect.DeepEqual(got, want) {
					t.Fatalf("got\n%s\nwant\n%s", show(got), show(want))
				}
				if got, want := b.Add(next[i]), without.Add(next[i]); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %v, want %v", next[i].Kind, got, want)
				}
			}
		})
	}
}

// TestIndex checks the limits of a block's index, on the wire and of an event made by hand.
func TestIndex(t *testing.T) {
	for _, index := range []string{"-1", "65536", "9223372036854775808", "0.5", "1e3", `"0"`} {
		for _, kind := range []string{"contentBlockStart", "contentBlockDelta", "contentBlockStop"} {
			_, err := converse.DecodeEvent(kind, []byte(`{"contentBlockIndex":`+index+`}`))
			var e *jsonwire.Error
			if !errors.As(err, &e) || e.Reason != jsonwire.ErrNumber || e.Offset < 21 || e.Offset > 22 {
				t.Errorf("%s %s: %v", kind, index, err)
			}
		}
	}
	for index, want := range map[int]string{-1: "has a negative index", converse.MaxBlockIndex + 1: "has an index that is too large"} {
		var b converse.Builder
		b.Add(converse.Event{Kind: converse.MessageStart})
		var e *model.FieldError
		if err := b.Add(converse.Event{Kind: converse.BlockDelta, Index: index, Text: []byte("x")}); !errors.As(err, &e) || e.Reason != want {
			t.Errorf("%d: %v", index, err)
		}
	}
}

// TestEventsMadeByHand checks that a Builder takes events that have fields only.
func TestEventsMadeByHand(t *testing.T) {
	var b converse.Builder
	for _, e := range []converse.Event{
		{Kind: converse.MessageStart, Role: converse.RoleAssistant},
		{Kind: converse.BlockDelta, Index: 0, Reasoning: []byte("r"), Signature: []byte("s")},
		{Kind: converse.BlockStart, Index: 1, Tool: converse.ToolDelta{ID: []byte("a"), Name: []byte("n")}},
		{Kind: converse.BlockDelta, Index: 1, Tool: converse.ToolDelta{Input: []byte("[1]")}},
		{Kind: converse.BlockDelta, Index: 2, Text: []byte("t")},
		{Kind: 0, Raw: []byte("{")},
		{Kind: 77, Raw: []byte("{")},
		{Kind: converse.MessageStop, StopReason: "new"},
		{Kind: converse.Metadata, Usage: converse.Usage{InputTokens: 1, OutputTokens: 2, TotalTokens: 3, CacheReadInputTokens: 4, CacheWriteInputTokens: 5}, LatencyMs: 6},
	} {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	got := b.Response()
	want, err := converse.ParseResponse([]byte(`{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"r","signature":"s"}}},` +
		`{"toolUse":{"toolUseId":"a","name":"n","input":[1]}},{"text":"t"}]}},"stopReason":"new","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3,` +
		`"cacheReadInputTokens":4,"cacheWriteInputTokens":5},"metrics":{"latencyMs":6}}`))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got\n%s\nwant\n%s, %v", show(got), show(want), err)
	}
	for _, kind := range []converse.EventKind{converse.MessageStop, converse.Metadata} {
		var b converse.Builder
		b.Add(converse.Event{Kind: converse.MessageStart})
		var e *jsonwire.Error
		if err := b.Add(converse.Event{Kind: kind, Raw: []byte(`{"a":}`)}); !errors.As(err, &e) {
			t.Errorf("%s with broken Raw: %v", kind, err)
		}
	}
}

// TestTwoMetadata checks that the later of two values counts, whichever event it comes with.
func TestTwoMetadata(t *testing.T) {
	r := build(t, event{"messageStart", `{"role":"assistant"}`}, event{"metadata", `{"usage":{"inputTokens":1,"outputTokens":1},"trace":{"a":1},"output":{}}`},
		event{"messageStop", `{"stopReason":"end_turn"}`}, event{"metadata", `{"usage":{"inputTokens":2},"serviceTier":null}`})
	want := `{"output":{"message":{"role":"assistant","content":[]}},"trace":{"a":1},"stopReason":"end_turn","usage":{"inputTokens":2},"serviceTier":null}`
	if string(r.Raw) != want || r.Usage != (converse.Usage{InputTokens: 2, OutputTokens: 1}) || string(r.Trace) != `{"a":1}` {
		t.Errorf("%s\n%s", r.Raw, show(r))
	}
}

// TestBrokenToolInput checks that input that is not JSON, because the response was cut, is kept and
// does not go back.
func TestBrokenToolInput(t *testing.T) {
	for _, start1 := range []string{`{"toolUse":{"toolUseId":"a","name":"x"}}`, `{"toolUse":{"toolUseId":"a","name":"x","type":"server_tool_use"}}`} {
		r := build(t, event{"messageStart", `{"role":"assistant"}`}, start("0", start1), delta("0", `{"toolUse":{"input":"{\"city\":\"Pa"}}`),
			event{"messageStop", `{"stopReason":"max_tokens"}`})
		if !json.Valid(r.Raw) || !bytes.Contains(r.Raw, []byte(`"input":"{\"city\":\"Pa"`)) {
			t.Errorf("Raw is %s", r.Raw)
		}
		u := r.Message.Content[0].ToolUse
		if u == nil {
			if raw := string(r.Message.Content[0].Raw); !strings.Contains(raw, `"input":"{\"city\":\"Pa"`) {
				t.Errorf("Raw is %s", raw)
			}
			continue
		}
		if string(u.Input) != `{"city":"Pa` {
			t.Errorf("input is %q", u.Input)
		}
		q := converse.Request{ModelID: "m", Messages: []converse.Message{r.Message}}
		if err := q.Validate(); err == nil || err.Error() != "bedrockwire: Messages[0].Content[0].ToolUse.Input is not JSON" {
			t.Error(err)
		}
	}
}

// TestWrongForms checks that what Converse could not have returned is kept as it came.
func TestWrongForms(t *testing.T) {
	r := build(t, event{"messageStart", `{"role":"assistant"}`}, start("0", `{"image":5}`), delta("1", `{"citation":{"title":"t"}}`),
		start("2", `{"toolUse":{"name":"n"}}`), start("3", `{"document":{"name":"a","name":"b"}}`), event{"messageStop", `{}`})
	want := []converse.Block{{Raw: []byte(`{"image":5}`)}, {Raw: []byte(`{"citationsContent":{"content":[{"text":""}],"citations":[{"title":"t"}]}}`)},
		{Raw: []byte(`{"toolUse":{"toolUseId":"","name":"n","input":{}}}`)}, {Raw: []byte(`{"document":{"name":"a","name":"b"}}`)}}
	if !reflect.DeepEqual(r.Message.Content, want) {
		t.Error(show(r))
	}
	if !json.Valid(r.Raw) {
		t.Errorf("Raw is %s", r.Raw)
	}
}

// TestHostileStream checks that a stream made to cost much is done in linear time and memory: it takes
// far too long where that is not so.
func TestHostileStream(t *testing.T) {
	var members []byte
	for i := range 40_000 {
		members = fmt.Appendf(members, `"k%d":"x",`, i)
	}
	members = append(members, `"end":1`...)
	wide := string(members)
	events := []event{{"messageStart", `{` + wide + `}`}, start("0", `{`+wide+`}`), start("1", `{"toolUse":{"toolUseId":"a","name":"n",`+wide+`}}`), start("2", `{"image":{`+wide+`}}`), delta("2", `{"image":{`+wide+`}}`)}
	for range 10_000 {
		events = append(events, delta("3", `{"text":"a"}`), delta("3", `{"reasoningContent":{"text":"b"}}`), delta("4", `{"hologram":{"a":"x","l":[{"text":"y"}],"bytes":"AA=="}}`), delta("65535", `{"new":1}`))
	}
	r := build(t, append(events, event{"messageStop", `{` + wide + `}`})...)
	if got := len(r.Message.Text()); got != 10_000 {
		t.Errorf("%d bytes of text", got)
	}
}

// TestResponseInTheMiddle checks that Response gives what came so far, as often as it is called, and
// that later events do not change what it gave.
func TestResponseInTheMiddle(t *testing.T) {
	var b converse.Builder
	if r := b.Response(); b.Complete() || string(r.Raw) != `{"output":{"message":{"role":"","content":[]}}}` {
		t.Errorf("of nothing: %s", r.Raw)
	}
	events := decode(t, event{"messageStart", `{"role":"assistant"}`}, delta("0", `{"text":"a"}`), start("1", `{"toolUse":{"toolUseId":"a","name":"x"}}`),
		delta("1", `{"toolUse":{"input":"1"}}`), delta("2", `{"new":"x"}`), delta("0", `{"text":"b"}`), delta("1", `{"toolUse":{"input":"2"}}`), delta("2", `{"new":"y"}`), delta("2", `{"new":"z"}`))
	var responses []*converse.Response
	var shown []string
	for _, e := range events {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
		r := b.Response()
		responses, shown = append(responses, r), append(shown, show(r))
	}
	for i, r := range responses {
		if show(r) != shown[i] {
			t.Errorf("response %d became %s", i, show(r))
		}
	}
	if last := responses[len(responses)-1]; last.Message.Text() != "ab" || string(last.Message.Content[2].Raw) != `{"new":"xyz"}` {
		t.Error(show(last))
	}
}
