package main

import (
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
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
