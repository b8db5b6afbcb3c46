package main

import (
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
)

// TestInvokeManyKinds shows reasoning, tool calls and stop reasons.
func TestInvokeManyKinds(t *testing.T) {
	frames := chunkReply
	const (
		thought = `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hmm."}}`
		said    = `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Let me see."}}`
		call    = `{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"weather","input":{}}}`
		in1     = `{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}`
		in2     = `{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Be\u001brlin\"}"}}`
		used    = `{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}`
		cut     = `{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}`
		stop    = `{"type":"message_stop"}`
	)
	for _, row := range []struct {
		name     string
		reply    bedrocktest.Reply
		args     []string
		out, err string
	}{
		{"reasoning is not text", frames(thought, said, stop), nil, "Let me see.\n", ""},
		{"reasoning is shown", frames(thought, said, stop), []string{"-reasoning"}, "Let me see.\n", "Hmm.\n"},
		{"a tool call", frames(said, call, in1, in2, used, stop), nil, "Let me see.\n", "tool call, with an input that is not valid JSON: weather {\"city\":\"Be\uFFFDrlin\"}\n"},
		{"a tool call at the end", frames(call, in1), []string{"-allow-incomplete"}, "", "tool call, with an input that is not valid JSON: weather {\"city\":\n"},
		{"longest length", frames(said, cut, stop), nil, "Let me see.\n", "The answer is not complete: it reached the longest length asked for (max_tokens). -max-tokens raises it.\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, row.reply)
			w.want(t, exitOK, ask(s, row.args...)...)
			if w.out.String() != row.out || w.err.String() != row.err {
				t.Errorf("standard output %q, want %q; standard error %q, want %q", w.out.String(), row.out, w.err.String(), row.err)
			}
		})
	}
	// A tool's input is shown whole, however long it is.
	long := frames(call)
	for range 20 {
		long.Frames = append(long.Frames, bedrocktest.Chunk(strings.Replace(in1, `{\"city\":`, strings.Repeat("1", 1000), 1)))
	}
	long.Frames = append(long.Frames, bedrocktest.Chunk(stop))
	w, s := service(t, long)
	w.want(t, exitOK, ask(s)...)
	if got, want := w.err.String(), "tool call: weather "+strings.Repeat("1", 20_000)+"\n"; got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

// TestInvokeNotUnderstood shows answers of which a part, or all, is not understood: what is
// understood is written, and the number of chunks that are not, the reasons and the exit status say
// that there is more.
func TestInvokeNotUnderstood(t *testing.T) {
	said := func(text string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + text + `}}`
	}
	const stop = `{"type":"message_stop"}`
	for _, row := range []struct {
		name   string
		chunks []string
		args   []string
		status int
		out    string
		err    []string // parts of standard error; none: it is empty
	}{
		{"a broken chunk", []string{said(`"Do not "`), `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"delete "`, said(`"the files."`), stop}, nil,
			exitOther, "Do not the files.\n", []string{"1 chunk of 4 was not understood (chunk 2: json: unexpected end of input", "-output json shows every chunk"}},
		{"a newer chunk", []string{said(`"Do not "`), `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta_2","text":"delete "}}`, said(`"the files."`), stop}, nil,
			exitOther, "Do not the files.\n", []string{"chunk 2: content in a form that this version does not know, in "}},
		{"a key that is there twice", []string{said(`"Do not "`), strings.Replace(said(`"delete "`), `"text":`, `"text":"keep ","text":`, 1), said(`"the files."`), stop}, nil,
			exitOther, "Do not the files.\n", []string{"chunk 2: json: duplicate key"}},
		{"known kind, text of another kind", []string{said(`["delete "]`), said(`"the files."`), stop}, nil,
			exitOther, "the files.\n", []string{"1 chunk of 3 was not understood"}},
		{"several reasons", []string{`{"novel":1}`, `no JSON`, `{"novel":2}`, said(`"Hi"`), stop}, nil,
			exitOther, "Hi\n", []string{"3 chunks of 5 were not understood (2 chunks from number 1 on: a format that this version does not know; chunk 2: json: unexpected byte"}},
		{"all of it", []string{`{"novel":1}`, `{"novel":2}`}, nil,
			exitOther, "", []string{"2 chunks of 2 were not understood"}},
		{"a second answer", []string{`{"choices":[{"index":0,"delta":{"content":"one"}}]}`, `{"choices":[{"index":1,"delta":{"content":"two"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`}, nil,
			exitOther, "one\n", []string{"chunk 2: a second answer"}},
		{"json has all", []string{`{"novel":1}`, said(`"Hi"`), stop}, []string{"-output", "json"},
			exitOK, `{"novel":1}` + "\n" + said(`"Hi"`) + "\n" + stop + "\n", nil},
		{"a broken stream wins", []string{`{"novel":1}`, said(`"Hi"`)}, nil,
			exitStream, "Hi\n", []string{"1 chunk of 2 was not understood", "end mark"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, chunkReply(row.chunks...))
			w.want(t, row.status, ask(s, row.args...)...)
			if w.out.String() != row.out {
				t.Errorf("standard output %q, want %q", w.out.String(), row.out)
			}
			for _, want := range row.err {
				if !strings.Contains(w.err.String(), want) {
					t.Errorf("standard error %q, want %q in it", w.err.String(), want)
				}
			}
			if row.err == nil && w.err.Len() > 0 {
				t.Errorf("standard error %q", w.err.String())
			}
		})
	}
}

