package text

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var promptRows = []struct{ id, provider, name, body string }{
	{"anthropic.claude-3-haiku-20240307-v1:0", "anthropic", "claude-3-haiku-20240307-v1:0",
		`{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic", "claude-sonnet-4-5-20250929-v1:0",
		`{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-opus-4-6-v1", "anthropic", "claude-opus-4-6-v1",
		`{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"anthropic.claude-v2:1", "anthropic", "claude-v2:1",
		`{"prompt":"\n\nHuman: Say \"hi\"\n€\n\nAssistant:","max_tokens_to_sample":99}`},
	{"anthropic.claude-instant-v1", "anthropic", "claude-instant-v1",
		`{"prompt":"\n\nHuman: Say \"hi\"\n€\n\nAssistant:","max_tokens_to_sample":99}`},
	{"arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-text-express-v1", "amazon", "titan-text-express-v1",
		`{"inputText":"Say \"hi\"\n€","textGenerationConfig":{"maxTokenCount":99}}`},
	{"apac.amazon.nova-lite-v1:0", "amazon", "nova-lite-v1:0",
		`{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"Say \"hi\"\n€"}]}],"inferenceConfig":{"maxTokens":99}}`},
	{"global.amazon.nova-2-lite-v1:0", "amazon", "nova-2-lite-v1:0",
		`{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"Say \"hi\"\n€"}]}],"inferenceConfig":{"maxTokens":99}}`},
	{"meta.llama2-13b-chat-v1", "meta", "llama2-13b-chat-v1",
		`{"prompt":"<s>[INST] Say \"hi\"\n€ [/INST]","max_gen_len":99}`},
	{"us.meta.llama3-1-8b-instruct-v1:0", "meta", "llama3-1-8b-instruct-v1:0",
		`{"prompt":"<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nSay \"hi\"\n€<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n","max_gen_len":99}`},
	{"us.meta.llama4-scout-17b-instruct-v1:0", "meta", "llama4-scout-17b-instruct-v1:0",
		`{"prompt":"<|begin_of_text|><|header_start|>user<|header_end|>\n\nSay \"hi\"\n€<|eot|><|header_start|>assistant<|header_end|>\n\n","max_gen_len":99}`},
	{"mistral.mistral-7b-instruct-v0:2", "mistral", "mistral-7b-instruct-v0:2",
		`{"prompt":"<s>[INST] Say \"hi\"\n€ [/INST]","max_tokens":99}`},
	{"mistral.mistral-large-2407-v1:0", "mistral", "mistral-large-2407-v1:0",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"cohere.command-light-text-v14", "cohere", "command-light-text-v14",
		`{"prompt":"Say \"hi\"\n€","stream":true,"max_tokens":99}`},
	{"cohere.command-r-plus-v1:0", "cohere", "command-r-plus-v1:0",
		`{"message":"Say \"hi\"\n€","max_tokens":99}`},
	{"ai21.jamba-1-5-mini-v1:0", "ai21", "jamba-1-5-mini-v1:0",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"us.deepseek.r1-v1:0", "deepseek", "r1-v1:0",
		`{"prompt":"<｜begin▁of▁sentence｜><｜User｜>Say \"hi\"\n€<｜Assistant｜><think>\n","max_tokens":99}`},
	{"deepseek.v3-v1:0", "deepseek", "v3-v1:0",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"openai.gpt-oss-20b-1:0", "openai", "gpt-oss-20b-1:0",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_completion_tokens":99}`},
	{"qwen.qwen3-32b-v1:0", "qwen", "qwen3-32b-v1:0",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"moonshot.kimi-k2-thinking", "moonshot", "kimi-k2-thinking",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"moonshotai.kimi-k2.5", "moonshotai", "kimi-k2.5",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"us.writer.palmyra-x5-v1:0", "writer", "palmyra-x5-v1:0",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"zai.glm-4.7", "zai", "glm-4.7",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"minimax.minimax-m2", "minimax", "minimax-m2",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"google.gemma-3-27b-it", "google", "gemma-3-27b-it",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
	{"nvidia.nemotron-nano-9b-v2", "nvidia", "nemotron-nano-9b-v2",
		`{"messages":[{"role":"user","content":"Say \"hi\"\n€"}],"max_tokens":99}`},
}

func TestPrompt(t *testing.T) {
	for _, r := range promptRows {
		provider, name, ok := Family(r.id)
		if !ok || provider != r.provider || name != r.name {
			t.Errorf("%s: family %q %q %v", r.id, provider, name, ok)
		}
		body, err := Prompt(r.id, "Say \"hi\"\n€", 99)
		if err != nil || string(body) != r.body || !json.Valid(body) {
			t.Errorf("%s: %s, %v; want %s", r.id, body, err, r.body)
		}
		body, err = Prompt(r.id, "", 0)
		if err != nil || !strings.Contains(string(body), ":1024}") || !json.Valid(body) {
			t.Errorf("%s: %s, %v; want the default of tokens", r.id, body, err)
		}
	}
}

