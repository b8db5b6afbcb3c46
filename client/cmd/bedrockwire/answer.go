package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"bedrockwire/model/text"
)

// What a model does before its first text.
const (
	waiting     = "waiting"
	reasoning   = "reasoning"
	callingTool = "calling a tool"
)

// An answer writes a model's answer chunk by chunk as it comes, one write a chunk, and adds up what
// the summary shows.
type answer struct {
	e        *env
	status   *status
	output   string
	thoughts bool   // show the model's reasoning, on standard error
	unit     string // what the answer comes in, for people: "chunk", or "part" of a body
	began    time.Time

	figures figures
	all     text.Answer // without the text that was written
	shown   int         // how many of its tool calls were shown
	missed  []missed

	buf     []byte // what Extract has to unescape
	out     []byte // what is written
	midline int    // 0: at the start of a line; 1: standard output is inside one; 2: standard error is
}

func newAnswer(e *env, s *status, output string, thoughts bool) *answer {
	return &answer{e: e, status: s, output: output, thoughts: thoughts, unit: "chunk", began: e.clock(), figures: figures{doing: waiting}}
}

// chunk writes what a chunk adds to the answer. The error is that of the write.
func (a *answer) chunk(chunk []byte) error {
	a.figures.chunks++
	a.figures.bytes += int64(len(chunk))
	a.figures.last = a.e.clock().Sub(a.began)
	d, buf, err := text.Extract(a.buf[:0], chunk)
	a.buf = buf
	a.add(&d, err)
	switch a.output {
	case "json":
		a.out = appendJSONLine(a.out[:0], chunk)
		return a.put(1)
	case "raw": // the tap has written it
		return nil
	}
	if n := len(a.all.Thoughts); n > 0 {
		if err := a.piece(2, &a.all.Thoughts[n-1].Text, false); err != nil {
			return err
		}
	}
	if d.StopReason != nil || d.End {
		a.toolCalls()
	}
	if len(d.Text) == 0 {
		a.status.tick()
	}
	return a.piece(1, &a.all.Text, false)
}

// add takes over what a delta says. err is that of its extraction.
func (a *answer) add(d *text.Delta, err error) {
	before := a.all.NotUnderstood
	a.all.Add(d)
	if a.all.NotUnderstood > before {
		a.miss(d, err)
	}
	// Some models count before they have begun, which is not a count of the answer.
	if d.Usage.Output > 0 && (d.End || a.figures.first > 0 || a.figures.doing != waiting) {
		a.figures.tokens = d.Usage.Output
	}
	switch {
	case len(d.Text) > 0 && a.figures.first == 0:
		a.figures.first = max(a.figures.last, 1)
	case len(d.Reasoning) > 0:
		a.figures.doing = reasoning
	case d.Tool.Calls > 0:
		a.figures.doing = callingTool
	}
	a.status.set(a.figures)
}

var replacement = []byte("\uFFFD")

