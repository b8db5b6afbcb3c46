package text

import (
	"encoding/json"
	"strings"
	"testing"
)

// contentChunks has, for each shape, chunks whose members hold text, reasoning, tool data or a refusal.
// Each path names one of them; numbers are places in arrays.
var contentChunks = []struct {
	shape Shape
	chunk string
	paths []string
}{
	{AnthropicMessages, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}`, []string{"delta", "delta text"}},
	{AnthropicMessages, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"x"}}`, []string{"delta", "delta thinking"}},
	{AnthropicMessages, `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"x"}}`, []string{"delta", "delta signature"}},
	{AnthropicMessages, `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}`, []string{"delta", "delta partial_json"}},
	{AnthropicMessages, `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"x"}}`, []string{"content_block", "content_block text"}},
	{AnthropicMessages, `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"x"}}`, []string{"content_block", "content_block thinking"}},
	{AnthropicMessages, `{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"x"}}`, []string{"content_block", "content_block data"}},
	{AnthropicMessages, `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"i","name":"n","input":{"a":1}}}`,
		[]string{"content_block", "content_block id", "content_block name", "content_block input"}},
	{AnthropicCompletion, `{"completion":"x","stop_reason":null}`, []string{"completion"}},
	{AmazonTitan, `{"outputText":"x","completionReason":null}`, []string{"outputText"}},
	{AmazonNova, `{"contentBlockDelta":{"delta":{"text":"x"},"contentBlockIndex":0}}`,
		[]string{"contentBlockDelta", "contentBlockDelta delta", "contentBlockDelta delta text"}},
	{AmazonNova, `{"contentBlockDelta":{"delta":{"toolUse":{"input":"{"}},"contentBlockIndex":0}}`,
		[]string{"contentBlockDelta delta toolUse", "contentBlockDelta delta toolUse input"}},
	{AmazonNova, `{"contentBlockDelta":{"delta":{"reasoningContent":{"text":"x"}},"contentBlockIndex":0}}`,
		[]string{"contentBlockDelta delta reasoningContent", "contentBlockDelta delta reasoningContent text"}},
	{AmazonNova, `{"contentBlockDelta":{"delta":{"reasoningContent":{"reasoningText":{"text":"x"}}},"contentBlockIndex":0}}`,
		[]string{"contentBlockDelta delta reasoningContent reasoningText", "contentBlockDelta delta reasoningContent reasoningText text"}},
	{AmazonNova, `{"contentBlockDelta":{"delta":{"reasoningContent":{"signature":"x"}},"contentBlockIndex":0}}`, []string{"contentBlockDelta delta reasoningContent signature"}},
	{AmazonNova, `{"contentBlockDelta":{"delta":{"reasoningContent":{"redactedContent":"x"}},"contentBlockIndex":0}}`, []string{"contentBlockDelta delta reasoningContent redactedContent"}},
	{AmazonNova, `{"contentBlockStart":{"start":{"toolUse":{"toolUseId":"i","name":"n"}},"contentBlockIndex":0}}`,
		[]string{"contentBlockStart", "contentBlockStart start", "contentBlockStart start toolUse", "contentBlockStart start toolUse toolUseId", "contentBlockStart start toolUse name"}},
	{MetaLlama, `{"generation":"x","stop_reason":null}`, []string{"generation"}},
	{MistralCompletion, `{"outputs":[{"text":"x","stop_reason":null}]}`, []string{"outputs", "outputs 0", "outputs 0 text"}},
	{ChatChoices, `{"choices":[{"text":"x","stop_reason":null}]}`, []string{"choices", "choices 0", "choices 0 text"}},
	{ChatChoices, `{"choices":[{"delta":{"content":"x"}}]}`, []string{"choices 0 delta", "choices 0 delta content"}},
	{ChatChoices, `{"choices":[{"message":{"content":"x"}}]}`, []string{"choices 0 message", "choices 0 message content"}},
	{ChatChoices, `{"choices":[{"delta":{"content":[{"type":"text","text":"x"}]}}]}`, []string{"choices 0 delta content 0", "choices 0 delta content 0 text"}},
	{ChatChoices, `{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"x"}]}]}}]}`,
		[]string{"choices 0 delta content 0 thinking", "choices 0 delta content 0 thinking 0", "choices 0 delta content 0 thinking 0 text"}},
	{ChatChoices, `{"choices":[{"delta":{"refusal":"x"}}]}`, []string{"choices 0 delta refusal"}},
	{ChatChoices, `{"choices":[{"delta":{"reasoning_content":"x"}}]}`, []string{"choices 0 delta reasoning_content"}},
	{ChatChoices, `{"choices":[{"delta":{"reasoning_content":{"text":"x"}}}]}`, []string{"choices 0 delta reasoning_content text"}},
	{ChatChoices, `{"choices":[{"delta":{"reasoning":"x"}}]}`, []string{"choices 0 delta reasoning"}},
	{ChatChoices, `{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"x"}]}}]}`,
		[]string{"choices 0 delta reasoning_details", "choices 0 delta reasoning_details 0", "choices 0 delta reasoning_details 0 text"}},
	{ChatChoices, `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"i","function":{"name":"n","arguments":"{"}}]}}]}`,
		[]string{"choices 0 delta tool_calls", "choices 0 delta tool_calls 0", "choices 0 delta tool_calls 0 id", "choices 0 delta tool_calls 0 function",
			"choices 0 delta tool_calls 0 function name", "choices 0 delta tool_calls 0 function arguments"}},
	{ChatChoices, `{"choices":[{"delta":{"function_call":{"name":"n","arguments":"{"}}}]}`,
		[]string{"choices 0 delta function_call", "choices 0 delta function_call name", "choices 0 delta function_call arguments"}},
	{CohereGenerations, `{"generations":[{"text":"x"}]}`, []string{"generations", "generations 0", "generations 0 text"}},
	{CohereChat, `{"is_finished":false,"text":"x"}`, []string{"text"}},
	{CohereChat, `{"is_finished":false,"event_type":"text-generation","text":"x"}`, []string{"text"}},
	{CohereChat, `{"is_finished":false,"event_type":"tool-calls-chunk","text":"x"}`, []string{"text"}},
	{CohereChat, `{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"name":"n","parameters":"{"}}`,
		[]string{"tool_call_delta", "tool_call_delta name", "tool_call_delta parameters"}},
	{CohereChat, `{"is_finished":false,"event_type":"tool-calls-generation","tool_calls":[{"name":"n","parameters":{"a":1}}]}`,
		[]string{"tool_calls", "tool_calls 0", "tool_calls 0 name", "tool_calls 0 parameters"}},
	{TwelveLabsPegasus, `{"message":"x","finishReason":null}`, []string{"message"}},
}

