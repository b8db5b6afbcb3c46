package signer

import (
	"crypto/hmac"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// defaultWindow is the window where Verify's caller gives none. AWS documents five minutes for most
// services.
const defaultWindow = 5 * time.Minute

// Verify is the server's side: it reports whether r was signed, by header or by query, with the
// secret of c for this Signer's region and service. It returns nil, or an [*Error] whose sentinel
// says what is wrong.
//
//   - r is the request as it arrived: Path and RawQuery unparsed (with net/http: from RequestURI),
//     Host from the Host header or from HTTP/2's :authority, and as PayloadHash the hash of the
//     body that arrived, or a literal that the server accepts in place of a hash.
//   - c are the credentials of the key id that the request claims ([Request.AccessKeyID]). If they
//     have a session token, the request must carry it; if they have none, it must carry none.
//   - now is the server's time. The request's may differ from it by window; zero or less means five
//     minutes. A presigned URL is good from its date, less the window, until it expires.
//
// The host, X-Amz-Date and every other X-Amz- field that is there must be among the signed header
// fields. In their list, :authority may stand in place of host. Other fields need not be signed. Do
// not trust a field that is not.
//
// A signature verifies again within the window. A server that must not act on a request twice has
// to remember signatures.
//
// # What a signature covers
//
// A signature covers the method, the host, the path, the query, the listed header fields and the
// payload hash, each in its canonical form. Requests that differ only in the following have the
// same signature, and Verify accepts them all:
//
//   - In the query, the order of parameters; which bytes are escaped, so that '+' is "%2B" and ';'
//     is "%3B"; whether a name without a value has its '='; empty parameters.
//   - In the header, the case of names; blanks at the ends of a value; how many blanks, and which,
//     are between its words; whether several values are several fields or one with commas.
//   - In the path, with SinglePathEncoding which bytes are escaped, and with NormalizePath the
//     empty, "." and ".." segments.
//
// Not covered are header fields that are not listed, the URL's scheme, trailers, and the body where
// PayloadHash is a literal.
//
// So act on what was verified, not on a second parse of the raw request, which can mean something
// else to another parser: in a query, net/url reads '+' as a space and refuses ';'. The canonical
// query, the third line of [AppendCanonicalRequest], has both escaped, and means the same to every
// parser.
func (s *Signer) Verify(r *Request, c *Credentials, now time.Time, window time.Duration) error {
	fields, err := s.check(r, c, now, nil)
	if err != nil {
		return err
	}
	if window <= 0 {
		window = defaultWindow
	}
	// The cheap checks come first: an unauthenticated sender can make a server hash only with a
	// known key id, the right scope and a fresh date. None of these checks depends on the secret.
	claim, err := parseClaim(r.RawQuery, fields)
	if err != nil {
		return err
	}
	if claim.keyID != c.AccessKeyID {
		return refuse(ErrKeyID, claim.source, "names another access key id")
	}
	if claim.day != claim.date[:8] || claim.region != s.Region || claim.service != s.Service {
		return refuse(ErrScope, claim.source, "is for another day, region or service")
	}
	if err := claim.checkTime(now, window); err != nil {
		return err
	}
	if !hmac.Equal([]byte(claim.token), []byte(c.SessionToken)) {
		return refuse(ErrToken, headerToken, "is not the one of the credentials")
	}
	// A service may trust this field and not hash the body, so it must be right as well as signed.
	if hash, n := fieldValue(fields, nameContentHash); n > 1 || n == 1 && hash != r.PayloadHash {
		return refuse(ErrPayload, headerContentHash, "is not the hash of the payload")
	}
	if fields, err = claim.signed(fields); err != nil {
		return err
	}
	want := s.signature(r, fields, []byte(claim.signedHeaders), c.SecretAccessKey, claim.date)
	if !hmac.Equal(hex.AppendEncode(nil, want[:]), []byte(claim.signature)) {
		return refuse(ErrSignature, claim.source, "has a signature that is not this request's")
	}
	return nil
}

// AccessKeyID returns the access key id that a signed request claims, for the server to look the
// secret up by. Nothing is verified yet. The error is an [*Error]: ErrUnsigned, ErrMalformed or
// ErrInvalid.
func (r *Request) AccessKeyID() (string, error) {
	fields, err := r.check(nil)
	if err != nil {
		return "", err
	}
	claim, err := parseClaim(r.RawQuery, fields)
	return claim.keyID, err
}

// checkTime refuses requests from the future and from too long ago. A presigned URL is older than
// the window by design, until it expires.
func (c *claim) checkTime(now time.Time, window time.Duration) error {
	age := now.Sub(c.at) // saturates, so that no date wraps into the window
	switch {
	case age < -window:
		return refuse(ErrClock, headerDate, "is in the future")
	case c.presigned && age > c.expires:
		return refuse(ErrExpired, paramExpires, "is over")
	case !c.presigned && age > window:
		return refuse(ErrClock, headerDate, "is too long ago")
	}
	return nil
}

// authority is the pseudo-header that HTTP/2 sends in place of the Host header, and that some
// clients sign under this name.
const authority = ":authority"

// signed returns the fields that the claim lists, sorted. It refuses a list that names a field
// which is not there, or leaves out one that must be signed.
func (c *claim) signed(fields []field) ([]field, error) {
	names := strings.Split(c.signedHeaders, ";")
	if err := checkNames(names); err != nil {
		return nil, err
	}
	found := make([]bool, len(names))
	signed := fields[:0]
	for _, f := range fields {
		i, listed := slices.BinarySearch(names, f.name)
		if f.kind == nameHost && !listed {
			f.name = authority
			i, listed = slices.BinarySearch(names, f.name)
		}
		switch {
		case listed && f.kind != nameAuthorization: // which cannot sign itself
			signed, found[i] = append(signed, f), true
		case f.mustBeSigned():
			return nil, refuse(ErrSignedHeaders, headerField(f.key), "must be signed and is not")
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		return nil, refuse(ErrSignedHeaders, headerField(names[i]), "is signed and is not there")
	}
	sortFields(signed)
	return signed, nil
}

// checkNames refuses a list of signed headers that is not in its canonical form, so that one list
// has one spelling.
func checkNames(names []string) error {
	const list = "SignedHeaders"
	for i, name := range names {
		switch {
		case name == "":
			return refuse(ErrMalformed, list, "has an empty name")
		case name[0] == ':' && name != authority:
			return refuse(ErrSignedHeaders, list, "has a pseudo-header other than "+authority)
		case name != authority && string(appendName(nil, name)) != name:
			return refuse(ErrMalformed, list, "has a name that is not an HTTP token in lower case")
		case i > 0 && name <= names[i-1]:
			return refuse(ErrMalformed, list, "is not sorted, or has a name twice")
		}
	}
	return nil
}

// mustBeSigned reports whether a field that is there has to be signed: the host, and all X-Amz-
// fields. AWS gives them a meaning, such as a target or an ACL, so one that was added on the way
// could change what the request does. CloudFront adds its own id to a request that it passes on,
// and that one cannot be signed.
func (f field) mustBeSigned() bool {
	return f.kind == nameHost || strings.HasPrefix(f.name, "x-amz-") && f.name != "x-amz-cf-id"
}
