package credentials

import (
	"context"
	"strconv"
	"time"

	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// WebIdentity returns the temporary credentials of a role that an OpenID Connect token in a file
// may assume: IAM roles for service accounts on EKS, GitHub Actions, and others (STS API Reference,
// AssumeRoleWithWebIdentity). The file is read at each call, since the token is renewed in place.
// The call is not signed: the token is what proves the caller.
type WebIdentity struct {
	TokenFile   string
	RoleARN     string
	SessionName string        // "": one is made up at each call
	Duration    time.Duration // of the session, 15 min to 12 h; 0 leaves it to the service, which gives 1 h
	STS         STS
	profile     string // for messages
}

func (w *WebIdentity) fail(kind error, reason string, err error) (signer.Credentials, error) {
	return signer.Credentials{}, &Error{Source: SourceWebIdentity, Profile: w.profile, Kind: kind, Reason: reason, Err: err}
}

// Retrieve assumes the role.
func (w *WebIdentity) Retrieve(ctx context.Context) (signer.Credentials, error) {
	if reason := checkRole(w.RoleARN, w.SessionName, w.Duration); reason != "" {
		return w.fail(ErrConfig, reason, nil)
	}
	if w.TokenFile == "" {
		return w.fail(ErrConfig, "there is no token file", nil)
	}
	token, err := readTokenFile(ctx, w.TokenFile)
	if err != nil {
		return w.fail(readKind(ctx, err, ErrConfig), "the token file can't be used", err)
	}
	name := w.SessionName
	if name == "" {
		name = defaultSessionName(orNow(w.STS.Now)())
	}
	duration := ""
	if w.Duration != 0 {
		duration = strconv.Itoa(int(w.Duration / time.Second))
	}
	c, err := w.STS.call(ctx, "AssumeRoleWithWebIdentity", nil,
		"RoleArn", w.RoleARN, "RoleSessionName", name, "WebIdentityToken", token, "DurationSeconds", duration)
	if err != nil {
		return w.fail(ErrSource, "the role "+printable.Quote(w.RoleARN)+" was not assumed", err)
	}
	return c, nil
}
