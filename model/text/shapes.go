package text

import "bedrockwire/model/jsonwire"

// mark notes that a member of shape s was seen at the top. Members of two shapes in one chunk make
// it unknown: whichever were taken, another reader would take the other.
func (x *extractor) mark(s Shape) {
	// The second shape is kept, so that three of them are as mixed as two.
	x.mixed = x.mixed || x.d.Shape != ShapeUnknown && x.d.Shape != s
	x.d.Shape = s
}

// top consumes the chunk's members and then decides what they make together; the order in which
// they came does not matter.
func (x *extractor) top() {
	var (
		seen          uint64
		flat          []byte // "text"
		calls         Tool   // "tool_calls"
		stop          []byte // "stop_reason"
		finish        []byte // "finish_reason"
		completion    []byte // "completionReason"
		finished      bool   // "is_finished" is true
		input, output int64  // token counts spelled as members of the top
	)
	// Nothing is decided in this loop but what a member's own place decides: JSON objects have no
	// order (RFC 8259 section 4), so "type" may come last.
	d := &x.d
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		switch f {
		case fType:
			x.typ = x.word()
		// Members that occur in one shape only mark it. "type", "index", "usage" and "text" occur in
		// several, and mark nothing.
		case fDelta:
			x.mark(AnthropicMessages)
			x.anthropicDelta()
		case fContentBlock:
			x.mark(AnthropicMessages)
			x.anthropicBlock()
		case fMessage:
			x.nestedUsage()
		case fError:
			x.errorMember()
		case fIndex:
			x.index()
		case fUsage:
			x.usage()
		// The three shapes whose text is a member of the top.
		case fCompletion:
			x.mark(AnthropicCompletion)
			d.Text = x.text()
		case fGeneration:
			x.mark(MetaLlama)
			d.Text = x.text()
		case fOutputText:
			x.mark(AmazonTitan)
			d.Text = x.text()
		// Kept aside until the shape is known: the same member ends an answer in one shape and is a
		// detail in another.
		case fStopReason:
			stop = x.reason()
		case fFinishReason:
			finish = x.reason()
		case fCompletionReason:
			completion = x.reason()
		case fTitanInput, fLlamaInput:
			input = x.number()
		case fTitanOutput, fLlamaOutput:
			output = x.number()
		// Events that mark a beginning or an end of a block and hold nothing of the answer.
		case fMessageStart, fBlockStop:
			x.mark(AmazonNova)
			x.lx.Skip()
		case fBlockStart:
			x.mark(AmazonNova)
			x.novaStart()
		case fBlockDelta:
			x.mark(AmazonNova)
			x.novaDelta()
		case fMessageStop:
			x.mark(AmazonNova)
			x.novaStop()
		case fMetadata:
			x.mark(AmazonNova)
			x.nestedUsage()
		// Three names for an array of alternatives; what is inside differs less than the names.
		case fOutputs:
			x.mark(MistralCompletion)
			x.candidates()
		case fChoices:
			x.mark(ChatChoices)
			x.candidates()
		case fGenerations:
			x.mark(CohereGenerations)
			x.candidates()
		case fEventType:
			x.event = x.word()
		case fIsFinished:
			finished = x.isTrue()
		case fText:
			flat = x.text()
		case fToolCalls:
			// Only Cohere has them here; a choice's own must not be touched.
			own := d.Tool
			x.toolCalls()
			calls, d.Tool = d.Tool, own
		// Read like any usage, and from here on not to be replaced: it is what is billed.
		case fMetrics:
			x.metrics = x.usage()
		default:
			x.lx.Skip()
		}
	}
	// Counts of the top go before those of "usage", which no shape with these members has.
	if input|output != 0 && !x.metrics {
		d.Usage = Usage{input, output}
	}

	// seen has a bit for each known key that came, whatever its value was.
	has := func(f field) bool { return seen>>f&1 != 0 }
	switch d.Shape {
	case ShapeUnknown, AnthropicMessages:
		switch {
		// A "type" that is a string makes it an event of Anthropic's, known or not: no other shape
		// has one at the top without members that mark it.
		case x.typ != wNone:
			x.anthropic(has(fDelta), has(fContentBlock))
		case d.Shape == AnthropicMessages:
			x.mixed = true // pieces of the shape, but no event
		case x.event != wNone || has(fIsFinished):
			x.cohere(flat, finish, calls, finished)
		// Nothing but the metrics: with another member beside them, known or not, the chunk is some
		// shape that is not known.
		case x.metrics && seen == 1<<fMetrics && !x.other:
			d.Shape = Metrics
		}
	case AmazonNova:
		// One event, one member: a start and a delta in one chunk would write the same fields.
		x.mixed = x.mixed || has(fBlockStart) && has(fBlockDelta)
	// null and "" are no reason (see reason), so stop says whether the answer is over.
	// MistralCompletion and ChatChoices have judged themselves in candidates.
	case AnthropicCompletion, MetaLlama:
		d.StopReason, d.End = stop, stop != nil
	case AmazonTitan:
		d.StopReason, d.End = completion, completion != nil
	case CohereGenerations:
		// At the top it is of the whole answer and outweighs that of the candidate.
		if finish != nil {
			d.StopReason = finish
		}
		d.End = d.End || finished || finish != nil
	}
	// Bedrock adds its metrics to the last chunk of a stream, whatever the model. In a chunk of their
	// own they don't say that the model had finished.
	d.End = d.End || x.metrics && d.Shape != Metrics

	// After the shapes have judged: they may have found the mixture.
	if x.mixed {
		d.Shape = ShapeUnknown
	}
	if d.Shape == ShapeUnknown {
		*d = Delta{} // nothing of it can be relied on
	}
}

