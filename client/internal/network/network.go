// Package network has the rules by which this module connects: through which proxy, and where plain
// http may go.
package network

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"bedrockwire/client/internal/printable"
)

// ErrProxy says that net/http refuses the proxy of the environment, as it does with HTTP_PROXY in a
// CGI program. It does not repeat the variable, which may hold a password.
var ErrProxy = errors.New("the environment's proxy can't be used")

// Proxy is http.ProxyFromEnvironment with [ErrProxy] as its error.
func Proxy(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, ErrProxy
	}
	return u, nil
}

// IsLoopback reports whether a host is this machine, by its name alone. Whoever controls name
// lookup can still point "localhost" elsewhere, so a dialer needs [Only] as well.
func IsLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() || strings.EqualFold(host, "localhost")
}

// An AddressError says that an address may not be connected to.
type AddressError struct{ Address string }

func (e *AddressError) Error() string {
	return "connections to " + printable.Quote(e.Address) + " are not allowed"
}

// Only returns a Control func for a net.Dialer that refuses addresses with an [*AddressError]. It
// is called with each address after name lookup, so that no answer of a name server can lead a
// connection elsewhere.
func Only(allowed func(netip.Addr) bool) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		host, _, _ := net.SplitHostPort(address)
		a, err := netip.ParseAddr(host)
		if err != nil || !allowed(a.Unmap().WithZone("")) {
			return &AddressError{address}
		}
		return nil
	}
}
