package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/credentials/refresh"
	"bedrockwire/client/internal/network"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// quick makes every wait of a retry short; the true ones are in TestRetryWaits, on a clock that stands still.
func quick(cfg *Config) { cfg.Retry.MaxDelay = time.Millisecond }

// answers is a transport that gives one answer after the other, the last one again and again, and keeps the
// requests' headers.
type answers struct {
	mu   sync.Mutex
	list []func() (*http.Response, error)
	seen []http.Header
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	a.mu.Lock()
	n := min(len(a.seen), len(a.list)-1)
	a.seen = append(a.seen, r.Header.Clone())
	a.mu.Unlock()
	return a.list[n]()
}

// response is an answer with a status, a body and header fields, name after value.
func response(status int, body string, fields ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(fields); i += 2 {
			h.Add(fields[i], fields[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func failure(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

func exception(code model.Code, fields ...string) func() (*http.Response, error) {
	status := code.Status()
	if status == 0 {
		status = 403
	}
	return response(status, `{"message":"m"}`, append(fields, "X-Amzn-Errortype", string(code), "X-Amzn-Requestid", "rid-e")...)
}

func stream(frames ...[]byte) func() (*http.Response, error) {
	return response(200, string(bytes.Join(frames, nil)), "Content-Type", "application/vnd.amazon.eventstream", "X-Amzn-Requestid", "rid-1")
}

// Each situation with the number of attempts it leads to, with the defaults.
func TestRetrySituations(t *testing.T) {
	good := stream(frametest.ChunkFrame([]byte("{}"), 3))
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", errors.New("connection refused"))}
	rows := []struct {
		name     string
		answer   func() (*http.Response, error)
		attempts int
		is       error
	}{
		{"access denied", exception(model.AccessDeniedException), 1, model.AccessDeniedException},
		{"internal server", exception(model.InternalServerException), 3, model.InternalServerException},
		{"model error", exception(model.ModelErrorException), 1, model.ModelErrorException},
		{"model not ready", exception(model.ModelNotReadyException), 6, model.ModelNotReadyException},
		{"model stream error", exception(model.ModelStreamErrorException), 1, model.ModelStreamErrorException},
		{"model timeout", exception(model.ModelTimeoutException), 1, model.ModelTimeoutException},
		{"not found", exception(model.ResourceNotFoundException), 1, model.ResourceNotFoundException},
		{"quota", exception(model.ServiceQuotaExceededException), 1, model.ServiceQuotaExceededException},
		{"unavailable", exception(model.ServiceUnavailableException), 3, model.ServiceUnavailableException},
		{"throttling", exception(model.ThrottlingException), 3, model.ThrottlingException},
		{"validation", exception(model.ValidationException), 1, model.ValidationException},
		{"request timeout", exception("RequestTimeout"), 3, model.UnknownOperationError},
		{"slow down", exception("SlowDown"), 3, model.UnknownOperationError},
		{"another code", exception("SomethingElse"), 1, model.UnknownOperationError},
		{"bare 429", response(429, ""), 3, model.UnknownOperationError},
		{"bare 500", response(500, "oops"), 3, model.UnknownOperationError},
		{"bare 501", response(501, "oops"), 1, model.UnknownOperationError},
		{"bare 502", response(502, "<html>Bad gateway</html>"), 3, model.UnknownOperationError},
		{"bare 503", response(503, ""), 3, model.UnknownOperationError},
		{"bare 504", response(504, ""), 3, model.UnknownOperationError},
		{"bare 404", response(404, "<UnknownOperationException/>"), 1, model.UnknownOperationError},
		{"bare 408", response(408, ""), 1, model.UnknownOperationError},
		{"redirect", response(307, "", "Location", "https://evil.example/"), 1, ErrRedirect},
		{"redirect without a place", response(302, ""), 1, model.UnknownOperationError},
		{"HTML", response(200, "<html>", "Content-Type", "text/html"), 1, ErrNotEventStream},
		{"refused", failure(refused), 3, refused},
		{"reset", failure(errReset), 1, errReset},
		{"EOF", failure(io.EOF), 1, nil},
		{"timeout that is nobody's deadline", failure(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), 3, os.ErrDeadlineExceeded},
		{"no such host", failure(&net.DNSError{IsNotFound: true}), 1, nil},
		{"host lookup failed", failure(&net.DNSError{IsTemporary: true}), 3, nil},
		{"unknown authority", failure(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), 1, nil},
		{"wrong host name", failure(x509.HostnameError{Certificate: new(x509.Certificate)}), 1, nil},
		{"expired certificate", failure(x509.CertificateInvalidError{Reason: x509.Expired}), 1, nil},
		{"not loopback", failure(&network.AddressError{}), 1, nil},
		{"bad proxy", failure(network.ErrProxy), 1, network.ErrProxy},
		{"transport without an answer", failure(nil), 1, nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			for _, recovers := range []bool{false, true} {
				a := &answers{list: []func() (*http.Response, error){r.answer}}
				if recovers {
					a.list = append(a.list, good)
				}
				c := newClient(t, "https://h", quick, func(cfg *Config) { cfg.Transport = a })
				s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
				if recovers && r.attempts > 1 {
					if err != nil || len(a.seen) != 2 {
						t.Fatalf("%d attempts, %v", len(a.seen), err)
					}
					if _, err := s.Next(); err != nil {
						t.Error(err)
					}
					continue
				}
				if s != nil || err == nil || len(a.seen) != r.attempts || r.is != nil && !errors.Is(err, r.is) || !SafeToRetry(err) {
					t.Fatalf("%d attempts, want %d: %v, SafeToRetry %v", len(a.seen), r.attempts, err, SafeToRetry(err))
				}
				var call *CallError
				if errors.As(err, &call) != (r.attempts > 1) || call != nil && (call.Attempts != r.attempts || !strings.Contains(err.Error(), fmt.Sprintf("after %d attempts", r.attempts))) {
					t.Errorf("%v", err)
				}
				ids := map[string]bool{}
				for i, h := range a.seen {
					if want := fmt.Sprintf("attempt=%d; max=%d", i+1, max(3, i+1)); h.Get("Amz-Sdk-Request") != want {
						t.Errorf("attempt %d says %q", i+1, h.Get("Amz-Sdk-Request"))
					}
					ids[h.Get("Amz-Sdk-Invocation-Id")] = true
				}
				if len(ids) != 1 {
					t.Errorf("invocation ids %v", ids)
				}
			}
		})
	}
}

func TestRetrySettings(t *testing.T) {
	rows := []struct {
		retry    Retry
		answer   func() (*http.Response, error)
		attempts int
	}{
		{Retry{MaxAttempts: 1}, exception(model.ThrottlingException), 1},
		{Retry{MaxAttempts: 1}, exception(model.ModelNotReadyException), 1},
		{Retry{MaxAttempts: 1}, exception("ExpiredTokenException"), 1},
		{Retry{MaxAttempts: 5}, exception(model.ThrottlingException), 5},
		{Retry{MaxAttempts: -1}, exception(model.ThrottlingException), 3},
		{Retry{MaxNotReady: 2}, exception(model.ModelNotReadyException), 2},
		{Retry{MaxElapsed: 1}, exception(model.ThrottlingException), 1},
	}
	for _, r := range rows {
		a := &answers{list: []func() (*http.Response, error){r.answer}}
		r.retry.MaxDelay = time.Millisecond
		c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport, cfg.Retry = a, r.retry })
		if _, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); err == nil || len(a.seen) != r.attempts {
			t.Errorf("%+v: %d attempts, %v", r.retry, len(a.seen), err)
		}
	}
}

// Every attempt has a date and a signature of its own, which the fake checks, and keys asked for anew.
func TestRetrySignsAnew(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv := bedrocktest.NewUnstartedServer(bedrocktest.Failure(model.ServiceUnavailableException, "later"), bedrocktest.Failure(model.ThrottlingException, "slower"), bedrocktest.Text("ok"))
	srv.Now = func() time.Time { return now }
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	asked := 0
	c := newClient(t, srv.URL, quick, func(cfg *Config) {
		cfg.Now = func() time.Time { return now }
		cfg.Credentials = func(ctx context.Context) (signer.Credentials, error) {
			asked++
			now = now.Add(time.Second)
			if refresh.Forced(ctx) {
				t.Error("fresh keys were asked for")
			}
			return testKeys(ctx)
		}
	})
	open(t, c)
	dates, signatures := map[string]bool{}, map[string]bool{}
	for _, r := range srv.Requests() {
		dates[r.Header.Get("X-Amz-Date")], signatures[r.Header.Get("Authorization")] = true, true
		if r.Refused != "" || len(r.Header.Values("Authorization")) != 1 || string(r.Body) != testPrompt {
			t.Errorf("request %v with body %q", r, r.Body)
		}
	}
	if asked != 3 || len(dates) != 3 || len(signatures) != 3 {
		t.Errorf("%d asked, %d dates, %d signatures", asked, len(dates), len(signatures))
	}
}

// On an answer that the keys have expired, fresh ones are asked for, once a call.
func TestExpiredKeys(t *testing.T) {
	for _, code := range []model.Code{"ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"} {
		for _, bearer := range []bool{false, true} {
			for _, recovers := range []bool{true, false} {
				a := &answers{list: []func() (*http.Response, error){exception(code)}}
				if recovers {
					a.list = append(a.list, stream(frametest.ChunkFrame([]byte("{}"), 3)))
				}
				var forced []bool
				c := newClient(t, "https://h", quick, func(cfg *Config) {
					cfg.Transport = a
					cfg.Credentials = func(ctx context.Context) (signer.Credentials, error) {
						forced = append(forced, refresh.Forced(ctx))
						return testKeys(ctx)
					}
					if bearer {
						cfg.BearerToken = func(ctx context.Context) (string, error) {
							forced = append(forced, refresh.Forced(ctx))
							return "token", nil
						}
					}
				})
				_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
				if (err == nil) != recovers || len(a.seen) != 2 || fmt.Sprint(forced) != "[false true]" {
					t.Errorf("%s: %d attempts, forced %v, %v", code, len(a.seen), forced, err)
				}
				var e *model.Error
				if !recovers && (!errors.As(err, &e) || e.Code != code || e.RequestID != "rid-e") {
					t.Errorf("%s: %v", code, err)
				}
				if auth := a.seen[0].Get("Authorization"); bearer != (auth == "Bearer token") || bearer && a.seen[0].Get("X-Amz-Date") != "" {
					t.Errorf("Authorization %q", auth)
				}
			}
		}
	}
}

// With a bearer token no other credentials are asked for, and the fake lets it in.
func TestBearerToken(t *testing.T) {
	srv := newFake(t, bedrocktest.Text("ok"))
	c := newClient(t, srv.URL, func(cfg *Config) {
		cfg.Region = ""
		cfg.Credentials = func(context.Context) (signer.Credentials, error) {
			t.Error("Credentials called")
			return signer.Credentials{}, nil
		}
		cfg.BearerToken = func(context.Context) (string, error) { return bedrocktest.ExampleBearerToken, nil }
	})
	open(t, c)
	if r := srv.Requests()[0]; r.Auth != bedrocktest.Bearer || r.Refused != "" || r.Header.Get("X-Amz-Date") != "" {
		t.Errorf("%v", r)
	}
}

// A clock that is off is corrected from the service's Date, only where it explains the refusal, and once a call.
func TestClockSkew(t *testing.T) {
	ours := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	good := stream(frametest.ChunkFrame([]byte("{}"), 3))
	rows := []struct {
		name   string
		code   model.Code
		off    time.Duration
		fields []string
		dates  []string // of the attempts
	}{
		{"an hour fast", "InvalidSignatureException", -time.Hour, nil, []string{"20260102T030405Z", "20260102T020405Z"}},
		{"ten minutes slow", "SignatureDoesNotMatch", 10 * time.Minute, nil, []string{"20260102T030405Z", "20260102T031405Z"}},
		{"too skewed", "RequestTimeTooSkewed", 20 * time.Minute, nil, []string{"20260102T030405Z", "20260102T032405Z"}},
		{"auth failure", "AuthFailure", 20 * time.Minute, nil, []string{"20260102T030405Z", "20260102T032405Z"}},
		{"denied, and off", model.AccessDeniedException, 10 * time.Minute, nil, []string{"20260102T030405Z", "20260102T031405Z"}},
		{"denied, and right", model.AccessDeniedException, time.Minute, nil, []string{"20260102T030405Z"}},
		{"off by 4 minutes", "InvalidSignatureException", 4 * time.Minute, nil, []string{"20260102T030405Z"}},
		{"off by days", "InvalidSignatureException", 100 * time.Hour, nil, []string{"20260102T030405Z"}},
		{"cached answer", "InvalidSignatureException", time.Hour, []string{"Age", "10"}, []string{"20260102T030405Z"}},
		{"another error", model.ValidationException, time.Hour, nil, []string{"20260102T030405Z"}},
		{"no date", "InvalidSignatureException", 0, nil, []string{"20260102T030405Z"}},
	}
	for _, r := range rows {
		fields := r.fields
		if r.off != 0 {
			fields = append(fields, "Date", ours.Add(r.off).Format(http.TimeFormat))
		}
		// The second row of answers refuses again: it must not be tried a third time.
		for _, next := range []func() (*http.Response, error){good, exception(r.code, fields...)} {
			a := &answers{list: []func() (*http.Response, error){exception(r.code, fields...), next}}
			c := newClient(t, "https://h", quick, func(cfg *Config) {
				cfg.Transport = a
				cfg.Now = func() time.Time { return ours }
			})
			c.InvokeModelWithResponseStream(context.Background(), testRequest())
			var dates []string
			for _, h := range a.seen {
				dates = append(dates, h.Get("X-Amz-Date"))
			}
			if fmt.Sprint(dates) != fmt.Sprint(r.dates) {
				t.Errorf("%s: dates %v, want %v", r.name, dates, r.dates)
			}
			if len(r.dates) == 2 { // later calls keep to it
				a.seen = nil
				a.list = []func() (*http.Response, error){good}
				open(t, c)
				if got := a.seen[0].Get("X-Amz-Date"); got != r.dates[1] {
					t.Errorf("%s: next call dated %s", r.name, got)
				}
			}
		}
	}
}

// Calls that were signed at the same wrong time are all corrected, though the first of them has set the clock
// right before the second one's refusal is there.
func TestClockSkewOfConcurrentCalls(t *testing.T) {
	ours := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const calls = 8
	var first sync.WaitGroup
	first.Add(calls)
	c := newClient(t, "https://h", quick, func(cfg *Config) {
		cfg.Now = func() time.Time { return ours }
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Date") != "20260102T030405Z" {
				return stream(frametest.ChunkFrame([]byte("{}"), 3))()
			}
			first.Done()
			first.Wait() // all are signed before any is refused
			return exception("InvalidSignatureException", "Date", ours.Add(time.Hour).Format(http.TimeFormat))()
		})
	})
	var wg sync.WaitGroup
	for range calls {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if _, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
}

