package credentials

import (
	"context"
	"crypto/sha1" // only to find the files of the AWS CLI, see ssoTokenPath
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/partition"
	"bedrockwire/signer"
)

// SSO gives the credentials of a permission set in IAM Identity Center, through the sign-in that "aws sso login" has
// left in a file (AWS SDKs and Tools Reference Guide, "IAM Identity Center credential provider").
//
// With SessionName set, the file's access token is renewed by its refresh token shortly before it ends, and the file
// rewritten. Without it (the older form of profile) the token serves until it ends. The access token is only ever sent
// to the portal; it is no key for Bedrock.
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

// ssoHost is the host of an Identity Center service.
func ssoHost(prefix, region string, fips, dualStack bool) string {
	if fips && !dualStack && partition.Of(region).ID == "aws-us-gov" {
		fips = false // every endpoint there is one
	}
	return partition.Host(prefix, region, fips, dualStack)
}

//go:noinline
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
	if s == sessionNameFrom(s) {
		return s
	}
	return quoteServer(s)
}

// Retrieve asks the portal.
func (s *SSO) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(s.retrieve(ctx))
}

func (s *SSO) retrieve(ctx context.Context) (*signer.Credentials, error) {
	for _, f := range []struct{ name, value string }{
		{"sso_start_url", s.StartURL}, {"sso_region", s.Region}, {"sso_account_id", s.AccountID}, {"sso_role_name", s.RoleName},
	} {
		if f.value == "" {
			return nil, s.fail(ErrConfig, f.name+" is missing", nil)
		}
	}
	if !partition.ValidRegion(s.Region) {
		return nil, s.fail(ErrConfig, "sso_region is no region name", nil)
	}
	base, err := endpointURL(s.Endpoint, ssoHost("portal.sso", s.Region, s.FIPS, s.DualStack))
	if err != nil {
		return nil, s.fail(ErrConfig, "the portal can't be asked", err)
	}
	token, err := s.accessToken(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{
		method: http.MethodGet,
		url:    base + "/federation/credentials?account_id=" + url.QueryEscape(s.AccountID) + "&role_name=" + url.QueryEscape(s.RoleName),
		header: http.Header{"X-Amz-Sso_bearer_token": {token}},
	}
	a, err := x.retry(ctx, orTransport(s.Transport), publicTimeout, nil)
	switch {
	case err != nil:
		return nil, s.fail(ErrSource, "the portal can't be reached", err)
	case a.status == http.StatusUnauthorized:
		return nil, s.fail(ErrSignIn, "the portal does not accept the sign-in any more", nil)
	case a.status != http.StatusOK:
		return nil, s.fail(ErrSource, "the portal refused role "+quoteServer(s.RoleName)+" in account "+quoteServer(s.AccountID)+serverReason(a), nil)
	}
	c := new(signer.Credentials)
	var expiration int64 // in milliseconds, here and nowhere else
	if err := decodeObject(a.body, []member{{"roleCredentials", []member{
		{"accessKeyId", &c.AccessKeyID},
		{"secretAccessKey", &c.SecretAccessKey},
		{"sessionToken", &c.SessionToken},
		{"expiration", &expiration},
	}}}); err != nil {
		return nil, s.fail(ErrSource, "the portal's answer can't be read", err)
	}
	if reason := incomplete(*c); reason != "" {
		return nil, s.fail(ErrSource, "in the portal's answer "+reason, nil)
	}
	if expiration <= 0 {
		return nil, s.fail(ErrSource, "in the portal's answer the expiration is missing", nil)
	}
	c.Expires = time.UnixMilli(expiration)
	return c, nil
}

// ssoRefresh is how long before its end an access token is renewed.
const ssoRefresh = 5 * time.Minute

// accessToken returns the token of the sign-in, renewed where it must and can be.
func (s *SSO) accessToken(ctx context.Context) (string, error) {
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
		return "", s.fail(ErrSignIn, "there is no sign-in that can be used", err)
	}
	now := orNow(s.Now)()
	left := t.expires.Sub(now)
	if left > ssoRefresh {
		return t.accessToken, nil
	}
	if s.SessionName != "" && t.refreshToken != "" && t.clientID != "" && t.clientSecret != "" &&
		(t.registrationEnds.IsZero() || t.registrationEnds.After(now)) {
		renewed, err := s.renew(ctx, path, t)
		if err == nil {
			return renewed, nil
		}
		if left <= 0 {
			return "", err
		}
	}
	if left <= 0 {
		return "", s.fail(ErrSignIn, "the sign-in has expired", nil)
	}
	return t.accessToken, nil
}

