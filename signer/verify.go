package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"time"
)

// defaultWindow is how far a request's date may be from the server's clock, either way, where Verify's caller gives no
// window: AWS documents five minutes for most services.
const defaultWindow = 5 * time.Minute

// Verify is the server's side: it tells whether r was signed, by header or by query, with the secret of c for this
// Signer's region and service. It returns nil, or an [*Error] whose sentinel says what is wrong.
//
//   - r is the request as it arrived: Path and RawQuery unparsed (net/http: from RequestURI), Host from the Host header,
//     and as PayloadHash the hash of the body that arrived, or a literal that the server accepts in place of a hash.
//   - now is the server's time, and the request's may differ by window; zero or less means five minutes. A
//     presigned URL is good from its date (less the window) to its expiry.
//   - c is looked up by the key id the request claims ([Request.AccessKeyID]). Its session token, or none, must be sent.
//
// Host, X-Amz-Date and every X-Amz- field that is there must be among the signed headers. Other fields need not be;
// trust no header that the client did not sign. A signature that is good once is good again within the window:
// where that matters, the server has to remember signatures.
//
// What is public is compared first and fails by name; the session token and the signature are compared in constant time.
func (s *Signer) Verify(r *Request, c *Credentials, now time.Time, window time.Duration) error {
	var w work
	if err := w.check(s, r, c, now); err != nil {
		return err
	}
	if window <= 0 {
		window = defaultWindow
	}
	// From the cheapest to the dearest check, so that a stranger makes a server hash only with a known key id, the right scope
	// and a fresh date. None of these depends on the secret.
	claim, err := parseClaim(r)
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
	// A length is no secret; hmac.Equal takes the same time wherever the first difference is.
	if !hmac.Equal([]byte(claim.token), []byte(c.SessionToken)) {
		return refuse(ErrToken, headerToken, "is not the one of the credentials")
	}
	// A service may believe the header and skip hashing the body, so the header must be true as well as signed.
	for i := range w.fields {
		if f := &w.fields[i]; f.class == nameContentHash && (len(f.values) != 1 || f.values[0] != r.PayloadHash) {
			return refuse(ErrPayload, headerContentHash, "is not the hash of the payload")
		}
	}
	w.addOwn("host", nameHost)
	if err := claim.signedFields(&w); err != nil {
		return err
	}
	// The signature is made again from the request that arrived, with the secret at hand: nothing that was sent is trusted but
	// the list of headers, and that has been held against them.
	w.write(s, r)
	canonical := w.appendCanonical(nil, r, r.RawQuery, "")
	want := s.signature(canonical, c.SecretAccessKey, claim.date, appendScope(nil, claim.day, s.Region, s.Service))
	if !hmac.Equal(want[:], claim.signature[:]) {
		return refuse(ErrSignature, claim.source, "has a signature that is not this request's")
	}
	return nil
}

// AccessKeyID returns the access key id that a signed request claims, for the server to look the secret up by. Nothing is
// verified yet. The error is an [*Error]: ErrUnsigned, ErrMalformed or ErrInvalid.
func (r *Request) AccessKeyID() (string, error) {
	var w work
	if err := w.checkRequest(r); err != nil {
		return "", err
	}
	claim, err := parseClaim(r)
	return claim.keyID, err
}

// claim is what a request says about its own signature.
type claim struct {
	source                      string // the header or parameter, for errors
	keyID, day, region, service string // the credential
	date                        string
	at                          time.Time
	token                       string
	signedHeaders               string
	signature                   [sha256.Size]byte
	presigned                   bool
	expires                     time.Duration // of a presigned URL
}

