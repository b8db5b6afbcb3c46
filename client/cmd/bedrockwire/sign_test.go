package main

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/model/text"
)

// signWorld is a world with the example keys of AWS's documentation, at a fixed time.
func signWorld(t *testing.T, id, secret, at string) *world {
	t.Helper()
	w := newWorld(t, "AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret)
	now, err := time.Parse("20060102T150405Z", at)
	if err != nil {
		t.Fatal(err)
	}
	w.now = func() time.Time { return now }
	return w
}

func suiteWorld(t *testing.T) *world {
	return signWorld(t, "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830T123600Z")
}

// TestSignVectors has published signatures: of AWS's Signature Version 4 test suite, and of the
// Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".
func TestSignVectors(t *testing.T) {
	const scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
	for _, row := range []struct{ name, method, url, signature string }{
		{"get-vanilla", "GET", "https://example.amazonaws.com/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla without a path", "GET", "https://example.amazonaws.com", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"get-vanilla with the port", "GET", "https://example.amazonaws.com:443/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		{"post-vanilla", "POST", "https://example.amazonaws.com/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := suiteWorld(t)
			w.want(t, exitOK, "sign", "-service", "service", "-region", "us-east-1", row.method, row.url)
			if want := "Authorization: " + scope + row.signature + "\nX-Amz-Date: 20150830T123600Z\n"; w.out.String() != want {
				t.Errorf("printed %q, want %q", w.out.String(), want)
			}
		})
	}
	t.Run("presigned S3", func(t *testing.T) {
		w := signWorld(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524T000000Z")
		w.set("AWS_REGION=us-east-1")
		w.want(t, exitOK, "sign", "-service", "s3", "-presign", "24h", "GET", "https://examplebucket.s3.amazonaws.com/test.txt")
		const signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
		if got := w.out.String(); !strings.HasPrefix(got, "https://examplebucket.s3.amazonaws.com/test.txt?") || !strings.HasSuffix(got, "X-Amz-Signature="+signature+"\n") {
			t.Errorf("printed %q", got)
		}
	})
}

// send sends a request with printed header lines.
func send(t *testing.T, method, url, lines string, body []byte) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(lines) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			t.Fatalf("no header line: %q", line)
		}
		r.Header[textproto.CanonicalMIMEHeaderKey(name)] = append(r.Header[name], value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// TestSignAccepted sends what sign prints to a server that verifies it.
func TestSignAccepted(t *testing.T) {
	body, err := text.Prompt(testModel, "signed by hand", 10)
	if err != nil {
		t.Fatal(err)
	}
	name := saved(t, body)
	s := bedrocktest.NewUnstartedServer()
	s.Credentials = bedrocktest.Credentials()
	s.Credentials.SessionToken = "a/session+token=="
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	url := s.URL + "/model/" + strings.ReplaceAll(testModel, ":", "%3A") + "/invoke-with-response-stream"
	w := newWorld(t, keysOf(s)...)
	w.set("AWS_SESSION_TOKEN=" + s.Credentials.SessionToken)
	args := []string{"sign", "-region", "us-east-1", "-header", "content-type: application/json", "-header", "X-Amzn-Bedrock-Trace:  ENABLED ", "-body"}

	w.want(t, exitOK, append(args, name, "POST", url)...)
	if answer := send(t, "POST", url, w.out.String(), body); answer.StatusCode != 200 {
		said, _ := io.ReadAll(answer.Body)
		t.Errorf("status %d: %s", answer.StatusCode, said)
	}
	for _, want := range []string{"Content-Type: application/json\n", "X-Amz-Security-Token: a/session+token==\n", "X-Amzn-Bedrock-Trace: ENABLED\n"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, w.out.String())
		}
	}
	w.stdin = bytes.NewReader(body)
	w.want(t, exitOK, append(args, "-", "POST", url)...)
	if answer := send(t, "POST", url, w.out.String(), body); answer.StatusCode != 200 {
		t.Errorf("body from standard input: status %d", answer.StatusCode)
	}
	if answer := send(t, "POST", url, w.out.String(), append(body, ' ')); answer.StatusCode != 403 {
		t.Errorf("another body: status %d", answer.StatusCode)
	}
	w.want(t, exitOK, "sign", "-region", "us-east-1", "-presign", "5m", "-body", name, "POST", url)
	if answer := send(t, "POST", strings.TrimSuffix(w.out.String(), "\n"), "", body); answer.StatusCode != 200 {
		said, _ := io.ReadAll(answer.Body)
		t.Errorf("presigned: status %d: %s", answer.StatusCode, said)
	}
}

