package text

import "bytes"

// cohere returns how Cohere's models are asked and answer. Its embedding and rerank models take no
// prompt.
func cohere(model string) *line {
	switch {
	case hasPrefix(model, "command-r"):
		return &commandR
	case hasPrefix(model, "command-text", "command-light-text"):
		return &command
	}
	return nil
}

var command = line{
	form: form{
		head:   `{"prompt":`,
		middle: `,"stream":true,"max_tokens":`, tail: `}`,
	},
	script: func(s *script) {
		const head = `{"generations":[{"id":"00000000-0000-4000-8000-000000000000","text":`
		s.each(head, `,"is_finished":false,"index":0}]}`)
		s.add(head, `"","is_finished":true,"index":0,"finish_reason":"COMPLETE"}],`, s.metrics(), `}`)
	},
}

var commandR = line{
	form: form{
		head:   `{"message":`,
		middle: `,"max_tokens":`, tail: `}`,
	},
	script: func(s *script) {
		s.add(`{"is_finished":false,"event_type":"stream-start","generation_id":"00000000-0000-4000-8000-000000000000"}`)
		s.each(`{"is_finished":false,"event_type":"text-generation","text":`, `}`)
		s.add(`{"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":`,
			s.whole(), `,"finish_reason":"COMPLETE"},`, s.metrics(), `}`)
	},
}

var cohereMarks = []mark{
	{key: "generations", shape: CohereGenerations, shows: showsAlways, ends: endsByAnswer},
	{key: "finish_reason", shape: CohereGenerations, ends: endsByReason},
	{key: "is_finished", shape: CohereGenerations, ends: endsByTrue},
	{key: "is_finished", shape: CohereChat, shows: showsAlone, ends: endsByTrue},
	{key: "event_type", shape: CohereChat, shows: showsAloneText, ends: endsByWord, words: []string{"stream-end"}},
}

// cohereGenerations reads {"generations":[{"text":"..."}]}.
func (x *extractor) cohereGenerations() {
	var finish []byte // of the whole answer; it wins over that of a generation
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fGenerations:
			x.alternatives()
		case fFinishReason:
			finish = x.reason()
		default:
			x.common(m.field)
		}
	}
	if finish != nil {
		x.d.StopReason = finish
	}
	x.trimEnd()
}

// cohereChat reads a chunk with "event_type" (Command R) or with "is_finished" alone (Command). The
// last chunk repeats the whole answer inside "response", and may repeat it as "text". Neither is a
// delta.
func (x *extractor) cohereChat() {
	var event word
	var flat, plan, reason []byte
	var calls, piece Tool
	var last bool
	var all []byte
	d := &x.d
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fEventType:
			if event = x.word(); event != wNone {
				d.Event = x.unescaped()
			}
		case fText:
			x.answer()
			flat = d.Text
		case fFinishReason:
			reason = x.reason()
		case fIsFinished:
			last = x.isTrue()
		case fToolCalls:
			x.toolCalls()
			calls, all = d.Tool, d.calls
		case fToolCallDelta:
			piece = x.toolPiece()
		default:
			x.common(m.field)
		}
	}
	d.Text, d.Tool, d.calls = nil, Tool{}, nil
	switch event {
	case wNone, wTextGeneration:
		// The last chunk repeats the answer from its start.
		if !last {
			d.Text = flat
		}
	case wToolCallsChunk:
		// The model's plan for its tools comes before the calls, in pieces.
		plan, d.Tool = flat, piece
		if calls.Calls != 0 {
			d.Tool, d.calls = calls, all
		}
	case wToolCallsGeneration:
		// All calls once more, each whole, and the whole plan.
		d.Tool, d.calls = calls, all
	case wStreamEnd:
		last = true
	case wStreamStart, wSearchQueries, wSearchResults, wCitations:
	default:
		x.odd = true // an event that is newer than this package
	}
	d.Reasoning = plan
	// A reason before the end would make the chunk a Stop, so it is dropped.
	if last {
		d.StopReason = reason
	}
	x.trimEnd()
}

// trimEnd removes the end token from the end of the text: Command sends it as text.
func (x *extractor) trimEnd() { x.d.Text = bytes.TrimSuffix(x.d.Text, []byte("<EOS_TOKEN>")) }

// toolPiece consumes {"index":0,"name":"...","parameters":"..."}, of which a chunk has some members.
func (x *extractor) toolPiece() (t Tool) {
	before := x.novel
	x.novel = false
	for m := x.members(true); x.next(&m); {
		t.Calls = 1
		switch m.field {
		case fIndex:
			t.Index = x.index()
		case fID:
			t.ID = x.label()
		case fName:
			t.Name = x.label()
		case fParameters:
			t.Input = x.json()
		default:
			x.pass(true)
		}
	}
	x.settle(before, t.ID != nil || t.Name != nil || t.Input != nil)
	return t
}
