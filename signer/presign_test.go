package signer

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestPresignBounds: 1 s to 7 days, whole seconds, and never past the credentials.
func TestPresignBounds(t *testing.T) {
	s, c := suiteSigner(), suiteCredentials()
	for _, tc := range []struct {
		name    string
		expires time.Duration
		until   time.Time
		want    string
		err     error
	}{
		{"shortest", time.Second, time.Time{}, "1", nil},
		{"longest", 7 * 24 * time.Hour, time.Time{}, "604800", nil},
		{"fraction", 1999 * time.Millisecond, time.Time{}, "1", nil},
		{"zero", 0, time.Time{}, "", ErrInvalid},
		{"negative", -time.Hour, time.Time{}, "", ErrInvalid},
		{"under a second", time.Second - 1, time.Time{}, "", ErrInvalid},
		{"over 7 days", 7*24*time.Hour + 1, time.Time{}, "", ErrInvalid},
		{"until the credentials expire", time.Minute, suiteTime.Add(time.Minute), "60", nil},
		{"past the credentials", time.Minute, suiteTime.Add(time.Minute - 1), "", ErrExpired},
		{"expired", time.Minute, suiteTime, "", ErrExpired},
	} {
		c.Expires = tc.until
		query, err := s.Presign(plainRequest(), c, suiteTime, tc.expires)
		if !errors.Is(err, tc.err) || err == nil != (query != "") {
			t.Errorf("%s: %q, %v, want %v", tc.name, query, err, tc.err)
			continue
		}
		values, err := url.ParseQuery(query)
		if err != nil || values.Get("X-Amz-Expires") != tc.want {
			t.Errorf("%s: %q, want X-Amz-Expires=%s", tc.name, query, tc.want)
		}
	}
}

// TestPresignAgain: parameters of an earlier presigning are replaced, others stay as they are, byte for byte.
func TestPresignAgain(t *testing.T) {
	s, c := suiteSigner(), suiteCredentials()
	c.SessionToken = suiteLongToken
	r := plainRequest()
	r.RawQuery = "b=%7e&&a=x+y&c"
	first, err := s.Presign(r, c, suiteTime, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(first, "b=%7e&a=x+y&c&X-Amz-Algorithm=") {
		t.Errorf("the query is not kept: %s", first)
	}
	r.RawQuery = strings.Replace(first, "X-Amz-Date", "X%2DAmz-Date", 1)
	c.SessionToken = ""
	second, err := s.Presign(r, c, suiteTime.Add(time.Second), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r.RawQuery = "b=%7e&a=x+y&c"
	want, err := s.Presign(r, c, suiteTime.Add(time.Second), time.Minute)
	if err != nil || second != want {
		t.Errorf("%s\nwant %s, %v", second, want, err)
	}
	r.RawQuery = strings.Repeat("x", 100) + "=1&" + strings.Repeat("%41", 100)
	if query, err := s.Presign(r, c, suiteTime, time.Minute); err != nil || !strings.HasPrefix(query, r.RawQuery+"&") {
		t.Errorf("long names: %s, %v", query, err)
	}
}

// TestPresignHeader: fields are signed as Sign signs them, the request is not changed, and stale ones of Sign do not count.
func TestPresignHeader(t *testing.T) {
	s, c := suiteSigner(), suiteCredentials()
	r := plainRequest()
	r.Header = http.Header{
		"Content-Type": {"text/plain"}, "User-Agent": {"u"}, "x-amz-date": {"stale"}, "X-Amz-Security-Token": {"stale"},
		"Authorization": {"stale"}, "X-Amz-Content-Sha256": {emptyHash},
	}
	before := http.Header(r.Header).Clone()
	query, err := s.Presign(r, c, suiteTime, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("X-Amz-SignedHeaders") != "content-type;host;x-amz-content-sha256" {
		t.Errorf("signed headers %q, %v", values.Get("X-Amz-SignedHeaders"), err)
	}
	if !reflect.DeepEqual(r.Header, map[string][]string(before)) || r.RawQuery != "" {
		t.Errorf("the request was changed: %v", r.Header)
	}
	for _, hash := range [][]string{{formHash}, {emptyHash, emptyHash}} {
		r.Header["X-Amz-Content-Sha256"] = hash
		if query, err := s.Presign(r, c, suiteTime, time.Minute); !errors.Is(err, ErrInvalid) || query != "" {
			t.Errorf("%v: %q, %v", hash, query, err)
		}
	}
}

// TestPresignNames: long names, and one name in two cases, are listed once, in lower case, by header and by query.
func TestPresignNames(t *testing.T) {
	s, c := suiteSigner(), suiteCredentials()
	r := plainRequest()
	r.Header = http.Header{
		"X-Amzn-Bedrock-GuardrailIdentifier": {"2"}, "X-AMZN-Bedrock-GuardrailIdentifier": {"1"},
		"X-Amzn-Bedrock-GuardrailVersion": {"DRAFT"}, "x-amzn-bedrock-guardrail": {"24 bytes"},
	}
	query, err := s.Presign(r, c, suiteTime, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	const list = "host;x-amzn-bedrock-guardrail;x-amzn-bedrock-guardrailidentifier;x-amzn-bedrock-guardrailversion"
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("X-Amz-SignedHeaders") != list {
		t.Errorf("signed headers %q, %v, want %q", values.Get("X-Amz-SignedHeaders"), err, list)
	}
	canonical, err := AppendCanonicalRequest(nil, s, r)
	if err != nil || !strings.Contains(string(canonical), "\nx-amzn-bedrock-guardrail:24 bytes\nx-amzn-bedrock-guardrailidentifier:1,2\nx-amzn-bedrock-guardrailversion:DRAFT\n\n"+list+"\n") {
		t.Errorf("%s, %v", canonical, err)
	}
	sent := *r
	sent.RawQuery = query
	if err := s.Verify(&sent, c, suiteTime, 0); err != nil {
		t.Error(err)
	}
}

// TestPresignS3 is the example of AWS's page "Authenticating Requests: Using Query Parameters" for S3.
func TestPresignS3(t *testing.T) {
	s := &Signer{Region: "us-east-1", Service: "s3", SinglePathEncoding: true}
	c := &Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	r := &Request{Method: "GET", Host: "examplebucket.s3.amazonaws.com", Path: "/test.txt", PayloadHash: UnsignedPayload}
	query, err := s.Presign(r, c, time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC), 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	const want = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
	if !strings.HasSuffix(query, "&X-Amz-Signature="+want) {
		t.Errorf("%s\nwant the signature %s", query, want)
	}
}

func BenchmarkPresign(b *testing.B) {
	s, c := suiteSigner(), suiteCredentials()
	r := plainRequest()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Presign(r, c, suiteTime, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}
