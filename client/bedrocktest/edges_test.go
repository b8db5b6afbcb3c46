package bedrocktest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/signer"
)

// The service's words for what is wrong with a signature, and the namespace of its front end.
func TestWordsOfRefusals(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	srv.Region = "us-east-1"
	srv.Now = func() time.Time { return time.Date(2026, 8, 30, 12, 36, 0, 0, time.UTC) }
	start(t, srv)
	now := srv.Now()
	wrong := bedrocktest.Credentials()
	wrong.SecretAccessKey += "x"
	asService := func(name string) func(*http.Request, *signerRequest) {
		return func(r *http.Request, sr *signerRequest) {
			s, c := signer.Signer{Region: "us-east-1", Service: name}, bedrocktest.Credentials()
			if err := s.Sign(sr, &c, now); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, row := range []struct {
		name, code, message string
		call                call
	}{
		{"secret", "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. " +
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.", call{creds: wrong, at: now}},
		{"old", "InvalidSignatureException", "Signature expired: 20260830T122600Z is now earlier than 20260830T123100Z (20260830T123600Z - 5 min.)",
			call{at: now.Add(-10 * time.Minute)}},
		{"new", "InvalidSignatureException", "Signature not yet current: 20260830T124600Z is still later than 20260830T124100Z (20260830T123600Z + 5 min.)",
			call{at: now.Add(10 * time.Minute)}},
		{"service", "InvalidSignatureException", "Credential should be scoped to correct service: 'bedrock'. ", call{sign: asService("s3")}},
		{"region", "InvalidSignatureException", "Credential should be scoped to a valid region. ", call{region: "eu-west-1", at: now}},
		{"nothing", "MissingAuthenticationTokenException", "Missing Authentication Token", call{sign: func(*http.Request, *signerRequest) {}}},
	} {
		resp := row.call.do(t, srv)
		b, _ := io.ReadAll(resp.Body)
		if kind := resp.Header.Get("X-Amzn-Errortype"); kind != row.code+":http://internal.amazon.com/coral/com.amazon.coral.service/" {
			t.Errorf("%s: type %q", row.name, kind)
		}
		sameJSON(t, string(b), `{"message":"`+row.message+`"}`)
		if all := srv.Requests(); all[len(all)-1].Reason != row.message {
			t.Errorf("%s: recorded %q", row.name, all[len(all)-1].Reason)
		}
	}
}

// The scheme of a token is known in any case (RFC 9110, section 11.1).
func TestBearerInAnyCase(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	for scheme, status := range map[string]int{"Bearer": 200, "bearer": 200, "BEARER": 200, "bEaReR": 200, "Bearers": 403} {
		resp := call{sign: func(r *http.Request, _ *signerRequest) {
			r.Header.Set("Authorization", scheme+" "+bedrocktest.ExampleBearerToken)
		}}.do(t, srv)
		if resp.StatusCode != status {
			t.Errorf("%s: %d", scheme, resp.StatusCode)
		}
	}
}

// SDKs that sign the normalised path and send the raw one: botocore and the SDK for JavaScript. Others sign what they send.
func TestPathAsSentOrNormalised(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	const tail = "model/anthropic.claude-v2%3A1/invoke-with-response-stream"
	for _, row := range []struct {
		name, sent, signed string
		status             int
	}{
		{"as sent", "/pre//" + tail, "/pre//" + tail, 200},
		{"normalised", "/pre//" + tail, "/pre/" + tail, 200},
		{"two slashes at the start", "//" + tail, "/" + tail, 200},
		{"dot segment", "/pre/./" + tail, "/pre/" + tail, 200},
		{"another path", "/pre//" + tail, "/post/" + tail, 403},
		{"another escaping", "/pre/" + tail, "/pre/" + strings.ReplaceAll(tail, "%3A", ":"), 403},
	} {
		c := call{path: row.sent, sign: func(r *http.Request, sr *signerRequest) {
			s, c := signer.Signer{Region: "us-east-1", Service: "bedrock"}, bedrocktest.Credentials()
			sr.Path = row.signed
			if err := s.Sign(sr, &c, time.Now()); err != nil {
				t.Fatal(err)
			}
			r.URL.Opaque = "//" + r.URL.Host + row.sent // the absolute form, as in a request to a proxy
		}}
		if resp := c.do(t, srv); resp.StatusCode != row.status {
			t.Errorf("%s: %d", row.name, resp.StatusCode)
		}
	}
}

// The SDK for JavaScript signs :authority over HTTP/2, as there is no Host header there.
func TestAuthorityIsSigned(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for _, secret := range []string{"", "x"} {
			resp := call{sign: func(r *http.Request, sr *signerRequest) {
				c := bedrocktest.Credentials()
				c.SecretAccessKey += secret
				at := time.Now()
				date := at.UTC().Format("20060102T150405Z")
				r.Header.Set("X-Amz-Date", date)
				scope := date[:8] + "/us-east-1/bedrock/aws4_request"
				const signed = ":authority;content-type;x-amz-date"
				canonical := "POST\n" + strings.ReplaceAll(sr.Path, "%", "%25") + "\n\n:authority:" + r.URL.Host + "\ncontent-type:application/json\nx-amz-date:" + date +
					"\n\n" + signed + "\n" + sr.PayloadHash
				key := signer.DeriveKey(c.SecretAccessKey, at, "us-east-1", "bedrock")
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"+scope+", SignedHeaders="+signed+
					", Signature="+hexMAC(key[:], signer.AppendStringToSign(nil, []byte(canonical), at, "us-east-1", "bedrock")))
			}}.do(t, srv)
			if want := map[string]int{"": 200, "x": 403}[secret]; resp.StatusCode != want {
				b, _ := io.ReadAll(resp.Body)
				t.Errorf("secret + %q: %d %s", secret, resp.StatusCode, b)
			}
		}
	})
}

