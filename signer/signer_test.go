package signer

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"sync"
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
		{"secret of 9 bytes", "Credentials.SecretAccessKey", func(_ *Signer, _ *Request, c *Credentials) { c.SecretAccessKey = canary[:9] }},
		{"path without slash", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = canary }},
		{"absolute URL as path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "https://h/" }},
		{"query in path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "/a?b" + canary }},
		{"fragment in path", "Request.Path", func(_ *Signer, r *Request, _ *Credentials) { r.Path = "/a#b" + canary }},
		{"fragment in query", "Request.RawQuery", func(_ *Signer, r *Request, _ *Credentials) { r.RawQuery = "a#b" + canary }},
		{"blank in method", "Request.Method", func(_ *Signer, r *Request, _ *Credentials) { r.Method = "GET " + canary }},
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
	for _, at := range []time.Time{time.Unix(firstSecond+1, 0), time.Unix(lastSecond, 999999999), time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -3600)).Add(-time.Hour)} {
		if err := s.Sign(r, c, at); err != nil {
			t.Errorf("%v: %v", at, err)
		} else if got, want := r.Header["X-Amz-Date"][0], at.UTC().Format(timeLayout); got != want {
			t.Errorf("%v: date %s, want %s", at, got, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestErrorText pins the form of the message, its offset included.
func TestErrorText(t *testing.T) {
	s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
	r.Path = "/ab%zz"
	if got, want := s.Sign(r, c, suiteTime).Error(), "signer: invalid input: Request.Path has a bad percent escape at offset 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	r.Path, c.SecretAccessKey = "/", "short"
	if got, want := s.Sign(r, c, suiteTime).Error(), "signer: invalid input: Credentials.SecretAccessKey is shorter than 10 bytes"; got != want {
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

// TestSignedHeaders: every header is signed but for those that others rewrite.
func TestSignedHeaders(t *testing.T) {
	s, r := suiteSigner(), plainRequest()
	never := []string{
		"Authorization", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Sec-Websocket-Key", "Sec-WebSocket-Version", "sec-websocket-protocol",
		"Sec-WebSocket-Extensions", "Accept-Encoding", "User-Agent", "Expect", "X-Amzn-Trace-Id", "traceparent", "tracestate",
		"baggage", "b3", "X-B3-TraceId", "X-B3-SpanId", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-Flags", "uber-trace-id",
		"X-Cloud-Trace-Context",
	}
	always := []string{"Accept", "Content-Length", "Content-Type", "X-Amz-Target", "x-amzn-bedrock-trace", "Date", "Range", "Cookie", "Tee", "X-Amz-Security-Tokens"}
	r.Header = http.Header{"Empty": {}, "Host": {suiteHost}}
	for _, name := range append(never, always...) {
		r.Header[name] = []string{"v"}
	}
	for _, name := range never {
		r.Header[strings.ToUpper(name)] = []string{"v"}
	}
	if err := s.Sign(r, suiteCredentials(), suiteTime); err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(r.Header["Authorization"][0], "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	if want := "accept;content-length;content-type;cookie;date;host;range;tee;x-amz-date;x-amz-security-tokens;x-amz-target;x-amzn-bedrock-trace"; list != want {
		t.Errorf("signed %s\nwant   %s", list, want)
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
		c := &keyCache{secret: secret}
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

// TestLongNames: names that agree in more bytes than a field holds in lower case are sorted and told apart all the same.
func TestLongNames(t *testing.T) {
	const name = "X-Amz-Meta-0123456789abc" // 24 bytes
	s := &Signer{Region: "us-east-1", Service: "bedrock"}
	r := &Request{Method: "GET", Host: "h", Path: "/", PayloadHash: HashPayload(nil), Header: map[string][]string{
		name + "b": {"4"}, name: {"2"}, strings.ToLower(name): {"3"}, name + "B": {"4"}, name + "ab": {"3.5"}, name[:23]: {"1"},
	}}
	got, err := AppendCanonicalRequest(nil, s, r)
	if err != nil {
		t.Fatal(err)
	}
	lower := strings.ToLower(name)
	want := "\nhost:h\n" + lower[:23] + ":1\n" + lower + ":2,3\n" + lower + "ab:3.5\n" + lower + "b:4,4\n\nhost;" +
		lower[:23] + ";" + lower + ";" + lower + "ab;" + lower + "b\n"
	if !strings.Contains(string(got), want) {
		t.Errorf("got\n%s\nwant in it\n%s", got, want)
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
		kept := s.cache().secret
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
	if has(array, first) || s.cache().secret != nil {
		t.Error("Forget leaves the secret")
	}
}

// TestFieldsStartEmpty: a field that is dropped (here for having no value) leaves nothing to the one that takes its place.
func TestFieldsStartEmpty(t *testing.T) {
	want := plainRequest()
	want.Header = http.Header{"Ab": {"v"}}
	if err := suiteSigner().Sign(want, suiteCredentials(), suiteTime); err != nil {
		t.Fatal(err)
	}
	for range 50 { // the order of a map is random
		r := plainRequest()
		r.Header = http.Header{"Ab": {"v"}, "X-Amz-Without-Any-Value": {}, "Connection-Of-Old": nil, "Host": {r.Host}}
		if err := suiteSigner().Sign(r, suiteCredentials(), suiteTime); err != nil {
			t.Fatal(err)
		}
		if got, want := r.Header["Authorization"][0], want.Header["Authorization"][0]; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
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
			if k := s.cache(); k.mac != nil || k.sum != [32]byte{} || k.secret != nil {
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

// TestNilHeader: Sign makes a header if there is none.
func TestNilHeader(t *testing.T) {
	s, r := suiteSigner(), plainRequest()
	if err := s.Sign(r, suiteCredentials(), suiteTime); err != nil || len(r.Header) != 2 {
		t.Errorf("%v, %v", r.Header, err)
	}
}

// TestManyHeaders takes the path that sorts many fields, and agrees with the one for few.
func TestManyHeaders(t *testing.T) {
	s, r := suiteSigner(), plainRequest()
	r.Header = http.Header{}
	var want strings.Builder
	for i := range 500 {
		name := fmt.Sprintf("X-%04d", i)
		r.Header[name], r.Header[strings.ToLower(name)] = []string{"A"}, []string{"b"}
		fmt.Fprintf(&want, "x-%04d:A,b\n", i)
	}
	got, err := AppendCanonicalRequest(nil, s, r)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), "\nhost:"+suiteHost+"\n"+want.String()+"\nhost;x-0000;x-0001;") {
		t.Errorf("%s", got)
	}
	if err := s.Sign(r, suiteCredentials(), suiteTime); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(r, suiteCredentials(), suiteTime, 0); err != nil {
		t.Fatal(err)
	}
}

// TestSignAllocs pins the allocations of a signature with a cached key.
func TestSignAllocs(t *testing.T) {
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
		}); n > 2 {
			t.Errorf("%s: %v allocations, want 2", tc.name, n)
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
