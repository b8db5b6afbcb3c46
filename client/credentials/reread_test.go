//go:build go1.25

package credentials

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"bedrockwire/client/credentials/credentialstest"
)

// TestAnotherProcessWins: where a refresh token was used by another process, what that process got in return is read from
// the file, also where it comes a moment later.
func TestAnotherProcessWins(t *testing.T) {
	for _, r := range []struct {
		name   string
		writes time.Duration // after the refusal; -1: never
		status int
		want   error
		takes  time.Duration // at most
	}{
		{"before the refusal", 0, 400, nil, 0},
		{"a moment after it", 100 * time.Millisecond, 400, nil, 200 * time.Millisecond},
		{"at the last look", 300 * time.Millisecond, 400, nil, 400 * time.Millisecond},
		{"never", -1, 400, ErrSignIn, 400 * time.Millisecond},
		{"service down, and another process wins", 0, 500, nil, time.Second},
		{"service down", -1, 500, ErrSource, time.Second},
	} {
		for name, provider := range map[string]func(home string, rt http.RoundTripper) (Provider, string){
			"SSO": func(home string, rt http.RoundTripper) (Provider, string) {
				p := &SSO{SessionName: "corp", StartURL: "https://x", Region: "us-east-1", AccountID: "1", RoleName: "Dev", CacheDir: filepath.Join(home, ".aws", "sso", "cache"), Transport: rt}
				path, err := credentialstest.WriteSSO(home, "corp", time.Now().Add(-time.Hour), true)
				if err != nil {
					t.Fatal(err)
				}
				return p.Retrieve, path
			},
			"Login": func(home string, rt http.RoundTripper) (Provider, string) {
				path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(-time.Hour))
				if err != nil {
					t.Fatal(err)
				}
				return (&Login{Session: loginARN, CacheDir: filepath.Dir(path), Region: "us-east-1", Transport: rt, Renew: RenewLogin}).Retrieve, path
			},
		} {
			synctest.Test(t, func(t *testing.T) {
				home := t.TempDir()
				var retrieve Provider
				var path string
				write := func() {
					rewrite(t, path, time.Now().Add(-time.Hour).UTC().Format("2006-01-02T15"), time.Now().Add(time.Hour).UTC().Format("2006-01-02T15"))
					if name == "SSO" {
						rewrite(t, path, credentialstest.AccessToken, "another-token")
					}
				}
				written := make(chan struct{})
				retrieve, path = provider(home, tripper(func(q *http.Request) (*http.Response, error) {
					if q.URL.Path == "/federation/credentials" {
						if q.Header.Get("X-Amz-Sso_bearer_token") != "another-token" {
							t.Errorf("%s: the portal got another token", r.name)
						}
						return respond(200, `{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"S","sessionToken":"T","expiration":4000000000000}}`), nil
					}
					switch {
					case r.writes == 0:
						write()
						r.writes = -1
						close(written)
					case r.writes > 0:
						time.AfterFunc(r.writes, func() { write(); close(written) })
						r.writes = -1
					}
					return respond(r.status, `{"error":"invalid_grant"}`), nil
				}))
				wait, writes := r.writes >= 0, r.writes
				began := time.Now()
				got, err := retrieve(context.Background())
				if (r.want == nil) != (err == nil) || r.want != nil && !errors.Is(err, r.want) || err == nil && got.AccessKeyID == "" {
					t.Errorf("%s, %s: %v, %v", name, r.name, got, err)
				}
				if took := time.Since(began); took > r.takes {
					t.Errorf("%s, %s: took %v", name, r.name, took)
				}
				if wait {
					<-written
				}
				r.writes = writes
			})
		}
	}
}

