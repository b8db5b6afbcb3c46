package credentials

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"

	"bedrockwire/client/internal/network"
)

const (
	dialTimeout     = 5 * time.Second
	connectionLimit = publicTimeout + dialTimeout // an attempt, and so its connection, has ended by then
)

// publicTransport is for services on the internet. The proxy of the environment serves it. It keeps
// no connection: credentials are fetched once an hour, and an idle connection would be a goroutine
// left behind.
//
// No connection is used for longer than limit. net/http dials on after an attempt has ended, and has
// no limit on how long a SOCKS5 proxy, or a proxy that is sent CONNECT, takes.
func publicTransport(limit time.Duration) *http.Transport {
	d := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy: network.Proxy,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := d.DialContext(ctx, network, address)
			if err == nil {
				conn.SetDeadline(time.Now().Add(limit))
			}
			return conn, err
		},
		TLSHandshakeTimeout:    dialTimeout,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: MaxResponse,
	}
}

// localTransport is for endpoints of the machine and of its hypervisor, which give credentials to
// every caller. It uses no proxy. Where allowed is not nil it decides on each address that is about
// to be connected to.
func localTransport(timeout time.Duration, allowed func(netip.Addr) bool) *http.Transport {
	d := &net.Dialer{Timeout: timeout}
	if allowed != nil {
		d.Control = network.Only(allowed)
	}
	t := publicTransport(connectionLimit)
	t.Proxy = nil
	t.DialContext = d.DialContext
	return t
}

// transport is what providers of public services use where the caller has none of its own.
type transport struct{ roots *x509.CertPool }

// RoundTrip sends a request by a transport made for it. Plain http goes to an address of loopback
// or nowhere, whatever "localhost" may mean to a name server.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	rt := publicTransport(connectionLimit)
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
