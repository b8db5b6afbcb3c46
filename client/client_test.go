package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

func TestStreaming(t *testing.T) {
	want := []string{"Hello", ", ", "world"}
	srv := newFake(t, bedrocktest.Text(want...))
	c := newClient(t, srv.URL)
	s := open(t, c)
	var text string
	var n int64
	for chunk, err := range s.All() {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if _, after, ok := bytes.Cut(chunk, []byte(`"text":"`)); ok && bytes.Contains(chunk, []byte("text_delta")) {
			piece, _, _ := bytes.Cut(after, []byte(`"`))
			text += string(piece)
		}
	}
	if text != "Hello, world" {
		t.Errorf("text = %q", text)
	}
	if !s.Complete() || s.Events() != n || s.Skipped() != 0 {
		t.Errorf("Complete = %v, Events = %d of %d, Skipped = %d", s.Complete(), s.Events(), n, s.Skipped())
	}
	if m, ok := s.Metrics(); !ok || m.OutputTokenCount != 3 || m.InputTokenCount == 0 || m.InvocationLatency == 0 {
		t.Errorf("Metrics = %+v, %v", m, ok)
	}
	requests := srv.Requests()
	if len(requests) != 1 || requests[0].RequestID != s.RequestID() || s.Response().ContentType != "application/json" {
		t.Errorf("request id %q, response %+v, requests %v", s.RequestID(), s.Response(), requests)
	}
	if h := requests[0].Header; h.Get("Accept-Encoding") != "identity" || h.Get("User-Agent") != "bedrockwire/"+Version {
		t.Errorf("header %v", h)
	}
	sticky(t, s, io.EOF)
}

// Events come as they are sent, not in a burst at the end: the server holds its answer open until the client has
// the first event.
func TestEventsComeOneByOne(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		got := make(chan bool)
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "identity" {
				t.Errorf("Accept-Encoding = %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
			for i := range 3 {
				w.Write(frametest.ChunkFrame([]byte{byte('0' + i)}, 9))
				w.(http.Flusher).Flush()
				<-got
			}
		}))
		srv.EnableHTTP2 = protocol == "HTTP/2"
		srv.StartTLS()
		c := newClient(t, srv.URL, func(cfg *Config) {
			cfg.RootCAs = srv.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			cfg.DisableHTTP2 = protocol == "HTTP/1.1"
		})
		s := open(t, c)
		for i := range 3 {
			if b, err := s.Next(); err != nil || string(b) != fmt.Sprint(i) {
				t.Fatalf("%s: event %d = %q, %v", protocol, i, b, err)
			}
			got <- true
		}
		if _, err := s.Next(); err != io.EOF {
			t.Errorf("%s: end = %v", protocol, err)
		}
		c.CloseIdleConnections()
		srv.Close()
	}
}

// capture serves one plain connection on loopback and returns the request's head as it came over the wire.
func capture(t *testing.T, answer []byte) (address string, head <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	heads := make(chan string, 1)
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			heads <- err.Error()
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		var b strings.Builder
		for {
			line, err := r.ReadString('\n')
			b.WriteString(line)
			if err != nil || line == "\r\n" {
				break
			}
		}
		io.CopyN(io.Discard, r, int64(len(testPrompt)))
		conn.Write(answer)
		heads <- b.String()
	}()
	return l.Addr().String(), heads
}

const inferenceProfile = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc.def-1:0"

