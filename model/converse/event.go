package converse

import (
	"bedrockwire/model/jsonwire"
)

// EventKind is the kind of an event of ConverseStream. The zero value is an event that is newer than
// this package.
type EventKind uint8

// The kinds, in the order in which a stream has them. Blocks may overlap; their events are told apart
// by Event.Index.
const (
	MessageStart EventKind = 1 + iota // Role
	BlockStart                        // Index, and Tool.ID and Tool.Name for a tool call; blocks of text have no start
	BlockDelta                        // Index, and one of Text, Reasoning, Signature and Tool.Input, or what only Raw has
	BlockStop                         // Index
	MessageStop                       // StopReason; the message is whole
	Metadata                          // Usage, LatencyMs; the last event
)

var eventKinds = [...]string{"unknown", "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop",
	"messageStop", "metadata"}

// String returns the event's type on the wire.
func (k EventKind) String() string {
	if int(k) < len(eventKinds) {
		return eventKinds[k]
	}
	return eventKinds[0]
}

// MaxBlockIndex is the highest index of a block that is accepted. The service's model has no limit.
// This one is the package's own, so that one event can't demand much memory: a response has a few
// blocks, and one with citations a few hundred.
const MaxBlockIndex = 1<<16 - 1

// Event is one event of the stream. Its slices are borrowed: from the payload it was decoded from and
// from its [Decoder], until the next event. A nil slice means that the event does not have the thing;
// an empty one that it has it, empty.
type Event struct {
	Kind  EventKind
	Index int // of the block

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
	Raw []byte

	// The member start or delta of Raw, where it has something that no field has.
	union []byte
	// Set for a delta of a kind that begins with a BlockStart.
	needsStart bool
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

// Decoder decodes events like [DecodeEvent] and keeps a buffer for texts with escapes. The zero
// Decoder is ready to use.
type Decoder struct{ buf []byte }

// Decode decodes one event, whose slices are valid until the next call.
func (d *Decoder) Decode(eventType string, payload []byte) (Event, error) {
	e := Event{Raw: payload}
	for kind := MessageStart; kind <= Metadata; kind++ {
		if eventKinds[kind] == eventType {
			e.Kind = kind
		}
	}
	if e.Kind == 0 {
		return e, nil
	}
	r := eventReader{lx: jsonwire.New(payload), buf: d.buf[:0], e: e}
	r.lx.Next()
	r.top()
	d.buf = r.buf
	if err := r.lx.Finish(); err != nil {
		return Event{}, err
	}
	return r.e, nil
}

// eventReader reads one event. Its methods are called after a key and consume that member's value; a
// value that is null counts as absent.
type eventReader struct {
	lx  jsonwire.Lexer
	buf []byte // texts without their escapes
	e   Event
	// The current start or delta has something that no field has.
	rest bool
}

// is reports whether the last key is name, for the first time. The second time it fails the lexer,
// after which every value is skipped.
func (r *eventReader) is(name string, seen *uint64, bit uint) bool {
	return r.lx.TextIs(name) && r.lx.Once(seen, bit)
}

// begin reports whether the last token begins an object.
func (r *eventReader) begin() bool {
	switch r.lx.Kind() {
	case jsonwire.ObjectStart:
		return true
	case jsonwire.Null:
		return false
	}
	r.lx.Fail(jsonwire.ErrKind)
	return false
}

func (r *eventReader) top() {
	if r.lx.Kind() != jsonwire.ObjectStart {
		r.lx.Fail(jsonwire.ErrKind)
	}
	// Only the members of the event's own kind are known.
	kind := r.e.Kind
	var seen uint64
	for r.lx.Next() == jsonwire.Key {
		switch {
		case kind >= BlockStart && kind <= BlockStop && r.is("contentBlockIndex", &seen, 0):
			r.index()
		case kind == BlockDelta && r.is("delta", &seen, 1), kind == BlockStart && r.is("start", &seen, 1):
			r.union()
		case kind == MessageStart && r.is("role", &seen, 2):
			r.e.Role = role(r.text())
		case kind == MessageStop && r.is("stopReason", &seen, 3):
			r.e.StopReason = stopReason(r.text())
		case kind == Metadata && r.is("usage", &seen, 4):
			r.usage()
		case kind == Metadata && r.is("metrics", &seen, 5):
			r.metrics()
		default:
			r.lx.Skip()
		}
	}
}

func (r *eventReader) index() {
	if r.lx.Next() == jsonwire.Null {
		return
	}
	n := r.int()
	if n < 0 || n > MaxBlockIndex {
		r.lx.Fail(jsonwire.ErrNumber)
		return
	}
	r.e.Index = int(n)
}

// int returns the last token as an integer.
func (r *eventReader) int() int64 {
	n, ok := r.lx.Int64()
	if !ok {
		r.lx.Fail(jsonwire.ErrNumber)
	}
	return n
}

// text reads a string: nil where it is null.
func (r *eventReader) text() []byte {
	switch r.lx.Next() {
	case jsonwire.String:
		if !r.lx.Escaped() {
			return r.lx.Raw()
		}
		from := len(r.buf)
		// A buffer that grows moves; what was returned before stays where it was.
		r.buf = r.lx.AppendText(r.buf)
		return r.buf[from:len(r.buf):len(r.buf)]
	case jsonwire.Null:
	default:
		r.lx.Fail(jsonwire.ErrKind)
	}
	return nil
}

// union reads a start or a delta.
func (r *eventReader) union() {
	r.lx.Next()
	from := r.lx.Offset()
	if !r.begin() {
		return
	}
	delta := r.e.Kind == BlockDelta
	var seen uint64
	for r.lx.Next() == jsonwire.Key {
		switch {
		case r.is("text", &seen, 0):
			r.e.Text = r.text()
		case r.is("toolUse", &seen, 1):
			r.tool()
		case r.is("reasoningContent", &seen, 2):
			r.reasoning()
		default:
			needsStart := delta && (r.lx.TextIs("toolResult") || r.lx.TextIs("image"))
			if r.lx.Next() != jsonwire.Null {
				r.rest = true
				r.e.needsStart = r.e.needsStart || needsStart
			}
			r.lx.Skip()
		}
	}
	if r.rest && r.lx.Kind() == jsonwire.ObjectEnd {
		r.e.union = r.e.Raw[from : r.lx.Offset()+1]
	}
}

func (r *eventReader) tool() {
	r.lx.Next()
	if !r.begin() {
		return
	}
	r.e.needsStart = r.e.Kind == BlockDelta
	t, start := &r.e.Tool, r.e.Kind == BlockStart
	var seen uint64
	for r.lx.Next() == jsonwire.Key {
		switch {
		case start && r.is("toolUseId", &seen, 0):
			t.ID = r.text()
		case start && r.is("name", &seen, 1):
			t.Name = r.text()
		case !start && r.is("input", &seen, 2):
			t.Input = r.text()
		default:
			r.rest = true
			r.lx.Skip()
		}
	}
}

func (r *eventReader) reasoning() {
	r.lx.Next()
	if !r.begin() {
		return
	}
	var seen uint64
	for r.lx.Next() == jsonwire.Key {
		switch {
		case r.is("text", &seen, 0):
			r.e.Reasoning = r.text()
		case r.is("signature", &seen, 1):
			r.e.Signature = r.text()
		default:
			r.rest = true
			r.lx.Skip()
		}
	}
}

func (r *eventReader) usage() {
	r.lx.Next()
	if !r.begin() {
		return
	}
	u := &r.e.Usage
	counts := [...]*int64{&u.InputTokens, &u.OutputTokens, &u.TotalTokens, &u.CacheReadInputTokens, &u.CacheWriteInputTokens}
	var seen uint64
next:
	for r.lx.Next() == jsonwire.Key {
		for i, name := range usageKeys {
			if r.is(name, &seen, uint(i)) {
				if r.lx.Next() != jsonwire.Null {
					*counts[i] = r.int()
				}
				continue next
			}
		}
		r.lx.Skip()
	}
}

func (r *eventReader) metrics() {
	r.lx.Next()
	if !r.begin() {
		return
	}
	var seen uint64
	for r.lx.Next() == jsonwire.Key {
		if !r.is("latencyMs", &seen, 0) {
			r.lx.Skip()
		} else if r.lx.Next() != jsonwire.Null {
			r.e.LatencyMs = r.int()
		}
	}
}

// role and stopReason return constants for the known values, so that these cost no allocation.
func role(text []byte) Role {
	for _, known := range [...]Role{RoleAssistant, RoleUser, RoleSystem} {
		if string(text) == string(known) {
			return known
		}
	}
	return Role(text)
}

func stopReason(text []byte) StopReason {
	for _, known := range [...]StopReason{StopEndTurn, StopToolUse, StopMaxTokens, StopSequence, StopGuardrailIntervened,
		StopContentFiltered, StopMalformedModelOutput, StopMalformedToolUse, StopContextWindowExceeded} {
		if string(text) == string(known) {
			return known
		}
	}
	return StopReason(text)
}
