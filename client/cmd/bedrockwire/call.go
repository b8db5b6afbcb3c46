package main

import (
	"context"
	"errors"
	"flag"
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

// Defaults of invoke and converse.
const (
	demoModel = "anthropic.claude-3-5-haiku-20241022-v1:0"
	demoPace  = 60 * time.Millisecond // between two pieces of the fake's answer, so that streaming shows
)

// answerAbout is what the help of invoke and of converse says about their output.
const answerAbout = `On a terminal, a line below the text shows the progress of the call where it can't disturb the text (export COLUMNS to
have it all the time), and a summary follows. In a pipe there is the text and nothing else.

Text is the answer alone. Tool calls, each whole, and with -reasoning the model's reasoning are shown on standard error.
Control characters in what the model sends are replaced in text, and escaped in json.

Where a part of the answer was not understood, text output has the rest; the reasons and the number of chunks are on
standard error, and the exit status is 1. json and raw output have everything.
`

// callFlags are the flags and settings that invoke and converse share.
type callFlags struct {
	settings
	name                              string // of the subcommand
	modelID                           string
	prompt, body, output, save        string
	latency, tier                     string
	maxTokens, attempts               int
	idle                              time.Duration
	demo, whole, reasoning, quiet     bool
	verbose, explain, allowIncomplete bool
}

// register adds the flags. bodyUsage describes -body.
func (f *callFlags) register(flags *flag.FlagSet, bodyUsage string) {
	f.name = flags.Name()
	f.settings.register(flags)
	flags.StringVar(&f.modelID, "model", "", "`ID` or ARN of a model or inference profile")
	flags.StringVar(&f.prompt, "prompt", "", "`TEXT` to send; '-' reads it from standard input")
	flags.StringVar(&f.body, "body", "", bodyUsage)
	flags.StringVar(&f.output, "output", "text", "`FORMAT`: text of the answer, json (the events, one a line; with -no-stream the response's body), or raw (the bytes as\nthey come, unchecked)")
	flags.StringVar(&f.save, "save", "", "`FILE` to keep the raw bytes in, besides what is shown; decode reads those of an event stream")
	flags.StringVar(&f.latency, "latency", "", "standard or optimized `LATENCY`")
	flags.StringVar(&f.tier, "tier", "", "service `TIER`: priority, default, flex or reserved")
	flags.IntVar(&f.maxTokens, "max-tokens", text.DefaultMaxTokens, "longest answer to ask for, with -prompt")
	flags.IntVar(&f.attempts, "attempts", 0, "how often a call is tried, the first time included; 0 is the default of the configuration")
	flags.DurationVar(&f.idle, "idle-timeout", 0, "longest silence to wait through, such as 30s; 0 is the default, "+client.DefaultIdleTimeout.String())
	flags.BoolVar(&f.whole, "no-stream", false, "ask for the whole answer at once")
	flags.BoolVar(&f.allowIncomplete, "allow-incomplete", false, "accept a stream that ends between two frames without its end mark")
	flags.BoolVar(&f.reasoning, "reasoning", false, "show the model's reasoning on standard error")
	flags.BoolVar(&f.demo, "demo", false, "use a fake Bedrock inside this process: no account, no network")
	flags.BoolVar(&f.quiet, "quiet", false, "no status line and no summary")
	flags.BoolVar(&f.explain, "explain", false, "show where region, endpoint and credentials are looked for and what was found, and call nothing")
	flags.BoolVar(&f.verbose, "v", false, "show each step of the call on standard error")
}

// check returns what is wrong with the flags together, "" for nothing.
func (f *callFlags) check(e *env, given map[string]bool) string {
	switch {
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
	case f.modelID == "" && f.demo && !given["model"]:
		f.modelID = demoModel
	case f.modelID == "":
		return "-model is needed"
	}
	return ""
}

// chunks is an answer as it comes: the chunks of a stream, or of a whole response.
type chunks interface {
	Next() ([]byte, error) // io.EOF at the end of a whole answer
	RequestID() string
	Close() error
}

// run makes the call and shows the answer. The request was checked before, so that no source of
// credentials is asked for one that can't be right. send sends it.
func (f *callFlags) run(ctx context.Context, e *env, send func(context.Context, *client.Client) (chunks, error)) (err error) {
	var cfg client.Config
	if f.demo {
		fake, err := f.startDemo()
		if err != nil {
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
	cfg.AllowIncomplete = f.allowIncomplete
	var kept keeper
	if f.output == "raw" {
		kept.add(e.stdout)
	}
	if f.save != "" {
		// Only the user may read what a model said to them. Opening the file first finds one that
		// can't be written before the call is paid for.
		saved, err := os.OpenFile(f.save, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, saved.Close()) }()
		kept.add(&replacer{file: saved})
	}
	if len(kept.to) > 0 && !f.whole {
		cfg.Tap = kept.write
		cfg.ReturnAtHead = true // or the bytes of an attempt that failed in place of the first event would be kept too
	}
	if err := f.show(ctx, e, cfg, send, &kept); err != nil {
		return err
	}
	return kept.err
}

// startDemo starts the fake of -demo. It answers a prompt of the command line with the prompt and a
// sentence that is long enough to see it stream. It echoes a body, or a prompt from standard input,
// as it is.
func (f *callFlags) startDemo() (*bedrocktest.Server, error) {
	fake := bedrocktest.NewUnstartedServer()
	fake.Pace = demoPace
	if f.prompt != "" && f.prompt != "-" {
		fake.Respond = func(bedrocktest.Request) bedrocktest.Reply { return f.demoReply() }
	}
	return fake, fake.Start()
}

func (f *callFlags) demoReply() bedrocktest.Reply {
	how := "streamed by a fake Amazon Bedrock inside this process: the request was signed, sent over HTTP and checked, " +
		"and each piece came in a frame with two checksums."
	if f.whole {
		how = "sent in one piece by a fake Amazon Bedrock inside this process: the request was signed, sent over HTTP and checked."
	}
	return bedrocktest.Answer(bedrocktest.Say(strings.SplitAfter("You said: "+f.prompt+"\nThis answer was "+how, " ")...))
}

// show makes the call and shows the answer.
func (f *callFlags) show(ctx context.Context, e *env, cfg client.Config, send func(context.Context, *client.Client) (chunks, error), kept *keeper) error {
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
		cfg.Log = func(s client.Step) { f.step(a, &s) }
	}
	c, err := f.settings.client(cfg)
	if err != nil {
		return err
	}
	defer c.CloseIdleConnections()
	s, err := send(ctx, c)
	if err != nil {
		return err
	}
	defer s.Close()
	if w, ok := s.(*wholeAnswer); ok {
		kept.write(w.body)
		a.unit = "part"
	}
	return f.read(a, s, watched)
}

// read shows an answer to its end, and returns what was wrong with it.
func (f *callFlags) read(a *answer, s chunks, watched bool) error {
	var err error
	for err == nil {
		var chunk []byte
		if chunk, err = s.Next(); err == nil {
			err = a.chunk(chunk)
		}
	}
	if wrong := a.end(); err == io.EOF {
		err = wrong
	}
	if watched {
		a.summary(s)
	}
	missing := a.notUnderstood()
	if a.output != "text" {
		missing = nil
	}
	switch {
	case err != nil:
		if missing != nil {
			a.e.line(yellow, missing.Error())
		}
		return err
	case a.all.Failed: // an error that client.Stream did not see
		return &model.Error{Code: model.Code(a.all.Code), Message: a.all.Message, RequestID: s.RequestID(), InStream: true}
	case missing != nil:
		return missing
	case a.figures.chunks == 0 && !f.allowIncomplete:
		return client.ErrIncomplete // nothing at all is not an answer, in any format
	}
	return nil
}

// readInput reads what a flag names: '-' is standard input, anything else a file. One byte more
// than is allowed is enough for Validate to refuse it.
func (e *env) readInput(name, what string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(e.input(what), model.MaxRequestBody+1))
	}
	return readFile(name)
}

// readFile reads a file, and at most one byte more than a request may have.
func readFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, model.MaxRequestBody+1))
}

// promptText returns the text of -prompt.
func (f *callFlags) promptText(e *env) (string, error) {
	if f.prompt != "-" {
		return f.prompt, nil
	}
	b, err := e.readInput("-", "the prompt")
	return strings.TrimRight(string(b), "\r\n"), err
}
