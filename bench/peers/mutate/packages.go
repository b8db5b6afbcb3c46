package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
)

// A goPackage is what go list reports of a package, as far as it matters here.
type goPackage struct {
	Dir, ImportPath                    string
	Module                             struct{ Path, Dir string }
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
}

// list runs go list in dir.
func list(dir string, patterns ...string) ([]*goPackage, error) {
	cmd := exec.Command("go", append([]string{"list", "-json"}, patterns...)...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.Bytes())
	}
	var packages []*goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(goPackage)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// dependents returns the packages of all that have tests and import target, directly or not, in their code or their tests.
func dependents(target *goPackage, all []*goPackage) []*goPackage {
	byPath := map[string]*goPackage{}
	for _, p := range all {
		byPath[p.ImportPath] = p
	}
	// reaches: does the package's code, tests aside, import target?
	memo := map[string]bool{target.ImportPath: true}
	var reaches func(path string) bool
	reaches = func(path string) bool {
		if r, ok := memo[path]; ok {
			return r
		}
		p := byPath[path]
		memo[path] = p != nil && slices.ContainsFunc(p.Imports, reaches)
		return memo[path]
	}
	var found []*goPackage
	for _, p := range all {
		if p.ImportPath == target.ImportPath || len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
			continue
		}
		if reaches(p.ImportPath) || slices.ContainsFunc(p.TestImports, reaches) || slices.ContainsFunc(p.XTestImports, reaches) {
			found = append(found, p)
		}
	}
	return found
}
