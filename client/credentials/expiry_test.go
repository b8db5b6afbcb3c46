package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/refresh"
	"bedrockwire/signer"
)

// knowledge is what a caller knows about a clock that is ahead by so much.
type knowledge func(ahead time.Duration) context.Context

func trusts(time.Duration) context.Context { return context.Background() }
func guesses(time.Duration) context.Context {
	return refresh.WithClock(context.Background(), refresh.Clock{Unknown: true})
}
func knows(ahead time.Duration) context.Context {
	return refresh.WithClock(context.Background(), refresh.Clock{Offset: -ahead})
}

// TestExpirationByTheCallersClock: every provider that judges an expiration does so by the corrected clock. Where nothing is
// known, what looks expired is given out, and the service decides.
func TestExpirationByTheCallersClock(t *testing.T) {
	const ahead, behind = 2 * time.Hour, -2 * time.Hour
	process := func(t *testing.T, _ *credentialstest.Server, left, off time.Duration) Provider {
		needShell(t)
		expires := time.Now().Add(left).UTC().Format(time.RFC3339)
		return (&Process{Command: `echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","Expiration":"` + expires + `"}'`,
			Now: shifted(off)}).Retrieve
	}
	sso := func(renewable bool) func(*testing.T, *credentialstest.Server, time.Duration, time.Duration) Provider {
		return func(t *testing.T, s *credentialstest.Server, left, off time.Duration) Provider {
			home := t.TempDir()
			writeSSO(t, home, left, renewable)
			p := ssoFor(s, home)
			p.Now = shifted(off)
			return p.Retrieve
		}
	}
	login := func(renew func(context.Context, *Login) (signer.Credentials, error)) func(*testing.T, *credentialstest.Server, time.Duration, time.Duration) Provider {
		return func(t *testing.T, s *credentialstest.Server, left, off time.Duration) Provider {
			path, err := credentialstest.WriteLogin(t.TempDir(), loginARN, time.Now().Add(left))
			if err != nil {
				t.Fatal(err)
			}
			return (&Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: renew, Now: shifted(off)}).Retrieve
		}
	}
	imds := func(_ *testing.T, s *credentialstest.Server, left, off time.Duration) Provider {
		s.Lifetime(left)
		return (&IMDS{Endpoint: s.URL, Now: shifted(off)}).Retrieve
	}
	for _, r := range []struct {
		name      string
		provider  func(t *testing.T, s *credentialstest.Server, left, off time.Duration) Provider
		off, left time.Duration // of the machine's clock; what the credentials or the sign-in have left
		knowledge knowledge
		want      error // nil: credentials
		expires   time.Duration
		renewals  int
	}{
		{"Process, ahead, trusted", process, ahead, time.Hour, trusts, ErrSource, 0, 0},
		{"Process, ahead, unknown", process, ahead, time.Hour, guesses, nil, time.Hour, 0},
		{"Process, ahead, known", process, ahead, time.Hour, knows, nil, time.Hour, 0},
		{"Process, behind, unknown", process, behind, -time.Hour, guesses, nil, -time.Hour, 0},
		{"Process, behind, known", process, behind, -time.Hour, knows, ErrSource, 0, 0},

		{"SSO, ahead, trusted", sso(false), ahead, time.Hour, trusts, ErrSignIn, 0, 0},
		{"SSO, ahead, unknown", sso(false), ahead, time.Hour, guesses, nil, time.Hour, 0},
		{"SSO, ahead, known", sso(true), ahead, time.Hour, knows, nil, time.Hour, 0},
		{"SSO, ahead, unknown, renewable", sso(true), ahead, time.Hour, guesses, nil, time.Hour, 1},
		{"SSO, behind, known", sso(true), behind, -time.Hour, knows, nil, time.Hour, 1},
		{"SSO, behind, known, not renewable", sso(false), behind, -time.Hour, knows, ErrSignIn, 0, 0},

		{"Login, ahead, trusted", login(nil), ahead, 10 * time.Minute, trusts, ErrSignIn, 0, 0},
		{"Login, ahead, unknown", login(nil), ahead, 10 * time.Minute, guesses, nil, 10 * time.Minute, 0},
		{"Login, ahead, known", login(RenewLogin), ahead, 10 * time.Minute, knows, nil, 10 * time.Minute, 0},
		{"Login, ahead, unknown, renewed with a proof of the right date", login(RenewLogin), ahead, 10 * time.Minute, guesses, nil, time.Hour, 2},
		{"Login, two minutes ahead, unknown", login(RenewLogin), 2 * time.Minute, time.Minute, guesses, nil, time.Hour, 2},
		{"Login, behind, known", login(RenewLogin), behind, -time.Hour, knows, nil, time.Hour, 1},
		{"Login, behind, known, not renewed", login(nil), behind, -time.Hour, knows, ErrSignIn, 0, 0},

		{"IMDS, ahead, trusted: extended", imds, ahead, time.Hour, trusts, nil, 2*time.Hour + 10*time.Minute, 0},
		{"IMDS, ahead, unknown", imds, ahead, time.Hour, guesses, nil, time.Hour, 0},
		{"IMDS, ahead, known", imds, ahead, time.Hour, knows, nil, time.Hour, 0},
		{"IMDS, behind, known: extended", imds, behind, -time.Hour, knows, nil, 10 * time.Minute, 0},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s := fake(t)
			got, err := r.provider(t, s, r.left, r.off)(r.knowledge(r.off))
			if r.want != nil {
				wantError(t, got, err, r.want, "")
			} else if left := time.Until(got.Expires); err != nil || (left-r.expires).Abs() > 6*time.Minute {
				t.Errorf("%v with %v left, %v, want %v left", got, left, err, r.expires)
			}
			if n := s.Requests(credentialstest.OIDC) + s.Requests(credentialstest.SignIn); n != r.renewals {
				t.Errorf("%d renewals, want %d", n, r.renewals)
			}
		})
	}
}

