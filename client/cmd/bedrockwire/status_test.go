package main

import (
	"testing"
	"time"
)

// TestStatusLine wants whole fields, as many as fit.
func TestStatusLine(t *testing.T) {
	at := time.Unix(0, 0)
	s := &status{clock: func() time.Time { return at.Add(2500 * time.Millisecond) }, began: at,
		now: figures{chunks: 14, first: 500 * time.Millisecond, tokens: 41}}
	for columns, want := range map[int]string{
		0:  "2.5 s, first text after 500 ms, 14 chunks, 41 tokens, 20 tokens/s",
		80: "2.5 s, first text after 500 ms, 14 chunks, 41 tokens, 20 tokens/s",
		66: "2.5 s, first text after 500 ms, 14 chunks, 41 tokens, 20 tokens/s",
		65: "2.5 s, first text after 500 ms, 14 chunks, 41 tokens",
		31: "2.5 s, first text after 500 ms",
		20: "2.5 s", 4: "2.5", 1: "",
	} {
		s.columns = columns
		if got := s.line(); got != want {
			t.Errorf("%d columns: %q, want %q", columns, got, want)
		}
	}
}