// A thousand callers at once, all throttled: the tokens let a tenth as many retries through, and no more.
func TestThrottlingStorm(t *testing.T) {
	const callers = 1000
	for _, code := range []model.Code{model.ThrottlingException, model.ServiceUnavailableException, model.ModelNotReadyException} {
		var requests, attempts atomic.Int64
		c := newClient(t, "https://h", quick, func(cfg *Config) {
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				requests.Add(1)
				return exception(code)()
			})
		})
		var wg sync.WaitGroup
		for range callers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
				if !errors.Is(err, code) {
					t.Error(err)
				}
				var call *CallError
				n := 1
				if errors.As(err, &call) {
					n = call.Attempts
				}
				attempts.Add(int64(n))
			}()
		}
		wg.Wait()
		t.Logf("%s: %d callers, %d requests (%.3f times)", code, callers, requests.Load(), float64(requests.Load())/callers)
		if requests.Load() > callers*11/10 || requests.Load() != attempts.Load() {
			t.Errorf("%s: %d requests, %d attempts told", code, requests.Load(), attempts.Load())
		}
		// Success fills the bucket again, a token a call and the retry's own cost.
		left := c.tokens.left
		c.secure = &answers{list: []func() (*http.Response, error){stream(frametest.ChunkFrame([]byte("{}"), 3))}}
		open(t, c)
		if c.tokens.left != left+1 {
			t.Errorf("%d tokens after a success, %d before", c.tokens.left, left)
		}
	}
}

