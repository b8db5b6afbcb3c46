package model

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// Error is an error the service sent, as the answer to the request or, with InStream, inside the
// stream. Its text fields are what the server sent, unchanged but for the cut at [MaxErrorBody];
// they may contain anything. [Error.Error] gives a line that is safe to log.
type Error struct {
	Code    Code   // one of the eleven, or the server's own; the HTTP status in digits where none was sent
	Message string // the server's message, or the cleaned start of a body that is no error shape

	OriginalStatusCode int    // ModelErrorException, ModelStreamErrorException: the model's status, 100 to 599
	OriginalMessage    string // ModelStreamErrorException
	ResourceName       string // ModelErrorException

	StatusCode int    // of the HTTP response; of the shape for an exception inside a stream
	RequestID  string // quote it to AWS Support
	InStream   bool   // sent after the response had begun: some of the answer may have been delivered
	Raw        []byte `json:"-"` // the body's first MaxErrorBody bytes, a copy; never part of Error's text

	// What the client knows of the call. This package leaves these fields empty.
	Operation  string        // the operation that was called, such as InvokeModel
	Action     string        // the IAM action to ask an administrator for; set where access was denied
	RetryAfter time.Duration // how long the response's header asks to wait before a retry
}

// Error returns one line: operation, code, message, the model's own status, HTTP status, request id
// and the IAM action that is missing. Each field that came from the server is cleaned by
// [AppendClean] and cut to 1 KiB. Raw is not shown.
func (e *Error) Error() string {
	if e == nil {
		return "bedrock: no error"
	}
	// Room for a usual line in one allocation. fmt is not used, so that a program that only signs and
	// decodes does not link it.
	b := append(make([]byte, 0, 192), "bedrock: "...)
	if e.Operation != "" {
		b = append(AppendClean(b, e.Operation, maxShown), ": "...)
	}
	// A status in digits is not a name that the server gave; the brackets show it.
	if e.Code == codeFromStatus(e.StatusCode) {
		b = append(b, Code("").Error()...)
	} else {
		b = append(b, e.Code.Error()...)
	}
	if e.Message != "" {
		b = AppendClean(append(b, ": "...), e.Message, maxShown)
	}
	// Each field has a limit of its own, so that a long message can't push the request id out.
	open := " ("
	detail := func(label, text string) {
		b = append(append(b, open...), label...)
		b = AppendClean(b, text, maxShown)
		open = ", "
	}
	if e.OriginalStatusCode != 0 {
		detail("model status ", strconv.Itoa(e.OriginalStatusCode))
	}
	if e.OriginalMessage != "" {
		detail("model message: ", e.OriginalMessage)
	}
	if e.ResourceName != "" {
		detail("resource ", e.ResourceName)
	}
	// The HTTP status of a stream that had begun is 200; the shape's own would be read as the
	// response's.
	if e.InStream {
		detail("in the stream", "")
	} else if e.StatusCode != 0 {
		detail("HTTP ", strconv.Itoa(e.StatusCode))
	}
	if e.RequestID != "" {
		detail("request id ", e.RequestID)
	}
	if open == ", " {
		b = append(b, ')')
	}
	if e.Action != "" {
		b = AppendClean(append(b, "; the call needs the IAM action "...), e.Action, maxShown)
	}
	return string(b)
}

// GoString keeps Raw out of %#v.
func (e *Error) GoString() string { return "&model.Error{" + strconv.Quote(e.Error()) + "}" }

// Unwrap returns the code, so that errors.Is and errors.As find it.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Code
}

// Is reports whether target is [UnknownOperationError] and the code none of the eleven. Other codes
// are matched through Unwrap.
func (e *Error) Is(target error) bool {
	return e != nil && target == UnknownOperationError && !e.Code.Known()
}

// Throttled reports whether the server asks for fewer requests: a throttling code, or status 429
// without one of the modelled codes. [ModelNotReadyException] is a 429 too but says that a model is
// still being loaded.
func (e *Error) Throttled() bool {
	if e == nil {
		return false
	}
	_, a := e.Code.rule()
	return a == slower || e.StatusCode == 429 && !e.Code.Known()
}

