package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"bedrockwire/client"
)

// Exit statuses.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitConfig      = 3   // no usable credentials or region
	exitRefused     = 4   // refused by the service
	exitRetryable   = 5   // an error of the service that may pass
	exitStream      = 6   // stream cut, corrupt or stalled
	exitInterrupted = 130 // as a shell says of SIGINT
)

// env is what a subcommand may use of the world. Fields that are zero stand for the plainest case: streams that
// programs read, the system's clock, no ticks.
type env struct {
	stdin                  io.Reader
	stdout, stderr         io.Writer
	getenv                 func(string) string
	stdinSink              sink // what standard input is connected to: a screen is a person's keyboard
	stdoutSink, stderrSink sink
	now                    func() time.Time
	every                  func(time.Duration, func()) (stop func()) // calls a function again and again, until stop returns
}

// A command is one subcommand. Its run returns the exit status.
type command struct {
	name, summary string
	run           func(ctx context.Context, e *env, args []string) int
}

func commands() []command {
	return []command{
		{"invoke", "send a prompt or a request body to a model and stream its answer", invoke},
		{"decode", "print a captured event stream, frame by frame", decode},
		{"sign", "sign a request and print the headers or the URL to send", sign},
		{"serve", "be a fake Bedrock on the loopback interface, with faults, for tests in any language", serve},
		{"model", "tell a model's name and provider, and whether it supports response streaming", describe},
		{"version", "print the version", version},
	}
}

// grace is how long an interrupted subcommand has to end by itself. It is for reads that nothing can interrupt,
// such as those of a terminal.
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

func run(ctx context.Context, e *env, args []string) int {
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
	fmt.Fprint(w, "bedrockwire streams models of Amazon Bedrock.\n\nUse: bedrockwire SUBCOMMAND [flags] [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, `
bedrockwire SUBCOMMAND -h shows its flags and examples. Without an account:

  bedrockwire invoke -demo -prompt "Hello"

Exit status: 0 fine, 1 other, 2 usage, 3 no usable credentials or region, 4 refused by the service,
5 retryable service error, 6 stream broken (cut, corrupt, stalled), 130 interrupted.
`)
}

func version(_ context.Context, e *env, args []string) int {
	flags := newFlags(e, "version", "", "Prints the version of bedrockwire, the release of Go that built it, and the platform.\n\nExamples:\n  bedrockwire version\n")
	if status, done := parse(flags, e, args, 0); done {
		return status
	}
	if _, err := fmt.Fprintf(e.stdout, "bedrockwire %s %s %s/%s\n", client.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH); err != nil {
		return e.unwritten("version", err)
	}
	return exitOK
}

// newFlags returns the flag set of a subcommand. about is what -h prints above the flags.
func newFlags(e *env, name, arguments, about string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(e.stderr)
	flags.Usage = func() {
		w := flags.Output()
		fmt.Fprintf(w, "Use: bedrockwire %s [flags] %s\n\n%s\n", name, arguments, about)
		flags.PrintDefaults()
	}
	return flags
}

// parse parses args and allows up to most arguments behind the flags. done says that the subcommand ends
// here, with status: after -h, or for a mistake that has been told.
func parse(flags *flag.FlagSet, e *env, args []string, most int) (status int, done bool) {
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			flags.SetOutput(e.stdout)
		}
		if a == "--" {
			break
		}
	}
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK, true
	case err != nil:
		return exitUsage, true // package flag has said why
	case flags.NArg() > most:
		reason := fmt.Sprintf("unexpected argument %q", flags.Arg(most))
		if strings.HasPrefix(flags.Arg(most), "-") {
			reason += ": flags come before arguments"
		}
		return usageError(e, flags.Name(), reason), true
	}
	return 0, false
}

func usageError(e *env, name, reason string) int {
	fmt.Fprintf(e.stderr, "bedrockwire %s: %s\nbedrockwire %s -h shows the flags and examples.\n", name, reason, name)
	return exitUsage
}
