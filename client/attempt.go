package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"bedrockwire/client/internal/await"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// received is the response of one attempt. Its head has arrived.
type received struct {
	request *request
	http    *http.Response
	body    *body
	id      string // the service's id of the request
	attempt int
}

// attempt signs and sends r once. On success the caller must release the response's body.
func (c *Client) attempt(ctx context.Context, r *request, n int) (out received, hint serverHint, err error) {
	h := r.headers()
	if err := c.authorize(ctx, r, &h); err != nil {
		return out, hint, err
	}
	h.set("Accept-Encoding", "identity") // otherwise net/http asks for gzip, and events arrive in bursts
	h.set("User-Agent", c.userAgent)
	h.set("Amz-Sdk-Invocation-Id", r.id)
	h.set("Amz-Sdk-Request", "attempt="+strconv.Itoa(n)+"; max="+strconv.Itoa(max(n, r.retry.MaxAttempts)))

	b, requestCtx := newBody(ctx, r.timeouts, r.body, c.cfg.Transport == nil)
	b.call = r
	handedOver := false
	defer func() {
		if !handedOver { // also if a hook of the caller's panics
			b.release()
		}
	}()
	req := (&http.Request{
		Method: r.method, URL: r.url(), Host: r.to.host, Header: h.http,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: &b.upload, ContentLength: int64(len(r.body)),
	}).WithContext(traced(requestCtx, b))
	// GetBody is not set: with it, net/http sends a request again by itself, up to seven times over
	// HTTP/2. It also does that if there is no body, so a GET has an empty one. A POST can't have
	// one: over HTTP/1.1 it would be sent as chunked. net/http sends such a POST again over HTTP/2
	// only, and traced prevents that.
	if len(r.body) == 0 && r.method != http.MethodGet {
		req.Body = http.NoBody
	}
	transport := c.transport(r.to)
	if r.input != nil {
		req.Body, req.ContentLength, transport = r.input.reader(), -1, r.input.transport()
	}
	resp, err := transport.RoundTrip(req)
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("transport returned neither a response nor an error")
	}
	if err != nil {
		return out, hint, b.sendError(err)
	}
	b.opened(resp.Body, resp.ProtoMajor >= 2)
	c.observe(&r.signing, resp.Header)
	out = received{request: r, http: resp, body: b, attempt: n, id: requestID(resp.Header)}
	r.log.requestID = out.id
	r.step(Step{Kind: StepResponseHead, Attempt: n, Status: resp.StatusCode})
	if code := resp.StatusCode; code >= 200 && code < 300 {
		handedOver = true
		return out, hint, nil
	}
	hint = hintOf(resp.Header, r.signing.received)
	if location := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && location != "" {
		host := ""
		if u, err := url.Parse(location); err == nil {
			host = u.Host
		}
		return out, hint, &RedirectError{Status: resp.StatusCode, Host: host, RequestID: out.id}
	}
	text := out.errorBody()
	if err := b.cause(); err != nil && ctx.Err() != nil {
		return out, hint, err
	}
	e := c.serviceError(r, model.ErrorFromResponse(resp.StatusCode, resp.Header.Get, text), out.id)
	e.RetryAfter = hint.asked()
	return out, hint, e
}

// serviceError completes an error of the service with what the call knows of it.
func (c *Client) serviceError(r *request, e *model.Error, requestID string) *model.Error {
	e.Operation = r.operation
	if e.Code == model.AccessDeniedException && c.cfg.BearerToken == nil && !c.cfg.Unsigned {
		e.Action = r.action // with a bearer token, it is the token that was refused
	}
	if e.RequestID == "" {
		e.RequestID = requestID
	}
	return e
}

// errorBody reads the start of a response's body, for an error's text. What came before a fault is
// kept. An encoded body is not read, because nothing is ever decompressed.
func (r received) errorBody() []byte {
	if contentEncoding(r.http.Header) != "" {
		return nil
	}
	b, _ := io.ReadAll(io.LimitReader(r.body, model.MaxErrorBody))
	return b
}

// url returns the URL whose request line is r.path and r.query: net/url uses RawPath only if it is
// an encoding of Path, so both are set.
func (r *request) url() *url.URL {
	path, err := url.PathUnescape(r.path)
	if err != nil {
		path = r.path // can't happen: paths are made here, and a Call's is checked
	}
	return &url.URL{Scheme: r.to.scheme, Host: r.to.host, Path: path, RawPath: r.path, RawQuery: r.query}
}

