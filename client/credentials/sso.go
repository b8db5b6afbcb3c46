package credentials

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"bedrockwire/client/internal/partition"
	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// SSO returns the credentials of a permission set in IAM Identity Center, through the sign-in that
// "aws sso login" has left in a file (AWS SDKs and Tools Reference Guide, "IAM Identity Center
// credential provider").
//
// With SessionName set, the file's access token is renewed by its refresh token shortly before it
// ends, or when the portal refuses it, and the file rewritten. Without it (the older form of
// profile) the token serves until it ends. The access token is sent to the portal only, and it is
// not a key for Bedrock.
//
// A refresh token serves once. If another process has used it first, the token that it has left in
// the file is used.
type SSO struct {
	SessionName string // of the [sso-session NAME] section; "" for the older form
	StartURL    string
	Region      string // of the Identity Center instance, not of the account's work
	AccountID   string
	RoleName    string

	CacheDir        string            // holds the sign-ins; "" is ~/.aws/sso/cache
	Endpoint        string            // replaces the portal's; https, or http on loopback
	OIDCEndpoint    string            // replaces the token service's
	FIPS, DualStack bool              // which of the region's endpoints
	Transport       http.RoundTripper // nil is this package's own, with the environment's proxy
	Now             func() time.Time  // nil is time.Now
	profile         string            // for messages
}

// ssoRefresh is how long before its end an access token is renewed.
const ssoRefresh = 5 * time.Minute

func (s *SSO) fail(kind error, reason string, err error) error {
	e := &Error{Source: SourceSSO, Profile: s.profile, Kind: kind, Reason: reason, Err: err}
	if kind == ErrSignIn {
		e.Remedy = "run: aws sso login"
		switch {
		case s.profile != "":
			e.Remedy += " --profile " + quoteName(s.profile)
		case s.SessionName != "":
			e.Remedy += " --sso-session " + quoteName(s.SessionName)
		}
	}
	return e
}

// quoteName leaves names that need no quotes in a shell as they are.
func quoteName(s string) string {
	if s == sessionNameFrom(s) && len(s) <= printable.MaxQuote {
		return s
	}
	return printable.Quote(s)
}

// Retrieve asks the portal for credentials.
func (s *SSO) Retrieve(ctx context.Context) (signer.Credentials, error) {
	var none signer.Credentials
	for _, f := range []struct{ name, value string }{
		{"sso_start_url", s.StartURL}, {"sso_region", s.Region}, {"sso_account_id", s.AccountID}, {"sso_role_name", s.RoleName},
	} {
		if f.value == "" {
			return none, s.fail(ErrConfig, f.name+" is missing", nil)
		}
	}
	if !partition.ValidRegion(s.Region) {
		return none, s.fail(ErrConfig, "sso_region is not a region name", nil)
	}
	base, err := endpointURL(s.Endpoint, govHost("portal.sso", s.Region, s.FIPS, s.DualStack))
	if err != nil {
		return none, s.fail(ErrConfig, "the portal can't be called", err)
	}
	token, err := s.accessToken(ctx, "")
	if err != nil {
		return none, err
	}
	a, err := s.askPortal(ctx, base, token)
	if err == nil && a.status == http.StatusUnauthorized {
		// The token may have been replaced since it was read, or have ended unnoticed, by a clock
		// that is behind.
		if token, err = s.accessToken(ctx, token); err != nil {
			return none, err
		}
		a, err = s.askPortal(ctx, base, token)
	}
	switch {
	case err != nil:
		return none, s.fail(ErrSource, "the portal can't be reached", err)
	case a.status == http.StatusUnauthorized:
		return none, s.fail(ErrSignIn, "the portal does not accept the sign-in any more", nil)
	case a.status != http.StatusOK:
		return none, s.fail(ErrSource, "the portal refused role "+printable.Quote(s.RoleName)+" in account "+printable.Quote(s.AccountID)+": "+refusal(a), nil)
	}
	var c signer.Credentials
	var expiration int64 // in milliseconds, here and nowhere else
	if err := decodeObject(a.body, []member{{"roleCredentials", []member{
		{"accessKeyId", &c.AccessKeyID},
		{"secretAccessKey", &c.SecretAccessKey},
		{"sessionToken", &c.SessionToken},
		{"expiration", &expiration},
	}}}); err != nil {
		return none, s.fail(ErrSource, "the portal's response can't be read", err)
	}
	if reason := incomplete(c); reason != "" {
		return none, s.fail(ErrSource, "in the portal's response "+reason, nil)
	}
	if expiration <= 0 {
		return none, s.fail(ErrSource, "in the portal's response the expiration is missing", nil)
	}
	c.Expires = time.UnixMilli(expiration)
	return c, nil
}

