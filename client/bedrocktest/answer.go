package bedrocktest

import (
	"strconv"
	"strings"

	"bedrockwire/model/text"
)

// Part is a part of what a model answers: a text, reasoning or a tool call. In a stream, each of its pieces is an event.
type Part struct {
	kind      partKind
	pieces    []string
	signature string // of reasoning
	id, name  string // of a tool call
}

type partKind uint8

const (
	partText partKind = iota
	partReasoning
	partTool
)

// Say is text.
func Say(pieces ...string) Part { return Part{kind: partText, pieces: pieces} }

// Reason is reasoning, which comes before what it leads to. Models sign it.
func Reason(signature string, pieces ...string) Part {
	return Part{kind: partReasoning, pieces: pieces, signature: signature}
}

// CallTool is a tool call. The pieces of its input are JSON when joined; none are the input {}. An answer with a tool call
// stops with tool_use.
func CallTool(id, name string, input ...string) Part {
	return Part{kind: partTool, pieces: input, id: id, name: name}
}

// Answer is an answer in the form that the request asks for: that of Converse or ConverseStream whatever the model, or
// for InvokeModel and its stream that of the model's family. Reasoning and tool calls are written for InvokeModel only
// where the model is of Anthropic or Nova; other models refuse them.
func Answer(parts ...Part) Reply { return Reply{parts: append([]Part{}, parts...)} }

// inputTokens is the number of input tokens of every answer, as in the scripts of package text.
const inputTokens = "12"

// outputTokens counts one token a piece.
func outputTokens(parts []Part) (n int) {
	for _, p := range parts {
		n += len(p.pieces)
	}
	return n
}

// joined is the part's whole text.
func (p Part) joined() string { return strings.Join(p.pieces, "") }

// input is the part's whole tool input.
func (p Part) input() string {
	if s := p.joined(); s != "" {
		return s
	}
	return "{}"
}

// plain returns the pieces of an answer that is text only.
func plain(parts []Part) (pieces []string, ok bool) {
	for _, p := range parts {
		if p.kind != partText {
			return nil, false
		}
		pieces = append(pieces, p.pieces...)
	}
	return pieces, true
}

// stopReason is the reason for which the model stopped, which Converse and Anthropic name alike.
func stopReason(parts []Part) string {
	for _, p := range parts {
		if p.kind == partTool {
			return "tool_use"
		}
	}
	return "end_turn"
}

// event is an event of ConverseStream, without the padding.
type event struct{ kind, members string }

// frame returns the event's frame. The service pads payloads, as it does those of chunks.
func (e event) frame() []byte {
	p := padding[:2+len(e.members)*7%56]
	return Event(e.kind, []byte(`{`+e.members+`,"p":"`+p+`"}`))
}

// converseEvents returns the events of an answer. served is added to the metadata.
func converseEvents(parts []Part, served string) []event {
	events := []event{{"messageStart", `"role":"assistant"`}}
	for i, p := range parts {
		index := `"contentBlockIndex":` + strconv.Itoa(i)
		delta := func(members string) {
			events = append(events, event{"contentBlockDelta", index + `,"delta":{` + members + `}`})
		}
		if p.kind == partTool {
			events = append(events, event{"contentBlockStart",
				index + `,"start":{"toolUse":{"toolUseId":` + quote(p.id) + `,"name":` + quote(p.name) + `}}`})
		}
		for _, piece := range p.pieces {
			switch p.kind {
			case partText:
				delta(`"text":` + quote(piece))
			case partReasoning:
				delta(`"reasoningContent":{"text":` + quote(piece) + `}`)
			case partTool:
				delta(`"toolUse":{"input":` + quote(piece) + `}`)
			}
		}
		if p.kind == partReasoning && p.signature != "" {
			delta(`"reasoningContent":{"signature":` + quote(p.signature) + `}`)
		}
		events = append(events, event{"contentBlockStop", index})
	}
	return append(events,
		event{"messageStop", `"stopReason":"` + stopReason(parts) + `"`},
		event{"metadata", converseUsage(parts) + served})
}

// converseUsage is the members usage and metrics.
func converseUsage(parts []Part) string {
	n := outputTokens(parts)
	input, _ := strconv.Atoi(inputTokens)
	return `"usage":{"inputTokens":` + inputTokens + `,"outputTokens":` + strconv.Itoa(n) +
		`,"totalTokens":` + strconv.Itoa(input+n) + `},"metrics":{"latencyMs":321}`
}

