package credentials

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"bedrockwire/signer"
)

// Addresses of the instance metadata service (Amazon EC2, "Use the Instance Metadata Service").
const (
	imdsIPv4 = "http://169.254.169.254"
	imdsIPv6 = "http://[fd00:ec2::254]"
)

// Limits of the instance metadata service. A machine that isn't on EC2 must learn so within [IMDSStartLimit]: the chain
// comes here last, when nothing else is configured, and a program without credentials should say so at once.
const (
	IMDSAttemptLimit = 1 * time.Second         // for one request; the service answers in a few ms
	IMDSStartLimit   = 1900 * time.Millisecond // until its first answer, over all attempts
	imdsTotalLimit   = 5 * time.Second         // for all requests of one call
	imdsTokenTTL     = 6 * time.Hour           // asked for; the answer says what was granted
	imdsExtension    = 5 * time.Minute         // of expired credentials, and up to twice that more, at random
	imdsRetryPause   = 100 * time.Millisecond
)

// IMDS gives the credentials of an EC2 instance's role, through version 2 of the instance metadata service only: version
// 1 hands them to anybody who can make a program fetch a URL.
//
// The service keeps working when the part of AWS that renews its credentials doesn't; it then hands out expired ones,
// which AWS goes on accepting. So expired credentials, and the last known ones where the service can't be reached, are
// given out for a further 5 to 15 minutes (AWS SDKs do the same, as "static stability"). No other source does that.
//
// The zero value asks the usual address. An IMDS must not be copied.
type IMDS struct {
	Endpoint  string            // base URL; "" is http://169.254.169.254
	Transport http.RoundTripper // nil is this package's own: no proxy, no redirects
	Now       func() time.Time  // nil is time.Now

	// Not plain pointers: where a verb doesn't suit, as %s, fmt prints what an unexported one points at.
	session atomic.Pointer[imdsSession]        // for the next calls
	last    atomic.Pointer[signer.Credentials] // as they were given out
}

// imdsSession is what version 2 of the service wants to see in every request.
type imdsSession struct {
	token string
	end   time.Time
}

// errIMDS is a refusal, which only a service that is there can give. The last known credentials outlive it, as they do
// any other failure: whoever switches the service off has not taken the role away.
var errIMDS = errors.New("refused")

// Retrieve asks the service.
func (m *IMDS) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(m.retrieve(ctx))
}

func (m *IMDS) retrieve(ctx context.Context) (*signer.Credentials, error) {
	now := orNow(m.Now)()
	c, err := m.fetch(ctx)
	if err != nil {
		if e, ok := err.(*Error); m.last.Load() == nil || ok && e.Kind != ErrSource || ctx.Err() != nil {
			return nil, err
		}
		known := *m.last.Load()
		c = &known
	}
	if !c.Expires.IsZero() && !c.Expires.After(now) {
		c.Expires = now.Add(imdsExtension + rand.N(2*imdsExtension))
	} else if err != nil {
		return nil, err // they are still good, and a Cache has them
	}
	m.last.Store(c)
	return c, nil
}

//go:noinline
func (m *IMDS) fail(kind error, reason, remedy string, err error) error {
	return &Error{Source: SourceIMDS, Kind: kind, Reason: reason, Remedy: remedy, Err: err}
}

