package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// operation is one call, the same for each of its attempts.
type operation struct {
	method string
	to     endpoint
	path   string // escaped, as on the wire, with the endpoint's prefix
	fields []field

	transport http.RoundTripper

	body    []byte
	hash    string // of body
	id      string // amz-sdk-invocation-id
	began   time.Time
	refresh bool          // ask for fresh credentials
	skew    time.Duration // added to the clock for the last signature
}

// field is a header of an operation, its name in canonical form. It is signed.
type field struct{ name, value string }

// extraFields is how many headers an attempt adds to its operation's.
const extraFields = 8

// newHeader returns the header that an attempt begins with, and a function that adds to it. The values lie in one
// array, because a slice for each is a fifth of a call's allocations.
func (op *operation) newHeader() (http.Header, func(name, value string)) {
	header := make(http.Header, len(op.fields)+extraFields)
	values := make([]string, 0, len(op.fields)+extraFields)
	set := func(name, value string) {
		n := len(values)
		values = append(values, value)
		header[name] = values[n : n+1 : n+1]
	}
	for _, f := range op.fields {
		set(f.name, f.value)
	}
	return header, set
}

// invokeOperation binds a valid request to HTTP (Smithy restJson1; the operation's path, headers and payload).
func (c *Client) invokeOperation(r *model.InvokeModelWithResponseStreamRequest) *operation {
	op := &operation{method: http.MethodPost, to: c.runtime, transport: c.transport, body: r.Body, hash: signer.HashPayload(r.Body)}
	path := make([]byte, 0, len(op.to.prefix)+len("/model//invoke-with-response-stream")+len(r.ModelID)+16)
	path = append(append(path, op.to.prefix...), "/model/"...)
	path = append(appendLabel(path, r.ModelID), "/invoke-with-response-stream"...)
	op.path = string(path)
	op.fields = make([]field, 0, 8)
	op.set("Content-Type", r.ContentType, "application/json") // without one the service would see octets
	op.set("X-Amzn-Bedrock-Accept", r.Accept, "application/json")
	op.set("X-Amzn-Bedrock-Trace", string(r.Trace), "")
	op.set("X-Amzn-Bedrock-Guardrailidentifier", r.GuardrailIdentifier, "")
	op.set("X-Amzn-Bedrock-Guardrailversion", r.GuardrailVersion, "")
	op.set("X-Amzn-Bedrock-Performanceconfig-Latency", string(r.PerformanceConfigLatency), "")
	op.set("X-Amzn-Bedrock-Service-Tier", string(r.ServiceTier), "")
	op.set("X-Amzn-Bedrock-Request-Metadata", r.RequestMetadata, "")
	return op
}

// set adds a header where there is a value, or one for none.
//
//go:noinline
func (op *operation) set(name, value, unset string) {
	if value == "" {
		value = unset
	}
	if value != "" {
		op.fields = append(op.fields, field{name, value})
	}
}

// answer is the response of one attempt.
type answer struct {
	response  *http.Response
	wire      *wire
	requestID string
	attempt   int
}

// readAll reads the body up to limit bytes; what came before a fault is kept.
func (a *answer) readAll(limit int64) []byte {
	b, _ := io.ReadAll(io.LimitReader(a.wire, limit))
	return b
}

