package bedrocktest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

func TestText(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Text("Hello, ", "world")))
	resp := call{}.do(t, srv)
	if resp.StatusCode != 200 {
		t.Fatalf("status %d", resp.StatusCode)
	}
	for name, want := range map[string]string{
		"Content-Type":                "application/vnd.amazon.eventstream",
		"X-Amzn-Bedrock-Content-Type": "application/json",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if id := resp.Header.Get("X-Amzn-Requestid"); len(id) != 36 {
		t.Errorf("request id %q is no UUID", id)
	}
	all, err := messages(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := text(t, all); got != "Hello, world" {
		t.Errorf("text %q", got)
	}
	var types []string
	for _, e := range events(t, all) {
		var c struct{ Type string }
		if err := json.Unmarshal([]byte(e), &c); err != nil {
			t.Fatal(err)
		}
		types = append(types, c.Type)
	}
	const want = "message_start content_block_start content_block_delta content_block_delta content_block_stop message_delta message_stop"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("types\n%s, want\n%s", got, want)
	}
}

// Requests of the script come in its order; the last reply repeats.
func TestScript(t *testing.T) {
	twice := bedrocktest.Text("b")
	twice.Times = 2
	throttling := bedrocktest.Text("d")
	throttling.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultThrottle, N: 2}
	srv := start(t, bedrocktest.NewServer(
		bedrocktest.Text("a"), twice, bedrocktest.Failure(model.ValidationException, "c"), throttling, bedrocktest.Text("e")))
	ask := func() string {
		resp := call{}.do(t, srv)
		if resp.StatusCode != 200 {
			return fmt.Sprint(resp.StatusCode)
		}
		all, err := messages(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return text(t, all)
	}
	var got []string
	for range 9 {
		got = append(got, ask())
	}
	const want = "a b b 400 429 429 d e e"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	srv.Script(bedrocktest.Text("f"))
	if s := ask(); s != "f" {
		t.Errorf("after Script: %s", s)
	}
	srv.Script()
	if s := ask(); s != "Hi there" {
		t.Errorf("after an empty Script: %s", s)
	}
}

func TestRespond(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(bedrocktest.Text("never"))
	srv.Respond = func(r bedrocktest.Request) bedrocktest.Reply {
		reply := bedrocktest.Text("for ", r.Header.Get("X-Who"))
		reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultThrottle, N: 1}
		return reply
	}
	start(t, srv)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			who := fmt.Sprint("caller-", i)
			c := call{header: http.Header{"X-Who": {who}, "Amz-Sdk-Invocation-Id": {who}}}
			for _, want := range []int{429, 200} {
				resp := c.do(t, srv)
				if resp.StatusCode != want {
					t.Errorf("status %d, want %d", resp.StatusCode, want)
				}
				if want != 200 {
					continue
				}
				all, err := messages(resp.Body)
				if got := text(t, all); err != nil || got != "for "+who {
					t.Errorf("%q %v", got, err)
				}
			}
		}()
	}
	wg.Wait()
}

// protocols are the ways a client can talk to a server.
var protocols = []struct {
	name, proto string
	tls         bool
	set         func(*http.Protocols)
}{
	{"HTTP1", "HTTP/1.1", false, func(p *http.Protocols) { p.SetHTTP1(true) }},
	{"HTTP1TLS", "HTTP/1.1", true, func(p *http.Protocols) { p.SetHTTP1(true) }},
	{"HTTP2TLS", "HTTP/2.0", true, func(p *http.Protocols) { p.SetHTTP2(true) }},
	{"H2C", "HTTP/2.0", false, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
}

// each runs f on a server of each protocol.
func each(t *testing.T, f func(t *testing.T, srv *bedrocktest.Server), replies ...bedrocktest.Reply) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			srv := bedrocktest.NewUnstartedServer(replies...)
			srv.Protocols = new(http.Protocols)
			p.set(srv.Protocols)
			up := srv.Start
			if p.tls {
				up = srv.StartTLS
			}
			if err := up(); err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			f(t, srv)
			for _, r := range srv.Requests() {
				if r.Proto != p.proto {
					t.Errorf("spoke %s, want %s", r.Proto, p.proto)
				}
			}
		})
	}
}

