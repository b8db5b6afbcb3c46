package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// What comes from a server may hold escape sequences that move the cursor, retitle the window or answer as if
// the person had typed; controls that reorder what is read; and bytes that are no text at all. Everything this
// command prints of it passes through one of the functions below, whether a terminal or a pipe gets it: what goes
// into a pipe ends on a terminal often enough. Which runes are meant is package model's to say, see
// model.AppendClean.

// maxGrowth is by how much cleaning can lengthen a text: one byte that is not UTF-8 becomes U+FFFD.
const maxGrowth = 3

// appendLine appends s as one line of text that is safe on a terminal.
func appendLine[T string | []byte](dst []byte, s T) []byte {
	return model.AppendClean(dst, s, maxGrowth*len(s))
}

// oneLine is appendLine for a string.
func oneLine(s string) string { return string(appendLine(nil, s)) }

// appendAnswer is appendLine for a model's answer, whose line feeds and tabs are its own. The answer comes in
// pieces, each of whole runes: they were JSON strings.
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

// appendJSONLine appends a chunk as one line of JSON. JSON keeps its meaning: white space between tokens becomes
// blanks, and what must not reach a terminal raw is written as \u escapes. A chunk that is no JSON, in some
// format of a model's own, becomes a string, see appendBytesJSON.
func appendJSONLine(dst, chunk []byte) []byte {
	if !jsonwire.Valid(chunk) {
		return append(appendEscaped(dst, appendBytesJSON(nil, chunk)), '\n')
	}
	return append(appendEscaped(dst, chunk), '\n')
}

// appendEscaped appends valid JSON with its unsafe runes escaped. In valid JSON a control character below
// U+0020 stands between tokens only, and anything else that is not ASCII in strings only.
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

// appendBytesJSON appends text as a JSON string, and anything else, also a text that begins like this very form,
// as "base64:...".
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
