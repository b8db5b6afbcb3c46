package text

import "bedrockwire/model/jsonwire"

// Shape is the format that a chunk was recognised as.
type Shape uint8

// The shapes, named for the first family that used them.
const (
	ShapeUnknown        Shape = iota
	AnthropicMessages         // {"type":"content_block_delta","delta":{...}}
	AnthropicCompletion       // {"completion":"...","stop_reason":null}
	AmazonTitan               // {"outputText":"...","completionReason":null}
	AmazonNova                // {"contentBlockDelta":{"delta":{...}}}
	MetaLlama                 // {"generation":"...","stop_reason":null}
	MistralCompletion         // {"outputs":[{"text":"...","stop_reason":null}]}
	ChatChoices               // {"choices":[{"delta":{...},"finish_reason":null}]}
	CohereGenerations         // {"generations":[{"text":"..."}]}
	CohereChat                // {"event_type":"text-generation","text":"...","is_finished":false}
	TwelveLabsPegasus         // {"message":"...","finishReason":null}
	Metrics                   // what Bedrock adds to a chunk, and nothing else
	PlainError                // {"error":{"message":"..."}} and no member of another shape
)

var shapes = [...]string{
	"unknown", "Anthropic messages", "Anthropic completion", "Amazon Titan", "Amazon Nova", "Meta Llama",
	"Mistral completion", "chat choices", "Cohere generations", "Cohere chat", "TwelveLabs Pegasus",
	"invocation metrics", "error",
}

// String returns the shape's name.
func (s Shape) String() string {
	if int(s) < len(shapes) {
		return shapes[s]
	}
	return shapes[ShapeUnknown]
}

// marksEnd reports whether answers of the shape have an end mark.
func (s Shape) marksEnd() bool { return s != ShapeUnknown && s != Metrics && s != PlainError }

// rest consumes the members of a chunk that is of no family's shape.
func (x *extractor) rest() {
	for m := x.inside(false); x.next(&m); {
		x.common(m.field)
	}
}

// common consumes a member at the top of the chunk that does not belong to the shape.
func (x *extractor) common(f field) {
	switch f {
	case fUsage:
		x.usage()
	case fError:
		x.fault()
	case fMetrics:
		// These counts are billed. The model's own do not replace them.
		x.metrics = x.usage()
	case fGuardrail:
		x.d.Guardrail = x.reason()
	default:
		x.pass(false)
	}
}

// usage consumes an object of token counts and reports whether there was one. Where Bedrock's own
// metrics came before, they stand.
func (x *extractor) usage() bool {
	if x.lx.Next() != jsonwire.ObjectStart {
		x.lx.Skip()
		return false
	}
	var u Usage
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		// Several spellings in one object say the same number, or one of them is 0.
		case fInputTokens, fPromptTokens, fNovaInputTokens, fInputTokenCount:
			u.Input = max(u.Input, x.number())
		case fOutputTokens, fCompletionTokens, fNovaOutputTokens, fOutputTokenCount:
			u.Output = max(u.Output, x.number())
		case fCacheRead, fNovaCacheRead, fCacheReadCount:
			u.CacheRead = max(u.CacheRead, x.number())
		case fCacheWrite, fNovaCacheWrite, fCacheWriteCount:
			u.CacheWrite = max(u.CacheWrite, x.number())
		case fPromptDetails:
			for m := x.members(false); x.next(&m); {
				if m.field == fCachedTokens {
					u.CacheRead = max(u.CacheRead, x.number())
				} else {
					x.pass(false)
				}
			}
		default:
			x.pass(false)
		}
	}
	if !x.metrics {
		x.d.Usage = u
	}
	return true
}

// nestedUsage consumes an object of which only "usage" matters here: Anthropic's message_start, and
// Nova's metadata.
func (x *extractor) nestedUsage() {
	for m := x.members(false); x.next(&m); {
		if m.field == fUsage {
			x.usage()
		} else {
			x.pass(false)
		}
	}
}
