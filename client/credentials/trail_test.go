package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/sharedfile"
)

// inMemory is a chain whose config file is a text, and whose environment is given as name, value,
// name, value.
func inMemory(config string, pairs ...string) *Chain {
	files := sharedfile.Merge(sharedfile.Parse([]byte(config), sharedfile.Config, "config"), sharedfile.File{})
	env := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return &Chain{Getenv: getenv(env), Files: &files}
}

// TestTrail compares the whole account of a search: source, decision and reason of each step, and
// the path of roles.
func TestTrail(t *testing.T) {
	const (
		noKeys  = "no environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"
		noToken = "no web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set"
		noURI   = "no container endpoint: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"
		passed  = "no environment variables: passed over, because the program names a profile"
		pair    = "aws_access_key_id = A\naws_secret_access_key = B\n"
		role    = "role_arn = " + testRole + "\n"
		sso     = "sso_start_url = u\nsso_region = r\nsso_account_id = 1\nsso_role_name = n\n"
	)
	named := func(c *Chain, profile string) *Chain {
		c.Profile = profile
		return c
	}
	withCode := inMemory("[default]\n" + role + "mfa_serial = m\n" + "source_profile = default\n" + pair)
	withCode.TokenCode = func(context.Context, string) (string, error) { return "", nil }
	for _, c := range []struct {
		name   string
		chain  *Chain
		source Source
		owner  string // the profile it was found in
		path   string
		fails  string // remedy, or "-" for none, where it fails
		trail  []string
	}{
		{"environment", inMemory("", "AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "B"), SourceEnvironment, "", "environment variables", "", []string{
			"yes environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set"}},
		{"half a pair, then nothing", inMemory("", "AWS_ACCESS_KEY_ID", "A"), SourceIMDS, "", "instance metadata", "", []string{
			"no environment variables: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not", noToken,
			`no shared profile: there is no profile "default"`, noURI, "yes instance metadata: nothing else is configured"}},
		{"the other half", inMemory("", "AWS_SECRET_ACCESS_KEY", "A", "AWS_EC2_METADATA_DISABLED", "True"), "", "", "", "configure one of the sources", []string{
			"no environment variables: AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not", noToken,
			`no shared profile: there is no profile "default"`, noURI, "no instance metadata: AWS_EC2_METADATA_DISABLED is true"}},
		{"web identity", inMemory("", "AWS_WEB_IDENTITY_TOKEN_FILE", "f", "AWS_ROLE_ARN", "r"), SourceWebIdentity, "", "web identity", "", []string{
			noKeys, "yes web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are set"}},
		{"web identity without a role", inMemory("", "AWS_WEB_IDENTITY_TOKEN_FILE", "f"), "", "", "", "set AWS_ROLE_ARN", []string{
			noKeys, "yes web identity: AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not"}},
		{"static keys", inMemory("[default]\n" + pair), SourceProfile, "default", "shared profile", "", []string{
			noKeys, noToken, `yes shared profile: static keys of profile "default"`}},
		{"half a pair in a profile", inMemory("[default]\naws_access_key_id = A\n"), "", "", "", "put both into one file", []string{
			noKeys, noToken, `yes shared profile: half of a key pair in profile "default"`}},
		{"a profile of the program", named(inMemory("[profile p]\n"+pair, "AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "B"), "p"), SourceProfile, "p", "shared profile", "", []string{
			passed, `yes shared profile: static keys of profile "p"`}},
		{"an absent profile of the program", named(inMemory(""), "p"), "", "", "", "-", []string{
			passed, "yes shared profile: the selected profile does not exist"}},
		{"roles", named(inMemory("[profile a]\n"+role+"source_profile = b\n[profile b]\n"+role+"source_profile = c\n[profile c]\n"+pair), "a"), SourceAssumeRole, "a",
			"shared profile " + testRole + " " + testRole, "", []string{
				passed, `no shared profile: source_profile of profile "a" leads to profile "b"`, `no shared profile: source_profile of profile "b" leads to profile "c"`,
				`yes shared profile: static keys of profile "c"`, `yes assume role: role_arn of profile "b"`, `yes assume role: role_arn of profile "a"`}},
		{"a profile that is its own source", inMemory("[default]\n" + role + "source_profile = default\n" + pair), SourceAssumeRole, "default", "shared profile " + testRole, "", []string{
			noKeys, noToken, `no shared profile: source_profile of profile "default" leads to profile "default"`,
			`yes shared profile: static keys of profile "default"`, `yes assume role: role_arn of profile "default"`}},
		{"a circle", inMemory("[default]\n" + role + "source_profile = default\n"), "", "", "", "let one of the profiles have credentials of its own", []string{
			noKeys, noToken, `no shared profile: source_profile of profile "default" leads to profile "default"`, "yes assume role: source_profile leads in a circle"}},
		{"a source without credentials", named(inMemory("[profile a]\n"+role+"source_profile = b\n[profile b]\nregion = x\n"), "a"), "", "", "", "add credentials to it", []string{
			passed, `no shared profile: source_profile of profile "a" leads to profile "b"`, "yes assume role: it is a source_profile and has no credentials"}},
		{"an absent source", inMemory("[default]\n" + role + "source_profile = b\n"), "", "", "", "add it, or name another", []string{
			noKeys, noToken, `yes assume role: source_profile is "b", which is in none of the shared files`}},
		{"source_profile without a role", inMemory("[default]\nsource_profile = b\n"), "", "", "", "add role_arn, or remove source_profile", []string{
			noKeys, noToken, "yes assume role: source_profile is set and role_arn is not"}},
		{"credential_source without a role", inMemory("[default]\ncredential_source = b\n" + pair), "", "", "", "add role_arn, or remove credential_source", []string{
			noKeys, noToken, "yes assume role: credential_source is set and role_arn is not"}},
		{"a token file without a role", inMemory("[default]\nweb_identity_token_file = b\n"), "", "", "", "add role_arn, or remove web_identity_token_file", []string{
			noKeys, noToken, "yes assume role: web_identity_token_file is set and role_arn is not"}},
		{"two sources", inMemory("[default]\n" + role + "source_profile = b\ncredential_process = c\n"), "", "", "", "keep one of them", []string{
			noKeys, noToken, "yes shared profile: more than one of source_profile, credential_source, credential_process and web_identity_token_file is set"}},
		{"a role that is none", inMemory("[default]\nrole_arn = r\nsource_profile = default\n" + pair), "", "", "", "-", []string{
			noKeys, noToken, `no shared profile: source_profile of profile "default" leads to profile "default"`, `yes shared profile: static keys of profile "default"`,
			`yes assume role: "r" is not a role ARN`}},
		{"a role with MFA, and nobody to ask", inMemory("[default]\n" + role + "mfa_serial = m\nsource_profile = default\n" + pair), "", "", "",
			`run a tool that asks, such as "aws configure export-credentials", or set TokenCode`, []string{
				noKeys, noToken, `no shared profile: source_profile of profile "default" leads to profile "default"`, `yes shared profile: static keys of profile "default"`,
				`yes assume role: role_arn of profile "default" needs an MFA device`}},
		{"a role with MFA", withCode, SourceAssumeRole, "default", "shared profile " + testRole, "", []string{
			noKeys, noToken, `no shared profile: source_profile of profile "default" leads to profile "default"`, `yes shared profile: static keys of profile "default"`,
			`yes assume role: role_arn of profile "default"`}},
		{"token file of a profile", inMemory("[default]\n" + role + "web_identity_token_file = f\n"), SourceWebIdentity, "default", "web identity", "", []string{
			noKeys, noToken, `yes web identity: web_identity_token_file of profile "default"`}},
		{"environment by name", named(inMemory("[profile p]\n"+role+"credential_source = Environment\n", "AWS_ACCESS_KEY_ID", "A", "AWS_SECRET_ACCESS_KEY", "B"), "p"), SourceAssumeRole, "p",
			"environment variables " + testRole, "", []string{
				passed, `yes environment variables: credential_source of profile "p" is "Environment"`, `yes assume role: role_arn of profile "p"`}},
		{"environment by name, empty", inMemory("[default]\n" + role + "credential_source = Environment\n"), "", "", "", "set both variables", []string{
			noKeys, noToken, `yes environment variables: credential_source of profile "default" is "Environment", and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set`}},
		{"container by name", inMemory("[default]\n"+role+"credential_source = EcsContainer\n", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"), SourceAssumeRole, "default",
			"container endpoint " + testRole, "", []string{
				noKeys, noToken, `yes container endpoint: credential_source of profile "default" is "EcsContainer"`, `yes assume role: role_arn of profile "default"`}},
		{"container by name, none", inMemory("[default]\n" + role + "credential_source = EcsContainer\n"), "", "", "", "-", []string{
			noKeys, noToken, `yes container endpoint: credential_source of profile "default" is "EcsContainer", and ` + noContainer}},
		{"container by name, refused", inMemory("[default]\n"+role+"credential_source = EcsContainer\n", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "x"), "", "", "", "-", []string{
			noKeys, noToken, `yes container endpoint: credential_source of profile "default" is "EcsContainer", and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path that starts with '/'`}},
		{"metadata by name", inMemory("[default]\n" + role + "credential_source = Ec2InstanceMetadata\n"), SourceAssumeRole, "default", "instance metadata " + testRole, "", []string{
			noKeys, noToken, `yes instance metadata: credential_source of profile "default" is "Ec2InstanceMetadata"`, `yes assume role: role_arn of profile "default"`}},
		{"metadata by name, disabled", inMemory("[default]\n"+role+"credential_source = Ec2InstanceMetadata\n", "AWS_EC2_METADATA_DISABLED", "true"), "", "", "", "configure one of the sources", []string{
			noKeys, noToken, "yes instance metadata: AWS_EC2_METADATA_DISABLED is true"}},
		{"another name", inMemory("[default]\n" + role + "credential_source = environment\n"), "", "", "", "-", []string{
			noKeys, noToken, `yes assume role: credential_source of profile "default" is "environment", which is not Environment, Ec2InstanceMetadata or EcsContainer`}},
		{"Identity Center", inMemory("[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = n\n[sso-session s]\nsso_region = r\nsso_start_url = u\n"), SourceSSO, "default",
			"IAM Identity Center", "", []string{noKeys, noToken, `yes IAM Identity Center: sso_session of profile "default"`}},
		{"Identity Center, older form", inMemory("[default]\n" + sso), SourceSSO, "default", "IAM Identity Center", "", []string{
			noKeys, noToken, `yes IAM Identity Center: sso_start_url of profile "default"`}},
		{"Identity Center, no session", inMemory("[default]\nsso_session = s\n"), "", "", "", "run: aws configure sso", []string{
			noKeys, noToken, `yes IAM Identity Center: sso_session is "s", and there is no such [sso-session] section`}},
		{"Identity Center, another region", inMemory("[default]\nsso_session = s\nsso_region = x\n[sso-session s]\nsso_region = r\n"), "", "", "", "remove it from the profile", []string{
			noKeys, noToken, `yes IAM Identity Center: sso_region of the profile is not that of its sso_session, "s"`}},
		{"Identity Center, another portal", inMemory("[default]\nsso_session = s\nsso_start_url = x\n[sso-session s]\nsso_region = r\n"), "", "", "", "remove it from the profile", []string{
			noKeys, noToken, `yes IAM Identity Center: sso_start_url of the profile is not that of its sso_session, "s"`}},
		{"Identity Center, no role", inMemory("[default]\nsso_start_url = u\nsso_region = r\nsso_account_id = 1\n"), "", "", "", "run: aws configure sso", []string{
			noKeys, noToken, "yes IAM Identity Center: sso_role_name is missing"}},
		{"Identity Center, only a role", inMemory("[default]\nsso_role_name = u\n"), "", "", "", "run: aws configure sso", []string{
			noKeys, noToken, "yes IAM Identity Center: sso_start_url is missing"}},
		{"a login", inMemory("[default]\nlogin_session = s\n"), SourceLogin, "default", "login session", "", []string{
			noKeys, noToken, `yes login session: login_session of profile "default"`}},
		{"a process", inMemory("[default]\ncredential_process = p\n"), SourceProcess, "default", "credential process", "", []string{
			noKeys, noToken, `yes credential process: credential_process of profile "default"`}},
		{"container", inMemory("[default]\n", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"), SourceContainer, "", "container endpoint", "", []string{
			noKeys, noToken, `no shared profile: profile "default" has no credentials`, "yes container endpoint: AWS_CONTAINER_CREDENTIALS_*_URI is set"}},
		{"container, refused", inMemory("", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com:x"), "", "", "", "-", []string{
			noKeys, noToken, `no shared profile: there is no profile "default"`, "yes container endpoint: AWS_CONTAINER_CREDENTIALS_FULL_URI is not a URL"}},
		{"FIPS is 1", inMemory("", "AWS_USE_FIPS_ENDPOINT", "1"), "", "", "", "-", []string{noKeys, noToken}},
		{"dual-stack is yes", inMemory("", "AWS_USE_DUALSTACK_ENDPOINT", "yes"), "", "", "", "-", []string{noKeys, noToken}},
		{"ignore is yes", inMemory("", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "yes"), "", "", "", "-", []string{noKeys, noToken}},
		{"a hostile region", inMemory("", "AWS_REGION", "evil.example/"), "", "", "", "-", []string{noKeys, noToken}},
		{"a hostile region, with a token file", inMemory("", "AWS_REGION", "evil.example/", "AWS_WEB_IDENTITY_TOKEN_FILE", "f", "AWS_ROLE_ARN", "r"), "", "", "", "-", []string{noKeys}},
		{"metadata mode", inMemory("[default]\nec2_metadata_service_endpoint_mode = IPv5\n"), "", "", "", "-", []string{
			noKeys, noToken, `no shared profile: profile "default" has no credentials`, noURI,
			`yes instance metadata: ec2_metadata_service_endpoint_mode of profile "default" is "IPv5", not IPv4 or IPv6`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := c.chain.Select()
			var trail []string
			for _, step := range s.Steps {
				mark := "no "
				if step.Chosen {
					mark = "yes "
				}
				trail = append(trail, mark+string(step.Source)+": "+step.Reason)
			}
			if !slices.Equal(trail, c.trail) {
				t.Errorf("trail\n%s\nwant\n%s", strings.Join(trail, "\n"), strings.Join(c.trail, "\n"))
			}
			if c.fails != "" {
				var e *Error
				if !errors.As(err, &e) || e.Remedy != strings.TrimPrefix(c.fails, "-") || len(e.Tried) != len(trail) {
					t.Errorf("error %v, want the remedy %q", err, c.fails)
				}
				wantMessage(t, err)
				if last := s.Steps[len(s.Steps)-1]; e != nil && last.Chosen && e.Source != last.Source {
					t.Errorf("the error is of %q, the last step of %q", e.Source, last.Source)
				}
				return
			}
			if err != nil || s.Source != c.source || s.Profile != c.owner || strings.Join(s.Path, " ") != c.path {
				t.Errorf("selected %q of profile %q by %q, %v", s.Source, s.Profile, s.Path, err)
			}
		})
	}
}

// TestMetadataMode: where the instance metadata service is looked for.
func TestMetadataMode(t *testing.T) {
	const endpoint, mode = "AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"
	for _, c := range []struct {
		name  string
		chain *Chain
		want  string
	}{
		{"nothing", inMemory(""), ""},
		{"IPv4", inMemory("", mode, "IPv4"), ""},
		{"IPv6", inMemory("", mode, "IPv6"), "http://[fd00:ec2::254]"},
		{"in another case", inMemory("", mode, "ipv6"), "http://[fd00:ec2::254]"},
		{"of the profile", inMemory("[default]\nec2_metadata_service_endpoint_mode = IPv6\n"), "http://[fd00:ec2::254]"},
		{"the variable wins", inMemory("[default]\nec2_metadata_service_endpoint_mode = IPv6\n", mode, "IPv4"), ""},
		{"an endpoint wins", inMemory("", mode, "IPv6", endpoint, "http://127.0.0.1"), "http://127.0.0.1"},
		{"an endpoint of the profile", inMemory("[default]\nec2_metadata_service_endpoint = http://127.0.0.2\n", mode, "IPv6"), "http://127.0.0.2"},
	} {
		d := decider{chain: c.chain, getenv: c.chain.Getenv, files: *c.chain.Files, out: new(Selection)}
		if err := d.load(); err != nil {
			t.Fatal(err)
		}
		if m, err := d.metadata(""); err != nil || m.Endpoint != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, m.Endpoint, err, c.want)
		}
	}
}

