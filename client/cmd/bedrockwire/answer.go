package main

import (
	"io"
	"strconv"
	"strings"
	"time"

	"bedrockwire/client"
	"bedrockwire/model/text"
)

// What a model does before its first text.
const (
	waiting     = "waiting"
	reasoning   = "reasoning"
	callingTool = "calling a tool"
)

// maxToolInput is how much of a tool call's input is shown. It is for people to see; programs read -output json.
const maxToolInput = 4 << 10

// An answer writes a model's answer as it comes, one write a chunk and no buffer in between, and keeps what the
// summary tells.
type answer struct {
	e        *env
	status   *status
	output   string
	thoughts bool // show the model's reasoning, on standard error
	began    time.Time

	figures figures
	input   int64  // tokens, as far as told
	stop    string // the model's word
	failure string // an error in the model's own format
	ended   bool   // a chunk said that the answer is complete
	strange int64  // chunks of a format that is not known
	tool    struct {
		open  bool
		name  string
		input []byte
		more  bool // there was more input than is kept
	}

	buf     []byte // what Extract has to unescape
	out     []byte // what is written
	textful bool   // text was written
	midline int    // 0: at the start of a line; 1: standard output is inside one; 2: standard error is
}

func newAnswer(e *env, s *status, output string, thoughts bool) *answer {
	return &answer{e: e, status: s, output: output, thoughts: thoughts, began: e.clock(), figures: figures{doing: waiting}}
}

// chunk writes what a chunk adds to the answer. The error is that of the write.
func (a *answer) chunk(chunk []byte) error {
	a.figures.chunks++
	a.figures.bytes += int64(len(chunk))
	a.figures.last = a.e.clock().Sub(a.began)
	d, buf, err := text.Extract(a.buf[:0], chunk)
	a.buf = buf
	if err != nil || d.Kind == text.Unknown {
		a.strange++
	}
	a.count(&d)
	switch {
	case a.output == "json":
		a.out = appendJSONLine(a.out[:0], chunk)
		return a.put(1)
	case a.output == "raw": // the tap has written it
		return nil
	}
	if len(d.Reasoning) > 0 && a.thoughts {
		a.out = appendAnswer(a.out[:0], d.Reasoning)
		if err := a.put(2); err != nil {
			return err
		}
	}
	if d.Tool.Calls > 0 {
		a.toolPart(&d.Tool)
	} else if d.Kind != text.None && d.Kind != text.Unknown {
		a.toolEnd()
	}
	if len(d.Text) > 0 {
		a.textful = true
		a.out = appendAnswer(a.out[:0], d.Text)
		return a.put(1)
	}
	a.status.tick()
	return nil
}

// count takes over what a delta tells beside its text.
func (a *answer) count(d *text.Delta) {
	if d.End {
		a.ended = true
	}
	// The last word counts: metrics come at the end and are what is billed.
	if d.Usage.Input > 0 {
		a.input = d.Usage.Input
	}
	// What some models tell before they have begun is no count of an answer.
	if d.Usage.Output > 0 && (d.End || a.figures.first > 0 || a.figures.doing != waiting) {
		a.figures.tokens = d.Usage.Output
	}
	switch {
	case d.Kind == text.Fault:
		a.failure = string(d.Code)
	case len(d.StopReason) > 0:
		a.stop = string(d.StopReason)
	}
	switch {
	case len(d.Text) > 0 && a.figures.first == 0:
		a.figures.first = max(a.figures.last, 1)
	case d.Kind == text.Reasoning:
		a.figures.doing = reasoning
	case d.Kind == text.ToolUse:
		a.figures.doing = callingTool
	}
	a.status.set(a.figures)
}

// put writes a.out to standard output (1) or standard error (2).
func (a *answer) put(stream int) error {
	if len(a.out) == 0 {
		return nil
	}
	w, on := a.e.stdout, a.e.stdoutSink
	if stream == 2 {
		w, on = a.e.stderr, a.e.stderrSink
	}
	if a.midline != 0 && a.midline != stream {
		a.breakLine()
	}
	a.midline = stream
	if a.out[len(a.out)-1] == '\n' {
		a.midline = 0
	}
	p := plain
	if stream == 2 && a.e.colour() {
		p = dim
	}
	return a.status.write(w, a.out, p, on == screen)
}

// breakLine ends a line on the screen that the other stream has begun. The line feed goes to standard error, so
// that the answer on standard output stays as the model wrote it.
func (a *answer) breakLine() {
	if a.midline == 2 || a.midline == 1 && a.e.stdoutSink == screen && a.e.stderrSink == screen {
		a.status.write(a.e.stderr, []byte("\n"), plain, a.e.stderrSink == screen)
		a.midline = 0
	}
}

