package text

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// added is what an Answer makes of chunks, one line.
func added(t *testing.T, chunks ...string) *Answer {
	t.Helper()
	a := new(Answer)
	var buf []byte
	for _, chunk := range chunks {
		c := []byte(chunk)
		d, b, err := Extract(buf[:0], c)
		if err != nil {
			t.Fatalf("%s: %v", chunk, err)
		}
		buf = b
		a.Add(&d)
		for i := range c {
			c[i] = 'X' // the stream's next chunk
		}
		for i := range buf {
			buf[i] = 'Y'
		}
	}
	return a
}

func lines(calls []Call) (all []string) {
	for _, c := range calls {
		all = append(all, fmt.Sprintf("%s %s %s", c.ID, c.Name, c.Input))
	}
	return all
}

func TestAnswer(t *testing.T) {
	chat := func(delta string) string { return `{"choices":[{"index":0,"delta":` + delta + `}]}` }
	const done = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	for _, r := range []struct {
		name            string
		chunks          []string
		text, reasoning string
		calls           []string
		stop            string
		whole           bool
		notUnderstood   int
	}{
		{"anthropic", []string{
			`{"type":"message_start","message":{"usage":{"input_tokens":8,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"l\u006f"}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}`,
			`{"type":"message_stop"}`,
		}, "Hello", "", nil, "end_turn", true, 0},
		{"anthropic, cut before message_stop", []string{
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`,
		}, "Hel", "", nil, "end_turn", false, 0},
		{"anthropic tools", []string{
			`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}`,
			`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}`,
			`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}`,
			`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}`,
			`{"type":"content_block_stop","index":1}`,
			`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}`,
			`{"type":"content_block_stop","index":2}`,
			`{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c","name":"h","input":{"sql":"select 1"}}}`,
			`{"type":"content_block_stop","index":3}`,
			`{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"d","name":"i","input":{"old":1}}}`,
			`{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"new\":1}"}}`,
			`{"type":"message_delta","delta":{"stop_reason":"tool_use"}}`,
			`{"type":"message_stop"}`,
		}, "", "", []string{`a f {"x":1}`, `b g {}`, `c h {"sql":"select 1"}`, `d i {"new":1}`}, "tool_use", true, 0},
		{"nova tool", []string{
			`{"contentBlockStart":{"start":{"toolUse":{"toolUseId":"a","name":"f"}},"contentBlockIndex":1}}`,
			`{"contentBlockDelta":{"delta":{"toolUse":{"input":"{\"x\":"}},"contentBlockIndex":1}}`,
			`{"contentBlockDelta":{"delta":{"toolUse":{"input":"1}"}},"contentBlockIndex":1}}`,
			`{"messageStop":{"stopReason":"tool_use"}}`,
		}, "", "", []string{`a f {"x":1}`}, "tool_use", true, 0},
		{"interleaved calls", []string{
			chat(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}`),
			chat(`{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]}`),
			chat(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}`),
			chat(`{"tool_calls":[{"index":1,"function":{"arguments":"{\"y\":"}}]}`),
			chat(`{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"2}"}}]}`),
			done,
		}, "", "", []string{`a f {"x":1}`, `b g {"y":2}`}, "stop", true, 0},
		{"every call has index 0", []string{
			chat(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}`),
			chat(`{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}`),
			done,
		}, "", "", []string{`a f {}`, `b g {}`}, "stop", true, 0},
		{"ids repeated", []string{
			chat(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}`),
			chat(`{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}]}`),
			done,
		}, "", "", []string{`a f {}`}, "stop", true, 0},
		{"calls without ids", []string{
			chat(`{"tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]}`),
			chat(`{"tool_calls":[{"function":{"name":"f","arguments":{"x":2}}}]}`),
			done,
		}, "", "", []string{` f {"x":1}`, ` f {"x":2}`}, "stop", true, 0},
		{"cohere calls, in pieces and then whole", []string{
			`{"is_finished":false,"event_type":"tool-calls-chunk","text":"I will"}`,
			`{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"index":0,"name":"query"}}`,
			`{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"index":0,"parameters":"{\"d\":1}"}}`,
			`{"is_finished":false,"event_type":"tool-calls-generation","text":"I will","tool_calls":[{"name":"query","parameters":{"d":1}}]}`,
			`{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE"}`,
		}, "", "I will", []string{` query {"d":1}`}, "COMPLETE", true, 0},
		{"halves of an emoji", []string{
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi \ud83d"}}`,
			`{"type":"ping"}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\udc4b!"}}`,
			`{"type":"message_stop"}`,
		}, "Hi 👋!", "", nil, "", true, 0},
		{"halves of an emoji in reasoning", []string{
			`{"contentBlockDelta":{"delta":{"reasoningContent":{"reasoningText":"\ud83d"}},"contentBlockIndex":0}}`,
			`{"contentBlockDelta":{"delta":{"reasoningContent":{"reasoningText":"\udc4b"}},"contentBlockIndex":0}}`,
			`{"messageStop":{"stopReason":"end_turn"}}`,
		}, "", "👋", nil, "end_turn", true, 0},
		{"a half without the other", []string{
			`{"generation":"Hi \ud83d","stop_reason":null}`,
			`{"generation":"there","stop_reason":"stop"}`,
		}, "Hi \ufffdthere", "", nil, "stop", true, 0},
		{"a half, and text that begins with U+FFFD", []string{
			`{"generation":"Hi \ud83d","stop_reason":null}`,
			`{"generation":"\ufffd","stop_reason":"stop"}`,
		}, "Hi \ufffd\ufffd", "", nil, "stop", true, 0},
		{"a chunk that is not understood", []string{
			`{"generation":"Do not ","stop_reason":null}`,
			`{"generation":{"words":["delete"]},"stop_reason":null}`,
			`{"generation":"the files.","stop_reason":"stop"}`,
		}, "Do not the files.", "", nil, "stop", false, 1},
		{"a chunk that is half understood", []string{
			`{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Hi"},{"type":"song","lyrics":"la"}]},"finish_reason":"stop"}]}`,
		}, "Hi", "", nil, "stop", false, 1},
		{"two choices", []string{
			`{"choices":[{"index":0,"delta":{"content":"A"},"finish_reason":"stop"}]}`,
			`{"choices":[{"index":1,"delta":{"content":"B"},"finish_reason":"stop"}]}`,
		}, "A", "", nil, "stop", false, 1},
		{"an error", []string{
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}`,
			`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`,
			`{"type":"message_stop"}`,
		}, "Hel", "", nil, "", false, 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			a := added(t, r.chunks...)
			if string(a.Text) != r.text || string(a.Reasoning()) != r.reasoning || a.StopReason != r.stop {
				t.Errorf("text %q, reasoning %q, stop reason %q", a.Text, a.Reasoning(), a.StopReason)
			}
			if got := lines(a.ToolCalls()); !slices.Equal(got, r.calls) {
				t.Errorf("calls %q, want %q", got, r.calls)
			}
			if a.Whole() != r.whole || a.NotUnderstood != r.notUnderstood {
				t.Errorf("whole %v, %d not understood", a.Whole(), a.NotUnderstood)
			}
		})
	}
}

// TestAnswerThoughts: what a request needs that goes on after a tool call.
func TestAnswerThoughts(t *testing.T) {
	a := added(t,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}`,
		`{"type":"content_block_stop","index":0}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwK"}}`,
		`{"type":"content_block_stop","index":1}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Done"}}`,
		`{"type":"message_stop"}`)
	if len(a.Thoughts) != 2 || string(a.Thoughts[0].Text) != "Let me see" || string(a.Thoughts[0].Signature) != "sig" ||
		string(a.Thoughts[1].Redacted) != "EmwK" || string(a.Text) != "Done" || !a.Whole() {
		t.Errorf("%+v", a)
	}
}

