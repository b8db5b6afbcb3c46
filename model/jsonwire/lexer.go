package jsonwire

// Limits of what a [Lexer] accepts.
const (
	// MaxDepth is the largest number of open containers. The deepest shape of Amazon Bedrock's
	// models, a guardrail's trace in a Converse response, nests about twelve deep. Tool input is
	// free-form, but designed by people. 128 leaves room for it, and fits a stack of two words.
	MaxDepth = 128

	// MaxInput is the largest input that New accepts. An event-stream payload has at most 24 MiB
	// (Smithy, "Amazon Event Stream", size limits), a request body 25,000,000 bytes.
	MaxInput = 32 << 20
)

// Kind is the kind of a token.
type Kind uint8

// The kinds. Invalid, the zero value, means an error, or that no token has been read yet.
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

// expect is the state of the grammar: what is allowed next.
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
	// One bit for each container instead of a slice, so that the lexer has a fixed size and nesting
	// does not allocate.
	objects [MaxDepth / 64]uint64
	depth   uint16
	next    expect
	kind    Kind
	escaped bool // the last token is a string with at least one backslash
	reason  Reason
}

// New returns a Lexer of data, which may have [MaxInput] bytes. The Lexer borrows data; it must not
// change while tokens are in use.
func New(data []byte) Lexer { return NewLimit(data, MaxInput) }

// NewLimit is [New] with the caller's own limit for the input's length. A longer input is refused
// before any of it is read.
func NewLimit(data []byte, limit int) Lexer {
	l := Lexer{data: data}
	if len(data) > limit {
		l.failAt(ErrTooLarge, max(limit, 0))
	}
	return l
}

// Next consumes the next token and returns its kind: [Invalid] after an error, [End] after the last
// token.
func (l *Lexer) Next() Kind {
	// Errors are sticky, because readers disagree about the meaning of what follows a fault.
	if l.reason != noReason {
		return Invalid
	}
	l.space()
	l.escaped = false
	// The grammar is a machine of five states, not a recursion, so that deep input does not need a
	// deep call stack.
	switch l.next {
	case expectComma:
		if l.pos == len(l.data) {
			return l.failAt(ErrTruncated, l.pos)
		}
		object := l.inObject()
		switch c := l.data[l.pos]; {
		// After a comma, a closing bracket is not allowed (RFC 8259 sections 4 and 5): key and value
		// refuse it.
		case c == ',':
			l.pos++
			l.space()
			if object {
				return l.key()
			}
			return l.value()
		// Only the bracket of the innermost container is allowed.
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
	// expectNothing: the top value is complete, and white space has been skipped, so any byte left is
	// one too many.
	if l.pos < len(l.data) {
		return l.failAt(ErrTrailing, l.pos)
	}
	return l.token(End, l.pos, l.pos)
}

// Kind returns the kind of the last token.
func (l *Lexer) Kind() Kind { return l.kind }

// Offset returns the offset of the last token in the input; for a string, of the byte after its
// opening quote.
func (l *Lexer) Offset() int { return l.start }

// Depth returns the number of open containers: 0 before and after the value.
func (l *Lexer) Depth() int { return int(l.depth) }

// Raw returns the bytes of the last token in the input: a string without its quotes and with its
// escapes, or a number. They are borrowed from the input and have no spare capacity.
func (l *Lexer) Raw() []byte { return l.data[l.start:l.end:l.end] }

// Skip consumes and checks the rest of the value that the last token began, and returns the bytes of
// the whole value in the input: after a [Key] the member's value, after [ObjectStart] or [ArrayStart]
// everything up to the matching end, after a scalar the scalar itself. It returns nil after an error.
func (l *Lexer) Skip() []byte {
	if l.kind == Key {
		l.Next()
	}
	switch l.kind {
	case String:
		return l.data[l.start-1 : l.end+1 : l.end+1] // with its quotes
	case ObjectStart, ArrayStart:
		// The container is open, so depth is at least 1. Its end brings depth back to outer.
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

// Once records in seen that the key with the number bit (0 to 63) appeared, and reports whether it was
// the first time. The second time it fails the lexer with [ErrDuplicate] at the key. Readers disagree
// about which of two values counts, and an attacker could use that to get past a filter.
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
	// The first fault is reported, because later ones mostly follow from it. A Reason of 0 is ignored.
	if l.reason == noReason && reason != noReason {
		l.failAt(reason, l.start)
	}
}

// Err returns the first error, an *[Error], or nil.
func (l *Lexer) Err() error {
	if l.reason == noReason {
		return nil
	}
	// Allocated on demand: most callers only need the first Invalid.
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

// space skips white space. The compiler inlines it, because services send none.
func (l *Lexer) space() {
	// No token starts with a byte up to ' ', so one comparison covers the usual case.
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
	// The token is empty, so that Raw, Offset and the texts return nothing of the input.
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
	// Checked before depth is used as an index of the stack.
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
		// An object that was closed at this depth may have set the bit.
		l.objects[l.depth/64] &^= bit
		l.next = expectValOrEnd
	}
	l.depth++
	l.pos++
	return l.token(k, l.pos-1, l.pos)
}

// close consumes a '}' or ']'. The caller has checked that it matches.
func (l *Lexer) close(object bool) Kind {
	// depth is at least 1: expectComma and the two states after an opening bracket occur in
	// containers only.
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
	// This also holds after the value of a member: the stack knows that the container is an object.
	l.next = expectComma
	if l.depth == 0 {
		l.next = expectNothing
	}
}

// key consumes a member's name and its colon.
func (l *Lexer) key() Kind {
	if l.pos == len(l.data) {
		return l.failAt(ErrTruncated, l.pos)
	}
	if l.data[l.pos] != '"' {
		return l.failAt(ErrSyntax, l.pos)
	}
	// Repeated keys are not looked for here: see Once.
	if l.scanString(Key) == Invalid {
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
	return Key
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
		if l.scanString(String) == Invalid {
			return Invalid
		}
		l.after()
		return String
	case 't':
		return l.literal("true", True)
	case 'f':
		return l.literal("false", False)
	case 'n':
		return l.literal("null", Null)
	// No plus sign, no leading dot, no hexadecimal digits: RFC 8259 section 6.
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
	// The next token checks what follows the name: "truex" fails there, at the x.
	rest := l.data[l.pos:]
	if len(rest) >= len(name) && string(rest[:len(name)]) == name {
		l.pos += len(name)
		l.after()
		return l.token(k, l.pos-len(name), l.pos)
	}
	// The name is wrong or cut. The loop finds the first byte that differs, for the offset.
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
