package client

import (
	"context"
	"io"
	"net/http"
	"time"

	"bedrockwire/client/internal/partition"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// Version is the version of this library, sent in the User-Agent header.
const Version = "0.1.0"

// A Client calls Amazon Bedrock. It is safe for concurrent use, and its streams share nothing but its
// connections, its key cache and its retry tokens. Make one with [New] and keep it.
type Client struct {
	cfg       Config // with defaults filled in
	transport http.RoundTripper
	control   http.RoundTripper // for the control plane; mostly the same
	own       *http.Transport   // transport, where it is this package's
	runtime   endpoint
	signer    *signer.Signer // behind a pointer: it caches a derived key
	userAgent string
	tokens    tokenBucket
	skew      clockSkew
}

// New checks cfg and returns a Client that uses it. It opens no connection, and reads no environment but
// what net/http's ProxyFromEnvironment reads. Its error is a [*ConfigError].
func New(cfg Config) (*Client, error) {
	if cfg.Region != "" && !partition.ValidRegion(cfg.Region) {
		return nil, configError("Region", "must be 1 to 32 of a-z, 0-9 and '-'")
	}
	if cfg.Credentials == nil && cfg.BearerToken == nil {
		return nil, configError("Credentials", "and BearerToken are both missing")
	}
	if cfg.Region == "" && cfg.BearerToken == nil {
		return nil, configError("Region", "is empty, and requests are signed for one")
	}
	for _, c := range []byte(cfg.UserAgent) {
		if c < ' ' || c > '~' {
			return nil, configError("UserAgent", "holds a byte that is not printable ASCII")
		}
	}
	runtime, err := resolveEndpoint(&cfg, runtimePrefix)
	if err != nil {
		return nil, err
	}
	control, err := resolveEndpoint(&cfg, controlPrefix)
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Retry = cfg.Retry.withDefaults()
	cfg.Timeouts = cfg.Timeouts.withDefaults()
	c := &Client{
		cfg:       cfg,
		transport: cfg.Transport,
		runtime:   runtime,
		signer:    &signer.Signer{Region: cfg.Region, Service: signingName},
		userAgent: "bedrockwire/" + Version,
	}
	if cfg.UserAgent != "" {
		c.userAgent += " " + cfg.UserAgent
	}
	if c.transport == nil {
		c.own = newTransport(&cfg, cfg.Timeouts.Connect, runtime.scheme == "http")
		c.transport = c.own
	}
	c.control = c.transport
	if c.own != nil && control.scheme != runtime.scheme {
		// Of the two only the plain one is kept to loopback, so they can't share a dialer.
		c.control = newTransport(&cfg, cfg.Timeouts.Connect, control.scheme == "http")
	}
	c.tokens.left = tokenCapacity
	return c, nil
}

// CloseIdleConnections closes the connections that no stream is using. A Client needs no other end.
func (c *Client) CloseIdleConnections() {
	for _, transport := range []http.RoundTripper{c.transport, c.control} {
		if t, ok := transport.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
}

// InvokeModelWithResponseStream sends one request (Amazon Bedrock API Reference, "InvokeModelWithResponseStream")
// and returns the stream of its answer once the response's head is there.
//
// A request that can't be right is refused with a [*model.FieldError] before anything is sent. An error of the
// service is a [*model.Error] with its status and request id. Attempts that fail before the first event are
// repeated as [Config].Retry says, and end in a [*CallError] around the last attempt's error.
//
// ctx governs the stream too: when it is done, so is the stream. Close the stream, or see to it that ctx
// ends; either frees everything. r is read during the call only, but its Body must not be changed before the
// stream has ended: a peer may answer before it has read the request.
func (c *Client) InvokeModelWithResponseStream(ctx context.Context, r *model.InvokeModelWithResponseStreamRequest) (*Stream, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	var out *Stream
	op := c.invokeOperation(r)
	err := c.do(ctx, op, func(a *answer) error {
		s, err := c.openStream(op, a)
		out = s
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// openStream makes a Stream of a response with a success status.
func (c *Client) openStream(op *operation, a *answer) (*Stream, error) {
	header := a.response.Header
	contentType, encoding := header.Get("Content-Type"), contentEncoding(header)
	if !isEventStream(contentType) || encoding != "" {
		e := &ResponseError{ContentType: contentType, ContentEncoding: encoding}
		var body []byte
		if encoding == "" { // nothing is inflated, and what is not would be noise
			body = a.readAll(model.MaxErrorBody)
		}
		a.wire.release()
		e.Err = model.ErrorFromResponse(a.response.StatusCode, header.Get, body)
		return nil, e
	}
	a.wire.tap = c.cfg.Tap
	s := newStream(a.wire, c.cfg.Limits)
	s.requestID = a.requestID
	s.response = model.ResponseFromHeaderAndBody(header.Get, nil)
	s.requireComplete = c.cfg.RequireComplete
	if c.cfg.Log != nil {
		s.log, s.began, s.attempt = c.cfg.Log, op.began, a.attempt
	}
	if c.cfg.PeekFirstEvent {
		if err := s.peek(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// usable refuses what would be a nil dereference further down.
func (c *Client) usable(ctx context.Context) error {
	switch {
	case c == nil || c.transport == nil:
		return configError("Client", "was not made by New")
	case ctx == nil:
		return configError("context", "is nil")
	}
	return nil
}

// maxFoundationBody is the largest description of a model that is read. The service's own are below 2 KiB.
const maxFoundationBody = 256 << 10

// FoundationModel asks the control plane for the description of a model (Amazon Bedrock API Reference,
// "GetFoundationModel"): by its id or the ARN of a foundation model, among other things whether it can stream.
// It needs the IAM action bedrock:GetFoundationModel, which is another one than that of a call.
//
// Errors are those of [Client.InvokeModelWithResponseStream], and attempts are repeated in the same way. An answer
// that describes no model is a [*ResponseError].
func (c *Client) FoundationModel(ctx context.Context, id string) (*model.FoundationModel, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	// An id is as dangerous here as in a call, and in the same ways.
	if err := (&model.InvokeModelWithResponseStreamRequest{ModelID: id}).Validate(); err != nil {
		return nil, err
	}
	to, err := resolveEndpoint(&c.cfg, controlPrefix)
	if err != nil {
		return nil, err
	}
	op := &operation{method: http.MethodGet, to: to, transport: c.control, hash: signer.HashPayload(nil)}
	op.path = string(appendLabel([]byte(to.prefix+"/foundation-models/"), id))
	op.fields = []field{{"Accept", "application/json"}}
	var out *model.FoundationModel
	err = c.do(ctx, op, func(a *answer) (err error) {
		if out, err = readFoundationModel(a); err == nil {
			c.log(&Event{Kind: EventEnd, Attempt: a.attempt, Elapsed: time.Since(op.began), RequestID: a.requestID, Bytes: a.wire.bytes})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readFoundationModel reads the answer of an attempt to its end.
func readFoundationModel(a *answer) (*model.FoundationModel, error) {
	defer a.wire.release()
	header := a.response.Header
	e := &ResponseError{ContentType: header.Get("Content-Type"), ContentEncoding: contentEncoding(header)}
	if e.ContentEncoding != "" {
		e.Err = model.ErrorFromResponse(a.response.StatusCode, header.Get, nil)
		return nil, e
	}
	body, err := io.ReadAll(io.LimitReader(a.wire, maxFoundationBody))
	if err != nil { // a body that was cut may still be JSON
		return nil, a.wire.sendError(err)
	}
	m, err := model.ParseFoundationModel(body)
	if err != nil {
		e.Err, e.Cause = model.ErrorFromResponse(a.response.StatusCode, header.Get, body), err
		return nil, e
	}
	return m, nil
}
