package bedrocktest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

// path walks decoded JSON by names and indexes.
func path(v any, keys ...any) any {
	for _, k := range keys {
		switch k := k.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[k]
		case int:
			l, _ := v.([]any)
			if k >= len(l) {
				return nil
			}
			v = l[k]
		}
	}
	return v
}

var familyRows = []struct {
	family bedrocktest.Family
	name   string
	ids    []string
	chunks int   // for two pieces of text
	text   []any // where a chunk has its text
	stop   []any // where one chunk has the reason the model stopped
	reason string
}{
	{bedrocktest.Anthropic, "Anthropic", []string{"anthropic.claude-v2:1", "us.anthropic.claude-sonnet-4-20250514-v1:0",
		"arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-x", "someone.else", ""}, 7,
		[]any{"delta", "text"}, []any{"delta", "stop_reason"}, "end_turn"},
	{bedrocktest.Titan, "Titan", []string{"amazon.titan-text-express-v1"}, 3, []any{"outputText"}, []any{"completionReason"}, "FINISH"},
	{bedrocktest.Nova, "Nova", []string{"amazon.nova-lite-v1:0", "us.amazon.nova-pro-v1:0"}, 6,
		[]any{"contentBlockDelta", "delta", "text"}, []any{"messageStop", "stopReason"}, "end_turn"},
	{bedrocktest.Llama, "Llama", []string{"meta.llama3-8b-instruct-v1:0"}, 3, []any{"generation"}, []any{"stop_reason"}, "stop"},
	{bedrocktest.Mistral, "Mistral", []string{"mistral.mistral-7b-instruct-v0:2"}, 3,
		[]any{"outputs", 0, "text"}, []any{"outputs", 0, "stop_reason"}, "stop"},
	{bedrocktest.Cohere, "Cohere", []string{"cohere.command-r-v1:0"}, 4, []any{"text"}, []any{"finish_reason"}, "COMPLETE"},
	{bedrocktest.AI21, "AI21", []string{"ai21.jamba-1-5-mini-v1:0"}, 4,
		[]any{"choices", 0, "delta", "content"}, []any{"choices", 0, "finish_reason"}, "stop"},
	{bedrocktest.OpenAI, "OpenAI", []string{"openai.gpt-oss-20b-1:0"}, 4,
		[]any{"choices", 0, "delta", "content"}, []any{"choices", 0, "finish_reason"}, "stop"},
}

func TestFamilies(t *testing.T) {
	pieces := []string{"Hello, \"wörld\"\n", "</script>\u2028\x00 😹"}
	for _, row := range familyRows {
		t.Run(row.name, func(t *testing.T) {
			if row.family.String() != row.name {
				t.Errorf("prints as %s", row.family)
			}
			for _, id := range row.ids {
				if got := bedrocktest.FamilyOf(id); got != row.family {
					t.Errorf("%q is of %v", id, got)
				}
			}
			reply := bedrocktest.Stream(row.family, pieces...)
			if len(reply.Frames) != row.chunks {
				t.Errorf("%d chunks, want %d", len(reply.Frames), row.chunks)
			}
			all, err := messages(strings.NewReader(string(wire(reply))))
			if err != nil {
				t.Fatal(err)
			}
			var text string
			var reasons []string
			list := events(t, all)
			for i, e := range list {
				var v any
				if err := json.Unmarshal([]byte(e), &v); err != nil {
					t.Fatalf("chunk %d is no JSON: %v\n%s", i, err, e)
				}
				if s, ok := path(v, row.text...).(string); ok {
					text += s
				}
				if s, ok := path(v, row.stop...).(string); ok {
					reasons = append(reasons, s)
				}
				m, ok := model.ParseInvocationMetrics([]byte(e))
				if last := i == len(list)-1; ok != last {
					t.Errorf("chunk %d: metrics %v", i, ok)
				} else if last && (m.OutputTokenCount != 2 || m.InputTokenCount != 12 || m.InvocationLatency <= m.FirstByteLatency) {
					t.Errorf("metrics %+v", m)
				}
			}
			if text != strings.Join(pieces, "") {
				t.Errorf("text %q", text)
			}
			if len(reasons) != 1 || reasons[0] != row.reason {
				t.Errorf("stop reasons %q, want %q", reasons, row.reason)
			}
			// Without any text the frame around it is still whole.
			if n := len(bedrocktest.Stream(row.family).Frames); n != row.chunks-2 {
				t.Errorf("%d chunks without text, want %d", n, row.chunks-2)
			}
		})
	}
	if s := bedrocktest.Family(99).String(); s != "Family(99)" {
		t.Error(s)
	}
	if len(bedrocktest.Stream(99, "x").Frames) == 0 {
		t.Error("an unknown family has no chunks")
	}
}

// The echo finds the prompt of every family's request.
func TestEcho(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	long := strings.Repeat("é", 5000)
	for _, row := range []struct{ name, body, want string }{
		{"claude", `{"messages":[{"role":"user","content":"old"},{"role":"user","content":"Hello, you"}]}`, "Hello, you"},
		{"claude blocks", `{"messages":[{"role":"user","content":[{"type":"text","text":"Hello, "},{"type":"image"},{"type":"text","text":"you"}]}]}`, "Hello, you"},
		{"nova", `{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}`, "Hello"},
		{"titan", `{"inputText":"Hello"}`, "Hello"},
		{"llama", `{"prompt":"Hello"}`, "Hello"},
		{"cohere", `{"message":"Hello"}`, "Hello"},
		{"nothing", `{}`, "Hello from the fake Bedrock."},
		{"no prompt", `{"messages":[]}`, "Hello from the fake Bedrock."},
		{"content of a wrong type", `{"messages":[{"content":7}]}`, "Hello from the fake Bedrock."},
		{"no JSON", `Hello?`, "Hello from the fake Bedrock."},
		{"long", `{"prompt":"` + long + `"}`, strings.Repeat("é", 2000)},
	} {
		t.Run(row.name, func(t *testing.T) {
			all, err := messages(call{body: row.body}.do(t, srv).Body)
			if got := text(t, all); err != nil || got != row.want {
				t.Errorf("%q %v", got, err)
			}
			if n := len(all) - 5; n < (utf8.RuneCountInString(row.want)+3)/4 {
				t.Errorf("%d pieces", n)
			}
		})
	}
	// In the shape of the model that was asked.
	all, err := messages(call{path: "/model/meta.llama3-8b-instruct-v1%3A0/invoke-with-response-stream", body: `{"prompt":"Hi"}`}.do(t, srv).Body)
	if err != nil || len(all) != 2 || !strings.HasPrefix(events(t, all)[0], `{"generation":"Hi"`) {
		t.Errorf("%v %v", all, err)
	}
}
