package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/client/config"
	"bedrockwire/model"
	"bedrockwire/model/text"
	"bedrockwire/signer"
)

const invokeAbout = `Sends a prompt or a request body to a model and streams its answer to standard output, as it comes.

On a terminal a line below the text tells how the call is coming along, where it can't disturb the text (export
COLUMNS to have it all the time), and a summary follows. In a pipe there is the text and nothing else.

Text is the answer alone. Tool calls, and with -reasoning the model's reasoning, are shown on standard error. Control
characters in what the model sends are replaced in text, and escaped in json.

Examples:
  bedrockwire invoke -demo -prompt "Hello"
  bedrockwire invoke -model us.anthropic.claude-sonnet-4-20250514-v1:0 -prompt "Why is the sky blue?"
  bedrockwire invoke -model amazon.nova-lite-v1:0 -region eu-west-1 -body request.json -output json
  echo '{"prompt":"Hi","max_gen_len":64}' | bedrockwire invoke -model meta.llama3-8b-instruct-v1:0 -body -
  bedrockwire invoke -demo -prompt Hi -save answer.bin
  bedrockwire invoke -profile work -explain
`

// Defaults of invoke.
const (
	demoModel = "anthropic.claude-3-5-haiku-20241022-v1:0"
	demoPace  = 60 * time.Millisecond // between two pieces of the fake's answer, so that streaming shows
)

type invokeFlags struct {
	settings
	request                    model.InvokeModelWithResponseStreamRequest
	prompt, body, output, save string
	maxTokens, attempts        int
	idle                       time.Duration
	demo, reasoning, quiet     bool
	verbose, explain           bool
	allowIncomplete            bool
}

func invoke(ctx context.Context, e *env, args []string) int {
	var f invokeFlags
	flags := newFlags(e, "invoke", "", invokeAbout)
	f.settings.register(flags)
	flags.StringVar(&f.request.ModelID, "model", "", "`ID` or ARN of a model or inference profile")
	flags.StringVar(&f.prompt, "prompt", "", "`TEXT` to send, '-' for that of standard input; its request body is made for the model's family")
	flags.StringVar(&f.body, "body", "", "`FILE` with the request body in the model's own format; '-' is standard input")
	flags.StringVar(&f.output, "output", "text", "`FORMAT`: text of the answer, json (the model's own events, one a line), or raw (the event stream's bytes as they\ncome, unchecked)")
	flags.StringVar(&f.save, "save", "", "`FILE` that keeps the event stream's bytes beside what is shown, for decode")
	flags.IntVar(&f.maxTokens, "max-tokens", text.DefaultMaxTokens, "longest answer to ask for, with -prompt")
	flags.StringVar(&f.request.GuardrailIdentifier, "guardrail", "", "`ID` or ARN of a guardrail to apply")
	flags.StringVar(&f.request.GuardrailVersion, "guardrail-version", "", "its `VERSION`, a number or DRAFT")
	flags.StringVar((*string)(&f.request.Trace), "trace", "", "guardrail `TRACE`: ENABLED, DISABLED or ENABLED_FULL")
	flags.StringVar((*string)(&f.request.PerformanceConfigLatency), "latency", "", "standard or optimized `LATENCY`")
	flags.StringVar((*string)(&f.request.ServiceTier), "tier", "", "service `TIER`: priority, default, flex or reserved")
	flags.IntVar(&f.attempts, "attempts", 0, "how often a call is tried, the first time included; 0 is the default of the configuration")
	flags.DurationVar(&f.idle, "idle-timeout", 0, "longest silence to wait through, such as 30s; 0 is the default, "+client.DefaultIdleTimeout.String())
	flags.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "take a stream that ends between two frames without a last event for whole")
	flags.BoolVar(&f.reasoning, "reasoning", false, "show the model's reasoning on standard error")
	flags.BoolVar(&f.demo, "demo", false, "use a fake Bedrock inside this process: no account, no network")
	flags.BoolVar(&f.quiet, "quiet", false, "no status line and no summary")
	flags.BoolVar(&f.explain, "explain", false, "show where region, endpoint and credentials are looked for and what was found, and call nothing")
	flags.BoolVar(&f.verbose, "v", false, "show each step of the call on standard error")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	if f.explain {
		return f.settings.explain(ctx, e)
	}
	if reason := f.check(e, flags); reason != "" {
		return usageError(e, "invoke", reason)
	}
	return e.report(ctx, "invoke", f.run(ctx, e))
}

