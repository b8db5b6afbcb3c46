package client

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/internal/network"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// sentTo returns the URLs that a call and a question to the control plane go to.
func sentTo(t *testing.T, change ...func(*Config)) (runtime, control string) {
	t.Helper()
	var urls []string
	cfg := Config{Region: "us-east-1", Credentials: testKeys, Retry: Retry{MaxAttempts: 1}}
	cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Host != r.URL.Host {
			t.Errorf("Host %q, URL %v", r.Host, r.URL)
		}
		urls = append(urls, r.URL.String())
		return nil, errors.New("not sent")
	})
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: "m"})
	c.FoundationModel(context.Background(), "m")
	if len(urls) != 2 {
		t.Fatalf("%d requests", len(urls))
	}
	return strings.TrimSuffix(urls[0], "/model/m/invoke-with-response-stream"), strings.TrimSuffix(urls[1], "/foundation-models/m")
}

func TestEndpointOfRegion(t *testing.T) {
	rows := []struct{ region, suffix, dual string }{
		{"us-east-1", "amazonaws.com", "api.aws"},
		{"cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
		{"eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"},
		{"us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov"},
		{"us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"},
		{"eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
		{"us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
		{"us-gov-west-1", "amazonaws.com", "api.aws"},
		{"mars-north-1", "amazonaws.com", "api.aws"},
	}
	for _, r := range rows {
		for _, fips := range []bool{false, true} {
			for _, dual := range []bool{false, true} {
				runtime, control := sentTo(t, func(cfg *Config) { cfg.Region, cfg.FIPS, cfg.DualStack = r.region, fips, dual })
				infix, suffix := "", r.suffix
				if fips {
					infix = "-fips"
				}
				if dual {
					suffix = r.dual
				}
				if want := "https://bedrock-runtime" + infix + "." + r.region + "." + suffix; runtime != want {
					t.Errorf("runtime %s, want %s", runtime, want)
				}
				if want := "https://bedrock" + infix + "." + r.region + "." + suffix; control != want {
					t.Errorf("control plane %s, want %s", control, want)
				}
			}
		}
	}
}

func TestCustomEndpoint(t *testing.T) {
	rows := []struct{ endpoint, control, wantRuntime, wantControl string }{
		{"https://gateway.example", "", "https://gateway.example", "https://gateway.example"},
		{"https://gateway.example/", "", "https://gateway.example", "https://gateway.example"},
		{"HTTPS://Gateway.Example:443/a/b%20c/", "", "https://gateway.example/a/b%20c", "https://gateway.example/a/b%20c"},
		{"https://gateway.example:8443/x", "https://control.example/y", "https://gateway.example:8443/x", "https://control.example/y"},
		{"", "https://control.example", "https://bedrock-runtime.us-east-1.amazonaws.com", "https://control.example"},
		{"http://127.0.0.1:8080", "", "http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://localhost:80/p", "", "http://localhost/p", "http://localhost/p"},
		{"http://[::1]:8080", "", "http://[::1]:8080", "http://[::1]:8080"},
		{"https://[2001:db8::1]:443", "", "https://[2001:db8::1]", "https://[2001:db8::1]"},
		{"https://vpce-0a1b-x.bedrock-runtime.us-east-1.vpce.amazonaws.com", "", "https://vpce-0a1b-x.bedrock-runtime.us-east-1.vpce.amazonaws.com", "https://vpce-0a1b-x.bedrock-runtime.us-east-1.vpce.amazonaws.com"},
	}
	for _, r := range rows {
		runtime, control := sentTo(t, func(cfg *Config) { cfg.Endpoint, cfg.ControlEndpoint = r.endpoint, r.control })
		if runtime != r.wantRuntime || control != r.wantControl {
			t.Errorf("%q, %q: %s and %s", r.endpoint, r.control, runtime, control)
		}
	}
}

// TestControlEndpointOfTheEnvironment: a URL that the program did not choose stops only the calls
// that use it, and its error says where it was found.
func TestControlEndpointOfTheEnvironment(t *testing.T) {
	for _, r := range []struct {
		name, control string
		change        func(*Config)
		want          string // the error of FoundationModel, "" for none
	}{
		{"good", "https://control.example", nil, ""},
		{"not a URL", "nonsense", nil, "bedrockwire: ControlEndpoint (from PLACE) must start with https:// (or http:// on loopback)"},
		{"http", "http://control.example", nil, "bedrockwire: ControlEndpoint (from PLACE) is http, which is only allowed on loopback"},
		{"http that the program allows", "http://control.example", func(cfg *Config) { cfg.AllowHTTP = true }, ""},
		{"another region", "https://bedrock.eu-west-1.amazonaws.com", nil, "bedrockwire: ControlEndpoint (from PLACE) is a host of region eu-west-1, and requests are signed for Region us-east-1"},
		{"FIPS", "https://control.example", func(cfg *Config) { cfg.FIPS = true }, "bedrockwire: FIPS can't be combined with ControlEndpoint (from PLACE)"},
		{"dual-stack", "https://control.example", func(cfg *Config) { cfg.DualStack = true }, "bedrockwire: DualStack can't be combined with ControlEndpoint (from PLACE)"},
	} {
		sent := 0
		cfg := Config{Region: "us-east-1", Credentials: testKeys, ControlEndpoint: r.control, ControlEndpointFrom: "PLACE", Retry: Retry{MaxAttempts: 1}}
		cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) { sent++; return nil, errors.New("not sent") })
		if r.change != nil {
			r.change(&cfg)
		}
		c, err := New(cfg)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		c.InvokeModel(context.Background(), &model.InvokeModelRequest{ModelID: "m", Body: []byte("{}")})
		if sent != 1 {
			t.Errorf("%s: InvokeModel sent %d requests", r.name, sent)
		}
		_, err = c.FoundationModel(context.Background(), "m")
		if refused := errors.As(err, new(*ConfigError)); refused != (r.want != "") || refused && (err.Error() != r.want || sent != 1) {
			t.Errorf("%s: %v after %d requests, want %s", r.name, err, sent, r.want)
		}
		cfg.ControlEndpointFrom = ""
		if _, err := New(cfg); (err != nil) != (r.want != "") {
			t.Errorf("%s, of the program: %v", r.name, err)
		}
	}
}

// hostile strings, none of which may lead to a connection.
var hostileEndpoints = []string{
	"://", "h", "example.com", "//example.com", "/path", "?", "#", "https:", "https://", "https:///path", "https://:443", "https://?x", "https://#x",
	"ftp://example.com", "file:///etc/passwd", "javascript:alert(1)", "unix:///run/x.sock", "gopher://example.com", "httpss://example.com", "ws://example.com",
	"http://example.com", "http://10.0.0.1", "http://169.254.169.254", "http://0.0.0.0", "http://127.0.0.1.example.com", "http://localhost.example.com",
	"http://[::]:80", "http://[::ffff:10.0.0.1]", "http://2130706433.example", "http://0x7f.1", "http://127.1",
	"https://user@example.com", "https://user:canary-secret-5f3a9c@example.com", "https://@example.com", "https://:@example.com",
	"https://example.com?x=1", "https://example.com/?", "https://example.com/#f", "https://example.com#", "https://example.com/a?b#c",
	"https://example.com/..", "https://example.com/a/../b", "https://example.com/./", "https://example.com/%2e%2e/x", "https://example.com/%2E/",
	"https://example.com\\@evil.example", "https:\\\\example.com", "https://exam ple.com", "https://example.com/a b", "https://example.com\t", "https://example.com\r\nX: y",
	"https://example.com\x00", "https://exämple.com", "https://example.com/ä", "https://example.com:port", "https://example.com:0", "https://example.com:65536", "https://example.com:99999999", "https://exa%6dple.com", "https://exa%00mple.com",
	"https://example.com,evil.example", "https://example.com;evil", "https://[::1", "https://::1", "https://[fe80::1%25eth0]:443", "https://a b", "https://example.com:443:443", "https://" + strings.Repeat("a", 254),
	"https://example.com/" + strings.Repeat("a", 2048), "https://<script>", "https://example.com/%", "https://example.com/%zz", "https://*.example.com", "https://$(id).example.com",
}

var hostileRegions = []string{
	" ", "us east-1", "us-east-1 ", "US-EAST-1", "us_east_1", "us.east.1", "us-east-1.evil.example", "us-east-1/", "us-east-1/../x", "us-east-1#", "us-east-1?", "us-east-1@evil",
	"us-east-1:443", "us-east-1%2f", "us-east-1\r\nHost: evil", "us-east-1\x00", "-us-east-1", "us-east-1-", "..", ".", "é", strings.Repeat("a", 33), "us-east-1\\", "[::1]", "*", "$x", "us-east-1\t",
}

func TestHostileStrings(t *testing.T) {
	var dials atomic.Int64
	refuse := roundTripper(func(r *http.Request) (*http.Response, error) {
		dials.Add(1)
		return nil, errors.New("not to be sent")
	})
	cases := 0
	try := func(what, value string, cfg Config, id string) {
		cases++
		cfg.Credentials, cfg.Transport = testKeys, refuse
		c, err := New(cfg)
		if err == nil {
			_, err = c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: id})
			if _, err2 := c.FoundationModel(context.Background(), id); err2 == nil {
				t.Errorf("%s %q passes", what, value)
			}
		}
		if err == nil || fieldOf(err) == "" {
			t.Errorf("%s %q: %v names no field", what, value, err)
			return
		}
		noCanary(t, what, err.Error())
		if strings.ContainsAny(err.Error(), "\r\n\x00\x1b") {
			t.Errorf("%s %q: text %q", what, value, err)
		}
	}
	for _, e := range hostileEndpoints {
		try("endpoint", e, Config{Region: "us-east-1", Endpoint: e}, "m")
		try("control endpoint", e, Config{Region: "us-east-1", ControlEndpoint: e}, "m")
	}
	for _, r := range hostileRegions {
		try("region", r, Config{Region: r}, "m")
		try("region with an endpoint", r, Config{Region: r, Endpoint: "https://example.com"}, "m")
	}
	for _, id := range []string{"", ".", "..", strings.Repeat("a", 2049), "a\r\nb", "a\x00", "\x1b[2J", "a\xffb", "a\u0085b"} {
		try("model id", id, Config{Region: "us-east-1"}, id)
	}
	t.Logf("%d hostile strings, %d requests sent", cases, dials.Load())
	if cases < 50 || dials.Load() != 0 {
		t.Errorf("%d cases, %d requests", cases, dials.Load())
	}
}