// TestSweep: content in a form that its format does not have is read, or the chunk is Unknown. It is
// never passed over.
func TestSweep(t *testing.T) {
	covered := map[Shape]bool{}
	for _, row := range contentChunks {
		covered[row.shape] = true
		d, _, err := Extract(nil, []byte(row.chunk))
		if err != nil || d.Shape != row.shape || !holdsContent(d) {
			t.Fatalf("%s: %v %v %v", row.chunk, d.Kind, d.Shape, err)
		}
		for _, path := range row.paths {
			for _, value := range []string{`"MARK"`, `7`, `true`, `false`, `["MARK"]`, `[{"text":"MARK"}]`, `[{"novelty":"MARK"}]`,
				`[["MARK"]]`, `{"text":"MARK"}`, `{"novelty":"MARK"}`, `{"novelty":{"text":"MARK"}}`} {
				chunk := replaced(t, row.chunk, strings.Fields(path), value)
				d, _, err := Extract(nil, []byte(chunk))
				if err != nil {
					t.Errorf("%s: %v", chunk, err)
				} else if d.Kind != Unknown && !strings.Contains(content(d), strings.Trim(strings.NewReplacer(`"`, ``).Replace(value), `[]{}`)) &&
					!strings.Contains(content(d), "MARK") {
					t.Errorf("%s: %v, and what stands there is not said: %s", chunk, d.Kind, content(d))
				}
			}
			chunk := replaced(t, row.chunk, strings.Fields(path), "null")
			if d, _, err := Extract(nil, []byte(chunk)); err != nil || d.Kind == Stop {
				t.Errorf("%s: %v, %v", chunk, d.Kind, err)
			}
		}
	}
	for s := AnthropicMessages; s.String() != "unknown"; s++ {
		if s.marksEnd() && !covered[s] {
			t.Errorf("no row for %v", s)
		}
	}
}

func holdsContent(d Delta) bool { return d.Kind == Text || d.Kind == Reasoning || d.Kind == ToolUse }

// content joins all that a delta holds of an answer.
func content(d Delta) string {
	var b strings.Builder
	for _, s := range [][]byte{d.Text, d.Reasoning, d.Signature, d.Redacted} {
		b.Write(s)
	}
	for call := range d.ToolCalls() {
		b.Write(call.ID)
		b.Write(call.Name)
		b.Write(call.Input)
	}
	return b.String()
}

// replaced returns chunk with another value at path.
func replaced(t *testing.T, chunk string, path []string, value string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(chunk), &v); err != nil {
		t.Fatal(err)
	}
	var set func(v any, path []string) any
	set = func(v any, path []string) any {
		if len(path) == 0 {
			return json.RawMessage(value)
		}
		switch v := v.(type) {
		case map[string]any:
			if _, ok := v[path[0]]; !ok {
				t.Fatalf("%s has no %s", chunk, path[0])
			}
			v[path[0]] = set(v[path[0]], path[1:])
		case []any:
			v[0] = set(v[0], path[1:])
		}
		return v
	}
	b, err := json.Marshal(set(v, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
