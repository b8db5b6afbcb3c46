package xmlwire

import "unicode/utf8"

// text consumes character data up to the next tag. data[pos] is not '<'.
func (l *Lexer) text() Kind {
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
			l.escaped = true
			if !l.skipReference() {
				return Invalid
			}
		case '\r':
			l.escaped = true
			l.pos++
		case ']':
			if l.has("]]>") { // XML 1.0 section 2.4
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
	l.pos += len("<![CDATA[")
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

// reference resolves the reference p starts with (XML 1.0 sections 4.1 and 4.6). width is its length
// in p, 0 if p ends inside it, -1 if it is none of those allowed.
func reference(p []byte) (r rune, width int) {
	end := 1
	for end < len(p) && (p[end] == '#' || p[end]-'0' <= 9 || p[end]|0x20 >= 'a' && p[end]|0x20 <= 'z') {
		end++
	}
	if end == len(p) {
		return 0, 0
	}
	if p[end] != ';' {
		return 0, -1
	}
	name := p[1:end]
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
		// r stays below 2^21 before this, so that it can't wrap.
		if r = r*base + d; r > utf8.MaxRune {
			return 0, -1
		}
	}
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
		return append(dst, raw...)
	}
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '&' && !l.inCDATA:
			r, width := reference(raw[i:])
			dst = utf8.AppendRune(dst, r)
			i += width
		case c == '\r':
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