func hexMAC(key, text []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return hex.EncodeToString(m.Sum(nil))
}

// Presigned requests need X-Amz-Expires.
func TestPresignedWithoutExpires(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	resp := call{sign: func(r *http.Request, sr *signerRequest) {
		presign(0)(r, sr)
		q := r.URL.Query()
		q.Del("X-Amz-Expires")
		r.URL.RawQuery = q.Encode()
	}}.do(t, srv)
	b, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 403 || !strings.HasPrefix(resp.Header.Get("X-Amzn-Errortype"), "IncompleteSignatureException:") || !strings.Contains(string(b), "X-Amz-Expires") {
		t.Errorf("%d %v %s", resp.StatusCode, resp.Header, b)
	}
}

// Several tenants: each with a key of its own, and the record says whose a request was.
func TestMoreCredentials(t *testing.T) {
	a := signer.Credentials{AccessKeyID: "AKIDTENANTA", SecretAccessKey: "tenant-a-secret-0123456789"}
	b := signer.Credentials{AccessKeyID: "AKIDTENANTB", SecretAccessKey: "tenant-b-secret-0123456789", SessionToken: "b-token"}
	srv := bedrocktest.NewUnstartedServer()
	srv.MoreCredentials = []signer.Credentials{a, b}
	start(t, srv)
	crossed, bare := a, b
	crossed.SecretAccessKey, bare.SessionToken = b.SecretAccessKey, ""
	for _, row := range []struct {
		name  string
		creds signer.Credentials
		want  int
	}{
		{"the server's own", bedrocktest.Credentials(), 200}, {"A", a, 200}, {"B", b, 200},
		{"A with B's secret", crossed, 403}, {"B without its token", bare, 403},
		{"C", signer.Credentials{AccessKeyID: "AKIDTENANTC", SecretAccessKey: a.SecretAccessKey}, 403},
	} {
		resp := call{creds: row.creds}.do(t, srv)
		all := srv.Requests()
		if last := all[len(all)-1]; resp.StatusCode != row.want || last.AccessKeyID != row.creds.AccessKeyID {
			t.Errorf("%s: %d, recorded as %q", row.name, resp.StatusCode, last.AccessKeyID)
		}
	}
}

