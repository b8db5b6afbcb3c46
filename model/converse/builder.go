package converse

import (
	"bytes"
	"strings"

	"bedrockwire/model/jsonwire"
)

// Builder puts the events of a stream together to the [Response] that Converse would have returned.
// The zero Builder is ready to use.
//
// What has no field, such as a block of a new kind, is put together as JSON: objects member by
// member, lists and texts end to end. Of any other value that comes twice, the last one counts.
// Converse's response has no place for events of an unknown kind, nor for members of a block's
// events other than start and delta: they are left out, and [Event].Raw has them.
type Builder struct {
	order   Order
	blocks  [][]*part // by index
	top     Response  // what is known of the response but its content
	members []member  // of the response, without output; the last of a name counts
	message []member  // of the message, role among them
}

// part is a content block. An index has more than one only if its deltas change their kind.
type part struct {
	key       string   // the block's member
	text      []byte   // text, reasoning or a tool's input
	signature []byte   // of the reasoning
	citations [][]byte // of the text
	id, name  string   // of the tool call
	// Pieces of the member's value, of a kind that the fields above do not hold. Of a tool call only
	// the members without a field.
	pieces [][]byte
}

// Add adds one event and keeps none of its bytes. It returns what [Order.Check] does for an event that
// is out of order or has a bad index, and a *[jsonwire.Error] for one whose Raw is broken. Such an event
// changes nothing. Events of an unknown kind are passed over.
func (b *Builder) Add(e Event) error {
	if e.Kind == BlockStart || e.Kind == BlockDelta {
		err := b.order.Check(&e)
		if err == nil {
			b.addFields(&e)
			b.addUnion(&e)
		}
		return err
	}
	raw, top := bytes.Clone(e.Raw), b.top
	if raw == nil { // not decoded
		v := &visitor{}
		(&Response{StopReason: e.StopReason, Usage: e.Usage, LatencyMs: e.LatencyMs}).visit(v)
		raw = v.out
	}
	if e.Kind == MessageStop || e.Kind == Metadata {
		// The members are those of the response.
		v := newReader(raw)
		top.visit(v)
		if err := v.lx.Finish(); err != nil {
			return err
		}
	}
	if err := b.order.Check(&e); err != nil {
		return err
	}
	b.top = top
	switch e.Kind {
	case MessageStart:
		b.top.Message.Role, b.message = e.Role, membersOf(raw)
	case MessageStop, Metadata:
		b.members = append(b.members, membersOf(raw)...)
	}
	return nil
}

// Complete reports whether messageStop came: the message is whole.
func (b *Builder) Complete() bool { return b.order.Complete() }

// addFields adds what the fields of a block's event have.
func (b *Builder) addFields(e *Event) {
	if e.Tool.ID != nil || e.Tool.Name != nil || e.Tool.Input != nil {
		p := b.part(e.Index, "toolUse")
		if e.Kind == BlockStart {
			p.id, p.name = string(e.Tool.ID), string(e.Tool.Name)
		}
		p.text = append(p.text, e.Tool.Input...)
	}
	if e.Reasoning != nil || e.Signature != nil {
		p := b.part(e.Index, "reasoningContent")
		p.text = append(p.text, e.Reasoning...)
		p.signature = append(p.signature, e.Signature...)
	}
	if e.Text != nil {
		p := b.part(e.Index, "text")
		p.text = append(p.text, e.Text...)
	}
}

// addUnion adds what a start or a delta has and no field of [Event] has.
func (b *Builder) addUnion(e *Event) {
	for _, m := range membersOf(bytes.Clone(e.union)) {
		switch {
		case m.key == "text" || string(m.value) == "null":
			continue
		case m.key == "toolUse":
			m.value = objectOf(membersOf(m.value), "toolUseId", "name", "input")
		case m.key == "reasoningContent":
			m.key += "/" // a part of its own
			m.value = objectOf(membersOf(m.value), "text", "signature")
		case m.key == "citation":
			p := b.part(e.Index, "text")
			p.citations = append(p.citations, m.value)
			continue
		case m.key == "toolResult" && e.Kind == BlockDelta:
			// Of a result's content, without the name of the member.
			m.value = append(append([]byte(`{"content":`), m.value...), '}')
		}
		if m.value != nil {
			p := b.part(e.Index, m.key)
			p.pieces = append(p.pieces, m.value)
		}
	}
}

// part returns the part of a block with the key, a new one where there is none.
func (b *Builder) part(index int, key string) *part {
	if index >= len(b.blocks) {
		b.blocks = append(b.blocks, make([][]*part, index+1-len(b.blocks))...)
	}
	parts := b.blocks[index]
	if n := len(parts); n > 0 && parts[n-1].key == key {
		return parts[n-1]
	} else if n > 0 && parts[0].key == key && key == "toolUse" { // goes on with the block's start
		return parts[0]
	}
	p := &part{key: key}
	b.blocks[index] = append(parts, p)
	return p
}

// Response returns what came so far, in the form that Converse would have returned. It may be
// called at any time. Blocks are in the order of their index. Its Raw is a body of Converse's with
// the same content.
//
// The input of a tool call is the joined text that the model wrote, {} where it wrote nothing. If the
// response was cut it may not be JSON, which [Request.Validate] would refuse; Raw then has it as a
// string.
func (b *Builder) Response() *Response {
	r := b.top
	r.Message.Fields = objectOf(b.message, "p", "role", "content")
	sent := r.Message
	for _, parts := range b.blocks {
		for _, p := range parts {
			block, raw := p.block()
			r.Message.Content = append(r.Message.Content, block)
			sent.Content = append(sent.Content, Block{Raw: raw})
		}
	}
	v := &visitor{out: []byte(`{"output":{"message":`)}
	v.value(func() { sent.visit(v) })
	v.out = append(v.out, '}')
	rest := objectOf(b.members, "p", "output")
	v.fields(&rest)
	r.Raw = append(v.out, '}')
	return &r
}

// block returns the part as the block that Converse would have returned, and that as JSON.
func (p *part) block() (b Block, raw []byte) {
	v := &visitor{}
	input := bytes.Trim(p.text, " \t\r\n")
	v.value(func() {
		switch p.key {
		case "text":
			text := string(p.text)
			if p.citations == nil {
				v.textIf("text", &text, true)
				break
			}
			v.structure("citationsContent", true, func() {
				list(v, "content", "", true, &[]string{text}, func(s *string, v *visitor) { v.value(func() { v.textIf("text", s, true) }) })
				list(v, "citations", "", true, &p.citations, func(c *[]byte, v *visitor) { v.out = append(v.out, *c...) })
			})
		case "reasoningContent":
			r := &Reasoning{Text: string(p.text), Signature: string(p.signature)}
			pointer(v, p.key, "", &r, (*Reasoning).visit)
		case "toolUse":
			u := &ToolUse{ID: p.id, Name: p.name, Input: input}
			if len(input) > 0 && !jsonwire.Valid(input) {
				u.Input = jsonwire.AppendString(nil, input)
			}
			if p.pieces != nil {
				u.Fields = appendJoined(nil, "", p.pieces)
			}
			pointer(v, p.key, "", &u, (*ToolUse).visit)
		default:
			joined := appendJoined(nil, "", p.pieces)
			v.json(strings.TrimSuffix(p.key, "/"), "", &joined)
		}
	})
	b = parseBlock(v.out)
	// As it was joined, also where JSON can't have it so.
	if b.ToolUse != nil && len(input) > 0 {
		b.ToolUse.Input = bytes.Clone(input)
	}
	if b.Text != "" {
		b.Text = string(p.text)
	}
	return b, v.out
}
