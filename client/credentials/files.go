package credentials

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bedrockwire/client/internal/readfile"
)

// readTokenFile reads a token that another program renews. White space at its end comes from an
// editor or echo, and is not part of the token. A file that is absent or empty is looked at again
// for a moment: a program that starts in a container may be faster than what writes its token.
func readTokenFile(ctx context.Context, path string) (token string, err error) {
	reread(ctx, func() bool {
		var f readfile.File
		if f, err = readfile.Read(ctx, path, MaxToken); err != nil {
			return !errors.Is(err, fs.ErrNotExist)
		}
		if token = strings.TrimRight(string(f.Data), " \t\r\n"); token == "" {
			err = errors.New("the token file is empty")
		}
		return token != ""
	})
	return token, orCause(ctx, err)
}

// readSignIn reads one of the small JSON files in which the AWS CLI keeps sign-ins. The CLI writes
// them in place. A file that is empty or not a whole object is read again for a moment.
func readSignIn(ctx context.Context, path string) (raw []byte, mode os.FileMode, err error) {
	reread(ctx, func() bool {
		var f readfile.File
		f, err = readfile.ReadRegular(ctx, path, MaxResponse)
		raw, mode = f.Data, f.Mode.Perm()
		if err != nil {
			return true
		}
		err = decodeObject(raw, nil)
		return err == nil
	})
	return raw, mode, orCause(ctx, err)
}

// orCause returns why ctx has ended in place of an error that came of it.
func orCause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
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
