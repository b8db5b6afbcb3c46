package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

func TestInvokeDemo(t *testing.T) {
	w := newWorld(t)
	w.want(t, exitOK, "invoke", "-demo", "-prompt", "Hello")
	if !strings.HasPrefix(w.out.String(), "You said: Hello\nThis answer") || !strings.HasSuffix(w.out.String(), "checksums.\n") || w.err.Len() > 0 {
		t.Errorf("standard output %q, standard error %q", w.out.String(), w.err.String())
	}
}

// TestInvokeOutputs compares the three formats of one answer.
func TestInvokeOutputs(t *testing.T) {
	reply := bedrocktest.Text("Hel", "lo,\n", "wor", "ld")
	w, s := service(t, reply)
	w.want(t, exitOK, ask(s)...)
	if got := w.out.String(); got != "Hello,\nworld\n" {
		t.Errorf("text: %q", got)
	}
	w.want(t, exitOK, ask(s, "-output", "json")...)
	lines := strings.Split(strings.TrimSuffix(w.out.String(), "\n"), "\n")
	if len(lines) != len(reply.Frames) {
		t.Errorf("json: %d lines for %d chunks", len(lines), len(reply.Frames))
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("json: %q", line)
		}
	}
	w.want(t, exitOK, ask(s, "-output", "raw")...)
	if raw := bytes.Join(reply.Frames, nil); !bytes.Equal(w.out.Bytes(), raw) {
		t.Errorf("raw: %d bytes, want %d", w.out.Len(), len(raw))
	}
	if got := s.Requests()[0].ModelID; got != testModel {
		t.Errorf("model %q", got)
	}
}

// chunkWriter keeps writes apart.
type chunkWriter struct{ writes []string }

func (c *chunkWriter) Write(p []byte) (int, error) {
	c.writes = append(c.writes, string(p))
	return len(p), nil
}

// TestInvokeUnbuffered wants a write a piece of text.
func TestInvokeUnbuffered(t *testing.T) {
	w, s := service(t, bedrocktest.Text("a", "bc", "def\n"))
	var c chunkWriter
	w.stdout = &c
	w.want(t, exitOK, ask(s)...)
	if got := strings.Join(c.writes, "|"); got != "a|bc|def\n" {
		t.Errorf("writes %q", got)
	}
}

func TestInvokeBody(t *testing.T) {
	w, s := service(t)
	const body = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":5,"messages":[{"role":"user","content":"from a file"}]}`
	w.want(t, exitOK, "invoke", "-endpoint", s.URL, "-model", testModel, "-body", saved(t, []byte(body)))
	if got := w.out.String(); got != "from a file\n" {
		t.Errorf("from a file: %q", got)
	}
	w.stdin = strings.NewReader(strings.Replace(body, "from a file", "from a pipe", 1))
	w.want(t, exitOK, "invoke", "-endpoint", s.URL, "-model", testModel, "-body", "-")
	if got := w.out.String(); got != "from a pipe\n" {
		t.Errorf("from a pipe: %q", got)
	}
	if got := string(s.Requests()[0].Body); got != body {
		t.Errorf("sent %q", got)
	}
	w.want(t, exitOther, "invoke", "-endpoint", s.URL, "-model", testModel, "-body", filepath.Join(t.TempDir(), "missing"))
}

// TestInvokeMembers wants the flags of the request's members on the wire.
func TestInvokeMembers(t *testing.T) {
	w, s := service(t)
	w.want(t, exitOK, ask(s, "-guardrail", "gr1", "-guardrail-version", "DRAFT", "-trace", "ENABLED", "-latency", "optimized", "-tier", "flex", "-max-tokens", "77")...)
	r := s.Requests()[0]
	for name, want := range map[string]string{
		"X-Amzn-Bedrock-GuardrailIdentifier": "gr1", "X-Amzn-Bedrock-GuardrailVersion": "DRAFT", "X-Amzn-Bedrock-Trace": "ENABLED",
		"X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized", "X-Amzn-Bedrock-Service-Tier": "flex",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(string(r.Body), `"max_tokens":77`) {
		t.Errorf("body %s", r.Body)
	}
}

// TestInvokeCut cuts an answer inside each of its frames: the text before the cut, then status 6.
func TestInvokeCut(t *testing.T) {
	reply := bedrocktest.Text("one ", "two ", "three")
	w, s := service(t, reply)
	at := int64(0)
	wants := []string{"", "", "", "one \n", "one two \n", "one two three\n", "one two three\n", "one two three\n"}
	for i, f := range reply.Frames {
		for _, inner := range []int64{1, int64(len(f)) / 2, int64(len(f)) - 1} {
			cut := reply
			cut.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultEnd, Byte: at + inner}
			s.Script(cut)
			w.want(t, exitStream, ask(s, "-attempts", "1")...)
			if w.out.String() != wants[i] {
				t.Errorf("cut in frame %d: %q, want %q", i, w.out.String(), wants[i])
			}
			if !strings.Contains(w.err.String(), "truncated") || !strings.Contains(w.err.String(), "Asking again is billed again") {
				t.Errorf("cut in frame %d: %q", i, w.err.String())
			}
		}
		at += int64(len(f))
	}
}