// attempt signs and sends op once. On success the answer's wire is the caller's to release.
func (c *Client) attempt(ctx context.Context, op *operation, n int) (a *answer, hint serverHint, err error) {
	header, set := op.newHeader()
	if err := c.authorize(ctx, op, header, set); err != nil {
		return nil, hint, err
	}
	set("Accept-Encoding", "identity") // else net/http asks for gzip, and events would come in bursts
	set("User-Agent", c.userAgent)
	set("Amz-Sdk-Invocation-Id", op.id)
	set("Amz-Sdk-Request", "attempt="+strconv.Itoa(n)+"; max="+strconv.Itoa(max(n, c.cfg.Retry.MaxAttempts)))

	w, reqCtx := begin(ctx, c.cfg.Timeouts, c.own != nil)
	if c.own != nil {
		reqCtx = watch(reqCtx, w)
	}
	req := (&http.Request{
		Method: op.method, URL: op.url(), Host: op.to.host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(reqCtx)
	if len(op.body) > 0 {
		req.ContentLength = int64(len(op.body))
		req.GetBody = func() (io.ReadCloser, error) { return newBody(op.body), nil }
		req.Body = newBody(op.body)
	} else {
		req.Body = http.NoBody
	}
	resp, err := op.transport.RoundTrip(req)
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("transport returned neither a response nor an error")
	}
	if err != nil {
		err = w.sendError(err)
		w.release()
		return nil, hint, err
	}
	w.opened(resp.Body, resp.ProtoMajor >= 2)
	a = &answer{response: resp, wire: w, attempt: n, requestID: requestID(resp.Header)}
	c.log(&Event{Kind: EventResponseHead, Attempt: n, Status: resp.StatusCode, RequestID: a.requestID, Elapsed: time.Since(op.began)})
	if code := resp.StatusCode; code >= 200 && code < 300 {
		return a, hint, nil
	}
	defer w.release()
	hint = hintOf(resp.Header, c.cfg.Now())
	if location := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && location != "" {
		host := ""
		if u, err := url.Parse(location); err == nil {
			host = clean(u.Host)
		}
		return nil, hint, &RedirectError{Status: resp.StatusCode, Host: host, RequestID: a.requestID}
	}
	var body []byte
	if contentEncoding(resp.Header) == "" { // nothing is inflated, and what is not would be noise
		body = a.readAll(model.MaxErrorBody)
	}
	if err := w.cause(); err != nil && ctx.Err() != nil {
		return nil, hint, err
	}
	return nil, hint, model.ErrorFromResponse(resp.StatusCode, resp.Header.Get, body)
}

// requestBody is a body that can be closed.
type requestBody struct{ bytes.Reader }

func (*requestBody) Close() error { return nil }

func newBody(b []byte) *requestBody {
	r := new(requestBody)
	r.Reset(b)
	return r
}

// url returns the URL whose request line is op.path: net/url keeps an escaped path only where it is an
// encoding of Path, so both are set.
func (op *operation) url() *url.URL {
	path, err := url.PathUnescape(op.path)
	if err != nil {
		path = op.path // can't be: New and invokeOperation made it
	}
	return &url.URL{Scheme: op.to.scheme, Host: op.to.host, Path: path, RawPath: op.path}
}

// authorize completes the attempt's header: signed with fresh keys and date, or with the bearer token.
func (c *Client) authorize(ctx context.Context, op *operation, header http.Header, set func(name, value string)) error {
	if op.refresh {
		ctx = refresh.Force(ctx)
	}
	if c.cfg.BearerToken != nil {
		token, err := c.cfg.BearerToken(ctx)
		if err != nil {
			return credentialsError(ctx, "BearerToken", err)
		}
		if reason := checkToken(token); reason != "" {
			return configError("BearerToken", reason)
		}
		set("Authorization", "Bearer "+token)
		return nil
	}
	keys, err := c.cfg.Credentials(ctx)
	if err != nil {
		return credentialsError(ctx, "Credentials", err)
	}
	if len(op.body) > 0 {
		// Signed as the AWS SDKs sign it, so that a proxy can't cut the prompt short unseen.
		set("Content-Length", strconv.Itoa(len(op.body)))
	}
	req := signer.Request{Method: op.method, Host: op.to.host, Path: op.path, Header: header, PayloadHash: op.hash}
	op.skew = c.skew.offset()
	if err := c.signer.Sign(&req, &keys, c.cfg.Now().Add(op.skew)); err != nil {
		return err
	}
	delete(header, "Content-Length") // net/http writes its own
	return nil
}

func credentialsError(ctx context.Context, field string, err error) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	return &CredentialsError{field, err}
}

// maxToken is the longest bearer token sent; the service's own are below 2 KiB.
const maxToken = 16 << 10

// checkToken says why a bearer token can't stand in a header (RFC 6750, section 2.1), without repeating any of it.
func checkToken(token string) string {
	switch {
	case token == "":
		return "is empty"
	case len(token) > maxToken:
		return "is longer than 16 KiB"
	}
	for _, c := range []byte(token) {
		if c <= ' ' || c > '~' {
			return "holds a space, a control character or a byte that is not ASCII"
		}
	}
	return ""
}

// requestID returns the service's id of a request, in either of its spellings.
func requestID(h http.Header) string {
	if id := h.Get("X-Amzn-Requestid"); id != "" {
		return id
	}
	return h.Get("X-Amz-Request-Id")
}

const hexDigits = "0123456789abcdef"

// newInvocationID returns a random UUID (RFC 9562, version 4).
func newInvocationID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand aborts the program first
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := make([]byte, 0, 36)
	for i, c := range b {
		if i >= 4 && i <= 10 && i%2 == 0 {
			s = append(s, '-')
		}
		s = append(s, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(s)
}
