package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/text"
	"bedrockwire/signer"
)

// TestFailures has the exit status and the hint of each kind of error. TestHint of package client
// has more hints.
func TestFailures(t *testing.T) {
	said := func(code model.Code, message string) error {
		return &client.CallError{Attempts: 2, Err: &model.Error{Code: code, Message: message, StatusCode: code.Status()}}
	}
	inStream := func(err error) error { return &client.StreamError{Events: 3, Err: err} }
	html := &model.Error{Code: "200", StatusCode: 200}
	for _, row := range []struct {
		name   string
		err    error
		status int
		hint   string // a part of it
	}{
		{"nothing", nil, exitOK, ""},
		{"usage", usageFault{errors.New("x")}, exitUsage, ""},
		{"field", &model.FieldError{Field: "ModelID"}, exitUsage, ""},
		{"prompt", usageFault{&text.PromptError{Model: "x"}}, exitUsage, "-body"},
		{"region", &client.ConfigError{Field: "Region"}, exitConfig, "-region"},
		{"credentials", &client.ConfigError{Field: "Credentials"}, exitConfig, "AWS_ACCESS_KEY_ID"},
		{"endpoint of the environment", &client.ConfigError{Field: "Endpoint"}, exitConfig, "-explain"},
		{"FIPS of the environment", &client.ConfigError{Field: "FIPS"}, exitConfig, "-explain"},
		{"endpoint of a flag", usageFault{&client.ConfigError{Field: "Endpoint"}}, exitUsage, ""},
		{"setting", &config.Error{Setting: "AWS_MAX_ATTEMPTS"}, exitConfig, ""},
		{"no source", &credentials.Error{Kind: credentials.ErrNone}, exitConfig, "-explain"},
		{"sign in", &client.CredentialsError{Err: &credentials.Error{Kind: credentials.ErrSignIn, Remedy: "run aws sso login"}}, exitConfig, ""},
		{"source", &credentials.Error{Kind: credentials.ErrSource}, exitConfig, "-explain"},
		{"source that took too long", &credentials.Error{Kind: credentials.ErrSource, Err: context.DeadlineExceeded}, exitConfig, "-explain"},
		{"own credentials", &client.CredentialsError{Err: errors.New("x")}, exitConfig, ""},
		{"bearer", bearerFault{}, exitConfig, ""},
		{"keys", signingError(&signer.Error{Field: "Credentials.SecretAccessKey"}), exitConfig, ""},
		{"argument of sign", signingError(&signer.Error{Field: "Request.Path"}), exitUsage, ""},
		{"service of sign", signingError(&signer.Error{Field: "Signer.Service"}), exitUsage, ""},
		{"on-demand", said(model.ValidationException, "Invocation of model ID x with on-demand throughput isn’t supported."), exitRefused, "inference profile"},
		{"body", said(model.ValidationException, "Malformed input request: #: required key [messages] not found"), exitRefused, "-prompt"},
		{"model that does not stream", said(model.ValidationException, "x doesn't support the model"), exitRefused, "-no-stream"},
		{"other validation", said(model.ValidationException, "no"), exitRefused, ""},
		{"throttled", said(model.ThrottlingException, "Rate exceeded"), exitRetryable, "Wait"},
		{"not ready", said(model.ModelNotReadyException, ""), exitRetryable, "loaded"},
		{"in the stream", inStream(&model.Error{Code: model.ThrottlingException, InStream: true}), exitRetryable, "Wait"},
		{"page", &client.ResponseError{ContentType: "text/html", Err: html}, exitOther, "proxy"},
		{"redirect", &client.RedirectError{Status: 302}, exitOther, "proxy"},
		{"no connection", &client.StallError{WaitingFor: "a connection"}, exitStream, "network"},
		{"silence", inStream(&client.StallError{WaitingFor: "the next byte"}), exitStream, "billed"},
		{"cut", inStream(&frame.Error{Err: frame.ErrTruncated}), exitStream, "cut inside a frame"},
		{"not a message", inStream(&client.MessageError{Reason: "x"}), exitStream, ""},
		{"incomplete", client.ErrIncomplete, exitStream, "-allow-incomplete"},
		{"not understood", fmt.Errorf("x: %w", errNotUnderstood), exitOther, "-output json"},
		{"refused", &client.SendError{Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}, exitOther, "Nothing answers"},
		{"other", errors.New("x"), exitOther, ""},
		{"cancelled", fmt.Errorf("x: %w", context.Canceled), exitInterrupted, ""},
		{"deadline of something below", fmt.Errorf("x: %w", context.DeadlineExceeded), exitOther, ""},
	} {
		if got := statusOf(t.Context(), row.err); got != row.status {
			t.Errorf("%s: exit status %d, want %d", row.name, got, row.status)
		}
		if row.err == nil {
			continue
		}
		if got := hintOf(row.err); !strings.Contains(got, row.hint) || (got == "") != (row.hint == "") {
			t.Errorf("%s: hint %q, want %q in it", row.name, got, row.hint)
		}
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if got := statusOf(done, errors.New("x")); got != exitInterrupted {
		t.Errorf("after an interrupt: exit status %d", got)
	}
}

// TestTried shows the sources that were tried one a line.
func TestTried(t *testing.T) {
	w := newWorld(t, "AWS_REGION=us-east-1")
	w.want(t, exitConfig, "invoke", "-model", testModel, "-prompt", "x")
	lines := strings.Split(w.err.String(), "\n")
	if len(lines) < 7 || strings.Contains(lines[0], "tried in this order") || lines[1] != "Looked for credentials in this order:" ||
		!strings.HasPrefix(lines[2], "  environment variables: ") || !strings.Contains(w.err.String(), "\n"+noCredentials()+"\n") {
		t.Errorf("it said %q", w.err.String())
	}
}

// TestNoConnection asks where nobody listens.
func TestNoConnection(t *testing.T) {
	w, s := service(t)
	s.Close()
	w.want(t, exitOther, ask(s, "-attempts", "1")...)
	if !strings.Contains(w.err.String(), "Nothing answers at this address") {
		t.Errorf("it said %q", w.err.String())
	}
}

// TestNoSecretPrinted runs everything with secrets in every place they can come from, and looks for
// them in all that is printed: whole, in base64, escaped.
func TestNoSecretPrinted(t *testing.T) {
	const (
		secret = "canarySecret/0123456789+abcdefghijklmnop"
		token  = "canaryToken/0123456789+abcdefghijklmnop=="
		bearer = "canaryBearer-0123456789"
	)
	s := bedrocktest.NewUnstartedServer()
	s.Credentials = signer.Credentials{AccessKeyID: "AKIDCANARY", SecretAccessKey: secret, SessionToken: token}
	s.BearerToken = bearer
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	home := t.TempDir()
	file := filepath.Join(home, "credentials")
	if err := os.WriteFile(file, []byte("[work]\naws_access_key_id = AKIDCANARY\naws_secret_access_key = "+secret+"\naws_session_token = "+token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runs, asked := 0, len(s.Requests())
	for name, vars := range map[string][]string{
		"environment": {"AWS_ACCESS_KEY_ID=AKIDCANARY", "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_SESSION_TOKEN=" + token},
		"profile":     {"AWS_SHARED_CREDENTIALS_FILE=" + file, "AWS_PROFILE=work"},
		"bearer":      {"AWS_BEARER_TOKEN_BEDROCK=" + bearer},
		"both":        {"AWS_BEARER_TOKEN_BEDROCK=" + bearer, "AWS_ACCESS_KEY_ID=AKIDCANARY", "AWS_SECRET_ACCESS_KEY=" + secret},
		"broken":      {"AWS_ACCESS_KEY_ID=AKIDCANARY", "AWS_SECRET_ACCESS_KEY=" + secret + "\n", "AWS_BEARER_TOKEN_BEDROCK="},
		"half":        {"AWS_SECRET_ACCESS_KEY=" + secret},
		"wrong":       {"AWS_ACCESS_KEY_ID=AKIDCANARY", "AWS_SECRET_ACCESS_KEY=" + secret + "x"},
	} {
		for _, args := range [][]string{
			ask(s, "-v"), ask(s, "-v", "-output", "json"), ask(s, "-v", "-output", "raw"), ask(s, "-v", "-attempts", "1", "-endpoint", "http://127.0.0.1:1"),
			{"invoke", "-explain"}, {"invoke", "-explain", "-profile", "nobody"}, {"invoke", "-h"}, {"version"},
			{"sign", "-service", "bedrock", "GET", "https://example.com/%zz"},
			{"sign", "-service", "bad service\n", "GET", "https://example.com/"},
		} {
			for _, on := range []sink{pipe, screen} {
				w := newWorld(t, append([]string{"AWS_REGION=us-east-1", "TERM=xterm"}, vars...)...)
				w.stderrSink = on
				w.run(args...)
				runs++
				printed := w.out.String() + w.err.String()
				for _, c := range []string{secret, token, bearer} {
					inJSON, _ := json.Marshal(c)
					for _, form := range []string{c, strings.Trim(string(inJSON), `"`), base64.StdEncoding.EncodeToString([]byte(c)), fmt.Sprintf("%x", c)} {
						if strings.Contains(printed, form) {
							t.Errorf("%s, %v printed %q:\n%s", name, args, form, printed)
						}
					}
				}
			}
		}
	}
	if runs != 140 || len(s.Requests()) == asked {
		t.Errorf("%d runs, %d requests", runs, len(s.Requests()))
	}
	t.Logf("%d runs", runs)
}
