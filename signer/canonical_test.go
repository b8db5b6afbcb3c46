package signer

import (
	"errors"
	"net/http"
	"testing"
)

// TestCanonicalFields: fields that are never signed, and those without a value, are not in a canonical request;
// the others are, also the date and the token.
func TestCanonicalFields(t *testing.T) {
	r := plainRequest()
	r.Header = http.Header{
		"User-Agent": {"u"}, "Authorization": {"a"}, "Host": {suiteHost}, "Empty": {}, "B": {"2"}, "a": {"1"},
		"X-Amz-Date": {"d"}, "X-Amz-Security-Token": {"t"}, "X-Amz-Content-Sha256": {"h"},
	}
	got, err := AppendCanonicalRequest(nil, suiteSigner(), r)
	want := "GET\n/\n\na:1\nb:2\nhost:" + suiteHost + "\nx-amz-content-sha256:h\nx-amz-date:d\nx-amz-security-token:t\n\n" +
		"a;b;host;x-amz-content-sha256;x-amz-date;x-amz-security-token\n" + emptyHash
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want\n%s", got, err, want)
	}
}

// TestCanonicalRefused: a refusal gives back what was passed.
func TestCanonicalRefused(t *testing.T) {
	for name, s := range map[string]*Signer{"nil signer": nil, "bad request": suiteSigner()} {
		r := plainRequest()
		r.Path = "x"
		if got, err := AppendCanonicalRequest([]byte("kept"), s, r); !errors.Is(err, ErrInvalid) || string(got) != "kept" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
