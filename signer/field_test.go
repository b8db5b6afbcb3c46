package signer

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

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

// TestLongNames: names that agree in their first 24 bytes, the length up to which kindOf looks, are sorted and told apart.
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

// TestFieldsWithoutValue: a field that is not sent, because it has no value, changes no signature.
func TestFieldsWithoutValue(t *testing.T) {
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

// TestManyHeaders has more fields than Sign has room for on its stack.
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
