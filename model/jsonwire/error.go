package jsonwire

import "strconv"

// Reason is why an input was refused. It is an error, so that errors.Is(err, jsonwire.ErrDepth)
// works on what [Lexer.Err] and [Lexer.Finish] return.
type Reason uint8

// The reasons. Each is the kind of an [Error].
const (
	noReason     Reason = iota
	ErrSyntax           // a byte that RFC 8259 does not allow here
	ErrTruncated        // the input ends inside a value
	ErrTrailing         // bytes other than white space after the value
	ErrDepth            // containers nest deeper than MaxDepth
	ErrTooLarge         // the input is longer than its limit
	ErrUTF8             // a string is not valid UTF-8
	ErrSurrogate        // a \u escape is half of a surrogate pair
	ErrNumber           // a number does not fit what the caller asked for
	ErrDuplicate        // a known key came twice
	ErrKind             // the caller expected another kind of value
)

// Indexed by the constants above, so that a reason without a text is an empty one that the test
// finds. No text is made of the input: an error of a credential's JSON goes to logs.
var reasons = [...]string{
	noReason:     "no error",
	ErrSyntax:    "unexpected byte",
	ErrTruncated: "unexpected end of input",
	ErrTrailing:  "bytes after the value",
	ErrDepth:     "nested deeper than 128",
	ErrTooLarge:  "input longer than the limit",
	ErrUTF8:      "invalid UTF-8 in a string",
	ErrSurrogate: "unpaired surrogate escape",
	ErrNumber:    "number out of range",
	ErrDuplicate: "duplicate key",
	ErrKind:      "unexpected kind of value",
}

// Error returns the reason in words. It never contains bytes of the input.
func (r Reason) Error() string {
	// The type is exported and so is any value of it: an unknown one must not index beyond the
	// table.
	if int(r) < len(reasons) {
		return "json: " + reasons[r]
	}
	return "json: unknown reason " + strconv.Itoa(int(r))
}

// Error says where an input was refused and why. It carries no byte of the input, which may be a
// secret.
type Error struct {
	Offset int    // of the first byte that is wrong, or the input's length where more was needed
	Reason Reason // what is wrong there
}

// Error returns the reason and the offset.
func (e *Error) Error() string {
	return e.Reason.Error() + " at byte " + strconv.Itoa(e.Offset)
}

// Unwrap returns the [Reason], so that errors.Is finds it.
//
// Reasons compare by value; there is no pointer that a caller could change for others.
func (e *Error) Unwrap() error { return e.Reason }
