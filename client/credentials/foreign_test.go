package credentials

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/internal/printable"
)

// TestForeignTextInErrors puts control characters, and a megabyte, into everything that an error
// may repeat. The error is one short line of printable ASCII, and so is each step that a chain
// reports.
func TestForeignTextInErrors(t *testing.T) {
	const most = 8 << 10
	home := t.TempDir()
	files := 0
	with := func(text string) func(string) string {
		files++
		path := filepath.Join(home, "config"+string(rune('a'+files%26)))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return getenv(map[string]string{"HOME": home, "AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "none"), "AWS_REGION": "us-east-1"})
	}
	failing := errors.New
	for kind, value := range map[string]string{
		"control characters": "a\x1b[31m\x7f\u202eb",
		"not UTF-8":          "a\xff\xfeb",
		"a megabyte":         strings.Repeat("x", 1<<20),
	} {
		env := func(pairs ...string) func(string) string {
			m := map[string]string{"HOME": home, "AWS_REGION": "us-east-1"}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[pairs[i]] = pairs[i+1]
			}
			return getenv(m)
		}
		sts := STS{Region: "us-east-1", Transport: tripper(func(*http.Request) (*http.Response, error) { return nil, failing(value) })}
		base := Static(credentialstest.Keys("AKIABASE"))
		role := "arn:aws:iam::123456789012:role/" + value
		chains := map[string]*Chain{
			"profile of the program":     {Profile: value, Getenv: env()},
			"AWS_PROFILE":                {Getenv: env("AWS_PROFILE", value)},
			"AWS_REGION":                 {Profile: "default", Getenv: env("AWS_REGION", value)},
			"AWS_USE_FIPS_ENDPOINT":      {Profile: "default", Getenv: env("AWS_USE_FIPS_ENDPOINT", value)},
			"metadata mode":              {Getenv: env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", value)},
			"token file of the variable": {Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE", value, "AWS_ROLE_ARN", testRole)},
			"role of the variable":       {Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE", "none", "AWS_ROLE_ARN", role)},
			"session of the variable":    {Getenv: env("AWS_WEB_IDENTITY_TOKEN_FILE", "none", "AWS_ROLE_ARN", testRole, "AWS_ROLE_SESSION_NAME", value)},
			"source_profile":             {Getenv: with("[default]\nrole_arn = x\nsource_profile = " + value)},
			"credential_source":          {Getenv: with("[default]\nrole_arn = x\ncredential_source = " + value)},
			"role_arn":                   {Getenv: with("[default]\nrole_arn = " + value + "\nsource_profile = b\n[profile b]\naws_access_key_id = A\naws_secret_access_key = B\n")},
			"web_identity_token_file":    {Getenv: with("[default]\nrole_arn = " + testRole + "\nweb_identity_token_file = " + value)},
			"sso_session":                {Getenv: with("[default]\nsso_session = " + value)},
			"sso_session, in conflict":   {Getenv: with("[default]\nsso_session = " + value + "\nsso_region = x\n[sso-session " + value + "]\nsso_region = y\n")},
			"a profile's name":           {Profile: value, Getenv: with("[profile " + value + "]\nsso_region = x\n")},
			"login_session":              {Profile: value, Getenv: with("[profile " + value + "]\nlogin_session = x\n")},
			"half a pair":                {Profile: value, Getenv: with("[profile " + value + "]\naws_access_key_id = x\n")},
			"a circle":                   {Profile: value, Getenv: with("[profile " + value + "]\nrole_arn = x\nsource_profile = " + value)},
			"login directory": {Getenv: func(name string) string {
				return map[string]string{"AWS_LOGIN_CACHE_DIRECTORY": value}[name] + with("[default]\nlogin_session = x\n")(name)
			}},
		}
		calls := map[string]Provider{
			"Profile":                 (&Profile{Name: value, Getenv: env()}).Retrieve,
			"WebIdentity, token file": (&WebIdentity{TokenFile: value, RoleARN: testRole}).Retrieve,
			"WebIdentity, role":       (&WebIdentity{TokenFile: "none", RoleARN: value}).Retrieve,
			"WebIdentity, a long ARN": (&WebIdentity{TokenFile: "none", RoleARN: role}).Retrieve,
			"Container, token file":   (&Container{Getenv: env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", value)}).Retrieve,
			"AssumeRole, role":        (&AssumeRole{Source: base, RoleARN: value}).Retrieve,
			"AssumeRole, session":     (&AssumeRole{Source: base, RoleARN: testRole, SessionName: value + " "}).Retrieve,
			"AssumeRole, transport":   (&AssumeRole{Source: base, RoleARN: testRole, STS: sts}).Retrieve,
			"AssumeRole, code": (&AssumeRole{Source: base, RoleARN: testRole, SerialNumber: "m", STS: sts,
				TokenCode: func(context.Context, string) (string, error) { return "", failing(value) }}).Retrieve,
			"SSO, directory": (&SSO{StartURL: "x", Region: "us-east-1", AccountID: "1", RoleName: "r", CacheDir: value, SessionName: value}).Retrieve,
			"SSO, names": (&SSO{StartURL: "x", Region: "us-east-1", AccountID: value, RoleName: value, CacheDir: filepath.Dir(writeSSO(t, home, time.Hour, true)),
				SessionName: "corp", Transport: tripper(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 403, Header: http.Header{}, Body: http.NoBody}, nil
				})}).Retrieve,
			"Login, directory": (&Login{Session: value, CacheDir: value}).Retrieve,
		}
		for name, chain := range chains {
			calls["Chain, "+name] = chain.Retrieve
			s, _ := chain.Select()
			for _, step := range s.Steps {
				if !printable.Is(step.Reason) || len(step.Reason) > most {
					t.Errorf("%s, %s: step %.200q of %d bytes", kind, name, step.Reason, len(step.Reason))
				}
			}
		}
		for name, retrieve := range calls {
			_, err := retrieve(context.Background())
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s, %s: %.200v", kind, name, err)
				continue
			}
			if text := err.Error(); !printable.Is(text) || len(text) > most {
				t.Errorf("%s, %s: %.300q of %d bytes", kind, name, text, len(text))
			}
		}
	}
}
