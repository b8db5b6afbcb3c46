package signer

import (
	"crypto/sha256"
	"fmt"
	"strconv"
)

// Payload hashes that are not a hash. With either, Sign also sends X-Amz-Content-Sha256.
const (
	// UnsignedPayload leaves the body out of the signature. S3 accepts it over TLS; Bedrock does not.
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	// StreamingEvents announces a body of event-stream messages, each signed by an [EventSigner].
	StreamingEvents = "STREAMING-AWS4-HMAC-SHA256-EVENTS"
)

// Request is what Signature Version 4 looks at in an HTTP request, in the form in which it goes on the wire. No
// field is rewritten: what is sent must be what was signed, byte for byte.
//
// For an *http.Request of net/http named req: Method is req.Method, Host is req.Host (or req.URL.Host where that is
// empty), Path is req.URL.EscapedPath(), RawQuery is req.URL.RawQuery, and Header is req.Header itself.
type Request struct {
	Method   string // as sent; methods are case-sensitive
	Host     string // the Host header, with its port if one is sent
	Path     string // escaped, starting with '/'
	RawQuery string `json:"-" xml:"-"` // escaped, without '?'; may be empty. For the tags see Credentials

	// Header holds the header fields to sign; an http.Header fits. [Signer.Sign] adds to it. A "Host" key must agree
	// with Host. Names may be in any case.
	Header map[string][]string `json:"-" xml:"-"`

	// PayloadHash is [HashPayload] of the body, or UnsignedPayload, or StreamingEvents.
	PayloadHash string
}

// HashPayload returns the SHA-256 hash of a body in lower-case hex, as Request.PayloadHash wants it. An empty body
// has a hash too.
func HashPayload(p []byte) string {
	sum := sha256.Sum256(p)
	var b [2 * sha256.Size]byte
	return string(appendHex(b[:0], sum[:]))
}

// Format implements [fmt.Formatter] for all verbs alike: a signed request holds a session token, in its header or in
// its query, and neither is printed. Out of its reach is what is out of that of [Credentials].
func (r Request) Format(f fmt.State, _ rune) {
	_, _ = f.Write(r.appendSummary(append(make([]byte, 0, 160), "Request{"...), '}'))
}

// MarshalText implements [encoding.TextMarshaler], which encoding/json and log/slog use: the summary that Format prints.
func (r Request) MarshalText() ([]byte, error) {
	return r.appendSummary(append(make([]byte, 0, 160), "Request{"...), '}'), nil
}

// appendSummary appends what tells requests apart in a log: method, host and path, quoted, because a request that was refused
// for a line feed is printed as well. Of the header and the query it gives no more than that they are there, since both can hold a
// token.
func (r *Request) appendSummary(b []byte, end byte) []byte {
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
	return append(b, end)
}

// checkLine refuses a method, a host or a path that cannot be signed unambiguously.
func (r *Request) checkLine() error {
	// A line feed in any part would let a caller's value write the parts behind it; a blank would end the request line early.
	if err := checkWord("Request.Method", r.Method); err != nil {
		return err
	}
	if err := checkWord("Request.Host", r.Host); err != nil {
		return err
	}
	if len(r.Path) == 0 {
		return invalid("Request.Path", "is empty")
	}
	// To HTTP an absolute URL or "*" can be the target of a request as well. A canonical URI is always a path.
	if r.Path[0] != '/' {
		return invalidAt("Request.Path", "does not start with '/'", 0)
	}
	return checkEscaped("Request.Path", r.Path, '?')
}

// headerField names a header field in an Error. The name is a token here, so it is printable.
func headerField(name string) string {
	const longest = 64 // enough for every name AWS uses; the rest of a longer one helps nobody
	if len(name) > longest {
		name = name[:longest] + "..."
	}
	return "Request.Header[" + name + "]"
}

// checkWord refuses what cannot stand in a request line or a Host header: nothing, a blank, a control character.
func checkWord(field, s string) error {
	if len(s) == 0 {
		return invalid(field, "is empty")
	}
	if i := indexOdd(s); i >= 0 {
		return invalidAt(field, "has a blank or a control character", i)
	}
	return nil
}

// checkScope refuses a region or service that could not be told from its neighbours in a credential scope.
func checkScope(field, s string) error {
	if isLabel(s) {
		return nil // every region and service there is
	}
	if len(s) == 0 {
		return invalid(field, "is empty")
	}
	for i := 0; i < len(s); i++ {
		if b := s[i]; b <= ' ' || b >= 0x7f || b == '/' || b == ',' {
			return invalidAt(field, "has a byte no credential scope has", i)
		}
	}
	return nil
}

// checkEscaped refuses control characters, a '%' without two hex digits (RFC 3986, section 2.1), a '#' and the given
// byte. Other bytes that should have been escaped pass: the canonical form escapes them.
func checkEscaped(field, s string, stop byte) error {
	// What skipPlain skips is none of these, and nearly all of a path.
	for i := skipPlain(s, 0); i < len(s); i = skipPlain(s, i+1) {
		switch b := s[i]; {
		case classes[b]&isControl != 0:
			return invalidAt(field, "has a control character", i)
		case b == '%':
			if len(s)-i < 3 || unhex(s[i+1]) > 15 || unhex(s[i+2]) > 15 {
				return invalidAt(field, "has a bad percent escape", i)
			}
		case b == stop || b == '#':
			return invalidAt(field, "has a delimiter that ends it", i)
		}
	}
	return nil
}

// checkPayloadHash refuses what no service takes, above all upper-case hex, which signs without complaint and fails as a
// mismatch at the other end.
func checkPayloadHash(s string) error {
	switch {
	case len(s) == 0:
		return invalid("Request.PayloadHash", "is empty")
	case s == UnsignedPayload || s == StreamingEvents || isHash(s):
		return nil
	}
	return invalid("Request.PayloadHash", "is neither 64 lower-case hex digits nor a known literal")
}

// isHash reports whether s is a SHA-256 value in lower-case hex, the only form that compares equal everywhere.
func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	digits := uint64(tops) // stays set in the lanes where all words had a digit
	// Eight words and no early exit: nearly every hash is good.
	for i := 0; i < len(s); i += 8 {
		x := load(s, i)
		digits &= (within(x, '0', '9') | within(x, 'a', 'f')) &^ x
	}
	return digits == tops
}