// shifted is the clock of a machine that is ahead by so much.
func shifted(ahead time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(ahead) }
}

// TestCacheByTheCallersClock: what was fetched while nothing was known about a clock that is off is kept once the clock is
// corrected, and renewed in time, for sources that judge nothing themselves too.
func TestCacheByTheCallersClock(t *testing.T) {
	for _, r := range []struct {
		name  string
		ahead time.Duration
		life  time.Duration
		calls string // fetches after the first call, a second one, one that knows, one 10 minutes before the end, one 10 seconds before, one after
	}{
		{"two hours ahead", 2 * time.Hour, time.Hour, "[1 2 2 2 3 4]"},
		{"two hours behind", -2 * time.Hour, time.Hour, "[1 1 1 1 2 3]"},
		{"right", 0, time.Hour, "[1 1 1 1 2 3]"},
		{"a minute more ahead than they live", 61 * time.Minute, time.Hour, "[1 2 2 2 3 4]"},
	} {
		truth := newClock()
		n := &numbered{clock: truth, life: r.life}
		c := &Cache{Provider: n.Retrieve, Now: func() time.Time { return truth.now().Add(r.ahead) }}
		var calls []int64
		call := func(ctx context.Context) {
			if _, err := c.Retrieve(ctx); err != nil {
				t.Errorf("%s: %v", r.name, err)
			}
			settle(t, c)
			calls = append(calls, n.calls.Load())
		}
		call(guesses(r.ahead))
		call(guesses(r.ahead))
		call(knows(r.ahead))
		end := c.current.Load().credentials.Expires
		truth.ns.Store(end.Add(-10 * time.Minute).UnixNano())
		call(knows(r.ahead))
		truth.ns.Store(end.Add(-10 * time.Second).UnixNano())
		call(knows(r.ahead))
		truth.ns.Store(c.current.Load().credentials.Expires.Add(time.Second).UnixNano())
		call(knows(r.ahead))
		if got := fmt.Sprint(calls); got != r.calls {
			t.Errorf("%s: %s fetches, want %s", r.name, got, r.calls)
		}
	}
}

