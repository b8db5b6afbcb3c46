package credentials

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/signer"
)

// Login gives the credentials that "aws login" has left in a file. With Renew set it renews them as that command does.
type Login struct {
	Session   string            // login_session of the profile: the ARN of who signed in
	Region    string            // whose sign-in endpoint renews
	CacheDir  string            // holds the sign-ins; "" is ~/.aws/login/cache
	Endpoint  string            // replaces the sign-in endpoint; https, or http on loopback
	Transport http.RoundTripper // nil is this package's own, with the environment's proxy
	Now       func() time.Time  // nil is time.Now

	// Renew is RenewLogin, or nil: then the keys serve until they end, 15 minutes after their last renewal by any tool.
	// It is not linked unless named, since elliptic curves make a program 100 KiB larger.
	Renew LoginRenewal

	profile string // for messages
}

// loginRefresh is how long before their end the keys are renewed. They last 15 minutes.
const loginRefresh = 5 * time.Minute

// loginToken is the file's content.
type loginToken struct {
	keys                  signer.Credentials
	account               string
	clientID, refresh, id string
	proofKey              string // PEM
	path                  string
	raw                   []byte
	mode                  os.FileMode
}

//go:noinline
func (l *Login) fail(kind error, reason string, err error) error {
	e := &Error{Source: SourceLogin, Profile: l.profile, Kind: kind, Reason: reason, Err: err}
	if kind == ErrSignIn {
		e.Remedy = "run: aws login"
		if l.profile != "" {
			e.Remedy += " --profile " + quoteName(l.profile)
		}
	}
	return e
}

// Retrieve reads the file, and renews the keys where they are about to end.
func (l *Login) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(l.retrieve(ctx))
}

func (l *Login) retrieve(ctx context.Context) (*signer.Credentials, error) {
	path, err := l.path()
	if err != nil {
		return nil, l.fail(ErrConfig, "the file of the sign-in can't be named", err)
	}
	t, err := readLogin(ctx, path)
	if err != nil {
		return nil, l.fail(ErrSignIn, "there is no sign-in that can be used", err)
	}
	left := t.keys.Expires.Sub(orNow(l.Now)())
	if left > loginRefresh {
		return &t.keys, nil
	}
	var renewed *signer.Credentials
	if l.Renew != nil {
		renewed, err = l.Renew(ctx, l, t)
	} else {
		err = l.fail(ErrSignIn, "the keys have ended, and this program does not renew them (Renew is not set)", nil)
	}
	switch {
	case err == nil:
		return renewed, nil
	case left > 0:
		return &t.keys, nil
	}
	return nil, err
}

// path returns where the file is: it is named by the SHA-256 hash of the session.
func (l *Login) path() (string, error) {
	session := strings.TrimSpace(l.Session)
	if session == "" {
		return "", fault("login_session is empty")
	}
	dir := l.CacheDir
	if dir == "" {
		home := sharedfile.Home(os.Getenv)
		if home == "" {
			return "", fault("there is no home directory")
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
		return nil, fault("in the file " + reason)
	}
	if t.keys.Expires.IsZero() || t.keys.SessionToken == "" {
		return nil, fault("in the file the session token or its expiration is missing")
	}
	return t, nil
}
