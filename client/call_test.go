package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/credentials"
	"bedrockwire/client/internal/settings"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/model/text"
)

func TestPathLabel(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a-b._~9Z": "a-b._~9Z", "anthropic.claude-v2:1": "anthropic.claude-v2%3A1",
		"arn:aws:bedrock:us-east-1::async-invoke/x": "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Aasync-invoke%2Fx", "é %\x00": "%C3%A9%20%25%00",
	} {
		if got := PathLabel(in); got != want {
			t.Errorf("PathLabel(%q) = %q", in, got)
		}
	}
}

// TestDo: what a call sends, and what it gives back.
func TestDo(t *testing.T) {
	var seen *http.Request
	var sent string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		seen, sent = r, string(b)
		w.Header().Set("X-Amzn-Requestid", "rid-7")
		w.Header().Set("X-Kept", "yes")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"ok":true}`)
	}))
	defer srv.Close()
	c := newClient(t, srv.URL+"/prefix/", func(cfg *Config) { cfg.Header = map[string]string{"x-tenant": "a", "X-Both": "config"} })
	rows := []struct {
		name                 string
		call                 Call
		method, uri, content string
	}{
		{"defaults", Call{Path: "/guardrail/x/version/1/apply", Body: []byte(`{"a":1}`)}, "POST", "/prefix/guardrail/x/version/1/apply", "application/json"},
		{"GET with a query", Call{Method: "GET", Path: "/async-invoke", Query: "nextToken=a%2Bb&maxResults=5"}, "GET", "/prefix/async-invoke?nextToken=a%2Bb&maxResults=5", ""},
		{"no body", Call{Path: "/x"}, "POST", "/prefix/x", ""},
		{"a label and a header", Call{Path: "/m/" + PathLabel("a:b/c"), Header: map[string]string{"content-type": "text/plain", "x-both": "call"}, Body: []byte("x")},
			"POST", "/prefix/m/a%3Ab%2Fc", "text/plain"},
	}
	for _, r := range rows {
		out, err := c.Do(context.Background(), &r.call)
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if out.StatusCode != 201 || out.RequestID != "rid-7" || out.Header.Get("X-Kept") != "yes" || string(out.Body) != `{"ok":true}` || out.Attempts() != 1 {
			t.Errorf("%s: %+v", r.name, out)
		}
		if seen.Method != r.method || seen.RequestURI != r.uri || seen.Header.Get("Content-Type") != r.content || sent != string(r.call.Body) {
			t.Errorf("%s: %s %s, Content-Type %q, body %q", r.name, seen.Method, seen.RequestURI, seen.Header.Get("Content-Type"), sent)
		}
		if seen.Header.Get("X-Tenant") != "a" || !strings.Contains(seen.Header.Get("Authorization"), "x-tenant") {
			t.Errorf("%s: the header of the Config is not sent and signed: %v", r.name, seen.Header)
		}
		if signed := strings.Contains(seen.Header.Get("Authorization"), "content-length"); signed != (len(r.call.Body) > 0) {
			t.Errorf("%s: the length is signed: %v", r.name, signed)
		}
		want := "config"
		if r.call.Header != nil {
			want = "call"
		}
		if got := seen.Header.Values("X-Both"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: X-Both = %q, want %q", r.name, got, want)
		}
		if seen.Header.Get("Transfer-Encoding") != "" || len(seen.TransferEncoding) > 0 {
			t.Errorf("%s: Transfer-Encoding %v", r.name, seen.TransferEncoding)
		}
	}
}

// TestBadCall: what can't be right is refused before a connection is opened, with its field.
func TestBadCall(t *testing.T) {
	c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = untouched{t} })
	rows := []struct {
		name  string
		call  *Call
		field string
	}{
		{"nil", nil, "Call"},
		{"no path", &Call{}, "Path"},
		{"relative path", &Call{Path: "x"}, "Path"},
		{"unescaped blank", &Call{Path: "/a b"}, "Path"},
		{"unescaped blank after an escape", &Call{Path: "/a%20 b"}, "Path"},
		{"unescaped colon", &Call{Path: "/model/a:b"}, "Path"},
		{"unescaped UTF-8", &Call{Path: "/é"}, "Path"},
		{"query in the path", &Call{Path: "/a?b=c"}, "Path"},
		{"fragment in the path", &Call{Path: "/a#b"}, "Path"},
		{"control character", &Call{Path: "/a\r\nX: y"}, "Path"},
		{"escaped control character", &Call{Path: "/a%0d%0a"}, "Path"},
		{"escaped DEL", &Call{Path: "/a%7F"}, "Path"},
		{"half an escape", &Call{Path: "/a%2"}, "Path"},
		{"escape of nothing", &Call{Path: "/a%zz"}, "Path"},
		{"dot segment", &Call{Path: "/a/../b"}, "Path"},
		{"escaped dot segment", &Call{Path: "/a/%2e%2E/b"}, "Path"},
		{"empty segment", &Call{Path: "/a//b"}, "Path"},
		{"another host", &Call{Path: "//evil.example/"}, "Path"},
		{"long path", &Call{Path: "/" + strings.Repeat("a", maxPath)}, "Path"},
		{"blank in the query", &Call{Path: "/a", Query: "a=b c"}, "Query"},
		{"control character in the query", &Call{Path: "/a", Query: "a=\n"}, "Query"},
		{"plus in the query", &Call{Path: "/a", Query: "a=b+c"}, "Query"},
		{"another service", &Call{Path: "/a", Service: "s3"}, "Service"},
		{"a service with a dot", &Call{Path: "/a", Service: "bedrock-x.evil"}, "Service"},
		{"method", &Call{Path: "/a", Method: "GE T"}, "Method"},
		{"CONNECT", &Call{Path: "/a", Method: "CONNECT"}, "Method"},
		{"GET with a body", &Call{Path: "/a", Method: "GET", Body: []byte("x")}, "Body"},
		{"operation", &Call{Path: "/a", Operation: "a\nb"}, "Operation"},
		{"action", &Call{Path: "/a", Action: "a b"}, "Action"},
	}
	for name := range ownedHeaders {
		rows = append(rows, struct {
			name  string
			call  *Call
			field string
		}{"header " + name, &Call{Path: "/a", Header: map[string]string{strings.ToLower(name): "x"}}, "Header"})
	}
	for _, bad := range []map[string]string{{"": "x"}, {"a b": "x"}, {"a:": "x"}, {"A": "x\r\ny"}, {"A": "\x00"}, {"A": "é"}, {"x-a": "1", "X-A": "2"}, {"A": strings.Repeat("v", maxHeaderValue+1)}} {
		rows = append(rows, struct {
			name  string
			call  *Call
			field string
		}{fmt.Sprintf("header %.40q", bad), &Call{Path: "/a", Header: bad}, "Header"})
	}
	for _, r := range rows {
		for what, do := range map[string]func() error{
			"Do":     func() error { _, err := c.Do(context.Background(), r.call); return err },
			"Events": func() error { _, err := c.Events(context.Background(), r.call); return err },
		} {
			err := do()
			var e *CallFieldError
			if !errors.As(err, &e) || !strings.HasPrefix(e.Field, r.field) || !strings.Contains(err.Error(), r.field) || Classify(err) != ClassUsage || !SafeToRetry(err) {
				t.Errorf("%s of %s: %v", what, r.name, err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("%s of %s: %q", what, r.name, err)
			}
		}
	}
	for _, service := range []string{"bedrock", "bedrock-runtime", "bedrock-agent-runtime"} {
		if reason := checkService(service); reason != "" {
			t.Errorf("%s %s", service, reason)
		}
	}
	var none *Client
	if _, err := none.Do(context.Background(), &Call{Path: "/a"}); fieldOf(err) != "Client" {
		t.Error(err)
	}
}

// TestServices: a call goes to the endpoint of its service, and is signed for "bedrock".
func TestServices(t *testing.T) {
	var host, authorization string
	c, err := New(Config{Region: "eu-west-1", Credentials: testKeys, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		host, authorization = r.URL.Host, r.Header.Get("Authorization")
		return response(200, "{}")()
	})})
	if err != nil {
		t.Fatal(err)
	}
	for service, want := range map[string]string{
		"": "bedrock-runtime.eu-west-1.amazonaws.com", "bedrock": "bedrock.eu-west-1.amazonaws.com",
		"bedrock-agent-runtime": "bedrock-agent-runtime.eu-west-1.amazonaws.com",
	} {
		if _, err := c.Do(context.Background(), &Call{Service: service, Path: "/x"}); err != nil || host != want || !strings.Contains(authorization, "/eu-west-1/bedrock/aws4_request") {
			t.Errorf("%q went to %s, %q, %v", service, host, authorization, err)
		}
	}
}

// TestEventStream reads any event stream: each event with its type, and no word on whether it is whole.
func TestEventStream(t *testing.T) {
	frames := [][]byte{frametest.EventFrame("initial", []byte(`{"a":1}`)), frametest.EventFrame("chunk", []byte(`{"b":2}`))}
	calls := func(frames [][]byte, change ...func(*Config)) (*EventStream, error) {
		c := newClient(t, "https://h", append([]func(*Config){once, func(cfg *Config) {
			cfg.Transport = &answers{list: []func() (*http.Response, error){stream(frames...)}}
		}}, change...)...)
		return c.Events(context.Background(), &Call{Operation: "RetrieveAndGenerateStream", Service: "bedrock-agent-runtime", Path: "/retrieveAndGenerateStream"})
	}
	for _, change := range [][]func(*Config){nil, {atHead}} {
		s, err := calls(frames, change...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for event, err := range s.All() {
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := event.Headers.Get(":content-type"); !ok || !v.EqualText("application/json") {
				t.Errorf("headers of %s", event.Type)
			}
			got = append(got, event.Type+string(event.Payload))
		}
		if fmt.Sprint(got) != `[initial{"a":1} chunk{"b":2}]` || s.RequestID() != "rid-1" || s.Attempts() != 1 {
			t.Errorf("%q, %q, %d", got, s.RequestID(), s.Attempts())
		}
		if _, err := s.Next(); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
	}
	s, err := calls(append(frames[:1:1], frametest.ExceptionFrame("accessDeniedException", "no")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	_, err = s.Next()
	var e *model.Error
	if !errors.As(err, &e) || e.Operation != "RetrieveAndGenerateStream" || e.Code != model.AccessDeniedException || !e.InStream || e.RequestID != "rid-1" {
		t.Errorf("exception: %v", err)
	}
	if _, err := calls([][]byte{frametest.ExceptionFrame("throttlingException", "m")}); !errors.Is(err, model.ThrottlingException) {
		t.Errorf("exception in place of the first event: %v", err)
	}
	s, err = calls([][]byte{frames[0], frames[1][:40]})
	if err != nil {
		t.Fatal(err)
	}
	s.Next()
	if _, err := s.Next(); brokenAs(err, 1, frame.ErrTruncated) != nil {
		t.Errorf("cut: %v", err)
	}
	s, _ = calls(frames)
	s.Close()
	if _, err := s.Next(); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestOperationInErrors: an error names its operation, and the IAM action only where an identity was denied it.
func TestOperationInErrors(t *testing.T) {
	rows := []struct {
		name, operation, action string
		call                    func(c *Client) error
	}{
		{"stream", "InvokeModelWithResponseStream", "bedrock:InvokeModelWithResponseStream", func(c *Client) error {
			_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			return err
		}},
		{"invoke", "InvokeModel", "bedrock:InvokeModel", func(c *Client) error { _, err := c.InvokeModel(context.Background(), testRequest()); return err }},
		{"model", "GetFoundationModel", "bedrock:GetFoundationModel", func(c *Client) error { _, err := c.FoundationModel(context.Background(), "m"); return err }},
		{"call", "ApplyGuardrail", "bedrock:ApplyGuardrail", func(c *Client) error {
			_, err := c.Do(context.Background(), &Call{Operation: "ApplyGuardrail", Action: "bedrock:ApplyGuardrail", Path: "/x"})
			return err
		}},
	}
	for _, r := range rows {
		for _, how := range []string{"signed", "bearer", "unsigned", "another error"} {
			code := model.AccessDeniedException
			if how == "another error" {
				code = model.ValidationException
			}
			c := newClient(t, "https://h", once, func(cfg *Config) {
				cfg.Transport = &answers{list: []func() (*http.Response, error){exception(code)}}
				cfg.Unsigned = how == "unsigned"
				if how == "bearer" {
					cfg.BearerToken = func(context.Context) (string, error) { return "token", nil }
				}
			})
			err := r.call(c)
			var e *model.Error
			if !errors.As(err, &e) || e.Operation != r.operation || !strings.Contains(err.Error(), r.operation) {
				t.Errorf("%s, %s: %v", r.name, how, err)
				continue
			}
			if want := how == "signed"; (e.Action == r.action) != want || strings.Contains(err.Error(), r.action+";") || strings.Contains(err.Error(), "IAM action") != want {
				t.Errorf("%s, %s: action %q: %v", r.name, how, e.Action, err)
			}
		}
	}
}

// TestInvokeModel: the whole response, its head, and what is no such response.
func TestInvokeModel(t *testing.T) {
	const body = `{"content":[{"type":"text","text":"hi"}]}`
	a := &answers{list: []func() (*http.Response, error){response(200, body, "Content-Type", "application/json", "X-Amzn-Bedrock-Service-Tier", "flex", "X-Amzn-Requestid", "rid-1")}}
	c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = a })
	out, err := c.InvokeModel(context.Background(), &model.InvokeModelRequest{ModelID: testModel, Body: []byte(testPrompt), Accept: "*/*", GuardrailIdentifier: "g", GuardrailVersion: "1"})
	if err != nil || string(out.Body) != body || out.ContentType != "application/json" || out.ServiceTier != "flex" {
		t.Fatalf("%+v, %v", out, err)
	}
	if h := a.seen[0]; h.Get("Accept") != "*/*" || h.Get("X-Amzn-Bedrock-Accept") != "" || h.Get("X-Amzn-Bedrock-Guardrailidentifier") != "g" {
		t.Errorf("header %v", h)
	}
	if _, err := c.InvokeModel(context.Background(), &model.InvokeModelRequest{}); fieldOf(err) != "ModelID" {
		t.Error(err)
	}
	good := response(200, body)
	cut := func() (*http.Response, error) {
		r, _ := good()
		r.Body = io.NopCloser(frametest.FailWith(r.Body, errReset, false))
		return r, nil
	}
	for _, repeat := range []bool{false, true} {
		a := &answers{list: []func() (*http.Response, error){cut, good}}
		c := newClient(t, "https://h", quick, func(cfg *Config) { cfg.Transport, cfg.Retry.AtLeastOnce = a, repeat })
		_, err := c.InvokeModel(context.Background(), testRequest())
		var unsent *SendError
		if repeat && (err != nil || len(a.seen) != 2) || !repeat && (!errors.As(err, &unsent) || !unsent.MayBeProcessed || len(a.seen) != 1) {
			t.Errorf("cut, AtLeastOnce %v: %d attempts, %v", repeat, len(a.seen), err)
		}
	}
	c = newClient(t, "https://h", once, func(cfg *Config) {
		cfg.Transport = &answers{list: []func() (*http.Response, error){response(200, "x", "Content-Encoding", "gzip")}}
	})
	var e *ResponseError
	if _, err := c.InvokeModel(context.Background(), testRequest()); !errors.As(err, &e) || e.ContentEncoding != "gzip" || errors.Is(err, ErrNotEventStream) {
		t.Errorf("gzip: %v", err)
	}
}

// TestUnsigned: no signature and no token, and the header of the gateway.
func TestUnsigned(t *testing.T) {
	a := &answers{list: []func() (*http.Response, error){stream(frametest.ChunkFrame([]byte("{}"), 3))}}
	c, err := New(Config{Endpoint: "https://gateway.example", Unsigned: true, Transport: a, Header: map[string]string{"Authorization": "Basic eA=="},
		BearerToken: func(context.Context) (string, error) { t.Error("asked for a token"); return "", nil }})
	if err != nil {
		t.Fatal(err)
	}
	open(t, c)
	if h := a.seen[0]; h.Get("Authorization") != "Basic eA==" || h.Get("X-Amz-Date") != "" {
		t.Errorf("header %v", h)
	}
}

func TestAllowHTTP(t *testing.T) {
	token := func(context.Context) (string, error) { return "t", nil }
	for _, r := range []struct {
		name, endpoint string
		change         func(*Config)
		field          string
	}{
		{"off", "http://gateway.internal", func(*Config) {}, "Endpoint"},
		{"on", "http://gateway.internal:8080/x", func(cfg *Config) { cfg.AllowHTTP = true }, ""},
		{"with a bearer token", "http://gateway.internal", func(cfg *Config) { cfg.AllowHTTP, cfg.BearerToken = true, token }, "Endpoint"},
		{"with a bearer token on loopback", "http://127.0.0.1:1", func(cfg *Config) { cfg.AllowHTTP, cfg.BearerToken = true, token }, ""},
		{"with a bearer token that is not used", "http://gateway.internal", func(cfg *Config) { cfg.AllowHTTP, cfg.BearerToken, cfg.Unsigned = true, token, true }, ""},
	} {
		cfg := Config{Region: "us-east-1", Credentials: testKeys, Endpoint: r.endpoint}
		r.change(&cfg)
		c, err := New(cfg)
		if fieldOf(err) != r.field {
			t.Errorf("%s: %v", r.name, err)
		}
		if err == nil && cfg.AllowHTTP {
			if own(c).Proxy == nil {
				t.Errorf("%s: the proxy of the environment is not used", r.name)
			}
		}
	}
}

// TestWrapTransport: the wrapper gets this package's own transport, with all its limits, and sees each attempt.
func TestWrapTransport(t *testing.T) {
	srv := newFake(t, bedrocktest.Failure(model.ServiceUnavailableException, "later"), bedrocktest.Text("ok"))
	requests := 0
	var inner []*http.Transport
	c := newClient(t, srv.URL, quick, func(cfg *Config) {
		cfg.MaxIdleConns = 7
		cfg.WrapTransport = func(rt http.RoundTripper) http.RoundTripper {
			inner = append(inner, rt.(*http.Transport))
			return roundTripper(func(r *http.Request) (*http.Response, error) { requests++; return rt.RoundTrip(r) })
		}
	})
	if s := open(t, c); requests != 2 || s.Attempts() != 2 {
		t.Errorf("%d requests, %d attempts", requests, s.Attempts())
	}
	for _, rt := range inner {
		if rt.MaxResponseHeaderBytes != maxResponseHead || rt.MaxIdleConnsPerHost != 7 || !rt.DisableCompression {
			t.Errorf("%+v", rt)
		}
		rt.CloseIdleConnections()
	}
	if rt := newTransport(&Config{}, false); rt.MaxIdleConnsPerHost != DefaultMaxIdleConns {
		t.Errorf("%d idle connections", rt.MaxIdleConnsPerHost)
	}
	if _, err := New(Config{Region: "us-east-1", Credentials: testKeys, Transport: untouched{t}, WrapTransport: func(rt http.RoundTripper) http.RoundTripper { return rt }}); fieldOf(err) != "WrapTransport" {
		t.Error(err)
	}
	if _, err := New(Config{Region: "us-east-1", Credentials: testKeys, Header: map[string]string{"Host": "x"}}); fieldOf(err) != "Header" {
		t.Error(err)
	}
}

type ownClass struct{ error }

func (ownClass) Class() Class { return ClassConfiguration }

func TestClassify(t *testing.T) {
	rows := []struct {
		err  error
		want Class
	}{
		{nil, ClassOther}, {errors.New("another's"), ClassOther}, {io.EOF, ClassOther},
		{&model.FieldError{}, ClassUsage}, {&CallFieldError{}, ClassUsage},
		{&ConfigError{}, ClassConfiguration}, {&CredentialsError{Err: io.EOF}, ClassConfiguration}, {ownClass{io.EOF}, ClassConfiguration},
		{&model.Error{Code: model.ValidationException}, ClassRefused}, {&model.Error{Code: model.ThrottlingException}, ClassRetryable},
		{&CallError{Err: &model.Error{Code: model.ThrottlingException}}, ClassRetryable},
		{&StreamError{Err: &model.Error{Code: model.ValidationException, InStream: true}}, ClassRefused},
		{&StreamError{Err: frame.ErrTruncated}, ClassOther}, {&StreamError{Err: &frame.Error{Err: frame.ErrTruncated}}, ClassBrokenStream},
		{&StreamError{Err: ErrIncomplete}, ClassBrokenStream}, {&StallError{}, ClassBrokenStream}, {&MessageError{}, ClassBrokenStream},
		{&ResponseError{Err: &model.Error{}}, ClassOther}, {&ResponseError{Err: &model.Error{}, Cause: &model.FieldError{}}, ClassOther}, {&RedirectError{}, ClassOther}, {&SendError{Err: io.EOF}, ClassOther},
		{&credentials.Error{Kind: credentials.ErrNone}, ClassConfiguration}, {&settings.Error{}, ClassConfiguration},
		{&CredentialsError{Err: &credentials.Error{Kind: credentials.ErrSource, Err: context.DeadlineExceeded}}, ClassConfiguration},
		{&CredentialsError{Err: &credentials.Error{Kind: credentials.ErrSource, Err: context.Canceled}}, ClassCancelled},
		{ErrSendClosed, ClassUsage}, {&StreamError{Err: ErrInputRefused}, ClassBrokenStream}, {&SendError{Err: ErrNoHTTP2}, ClassOther},
		{context.Canceled, ClassCancelled}, {&StreamError{Err: context.DeadlineExceeded}, ClassCancelled},
	}
	for _, r := range rows {
		if got := Classify(r.err); got != r.want {
			t.Errorf("Classify(%T %v) = %v, want %v", r.err, r.err, got, r.want)
		}
	}
	for c := range ClassCancelled + 2 {
		if s := c.String(); s == "" || (s == "other") != (c == ClassOther || c > ClassCancelled) {
			t.Errorf("Class(%d) = %q", c, s)
		}
	}
}

// TestCutAtEveryBoundary: a stream of each format that has an end mark, cut after each of its frames but the last.
func TestCutAtEveryBoundary(t *testing.T) {
	models := []string{
		"anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-v2", "amazon.titan-text-express-v1", "amazon.nova-lite-v1:0", "meta.llama3-8b-instruct-v1:0",
		"mistral.mistral-7b-instruct-v0:2", "mistral.mistral-large-2407-v1:0", "mistral.pixtral-large-2502-v1:0", "cohere.command-text-v14", "cohere.command-r-v1:0",
		"ai21.jamba-1-5-mini-v1:0", "deepseek.r1-v1:0", "deepseek.v3-v1:0", "openai.gpt-oss-20b-1:0", "qwen.qwen3-32b-v1:0", "writer.palmyra-x5-v1:0",
	}
	cuts := 0
	for _, id := range models {
		chunks := text.Script(id, "one ", "two ", "three")
		if len(chunks) < 3 {
			t.Fatalf("%s: %d chunks", id, len(chunks))
		}
		whole := len(chunks) // how many frames it takes until the mark has come
		for whole > 1 && text.Ends(chunks[whole-1]) == false {
			whole--
		}
		for n := 1; n <= len(chunks); n++ {
			var body []byte
			for _, chunk := range chunks[:n] {
				body = append(body, frametest.ChunkFrame(chunk, 3)...)
			}
			ended := false
			for _, chunk := range chunks[:n] {
				ended = ended || text.Ends(chunk)
			}
			got, end := drain(NewStream(io.NopCloser(strings.NewReader(string(body))), nil))
			lenient := NewStream(io.NopCloser(strings.NewReader(string(body))), &StreamOptions{AllowIncomplete: true})
			gotLenient, endLenient := drain(lenient)
			if len(got) != n || len(gotLenient) != n || endLenient != io.EOF || lenient.Complete() != ended {
				t.Errorf("%s cut after %d: %d and %d chunks, %v, Complete %v", id, n, len(got), len(gotLenient), endLenient, lenient.Complete())
			}
			if !ended {
				cuts++
				if err := brokenAs(end, n, ErrIncomplete); err != nil {
					t.Errorf("%s cut after %d of %d: %v", id, n, len(chunks), err)
				}
			} else if end != io.EOF {
				t.Errorf("%s whole after %d: %v", id, n, end)
			}
		}
		if !text.Ends(chunks[whole-1]) {
			t.Errorf("%s: no end mark", id)
		}
	}
	t.Logf("%d models, %d cuts", len(models), cuts)
	for _, unknown := range []string{`{"novel":1}`, `no JSON`} {
		s := NewStream(io.NopCloser(strings.NewReader(string(frametest.ChunkFrame([]byte(unknown), 3)))), nil)
		if got, end := drain(s); len(got) != 1 || end != io.EOF || s.Complete() {
			t.Errorf("%s: %v, Complete %v", unknown, end, s.Complete())
		}
	}
}
