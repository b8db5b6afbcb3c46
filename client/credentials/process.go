package credentials

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"bedrockwire/signer"
)

// ProcessLimit is the time a credential process may take; that of the AWS SDK for Go. Some open a browser.
const ProcessLimit = 1 * time.Minute

// processGrace is how long the output of a process is waited for after it has ended or was killed: a grandchild that
// holds its standard output would hold the caller as well.
const processGrace = 500 * time.Millisecond

// Process runs a command that prints credentials (AWS SDKs and Tools Reference Guide, "Process credential provider"):
// credential_process of a profile, or any other. The command's standard input and error are this process's, so that it
// can ask and explain. Its output is read as one JSON object, of at most 64 KiB, and never shown.
//
// A command whose credentials have no Expiration is run once by a [Cache].
type Process struct {
	Command string           // given to "sh -c", or to "cmd.exe /C" on Windows
	Limit   time.Duration    // 0 is ProcessLimit
	Env     []string         // of the command, as in os.ProcAttr; nil is this process's
	Now     func() time.Time // nil is time.Now
}

// Format implements [fmt.Formatter] for all verbs: people write passwords into commands.
func (p Process) Format(w fmt.State, _ rune) { io.WriteString(w, "credentials.Process(redacted)") }

// MarshalText implements encoding.TextMarshaler, for encoding/json and log/slog.
func (p Process) MarshalText() ([]byte, error) { return []byte("credentials.Process(redacted)"), nil }

// Retrieve runs the command.
func (p *Process) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(p.retrieve(ctx))
}

//go:noinline
func (*Process) fail(kind error, reason string, err error) (*signer.Credentials, error) {
	return nil, newError(SourceProcess, "", kind, reason, err)
}

func (p *Process) retrieve(ctx context.Context) (*signer.Credentials, error) {
	if strings.TrimSpace(p.Command) == "" {
		return p.fail(ErrConfig, "the command is empty", nil)
	}
	limit := p.Limit
	if limit <= 0 {
		limit = ProcessLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out := make([]byte, MaxResponse+1)
	defer clear(out) // the strings that are cut from it can't be wiped
	n, state, err := run(ctx, p.Command, p.Env, out)
	switch {
	case ctx.Err() != nil:
		return p.fail(ErrSource, "the command did not end in time, and was killed", context.Cause(ctx))
	case n > MaxResponse:
		return p.fail(ErrSource, "the command printed more than 64 KiB", nil)
	case err == nil && !state.Success():
		err = fault(state.String()) // "exit status 1"; never what it printed
		fallthrough
	case err != nil:
		return p.fail(ErrSource, "the command failed", err)
	}
	c := new(signer.Credentials)
	var version int64
	var expiration string
	if err := decodeObject(out[:n], []member{
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
	if reason := finish(c, expiration); reason != "" {
		return p.fail(ErrSource, "in the command's output "+reason, nil)
	}
	if !c.Expires.IsZero() && !c.Expires.After(orNow(p.Now)()) {
		return p.fail(ErrSource, "the command printed credentials that have expired already", nil)
	}
	return c, nil
}

// run gives a command to the shell and returns how much it printed. That is kept in out, as far as it fits; the rest is
// read all the same, so that the command can end. Package os/exec would do the same, and looks up names, copies the
// output and watches the context in 30 KiB.
func run(ctx context.Context, command string, env []string, out []byte) (n int, state *os.ProcessState, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	name, arguments := shell(command)
	attr, kill := group()
	p, err := os.StartProcess(name, arguments, &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, w, os.Stderr}, Sys: attr})
	w.Close() // the command has its own
	if err != nil {
		r.Close()
		return 0, nil, err
	}
	stop := context.AfterFunc(ctx, func() { kill(p) })
	var failed error
	ended := make(chan *time.Timer, 1)
	go func() {
		state, failed = p.Wait()
		stop()
		// A grandchild may hold the other end for as long as it likes. Closing this one ends the Read below.
		ended <- time.AfterFunc(processGrace, func() { r.Close() })
	}()
	var spill [512]byte
	for {
		to := out[min(n, len(out)):]
		if len(to) == 0 {
			to = spill[:]
		}
		more, err := r.Read(to)
		n += more
		if err != nil {
			break
		}
	}
	clear(spill[:])
	(<-ended).Stop()
	r.Close()
	return n, state, failed
}