// lines collects lines.
type lines struct {
	mu   sync.Mutex
	list []string
}

func (l *lines) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, s)
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.list, "\n")
}

// A client of another protocol gets an answer it can read, and the log a line.
func TestWrongProtocol(t *testing.T) {
	only := func(set func(*http.Protocols)) (*bedrocktest.Server, *lines) {
		log := new(lines)
		srv := bedrocktest.NewUnstartedServer(bedrocktest.Text("x"))
		srv.Protocols = new(http.Protocols)
		set(srv.Protocols)
		srv.Warn = log.add
		return start(t, srv), log
	}
	talk := func(srv *bedrocktest.Server, pieces ...string) []byte {
		conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		for _, p := range pieces {
			if _, err := io.WriteString(conn, p); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond) // a packet of its own
		}
		conn.(*net.TCPConn).CloseWrite()
		b, _ := io.ReadAll(conn)
		return b
	}

	srv, log := only(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })
	for _, pieces := range [][]string{{"POST /model/a/invoke HTTP/1.1\r\nHost: x\r\n\r\n"}, {"P", "OST / HTTP/1.1\r\nHost: x\r\n\r\n"}, {"GET / HTTP/1.1\r\n\r\n"}} {
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(talk(srv, pieces...))), nil)
		if err != nil {
			t.Fatalf("%q: %v", pieces, err)
		}
		if b, _ := io.ReadAll(resp.Body); resp.StatusCode != 505 || !strings.Contains(string(b), "HTTP/2 only") {
			t.Errorf("%q: %d %s", pieces, resp.StatusCode, b)
		}
	}
	if n := strings.Count(log.all(), "the client speaks HTTP/1.1, and this server HTTP/2 only"); n != 3 {
		t.Errorf("%d lines: %s", n, log.all())
	}
	if resp := (call{}).do(t, srv); resp.StatusCode != 200 { // its own clients are served, and were before
		t.Errorf("HTTP/2: %d", resp.StatusCode)
	}

	srv, log = only(func(p *http.Protocols) { p.SetHTTP1(true) })
	got := talk(srv, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	if len(got) < 26 || got[3] != 4 || got[12] != 7 || binary.BigEndian.Uint32(got[22:]) != 0x0d || !strings.Contains(string(got), "HTTP/1.1 only") {
		t.Errorf("to HTTP/2: % x", got)
	}
	if !strings.Contains(log.all(), "the client speaks HTTP/2, and this server HTTP/1.1 only") {
		t.Errorf("lines %s", log.all())
	}
	// As a client of HTTP/2 sees it.
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	tr := &http.Transport{Protocols: p}
	defer tr.CloseIdleConnections()
	if _, err := tr.RoundTrip(call{}.request(t, srv)); err == nil || !strings.Contains(err.Error(), "HTTP_1_1_REQUIRED") {
		t.Errorf("the client says %v", err)
	}

	srv, log = only(func(p *http.Protocols) { p.SetHTTP1(true); p.SetUnencryptedHTTP2(true) })
	if _, err := http.Get(strings.Replace(srv.URL, "http", "https", 1)); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS: %v", err)
	}
	if !strings.Contains(log.all(), "TLS") {
		t.Errorf("lines %s", log.all())
	}
	if got := talk(srv, "P", "RI", " * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00"); len(got) < 9 || got[3] != 4 || bytes.Contains(got, []byte("only")) {
		t.Errorf("a preface in pieces: % x", got)
	}
}

