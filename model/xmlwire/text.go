package xmlwire

import "unicode/utf8"

// text consumes character data up to the next tag. data[pos] is not '<'.
func (l *Lexer) text() Kind {
	// Outside the root only white space, which Next has skipped, and comments are allowed (section
	// 2.1).
	if l.depth == 0 {
		if l.rooted {
			return l.failAt(ErrTrailing, l.pos)
		}
		return l.failAt(ErrSyntax, l.pos)
	}
	start := l.pos
	for l.pos < len(l.data) {
		switch l.data[l.pos] {
		case '<':
			return l.set(Text, span{uint32(start), uint32(l.pos)})
		case '&':
			// Checked here, so that reading the text later can't fail.
			l.escaped = true
			if !l.skipReference() {
				return Invalid
			}
		case '\r':
			l.escaped = true // an end of line, which AppendText normalizes
			l.pos++
		case ']':
			// XML 1.0 section 2.4 forbids "]]>" in text.
			if l.has("]]>") {
				return l.failAt(ErrSyntax, l.pos)
			}
			l.pos++
		default:
			l.pos++
		}
	}
	// A text that is not followed by a tag may be incomplete, and is not delivered.
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
	l.pos += len("<![CDATA[")
	// Only "]]>" has a meaning inside a section (production 20).
	start := l.pos
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

// reference resolves the reference at the start of p (XML 1.0 sections 4.1 and 4.6). width is its length
// in p, 0 if p ends inside it, -1 if it is not allowed.
func reference(p []byte) (r rune, width int) {
	end := 1
	for end < len(p) && (p[end] == '#' || p[end]-'0' <= 9 || p[end]|0x20 >= 'a' && p[end]|0x20 <= 'z') {
		end++
	}
	if end == len(p) {
		return 0, 0 // more bytes could complete it
	}
	if p[end] != ';' {
		return 0, -1
	}
	name := p[1:end]
	// The five entities that need no declaration (section 4.6). Names are case-sensitive.
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
	// A character reference: decimal, or hexadecimal after a lower-case x.
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return 0, -1
	}
	for _, c := range digits {
		d := rune(c - '0')
		if c-'0' > 9 {
			if base == 10 || c|0x20 < 'a' || c|0x20 > 'f' {
				return 0, -1
			}
			d = rune((c|0x20)-'a') + 10
		}
		// r can't overflow: it is at most utf8.MaxRune before this.
		if r = r*base + d; r > utf8.MaxRune {
			return 0, -1
		}
	}
	// Section 4.1: a reference must be to a character that XML allows.
	if !isChar(r) {
		return 0, -1
	}
	return r, end + 1
}

// AppendText appends the text of the last token to dst. It resolves references, and turns a carriage
// return, with or without a line feed after it, into a line feed (XML 1.0 section 2.11). The text is
// valid UTF-8.
func (l *Lexer) AppendText(dst []byte) []byte {
	raw := l.Raw()
	if !l.escaped {
		return append(dst, raw...)
	}
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '&' && !l.inCDATA:
			// The lexer has accepted the reference, so width > 0.
			r, width := reference(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += width
		case c == '\r':
			// Before a line feed it is dropped. A reference to it, &#13;, is kept.
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
	// A reference is never shorter than its character.
	return string(l.AppendText(make([]byte, 0, l.token.end-l.token.start)))
}

// AppendEscaped appends s as the text of an element or as a double-quoted attribute value. Characters
// with a meaning in XML become references, and so does the carriage return, which a reader would turn
// into a line feed. Characters that XML does not allow and bytes that are not UTF-8 become U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
	// '>' is escaped so that there is no "]]>" in a text (XML 1.0 section 2.4).
	for _, r := range s { // an invalid byte of s is U+FFFD here
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

// ValidName reports whether a [Lexer] accepts s as the name of an element, without a prefix.
func ValidName(s string) bool {
	for i := range len(s) {
		c := s[i]
		// No colon: a prefix would have to be declared (Namespaces in XML).
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c-'0' > 9 && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
