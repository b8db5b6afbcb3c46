package converse

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"

	"bedrockwire/model/jsonwire"
)

// AppendJSON appends the body of Converse and ConverseStream to dst. It checks all that
// [Request.Validate] does but ModelID, which is not part of the body. On an error it returns dst as
// it was.
func (r *Request) AppendJSON(dst []byte) ([]byte, error) {
	if e := r.check(); e != nil {
		return dst, e
	}
	dst = append(dst, '{')
	dst = r.appendPrompt(dst)
	if r.MaxTokens != 0 || r.Temperature != nil || r.TopP != nil || len(r.StopSequences) > 0 {
		dst = append(appendKey(dst, "inferenceConfig"), '{')
		if r.MaxTokens != 0 {
			dst = strconv.AppendInt(appendKey(dst, "maxTokens"), int64(r.MaxTokens), 10)
		}
		if r.Temperature != nil {
			dst = strconv.AppendFloat(appendKey(dst, "temperature"), *r.Temperature, 'g', -1, 64)
		}
		if r.TopP != nil {
			dst = strconv.AppendFloat(appendKey(dst, "topP"), *r.TopP, 'g', -1, 64)
		}
		if len(r.StopSequences) > 0 {
			dst = append(appendKey(dst, "stopSequences"), '[')
			for _, s := range r.StopSequences {
				dst = jsonwire.AppendString(appendComma(dst), s)
			}
			dst = append(dst, ']')
		}
		dst = append(dst, '}')
	}
	if r.PerformanceConfigLatency != "" {
		dst = append(appendKey(dst, "performanceConfig"), '{')
		dst = append(appendText(dst, "latency", string(r.PerformanceConfigLatency)), '}')
	}
	if r.ServiceTier != "" {
		dst = append(appendKey(dst, "serviceTier"), '{')
		dst = append(appendText(dst, "type", string(r.ServiceTier)), '}')
	}
	if len(r.Metadata) > 0 {
		dst = append(appendKey(dst, "requestMetadata"), '{')
		// Sorted, so that equal requests have equal bodies.
		for _, key := range slices.Sorted(maps.Keys(r.Metadata)) {
			dst = jsonwire.AppendString(appendComma(dst), key)
			dst = jsonwire.AppendString(append(dst, ':'), r.Metadata[key])
		}
		dst = append(dst, '}')
	}
	return append(appendFields(dst, r.Fields), '}'), nil
}

// appendPrompt appends the members that count as input tokens.
func (r *Request) appendPrompt(dst []byte) []byte {
	if len(r.Messages) > 0 {
		dst = append(appendKey(dst, "messages"), '[')
		for i := range r.Messages {
			dst = r.Messages[i].appendJSON(appendComma(dst))
		}
		dst = append(dst, ']')
	}
	if len(r.System) > 0 {
		dst = appendBlocks(appendKey(dst, "system"), r.System)
	}
	if len(r.Tools) > 0 {
		dst = append(appendKey(dst, "toolConfig"), '{')
		dst = append(appendKey(dst, "tools"), '[')
		for i := range r.Tools {
			dst = r.Tools[i].appendJSON(appendComma(dst))
		}
		dst = append(dst, ']')
		dst = append(r.ToolChoice.appendJSON(dst), '}')
	}
	return dst
}

func (t *Tool) appendJSON(dst []byte) []byte {
	if t.Name == "" {
		return append(dst, t.Raw...)
	}
	dst = appendText(append(dst, `{"toolSpec":{`...), "name", t.Name)
	dst = appendOptional(dst, "description", t.Description)
	dst = append(appendKey(dst, "inputSchema"), `{"json":`...)
	return append(append(dst, t.InputSchema...), "}}}"...)
}

// appendJSON appends the member toolChoice, if there is a choice.
func (c ToolChoice) appendJSON(dst []byte) []byte {
	switch {
	case c.Auto:
		return append(appendKey(dst, "toolChoice"), `{"auto":{}}`...)
	case c.Any:
		return append(appendKey(dst, "toolChoice"), `{"any":{}}`...)
	case c.Tool != "":
		dst = append(appendKey(dst, "toolChoice"), `{"tool":{`...)
		return append(appendText(dst, "name", c.Tool), "}}"...)
	}
	return dst
}

func (m *Message) appendJSON(dst []byte) []byte {
	dst = appendText(append(dst, '{'), "role", string(m.Role))
	dst = appendBlocks(appendKey(dst, "content"), m.Content)
	return append(appendFields(dst, m.Fields), '}')
}

func appendBlocks(dst []byte, blocks []Block) []byte {
	dst = append(dst, '[')
	for i := range blocks {
		dst = blocks[i].appendJSON(appendComma(dst))
	}
	return append(dst, ']')
}