// parseClaim reads the claim of a checked request from the one place that has it. Each part must be there exactly
// once: with two, this package and whatever stands behind it could each believe a different one.
func parseClaim(r *Request) (claim, error) {
	authorization, n := headerValue(r.Header, headerAuthorization)
	presigned := hasParam(r.RawQuery, paramSignature) || hasParam(r.RawQuery, paramAlgorithm)
	switch {
	case n > 1:
		return claim{}, refuse(ErrMalformed, headerAuthorization, "is there more than once")
	// Sent by header and by query: the two could name different callers.
	case n == 1 && presigned:
		return claim{}, refuse(ErrMalformed, headerAuthorization, "is there next to a presigned query")
	case n == 1:
		return parseAuthorization(r, authorization)
	case presigned:
		return parsePresigned(r)
	}
	return claim{}, refuse(ErrUnsigned, headerAuthorization, "is missing, and the query is not presigned")
}

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...". Clients differ in the
// order and in the blanks.
func parseAuthorization(r *Request, value string) (claim, error) {
	c := claim{source: headerAuthorization}
	// The scheme is compared by case, though RFC 9110 would have it in any: a verifier has no reason to be lenient where
	// every signer writes the same.
	scheme, rest := cut(trimBlanks(value), ' ')
	// A loop over cut does not see an empty last element.
	if n := len(rest); n > 0 && rest[n-1] == ',' {
		return c, refuse(ErrMalformed, c.source, "ends in ','")
	}
	if scheme != algorithm {
		return c, refuse(ErrMalformed, c.source, "is not of the scheme "+algorithm)
	}
	var parts [3]string
	for rest != "" {
		var part string
		part, rest = cut(rest, ',')
		name, text := cut(trimBlanks(part), '=')
		i := -1
		switch name {
		case "Credential":
			i = 0
		case "SignedHeaders":
			i = 1
		case "Signature":
			i = 2
		}
		if i < 0 || parts[i] != "" || text == "" {
			return c, refuse(ErrMalformed, c.source, "has an unknown, a repeated or an empty element")
		}
		parts[i] = text
	}
	c.signedHeaders = parts[1]
	var dates, tokens int
	c.date, dates = headerValue(r.Header, headerDate)
	c.token, tokens = headerValue(r.Header, headerToken)
	if dates != 1 {
		return c, refuse(ErrMalformed, headerDate, "is not there exactly once")
	}
	if tokens > 1 {
		return c, refuse(ErrMalformed, headerToken, "is there more than once")
	}
	return c, c.parse(parts[0], parts[2])
}

// parsePresigned reads the query parameters of a presigned URL.
func parsePresigned(r *Request) (claim, error) {
	c := claim{source: paramCredential, presigned: true}
	// Each value is unescaped once, and only those of the seven known names: what else is in the query is the application's.
	var credential, signature, scheme, expires string
	for rest := r.RawQuery; rest != ""; {
		var pair string
		pair, rest = cut(rest, '&')
		name, value := cut(pair, '=')
		if !isPresignParam(name) {
			continue
		}
		name = string(appendUnescaped(nil, name))
		into := &scheme
		switch name {
		case paramCredential:
			into = &credential
		case paramDate:
			into = &c.date
		case paramExpires:
			into = &expires
		case paramSignedHeaders:
			into = &c.signedHeaders
		case paramToken:
			into = &c.token
		case paramSignature:
			into = &signature
		}
		if *into != "" || value == "" {
			return c, refuse(ErrMalformed, name, "is repeated or empty")
		}
		*into = string(appendUnescaped(nil, value))
	}
	if scheme != algorithm {
		return c, refuse(ErrMalformed, paramAlgorithm, "is not "+algorithm)
	}
	seconds, ok := parseSeconds(expires)
	if !ok {
		return c, refuse(ErrMalformed, paramExpires, "is not a number of seconds from 1 to 604800")
	}
	c.expires = seconds
	// The header fields have no say in a presigned request, and must not seem to have one.
	if _, n := headerValue(r.Header, headerToken); n > 0 {
		return c, refuse(ErrMalformed, headerToken, "is there next to a presigned query")
	}
	return c, c.parse(credential, signature)
}

// parse reads the parts that have the same form in header and query.
func (c *claim) parse(credential, signature string) error {
	// From the right, because a key id may have a '/', and none of the others can.
	var last string
	rest := credential
	for _, part := range []*string{&last, &c.service, &c.region, &c.day} {
		i := len(rest) - 1
		for i >= 0 && rest[i] != '/' {
			i--
		}
		if i < 0 {
			return refuse(ErrMalformed, c.source, "has a credential without its five parts")
		}
		rest, *part = rest[:i], rest[i+1:]
	}
	// The parts are compared with the server's own later; here only their number and what all credentials share is looked at.
	c.keyID = rest
	if last != terminator || c.keyID == "" {
		return refuse(ErrMalformed, c.source, "has a credential without key id or "+terminator)
	}
	at, ok := parseTime(c.date)
	if !ok {
		return refuse(ErrMalformed, headerDate, "is not a time like "+timeLayout)
	}
	c.at = at
	// Upper-case digits would be the same number, and a second spelling of one signature: whoever keeps a list of signatures
	// that were seen would not find it.
	if !isHash(signature) {
		return refuse(ErrMalformed, c.source, "has a signature that is not 64 lower-case hex digits")
	}
	// Not hex.Decode, whose error would link the whole of fmt into every program. isHash has looked at each digit.
	for i := range c.signature {
		c.signature[i] = unhex(signature[2*i])<<4 | unhex(signature[2*i+1])
	}
	// Even the shortest list has the host, so that an empty one is not merely wrong: nobody has meant it.
	if c.signedHeaders == "" {
		return refuse(ErrMalformed, c.source, "has no signed headers")
	}
	return nil
}

