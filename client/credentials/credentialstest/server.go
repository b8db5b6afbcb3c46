// Package credentialstest is a server on loopback that plays the services of package credentials:
// the metadata service of EC2, a container's endpoint, STS, the portal and the token service of IAM
// Identity Center, and the sign-in service. It checks what it is sent as they do (tokens,
// signatures, proofs) and is meant for tests, in any program:
//
//	s, err := credentialstest.New()
//	if err != nil {
//		return err
//	}
//	defer s.Close()
//	chain := credentials.Chain{Getenv: s.Getenv(map[string]string{"AWS_PROFILE": "dev", "HOME": dir})}
//
// Every set of keys follows from its access key id, by [Keys], and every access key id says where
// the keys come from: "ASIAIMDS", "ASIACONTAINER", "ASIASSO" and "ASIALOGIN", and for a role its
// name's letters after "ASIAROLE" or "ASIAWEB". So a test can tell from the keys which way they
// came, and the fake STS can check any signature without having issued the keys.
package credentialstest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"bedrockwire/signer"
)

// Service is one of the parts that a [Server] plays.
type Service string

// The services, and where they are below [Server.URL].
const (
	IMDS      Service = "imds"      // /latest/
	Container Service = "container" // /container
	STS       Service = "sts"       // POST /
	SSO       Service = "sso"       // /federation/credentials
	OIDC      Service = "oidc"      // /token
	SignIn    Service = "signin"    // /v1/token
)

// What the fakes accept.
const (
	AccessToken    = "sso-access-token"      // of a sign-in to IAM Identity Center
	RefreshToken   = "refresh-token"         // of either sign-in
	ContainerToken = "container-token"       // in the Authorization header
	WebToken       = "header.payload.signed" // of a web identity
	IMDSToken      = "imds-session-token"
)

// Keys returns the keys that belong to an access key id: long-term ones for "AKIA...", else
// temporary ones.
func Keys(accessKeyID string) signer.Credentials {
	c := signer.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: "secret/of/" + accessKeyID + "/0123456789"}
	if !strings.HasPrefix(accessKeyID, "AKIA") {
		c.SessionToken = "token/of/" + accessKeyID
	}
	return c
}

// Server is the fake. Its methods may be called from several goroutines.
type Server struct {
	URL string // http://127.0.0.1:PORT

	http *http.Server
	mu   sync.Mutex
	all  map[Service]*state
	life time.Duration
}

type state struct {
	requests int
	last     *Request
	instead  http.HandlerFunc
}

// Request is what a service was sent.
type Request struct {
	Method, Path string
	Header       http.Header
	Form         url.Values // of the query and of a form in the body
	Body         []byte
}

// New starts a server on a free port of 127.0.0.1.
func New() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + l.Addr().String(), all: map[Service]*state{}, life: time.Hour}
	for _, service := range []Service{IMDS, Container, STS, SSO, OIDC, SignIn} {
		s.all[service] = &state{}
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(l) // ends with Close
	return s, nil
}

// Close stops the server.
func (s *Server) Close() error { return s.http.Close() }

// Lifetime sets how long credentials last that the server returns from now on. At first it is one
// hour.
func (s *Server) Lifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life = d
}

// Handle makes h respond for a service. With nil the service responds as it should again.
func (s *Server) Handle(service Service, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[service].instead = h
}

// Requests returns how many requests a service had.
func (s *Server) Requests(service Service) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[service].requests
}

// Last returns the last request a service had, or nil.
func (s *Server) Last(service Service) *Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[service].last
}