// A label holds every byte that could end it, encoded.
func TestLabel(t *testing.T) {
	// Smithy HTTP protocol compliance test "RestJsonHttpRequestLabelEscaping".
	const in, want = " %:/?#[]@!$&'()*+,;=😹", "%20%25%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%F0%9F%98%B9"
	if got := string(appendLabel(nil, in)); got != want {
		t.Errorf("label %q", got)
	}
	for b := range 256 {
		got := string(appendLabel(nil, string([]byte{byte(b)})))
		plain := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", byte(b)) >= 0
		if plain && got != string(rune(b)) || !plain && got != fmt.Sprintf("%%%02X", b) {
			t.Errorf("byte %#x is %q", b, got)
		}
	}
}

// localhost is a name, and whoever answers for it could lead plain http out of this machine.
func TestPlainHTTPStaysOnLoopback(t *testing.T) {
	c := newClient(t, "http://localhost:9", once)
	for address, ok := range map[string]bool{"10.1.2.3:80": false, "169.254.169.254:80": false, "[2001:db8::1]:80": false, "[::ffff:10.1.2.3]:80": false, "nonsense": false, "127.9.9.9:1": true, "[::1]:1": true} {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_, err := own(c).DialContext(ctx, "tcp", address)
		cancel()
		if address != "nonsense" && errors.As(err, new(*network.AddressError)) == ok || err == nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if own(c).Proxy != nil {
		t.Error("plain http goes through a proxy")
	}
	// With a control plane elsewhere, each has a dialer of its own.
	c = newClient(t, "http://127.0.0.1:9", func(cfg *Config) { cfg.ControlEndpoint = "https://control.example" })
	if secure := c.secure.(*http.Transport); secure == c.plain || secure.Proxy == nil {
		t.Errorf("control plane over %v", secure)
	}
}

// 5 statuses, 2 operations, 2 versions of HTTP: no redirect is followed, and none leads to a request elsewhere.
func TestRedirects(t *testing.T) {
	var reached atomic.Int64
	second := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer second.Close()
	cases := 0
	for _, h2 := range []bool{false, true} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			var requests atomic.Int64
			first := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				w.Header().Set("X-Amzn-Requestid", "rid-r")
				w.Header().Set("Location", second.URL+"/elsewhere?x=y")
				w.WriteHeader(status)
			}))
			first.EnableHTTP2 = h2
			first.StartTLS()
			for _, operation := range []string{"invoke", "foundation model"} {
				cases++
				requests.Store(0)
				c := newClient(t, first.URL, func(cfg *Config) { cfg.Credentials, cfg.RootCAs = canaryKeys, poolOf(first.Certificate()) })
				var err error
				if operation == "invoke" {
					_, err = c.InvokeModelWithResponseStream(context.Background(), testRequest())
				} else {
					_, err = c.FoundationModel(context.Background(), testModel)
				}
				var e *RedirectError
				if !errors.As(err, &e) || !errors.Is(err, ErrRedirect) || e.Status != status || "http://"+e.Host != second.URL || e.RequestID != "rid-r" || !SafeToRetry(err) {
					t.Errorf("%d to %s: %v", status, operation, err)
				} else if !strings.Contains(err.Error(), e.Host) || !strings.Contains(err.Error(), fmt.Sprint(status)) {
					t.Errorf("text %q", err)
				}
				if requests.Load() != 1 {
					t.Errorf("%d to %s: %d requests", status, operation, requests.Load())
				}
				c.CloseIdleConnections()
			}
			first.Close()
		}
	}
	t.Logf("%d redirects, %d requests reached the second host", cases, reached.Load())
	if cases != 20 || reached.Load() != 0 {
		t.Errorf("%d cases, %d requests elsewhere", cases, reached.Load())
	}
	for _, place := range []string{"http://ev\x7fil/", "//evil.example", "/relative", "http://[", "http://" + strings.Repeat("a", 5000)} {
		c := newClient(t, "https://h", func(cfg *Config) {
			cfg.Transport = &answers{list: []func() (*http.Response, error){response(302, "", "Location", place)}}
		})
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if !errors.Is(err, ErrRedirect) || len(err.Error()) > 1200 || strings.Contains(err.Error(), "\x7f") {
			t.Errorf("to %q: %v", place, err)
		}
	}
}

