package frame_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sources parses the files that users of this package compile.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	fset, files := token.NewFileSet(), map[string]*ast.File{}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
	}
	if len(files) < 5 {
		t.Fatalf("%d source files", len(files))
	}
	return fset, files
}

// TestImports: what the codec rests on is short enough to be listed.
func TestImports(t *testing.T) {
	allowed := []string{"bedrockwire/crc", "encoding/binary", "errors", "hash/maphash", "io", "iter", "math", "math/bits", "slices", "strconv", "strings", "time", "unicode/utf8"}
	_, files := sources(t)
	for name, f := range files {
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err != nil || !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", name, spec.Path.Value)
			}
		}
	}
}

// TestIntConversions: an int has 32 bits on some machines, and a length on the
// wire has 32 without a sign. Every conversion to int in this package says in a
// comment on its line what bounds the value, and there is no init.
func TestIntConversions(t *testing.T) {
	fset, files := sources(t)
	found := 0
	for name, f := range files {
		bounded := map[int]bool{}
		for _, group := range f.Comments {
			for _, c := range group.List {
				if strings.Contains(c.Text, "bounded:") {
					bounded[fset.Position(c.Pos()).Line] = true
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if d, ok := n.(*ast.FuncDecl); ok && d.Name.Name == "init" {
				t.Errorf("%s has an init", name)
			}
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "int" {
				line := fset.Position(call.Pos()).Line
				if found++; !bounded[line] {
					t.Errorf("%s:%d: %s(...) without a word on what bounds it", name, line, id.Name)
				}
			}
			return true
		})
	}
	if found < 5 {
		t.Errorf("%d conversions found; the search is broken", found)
	}
}
