package jsonwire

import (
	"encoding/binary"
	"unicode/utf8"
)

// scanString consumes a string literal as a token of kind k. It checks escapes and UTF-8, so that
// reading the token later can't fail. data[pos] is the opening quote.
func (l *Lexer) scanString(k Kind) Kind {
	data := l.data
	start := l.pos + 1
	i := start
	for {
		i += plainPrefix(data[i:])
		if i == len(data) {
			return l.failAt(ErrTruncated, i)
		}
		switch c := data[i]; {
		case c == '"':
			l.pos = i + 1
			return l.token(k, start, i)
		case c == '\\':
			l.escaped = true
			n, r := checkEscape(data[i:])
			switch {
			case r == ErrTruncated:
				return l.failAt(r, len(data))
			case r != noReason:
				return l.failAt(r, i+n)
			}
			i += n
		case c < 0x20: // RFC 8259 section 7: control characters must be escaped
			return l.failAt(ErrSyntax, i)
		default: // c >= utf8.RuneSelf
			// DecodeRune refuses overlong forms, encoded surrogates and what lies beyond U+10FFFF,
			// as RFC 3629 section 3 demands, and a character that the input ends in. Width 1 tells
			// an invalid byte from U+FFFD itself, which has three.
			r, n := utf8.DecodeRune(data[i:])
			if r == utf8.RuneError && n == 1 {
				return l.failAt(ErrUTF8, i)
			}
			i += n
		}
	}
}

// plainPrefix returns the number of plain bytes at the start of p: ASCII, but no control character,
// quote or backslash. It reads eight bytes at a time.
func plainPrefix(p []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; len(p)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(p[i:])
		quote := w ^ ones*'"'
		slash := w ^ ones*'\\'
		// (x-ones)&^x&highs has a high bit exactly if some byte of x is zero; w-0x20.. borrows
		// exactly if some byte is a control character, provided no byte is >= 0x80, which the
		// first term finds.
		if (w|(w-ones*0x20)|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
	}
	// Fewer than eight bytes are left, or one of the next eight is not plain, so this loop takes at most
	// eight turns.
	for ; i < len(p); i++ {
		if c := p[i]; c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			break
		}
	}
	return i
}

// checkEscape checks the escape at the start of p and returns its length, which is 12 for a surrogate
// pair. On an error n is the offset of the wrong byte.
func checkEscape(p []byte) (n int, r Reason) {
	if len(p) < 2 {
		return 0, ErrTruncated
	}
	// RFC 8259 section 7 has only these eight and u.
	switch p[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, noReason
	case 'u':
	default:
		return 1, ErrSyntax
	}
	// Four digits are a character, unless they are a surrogate. Noncharacters such as U+FFFF are
	// allowed: Unicode allows them in interchange.
	u, n, r := hex4(p)
	if r != noReason || u < 0xD800 || u > 0xDFFF {
		return n, r
	}
	// A high surrogate must be followed by the escape of a low surrogate (RFC 8259 section 7).
	if u >= 0xDC00 {
		return 0, ErrSurrogate
	}
	rest := p[6:]
	// The input ends before it is known whether a low surrogate follows.
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
	// A high surrogate is followed by another one or by a character. Encoding it as UTF-8 would make text
	// that others refuse. Replacing it would make different texts equal.
	if low < 0xDC00 || low > 0xDFFF {
		return 0, ErrSurrogate
	}
	return 12, noReason
}

// hex4 reads an escape of four hex digits such as \u0041. The caller has checked its first two bytes.
func hex4(p []byte) (u rune, n int, r Reason) {
	for i := 2; i < 6; i++ {
		if i == len(p) {
			return 0, 0, ErrTruncated
		}
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

// Escaped reports whether the last token is a String or Key with at least one escape. If not,
// [Lexer.Raw] is its text.
func (l *Lexer) Escaped() bool { return l.escaped }

// AppendText appends the text of the last token to dst: of a String or Key with its escapes resolved,
// which is valid UTF-8, and of another token the bytes in the input.
func (l *Lexer) AppendText(dst []byte) []byte {
	// Most strings have no escapes and are one copy.
	raw := l.Raw()
	if !l.escaped {
		return append(dst, raw...)
	}
	// Runs between escapes are copied whole.
	for {
		n := indexBackslash(raw)
		dst = append(dst, raw[:n]...)
		if n == len(raw) {
			return dst
		}
		// scanString has accepted the escape, so raw has all of it and u is not a surrogate.
		u, width := unescape(raw[n:])
		dst = utf8.AppendRune(dst, u)
		raw = raw[n+width:]
	}
}

// Text returns the text of the last token as a string of its own.
func (l *Lexer) Text() string {
	if !l.escaped {
		return string(l.Raw())
	}
	// Resolving an escape never makes a text longer: two bytes become one, six at most three, twelve
	// four.
	return string(l.AppendText(make([]byte, 0, l.end-l.start)))
}

// TextIs reports whether the text of the last token is s, without allocating.
func (l *Lexer) TextIs(s string) bool {
	raw := l.Raw()
	if !l.escaped {
		return string(raw) == s
	}
	// The same loop as in AppendText, which compares instead of copying.
	for {
		n := indexBackslash(raw)
		if len(s) < n || s[:n] != string(raw[:n]) { // this conversion does not allocate
			return false
		}
		s = s[n:]
		if n == len(raw) {
			return s == ""
		}
		u, width := unescape(raw[n:])
		got, used := utf8.DecodeRuneInString(s)
		// A width of 1 with RuneError is an invalid byte of s, which no text here can equal, and 0 its end.
		if got != u || got == utf8.RuneError && used <= 1 {
			return false
		}
		s, raw = s[used:], raw[n+width:]
	}
}

// indexBackslash returns the offset of the first backslash of p, or len(p).
func indexBackslash(p []byte) int {
	// The runs between escapes are mostly short, as in JSON inside a JSON string. For six escapes in 17
	// bytes this loop takes 14 ns and bytes.IndexByte 29; for a run of 30 bytes, 15 and 6.
	for i, c := range p {
		if c == '\\' {
			return i
		}
	}
	return len(p)
}

// unescape returns the character and the length of the escape at the start of p, which checkEscape has
// accepted.
func unescape(p []byte) (rune, int) {
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
		// Each surrogate has ten bits of a character above U+FFFF.
		low, _, _ := hex4(p[6:])
		return (u-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12
	default: // quote, backslash, slash
		return rune(c), 2
	}
}

// AppendString appends s as a JSON string literal with its quotes. It escapes quotes, backslashes and
// control characters, including DEL and the C1 controls, and the line separators U+2028 and U+2029,
// which some readers treat as an end of line. Each byte that is not UTF-8 becomes U+FFFD, because JSON
// can't represent it.
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
			// The three short forms that are common; \b and \f get the long form.
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
		// r is at least 0x80. The second of the four digits is 0 in all that are escaped.
		if r < 0xA0 || r == 0x2028 || r == 0x2029 {
			dst = append(dst, '\\', 'u', hex[r>>12], '0', hex[r>>4&15], hex[r&15])
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return append(dst, '"')
}