// kind decides the delta's kind from what was found.
func (x *extractor) kind() Kind {
	d := &x.d
	switch {
	// In the order of the constants' comment. Reordering it would hide texts behind stop reasons:
	// the last chunk of some families has both.
	case d.Shape == ShapeUnknown:
		return Unknown
	case len(d.Text) != 0:
		return Text
	case d.Tool.Calls != 0:
		return ToolUse
	case len(d.Reasoning) != 0:
		return Reasoning
	case x.failed:
		return Fault
	case d.StopReason != nil || d.End:
		return Stop
	}
	return None
}

// anthropic judges an event of Anthropic's messages by its type (Anthropic, "Streaming messages").
// Members that do not belong to the type are not taken.
func (x *extractor) anthropic(delta, block bool) {
	d := &x.d
	// Taken apart and put together anew: a text inside a message_stop, say, is not let through for
	// having been found.
	found := *d
	*d = Delta{Shape: AnthropicMessages, Index: found.Index, Usage: found.Usage}
	x.failed = false
	switch x.typ {
	case wContentBlockDelta:
		switch x.blockType {
		case wTextDelta:
			d.Text = found.Text
		case wThinkingDelta:
			d.Reasoning = found.Reasoning
		case wInputJSONDelta:
			d.Tool = Tool{Input: found.Tool.Input, Calls: 1}
		case wSignatureDelta, wCitationsDelta:
		// A delta that is newer than this package. It may be text of the answer, so None would be a
		// guess.
		default:
			x.mixed = true
		}
		x.mixed = x.mixed || block
	case wContentBlockStart:
		switch x.blockType {
		// The block's first text is part of the answer; Anthropic sends it empty.
		case wText:
			d.Text = found.Text
		case wThinking:
			d.Reasoning = found.Reasoning
		case wToolUse, wServerToolUse, wMcpToolUse:
			d.Tool = Tool{ID: found.Tool.ID, Name: found.Tool.Name, Calls: 1}
		}
		x.mixed = x.mixed || delta
	case wMessageDelta:
		// The reason comes one event before the end: message_stop is still to follow.
		d.StopReason = found.StopReason
	case wMessageStop:
		d.End = true
	case wError:
		x.failed, d.StopReason = true, x.failure
	// Known and empty. An unknown event is not None: it may be what ends the answer.
	case wMessageStart, wContentBlockStop, wPing:
	default:
		x.mixed = true
	}
}

