package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
)

// The layout of a chart, in the units of its viewBox. Text of 12 units is at most 7 wide a letter, which is what the
// margins are made for.
const (
	chartWidth = 880
	labelWidth = 210 // the cases' names, to the left of the bars
	noteWidth  = 200 // the values, to the right of the longest bar
	ratioWidth = 80  // the last column
	barStep    = 17
	barHeight  = 12
	groupGap   = 9
	span       = chartWidth - labelWidth - noteWidth - ratioWidth
)

// style colours a chart. It brings its own background, which changes together with the text: so it reads on white and
// on black, also where the page and the reader's system disagree about which it is.
const style = `<style>.card{fill:#fff;stroke:#d0d7de}.text{fill:#1f2328}.faint{fill:#59636e}.line{stroke:#d0d7de}` +
	`.value{stroke:#fff;stroke-width:3px;paint-order:stroke}` + // values blot out the lines that they stand on
	`@media(prefers-color-scheme:dark){.card{fill:#0d1117;stroke:#3d444d}.text{fill:#f0f6fc}.faint{fill:#9198a1}.line{stroke:#3d444d}` +
	`.value{stroke:#0d1117}}</style>`

// scale turns a value into a bar's length.
type scale struct {
	log         bool
	least, most float64
}

// logFrom is how many times the least value the greatest must be for a logarithmic scale: below it, the shortest bar
// can still be seen on a linear one, which is the more honest.
const logFrom = 150

func newScale(groups []group) scale {
	s := scale{least: math.Inf(1)}
	for _, g := range groups {
		for i, v := range g.values {
			if g.has[i] && v > 0 {
				s.least, s.most = min(s.least, v), max(s.most, v)
			}
		}
	}
	least := s.least
	if s.log = s.most > logFrom*s.least; s.log {
		s.least = math.Pow(10, math.Floor(math.Log10(s.least)))
		if s.least > 0.8*least {
			s.least /= 10 // else the shortest bar would have no length
		}
	}
	return s
}

func (s scale) length(v float64) float64 {
	switch {
	case v <= 0 || s.most <= 0:
		return 0
	case s.log:
		return span * max(0, math.Log(v/s.least)) / math.Log(s.most/s.least)
	}
	return span * v / s.most
}

// ticks are the values that lines are drawn at: where bars start, and on a logarithmic scale each power of ten.
func (s scale) ticks() []float64 {
	if !s.log {
		return []float64{0}
	}
	var out []float64
	for v := s.least; v <= s.most; v *= 10 {
		out = append(out, v)
	}
	return out
}

// chart draws a subject's panels that have values, one below the other; nil where there are none.
func (r *results) chart(s subject) []byte {
	var body, told bytes.Buffer
	var drawn [len(sides)]bool
	y := 74
	for _, p := range s.panels {
		groups := r.groups(p)
		if len(groups) == 0 {
			continue
		}
		y = drawPanel(&body, p, groups, y)
		fmt.Fprintf(&told, "%s: ", p.title)
		for i, g := range groups {
			if i > 0 {
				told.WriteString("; ")
			}
			told.WriteString(g.label + ": " + tell(p, g))
			for i, has := range g.has {
				drawn[i] = drawn[i] || has
			}
		}
		told.WriteString(". ")
	}
	if body.Len() == 0 {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %[3]s-desc" `+
		`font-family="system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" font-size="12">`+"\n", chartWidth, y, s.name)
	fmt.Fprintf(&b, "<title id=\"%s-title\">%s</title>\n<desc id=\"%[1]s-desc\">%[3]s</desc>\n", s.name, html.EscapeString(s.title),
		html.EscapeString(string(bytes.TrimSpace(told.Bytes()))))
	fmt.Fprintf(&b, "%s\n<rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", style, chartWidth-1, y-1)
	fmt.Fprintf(&b, `<text class="text" x="16" y="28" font-size="16" font-weight="600">%s</text>`+"\n", html.EscapeString(s.title))
	x := 16
	for i, side := range sides {
		if !drawn[i] {
			continue
		}
		fmt.Fprintf(&b, `<rect x="%d" y="42" width="12" height="12" rx="2" fill="%s"/><text class="text" x="%d" y="52">%s</text>`+"\n",
			x, side.colour, x+18, side.legend)
		x += 18 + 7*len(side.legend) + 22
	}
	b.Write(body.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// drawPanel draws a panel whose top is y, and returns where the next one starts.
func drawPanel(b *bytes.Buffer, p panel, groups []group, y int) int {
	s := newScale(groups)
	title := p.title
	if s.log {
		title += " (logarithmic, ten times from line to line)"
	}
	fmt.Fprintf(b, `<text class="text" x="16" y="%d" font-weight="600">%s</text>`, y+14, html.EscapeString(title))
	ratio := "SDK : ours"
	if p.above {
		ratio = "SDK : ours, above floor"
	}
	fmt.Fprintf(b, `<text class="faint" x="%d" y="%d" text-anchor="end">%s</text>`+"\n", chartWidth-16, y+14, ratio)
	y += 20
	if p.floor != "" {
		fmt.Fprintf(b, `<text class="faint" x="16" y="%d">floor: %s</text>`+"\n", y+12, html.EscapeString(p.floor))
		y += 18
	}
	y += 4
	bottom := y - groupGap + 4
	for _, g := range groups {
		bottom += g.bars()*barStep + groupGap
	}
	for _, tick := range s.ticks() {
		x := labelWidth + s.length(tick)
		fmt.Fprintf(b, `<line class="line" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x, y-2, x, bottom)
	}
	b.WriteByte('\n')
	for _, g := range groups {
		bars := 0
		for i, side := range sides {
			if !g.has[i] {
				continue
			}
			length := s.length(g.values[i])
			at := y + bars*barStep
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="1" fill="%s"/>`, labelWidth, at+2, max(length, 1), barHeight, side.colour)
			fmt.Fprintf(b, `<text class="text value" x="%.1f" y="%d">%s</text>`+"\n", labelWidth+length+6, at+12, html.EscapeString(valueText(p, g, i)))
			bars++
		}
		middle := y + bars*barStep/2 + 4
		fmt.Fprintf(b, `<text class="text" x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, middle, html.EscapeString(g.label))
		if g.ratio > 0 {
			fmt.Fprintf(b, `<text class="text" x="%d" y="%d" text-anchor="end" font-weight="600">%s×</text>`, chartWidth-16, middle, short(g.ratio))
		}
		b.WriteByte('\n')
		y += bars*barStep + groupGap
	}
	return y + 10
}

// valueText is what stands at a bar.
func valueText(p panel, g group, i int) string {
	text := p.format(g.values[i])
	if p.above && i != floorSide && g.has[floorSide] {
		if d := g.values[i] - g.values[floorSide]; d > 0 {
			text += ", floor + " + p.format(d)
		}
	}
	return text
}

// tell puts a case into words, for those who don't see the bars.
func tell(p panel, g group) string {
	var text string
	for i, side := range sides {
		if !g.has[i] {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += side.word + " " + p.format(g.values[i])
	}
	return text
}
