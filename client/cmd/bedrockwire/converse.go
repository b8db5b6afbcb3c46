package main

import (
	"bytes"
	"context"
	"time"

	"bedrockwire/client"
	"bedrockwire/model"
	"bedrockwire/model/converse"
)

const converseAbout = `Sends a conversation to a model in the one format that Converse has for all models, and streams the answer to standard
output as it comes (ConverseStream; with -no-stream, Converse). Use it for tools, images and documents.

-body is a request of Converse without the model: messages, system, toolConfig, inferenceConfig and the others. What
-prompt, -attach and -system say is added to it: the prompt and the files as the last message. So a file with tools and a
prompt on the command line work together.

` + answerAbout + `
Examples:
  bedrockwire converse -demo -prompt "Hello"
  bedrockwire converse -model us.amazon.nova-lite-v1:0 -system "Answer in one sentence." -prompt "Why is the sky blue?"
  bedrockwire converse -model us.amazon.nova-lite-v1:0 -attach cat.png -attach report.pdf -prompt "What is this?"
  bedrockwire converse -model us.amazon.nova-lite-v1:0 -body tools.json -prompt "How is the weather in Berlin?" -output json
`

func converseCommand(ctx context.Context, e *env, args []string) int {
	var f callFlags
	var system, guardrail, guardrailVersion string
	var files listFlag
	flags := newFlags(e, "converse", "", converseAbout)
	f.register(flags, "`FILE` with a request of Converse as JSON; '-' is standard input")
	flags.StringVar(&system, "system", "", "`TEXT` of the instructions for the model")
	flags.Var(&files, "attach", "`FILE` to send with the prompt: an image, document, video or sound, by its extension; may be repeated")
	flags.StringVar(&guardrail, "guardrail", "", "`ID` or ARN of a guardrail to apply")
	flags.StringVar(&guardrailVersion, "guardrail-version", "", "its `VERSION`, a number or DRAFT")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	if f.explain {
		return f.settings.explain(ctx, e, "converse")
	}
	given := given(flags)
	switch reason := f.check(e, given); {
	case !given["prompt"] && !given["body"]:
		return usageError(e, "converse", "-prompt or -body is needed")
	case f.prompt == "-" && f.body == "-":
		return usageError(e, "converse", "-prompt and -body can't both be read from standard input")
	case len(files) > 0 && !given["prompt"]:
		return usageError(e, "converse", "-attach needs a -prompt that says what to do with the file")
	case reason != "":
		return usageError(e, "converse", reason)
	}
	r, err := f.conversation(e, given, system, files, guardrail, guardrailVersion)
	if err != nil {
		return e.report(ctx, "converse", err)
	}
	return e.report(ctx, "converse", f.run(ctx, e, func(ctx context.Context, c *client.Client) (chunks, error) {
		if f.whole {
			response, err := c.Converse(ctx, r)
			if err != nil {
				return nil, err
			}
			return newWholeAnswer(response.Raw, "", f.output), nil
		}
		s, err := c.ConverseStream(ctx, r)
		if err != nil {
			return nil, err
		}
		return &conversation{ConverseStream: s}, nil
	}))
}

// conversation makes the request and checks it.
func (f *callFlags) conversation(e *env, given map[string]bool, system string, files []string, guardrail, guardrailVersion string) (*converse.Request, error) {
	r := new(converse.Request)
	if f.body != "" {
		body, err := e.readInput(f.body, "the request")
		if err != nil {
			return nil, err
		}
		if r, err = parseConverse(body); err != nil {
			return nil, usageFault{err}
		}
	}
	r.ModelID = f.modelID
	if f.latency != "" {
		r.PerformanceConfigLatency = model.PerformanceConfigLatency(f.latency)
	}
	if f.tier != "" {
		r.ServiceTier = model.ServiceTier(f.tier)
	}
	if given["max-tokens"] || r.MaxTokens == 0 && f.body == "" {
		r.MaxTokens = f.maxTokens
	}
	if system != "" {
		r.System = append(r.System, converse.Text(system))
	}
	if guardrail != "" {
		if err := addGuardrail(r, guardrail, guardrailVersion); err != nil {
			return nil, usageFault{err}
		}
	}
	if given["prompt"] {
		var content []converse.Block
		for _, name := range files {
			block, err := attach(name)
			if err != nil {
				return nil, err
			}
			content = append(content, block)
		}
		prompt, err := f.promptText(e)
		if err != nil {
			return nil, err
		}
		r.Messages = append(r.Messages, converse.User(append(content, converse.Text(prompt))...))
	}
	if err := model.CheckModelID(r.ModelID); err != nil {
		return nil, err
	}
	return r, r.Validate()
}

// A conversation is a ConverseStream as chunks: each event with its type around it,
// {"messageStop":{...}}. Amazon Nova streams the same from InvokeModelWithResponseStream, so
// package text reads them.
type conversation struct {
	*client.ConverseStream
	chunk    []byte
	metadata converse.Event
}

func (c *conversation) Next() ([]byte, error) {
	event, err := c.ConverseStream.Next()
	if err != nil {
		return nil, err
	}
	if event.Kind == converse.Metadata {
		c.metadata = converse.Event{Kind: event.Kind, Usage: event.Usage, LatencyMs: event.LatencyMs}
	}
	c.chunk = appendUnion(c.chunk[:0], event.Kind.String(), event.Raw)
	return c.chunk, nil
}

// Metrics returns the counts of the last event in the form of those that
// InvokeModelWithResponseStream adds.
func (c *conversation) Metrics() (model.InvocationMetrics, bool) {
	u := c.metadata.Usage
	return model.InvocationMetrics{
		InputTokenCount: u.InputTokens, OutputTokenCount: u.OutputTokens,
		CacheReadInputTokenCount: u.CacheReadInputTokens, CacheWriteInputTokenCount: u.CacheWriteInputTokens,
		InvocationLatency: time.Duration(c.metadata.LatencyMs) * time.Millisecond,
	}, c.metadata.Kind == converse.Metadata
}

// appendUnion appends an event of ConverseStream with its type around it, and without the member
// "p": the service adds it to hide the length of the text.
func appendUnion(dst []byte, eventType string, payload []byte) []byte {
	dst = append(append(append(dst, `{"`...), eventType...), `":`...)
	const padding = `"p":"`
	if at := bytes.LastIndex(payload, []byte(padding)); at > 0 {
		if rest := bytes.TrimRight(payload[at+len(padding):], "}"); len(rest) == len(payload)-at-len(padding)-1 && isPadding(rest) {
			payload = append(bytes.TrimRight(payload[:at:at], ", \t\r\n"), '}')
		}
	}
	return append(append(dst, payload...), '}')
}

// isPadding reports whether s is letters and digits and then the quote that ends a string.
func isPadding(s []byte) bool {
	text, ok := bytes.CutSuffix(s, []byte{'"'})
	for _, c := range text {
		if c-'0' > 9 && c|0x20-'a' > 25 {
			return false
		}
	}
	return ok
}
