package text

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"bedrockwire/model/jsonwire"
)

// DefaultMaxTokens is the limit of an answer's length that [Prompt] asks for when its caller names
// none. Anthropic's models refuse a request without one; 1,024 is long enough for an answer and
// within what every family allows.
const DefaultMaxTokens = 1024

// PromptError says why [Prompt] made no body. It quotes the model's identifier, never the prompt.
type PromptError struct {
	Model  string // as the caller gave it
	Reason string
}

// Error names the model, quoted and cut to 128 bytes, and the reason.
func (e *PromptError) Error() string {
	id := e.Model
	// Before it is quoted: an identifier of any length makes a line of bounded length. A character
	// cut in two is quoted as its bytes.
	if len(id) > 128 {
		id = id[:128]
	}
	return "model: no prompt for " + strconv.QuoteToASCII(id) + ": " + e.Reason
}

// Family returns the provider's part and the model's part of a model identifier: of
// "us.anthropic.claude-3-5-haiku-20241022-v1:0", of the ARN of that inference profile, or of the
// foundation model's ARN, it returns "anthropic" and "claude-3-5-haiku-20241022-v1:0". ok is false
// for identifiers that do not name a provider: application inference profiles, provisioned and
// imported models, prompts.
func Family(modelID string) (provider, name string, ok bool) {
	id := modelID
	if strings.HasPrefix(id, "arn:") {
		// arn:partition:bedrock:region:account:type/id (AWS Service Authorization Reference,
		// "Resource types defined by Amazon Bedrock"). Other types carry opaque identifiers.
		// Five colons by position: the type may hold others, and the account may be empty, as it is
		// for AWS's own models.
		for range 5 {
			_, rest, found := strings.Cut(id, ":")
			if !found {
				return "", "", false
			}
			id = rest
		}
		kind, rest, _ := strings.Cut(id, "/")
		// An application inference profile or a provisioned model hides the family behind an
		// identifier of its account: guessing would send one family's body to another.
		if kind != "foundation-model" && kind != "inference-profile" {
			return "", "", false
		}
		id = rest
	}
	// No dot gives no name, which is refused at the end.
	provider, name, _ = strings.Cut(id, ".")
	// A cross-Region inference profile has a geography in front: one of those known today, or
	// whatever stands in front of a family that is known.
	next, rest, _ := strings.Cut(name, ".")
	// A geography that is newer than the list is passed over if a family that is known follows. A
	// family in front is never taken for one.
	if isGeography(provider) || !isFamily(provider) && isFamily(next) {
		provider, name = next, rest
	}
	return provider, name, provider != "" && name != ""
}

// isGeography reports whether s is what cross-Region inference profiles begin with ("Supported Regions
// and models for inference profiles", Amazon Bedrock User Guide).
func isGeography(s string) bool {
	switch s {
	case "us", "us-gov", "eu", "apac", "jp", "au", "ca", "global":
		return true
	}
	return false
}

// isFamily reports whether s is a provider that promptForm knows.
func isFamily(s string) bool {
	switch s {
	case "anthropic", "amazon", "meta", "mistral", "cohere", "ai21", "deepseek", "openai", "qwen":
		return true
	}
	return false
}

// Prompt returns the request body that asks the model modelID for an answer to prompt of at most
// maxTokens tokens, streamed where the body must say so. 0 stands for [DefaultMaxTokens].
//
// The body's format is that of the model's family, told by [Family]; the package comment has the
// table. Where a family takes a bare completion prompt, the prompt is wrapped in the turn markers
// that the family's instruction models were trained with, as AWS's examples do. Those markers are
// plain text: a prompt that contains them can speak for the other side, as it can in any client.
//
// The error is a *[PromptError]: for a model of no known family, a negative maxTokens, and a prompt
// that is not UTF-8.
func Prompt(modelID, prompt string, maxTokens int) (body []byte, err error) {
	fail := func(reason string) ([]byte, error) {
		return nil, &PromptError{Model: modelID, Reason: reason}
	}
	if maxTokens < 0 {
		return fail("maxTokens is negative")
	}
	if maxTokens == 0 {
		maxTokens = DefaultMaxTokens
	}
	// Refused and not mended: the model would be asked something else than its caller thinks.
	if !utf8.ValidString(prompt) {
		return fail("the prompt is not valid UTF-8")
	}
	provider, name, ok := Family(modelID)
	if !ok {
		return fail("the identifier does not name a model family")
	}
	f, ok := promptForm(provider, name)
	if !ok {
		return fail("unknown model family")
	}
	// An eighth more for escapes, as in text with a line end now and then, and 24 for quotes and
	// number: one allocation mostly.
	b := make([]byte, 0, len(f.head)+len(f.before)+len(prompt)+len(prompt)/8+len(f.after)+len(f.middle)+len(f.tail)+24)
	b = append(b, f.head...)
	if f.before != "" || f.after != "" {
		prompt = f.before + prompt + f.after
	}
	// The only place where the caller's text enters the body: all else is constants and digits, so a
	// prompt can't leave its string.
	b = jsonwire.AppendString(b, prompt)
	b = append(b, f.middle...)
	b = strconv.AppendInt(b, int64(maxTokens), 10)
	return append(b, f.tail...), nil
}

