package converse

import (
	"bytes"
	"strconv"

	"bedrockwire/model/jsonwire"
)

// Builder puts the events of a stream together to the [Response] that Converse would have returned.
// The zero Builder is ready to use.
//
// What has no field is put together as JSON. Blocks of a kind that is newer than this package are
// joined by the rules that the known kinds follow: objects member by member, lists and texts end to
// end. Two things are left out, because Converse's response has no place for them: events of an
// unknown kind, and members of a block's events other than start and delta. [Event].Raw has them.
type Builder struct {
	order   Order
	role    Role
	blocks  [][]*part // by index
	top     Response  // all but Message and Raw
	members []member  // of the response, without output
	message []member  // of the message, without role and content
}

// part is a content block. An index has more than one only if its deltas change their kind, from
// reasoning to text for example.
type part struct {
	kind      partKind
	key       string   // the block's member, of partJSON
	text      []byte   // text, reasoning, redacted bytes or a tool's input
	signature []byte   // of the reasoning
	citations [][]byte // of the text
	id, name  string   // of the tool call

	// The value of partJSON, and of a tool call the members that have no field. raw is the only piece
	// as it came, all is what several make.
	raw []byte
	all *joined
}

type partKind uint8

const (
	partText partKind = iota
	partReasoning
	partRedacted
	partTool
	partJSON
)

// piece is what an event has for one part and no field of [Event] has.
type piece struct {
	kind  partKind // of the part; of partText a citation
	key   string
	value []byte
}

// member is a member of an object.
type member struct {
	key   string
	value []byte
}

// Add adds one event and keeps none of its bytes. It returns an *[EventError] for an event that is out
// of order, has a bad index or contradicts what came before, and a *[jsonwire.Error] for one whose Raw
// is broken. Such an event changes nothing. Events of an unknown kind are passed over.
func (b *Builder) Add(e Event) error {
	if err := b.order.judge(&e); err != nil {
		return err
	}
	switch e.Kind {
	case MessageStart, MessageStop, Metadata:
		if err := b.addMembers(&e); err != nil {
			return err
		}
	case BlockStart, BlockDelta:
		if !b.addUnion(&e) {
			return &EventError{Kind: e.Kind, Index: e.Index, Reason: "contradicts what came before"}
		}
		b.addFields(&e)
	}
	b.order.note(&e)
	return nil
}

// Complete reports whether messageStop came: the message is whole.
func (b *Builder) Complete() bool { return b.order.Complete() }

// addMembers adds an event whose members are those of the response or of its message.
func (b *Builder) addMembers(e *Event) error {
	raw := bytes.Clone(e.Raw)
	if len(raw) == 0 {
		raw = e.payload()
	}
	top, to := b.top, &b.members
	p := parser{lx: jsonwire.New(raw), data: raw}
	p.lx.Next()
	if e.Kind == MessageStart {
		to = &b.message
	} else {
		p.response(&top)
	}
	if err := p.lx.Finish(); err != nil {
		return err
	}
	b.top = top
	for _, m := range membersOf(raw) {
		switch m.key {
		case "p": // padding
		case "role", "content", "output": // a field, or made of the other events
		default:
			*to = setMember(*to, m)
		}
	}
	if e.Kind == MessageStart {
		b.role = e.Role
	}
	return nil
}

// payload returns what e would be on the wire, for an event that was not decoded.
func (e *Event) payload() []byte {
	dst := []byte{'{'}
	if e.Kind == MessageStop {
		dst = appendText(dst, "stopReason", string(e.StopReason))
	}
	if e.Kind == Metadata {
		u := &e.Usage
		dst = append(appendKey(dst, "usage"), '{')
		for i, n := range [...]int64{u.InputTokens, u.OutputTokens, u.TotalTokens, u.CacheReadInputTokens, u.CacheWriteInputTokens} {
			dst = strconv.AppendInt(appendKey(dst, usageKeys[i]), n, 10)
		}
		dst = append(appendKey(append(dst, '}'), "metrics"), '{')
		dst = append(strconv.AppendInt(appendKey(dst, "latencyMs"), e.LatencyMs, 10), '}')
	}
	return append(dst, '}')
}

