package converse

import (
	"bytes"
	"slices"

	"bedrockwire/model/jsonwire"
)

// EventKind is the kind of an event of ConverseStream; 0 is one that is newer than this package.
type EventKind uint8

// The kinds, in the order in which a stream has them. Blocks may overlap; their events are told apart
// by Event.Index.
const (
	MessageStart EventKind = 1 + iota // Role
	BlockStart                        // Index; Tool.ID and Tool.Name of a tool call. Blocks of text have no start
	BlockDelta                        // Index; Text, Reasoning, Signature or Tool.Input, or what only Raw has
	BlockStop                         // Index
	MessageStop                       // StopReason; the message is whole
	Metadata                          // Usage, LatencyMs; the last event
)

var eventKinds = [...]string{"unknown", "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop",
	"messageStop", "metadata", "unknown"}

// String returns the event's type on the wire.
func (k EventKind) String() string {
	return eventKinds[min(k, Metadata+1)]
}

// MaxBlockIndex is the highest index of a block that is accepted. The service's model has no limit.
// This is the package's own, to bound memory: a response with many citations has a few hundred.
const MaxBlockIndex = 1<<16 - 1

// Event is one event of the stream. Its slices are borrowed from its payload and its [Decoder], until
// the next event. A nil slice means that the event does not have the thing, an empty one that it is
// empty.
type Event struct {
	Kind       EventKind
	Index      int // of the block
	Role       Role
	Text       []byte // a piece of the block's text
	Reasoning  []byte // a piece of the block's reasoning
	Signature  []byte // of the block's reasoning
	Tool       ToolDelta
	StopReason StopReason
	Usage      Usage
	LatencyMs  int64

	// Raw is the whole payload, as JSON. It alone has what has no field: redacted reasoning,
	// citations, images, results of tools that the service runs, the trace, whatever is newer than
	// this package.
	Raw        []byte
	union      []byte // the member start or delta of Raw, where it has something that no field has
	needsStart bool   // a delta of a kind that begins with a BlockStart
}

// ToolDelta is a tool call or a piece of one: ID and Name come with the start, Input in pieces, which
// are JSON when joined.
type ToolDelta struct {
	ID, Name []byte
	Input    []byte
}

// DecodeEvent decodes the payload of one event. eventType is the message's :event-type. It allocates
// for texts with JSON escapes only; a [Decoder] does not even for those.
//
// An event of an unknown type is not an error: its Kind is 0, and Raw is the payload, unchecked. The
// error is a *[jsonwire.Error] with the offset in payload: the payload is not JSON, has a known member
// of the wrong kind or twice, or an index that is negative or above [MaxBlockIndex]. The member p,
// which the service adds to hide the length of the text, is passed over.
func DecodeEvent(eventType string, payload []byte) (Event, error) {
	var d Decoder
	return d.Decode(eventType, payload)
}

// Decoder is [DecodeEvent] with a buffer for texts with escapes. The zero Decoder is ready to use.
type Decoder struct{ buf []byte }

// Decode decodes one event, whose slices are valid until the next call.
func (d *Decoder) Decode(eventType string, payload []byte) (Event, error) {
	e := Event{Kind: EventKind(1 + slices.Index(eventKinds[MessageStart:Metadata+1], eventType)), Raw: payload}
	if e.Kind == 0 || e.Kind == BlockDelta && e.plainText() {
		return e, nil
	}
	v := visitor{mode: reading, lx: jsonwire.New(payload), data: payload, out: d.buf[:0]}
	v.lx.Next()
	v.value(func() { e.visit(&v) })
	d.buf = v.out
	if err := v.lx.Finish(); err != nil {
		return Event{}, err
	}
	return e, nil
}

// plainText decodes {"contentBlockIndex":0,"delta":{"text":"no escapes"},"p":"abc"}, the form of nearly
// all deltas, in a quarter of the visitor's time. It reports whether e was one.
func (e *Event) plainText() bool {
	const head, middle, padding = `{"contentBlockIndex":`, `,"delta":{"text":`, `},"p":`
	at := len(head) + 1 // an index of one digit
	if len(e.Raw) < at+len(middle) || string(e.Raw[:at-1]) != head || e.Raw[at-1]-'0' > 9 || string(e.Raw[at:at+len(middle)]) != middle {
		return false
	}
	text, rest := cutString(e.Raw[at+len(middle):])
	rest, padded := bytes.CutPrefix(rest, []byte(padding))
	if _, end := cutString(rest); !padded || string(end) != "}" {
		return false
	}
	e.Index, e.Text = int(e.Raw[at-1]-'0'), text
	return true
}

// cutString returns the text of the string that b begins with, and what follows it: nothing if b does
// not begin with one, or if it has escapes.
func cutString(b []byte) (text, rest []byte) {
	lx := jsonwire.New(b)
	if lx.Next() != jsonwire.String || lx.Escaped() || lx.Offset() != 1 {
		return nil, nil
	}
	text = lx.Raw()
	return text, b[len(text)+2:]
}

// visit reads the members that events of the kind have.
func (e *Event) visit(v *visitor) {
	switch e.Kind {
	case MessageStart:
		text := []byte(e.Role)
		v.bytes("role", &text)
		e.Role = known(text, RoleAssistant, RoleUser, RoleSystem)
	case BlockStart, BlockDelta, BlockStop:
		integer(v, "contentBlockIndex", &e.Index)
		if e.Index < 0 || e.Index > MaxBlockIndex {
			v.lx.Fail(jsonwire.ErrNumber)
		}
		if e.Kind == BlockStart && v.member("start", false) || e.Kind == BlockDelta && v.member("delta", false) {
			e.visitUnion(v)
		}
	case MessageStop:
		text := []byte(e.StopReason)
		v.bytes("stopReason", &text)
		e.StopReason = known(text, StopEndTurn, StopToolUse, StopMaxTokens, StopSequence, StopGuardrailIntervened,
			StopContentFiltered, StopMalformedModelOutput, StopMalformedToolUse, StopContextWindowExceeded)
	case Metadata:
		v.structure("usage", false, func() { e.Usage.visit(v) })
		v.structure("metrics", false, func() { integer(v, "latencyMs", &e.LatencyMs) })
	}
}

// visitUnion reads a start or a delta.
func (e *Event) visitUnion(v *visitor) {
	from := v.lx.Offset()
	v.inexact = false
	v.value(func() {
		v.bytes("text", &e.Text)
		v.structure("toolUse", false, func() {
			if e.Kind == BlockStart {
				v.bytes("toolUseId", &e.Tool.ID)
				v.bytes("name", &e.Tool.Name)
			} else {
				v.bytes("input", &e.Tool.Input)
				e.needsStart = true
			}
		})
		v.structure("reasoningContent", false, func() {
			v.bytes("text", &e.Reasoning)
			v.bytes("signature", &e.Signature)
		})
		if v.member("toolResult", false) || v.member("image", false) {
			e.needsStart = e.Kind == BlockDelta
			v.inexact = true
			v.lx.Skip()
		}
	})
	if v.inexact && v.lx.Kind() == jsonwire.ObjectEnd {
		e.union = e.Raw[from : v.lx.Offset()+1]
	}
}