// TestManyReasons limits what a server can make this command remember.
func TestManyReasons(t *testing.T) {
	w := newWorld(t)
	a := newAnswer(&w.env, nil, "text", false)
	for i := range 100 {
		a.chunk([]byte(strings.Repeat("[", i) + "!"))
	}
	if err := a.notUnderstood(); len(a.missed) != maxReasons+1 || !strings.Contains(err.Error(), "100 chunks of 100") ||
		!strings.Contains(err.Error(), "92 chunks from number 9 on: other reasons)") {
		t.Errorf("%d reasons, %v", len(a.missed), err)
	}
}

// TestInvokeContent has what is shown of content that is easy to lose or to mix up.
func TestInvokeContent(t *testing.T) {
	said := func(text string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + text + `}}`
	}
	thought := func(text string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":` + text + `}}`
	}
	const stop = `{"type":"message_stop"}`
	chat := func(calls string) string { return `{"choices":[{"index":0,"delta":{"tool_calls":[` + calls + `]}}]}` }
	const chatStop = `{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`
	for _, row := range []struct {
		name     string
		chunks   []string
		args     []string
		out, err string
	}{
		{"a character in two chunks", []string{said(`"Hi \ud83d"`), said(`"\udc4b!"`), stop}, nil, "Hi 👋!\n", ""},
		{"a character between two kinds", []string{said(`"Hi \ud83d"`), thought(`"Hmm."`), said(`"\udc4b!"`), stop}, nil, "Hi 👋!\n", ""},
		{"half of a character", []string{said(`"Hi \ud83d"`), said(`"!"`), stop}, nil, "Hi \uFFFD!\n", ""},
		{"half of a character at the end", []string{said(`"Hi \ud83d"`), stop}, nil, "Hi \uFFFD\n", ""},
		{"a character of the reasoning", []string{thought(`"Hi \ud83d"`), thought(`"\udc4b"`), said(`"x"`), stop}, []string{"-reasoning"}, "x\n", "Hi 👋\n"},
		{"half at the end of the reasoning", []string{thought(`"Hi \ud83d"`), stop}, []string{"-reasoning"}, "", "Hi \uFFFD\n"},
		{"Cohere's mark of the end", []string{`{"event_type":"text-generation","text":"Hi<EOS_TOKEN>","is_finished":false}`, `{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true}`}, nil, "Hi\n", ""},
		{"interleaved tool calls", []string{
			chat(`{"index":0,"id":"a","function":{"name":"one","arguments":"{\"x\""}},{"index":1,"id":"b","function":{"name":"two","arguments":"{\"y\""}}`),
			chat(`{"index":1,"function":{"arguments":":2}"}}`), chat(`{"index":0,"function":{"arguments":":1}"}}`), chatStop,
		}, nil, "", "tool call: one {\"x\":1}\ntool call: two {\"y\":2}\n"},
		{"input at the start of the call", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"query","input":{"sql":"select 1"}}}`, stop}, nil, "", "tool call: query {\"sql\":\"select 1\"}\n"},
		{"call without input", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"now","input":{}}}`, stop}, nil, "", "tool call: now {}\n"},
		{"call that is cut", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"query","input":{}}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"sql"}}`, stop}, nil, "", "tool call, with an input that is not valid JSON: query {\"sql\n"},
		{"guardrail", []string{said(`"No."`), `{"type":"message_stop","amazon-bedrock-guardrailAction":"INTERVENED"}`}, nil, "No.\n", "A guardrail blocked or replaced the answer, or a part of it.\n"},
		{"guardrail that let it pass", []string{said(`"Yes."`), `{"type":"message_stop","amazon-bedrock-guardrailAction":"NONE"}`}, nil, "Yes.\n", ""},
		{"refusal", []string{`{"choices":[{"index":0,"delta":{"refusal":"I can't."}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`}, nil, "I can't.\n", "The model refused to answer.\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, chunkReply(row.chunks...))
			w.want(t, exitOK, ask(s, row.args...)...)
			if w.out.String() != row.out || w.err.String() != row.err {
				t.Errorf("standard output %q, want %q; standard error %q, want %q", w.out.String(), row.out, w.err.String(), row.err)
			}
		})
	}
}

// chunkReply is the stream of these chunks.
func chunkReply(chunks ...string) (r bedrocktest.Reply) {
	for _, c := range chunks {
		r.Frames = append(r.Frames, bedrocktest.Chunk(c))
	}
	return r
}

func TestStopText(t *testing.T) {
	for reason, want := range map[string]string{
		"": "", "end_turn": "", "stop": "", "FINISH": "", "tool_use": "",
		"length": "-max-tokens", "MAX_TOKENS": "-max-tokens", "CONTENT_FILTERED": "filter", "refusal": "filter", "ERROR_TOXIC": "filter",
		"malformed_tool_use": "can't be used", "pause_turn": "paused", "model_context_window_exceeded": "context",
	} {
		if got := stopText(reason); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("stopText(%q) = %q", reason, got)
		}
	}
}
