package credentials

import (
	"context"
	"errors"

	"bedrockwire/client/internal/await"
	"bedrockwire/client/internal/settings"
	"bedrockwire/signer"
)

// Provider gives credentials, or says why it has none. Its type is that of the Credentials field of client.Config, and
// any func of that type is a Provider: the AWS SDK's providers need three lines around them.
//
// A provider of this package may be called from any number of goroutines. It does its work at every call; put a [Cache]
// around those that ask somebody.
type Provider func(context.Context) (signer.Credentials, error)

// Source says where credentials come from. Its text is for people.
type Source string

// The sources, in no order.
const (
	SourceStatic      Source = "static keys"
	SourceEnvironment Source = "environment variables"
	SourceProfile     Source = "shared profile"
	SourceAssumeRole  Source = "assume role"
	SourceWebIdentity Source = "web identity"
	SourceContainer   Source = "container endpoint"
	SourceIMDS        Source = "instance metadata"
	SourceProcess     Source = "credential process"
	SourceSSO         Source = "IAM Identity Center"
	SourceLogin       Source = "login session"

	SourceCache Source = "cache" // of errors only: a Cache had a Provider that failed to return
	SourceChain Source = "chain" // of errors only: a Chain that selected nothing
)

// What is wrong, in an [Error]; for errors.Is.
var (
	// ErrNone: nothing is configured there.
	ErrNone = errors.New("no credentials")
	// ErrConfig: what is configured is incomplete, contradicts itself, or is not supported.
	ErrConfig = errors.New("unusable configuration")
	// ErrSignIn: a person must sign in again; Remedy is the command.
	ErrSignIn = errors.New("sign-in needed")
	// ErrSource: the source failed, refused, or gave an answer that can't be used.
	ErrSource = errors.New("the source failed")
)

// Error is why a source gave no credentials. It never holds a key, a token or the output of a process.
type Error struct {
	Source  Source
	Profile string // of the shared files, where one is concerned
	Reason  string // what is wrong
	Remedy  string // what to do about it; may be ""
	Kind    error  // one of the sentinels above
	Err     error  // the cause; may be nil
	Tried   []Step // where a [Chain] looked, in order; nil for a provider of its own
}

// newError makes an Error. It is kept out of line: there are a hundred calls, and the literal takes 300 bytes of code.
//
//go:noinline
func newError(source Source, profile string, kind error, reason string, err error) error {
	return &Error{Source: source, Profile: profile, Kind: kind, Reason: reason, Err: err}
}

// remedied is newError with what to do about it.
//
//go:noinline
func remedied(source Source, profile string, kind error, reason, remedy string) error {
	return &Error{Source: source, Profile: profile, Kind: kind, Reason: reason, Remedy: remedy}
}

// fault is errors.New, which is inlined, for causes that have no kind.
//
//go:noinline
func fault(text string) error { return errors.New(text) }

// Error returns one line of printable text.
func (e *Error) Error() string {
	s := "credentials: " + string(e.Source)
	if e.Profile != "" {
		s += " (profile " + settings.Quote(e.Profile) + ")"
	}
	s += ": " + e.Reason
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	separator, end := " (tried in this order: ", ""
	for _, step := range e.Tried {
		s += separator + string(step.Source) + ": " + step.Reason
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

// Static returns a provider of fixed keys. It refuses a pair of which half is missing.
//
//go:noinline
func Static(c signer.Credentials) Provider {
	return func(context.Context) (signer.Credentials, error) {
		if reason := incomplete(c); reason != "" {
			return signer.Credentials{}, newError(SourceStatic, "", ErrConfig, reason, nil)
		}
		return c, nil
	}
}

// retriever is what a source is to the [Chain]. An interface, because the method value of a Retrieve takes 700 bytes of
// code and tables for each source.
type retriever interface {
	retrieve(context.Context) (*signer.Credentials, error)
}

// provided is a Provider as one.
type provided struct{ Provider }

func (p *provided) retrieve(ctx context.Context) (*signer.Credentials, error) {
	c, err := p.Provider(ctx)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// value is the result of a provider whose inner part returns a pointer: a tenth of the code for each of its errors.
func value(c *signer.Credentials, err error) (signer.Credentials, error) {
	if err != nil {
		return signer.Credentials{}, err
	}
	return *c, nil
}

// call runs a func of the caller's, which may ignore the context, and returns when the context ends.
func call[T any](ctx context.Context, f func() (T, error)) (T, error) {
	v, err := await.Call(ctx, f)
	if err != nil && err == ctx.Err() {
		err = context.Cause(ctx)
	}
	return v, err
}

// incomplete says what keys lack, "" for nothing.
func incomplete(c signer.Credentials) string {
	switch {
	case c.AccessKeyID == "" && c.SecretAccessKey == "":
		return "there are no keys"
	case c.AccessKeyID == "":
		return "the access key id is missing"
	case c.SecretAccessKey == "":
		return "the secret access key is missing"
	}
	return ""
}

// quoteServer makes text of a server, a file or a program fit for an error: quoted, ASCII, and short.
//
//go:noinline
func quoteServer(s string) string {
	const most = 256
	if len(s) > most {
		s = s[:most] + "..."
	}
	return settings.Quote(s)
}
