package text

import "bedrockwire/model/jsonwire"

// extractor walks one chunk. Its methods follow one rule: called after a key, they consume that
// member's value whole, whatever kind it is.
//
// It builds no tree. It holds the lexer, the set of keys of one level, and the delta so far, so it
// allocates nothing, and depth costs nothing.
//
// A value that may hold content, and is of another kind than its format says, is not skipped in
// silence: it sets odd, which makes the chunk Unknown. null counts as absent.
type extractor struct {
	lx    jsonwire.Lexer
	chunk []byte
	buf   []byte // texts that needed unescaping
	d     Delta

	odd    bool // content in a form that is not known
	novel  bool // something under a name that is not known, next to content or in its place
	mixed  bool // members that contradict each other
	failed bool // the chunk reports an error

	metrics bool // Bedrock's own invocation metrics were read

	textAt, thinkAt span // of Text and Reasoning, where each is one string of the chunk
}

// read walks the whole chunk, except for what follows its value.
func (x *extractor) read() {
	// A scalar or an array is of no known shape. Finish checks it all the same.
	if x.lx.Next() != jsonwire.ObjectStart {
		return
	}
	s := x.signs()
	x.d.Shape, x.mixed = s.shape, s.mixed
	switch s.shape {
	case AnthropicMessages:
		x.anthropicMessages()
	case AnthropicCompletion:
		x.anthropicCompletion()
	case AmazonTitan:
		x.titan()
	case AmazonNova:
		x.nova()
	case MetaLlama:
		x.llama()
	case MistralCompletion, ChatChoices:
		x.choices()
	case CohereGenerations:
		x.cohereGenerations()
	case CohereChat:
		x.cohereChat()
	case TwelveLabsPegasus:
		x.pegasus()
	default:
		x.rest()
	}
	// If two members contradict each other, neither is taken: nothing says which of them is the
	// delta.
	if x.mixed {
		x.d = Delta{Guardrail: x.d.Guardrail}
	}
	x.d.End, x.failed = s.end, s.failed && !x.mixed
}

// signs returns the signs of the chunk that was entered.
func (x *extractor) signs() signs {
	if isPlainDelta(x.chunk) {
		return signs{shape: AnthropicMessages, marked: true}
	}
	lx := jsonwire.New(x.chunk)
	return readSigns(&lx)
}

// kind decides the delta's kind from what was found. Another order would hide texts behind stop
// reasons: the last chunk of some families has both.
func (x *extractor) kind() Kind {
	d := &x.d
	switch {
	case x.odd:
		return Unknown
	case len(d.Text) != 0:
		return Text
	case d.Tool.Calls != 0:
		return ToolUse
	case len(d.Reasoning)+len(d.Signature)+len(d.Redacted) != 0:
		return Reasoning
	case x.failed:
		return Fault
	// A member with an unknown name, next to known content, is a detail of that content. On its own
	// it may be the content.
	case d.Shape == ShapeUnknown, x.novel:
		return Unknown
	case d.StopReason != nil || d.End:
		return Stop
	}
	return None
}

// members is the state of a loop over an object's members:
//
//	for m := x.members(true); x.next(&m); {
//		switch m.field {
//
// The loop's body consumes each member's value and does not break off.
type members struct {
	field  field // the current one
	seen   fieldSet
	open   bool
	strict bool
}

// members consumes the value as far as its first member if it is an object. strict says that the
// object holds content: a value of another kind is then odd, and what stands in the object under a
// name that is not known is noted.
func (x *extractor) members(strict bool) members {
	switch x.lx.Next() {
	case jsonwire.ObjectStart:
		return x.inside(strict)
	case jsonwire.Null:
	default:
		x.odd = x.odd || strict
		x.lx.Skip()
	}
	return members{}
}

// inside is members for an object that was entered.
func (x *extractor) inside(strict bool) members { return members{open: true, strict: strict} }

// next consumes the next key that is known and reports whether there is one.
func (x *extractor) next(m *members) bool {
	for m.open && x.lx.Next() == jsonwire.Key {
		m.field = fieldOf(&x.lx)
		if m.field == fOther {
			x.pass(m.strict)
			continue
		}
		// After a duplicate the lexer has failed, and all loops end at their next key.
		return x.lx.Once(&m.seen[m.field/64], uint(m.field%64))
	}
	return false
}

// settle is called at the end of a tool call's object. before is the value of novel at its start.
// found says that a part of the object was understood; if none was, the unknown members in it are
// odd.
func (x *extractor) settle(before, found bool) {
	x.odd = x.odd || x.novel && !found
	x.novel = x.novel || before
}

// elements is the state of a loop over the objects of an array; see members.
type elements struct {
	i    int // the current one's place in the array
	open bool
}

// elements consumes the value as far as the start of an array, which holds content.
func (x *extractor) elements() elements {
	switch x.lx.Next() {
	case jsonwire.ArrayStart:
		return elements{i: -1, open: true}
	case jsonwire.Null:
	default:
		x.odd = true
		x.lx.Skip()
	}
	return elements{}
}

// element enters the next object of the array and reports whether there is one. What is not an object
// is odd.
func (x *extractor) element(e *elements) bool {
	for e.open {
		e.i++
		switch x.lx.Next() {
		case jsonwire.ObjectStart:
			return true
		case jsonwire.ArrayEnd, jsonwire.Invalid:
			return false
		}
		x.odd = true
		x.lx.Skip()
	}
	return false
}

