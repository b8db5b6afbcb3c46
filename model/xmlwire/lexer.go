package xmlwire

// Limits of what a [Lexer] accepts.
const (
	// MaxDepth is the largest number of open elements. The deepest AWS response that this module
	// reads, of STS AssumeRole, nests four deep.
	MaxDepth = 32

	// MaxInput is the largest input, in bytes. The client reads no more of an error's body, and it is
	// forty times the longest response of STS.
	MaxInput = 64 << 10

	// MaxAttributes is the largest number of attributes of a tag. AWS sends one or two; the limit
	// bounds the search for repeated names.
	MaxAttributes = 16
)

// Kind is the kind of a token.
type Kind uint8

// The kinds. Invalid, the zero value, means an error, or that no token has been read yet.
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
	begun     bool // the declaration, if any, has been read
	rooted    bool // the root element was opened
	emptyTag  bool // the last token was Start of an empty-element tag: its EndTag is due
	escaped   bool // the last token is a text with something to resolve
	inCDATA   bool // the last token is a CDATA section, where "&" is itself
}

// New returns a Lexer of data. The Lexer borrows data; it must not change while tokens are in use.
func New(data []byte) Lexer {
	l := Lexer{data: data}
	// All characters are checked here, whether they are in names, texts, comments or attribute values.
	// The length is checked first, because it bounds that work.
	if len(data) > MaxInput {
		l.failAt(ErrTooLarge, MaxInput)
	} else if i := badChar(data); i >= 0 {
		l.failAt(ErrChar, i)
	}
	return l
}

// Next consumes the next token and returns its kind: [Invalid] after an error, [End] after the last
// token. It skips comments, and white space outside the root element.
func (l *Lexer) Next() Kind {
	// Errors are sticky: nothing after a fault is delivered.
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
	// startTag pushed the empty element, so depth is at least 1.
	if l.emptyTag {
		l.emptyTag = false
		return l.pop()
	}
	for {
		if l.depth == 0 {
			l.space()
		}
		if l.pos == len(l.data) {
			// XML 1.0 section 2.1: there is exactly one root element.
			if l.depth > 0 || !l.rooted {
				return l.failAt(ErrTruncated, l.pos)
			}
			return l.set(End, span{uint32(l.pos), uint32(l.pos)})
		}
		if l.data[l.pos] != '<' {
			return l.text()
		}
		// The order matters: "<!--" and "<![CDATA[" also start with "<!".
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
		// A declaration is allowed only at the very start, where prolog reads it.
		case l.has("<?"):
			return l.failAt(ErrInstruction, l.pos)
		}
		return l.startTag()
	}
}

// Kind returns the kind of the last token.
func (l *Lexer) Kind() Kind { return l.kind }

// Offset returns the offset of the last token's name or text in the input.
func (l *Lexer) Offset() int { return int(l.token.start) }

// Depth returns the number of open elements, including the one of a Start token.
func (l *Lexer) Depth() int { return int(l.depth) }

// Raw returns the bytes of the last token in the input: a tag's qualified name, or a text with its
// references. They are borrowed from the input and have no spare capacity.
func (l *Lexer) Raw() []byte { return l.data[l.token.start:l.token.end:l.token.end] }

// Name returns the local name of the last token, a Start or EndTag.
func (l *Lexer) Name() []byte {
	name := l.Raw()
	// name accepts at most one colon, and none at either end.
	for i, c := range name {
		if c == ':' {
			return name[i+1:]
		}
	}
	return name
}

// NameIs reports whether the local name of the last token is s.
func (l *Lexer) NameIs(s string) bool { return string(l.Name()) == s }

// Child advances to the next child element, skipping text, and reports whether there is one. It returns
// false at the parent's end tag and after an error. The last token must be the Start of the parent, or
// the EndTag of the child before: each child must be read to its end, with [Lexer.Content], [Lexer.Skip]
// or another loop, before the next call.
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

// Skip consumes the rest of the element whose Start was the last token, including its end tag. After
// other tokens it does nothing.
func (l *Lexer) Skip() {
	if l.kind != Start {
		return
	}
	// The element itself is open, so depth is at least 1.
	for outer := l.depth - 1; l.depth > outer; {
		if l.Next() == Invalid {
			return
		}
	}
}

// AppendContent consumes the element whose Start was the last token, including its end tag, and appends
// its text to dst, without the text of elements inside it. After an error it returns what it has
// appended so far. After another token it appends nothing.
func (l *Lexer) AppendContent(dst []byte) []byte {
	if l.kind != Start {
		return dst
	}
	return l.appendContent(dst, l.Next())
}

// appendContent appends the text of the open element, starting with k, the last token.
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

// Content returns what [Lexer.AppendContent] appends, as a string. For an element with one text and no
// references in it, that is one allocation.
func (l *Lexer) Content() string {
	if l.kind != Start {
		return ""
	}
	k := l.Next()
	// The usual case: <Code>X</Code>. If a comment or CDATA followed, more text could follow it.
	if k == Text && l.has("</") {
		text := l.Text()
		l.Next()
		return text
	}
	return string(l.appendContent(nil, k))
}

// Once records in seen that the element with the number bit (0 to 63) appeared, and reports whether it
// was the first time. The second time it fails the lexer with [ErrDuplicate] at the element.
func (l *Lexer) Once(seen *uint64, bit uint) bool {
	mask := uint64(1) << (bit & 63)
	if *seen&mask != 0 {
		l.Fail(ErrDuplicate)
		return false
	}
	*seen |= mask
	return true
}

// Fail makes the lexer fail at the last token, with the caller's reason. It does nothing if the lexer
// has failed before.
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

// Finish reads the rest of the input, checks that the document is complete and that nothing follows,
// and returns the first error.
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
func (l *Lexer) set(k Kind, s span) Kind {
	l.kind, l.token = k, s
	return k
}

// failAt records the first error.
func (l *Lexer) failAt(r Reason, offset int) Kind {
	// The token is empty, so that Raw, Name and the texts return nothing of the input.
	l.reason, l.errOffset = r, offset
	return l.set(Invalid, span{})
}

// has reports whether the unread input starts with s.
func (l *Lexer) has(s string) bool {
	return len(l.data)-l.pos >= len(s) && string(l.data[l.pos:l.pos+len(s)]) == s
}

// space skips white space and reports whether there was any.
func (l *Lexer) space() bool {
	from := l.pos
	for l.pos < len(l.data) && isSpace(l.data[l.pos]) {
		l.pos++
	}
	return l.pos > from
}

// pop closes the innermost element.
func (l *Lexer) pop() Kind {
	// The callers have checked that depth > 0.
	l.depth--
	return l.set(EndTag, l.stack[l.depth])
}

// unexpected fails at the current byte, or at the input's end.
func (l *Lexer) unexpected() Kind {
	if l.pos >= len(l.data) {
		return l.failAt(ErrTruncated, len(l.data))
	}
	return l.failAt(ErrSyntax, l.pos)
}
