package main

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed equivalent.txt
var equivalentText string

// An equivalent is an entry of equivalent.txt.
type equivalent struct {
	line  int // of equivalent.txt
	entry string
	why   string
	used  bool
}

// parseEquivalents reads the entries by their text. Empty lines separate them; lines that begin with # are comments.
func parseEquivalents(text string) (map[string]*equivalent, error) {
	entries := map[string]*equivalent{}
	var b strings.Builder
	first := 0
	for i, line := range strings.Split(text, "\n") {
		n := i + 1
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			if b.Len() > 0 {
				return nil, fmt.Errorf("equivalent.txt:%d: an entry without a reason", first)
			}
		case strings.HasPrefix(line, "why:"):
			why := strings.TrimSpace(strings.TrimPrefix(line, "why:"))
			if b.Len() == 0 || why == "" {
				return nil, fmt.Errorf("equivalent.txt:%d: a reason without an entry, or an empty one", n)
			}
			if entries[b.String()] != nil {
				return nil, fmt.Errorf("equivalent.txt:%d: the entry was there before", first)
			}
			entries[b.String()] = &equivalent{line: first, entry: b.String(), why: why}
			b.Reset()
		default:
			if b.Len() == 0 {
				first = n
			}
			b.WriteString(line + "\n")
		}
	}
	if b.Len() > 0 {
		return nil, fmt.Errorf("equivalent.txt:%d: an entry without a reason", first)
	}
	return entries, nil
}