// The hook for a client that went away, and none for one that stayed or whose stream the server ended.
func TestGone(t *testing.T) {
	gone := make(chan bedrocktest.Request, 16)
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			srv := bedrocktest.NewUnstartedServer(bedrocktest.Reply{Frames: bigFrames(200)})
			srv.Protocols = new(http.Protocols)
			p.set(srv.Protocols)
			srv.Gone = func(r bedrocktest.Request) { gone <- r }
			up := srv.Start
			if p.tls {
				up = srv.StartTLS
			}
			if err := up(); err != nil {
				t.Fatal(err)
			}
			start(t, srv)
			for _, fault := range []string{"stall@frame=1", "drip=1h", "stall@head"} {
				ctx, cancel := context.WithCancel(context.Background())
				resp, request := make(chan *http.Response, 1), faulty(fault).request(t, srv).WithContext(ctx)
				go func() {
					r, _ := srv.Client().Do(request)
					resp <- r
				}()
				for len(srv.Requests()) == 0 || srv.Requests()[len(srv.Requests())-1].Header.Get(bedrocktest.FaultHeader) != fault {
					time.Sleep(time.Millisecond)
				}
				cancel()
				if r := <-resp; r != nil {
					r.Body.Close()
				}
				select {
				case r := <-gone:
					if r.Header.Get(bedrocktest.FaultHeader) != fault || r.Operation != "InvokeModelWithResponseStream" {
						t.Errorf("%s: told of %v", fault, r)
					}
				case <-time.After(5 * time.Second):
					t.Errorf("%s: not told", fault)
				}
			}
			for _, fault := range []string{"none", "end@frame=3", "reset@frame=3", "fin@frame=3", "exception"} {
				_, _ = io.ReadAll(faulty(fault).do(t, srv).Body)
			}
			stalled := faulty("stall@frame=1").request(t, srv)
			go func() {
				if r, err := srv.Client().Do(stalled); err == nil {
					_, _ = io.ReadAll(r.Body)
					r.Body.Close()
				}
			}()
			for len(srv.Requests()) < 9 {
				time.Sleep(time.Millisecond)
			}
			srv.Close()
			select {
			case r := <-gone:
				t.Errorf("told of %v with %v", r, r.Header[bedrocktest.FaultHeader])
			default:
			}
		})
	}
}

// 60 large bodies at a time, of clients that have no valid signature, do not fill the memory: those that their head gives away are not
// kept, and of the others only a few are held at a time.
func TestUnauthenticatedBodies(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 1.4 GB over loopback")
	}
	srv := bedrocktest.NewUnstartedServer()
	srv.Keep = -1
	start(t, srv)
	wrong := bedrocktest.Credentials()
	wrong.SecretAccessKey += "x"
	body := strings.Repeat(" ", 23<<20)
	requests := []*http.Request{call{creds: wrong, body: body}.request(t, srv), call{sign: bearer("wrong"), body: body}.request(t, srv)}
	runtime.GC()
	stop, peak := make(chan bool), make(chan uint64)
	go func() {
		var most uint64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(5 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}()
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := requests[i%2].Clone(context.Background())
			r.Body = io.NopCloser(strings.NewReader(body))
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.StatusCode != 403 && resp.StatusCode != 503 {
				t.Errorf("status %d", resp.StatusCode)
			}
		}()
	}
	wg.Wait()
	close(stop)
	if most := <-peak; most > 400<<20 {
		t.Errorf("%d MiB in use", most>>20)
	}
}

// A signature that the body is needed for is still checked against it, and a claim that the head refutes is refused by it.
func TestRefusedByTheHead(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	other := bedrocktest.Credentials()
	other.AccessKeyID = "AKIDOTHER"
	for _, c := range []call{{creds: other}, {sign: bearer("wrong")}, {at: time.Now().Add(-time.Hour)}, {sign: func(*http.Request, *signerRequest) {}}} {
		if resp := c.do(t, srv); resp.StatusCode != 403 {
			t.Errorf("status %d", resp.StatusCode)
		}
		all := srv.Requests()
		if r := all[len(all)-1]; r.Body != nil || r.Refused == "" {
			t.Errorf("the body of %v was kept", r)
		}
	}
	target, _ := url.Parse(srv.URL)
	conn, err := net.Dial("tcp", target.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// Nothing of the body has been sent, and the client waits for a word.
	_, _ = io.WriteString(conn, "POST /model/a.b/invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\nExpect: 100-continue\r\n\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 403 {
		t.Errorf("%v %v", resp, err)
	}
}