func TestProtocols(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		resp := call{}.do(t, srv)
		all, err := messages(resp.Body)
		if got := text(t, all); err != nil || got != "Hello" {
			t.Errorf("%q %v", got, err)
		}
		if len(srv.Requests()) != 1 {
			t.Errorf("%d requests recorded", len(srv.Requests()))
		}
	}, bedrocktest.Text("Hel", "lo"))
}

// A plain server and a TLS server speak both versions to whoever asks for them.
func TestBothProtocols(t *testing.T) {
	for _, srv := range []*bedrocktest.Server{bedrocktest.NewServer(), bedrocktest.NewTLSServer()} {
		start(t, srv)
		for _, set := range []func(*http.Protocols){
			func(p *http.Protocols) { p.SetHTTP1(true) },
			func(p *http.Protocols) { p.SetHTTP2(true); p.SetUnencryptedHTTP2(true) },
		} {
			tr := &http.Transport{Protocols: new(http.Protocols)}
			if c := srv.Certificate(); c != nil {
				tr.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
				tr.TLSClientConfig.RootCAs.AddCert(c)
			}
			set(tr.Protocols)
			resp, err := tr.RoundTrip(call{}.request(t, srv))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := messages(resp.Body); err != nil {
				t.Error(err)
			}
			resp.Body.Close()
			tr.CloseIdleConnections()
		}
		var protos []string
		for _, r := range srv.Requests() {
			protos = append(protos, r.Proto)
		}
		if got := strings.Join(protos, " "); got != "HTTP/1.1 HTTP/2.0" {
			t.Errorf("%s: spoke %s", srv.URL, got)
		}
	}
}

// The first chunk is there while the server still holds the answer open.
func TestEachFrameIsFlushed(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for i := range reply3.Frames {
			resp := faulty(fmt.Sprintf("stall@frame=%d", i)).do(t, srv)
			b := make([]byte, len(wire(bedrocktest.Reply{Frames: reply3.Frames[:i]})))
			if _, err := io.ReadFull(resp.Body, b); err != nil {
				t.Fatalf("frames before %d: %v", i, err)
			}
			if all, err := messages(strings.NewReader(string(b))); len(all) != i || err != nil {
				t.Fatalf("%d frames, want %d: %v", len(all), i, err)
			}
			resp.Body.Close()
		}
	}, reply3)
}

var reply3 = bedrocktest.Reply{Frames: [][]byte{
	bedrocktest.Chunk(`{"n":0}`), bedrocktest.Chunk(`{"n":1,"long":"............................"}`), bedrocktest.Chunk(`{"n":2}`)}}

func TestPaceAndDelay(t *testing.T) {
	reply := reply3
	reply.Delay, reply.Pace = 30*time.Millisecond, 20*time.Millisecond
	srv := start(t, bedrocktest.NewServer(reply))
	begin := time.Now()
	resp := call{}.do(t, srv)
	if d := time.Since(begin); d < 30*time.Millisecond {
		t.Errorf("head after %v", d)
	}
	if _, err := messages(resp.Body); err != nil {
		t.Fatal(err)
	}
	// Two pauses between three frames, and none before the first.
	if d := time.Since(begin); d < 70*time.Millisecond {
		t.Errorf("end after %v", d)
	}
}

func TestServerPace(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(reply3)
	srv.Pace = 20 * time.Millisecond
	start(t, srv)
	begin := time.Now()
	if _, err := messages(call{}.do(t, srv).Body); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begin); d < 40*time.Millisecond {
		t.Errorf("end after %v", d)
	}
}

