//go:build go1.25

package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bedrockwire/client/credentials"
	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/frame/frametest"
	"bedrockwire/signer"
)

const (
	soakARN     = "arn:aws:sts::012345678910:assumed-role/Admin/admin"
	soakRole    = "arn:aws:iam::123456789012:role/Test"
	soakRewrite = 20 * time.Millisecond // a tool needs for a file, which is empty and then half meanwhile
)

// soakWorld is a machine, its files, and the services as they see it.
type soakWorld struct {
	t    *testing.T
	rng  *rand.Rand // of the driver alone
	home string

	mu       sync.Mutex
	ahead    time.Duration        // of the machine's clock
	ends     map[string]time.Time // of every access key id that is known
	issued   int
	base     int    // generation of the long-term keys
	refresh  int    // the refresh token that serves
	access   string // the access token that the portal accepts
	accessTo time.Time
	web      string // the web identity token that serves

	down     int             // outages of the sources
	writing  int             // files that are being rewritten
	fault    time.Time       // until when there was a fault at last
	misdated map[string]bool // access key ids whose file says that they last longer than they do
	excused  time.Time       // when one of them was refused
	budget   int             // calls that may fail with one attempt since the last success: each has something to learn
	asking   int             // requests to the sources in flight
	most     int             // the most at a time
	requests int
	calls    int
	failed   int
}

func (w *soakWorld) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// issue makes an access key id that ends after life.
func (w *soakWorld) issue(kind string, life time.Duration) string {
	w.issued++
	id := kind + strconv.Itoa(w.issued)
	w.ends[id] = time.Now().Add(life)
	return id
}

func soakResponse(status int, body string, header ...string) *http.Response {
	h := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1}
}

// signature checks a signed request as a service does. It returns an error code, "" for none.
func (w *soakWorld) signature(r *http.Request, body []byte, service string) (code, message string) {
	_, scope, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	id, _, _ := strings.Cut(scope, "/")
	ends, known := w.ends[id]
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	switch {
	case !ok || err != nil:
		return "IncompleteSignature", "m"
	case !known:
		return map[string]string{"sts": "InvalidClientTokenId", "bedrock": "UnrecognizedClientException"}[service], "m"
	case at.Before(time.Now().Add(-5 * time.Minute)):
		return map[string]string{"sts": "SignatureDoesNotMatch", "bedrock": "InvalidSignatureException"}[service], "Signature expired: m"
	case at.After(time.Now().Add(5 * time.Minute)):
		return map[string]string{"sts": "SignatureDoesNotMatch", "bedrock": "InvalidSignatureException"}[service], "Signature not yet current: m"
	case !ends.After(time.Now()):
		if w.misdated[id] { // the first refusal tells
			delete(w.misdated, id)
			w.excused = time.Now()
		}
		return map[string]string{"sts": "ExpiredToken", "bedrock": "ExpiredTokenException"}[service], "m"
	}
	h := r.Header.Clone()
	h.Set("Content-Length", strconv.Itoa(len(body)))
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	keys := credentialstest.Keys(id)
	s := signer.Signer{Region: "us-east-1", Service: service}
	if err := s.Verify(&signer.Request{Method: r.Method, Host: host, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Header: h,
		PayloadHash: signer.HashPayload(body)}, &keys, time.Now(), 6*time.Minute); err != nil {
		return map[string]string{"sts": "SignatureDoesNotMatch", "bedrock": "InvalidSignatureException"}[service], "does not match"
	}
	return "", ""
}

