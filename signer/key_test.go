package signer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKeyRotation: after the secret changes under the same key id, the signature is the new secret's, 1,000 of 1,000.
func TestKeyRotation(t *testing.T) {
	s := suiteSigner()
	for i := range 1000 {
		c := suiteCredentials()
		c.SecretAccessKey = fmt.Sprintf("%s%d", suiteSecret, i)
		got, want := plainRequest(), plainRequest()
		if err := s.Sign(got, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		if err := suiteSigner().Sign(want, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Header, want.Header) {
			t.Fatalf("rotation %d: %v, want %v", i, got.Header, want.Header)
		}
	}
}

// TestHolds: a secret is told from every other one of its length, whichever byte differs, and from its prefixes.
func TestHolds(t *testing.T) {
	for length := range 70 {
		secret := make([]byte, length)
		for i := range secret {
			secret[i] = byte(3*i + length)
		}
		c := &kept{secret: secret}
		given := string(secret)
		if !c.holds(given) {
			t.Fatalf("length %d: not the same", length)
		}
		if c.holds(given + "x") {
			t.Fatalf("length %d: holds a longer one", length)
		}
		for i := range secret {
			if c.holds(given[:i]) {
				t.Fatalf("length %d: holds its first %d bytes", length, i)
			}
			for bit := range 8 {
				secret[i] ^= 1 << bit
				if c.holds(given) {
					t.Fatalf("length %d: bit %d of byte %d makes no difference", length, bit, i)
				}
				secret[i] ^= 1 << bit
			}
		}
	}
}

// TestSecretCopyIsWiped: of the secret that the cache compares with, nothing is left when another one takes its place, be it
// shorter or longer, and after Forget.
func TestSecretCopyIsWiped(t *testing.T) {
	s := suiteSigner()
	sign := func(secret string) []byte {
		c := suiteCredentials()
		c.SecretAccessKey = secret
		if err := s.Sign(plainRequest(), c, suiteTime); err != nil {
			t.Fatal(err)
		}
		kept := s.kept().secret
		if !bytes.Equal(kept, []byte(secret)) {
			t.Fatal("the cache compares with another secret")
		}
		return kept[:cap(kept)]
	}
	has := func(array []byte, secret string) bool { return bytes.Contains(array, []byte(secret[len(secret)-10:])) }
	const first = suiteSecret
	array := sign(first)
	sign(first[:20])
	if has(array, first) {
		t.Error("a shorter secret leaves the end of the one before")
	}
	array = sign(first)
	sign(strings.Repeat(first[:20], 20))
	if has(array, first) {
		t.Error("a longer secret leaves the one before")
	}
	array = sign(first)
	s.Forget()
	if has(array, first) || s.kept().secret != nil {
		t.Error("Forget leaves the secret")
	}
}

// TestKeyCache: the cached key is bound to the day, region and service too, and Forget drops it.
func TestKeyCache(t *testing.T) {
	var s Signer
	c := suiteCredentials()
	for i := range 200 {
		s.Region = []string{"us-east-1", "us-east-", "us-east-11"}[i%3]
		s.Service = []string{"bedrock", "1bedrock"}[i/3%2]
		at := suiteTime.Add(time.Duration(i) * 7 * time.Hour)
		fresh := Signer{Region: s.Region, Service: s.Service}
		got, want := plainRequest(), plainRequest()
		if err := errors.Join(s.Sign(got, c, at), fresh.Sign(want, c, at)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Header, want.Header) {
			t.Fatalf("%d: %v, want %v", i, got.Header, want.Header)
		}
		if i%5 == 0 {
			s.Forget()
			if k := s.kept(); k.mac != nil || k.sum != [32]byte{} || k.secret != nil {
				t.Fatal("Forget leaves something")
			}
		}
	}
}

// TestConcurrent signs with rotating secrets, services and days from several goroutines, under -race too.
func TestConcurrent(t *testing.T) {
	s := suiteSigner()
	want := map[string]string{}
	sign := func(s *Signer, i int) (string, error) {
		c := suiteCredentials()
		c.SecretAccessKey += fmt.Sprint(i % 3)
		r := plainRequest()
		at := suiteTime.Add(time.Duration(i%2) * 24 * time.Hour)
		if err := s.Sign(r, c, at); err != nil {
			return "", err
		}
		return r.Header["Authorization"][0], s.Verify(r, c, at, 0)
	}
	for i := range 6 {
		got, err := sign(suiteSigner(), i)
		if err != nil {
			t.Fatal(err)
		}
		want[fmt.Sprint(i)] = got
	}
	var group sync.WaitGroup
	for g := range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range 200 {
				if g == 0 && i%10 == 0 {
					s.Forget()
				}
				got, err := sign(s, i)
				if err != nil || got != want[fmt.Sprint(i%6)] {
					t.Errorf("%d: %s, %v", i, got, err)
					return
				}
			}
		}()
	}
	group.Wait()
}

// TestBuffer: a buffer is wiped before it is used again, and a large one is not kept.
func TestBuffer(t *testing.T) {
	k := new(kept)
	b := k.buffer()
	*b = append((*b)[:0], "token"...)
	memory := (*b)[:cap(*b)]
	k.release(b)
	if i := bytes.IndexFunc(memory, func(r rune) bool { return r != 0 }); i >= 0 {
		t.Errorf("text is left in the buffer, from offset %d on", i)
	}
	for range 100 {
		large := make([]byte, 0, 16<<10+1)
		k.release(&large)
		if n := cap(*k.buffer()); n > maxKept {
			t.Fatalf("a buffer of %d bytes is kept", n)
		}
	}

	// By way of Sign: the session token is not left in memory.
	s, c := suiteSigner(), suiteCredentials()
	c.SessionToken = suiteLongToken
	if err := s.Sign(plainRequest(), c, suiteTime); err != nil {
		t.Fatal(err)
	}
	b = s.kept().buffer()
	if bytes.Contains((*b)[:cap(*b)], []byte(suiteLongToken[:20])) {
		t.Error("the session token is left in the buffer")
	}
}

// TestPaddedSecret: DeriveKey takes a secret of any length, and its zeros change no key.
func TestPaddedSecret(t *testing.T) {
	for length := range 70 {
		secret := strings.Repeat("s", length)
		h := hmac.New(sha256.New, append([]byte("AWS4"+secret), make([]byte, max(0, 14-4-length))...))
		h.Write([]byte("20150830"))
		want := h.Sum(nil)
		for _, text := range []string{"us-east-1", "service", "aws4_request"} {
			h := hmac.New(sha256.New, want)
			h.Write([]byte(text))
			want = h.Sum(nil)
		}
		if got := DeriveKey(secret, suiteTime, "us-east-1", "service"); !bytes.Equal(got[:], want) {
			t.Errorf("length %d: %x, want %x", length, got, want)
		}
	}
}
