package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
)

// markdown returns the text of RESULTS.md.
func (r *results) markdown(versions []string) []byte {
	var b bytes.Buffer
	b.WriteString("# Results\n\nWritten by `bench/report` from one run; README.md has the command. Times are medians, on a machine that other work shares,\n" +
		"so only ratios within a run mean anything.\n\n")
	for _, line := range r.machine {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	for _, v := range versions {
		fmt.Fprintf(&b, "- %s\n", v)
	}
	b.WriteString("\n![How many times faster than each peer](ratios.svg)\n\n## Comparisons\n\n" +
		"| benchmark | peer | bedrockwire | peer's | ratio | allocations | peer's |\n|---|---|--:|--:|--:|--:|--:|\n")
	for _, p := range r.pairs() {
		mine, _ := r.median(p.mine, "ns/op")
		theirs, _ := r.median(p.peer, "ns/op")
		fmt.Fprintf(&b, "| %s | %s | %s | %s | **%s×** | %s | %s |\n", p.name, p.impl, duration(mine), duration(theirs), short(p.ratio),
			r.allocs(p.mine), r.allocs(p.peer))
	}
	b.WriteString("\n## Metrics measured within a benchmark\n\n| benchmark | metric | median | least | most |\n|---|---|--:|--:|--:|\n")
	for _, name := range r.order {
		for _, unit := range r.units[name] {
			if !isRatio(unit) {
				continue
			}
			v := r.values[name][unit]
			m, _ := r.median(name, unit)
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, unit, short(m), short(slices.Min(v)), short(slices.Max(v)))
		}
	}
	return b.Bytes()
}

func (r *results) allocs(name string) string {
	if v, ok := r.median(name, "allocs/op"); ok {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return ""
}

func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return short(ns) + " ns"
	case ns < 1e6:
		return short(ns/1e3) + " µs"
	case ns < 1e9:
		return short(ns/1e6) + " ms"
	}
	return short(ns/1e9) + " s"
}

// short writes a number with three significant digits and no exponent.
func short(v float64) string {
	digits := 2
	if a := math.Abs(v); a >= 100 {
		digits = 0
	} else if a >= 10 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// chart draws the ratios as bars on a logarithmic scale from 1 on. Text and ticks keep to the reader's
// colours, so that it reads on white and on black.
func (r *results) chart() []byte {
	const (
		width, label, row, top = 1000, 460, 24, 40
		span                   = width - label - 90
	)
	bars := r.bars()
	most := 10.0
	for _, p := range bars {
		most = max(most, p.ratio)
	}
	x := func(v float64) float64 { return label + span*math.Log(max(v, 1))/math.Log(most) }
	var b bytes.Buffer
	height := top + row*len(bars) + 20
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	b.WriteString("<style>text{fill:#222}line{stroke:#bbb}@media(prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#555}}</style>\n")
	fmt.Fprintf(&b, `<text x="%d" y="16">times faster than the peer, in one run (logarithmic)</text>`+"\n", label)
	for tick := 1.0; tick <= most; tick *= 10 {
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d"/><text x="%.1f" y="%d" text-anchor="middle">%.0f×</text>`+"\n",
			x(tick), top-6, x(tick), height-14, x(tick), top-10, tick)
	}
	for i, p := range bars {
		y := top + row*i
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, label-8, y+16, html.EscapeString(p.name+" : "+p.peer))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="#2a7ab9"><title>%s</title></rect>`,
			label, y+4, max(x(p.ratio)-label, 1), row-8, html.EscapeString(p.name+" against "+p.peer))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%s×</text>`+"\n", x(p.ratio)+6, y+16, short(p.ratio))
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
