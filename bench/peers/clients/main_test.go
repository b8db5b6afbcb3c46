package main

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// TestRewrite: the section is put in its place, and a run whose results are new fails.
func TestRewrite(t *testing.T) {
	const section = "\nnew\n"
	whole := sectionBegin + section + sectionEnd
	for _, c := range []struct {
		name, old, want string
		ok              bool
	}{
		{"the same", "a\n" + whole + "b\n", "a\n" + whole + "b\n", true},
		{"another", "a\n" + sectionBegin + "old\n" + sectionEnd + "b\n", "a\n" + whole + "b\n", false},
		{"the first", "a\n", "a\n\n" + whole, false},
		{"no end", "a\n" + sectionBegin, "a\n" + sectionBegin, false},
		{"no beginning", "a\n" + sectionEnd, "a\n" + sectionEnd, false},
	} {
		file := filepath.Join(t.TempDir(), "RESULTS.md")
		if err := os.WriteFile(file, []byte(c.old), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := rewrite(file, section); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestSectionIsKept: bench/report knows the line that the section begins with.
func TestSectionIsKept(t *testing.T) {
	b, err := os.ReadFile("../../report/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), strconv.Quote(sectionBegin)) {
		t.Errorf("bench/report does not keep what begins with %q", sectionBegin)
	}
}

// TestTally: the worst thing that a decoder does with a stream counts.
func TestTally(t *testing.T) {
	good, bad := frametest.Frame{Payload: []byte("a")}, "62"
	for _, c := range []struct {
		name string
		end  error
		d    decoded
		want tally
	}{
		{"good", io.EOF, decoded{frames: []string{"61"}}, tally{right: 1}},
		{"good, and an error", io.EOF, decoded{frames: []string{"61"}, failed: true}, tally{early: 1}},
		{"good, and a frame too many", io.EOF, decoded{frames: []string{"61", bad}}, tally{wrong: 1}},
		{"good, and another frame comes", io.EOF, decoded{frames: []string{bad}}, tally{wrong: 1}},
		{"fault", frame.ErrTruncated, decoded{frames: []string{"61"}, failed: true}, tally{right: 1}},
		{"fault, and a clean end", frame.ErrTruncated, decoded{frames: []string{"61"}}, tally{clean: 1}},
		{"fault, and no frame", frame.ErrTruncated, decoded{failed: true}, tally{early: 1}},
		{"fault, and its frame comes", frame.ErrHeader, decoded{frames: []string{"61", bad}, failed: true}, tally{wrong: 1}},
	} {
		var got tally
		got.add(frametest.Vector{Frames: []frametest.Frame{good}, End: c.end}, c.d)
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
