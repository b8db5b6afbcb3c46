package text

import (
	"iter"

	"bedrockwire/model/jsonwire"
)

// Kind says what a chunk holds that a reader of the answer cares about.
type Kind uint8

// The kinds. Where a chunk holds several things, the first that applies in this order is its Kind:
// Unknown, Text, ToolUse, Reasoning, Fault, Stop, None. The fields of [Delta] hold all of them.
const (
	Unknown   Kind = iota // something in the chunk is not understood
	None                  // nothing of the answer: a start, a ping, a count of tokens
	Text                  // text of the answer
	ToolUse               // tool calls or pieces of them
	Reasoning             // the model's reasoning, which is not part of its answer
	Stop                  // no content; a stop reason, or the end of the answer
	Fault                 // the model reports an error in its own format
)

var kinds = [...]string{"unknown", "none", "text", "tool use", "reasoning", "stop", "fault"}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return kinds[Unknown]
}

// Delta is what one chunk adds to an answer. Its slices are borrowed: from the chunk, or from the
// buffer that [Extract] returned with it where JSON escapes had to be resolved. They are valid as
// long as neither is changed. A nil slice means that the chunk does not have the thing; an empty one
// means that it is there and empty.
//
// In a Delta whose Kind is Unknown, the fields hold what was understood.
type Delta struct {
	Kind  Kind
	Shape Shape
	// Event is the event's own name, such as content_block_delta, contentBlockDelta or
	// text-generation. It is nil in formats whose events have none.
	Event []byte
	// BlockStart and BlockStop say that a content block begins or ends (Anthropic, Nova).
	BlockStart, BlockStop bool
	// End reports that the chunk holds its format's end mark. Chunks that follow hold token counts and
	// timings at most. With several choices it is the end of one choice.
	End bool
	// Index numbers the content block (Anthropic, Nova) or the choice that the delta belongs to.
	Index int

	Text      []byte // of the answer
	Refusal   bool   // Text is the model's refusal to answer
	Reasoning []byte // text of the reasoning
	Signature []byte // of the reasoning: send it back together with the text
	Redacted  []byte // encrypted reasoning, in the base64 it came in: send it back as it is
	Tool      Tool   // the first tool call of the chunk; see ToolCalls
	// StopReason is the model's own word for why it stopped: end_turn, max_tokens, tool_use, FINISH,
	// COMPLETE, length, ...
	StopReason []byte
	// Guardrail is INTERVENED where a guardrail has replaced or blocked the answer, and NONE where
	// Bedrock says that none has.
	Guardrail []byte
	// Code and Message are the model's own words for an error.
	Code, Message []byte
	Usage         Usage

	calls               []byte // the array of tool calls, where it has more than one
	textHalf, thinkHalf half
}

// Tool is a tool call or a piece of one. Models that stream a call send ID and Name first and then
// pieces of Input, which are JSON once joined; others send all at once.
type Tool struct {
	ID, Name []byte
	Input    []byte
	// Index tells the calls of an answer apart: pieces of one call have the same.
	Index int
	// Calls is how many calls the chunk has pieces of.
	Calls int
}

// Usage counts tokens; a count that a chunk does not have is 0. Counts are running totals: take the
// latest of each that is not 0, and do not add them up.
type Usage struct {
	Input, Output         int64
	CacheRead, CacheWrite int64 // input tokens that were read from a prompt cache, or written to it
}

// ToolCalls yields every tool call that the chunk has a piece of. It allocates only for the second
// and later calls of a chunk, and only where they hold JSON escapes.
func (d *Delta) ToolCalls() iter.Seq[Tool] {
	return func(yield func(Tool) bool) {
		if d.Tool.Calls == 0 || !yield(d.Tool) || d.calls == nil {
			return
		}
		x := extractor{lx: jsonwire.New(d.calls)}
		e := x.elements()
		for first := true; x.element(&e); first = false {
			t := x.toolCall(e.i)
			t.Calls = d.Tool.Calls
			if !first && !yield(t) {
				return
			}
		}
	}
}

// half notes the unpaired UTF-16 surrogates at the two ends of a text, 0 for none. A model that
// streams tokens may put the halves of one character in two chunks.
type half struct{ first, last uint16 }
