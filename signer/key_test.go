package signer

import (
	"bytes"
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
