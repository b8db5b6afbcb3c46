package peers

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/model"

	sdkconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
)

// clearEnvironment removes what this test must not inherit: all of AWS.
func clearEnvironment(t *testing.T) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // so that it comes back
			os.Unsetenv(name)
		}
	}
}

// found is what one of the two made of a situation.
type found struct {
	keyID, secret, token, region, endpoint, err string
	sts                                         int // requests to STS
}

func ofSDK(ctx context.Context, st credentialstest.Situation) (f found) {
	var options []func(*sdkconfig.LoadOptions) error
	if st.Profile != "" {
		options = append(options, sdkconfig.WithSharedConfigProfile(st.Profile))
	}
	cfg, err := sdkconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return found{err: err.Error()}
	}
	f.region = cfg.Region
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		f.err = err.Error()
	}
	f.keyID, f.secret, f.token = keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken
	if base := bedrockruntime.NewFromConfig(cfg).Options().BaseEndpoint; base != nil {
		f.endpoint = *base
	}
	return f
}

func ofBedrockwire(ctx context.Context, st credentialstest.Situation) (f found) {
	cfg, err := config.Load(ctx, &config.Options{Profile: st.Profile})
	if err != nil {
		return found{err: err.Error()}
	}
	f.region, f.endpoint = cfg.Region, cfg.Endpoint
	keys, err := cfg.Credentials(ctx)
	if err != nil {
		f.err = err.Error()
	}
	f.keyID, f.secret, f.token = keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken
	return f
}

// TestConfigAgainstSDK runs the SDK's LoadDefaultConfig and this module's Load on the same variables, files and fake
// services. Both must find the same keys, region and endpoint with as many requests to STS, or both nothing; a situation in which they differ says
// so, and how, and the difference is in the documentation of package credentials, sharedfile or config.
func TestConfigAgainstSDK(t *testing.T) {
	s, err := credentialstest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, noShell := exec.LookPath("sh")
	clearEnvironment(t)
	same, differ := 0, 0
	for _, st := range credentialstest.Situations() {
		t.Run(st.Name, func(t *testing.T) {
			if strings.Contains(st.Config, "credential_process") && noShell != nil {
				t.Skip("there is no sh to run as credential_process")
			}
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			set := func() {
				env, err := st.Setup(s, t.TempDir()) // each its own: a sign-in may be renewed, and the file rewritten
				if err != nil {
					t.Fatal(err)
				}
				for name, value := range env {
					t.Setenv(name, value)
				}
			}
			counted := func(find func(context.Context, credentialstest.Situation) found) found {
				set()
				before := s.Requests(credentialstest.STS)
				f := find(ctx, st)
				f.sts = s.Requests(credentialstest.STS) - before
				return f
			}
			theirs, ours := counted(ofSDK), counted(ofBedrockwire)

			wantTheirs := st.KeyID
			switch {
			case st.SDK == "error":
				wantTheirs = ""
			case st.SDK != "":
				wantTheirs, _, _ = strings.Cut(st.SDK, " ")
			}
			if ours.keyID != st.KeyID || theirs.keyID != wantTheirs {
				t.Errorf("keys: ours %q, want %q; the SDK's %q, want %q\nour error: %s\nthe SDK's: %s", ours.keyID, st.KeyID, theirs.keyID, wantTheirs, ours.err, theirs.err)
			}
			if st.KeyID == "" && ours.err == "" || wantTheirs == "" && theirs.err == "" {
				t.Errorf("errors: ours %q, the SDK's %q", ours.err, theirs.err)
			}
			if st.SDK != "" {
				differ++
				if ours == theirs || ours.err != "" && theirs.err != "" {
					t.Errorf("no difference: %+v", st)
				}
				t.Logf("the SDK: %s%s", st.SDK, map[bool]string{true: " (" + theirs.err + ")"}[theirs.err != ""])
				return
			}
			same++
			if st.KeyID != "" && (ours.secret != theirs.secret || ours.token != theirs.token || ours.region != theirs.region || ours.endpoint != theirs.endpoint || ours.sts != theirs.sts) {
				t.Errorf("token equal: %t; region %q and %q; endpoint %q and %q; requests to STS %d and %d",
					ours.token == theirs.token, ours.region, theirs.region, ours.endpoint, theirs.endpoint, ours.sts, theirs.sts)
			}
		})
	}
	t.Logf("%d situations alike, %d different on purpose", same, differ)
	if same < 120 || differ < 30 {
		t.Errorf("%d situations were alike and %d different, want at least 120 and 30", same, differ)
	}
}

