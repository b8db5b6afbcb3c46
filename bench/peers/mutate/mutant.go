package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// A mutant is one change of one file: the bytes from start to end are replaced by text.
type mutant struct {
	file       string // as in equivalent.txt: relative to the module, with slashes
	path       string // on disk
	fn         string // function or method, "-" outside of any
	line       int
	kind       string
	start, end int
	text       string
	source     []byte // the whole file
}

// mutated returns the whole file with the change.
func (m *mutant) mutated() []byte {
	out := make([]byte, 0, len(m.source)+len(m.text))
	out = append(out, m.source[:m.start]...)
	out = append(out, m.text...)
	return append(out, m.source[m.end:]...)
}

// diff returns the lines that the change touches, before and after, without indentation.
func (m *mutant) diff() (before, after []string) {
	from := bytes.LastIndexByte(m.source[:m.start], '\n') + 1
	to := len(m.source)
	if i := bytes.IndexByte(m.source[m.end:], '\n'); i >= 0 {
		to = m.end + i
	}
	old := string(m.source[from:to])
	changed := string(m.source[from:m.start]) + m.text + string(m.source[m.end:to])
	return trimmed(old), trimmed(changed)
}

func trimmed(s string) []string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return lines
}

// entry returns the mutant in the form of equivalent.txt, without the reason.
func (m *mutant) entry() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", m.file, m.fn)
	before, after := m.diff()
	for _, line := range before {
		b.WriteString(strings.TrimSpace("- "+line) + "\n")
	}
	for _, line := range after {
		b.WriteString(strings.TrimSpace("+ "+line) + "\n")
	}
	return b.String()
}

// swaps are the operators that can stand in each other's place, with the kind of the change.
var swaps = map[token.Token][]struct {
	to   token.Token
	kind string
}{
	token.LSS:            {{token.LEQ, "boundary"}, {token.GEQ, "negate"}},
	token.LEQ:            {{token.LSS, "boundary"}, {token.GTR, "negate"}},
	token.GTR:            {{token.GEQ, "boundary"}, {token.LEQ, "negate"}},
	token.GEQ:            {{token.GTR, "boundary"}, {token.LSS, "negate"}},
	token.EQL:            {{token.NEQ, "negate"}},
	token.NEQ:            {{token.EQL, "negate"}},
	token.LAND:           {{token.LOR, "logic"}},
	token.LOR:            {{token.LAND, "logic"}},
	token.ADD:            {{token.SUB, "arithmetic"}},
	token.SUB:            {{token.ADD, "arithmetic"}},
	token.MUL:            {{token.QUO, "arithmetic"}},
	token.QUO:            {{token.MUL, "arithmetic"}},
	token.REM:            {{token.MUL, "arithmetic"}},
	token.AND:            {{token.OR, "bits"}},
	token.OR:             {{token.AND, "bits"}},
	token.XOR:            {{token.OR, "bits"}},
	token.AND_NOT:        {{token.AND, "bits"}},
	token.SHL:            {{token.SHR, "bits"}},
	token.SHR:            {{token.SHL, "bits"}},
	token.ADD_ASSIGN:     {{token.SUB_ASSIGN, "arithmetic"}, {token.ASSIGN, "arithmetic"}},
	token.SUB_ASSIGN:     {{token.ADD_ASSIGN, "arithmetic"}},
	token.MUL_ASSIGN:     {{token.QUO_ASSIGN, "arithmetic"}},
	token.QUO_ASSIGN:     {{token.MUL_ASSIGN, "arithmetic"}},
	token.AND_ASSIGN:     {{token.OR_ASSIGN, "bits"}},
	token.OR_ASSIGN:      {{token.AND_ASSIGN, "bits"}, {token.ASSIGN, "bits"}},
	token.XOR_ASSIGN:     {{token.OR_ASSIGN, "bits"}},
	token.AND_NOT_ASSIGN: {{token.AND_ASSIGN, "bits"}},
	token.SHL_ASSIGN:     {{token.SHR_ASSIGN, "bits"}},
	token.SHR_ASSIGN:     {{token.SHL_ASSIGN, "bits"}},
	token.INC:            {{token.DEC, "arithmetic"}},
	token.DEC:            {{token.INC, "arithmetic"}},
	token.BREAK:          {{token.CONTINUE, "branch"}},
	token.CONTINUE:       {{token.BREAK, "branch"}},
}

