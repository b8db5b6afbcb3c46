package bedrocktest

import (
	"encoding/json"

	"bedrockwire/model/text"
)

// Family is a family of models, whose chunks have a shape of their own. It is the
// id of one of the family's models, or the ARN of one.
type Family string

// A model of each shape that streams have. Package text says what a family sends;
// any other model's id that it knows is a Family as well.
const (
	Anthropic           Family = "anthropic.claude-3-haiku-20240307-v1:0" // Messages API
	AnthropicCompletion Family = "anthropic.claude-v2:1"
	Titan               Family = "amazon.titan-text-express-v1"
	Nova                Family = "amazon.nova-lite-v1:0"
	Llama               Family = "meta.llama3-8b-instruct-v1:0"
	Mistral             Family = "mistral.mistral-7b-instruct-v0:2" // text completion
	MistralChat         Family = "mistral.mistral-large-2407-v1:0"
	CohereCommand       Family = "cohere.command-text-v14"
	Cohere              Family = "cohere.command-r-v1:0"
	AI21                Family = "ai21.jamba-1-5-mini-v1:0"
	DeepSeekR1          Family = "deepseek.r1-v1:0"
	OpenAI              Family = "openai.gpt-oss-20b-1:0" // and all that follow its chat completions
)

// FamilyOf returns the family of a model id, an inference profile's id or an ARN.
// It is Anthropic for those it can't tell.
func FamilyOf(modelID string) Family {
	if text.Script(modelID) == nil {
		return Anthropic
	}
	return Family(modelID)
}

// events returns the model's JSON events for pieces of text, the last one with the
// invocation metrics. Each piece counts as one output token.
func (f Family) events(pieces []string) []string {
	chunks := text.Script(string(FamilyOf(string(f))), pieces...)
	out := make([]string, len(chunks))
	for i, c := range chunks {
		out[i] = string(c)
	}
	return out
}

// quote returns s as a JSON string. Marshalling a string can't fail: what is not
// UTF-8 in it becomes U+FFFD.
func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// maxEcho bounds an echo in runes: a prompt may have 25,000,000 bytes.
const maxEcho = 2000

// echo returns the prompt in the request's body in pieces of four runes, the size
// of an average token, so that even a short prompt comes back piece by piece.
func echo(body []byte) []string {
	text := []rune(prompt(body))
	if len(text) == 0 {
		text = []rune("Hello from the fake Bedrock.")
	}
	if len(text) > maxEcho {
		text = text[:maxEcho]
	}
	var pieces []string
	for len(text) > 0 {
		n := min(4, len(text))
		pieces = append(pieces, string(text[:n]))
		text = text[n:]
	}
	return pieces
}

// prompt finds the prompt in a request's body, whichever family it is for: the
// text of the last message, or the field the family has for it. It is empty for
// a body that is none of these.
func prompt(body []byte) string {
	var b struct {
		Messages []struct {
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Prompt    string `json:"prompt"`    // Llama, Mistral, Claude's old API
		InputText string `json:"inputText"` // Titan
		Message   string `json:"message"`   // Cohere
	}
	// An error leaves what was read before it, which is as good as can be had.
	_ = json.Unmarshal(body, &b)
	if n := len(b.Messages); n > 0 {
		content := b.Messages[n-1].Content
		var text string
		if json.Unmarshal(content, &text) == nil {
			return text
		}
		var blocks []struct {
			Text string `json:"text"`
		}
		_ = json.Unmarshal(content, &blocks)
		for _, block := range blocks {
			text += block.Text
		}
		return text
	}
	for _, s := range []string{b.Prompt, b.InputText, b.Message} {
		if s != "" {
			return s
		}
	}
	return ""
}
