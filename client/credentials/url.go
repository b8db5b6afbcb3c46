package credentials

import (
	"errors"
	"net/url"
	"strings"

	"bedrockwire/client/internal/network"
)

// maxURL is the longest URL of a source. Those of AWS have less than 200 bytes.
const maxURL = 2048

// checkURL says what is wrong with the URL of a source, "" for nothing. It repeats nothing of it:
// it may hold a password.
func checkURL(raw string, plainHTTP func(host string) bool) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > maxURL || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }):
		return "is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return "does not start with https://"
	case u.User != nil:
		return "has a user name or password"
	case u.Fragment != "" || u.Opaque != "" || u.Hostname() == "":
		return "has no host, or has a fragment"
	case u.Scheme == "http" && !plainHTTP(u.Hostname()):
		return "is http to a host that is not allowed without TLS"
	}
	return ""
}

// endpointURL returns the base URL of a public service: the override, which must be https or on
// loopback, else the host.
func endpointURL(override, host string) (string, error) {
	if override == "" {
		return "https://" + host, nil
	}
	if reason := checkURL(override, network.IsLoopback); reason != "" {
		return "", errors.New("the endpoint URL " + reason)
	}
	if strings.Contains(override, "?") {
		return "", errors.New("the endpoint URL has a query")
	}
	return strings.TrimRight(override, "/"), nil
}
