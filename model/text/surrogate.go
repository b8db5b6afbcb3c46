package text

import (
	"unicode/utf16"

	"bedrockwire/model/jsonwire"
)

// isHalf reports whether err is the lexer's for half of a surrogate pair.
func isHalf(err error) bool {
	e, ok := err.(*jsonwire.Error)
	return ok && e.Reason == jsonwire.ErrSurrogate
}

// appendWithoutHalves appends chunk to dst with each unpaired \ud800 to \udfff in it replaced by
// \ufffd, which has the same length.
func appendWithoutHalves(dst, chunk []byte) []byte {
	from := len(dst)
	dst = append(dst, chunk...)
	out := dst[from:]
	for i := 0; i < len(out); {
		if out[i] != '\\' {
			i++
			continue
		}
		u, ok := escaped(out[i:])
		switch {
		case !ok:
			i += 2 // an escape of two bytes
		case !utf16.IsSurrogate(rune(u)):
			i += 6
		default:
			if next, ok := escaped(out[i+6:]); ok && utf16.DecodeRune(rune(u), rune(next)) != '\uFFFD' {
				i += 12
				continue
			}
			copy(out[i:], `\ufffd`)
			i += 6
		}
	}
	return dst
}

// escaped returns the number that \uXXXX at the start of s stands for.
func escaped(s []byte) (u uint16, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range s[2:6] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20-'a' <= 5:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		u = u<<4 | uint16(c)
	}
	return u, true
}

// span is where a text stands in a chunk, between its quotes.
type span struct{ from, to int }

// half returns the unpaired surrogates at the ends of the text that stood at s in the chunk as it
// came.
func (s span) half(chunk []byte) (h half) {
	raw := chunk[s.from:s.to]
	if u, ok := escaped(raw); ok && u >= 0xDC00 && u <= 0xDFFF {
		h.first = u
	}
	if len(raw) >= 6 {
		// A backslash before it would make it a text about an escape: "\\ud83d".
		slashes := 0
		for i := len(raw) - 7; i >= 0 && raw[i] == '\\'; i-- {
			slashes++
		}
		if u, ok := escaped(raw[len(raw)-6:]); ok && slashes%2 == 0 && u >= 0xD800 && u <= 0xDBFF {
			h.last = u
		}
	}
	return h
}

// join appends text to dst, whose last half was before, and makes one character of two halves that
// meet.
func join(dst, text []byte, before, now half) []byte {
	const replacement = "\uFFFD"
	if before.last != 0 && now.first != 0 && len(dst) >= len(replacement) && len(text) >= len(replacement) {
		r := utf16.DecodeRune(rune(before.last), rune(now.first))
		dst = append(dst[:len(dst)-len(replacement)], string(r)...)
		text = text[len(replacement):]
	}
	return append(dst, text...)
}
