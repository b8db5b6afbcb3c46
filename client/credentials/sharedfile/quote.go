package sharedfile

import "strings"

// The AWS CLI writes a section name with a blank in it as one word of a shell, and reads every name
// of the config file that way:
//
//	[profile 'My Mac Book']
//	[sso-session 'Someone'"'"'s Mac Book']
//
// The rules are those of sh without expansions: a backslash stands for the next character, also
// before a quote or a backslash in double quotes; nothing is special in single quotes.

// quoting follows the quotes and backslashes of a shell through a text.
type quoting struct {
	quote   byte // the quote that is open, 0 for none
	escaped bool // the last character was a backslash that takes the next one as it is
}

// class is what a character means to a shell.
type class uint8

const (
	plain  class = iota // neither quoted nor quoting
	quoted              // in quotes, or after a backslash
	syntax              // a quote or a backslash that is not part of the text
)

func (q *quoting) next(c byte) class {
	switch {
	case q.escaped:
		q.escaped = false
		return quoted
	case c == '\\' && q.quote != '\'':
		q.escaped = true
		return syntax
	case q.quote == 0 && (c == '"' || c == '\''):
		q.quote = c
		return syntax
	case q.quote != 0 && c == q.quote:
		q.quote = 0
		return syntax
	case q.quote != 0:
		return quoted
	}
	return plain
}

// sectionName returns the name that a text stands for: the word of a shell that it is, else the
// text itself. It is understood if it is such a word, or has no quotes and backslashes at all.
func sectionName(text string) (name string, understood bool) {
	if !strings.ContainsAny(text, `"'\`) {
		return text, true
	}
	var q quoting
	word := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		if q.escaped && q.quote == '"' && c != '"' && c != '\\' {
			word = append(word, '\\') // it has no meaning there, and stays
		}
		switch q.next(c) {
		case quoted:
			word = append(word, c)
		case plain:
			if c == ' ' || c == '\t' {
				return text, false // two words
			}
			word = append(word, c)
		}
	}
	if q != (quoting{}) {
		return text, false
	}
	return string(word), true
}

// splitHeader splits a line that begins with a bracket into the text in the brackets and what comes
// after them, "" for a comment. A bracket or a comment character in quotes is part of the name. If
// the quotes do not match, as in [profile Bob's], they are letters.
func splitHeader(text string) (name, after string, closed bool) {
	end := -1
	var q quoting
	for i := 1; i < len(text); i++ {
		c := text[i]
		if q.next(c) == plain && strings.IndexByte("]#;", c) >= 0 {
			end = i
			break
		}
	}
	if end < 0 {
		end = strings.IndexAny(text, "]#;")
	}
	if end < 0 || text[end] != ']' {
		return "", "", false
	}
	after = strings.TrimLeft(text[end+1:], blanks)
	if after != "" && (after[0] == '#' || after[0] == ';') {
		after = ""
	}
	return text[1:end], after, true
}
