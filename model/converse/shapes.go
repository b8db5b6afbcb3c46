package converse

import (
	"encoding/base64"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"bedrockwire/model"
)

// Validate refuses what can't be right, whatever the model: what is required and missing, a block with
// no member or with two, what is to be JSON and is not. It returns a *[model.FieldError] that names the
// place, Messages[2].Content[0].ToolUse.Input for example. Ranges are left to the service.
func (r *Request) Validate() error {
	if r != nil && r.ModelID == "" {
		return &model.FieldError{Field: "ModelID", Reason: "is empty"}
	}
	// As path segments these name another resource. Proxies resolve them even when encoded.
	if r != nil && (r.ModelID == "." || r.ModelID == "..") {
		return &model.FieldError{Field: "ModelID", Reason: "is a relative path segment"}
	}
	return r.check()
}

// check checks all that goes into the body.
func (r *Request) check() error {
	if r == nil {
		return &model.FieldError{Field: "ModelID", Reason: "is missing: the request is nil"}
	}
	v := &visitor{mode: checking}
	if v.value(func() { r.visit(v) }); v.fault != nil {
		return v.fault
	}
	return nil
}

// AppendJSON appends the body of Converse and ConverseStream to dst. It checks all that
// [Request.Validate] does but ModelID, which is not part of the body. On an error it returns dst as
// it was.
func (r *Request) AppendJSON(dst []byte) ([]byte, error) {
	if err := r.check(); err != nil {
		return dst, err
	}
	v := &visitor{out: dst}
	v.value(func() { r.visit(v) })
	return v.out, nil
}

// AppendTokensJSON appends the body of CountTokens for r: its messages, system prompt and tools, and
// additionalModelRequestFields of its Fields. It checks and returns what [Request.AppendJSON] does.
func (r *Request) AppendTokensJSON(dst []byte) ([]byte, error) {
	if err := r.check(); err != nil {
		return dst, err
	}
	v := &visitor{out: append(dst, `{"input":{"converse":`...)}
	v.value(func() {
		r.visitPrompt(v)
		for _, m := range membersOf(r.Fields) {
			if m.key == "additionalModelRequestFields" {
				v.json(m.key, "", &m.value)
			}
		}
	})
	return append(v.out, "}}"...), nil
}

// AppendInvokeTokensJSON appends the body of CountTokens for body, which is one of InvokeModel.
func AppendInvokeTokensJSON(dst, body []byte) []byte {
	dst = append(dst, `{"input":{"invokeModel":{"body":"`...)
	return append(base64.StdEncoding.AppendEncode(dst, body), `"}}}`...)
}

// ParseTokens decodes the body of CountTokens' response. Its errors are those of [ParseResponse].
func ParseTokens(body []byte) (tokens int, err error) {
	v := newReader(body)
	found := v.value(func() { integer(v, "inputTokens", &tokens) })
	return tokens, v.finish(found == 1, "inputTokens")
}

// ParseResponse decodes the body of Converse's response and keeps it: body must not change afterwards.
// The error is a *[jsonwire.Error] with the offset in body, or a *[model.FieldError] where there is no
// message.
func ParseResponse(body []byte) (*Response, error) {
	r := &Response{Raw: body}
	v := newReader(body)
	if err := v.finish(r.visit(v), "output.message"); err != nil {
		return nil, err
	}
	return r, nil
}

// finish returns the reader's error, or one for a required field that was not found.
func (v *visitor) finish(found bool, field string) error {
	err := v.lx.Finish()
	if err == nil && !found {
		err = &model.FieldError{Field: field, Reason: "is missing"}
	}
	return err
}

// parseBlock reads a block that stands alone. What it can't read is Raw.
func parseBlock(data []byte) (b Block) {
	v := newReader(data)
	if b.visit(v); v.lx.Finish() != nil {
		return Block{Raw: data}
	}
	return b
}

