package credentialstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" // as the AWS CLI names its files
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Situation is an environment with shared files, and what must come of it. In Env, Config and
// Credentials "%URL%" stands for the server and "%HOME%" for the home directory, which holds what
// [Situation.Setup] puts there.
type Situation struct {
	Name                string
	Env                 map[string]string
	Config, Credentials string // of the shared files
	Profile             string // named by the program, not by the environment
	KeyID               string // of the credentials that must come out; "" for an error
	Error               string // part of its text

	// Region and Endpoint are what must come out with the keys. "" is "us-east-1" for the region
	// and none for the endpoint. "-" means no region.
	Region, Endpoint string

	// SDK says what the AWS SDK for Go does instead, where that differs on purpose: "error", or the
	// access key id that comes out, with what else differs after a blank.
	SDK string
}

// Session names of the sign-ins that Setup leaves, and the older form's start URL.
const (
	startURL     = "https://example.awsapps.com/start"
	loginSession = "arn:aws:sts::123456789012:assumed-role/Admin/admin"
	macBook      = "Someone's Mac Book" // the AWS CLI quotes it in the header of a section
)

// Setup writes the files of a situation below home, and returns its environment: the situation's
// variables, and those that lead to the server and the files.
func (st Situation) Setup(s *Server, home string) (map[string]string, error) {
	fill := strings.NewReplacer("%URL%", s.URL, "%HOME%", home).Replace
	dir := filepath.Join(home, ".aws")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	now := time.Now()
	for _, f := range []struct {
		name      string
		expires   time.Duration
		renewable bool
	}{{"corp", time.Hour, true}, {"stale", -time.Hour, true}, {"gone", -time.Hour, false}, {startURL, time.Hour, false}, {macBook, time.Hour, false}} {
		if _, err := WriteSSO(home, f.name, now.Add(f.expires), f.renewable); err != nil {
			return nil, err
		}
	}
	if _, err := WriteLogin(home, loginSession, now.Add(10*time.Minute)); err != nil {
		return nil, err
	}
	process := `{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"` + Keys("AKIAPROCESS").SecretAccessKey + `"}`
	for name, text := range map[string]string{".aws/config": st.Config, ".aws/credentials": st.Credentials,
		"token": WebToken, "auth": ContainerToken, "process.json": process, "empty": ""} {
		if err := os.WriteFile(filepath.Join(home, filepath.FromSlash(name)), []byte(fill(text)), 0o600); err != nil {
			return nil, err
		}
	}
	env := map[string]string{
		"HOME":                              home,
		"AWS_CONFIG_FILE":                   filepath.Join(dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE":       filepath.Join(dir, "credentials"),
		"AWS_REGION":                        "us-east-1",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL,
		"AWS_ENDPOINT_URL_STS":              s.URL,
		"AWS_ENDPOINT_URL_SSO":              s.URL,
		"AWS_ENDPOINT_URL_SSO_OIDC":         s.URL,
		"AWS_ENDPOINT_URL_SIGNIN":           s.URL,
	}
	for name, value := range st.Env {
		if value == "" {
			delete(env, name)
		} else {
			env[name] = fill(value)
		}
	}
	return env, nil
}

// pair is the lines of a key pair in a file, under a header.
func pair(header, id string) string {
	k := Keys(id)
	s := "[" + header + "]\naws_access_key_id = " + id + "\naws_secret_access_key = " + k.SecretAccessKey + "\n"
	if k.SessionToken != "" {
		s += "aws_session_token = " + k.SessionToken + "\n"
	}
	return s
}

// with is the variables of a key pair, and further ones.
func with(id string, further ...string) map[string]string {
	env := map[string]string{}
	if id != "" {
		k := Keys(id)
		env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"] = k.AccessKeyID, k.SecretAccessKey, k.SessionToken
	}
	for i := 0; i+1 < len(further); i += 2 {
		env[further[i]] = further[i+1]
	}
	return env
}

// role is the line of a role.
func role(name string) string { return "role_arn = arn:aws:iam::123456789012:role/" + name + "\n" }

// Situations returns the table: the order of sources, the rules of profiles, and the traps.
func Situations() []Situation {
	const (
		web       = "AWS_WEB_IDENTITY_TOKEN_FILE"
		arn       = "AWS_ROLE_ARN"
		full      = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
		relative  = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
		authToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
		authFile  = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
		profile   = "AWS_PROFILE"
		webRole   = "arn:aws:iam::123456789012:role/Pod"
		sso       = "sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\n"
		session   = "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = " + startURL + "\n"
		process   = "credential_process = cat %HOME%/process.json\n"
		login     = "login_session = " + loginSession + "\n"
	)
	// printed is a process that prints keys with an expiration.
	printed := func(expiration string) string {
		return `credential_process = echo '{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"` + Keys("AKIAPROCESS").SecretAccessKey +
			`","Expiration":"` + expiration + `"}'` + "\n"
	}
	container := []string{full, "%URL%/container", authToken, ContainerToken}
	return []Situation{
		// The order of sources.
		{Name: "environment keys", Env: with("ASIAENV"), KeyID: "ASIAENV"},
		{Name: "environment keys without a token", Env: with("AKIAENV"), KeyID: "AKIAENV"},
		{Name: "old names of the keys", Env: with("", "AWS_ACCESS_KEY", "AKIAOLD", "AWS_SECRET_KEY", Keys("AKIAOLD").SecretAccessKey), KeyID: "AKIAOLD"},
		{Name: "environment keys beat AWS_PROFILE", Env: with("AKIAENV", profile, "dev"), Config: pair("profile dev", "AKIADEV"), KeyID: "AKIAENV"},
		{Name: "environment keys beat web identity", Env: with("AKIAENV", web, "%HOME%/token", arn, webRole), KeyID: "AKIAENV"},
		{Name: "environment keys beat the container", Env: with("AKIAENV", container...), KeyID: "AKIAENV"},
		{Name: "environment keys beat the default profile", Env: with("AKIAENV"), Credentials: pair("default", "AKIADEFAULT"), KeyID: "AKIAENV"},
		{Name: "a profile named by the program beats environment keys", Env: with("AKIAENV"), Profile: "dev", Config: pair("profile dev", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "a profile named by the program beats web identity", Env: with("", web, "%HOME%/token", arn, webRole), Profile: "dev", Config: pair("profile dev", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "half a pair in the environment is passed over", Env: with("", "AWS_ACCESS_KEY_ID", "AKIAHALF"), Credentials: pair("default", "AKIADEFAULT"), KeyID: "AKIADEFAULT"},
		{Name: "only a secret in the environment is passed over", Env: with("", "AWS_SECRET_ACCESS_KEY", "x"), Credentials: pair("default", "AKIADEFAULT"), KeyID: "AKIADEFAULT"},
		{Name: "web identity", Env: with("", web, "%HOME%/token", arn, webRole), KeyID: "ASIAWEBPOD"},
		{Name: "web identity with a session name", Env: with("", web, "%HOME%/token", arn, webRole, "AWS_ROLE_SESSION_NAME", "me"), KeyID: "ASIAWEBPOD"},
		{Name: "web identity beats AWS_PROFILE", Env: with("", web, "%HOME%/token", arn, webRole, profile, "dev"), Config: pair("profile dev", "AKIADEV"), KeyID: "ASIAWEBPOD"},
		{Name: "web identity beats the default profile", Env: with("", web, "%HOME%/token", arn, webRole), Credentials: pair("default", "AKIADEFAULT"), KeyID: "ASIAWEBPOD"},
		{Name: "web identity without a role", Env: with("", web, "%HOME%/token"), Credentials: pair("default", "AKIADEFAULT"), Error: "AWS_ROLE_ARN"},
		{Name: "web identity without its file", Env: with("", web, "%HOME%/none", arn, webRole), Credentials: pair("default", "AKIADEFAULT"), Error: "token file"},
		{Name: "web identity with an empty file", Env: with("", web, "%HOME%/empty", arn, webRole), Error: "empty"},
		{Name: "a role in the environment alone is nothing", Env: with("", arn, webRole), Credentials: pair("default", "AKIADEFAULT"), KeyID: "AKIADEFAULT"},
		{Name: "the default profile beats the container", Env: with("", container...), Credentials: pair("default", "AKIADEFAULT"), KeyID: "AKIADEFAULT"},
		{Name: "container, full URI", Env: with("", container...), KeyID: "ASIACONTAINER"},
		{Name: "container, token file", Env: with("", full, "%URL%/container", authFile, "%HOME%/auth"), KeyID: "ASIACONTAINER"},
		{Name: "container, token file beats token", Env: with("", full, "%URL%/container", authFile, "%HOME%/auth", authToken, "wrong"), KeyID: "ASIACONTAINER"},
		{Name: "container, token file missing", Env: with("", full, "%URL%/container", authFile, "%HOME%/none", authToken, ContainerToken), Error: "TOKEN_FILE"},
		{Name: "container, no token", Env: with("", full, "%URL%/container"), Error: "refused"},
		{Name: "container, forbidden host", Env: with("", full, "http://192.0.2.1/x"), Error: "not allowed"},
		{Name: "container, not a URL", Env: with("", full, "://x"), Error: "FULL_URI"},
		{Name: "container, relative URI beats full", Env: with("", full, "%URL%/container", relative, "@%HOME%", authToken, ContainerToken), Error: "RELATIVE_URI"},
		{Name: "instance metadata", KeyID: "ASIAIMDS"},
		{Name: "instance metadata, empty default profile", Config: "[default]\nregion = us-west-2\n", KeyID: "ASIAIMDS"},
		{Name: "instance metadata disabled", Env: with("", "AWS_EC2_METADATA_DISABLED", "TRUE"), Error: "AWS_EC2_METADATA_DISABLED"},
		{Name: "instance metadata not disabled by 1", Env: with("", "AWS_EC2_METADATA_DISABLED", "1"), KeyID: "ASIAIMDS"},
		{Name: "instance metadata endpoint of the profile", Env: with("", "AWS_EC2_METADATA_SERVICE_ENDPOINT", ""), Config: "[default]\nec2_metadata_service_endpoint = %URL%\n", KeyID: "ASIAIMDS"},
		{Name: "instance metadata, bad mode", Env: with("", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv5"), Error: "IPv6"},
		{Name: "another profile does not matter", Config: pair("profile dev", "AKIADEV"), KeyID: "ASIAIMDS"},

		// Which profile.
		{Name: "AWS_PROFILE", Env: with("", profile, "dev"), Config: pair("profile dev", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "AWS_DEFAULT_PROFILE", Env: with("", "AWS_DEFAULT_PROFILE", "dev"), Config: pair("profile dev", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "AWS_PROFILE beats AWS_DEFAULT_PROFILE", Env: with("", profile, "dev", "AWS_DEFAULT_PROFILE", "x"), Config: pair("profile dev", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "AWS_PROFILE names an absent profile", Env: with("", profile, "none"), Credentials: pair("default", "AKIADEFAULT"), Error: `"none"`},
		{Name: "AWS_DEFAULT_PROFILE names an absent profile", Env: with("", "AWS_DEFAULT_PROFILE", "none"), KeyID: "ASIAIMDS"},
		{Name: "the program names an absent profile", Profile: "none", Credentials: pair("default", "AKIADEFAULT"), Error: `"none"`},
		{Name: "AWS_PROFILE=default without files", Env: with("", profile, "default"), KeyID: "ASIAIMDS", SDK: "error"},
		{Name: "names are case-sensitive", Env: with("", profile, "DEV"), Config: pair("profile dev", "AKIADEV"), Error: `"DEV"`},
		{Name: "config file without the prefix", Env: with("", profile, "dev"), Config: pair("dev", "AKIADEV"), Error: `"dev"`},
		{Name: "[profile default] replaces [default]", Config: pair("default", "AKIAONE") + pair("profile default", "AKIATWO"), KeyID: "AKIATWO"},
		{Name: "nothing is inherited from default", Env: with("", profile, "dev"), Config: pair("default", "AKIADEFAULT") + "[profile dev]\nregion = eu-west-1\n", KeyID: "ASIAIMDS"},

		// Keys in the files.
		{Name: "keys of the credentials file win", Config: pair("default", "AKIACONFIG"), Credentials: pair("default", "AKIACRED"), KeyID: "AKIACRED"},
		{Name: "no stale token from the other file", Config: pair("default", "ASIACONFIG"), Credentials: pair("default", "AKIACRED"), KeyID: "AKIACRED", SDK: "AKIACRED with the token of ASIACONFIG"},
		{Name: "half a pair in the credentials file", Config: pair("default", "AKIACONFIG"), Credentials: "[default]\naws_access_key_id = AKIAHALF\n", Error: "aws_secret_access_key"},
		{Name: "half a pair in each file", Config: "[default]\naws_secret_access_key = 0123456789abcdef\n", Credentials: "[default]\naws_access_key_id = AKIAHALF\n", Error: "aws_secret_access_key"},
		{Name: "keys with a comment", Credentials: strings.Replace(pair("default", "AKIADEFAULT"), "\n", " # mine\n", 2), KeyID: "AKIADEFAULT"},
		{Name: "quoted keys", Credentials: "[default]\naws_access_key_id = \"AKIADEFAULT\"\naws_secret_access_key = '" + Keys("AKIADEFAULT").SecretAccessKey + "'\n", KeyID: "AKIADEFAULT"},
		{Name: "a byte-order mark", Credentials: "\ufeff" + pair("default", "AKIADEFAULT"), KeyID: "AKIADEFAULT", SDK: "ASIAIMDS"},
		{Name: "CRLF", Credentials: strings.ReplaceAll(pair("default", "AKIADEFAULT"), "\n", "\r\n"), KeyID: "AKIADEFAULT"},
		{Name: "static keys beat single sign-on and a process", Config: session + pair("default", "AKIADEFAULT") + sso + process, KeyID: "AKIADEFAULT"},

		// Roles.
		{Name: "source_profile", Env: with("", profile, "dev"), Config: "[profile dev]\n" + role("Dev") + "source_profile = base\n" + pair("profile base", "AKIABASE"), KeyID: "ASIAROLEDEV"},
		{Name: "source_profile beats own keys", Env: with("", profile, "dev"), Config: pair("profile dev", "AKIADEV") + role("Dev") + "source_profile = base\n" + pair("profile base", "AKIABASE"), KeyID: "ASIAROLEDEV"},
		{Name: "a chain of two roles", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\n" + role("B") + "source_profile = c\n" + pair("profile c", "AKIAC"), KeyID: "ASIAROLEA"},
		{Name: "a chain ends at static keys", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n" + pair("profile b", "AKIAB") + role("B") + "source_profile = none\n", KeyID: "ASIAROLEA", SDK: "ASIAROLEA with role B between"},
		{Name: "a profile as its own source", Env: with("", profile, "a"), Config: pair("profile a", "AKIAA") + role("A") + "source_profile = a\n", KeyID: "ASIAROLEA"},
		{Name: "a circle", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\n" + role("B") + "source_profile = a\n", Error: "circle"},
		{Name: "a missing source", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = none\n", Error: `"none"`},
		{Name: "a source without credentials", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\nregion = us-east-1\n", Error: "no credentials"},
		{Name: "source_profile without a role", Env: with("", profile, "a"), Config: "[profile a]\nsource_profile = b\n" + pair("profile b", "AKIAB"), Error: "role_arn"},
		{Name: "source_profile and credential_source", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\ncredential_source = Environment\n" + pair("profile b", "AKIAB"), Error: "more than one"},
		{Name: "source_profile and a process", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n" + process + pair("profile b", "AKIAB"), Error: "more than one"},
		{Name: "credential_source Environment", Env: with("AKIAENV", profile, "a"), Profile: "a", Config: "[profile a]\n" + role("A") + "credential_source = Environment\n", KeyID: "ASIAROLEA"},
		{Name: "credential_source Environment without keys", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "credential_source = Environment\n", Error: "AWS_ACCESS_KEY_ID"},
		{Name: "credential_source EcsContainer", Env: with("", append(container, profile, "a")...), Config: "[profile a]\n" + role("A") + "credential_source = EcsContainer\n", KeyID: "ASIAROLEA"},
		{Name: "credential_source EcsContainer without a URI", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "credential_source = EcsContainer\n", Error: "EcsContainer"},
		{Name: "credential_source Ec2InstanceMetadata", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "credential_source = Ec2InstanceMetadata\n", KeyID: "ASIAROLEA"},
		{Name: "credential_source is case-sensitive", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "credential_source = environment\n", Error: "credential_source"},
		{Name: "credential_source without a role", Env: with("", profile, "a"), Config: "[profile a]\ncredential_source = Environment\n", Error: "role_arn"},
		{Name: "a role alone takes the machine's credentials", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A"), KeyID: "ASIAROLEA"},
		{Name: "a role with the profile's own keys", Env: with("", profile, "a"), Config: pair("profile a", "AKIAA") + role("A"), KeyID: "ASIAROLEA"},
		{Name: "a role with all its settings", Env: with("", profile, "a"), Config: pair("profile a", "AKIAA") + role("A") + "role_session_name = me@example.com\nexternal_id = x/y\nduration_seconds = 3600\n", KeyID: "ASIAROLEA"},
		{Name: "a duration that is no number", Env: with("", profile, "a"), Config: pair("profile a", "AKIAA") + role("A") + "duration_seconds = long\n", KeyID: "ASIAROLEA"},
		{Name: "a duration above what STS gives", Env: with("", profile, "a"), Config: pair("profile a", "AKIAA") + role("A") + "duration_seconds = 43201\n", Error: "12 hours"},
		{Name: "mfa_serial without anybody to ask", Env: with("", profile, "a"), Config: pair("profile a", "AKIAA") + role("A") + "mfa_serial = arn:aws:iam::123456789012:mfa/me\n", Error: "MFA"},
		{Name: "a role without a region", Env: with("", profile, "a", "AWS_REGION", ""), Config: pair("profile a", "AKIAA") + role("A"), Error: "region", Region: "-"},
		{Name: "web identity of a profile", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "web_identity_token_file = %HOME%/token\n", KeyID: "ASIAWEBA"},
		{Name: "web identity as a source", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\n" + role("B") + "web_identity_token_file = %HOME%/token\n", KeyID: "ASIAROLEA"},
		{Name: "web identity of a profile without a role", Env: with("", profile, "a"), Config: "[profile a]\nweb_identity_token_file = %HOME%/token\n", Error: "role_arn"},
		{Name: "a process as a source", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\n" + process, KeyID: "ASIAROLEA"},

		// Processes and sign-ins.
		{Name: "credential_process", Config: "[default]\n" + process, KeyID: "AKIAPROCESS"},
		{Name: "credential_process beats the container", Env: with("", container...), Config: "[default]\n" + process, KeyID: "AKIAPROCESS"},
		{Name: "a process that fails", Config: "[default]\ncredential_process = exit 3\n", Error: "exit status 3"},
		{Name: "a process that prints nonsense", Config: "[default]\ncredential_process = echo nonsense\n", Error: "output"},
		{Name: "single sign-on", Config: session + "[default]\n" + sso, KeyID: "ASIASSODEV"},
		{Name: "single sign-on with a role on top", Config: session + "[default]\n" + sso + role("A"), KeyID: "ASIAROLEA"},
		{Name: "single sign-on as a source", Env: with("", profile, "a"), Config: session + "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\n" + sso, KeyID: "ASIAROLEA"},
		{Name: "single sign-on, renewed", Config: strings.ReplaceAll(session, "corp", "stale") + "[default]\n" + strings.ReplaceAll(sso, "corp", "stale"), KeyID: "ASIASSODEV"},
		{Name: "single sign-on, expired", Config: strings.ReplaceAll(session, "corp", "gone") + "[default]\n" + strings.ReplaceAll(sso, "corp", "gone"), Error: "aws sso login"},
		{Name: "single sign-on, never signed in", Config: strings.ReplaceAll(session, "corp", "never") + "[default]\n" + strings.ReplaceAll(sso, "corp", "never"), Error: "aws sso login"},
		{Name: "single sign-on, no such session", Config: "[default]\n" + sso, Error: `"corp"`},
		{Name: "single sign-on, session incomplete", Config: "[sso-session corp]\nsso_region = us-east-1\n[default]\n" + sso, Error: "sso_start_url"},
		{Name: "single sign-on, profile repeats the session", Config: session + "[default]\nsso_region = us-east-1\n" + sso, KeyID: "ASIASSODEV"},
		{Name: "single sign-on, profile contradicts the session", Config: session + "[default]\nsso_region = eu-west-1\n" + sso, Error: "sso_region"},
		{Name: "single sign-on, older form", Config: "[default]\nsso_region = us-east-1\nsso_start_url = " + startURL + "\nsso_account_id = 123456789012\nsso_role_name = Old\n", KeyID: "ASIASSOOLD"},
		{Name: "single sign-on, older form, incomplete", Config: "[default]\nsso_region = us-east-1\nsso_start_url = " + startURL + "\n", Error: "sso_account_id"},
		{Name: "single sign-on beats a process", Config: session + "[default]\n" + sso + process, KeyID: "ASIASSODEV"},
		{Name: "login session", Config: "[default]\n" + login, KeyID: "ASIALOGIN"},
		{Name: "login session, not signed in", Config: "[default]\nlogin_session = arn:aws:iam::123456789012:user/nobody\n", Error: "aws login"},
		{Name: "login session beats a process", Config: "[default]\n" + login + process, KeyID: "ASIALOGIN"},
		{Name: "login session as a source", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n[profile b]\n" + login, KeyID: "ASIAROLEA", SDK: "error"},

		// Region and endpoint.
		{Name: "AWS_REGION beats AWS_DEFAULT_REGION", Env: with("AKIAENV", "AWS_REGION", "eu-west-1", "AWS_DEFAULT_REGION", "us-west-2"), KeyID: "AKIAENV", Region: "eu-west-1"},
		{Name: "AWS_DEFAULT_REGION", Env: with("AKIAENV", "AWS_REGION", "", "AWS_DEFAULT_REGION", "us-west-2"), Config: "[default]\nregion = eu-west-1\n", KeyID: "AKIAENV", Region: "us-west-2"},
		{Name: "region of the profile", Env: with("AKIAENV", "AWS_REGION", ""), Config: "[default]\nregion = eu-west-1\n", KeyID: "AKIAENV", Region: "eu-west-1"},
		{Name: "region of the credentials file wins", Env: with("AKIAENV", "AWS_REGION", ""), Config: "[default]\nregion = eu-west-1\n", Credentials: "[default]\nregion = eu-west-2\n", KeyID: "AKIAENV", Region: "eu-west-2"},
		{Name: "region of a source profile does not count", Env: with("AKIAENV", "AWS_REGION", "", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n" + pair("profile b", "AKIAB") + "region = eu-west-1\n", KeyID: "AKIAENV", Region: "-"},
		{Name: "no region", Env: with("AKIAENV", "AWS_REGION", ""), KeyID: "AKIAENV", Region: "-"},
		{Name: "endpoint of the service beats the endpoint for all", Env: with("AKIAENV", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://a.example", "AWS_ENDPOINT_URL", "https://b.example"), KeyID: "AKIAENV", Endpoint: "https://a.example"},
		{Name: "endpoint for all", Env: with("AKIAENV", "AWS_ENDPOINT_URL", "https://b.example"), Config: "[default]\nendpoint_url = https://c.example\n", KeyID: "AKIAENV", Endpoint: "https://b.example"},
		{Name: "endpoint of the services section", Env: with("AKIAENV"), Config: "[default]\nservices = s\nendpoint_url = https://c.example\n[services s]\nbedrock_runtime =\n  endpoint_url = https://d.example/p\n", KeyID: "AKIAENV", Endpoint: "https://d.example/p"},
		{Name: "endpoint of the profile", Env: with("AKIAENV"), Config: "[default]\nservices = none\nendpoint_url = https://c.example\n", KeyID: "AKIAENV", Endpoint: "https://c.example"},
		{Name: "endpoints ignored", Env: with("AKIAENV", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "AWS_ENDPOINT_URL", "https://b.example"), Config: "[default]\nendpoint_url = https://c.example\n", KeyID: "AKIAENV"},
		{Name: "endpoints ignored by the profile", Env: with("AKIAENV"), Config: "[default]\nignore_configured_endpoint_urls = true\nendpoint_url = https://c.example\n", KeyID: "AKIAENV"},

		// Files as the AWS CLI and people write them.
		{Name: "a profile name as the AWS CLI quotes it", Env: with("", profile, macBook), Config: pair(`profile 'Someone'"'"'s Mac Book'`, "AKIADEV"), KeyID: "AKIADEV", SDK: "error"},
		{Name: "a profile name with backslashes", Env: with("", profile, "My Mac Book"), Config: pair(`profile My\ Mac\ Book`, "AKIADEV"), KeyID: "AKIADEV", SDK: "error"},
		{Name: "a profile name with a quote", Env: with("", profile, `a"b`), Config: pair(`profile "a\"b"`, "AKIADEV"), KeyID: "AKIADEV", SDK: "error"},
		{Name: "a profile name that is quoted in part", Env: with("", profile, "My Mac-Book"), Config: pair(`profile "My Mac"-Book`, "AKIADEV"), KeyID: "AKIADEV", SDK: "error"},
		{Name: "a profile name with blanks", Env: with("", profile, "My Mac Book"), Config: pair("profile My Mac Book", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "a profile name with an apostrophe that is a letter", Env: with("", profile, "Bob's"), Config: pair("profile Bob's", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "a profile in both files, quoted in one", Env: with("", profile, macBook, "AWS_REGION", ""), Config: `[profile 'Someone'"'"'s Mac Book']` + "\nregion = eu-west-1\n", Credentials: pair(macBook, "AKIADEV"), KeyID: "AKIADEV", Region: "eu-west-1", SDK: "AKIADEV without the region"},
		{Name: "a session name as the AWS CLI quotes it", Config: `[sso-session 'Someone'"'"'s Mac Book']` + "\nsso_region = us-east-1\nsso_start_url = " + startURL + "\n[default]\n" + strings.ReplaceAll(sso, "corp", macBook), KeyID: "ASIASSODEV", SDK: "error"},
		{Name: "a services name as the AWS CLI quotes it", Env: with("AKIAENV"), Config: "[default]\nservices = " + macBook + "\n" + `[services 'Someone'"'"'s Mac Book']` + "\nbedrock_runtime =\n  endpoint_url = https://d.example\n", KeyID: "AKIAENV", Endpoint: "https://d.example", SDK: "AKIAENV without the endpoint"},
		{Name: "text after a header", Config: strings.Replace(pair("default", "AKIADEV"), "]", "] // note", 1), KeyID: "AKIADEV", SDK: "ASIAIMDS"},
		{Name: "text after a header of another profile", Config: pair("default", "AKIADEFAULT") + strings.Replace(pair("profile dev", "AKIADEV"), "]", "] // note", 1), KeyID: "AKIADEFAULT", SDK: "AKIADEV which are those of the other profile"},
		{Name: "a session in the credentials file", Config: "[default]\n" + sso, Credentials: session, KeyID: "ASIASSODEV"},
		{Name: "services in the credentials file", Env: with("AKIAENV"), Config: "[default]\nservices = s\n", Credentials: "[services s]\nbedrock_runtime =\n  endpoint_url = https://d.example\n", KeyID: "AKIAENV", Endpoint: "https://d.example"},
		{Name: "a process with a quoted path and a quoted argument", Config: "[default]\ncredential_process = \"cat\" \"%HOME%/process.json\"\n", KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "a process with a quoted path alone", Config: "[default]\ncredential_process = \"%HOME%/none such\" 2>/dev/null\n", Error: "exit status 127"},
		{Name: "a process with a semicolon in quotes", Config: "[default]\ncredential_process = sh -c \"A=1 ; cat %HOME%/process.json\"\n", KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "a process with a number sign in quotes", Config: "[default]\ncredential_process = sh -c 'cat %HOME%/process.json' \"team #1\"\n", KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "a process with a comment", Config: "[default]\n" + strings.Replace(process, "\n", " # note\n", 1), KeyID: "AKIAPROCESS"},
		{Name: "a process that is continued", Config: "[default]\ncredential_process = true\n  && cat %HOME%/process.json\n", KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "a process with a variable of the shell", Config: "[default]\ncredential_process = A=%HOME%; cat \"$A/process.json\"\n", KeyID: "AKIAPROCESS"},
		{Name: "an expiration of RFC 3339", Config: "[default]\n" + printed("2999-04-22T22:56:02Z"), KeyID: "AKIAPROCESS"},
		{Name: "an expiration with the zone of date +%z", Config: "[default]\n" + printed("2999-04-22T22:56:02+0100"), KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "an expiration with an hour as zone", Config: "[default]\n" + printed("2999-04-22T22:56:02+01"), KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "an expiration in the basic format", Config: "[default]\n" + printed("29990422T225602Z"), KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "an expiration with a blank", Config: "[default]\n" + printed("2999-04-22 22:56:02Z"), KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "an expiration without seconds", Config: "[default]\n" + printed("2999-04-22T22:56Z"), KeyID: "AKIAPROCESS", SDK: "error"},
		{Name: "an expiration without a zone", Config: "[default]\n" + printed("2999-04-22T22:56:02"), Error: "expiration"},
		{Name: "a process that prints expired keys", Config: "[default]\n" + printed("2019-04-22T22:56:02Z"), Error: "expired", SDK: "AKIAPROCESS"},

		// Roles and tokens.
		{Name: "a source profile in the middle with keys and a role", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n" + pair("profile b", "AKIAB") + role("B") + "source_profile = c\n" + pair("profile c", "AKIAC"), KeyID: "ASIAROLEA", SDK: "ASIAROLEA with role B between"},
		{Name: "a source profile with keys, a role and two sources", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n" + pair("profile b", "AKIAB") + role("B") + "source_profile = c\ncredential_source = Environment\n" + pair("profile c", "AKIAC"), KeyID: "ASIAROLEA", SDK: "ASIAROLEA with role B between"},
		{Name: "a source profile with keys and a source without a role", Env: with("", profile, "a"), Config: "[profile a]\n" + role("A") + "source_profile = b\n" + pair("profile b", "AKIAB") + "source_profile = c\n" + pair("profile c", "AKIAC"), KeyID: "ASIAROLEA", SDK: "error"},
		{Name: "a web identity token file in the home directory", Config: "[default]\nweb_identity_token_file = ~/token\n" + role("A"), KeyID: "ASIAWEBA", SDK: "error"},
		{Name: "a web identity with a duration", Config: "[default]\nweb_identity_token_file = %HOME%/token\nduration_seconds = 3600\n" + role("A"), KeyID: "ASIAWEBA"},
		{Name: "a session name of one character", Config: pair("default", "AKIADEV") + role("A") + "role_session_name = x\n", Error: "session name", SDK: "ASIAROLEA"},
		{Name: "the old name of the session token", Config: "[default]\naws_access_key_id = ASIAENV\naws_secret_access_key = " + Keys("ASIAENV").SecretAccessKey + "\naws_security_token = " + Keys("ASIAENV").SessionToken + "\n", KeyID: "ASIAENV", SDK: "ASIAENV without the token"},
		{Name: "environment keys hide a profile with two sources", Env: with("AKIAENV"), Config: "[default]\n" + role("A") + process + "credential_source = Environment\n", KeyID: "AKIAENV", SDK: "error"},
		{Name: "environment keys hide a profile that is half a pair", Env: with("AKIAENV"), Config: "[default]\naws_access_key_id = AKIADEV\n", KeyID: "AKIAENV", SDK: "error"},

		// Other settings.
		{Name: "a region in upper case", Env: with("", "AWS_REGION", "US-EAST-1"), Config: pair("default", "AKIADEV"), Error: "region name", SDK: "AKIADEV with the region as it is"},
		{Name: "a pseudo-region for FIPS", Env: with("AKIAENV", "AWS_REGION", "fips-us-east-1"), KeyID: "AKIAENV", SDK: "AKIAENV with the region as it is"},
		{Name: "the URL of the control plane is not one", Env: with("AKIAENV", "AWS_ENDPOINT_URL_BEDROCK", "nonsense"), KeyID: "AKIAENV"},
		{Name: "the URL of the control plane and FIPS", Env: with("AKIAENV", "AWS_ENDPOINT_URL_BEDROCK", "https://c.example", "AWS_USE_FIPS_ENDPOINT", "true"), KeyID: "AKIAENV"},
		{Name: "an absent file of authorities", Env: with("", "AWS_CA_BUNDLE", "%HOME%/none"), Config: pair("default", "AKIADEV"), Error: "AWS_CA_BUNDLE"},
		{Name: "an absent file of authorities in the profile", Config: pair("default", "AKIADEV") + "ca_bundle = %HOME%/none\n", Error: "ca_bundle"},
		{Name: "the clock is not to be corrected", Env: with("", "AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true"), Config: pair("default", "AKIADEV"), KeyID: "AKIADEV"},
		{Name: "the clock is not to be corrected, by the profile", Config: pair("default", "AKIADEV") + "disable_clock_skew_correction = true\n", KeyID: "AKIADEV"},
		{Name: "the clock is not to be corrected, said otherwise", Env: with("", "AWS_DISABLE_CLOCK_SKEW_CORRECTION", "1"), Config: pair("default", "AKIADEV"), Error: "AWS_DISABLE_CLOCK_SKEW_CORRECTION"},
		{Name: "a preferred scheme", Env: with("", "AWS_AUTH_SCHEME_PREFERENCE", "sigv4"), Config: pair("default", "AKIADEV"), KeyID: "AKIADEV"},
	}
}

// WriteSSO leaves a sign-in to IAM Identity Center below a home directory, as "aws sso login" does,
// and returns its path. name is the name of the [sso-session], or the start URL for the older form
// of profile. With renewable set the sign-in can be renewed by the token service.
func WriteSSO(home, name string, expires time.Time, renewable bool) (path string, err error) {
	sum := sha1.Sum([]byte(name))
	m := map[string]any{"accessToken": AccessToken, "expiresAt": expires.UTC().Format(time.RFC3339),
		"region": "us-east-1", "startUrl": "https://example.awsapps.com/start", "other": map[string]int{"kept": 1}}
	if renewable {
		m["refreshToken"], m["clientId"], m["clientSecret"] = RefreshToken, "client-id", "client-secret"
		m["registrationExpiresAt"] = expires.Add(90 * 24 * time.Hour).UTC().Format(time.RFC3339)
	}
	return write(filepath.Join(home, ".aws", "sso", "cache"), sum[:], m)
}

// WriteLogin leaves a sign-in of "aws login" below a home directory and returns its path. session
// is the profile's login_session.
func WriteLogin(home, session string, expires time.Time) (path string, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	k := Keys("ASIALOGIN")
	sum := sha256.Sum256([]byte(session))
	return write(filepath.Join(home, ".aws", "login", "cache"), sum[:], map[string]any{
		"accessToken": map[string]string{"accessKeyId": k.AccessKeyID, "secretAccessKey": k.SecretAccessKey, "sessionToken": k.SessionToken,
			"accountId": "123456789012", "expiresAt": expires.UTC().Format(time.RFC3339)},
		"tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": RefreshToken, "idToken": "id",
		"dpopKey": string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})),
	})
}

func write(dir string, sum []byte, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, hex.EncodeToString(sum)+".json")
	return path, os.WriteFile(path, b, 0o600)
}