// fetch makes the three requests: token, role, keys.
func (m *IMDS) fetch(ctx context.Context) (*signer.Credentials, error) {
	base := m.Endpoint
	if base == "" {
		base = imdsIPv4
	}
	if reason := checkURL(base, func(string) bool { return true }); reason != "" {
		return nil, m.fail(ErrConfig, "the endpoint URL "+reason, "", nil)
	}
	base = strings.TrimRight(base, "/")
	rt := m.Transport
	if rt == nil {
		rt = localTransport(IMDSAttemptLimit, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, imdsTotalLimit)
	defer cancel()
	const path = "/latest/meta-data/iam/security-credentials/"
	for fresh := false; ; {
		session := m.session.Load()
		if session == nil || !orNow(m.Now)().Before(session.end) {
			fresh = true
			var err error
			if session, err = m.fetchToken(ctx, rt, base); err != nil {
				return nil, err
			}
			m.session.Store(session)
		}
		c, status, err := m.fetchKeys(ctx, rt, base+path, session.token)
		if status == http.StatusUnauthorized && !fresh {
			m.session.Store(nil) // an instance that was resumed from hibernation doesn't know the token any more
			continue
		}
		return c, err
	}
}

// fetchToken starts a session. It is the first request to a service that may not be there.
func (m *IMDS) fetchToken(ctx context.Context, rt http.RoundTripper, base string) (*imdsSession, error) {
	start, cancel := context.WithTimeout(ctx, IMDSStartLimit)
	defer cancel()
	x := exchange{method: http.MethodPut, url: base + "/latest/api/token", header: http.Header{
		"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {strconv.Itoa(int(imdsTokenTTL / time.Second))},
	}}
	a, err := x.retryLocal(start, rt)
	switch {
	case err != nil:
		return nil, m.fail(ErrSource, "the service can't be reached", "", err)
	case a.status == http.StatusForbidden || a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed:
		return nil, m.fail(ErrSource, "the service is switched off, or knows version 1 only, which is not used"+serverReason(a),
			"enable version 2 of the instance metadata service", errIMDS)
	case a.status != http.StatusOK:
		return nil, m.fail(ErrSource, "the service gave no session token"+serverReason(a), "", nil)
	}
	token := string(a.body)
	if token == "" || len(token) > MaxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return nil, m.fail(ErrSource, "the service's session token can't be used", "", nil)
	}
	ttl := imdsTokenTTL
	if s, err := strconv.Atoi(a.header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds")); err == nil && s >= 0 && s < int(imdsTokenTTL/time.Second) {
		ttl = time.Duration(s) * time.Second
	}
	return &imdsSession{token, orNow(m.Now)().Add(ttl)}, nil
}

// fetchKeys asks for the role's name and then for its keys.
func (m *IMDS) fetchKeys(ctx context.Context, rt http.RoundTripper, url, token string) (c *signer.Credentials, status int, err error) {
	header := http.Header{"X-Aws-Ec2-Metadata-Token": {token}}
	x := exchange{method: http.MethodGet, url: url, header: header}
	a, err := x.retryLocal(ctx, rt)
	switch {
	case err != nil:
		return nil, 0, m.fail(ErrSource, "the service can't be reached", "", err)
	case a.status == http.StatusNotFound:
		return nil, a.status, m.fail(ErrNone, "the instance has no role", "attach an instance profile", nil)
	case a.status != http.StatusOK:
		return nil, a.status, m.fail(ErrSource, "the service gave no role"+serverReason(a), "", nil)
	}
	role, _, _ := strings.Cut(string(a.body), "\n")
	role = strings.TrimSpace(role)
	// The name of a role has 1 to 64 of these characters (IAM, CreateRole); all may stand in a path as they are.
	if role == "" || len(role) > 64 || strings.ContainsFunc(role, func(r rune) bool {
		return (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') && !strings.ContainsRune("_+=,.@-", r)
	}) || role == "." || role == ".." {
		return nil, a.status, m.fail(ErrSource, "the service gave a name that no role has", "", nil)
	}
	x.url += role
	if a, err = x.retryLocal(ctx, rt); err != nil {
		return nil, 0, m.fail(ErrSource, "the service can't be reached", "", err)
	}
	if a.status != http.StatusOK {
		return nil, a.status, m.fail(ErrSource, "the service gave no keys"+serverReason(a), "", nil)
	}
	c = new(signer.Credentials)
	var code, message, expiration string
	if err := decodeObject(a.body, []member{
		{"Code", &code}, {"Message", &message},
		{"AccessKeyId", &c.AccessKeyID}, {"SecretAccessKey", &c.SecretAccessKey},
		{"Token", &c.SessionToken}, {"Expiration", &expiration},
	}); err != nil {
		return nil, a.status, m.fail(ErrSource, "the service's answer can't be read", "", err)
	}
	if !strings.EqualFold(code, "Success") {
		return nil, a.status, m.fail(ErrSource, "the service answered with code "+quoteServer(code)+" and message "+quoteServer(message), "", nil)
	}
	if reason := finish(c, expiration); reason != "" {
		return nil, a.status, m.fail(ErrSource, "in the service's answer "+reason, "", nil)
	}
	return c, a.status, nil
}

// retryLocal tries twice, without the pauses that a service across the internet deserves.
func (x *exchange) retryLocal(ctx context.Context, rt http.RoundTripper) (*answer, error) {
	a, err := x.do(ctx, rt, IMDSAttemptLimit)
	if err == nil && a.status < 500 || ctx.Err() != nil || wait(ctx, imdsRetryPause) != nil {
		return a, err
	}
	return x.do(ctx, rt, IMDSAttemptLimit)
}
