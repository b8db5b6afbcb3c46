package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
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