// Getenv returns an environment in which all services but the container's endpoint are this server,
// with further variables, which win. It is none of the process's own.
func (s *Server) Getenv(further map[string]string) func(string) string {
	env := map[string]string{
		"AWS_EC2_METADATA_SERVICE_ENDPOINT": s.URL,
		"AWS_ENDPOINT_URL_STS":              s.URL,
		"AWS_ENDPOINT_URL_SSO":              s.URL,
		"AWS_ENDPOINT_URL_SSO_OIDC":         s.URL,
		"AWS_ENDPOINT_URL_SIGNIN":           s.URL,
	}
	for name, value := range further {
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		http.Error(w, "body", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form := r.URL.Query()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		posted, _ := url.ParseQuery(string(body))
		for k, v := range posted {
			form[k] = append(form[k], v...)
		}
	}
	q := &Request{r.Method, r.URL.Path, r.Header.Clone(), form, body}
	service, answer := s.route(q)
	if service == "" {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	st := s.all[service]
	st.requests++
	st.last = q
	instead, expires := st.instead, time.Now().Add(s.life).UTC().Truncate(time.Second)
	s.mu.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	answer(w, r, q, expires)
}

type answerFunc func(http.ResponseWriter, *http.Request, *Request, time.Time)

func (s *Server) route(q *Request) (Service, answerFunc) {
	switch {
	case strings.HasPrefix(q.Path, "/latest/"):
		return IMDS, serveIMDS
	case q.Path == "/container":
		return Container, serveContainer
	case q.Path == "/federation/credentials":
		return SSO, serveSSO
	case q.Path == "/token":
		return OIDC, serveOIDC
	case q.Path == "/v1/token":
		return SignIn, s.serveSignIn
	case q.Path == "/" && q.Method == http.MethodPost:
		return STS, serveSTS
	}
	return "", nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// metadataKeys is the form of credentials that both endpoints of a machine use.
func metadataKeys(id string, expires time.Time) map[string]string {
	k := Keys(id)
	return map[string]string{"Code": "Success", "AccessKeyId": k.AccessKeyID, "SecretAccessKey": k.SecretAccessKey,
		"Token": k.SessionToken, "Expiration": expires.Format(time.RFC3339)}
}

func serveIMDS(w http.ResponseWriter, _ *http.Request, q *Request, expires time.Time) {
	const keys = "/latest/meta-data/iam/security-credentials/"
	switch {
	case q.Path == "/latest/api/token" && q.Method == http.MethodPut:
		ttl := q.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds")
		if ttl == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", ttl)
		io.WriteString(w, IMDSToken)
	case q.Header.Get("X-Aws-Ec2-Metadata-Token") != IMDSToken:
		w.WriteHeader(http.StatusUnauthorized)
	case q.Path == keys:
		io.WriteString(w, "fake-role")
	case q.Path == keys+"fake-role":
		writeJSON(w, http.StatusOK, metadataKeys("ASIAIMDS", expires))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func serveContainer(w http.ResponseWriter, _ *http.Request, q *Request, expires time.Time) {
	if q.Header.Get("Authorization") != ContainerToken {
		writeJSON(w, http.StatusForbidden, map[string]string{"code": "AccessDenied", "message": "no authorization"})
		return
	}
	writeJSON(w, http.StatusOK, metadataKeys("ASIACONTAINER", expires))
}

// letters keeps the letters and digits of a role's name, in upper case.
func letters(arn string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' && r < 0x80 {
			return r
		}
		return -1
	}, arn[strings.LastIndexByte(arn, '/')+1:]))
}

func stsError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>fake</RequestId></ErrorResponse>`, code, message)
}

func serveSTS(w http.ResponseWriter, r *http.Request, q *Request, expires time.Time) {
	var id string
	switch action := q.Form.Get("Action"); action {
	case "AssumeRole":
		if err := verify(r, q); err != nil {
			stsError(w, http.StatusForbidden, "SignatureDoesNotMatch", err.Error())
			return
		}
		id = "ASIAROLE" + letters(q.Form.Get("RoleArn"))
	case "AssumeRoleWithWebIdentity":
		if q.Form.Get("WebIdentityToken") != WebToken || q.Header.Get("Authorization") != "" {
			stsError(w, http.StatusBadRequest, "InvalidIdentityToken", "not the token, or signed")
			return
		}
		id = "ASIAWEB" + letters(q.Form.Get("RoleArn"))
	default:
		stsError(w, http.StatusBadRequest, "InvalidAction", "no such action")
		return
	}
	if q.Form.Get("Version") != "2011-06-15" || q.Form.Get("RoleSessionName") == "" {
		stsError(w, http.StatusBadRequest, "ValidationError", "version or session name")
		return
	}
	if d := q.Form.Get("DurationSeconds"); d != "" {
		if n, err := strconv.Atoi(d); err != nil || n < 900 || n > 43200 {
			stsError(w, http.StatusBadRequest, "ValidationError", "DurationSeconds is not between 900 and 43200")
			return
		}
	}
	var session bytes.Buffer
	xml.EscapeText(&session, []byte(q.Form.Get("RoleSessionName")))
	k := Keys(id)
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult>`+
		`<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/fake/%[2]s</Arn><AssumedRoleId>AROA:%[2]s</AssumedRoleId></AssumedRoleUser>`+
		`<Credentials><AccessKeyId>%[3]s</AccessKeyId><SecretAccessKey>%[4]s</SecretAccessKey><SessionToken>%[5]s</SessionToken>`+
		`<Expiration>%[6]s</Expiration></Credentials></%[1]sResult><ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></%[1]sResponse>`,
		q.Form.Get("Action"), session.String(), k.AccessKeyID, k.SecretAccessKey, k.SessionToken, expires.Format(time.RFC3339))
}

