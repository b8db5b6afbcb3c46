package jsonwire

import "unicode/utf8"

// scanString consumes a string literal, checking escapes and UTF-8 on the way, so that every later
// reading of the token can do without an error path. data[pos] is the opening quote.
func (l *Lexer) scanString() (start, end int, ok bool) {
	// pos moves once, when the whole string is good: a fault leaves the lexer where the token began,
	// and errOffset alone says where the wrong byte is.
	data := l.data
	i := l.pos + 1
	start = i
	for {
		i += plainPrefix(data[i:])
		// plainPrefix never passes the end, so i <= len(data) holds here and data[i] exists below.
		if i == len(data) {
			l.failAt(ErrTruncated, i)
			return 0, 0, false
		}
		switch c := data[i]; {
		case c == '"':
			l.pos = i + 1
			return start, i, true
		case c == '\\':
			// Escapes are checked now and resolved on demand, by readers that can't fail.
			l.escaped = true
			n, r := checkEscape(data[i:])
			if r != noReason {
				if r == ErrTruncated {
					i = len(data) // more bytes were needed there, wherever the escape began
				} else {
					i += n
				}
				l.failAt(r, i)
				return 0, 0, false
			}
			i += n
		case c < 0x20: // RFC 8259 section 7: control characters must be escaped
			l.failAt(ErrSyntax, i)
			return 0, 0, false
		default: // c >= utf8.RuneSelf
			// DecodeRune refuses overlong forms, encoded surrogates and what lies beyond U+10FFFF,
			// as RFC 3629 section 3 demands. A character that the input ends in is refused too.
			// Width 1 tells a stray byte from U+FFFD itself, which has three.
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				l.failAt(ErrUTF8, i)
				return 0, 0, false
			}
			i += n
		}
	}
}

