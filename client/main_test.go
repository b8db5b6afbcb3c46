package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// TestMain fails the run if a goroutine is left when all tests are done: a stream has none of its own, and
// what net/http starts for a connection must end with it.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := waitGoroutines(0); left != "" {
			fmt.Fprintf(os.Stderr, "goroutines left:\n%s\n", left)
			code = 1
		}
	}
	// With GOEXPERIMENT=goroutineleakprofile (Go 1.26) the runtime finds those that can never go on.
	if leaks := pprof.Lookup("goroutineleak"); code == 0 && leaks != nil {
		var text strings.Builder
		leaks.WriteTo(&text, 1)
		if !strings.HasPrefix(text.String(), "goroutineleak profile: total 0") {
			fmt.Fprintf(os.Stderr, "goroutines leaked:\n%s\n", text.String())
			code = 1
		}
	}
	os.Exit(code)
}

// goroutines returns the stacks of all goroutines but the calling one and those of package testing.
func goroutines() []string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var out []string
	for i, g := range strings.Split(string(buf), "\n\n") {
		if i == 0 || strings.Contains(g, "testing.(*T).Run") || strings.Contains(g, "testing.tRunner") ||
			strings.Contains(g, "testing.(*M).") || strings.Contains(g, "os/signal.") || strings.Contains(g, "testing.runFuzz") {
			continue
		}
		out = append(out, g)
	}
	return out
}

// waitGoroutines waits until at most n goroutines are left, for 5 s, and returns the stacks of those beyond it.
func waitGoroutines(n int) string {
	var all []string
	for range 500 {
		if all = goroutines(); len(all) <= n {
			return ""
		}
		time.Sleep(10 * time.Millisecond)
	}
	return strings.Join(all, "\n\n")
}

const (
	testModel  = "anthropic.claude-v2:1"
	testPrompt = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":16}`
)

func testKeys(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil }

func testRequest() *model.InvokeModelWithResponseStreamRequest {
	return &model.InvokeModelWithResponseStreamRequest{ModelID: testModel, Body: []byte(testPrompt)}
}

// once has a call tried once.
func once(cfg *Config) { cfg.Retry.MaxAttempts = 1 }

// atHead has a call return before its first event.
func atHead(cfg *Config) { cfg.ReturnAtHead = true }

// newClient returns a client of the given endpoint, with the fake's keys.
func newClient(t testing.TB, endpoint string, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{Region: "us-east-1", Endpoint: endpoint, Credentials: testKeys}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// own returns the transport of this package that a client's calls go through.
func own(c *Client) *http.Transport { return c.transport(c.runtime).(*http.Transport) }

// newFake returns a started fake Bedrock.
func newFake(t testing.TB, replies ...bedrocktest.Reply) *bedrocktest.Server {
	t.Helper()
	s := bedrocktest.NewServer(replies...)
	if s.Err != nil {
		t.Fatal(s.Err)
	}
	t.Cleanup(s.Close)
	return s
}

// poolOf returns a pool of one authority, nil for none.
func poolOf(authority *x509.Certificate) *x509.CertPool {
	if authority == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority)
	return pool
}

// open calls c and fails the test if that fails.
func open(t testing.TB, c *Client) *Stream {
	t.Helper()
	s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// drain returns copies of all chunks of a stream, and its end.
func drain(s *Stream) (chunks []string, end error) {
	for {
		b, err := s.Next()
		if err != nil {
			return chunks, err
		}
		chunks = append(chunks, string(b))
	}
}

// sticky checks that an end is returned again, also after Close.
func sticky(t testing.TB, s *Stream, end error) {
	t.Helper()
	for range 2 {
		if b, err := s.Next(); err != end || b != nil {
			t.Errorf("after %v: Next = %q, %v", end, b, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
}

// isPrefix reports whether got is the beginning of want.
func isPrefix(got, want []string) bool {
	return len(got) <= len(want) && slices.Equal(got, want[:len(got)])
}

// brokenAs reports whether end is a *StreamError of the given kind after n events, and nothing like a clean end.
func brokenAs(end error, n int, kind error) error {
	var broken *StreamError
	switch {
	case end == nil || errors.Is(end, io.EOF):
		return fmt.Errorf("end %v counts as clean", end)
	case !errors.As(end, &broken):
		return fmt.Errorf("%T %v is no *StreamError", end, end)
	case broken.Events != int64(n):
		return fmt.Errorf("%v: Events = %d, want %d", end, broken.Events, n)
	case !errors.Is(end, kind):
		return fmt.Errorf("%v is not %v", end, kind)
	}
	return nil
}