// mutants returns all changes of a file. name is the file's name in equivalent.txt.
func mutants(path, name string, source []byte) ([]*mutant, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	f := &finder{set: set, path: path, name: name, source: source}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				f.fn = funcName(d)
				f.function(d.Type, d.Body)
			}
		case *ast.GenDecl:
			if d.Tok == token.CONST || d.Tok == token.VAR {
				f.fn = "-"
				f.walk(d, nil)
			}
		}
	}
	return f.found, nil
}

// funcName returns "Func" or "Type.Method".
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
			continue
		case *ast.IndexExpr:
			t = x.X
			continue
		case *ast.IndexListExpr:
			t = x.X
			continue
		case *ast.Ident:
			return x.Name + "." + d.Name.Name
		}
		return d.Name.Name
	}
}

type finder struct {
	set        *token.FileSet
	path, name string
	source     []byte
	fn         string
	found      []*mutant
}

func (f *finder) offset(p token.Pos) int { return f.set.Position(p).Offset }

func (f *finder) text(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}

func (f *finder) add(kind string, from, to token.Pos, text string) {
	m := &mutant{
		file: f.name, path: f.path, fn: f.fn, line: f.set.Position(from).Line, kind: kind,
		start: f.offset(from), end: f.offset(to), text: text, source: f.source,
	}
	if string(f.source[m.start:m.end]) != text {
		f.found = append(f.found, m)
	}
}

func (f *finder) replace(kind string, n ast.Node, text string) { f.add(kind, n.Pos(), n.End(), text) }

func (f *finder) swap(op token.Token, at token.Pos) {
	for _, s := range swaps[op] {
		f.add(s.kind, at, at+token.Pos(len(op.String())), s.to.String())
	}
}

// function finds the changes in a function's body.
func (f *finder) function(t *ast.FuncType, body *ast.BlockStmt) {
	if len(body.List) > 1 && (t.Results == nil || t.Results.NumFields() == 0) {
		at := body.Lbrace + 1
		f.add("return early", at, at, " if true { return };")
	}
	f.walk(body, t)
}

// walk finds the changes in n, a part of a function of type t; t is nil outside of functions.
func (f *finder) walk(n ast.Node, t *ast.FuncType) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.function(n.Type, n.Body)
			return false
		case *ast.StructType, *ast.ImportSpec:
			return false // its strings are tags and paths
		case *ast.CompositeLit:
			if len(n.Elts) > longTable {
				f.walk(n.Elts[0], t)
				f.walk(n.Elts[len(n.Elts)-1], t)
				return false
			}
			f.fields(n)
		case *ast.BinaryExpr:
			f.swap(n.Op, n.OpPos)
		case *ast.UnaryExpr:
			if n.Op == token.NOT || n.Op == token.SUB || n.Op == token.XOR {
				f.add("drop "+n.Op.String(), n.OpPos, n.X.Pos(), "")
			}
		case *ast.BasicLit:
			f.literal(n)
		case *ast.Ident:
			if n.Name == "true" {
				f.replace("constant", n, "false")
			} else if n.Name == "false" {
				f.replace("constant", n, "true")
			}
		case *ast.IfStmt:
			f.condition(n.Cond)
		case *ast.CaseClause:
			f.clause(n.Body)
		case *ast.CommClause:
			f.clause(n.Body)
		case *ast.BlockStmt:
			f.statements(n.List)
		case *ast.AssignStmt:
			f.swap(n.Tok, n.TokPos)
		case *ast.IncDecStmt:
			f.swap(n.Tok, n.TokPos)
		case *ast.BranchStmt:
			f.swap(n.Tok, n.TokPos)
		case *ast.ReturnStmt:
			f.results(n, t)
		case *ast.SliceExpr:
			if n.Low != nil {
				f.replace("slice", n.Low, "")
			}
			if n.High != nil && !n.Slice3 {
				f.replace("slice", n.High, "")
			}
		}
		return true
	})
}

