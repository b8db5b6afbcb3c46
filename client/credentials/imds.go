package credentials

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// Addresses of the instance metadata service (Amazon EC2, "Use the Instance Metadata Service").
const (
	imdsIPv4 = "http://169.254.169.254"
	imdsIPv6 = "http://[fd00:ec2::254]"
)

// Limits of the instance metadata service. A machine that isn't on EC2 must learn so within
// [IMDSStartLimit]: the chain comes here last, when nothing else is configured, and a program
// without credentials should say so at once.
const (
	IMDSAttemptLimit = 1 * time.Second         // for one request; the service responds in a few ms
	IMDSStartLimit   = 1900 * time.Millisecond // until its first response, over all attempts
	imdsTotalLimit   = 5 * time.Second         // for all requests of one call
	imdsAttempts     = 2                       // at each request
	imdsTokenTTL     = 6 * time.Hour           // asked for; the response says what was granted
	imdsExtension    = 5 * time.Minute         // of expired credentials, and up to twice that more, at random
	maxRoleName      = 64                      // IAM API Reference, CreateRole
)

const imdsTTLHeader = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"

// IMDS returns the credentials of an EC2 instance's role. It uses version 2 of the instance metadata
// service only: version 1 gives them to anybody who can make a program fetch a URL. It asks the
// extended path (security-credentials-extended) first. Where the service does not have that path,
// it asks the older one.
//
// The metadata service may return expired credentials while the part of AWS that renews them is
// down, and AWS goes on accepting them. So this provider extends expired credentials by 5 to 15
// minutes. It does the same with the last known ones when the service can't be reached. The AWS SDKs
// call this static stability. No other source does that.
//
// The zero value uses the usual address. An IMDS must not be copied.
type IMDS struct {
	Endpoint  string            // base URL; "" is http://169.254.169.254
	Transport http.RoundTripper // nil is this package's own: no proxy, no redirects
	Now       func() time.Time  // nil is time.Now

	// Not plain pointers: where a verb doesn't suit, as %s, fmt prints what an unexported one
	// points at.
	session atomic.Pointer[imdsSession]        // for the next calls
	older   atomic.Bool                        // the service does not have the extended path
	last    atomic.Pointer[signer.Credentials] // as they were given out
}

// imdsSession is what version 2 of the service requires in every request.
type imdsSession struct {
	token string
	end   time.Time
}

// Retrieve asks the service for credentials.
func (m *IMDS) Retrieve(ctx context.Context) (signer.Credentials, error) {
	judge := judgeOf(ctx, m.Now)
	c, err := m.fetch(ctx)
	if err != nil {
		last := m.last.Load()
		if e, ok := err.(*Error); last == nil || ok && e.Kind != ErrSource || ctx.Err() != nil {
			return signer.Credentials{}, err
		}
		// A refusal counts like any other failure: switching the service off has not taken the role
		// away.
		c = *last
	}
	expired := !c.Expires.IsZero() && judge.left(c.Expires) <= 0
	switch {
	case expired && (err != nil || !judge.unknown):
		c.Expires = judge.now.Add(imdsExtension + rand.N(2*imdsExtension))
	case err != nil:
		return signer.Credentials{}, err // the last known ones are still good, and a Cache has them
	}
	m.last.Store(&c)
	return c, nil
}

func (m *IMDS) fail(kind error, reason string, err error) error {
	return &Error{Source: SourceIMDS, Kind: kind, Reason: reason, Err: err}
}

// fetch makes the three requests: token, role, keys.
func (m *IMDS) fetch(ctx context.Context) (c signer.Credentials, err error) {
	base := m.Endpoint
	if base == "" {
		base = imdsIPv4
	}
	if reason := checkURL(base, func(string) bool { return true }); reason != "" {
		return c, m.fail(ErrConfig, "the endpoint URL "+reason, nil)
	}
	base = strings.TrimRight(base, "/")
	rt := m.Transport
	if rt == nil {
		rt = localTransport(IMDSAttemptLimit, nil)
	}
	ctx, cancel := context.WithTimeout(ctx, imdsTotalLimit)
	defer cancel()
	for fresh := false; ; {
		session := m.session.Load()
		if session == nil || !orNow(m.Now)().Before(session.end) {
			fresh = true
			if session, err = m.fetchSession(ctx, rt, base); err != nil {
				return c, err
			}
			m.session.Store(session)
		}
		c, status, err := m.fetchKeys(ctx, rt, base, session.token)
		if status == http.StatusUnauthorized && !fresh {
			m.session.Store(nil) // an instance that was resumed from hibernation doesn't know the token any more
			continue
		}
		return c, err
	}
}

