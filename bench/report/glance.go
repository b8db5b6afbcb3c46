package main

import (
	"errors"
	"os"
	"strings"
)

// highlights are the rows of the table that README.md shows: of each subject what a user meets first.
var highlights = []struct{ what, bench, metric, sub string }{
	{"frame of 256 B decoded", "FrameRatio", "ns/frame", "size=256"},
	{"chunk of such a frame, by the client's stream", "FrameToChunkRatio", "ns/chunk", "size=256"},
	{"call with one chunk, over loopback", "ClientCall", "ns/call", "via=loopback"},
	{"allocations of a call, without a network", "ClientCall", "allocs/call", "via=memory"},
	{"signature", "SignRatio", "ns/sign", "attempt=first/token=none"},
	{"stripped binary that decodes a stream", "Binary", "B/binary", "job=decode"},
	{"stripped binary of a client, keys from environment and files", "Binary", "B/binary", "job=config"},
	{"packages in it that are not the standard library's", "Packages", "packages-not-std", "job=config"},
	{"processor time of its build with an empty cache", "ColdBuild", "cpu-s/build", "job=config"},
	{"allocated a chunk of 256 B", "StreamMemory", "B/chunk", "size=256"},
	{"most that the heap grows by while frames of 1 MiB are read", "StreamMemory", "peak-B", "size=1048576"},
	{"held by an open, silent stream", "OpenStreams", "B/stream", "streams=1000"},
}

// What the table stands between in README.md.
const (
	glanceBegin = "<!-- figures of the latest run, written by bench/report -->\n"
	glanceEnd   = "<!-- end of figures -->\n"
)

// findPanel returns the panel that draws a benchmark's metric.
func findPanel(bench, metric string) *panel {
	for _, s := range subjects {
		for i, p := range s.panels {
			if p.bench == bench && p.metric == metric {
				return &s.panels[i]
			}
		}
	}
	return nil
}

// glance returns the table of the highlights that were measured.
func (r *results) glance() string {
	var b strings.Builder
	b.WriteString("| | floor | bedrockwire | AWS SDK for Go | SDK : ours |\n|---|--:|--:|--:|--:|\n")
	for _, h := range highlights {
		p := findPanel(h.bench, h.metric)
		if p == nil {
			continue
		}
		for _, g := range r.groups(*p) {
			if g.sub == h.sub {
				ratio := " |"
				if ours, sdk := g.values[ourSide], g.values[sdkSide]; ours > 0 && sdk > 0 {
					ratio = " " + short(sdk/ours) + "× |"
				}
				b.WriteString("| " + h.what + " |" + cells(*p, g) + ratio + "\n")
			}
		}
	}
	return b.String()
}

// cells are a case's columns: floor, ours, the SDK's. A cell without a value is empty.
func cells(p panel, g group) string {
	var b strings.Builder
	for i := range sides {
		if g.has[i] {
			b.WriteString(" " + p.format(g.values[i]))
		}
		b.WriteString(" |")
	}
	return b.String()
}

// rewriteReadme puts the table in the place of the one that is there.
func rewriteReadme(name string, r *results) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), glanceBegin)
	_, after, closed := strings.Cut(rest, glanceEnd)
	if !ok || !closed {
		return errors.New(name + " has no place for the figures")
	}
	return os.WriteFile(name, []byte(before+glanceBegin+r.glance()+glanceEnd+after), 0o644)
}
