package text

import "bedrockwire/model/jsonwire"

// chat returns how a model with the format of OpenAI's chat completions is asked and answers.
func chat(string) *line { return &chatMessages }

var chatMessages = line{
	form: form{
		head:   `{"messages":[{"role":"user","content":`,
		middle: `}],"max_tokens":`, tail: `}`,
	},
	script: chatScript,
}

func chatScript(s *script) {
	const head = `{"id":"chatcmpl-0","object":"chat.completion.chunk","created":0,"model":"fake","choices":[{"index":0,"delta":{`
	s.add(head, `"role":"assistant","content":""},"finish_reason":null}]}`)
	s.each(head+`"content":`, `},"finish_reason":null}]}`)
	s.add(head, `},"finish_reason":"stop"}],"usage":{"prompt_tokens":`, s.input(), `,"completion_tokens":`, s.output(), `},`,
		s.metrics(), `}`)
}

var chatMarks = []mark{
	{key: "choices", shape: ChatChoices, shows: showsAlways, ends: endsByAnswer},
}

// choices reads {"choices":[...]} and Mistral's {"outputs":[...]}.
func (x *extractor) choices() {
	for m := x.inside(false); x.next(&m); {
		switch {
		case m.field == fChoices && x.d.Shape == ChatChoices, m.field == fOutputs && x.d.Shape == MistralCompletion:
			x.alternatives()
		default:
			x.common(m.field)
		}
	}
}

// alternatives consumes "choices", "outputs" or "generations": alternative answers, of which Bedrock's
// models send one. The first is taken.
//
// The place of the text differs by family: "text" in outputs, generations and DeepSeek R1's choices,
// "message" or "delta" in the choices of chats. One function knows them all, because a model's maker
// may rename the array and keep what is in it.
func (x *extractor) alternatives() {
	d := &x.d
	for e := x.elements(); x.element(&e); {
		if e.i > 0 {
			x.odd = true // a second answer in the same chunk
			x.lx.Skip()
			continue
		}
		messages, inside := 0, false // inside: something novel in the message
		finished := false
		for m := x.inside(true); x.next(&m); {
			switch m.field {
			case fIndex:
				d.Index = x.index()
			case fText:
				x.choiceText()
			case fDelta, fMessage:
				before := x.novel
				x.novel = false
				messages += x.chatMessage()
				inside, x.novel = inside || x.novel, x.novel || before
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
				finished = x.isTrue()
			case fID, fRole, fLogprobs:
				x.pass(false)
			default:
				x.pass(true)
			}
		}
		x.mixed = x.mixed || messages > 1
		// Servers add figures and filters' results to the last choice. They are not its content.
		if finished || d.StopReason != nil {
			x.novel = inside
		}
	}
}

// chatMessage consumes the "delta" or "message" of a choice (OpenAI, "Chat completion chunk"; Mistral
// on Bedrock says message where OpenAI says delta), and returns how many there are: 0 for null.
func (x *extractor) chatMessage() (n int) {
	var plain, details []byte
	d := &x.d
	for m := x.members(true); x.next(&m); {
		n = 1
		switch m.field {
		case fContent:
			x.choiceText()
		case fRefusal:
			if r := x.text(); len(r) != 0 {
				d.Refusal = true
				x.oneText(r)
			}
		case fChatReasoning:
			d.Reasoning = x.joined(d.Reasoning, x.textOrObject())
		case fPlainReasoning:
			plain = x.textOrObject()
		case fReasoningDetails:
			details = x.reasoningDetails()
		case fToolCalls:
			x.toolCalls()
		case fFunctionCall:
			t := Tool{}
			if x.toolFunction(&t) {
				t.Calls = 1
				d.Tool = t
			}
		case fRole, fName, fID:
			x.pass(false)
		default:
			x.pass(true)
		}
	}
	// Where several spellings are sent they hold the same text.
	switch {
	case d.Reasoning != nil:
	case plain != nil:
		d.Reasoning = plain
	default:
		d.Reasoning = details
	}
	return n
}

// choiceText consumes a place where a choice may hold text: a string, or parts like Mistral's
// {"type":"text","text":"..."} and {"type":"thinking","thinking":[{"type":"text","text":"..."}]}.
func (x *extractor) choiceText() {
	switch x.lx.Next() {
	case jsonwire.String:
		t := x.unescaped()
		if x.oneText(t) {
			x.textAt = x.here()
		}
	case jsonwire.ArrayStart:
		for x.lx.Next() != jsonwire.ArrayEnd && x.lx.Kind() != jsonwire.Invalid {
			x.part()
		}
	case jsonwire.Null:
	default:
		x.odd = true
		x.lx.Skip()
	}
}

// oneText takes t as the text of a choice. Two texts make the chunk unknown: nothing says which of
// them is the delta. Only an empty text may stand next to another one: chats send "content":"" with
// a text in another member.
func (x *extractor) oneText(t []byte) bool {
	x.mixed = x.mixed || len(t) != 0 && len(x.d.Text) != 0
	if len(x.d.Text) != 0 {
		return false
	}
	x.d.Text = t
	return true
}