func (b *Block) appendJSON(dst []byte) []byte {
	if b.Raw != nil {
		return append(dst, b.Raw...)
	}
	dst = append(dst, '{')
	switch {
	case b.Image != nil:
		dst = b.Image.appendJSON(appendKey(dst, "image"))
	case b.Video != nil:
		dst = b.Video.appendJSON(appendKey(dst, "video"))
	case b.Audio != nil:
		dst = b.Audio.appendJSON(appendKey(dst, "audio"))
	case b.Document != nil:
		dst = b.Document.appendJSON(appendKey(dst, "document"))
	case b.ToolUse != nil:
		dst = b.ToolUse.appendJSON(appendKey(dst, "toolUse"))
	case b.ToolResult != nil:
		dst = b.ToolResult.appendJSON(appendKey(dst, "toolResult"))
	case b.Reasoning != nil:
		dst = b.Reasoning.appendJSON(appendKey(dst, "reasoningContent"))
	case b.CachePoint:
		dst = append(appendKey(dst, "cachePoint"), `{"type":"default"}`...)
	default:
		dst = appendText(dst, "text", b.Text)
	}
	return append(dst, '}')
}

func (m *Media) appendJSON(dst []byte) []byte {
	dst = appendText(append(dst, '{'), "format", m.Format)
	dst = appendSource(dst, m.Bytes, "", m.S3URI, m.S3Owner)
	return append(appendFields(dst, m.Fields), '}')
}

func (d *Document) appendJSON(dst []byte) []byte {
	dst = appendOptional(append(dst, '{'), "format", d.Format)
	dst = appendText(dst, "name", d.Name)
	dst = appendSource(dst, d.Bytes, d.Text, d.S3URI, d.S3Owner)
	dst = appendOptional(dst, "context", d.Context)
	if d.Citations {
		dst = append(appendKey(dst, "citations"), `{"enabled":true}`...)
	}
	return append(appendFields(dst, d.Fields), '}')
}

// appendSource appends the member source, a union of the four.
func appendSource(dst, content []byte, text, uri, owner string) []byte {
	dst = append(appendKey(dst, "source"), '{')
	switch {
	case uri != "":
		dst = appendText(append(appendKey(dst, "s3Location"), '{'), "uri", uri)
		dst = append(appendOptional(dst, "bucketOwner", owner), '}')
	case text != "":
		dst = appendText(dst, "text", text)
	default:
		dst = appendBlob(dst, "bytes", content)
	}
	return append(dst, '}')
}

func (u *ToolUse) appendJSON(dst []byte) []byte {
	dst = appendText(append(dst, '{'), "toolUseId", u.ID)
	dst = appendText(dst, "name", u.Name)
	dst = appendKey(dst, "input")
	if len(u.Input) == 0 {
		dst = append(dst, "{}"...)
	}
	dst = append(dst, u.Input...)
	return append(appendFields(dst, u.Fields), '}')
}

func (t *ToolResult) appendJSON(dst []byte) []byte {
	dst = appendText(append(dst, '{'), "toolUseId", t.ID)
	dst = appendBlocks(appendKey(dst, "content"), t.Content)
	if t.Error {
		dst = appendText(dst, "status", "error")
	}
	return append(appendFields(dst, t.Fields), '}')
}

func (r *Reasoning) appendJSON(dst []byte) []byte {
	if r.Redacted != nil {
		return append(appendBlob(append(dst, '{'), "redactedContent", r.Redacted), '}')
	}
	dst = appendText(append(dst, `{"reasoningText":{`...), "text", r.Text)
	dst = appendOptional(dst, "signature", r.Signature)
	return append(appendFields(dst, r.Fields), "}}"...)
}

// appendComma appends a comma, except after the bracket that begins a container. No value ends in
// such a byte.
func appendComma(dst []byte) []byte {
	if c := dst[len(dst)-1]; c != '{' && c != '[' {
		dst = append(dst, ',')
	}
	return dst
}

// appendKey appends a member's name, which needs no escapes, and the colon.
func appendKey(dst []byte, key string) []byte {
	dst = append(appendComma(dst), '"')
	return append(append(dst, key...), '"', ':')
}

// appendText appends a member that is a string.
func appendText(dst []byte, key, value string) []byte {
	return jsonwire.AppendString(appendKey(dst, key), value)
}

// appendOptional is appendText for a member that is left out where it is empty.
func appendOptional(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return appendText(dst, key, value)
}

// appendBlob appends a member that is a blob: base64 with padding.
func appendBlob(dst []byte, key string, value []byte) []byte {
	dst = base64.StdEncoding.AppendEncode(append(appendKey(dst, key), '"'), value)
	return append(dst, '"')
}

// appendFields appends the members of a JSON object, which has been checked.
func appendFields(dst, object []byte) []byte {
	inner := bytes.Trim(object, jsonSpace)
	if len(inner) < 2 {
		return dst
	}
	inner = bytes.Trim(inner[1:len(inner)-1], jsonSpace)
	if len(inner) == 0 {
		return dst
	}
	return append(appendComma(dst), inner...)
}

// jsonSpace is the white space of RFC 8259 section 2.
const jsonSpace = " \t\r\n"
