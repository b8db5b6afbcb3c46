package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

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

func TestLogLine(t *testing.T) {
	for _, row := range []struct {
		ev   client.Step
		want string
	}{
		{client.Step{Kind: client.StepRetry, Attempt: 1, Wait: 1500 * time.Millisecond, Err: errors.New("why")}, "   0.000 s  retry: attempt 1 failed, next in 1.5 s: why"},
		{client.Step{Kind: client.StepSkipped, EventType: "news", Elapsed: time.Second}, "   1.000 s  skipped event of type news"},
		{client.Step{Kind: client.StepEnd, Events: 1, Bytes: 2, Err: errors.New("why")}, "   0.000 s  end: 1 event, 2 bytes: why"},
	} {
		if got := logLine(&row.ev); got != row.want {
			t.Errorf("%q, want %q", got, row.want)
		}
	}
	if got := retryLine(&client.Step{Attempt: 2, Err: errors.New("x")}); got != "attempt 2: the attempt failed; trying again in 0 ms" {
		t.Errorf("%q", got)
	}
}