func TestRetryTokens(t *testing.T) {
	a := &answers{list: []func() (*http.Response, error){exception(model.ThrottlingException), stream(frametest.ChunkFrame([]byte("{}"), 3))}}
	c := newClient(t, "https://h", quick, func(cfg *Config) { cfg.Transport = a })
	open(t, c)
	if c.tokens.left != tokenCapacity {
		t.Errorf("%d tokens after a retry that succeeded", c.tokens.left)
	}
	open(t, c)
	if c.tokens.left != tokenCapacity {
		t.Errorf("%d tokens, above the capacity", c.tokens.left)
	}
	c.tokens.left = 4
	a.seen = nil
	_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
	if len(a.seen) != 1 || !errors.Is(err, model.ThrottlingException) {
		t.Errorf("%d attempts without tokens: %v", len(a.seen), err)
	}
}

// What comes in the place of the first event is the call's error, and is retried; with ReturnAtHead it is the stream's.
func TestFirstEvent(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte(`{"n":1}`), 3)
	good := stream(chunk, chunk)
	rows := []struct {
		name     string
		answer   func() (*http.Response, error)
		attempts int // without another answer
		is       error
	}{
		{"throttling", stream(frametest.ExceptionFrame("throttlingException", "m")), 3, model.ThrottlingException},
		{"internal", stream(frametest.ExceptionFrame("internalServerException", "m")), 3, model.InternalServerException},
		{"model stream error", stream(frametest.ExceptionFrame("modelStreamErrorException", "m")), 3, model.ModelStreamErrorException},
		{"validation", stream(frametest.ExceptionFrame("validationException", "m")), 1, model.ValidationException},
		{"error message", stream(frametest.ErrorFrame("internal-error", "m")), 1, model.UnknownOperationError},
		{"cut", stream(chunk[:20]), 3, frame.ErrTruncated},
		{"corrupt", stream(frametest.Flip(chunk, 300)), 3, frame.ErrMessageCRC},
		{"not a message", stream(frametest.Raw(nil, nil)), 1, ErrProtocol},
	}
	for _, r := range rows {
		for _, peek := range []bool{true, false} {
			a := &answers{list: []func() (*http.Response, error){r.answer}}
			var log []Step
			c := newClient(t, "https://h", quick, func(cfg *Config) {
				cfg.Transport, cfg.ReturnAtHead, cfg.Log = a, !peek, func(e Step) { log = append(log, e) }
			})
			s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			if !peek {
				if err != nil || len(a.seen) != 1 {
					t.Fatalf("%s: the call itself: %v", r.name, err)
				}
				if _, err = s.Next(); !errors.Is(err, r.is) || !SafeToRetry(err) {
					t.Errorf("%s: Next = %v", r.name, err)
				}
				continue
			}
			if s != nil || !errors.Is(err, r.is) || len(a.seen) != r.attempts || !SafeToRetry(err) {
				t.Errorf("%s: %d attempts, want %d: %v", r.name, len(a.seen), r.attempts, err)
			}
			ends := 0
			for _, e := range log {
				if e.Kind == StepEnd {
					ends++
				}
			}
			if ends != 1 {
				t.Errorf("%s: %d end events", r.name, ends)
			}
			if r.attempts > 1 {
				a.seen, a.list = nil, []func() (*http.Response, error){r.answer, good}
				s := open(t, c)
				if got, end := drain(s); len(a.seen) != 2 || len(got) != 2 || got[0] != `{"n":1}` || end != io.EOF || s.Events() != 2 {
					t.Errorf("%s: then %q, %v", r.name, got, end)
				}
			}
		}
	}
	// A clean end before any event is left to Next, and a peeked event that nobody takes is dropped by Close.
	c := newClient(t, "https://h", func(cfg *Config) {
		cfg.Transport = &answers{list: []func() (*http.Response, error){stream(), good}}
	})
	if _, err := open(t, c).Next(); err != io.EOF {
		t.Errorf("empty stream: %v", err)
	}
	s := open(t, c)
	s.Close()
	if _, err := s.Next(); !errors.Is(err, ErrClosed) || s.Events() != 0 {
		t.Errorf("closed before the first: %v", err)
	}
}

