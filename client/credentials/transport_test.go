package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"bedrockwire/client/internal/network"
)

// TestTransportSettings: what protects the transports of this package.
func TestTransportSettings(t *testing.T) {
	for name, tr := range map[string]*http.Transport{"public": publicTransport(connectionLimit), "local": localTransport(localTimeout, nil)} {
		if (tr.Proxy != nil) != (name == "public") || tr.DialContext == nil || tr.TLSClientConfig.MinVersion != tls.VersionTLS12 ||
			tr.TLSHandshakeTimeout != dialTimeout || !tr.DisableKeepAlives || !tr.DisableCompression || tr.MaxResponseHeaderBytes != MaxResponse {
			t.Errorf("%s: %+v", name, tr)
		}
	}
	if rt := orTransport(nil); rt != (transport{}) {
		t.Errorf("the usual transport is %T", rt)
	}
	if own := http.RoundTripper(&http.Transport{}); orTransport(own) != own {
		t.Error("the caller's transport is replaced")
	}
}

// TestTransportAddresses: plain http goes to loopback only, and https trusts the given roots only.
func TestTransportAddresses(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	get := func(tr http.RoundTripper, url string) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := tr.RoundTrip(r)
		if err == nil {
			a.Body.Close()
		}
		return err
	}
	if err := get(transport{}, plain.URL); err != nil {
		t.Errorf("loopback: %v", err)
	}
	var refused *network.AddressError
	if err := get(transport{}, "http://192.0.2.1:9"); !errors.As(err, &refused) {
		t.Errorf("another machine without TLS: %v", err)
	}
	if err := get(transport{roots}, secure.URL); err != nil {
		t.Errorf("with the right root: %v", err)
	}
	var unknown x509.UnknownAuthorityError
	if err := get(transport{x509.NewCertPool()}, secure.URL); !errors.As(err, &unknown) {
		t.Errorf("without a root: %v", err)
	}
	none := localTransport(localTimeout, func(netip.Addr) bool { return false })
	if err := get(none, plain.URL); !errors.As(err, &refused) {
		t.Errorf("an address that is not allowed: %v", err)
	}
}
