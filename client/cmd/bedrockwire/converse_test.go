package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

// converseWith are the arguments of a plain call of Converse.
func converseWith(s *bedrocktest.Server, more ...string) []string {
	return append([]string{"converse", "-endpoint", s.URL, "-model", testModel}, more...)
}

func TestConverseDemo(t *testing.T) {
	for _, name := range []string{"converse", "invoke"} {
		for _, whole := range []bool{false, true} {
			args, want := []string{name, "-demo", "-prompt", "Hello"}, "You said: Hello\nThis answer was streamed"
			if whole {
				args, want = append(args, "-no-stream"), "You said: Hello\nThis answer was sent in one piece"
			}
			w := newWorld(t)
			w.want(t, exitOK, args...)
			if !strings.HasPrefix(w.out.String(), want) || w.err.Len() > 0 {
				t.Errorf("%v: standard output %q, standard error %q", args, w.out.String(), w.err.String())
			}
		}
	}
}

// TestConverseAnswers has text, reasoning and tool calls of the four operations: all show the same.
func TestConverseAnswers(t *testing.T) {
	reply := bedrocktest.Answer(
		bedrocktest.Reason("sig", "Let me ", "think."),
		bedrocktest.Say("I will ", "look.\n"),
		bedrocktest.CallTool("t1", "weather", `{"city":`, `"Berlin"}`),
		bedrocktest.CallTool("t2", "now"),
	)
	for _, name := range []string{"converse", "invoke"} {
		for _, more := range [][]string{nil, {"-no-stream"}} {
			w, s := service(t, reply)
			args := append([]string{name, "-endpoint", s.URL, "-model", testModel, "-prompt", "Hi", "-reasoning"}, more...)
			w.want(t, exitOK, args...)
			if got := w.out.String(); got != "I will look.\n" {
				t.Errorf("%v: text %q", args, got)
			}
			if got := w.err.String(); got != "Let me think.\ntool call: weather {\"city\":\"Berlin\"}\ntool call: now {}\n" {
				t.Errorf("%v: standard error %q", args, got)
			}
		}
	}
}

// TestConverseJSON wants one event a line, without the padding, and decode to show the events.
func TestConverseJSON(t *testing.T) {
	w, s := service(t, bedrocktest.Answer(bedrocktest.Say(`The member ,"p":"abc"} is text`), bedrocktest.CallTool("t1", "now")))
	kept := filepath.Join(t.TempDir(), "kept")
	w.want(t, exitOK, converseWith(s, "-prompt", "x", "-output", "json", "-save", kept)...)
	if got, want := w.out.String(), `{"messageStart":{"role":"assistant"}}
{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"The member ,\"p\":\"abc\"} is text"}}}
{"contentBlockStop":{"contentBlockIndex":0}}
{"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"now"}}}}
{"contentBlockStop":{"contentBlockIndex":1}}
{"messageStop":{"stopReason":"tool_use"}}
{"metadata":{"usage":{"inputTokens":12,"outputTokens":1,"totalTokens":13},"metrics":{"latencyMs":321}}}
`; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	w.want(t, exitOK, "decode", kept)
	for _, want := range []string{":event-type = contentBlockDelta", `"toolUseId":"t1"`, "service: 12 tokens in, 1 out, done after 321 ms"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("decode does not show %q:\n%s", want, w.out.String())
		}
	}
}

func TestUnion(t *testing.T) {
	for payload, want := range map[string]string{
		`{"a":1,"p":"abcXYZ09"}`:         `{"a":1}`,
		`{"a":1,"p":""}`:                 `{"a":1}`,
		`{"a":1, "p":"abc"}`:             `{"a":1}`,
		`{"a":{"x":1,"p":"abc"}}`:        `{"a":{"x":1,"p":"abc"}}`,
		`{"a":1,"p":"a-b"}`:              `{"a":1,"p":"a-b"}`,
		`{"a":",\"p\":\"abc\"}"}`:        `{"a":",\"p\":\"abc\"}"}`,
		`{"a":1}`:                        `{"a":1}`,
		`{"p":"abc","a":1}`:              `{"p":"abc","a":1}`,
		`{"a":1,"p":"abc","b":"}"}`:      `{"a":1,"p":"abc","b":"}"}`,
		`{"a":1,"p":"abc"` + " \n" + `}`: `{"a":1,"p":"abc"` + " \n" + `}`,
	} {
		if got := string(appendUnion(nil, "kind", []byte(payload))); got != `{"kind":`+want+`}` {
			t.Errorf("%s: %s", payload, got)
		}
	}
}

