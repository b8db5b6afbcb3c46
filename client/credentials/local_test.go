package credentials

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
)

func containerFor(env ...string) *Container {
	m := map[string]string{}
	for i := 0; i+1 < len(env); i += 2 {
		m[env[i]] = env[i+1]
	}
	return &Container{Getenv: getenv(m)}
}

func TestContainerURLs(t *testing.T) {
	const full, relative = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	for _, c := range []struct{ variable, value, want string }{
		{relative, "/v2/credentials/id?x=y", "http://169.254.170.2/v2/credentials/id?x=y"},
		{relative, "v2/credentials", ""},
		{relative, "@example.com/", ""},
		{relative, ".example.com/", ""},
		{relative, ":80@example.com/", ""},
		{relative, "/a b", ""},
		{relative, "/a\r\nHost: example.com", ""},
		{relative, "/a#b", ""},
		{full, "http://127.0.0.1/x", "http://127.0.0.1/x"},
		{full, "http://127.255.255.254:8080/x", "http://127.255.255.254:8080/x"},
		{full, "http://[::1]/x", "http://[::1]/x"},
		{full, "http://localhost/x", "http://localhost/x"}, // decided on when it is an address
		{full, "http://169.254.170.2/x", "http://169.254.170.2/x"},
		{full, "http://169.254.170.23/x", "http://169.254.170.23/x"},
		{full, "http://[fd00:ec2::23]/x", "http://[fd00:ec2::23]/x"},
		{full, "https://example.com/x", "https://example.com/x"},
		{full, "http://169.254.169.254/x", ""},
		{full, "http://169.254.170.3/x", ""},
		{full, "http://[fd00:ec2::254]/x", ""},
		{full, "http://[::]/x", ""},
		{full, "http://0.0.0.0/x", ""},
		{full, "http://10.0.0.1/x", ""},
		{full, "http://[::ffff:8.8.8.8]/x", ""},
		{full, "http://user:password@127.0.0.1/x", ""},
		{full, "http://127.0.0.1/x#y", ""},
		{full, "ftp://127.0.0.1/x", ""},
		{full, "file:///etc/passwd", ""},
		{full, "127.0.0.1/x", ""},
		{full, "http:///x", ""},
		{full, "http://127.0.0.1\\@example.com/", ""},
		{full, "http://127.0.0.1/" + strings.Repeat("x", 3000), ""},
	} {
		got, reason := containerURL(getenv(map[string]string{c.variable: c.value}))
		if got != c.want || (got == "") != (reason != "") {
			t.Errorf("%s=%.80q: %.80q, reason %q, want %.80q", c.variable, c.value, got, reason, c.want)
		}
		if len(c.value) > 3 && strings.Contains(reason, c.value) {
			t.Errorf("the reason repeats the value: %s", reason)
		}
	}
}

// TestContainerAddressIsCheckedWhenConnecting plays a name server that has changed its mind:
// whatever the name was before, what counts is the address that is dialled.
func TestContainerAddressIsCheckedWhenConnecting(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan struct{}, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- struct{}{}
			c.Close()
		}
	}()
	// The allow-list stands for the container's; the listener for the address a hostile name server
	// gives.
	rt := localTransport(time.Second, func(a netip.Addr) bool { return a == netip.MustParseAddr("169.254.170.2") })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	x := exchange{method: "GET", timeout: time.Second, url: "http://localhost:" + port + "/", header: http.Header{"Authorization": {"CANARY"}}}
	if _, err := x.do(context.Background(), rt); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("error %v", err)
	}
	select {
	case <-accepted:
		t.Error("a connection was made")
	case <-time.After(20 * time.Millisecond):
	}
	for address, want := range map[string]bool{"127.0.0.1": true, "127.8.8.8": true, "::1": true, "169.254.170.2": true, "169.254.170.23": true,
		"fd00:ec2::23": true, "169.254.170.1": false, "169.254.169.254": false, "10.0.0.1": false, "8.8.8.8": false, "0.0.0.0": false,
		"::": false, "fd00:ec2::24": false, "fe80::1": false, "192.168.0.1": false} {
		if got := containerAddr(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %t", address, got)
		}
	}
}

func TestNoProxyForTheMachine(t *testing.T) {
	if localTransport(time.Second, nil).Proxy != nil {
		t.Error("metadata and container requests would go through a proxy")
	}
	if publicTransport(connectionLimit).Proxy == nil {
		t.Error("STS would not go through a proxy")
	}
}

