package policy

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"
)

// The bounds of a file that is not a test: one subject, neither a page of it nor a book.
const (
	leastLines = 150
	mostLines  = 900
)

// short are the files below leastLines, and why they are. A file named doc.go is the article of its package, and the programs
// of bench/peers are whole programs; neither is listed.
var short = map[string]string{
	"/crc/crc.go":                             "the whole algorithm; the tables are beside it",
	"/frame/frametest/build.go":               "makes frames; mutate.go breaks them",
	"/signer/errors.go":                       "what can go wrong is looked up under this name",
	"/signer/credentials.go":                  "the one type that holds a secret",
	"/signer/presign.go":                      "the query's form of a signature; signer.go has the header's",
	"/model/code.go":                          "the names of errors; error.go has the error, errordecode.go its body",
	"/model/request.go":                       "the seed's request; response.go is the other half",
	"/model/jsonwire/error.go":                "what can go wrong is looked up under this name",
	"/model/jsonwire/number.go":               "numbers; string.go has the other scalars",
	"/model/xmlwire/error.go":                 "what can go wrong is looked up under this name",
	"/client/internal/partition/partition.go": "a table and its look-up",
	"/client/credentials/assumerole.go":       "one provider a file",
	"/client/credentials/environment.go":      "one provider a file",
	"/client/credentials/login.go":            "one provider a file",
	"/client/credentials/process.go":          "one provider a file",
	"/client/credentials/process_unix.go":     "what of it the system decides",
	"/client/credentials/process_other.go":    "what of it the system decides",
	"/client/credentials/profile.go":          "one provider a file",
	"/client/credentials/webidentity.go":      "one provider a file",
	"/client/credentials/cachefile.go":        "the files that two providers share with the AWS CLI",
	"/client/credentials/refresh/refresh.go":  "a package so that a program links renewal only where it asks for it",
	"/client/cmd/bedrockwire/model.go":        "one subcommand a file",
	"/client/cmd/bedrockwire/settings.go":     "the flags that subcommands share",
	"/bench/report/parse.go":                  "what a run printed; render.go and chart.go write",
}

// TestFileSizes keeps files readable in one sitting.
func TestFileSizes(t *testing.T) {
	unused := map[string]bool{}
	for name := range short {
		unused[name] = true
	}
	goFiles(t, func(name string, file *ast.File, set *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") || path.Base(name) == "doc.go" || strings.HasPrefix(name, "/bench/peers/programs/") {
			return
		}
		lines := set.File(file.FileStart).LineCount()
		switch {
		case lines > mostLines:
			t.Errorf("%s has %d lines: split it", name, lines)
		case lines < leastLines && short[name] == "":
			t.Errorf("%s has %d lines: is its subject that of another file?", name, lines)
		case lines < leastLines:
			delete(unused, name)
		}
	})
	for name := range unused {
		t.Errorf("%s is listed as short and is not", name)
	}
}

// TestComments: in the packages of the codec a fifth to a third of the lines say why.
func TestComments(t *testing.T) {
	type count struct{ code, comment int }
	counts := map[string]*count{"/crc": {}, "/frame": {}, "/signer": {}, "/model": {}, "/model/jsonwire": {}, "/model/xmlwire": {}, "/model/text": {}}
	goFiles(t, func(name string, file *ast.File, set *token.FileSet) {
		c := counts[path.Dir(name)]
		base := path.Base(name)
		if c == nil || strings.HasSuffix(base, "_test.go") || base == "doc.go" || strings.HasPrefix(base, "table") || strings.HasSuffix(base, "tables.go") {
			return
		}
		comments := map[int]bool{}
		for _, group := range file.Comments {
			for line := set.Position(group.Pos()).Line; line <= set.Position(group.End()).Line; line++ {
				comments[line] = true
			}
		}
		c.comment += len(comments)
		c.code += set.File(file.FileStart).LineCount()
	})
	for name, c := range counts {
		share := 100 * float64(c.comment) / float64(max(c.code, 1))
		t.Logf("%-16s %5d lines, %4.1f %% with a comment", name, c.code, share)
		// Each measured cut-off in the few lines of crc has its reason beside it, which makes more than a third.
		if share < 20 || share > 33 && name != "/crc" {
			t.Errorf("%s: %.1f %% of the lines have a comment", name, share)
		}
	}
}
