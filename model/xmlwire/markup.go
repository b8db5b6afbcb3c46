package xmlwire

import (
	"strings"
	"unicode/utf8"
)

// prolog consumes a byte order mark and the XML declaration, where there are any:
//
//	"<?xml" S "version" Eq "1.0" [ S "encoding" Eq name ] [ S "standalone" Eq ("yes"|"no") ] [S] "?>"
func (l *Lexer) prolog() bool {
	// The byte order mark is allowed before the declaration (XML 1.0 appendix F), and Windows tools
	// write it. At another place it is a character.
	if l.has("\xEF\xBB\xBF") {
		l.pos = 3
	}
	const start = "<?xml"
	// The start of a declaration is an input that was cut, not an instruction.
	if rest := l.data[l.pos:]; len(rest) < len(start) && string(rest) == start[:len(rest)] {
		l.failAt(ErrTruncated, len(l.data))
		return false
	}
	if !l.has(start) {
		return true
	}
	// Only white space after the name makes it the declaration (XML 1.0 section 2.6).
	if l.pos+len(start) < len(l.data) && !isSpace(l.data[l.pos+len(start)]) {
		return true // <?xml-stylesheet and the like: an instruction, for Next to refuse
	}
	l.pos += len(start)
	// step is the position in the production above: at 0 the version is required, at 1 encoding and
	// standalone are allowed, at 2 standalone, at 3 nothing.
	for step := 0; ; step++ {
		spaced := l.space()
		if l.has("?>") {
			if step == 0 {
				l.failAt(ErrEncoding, l.pos) // no version
				return false
			}
			l.pos += 2
			return true
		}
		if l.has("?") {
			l.pos++
			l.unexpected()
			return false
		}
		from := l.pos
		// The parts of a declaration have the grammar of attributes (XML 1.0 section 2.8).
		n, v, ok := l.attribute(spaced)
		if !ok {
			return false
		}
		name, value := string(l.data[n.start:n.end]), string(l.data[v.start:v.end])
		// Only version 1.0: a 1.1 document may contain what a 1.0 reader must refuse.
		switch {
		case name == "version" && step == 0:
			ok = value == "1.0"
		case name == "encoding" && step == 1:
			ok = strings.EqualFold(value, "utf-8")
		case name == "standalone" && (step == 1 || step == 2):
			ok = value == "yes" || value == "no"
			step = 2 // nothing may follow: no name is taken at step 3
		default:
			ok = false
		}
		if !ok {
			l.failAt(ErrEncoding, from)
			return false
		}
	}
}

// declaration refuses what starts with "<!" and is neither comment nor CDATA.
func (l *Lexer) declaration() Kind {
	// DOCTYPE, ENTITY, ELEMENT and the others have one reason. AWS sends none of them, and each can make
	// a small document large or a parser read files.
	rest := l.data[l.pos:]
	// The start of a comment or CDATA section is an input that was cut, not a document type.
	for _, s := range [...]string{"<!--", "<![CDATA["} {
		if len(rest) < len(s) && string(rest) == s[:len(rest)] {
			return l.failAt(ErrTruncated, len(l.data))
		}
	}
	// A misspelt comment or CDATA section is a syntax error.
	if rest[2] == '-' || rest[2] == '[' { // rest is longer than "<!", which the loop refused
		return l.failAt(ErrSyntax, l.pos+2)
	}
	return l.failAt(ErrDoctype, l.pos)
}

// startTag consumes a start tag or an empty-element tag. data[pos] is '<'.
func (l *Lexer) startTag() Kind {
	// A second root, which encoding/xml accepts.
	if l.depth == 0 && l.rooted {
		return l.failAt(ErrTrailing, l.pos)
	}
	if l.depth == MaxDepth { // before anything is written to stack
		return l.failAt(ErrDepth, l.pos)
	}
	l.pos++
	name, ok := l.name() // white space before it is not allowed (XML 1.0 section 3.1)
	if !ok {
		return Invalid
	}
	var names [MaxAttributes]span // of the attributes so far
	for n := 0; ; n++ {
		spaced := l.space()
		if l.has("/>") {
			// Delivered as Start and EndTag, like <a></a>.
			l.emptyTag = true
			l.pos += 2
			break
		}
		if l.has(">") {
			l.pos++
			break
		}
		// A slash without ">": the byte after it is wrong.
		if l.has("/") {
			l.pos++
			return l.unexpected()
		}
		attribute, _, ok := l.attribute(spaced)
		if !ok {
			return Invalid
		}
		if n == MaxAttributes {
			return l.failAt(ErrAttributes, int(attribute.start))
		}
		// XML 1.0 section 3.1, "Unique Att Spec". Prefixes are not resolved: p:a and q:a differ.
		for _, earlier := range names[:n] {
			if string(l.data[earlier.start:earlier.end]) == string(l.data[attribute.start:attribute.end]) {
				return l.failAt(ErrDuplicate, int(attribute.start))
			}
		}
		names[n] = attribute
	}
	l.rooted = true
	l.stack[l.depth] = name
	l.depth++
	return l.set(Start, name)
}

