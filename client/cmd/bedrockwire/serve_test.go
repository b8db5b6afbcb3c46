package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/signer"
)

// lockedBuffer is a buffer that several goroutines may write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// served is a serve that runs.
type served struct {
	url    string
	stderr *lockedBuffer
	stop   func() int // ends it and returns its exit status
	world  *world
}

// startServe runs serve in this process and waits for its URL.
func startServe(t *testing.T, w *world, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, out := io.Pipe()
	s := &served{stderr: &lockedBuffer{}, world: w}
	e := w.env
	e.stdout, e.stderr = out, s.stderr
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, &e, append([]string{"serve"}, args...))
		out.Close()
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-status })
	t.Cleanup(func() { s.stop() })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("no URL came, exit status %d: %s", s.stop(), s.stderr)
	}
	s.url = strings.TrimSuffix(line, "\n")
	return s
}

// invoke runs the command itself against the served fake.
func (s *served) invoke(t *testing.T, status int, keys []string, args ...string) string {
	t.Helper()
	w := newWorld(t, append(keys, "AWS_REGION=us-east-1")...)
	w.want(t, status, append([]string{"invoke", "-endpoint", s.url, "-model", testModel, "-prompt", "Hi there", "-attempts", "1"}, args...)...)
	return w.out.String()
}