// authorize adds the signature to an attempt's header, made with the current credentials and date,
// or the bearer token.
func (c *Client) authorize(ctx context.Context, r *request, h *headers) error {
	if c.cfg.Unsigned {
		return nil
	}
	if c.cfg.BearerToken != nil {
		asking, stale := c.ask(ctx, r)
		token, err := await.Call(ctx, func() (string, error) { return c.cfg.BearerToken(asking) })
		if err != nil {
			return credentialsError(ctx, r, "BearerToken", err)
		}
		c.obtained(r, stale)
		if reason := checkToken(token); reason != "" {
			return &ConfigError{Field: "BearerToken", Reason: reason}
		}
		h.set("Authorization", "Bearer "+token)
		return nil
	}
	asking, stale := c.ask(c.judging(ctx), r)
	keys, err := await.Call(ctx, func() (signer.Credentials, error) { return c.cfg.Credentials(asking) })
	if err != nil {
		return credentialsError(ctx, r, "Credentials", err)
	}
	c.obtained(r, stale)
	if len(r.body) > 0 {
		// Signed as the AWS SDKs sign it, so that a proxy can't shorten the prompt unnoticed.
		h.set("Content-Length", strconv.Itoa(len(r.body)))
	}
	req := signer.Request{Method: r.method, Host: r.to.host, Path: r.path, RawQuery: r.query, Header: h.http, PayloadHash: r.hash}
	if err := c.sign(r, &req, keys); err != nil {
		return err
	}
	delete(h.http, "Content-Length") // net/http writes its own
	if r.input != nil {
		request, keys := req, keys // copies, because the arguments of a method of an interface are allocated
		return r.input.signed(&request, &keys, r.signing.offset)
	}
	return nil
}

func credentialsError(ctx context.Context, r *request, field string, err error) error {
	if ctx.Err() != nil {
		return r.ended(ctx, "credentials")
	}
	return &CredentialsError{field, err}
}

// maxToken is the longest bearer token sent; the service's own are below 2 KiB.
const maxToken = 16 << 10

// checkToken says why a bearer token can't be sent in a header (RFC 6750, section 2.1), without
// repeating any of it.
func checkToken(token string) string {
	switch {
	case token == "":
		return "is empty"
	case len(token) > maxToken:
		return "is longer than 16 KiB"
	}
	for _, c := range []byte(token) {
		if c <= ' ' || c > '~' {
			return "contains a space, a control character or a byte that is not ASCII"
		}
	}
	return ""
}

// requestID returns the service's id of a request. Its header has two names.
func requestID(h http.Header) string {
	if id := h.Get("X-Amzn-Requestid"); id != "" {
		return id
	}
	return h.Get("X-Amz-Request-Id")
}

// maxJSONBody is the largest JSON response that is read. It is far above the longest text that the
// service returns, and leaves room for images in base64.
const maxJSONBody = 64 << 20

// readJSON reads the whole body of a response, at most limit bytes, and returns what parse makes of
// it. The error for a body that is too large, encoded, or refused by parse has the response's
// status and request id.
func readJSON[T any](c *Client, r received, limit int64, parse func([]byte) (T, error)) (out T, err error) {
	defer r.body.release()
	header := r.http.Header
	refuse := func(body []byte, cause error) error {
		err := c.responseError(r, body, cause)
		err.JSON = true
		return err
	}
	if contentEncoding(header) != "" {
		return out, refuse(nil, nil)
	}
	text, err := io.ReadAll(io.LimitReader(r.body, limit+1))
	switch {
	case err != nil: // and nothing is parsed: a body that was cut may still be valid JSON
		if cause := r.body.cause(); cause != nil {
			return out, cause
		}
		return out, &SendError{Err: err, MayBeProcessed: true}
	case int64(len(text)) > limit:
		return out, refuse(nil, errTooLarge)
	}
	if out, err = parse(text); err != nil {
		return out, refuse(text[:min(len(text), model.MaxErrorBody)], err)
	}
	r.request.step(Step{Kind: StepEnd, Attempt: r.attempt, Bytes: r.body.bytes})
	return out, nil
}

var errTooLarge = errors.New("the body is larger than this client reads")
