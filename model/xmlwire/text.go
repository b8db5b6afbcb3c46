package xmlwire

import "unicode/utf8"

// text consumes character data up to the next tag. data[pos] is not '<'.
func (l *Lexer) text() Kind {
	// Section 2.1 again: outside the root there are white space, which Next has passed over, and
	// comments.
	if l.depth == 0 {
		if l.rooted {
			return l.failAt(ErrTrailing, l.pos)
		}
		return l.failAt(ErrSyntax, l.pos)
	}
	start := l.pos
	// pos is at a byte that is not '<', so the token is never empty.
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case '<':
			return l.set(Text, span{uint32(start), uint32(l.pos)})
		case '&':
			// Checked here and resolved on demand: reading a text later needs no error path.
			l.escaped = true
			if !l.skipReference() {
				return Invalid
			}
		case '\r':
			l.escaped = true // a line's end to be normalised
			l.pos++
		case ']':
			// XML 1.0 section 2.4 forbids it in text, so that no reader takes the end of a CDATA
			// section, which another has not seen begin, for text.
			if l.has("]]>") {
				return l.failAt(ErrSyntax, l.pos)
			}
			l.pos++
		default:
			l.pos++
		}
	}
	// A text without a tag behind it may be a part of itself: it is not delivered.
	return l.failAt(ErrTruncated, l.pos)
}

// cdata consumes a CDATA section. data[pos:] starts with "<![CDATA[".
func (l *Lexer) cdata() Kind {
	if l.depth == 0 {
		if l.rooted {
			return l.failAt(ErrTrailing, l.pos)
		}
		return l.failAt(ErrSyntax, l.pos)
	}
	// Nothing means anything in here but the end. The characters were checked by New.
	l.pos += len("<![CDATA[")
	// References in it stay as they are: only "]]>" ends a section (production 20), and inCDATA says
	// so to the readers below.
	start := l.pos
	// New has bounded and checked the bytes; has looks at three of them at most, so that "]]]]]]"
	// costs no square of its length.
	for ; l.pos < len(l.data); l.pos++ {
		switch l.data[l.pos] {
		case '\r':
			l.escaped = true
		case ']':
			if l.has("]]>") {
				l.pos += 3
				l.inCDATA = true
				return l.set(Text, span{uint32(start), uint32(l.pos - 3)})
			}
		}
	}
	return l.failAt(ErrTruncated, l.pos)
}

// skipReference consumes a reference. data[pos] is '&'.
func (l *Lexer) skipReference() bool {
	// Resolved twice, now and by AppendText: cheaper than keeping what a text that is skipped would
	// stand for.
	_, width := reference(l.data[l.pos:])
	if width == 0 {
		l.failAt(ErrTruncated, len(l.data))
		return false
	}
	if width < 0 {
		l.failAt(ErrEntity, l.pos)
		return false
	}
	l.pos += width
	return true
}

// reference resolves the reference p starts with (XML 1.0 sections 4.1 and 4.6). width is its length
// in p, 0 if p ends inside it, -1 if it is none of those allowed.
func reference(p []byte) (r rune, width int) {
	end := 1
	// All letters and digits, so that a long or unknown name is refused at its start and a cut one
	// is told from it. A fault ends the lexer, so a long name is walked once.
	for end < len(p) && (p[end] == '#' || p[end]-'0' <= 9 || p[end]|0x20 >= 'a' && p[end]|0x20 <= 'z') {
		end++
	}
	if end == len(p) {
		return 0, 0 // whatever follows could still make it one of them
	}
	if p[end] != ';' {
		return 0, -1
	}
	name := p[1:end]
	// The five that need no declaration (section 4.6); as there is no document type, there are no others.
	// Names are case-sensitive: &LT; is no reference.
	switch string(name) {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "apos":
		return '\'', end + 1
	case "quot":
		return '"', end + 1
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, -1
	}
	// A character reference: decimal, or hexadecimal after a small x. Any number of zeros may lead.
	digits, base := name[1:], rune(10)
	// len(name) >= 2 was checked, so there is a digit or an x. A capital X is refused with the
	// letters below.
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return 0, -1
	}
	for _, c := range digits {
		d := rune(c - '0')
		// c is a letter, a digit or a second '#', by the loop that found the end.
		if c-'0' > 9 {
			if base == 10 || c|0x20 < 'a' || c|0x20 > 'f' {
				return 0, -1
			}
			d = rune((c|0x20)-'a') + 10
		}
		// r stays below 2^21 before this, so that it can't wrap.
		if r = r*base + d; r > utf8.MaxRune {
			return 0, -1
		}
	}
	// "Characters referred to must match the production for Char": no NUL, no escape character, no
	// surrogate comes in by the back door.
	if !isChar(r) {
		return 0, -1
	}
	return r, end + 1
}

// AppendText appends the text of the last token to dst: references resolved, and the ends of lines
// that are carriage returns, with or without a line feed, turned into line feeds (XML 1.0 section
// 2.11). The text is valid UTF-8.
func (l *Lexer) AppendText(dst []byte) []byte {
	raw := l.Raw()
	if !l.escaped {
		// Most texts: one copy.
		return append(dst, raw...)
	}
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '&' && !l.inCDATA:
			// text has accepted it, so width > 0 and the loop moves on. What it stands for is not
			// read again: &amp;lt; is the four letters.
			r, width := reference(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += width
		case c == '\r':
			// With a line feed behind it the feed stands for both. A reference to it, &#13;, is kept.
			if i++; i == len(raw) || raw[i] != '\n' {
				dst = append(dst, '\n')
			}
		default:
			dst = append(dst, c)
			i++
		}
	}
	return dst
}

// Text returns the text of the last token as a string of its own.
func (l *Lexer) Text() string {
	if !l.escaped {
		return string(l.Raw())
	}
	// No reference is shorter than what it stands for.
	return string(l.AppendText(make([]byte, 0, l.token.end-l.token.start)))
}

// AppendEscaped appends s as the text of an element: the characters that mean something in XML and
// the carriage return, which a reader would turn into a line feed, as references. Characters XML
// can't carry and bytes that are not UTF-8 become U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
	// '>' is escaped so that no "]]>" can arise (XML 1.0 section 2.4). The double quote needs no escape
	// in a text; with it the result can't leave a double-quoted attribute value either.
	for _, r := range s { // a stray byte of s is U+FFFD here
		switch {
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\r':
			dst = append(dst, "&#13;"...)
		case !isChar(r):
			dst = utf8.AppendRune(dst, utf8.RuneError)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// ValidName reports whether s is an element's name a [Lexer] accepts, without a prefix.
func ValidName(s string) bool {
	for i := range len(s) {
		c := s[i]
		// The colon is not among them: a prefix that nobody declared would make the document
		// ill-formed by Namespaces in XML.
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c-'0' > 9 && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
