package policy

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "bedrockwire"

// goPackage is what `go list -json` says of a package, as far as it matters here.
type goPackage struct {
	ImportPath string
	Dir        string
	Standard   bool
	Imports    []string
	Deps       []string
	GoFiles    []string
	CgoFiles   []string
	SFiles     []string
	HFiles     []string
	SysoFiles  []string
	CFiles     []string
}

// list returns the module's packages.
func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages of the module", len(packages))
	}
	return packages
}

// core are the packages that constrained binaries link: the four of the contract, and what model is made of.
var core = []string{"crc", "frame", "signer", "model", "model/jsonwire", "model/xmlwire", "model/text", "model/converse"}

// mayImport lists, for each core package, the packages of this module it may import. All other packages are
// on the client's side and may import any, except that the core imports none of them.
var mayImport = map[string][]string{
	"crc":             nil,
	"frame":           {"crc"},
	"signer":          nil,
	"model":           {"model/jsonwire", "model/xmlwire"},
	"model/jsonwire":  nil,
	"model/xmlwire":   nil,
	"model/text":      {"model", "model/jsonwire"},
	"model/converse":  {"model", "model/jsonwire"},
	"frame/frametest": {"crc", "frame"},
}

func TestImportArrows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		allowed, restricted := mayImport[name]
		if !restricted {
			continue
		}
		seen[name] = true
		for _, imported := range p.Imports {
			if inner, ok := strings.CutPrefix(imported, module+"/"); ok && !slices.Contains(allowed, inner) {
				t.Errorf("%s imports %s", name, inner)
			}
		}
	}
	for name := range mayImport {
		if !seen[name] {
			t.Errorf("package %s is not there", name)
		}
	}
}

// TestCoreImports keeps the network, files, reflection and unsafe memory out of the core.
func TestCoreImports(t *testing.T) {
	banned := func(imported string) bool {
		return imported == "net" || strings.HasPrefix(imported, "net/") || imported == "os" || strings.HasPrefix(imported, "os/") ||
			imported == "reflect" || imported == "encoding/json" || imported == "encoding/xml" || imported == "unsafe" ||
			imported == "log" || strings.HasPrefix(imported, "log/")
	}
	found := 0
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if !slices.Contains(core, name) {
			continue
		}
		found++
		for _, imported := range p.Imports {
			if banned(imported) {
				t.Errorf("%s imports %s", name, imported)
			}
			if imported == "fmt" && name != "signer" {
				t.Errorf("%s imports fmt, which only redaction needs", name)
			}
		}
		for _, dep := range p.Deps {
			if dep == "net" || strings.HasPrefix(dep, "net/") {
				t.Errorf("%s reaches %s", name, dep)
			}
		}
	}
	if found != len(core) {
		t.Errorf("found %d of the core's %d packages", found, len(core))
	}
}

// TestOnlyStandardLibrary keeps everything else out of every package of the module.
func TestOnlyStandardLibrary(t *testing.T) {
	for _, p := range list(t) {
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if first != module && strings.Contains(first, ".") {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
			if imported == "unsafe" || imported == "C" || imported == "plugin" {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
		for _, files := range [][]string{p.CgoFiles, p.SFiles, p.HFiles, p.SysoFiles, p.CFiles} {
			for _, f := range files {
				t.Errorf("%s has %s", p.ImportPath, path.Base(f))
			}
		}
	}
}
