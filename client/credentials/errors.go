package credentials

import (
	"context"
	"errors"

	"bedrockwire/client/internal/await"
	"bedrockwire/client/internal/class"
	"bedrockwire/client/internal/printable"
)

// Kinds of an [Error], for errors.Is.
var (
	// ErrNone: nothing is configured there.
	ErrNone = errors.New("no credentials")
	// ErrConfig: what is configured is incomplete, contradicts itself, or is not supported.
	ErrConfig = errors.New("unusable configuration")
	// ErrSignIn: a person must sign in again. Remedy is the command.
	ErrSignIn = errors.New("sign-in needed")
	// ErrSource: the source failed, refused, or returned a response that can't be used.
	ErrSource = errors.New("the source failed")
)

// Error is why a source returned no credentials. It never holds a key, a token or the standard
// output of a process.
type Error struct {
	Source  Source
	Profile string // of the shared files, where one is concerned
	Reason  string // what is wrong
	Remedy  string // what to do about it; may be ""
	Kind    error  // one of the kinds above
	Err     error  // the cause; may be nil
	Tried   []Step // the places where a [Chain] looked, in order; nil if no chain was used
}

// Error returns one line of printable ASCII. Each part of it is cut to 1 KiB.
func (e *Error) Error() string {
	s := "credentials: " + printable.Text(string(e.Source))
	if e.Profile != "" {
		s += " (profile " + printable.Quote(e.Profile) + ")"
	}
	s += ": " + printable.Text(e.Reason)
	if e.Err != nil {
		s += ": " + printable.Text(e.Err.Error())
	}
	if e.Remedy != "" {
		s += "; " + printable.Text(e.Remedy)
	}
	separator, end := " (tried in this order: ", ""
	for _, step := range e.Tried {
		s += separator + printable.Text(string(step.Source)) + ": " + printable.Text(step.Reason)
		separator, end = ", ", ")"
	}
	return s + end
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Is makes the error one of the class configuration.
func (e *Error) Is(target error) bool { return target == class.ErrConfiguration }

// readKind is the kind of an error of reading a file: kind, or ErrSource where the time was up.
func readKind(ctx context.Context, err, kind error) error {
	if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
		return ErrSource
	}
	return kind
}

// call runs a func of the caller's, which may ignore the context, and returns when the context
// ends.
func call[T any](ctx context.Context, f func() (T, error)) (T, error) {
	v, err := await.Call(ctx, f)
	if err != nil && err == ctx.Err() {
		err = context.Cause(ctx)
	}
	return v, err
}