// aside tells something on a line of its own on standard error.
func (a *answer) aside(p paint, line string) {
	a.breakLine()
	if !a.e.colour() {
		p = plain
	}
	a.status.write(a.e.stderr, append(appendLine(nil, line), '\n'), p, a.e.stderrSink == screen)
}

// toolPart gathers a tool call, which comes in pieces.
func (a *answer) toolPart(t *text.Tool) {
	if len(t.Name) > 0 {
		a.toolEnd()
		a.tool.open, a.tool.name = true, string(t.Name)
	}
	a.tool.open = true
	room := maxToolInput - len(a.tool.input)
	a.tool.more = a.tool.more || len(t.Input) > room
	a.tool.input = append(a.tool.input, t.Input[:min(room, len(t.Input))]...)
}

// toolEnd shows a tool call that is complete.
func (a *answer) toolEnd() {
	if !a.tool.open {
		return
	}
	line := "tool call: " + a.tool.name + " " + string(a.tool.input)
	if a.tool.more {
		line += "…"
	}
	a.aside(bold, line)
	a.tool.open, a.tool.name, a.tool.input, a.tool.more = false, "", a.tool.input[:0], false
}

// end ends the answer's last line, and says what a reader of the text alone would not know.
func (a *answer) end() {
	if a.output == "text" {
		a.toolEnd()
	}
	a.status.end()
	if a.midline == 1 {
		io.WriteString(a.e.stdout, "\n")
	} else if a.midline == 2 {
		io.WriteString(a.e.stderr, "\n")
	}
	a.midline = 0
	if a.output != "text" {
		return
	}
	if word := stopWord(a.stop); word != "" {
		a.aside(yellow, "The answer is not complete: "+word)
	}
	if a.strange > 0 && !a.textful {
		a.aside(yellow, "No text was found: "+count(a.strange, "chunk")+" in a format this version does not know. -output json shows them.")
	}
}

// stopWord says what a stop reason means where the answer is cut or withheld, in the words of each family.
func stopWord(reason string) string {
	switch strings.ToLower(reason) {
	case "max_tokens", "max_token", "length":
		return "it reached the longest length asked for (" + oneLine(reason) + "). -max-tokens raises it."
	case "content_filtered", "content_filter", "guardrail_intervened", "refusal", "error_toxic":
		return "it was withheld by a filter (" + oneLine(reason) + ")."
	case "model_context_window_exceeded", "error_limit":
		return "the model's context is full (" + oneLine(reason) + ")."
	case "pause_turn":
		return "the model paused (" + oneLine(reason) + "); send the answer back to go on."
	}
	return ""
}

// summary tells a person what the call came to.
func (a *answer) summary(s *client.Stream) {
	var b strings.Builder
	row := func(name, value string) {
		if value != "" {
			b.WriteString(name + strings.Repeat(" ", max(1, 13-len(name))) + value + "\n")
		}
	}
	m, measured := s.Metrics()
	in, out := a.input, a.figures.tokens
	if measured {
		in, out = m.InputTokenCount, m.OutputTokenCount
		a.figures.tokens = out
	}
	row("stop reason", oneLine(a.stop))
	switch {
	case out > 0:
		row("tokens", strconv.FormatInt(in, 10)+" in, "+strconv.FormatInt(out, 10)+" out")
	case in > 0:
		row("tokens", strconv.FormatInt(in, 10)+" in")
	}
	if m.CacheReadInputTokenCount > 0 || m.CacheWriteInputTokenCount > 0 {
		row("cache", strconv.FormatInt(m.CacheReadInputTokenCount, 10)+" read, "+strconv.FormatInt(m.CacheWriteInputTokenCount, 10)+" written")
	}
	if rate, ok := a.figures.rate(a.figures.last); ok {
		row("speed", strconv.FormatFloat(rate, 'f', 1, 64)+" tokens/s")
	}
	own := func(d time.Duration) string { // what the service measured itself, without the way to here
		if !measured {
			return ""
		}
		return " (service " + seconds(d) + ")"
	}
	if a.figures.first > 0 {
		row("first text", seconds(a.figures.first)+own(m.FirstByteLatency))
	}
	row("total", seconds(a.e.clock().Sub(a.began))+own(m.InvocationLatency))
	row("chunks", strconv.FormatInt(a.figures.chunks, 10)+", "+count(a.figures.bytes, "byte"))
	if n := s.Skipped(); n > 0 {
		row("passed over", count(n, "event")+" of unknown kinds")
	}
	row("request id", oneLine(s.RequestID()))
	text := a.e.painted(dim, strings.TrimSuffix(b.String(), "\n")) + "\n"
	if a.e.stdoutSink == screen {
		text = "\n" + text
	}
	io.WriteString(a.e.stderr, text)
}
