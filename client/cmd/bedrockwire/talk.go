package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials"
	"bedrockwire/signer"
)

const talkAbout = `Talks with a speech model in both directions at once (InvokeModelWithBidirectionalStream). Each line of standard input is
an event for the model, JSON in its own format, and is sent at once. Each event of the model is printed as one line of
JSON. The end of standard input ends what is sent, and the command ends when the model has said all.

It needs keys to sign with: the service takes no API key for this operation. There is no limit on silence unless
-idle-timeout sets one, since a person may think for long.

Examples:
  bedrockwire talk -model amazon.nova-sonic-v1:0 <events.jsonl
  echo '{"event":{"textInput":{"content":"Hello"}}}' | bedrockwire talk -demo
`

const talkDemoModel = "amazon.nova-sonic-v1:0"

// maxTalkLine is the longest event that is sent. The service's own limit for one is 1,000,000 bytes.
const maxTalkLine = 1_000_000

type talkFlags struct {
	settings
	modelID string
	idle    time.Duration
	demo    bool
}

func talk(ctx context.Context, e *env, args []string) int {
	var f talkFlags
	flags := newFlags(e, "talk", "", talkAbout)
	f.settings.register(flags)
	flags.StringVar(&f.modelID, "model", "", "`ID` or ARN of a model or inference profile")
	flags.DurationVar(&f.idle, "idle-timeout", 0, "longest silence to wait through, such as 30s; 0 is no limit")
	flags.BoolVar(&f.demo, "demo", false, "use a fake Bedrock inside this process: no account, no network")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	given := given(flags)
	switch {
	case f.idle < 0:
		return usageError(e, "talk", "-idle-timeout must not be negative")
	case f.demo && (given["endpoint"] || given["region"]):
		return usageError(e, "talk", "-demo has an endpoint and a region of its own")
	case f.modelID == "" && f.demo && !given["model"]:
		f.modelID = talkDemoModel
	case f.modelID == "":
		return usageError(e, "talk", "-model is needed")
	}
	err := f.run(ctx, e)
	if errors.Is(err, credentials.ErrNone) && e.getenv(bearerVariable) != "" {
		err = bearerFault{}
	}
	return e.report(ctx, "talk", err)
}

const bearerVariable = "AWS_BEARER_TOKEN_BEDROCK"

func (f *talkFlags) run(ctx context.Context, e *env) error {
	var cfg client.Config
	if f.demo {
		fake := bedrocktest.NewUnstartedServer()
		fake.Talk = demoTalk
		if err := fake.Start(); err != nil {
			return err
		}
		defer fake.Close()
		keys := fake.Credentials
		cfg = client.Config{Region: "us-east-1", Endpoint: fake.URL, Credentials: func(context.Context) (signer.Credentials, error) { return keys, nil }}
	} else {
		o := f.settings.options(e, true)
		o.Getenv = func(name string) string {
			if name == bearerVariable {
				return "" // an API key can't sign, and would take the place of the keys that can
			}
			return e.getenv(name)
		}
		var err error
		if cfg, err = config.Load(ctx, o); err != nil {
			return err
		}
	}
	cfg.Timeouts.Idle, cfg.Timeouts.FirstEvent = -1, -1
	if f.idle > 0 {
		cfg.Timeouts.Idle, cfg.Timeouts.FirstEvent = f.idle, f.idle
	}
	c, err := f.settings.client(cfg)
	if err != nil {
		return err
	}
	defer c.CloseIdleConnections()
	s, err := c.InvokeModelWithBidirectionalStream(ctx, f.modelID)
	if err != nil {
		return err
	}
	defer s.Close()

	// A read of standard input can't be interrupted, so this goroutine may be left when the model
	// has ended the stream before its input did. The process ends then.
	input := make(chan error, 1)
	go func() {
		if err := sendLines(s, e.input("events")); err != nil {
			input <- err
			s.Close()
		}
	}()
	for chunk, err := range s.All() {
		if err != nil {
			select {
			case wrong := <-input: // the stream was closed for it
				return wrong
			default:
				return err
			}
		}
		if _, err := e.stdout.Write(appendJSONLine(nil, chunk)); err != nil {
			return err
		}
	}
	return nil
}

// sendLines sends each line of r. Its error is one of the input; what is wrong with the stream is the error of
// Next too.
func sendLines(s *client.BidirectionalStream, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxTalkLine+2) // and the line's end
	n := 1
	for ; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return usageFault{fmt.Errorf("line %d of the input is not JSON", n)}
		}
		if s.Send(line) != nil {
			return nil
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return usageFault{fmt.Errorf("line %d of the input is longer than %d bytes", n, maxTalkLine)}
	case err != nil:
		return fmt.Errorf("reading the input: %w", err)
	}
	s.CloseSend()
	return nil
}

// demoTalk answers the events of -demo as a speech model does, with text.
func demoTalk(_ bedrocktest.Request, chunk []byte) [][]byte {
	event := func(name string, members map[string]any) []byte {
		b, err := json.Marshal(map[string]any{"event": map[string]any{name: members}})
		if err != nil {
			return nil // can't happen: the members are strings
		}
		return bedrocktest.Chunk(string(b))
	}
	if chunk == nil {
		return [][]byte{event("completionEnd", map[string]any{"stopReason": "END_TURN"})}
	}
	var in struct {
		Event struct{ TextInput struct{ Content string } }
	}
	if json.Unmarshal(chunk, &in) != nil || in.Event.TextInput.Content == "" {
		return nil
	}
	return [][]byte{event("textOutput", map[string]any{"content": "You said: " + in.Event.TextInput.Content, "role": "ASSISTANT"})}
}
