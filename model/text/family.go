package text

import (
	"strconv"
	"strings"

	"bedrockwire/model/jsonwire"
)

// families has a row for each provider whose models can be asked. The first column is the
// provider's part of a model identifier.
var families = [...]struct {
	provider string
	// line returns how the named model is asked and how it answers, nil for a model that is not known
	// to take a prompt.
	line func(model string) *line
	// takes has the beginnings of the names that line is asked for, nil for all.
	takes []string
}{
	{"ai21", chat, []string{"jamba"}}, // Jurassic, AI21's older line, takes another body
	{"amazon", amazon, nil},
	{"anthropic", anthropic, nil},
	{"cohere", cohere, nil},
	{"deepseek", deepseek, nil},
	{"google", chat, []string{"gemma"}},
	{"meta", meta, nil},
	{"minimax", chat, []string{"minimax"}},
	{"mistral", mistral, nil},
	{"moonshot", chat, []string{"kimi"}},
	{"moonshotai", chat, []string{"kimi"}},
	{"nvidia", chat, []string{"nemotron"}},
	{"openai", openai, nil},
	{"qwen", chat, nil},
	{"writer", chat, []string{"palmyra"}},
	{"zai", chat, []string{"glm"}},
}

// A line is what models of a family have in common if they take the same request body.
type line struct {
	form   form
	script func(*script)
}

// form is a request body: head, the prompt as a JSON string with markers around it, middle, the
// number of tokens, tail.
type form struct{ head, before, after, middle, tail string }

// lineOf returns the line of a model. ok says that the provider is known.
func lineOf(provider, model string) (l *line, ok bool) {
	for i := range families {
		if families[i].provider == provider {
			takes := families[i].takes
			// Models of these kinds take no prompt, whichever provider makes them.
			if strings.Contains(model, "embed") || strings.Contains(model, "rerank") ||
				takes != nil && !hasPrefix(model, takes...) {
				return nil, true
			}
			return families[i].line(model), true
		}
	}
	return nil, false
}

// hasPrefix reports whether model begins with one of prefixes. Versions and dates follow: a newer
// model of a line has the format of its line.
func hasPrefix(model string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(model, p) {
			return true
		}
	}
	return false
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
		// "Resource types defined by Amazon Bedrock"). The type may hold more colons, and the account
		// is empty for AWS's own models.
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
	provider, name, _ = strings.Cut(id, ".")
	next, rest, _ := strings.Cut(name, ".")
	// A cross-Region inference profile has a geography in front: one of those known today, or a newer
	// one if a family that is known follows.
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

// isFamily reports whether s is a provider that this package knows.
func isFamily(s string) bool {
	for i := range families {
		if families[i].provider == s {
			return true
		}
	}
	return false
}

// Script returns the chunks in which the model modelID would send pieces of text, one piece a chunk,
// between the chunks that its family begins and ends an answer with. The last chunk has Bedrock's
// invocation metrics, which count one output token a piece. It is what a fake service sends in a
// test. It returns nil for a model that [Prompt] refuses.
func Script(modelID string, pieces ...string) [][]byte {
	provider, name, _ := Family(modelID)
	l, _ := lineOf(provider, name)
	if l == nil {
		return nil
	}
	s := script{pieces: pieces}
	l.script(&s)
	return s.chunks
}

// script collects the chunks of a made-up answer.
type script struct {
	pieces []string
	chunks [][]byte
}

// add adds a chunk.
func (s *script) add(parts ...string) { s.chunks = append(s.chunks, []byte(strings.Join(parts, ""))) }

// each adds a chunk for each piece of the text.
func (s *script) each(before, after string) {
	for _, p := range s.pieces {
		s.add(before, string(jsonwire.AppendString(nil, p)), after)
	}
}

// whole is the whole text as a JSON string.
func (s *script) whole() string {
	return string(jsonwire.AppendString(nil, strings.Join(s.pieces, "")))
}

// input is the number of input tokens of every script. It does not depend on the request, because
// nobody here counts tokens.
func (*script) input() string { return "12" }

// output is the number of output tokens.
func (s *script) output() string { return strconv.Itoa(len(s.pieces)) }

// metrics is the member that Bedrock adds to the last chunk.
func (s *script) metrics() string {
	return `"amazon-bedrock-invocationMetrics":{"inputTokenCount":` + s.input() + `,"outputTokenCount":` + s.output() +
		`,"invocationLatency":321,"firstByteLatency":123}`
}
