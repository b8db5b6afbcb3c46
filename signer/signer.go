package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"
	"time"
)

// Signer signs and verifies requests to one service in one region. Its zero value with Region and Service set is
// ready. All methods may be called at once from several goroutines; the fields must not change meanwhile, and a Signer
// must not be copied after its first use.
type Signer struct {
	Region  string // for example "us-east-1"
	Service string // the signing name, for example "bedrock"; not always the first label of the host

	// SinglePathEncoding is S3's way: the canonical path is escaped once, not twice, and X-Amz-Content-Sha256 is sent
	// with every request signed by header.
	SinglePathEncoding bool

	// NormalizePath signs the path without empty, "." and ".." segments. Set it only where the path is sent so too, or
	// the service is known to do it. Most services and S3 want the path as sent.
	NormalizePath bool

	key atomic.Value // func() *keyCache, made on first use; a func, because fmt follows pointers under %s
}

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	headerAuthorization = "Authorization"
	headerDate          = "X-Amz-Date"
	headerToken         = "X-Amz-Security-Token"
	headerContentHash   = "X-Amz-Content-Sha256"
)

// Sign signs r by header: it sets X-Amz-Date, Authorization and, for temporary credentials, X-Amz-Security-Token. It
// also sets X-Amz-Content-Sha256 where the service needs it (SinglePathEncoding, or a PayloadHash that is not a
// hash) or r has one already. Entries of an earlier attempt are replaced, whatever the case of their names, so a
// request can be signed again for a retry. A nil Header is made.
//
// Every field in r.Header and the host are signed, except those that transports and proxies rewrite: hop-by-hop
// fields, Accept-Encoding, User-Agent, Expect, trace ids. The time is at, to the second; no clock is read.
//
// On error, which is an [*Error] and says ErrInvalid or ErrExpired, r is unchanged.
func (s *Signer) Sign(r *Request, c *Credentials, at time.Time) error {
	if s == nil {
		return invalid("Signer", "is nil")
	}
	cache := s.cache()
	w := cache.work()
	err := s.sign(cache, w, r, c, at)
	cache.put(w)
	return err
}

// sign is Sign with all that it finds in the cache.
func (s *Signer) sign(cache *keyCache, w *work, r *Request, c *Credentials, at time.Time) error {
	if err := w.checkSigner(s, c, at); err != nil {
		return err
	}
	if err := w.checkAllButHeader(r); err != nil {
		return err
	}
	temporary := c.SessionToken != ""
	contentHash := s.SinglePathEncoding || r.PayloadHash == UnsignedPayload || r.PayloadHash == StreamingEvents
	stale := false
	if !w.recall(r, c.SessionToken, temporary, contentHash) {
		if err := w.read(r, c.SessionToken); err != nil {
			return err
		}
		// An earlier attempt's entries under net/http's names are overwritten below. Only others cost a second walk over the
		// map: dropStale.
		stale = w.settle(temporary, contentHash)
	}
	// A query parameter with a signature would make the request signed twice over, and the canonical request has no
	// place for it.
	if r.RawQuery != "" && hasParam(r.RawQuery, paramSignature) {
		return invalid("Request.RawQuery", "is presigned already")
	}
	// Everything that can be refused has been: what follows only writes.
	var stackDate [len(timeLayout)]byte
	date := string(appendTime(stackDate[:0], at))
	w.remember(s, r, c, date[:8])

	// One array is the backing of all values that go into the map. Capacities are cut, so that an append by the caller
	// cannot run into the neighbour.
	n := 2
	if temporary {
		n++
	}
	if w.contentHash {
		n++
	}
	values := make([]string, n)
	own := w.fields[w.given:]
	if temporary {
		values[2] = c.SessionToken
		own[2].values = values[2:3:3]
	}
	if w.contentHash {
		values[n-1] = r.PayloadHash
		own[n-1].values = values[n-1:]
	}

	// Canonical request, string to sign and the new values follow one another in one buffer. The hash has read the first
	// two when it is used again, and the values are copied out.
	buf := w.appendCanonical(w.buf[:0], r, r.RawQuery, date)
	end := len(buf)
	buf = appendStringToSign(buf, buf, date, w.scope())
	signature := cache.sign(s, buf[end:], c.SecretAccessKey, date[:8])

	start := len(buf)
	buf = append(buf, date...)
	buf = append(buf, algorithm+" Credential="...)
	buf = append(buf, w.credential...)
	buf = append(buf, ", SignedHeaders="...)
	buf = append(buf, w.list...)
	buf = append(buf, ", Signature="...)
	buf = appendHex(buf, signature[:])
	text := string(buf[start:]) // of both new values
	w.buf = buf

	// From here on nothing can fail, so that a request is either signed or as it was.
	if stale {
		dropStale(r.Header)
	}
	if r.Header == nil {
		r.Header = make(map[string][]string, 4)
	}
	values[0], values[1] = text[:len(date)], text[len(date):]
	r.Header[headerDate] = values[0:1:1]
	r.Header[headerAuthorization] = values[1:2:2]
	if temporary {
		r.Header[headerToken] = values[2:3:3]
	}
	if w.contentHash {
		r.Header[headerContentHash] = values[n-1:]
	}
	return nil
}

