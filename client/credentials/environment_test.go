package credentials

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bedrockwire/signer"
)

// TestZeroValuesReadTheEnvironment: without a Getenv, a source reads the environment of the process.
func TestZeroValuesReadTheEnvironment(t *testing.T) {
	s := fake(t)
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = FILE\naws_secret_access_key = SECRET\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "SECRET", "AWS_SESSION_TOKEN": "TOKEN",
		"AWS_CONFIG_FILE": file + ".none", "AWS_SHARED_CREDENTIALS_FILE": file,
		"AWS_CONTAINER_CREDENTIALS_FULL_URI": s.URL + "/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token",
	} {
		t.Setenv(name, value)
	}
	for name, row := range map[string]struct {
		p    Provider
		want string
	}{
		"Environment": {Environment(nil), "ENV"}, "Chain": {new(Chain).Retrieve, "ENV"},
		"Profile": {new(Profile).Retrieve, "FILE"}, "Container": {new(Container).Retrieve, "ASIACONTAINER"},
	} {
		if c, err := row.p(context.Background()); err != nil || c.AccessKeyID != row.want {
			t.Errorf("%s: %s, %v", name, c.AccessKeyID, err)
		}
	}
}

// TestEnvironmentNames: which variables are read, which wins, and what is missing.
func TestEnvironmentNames(t *testing.T) {
	const both, id, secret = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
		"AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not", "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"
	for _, row := range []struct {
		env     map[string]string
		want    signer.Credentials
		missing string
	}{
		{map[string]string{"AWS_SESSION_TOKEN": "t"}, signer.Credentials{}, both},
		{map[string]string{"AWS_ACCESS_KEY_ID": "a"}, signer.Credentials{}, secret},
		{map[string]string{"AWS_SECRET_ACCESS_KEY": "s"}, signer.Credentials{}, id},
		{map[string]string{"AWS_ACCESS_KEY": "a", "AWS_SECRET_KEY": "s"}, signer.Credentials{AccessKeyID: "a", SecretAccessKey: "s"}, ""},
		{map[string]string{"AWS_ACCESS_KEY_ID": "new", "AWS_ACCESS_KEY": "a", "AWS_SECRET_ACCESS_KEY": "new", "AWS_SECRET_KEY": "s", "AWS_SESSION_TOKEN": "t"},
			signer.Credentials{AccessKeyID: "new", SecretAccessKey: "new", SessionToken: "t"}, ""},
	} {
		c, missing := environmentKeys(getenv(row.env))
		if c != row.want || missing != row.missing {
			t.Errorf("%v: %v, %q", row.env, c, missing)
		}
	}
}