// addFields adds what the fields of an event have.
func (b *Builder) addFields(e *Event) {
	if e.Kind == BlockStart && (e.Tool.ID != nil || e.Tool.Name != nil) {
		t := b.part(e.Index, partTool, "")
		t.id, t.name = string(e.Tool.ID), string(e.Tool.Name)
	}
	if e.Text != nil {
		t := b.part(e.Index, partText, "")
		t.text = append(t.text, e.Text...)
	}
	if e.Reasoning != nil || e.Signature != nil {
		r := b.part(e.Index, partReasoning, "")
		r.text = append(r.text, e.Reasoning...)
		r.signature = append(r.signature, e.Signature...)
	}
	if e.Tool.Input != nil {
		t := b.part(e.Index, partTool, "")
		t.text = append(t.text, e.Tool.Input...)
	}
}

// addUnion adds what a start or a delta has and no field has. It reports false, and adds nothing,
// where that can't be joined to what came before.
func (b *Builder) addUnion(e *Event) bool {
	for _, piece := range e.pieces() {
		// The union has one member, so that nothing was added before a piece that does not fit.
		part := b.part(e.Index, piece.kind, piece.key)
		switch {
		case piece.kind == partText:
			part.citations = append(part.citations, bytes.Clone(piece.value))
		case piece.kind == partRedacted:
			part.text = append(part.text, piece.value...)
		case part.raw == nil && part.all == nil:
			part.raw = bytes.Clone(piece.value)
		default:
			if part.all == nil {
				part.all, part.raw = parseJoined(part.raw), nil
			}
			var ok bool
			if part.all, ok = part.all.join(parseJoined(piece.value)); !ok {
				return false
			}
		}
	}
	return true
}

// pieces returns what a start or a delta has and no field has.
func (e *Event) pieces() (list []piece) {
	delta := e.Kind == BlockDelta
	for _, m := range membersOf(e.union) {
		if string(m.value) == "null" {
			continue
		}
		switch {
		case m.key == "text":
		case m.key == "toolUse":
			if rest := withoutKeys(m.value, "toolUseId", "name", "input"); rest != nil {
				list = append(list, piece{partTool, "", rest})
			}
		case m.key == "reasoningContent":
			if b, ok := redacted(m.value); ok {
				list = append(list, piece{partRedacted, "", b})
			} else if rest := withoutKeys(m.value, "text", "signature"); rest != nil {
				list = append(list, piece{partJSON, m.key, rest})
			}
		case m.key == "toolResult" && delta:
			// The pieces of a result's content, without the member's name.
			list = append(list, piece{partJSON, m.key, append(append([]byte(`{"content":`), m.value...), '}')})
		case m.key == "citation" && delta:
			list = append(list, piece{partText, "", m.value})
		default:
			list = append(list, piece{partJSON, m.key, m.value})
		}
	}
	return list
}

// part returns the part of a block that a piece of the kind belongs to, a new one where there is none.
func (b *Builder) part(index int, kind partKind, key string) *part {
	if index >= len(b.blocks) {
		b.blocks = append(b.blocks, make([][]*part, index+1-len(b.blocks))...)
	}
	parts := &b.blocks[index]
	// A tool call and a value of JSON have one part. Text goes to the last one only, so that it stays
	// in order.
	for i := len(*parts) - 1; i >= 0; i-- {
		p := (*parts)[i]
		if p.kind == kind && p.key == key && (i == len(*parts)-1 || kind == partTool || kind == partJSON) {
			return p
		}
	}
	p := &part{kind: kind, key: key}
	*parts = append(*parts, p)
	return p
}

// Response returns what came so far as Converse would have returned it; it may be called at any time.
// Blocks are in the order of their index. Its Raw is a body of Converse's with the same content.
//
// The input of a tool call is the joined text that the model wrote, {} where it wrote nothing. If the
// response was cut it may not be JSON, which [Request.Validate] would refuse; Raw then has it as a
// string.
func (b *Builder) Response() *Response {
	r := b.top
	r.Message.Role = b.role
	if len(b.message) > 0 {
		r.Message.Fields = append(appendMembers([]byte{'{'}, b.message), '}')
	}
	raw := appendText([]byte(`{"output":{"message":{`), "role", string(b.role))
	raw = append(appendKey(raw, "content"), '[')
	for _, parts := range b.blocks {
		for _, p := range parts {
			block := p.block()
			r.Message.Content = append(r.Message.Content, block)
			if u := block.ToolUse; u != nil && !jsonwire.Valid(u.Input) {
				block.ToolUse = &ToolUse{u.ID, u.Name, jsonwire.AppendString(nil, u.Input), u.Fields}
			}
			raw = block.appendJSON(appendComma(raw))
		}
	}
	raw = append(appendFields(append(raw, ']'), r.Message.Fields), "}}"...)
	r.Raw = append(appendMembers(raw, b.members), '}')
	return &r
}