// checkTime refuses requests from the future and from too long ago.
func (c *claim) checkTime(now time.Time, window time.Duration) error {
	age := now.Sub(c.at) // saturates, so that no date wraps into the window
	// A presigned URL's date lies before now by design, up to its expiry, and the clock window applies to its start alone.
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

// signedFields makes the order of w those of its fields that the claim lists, sorted. It refuses a list that is not in canonical
// form, names a field that is not there, or leaves out one that must be signed.
func (c *claim) signedFields(w *work) error {
	for i := range w.fields {
		w.order = append(w.order, int32(i))
	}
	w.sort()

	// Both lists are sorted, so one walk compares them, however many fields a client sends. signed grows in the same
	// array, never past the field that is read.
	const list = "SignedHeaders"
	all, signed, i := w.order, w.order[:0], 0
	if c.signedHeaders[len(c.signedHeaders)-1] == ';' {
		return refuse(ErrMalformed, list, "ends in ';'")
	}
	// Each name of the list must be greater than the one before. That makes the list's spelling unique, and a name that is
	// listed twice cannot count for two.
	for rest, previous := c.signedHeaders, ""; rest != ""; {
		var name string
		name, rest = cut(rest, ';')
		if indexNotToken(name) >= 0 || hasUpper(name) || name <= previous {
			return refuse(ErrMalformed, list, "is not a sorted list of lower-case names")
		}
		for ; i < len(all) && compareFold(w.fields[all[i]].name, name) < 0; i++ {
			if mustSign(&w.fields[all[i]]) {
				return refuse(ErrSignedHeaders, headerField(w.fields[all[i]].name), "must be signed and is not")
			}
		}
		// Authorization cannot sign itself.
		if i == len(all) || compareFold(w.fields[all[i]].name, name) != 0 || w.fields[all[i]].class == nameAuthorization {
			return refuse(ErrSignedHeaders, headerField(name), "is signed and is not there")
		}
		for ; i < len(all) && compareFold(w.fields[all[i]].name, name) == 0; i++ {
			signed = append(signed, all[i])
		}
		previous = name
	}
	for ; i < len(all); i++ {
		if mustSign(&w.fields[all[i]]) {
			return refuse(ErrSignedHeaders, headerField(w.fields[all[i]].name), "must be signed and is not")
		}
	}
	w.order = signed
	return nil
}

// mustSign reports whether a field that is there may not be left out of a signature: the host, and all that AWS gives a
// meaning. CloudFront adds its own id to a request that it passes on, and that one cannot be signed.
func mustSign(f *field) bool {
	// An unsigned X-Amz- field added on the way could change what a signed request does: an ACL, a target, a token.
	const prefix = "x-amz-"
	if len(f.name) >= len(prefix) && compareFold(f.name[:len(prefix)], prefix) == 0 {
		return compareFold(f.name, "x-amz-cf-id") != 0
	}
	return f.class == nameHost
}

// headerValue returns the first value of a header field, its name in any case, and how many values it has in all.
func headerValue(header map[string][]string, name string) (value string, n int) {
	// All keys are looked at: a map may have a name in two cases, and taking the first that comes would be taking any.
	for key, values := range header {
		if len(values) > 0 && compareFold(key, name) == 0 {
			value = values[0]
			n += len(values)
		}
	}
	return value, n
}

// parseSeconds reads X-Amz-Expires.
func parseSeconds(s string) (time.Duration, bool) {
	// No number in range has more digits, and none of these overflows.
	if len(s) == 0 || len(s) > len("604800") {
		return 0, false
	}
	// Digits and nothing else: strconv would also take "+60" and "-0", which other parsers read otherwise.
	seconds := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		seconds = 10*seconds + int(s[i]-'0') // at most six digits
	}
	d := time.Duration(seconds) * time.Second
	return d, minPresign <= d && d <= maxPresign
}
