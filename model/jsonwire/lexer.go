package jsonwire

// Limits of what a [Lexer] accepts.
const (
	// MaxDepth is how deep containers may nest. The deepest shape of Amazon Bedrock's models, a
	// guardrail's trace inside a Converse answer, nests to about a dozen; tool input is free-form
	// but written by people. 128 leaves room and fits a lexer's two machine words of stack.
	MaxDepth = 128

	// MaxInput is how many bytes New accepts: an event-stream payload has at most 24 MiB
	// (Smithy, "Amazon Event Stream", size limits), a request body 25,000,000 bytes.
	MaxInput = 32 << 20
)

// Kind is the kind of a token.
type Kind uint8

// The kinds. Invalid is the zero value: an error, or nothing read yet.
const (
	Invalid Kind = iota
	ObjectStart
	Key // a member's name, together with the colon after it
	ObjectEnd
	ArrayStart
	ArrayEnd
	String
	Number
	True
	False
	Null
	End // the value is complete and nothing but white space followed
)

var kinds = [...]string{"invalid", "{", "key", "}", "[", "]", "string", "number", "true", "false", "null", "end"}

// String returns the kind's name, for messages.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "unknown"
}

// expect is what the grammar allows next.
type expect uint8

const (
	expectValue    expect = iota // a value: at the top, after a key, after a comma in an array
	expectKeyOrEnd               // just after '{'
	expectValOrEnd               // just after '['
	expectComma                  // after a value inside a container: a comma or the container's end
	expectNothing                // after the top value
)

// Lexer reads one JSON value token by token. The zero Lexer reads an empty input; use [New].
//
// Invariants between calls:
//
//	data[:pos]           consumed and checked
//	data[start:end]      the last token (for String and Key without the quotes), end <= pos
//	depth <= MaxDepth    open containers; bit i of objects says that container i is an object
type Lexer struct {
	data       []byte
	pos        int
	start, end int
	errOffset  int
	objects    [MaxDepth / 64]uint64
	depth      uint16
	next       expect
	kind       Kind
	escaped    bool // the last token is a string with at least one backslash
	reason     Reason
}

// New returns a Lexer of data, which may have [MaxInput] bytes. The Lexer borrows data; it must not
// change while tokens are in use.
func New(data []byte) Lexer { return NewLimit(data, MaxInput) }

// NewLimit is [New] with a limit of the caller's for the input's length. A longer input is refused
// before any of it is read.
func NewLimit(data []byte, limit int) Lexer {
	l := Lexer{data: data}
	if len(data) > limit {
		l.failAt(ErrTooLarge, max(limit, 0))
	}
	return l
}

// Next consumes the next token and returns its kind; [Invalid] after an error, [End] after the last.
func (l *Lexer) Next() Kind {
	if l.reason != noReason {
		return Invalid
	}
	l.space()
	l.escaped = false
	switch l.next {
	case expectComma:
		if l.pos == len(l.data) {
			return l.failAt(ErrTruncated, l.pos)
		}
		object := l.inObject()
		switch c := l.data[l.pos]; {
		case c == ',':
			l.pos++
			l.space()
			if object {
				return l.key()
			}
			return l.value()
		case c == '}' && object, c == ']' && !object:
			return l.close(object)
		}
		return l.failAt(ErrSyntax, l.pos)
	case expectValue:
		return l.value()
	case expectKeyOrEnd:
		if l.pos < len(l.data) && l.data[l.pos] == '}' {
			return l.close(true)
		}
		return l.key()
	case expectValOrEnd:
		if l.pos < len(l.data) && l.data[l.pos] == ']' {
			return l.close(false)
		}
		return l.value()
	}
	if l.pos < len(l.data) {
		return l.failAt(ErrTrailing, l.pos)
	}
	return l.token(End, l.pos, l.pos)
}

// Kind returns the kind of the last token.
func (l *Lexer) Kind() Kind { return l.kind }

// Offset returns where the last token starts in the input; for a string that is the byte after its
// quote.
func (l *Lexer) Offset() int { return l.start }

// Depth returns how many containers are open: 0 before and after the value.
func (l *Lexer) Depth() int { return int(l.depth) }

// Raw returns the last token as it stands in the input: a string without its quotes and with its
// escapes, a number's digits. It is borrowed from the input.
func (l *Lexer) Raw() []byte { return l.data[l.start:l.end:l.end] }

// Skip consumes the rest of what the last token began, checking it like any other input, and returns
// it as it stands in the input: after a [Key] the member's whole value, after [ObjectStart] or
// [ArrayStart] everything up to the matching end, after a scalar nothing more. It returns nil after
// an error.
func (l *Lexer) Skip() []byte {
	if l.kind == Key {
		l.Next()
	}
	switch l.kind {
	case String:
		return l.data[l.start-1 : l.end+1 : l.end+1] // with its quotes
	case ObjectStart, ArrayStart:
		from, outer := l.start, l.depth-1
		for l.depth > outer {
			if l.Next() == Invalid {
				return nil
			}
		}
		return l.data[from:l.pos:l.pos]
	case Invalid:
		return nil
	}
	return l.Raw()
}