// askPortal asks the portal for the credentials of the role.
func (s *SSO) askPortal(ctx context.Context, base, token string) (*response, error) {
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{
		method:  http.MethodGet,
		url:     base + "/federation/credentials?account_id=" + url.QueryEscape(s.AccountID) + "&role_name=" + url.QueryEscape(s.RoleName),
		header:  http.Header{"X-Amz-Sso_bearer_token": {token}},
		timeout: publicTimeout,
	}
	return x.do(ctx, orTransport(s.Transport))
}

// accessToken returns the token of the sign-in, renewed where it must and can be. It does not return
// the token refused, which the portal does not accept; "" is none.
func (s *SSO) accessToken(ctx context.Context, refused string) (string, error) {
	name := s.SessionName
	if name == "" {
		name = s.StartURL
	}
	path, err := ssoTokenPath(s.CacheDir, name)
	if err != nil {
		return "", s.fail(ErrConfig, "the file of the sign-in can't be named", err)
	}
	t, err := readSSOToken(ctx, path)
	if err != nil {
		return "", s.fail(readKind(ctx, err, ErrSignIn), "there is no sign-in that can be used", err)
	}
	judge := judgeOf(ctx, s.Now)
	usable := func(t *ssoToken) bool { return t.accessToken != refused && !judge.ended(t.expires) }
	if usable(t) && judge.left(t.expires) > ssoRefresh {
		return t.accessToken, nil
	}
	if s.SessionName == "" || t.refreshToken == "" || t.clientID == "" || t.clientSecret == "" || judge.ended(t.registrationEnds) {
		switch {
		case usable(t):
			return t.accessToken, nil
		case t.accessToken == refused:
			return "", s.fail(ErrSignIn, "the portal does not accept the sign-in any more", nil)
		}
		return "", s.fail(ErrSignIn, "the sign-in has expired", nil)
	}
	renewed, err := s.renew(ctx, path, t)
	if err == nil || usable(t) {
		return cmp.Or(renewed, t.accessToken), nil
	}
	// Another process may have used the refresh token first. What it got in return is in the file,
	// or will be in a moment.
	newer := t
	reread(ctx, func() bool {
		if n, err := readSSOToken(ctx, path); err == nil && n.accessToken != t.accessToken && usable(n) {
			newer = n
		}
		return newer != t || !errors.Is(err, ErrSignIn)
	})
	if newer != t {
		return newer.accessToken, nil
	}
	return "", err
}

// renew trades the refresh token for an access token and rewrites the file.
func (s *SSO) renew(ctx context.Context, path string, t *ssoToken) (string, error) {
	base, err := endpointURL(s.OIDCEndpoint, govHost("oidc", s.Region, s.FIPS, s.DualStack))
	if err != nil {
		return "", s.fail(ErrConfig, "the token service can't be called", err)
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{method: http.MethodPost, url: base + "/token", timeout: publicTimeout, header: http.Header{"Content-Type": {"application/json"}},
		body: jsonObject(nil, "clientId", t.clientID, "clientSecret", t.clientSecret, "grantType", "refresh_token", "refreshToken", t.refreshToken)}
	a, err := x.do(ctx, orTransport(s.Transport))
	if err != nil {
		return "", s.fail(ErrSource, "the token service can't be reached", err)
	}
	if a.status != http.StatusOK {
		if code, refused := refusedGrant(a); refused {
			return "", s.fail(ErrSignIn, "the sign-in can't be renewed", errors.New("error "+printable.Quote(code)))
		}
		return "", s.fail(ErrSource, "the token service failed: "+refusal(a), nil)
	}
	var seconds int64
	got := *t
	got.accessToken = ""
	if err := decodeObject(a.body, []member{
		{"accessToken", &got.accessToken},
		{"refreshToken", &got.refreshToken}, // absent: the old one stays
		{"expiresIn", &seconds},
	}); err != nil {
		return "", s.fail(ErrSource, "the token service's response can't be read", err)
	}
	const year = 365 * 24 * 60 * 60
	if !isToken(got.accessToken) || seconds <= 0 || seconds > year {
		return "", s.fail(ErrSource, "the token service's response can't be used", nil)
	}
	got.expires = judgeOf(ctx, s.Now).sentAt(a.header).Add(time.Duration(seconds) * time.Second)
	// A token that can't be saved is still a token. The next process finds the old one, and renews
	// again.
	_ = got.save(ctx, path)
	return got.accessToken, nil
}

// refusedGrant returns the code of an OAuth 2.0 error (RFC 6749, section 5.2), and whether it means
// that a person must sign in again.
func refusedGrant(a *response) (code string, refused bool) {
	_ = decodeObject(a.body, []member{{"error", &code}})
	return code, a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests
}
