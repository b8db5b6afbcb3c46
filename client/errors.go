package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"bedrockwire/client/internal/printable"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// The kinds of failure, for errors.Is.
var (
	// ErrStalled is the kind of every [*StallError].
	ErrStalled = errors.New("stalled")
	// ErrIncomplete ends a stream that stopped between two frames without the end mark that its
	// format has. It is also an io.ErrUnexpectedEOF. [Config].AllowIncomplete turns it off.
	ErrIncomplete error = incompleteError{}
	// ErrClosed is returned by the methods of a stream after its Close.
	ErrClosed = errors.New("stream is closed")
	// ErrNotEventStream is the kind of a [*ResponseError] for a stream.
	ErrNotEventStream = errors.New("response is not an event stream")
	// ErrProtocol is the kind of every [*MessageError].
	ErrProtocol = errors.New("message breaks the event stream protocol")
	// ErrRedirect is the kind of every [*RedirectError].
	ErrRedirect = errors.New("redirect refused")
)

type incompleteError struct{}

func (incompleteError) Error() string {
	return "stream ended without the end mark of its format, so the response is not whole"
}
func (incompleteError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// A ConfigError says which field of a [Config] can't be used, and why. If the field is a func, the
// reason may be the value that it returned. The error never contains the value.
type ConfigError struct {
	Field  string
	Reason string
}

func (e *ConfigError) Error() string { return "bedrockwire: " + e.Field + " " + e.Reason }

// A CredentialsError says that Config.Credentials or Config.BearerToken failed. Err is the error
// that it returned.
type CredentialsError struct {
	Field string // "Credentials" or "BearerToken"
	Err   error
}

func (e *CredentialsError) Error() string { return "bedrockwire: " + e.Field + ": " + e.Err.Error() }
func (e *CredentialsError) Unwrap() error { return e.Err }

// A CallError ends a call that took more than one attempt. Err is the last attempt's error, so that
// errors.As finds what the service said.
type CallError struct {
	Operation string // such as "InvokeModelWithResponseStream"
	Attempts  int
	Elapsed   time.Duration
	Reason    string // why there was no further attempt
	Err       error
}

func (e *CallError) Error() string {
	return fmt.Sprintf("%v (after %d attempts in %v; %s)", e.Err, e.Attempts, e.Elapsed.Round(time.Millisecond), e.Reason)
}
func (e *CallError) Unwrap() error { return e.Err }

// A StreamError ends a stream. Err is the reason: a [*frame.Error], a [*StallError], a
// [*MessageError], [ErrIncomplete], the context's error, or a [*model.Error] that the service sent
// or that the model reported in its answer.
type StreamError struct {
	Events    int64  // delivered before the error; none is delivered after it
	RequestID string // of the HTTP response, may be empty
	Err       error
}

func (e *StreamError) Error() string {
	s := "bedrockwire: stream broken after " + counted(e.Events, "event") + ": " + e.Err.Error()
	if e.RequestID != "" && !errors.As(e.Err, new(*model.Error)) { // a service error prints it already
		s += " (request id " + printable.Text(e.RequestID) + ")"
	}
	return s
}
func (e *StreamError) Unwrap() error { return e.Err }

// A StallError says that the peer took longer than one of [Timeouts] allows. It is an [ErrStalled],
// an os.ErrDeadlineExceeded, and a net.Error whose Timeout is true.
type StallError struct {
	WaitingFor string        // "a connection", "the response head", "the first event", "the next byte", "the rest of a frame"
	Limit      time.Duration // the limit that was passed
	Silence    time.Duration // since the last byte, or since the request where none came
	Bytes      int64         // of the body, so far
	Events     int64         // delivered so far

	// MayBeProcessed says that the peer has the whole request. It may be working on it, and may
	// bill it.
	MayBeProcessed bool
}

func (e *StallError) Error() string {
	s := fmt.Sprintf("stalled: waited for %s longer than %v (%.3f s since the last byte, %s and %s so far)",
		e.WaitingFor, e.Limit, e.Silence.Seconds(), counted(e.Bytes, "byte"), counted(e.Events, "event"))
	if e.MayBeProcessed && e.Bytes == 0 {
		s += processedText
	}
	return s
}
func (e *StallError) Is(target error) bool {
	return target == ErrStalled || target == os.ErrDeadlineExceeded
}
func (e *StallError) Timeout() bool { return true }

// Temporary is part of net.Error. It is false: what to do next depends on what was delivered, see
// [SafeToRetry].
func (e *StallError) Temporary() bool { return false }

// A ResponseError says that a response with a success status is not what was asked for: an event
// stream, or the JSON of an operation. This happens behind proxies and with a wrong endpoint. Err
// has the status, the request id and what the body says, cleaned. Unwrap does not return it, so
// errors.As finds no [*model.Error]: the response is not the service's.
type ResponseError struct {
	ContentType     string // as sent
	ContentEncoding string // as sent; anything but identity is refused
	JSON            bool   // JSON was expected, not an event stream
	Err             *model.Error
	Cause           error // what the decoder of the body said; nil where it was not asked
}

func (e *ResponseError) Error() string {
	what := "an event stream"
	if e.JSON {
		what = "the JSON that was expected"
	}
	s := "bedrockwire: response with Content-Type " + printable.Quote(e.ContentType)
	if e.ContentEncoding != "" {
		s = "bedrockwire: response with Content-Encoding " + printable.Quote(e.ContentEncoding)
	}
	s += " is not " + what + ": "
	if e.Cause != nil {
		s += e.Cause.Error() + ": "
	}
	return s + e.Err.Error()
}
func (e *ResponseError) Is(target error) bool { return target == ErrNotEventStream && !e.JSON }
func (e *ResponseError) Unwrap() error        { return e.Cause }

// A RedirectError says that the response was a redirect. Redirects are never followed, because a
// request carries credentials and prompts.
type RedirectError struct {
	Status    int
	Host      string // the refused host, as sent; empty where the response named none
	RequestID string
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("bedrockwire: refused to follow a redirect (status %d) to host %s", e.Status, printable.Quote(e.Host))
}
func (e *RedirectError) Is(target error) bool { return target == ErrRedirect }

// A MessageError says that a frame is intact but is not a message of this protocol: a reserved
// header is missing or is not a string, the kind of message is unknown, or an event's payload can't
// be decoded.
type MessageError struct {
	Offset int64 // of the frame in the stream
	Frame  int64 // its number, from 0
	Reason string
	Err    error // the payload decoder's error, or nil
}

func (e *MessageError) Error() string {
	s := fmt.Sprintf("message in frame %d at offset %d: %s", e.Frame, e.Offset, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}
func (e *MessageError) Is(target error) bool { return target == ErrProtocol }
func (e *MessageError) Unwrap() error        { return e.Err }

// SafeToRetry reports whether a call or stream that ended with err delivered nothing of the
// response. If so, a new call can't repeat or contradict anything that the program has used
// already.
//
// It does not say whether a new call helps, nor whether the request was processed: a call that
// failed after its request was sent may be billed, and so may the new one. [*SendError] and
// [*StallError] say in MayBeProcessed whether that is possible.
//
// It is for errors of this package's calls and streams, including those of their contexts. It is
// false for nil, for io.EOF, and for any other error.
func SafeToRetry(err error) bool {
	if stream := (*StreamError)(nil); errors.As(err, &stream) {
		return stream.Events == 0
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) { // a stream's would be in a StreamError
		return true
	}
	var (
		field     *model.FieldError
		signing   *signer.Error
		call      *CallError
		callField *CallFieldError
		creds     *CredentialsError
		config    *ConfigError
		response  *ResponseError
		redirect  *RedirectError
		stall     *StallError
		unsent    *SendError
		service   *model.Error
	)
	switch {
	case errors.As(err, &field), errors.As(err, &signing), errors.As(err, &call), errors.As(err, &callField), errors.As(err, &creds),
		errors.As(err, &config), errors.As(err, &response), errors.As(err, &redirect), errors.As(err, &stall), errors.As(err, &unsent):
		return true
	case errors.As(err, &service):
		return !service.InStream
	}
	return false
}

// A SendError says that a request could not be sent, or that its response could not be received.
type SendError struct {
	Err error

	// MayBeProcessed says that the peer may have the whole request. It may have processed it, and
	// may bill it. It is false if the request was not sent whole, or if the protocol says that it
	// was not processed.
	MayBeProcessed bool

	connectionEnded bool // the connection ended, and had served other requests
}

const processedText = "; the request was sent, and may have been processed"

func (e *SendError) Error() string {
	s := "bedrockwire: " + printable.Text(e.Err.Error())
	if e.MayBeProcessed {
		s += processedText
	}
	return s
}
func (e *SendError) Unwrap() error { return e.Err }

// contextError returns the error of a context that has ended: its Err and, if there is one, its
// cause. errors.Is finds both.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// A ContextError says what a call or a stream was waiting for when its context ended. Err is the
// context's error and, if there is one, its cause.
type ContextError struct {
	WaitingFor string // "credentials", "the next attempt", or one of StallError's
	Attempt    int
	Elapsed    time.Duration // since the call started
	Err        error
}

func (e *ContextError) Error() string {
	return fmt.Sprintf("%v while waiting for %s (attempt %d, %.3f s after the call started)", e.Err, e.WaitingFor, e.Attempt, e.Elapsed.Seconds())
}
func (e *ContextError) Unwrap() error { return e.Err }

// ended returns the error of a call whose context has ended.
func (r *request) ended(ctx context.Context, waitingFor string) error {
	return &ContextError{WaitingFor: waitingFor, Attempt: r.attempts, Elapsed: time.Since(r.began), Err: contextError(ctx)}
}

var _ net.Error = (*StallError)(nil)

// counted returns n and the name of what was counted, in the singular or the plural.
func counted(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.FormatInt(n, 10) + " " + what
}
