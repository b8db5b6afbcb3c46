package signer

import (
	"bytes"
	"slices"
)

// AppendCanonicalRequest appends the canonical request of r as it stands: the six parts of AWS's "Signature Version 4:
// create a canonical request", separated by line feeds. It adds no header field, leaves out those that are never signed
// and the query parameter X-Amz-Signature. After Sign, it gives the text that was signed.
func AppendCanonicalRequest(dst []byte, s *Signer, r *Request) ([]byte, error) {
	if s == nil {
		return dst, invalid("Signer", "is nil")
	}
	if err := r.check(); err != nil {
		return dst, err
	}
	host := [1]string{r.Host}
	fields, err := appendFields([]field{{"host", host[:]}}, r, false)
	if err != nil {
		return dst, err
	}
	sortFields(fields)
	return s.appendCanonical(dst, r, r.RawQuery, fields), nil
}

// field is one header field to sign. Fields with names equal but for case are merged when they are written.
type field struct {
	name   string // in any case
	values []string
}

// appendFields appends the fields of r.Header that are signed. With fresh, those are left out which the signer is about to
// set: a request may be signed again, and nothing of an earlier attempt may get into the signature.
func appendFields(dst []field, r *Request, fresh bool) ([]field, error) {
	for name, values := range r.Header {
		switch classify(name) {
		case nameUnsigned:
			continue
		case nameHost:
			// Host is a field of its own in Request, as it is in net/http, which does not send a "Host" entry of
			// Header. Two different ones cannot both be what is sent.
			for _, v := range values {
				if v != r.Host {
					return dst, invalid("Request.Header[Host]", "differs from Request.Host")
				}
			}
			continue
		case nameDate, nameToken, nameContentHash:
			if fresh {
				continue
			}
		}
		if len(values) > 0 { // a key without a value is not sent
			dst = append(dst, field{name, values})
		}
	}
	return dst, nil
}

// nameClass is what a signer does with a header field.
type nameClass uint8

const (
	nameSigned nameClass = iota
	nameUnsigned
	nameHost
	nameDate
	nameToken
	nameContentHash
)

// classify tells the class of a header name in any case. Unsigned is what transports and proxies add, drop or rewrite
// on the way, so that a signature over it would break: the hop-by-hop fields of RFC 9110, section 7.6.1, and of older
// practice, the fields of the WebSocket handshake, what HTTP clients set by themselves after signing, and the ids
// of distributed traces, to which every hop adds its own.
func classify(name string) nameClass {
	var buf [24]byte
	if len(name) > len(buf) {
		return nameSigned // longer than the longest case below
	}
	for i := 0; i < len(name); i++ {
		buf[i] = lower(name[i])
	}
	switch string(buf[:len(name)]) {
	case "host":
		return nameHost
	case "x-amz-date":
		return nameDate
	case "x-amz-security-token":
		return nameToken
	case "x-amz-content-sha256":
		return nameContentHash
	case "authorization",
		"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
		"te", "trailer", "transfer-encoding", "upgrade",
		"sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions",
		"accept-encoding", "user-agent", "expect",
		"x-amzn-trace-id", "traceparent", "tracestate", "baggage", "b3",
		"x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags",
		"uber-trace-id", "x-cloud-trace-context":
		return nameUnsigned
	}
	return nameSigned
}

// sortFields sorts by lower-case name. Names that differ in case only follow in the order in which net/http writes
// them, so that the result never depends on the order of a map.
func sortFields(fields []field) {
	slices.SortFunc(fields, func(a, b field) int {
		if n := compareFold(a.name, b.name); n != 0 {
			return n
		}
		return compare(a.name, b.name)
	})
}

// appendCanonical appends the canonical request. Everything in it has been checked, and fields are sorted.
func (s *Signer) appendCanonical(dst []byte, r *Request, query string, fields []field) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = s.appendCanonicalPath(dst, r.Path)
	dst = append(dst, '\n')
	dst = appendCanonicalQuery(dst, query)
	dst = append(dst, '\n')
	for i, f := range fields {
		if i > 0 && compareFold(fields[i-1].name, f.name) == 0 {
			dst[len(dst)-1] = ',' // the same name again: its values follow, in place of the line feed
		} else {
			dst = appendLower(dst, f.name)
			dst = append(dst, ':')
		}
		for j, v := range f.values {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendCollapsed(dst, v)
		}
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	dst = appendSignedHeaders(dst, fields)
	dst = append(dst, '\n')
	return append(dst, r.PayloadHash...)
}

// appendSignedHeaders appends the names of sorted fields, each once, with ';' between them.
func appendSignedHeaders(dst []byte, fields []field) []byte {
	for i, f := range fields {
		if i > 0 {
			if compareFold(fields[i-1].name, f.name) == 0 {
				continue
			}
			dst = append(dst, ';')
		}
		dst = appendLower(dst, f.name)
	}
	return dst
}

