package bedrocktest

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Family is a family of models, whose chunks have a shape of their own.
type Family uint8

// The families, each with the shape of its stream as AWS documents it under
// "Inference request parameters and response fields for foundation models".
const (
	Anthropic Family = iota // Claude, Messages API
	Titan                   // Amazon Titan Text
	Nova                    // Amazon Nova
	Llama                   // Meta Llama
	Mistral                 // Mistral AI, text completion
	Cohere                  // Cohere Command R
	AI21                    // AI21 Jamba
	OpenAI                  // OpenAI's open-weight models, and those alike
)

// families are the names of the families and what is in their models' ids, in
// the order of the constants.
var families = [...]struct{ name, provider string }{
	Anthropic: {"Anthropic", "anthropic."},
	Titan:     {"Titan", "amazon.titan"},
	Nova:      {"Nova", "amazon.nova"},
	Llama:     {"Llama", "meta."},
	Mistral:   {"Mistral", "mistral."},
	Cohere:    {"Cohere", "cohere."},
	AI21:      {"AI21", "ai21."},
	OpenAI:    {"OpenAI", "openai."},
}

// String returns the family's name.
func (f Family) String() string {
	if int(f) < len(families) {
		return families[f].name
	}
	return "Family(" + strconv.Itoa(int(f)) + ")"
}

// FamilyOf returns the family of a model id, an inference profile's id or an ARN:
// the one whose provider is named in it. It is Anthropic for those it can't tell.
func FamilyOf(modelID string) Family {
	for i, f := range families {
		if strings.Contains(modelID, f.provider) {
			return Family(i)
		}
	}
	return Anthropic
}

// inputTokens is the number of input tokens every reply reports. The fake has no
// tokenizer: a number that does not change is easier to test for.
const inputTokens = 12

// metrics is the object every family's last chunk carries.
func metrics(output int) string {
	return `"amazon-bedrock-invocationMetrics":{"inputTokenCount":` + strconv.Itoa(inputTokens) +
		`,"outputTokenCount":` + strconv.Itoa(output) + `,"invocationLatency":321,"firstByteLatency":123}`
}

// events returns the model's JSON events for pieces of text, the terminal one
// with the invocation metrics last. Each piece counts as one output token.
func (f Family) events(pieces []string) []string {
	n := len(pieces)
	count := strconv.Itoa(n)
	out := make([]string, 0, n+5)
	add := func(parts ...string) { out = append(out, strings.Join(parts, "")) }
	each := func(before, after string) {
		for _, p := range pieces {
			add(before, quote(p), after)
		}
	}
	switch f {
	case Titan:
		for i, p := range pieces {
			tail := `,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":` + strconv.Itoa(inputTokens) + `}`
			add(`{"outputText":`, quote(p), `,"index":`, strconv.Itoa(i), tail)
		}
		add(`{"outputText":"","index":`, count, `,"totalOutputTextTokenCount":`, count,
			`,"completionReason":"FINISH","inputTextTokenCount":null,`, metrics(n), `}`)
	case Nova:
		add(`{"messageStart":{"role":"assistant"}}`)
		each(`{"contentBlockDelta":{"delta":{"text":`, `},"contentBlockIndex":0}}`)
		add(`{"contentBlockStop":{"contentBlockIndex":0}}`)
		add(`{"messageStop":{"stopReason":"end_turn"}}`)
		add(`{"metadata":{"usage":{"inputTokens":`, strconv.Itoa(inputTokens), `,"outputTokens":`, count,
			`},"metrics":{},"trace":{}},`, metrics(n), `}`)
	case Llama:
		each(`{"generation":`, `,"prompt_token_count":null,"generation_token_count":1,"stop_reason":null}`)
		add(`{"generation":"","prompt_token_count":`, strconv.Itoa(inputTokens), `,"generation_token_count":`, count,
			`,"stop_reason":"stop",`, metrics(n), `}`)
	case Mistral:
		each(`{"outputs":[{"text":`, `,"stop_reason":null}]}`)
		add(`{"outputs":[{"text":"","stop_reason":"stop"}],`, metrics(n), `}`)
	case Cohere:
		add(`{"is_finished":false,"event_type":"stream-start","generation_id":"00000000-0000-4000-8000-000000000000"}`)
		each(`{"is_finished":false,"event_type":"text-generation","text":`, `}`)
		add(`{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":`,
			quote(strings.Join(pieces, "")), `,"finish_reason":"COMPLETE"},`, metrics(n), `}`)
	case AI21:
		const head = `{"id":"chat-0","choices":[{"index":0,"delta":{`
		add(head, `"role":"assistant","content":""},"finish_reason":null}]}`)
		each(head+`"content":`, `},"finish_reason":null}]}`)
		add(head, `"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":`, strconv.Itoa(inputTokens),
			`,"completion_tokens":`, count, `},`, metrics(n), `}`)
	case OpenAI:
		const head = `{"id":"chatcmpl-0","object":"chat.completion.chunk","created":0,"model":"fake","choices":[{"index":0,"delta":{`
		add(head, `"role":"assistant","content":""},"finish_reason":null}]}`)
		each(head+`"content":`, `},"finish_reason":null}]}`)
		add(head, `},"finish_reason":"stop"}],`, metrics(n), `}`)
	default: // Anthropic
		add(`{"type":"message_start","message":{"id":"msg_bdrk_0","type":"message","role":"assistant","model":"fake",`+
			`"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":`, strconv.Itoa(inputTokens), `,"output_tokens":1}}}`)
		add(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
		each(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`, `}}`)
		add(`{"type":"content_block_stop","index":0}`)
		add(`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":`, count, `}}`)
		add(`{"type":"message_stop",`, metrics(n), `}`)
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
