package main

import (
	"strings"
	"testing"
)

func TestDocumentName(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf": "a", "dir/My  report_(2) [x].v1.md": "My report (2) [x] v1", "é.txt": "document", ".md": "document", "-a-.csv": "-a-",
		strings.Repeat("a", 300) + ".pdf": strings.Repeat("a", maxDocumentName),
	} {
		if got := documentName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
