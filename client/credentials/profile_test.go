package credentials

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestProfileErrors: each way in which a profile gives no keys is told apart, in words.
func TestProfileErrors(t *testing.T) {
	done, cancel := context.WithCancel(context.Background())
	cancel()
	rows := []struct {
		name, file string
		ctx        context.Context
		kind       error
		says       string
	}{
		{"no keys", "[default]\nregion = us-east-1\n", context.Background(), ErrNone, "the profile has no keys"},
		{"a secret alone", "[default]\naws_secret_access_key = s\n", context.Background(), ErrConfig, "aws_secret_access_key is set"},
		{"an id alone", "[default]\naws_access_key_id = i\n", context.Background(), ErrConfig, "aws_access_key_id is set"},
		{"no time", "[default]\n", done, ErrSource, "the shared files were not read in time"},
	}
	for _, r := range rows {
		path := filepath.Join(t.TempDir(), "credentials")
		if err := os.WriteFile(path, []byte(r.file), 0o600); err != nil {
			t.Fatal(err)
		}
		p := &Profile{Getenv: func(name string) string {
			return map[string]string{"AWS_SHARED_CREDENTIALS_FILE": path, "AWS_CONFIG_FILE": path + ".none"}[name]
		}}
		_, err := p.Retrieve(r.ctx)
		if !errors.Is(err, r.kind) || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: %v, want %v and %q", r.name, err, r.kind, r.says)
		}
	}
}

// TestUnwrapHasNoNil: callers that walk the tree of an error by themselves find no nil in it.
func TestUnwrapHasNoNil(t *testing.T) {
	if got := (&Error{Kind: ErrNone}).Unwrap(); !slices.Equal(got, []error{ErrNone}) {
		t.Errorf("without a cause: %v", got)
	}
	if got := (&Error{Kind: ErrNone, Err: context.Canceled}).Unwrap(); !slices.Equal(got, []error{ErrNone, context.Canceled}) {
		t.Errorf("with a cause: %v", got)
	}
}

// TestRefusedGrant: a client error other than 429 means that a person must sign in again.
func TestRefusedGrant(t *testing.T) {
	for status, want := range map[int]bool{399: false, 400: true, 401: true, http.StatusTooManyRequests: false, 499: true, 500: false} {
		if code, refused := refusedGrant(&response{status: status, body: []byte(`{"error":"x"}`)}); code != "x" || refused != want {
			t.Errorf("status %d: %q, %v", status, code, refused)
		}
	}
}
