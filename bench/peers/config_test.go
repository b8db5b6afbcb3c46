package peers

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/config"
	"bedrockwire/client/credentials/credentialstest"

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
type found struct{ keyID, secret, token, region, endpoint, err string }

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
// services. Both must find the same keys, region and endpoint, or both nothing; a situation in which they differ says
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
			set()
			theirs := ofSDK(ctx, st)
			set()
			ours := ofBedrockwire(ctx, st)

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
			if st.KeyID == "" && (ours.err == "" || theirs.err == "") {
				t.Errorf("errors: ours %q, the SDK's %q", ours.err, theirs.err)
			}
			if st.SDK != "" {
				differ++
				t.Logf("the SDK: %s%s", st.SDK, map[bool]string{true: " (" + theirs.err + ")"}[theirs.err != ""])
				return
			}
			same++
			if st.KeyID != "" && (ours.secret != theirs.secret || ours.token != theirs.token || ours.region != theirs.region || ours.endpoint != theirs.endpoint) {
				t.Errorf("token equal: %t; region %q and %q; endpoint %q and %q", ours.token == theirs.token, ours.region, theirs.region, ours.endpoint, theirs.endpoint)
			}
		})
	}
	t.Logf("%d situations alike, %d different on purpose", same, differ)
	if same < 30 {
		t.Errorf("%d situations were alike, want at least 30", same)
	}
}