// converseBody returns the body of Converse's response.
func converseBody(parts []Part, served string) []byte {
	blocks := make([]string, len(parts))
	for i, p := range parts {
		switch p.kind {
		case partText:
			blocks[i] = `{"text":` + quote(p.joined()) + `}`
		case partReasoning:
			blocks[i] = `{"reasoningContent":{"reasoningText":{"text":` + quote(p.joined())
			if p.signature != "" {
				blocks[i] += `,"signature":` + quote(p.signature)
			}
			blocks[i] += `}}}`
		case partTool:
			blocks[i] = `{"toolUse":{"toolUseId":` + quote(p.id) + `,"name":` + quote(p.name) + `,"input":` + p.input() + `}}`
		}
	}
	return []byte(`{"output":{"message":{"role":"assistant","content":[` + strings.Join(blocks, ",") + `]}},"stopReason":"` +
		stopReason(parts) + `",` + converseUsage(parts) + served + `}`)
}

// metrics is the member that the service adds to a model's last chunk.
func metrics(parts []Part) string {
	return `,"amazon-bedrock-invocationMetrics":{"inputTokenCount":` + inputTokens + `,"outputTokenCount":` +
		strconv.Itoa(outputTokens(parts)) + `,"invocationLatency":321,"firstByteLatency":123}}`
}

// isNova and isAnthropic tell the models whose own form has tool calls and reasoning here, by the first chunk of their
// script. A model that is not known counts as Anthropic's.
func isNova(first string) bool      { return strings.HasPrefix(first, `{"messageStart"`) }
func isAnthropic(first string) bool { return strings.HasPrefix(first, `{"type":"message_start"`) }

// invokeChunks returns the chunks in which a model says the parts; false where its form has no place for one.
func invokeChunks(modelID string, parts []Part) ([]string, bool) {
	pieces, ok := plain(parts)
	if ok {
		return FamilyOf(modelID).events(pieces), true
	}
	switch first := FamilyOf(modelID).events(nil)[0]; {
	case isNova(first):
		var chunks []string
		for _, e := range converseEvents(parts, "") {
			chunks = append(chunks, `{"`+e.kind+`":{`+e.members+`}}`)
		}
		last := len(chunks) - 1
		chunks[last] = strings.TrimSuffix(chunks[last], "}") + metrics(parts)
		return chunks, true
	case isAnthropic(first):
		return anthropicChunks(parts), true
	}
	return nil, false
}

// anthropicChunks are the events of Anthropic's Messages API ("Streaming Messages").
func anthropicChunks(parts []Part) []string {
	chunks := []string{`{"type":"message_start","message":{"id":"msg_bdrk_0","type":"message","role":"assistant","model":"claude","content":[],` +
		`"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":` + inputTokens + `,"output_tokens":1}}}`}
	for i, p := range parts {
		index := `"index":` + strconv.Itoa(i)
		add := func(kind, member string) {
			chunks = append(chunks, `{"type":"content_block_`+kind+`",`+index+member+`}`)
		}
		delta := func(kind, member, value string) {
			add("delta", `,"delta":{"type":"`+kind+`","`+member+`":`+quote(value)+`}`)
		}
		switch p.kind {
		case partText:
			add("start", `,"content_block":{"type":"text","text":""}`)
		case partReasoning:
			add("start", `,"content_block":{"type":"thinking","thinking":"","signature":""}`)
		case partTool:
			add("start", `,"content_block":{"type":"tool_use","id":`+quote(p.id)+`,"name":`+quote(p.name)+`,"input":{}}`)
		}
		for _, piece := range p.pieces {
			switch p.kind {
			case partText:
				delta("text_delta", "text", piece)
			case partReasoning:
				delta("thinking_delta", "thinking", piece)
			case partTool:
				delta("input_json_delta", "partial_json", piece)
			}
		}
		if p.kind == partReasoning && p.signature != "" {
			delta("signature_delta", "signature", p.signature)
		}
		add("stop", "")
	}
	return append(chunks,
		`{"type":"message_delta","delta":{"stop_reason":"`+stopReason(parts)+`","stop_sequence":null},"usage":{"output_tokens":`+
			strconv.Itoa(outputTokens(parts))+`}}`,
		`{"type":"message_stop"`+metrics(parts))
}

