package text

import "strings"

// amazon returns how Amazon's own models are asked and answer.
func amazon(model string) *line {
	switch {
	case hasPrefix(model, "titan-text", "titan-tg1"):
		return &titanText
	// Named one by one: Nova's image, video and speech models take other bodies.
	case hasPrefix(model, "nova-micro", "nova-lite", "nova-pro", "nova-premier"):
		return &novaMessages
	case hasPrefix(model, "nova-2-") && !strings.Contains(model, "sonic"):
		return &novaMessages
	}
	return nil
}

var titanText = line{
	form: form{
		head:   `{"inputText":`,
		middle: `,"textGenerationConfig":{"maxTokenCount":`, tail: `}}`,
	},
	script: func(s *script) {
		s.each(`{"outputText":`, `,"index":0,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":`+s.input()+`}`)
		s.add(`{"outputText":"","index":0,"totalOutputTextTokenCount":`, s.output(),
			`,"completionReason":"FINISH","inputTextTokenCount":null,`, s.metrics(), `}`)
	},
}

var novaMessages = line{
	form: form{
		head:   `{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":`,
		middle: `}]}],"inferenceConfig":{"maxTokens":`, tail: `}}`,
	},
	script: func(s *script) {
		s.add(`{"messageStart":{"role":"assistant"}}`)
		s.each(`{"contentBlockDelta":{"delta":{"text":`, `},"contentBlockIndex":0}}`)
		s.add(`{"contentBlockStop":{"contentBlockIndex":0}}`)
		s.add(`{"messageStop":{"stopReason":"end_turn"}}`)
		s.add(`{"metadata":{"usage":{"inputTokens":`, s.input(), `,"outputTokens":`, s.output(),
			`},"metrics":{},"trace":{}},`, s.metrics(), `}`)
	},
}

var amazonMarks = []mark{
	{key: "outputText", shape: AmazonTitan, shows: showsAlways},
	{key: "completionReason", shape: AmazonTitan, ends: endsByReason},
	{key: "messageStart", shape: AmazonNova, shows: showsAlways},
	{key: "contentBlockStart", shape: AmazonNova, shows: showsAlways},
	{key: "contentBlockDelta", shape: AmazonNova, shows: showsAlways},
	{key: "contentBlockStop", shape: AmazonNova, shows: showsAlways},
	{key: "messageStop", shape: AmazonNova, shows: showsAlways, ends: endsAlways},
	{key: "metadata", shape: AmazonNova, shows: showsAlways},
}

// titan reads {"outputText":"...","completionReason":null}.
func (x *extractor) titan() {
	var u Usage
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fOutputText:
			x.answer()
		case fCompletionReason:
			x.d.StopReason = x.reason()
		case fTitanInput:
			u.Input = x.number()
		case fTitanOutput:
			u.Output = x.number()
		default:
			x.common(m.field)
		}
	}
	x.counted(u)
}

// nova reads an event of Amazon Nova, which is named by its one member (Amazon Nova User Guide; the
// events are those of ConverseStream).
func (x *extractor) nova() {
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fMessageStart, fBlockStart, fBlockDelta, fBlockStop, fMessageStop, fMetadata:
			x.d.Event = x.unescaped() // the key
		}
		switch m.field {
		case fMessageStart:
			x.pass(false)
		case fBlockStart:
			x.d.BlockStart = true
			x.novaEvent(fStart)
		case fBlockDelta:
			x.novaEvent(fDelta)
		case fBlockStop:
			x.d.BlockStop = true
			x.novaEvent(fOther)
		case fMessageStop:
			for m := x.members(false); x.next(&m); {
				if m.field == fNovaStopReason {
					x.d.StopReason = x.reason()
				} else {
					x.pass(false)
				}
			}
		case fMetadata:
			x.nestedUsage()
		default:
			x.common(m.field)
		}
	}
	x.d.Tool.Index = x.d.Index
}

// novaEvent consumes {"start":{...},"contentBlockIndex":n} and the like; content is the name of the
// member with content, fOther for none.
func (x *extractor) novaEvent(content field) {
	for m := x.members(content != fOther); x.next(&m); {
		switch m.field {
		case fBlockIndex:
			x.d.Index = x.index()
		case content:
			x.novaContent()
		default:
			x.pass(content != fOther)
		}
	}
}

// novaContent consumes what a "start" or a "delta" holds: one of these members.
func (x *extractor) novaContent() {
	for m := x.members(true); x.next(&m); {
		switch m.field {
		case fText:
			x.answer()
		case fToolUse:
			x.novaTool()
		case fReasoningContent:
			x.novaReasoning()
		case fCitation:
			x.pass(false)
		default:
			x.pass(true)
		}
	}
}

// novaTool consumes a "toolUse": {"toolUseId","name"} in a start, {"input"} in a delta.
func (x *extractor) novaTool() {
	t, before := &x.d.Tool, x.novel
	x.novel = false
	for m := x.members(true); x.next(&m); {
		t.Calls = 1
		switch m.field {
		case fToolUseID:
			t.ID = x.label()
		case fName:
			t.Name = x.label()
		case fInput:
			t.Input = x.json()
		case fType:
			x.pass(false)
		default:
			x.pass(true)
		}
	}
	x.settle(before, t.ID != nil || t.Name != nil || t.Input != nil)
}

// novaReasoning consumes {"text":"..."}, {"signature":"..."} or {"redactedContent":"..."}, the forms of
// deltas. {"reasoningText":{"text":"..."}}, the form of whole answers, is taken too, and with a plain
// string inside: gateways stream both. If two forms are there, the one of deltas wins.
func (x *extractor) novaReasoning() {
	var whole []byte
	for m := x.members(true); x.next(&m); {
		switch m.field {
		case fText:
			x.thought()
		case fReasoningText:
			whole = x.textOrObject()
		case fSignature:
			x.d.Signature = x.text()
		case fRedactedContent:
			x.d.Redacted = x.text()
		default:
			x.pass(true)
		}
	}
	if x.d.Reasoning == nil {
		x.d.Reasoning = whole
	}
}