func TestAnswerFigures(t *testing.T) {
	a := added(t,
		`{"type":"message_start","message":{"usage":{"input_tokens":8,"cache_read_input_tokens":5,"cache_creation_input_tokens":6,"output_tokens":1}}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}`,
		`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":8,"outputTokenCount":4},"amazon-bedrock-guardrailAction":"INTERVENED"}`)
	if a.Usage != (Usage{8, 4, 5, 6}) || a.Guardrail != "INTERVENED" {
		t.Errorf("%+v", a)
	}
	a = added(t, `{"error":{"code":"rate_limit_exceeded","message":"slower"}}`)
	if !a.Failed || a.Code != "rate_limit_exceeded" || a.Message != "slower" || a.Whole() {
		t.Errorf("%+v", a)
	}
	a = added(t, `{"choices":[{"delta":{"refusal":"No"},"finish_reason":"stop"}]}`)
	if !a.Refusal || string(a.Text) != "No" || !a.Whole() {
		t.Errorf("%+v", a)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	text := []byte(strings.Repeat("x", MaxAnswer/4))
	a := new(Answer)
	for range 6 {
		a.Add(&Delta{Kind: Text, Text: text})
	}
	if len(a.Text) != MaxAnswer || a.NotUnderstood != 2 {
		t.Errorf("%d bytes, %d chunks not kept", len(a.Text), a.NotUnderstood)
	}
}

// TestToolCallsStop: the loop may be left early, and each call says how many there are.
func TestToolCallsStop(t *testing.T) {
	d, _, err := Extract(nil, []byte(`{"choices":[{"delta":{"tool_calls":[{"id":"a"},{"id":"b\n"},{"id":"c"}]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for call := range d.ToolCalls() {
		ids = append(ids, string(call.ID))
		if call.Calls != 3 {
			t.Errorf("%d calls", call.Calls)
		}
		if len(ids) == 2 {
			break
		}
	}
	if !slices.Equal(ids, []string{"a", "b\n"}) {
		t.Errorf("%q", ids)
	}
}

func TestIntervened(t *testing.T) {
	for chunk, want := range map[string]bool{
		`{"amazon-bedrock-guardrailAction":"INTERVENED"}`:                                                                true,
		`{"type":"message_stop","amazon-bedrock-guardrailAction":"INTERVENED"}`:                                          true,
		`{"novelty":1,"amazon-bedrock-guardrailAction":"INTERVENED"}`:                                                    true,
		`{"amazon-bedrock-guardrailAction":"NONE"}`:                                                                      false,
		`{"generation":"\"amazon-bedrock-guardrailAction\":\"INTERVENED\""}`:                                             false,
		`{"amazon-bedrock-guardrailAction":"INTERVENED"`:                                                                 false,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"amazon-bedrock-guardrailAction"}}`: false,
	} {
		if got := Intervened([]byte(chunk)); got != want {
			t.Errorf("%s: %v", chunk, got)
		}
	}
}
