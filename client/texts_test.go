package client

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
)

// TestExactErrorTexts: the whole text of each error. People search logs for them.
func TestExactErrorTexts(t *testing.T) {
	service := &model.Error{Code: model.ThrottlingException, Message: "slow down", StatusCode: 429, RequestID: "r-1"}
	said := service.Error()
	cause := errors.New("cause")
	rows := []struct {
		err  error
		want string
	}{
		{&ConfigError{"Region", "is empty"}, "bedrockwire: Region is empty"},
		{&CredentialsError{"BearerToken", cause}, "bedrockwire: BearerToken: cause"},
		{&CallFieldError{"Path", "is odd"}, "bedrockwire: Call.Path is odd"},
		{&CallError{Operation: "Op", Attempts: 3, Elapsed: 1234567 * time.Microsecond, Reason: "no attempts left", Err: cause},
			"cause (after 3 attempts in 1.235s; no attempts left)"},
		{&StreamError{Events: 1, Err: cause}, "bedrockwire: stream broken after 1 event: cause"},
		{&StreamError{Events: 2, Err: cause}, "bedrockwire: stream broken after 2 events: cause"},
		{&StreamError{Events: 2, RequestID: "r-1", Err: cause}, "bedrockwire: stream broken after 2 events: cause (request id r-1)"},
		{&StreamError{Events: 2, RequestID: "r-1", Err: service}, "bedrockwire: stream broken after 2 events: " + said},
		{&StallError{WaitingFor: "the next byte", Limit: 2 * time.Second, Silence: 2001 * time.Millisecond, Bytes: 10, Events: 3, MayBeProcessed: true},
			"stalled: waited for the next byte longer than 2s (2.001 s since the last byte, 10 bytes and 3 events so far)"},
		{&StallError{WaitingFor: "the response head", Limit: time.Minute, Silence: time.Minute, MayBeProcessed: true},
			"stalled: waited for the response head longer than 1m0s (60.000 s since the last byte, 0 bytes and 0 events so far); the request was sent, and may have been processed"},
		{&StallError{WaitingFor: "a connection", Limit: time.Minute, Silence: time.Minute},
			"stalled: waited for a connection longer than 1m0s (60.000 s since the last byte, 0 bytes and 0 events so far)"},
		{&ContextError{WaitingFor: "the first event", Attempt: 2, Elapsed: 1500 * time.Millisecond, Err: cause},
			"cause while waiting for the first event (attempt 2, 1.500 s after the call started)"},
		{&ResponseError{ContentType: "text/html", Err: service}, `bedrockwire: response with Content-Type "text/html" is not an event stream: ` + said},
		{&ResponseError{ContentType: "text/html", JSON: true, Err: service},
			`bedrockwire: response with Content-Type "text/html" is not the JSON that was expected: ` + said},
		{&ResponseError{ContentType: "text/html", ContentEncoding: "br", Cause: cause, Err: service},
			`bedrockwire: response with Content-Encoding "br" is not an event stream: cause: ` + said},
		{&RedirectError{Status: 307, Host: "h"}, `bedrockwire: refused to follow a redirect (status 307) to host "h"`},
		{&MessageError{Frame: 3, Offset: 7, Reason: "why"}, "message in frame 3 at offset 7: why"},
		{&MessageError{Frame: 3, Offset: 7, Reason: "why", Err: cause}, "message in frame 3 at offset 7: why: cause"},
		{&SendError{Err: cause}, "bedrockwire: cause"},
		{&SendError{Err: cause, MayBeProcessed: true}, "bedrockwire: cause; the request was sent, and may have been processed"},
		{ErrStalled, "stalled"},
		{ErrIncomplete, "stream ended without the end mark of its format, so the response is not whole"},
		{ErrClosed, "stream is closed"},
		{ErrNotEventStream, "response is not an event stream"},
		{ErrProtocol, "message breaks the event stream protocol"},
		{ErrRedirect, "redirect refused"},
	}
	for _, r := range rows {
		if got := r.err.Error(); got != r.want {
			t.Errorf("%T:\n got %s\nwant %s", r.err, got, r.want)
		}
	}
}

