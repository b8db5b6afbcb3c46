package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

func TestInvokeSave(t *testing.T) {
	reply := bedrocktest.Text("Hel", "lo")
	w, s := service(t, reply)
	name := filepath.Join(t.TempDir(), "kept.bin")
	w.want(t, exitOK, ask(s, "-save", name)...)
	if w.out.String() != "Hello\n" {
		t.Errorf("text: %q", w.out.String())
	}
	kept, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(kept, bytes.Join(reply.Frames, nil)) {
		t.Errorf("kept %d bytes, %v", len(kept), err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("others may read the kept stream: %v, %v", info.Mode(), err)
	}
	w.want(t, exitOK, "decode", "-output", "json", name)
	if n := len(parseLines(t, w.out.String())); n != len(reply.Frames) {
		t.Errorf("decode found %d frames, want %d", n, len(reply.Frames))
	}
	// A call that fails leaves what there is, and the next that does not replaces it, also by less.
	shorter := bedrocktest.Text("Hi")
	s.Script(bedrocktest.Failure(model.AccessDeniedException, "no"), shorter)
	w.want(t, exitRefused, ask(s, "-save", name)...)
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(again, kept) {
		t.Errorf("%d bytes are left of %d, %v", len(again), len(kept), err)
	}
	w.want(t, exitOK, ask(s, "-save", name)...)
	if again, err := os.ReadFile(name); err != nil || !bytes.Equal(again, bytes.Join(shorter.Frames, nil)) {
		t.Errorf("replaced by %d bytes, %v", len(again), err)
	}
	s.Script(reply)
	w.want(t, exitOther, ask(s, "-save", filepath.Join(t.TempDir(), "no", "such", "folder"))...)
	if _, err := os.Stat("/dev/full"); err == nil {
		w.want(t, exitOther, ask(s, "-save", "/dev/full")...)
		if w.out.String() != "Hello\n" || !strings.Contains(w.err.String(), "keeping the stream") {
			t.Errorf("with a full disk: %q, %q", w.out.String(), w.err.String())
		}
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
	if w.out.String() != "one \n" || !strings.Contains(w.err.String(), "fell silent") {
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

// TestInvokeVerbose wants each step, no secret, and nothing of the conversation.
func TestInvokeVerbose(t *testing.T) {
	w, s := service(t, bedrocktest.Failure(model.ThrottlingException, "slow down"), bedrocktest.Text("the answer"))
	w.set("AWS_SESSION_TOKEN=")
	w.want(t, exitOK, ask(s, "-v", "-prompt", "the question")...)
	for _, want := range []string{"request: POST 127.0.0.1", "attempt 1\n", "failed, next in", "ThrottlingException", "attempt 2\n", "status 200", "event 1, ", "end: 6 events"} {
		if !strings.Contains(w.err.String(), want) {
			t.Errorf("%q is not in\n%s", want, w.err.String())
		}
	}
	for _, secret := range []string{s.Credentials.SecretAccessKey, "the question", "the answer", "Signature="} {
		if strings.Contains(w.err.String(), secret) {
			t.Errorf("it printed %q:\n%s", secret, w.err.String())
		}
	}
	if w.out.String() != "the answer\n" {
		t.Errorf("text %q", w.out.String())
	}
}

// TestInvokeManyKinds shows reasoning, tool calls and stop reasons.
func TestInvokeManyKinds(t *testing.T) {
	frames := chunkReply
	const (
		thought = `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hmm."}}`
		said    = `{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Let me see."}}`
		call    = `{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"weather","input":{}}}`
		in1     = `{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}`
		in2     = `{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Be\u001brlin\"}"}}`
		used    = `{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}`
		cut     = `{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}`
		stop    = `{"type":"message_stop"}`
	)
	for _, row := range []struct {
		name     string
		reply    bedrocktest.Reply
		args     []string
		out, err string
	}{
		{"reasoning is not text", frames(thought, said, stop), nil, "Let me see.\n", ""},
		{"reasoning is shown", frames(thought, said, stop), []string{"-reasoning"}, "Let me see.\n", "Hmm.\n"},
		{"a tool call", frames(said, call, in1, in2, used, stop), nil, "Let me see.\n", "tool call, with an input that is not valid JSON: weather {\"city\":\"Be\uFFFDrlin\"}\n"},
		{"a tool call at the end", frames(call, in1), []string{"-allow-incomplete"}, "", "tool call, with an input that is not valid JSON: weather {\"city\":\n"},
		{"longest length", frames(said, cut, stop), nil, "Let me see.\n", "The answer is not complete: it reached the longest length asked for (max_tokens). -max-tokens raises it.\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, row.reply)
			w.want(t, exitOK, ask(s, row.args...)...)
			if w.out.String() != row.out || w.err.String() != row.err {
				t.Errorf("standard output %q, want %q; standard error %q, want %q", w.out.String(), row.out, w.err.String(), row.err)
			}
		})
	}
	// A tool's input is shown whole, however long it is.
	long := frames(call)
	for range 20 {
		long.Frames = append(long.Frames, bedrocktest.Chunk(strings.Replace(in1, `{\"city\":`, strings.Repeat("1", 1000), 1)))
	}
	long.Frames = append(long.Frames, bedrocktest.Chunk(stop))
	w, s := service(t, long)
	w.want(t, exitOK, ask(s)...)
	if got, want := w.err.String(), "tool call: weather "+strings.Repeat("1", 20_000)+"\n"; got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}

// TestInvokeNotUnderstood shows answers of which a part, or all, is not understood: what is
// understood is written, and the number of chunks that are not, the reasons and the exit status say
// that there is more.
func TestInvokeNotUnderstood(t *testing.T) {
	said := func(text string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + text + `}}`
	}
	const stop = `{"type":"message_stop"}`
	for _, row := range []struct {
		name   string
		chunks []string
		args   []string
		status int
		out    string
		err    []string // parts of standard error; none: it is empty
	}{
		{"a broken chunk", []string{said(`"Do not "`), `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"delete "`, said(`"the files."`), stop}, nil,
			exitOther, "Do not the files.\n", []string{"1 chunk of 4 was not understood (chunk 2: json: unexpected end of input", "-output json shows every chunk"}},
		{"a newer chunk", []string{said(`"Do not "`), `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta_2","text":"delete "}}`, said(`"the files."`), stop}, nil,
			exitOther, "Do not the files.\n", []string{"chunk 2: content in a form that this version does not know, in "}},
		{"a key that is there twice", []string{said(`"Do not "`), strings.Replace(said(`"delete "`), `"text":`, `"text":"keep ","text":`, 1), said(`"the files."`), stop}, nil,
			exitOther, "Do not the files.\n", []string{"chunk 2: json: duplicate key"}},
		{"known kind, text of another kind", []string{said(`["delete "]`), said(`"the files."`), stop}, nil,
			exitOther, "the files.\n", []string{"1 chunk of 3 was not understood"}},
		{"several reasons", []string{`{"novel":1}`, `no JSON`, `{"novel":2}`, said(`"Hi"`), stop}, nil,
			exitOther, "Hi\n", []string{"3 chunks of 5 were not understood (2 chunks from number 1 on: a format that this version does not know; chunk 2: json: unexpected byte"}},
		{"all of it", []string{`{"novel":1}`, `{"novel":2}`}, nil,
			exitOther, "", []string{"2 chunks of 2 were not understood"}},
		{"a second answer", []string{`{"choices":[{"index":0,"delta":{"content":"one"}}]}`, `{"choices":[{"index":1,"delta":{"content":"two"}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`}, nil,
			exitOther, "one\n", []string{"chunk 2: a second answer"}},
		{"json has all", []string{`{"novel":1}`, said(`"Hi"`), stop}, []string{"-output", "json"},
			exitOK, `{"novel":1}` + "\n" + said(`"Hi"`) + "\n" + stop + "\n", nil},
		{"a broken stream wins", []string{`{"novel":1}`, said(`"Hi"`)}, nil,
			exitStream, "Hi\n", []string{"1 chunk of 2 was not understood", "end mark"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, chunkReply(row.chunks...))
			w.want(t, row.status, ask(s, row.args...)...)
			if w.out.String() != row.out {
				t.Errorf("standard output %q, want %q", w.out.String(), row.out)
			}
			for _, want := range row.err {
				if !strings.Contains(w.err.String(), want) {
					t.Errorf("standard error %q, want %q in it", w.err.String(), want)
				}
			}
			if row.err == nil && w.err.Len() > 0 {
				t.Errorf("standard error %q", w.err.String())
			}
		})
	}
}

// TestManyReasons limits what a server can make this command remember.
func TestManyReasons(t *testing.T) {
	w := newWorld(t)
	a := newAnswer(&w.env, nil, "text", false)
	for i := range 100 {
		a.chunk([]byte(strings.Repeat("[", i) + "!"))
	}
	if err := a.notUnderstood(); len(a.missed) != maxReasons || !strings.Contains(err.Error(), "100 chunks of 100") {
		t.Errorf("%d reasons, %v", len(a.missed), err)
	}
}

// TestInvokeContent has what is shown of content that is easy to lose or to mix up.
func TestInvokeContent(t *testing.T) {
	said := func(text string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":` + text + `}}`
	}
	thought := func(text string) string {
		return `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":` + text + `}}`
	}
	const stop = `{"type":"message_stop"}`
	chat := func(calls string) string { return `{"choices":[{"index":0,"delta":{"tool_calls":[` + calls + `]}}]}` }
	const chatStop = `{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`
	for _, row := range []struct {
		name     string
		chunks   []string
		args     []string
		out, err string
	}{
		{"a character in two chunks", []string{said(`"Hi \ud83d"`), said(`"\udc4b!"`), stop}, nil, "Hi 👋!\n", ""},
		{"a character between two kinds", []string{said(`"Hi \ud83d"`), thought(`"Hmm."`), said(`"\udc4b!"`), stop}, nil, "Hi 👋!\n", ""},
		{"half of a character", []string{said(`"Hi \ud83d"`), said(`"!"`), stop}, nil, "Hi \uFFFD!\n", ""},
		{"half of a character at the end", []string{said(`"Hi \ud83d"`), stop}, nil, "Hi \uFFFD\n", ""},
		{"a character of the reasoning", []string{thought(`"Hi \ud83d"`), thought(`"\udc4b"`), said(`"x"`), stop}, []string{"-reasoning"}, "x\n", "Hi 👋\n"},
		{"half at the end of the reasoning", []string{thought(`"Hi \ud83d"`), stop}, []string{"-reasoning"}, "", "Hi \uFFFD\n"},
		{"Cohere's mark of the end", []string{`{"event_type":"text-generation","text":"Hi<EOS_TOKEN>","is_finished":false}`, `{"event_type":"stream-end","finish_reason":"COMPLETE","is_finished":true}`}, nil, "Hi\n", ""},
		{"interleaved tool calls", []string{
			chat(`{"index":0,"id":"a","function":{"name":"one","arguments":"{\"x\""}},{"index":1,"id":"b","function":{"name":"two","arguments":"{\"y\""}}`),
			chat(`{"index":1,"function":{"arguments":":2}"}}`), chat(`{"index":0,"function":{"arguments":":1}"}}`), chatStop,
		}, nil, "", "tool call: one {\"x\":1}\ntool call: two {\"y\":2}\n"},
		{"input at the start of the call", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"query","input":{"sql":"select 1"}}}`, stop}, nil, "", "tool call: query {\"sql\":\"select 1\"}\n"},
		{"call without input", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"now","input":{}}}`, stop}, nil, "", "tool call: now {}\n"},
		{"call that is cut", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"query","input":{}}}`, `{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"sql"}}`, stop}, nil, "", "tool call, with an input that is not valid JSON: query {\"sql\n"},
		{"guardrail", []string{said(`"No."`), `{"type":"message_stop","amazon-bedrock-guardrailAction":"INTERVENED"}`}, nil, "No.\n", "A guardrail blocked or replaced the answer, or a part of it.\n"},
		{"guardrail that let it pass", []string{said(`"Yes."`), `{"type":"message_stop","amazon-bedrock-guardrailAction":"NONE"}`}, nil, "Yes.\n", ""},
		{"refusal", []string{`{"choices":[{"index":0,"delta":{"refusal":"I can't."}}]}`, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`}, nil, "I can't.\n", "The model refused to answer.\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, chunkReply(row.chunks...))
			w.want(t, exitOK, ask(s, row.args...)...)
			if w.out.String() != row.out || w.err.String() != row.err {
				t.Errorf("standard output %q, want %q; standard error %q, want %q", w.out.String(), row.out, w.err.String(), row.err)
			}
		})
	}
}