// TestAuthenticationAgainstSDK sends a request by each and compares what it is authenticated with.
func TestAuthenticationAgainstSDK(t *testing.T) {
	clearEnvironment(t)
	const token, preference = "AWS_BEARER_TOKEN_BEDROCK", "AWS_AUTH_SCHEME_PREFERENCE"
	const keys = "aws_access_key_id = AKIAFILE\naws_secret_access_key = 0123456789\n"
	dir := t.TempDir()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "none"))
	t.Setenv("AWS_REGION", "us-east-1")
	const bearer = "bearer token"
	for _, r := range []struct {
		name         string
		env          map[string]string
		config       string
		profile      string
		ours, theirs string // an access key id, or bearer
	}{
		{"a token", map[string]string{token: "t"}, "", "", bearer, bearer},
		{"a token and keys in the environment", map[string]string{token: "t", "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "0123456789"}, "", "", bearer, bearer},
		{"a token and AWS_PROFILE", map[string]string{token: "t", "AWS_PROFILE": "dev"}, "[profile dev]\n" + keys, "", bearer, bearer},
		{"a token and a profile of the program", map[string]string{token: "t"}, "[profile dev]\n" + keys, "dev", "AKIAFILE", bearer},
		{"a token, and keys are preferred", map[string]string{token: "t", preference: "sigv4"}, "[default]\n" + keys, "", "AKIAFILE", bearer},
		{"a token, and the profile prefers keys", map[string]string{token: "t"}, "[default]\nauth_scheme_preference = sigv4\n" + keys, "", "AKIAFILE", bearer},
		{"a token that is preferred", map[string]string{token: "t", preference: "httpBearerAuth"}, "[default]\n" + keys, "", bearer, bearer},
		{"keys that are preferred", map[string]string{preference: "sigv4"}, "[default]\n" + keys, "", "AKIAFILE", "AKIAFILE"},
		{"no token", nil, "[default]\n" + keys, "", "AKIAFILE", "AKIAFILE"},
	} {
		t.Run(r.name, func(t *testing.T) {
			for _, name := range []string{token, preference, "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} {
				t.Setenv(name, r.env[name])
			}
			if err := os.WriteFile(filepath.Join(dir, "config"), []byte(r.config), 0o600); err != nil {
				t.Fatal(err)
			}
			var got string
			transport := roundTrip(func(q *http.Request) (*http.Response, error) {
				got = q.Header.Get("Authorization")
				if _, after, ok := strings.Cut(got, "Credential="); ok {
					got, _, _ = strings.Cut(after, "/")
				} else if strings.HasPrefix(got, "Bearer ") {
					got = bearer
				}
				return nil, errors.New("not sent")
			})
			ctx := context.Background()
			cfg, err := config.Load(ctx, &config.Options{Profile: r.profile})
			if err != nil {
				t.Fatal(err)
			}
			cfg.Transport, cfg.Retry.MaxAttempts = transport, 1
			c, err := client.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			c.InvokeModel(ctx, &model.InvokeModelRequest{ModelID: "m", Body: []byte("{}")})
			ours := got
			options := []func(*sdkconfig.LoadOptions) error{sdkconfig.WithHTTPClient(&http.Client{Transport: transport}), sdkconfig.WithRetryMaxAttempts(1)}
			if r.profile != "" {
				options = append(options, sdkconfig.WithSharedConfigProfile(r.profile))
			}
			theirs, err := sdkconfig.LoadDefaultConfig(ctx, options...)
			if err != nil {
				t.Fatal(err)
			}
			got = ""
			id := "m"
			bedrockruntime.NewFromConfig(theirs).InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: &id, Body: []byte("{}")})
			if ours != r.ours || got != r.theirs {
				t.Errorf("ours %q, want %q; the SDK's %q, want %q", ours, r.ours, got, r.theirs)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
