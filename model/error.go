package model

import (
	"strconv"
	"time"
)

// Error is an error that the service sent: as the response to the request or, if InStream is set,
// inside the stream. Its text fields are what the server sent, cut at [MaxErrorBody]. They may
// contain anything. [Error.Error] gives a line that is safe to log.
type Error struct {
	Code    Code   // one of the eleven, or the server's own; the HTTP status in digits where none was sent
	Message string // the server's message, or the cleaned start of a body that is not an error's

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
	// Inside a stream no status is shown: the response's is 200, and that of the exception's shape
	// would be taken for the response's.
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
// that is not ready, a request that the service did not receive in time, statuses 500, 502, 503,
// 504 and 529 (overloaded), an error of those kinds that a model reported in its own format, and,
// inside a stream, the exceptions whose documentation says to retry. It does not say that a retry
// is safe: if the error came inside a stream, a part of the answer was delivered, and is billed.
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
	// A known code counts more than the status, which a proxy may have set.
	if e.Code.Known() {
		return false
	}
	switch e.StatusCode {
	case 429, 500, 502, 503, 504, 529:
		return true
	}
	return false
}