var exampleKeys = []string{"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

func TestServe(t *testing.T) {
	s := startServe(t, newWorld(t))
	if !strings.HasPrefix(s.url, "http://127.0.0.1:") {
		t.Errorf("URL %q", s.url)
	}
	if got := s.invoke(t, exitOK, exampleKeys); got != "Hi there\n" && got != "Hi there" {
		t.Errorf("text %q", got)
	}
	s.invoke(t, exitRefused, []string{"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=something-else"})
	s.invoke(t, exitOK, []string{"AWS_BEARER_TOKEN_BEDROCK=" + bedrocktest.ExampleBearerToken})
	if status := s.stop(); status != exitOK {
		t.Errorf("exit status %d", status)
	}
	said := s.stderr.String()
	for _, want := range []string{"accepts access key id AKIDEXAMPLE\n", " sigv4 ", " bearer ", "refused: InvalidSignatureException: The request signature"} {
		if !strings.Contains(said, want) {
			t.Errorf("standard error has no %q:\n%s", want, said)
		}
	}
	if n := strings.Count(said, "\n"); n != 4 {
		t.Errorf("%d lines on standard error:\n%s", n, said)
	}
	for _, canary := range []string{"wJalr", bedrocktest.ExampleBearerToken, "Hi there"} {
		if strings.Contains(said, canary) {
			t.Errorf("standard error has %q", canary)
		}
	}
}

// The keys and the token of the environment are the ones that are let in.
func TestServeKeys(t *testing.T) {
	own := []string{"AWS_ACCESS_KEY_ID=AKIDOWN", "AWS_SECRET_ACCESS_KEY=own-secret-canary", "AWS_SESSION_TOKEN=own-session-canary"}
	token := "AWS_BEARER_TOKEN_BEDROCK=own-bearer-canary"
	s := startServe(t, newWorld(t, append(own, token)...), "-quiet", "-region", "us-east-1")
	s.invoke(t, exitOK, own)
	s.invoke(t, exitRefused, own[:2])
	s.invoke(t, exitRefused, exampleKeys)
	s.invoke(t, exitOK, []string{token})
	s.invoke(t, exitRefused, []string{"AWS_BEARER_TOKEN_BEDROCK=" + bedrocktest.ExampleBearerToken})
	if got := s.stderr.String(); got != "bedrockwire serve: accepts access key id AKIDOWN\n" {
		t.Errorf("standard error: %q", got)
	}
}

func TestServeFlags(t *testing.T) {
	t.Run("text", func(t *testing.T) {
		s := startServe(t, newWorld(t), "-text", "one two  three", "-pace", "1ms")
		if got := strings.TrimSuffix(s.invoke(t, exitOK, exampleKeys), "\n"); got != "one two  three" {
			t.Errorf("%q", got)
		}
	})
	t.Run("fault", func(t *testing.T) {
		s := startServe(t, newWorld(t), "-fault", "fin@frame=3,byte=5")
		s.invoke(t, exitStream, exampleKeys)
	})
	t.Run("throttle", func(t *testing.T) {
		s := startServe(t, newWorld(t), "-fault", "throttle=2")
		s.invoke(t, exitRetryable, exampleKeys)
	})
	t.Run("http versions", func(t *testing.T) {
		for flag, want := range map[string]string{"-http1": "HTTP/1.1", "-h2c": "HTTP/2.0"} {
			s := startServe(t, newWorld(t), flag)
			tr := &http.Transport{Protocols: new(http.Protocols)}
			tr.Protocols.SetUnencryptedHTTP2(true)
			tr.Protocols.SetHTTP1(flag == "-http1")
			resp, err := tr.RoundTrip(signed(t, s.url, ""))
			if err != nil {
				t.Fatalf("%s: %v", flag, err)
			}
			resp.Body.Close()
			tr.CloseIdleConnections()
			if resp.Proto != want || resp.StatusCode != 200 {
				t.Errorf("%s: %s %s", flag, resp.Proto, resp.Status)
			}
		}
	})
	t.Run("tls", func(t *testing.T) {
		ca := filepath.Join(t.TempDir(), "ca.pem")
		s := startServe(t, newWorld(t), "-tls", ca)
		b, err := os.ReadFile(ca)
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		if block, rest := pem.Decode(b); block == nil || len(rest) > 0 || !pool.AppendCertsFromPEM(b) {
			t.Fatalf("not one certificate: %s", b)
		}
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
		defer tr.CloseIdleConnections()
		resp, err := tr.RoundTrip(signed(t, s.url, ""))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 || !strings.HasPrefix(s.url, "https://") {
			t.Errorf("%s from %s", resp.Status, s.url)
		}
	})
}

// A request of any language: signed by hand, with a fault in its header.
func TestServeFaultHeader(t *testing.T) {
	s := startServe(t, newWorld(t))
	for fault, want := range map[string]int{"": 200, "http=ModelTimeoutException": 408, "nonsense": 400} {
		resp, err := http.DefaultTransport.RoundTrip(signed(t, s.url, fault))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: %s", fault, resp.Status)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// signed is a request with the example keys.
func signed(t *testing.T, url, fault string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("POST", url+"/model/a.b/invoke-with-response-stream", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if fault != "" {
		r.Header.Set(bedrocktest.FaultHeader, fault)
	}
	keys := bedrocktest.Credentials()
	sign := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	err = sign.Sign(&signer.Request{Method: "POST", Host: r.URL.Host, Path: r.URL.Path, Header: r.Header,
		PayloadHash: signer.HashPayload([]byte("{}"))}, &keys, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A captured stream comes back byte by byte, its broken end too.
func TestServeStream(t *testing.T) {
	whole := bytes.Join(bedrocktest.Text("Hel", "lo").Frames, nil)
	for name, capture := range map[string][]byte{"whole": whole, "cut": whole[:len(whole)-3], "empty": {}, "garbage": []byte("garbage")} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, capture, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, from := range []string{file, "-"} {
			w := newWorld(t)
			w.stdin = bytes.NewReader(capture)
			s := startServe(t, w, "-stream", from)
			resp, err := http.DefaultTransport.RoundTrip(signed(t, s.url, ""))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || !bytes.Equal(got, capture) {
				t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(capture), err)
			}
			resp, err = http.DefaultTransport.RoundTrip(signed(t, s.url, "drop@frame=0"))
			if err != nil {
				t.Fatal(err)
			}
			got, _ = io.ReadAll(resp.Body)
			resp.Body.Close()
			if name == "whole" && !bytes.Equal(got, capture[len(bedrocktest.Text("Hel", "lo").Frames[0]):]) {
				t.Errorf("%s: places of faults are not frames", name)
			}
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestServeRefuses(t *testing.T) {
	taken := bedrocktest.NewServer()
	defer taken.Close()
	for _, row := range []struct {
		name   string
		vars   []string
		args   []string
		status int
		err    string
	}{
		{"argument", nil, []string{"x"}, exitUsage, "unexpected argument"},
		{"fault", nil, []string{"-fault", "explode"}, exitUsage, "is not a fault's name"},
		{"all interfaces", nil, []string{"-addr", "0.0.0.0:0"}, exitUsage, "not a loopback address"},
		{"no host", nil, []string{"-addr", ":8080"}, exitUsage, "not a loopback address"},
		{"text and stream", nil, []string{"-text", "a", "-stream", "b"}, exitUsage, "exclude each other"},
		{"versions", nil, []string{"-h2c", "-http1"}, exitUsage, "exclude each other"},
		{"pace", nil, []string{"-pace", "-1s"}, exitUsage, "negative"},
		{"taken port", nil, []string{"-addr", strings.TrimPrefix(taken.URL, "http://")}, exitOther, "address already in use"},
		{"no file", nil, []string{"-stream", filepath.Join(t.TempDir(), "none")}, exitOther, "no such file"},
		{"no place for the certificate", nil, []string{"-tls", filepath.Join(t.TempDir(), "none", "ca.pem")}, exitOther, "no such file"},
		{"key without secret", []string{"AWS_ACCESS_KEY_ID=AKID"}, nil, exitConfig, "AWS_ACCESS_KEY_ID is set and"},
		{"secret without key", []string{"AWS_SECRET_ACCESS_KEY=canary-canary"}, nil, exitConfig, "AWS_SECRET_ACCESS_KEY is set and"},
		{"impossible key", []string{"AWS_ACCESS_KEY_ID=AK\nID", "AWS_SECRET_ACCESS_KEY=canary-canary"}, nil, exitConfig, "AccessKeyID"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, row.vars...)
			w.want(t, row.status, append([]string{"serve"}, row.args...)...)
			if !strings.Contains(w.err.String(), row.err) || strings.Contains(w.err.String(), "canary") || w.out.Len() > 0 {
				t.Errorf("standard error: %s", w.err.String())
			}
		})
	}
	// A standard output that nobody reads.
	w := newWorld(t)
	r, out := io.Pipe()
	r.Close()
	w.stdout = out
	w.want(t, exitOther, "serve")
}

func TestServeHelp(t *testing.T) {
	w := newWorld(t)
	w.want(t, exitOK, "serve", "-h")
	for k := bedrocktest.FaultReset; k <= bedrocktest.FaultContentType; k++ {
		if !strings.Contains(w.out.String(), k.String()) {
			t.Errorf("the help does not name the fault %s", k)
		}
	}
}

// As a process, with a stalled answer under way: a signal ends it at once, with status 0.
func TestServeSignals(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := process(t, nil, "serve")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(signed(t, strings.TrimSpace(line), "stall@frame=1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != exitOK {
			t.Errorf("%v: exit status %d", sig, got)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%v: the answer ended politely", sig)
		}
		resp.Body.Close()
	}
}

// TestServeHelpExample runs what serve -h says to run with curl, as it is written there.
func TestServeHelpExample(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	_, example, ok := strings.Cut(serveAbout, "and then in another:\n")
	if !ok {
		t.Fatal("serve -h has no example")
	}
	start, call, _ := strings.Cut(strings.TrimSpace(example), "\n")
	const address = "127.0.0.1:8080"
	if !strings.Contains(start, address) || !strings.Contains(call, address) {
		t.Fatalf("the example starts %q and calls %q", start, call)
	}
	// The port may be taken here, so this test takes a free one.
	server := process(t, nil, append(strings.Fields(strings.ReplaceAll(start, address, "127.0.0.1:0"))[1:], "-quiet")...)
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	// bedrockwire is a function of the shell that runs this test's binary.
	client := process(t, nil, "-c", `bedrockwire() { "$0" "$@"; }`+"\n"+strings.ReplaceAll(call, "http://"+address, strings.TrimSpace(url)))
	self := client.Path
	shell := exec.Command("sh", append(client.Args[1:], self)...)
	shell.Env = append(client.Env, "PATH="+os.Getenv("PATH"), "no_proxy=*")
	printed, err := shell.CombinedOutput()
	if err != nil || !strings.Contains(string(printed), `"generation":"Hi"`) {
		t.Errorf("%v: %s", err, printed)
	}
}
