package signer

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// sources parses the package's files but for tests.
func sources(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	set, files := token.NewFileSet(), map[string]*ast.File{}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = f
		}
	}
	if len(files) < 8 {
		t.Fatalf("only %d files", len(files))
	}
	return set, files
}

// TestImports: the allow-list. What is not on it makes a small program large, or reads what it was not given.
func TestImports(t *testing.T) {
	allowed := map[string]bool{
		"bytes": true, "cmp": true, "crypto/fips140": true, "crypto/hmac": true, "crypto/sha256": true, "encoding/hex": true,
		"errors": true, "fmt": true, "hash": true, "hash/crc32": true, "slices": true, "strconv": true, "strings": true,
		"sync": true, "sync/atomic": true, "time": true,
	}
	_, files := sources(t)
	for name, f := range files {
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err != nil || !allowed[path] {
				t.Errorf("%s imports %s", name, spec.Path.Value)
			}
		}
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", name)
			}
		}
	}
}

// TestCalls: of fmt only the names of interfaces, of time no clock.
func TestCalls(t *testing.T) {
	set, files := sources(t)
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok {
				if x.Name == "fmt" && sel.Sel.Name != "State" || x.Name == "time" && (sel.Sel.Name == "Now" || sel.Sel.Name == "Since" || sel.Sel.Name == "Until") {
					t.Errorf("%v: %s.%s", set.Position(n.Pos()), x.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestConstantTime: nothing secret is compared with an operator, a switch or package bytes.
func TestConstantTime(t *testing.T) {
	set, files := sources(t)
	secret := func(e ast.Expr) bool {
		found := false
		ast.Inspect(e, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.Ident); ok && fn.Name == "len" {
					return false // a length is not secret
				}
			case *ast.Ident:
				switch name := strings.ToLower(n.Name); {
				case strings.HasPrefix(name, "param"), strings.HasPrefix(name, "header"), strings.HasPrefix(name, "name"): // names of parameters and headers
				case strings.Contains(name, "secret"), strings.Contains(name, "token") && name != "istoken", strings.Contains(name, "signature"),
					name == "digest", name == "mac", name == "sum", name == "want", name == "prior":
					found = true
				}
			}
			return true
		})
		return found
	}
	compared := 0
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op != token.EQL && n.Op != token.NEQ {
					break
				}
				compared++
				for _, e := range []ast.Expr{n.X, n.Y} {
					if lit, ok := e.(*ast.BasicLit); ok && lit.Value == `""` {
						return true // whether there is one is not secret
					}
					if id, ok := e.(*ast.Ident); ok && id.Name == "nil" {
						return true
					}
				}
				if secret(n.X) || secret(n.Y) {
					t.Errorf("%v: compares a secret", set.Position(n.Pos()))
				}
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Equal" || sel.Sel.Name == "Compare") {
					if x, ok := sel.X.(*ast.Ident); ok && x.Name != "hmac" {
						for _, a := range n.Args {
							if secret(a) {
								t.Errorf("%v: compares a secret", set.Position(n.Pos()))
							}
						}
					}
				}
			}
			return true
		})
	}
	if compared < 50 {
		t.Errorf("only %d comparisons looked at", compared)
	}
}

// TestFIPS runs the package's own tests once more in FIPS 140 mode, where crypto panics on what is not approved.
func TestFIPS(t *testing.T) {
	if strings.Contains(os.Getenv("GODEBUG"), "fips140=") {
		t.Skip("in FIPS mode already")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := "."
	if testing.Short() {
		tests = "^(TestShortSecret|TestSuite)$" // a quarter of a second instead of two
	}
	for _, mode := range []string{"on", "only"} {
		cmd := exec.Command(self, "-test.short", "-test.v", "-test.run="+tests)
		cmd.Env = append(os.Environ(), "GODEBUG=fips140="+mode)
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.ENOEXEC) {
			t.Skip("this test binary is run by an emulator, which a child process does not have")
		}
		if err != nil || !bytes.Contains(out, []byte("\nPASS\n")) || !bytes.Contains(out, []byte("--- PASS: TestSuite/post-vanilla/query")) ||
			!bytes.Contains(out, []byte("--- PASS: TestShortSecret")) {
			t.Errorf("fips140=%s: %v\n%s", mode, err, out)
		}
	}
}
