package bedrocktest_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	modeltext "bedrockwire/model/text"
)

// familyRows has the families whose frames are looked at here; package text tests what each sends.
var familyRows = []struct {
	family bedrocktest.Family
	id     string
	chunks int    // for two pieces of text
	first  string // what the first chunk begins with
}{
	{bedrocktest.Anthropic, "us.anthropic.claude-sonnet-4-20250514-v1:0", 7, `{"type":"message_start"`},
	{bedrocktest.Anthropic, "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-x", 7, `{"type":"message_start"`},
	{bedrocktest.Anthropic, "someone.else", 7, `{"type":"message_start"`},
	{bedrocktest.Anthropic, "", 7, `{"type":"message_start"`},
	{bedrocktest.AnthropicCompletion, "anthropic.claude-instant-v1", 3, `{"type":"completion"`},
	{bedrocktest.Titan, "amazon.titan-text-lite-v1", 3, `{"outputText"`},
	{bedrocktest.Nova, "us.amazon.nova-pro-v1:0", 6, `{"messageStart"`},
	{bedrocktest.Llama, "us.meta.llama4-scout-17b-instruct-v1:0", 3, `{"generation"`},
	{bedrocktest.Mistral, "mistral.mixtral-8x7b-instruct-v0:1", 3, `{"outputs"`},
	{bedrocktest.MistralChat, "us.mistral.pixtral-large-2502-v1:0", 3, `{"choices":[{"index":0,"message"`},
	{bedrocktest.CohereCommand, "cohere.command-light-text-v14", 3, `{"generations"`},
	{bedrocktest.Cohere, "cohere.command-r-plus-v1:0", 4, `{"is_finished":false,"event_type":"stream-start"`},
	{bedrocktest.AI21, "ai21.jamba-1-5-large-v1:0", 4, `{"id":"chatcmpl-0"`},
	{bedrocktest.DeepSeekR1, "us.deepseek.r1-v1:0", 3, `{"choices":[{"index":0,"text"`},
	{bedrocktest.OpenAI, "deepseek.v3-v1:0", 4, `{"id":"chatcmpl-0"`},
	{bedrocktest.OpenAI, "qwen.qwen3-32b-v1:0", 4, `{"id":"chatcmpl-0"`},
}

func TestFamilies(t *testing.T) {
	pieces := []string{"Hello, \"wörld\"\n", "</script>\u2028\x00 😹"}
	for _, row := range familyRows {
		t.Run(row.id, func(t *testing.T) {
			for _, family := range []bedrocktest.Family{row.family, bedrocktest.FamilyOf(row.id)} {
				reply := bedrocktest.Stream(family, pieces...)
				if len(reply.Frames) != row.chunks {
					t.Errorf("%s: %d chunks, want %d", family, len(reply.Frames), row.chunks)
				}
				all, err := messages(strings.NewReader(string(wire(reply))))
				if err != nil {
					t.Fatal(err)
				}
				a := new(modeltext.Answer)
				list := events(t, all)
				for i, e := range list {
					d, _, err := modeltext.Extract(nil, []byte(e))
					if err != nil || d.Kind == modeltext.Unknown {
						t.Fatalf("chunk %d: %v\n%s", i, err, e)
					}
					a.Add(&d)
					if _, ok := model.ParseInvocationMetrics([]byte(e)); ok != (i == len(list)-1) {
						t.Errorf("chunk %d: metrics %v", i, ok)
					}
				}
				if string(a.Text) != strings.Join(pieces, "") || !a.Whole() {
					t.Errorf("text %q, whole %v", a.Text, a.Whole())
				}
				if !strings.HasPrefix(list[0], row.first) {
					t.Errorf("%s begins with %s", family, list[0])
				}
				// Without any text the frame around it is still whole.
				if n := len(bedrocktest.Stream(family).Frames); n != row.chunks-2 {
					t.Errorf("%d chunks without text, want %d", n, row.chunks-2)
				}
			}
		})
	}
	if len(bedrocktest.Stream("nobody's", "x").Frames) != 6 {
		t.Error("an unknown family is not Anthropic")
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
