package sharedfile

import (
	"bytes"
	"strings"
)

// Kind says which file a text is, and so which section names count in it.
type Kind uint8

const (
	Config      Kind = iota // ~/.aws/config: [default], [profile NAME], [sso-session NAME], [services NAME]
	Credentials             // ~/.aws/credentials: [NAME]
)

// sectionType is what a section describes.
type sectionType uint8

const (
	profileSection    sectionType = iota
	ssoSessionSection             // where and how one signs in
	servicesSection               // endpoints by service
)

// sectionID names a section: two sections with one ID are merged.
type sectionID struct {
	typ  sectionType
	name string
}

// property is the value of a key, and where it stands.
type property struct {
	value  string
	nested map[string]string // of a property with an empty value
	source string            // path of its file
	line   int
}

// sectionData is what a [Section] refers to. It is always held by pointer, because fmt prints the
// contents of an unexported field without calling its Format method.
type sectionData struct {
	properties map[string]*property
}

// File is a parsed file. The zero value has no sections.
type File struct{ f *fileData }

type fileData struct {
	sections map[sectionID]*sectionData
	order    []sectionID
	problems []Problem

	// Of a file that Load has read. A FIFO is not read again.
	path   string
	kind   Kind
	reload bool
}

// Problem is a line that was skipped as a whole or in part, a name that other tools read
// differently, or a whole file (Line 0). It repeats no text of the file, which may be a secret.
type Problem struct {
	Path   string
	Line   int // from 1; 0 for the file itself
	Reason string
}

// MaxProblems is the number of problems kept of one file. A file of another format would otherwise
// give one for each line.
const MaxProblems = 100

// parser holds the state between two lines.
type parser struct {
	kind    Kind
	path    string
	file    *fileData
	section *sectionData // nil before the first header, and in a section that doesn't count
	ignored bool         // in a section that doesn't count: its lines are not reported
	line    int

	command      bool      // last is a command
	last         *property // of the current section; nil after a header
	continuation []byte    // the value of last while it grows: joined once, so that n lines cost n and not n*n
	plainDefault bool      // the profile "default" so far comes from [default]
}

// Parse reads the text of one file. It keeps path for [Problem] and [Section.Source] and does not
// open it. It never fails, takes time linear in len(src), and keeps no reference to src.
func Parse(src []byte, kind Kind, path string) File {
	p := parser{kind: kind, path: path, file: &fileData{sections: map[sectionID]*sectionData{}}}
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		// A redirection of an old PowerShell writes this. Read as UTF-8 every line would be a
		// problem.
		p.problem("the file is UTF-16; save it as UTF-8")
		return File{p.file}
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	for len(src) > 0 {
		var line []byte
		line, src, _ = bytes.Cut(src, []byte{'\n'})
		p.line++
		p.parseLine(string(bytes.TrimRight(line, "\r")))
	}
	p.endValue()
	return File{p.file}
}

func (p *parser) problem(reason string) {
	if len(p.file.problems) < MaxProblems {
		p.file.problems = append(p.file.problems, Problem{Path: p.path, Line: p.line, Reason: reason})
	}
}

const blanks = " \t" // the only white space of the format

func (p *parser) parseLine(line string) {
	text := strings.Trim(line, blanks)
	switch {
	case text == "":
		return // blank lines separate nothing: a continuation goes on after them
	case text[0] == '#' || text[0] == ';':
		return
	}
	indented := line[0] == ' ' || line[0] == '\t'
	if text[0] == '[' {
		name, after, closed := splitHeader(text)
		continues := indented && p.last != nil && p.last.value != ""
		switch {
		case closed && after == "":
			p.header(name)
			return
		case continues: // "[x] y" is text like any other there
		case closed:
			if p.header(name); p.section != nil {
				p.problem("text after the bracket of a section header; the text is skipped")
			}
			return
		default:
			p.endValue()
			p.section, p.last, p.ignored = nil, nil, true
			p.problem("a section header without its closing bracket; its section is skipped")
			return
		}
	}
	switch {
	case p.section == nil && p.ignored:
	case p.section == nil:
		p.problem("a property before the first section header")
	case indented:
		p.indented(text)
	default:
		p.property(text)
	}
}

// header starts a section, or a stretch of lines that don't count.
func (p *parser) header(text string) {
	p.endValue()
	p.section, p.last, p.ignored = nil, nil, true
	id, prefixed, ok := p.sectionID(strings.Trim(text, blanks))
	if !ok {
		return
	}
	p.ignored = false
	isDefault := p.kind == Config && id == sectionID{profileSection, "default"}
	if isDefault && !prefixed && p.file.sections[id] != nil && !p.plainDefault {
		p.ignored = true // [profile default] came before, and replaces [default] whatever the order
		return
	}
	if isDefault && prefixed && p.plainDefault {
		delete(p.file.sections, id)
	}
	if isDefault {
		p.plainDefault = !prefixed
	}
	s := p.file.sections[id]
	if s == nil {
		s = &sectionData{properties: map[string]*property{}}
		p.file.sections[id] = s
		p.file.order = append(p.file.order, id)
	}
	p.section = s
}

