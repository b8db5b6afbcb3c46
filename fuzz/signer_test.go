package fuzz

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrockwire/signer"
)

const (
	signerHost   = "example.amazonaws.com"
	signerSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	signerToken  = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
)

var (
	signerTime  = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	signerEmpty = signer.HashPayload(nil)
)

// signerSeeds are the requests of AWS's Signature Version 4 suite that differ in path, query or header, some of the
// requests that it leaves out, and some that must be refused. header is "Name:value" lines.
var signerSeeds = []struct{ name, path, query, header string }{
	{"get-vanilla", "/", "", ""},
	{"get-relative", "/example1/example2/../..", "", ""},
	{"get-slash-dot-slash", "/./", "", ""},
	{"get-slash-pointless-dot", "/./example", "", ""},
	{"get-slashes", "//example//", "", ""},
	{"get-space", "/example space/", "", ""},
	{"get-unreserved", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", ""},
	{"get-utf8", "/ሴ", "", ""},
	{"get-header-key-duplicate", "/", "", "My-Header1:value2\nMy-Header1:value2\nMy-Header1:value1"},
	{"get-header-value-multiline", "/", "", "My-Header1:value1    value2       value3"},
	{"get-header-value-trim", "/", "", "My-Header1: value1\nMy-Header2: \"a   b   c\""},
	{"get-vanilla-query-order-encoded", "/", "Param-3=Value3&Param=Value2&%E1%88%B4=Value1", ""},
	{"get-vanilla-query-order-key-case", "/", "Param2=value2&Param1=value1", ""},
	{"get-vanilla-utf8-query", "/", "ሴ=bar", ""},
	{"post-x-www-form-urlencoded", "/", "", "Content-Type:application/x-www-form-urlencoded; charset=utf-8\nContent-Length:13"},
	{"bedrock", "/model/anthropic.claude-v2%3A1/invoke-with-response-stream", "", "Content-Type:application/json\nX-Amzn-Bedrock-Accept:application/json"},
	{"query order", "/", "k=a/b&k=a-b&a=1&%C3%A9=2&a b=a+b&;&&=&=x", ""},
	{"tabs", "/", "", "a:\ttab-space\t\na:x \t y"},
	{"stale", "/", "X-Amz-Date=1&X-Amz-Expires=1", "authorization:x\nX-AMZ-DATE:x\nx-amz-security-token:x\nX-Amz-Content-Sha256:x"},
	{"presigned", "/", "X-Amz-Signature=x&%58-Amz-Signature=y", ""},
	{"half presigned", "/", "X-Am%7A-Algorithm=x", ""},
	{"unsigned headers", "/", "", "Connection:close\nUser-Agent:x\ntraceparent:x\nAccept-Encoding:x"},
	{"names in two cases", "/", "", "X-A:1\nx-a:2\nX-B:3"},
	{"host", "/", "", "host:example.amazonaws.com"},
	{"bad escape", "/%zz", "%", ""},
	{"bad header", "/", "", "a b:c\n:\x00"},
}

func signerRequest(method, path, query, header string) *signer.Request {
	r := &signer.Request{Method: method, Host: signerHost, Path: path, RawQuery: query, Header: http.Header{}, PayloadHash: signerEmpty}
	for _, line := range strings.Split(header, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			r.Header[name] = append(r.Header[name], value)
		}
	}
	return r
}

func signerCredentials() *signer.Credentials {
	return &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: signerSecret, SessionToken: signerToken}
}

// refusedRightly fails unless the error is typed, says that the input is invalid, and is one line of ASCII.
func refusedRightly(t *testing.T, err error) {
	t.Helper()
	var e *signer.Error
	if !errors.As(err, &e) || !errors.Is(err, signer.ErrInvalid) {
		t.Fatalf("refused with %T: %v", err, err)
	}
	if text := err.Error(); strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) || len(text) > 300 {
		t.Fatalf("error text %q", text)
	}
}