// piece writes text that was not written yet, and takes it out of p. A U+FFFD at its end stays
// there until more text or the end comes: it may be half of a character whose other half is in the
// next chunk, and text.Answer joins them.
func (a *answer) piece(stream int, p *[]byte, end bool) error {
	ready := *p
	if !end {
		ready = bytes.TrimSuffix(ready, replacement)
	}
	if stream == 1 || a.thoughts {
		a.out = appendAnswer(a.out[:0], ready)
		if err := a.put(stream); err != nil {
			return err
		}
	}
	*p = append((*p)[:0], (*p)[len(ready):]...)
	return nil
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

// breakLine ends a line on the screen that the other stream has begun. The line feed goes to
// standard error, so that the answer on standard output stays as the model wrote it.
func (a *answer) breakLine() {
	if a.midline == 2 || a.midline == 1 && a.e.stdoutSink == screen && a.e.stderrSink == screen {
		a.status.write(a.e.stderr, []byte("\n"), plain, a.e.stderrSink == screen)
		a.midline = 0
	}
}

// aside writes a line of its own to standard error.
func (a *answer) aside(p paint, line string) {
	a.breakLine()
	if !a.e.colour() {
		p = plain
	}
	a.status.write(a.e.stderr, append(appendLine(nil, line), '\n'), p, a.e.stderrSink == screen)
}

// toolCalls shows the tool calls that were not shown yet. It is called when the model has stopped:
// the pieces of several calls may be interleaved, and only then each is whole.
func (a *answer) toolCalls() {
	calls := a.all.ToolCalls()
	for _, c := range calls[min(a.shown, len(calls)):] {
		label := "tool call: "
		if !json.Valid(c.Input) {
			label = "tool call, with an input that is not valid JSON: "
		}
		a.aside(bold, label+c.Name+" "+string(c.Input))
	}
	a.shown = len(calls)
}

// end writes what was held back and ends the last line. Then it says what a reader of the text
// alone would not know.
func (a *answer) end() (err error) {
	if a.output == "text" {
		for i := range a.all.Thoughts {
			err = errors.Join(err, a.piece(2, &a.all.Thoughts[i].Text, true))
		}
		err = errors.Join(err, a.piece(1, &a.all.Text, true))
		a.toolCalls()
	}
	a.status.end()
	if a.midline == 1 {
		_, wrong := io.WriteString(a.e.stdout, "\n")
		err = errors.Join(err, wrong)
	} else if a.midline == 2 {
		io.WriteString(a.e.stderr, "\n")
	}
	a.midline = 0
	if a.output != "text" {
		return err
	}
	if reason := stopText(a.all.StopReason); reason != "" {
		a.aside(yellow, "The answer is not complete: "+reason)
	} else if a.all.Refusal {
		a.aside(yellow, "The model refused to answer.")
	}
	if a.intervened() {
		a.aside(yellow, "A guardrail blocked or replaced the answer, or a part of it.")
	}
	return err
}

// intervened reports whether Bedrock said that a guardrail has blocked or replaced the answer.
func (a *answer) intervened() bool {
	return strings.EqualFold(a.all.Guardrail, "INTERVENED") || strings.EqualFold(a.all.StopReason, "guardrail_intervened")
}

// stopText says what a stop reason means where the answer is cut or withheld. The reasons are those
// of all families.
func stopText(reason string) string {
	switch strings.ToLower(reason) {
	case "max_tokens", "max_token", "length":
		return "it reached the longest length asked for (" + oneLine(reason) + "). -max-tokens raises it."
	case "content_filtered", "content_filter", "guardrail_intervened", "refusal", "error_toxic":
		return "it was withheld by a filter (" + oneLine(reason) + ")."
	case "model_context_window_exceeded", "error_limit":
		return "the model's context is full (" + oneLine(reason) + ")."
	case "pause_turn":
		return "the model paused (" + oneLine(reason) + "). Send the answer back to go on."
	case "malformed_model_output", "malformed_tool_use":
		return "the model wrote something that can't be used (" + oneLine(reason) + ")."
	}
	return ""
}

// missed is a reason for which chunks were not understood.
type missed struct {
	reason string
	chunks int64
	first  int64 // number of the first such chunk, from 1
}

// maxReasons is how many different reasons are kept. A server can cause any number of them.
const maxReasons = 8

// miss records why a chunk was not understood. err is that of its extraction.
func (a *answer) miss(d *text.Delta, err error) {
	var reason string
	switch {
	case err != nil:
		reason = err.Error()
	case d.Kind == text.Unknown && d.Shape == text.ShapeUnknown:
		reason = "a format that this version does not know"
	case d.Kind == text.Unknown:
		reason = "content in a form that this version does not know, in " + d.Shape.String()
	case d.Index != 0:
		reason = "a second answer next to the first"
	default:
		reason = "an answer of more than " + strconv.Itoa(text.MaxAnswer>>20) + " MiB"
	}
	same := func(m missed) bool { return m.reason == reason }
	i := slices.IndexFunc(a.missed, same)
	if i < 0 && len(a.missed) >= maxReasons {
		reason = "other reasons"
		i = slices.IndexFunc(a.missed, same)
	}
	if i < 0 {
		a.missed = append(a.missed, missed{reason: reason, first: a.figures.chunks})
		i = len(a.missed) - 1
	}
	a.missed[i].chunks++
}

// errNotUnderstood is the kind of the error for an answer with chunks that were not understood.
var errNotUnderstood = errors.New("not understood")

// notUnderstood returns the error for the chunks of the answer that were not understood, nil for
// none.
func (a *answer) notUnderstood() error {
	if a.all.NotUnderstood == 0 {
		return nil
	}
	var reasons []string
	for _, m := range a.missed {
		where := a.unit + " " + strconv.FormatInt(m.first, 10)
		if m.chunks > 1 {
			where = count(m.chunks, a.unit) + " from number " + strconv.FormatInt(m.first, 10) + " on"
		}
		reasons = append(reasons, where+": "+m.reason)
	}
	n := int64(a.all.NotUnderstood)
	were := "were"
	if n == 1 {
		were = "was"
	}
	return fmt.Errorf("a part of the answer may be missing: %s of %d %s %w (%s)",
		count(n, a.unit), a.figures.chunks, were, errNotUnderstood, strings.Join(reasons, "; "))
}
