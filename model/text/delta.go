package text

// Kind says what a chunk holds that a reader of the answer cares about.
type Kind uint8

// The kinds. Where a chunk holds several things, the first that applies in this order is its Kind:
// Text, ToolUse, Reasoning, Failure, Stop, None. The fields of [Delta] hold all of them.
const (
	Unknown   Kind = iota // valid JSON of a shape this package does not know
	None                  // a known shape that holds nothing of the answer: a start, a ping, a count of tokens
	Text                  // text of the answer
	ToolUse               // a tool call or a piece of one
	Reasoning             // text of the model's reasoning, which is not part of its answer
	Stop                  // no content; a stop reason, or the last chunk
	Failure               // the model reports an error in its own format
)

var kinds = [...]string{"unknown", "none", "text", "tool use", "reasoning", "stop", "failure"}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return kinds[Unknown]
}

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
	Metrics                   // {"amazon-bedrock-invocationMetrics":{...}} and nothing else
)

var shapes = [...]string{
	"unknown", "Anthropic messages", "Anthropic completion", "Amazon Titan", "Amazon Nova", "Meta Llama",
	"Mistral completion", "chat choices", "Cohere generations", "Cohere chat", "invocation metrics",
}

// String returns the shape's name.
func (s Shape) String() string {
	if int(s) < len(shapes) {
		return shapes[s]
	}
	return shapes[ShapeUnknown]
}

// Delta is what one chunk adds to an answer. Its slices are borrowed: from the chunk, or from the
// buffer that [Extract] returned with it where JSON escapes had to be resolved. They are valid as
// long as neither is changed. A nil slice means that the chunk does not have the thing; an empty one
// that it has it, empty.
type Delta struct {
	Kind  Kind
	Shape Shape
	// End reports that the answer is complete with this chunk. Chunks that follow hold token counts
	// and timings at most. In an answer with several choices it is said of one choice.
	End bool
	// Index numbers the content block (Anthropic, Nova) or the choice that the delta belongs to.
	Index int

	Text      []byte // of the answer
	Reasoning []byte // of the reasoning
	Tool      Tool
	// StopReason is the model's own word for why it stopped: end_turn, max_tokens, tool_use,
	// FINISH, COMPLETE, length, ... The type of the error for a Failure.
	StopReason []byte
	Usage      Usage
}

// Tool is a tool call or a piece of one. Models that stream a call send ID and Name first and then
// pieces of Input, which are JSON once joined; others send all at once.
type Tool struct {
	ID, Name []byte
	Input    []byte
	// Calls is how many calls the chunk has pieces of. The fields describe the first of them; who
	// uses tools with a model that sends several at once decodes the chunk for the others.
	Calls int
}

// Usage counts tokens, where a chunk tells; 0 where it does not. Counts run: the last one told counts,
// they are never to be added up.
type Usage struct {
	Input, Output int64
}
