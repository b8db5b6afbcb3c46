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

	"bedrockwire/model"
	"bedrockwire/signer"
)

// The kinds of failure that have no type of their own elsewhere; compare with errors.Is.
var (
	// ErrStalled is the kind of every [*StallError].
	ErrStalled = errors.New("stalled")
	// ErrIncomplete ends a stream that stopped between two frames but before the model's terminal
	// event, where [Config].RequireComplete asks for that. It is an io.ErrUnexpectedEOF too.
	ErrIncomplete error = incompleteError{}
	// ErrClosed is what a Stream's methods return after its Close.
	ErrClosed = errors.New("stream is closed")
	// ErrNotEventStream is the kind of every [*ResponseError].
	ErrNotEventStream = errors.New("response is not an event stream")
	// ErrProtocol is the kind of every [*MessageError].
	ErrProtocol = errors.New("message breaks the event stream protocol")
	// ErrRedirect is the kind of every [*RedirectError].
	ErrRedirect = errors.New("redirect refused")
)

type incompleteError struct{}

func (incompleteError) Error() string        { return "stream ended before the model's terminal event" }
func (incompleteError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// A ConfigError says which field of a [Config], or which value that a field's function returned, can't be
// used. It never holds the value.
type ConfigError struct {
	Field  string
	Reason string
}

func (e *ConfigError) Error() string { return "bedrockwire: " + e.Field + " " + e.Reason }

// configError is kept out of line: the literal takes 60 bytes of code wherever it stands.
//
//go:noinline
func configError(field, reason string) error { return &ConfigError{field, reason} }

// A CredentialsError says that Config.Credentials or Config.BearerToken failed; Err is what it returned.
type CredentialsError struct {
	Field string // "Credentials" or "BearerToken"
	Err   error
}

func (e *CredentialsError) Error() string { return "bedrockwire: " + e.Field + ": " + e.Err.Error() }
func (e *CredentialsError) Unwrap() error { return e.Err }

// A CallError ends a call that was tried more than once; Err is the last attempt's error, so that the
// service's own word is always in the chain.
type CallError struct {
	Attempts int
	Elapsed  time.Duration
	Reason   string // why there was no further attempt
	Err      error
}

func (e *CallError) Error() string {
	return fmt.Sprintf("%v (after %d attempts in %v; %s)", e.Err, e.Attempts, e.Elapsed.Round(time.Millisecond), e.Reason)
}
func (e *CallError) Unwrap() error { return e.Err }

// A StreamError ends a stream; Err is the fault: a [*frame.Error], a [*model.Error] the model's answer was
// broken off with, a [*StallError], a [*MessageError], [ErrIncomplete], or the context's error.
type StreamError struct {
	Events    int64  // delivered before the fault; none after
	RequestID string // of the HTTP response, may be empty
	Err       error
}

func (e *StreamError) Error() string {
	s := "bedrockwire: stream broken after " + strconv.FormatInt(e.Events, 10) + " events: " + e.Err.Error()
	if e.RequestID != "" && serviceError(e.Err) == nil { // a service error prints it already
		s += " (request id " + clean(cut(e.RequestID)) + ")"
	}
	return s
}
func (e *StreamError) Unwrap() error { return e.Err }

// A StallError says that a peer took longer than one of [Timeouts] allows. It is an [ErrStalled], an
// os.ErrDeadlineExceeded, and a net.Error whose Timeout is true.
type StallError struct {
	WaitingFor string        // "a connection", "the response head", "the first event", "the next byte", "the rest of a frame"
	Limit      time.Duration // the limit that was passed
	Silence    time.Duration // since the last byte, or since the request where none came
	Bytes      int64         // of the body, so far
	Events     int64         // delivered so far
}

func (e *StallError) Error() string {
	return fmt.Sprintf("stalled: waited for %s longer than %v (%.3f s since the last byte, %d bytes and %d events so far)",
		e.WaitingFor, e.Limit, e.Silence.Seconds(), e.Bytes, e.Events)
}
func (e *StallError) Is(target error) bool {
	return target == ErrStalled || target == os.ErrDeadlineExceeded
}
func (e *StallError) Timeout() bool { return true }

// Temporary is part of net.Error. It is false: what to do next depends on what was delivered, see [SafeToRetry].
func (e *StallError) Temporary() bool { return false }

// A ResponseError says that a response with a success status is not an event stream (or not the description of a
// model, where one was asked for), as happens behind proxies and with a wrong endpoint. Its Unwrap gives a
// [*model.Error] with status, request id and the start of the body, cleaned.
type ResponseError struct {
	ContentType     string // as sent
	ContentEncoding string // as sent; anything but identity is refused
	Err             *model.Error
	Cause           error // of FoundationModel: what its decoder said
}

func (e *ResponseError) Error() string {
	what := "with Content-Type " + quote(e.ContentType)
	if e.ContentEncoding != "" {
		what = "with Content-Encoding " + quote(e.ContentEncoding)
	}
	if e.Cause != nil {
		return "bedrockwire: response " + what + " is not the description of a model: " + e.Cause.Error() + ": " + e.Err.Error()
	}
	return "bedrockwire: response " + what + " is not an event stream: " + e.Err.Error()
}
func (e *ResponseError) Is(target error) bool { return target == ErrNotEventStream && e.Cause == nil }
func (e *ResponseError) Unwrap() error        { return e.Err }

// A RedirectError says that the service answered with a redirect. None is ever followed, since a request
// carries credentials and prompts.
type RedirectError struct {
	Status    int
	Host      string // the refused host, cleaned; empty where the response named none
	RequestID string
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("bedrockwire: refused to follow a redirect (status %d) to host %s", e.Status, quote(e.Host))
}
func (e *RedirectError) Is(target error) bool { return target == ErrRedirect }

// A MessageError says that a frame is whole but is not a message of this protocol: a reserved header is
// missing or is not a string, the kind of message is unknown, or an event's payload can't be decoded.
type MessageError struct {
	Offset int64 // of the frame in the stream
	Frame  int64 // its index
	Reason string
	Err    error // what the payload's decoder said, or nil
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

// SafeToRetry reports whether a call or stream that ended with err delivered nothing of the model's answer,
// so that repeating the call can't repeat or contradict something already used. It says nothing of whether
// repeating it helps, nor of what is billed.
//
// It is for the errors of this package's calls and streams, the context's among them; it is false for nil, for
// io.EOF, and for errors of any other origin that it can't tell apart from those of a stream.
func SafeToRetry(err error) bool {
	var safe bool
	if find(err, func(err error) bool {
		stream, ok := err.(*StreamError)
		safe = ok && stream.Events == 0
		return ok
	}) {
		return safe
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || // a stream's are in a StreamError
		find(err, func(err error) bool {
			switch err.(type) {
			case *model.FieldError, *signer.Error, *CallError, *CredentialsError, *ConfigError, *ResponseError, *RedirectError,
				*StallError, *SendError:
				return true
			}
			return false
		}) {
		return true
	}
	service := serviceError(err)
	return service != nil && !service.InStream
}

// find reports whether is holds for err or for one of the errors it wraps, in the order of errors.As. That would do, and
// bring a second copy of reflection along. As methods are not asked: no error that the client looks into needs one.
func find(err error, is func(error) bool) bool {
	for err != nil && !is(err) {
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				if find(err, is) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return err != nil
}

// serviceError returns the service's error that err is or wraps, nil for none.
//
//go:noinline
func serviceError(err error) (service *model.Error) {
	find(err, func(err error) (ok bool) {
		service, ok = err.(*model.Error)
		return ok
	})
	return service
}

// A SendError says that a request could not be sent, or its response's head not be received.
type SendError struct {
	Err error
}

func (e *SendError) Error() string { return "bedrockwire: " + cut(clean(e.Err.Error())) }
func (e *SendError) Unwrap() error { return e.Err }

// contextError returns the error of a done context: it Is the context's Err and, where there is one, its cause.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// maxText is how much of a text that came from the peer goes into an error's text, in bytes.
const maxText = 1 << 10

// clean replaces what could move a terminal's cursor or forge a line of a log: anything but printable ASCII.
// It is for texts that have no business holding more, such as request ids and host names; what a
// service says in words is cleaned by package model.
func clean(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			b := []byte(s)
			for i, c := range b {
				if c < ' ' || c > '~' {
					b[i] = '?'
				}
			}
			return string(b)
		}
	}
	return s
}

// quote returns text of a peer, cut, in quotes and ASCII.
//
//go:noinline
func quote(s string) string { return strconv.QuoteToASCII(cut(s)) }

func cut(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}

var _ net.Error = (*StallError)(nil)
