package signer

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"
)

// TestRecall: what a Signer did before changes nothing. Requests of which each differs from the one before in a few things, if
// at all, are signed by a Signer that remembers and by a new one: the same header, or the same error.
func TestRecall(t *testing.T) {
	steps := 50_000
	if testing.Short() {
		steps = 20_000
	}
	g := rand.New(rand.NewPCG(4, 4))
	one := func(list ...string) string { return list[g.IntN(len(list))] }

	s, w := &Signer{Region: "us-east-1", Service: "bedrock"}, new(work)
	c := &Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	r := &Request{Method: "POST", Host: "example.com", Path: "/", PayloadHash: HashPayload(nil), Header: map[string][]string{}}
	at := suiteTime
	changes := []func(){
		func() { r.Method = one("POST", "POST", "GET", "PO ST", "") },
		func() { r.Host = one("example.com", "example.com", "example.org", "example.com:8443", "a\nb", "") },
		func() { r.Path = one("/", "/a%3Ab", "/a%2fb", "/a/../b", "/a//b", "/a?b", "/%zz", "a", "") },
		func() { r.RawQuery = one("", "", "a=b", "X-Amz-Signature=1", "a#b") },
		func() {
			r.PayloadHash = one(HashPayload(nil), HashPayload([]byte("x")), UnsignedPayload, StreamingEvents, strings.Repeat("A", 64), "")
		},
		func() { s.Region = one("us-east-1", "us-east-1", "eu-west-1", "a/b", "") },
		func() { s.Service = one("bedrock", "bedrock", "s3", "a b", "") },
		func() { s.SinglePathEncoding = g.IntN(4) == 0 },
		func() { s.NormalizePath = g.IntN(4) == 0 },
		func() { c.AccessKeyID = one("AKIDEXAMPLE", "AKIDEXAMPLE", "AKIDEXAMPLE2", "AKID,", "") },
		func() {
			c.SecretAccessKey = one("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEZ", "0123456789\n", "short")
		},
		func() { c.SessionToken = one("", "", "first", "second", "a b") },
		func() { c.Expires = time.Time{}; at = suiteTime.Add(time.Duration(g.IntN(3)-1) * 12 * time.Hour) },
		func() { c.Expires = suiteTime.Add(time.Duration(g.IntN(3)) * time.Hour) },
		func() {
			name := one("Content-Type", "X-Amzn-Bedrock-Accept", "x-amzn-bedrock-accept", "X-Amz-Meta-A-Name-Of-More-Than-24-Bytes", "User-Agent", "Host", "host", "bad name",
				"X-Amz-Date", "x-amz-date", "Authorization", "authorization", "X-Amz-Security-Token", "x-amz-security-token", "X-Amz-Content-Sha256", "x-amz-content-sha256")
			if r.Header == nil {
				r.Header = map[string][]string{}
			}
			switch g.IntN(3) {
			case 0:
				delete(r.Header, name)
			case 1:
				r.Header[name] = []string{one("a", "b", "a  b", "a\tb", "example.com", "first", "a\nb", "")}
			case 2:
				r.Header[name] = [][]string{nil, {}, {"a", "b"}, {"a", " b "}}[g.IntN(4)]
			}
		},
		func() { r.Header = nil },
		func() { // many fields
			r.Header = map[string][]string{}
			for i := range fewFields - 4 + g.IntN(8) {
				r.Header["X-"+strconv.Itoa(i)] = []string{"a"}
			}
		},
		func() { r.Header = map[string][]string{"Content-Type": {"application/json"}, "Content-Length": {"58"}} },
	}
	signed, refused, recalled := 0, 0, 0
	for range steps {
		// What is refused would be so for long if the change were not taken back.
		before, header, signer, credentials := *r, maps.Clone(r.Header), [2]string{s.Region, s.Service}, *c
		for range g.IntN(3) {
			changes[g.IntN(len(changes))]()
		}
		fresh := &Signer{Region: s.Region, Service: s.Service, SinglePathEncoding: s.SinglePathEncoding, NormalizePath: s.NormalizePath}
		want, key := *r, *c
		want.Header = maps.Clone(r.Header)
		if w.recall(r, c.SessionToken, c.SessionToken != "", false) {
			recalled++
		}
		w.done()
		wantErr, err := fresh.Sign(&want, &key, at), s.sign(s.cache(), w, r, c, at)
		w.done()
		// Of two faults in one header, either can be the one that is found, because a map has no order.
		inHeader := func(err error) bool { return strings.Contains(fmt.Sprint(err), "Request.Header") }
		if fmt.Sprint(err) != fmt.Sprint(wantErr) && !(inHeader(err) && inHeader(wantErr)) || !reflect.DeepEqual(r.Header, want.Header) {
			t.Fatalf("%v: header %q, error %v; a new Signer: header %q, error %v", *r, redact(r.Header), err, redact(want.Header), wantErr)
		}
		for _, f := range w.fields[:cap(w.fields)] {
			if f.values != nil || f.name != "" && len(w.list) == 0 {
				t.Fatalf("what is the caller's of %q is held on to", f.name)
			}
		}
		if i := bytes.IndexFunc(w.buf[:cap(w.buf)], func(c rune) bool { return c != 0 }); i >= 0 {
			t.Fatalf("text is left in the buffer, from offset %d on", i)
		}
		if err != nil {
			refused++
			*r, *c = before, credentials
			r.Header, s.Region, s.Service = header, signer[0], signer[1]
			continue
		}
		signed++
	}
	t.Logf("%d signed, %d refused, %d with names like those before", signed, refused, recalled)
	if signed < steps/3 || refused < steps/20 || recalled < steps/10 {
		t.Error("too few of one kind")
	}
}