// plainPrefix returns how many bytes of p are plain: ASCII, neither a control character nor a quote
// nor a backslash. It reads eight bytes at a time; the loads below are one instruction where the
// machine is little-endian, and the result does not depend on the byte order: the word only decides
// whether all eight are plain.
func plainPrefix(p []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; len(p)-i >= 8; i += 8 {
		// One bounds check for eight loads.
		b := p[i : i+8 : i+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		// (x-ones)&^x&highs has a high bit exactly if some byte of x is zero; w-0x20.. borrows
		// exactly if some byte is a control character, provided no byte is >= 0x80, which the
		// first term finds.
		if (w|(w-ones*0x20)|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
	}
	// Fewer than eight bytes are left, or one of the next eight is not plain. The test above is
	// exact, so this loop ends within those eight and what it costs stays a constant a call.
	for ; i < len(p); i++ {
		if c := p[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// checkEscape checks the escape p starts with and returns its length; a surrogate pair's is 12. On
// an error n is the offset of the wrong byte.
func checkEscape(p []byte) (n int, r Reason) {
	if len(p) < 2 {
		return 0, ErrTruncated
	}
	// RFC 8259 section 7 has these eight and u; no \x, no \', no \0.
	switch p[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, noReason
	case 'u':
	default:
		return 1, ErrSyntax
	}
	// Outside of the surrogates four digits are a character. Noncharacters such as U+FFFF are too:
	// Unicode allows them in interchange.
	u, n, r := hex4(p)
	if r != noReason || u < 0xD800 || u > 0xDFFF {
		return n, r
	}
	// A high half must be followed by the escape of a low half (RFC 8259 section 7).
	if u >= 0xDC00 {
		return 0, ErrSurrogate
	}
	rest := p[6:]
	// Cut before it could be told whether a low half follows.
	if len(rest) == 0 || len(rest) == 1 && rest[0] == '\\' {
		return 0, ErrTruncated
	}
	if rest[0] != '\\' || rest[1] != 'u' {
		return 0, ErrSurrogate
	}
	low, n, r := hex4(rest)
	if r != noReason {
		return 6 + n, r
	}
	// Two high halves in a row, or a high one before an ordinary character. Encoding either as UTF-8
	// would make text that no one else accepts; replacing it would make two texts equal that are
	// not.
	if low < 0xDC00 || low > 0xDFFF {
		return 0, ErrSurrogate
	}
	return 12, noReason
}

// hex4 reads an escape of four hex digits, \u0041 say, of which the first two bytes are known.
func hex4(p []byte) (u rune, n int, r Reason) {
	for i := 2; i < 6; i++ {
		if i == len(p) {
			return 0, 0, ErrTruncated
		}
		// i < len(p) was checked above, digit by digit: the escape may be cut anywhere.
		c := p[i]
		switch { // c-'0' wraps to more than 9 below '0'
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, i, ErrSyntax
		}
		u = u<<4 | rune(c)
	}
	return u, 6, noReason
}

// Escaped reports whether the last token is a String or Key with at least one escape. Where it is
// not, [Lexer.Raw] is the text.
func (l *Lexer) Escaped() bool { return l.escaped }

// AppendText appends the text of the last token, a String or Key with its escapes resolved, to dst.
// The text is valid UTF-8. For other tokens it appends their bytes as they stand.
func (l *Lexer) AppendText(dst []byte) []byte {
	// Most strings have no escapes and are one copy.
	raw := l.Raw()
	if !l.escaped {
		return append(dst, raw...)
	}
	// Runs between escapes are copied whole.
	for len(raw) > 0 {
		n := indexBackslash(raw)
		dst = append(dst, raw[:n]...)
		if raw = raw[n:]; len(raw) == 0 {
			break
		}
		// scanString has accepted the escape, so raw holds all of it and u is a character, never a
		// surrogate.
		u, n := unescape(raw)
		dst = utf8.AppendRune(dst, u)
		raw = raw[n:]
	}
	return dst
}

// Text returns the text of the last token as a string of its own.
func (l *Lexer) Text() string {
	if !l.escaped {
		return string(l.Raw())
	}
	// Resolving an escape never makes a text longer: two bytes give one, six give three at most, twelve
	// give four.
	return string(l.AppendText(make([]byte, 0, l.end-l.start)))
}

// TextIs reports whether the text of the last token is s, without allocating.
func (l *Lexer) TextIs(s string) bool {
	raw := l.Raw()
	if !l.escaped {
		return string(raw) == s
	}
	// The same walk as AppendText's, comparing instead of copying: an escaped key costs no buffer.
	for len(raw) > 0 {
		n := indexBackslash(raw)
		// The conversion in a comparison does not allocate.
		if len(s) < n || s[:n] != string(raw[:n]) {
			return false
		}
		s = s[n:]
		if raw = raw[n:]; len(raw) == 0 {
			break
		}
		u, n := unescape(raw)
		got, width := utf8.DecodeRuneInString(s)
		// Width 1 with RuneError is a stray byte of s, which no text here can equal.
		if got != u || width == 0 || got == utf8.RuneError && width == 1 {
			return false
		}
		s, raw = s[width:], raw[n:]
	}
	return len(s) == 0
}

// indexBackslash returns where the first backslash of p is, or len(p).
func indexBackslash(p []byte) int {
	// Where there are escapes, runs between them are mostly short, as in JSON inside a JSON string:
	// on six escapes in 17 bytes this loop takes half the time of bytes.IndexByte (14 ns against 29).
	// A run of 30 bytes is the other way round (15 against 6) and comes with fewer of them.
	for i, c := range p {
		if c == '\\' {
			return i
		}
	}
	return len(p)
}

// unescape resolves the escape p starts with, which checkEscape has accepted, and returns its rune
// and its length.
func unescape(p []byte) (rune, int) {
	// len(p) >= 2, and for u the digits are there: checkEscape has been here before.
	switch c := p[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		u, n, _ := hex4(p)
		if u < 0xD800 || u > 0xDFFF {
			return u, n
		}
		// checkEscape has seen the low half: both carry ten bits of what lies above U+FFFF.
		low, _, _ := hex4(p[6:])
		return (u-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12
	default: // quote, backslash, slash
		return rune(c), 2
	}
}

// AppendString appends s as a JSON string literal, quotes included. Quote, backslash and control
// characters are escaped; so are DEL, the C1 controls and the line separators U+2028 and U+2029,
// which some readers take for an end of line. Bytes that are not UTF-8 become U+FFFD each, because
// no escape can carry them.
func AppendString[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c >= 0x20 && c != 0x7F:
				dst = append(dst, c)
			// The three that people read in logs; \b and \f are rare enough for their long form.
			case c == '\n':
				dst = append(dst, '\\', 'n')
			case c == '\r':
				dst = append(dst, '\\', 'r')
			case c == '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			continue
		}
		// Converting at most four bytes of s does not allocate: the result doesn't escape.
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		i += n
		// r is at least 0x80 here. All that is escaped lies below U+10000 and fits four digits;
		// U+FFFD, which stands for a stray byte, is written as it is.
		if r < 0xA0 || r == 0x2028 || r == 0x2029 {
			dst = append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return append(dst, '"')
}