// Header fields of a reply go over the server's; a name without values is left out.
func TestReplyHeader(t *testing.T) {
	reply := bedrocktest.Text("x")
	reply.Status = 202
	reply.Header = http.Header{"x-amzn-requestid": nil, "Date": {}, "X-More": {"a", "b"}}
	srv := start(t, bedrocktest.NewServer(reply))
	resp := call{header: http.Header{
		"X-Amzn-Bedrock-Performanceconfig-Latency": {"optimized"},
		"X-Amzn-Bedrock-Service-Tier":              {"flex"},
	}}.do(t, srv)
	if resp.StatusCode != 202 || len(resp.Header["X-More"]) != 2 {
		t.Errorf("status %d, X-More %q", resp.StatusCode, resp.Header["X-More"])
	}
	for name, want := range map[string]string{"X-Amzn-Requestid": "", "Date": "",
		"X-Amzn-Bedrock-Performanceconfig-Latency": "optimized", "X-Amzn-Bedrock-Service-Tier": "flex"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// A status that HTTP does not have must not take the handler down unanswered.
func TestImpossibleStatus(t *testing.T) {
	for _, status := range []int{-1, 1, 99, 101, 199, 1000} {
		srv := start(t, bedrocktest.NewServer(bedrocktest.Reply{Status: status}))
		if resp := (call{}).do(t, srv); resp.StatusCode != 500 {
			t.Errorf("status %d became %d", status, resp.StatusCode)
		}
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Reply{Status: 307, Header: http.Header{"Location": {"/elsewhere"}}}))
	if resp := (call{}).do(t, srv); resp.StatusCode != 307 || len(srv.Requests()) != 1 {
		t.Errorf("status %d, %d requests", resp.StatusCode, len(srv.Requests()))
	}
}

func TestFoundationModel(t *testing.T) {
	get := func(srv *bedrocktest.Server, id string) (int, string) {
		resp := call{method: "GET", path: "/foundation-models/" + id}.do(t, srv)
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(b)
	}
	srv := start(t, bedrocktest.NewServer())
	status, body := get(srv, "anthropic.claude-3-haiku-20240307-v1%3A0")
	var got struct {
		ModelDetails struct {
			ModelID, ModelName, ProviderName string
			ResponseStreamingSupported       bool
		}
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if d := got.ModelDetails; status != 200 || d.ModelID != testModel || d.ModelName != "claude-3-haiku-20240307-v1:0" ||
		d.ProviderName != "anthropic" || !d.ResponseStreamingSupported {
		t.Errorf("%d %s", status, body)
	}

	srv = bedrocktest.NewUnstartedServer()
	srv.Models = map[string]string{"a.b": `{"modelId":"a.b"}`}
	start(t, srv)
	if status, body := get(srv, "a.b"); status != 200 || body != `{"modelDetails":{"modelId":"a.b"}}` {
		t.Errorf("%d %s", status, body)
	}
	if status, body := get(srv, "a.c"); status != 404 || !strings.HasPrefix(body, `{"message":`) {
		t.Errorf("%d %s", status, body)
	}
	if r := srv.Requests(); len(r) != 2 || r[1].ModelID != "a.c" {
		t.Errorf("requests %v", r)
	}
}

// What has no route gets the answer of the service's front end.
func TestRoutes(t *testing.T) {
	const arn = "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-3-haiku-20240307-v1%3A0"
	long := strings.Repeat("a", 2049)
	for _, row := range []struct {
		name, method, path string
		status             int
		id                 string
	}{
		{"id", "POST", "/model/a.b-v1%3A0/invoke-with-response-stream", 200, "a.b-v1:0"},
		{"raw colon", "POST", "/model/a.b-v1:0/invoke-with-response-stream", 200, "a.b-v1:0"},
		{"arn", "POST", "/model/" + arn + "/invoke-with-response-stream", 200, "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0"},
		{"prefix", "POST", "/gateway/v1/model/a.b/invoke-with-response-stream", 200, "a.b"},
		{"raw slash", "POST", "/model/a/b/invoke-with-response-stream", 404, ""},
		{"other operation", "POST", "/model/a.b/converse-sideways", 404, ""},
		{"invoke", "POST", "/model/a.b-v1%3A0/invoke", 200, "a.b-v1:0"},
		{"converse", "POST", "/model/a.b-v1%3A0/converse", 200, "a.b-v1:0"},
		{"converse-stream", "POST", "/model/" + arn + "/converse-stream", 200, "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-haiku-20240307-v1:0"},
		{"slash in the prefix", "POST", "/gateway//model/a.b/invoke", 200, "a.b"},
		// The commonest bug of signers written by hand: what is signed and sent alike is still another id.
		{"escaped twice", "POST", "/model/anthropic.claude-v2%253A1/invoke-with-response-stream", 400, "anthropic.claude-v2%3A1"},
		{"escaped twice, converse", "POST", "/model/anthropic.claude-v2%253A1/converse", 400, "anthropic.claude-v2%3A1"},
		{"blank", "POST", "/model/a.b%20/invoke", 400, "a.b "},
		{"blank before", "POST", "/model/%20a.b/converse", 400, " a.b"},
		{"tab", "POST", "/model/a.b%09/converse", 400, "a.b\t"},
		{"plus", "POST", "/model/a%2Bb/converse", 400, "a+b"},
		{"no model", "POST", "/invoke-with-response-stream", 404, ""},
		{"wrong method", "GET", "/model/a.b/invoke-with-response-stream", 404, ""},
		{"other method", "PUT", "/model/a.b/invoke-with-response-stream", 404, ""},
		{"root", "GET", "/", 404, ""},
		{"empty id", "POST", "/model//invoke-with-response-stream", 400, ""},
		{"dots", "POST", "/model/%2E%2E/invoke-with-response-stream", 400, ".."},
		{"2048 bytes", "POST", "/model/" + long[1:] + "/invoke-with-response-stream", 200, long[1:]},
		{"2049 bytes", "POST", "/model/" + long + "/invoke-with-response-stream", 400, long},
	} {
		t.Run(row.name, func(t *testing.T) {
			srv := start(t, bedrocktest.NewServer())
			resp := call{method: row.method, path: row.path}.do(t, srv)
			r := srv.Requests()
			if resp.StatusCode != row.status || len(r) != 1 || r[0].ModelID != row.id || r[0].Path != row.path {
				t.Fatalf("status %d, requests %v", resp.StatusCode, r)
			}
			if resp.Header.Get("X-Amzn-Requestid") != r[0].RequestID {
				t.Error("the recorded request id is not the one that was sent")
			}
			if row.status == 404 {
				var body struct {
					Output struct {
						Type    string `json:"__type"`
						Message string
					}
					Version string
				}
				b, _ := io.ReadAll(resp.Body)
				if json.Unmarshal(b, &body) != nil || body.Output.Type != "com.amazon.coral.service#UnknownOperationException" || body.Output.Message == "" ||
					body.Version != "1.0" || !strings.HasPrefix(resp.Header.Get("X-Amzn-Errortype"), "UnknownOperationException") ||
					resp.Header.Get("Content-Type") != "application/json" {
					t.Errorf("header %v, body %q", resp.Header, b)
				}
				if line := r[0].String(); !strings.Contains(line, "UnknownOperationException: this server knows InvokeModel, ") || !strings.Contains(line, "ConverseStream") {
					t.Errorf("the log says %q", line)
				}
			}
			if row.status == 400 {
				if b, _ := io.ReadAll(resp.Body); string(b) != `{"message":"The provided model identifier is invalid."}` {
					t.Errorf("body %s", b)
				}
			}
			if (r[0].Refused == "") != (row.status == 200) {
				t.Errorf("refused with %q", r[0].Refused)
			}
		})
	}
}

func TestBodyLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 50 MB over loopback")
	}
	srv := start(t, bedrocktest.NewServer(bedrocktest.Text("x")))
	const limit = 25_000_000
	for _, row := range []struct {
		name    string
		size    int
		chunked bool
		status  int
	}{
		{"at the limit", limit, false, 200},
		{"over it", limit + 1, false, 400},
		{"over it, without a length", limit + 1, true, 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := call{body: strings.Repeat(" ", row.size)}.request(t, srv)
			if row.chunked {
				r.ContentLength = -1
				r.Body = io.NopCloser(r.Body)
			}
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != row.status {
				t.Errorf("status %d", resp.StatusCode)
			}
		})
	}
}