func TestHTTPVersions(t *testing.T) {
	for _, disable := range []bool{false, true} {
		srv := bedrocktest.NewTLSServer(bedrocktest.Text("hi"))
		if srv.Err != nil {
			t.Fatal(srv.Err)
		}
		c := newClient(t, srv.URL, func(cfg *Config) { cfg.RootCAs, cfg.DisableHTTP2 = poolOf(srv.Certificate()), disable })
		if _, end := drain(open(t, c)); end != io.EOF {
			t.Error(end)
		}
		want := "HTTP/2.0"
		if disable {
			want = "HTTP/1.1"
		}
		if r := srv.Requests(); len(r) != 1 || r[0].Proto != want || r[0].Refused != "" {
			t.Errorf("%v, want %s", r, want)
		}
		c.CloseIdleConnections()
		srv.Close()
	}
}

// newTestCert makes a certificate for a host, signed by itself.
func newTestCert(t *testing.T, host string, until time.Time) (tls.Certificate, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, leaf
}

// A peer that can't prove who it is, or speaks an old TLS, is told nothing: not one byte of a request.
func TestBadCertificates(t *testing.T) {
	good, authority := newTestCert(t, "127.0.0.1", time.Now().Add(24*time.Hour))
	expired, expiredAuthority := newTestCert(t, "127.0.0.1", time.Now().Add(-time.Hour))
	other, otherAuthority := newTestCert(t, "other.example", time.Now().Add(24*time.Hour))
	rows := []struct {
		name   string
		server *tls.Config
		roots  *x509.CertPool
		ok     bool
	}{
		{"expired", &tls.Config{Certificates: []tls.Certificate{expired}}, poolOf(expiredAuthority), false},
		{"wrong host", &tls.Config{Certificates: []tls.Certificate{other}}, poolOf(otherAuthority), false},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{good}}, x509.NewCertPool(), false},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, poolOf(authority), false},
		{"good, so that the others are seen to fail for their reason", &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, poolOf(authority), true},
	}
	for _, r := range rows {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var bytes, conns atomic.Int64
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				conns.Add(1)
				wg.Add(1)
				go func() {
					defer wg.Done()
					secure := tls.Server(conn, r.server)
					defer secure.Close()
					secure.SetDeadline(time.Now().Add(5 * time.Second))
					n, _ := secure.Read(make([]byte, 64<<10))
					bytes.Add(int64(n))
				}()
			}
		}()
		c := newClient(t, "https://"+l.Addr().String(), once, func(cfg *Config) { cfg.RootCAs = r.roots })
		_, err = c.InvokeModelWithResponseStream(context.Background(), testRequest())
		c.CloseIdleConnections()
		l.Close()
		wg.Wait()
		if err == nil || (bytes.Load() > 0) != r.ok || conns.Load() == 0 {
			t.Errorf("%s: %d bytes of the request over %d connections, %v", r.name, bytes.Load(), conns.Load(), err)
		}
		t.Logf("%-20.20s %d bytes of the request written: %v", r.name, bytes.Load(), err)
	}
}

