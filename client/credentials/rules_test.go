package credentials

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/settings"
)

// TestSTSCodes: which refusals are tried again, and which say that the source's own keys are no good.
func TestSTSCodes(t *testing.T) {
	const again, keys = 1, 2
	want := map[string]int{
		"Throttling": again, "ThrottlingException": again, "RequestLimitExceeded": again, "RequestThrottled": again,
		"TooManyRequestsException": again, "IDPCommunicationError": again, "InvalidIdentityToken": again,
		"ExpiredToken": keys, "ExpiredTokenException": keys, "InvalidClientTokenId": keys, "UnrecognizedClientException": keys,
		"InvalidAccessKeyId": keys, "InvalidToken": keys, "SignatureDoesNotMatch": keys, "InvalidSignatureException": keys,
		"AccessDenied": 0, "MalformedPolicyDocument": 0, "": 0, "~": 0,
	}
	for code, w := range want {
		e := &stsError{code: code}
		if got := e.retryable(); got != (w == again) {
			t.Errorf("%q: tried again: %v", code, got)
		}
		if got := e.credentials(); got != (w == keys) {
			t.Errorf("%q: about the keys: %v", code, got)
		}
	}
}

// TestLoginRenewalNeedsAllThree: a file without one of the three means is not asked about.
func TestLoginRenewalNeedsAllThree(t *testing.T) {
	for _, member := range []string{`"clientId"`, `"refreshToken"`, `"dpopKey"`} {
		s, home := fake(t), t.TempDir()
		path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || bytes.Count(b, []byte(member)) != 1 {
			t.Fatalf("%v in %s", err, b)
		}
		if err := os.WriteFile(path, bytes.Replace(b, []byte(member), []byte(`"was`+member[1:]), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		l := &Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: RenewLogin}
		got, err := l.Retrieve(context.Background())
		wantError(t, got, err, ErrSignIn, "no means to renew")
		if n := s.Requests(credentialstest.SignIn); n != 0 {
			t.Errorf("without %s: %d requests", member, n)
		}
	}
}

// TestLoginKeepsWhatItDoesNotKnow: members that a newer AWS CLI writes survive a renewal, beside the keys and in them.
func TestLoginKeepsWhatItDoesNotKnow(t *testing.T) {
	s, home := fake(t), t.TempDir()
	s.Lifetime(15 * time.Minute)
	path, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(b, []byte(`"accessKeyId"`)) {
		t.Fatalf("%v in %s", err, b)
	}
	b = bytes.Replace(b, []byte(`"accessKeyId"`), []byte(`"newInKeys":[1],"accessKeyId"`), 1)
	b = append([]byte(`{"newBeside":{"a":1},`), b[1:]...)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &Login{Session: loginARN, CacheDir: filepath.Dir(path), Endpoint: s.URL, Renew: RenewLogin}
	if _, err := l.Retrieve(context.Background()); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || bytes.Equal(after, b) || !bytes.Contains(after, []byte(`"newInKeys":[1]`)) || !bytes.Contains(after, []byte(`"newBeside":{"a":1}`)) {
		t.Errorf("%v: %q", err, after)
	}
}

// TestContainerRequest: the endpoint is asked with GET, for JSON.
func TestContainerRequest(t *testing.T) {
	var got *http.Request
	c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/keys")
	c.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		got = r
		return respond(200, `{"AccessKeyId":"A","SecretAccessKey":"CANARY"}`), nil
	})
	if _, err := c.Retrieve(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodGet || got.URL.String() != "http://127.0.0.1:1/keys" || got.Header.Get("Accept") != "application/json" {
		t.Errorf("%s %s %v", got.Method, got.URL, got.Header)
	}
}

// TestExchangeEndsWithItsError: a context that ends in the pause before the next try does not hide why there was to be one.
func TestExchangeEndsWithItsError(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	down := errors.New("down")
	tries := 0
	x := exchange{method: http.MethodGet, url: "http://h/", timeout: time.Minute, attempts: 50}
	a, err := x.do(ctx, tripper(func(*http.Request) (*http.Response, error) {
		if tries++; tries == 1 {
			time.AfterFunc(50*time.Millisecond, cancel)
		}
		return nil, down
	}))
	if a != nil || !errors.Is(err, down) || tries > 10 {
		t.Errorf("%v, %v after %d tries", a, err, tries)
	}
	tries = 0
	a, err = x.do(context.Background(), tripper(func(*http.Request) (*http.Response, error) {
		if tries++; tries < 3 {
			return respond(http.StatusTooManyRequests, ""), nil
		}
		return respond(200, "ok"), nil
	}))
	if err != nil || a.status != 200 || tries != 3 {
		t.Errorf("%+v, %v after %d tries", a, err, tries)
	}
}

// TestChainHandsItsClockOn: the sources of a chain ask the chain's clock, not the machine's.
func TestChainHandsItsClockOn(t *testing.T) {
	at := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	nothing := func(string) string { return "" }
	ambient, err := settings.Load(nothing, sharedfile.Profiles{}, "")
	if err != nil {
		t.Fatal(err)
	}
	d := decider{chain: &Chain{Now: func() time.Time { return at }}, getenv: nothing, out: new(Selection), ambient: ambient}
	m, err := d.metadata("")
	if err != nil || m.Now == nil || !m.Now().Equal(at) {
		t.Errorf("%+v, %v", m, err)
	}
	if dir := d.signIns("sso"); dir != "" {
		t.Errorf("without a home directory, sign-ins are in %q", dir)
	}
	d.getenv = func(name string) string { return map[string]string{"HOME": "/h", "USERPROFILE": "/h"}[name] }
	if dir := d.signIns("sso"); dir != filepath.Join("/h", ".aws", "sso", "cache") {
		t.Errorf("sign-ins are in %q", dir)
	}
}

// TestProfileWithoutKeys: the reason says what the profile lacks.
func TestProfileWithoutKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[default]\nregion = us-east-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Profile{Getenv: func(name string) string {
		return map[string]string{"AWS_CONFIG_FILE": file, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull}[name]
	}}
	got, err := p.Retrieve(context.Background())
	wantError(t, got, err, ErrNone, "the profile has no keys")
	if !strings.HasSuffix(err.Error(), "the profile has no keys") {
		t.Errorf("%v", err)
	}
}

// TestContainerStatus: every status from 200 to 299 may bring keys.
func TestContainerStatus(t *testing.T) {
	for status, good := range map[int]bool{199: false, 200: true, 299: true, 304: false, 400: false} {
		c := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/keys")
		c.Transport = tripper(func(*http.Request) (*http.Response, error) {
			return respond(status, `{"AccessKeyId":"A","SecretAccessKey":"CANARY"}`), nil
		})
		if _, err := c.Retrieve(context.Background()); (err == nil) != good || err != nil && !strings.Contains(err.Error(), "the endpoint refused: ") {
			t.Errorf("%d: %v", status, err)
		}
	}
}
