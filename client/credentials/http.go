package credentials

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bedrockwire/client/internal/network"
	"bedrockwire/client/internal/printable"
)

// Limits of every exchange with a source of credentials. Responses have 1 to 3 KiB; the longest
// token documented has 20,000 characters (STS AssumeRoleWithWebIdentity).
const (
	MaxResponse = 64 << 10 // of a response's body, and of its head
	MaxToken    = 20000    // of a token file's contents
)

// Time limits of one attempt.
const (
	publicTimeout = 10 * time.Second // STS, IAM Identity Center, sign-in: across the internet
	localTimeout  = 5 * time.Second  // a container's endpoint: on the same machine
)

// attempts at an idempotent exchange, the first included; the AWS SDKs' standard mode.
const attempts = 3

// exchange is a request to a source, small enough to be sent again, and how it is sent.
type exchange struct {
	method, url string
	header      http.Header
	body        []byte
	timeout     time.Duration                     // of one attempt
	attempts    int                               // at most; 0 is 3
	sign        func(*url.URL, http.Header) error // adds to the header of each attempt; may be nil
	again       func(*response) bool              // further responses that are worth another attempt; may be nil
}

// response is a response whose body was read in full.
type response struct {
	status int
	header http.Header
	body   []byte
}

// httpError is why there is no response, or none that can be used. It quotes neither URL nor body.
type httpError struct {
	reason string
	err    error
	final  bool // not worth another attempt
}

func (e *httpError) Error() string {
	if e.err == nil {
		return e.reason
	}
	return e.reason + ": " + e.err.Error()
}

func (e *httpError) Unwrap() error { return e.err }

func final(reason string) error { return &httpError{reason: reason, final: true} }

func noResponse(u *url.URL, err error) error {
	return &httpError{reason: "no response from " + printable.Quote(u.Host), err: err}
}

// do sends an exchange until the response is something other than an overload or a failure of the
// server.
func (x *exchange) do(ctx context.Context, rt http.RoundTripper) (*response, error) {
	most := x.attempts
	if most == 0 {
		most = attempts
	}
	for n := 1; ; n++ {
		a, err := x.attempt(ctx, rt)
		var failed *httpError
		again := errors.As(err, &failed) && !failed.final ||
			err == nil && (a.status == http.StatusTooManyRequests || a.status >= 500 || x.again != nil && x.again(a))
		if !again || n >= most || ctx.Err() != nil {
			return a, err
		}
		// A random pause of up to 200 ms, then 400 ms: a fleet that starts at once must not come
		// back at once.
		select {
		case <-time.After(rand.N(100 * time.Millisecond << n)):
		case <-ctx.Done():
			return a, err
		}
	}
}

// attempt sends an exchange once. It returns when its time is up, even if the transport ignores the
// context.
func (x *exchange) attempt(ctx context.Context, rt http.RoundTripper) (*response, error) {
	ctx, cancel := context.WithTimeout(ctx, x.timeout)
	defer cancel()
	u, err := url.Parse(x.url)
	if err != nil {
		return nil, final("the URL can't be used") // the cause would quote it
	}
	header := http.Header{"Accept-Encoding": {"identity"}, "User-Agent": {"bedrockwire"}}
	for name, values := range x.header {
		header[name] = values
	}
	if x.sign != nil {
		if err := x.sign(u, header); err != nil {
			return nil, err
		}
	}
	// The body is never wiped: a transport may read it after RoundTrip has returned.
	req := (&http.Request{Method: x.method, URL: u, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: http.NoBody, ContentLength: int64(len(x.body))}).WithContext(ctx)
	if len(x.body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(x.body))
	}
	a, err := call(ctx, func() (*response, error) { return roundTrip(rt, req) })
	if err != nil && err == context.Cause(ctx) {
		err = noResponse(u, err)
	}
	return a, err
}

// roundTrip sends a request and reads the response. Redirects are refused: a server that could
// redirect could pass the token on.
func roundTrip(rt http.RoundTripper, req *http.Request) (*response, error) {
	resp, err := rt.RoundTrip(req)
	if err != nil {
		var refused *network.AddressError
		if errors.As(err, &refused) || errors.Is(err, network.ErrProxy) {
			return nil, &httpError{reason: "no response from " + printable.Quote(req.URL.Host), err: err, final: true}
		}
		return nil, noResponse(req.URL, err)
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
			host = printable.Quote(to.Host)
		}
		return nil, final("a redirect to " + host + " was refused")
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, final("the response has a content encoding, which was not asked for")
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxResponse+1))
	switch {
	case err != nil:
		return nil, &httpError{reason: "the response broke off", err: err}
	case len(body) > MaxResponse:
		return nil, final("the response has more than 64 KiB")
	}
	return &response{resp.StatusCode, resp.Header, body}, nil
}

// refusal describes a response that is a refusal: its status and, of a JSON body, code and message,
// or the first line of a text.
func refusal(a *response) string {
	s := statusText(a.status)
	var code, message string
	if decodeObject(a.body, []member{{"code", &code}, {"message", &message}}) == nil {
		if code != "" {
			s += ", code " + printable.Quote(code)
		}
		if message != "" {
			s += ", " + printable.Quote(message)
		}
		return s
	}
	// The container agent of Amazon ECS says in plain text that a task has no role.
	if kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";"); strings.EqualFold(strings.TrimSpace(kind), "text/plain") {
		if line := firstLine(string(a.body)); line != "" {
			s += ", " + printable.Quote(line)
		}
	}
	return s
}

// firstLine returns the first line that is not blank.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(line)
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return "HTTP " + text
	}
	return "an unknown HTTP status"
}

// isToken reports whether a token can stand in a header.
func isToken(s string) bool {
	return s != "" && len(s) <= MaxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
