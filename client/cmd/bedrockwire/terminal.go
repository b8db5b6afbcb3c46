package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// sink is what one of the standard streams is connected to, as far as what is written depends on it.
type sink uint8

const (
	pipe   sink = iota // a program reads it: nothing but what was asked for
	file               // a regular file
	screen             // a person reads it
)

// sinkOf tells what f is. Character devices are terminals, but for the one that swallows everything: without
// a system call through package unsafe there is no better test, and this one errs towards plain text below.
func sinkOf(f *os.File) sink {
	info, err := f.Stat()
	switch {
	case err != nil:
		return pipe
	case info.Mode().IsRegular():
		return file
	case info.Mode()&fs.ModeCharDevice == 0:
		return pipe
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(info, null) {
		return pipe
	}
	return screen
}

// cursor reports whether the terminal takes escape sequences: it has a name, and not that of one which does not.
func (e *env) cursor() bool {
	switch e.getenv("TERM") {
	case "dumb":
		return false
	case "":
		return e.getenv("WT_SESSION") != "" // Windows Terminal names itself so
	}
	return true
}

// columns returns the width of the window, where the environment tells it. 0 is unknown: asking the
// terminal takes package unsafe, so what is drawn must look right at any width.
func (e *env) columns() int {
	n, err := strconv.Atoi(e.getenv("COLUMNS"))
	if err != nil || n < 1 || n > 10_000 {
		return 0
	}
	return n
}

// paint is a way to set off text on a screen.
type paint string

const (
	plain  paint = ""
	dim    paint = "\x1b[2m"
	bold   paint = "\x1b[1m"
	red    paint = "\x1b[31m"
	yellow paint = "\x1b[33m"
	reset        = "\x1b[0m"
)

// colour reports whether to paint on standard error: a screen, and nothing speaks against it (no-color.org:
// NO_COLOR, when not empty).
func (e *env) colour() bool {
	return e.stderrSink == screen && e.cursor() && e.getenv("NO_COLOR") == ""
}

// painted returns s painted for standard error.
func (e *env) painted(p paint, s string) string {
	if p == plain || s == "" || !e.colour() {
		return s
	}
	return string(p) + s + reset
}

// fail tells a person what went wrong, with what to do about it where that is known.
func (e *env) fail(name string, err error, hint string) {
	text, tried := splitTried(err)
	text = oneLine(text)
	for _, p := range []string{"bedrockwire: ", "frame: ", "signer: "} { // whose name comes first is of no interest here
		text = strings.TrimPrefix(text, p)
	}
	io.WriteString(e.stderr, e.painted(red, "bedrockwire "+name+":")+" "+text+"\n")
	if len(tried) > 0 {
		e.line(dim, "Looked for credentials in this order:")
	}
	for _, step := range tried {
		e.line(dim, "  "+step)
	}
	if hint != "" {
		e.line(dim, hint)
	}
}

// unwritten is for output that could not be written, such as to a full disk. Of a reader that has gone a process
// mostly learns by SIGPIPE, which ends it.
func (e *env) unwritten(name string, err error) int {
	e.fail(name, err, "")
	return exitOther
}

// line tells something in a line of its own.
func (e *env) line(p paint, text string) {
	io.WriteString(e.stderr, e.painted(p, oneLine(text))+"\n")
}

// input returns standard input. A person who sits before it is told what is waited for.
func (e *env) input(what string) io.Reader {
	if e.stdinSink == screen && e.stderrSink == screen {
		e.line(dim, "Reading "+what+" from the terminal; end it with Ctrl-D on a line of its own.")
	}
	return e.stdin
}

func (e *env) clock() time.Time {
	if e.now != nil {
		return e.now()
	}
	return time.Now()
}

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
