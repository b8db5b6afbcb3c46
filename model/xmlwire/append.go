package xmlwire

import "unicode/utf8"

// AppendEscaped appends s as the text of an element: the characters that mean something in XML and
// the carriage return, which a reader would turn into a line feed, as references. Characters XML
// can't carry and bytes that are not UTF-8 become U+FFFD.
func AppendEscaped(dst []byte, s string) []byte {
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
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_'
		if !letter && (i == 0 || c-'0' > 9 && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