// fieldOf returns the field of the key that lx has just consumed.
func fieldOf(lx *jsonwire.Lexer) field {
	if !lx.Escaped() {
		return lookup(lx.Raw())
	}
	var room [maxEscaped]byte
	return lookup(spelled(lx, room[:0]))
}

// spelled returns the string or key that lx has just consumed without escapes, in room if it had
// any. A text that does not fit in room can't be on a list, and nil is returned for it.
func spelled(lx *jsonwire.Lexer, room []byte) []byte {
	// Unescaping never makes a text longer, so what passes here fits and nothing is allocated.
	if len(lx.Raw()) > cap(room) {
		return nil
	}
	return lx.AppendText(room)
}

// pass consumes a value that is not read. note says that it may be content: if there is anything in
// it, it is noted as novel.
func (x *extractor) pass(note bool) {
	switch x.lx.Next() {
	case jsonwire.String:
		x.novel = x.novel || note && len(x.lx.Raw()) != 0
	case jsonwire.ObjectStart, jsonwire.ArrayStart:
		x.novel = len(x.lx.Skip()) > len("{}") && note || x.novel
	}
}

// word consumes the value and returns which one it is if it is a string, and wNone otherwise.
func (x *extractor) word() word {
	if x.lx.Next() != jsonwire.String {
		x.lx.Skip()
		return wNone
	}
	if !x.lx.Escaped() {
		return lookupWord(x.lx.Raw())
	}
	var room [maxEscaped]byte
	return lookupWord(spelled(&x.lx, room[:0]))
}

// text returns the value if it is a string, never nil then, and nil for null.
func (x *extractor) text() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		return x.unescaped()
	case jsonwire.Null:
	default:
		x.odd = true
		x.lx.Skip()
	}
	return nil
}

// answer reads a string of the answer's text.
func (x *extractor) answer() {
	x.d.Text = x.text()
	x.textAt = x.here()
}

// thought reads a string of the reasoning.
func (x *extractor) thought() {
	x.d.Reasoning = x.text()
	x.thinkAt = x.here()
}

// here returns where the string just consumed stands, nothing for another value.
func (x *extractor) here() span {
	if x.lx.Kind() != jsonwire.String {
		return span{}
	}
	return span{x.lx.Offset(), x.lx.Offset() + len(x.lx.Raw())}
}

// fault consumes the "error" of a chunk.
func (x *extractor) fault() {
	var f fault
	x.buf = f.read(&x.lx, x.buf)
	x.d.Code, x.d.Message = f.code, f.message
}

// unescaped returns the text of the string or key just consumed.
func (x *extractor) unescaped() []byte {
	text, buf := unescaped(&x.lx, x.buf)
	x.buf = buf
	return text
}

// joined returns two texts as one.
func (x *extractor) joined(a, b []byte) []byte {
	switch {
	case len(a) == 0 && b != nil:
		return b
	case len(b) == 0:
		return a
	}
	from := len(x.buf)
	x.buf = append(append(x.buf, a...), b...)
	return x.buf[from:len(x.buf):len(x.buf)]
}

// reason returns the value if it is a string that is not empty: "" says no more than null does.
func (x *extractor) reason() []byte {
	if x.lx.Next() == jsonwire.String && len(x.lx.Raw()) != 0 {
		return x.unescaped()
	}
	x.lx.Skip()
	return nil
}

// json returns the value as [extractor.text] does if it is a string, and as it stands if it is an
// object or an array: some models send arguments as JSON and not as a text of JSON.
func (x *extractor) json() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		return x.unescaped()
	case jsonwire.ObjectStart, jsonwire.ArrayStart:
		return x.lx.Skip()
	case jsonwire.Null:
	default:
		x.odd = true
	}
	return nil
}

// label returns the value if it is a string or a number, for names and identifiers.
func (x *extractor) label() []byte {
	switch x.lx.Next() {
	case jsonwire.String:
		return x.unescaped()
	case jsonwire.Number:
		return x.lx.Raw()
	case jsonwire.Null:
	default:
		x.odd = true
		x.lx.Skip()
	}
	return nil
}

// number returns the value if it is an integer that is not negative, and 0 otherwise. Counts are
// informative; one that makes no sense is not a reason to lose a text.
func (x *extractor) number() int64 {
	if x.lx.Next() == jsonwire.Number {
		if n, ok := x.lx.Int64(); ok && n > 0 {
			return n
		}
		return 0
	}
	x.lx.Skip()
	return 0
}

// index returns the value if it is a number that an int holds on every machine.
func (x *extractor) index() int {
	if n := x.number(); n <= 1<<31-1 {
		return int(n)
	}
	return 0
}

// isTrue reports whether the value is true. "true" and 1 are not: an end that was guessed would cut
// an answer short.
func (x *extractor) isTrue() bool {
	is := x.lx.Next() == jsonwire.True
	x.lx.Skip()
	return is
}

// counted takes token counts that are members of the top, where Bedrock's own metrics have not come.
func (x *extractor) counted(u Usage) {
	if !x.metrics && u != (Usage{}) {
		x.d.Usage = u
	}
}