// longTable: only the first and the last element of a longer composite literal are changed. Tables would make up most of the mutants.
const longTable = 16

// fields finds the fields of a struct that can be missing.
func (f *finder) fields(n *ast.CompositeLit) {
	for _, e := range n.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if _, ok := kv.Key.(*ast.Ident); !ok {
			continue
		}
		end := kv.End()
		rest := f.source[f.offset(end):]
		if blank := len(rest) - len(bytes.TrimLeft(rest, " \t")); bytes.HasPrefix(rest[blank:], []byte(",")) {
			end += token.Pos(blank + 1)
		}
		f.add("delete field", kv.Pos(), end, "")
	}
}

// literal finds the changes of a constant.
func (f *finder) literal(n *ast.BasicLit) {
	switch n.Kind {
	case token.INT:
		f.replace("constant", n, "("+n.Value+" + 1)")
		f.replace("constant", n, "("+n.Value+" - 1)")
	case token.FLOAT:
		f.replace("constant", n, "("+n.Value+" * 1.5)")
	case token.CHAR:
		f.replace("constant", n, "("+n.Value+" + 1)")
	case token.STRING:
		quote := n.Value[len(n.Value)-1]
		f.add("string", n.End()-1, n.End(), "~"+string(quote))
		if len(n.Value) > 2 {
			f.replace("string", n, `""`)
		}
	}
}

// condition finds the changes of an if statement's condition as a whole. It stays in the source, so that its variables are used.
func (f *finder) condition(c ast.Expr) {
	text := f.text(c)
	f.replace("always", c, "true || ("+text+")")
	f.replace("never", c, "false && ("+text+")")
}

// clause finds the changes of a case's body.
func (f *finder) clause(body []ast.Stmt) {
	if len(body) > 1 {
		f.add("empty case", body[0].Pos(), body[len(body)-1].End(), "")
	}
	f.statements(body)
}

// statements finds the statements that can be missing.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				f.replace("delete", s, "")
			}
		case *ast.ExprStmt, *ast.IncDecStmt, *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt, *ast.BranchStmt, *ast.ReturnStmt,
			*ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.SelectStmt:
			f.replace("delete", s, "")
		}
	}
}

// results finds the changes of a return statement: errors that are dropped, other results that are zero or negated.
func (f *finder) results(n *ast.ReturnStmt, t *ast.FuncType) {
	if t == nil || t.Results == nil {
		return
	}
	var types []ast.Expr
	for _, field := range t.Results.List {
		for range max(1, len(field.Names)) {
			types = append(types, field.Type)
		}
	}
	if len(types) != len(n.Results) {
		return
	}
	for i, r := range n.Results {
		name, _ := types[i].(*ast.Ident)
		text := f.text(r)
		switch {
		case name == nil:
			if text != "nil" {
				f.replace("zero", r, "nil")
			}
		case name.Name == "error" && text != "nil":
			f.replace("drop error", r, "nil")
		case name.Name == "bool" && text != "true" && text != "false":
			f.replace("negate", r, "!("+text+")")
		case name.Name == "string" && text != `""`:
			if _, literal := r.(*ast.BasicLit); !literal {
				f.replace("zero", r, `""`)
			}
		case strings.HasPrefix(name.Name, "int") || strings.HasPrefix(name.Name, "uint") || name.Name == "byte" || name.Name == "rune":
			if _, literal := r.(*ast.BasicLit); !literal {
				f.replace("zero", r, "0")
			}
		}
	}
}
