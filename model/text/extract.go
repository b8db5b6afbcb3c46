package text

import (
	"bytes"
	"iter"
	"strconv"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// Kind says what a chunk holds that a reader of the answer cares about.
type Kind uint8

// The kinds. Where a chunk holds several things, the first that applies in this order is its Kind:
// Text, ToolUse, Reasoning, Fault, Stop, None. The fields of [Delta] hold all of them.
const (
	Unknown   Kind = iota // valid JSON of a shape this package does not know
	None                  // a known shape that holds nothing of the answer: a start, a ping, a count of tokens
	Text                  // text of the answer
	ToolUse               // a tool call or a piece of one
	Reasoning             // text of the model's reasoning, which is not part of its answer
	Stop                  // no content; a stop reason, or the last chunk
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
	// End reports that the chunk holds its format's end mark. Chunks that follow hold token counts and
	// timings at most. In an answer with several choices it refers to one choice.
	End bool
	// Index numbers the content block (Anthropic, Nova) or the choice that the delta belongs to.
	Index int

	Text      []byte // of the answer
	Reasoning []byte // of the reasoning
	Tool      Tool
	// StopReason is the model's own word for why it stopped: end_turn, max_tokens, tool_use,
	// FINISH, COMPLETE, length, ... The type of the error for a Fault.
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

// Extract finds what chunk, one event of a model's own format (the bytes of a Bedrock chunk after
// base64), adds to the answer. The format is recognised by the chunk's shape; see the package
// comment for the table.
//
// It does not allocate, except that texts with JSON escapes are appended to dst, which grows where
// it has no room. The result is borrowed from chunk and from buf, the grown dst; passing buf[:0] to
// the next call, when the delta is done with, keeps a loop free of allocations.
//
// A chunk of a shape that is not known is no error: its Kind is [Unknown]. The error, a
// *jsonwire.Error, is for what is no JSON by the rules of package jsonwire, or repeats a key that is
// known; the delta is then zero.
func Extract(dst, chunk []byte) (d Delta, buf []byte, err error) {
	// A value on the stack: its methods take pointers that never leave this function.
	x := extractor{lx: jsonwire.New(chunk), buf: dst}
	x.chunk()
	// Finish first: what was found in a chunk that is not JSON to its last byte is dropped.
	if err := x.lx.Finish(); err != nil {
		return Delta{}, dst, err
	}
	x.d.Kind = x.kind()
	return x.d, x.buf, nil
}

// Ends reports whether chunk holds its format's end mark, [Delta.End], for a caller that passes the
// bytes on without looking into them. It is false for malformed chunks. It does not allocate.
func Ends(chunk []byte) bool {
	if isPlainDelta(chunk) {
		return false
	}
	// raw spares the unescaping: whether a text is empty can be told from its raw form.
	x := extractor{lx: jsonwire.New(chunk), raw: true}
	x.chunk()
	return x.lx.Finish() == nil && x.d.End
}

// MarksEnd reports whether chunk is of a format whose answers have an end mark: a stream of such
// chunks that closes before [Ends] was true of one of them was cut. It is false for malformed chunks
// and for those of an unknown format. It does not allocate.
func MarksEnd(chunk []byte) bool {
	x := extractor{lx: jsonwire.New(chunk), raw: true}
	x.chunk()
	// Bedrock's metrics come with any format.
	return x.lx.Finish() == nil && x.d.Shape != ShapeUnknown && x.d.Shape != Metrics
}

// Failure returns the error that the model reports in chunk in its own format, and nil where it
// reports none: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}} of
// Anthropic, {"error":{"message":"...","type":"...","code":"..."}} of OpenAI, {"error":"..."} and
// the like. Code and message are the model's, InStream is set, and Raw is a copy of the chunk's
// first [model.MaxErrorBody] bytes.
//
// It does not allocate for a chunk without an error, which costs it a search for one word. It does
// not see an error whose key is spelled with JSON escapes.
func Failure(chunk []byte) *model.Error {
	if isPlainDelta(chunk) || !bytes.Contains(chunk, []byte(`"error"`)) {
		return nil
	}
	x := extractor{lx: jsonwire.New(chunk)}
	x.chunk()
	if x.lx.Finish() != nil || !x.failed {
		return nil
	}
	e := &model.Error{
		Code: model.Code(x.failure), Message: string(x.message), InStream: true,
		Raw: bytes.Clone(chunk[:min(len(chunk), model.MaxErrorBody)]),
	}
	if n := x.status; n >= 100 && n <= 599 {
		e.OriginalStatusCode, e.StatusCode = int(n), int(n)
		if e.Code == "" {
			e.Code = model.Code(strconv.Itoa(int(n)))
		}
	}
	return e
}

// isPlainDelta reports whether chunk, if it is JSON at all, is a delta of text of Anthropic's and
// nothing more. Nearly every chunk of the most frequent shape is one, and a few comparisons tell it in
// a tenth of the lexer's time.
//
// How the chunk begins does not suffice: Bedrock adds its metrics to whichever chunk is the last, and
// members of another shape could follow. So the text's first quote must be the one that ends it, with
// nothing behind but the two braces. A quote that a backslash escapes there leaves the string open;
// that, like anything else that is wrong inside it, makes the chunk malformed, and malformed chunks
// end nothing either: in both cases the answer is the same without looking.
func isPlainDelta(chunk []byte) bool {
	const head, mid, tail = `{"type":"content_block_delta","index":`, `,"delta":{"type":"text_delta","text":"`, `"}}`
	if len(chunk) < len(head) || string(chunk[:len(head)]) != head {
		return false
	}
	rest := chunk[len(head):]
	// Digits that are no number of JSON's, none or 007, make a malformed chunk: see above.
	for len(rest) > 0 && rest[0]-'0' <= 9 {
		rest = rest[1:]
	}
	if len(rest) < len(mid) || string(rest[:len(mid)]) != mid {
		return false
	}
	rest = rest[len(mid):]
	end := bytes.IndexByte(rest, '"')
	return end >= 0 && string(rest[end:]) == tail
}

// field is a key that means something somewhere in some shape. One list for all places lets one
// place look keys up and refuse repeated ones. There is room for 64, the bits of a word.
type field uint8

const (
	// What next returns when there is no member to tell of.
	fEnd   field = iota // no more members
	fOther              // a key that is not known
	// Anthropic's messages at the top of a chunk, and what other shapes share of their names.
	fType
	fDelta
	fContentBlock
	fMessage
	fIndex
	fBlockIndex
	fUsage
	fError
	// Members of one text: Anthropic's old format, Titan, Llama.
	fCompletion
	fStopReason
	fNovaStopReason
	fOutputText
	fCompletionReason
	fTitanInput
	fTitanOutput
	// Amazon Nova: an event is named by its one member.
	fMessageStart
	fBlockStart
	fBlockDelta
	fBlockStop
	fMessageStop
	fMetadata
	// Llama's counts have names of their own at the top.
	fGeneration
	fLlamaInput
	fLlamaOutput
	// Arrays of candidates.
	fOutputs
	fChoices
	fGenerations
	// Cohere.
	fIsFinished
	fFinishReason
	fEventType
	fText
	// Inside deltas and content blocks.
	fThinking
	fPartialJSON
	fID
	fToolUseID
	fName
	fStart
	fToolUse
	fReasoningContent
	fReasoningText
	fNovaInput
	// Inside a choice's message.
	fContent
	fChatReasoning
	fPlainReasoning
	fToolCalls
	fFunction
	fArguments
	fParameters
	// Inside an error.
	fCode
	fStatus
	// Bedrock's own figures, and the names that token counts go by in it and in each family's usage.
	fMetrics
	fInputTokens
	fPromptTokens
	fNovaInputTokens
	fInputTokenCount
	fOutputTokens
	fCompletionTokens
	fNovaOutputTokens
	fOutputTokenCount
)

// lookup returns the field of a key. Two spellings of one thing are two fields: a chunk may have both.
func lookup(key []byte) field {
	// Keys are compared byte by byte: "Type" is a key that is not known. encoding/json would take it
	// for "type".
	switch string(key) { // compiled to a search by length and bytes, without a copy
	case "type":
		return fType
	case "delta":
		return fDelta
	case "content_block":
		return fContentBlock
	case "message":
		return fMessage
	case "index":
		return fIndex
	case "contentBlockIndex":
		return fBlockIndex
	case "usage":
		return fUsage
	case "error":
		return fError
	case "completion":
		return fCompletion
	case "stop_reason":
		return fStopReason
	case "stopReason":
		return fNovaStopReason
	case "outputText":
		return fOutputText
	case "completionReason":
		return fCompletionReason
	case "inputTextTokenCount":
		return fTitanInput
	case "totalOutputTextTokenCount":
		return fTitanOutput
	case "messageStart":
		return fMessageStart
	case "contentBlockStart":
		return fBlockStart
	case "contentBlockDelta":
		return fBlockDelta
	case "contentBlockStop":
		return fBlockStop
	case "messageStop":
		return fMessageStop
	case "metadata":
		return fMetadata
	case "generation":
		return fGeneration
	case "prompt_token_count":
		return fLlamaInput
	case "generation_token_count":
		return fLlamaOutput
	case "outputs":
		return fOutputs
	case "choices":
		return fChoices
	case "generations":
		return fGenerations
	case "is_finished":
		return fIsFinished
	case "finish_reason":
		return fFinishReason
	case "event_type":
		return fEventType
	case "text":
		return fText
	case "thinking":
		return fThinking
	case "partial_json":
		return fPartialJSON
	case "id":
		return fID
	case "toolUseId":
		return fToolUseID
	case "name":
		return fName
	case "start":
		return fStart
	case "toolUse":
		return fToolUse
	case "reasoningContent":
		return fReasoningContent
	case "reasoningText":
		return fReasoningText
	case "input":
		return fNovaInput
	case "content":
		return fContent
	case "reasoning_content":
		return fChatReasoning
	case "reasoning":
		return fPlainReasoning
	case "tool_calls":
		return fToolCalls
	case "function":
		return fFunction
	case "arguments":
		return fArguments
	case "parameters":
		return fParameters
	case "code":
		return fCode
	case "status":
		return fStatus
	case "amazon-bedrock-invocationMetrics":
		return fMetrics
	case "input_tokens":
		return fInputTokens
	case "prompt_tokens":
		return fPromptTokens
	case "inputTokens":
		return fNovaInputTokens
	case "inputTokenCount":
		return fInputTokenCount
	case "output_tokens":
		return fOutputTokens
	case "completion_tokens":
		return fCompletionTokens
	case "outputTokens":
		return fNovaOutputTokens
	case "outputTokenCount":
		return fOutputTokenCount
	}
	return fOther
}

// word is a value of "type" or "event_type" that means something.
//
// Small numbers instead of slices of the chunk: what "type" says is needed after the walk, when a
// text that was unescaped would have to be kept.
type word uint8

const (
	wNone  word = iota // no such member, or no string
	wOther             // another string
	// events of Anthropic's messages
	wMessageStart
	wContentBlockStart
	wContentBlockDelta
	wContentBlockStop
	wMessageDelta
	wMessageStop
	wPing
	wError
	// deltas of theirs
	wTextDelta
	wThinkingDelta
	wInputJSONDelta
	wSignatureDelta
	wCitationsDelta
	// content blocks of theirs
	wText
	wThinking
	wToolUse
	wServerToolUse
	wMcpToolUse
	// events of Cohere's chat
	wTextGeneration
	wToolCallsGeneration
	wToolCallsChunk
	wStreamEnd
)

// lookupWord returns the word that s is.
//
// A word that is not listed is wOther and not wNone: a type that is newer than this package makes
// its chunk unknown, a missing one does not.
func lookupWord(s []byte) word {
	// One list for all places here too: a word in the wrong place is judged where it stands.
	switch string(s) {
	case "message_start":
		return wMessageStart
	case "content_block_start":
		return wContentBlockStart
	case "content_block_delta":
		return wContentBlockDelta
	case "content_block_stop":
		return wContentBlockStop
	case "message_delta":
		return wMessageDelta
	case "message_stop":
		return wMessageStop
	case "ping":
		return wPing
	case "error":
		return wError
	case "text_delta":
		return wTextDelta
	case "thinking_delta":
		return wThinkingDelta
	case "input_json_delta":
		return wInputJSONDelta
	case "signature_delta":
		return wSignatureDelta
	case "citations_delta":
		return wCitationsDelta
	case "text":
		return wText
	case "thinking":
		return wThinking
	case "tool_use":
		return wToolUse
	case "server_tool_use":
		return wServerToolUse
	case "mcp_tool_use":
		return wMcpToolUse
	case "text-generation":
		return wTextGeneration
	case "tool-calls-generation":
		return wToolCallsGeneration
	case "tool-calls-chunk":
		return wToolCallsChunk
	case "stream-end":
		return wStreamEnd
	}
	return wOther
}

// extractor walks one chunk. Its methods follow one rule: called after a key, they consume that
// member's value whole, whatever kind it is; a value of a kind that was not expected counts as
// absent.
//
// Nothing in it is a tree: at any time the lexer, one level's set of keys and the delta so far are
// all there is, which is why nothing is allocated and depth costs nothing.
type extractor struct {
	lx  jsonwire.Lexer
	buf []byte // texts that needed unescaping
	raw bool   // leave texts as they are, because only their presence matters
	d   Delta

	// What the top level's members said, for the shapes to judge once all of them are known.
	typ       word   // "type" at the top
	blockType word   // "type" inside "delta" or "content_block"
	event     word   // "event_type" at the top
	failure   []byte // "code", "type" or "status" inside "error", the first of them that is a text
	message   []byte // "message" inside "error", or "error" itself
	status    int64  // "code" or "status" inside "error" where it is a number
	failed    bool   // the chunk tells of an error
	mixed     bool   // members of two shapes
	other     bool   // members that no shape has
	metrics   bool   // Bedrock's own invocation metrics
}

// chunk walks the whole chunk, except for what follows its value.
func (x *extractor) chunk() {
	// Anything else leaves the delta empty, and that is Unknown. What a scalar or an array holds is
	// checked by Finish all the same.
	if x.lx.Next() == jsonwire.ObjectStart {
		x.top()
	}
}

// spelled returns the string or key just consumed without escapes, in room if it had any. What does
// not fit the room can't be on a list; it comes back empty.
func (x *extractor) spelled(room []byte) []byte {
	// Unescaping never makes a text longer, so what passes here fits and nothing is allocated.
	if len(x.lx.Raw()) > cap(room) {
		return nil
	}
	return x.lx.AppendText(room)
}

// next consumes the next key of the object that was entered and returns its field, or fEnd. Keys
// that are not known are passed over, with their values. seen remembers this object's keys.
func (x *extractor) next(seen *uint64) field {
	for x.lx.Next() == jsonwire.Key {
		var f field
		if !x.lx.Escaped() {
			// The usual way: a key without escapes is looked up where it stands in the chunk.
			f = lookup(x.lx.Raw())
		} else {
			var room [maxEscaped]byte
			f = lookup(x.spelled(room[:0]))
		}
		if f == fOther {
			// Members deeper down say nothing about the chunk's shape; at depth 1 an unknown one
			// does.
			x.other = x.other || x.lx.Depth() == 1
			x.lx.Skip()
			continue
		}
		if !x.lx.Once(seen, uint(f)) {
			// The lexer has failed with the duplicate, and all loops above end at their next key.
			return fEnd
		}
		return f
	}
	return fEnd
}

// maxEscaped is the longest escaped spelling of anything on the lists: six bytes for each of the 32
// letters of the longest key.
const maxEscaped = 6 * len("amazon-bedrock-invocationMetrics")

// word consumes the value and returns which one it is if it is a string, and wNone otherwise.
func (x *extractor) word() word {
	// After a scalar Skip does nothing, after a bracket it consumes the rest, after a fault nothing
	// is left: the rule of these methods holds in each case.
	if x.lx.Next() != jsonwire.String {
		x.lx.Skip()
		return wNone
	}
	if !x.lx.Escaped() {
		return lookupWord(x.lx.Raw())
	}
	var room [maxEscaped]byte
	return lookupWord(x.spelled(room[:0]))
}

// object enters the value if it is an object; otherwise it is passed over.
func (x *extractor) object() bool {
	if x.lx.Next() == jsonwire.ObjectStart {
		return true
	}
	x.lx.Skip()
	return false
}

// members consumes the value, and goes over the known members of it if it is an object. Whoever ranges over it consumes each
// member's value, and does not break off.
func (x *extractor) members() iter.Seq[field] {
	return func(yield func(field) bool) {
		if !x.object() {
			return
		}
		var seen uint64
		for f := x.next(&seen); f != fEnd && yield(f); f = x.next(&seen) {
		}
	}
}

// first enters the first object of the value if it is an array that begins with one, and reports
// whether it did; rest must be called after that object's end.
//
// Choices, outputs, generations and tool calls are all read this way: one is described, the others
// are counted or passed over, so that what a delta holds has a fixed size.
func (x *extractor) first() bool {
	if x.lx.Next() != jsonwire.ArrayStart {
		x.lx.Skip()
		return false
	}
	switch x.lx.Next() {
	case jsonwire.ObjectStart:
		return true
	// An empty array is consumed with its end.
	case jsonwire.ArrayEnd:
		return false
	}
	x.lx.Skip()
	x.rest()
	return false
}

// rest consumes an array's elements up to its end and returns how many there were.
//
// An element is consumed whole by Skip before the next one is asked for, so that ends of arrays
// inside it are not taken for this one's.
func (x *extractor) rest() (n int) {
	for {
		switch x.lx.Next() {
		case jsonwire.ArrayEnd, jsonwire.Invalid:
			return n
		}
		x.lx.Skip()
		n++
	}
}

// text returns the value if it is a string, never nil then, and nil otherwise.
func (x *extractor) text() []byte {
	if x.lx.Next() != jsonwire.String {
		x.lx.Skip()
		return nil
	}
	return x.unescaped()
}

// unescaped returns the text of the string just consumed.
func (x *extractor) unescaped() []byte {
	if x.raw || !x.lx.Escaped() {
		return x.lx.Raw()
	}
	// Behind what is there already: the caller's own bytes, and texts that this chunk gave before.
	from := len(x.buf)
	x.buf = x.lx.AppendText(x.buf)
	// If the append moved the buffer, what was cut from the old one before is still there.
	return x.buf[from:len(x.buf):len(x.buf)]
}

// reason returns the value if it is a string that is not empty: "" says no more than null does.
func (x *extractor) reason() []byte {
	// With raw an escaped text is as it stands in the chunk; it is empty only if its text is.
	if s := x.text(); len(s) != 0 {
		return s
	}
	return nil
}

// json returns the value as [extractor.text] does if it is a string, as it stands if it is an object or
// an array, and nil otherwise.
func (x *extractor) json() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		return x.unescaped()
	// Arguments that were sent as JSON and not as a text of JSON: passed on as they stand, checked
	// by the lexer.
	case jsonwire.ObjectStart, jsonwire.ArrayStart:
		return x.lx.Skip()
	}
	return nil
}

// number returns the value if it is an integer that is not negative, and 0 otherwise. Counts are
// informative; one that makes no sense is no reason to lose a text.
func (x *extractor) number() int64 {
	if x.lx.Next() == jsonwire.Number {
		// Fractions, exponents and what does not fit an int64 are as good as nothing.
		if n, ok := x.lx.Int64(); ok && n > 0 {
			return n
		}
		return 0
	}
	x.lx.Skip()
	return 0
}

// index sets the delta's index.
//
// A block's number that does not fit stays 0: it is for telling blocks apart, and no answer has two
// thousand million.
func (x *extractor) index() {
	if n := x.number(); n <= 1<<31-1 { // an int holds it on every machine
		x.d.Index = int(n)
	}
}

// isTrue reports whether the value is true.
func (x *extractor) isTrue() bool {
	// "true" and 1 are not true: no model sends them, and an end that was guessed would cut an
	// answer short.
	is := x.lx.Next() == jsonwire.True
	x.lx.Skip()
	return is
}
