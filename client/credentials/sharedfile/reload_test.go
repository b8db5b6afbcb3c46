package sharedfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestReload: files that Load has read are read again; what was parsed in memory stays.
func TestReload(t *testing.T) {
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "config"), "[profile a]\nx = 1\n", 0o600)
	credentials := filepath.Join(dir, "credentials") // absent at first
	first := mustLoad(t, config, credentials)
	write(t, config, "[profile a]\nx = 2\n", 0o600)
	write(t, credentials, "[a]\ny = 3\n", 0o600)
	again, err := first.Reload(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    Profiles
		x, y string
	}{{first, "1", ""}, {again, "2", "3"}} {
		if s, _ := c.p.Profile("a"); s.Get("x") != c.x || s.Get("y") != c.y {
			t.Errorf("x = %q, y = %q, want %q, %q", s.Get("x"), s.Get("y"), c.x, c.y)
		}
	}
	write(t, config, "[profile a]\nx = 4\n", 0o600)
	third, err := again.Reload(context.Background())
	if s, _ := third.Profile("a"); err != nil || s.Get("x") != "4" {
		t.Errorf("the second Reload: x = %q, %v", s.Get("x"), err)
	}

	memory := Merge(Parse([]byte("[profile a]\nx = 1\n"), Config, config), File{})
	same, err := memory.Reload(context.Background())
	if s, _ := same.Profile("a"); err != nil || s.Get("x") != "1" {
		t.Errorf("profiles in memory: x = %q, %v", s.Get("x"), err)
	}
	if p, err := (Profiles{}).Reload(context.Background()); err != nil || p.Names() != nil {
		t.Errorf("the zero Profiles: %v, %v", p, err)
	}

	ended, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if p, err := first.Reload(ended); !errors.Is(err, cause) || len(p.Names()) != 0 {
		t.Errorf("a context that has ended: %v, %v", p, err)
	}
	if p, err := Load(ended, config, ""); !errors.Is(err, cause) || len(p.Names()) != 0 {
		t.Errorf("a context that has ended: %v, %v", p, err)
	}
}

// TestNullDevice: the usual way to say that there is no file is not a problem. Other devices are.
func TestNullDevice(t *testing.T) {
	if p := mustLoad(t, os.DevNull, os.DevNull); len(p.Problems()) != 0 {
		t.Errorf("problems %v", p.Problems())
	}
	const zero = "/dev/zero"
	if _, err := os.Stat(zero); err != nil {
		t.Skip(err)
	}
	if p := mustLoad(t, zero, ""); len(p.Problems()) != 1 || p.Problems()[0].Path != zero {
		t.Errorf("problems %v", p.Problems())
	}
}
