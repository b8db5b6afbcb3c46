package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"bedrockwire/client/internal/network"
)

// maxResponseHead is the largest response head read, status line and header together. The service's
// own are below 1 KiB; net/http's default of 10 MiB is room for an attack.
const maxResponseHead = 64 << 10

// DefaultMaxIdleConns is the default of [Config].MaxIdleConns: enough for a gateway with dozens of
// calls at a time over HTTP/1.1. net/http's own default of 2 would open a connection for almost
// every call.
const DefaultMaxIdleConns = 64

// Limits on idle connections and probes, as in net/http's DefaultTransport except for the probes: a
// connection whose peer has vanished is found after pingAfter + pingTimeout and not at the next
// request.
const (
	keepAlive       = 30 * time.Second
	idleConnTimeout = 90 * time.Second
	pingAfter       = 30 * time.Second
	pingTimeout     = 15 * time.Second

	// maxUnread is how much an HTTP/2 peer may send of a stream while its caller does not read;
	// net/http's own figure is 4 MiB. A frame of this service is at most 1.4 MB, and usually far
	// below that.
	maxUnread = 1 << 20

	// writeTimeout ends an HTTP/2 connection whose peer accepts no bytes. A stream that writes to
	// it holds a lock that the other streams need, even to be closed.
	writeTimeout = 15 * time.Second
)

// transports returns the transports for https and for http endpoints. They are apart because only
// those for http are limited to loopback.
func transports(cfg *Config) (secure, plain, plainHTTP2 http.RoundTripper) {
	if cfg.Transport != nil {
		return cfg.Transport, cfg.Transport, cfg.Transport
	}
	prior := newTransport(cfg, true)
	prior.Protocols = new(http.Protocols)
	prior.Protocols.SetUnencryptedHTTP2(true)
	prior.DialContext = wrapped(prior.DialContext)
	secure, plain, plainHTTP2 = newTransport(cfg, false), newTransport(cfg, true), prior
	if cfg.WrapTransport != nil {
		secure, plain, plainHTTP2 = cfg.WrapTransport(secure), cfg.WrapTransport(plain), cfg.WrapTransport(plainHTTP2)
	}
	return secure, plain, plainHTTP2
}

// newTransport returns the transport used where a Config has none. It is used by RoundTrip, without
// an http.Client, so nothing follows redirects, keeps cookies or limits the time of a whole stream.
func newTransport(cfg *Config, plain bool) *http.Transport {
	connect := cfg.Timeouts.Connect
	maxIdle := cfg.MaxIdleConns
	if maxIdle <= 0 {
		maxIdle = DefaultMaxIdleConns
	}
	dialer := &net.Dialer{Timeout: connect, KeepAlive: keepAlive}
	t := &http.Transport{
		Proxy:                  network.Proxy,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs},
		TLSHandshakeTimeout:    connect,
		DisableCompression:     true, // with "Accept-Encoding: identity": a response is never decompressed
		MaxIdleConnsPerHost:    maxIdle,
		IdleConnTimeout:        idleConnTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHead,
		ForceAttemptHTTP2:      !cfg.DisableHTTP2,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: pingAfter, PingTimeout: pingTimeout, WriteByteTimeout: writeTimeout,
			MaxReceiveBufferPerStream: maxUnread,
		},
		OnProxyConnectResponse: proxyConnected,
	}
	if cfg.DisableHTTP2 {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
	}
	if plain && !cfg.AllowHTTP {
		// A resolver may map "localhost" to any address, so the address itself is checked.
		t.Proxy = nil
		dialer.Control = network.Only(netip.Addr.IsLoopback)
	}
	t.DialContext = untilHandedOver(dialer.DialContext, connect)
	return t
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// untilHandedOver returns a dial whose connections fail after limit, counted from the dial's start,
// unless traced clears that when an attempt is handed its connection. net/http dials on after a
// call has ended, because another call may use the connection, and it has no limit on what a SOCKS5
// proxy, or a proxy that is sent CONNECT, takes its time for.
func untilHandedOver(dial dialFunc, limit time.Duration) dialFunc {
	if limit <= 0 {
		return dial
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		deadline := time.Now().Add(limit)
		conn, err := dial(ctx, network, address)
		// A request that a WrapTransport has made itself has no trace that would clear the
		// deadline.
		if err == nil && ctx.Value(watchedKey{}) != nil {
			conn.SetDeadline(deadline)
		}
		return conn, err
	}
}

// wrapConnKey is the context key of a func(net.Conn) net.Conn, which wrapped applies.
type wrapConnKey struct{}

// wrapped returns a dial whose connections are passed through the function in the context.
func wrapped(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if wrap, ok := ctx.Value(wrapConnKey{}).(func(net.Conn) net.Conn); ok && err == nil {
			conn = wrap(conn)
		}
		return conn, err
	}
}

// opProxyConnect is the Op of a *net.OpError about a proxy. net/http returns one if the proxy can't
// be reached, and proxyConnected one if it refused CONNECT.
const opProxyConnect = "proxyconnect"

// proxyConnected returns the error for a proxy that refused CONNECT, with the proxy's status and
// reason. net/http's own error has the reason alone.
func proxyConnected(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &net.OpError{Op: opProxyConnect, Net: "tcp", Err: errors.New("the proxy refused: " + response.Status)}
}

// isEventStream reports whether a Content-Type is that of an event stream, with or without
// parameters.
func isEventStream(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/vnd.amazon.eventstream")
}

// contentEncoding returns the Content-Encoding of a body, all lines of it, or "" if the body is not
// encoded.
func contentEncoding(h http.Header) string {
	lines := h["Content-Encoding"]
	if len(lines) == 0 {
		return ""
	}
	all := strings.Join(lines, ", ")
	for _, coding := range strings.Split(all, ",") {
		if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
			return all
		}
	}
	return ""
}
