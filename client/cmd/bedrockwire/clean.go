package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// Text from a server may contain escape sequences that move the cursor, rename the window or make
// the terminal type, controls that change the direction of text, and bytes that are not UTF-8. All
// of it passes through one of the functions in this file before it is printed, to a terminal or to
// a pipe: what goes into a pipe often ends on a terminal. model.AppendClean defines which runes are
// harmful.

// maxGrowth is the factor by which cleaning can lengthen a text: one byte that is not UTF-8 becomes
// U+FFFD.
const maxGrowth = 3

// appendLine appends s as one line of text that is safe on a terminal.
func appendLine[T string | []byte](dst []byte, s T) []byte {
	return model.AppendClean(dst, s, maxGrowth*len(s))
}

// oneLine is appendLine for a string.
func oneLine(s string) string { return string(appendLine(nil, s)) }

// appendAnswer is appendLine for a model's answer, which keeps its line feeds and tabs. Each piece
// of an answer was a JSON string, so it consists of whole runes.
func appendAnswer(dst, s []byte) []byte {
	for len(s) > 0 {
		i := bytes.IndexAny(s, "\n\t")
		if i < 0 {
			return appendLine(dst, s)
		}
		dst = append(appendLine(dst, s[:i]), s[i])
		s = s[i+1:]
	}
	return dst
}

// appendJSONLine appends a chunk as one line of JSON with the same meaning: white space between
// tokens becomes blanks, and harmful runes become \u escapes. A chunk that is not JSON becomes a
// string, see appendBytesJSON.
func appendJSONLine(dst, chunk []byte) []byte {
	if !json.Valid(chunk) || !utf8.Valid(chunk) { // jsonwire would refuse half of a surrogate pair too
		return append(appendEscaped(dst, appendBytesJSON(nil, chunk)), '\n')
	}
	return append(appendEscaped(dst, chunk), '\n')
}

// appendEscaped appends valid JSON with its harmful runes escaped. In valid JSON, control
// characters below U+0020 are only between tokens, and runes beyond ASCII are only in strings.
func appendEscaped(dst, valid []byte) []byte {
	var one, clean [utf8.UTFMax]byte
	for i := 0; i < len(valid); {
		c := valid[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c < ' ':
				dst = append(dst, ' ')
			case c == 0x7F:
				dst = append(dst, `\u007f`...)
			default:
				dst = append(dst, c)
			}
			continue
		}
		r, n := utf8.DecodeRune(valid[i:])
		i += n
		raw := utf8.AppendRune(one[:0], r)
		if bytes.Equal(model.AppendClean(clean[:0], raw, len(clean)), raw) {
			dst = append(dst, raw...)
		} else if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, hi, lo)
		} else {
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return dst
}

// base64Prefix marks bytes that are not text in a JSON string.
const base64Prefix = "base64:"

// appendBytesJSON appends text as a JSON string. Bytes that are not UTF-8, and a text that begins
// with "base64:", are appended as "base64:...".
func appendBytesJSON(dst, p []byte) []byte {
	if utf8.Valid(p) && !strings.HasPrefix(string(p[:min(len(p), len(base64Prefix))]), base64Prefix) {
		return jsonwire.AppendString(dst, p)
	}
	return appendBase64JSON(dst, p)
}

func appendBase64JSON(dst, p []byte) []byte {
	dst = append(append(dst, '"'), base64Prefix...)
	return append(base64.StdEncoding.AppendEncode(dst, p), '"')
}
