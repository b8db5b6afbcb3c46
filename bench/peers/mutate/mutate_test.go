package main

import (
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

const sample = `package sample

const limit = 4

type T struct{ a, b int }

func (t *T) Low(n int, err error) (bool, error) {
	if n < limit && !t.ok() {
		t.reset()
		return false, err
	}
	for i := 0; i < n; i++ {
		break
	}
	return n > 0, nil
}

func table() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17} }

func pair() T { return T{a: 1, b: 2} }
`

func TestMutants(t *testing.T) {
	found, err := mutants("/x/sample.go", "x/sample.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		before, after := m.diff()
		got = append(got, m.fn+": "+m.kind+": "+strings.Join(before, "|")+" => "+strings.Join(after, "|"))
		if _, err := parser.ParseFile(token.NewFileSet(), "", m.mutated(), 0); err != nil && m.kind != "delete" {
			t.Errorf("%s: %v", got[len(got)-1], err)
		}
	}
	for _, want := range []string{
		"-: constant: const limit = 4 => const limit = (4 + 1)",
		"-: constant: const limit = 4 => const limit = (4 - 1)",
		"T.Low: boundary: if n < limit && !t.ok() { => if n <= limit && !t.ok() {",
		"T.Low: negate: if n < limit && !t.ok() { => if n >= limit && !t.ok() {",
		"T.Low: logic: if n < limit && !t.ok() { => if n < limit || !t.ok() {",
		"T.Low: drop !: if n < limit && !t.ok() { => if n < limit && t.ok() {",
		"T.Low: always: if n < limit && !t.ok() { => if true || (n < limit && !t.ok()) {",
		"T.Low: never: if n < limit && !t.ok() { => if false && (n < limit && !t.ok()) {",
		"T.Low: delete: t.reset() => ",
		"T.Low: drop error: return false, err => return false, nil",
		"T.Low: constant: return false, err => return true, err",
		"T.Low: arithmetic: for i := 0; i < n; i++ { => for i := 0; i < n; i-- {",
		"T.Low: branch: break => continue",
		"T.Low: negate: return n > 0, nil => return !(n > 0), nil",
		"table: constant: func table() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17} } => " +
			"func table() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, (17 + 1)} }",
		"pair: delete field: func pair() T { return T{a: 1, b: 2} } => func pair() T { return T{ b: 2} }",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no mutant %s", want)
		}
	}
	for _, m := range got {
		if strings.Contains(m, "(9 + 1)") {
			t.Errorf("a mutant in the middle of a long table: %s", m)
		}
	}
}

// TestEquivalentRoundTrip: an entry as it is printed, with a reason, is found again after lines have moved, and not after the line has changed.
func TestEquivalentRoundTrip(t *testing.T) {
	before, err := mutants("/x/sample.go", "x/sample.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range before {
		entries, err := parseEquivalents("# comment\n\n" + m.entry() + "why: it is a sample\n\n")
		if err != nil {
			t.Fatal(err)
		}
		moved := strings.Replace(sample, "\nfunc (t", "\n\nvar moved int\n\nfunc (t", 1)
		after, err := mutants("/x/sample.go", "x/sample.go", []byte(moved))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(after, func(m *mutant) bool { return entries[m.entry()] != nil }) {
			t.Errorf("lost when lines move:\n%s", m.entry())
		}
		other, err := mutants("/x/sample.go", "x/sample.go", []byte(strings.ReplaceAll(sample, "limit", "bound")))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.entry(), "n < limit") && slices.ContainsFunc(other, func(m *mutant) bool { return entries[m.entry()] != nil }) {
			t.Errorf("found in a line that changed:\n%s", m.entry())
		}
	}
}

func TestEquivalentList(t *testing.T) {
	if _, err := parseEquivalents(equivalentText); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		"a/b.go f\n- x\n+ y\n",
		"a/b.go f\n- x\n+ y\n\nwhy: too late\n",
		"a/b.go f\n- x\n+ y\nwhy:\n",
		"why: nothing\n",
		"a/b.go f\n- x\n+ y\nwhy: one\n\na/b.go f\n- x\n+ y\nwhy: two\n",
	} {
		if _, err := parseEquivalents(bad); err == nil {
			t.Errorf("accepted: %q", bad)
		}
	}
}

func TestDependents(t *testing.T) {
	pkg := func(name string, tests int, imports, testImports []string) *goPackage {
		return &goPackage{ImportPath: name, Imports: imports, XTestImports: testImports, XTestGoFiles: make([]string, tests)}
	}
	target := pkg("m/a", 1, nil, nil)
	all := []*goPackage{
		target,
		pkg("m/direct", 1, []string{"m/a"}, nil),
		pkg("m/untested", 0, []string{"m/a"}, nil),
		pkg("m/indirect", 1, []string{"m/untested"}, nil),
		pkg("m/bytest", 1, nil, []string{"m/indirect"}),
		pkg("m/other", 1, []string{"fmt"}, []string{"os"}),
	}
	var got []string
	for _, p := range dependents(target, all) {
		got = append(got, p.ImportPath)
	}
	if want := []string{"m/direct", "m/indirect", "m/bytest"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
