package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
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
	Env     []string         // of the command, as in exec.Cmd; nil is this process's
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

func (p *Process) retrieve(ctx context.Context) (*signer.Credentials, error) {
	fail := func(kind error, reason string, err error) (*signer.Credentials, error) {
		return nil, newError(SourceProcess, "", kind, reason, err)
	}
	if strings.TrimSpace(p.Command) == "" {
		return fail(ErrConfig, "the command is empty", nil)
	}
	limit := p.Limit
	if limit <= 0 {
		limit = ProcessLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd.exe", "/C"
	}
	cmd := exec.CommandContext(ctx, shell, flag, p.Command)
	out := &limitedBuffer{limit: MaxResponse}
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Env, os.Stdin, out, os.Stderr
	cmd.WaitDelay = processGrace
	killGroup(cmd)
	err := cmd.Run()
	defer out.wipe()
	switch {
	case ctx.Err() != nil:
		return fail(ErrSource, "the command did not end in time, and was killed", context.Cause(ctx))
	case out.over:
		return fail(ErrSource, "the command printed more than 64 KiB", nil)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay): // it has ended well, and something it started goes on
		return fail(ErrSource, "the command failed", err) // "exit status 1"; never what it printed
	}
	c := new(signer.Credentials)
	var version int64
	var expiration string
	if err := decodeObject(out.buf.Bytes(), []member{
		{"Version", &version},
		{"AccessKeyId", &c.AccessKeyID},
		{"SecretAccessKey", &c.SecretAccessKey},
		{"SessionToken", &c.SessionToken},
		{"Expiration", &expiration},
	}); err != nil {
		return fail(ErrSource, "the command's output can't be read", err)
	}
	if version != 1 {
		return fail(ErrSource, "the command's output has a Version other than 1", nil)
	}
	if reason := finish(c, expiration); reason != "" {
		return fail(ErrSource, "in the command's output "+reason, nil)
	}
	if !c.Expires.IsZero() && !c.Expires.After(orNow(p.Now)()) {
		return fail(ErrSource, "the command printed credentials that have expired already", nil)
	}
	return c, nil
}

// limitedBuffer keeps what a process prints, up to a limit. Past it, it goes on reading, so that the process can end.
type limitedBuffer struct {
	buf   bytes.Buffer
	limit int
	over  bool
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(p) > b.limit-b.buf.Len() {
		b.over = true
		return len(p), nil
	}
	return b.buf.Write(p)
}

// wipe overwrites the output. The strings that were cut from it can't be.
func (b *limitedBuffer) wipe() { clear(b.buf.Bytes()) }
