package credentials

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strconv"
	"time"

	"bedrockwire/client/internal/uuid"
)

// proofOfPossession makes the JSON Web Token by which the holder of a refresh token shows that it
// has the key the token was bound to (RFC 9449, section 4.2): for one request, made now, signed
// with ECDSA on P-256 (RFC 7518, section 3.4).
func proofOfPossession(keyPEM, method, url string, now time.Time) (string, error) {
	block, _ := pem.Decode([]byte(keyPEM))
	if block == nil {
		return "", errors.New("the key is not PEM")
	}
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil || key.Curve != elliptic.P256() {
		return "", errors.New("the key is not an EC private key on P-256")
	}
	public, err := key.PublicKey.ECDH()
	if err != nil {
		return "", errors.New("the key has no public part")
	}
	// 0x04, X, Y; both padded to 32 bytes as RFC 7518, section 6.2.1.2, demands. One key in 128 has
	// a shorter number.
	point := public.Bytes()
	b64 := base64.RawURLEncoding
	jwk := jsonObject(nil, "kty", "EC", "x", b64.EncodeToString(point[1:33]), "y", b64.EncodeToString(point[33:65]), "crv", "P-256")
	header := jsonObject(nil, "typ", "dpop+jwt", "alg", "ES256")
	header = append(append(append(header[:len(header)-1], `,"jwk":`...), jwk...), '}')
	payload := jsonObject(nil, "jti", uuid.New(), "htm", method, "htu", url)
	payload = strconv.AppendInt(append(payload[:len(payload)-1], `,"iat":`...), now.Unix(), 10)
	payload = append(payload, '}')
	text := b64.EncodeToString(header) + "." + b64.EncodeToString(payload)
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		return "", errors.New("the key can't sign")
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + b64.EncodeToString(signature[:]), nil
}