// TestChainTransport: calls to STS, IAM Identity Center, its token service and the sign-in service
// go through the chain's Transport, to the host of region, FIPS and dual-stack.
func TestChainTransport(t *testing.T) {
	home := t.TempDir()
	token := filepath.Join(home, "token")
	for _, expired := range []bool{true, false} {
		left := time.Hour
		if expired {
			left = -left
		}
		name := map[bool]string{true: "stale", false: "corp"}[expired]
		path, err := credentialstest.WriteSSO(home, name, time.Now().Add(left), true)
		if err != nil {
			t.Fatal(err)
		}
		token = path // any file serves as a token
	}
	login, err := credentialstest.WriteLogin(home, loginARN, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	session := func(name string) string {
		return "[default]\nsso_session = " + name + "\nsso_account_id = 1\nsso_role_name = n\n[sso-session " + name + "]\nsso_region = eu-west-1\nsso_start_url = u\n"
	}
	web := "[default]\nrole_arn = " + testRole + "\nweb_identity_token_file = " + token + "\n"
	signIn := "login_session = " + loginARN + "\n"
	for _, c := range []struct {
		name       string
		chain      *Chain
		fips, dual *bool
		want       string
	}{
		{"STS", inMemory(web, "AWS_REGION", "us-west-2"), nil, nil, "sts.us-west-2.amazonaws.com"},
		{"STS, region of the profile", inMemory(web + "region = eu-west-1\n"), nil, nil, "sts.eu-west-1.amazonaws.com"},
		{"STS, FIPS by a variable", inMemory(web, "AWS_REGION", "us-west-2", "AWS_USE_FIPS_ENDPOINT", "true"), nil, nil, "sts-fips.us-west-2.amazonaws.com"},
		{"STS, FIPS by the profile", inMemory(web+"use_fips_endpoint = true\n", "AWS_REGION", "us-west-2"), nil, nil, "sts-fips.us-west-2.amazonaws.com"},
		{"STS, FIPS by the region", inMemory(web, "AWS_REGION", "fips-us-west-2"), nil, nil, "sts-fips.us-west-2.amazonaws.com"},
		{"STS, FIPS by the program", inMemory(web, "AWS_REGION", "us-west-2"), &yes, nil, "sts-fips.us-west-2.amazonaws.com"},
		{"STS, FIPS off by the program", inMemory(web, "AWS_REGION", "fips-us-west-2", "AWS_USE_FIPS_ENDPOINT", "nonsense"), &no, nil, "sts.us-west-2.amazonaws.com"},
		{"STS, dual-stack by a variable", inMemory(web, "AWS_REGION", "us-west-2", "AWS_USE_DUALSTACK_ENDPOINT", "true"), nil, nil, "sts.us-west-2.api.aws"},
		{"STS, dual-stack by the program", inMemory(web, "AWS_REGION", "us-west-2"), nil, &yes, "sts.us-west-2.api.aws"},
		{"STS, both", inMemory(web, "AWS_REGION", "us-west-2"), &yes, &yes, "sts-fips.us-west-2.api.aws"},
		{"STS, GovCloud", inMemory(web, "AWS_REGION", "us-gov-west-1"), &yes, nil, "sts.us-gov-west-1.amazonaws.com"},
		{"STS, GovCloud, both", inMemory(web, "AWS_REGION", "us-gov-west-1"), &yes, &yes, "sts-fips.us-gov-west-1.api.aws"},
		{"STS, global", inMemory(web, "AWS_REGION", "aws-global"), nil, nil, "sts.amazonaws.com"},
		{"STS, an endpoint", inMemory(web, "AWS_REGION", "us-west-2", "AWS_ENDPOINT_URL_STS", "https://sts.example"), nil, nil, "sts.example"},
		{"portal", inMemory(session("corp"), "HOME", home), nil, nil, "portal.sso.eu-west-1.amazonaws.com"},
		{"portal, FIPS", inMemory(session("corp"), "HOME", home), &yes, nil, "portal.sso-fips.eu-west-1.amazonaws.com"},
		{"portal, dual-stack", inMemory(session("corp"), "HOME", home), nil, &yes, "portal.sso.eu-west-1.api.aws"},
		{"portal, an endpoint", inMemory(session("corp"), "HOME", home, "AWS_ENDPOINT_URL_SSO", "https://sso.example"), nil, nil, "sso.example"},
		{"token service", inMemory(session("stale"), "HOME", home), nil, nil, "oidc.eu-west-1.amazonaws.com"},
		{"token service, FIPS", inMemory(session("stale"), "HOME", home), &yes, nil, "oidc-fips.eu-west-1.amazonaws.com"},
		{"token service, an endpoint", inMemory(session("stale"), "HOME", home, "AWS_ENDPOINT_URL_SSO_OIDC", "https://oidc.example"), nil, nil, "oidc.example"},
		{"sign-in", inMemory("[default]\n"+signIn, "HOME", home, "AWS_REGION", "us-west-2"), nil, nil, "us-west-2.signin.aws.amazon.com"},
		{"sign-in, region of the profile", inMemory("[default]\nregion = eu-west-1\n"+signIn, "HOME", home), nil, nil, "eu-west-1.signin.aws.amazon.com"},
		{"sign-in, the variable wins", inMemory("[default]\nregion = eu-west-1\n"+signIn, "HOME", home, "AWS_REGION", "us-west-2"), nil, nil, "us-west-2.signin.aws.amazon.com"},
		{"sign-in, region of a source profile", inMemory("[default]\nrole_arn = "+testRole+"\nsource_profile = s\n[profile s]\nregion = eu-west-1\n"+signIn, "HOME", home, "AWS_REGION", "us-west-2"), nil, nil, "eu-west-1.signin.aws.amazon.com"},
		{"sign-in, a source profile without a region", inMemory("[default]\nrole_arn = "+testRole+"\nsource_profile = s\n[profile s]\n"+signIn, "HOME", home, "AWS_REGION", "us-west-2"), nil, nil, "us-west-2.signin.aws.amazon.com"},
		{"sign-in, a directory", inMemory("[default]\n"+signIn, "HOME", "/none", "AWS_REGION", "us-west-2", "AWS_LOGIN_CACHE_DIRECTORY", filepath.Dir(login)), nil, nil, "us-west-2.signin.aws.amazon.com"},
		{"sign-in, a directory below home", inMemory("[default]\n"+signIn, "HOME", home, "AWS_REGION", "us-west-2", "AWS_LOGIN_CACHE_DIRECTORY", "~/.aws/login/cache"), nil, nil, "us-west-2.signin.aws.amazon.com"},
		{"sign-in, an endpoint", inMemory("[default]\n"+signIn, "HOME", home, "AWS_REGION", "us-west-2", "AWS_ENDPOINT_URL_SIGNIN", "https://signin.example"), nil, nil, "signin.example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var hosts []string
			c.chain.FIPS, c.chain.DualStack, c.chain.LoginRenewal = c.fips, c.dual, RenewLogin
			c.chain.Transport = tripper(func(r *http.Request) (*http.Response, error) {
				hosts = append(hosts, r.URL.Host)
				return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: http.NoBody}, nil
			})
			if _, err := c.chain.Retrieve(context.Background()); err == nil {
				t.Error("refused, and no error")
			}
			if len(hosts) != 1 || hosts[0] != c.want {
				t.Errorf("asked %q, want %s", hosts, c.want)
			}
		})
	}
}

