package bedrocktest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/model"
	modeltext "bedrockwire/model/text"
)

const novaModel, llamaModel = "amazon.nova-lite-v1:0", "meta.llama3-8b-instruct-v1:0"

// to is a call of an operation of a model, with the operation's own body.
func to(operation, id string) call {
	body := testBody
	switch operation {
	case "converse", "converse-stream":
		body = `{"messages":[{"role":"user","content":[{"text":"Hi there"}]}]}`
	case "count-tokens":
		body = `{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"Hi there"}]}]}}}`
	}
	return call{path: "/model/" + strings.ReplaceAll(id, ":", "%3A") + "/" + operation, body: body}
}

// read returns status and body of a call's answer.
func read(t *testing.T, srv *bedrocktest.Server, c call) (int, string) {
	t.Helper()
	resp := c.do(t, srv)
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// toolAnswer has all kinds of parts.
var toolAnswer = bedrocktest.Answer(
	bedrocktest.Reason("c2ln", "Hm", ", so"),
	bedrocktest.Say("I'll ", "look."),
	bedrocktest.CallTool("t1", "weather", `{"city":`, `"Ulm"}`),
	bedrocktest.CallTool("t2", "time"))

func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const converseWant = `{"output":{"message":{"role":"assistant","content":[
	{"reasoningContent":{"reasoningText":{"text":"Hm, so","signature":"c2ln"}}},{"text":"I'll look."},
	{"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Ulm"}}},{"toolUse":{"toolUseId":"t2","name":"time","input":{}}}]}},
	"stopReason":"tool_use","usage":{"inputTokens":12,"outputTokens":6,"totalTokens":18},"metrics":{"latencyMs":321}}`

// One answer, in the form of each operation, over each protocol.
func TestAnswer(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for _, id := range []string{testModel, llamaModel, "nobody.knows"} { // Converse has one form for all
			resp := to("converse", id).do(t, srv)
			b, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("X-Amzn-Bedrock-Content-Type") != "" {
				t.Errorf("%d %v", resp.StatusCode, resp.Header)
			}
			sameJSON(t, string(b), converseWant)
		}

		all, err := messages(to("converse-stream", llamaModel).do(t, srv).Body)
		if err != nil {
			t.Fatal(err)
		}
		want := []message{
			{"event", "messageStart", `{"role":"assistant"}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":", so"}}}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}}`},
			{"event", "contentBlockStop", `{"contentBlockIndex":0}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"I'll "}}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"look."}}`},
			{"event", "contentBlockStop", `{"contentBlockIndex":1}`},
			{"event", "contentBlockStart", `{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t1","name":"weather"}}}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"city\":"}}}`},
			{"event", "contentBlockDelta", `{"contentBlockIndex":2,"delta":{"toolUse":{"input":"\"Ulm\"}"}}}`},
			{"event", "contentBlockStop", `{"contentBlockIndex":2}`},
			{"event", "contentBlockStart", `{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t2","name":"time"}}}`},
			{"event", "contentBlockStop", `{"contentBlockIndex":3}`},
			{"event", "messageStop", `{"stopReason":"tool_use"}`},
			{"event", "metadata", `{"usage":{"inputTokens":12,"outputTokens":6,"totalTokens":18},"metrics":{"latencyMs":321}}`},
		}
		if len(all) != len(want) {
			t.Fatalf("%d events: %v", len(all), all)
		}
		for i, m := range all {
			var payload map[string]json.RawMessage
			if err := json.Unmarshal([]byte(m.payload), &payload); err != nil || payload["p"] == nil {
				t.Fatalf("event %d without padding: %s", i, m.payload)
			}
			delete(payload, "p")
			b, _ := json.Marshal(payload)
			if m.kind != "event" || m.name != want[i].name {
				t.Errorf("event %d is %s %s", i, m.kind, m.name)
			}
			sameJSON(t, string(b), want[i].payload)
		}

		// In the models' own forms, as package text reads them.
		for _, id := range []string{testModel, novaModel} {
			all, err := messages(to("invoke-with-response-stream", id).do(t, srv).Body)
			if err != nil {
				t.Fatal(err)
			}
			var a modeltext.Answer
			list := events(t, all)
			for _, e := range list {
				d, _, err := modeltext.Extract(nil, []byte(e))
				if err != nil || d.Kind == modeltext.Unknown {
					t.Fatalf("%s: %v", e, err)
				}
				a.Add(&d)
			}
			if string(a.Text) != "I'll look." || !a.Whole() {
				t.Errorf("%s: text %q, whole %v", id, a.Text, a.Whole())
			}
			if m, ok := model.ParseInvocationMetrics([]byte(list[len(list)-1])); !ok || m.OutputTokenCount != 6 {
				t.Errorf("%s: %+v %v", id, m, ok)
			}
		}
		_, body := read(t, srv, to("invoke", testModel))
		sameJSON(t, body, `{"id":"msg_bdrk_0","type":"message","role":"assistant","model":"claude","content":[
			{"type":"thinking","thinking":"Hm, so","signature":"c2ln"},{"type":"text","text":"I'll look."},
			{"type":"tool_use","id":"t1","name":"weather","input":{"city":"Ulm"}},{"type":"tool_use","id":"t2","name":"time","input":{}}],
			"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":6}}`)
		_, body = read(t, srv, to("invoke", novaModel))
		sameJSON(t, body, converseWant)
		for _, operation := range []string{"invoke", "invoke-with-response-stream"} {
			if status, body := read(t, srv, to(operation, llamaModel)); status != 400 || !strings.Contains(body, "tool call") {
				t.Errorf("a tool call of Llama: %d %s", status, body)
			}
		}
	}, toolAnswer)
}

