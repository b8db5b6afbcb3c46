package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/model/converse"
)

// sample is what a program measures of a call.
type sample struct {
	requestID  string
	attempts   int
	firstEvent time.Duration
	duration   time.Duration
	tokens     int64
	class      client.Class
}

type sampleKey struct{}

// observe is a Config.Log hook. It fills in the sample in the call's context. The steps of one call
// come one after another, so a sample needs no lock.
func observe(s client.Step) {
	m, ok := s.Context.Value(sampleKey{}).(*sample)
	if !ok {
		return
	}
	switch s.Kind {
	case client.StepEvent:
		if s.Events == 1 {
			m.firstEvent = s.Elapsed
		}
	case client.StepEnd:
		m.requestID, m.attempts, m.duration, m.class = s.RequestID, s.Attempt, s.Elapsed, client.Classify(s.Err)
	}
}

// Metrics of each call: request id, attempts, time to the first event, duration and tokens. The
// tokens come from the stream, everything else from the log hook.
func ExampleConfig_metrics() {
	srv := bedrocktest.NewServer(bedrocktest.Failure("ThrottlingException", "Slow down."), bedrocktest.Answer(bedrocktest.Say("Hello")))
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys, Log: observe,
		Retry: client.Retry{MaxDelay: time.Millisecond}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()

	var m sample
	ctx := context.WithValue(context.Background(), sampleKey{}, &m)
	s, err := c.ConverseStream(ctx, &converse.Request{ModelID: "amazon.nova-lite-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("Hi"))}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for event, err := range s.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if event.Kind == converse.Metadata {
			m.tokens = event.Usage.TotalTokens
		}
	}
	fmt.Println(m.requestID != "", m.attempts, "attempts,", m.tokens, "tokens")
	fmt.Println(0 < m.firstEvent && m.firstEvent <= m.duration)
	// Output:
	// true 2 attempts, 13 tokens
	// true
}

// Log lines of log/slog: each retry, and the end of each call.
func ExampleConfig_slog() {
	srv := bedrocktest.NewServer(bedrocktest.Failure("ThrottlingException", "Slow down."), bedrocktest.Answer(bedrocktest.Say("Hello")))
	defer srv.Close()
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case "time", "elapsed", "wait", "request": // they differ from run to run
			return slog.Attr{}
		}
		return a
	}}))
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys, Retry: client.Retry{MaxDelay: time.Millisecond},
		Log: func(s client.Step) {
			switch {
			case s.Kind == client.StepRetry:
				logger.WarnContext(s.Context, "retry", "operation", s.Operation, "attempt", s.Attempt, "wait", s.Wait, "class", client.Classify(s.Err))
			case s.Kind == client.StepEnd && s.Err != nil:
				logger.ErrorContext(s.Context, "failed", "operation", s.Operation, "request", s.RequestID, "elapsed", s.Elapsed,
					"error", s.Err, "hint", client.Hint(s.Err))
			case s.Kind == client.StepEnd:
				logger.InfoContext(s.Context, "done", "operation", s.Operation, "request", s.RequestID, "attempts", s.Attempt,
					"elapsed", s.Elapsed)
			}
		}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	if _, err := c.Converse(context.Background(), &converse.Request{ModelID: "amazon.nova-lite-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("Hi"))}}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// level=WARN msg=retry operation=Converse attempt=1 class=retryable
	// level=INFO msg=done operation=Converse attempts=2
}

// One call of a running program is captured, and decoded again later.
func ExampleWithOptions_tap() {
	srv := bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say("Hello, ", "world")))
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	var captured bytes.Buffer
	ctx := client.WithOptions(context.Background(), &client.CallOptions{Tap: func(p []byte) { captured.Write(p) }})
	s, err := c.ConverseStream(ctx, &converse.Request{ModelID: "amazon.nova-lite-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("Hi"))}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.Collect(); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.NewConverseStream(io.NopCloser(&captured), nil).Collect()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Message.Text())
	// Output: Hello, world
}
