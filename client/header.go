package client

import (
	"net/textproto"
	"slices"
	"strings"

	"bedrockwire/client/internal/printable"
)

// ownedHeaders are the names that a caller can't set: the signer, net/http or this package writes them.
var ownedHeaders = map[string]bool{
	"Accept-Encoding":       true,
	"Amz-Sdk-Invocation-Id": true,
	"Amz-Sdk-Request":       true,
	"Authorization":         true,
	"Connection":            true,
	"Content-Length":        true,
	"Expect":                true,
	"Host":                  true,
	"Keep-Alive":            true,
	"Proxy-Authorization":   true,
	"Proxy-Connection":      true,
	"Te":                    true,
	"Trailer":               true,
	"Transfer-Encoding":     true,
	"Upgrade":               true,
	"User-Agent":            true,
	"X-Amz-Date":            true,
	"X-Amz-Security-Token":  true,
}

// maxHeaderValue is the longest value of a header that a caller sets. The longest of this service is the metadata of a
// request, 8,500 bytes.
const maxHeaderValue = 16 << 10

// checkHeader returns the fields of a header that a caller sets, sorted by name, or the name that is refused and why. The
// reason does not show the value.
func checkHeader(header map[string]string, unsigned bool) (fields []field, name, reason string) {
	var names []string
	values := make(map[string]string, len(header)) // by canonical name
	for key, value := range header {
		name := textproto.CanonicalMIMEHeaderKey(key)
		_, twice := values[name]
		switch {
		case !isToken(key):
			return nil, key, "is not a name of a header"
		case ownedHeaders[name] && !(unsigned && name == "Authorization"):
			return nil, key, "is set by the client itself"
		case len(value) > maxHeaderValue:
			return nil, key, "has a value longer than 16 KiB"
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return nil, key, "has a value with a byte that is not printable ASCII"
		case twice:
			return nil, name, "is set twice, in different spellings"
		}
		names = append(names, name)
		values[name] = value
	}
	slices.Sort(names)
	for _, name := range names {
		fields = append(fields, field{name, values[name]})
	}
	return fields, "", ""
}

// configHeader returns the fields of Config.Header.
func configHeader(cfg *Config) ([]field, error) {
	fields, name, reason := checkHeader(cfg.Header, cfg.Unsigned)
	if reason != "" {
		return nil, &ConfigError{"Header", printable.Quote(name) + " " + reason}
	}
	return fields, nil
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2), as names of headers are.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}