// dropStale deletes what an earlier attempt has left: sent next to the new entries, an old Authorization
// or session token is a refusal that nobody understands.
func dropStale(header map[string][]string) {
	for name := range header {
		var f field
		f.set(name, nil)
		switch f.class {
		case nameAuthorization, nameDate, nameToken, nameContentHash:
			delete(header, name)
		}
	}
}

// appendScope appends the credential scope, day/region/service/aws4_request. It is not inlined, being large and seldom called.
//
//go:noinline
func appendScope(dst []byte, day, region, service string) []byte {
	dst = append(dst, day...)
	dst = append(dst, '/')
	dst = append(dst, region...)
	dst = append(dst, '/')
	dst = append(dst, service...)
	return append(dst, '/', 'a', 'w', 's', '4', '_', 'r', 'e', 'q', 'u', 'e', 's', 't')
}

// AppendStringToSign appends the string to sign of a canonical request: AWS's "Signature Version 4: create a
// string to sign". The time's year must have four digits.
func AppendStringToSign(dst, canonical []byte, at time.Time, region, service string) []byte {
	var date [len(timeLayout)]byte
	appendTime(date[:0], at)
	var scope [64]byte
	return appendStringToSign(dst, canonical, string(date[:]), appendScope(scope[:0], string(date[:8]), region, service))
}

func appendStringToSign(dst, canonical []byte, date string, scope []byte) []byte {
	sum := sha256.Sum256(canonical) // before dst grows: the two may share an array
	dst = append(dst, algorithm+"\n"...)
	dst = append(dst, date...)
	dst = append(dst, '\n')
	dst = append(dst, scope...)
	dst = append(dst, '\n')
	return appendHex(dst, sum[:])
}

// DeriveKey returns the signing key of a secret for one UTC day, region and service: AWS's "Signature Version 4: derive
// a signing key". The key is a secret as well. Signer keeps it for the day; this is for callers that sign by hand.
func DeriveKey(secret string, at time.Time, region, service string) [32]byte {
	var date [len(timeLayout)]byte
	return deriveKey(secret, string(appendTime(date[:0], at)[:8]), region, service)
}

func deriveKey(secret, day, region, service string) [32]byte {
	// HMAC pads a key with zeros to its block (RFC 2104, section 2), so zeros up to the length below which crypto/hmac
	// panics in FIPS 140-only mode change no result. Signer's methods refuse such a secret all the same.
	key := append(make([]byte, 0, 64), "AWS4"...)
	key = append(key, secret...)
	for len(key) < len("AWS4")+minSecret {
		key = append(key, 0)
	}
	sum := mac(key, day)
	clear(key)
	// Each key is good for less than the one before: a day, a region, a service, this version of the protocol.
	sum = mac(sum[:], region)
	sum = mac(sum[:], service)
	return mac(sum[:], terminator)
}

// mac returns one HMAC. A key is used for one text here, so that nothing is kept.
func mac(key []byte, text string) (sum [32]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text)) // a hash.Hash never fails to write
	h.Sum(sum[:0])
	return sum
}

// keyCache holds the HMAC of one day key, already keyed: the four derivations and the two key blocks are paid for
// once a day, and one HMAC of about 140 bytes remains for a request. It is one entry, not a table: a client has one
// key, and the key of a rotated secret should not stay.
//
// The entry is bound to the secret itself, byte for byte, not to the access key id (a rotated or corrected secret under the
// same id would go on signing with the old key) and not to a hash of it (which costs a request as much as two of its
// blocks of SHA-256). The copy of the secret is one more place where it lies in memory, next to the caller's string, which
// cannot be wiped; this copy is, when another secret takes its place and by Forget.
type keyCache struct {
	mu  sync.Mutex
	mac hash.Hash // nil: no key

	day             [8]byte
	region, service string
	secret          []byte // a copy that is wiped when it is replaced
	sum             [sha256.Size]byte

	// The first work stays through garbage collections, which empty a pool: a client may have minutes between its calls. The
	// pool is for those that sign while others do.
	first work
	taken atomic.Bool // first is
	pool  sync.Pool   // of *work
}

// work returns a work to be put back.
func (c *keyCache) work() *work {
	if c.taken.CompareAndSwap(false, true) {
		return &c.first
	}
	if w, ok := c.pool.Get().(*work); ok {
		return w
	}
	return &work{fields: make([]field, 0, 12), buf: make([]byte, 0, 1024)} // what a Bedrock request takes
}

func (c *keyCache) put(w *work) {
	w.done()
	if w == &c.first {
		c.taken.Store(false)
	} else {
		c.pool.Put(w)
	}
}

// cache returns the Signer's cache.
func (s *Signer) cache() *keyCache {
	if get, ok := s.key.Load().(func() *keyCache); ok {
		return get()
	}
	// A zero Signer has no cache, and there is no constructor to make one. Two goroutines may both make one; one of them wins.
	c := new(keyCache)
	s.key.CompareAndSwap(nil, func() *keyCache { return c }) // loses against another goroutine's: then that one is used
	return s.key.Load().(func() *keyCache)()
}