// TestInvokeIncomplete ends a stream between two frames, without its last event.
func TestInvokeIncomplete(t *testing.T) {
	reply := bedrocktest.Text("one ", "two")
	w, s := service(t, reply)
	cut := bedrocktest.Reply{Frames: reply.Frames[:3]}
	s.Script(cut)
	w.want(t, exitStream, ask(s)...)
	if w.out.String() != "one \n" || !strings.Contains(w.err.String(), "end mark") {
		t.Errorf("%q, %q", w.out.String(), w.err.String())
	}
	w.want(t, exitOK, ask(s, "-allow-incomplete")...)
	s.Script(bedrocktest.Reply{})
	w.want(t, exitStream, ask(s)...)
	// The end mark of a model that this version does not know is not known either.
	s.Script(bedrocktest.Reply{Frames: [][]byte{bedrocktest.Chunk(`{"novel":1}`), bedrocktest.Chunk(`no JSON`)}})
	w.want(t, exitOther, ask(s)...)
	if !strings.Contains(w.err.String(), "2 chunks of 2 were not understood") {
		t.Errorf("%q", w.err.String())
	}
	w.want(t, exitOK, ask(s, "-output", "json")...)
	if got := w.out.String(); got != "{\"novel\":1}\n\"no JSON\"\n" {
		t.Errorf("json: %q", got)
	}
}

