package bedrocktest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/signer"
)

// TestMain fails the run if a goroutine of a server or a client is left.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := goroutines(0); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left:\n%s\n", left)
			code = 1
		}
	}
	os.Exit(code)
}

// goroutines waits until at most n goroutines besides the caller's are left and
// returns the stacks of more than those, empty if there are none. A goroutine
// that has done its last step still takes a moment to go.
func goroutines(n int) string {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		buf := make([]byte, 1<<20)
		buf = buf[:runtime.Stack(buf, true)]
		var left []string
		for i, g := range strings.Split(string(buf), "\n\n") {
			if i > 0 && (strings.Contains(g, "net/http") || strings.Contains(g, "bedrocktest")) && !strings.Contains(g, "testing.(*T).Run(") {
				left = append(left, g)
			}
		}
		if len(left) <= n {
			return ""
		}
		if time.Now().After(deadline) {
			return strings.Join(left, "\n\n")
		}
	}
}

// handlers waits until no handler of a server runs and returns the stacks of
// those that still do.
func handlers() string {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		buf := make([]byte, 1<<20)
		stacks := string(buf[:runtime.Stack(buf, true)])
		if !strings.Contains(stacks, "bedrocktest.(*Server).serveHTTP") {
			return ""
		}
		if time.Now().After(deadline) {
			return stacks
		}
	}
}

const (
	testModel = "anthropic.claude-3-haiku-20240307-v1:0"
	testBody  = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":8,"messages":[{"role":"user","content":"Hi there"}]}`
)

// call is one request to a server, signed unless auth says otherwise.
type call struct {
	method string // POST
	path   string // as on the wire; the invocation of testModel
	query  string
	body   string // testBody
	header http.Header
	creds  signer.Credentials // the example's
	region string             // us-east-1
	at     time.Time          // now
	sign   func(*http.Request, *signer.Request)
}

func (c call) request(t testing.TB, srv *bedrocktest.Server) *http.Request {
	t.Helper()
	if c.method == "" {
		c.method = "POST"
	}
	if c.path == "" {
		c.path = "/model/anthropic.claude-3-haiku-20240307-v1%3A0/invoke-with-response-stream"
	}
	if c.body == "" && c.method == "POST" {
		c.body = testBody
	}
	if c.creds.AccessKeyID == "" {
		c.creds = bedrocktest.Credentials()
	}
	if c.region == "" {
		c.region = "us-east-1"
	}
	if c.at.IsZero() {
		c.at = time.Now()
	}
	target := srv.URL + c.path
	if c.query != "" {
		target += "?" + c.query
	}
	r, err := http.NewRequest(c.method, target, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range c.header {
		r.Header[k] = v
	}
	r.Header.Set("Content-Type", "application/json")
	s := signer.Signer{Region: c.region, Service: "bedrock"}
	sr := &signer.Request{Method: c.method, Host: r.URL.Host, Path: c.path, RawQuery: c.query,
		Header: r.Header, PayloadHash: signer.HashPayload([]byte(c.body))}
	if c.sign != nil {
		c.sign(r, sr)
	} else if err := s.Sign(sr, &c.creds, c.at); err != nil {
		t.Fatal(err)
	}
	return r
}

// do sends the call and returns the answer, whose body is closed with the test.
func (c call) do(t testing.TB, srv *bedrocktest.Server) *http.Response {
	t.Helper()
	resp, err := srv.Client().Do(c.request(t, srv))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// faulty is a call that asks for a fault.
func faulty(fault string) call {
	return call{header: http.Header{bedrocktest.FaultHeader: {fault}}}
}

// start starts srv and closes it with the test.
func start(t testing.TB, srv *bedrocktest.Server) *bedrocktest.Server {
	t.Helper()
	t.Cleanup(srv.Close)
	if srv.Err != nil {
		t.Fatal(srv.Err)
	}
	if srv.URL == "" {
		if err := srv.Start(); err != nil {
			t.Fatal(err)
		}
	}
	return srv
}

// message is a frame read from an answer.
type message struct {
	kind, name, payload string
}

// messages reads the frames of a body to its end, and the error there.
func messages(body io.Reader) ([]message, error) {
	var out []message
	r := frame.NewReader(body)
	for {
		m, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		get := func(name string) string {
			v, _ := m.Headers.Get(name)
			s, _ := v.Text()
			return s
		}
		kind := get(":message-type")
		name := get(":" + kind + "-type")
		if kind == "error" {
			name = get(":error-code")
		}
		out = append(out, message{kind, name, string(m.Payload)})
	}
}

// events returns the model's own JSON of the chunks among the messages.
func events(t testing.TB, all []message) []string {
	t.Helper()
	var out []string
	for _, m := range all {
		if m.name != "chunk" {
			continue
		}
		var c struct{ Bytes, P string }
		if err := json.Unmarshal([]byte(m.payload), &c); err != nil {
			t.Fatal(err)
		}
		b, err := base64.StdEncoding.DecodeString(c.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	return out
}

// text returns the text in Claude's chunks.
func text(t testing.TB, all []message) string {
	t.Helper()
	var sb strings.Builder
	for _, e := range events(t, all) {
		var c struct{ Delta struct{ Text string } }
		if err := json.Unmarshal([]byte(e), &c); err != nil {
			t.Fatal(err)
		}
		sb.WriteString(c.Delta.Text)
	}
	return sb.String()
}

// wire is the body of a reply without a fault.
func wire(r bedrocktest.Reply) []byte { return bytes.Join(r.Frames, nil) }
