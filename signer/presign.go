package signer

import (
	"strconv"
	"time"
)

// The query parameters of a presigned URL: AWS's "Signature Version 4: authenticating requests, using query parameters".
const (
	paramAlgorithm     = "X-Amz-Algorithm"
	paramCredential    = "X-Amz-Credential"
	paramDate          = "X-Amz-Date"
	paramExpires       = "X-Amz-Expires"
	paramSignedHeaders = "X-Amz-SignedHeaders"
	paramToken         = "X-Amz-Security-Token"
	paramSignature     = "X-Amz-Signature"
)

// minPresign and maxPresign bound a presigned URL's life. Seven days is AWS's limit for X-Amz-Expires.
const (
	minPresign = time.Second
	maxPresign = 7 * 24 * time.Hour
)

// Presign signs r by query: it returns the raw query to send in place of r.RawQuery, and leaves r alone. The URL is
// good for expires, whole seconds from 1 s to 7 days, a fraction dropped; temporary credentials that end sooner are
// refused, because the URL would die with them. Parameters of an earlier presigning are replaced.
//
// The host and all fields of r.Header are signed, by the rules of Sign, and must be sent as they are; usually Header is
// nil. X-Amz-Date and X-Amz-Security-Token are query parameters here, and header fields of these names must not be sent.
//
// On error, which is an [*Error] and says ErrInvalid or ErrExpired, the string is empty.
func (s *Signer) Presign(r *Request, c *Credentials, at time.Time, expires time.Duration) (rawQuery string, err error) {
	var w work
	if err := w.check(s, r, c, at); err != nil {
		return "", err
	}
	if expires < minPresign || expires > maxPresign {
		return "", invalid("expires", "is not within 1 s and 7 days")
	}
	// The parameter has whole seconds. Rounding up would make a URL live longer than was asked for.
	expires = expires.Truncate(time.Second)
	if !c.Expires.IsZero() && at.Add(expires).After(c.Expires) {
		return "", refuse(ErrExpired, "Credentials.Expires", "is before the end of the presigned URL")
	}
	var stackDate [len(timeLayout)]byte
	date := string(appendTime(stackDate[:0], at))

	// X-Amz-Date and X-Amz-Security-Token are left out of what is signed, as stale Authorization is: a request sent with them
	// would claim two dates.
	w.addOwn("host", nameHost)
	for i := range w.fields {
		f := &w.fields[i]
		switch f.class {
		case nameContentHash: // the service believes the header, so the two must agree
			if len(f.values) != 1 || f.values[0] != r.PayloadHash {
				return "", invalid(headerField(f.name), "differs from Request.PayloadHash")
			}
			w.order = append(w.order, int32(i))
		case nameSigned, nameHost:
			w.order = append(w.order, int32(i))
		}
	}
	w.sort()
	w.write(s, r)

	// Everything that can be refused has been: what follows only writes.
	scope := appendScope(nil, date[:8], s.Region, s.Service)
	query := make([]byte, 0, len(r.RawQuery)+len(c.SessionToken)+512)
	// The caller's parameters come first and are not touched, so that the URL still reads as it was written; the
	// canonical request sorts them.
	for rest := r.RawQuery; rest != ""; {
		var pair string
		pair, rest = cut(rest, '&')
		if name, _ := cut(pair, '='); pair == "" || isPresignParam(name) {
			continue
		}
		query = append(query, pair...)
		query = append(query, '&')
	}
	// Text between the values is written escaped; the values are escaped here.
	for _, part := range [...]struct{ literal, value string }{
		{paramAlgorithm + "=" + algorithm + "&" + paramCredential + "=", c.AccessKeyID},
		{"%2F", string(scope)},
		{"&" + paramDate + "=", date},
		{"&" + paramExpires + "=", strconv.Itoa(int(expires / time.Second))},
		{"&" + paramSignedHeaders + "=", string(w.list)},
		{"&" + paramToken + "=", c.SessionToken},
	} {
		if part.value != "" { // only the token can be
			query = append(query, part.literal...)
			query = appendEscapedText(query, part.value)
		}
	}
	canonical := w.appendCanonical(nil, r, string(query), "")
	// The signature is the last parameter, added after signing: it cannot sign itself.
	signature := s.signature(canonical, c.SecretAccessKey, date, scope)
	query = append(query, "&"+paramSignature+"="...)
	return string(appendHex(query, signature[:])), nil
}

// isPresignParam reports whether an escaped parameter name is one of those Presign sets.
func isPresignParam(escaped string) bool {
	// Names are compared by what they mean. A server unescapes them, so "X%2DAmz-Date" would be a second date to it.
	var buf [64]byte
	if len(escaped) > len(buf) {
		return false // every letter of the longest name escaped is 60 bytes
	}
	switch string(appendReescaped(buf[:0], escaped)) {
	case paramAlgorithm, paramCredential, paramDate, paramExpires, paramSignedHeaders, paramToken, paramSignature:
		return true
	}
	return false
}

// hasParam reports whether a checked query has a parameter of the name, escaped or not.
func hasParam(query, name string) bool {
	for query != "" {
		var pair string
		pair, query = cut(query, '&')
		escaped, _ := cut(pair, '=')
		// An escaped byte takes three, so that a longer name cannot be this one, and the buffer always suffices.
		if len(escaped) <= 3*len(name) {
			var buf [64]byte
			if string(appendReescaped(buf[:0], escaped)) == name {
				return true
			}
		}
	}
	return false
}
