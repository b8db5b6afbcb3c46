package text

import (
	"strconv"
	"unicode/utf8"

	"bedrockwire/model/jsonwire"
)

// DefaultMaxTokens is the limit of an answer's length that [Prompt] asks for when its caller
// names none. Anthropic's models refuse a request without one; 1,024 is long enough for an answer and
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
	// Refused and not repaired: the model would be asked something else than its caller thinks.
	if !utf8.ValidString(prompt) {
		return fail("the prompt is not valid UTF-8")
	}
	provider, name, ok := Family(modelID)
	if !ok {
		return fail("the identifier does not name a model family")
	}
	l, ok := lineOf(provider, name)
	if !ok {
		return fail("unknown model family")
	}
	if l == nil {
		return fail("the model takes no prompt, or its line of models is unknown")
	}
	f := &l.form
	// An eighth more for escapes, and 24 for quotes and number: one allocation mostly.
	b := make([]byte, 0, len(f.head)+len(f.before)+len(prompt)+len(prompt)/8+len(f.after)+len(f.middle)+len(f.tail)+24)
	b = append(b, f.head...)
	if f.before != "" || f.after != "" {
		prompt = f.before + prompt + f.after
	}
	// The caller's text enters the body here only: all else is constants and digits, so a prompt can't
	// leave its string.
	b = jsonwire.AppendString(b, prompt)
	b = append(b, f.middle...)
	b = strconv.AppendInt(b, int64(maxTokens), 10)
	return append(b, f.tail...), nil
}