// Retryable reports whether the same request may succeed later. That is so for throttling, a model
// that is not ready, a request that the service did not receive in time, statuses 500, 502, 503, 504
// and 529 (overloaded), an error of those kinds that a model reported in its own format, and, inside a
// stream, the exceptions whose documentation says to retry. Whether a retry is safe is another
// question: inside a stream part of the answer was delivered, and paid for.
func (e *Error) Retryable() bool {
	if e == nil {
		return false
	}
	switch _, a := e.Code.rule(); a {
	case always, slower:
		return true
	case inStream:
		return e.InStream
	}
	// A known code outweighs a status that some proxy set.
	if e.Code.Known() {
		return false
	}
	switch e.StatusCode {
	case 429, 500, 502, 503, 504, 529:
		return true
	}
	return false
}

// AppendJSON appends the error's shape as JSON, with its code as __type: what [ErrorFromJSON] reads
// back. StatusCode, RequestID and InStream belong to the transport and are not part of it.
func (e *Error) AppendJSON(dst []byte) []byte {
	if e == nil {
		return append(dst, "null"...)
	}
	// Five members at most: the code and the four of the shapes.
	list := make([]Member, 0, 5)
	if e.Code != "" {
		list = append(list, Member{memberType, stringValue(e.discriminator())})
	}
	return Value{Kind: StructureValue, Members: e.members(list)}.AppendJSON(dst)
}

// maxShown is how many bytes of one server-sent field an error text shows. A message of the service
// is a sentence or two; what is longer is an attempt to fill a log.
const maxShown = 1 << 10

// AppendClean appends s to dst as one line of text that is safe in a log or on a terminal, at most
// limit bytes of it. White-space controls and line separators become a space; other control
// characters (C0, DEL, C1), controls of text direction, invisible tag characters, the byte order
// mark and bytes that are not UTF-8 become U+FFFD. A text that is cut ends in "…".
//
// It is meant for text that a server chose: the fields of an [Error], a body that is no JSON.
func AppendClean[T string | []byte](dst []byte, s T, limit int) []byte {
	const ellipsis = "…"
	base := len(dst)
	cut := base // where to cut so that the ellipsis fits
	for i := 0; i < len(s); {
		// Converting at most four bytes does not allocate: the string does not escape.
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		// n is at least 1, and 1 for a stray byte, so that each of them becomes a U+FFFD of its own.
		i += n
		r = cleanRune(r)
		// Counted after cleaning, which may turn one byte into three. cleanRune returns characters
		// only, so RuneLen is never -1. No more of s is looked at than what fits.
		if len(dst)-base+utf8.RuneLen(r) > limit {
			if limit < len(ellipsis) {
				return dst[:base]
			}
			return append(dst[:cut], ellipsis...)
		}
		dst = utf8.AppendRune(dst, r)
		if len(dst)-base <= limit-len(ellipsis) {
			cut = len(dst)
		}
	}
	return dst
}

// cleanRune returns what stands for r in a clean text.
func cleanRune(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7F:
		return r
	// A space, so that words stay apart: a line end in a server's text must not begin a log line of
	// its own.
	case r >= '\t' && r <= '\r', r == 0x85, r == 0x2028, r == 0x2029:
		return ' '
	case r < 0xA0: // C0, DEL, C1
		return utf8.RuneError
	case r == 0x061C, r == 0x200E, r == 0x200F, // marks of direction
		r >= 0x202A && r <= 0x202E, // embeddings and overrides of direction
		r >= 0x2066 && r <= 0x206F, // isolates, and the deprecated format characters
		r == 0xFEFF,
		r >= 0xFFF9 && r <= 0xFFFB,   // interlinear annotation
		r >= 0xE0000 && r <= 0xE007F: // tags: text that no one sees and a model reads
		return utf8.RuneError
	}
	return r
}