// Once notes that the known key number bit (0 to 63) was seen and reports whether it was the first
// time. The second time it fails the lexer with [ErrDuplicate] at the key: whichever of two values a
// reader takes, another reader takes the other, and that is how a filter is fooled.
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
		l.failAt(reason, l.start)
	}
}

// Err returns the first error, an *[Error], or nil.
func (l *Lexer) Err() error {
	if l.reason == noReason {
		return nil
	}
	return &Error{Offset: l.errOffset, Reason: l.reason}
}

// Finish reads the rest of the input, checks that the value is complete and that only white space
// follows, and returns the first error.
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

// Valid reports whether data is one JSON value by this package's rules.
func Valid(data []byte) bool {
	l := New(data)
	return l.Finish() == nil
}

// space skips white space. It is small enough to be inlined: services send none.
func (l *Lexer) space() {
	if l.pos < len(l.data) && l.data[l.pos] <= ' ' {
		l.spaces()
	}
}

// spaces skips the four bytes that are white space by RFC 8259 section 2.
func (l *Lexer) spaces() {
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case ' ', '\n', '\r', '\t':
			l.pos++
		default:
			return
		}
	}
}

// token records the token data[start:end] and returns its kind.
func (l *Lexer) token(k Kind, start, end int) Kind {
	l.kind, l.start, l.end = k, start, end
	return k
}

// failAt records the first error.
func (l *Lexer) failAt(r Reason, offset int) Kind {
	l.reason, l.errOffset = r, offset
	l.kind, l.start, l.end = Invalid, 0, 0
	return Invalid
}

// inObject reports whether the innermost open container is an object. depth >= 1.
func (l *Lexer) inObject() bool {
	i := l.depth - 1
	return l.objects[i/64]>>(i%64)&1 != 0
}

// open consumes a '{' or '['.
func (l *Lexer) open(object bool) Kind {
	if l.depth == MaxDepth {
		return l.failAt(ErrDepth, l.pos)
	}
	bit := uint64(1) << (l.depth % 64)
	k := ArrayStart
	if object {
		k = ObjectStart
		l.objects[l.depth/64] |= bit
		l.next = expectKeyOrEnd
	} else {
		l.objects[l.depth/64] &^= bit
		l.next = expectValOrEnd
	}
	l.depth++
	l.pos++
	return l.token(k, l.pos-1, l.pos)
}

// close consumes a '}' or ']'. The caller has checked that it matches.
func (l *Lexer) close(object bool) Kind {
	l.depth--
	l.pos++
	l.after()
	if object {
		return l.token(ObjectEnd, l.pos-1, l.pos)
	}
	return l.token(ArrayEnd, l.pos-1, l.pos)
}

// after notes that a value is complete.
func (l *Lexer) after() {
	l.next = expectComma
	if l.depth == 0 {
		l.next = expectNothing
	}
}

// key consumes a member's name and its colon. Taking both at once keeps "after a key comes a value"
// out of every caller's loop.
func (l *Lexer) key() Kind {
	if l.pos == len(l.data) {
		return l.failAt(ErrTruncated, l.pos)
	}
	if l.data[l.pos] != '"' {
		return l.failAt(ErrSyntax, l.pos)
	}
	start, end, ok := l.scanString()
	if !ok {
		return Invalid
	}
	l.space()
	if l.pos == len(l.data) {
		return l.failAt(ErrTruncated, l.pos)
	}
	if l.data[l.pos] != ':' {
		return l.failAt(ErrSyntax, l.pos)
	}
	l.pos++
	l.next = expectValue
	return l.token(Key, start, end)
}

// value consumes a scalar or a container's first byte.
func (l *Lexer) value() Kind {
	if l.pos == len(l.data) {
		return l.failAt(ErrTruncated, l.pos)
	}
	switch c := l.data[l.pos]; c {
	case '{':
		return l.open(true)
	case '[':
		return l.open(false)
	case '"':
		start, end, ok := l.scanString()
		if !ok {
			return Invalid
		}
		l.after()
		return l.token(String, start, end)
	case 't':
		return l.literal("true", True)
	case 'f':
		return l.literal("false", False)
	case 'n':
		return l.literal("null", Null)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		start := l.pos
		if !l.scanNumber() {
			return Invalid
		}
		l.after()
		return l.token(Number, start, l.pos)
	}
	return l.failAt(ErrSyntax, l.pos)
}

// literal consumes one of the three names.
func (l *Lexer) literal(name string, k Kind) Kind {
	rest := l.data[l.pos:]
	if len(rest) >= len(name) && string(rest[:len(name)]) == name {
		l.pos += len(name)
		l.after()
		return l.token(k, l.pos-len(name), l.pos)
	}
	for i := range len(name) {
		if i == len(rest) {
			return l.failAt(ErrTruncated, len(l.data))
		}
		if rest[i] != name[i] {
			return l.failAt(ErrSyntax, l.pos+i)
		}
	}
	return Invalid // not reached: one of the two above holds
}