// TestInvokeRefused wants mistakes reported before anything is sent.
func TestInvokeRefused(t *testing.T) {
	_, s := service(t)
	big := strings.Repeat("x", model.MaxRequestBody+1)
	const canary = "canary-of-a-secret"
	for _, row := range []struct {
		name   string
		vars   []string
		stdin  string
		args   []string
		status int
		err    string
	}{
		{"neither prompt nor body", nil, "", []string{"-model", testModel}, exitUsage, "-prompt"},
		{"prompt and body", nil, "", []string{"-model", testModel, "-prompt", "x", "-body", "y"}, exitUsage, "exclude"},
		{"no model", nil, "", []string{"-prompt", "x"}, exitUsage, "-model"},
		{"empty model", nil, "", []string{"-model", "", "-prompt", "x"}, exitUsage, "-model"},
		{"model .", nil, "", []string{"-model", ".", "-body", "-"}, exitUsage, "ModelID"},
		{"model ..", nil, "", []string{"-model", "..", "-body", "-"}, exitUsage, "ModelID"},
		{"long model", nil, "", []string{"-model", strings.Repeat("m", 2049), "-body", "-"}, exitUsage, "ModelID"},
		{"unknown family", nil, "", []string{"-model", "custom", "-prompt", "x"}, exitUsage, "-body"},
		{"large body", nil, big, []string{"-model", testModel, "-body", "-"}, exitUsage, "Body"},
		{"line feed in a header", nil, "{}", []string{"-model", testModel, "-body", "-", "-guardrail", "a\r\nb: c", "-guardrail-version", "1"}, exitUsage, "Guardrail"},
		{"output", nil, "", []string{"-model", testModel, "-prompt", "x", "-output", "xml"}, exitUsage, "-output"},
		{"max-tokens", nil, "", []string{"-model", testModel, "-prompt", "x", "-max-tokens", "0"}, exitUsage, "-max-tokens"},
		{"attempts", nil, "", []string{"-model", testModel, "-prompt", "x", "-attempts", "-1"}, exitUsage, "-attempts"},
		{"idle-timeout", nil, "", []string{"-model", testModel, "-prompt", "x", "-idle-timeout", "-1s"}, exitUsage, "-idle-timeout"},
		{"demo elsewhere", nil, "", []string{"-demo", "-prompt", "x", "-region", "us-east-1"}, exitUsage, "-demo"},
		{"no region", []string{"AWS_REGION="}, "", []string{"-model", testModel, "-prompt", "x"}, exitConfig, "-region"},
		{"bad region", nil, "", []string{"-model", testModel, "-prompt", "x", "-region", "us east"}, exitConfig, "region"},
		{"no credentials", []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}, "", []string{"-model", testModel, "-prompt", "x"}, exitConfig, "AWS_ACCESS_KEY_ID"},
		{"secret with a line feed", []string{"AWS_SECRET_ACCESS_KEY=" + canary + "\r\n"}, "", []string{"-model", testModel, "-prompt", "x"}, exitConfig, "Secret"},
		{"token with a line feed", []string{"AWS_BEARER_TOKEN_BEDROCK=" + canary + "\r\nx"}, "", []string{"-model", testModel, "-prompt", "x"}, exitConfig, "AWS_BEARER_TOKEN_BEDROCK"},
		{"endpoint over plain http", nil, "", []string{"-model", testModel, "-prompt", "x", "-endpoint", "http://bedrock.example.com"}, exitUsage, "Endpoint"},
		{"endpoint with a user", nil, "", []string{"-model", testModel, "-prompt", "x", "-endpoint", "https://me:" + canary + "@bedrock.example.com"}, exitUsage, "Endpoint"},
	} {
		t.Run(row.name, func(t *testing.T) {
			here := newWorld(t, "AWS_REGION=us-east-1")
			here.set(keysOf(s)...)
			here.set(row.vars...)
			here.stdin = strings.NewReader(row.stdin)
			here.want(t, row.status, append([]string{"invoke"}, row.args...)...)
			if !strings.Contains(here.err.String(), row.err) {
				t.Errorf("it said %q, want %q in it", here.err.String(), row.err)
			}
			if strings.Contains(here.err.String(), canary) || here.out.Len() > 0 {
				t.Errorf("it printed %q and %q", here.out.String(), here.err.String())
			}
		})
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestInvokeStatus wants the exit status of each thing a service can do.
func TestInvokeStatus(t *testing.T) {
	text := bedrocktest.Text("one ", "two")
	with := func(fault string) bedrocktest.Reply {
		f, err := bedrocktest.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		r := text
		r.Fault = f
		return r
	}
	for _, row := range []struct {
		name   string
		reply  bedrocktest.Reply
		status int
		out    string
		err    string
	}{
		{"denied", bedrocktest.Failure(model.AccessDeniedException, "You don't have access to the model with the specified model ID."), exitRefused, "", "Model access"},
		{"profile needed", bedrocktest.Failure(model.ValidationException, "Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model."), exitRefused, "", "through an inference profile"},
		{"throttled", bedrocktest.Failure(model.ThrottlingException, "Too many requests"), exitRetryable, "", "quota"},
		{"server", bedrocktest.Failure(model.InternalServerException, "oops"), exitRetryable, "", "Try again"},
		{"in-stream throttling", with("exception=throttlingException@frame=3"), exitRetryable, "one \n", "ThrottlingException"},
		{"in-stream validation", with("exception=validationException@frame=3"), exitRefused, "one \n", "ValidationException"},
		{"error message", with("error=SomethingElse@frame=3"), exitRefused, "one \n", "SomethingElse"},
		{"unknown event", with("unknown=news@frame=3"), exitOK, "one two\n", ""},
		{"flip", with("flip=1@frame=3,byte=30"), exitStream, "one \n", "CRC"},
		{"reset", with("reset@frame=3,byte=9"), exitStream, "one \n", "truncated"},
		{"html", with("html"), exitOther, "", "not an event stream"},
		{"content type", with("type=text/plain"), exitOther, "", "AWS_ENDPOINT_URL"},
		{"redirect", bedrocktest.Reply{Status: 307, Header: map[string][]string{"Location": {"https://elsewhere.example.com/"}}, Body: []byte("x")}, exitOther, "", "elsewhere.example.com"},
		{"model's own error", bedrocktest.Reply{Frames: [][]byte{bedrocktest.Chunk(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)}}, exitRetryable, "", "overloaded_error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, row.reply)
			w.want(t, row.status, ask(s, "-attempts", "1")...)
			if w.out.String() != row.out {
				t.Errorf("text %q, want %q", w.out.String(), row.out)
			}
			if !strings.Contains(w.err.String(), row.err) || row.err == "" && w.err.Len() > 0 {
				t.Errorf("it said %q, want %q in it", w.err.String(), row.err)
			}
		})
	}
}

func TestInvokeStalled(t *testing.T) {
	reply := bedrocktest.Text("one ", "two")
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultStall, Frame: 3}
	w, s := service(t, reply)
	w.want(t, exitStream, ask(s, "-idle-timeout", "50ms")...)
	if w.out.String() != "one \n" || !strings.Contains(w.err.String(), "stopped sending") {
		t.Errorf("%q, %q", w.out.String(), w.err.String())
	}
}

