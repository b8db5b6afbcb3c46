//go:build unix

package credentials

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/refresh"
	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/signer"
)

// A hang is something that does not come back, and a call that waits for it.
type hang struct {
	name     string
	retrieve Provider
}

// hangs returns every way in which a source, a file, a lock, a func or a Transport can hang, with
// each Retrieve that may wait for it. What hangs is let go when the test ends.
func hangs(t testing.TB) []hang {
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	home := t.TempDir()
	fifo := filepath.Join(home, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { feed(fifo) })
	good, err := credentialstest.WriteSSO(home, "corp", time.Now().Add(time.Hour), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := credentialstest.WriteSSO(home, "stale", time.Now().Add(-time.Hour), true); err != nil {
		t.Fatal(err)
	}
	login, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	sso := func(session string, rt http.RoundTripper) *SSO {
		return &SSO{SessionName: session, StartURL: "https://example.awsapps.com/start", Region: "us-east-1", AccountID: "1", RoleName: "Dev",
			CacheDir: filepath.Dir(good), Transport: rt}
	}
	env := func(pairs ...string) func(string) string {
		m := map[string]string{"HOME": home, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return getenv(m)
	}
	stuck := Provider(func(context.Context) (signer.Credentials, error) {
		<-release
		return signer.Credentials{}, errors.New("late")
	})
	base := Static(credentialstest.Keys("AKIABASE"))
	fullURI := env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x")

	all := []hang{
		{"a FIFO as config file: Profile", (&Profile{Getenv: env("AWS_CONFIG_FILE", fifo)}).Retrieve},
		{"a FIFO as config file: Chain", (&Chain{Getenv: env("AWS_CONFIG_FILE", fifo)}).Retrieve},
		{"a FIFO as credentials file: Chain", (&Chain{Getenv: env("AWS_SHARED_CREDENTIALS_FILE", fifo)}).Retrieve},
		{"a FIFO as config file: sharedfile.Load", func(ctx context.Context) (signer.Credentials, error) {
			_, err := sharedfile.Load(ctx, fifo, "")
			return signer.Credentials{}, err
		}},
		{"a FIFO as token file: WebIdentity", (&WebIdentity{TokenFile: fifo, RoleARN: testRole, STS: STS{Region: "us-east-1"}}).Retrieve},
		{"a FIFO as token file: Container", (&Container{Getenv: env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", fifo)}).Retrieve},
		{"a FIFO as token file: Chain", (&Chain{Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE", fifo, "AWS_ROLE_ARN", testRole),
			Transport: tripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no network") })}).Retrieve},
		{"a source: AssumeRole", (&AssumeRole{Source: stuck, RoleARN: testRole, STS: STS{Region: "us-east-1"}}).Retrieve},
		{"a person: AssumeRole", (&AssumeRole{Source: base, RoleARN: testRole, SerialNumber: "m", STS: STS{Region: "us-east-1"},
			TokenCode: func(context.Context, string) (string, error) { <-release; return "", nil }}).Retrieve},
		{"a source: Cache", (&Cache{Provider: stuck}).Retrieve},
		{"a renewal: Login", (&Login{Session: loginARN, CacheDir: filepath.Dir(login),
			Renew: func(ctx context.Context, _ *Login) (signer.Credentials, error) { return stuck(ctx) }}).Retrieve},
		{"a process: Process", (&Process{Command: "sleep 30"}).Retrieve},
		{"a process and its child: Process", (&Process{Command: "trap '' TERM; sleep 30 & sleep 30"}).Retrieve},
	}
	for name, rt := range map[string]http.RoundTripper{
		"a Transport": tripper(func(*http.Request) (*http.Response, error) {
			<-release
			return nil, errors.New("late")
		}),
		"a body": tripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(stuckReader{release})}, nil
		}),
	} {
		imds := &IMDS{Transport: rt}
		signedIn := &Login{Session: loginARN, CacheDir: filepath.Dir(login), Region: "us-east-1", Transport: rt}
		all = append(all,
			hang{name + ": WebIdentity", (&WebIdentity{TokenFile: login, RoleARN: testRole, STS: STS{Region: "us-east-1", Transport: rt}}).Retrieve},
			hang{name + ": AssumeRole", (&AssumeRole{Source: base, RoleARN: testRole, STS: STS{Region: "us-east-1", Transport: rt}}).Retrieve},
			hang{name + ": Container", (&Container{Getenv: fullURI, Transport: rt}).Retrieve},
			hang{name + ": IMDS", imds.Retrieve},
			hang{name + ": SSO, the portal", sso("corp", rt).Retrieve},
			hang{name + ": SSO, the token service", sso("stale", rt).Retrieve},
			hang{name + ": Login", (&Login{Session: loginARN, CacheDir: filepath.Dir(login), Region: "us-east-1", Transport: rt, Renew: RenewLogin}).Retrieve},
			hang{name + ": RenewLogin", func(ctx context.Context) (signer.Credentials, error) { return RenewLogin(ctx, signedIn) }},
			hang{name + ": Chain", (&Chain{Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE", login, "AWS_ROLE_ARN", testRole), Transport: rt}).Retrieve},
			hang{name + ": Selection", func(ctx context.Context) (signer.Credentials, error) {
				s, err := (&Chain{Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE", login, "AWS_ROLE_ARN", testRole), Transport: rt}).Select()
				if err != nil {
					return signer.Credentials{}, err
				}
				return s.Retrieve(ctx)
			}})
	}
	return all
}

// feed gives every reader of a FIFO a byte, until there is none.
func feed(fifo string) {
	for range 1000 {
		f, err := os.OpenFile(fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return
		}
		f.WriteString("x")
		f.Close()
		time.Sleep(2 * time.Millisecond)
	}
}

type stuckReader struct{ release chan struct{} }

func (r stuckReader) Read([]byte) (int, error) {
	<-r.release
	return 0, io.EOF
}

// TestCallersReturn: whatever hangs, a call ends with its context, and so does a second call of the
// same provider while the first one hangs. The time it takes is for BenchmarkReturn; here the bound
// is that of a test that would hang.
func TestCallersReturn(t *testing.T) {
	needShell(t)
	for _, h := range hangs(t) {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			patient, stop := context.WithCancel(context.Background())
			defer stop()
			first := make(chan error, 1)
			go func() {
				_, err := h.retrieve(patient)
				first <- err
			}()
			cause := errors.New("the caller had enough")
			ctx, cancel := context.WithCancelCause(context.Background())
			second := make(chan error, 1)
			go func() {
				_, err := h.retrieve(ctx)
				second <- err
			}()
			time.Sleep(50 * time.Millisecond)
			for i, end := range []func(){func() { cancel(cause) }, stop} {
				select {
				case err := <-first:
					t.Fatalf("the first call does not hang: %v", err)
				case err := <-second:
					if i == 0 {
						t.Fatalf("the second call does not hang: %v", err)
					}
				default:
				}
				returned, want := second, cause
				if i == 1 {
					returned, want = first, context.Canceled
				}
				start := time.Now()
				end()
				select {
				case err := <-returned:
					t.Logf("returned after %v: %v", time.Since(start), err)
					if !errors.Is(err, want) {
						t.Errorf("call %d: error %v, want %v", i, err, want)
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("call %d did not return", i)
				}
			}
		})
	}
}

// TestAbandonedFetch: a fetch whose provider ignores its context ends after its limit, for callers
// without a deadline too. The next call starts the next fetch, and the late result is dropped.
func TestAbandonedFetch(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	calls := make(chan int, 2)
	calls <- 1
	calls <- 2
	c := &Cache{Provider: func(context.Context) (signer.Credentials, error) {
		if <-calls == 1 {
			<-release
		}
		return signer.Credentials{AccessKeyID: "A", SecretAccessKey: "0123456789"}, nil
	}}
	f := &flight{started: time.Now(), done: make(chan struct{})}
	c.flight = f
	go c.fetch(context.Background(), f, nil, time.Millisecond)
	got, err := c.Retrieve(context.Background())
	wantError(t, got, err, ErrSource, "did not return in 1ms")
	wantKey(t, c, context.Background(), "A")
	s := c.current.Load()
	close(release)
	time.Sleep(10 * time.Millisecond)
	if c.current.Load() != s {
		t.Error("an abandoned fetch changed what the cache holds")
	}
}

// BenchmarkReturn reports how long after its deadline a call returns.
func BenchmarkReturn(b *testing.B) {
	for _, h := range hangs(b) {
		b.Run(strings.ReplaceAll(h.name, " ", "-"), func(b *testing.B) {
			var late, most time.Duration
			for b.Loop() {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
				end, _ := ctx.Deadline()
				if _, err := h.retrieve(ctx); err == nil {
					b.Fatal("it does not hang")
				}
				after := time.Since(end)
				late += after
				most = max(most, after)
				cancel()
			}
			b.ReportMetric(float64(late.Microseconds())/float64(b.N), "µs-late")
			b.ReportMetric(float64(most.Microseconds()), "µs-late-max")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestFIFO: a shared file may be a FIFO, as process substitution of a shell makes it. It is read
// once: keys in it serve also where the service refuses them and the files are read again.
func TestFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		f.WriteString("[default]\naws_access_key_id = AKIAFIFO\naws_secret_access_key = 0123456789\n")
	}()
	chain := &Chain{Getenv: getenv(map[string]string{"AWS_SHARED_CREDENTIALS_FILE": path})}
	for range 2 {
		if c, err := chain.Retrieve(refresh.Force(context.Background())); err != nil || c.AccessKeyID != "AKIAFIFO" {
			t.Errorf("%v, %v", c, err)
		}
	}
}