// anthropicDelta consumes the "delta" of content_block_delta or message_delta.
//
// Both kinds of delta are read alike: message_delta has a stop reason and no type,
// content_block_delta a type and what it names. "signature" and "citation" hold nothing that is
// shown, and are passed over.
func (x *extractor) anthropicDelta() {
	for f := range x.members() {
		// The keys of messages and of their deltas are listed together: each event has its own of
		// them, and anthropic decides which to believe.
		switch f {
		case fType:
			x.blockType = x.word()
		case fText:
			x.d.Text = x.text()
		case fThinking:
			x.d.Reasoning = x.text()
		case fPartialJSON:
			x.d.Tool.Input = x.text()
		case fStopReason:
			x.d.StopReason = x.reason()
		default:
			x.lx.Skip()
		}
	}
}

// anthropicBlock consumes the "content_block" of content_block_start.
//
// The "input" of a tool's start is not taken: in Anthropic's documentation it is {} and the pieces
// follow as input_json_delta, in front of which it would stand.
func (x *extractor) anthropicBlock() {
	for f := range x.members() {
		switch f {
		case fType:
			x.blockType = x.word()
		case fText:
			x.d.Text = x.text()
		case fThinking:
			x.d.Reasoning = x.text()
		case fID:
			x.d.Tool.ID = x.text()
		case fName:
			x.d.Tool.Name = x.text()
		default:
			x.lx.Skip()
		}
	}
}

// errorMember consumes the "error" of a chunk: an object, or a plain text of some gateways. null,
// false and an empty text are no error.
func (x *extractor) errorMember() {
	switch x.lx.Next() {
	case jsonwire.String:
		x.message = x.unescaped()
		x.failed = len(x.message) != 0
		return
	case jsonwire.ObjectStart:
		x.failed = true
	default:
		x.lx.Skip()
		return
	}
	var (
		seen               uint64
		code, kind, status []byte
	)
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		switch f {
		case fMessage:
			x.message = x.text()
		case fType:
			kind = x.reason()
		case fCode:
			code = x.errorCode()
		case fStatus:
			status = x.errorCode()
		default:
			x.lx.Skip()
		}
	}
	// OpenAI's code is narrower than its type, Google's status is the word for its code.
	for _, s := range [][]byte{code, kind, status} {
		if x.failure == nil {
			x.failure = s
		}
	}
}

// errorCode returns the value if it is a text, and notes it as the status if it is a number.
func (x *extractor) errorCode() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		if s := x.unescaped(); len(s) != 0 {
			return s
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

// novaStart consumes {"start":{"toolUse":{...}},"contentBlockIndex":n} (Amazon Nova User Guide; the
// events are those of ConverseStream).
func (x *extractor) novaStart() {
	for f := range x.members() {
		switch f {
		case fBlockIndex:
			x.index()
		// A start and a delta hold the same kinds of content, of which tools use both.
		case fStart:
			x.novaContent()
		default:
			x.lx.Skip()
		}
	}
}

// novaDelta consumes {"delta":{...},"contentBlockIndex":n}.
func (x *extractor) novaDelta() {
	for f := range x.members() {
		switch f {
		case fBlockIndex:
			x.index()
		case fDelta:
			x.novaContent()
		default:
			x.lx.Skip()
		}
	}
}

// novaContent consumes what a "start" or a "delta" of Nova holds.
//
// toolUse and reasoningContent come instead of text, never beside it, by the documentation; if they
// do, each goes to its own field and kind decides.
func (x *extractor) novaContent() {
	for f := range x.members() {
		switch f {
		case fText:
			x.d.Text = x.text()
		case fToolUse:
			x.novaTool()
		case fReasoningContent:
			x.novaReasoning()
		default:
			x.lx.Skip()
		}
	}
}

// novaReasoning consumes {"text":"..."}, the form of deltas. {"reasoningText":{"text":"..."}}, the
// form of whole answers, is taken too, and with a plain string inside: gateways stream both.
func (x *extractor) novaReasoning() {
	for f := range x.members() {
		switch f {
		case fText:
			// Whichever of the two forms comes first in the chunk, the form of deltas wins.
			if r := x.text(); r != nil {
				x.d.Reasoning = r
			}
		case fReasoningText:
			own := x.d.Reasoning
			x.novaReasoningText()
			if own != nil {
				x.d.Reasoning = own // the form of deltas
			}
		default:
			x.lx.Skip()
		}
	}
}

// novaReasoningText consumes the "reasoningText" inside.
func (x *extractor) novaReasoningText() {
	switch x.lx.Next() {
	case jsonwire.String:
		x.d.Reasoning = x.unescaped()
		return
	case jsonwire.ObjectStart:
	default:
		x.lx.Skip()
		return
	}
	var seen uint64
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		if f == fText {
			x.d.Reasoning = x.text()
		} else {
			x.lx.Skip()
		}
	}
}

