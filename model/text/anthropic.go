package text

// anthropic returns how Claude is asked and answers.
func anthropic(model string) *line {
	switch {
	// Only these models are older than the messages format. Version 2 takes both formats.
	case hasPrefix(model, "claude-instant", "claude-v1", "claude-v2"):
		return &claudeCompletion
	case hasPrefix(model, "claude"):
		return &claudeMessages
	}
	return nil
}

var claudeMessages = line{
	form: form{
		head:   `{"anthropic_version":"bedrock-2023-05-31","messages":[{"role":"user","content":`,
		middle: `}],"max_tokens":`, tail: `}`,
	},
	script: func(s *script) {
		s.add(`{"type":"message_start","message":{"id":"msg_bdrk_0","type":"message","role":"assistant","model":"fake",`+
			`"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":`, s.input(), `,"output_tokens":1}}}`)
		s.add(`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
		s.each(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":`, `}}`)
		s.add(`{"type":"content_block_stop","index":0}`)
		s.add(`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":`, s.output(), `}}`)
		s.add(`{"type":"message_stop",`, s.metrics(), `}`)
	},
}

var claudeCompletion = line{
	form: form{
		head:   `{"prompt":`,
		before: "\n\nHuman: ", after: "\n\nAssistant:",
		middle: `,"max_tokens_to_sample":`, tail: `}`,
	},
	script: func(s *script) {
		s.each(`{"type":"completion","completion":`, `,"stop_reason":null,"stop":null}`)
		s.add(`{"type":"completion","completion":"","stop_reason":"stop_sequence","stop":"\n\nHuman:",`, s.metrics(), `}`)
	},
}

var anthropicMarks = []mark{
	{key: "type", shape: AnthropicMessages, shows: showsAloneText, ends: endsByWord, words: []string{
		"message_stop", "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "ping", "error"}},
	{key: "delta", shape: AnthropicMessages, shows: showsAlways},
	{key: "content_block", shape: AnthropicMessages, shows: showsAlways},
	{key: "completion", shape: AnthropicCompletion, shows: showsAlways},
	{key: "stop_reason", shape: AnthropicCompletion, ends: endsByReason},
}

// anthropicCompletion reads {"completion":"...","stop_reason":null}.
func (x *extractor) anthropicCompletion() {
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fCompletion:
			x.answer()
		case fStopReason:
			x.d.StopReason = x.reason()
		default:
			x.common(m.field)
		}
	}
}

// anthropicMessages reads an event of Anthropic's messages (Anthropic, "Streaming messages"). Its
// type may come last, so what was found is judged at the end. Members that do not belong to the
// type are ignored.
func (x *extractor) anthropicMessages() {
	var event, content word // "type" at the top, and inside "delta" or "content_block"
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fType:
			if event = x.word(); event != wNone {
				x.d.Event = x.unescaped()
			}
		case fIndex:
			x.d.Index = x.index()
		case fMessage:
			x.nestedUsage()
		case fDelta, fContentBlock:
			content = x.anthropicPart(content)
		default:
			x.common(m.field)
		}
	}
	d := &x.d
	d.Tool.Index = d.Index
	found, novel := *d, x.novel
	*d = Delta{Shape: AnthropicMessages, Event: found.Event, Index: found.Index, Usage: found.Usage, Guardrail: found.Guardrail}
	x.novel = false
	switch event {
	case wContentBlockDelta:
		x.novel = novel
		switch content {
		case wTextDelta:
			d.Text = found.Text
		case wThinkingDelta:
			d.Reasoning = found.Reasoning
		case wSignatureDelta:
			d.Signature = found.Signature
		case wInputJSONDelta:
			d.Tool = Tool{Input: found.Tool.Input, Index: d.Index, Calls: 1}
		case wCitationsDelta:
		default:
			x.odd = true // a delta that is newer than this package may be text of the answer
		}
	case wContentBlockStart:
		d.BlockStart = true
		switch content {
		// The block's first text is part of the answer. Anthropic sends it empty.
		case wText:
			d.Text = found.Text
		case wThinking:
			d.Reasoning, d.Signature = found.Reasoning, found.Signature
		case wRedactedThinking:
			d.Redacted = found.Redacted
		case wToolUse, wServerToolUse, wMCPToolUse:
			d.Tool = found.Tool
			d.Tool.Calls = 1
			// {} means that the input follows in pieces, as input_json_delta.
			if isEmptyObject(d.Tool.Input) {
				d.Tool.Input = nil
			}
		case wNone:
			x.novel = novel // nothing that is known
		default:
			x.odd = true
		}
	case wContentBlockStop:
		d.BlockStop = true
	case wMessageDelta:
		// The reason comes one event before the end: message_stop is still to follow.
		d.StopReason = found.StopReason
		x.novel = novel
	case wError:
		d.Code, d.Message = found.Code, found.Message
	case wMessageStart, wMessageStop, wPing:
	default:
		// An event that is newer than this package, or not Anthropic's at all. Only its name is kept.
		*d = Delta{Event: found.Event, Guardrail: found.Guardrail, Code: found.Code, Message: found.Message}
	}
}

// anthropicPart consumes the "delta" of content_block_delta or message_delta, or the "content_block"
// of content_block_start, and returns its type: wOther where it has members and no type, and before
// where it has none.
func (x *extractor) anthropicPart(before word) word {
	d := &x.d
	for m := x.members(true); x.next(&m); {
		if before == wNone {
			before = wOther
		}
		switch m.field {
		case fType:
			before = x.word()
		case fText:
			x.answer()
		case fThinking:
			x.thought()
		case fSignature:
			d.Signature = x.text()
		case fData:
			d.Redacted = x.text()
		case fID:
			d.Tool.ID = x.label()
		case fName:
			d.Tool.Name = x.label()
		case fInput, fPartialJSON:
			d.Tool.Input = x.json()
		case fStopReason:
			d.StopReason = x.reason()
		case fCitation, fStopSequence:
			x.pass(false)
		default:
			x.pass(true)
		}
	}
	return before
}

// isEmptyObject reports whether s is a JSON object without members.
func isEmptyObject(s []byte) bool {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return false
	}
	for _, c := range s[1 : len(s)-1] {
		if c > ' ' {
			return false
		}
	}
	return true
}
