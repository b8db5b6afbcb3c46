package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/textproto"
	"net/url"
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

	// readBuffer is what a connection reads at a time. With net/http's 4 KiB a fast stream over HTTP/1.1 costs
	// twice as many system calls as its bytes need.
	readBuffer = 16 << 10

	// maxUnread is how much an HTTP/2 peer may send of a stream that its caller is slow to read; net/http's
	// own figure is 4 MiB. A frame of this service is at most 1.4 MB, and far below that as a rule.
	maxUnread = 1 << 20

	// writeTimeout ends an HTTP/2 connection whose peer takes no bytes: whoever writes to it holds a lock
	// that the streams beside it need, if only to be closed.
	writeTimeout = 15 * time.Second
)

// maxInformational is how many 1xx responses may come before the response. This service sends none.
const maxInformational = 5

// maxConnections is how many new connections net/http may try for one attempt. It sets itself no limit, nor a pause:
// an HTTP/2 peer whose first word on each connection is GOAWAY would be dialed in a tight loop.
const maxConnections = 4

var errConnections = errors.New("the peer closed 4 new connections in a row before it took the request")

var errInformational = errors.New("more than 5 informational (1xx) responses")

var errNotLoopback = errors.New("plain http is only spoken to loopback, and this address is not")

// proxy is http.ProxyFromEnvironment with an error that does not repeat the variable, which may hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errProxy
	}
	return u, nil
}

var errProxy = errors.New("the environment's proxy for this endpoint is not a URL that net/http understands")

// newTransport returns the transport used where a Config names none. It is used by RoundTrip, without an
// http.Client, so nothing follows redirects, keeps cookies or limits the time of a whole stream.
func newTransport(cfg *Config, connect time.Duration, plain bool) *http.Transport {
	dialer := &net.Dialer{Timeout: connect, KeepAlive: keepAlive}
	t := &http.Transport{
		Proxy:                  proxy,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs},
		TLSHandshakeTimeout:    connect,
		DisableCompression:     true, // with "Accept-Encoding: identity": an answer is never inflated
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleConnTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHead,
		ReadBufferSize:         readBuffer,
		ForceAttemptHTTP2:      !cfg.DisableHTTP2,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout: pingAfter, PingTimeout: pingTimeout, WriteByteTimeout: writeTimeout,
			MaxReceiveBufferPerStream: maxUnread,
		},
	}
	if cfg.DisableHTTP2 {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
	}
	if plain {
		// "localhost" is a name that a resolver answers for, so the address itself is checked.
		t.Proxy = nil
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			host, _, _ := net.SplitHostPort(address)
			if a, err := netip.ParseAddr(host); err != nil || !a.Unmap().IsLoopback() {
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

// contentEncoding returns the codings of a body, all of its header's lines, or "" where they leave it as it is.
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

// traced is a request's context that answers net/http's question for its hooks. httptrace.WithClientTrace would do,
// but it merges the hooks of two traces by reflection, which is a tenth of what a whole client adds to a program; we
// know the two hooks that are ours.
//
// A context is asked by a key, and that of httptrace is private. So the first who asks is [httptrace.ContextClientTrace],
// from [watch]: what it asks by is the key.
type traced struct {
	context.Context
	key   any
	trace httptrace.ClientTrace
}

// Value is the context's own but for the trace.
func (t *traced) Value(key any) any {
	switch t.key {
	case nil:
		t.key = key
	case key:
		return &t.trace
	}
	return t.Context.Value(key)
}

// watch returns a context whose request tells w of its connection and is refused more than [maxInformational] 1xx
// responses. The hooks of a trace that the caller may have put into ctx are called as well, after w's.
func watch(ctx context.Context, w *wire) context.Context {
	t := &traced{Context: ctx}
	callers := httptrace.ContextClientTrace(t)
	if t.key == nil {
		t.key = t // it has not asked, and no later question is to be taken for its
	}
	if callers != nil {
		t.trace = *callers
	}
	t.trace.GotConn = func(conn httptrace.GotConnInfo) {
		w.connected(conn.Reused)
		if callers != nil && callers.GotConn != nil {
			callers.GotConn(conn)
		}
	}
	informational := 0 // counted by one goroutine, that of the connection
	t.trace.Got1xxResponse = func(code int, header textproto.MIMEHeader) error {
		if informational++; informational > maxInformational {
			return errInformational
		}
		if callers != nil && callers.Got1xxResponse != nil {
			return callers.Got1xxResponse(code, header)
		}
		return nil
	}
	return t
}