// form is a family's body: head, the prompt as a JSON string with markers around it, middle, the
// number of tokens, tail.
type form struct{ head, before, after, middle, tail string }

// The forms. Each is verified as the package comment's table says.
var (
	claudeMessages = form{
		head:   `{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":`,
		middle: `}],"max_tokens":`, tail: `}`,
	}
	claudeCompletion = form{
		head:   `{"prompt":`,
		before: "\n\nHuman: ", after: "\n\nAssistant:",
		middle: `,"max_tokens_to_sample":`, tail: `}`,
	}
	titanText = form{
		head:   `{"inputText":`,
		middle: `,"textGenerationConfig":{"maxTokenCount":`, tail: `}}`,
	}
	novaMessages = form{
		head:   `{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":`,
		middle: `}]}],"inferenceConfig":{"maxTokens":`, tail: `}}`,
	}
	llama2 = form{
		head:   `{"prompt":`,
		before: "<s>[INST] ", after: " [/INST]",
		middle: `,"max_gen_len":`, tail: `}`,
	}
	llama3 = form{
		head:   `{"prompt":`,
		before: "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n",
		after:  "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
		middle: `,"max_gen_len":`, tail: `}`,
	}
	llama4 = form{
		head:   `{"prompt":`,
		before: "<|begin_of_text|><|header_start|>user<|header_end|>\n\n",
		after:  "<|eot|><|header_start|>assistant<|header_end|>\n\n",
		middle: `,"max_gen_len":`, tail: `}`,
	}
	mistralCompletion = form{
		head:   `{"prompt":`,
		before: "<s>[INST] ", after: " [/INST]",
		middle: `,"max_tokens":`, tail: `}`,
	}
	cohereCommand = form{
		head:   `{"prompt":`,
		middle: `,"stream":true,"max_tokens":`, tail: `}`,
	}
	cohereChat = form{
		head:   `{"message":`,
		middle: `,"max_tokens":`, tail: `}`,
	}
	deepseekR1 = form{
		head:   `{"prompt":`,
		before: "<｜begin▁of▁sentence｜><｜User｜>", after: "<｜Assistant｜><think>\n",
		middle: `,"max_tokens":`, tail: `}`,
	}
	chatMessages = form{
		head:   `{"messages":[{"role":"user","content":`,
		middle: `}],"max_tokens":`, tail: `}`,
	}
	openaiMessages = form{
		head:   `{"messages":[{"role":"user","content":`,
		middle: `}],"max_completion_tokens":`, tail: `}`,
	}
)

// promptForm returns the form for a model.
func promptForm(provider, name string) (*form, bool) {
	// Prefixes, because versions and dates follow: a newer model of a line has the format of its
	// line.
	has := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
		return false
	}
	// The provider is exact and lower-case, as identifiers are; a model of a known provider that is
	// not listed below it is refused rather than sent a body it would misread.
	switch provider {
	case "anthropic":
		// Only these came before the messages format, which v2 serves too.
		if has("claude-instant", "claude-v1", "claude-v2") {
			return &claudeCompletion, true
		}
		return &claudeMessages, has("claude")
	case "amazon":
		if has("titan-text", "titan-tg1") {
			return &titanText, true
		}
		// Named one by one: Nova's image, video and speech models take other bodies.
		return &novaMessages, has("nova-micro", "nova-lite", "nova-pro", "nova-premier", "nova-2-")
	case "meta":
		switch {
		case has("llama2"):
			return &llama2, true
		case has("llama3"):
			return &llama3, true
		}
		return &llama4, has("llama4")
	case "mistral":
		if has("mistral-7b", "mixtral-8x7b", "mistral-large-2402", "mistral-small-2402") {
			return &mistralCompletion, true
		}
		return &chatMessages, true
	case "cohere":
		if has("command-r") {
			return &cohereChat, true
		}
		// Cohere's embedding and rerank models take no prompt.
		return &cohereCommand, has("command-text", "command-light-text")
	case "ai21":
		// Jurassic, AI21's older line, takes another body.
		return &chatMessages, has("jamba")
	case "deepseek":
		if has("r1") {
			return &deepseekR1, true
		}
		return &chatMessages, true
	case "openai":
		return &openaiMessages, true
	case "qwen":
		return &chatMessages, true
	}
	return nil, false
}
