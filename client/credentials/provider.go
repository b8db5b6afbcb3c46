package credentials

import (
	"context"
	"strings"
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
		at, ok := parseTime(expiration)
		if !ok {
			return "the expiration is not a time of ISO 8601 with a time zone"
		}
		c.Expires = at
	}
	return ""
}

// parseTime reads a time of ISO 8601 with a time zone, in the forms that tools write: RFC 3339,
// the basic format without separators, without seconds, a blank for the T, and the zones of "date +%z".
func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, utc := range []string{"UTC", "z"} {
		if before, ok := strings.CutSuffix(s, utc); ok {
			s = before + "Z"
		}
	}
	for _, date := range []string{"2006-01-02", "20060102"} {
		if len(s) > len(date) && (s[len(date)] == ' ' || s[len(date)] == 't') {
			s = s[:len(date)] + "T" + s[len(date)+1:]
		}
	}
	if date, rest, ok := strings.Cut(s, "T"); ok { // a blank in front of the zone
		s = date + "T" + strings.ReplaceAll(rest, " ", "")
	}
	for _, date := range []string{"2006-01-02T", "20060102T"} {
		for _, hours := range []string{"15:04:05", "150405", "15:04", "1504"} {
			for _, zone := range []string{"Z07:00", "Z0700", "Z07"} {
				if at, err := time.Parse(date+hours+zone, s); err == nil {
					return at, true
				}
			}
		}
	}
	return time.Time{}, false
}

func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
