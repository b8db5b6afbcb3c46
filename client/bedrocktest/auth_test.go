package bedrocktest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/signer"
)

type signerRequest = signer.Request

// bearer sets a token in place of a signature.
func bearer(token string) func(*http.Request, *signerRequest) {
	return func(r *http.Request, _ *signerRequest) { r.Header.Set("Authorization", "Bearer "+token) }
}

func TestAuthentication(t *testing.T) {
	wrong := bedrocktest.Credentials()
	wrong.SecretAccessKey += "x"
	other := bedrocktest.Credentials()
	other.AccessKeyID = "AKIDOTHER"
	token := bedrocktest.Credentials()
	token.SessionToken = "a-session-token"
	signed := func(change func(*http.Request)) func(*http.Request, *signerRequest) {
		return func(r *http.Request, sr *signerRequest) {
			s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
			c := bedrocktest.Credentials()
			if err := s.Sign(sr, &c, time.Now()); err != nil {
				t.Fatal(err)
			}
			change(r)
		}
	}
	for _, row := range []struct {
		name string
		call call
		auth bedrocktest.Auth
		code string // empty: let in
	}{
		{"signed", call{}, bedrocktest.SigV4, ""},
		{"any region", call{region: "eu-central-1"}, bedrocktest.SigV4, ""},
		{"session token not asked for", call{creds: token}, bedrocktest.SigV4, "UnrecognizedClientException"},
		{"with the length signed", call{header: http.Header{"Content-Length": {strconv.Itoa(len(testBody))}}}, bedrocktest.SigV4, ""},
		{"wrong secret", call{creds: wrong}, bedrocktest.SigV4, "InvalidSignatureException"},
		{"unknown key", call{creds: other}, bedrocktest.SigV4, "UnrecognizedClientException"},
		{"too old", call{at: time.Now().Add(-6 * time.Minute)}, bedrocktest.SigV4, "InvalidSignatureException"},
		{"too new", call{at: time.Now().Add(6 * time.Minute)}, bedrocktest.SigV4, "InvalidSignatureException"},
		{"nearly too old", call{at: time.Now().Add(-4 * time.Minute)}, bedrocktest.SigV4, ""},
		{"nothing", call{sign: func(*http.Request, *signerRequest) {}}, bedrocktest.NoAuth, "MissingAuthenticationTokenException"},
		{"token", call{sign: bearer(bedrocktest.ExampleBearerToken)}, bedrocktest.Bearer, ""},
		{"wrong token", call{sign: bearer(bedrocktest.ExampleBearerToken + "x")}, bedrocktest.Bearer, "AccessDeniedException"},
		{"empty token", call{sign: bearer("")}, bedrocktest.Bearer, "AccessDeniedException"},
		{"two tokens", call{sign: func(r *http.Request, sr *signerRequest) {
			bearer(bedrocktest.ExampleBearerToken)(r, sr)
			r.Header.Add("Authorization", "Bearer "+bedrocktest.ExampleBearerToken)
		}}, bedrocktest.Bearer, "AccessDeniedException"},
		{"another scheme", call{sign: func(r *http.Request, _ *signerRequest) { r.SetBasicAuth("a", "b") }},
			bedrocktest.SigV4, "IncompleteSignatureException"},
		{"no credential", call{sign: func(r *http.Request, _ *signerRequest) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }},
			bedrocktest.SigV4, "IncompleteSignatureException"},
		{"another service", call{sign: func(r *http.Request, sr *signerRequest) {
			s := signer.Signer{Region: "us-east-1", Service: "s3"}
			c := bedrocktest.Credentials()
			if err := s.Sign(sr, &c, time.Now()); err != nil {
				t.Fatal(err)
			}
		}}, bedrocktest.SigV4, "InvalidSignatureException"},
		{"body changed", call{sign: signed(func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Replace(testBody, "Hi", "Ho", 1)))
		})}, bedrocktest.SigV4, "InvalidSignatureException"},
		{"header changed", call{sign: signed(func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })},
			bedrocktest.SigV4, "InvalidSignatureException"},
		{"header left out", call{sign: signed(func(r *http.Request) { r.Header.Del("Content-Type") })},
			bedrocktest.SigV4, "InvalidSignatureException"},
		{"amz header added", call{sign: signed(func(r *http.Request) { r.Header.Set("X-Amz-Target", "t") })},
			bedrocktest.SigV4, "InvalidSignatureException"},
		{"query changed", call{query: "a=b", sign: signed(func(r *http.Request) { r.URL.RawQuery = "a=c" })},
			bedrocktest.SigV4, "InvalidSignatureException"},
		{"path escaped in another way", call{sign: signed(func(r *http.Request) {
			r.URL.Path, r.URL.RawPath = "/model/"+testModel+"/invoke-with-response-stream", ""
		})},
			bedrocktest.SigV4, "InvalidSignatureException"},
		{"presigned", call{sign: presign(0)}, bedrocktest.Presigned, ""},
		{"presigned and over", call{sign: presign(-20 * time.Minute)}, bedrocktest.Presigned, "ExpiredTokenException"},
		{"presigned without a credential", call{query: "X-Amz-Signature=x", sign: func(*http.Request, *signerRequest) {}},
			bedrocktest.Presigned, "IncompleteSignatureException"},
	} {
		t.Run(row.name, func(t *testing.T) {
			each(t, func(t *testing.T, srv *bedrocktest.Server) {
				resp := row.call.do(t, srv)
				checkRefusal(t, resp, row.code)
				r := srv.Requests()
				if len(r) != 1 || r[0].Auth != row.auth || r[0].Refused != row.code {
					t.Errorf("recorded %v, want %s %q", r, row.auth, row.code)
				}
			})
		})
	}
}

