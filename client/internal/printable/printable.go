// Package printable makes text that came from elsewhere fit for an error or a log: printable ASCII,
// on one line, and short. Text from elsewhere is that of a peer, a file, a variable, or an error
// that quotes one of them.
package printable

import (
	"strconv"
	"strings"
)

// Limits in bytes of the text that is shown. What is cut ends in "...".
const (
	MaxQuote = 256     // a name, a path, a code
	MaxText  = 1 << 10 // a sentence, or an error
)

// Quote returns a name in quotes, with Go's escapes for what is not printable ASCII.
func Quote(s string) string { return strconv.QuoteToASCII(cut(s, MaxQuote)) }

// Text returns a sentence with a '?' for each rune that is not printable ASCII.
func Text(s string) string {
	s = cut(s, MaxText)
	if Is(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// Value returns a setting as it is if it is printable ASCII, and otherwise in quotes.
func Value(s string) string {
	if s = cut(s, MaxText); Is(s) {
		return s
	}
	return strconv.QuoteToASCII(s)
}

// Is reports whether s is printable ASCII.
func Is(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func cut(s string, most int) string {
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