// TestCacheWhereNothingIsKnown: credentials that look expired are given out where no newer ones can be had, because only the
// service can tell. Credentials that are known to have expired are not.
func TestCacheWhereNothingIsKnown(t *testing.T) {
	truth := newClock()
	n := &numbered{clock: truth, life: time.Hour}
	var ahead time.Duration
	c := &Cache{Provider: n.Retrieve, Now: func() time.Time { return truth.now().Add(ahead) }}
	wantKey(t, c, context.Background(), "1")
	n.fail.Store(true)
	ahead = 3 * time.Hour
	wantKey(t, c, guesses(ahead), "1")
	wantKey(t, c, knows(ahead), "1")
	for name, ctx := range map[string]context.Context{"trusted": trusts(ahead), "refused": refresh.Force(guesses(ahead))} {
		if _, err := c.Retrieve(ctx); !errors.Is(err, errDown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	truth.advance(2 * time.Hour)
	if _, err := c.Retrieve(knows(ahead)); !errors.Is(err, errDown) {
		t.Errorf("expired for certain: %v", err)
	}
	n.fail.Store(false)
	if got, err := c.Retrieve(knows(ahead)); err != nil || got.AccessKeyID == "1" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestSSORefusedToken: a token that the portal refuses is replaced, by that of the file or by a renewal, and tried once more.
func TestSSORefusedToken(t *testing.T) {
	for _, r := range []struct {
		name      string
		renewable bool
		replaced  bool // by another process, before the portal responds
		accepts   int  // the portal's request from which on it accepts; 0: never
		want      error
		requests  int // to the portal
		renewals  int
	}{
		{"ended unnoticed, renewed", true, false, 2, nil, 2, 1},
		{"replaced by another process", false, true, 2, nil, 2, 0},
		{"replaced by another process, renewable", true, true, 2, nil, 2, 0},
		{"can't be renewed", false, false, 2, ErrSignIn, 1, 0},
		{"never accepted", true, false, 0, ErrSignIn, 2, 1},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s, home := fake(t), t.TempDir()
			path := writeSSO(t, home, time.Hour, r.renewable)
			p := ssoFor(s, home)
			s.Handle(credentialstest.SSO, func(w http.ResponseWriter, q *http.Request) {
				n := s.Requests(credentialstest.SSO)
				if r.replaced && n == 1 {
					rewrite(t, path, credentialstest.AccessToken, "another-token")
				}
				if r.accepts == 0 || n < r.accepts || r.replaced && q.Header.Get("X-Amz-Sso_bearer_token") != "another-token" {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				fmt.Fprintf(w, `{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"S","sessionToken":"T","expiration":%d}}`, time.Now().Add(time.Hour).UnixMilli())
			})
			got, err := p.Retrieve(context.Background())
			if r.want != nil {
				wantError(t, got, err, r.want, "aws sso login")
			} else if err != nil || got.AccessKeyID != "A" {
				t.Errorf("%v, %v", got, err)
			}
			if n, m := s.Requests(credentialstest.SSO), s.Requests(credentialstest.OIDC); n != r.requests || m != r.renewals {
				t.Errorf("%d requests and %d renewals, want %d and %d", n, m, r.requests, r.renewals)
			}
		})
	}
}

// TestLoginRefused: credentials that the service has refused are renewed, however long they last by the file.
func TestLoginRefused(t *testing.T) {
	for _, r := range []struct {
		name     string
		forced   bool
		renew    func(context.Context, *Login) (signer.Credentials, error)
		renewals int
	}{
		{"good", false, RenewLogin, 0},
		{"refused", true, RenewLogin, 1},
		{"refused, not renewed", true, nil, 0},
	} {
		s := fake(t)
		path, err := credentialstest.WriteLogin(t.TempDir(), loginARN, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		if r.forced {
			ctx = refresh.Force(ctx)
		}
		got, err := (&Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: r.renew}).Retrieve(ctx)
		if n := s.Requests(credentialstest.SignIn); err != nil || got.AccessKeyID != "ASIALOGIN" || n != r.renewals {
			t.Errorf("%s: %v, %v, %d renewals", r.name, got, err, n)
		}
		if r.renewals > 0 { // refused credentials are not given out again: the next call could not tell
			s.Handle(credentialstest.SignIn, status(500))
			got, err := (&Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: r.renew}).Retrieve(ctx)
			wantError(t, got, err, ErrSource, "the sign-in endpoint failed")
		}
	}
}

// TestProofByTheTrustedClock: with AWS_DISABLE_CLOCK_SKEW_CORRECTION a refused proof is not dated anew.
func TestProofByTheTrustedClock(t *testing.T) {
	s := fake(t)
	path, err := credentialstest.WriteLogin(t.TempDir(), loginARN, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	l := &Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: RenewLogin, Now: shifted(2 * time.Hour), trustClock: true}
	got, err := l.Retrieve(context.Background())
	wantError(t, got, err, ErrSignIn, "INVALID_REQUEST")
	if n := s.Requests(credentialstest.SignIn); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestIMDSPaths: the extended path is used where the service has it, and the older one where it does not.
func TestIMDSPaths(t *testing.T) {
	keys := func(w http.ResponseWriter, id string) {
		fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":%q,"SecretAccessKey":"S","Token":"T","Expiration":%q,"AccountId":"1"}`, id, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}
	for _, r := range []struct {
		name     string
		extended http.HandlerFunc // nil: as it should be
		want     string
		asked    int // requests of the extended path in two calls
	}{
		{"extended", nil, "EXTENDED", 4},
		{"absent", status(404), "OLDER", 1},
		{"refused by a proxy", status(403), "OLDER", 2},
		{"a page in its place", text("<html>"), "OLDER", 2},
		{"overloaded", status(429), "OLDER", 2 * imdsAttempts},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			s := fake(t)
			s.Handle(credentialstest.IMDS, func(w http.ResponseWriter, q *http.Request) {
				switch path := q.URL.Path; {
				case q.Method == http.MethodPut:
					w.Write([]byte("token"))
				case strings.HasPrefix(path, imdsExtended):
					asked++
					switch {
					case r.extended != nil:
						r.extended(w, q)
					case path == imdsExtended:
						w.Write([]byte("role"))
					default:
						keys(w, "EXTENDED")
					}
				case path == imdsOlder:
					w.Write([]byte("role"))
				default:
					keys(w, "OLDER")
				}
			})
			m := &IMDS{Endpoint: s.URL}
			for range 2 {
				if got, err := m.Retrieve(context.Background()); err != nil || got.AccessKeyID != r.want {
					t.Errorf("%v, %v, want %s", got, err, r.want)
				}
			}
			if asked != r.asked {
				t.Errorf("the extended path was asked for %d times, want %d", asked, r.asked)
			}
		})
	}
}

// TestIMDSOverload: each request to the metadata service is sent again after a 429.
func TestIMDSOverload(t *testing.T) {
	s := fake(t)
	refused := map[string]bool{}
	s.Handle(credentialstest.IMDS, func(w http.ResponseWriter, q *http.Request) {
		switch path := q.URL.Path; {
		case !refused[path]:
			refused[path] = true
			w.WriteHeader(http.StatusTooManyRequests)
		case q.Method == http.MethodPut:
			w.Write([]byte("token"))
		case path == imdsExtended:
			w.Write([]byte("role"))
		default:
			w.Write([]byte(`{"Code":"Success","AccessKeyId":"A","SecretAccessKey":"S"}`))
		}
	})
	if got, err := (&IMDS{Endpoint: s.URL}).Retrieve(context.Background()); err != nil || got.AccessKeyID != "A" || len(refused) != 3 {
		t.Errorf("%v, %v, refused %v", got, err, refused)
	}
}

// TestWebIdentityDuration: duration_seconds of a profile with web_identity_token_file goes to STS.
func TestWebIdentityDuration(t *testing.T) {
	for value, want := range map[string]string{"": "", "x": "", "899": "", "900": "900", "3600": "3600", "43200": "43200", "43201": "refused"} {
		s := fake(t)
		token := filepath.Join(t.TempDir(), "token")
		writeFile(t, token, credentialstest.WebToken)
		chain := inMemory("[default]\nrole_arn = "+testRole+"\nweb_identity_token_file = "+token+"\nduration_seconds = "+value+"\n", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_STS", s.URL)
		_, err := chain.Retrieve(context.Background())
		got := "refused"
		if last := s.Last(credentialstest.STS); last != nil {
			got = last.Form.Get("DurationSeconds")
		}
		if got != want || (err != nil) != (want == "refused") {
			t.Errorf("%q: sent %q, %v, want %q", value, got, err, want)
		}
	}
}

// TestWhatWasSaid: the first line of a refusal in plain text, and of a failed command's standard error, is in the error.
func TestWhatWasSaid(t *testing.T) {
	refuse := func(kind, body string) Provider {
		s := fake(t)
		s.Handle(credentialstest.Container, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(http.StatusBadRequest)
			w.Write([]byte(body))
		})
		return containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container").Retrieve
	}
	command := func(c string) Provider {
		needShell(t)
		return (&Process{Command: c}).Retrieve
	}
	for _, r := range []struct {
		name     string
		provider Provider
		want     string
	}{
		{"a container agent", refuse("text/plain; charset=utf-8", "no association found for the pod\nrequest 1\n"), `HTTP Bad Request, "no association found for the pod"`},
		{"blank lines first", refuse("Text/Plain", "\r\n \r\nno role\r\n"), `HTTP Bad Request, "no role"`},
		{"a control character", refuse("text/plain", "no\x1b[2Jrole"), `HTTP Bad Request, "no\x1b[2Jrole"`},
		{"a long line", refuse("text/plain", strings.Repeat("x", 300)), `"` + strings.Repeat("x", 256) + `..."`},
		{"a page", refuse("text/html", "<html>CANARY"), "HTTP Bad Request"},
		{"nothing", refuse("text/plain", ""), "HTTP Bad Request"},
		{"JSON", refuse("application/json", `{"code":"C","message":"m"}`), `HTTP Bad Request, code "C", "m"`},
		{"a command", command("echo 'the session has ended' >&2; echo run login >&2; echo CANARY; exit 3"), `the command failed, and said "the session has ended": exit status 3`},
		{"a silent command", command("exit 4"), "the command failed: exit status 4"},
		{"a command that says much", command("yes no | head -c 3000 >&2; exit 5"), `the command failed, and said "no": exit status 5`},
		{"an escape sequence", command(`printf '\033[31mred' >&2; exit 6`), `said "\x1b[31mred": exit status 6`},
	} {
		_, err := r.provider(context.Background())
		if err == nil || !strings.HasSuffix(err.Error(), r.want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v, want %s at the end", r.name, err, r.want)
		}
	}
}

func writeFile(t *testing.T, path, contents string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
		t.Error(err)
	}
}

// rewrite replaces a part of a file in place, as the AWS CLI rewrites its files.
func rewrite(t *testing.T, path, old, by string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), old) {
		t.Errorf("%v: %s does not hold %q", err, path, old)
		return
	}
	writeFile(t, path, strings.ReplaceAll(string(b), old, by))
}