func TestRequests(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(bedrocktest.Text("x"))
	srv.Keep = 3
	start(t, srv)
	for i := range 5 {
		resp := call{body: fmt.Sprint("body ", i), query: "a=b%20c"}.do(t, srv)
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	all := srv.Requests()
	if len(all) != 3 {
		t.Fatalf("%d requests kept, want 3", len(all))
	}
	for i, r := range all {
		if want := fmt.Sprint("body ", i+2); string(r.Body) != want {
			t.Errorf("body %q, want %q", r.Body, want)
		}
		if r.Method != "POST" || r.Path != "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke-with-response-stream" || r.Query != "a=b%20c" ||
			r.ModelID != testModel || r.Auth != bedrocktest.SigV4 || r.Refused != "" || r.Time.IsZero() || "http://"+r.Host != srv.URL {
			t.Errorf("request %#v", r)
		}
		if r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("header %q", r.Header)
		}
	}
	// They are copies.
	all[0].Header.Set("Content-Type", "changed")
	all[0].Body[0] = 'X'
	if again := srv.Requests()[0]; again.Header.Get("Content-Type") == "changed" || again.Body[0] == 'X' {
		t.Error("Requests hands out its own memory")
	}

	none := bedrocktest.NewUnstartedServer(bedrocktest.Text("x"))
	none.Keep = -1
	logged := make(chan bedrocktest.Request, 2)
	none.Log = func(r bedrocktest.Request) { logged <- r }
	start(t, none)
	call{}.do(t, none)
	call{sign: bearer("wrong")}.do(t, none)
	if a, b := <-logged, <-logged; a.Refused != "" || b.Refused != "AccessDeniedException" {
		t.Errorf("logged %v and %v", a, b)
	}
	if n := len(none.Requests()); n != 0 {
		t.Errorf("%d requests kept, want 0", n)
	}
}

