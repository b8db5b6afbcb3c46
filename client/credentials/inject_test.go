package credentials

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/model/jsonwire"
	"bedrockwire/signer"
)

// TestInjection puts each of the 256 bytes into each value that travels, and looks at what arrives.
// A control character is refused before anything is sent, or arrives escaped; it never ends a
// header or a line. No error repeats the value.
func TestInjection(t *testing.T) {
	s, home := fake(t), t.TempDir()
	path := writeSSO(t, home, 1<<40, true)
	tokenFile := filepath.Join(home, "token")
	ctx := context.Background()
	arrived := func(service credentialstest.Service, run func()) bool {
		before := s.Requests(service)
		run()
		return s.Requests(service) > before
	}
	all := []credentialstest.Service{credentialstest.Container, credentialstest.SSO, credentialstest.STS}
	checks := 0
	for b := range 256 {
		c := byte(b)
		control := c < ' ' || c == 0x7f
		value := "CANARY" + string([]byte{c}) + "x"
		var escaped []byte
		escaped = jsonwire.AppendString(escaped, value)
		for _, f := range []struct {
			name    string
			service credentialstest.Service
			refused bool // whatever the byte, it must not be sent
			run     func() error
		}{
			{"container token", credentialstest.Container, control, func() error {
				_, err := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN", value).Retrieve(ctx)
				return err
			}},
			{"container token file", credentialstest.Container, control, func() error {
				if err := os.WriteFile(tokenFile, []byte(value), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", tokenFile).Retrieve(ctx)
				return err
			}},
			{"container URL", credentialstest.Container, control || c == ' ' || c >= 0x7f || c == '\\', func() error {
				_, err := containerFor("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL+"/container?"+value).Retrieve(ctx)
				return err
			}},
			{"access token", credentialstest.SSO, control || c == ' ' || c >= 0x7f, func() error {
				text := `{"accessToken":` + string(escaped) + `,"expiresAt":"2099-01-01T00:00:00Z"}`
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := ssoFor(s, home).Retrieve(ctx)
				return err
			}},
			{"key id", credentialstest.STS, control || c == ' ' || c >= 0x7f, func() error {
				r := assume(s)
				r.Source = Static(signer.Credentials{AccessKeyID: value, SecretAccessKey: "0123456789"})
				_, err := r.Retrieve(ctx)
				return err
			}},
			{"session token", credentialstest.STS, control, func() error {
				r := assume(s)
				r.Source = Static(signer.Credentials{AccessKeyID: "A", SecretAccessKey: "0123456789", SessionToken: value})
				_, err := r.Retrieve(ctx)
				return err
			}},
			{"secret", credentialstest.STS, control, func() error {
				r := assume(s)
				r.Source = Static(signer.Credentials{AccessKeyID: "A", SecretAccessKey: "0123456789" + value})
				_, err := r.Retrieve(ctx)
				return err
			}},
			{"region", credentialstest.STS, c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z'), func() error {
				r := assume(s)
				r.STS.Region = "us" + string([]byte{c}) + "east"
				_, err := r.Retrieve(ctx)
				return err
			}},
			{"session name", credentialstest.STS, control || c == ' ' || c >= 0x7f, func() error {
				r := assume(s)
				r.SessionName = value
				_, err := r.Retrieve(ctx)
				return err
			}},
			{"external id", credentialstest.STS, false, func() error {
				r := assume(s)
				r.ExternalID = value
				_, err := r.Retrieve(ctx)
				return err
			}},
		} {
			checks++
			var err error
			sent := arrived(f.service, func() { err = f.run() })
			if sent && f.refused {
				t.Errorf("%s with byte %#x was sent", f.name, c)
			}
			// Names of settings may be repeated, quoted; secrets and tokens not at all.
			if err != nil && (strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r >= 0x7f }) || f.name != "session name" && strings.Contains(err.Error(), "CANARY")) {
				t.Errorf("%s with byte %#x: %q", f.name, c, err)
			}
		}
	}
	for _, service := range all {
		if last := s.Last(service); last != nil && last.Header.Get("X-Injected") != "" {
			t.Errorf("%s got an injected header", service)
		}
	}
	if checks < 2560 {
		t.Errorf("%d checks", checks)
	}
}
