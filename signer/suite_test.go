package signer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sort"
	"strings"
	"testing"
	"time"
)

// request returns the case's request, its header a copy.
func (tc *suiteCase) request() *Request {
	r := &Request{Method: tc.method, Host: suiteHost, Path: tc.path, RawQuery: tc.query, Header: tc.header.Clone()}
	if r.Method == "" {
		r.Method = "GET"
	}
	if r.Path == "" {
		r.Path = "/"
	}
	r.PayloadHash = HashPayload([]byte(tc.body))
	return r
}

func (tc *suiteCase) credentials() *Credentials {
	c := &Credentials{AccessKeyID: suiteKeyID, SecretAccessKey: suiteSecret, SessionToken: tc.token}
	if tc.tokenLate {
		c.SessionToken = ""
	}
	return c
}

// canonical puts the canonical request together from the parts of the table, without any of the package's code.
func (tc *suiteCase) canonical(query string, more ...string) string {
	method, path := tc.method, tc.canonicalPath
	if method == "" {
		method = "GET"
	}
	if path == "" {
		path = "/"
	}
	lines := append(strings.SplitAfter(tc.canonicalHeaders, "\n"), "host:"+suiteHost+"\n")
	lines = append(lines, more...)
	sort.Strings(lines)
	var names []string
	for _, line := range lines {
		if name, _, ok := strings.Cut(line, ":"); ok {
			names = append(names, name)
		}
	}
	hash := sha256.Sum256([]byte(tc.body))
	return method + "\n" + path + "\n" + query + "\n" + strings.Join(lines, "") + "\n" + strings.Join(names, ";") + "\n" + hex.EncodeToString(hash[:])
}

func stringToSign(canonical string) string {
	hash := sha256.Sum256([]byte(canonical))
	return "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n" + hex.EncodeToString(hash[:])
}