// texts returns all strings in a JSON value.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, e := range v {
			out = append(out, texts(e)...)
		}
	case map[string]any:
		for _, e := range v {
			out = append(out, texts(e)...)
		}
	}
	return out
}

// InvokeModel's body in each family's form: the text is in one place, and package text finds it there if it knows the form.
func TestInvokeModelFamilies(t *testing.T) {
	pieces := []string{"Hello, \"wörld\"\n", "</script>\u2028\x00 😹"}
	srv := start(t, bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say(pieces...)), bedrocktest.Text(pieces...)))
	for _, row := range familyRows {
		if row.id == "" || strings.HasPrefix(row.id, "arn:") {
			continue
		}
		resp := to("invoke", row.id).do(t, srv)
		b, _ := io.ReadAll(resp.Body)
		var v any
		err := json.Unmarshal(b, &v)
		places := 0
		for _, s := range texts(v) {
			if s == strings.Join(pieces, "") {
				places++
			}
		}
		d, _, bad := modeltext.Extract(nil, b)
		if err != nil || places != 1 || bad != nil || d.Kind != modeltext.Unknown && string(d.Text) != strings.Join(pieces, "") {
			t.Errorf("%s: in %d places, kind %v, text %q, %v %v in\n%s", row.id, places, d.Kind, d.Text, err, bad, b)
		}
		if h := resp.Header; h.Get("Content-Type") != "application/json" || h.Get("X-Amzn-Bedrock-Output-Token-Count") != "2" ||
			h.Get("X-Amzn-Bedrock-Input-Token-Count") != "12" || h.Get("X-Amzn-Bedrock-Invocation-Latency") != "321" {
			t.Errorf("%s: header %v", row.id, h)
		}
	}
}

// Without a script, Converse echoes; latency and tier are those asked for.
func TestConverseEcho(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	c := to("converse", llamaModel)
	c.body = strings.TrimSuffix(c.body, "}") + `,"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"}}`
	_, body := read(t, srv, c)
	sameJSON(t, body, `{"output":{"message":{"role":"assistant","content":[{"text":"Hi there"}]}},"stopReason":"end_turn",
		"usage":{"inputTokens":12,"outputTokens":2,"totalTokens":14},"metrics":{"latencyMs":321},
		"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"}}`)
	for _, operation := range []string{"converse", "converse-stream", "count-tokens"} {
		for _, body := range []string{"Hello", "[]", `{"a":`, `"x"`} {
			c := to(operation, llamaModel)
			c.body = body
			if status, text := read(t, srv, c); status != 400 || srv.Requests()[len(srv.Requests())-1].Refused != "ValidationException" {
				t.Errorf("%s of %s: %d %s", operation, body, status, text)
			}
		}
	}
	if r := srv.Requests()[0]; r.Operation != "Converse" || r.ModelID != llamaModel || r.Labels["modelId"] != llamaModel || r.AccessKeyID != "AKIDEXAMPLE" {
		t.Errorf("recorded %v: %q %q %v %q", r, r.Operation, r.ModelID, r.Labels, r.AccessKeyID)
	}
}