func (r *Request) visit(v *visitor) {
	r.visitPrompt(v)
	v.structure("inferenceConfig", r.MaxTokens != 0 || r.Temperature != nil || r.TopP != nil || len(r.StopSequences) > 0, func() {
		integer(v, "maxTokens", &r.MaxTokens)
		v.number("temperature", "Temperature", r.Temperature)
		v.number("topP", "TopP", r.TopP)
		list(v, "stopSequences", "StopSequences", len(r.StopSequences) > 0, &r.StopSequences, func(s *string, v *visitor) { v.textValue(s) })
	})
	if r.MaxTokens < 0 {
		v.fail("MaxTokens", "is negative")
	}
	v.wrapped("performanceConfig", "latency", (*string)(&r.PerformanceConfigLatency))
	v.wrapped("serviceTier", "type", (*string)(&r.ServiceTier))
	if v.member("requestMetadata", len(r.Metadata) > 0) {
		v.value(func() {
			// Sorted, so that equal requests have equal bodies.
			for _, key := range slices.Sorted(maps.Keys(r.Metadata)) {
				value := r.Metadata[key]
				v.textIf(key, &value, true)
			}
		})
	}
	v.member("modelId", false) // part of the path
	v.fields(&r.Fields)
}

// visitPrompt visits the members that count as input tokens.
func (r *Request) visitPrompt(v *visitor) {
	list(v, "messages", "Messages", len(r.Messages) > 0, &r.Messages, func(m *Message, v *visitor) { v.value(func() { m.visit(v) }) })
	list(v, "system", "System", len(r.System) > 0, &r.System, (*Block).visit)
	v.structure("toolConfig", len(r.Tools) > 0, func() {
		list(v, "tools", "Tools", true, &r.Tools, (*Tool).visit)
		c := &r.ToolChoice
		v.structure("toolChoice", *c != ToolChoice{}, func() {
			v.literal("auto", "{}", &c.Auto)
			v.literal("any", "{}", &c.Any)
			v.wrapped("tool", "name", &c.Tool)
			if v.obj.set > 1 {
				v.fail("ToolChoice", "has more than one member")
			}
		})
	})
	if len(r.Tools) == 0 && r.ToolChoice != (ToolChoice{}) {
		v.fail("ToolChoice", "is set without Tools")
	}
}

func (t *Tool) visit(v *visitor) {
	v.union(&t.Raw, func(v *visitor) {
		v.structure("toolSpec", t.Raw == nil || t.Name != "" || t.Description != "" || t.InputSchema != nil, func() {
			v.mustText("name", "Name", &t.Name)
			v.text("description", &t.Description)
			v.structure("inputSchema", true, func() { v.json("json", "InputSchema", &t.InputSchema) })
			if t.InputSchema == nil {
				v.fail("InputSchema", "is empty")
			}
		})
	})
}

func (m *Message) visit(v *visitor) {
	v.mustText("role", "Role", (*string)(&m.Role))
	list(v, "content", "Content", true, &m.Content, (*Block).visit)
	v.fields(&m.Fields)
}

func (b *Block) visit(v *visitor) {
	v.union(&b.Raw, func(v *visitor) {
		v.text("text", &b.Text)
		pointer(v, "image", "Image", &b.Image, (*Media).visit)
		pointer(v, "video", "Video", &b.Video, (*Media).visit)
		pointer(v, "audio", "Audio", &b.Audio, (*Media).visit)
		pointer(v, "document", "Document", &b.Document, (*Document).visit)
		pointer(v, "toolUse", "ToolUse", &b.ToolUse, (*ToolUse).visit)
		pointer(v, "toolResult", "ToolResult", &b.ToolResult, (*ToolResult).visit)
		pointer(v, "reasoningContent", "Reasoning", &b.Reasoning, (*Reasoning).visit)
		v.literal("cachePoint", `{"type":"default"}`, &b.CachePoint)
	})
	if v.mode == reading && b.Raw != nil {
		*b = Block{Raw: b.Raw}
	}
}

func (m *Media) visit(v *visitor) {
	v.mustText("format", "Format", &m.Format)
	v.source(&m.Bytes, nil, &m.S3URI, &m.S3Owner)
	v.fields(&m.Fields)
}

func (d *Document) visit(v *visitor) {
	v.text("format", &d.Format)
	v.mustText("name", "Name", &d.Name)
	v.source(&d.Bytes, &d.Text, &d.S3URI, &d.S3Owner)
	v.text("context", &d.Context)
	v.literal("citations", `{"enabled":true}`, &d.Citations)
	v.fields(&d.Fields)
}