// After the first event nothing is ever repeated.
func TestNoRetryAfterFirstEvent(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte(`{"n":1}`), 3)
	for _, tail := range [][]byte{chunk[:30], frametest.ExceptionFrame("throttlingException", "m"), frametest.Flip(chunk, 300)} {
		for _, peek := range []bool{true, false} {
			a := &answers{list: []func() (*http.Response, error){stream(chunk, tail)}}
			c := newClient(t, "https://h", quick, func(cfg *Config) { cfg.Transport, cfg.ReturnAtHead = a, !peek })
			got, end := drain(open(t, c))
			if len(got) != 1 || len(a.seen) != 1 || end == io.EOF || SafeToRetry(end) {
				t.Errorf("%d events, %d requests, %v, SafeToRetry %v", len(got), len(a.seen), end, SafeToRetry(end))
			}
		}
	}
}

func TestSafeToRetry(t *testing.T) {
	rows := []struct {
		err  error
		want bool
	}{
		{nil, false}, {io.EOF, false}, {errors.New("another's"), false}, {io.ErrUnexpectedEOF, false},
		{&StreamError{Events: 0, Err: frame.ErrTruncated}, true},
		{&StreamError{Events: 1, Err: frame.ErrTruncated}, false},
		{&StreamError{Events: 1, Err: context.Canceled}, false},
		{fmt.Errorf("wrapped: %w", &StreamError{Events: 2, Err: ErrClosed}), false},
		{&CallError{Err: errReset}, true}, {&SendError{Err: errReset}, true}, {&StallError{}, true}, {&RedirectError{}, true},
		{&model.Error{}, true}, {&model.Error{InStream: true}, false}, {context.Canceled, true}, {context.DeadlineExceeded, true},
		{&ConfigError{}, true}, {&CredentialsError{Err: io.EOF}, true}, {&model.FieldError{}, true}, {&signer.Error{}, true},
	}
	for _, r := range rows {
		if got := SafeToRetry(r.err); got != r.want {
			t.Errorf("SafeToRetry(%T %v) = %v", r.err, r.err, got)
		}
	}
}