func suiteSignature(text string) string {
	key := DeriveKey(suiteSecret, suiteTime, "us-east-1", "service")
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

// TestSuite runs every case of the suite, by header and by query, stage by stage.
func TestSuite(t *testing.T) {
	if len(suite) < 43 {
		t.Fatalf("the suite has %d cases, want at least 43", len(suite))
	}
	seen := map[string]bool{}
	for i := range suite {
		tc := &suite[i]
		if seen[tc.name] {
			t.Errorf("case %s is there twice", tc.name)
		}
		seen[tc.name] = true
		t.Run(tc.name, func(t *testing.T) {
			t.Run("header", tc.testHeader)
			if tc.querySignature != "" {
				t.Run("query", tc.testQuery)
			}
		})
	}
}

func (tc *suiteCase) testHeader(t *testing.T) {
	s := &Signer{Region: "us-east-1", Service: "service", NormalizePath: tc.normalize}
	r, c := tc.request(), tc.credentials()
	more := []string{"x-amz-date:20150830T123600Z\n"}
	if c.SessionToken != "" {
		more = append(more, "x-amz-security-token:"+c.SessionToken+"\n")
	}
	// aws-c-auth sends the hash of a body it signs; botocore's copy does not.
	if tc.body != "" && !strings.HasPrefix(tc.name, "botocore/") {
		r.Header["x-amz-content-sha256"] = []string{formHash}
		more = append(more, "x-amz-content-sha256:"+formHash+"\n")
	}
	if err := s.Sign(r, c, suiteTime); err != nil {
		t.Fatal(err)
	}

	wantCanonical := tc.canonical(tc.canonicalQuery, more...)
	canonical, err := AppendCanonicalRequest(nil, s, r)
	if err != nil {
		t.Fatal(err)
	}
	if string(canonical) != wantCanonical {
		t.Errorf("canonical request:\n%s\nwant:\n%s", canonical, wantCanonical)
	}
	text := AppendStringToSign(nil, canonical, suiteTime, "us-east-1", "service")
	if want := stringToSign(wantCanonical); string(text) != want {
		t.Errorf("string to sign:\n%s\nwant:\n%s", text, want)
	}
	if got := suiteSignature(string(text)); got != tc.headerSignature {
		t.Errorf("signature by stages: %s, want %s", got, tc.headerSignature)
	}
	names := strings.Split(wantCanonical, "\n")
	want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
		names[len(names)-2] + ", Signature=" + tc.headerSignature
	if got := http.Header(r.Header).Get("Authorization"); got != want {
		t.Errorf("Authorization:\n%s\nwant:\n%s", got, want)
	}
	if got := http.Header(r.Header).Get("X-Amz-Date"); got != "20150830T123600Z" {
		t.Errorf("X-Amz-Date: %q", got)
	}
	if err := s.Verify(r, c, suiteTime.Add(time.Minute), 0); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if tc.tokenLate {
		http.Header(r.Header).Set("X-Amz-Security-Token", tc.token)
		if err := s.Verify(r, &Credentials{AccessKeyID: suiteKeyID, SecretAccessKey: suiteSecret, SessionToken: tc.token}, suiteTime, 0); err == nil {
			t.Error("Verify accepts a session token that was not signed")
		}
	}
}

func (tc *suiteCase) testQuery(t *testing.T) {
	s := &Signer{Region: "us-east-1", Service: "service", NormalizePath: tc.normalize}
	r, c := tc.request(), tc.credentials()
	query, err := s.Presign(r, c, suiteTime, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"host"}
	for name := range tc.header {
		names = append(names, strings.ToLower(name))
	}
	sort.Strings(names)
	params := []string{
		"X-Amz-Algorithm=AWS4-HMAC-SHA256",
		"X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request",
		"X-Amz-Date=20150830T123600Z",
		"X-Amz-Expires=3600",
		"X-Amz-SignedHeaders=" + strings.Join(names, "%3B"),
	}
	if c.SessionToken != "" {
		params = append(params, "X-Amz-Security-Token="+strings.NewReplacer("/", "%2F", "+", "%2B", "=", "%3D").Replace(c.SessionToken))
	}
	all := append([]string(nil), params...)
	if tc.canonicalQuery != "" {
		all = append(all, strings.Split(tc.canonicalQuery, "&")...)
	}
	sort.Slice(all, func(i, j int) bool { // names apart from values, as '=' sorts above '-' and digits
		a, b, _ := strings.Cut(all[i], "=")
		x, y, _ := strings.Cut(all[j], "=")
		return a < x || a == x && b < y
	})
	wantCanonical := tc.canonical(strings.Join(all, "&"))

	want := strings.Join(append(params, "X-Amz-Signature="+tc.querySignature), "&")
	if tc.query != "" {
		want = tc.query + "&" + want
	}
	if query != want {
		t.Errorf("query:\n%s\nwant:\n%s", query, want)
	}
	r.RawQuery = query
	canonical, err := AppendCanonicalRequest(nil, s, r)
	if err != nil {
		t.Fatal(err)
	}
	if string(canonical) != wantCanonical {
		t.Errorf("canonical request:\n%s\nwant:\n%s", canonical, wantCanonical)
	}
	text := AppendStringToSign(nil, canonical, suiteTime, "us-east-1", "service")
	if want := stringToSign(wantCanonical); string(text) != want {
		t.Errorf("string to sign:\n%s\nwant:\n%s", text, want)
	}
	if got := suiteSignature(string(text)); got != tc.querySignature {
		t.Errorf("signature by stages: %s, want %s", got, tc.querySignature)
	}
	if err := s.Verify(r, c, suiteTime.Add(59*time.Minute), 0); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// TestSuiteVectors runs the requests of real services.
func TestSuiteVectors(t *testing.T) {
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			c := &Credentials{AccessKeyID: suiteKeyID, SecretAccessKey: suiteSecret, SessionToken: v.token}
			if err := v.signer.Sign(&v.request, c, v.at); err != nil {
				t.Fatal(err)
			}
			canonical, err := AppendCanonicalRequest(nil, &v.signer, &v.request)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(canonical), "\n")
			if lines[1] != v.canonicalPath {
				t.Errorf("canonical path %s, want %s", lines[1], v.canonicalPath)
			}
			if got := HashPayload(canonical); got != v.canonicalHash {
				t.Errorf("canonical request hashes to %s, want %s:\n%s", got, v.canonicalHash, canonical)
			}
			text := AppendStringToSign(nil, canonical, v.at, v.signer.Region, v.signer.Service)
			if !bytes.HasSuffix(text, []byte("\n"+v.canonicalHash)) {
				t.Errorf("string to sign: %s", text)
			}
			want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + v.at.Format("20060102") + "/" + v.signer.Region + "/" + v.signer.Service +
				"/aws4_request, SignedHeaders=" + v.canonicalSignedFields + ", Signature=" + v.signature
			if got := http.Header(v.request.Header).Get("Authorization"); got != want {
				t.Errorf("Authorization:\n%s\nwant:\n%s", got, want)
			}
			if err := v.signer.Verify(&v.request, c, v.at, 0); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

// TestSuiteKeys checks the published signing keys.
func TestSuiteKeys(t *testing.T) {
	for _, tc := range []struct{ day, region, service, key string }{
		{"20150830", "us-east-1", "service", "938127b5336810ddb6a5d6af445fcac9e371f9ed418ed386b022aed82901be75"},
		{"20150830", "us-east-1", "bedrock", "90e694a0eeb93605dc6a1e798b98fe0e790776a911d2494317b06246c599ba53"},
		{"20120215", "us-east-1", "iam", "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"},
	} {
		t.Run(tc.day+"/"+tc.service, func(t *testing.T) {
			at, err := time.Parse("20060102", tc.day)
			if err != nil {
				t.Fatal(err)
			}
			// The last second of the day, seen from where it is the next one already.
			at = at.Add(24*time.Hour - time.Second).In(time.FixedZone("UTC+9", 9*3600))
			if key := DeriveKey(suiteSecret, at, tc.region, tc.service); hex.EncodeToString(key[:]) != tc.key {
				t.Errorf("key %x, want %s", key, tc.key)
			}
		})
	}
}

// TestSuiteCanonical has the cases for which only a canonical form is published.
func TestSuiteCanonical(t *testing.T) {
	plain, s3, normal := &Signer{}, &Signer{SinglePathEncoding: true}, &Signer{NormalizePath: true}
	paths := []struct {
		name       string
		signer     *Signer
		path, want string
	}{
		{"double-encode-path", plain, "/test/@connections/X%3D", "/test/%40connections/X%253D"},
		{"raw colon as escaped colon", plain, "/model/a:1", "/model/a%3A1"},
		{"slashes stay", plain, "//a//b/", "//a//b/"},
		{"dots stay", plain, "/a/./b/../c", "/a/./b/../c"},
		{"lower-case escape", plain, "/%3a", "/%253a"},
		{"invalid UTF-8", plain, "/\xff", "/%FF"},
		{"s3: escaped once", s3, "/a%20b/c%3Ad", "/a%20b/c%3Ad"},
		{"s3: not escaped", s3, "/a b/c:d", "/a%20b/c%3Ad"},
		{"s3: escaped needlessly", s3, "/%41%7e", "/A~"},
		{"s3: lower-case digits", s3, "/%c3%a9", "/%C3%A9"},
		{"s3: escaped slash stays escaped", s3, "/a%2Fb%2fc/d", "/a%2Fb%2Fc/d"},
		{"s3: escaped percent", s3, "/100%25", "/100%25"},
		{"s3: nothing is normalised", s3, "/a//./b/../", "/a//./b/../"},
		{"normal: root", normal, "/", "/"},
		{"normal: above root", normal, "/../../a", "/a"},
		{"normal: pop and slash", normal, "/a/b/../", "/a/"},
		{"normal: pop all and slash", normal, "/a/../", "/"},
		{"normal: dot at end", normal, "/a/.", "/a"},
		{"normal: dots at end", normal, "/a/b/..", "/a"},
		{"normal: empty at end", normal, "/a//", "/a/"},
		{"normal: three dots are a name", normal, "/a/.../b", "/a/.../b"},
		{"normal: escaped twice all the same", normal, "/./a%3A", "/a%253A"},
	}
	for _, tc := range paths {
		t.Run("path/"+tc.name, func(t *testing.T) {
			if got := canonicalLine(t, tc.signer, &Request{Path: tc.path}, 1); got != tc.want {
				t.Errorf("%s becomes %s, want %s", tc.path, got, tc.want)
			}
		})
	}
	queries := []struct{ name, query, want string }{
		{"sorted after escaping", "k=a-b&k=a/b", "k=a%2Fb&k=a-b"},
		{"escaped sorts before letters", "a=1&é=2", "%C3%A9=2&a=1"},
		{"space", "k=a b", "k=a%20b"},
		{"escaped space", "k=a%20b", "k=a%20b"},
		{"plus is a plus", "k=a+b", "k=a%2Bb"},
		{"escaped plus", "k=a%2Bb", "k=a%2Bb"},
		{"name before value", "a1=x&a=y&a-=z", "a=y&a-=z&a1=x"},
		{"no equals sign", "b&a", "a=&b="},
		{"two equals signs", "a=b=c", "a=b%3Dc"},
		{"empty pairs", "&&a=1&&b=2&", "a=1&b=2"},
		{"empty name", "=x&a=", "=x&a="},
		{"semicolon", "a=1;b=2", "a=1%3Bb%3D2"},
		{"lower-case escape", "a=%c3%a9", "a=%C3%A9"},
		{"needless escape", "%61=%7E", "a=~"},
		{"repeated", "a=1&a=1", "a=1&a=1"},
		{"case", "b=1&B=2", "B=2&b=1"},
		{"its own signature", "X-Amz-Signature=00&a=1&%58-Amz-Signature=1", "a=1"},
	}
	for _, tc := range queries {
		t.Run("query/"+tc.name, func(t *testing.T) {
			if got := canonicalLine(t, plain, &Request{RawQuery: tc.query}, 2); got != tc.want {
				t.Errorf("%s becomes %s, want %s", tc.query, got, tc.want)
			}
		})
	}
	headers := []struct {
		name   string
		header http.Header
		want   string // of "a"
	}{
		{"tab at both ends", http.Header{"A": {"\ttab-space\t"}}, "tab-space"},
		{"three values", http.Header{"A": {"no-space", "\ttab-space", "trailing-space    "}}, "no-space,tab-space,trailing-space"},
		{"tab inside", http.Header{"A": {"a\t \tb"}}, "a b"},
		{"quoted", http.Header{"A": {`"a  b"`}}, `"a b"`},
		{"blank", http.Header{"A": {" \t "}}, ""},
		{"empty and more", http.Header{"A": {"", "x", ""}}, ",x,"},
		{"other bytes", http.Header{"A": {"caf\u00e9 \u2003x"}}, "caf\u00e9 \u2003x"},
		{"names in two cases", http.Header{"a": {"2", "3"}, "A": {"1"}}, "1,2,3"},
	}
	for _, tc := range headers {
		t.Run("header/"+tc.name, func(t *testing.T) {
			if got := canonicalLine(t, plain, &Request{Header: tc.header}, 3); got != "a:"+tc.want {
				t.Errorf("%q becomes %q, want %q", tc.header, got, "a:"+tc.want)
			}
		})
	}
}

// canonicalLine returns one line of the canonical request of r, the fields that are missing filled in.
func canonicalLine(t *testing.T, s *Signer, r *Request, line int) string {
	t.Helper()
	r.Method, r.Host, r.PayloadHash = "GET", suiteHost, emptyHash
	if r.Path == "" {
		r.Path = "/"
	}
	b, err := AppendCanonicalRequest([]byte("before"), s, r)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b, []byte("beforeGET\n")) {
		t.Fatalf("AppendCanonicalRequest does not append: %q", b)
	}
	return strings.Split(string(b), "\n")[line]
}
