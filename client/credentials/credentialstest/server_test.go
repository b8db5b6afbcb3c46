package credentialstest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestRefusals: the fakes are worth something only if they refuse what the services refuse.
func TestRefusals(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		name, method, path, body string
		header                   []string
		service                  Service
		status                   int
	}{
		{"IMDS without a token", "GET", "/latest/meta-data/iam/security-credentials/", "", nil, IMDS, 401},
		{"IMDS token without a lifetime", "PUT", "/latest/api/token", "", nil, IMDS, 400},
		{"IMDS, another path", "GET", "/latest/x", "", []string{"X-Aws-Ec2-Metadata-Token", IMDSToken}, IMDS, 404},
		{"container without a token", "GET", "/container", "", nil, Container, 403},
		{"STS unsigned", "POST", "/", "Action=AssumeRole", nil, STS, 403},
		{"STS, another action", "POST", "/", "Action=X", nil, STS, 400},
		{"STS, wrong token", "POST", "/", "Action=AssumeRoleWithWebIdentity&WebIdentityToken=x", nil, STS, 400},
		{"STS, no session name", "POST", "/", "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=" + WebToken, nil, STS, 400},
		{"portal without a token", "GET", "/federation/credentials", "", nil, SSO, 401},
		{"token service, wrong token", "POST", "/token", `{"refreshToken":"x"}`, nil, OIDC, 400},
		{"sign-in, wrong token", "POST", "/v1/token", `{"refreshToken":"x"}`, nil, SignIn, 400},
		{"sign-in without a proof", "POST", "/v1/token", `{"clientId":"c","grantType":"refresh_token","refreshToken":"` + RefreshToken + `"}`, nil, SignIn, 400},
		{"sign-in, an empty proof", "POST", "/v1/token", `{"clientId":"c","grantType":"refresh_token","refreshToken":"` + RefreshToken + `"}`, []string{"DPoP", "e30.e30.e30"}, SignIn, 400},
		{"nothing there", "GET", "/", "", nil, "", 404},
	} {
		req, err := http.NewRequest(c.method, s.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.service == STS {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		for i := 0; i+1 < len(c.header); i += 2 {
			req.Header.Set(c.header[i], c.header[i+1])
		}
		before := 0
		if c.service != "" {
			before = s.Requests(c.service)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s: %s", c.name, resp.Status)
		}
		if c.service != "" && (s.Requests(c.service) != before+1 || s.Last(c.service).Method != c.method) {
			t.Errorf("%s: not counted", c.name)
		}
	}
}

func TestHelpers(t *testing.T) {
	if k := Keys("AKIAX"); k.SessionToken != "" || len(k.SecretAccessKey) < 10 {
		t.Errorf("%v", k)
	}
	if k := Keys("ASIAX"); k.SessionToken == "" {
		t.Errorf("%v", k)
	}
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	getenv := s.Getenv(map[string]string{"AWS_ENDPOINT_URL_STS": "x"})
	if getenv("AWS_ENDPOINT_URL_STS") != "x" || getenv("AWS_ENDPOINT_URL_SSO") != s.URL || getenv("HOME") != "" {
		t.Error("Getenv")
	}
	if _, err := WriteSSO("/dev/null", "x", time.Now(), false); err == nil {
		t.Error("a sign-in was written below a file")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/", bytes.NewReader(nil)))
	if w.Code != 400 {
		t.Errorf("status %d", w.Code)
	}
}
