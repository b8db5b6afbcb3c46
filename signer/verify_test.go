package signer

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// verified is a request that Verify accepts, to be broken one way a case.
type verified struct {
	signer *Signer
	r      *Request
	c      *Credentials
	now    time.Time
	window time.Duration
}

func newVerified(t testing.TB, presigned, token bool) *verified {
	t.Helper()
	v := &verified{signer: suiteSigner(), r: plainRequest(), c: suiteCredentials(), now: suiteTime.Add(time.Minute)}
	if token {
		v.c.SessionToken = suiteShortToken + "+/="
	}
	v.r.Method, v.r.Path, v.r.RawQuery = "POST", "/a%3A/b", "q=1&p=a%20b"
	v.r.Header = http.Header{"Content-Type": {"application/json"}, "X-Amz-Target": {"a", "b"}, "User-Agent": {"u"}}
	if presigned {
		query, err := v.signer.Presign(v.r, v.c, suiteTime, 10*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		v.r.RawQuery = query
	} else if err := v.signer.Sign(v.r, v.c, suiteTime); err != nil {
		t.Fatal(err)
	}
	if err := v.verify(); err != nil {
		t.Fatalf("the good request: %v", err)
	}
	return v
}

func (v *verified) verify() error { return v.signer.Verify(v.r, v.c, v.now, v.window) }

// auth and query replace text in the Authorization header and in the query; what is not there fails the test.
func (v *verified) auth(t testing.TB, old, new string) {
	a := v.r.Header["Authorization"][0]
	if !strings.Contains(a, old) {
		t.Fatalf("no %q in %q", old, a)
	}
	v.r.Header["Authorization"] = []string{strings.Replace(a, old, new, 1)}
}

func (v *verified) query(t testing.TB, old, new string) {
	if !strings.Contains(v.r.RawQuery, old) {
		t.Fatalf("no %q in %q", old, v.r.RawQuery)
	}
	v.r.RawQuery = strings.Replace(v.r.RawQuery, old, new, 1)
}

// verifyCase breaks a good request in one way.
type verifyCase struct {
	name   string
	change func(t testing.TB, v *verified)
	want   error // nil: still good
}

// headerCases break a request that is signed by header.
func headerCases() []verifyCase {
	const h = "Authorization"
	return []verifyCase{
		// What a proxy may do.
		{"another user agent", func(_ testing.TB, v *verified) { v.r.Header["User-Agent"] = []string{"p"} }, nil},
		{"an unsigned header", func(_ testing.TB, v *verified) { v.r.Header["X-Forwarded-For"] = []string{"::1"} }, nil},
		{"CloudFront's id", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Cf-Id"] = []string{"x"} }, nil},
		{"names in lower case", func(_ testing.TB, v *verified) {
			for name, values := range v.r.Header {
				delete(v.r.Header, name)
				v.r.Header[strings.ToLower(name)] = values
			}
		}, nil},
		{"no value under the name in lower case", func(_ testing.TB, v *verified) {
			v.r.Header["authorization"], v.r.Header["x-amz-date"] = nil, []string{}
		}, nil},
		{"host in the header too", func(_ testing.TB, v *verified) { v.r.Header["Host"] = []string{suiteHost} }, nil},
		{"query in another order", func(_ testing.TB, v *verified) { v.r.RawQuery = "p=%61%20b&q=1" }, nil},
		{"no blanks", func(t testing.TB, v *verified) { v.auth(t, ", SignedHeaders", ",SignedHeaders") }, nil},
		{"elements in another order", func(_ testing.TB, v *verified) {
			parts := strings.Split(strings.TrimPrefix(v.r.Header[h][0], algorithm+" "), ", ")
			v.r.Header[h] = []string{algorithm + "  " + parts[2] + " ,\t" + parts[0] + "," + parts[1]}
		}, nil},
		{"negative window is the default", func(_ testing.TB, v *verified) { v.window = -time.Hour }, nil},
		{"wide window", func(_ testing.TB, v *verified) { v.now, v.window = suiteTime.Add(time.Hour), time.Hour }, nil},
		{"widest window", func(_ testing.TB, v *verified) {
			v.now, v.window = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 1<<63-1
		}, nil},
		{"end of the window", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(5 * time.Minute) }, nil},
		{"start of the window", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(-5 * time.Minute) }, nil},
		{"credentials that expire later", func(_ testing.TB, v *verified) { v.c.Expires = v.now.Add(1) }, nil},

		{"no signature", func(_ testing.TB, v *verified) { delete(v.r.Header, h) }, ErrUnsigned},
		{"two signatures", func(_ testing.TB, v *verified) { v.r.Header[h] = append(v.r.Header[h], v.r.Header[h]...) }, ErrMalformed},
		{"two names", func(_ testing.TB, v *verified) { v.r.Header["authorization"] = v.r.Header[h] }, ErrMalformed},
		{"signed and presigned", func(_ testing.TB, v *verified) { v.r.RawQuery += "&X-Amz-Signature=0" }, ErrMalformed},
		{"signed and half presigned", func(_ testing.TB, v *verified) { v.r.RawQuery += "&X-Amz-Al%67orithm=0" }, ErrMalformed},
		{"bearer", func(_ testing.TB, v *verified) { v.r.Header[h] = []string{"Bearer x"} }, ErrMalformed},
		{"empty", func(_ testing.TB, v *verified) { v.r.Header[h] = []string{""} }, ErrMalformed},
		{"scheme only", func(_ testing.TB, v *verified) { v.r.Header[h] = []string{algorithm} }, ErrMalformed},
		{"another algorithm", func(t testing.TB, v *verified) { v.auth(t, "SHA256 ", "SHA512 ") }, ErrMalformed},
		{"unknown element", func(_ testing.TB, v *verified) { v.r.Header[h][0] += ", X=y" }, ErrMalformed},
		{"repeated element", func(_ testing.TB, v *verified) { v.r.Header[h][0] += ", SignedHeaders=host" }, ErrMalformed},
		{"trailing comma", func(_ testing.TB, v *verified) { v.r.Header[h][0] += "," }, ErrMalformed},
		{"empty element", func(t testing.TB, v *verified) { v.auth(t, "Credential="+suiteKeyID, "Credential=, x=") }, ErrMalformed},
		{"no signed headers", func(t testing.TB, v *verified) { v.auth(t, "SignedHeaders=", "SignedHeaders=,") }, ErrMalformed},
		{"no SignedHeaders element", func(_ testing.TB, v *verified) {
			a := v.r.Header[h][0]
			v.r.Header[h] = []string{a[:strings.Index(a, "SignedHeaders")] + a[strings.Index(a, "Signature"):]}
		}, ErrMalformed},
		{"four parts", func(t testing.TB, v *verified) { v.auth(t, suiteKeyID+"/", "") }, ErrMalformed},
		{"no key id", func(t testing.TB, v *verified) { v.auth(t, suiteKeyID, "") }, ErrMalformed},
		{"another terminator", func(t testing.TB, v *verified) { v.auth(t, "aws4_request", "aws5_request") }, ErrMalformed},
		{"one part", func(t testing.TB, v *verified) {
			v.auth(t, "Credential="+suiteKeyID+"/20150830/us-east-1/service/aws4_request", "Credential=x")
		}, ErrMalformed},
		{"short signature", func(_ testing.TB, v *verified) { a := v.r.Header[h][0]; v.r.Header[h] = []string{a[:len(a)-1]} }, ErrMalformed},
		{"upper-case signature", func(_ testing.TB, v *verified) {
			a := v.r.Header[h][0]
			v.r.Header[h] = []string{a[:len(a)-64] + strings.ToUpper(a[len(a)-64:]) + ""}
		}, ErrMalformed},
		{"no date", func(_ testing.TB, v *verified) { delete(v.r.Header, "X-Amz-Date") }, ErrMalformed},
		{"two dates", func(_ testing.TB, v *verified) { v.r.Header["x-amz-date"] = v.r.Header["X-Amz-Date"] }, ErrMalformed},
		{"RFC 1123 date", func(_ testing.TB, v *verified) {
			v.r.Header["X-Amz-Date"] = []string{"Sun, 30 Aug 2015 12:36:00 GMT"}
		}, ErrMalformed},
		{"31 February", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Date"] = []string{"20150231T123600Z"} }, ErrMalformed},
		{"lower-case date", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Date"] = []string{"20150830t123600z"} }, ErrMalformed},
		{"signed date", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Date"] = []string{"2015083+T123600Z"} }, ErrMalformed},
		{"two tokens", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Security-Token"] = []string{"a", "b"} }, ErrMalformed},
		{"semicolon at the end", func(t testing.TB, v *verified) { v.auth(t, "x-amz-target,", "x-amz-target;,") }, ErrMalformed},
		{"semicolon at the start", func(t testing.TB, v *verified) { v.auth(t, "=content-type;", "=;content-type;") }, ErrMalformed},
		{"list not sorted", func(t testing.TB, v *verified) { v.auth(t, "content-type;host", "host;content-type") }, ErrMalformed},
		{"list with one name twice", func(t testing.TB, v *verified) { v.auth(t, "host;", "host;host;") }, ErrMalformed},
		{"list in upper case", func(t testing.TB, v *verified) { v.auth(t, "host;", "Host;") }, ErrMalformed},
		{"list in upper case, sorted", func(t testing.TB, v *verified) { v.auth(t, "host;", "hOst;") }, ErrMalformed},
		{"list with what is no name", func(t testing.TB, v *verified) { v.auth(t, "host;", "host;i/j;") }, ErrMalformed},

		{"another key id", func(t testing.TB, v *verified) { v.auth(t, suiteKeyID, "AKIDOTHER") }, ErrKeyID},
		{"key id with a slash", func(t testing.TB, v *verified) { v.auth(t, suiteKeyID, "x/"+suiteKeyID) }, ErrKeyID},
		{"another day", func(t testing.TB, v *verified) { v.auth(t, "/20150830/", "/20150829/") }, ErrScope},
		{"another region", func(t testing.TB, v *verified) { v.auth(t, "/us-east-1/", "/us-east-2/") }, ErrScope},
		{"another service", func(t testing.TB, v *verified) { v.auth(t, "/service/", "/servicf/") }, ErrScope},
		{"too late", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(5*time.Minute + 1) }, ErrClock},
		{"too early", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(-5*time.Minute - 1) }, ErrClock},
		{"narrow window", func(_ testing.TB, v *verified) { v.window = 59 * time.Second }, ErrClock},
		{"narrowest window", func(_ testing.TB, v *verified) { v.window = 1 }, ErrClock},
		{"centuries late", func(_ testing.TB, v *verified) {
			v.now, v.window = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), 1<<62
		}, ErrClock},
		{"expired credentials", func(_ testing.TB, v *verified) { v.c.Expires = v.now }, ErrExpired},
		{"token not expected", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Security-Token"] = []string{"t"} }, ErrToken},
		{"token missing", func(_ testing.TB, v *verified) { v.c.SessionToken = "t" }, ErrToken},
		{"token not signed", func(_ testing.TB, v *verified) {
			v.c.SessionToken, v.r.Header["X-Amz-Security-Token"] = "t", []string{"t"}
		}, ErrSignedHeaders},
		{"host not signed", func(t testing.TB, v *verified) { v.auth(t, "host;", "") }, ErrSignedHeaders},
		{"date not signed", func(t testing.TB, v *verified) { v.auth(t, "x-amz-date;", "") }, ErrSignedHeaders},
		{"x-amz- not signed", func(t testing.TB, v *verified) { v.auth(t, ";x-amz-target", "") }, ErrSignedHeaders},
		{"x-amz- added", func(_ testing.TB, v *verified) { v.r.Header["x-amz-acl"] = []string{"public-read"} }, ErrSignedHeaders},
		{"x-amz- added behind", func(_ testing.TB, v *verified) { v.r.Header["x-amz-zz"] = []string{"public-read"} }, ErrSignedHeaders},
		{"signed header missing", func(_ testing.TB, v *verified) { delete(v.r.Header, "Content-Type") }, ErrSignedHeaders},
		{"last signed header missing", func(_ testing.TB, v *verified) { delete(v.r.Header, "X-Amz-Target") }, ErrSignedHeaders},
		{"authorization signed", func(t testing.TB, v *verified) { v.auth(t, "=content-type", "=authorization;content-type") }, ErrSignedHeaders},
		{"another hash in the header", func(_ testing.TB, v *verified) {
			v.r.PayloadHash = UnsignedPayload
			if err := v.signer.Sign(v.r, v.c, suiteTime); err != nil {
				panic(err)
			}
			v.r.PayloadHash = emptyHash
		}, ErrPayload},
		{"the hash in the header, twice", func(_ testing.TB, v *verified) {
			v.r.Header["X-Amz-Content-Sha256"] = []string{emptyHash}
			if err := v.signer.Sign(v.r, v.c, suiteTime); err != nil {
				panic(err)
			}
			v.r.Header["x-amz-content-sha256"] = []string{emptyHash}
		}, ErrPayload},
		{"another method", func(_ testing.TB, v *verified) { v.r.Method = "PUT" }, ErrSignature},
		{"another host", func(_ testing.TB, v *verified) { v.r.Host = "h" }, ErrSignature},
		{"another path", func(_ testing.TB, v *verified) { v.r.Path = "/a:/b" }, ErrSignature},
		{"another query", func(_ testing.TB, v *verified) { v.r.RawQuery += "&x" }, ErrSignature},
		{"another body", func(_ testing.TB, v *verified) { v.r.PayloadHash = formHash }, ErrSignature},
		{"another value", func(_ testing.TB, v *verified) { v.r.Header["Content-Type"] = []string{"text/json"} }, ErrSignature},
		{"one more value", func(_ testing.TB, v *verified) { v.r.Header["x-amz-target"] = []string{"c"} }, ErrSignature},
		{"another second", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Date"] = []string{"20150830T123601Z"} }, ErrSignature},
		{"another secret", func(_ testing.TB, v *verified) { v.c.SecretAccessKey += "x" }, ErrSignature},
		{"one header less", func(t testing.TB, v *verified) { v.auth(t, "content-type;", "") }, ErrSignature},
		{"control character", func(_ testing.TB, v *verified) { v.r.Header["Content-Type"] = []string{"a\r\nb"} }, ErrInvalid},
		{"another host in the header", func(_ testing.TB, v *verified) { v.r.Header["host"] = []string{"h"} }, ErrInvalid},
	}
}

func TestVerifyHeader(t *testing.T) {
	for _, tc := range headerCases() {
		t.Run(tc.name, func(t *testing.T) {
			v := newVerified(t, false, false)
			tc.change(t, v)
			checkVerify(t, v, tc.want)
		})
	}
}

// TestVerifyNoKeyID: a credential whose key id is empty has its five parts.
func TestVerifyNoKeyID(t *testing.T) {
	v := newVerified(t, false, false)
	v.auth(t, suiteKeyID, "")
	const want = "signer: malformed signature: Authorization has a credential without key id or aws4_request"
	if err := v.verify(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func checkVerify(t *testing.T, v *verified, want error) {
	t.Helper()
	err := v.verify()
	var e *Error
	if want == nil && err != nil || want != nil && (!errors.Is(err, want) || !errors.As(err, &e)) {
		t.Errorf("%v, want %v", err, want)
	}
	if err != nil && strings.Contains(err.Error(), suiteShortToken) {
		t.Errorf("the error prints the token: %v", err)
	}
}

// presignedCases break a presigned request with a session token.
func presignedCases() []verifyCase {
	return []verifyCase{
		{"last second", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(10 * time.Minute) }, nil},
		{"within the window before", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(-5 * time.Minute) }, nil},
		{"parameters in another order", func(_ testing.TB, v *verified) {
			p := strings.Split(v.r.RawQuery, "&")
			for i := range len(p) / 2 {
				p[i], p[len(p)-1-i] = p[len(p)-1-i], p[i]
			}
			v.r.RawQuery = strings.Join(p, "&")
		}, nil},
		{"names escaped", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Date", "%58-Amz-Date") }, nil},
		{"credential not escaped", func(_ testing.TB, v *verified) { v.r.RawQuery = strings.ReplaceAll(v.r.RawQuery, "%2F", "/") }, nil},

		{"over", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(10*time.Minute + 1) }, ErrExpired},
		{"expired credentials", func(_ testing.TB, v *verified) { v.c.Expires = v.now }, ErrExpired},
		{"from the future", func(_ testing.TB, v *verified) { v.now = suiteTime.Add(-5*time.Minute - 1) }, ErrClock},
		{"no signature", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Signature=", "x=") }, ErrMalformed},
		{"no algorithm", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Algorithm=", "x=") }, ErrMalformed},
		{"another algorithm", func(t testing.TB, v *verified) { v.query(t, algorithm, "AWS4-HMAC-SHA512") }, ErrMalformed},
		{"neither", func(t testing.TB, v *verified) {
			v.query(t, "X-Amz-Signature=", "x=")
			v.query(t, "X-Amz-Algorithm=", "x=")
		}, ErrUnsigned},
		{"no credential", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Credential=", "x=") }, ErrMalformed},
		{"no date", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Date=", "x=") }, ErrMalformed},
		{"no expiry", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=", "x=") }, ErrMalformed},
		{"expiry 0", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=0") }, ErrMalformed},
		{"expiry -1", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=-1") }, ErrMalformed},
		{"expiry 604801", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=604801") }, ErrMalformed},
		{"expiry 2^64+600", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=18446744073709552216") }, ErrMalformed},
		{"expiry +600", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=%2B600") }, ErrMalformed},
		{"expiry 0600", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=0600") }, ErrMalformed},
		{"expiry 1e3", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=1e3") }, ErrMalformed},
		{"no signed headers", func(t testing.TB, v *verified) { v.query(t, "X-Amz-SignedHeaders=", "x=") }, ErrMalformed},
		{"empty token", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Date=", "X-Amz-Security-Token=&X-Amz-Date=") }, ErrMalformed},
		{"empty parameter", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Date=20150830T123600Z", "X-Amz-Date=") }, ErrMalformed},
		{"repeated parameter", func(_ testing.TB, v *verified) { v.r.RawQuery += "&X-Amz-Date=20150830T123600Z" }, ErrMalformed},
		{"repeated signature", func(_ testing.TB, v *verified) { v.r.RawQuery += "&X-Amz-Signature=" + emptyHash }, ErrMalformed},
		{"token in the header too", func(_ testing.TB, v *verified) { v.r.Header["x-amz-security-token"] = []string{v.c.SessionToken} }, ErrMalformed},
		{"another key id", func(t testing.TB, v *verified) { v.query(t, suiteKeyID, "AKIDOTHER") }, ErrKeyID},
		{"another region", func(t testing.TB, v *verified) { v.query(t, "us-east-1", "us-east-2") }, ErrScope},
		{"no token", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Security-Token=", "x=") }, ErrToken},
		{"another token", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Security-Token=6", "X-Amz-Security-Token=7") }, ErrToken},
		{"x-amz-date added", func(_ testing.TB, v *verified) { v.r.Header["X-Amz-Date"] = []string{"20150830T123600Z"} }, ErrSignedHeaders},
		{"longer expiry", func(t testing.TB, v *verified) { v.query(t, "X-Amz-Expires=600", "X-Amz-Expires=601") }, ErrSignature},
		{"another parameter", func(t testing.TB, v *verified) { v.query(t, "q=1", "q=2") }, ErrSignature},
		{"another content type", func(_ testing.TB, v *verified) { v.r.Header["Content-Type"] = []string{"text/json"} }, ErrSignature},
	}
}

func TestVerifyPresigned(t *testing.T) {
	for _, tc := range presignedCases() {
		t.Run(tc.name, func(t *testing.T) {
			v := newVerified(t, true, true)
			tc.change(t, v)
			checkVerify(t, v, tc.want)
		})
	}
}

// TestVerifyExpires: each length that Presign gives is one that Verify takes.
func TestVerifyExpires(t *testing.T) {
	s, c := suiteSigner(), suiteCredentials()
	for _, seconds := range []int{1, 9, 10, 99, 3600, 99999, 599999, 604799, 604800} {
		r := plainRequest()
		expires := time.Duration(seconds) * time.Second
		query, err := s.Presign(r, c, suiteTime, expires)
		if err != nil {
			t.Fatal(err)
		}
		r.RawQuery = query
		if err := s.Verify(r, c, suiteTime.Add(expires), 0); err != nil {
			t.Errorf("%d s, in the last: %v", seconds, err)
		}
		if err := s.Verify(r, c, suiteTime.Add(expires+1), 0); !errors.Is(err, ErrExpired) {
			t.Errorf("%d s, after the last: %v", seconds, err)
		}
	}
}

// TestVerifyBits flips every bit of everything a signature covers; no such request is good.
func TestVerifyBits(t *testing.T) {
	for _, presigned := range []bool{false, true} {
		v := newVerified(t, presigned, true)
		fields := []*string{&v.r.Method, &v.r.Host, &v.r.Path, &v.r.PayloadHash, &v.c.SecretAccessKey, &v.c.AccessKeyID, &v.c.SessionToken}
		for name, values := range v.r.Header {
			if name != "User-Agent" && name != "Authorization" {
				for i := range values {
					fields = append(fields, &values[i])
				}
			}
		}
		n := 0
		for _, f := range fields {
			good := *f
			for i := range 8 * len(good) {
				b := []byte(good)
				b[i/8] ^= 1 << (i % 8)
				*f = string(b)
				if err := v.verify(); err == nil {
					t.Errorf("%q is as good as %q", *f, good)
				}
				n++
			}
			*f = good
		}
		if err := v.verify(); err != nil || n < 1500 {
			t.Errorf("after %d flips: %v", n, err)
		}
	}
}

// TestVerifyNormalized: a server that normalises paths accepts what a client that does has signed.
func TestVerifyNormalized(t *testing.T) {
	v := newVerified(t, false, false)
	v.signer.NormalizePath = true
	v.r.Path = "/x/../a%3A/./b"
	checkVerify(t, v, nil)
	v.signer.NormalizePath = false
	checkVerify(t, v, ErrSignature)
}

func TestAccessKeyID(t *testing.T) {
	for _, presigned := range []bool{false, true} {
		v := newVerified(t, presigned, false)
		if id, err := v.r.AccessKeyID(); id != suiteKeyID || err != nil {
			t.Errorf("%q, %v", id, err)
		}
	}
	if id, err := plainRequest().AccessKeyID(); id != "" || !errors.Is(err, ErrUnsigned) {
		t.Errorf("%q, %v", id, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	v := newVerified(b, false, true)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.verify(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestVerifyAuthority: a client of HTTP/2 may sign :authority in place of host, by header and by query. The
// signature is made here from the exported stages, as such a client makes it.
func TestVerifyAuthority(t *testing.T) {
	s, c := suiteSigner(), suiteCredentials()
	sign := func(names string) *Request {
		r := plainRequest()
		r.Header = http.Header{"X-Amz-Date": {"20150830T123600Z"}, "Content-Type": {"text/plain"}}
		canonical := "GET\n/\n\n"
		for _, name := range strings.Split(names, ";") {
			canonical += name + ":" + map[string]string{
				":authority": r.Host, "host": r.Host, "content-type": "text/plain", "x-amz-date": "20150830T123600Z", ":path": "/", ":method": "GET",
			}[name] + "\n"
		}
		text := AppendStringToSign(nil, []byte(canonical+"\n"+names+"\n"+emptyHash), suiteTime, s.Region, s.Service)
		r.Header["Authorization"] = []string{algorithm + " Credential=" + suiteKeyID + "/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
			names + ", Signature=" + suiteSignature(string(text))}
		return r
	}
	for _, tc := range []struct {
		names  string
		want   error
		reason string
	}{
		{":authority;content-type;x-amz-date", nil, ""},
		{":authority;x-amz-date", nil, ""},
		{"host;x-amz-date", nil, ""},
		{":authority;host;x-amz-date", ErrSignedHeaders, "is signed and is not there"}, // HTTP/2 has one of them
		{"content-type;x-amz-date", ErrSignedHeaders, "Request.Header[Host] must be signed and is not"},
		{":authority;:path;x-amz-date", ErrSignedHeaders, "has a pseudo-header other than :authority"},
		{":method;host;x-amz-date", ErrSignedHeaders, "has a pseudo-header other than :authority"},
		{"content-type;:authority;x-amz-date", ErrMalformed, "is not sorted, or has a name twice"},
		{":authority;:authority;x-amz-date", ErrMalformed, "is not sorted, or has a name twice"},
		{":Authority;x-amz-date", ErrSignedHeaders, "has a pseudo-header other than :authority"},
		{":authority;Content-Type;x-amz-date", ErrMalformed, "has a name that is not an HTTP token in lower case"},
		{":authority;;x-amz-date", ErrMalformed, "has an empty name"},
	} {
		r := sign(tc.names)
		err := s.Verify(r, c, suiteTime, 0)
		if !errors.Is(err, tc.want) || err != nil && !strings.HasSuffix(err.Error(), tc.reason) {
			t.Errorf("%s: %v, want %v: %s", tc.names, err, tc.want, tc.reason)
		}
		if tc.want != nil {
			continue
		}
		// The value that was signed is the host.
		r.Host = "another.example.com"
		if err := s.Verify(r, c, suiteTime, 0); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, another host: %v", tc.names, err)
		}
		r = sign(tc.names)
		if err := s.Verify(r, &Credentials{AccessKeyID: suiteKeyID, SecretAccessKey: suiteSecret + "x"}, suiteTime, 0); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, another secret: %v", tc.names, err)
		}
	}

	r := plainRequest()
	r.RawQuery = "X-Amz-Algorithm=" + algorithm + "&X-Amz-Credential=" + suiteKeyID + "%2F20150830%2Fus-east-1%2Fservice%2Faws4_request" +
		"&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=%3Aauthority"
	canonical := "GET\n/\n" + r.RawQuery + "\n:authority:" + r.Host + "\n\n:authority\n" + emptyHash
	r.RawQuery += "&X-Amz-Signature=" + suiteSignature(string(AppendStringToSign(nil, []byte(canonical), suiteTime, s.Region, s.Service)))
	if err := s.Verify(r, c, suiteTime, 0); err != nil {
		t.Errorf("presigned: %v", err)
	}
}

// TestVerifyCovers holds the documentation of Verify: which requests have one signature, and which do not.
func TestVerifyCovers(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(v *verified)
		want   error
	}{
		{"order of parameters", func(v *verified) { v.r.RawQuery = "none&semi=1%3B2&plus=%2B&plain=A" }, nil},
		{"plus sign not escaped", func(v *verified) { v.r.RawQuery = "plus=+&semi=1%3B2&plain=A&none" }, nil},
		{"semicolon not escaped", func(v *verified) { v.r.RawQuery = "plus=%2B&semi=1;2&plain=A&none" }, nil},
		{"letter escaped", func(v *verified) { v.r.RawQuery = "plus=%2b&s%65mi=1%3b2&plain=%41&none" }, nil},
		{"name with its equals sign", func(v *verified) { v.r.RawQuery = "plus=%2B&semi=1%3B2&plain=A&none=" }, nil},
		{"empty parameters", func(v *verified) { v.r.RawQuery = "&plus=%2B&&semi=1%3B2&plain=A&none&" }, nil},
		{"space in place of the plus sign", func(v *verified) { v.r.RawQuery = "plus=%20&semi=1%3B2&plain=A&none" }, ErrSignature},
		{"two parameters in place of the semicolon", func(v *verified) { v.r.RawQuery = "plus=%2B&semi=1&2&plain=A&none" }, ErrSignature},
		{"empty parameter with an equals sign", func(v *verified) { v.r.RawQuery += "&=" }, ErrSignature},
		{"letter in another case", func(v *verified) { v.r.RawQuery = "plus=%2B&semi=1%3B2&plain=a&none" }, ErrSignature},

		{"case of a name", func(v *verified) { delete(v.r.Header, "Words"); v.r.Header["wORDS"] = []string{"two words"} }, nil},
		{"blanks at the ends", func(v *verified) { v.r.Header["Words"] = []string{" \ttwo words\t "} }, nil},
		{"blanks between words", func(v *verified) { v.r.Header["Words"] = []string{"two \t  words"} }, nil},
		{"tab between words", func(v *verified) { v.r.Header["Words"] = []string{"two\twords"} }, nil},
		{"one field with commas", func(v *verified) { v.r.Header["Values"] = []string{"a,b"} }, nil},
		{"one name in two cases", func(v *verified) { v.r.Header["Values"] = []string{"a"}; v.r.Header["values"] = []string{"b"} }, nil},
		{"a field that is not listed", func(v *verified) { v.r.Header["Other"] = []string{"x"} }, nil},
		{"no blank between words", func(v *verified) { v.r.Header["Words"] = []string{"twowords"} }, ErrSignature},
		{"case of a value", func(v *verified) { v.r.Header["Words"] = []string{"Two words"} }, ErrSignature},
		{"order of values", func(v *verified) { v.r.Header["Values"] = []string{"b", "a"} }, ErrSignature},
		{"blank after the comma", func(v *verified) { v.r.Header["Values"] = []string{"a, b"} }, ErrSignature},

		{"path escaped differently", func(v *verified) { v.r.Path = "/a%3ab/%41" }, ErrSignature},
		{"path with a dot segment", func(v *verified) { v.r.Path = "/./a%3Ab/A" }, ErrSignature},
		{"path escaped differently, for S3", func(v *verified) { resign(v, true, false); v.r.Path = "/a:b/%41" }, nil},
		{"path with a dot segment, for S3", func(v *verified) { resign(v, true, false); v.r.Path = "/./a%3Ab/A" }, ErrSignature},
		{"path with dot segments, normalized", func(v *verified) { resign(v, false, true); v.r.Path = "//x/../a%3Ab/./A" }, nil},
		{"path escaped differently, normalized", func(v *verified) { resign(v, false, true); v.r.Path = "/a:b/A" }, ErrSignature},
		{"case of the method", func(v *verified) { v.r.Method = "post" }, ErrSignature},
		{"case of the host", func(v *verified) { v.r.Host = strings.ToUpper(v.r.Host) }, ErrSignature},
	} {
		v := &verified{signer: suiteSigner(), r: plainRequest(), c: suiteCredentials(), now: suiteTime}
		v.r.Method, v.r.Path, v.r.RawQuery = "POST", "/a%3Ab/A", "plus=%2B&semi=1%3B2&plain=A&none"
		v.r.Header = http.Header{"Words": {"two words"}, "Values": {"a", "b"}}
		resign(v, false, false)
		if err := v.verify(); err != nil {
			t.Fatal(err)
		}
		tc.change(v)
		if err := v.verify(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
}

func resign(v *verified, single, normalize bool) {
	v.signer.SinglePathEncoding, v.signer.NormalizePath = single, normalize
	if err := v.signer.Sign(v.r, v.c, suiteTime); err != nil {
		panic(err)
	}
}

// TestVerifyBody: a literal leaves the body out, so the server has to refuse the literal where it wants a hash.
func TestVerifyBody(t *testing.T) {
	for _, literal := range []string{UnsignedPayload, StreamingEvents} {
		s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
		r.PayloadHash = literal
		if err := s.Sign(r, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(r, c, suiteTime, 0); err != nil {
			t.Errorf("%s: %v", literal, err)
		}
		r.PayloadHash = emptyHash
		if err := s.Verify(r, c, suiteTime, 0); !errors.Is(err, ErrPayload) {
			t.Errorf("%s, with the body's hash: %v", literal, err)
		}
	}
}

// TestSecondParse: queries that are one to the signer and two to net/url, and the canonical query, which is one
// to both.
func TestSecondParse(t *testing.T) {
	for _, tc := range []struct{ query, other, value string }{
		{"a=%2B", "a=+", "+"},
		{"a=1%3Bb=2", "a=1;b=2", "1;b=2"},
	} {
		first, _ := url.ParseQuery(tc.query)
		second, err := url.ParseQuery(tc.other)
		if first.Get("a") != tc.value || err == nil && second.Get("a") == tc.value {
			t.Errorf("%s and %s are one query to net/url: %v, %v", tc.query, tc.other, first, second)
		}
		for _, query := range []string{tc.query, tc.other} {
			line := canonicalLine(t, suiteSigner(), &Request{RawQuery: query}, 2)
			if values, err := url.ParseQuery(line); err != nil || len(values) != 1 || values.Get("a") != tc.value {
				t.Errorf("the canonical query of %s is %s, which net/url reads as %v, %v", query, line, values, err)
			}
		}
	}
}