// source visits where the content of a file is. text is nil where it can't be a text.
func (v *visitor) source(content *[]byte, text, uri, owner *string) {
	v.structure("source", true, func() {
		v.blob("bytes", content)
		if text != nil {
			v.text("text", text)
		}
		v.structure("s3Location", *uri != "", func() {
			v.text("uri", uri)
			v.text("bucketOwner", owner)
		})
		v.inexact = v.inexact || v.obj.set > 1
		switch {
		case v.obj.set == 0:
			v.fail("", "has no content")
		case v.obj.set > 1:
			v.fail("", "has more than one content")
		case *owner != "" && *uri == "":
			v.fail("S3Owner", "is set without S3URI")
		}
	})
}

func (u *ToolUse) visit(v *visitor) {
	v.mustText("toolUseId", "ID", &u.ID)
	v.mustText("name", "Name", &u.Name)
	input := u.Input
	if len(input) == 0 {
		input = []byte("{}")
	}
	v.json("input", "Input", &input)
	if v.mode == reading {
		u.Input = input
	}
	v.unheld("type")
	v.fields(&u.Fields)
}

func (t *ToolResult) visit(v *visitor) {
	v.mustText("toolUseId", "ID", &t.ID)
	// A result in a result is nothing the service knows, and a cycle of them would have no end.
	if slices.ContainsFunc(t.Content, func(b Block) bool { return b.ToolResult != nil }) {
		v.fail("Content", "has a ToolResult")
		return
	}
	list(v, "content", "Content", true, &t.Content, (*Block).visit)
	v.literal("status", `"error"`, &t.Error)
	v.unheld("type")
	v.fields(&t.Fields)
}

func (r *Reasoning) visit(v *visitor) {
	v.structure("reasoningText", r.Redacted == nil || r.Text != "" || r.Signature != "", func() {
		v.textIf("text", &r.Text, true)
		v.text("signature", &r.Signature)
		v.fields(&r.Fields)
	})
	v.blob("redactedContent", &r.Redacted)
	v.inexact = v.inexact || v.obj.set > 1
	if r.Redacted != nil && (r.Text != "" || r.Signature != "" || r.Fields != nil) {
		v.fail("Redacted", "is set together with text")
	}
}

// visit reads a response and reports whether it has a message.
func (r *Response) visit(v *visitor) (message bool) {
	v.value(func() {
		v.structure("output", false, func() {
			if v.member("message", false) {
				v.value(func() { r.Message.visit(v) })
				message = true
			}
		})
		v.text("stopReason", (*string)(&r.StopReason))
		v.structure("usage", r.Usage != Usage{}, func() { r.Usage.visit(v) })
		v.structure("metrics", r.LatencyMs != 0, func() { integer(v, "latencyMs", &r.LatencyMs) })
		v.wrapped("performanceConfig", "latency", (*string)(&r.PerformanceConfigLatency))
		v.wrapped("serviceTier", "type", (*string)(&r.ServiceTier))
		v.json("additionalModelResponseFields", "", &r.Fields)
		v.json("trace", "", &r.Trace)
	})
	return message
}

func (u *Usage) visit(v *visitor) {
	integer(v, "inputTokens", &u.InputTokens)
	integer(v, "outputTokens", &u.OutputTokens)
	integer(v, "totalTokens", &u.TotalTokens)
	integer(v, "cacheReadInputTokens", &u.CacheReadInputTokens)
	integer(v, "cacheWriteInputTokens", &u.CacheWriteInputTokens)
}

// Text returns the text of the message: of its text blocks and of those with citations, joined.
// Reasoning and tool calls are not part of it.
func (m *Message) Text() string {
	var texts []string
	for i := range m.Content {
		texts = append(texts, m.Content[i].Text)
		v := newReader(m.Content[i].Raw)
		v.value(func() {
			v.structure("citationsContent", false, func() {
				list(v, "content", "", false, &texts, func(s *string, v *visitor) { v.value(func() { v.text("text", s) }) })
			})
		})
	}
	return strings.Join(texts, "")
}

// number visits a number that is only written, and may be 0.
func (v *visitor) number(name, field string, n *float64) {
	if v.member(name, n != nil) {
		v.out = strconv.AppendFloat(v.out, *n, 'g', -1, 64)
		if math.IsNaN(*n) || math.IsInf(*n, 0) {
			v.fail(field, "is not a number of JSON")
		}
	}
}

// known returns the value that text is, and one that costs an allocation if it is none of them.
func known[T ~string](text []byte, values ...T) T {
	for _, v := range values {
		if string(text) == string(v) {
			return v
		}
	}
	return T(text)
}
