package credentials

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/signer"
)

const canary = "CANARY0SECRET0WITH0FORTY0CHARACTERS0IN0IT"

// leaks reports whether a text holds the canary, in the clear or as hexadecimal or base64.
func leaks(s string) bool {
	lower := strings.ToLower(s)
	return strings.Contains(s, canary) || strings.Contains(lower, hex.EncodeToString([]byte(canary))) ||
		strings.Contains(strings.ReplaceAll(lower, " ", ""), hex.EncodeToString([]byte(canary))) ||
		strings.Contains(s, base64.StdEncoding.EncodeToString([]byte(canary))[:50])
}

// prints returns v under every verb, in JSON, and in both handlers of log/slog.
func prints(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	b, err := json.Marshal(v)
	out["json"] = fmt.Sprint(string(b), err)
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "v", v)
	slog.New(slog.NewJSONHandler(&js, nil)).Info("m", "v", v)
	out["slog text"], out["slog JSON"] = text.String(), js.String()
	return out
}

func TestNothingPrintsSecrets(t *testing.T) {
	s, home := fake(t), t.TempDir()
	ctx := context.Background()
	keys := signer.Credentials{AccessKeyID: "AKIACANARY", SecretAccessKey: canary, SessionToken: canary}
	env := map[string]string{"AWS_ACCESS_KEY_ID": "AKIACANARY", "AWS_SECRET_ACCESS_KEY": canary, "AWS_SESSION_TOKEN": canary,
		"AWS_CONTAINER_AUTHORIZATION_TOKEN": canary, "AWS_CONTAINER_CREDENTIALS_FULL_URI": s.URL + "/container", "HOME": home}
	machine := `{"Code":"Success","AccessKeyId":"AKIACANARY","SecretAccessKey":"` + canary + `","Token":"` + canary + `","Expiration":"2099-01-01T00:00:00Z"}`
	s.Handle(credentialstest.Container, text(machine))
	s.Handle(credentialstest.IMDS, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == "PUT":
			io.WriteString(w, canary)
		case strings.HasSuffix(r.URL.Path, "/role"):
			io.WriteString(w, machine)
		default:
			io.WriteString(w, "role")
		}
	})
	if err := os.MkdirAll(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".aws", "credentials"), []byte("[default]\naws_access_key_id = AKIACANARY\naws_secret_access_key = "+canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := sharedfile.Load(ctx, "", filepath.Join(home, ".aws", "credentials"))
	if err != nil {
		t.Fatal(err)
	}
	section, _ := files.Profile("default")
	static := Static(keys)
	cache := &Cache{Provider: static}
	imds := &IMDS{Endpoint: s.URL}
	chain := &Chain{Getenv: getenv(env), Files: &files}
	for name, retrieve := range map[string]Provider{"cache": cache.Retrieve, "imds": imds.Retrieve, "chain": chain.Retrieve,
		"container": (&Container{Getenv: getenv(env)}).Retrieve, "environment": Environment(getenv(env)), "profile": (&Profile{Getenv: getenv(env)}).Retrieve} {
		if c, err := retrieve(ctx); err != nil || c.SecretAccessKey != canary {
			t.Fatalf("%s: %v, %v", name, c, err)
		}
	}
	selection, err := chain.Select()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"signer.Credentials": keys, "Provider": static, "Environment": Environment(getenv(env)),
		"Profile": &Profile{Name: "x", Getenv: getenv(env)}, "Cache": cache, "Chain": chain, "Selection": selection, "Selection by value": *selection,
		"Step": selection.Steps, "IMDS": imds, "Container": &Container{Getenv: getenv(env)},
		"AssumeRole":  &AssumeRole{Source: static, RoleARN: testRole, STS: STS{Region: "us-east-1", Transport: transport{}}},
		"WebIdentity": &WebIdentity{TokenFile: "x", RoleARN: testRole}, "STS": STS{Region: "us-east-1"}, "SSO": ssoFor(s, home), "Login": &Login{Session: "x"},
		"Process": &Process{Command: "tool --password " + canary, Env: []string{"X=" + canary}}, "Process by value": Process{Command: canary},
		"a struct with a Process": struct{ P Process }{Process{Command: canary}}, "a struct with providers": struct {
			A *Cache
			B *Chain
			C *IMDS
			d *Cache
		}{cache, chain, imds, cache},
		"Files": files, "Section": section, "Source": SourceSSO,
		"Request of the fakes": s.URL,
	}
	checks := 0
	for name, v := range values {
		for verb, got := range prints(v) {
			checks++
			if leaks(got) {
				t.Errorf("%s under %s: %s", name, verb, got)
			}
		}
	}

	// Every error that this package's sources can be made to give with a secret in their input.
	var errs []error
	add := func(_ signer.Credentials, err error) { errs = append(errs, err) }
	noID := signer.Credentials{SecretAccessKey: canary, SessionToken: canary}
	add(Static(noID)(ctx))
	add(Environment(getenv(map[string]string{"AWS_SECRET_ACCESS_KEY": canary}))(ctx))
	add((&Chain{Getenv: getenv(map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://user:" + canary + "@127.0.0.1/"})}).Retrieve(ctx))
	add((&Chain{Getenv: getenv(map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/ " + canary})}).Retrieve(ctx))
	add((&Chain{Getenv: getenv(map[string]string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": canary})}).Retrieve(ctx))
	add(containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", canary+"\n").Retrieve(ctx))
	add((&IMDS{Endpoint: "http://user:" + canary + "@127.0.0.1/"}).Retrieve(ctx))
	add((&AssumeRole{Source: static, RoleARN: testRole, STS: STS{Region: "us-east-1", Endpoint: "https://user:" + canary + "@127.0.0.1/"}}).Retrieve(ctx))
	add((&AssumeRole{Source: static, RoleARN: testRole, STS: STS{Region: "us-east-1", Endpoint: s.URL}}).Retrieve(ctx)) // wrong signature
	add((&AssumeRole{Source: static, RoleARN: testRole, SerialNumber: "m", TokenCode: func(context.Context, string) (string, error) { return canary, nil },
		STS: STS{Region: "us-east-1", Endpoint: s.URL}}).Retrieve(ctx))
	for _, c := range []signer.Credentials{{AccessKeyID: canary + " ", SecretAccessKey: canary}, {AccessKeyID: "A", SecretAccessKey: canary + "\n"},
		{AccessKeyID: "A", SecretAccessKey: canary, SessionToken: canary + "\r\n"}} {
		add((&AssumeRole{Source: Static(c), RoleARN: testRole, STS: STS{Region: "us-east-1", Endpoint: s.URL}}).Retrieve(ctx))
	}
	for _, body := range []string{canary, `{"AccessKeyId":"` + canary, `{"AccessKeyId":["` + canary + `"]}`, `{"AccessKeyId":"A","SecretAccessKey":"` + canary + `","Expiration":"` + canary + `"}`,
		`{"Version":1,"AccessKeyId":"A","SecretAccessKey":"` + canary + `"`, `{"` + canary + `":1}`} {
		s.Handle(credentialstest.Container, text(body))
		add((&Container{Getenv: getenv(env)}).Retrieve(ctx))
		s.Handle(credentialstest.SSO, text(body))
		if _, err := credentialstest.WriteSSO(home, "corp", time.Now().Add(time.Hour), true); err != nil {
			t.Fatal(err)
		}
		add(ssoFor(s, home).Retrieve(ctx))
		s.Handle(credentialstest.STS, text(body))
		add((&AssumeRole{Source: static, RoleARN: testRole, STS: STS{Region: "us-east-1", Endpoint: s.URL}}).Retrieve(ctx))
	}
	for _, err := range errs {
		if err == nil {
			t.Fatal("a case has no error")
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			for verb, got := range prints(e) {
				checks++
				if leaks(got) {
					t.Errorf("error under %s: %s", verb, got)
				}
			}
		}
	}
	if checks < 200 {
		t.Errorf("%d checks, want at least 200", checks)
	}
	t.Logf("%d checks", checks)
}
