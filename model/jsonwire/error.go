package jsonwire

import "strconv"

// Reason is the reason for which an input was refused. It is an error, so that
// errors.Is(err, jsonwire.ErrDepth) works on the errors of [Lexer.Err] and [Lexer.Finish].
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
	ErrDuplicate        // a known key appeared twice
	ErrKind             // the caller expected another kind of value
)

// reasons has the text of each reason. No text contains bytes of the input, because the errors of
// credentials in JSON go to logs. A test checks that every reason has a text.
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
	// The type is exported, so any value is possible.
	if int(r) < len(reasons) {
		return "json: " + reasons[r]
	}
	return "json: unknown reason " + strconv.Itoa(int(r))
}

// Error is the reason and the offset of a refused input. It contains no bytes of the input, which may
// be a secret.
type Error struct {
	Offset int    // of the first wrong byte, or the input's length if more bytes were needed
	Reason Reason // what is wrong there
}

// Error returns the reason and the offset.
func (e *Error) Error() string {
	return e.Reason.Error() + " at byte " + strconv.Itoa(e.Offset)
}

// Unwrap returns the [Reason], so that errors.Is finds it.
func (e *Error) Unwrap() error { return e.Reason }
