package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// maxResponseHead is the largest response head read, status line and header together. The service's own are
// below 1 KiB; net/http's default of 10 MiB is room for an attack.
const maxResponseHead = 64 << 10

// Limits on idle connections and probes, as in net/http's DefaultTransport except for the probes: a
// connection whose peer has vanished is found after pingAfter + pingTimeout and not at the next request.
const (
	keepAlive       = 30 * time.Second
	idleConnTimeout = 90 * time.Second
	maxIdlePerHost  = 64
	pingAfter       = 30 * time.Second
	pingTimeout     = 15 * time.Second
)

var errNotLoopback = errors.New("plain http is only spoken to loopback, and this address is not")

// newTransport returns the transport used where a Config names none. It is used by RoundTrip, without an
// http.Client, so nothing follows redirects, keeps cookies or limits the time of a whole stream.
func newTransport(cfg *Config, connect time.Duration, plain bool) *http.Transport {
	dialer := &net.Dialer{Timeout: connect, KeepAlive: keepAlive}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs},
		TLSHandshakeTimeout:    connect,
		DisableCompression:     true, // with "Accept-Encoding: identity": an answer is never inflated
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleConnTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHead,
		ForceAttemptHTTP2:      !cfg.DisableHTTP2,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
	if cfg.DisableHTTP2 {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
	}
	if plain {
		// "localhost" is a name that a resolver answers for, so the address itself is checked.
		t.Proxy = nil
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			if a, err := netip.ParseAddrPort(address); err != nil || !a.Addr().Unmap().IsLoopback() {
				return errNotLoopback
			}
			return nil
		}
	}
	t.DialContext = dialer.DialContext
	return t
}

// isEventStream reports whether a Content-Type is that of an event stream, with or without parameters.
func isEventStream(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/vnd.amazon.eventstream")
}

// isIdentity reports whether a Content-Encoding leaves the body as it is.
func isIdentity(encoding string) bool {
	encoding = strings.TrimSpace(encoding)
	return encoding == "" || strings.EqualFold(encoding, "identity")
}
