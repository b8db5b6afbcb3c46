package main

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestSinks tells files, pipes and devices apart.
func TestSinks(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	f, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err == nil {
		defer full.Close()
		if got := sinkOf(full); got != pipe {
			t.Errorf("/dev/full: %d, want %d", got, pipe)
		}
	} else if runtime.GOOS == "linux" {
		t.Error(err)
	}
	if terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err == nil { // where a test may open one
		defer terminal.Close()
		if got := sinkOf(terminal); got != screen {
			t.Errorf("terminal: %d, want %d", got, screen)
		}
	}
	closed, err := os.Open(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, row := range []struct {
		name string
		f    *os.File
		want sink
	}{{"pipe", w, pipe}, {"file", f, file}, {"null device", null, pipe}, {"closed", closed, pipe}} {
		if got := sinkOf(row.f); got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}

// TestTerminalEnvironment wants escape sequences and colour only where they are welcome.
func TestTerminalEnvironment(t *testing.T) {
	for _, row := range []struct {
		vars    []string
		cursor  bool
		colour  bool
		columns int
	}{
		{[]string{"TERM=xterm"}, true, true, 0},
		{[]string{"TERM=dumb"}, false, false, 0},
		{nil, false, false, 0},
		{[]string{"WT_SESSION=1"}, true, true, 0},
		{[]string{"TERM=xterm", "NO_COLOR=1", "COLUMNS=72"}, true, false, 72},
		{[]string{"TERM=xterm", "NO_COLOR=", "COLUMNS=-3"}, true, true, 0},
		{[]string{"TERM=xterm", "COLUMNS=99999"}, true, true, 0},
	} {
		w := newWorld(t, row.vars...)
		w.stderrSink = screen
		if w.cursor() != row.cursor || w.colour() != row.colour || w.columns() != row.columns {
			t.Errorf("%v: %v %v %d, want %v %v %d", row.vars, w.cursor(), w.colour(), w.columns(), row.cursor, row.colour, row.columns)
		}
		w.stderrSink = pipe
		if w.colour() {
			t.Errorf("%v: colour in a pipe", row.vars)
		}
	}
}

// TestRawOnScreen refuses to write bytes to a terminal.
func TestRawOnScreen(t *testing.T) {
	w := newWorld(t)
	w.stdoutSink = screen
	w.want(t, exitUsage, "invoke", "-demo", "-prompt", "x", "-output", "raw")
	w.stdoutSink = file
	w.want(t, exitOK, "invoke", "-demo", "-prompt", "x", "-output", "raw")
}
