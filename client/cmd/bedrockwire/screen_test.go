package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

var update = flag.Bool("update", false, "rewrite the golden screens in testdata")

// A session shows one answer on a screen, with a clock of its own.
type session struct {
	*world
	screen *terminalScreen
	now    time.Time
	views  strings.Builder // the screen as it was before each frame
	last   string
}

func newSession(t *testing.T, wide, high int, vars ...string) *session {
	s := &session{world: newWorld(t, "TERM=xterm-256color"), screen: newScreen(wide, high), now: time.Unix(0, 0)}
	s.set(vars...)
	s.stdout, s.stderr, s.stdoutSink, s.stderrSink = s.screen, s.screen, screen, screen
	s.env.now = func() time.Time { return s.now }
	return s
}

// view keeps the screen as it is, where it has changed.
func (s *session) view() {
	if lines := s.screen.lines(); lines != s.last {
		s.last = lines
		fmt.Fprintf(&s.views, "--- at %.1f s\n%s", s.now.Sub(time.Unix(0, 0)).Seconds(), lines)
	}
}

// A paced source is a stream of which a piece comes every 300 ms.
type paced struct {
	s      *session
	status *status
	pieces [][]byte
	end    error
}

func (p *paced) Read(b []byte) (int, error) {
	for range 3 {
		p.s.now = p.s.now.Add(statusPeriod)
		p.status.tick()
	}
	p.s.view()
	if len(p.pieces) == 0 {
		return 0, p.end
	}
	n := copy(b, p.pieces[0])
	if p.pieces[0] = p.pieces[0][n:]; len(p.pieces[0]) == 0 {
		p.pieces = p.pieces[1:]
	}
	return n, nil
}

func (p *paced) Close() error { return nil }

// play shows the frames as invoke does, and an error as invoke does.
func (s *session) play(f *callFlags, retries []client.Step, end error, frames ...[]byte) {
	watched := !f.quiet
	var live *status
	if watched && s.cursor() && !f.verbose {
		live = newStatus(&s.env)
	}
	a := newAnswer(&s.env, live, f.output, f.reasoning)
	var stream chunks
	source, options := &paced{s, live, slices.Clone(frames), end}, &client.StreamOptions{RequestID: "11111111-2222-3333-4444-555555555555"}
	if f.name == "converse" {
		stream = &conversation{ConverseStream: client.NewConverseStream(source, options)}
	} else {
		f.name = "invoke"
		stream = client.NewStream(source, options)
	}
	for _, ev := range retries {
		s.now = s.now.Add(statusPeriod)
		f.step(a, &ev)
		s.view()
		s.now = s.now.Add(ev.Wait)
		live.tick()
	}
	s.report(s.ctx, f.name, f.read(a, stream, watched))
	s.view()
}

// golden compares the views with a file in testdata.
func (s *session) golden(t *testing.T, name string) {
	t.Helper()
	if s.screen.err != nil {
		t.Errorf("the terminal got %v", s.screen.err)
	}
	if s.screen.painted || s.screen.noWrap {
		t.Error("the terminal is left painted, or without wrapping")
	}
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(s.views.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.views.String(); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s:\n%s\nwant:\n%s\n(go test -update rewrites it)", file, got, want)
	}
}

const demoText = "Bytes, checksum, limits, then meaning."

func pieces(text string) []string {
	var p []string
	for len(text) > 0 {
		n := min(len(text), 8)
		p = append(p, text[:n])
		text = text[n:]
	}
	return p
}

