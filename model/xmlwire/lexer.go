package xmlwire

// Limits of what a [Lexer] accepts.
const (
	// MaxDepth is how deep elements may nest. The deepest AWS answer read here, of STS
	// AssumeRole, nests four deep.
	MaxDepth = 32

	// MaxInput is how many bytes an input may have: that of an error's body, and forty times the
	// longest answer of STS.
	MaxInput = 64 << 10
)

// Kind is the kind of a token.
type Kind uint8

// The kinds. Invalid is the zero value: an error, or nothing read yet.
const (
	Invalid Kind = iota
	Start        // a start tag, or the first half of an empty-element tag
	EndTag       // an end tag, or the second half of an empty-element tag
	Text         // character data or a CDATA section, never empty outside CDATA
	End          // the document is complete
)

var kinds = [...]string{"invalid", "start tag", "end tag", "text", "end"}

// String returns the kind's name, for messages.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "unknown"
}

// span is a part of the input. 32 bits are enough: MaxInput.
type span struct{ start, end uint32 }

// Lexer reads one XML document token by token. The zero Lexer reads an empty input; use [New].
//
// Invariants between calls:
//
//	data                  valid UTF-8 of characters XML allows, at most MaxInput bytes
//	data[:pos]            consumed and checked
//	data[token]           the last token: a tag's qualified name, a text's bytes without CDATA's brackets
//	stack[:depth]         qualified names of the open elements
type Lexer struct {
	data      []byte
	pos       int
	token     span
	stack     [MaxDepth]span
	errOffset int
	depth     uint8
	kind      Kind
	reason    Reason
	begun     bool // the declaration, if any, is behind
	rooted    bool // the root element was opened
	emptyTag  bool // the last token was Start of an empty-element tag: its EndTag is due
	escaped   bool // the last token is a text with something to resolve
	inCDATA   bool // the last token is a CDATA section, where "&" is itself
}

// New returns a Lexer of data. The Lexer borrows data; it must not change while tokens are in use.
func New(data []byte) Lexer {
	l := Lexer{data: data}
	// All characters are checked here, once, whatever they will turn out to be: names, texts, comments
	// and attribute values can't each forget to. The length comes first, so that it bounds this too.
	if len(data) > MaxInput {
		l.failAt(ErrTooLarge, MaxInput)
	} else if i := badChar(data); i >= 0 {
		l.failAt(ErrChar, i)
	}
	return l
}

// Next consumes the next token and returns its kind; [Invalid] after an error, [End] after the last.
// White space and comments around the root element are passed over, comments inside it too.
func (l *Lexer) Next() Kind {
	// Sticky, as in jsonwire: nothing behind a fault is delivered.
	if l.reason != noReason {
		return Invalid
	}
	if !l.begun {
		l.begun = true
		if !l.prolog() {
			return Invalid
		}
	}
	l.escaped, l.inCDATA = false, false
	// The tag was pushed as if it had been a start tag, so that depth is at least 1.
	if l.emptyTag {
		l.emptyTag = false
		return l.pop()
	}
	for {
		if l.depth == 0 {
			l.space()
		}
		if l.pos == len(l.data) {
			// XML 1.0 section 2.1: one root element, neither none nor an open one.
			if l.depth > 0 || !l.rooted {
				return l.failAt(ErrTruncated, l.pos)
			}
			return l.set(End, span{uint32(l.pos), uint32(l.pos)})
		}
		if l.data[l.pos] != '<' {
			return l.text()
		}
		// The order matters: "<!--" and "<![CDATA[" also start with "<!", and all of them with the
		// "<" of a start tag.
		switch {
		case l.has("<!--"):
			if !l.comment() {
				return Invalid
			}
			continue
		case l.has("<![CDATA["):
			return l.cdata()
		case l.has("</"):
			return l.endTag()
		case l.has("<!"):
			return l.declaration()
		// A declaration is only one at the very start, where prolog has read it.
		case l.has("<?"):
			return l.failAt(ErrInstruction, l.pos)
		}
		return l.startTag()
	}
}

// Kind returns the kind of the last token.
func (l *Lexer) Kind() Kind { return l.kind }

// Offset returns where the last token's name or text starts in the input.
func (l *Lexer) Offset() int { return int(l.token.start) }

// Depth returns how many elements are open, the one of a Start token included.
func (l *Lexer) Depth() int { return int(l.depth) }

// Raw returns the bytes of the last token as they stand in the input: a tag's qualified name, a
// text with its references.
//
//go:noinline
func (l *Lexer) Raw() []byte { return l.data[l.token.start:l.token.end:l.token.end] }

// Name returns the local name of the last token, a Start or EndTag.
func (l *Lexer) Name() []byte {
	name := l.Raw()
	// name accepts one colon at most and none at either end, so that what follows it is a local
	// name.
	for i, c := range name {
		if c == ':' {
			return name[i+1:]
		}
	}
	return name
}