// anthropicContent returns the content of Anthropic's message.
func anthropicContent(parts []Part) string {
	blocks := make([]string, len(parts))
	for i, p := range parts {
		switch p.kind {
		case partText:
			blocks[i] = `{"type":"text","text":` + quote(p.joined()) + `}`
		case partReasoning:
			blocks[i] = `{"type":"thinking","thinking":` + quote(p.joined()) + `,"signature":` + quote(p.signature) + `}`
		case partTool:
			blocks[i] = `{"type":"tool_use","id":` + quote(p.id) + `,"name":` + quote(p.name) + `,"input":` + p.input() + `}`
		}
	}
	return `[` + strings.Join(blocks, ",") + `]`
}

// wholeForms are the bodies of InvokeModel's responses that are text only, by how the first chunk of the same model's
// stream begins. text is the answer as a JSON string, n the number of its tokens.
var wholeForms = []struct {
	first string
	body  func(text, n string) string
}{
	{`{"type":"completion"`, func(text, n string) string {
		return `{"type":"completion","completion":` + text + `,"stop_reason":"stop_sequence","stop":"\n\nHuman:"}`
	}},
	{`{"outputText"`, func(text, n string) string {
		return `{"inputTextTokenCount":` + inputTokens + `,"results":[{"tokenCount":` + n + `,"outputText":` + text + `,"completionReason":"FINISH"}]}`
	}},
	{`{"generation":`, func(text, n string) string {
		return `{"generation":` + text + `,"prompt_token_count":` + inputTokens + `,"generation_token_count":` + n + `,"stop_reason":"stop"}`
	}},
	{`{"outputs"`, func(text, n string) string { return `{"outputs":[{"text":` + text + `,"stop_reason":"stop"}]}` }},
	{`{"choices":[{"index":0,"message"`, func(text, n string) string {
		return `{"choices":[{"index":0,"message":{"role":"assistant","content":` + text + `},"stop_reason":"stop"}]}`
	}},
	{`{"choices":[{"index":0,"text"`, func(text, n string) string {
		return `{"choices":[{"index":0,"text":` + text + `,"stop_reason":"stop"}]}`
	}},
	{`{"generations"`, func(text, n string) string {
		return `{"id":"00000000-0000-4000-8000-000000000000","generations":[{"id":"00000000-0000-4000-8000-000000000001","text":` + text +
			`,"finish_reason":"COMPLETE"}],"prompt":""}`
	}},
	{`{"is_finished"`, func(text, n string) string {
		return `{"response_id":"00000000-0000-4000-8000-000000000000","text":` + text + `,"finish_reason":"COMPLETE"}`
	}},
	{`{"id":"chatcmpl`, func(text, n string) string {
		return `{"id":"chatcmpl-0","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":` + text +
			`},"finish_reason":"stop"}],"usage":{"prompt_tokens":` + inputTokens + `,"completion_tokens":` + n + `}}`
	}},
}

// invokeBody returns the body in which a model says the parts to InvokeModel; false where its form has no place for one.
func invokeBody(modelID string, parts []Part) ([]byte, bool) {
	first := FamilyOf(modelID).events(nil)[0]
	n := strconv.Itoa(outputTokens(parts))
	switch {
	case isNova(first):
		return converseBody(parts, ""), true
	case isAnthropic(first):
		return []byte(`{"id":"msg_bdrk_0","type":"message","role":"assistant","model":"claude","content":` + anthropicContent(parts) +
			`,"stop_reason":"` + stopReason(parts) + `","stop_sequence":null,"usage":{"input_tokens":` + inputTokens + `,"output_tokens":` + n + `}}`), true
	}
	pieces, ok := plain(parts)
	if !ok {
		return nil, false
	}
	// The forms are told apart with a piece of text: without one, some scripts begin with another chunk.
	first = string(text.Script(string(FamilyOf(modelID)), "x")[0])
	for _, form := range wholeForms {
		if strings.HasPrefix(first, form.first) {
			return []byte(form.body(quote(strings.Join(pieces, "")), n)), true
		}
	}
	return nil, false
}