// presign signs for five minutes from now plus d, in the query.
func presign(d time.Duration) func(*http.Request, *signerRequest) {
	return func(r *http.Request, sr *signerRequest) {
		s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
		c := bedrocktest.Credentials()
		q, err := s.Presign(sr, &c, time.Now().Add(d), 5*time.Minute)
		if err != nil {
			panic(err)
		}
		r.URL.RawQuery = q
	}
}

// checkRefusal checks that an answer is a 403 in the service's shape, or a 200
// for an empty code.
func checkRefusal(t *testing.T, resp *http.Response, code string) {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if code == "" {
		if resp.StatusCode != 200 {
			t.Errorf("status %d: %s", resp.StatusCode, b)
		}
		return
	}
	kind, _, _ := strings.Cut(resp.Header.Get("X-Amzn-Errortype"), ":")
	var body struct{ Message string }
	if resp.StatusCode != 403 || kind != code || resp.Header.Get("Content-Type") != "application/json" ||
		resp.Header.Get("X-Amzn-Requestid") == "" || json.Unmarshal(b, &body) != nil || body.Message == "" {
		t.Errorf("status %d, code %q, header %v, body %s", resp.StatusCode, kind, resp.Header, b)
	}
	if strings.Contains(string(b), bedrocktest.Credentials().SecretAccessKey) {
		t.Error("the answer has the secret in it")
	}
}

// Settings of the server: its own key, session token, region, bearer token, clock.
func TestAuthenticationSettings(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	srv.Credentials = signer.Credentials{AccessKeyID: "AKIDOWN", SecretAccessKey: "own-secret-0123456789", SessionToken: "own-token"}
	srv.BearerToken = "own-bearer"
	srv.Region = "eu-west-1"
	clock := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	srv.Now = func() time.Time { return clock }
	start(t, srv)
	own := srv.Credentials
	without := own
	without.SessionToken = ""
	for _, row := range []struct {
		name string
		call call
		code string
	}{
		{"all right", call{creds: own, region: "eu-west-1", at: clock}, ""},
		{"another region", call{creds: own, region: "us-east-1", at: clock}, "InvalidSignatureException"},
		{"without session token", call{creds: without, region: "eu-west-1", at: clock}, "UnrecognizedClientException"},
		{"another clock", call{creds: own, region: "eu-west-1"}, "InvalidSignatureException"},
		{"example key", call{region: "eu-west-1", at: clock}, "UnrecognizedClientException"},
		{"own token", call{sign: bearer("own-bearer")}, ""},
		{"example token", call{sign: bearer(bedrocktest.ExampleBearerToken)}, "AccessDeniedException"},
	} {
		t.Run(row.name, func(t *testing.T) { checkRefusal(t, row.call.do(t, srv), row.code) })
	}
	if at := srv.Requests()[0].Time; !at.Equal(clock) {
		t.Errorf("recorded at %v", at)
	}
}

// A refused request does not use up the script.
func TestRefusedLeavesTheScript(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Text("first"), bedrocktest.Text("second")))
	call{sign: bearer("wrong")}.do(t, srv)
	faulty("nonsense").do(t, srv)
	all, err := messages(call{}.do(t, srv).Body)
	if err != nil || text(t, all) != "first" {
		t.Errorf("%v %v", all, err)
	}
}