// sectionID reads a header's text. It is not ok for a section that doesn't count in this kind of
// file.
func (p *parser) sectionID(text string) (id sectionID, prefixed, ok bool) {
	word, name, understood := text, "", true
	if i := strings.IndexAny(text, blanks); i >= 0 {
		word = text[:i]
		name, understood = sectionName(strings.Trim(text[i:], blanks))
	}
	if !understood && (word == "sso-session" || word == "services" || word == "profile" && p.kind == Config) {
		p.problem("a section name whose quotes or backslashes do not make it one word of a shell; it is read as it stands")
	}
	switch {
	case text == "":
		p.problem("a section header without a name")
	case name != "" && word == "sso-session":
		return sectionID{ssoSessionSection, name}, true, true
	case name != "" && word == "services":
		return sectionID{servicesSection, name}, true, true
	case name != "" && word == "profile" && p.kind == Config:
		return sectionID{profileSection, name}, true, true
	case name != "" && word == "profile":
		p.problem("a [profile NAME] section; in the credentials file it must be [NAME], and is skipped")
	case p.kind == Credentials:
		name, _ = sectionName(text) // the AWS CLI quotes no name in this file
		return sectionID{profileSection, name}, false, true
	case text == "default":
		return sectionID{profileSection, "default"}, false, true
	default:
		// Other tools keep sections of their own here ([preview], [plugins]), so this may well be
		// meant.
		p.problem("a section that is none of [default], [profile NAME], [sso-session NAME], [services NAME]; it is skipped")
	}
	return sectionID{}, false, false
}

// property reads a line that starts at its first column, or that is promoted to one.
func (p *parser) property(text string) {
	p.endValue()
	cut := cutComment
	if key, _, ok := splitProperty(text); ok && key == credentialProcess {
		cut = cutCommandComment
	}
	text = cut(text)
	key, value, ok := splitProperty(text)
	switch {
	case !ok:
		p.problem("neither a section header nor a property (NAME = VALUE)")
		return
	case key == "":
		p.problem("a property without a name")
		return
	}
	p.command = key == credentialProcess
	if !p.command { // the quotes of a command belong to the command
		value = unquote(value)
	}
	p.last = &property{value: value, source: p.path, line: p.line}
	p.section.properties[key] = p.last
}

// indented reads a line that starts with a blank: a nested property, a continuation or, where it
// can be neither, an ordinary property that is indented.
func (p *parser) indented(text string) {
	key, value, ok := splitProperty(text)
	switch {
	case p.last == nil && !ok:
		p.problem("an indented line that continues nothing")
	case p.last == nil:
		p.property(text)
	case p.last.value == "" && (!ok || key == ""):
		p.problem("not a nested property (NAME = VALUE)")
	case p.last.value == "":
		if p.last.nested == nil {
			p.last.nested = map[string]string{}
		}
		p.last.nested[key] = unquote(value) // never a comment in here: all readers agree
	case ok && plainName(key) && text[strings.IndexAny(text, "=:")] == '=':
		p.property(text) // not with ':', or a continuation that starts with a URL would be one
	default:
		if p.continuation == nil {
			p.continuation = append(p.continuation, p.last.value...)
		}
		separator := byte('\n')
		if p.command {
			separator = ' ' // a line break would end the command
		}
		p.continuation = append(p.continuation, separator)
		p.continuation = append(p.continuation, text...)
	}
}

// endValue finishes the value that continuation lines were adding to.
func (p *parser) endValue() {
	if p.continuation != nil {
		p.last.value = string(p.continuation)
		p.continuation = nil
	}
}

// cutComment removes a comment from a property's line: a blank and then '#' or ';'. "value#x" has
// none.
func cutComment(text string) string {
	for i := 1; i < len(text); i++ {
		if (text[i] == '#' || text[i] == ';') && (text[i-1] == ' ' || text[i-1] == '\t') {
			return strings.TrimRight(text[:i], blanks)
		}
	}
	return text
}

// credentialProcess is the property whose value is a command for a shell, with the shell's quotes.
const credentialProcess = "credential_process"

// cutCommandComment is cutComment for the line of a command: what stands in quotes is not a comment.
func cutCommandComment(text string) string {
	var q quoting
	for i := range len(text) {
		c := text[i]
		if q.next(c) == plain && (c == '#' || c == ';') && i > 0 && strings.IndexByte(blanks, text[i-1]) >= 0 {
			return strings.TrimRight(text[:i], blanks)
		}
	}
	return text
}

// splitProperty cuts at the first '=' or, as older files have it, ':'. Names are case-insensitive.
func splitProperty(text string) (key, value string, ok bool) {
	i := strings.IndexAny(text, "=:")
	if i < 0 {
		return "", "", false
	}
	return strings.ToLower(strings.Trim(text[:i], blanks)), strings.Trim(text[i+1:], blanks), true
}

// unquote removes one pair of equal quotes around the whole text.
func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

// plainName reports whether a key looks like those of the format: letters, digits and '_'.
func plainName(key string) bool {
	for _, c := range []byte(key) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return key != ""
}
