package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
)

// runAsCommand makes the test binary be the command, so that tests can run it as a process.
const runAsCommand = "BEDROCKWIRE_TEST_RUN_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(runAsCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process returns the command as a process of its own, with nothing of the environment but what
// vars say.
func process(t *testing.T, vars []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append([]string{runAsCommand + "=1", "GOCOVERDIR=" + t.TempDir(), "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}, vars...)
	t.Cleanup(func() {
		if cmd.Process != nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd
}

// world is an env for tests and what was written to it.
type world struct {
	env
	out, err bytes.Buffer
	vars     map[string]string
	ctx      context.Context
}

// newWorld returns a world whose environment holds vars, "NAME=value" each, and no home of anyone.
func newWorld(t *testing.T, vars ...string) *world {
	t.Helper()
	w := &world{vars: map[string]string{"AWS_EC2_METADATA_DISABLED": "true", "HOME": t.TempDir(), "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull}, ctx: t.Context()}
	w.set(vars...)
	w.env = env{stdin: strings.NewReader(""), stdout: &w.out, stderr: &w.err, getenv: func(name string) string { return w.vars[name] }}
	return w
}

func (w *world) set(vars ...string) {
	for _, v := range vars {
		name, value, _ := strings.Cut(v, "=")
		w.vars[name] = value
	}
}

func (w *world) run(args ...string) int {
	w.out.Reset()
	w.err.Reset()
	return run(w.ctx, &w.env, args)
}

// want runs the command and checks how it exits.
func (w *world) want(t *testing.T, status int, args ...string) {
	t.Helper()
	if got := w.run(args...); got != status {
		t.Fatalf("bedrockwire %s: exit status %d, want %d\nstandard output: %q\nstandard error: %s", strings.Join(args, " "), got, status, w.out.String(), w.err.String())
	}
}

// service starts a fake Bedrock and returns a world whose environment leads to it.
func service(t *testing.T, replies ...bedrocktest.Reply) (*world, *bedrocktest.Server) {
	t.Helper()
	s := bedrocktest.NewServer(replies...)
	if s.Err != nil {
		t.Fatal(s.Err)
	}
	t.Cleanup(s.Close)
	w := newWorld(t, "AWS_REGION=us-east-1")
	w.set(keysOf(s)...)
	return w, s
}

func keysOf(s *bedrocktest.Server) []string {
	c := s.Credentials
	return []string{"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey}
}

const testModel = "anthropic.claude-3-haiku-20240307-v1:0"

// ask are the arguments of a plain call.
func ask(s *bedrocktest.Server, more ...string) []string {
	return append([]string{"invoke", "-endpoint", s.URL, "-model", testModel, "-prompt", "Hi"}, more...)
}

func TestUsage(t *testing.T) {
	for _, row := range []struct {
		name   string
		args   []string
		status int
		out    string // in standard output
		err    string // in standard error
	}{
		{"no subcommand", nil, exitUsage, "", "Use: bedrockwire SUBCOMMAND"},
		{"help", []string{"-h"}, exitOK, "Exit status: 0 fine", ""},
		{"long help", []string{"--help"}, exitOK, "bedrockwire invoke -demo", ""},
		{"unknown subcommand", []string{"stream"}, exitUsage, "", `no subcommand "stream"`},
		{"version", []string{"version"}, exitOK, "bedrockwire " + client.Version + " go", ""},
		{"version flag", []string{"-version"}, exitOK, "bedrockwire " + client.Version + " go", ""},
		{"version with argument", []string{"version", "x"}, exitUsage, "", `unexpected argument "x"`},
		{"unknown flag", []string{"invoke", "-nope"}, exitUsage, "", "-nope"},
		{"flag without value", []string{"decode", "-output"}, exitUsage, "", "-output"},
		{"two files", []string{"decode", "a", "b"}, exitUsage, "", `unexpected argument "b"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.want(t, row.status, row.args...)
			if !strings.Contains(w.out.String(), row.out) || row.out == "" && w.out.Len() > 0 {
				t.Errorf("standard output: %q, want %q in it", w.out.String(), row.out)
			}
			if !strings.Contains(w.err.String(), row.err) || row.err == "" && w.err.Len() > 0 {
				t.Errorf("standard error: %q, want %q in it", w.err.String(), row.err)
			}
		})
	}
}

// TestHelp wants flags and examples of each subcommand, on standard output.
func TestHelp(t *testing.T) {
	names := map[string]bool{}
	for _, c := range commands() {
		if names[c.name] {
			t.Errorf("%s is there twice", c.name)
		}
		names[c.name] = true
		for _, flag := range []string{"-h", "-help", "--help"} {
			w := newWorld(t)
			w.want(t, exitOK, c.name, flag)
			if w.err.Len() > 0 {
				t.Errorf("%s %s wrote to standard error: %q", c.name, flag, w.err.String())
			}
			if !strings.Contains(w.out.String(), "Use: bedrockwire "+c.name) {
				t.Errorf("%s %s: %q", c.name, flag, w.out.String())
			}
			if _, examples, _ := strings.Cut(w.out.String(), "\nExamples:\n"); !strings.Contains(examples, "bedrockwire "+c.name) {
				t.Errorf("%s %s shows no example", c.name, flag)
			}
		}
		usage := newWorld(t)
		usage.run("-h")
		if !strings.Contains(usage.out.String(), c.name+" ") {
			t.Errorf("-h does not list %s", c.name)
		}
	}
}

// TestUnwritable wants a status other than 0 where the output can't be written, whatever the
// subcommand prints.
func TestUnwritable(t *testing.T) {
	full := writerFunc(func(p []byte) (int, error) { return 0, syscall.ENOSPC })
	for _, args := range [][]string{
		{"-h"}, {"help"}, {"-version"}, {"version"}, {"version", "-h"}, {"invoke", "-h"}, {"decode", "-h"}, {"sign", "-h"}, {"serve", "-h"}, {"model", "-h"},
		{"invoke", "-explain"}, {"invoke", "-demo", "-prompt", "x"}, {"invoke", "-demo", "-prompt", "x", "-output", "json"}, {"invoke", "-demo", "-prompt", "x", "-output", "raw"},
		{"decode", saved(t, captured18(t).Stream)}, {"sign", "GET", "https://example.com/"},
	} {
		w := newWorld(t, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
		w.stdout = full
		w.want(t, exitOther, args...)
		if n := strings.Count(w.err.String(), "no space left on device"); n != 1 {
			t.Errorf("%v: it said %d times why: %q", args, n, w.err.String())
		}
	}
	w := newWorld(t)
	w.stdout = full
	w.want(t, exitUsage, "nope") // which prints nothing there
}

// TestProcessClosedPipe closes the pipe that the help goes to.
func TestProcessClosedPipe(t *testing.T) {
	for _, args := range [][]string{{"invoke", "-h"}, {"invoke", "-explain"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd := process(t, []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"}, args...)
		cmd.Stdout = w
		if err := cmd.Run(); err == nil {
			t.Errorf("%v: exit status 0", args)
		}
		w.Close()
	}
}

// lines collects the writes to a process's pipe with the time each was seen.
type writes struct {
	mu   sync.Mutex
	seen []string
}

func (w *writes) follow(r io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			w.mu.Lock()
			w.seen = append(w.seen, string(buf[:n]))
			w.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

func (w *writes) list() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...)
}

// TestProcessStreams runs the README's first command and wants its text piece by piece in a pipe.
func TestProcessStreams(t *testing.T) {
	cmd := process(t, nil, "invoke", "-demo", "-prompt", "Hello, piece by piece")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var w writes
	w.follow(out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	if got := strings.Join(w.list(), ""); !strings.HasPrefix(got, "You said: Hello, piece by piece\n") {
		t.Errorf("text: %q", got)
	}
	// The fake sends 38 pieces, 60 ms apart. A machine that is very busy may join some.
	if n := len(w.list()); n < 10 {
		t.Errorf("the text came in %d writes: %q", n, w.list())
	}
	if problems.Len() > 0 {
		t.Errorf("in a pipe, standard error got %q", problems.String())
	}
}

// TestProcessInterrupted sends SIGINT in the middle of an answer: what came stays, and the status
// is 130.
func TestProcessInterrupted(t *testing.T) {
	s := bedrocktest.NewServer(bedrocktest.Text("first ", "second ", "third"))
	if s.Err != nil {
		t.Fatal(s.Err)
	}
	t.Cleanup(s.Close)
	fault, err := bedrocktest.ParseFault("stall@frame=4")
	if err != nil {
		t.Fatal(err)
	}
	stalled := bedrocktest.Text("first ", "second ", "third")
	stalled.Fault = fault
	s.Script(stalled)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(fmt.Sprint(signal), func(t *testing.T) {
			cmd := process(t, append(keysOf(s), "AWS_REGION=us-east-1"), ask(s)...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var problems bytes.Buffer
			cmd.Stderr = &problems
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var w writes
			done := make(chan struct{})
			go func() { w.follow(out); close(done) }()
			for deadline := time.Now().Add(10 * time.Second); !strings.Contains(strings.Join(w.list(), ""), "second "); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("no text came: %q", w.list())
				}
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			<-done
			cmd.Wait()
			if got := cmd.ProcessState.ExitCode(); got != exitInterrupted {
				t.Errorf("exit status %d, want %d: %s", got, exitInterrupted, problems.String())
			}
			if got := strings.Join(w.list(), ""); got != "first second \n" {
				t.Errorf("text: %q", got)
			}
			if got := problems.String(); got != "bedrockwire invoke: interrupted\n" {
				t.Errorf("standard error: %q", got)
			}
		})
	}
}

// TestStandardInput asks a person at a terminal for the input, and no one else.
func TestStandardInput(t *testing.T) {
	for _, on := range []sink{pipe, screen} {
		w := newWorld(t, "AWS_REGION=us-east-1")
		w.stdinSink, w.stderrSink = on, on
		w.want(t, exitOK, "decode")
		if asked := strings.Contains(w.err.String(), "from the terminal"); asked != (on == screen) {
			t.Errorf("decode said %q", w.err.String())
		}
		w.stdin = strings.NewReader("A question\r\n")
		w.want(t, exitOK, "invoke", "-demo", "-prompt", "-")
		if w.out.String() != "A question\n" {
			t.Errorf("answer %q", w.out.String())
		}
		if asked := strings.Contains(w.err.String(), "from the terminal"); asked != (on == screen) {
			t.Errorf("invoke said %q", w.err.String())
		}
	}
}

// TestProcessInterruptedRead interrupts a read that nothing can end but the process.
func TestProcessInterruptedRead(t *testing.T) {
	cmd := process(t, nil, "decode", "-output", "json")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Once a frame is printed, signals are handled for sure.
	if _, err := in.Write(captured18(t).Stream); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != exitInterrupted {
		t.Errorf("exit status %d, want %d", got, exitInterrupted)
	}
}

// TestProcessStatus wants the exit status of run to be that of the process.
func TestProcessStatus(t *testing.T) {
	stream := append(bytes.Clone(captured18(t).Stream), bedrocktest.Exception("throttlingException", "m")...)
	for _, row := range []struct {
		args   []string
		status int
	}{
		{[]string{"version"}, exitOK},
		{[]string{"decode", saved(t, stream)}, exitOK},
		{[]string{"decode", saved(t, stream[:100])}, exitStream},
		{[]string{"invoke", "-nope"}, exitUsage},
		{[]string{"invoke", "-model", testModel, "-prompt", "x"}, exitConfig},
	} {
		cmd := process(t, nil, row.args...)
		out, _ := cmd.CombinedOutput() // the status is checked below
		if got := cmd.ProcessState.ExitCode(); got != row.status {
			t.Errorf("%v: exit status %d, want %d: %s", row.args, got, row.status, out)
		}
	}
}

// TestEvery wants ticks, and none once stop has returned.
func TestEvery(t *testing.T) {
	ticks := make(chan struct{})
	stop := every(time.Millisecond, func() {
		select {
		case ticks <- struct{}{}:
		case <-time.After(10 * time.Second):
		}
	})
	<-ticks
	<-ticks
	go func() {
		for range ticks {
		}
	}()
	stop()
	close(ticks) // a tick from now on would panic
	time.Sleep(5 * time.Millisecond)
}
