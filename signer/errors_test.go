package signer

import (
	"net/http"
	"strings"
	"testing"
)

// TestErrorText pins the form of the message, its offset included.
func TestErrorText(t *testing.T) {
	s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
	r.Path = "/ab%zz"
	if got, want := s.Sign(r, c, suiteTime).Error(), "signer: invalid input: Request.Path has a bad percent escape at offset 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Path, c.SecretAccessKey = "/", ""
	if got, want := s.Sign(r, c, suiteTime).Error(), "signer: invalid input: Credentials.SecretAccessKey is empty"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := (&Error{Field: "x", Reason: "y", Offset: -1}).Error(), "signer: x y"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	long := strings.Repeat("h", 1000)
	r = plainRequest()
	r.Header = http.Header{long: {"\x00"}}
	if got := s.Sign(r, suiteCredentials(), suiteTime).Error(); len(got) > 200 {
		t.Errorf("a long name makes a long message: %q", got)
	}
}
