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
	"time"
)

// WriteSSO leaves a sign-in to IAM Identity Center below a home directory, as "aws sso login" does, and returns its path.
// name is the name of the [sso-session], or the start URL for the older form of profile. With renewable set the sign-in
// can be renewed by the token service.
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

// WriteLogin leaves a sign-in of "aws login" below a home directory and returns its path. session is the profile's
// login_session.
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
