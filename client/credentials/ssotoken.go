package credentials

import (
	"context"
	"crypto/sha1" // only to find the files of the AWS CLI, see ssoTokenPath
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"bedrockwire/client/credentials/sharedfile"
)

// ssoToken is a sign-in as "aws sso login" leaves it in a file.
type ssoToken struct {
	accessToken, refreshToken string
	clientID, clientSecret    string
	expires, registrationEnds time.Time
	raw                       []byte // the whole file, for the fields that are another tool's
	mode                      os.FileMode
}

// ssoTokenPath returns where the sign-in of that name is. The AWS CLI names the file by the SHA-1
// hash of the session's name or the start URL: no security rests on it, but no other hash finds the
// file. Where the program is confined to FIPS 140 algorithms (GODEBUG=fips140=only) SHA-1 refuses
// to work, and so the file can't be found.
func ssoTokenPath(dir, name string) (string, error) {
	h := sha1.New()
	if _, err := io.WriteString(h, name); err != nil {
		return "", errors.New("its name is a SHA-1 hash, which FIPS 140-only mode forbids")
	}
	if dir == "" {
		home := sharedfile.Home(os.Getenv)
		if home == "" {
			return "", errors.New("there is no home directory")
		}
		dir = filepath.Join(home, ".aws", "sso", "cache")
	}
	return filepath.Join(dir, hex.EncodeToString(h.Sum(nil))+".json"), nil
}

func readSSOToken(ctx context.Context, path string) (*ssoToken, error) {
	raw, mode, err := readSignIn(ctx, path)
	if err != nil {
		return nil, err
	}
	t := &ssoToken{raw: raw, mode: mode}
	var expires, registration string
	if err := decodeObject(raw, []member{
		{"accessToken", &t.accessToken}, {"refreshToken", &t.refreshToken},
		{"clientId", &t.clientID}, {"clientSecret", &t.clientSecret},
		{"expiresAt", &expires}, {"registrationExpiresAt", &registration},
	}); err != nil {
		return nil, err
	}
	if !isToken(t.accessToken) {
		return nil, errors.New("the file has no access token that can be used")
	}
	var ok bool
	if t.expires, ok = parseTime(expires); !ok {
		return nil, errors.New("the file's expiresAt is not a time")
	}
	// Without this one the sign-in can still be used, and the token service says whether it can be
	// renewed.
	t.registrationEnds, _ = parseTime(registration)
	return t, nil
}

// save rewrites the file: the new tokens, and every field that is not ours as it was.
func (t *ssoToken) save(ctx context.Context, path string) error {
	b, err := replaceMembers(t.raw, "accessToken", t.accessToken, "expiresAt", t.expires.UTC().Format(time.RFC3339), "refreshToken", t.refreshToken)
	if err != nil {
		return err
	}
	return replaceFile(ctx, path, b, t.mode)
}
