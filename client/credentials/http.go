package credentials

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"bedrockwire/model/jsonwire"
)

// Limits of every exchange with a source of credentials. Answers have 1 to 3 KiB; the longest token documented has
// 20,000 characters (STS AssumeRoleWithWebIdentity).
const (
	MaxResponse = 64 << 10 // of an answer's body, and of its head
	MaxToken    = 20000    // of a token file's contents
)

// Time limits of one attempt.
const (
	publicTimeout = 10 * time.Second // STS, IAM Identity Center, sign-in: across the internet
	localTimeout  = 5 * time.Second  // a container's endpoint: on the same machine
	dialTimeout   = 5 * time.Second
)

// attempts at an idempotent exchange, the first included; the AWS SDKs' standard mode.
const attempts = 3

// exchange is a request, small enough to be sent again.
type exchange struct {
	method, url string
	header      http.Header
	body        []byte
}

// answer is a response whose body was read in full.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// errHTTP is why an exchange failed before its status could count. It quotes neither URL nor body.
type errHTTP struct {
	reason string
	err    error
	final  bool // not worth another attempt
}

func (e *errHTTP) Error() string {
	if e.err == nil {
		return e.reason
	}
	return e.reason + ": " + e.err.Error()
}

func (e *errHTTP) Unwrap() error { return e.err }

// final is an errHTTP that no further attempt would mend.
//
//go:noinline
func final(reason string) error { return &errHTTP{reason: reason, final: true} }

// asHTTP finds an errHTTP in a chain of single causes, where net/http's own errors have put it. errors.As would do, and
// bring reflection along.
func asHTTP(err error) *errHTTP {
	for err != nil {
		if e, ok := err.(*errHTTP); ok {
			return e
		}
		err = errors.Unwrap(err)
	}
	return nil
}

// publicTransport is for services on the internet. The proxy of the environment serves it. It keeps no connection:
// credentials are fetched once an hour, and an idle connection would be a goroutine left behind.
//
//go:noinline
func publicTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: MaxResponse,
	}
}

// proxy is http.ProxyFromEnvironment with an error that does not repeat the variable, which may hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, final("the environment's proxy is not a URL")
	}
	return u, nil
}

// localTransport is for endpoints that give credentials to whoever asks: of the machine and of its hypervisor. No
// proxy ever sees them. Where allowed is not nil it decides on each address that is about to be connected to, after name
// lookup, so that no answer of a name server can send a token elsewhere.
func localTransport(timeout time.Duration, allowed func(netip.Addr) bool) *http.Transport {
	d := &net.Dialer{Timeout: timeout}
	if allowed != nil {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			host, _, _ := net.SplitHostPort(address)
			at, err := netip.ParseAddr(host)
			if err != nil || !allowed(at.Unmap().WithZone("")) {
				return final("connections to " + quoteServer(address) + " are not allowed")
			}
			return nil
		}
	}
	t := publicTransport()
	t.Proxy = nil
	t.DialContext = d.DialContext
	return t
}

// do sends an exchange once. Redirects are refused: whoever may redirect could have the token.
func (x *exchange) do(ctx context.Context, rt http.RoundTripper, timeout time.Duration) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	u, err := url.Parse(x.url)
	if err != nil {
		return nil, final("the URL can't be used") // the cause would quote it
	}
	header := http.Header{"Accept-Encoding": {"identity"}, "User-Agent": {"bedrockwire"}}
	for name, values := range x.header {
		header[name] = values
	}
	// http.NewRequest would do the same, and be linked for this alone.
	req := &http.Request{Method: x.method, URL: u, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, ContentLength: int64(len(x.body))}
	if len(x.body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	// A transport of the caller's may ignore the context.
	a, err := call(ctx, func() (*answer, error) { return send(rt, req.WithContext(ctx)) })
	if err != nil && err == context.Cause(ctx) {
		err = noAnswer(u, err)
	}
	return a, err
}

func noAnswer(u *url.URL, err error) error {
	return &errHTTP{reason: "no answer from " + quoteServer(u.Host), err: err}
}

// send sends a request and reads the answer.
func send(rt http.RoundTripper, req *http.Request) (*answer, error) {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		if mine := asHTTP(err); mine != nil {
			return nil, mine
		}
		return nil, noAnswer(req.URL, err)
	}
	if resp == nil || resp.Body == nil {
		return nil, final("the transport returned neither a response nor an error")
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 && resp.StatusCode < 400 && resp.StatusCode != http.StatusNotModified {
		host := "nowhere"
		location := resp.Header.Get("Location")
		if to, err := url.Parse(location); err == nil && location != "" {
			if to.Host == "" {
				to = req.URL
			}
			host = quoteServer(to.Host)
		}
		return nil, final("a redirect to " + host + " was refused")
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, final("the answer has a content encoding, which was not asked for")
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxResponse+1))
	switch {
	case err != nil:
		return nil, &errHTTP{reason: "the answer broke off", err: err}
	case len(body) > MaxResponse:
		return nil, final("the answer has more than 64 KiB")
	}
	return &answer{resp.StatusCode, resp.Header, body}, nil
}