// TestRecallNil: a Signer that remembers a request refuses nil arguments as a new one does.
func TestRecallNil(t *testing.T) {
	s, r, c := suiteSigner(), plainRequest(), suiteCredentials()
	for range 2 {
		if err := s.Sign(r, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"Credentials": s.Sign(r, nil, suiteTime), "Request": s.Sign(nil, c, suiteTime)} {
			if err == nil || err.Error() != "signer: invalid input: "+name+" is nil" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestRecallCopies: nothing is compared with memory that is the caller's. All strings of a request and the key id lie in
// buffers, as with HTTP libraries that make strings without copying, and the buffers get other contents of the same lengths.
func TestRecallCopies(t *testing.T) {
	buffers := map[string][]byte{}
	lies := func(name, text string) string {
		if buffers[name] == nil {
			buffers[name] = make([]byte, 64)
		}
		copy(buffers[name], text)
		return unsafe.String(&buffers[name][0], len(text))
	}
	s := suiteSigner()
	for i, tc := range []struct{ method, host, path, name, keyID string }{
		{"POST", "example.com", "/model/aaaa/invoke", "X-Amz-Target", "AKIDEXAMPLE"},
		{"POST", "example.com", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAMPLE"},
		{"POST", "example.org", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAMPLE"},
		{"PUT!", "example.org", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAMPLE"},
		{"PUT!", "example.org", "/model/bbbb/invoke", "Content-Type", "AKIDEXAMPLE"},
		{"PUT!", "example.org", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAMPL2"},
		{"PUT!", "example.org", "/model/b\nb/invoke?", "X-Amz-Target", "AKIDEXAMPL2"},
		{"PUT!", "example.org", "/model/bbbb/invok%", "X-Amz-Target", "AKIDEXAMPL2"},
		{"PUT!", "example.\norg", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAMPL2"},
		{"P T!", "example.org", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAMPL2"},
		{"PUT!", "example.org", "/model/bbbb/invoke", "X Amz-Target", "AKIDEXAMPL2"},
		{"PUT!", "example.org", "/model/bbbb/invoke", "X-Amz-Target", "AKIDEXAM\nL2"},
	} {
		want := &Request{Method: tc.method, Host: tc.host, Path: tc.path, PayloadHash: HashPayload(nil), Header: map[string][]string{tc.name: {"a"}}}
		wantErr := suiteSigner().Sign(want, &Credentials{AccessKeyID: tc.keyID, SecretAccessKey: suiteSecret}, suiteTime)
		got := &Request{
			Method: lies("method", tc.method), Host: lies("host", tc.host), Path: lies("path", tc.path), PayloadHash: HashPayload(nil),
			Header: map[string][]string{lies("name", tc.name): {"a"}},
		}
		err := s.Sign(got, &Credentials{AccessKeyID: lies("key", tc.keyID), SecretAccessKey: suiteSecret}, suiteTime)
		if fmt.Sprint(err) != fmt.Sprint(wantErr) || !reflect.DeepEqual(got.Header, want.Header) {
			t.Errorf("row %d: %v, %q; a new Signer: %v, %q", i, err, got.Header, wantErr, want.Header)
		}
	}
}

// TestRecallKept: what is remembered is so through garbage collections, and no work is given out twice.
func TestRecallKept(t *testing.T) {
	s := suiteSigner()
	if err := s.Sign(plainRequest(), suiteCredentials(), suiteTime); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.GC()
	cache := s.cache()
	for range 3 {
		a, b, c := cache.work(), cache.work(), cache.work()
		if a == b || b == c || a == c {
			t.Fatal("one work is given out twice")
		}
		if len(a.list) == 0 {
			t.Error("the request before is forgotten")
		}
		for _, w := range []*work{b, a, c} {
			cache.put(w)
		}
	}
}

// TestRecallRoom: what is longer than usual is not kept.
func TestRecallRoom(t *testing.T) {
	long := strings.Repeat("a", 2*maxKept)
	for name, change := range map[string]func(r *Request, c *Credentials){
		"path":  func(r *Request, _ *Credentials) { r.Path = "/" + long },
		"name":  func(r *Request, _ *Credentials) { r.Header[long] = []string{"a"} },
		"value": func(r *Request, _ *Credentials) { r.Header["X-A"] = []string{long} },
		"token": func(_ *Request, c *Credentials) { c.SessionToken = long },
	} {
		s, w, r, c := suiteSigner(), new(work), plainRequest(), suiteCredentials()
		r.Header = map[string][]string{}
		change(r, c)
		if err := s.sign(s.cache(), w, r, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		w.done()
		if cap(w.buf)+cap(w.line)+cap(w.list)+cap(w.credential) > 3*maxKept {
			t.Errorf("%s: %d, %d, %d and %d bytes are kept", name, cap(w.buf), cap(w.line), cap(w.list), cap(w.credential))
		}
	}
}

// redact leaves of a header what a failed test may print: no value of a token.
func redact(header map[string][]string) map[string][]string {
	header = maps.Clone(header)
	for name := range header {
		if strings.EqualFold(name, headerToken) {
			header[name] = []string{redacted}
		}
	}
	return header
}

// TestRecallMany: a header of many fields is not remembered, and leaves no memory behind.
func TestRecallMany(t *testing.T) {
	s, w := &Signer{Region: "us-east-1", Service: "bedrock"}, new(work)
	c := &Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	for _, n := range []int{0, 3, fewFields - 2, fewFields - 1, 10_000} {
		r := &Request{Method: "POST", Host: "example.com", Path: "/", PayloadHash: HashPayload(nil), Header: map[string][]string{}}
		for i := range n {
			r.Header["X-"+strconv.Itoa(i)] = []string{"a"}
		}
		if err := s.sign(s.cache(), w, r, c, suiteTime); err != nil {
			t.Fatal(err)
		}
		w.done()
		few := n+2 <= fewFields // with host and date
		if got := len(w.list) > 0; got != few {
			t.Errorf("%d fields: remembered %v", n, got)
		}
		if got := cap(w.fields); got > 2*fewFields {
			t.Errorf("%d fields: room for %d kept", n, got)
		}
	}
}

// BenchmarkRecall compares requests that are like the one before with those that differ from it in path and names.
func BenchmarkRecall(b *testing.B) {
	for _, kinds := range []int{1, 16} {
		b.Run("requests="+map[int]string{1: "alike", 16: "different"}[kinds], func(b *testing.B) {
			s := &Signer{Region: "us-east-1", Service: "bedrock"}
			c := &Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
			var requests []*Request
			for i := range kinds {
				requests = append(requests, &Request{
					Method: "POST", Host: "bedrock-runtime.us-east-1.amazonaws.com", Path: "/model/anthropic.claude-v2%3A" + strconv.Itoa(i) + "/invoke",
					PayloadHash: HashPayload(nil), Header: map[string][]string{"Content-Type": {"application/json"}, "X-Amzn-Bedrock-Accept" + strconv.Itoa(i): {"application/json"}},
				})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := s.Sign(requests[i%kinds], c, suiteTime); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
