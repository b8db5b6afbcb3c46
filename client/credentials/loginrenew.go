package credentials

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"net/http"
	"strconv"
	"time"

	"bedrockwire/client/internal/partition"
	"bedrockwire/signer"
)

// signinHost is the host of the sign-in service: of the console, not of an API, so it follows no partition's rule.
func signinHost(region string) string {
	suffix := ".signin.aws.amazon.com"
	switch partition.Of(region).ID {
	case "aws-cn":
		suffix = ".signin.amazonaws.cn"
	case "aws-us-gov":
		suffix = ".signin.amazonaws-us-gov.com"
	case "aws-eusc":
		suffix = ".signin.amazonaws-eusc.eu"
	}
	return region + suffix
}

// LoginRenewal is the type of [RenewLogin], the only one there is.
type LoginRenewal func(context.Context, *Login, *loginToken) (*signer.Credentials, error)

// RenewLogin renews the keys of a sign-in for a [Login] or a [Chain]: by an OAuth 2.0 refresh token whose holder proves a
// key (DPoP, RFC 9449). The refresh token serves once, so the file is rewritten. It is to be named, not called.
func RenewLogin(ctx context.Context, l *Login, t *loginToken) (*signer.Credentials, error) {
	if t.clientID == "" || t.refresh == "" || t.proofKey == "" {
		return nil, l.fail(ErrSignIn, "the sign-in has expired, and its file has no means to renew it", nil)
	}
	if l.Endpoint == "" && !partition.ValidRegion(l.Region) {
		return nil, l.fail(ErrConfig, "there is no region whose sign-in endpoint could renew the keys; set AWS_REGION, or region in the profile", nil)
	}
	base, err := endpointURL(l.Endpoint, signinHost(l.Region))
	if err != nil {
		return nil, l.fail(ErrConfig, "the sign-in endpoint can't be asked", err)
	}
	now := orNow(l.Now)()
	url := base + "/v1/token"
	proof, err := proofOfPossession(t.proofKey, http.MethodPost, url, now)
	if err != nil {
		return nil, l.fail(ErrSignIn, "the sign-in has expired, and its key can't be used", err)
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{method: http.MethodPost, url: url,
		header: http.Header{"Content-Type": {"application/json"}, "Dpop": {proof}},
		body:   jsonObject(nil, "clientId", t.clientID, "grantType", "refresh_token", "refreshToken", t.refresh)}
	// Once: a refresh token that was used and whose answer got lost is gone, and using it again may end the session.
	a, err := x.do(ctx, orTransport(l.Transport), publicTimeout)
	if err != nil {
		return nil, l.fail(ErrSource, "the sign-in endpoint can't be reached", err)
	}
	if a.status != http.StatusOK {
		var code string
		_ = decodeObject(a.body, []member{{"error", &code}})
		switch {
		case code == "INSUFFICIENT_PERMISSIONS":
			return nil, l.fail(ErrSource, "the sign-in may not be renewed: its identity lacks the permission signin:CreateOAuth2Token", nil)
		case a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests:
			return nil, l.fail(ErrSignIn, "the sign-in can't be renewed", fault("error "+quoteServer(code)))
		}
		return nil, l.fail(ErrSource, "the sign-in endpoint failed"+serverReason(a), nil)
	}
	got := *t
	got.keys = signer.Credentials{}
	var seconds int64
	if err := decodeObject(a.body, []member{
		{"accessToken", []member{
			{"accessKeyId", &got.keys.AccessKeyID}, {"secretAccessKey", &got.keys.SecretAccessKey},
			{"sessionToken", &got.keys.SessionToken},
		}},
		{"expiresIn", &seconds}, {"refreshToken", &got.refresh}, {"idToken", &got.id},
	}); err != nil {
		return nil, l.fail(ErrSource, "the sign-in endpoint's answer can't be read", err)
	}
	const day = 24 * 60 * 60
	if incomplete(got.keys) != "" || got.keys.SessionToken == "" || seconds <= 0 || seconds > day {
		return nil, l.fail(ErrSource, "the sign-in endpoint's answer can't be used", nil)
	}
	got.keys.Expires = now.Add(time.Duration(seconds) * time.Second)
	// Keys that can't be saved are still keys; the next sign-in has to be done by hand.
	_ = got.save(ctx, t.path)
	return &got.keys, nil
}

func (t *loginToken) save(ctx context.Context, path string) error {
	old, err := memberOf(t.raw, "accessToken")
	if err != nil {
		return err
	}
	keys, err := replaceMembers(old, "accessKeyId", t.keys.AccessKeyID, "secretAccessKey", t.keys.SecretAccessKey,
		"sessionToken", t.keys.SessionToken, "accountId", t.account, "expiresAt", t.keys.Expires.UTC().Format(time.RFC3339))
	if err != nil {
		return err
	}
	// An object can't be given as a string, so it goes in front by hand.
	rest, err := replaceMembers(t.raw, "accessToken", "", "refreshToken", t.refresh, "idToken", t.id)
	if err != nil {
		return err
	}
	b := append(append([]byte(`{"accessToken":`), keys...), ',')
	return replaceFile(ctx, path, append(b, rest[1:]...), t.mode)
}

// proofOfPossession makes the JSON Web Token by which the holder of a refresh token shows that it has the key the token
// was bound to (RFC 9449, section 4.2): for one request, made now, signed with ECDSA on P-256 (RFC 7518, section 3.4).
func proofOfPossession(keyPEM, method, url string, now time.Time) (string, error) {
	block, _ := pem.Decode([]byte(keyPEM))
	if block == nil {
		return "", fault("the key is not PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil || key.Curve != elliptic.P256() {
		return "", fault("the key is no EC private key on P-256")
	}
	public, err := key.PublicKey.ECDH()
	if err != nil {
		return "", fault("the key has no public half")
	}
	// 0x04, X, Y; both padded to 32 bytes as RFC 7518, section 6.2.1.2, demands. One key in 128 has a shorter number.
	point := public.Bytes()
	b64 := base64.RawURLEncoding
	jwk := jsonObject(nil, "kty", "EC", "x", b64.EncodeToString(point[1:33]), "y", b64.EncodeToString(point[33:65]), "crv", "P-256")
	header := jsonObject(nil, "typ", "dpop+jwt", "alg", "ES256")
	header = append(append(append(header[:len(header)-1], `,"jwk":`...), jwk...), '}')
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	payload := jsonObject(nil, "jti", uuid4(id), "htm", method, "htu", url)
	payload = strconv.AppendInt(append(payload[:len(payload)-1], `,"iat":`...), now.Unix(), 10)
	payload = append(payload, '}')
	text := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return "", fault("the key does not sign")
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + b64.EncodeToString(signature[:]), nil
}

// uuid4 makes a random UUID (RFC 9562, section 5.4) of random bytes.
func uuid4(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
