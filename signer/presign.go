package signer

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The query parameters of a presigned URL: AWS's "Authenticating requests: using query parameters".
const (
	paramAlgorithm     = "X-Amz-Algorithm"
	paramCredential    = "X-Amz-Credential"
	paramDate          = "X-Amz-Date"
	paramExpires       = "X-Amz-Expires"
	paramSignedHeaders = "X-Amz-SignedHeaders"
	paramToken         = "X-Amz-Security-Token"
	paramSignature     = "X-Amz-Signature"
)

// minPresign and maxPresign bound the life of a presigned URL. AWS's limit for X-Amz-Expires is
// seven days.
const (
	minPresign = time.Second
	maxPresign = 7 * 24 * time.Hour
)

// Presign signs r by query: it returns the raw query to send in place of r.RawQuery, and does not
// change r. The URL is good for expires, in whole seconds from 1 s to 7 days; a fraction is
// dropped. Temporary credentials that expire sooner are refused, because the URL would expire with
// them. Parameters of an earlier presigning are replaced.
//
// Presign covers the host and the fields of r.Header, by the rules of Sign. They must be sent as
// they are. Usually Header is nil. X-Amz-Date and X-Amz-Security-Token are query parameters here.
// Do not send header fields of these names: the request would claim two dates.
//
// On error the string is empty. The error is an [*Error] of the kind ErrInvalid or ErrExpired.
func (s *Signer) Presign(r *Request, c *Credentials, at time.Time, expires time.Duration) (rawQuery string, err error) {
	fields, err := s.check(r, c, at, nil)
	if err != nil {
		return "", err
	}
	if expires < minPresign || expires > maxPresign {
		return "", invalid("expires", "is not within 1 s and 7 days")
	}
	expires = expires.Truncate(time.Second)
	if !c.Expires.IsZero() && at.Add(expires).After(c.Expires) {
		return "", refuse(ErrExpired, "Credentials.Expires", "is before the end of the presigned URL")
	}
	// The service trusts the header, so the two must agree.
	if hash, n := fieldValue(fields, nameContentHash); n > 1 || n == 1 && hash != r.PayloadHash {
		return "", invalid(headerField(headerContentHash), "differs from Request.PayloadHash")
	}

	fields = slices.DeleteFunc(fields, func(f field) bool {
		return f.kind != nameSigned && f.kind != nameHost && f.kind != nameContentHash
	})
	sortFields(fields)
	names := appendNames(nil, fields)
	date := formatTime(at)
	query := presignedQuery(r.RawQuery)
	add := func(name, value string) {
		if len(query) > 0 {
			query = append(query, '&')
		}
		query = append(query, name...)
		query = append(query, '=')
		query = appendEscaped(query, value)
	}
	add(paramAlgorithm, algorithm)
	add(paramCredential, c.AccessKeyID+"/"+string(appendScope(nil, date[:8], s.Region, s.Service)))
	add(paramDate, date)
	add(paramExpires, strconv.Itoa(int(expires/time.Second)))
	add(paramSignedHeaders, string(names))
	if c.SessionToken != "" {
		add(paramToken, c.SessionToken)
	}
	signed := *r
	signed.RawQuery = string(query)
	signature := s.signature(&signed, fields, names, c.SecretAccessKey, date)
	add(paramSignature, hex.EncodeToString(signature[:]))
	return string(query), nil
}

// presignedQuery returns a query without empty pairs and without the parameters that Presign adds.
// The others stay as they are written, in their order: the canonical request sorts them.
func presignedQuery(query string) []byte {
	var b []byte
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if pair == "" || isPresignParam(unescape(name)) {
			continue
		}
		if len(b) > 0 {
			b = append(b, '&')
		}
		b = append(b, pair...)
	}
	return b
}

// isPresignParam reports whether a parameter is one of those that Presign adds. A server unescapes
// names, so an "X%2DAmz-Date" would be a second date to it: the name has to be unescaped here too.
func isPresignParam(name string) bool {
	switch name {
	case paramAlgorithm, paramCredential, paramDate, paramExpires, paramSignedHeaders, paramToken, paramSignature:
		return true
	}
	return false
}

// hasParam reports whether a query has a parameter of the name, escaped or not.
func hasParam(query, name string) bool {
	if query == "" { // as of most requests; the loop would allocate
		return false
	}
	for pair := range strings.SplitSeq(query, "&") {
		if escaped, _, _ := strings.Cut(pair, "="); unescape(escaped) == name {
			return true
		}
	}
	return false
}
