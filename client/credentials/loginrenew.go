package credentials

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"bedrockwire/client/credentials/refresh"
	skew "bedrockwire/client/internal/clock"
	"bedrockwire/client/internal/partition"
	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// signinHost is the host of the sign-in service. It belongs to the console, so its usual endpoints
// follow no partition's rule. Those with FIPS do except in AWS GovCloud (US), and all with dual
// stack do.
func signinHost(region string, fips, dualStack bool) string {
	id := partition.Of(region).ID
	switch {
	case dualStack || fips && id != "aws-us-gov":
		return partition.Host("signin", region, fips, dualStack)
	case fips && region == "us-gov-west-1":
		return "signin-fips.amazonaws-us-gov.com"
	case fips:
		return region + ".signin-fips.amazonaws-us-gov.com"
	}
	domains := map[string]string{
		"aws-cn":     "amazonaws.cn",
		"aws-us-gov": "amazonaws-us-gov.com",
		"aws-eusc":   "amazonaws-eusc.eu",
		"aws-iso":    "c2shome.ic.gov",
		"aws-iso-b":  "sc2shome.sgov.gov",
		"aws-iso-e":  "csphome.adc-e.uk",
		"aws-iso-f":  "csphome.hci.ic.gov",
	}
	return region + ".signin." + cmp.Or(domains[id], "aws.amazon.com")
}

// proofTolerance is how far off the date of a proof may be before it explains a refusal. A proof has
// to be new: servers accept less than of a signature.
const proofTolerance = 30 * time.Second

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
	base, err := endpointURL(l.Endpoint, signinHost(l.Region, l.FIPS, l.DualStack))
	if err != nil {
		return none, l.fail(ErrConfig, "the sign-in endpoint can't be called", err)
	}
	now := orNow(l.Now)
	offset := refresh.ClockOf(ctx).Offset
	url := base + "/v1/token"
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{method: http.MethodPost, url: url, timeout: publicTimeout,
		// A refresh token that was used and whose response got lost is gone, and using it again may
		// end the session.
		attempts: 1,
		body:     jsonObject(nil, "clientId", t.clientID, "grantType", "refresh_token", "refreshToken", t.refresh)}
	var sent time.Time
	send := func() (*response, error) {
		sent = now()
		proof, err := proofOfPossession(t.proofKey, http.MethodPost, url, sent.Add(offset))
		if err != nil {
			return nil, l.fail(ErrSignIn, "the sign-in has expired, and its key can't be used", err)
		}
		x.header = http.Header{"Content-Type": {"application/json"}, "Dpop": {proof}}
		return x.do(ctx, orTransport(l.Transport))
	}
	a, err := send()
	if err == nil && a.status != http.StatusOK && !l.trustClock {
		// The proof is dated. One with a wrong date is refused before the refresh token is looked at.
		if seen, ok := skew.Offset(a.header, sent, now()); ok && (offset-seen).Abs() > proofTolerance {
			if _, refused := refusedGrant(a); refused {
				offset = seen
				a, err = send()
			}
		}
	}
	var known *Error
	switch {
	case errors.As(err, &known):
		return none, err
	case err != nil:
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
	got.keys.Expires = judgeOf(ctx, l.Now).sentAt(a.header).Add(time.Duration(seconds) * time.Second)
	// Keys that can't be saved are still keys; the next sign-in has to be done by hand.
	_ = got.save(ctx, t.path)
	return got.keys, nil
}
