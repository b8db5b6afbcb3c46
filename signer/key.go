package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"sync"
	"time"
)

// DeriveKey returns the signing key of a secret for one UTC day, region and service: AWS's "Derive
// a signing key". The key is a secret as well. A Signer keeps it for the day; DeriveKey is for
// callers that sign by hand.
func DeriveKey(secret string, at time.Time, region, service string) [32]byte {
	return deriveKey(secret, formatTime(at)[:8], region, service)
}

func deriveKey(secret, day, region, service string) [32]byte {
	// HMAC pads a key with zeros to its block size (RFC 2104, section 2), so these zeros change no
	// result. Without them crypto/hmac would panic on a short secret in FIPS 140-only mode.
	key := append(make([]byte, 0, 64), "AWS4"...)
	key = append(key, secret...)
	for len(key) < len("AWS4")+minSecret {
		key = append(key, 0)
	}
	sum := mac(key, day)
	clear(key)
	// Each key is valid for less than the one before.
	sum = mac(sum[:], region)
	sum = mac(sum[:], service)
	return mac(sum[:], terminator)
}

func mac(key []byte, text string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text)) // a hash.Hash never fails to write
	h.Sum(sum[:0])
	return sum
}

// kept is what a Signer keeps between calls: the signing key of the day, and memory.
//
// Deriving the key takes four HMACs. Keeping it makes that once a day. The key is bound to the
// secret itself, not to the access key id: a secret that was rotated or corrected under the same id
// must not sign with the old key. So there is one more copy of the secret in memory. It is wiped
// when another secret takes its place, and by Forget.
type kept struct {
	mu  sync.Mutex // guards the fields up to sum
	mac hash.Hash  // keyed with the signing key; nil before the first signature

	secret               []byte
	day, region, service string

	sum [sha256.Size]byte // the result of mac, here so that it is not allocated

	buffers sync.Pool // of *[]byte
}

// kept returns what s keeps. A Signer has no constructor, so the first call makes it. If two
// goroutines make it at once, both use the one that was stored first.
func (s *Signer) kept() *kept {
	if s.state.Load() == nil {
		k := new(kept)
		s.state.CompareAndSwap(nil, func() *kept { return k })
	}
	return s.state.Load().(func() *kept)()
}

// sign returns the HMAC of a string to sign under the signing key.
func (k *kept) sign(s *Signer, text []byte, secret, day string) [sha256.Size]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.mac == nil || k.day != day || k.region != s.Region || k.service != s.Service || !k.holds(secret) {
		key := deriveKey(secret, day, s.Region, s.Service)
		k.mac = hmac.New(sha256.New, key[:])
		clear(key[:])
		k.forgetSecret()
		k.secret = append(k.secret, secret...)
		k.day, k.region, k.service = day, s.Region, s.Service
	}
	k.mac.Reset()
	k.mac.Write(text) // never fails
	k.mac.Sum(k.sum[:0])
	return k.sum
}

// holds reports whether the key is that of the secret. The time that it takes does not depend on
// which bytes differ.
func (k *kept) holds(secret string) bool {
	if len(k.secret) != len(secret) {
		return false
	}
	var differ byte
	for i := range k.secret {
		differ |= k.secret[i] ^ secret[i]
	}
	return differ == 0
}

func (k *kept) forgetSecret() {
	clear(k.secret)
	k.secret = nil
}

// Forget drops the kept signing key, which is a secret for the rest of the UTC day, and wipes the
// copy of the secret. The next signature derives the key again.
func (s *Signer) Forget() {
	if s == nil {
		return
	}
	k := s.kept()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forgetSecret()
	k.mac, k.sum = nil, [sha256.Size]byte{}
}

// buffer returns memory for one canonical request and its string to sign.
func (k *kept) buffer() *[]byte {
	if b, ok := k.buffers.Get().(*[]byte); ok {
		return b
	}
	// Enough for most requests with a session token.
	b := make([]byte, 0, 2048)
	return &b
}

// maxKept is the largest buffer that is kept. The header that a server of net/http takes has up to
// a million bytes (DefaultMaxHeaderBytes).
const maxKept = 16 << 10

// release keeps a buffer for another call. It wipes the session token.
func (k *kept) release(b *[]byte) {
	if cap(*b) <= maxKept {
		clear(*b)
		k.buffers.Put(b)
	}
}
