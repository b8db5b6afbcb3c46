package credentials

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"bedrockwire/client/credentials/credentialstest"
)

// TestRolesAsConfigured: what the environment and a profile say about a role is what STS is asked for.
func TestRolesAsConfigured(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(credentialstest.WebToken), 0o600); err != nil {
		t.Fatal(err)
	}
	const keys = "aws_access_key_id = AKIABASE\naws_secret_access_key = secret/of/AKIABASE/0123456789\n"
	source := "[default]\nregion = eu-west-1\nsource_profile = base\nrole_arn = " + testRole + "\n"
	base := "[profile base]\n" + keys
	for _, row := range []struct {
		name  string
		chain *Chain
		want  map[string]string // of the form; "*" is any value
	}{
		{"web identity of the environment", inMemory("", "AWS_REGION", "eu-west-1", "AWS_WEB_IDENTITY_TOKEN_FILE", token, "AWS_ROLE_ARN", testRole, "AWS_ROLE_SESSION_NAME", "me"),
			map[string]string{"Action": "AssumeRoleWithWebIdentity", "RoleSessionName": "me", "WebIdentityToken": credentialstest.WebToken}},
		{"web identity without a name", inMemory("", "AWS_REGION", "eu-west-1", "AWS_WEB_IDENTITY_TOKEN_FILE", token, "AWS_ROLE_ARN", testRole),
			map[string]string{"Action": "AssumeRoleWithWebIdentity", "RoleSessionName": "*", "WebIdentityToken": credentialstest.WebToken}},
		{"web identity of a profile", inMemory("[default]\nregion = eu-west-1\nrole_arn = "+testRole+"\nweb_identity_token_file = ~/token\nrole_session_name = you\n", "HOME", filepath.Dir(token)),
			map[string]string{"Action": "AssumeRoleWithWebIdentity", "RoleSessionName": "you", "WebIdentityToken": credentialstest.WebToken}},
		{"role", inMemory(source + base), map[string]string{"Action": "AssumeRole", "RoleSessionName": "*", "DurationSeconds": "900"}},
		{"role with all settings", inMemory(source + "role_session_name = them\nexternal_id = x\nmfa_serial = arn:mfa\nduration_seconds = 3600\n" + base),
			map[string]string{"Action": "AssumeRole", "RoleSessionName": "them", "DurationSeconds": "3600", "ExternalId": "x", "SerialNumber": "arn:mfa", "TokenCode": "123456"}},
		{"a duration that is too short", inMemory(source + "duration_seconds = 899\n" + base), map[string]string{"Action": "AssumeRole", "RoleSessionName": "*", "DurationSeconds": "900"}},
		{"a duration that is no number", inMemory(source + "duration_seconds = 1h\n" + base), map[string]string{"Action": "AssumeRole", "RoleSessionName": "*", "DurationSeconds": "900"}},
	} {
		row.want["Version"], row.want["RoleArn"] = "2011-06-15", testRole
		asked := 0
		row.chain.TokenCode = func(context.Context, string) (string, error) { return "123456", nil }
		row.chain.Transport = tripper(func(r *http.Request) (*http.Response, error) {
			asked++
			body := make([]byte, r.ContentLength)
			r.Body.Read(body)
			form, err := url.ParseQuery(string(body))
			if err != nil || len(form) != len(row.want) || r.URL.String() != "https://sts.eu-west-1.amazonaws.com/" || r.Method != http.MethodPost ||
				r.Header.Get("Content-Type") != "application/x-www-form-urlencoded; charset=utf-8" || (r.Header.Get("Authorization") == "") != (form.Get("WebIdentityToken") != "") {
				t.Errorf("%s: %s %s %v %v", row.name, r.Method, r.URL, r.Header, form)
			}
			for name, want := range row.want {
				if got := form.Get(name); got != want && (want != "*" || got == "") {
					t.Errorf("%s: %s = %q, want %q", row.name, name, got, want)
				}
			}
			return respond(http.StatusForbidden, ""), nil
		})
		if _, err := row.chain.Retrieve(context.Background()); err == nil || asked != 1 {
			t.Errorf("%s: asked %d times, %v", row.name, asked, err)
		}
	}
}