// demoReply is the answer of -demo to a prompt on the command line: the prompt, and a sentence that is long enough to
// see it stream. A body or a prompt from standard input is echoed as it is.
func demoReply(modelID, prompt string) bedrocktest.Reply {
	answer := "You said: " + prompt + "\nThis answer was streamed by a fake Amazon Bedrock inside this process: " +
		"the request was signed, sent over HTTP and checked, and each piece came in a frame with two checksums."
	return bedrocktest.Stream(bedrocktest.FamilyOf(modelID), strings.SplitAfter(answer, " ")...)
}

// check returns what is wrong with the flags together, "" for nothing.
func (f *invokeFlags) check(e *env, flags *flag.FlagSet) string {
	given := map[string]bool{}
	flags.Visit(func(x *flag.Flag) { given[x.Name] = true })
	switch {
	case given["prompt"] && given["body"]:
		return "-prompt and -body exclude each other"
	case !given["prompt"] && !given["body"]:
		return "one of -prompt and -body is needed"
	case f.output != "text" && f.output != "json" && f.output != "raw":
		return "-output must be text, json or raw"
	case f.output == "raw" && e.stdoutSink == screen:
		return "-output raw writes bytes that are not for a terminal: send them to a file or a pipe, or use -save"
	case f.maxTokens <= 0:
		return "-max-tokens must be positive"
	case f.attempts < 0:
		return "-attempts must not be negative"
	case f.idle < 0:
		return "-idle-timeout must not be negative"
	case f.demo && (given["endpoint"] || given["region"]):
		return "-demo has an endpoint and a region of its own"
	case f.request.ModelID == "" && f.demo && !given["model"]:
		f.request.ModelID = demoModel
	case f.request.ModelID == "":
		return "-model is needed"
	}
	return ""
}

// run makes the call.
func (f *invokeFlags) run(ctx context.Context, e *env) (err error) {
	r, err := f.makeRequest(e)
	if err != nil {
		return err
	}
	if err := r.Validate(); err != nil { // before any source of credentials is asked
		return err
	}
	var cfg client.Config
	if f.demo {
		fake := bedrocktest.NewUnstartedServer()
		fake.Pace = demoPace
		if f.prompt != "" && f.prompt != "-" {
			fake.Respond = func(r bedrocktest.Request) bedrocktest.Reply { return demoReply(r.ModelID, f.prompt) }
		}
		if err := fake.Start(); err != nil {
			return err
		}
		defer fake.Close()
		keys := fake.Credentials
		cfg = client.Config{Region: "us-east-1", Endpoint: fake.URL, Credentials: func(context.Context) (signer.Credentials, error) { return keys, nil }}
	} else if cfg, err = config.Load(ctx, f.settings.options(e, f.body == "-" || f.prompt == "-")); err != nil {
		return err
	}
	if f.attempts > 0 {
		cfg.Retry.MaxAttempts = f.attempts
	}
	if f.idle > 0 {
		cfg.Timeouts.Idle = f.idle
	}
	var kept keeper
	if f.output == "raw" {
		kept.add(e.stdout)
	}
	if f.save != "" {
		// What a model says to someone is for nobody else. A file that cannot be written is found out before the call is paid for.
		saved, err := os.OpenFile(f.save, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, saved.Close()) }()
		kept.add(&replacer{file: saved})
	}
	if len(kept.to) > 0 {
		cfg.Tap = kept.write
		cfg.ReturnAtHead = true // or the bytes of an attempt that failed in place of the first event would be kept too
	}
	if err := f.stream(ctx, e, cfg, r); err != nil {
		return err
	}
	return kept.err
}

// makeRequest makes the request from the flags.
func (f *invokeFlags) makeRequest(e *env) (r *model.InvokeModelWithResponseStreamRequest, err error) {
	r = &f.request
	switch {
	case f.body == "":
		prompt := f.prompt
		if prompt == "-" {
			var all []byte
			if all, err = readBody(e.input("the prompt")); err != nil {
				return nil, err
			}
			prompt = strings.TrimRight(string(all), "\r\n")
		}
		r.Body, err = text.Prompt(r.ModelID, prompt, f.maxTokens)
	case f.body == "-":
		r.Body, err = readBody(e.input("the request body"))
	default:
		var src *os.File
		if src, err = os.Open(f.body); err == nil {
			r.Body, err = readBody(src)
			src.Close()
		}
	}
	return r, err
}

// readBody reads a request body. One byte more than is allowed is enough for Validate to refuse it.
func readBody(src io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(src, model.MaxRequestBody+1))
}