// The proxy of the environment is used, by way of a tunnel. net/http reads the environment once, so this is done by
// processes of their own.
func TestProxy(t *testing.T) {
	if os.Getenv("BEDROCKWIRE_TEST_PROXIED") != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(os.Getenv("BEDROCKWIRE_TEST_ROOT")))
		c := newClient(t, "https://example.com", once, func(cfg *Config) { cfg.RootCAs, cfg.Credentials = pool, canaryKeys })
		s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if err != nil {
			fmt.Printf("failed: %v\n", err)
			return
		}
		got, end := drain(s)
		fmt.Printf("got %q, %v\n", got, end)
		return
	}
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Write(frametest.ChunkFrame([]byte("through "+r.Host), 3))
	}))
	defer srv.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asked := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		req, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			asked <- err.Error()
			return
		}
		up, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			asked <- err.Error()
			return
		}
		defer up.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		asked <- req.Method + " " + req.Host + fmt.Sprint(req.Header["Authorization"], req.Header["X-Amz-Security-Token"])
		go io.Copy(up, conn)
		io.Copy(conn, up)
	}()
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	run := func(proxy string) string {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestProxy$")
		cmd.Env = append(os.Environ(), "BEDROCKWIRE_TEST_PROXIED=1", "BEDROCKWIRE_TEST_ROOT="+root, "HTTPS_PROXY="+proxy, "https_proxy=", "NO_PROXY=", "no_proxy=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return string(out)
	}
	if out := run("http://" + l.Addr().String()); !strings.Contains(out, `got ["through example.com"], EOF`) {
		t.Errorf("through the proxy: %s", out)
	}
	if got := <-asked; got != "CONNECT example.com:443[] []" {
		t.Errorf("the proxy was asked %q", got)
	}
	out := run("http://user:" + canarySecret + "@bad host:x")
	if !strings.Contains(out, "failed: ") || !strings.Contains(out, "proxy") {
		t.Errorf("with a bad proxy: %s", out)
	}
	noCanary(t, "error of a bad proxy", out)
}

