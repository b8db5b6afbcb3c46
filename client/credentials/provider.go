package credentials

import (
	"context"
	"errors"
	"strconv"
	"strings"

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

// Error returns one line of printable text.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("credentials: " + string(e.Source))
	if e.Profile != "" {
		b.WriteString(" (profile " + strconv.QuoteToASCII(e.Profile) + ")")
	}
	b.WriteString(": " + e.Reason)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Remedy != "" {
		b.WriteString("; " + e.Remedy)
	}
	for i, s := range e.Tried {
		if i == 0 {
			b.WriteString(" (tried in this order: ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(string(s.Source) + ": " + s.Reason)
	}
	if len(e.Tried) > 0 {
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Static returns a provider of fixed keys. It refuses a pair of which half is missing.
func Static(c signer.Credentials) Provider {
	return func(context.Context) (signer.Credentials, error) {
		if reason := incomplete(c); reason != "" {
			return signer.Credentials{}, &Error{Source: SourceStatic, Kind: ErrConfig, Reason: reason}
		}
		return c, nil
	}
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
func quoteServer(s string) string {
	const most = 256
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.QuoteToASCII(s)
}
