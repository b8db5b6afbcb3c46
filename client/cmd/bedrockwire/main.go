package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"bedrockwire/client"
)

// env is what a subcommand may use of the world. Zero fields stand for the plainest case: streams
// that programs read, the system's clock, no ticks.
type env struct {
	stdin                  io.Reader
	stdout, stderr         io.Writer
	getenv                 func(string) string
	stdinSink              sink // what standard input is connected to: a screen is a person's keyboard
	stdoutSink, stderrSink sink
	now                    func() time.Time
	every                  func(time.Duration, func()) (stop func()) // calls a function again and again, until stop returns
}

func (e *env) clock() time.Time {
	if e.now != nil {
		return e.now()
	}
	return time.Now()
}

// A command is one subcommand. Its run returns the exit status.
type command struct {
	name, summary string
	run           func(ctx context.Context, e *env, args []string) int
}

func commands() []command {
	return []command{
		{"invoke", "send a prompt or a request body in a model's own format and stream the answer", invoke},
		{"converse", "send a prompt, files and tools in the format that Converse has for all models", converseCommand},
		{"talk", "talk with a speech model in both directions, an event a line", talk},
		{"decode", "print a captured event stream, frame by frame", decode},
		{"sign", "sign a request and print the headers or the URL to send", sign},
		{"serve", "run a fake Bedrock on the loopback interface, with faults, for tests in any language", serve},
		{"model", "show a model's name and provider, and whether it supports response streaming", describe},
		{"version", "print the version", version},
	}
}

// grace is how long an interrupted subcommand has to end by itself. Some reads can't be
// interrupted, such as those of a terminal.
const grace = time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	e := &env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
		stdinSink: sinkOf(os.Stdin), stdoutSink: sinkOf(os.Stdout), stderrSink: sinkOf(os.Stderr), now: time.Now, every: every,
	}
	status := make(chan int, 1)
	go func() { status <- run(ctx, e, os.Args[1:]) }()
	select {
	case s := <-status:
		os.Exit(s)
	case <-ctx.Done():
	}
	stop() // a second signal ends the process at once
	select {
	case s := <-status:
		os.Exit(s)
	case <-time.After(grace):
		os.Exit(exitInterrupted)
	}
}

// every is env's every by a ticker.
func every(period time.Duration, f func()) (stop func()) {
	ticker, quit, done := time.NewTicker(period), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ticker.C:
				f()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(quit)
		<-done
	}
}

// run runs the subcommand that args name. Output that could not be written is a failure of every
// subcommand, of -h too.
func run(ctx context.Context, e *env, args []string) int {
	own := *e
	out := &checkedWriter{w: e.stdout}
	own.stdout = out
	status := dispatch(ctx, &own, args)
	if out.err == nil || status != exitOK {
		return status
	}
	io.WriteString(e.stderr, "bedrockwire: "+oneLine(out.err.Error())+"\n")
	return exitOther
}

// A checkedWriter keeps the first error of its writer.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

func dispatch(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 {
		usage(e.stderr)
		return exitUsage
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		usage(e.stdout)
		return exitOK
	case "-version", "--version":
		return version(ctx, e, nil)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, e, args[1:])
		}
	}
	fmt.Fprintf(e.stderr, "bedrockwire: there is no subcommand %q; -h lists them\n", args[0])
	return exitUsage
}

func usage(w io.Writer) {
	fmt.Fprint(w, "bedrockwire calls models of Amazon Bedrock and streams their answers.\n\nUse: bedrockwire SUBCOMMAND [flags] [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, `
bedrockwire SUBCOMMAND -h shows its flags and examples. Without an account:

  bedrockwire invoke -demo -prompt "Hello"

Exit status: 0 fine, 1 other (also: a part of the answer was not understood), 2 usage, 3 no usable credentials or
region, 4 refused by the service, 5 retryable service error, 6 stream broken (cut, corrupt, stalled, incomplete),
130 interrupted.
`)
}

func version(_ context.Context, e *env, args []string) int {
	flags := newFlags(e, "version", "", "Prints the version of bedrockwire, the release of Go that built it, and the platform.\n\nExamples:\n  bedrockwire version\n")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	fmt.Fprintf(e.stdout, "bedrockwire %s %s %s/%s\n", client.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitOK
}
