package main

import (
	"encoding/json"
	"io"
	"strconv"
)

// A wholeAnswer is the response of InvokeModel or Converse, as the chunks in which a stream would
// have had it. Package text knows the chunks of each family, so that text, tool calls and token
// counts are read in one place.
type wholeAnswer struct {
	body      []byte
	chunks    [][]byte // still to come
	requestID string
}

// newWholeAnswer makes the answer of a body. Only text output takes a body apart.
func newWholeAnswer(body []byte, requestID, output string) *wholeAnswer {
	w := &wholeAnswer{body: body, chunks: [][]byte{body}, requestID: requestID}
	if output == "text" {
		w.chunks = bodyChunks(body)
	}
	return w
}

func (w *wholeAnswer) Next() ([]byte, error) {
	if len(w.chunks) == 0 {
		return nil, io.EOF
	}
	chunk := w.chunks[0]
	w.chunks = w.chunks[1:]
	return chunk, nil
}

func (w *wholeAnswer) RequestID() string { return w.requestID }
func (w *wholeAnswer) Close() error      { return nil }

// bodyChunks returns the chunks of a stream with the same content as a body. Four forms of whole
// answers differ from those of chunks: Anthropic's messages, the form that Nova and Converse share,
// Titan's, and that of Cohere's Command R. Any other body is one chunk.
func bodyChunks(body []byte) [][]byte {
	var form struct {
		Type    string
		Content []json.RawMessage

		Output struct {
			Message struct{ Content []json.RawMessage }
		}
		Results []json.RawMessage

		Text         json.RawMessage
		FinishReason json.RawMessage `json:"finish_reason"`
		ToolCalls    json.RawMessage `json:"tool_calls"`

		StopReasonAnthropic json.RawMessage `json:"stop_reason"`
		StopReason          json.RawMessage `json:"stopReason"`
		Usage               json.RawMessage
		Guardrail           json.RawMessage `json:"amazon-bedrock-guardrailAction"`
	}
	if err := json.Unmarshal(body, &form); err != nil { // of none of the four forms
		return [][]byte{body}
	}
	var chunks [][]byte
	add := func(parts ...string) {
		var b []byte
		for _, p := range parts {
			b = append(b, p...)
		}
		chunks = append(chunks, b)
	}
	or := func(raw json.RawMessage, missing string) string {
		if raw == nil {
			return missing
		}
		return string(raw)
	}
	guardrail := `,"amazon-bedrock-guardrailAction":` + or(form.Guardrail, "null") + "}"
	switch content := form.Output.Message.Content; {
	case form.Type == "message" && form.Content != nil:
		for i, block := range form.Content {
			index := strconv.Itoa(i)
			add(`{"type":"content_block_start","index":`, index, `,"content_block":`, string(block), `}`)
			add(`{"type":"content_block_stop","index":`, index, `}`)
		}
		add(`{"type":"message_delta","delta":{"stop_reason":`, or(form.StopReasonAnthropic, "null"), `},"usage":`, or(form.Usage, "{}"), guardrail)
		add(`{"type":"message_stop"}`)
	case content != nil:
		for i, block := range content {
			index := strconv.Itoa(i)
			var tool struct {
				ToolUse json.RawMessage `json:"toolUse"`
			}
			if json.Unmarshal(block, &tool) == nil && tool.ToolUse != nil {
				add(`{"contentBlockStart":{"start":`, string(block), `,"contentBlockIndex":`, index, `}}`)
			} else {
				add(`{"contentBlockDelta":{"delta":`, string(block), `,"contentBlockIndex":`, index, `}}`)
			}
			add(`{"contentBlockStop":{"contentBlockIndex":`, index, `}}`)
		}
		add(`{"messageStop":{"stopReason":`, or(form.StopReason, "null"), `}`, guardrail)
		add(`{"metadata":{"usage":`, or(form.Usage, "{}"), `}}`)
	case form.Results != nil:
		for _, result := range form.Results {
			add(string(result))
		}
	case form.Text != nil && form.FinishReason != nil:
		if form.ToolCalls != nil {
			add(`{"event_type":"tool-calls-generation","is_finished":false,"tool_calls":`, string(form.ToolCalls), `}`)
		}
		add(`{"event_type":"text-generation","is_finished":false,"text":`, string(form.Text), `}`)
		add(`{"event_type":"stream-end","is_finished":true,"finish_reason":`, string(form.FinishReason), guardrail)
	default:
		return [][]byte{body}
	}
	return chunks
}