func TestCountTokens(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Text("the script is not asked")))
	invoke := func(body string) string {
		return `{"input":{"invokeModel":{"body":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `"}}}`
	}
	for _, row := range []struct {
		name, body string
		status     int
		want       string
	}{
		{"converse", to("count-tokens", testModel).body, 200, `{"inputTokens":2}`},
		{"invoke", invoke(testBody), 200, `{"inputTokens":2}`},
		{"no prompt", invoke(`{}`), 200, `{"inputTokens":1}`},
		{"long", invoke(`{"prompt":"` + strings.Repeat("é", 400) + `"}`), 200, `{"inputTokens":100}`},
		{"neither", `{"input":{}}`, 400, ""},
		{"no input", `{}`, 400, ""},
		{"both", `{"input":{"invokeModel":{"body":"e30="},"converse":{}}}`, 400, ""},
		{"no base64", `{"input":{"invokeModel":{"body":"!"}}}`, 400, ""},
	} {
		c := to("count-tokens", testModel)
		c.body = row.body
		if status, body := read(t, srv, c); status != row.status || row.want != "" && body != row.want {
			t.Errorf("%s: %d %s", row.name, status, body)
		}
	}
	if _, body := read(t, srv, to("converse", testModel)); !strings.Contains(body, "is not asked") {
		t.Errorf("the script was used up: %s", body)
	}
}

// What a script says in frames or as a body goes to the operations that it fits.
func TestScriptsOfOperations(t *testing.T) {
	frames := bedrocktest.Reply{Frames: [][]byte{bedrocktest.Event("messageStart", []byte(`{"role":"assistant"}`))}}
	body := bedrocktest.Reply{Body: []byte(`{"own":1}`)}
	srv := start(t, bedrocktest.NewServer())
	for _, row := range []struct {
		name, operation string
		reply           bedrocktest.Reply
		status          int
		want            string // how the body begins
		kind            string
	}{
		{"frames to a stream", "converse-stream", frames, 200, string(frames.Frames[0]), "application/vnd.amazon.eventstream"},
		{"frames to Converse", "converse", frames, 500, `{"message":"bedrocktest: the script's reply is frames`, "application/json"},
		{"frames to InvokeModel", "invoke", frames, 500, `{"message":"bedrocktest: the script's reply is frames`, "application/json"},
		{"body to Converse", "converse", body, 200, `{"own":1}`, "application/json"},
		{"body to InvokeModel", "invoke", body, 200, `{"own":1}`, "application/json"},
		{"error to Converse", "converse", bedrocktest.Failure(model.ThrottlingException, "slow"), 429, `{"message":"slow"}`, "application/json"},
		{"error to ConverseStream", "converse-stream", bedrocktest.Failure(model.ThrottlingException, "slow"), 429, `{"message":"slow"}`, "application/json"},
		{"text to Converse", "converse", bedrocktest.Text("Hel", "lo"), 200, `{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}}`, "application/json"},
		{"nothing to Converse", "converse", bedrocktest.Reply{}, 200, `{"output":{"message":{"role":"assistant","content":[]}}`, "application/json"},
		{"nothing to ConverseStream", "converse-stream", bedrocktest.Reply{}, 200, ``, "application/vnd.amazon.eventstream"},
	} {
		srv.Script(row.reply)
		resp := to(row.operation, testModel).do(t, srv)
		b, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != row.status || !strings.HasPrefix(string(b), row.want) || resp.Header.Get("Content-Type") != row.kind {
			t.Errorf("%s: %d %v\n%s", row.name, resp.StatusCode, resp.Header, b)
		}
	}
}

