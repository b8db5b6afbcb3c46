package credentials

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"bedrockwire/client/internal/readfile"
)

// readTokenFile reads a token that another program renews. White space at its end comes from an
// editor or echo, and is not part of the token.
func readTokenFile(ctx context.Context, path string) (string, error) {
	f, err := readfile.Read(ctx, path, MaxToken)
	if err != nil {
		return "", err
	}
	token := strings.TrimRight(string(f.Data), " \t\r\n")
	if token == "" {
		return "", errors.New("the token file is empty")
	}
	return token, nil
}

// readSignIn reads one of the small JSON files in which the AWS CLI keeps sign-ins.
func readSignIn(ctx context.Context, path string) ([]byte, os.FileMode, error) {
	f, err := readfile.ReadRegular(ctx, path, MaxResponse)
	return f.Data, f.Mode.Perm(), err
}

// replaceFile writes a file next to another and renames it: several programs share a sign-in, and
// none may see half of it. It returns when ctx ends. The file is then still replaced, as soon as
// the file system allows.
func replaceFile(ctx context.Context, path string, b []byte, mode os.FileMode) error {
	done := make(chan error, 1)
	go func() { done <- replace(path, b, mode) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func replace(path string, b []byte, mode os.FileMode) error {
	// Whatever its mode was, it holds a secret: never wider than its owner.
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".bedrockwire-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode&^0o077)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file has its new name
	_, err = f.Write(b)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
