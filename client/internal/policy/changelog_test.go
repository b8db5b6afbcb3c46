package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"bedrockwire/client"
)

// TestChangelog: the newest version in the changelog is the one that the client sends, and each older one has a date.
func TestChangelog(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".github", "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	versions := regexp.MustCompile(`(?m)^## \[(.*)\](?: - (.*))?$`).FindAllStringSubmatch(string(text), -1)
	if len(versions) == 0 {
		t.Fatal("CHANGELOG.md names no version")
	}
	if got := versions[0][1]; got != client.Version {
		t.Errorf("the newest version of CHANGELOG.md is %s, and client.Version is %s", got, client.Version)
	}
	date := regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	for i, v := range versions {
		if !date.MatchString(v[2]) && (i > 0 || v[2] != "Unreleased") {
			t.Errorf("version %s of CHANGELOG.md has the date %q", v[1], v[2])
		}
	}
}