// block returns the part as the block that Converse would have returned.
func (p *part) block() Block {
	switch p.kind {
	case partText:
		if len(p.citations) == 0 && len(p.text) > 0 {
			return Block{Text: string(p.text)}
		}
		raw := append(jsonwire.AppendString([]byte(`{"text":`), p.text), '}')
		if len(p.citations) > 0 {
			raw = append(append([]byte(`{"citationsContent":{"content":[`), raw...), `],"citations":[`...)
			for _, c := range p.citations {
				raw = append(appendComma(raw), c...)
			}
			raw = append(raw, "]}}"...)
		}
		return Block{Raw: raw}
	case partReasoning:
		return Block{Reasoning: &Reasoning{Text: string(p.text), Signature: string(p.signature)}}
	case partRedacted:
		return Block{Reasoning: &Reasoning{Redacted: append([]byte{}, p.text...)}}
	case partTool:
		u := &ToolUse{ID: p.id, Name: p.name, Input: append([]byte{}, bytes.Trim(p.text, jsonSpace)...), Fields: p.value()}
		if len(u.Input) == 0 {
			u.Input = []byte("{}")
		}
		if u.ID != "" && u.Name != "" && checkFields(u.Fields, toolUseKeys) == nil {
			return Block{ToolUse: u}
		}
		if !jsonwire.Valid(u.Input) {
			u.Input = jsonwire.AppendString(nil, u.Input)
		}
		return Block{Raw: append(u.appendJSON([]byte(`{"toolUse":`)), '}')}
	}
	raw := append(jsonwire.AppendString([]byte{'{'}, p.key), ':')
	return parseBlock(append(append(raw, p.value()...), '}'))
}

// value returns the joined JSON of the part, nil where there is none.
func (p *part) value() []byte {
	if p.all != nil {
		return p.all.appendJSON(nil)
	}
	return bytes.Clone(p.raw)
}

// membersOf returns the members of an object, with the last value of those that come twice. It
// returns nil for other values.
func membersOf(object []byte) (list []member) {
	lx := jsonwire.New(object)
	if lx.Next() != jsonwire.ObjectStart {
		return nil
	}
	for lx.Next() == jsonwire.Key {
		key := lx.Text()
		list = append(list, member{key, lx.Skip()})
	}
	return list
}

// setMember adds a member. One that is there already gets the new value.
func setMember(list []member, m member) []member {
	for i := range list {
		if list[i].key == m.key {
			list[i].value = m.value
			return list
		}
	}
	return append(list, m)
}

func appendMembers(dst []byte, list []member) []byte {
	for _, m := range list {
		dst = append(jsonwire.AppendString(appendComma(dst), m.key), ':')
		dst = append(dst, m.value...)
	}
	return dst
}

// withoutKeys returns an object without the members named, nil where no other is left. A value that is
// not an object is returned as it is.
func withoutKeys(value []byte, keys ...string) []byte {
	p := parser{lx: jsonwire.New(value), data: value}
	if p.lx.Next() != jsonwire.ObjectStart {
		return value
	}
	return p.object(keys, func(string) { p.lx.Skip() })
}

// redacted returns the bytes of a delta of redacted reasoning.
func redacted(value []byte) (b []byte, ok bool) {
	list := membersOf(value)
	if len(list) != 1 || list[0].key != "redactedContent" {
		return nil, false
	}
	p := parser{lx: jsonwire.New(list[0].value), data: list[0].value}
	if p.lx.Next() != jsonwire.String {
		return nil, false
	}
	b = p.blob()
	return b, !p.inexact
}