// No way of printing shows a token, a key, a signature or a body.
func TestNothingSecretPrints(t *testing.T) {
	const token, secret = "tok-canary-0123456789", "sec-canary-0123456789"
	srv := bedrocktest.NewUnstartedServer()
	srv.BearerToken = token
	srv.Credentials.AccessKeyID, srv.Credentials.SecretAccessKey = "AKIDCANARY", secret
	start(t, srv)
	call{sign: func(r *http.Request, _ *signerRequest) { r.Header.Set("Authorization", "Bearer "+token) }}.do(t, srv)
	call{creds: srv.Credentials}.do(t, srv)
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	plain := slog.New(slog.NewTextHandler(&out, nil))
	for _, r := range srv.Requests() {
		if r.Refused != "" {
			t.Fatalf("refused: %v", r)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, r)
			fmt.Fprintf(&out, verb, &r)
			fmt.Fprintf(&out, verb, []bedrocktest.Request{r})
			fmt.Fprintf(&out, verb, srv)
		}
		log.Info("x", "request", r, "server", srv)
		plain.Info("x", "request", r, "server", srv)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	for _, canary := range []string{token, secret, "Signature=", "Hi there"} {
		if strings.Contains(out.String(), canary) {
			t.Errorf("%q was printed", canary)
		}
	}
	if !strings.Contains(out.String(), "anthropic.claude-3-haiku") {
		t.Error("the path was not printed, so nothing was tested")
	}
}