// bedrock is the service that is called.
func (w *soakWorld) bedrock(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	time.Sleep(30 * time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	if code, message := w.signature(r, body, "bedrock"); code != "" {
		return soakResponse(403, `{"message":"`+message+`"}`, "X-Amzn-Errortype", code), nil
	}
	return soakResponse(200, string(frametest.ChunkFrame([]byte("{}"), 3)), "Content-Type", "application/vnd.amazon.eventstream"), nil
}

// sources are STS, IAM Identity Center and the sign-in service.
func (w *soakWorld) sources(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	w.mu.Lock()
	w.requests++
	w.asking++
	w.most = max(w.most, w.asking)
	kind := w.down
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.asking--
		w.mu.Unlock()
	}()
	time.Sleep(50 * time.Millisecond)
	if kind > 0 {
		switch w.requests % 3 {
		case 0:
			return nil, errors.New("connection refused")
		case 1:
			return soakResponse(503, "down"), nil
		}
		return soakResponse(429, "slow down"), nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch r.URL.Path {
	case "/federation/credentials":
		if r.Header.Get("X-Amz-Sso_bearer_token") != w.access || !w.accessTo.After(time.Now()) {
			return soakResponse(401, `{"message":"m"}`), nil
		}
		k := credentialstest.Keys(w.issue("ASIASSO", time.Hour))
		return soakResponse(200, fmt.Sprintf(`{"roleCredentials":{"accessKeyId":%q,"secretAccessKey":%q,"sessionToken":%q,"expiration":%d}}`,
			k.AccessKeyID, k.SecretAccessKey, k.SessionToken, w.ends[k.AccessKeyID].UnixMilli())), nil
	case "/token":
		if !w.useRefreshToken(body) {
			return soakResponse(400, `{"error":"invalid_grant"}`), nil
		}
		return soakResponse(200, fmt.Sprintf(`{"accessToken":%q,"expiresIn":3600,"refreshToken":"refresh-%d"}`, w.access, w.refresh)), nil
	case "/v1/token":
		parts := strings.Split(r.Header.Get("Dpop"), ".")
		payload, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
		var proof struct{ Iat int64 }
		if err != nil || json.Unmarshal(payload, &proof) != nil || time.Since(time.Unix(proof.Iat, 0)).Abs() > time.Minute {
			return soakResponse(400, `{"error":"INVALID_REQUEST"}`), nil
		}
		if !w.useRefreshToken(body) {
			return soakResponse(400, `{"error":"TOKEN_EXPIRED"}`), nil
		}
		k := credentialstest.Keys(w.issue("ASIALOGIN", 15*time.Minute))
		return soakResponse(200, fmt.Sprintf(`{"accessToken":{"accessKeyId":%q,"secretAccessKey":%q,"sessionToken":%q},"expiresIn":900,"refreshToken":"refresh-%d"}`,
			k.AccessKeyID, k.SecretAccessKey, k.SessionToken, w.refresh)), nil
	}
	form, _ := url.ParseQuery(string(body))
	action, life := form.Get("Action"), time.Hour
	code, message := "", ""
	if action == "AssumeRole" {
		life = 15 * time.Minute
		code, message = w.signature(r, body, "sts")
	} else if form.Get("WebIdentityToken") != w.web {
		code = "ExpiredTokenException"
	}
	if code != "" {
		return soakResponse(403, "<ErrorResponse><Error><Code>"+code+"</Code><Message>"+message+"</Message></Error></ErrorResponse>"), nil
	}
	k := credentialstest.Keys(w.issue("ASIAROLE", life))
	return soakResponse(200, fmt.Sprintf("<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>%[3]s</SecretAccessKey>"+
		"<SessionToken>%[4]s</SessionToken><Expiration>%[5]s</Expiration></Credentials></%[1]sResult></%[1]sResponse>",
		action, k.AccessKeyID, k.SecretAccessKey, k.SessionToken, w.ends[k.AccessKeyID].UTC().Format(time.RFC3339Nano))), nil
}

// useRefreshToken takes a refresh token, which serves once, and issues the next one and an access token.
func (w *soakWorld) useRefreshToken(body []byte) bool {
	var in struct{ RefreshToken string }
	if json.Unmarshal(body, &in) != nil || in.RefreshToken != "refresh-"+strconv.Itoa(w.refresh) {
		return false
	}
	w.refresh++
	w.access, w.accessTo = "access-"+strconv.Itoa(w.refresh), time.Now().Add(time.Hour)
	return true
}

// rewrite writes a file in place, as slowly as tools do: it is empty for a moment, then half there, then whole.
func (w *soakWorld) rewrite(path, contents string) {
	w.mark(&w.writing, 1)
	for _, part := range []string{"", contents[:len(contents)/2], contents} {
		if err := os.WriteFile(path, []byte(part), 0o600); err != nil {
			w.t.Error(err)
		}
		time.Sleep(soakRewrite / 3)
	}
	w.mark(&w.writing, -1)
}

// mark begins or ends a fault.
func (w *soakWorld) mark(fault *int, by int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*fault += by
	w.fault = time.Now()
}

// soakSource is a kind of credentials.
type soakSource struct {
	name   string
	config string // of the shared config file; HOME stands for the home directory
	start  func(w *soakWorld)
	rotate func(w *soakWorld) // what another program does at random moments, about once an hour
}

// soakKeys writes the next generation of long-term keys, and lets the old one end.
func soakKeys(w *soakWorld) {
	w.mu.Lock()
	old := "AKIA" + strconv.Itoa(w.base)
	w.base++
	k := credentialstest.Keys("AKIA" + strconv.Itoa(w.base))
	w.ends[k.AccessKeyID] = time.Now().Add(1000 * time.Hour)
	w.mu.Unlock()
	w.rewrite(filepath.Join(w.home, ".aws", "credentials"), "[base]\naws_access_key_id = "+k.AccessKeyID+"\naws_secret_access_key = "+k.SecretAccessKey+"\n")
	w.mu.Lock()
	delete(w.ends, old)
	w.budget++
	w.mu.Unlock()
}

// soakSignIn is what the AWS CLI does with a refresh token: it dates the file by the machine's clock.
func soakSignIn(w *soakWorld, path string, file func(expires string) string, life time.Duration) {
	w.mu.Lock()
	if w.down > 0 {
		w.mu.Unlock()
		return
	}
	body, _ := os.ReadFile(path)
	if !w.useRefreshToken(body) {
		w.mu.Unlock()
		return
	}
	text := file(time.Now().Add(w.ahead + life).UTC().Format(time.RFC3339))
	w.mu.Unlock()
	w.rewrite(path, text)
}

func soakLogin(w *soakWorld) {
	path, template := filepath.Join(w.home, ".aws", "login-path"), filepath.Join(w.home, ".aws", "login-template")
	at, err := os.ReadFile(path)
	if err != nil { // the first time
		made, err := credentialstest.WriteLogin(w.home, soakARN, time.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		at = []byte(made)
		b, _ := os.ReadFile(made)
		os.WriteFile(path, at, 0o600)
		os.WriteFile(template, b, 0o600)
		os.WriteFile(made, bytes.ReplaceAll(b, []byte(`"refresh-token"`), []byte(`"refresh-0"`)), 0o600)
	}
	soakSignIn(w, string(at), func(expires string) string {
		var m map[string]any
		b, _ := os.ReadFile(template)
		if err := json.Unmarshal(b, &m); err != nil {
			w.t.Error(err)
		}
		k := credentialstest.Keys(w.issue("ASIALOGIN", 15*time.Minute))
		m["accessToken"] = map[string]string{"accessKeyId": k.AccessKeyID, "secretAccessKey": k.SecretAccessKey, "sessionToken": k.SessionToken, "expiresAt": expires}
		w.misdated[k.AccessKeyID] = w.ahead > 0
		m["refreshToken"] = "refresh-" + strconv.Itoa(w.refresh)
		b, _ = json.Marshal(m)
		return string(b)
	}, 15*time.Minute)
}

func soakSSO(w *soakWorld) {
	path := filepath.Join(w.home, ".aws", "sso-path")
	at, err := os.ReadFile(path)
	if err != nil { // the first time
		made, err := credentialstest.WriteSSO(w.home, "corp", time.Now(), true)
		if err != nil {
			w.t.Fatal(err)
		}
		at = []byte(made)
		b, _ := os.ReadFile(made)
		os.WriteFile(path, at, 0o600)
		os.WriteFile(made, bytes.ReplaceAll(b, []byte(`"refresh-token"`), []byte(`"refresh-0"`)), 0o600)
	}
	soakSignIn(w, string(at), func(expires string) string {
		return fmt.Sprintf(`{"accessToken":%q,"expiresAt":%q,"refreshToken":"refresh-%d","clientId":"c","clientSecret":"s","registrationExpiresAt":"2099-01-01T00:00:00Z"}`,
			w.access, expires, w.refresh)
	}, time.Hour)
}

// soakWeb rotates the web identity token. The old one serves until the new one is written.
func soakWeb(w *soakWorld) {
	w.mu.Lock()
	w.issued++
	next := "web.token." + strconv.Itoa(w.issued)
	w.mu.Unlock()
	w.rewrite(filepath.Join(w.home, "token"), next)
	w.mu.Lock()
	w.web = next
	w.mu.Unlock()
}

var soakSources = []soakSource{
	{"keys", "[default]\nsource_profile = base\n", soakKeys, soakKeys},
	{"role", "[profile role]\nrole_arn = " + soakRole + "\nsource_profile = base\n", soakKeys, soakKeys},
	{"web identity", "[profile role]\nrole_arn = " + soakRole + "\nweb_identity_token_file = HOME/token\n", soakWeb, soakWeb},
	{"SSO", "[profile role]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://x\n", soakSSO, soakSSO},
	{"login", "[profile role]\nlogin_session = " + soakARN + "\n", soakLogin, soakLogin},
}

// TestSoakOfCredentials plays ten days (one with -short) of programs that call once in a few minutes, three calls at a time. Meanwhile
// the long-term keys and tokens rotate, the clock jumps, files are rewritten in place, and the sources fail. A call may
// fail while a fault lasts. With one attempt, a call may also fail where it is the first to learn of a change. No other may
// fail, and no source is asked twice at a time.
func TestSoakOfCredentials(t *testing.T) {
	length := 10 * 24 * time.Hour
	if testing.Short() {
		length = 24 * time.Hour
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("SOAK_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("SOAK_SEED=%d", seed)
	for i, source := range soakSources {
		for _, attempts := range []int{1, 3} {
			t.Run(source.name+", "+strconv.Itoa(attempts)+" attempts", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &soakWorld{t: t, rng: rand.New(rand.NewPCG(seed, uint64(10*i+attempts))), home: t.TempDir(), ends: map[string]time.Time{}, misdated: map[string]bool{}}
					w.run(source, attempts, length)
					t.Logf("%d calls, %d failed while they might, %d requests to the source", w.calls, w.failed, w.requests)
				})
			})
		}
	}
}

func (w *soakWorld) run(source soakSource, attempts int, length time.Duration) {
	t := w.t
	if err := os.MkdirAll(filepath.Join(w.home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeConfig := filepath.Join(w.home, ".aws", "config")
	if err := os.WriteFile(writeConfig, []byte(strings.ReplaceAll(source.config, "HOME", w.home)), 0o600); err != nil {
		t.Fatal(err)
	}
	source.start(w)
	profile := "role"
	if source.name == "keys" {
		profile = "base"
	}
	env := map[string]string{"HOME": w.home, "AWS_PROFILE": profile, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
	chain := &credentials.Chain{Getenv: func(name string) string { return env[name] }, Transport: roundTripper(w.sources), Now: w.now,
		LoginRenewal: credentials.RenewLogin}
	c := newClient(t, "https://bedrock-runtime.us-east-1.amazonaws.com", func(cfg *Config) {
		cfg.Transport, cfg.Now, cfg.Credentials = roundTripper(w.bedrock), w.now, chain.Retrieve
		cfg.Retry.MaxAttempts = attempts
	})
	hour := func(n float64) bool { return w.rng.Float64() < n/12 } // a step is 5 minutes on average
	for began := time.Now(); time.Since(began) < length; {
		time.Sleep(time.Duration(w.rng.Int64N(int64(10 * time.Minute))))
		var events sync.WaitGroup
		during := func(f func()) { // at a random moment around the calls of this step
			wait := time.Duration(w.rng.Int64N(int64(400 * time.Millisecond)))
			if w.rng.IntN(2) == 0 {
				events.Go(func() { time.Sleep(wait); f() })
				return
			}
			f()
		}
		if hour(1) {
			during(func() { source.rotate(w) })
		}
		if hour(0.5) {
			limit := []time.Duration{10 * time.Minute, 3 * time.Hour, 10 * time.Hour}[w.rng.IntN(3)]
			ahead := time.Duration(w.rng.Int64N(int64(2*limit))) - limit
			if w.rng.IntN(3) == 0 {
				ahead = 0 // somebody has set it right
			}
			during(func() {
				w.mu.Lock()
				w.ahead, w.fault = ahead, time.Now()
				w.budget++
				w.mu.Unlock()
			})
		}
		if hour(0.5) {
			lasts := time.Duration(w.rng.Int64N(int64(40 * time.Minute)))
			w.mark(&w.down, 1)
			go func() { time.Sleep(lasts); w.mark(&w.down, -1) }()
		}
		if hour(0.2) && source.name != "keys" { // the service ends a session early
			w.mu.Lock()
			for id := range w.ends {
				if strings.HasPrefix(id, "ASIA") {
					w.ends[id] = time.Now()
				}
			}
			w.budget++
			w.mu.Unlock()
		}
		w.round(c, source.name, attempts)
		events.Wait()
		w.mu.Lock()
		for id, ends := range w.ends {
			if time.Since(ends) > time.Hour {
				delete(w.ends, id)
			}
		}
		w.mu.Unlock()
	}
	time.Sleep(time.Hour) // until the last fault and the last fetch have ended
	if w.most > 1 {
		t.Errorf("%d requests to the source at a time", w.most)
	}
	if w.calls == w.failed {
		t.Error("no call succeeded")
	}
}

// round makes three calls at a time.
func (w *soakWorld) round(c *Client, name string, attempts int) {
	w.mu.Lock()
	began, known := time.Now(), w.budget
	w.mu.Unlock()
	var calls sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		calls.Go(func() {
			s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			if err == nil {
				s.Close()
			}
			errs[i] = err
		})
	}
	calls.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls += len(errs)
	err := errors.Join(errs...)
	if err == nil {
		w.budget -= known // not what has changed meanwhile
		return
	}
	for _, e := range errs {
		if e != nil {
			w.failed++
		}
	}
	switch {
	case w.down > 0 || w.writing > 0 || !w.fault.Before(began): // a fault lasts, or ended meanwhile
	case attempts == 1 && w.budget > 0:
		w.budget--
	case attempts == 1 && !w.excused.Before(began):
	default:
		w.t.Errorf("at %v, clock %v ahead, %v after the last fault: %v", time.Now().Format(time.DateTime), w.ahead, began.Sub(w.fault), err)
	}
}