func TestContainerTokens(t *testing.T) {
	s := fake(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "token")
	url := s.URL + "/container"
	c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)
	for _, step := range []struct{ contents, want string }{
		{credentialstest.ContainerToken + "\n", "ASIACONTAINER"}, // the line feed of whoever wrote it
		{"other", ""}, // read again at each call
		{credentialstest.ContainerToken, "ASIACONTAINER"},
		{"a\r\nX-Injected: b", ""},
		{"a\x7f", ""},
		{"", ""},
		{strings.Repeat("x", MaxToken+1), ""},
	} {
		if err := os.WriteFile(file, []byte(step.contents), 0o600); err != nil {
			t.Fatal(err)
		}
		before := s.Requests(credentialstest.Container)
		got, err := c.Retrieve(context.Background())
		if got.AccessKeyID != step.want {
			t.Errorf("token %.20q: %v, %v", step.contents, got, err)
		}
		if strings.Contains(step.contents, "\n") && step.want == "" && s.Requests(credentialstest.Container) != before {
			t.Errorf("token %.20q was sent", step.contents)
		}
	}
	if h := s.Last(credentialstest.Container).Header; h.Get("Accept-Encoding") != "identity" || h.Get("Accept") != "application/json" {
		t.Errorf("headers %v", h)
	}
	// The neighbours of the control characters can stand in a token.
	var sent string
	s.Handle(credentialstest.Container, func(w http.ResponseWriter, r *http.Request) { sent = r.Header.Get("Authorization") })
	containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic a~").Retrieve(context.Background())
	if sent != "Basic a~" {
		t.Errorf("the token arrived as %q", sent)
	}
	got, err := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\x7fb").Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "control character")
	got, err = containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\nb").Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "control character")
	got, err = containerFor().Retrieve(context.Background())
	wantError(t, got, err, ErrNone, "neither")
	got, err = containerFor("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x").Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "path")
}

