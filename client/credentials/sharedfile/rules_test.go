package sharedfile

import (
	"errors"
	"io/fs"
	"testing"
)

// TestPlainName: letters, digits and '_', and none of their neighbours in ASCII.
func TestPlainName(t *testing.T) {
	for c := range 256 {
		want := c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z'
		if got := plainName("a" + string([]byte{byte(c)}) + "z"); got != want {
			t.Errorf("byte %#x: %v", c, got)
		}
	}
	if plainName("") {
		t.Error("an empty key is a plain name")
	}
}

// TestCause: the operation and the path of an error are left out, and nothing else is.
func TestCause(t *testing.T) {
	plain := errors.New("some fault")
	for _, r := range []struct {
		err  error
		want string
	}{{plain, "some fault"}, {&fs.PathError{Op: "open", Path: "/p", Err: plain}, "some fault"}} {
		if got := cause(r.err); got != r.want {
			t.Errorf("%v: %q", r.err, got)
		}
	}
}
