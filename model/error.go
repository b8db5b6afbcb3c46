package model

import "strconv"

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
}

// accessHint completes a refusal with what to ask the account's administrator for (Amazon Bedrock
// API reference, InvokeModelWithResponseStream: the permission it requires and what denies it).
const accessHint = "the call needs the IAM action bedrock:InvokeModelWithResponseStream; denying bedrock:InvokeModel denies it too"

// Error returns one line: code, message, the model's own status, HTTP status and request id. Each
// field that came from the server is cleaned by [AppendClean] and cut to 1 KiB. Raw is not shown.
func (e *Error) Error() string {
	if e == nil {
		return "bedrock: no error"
	}
	b := make([]byte, 0, 192)
	b = append(b, "bedrock: "...)
	switch {
	case e.Code == codeFromStatus(e.StatusCode) && e.StatusCode != 0:
		b = append(b, "error without a code"...)
	case e.Code == "":
		b = append(b, "error without a code"...)
	default:
		b = AppendClean(b, string(e.Code), maxShown)
	}
	if e.Message != "" {
		b = append(b, ": "...)
		b = AppendClean(b, e.Message, maxShown)
	}
	open := " ("
	if e.OriginalStatusCode != 0 {
		b = append(append(b, open...), "model status "...)
		b = strconv.AppendInt(b, int64(e.OriginalStatusCode), 10)
		open = ", "
	}
	if e.OriginalMessage != "" {
		b = append(append(b, open...), "model message: "...)
		b = AppendClean(b, e.OriginalMessage, maxShown)
		open = ", "
	}
	if e.ResourceName != "" {
		b = append(append(b, open...), "resource "...)
		b = AppendClean(b, e.ResourceName, maxShown)
		open = ", "
	}
	if e.InStream {
		b = append(append(b, open...), "in the stream"...)
		open = ", "
	} else if e.StatusCode != 0 {
		b = append(append(b, open...), "HTTP "...)
		b = strconv.AppendInt(b, int64(e.StatusCode), 10)
		open = ", "
	}
	if e.RequestID != "" {
		b = append(append(b, open...), "request id "...)
		b = AppendClean(b, e.RequestID, maxShown)
		open = ", "
	}
	if open != " (" {
		b = append(b, ')')
	}
	if e.Code == AccessDeniedException {
		b = append(append(b, "; "...), accessHint...)
	}
	return string(b)
}

// GoString keeps Raw out of %#v.
func (e *Error) GoString() string { return "&model.Error{" + strconv.Quote(e.Error()) + "}" }

// Unwrap returns the code, so that errors.Is and errors.As find it.
func (e *Error) Unwrap() error { return e.Code }

// Is reports whether target is [UnknownOperationError] and the code none of the eleven. Other codes
// are matched through Unwrap.
func (e *Error) Is(target error) bool { return target == UnknownOperationError && !e.Code.Known() }

// Throttled reports whether the server asks for fewer requests: a throttling code, or status 429
// without one of the modelled codes. [ModelNotReadyException] is a 429 too but says that a model is
// still being loaded.
func (e *Error) Throttled() bool {
	return e.Code.throttles() || e.StatusCode == 429 && !e.Code.Known()
}

// Retryable reports whether the same request may succeed later. That is so for throttling, a model
// that is not ready, a request the service did not receive in time, statuses 500, 502, 503 and 504,
// and, inside a stream, the exceptions whose documentation says to retry: internal server, model
// stream error and service unavailable. Whether a retry is safe is another question: inside a stream
// part of the answer was delivered, and paid for.
func (e *Error) Retryable() bool {
	if e.Throttled() {
		return true
	}
	switch e.Code {
	case ModelNotReadyException, InternalServerException, ServiceUnavailableException,
		"RequestTimeout", "RequestTimeoutException":
		return true
	case ModelStreamErrorException:
		return e.InStream
	}
	if e.Code.Known() {
		return false
	}
	switch e.StatusCode {
	case 500, 502, 503, 504:
		return true
	}
	return false
}

// AppendJSON appends the error's shape as JSON, with its code as __type: what [ErrorFromJSON] reads
// back. StatusCode, RequestID and InStream belong to the transport and are not part of it.
func (e *Error) AppendJSON(dst []byte) []byte {
	list := make([]Member, 0, 5)
	if e.Code != "" {
		list = append(list, Member{memberType, stringValue(e.discriminator())})
	}
	return Value{Kind: StructureValue, Members: e.members(list)}.AppendJSON(dst)
}