// TestFilesThatAreBeingWritten: a file that is absent, empty or half for a moment is read again. One that stays so is an
// error after that moment, and a caller that gives up does not wait for it.
func TestFilesThatAreBeingWritten(t *testing.T) {
	keys := `{"roleCredentials":{"accessKeyId":"A","secretAccessKey":"S","sessionToken":"T","expiration":4000000000000}}`
	xml := `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey>` +
		`<SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
	reply := func(body string) http.RoundTripper {
		return tripper(func(*http.Request) (*http.Response, error) { return respond(200, body), nil })
	}
	providers := []struct {
		name     string
		absent   bool // an absent file is waited for
		provider func(t *testing.T, home string) (Provider, string)
		kind     error
	}{
		{"SSO", false, func(t *testing.T, home string) (Provider, string) {
			path := writeSSO(t, home, time.Hour, true)
			return (&SSO{SessionName: "corp", StartURL: "https://x", Region: "us-east-1", AccountID: "1", RoleName: "Dev", CacheDir: filepath.Dir(path), Transport: reply(keys)}).Retrieve, path
		}, ErrSignIn},
		{"Login", false, func(t *testing.T, home string) (Provider, string) {
			path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			return (&Login{Session: loginARN, CacheDir: filepath.Dir(path)}).Retrieve, path
		}, ErrSignIn},
		{"WebIdentity", true, func(t *testing.T, home string) (Provider, string) {
			path := filepath.Join(home, "token")
			writeFile(t, path, credentialstest.WebToken)
			return (&WebIdentity{TokenFile: path, RoleARN: testRole, STS: STS{Region: "us-east-1", Transport: reply(xml)}}).Retrieve, path
		}, ErrConfig},
		{"Container", true, func(t *testing.T, home string) (Provider, string) {
			path := filepath.Join(home, "token")
			writeFile(t, path, credentialstest.ContainerToken)
			c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path)
			c.Transport = reply(`{"AccessKeyId":"A","SecretAccessKey":"S"}`)
			return c.Retrieve, path
		}, ErrConfig},
	}
	cause := errors.New("the caller had enough")
	for _, p := range providers {
		for _, r := range []struct {
			name   string
			start  func(whole string) string // "absent", or the contents
			back   time.Duration             // when the file is whole again; 0: never
			giveUp time.Duration             // when the caller does; 0: never
		}{
			{"empty for a moment", func(string) string { return "" }, 100 * time.Millisecond, 0},
			{"half for a moment", func(s string) string { return s[:len(s)/2] }, 100 * time.Millisecond, 0},
			{"absent for a moment", func(string) string { return "absent" }, 100 * time.Millisecond, 0},
			{"empty forever", func(string) string { return "" }, 0, 0},
			{"absent forever", func(string) string { return "absent" }, 0, 0},
			{"empty, and the caller gives up", func(string) string { return "" }, 0, 50 * time.Millisecond},
		} {
			if r.name == "half for a moment" && p.absent {
				continue // half a token is a token
			}
			synctest.Test(t, func(t *testing.T) {
				home := t.TempDir()
				retrieve, path := p.provider(t, home)
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				whole := string(b)
				if start := r.start(whole); start == "absent" {
					os.Remove(path)
				} else {
					writeFile(t, path, start)
				}
				if r.back > 0 {
					time.AfterFunc(r.back, func() { writeFile(t, path, whole) })
				}
				ctx, cancel := context.WithCancelCause(context.Background())
				defer cancel(nil)
				if r.giveUp > 0 {
					time.AfterFunc(r.giveUp, func() { cancel(cause) })
				}
				began := time.Now()
				got, err := retrieve(ctx)
				took := time.Since(began)
				good := r.back > 0 && (p.absent || r.name != "absent for a moment")
				switch {
				case good && (err != nil || got.AccessKeyID == "" || took < r.back):
					t.Errorf("%s, %s: %v, %v after %v", p.name, r.name, got, err, took)
				case !good && r.giveUp == 0 && !errors.Is(err, p.kind) || r.giveUp > 0 && !errors.Is(err, cause):
					t.Errorf("%s, %s: %v", p.name, r.name, err)
				case took > time.Second || r.giveUp > 0 && took != r.giveUp:
					t.Errorf("%s, %s: took %v", p.name, r.name, took)
				case !p.absent && errors.Is(err, fs.ErrNotExist) && took != 0:
					t.Errorf("%s, %s: %v for a person who has not signed in", p.name, r.name, took)
				}
				time.Sleep(time.Second) // until the last writer has ended
			})
		}
	}
}
