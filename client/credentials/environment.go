package credentials

import (
	"context"
	"os"

	"bedrockwire/signer"
)

// Environment returns a provider of the keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
// AWS_SESSION_TOKEN, or their old names AWS_ACCESS_KEY and AWS_SECRET_KEY. It reads them at each
// call, through getenv; nil is os.Getenv.
//
// An empty variable counts as absent. A value is used as it is, blanks included: the signer says
// what is wrong with it.
func Environment(getenv func(string) string) Provider {
	return func(context.Context) (signer.Credentials, error) {
		c, missing := environmentKeys(orOSEnv(getenv))
		if missing != "" {
			return signer.Credentials{}, &Error{Source: SourceEnvironment, Kind: ErrNone, Reason: missing}
		}
		return c, nil
	}
}

// environmentKeys returns the keys, or what is missing.
func environmentKeys(getenv func(string) string) (c signer.Credentials, missing string) {
	c.AccessKeyID = firstOf(getenv, "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")
	c.SecretAccessKey = firstOf(getenv, "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	switch {
	case c.AccessKeyID == "" && c.SecretAccessKey == "":
		return signer.Credentials{}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"
	case c.AccessKeyID == "":
		return signer.Credentials{}, "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not"
	case c.SecretAccessKey == "":
		return signer.Credentials{}, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"
	}
	c.SessionToken = getenv("AWS_SESSION_TOKEN")
	return c, ""
}

func firstOf(getenv func(string) string, names ...string) string {
	for _, name := range names {
		if v := getenv(name); v != "" {
			return v
		}
	}
	return ""
}

func orOSEnv(getenv func(string) string) func(string) string {
	if getenv == nil {
		return os.Getenv
	}
	return getenv
}
