package credentials

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// ProcessLimit is the time a credential process may take, as in the AWS SDK for Go. Some open a
// browser.
const ProcessLimit = 1 * time.Minute

// processGrace is how long the output of a process is waited for after the process has ended or was
// killed. A child of it may keep its standard output open.
const processGrace = 500 * time.Millisecond

// Process runs a command that prints credentials (AWS SDKs and Tools Reference Guide, "Process
// credential provider"): credential_process of a profile, or any other. The command's standard
// input and error are this process's, so that it can ask and explain. If it fails, the error has
// the first line that it wrote to standard error, unless that is a terminal, where it has been
// read. Its output is read as one JSON object, of at most 64 KiB, and never shown.
//
// The command goes through a shell, as in the AWS SDK for Go, and characters such as $, &, * and (
// have their meaning there. To pass one as it is, put the argument into single quotes (on Windows,
// into double quotes), or put the command into a script and name that.
//
// A command whose credentials have no Expiration is run once by a [Cache].
type Process struct {
	Command string           // given to "sh -c", or to "cmd.exe /S /C" on Windows
	Limit   time.Duration    // 0 is ProcessLimit
	Env     []string         // of the command, as in os.ProcAttr; nil is this process's
	Now     func() time.Time // nil is time.Now
	profile string           // for messages
}

// Format implements [fmt.Formatter] for all verbs: people write passwords into commands.
func (p Process) Format(w fmt.State, _ rune) { io.WriteString(w, "credentials.Process(redacted)") }

// MarshalText implements encoding.TextMarshaler, for encoding/json and log/slog.
func (p Process) MarshalText() ([]byte, error) { return []byte("credentials.Process(redacted)"), nil }

func (p *Process) fail(kind error, reason string, err error) (signer.Credentials, error) {
	return signer.Credentials{}, &Error{Source: SourceProcess, Profile: p.profile, Kind: kind, Reason: reason, Err: err}
}

// Retrieve runs the command.
func (p *Process) Retrieve(ctx context.Context) (signer.Credentials, error) {
	if strings.TrimSpace(p.Command) == "" {
		return p.fail(ErrConfig, "the command is empty", nil)
	}
	limit := p.Limit
	if limit <= 0 {
		limit = ProcessLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := call(ctx, func() (*output, error) { return run(ctx, p.Command, p.Env) })
	switch {
	case ctx.Err() != nil:
		return p.fail(ErrSource, "the command did not end in time, and was killed", context.Cause(ctx))
	case out.over:
		return p.fail(ErrSource, "the command printed more than 64 KiB", nil)
	case err != nil:
		reason := "the command failed"
		if line := firstLine(string(out.said)); line != "" {
			reason += ", and said " + printable.Quote(line)
		}
		return p.fail(ErrSource, reason, err) // "exit status 1"; never what it printed
	}
	var c signer.Credentials
	var version int64
	var expiration string
	if err := decodeObject(out.text, []member{
		{"Version", &version},
		{"AccessKeyId", &c.AccessKeyID},
		{"SecretAccessKey", &c.SecretAccessKey},
		{"SessionToken", &c.SessionToken},
		{"Expiration", &expiration},
	}); err != nil {
		return p.fail(ErrSource, "the command's output can't be read", err)
	}
	if version != 1 {
		return p.fail(ErrSource, "the command's output has a Version other than 1", nil)
	}
	if reason := finish(&c, expiration); reason != "" {
		return p.fail(ErrSource, "in the command's output "+reason, nil)
	}
	if judgeOf(ctx, p.Now).ended(c.Expires) {
		return p.fail(ErrSource, "the command printed credentials that have expired already", nil)
	}
	return c, nil
}

// run gives a command to the shell and returns what it printed.
func run(ctx context.Context, command string, env []string) (*output, error) {
	out := new(output)
	cmd := shell(ctx, command)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, out, os.Stderr
	if !isTerminal(os.Stderr) { // a command that asks a person needs the terminal itself
		cmd.Stderr = &copied{os.Stderr, out}
	}
	cmd.WaitDelay = processGrace
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil // the command succeeded, and a child of it keeps its output open
	}
	return out, err
}

// cmdLine is the command line of Windows that gives a command to cmd.exe. With /S, cmd.exe removes
// the outermost quotes and takes what is between them as it stands. The quoting of os/exec would put
// a backslash before each quote of the command, which cmd.exe does not understand, so that the path
// of a program could not be quoted.
func cmdLine(shell, command string) string { return `"` + shell + `" /S /C "` + command + `"` }

// output keeps what a command prints, up to MaxResponse bytes. It reads the rest as well, so that
// the command can end.
type output struct {
	text []byte
	over bool   // there was more
	said []byte // the start of its standard error
}

func (o *output) Write(p []byte) (int, error) {
	n := min(len(p), MaxResponse-len(o.text))
	o.text = append(o.text, p[:n]...)
	o.over = o.over || n < len(p)
	return len(p), nil
}

// copied passes on what a command writes to standard error and keeps the start of it.
type copied struct {
	to   io.Writer
	from *output
}

func (c *copied) Write(p []byte) (int, error) {
	n := min(len(p), printable.MaxText-len(c.from.said))
	c.from.said = append(c.from.said, p[:n]...)
	_, _ = c.to.Write(p) // a standard error that is closed must not end the command
	return len(p), nil
}

// isTerminal reports whether a file may be a terminal: a character device other than that which
// drops everything.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