func TestAddr(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.com:0", "127.0.0.1", "127.0.0.1:x", "[::ffff:192.0.2.1]:0"} {
		srv := bedrocktest.NewUnstartedServer()
		srv.Addr = addr
		if err := srv.Start(); err == nil {
			t.Errorf("%q was listened on", addr)
		} else if strings.HasSuffix(addr, ":0") && !errors.Is(err, bedrocktest.ErrNotLoopback) {
			t.Errorf("%q: %v", addr, err)
		}
		srv.Close()
	}
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "127.0.0.2:0"} {
		srv := bedrocktest.NewUnstartedServer()
		srv.Addr = addr
		if err := srv.Start(); err != nil {
			t.Errorf("%q: %v", addr, err)
			continue
		}
		u, err := url.Parse(srv.URL)
		if err != nil || !net.ParseIP(u.Hostname()).IsLoopback() {
			t.Errorf("%q became %s", addr, srv.URL)
		}
		srv.Close()
	}
}

func TestStartTwice(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	if err := srv.Start(); err == nil {
		t.Error("a second Start succeeded")
	}
	srv.Close()
	if err := srv.StartTLS(); err == nil {
		t.Error("a Start after Close succeeded")
	}
	if srv.Client() == nil { // still a client, which can reach nothing
		t.Error("no client")
	}
	// A taken port is an error, not a panic.
	a := start(t, bedrocktest.NewServer())
	b := bedrocktest.NewUnstartedServer()
	b.Addr = strings.TrimPrefix(a.URL, "http://")
	if err := b.Start(); err == nil {
		t.Error("two servers on one port")
	}
	b.Close()
}

// The zero value works as one from NewUnstartedServer.
func TestZeroServer(t *testing.T) {
	var srv bedrocktest.Server
	start(t, &srv)
	if all, err := messages(call{}.do(t, &srv).Body); err != nil || text(t, all) != "Hi there" {
		t.Errorf("%v %v", all, err)
	}
	var never bedrocktest.Server
	never.Close()
	never.Close()
}

// A listener of the caller's own, and one that is closed unused.
func TestListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := bedrocktest.NewUnstartedServer()
	srv.Listener = l
	start(t, srv)
	if srv.URL != "http://"+l.Addr().String() {
		t.Errorf("URL %s", srv.URL)
	}
	if resp := (call{}).do(t, srv); resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}

	l, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv = bedrocktest.NewUnstartedServer()
	srv.Listener = l
	srv.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is open: %v", err)
	}
}

func TestCertificate(t *testing.T) {
	srv := start(t, bedrocktest.NewTLSServer())
	if srv.Certificate() == nil || srv.Certificate().VerifyHostname("127.0.0.1") != nil {
		t.Error("the certificate is not for 127.0.0.1")
	}
	if start(t, bedrocktest.NewServer()).Certificate() != nil {
		t.Error("a certificate without TLS")
	}
	// A client that does not know it must not get through.
	r := call{}.request(t, srv)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	var unknown *tls.CertificateVerificationError
	if _, err := tr.RoundTrip(r); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
	if n := len(srv.Requests()); n != 0 {
		t.Errorf("%d requests came through", n)
	}

	// A certificate of the test's own.
	own := bedrocktest.NewUnstartedServer()
	own.TLS = &tls.Config{Certificates: []tls.Certificate{{}}}
	if err := own.StartTLS(); err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if own.Certificate() != nil {
		t.Error("a certificate was made beside the test's own")
	}
}

