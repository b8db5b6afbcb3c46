package signer

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

func suiteCredentials() *Credentials {
	return &Credentials{AccessKeyID: suiteKeyID, SecretAccessKey: suiteSecret}
}

func suiteSigner() *Signer { return &Signer{Region: "us-east-1", Service: "service"} }

func plainRequest() *Request {
	return &Request{Method: "GET", Host: suiteHost, Path: "/", PayloadHash: emptyHash}
}

// canary is what a refusal must not repeat: every refused value contains it.
const canary = "cAnArYsEcReT/+0123456789"

// refusals are inputs that must be refused before anything is signed. fuzz targets elsewhere start from the good ones.
func refusals() []refusal {
	type change = func(s *Signer, r *Request, c *Credentials)
	list := []refusal{
		{"empty method", "Request.Method", func(_ *Signer, r *Request, _ *Credentials) { r.Method = "" }},
		{"empty host", "Request.Host", func(_ *Signer, r *Request, _ *Credentials) { r.Host = "" }},
		{"empty path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "" }},
		{"empty payload hash", "Request.PayloadHash", func(_ *Signer, r *Request, _ *Credentials) { r.PayloadHash = "" }},
		{"empty region", "Signer.Region", func(s *Signer, _ *Request, _ *Credentials) { s.Region = "" }},
		{"empty service", "Signer.Service", func(s *Signer, _ *Request, _ *Credentials) { s.Service = "" }},
		{"empty key id", "Credentials.AccessKeyID", func(_ *Signer, _ *Request, c *Credentials) { c.AccessKeyID = "" }},
		{"empty secret", "Credentials.SecretAccessKey", func(_ *Signer, _ *Request, c *Credentials) { c.SecretAccessKey = "" }},
		{"path without slash", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = canary }},
		{"absolute URL as path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "https://h/" }},
		{"query in path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "/a?b" + canary }},
		{"fragment in path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "/a#b" + canary }},
		{"fragment in query", "Request.RawQuery", func(_ *Signer, r *Request, _ *Credentials) { r.RawQuery = "a#b" + canary }},
		{"blank in method", "Request.Method", func(_ *Signer, r *Request, _ *Credentials) { r.Method = "GET " + canary }},
		{"blank at the start of the method", "Request.Method", func(_ *Signer, r *Request, _ *Credentials) { r.Method = " " + canary }},
		{"control character at the start of a value", "Request.Header[X-A]", func(_ *Signer, r *Request, _ *Credentials) { r.Header["X-A"] = []string{"\n" + canary} }},
		{"blank in host", "Request.Host", func(_ *Signer, r *Request, _ *Credentials) { r.Host = "a " + canary }},
		{"tab in host", "Request.Host", func(_ *Signer, r *Request, _ *Credentials) { r.Host = "a\t" + canary }},
		{"slash in region", "Signer.Region", func(s *Signer, _ *Request, _ *Credentials) { s.Region = "us/" + canary }},
		{"comma in service", "Signer.Service", func(s *Signer, _ *Request, _ *Credentials) { s.Service = "a," + canary }},
		{"non-ASCII region", "Signer.Region", func(s *Signer, _ *Request, _ *Credentials) { s.Region = "é" + canary }},
		{"comma in key id", "Credentials.AccessKeyID", func(_ *Signer, _ *Request, c *Credentials) { c.AccessKeyID = "AK," + canary }},
		{"blank in key id", "Credentials.AccessKeyID", func(_ *Signer, _ *Request, c *Credentials) { c.AccessKeyID = "AK " + canary }},
		{"blank in token", "Credentials.SessionToken", func(_ *Signer, _ *Request, c *Credentials) { c.SessionToken = canary + " " + canary }},
		{"upper-case hash", "Request.PayloadHash", func(_ *Signer, r *Request, _ *Credentials) { r.PayloadHash = strings.ToUpper(emptyHash) }},
		{"short hash", "Request.PayloadHash", func(_ *Signer, r *Request, _ *Credentials) { r.PayloadHash = emptyHash[:63] }},
		{"unknown literal", "Request.PayloadHash", func(_ *Signer, r *Request, _ *Credentials) { r.PayloadHash = "unsigned-payload" }},
		{"presigned already", "Request.RawQuery", func(_ *Signer, r *Request, _ *Credentials) { r.RawQuery = "a=1&X-Amz-Signatur%65=" + canary }},
		{"two hosts", "Request.Header[Host]", func(_ *Signer, r *Request, _ *Credentials) { r.Header["hOST"] = []string{canary} }},
		{"empty header name", "Request.Header", func(_ *Signer, r *Request, _ *Credentials) { r.Header[""] = []string{canary} }},
		{"colon in header name", "Request.Header", func(_ *Signer, r *Request, _ *Credentials) { r.Header["a:b"+canary] = []string{"x"} }},
		{"semicolon in header name", "Request.Header", func(_ *Signer, r *Request, _ *Credentials) { r.Header["a;b"] = []string{"x"} }},
		{"blank at the end of a long header name", "Request.Header", func(_ *Signer, r *Request, _ *Credentials) { r.Header[strings.Repeat("a", 40)+" "] = []string{"x"} }},
		{"non-ASCII header name", "Request.Header", func(_ *Signer, r *Request, _ *Credentials) { r.Header["é"] = []string{"x"} }},
	}
	for _, escape := range []string{"%", "%4", "%g0", "%0g", "a%2", "%%30", "% 41"} {
		list = append(list,
			refusal{"path escape " + escape, "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "/" + escape }},
			refusal{"query escape " + escape, "Request.RawQuery", func(_ *Signer, r *Request, _ *Credentials) { r.RawQuery = canary + "=" + escape }},
		)
	}
	fields := []struct {
		name  string
		apply func(text string) change
	}{
		{"Request.Method", func(x string) change { return func(_ *Signer, r *Request, _ *Credentials) { r.Method += x } }},
		{"Request.Host", func(x string) change { return func(_ *Signer, r *Request, _ *Credentials) { r.Host += x } }},
		{"Request.Path", func(x string) change { return func(_ *Signer, r *Request, _ *Credentials) { r.Path += x } }},
		{"Request.RawQuery", func(x string) change { return func(_ *Signer, r *Request, _ *Credentials) { r.RawQuery += x } }},
		{"Request.PayloadHash", func(x string) change { return func(_ *Signer, r *Request, _ *Credentials) { r.PayloadHash += x } }},
		{"Request.Header", func(x string) change {
			return func(_ *Signer, r *Request, _ *Credentials) { r.Header["X"+x] = []string{"v"} }
		}},
		{"Request.Header[X-Canary]", func(x string) change {
			return func(_ *Signer, r *Request, _ *Credentials) { r.Header["X-Canary"] = []string{"v", x} }
		}},
		{"Credentials.AccessKeyID", func(x string) change { return func(_ *Signer, _ *Request, c *Credentials) { c.AccessKeyID += x } }},
		{"Credentials.SecretAccessKey", func(x string) change { return func(_ *Signer, _ *Request, c *Credentials) { c.SecretAccessKey += x } }},
		{"Credentials.SessionToken", func(x string) change { return func(_ *Signer, _ *Request, c *Credentials) { c.SessionToken += x } }},
		{"Signer.Region", func(x string) change { return func(s *Signer, _ *Request, _ *Credentials) { s.Region += x } }},
		{"Signer.Service", func(x string) change { return func(s *Signer, _ *Request, _ *Credentials) { s.Service += x } }},
	}
	for b := range 0x80 {
		if b > 0x1f && b < 0x7f {
			continue
		}
		for _, f := range fields {
			if b == '\t' && f.name == "Request.Header[X-Canary]" {
				continue // white space in a value
			}
			// At every place within the eight bytes that are looked at together, and behind them.
			text := strings.Repeat("x", b%11) + string(rune(b)) + canary
			list = append(list, refusal{fmt.Sprintf("%s with %#02x", f.name, b), f.name, f.apply(text)})
		}
	}
	return list
}

type refusal struct {
	name   string
	field  string
	change func(s *Signer, r *Request, c *Credentials)
}

// TestRefused: every bad input is an *Error that says ErrInvalid and names its field, from every method that takes it,
// and changes nothing.
func TestRefused(t *testing.T) {
	list := refusals()
	for _, tc := range list {
		s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
		r.Header = http.Header{"Authorization": {"stale"}, "X-Amz-Security-Token": {"stale"}, "X-Amz-Date": {"stale"}}
		tc.change(s, r, c)
		header := maps.Clone(r.Header)
		before := *r
		_, presignErr := s.Presign(r, c, suiteTime, time.Hour)
		for method, err := range map[string]error{
			"Sign":    s.Sign(r, c, suiteTime),
			"Presign": presignErr,
			"Verify":  s.Verify(r, c, suiteTime, 0),
		} {
			if tc.name == "presigned already" && method != "Sign" {
				continue // Presign replaces it, Verify reads it
			}
			var e *Error
			if !errors.As(err, &e) || !errors.Is(err, ErrInvalid) || e.Field != tc.field {
				t.Errorf("%s: %s: %v, want ErrInvalid of %s", tc.name, method, err, tc.field)
				continue
			}
			if strings.Contains(err.Error(), canary[:9]) {
				t.Errorf("%s: %s: the error repeats the value: %v", tc.name, method, err)
			}
		}
		if !reflect.DeepEqual(r.Header, map[string][]string(header)) || r.Path != before.Path || r.RawQuery != before.RawQuery {
			t.Errorf("%s: the request was changed: %v", tc.name, r.Header)
		}
	}
	if len(list) < 400 {
		t.Errorf("only %d cases", len(list))
	}
}

// TestRefusedArguments has what no field can be blamed for.
func TestRefusedArguments(t *testing.T) {
	var none *Signer
	good := func() (*Signer, *Request, *Credentials) { return suiteSigner(), plainRequest(), suiteCredentials() }
	s, r, c := good()
	expired := &Credentials{AccessKeyID: "A", SecretAccessKey: suiteSecret, Expires: suiteTime}
	for _, tc := range []struct {
		name  string
		err   error
		field string
		want  error
	}{
		{"nil signer", none.Sign(r, c, suiteTime), "Signer", ErrInvalid},
		{"nil request", s.Sign(nil, c, suiteTime), "Request", ErrInvalid},
		{"nil credentials", s.Sign(r, nil, suiteTime), "Credentials", ErrInvalid},
		{"zero time", s.Sign(r, c, time.Time{}), "signing time", ErrInvalid},
		{"year 10000", s.Sign(r, c, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), "signing time", ErrInvalid},
		{"year 0", s.Sign(r, c, time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC)), "signing time", ErrInvalid},
		{"expired", s.Sign(r, expired, suiteTime), "Credentials.Expires", ErrExpired},
		{"nil signer, presign", second(none.Presign(r, c, suiteTime, time.Minute)), "Signer", ErrInvalid},
		{"nil signer, verify", none.Verify(r, c, suiteTime, 0), "Signer", ErrInvalid},
		{"nil signer, events", second(none.Events(r, c)), "Signer", ErrInvalid},
		{"nil signer, canonical", second(AppendCanonicalRequest(nil, nil, r)), "Signer", ErrInvalid},
		{"nil request, canonical", second(AppendCanonicalRequest(nil, s, nil)), "Request", ErrInvalid},
		{"nil request, key id", second((*Request)(nil).AccessKeyID()), "Request", ErrInvalid},
	} {
		var e *Error
		if !errors.As(tc.err, &e) || !errors.Is(tc.err, tc.want) || e.Field != tc.field {
			t.Errorf("%s: %v", tc.name, tc.err)
		}
	}
	none.Forget()
	new(Signer).Forget()
	if err := s.Sign(r, expired, suiteTime.Add(-time.Second)); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	for _, at := range []time.Time{time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600)).Add(-time.Hour)} {
		if err := s.Sign(r, c, at); err != nil {
			t.Errorf("%v: %v", at, err)
		} else if got, want := r.Header["X-Amz-Date"][0], at.UTC().Format(timeLayout); got != want {
			t.Errorf("%v: date %s, want %s", at, got, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkHashPayload(b *testing.B) {
	for _, size := range []int{64, 4096, 1 << 20} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			p := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				HashPayload(p)
			}
		})
	}
}

// TestBytes holds the functions that look for a byte against the definitions that they stand for: each
// byte, at each place.
func TestBytes(t *testing.T) {
	const token = alphanumeric + "!#$%&'*+-.^_`|~" // RFC 9110, section 5.6.2
	for i := range 256 {
		b := byte(i)
		for place := range 3 {
			text := "xx"[:place] + string([]byte{b}) + "xx"[place:]
			at := func(in bool) int {
				if in {
					return place
				}
				return -1
			}
			control := b < 0x20 || b == 0x7f
			for _, tc := range []struct {
				name      string
				got, want int
			}{
				{"indexControl", indexControl(text), at(control && b != '\t')},
				{"indexBlank", indexBlank(text), at(control || b == ' ')},
			} {
				if tc.got != tc.want {
					t.Errorf("%s of %q is %d, want %d", tc.name, text, tc.got, tc.want)
				}
			}
			hash := emptyHash[:20*place] + string([]byte{b}) + emptyHash[20*place+1:]
			if got, want := isHash(hash), '0' <= b && b <= '9' || 'a' <= b && b <= 'f'; got != want {
				t.Errorf("%q is a hash: %v, want %v", hash, got, want)
			}
		}
		want := byte(0)
		if strings.IndexByte(token, b) >= 0 {
			want = strings.ToLower(string(rune(b)))[0]
		}
		if got := nameBytes[b]; got != want {
			t.Errorf("%#02x in a name is %#02x, want %#02x", b, got, want)
		}
	}
	for _, length := range []int{0, 63, 65} {
		if isHash(strings.Repeat("0", length)) {
			t.Errorf("%d digits are a hash", length)
		}
	}
}