func TestSignRefused(t *testing.T) {
	const canary = "canary-of-a-secret"
	const url = "https://example.com/"
	missing := filepath.Join(t.TempDir(), "missing")
	for _, row := range []struct {
		name   string
		vars   []string
		args   []string
		status int
		err    string
	}{
		{"no arguments", nil, nil, exitUsage, "METHOD and URL"},
		{"one argument", nil, []string{"GET"}, exitUsage, "METHOD and URL"},
		{"three arguments", nil, []string{"GET", url, "x"}, exitUsage, "unexpected argument"},
		{"no region", []string{"AWS_REGION="}, []string{"GET", url}, exitConfig, "-region"},
		{"no region and no such profile", []string{"AWS_REGION="}, []string{"-profile", "nobody", "GET", url}, exitConfig, "nobody"},
		{"no service", nil, []string{"-service", "", "GET", url}, exitUsage, "Service"},
		{"no scheme", nil, []string{"GET", "example.com/x"}, exitUsage, "https://"},
		{"other scheme", nil, []string{"GET", "ftp://example.com/x"}, exitUsage, "https://"},
		{"no host", nil, []string{"GET", "https:///x"}, exitUsage, "host"},
		{"malformed", nil, []string{"GET", "https://me:" + canary + "@exa mple/%zz"}, exitUsage, "malformed"},
		{"user", nil, []string{"GET", "https://me:" + canary + "@example.com/"}, exitUsage, "user"},
		{"fragment", nil, []string{"GET", url + "#x"}, exitUsage, "fragment"},
		{"blank in the path", nil, []string{"GET", url + "a b"}, exitUsage, "/a%20b"},
		{"path beyond ASCII", nil, []string{"GET", url + "\u00e9"}, exitUsage, "/%C3%A9"},
		{"blank in the query", nil, []string{"GET", url + "?a=b c"}, exitUsage, "a blank is %20"},
		{"host beyond ASCII", nil, []string{"GET", "https://b\u00fccher.example/"}, exitUsage, "xn--"},
		{"header without colon", nil, []string{"-header", canary, "GET", url}, exitUsage, "-header"},
		{"host header", nil, []string{"-header", "host: x", "GET", url}, exitUsage, "Host"},
		{"line feed in a header", nil, []string{"-header", "X-A: b\r\nX-C: " + canary, "GET", url}, exitUsage, "Header"},
		{"method", nil, []string{"G E T", url}, exitUsage, "Method"},
		{"missing body", nil, []string{"-body", missing, "GET", url}, exitOther, ""},
		{"zero presign", nil, []string{"-presign", "0s", "GET", url}, exitUsage, "positive"},
		{"long presign", nil, []string{"-presign", "169h", "GET", url}, exitUsage, "expires"},
		{"no keys", []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}, []string{"GET", url}, exitConfig, "AWS_ACCESS_KEY_ID"},
		{"an API key", []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_BEARER_TOKEN_BEDROCK=" + canary}, []string{"GET", url}, exitConfig, "can't sign"},
		{"half the keys", []string{"AWS_ACCESS_KEY_ID="}, []string{"GET", url}, exitConfig, ""},
		{"secret with a control character", []string{"AWS_SECRET_ACCESS_KEY=ti\tny"}, []string{"GET", url}, exitConfig, "Secret"},
		{"unknown profile", nil, []string{"-profile", "nobody", "GET", url}, exitConfig, "nobody"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := suiteWorld(t)
			w.set("AWS_REGION=us-east-1")
			w.set(row.vars...)
			w.want(t, row.status, append([]string{"sign"}, row.args...)...)
			if !strings.Contains(w.err.String(), row.err) {
				t.Errorf("it said %q, want %q in it", w.err.String(), row.err)
			}
			if w.out.Len() > 0 || strings.Contains(w.err.String(), canary) || strings.Contains(w.err.String(), "wJalrXUtnFEMI") {
				t.Errorf("it printed %q and %q", w.out.String(), w.err.String())
			}
		})
	}
}

