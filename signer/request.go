package signer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// Literals that stand in place of a payload hash. With either, Sign also sends
// X-Amz-Content-Sha256.
const (
	// UnsignedPayload leaves the body out of the signature. S3 accepts it over TLS; Bedrock does
	// not.
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	// StreamingEvents announces a body of event-stream messages, each signed by an [EventSigner].
	StreamingEvents = "STREAMING-AWS4-HMAC-SHA256-EVENTS"
)

// Request is the part of an HTTP request that a signature covers, as it is sent. No field is
// rewritten: send exactly what was signed, byte for byte.
//
// For an *http.Request of net/http named req: Method is req.Method, Host is req.Host (or
// req.URL.Host where that is empty), Path is req.URL.EscapedPath(), RawQuery is req.URL.RawQuery,
// and Header is req.Header itself. In a query, url.Values.Encode writes '+' for a blank, which is
// signed as a plus sign. Write strings.ReplaceAll(q.Encode(), "+", "%20") in its place.
type Request struct {
	Method   string // as sent; methods are case-sensitive
	Host     string // the Host header, with its port if one is sent
	Path     string // escaped, starting with '/'
	RawQuery string `json:"-" xml:"-"` // escaped, without '?'; may be empty. Credentials explains the tags

	// Header holds the header fields to sign; an http.Header fits. [Signer.Sign] adds to it. Names
	// may be in any case. A "Host" entry must agree with Host.
	Header map[string][]string `json:"-" xml:"-"`

	// PayloadHash is [HashPayload] of the body, or UnsignedPayload, or StreamingEvents.
	PayloadHash string
}

// HashPayload returns the SHA-256 hash of a body in lower-case hex, the form of
// Request.PayloadHash. An empty body has a hash too.
func HashPayload(p []byte) string {
	sum := sha256.Sum256(p)
	return hex.EncodeToString(sum[:])
}

// Format implements [fmt.Formatter], the same for all verbs. The header and the query of a signed
// request can hold a session token, so neither is printed. [Credentials] lists what a Format method
// cannot prevent.
func (r Request) Format(f fmt.State, _ rune) {
	_, _ = f.Write(r.summary())
}

// MarshalText implements [encoding.TextMarshaler], which encoding/json and log/slog use. It returns
// the summary that Format prints.
func (r Request) MarshalText() ([]byte, error) { return r.summary(), nil }

// summary quotes method, host and path, because a request that was refused for a line feed is
// printed too.
func (r *Request) summary() []byte {
	b := []byte("Request{")
	b = strconv.AppendQuoteToASCII(b, r.Method)
	b = append(b, ' ')
	b = strconv.AppendQuoteToASCII(b, r.Host)
	b = append(b, ' ')
	b = strconv.AppendQuoteToASCII(b, r.Path)
	if r.RawQuery != "" {
		b = append(b, " with query"...)
	}
	b = append(b, ", header fields: "...)
	b = strconv.AppendInt(b, int64(len(r.Header)), 10)
	return append(b, '}')
}

// check refuses a request that a proxy, a transport or the service could read as another one than
// was signed. It appends the host and the header's fields to fields, which is empty.
func (r *Request) check(fields []field) ([]field, error) {
	if r == nil {
		return nil, invalid("Request", "is nil")
	}
	if err := r.checkLine(); err != nil {
		return nil, err
	}
	if r.PayloadHash == "" {
		return nil, invalid("Request.PayloadHash", "is empty")
	}
	if r.PayloadHash != UnsignedPayload && r.PayloadHash != StreamingEvents && !isHash(r.PayloadHash) {
		return nil, invalid("Request.PayloadHash", "is neither 64 lower-case hex digits nor a known literal")
	}
	return r.checkHeader(fields)
}