// part consumes the part of a message's content that the last token began.
func (x *extractor) part() {
	d := &x.d
	switch x.lx.Kind() {
	case jsonwire.String:
		d.Text = x.joined(d.Text, x.unescaped())
		return
	case jsonwire.ObjectStart:
	default:
		x.odd = true
		x.lx.Skip()
		return
	}
	var kind word
	var text, thinking []byte
	for m := x.inside(true); x.next(&m); {
		switch m.field {
		case fType:
			kind = x.word()
		case fText:
			text = x.text()
		case fThinking:
			thinking = x.thinkingParts()
		default:
			x.pass(true)
		}
	}
	switch kind {
	case wText, wThinking, wNone:
		d.Text = x.joined(d.Text, text)
		d.Reasoning = x.joined(d.Reasoning, thinking)
	default:
		x.odd = true
	}
}

// thinkingParts consumes a string, or an array of {"type":"text","text":"..."}.
func (x *extractor) thinkingParts() (all []byte) {
	switch x.lx.Next() {
	case jsonwire.String:
		return x.unescaped()
	case jsonwire.Null:
		return nil
	case jsonwire.ArrayStart:
	default:
		x.odd = true
		x.lx.Skip()
		return nil
	}
	for x.lx.Next() != jsonwire.ArrayEnd && x.lx.Kind() != jsonwire.Invalid {
		switch x.lx.Kind() {
		case jsonwire.String:
			all = x.joined(all, x.unescaped())
		case jsonwire.ObjectStart:
			all = x.joined(all, x.textInside())
		default:
			x.odd = true
			x.lx.Skip()
		}
	}
	return all
}

// textOrObject consumes a string, or an object that has it as "text".
func (x *extractor) textOrObject() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		if x.d.Reasoning == nil {
			x.thinkAt = x.here()
		}
		return x.unescaped()
	case jsonwire.ObjectStart:
		return x.textInside()
	case jsonwire.Null:
		return nil
	}
	x.odd = true
	x.lx.Skip()
	return nil
}

// textInside consumes the members of an object that was entered and returns its "text". A signature
// next to it is the reasoning's.
func (x *extractor) textInside() (text []byte) {
	for m := x.inside(true); x.next(&m); {
		switch m.field {
		case fText:
			text = x.text()
		case fSignature:
			x.d.Signature = x.text()
		case fType:
			x.pass(false)
		default:
			x.pass(true)
		}
	}
	return text
}

// reasoningDetails consumes an array of {"type":"reasoning.text","text":"..."}, {"summary":"..."} or
// {"data":"..."} (OpenRouter, "Reasoning tokens").
func (x *extractor) reasoningDetails() (all []byte) {
	for e := x.elements(); x.element(&e); {
		for m := x.inside(true); x.next(&m); {
			switch m.field {
			case fText, fSummary:
				all = x.joined(all, x.text())
			case fData:
				x.d.Redacted = x.text()
			case fSignature:
				x.d.Signature = x.text()
			case fType, fID, fIndex:
				x.pass(false)
			default:
				// "format" names a vendor's format.
				x.pass(false)
			}
		}
	}
	return all
}

// toolCalls consumes an array of calls: {"id","function":{"name","arguments"}} of chats,
// {"name","parameters"} of Cohere. The first is described, the others are counted and kept as they
// stand for [Delta.ToolCalls].
func (x *extractor) toolCalls() {
	d := &x.d
	first, count := Tool{}, 0
	e := x.elements()
	from := x.lx.Offset()
	for x.element(&e) {
		t := x.toolCall(e.i)
		if count == 0 {
			first = t
		}
		count++
	}
	first.Calls = count
	if count == 0 {
		return
	}
	d.Tool = first
	// The array's end is the last token, unless the chunk is malformed.
	if count > 1 && x.lx.Kind() == jsonwire.ArrayEnd {
		d.calls = x.chunk[from : x.lx.Offset()+1]
	}
}

// toolCall consumes the members of the call that was entered. i is its place in the array.
func (x *extractor) toolCall(i int) Tool {
	t, before := Tool{Index: i}, x.novel
	x.novel = false
	var name, parameters []byte
	for m := x.inside(true); x.next(&m); {
		switch m.field {
		case fIndex:
			t.Index = x.index()
		case fID:
			t.ID = x.label()
		case fName:
			name = x.label()
		case fParameters:
			parameters = x.json()
		case fFunction:
			x.toolFunction(&t)
		case fType:
			x.pass(false)
		default:
			x.pass(true)
		}
	}
	// The function's own members win.
	if t.Name == nil {
		t.Name = name
	}
	if t.Input == nil {
		t.Input = parameters
	}
	x.settle(before, t.ID != nil || t.Name != nil || t.Input != nil)
	return t
}

// toolFunction consumes {"name":"...","arguments":"..."} and reports whether it was there.
func (x *extractor) toolFunction(t *Tool) (ok bool) {
	before := x.novel
	x.novel = false
	for m := x.members(true); x.next(&m); {
		ok = true
		switch m.field {
		case fName:
			t.Name = x.label()
		case fArguments:
			t.Input = x.json()
		default:
			x.pass(true)
		}
	}
	x.settle(before, t.Name != nil || t.Input != nil)
	return ok
}