// Close ends answers that stall, that wait, and that nobody reads; and leaves no
// goroutine behind.
func TestClose(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		var wg sync.WaitGroup
		over := make(chan struct{})
		for _, fault := range []string{"stall@frame=1", "stall@head", "late=1h", "drip=1h", "stall=1h@byte=7", "none", "none"} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				resp, err := srv.Client().Do(faulty(fault).request(t, srv))
				if err != nil {
					return
				}
				defer resp.Body.Close()
				if fault == "none" {
					// Not one byte is read: the server's writes block.
					<-over
					return
				}
				if all, err := messages(resp.Body); err == nil {
					t.Errorf("%s: a polite end after %d frames", fault, len(all))
				}
			}()
		}
		for len(srv.Requests()) < 7 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond)
		begin := time.Now()
		closed := make(chan struct{})
		for range 4 {
			go func() { srv.Close(); closed <- struct{}{} }()
		}
		for range 4 {
			<-closed
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("Close took %v", d)
		}
		close(over)
		wg.Wait()
		if left := goroutines(1); left != "" {
			t.Errorf("left after Close:\n%s", left)
		}
	}, bedrocktest.Reply{Frames: bigFrames(200)})
}

// bigFrames is more than the buffers between server and client hold.
func bigFrames(n int) [][]byte {
	b := bedrocktest.Chunk(`"` + strings.Repeat("x", 100_000) + `"`)
	out := make([][]byte, n)
	for i := range out {
		out[i] = b
	}
	return out
}

// A client that goes away takes its handler with it.
func TestClientGone(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		for _, fault := range []string{"stall@frame=1", "drip=1h", "none"} {
			resp, err := srv.Client().Do(faulty(fault).request(t, srv).WithContext(ctx))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
		}
		cancel()
		srv.Client().CloseIdleConnections()
		if left := handlers(); left != "" {
			t.Errorf("left after the client had gone:\n%s", left)
		}
	}, bedrocktest.Reply{Frames: bigFrames(200)})
}

// Bodies are forgotten before they fill the memory.
func TestRequestsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 100 MB over loopback")
	}
	srv := start(t, bedrocktest.NewServer(bedrocktest.Reply{}))
	for range 5 {
		resp := call{body: strings.Repeat(" ", 20_000_000)}.do(t, srv)
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	if n := len(srv.Requests()); n != 3 {
		t.Errorf("%d bodies of 20 MB are kept, want the 3 that 64 MiB hold", n)
	}
}

// pipes is a listener in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.conns <- server
	return client, nil
}

// A listener that is no network's serves as well; a reset and a fin are both a
// close there.
func TestPipeListener(t *testing.T) {
	l := newPipes()
	srv := bedrocktest.NewUnstartedServer(reply3)
	srv.Listener = l
	start(t, srv)
	tr := &http.Transport{DialContext: l.dial}
	defer tr.CloseIdleConnections()
	for _, fault := range []string{"none", "fin@frame=1", "reset@frame=1"} {
		resp, err := tr.RoundTrip(faulty(fault).request(t, srv))
		if err != nil {
			t.Fatal(err)
		}
		all, err := messages(resp.Body)
		resp.Body.Close()
		want := 1
		if fault == "none" {
			want = 3
		}
		if len(all) != want || (err == nil) != (fault == "none") {
			t.Errorf("%s: %d frames, %v", fault, len(all), err)
		}
	}
}

// The package stays usable by commands and by the tests of package client.
func TestImports(t *testing.T) {
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.GoFiles) < 5 || len(p.Imports) < 10 {
		t.Fatalf("files %v, imports %v", p.GoFiles, p.Imports)
	}
	ours := map[string]bool{"bedrockwire/client/internal/uuid": true, "bedrockwire/frame": true, "bedrockwire/model": true, "bedrockwire/model/text": true, "bedrockwire/signer": true}
	for _, path := range p.Imports {
		switch {
		case strings.HasPrefix(path, "bedrockwire/") && !ours[path], strings.Contains(strings.Split(path, "/")[0], "."):
			t.Errorf("imports %s", path)
		case path == "testing", path == "net/http/httptest", path == "flag", path == "os", path == "unsafe":
			t.Errorf("imports %s, which is not for a package that commands use", path)
		}
	}
}
