package credentials

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// AssumeRole returns the temporary credentials of a role, which Source's credentials may assume
// (STS API Reference, AssumeRole). Chains are made by nesting. Put a [Cache] around a Source that
// contacts a service.
type AssumeRole struct {
	Source      Provider
	RoleARN     string
	SessionName string        // "": one is made up at each call
	ExternalID  string        // "": none
	Duration    time.Duration // of the session, 15 min to 12 h; 0 is 15 min

	// SerialNumber names the caller's MFA device, "" for none. TokenCode returns the six digits that
	// the device shows. It is called each time the role is assumed, and usually asks a person.
	SerialNumber string
	TokenCode    func(ctx context.Context, serialNumber string) (string, error)

	STS     STS
	profile string // for messages
}

func (r *AssumeRole) fail(kind error, reason string, err error) (signer.Credentials, error) {
	return signer.Credentials{}, &Error{Source: SourceAssumeRole, Profile: r.profile, Kind: kind, Reason: reason, Err: err}
}

// Retrieve assumes the role.
func (r *AssumeRole) Retrieve(ctx context.Context) (signer.Credentials, error) {
	if reason := checkRole(r.RoleARN, r.SessionName, r.Duration); reason != "" {
		return r.fail(ErrConfig, reason, nil)
	}
	if r.Source == nil {
		return r.fail(ErrConfig, "there are no credentials to assume the role with", nil)
	}
	name := r.SessionName
	if name == "" {
		name = defaultSessionName(orNow(r.STS.Now)())
	}
	duration := r.Duration
	if duration == 0 {
		duration = MinSession
	}
	code := ""
	if r.SerialNumber != "" {
		if r.TokenCode == nil {
			return signer.Credentials{}, errMFA(r.profile)
		}
		var err error
		code, err = call(ctx, func() (string, error) { return r.TokenCode(ctx, r.SerialNumber) })
		if err != nil {
			return r.fail(ErrSource, "there is no code of the MFA device", err)
		}
		if len(code) != 6 || strings.ContainsFunc(code, func(c rune) bool { return c < '0' || c > '9' }) {
			return r.fail(ErrSource, "the code of an MFA device has six digits", nil)
		}
	}
	for again := true; ; again = false {
		source, err := call(ctx, func() (signer.Credentials, error) { return r.Source(ctx) })
		if err != nil {
			return r.fail(ErrSource, "there are no credentials to assume the role with", err)
		}
		c, err := r.STS.call(ctx, "AssumeRole", &source,
			"RoleArn", r.RoleARN, "RoleSessionName", name, "DurationSeconds", strconv.Itoa(int(duration/time.Second)),
			"ExternalId", r.ExternalID, "SerialNumber", r.SerialNumber, "TokenCode", code)
		var refused *stsError
		switch {
		case err == nil:
			return c, nil
		case again && errors.As(err, &refused) && refused.credentials():
			// The service decides, whatever the cache of the source believes. Not even a source that was
			// asked for newer credentials just now is trusted: what it has may be older than the refusal.
			ctx = refresh.Force(ctx)
		default:
			return r.fail(ErrSource, "the role "+printable.Quote(r.RoleARN)+" was not assumed", err)
		}
	}
}

// errMFA is the error of a profile that needs a person where none can be asked.
func errMFA(profile string) error {
	return &Error{Source: SourceAssumeRole, Profile: profile, Kind: ErrConfig,
		Reason: "the role needs an MFA device (mfa_serial), and there is nobody to ask for its code",
		Remedy: `run a tool that asks, such as "aws configure export-credentials", or set TokenCode`}
}
