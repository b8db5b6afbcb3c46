package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
)

const talkModel = "amazon.nova-sonic-v1:0"

func said(s string) string { return `{"event":{"textInput":{"content":"` + s + `"}}}` + "\n" }

func TestTalkDemo(t *testing.T) {
	w := newWorld(t)
	w.env.stdin = strings.NewReader(`{"event":{"sessionStart":{}}}` + "\n\n" + said("one") + said("two"))
	w.want(t, exitOK, "talk", "-demo")
	want := `{"event":{"textOutput":{"content":"You said: one","role":"ASSISTANT"}}}
{"event":{"textOutput":{"content":"You said: two","role":"ASSISTANT"}}}
{"event":{"completionEnd":{"stopReason":"END_TURN"}}}
`
	if w.out.String() != want || w.err.Len() > 0 {
		t.Errorf("%q, standard error %q", w.out.String(), w.err.String())
	}
}

// TestTalkTurns: the answer to a line comes before the next line is there.
func TestTalkTurns(t *testing.T) {
	w, srv := service(t)
	w.set("AWS_BEARER_TOKEN_BEDROCK=a-key-that-can't-sign")
	input, keyboard := io.Pipe()
	output, screen := io.Pipe()
	w.env.stdin, w.env.stdout = input, screen
	status := make(chan int, 1)
	go func() {
		status <- w.run("talk", "-endpoint", srv.URL, "-model", talkModel)
		screen.Close()
	}()
	buf := make([]byte, 1000)
	for _, line := range []string{"{\"a\":1}\n", "{\"a\":\"\\u001b\"}\n"} {
		io.WriteString(keyboard, line)
		if n, err := output.Read(buf); err != nil || string(buf[:n]) != line {
			t.Fatalf("%q, %v; standard error %q", buf[:n], err, w.err.String())
		}
	}
	keyboard.Close()
	if s := <-status; s != exitOK || w.err.Len() > 0 {
		t.Errorf("exit status %d, standard error %q", s, w.err.String())
	}
}

func TestTalkStatus(t *testing.T) {
	exception := func(code string) bedrocktest.Reply {
		return bedrocktest.Reply{Fault: bedrocktest.Fault{Kind: bedrocktest.FaultException, Code: code}}
	}
	for _, row := range []struct {
		name   string
		input  string
		reply  bedrocktest.Reply
		vars   string
		more   []string
		status int
		reason string
	}{
		{"not JSON", "{}\nhello\n", bedrocktest.Reply{}, "", nil, exitUsage, "line 2 of the input is not JSON"},
		{"long line", `"` + strings.Repeat("x", maxTalkLine) + `"`, bedrocktest.Reply{}, "", nil, exitUsage, "line 1 of the input is longer than"},
		{"no model", "", bedrocktest.Reply{}, "", []string{"-model", ""}, exitUsage, "-model is needed"},
		{"negative limit", "", bedrocktest.Reply{}, "", []string{"-idle-timeout", "-1s"}, exitUsage, "negative"},
		{"demo elsewhere", "", bedrocktest.Reply{}, "", []string{"-demo"}, exitUsage, "-demo has an endpoint"},
		{"wrong secret", "{}\n", bedrocktest.Reply{}, "AWS_SECRET_ACCESS_KEY=wrong", nil, exitRefused, "InvalidSignatureException"},
		{"refused", "{}\n", exception("validationException"), "", nil, exitRefused, "ValidationException"},
		{"throttled", "{}\n", exception("throttlingException"), "", nil, exitRetryable, "ThrottlingException"},
		{"cut", "{}\n", bedrocktest.Reply{Fault: bedrocktest.Fault{Kind: bedrocktest.FaultReset, Byte: 20}}, "", nil, exitStream, "truncated"},
		{"stalled", "{}\n", bedrocktest.Reply{Fault: bedrocktest.Fault{Kind: bedrocktest.FaultStall, Byte: 20}}, "", []string{"-idle-timeout", "200ms"}, exitStream, "stalled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, srv := service(t, row.reply)
			if row.vars != "" {
				w.set(row.vars)
			}
			w.env.stdin = strings.NewReader(row.input)
			w.want(t, row.status, append([]string{"talk", "-endpoint", srv.URL, "-model", talkModel}, row.more...)...)
			if !strings.Contains(w.err.String(), row.reason) {
				t.Errorf("standard error %q", w.err.String())
			}
		})
	}
	t.Run("an API key alone", func(t *testing.T) {
		w := newWorld(t, "AWS_REGION=us-east-1", "AWS_BEARER_TOKEN_BEDROCK=key", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
		input, keyboard := io.Pipe()
		time.AfterFunc(20*time.Second, func() { keyboard.Close() })
		w.env.stdin = input
		w.want(t, exitConfig, "talk", "-model", talkModel)
		if !strings.Contains(w.err.String(), "AWS_BEARER_TOKEN_BEDROCK") {
			t.Errorf("standard error %q", w.err.String())
		}
		keyboard.Close()
	})
}