// TestRoleLimits: each bound of a role's parameters, from both sides.
func TestRoleLimits(t *testing.T) {
	arn := func(n int) string { return ("arn:aws:iam::1:role/" + strings.Repeat("x", n))[:n] }
	for _, c := range []struct {
		arn, session string
		duration     time.Duration
		wrong        string
	}{
		{testRole, "", 0, ""},
		{testRole, "", 15 * time.Minute, ""},
		{testRole, "", 15*time.Minute - 1, "duration"},
		{testRole, "", 12 * time.Hour, ""},
		{testRole, "", 12*time.Hour + 1, "duration"},
		{testRole, "", -time.Hour, "duration"},
		{arn(20), "", 0, ""},
		{arn(19), "", 0, "role ARN"},
		{arn(2048), "", 0, ""},
		{arn(2049), "", 0, "role ARN"},
		{"Arn" + testRole[3:], "", 0, "role ARN"},
		{testRole, "ab", 0, ""},
		{testRole, "a", 0, "session name"},
		{testRole, strings.Repeat("x", 64), 0, ""},
		{testRole, strings.Repeat("x", 65), 0, "session name"},
	} {
		if got := checkRole(c.arn, c.session, c.duration); (got == "") != (c.wrong == "") || !strings.Contains(got, c.wrong) {
			t.Errorf("%d bytes, %d bytes, %v: %q, want %q", len(c.arn), len(c.session), c.duration, got, c.wrong)
		}
	}
}

