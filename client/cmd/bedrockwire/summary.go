package main

import (
	"io"
	"strconv"
	"strings"
	"time"

	"bedrockwire/model"
)

// summary shows a person what the call came to. What the service says in its metrics is what it
// bills, so it wins over the model's own counts.
func (a *answer) summary(s chunks) {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			b.WriteString(name + strings.Repeat(" ", max(1, 13-len(name))) + value + "\n")
		}
	}
	var m model.InvocationMetrics
	var measured bool
	if metered, ok := s.(interface {
		Metrics() (model.InvocationMetrics, bool)
	}); ok {
		m, measured = metered.Metrics()
	}
	usage := a.all.Usage
	in, out, read, written := usage.Input, a.figures.tokens, usage.CacheRead, usage.CacheWrite
	if measured {
		in, out = m.InputTokenCount, m.OutputTokenCount
		read, written = max(read, m.CacheReadInputTokenCount), max(written, m.CacheWriteInputTokenCount)
		a.figures.tokens = out
	}
	row("stop reason", oneLine(a.all.StopReason))
	if a.intervened() {
		row("guardrail", "intervened")
	}
	switch {
	case out > 0:
		row("tokens", strconv.FormatInt(in, 10)+" in, "+strconv.FormatInt(out, 10)+" out")
	case in > 0:
		row("tokens", strconv.FormatInt(in, 10)+" in")
	}
	if read > 0 || written > 0 {
		row("cache", strconv.FormatInt(read, 10)+" read, "+strconv.FormatInt(written, 10)+" written")
	}
	whole, isWhole := s.(*wholeAnswer)
	if rate, ok := a.figures.rate(a.figures.last); ok && !isWhole {
		row("speed", strconv.FormatFloat(rate, 'f', 1, 64)+" tokens/s")
	}
	service := func(d time.Duration) string { // what the service measured itself, without the network
		if d == 0 {
			return ""
		}
		return " (service " + seconds(d) + ")"
	}
	if a.figures.first > 0 && !isWhole {
		row("first text", seconds(a.figures.first)+service(m.FirstByteLatency))
	}
	row("total", seconds(a.e.clock().Sub(a.began))+service(m.InvocationLatency))
	if isWhole {
		row("body", count(int64(len(whole.body)), "byte"))
	} else {
		row("chunks", strconv.FormatInt(a.figures.chunks, 10)+", "+count(a.figures.bytes, "byte"))
	}
	if skipping, ok := s.(interface{ Skipped() int64 }); ok && skipping.Skipped() > 0 {
		row("skipped", count(skipping.Skipped(), "event")+" of unknown kinds")
	}
	row("request id", oneLine(s.RequestID()))
	text := a.e.painted(dim, strings.TrimSuffix(b.String(), "\n")) + "\n"
	if a.e.stdoutSink == screen {
		text = "\n" + text
	}
	io.WriteString(a.e.stderr, text)
}
