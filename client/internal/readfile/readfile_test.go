package readfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		most       int
		want       string // contents
		fails      string // part of the error
	}{
		{"a file", path, 100, "12345678", ""},
		{"as large as allowed", path, 8, "12345678", ""},
		{"too large", path, 7, "", "more than 7 bytes"},
		{"empty", empty, 8, "", ""},
		{"absent", filepath.Join(dir, "none"), 8, "", "none"},
		{"a directory", dir, 8, "", "directory"},
	} {
		for name, read := range map[string]func(context.Context, string, int) (File, error){"Read": Read, "ReadRegular": ReadRegular} {
			f, err := read(context.Background(), c.path, c.most)
			if string(f.Data) != c.want || (err != nil) != (c.fails != "") || err != nil && !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s of %s: %q, %v", name, c.name, f.Data, err)
			}
			var path *fs.PathError
			if err != nil && (!errors.As(err, &path) || path.Path != c.path) {
				t.Errorf("%s of %s: the error %T does not name the file", name, c.name, err)
			}
		}
	}
	if _, err := Read(context.Background(), filepath.Join(dir, "none"), 8); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file gives %v", err)
	}
	if f, err := Read(context.Background(), path, 8); err != nil || f.Mode.Perm()&0o600 == 0 || !f.Mode.IsRegular() {
		t.Errorf("mode %v, %v", f.Mode, err)
	}
	ended, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := Read(ended, path, 8); !errors.Is(err, cause) {
		t.Errorf("a context that has ended gives %v", err)
	}
}
