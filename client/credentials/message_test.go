package credentials

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"bedrockwire/signer"
)

// wantError checks kind and text of an error, and that no credentials come with it.
func wantError(t *testing.T, c signer.Credentials, err, kind error, text string) {
	t.Helper()
	if c != (signer.Credentials{}) {
		t.Errorf("credentials %v with an error", c)
	}
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want a %q with %q", err, kind, text)
		return
	}
	wantMessage(t, err)
}

// messagesFile has every error of this package that a test has seen, one a line, sorted. With CREDENTIALS_TEST_MESSAGES
// set the tests add to it. It shows the wording as a whole, and a change of the wording in review.
var messagesFile = filepath.Join("testdata", "messages.txt")

var messages struct {
	sync.Mutex
	known []string
}

// changing are the parts of an error that differ from run to run.
var changing = []struct {
	form *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(regexp.QuoteMeta(filepath.Clean(os.TempDir())) + `[^ ":;)]*`), "TMP"},
	{regexp.MustCompile(`(127\.0\.0\.1|localhost):\d+`), "$1:PORT"},
	{regexp.MustCompile(`x{100,}`), "x..."},
	{regexp.MustCompile(`, and said "[^"]*not found"`), ""},                // the words of the shell
	{regexp.MustCompile(`\b(json|xml|signer): [^;("]*[^;(" ]`), "$1: ..."}, // the words of other packages
}

// wantMessage checks the whole text of an error against the file.
func wantMessage(t *testing.T, err error) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return // the causes are in the words of the system
	}
	text := err.Error()
	for _, c := range changing {
		text = c.form.ReplaceAllString(text, c.by)
	}
	messages.Lock()
	defer messages.Unlock()
	if messages.known == nil {
		b, err := os.ReadFile(messagesFile)
		if err != nil {
			t.Fatal(err)
		}
		messages.known = strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	}
	i, ok := slices.BinarySearch(messages.known, text)
	switch {
	case ok:
	case os.Getenv("CREDENTIALS_TEST_MESSAGES") == "":
		t.Errorf("no line of %s says\n%s", messagesFile, text)
	default:
		messages.known = slices.Insert(messages.known, i, text)
		if err := os.WriteFile(messagesFile, []byte(strings.Join(messages.known, "\n")+"\n"), 0o644); err != nil {
			t.Error(err)
		}
	}
}
