package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
)

// newFlags returns the flag set of a subcommand. about is what -h prints above the flags.
func newFlags(e *env, name, arguments, about string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(e.stderr)
	flags.Usage = func() {
		w := flags.Output()
		fmt.Fprintf(w, "Use: bedrockwire %s [flags] %s\n\n%s\nFlags:\n", name, arguments, about)
		flags.PrintDefaults()
	}
	return flags
}

// parse parses args and allows up to most arguments after the flags. done reports that the
// subcommand ends here, with status: after -h, or after a mistake that it has reported.
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

// listFlag is a flag that may be repeated.
type listFlag []string

func (l *listFlag) String() string     { return strings.Join(*l, "; ") }
func (l *listFlag) Set(s string) error { *l = append(*l, s); return nil }

// given returns the names of the flags that were set.
func given(flags *flag.FlagSet) map[string]bool {
	names := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { names[f.Name] = true })
	return names
}

func usageError(e *env, name, reason string) int {
	fmt.Fprintf(e.stderr, "bedrockwire %s: %s\nbedrockwire %s -h shows the flags and examples.\n", name, reason, name)
	return exitUsage
}
