package credentials

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"

	"bedrockwire/client/internal/await"
	"bedrockwire/client/internal/readfile"
	"bedrockwire/model/jsonwire"
)

// Reading and rewriting of the small JSON files in which the AWS CLI keeps sign-ins. Several programs share them, so a
// rewrite keeps what is not ours, and no reader ever sees half of it.

// readSignIn reads a file of a sign-in.
func readSignIn(ctx context.Context, path string) ([]byte, os.FileMode, error) {
	f, err := readfile.ReadRegular(ctx, path, MaxResponse)
	return f.Data, f.Mode.Perm(), err
}

// replaceFile writes a file next to another and renames it, so that no reader sees half of it. It returns when ctx ends;
// the file is then still replaced, as soon as the file system allows.
func replaceFile(ctx context.Context, path string, b []byte, mode os.FileMode) error {
	_, err := await.Call(ctx, func() (struct{}, error) { return struct{}{}, replace(path, b, mode) })
	return err
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

// jsonObject appends an object of string members, given as name, value, name, value.
func jsonObject(dst []byte, members ...string) []byte {
	dst = append(dst, '{')
	for i := 0; i+1 < len(members); i += 2 {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonwire.AppendString(dst, members[i])
		dst = append(dst, ':')
		dst = jsonwire.AppendString(dst, members[i+1])
	}
	return append(dst, '}')
}

// replaceMembers returns an object with some of its members set to strings, given as name, value, name, value. All
// others are carried over as they stand, in order. An empty value leaves its member out.
func replaceMembers(object []byte, members ...string) ([]byte, error) {
	lx := jsonwire.NewLimit(object, MaxResponse)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	var kept []byte
next:
	for lx.Next() == jsonwire.Key {
		for i := 0; i < len(members); i += 2 {
			if lx.TextIs(members[i]) {
				lx.Skip()
				continue next
			}
		}
		kept = append(kept, ',')
		kept = jsonwire.AppendString(kept, lx.Text())
		kept = append(append(kept, ':'), lx.Skip()...)
	}
	if err := lx.Finish(); err != nil {
		return nil, err
	}
	var set []string
	for i := 0; i < len(members); i += 2 {
		if members[i+1] != "" {
			set = append(set, members[i:i+2]...)
		}
	}
	out := jsonObject(nil, set...)
	return append(append(out[:len(out)-1], kept...), '}'), nil
}

// memberOf returns a member's value as it stands in an object; an empty object where it is absent.
func memberOf(object []byte, name string) ([]byte, error) {
	lx := jsonwire.NewLimit(object, MaxResponse)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	value := []byte("{}")
	for lx.Next() == jsonwire.Key {
		if lx.TextIs(name) {
			value = lx.Skip()
		} else {
			lx.Skip()
		}
	}
	return value, lx.Finish()
}
