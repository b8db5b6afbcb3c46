package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A terminalScreen is as much of a terminal as this command uses: a grid of ASCII, a cursor,
// wrapping at the right margin the way of the VT100 (a full line leaves the cursor on its last
// character until one more comes), and the escape sequences of status.go. Anything else is an
// error.
//
// It is the strict kind of terminal: the wait at the margin is lost by every movement, as it is on
// some.
type terminalScreen struct {
	wide, high int
	cells      [][]byte
	above      []string // lines that have scrolled out
	x, y       int
	full       bool // the cursor waits on the last character
	noWrap     bool
	savedX     int
	savedY     int
	painted    bool // colour is on
	colours    int  // how often it was set
	err        error
	rest       []byte // of an escape sequence that was cut by the end of a write
}

func newScreen(wide, high int) *terminalScreen {
	s := &terminalScreen{wide: wide, high: high}
	for range high {
		s.cells = append(s.cells, s.blank())
	}
	return s
}

func (s *terminalScreen) blank() []byte { return bytes.Repeat([]byte{' '}, s.wide) }

func (s *terminalScreen) Write(p []byte) (int, error) {
	in := append(s.rest, p...)
	s.rest = nil
	for len(in) > 0 {
		n := 1
		switch c := in[0]; {
		case c == '\n': // the line discipline makes it CR LF
			s.x, s.full = 0, false
			s.down()
		case c == '\r':
			s.x, s.full = 0, false
		case c == 0x1b:
			if n = s.escape(in); n == 0 {
				s.err = errors.Join(s.err, fmt.Errorf("escape sequence %q", in[:min(len(in), 8)]))
				n = 1
			}
		case c < ' ' || c == 0x7f:
			s.err = errors.Join(s.err, fmt.Errorf("control character %#x", c))
		default:
			r := byte('?') // one cell for anything that is not ASCII
			if c < utf8.RuneSelf {
				r = c
			} else {
				_, n = utf8.DecodeRune(in)
			}
			s.put(r)
		}
		in = in[n:]
	}
	return len(p), nil
}

func (s *terminalScreen) put(c byte) {
	if s.full && !s.noWrap {
		s.x, s.full = 0, false
		s.down()
	}
	s.cells[s.y][s.x] = c
	if s.x < s.wide-1 {
		s.x++
	} else {
		s.full = !s.noWrap
	}
}

func (s *terminalScreen) down() {
	if s.y < s.high-1 {
		s.y++
		return
	}
	s.above = append(s.above, strings.TrimRight(string(s.cells[0]), " "))
	s.cells = append(s.cells[1:], s.blank())
}

// escape obeys the sequence at the start of in and returns its length, 0 for one that is not known.
func (s *terminalScreen) escape(in []byte) int {
	for _, seq := range []struct {
		text string
		do   func()
	}{
		{clearBelow, func() {
			copy(s.cells[s.y][s.x:], s.blank())
			for y := s.y + 1; y < s.high; y++ {
				s.cells[y] = s.blank()
			}
		}},
		{clearRight, func() { copy(s.cells[s.y][s.x:], s.blank()) }},
		{wrapOff, func() { s.noWrap, s.full = true, false }},
		{wrapOn, func() { s.noWrap = false }},
		{down, func() { s.full = false; s.down() }},
		{up, func() { s.full = false; s.y = max(s.y-1, 0) }},
		{savePlace, func() { s.savedX, s.savedY = s.x, s.y }},
		{restorePlace, func() { s.x, s.y, s.full = s.savedX, s.savedY, false }},
		{reset, func() { s.painted = false }},
		{string(dim), func() { s.painted = true; s.colours++ }},
		{string(bold), func() { s.painted = true; s.colours++ }},
		{string(red), func() { s.painted = true; s.colours++ }},
		{string(yellow), func() { s.painted = true; s.colours++ }},
	} {
		if bytes.HasPrefix(in, []byte(seq.text)) {
			seq.do()
			return len(seq.text)
		}
	}
	return 0
}

// lines returns what is and was on the screen, without the blank end.
func (s *terminalScreen) lines() string {
	all := append([]string(nil), s.above...)
	for _, row := range s.cells {
		all = append(all, strings.TrimRight(string(row), " "))
	}
	return strings.TrimRight(strings.Join(all, "\n"), "\n") + "\n"
}
