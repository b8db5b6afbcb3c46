package main

import (
	"context"
	"encoding/json"

	"bedrockwire/client"
	"bedrockwire/model"
	"bedrockwire/model/text"
)

const invokeAbout = `Sends a prompt or a request body to a model, in the model's own format, and streams its answer to standard output as it
comes (InvokeModelWithResponseStream; with -no-stream, InvokeModel).

` + answerAbout + `
Examples:
  bedrockwire invoke -demo -prompt "Hello"
  bedrockwire invoke -model us.anthropic.claude-sonnet-4-20250514-v1:0 -prompt "Why is the sky blue?"
  bedrockwire invoke -model amazon.nova-lite-v1:0 -region eu-west-1 -body request.json -output json
  echo '{"prompt":"Hi","max_gen_len":64}' | bedrockwire invoke -model meta.llama3-8b-instruct-v1:0 -body -
  bedrockwire invoke -demo -prompt Hi -save answer.bin
  bedrockwire invoke -profile work -explain
`

func invoke(ctx context.Context, e *env, args []string) int {
	var f callFlags
	var r model.InvokeModelRequest
	flags := newFlags(e, "invoke", "", invokeAbout)
	f.register(flags, "`FILE` with the request body in the model's own format; '-' is standard input")
	flags.StringVar(&r.GuardrailIdentifier, "guardrail", "", "`ID` or ARN of a guardrail to apply")
	flags.StringVar(&r.GuardrailVersion, "guardrail-version", "", "its `VERSION`, a number or DRAFT")
	flags.StringVar((*string)(&r.Trace), "trace", "", "guardrail `TRACE`: ENABLED, DISABLED or ENABLED_FULL")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	if f.explain {
		return f.settings.explain(ctx, e, "invoke")
	}
	given := given(flags)
	switch reason := f.check(e, given); {
	case given["prompt"] && given["body"]:
		return usageError(e, "invoke", "-prompt and -body exclude each other")
	case !given["prompt"] && !given["body"]:
		return usageError(e, "invoke", "one of -prompt and -body is needed")
	case reason != "":
		return usageError(e, "invoke", reason)
	}
	r.ModelID = f.modelID
	r.PerformanceConfigLatency, r.ServiceTier = model.PerformanceConfigLatency(f.latency), model.ServiceTier(f.tier)
	if err := f.invokeBody(e, &r); err != nil {
		return e.report(ctx, "invoke", err)
	}
	return e.report(ctx, "invoke", f.run(ctx, e, func(ctx context.Context, c *client.Client) (chunks, error) {
		if !f.whole {
			s, err := c.InvokeModelWithResponseStream(ctx, &r)
			if err != nil {
				return nil, err
			}
			return s, nil
		}
		response, err := c.InvokeModel(ctx, &r)
		if err != nil {
			return nil, err
		}
		return newWholeAnswer(response.Body, "", f.output), nil
	}))
}

// invokeBody fills in the body and checks the request.
func (f *callFlags) invokeBody(e *env, r *model.InvokeModelRequest) (err error) {
	if f.body != "" {
		r.Body, err = e.readInput(f.body, "the request body")
	} else {
		var prompt string
		if prompt, err = f.promptText(e); err == nil {
			if r.Body, err = text.Prompt(r.ModelID, prompt, f.maxTokens); err != nil {
				err = usageFault{err}
			} else if f.whole {
				r.Body, err = withoutStream(r.Body)
			}
		}
	}
	if err != nil {
		return err
	}
	return r.Validate()
}

// withoutStream takes the member "stream" out of a prompt's body. Cohere's Command streams only if
// the body says so, and a whole answer must not be asked for as a stream.
func withoutStream(body []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, err
	}
	if _, ok := members["stream"]; !ok {
		return body, nil
	}
	delete(members, "stream")
	return json.Marshal(members)
}