// Faults of the new operations: in a stream where there is one, else as an HTTP error or in the body's bytes.
func TestFaultsOfOperations(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Text("Hello")))
	faulty := func(operation, fault string) (int, string, error) {
		c := to(operation, testModel)
		c.header = http.Header{bedrocktest.FaultHeader: {fault}}
		resp := c.do(t, srv)
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), err
	}
	for _, row := range []struct {
		operation, fault string
		status           int
		cut              bool
		says             string
	}{
		{"converse", "exception=modelTimeoutException", 408, false, "asked for"},
		{"converse", "error", 500, false, "asked for"},
		{"converse", "http=ThrottlingException", 429, false, "asked for"},
		{"converse", "throttle=1", 429, false, "Too many"},
		{"converse", "unknown", 200, false, `"text":"Hello"`},
		{"converse", "fin@byte=20", 200, true, `{"output"`},
		{"converse", "end@byte=20", 200, false, `{"output"`},
		{"converse", "html", 200, false, "<html>"},
		{"count-tokens", "exception", 424, false, "asked for"},
		{"count-tokens", "reset@byte=3", 200, true, ""},
		{"invoke", "throttle=1", 200, false, "Hello"}, // the next try, of a client that does not mark them
		{"converse-stream", "exception=throttlingException@frame=2", 200, false, "throttlingException"},
		{"converse-stream", "fin@frame=2", 200, true, "messageStart"},
		{"converse-stream", "unknown=somethingNew@frame=1", 200, false, "somethingNew"},
	} {
		status, body, err := faulty(row.operation, row.fault)
		if status != row.status || (err != nil) != row.cut || !strings.Contains(body, row.says) {
			t.Errorf("%s, %s: %d %v\n%s", row.operation, row.fault, status, err, body)
		}
	}
	_, body, _ := faulty("converse-stream", "incomplete")
	if !strings.Contains(body, "contentBlockStop") || strings.Contains(body, "messageStop") || strings.Contains(body, "metadata") {
		t.Errorf("incomplete: %q", body)
	}
}

// An operation that a test adds.
func TestHandle(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	srv.Handle("ApplyGuardrail", "POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply", func(r bedrocktest.Request) bedrocktest.Reply {
		return bedrocktest.Reply{Body: []byte(r.Labels["guardrailIdentifier"] + " " + r.Labels["guardrailVersion"])}
	})
	srv.Handle("Flow", "POST /flows/{id}", func(bedrocktest.Request) bedrocktest.Reply {
		return bedrocktest.Reply{Frames: [][]byte{bedrocktest.Event("flowOutputEvent", []byte(`{}`))}}
	})
	srv.Handle("CountTokens", "POST /model/{modelId}/count-tokens", func(bedrocktest.Request) bedrocktest.Reply {
		return bedrocktest.Reply{Body: []byte(`{"inputTokens":7}`)}
	})
	start(t, srv)
	resp := call{path: "/guardrail/g%2F1/version/DRAFT/apply"}.do(t, srv)
	b, _ := io.ReadAll(resp.Body)
	if string(b) != "g/1 DRAFT" || resp.Header.Get("Content-Type") != "application/json" || srv.Requests()[0].Operation != "ApplyGuardrail" {
		t.Errorf("%s %v", b, resp.Header)
	}
	if all, err := messages((call{path: "/flows/f"}).do(t, srv).Body); err != nil || len(all) != 1 || all[0].name != "flowOutputEvent" {
		t.Errorf("%v %v", all, err)
	}
	if _, body := read(t, srv, to("count-tokens", testModel)); body != `{"inputTokens":7}` {
		t.Errorf("replaced: %s", body)
	}
	// It is signed, faulty and known like the others.
	wrong := bedrocktest.Credentials()
	wrong.SecretAccessKey += "x"
	if status, _ := read(t, srv, call{path: "/flows/f", creds: wrong}); status != 403 {
		t.Errorf("wrong secret: %d", status)
	}
	if status, _ := read(t, srv, call{path: "/flows/f", header: http.Header{bedrocktest.FaultHeader: {"http=503"}}}); status != 503 {
		t.Errorf("fault: %d", status)
	}
	if status, body := read(t, srv, call{path: "/flows"}); status != 404 || !strings.Contains(body, "Flow") {
		t.Errorf("unknown: %d %s", status, body)
	}
}

// Frames of events are the service's: three headers in its order.
func TestEventHeaders(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Text("x")))
	b, _ := io.ReadAll(to("converse-stream", testModel).do(t, srv).Body)
	m, _, err := frame.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range m.Headers.All() {
		names = append(names, string(bytes.Clone(name)))
	}
	if got := strings.Join(names, " "); got != ":event-type :content-type :message-type" {
		t.Errorf("headers %s", got)
	}
}