// novaStop consumes {"stopReason":"..."}. Only the count of tokens follows it.
func (x *extractor) novaStop() {
	// By its presence alone: an event messageStop ends the answer even if its value makes no sense.
	x.d.End = true
	for f := range x.members() {
		if f == fNovaStopReason {
			x.d.StopReason = x.reason()
		} else {
			x.lx.Skip()
		}
	}
}

// candidates consumes "choices", "outputs" or "generations": alternative answers, of which Bedrock's
// models send one. The first is taken.
//
// The place of the text differs by family: "text" in outputs, generations and DeepSeek R1's choices,
// "message" or "delta" in the choices of chats. One walk knows them all, because a model's maker may
// rename the array and keep what is in it.
func (x *extractor) candidates() {
	if !x.first() {
		return
	}
	var (
		seen    uint64
		message bool // one was seen
		d       = &x.d
	)
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		switch f {
		case fIndex:
			x.index()
		case fText:
			x.content()
		case fDelta, fMessage:
			message = x.chatMessage(message)
		case fFinishReason:
			if r := x.reason(); r != nil {
				d.StopReason = r
			}
		case fStopReason:
			// Some servers send both; this one then names the stop sequence.
			if r := x.reason(); d.StopReason == nil {
				d.StopReason = r
			}
		case fIsFinished:
			d.End = x.isTrue()
		default:
			x.lx.Skip()
		}
	}
	// Of the first candidate, as the text is. The others are skipped, checked but not read.
	d.End = d.End || d.StopReason != nil
	x.rest()
}

// chatMessage consumes the "delta" or "message" of a choice (OpenAI, "Chat completion chunk"; Mistral
// on Bedrock says message where OpenAI says delta).
// A choice has one: after another, which again says that it has seen one, the chunk is unknown.
func (x *extractor) chatMessage(another bool) bool {
	if !x.object() {
		return another
	}
	x.mixed = x.mixed || another
	var seen uint64
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		switch f {
		case fContent:
			x.content()
		case fChatReasoning:
			if r := x.text(); r != nil {
				x.d.Reasoning = r
			}
		case fPlainReasoning:
			// Where both spellings are sent they hold the same text.
			if r := x.text(); x.d.Reasoning == nil {
				x.d.Reasoning = r
			}
		case fToolCalls:
			x.toolCalls()
		default:
			x.lx.Skip()
		}
	}
	return true
}

// content consumes one of the places where a choice may hold text. Two texts make the chunk unknown:
// nothing says which of them is the delta.
func (x *extractor) content() {
	// An empty text beside one that is not is no contradiction: chats send "content":"" with what
	// they put elsewhere.
	t := x.text()
	if len(t) != 0 && len(x.d.Text) != 0 {
		x.mixed = true
	}
	// An empty text replaces none, so that Text tells "" from a member that is absent.
	if len(x.d.Text) == 0 && t != nil {
		x.d.Text = t
	}
}

