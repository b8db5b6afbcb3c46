package credentials

import (
	"context"
	"time"

	"bedrockwire/signer"
)

// Provider returns credentials, or an error that says why it has none. Its type is that of the
// Credentials field of client.Config, and any func of that type is a Provider: the AWS SDK's
// providers need three lines around them.
//
// A provider of this package may be called from any number of goroutines. It does its work at every
// call. Put a [Cache] around one that contacts a service, runs a process or reads a file.
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

	SourceCache Source = "cache" // of errors only: the Provider of a Cache did not return
	SourceChain Source = "chain" // of errors only: a Selection selected nothing
)

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

// finish sets the expiration of keys that were read from JSON or XML, or says what is wrong with
// them.
func finish(c *signer.Credentials, expiration string) (reason string) {
	if reason := incomplete(*c); reason != "" {
		return reason
	}
	if expiration != "" {
		at, err := time.Parse(time.RFC3339, expiration)
		if err != nil {
			return "the expiration is not a time of RFC 3339" // the cause would quote it
		}
		c.Expires = at
	}
	return ""
}

func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