// verify checks the signature with the keys that belong to the key id in it, for whatever region it
// names.
func verify(r *http.Request, q *Request) error {
	_, scope, ok := strings.Cut(q.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(scope, "/")
	if !ok || len(parts) < 5 {
		return fmt.Errorf("no credential scope")
	}
	keys := Keys(parts[0])
	s := signer.Signer{Region: parts[2], Service: "sts"}
	return s.Verify(&signer.Request{Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery,
		Header: r.Header, PayloadHash: signer.HashPayload(q.Body)}, &keys, time.Now(), 5*time.Minute)
}

func serveSSO(w http.ResponseWriter, _ *http.Request, q *Request, expires time.Time) {
	if q.Header.Get("X-Amz-Sso_bearer_token") != AccessToken {
		writeJSON(w, http.StatusUnauthorized, map[string]string{"message": "Session token not found or invalid"})
		return
	}
	k := Keys("ASIASSO" + letters(q.Form.Get("role_name")))
	writeJSON(w, http.StatusOK, map[string]any{"roleCredentials": map[string]any{"accessKeyId": k.AccessKeyID,
		"secretAccessKey": k.SecretAccessKey, "sessionToken": k.SessionToken, "expiration": expires.UnixMilli()}})
}

func serveOIDC(w http.ResponseWriter, _ *http.Request, q *Request, expires time.Time) {
	var in struct{ ClientID, ClientSecret, GrantType, RefreshToken string }
	if json.Unmarshal(q.Body, &in) != nil || in.GrantType != "refresh_token" || in.RefreshToken != RefreshToken || in.ClientID == "" || in.ClientSecret == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant", "error_description": "Invalid refresh token"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"accessToken": AccessToken, "tokenType": "Bearer", "expiresIn": int(time.Until(expires).Seconds())})
}

func (s *Server) serveSignIn(w http.ResponseWriter, _ *http.Request, q *Request, expires time.Time) {
	var in struct{ ClientID, GrantType, RefreshToken string }
	if json.Unmarshal(q.Body, &in) != nil || in.GrantType != "refresh_token" || in.RefreshToken != RefreshToken || in.ClientID == "" {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "TOKEN_EXPIRED", "message": "expired"})
		return
	}
	if err := checkProof(q.Header.Get("Dpop"), s.URL+"/v1/token"); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "INVALID_REQUEST", "message": err.Error()})
		return
	}
	k := Keys("ASIALOGIN")
	writeJSON(w, http.StatusOK, map[string]any{"accessToken": map[string]string{"accessKeyId": k.AccessKeyID, "secretAccessKey": k.SecretAccessKey,
		"sessionToken": k.SessionToken}, "tokenType": "aws_sigv4", "expiresIn": int(time.Until(expires).Seconds()), "refreshToken": RefreshToken})
}

// checkProof checks a proof of possession (RFC 9449, section 4.3): form, method, URL, time, and the
// signature by the key it carries.
func checkProof(proof, target string) error {
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return fmt.Errorf("the proof is no JSON Web Token")
	}
	var raw [3][]byte
	for i := range parts {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(parts[i]); err != nil {
			return err
		}
	}
	var header struct {
		Typ, Alg string
		Jwk      struct{ Kty, Crv, X, Y string }
	}
	var payload struct {
		Jti, Htm, Htu string
		Iat           int64
	}
	if err := json.Unmarshal(raw[0], &header); err != nil {
		return err
	}
	if err := json.Unmarshal(raw[1], &payload); err != nil {
		return err
	}
	x, _ := base64.RawURLEncoding.DecodeString(header.Jwk.X)
	y, _ := base64.RawURLEncoding.DecodeString(header.Jwk.Y)
	if header.Typ != "dpop+jwt" || header.Alg != "ES256" || header.Jwk.Kty != "EC" || header.Jwk.Crv != "P-256" || len(x) != 32 || len(y) != 32 {
		return fmt.Errorf("the proof's header is wrong")
	}
	if age := time.Since(time.Unix(payload.Iat, 0)); payload.Jti == "" || payload.Htm != http.MethodPost || payload.Htu != target || age.Abs() > time.Minute {
		return fmt.Errorf("the proof's payload is wrong")
	}
	key := ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(raw[2]) != 64 || !ecdsa.Verify(&key, sum[:], new(big.Int).SetBytes(raw[2][:32]), new(big.Int).SetBytes(raw[2][32:])) {
		return fmt.Errorf("the proof's signature is wrong")
	}
	return nil
}
