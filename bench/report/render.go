package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// markdown returns the text of RESULTS.md.
func (r *results) markdown(pins []string) []byte {
	var b bytes.Buffer
	b.WriteString("# Results\n\nWritten by `bench/report` from one run; README.md has the command. Figures are medians, and times are those of a machine\n" +
		"that other work shares, so only ratios within a run mean anything.\n\n")
	for _, line := range slices.Concat(r.machine, pins) {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	b.WriteString("\n" + r.glance())
	for _, s := range subjects {
		r.section(&b, s)
	}
	r.comparisons(&b)
	r.metrics(&b)
	return b.Bytes()
}

// section is a subject's chart, and its figures as a table a panel.
func (r *results) section(b *bytes.Buffer, s subject) {
	begun := false
	for _, p := range s.panels {
		groups := r.groups(p)
		if len(groups) == 0 {
			continue
		}
		if !begun {
			fmt.Fprintf(b, "\n## %s\n\n![%[1]s](charts/%s.svg)\n", s.title, s.name)
			begun = true
		}
		ratio := "SDK : ours"
		if p.above {
			ratio = "SDK : ours above the floor"
		}
		fmt.Fprintf(b, "\n| %s | floor | ours | SDK | %s |\n|---|--:|--:|--:|--:|\n", p.title, ratio)
		for _, g := range groups {
			ratio := " |"
			if g.ratio > 0 {
				ratio = " **" + short(g.ratio) + "×** |"
			}
			fmt.Fprintf(b, "| %s |%s%s\n", g.label, cells(p, g), ratio)
		}
		if p.floor != "" {
			fmt.Fprintf(b, "\nFloor: %s.\n", p.floor)
		}
	}
}

// comparisons are the benchmarks that differ in impl= alone: one after the other, so their ratios are less steady than
// those above, but with allocations.
func (r *results) comparisons(b *bytes.Buffer) {
	b.WriteString("\n## Comparisons\n\n" +
		"| benchmark | peer | bedrockwire | peer's | ratio | allocations | peer's |\n|---|---|--:|--:|--:|--:|--:|\n")
	for _, p := range r.pairs() {
		mine, _ := r.median(p.mine, "ns/op")
		theirs, _ := r.median(p.peer, "ns/op")
		fmt.Fprintf(b, "| %s | %s | %s | %s | **%s×** | %s | %s |\n", p.name, p.impl, duration(mine), duration(theirs), short(p.ratio),
			r.allocs(p.mine), r.allocs(p.peer))
	}
}

// metrics lists everything that benchmarks report of themselves.
func (r *results) metrics(b *bytes.Buffer) {
	b.WriteString("\n## Metrics measured within a benchmark\n\n| benchmark | metric | median | least | most |\n|---|---|--:|--:|--:|\n")
	for _, name := range r.order {
		for _, unit := range r.units[name] {
			if !isOwnMetric(unit) {
				continue
			}
			v := r.values[name][unit]
			m, _ := r.median(name, unit)
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", name, unit, short(m), short(slices.Min(v)), short(slices.Max(v)))
		}
	}
}

func (r *results) allocs(name string) string {
	if v, ok := r.median(name, "allocs/op"); ok {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return ""
}

// highlights are the rows of the table that README.md shows: first what is measured over TLS. Nothing over plain http is
// among them.
var highlights = []struct{ what, bench, metric, sub string }{
	{"call with one chunk, over HTTP/2", "TLSCall", "ns/call", "protocol=http2"},
	{"call with one chunk, over HTTP/1.1", "TLSCall", "ns/call", "protocol=http1"},
	{"chunk of an answer of 1,000, over HTTP/2", "TLSChunk", "ns/chunk", "protocol=http2"},
	{"chunk of an answer of 1,000, over HTTP/1.1", "TLSChunk", "ns/chunk", "protocol=http1"},
	{"processor time a chunk, 500 streams at once, over HTTP/2", "TLSStreams", "cpu-ns/event", "protocol=http2"},
	{"processor time a chunk, 500 streams at once, over HTTP/1.1", "TLSStreams", "cpu-ns/event", "protocol=http1"},
	{"held by an open, silent stream, over HTTP/2", "TLSMemory", "B/stream", "protocol=http2"},
	{"held by an open, silent stream, over HTTP/1.1", "TLSMemory", "B/stream", "protocol=http1"},
	{"processor time an event, in a relay of 500 streams, over HTTP/2", "TLSRelay", "cpu-ns/relayed", "protocol=http2"},
	{"processor time an event, in a relay of 500 streams, over HTTP/1.1", "TLSRelay", "cpu-ns/relayed", "protocol=http1"},
	{"frame of 256 B decoded", "FrameRatio", "ns/frame", "size=256"},
	{"chunk of such a frame, by the client's stream", "FrameToChunkRatio", "ns/chunk", "size=256"},
	{"allocations of a call, without a network", "ClientCall", "allocs/call", "via=memory"},
	{"signature", "SignRatio", "ns/sign", "attempt=first/token=none"},
	{"stripped binary that decodes a stream", "Binary", "B/binary", "job=decode"},
	{"stripped binary of a client, keys from environment and files", "Binary", "B/binary", "job=config"},
	{"packages in it that are not the standard library's", "Packages", "packages-not-std", "job=config"},
	{"processor time of its build with an empty cache", "ColdBuild", "cpu-s/build", "job=config"},
	{"allocated a chunk of 256 B", "StreamMemory", "B/chunk", "size=256"},
	{"most that the heap grows by while frames of 1 MiB are read", "StreamMemory", "peak-B", "size=1048576"},
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
