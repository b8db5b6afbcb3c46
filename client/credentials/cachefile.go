package credentials

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"

	"bedrockwire/model/jsonwire"
)

// Reading and rewriting of the small JSON files in which the AWS CLI keeps sign-ins. Several programs share them, so a
// rewrite keeps what is not ours, and no reader ever sees half of it.

// readSmallFile reads a file of at most [MaxResponse] bytes.
func readSmallFile(path string) ([]byte, os.FileMode, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	b, err := io.ReadAll(io.LimitReader(f, MaxResponse+1))
	if err == nil && len(b) > MaxResponse {
		err = fault("the file has more than 64 KiB")
	}
	return b, info.Mode().Perm(), err
}

// replaceFile writes a file beside another and puts it in its place, so that no reader ever sees half of it.
func replaceFile(path string, b []byte, mode os.FileMode) error {
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
