package client

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"bedrockwire/client/internal/network"
	"bedrockwire/client/internal/partition"
)

// maxEndpoint is the longest endpoint URL accepted. A host name has at most 253 characters (RFC
// 1035, section 2.3.4); the rest is room for a gateway's path prefix.
const maxEndpoint = 2048

// endpoint is where requests go: their URL up to the operation's own path.
type endpoint struct {
	scheme string
	host   string // as in the Host header: without a default port
	prefix string // escaped path without a trailing slash, often empty
}

// hostname returns the host without its port.
func (e endpoint) hostname() string { return (&url.URL{Host: e.host}).Hostname() }

// resolveEndpoint applies the rules of the service's endpoint rule set: an explicit URL wins, and
// can't be combined with FIPS or dual-stack; without one, the host follows from the region's
// partition.
func resolveEndpoint(cfg *Config, service string) (endpoint, error) {
	raw, field, from := cfg.Endpoint, "Endpoint", ""
	if service == controlService && cfg.ControlEndpoint != "" {
		raw, field = cfg.ControlEndpoint, "ControlEndpoint"
		if cfg.ControlEndpointFrom != "" {
			from = "(from " + cfg.ControlEndpointFrom + ") "
		}
	}
	if raw == "" {
		if cfg.Region == "" {
			return endpoint{}, &ConfigError{"Region", "is empty, and there is no Endpoint: set one of the two"}
		}
		return endpoint{scheme: "https", host: partition.Host(service, cfg.Region, cfg.FIPS, cfg.DualStack)}, nil
	}
	for _, s := range []struct {
		on   bool
		name string
	}{{cfg.FIPS, "FIPS"}, {cfg.DualStack, "DualStack"}} {
		if s.on {
			return endpoint{}, &ConfigError{s.name, strings.TrimSpace("can't be combined with " + field + " " + from)}
		}
	}
	e, reason := parseEndpoint(raw, cfg.AllowHTTP)
	if reason == "" && e.scheme == "http" && cfg.AllowHTTP && cfg.BearerToken != nil && !cfg.Unsigned && !network.IsLoopback(e.hostname()) {
		reason = "is http beyond loopback, and BearerToken would be readable on the way"
	}
	if of := awsRegion(e.hostname()); reason == "" && cfg.Region != "" && of != "" && of != cfg.Region {
		reason = "is a host of region " + of + ", and requests are signed for Region " + cfg.Region
	}
	if reason != "" {
		return endpoint{}, &ConfigError{field, from + reason}
	}
	return e, nil
}

// awsRegion returns the region in a host name of Amazon Bedrock at AWS, that of a VPC endpoint
// included; "" for any other host.
func awsRegion(host string) string {
	labels := strings.Split(strings.Replace(host, ".vpce.", ".", 1), ".")
	for i, label := range labels[:len(labels)-1] {
		region := labels[i+1]
		if label != controlService && !strings.HasPrefix(label, controlService+"-") || !partition.ValidRegion(region) {
			continue
		}
		rest := strings.Join(labels[i:], ".")
		if rest == partition.Host(label, region, false, false) || rest == partition.Host(label, region, false, true) {
			return region
		}
	}
	return ""
}

// parseEndpoint returns the parts of a custom endpoint, or why it is refused. The reasons quote
// nothing of the URL, because it may contain a password.
func parseEndpoint(raw string, allowHTTP bool) (e endpoint, reason string) {
	if len(raw) > maxEndpoint {
		return e, "is longer than 2048 bytes"
	}
	for _, c := range []byte(raw) {
		if c <= ' ' || c >= 0x7f || c == '\\' {
			return e, "contains a space, a control character, a backslash or a byte that is not ASCII"
		}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return e, "is not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return e, "must start with https:// (or http:// on loopback)"
	case u.User != nil:
		return e, "has a user name or password"
	case u.RawQuery != "" || u.ForceQuery:
		return e, "has a query"
	case u.Fragment != "" || strings.Contains(raw, "#"):
		return e, "has a fragment"
	case u.Opaque != "" || u.Hostname() == "":
		return e, "has no host"
	case !validHost(u.Hostname()):
		return e, "contains a character that no host name has"
	case !validPort(u.Port()):
		return e, "has a port that is not 1 to 65535"
	case u.Scheme == "http" && !allowHTTP && !network.IsLoopback(u.Hostname()):
		return e, "is http, which is only allowed on loopback"
	}
	for _, segment := range strings.Split(u.Path, "/") {
		if segment == "." || segment == ".." {
			return e, "has a '.' or '..' path segment"
		}
	}
	return endpoint{
		scheme: u.Scheme,
		host:   strings.ToLower(stripDefaultPort(u.Scheme, u.Host)),
		prefix: strings.TrimRight(u.EscapedPath(), "/"),
	}, ""
}

func validHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Zone() == "" // a zone is known to one machine only, and a Host header can't have one
	}
	for _, c := range []byte(host) {
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(host) <= 253
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// stripDefaultPort returns host without ":443" (https) or ":80" (http): the SDKs and the service
// sign the host without a default port.
func stripDefaultPort(scheme, host string) string {
	h, port, err := net.SplitHostPort(host)
	if err != nil || !(port == "443" && scheme == "https" || port == "80" && scheme == "http" || port == "") {
		return host
	}
	if strings.Contains(h, ":") {
		return "[" + h + "]"
	}
	return h
}

// appendLabel appends a path label, escaped as described at [PathLabel], in upper-case hex.
func appendLabel(dst []byte, label string) []byte {
	const hex = "0123456789ABCDEF" // RFC 3986, section 2.1
	for _, c := range []byte(label) {
		if isUnreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// isUnreserved reports whether a byte needs no escape in a path (RFC 3986, section 2.3).
func isUnreserved(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '.' || c == '_' || c == '~'
}