// TestEndpointReasons: each rule on endpoints has a reason of its own, and a neighbour that passes.
func TestEndpointReasons(t *testing.T) {
	long := "https://h/" + strings.Repeat("a", maxEndpoint-len("https://h/"))
	label := strings.Repeat("a", 253)
	rows := []struct{ endpoint, reason string }{
		{long, ""},
		{long + "a", "is longer than 2048 bytes"},
		{"https://h/ ", "contains a space, a control character, a backslash or a byte that is not ASCII"},
		{"https://h/\x7f", "contains a space, a control character, a backslash or a byte that is not ASCII"},
		{"https://h/~", ""},
		{"https://h/\\", "contains a space, a control character, a backslash or a byte that is not ASCII"},
		{"https://h/%zz", "is not a URL"},
		{"ftp://h", "must start with https:// (or http:// on loopback)"},
		{"https://u@h", "has a user name or password"},
		{"https://h?a", "has a query"},
		{"https://h?", "has a query"},
		{"https://h#a", "has a fragment"},
		{"https://h#", "has a fragment"},
		{"https:h", "has no host"},
		{"https://:443", "has no host"},
		{"https://a_b-c.D9", ""},
		{"https://a*b", "contains a character that no host name has"},
		{"https://a%5bb", "is not a URL"},
		{"https://[fe80::1%25eth0]", "contains a character that no host name has"},
		{"https://[fe80::1]", ""},
		{"https://" + label, ""},
		{"https://" + label + "a", "contains a character that no host name has"},
		{"https://h:1", ""},
		{"https://h:65535", ""},
		{"https://h:0", "has a port that is not 1 to 65535"},
		{"https://h:65536", "has a port that is not 1 to 65535"},
		{"http://h", "is http, which is only allowed on loopback"},
		{"http://127.0.0.1", ""},
		{"https://h/a/./b", "has a '.' or '..' path segment"},
		{"https://h/a/%2e%2E", "has a '.' or '..' path segment"},
		{"https://h/a/...", ""},
	}
	for _, r := range rows {
		if _, got := parseEndpoint(r.endpoint, false); got != r.reason {
			t.Errorf("%.60s: got %q, want %q", r.endpoint, got, r.reason)
		}
	}
}

