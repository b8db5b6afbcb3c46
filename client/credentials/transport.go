package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"time"

	"bedrockwire/client/internal/network"
)

const dialTimeout = 5 * time.Second

// publicTransport is for services on the internet. The proxy of the environment serves it. It keeps
// no connection: credentials are fetched once an hour, and an idle connection would be a goroutine
// left behind.
func publicTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  network.Proxy,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
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
	t := publicTransport()
	t.Proxy = nil
	t.DialContext = d.DialContext
	return t
}

// transport is what providers of public services use where the caller has none of its own.
type transport struct{ roots *x509.CertPool }

// RoundTrip sends a request by a transport made for it. Plain http goes to an address of loopback
// or nowhere, whatever "localhost" may mean to a name server.
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