func TestInvokeWrongKeys(t *testing.T) {
	w, s := service(t)
	const canary = "0123456789canary0123456789"
	w.set("AWS_SECRET_ACCESS_KEY=" + canary)
	w.want(t, exitRefused, ask(s, "-v")...)
	if strings.Contains(w.err.String(), canary) || !strings.Contains(w.err.String(), "403") {
		t.Errorf("it said %q", w.err.String())
	}
	w.set("AWS_BEARER_TOKEN_BEDROCK=" + bedrocktest.ExampleBearerToken)
	w.want(t, exitOK, ask(s, "-v")...) // the API key comes first
	if strings.Contains(w.err.String(), bedrocktest.ExampleBearerToken) {
		t.Errorf("it said %q", w.err.String())
	}
}

// TestInvokeInterrupted ends the context in the middle of an answer.
func TestInvokeInterrupted(t *testing.T) {
	reply := bedrocktest.Text("one ", "two")
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultStall, Frame: 3}
	w, s := service(t, reply)
	ctx, cancel := context.WithCancel(t.Context())
	w.ctx = ctx
	w.stdout = writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("one")) {
			cancel()
		}
		return w.out.Write(p)
	})
	w.want(t, exitInterrupted, ask(s)...)
	if w.out.String() != "one \n" {
		t.Errorf("text %q", w.out.String())
	}
	if got := w.err.String(); got != "bedrockwire invoke: interrupted\n" {
		t.Errorf("it said %q", got)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestInvokeClean sends every way to fool a terminal as text, as an error and as a request id.
func TestInvokeClean(t *testing.T) {
	hostile := "a\x1b]0;title\x07b\rc\u202ed\u2028e\x7ff\u009bg\U000E0041h"
	quoted, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	bad := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && oneLine(string(r)) != string(r) })
	}
	evil := `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + string(quoted) + `}}`
	raw := strings.Replace(evil, string(quoted), "\"\u202e\u009b\x7f\U000E0041\"", 1)
	replies := []bedrocktest.Reply{
		bedrocktest.Text(hostile),
		{Frames: [][]byte{bedrocktest.Chunk(strings.Replace(raw, ":", " :\n\t", 1)), bedrocktest.Chunk("no\x1bJSON\xff"), bedrocktest.Chunk(`{"type":"message_delta","delta":{"stop_reason":` + string(quoted) + `}}`), bedrocktest.Chunk(`{"type":"message_stop"}`)}},
		bedrocktest.Failure(model.AccessDeniedException, hostile),
		{Frames: [][]byte{bedrocktest.Exception(model.ThrottlingException, hostile)}},
		{Frames: [][]byte{bedrocktest.ErrorMessage(hostile, hostile)}},
		{Frames: [][]byte{bedrocktest.Event(hostile, nil), bedrocktest.Chunk(`{"type":"message_stop"}`)}},
		{Body: []byte(hostile), Header: map[string][]string{"Content-Type": {"text/html"}}},
	}
	for i, reply := range replies {
		for _, format := range []string{"text", "json"} {
			w, s := service(t, reply)
			w.run(ask(s, "-output", format, "-attempts", "1", "-v")...)
			if bad(w.out.String()) || bad(w.err.String()) {
				t.Errorf("reply %d as %s: %q and %q", i, format, w.out.String(), w.err.String())
			}
			if format == "json" && w.out.Len() > 0 {
				for line := range strings.Lines(w.out.String()) {
					if !json.Valid([]byte(line)) {
						t.Errorf("reply %d: %q", i, line)
					}
				}
			}
		}
	}
	// What json escapes keeps its meaning.
	var event struct{ Delta struct{ Text string } }
	if err := json.Unmarshal(appendJSONLine(nil, []byte(raw)), &event); err != nil || event.Delta.Text != "\u202e\u009b\x7f\U000E0041" {
		t.Errorf("%q, %v", event.Delta.Text, err)
	}
}

// TestInvokeFamilies asks a model of each family: its prompt is understood, its text is found, its
// end is seen.
func TestInvokeFamilies(t *testing.T) {
	w, s := service(t)
	for _, id := range []string{
		testModel, "us." + testModel, "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us." + testModel, "anthropic.claude-v2:1",
		"amazon.nova-lite-v1:0", "amazon.titan-text-express-v1", "meta.llama3-8b-instruct-v1:0", "mistral.mistral-7b-instruct-v0:2",
		"mistral.mistral-large-2407-v1:0", "cohere.command-r-v1:0", "ai21.jamba-1-5-mini-v1:0", "openai.gpt-oss-20b-1:0", "qwen.qwen3-32b-v1:0", "deepseek.v3-v1:0",
	} {
		w.want(t, exitOK, ask(s, "-model", id, "-prompt", "Which family?")...)
		if !strings.Contains(w.out.String(), "Which family?") {
			t.Errorf("%s: %q", id, w.out.String())
		}
		if w.err.Len() > 0 {
			t.Errorf("%s: standard error %q", id, w.err.String())
		}
	}
}