func (r *Request) checkLine() error {
	if err := checkWord("Request.Method", r.Method); err != nil {
		return err
	}
	if err := checkWord("Request.Host", r.Host); err != nil {
		return err
	}
	if r.Path == "" {
		return invalid("Request.Path", "is empty")
	}
	if r.Path[0] != '/' { // HTTP also has "*" and absolute URLs; a canonical URI is always a path
		return invalidAt("Request.Path", "does not start with '/'", 0)
	}
	if err := checkEscaped("Request.Path", r.Path, '?'); err != nil {
		return err
	}
	return checkEscaped("Request.RawQuery", r.RawQuery, '#')
}

func (r *Request) checkHeader(fields []field) ([]field, error) {
	// All names in lower case are collected into one string, for one allocation in place of many.
	names := make([]byte, 0, 256)
	for key, values := range r.Header {
		n := len(names)
		if names = appendName(names, key); len(names)-n < len(key) || key == "" {
			return nil, invalidAt("Request.Header", "has a name that is not an HTTP token", len(names)-n)
		}
		fields = append(fields, field{key: key, values: values})
	}
	rest := string(names)
	for i := range fields {
		f := &fields[i]
		f.name, rest = rest[:len(f.key)], rest[len(f.key):]
		f.kind = kindOf(f.name)
		for _, v := range f.values {
			switch {
			case f.kind == nameAuthorization: // is never signed
			case f.kind == nameHost && v != r.Host:
				// net/http does not send a "Host" entry of the header, so it must agree with
				// Request.Host.
				return nil, invalid("Request.Header[Host]", "differs from Request.Host")
			default:
				if at := indexControl(v); at >= 0 {
					return nil, invalidAt(headerField(f.key), "has a control character", at)
				}
			}
		}
	}
	// A name without a value is not sent.
	fields = slices.DeleteFunc(fields, func(f field) bool { return f.kind == nameHost || len(f.values) == 0 })
	return append(fields, field{key: "Host", name: "host", kind: nameHost}), nil
}

// headerField names a header field in an Error. The name is a token, so it is printable.
func headerField(name string) string {
	const longest = 64 // enough for every name that AWS uses
	if len(name) > longest {
		name = name[:longest] + "..."
	}
	return "Request.Header[" + name + "]"
}

// checkWord refuses what cannot stand in a request line or in a Host header.
func checkWord(field, s string) error {
	if s == "" {
		return invalid(field, "is empty")
	}
	if i := indexBlank(s); i >= 0 {
		return invalidAt(field, "has a blank or a control character", i)
	}
	return nil
}

// checkEscaped refuses control characters, a '%' without two hex digits (RFC 3986, section 2.1) and
// the delimiters that would end the part: '#' and end. Other bytes that should have been escaped
// pass: the canonical form escapes them.
func checkEscaped(field, s string, end byte) error {
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case isUnreserved(b): // nearly all
		case b < ' ' || b == 0x7f:
			return invalidAt(field, "has a control character", i)
		case b == '%':
			if len(s)-i < 3 || unhex(s[i+1]) == notHex || unhex(s[i+2]) == notHex {
				return invalidAt(field, "has a bad percent escape", i)
			}
		case b == '#' || b == end:
			return invalidAt(field, "has a delimiter that ends it", i)
		}
	}
	return nil
}

// isHash reports whether s is a SHA-256 hash in lower-case hex. Upper-case hex could be signed, but
// the service would report a mismatch.
func isHash(s string) bool {
	for i := 0; i < len(s); i++ {
		if b := s[i]; (b < '0' || b > '9') && (b < 'a' || b > 'f') {
			return false
		}
	}
	return len(s) == 2*sha256.Size
}

// indexControl returns the offset of the first control character other than a tab, or -1. A tab is
// white space in a header value: RFC 9110, section 5.5.
func indexControl(s string) int {
	for i := 0; i < len(s); i++ {
		if b := s[i]; (b < ' ' || b > '~') && (b < ' ' && b != '\t' || b == 0x7f) {
			return i
		}
	}
	return -1
}

// indexBlank returns the offset of the first space or control character, or -1.
func indexBlank(s string) int {
	for i := 0; i < len(s); i++ {
		if b := s[i]; (b < '!' || b > '~') && (b <= ' ' || b == 0x7f) {
			return i
		}
	}
	return -1
}