// Forget drops the cached key, which is a secret for the rest of the UTC day. The next call derives it again.
func (s *Signer) Forget() {
	if s == nil {
		return
	}
	if get, ok := s.key.Load().(func() *keyCache); ok {
		c := get()
		c.mu.Lock()
		defer c.mu.Unlock()
		clear(c.secret[:cap(c.secret)])
		c.mac, c.secret, c.sum = nil, nil, [sha256.Size]byte{}
	}
}

// signature signs a canonical request, from the string to sign on. It is the slow way, for Verify and Presign, which allocate
// anyway; Sign makes the same text behind the canonical request, in the same buffer.
func (s *Signer) signature(canonical []byte, secret, date string, scope []byte) [sha256.Size]byte {
	return s.cache().sign(s, appendStringToSign(nil, canonical, date, scope), secret, date[:8])
}

// holds reports whether the cached key is that of the secret. The time depends on nothing but the lengths, as with
// hmac.Equal, though nobody can measure it: both secrets are the caller's own. It goes by words, because hmac.Equal's
// bytes cost every request as much as a block of SHA-256.
func (c *keyCache) holds(secret string) bool {
	if len(c.secret) != len(secret) {
		return false
	}
	differ, i := uint64(0), 0
	for ; i+8 <= len(secret); i += 8 {
		differ |= load(c.secret, i) ^ load(secret, i)
	}
	for ; i < len(secret); i++ {
		differ |= uint64(c.secret[i] ^ secret[i])
	}
	return differ == 0
}

// sign returns the HMAC of a string to sign under the secret's key for the day, from the cache if it has it. The HMAC and
// the copy of the secret are used under the lock only: with one cached key there is nothing to do side by side that would
// cost more than the lock.
func (c *keyCache) sign(s *Signer, text []byte, secret, day string) (sum [sha256.Size]byte) {
	c.mu.Lock()
	if c.mac == nil || string(c.day[:]) != day || c.region != s.Region || c.service != s.Service || !c.holds(secret) {
		key := deriveKey(secret, day, s.Region, s.Service)
		c.mac = hmac.New(sha256.New, key[:])
		c.region, c.service = s.Region, s.Service
		copy(c.day[:], day)
		clear(c.secret[:cap(c.secret)]) // before append, which may leave this array for a longer one
		c.secret = append(c.secret[:0], secret...)
		clear(key[:])
	}
	c.mac.Reset()
	c.mac.Write(text) // never fails
	c.mac.Sum(c.sum[:0])
	sum = c.sum
	c.mu.Unlock() // not deferred: nothing above panics, see minSecret
	return sum
}

// timeLayout is the ISO 8601 basic format of X-Amz-Date, always UTC, whole seconds. The first eight bytes are the day.
const timeLayout = "20060102T150405Z"

// The seconds since 1970 of 0001-01-01T00:00:00Z and of 9999-12-31T23:59:59Z: the years of four digits.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// checkTime refuses times that the four digits of a year cannot hold, and the zero time, which nobody means.
func checkTime(at time.Time) error {
	if at.IsZero() {
		return invalid("signing time", "is zero")
	}
	if u := at.Unix(); u < firstSecond || u > lastSecond {
		return invalid("signing time", "is not in the years 1 to 9999")
	}
	return nil
}

// appendTime is at.UTC().AppendFormat(dst, timeLayout) in a third of its time: every request needs it, and the layout's
// interpreter costs as much as two blocks of SHA-256. The calendar is package time's. A year that four digits cannot hold
// becomes the nearest that they can, so that the result always has the layout's length.
func appendTime(dst []byte, at time.Time) []byte {
	at = time.Unix(min(max(at.Unix(), firstSecond), lastSecond), 0).UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	text := [len(timeLayout)]byte{8: 'T', 15: 'Z'}
	for i, n := range [...]int{year / 100, year % 100, int(month), day, hour, minute, second} {
		i *= 2
		if i >= len("20060102") {
			i++ // behind the T
		}
		text[i], text[i+1] = byte('0'+n/10), byte('0'+n%10)
	}
	return append(dst, text[:]...)
}

// parseTime reads exactly what appendTime writes. It does not call time.Parse, which takes fractions that the layout does
// not have (so two texts would be one time), and whose errors quote what a stranger sent.
func parseTime(s string) (time.Time, bool) {
	if len(s) != len(timeLayout) {
		return time.Time{}, false
	}
	for i := 0; i < len(s); i++ {
		if i != 8 && i != 15 && (s[i] < '0' || s[i] > '9') {
			return time.Time{}, false
		}
	}
	two := func(i int) int { return 10*int(s[i]-'0') + int(s[i+1]-'0') }
	at := time.Date(100*two(0)+two(2), time.Month(two(4)), two(6), two(9), two(11), two(13), 0, time.UTC)
	// time.Date turns the 31st of February into March, and appendTime the year 0 into 1. A date that does not read back is
	// no date.
	var b [len(timeLayout)]byte
	return at, string(appendTime(b[:0], at)) == s
}