// TestSignProfile takes keys from the shared files.
func TestSignProfile(t *testing.T) {
	w := newWorld(t, "AWS_REGION=us-east-1")
	w.now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = 0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.set("AWS_SHARED_CREDENTIALS_FILE=" + file)
	w.want(t, exitOK, "sign", "-profile", "work", "GET", "https://example.com/")
	if !strings.Contains(w.out.String(), "Credential=AKIDWORK/") {
		t.Errorf("printed %q", w.out.String())
	}
	w.set("AWS_PROFILE=work")
	w.want(t, exitOK, "invoke", "-explain")
	for _, want := range []string{"region: us-east-1 (AWS_REGION)\n", "shared profile"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, w.out.String())
		}
	}
	if strings.Contains(w.out.String(), "0123456789abcdef") {
		t.Error("the secret was printed")
	}
	w.set("AWS_ENDPOINT_URL=http://gateway.example")
	w.want(t, exitConfig, "invoke", "-explain")
	if out := w.out.String(); !strings.Contains(out, "endpoint: http://gateway.example (AWS_ENDPOINT_URL)\n") || !strings.Contains(out, "error: bedrockwire: Endpoint") {
		t.Errorf("of an endpoint that is refused it printed\n%s", out)
	}
	w.want(t, exitUsage, "invoke", "-explain", "-endpoint", "http://gateway.example")
	w.set("AWS_ENDPOINT_URL=", "AWS_REGION=")
	w.want(t, exitConfig, "invoke", "-explain")
	if out := w.out.String(); !strings.Contains(out, "region: none\n") || !strings.Contains(out, "error: bedrockwire: Region") {
		t.Errorf("without a region it printed\n%s", out)
	}
	w.set("AWS_REGION=us-east-1", "AWS_PROFILE=nobody")
	w.want(t, exitConfig, "invoke", "-explain")
	w.want(t, exitConfig, "invoke", "-model", testModel, "-prompt", "x")
	if !strings.Contains(w.err.String(), "nobody") {
		t.Errorf("it said %q", w.err.String())
	}
}