// retry sends an exchange until it is answered with something other than an overload or a failure of the server.
// also, where not nil, names further answers that are worth another attempt.
func (x *exchange) retry(ctx context.Context, rt http.RoundTripper, timeout time.Duration, also func(*answer) bool) (*answer, error) {
	for n := 1; ; n++ {
		a, err := x.do(ctx, rt, timeout)
		failed := asHTTP(err)
		again := failed != nil && !failed.final ||
			err == nil && (a.status == http.StatusTooManyRequests || a.status >= 500 || also != nil && also(a))
		if !again || n == attempts || ctx.Err() != nil {
			return a, err
		}
		// Full jitter up to 200 ms, then 400 ms: a fleet that starts at once must not ask at once again.
		if wait(ctx, rand.N(100*time.Millisecond<<n)) != nil {
			return a, err
		}
	}
}

// wait sleeps, or returns the context's error.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkURL says what is wrong with the URL of a source, "" for nothing. It repeats nothing of it: it may hold a password.
func checkURL(raw string, plainHTTP func(host string) bool) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > 2048 || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return "is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return "does not start with https://"
	case u.User != nil:
		return "holds a user name or password"
	case u.Fragment != "" || u.Opaque != "" || u.Hostname() == "":
		return "holds no host, or a fragment"
	case u.Scheme == "http" && !plainHTTP(u.Hostname()):
		return "is http to a host that is not allowed without TLS"
	}
	return ""
}

// isLoopback reports whether a host is this machine, by its name alone.
func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// endpointURL returns the base URL of a public service: the override, which must be https or on loopback, else the host.
func endpointURL(override, host string) (string, error) {
	if override == "" {
		return "https://" + host, nil
	}
	if reason := checkURL(override, isLoopback); reason != "" {
		return "", fault("the endpoint URL " + reason)
	}
	if strings.Contains(override, "?") {
		return "", fault("the endpoint URL holds a query")
	}
	return strings.TrimRight(override, "/"), nil
}

// transport is what providers of public services use where the caller has none of its own.
type transport struct{ roots *x509.CertPool }

// RoundTrip sends a request by a transport made for it. Plain http goes to an address of loopback or nowhere, whatever
// "localhost" may mean to a name server.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	rt := publicTransport()
	if r.URL.Scheme == "http" {
		rt = localTransport(dialTimeout, netip.Addr.IsLoopback)
	}
	rt.TLSClientConfig.RootCAs = t.roots
	return rt.RoundTrip(r)
}

func orTransport(rt http.RoundTripper) http.RoundTripper {
	if rt == nil {
		return transport{}
	}
	return rt
}

//go:noinline
func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}

// member is a member of a JSON object, and where its value goes.
type member struct {
	name string
	to   any // *string, *int64 or []member
}

// decodeObject reads one JSON object. Members that are not listed are skipped; null counts as absent; a listed member
// of another kind, or that comes twice, is an error. Errors hold offsets, never text of the input.
func decodeObject(data []byte, members []member) error {
	lx := jsonwire.NewLimit(data, MaxResponse)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	decodeMembers(&lx, members)
	return lx.Finish()
}

func decodeMembers(lx *jsonwire.Lexer, members []member) {
	var seen uint64
next:
	for lx.Next() == jsonwire.Key {
		for i := range members {
			m := &members[i]
			if !lx.TextIs(m.name) {
				continue
			}
			if !lx.Once(&seen, uint(i)) {
				return
			}
			if lx.Next() != jsonwire.Null {
				decodeValue(lx, m.to)
			}
			continue next
		}
		lx.Skip()
	}
}

// decodeValue takes the value that the lexer has just read, or begun.
func decodeValue(lx *jsonwire.Lexer, to any) {
	switch to := to.(type) {
	case *string:
		if lx.Kind() == jsonwire.String {
			*to = lx.Text()
			return
		}
	case *int64:
		if n, ok := lx.Int64(); ok {
			*to = n
			return
		}
	case []member:
		if lx.Kind() == jsonwire.ObjectStart {
			decodeMembers(lx, to)
			return
		}
	}
	lx.Fail(jsonwire.ErrKind)
}
