package signer

import (
	"errors"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestSignAgain: a request signed for a second attempt is as if it had been signed once, whatever the first one left.
func TestSignAgain(t *testing.T) {
	s := suiteSigner()
	later := suiteTime.Add(90 * time.Minute)
	temporary := &Credentials{AccessKeyID: "AKIDOTHER", SecretAccessKey: suiteSecret + "2", SessionToken: suiteLongToken}
	for _, tc := range []struct {
		name   string
		header http.Header
		s3     bool
	}{
		{"nothing", nil, false},
		{"canonical names", http.Header{"Authorization": {"old"}, "X-Amz-Date": {"old"}, "X-Amz-Security-Token": {"old"}}, false},
		{"lower-case names", http.Header{"authorization": {"old"}, "x-amz-date": {"old"}, "x-amz-security-token": {"old", "older"}}, false},
		{"both", http.Header{"AUTHORIZATION": {"old"}, "Authorization": {"old"}, "X-Amz-date": {"old"}, "X-Amz-Date": nil}, false},
		{"S3", http.Header{"x-amz-content-sha256": {"old"}}, true},
		{"control character", http.Header{"Authorization": {"old\n"}}, false},
		// One of them alone has to be enough to be dropped.
		{"authorization", http.Header{"authorization": {"old"}}, false},
		{"x-amz-date", http.Header{"x-amz-date": {"old"}}, false},
		{"x-amz-security-token", http.Header{"x-amz-security-token": {"old"}}, false},
	} {
		for _, c := range []*Credentials{suiteCredentials(), temporary} {
			s.SinglePathEncoding = tc.s3
			want := plainRequest()
			if err := s.Sign(want, c, later); err != nil {
				t.Fatal(err)
			}
			// At once, and after attempts of which one leaves a token that the next has to drop.
			for _, attempts := range [][]*Credentials{nil, {temporary, suiteCredentials(), temporary}} {
				got := plainRequest()
				got.Header = tc.header.Clone()
				for _, first := range attempts {
					if err := s.Sign(got, first, suiteTime); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Sign(got, c, later); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got.Header, want.Header) {
					t.Errorf("%s: %v, want %v", tc.name, got.Header, want.Header)
				}
				if err := s.Verify(got, c, later, 0); err != nil {
					t.Errorf("%s: %v", tc.name, err)
				}
			}
		}
	}
}

// TestContentHash: X-Amz-Content-Sha256 is sent where it must be, and never contradicts the signature.
func TestContentHash(t *testing.T) {
	for _, tc := range []struct {
		name   string
		s3     bool
		hash   string
		header http.Header
		want   []string
	}{
		{"not needed", false, emptyHash, nil, nil},
		{"S3", true, emptyHash, nil, []string{emptyHash}},
		{"unsigned", false, UnsignedPayload, nil, []string{UnsignedPayload}},
		{"events", false, StreamingEvents, nil, []string{StreamingEvents}},
		{"kept", false, emptyHash, http.Header{"x-amz-content-sha256": {emptyHash}}, []string{emptyHash}},
		{"stale", false, emptyHash, http.Header{"X-Amz-Content-Sha256": {formHash}}, []string{emptyHash}},
	} {
		s, r := suiteSigner(), plainRequest()
		s.SinglePathEncoding, r.PayloadHash, r.Header = tc.s3, tc.hash, tc.header
		if err := s.Sign(r, suiteCredentials(), suiteTime); err != nil {
			t.Fatal(err)
		}
		if got := r.Header["X-Amz-Content-Sha256"]; !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		if err := s.Verify(r, suiteCredentials(), suiteTime, 0); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}

// TestHeaderValuesAreApart: a caller that appends to one new header value does not write into the next.
func TestHeaderValuesAreApart(t *testing.T) {
	s, r := suiteSigner(), plainRequest()
	c := suiteCredentials()
	c.SessionToken = suiteShortToken
	r.PayloadHash = UnsignedPayload
	if err := s.Sign(r, c, suiteTime); err != nil {
		t.Fatal(err)
	}
	want := http.Header(r.Header).Clone()
	for name, values := range r.Header {
		if cap(values) != 1 {
			t.Errorf("%s has capacity %d", name, cap(values))
		}
		_ = append(values, "x")
	}
	if !reflect.DeepEqual(r.Header, map[string][]string(want)) {
		t.Errorf("%v, want %v", r.Header, want)
	}
}

// TestUnusualScope: what no AWS region or service has, and a test server's may, is signed all the same.
func TestUnusualScope(t *testing.T) {
	s := &Signer{Region: "local_region.1", Service: "bed+rock~"}
	r := &Request{Method: "GET", Host: "h", Path: "/", PayloadHash: HashPayload(nil)}
	c := &Credentials{AccessKeyID: "key_id/with=more", SecretAccessKey: "0123456789"}
	at := time.Unix(1e9, 0)
	if err := s.Sign(r, c, at); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(r, c, at, time.Minute); err != nil {
		t.Error(err)
	}
}

// TestNilHeader: Sign makes a header if there is none.
func TestNilHeader(t *testing.T) {
	s, r := suiteSigner(), plainRequest()
	if err := s.Sign(r, suiteCredentials(), suiteTime); err != nil || len(r.Header) != 2 {
		t.Errorf("%v, %v", r.Header, err)
	}
}

// TestSignAllocs pins the allocations of a signature with a cached key.
func TestSignAllocs(t *testing.T) {
	limit := 6.0
	if strings.HasPrefix(runtime.Version(), "go1.24") {
		limit = 10 // its crypto/hmac and its iterators allocate more
	}
	for _, tc := range []struct {
		name, token string
	}{{"long-term", ""}, {"temporary", suiteLongToken + suiteLongToken}} {
		s := &Signer{Region: "us-east-1", Service: "bedrock"}
		r, c := bedrockRequest(bedrockPath), suiteCredentials()
		c.SessionToken = tc.token
		if n := testing.AllocsPerRun(200, func() {
			if err := s.Sign(&r, c, suiteTime); err != nil {
				t.Fatal(err)
			}
		}); n > limit {
			t.Errorf("%s: %v allocations, want at most %v", tc.name, n, limit)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	for _, tc := range []struct{ name, token string }{{"token=none", ""}, {"token=356", suiteLongToken}} {
		b.Run(tc.name, func(b *testing.B) {
			s := &Signer{Region: "us-east-1", Service: "bedrock"}
			r, c := bedrockRequest(bedrockPath), suiteCredentials()
			c.SessionToken = tc.token
			b.ReportAllocs()
			for b.Loop() {
				if err := s.Sign(&r, c, suiteTime); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestScopeBytes: which bytes a region and a service can have.
func TestScopeBytes(t *testing.T) {
	for i := range 256 {
		good := i > ' ' && i < 0x7f && i != '/' && i != ','
		for place := range 2 {
			text := "xx"[:place] + string([]byte{byte(i)}) + "xx"[place:]
			for field, s := range map[string]*Signer{
				"Signer.Region": {Region: text, Service: "s"}, "Signer.Service": {Region: "r", Service: text},
			} {
				err := s.Sign(plainRequest(), suiteCredentials(), suiteTime)
				var e *Error
				if good && err != nil || !good && (!errors.As(err, &e) || e.Field != field || e.Offset != place) {
					t.Errorf("%s with %#02x: %v, want good %v", field, i, err, good)
				}
			}
		}
	}
}
