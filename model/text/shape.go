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

// shape returns the shape that a member of the top gives away, or ShapeUnknown. "type", "index",
// "usage" and "text" occur in several shapes and give away none.
func (f field) shape() Shape {
	switch f {
	case fDelta, fContentBlock:
		return AnthropicMessages
	case fCompletion:
		return AnthropicCompletion
	case fOutputText:
		return AmazonTitan
	case fMessageStart, fBlockStart, fBlockDelta, fBlockStop, fMessageStop, fMetadata:
		return AmazonNova
	case fGeneration:
		return MetaLlama
	case fOutputs:
		return MistralCompletion
	case fChoices:
		return ChatChoices
	case fGenerations:
		return CohereGenerations
	case fPegasusReason:
		return TwelveLabsPegasus
	}
	return ShapeUnknown
}

// detect returns the shape of a chunk, told by its members. lx is a copy of the lexer that has just
// entered the chunk.
func detect(lx jsonwire.Lexer) Shape {
	var typed, cohere, failed, bedrock, other bool
	for lx.Next() == jsonwire.Key {
		f := fieldOf(&lx)
		if s := f.shape(); s != ShapeUnknown {
			return s
		}
		k := lx.Next()
		lx.Skip()
		switch f {
		case fType:
			typed = typed || k == jsonwire.String
		case fEventType:
			cohere = cohere || k == jsonwire.String
		case fIsFinished:
			cohere = true
		case fError:
			failed = failed || k == jsonwire.ObjectStart || k == jsonwire.String
		case fMetrics:
			bedrock = bedrock || k == jsonwire.ObjectStart
			other = other || k != jsonwire.ObjectStart
		case fGuardrail:
			bedrock = true
		case fTrace:
		default:
			other = true
		}
	}
	switch {
	// A "type" makes it an event of Anthropic's, known or not: no other shape has one at the top
	// without members that give it away.
	case typed:
		return AnthropicMessages
	case cohere:
		return CohereChat
	case failed:
		return PlainError
	case bedrock && !other:
		return Metrics
	}
	return ShapeUnknown
}

// rest consumes the members of a chunk that is of no family's shape.
func (x *extractor) rest() {
	for m := x.inside(false); x.next(&m); {
		x.common(m.field)
	}
}

// common consumes a member of the top that the shape has no use of its own for.
func (x *extractor) common(f field) {
	switch f {
	case fUsage:
		x.usage()
	case fError:
		x.errorMember()
	case fMetrics:
		// From here on not to be replaced by the model's own counts: this is what is billed.
		x.metrics = x.usage()
	case fGuardrail:
		x.d.Guardrail = x.reason()
	default:
		s := f.shape()
		x.mixed = x.mixed || s != ShapeUnknown && s != x.d.Shape
		x.pass(false)
	}
}

// errorMember consumes the "error" of a chunk: an object, or a plain text of some gateways. null,
// false and an empty text are not an error.
func (x *extractor) errorMember() {
	switch x.lx.Next() {
	case jsonwire.String:
		x.d.Message = x.unescaped()
		x.failed = len(x.d.Message) != 0
		return
	case jsonwire.ObjectStart:
		x.failed = true
	default:
		x.lx.Skip()
		return
	}
	var code, kind, status []byte
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fMessage:
			x.d.Message = x.reason()
		case fType:
			kind = x.reason()
		case fCode:
			code = x.errorCode()
		case fStatus:
			status = x.errorCode()
		default:
			x.pass(false)
		}
	}
	// OpenAI's code is narrower than its type, Google's status is the word for its code.
	switch {
	case code != nil:
		x.d.Code = code
	case kind != nil:
		x.d.Code = kind
	default:
		x.d.Code = status
	}
}

// errorCode returns the value if it is a text, and notes it as the status if it is a number.
func (x *extractor) errorCode() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		if len(x.lx.Raw()) != 0 {
			return x.unescaped()
		}
	case jsonwire.Number:
		if n, ok := x.lx.Int64(); ok {
			x.status = n
		}
	default:
		x.lx.Skip()
	}
	return nil
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
