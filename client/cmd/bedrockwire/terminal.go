package main

import (
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
)

// sink is what one of the standard streams is connected to, as far as what is written depends on
// it.
type sink uint8

const (
	pipe   sink = iota // a program reads it: nothing but what was asked for
	file               // a regular file
	screen             // a person reads it
)

// sinkOf returns what f is connected to. Package unsafe would be needed to ask whether a character
// device is a terminal. Without it, one that swallows everything is not, and on Linux none that can
// seek is, such as /dev/full: its terminals can't (drivers/tty/tty_io.c). cursor guards against
// what is left.
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
	if runtime.GOOS == "linux" {
		if _, err := f.Seek(0, io.SeekCurrent); err == nil {
			return pipe
		}
	}
	return screen
}

// cursor reports whether the terminal takes escape sequences: whether TERM names it, and does not
// say "dumb".
func (e *env) cursor() bool {
	switch e.getenv("TERM") {
	case "dumb":
		return false
	case "":
		return e.getenv("WT_SESSION") != "" // Windows Terminal names itself so
	}
	return true
}

// columns returns the width of the window that the environment names, 0 for none. Package unsafe
// would be needed to ask the terminal, so what is drawn must look right at any width.
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

// colour reports whether to paint on standard error: it is a screen that can, and NO_COLOR is empty
// (no-color.org).
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

// line writes a line of its own to standard error.
func (e *env) line(p paint, text string) {
	io.WriteString(e.stderr, e.painted(p, oneLine(text))+"\n")
}

// input returns standard input. If it is a terminal, the person there is asked for the input.
func (e *env) input(what string) io.Reader {
	if e.stdinSink == screen && e.stderrSink == screen {
		e.line(dim, "Reading "+what+" from the terminal; end it with Ctrl-D on a line of its own.")
	}
	return e.stdin
}
