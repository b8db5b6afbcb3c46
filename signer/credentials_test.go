package signer

import (
	"crypto/fips140"
	"errors"
	"strings"
	"testing"
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