// badAnswers are what no source of JSON may get away with. Each is given by the container's
// endpoint.
var badAnswers = []struct {
	name, text string
	answer     http.HandlerFunc
}{
	{"redirect", "redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://192.0.2.1/", 302) }},
	{"redirect that keeps the method", "redirect", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "//evil.example/")
		w.WriteHeader(307)
	}},
	{"redirect to nowhere", "redirect", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(301) }},
	{"compressed", "encoding", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "x")
	}},
	{"too large", "64 KiB", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat(" ", MaxResponse+1)) }},
	{"cut", "broke off", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "{")
	}},
	{"not JSON", "read", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") }},
	{"an array", "read", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "[]") }},
	{"empty", "read", func(w http.ResponseWriter, r *http.Request) {}},
	{"empty object", "no keys", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") }},
	{"no secret", "secret access key is missing", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"Code":"Success","AccessKeyId":"A"}`)
	}},
	{"no key id", "access key id is missing", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"Code":"Success","SecretAccessKey":"CANARY"}`)
	}},
	{"a key twice", "read", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"AccessKeyId":"A","AccessKeyId":"B"}`)
	}},
	{"a number", "read", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"AccessKeyId":1}`) }},
	{"bad time", "ISO 8601", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"Code":"Success","AccessKeyId":"A","SecretAccessKey":"CANARY","Expiration":"tomorrow"}`)
	}},
	{"refused", "AccessDenied", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		io.WriteString(w, `{"code":"AccessDenied","message":"no\u001b[31m"}`)
	}},
	{"overloaded", "Too Many Requests", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(429) }},
	{"broken", "Internal Server Error", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }},
	{"an odd status", "unknown", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(499) }},
}

func TestContainerAnswers(t *testing.T) {
	s := fake(t)
	c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "CANARY")
	for _, bad := range badAnswers {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			s := fake(t)
			c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "CANARY")
			s.Handle(credentialstest.Container, bad.answer)
			got, err := c.Retrieve(context.Background())
			wantError(t, got, err, ErrSource, bad.text)
			if strings.Contains(err.Error(), "CANARY") || strings.ContainsRune(err.Error(), 0x1b) {
				t.Errorf("error %q", err)
			}
		})
	}
	// Worth another attempt: overload and failures of the server; nothing else.
	n := 0
	s.Handle(credentialstest.Container, func(w http.ResponseWriter, r *http.Request) {
		if n++; n < attempts {
			w.WriteHeader(503)
			return
		}
		io.WriteString(w, `{"AccessKeyId":"A","SecretAccessKey":"S"}`)
	})
	if got, err := c.Retrieve(context.Background()); err != nil || got.AccessKeyID != "A" || !got.Expires.IsZero() {
		t.Errorf("%v, %v", got, err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Retrieve(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended gives %v", err)
	}
}

func TestIMDSSession(t *testing.T) {
	s := fake(t)
	clk := newClock()
	clk.ns.Store(time.Now().UnixNano())
	m := &IMDS{Endpoint: s.URL, Now: clk.now}
	for i, want := range []int{4, 6} { // token, extended path, role, keys; then the token and the path are known
		if got, err := m.Retrieve(context.Background()); err != nil || got.AccessKeyID != "ASIAIMDS" || got.Expires.IsZero() {
			t.Fatalf("%v, %v", got, err)
		}
		if got := s.Requests(credentialstest.IMDS); got != want {
			t.Errorf("call %d: %d requests, want %d", i, got, want)
		}
	}
	m.session.Load().token = "forgotten by the service"
	if _, err := m.Retrieve(context.Background()); err != nil {
		t.Errorf("a token that the service forgot: %v", err)
	}
	clk.advance(imdsTokenTTL + time.Second)
	s.Lifetime(24 * time.Hour)
	before := s.Requests(credentialstest.IMDS)
	if _, err := m.Retrieve(context.Background()); err != nil || s.Requests(credentialstest.IMDS) != before+3 {
		t.Errorf("an old token: %v, %d requests", err, s.Requests(credentialstest.IMDS)-before)
	}
}

// TestIMDSSessionLifetime: a session token is used as long as the service says, and never longer than was asked for.
func TestIMDSSessionLifetime(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, r := range []struct {
		header string
		want   time.Duration
	}{{"", imdsTokenTTL}, {"x", imdsTokenTTL}, {"-1", imdsTokenTTL}, {"0", 0}, {"60", time.Minute}, {"21599", imdsTokenTTL - time.Second}, {"21601", imdsTokenTTL}} {
		m := &IMDS{Now: func() time.Time { return now }}
		asked := ""
		session, err := m.fetchSession(context.Background(), tripper(func(q *http.Request) (*http.Response, error) {
			asked = strings.Join(q.Header[imdsTTLHeader], ",")
			return &http.Response{StatusCode: 200, Header: http.Header{imdsTTLHeader: {r.header}}, Body: io.NopCloser(strings.NewReader("token"))}, nil
		}), "http://127.0.0.1")
		if err != nil || session.token != "token" || session.end.Sub(now) != r.want || asked != "21600" {
			t.Errorf("%q: %+v, %v, asked for %q", r.header, session, err, asked)
		}
	}
}

// TestIMDSStaticStability: the metadata service goes on when the part behind it doesn't.
func TestIMDSStaticStability(t *testing.T) {
	s := fake(t)
	clk := newClock()
	clk.ns.Store(time.Now().UnixNano())
	m := &IMDS{Endpoint: s.URL, Now: clk.now}
	s.Lifetime(-time.Hour)
	for range 3 {
		got, err := m.Retrieve(context.Background())
		if left := got.Expires.Sub(clk.now()); err != nil || left < imdsExtension || left > 3*imdsExtension {
			t.Errorf("expired credentials: %v, %v", got, err)
		}
	}
	s.Handle(credentialstest.IMDS, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	m.session.Store(nil)
	if _, err := m.Retrieve(context.Background()); !errors.Is(err, ErrSource) {
		t.Errorf("while the last known are good, a failure is one: %v", err)
	}
	clk.advance(4 * imdsExtension)
	if got, err := m.Retrieve(context.Background()); err != nil || got.AccessKeyID != "ASIAIMDS" || !got.Expires.After(clk.now()) {
		t.Errorf("the last known: %v, %v", got, err)
	}
	clk.advance(4 * imdsExtension)
	s.Handle(credentialstest.IMDS, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) })
	if _, err := (&IMDS{Endpoint: s.URL}).Retrieve(context.Background()); !errors.Is(err, ErrSource) {
		t.Errorf("nothing known: %v", err)
	}
}

func TestIMDSAnswers(t *testing.T) {
	const list = "/latest/meta-data/iam/security-credentials/"
	at := func(path string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == path:
				h(w, r)
			case r.Method == "PUT":
				w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
				io.WriteString(w, "TOKENCANARY")
			case r.URL.Path == list:
				io.WriteString(w, "role\nother")
			case strings.HasPrefix(r.URL.Path, imdsExtended):
				w.WriteHeader(404)
			}
		}
	}
	status := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(n) } }
	text := func(s string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s) }
	}
	const token = "/latest/api/token"
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		kind   error
		text   string
	}{
		{"version 1 only, 403", at(token, status(403)), ErrSource, "version 2"},
		{"version 1 only, 404", at(token, status(404)), ErrSource, "version 2"},
		{"version 1 only, 405", at(token, status(405)), ErrSource, "version 2"},
		{"no token, 400", at(token, status(400)), ErrSource, "session token"},
		{"no token, 500", at(token, status(500)), ErrSource, "session token"},
		{"empty token", at(token, text("")), ErrSource, "session token"},
		{"a token with a line break", at(token, text("a\r\nb")), ErrSource, "session token"},
		{"redirect", at(token, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://evil.example/", 307) }), ErrSource, "redirect"},
		{"no role", at(list, status(404)), ErrNone, "no role"},
		{"role refused", at(list, status(403)), ErrSource, "no role"},
		{"role with a path", at(list, text("../../token")), ErrSource, "name"},
		{"role of dots", at(list, text("..")), ErrSource, "name"},
		{"role of HTML", at(list, text("<html>")), ErrSource, "name"},
		{"role too long", at(list, text(strings.Repeat("r", 65))), ErrSource, "name"},
		{"empty role", at(list, text("")), ErrSource, "name"},
		{"keys refused", at(list+"role", status(403)), ErrSource, "no keys"},
		{"unauthorized for ever", at(list, status(401)), ErrSource, "no role"},
		{"keys cut", at(list+"role", text("{")), ErrSource, "read"},
		{"code Failed", at(list+"role", text(`{"Code":"Failed","Message":"why\n"}`)), ErrSource, `"Failed"`},
		{"no code", at(list+"role", text(`{"AccessKeyId":"A","SecretAccessKey":"CANARY"}`)), ErrSource, "code"},
		{"no keys", at(list+"role", text(`{"Code":"success"}`)), ErrSource, "no keys"},
		{"bad time", at(list+"role", text(`{"Code":"Success","AccessKeyId":"A","SecretAccessKey":"CANARY","Expiration":"x"}`)), ErrSource, "ISO 8601"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := fake(t)
			s.Handle(credentialstest.IMDS, c.answer)
			got, err := (&IMDS{Endpoint: s.URL}).Retrieve(context.Background())
			wantError(t, got, err, c.kind, c.text)
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("error %q", err)
			}
		})
	}
	got, err := (&IMDS{Endpoint: "ftp://x"}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "endpoint")
}

// TestIMDSUnreachable: a program on a machine outside EC2 learns within two seconds that it has no
// credentials. The service is played by a listener that never answers, and by a port that nobody
// listens on.
func TestIMDSUnreachable(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() }) // not before the subtests, which run in parallel, have ended
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for name, l := range map[string]net.Listener{"silent": silent, "refused": closed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			best := time.Hour
			for range 2 {
				chain := Chain{Getenv: getenv(map[string]string{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://" + l.Addr().String()})}
				start := time.Now()
				got, err := chain.Retrieve(context.Background())
				best = min(best, time.Since(start))
				wantError(t, got, err, ErrNone, "no source of credentials is configured, and the service can't be reached")
				if !strings.Contains(err.Error(), "environment variables: ") {
					t.Errorf("error %v does not say what was tried", err)
				}
			}
			if best > 2*time.Second {
				t.Errorf("start-up was delayed by %v", best)
			}
		})
	}
}

// TestContainerTokenFileAbsent: without the token that the environment asks for, nothing is sent.
func TestContainerTokenFileAbsent(t *testing.T) {
	s := fake(t)
	c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", filepath.Join(t.TempDir(), "none"))
	got, err := c.Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be used")
	if n := s.Requests(credentialstest.Container); n != 0 {
		t.Errorf("%d requests", n)
	}
}
