package credentials

import (
	"context"
	"strconv"
	"strings"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/signer"
)

// AssumeRole gives the temporary credentials of a role, which Source's credentials may assume (STS API Reference,
// AssumeRole). Chains are made by nesting; put a [Cache] around each Source that asks somebody.
type AssumeRole struct {
	Source      Provider
	RoleARN     string
	SessionName string        // "": one is made up at each call
	ExternalID  string        // "": none
	Duration    time.Duration // of the session, 15 min to 12 h; 0 is 15 min

	// SerialNumber names the caller's MFA device; "" for none. TokenCode asks for its six digits, at each call: the
	// caller is a person, so think twice before putting it into a service.
	SerialNumber string
	TokenCode    func(ctx context.Context, serialNumber string) (string, error)

	STS     STS
	profile string // for messages
}

// Retrieve assumes the role.
func (r *AssumeRole) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(r.retrieve(ctx))
}

//go:noinline
func (r *AssumeRole) fail(kind error, reason string, err error) (*signer.Credentials, error) {
	return nil, newError(SourceAssumeRole, r.profile, kind, reason, err)
}

func (r *AssumeRole) retrieve(ctx context.Context) (*signer.Credentials, error) {
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
	d := r.Duration
	if d == 0 {
		d = MinSession
	}
	code := ""
	if r.SerialNumber != "" {
		if r.TokenCode == nil {
			return nil, errMFA(r.profile)
		}
		var err error
		if code, err = call(ctx, func() (string, error) { return r.TokenCode(ctx, r.SerialNumber) }); err != nil {
			return r.fail(ErrSource, "the code of the MFA device was not given", err)
		}
		if len(code) != 6 || strings.ContainsFunc(code, func(c rune) bool { return c < '0' || c > '9' }) {
			return r.fail(ErrSource, "the code of an MFA device has six digits", nil)
		}
	}
	for {
		source, err := call(ctx, func() (signer.Credentials, error) { return r.Source(ctx) })
		if err != nil {
			return r.fail(ErrSource, "there are no credentials to assume the role with", err)
		}
		c, err := r.STS.call(ctx, "AssumeRole", &source,
			"RoleArn", r.RoleARN, "RoleSessionName", name, "DurationSeconds", strconv.Itoa(int(d/time.Second)),
			"ExternalId", r.ExternalID, "SerialNumber", r.SerialNumber, "TokenCode", code)
		refused, ok := err.(*errSTS)
		switch {
		case err == nil:
			return c, nil
		case ok && strings.HasPrefix(refused.code, "ExpiredToken") && !refresh.Forced(ctx):
			// The service's clock rules over the one the cache goes by.
			ctx = refresh.Force(ctx)
			continue
		}
		return r.fail(ErrSource, "the role "+quoteServer(r.RoleARN)+" was not given", err)
	}
}

// errMFA is the answer to a profile that needs a person where none can be asked.
func errMFA(profile string) error {
	return &Error{Source: SourceAssumeRole, Profile: profile, Kind: ErrConfig,
		Reason: "the role needs an MFA device (mfa_serial), and there is nobody to ask for its code",
		Remedy: `run a tool that asks, such as "aws configure export-credentials", or set TokenCode`}
}
