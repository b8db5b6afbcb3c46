package credentials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/credentials/credentialstest"
	"bedrockwire/client/credentials/refresh"
	"bedrockwire/signer"
)

const testRole = "arn:aws:iam::123456789012:role/Test"

func TestSTSHosts(t *testing.T) {
	for _, c := range []struct {
		region       string
		fips, dual   bool
		host, signed string
	}{
		{"us-east-1", false, false, "sts.us-east-1.amazonaws.com", "us-east-1"},
		{"us-east-1", true, false, "sts-fips.us-east-1.amazonaws.com", "us-east-1"},
		{"us-east-1", false, true, "sts.us-east-1.api.aws", "us-east-1"},
		{"us-east-1", true, true, "sts-fips.us-east-1.api.aws", "us-east-1"},
		{"us-gov-west-1", false, false, "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
		{"us-gov-west-1", true, false, "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
		{"us-gov-west-1", true, true, "sts-fips.us-gov-west-1.api.aws", "us-gov-west-1"},
		{"cn-north-1", false, false, "sts.cn-north-1.amazonaws.com.cn", "cn-north-1"},
		{"aws-global", false, false, "sts.amazonaws.com", "us-east-1"},
		{"eusc-de-east-1", false, false, "sts.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
	} {
		if host, signed := stsHost(c.region, c.fips, c.dual); host != c.host || signed != c.signed {
			t.Errorf("%s fips %t dual %t: %s %s", c.region, c.fips, c.dual, host, signed)
		}
	}
	for region, want := range map[string]string{"us-east-1": "portal.sso.us-east-1.amazonaws.com", "us-gov-west-1": "portal.sso.us-gov-west-1.amazonaws.com"} {
		if got := govHost("portal.sso", region, region == "us-gov-west-1", false); got != want {
			t.Errorf("portal of %s: %s", region, got)
		}
	}
}

func TestSignInHosts(t *testing.T) {
	for _, r := range []struct {
		region          string
		fips, dualStack bool
		want            string
	}{
		{"us-east-1", false, false, "us-east-1.signin.aws.amazon.com"},
		{"us-east-1", true, false, "signin-fips.us-east-1.amazonaws.com"},
		{"us-east-1", false, true, "signin.us-east-1.api.aws"},
		{"us-east-1", true, true, "signin-fips.us-east-1.api.aws"},
		{"mars-north-1", false, false, "mars-north-1.signin.aws.amazon.com"},
		{"cn-north-1", false, false, "cn-north-1.signin.amazonaws.cn"},
		{"cn-north-1", true, false, "signin-fips.cn-north-1.amazonaws.com.cn"},
		{"cn-north-1", false, true, "signin.cn-north-1.api.amazonwebservices.com.cn"},
		{"eusc-de-east-1", false, false, "eusc-de-east-1.signin.amazonaws-eusc.eu"},
		{"us-gov-west-1", false, false, "us-gov-west-1.signin.amazonaws-us-gov.com"},
		{"us-gov-west-1", true, false, "signin-fips.amazonaws-us-gov.com"},
		{"us-gov-east-1", false, false, "us-gov-east-1.signin.amazonaws-us-gov.com"},
		{"us-gov-east-1", true, false, "us-gov-east-1.signin-fips.amazonaws-us-gov.com"},
		{"us-gov-east-1", false, true, "signin.us-gov-east-1.api.aws"},
		{"us-gov-west-1", true, true, "signin-fips.us-gov-west-1.api.aws"},
		{"us-iso-east-1", false, false, "us-iso-east-1.signin.c2shome.ic.gov"},
		{"us-iso-east-1", true, false, "signin-fips.us-iso-east-1.c2s.ic.gov"},
		{"us-isob-east-1", false, false, "us-isob-east-1.signin.sc2shome.sgov.gov"},
		{"us-isof-south-1", false, false, "us-isof-south-1.signin.csphome.hci.ic.gov"},
		{"eu-isoe-west-1", false, false, "eu-isoe-west-1.signin.csphome.adc-e.uk"},
	} {
		if got := signinHost(r.region, r.fips, r.dualStack); got != r.want {
			t.Errorf("%s, FIPS %t, dual stack %t: %s, want %s", r.region, r.fips, r.dualStack, got, r.want)
		}
	}
}

func assume(s *credentialstest.Server) *AssumeRole {
	return &AssumeRole{Source: Static(credentialstest.Keys("ASIABASE")), RoleARN: testRole, STS: STS{Region: "eu-west-1", Endpoint: s.URL}}
}

func TestAssumeRole(t *testing.T) {
	s := fake(t)
	r := assume(s)
	r.ExternalID, r.SerialNumber = "x & y", "arn:aws:iam::123456789012:mfa/me"
	r.TokenCode = func(_ context.Context, serial string) (string, error) {
		if serial != r.SerialNumber {
			t.Errorf("asked for the code of %q", serial)
		}
		return "123456", nil
	}
	got, err := r.Retrieve(context.Background())
	if err != nil || got.AccessKeyID != "ASIAROLETEST" || got.SessionToken == "" || time.Until(got.Expires) < 50*time.Minute {
		t.Fatalf("%v, %v", got, err)
	}
	form := s.Last(credentialstest.STS).Form
	for name, want := range map[string]string{"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": testRole, "DurationSeconds": "900",
		"ExternalId": "x & y", "SerialNumber": r.SerialNumber, "TokenCode": "123456"} {
		if got := form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if name := form.Get("RoleSessionName"); !strings.HasPrefix(name, "bedrockwire-") || len(name) > maxSessionName {
		t.Errorf("session name %q", name)
	}
	if auth := s.Last(credentialstest.STS).Header.Get("Authorization"); !strings.Contains(auth, "/eu-west-1/sts/aws4_request") {
		t.Errorf("signed for %q", auth)
	}
	r.SessionName, r.Duration = "me@example.com", time.Hour
	if _, err := r.Retrieve(context.Background()); err != nil || s.Last(credentialstest.STS).Form.Get("DurationSeconds") != "3600" ||
		s.Last(credentialstest.STS).Form.Get("RoleSessionName") != "me@example.com" {
		t.Errorf("%v, %v", err, s.Last(credentialstest.STS).Form)
	}
}

func TestAssumeRoleRefuses(t *testing.T) {
	s := fake(t)
	down := errors.New("no code today")
	for _, c := range []struct {
		name   string
		change func(*AssumeRole)
		kind   error
		text   string
	}{
		{"no role", func(r *AssumeRole) { r.RoleARN = "" }, ErrConfig, "role ARN"},
		{"not a role", func(r *AssumeRole) { r.RoleARN = "role/x" }, ErrConfig, "role ARN"},
		{"a role too long", func(r *AssumeRole) { r.RoleARN = testRole + strings.Repeat("x", 2048) }, ErrConfig, "role ARN"},
		{"short session name", func(r *AssumeRole) { r.SessionName = "x" }, ErrConfig, "session name"},
		{"session name with a blank", func(r *AssumeRole) { r.SessionName = "a b" }, ErrConfig, "session name"},
		{"long session name", func(r *AssumeRole) { r.SessionName = strings.Repeat("x", 65) }, ErrConfig, "session name"},
		{"short duration", func(r *AssumeRole) { r.Duration = time.Minute }, ErrConfig, "duration"},
		{"long duration", func(r *AssumeRole) { r.Duration = 13 * time.Hour }, ErrConfig, "duration"},
		{"no source", func(r *AssumeRole) { r.Source = nil }, ErrConfig, "no credentials"},
		{"a source that fails", func(r *AssumeRole) { r.Source = Static(signer.Credentials{}) }, ErrSource, "no keys"},
		{"MFA without anybody", func(r *AssumeRole) { r.SerialNumber = "m" }, ErrConfig, "MFA"},
		{"MFA refused", func(r *AssumeRole) {
			r.SerialNumber, r.TokenCode = "m", func(context.Context, string) (string, error) { return "", down }
		}, down, "MFA"},
		{"MFA of five digits", func(r *AssumeRole) {
			r.SerialNumber, r.TokenCode = "m", func(context.Context, string) (string, error) { return "12345", nil }
		}, ErrSource, "six digits"},
		{"no region", func(r *AssumeRole) { r.STS.Region = "" }, ErrSource, "no region"},
		{"bad region", func(r *AssumeRole) { r.STS.Region = "evil.example/" }, ErrSource, "region"},
		{"plain http", func(r *AssumeRole) { r.STS.Endpoint = "http://sts.example" }, ErrSource, "http"},
		{"an endpoint with a query", func(r *AssumeRole) { r.STS.Endpoint = "https://sts.example?x" }, ErrSource, "query"},
		{"wrong keys", func(r *AssumeRole) {
			r.Source = Static(signer.Credentials{AccessKeyID: "AKIAWRONG", SecretAccessKey: "0123456789"})
		}, ErrSource, "SignatureDoesNotMatch"},
		{"keys that can't sign", func(r *AssumeRole) {
			r.Source = Static(signer.Credentials{AccessKeyID: "A", SecretAccessKey: "with a line\n"})
		}, ErrSource, "control character"},
	} {
		r := assume(s)
		c.change(r)
		got, err := r.Retrieve(context.Background())
		if t.Run(c.name, func(t *testing.T) { wantError(t, got, err, c.kind, c.text) }); t.Failed() {
			break
		}
	}
}

// TestSTSAnswers: what STS may say, and how often it is asked.
func TestSTSAnswers(t *testing.T) {
	const ok = `<AssumeRoleResponse xmlns="x"><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>CANARY</SecretAccessKey>` +
		`<SessionToken>T</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
	failure := func(code string) string {
		return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>m\x7f</Message></Error><RequestId>r</RequestId></ErrorResponse>"
	}
	for _, c := range []struct {
		name     string
		status   int
		body     string
		text     string // "" for success
		requests int
	}{
		{"good", 200, ok, "", 1},
		{"good, with a name space", 200, strings.ReplaceAll(strings.ReplaceAll(ok, "<A", "<s:A"), "</A", "</s:A"), "", 1},
		{"throttled", 400, failure("Throttling"), "Throttling", attempts},
		{"identity provider unreachable", 400, failure("IDPCommunicationError"), "IDPCommunicationError", attempts},
		{"identity provider's keys unreachable", 400, failure("InvalidIdentityToken"), "InvalidIdentityToken", attempts},
		{"denied", 403, failure("AccessDenied"), `"AccessDenied", "m\x7f"`, 1},
		{"broken", 500, failure("InternalFailure"), "InternalFailure", attempts},
		{"broken without XML", 503, "no", "Service Unavailable", attempts},
		{"refused without XML", 400, "<html><body>no", "Bad Request", 1},
		{"refused with an empty body", 403, "", "Forbidden", 1},
		{"not XML", 200, "{}", "unexpected", 1},
		{"empty", 200, "", "", 1},
		{"entities", 200, "<!DOCTYPE x [<!ENTITY a 'b'>]>" + ok, "document type", 1},
		{"another result", 200, strings.ReplaceAll(ok, "AssumeRoleResult", "OtherResult"), "no keys", 1},
		{"no token", 200, strings.ReplaceAll(ok, "SessionToken", "Other"), "session token", 1},
		{"no expiration", 200, strings.ReplaceAll(ok, "Expiration", "Other"), "expiration", 1},
		{"a key twice", 200, strings.ReplaceAll(ok, "<AccessKeyId>", "<AccessKeyId>B</AccessKeyId><AccessKeyId>"), "duplicate", 1},
		{"bad time", 200, strings.ReplaceAll(ok, "2099-", "x"), "ISO 8601", 1},
		{"cut", 200, ok[:len(ok)-5], "end", 1},
		{"redirect", 302, "", "redirect", 1},
		{"too large", 200, ok + strings.Repeat(" ", MaxResponse), "64 KiB", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := fake(t)
			s.Handle(credentialstest.STS, func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			got, err := assume(s).Retrieve(context.Background())
			if c.text == "" && c.body != "" {
				if err != nil || got.AccessKeyID != "A" {
					t.Errorf("%v, %v", got, err)
				}
			} else {
				wantError(t, got, err, ErrSource, c.text)
				if strings.Contains(err.Error(), "CANARY") || strings.ContainsRune(err.Error(), 0x7f) {
					t.Errorf("error %q", err)
				}
			}
			if n := s.Requests(credentialstest.STS); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

// TestExpiredSourceIsRefreshed: STS says that the source's credentials have expired, whatever the
// cache believes.
func TestExpiredSourceIsRefreshed(t *testing.T) {
	s := fake(t)
	n, forced := 0, 0
	s.Handle(credentialstest.STS, func(w http.ResponseWriter, r *http.Request) {
		n++
		w.WriteHeader(403)
		io.WriteString(w, "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>m</Message></Error></ErrorResponse>")
	})
	r := assume(s)
	r.Source = func(ctx context.Context) (signer.Credentials, error) {
		if refresh.Forced(ctx) {
			forced++
			s.Handle(credentialstest.STS, nil)
		}
		return credentialstest.Keys("ASIABASE"), nil
	}
	if got, err := r.Retrieve(context.Background()); err != nil || n != 1 || forced != 1 {
		t.Errorf("%v, %v after %d refusals and %d forced", got, err, n, forced)
	}
}

func TestWebIdentity(t *testing.T) {
	s := fake(t)
	file := filepath.Join(t.TempDir(), "token")
	w := &WebIdentity{TokenFile: file, RoleARN: testRole, Duration: time.Hour, STS: STS{Endpoint: s.URL}}
	got, err := w.Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "token file")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v hides its cause", err)
	}
	for contents, want := range map[string]string{credentialstest.WebToken + "\n": "ASIAWEBTEST", "other": ""} {
		if err := os.WriteFile(file, []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := w.Retrieve(context.Background())
		if got.AccessKeyID != want {
			t.Errorf("%q: %v, %v", contents, got, err)
		}
		if err != nil && strings.Contains(err.Error(), contents) {
			t.Errorf("error %v holds the token", err)
		}
	}
	last := s.Last(credentialstest.STS)
	if last.Header.Get("Authorization") != "" || last.Form.Get("DurationSeconds") != "3600" || last.Form.Get("Action") != "AssumeRoleWithWebIdentity" {
		t.Errorf("sent %v, %v", last.Header, last.Form)
	}
	got, err = (&WebIdentity{RoleARN: testRole}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "token file")
	got, err = (&WebIdentity{TokenFile: file}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "role ARN")
	w.STS = STS{}
	got, err = w.Retrieve(context.Background())
	wantError(t, got, err, ErrSource, "no region")
}

func TestRolesThatAreNotAsked(t *testing.T) {
	// Without an answer there are three attempts, and the error says who did not answer, without
	// the body or a key.
	r := &AssumeRole{Source: Static(credentialstest.Keys("AKIABASE")), RoleARN: testRole, ExternalID: "CANARY",
		STS: STS{Region: "us-east-1", Transport: tripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })}}
	got, err := r.Retrieve(context.Background())
	wantError(t, got, err, ErrSource, `no response from "sts.us-east-1.amazonaws.com": no route`)
	if strings.Contains(fmt.Sprintf("%+v", err), "CANARY") {
		t.Errorf("error %v", err)
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestBodyReadLate: a transport that reads a request's body only when its RoundTrip has returned,
// as http.RoundTripper allows, finds it as it was.
func TestBodyReadLate(t *testing.T) {
	var late io.ReadCloser
	rt := tripper(func(r *http.Request) (*http.Response, error) {
		late = r.Body
		return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: http.NoBody}, nil
	})
	r := &AssumeRole{Source: Static(credentialstest.Keys("ASIABASE")), RoleARN: testRole, STS: STS{Region: "eu-west-1", Transport: rt}}
	if _, err := r.Retrieve(t.Context()); err == nil {
		t.Fatal("refused, and no error")
	}
	b, err := io.ReadAll(late)
	if err != nil || !strings.HasPrefix(string(b), "Action=AssumeRole&") {
		t.Errorf("read %q, %v", b, err)
	}
}

// respond returns a response of a Transport that a test plays.
func respond(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}
