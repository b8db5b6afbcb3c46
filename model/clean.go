package model

import "unicode/utf8"

// maxShown is how many bytes of one server-sent field an error text shows. A message of the service
// is a sentence or two; what is longer is an attempt to fill a log.
const maxShown = 1 << 10

// AppendClean appends s to dst as one line of text that is safe in a log or on a terminal, at most
// limit bytes of it. White-space controls and line separators become a space; other control
// characters (C0, DEL, C1), controls of text direction, invisible tag characters, the byte order
// mark and bytes that are not UTF-8 become U+FFFD. A text that is cut ends in "…".
//
// It is meant for text that a server chose: the fields of an [Error], a body that is not JSON.
func AppendClean[T string | []byte](dst []byte, s T, limit int) []byte {
	const ellipsis = "…"
	base := len(dst)
	cut := base // where to cut so that the ellipsis fits
	for i := 0; i < len(s); {
		// Converting at most four bytes does not allocate: the string does not escape.
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		// n is 1 for a stray byte, so that each of them becomes one U+FFFD.
		i += n
		r = cleanRune(r)
		// Counted after cleaning, which may turn one byte into three. cleanRune returns characters
		// only, so RuneLen is never -1. No more of s is looked at than what fits.
		if len(dst)-base+utf8.RuneLen(r) > limit {
			if limit < len(ellipsis) {
				return dst[:base]
			}
			return append(dst[:cut], ellipsis...)
		}
		dst = utf8.AppendRune(dst, r)
		if len(dst)-base <= limit-len(ellipsis) {
			cut = len(dst)
		}
	}
	return dst
}

// cleanRune returns what stands for r in a clean text.
func cleanRune(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7F:
		return r
	// A space, so that words stay apart: a line end in a server's text must not begin a log line of
	// its own.
	case r >= '\t' && r <= '\r', r == 0x85, r == 0x2028, r == 0x2029:
		return ' '
	case r < 0xA0: // C0, DEL, C1
		return utf8.RuneError
	case r == 0x061C, r == 0x200E, r == 0x200F, // marks of direction
		r >= 0x202A && r <= 0x202E, // embeddings and overrides of direction
		r >= 0x2066 && r <= 0x206F, // isolates, and the deprecated format characters
		r == 0xFEFF,
		r >= 0xFFF9 && r <= 0xFFFB,   // interlinear annotation
		r >= 0xE0000 && r <= 0xE007F: // tags: text that no one sees and a model reads
		return utf8.RuneError
	}
	return r
}