// stream makes the call and shows the answer.
func (f *invokeFlags) stream(ctx context.Context, e *env, cfg client.Config, r *model.InvokeModelWithResponseStreamRequest) error {
	watched := e.stderrSink == screen && e.stdoutSink != pipe && !f.quiet
	var live *status
	if watched && e.cursor() && !f.verbose {
		live = newStatus(e)
		defer live.end()
		if e.every != nil {
			defer e.every(statusPeriod, live.tick)()
		}
	}
	a := newAnswer(e, live, f.output, f.reasoning)
	if f.verbose || live != nil {
		cfg.Log = func(ev client.Step) { f.step(a, &ev) }
	}
	cfg.AllowIncomplete = f.allowIncomplete
	c, err := f.settings.client(cfg)
	if err != nil {
		return err
	}
	defer c.CloseIdleConnections()
	s, err := c.InvokeModelWithResponseStream(ctx, r)
	if err != nil {
		return err
	}
	defer s.Close()
	return f.show(a, s, watched)
}

// step tells a step of the call: each with -v, else only why nothing comes yet.
func (f *invokeFlags) step(a *answer, ev *client.Step) {
	switch {
	case f.verbose:
		a.aside(dim, logLine(ev))
	case ev.Kind == client.StepRetry:
		a.aside(dim, retryLine(ev))
	}
}

// show shows an answer to its end, and returns what was wrong with it.
func (f *invokeFlags) show(a *answer, s *client.Stream, watched bool) (err error) {
	for chunk, nextErr := range s.All() {
		if err = nextErr; err == nil {
			err = a.chunk(chunk)
		}
		if err != nil {
			break
		}
	}
	a.end()
	if watched {
		a.summary(s)
	}
	switch {
	case err != nil:
		return err
	case a.failure != "":
		return &model.Error{Code: model.Code(a.failure), Message: "the model reports an error in its answer", RequestID: s.RequestID(), InStream: true}
	case s.Events() == 0 && !f.allowIncomplete:
		return client.ErrIncomplete // nothing at all is no answer, in no format
	}
	return nil
}

// A keeper gives the bytes of a stream to files. It remembers the first fault and goes on with the others: what
// is shown does not depend on what is kept.
type keeper struct {
	to  []io.Writer
	err error
}

func (k *keeper) add(w io.Writer) { k.to = append(k.to, w) }

func (k *keeper) write(p []byte) {
	for i, w := range k.to {
		if w == nil {
			continue
		}
		if _, err := w.Write(p); err != nil {
			k.to[i] = nil
			if k.err == nil {
				k.err = fmt.Errorf("keeping the stream: %w", err)
			}
		}
	}
}

// A replacer empties its file when the first bytes come, so that a call that fails leaves what an earlier one has saved.
type replacer struct {
	file  *os.File
	begun bool
}

func (r *replacer) Write(p []byte) (int, error) {
	if !r.begun {
		info, err := r.file.Stat()
		if err == nil && info.Mode().IsRegular() { // a device or a pipe has nothing to empty
			err = r.file.Truncate(0)
		}
		if err != nil {
			return 0, err // the end of what was there would pass for a part of this stream
		}
		r.begun = true
	}
	return r.file.Write(p)
}

// logLine is a step of a call for -v. A client.Event holds no secret, and what it holds of a server's text is
// cleaned by whoever prints the line.
func logLine(ev *client.Step) string {
	b := fmt.Appendf(nil, "%8.3f s  %s", ev.Elapsed.Seconds(), ev.Kind)
	switch ev.Kind {
	case client.StepRequest:
		b = fmt.Appendf(b, ": %s %s%s", ev.Method, ev.Host, ev.Path)
	case client.StepAttempt:
		b = fmt.Appendf(b, " %d", ev.Attempt)
	case client.StepRetry:
		b = fmt.Appendf(b, ": attempt %d failed, next in %s", ev.Attempt, seconds(ev.Wait))
	case client.StepResponseHead:
		b = fmt.Appendf(b, ": status %d, request id %s", ev.Status, ev.RequestID)
	case client.StepEvent:
		b = fmt.Appendf(b, " %d, %s so far", ev.Events, count(ev.Bytes, "byte"))
	case client.StepSkipped:
		b = fmt.Appendf(b, " of type %s", ev.EventType)
	case client.StepEnd:
		b = fmt.Appendf(b, ": %s, %s", count(ev.Events, "event"), count(ev.Bytes, "byte"))
	}
	if ev.Err != nil {
		b = fmt.Appendf(b, ": %v", ev.Err)
	}
	return string(b)
}

// retryLine tells a person why nothing comes yet.
func retryLine(ev *client.Step) string {
	why := "the attempt failed"
	var service *model.Error
	if errors.As(ev.Err, &service) {
		why = string(service.Code)
	}
	return fmt.Sprintf("attempt %d: %s; trying again in %s", ev.Attempt, why, seconds(ev.Wait))
}