// renew trades the refresh token for an access token and rewrites the file.
func (s *SSO) renew(ctx context.Context, path string, t *ssoToken) (string, error) {
	base, err := endpointURL(s.OIDCEndpoint, ssoHost("oidc", s.Region, s.FIPS, s.DualStack))
	if err != nil {
		return "", s.fail(ErrConfig, "the token service can't be asked", err)
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{method: http.MethodPost, url: base + "/token", header: http.Header{"Content-Type": {"application/json"}},
		body: jsonObject(nil, "clientId", t.clientID, "clientSecret", t.clientSecret, "grantType", "refresh_token", "refreshToken", t.refreshToken)}
	a, err := x.retry(ctx, orTransport(s.Transport), publicTimeout, nil)
	if err != nil {
		return "", s.fail(ErrSource, "the token service can't be reached", err)
	}
	if a.status != http.StatusOK {
		var code string
		_ = decodeObject(a.body, []member{{"error", &code}})
		if a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests {
			return "", s.fail(ErrSignIn, "the sign-in can't be renewed", fault("error "+quoteServer(code)))
		}
		return "", s.fail(ErrSource, "the token service failed"+serverReason(a), nil)
	}
	var seconds int64
	got := *t
	got.accessToken = ""
	if err := decodeObject(a.body, []member{
		{"accessToken", &got.accessToken},
		{"refreshToken", &got.refreshToken}, // absent: the old one stays
		{"expiresIn", &seconds},
	}); err != nil {
		return "", s.fail(ErrSource, "the token service's answer can't be read", err)
	}
	const year = 365 * 24 * 60 * 60
	if badToken(got.accessToken) || seconds <= 0 || seconds > year {
		return "", s.fail(ErrSource, "the token service's answer can't be used", nil)
	}
	got.expires = orNow(s.Now)().Add(time.Duration(seconds) * time.Second)
	// A token that can't be saved is still a token. The next process finds the old one, and renews again.
	_ = got.save(ctx, path)
	return got.accessToken, nil
}

// ssoToken is a sign-in as "aws sso login" leaves it in a file.
type ssoToken struct {
	accessToken, refreshToken string
	clientID, clientSecret    string
	expires, registrationEnds time.Time
	raw                       []byte // the whole file, for the fields that are another tool's
	mode                      os.FileMode
}

// ssoTokenPath returns where the sign-in of that name is. The AWS CLI names the file by the SHA-1 hash of the session's
// name or the start URL: no security rests on it, but no other hash finds the file. Where the program is confined to
// FIPS 140 algorithms (GODEBUG=fips140=only) SHA-1 refuses to work, and so the file can't be found.
func ssoTokenPath(dir, name string) (string, error) {
	h := sha1.New()
	if _, err := io.WriteString(h, name); err != nil {
		return "", fault("its name is a SHA-1 hash, which FIPS 140-only mode forbids")
	}
	if dir == "" {
		home := sharedfile.Home(os.Getenv)
		if home == "" {
			return "", fault("there is no home directory")
		}
		dir = filepath.Join(home, ".aws", "sso", "cache")
	}
	return filepath.Join(dir, hex.EncodeToString(h.Sum(nil))+".json"), nil
}

func readSSOToken(ctx context.Context, path string) (*ssoToken, error) {
	raw, mode, err := readSignIn(ctx, path)
	if err != nil {
		return nil, err
	}
	t := &ssoToken{raw: raw, mode: mode}
	var expires, registration string
	if err := decodeObject(raw, []member{
		{"accessToken", &t.accessToken}, {"refreshToken", &t.refreshToken},
		{"clientId", &t.clientID}, {"clientSecret", &t.clientSecret},
		{"expiresAt", &expires}, {"registrationExpiresAt", &registration},
	}); err != nil {
		return nil, err
	}
	if badToken(t.accessToken) {
		return nil, fault("the file has no access token that can be used")
	}
	if t.expires, err = parseCLITime(expires); err != nil {
		return nil, fault("the file's expiresAt is no time")
	}
	// Without this one the sign-in can still be used, and the token service says whether it can be renewed.
	t.registrationEnds, _ = parseCLITime(registration)
	return t, nil
}

// badToken reports whether a token can't stand in a header.
func badToken(s string) bool {
	return s == "" || len(s) > MaxToken || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

// parseCLITime reads a time of RFC 3339, also with "UTC" for "Z" as older versions of the AWS CLI wrote it.
func parseCLITime(s string) (time.Time, error) {
	if t, ok := strings.CutSuffix(s, "UTC"); ok {
		s = t + "Z"
	}
	return time.Parse(time.RFC3339, s)
}

// save rewrites the file: the new tokens, and every field that is not ours as it was.
func (t *ssoToken) save(ctx context.Context, path string) error {
	b, err := replaceMembers(t.raw, "accessToken", t.accessToken, "expiresAt", t.expires.UTC().Format(time.RFC3339), "refreshToken", t.refreshToken)
	if err != nil {
		return err
	}
	return replaceFile(ctx, path, b, t.mode)
}
