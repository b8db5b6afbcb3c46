package config

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/credentials"
	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// ambient is an environment with a config file of its own and nothing else.
func ambient(config string, env ...string) Options {
	files := sharedfile.Merge(sharedfile.Parse([]byte(config), sharedfile.Config, "config"), sharedfile.File{})
	m := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "0123456789"}
	for i := 0; i+1 < len(env); i += 2 {
		m[env[i]] = env[i+1]
	}
	return Options{Getenv: func(name string) string { return m[name] }, Files: &files}
}

// TestSituations loads every situation of the chain's table, and looks at keys, region and
// endpoint.
func TestSituations(t *testing.T) {
	s, err := credentialstest.New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, noShell := exec.LookPath("sh")
	for _, st := range credentialstest.Situations() {
		t.Run(st.Name, func(t *testing.T) {
			if strings.Contains(st.Config, "credential_process") && noShell != nil {
				t.Skip("there is no sh to run as credential_process")
			}
			env, err := st.Setup(s, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			options := Options{Profile: st.Profile, Getenv: func(name string) string { return env[name] }}
			cfg, err := Load(ctx, &options)
			var keys signer.Credentials
			if err == nil {
				keys, err = cfg.Credentials(ctx)
			}
			told := Explain(&options).String()
			if st.KeyID == "" {
				if err == nil || !strings.Contains(err.Error(), st.Error) {
					t.Errorf("%v, error %v, want one with %q", keys, err, st.Error)
				}
				return
			}
			if err != nil || keys.AccessKeyID != st.KeyID {
				t.Fatalf("%v, %v, want %s", keys, err, st.KeyID)
			}
			region := st.Region
			switch region {
			case "":
				region = "us-east-1"
			case "-":
				region = ""
			}
			if cfg.Region != region || cfg.Endpoint != st.Endpoint {
				t.Errorf("region %q endpoint %q, want %q %q", cfg.Region, cfg.Endpoint, region, st.Endpoint)
			}
			if !strings.Contains(told, "yes  ") || strings.Contains(told, keys.SecretAccessKey) {
				t.Errorf("explained as\n%s", told)
			}
		})
	}
}

// requested returns the URL a client asks.
func requested(cfg client.Config) (string, error) {
	var got string
	stop := errors.New("asked")
	cfg.Transport = transport(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String()
		return nil, stop
	})
	cfg.Retry.MaxAttempts = 1
	c, err := client.New(cfg)
	if err != nil {
		return "", err
	}
	_, err = c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: "m", Body: []byte("{}")})
	if !errors.Is(err, stop) {
		return "", err
	}
	return strings.TrimSuffix(got, "/model/m/invoke-with-response-stream"), nil
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestEndpoints(t *testing.T) {
	const env, profile = "environment", "profile"
	rows := []struct {
		name string
		o    Options
		want string // the URL, or part of the error
	}{
		{"service before all", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://a.example", "AWS_ENDPOINT_URL", "https://b.example"), "https://a.example"},
		{"another service's", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "https://a.example"), "https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"empty is absent", ambient("[default]\nendpoint_url = https://c.example\n", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "", "AWS_ENDPOINT_URL", ""), "https://c.example"},
		{"variable before section", ambient("[default]\nservices = s\n[services s]\nbedrock_runtime =\n  endpoint_url = https://d.example\n", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example"), "https://b.example"},
		{"section before profile", ambient("[default]\nservices = s\nendpoint_url = https://c.example\n[services s]\nbedrock_runtime =\n  endpoint_url = https://d.example\n", "AWS_REGION", "us-east-1"), "https://d.example"},
		{"section of another service", ambient("[default]\nservices = s\nendpoint_url = https://c.example\n[services s]\ns3 =\n  endpoint_url = https://d.example\n", "AWS_REGION", "us-east-1"), "https://c.example"},
		{"path prefix", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example/gateway/v1/"), "https://b.example/gateway/v1"},
		{"loopback", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "http://127.0.0.1:8080"), "http://127.0.0.1:8080"},
		{"plain http elsewhere", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "http://b.example"), "loopback"},
		{"ignored", ambient("[default]\nendpoint_url = https://c.example\n", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"), "https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"not ignored in the environment", ambient("[default]\nignore_configured_endpoint_urls = true\n", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"), "https://b.example"},
		{"ignored, but not the program's", with(ambient("", "AWS_REGION", "us-east-1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), func(o *Options) { o.Endpoint = "https://e.example" }), "https://e.example"},
		{"the program's before all", with(ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://a.example"), func(o *Options) { o.Endpoint = "https://e.example" }), "https://e.example"},
		{"URL and FIPS", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example", "AWS_USE_FIPS_ENDPOINT", "true"), "FIPS"},
		{"URL and dual-stack", ambient("[default]\nuse_dualstack_endpoint = true\n", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example"), "dual-stack"},
		{"URL of the control plane and FIPS", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "https://b.example", "AWS_USE_FIPS_ENDPOINT", "true"), "https://bedrock-runtime-fips.us-east-1.amazonaws.com"},
		{"URL of the control plane is not one", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "nonsense"), "https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"URL of the control plane in a services section is not one", ambient("[default]\nservices = s\n[services s]\nbedrock =\n  endpoint_url = http://b.example\n", "AWS_REGION", "us-east-1"), "https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"URL of the control plane is not one, the program's", with(ambient("", "AWS_REGION", "us-east-1"), func(o *Options) { o.ControlEndpoint = "nonsense" }), "ControlEndpoint"},
		{"URLs of STS and others are not", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_STS", "nonsense", "AWS_ENDPOINT_URL_SSO", "http://x"), "https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"URL and FIPS switched off by the program", with(ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example", "AWS_USE_FIPS_ENDPOINT", "true"), func(o *Options) { o.FIPS = new(bool) }), "https://b.example"},
		{"pseudo-region", ambient("", "AWS_REGION", "fips-us-east-1"), "https://bedrock-runtime-fips.us-east-1.amazonaws.com"},
		{"pseudo-region, suffix", ambient("[default]\nregion = us-gov-west-1-fips\n"), "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com"},
		{"unknown region", ambient("", "AWS_REGION", "mars-north-1"), "https://bedrock-runtime.mars-north-1.amazonaws.com"},
		{"hostile region", ambient("", "AWS_REGION", "evil.example/"), "region name"},
		{"no region", ambient(""), "Region"},
		{"FIPS is 1", ambient("", "AWS_REGION", "us-east-1", "AWS_USE_FIPS_ENDPOINT", "1"), "true or false"},
		{"FIPS of the profile is 1", ambient("[default]\nuse_fips_endpoint = 1\n", "AWS_REGION", "us-east-1"), "https://bedrock-runtime.us-east-1.amazonaws.com"},
		{"dual-stack is yes", ambient("", "AWS_REGION", "us-east-1", "AWS_USE_DUALSTACK_ENDPOINT", "yes"), "true or false"},
		{"ignore is yes", ambient("", "AWS_REGION", "us-east-1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "yes"), "true or false"},
	}
	for _, p := range []struct{ region, suffix, dual string }{
		{"us-west-2", "amazonaws.com", "api.aws"},
		{"cn-north-1", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
		{"eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"},
		{"us-iso-east-1", "c2s.ic.gov", "api.aws.ic.gov"},
		{"us-isob-east-1", "sc2s.sgov.gov", "api.aws.scloud"},
		{"eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
		{"us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
		{"us-gov-west-1", "amazonaws.com", "api.aws"},
	} {
		for _, how := range []string{env, profile} {
			for _, fips := range []bool{false, true} {
				for _, dual := range []bool{false, true} {
					host, suffix := "bedrock-runtime", p.suffix
					config, vars := "[default]\nregion = "+p.region+"\n", []string{"AWS_REGION", p.region}
					name := p.region + " by " + how
					if fips {
						host, name = host+"-fips", name+" FIPS"
						config, vars = config+"use_fips_endpoint = true\n", append(vars, "AWS_USE_FIPS_ENDPOINT", "true")
					}
					if dual {
						suffix, name = p.dual, name+" dual-stack"
						config, vars = config+"use_dualstack_endpoint = True\n", append(vars, "AWS_USE_DUALSTACK_ENDPOINT", "True")
					}
					o := ambient("", vars...)
					if how == profile {
						o = ambient(config)
					}
					rows = append(rows, struct {
						name string
						o    Options
						want string
					}{name, o, "https://" + host + "." + p.region + "." + suffix})
				}
			}
		}
	}
	if len(rows) < 39 {
		t.Fatalf("%d rows, want at least 39", len(rows))
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			cfg, err := Load(context.Background(), &row.o)
			got := ""
			if err == nil {
				got, err = requested(cfg)
			}
			if got != row.want && (err == nil || strings.HasPrefix(row.want, "http") || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("%q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func with(o Options, change func(*Options)) Options {
	change(&o)
	return o
}

func TestControlEndpoint(t *testing.T) {
	for _, c := range []struct {
		name       string
		o          Options
		want, from string
	}{
		{"none", ambient("", "AWS_REGION", "us-east-1"), "", ""},
		{"of the runtime alone", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://a.example"), "https://bedrock.us-east-1.amazonaws.com", ""},
		{"for all", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL", "https://b.example"), "https://b.example", "AWS_ENDPOINT_URL"},
		{"of its own", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "https://c.example"), "https://c.example", "AWS_ENDPOINT_URL_BEDROCK"},
		{"of the profile", ambient("[default]\nendpoint_url = https://c.example\n", "AWS_REGION", "us-east-1"), "https://c.example", `endpoint_url of profile "default"`},
		{"not a URL", ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "nonsense"), "nonsense", "AWS_ENDPOINT_URL_BEDROCK"},
		{"the program's", with(ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "https://c.example"), func(o *Options) { o.ControlEndpoint = "https://d.example" }), "https://d.example", ""},
		{"the program's for both", with(ambient("", "AWS_REGION", "us-east-1", "AWS_ENDPOINT_URL_BEDROCK", "https://c.example"), func(o *Options) { o.Endpoint = "https://d.example" }), "", ""},
	} {
		if cfg, err := Load(context.Background(), &c.o); err != nil || cfg.ControlEndpoint != c.want || cfg.ControlEndpointFrom != c.from {
			t.Errorf("%s: %q from %q, %v, want %q from %q", c.name, cfg.ControlEndpoint, cfg.ControlEndpointFrom, err, c.want, c.from)
		}
	}
}

// TestAuthenticationOrder: bearer of the program, keys of the program, bearer of the environment,
// the chain; and whoever has a bearer token asks no source of keys, however broken it is.
func TestAuthenticationOrder(t *testing.T) {
	const variable, preference = "AWS_BEARER_TOKEN_BEDROCK", "AWS_AUTH_SCHEME_PREFERENCE"
	named := func(o *Options) { o.Profile = "tenant" }
	const tenant = "[profile tenant]\naws_access_key_id = AKIATENANT\naws_secret_access_key = 0123456789\n"
	bearer := func(context.Context) (string, error) { return "of the program", nil }
	keys := credentials.Static(signer.Credentials{AccessKeyID: "AKIAPROGRAM", SecretAccessKey: "0123456789"})
	broken := "[default]\nsso_session = none\n"
	none := func(o Options) Options { // without keys in the environment
		old := o.Getenv
		o.Getenv = func(name string) string {
			if strings.HasSuffix(name, "ACCESS_KEY_ID") {
				return ""
			}
			return old(name)
		}
		return o
	}
	for _, c := range []struct {
		name  string
		o     Options
		token string
		key   string
		fails string
	}{
		{"everything", with(ambient("", variable, "of the environment"), func(o *Options) { o.BearerToken, o.Credentials = bearer, keys }), "of the program", "", ""},
		{"keys of the program beat the variable", with(ambient("", variable, "x"), func(o *Options) { o.Credentials = keys }), "", "AKIAPROGRAM", ""},
		{"the variable beats keys in the environment", ambient("", variable, "token"), "token", "", ""},
		{"white space goes", ambient("", variable, " token\r\n"), "token", "", ""},
		{"empty is absent", ambient("", variable, ""), "", "AKIAENV", ""},
		{"blank is absent", ambient("", variable, " \n"), "", "AKIAENV", ""},
		{"a line break within", ambient("", variable, "a\r\nb"), "", "", variable},
		{"a profile of the program beats the variable", with(ambient(tenant, variable, "token"), named), "", "AKIATENANT", ""},
		{"a profile of the program beats a variable that can't be used", with(ambient(tenant, variable, "a b"), named), "", "AKIATENANT", ""},
		{"a profile of the program beats the preference of the environment", with(ambient(tenant, variable, "token", preference, "httpBearerAuth"), named), "", "AKIATENANT", ""},
		{"a profile of the program that has no keys", with(ambient("[profile tenant]\nsso_session = none\n", variable, "token"), named), "", "", "sso-session"},
		{"a token of the program beats its profile", with(with(ambient(tenant, variable, "token"), named), func(o *Options) { o.BearerToken = bearer }), "of the program", "", ""},
		{"AWS_PROFILE does not beat the variable", ambient(tenant, variable, "token", "AWS_PROFILE", "tenant"), "token", "", ""},
		{"sigv4 is preferred", ambient("", variable, "token", preference, "sigv4"), "", "AKIAENV", ""},
		{"sigv4 is preferred, and the variable can't be used", ambient("", variable, "a b", preference, "sigv4"), "", "AKIAENV", ""},
		{"sigv4 is preferred by the profile", ambient("[default]\nauth_scheme_preference = sigv4\n", variable, "token"), "", "AKIAENV", ""},
		{"the variable's preference before the profile's", ambient("[default]\nauth_scheme_preference = sigv4\n", variable, "token", preference, "httpBearerAuth"), "token", "", ""},
		{"bearer is preferred", ambient("", variable, "token", preference, "httpBearerAuth,sigv4"), "token", "", ""},
		{"bearer is preferred, and there is no token", ambient("", preference, "httpBearerAuth"), "", "AKIAENV", ""},
		{"the first that Bedrock has", ambient("", variable, "token", preference, " sigv4a ,noAuth,\taws.auth#sigv4\t, httpBearerAuth"), "", "AKIAENV", ""},
		{"bearer with a namespace, first", ambient("", variable, "token", preference, "smithy.api#httpBearerAuth, sigv4"), "token", "", ""},
		{"a preference that Bedrock does not have", ambient("", variable, "token", preference, "sigv4a,SIGV4"), "token", "", ""},
		{"an empty preference", ambient("", variable, "token", preference, " , "), "token", "", ""},
		{"the variable needs no chain", none(ambient(broken, variable, "token")), "token", "", ""},
		{"without it the chain fails", none(ambient(broken)), "", "", "sso-session"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := Load(context.Background(), &c.o)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "\r") {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if (cfg.BearerToken != nil) != (c.token != "") || (cfg.Credentials != nil) != (c.key != "") {
				t.Fatalf("bearer %t, keys %t", cfg.BearerToken != nil, cfg.Credentials != nil)
			}
			if c.token != "" {
				if got, err := cfg.BearerToken(context.Background()); got != c.token || err != nil {
					t.Errorf("token %q, %v", got, err)
				}
				return
			}
			if got, err := cfg.Credentials(context.Background()); got.AccessKeyID != c.key || err != nil {
				t.Errorf("keys %v, %v", got, err)
			}
		})
	}
}

func TestOtherSettings(t *testing.T) {
	dir := t.TempDir()
	bundle := filepath.Join(dir, "bundle.pem")
	if err := os.WriteFile(bundle, certificate(t), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		o     Options
		ok    func(client.Config) bool
		fails string
	}{
		{"attempts", ambient("", "AWS_MAX_ATTEMPTS", "5"), func(c client.Config) bool { return c.Retry.MaxAttempts == 5 }, ""},
		{"attempts of the profile", ambient("[default]\nmax_attempts = 1\n"), func(c client.Config) bool { return c.Retry.MaxAttempts == 1 }, ""},
		{"attempts 0", ambient("", "AWS_MAX_ATTEMPTS", "0"), func(c client.Config) bool { return c.Retry.MaxAttempts == 0 }, ""},
		{"attempts 0 leaves it to the profile", ambient("[default]\nmax_attempts = 4\n", "AWS_MAX_ATTEMPTS", "0"), func(c client.Config) bool { return c.Retry.MaxAttempts == 4 }, ""},
		{"attempts before those of the profile", ambient("[default]\nmax_attempts = many\n", "AWS_MAX_ATTEMPTS", "4"), func(c client.Config) bool { return c.Retry.MaxAttempts == 4 }, ""},
		{"ignore is yes", ambient("", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "yes"), nil, "true or false"},
		{"attempts -1", ambient("", "AWS_MAX_ATTEMPTS", "-1"), nil, "AWS_MAX_ATTEMPTS"},
		{"attempts many", ambient("[default]\nmax_attempts = many\n"), nil, "max_attempts of profile"},
		{"mode", ambient("", "AWS_RETRY_MODE", "Standard"), func(client.Config) bool { return true }, ""},
		{"mode legacy", ambient("[default]\nretry_mode = legacy\n"), func(client.Config) bool { return true }, ""},
		{"mode adaptive", ambient("", "AWS_RETRY_MODE", "ADAPTIVE"), func(client.Config) bool { return true }, ""},
		{"mode wild", ambient("", "AWS_RETRY_MODE", "wild"), nil, "AWS_RETRY_MODE"},
		{"application", ambient("[default]\nsdk_ua_app_id = other\n", "AWS_SDK_UA_APP_ID", "my app/1"), func(c client.Config) bool { return c.UserAgent == "app/my-app-1" }, ""},
		{"application, hostile", ambient("[default]\nsdk_ua_app_id = a(b)c\x01ä" + strings.Repeat("x", 60) + "\n"), func(c client.Config) bool {
			return strings.HasPrefix(c.UserAgent, "app/a-b-c--x") && len(c.UserAgent) <= len("app/")+50
		}, ""},
		{"bundle", ambient("[default]\nca_bundle = "+empty+"\n", "AWS_CA_BUNDLE", bundle), func(c client.Config) bool {
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(certificate(nil))
			return c.RootCAs != nil && c.RootCAs.Equal(pool)
		}, ""},
		{"bundle of the profile, in the home directory", ambient("[default]\nca_bundle = ~/bundle.pem\n", "HOME", dir), func(c client.Config) bool { return c.RootCAs != nil }, ""},
		{"bundle empty", ambient("", "AWS_CA_BUNDLE", empty), nil, "contains no certificate"},
		{"bundle absent", ambient("", "AWS_CA_BUNDLE", filepath.Join(dir, "none")), nil, "no such file"},
		{"bundle is a directory", ambient("", "AWS_CA_BUNDLE", dir), nil, "directory"},
		{"profile absent", ambient("", "AWS_PROFILE", "none"), nil, `"none"`},
		{"region of the program", with(ambient("[default]\nregion = eu-west-1\n", "AWS_REGION", "us-west-2"), func(o *Options) { o.Region = "ap-south-1" }), func(c client.Config) bool { return c.Region == "ap-south-1" }, ""},
		{"profile of the program", with(ambient("[profile p]\nregion = eu-west-1\naws_access_key_id = AKIAP\naws_secret_access_key = 0123456789\n"), func(o *Options) { o.Profile = "p" }), func(c client.Config) bool {
			keys, err := c.Credentials(context.Background())
			return c.Region == "eu-west-1" && keys.AccessKeyID == "AKIAP" && err == nil
		}, ""},
		{"FIPS of the program", with(ambient("", "AWS_REGION", "us-east-1"), func(o *Options) { on := true; o.FIPS, o.DualStack = &on, &on }), func(c client.Config) bool { return c.FIPS && c.DualStack }, ""},
		{"FIPS off by the program", with(ambient("", "AWS_REGION", "us-east-1", "AWS_USE_FIPS_ENDPOINT", "nonsense"), func(o *Options) { o.FIPS = new(bool) }), func(c client.Config) bool { return !c.FIPS }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := Load(context.Background(), &c.o)
			if c.ok == nil {
				if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v, want one with %q, in one line", err, c.fails)
				}
				var e *Error
				if !errors.As(err, &e) || e.Setting == "" || e.Reason == "" {
					t.Errorf("%T", err)
				}
			} else if err != nil || !c.ok(cfg) {
				t.Errorf("%+v, %v", cfg, err)
			}
		})
	}
}

var cached []byte // one certificate a run: the test compares pools

func certificate(t *testing.T) []byte {
	if cached != nil {
		return cached
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cached = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return cached
}

func TestLoadWithoutOptions(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_BEARER_TOKEN_BEDROCK",
		"AWS_ENDPOINT_URL", "AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_RETRY_MODE", "AWS_MAX_ATTEMPTS"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("AWS_REGION", "eu-central-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "0123456789")
	cfg, err := Load(context.Background(), nil)
	if err != nil || cfg.Region != "eu-central-1" {
		t.Fatalf("%+v, %v", cfg, err)
	}
	if got, err := requested(cfg); got != "https://bedrock-runtime.eu-central-1.amazonaws.com" {
		t.Errorf("%q, %v", got, err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Load(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestExplain(t *testing.T) {
	const canary = "CANARY0SECRET"
	o := ambient("bad line "+canary+"\n[default]\nregion = eu-west-1\nretry_mode = legacy\nsdk_ua_app_id = x\n[profile a\x1bb]\n[profile dev]\nrole_arn = arn:aws:iam::123456789012:role/A\nsource_profile = keys\n"+
		"[profile keys]\naws_access_key_id = AKIA\naws_secret_access_key = "+canary+"\n",
		"AWS_SECRET_ACCESS_KEY", canary, "AWS_ENDPOINT_URL", "https://user:"+canary+"@b.example/p?"+canary, "AWS_MAX_ATTEMPTS", "2")
	for _, c := range []struct {
		profile string
		want    []string
	}{
		{"", []string{"profile: default (nothing else)\n", "region: eu-west-1 (region of profile \"default\")\n", "endpoint: https://b.example/p (AWS_ENDPOINT_URL)\n",
			"retry mode: standard (retry_mode of profile \"default\", which is legacy)\n", "attempts: 2 (AWS_MAX_ATTEMPTS)\n", "  yes  environment variables: ", "skipped: config:1: "}},
		{"dev", []string{"profile: dev (the program)\n", "  no   environment variables: passed over", "  no   shared profile: source_profile of profile \"dev\" leads to profile \"keys\"\n",
			"  yes  assume role: role_arn of profile \"dev\"\n", "roles: shared profile -> arn:aws:iam::123456789012:role/A\n"}},
		{"none", []string{"error: config: profile \"none\" (named by the program) is in none of the shared files"}},
	} {
		o := o
		o.Profile = c.profile
		got := Explain(&o).String()
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("profile %q: no %q in\n%s", c.profile, want, got)
			}
		}
		if strings.Contains(got, canary) || strings.ContainsRune(got, 0x1b) {
			t.Errorf("profile %q: a secret or a control character in\n%q", c.profile, got)
		}
	}
	withToken := ambient("", "AWS_BEARER_TOKEN_BEDROCK", canary)
	bearer := Explain(&withToken)
	if got := bearer.String(); strings.Contains(got, canary) || !strings.Contains(got, "authentication: bearer token (AWS_BEARER_TOKEN_BEDROCK)") || bearer.Steps != nil {
		t.Errorf("explained as\n%s", got)
	}
	for _, c := range []struct{ name, want string }{
		{"a", "AWS_BEARER_TOKEN_BEDROCK: not used (the program names a profile)\n"},
		{"", "AWS_BEARER_TOKEN_BEDROCK: not used (AWS_AUTH_SCHEME_PREFERENCE prefers keys)\n"},
	} {
		o := ambient("[profile a]\n", "AWS_BEARER_TOKEN_BEDROCK", canary, "AWS_AUTH_SCHEME_PREFERENCE", "sigv4")
		o.Profile = c.name
		if got := Explain(&o).String(); !strings.Contains(got, c.want) || strings.Contains(got, canary) {
			t.Errorf("profile %q: no %q in\n%s", c.name, c.want, got)
		}
	}
	if withoutSecrets("x") != "(not a URL)" || withoutSecrets("://") != "(not a URL)" {
		t.Error("what is no URL is printed")
	}
}

func TestClockCorrection(t *testing.T) {
	for _, r := range []struct {
		name, file, variable string
		want                 bool
	}{
		{"nothing", "", "", false},
		{"the variable", "", "true", true},
		{"the property", "disable_clock_skew_correction = true", "", true},
		{"the variable wins", "disable_clock_skew_correction = true", "false", false},
	} {
		o := ambient("[default]\n"+r.file, "AWS_REGION", "us-east-1", "AWS_DISABLE_CLOCK_SKEW_CORRECTION", r.variable,
			"AWS_ACCESS_KEY_ID", "AKIA", "AWS_SECRET_ACCESS_KEY", "s")
		cfg, err := Load(context.Background(), &o)
		if err != nil || cfg.DisableClockSkewCorrection != r.want {
			t.Errorf("%s: %t, %v", r.name, cfg.DisableClockSkewCorrection, err)
		}
	}
}
