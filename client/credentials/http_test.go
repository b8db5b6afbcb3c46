package credentials

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/internal/network"
)

// TestRoundTrip: what is accepted of a response, and why the others are refused.
func TestRoundTrip(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i+1 < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	reply := func(status int, h http.Header, body string) *http.Response {
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
	}
	full := strings.Repeat("x", MaxResponse)
	for _, row := range []struct {
		name     string
		response *http.Response
		err      error
		want     string // of the error; "" for none
		final    bool
	}{
		{"200", reply(200, nil, "body"), nil, "", false},
		{"299", reply(299, nil, "body"), nil, "", false},
		{"304 is a refusal, which its caller reports", reply(304, nil, "body"), nil, "", false},
		{"400", reply(400, nil, "body"), nil, "", false},
		{"300", reply(300, nil, ""), nil, "a redirect to nowhere was refused", true},
		{"399 to a host", reply(399, header("Location", "https://other.example/x"), ""), nil, `a redirect to "other.example" was refused`, true},
		{"307 to a path", reply(307, header("Location", "/x"), ""), nil, `a redirect to "h" was refused`, true},
		{"307 to no URL", reply(307, header("Location", "%zz"), ""), nil, "a redirect to nowhere was refused", true},
		{"identity", reply(200, header("Content-Encoding", "identity"), "body"), nil, "", false},
		{"gzip", reply(200, header("Content-Encoding", "gzip"), "body"), nil, "the response has a content encoding, which was not asked for", true},
		{"64 KiB", reply(200, nil, full), nil, "", false},
		{"more than 64 KiB", reply(200, nil, full+"x"), nil, "the response has more than 64 KiB", true},
		{"nothing", nil, nil, "the transport returned neither a response nor an error", true},
		{"no body", &http.Response{StatusCode: 200}, nil, "the transport returned neither a response nor an error", true},
		{"a failure", nil, errors.New("reset"), `no response from "h": reset`, false},
		{"a proxy that is not a URL", nil, network.ErrProxy, `no response from "h": ` + network.ErrProxy.Error(), true},
		{"a body that breaks off", &http.Response{StatusCode: 200, Body: io.NopCloser(io.MultiReader(strings.NewReader("x"), broken{}))}, nil,
			"the response broke off: broken", false},
	} {
		u, _ := url.Parse("http://h/secret")
		a, err := roundTrip(tripper(func(*http.Request) (*http.Response, error) { return row.response, row.err }), &http.Request{URL: u})
		if row.want == "" {
			if err != nil || a.status != row.response.StatusCode || len(a.body) < 4 {
				t.Errorf("%s: %v, %v", row.name, a, err)
			}
			continue
		}
		var failed *httpError
		if a != nil || !errors.As(err, &failed) || err.Error() != row.want || failed.final != row.final {
			t.Errorf("%s: %v, want %q, final %v", row.name, err, row.want, row.final)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken") }

// TestAttempt: the request of an exchange is whole, and its attempt ends in time.
func TestAttempt(t *testing.T) {
	var got *http.Request
	ok := tripper(func(r *http.Request) (*http.Response, error) { got = r; return respond(200, "{}"), nil })
	x := exchange{method: "PUT", url: "http://h/p?q", timeout: time.Hour, header: http.Header{"X-A": {"b"}}}
	if _, err := x.attempt(context.Background(), ok); err != nil {
		t.Fatal(err)
	}
	if got.Method != "PUT" || got.URL.String() != "http://h/p?q" || got.Proto != "HTTP/1.1" || got.ProtoMajor != 1 || got.ProtoMinor != 1 ||
		got.Body != http.NoBody || got.ContentLength != 0 || len(got.Header) != 3 ||
		got.Header.Get("X-A") != "b" || got.Header.Get("Accept-Encoding") != "identity" || got.Header.Get("User-Agent") != "bedrockwire" {
		t.Errorf("%+v", got)
	}
	if deadline, ok := got.Context().Deadline(); !ok || time.Until(deadline) > time.Hour {
		t.Errorf("deadline %v", deadline)
	}
	x.body = []byte("body")
	x.sign = func(u *url.URL, h http.Header) error { h.Set("Authorization", u.Path); return nil }
	if _, err := x.attempt(context.Background(), ok); err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(got.Body); string(b) != "body" || got.ContentLength != 4 || got.Header.Get("Authorization") != "/p" || len(x.header) != 1 {
		t.Errorf("%q of %d bytes, %v", b, got.ContentLength, got.Header)
	}
	refused := errors.New("no signature")
	x.sign = func(*url.URL, http.Header) error { return refused }
	if _, err := x.attempt(context.Background(), ok); err != refused {
		t.Errorf("a signature that fails: %v", err)
	}
	x = exchange{method: "GET", url: "http://h:bad/secret", timeout: time.Hour}
	if _, err := x.attempt(context.Background(), ok); err == nil || err.Error() != "the URL can't be used" {
		t.Errorf("no URL: %v", err)
	}
	hung := make(chan struct{})
	defer close(hung)
	x = exchange{method: "GET", url: "http://h/secret", timeout: time.Nanosecond}
	_, err := x.attempt(context.Background(), tripper(func(*http.Request) (*http.Response, error) { <-hung; return nil, nil }))
	if err == nil || err.Error() != `no response from "h": context deadline exceeded` || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a transport that ignores its context: %v", err)
	}
}

// TestRefusal: a refusal says the status in words, and code and message where the body has them.
func TestRefusal(t *testing.T) {
	for _, row := range []struct {
		status     int
		body, want string
	}{
		{403, "", "HTTP Forbidden"},
		{403, "{}", "HTTP Forbidden"},
		{403, `{"code":"C"}`, `HTTP Forbidden, code "C"`},
		{403, `{"message":"m"}`, `HTTP Forbidden, "m"`},
		{403, `{"code":"C","message":"m"}`, `HTTP Forbidden, code "C", "m"`},
		{403, `{"code":1,"message":"m"}`, "HTTP Forbidden"},
		{799, `{"code":"C"}`, `an unknown HTTP status, code "C"`},
	} {
		if got := refusal(&response{status: row.status, body: []byte(row.body)}); got != row.want {
			t.Errorf("%d %s: %s", row.status, row.body, got)
		}
	}
}

// TestIsToken: which tokens can stand in a header.
func TestIsToken(t *testing.T) {
	for token, want := range map[string]bool{
		"": false, "a": true, "!~": true, " ": false, "a b": false, "\x7f": false, "\x00": false, "ä": false,
		strings.Repeat("a", MaxToken): true, strings.Repeat("a", MaxToken+1): false,
	} {
		if got := isToken(token); got != want {
			t.Errorf("%.20q of %d bytes: %v", token, len(token), got)
		}
	}
}

// TestSourceURLs: each rule on the URL of a source has a reason of its own, and a neighbour that passes.
func TestSourceURLs(t *testing.T) {
	long := "https://h/" + strings.Repeat("a", maxURL-len("https://h/"))
	for _, row := range []struct{ url, want string }{
		{"https://h", ""}, {"https://h:1/p?q", ""}, {"http://local/x", ""}, {"https://h/!~", ""},
		{long, ""},
		{long + "a", "is not a URL"},
		{"https://h/ ", "is not a URL"},
		{"https://h/\x7f", "is not a URL"},
		{"https://h/ä", "is not a URL"},
		{`https://h/\`, "is not a URL"},
		{"https://h:bad", "is not a URL"},
		{"ftp://h", "does not start with https://"},
		{"h", "does not start with https://"},
		{"https://u@h", "has a user name or password"},
		{"https://h#f", "has no host, or has a fragment"},
		{"https:h", "has no host, or has a fragment"},
		{"https://:1", "has no host, or has a fragment"},
		{"http://h", "is http to a host that is not allowed without TLS"},
	} {
		if got := checkURL(row.url, func(host string) bool { return host == "local" }); got != row.want {
			t.Errorf("%.40s: %q, want %q", row.url, got, row.want)
		}
	}
	for _, row := range []struct{ override, want, err string }{
		{"", "https://usual", ""},
		{"https://h/p//", "https://h/p", ""},
		{"http://127.0.0.1:1", "http://127.0.0.1:1", ""},
		{"http://h", "", "the endpoint URL is http to a host that is not allowed without TLS"},
		{"https://h?q", "", "the endpoint URL has a query"},
		{"https://h?", "", "the endpoint URL has a query"},
	} {
		got, err := endpointURL(row.override, "usual")
		if got != row.want || (err == nil) != (row.err == "") || err != nil && err.Error() != row.err {
			t.Errorf("%s: %q, %v", row.override, got, err)
		}
	}
}
