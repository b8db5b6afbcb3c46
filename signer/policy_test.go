package signer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"strconv"
	"strings"
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
		"bytes": true, "crypto/hmac": true, "crypto/sha256": true, "errors": true, "fmt": true, "hash": true,
		"hash/crc32": true, "math/bits": true, "strconv": true, "strings": true, "sync": true, "sync/atomic": true, "time": true,
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
	if testing.Short() {
		t.Skip("-short: runs the whole suite again, twice")
	}
	if strings.Contains(os.Getenv("GODEBUG"), "fips140=") {
		t.Skip("in FIPS mode already")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"on", "only"} {
		cmd := exec.Command(self, "-test.short", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG=fips140="+mode)
		out, err := cmd.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("\nPASS\n")) || !bytes.Contains(out, []byte("--- PASS: TestSuite/post-vanilla/query")) {
			t.Errorf("fips140=%s: %v\n%s", mode, err, out)
		}
	}
}

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// TestHex holds appendHex against encoding/hex, with each byte at each place.
func TestHex(t *testing.T) {
	for b := range 256 {
		for place := range 32 {
			sum := sha256.Sum256([]byte{byte(b), byte(place)})
			sum[place] = byte(b)
			if got, want := string(appendHex([]byte("x"), sum[:])), "x"+hex.EncodeToString(sum[:]); got != want {
				t.Fatalf("%x is %s", sum, got)
			}
		}
	}
	if got := appendHex(nil, nil); len(got) != 0 {
		t.Errorf("nothing is %q", got)
	}
}

// TestClasses checks the byte table against the definitions it stands for.
func TestClasses(t *testing.T) {
	if len(classes) != 256 {
		t.Fatalf("%d entries", len(classes))
	}
	for i := range 256 {
		b := byte(i)
		alnum := '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
		var want byte
		for _, class := range []struct {
			flag byte
			in   bool
		}{
			{isControl, b < 0x20 || b == 0x7f},
			{isToken, alnum || b != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0},
			{isUnreserved, alnum || b != 0 && strings.IndexByte("-._~", b) >= 0},
			{isHexLower, '0' <= b && b <= '9' || 'a' <= b && b <= 'f'},
			{isBlank, b == ' ' || b == '\t'},
			{isUpper, 'A' <= b && b <= 'Z'},
		} {
			if class.in {
				want |= class.flag
			}
		}
		if classes[b] != want {
			t.Errorf("%#02x has %#02x, want %#02x", b, classes[b], want)
		}
		// Alone, and at each place of a word of eight.
		for place := range 9 {
			s := strings.Repeat("x", place) + string([]byte{b}) + strings.Repeat("\x20\x7e\x80\xff\x1f"[:4], 2)
			at, notTab := -1, -1
			if want&isControl != 0 {
				at, notTab = place, place
				if b == '\t' {
					notTab = -1
				}
			}
			if got := indexControl(s, 0); got != at {
				t.Errorf("%q: control character at %d, want %d", s, got, at)
			}
			if got := indexControl(s, '\t'); got != notTab {
				t.Errorf("%q: control character but tab at %d, want %d", s, got, notTab)
			}
			odd := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f })
			if got := indexOdd(s); got != odd {
				t.Errorf("%q: odd at %d, want %d", s, got, odd)
			}
		}
	}
	// What goes by words is what goes by the table, for each byte at each place of words and of what is left of them.
	for i := range 256 {
		b := byte(i)
		for length := range 20 {
			for place := range length {
				for _, fill := range []string{"a", "-", "9", "~", "\xff", "\x80"} {
					text := []byte(strings.Repeat(fill, length))
					text[place] = b
					s := string(text)
					for start := range min(4, length) {
						plain := start
						for plain < len(s) && (classes[s[plain]]&isUnreserved != 0 || s[plain] == '/') {
							plain++
						}
						if got := skipPlain(s, start); got != plain {
							t.Fatalf("%q from %d: plain up to %d, want %d", s, start, got, plain)
						}
					}
					if label := strings.Trim(s, alphanumeric+"-") == ""; label && !isLabel(s) {
						t.Fatalf("%q is no label", s)
					} else if isLabel(s) && strings.Trim(s, alphanumeric+"-._~") != "" {
						t.Fatalf("%q is a label", s)
					}
					var f field
					if got, want := f.set(s, nil), indexNotToken(s) < 0; got != want {
						t.Fatalf("%q is a token: %v, want %v", s, got, want)
					} else if want && string(f.appendName(nil)) != strings.ToLower(s) {
						t.Fatalf("%q is %q in lower case", s, f.appendName(nil))
					}
				}
			}
		}
		for place := range 64 {
			for _, fill := range []string{"0", "f", "\xff"} {
				hash := []byte(strings.Repeat(fill, 64))
				hash[place] = b
				if got, want := isHash(string(hash)), fill != "\xff" && classes[b]&isHexLower != 0; got != want {
					t.Fatalf("%q is a hash: %v, want %v", hash, got, want)
				}
			}
		}
	}
	if i := indexControl("\tabcdefgh\tij\x00", '\t'); i != 12 {
		t.Errorf("behind tabs: %d", i)
	}
}
