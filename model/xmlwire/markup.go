package xmlwire

import "unicode/utf8"

// prolog consumes a byte order mark and the XML declaration, where there are any:
//
//	"<?xml" S "version" Eq "1.0" [ S "encoding" Eq name ] [ S "standalone" Eq ("yes"|"no") ] [S] "?>"
func (l *Lexer) prolog() bool {
	// The mark says nothing in UTF-8 but that it is UTF-8, which New has checked. One in the middle
	// of a document is a character like others.
	if l.has("\xEF\xBB\xBF") {
		l.pos += 3
	}
	// The mark is allowed before the declaration (XML 1.0 appendix F) and Windows tools write it.
	const start = "<?xml"
	// What could have become a declaration is an input that was cut, not an instruction. A lone "<"
	// is left to Next, which says the same of it.
	if rest := l.data[l.pos:]; len(rest) > 1 && len(rest) < len(start) && string(rest) == start[:len(rest)] {
		l.failAt(ErrTruncated, len(l.data))
		return false
	}
	if !l.has(start) {
		return true
	}
	// Names may begin with these three letters: XML 1.0 section 2.6 reserves them, and only a blank
	// behind them makes the declaration.
	if l.pos+len(start) < len(l.data) && !isSpace(l.data[l.pos+len(start)]) {
		return true // <?xml-stylesheet and the like: an instruction, for Next to refuse
	}
	l.pos += len(start)
	// step is the place in the production above: 0 wants the version, 1 takes encoding or
	// standalone, 2 standalone, 3 nothing. Each turn takes an attribute or leaves.
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
		// The grammar of a declaration's parts is that of attributes, quotes of both kinds and
		// blanks around the equals sign included (XML 1.0 section 2.8).
		n, v, ok := l.attribute(spaced)
		if !ok {
			return false
		}
		name, value := string(l.data[n.start:n.end]), string(l.data[v.start:v.end])
		// The version is compared and not parsed: a 1.1 document may hold what a 1.0 reader must
		// refuse.
		// Order and values are fixed by the grammar. An encoding that isn't UTF-8 would make every
		// later check of characters one of the wrong characters.
		switch {
		case name == "version" && step == 0:
			ok = value == "1.0"
		case name == "encoding" && step == 1:
			ok = equalFold(value, "utf-8")
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
	// DOCTYPE, ENTITY, ELEMENT and the rest are not told apart: there is none of them that an answer
	// of AWS needs, and each is a way to make a small document large or a parser read files.
	rest := l.data[l.pos:]
	// A cut comment or CDATA section is the end of the input, not a document type.
	for _, s := range [...]string{"<!--", "<![CDATA["} {
		if len(rest) < len(s) && string(rest) == s[:len(rest)] {
			return l.failAt(ErrTruncated, len(l.data))
		}
	}
	// A misspelt comment or CDATA section gets a plain reason rather than the alarming one.
	if len(rest) > 2 && (rest[2] == '-' || rest[2] == '[') {
		return l.failAt(ErrSyntax, l.pos+2)
	}
	return l.failAt(ErrDoctype, l.pos)
}

// startTag consumes a start tag or an empty-element tag. data[pos] is '<'.
func (l *Lexer) startTag() Kind {
	// A second root. encoding/xml would read on and let a decoder see both.
	if l.depth == 0 && l.rooted {
		return l.failAt(ErrTrailing, l.pos)
	}
	if l.depth == MaxDepth { // before anything is written to stack
		return l.failAt(ErrDepth, l.pos)
	}
	l.pos++
	// No white space between "<" and the name (XML 1.0 section 3.1): name refuses it.
	name, ok := l.name()
	if !ok {
		return Invalid
	}
	for {
		// Every turn but the last consumes an attribute, so the loop is linear. None is kept: what a
		// thousand of them cost is their bytes.
		spaced := l.space()
		if l.has("/>") {
			// Delivered as Start and EndTag: a caller can't treat the two spellings differently.
			l.emptyTag = true
			l.pos += 2
			break
		}
		if l.has(">") {
			l.pos++
			break
		}
		// A slash without ">" behind it. attribute would call it a bad name; this points at the byte
		// after it.
		if l.has("/") {
			l.pos++
			return l.unexpected()
		}
		// Checked and dropped. Two of one name are not looked for: nobody can read either.
		if _, _, ok := l.attribute(spaced); !ok {
			return Invalid
		}
	}
	// Only now: a tag that is broken has opened nothing.
	l.rooted = true
	l.stack[l.depth] = name
	l.depth++
	return l.set(Start, name)
}

// endTag consumes an end tag. data[pos:] starts with "</".
func (l *Lexer) endTag() Kind {
	from := l.pos
	// stack[depth-1] is read below.
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
	// White space is allowed before the bracket here (production 42), and nothing else is.
	l.space()
	if !l.has(">") {
		return l.unexpected()
	}
	l.pos++
	// Prefix and all: the same local name under another prefix may be another element.
	open := l.stack[l.depth-1]
	if string(l.data[name.start:name.end]) != string(l.data[open.start:open.end]) {
		return l.failAt(ErrMismatch, from)
	}
	return l.pop()
}

// attribute consumes name="value" and checks both; spaced says whether white space stood before it.
// value is the input's bytes between the quotes, with references unresolved.
func (l *Lexer) attribute(spaced bool) (name, value span, ok bool) {
	// Section 3.1 wants white space before each attribute; encoding/xml does without it.
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
	quote := l.data[l.pos] // only the same one ends the value
	l.pos++
	start := l.pos
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case quote:
			l.pos++
			return name, span{uint32(start), uint32(l.pos - 1)}, true
		// Section 3.1 again: no '<' in attribute values. A reader that looks for tags by that byte
		// alone, a filter say, then sees the same ones.
		case '<':
			l.unexpected()
			return name, value, false
		// Checked though the value is dropped: a document is well-formed or it is not.
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
// XML allows most letters of Unicode (section 2.3) by tables that changed between its editions. No
// AWS name needs them, and a look-alike letter in a name is an attack rather than a name.
func (l *Lexer) name() (span, bool) {
	// The same bytes are compared at the end tag, so no name needs a copy.
	start, part := l.pos, l.pos // part is where the prefix or the local name starts
	colon := false
	for ; l.pos < len(l.data); l.pos++ {
		c := l.data[l.pos]
		switch {
		// Bytes of characters beyond ASCII are 0x80 or more, and stay that with bit 5 set: no letter
		// to this test.
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '_':
			continue
		// Not as the first of a part (production 4).
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
	// From behind "<!--", so that "<!-->" is not a comment: its hyphens are taken. Comments may be
	// long; each of their bytes is looked at twice, never again.
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

// badChar returns where p first is not UTF-8 or has a character that XML 1.0 (section 2.2) does not
// allow, or -1.
func badChar(p []byte) int {
	for i := 0; i < len(p); {
		// Nearly all is ASCII: one comparison a byte.
		if c := p[i]; c < utf8.RuneSelf {
			if c < 0x20 && c != '\t' && c != '\n' && c != '\r' {
				return i
			}
			i++
			continue
		}
		// Overlong forms and encoded surrogates have width 1 here; U+FFFD itself has width 3 and is
		// allowed.
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
	// These two are not characters, lest a document be taken for one in UTF-16 of the other byte
	// order. XML 1.0 allows the C1 controls and DEL: who prints a text cleans it.
	return r != 0xFFFE && r != 0xFFFF && r <= utf8.MaxRune
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// equalFold reports whether s is lower, a text of lower-case ASCII, in any case.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	// ASCII only, on purpose: folding by Unicode would make U+212A, the Kelvin sign, a k.
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