func TestScreens(t *testing.T) {
	whole := bedrocktest.Text(pieces(demoText)...).Frames
	lines := bedrocktest.Text("A list:\n", "- of ", "one\n", "- of ", "two\n\n", "and ", "an end.").Frames
	event := func(json string) []byte { return bedrocktest.Chunk(json) }
	maxed := append(append([][]byte(nil), whole[:5]...), event(`{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":3}}`), whole[len(whole)-1])
	thinking := [][]byte{
		event(`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me think"}}`),
		event(`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":" a bit."}}`),
		event(`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"I shall ask."}}`),
		event(`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"weather","input":{}}}`),
		event(`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Berlin\"}"}}`),
		event(`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":40}}`),
		whole[len(whole)-1],
	}
	said := func(kind, payload string) []byte { return bedrocktest.Event(kind, []byte(payload)) }
	conversation := [][]byte{
		said("messageStart", `{"role":"assistant","p":"abc"}`),
		said("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"Both at "},"p":"abcd"}`),
		said("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"once."},"p":"abcdef"}`),
		said("contentBlockStop", `{"contentBlockIndex":0}`),
		said("contentBlockStart", `{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"weather"}}}`),
		said("contentBlockStart", `{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t2","name":"time"}}}`),
		said("contentBlockDelta", `{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"zone\""}}}`),
		said("contentBlockDelta", `{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"city\":\"Berlin\"}"}}}`),
		said("contentBlockDelta", `{"contentBlockIndex":2,"delta":{"toolUse":{"input":":\"CET\"}"}}}`),
		said("contentBlockStop", `{"contentBlockIndex":1}`),
		said("contentBlockStop", `{"contentBlockIndex":2}`),
		said("messageStop", `{"stopReason":"tool_use"}`),
		said("metadata", `{"usage":{"inputTokens":12,"outputTokens":34,"totalTokens":46,"cacheReadInputTokens":5},"metrics":{"latencyMs":2100}}`),
	}
	retry := func(attempt int, wait time.Duration) client.Step {
		return client.Step{Kind: client.StepRetry, Attempt: attempt, Wait: wait, Err: &model.Error{Code: model.ThrottlingException}}
	}
	flipped := append([]byte(nil), whole[5]...)
	flipped[100] ^= 4
	for _, row := range []struct {
		name       string
		wide, high int
		vars       []string
		flags      callFlags
		retries    []client.Step
		end        error
		frames     [][]byte
		plain      bool // no colour
	}{
		{name: "demo", wide: 80, high: 24, frames: whole},
		{name: "demo_columns", wide: 80, high: 24, vars: []string{"COLUMNS=80"}, frames: whole},
		{name: "narrow", wide: 22, high: 6, frames: whole},
		{name: "narrow_columns", wide: 22, high: 6, vars: []string{"COLUMNS=22"}, frames: whole},
		{name: "lines_at_the_bottom", wide: 60, high: 4, frames: lines},
		{name: "no_color", wide: 60, high: 20, vars: []string{"NO_COLOR=1"}, frames: whole[:5], plain: true},
		{name: "dumb", wide: 60, high: 20, vars: []string{"TERM=dumb"}, frames: whole, plain: true},
		{name: "quiet", wide: 60, high: 20, flags: callFlags{quiet: true}, frames: whole, plain: true},
		{name: "cut", wide: 72, high: 20, frames: append(append([][]byte(nil), whole[:4]...), whole[4][:50])},
		{name: "incomplete", wide: 72, high: 20, frames: whole[:4]},
		{name: "corrupt", wide: 72, high: 20, frames: append(append([][]byte(nil), whole[:5]...), flipped, whole[6])},
		{name: "exception", wide: 72, high: 20, frames: append(append([][]byte(nil), whole[:4]...), bedrocktest.Exception(model.ThrottlingException, "Too many tokens, please wait before trying again."))},
		{name: "interrupted", wide: 72, high: 20, end: context.Canceled, frames: whole[:4]},
		{name: "throttled", wide: 72, high: 20, retries: []client.Step{retry(1, 730*time.Millisecond), retry(2, 1200*time.Millisecond)}, frames: whole},
		{name: "verbose", wide: 72, high: 20, flags: callFlags{verbose: true}, retries: []client.Step{retry(1, 730*time.Millisecond)}, frames: whole},
		{name: "longest_length", wide: 72, high: 20, frames: maxed},
		{name: "reasoning", wide: 72, high: 20, flags: callFlags{reasoning: true}, frames: thinking},
		{name: "guardrail", wide: 72, high: 20, frames: append(whole[:5:5], event(`{"type":"message_stop","amazon-bedrock-guardrailAction":"INTERVENED"}`))},
		{name: "not_understood", wide: 72, high: 20, frames: append(append(whole[:4:4], event(`{"type":"content_block_delta","index":0,"delta":{"type":"novel_delta"}}`)), whole[5:]...)},
		{name: "converse", wide: 72, high: 20, flags: callFlags{name: "converse"}, frames: conversation},
		{name: "converse_cut", wide: 72, high: 20, flags: callFlags{name: "converse"}, frames: conversation[:8]},
		{name: "no_reasoning", wide: 72, high: 20, frames: thinking},
		{name: "json", wide: 72, high: 24, flags: callFlags{output: "json"}, frames: whole[len(whole)-2:]},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := newSession(t, row.wide, row.high, row.vars...)
			if row.flags.output == "" {
				row.flags.output = "text"
			}
			if row.end == nil {
				row.end = io.EOF
			}
			s.play(&row.flags, row.retries, row.end, row.frames...)
			s.golden(t, row.name)
			if row.plain != (s.screen.colours == 0) {
				t.Errorf("colour was set %d times", s.screen.colours)
			}
		})
	}
}

// TestScreenNeverDisturbed shows random answers in random windows, with the line and without it:
// the screen ends up the same, and no text is ever lost to the line.
func TestScreenNeverDisturbed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const letters = "abc def  ghi-jkl\n"
	tried := 0
	for range 400 {
		wide, high := narrowest+r.IntN(30), 2+r.IntN(8)
		var text []string
		for range 1 + r.IntN(12) {
			piece := make([]byte, r.IntN(2*wide))
			for i := range piece {
				piece[i] = letters[r.IntN(len(letters))]
			}
			text = append(text, string(piece))
		}
		if r.IntN(4) == 0 {
			text[r.IntN(len(text))] += "wïdé"
		}
		frames := bedrocktest.Text(text...).Frames
		var vars []string
		if r.IntN(2) == 0 {
			vars = []string{fmt.Sprintf("COLUMNS=%d", wide)}
		}
		with := newSession(t, wide, high, vars...)
		live := newStatus(&with.env)
		a := newAnswer(&with.env, live, "text", false)
		without := newScreen(wide, high)
		source := client.NewStream(&paced{with, live, frames, io.EOF}, nil)
		for chunk, err := range source.All() {
			if err != nil {
				t.Fatal(err)
			}
			if err := a.chunk(chunk); err != nil {
				t.Fatal(err)
			}
		}
		a.end()
		io.WriteString(without, strings.TrimSuffix(strings.Join(text, ""), "\n")+"\n")
		if with.screen.err != nil {
			t.Fatalf("the terminal got %v", with.screen.err)
		}
		if got, want := with.screen.lines(), without.lines(); strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
			t.Fatalf("%d by %d, %v, pieces %q:\n%s\nwant\n%s", wide, high, vars, text, got, want)
		}
		tried++
	}
	if tried < 400 {
		t.Error("too few were tried")
	}
}
