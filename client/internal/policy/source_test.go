package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the top of the module, seen from this package.
const root = "../../.."

// goFiles calls f for each Go file of the module, the nested one included.
func goFiles(t *testing.T, f func(name string, file *ast.File, set *token.FileSet)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		n++
		f(filepath.ToSlash(strings.TrimPrefix(name, root)), file, set)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 50 {
		t.Fatalf("found %d Go files", n)
	}
}

// TestNoInit: importing a package of this module runs nothing.
func TestNoInit(t *testing.T) {
	goFiles(t, func(name string, file *ast.File, set *token.FileSet) {
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" && !strings.HasSuffix(name, "_test.go") {
				t.Errorf("%s: func init", set.Position(fn.Pos()))
			}
		}
	})
}

// TestNoDirectives: no linkname, no cgo, no assembly hooks, and the compiler decides what is inlined.
func TestNoDirectives(t *testing.T) {
	goFiles(t, func(name string, file *ast.File, set *token.FileSet) {
		for _, group := range file.Comments {
			for _, c := range group.List {
				for _, directive := range []string{"//go:linkname", "//go:noescape", "//go:nosplit", "//go:noinline", "//go:cgo_", "//export "} {
					if strings.HasPrefix(c.Text, directive) {
						t.Errorf("%s: %s", set.Position(c.Pos()), directive)
					}
				}
			}
		}
	})
}

// TestModuleFile: the root module requires nothing and has no sums to check.
func TestModuleFile(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "module bedrockwire\n\ngo 1.24\n"; string(mod) != want {
		t.Errorf("go.mod is\n%s\nwant\n%s", mod, want)
	}
	if _, err := os.Stat(filepath.Join(root, "go.sum")); !os.IsNotExist(err) {
		t.Errorf("there is a go.sum")
	}
}

// TestTopLevel: the shape that the owner asked for, and nothing else but what .gitignore names, which README's commands write.
func TestTopLevel(t *testing.T) {
	want := map[string]bool{
		"go.mod": true, "LICENSE": true, "README.md": true, "crc": true, "frame": true, "signer": true, "model": true,
		"client": true, "fuzz": true, "bench": true, ".ci": true, ".github": true, ".gitignore": true,
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !want[e.Name()] && e.Name() != ".git" && !strings.Contains(string(ignored), "\n/"+e.Name()+"\n") {
			t.Errorf("unexpected %s at the top level", e.Name())
		}
		delete(want, e.Name())
	}
	for name := range want {
		t.Errorf("missing at the top level: %s", name)
	}
}
