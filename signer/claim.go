package signer

import (
	"strconv"
	"strings"
	"time"
)

// claim is what a request says about its own signature.
type claim struct {
	source                      string // the header field or parameter that it is from, for errors
	keyID, day, region, service string // the credential
	date                        string
	at                          time.Time // date
	token                       string
	signedHeaders               string
	signature                   string // 64 lower-case hex digits
	presigned                   bool
	expires                     time.Duration // of a presigned URL
}

// parseClaim reads the claim of a checked request. Each part must be there exactly once. If one
// were there twice, this package could use the first, and a program after it the second.
func parseClaim(query string, fields []field) (claim, error) {
	authorization, n := fieldValue(fields, nameAuthorization)
	presigned := hasParam(query, paramSignature) || hasParam(query, paramAlgorithm)
	switch {
	case n > 1:
		return claim{}, refuse(ErrMalformed, headerAuthorization, "is there more than once")
	case n == 1 && presigned:
		return claim{}, refuse(ErrMalformed, headerAuthorization, "is there together with a presigned query")
	case n == 1:
		return parseAuthorization(authorization, fields)
	case presigned:
		return parsePresigned(query, fields)
	}
	return claim{}, refuse(ErrUnsigned, headerAuthorization, "is missing, and the query is not presigned")
}

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...".
// Clients differ in the order of the elements and in the blanks between them.
func parseAuthorization(value string, fields []field) (claim, error) {
	c := claim{source: headerAuthorization}
	scheme, elements, _ := strings.Cut(trimBlanks(value), " ")
	if scheme != algorithm {
		return c, refuse(ErrMalformed, c.source, "is not of the scheme "+algorithm)
	}
	var credential, signature string
	for element := range strings.SplitSeq(elements, ",") {
		name, text, _ := strings.Cut(trimBlanks(element), "=")
		var part *string
		switch name {
		case "Credential":
			part = &credential
		case "SignedHeaders":
			part = &c.signedHeaders
		case "Signature":
			part = &signature
		}
		if part == nil || *part != "" || text == "" {
			return c, refuse(ErrMalformed, c.source, "has an unknown, a repeated or an empty element")
		}
		*part = text
	}
	var dates, tokens int
	c.date, dates = fieldValue(fields, nameDate)
	c.token, tokens = fieldValue(fields, nameToken)
	if dates != 1 {
		return c, refuse(ErrMalformed, headerDate, "is not there exactly once")
	}
	if tokens > 1 {
		return c, refuse(ErrMalformed, headerToken, "is there more than once")
	}
	return c, c.parse(credential, signature)
}

// parsePresigned reads the query parameters of a presigned URL. Other parameters are the
// application's.
func parsePresigned(query string, fields []field) (claim, error) {
	c := claim{source: paramCredential, presigned: true}
	var credential, signature, scheme, expires string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		var part *string
		switch name {
		case paramAlgorithm:
			part = &scheme
		case paramCredential:
			part = &credential
		case paramDate:
			part = &c.date
		case paramExpires:
			part = &expires
		case paramSignedHeaders:
			part = &c.signedHeaders
		case paramToken:
			part = &c.token
		case paramSignature:
			part = &signature
		default:
			continue
		}
		if *part != "" || value == "" {
			return c, refuse(ErrMalformed, name, "is repeated or empty")
		}
		*part = unescape(value)
	}
	if scheme != algorithm {
		return c, refuse(ErrMalformed, paramAlgorithm, "is not "+algorithm)
	}
	var ok bool
	if c.expires, ok = parseSeconds(expires); !ok {
		return c, refuse(ErrMalformed, paramExpires, "is not a number of seconds from 1 to 604800")
	}
	if _, n := fieldValue(fields, nameToken); n > 0 {
		return c, refuse(ErrMalformed, headerToken, "is there together with a presigned query")
	}
	return c, c.parse(credential, signature)
}

// parse reads the parts that have the same form in header and query.
func (c *claim) parse(credential, signature string) error {
	// From the right, because a key id may have a '/', and none of the others can.
	var last string
	for _, part := range []*string{&last, &c.service, &c.region, &c.day} {
		i := strings.LastIndexByte(credential, '/')
		if i < 0 {
			return refuse(ErrMalformed, c.source, "has a credential without its five parts")
		}
		credential, *part = credential[:i], credential[i+1:]
	}
	c.keyID = credential
	if last != terminator || c.keyID == "" {
		return refuse(ErrMalformed, c.source, "has a credential without key id or "+terminator)
	}
	var ok bool
	if c.at, ok = parseTime(c.date); !ok {
		return refuse(ErrMalformed, headerDate, "is not a time like "+timeLayout)
	}
	// Upper-case hex would be a second spelling of the same signature. A server that remembers
	// signatures would not recognise it.
	if !isHash(signature) {
		return refuse(ErrMalformed, c.source, "has a signature that is not 64 lower-case hex digits")
	}
	c.signature = signature
	if c.signedHeaders == "" {
		return refuse(ErrMalformed, c.source, "has no signed headers")
	}
	return nil
}

// parseSeconds reads X-Amz-Expires, exactly as Presign writes it.
func parseSeconds(s string) (time.Duration, bool) {
	n, err := strconv.Atoi(s)
	if err != nil || strconv.Itoa(n) != s { // Atoi also takes "+60" and "060"
		return 0, false
	}
	const most = int(maxPresign / time.Second)
	return time.Duration(n) * time.Second, 1 <= n && n <= most
}

// trimBlanks trims spaces and tabs. To HTTP other Unicode spaces are a part of the value.
func trimBlanks(s string) string { return strings.Trim(s, " \t") }
