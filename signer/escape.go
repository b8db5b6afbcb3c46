package signer

import "strings"

// isUnreserved reports whether b is never percent-encoded (RFC 3986, section 2.3).
func isUnreserved(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' ||
		b == '-' || b == '.' || b == '_' || b == '~'
}

// appendEscaped appends s with every byte percent-encoded that is not unreserved, in upper-case
// hex. This is the UriEncode function of AWS's description. The ones of net/url differ: QueryEscape
// writes a space as '+', PathEscape leaves '$', '&', '+', ':', '=' and '@' alone.
func appendEscaped(dst []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	plain := 0 // from here to i, nothing has to be escaped
	for i := 0; i < len(s); i++ {
		if b := s[i]; !isUnreserved(b) {
			dst = append(dst, s[plain:i]...)
			dst = append(dst, '%', digits[b>>4], digits[b&15])
			plain = i + 1
		}
	}
	return append(dst, s[plain:]...)
}

// unescape undoes percent-encoding. The escapes of s have been checked. A '+' is a plus sign.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
		} else {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// notHex is what unhex returns for a byte that is not a hex digit.
const notHex = 16

func unhex(b byte) byte {
	switch {
	case '0' <= b && b <= '9':
		return b - '0'
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10
	case 'A' <= b && b <= 'F':
		return b - 'A' + 10
	}
	return notHex
}