// TestCallReasons: each rule on a Call's fields has a reason of its own, and a neighbour that passes.
func TestCallReasons(t *testing.T) {
	rows := []struct {
		check         func(string) string
		value, reason string
	}{
		{checkOperation, strings.Repeat("a", 128), ""},
		{checkOperation, strings.Repeat("a", 129), "is longer than 128 bytes"},
		{checkOperation, "!~", ""},
		{checkOperation, "a b", "contains a byte that is not printable ASCII"},
		{checkOperation, "a\x7f", "contains a byte that is not printable ASCII"},
		{checkService, "bedrock", ""},
		{checkService, "bedrock-a9z0", ""},
		{checkService, "bedrock-" + strings.Repeat("a", 55), ""},
		{checkService, "bedrock-" + strings.Repeat("a", 56), "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrocks", "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrock-a.b", "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrock-A", "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrock-{", "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrock-`", "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrock-:", "is not a host prefix of Amazon Bedrock"},
		{checkService, "bedrock-/", "is not a host prefix of Amazon Bedrock"},
		{checkMethod, "GET", ""}, {checkMethod, "POST", ""}, {checkMethod, "PUT", ""}, {checkMethod, "PATCH", ""}, {checkMethod, "DELETE", ""},
		{checkMethod, "HEAD", "is none of GET, POST, PUT, PATCH and DELETE"},
		{checkMethod, "get", "is none of GET, POST, PUT, PATCH and DELETE"},
		{checkPath, "/", ""},
		{checkPath, "/~", ""},
		{checkPath, "/a/", ""},
		{checkPath, "a", "does not start with '/'"},
		{checkPath, "", "does not start with '/'"},
		{checkPath, "//a", "has an empty segment"},
		{checkPath, "/a//", "has an empty segment"},
		{checkPath, "/a/.", "has a '.' or '..' segment"},
		{checkPath, "/%2E./a", "has a '.' or '..' segment"},
		{checkPath, "/...", ""},
		{checkPath, "/" + strings.Repeat("a", maxPath-1), ""},
		{checkPath, "/" + strings.Repeat("a", maxPath), "is longer than 16 KiB"},
		{checkPath, "/a=", "has a byte that must be escaped"},
		{checkPath, "/%41%aF%Fa%90", ""},
		{checkPath, "/%", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%4", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%4g", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%g4", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%:4", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%/4", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%@4", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%`4", "has a '%' that is not followed by two hex digits"},
		{checkPath, "/%00", "has an escaped control character"},
		{checkPath, "/%1f", "has an escaped control character"},
		{checkPath, "/%7f", "has an escaped control character"},
		{checkPath, "/%7F", "has an escaped control character"},
		{checkPath, "/%7e%20%2f", ""},
		{checkQuery, "a=b&c=~", ""},
		{checkQuery, "a=/", "has a byte that must be escaped"},
		{checkQuery, "a+b", "has a byte that must be escaped"},
	}
	for _, r := range rows {
		if got := r.check(r.value); got != r.reason {
			t.Errorf("%.60q: got %q, want %q", r.value, got, r.reason)
		}
	}
}

// TestHeaderReasons: the same for the headers that a caller sets.
func TestHeaderReasons(t *testing.T) {
	long := strings.Repeat("a", maxHeaderValue)
	rows := []struct {
		header       map[string]string
		unsigned     bool
		name, reason string
	}{
		{map[string]string{"X-A": "", "x-b": long, "!#$%&'*+-.^_`|~9": "~ !"}, false, "", ""},
		{map[string]string{"": "a"}, false, "", "is not a name of a header"},
		{map[string]string{"X A": "a"}, false, "X A", "is not a name of a header"},
		{map[string]string{"X\x7f": "a"}, false, "X\x7f", "is not a name of a header"},
		{map[string]string{"X:": "a"}, false, "X:", "is not a name of a header"},
		{map[string]string{"X-A": long + "a"}, false, "X-A", "has a value longer than 16 KiB"},
		{map[string]string{"X-A": "\t"}, false, "X-A", "has a value with a byte that is not printable ASCII"},
		{map[string]string{"X-A": "\x7f"}, false, "X-A", "has a value with a byte that is not printable ASCII"},
		{map[string]string{"X-A": "1", "x-a": "2"}, false, "X-A", "is set twice, in different spellings"},
		{map[string]string{"authorization": "a"}, false, "authorization", "is set by the client itself"},
		{map[string]string{"authorization": "a"}, true, "", ""},
		{map[string]string{"host": "a"}, true, "host", "is set by the client itself"},
	}
	for name := range ownedHeaders {
		rows = append(rows, struct {
			header       map[string]string
			unsigned     bool
			name, reason string
		}{map[string]string{name: "a"}, false, name, "is set by the client itself"})
	}
	for _, r := range rows {
		fields, name, reason := checkHeader(r.header, r.unsigned)
		if name != r.name || reason != r.reason || reason == "" && len(fields) != len(r.header) {
			t.Errorf("%.80q: %q %q and %d fields, want %q %q", r.header, name, reason, len(fields), r.name, r.reason)
		}
	}
	if fields, _, _ := checkHeader(map[string]string{"x-c": "3", "X-A": "1", "x-B": "2"}, false); len(fields) != 3 ||
		fields[0] != (field{"X-A", "1"}) || fields[1] != (field{"X-B", "2"}) || fields[2] != (field{"X-C", "3"}) {
		t.Errorf("not sorted by canonical name: %q", fields)
	}
	if len(ownedHeaders) != 18 {
		t.Errorf("%d headers are the client's own", len(ownedHeaders))
	}
}

// TestContentEncoding: a coding is found among several, on one line or on many.
func TestContentEncoding(t *testing.T) {
	rows := []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"identity"}, ""},
		{[]string{" Identity , identity,"}, ""},
		{[]string{"gzip"}, "gzip"},
		{[]string{"identity, gzip"}, "identity, gzip"},
		{[]string{"identity", "br"}, "identity, br"},
	}
	for _, r := range rows {
		if got := contentEncoding(http.Header{"Content-Encoding": r.lines}); got != r.want {
			t.Errorf("%q: got %q, want %q", r.lines, got, r.want)
		}
	}
}
