package credentials

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"bedrockwire/client/credentials/credentialstest"
)

func fake(t testing.TB) *credentialstest.Server {
	t.Helper()
	s, err := credentialstest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func getenv(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// TestChain runs every situation against the fakes: what is chosen must also work, and nobody else
// may be asked.
func TestChain(t *testing.T) {
	all := credentialstest.Situations()
	if len(all) < 60 {
		t.Fatalf("%d situations, want at least 60", len(all))
	}
	_, noShell := exec.LookPath("sh")
	_, noCat := exec.LookPath("cat")
	names := map[string]bool{}
	s := fake(t)
	for _, st := range all {
		if names[st.Name] {
			t.Errorf("two situations are called %q", st.Name)
		}
		names[st.Name] = true
		t.Run(st.Name, func(t *testing.T) {
			if strings.Contains(st.Config, "credential_process") && (noShell != nil || noCat != nil) {
				t.Skip("there is no sh or cat to run as credential_process")
			}
			env, err := st.Setup(s, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			imds := s.Requests(credentialstest.IMDS)
			chain := Chain{Profile: st.Profile, Getenv: getenv(env)}
			c, err := chain.Retrieve(context.Background())
			if st.KeyID == "" {
				var e *Error
				switch {
				case err == nil:
					t.Fatalf("got %v, want an error with %q", c, st.Error)
				case !errors.As(err, &e):
					t.Errorf("%v is a %T, not an *Error", err, err)
				case !strings.Contains(err.Error(), st.Error):
					t.Errorf("error %q, want one with %q", err, st.Error)
				case len(e.Tried) == 0:
					t.Errorf("error %q does not say what was tried", err)
				}
				wantMessage(t, err)
			} else {
				if err != nil {
					t.Fatal(err)
				}
				want := credentialstest.Keys(st.KeyID)
				c.Expires = want.Expires
				if c != want {
					t.Errorf("got %v with token %t, want %v", c, c.SessionToken != "", want)
				}
			}
			asked := s.Requests(credentialstest.IMDS) > imds
			selection, _ := chain.Select()
			wanted := false
			for _, step := range selection.Steps {
				wanted = wanted || step.Source == SourceIMDS && step.Chosen
			}
			if asked && !wanted {
				t.Error("the metadata service was asked although another source is configured")
			}
		})
	}
}

func TestChainKeepsItsSelection(t *testing.T) {
	env := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAONE", "AWS_SECRET_ACCESS_KEY": "0123456789"}
	chain := Chain{Getenv: getenv(env)}
	for range 2 {
		if c, err := chain.Retrieve(context.Background()); err != nil || c.AccessKeyID != "AKIAONE" {
			t.Fatalf("%v, %v", c, err)
		}
		env["AWS_ACCESS_KEY_ID"] = "AKIATWO"
	}
}

func TestSelectionSaysWhatItLookedAt(t *testing.T) {
	s := fake(t)
	st := credentialstest.Situation{Config: "[profile a]\nrole_arn = arn:aws:iam::123456789012:role/A\nsource_profile = b\n[profile b]\nrole_arn = arn:aws:iam::123456789012:role/B\ncredential_source = Ec2InstanceMetadata\n"}
	env, err := st.Setup(s, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	selection, err := (&Chain{Profile: "a", Getenv: getenv(env)}).Select()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(selection.Path, " "), "instance metadata arn:aws:iam::123456789012:role/B arn:aws:iam::123456789012:role/A"; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if selection.Source != SourceAssumeRole || selection.Profile != "a" {
		t.Errorf("selected %s of profile %q", selection.Source, selection.Profile)
	}
	if s.Requests(credentialstest.IMDS) != 0 {
		t.Error("Select asked somebody")
	}
	var zero Selection
	if _, err := zero.Retrieve(context.Background()); !errors.Is(err, ErrNone) {
		t.Errorf("the zero Selection gives %v", err)
	}
}

func TestTooManyRoles(t *testing.T) {
	var b strings.Builder
	for i := range MaxRoles + 2 {
		b.WriteString("[profile p" + string(rune('a'+i)) + "]\nrole_arn = arn:aws:iam::123456789012:role/A\nsource_profile = p" + string(rune('b'+i)) + "\n")
	}
	env, err := credentialstest.Situation{Config: b.String()}.Setup(fake(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&Chain{Profile: "pa", Getenv: getenv(env)}).Select(); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "more than 16") {
		t.Errorf("error %v", err)
	}
}