// The signatures are those of the AWS SDK for Go and of botocore for the same request, key, token and date. The
// host they cover is the service's, so the connection is led to a server of ours behind the transport's back.
func TestWireBytes(t *testing.T) {
	rows := []struct{ name, model, token, path, signature string }{
		{"id", testModel, "", "/model/anthropic.claude-v2%3A1/invoke-with-response-stream",
			"b2dc414560c1fc70bfb9a33755f5b403376c9986e59ea1800e4957b2ffa784dd"},
		{"id and token", testModel, "TOKEN/+==", "/model/anthropic.claude-v2%3A1/invoke-with-response-stream",
			"ae396ec11dda42318ea718148338ac4c247001ed49a638526ad6e7d8c10ec5ac"},
		{"ARN", inferenceProfile, "",
			"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc.def-1%3A0/invoke-with-response-stream",
			"97dced720291701fdf50ba5e49668e6d8eed7b1f5bfe7a16f663c09fa36a319b"},
		{"ARN and token", inferenceProfile, "TOKEN/+==",
			"/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc.def-1%3A0/invoke-with-response-stream",
			"4bf3b03a94daa328a67ed64ae21c0323eab9f6a2d9970b624be39ba8b2bc023b"},
	}
	answer, _ := chunkedResponse(frametest.ChunkFrame([]byte(`{}`), 5))
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			address, heads := capture(t, answer)
			cfg := Config{
				Region: "us-east-1",
				Credentials: func(context.Context) (signer.Credentials, error) {
					return signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: r.token}, nil
				},
				Now:   func() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) },
				Retry: Retry{MaxAttempts: 1},
			}
			c, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			// The transport below sees the request as it would go out, host and all.
			real := own(c)
			real.Proxy = nil
			c.secure = roundTripper(func(req *http.Request) (*http.Response, error) {
				if req.URL.Scheme != "https" || req.URL.Host != "bedrock-runtime.us-east-1.amazonaws.com" {
					t.Errorf("URL = %v", req.URL)
				}
				req = req.Clone(req.Context())
				req.URL.Scheme, req.URL.Host = "http", address // Host stays
				return real.RoundTrip(req)
			})
			defer real.CloseIdleConnections()
			s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: r.model, Body: []byte(testPrompt)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Next(); err != nil {
				t.Fatal(err)
			}
			s.Close()
			head := <-heads
			line, fields, _ := strings.Cut(head, "\r\n")
			if want := "POST " + r.path + " HTTP/1.1"; line != want {
				t.Errorf("request line %q, want %q", line, want)
			}
			signed, token := "content-length;content-type;host;x-amz-date;x-amzn-bedrock-accept", ""
			if r.token != "" {
				signed = "content-length;content-type;host;x-amz-date;x-amz-security-token;x-amzn-bedrock-accept"
				token = "X-Amz-Security-Token: " + r.token + "\r\n"
			}
			for _, want := range []string{
				"Host: bedrock-runtime.us-east-1.amazonaws.com\r\n",
				"Content-Length: 58\r\n", "Content-Type: application/json\r\n", "X-Amzn-Bedrock-Accept: application/json\r\n",
				"X-Amz-Date: 20150830T123600Z\r\n", "Accept-Encoding: identity\r\n", token,
				"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, SignedHeaders=" + signed + ", Signature=" + r.signature + "\r\n",
			} {
				if want != "" && strings.Count("\r\n"+fields, "\r\n"+want) != 1 {
					t.Errorf("not once in the header: %q\n%s", want, fields)
				}
			}
			if strings.Contains(fields, "X-Amz-Content-Sha256") || strings.Contains(fields, "Transfer-Encoding") {
				t.Errorf("header %q", fields)
			}
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// All members of a request reach the wire, each in its header; those that are empty don't.
func TestRequestHeaders(t *testing.T) {
	srv := newFake(t)
	c := newClient(t, srv.URL+"/gateway/", func(cfg *Config) { cfg.UserAgent = "app/1" })
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{
		ModelID: testModel, Body: []byte(testPrompt), ContentType: "application/cbor", Accept: "text/plain", Trace: model.TraceEnabledFull,
		GuardrailIdentifier: "gr1", GuardrailVersion: "DRAFT", PerformanceConfigLatency: model.LatencyOptimized,
		ServiceTier: model.TierFlex, RequestMetadata: `{"a":"b"}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s.Response().PerformanceConfigLatency != model.LatencyOptimized || s.Response().ServiceTier != model.TierFlex {
		t.Errorf("response %+v", s.Response())
	}
	r := srv.Requests()[0]
	if want := "/gateway/model/anthropic.claude-v2%3A1/invoke-with-response-stream"; r.Path != want {
		t.Errorf("path %q, want %q", r.Path, want)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/cbor", "X-Amzn-Bedrock-Accept": "text/plain", "X-Amzn-Bedrock-Trace": "ENABLED_FULL",
		"X-Amzn-Bedrock-GuardrailIdentifier": "gr1", "X-Amzn-Bedrock-GuardrailVersion": "DRAFT",
		"X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized", "X-Amzn-Bedrock-Service-Tier": "flex",
		"X-Amzn-Bedrock-Request-Metadata": `{"a":"b"}`, "User-Agent": "bedrockwire/" + Version + " app/1",
		"Amz-Sdk-Request": "attempt=1; max=3", "Accept": "",
	} {
		if got := r.Header.Values(name); want == "" && len(got) != 0 || want != "" && (len(got) != 1 || got[0] != want) {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if id := r.Header.Get("Amz-Sdk-Invocation-Id"); len(id) != 36 || id[14] != '4' {
		t.Errorf("invocation id %q", id)
	}
	open(t, c)
	for name := range srv.Requests()[1].Header {
		if strings.HasPrefix(name, "X-Amzn-Bedrock-") && name != "X-Amzn-Bedrock-Accept" {
			t.Errorf("%s sent where nothing was set", name)
		}
	}
}

// A stream of five frames, cut at every offset, gives the frames before the cut and then ErrTruncated. At the
// boundaries the end is as clean as HTTP's own.
func TestCutEverywhere(t *testing.T) {
	want := []string{`{"n":0}`, `{"n":1}`, `{"n":"` + strings.Repeat("x", 150) + `"}`, ``, `{"n":4}`}
	var body []byte
	boundary := map[int]int{0: 0}
	for i, m := range want {
		body = append(body, frametest.ChunkFrame([]byte(m), i)...)
		boundary[len(body)] = i + 1
	}
	for _, how := range bodyEnds() {
		t.Run(how.name, func(t *testing.T) {
			c := newScripted(t, how.h2)
			before := 0
			for cut := 0; cut <= len(body); cut++ {
				n, atBoundary := boundary[cut]
				if atBoundary {
					before = n
				}
				got, s, end := play(c, how.script(body[:cut]))
				if s == nil {
					t.Fatalf("cut at %d: %v", cut, end)
				}
				if len(got) != before || !isPrefix(got, want) {
					t.Fatalf("cut at %d: %d frames, want %d: %q", cut, len(got), before, got)
				}
				if atBoundary && how.polite {
					if end != io.EOF {
						t.Fatalf("cut at boundary %d: %v", cut, end)
					}
					continue
				}
				if err := brokenAs(end, before, frame.ErrTruncated); err != nil {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				var where *frame.Error
				if !errors.As(end, &where) || where.Offset != int64(cut) || where.Frame != int64(before) || !errors.Is(end, io.ErrUnexpectedEOF) {
					t.Fatalf("cut at %d: %v", cut, end)
				}
				if s.RequestID() != "rid-1" || !strings.Contains(end.Error(), "rid-1") {
					t.Fatalf("cut at %d: no request id in %v", cut, end)
				}
			}
		})
	}
}

// exceptions are the modelled ones; those with a member can come inside a stream.
var exceptions = []struct {
	code   model.Code
	status int
	member string
}{
	{model.AccessDeniedException, 403, ""},
	{model.InternalServerException, 500, "internalServerException"},
	{model.ModelErrorException, 424, ""},
	{model.ModelNotReadyException, 429, ""},
	{model.ModelStreamErrorException, 424, "modelStreamErrorException"},
	{model.ModelTimeoutException, 408, "modelTimeoutException"},
	{model.ResourceNotFoundException, 404, ""},
	{model.ServiceQuotaExceededException, 400, ""},
	{model.ServiceUnavailableException, 503, "serviceUnavailableException"},
	{model.ThrottlingException, 429, "throttlingException"},
	{model.ValidationException, 400, "validationException"},
}

func TestExceptionsHTTP(t *testing.T) {
	for _, x := range exceptions {
		t.Run(string(x.code), func(t *testing.T) {
			srv := newFake(t, bedrocktest.Failure(x.code, "what went wrong"))
			c := newClient(t, srv.URL, once)
			s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			var e *model.Error
			if s != nil || !errors.Is(err, x.code) || !errors.As(err, &e) {
				t.Fatalf("stream %v, error %v", s, err)
			}
			if e.StatusCode != x.status || e.Message != "what went wrong" || e.RequestID != srv.Requests()[0].RequestID || e.InStream {
				t.Errorf("error %#v", e)
			}
			for _, other := range exceptions {
				if other.code != x.code && errors.Is(err, other.code) {
					t.Errorf("%v is %v too", err, other.code)
				}
			}
			if !SafeToRetry(err) {
				t.Error("SafeToRetry = false")
			}
		})
	}
}

func TestExceptionsInStream(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte(`{"n":1}`), 3)
	for _, x := range exceptions {
		if x.member == "" {
			continue
		}
		for _, before := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s after %d", x.member, before), func(t *testing.T) {
				body := bytes.Repeat(chunk, before)
				body = append(body, frametest.ExceptionFrame(x.member, "what went wrong")...)
				body = append(body, chunk...) // nothing behind an exception counts
				c := newScripted(t, false)
				r, _ := chunkedResponse(body)
				got, s, end := play(c, script{send: r, end: io.EOF})
				if len(got) != before {
					t.Fatalf("%d events, want %d", len(got), before)
				}
				if err := brokenAs(end, before, x.code); err != nil {
					t.Fatal(err)
				}
				var e *model.Error
				if !errors.As(end, &e) || !e.InStream || e.StatusCode != x.status || e.Message != "what went wrong" || e.RequestID != "rid-1" {
					t.Errorf("error %#v", e)
				}
				if SafeToRetry(end) != (before == 0) {
					t.Errorf("SafeToRetry = %v after %d events", SafeToRetry(end), before)
				}
				sticky(t, s, end)
			})
		}
	}
}

func TestOddMessages(t *testing.T) {
	chunk := func(s string) []byte { return frametest.ChunkFrame([]byte(s), 3) }
	str := func(name, value string) []byte { return frametest.RawHeader(name, 7, frametest.Text(value)) }
	headers := func(h ...[]byte) []byte { return bytes.Join(h, nil) }
	rows := []struct {
		name    string
		message []byte
		kind    error // nil: the stream goes on
		events  int   // delivered of it
		skipped int64
		says    string
	}{
		{"unknown event", frametest.EventFrame("somethingNew", []byte(`{"x":1}`)), nil, 0, 1, ""},
		{"initial-response", frametest.EventFrame("initial-response", []byte(`{}`)), nil, 0, 1, ""},
		{"chunk without bytes", frametest.EventFrame("chunk", []byte(`{}`)), nil, 1, 0, ""},
		{"chunk with null bytes", frametest.EventFrame("chunk", []byte(`{"bytes":null}`)), nil, 1, 0, ""},
		{"header order", frametest.Raw(headers(str(":message-type", "event"), str(":event-type", "chunk")), frametest.ChunkPayload([]byte("{}"), 4)), nil, 1, 0, ""},
		{"error message", frametest.ErrorFrame("internal-error", "An unknown error occurred."), model.UnknownOperationError, 0, 0, "An unknown error occurred."},
		{"error message of a known code", frametest.ErrorFrame("throttlingException", "slower"), model.ThrottlingException, 0, 0, "slower"},
		{"error message without headers", frametest.Raw(str(":message-type", "error"), nil), model.UnknownOperationError, 0, 0, ""},
		{"unknown exception", frametest.ExceptionFrame("brandNewException", "news"), model.UnknownOperationError, 0, 0, "brandNewException: news"},
		{"exception by its shape's name", frametest.ExceptionFrame("ThrottlingException", "slower"), model.ThrottlingException, 0, 0, "slower"},
		{"exception without a type", frametest.Raw(str(":message-type", "exception"), []byte(`{"message":"m"}`)), ErrProtocol, 0, 0, ":exception-type is missing"},
		{"exception without a payload", frametest.Raw(headers(str(":message-type", "exception"), str(":exception-type", "validationException")), nil), model.ValidationException, 0, 0, ""},
		{"exception in plain text", frametest.Raw(headers(str(":message-type", "exception"), str(":exception-type", "validationException")), []byte("bad \x1b[2Jtext")), model.ValidationException, 0, 0, "bad"},
		{"no message type", frametest.Raw(str(":event-type", "chunk"), []byte("{}")), ErrProtocol, 0, 0, ":message-type is missing"},
		{"message type not text", frametest.Raw(frametest.RawHeader(":message-type", 6, frametest.Text("event")), []byte("{}")), frame.ErrHeader, 0, 0, ""},
		{"unknown message type", frametest.Raw(str(":message-type", "surprise"), []byte("{}")), ErrProtocol, 0, 0, ":message-type is not event, exception or error"},
		{"no event type", frametest.Raw(str(":message-type", "event"), []byte("{}")), ErrProtocol, 0, 0, ":event-type is missing"},
		{"no headers", frametest.Raw(nil, nil), ErrProtocol, 0, 0, ":message-type is missing"},
		{"chunk without JSON", frametest.EventFrame("chunk", []byte(`bytes`)), model.ErrChunk, 0, 0, "the chunk can't be decoded"},
		{"chunk without payload", frametest.EventFrame("chunk", nil), model.ErrChunk, 0, 0, ""},
		{"chunk not base64", frametest.EventFrame("chunk", []byte(`{"bytes":"####"}`)), model.ErrChunk, 0, 0, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			body := append(chunk("first"), r.message...)
			body = append(body, chunk("last")...)
			s := NewStream(io.NopCloser(bytes.NewReader(body)), &StreamOptions{RequestID: "rid-2"})
			got, end := drain(s)
			if s.Skipped() != r.skipped {
				t.Errorf("Skipped = %d, want %d", s.Skipped(), r.skipped)
			}
			if r.kind == nil {
				if end != io.EOF || len(got) != 2+r.events || got[len(got)-1] != "last" {
					t.Errorf("got %q, %v", got, end)
				}
				return
			}
			if len(got) != 1 {
				t.Errorf("got %q", got)
			}
			if err := brokenAs(end, 1, r.kind); err != nil {
				t.Error(err)
			}
			text := end.Error()
			if !strings.Contains(text, r.says) || !strings.Contains(text, "rid-2") || strings.ContainsAny(text, "\x1b\n\r") {
				t.Errorf("text %q", text)
			}
			var m *MessageError
			if errors.As(end, &m) && (m.Frame != 1 || m.Offset != int64(len(chunk("first")))) {
				t.Errorf("frame %d at offset %d", m.Frame, m.Offset)
			}
			sticky(t, s, end)
		})
	}
}

// A response with a success status that is no event stream is an error that a person can act on.
func TestNotAnEventStream(t *testing.T) {
	html := "<!DOCTYPE html><html><body>Please sign in\x1b[2J</body></html>"
	stream := string(frametest.ChunkFrame([]byte("{}"), 3))
	rows := []struct{ name, contentType, encoding, body, says string }{
		{"HTML", "text/html; charset=utf-8", "", html, "Please sign in"},
		{"JSON", "application/json", "", `{"message":"hello from a gateway"}`, "hello from a gateway"},
		{"text", "text/plain", "", "ok", "ok"},
		{"no type", "", "", html, "Please sign in"},
		{"empty", "text/plain", "", "", "text/plain"},
		{"nothing at all", "", "", "", "Content-Type \"\""},
		{"short", "application/octet-stream", "", "12345678901", "12345678901"},
		{"right bytes, wrong type", "application/octet-stream", "", stream, "application/octet-stream"},
		{"almost the type", "application/vnd.amazon.eventstreams", "", stream, "eventstreams"},
		{"gzip", "application/vnd.amazon.eventstream", "gzip", "\x1f\x8b\x08", "gzip"},
		{"two codings", "application/vnd.amazon.eventstream", "identity, br", stream, "br"},
		{"long type", "text/html" + strings.Repeat("y", 5000), "", html, "HTTP 200"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			head := "HTTP/1.1 200 OK\r\nX-Amzn-Requestid: rid-3\r\n"
			if r.contentType != "" {
				head += "Content-Type: " + r.contentType + "\r\n"
			}
			if r.encoding != "" {
				head += "Content-Encoding: " + r.encoding + "\r\n"
			}
			c := newScripted(t, false)
			_, s, err := play(c, script{send: []byte(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(r.body), r.body)), end: io.EOF})
			var e *ResponseError
			if s != nil || !errors.As(err, &e) || !errors.Is(err, ErrNotEventStream) || errors.As(err, new(*model.Error)) {
				t.Fatalf("stream %v, error %v", s, err)
			}
			m, text := e.Err, err.Error()
			if m.StatusCode != 200 || m.RequestID != "rid-3" || !strings.Contains(text, "200") || !strings.Contains(text, "rid-3") || !strings.Contains(text, r.says) {
				t.Errorf("text %q", text)
			}
			if strings.ContainsAny(text, "\x1b\r\n\x7f") || len(text) > 2048 || errors.Is(err, io.EOF) || !SafeToRetry(err) {
				t.Errorf("text %q, SafeToRetry %v", text, SafeToRetry(err))
			}
		})
	}
	// With the right type, what is no frame is a broken stream; fewer bytes than a prelude are a cut one.
	for _, body := range []string{html, "12345678901", "{}"} {
		r, _ := chunkedResponse([]byte(body))
		_, _, end := play(newScripted(t, false), script{send: r, end: io.EOF})
		kind := frame.ErrPreludeCRC
		if len(body) < 12 {
			kind = frame.ErrTruncated
		}
		if err := brokenAs(end, 0, kind); err != nil || !strings.Contains(end.Error(), "rid-1") {
			t.Errorf("%q: %v, %v", body, err, end)
		}
	}
}
