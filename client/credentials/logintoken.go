package credentials

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/signer"
)

// loginToken is a sign-in as "aws login" leaves it in a file.
type loginToken struct {
	keys                  signer.Credentials
	account               string
	clientID, refresh, id string
	proofKey              string // PEM
	path                  string
	raw                   []byte // the whole file, for the fields that are another tool's
	mode                  os.FileMode
}

// path returns where the file is: it is named by the SHA-256 hash of the session.
func (l *Login) path() (string, error) {
	session := strings.TrimSpace(l.Session)
	if session == "" {
		return "", errors.New("login_session is empty")
	}
	dir := l.CacheDir
	if dir == "" {
		home := sharedfile.Home(os.Getenv)
		if home == "" {
			return "", errors.New("there is no home directory")
		}
		dir = filepath.Join(home, ".aws", "login", "cache")
	}
	sum := sha256.Sum256([]byte(session))
	return filepath.Join(dir, hex.EncodeToString(sum[:])+".json"), nil
}

func readLogin(ctx context.Context, path string) (*loginToken, error) {
	raw, mode, err := readSignIn(ctx, path)
	if err != nil {
		return nil, err
	}
	t := &loginToken{path: path, raw: raw, mode: mode}
	var expires string
	if err := decodeObject(raw, []member{
		{"accessToken", []member{
			{"accessKeyId", &t.keys.AccessKeyID}, {"secretAccessKey", &t.keys.SecretAccessKey},
			{"sessionToken", &t.keys.SessionToken}, {"accountId", &t.account},
			{"expiresAt", &expires},
		}},
		{"clientId", &t.clientID}, {"refreshToken", &t.refresh},
		{"idToken", &t.id}, {"dpopKey", &t.proofKey},
	}); err != nil {
		return nil, err
	}
	if reason := finish(&t.keys, expires); reason != "" {
		return nil, errors.New("in the file " + reason)
	}
	if t.keys.Expires.IsZero() || t.keys.SessionToken == "" {
		return nil, errors.New("in the file the session token or its expiration is missing")
	}
	return t, nil
}

// save rewrites the file: the new keys and tokens, and every field that is not ours as it was.
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