// FuzzSignerCanonical: the canonical request does not depend on the order of parameters nor on the case of names, has as
// many lines as it must, and is canonical: what it contains comes out of a second pass unchanged.
func FuzzSignerCanonical(f *testing.F) {
	for _, seed := range signerSeeds {
		for flags := range byte(4) {
			f.Add("GET", seed.path, seed.query, seed.header, flags)
		}
	}
	f.Fuzz(func(t *testing.T, method, path, query, header string, flags byte) {
		s := &signer.Signer{SinglePathEncoding: flags&1 != 0, NormalizePath: flags&2 != 0}
		r := signerRequest(method, path, query, header)
		got, err := signer.AppendCanonicalRequest([]byte("kept"), s, r)
		if !bytes.HasPrefix(got, []byte("kept")) {
			t.Fatal("dst is not kept")
		}
		if err != nil {
			refusedRightly(t, err)
			return
		}
		got = got[len("kept"):]
		again := func(what string, change func(r *signer.Request)) {
			t.Helper()
			r := signerRequest(method, path, query, header)
			change(r)
			if second, err := signer.AppendCanonicalRequest(nil, s, r); err != nil || !bytes.Equal(second, got) {
				t.Fatalf("%s: %v\n%s\nwant\n%s", what, err, second, got)
			}
		}
		lines := strings.Split(string(got), "\n")
		names := strings.Split(lines[len(lines)-2], ";")
		if len(lines) != 6+len(names) || lines[0] != method || lines[len(lines)-1] != signerEmpty || !slices.IsSorted(names) || !slices.Contains(names, "host") {
			t.Fatalf("%d lines for %d names:\n%s", len(lines), len(names), got)
		}
		again("parameters backwards", func(r *signer.Request) {
			pairs := strings.Split(r.RawQuery, "&")
			slices.Reverse(pairs)
			r.RawQuery = strings.Join(pairs, "&")
		})
		again("canonical query", func(r *signer.Request) { r.RawQuery = lines[2] })
		if s.SinglePathEncoding {
			again("canonical path", func(r *signer.Request) { r.Path = lines[1] })
		}
		again("canonical header", func(r *signer.Request) {
			r.Header = http.Header{}
			for _, line := range lines[3 : len(lines)-3] {
				name, value, _ := strings.Cut(line, ":")
				r.Header[strings.ToUpper(name)] = []string{value}
			}
		})
	})
}

// FuzzSignerVerify: what can be signed is verified, by header and by query, and signing twice is signing once.
func FuzzSignerVerify(f *testing.F) {
	for i, seed := range signerSeeds {
		f.Add("POST", seed.path, seed.query, seed.header, byte(i), int64(i)*100)
	}
	f.Fuzz(func(t *testing.T, method, path, query, header string, flags byte, seconds int64) {
		s := &signer.Signer{Region: "us-east-1", Service: "bedrock", SinglePathEncoding: flags&1 != 0, NormalizePath: flags&2 != 0}
		c := signerCredentials()
		if flags&4 != 0 {
			c.SessionToken = ""
		}
		at := time.Unix(seconds, 0)
		r := signerRequest(method, path, query, header)
		if flags&8 != 0 {
			r.PayloadHash = signer.UnsignedPayload
		}
		before := maps.Clone(r.Header)
		if presigned, err := s.Presign(r, c, at, time.Hour); err != nil {
			refusedRightly(t, err)
		} else {
			if !reflect.DeepEqual(r.Header, before) || r.RawQuery != query {
				t.Fatal("Presign changed the request")
			}
			sent := signerRequest(method, path, presigned, header)
			sent.PayloadHash = r.PayloadHash
			for name := range sent.Header {
				switch strings.ToLower(name) {
				case "authorization", "x-amz-date", "x-amz-security-token": // must not be sent with a presigned query
					delete(sent.Header, name)
				}
			}
			if err := s.Verify(sent, c, at.Add(59*time.Minute), time.Second); err != nil {
				t.Fatalf("presigned: %v\n%s", err, presigned)
			}
		}
		if err := s.Sign(r, c, at); err != nil {
			refusedRightly(t, err)
			if !reflect.DeepEqual(r.Header, before) {
				t.Fatal("the refused request was changed")
			}
			return
		}
		once := http.Header(r.Header).Clone()
		plain, _ := url.PathUnescape(query) // what was signed has good escapes
		if id, err := r.AccessKeyID(); err != nil && !strings.Contains(plain, "mz-") || err == nil && id != c.AccessKeyID {
			t.Fatalf("key id %q, %v", id, err)
		}
		// A query with half of a presigned one is signed, and refused by Verify: it could mean two things.
		if err := s.Verify(r, c, at, time.Second); err != nil && !errors.Is(err, signer.ErrMalformed) {
			t.Fatalf("signed: %v", err)
		}
		if err := s.Sign(r, c, at); err != nil || !reflect.DeepEqual(http.Header(r.Header), once) {
			t.Fatalf("signed twice: %v, %v, want %v", err, r.Header, once)
		}
	})
}