// TestFamily has what the prompts' rows do not: identifiers of other makers, and dots in names.
func TestFamily(t *testing.T) {
	for _, r := range []struct{ id, provider, name string }{
		{"deepseek.v3.2", "deepseek", "v3.2"},
		{"zai.glm-4.7", "zai", "glm-4.7"},
		{"us.writer.palmyra-x5-v1:0", "writer", "palmyra-x5-v1:0"},
		{"us-gov.anthropic.claude-3-haiku-20240307-v1:0", "anthropic", "claude-3-haiku-20240307-v1:0"},
		{"mars.anthropic.claude-9", "anthropic", "claude-9"}, // a geography of the future
		{"anthropic.meta.x", "anthropic", "meta.x"},
		{"arn:aws-cn:bedrock:cn-north-1::foundation-model/amazon.nova-pro-v1:0", "amazon", "nova-pro-v1:0"},
	} {
		if provider, name, ok := Family(r.id); !ok || provider != r.provider || name != r.name {
			t.Errorf("%s: %q %q %v", r.id, provider, name, ok)
		}
	}
}

func TestPromptErrors(t *testing.T) {
	for _, r := range []struct {
		id, prompt string
		max        int
		want       string
	}{
		{"", "x", 1, `model: no prompt for "": the identifier does not name a model family`},
		{"claude", "x", 1, `model: no prompt for "claude": the identifier does not name a model family`},
		{"anthropic.", "x", 1, `model: no prompt for "anthropic.": the identifier does not name a model family`},
		{"us.anthropic", "x", 1, `model: no prompt for "us.anthropic": the identifier does not name a model family`},
		{"arn:aws:bedrock", "x", 1, `model: no prompt for "arn:aws:bedrock": the identifier does not name a model family`},
		{"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc.def", "x", 1,
			`model: no prompt for "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc.def": the identifier does not name a model family`},
		{"acme.rocket-1", "x", 1, `model: no prompt for "acme.rocket-1": unknown model family`},
		{"amazon.titan-embed-text-v2:0", "x", 1, `model: no prompt for "amazon.titan-embed-text-v2:0": the model takes no prompt, or its line of models is unknown`},
		{"amazon.nova-canvas-v1:0", "x", 1, `model: no prompt for "amazon.nova-canvas-v1:0": the model takes no prompt, or its line of models is unknown`},
		{"anthropic.opus", "x", 1, `model: no prompt for "anthropic.opus": the model takes no prompt, or its line of models is unknown`},
		{"meta.llama9", "x", 1, `model: no prompt for "meta.llama9": the model takes no prompt, or its line of models is unknown`},
		{"cohere.embed-english-v3", "x", 1, `model: no prompt for "cohere.embed-english-v3": the model takes no prompt, or its line of models is unknown`},
		{"ai21.j2-ultra-v1", "x", 1, `model: no prompt for "ai21.j2-ultra-v1": the model takes no prompt, or its line of models is unknown`},
		{"amazon.nova-2-sonic-v1:0", "x", 1, `model: no prompt for "amazon.nova-2-sonic-v1:0": the model takes no prompt, or its line of models is unknown`},
		{"amazon.nova-sonic-v1:0", "x", 1, `model: no prompt for "amazon.nova-sonic-v1:0": the model takes no prompt, or its line of models is unknown`},
		{"amazon.nova-2-multimodal-embeddings-v1:0", "x", 1, `model: no prompt for "amazon.nova-2-multimodal-embeddings-v1:0": the model takes no prompt, or its line of models is unknown`},
		{"cohere.rerank-v3-5:0", "x", 1, `model: no prompt for "cohere.rerank-v3-5:0": the model takes no prompt, or its line of models is unknown`},
		{"google.embeddinggemma", "x", 1, `model: no prompt for "google.embeddinggemma": the model takes no prompt, or its line of models is unknown`},
		{"nvidia.rerank-qa", "x", 1, `model: no prompt for "nvidia.rerank-qa": the model takes no prompt, or its line of models is unknown`},
		{"writer.camel", "x", 1, `model: no prompt for "writer.camel": the model takes no prompt, or its line of models is unknown`},
		{"qwen.qwen3-embedding-8b", "x", 1, `model: no prompt for "qwen.qwen3-embedding-8b": the model takes no prompt, or its line of models is unknown`},
		{"evil\r\n\x1b[31m\u202e.x", "x", 1, `model: no prompt for "evil\r\n\x1b[31m\u202e.x": unknown model family`},
		{strings.Repeat("a", 3000) + ".b", "x", 1, `model: no prompt for "` + strings.Repeat("a", 128) + `": unknown model family`},
		{"openai.gpt-oss-20b-1:0", "secret\xff", 1, `model: no prompt for "openai.gpt-oss-20b-1:0": the prompt is not valid UTF-8`},
		{"openai.gpt-oss-20b-1:0", "x", -1, `model: no prompt for "openai.gpt-oss-20b-1:0": maxTokens is negative`},
	} {
		body, err := Prompt(r.id, r.prompt, r.max)
		var e *PromptError
		if body != nil || !errors.As(err, &e) || e.Model != r.id || err.Error() != r.want {
			t.Errorf("%q: %q, %v; want %s", r.id, body, err, r.want)
		}
	}
}