// TestSessionNameAlphabet: a session name is made of letters, digits and _+=,.@- (STS API
// Reference).
func TestSessionNameAlphabet(t *testing.T) {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-"
	for r := rune(0); r < 0x3000; r++ {
		want := "-"
		if strings.ContainsRune(alphabet, r) {
			want = string(r)
		}
		if got := sessionNameFrom(string(r)); got != want {
			t.Errorf("%q becomes %q, want %q", r, got, want)
		}
	}
}

// TestSessionDuration: what a profile's duration_seconds asks STS for.
func TestSessionDuration(t *testing.T) {
	for value, want := range map[string]string{"": "900", "x": "900", "-1": "900", "899": "900", "900": "900", "901": "901", "3600": "3600", "43200": "43200",
		"43201": "", "99999999999999999999": "900", "9223372036854775807": ""} {
		chain := inMemory("[default]\nrole_arn = "+testRole+"\nsource_profile = default\naws_access_key_id = AKIA\naws_secret_access_key = 0123456789\nduration_seconds = "+value+"\n",
			"AWS_REGION", "us-east-1")
		s := fake(t)
		getenv := chain.Getenv
		chain.Getenv = func(name string) string {
			if name == "AWS_ENDPOINT_URL_STS" {
				return s.URL
			}
			return getenv(name)
		}
		_, err := chain.Retrieve(context.Background())
		got := ""
		if last := s.Last(credentialstest.STS); last != nil {
			got = last.Form.Get("DurationSeconds")
		}
		if got != want || want == "" && !strings.Contains(fmt.Sprint(err), "12 hours") {
			t.Errorf("duration_seconds = %q: asked for %q, %v, want %q", value, got, err, want)
		}
	}
}

// TestSTSRetries: the codes that are worth another call, and those that are not.
func TestSTSRetries(t *testing.T) {
	retried := []string{"Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled", "TooManyRequestsException", "IDPCommunicationError", "InvalidIdentityToken"}
	for _, code := range append(retried, "AccessDenied", "ExpiredTokenException", "IDPRejectedClaim", "MalformedPolicyDocument", "RegionDisabledException", "throttling", "") {
		want := 1
		if slices.Contains(retried, code) {
			want = attempts
		}
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			n := 0
			rt := tripper(func(*http.Request) (*http.Response, error) {
				n++
				w := respond(400, "<ErrorResponse><Error><Code>"+code+"</Code><Message>m</Message></Error></ErrorResponse>")
				return w, nil
			})
			s := STS{Region: "us-east-1", Transport: rt}
			if _, err := s.call(context.Background(), "AssumeRoleWithWebIdentity", nil); err == nil || n != want {
				t.Errorf("%d calls, %v, want %d", n, err, want)
			}
		})
	}
}