// fetchSession starts a session. It is the first request to a service that may not be there.
func (m *IMDS) fetchSession(ctx context.Context, rt http.RoundTripper, base string) (*imdsSession, error) {
	start, cancel := context.WithTimeout(ctx, IMDSStartLimit)
	defer cancel()
	x := exchange{method: http.MethodPut, url: base + "/latest/api/token", timeout: IMDSAttemptLimit, attempts: imdsAttempts,
		header: http.Header{imdsTTLHeader: {strconv.Itoa(int(imdsTokenTTL / time.Second))}}}
	a, err := x.do(start, rt)
	switch {
	case err != nil:
		return nil, m.fail(ErrSource, imdsUnreachable, err)
	case a.status == http.StatusForbidden || a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed:
		return nil, &Error{Source: SourceIMDS, Kind: ErrSource,
			Reason: "the service is switched off, or knows version 1 only, which is not used: " + refusal(a),
			Remedy: "enable version 2 of the instance metadata service"}
	case a.status != http.StatusOK:
		return nil, m.fail(ErrSource, "the service gave no session token: "+refusal(a), nil)
	}
	token := string(a.body)
	if !isToken(token) {
		return nil, m.fail(ErrSource, "the service's session token can't be used", nil)
	}
	ttl := imdsTokenTTL
	if s, err := strconv.Atoi(a.header.Get(imdsTTLHeader)); err == nil && s >= 0 && s < int(imdsTokenTTL/time.Second) {
		ttl = time.Duration(s) * time.Second
	}
	return &imdsSession{token, orNow(m.Now)().Add(ttl)}, nil
}

const imdsUnreachable = "the service can't be reached"

// Paths of the credentials. A role's name follows.
const (
	imdsExtended = "/latest/meta-data/iam/security-credentials-extended/"
	imdsOlder    = "/latest/meta-data/iam/security-credentials/"
)

// fetchKeys asks for the role's name and then for its keys, below the extended path where the
// service has it. The status is that of the last response, 0 for none.
func (m *IMDS) fetchKeys(ctx context.Context, rt http.RoundTripper, base, token string) (c signer.Credentials, status int, err error) {
	if !m.older.Load() {
		c, status, err = m.fetchKeysAt(ctx, rt, base+imdsExtended, token)
		if err == nil || status == 0 || status == http.StatusUnauthorized {
			return c, status, err
		}
		// A service, or a proxy of it, that does not know the path need not respond with 404.
		absent := status == http.StatusNotFound
		if c, status, err = m.fetchKeysAt(ctx, rt, base+imdsOlder, token); err == nil && absent {
			m.older.Store(true)
		}
		return c, status, err
	}
	return m.fetchKeysAt(ctx, rt, base+imdsOlder, token)
}

// fetchKeysAt is fetchKeys below one path.
func (m *IMDS) fetchKeysAt(ctx context.Context, rt http.RoundTripper, list, token string) (c signer.Credentials, status int, err error) {
	x := exchange{method: http.MethodGet, url: list, timeout: IMDSAttemptLimit,
		attempts: imdsAttempts, header: http.Header{"X-Aws-Ec2-Metadata-Token": {token}}}
	a, err := x.do(ctx, rt)
	switch {
	case err != nil:
		return c, 0, m.fail(ErrSource, imdsUnreachable, err)
	case a.status == http.StatusNotFound:
		return c, a.status, &Error{Source: SourceIMDS, Kind: ErrNone, Reason: "the instance has no role", Remedy: "attach an instance profile"}
	case a.status != http.StatusOK:
		return c, a.status, m.fail(ErrSource, "the service gave no role: "+refusal(a), nil)
	}
	role, _, _ := strings.Cut(string(a.body), "\n")
	role = strings.TrimSpace(role)
	if role == "" || len(role) > maxRoleName || role == "." || role == ".." ||
		strings.ContainsFunc(role, func(r rune) bool { return !isNameRune(r) }) {
		return c, a.status, m.fail(ErrSource, "the service gave a name that no role has", nil)
	}
	x.url += role // all of its characters may stand in a path as they are
	if a, err = x.do(ctx, rt); err != nil {
		return c, 0, m.fail(ErrSource, imdsUnreachable, err)
	}
	if a.status != http.StatusOK {
		return c, a.status, m.fail(ErrSource, "the service gave no keys: "+refusal(a), nil)
	}
	var got signer.Credentials
	var code, message, expiration string
	if err := decodeObject(a.body, []member{
		{"Code", &code}, {"Message", &message},
		{"AccessKeyId", &got.AccessKeyID}, {"SecretAccessKey", &got.SecretAccessKey},
		{"Token", &got.SessionToken}, {"Expiration", &expiration},
	}); err != nil {
		return c, a.status, m.fail(ErrSource, "the service's response can't be read", err)
	}
	if !strings.EqualFold(code, "Success") {
		return c, a.status, m.fail(ErrSource, "the service responded with code "+printable.Quote(code)+" and message "+printable.Quote(message), nil)
	}
	if reason := finish(&got, expiration); reason != "" {
		return c, a.status, m.fail(ErrSource, "in the service's response "+reason, nil)
	}
	return got, a.status, nil
}