func TestFoundationModel(t *testing.T) {
	srv := newFake(t)
	var kinds []StepKind
	c := newClient(t, srv.URL, quick, func(cfg *Config) { cfg.Log = func(e Step) { kinds = append(kinds, e.Kind) } })
	for _, id := range []string{"anthropic.claude-v2:1", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2:1"} {
		m, err := c.FoundationModel(context.Background(), id)
		if err != nil || m.ModelID != id || m.ResponseStreamingSupported == nil || !*m.ResponseStreamingSupported {
			t.Fatalf("%+v, %v", m, err)
		}
		r := srv.Requests()[len(srv.Requests())-1]
		if want := "/foundation-models/" + string(appendLabel(nil, id)); r.Path != want || r.Method != "GET" || r.Auth != bedrocktest.SigV4 || len(r.Body) != 0 || r.Header.Get("Accept") != "application/json" {
			t.Errorf("%v, want path %s", r, want)
		}
	}
	if want := []StepKind{StepRequest, StepAttempt, StepResponseHead, StepEnd}; fmt.Sprint(kinds[:4]) != fmt.Sprint(want) || len(kinds) != 8 {
		t.Errorf("logged %v", kinds)
	}
	good := response(200, `{"modelDetails":{"modelArn":"a","modelId":"m"}}`, "Content-Type", "application/json")
	cut := func() (*http.Response, error) {
		r, _ := good()
		r.Body = io.NopCloser(frametest.FailWith(r.Body, errReset, false))
		return r, nil
	}
	rows := []struct {
		name     string
		answer   func() (*http.Response, error)
		attempts int
		is       error
	}{
		{"not found", exception(model.ResourceNotFoundException), 1, model.ResourceNotFoundException},
		{"throttled", exception(model.ThrottlingException), 2, nil},
		{"cut", cut, 2, nil},
		{"HTML", response(200, "<html>", "Content-Type", "text/html", "X-Amzn-Requestid", "rid-f"), 1, nil},
		{"empty", response(200, ""), 1, nil},
		{"no model", response(200, `{"modelDetails":{}}`), 1, nil},
		{"gzip", response(200, "\x1f\x8b", "Content-Encoding", "gzip"), 1, nil},
		{"too large", response(200, `{"x":"`+strings.Repeat("y", maxFoundationBody)+`","modelDetails":{"modelArn":"a","modelId":"m"}}`), 1, nil},
	}
	for _, r := range rows {
		a := &answers{list: []func() (*http.Response, error){r.answer, good}}
		c := newClient(t, "https://h", quick, func(cfg *Config) { cfg.Transport = a })
		m, err := c.FoundationModel(context.Background(), "m")
		if len(a.seen) != r.attempts || (err == nil) != (r.attempts == 2) || (m != nil) != (err == nil) {
			t.Errorf("%s: %d attempts, %v", r.name, len(a.seen), err)
		}
		if err == nil {
			continue
		}
		var e *ResponseError
		if r.is == nil && (!errors.As(err, &e) || strings.Contains(err.Error(), "event stream")) || r.is != nil && !errors.Is(err, r.is) {
			t.Errorf("%s: %v", r.name, err)
		}
		if e != nil && (errors.Is(err, ErrNotEventStream) || !strings.Contains(err.Error(), "200")) {
			t.Errorf("%s: %v", r.name, err)
		}
	}
	var none *Client
	if _, err := none.FoundationModel(context.Background(), "m"); fieldOf(err) != "Client" {
		t.Error(err)
	}
}
