package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
)

// TestNoStreamFamilies asks a model of each family for a whole answer, whose form is understood.
func TestNoStreamFamilies(t *testing.T) {
	for _, f := range []bedrocktest.Family{
		bedrocktest.Anthropic, bedrocktest.AnthropicCompletion, bedrocktest.Titan, bedrocktest.Nova, bedrocktest.Llama, bedrocktest.Mistral,
		bedrocktest.MistralChat, bedrocktest.CohereCommand, bedrocktest.Cohere, bedrocktest.AI21, bedrocktest.DeepSeekR1, bedrocktest.OpenAI,
	} {
		w, s := service(t, bedrocktest.Answer(bedrocktest.Say("All ", "of it.")))
		w.want(t, exitOK, "invoke", "-endpoint", s.URL, "-model", string(f), "-prompt", "Hi", "-no-stream")
		if w.out.String() != "All of it.\n" || w.err.Len() > 0 {
			t.Errorf("%s: %q, %q", f, w.out.String(), w.err.String())
		}
		r := s.Requests()[0]
		var body map[string]json.RawMessage
		if err := json.Unmarshal(r.Body, &body); err != nil || r.Operation != "InvokeModel" || body["stream"] != nil || !bytes.Contains(r.Body, []byte("Hi")) {
			t.Errorf("%s: %s of %s, %v", f, r.Operation, r.Body, err)
		}
	}
}

// TestBodyChunks has the forms of whole answers.
func TestBodyChunks(t *testing.T) {
	for _, row := range []struct {
		name, body string
		out        string
		err        string
		status     int
	}{
		{"Anthropic, with a guardrail", `{"type":"message","role":"assistant","content":[{"type":"text","text":"No."}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2},"amazon-bedrock-guardrailAction":"INTERVENED"}`,
			"No.\n", "A guardrail blocked or replaced the answer, or a part of it.\n", exitOK},
		{"Anthropic, a block of a new kind", `{"type":"message","content":[{"type":"novel","novel":"x"},{"type":"text","text":"Yes."}],"stop_reason":"end_turn"}`,
			"Yes.\n", "1 part of 6 was not understood (part 1: ", exitOther},
		{"Anthropic, cut by its length", `{"type":"message","content":[{"type":"text","text":"Yes"}],"stop_reason":"max_tokens"}`,
			"Yes\n", "The answer is not complete", exitOK},
		{"Nova, half of a character", `{"output":{"message":{"role":"assistant","content":[{"text":"Hi \ud83d"}]}},"stopReason":"end_turn"}`, "Hi \uFFFD\n", "", exitOK},
		{"Cohere with a tool call", `{"response_id":"r","text":"Wait.","finish_reason":"COMPLETE","tool_calls":[{"name":"now","parameters":{"zone":"UTC"}}]}`, "Wait.\n", "tool call: now {\"zone\":\"UTC\"}\n", exitOK},
		{"unknown", `{"novel":1}`, "", "1 part of 1 was not understood", exitOther},
		{"an error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "", "Overloaded", exitRetryable},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, bedrocktest.Reply{Body: []byte(row.body), Header: map[string][]string{"Content-Type": {"application/json"}}})
			w.want(t, row.status, ask(s, "-no-stream")...)
			if w.out.String() != row.out || !strings.Contains(w.err.String(), row.err) || row.err == "" && w.err.Len() > 0 {
				t.Errorf("standard output %q, want %q; standard error %q, want %q", w.out.String(), row.out, w.err.String(), row.err)
			}
		})
	}
}

// TestNoStreamOutputs keeps a whole answer as it came.
func TestNoStreamOutputs(t *testing.T) {
	w, s := service(t, bedrocktest.Answer(bedrocktest.Say("Hi")))
	kept := filepath.Join(t.TempDir(), "kept")
	w.want(t, exitOK, converseWith(s, "-prompt", "x", "-no-stream", "-output", "raw", "-save", kept)...)
	raw := bytes.Clone(w.out.Bytes())
	if saved, err := os.ReadFile(kept); err != nil || !bytes.Equal(saved, raw) || !json.Valid(raw) {
		t.Errorf("kept %q, %v; written %q", saved, err, raw)
	}
	w.want(t, exitOK, converseWith(s, "-prompt", "x", "-no-stream", "-output", "json")...)
	if got := w.out.String(); got != string(raw)+"\n" {
		t.Errorf("json %q, want %q", got, raw)
	}
}

// TestStreamMember: the prompt of a model that streams only if the body says so has the member for a stream, and not for
// a whole answer, whatever the prompt says of it.
func TestStreamMember(t *testing.T) {
	for _, whole := range []bool{false, true} {
		w, s := service(t, bedrocktest.Answer(bedrocktest.Say("Yes.")))
		args := []string{"invoke", "-endpoint", s.URL, "-model", "cohere.command-text-v14", "-prompt", `say "stream":true, please`}
		if whole {
			args = append(args, "-no-stream")
		}
		w.want(t, exitOK, args...)
		var body struct {
			Prompt string
			Stream *bool
		}
		if err := json.Unmarshal(s.Requests()[0].Body, &body); err != nil || body.Prompt != `say "stream":true, please` || (body.Stream == nil) != whole {
			t.Errorf("whole %v: %s, %v", whole, s.Requests()[0].Body, err)
		}
	}
}