// toolCalls consumes an array of calls: {"id","function":{"name","arguments"}} of chats,
// {"name","parameters"} of Cohere. The first is described, the others are counted.
func (x *extractor) toolCalls() {
	if !x.first() {
		return
	}
	var seen uint64
	// Built aside, so that the delta gets a call as a whole or none.
	tool := Tool{}
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		switch f {
		case fID:
			tool.ID = x.text()
		case fName:
			// The name may stand in both places; the function's own wins, whichever comes first.
			if name := x.text(); tool.Name == nil {
				tool.Name = name
			}
		case fParameters:
			if input := x.json(); tool.Input == nil {
				tool.Input = input
			}
		case fFunction:
			x.toolFunction(&tool)
		default:
			x.lx.Skip()
		}
	}
	// rest also consumes the array's end, which first has left.
	tool.Calls = 1 + x.rest()
	x.d.Tool = tool
}

// toolFunction consumes a call's "function", whose members come before the call's own.
func (x *extractor) toolFunction(tool *Tool) {
	for f := range x.members() {
		switch f {
		case fName:
			if name := x.text(); name != nil {
				tool.Name = name
			}
		case fArguments:
			if input := x.json(); input != nil {
				tool.Input = input
			}
		default:
			x.lx.Skip()
		}
	}
}

// novaTool consumes a "toolUse": {"toolUseId","name"} in a start, {"input"} in a delta.
func (x *extractor) novaTool() {
	tool := &x.d.Tool
	// Even where the value is no object: the chunk is about a tool and not about text.
	tool.Calls = 1
	for f := range x.members() {
		switch f {
		case fToolUseID:
			tool.ID = x.text()
		case fName:
			tool.Name = x.text()
		case fNovaInput:
			tool.Input = x.json()
		default:
			x.lx.Skip()
		}
	}
}

// cohere judges a chunk by "event_type" (Command R) or by "is_finished" alone (Command). The last
// event repeats the whole answer inside "response", and may repeat it as "text": neither is a delta.
func (x *extractor) cohere(flat, reason []byte, calls Tool, finished bool) {
	d := &x.d
	*d = Delta{Shape: CohereChat, Index: d.Index, Usage: d.Usage, End: finished}
	// Events not listed (search results, citations) are known to be Cohere's and hold none of the
	// answer's text.
	switch x.event {
	case wNone, wTextGeneration:
		// The last chunk repeats the answer from its start; printing it would print all of it twice.
		if !finished {
			d.Text = flat
		}
	case wToolCallsGeneration, wToolCallsChunk:
		d.Tool = calls
	case wStreamEnd:
		d.End = true
	}
	// Before the end a reason would make the chunk a Stop.
	if d.End {
		d.StopReason = reason
	}
}

// nestedUsage consumes an object of which only "usage" matters here.
//
// message_start has "message" with the input's count, Nova's metadata has both; everything else in
// them describes the request.
func (x *extractor) nestedUsage() {
	for f := range x.members() {
		if f == fUsage {
			x.usage()
		} else {
			x.lx.Skip()
		}
	}
}

// usage consumes an object of token counts and reports whether there was one. Where Bedrock's own
// metrics came before, they stand.
func (x *extractor) usage() bool {
	if !x.object() {
		return false
	}
	var (
		seen uint64
		u    Usage
	)
	for f := x.next(&seen); f != fEnd; f = x.next(&seen) {
		switch f {
		case fInputTokens, fPromptTokens, fNovaInputTokens, fInputTokenCount:
			// Several spellings in one object say the same number, or one of them is 0.
			u.Input = max(u.Input, x.number())
		case fOutputTokens, fCompletionTokens, fNovaOutputTokens, fOutputTokenCount:
			u.Output = max(u.Output, x.number())
		default:
			x.lx.Skip()
		}
	}
	if !x.metrics {
		x.d.Usage = u
	}
	return true
}