// FuzzSignerMutated changes a signed request anywhere. It is refused with a typed error, or it still says the same: its
// canonical request and its signature are the ones that were signed.
func FuzzSignerMutated(f *testing.F) {
	for i := range signerSeeds {
		f.Add(byte(i), byte(i), uint16(i), []byte("x"), byte(1))
		f.Add(byte(i), byte(i), uint16(40*i), []byte{}, byte(2))
		f.Add(byte(i), byte(i+1), uint16(0), []byte("%20&+ \t;="), byte(0))
	}
	f.Fuzz(func(t *testing.T, seed, field byte, offset uint16, insert []byte, cut byte) {
		from := signerSeeds[int(seed)%len(signerSeeds)]
		s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
		c := signerCredentials()
		r := signerRequest("POST", from.path, from.query, from.header)
		presigned := field&0x80 != 0
		if presigned {
			clear(r.Header)
			query, err := s.Presign(r, c, signerTime, time.Minute)
			if err != nil {
				return
			}
			r.RawQuery = query
		} else if err := s.Sign(r, c, signerTime); err != nil {
			return
		}
		want, err := signer.AppendCanonicalRequest(nil, s, r)
		if err != nil {
			t.Fatal(err)
		}
		signature := signatureOf(r)

		fields := []*string{&r.Method, &r.Host, &r.Path, &r.RawQuery, &r.PayloadHash, &c.SecretAccessKey, &c.SessionToken, &c.AccessKeyID, &s.Region, &s.Service}
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fields = append(fields, &r.Header[name][0])
		}
		mutated := fields[int(field&0x7f)%len(fields)]
		old := *mutated
		at := int(offset) % (len(old) + 1)
		*mutated = old[:at] + string(insert) + old[min(len(old), at+int(cut)):]

		if err := s.Verify(r, c, signerTime, time.Minute); err != nil {
			var e *signer.Error
			if !errors.As(err, &e) || e.Err == nil {
				t.Fatalf("refused with %T: %v", err, err)
			}
			return
		}
		got, err := signer.AppendCanonicalRequest(nil, s, r)
		if err != nil || !bytes.Equal(got, want) || signatureOf(r) != signature || mutated == &c.SecretAccessKey && *mutated != old {
			t.Fatalf("%q is accepted in place of %q: %v\n%s\nwant\n%s", *mutated, old, err, got, want)
		}
	})
}

func signatureOf(r *signer.Request) string {
	text := r.RawQuery
	if a := r.Header["Authorization"]; len(a) > 0 {
		text = a[0]
	}
	_, text, _ = strings.Cut(text, "Signature=")
	return text[:min(64, len(text))]
}
