package xmlwire

import "strconv"

// Reason is the reason for which an input was refused. It is an error, so that
// errors.Is(err, xmlwire.ErrDoctype) works on the errors of [Lexer.Err] and [Lexer.Finish].
type Reason uint8

// The reasons. Each is the kind of an [Error].
const (
	noReason       Reason = iota
	ErrSyntax             // a byte that XML does not allow here
	ErrTruncated          // the input ends inside the document
	ErrTrailing           // something after the root element
	ErrDepth              // elements nest deeper than MaxDepth
	ErrTooLarge           // the input is longer than MaxInput
	ErrChar               // invalid UTF-8, or a character XML does not allow
	ErrEncoding           // the declaration names another version than 1.0 or encoding than UTF-8
	ErrDoctype            // a document type or another "<!" declaration
	ErrInstruction        // a processing instruction
	ErrEntity             // an entity other than the five, or a reference that is not a character
	ErrMismatch           // an end tag of another element
	ErrDuplicate          // a known element, or an attribute of a tag, appeared twice
	ErrKind               // the caller expected something else
	ErrAttributes         // a tag has more than MaxAttributes attributes
)

// reasons has the text of each reason. No text contains bytes of the input: STS responses hold
// secrets, and errors go to logs.
var reasons = [...]string{
	noReason:       "no error",
	ErrSyntax:      "unexpected byte",
	ErrTruncated:   "unexpected end of input",
	ErrTrailing:    "content after the root element",
	ErrDepth:       "nested deeper than 32",
	ErrTooLarge:    "input longer than 65,536 bytes",
	ErrChar:        "invalid character or UTF-8",
	ErrEncoding:    "not XML 1.0 in UTF-8",
	ErrDoctype:     "document type",
	ErrInstruction: "processing instruction",
	ErrEntity:      "unknown entity or invalid character reference",
	ErrMismatch:    "end tag does not match",
	ErrDuplicate:   "duplicate element or attribute",
	ErrKind:        "unexpected element or text",
	ErrAttributes:  "more than 16 attributes in a tag",
}

// Error returns the reason in words. It never contains bytes of the input.
func (r Reason) Error() string {
	// The type is exported, so any value is possible.
	if int(r) < len(reasons) {
		return "xml: " + reasons[r]
	}
	return "xml: unknown reason " + strconv.Itoa(int(r))
}

// Error is the reason and the offset of a refused input. It contains no bytes of the input, which may
// be a secret.
type Error struct {
	Offset int    // of what is wrong, or the input's length if more bytes were needed
	Reason Reason // what is wrong there
}

// Error returns the reason and the offset.
func (e *Error) Error() string {
	return e.Reason.Error() + " at byte " + strconv.Itoa(e.Offset)
}

// Unwrap returns the [Reason], so that errors.Is finds it.
func (e *Error) Unwrap() error { return e.Reason }