// endTag consumes an end tag. data[pos:] starts with "</".
func (l *Lexer) endTag() Kind {
	from := l.pos
	if l.depth == 0 {
		if l.rooted {
			return l.failAt(ErrTrailing, from)
		}
		return l.failAt(ErrMismatch, from)
	}
	l.pos += 2
	name, ok := l.name()
	if !ok {
		return Invalid
	}
	// Only white space is allowed before the bracket (production 42).
	l.space()
	if !l.has(">") {
		return l.unexpected()
	}
	l.pos++
	// The prefix is compared as well: with another one it may be another element.
	open := l.stack[l.depth-1]
	if string(l.data[name.start:name.end]) != string(l.data[open.start:open.end]) {
		return l.failAt(ErrMismatch, from)
	}
	return l.pop()
}

// attribute consumes name="value" and checks both. spaced says whether white space precedes it. value is
// the bytes between the quotes, with references unresolved.
func (l *Lexer) attribute(spaced bool) (name, value span, ok bool) {
	// Section 3.1 requires white space before each attribute; encoding/xml does not.
	if !spaced {
		l.unexpected()
		return name, value, false
	}
	if name, ok = l.name(); !ok {
		return name, value, false
	}
	l.space()
	if !l.has("=") {
		l.unexpected()
		return name, value, false
	}
	l.pos++
	l.space()
	if !l.has(`"`) && !l.has("'") {
		l.unexpected()
		return name, value, false
	}
	quote := l.data[l.pos] // only the same quote ends the value
	l.pos++
	start := l.pos
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case quote:
			l.pos++
			return name, span{uint32(start), uint32(l.pos - 1)}, true
		// Section 3.1: no '<' in attribute values.
		case '<':
			l.unexpected()
			return name, value, false
		case '&':
			if !l.skipReference() {
				return name, value, false
			}
		default:
			l.pos++
		}
	}
	l.unexpected()
	return name, value, false
}

// name consumes a qualified name of ASCII: a local name, or a prefix, a colon and a local name.
//
// XML allows most letters of Unicode (section 2.3). No AWS name has any that are not ASCII, and
// letters that look like ASCII can deceive a reader.
func (l *Lexer) name() (span, bool) {
	start, part := l.pos, l.pos // part is the start of the prefix or of the local name
	colon := false
	for ; l.pos < len(l.data); l.pos++ {
		c := l.data[l.pos]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_':
			continue
		// Not at the start of a part (production 4).
		case c-'0' <= 9 || c == '-' || c == '.':
			if l.pos > part {
				continue
			}
		case c == ':' && !colon && l.pos > start:
			colon, part = true, l.pos+1
			continue
		}
		break
	}
	// Neither part may be empty, and a second colon may not follow.
	if l.pos == part || l.pos < len(l.data) && l.data[l.pos] == ':' {
		l.unexpected()
		return span{}, false
	}
	return span{uint32(start), uint32(l.pos)}, true
}

// comment consumes a comment. data[pos:] starts with "<!--".
func (l *Lexer) comment() bool {
	// The search starts after "<!--", so "<!-->" is not a comment.
	for i := l.pos + 4; i+1 < len(l.data); i++ {
		if l.data[i] == '-' && l.data[i+1] == '-' {
			// XML 1.0 section 2.5: "--" must not occur within a comment.
			l.pos = i + 2
			if !l.has(">") {
				l.unexpected()
				return false
			}
			l.pos++
			return true
		}
	}
	l.failAt(ErrTruncated, len(l.data))
	return false
}

// badChar returns the offset of the first byte of p that is not UTF-8, or of the first character that
// XML 1.0 (section 2.2) does not allow, or -1.
func badChar(p []byte) int {
	for i := 0; i < len(p); {
		if c := p[i]; c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return i
			}
			i++
			continue
		}
		// Invalid UTF-8 has width 1 here; U+FFFD itself has width 3 and is allowed.
		r, n := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && n == 1 || !isChar(r) {
			return i
		}
		i += n
	}
	return -1
}

// isChar reports whether XML 1.0 allows the character (section 2.2, production 2).
func isChar(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	case r < 0xE000:
		return false
	}
	// These two are not characters, so that UTF-16 of the other byte order can be recognized. XML 1.0
	// allows DEL and the C1 controls: a program that prints a text must clean it.
	return r != 0xFFFE && r != 0xFFFF && r <= utf8.MaxRune
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
