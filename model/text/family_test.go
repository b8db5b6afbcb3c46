package text

import (
	"encoding/json"
	"strings"
	"testing"

	"bedrockwire/model"
)

// scriptRows has a model of each line with the shape and the number of chunks for two pieces.
var scriptRows = []struct {
	id     string
	shape  Shape
	chunks int
	stop   string
	first  string // the beginning of the first chunk with text
}{
	{"anthropic.claude-3-haiku-20240307-v1:0", AnthropicMessages, 7, "end_turn", `{"type":"content_block_delta","index":0,`},
	{"anthropic.claude-v2:1", AnthropicCompletion, 3, "stop_sequence", `{"type":"completion","completion":`},
	{"anthropic.claude-instant-v1", AnthropicCompletion, 3, "stop_sequence", `{"type":"completion","completion":`},
	{"amazon.titan-text-express-v1", AmazonTitan, 3, "FINISH", `{"outputText":`},
	{"us.amazon.nova-lite-v1:0", AmazonNova, 6, "end_turn", `{"contentBlockDelta":`},
	{"meta.llama2-13b-chat-v1", MetaLlama, 3, "stop", `{"generation":`},
	{"us.meta.llama3-1-8b-instruct-v1:0", MetaLlama, 3, "stop", `{"generation":`},
	{"us.meta.llama4-scout-17b-instruct-v1:0", MetaLlama, 3, "stop", `{"generation":`},
	{"mistral.mistral-7b-instruct-v0:2", MistralCompletion, 3, "stop", `{"outputs":[{"text":`},
	{"mistral.mistral-large-2407-v1:0", ChatChoices, 3, "stop", `{"choices":[{"index":0,"message":`},
	{"us.mistral.pixtral-large-2502-v1:0", ChatChoices, 3, "stop", `{"choices":[{"index":0,"message":`},
	{"cohere.command-text-v14", CohereGenerations, 3, "COMPLETE", `{"generations":[{`},
	{"cohere.command-r-v1:0", CohereChat, 4, "COMPLETE", `{"is_finished":false,"event_type":"text-generation"`},
	{"ai21.jamba-1-5-mini-v1:0", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"us.deepseek.r1-v1:0", ChatChoices, 3, "stop", `{"choices":[{"index":0,"text":`},
	{"deepseek.v3-v1:0", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"openai.gpt-oss-20b-1:0", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"qwen.qwen3-32b-v1:0", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"moonshot.kimi-k2-thinking", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"moonshotai.kimi-k2.5", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"us.writer.palmyra-x5-v1:0", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"zai.glm-4.7", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"minimax.minimax-m2", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"google.gemma-3-27b-it", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
	{"nvidia.nemotron-nano-9b-v2", ChatChoices, 4, "stop", `{"id":"chatcmpl-0",`},
}

// TestScript: each family's script is read back whole, and is in that family's format.
func TestScript(t *testing.T) {
	covered := map[string]bool{}
	pieces := []string{"Hello, \"wörld\"\n", "</script>\u2028\x00 😹"}
	for _, r := range scriptRows {
		t.Run(r.id, func(t *testing.T) {
			provider, _, _ := Family(r.id)
			covered[provider] = true
			chunks := Script(r.id, pieces...)
			if len(chunks) != r.chunks {
				t.Errorf("%d chunks, want %d", len(chunks), r.chunks)
			}
			a := new(Answer)
			first := ""
			for i, chunk := range chunks {
				if !json.Valid(chunk) {
					t.Fatalf("chunk %d is not JSON: %s", i, chunk)
				}
				d, _, err := Extract(nil, chunk)
				if err != nil || d.Kind == Unknown || d.Shape != r.shape {
					t.Errorf("chunk %d: %v, %v of %v: %s", i, err, d.Kind, d.Shape, chunk)
				}
				if !MarksEnd(chunk) || Failure(chunk) != nil {
					t.Errorf("chunk %d marks no end, or an error: %s", i, chunk)
				}
				if d.Kind == Text && first == "" {
					first = string(chunk)
				}
				m, ok := model.ParseInvocationMetrics(chunk)
				if last := i == len(chunks)-1; ok != last {
					t.Errorf("chunk %d: metrics %v", i, ok)
				} else if last && (m.OutputTokenCount != 2 || m.InputTokenCount != 12 || m.InvocationLatency <= m.FirstByteLatency) {
					t.Errorf("metrics %+v", m)
				}
				a.Add(&d)
				if i < len(chunks)-2 && a.End {
					t.Errorf("chunk %d of %d ends the answer", i, len(chunks))
				}
			}
			if string(a.Text) != strings.Join(pieces, "") || a.StopReason != r.stop || !a.Whole() || a.Usage.Input != 12 || a.Usage.Output != 2 {
				t.Errorf("%+v", a)
			}
			if !strings.HasPrefix(first, r.first) {
				t.Errorf("text comes as %s, want %s", first, r.first)
			}
			if got := len(Script(r.id)); got != r.chunks-2 {
				t.Errorf("%d chunks without text, want %d", got, r.chunks-2)
			}
			if _, err := Prompt(r.id, "x", 1); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range families {
		if !covered[families[i].provider] {
			t.Errorf("no row for %s", families[i].provider)
		}
	}
	for _, id := range []string{"", "x", "acme.rocket-1", "amazon.titan-embed-text-v2:0", "amazon.nova-2-sonic-v1:0"} {
		if chunks := Script(id, "x"); chunks != nil {
			t.Errorf("%q: %q", id, chunks)
		}
	}
}