// TestSignRegion takes the region from where the flag's description says.
func TestSignRegion(t *testing.T) {
	w := newWorld(t, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=0123456789abcdef")
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[default]\nregion = eu-west-1\n[profile work]\nregion = ap-south-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.set("AWS_CONFIG_FILE=" + file)
	for _, row := range []struct {
		vars []string
		args []string
		want string
	}{
		{nil, nil, "eu-west-1"},
		{[]string{"AWS_PROFILE=work"}, nil, "ap-south-1"},
		{[]string{"AWS_DEFAULT_REGION=us-west-1"}, nil, "us-west-1"},
		{[]string{"AWS_REGION=us-west-2"}, nil, "us-west-2"},
		{[]string{"AWS_REGION=fips-us-east-1"}, nil, "us-east-1"},
		{nil, []string{"-region", "us-gov-west-1-fips"}, "us-gov-west-1"},
		{nil, []string{"-region", "RegionOne"}, "RegionOne"}, // of a service that is not AWS's
	} {
		w.set(row.vars...)
		w.want(t, exitOK, append(append([]string{"sign"}, row.args...), "GET", "https://example.com/")...)
		if !strings.Contains(w.out.String(), "/"+row.want+"/bedrock/aws4_request") {
			t.Errorf("%v %v: want region %s in %q", row.vars, row.args, row.want, w.out.String())
		}
	}
}

// TestSignAuthorities: a role's keys come from a service whose certificate only AWS_CA_BUNDLE
// vouches for, as with a proxy that opens TLS.
func TestSignAuthorities(t *testing.T) {
	fake, err := credentialstest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	sts := httptest.NewUnstartedServer(fake)
	sts.Config.ErrorLog = log.New(io.Discard, "", 0)
	sts.StartTLS()
	defer sts.Close()
	dir := t.TempDir()
	keys := credentialstest.Keys("AKIABASE")
	config, bundle := filepath.Join(dir, "config"), filepath.Join(dir, "ca.pem")
	for name, text := range map[string]string{
		config: "[default]\nrole_arn = arn:aws:iam::123456789012:role/Dev\naws_access_key_id = AKIABASE\naws_secret_access_key = " + keys.SecretAccessKey + "\n",
		bundle: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: sts.Certificate().Raw})),
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t, "AWS_REGION=us-east-1", "AWS_CONFIG_FILE="+config, "AWS_ENDPOINT_URL_STS="+sts.URL)
	w.want(t, exitConfig, "sign", "GET", "https://example.com/")
	w.set("AWS_CA_BUNDLE=" + bundle)
	w.want(t, exitOK, "sign", "GET", "https://example.com/")
	if !strings.Contains(w.out.String(), "Credential=ASIAROLEDEV/") {
		t.Errorf("printed %q", w.out.String())
	}
	w.set("AWS_CA_BUNDLE=" + filepath.Join(dir, "missing"))
	w.want(t, exitConfig, "sign", "GET", "https://example.com/")
	if !strings.Contains(w.err.String(), "AWS_CA_BUNDLE") {
		t.Errorf("it said %q", w.err.String())
	}
}

// TestExplainMFA: -explain asks for no code. It says that the call would assume the role.
func TestExplainMFA(t *testing.T) {
	w := newWorld(t, "AWS_REGION=us-east-1")
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[default]\nrole_arn = arn:aws:iam::123456789012:role/x\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"+
		"aws_access_key_id = AKIDWORK\naws_secret_access_key = 0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.set("AWS_CONFIG_FILE=" + file)
	w.want(t, exitConfig, "invoke", "-explain") // nobody is there
	w.stdinSink, w.stderrSink = screen, screen
	w.want(t, exitOK, "invoke", "-explain")
	if !strings.Contains(w.out.String(), "role/x") || w.err.Len() > 0 {
		t.Errorf("it printed %q and %q", w.out.String(), w.err.String())
	}
}

// TestExpiredSignIn says what to do about a sign-in that is over.
func TestExpiredSignIn(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("[profile work]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n"+
		"[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.set("AWS_CONFIG_FILE="+file, "AWS_PROFILE=work")
	for _, args := range [][]string{{"invoke", "-model", testModel, "-prompt", "x"}, {"model", testModel}, {"sign", "-region", "us-east-1", "GET", "https://example.com/"}} {
		w.want(t, exitConfig, args...)
		if !strings.Contains(w.err.String(), "aws sso login") {
			t.Errorf("%s said %q", args[0], w.err.String())
		}
	}
}

// TestTokenCode asks for an MFA code on a terminal only.
func TestTokenCode(t *testing.T) {
	w := newWorld(t)
	var s settings
	if s.options(&w.env, false).TokenCode != nil {
		t.Error("in a pipe there is nobody to ask")
	}
	w.stdinSink, w.stderrSink = screen, screen
	if s.options(&w.env, true).TokenCode != nil {
		t.Error("standard input is the body")
	}
	w.stdin = strings.NewReader(" 123456\n")
	code, err := s.options(&w.env, false).TokenCode(t.Context(), "arn:aws:iam::1:mfa/me\x1b[2J")
	if code != "123456" || err != nil || w.err.String() != "Code of the MFA device arn:aws:iam::1:mfa/me\uFFFD[2J: " {
		t.Errorf("%q, %v, %q", code, err, w.err.String())
	}
	w.stdin = strings.NewReader("")
	if _, err := s.options(&w.env, false).TokenCode(t.Context(), "x"); err == nil {
		t.Error("no code was entered, and that is not an error")
	}
}