// TestConverseRequest has what is sent for each flag.
func TestConverseRequest(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	encoded := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	tools := file("tools.json", `{"toolConfig":{"tools":[{"toolSpec":{"name":"weather","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default"}}],"toolChoice":{"tool":{"name":"weather"}}},
		"inferenceConfig":{"temperature":0.5,"stopSequences":["x"]},"system":[{"text":"Be kind."}],"outputConfig":{"novel":[1]},
		"messages":[{"role":"user","content":[{"text":"Hi"}]},{"role":"assistant","content":[{"text":"Hello"},{"novel":{"a":1}}]}],
		"performanceConfig":{"latency":"standard"},"serviceTier":{"type":"flex"},"requestMetadata":{"team":"a"}}`)
	const toolsSent = `"toolConfig":{"tools":[{"toolSpec":{"name":"weather","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default"}}],"toolChoice":{"tool":{"name":"weather"}}},` +
		`"outputConfig":{"novel":[1]},"serviceTier":{"type":"flex"},"requestMetadata":{"team":"a"}`
	for _, row := range []struct {
		name string
		args []string
		want string // as JSON
	}{
		{"prompt", []string{"-prompt", "Hi"}, `{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{"maxTokens":1024}}`},
		{"system and members", []string{"-prompt", "Hi", "-system", "Be brief.", "-max-tokens", "7", "-latency", "optimized", "-tier", "priority", "-guardrail", "gr", "-guardrail-version", "1"},
			`{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"system":[{"text":"Be brief."}],"inferenceConfig":{"maxTokens":7},
			"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"priority"},"guardrailConfig":{"guardrailIdentifier":"gr","guardrailVersion":"1"}}`},
		{"files", []string{"-prompt", "What?", "-attach", file("cat.JPG", "img"), "-attach", file("my_report (2).v1.pdf", "doc"), "-attach", file("a.mp4", "vid"), "-attach", file("a.wav", "snd")},
			`{"messages":[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":"` + encoded("img") + `"}}},
			{"document":{"format":"pdf","name":"my report (2) v1","source":{"bytes":"` + encoded("doc") + `"}}},
			{"video":{"format":"mp4","source":{"bytes":"` + encoded("vid") + `"}}},{"audio":{"format":"wav","source":{"bytes":"` + encoded("snd") + `"}}},
			{"text":"What?"}]}],"inferenceConfig":{"maxTokens":1024}}`},
		{"body", []string{"-body", tools}, `{"messages":[{"role":"user","content":[{"text":"Hi"}]},{"role":"assistant","content":[{"text":"Hello"},{"novel":{"a":1}}]}],
			"system":[{"text":"Be kind."}],"inferenceConfig":{"temperature":0.5,"stopSequences":["x"]},"performanceConfig":{"latency":"standard"},` + toolsSent + `}`},
		{"body and more", []string{"-body", tools, "-prompt", "And?", "-system", "Be brief.", "-max-tokens", "9", "-latency", "optimized", "-guardrail", "gr"},
			`{"messages":[{"role":"user","content":[{"text":"Hi"}]},{"role":"assistant","content":[{"text":"Hello"},{"novel":{"a":1}}]},{"role":"user","content":[{"text":"And?"}]}],
			"system":[{"text":"Be kind."},{"text":"Be brief."}],"inferenceConfig":{"maxTokens":9,"temperature":0.5,"stopSequences":["x"]},
			"performanceConfig":{"latency":"optimized"},"guardrailConfig":{"guardrailIdentifier":"gr"},` + toolsSent + `}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, bedrocktest.Answer(bedrocktest.Say("ok")))
			w.want(t, exitOK, converseWith(s, row.args...)...)
			r := s.Requests()[0]
			var got, want any
			if err := json.Unmarshal(r.Body, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(row.want), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) || r.Operation != "ConverseStream" {
				t.Errorf("%s: sent %s\nwant %s", r.Operation, r.Body, row.want)
			}
		})
	}
	w, s := service(t, bedrocktest.Answer(bedrocktest.Say("ok")))
	w.stdin = strings.NewReader(`{"messages":[{"role":"user","content":[{"text":"from a pipe"}]}]}`)
	w.want(t, exitOK, converseWith(s, "-body", "-")...)
	if got := string(s.Requests()[0].Body); got != `{"messages":[{"role":"user","content":[{"text":"from a pipe"}]}]}` {
		t.Errorf("sent %s", got)
	}
}

// TestConverseRefused wants mistakes reported before anything is sent.
func TestConverseRefused(t *testing.T) {
	_, s := service(t)
	empty := saved(t, nil)
	picture := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(picture, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		args   []string
		stdin  string
		status int
		err    string
	}{
		{"nothing to say", nil, "", exitUsage, "-prompt or -body is needed"},
		{"two from standard input", []string{"-prompt", "-", "-body", "-"}, "", exitUsage, "standard input"},
		{"a file without a prompt", []string{"-body", "-", "-attach", "a.png"}, "{}", exitUsage, "-attach needs a -prompt"},
		{"a file of an unknown kind", []string{"-prompt", "x", "-attach", "a.exe"}, "", exitUsage, "names no format; known are png"},
		{"a file without an extension", []string{"-prompt", "x", "-attach", empty}, "", exitUsage, "names no format"},
		{"an empty file", []string{"-prompt", "x", "-attach", picture}, "", exitUsage, "is empty"},
		{"a missing file", []string{"-prompt", "x", "-attach", filepath.Join(t.TempDir(), "a.png")}, "", exitOther, "a.png"},
		{"not JSON", []string{"-body", "-"}, "no", exitUsage, "-body is not a JSON object"},
		{"not an object", []string{"-body", "-"}, "[]", exitUsage, "-body is not a JSON object"},
		{"a member of another kind", []string{"-body", "-"}, `{"messages":7}`, exitUsage, "-body: messages"},
		{"a member that would be lost", []string{"-body", "-"}, `{"inferenceConfig":{"topK":5}}`, exitUsage, "-body: inferenceConfig: json: unknown field \"topK\""},
		{"a model in the body", []string{"-body", "-"}, `{"modelId":"m"}`, exitUsage, "-model names the model"},
		{"an empty prompt", []string{"-prompt", ""}, "", exitUsage, "Messages[0].Content[0]"},
		{"a block that is not an object", []string{"-body", "-"}, `{"messages":[{"role":"user","content":[{"text":"Hi"},7]}]}`, exitUsage, "Messages[0].Content[1]"},
		{"two guardrails", []string{"-prompt", "x", "-body", "-", "-guardrail", "a"}, `{"guardrailConfig":{}}`, exitUsage, "-guardrail"},
		{"model", []string{"-prompt", "x", "-model", ".."}, "", exitUsage, "ModelID"},
		{"no tokens", []string{"-prompt", "x", "-max-tokens", "0"}, "", exitUsage, "-max-tokens"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, "AWS_REGION=us-east-1")
			w.set(keysOf(s)...)
			w.stdin = strings.NewReader(row.stdin)
			w.want(t, row.status, converseWith(s, row.args...)...)
			if !strings.Contains(w.err.String(), row.err) || w.out.Len() > 0 {
				t.Errorf("it said %q, want %q in it", w.err.String(), row.err)
			}
		})
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestConverseStatus wants the exit status of each thing that the service can do.
func TestConverseStatus(t *testing.T) {
	event := func(kind, payload string) []byte { return bedrocktest.Event(kind, []byte(payload)) }
	start, said := event("messageStart", `{"role":"assistant"}`), event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"one "}}`)
	blockStop, stop := event("contentBlockStop", `{"contentBlockIndex":0}`), event("messageStop", `{"stopReason":"end_turn"}`)
	frames := func(f ...[]byte) bedrocktest.Reply { return bedrocktest.Reply{Frames: f} }
	for _, row := range []struct {
		name   string
		reply  bedrocktest.Reply
		args   []string
		status int
		out    string
		err    string
	}{
		{"whole", frames(start, said, blockStop, stop), nil, exitOK, "one \n", ""},
		{"without its end", frames(start, said, blockStop), nil, exitStream, "one \n", "end mark"},
		{"without its end, allowed", frames(start, said), []string{"-allow-incomplete"}, exitOK, "one \n", ""},
		{"out of order", frames(start, said, stop, said), nil, exitStream, "one \n", "contentBlockDelta"},
		{"an exception", frames(start, said, bedrocktest.Exception(model.ThrottlingException, "wait")), nil, exitRetryable, "one \n", "ThrottlingException"},
		{"an unknown event", frames(start, event("novel", `{}`), said, blockStop, stop), nil, exitOK, "one \n", ""},
		{"a block of a new kind", frames(start, said, blockStop, event("contentBlockDelta", `{"contentBlockIndex":1,"delta":{"novel":{"x":1}},"p":"abc"}`), event("contentBlockStop", `{"contentBlockIndex":1}`), stop), nil,
			exitOther, "one \n", "1 chunk of 6 was not understood (chunk 4: "},
		{"a citation", frames(start, said, event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"citation":{"title":"x"}},"p":"abc"}`), blockStop, stop), nil, exitOK, "one \n", ""},
		{"a guardrail", frames(start, said, blockStop, event("messageStop", `{"stopReason":"guardrail_intervened"}`)), nil, exitOK, "one \n", "A guardrail blocked"},
		{"refused", bedrocktest.Failure(model.AccessDeniedException, "You don't have access to the model with the specified model ID."), nil, exitRefused, "", "Model access"},
		{"refused, whole", bedrocktest.Failure(model.AccessDeniedException, "not authorized to perform x"), []string{"-no-stream"}, exitRefused, "", "bedrock:InvokeModel"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, s := service(t, row.reply)
			w.want(t, row.status, converseWith(s, append(row.args, "-prompt", "x", "-attempts", "1")...)...)
			if w.out.String() != row.out || !strings.Contains(w.err.String(), row.err) || row.err == "" && w.err.Len() > 0 {
				t.Errorf("standard output %q, want %q; standard error %q, want %q", w.out.String(), row.out, w.err.String(), row.err)
			}
		})
	}
}