// NameIs reports whether the local name of the last token is s.
//
//go:noinline
func (l *Lexer) NameIs(s string) bool { return string(l.Name()) == s }

// Child advances to the next element inside the one whose Start was the last token, or inside which
// the last child was read to its end, passing over text. It reports false at the parent's end tag
// and after an error. Every child must be read to its end, by [Lexer.Content], [Lexer.Skip] or a
// loop of its own, before the next call.
func (l *Lexer) Child() bool {
	for {
		switch l.Next() {
		case Start:
			return true
		case Text:
		default:
			return false
		}
	}
}

// Skip consumes what is left of the element whose Start was the last token, with its end tag. After
// other tokens it does nothing.
func (l *Lexer) Skip() {
	if l.kind != Start {
		return
	}
	// The element itself counts in depth, so depth is at least 1. Each turn consumes a tag or a
	// text, so the loop is linear in what is left.
	for outer := l.depth - 1; l.depth > outer; {
		if l.Next() == Invalid {
			return
		}
	}
}

// AppendContent consumes the element whose Start was the last token, with its end tag, and appends
// the text directly in it to dst; elements in it are skipped. After an error or another token it
// appends what it found until there, or nothing.
func (l *Lexer) AppendContent(dst []byte) []byte {
	if l.kind != Start {
		return dst
	}
	return l.appendContent(dst, l.Next())
}

// appendContent appends the text of the open element from the token k, the last one, on.
func (l *Lexer) appendContent(dst []byte, k Kind) []byte {
	for ; ; k = l.Next() {
		switch k {
		case Text:
			dst = l.AppendText(dst)
		case Start:
			l.Skip()
		default:
			return dst
		}
	}
}

// Content is [Lexer.AppendContent] into a string of its own. Where the element has one text with
// nothing to resolve in it, that is one allocation.
func (l *Lexer) Content() string {
	if l.kind != Start {
		return ""
	}
	k := l.Next()
	// The one case that matters: <Code>X</Code>. Had a comment or CDATA been next, the text would
	// not be whole yet.
	if k == Text && l.has("</") {
		text := l.Text()
		l.Next()
		return text
	}
	return string(l.appendContent(nil, k))
}

// Once notes that the known element number bit (0 to 63) was seen and reports whether it was the
// first time. The second time it fails the lexer with [ErrDuplicate] at the element.
func (l *Lexer) Once(seen *uint64, bit uint) bool {
	mask := uint64(1) << (bit & 63)
	if *seen&mask != 0 {
		l.Fail(ErrDuplicate)
		return false
	}
	*seen |= mask
	return true
}

// Fail makes the lexer fail with the caller's reason at the last token, unless it failed before.
func (l *Lexer) Fail(reason Reason) {
	if l.reason == noReason && reason != noReason {
		l.failAt(reason, int(l.token.start))
	}
}

// Err returns the first error, an *[Error], or nil.
func (l *Lexer) Err() error {
	if l.reason == noReason {
		return nil
	}
	return &Error{Offset: l.errOffset, Reason: l.reason}
}

// Finish reads the rest of the input, checks that the document is complete and nothing follows, and
// returns the first error.
func (l *Lexer) Finish() error {
	for {
		switch l.Next() {
		case End:
			return nil
		case Invalid:
			return l.Err()
		}
	}
}

// set records a token and returns its kind.
//
//go:noinline
func (l *Lexer) set(k Kind, s span) Kind {
	l.kind, l.token = k, s
	return k
}

// failAt records the first error.
// Out of line, as are set, has and unexpected: inlined into each other they made half of the lexer's code.
//
//go:noinline
func (l *Lexer) failAt(r Reason, offset int) Kind {
	// The empty span keeps Raw, Name and the texts safe to call after a failure.
	l.reason, l.errOffset = r, offset
	return l.set(Invalid, span{})
}

// has reports whether the input goes on with s.
//
//go:noinline
func (l *Lexer) has(s string) bool {
	// pos <= len(data) always, so the subtraction can't go below zero.
	return len(l.data)-l.pos >= len(s) && string(l.data[l.pos:l.pos+len(s)]) == s
}

// space skips white space and reports whether there was some.
//
//go:noinline
func (l *Lexer) space() bool {
	from := l.pos
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case ' ', '\n', '\r', '\t':
			l.pos++
			continue
		}
		break
	}
	return l.pos > from
}

// pop closes the innermost element.
func (l *Lexer) pop() Kind {
	// The callers have seen depth > 0. The name is that of the start tag: an empty-element tag has
	// no other.
	l.depth--
	return l.set(EndTag, l.stack[l.depth])
}

// unexpected fails at the current byte, or at the input's end.
//
//go:noinline
func (l *Lexer) unexpected() Kind {
	if l.pos >= len(l.data) {
		return l.failAt(ErrTruncated, len(l.data))
	}
	return l.failAt(ErrSyntax, l.pos)
}
