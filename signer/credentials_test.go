package signer

import (
	"crypto/fips140"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestShortSecret: a secret under ten bytes, as emulators have it, signs and verifies, except in FIPS mode,
// where it is refused. TestFIPS runs this test there.
func TestShortSecret(t *testing.T) {
	for _, secret := range []string{"t", "test", "testing12", "testing123"} {
		s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
		c.SecretAccessKey = secret
		err := s.Sign(r, c, suiteTime)
		if fips140.Enabled() && len(secret) < 10 {
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, ErrInvalid) || e.Field != "Credentials.SecretAccessKey" ||
				!strings.Contains(e.Reason, "FIPS") {
				t.Errorf("%d bytes in FIPS mode: %v", len(secret), err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%d bytes: %v", len(secret), err)
			continue
		}
		if err := s.Verify(r, c, suiteTime, 0); err != nil {
			t.Errorf("%d bytes: %v", len(secret), err)
		}
		// DeriveKey pads such a secret with zeros. A secret that has these zeros is still another secret.
		c.SecretAccessKey += "0"
		if err := s.Verify(r, c, suiteTime, 0); !errors.Is(err, ErrSignature) {
			t.Errorf("%d bytes and one more: %v", len(secret), err)
		}
	}
}

// TestCredentialBytes: which bytes a key id, a secret and a session token can have.
func TestCredentialBytes(t *testing.T) {
	for i := range 256 {
		b := byte(i)
		graphic := '!' <= b && b <= '~'
		for _, tc := range []struct {
			field  string
			change func(c *Credentials, text string)
			good   bool
		}{
			{"AccessKeyID", func(c *Credentials, text string) { c.AccessKeyID = text }, graphic && b != ','},
			{"SecretAccessKey", func(c *Credentials, text string) { c.SecretAccessKey = text }, graphic || b == ' ' || b >= 0x80},
			{"SessionToken", func(c *Credentials, text string) { c.SessionToken = text }, graphic || b >= 0x80},
		} {
			for place := range 2 {
				c := suiteCredentials()
				tc.change(c, "0123456789"[:10*place]+string([]byte{b})+"0123456789"[10*place:])
				err := c.check(suiteTime)
				var e *Error
				if tc.good && err != nil || !tc.good && (!errors.As(err, &e) || e.Field != "Credentials."+tc.field || e.Offset != 10*place) {
					t.Errorf("%s with %#02x: %v, want good %v", tc.field, b, err, tc.good)
				}
			}
		}
	}
}

// TestExpires: credentials sign until just before they expire.
func TestExpires(t *testing.T) {
	c := suiteCredentials()
	c.Expires = suiteTime
	for _, tc := range []struct {
		at   time.Time
		want error
	}{{suiteTime.Add(-1), nil}, {suiteTime, ErrExpired}, {suiteTime.Add(1), ErrExpired}} {
		if err := c.check(tc.at); !errors.Is(err, tc.want) {
			t.Errorf("at %v: %v, want %v", tc.at, err, tc.want)
		}
	}
}

// TestPrintedKeyID: only what can be a key id is printed: up to 128 upper-case letters and digits.
func TestPrintedKeyID(t *testing.T) {
	for i := range 256 {
		text := "A" + string([]byte{byte(i)}) + "0"
		want := redacted
		if '0' <= i && i <= '9' || 'A' <= i && i <= 'Z' {
			want = text
		}
		if got := printedKeyID(text); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
	if id := strings.Repeat("A", 128); printedKeyID(id) != id || printedKeyID(id+"A") != redacted {
		t.Error("the limit is not 128 bytes")
	}
	if got := fmt.Sprint(Credentials{Expires: time.Unix(1<<62, 0)}); !strings.HasSuffix(got, " Expires:99991231T235959Z}") {
		t.Error(got)
	}
}
