package client

import (
	"context"
	"net/http"
	"time"

	"bedrockwire/client/internal/partition"
	"bedrockwire/signer"
)

// Version is the version of this library, sent in the User-Agent header.
const Version = "0.2.0"

// A Client calls Amazon Bedrock. It is safe for concurrent use. Its streams share nothing but its
// connections, its signing key and its retry tokens. Make one with [New] and keep it.
type Client struct {
	cfg        Config // with defaults filled in
	secure     http.RoundTripper
	plain      http.RoundTripper // for endpoints with http URLs; the same as secure with Config.Transport
	plainHTTP2 http.RoundTripper // the same for HTTP/2, by prior knowledge
	runtime    endpoint
	signer     *signer.Signer // a pointer, because it must not be copied
	userAgent  string
	extra      []field // Config.Header
	tokens     tokenBucket
	skew       clockSkew
	stale      staleness
}

// New checks cfg and returns a Client that uses it. It opens no connection, and it reads no
// environment except the proxy variables that net/http's ProxyFromEnvironment reads. Its error is a
// [*ConfigError].
func New(cfg Config) (*Client, error) {
	if cfg.Region != "" && !partition.ValidRegion(cfg.Region) {
		return nil, &ConfigError{"Region", "must be 1 to 32 of a-z, 0-9 and '-'"}
	}
	if cfg.Credentials == nil && cfg.BearerToken == nil && !cfg.Unsigned {
		return nil, &ConfigError{"Credentials", "and BearerToken are both missing"}
	}
	if cfg.Region == "" && cfg.BearerToken == nil && !cfg.Unsigned {
		return nil, &ConfigError{"Region", "is empty: set it to the region of the models, such as us-east-1"}
	}
	for _, c := range []byte(cfg.UserAgent) {
		if c < ' ' || c > '~' {
			return nil, &ConfigError{"UserAgent", "contains a byte that is not printable ASCII"}
		}
	}
	if cfg.Transport != nil && cfg.WrapTransport != nil {
		return nil, &ConfigError{"WrapTransport", "wraps this package's own transport, and Transport replaces it"}
	}
	extra, err := configHeader(&cfg)
	if err != nil {
		return nil, err
	}
	runtime, err := resolveEndpoint(&cfg, runtimeService)
	if err != nil {
		return nil, err
	}
	if _, err := resolveEndpoint(&cfg, controlService); err != nil && cfg.ControlEndpointFrom == "" {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Retry = cfg.Retry.over(defaultRetry)
	cfg.Timeouts = cfg.Timeouts.over(defaultTimeouts)
	c := &Client{
		cfg:       cfg,
		runtime:   runtime,
		signer:    &signer.Signer{Region: cfg.Region, Service: signingName},
		userAgent: "bedrockwire/" + Version,
		extra:     extra,
	}
	if cfg.UserAgent != "" {
		c.userAgent += " " + cfg.UserAgent
	}
	c.secure, c.plain, c.plainHTTP2 = transports(&cfg)
	c.tokens.left = tokenCapacity
	return c, nil
}

// CloseIdleConnections closes the connections that no stream is using. A Client needs no other
// cleanup.
func (c *Client) CloseIdleConnections() {
	if c == nil {
		return
	}
	for _, transport := range []http.RoundTripper{c.secure, c.plain, c.plainHTTP2} {
		if t, ok := transport.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
}

// usable refuses a nil Client or context, which would panic later.
func (c *Client) usable(ctx context.Context) error {
	switch {
	case c == nil || c.secure == nil:
		return &ConfigError{"Client", "was not made by New"}
	case ctx == nil:
		return &ConfigError{"context", "is nil"}
	}
	return nil
}

// endpoint returns the endpoint of a service.
func (c *Client) endpoint(service string) (endpoint, error) {
	if service == runtimeService {
		return c.runtime, nil
	}
	return resolveEndpoint(&c.cfg, service)
}

// transport returns the transport for an endpoint.
func (c *Client) transport(to endpoint) http.RoundTripper {
	if to.scheme == "http" {
		return c.plain
	}
	return c.secure
}