// chunkReply is the stream of these chunks.
func chunkReply(chunks ...string) (r bedrocktest.Reply) {
	for _, c := range chunks {
		r.Frames = append(r.Frames, bedrocktest.Chunk(c))
	}
	return r
}

func TestStopText(t *testing.T) {
	for reason, want := range map[string]string{
		"": "", "end_turn": "", "stop": "", "FINISH": "", "tool_use": "",
		"length": "-max-tokens", "MAX_TOKENS": "-max-tokens", "CONTENT_FILTERED": "filter", "refusal": "filter", "ERROR_TOXIC": "filter",
		"pause_turn": "paused", "model_context_window_exceeded": "context",
	} {
		if got := stopText(reason); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("stopText(%q) = %q", reason, got)
		}
	}
}

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

// TestInvokeRetries shows a person at a terminal why nothing comes.
func TestInvokeRetries(t *testing.T) {
	w, s := service(t, bedrocktest.Failure(model.ThrottlingException, "slow down"), bedrocktest.Text("ok"))
	w.stdoutSink, w.stderrSink = screen, screen
	w.set("TERM=xterm", "NO_COLOR=1")
	began := time.Now()
	w.want(t, exitOK, ask(s)...)
	if !strings.Contains(w.err.String(), "attempt 1: ThrottlingException; trying again in ") {
		t.Errorf("after %v: %q", time.Since(began), w.err.String())
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
