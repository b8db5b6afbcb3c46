package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

func ssoFor(s *credentialstest.Server, home string) *SSO {
	return &SSO{SessionName: "corp", StartURL: "https://example.awsapps.com/start", Region: "us-east-1", AccountID: "123456789012", RoleName: "Dev",
		CacheDir: filepath.Join(home, ".aws", "sso", "cache"), Endpoint: s.URL, OIDCEndpoint: s.URL}
}

func writeSSO(t *testing.T, home string, left time.Duration, renewable bool) string {
	t.Helper()
	path, err := credentialstest.WriteSSO(home, "corp", time.Now().Add(left), renewable)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSSOTokenPath(t *testing.T) {
	for name, want := range map[string]string{
		"dev":                               "34c6fceca75e456f25e7e99531e2425c6c1de443.json",
		"https://ssotest.awsapps.com/start": "dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json",
	} {
		if got, err := ssoTokenPath("dir", name); err != nil || got != filepath.Join("dir", want) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	t.Setenv("HOME", "/home/me")
	if got, err := ssoTokenPath("", "dev"); err != nil || got != filepath.Join("/home/me", ".aws", "sso", "cache", "34c6fceca75e456f25e7e99531e2425c6c1de443.json") {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := (&Login{Session: loginARN}).path(); err != nil || filepath.Dir(got) != filepath.Join("/home/me", ".aws", "login", "cache") {
		t.Errorf("%s, %v", got, err)
	}
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	t.Setenv("HOMEPATH", "")
	if _, err := ssoTokenPath("", "dev"); err == nil {
		t.Error("no error without a home directory")
	}
	if _, err := (&Login{Session: "x"}).path(); err == nil {
		t.Error("no error without a home directory")
	}
}

// TestFIPSOnlyIsAnError: confined to FIPS 140 algorithms, the sign-in can't be found by its SHA-1
// name. That must be an error and not the panic of crypto/sha1. The test runs itself, since the
// mode is chosen at start.
func TestFIPSOnlyIsAnError(t *testing.T) {
	if os.Getenv("CREDENTIALS_TEST_FIPS") != "" {
		_, err := ssoTokenPath("dir", "dev")
		if err == nil || !strings.Contains(err.Error(), "FIPS") {
			t.Errorf("error %v", err)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFIPSOnlyIsAnError$")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only", "CREDENTIALS_TEST_FIPS=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSSO(t *testing.T) {
	s, home := fake(t), t.TempDir()
	writeSSO(t, home, time.Hour, true)
	sso := ssoFor(s, home)
	got, err := sso.Retrieve(context.Background())
	if err != nil || got.AccessKeyID != "ASIASSODEV" || time.Until(got.Expires) < 50*time.Minute {
		t.Fatalf("%v, %v", got, err)
	}
	last := s.Last(credentialstest.SSO)
	if last.Form.Get("account_id") != "123456789012" || last.Header.Get("Authorization") != "" {
		t.Errorf("sent %v %v", last.Form, last.Header)
	}
	if s.Requests(credentialstest.OIDC) != 0 {
		t.Error("a good sign-in was renewed")
	}
}

func TestSSORenewal(t *testing.T) {
	for _, c := range []struct {
		name      string
		left      time.Duration
		renewable bool
		answer    http.HandlerFunc
		kind      error
		text      string
		renewals  int
	}{
		{"expired", -time.Hour, true, nil, nil, "", 1},
		{"about to expire", 4 * time.Minute, true, nil, nil, "", 1},
		{"expired, can't be renewed", -time.Hour, false, nil, ErrSignIn, "aws sso login --sso-session corp", 0},
		{"about to expire, can't be renewed", 4 * time.Minute, false, nil, nil, "", 0},
		{"about to expire, service down", 4 * time.Minute, true, status(500), nil, "", attempts},
		{"expired, service down", -time.Hour, true, status(500), ErrSource, "Internal Server Error", attempts},
		{"expired, refused", -time.Hour, true, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"error":"invalid_grant"}`)
		}, ErrSignIn, `"invalid_grant"`, 1},
		{"nonsense", -time.Hour, true, text("nonsense"), ErrSource, "read", 1},
		{"no token", -time.Hour, true, text(`{"expiresIn":60}`), ErrSource, "used", 1},
		{"no time", -time.Hour, true, text(`{"accessToken":"CANARY"}`), ErrSource, "used", 1},
		{"endless", -time.Hour, true, text(`{"accessToken":"CANARY","expiresIn":9223372036854775807}`), ErrSource, "used", 1},
		{"a year", -time.Hour, true, text(`{"accessToken":"` + credentialstest.AccessToken + `","expiresIn":31536000}`), nil, "", 1},
		{"more than a year", -time.Hour, true, text(`{"accessToken":"CANARY","expiresIn":31536001}`), ErrSource, "used", 1},
		{"one second", -time.Hour, true, text(`{"accessToken":"` + credentialstest.AccessToken + `","expiresIn":1}`), nil, "", 1},
		{"no seconds", -time.Hour, true, text(`{"accessToken":"CANARY","expiresIn":0}`), ErrSource, "used", 1},
		{"line break", -time.Hour, true, text(`{"accessToken":"CANARY\r\nX: y","expiresIn":60}`), ErrSource, "used", 1},
		{"redirect", -time.Hour, true, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://evil.example/", 307) }, ErrSource, "redirect", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, home := fake(t), t.TempDir()
			writeSSO(t, home, c.left, c.renewable)
			s.Handle(credentialstest.OIDC, c.answer)
			got, err := ssoFor(s, home).Retrieve(context.Background())
			if c.kind == nil {
				if err != nil || got.AccessKeyID != "ASIASSODEV" {
					t.Errorf("%v, %v", got, err)
				}
			} else {
				wantError(t, got, err, c.kind, c.text)
				if strings.Contains(err.Error(), "CANARY") {
					t.Errorf("error %v", err)
				}
			}
			if n := s.Requests(credentialstest.OIDC); n != c.renewals {
				t.Errorf("%d renewals, want %d", n, c.renewals)
			}
		})
	}
}

func status(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(n) }
}
func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, s) }
}

// TestSSOFileIsRewritten: the renewed tokens are in it, what is not ours is as it was, and nobody
// else can read it.
func TestSSOFileIsRewritten(t *testing.T) {
	s, home := fake(t), t.TempDir()
	path := writeSSO(t, home, -time.Hour, true)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ssoFor(s, home).Retrieve(context.Background()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	expires, err := time.Parse(time.RFC3339, m["expiresAt"].(string))
	if err != nil || time.Until(expires) < 50*time.Minute {
		t.Errorf("expiresAt %v", m["expiresAt"])
	}
	if m["refreshToken"] != credentialstest.RefreshToken { // the answer had none: the old one stays
		t.Errorf("refreshToken %v", m["refreshToken"])
	}
	if other, ok := m["other"].(map[string]any); !ok || other["kept"] != 1.0 || m["clientId"] != "client-id" || m["startUrl"] == nil {
		t.Errorf("another tool's fields are gone: %s", b)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
	if _, err := ssoFor(s, home).Retrieve(context.Background()); err != nil || s.Requests(credentialstest.OIDC) != 1 {
		t.Errorf("the file is not used: %v, %d renewals", err, s.Requests(credentialstest.OIDC))
	}
}

func TestSSOAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		kind   error
		text   string
	}{
		{"unauthorized", status(401), ErrSignIn, "aws sso login"},
		{"forbidden", status(403), ErrSource, `role "Dev" in account "123456789012": HTTP Forbidden`},
		{"throttled", status(429), ErrSource, "Too Many Requests"},
		{"nonsense", text("x"), ErrSource, "read"},
		{"empty", text("{}"), ErrSource, "no keys"},
		{"time as text", text(`{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY","expiration":"x"}}`), ErrSource, "read"},
		{"no time", text(`{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY"}}`), ErrSource, "expiration"},
		{"time out of range", text(`{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY","expiration":99999999999999999999}}`), ErrSource, "read"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://evil.example/", 302) }, ErrSource, "redirect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, home := fake(t), t.TempDir()
			writeSSO(t, home, time.Hour, true)
			s.Handle(credentialstest.SSO, c.answer)
			got, err := ssoFor(s, home).Retrieve(context.Background())
			wantError(t, got, err, c.kind, c.text)
			if strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), credentialstest.AccessToken) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestSSOSettings(t *testing.T) {
	s, home := fake(t), t.TempDir()
	writeSSO(t, home, time.Hour, true)
	for name, change := range map[string]func(*SSO){
		"sso_start_url":  func(x *SSO) { x.StartURL = "" },
		"sso_region":     func(x *SSO) { x.Region = "" },
		"sso_account_id": func(x *SSO) { x.AccountID = "" },
		"sso_role_name":  func(x *SSO) { x.RoleName = "" },
		"region name":    func(x *SSO) { x.Region = "evil.example/" },
		"without TLS":    func(x *SSO) { x.Endpoint = "http://portal.example" },
	} {
		x := ssoFor(s, home)
		change(x)
		got, err := x.Retrieve(context.Background())
		wantError(t, got, err, ErrConfig, name)
	}
	writeSSO(t, home, -time.Hour, true)
	x := ssoFor(s, home)
	x.OIDCEndpoint = "http://oidc.example"
	got, err := x.Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "token service")
	x.profile = "my profile"
	writeSSO(t, home, -time.Hour, false)
	got, err = x.Retrieve(context.Background())
	wantError(t, got, err, ErrSignIn, `run: aws sso login --profile "my profile"`)
}

func TestSSOFiles(t *testing.T) {
	s, home := fake(t), t.TempDir()
	path := writeSSO(t, home, time.Hour, true)
	for _, c := range []struct{ name, contents, text string }{
		{"not JSON", "x", "unexpected"},
		{"too large", `{"a":"` + strings.Repeat("x", MaxResponse) + `"}`, "more than 65536 bytes"},
		{"no token", `{"expiresAt":"2099-01-01T00:00:00Z"}`, "access token"},
		{"a token with a line break", `{"accessToken":"CANARY\n","expiresAt":"2099-01-01T00:00:00Z"}`, "access token"},
		{"no time", `{"accessToken":"CANARY"}`, "expiresAt"},
		{"older time format", `{"accessToken":"` + credentialstest.AccessToken + `","expiresAt":"2099-01-01T00:00:00UTC"}`, ""},
	} {
		if err := os.WriteFile(path, []byte(c.contents), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ssoFor(s, home).Retrieve(context.Background())
		if c.text == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		wantError(t, got, err, ErrSignIn, c.text)
		if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	if err := replaceFile(t.Context(), filepath.Join(home, "none", "x"), nil, 0o600); err == nil {
		t.Error("no error for a directory that is not there")
	}
	for _, bad := range []string{"", "[]", `{"a":1`, `{"accessToken":1}x`} {
		if _, err := replaceMembers([]byte(bad), "a", "b"); err == nil {
			t.Errorf("replaceMembers(%q) has no error", bad)
		}
		if _, err := memberOf([]byte(bad), "a"); err == nil {
			t.Errorf("memberOf(%q) has no error", bad)
		}
		if (&ssoToken{raw: []byte(bad)}).save(t.Context(), path) == nil || (&loginToken{raw: []byte(bad)}).save(t.Context(), path) == nil {
			t.Errorf("%q is saved", bad)
		}
	}
}

const loginARN = "arn:aws:sts::012345678910:assumed-role/Admin/admin"

func TestLogin(t *testing.T) {
	l := &Login{Session: " " + loginARN + "\n", CacheDir: "dir"}
	if path, err := l.path(); err != nil || path != filepath.Join("dir", "4b0ba8f99f075c0633e122fd73346ce203a3faf18ea0310eb2d29df1bab2e255.json") {
		t.Errorf("%s, %v", path, err)
	}
	for _, c := range []struct {
		name     string
		left     time.Duration
		answer   http.HandlerFunc
		kind     error
		text     string
		renewals int
	}{
		{"good", 14 * time.Minute, nil, nil, "", 0},
		{"about to expire", 4 * time.Minute, nil, nil, "", 1},
		{"expired", -time.Hour, nil, nil, "", 1},
		{"about to expire, service down", 4 * time.Minute, status(500), nil, "", 1},
		{"expired, service down", -time.Hour, status(500), ErrSource, "failed", 1}, // once: the token serves once
		{"expired, refused", -time.Hour, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"error":"TOKEN_EXPIRED"}`)
		}, ErrSignIn, `"TOKEN_EXPIRED"; run: aws login`, 1},
		{"not permitted", -time.Hour, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(403)
			io.WriteString(w, `{"error":"INSUFFICIENT_PERMISSIONS"}`)
		}, ErrSource, "signin:CreateOAuth2Token", 1},
		{"nonsense", -time.Hour, text("x"), ErrSource, "read", 1},
		{"no keys", -time.Hour, text(`{"expiresIn":900}`), ErrSource, "used", 1},
		{"a day", -time.Hour, text(`{"accessToken":{"accessKeyId":"ASIALOGIN","secretAccessKey":"CANARY","sessionToken":"T"},"expiresIn":86400}`), nil, "", 1},
		{"more than a day", -time.Hour, text(`{"accessToken":{"accessKeyId":"ASIALOGIN","secretAccessKey":"CANARY","sessionToken":"T"},"expiresIn":86401}`), ErrSource, "used", 1},
		{"no seconds", -time.Hour, text(`{"accessToken":{"accessKeyId":"ASIALOGIN","secretAccessKey":"CANARY","sessionToken":"T"},"expiresIn":0}`), ErrSource, "used", 1},
		{"no session token", -time.Hour, text(`{"accessToken":{"accessKeyId":"A","secretAccessKey":"CANARY"},"expiresIn":900}`), ErrSource, "used", 1},
		{"no time", -time.Hour, text(`{"accessToken":{"accessKeyId":"A","secretAccessKey":"CANARY","sessionToken":"T"}}`), ErrSource, "used", 1},
		{"redirect", -time.Hour, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://evil.example/", 307) }, ErrSource, "redirect", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, home := fake(t), t.TempDir()
			s.Lifetime(15 * time.Minute)
			path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(c.left))
			if err != nil {
				t.Fatal(err)
			}
			s.Handle(credentialstest.SignIn, c.answer)
			l := &Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: RenewLogin}
			got, err := l.Retrieve(context.Background())
			if c.kind == nil {
				if err != nil || got.AccessKeyID != "ASIALOGIN" || !got.Expires.After(time.Now()) {
					t.Errorf("%v, %v", got, err)
				}
			} else {
				wantError(t, got, err, c.kind, c.text)
				if strings.Contains(err.Error(), "CANARY") {
					t.Errorf("error %v", err)
				}
			}
			if n := s.Requests(credentialstest.SignIn); n != c.renewals {
				t.Errorf("%d renewals, want %d", n, c.renewals)
			}
			if c.renewals == 1 && c.answer == nil { // the file serves the next process
				got, err := readLogin(t.Context(), path)
				if err != nil || time.Until(got.keys.Expires) < 10*time.Minute || got.account != "123456789012" || got.proofKey == "" || got.id != "id" {
					t.Errorf("the file: %+v", err)
				}
			}
		})
	}
}

func TestLoginSettings(t *testing.T) {
	home := t.TempDir()
	path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	got, err := (&Login{}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "login_session")
	got, err = (&Login{Session: "none", CacheDir: dir, profile: "dev"}).Retrieve(context.Background())
	wantError(t, got, err, ErrSignIn, "run: aws login --profile dev")
	got, err = (&Login{Session: loginARN, CacheDir: dir}).Retrieve(context.Background())
	wantError(t, got, err, ErrSignIn, "Renew is not set")
	got, err = (&Login{Session: loginARN, CacheDir: dir, Renew: RenewLogin}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "region")
	got, err = (&Login{Session: loginARN, CacheDir: dir, Endpoint: "http://x.example", Renew: RenewLogin}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "endpoint")
	down := errors.New("down")
	got, err = (&Login{Session: loginARN, CacheDir: dir, Region: "us-east-1", Renew: RenewLogin, Transport: tripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.String() != "https://us-east-1.signin.aws.amazon.com/v1/token" {
			t.Errorf("asked %s", r.URL)
		}
		return nil, down
	})}).Retrieve(context.Background())
	wantError(t, got, err, down, "reached")
	for _, c := range []struct{ contents, text string }{
		{"x", "unexpected"},
		{`{"accessToken":{"accessKeyId":"A","secretAccessKey":"CANARY"}}`, "session token"},
		{`{"accessToken":{}}`, "no keys"},
		{`{"accessToken":{"accessKeyId":"A","secretAccessKey":"CANARY","sessionToken":"T","expiresAt":"2001-01-01T00:00:00Z"}}`, "no means"},
		{`{"accessToken":{"accessKeyId":"A","secretAccessKey":"CANARY","sessionToken":"T","expiresAt":"2001-01-01T00:00:00Z"},"clientId":"c","refreshToken":"CANARY","dpopKey":"CANARY"}`, "not PEM"},
		{`{"accessToken":{"accessKeyId":"A","secretAccessKey":"CANARY","sessionToken":"T","expiresAt":"2001-01-01T00:00:00Z"},"clientId":"c","refreshToken":"CANARY","dpopKey":"-----BEGIN X-----\nAAAA\n-----END X-----\n"}`, "P-256"},
	} {
		if err := os.WriteFile(path, []byte(c.contents), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := (&Login{Session: loginARN, CacheDir: dir, Region: "us-east-1", Renew: RenewLogin}).Retrieve(context.Background())
		wantError(t, got, err, ErrSignIn, c.text)
		if strings.Contains(err.Error(), "CANARY") {
			t.Errorf("error %v", err)
		}
	}
}

// TestLoginRenewalOfTheCaller: a program may renew the keys itself. Its error is an *Error, and
// costs nothing while the file's keys are good.
func TestLoginRenewalOfTheCaller(t *testing.T) {
	home := t.TempDir()
	failed := errors.New("no network")
	mine := credentialstest.Keys("ASIAMINE")
	for _, c := range []struct {
		name string
		left time.Duration
		err  error
		want string // key id, or part of the error
	}{
		{"good keys are not renewed", 14 * time.Minute, failed, "ASIALOGIN"},
		{"renewed", 4 * time.Minute, nil, "ASIAMINE"},
		{"failed, with time left", 4 * time.Minute, failed, "ASIALOGIN"},
		{"failed", -time.Hour, failed, "the keys were not renewed: no network"},
	} {
		path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(c.left))
		if err != nil {
			t.Fatal(err)
		}
		l := &Login{Session: loginARN, CacheDir: filepath.Dir(path)}
		l.Renew = func(_ context.Context, got *Login) (signer.Credentials, error) {
			if got != l {
				t.Errorf("%s: asked for another sign-in", c.name)
			}
			return mine, c.err
		}
		got, err := l.Retrieve(context.Background())
		if err != nil {
			wantError(t, got, err, ErrSource, c.want)
			if !errors.Is(err, failed) {
				t.Errorf("%s: error %v hides its cause", c.name, err)
			}
		} else if got.AccessKeyID != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestSignInBounds: each moment that a sign-in is judged by, from both sides.
func TestSignInBounds(t *testing.T) {
	end := time.Now().Add(time.Hour).Truncate(time.Second)
	for _, row := range []struct {
		name      string
		left      time.Duration
		renewable bool
		renewals  int
		good      bool
	}{
		{"before the renewal", 5*time.Minute + 1, true, 0, true},
		{"time to renew", 5 * time.Minute, true, 1, true},
		{"the last moment", 1, false, 0, true},
		{"the end", 0, false, 0, false},
		{"the end, renewable", 0, true, 1, true},
	} {
		now := func() time.Time { return end.Add(-row.left) }
		s, home := fake(t), t.TempDir()
		if _, err := credentialstest.WriteSSO(home, "corp", end, row.renewable); err != nil {
			t.Fatal(err)
		}
		sso := ssoFor(s, home)
		sso.Now = now
		c, err := sso.Retrieve(context.Background())
		if (err == nil) != row.good || row.good && c.AccessKeyID != "ASIASSODEV" || s.Requests(credentialstest.OIDC) != row.renewals {
			t.Errorf("SSO, %s: %d renewals, %v", row.name, s.Requests(credentialstest.OIDC), err)
		}
		path, err := credentialstest.WriteLogin(home, loginARN, end)
		if err != nil {
			t.Fatal(err)
		}
		renewals := 0
		l := &Login{Session: loginARN, CacheDir: filepath.Dir(path), Now: now}
		if row.renewable {
			l.Renew = func(context.Context, *Login) (c signer.Credentials, err error) {
				renewals++
				return credentialstest.Keys("RENEWED"), nil
			}
		}
		if c, err := l.Retrieve(context.Background()); (err == nil) != row.good || renewals != row.renewals || row.good && (c.AccessKeyID == "RENEWED") != (renewals > 0) {
			t.Errorf("login, %s: %d renewals, %v", row.name, renewals, err)
		}
	}
	// A renewal that fails costs nothing up to the last moment.
	for left, good := range map[time.Duration]bool{1: true, 0: false} {
		s, home := fake(t), t.TempDir()
		if _, err := credentialstest.WriteSSO(home, "corp", end, true); err != nil {
			t.Fatal(err)
		}
		s.Handle(credentialstest.OIDC, status(400))
		sso := ssoFor(s, home)
		sso.Now = func() time.Time { return end.Add(-left) }
		if _, err := sso.Retrieve(context.Background()); (err == nil) != good || s.Requests(credentialstest.OIDC) != 1 {
			t.Errorf("%v left, not renewed: %v", left, err)
		}
	}
	// The client's registration ends as well, and then nothing can be renewed.
	for registrationLeft, renewals := range map[time.Duration]int{1: 1, 0: 0} {
		s, home := fake(t), t.TempDir()
		path, err := credentialstest.WriteSSO(home, "corp", end, true)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b = []byte(strings.Replace(string(b), end.Add(90*24*time.Hour).UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339), 1))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		sso := ssoFor(s, home)
		sso.Now = func() time.Time { return end.Add(-registrationLeft) }
		if _, err := sso.Retrieve(context.Background()); (err == nil) != (renewals == 1) || s.Requests(credentialstest.OIDC) != renewals {
			t.Errorf("registration ends in %v: %d renewals, %v", registrationLeft, s.Requests(credentialstest.OIDC), err)
		}
	}
}

// TestRenewalNeedsAllThree: a sign-in without a refresh token, client id or secret is not renewed, nor one of the older form.
func TestRenewalNeedsAllThree(t *testing.T) {
	for _, member := range []string{`"refreshToken"`, `"clientId"`, `"clientSecret"`, ""} {
		s, home := fake(t), t.TempDir()
		path := writeSSO(t, home, -time.Hour, true)
		sso := ssoFor(s, home)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if member == "" {
			sso.StartURL, sso.SessionName = "corp", "" // the older form: the file is named after the URL
		} else {
			b = []byte(strings.Replace(string(b), member, `"was`+member[1:], 1))
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := sso.Retrieve(context.Background())
		wantError(t, got, err, ErrSignIn, "the sign-in has expired")
		if n := s.Requests(credentialstest.OIDC); n != 0 {
			t.Errorf("without %s: %d renewals", member, n)
		}
	}
}

// TestQuoteName: names that a shell takes as they are have no quotes.
func TestQuoteName(t *testing.T) {
	long := strings.Repeat("a", 256)
	for name, want := range map[string]string{"dev": "dev", "a b": `"a b"`, "a/b": `"a/b"`, "_+=,.@-09azAZ": "_+=,.@-09azAZ", long: long, long + "a": printable.Quote(long + "a")} {
		if got := quoteName(name); got != want {
			t.Errorf("%.20q: %.30s", name, got)
		}
	}
}
