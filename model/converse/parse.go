package converse

import (
	"bytes"
	"encoding/base64"
	"slices"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// The members that are read, by their names on the wire.
var (
	responseKeys = []string{"output", "stopReason", "usage", "metrics", "performanceConfig", "serviceTier",
		"additionalModelResponseFields", "trace"}
	blockKeys = []string{"text", "image", "video", "audio", "document", "toolUse", "toolResult",
		"reasoningContent", "cachePoint", "citationsContent"}
	usageKeys = []string{"inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"}

	outputKeys     = []string{"message"}
	metricsKeys    = []string{"latencyMs"}
	latencyKeys    = []string{"latency"}
	typeKeys       = []string{"type"}
	sourceKeys     = []string{"bytes", "s3Location", "text"}
	locationKeys   = []string{"uri", "bucketOwner"}
	citationsKeys  = []string{"enabled"}
	reasoningKeys  = []string{"reasoningText", "redactedContent"}
	cachePointKeys = []string{"type"}
)

// ParseResponse decodes the body of Converse's response. The Response keeps body as its Raw and parts
// of it in other fields: body must not change afterwards. The error is a *[jsonwire.Error] with the
// offset in body, or a *[model.FieldError] where there is no message.
func ParseResponse(body []byte) (*Response, error) {
	r := &Response{Raw: body}
	p := parser{lx: jsonwire.New(body), data: body}
	p.lx.Next()
	p.response(r)
	if err := p.lx.Finish(); err != nil {
		return nil, err
	}
	if !p.message {
		return nil, &model.FieldError{Field: "output.message", Reason: "is missing"}
	}
	return r, nil
}

// parser reads structures of the service. Its methods are called when the lexer has consumed the
// first token of a value, and consume the rest of it. What they return after a failure of the lexer
// has no meaning.
type parser struct {
	lx      jsonwire.Lexer
	data    []byte // the lexer's input
	inexact bool   // the current block has something that its fields can't hold
	message bool   // a message was read
}

// object reads an object. For each member in known that is not null it calls read, which consumes
// the value. The other members are returned as an object of their own, nil where there are none.
func (p *parser) object(known []string, read func(key string)) (rest []byte) {
	if p.lx.Kind() != jsonwire.ObjectStart {
		p.lx.Fail(jsonwire.ErrKind)
		return nil
	}
	var seen uint64
	for p.lx.Next() == jsonwire.Key {
		i := slices.IndexFunc(known, p.lx.TextIs)
		if i < 0 {
			if rest == nil {
				rest = []byte{'{'}
			}
			// The key's token is without its quotes, the value's raw text with them.
			rest = append(append(append(appendComma(rest), '"'), p.lx.Raw()...), '"', ':')
			rest = append(rest, p.lx.Skip()...)
			continue
		}
		if p.lx.Once(&seen, uint(i)) && p.lx.Next() != jsonwire.Null {
			read(known[i])
		}
	}
	if rest != nil {
		rest = append(rest, '}')
	}
	return rest
}

// exactly reads an object that has no members but the known ones, or the block is inexact.
func (p *parser) exactly(known []string, read func(key string)) {
	if p.object(known, read) != nil {
		p.inexact = true
	}
}

// list reads an array, calling element after the first token of each.
func (p *parser) list(element func()) {
	if p.lx.Kind() != jsonwire.ArrayStart {
		p.lx.Fail(jsonwire.ErrKind)
		return
	}
	for {
		switch p.lx.Next() {
		case jsonwire.ArrayEnd, jsonwire.Invalid:
			return
		}
		element()
	}
}

func (p *parser) text() string {
	if p.lx.Kind() != jsonwire.String {
		p.lx.Fail(jsonwire.ErrKind)
	}
	return p.lx.Text()
}

func (p *parser) int() int64 {
	n, ok := p.lx.Int64()
	if !ok {
		p.lx.Fail(jsonwire.ErrNumber)
	}
	return n
}

// blob reads base64. What is not exactly that makes the block inexact.
func (p *parser) blob() []byte {
	text := p.text()
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	// The package passes over line ends, which would then be lost.
	if err != nil || base64.StdEncoding.EncodedLen(len(b)) != len(text) {
		p.inexact = true
	}
	return b
}

func (p *parser) response(r *Response) {
	p.object(responseKeys, func(key string) {
		switch key {
		case "output":
			p.object(outputKeys, func(string) {
				r.Message = p.readMessage()
				p.message = true
			})
		case "stopReason":
			r.StopReason = StopReason(p.text())
		case "usage":
			r.Usage = p.usage()
		case "metrics":
			p.object(metricsKeys, func(string) { r.LatencyMs = p.int() })
		case "performanceConfig":
			p.object(latencyKeys, func(string) { r.PerformanceConfigLatency = model.PerformanceConfigLatency(p.text()) })
		case "serviceTier":
			p.object(typeKeys, func(string) { r.ServiceTier = model.ServiceTier(p.text()) })
		case "additionalModelResponseFields":
			r.Fields = p.lx.Skip()
		case "trace":
			r.Trace = p.lx.Skip()
		}
	})
}

func (p *parser) usage() (u Usage) {
	counts := [...]*int64{&u.InputTokens, &u.OutputTokens, &u.TotalTokens, &u.CacheReadInputTokens, &u.CacheWriteInputTokens}
	p.object(usageKeys, func(key string) { *counts[slices.Index(usageKeys, key)] = p.int() })
	return u
}

func (p *parser) readMessage() (m Message) {
	m.Fields = p.object(messageKeys, func(key string) {
		switch key {
		case "role":
			m.Role = Role(p.text())
		case "content":
			m.Content = p.blocks(false)
		}
	})
	return m
}

func (p *parser) blocks(inResult bool) (list []Block) {
	p.list(func() { list = append(list, p.block(inResult)) })
	return list
}

// block reads one block. It becomes the block's own field if that can hold all of it, and Raw
// otherwise.
func (p *parser) block(inResult bool) (b Block) {
	outer := p.inexact
	p.inexact = false
	from, members := p.lx.Offset(), 0
	p.exactly(blockKeys, func(key string) {
		members++
		switch key {
		case "text":
			b.Text = p.text()
			// An empty text would be a block without a member.
			p.inexact = p.inexact || b.Text == ""
		case "image":
			b.Image = p.media()
		case "video":
			b.Video = p.media()
		case "audio":
			b.Audio = p.media()
		case "document":
			b.Document = p.document()
		case "toolUse":
			b.ToolUse = p.toolUse()
		case "reasoningContent":
			b.Reasoning = p.reasoning()
		case "cachePoint":
			p.exactly(cachePointKeys, func(string) { b.CachePoint = p.text() == "default" })
			p.inexact = p.inexact || !b.CachePoint
		case "toolResult":
			if !inResult {
				b.ToolResult = p.toolResult()
				break
			}
			fallthrough
		default:
			p.lx.Skip()
			p.inexact = true
		}
	})
	if p.inexact || members != 1 {
		// The last token is the object's end, one byte.
		to := p.lx.Offset() + 1
		if p.lx.Kind() == jsonwire.Invalid {
			to = from
		}
		b = Block{Raw: p.data[from:to:to]}
	}
	p.inexact = outer
	return b
}

func (p *parser) media() *Media {
	m := &Media{}
	var text string
	m.Fields = p.object(mediaKeys, func(key string) {
		if key == "format" {
			m.Format = p.text()
		} else {
			p.source(&m.Bytes, &text, &m.S3URI, &m.S3Owner)
		}
	})
	p.mustPass(m.check())
	p.inexact = p.inexact || text != ""
	return m
}

func (p *parser) document() *Document {
	d := &Document{}
	d.Fields = p.object(documentKeys, func(key string) {
		switch key {
		case "format":
			d.Format = p.text()
		case "name":
			d.Name = p.text()
		case "source":
			p.source(&d.Bytes, &d.Text, &d.S3URI, &d.S3Owner)
		case "context":
			d.Context = p.text()
		case "citations":
			p.exactly(citationsKeys, func(string) { d.Citations = p.lx.Kind() == jsonwire.True; p.lx.Skip() })
			p.inexact = p.inexact || !d.Citations
		}
	})
	p.mustPass(d.check())
	return d
}

// mustPass makes the block inexact if Validate would refuse it. It then goes back as Raw.
func (p *parser) mustPass(e fault) { p.inexact = p.inexact || e != nil }

func (p *parser) source(content *[]byte, text, uri, owner *string) {
	p.exactly(sourceKeys, func(key string) {
		switch key {
		case "bytes":
			*content = p.blob()
		case "text":
			*text = p.text()
		case "s3Location":
			p.exactly(locationKeys, func(key string) {
				if key == "uri" {
					*uri = p.text()
				} else {
					*owner = p.text()
				}
			})
		}
	})
}

func (p *parser) toolUse() *ToolUse {
	u := &ToolUse{}
	u.Fields = p.object(toolUseKeys, func(key string) {
		switch key {
		case "toolUseId":
			u.ID = p.text()
		case "name":
			u.Name = p.text()
		case "input":
			u.Input = p.lx.Skip()
		case "type":
			p.lx.Skip()
			p.inexact = true
		}
	})
	if u.Input == nil {
		u.Input = []byte("{}")
	}
	p.mustPass(u.check())
	return u
}

func (p *parser) toolResult() *ToolResult {
	t := &ToolResult{}
	t.Fields = p.object(toolResultKeys, func(key string) {
		switch key {
		case "toolUseId":
			t.ID = p.text()
		case "content":
			t.Content = p.blocks(true)
		case "status":
			t.Error = p.text() == "error"
			p.inexact = p.inexact || !t.Error
		case "type":
			p.lx.Skip()
			p.inexact = true
		}
	})
	p.mustPass(t.check())
	return t
}

func (p *parser) reasoning() *Reasoning {
	r := &Reasoning{}
	members := 0
	p.exactly(reasoningKeys, func(key string) {
		members++
		if key == "redactedContent" {
			r.Redacted = p.blob()
			return
		}
		r.Fields = p.object(reasoningTextKeys, func(key string) {
			if key == "text" {
				r.Text = p.text()
			} else {
				r.Signature = p.text()
			}
		})
	})
	p.inexact = p.inexact || members != 1
	return r
}

// parseBlock reads a block that stands alone. What it can't read is Raw.
func parseBlock(data []byte) Block {
	p := parser{lx: jsonwire.New(data), data: data}
	p.lx.Next()
	if b := p.block(false); p.lx.Finish() == nil {
		return b
	}
	return Block{Raw: data}
}

// Text returns the text of the message: of its text blocks and of those with citations, joined.
// Reasoning and tool calls are not part of it.
func (m *Message) Text() string {
	var text []byte
	for i := range m.Content {
		b := &m.Content[i]
		text = append(text, b.Text...)
		if b.Raw == nil || !bytes.Contains(b.Raw, []byte("citationsContent")) {
			continue
		}
		p := parser{lx: jsonwire.New(b.Raw), data: b.Raw}
		p.lx.Next()
		p.object([]string{"citationsContent"}, func(string) {
			p.object([]string{"content"}, func(string) {
				p.list(func() {
					p.object([]string{"text"}, func(string) { text = append(text, p.text()...) })
				})
			})
		})
	}
	return string(text)
}
