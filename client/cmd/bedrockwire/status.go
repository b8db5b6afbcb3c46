package main

import (
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// figures are what is counted of an answer while it arrives.
type figures struct {
	chunks int64
	bytes  int64         // of the chunks
	first  time.Duration // until the first text; 0 before
	last   time.Duration // until the latest chunk
	tokens int64         // of output, as far as reported
	doing  string        // in place of the first text: "waiting", "reasoning", ...
}

// rate returns tokens a second since the first text, and false where that can't be computed. The
// first token came with the first text, so it does not count.
func (f *figures) rate(until time.Duration) (float64, bool) {
	if f.tokens < 2 || f.first == 0 || until <= f.first {
		return 0, false
	}
	return float64(f.tokens-1) / (until - f.first).Seconds(), true
}

// A status is the line on standard error that shows the progress of a call. A nil status shows
// nothing.
//
// Where the answer goes to the same screen, the line is drawn below the text, and erased before
// more text is written:
//
//	the answer so far, which may contin_        <- the cursor stays here
//	1.2 s, first text after 0.4 s, 14 chunks
//
// Two things can't be asked of a terminal without package unsafe or a library, so the drawing does
// without them:
//
//   - The window's width. Wrapping is switched off while the line is drawn, so that a narrow window
//     cuts it.
//   - The cursor's place. ESC D moves down in the same column and scrolls where it must. The place
//     is saved after that, so that it is still right when it is restored. This can't restore the
//     cursor of a line that is exactly full, where it waits on the last character, so nothing is
//     drawn there. Whether a line may be full is known for lines of ASCII, from COLUMNS or while
//     they are shorter than any window.
type status struct {
	w       io.Writer
	clock   func() time.Time
	shared  bool // the answer goes to the same screen
	columns int  // 0: not known
	began   time.Time

	mu     sync.Mutex // chunks come on one goroutine and ticks on another
	now    figures
	column int // of the answer's text, in characters since its line began; unknownColumn
	drawn  bool
	ended  bool
}

const (
	unknownColumn   = -1
	narrowest       = 20 // columns: no window is narrower
	statusPeriod    = 100 * time.Millisecond
	clearBelow      = "\x1b[J"
	clearRight      = "\x1b[K"
	wrapOff, wrapOn = "\x1b[?7l", "\x1b[?7h"
	down, up        = "\x1bD", "\x1b[A"
	savePlace       = "\x1b7"
	restorePlace    = "\x1b8"
)

func newStatus(e *env) *status {
	return &status{w: e.stderr, clock: e.clock, shared: e.stdoutSink == screen, columns: e.columns(), began: e.clock(), now: figures{doing: waiting}}
}

// set stores new figures. They are drawn with the next text or tick.
func (s *status) set(f figures) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.now = f
	s.mu.Unlock()
}

// tick draws the line again.
func (s *status) tick() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.draw()
	s.mu.Unlock()
}

// write writes a part of the answer, or anything else, to w, and draws the line again after it.
// onScreen says that w is the screen that the line is on.
func (s *status) write(w io.Writer, text []byte, p paint, onScreen bool) error {
	bytes := text
	if p != plain {
		bytes = append(append([]byte(p), text...), reset...)
	}
	if s == nil {
		_, err := w.Write(bytes)
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if onScreen {
		s.erase()
		s.column = columnAfter(s.column, text)
	}
	_, err := w.Write(bytes)
	s.draw()
	return err
}

// end removes the line for good.
func (s *status) end() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.erase()
	s.ended = true
	s.mu.Unlock()
}

// draw draws the line where that can be done safely. s.mu is held.
func (s *status) draw() {
	full := s.columns > 0 && s.column%s.columns == 0 || s.columns == 0 && s.column >= narrowest
	switch {
	case s.ended:
	case s.column == 0:
		s.drawn = true
		io.WriteString(s.w, "\r"+wrapOff+s.line()+clearRight+wrapOn+"\r")
	case s.column != unknownColumn && !full:
		s.drawn = true
		io.WriteString(s.w, down+savePlace+"\r"+wrapOff+s.line()+clearRight+wrapOn+restorePlace+up)
	}
}

// erase removes the line if it is there. The cursor is at its start or above it. s.mu is held.
func (s *status) erase() {
	if s.drawn {
		s.drawn = false
		io.WriteString(s.w, clearBelow)
	}
}

// line returns the text of the line, cut to the window where its width is known.
func (s *status) line() string {
	elapsed := s.clock().Sub(s.began)
	fields := []string{elapsedText(elapsed)}
	switch {
	case s.now.first > 0:
		fields = append(fields, "first text after "+seconds(s.now.first))
	default:
		fields = append(fields, s.now.doing)
	}
	if s.now.chunks > 0 {
		fields = append(fields, count(s.now.chunks, "chunk"))
	}
	if s.now.tokens > 0 {
		fields = append(fields, count(s.now.tokens, "token"))
	}
	if rate, ok := s.now.rate(elapsed); ok {
		fields = append(fields, strconv.FormatFloat(rate, 'f', 0, 64)+" tokens/s")
	}
	// Whole fields are dropped from the right. A window that is too narrow even for the first one
	// shows a part of it.
	line := strings.Join(fields, ", ")
	for s.columns > 0 && len(line) >= s.columns && len(fields) > 1 {
		fields = fields[:len(fields)-1]
		line = strings.Join(fields, ", ")
	}
	if s.columns > 0 && len(line) >= s.columns {
		line = line[:s.columns-1]
	}
	return line
}

// elapsedText returns seconds with one decimal always, so that the line does not jump.
func elapsedText(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// columnAfter returns the column after a text that begins in column c. Anything but printable ASCII
// may be wide, have no width or move to a tab stop, so the column is unknown until the line ends.
func columnAfter(c int, p []byte) int {
	for _, b := range p {
		switch {
		case b == '\n':
			c = 0
		case b < ' ' || b > '~':
			c = unknownColumn
		case c != unknownColumn:
			c++
		}
	}
	return c
}