// appendCollapsed appends a header value without white space at its ends and with one space for each run inside,
// inside quotes too. White space is space and tab, all that HTTP has (RFC 9110, section 5.6.3).
func appendCollapsed(dst []byte, v string) []byte {
	start := len(dst)
	for i := 0; i < len(v); i++ {
		if v[i] == ' ' || v[i] == '\t' {
			if n := len(dst); n > start && dst[n-1] != ' ' {
				dst = append(dst, ' ')
			}
			continue
		}
		dst = append(dst, v[i])
	}
	if n := len(dst); n > start && dst[n-1] == ' ' {
		dst = dst[:n-1]
	}
	return dst
}

// appendCanonicalPath appends the canonical URI. Every service but S3 signs the path escaped once more than it is
// sent, so the '%' of an escape becomes "%25"; S3 signs it escaped once.
func (s *Signer) appendCanonicalPath(dst []byte, path string) []byte {
	if !s.NormalizePath {
		return s.appendEscapedPath(dst, path)
	}
	// Segment by segment (RFC 3986, section 5.2.4, and empty segments dropped as well). Escaped segments
	// contain no '/', so the last '/' in dst is where the segment to pop begins.
	base := len(dst)
	for rest := path; len(rest) > 0; {
		rest = rest[1:] // the '/': path starts with one, and each segment ends before one
		n := 0
		for n < len(rest) && rest[n] != '/' {
			n++
		}
		switch segment := rest[:n]; segment {
		case "", ".":
		case "..":
			if i := bytes.LastIndexByte(dst[base:], '/'); i >= 0 {
				dst = dst[:base+i]
			}
		default:
			dst = s.appendEscapedPath(append(dst, '/'), segment)
		}
		rest = rest[n:]
	}
	if len(dst) == base || path[len(path)-1] == '/' {
		dst = append(dst, '/')
	}
	return dst
}

func (s *Signer) appendEscapedPath(dst []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		b := path[i]
		if b == '%' && s.SinglePathEncoding {
			b = unhex(path[i+1])<<4 | unhex(path[i+2]) // both are there: check saw to it
			i += 2
			if b == '/' { // an escaped slash is part of an S3 key as sent; unescaping it would sign another path
				dst = append(dst, "%2F"...)
				continue
			}
		} else if b == '/' {
			dst = append(dst, b)
			continue
		}
		dst = appendEscaped(dst, b)
	}
	return dst
}

// parameter is one query parameter within a buffer: its escaped name is buf[start:mid], its value buf[mid:end].
type parameter struct{ start, mid, end int }

// appendCanonicalQuery appends the canonical query string: each parameter unescaped and escaped again by SigV4's own
// rule, sorted by escaped name, then escaped value, each with its '='. A '+' is a plus sign, not a space, as in
// RFC 3986: what a form parser makes of it is no matter of the wire. X-Amz-Signature cannot sign itself and is left out.
func appendCanonicalQuery(dst []byte, query string) []byte {
	if query == "" {
		return dst
	}
	base := len(dst)
	var stack [16]parameter
	params := stack[:0]
	for rest := query; rest != ""; {
		var pair string
		pair, rest = cut(rest, '&')
		if pair == "" {
			continue
		}
		name, value := cut(pair, '=')
		p := parameter{start: len(dst)}
		dst = appendReescaped(dst, name)
		p.mid = len(dst)
		dst = appendReescaped(dst, value)
		p.end = len(dst)
		if string(dst[p.start:p.mid]) == paramSignature {
			dst = dst[:p.start]
			continue
		}
		params = append(params, p)
	}
	// All parameters stand behind base, unsorted. Sort the table, write them again in order behind themselves and
	// move the result down: no second buffer. Name and value compare apart, for '=' sorts above the digits.
	buf := dst
	slices.SortFunc(params, func(a, b parameter) int {
		if n := bytes.Compare(buf[a.start:a.mid], buf[b.start:b.mid]); n != 0 {
			return n
		}
		return bytes.Compare(buf[a.mid:a.end], buf[b.mid:b.end])
	})
	sorted := len(dst)
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, dst[p.start:p.mid]...)
		dst = append(dst, '=')
		dst = append(dst, dst[p.mid:p.end]...)
	}
	return dst[:base+copy(dst[base:], dst[sorted:])]
}

// appendReescaped appends s unescaped and escaped again. Its escapes have been checked.
func appendReescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b == '%' {
			b = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		dst = appendEscaped(dst, b)
	}
	return dst
}

// appendEscaped appends b, percent-encoded unless it is unreserved (RFC 3986, section 2.3). The digits are upper-case.
func appendEscaped(dst []byte, b byte) []byte {
	const digits = "0123456789ABCDEF"
	switch {
	case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '.', b == '_', b == '~':
		return append(dst, b)
	}
	return append(dst, '%', digits[b>>4], digits[b&15])
}

// cut splits s around the first sep; without one, all of s comes before it.
func cut(s string, sep byte) (before, after string) {
	for i := 0; i < len(s); i++ {
		if s[i] == sep {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + ('a' - 'A')
	}
	return b
}

func appendLower(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		dst = append(dst, lower(s[i]))
	}
	return dst
}

// compareFold orders header names by their lower-case form without making it.
func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
