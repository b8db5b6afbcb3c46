package credentials

import (
	"context"
	"errors"
	"net/http"
	"time"

	"bedrockwire/client/internal/partition"
	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// signinHost is the host of the sign-in service. It belongs to the console, so it follows no
// partition's rule.
func signinHost(region string) string {
	suffix := ".signin.aws.amazon.com"
	switch partition.Of(region).ID {
	case "aws-cn":
		suffix = ".signin.amazonaws.cn"
	case "aws-us-gov":
		suffix = ".signin.amazonaws-us-gov.com"
	case "aws-eusc":
		suffix = ".signin.amazonaws-eusc.eu"
	}
	return region + suffix
}

// RenewLogin renews the keys of a sign-in and rewrites its file. It is the value for the Renew
// field of a [Login] and the LoginRenewal field of a [Chain]. It sends an OAuth 2.0 refresh token
// and proves that it holds a key (DPoP, RFC 9449). The refresh token serves once.
func RenewLogin(ctx context.Context, l *Login) (signer.Credentials, error) {
	var none signer.Credentials
	t, err := l.read(ctx)
	if err != nil {
		return none, err
	}
	if t.clientID == "" || t.refresh == "" || t.proofKey == "" {
		return none, l.fail(ErrSignIn, "the sign-in has expired, and its file has no means to renew it", nil)
	}
	if l.Endpoint == "" && !partition.ValidRegion(l.Region) {
		return none, l.fail(ErrConfig, "there is no region whose sign-in endpoint could renew the keys; set AWS_REGION, or region in the profile", nil)
	}
	base, err := endpointURL(l.Endpoint, signinHost(l.Region))
	if err != nil {
		return none, l.fail(ErrConfig, "the sign-in endpoint can't be called", err)
	}
	now := orNow(l.Now)()
	url := base + "/v1/token"
	proof, err := proofOfPossession(t.proofKey, http.MethodPost, url, now)
	if err != nil {
		return none, l.fail(ErrSignIn, "the sign-in has expired, and its key can't be used", err)
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{method: http.MethodPost, url: url, timeout: publicTimeout,
		// A refresh token that was used and whose response got lost is gone, and using it again may
		// end the session.
		attempts: 1,
		header:   http.Header{"Content-Type": {"application/json"}, "Dpop": {proof}},
		body:     jsonObject(nil, "clientId", t.clientID, "grantType", "refresh_token", "refreshToken", t.refresh)}
	a, err := x.do(ctx, orTransport(l.Transport))
	if err != nil {
		return none, l.fail(ErrSource, "the sign-in endpoint can't be reached", err)
	}
	if a.status != http.StatusOK {
		code, refused := refusedGrant(a)
		switch {
		case code == "INSUFFICIENT_PERMISSIONS":
			return none, l.fail(ErrSource, "the sign-in may not be renewed: its identity lacks the permission signin:CreateOAuth2Token", nil)
		case refused:
			return none, l.fail(ErrSignIn, "the sign-in can't be renewed", errors.New("error "+printable.Quote(code)))
		}
		return none, l.fail(ErrSource, "the sign-in endpoint failed: "+refusal(a), nil)
	}
	got := *t
	got.keys = signer.Credentials{}
	var seconds int64
	if err := decodeObject(a.body, []member{
		{"accessToken", []member{
			{"accessKeyId", &got.keys.AccessKeyID}, {"secretAccessKey", &got.keys.SecretAccessKey},
			{"sessionToken", &got.keys.SessionToken},
		}},
		{"expiresIn", &seconds}, {"refreshToken", &got.refresh}, {"idToken", &got.id},
	}); err != nil {
		return none, l.fail(ErrSource, "the sign-in endpoint's response can't be read", err)
	}
	const day = 24 * 60 * 60
	if incomplete(got.keys) != "" || got.keys.SessionToken == "" || seconds <= 0 || seconds > day {
		return none, l.fail(ErrSource, "the sign-in endpoint's response can't be used", nil)
	}
	got.keys.Expires = now.Add(time.Duration(seconds) * time.Second)
	// Keys that can't be saved are still keys; the next sign-in has to be done by hand.
	_ = got.save(ctx, t.path)
	return got.keys, nil
}
