package credentials

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func needShell(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no sh to run the commands of these tests")
	}
}

func TestProcess(t *testing.T) {
	needShell(t)
	const canary = "CANARY0SECRET"
	keys := `"AccessKeyId":"AKIA","SecretAccessKey":"` + canary + `"`
	for _, c := range []struct {
		name, output string
		text         string // of the error; "" for none
	}{
		{"long-term keys", `{"Version":1,` + keys + `}`, ""},
		{"temporary keys", `{"Version":1,` + keys + `,"SessionToken":"T","Expiration":"2099-01-01T00:00:00Z","AccountId":"1"}`, ""},
		{"token is null", `{"Version":1,` + keys + `,"SessionToken":null}`, ""},
		{"empty expiration", `{"Version":1,` + keys + `,"Expiration":""}`, ""},
		{"no version", `{` + keys + `}`, "Version"},
		{"version 2", `{"Version":2,` + keys + `}`, "Version"},
		{"version as text", `{"Version":"1",` + keys + `}`, "read"},
		{"version with a fraction", `{"Version":1.0,` + keys + `}`, "read"},
		{"no key id", `{"Version":1,"SecretAccessKey":"` + canary + `"}`, "access key id"},
		{"no secret", `{"Version":1,"AccessKeyId":"AKIA"}`, "secret access key"},
		{"member names in another case", `{"Version":1,"accessKeyId":"AKIA","secretAccessKey":"` + canary + `"}`, "no keys"},
		{"time without a zone", `{"Version":1,` + keys + `,"Expiration":"2099-01-01T00:00:00"}`, "ISO 8601"},
		{"expired", `{"Version":1,` + keys + `,"Expiration":"2001-01-01T00:00:00Z"}`, "expired"},
		{"cut", `{"Version":1,` + keys, "read"},
		{"text after it", `{"Version":1,` + keys + `} ` + canary, "read"},
		{"nothing", ``, "read"},
		{"text", canary, "read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(file, []byte(c.output), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := (&Process{Command: "cat '" + file + "'"}).Retrieve(context.Background())
			if c.text == "" {
				if err != nil || got.AccessKeyID != "AKIA" || got.SecretAccessKey != canary {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			wantError(t, got, err, ErrSource, c.text)
			if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
				t.Error("the error holds the output")
			}
		})
	}
}

func TestProcessFails(t *testing.T) {
	needShell(t)
	got, err := (&Process{}).Retrieve(context.Background())
	wantError(t, got, err, ErrConfig, "empty")
	got, err = (&Process{Command: "echo CANARY; exit 7"}).Retrieve(context.Background())
	wantError(t, got, err, ErrSource, "exit status 7")
	if strings.Contains(err.Error(), "CANARY") {
		t.Errorf("error %v", err)
	}
	got, err = (&Process{Command: "yes CANARY | head -c 100000"}).Retrieve(context.Background())
	wantError(t, got, err, ErrSource, "64 KiB")
	if got, err := (&Process{Command: `printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"S"}' "$ID"`, Env: append(os.Environ(), "ID=FROMENV")}).Retrieve(context.Background()); err != nil || got.AccessKeyID != "FROMENV" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestProcessIsKilled: neither a command that hangs nor what it has started holds the caller beyond
// the limit.
func TestProcessIsKilled(t *testing.T) {
	t.Parallel()
	needShell(t)
	dir := t.TempDir()
	for i, command := range []string{
		"sleep 30",
		"sleep 30 & wait",
		"(sleep 2; touch " + dir + "/alive) & sleep 30",
		"trap '' TERM; sleep 30 & sleep 30",
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			start := time.Now()
			got, err := (&Process{Command: command, Limit: 200 * time.Millisecond}).Retrieve(context.Background())
			wantError(t, got, err, ErrSource, "killed")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
	// A grandchild that holds the output of a command that has ended: the answer is there, and is
	// taken.
	start := time.Now()
	got, err := (&Process{Command: `sleep 30 2>/dev/null & echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"S"}'`}).Retrieve(context.Background())
	if d := time.Since(start); d > 5*time.Second || err != nil || got.AccessKeyID != "A" {
		t.Errorf("a grandchild held the caller for %v: %v, %v", d, got, err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	time.AfterFunc(100*time.Millisecond, func() { cancel(cause) })
	if _, err := (&Process{Command: "sleep 30"}).Retrieve(ctx); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		tty.Close()
		return // with a terminal there is no process group
	}
	time.Sleep(2100*time.Millisecond - time.Since(start))
	if _, err := os.Stat(dir + "/alive"); err == nil {
		t.Error("a grandchild survived")
	}
}

// TestOutputIsBounded: what a command prints beyond the limit is read and dropped.
func TestOutputIsBounded(t *testing.T) {
	for _, r := range []struct {
		writes []int
		kept   int
		over   bool
	}{
		{[]int{MaxResponse}, MaxResponse, false},
		{[]int{MaxResponse + 1}, MaxResponse, true},
		{[]int{MaxResponse - 1, 1}, MaxResponse, false},
		{[]int{MaxResponse - 1, 2, 0}, MaxResponse, true},
		{[]int{1, MaxResponse, 5}, MaxResponse, true},
		{[]int{2, 3}, 5, false},
	} {
		var o output
		for _, n := range r.writes {
			if wrote, err := o.Write(make([]byte, n)); wrote != n || err != nil {
				t.Errorf("%v: %d, %v", r.writes, wrote, err)
			}
		}
		if len(o.text) != r.kept || o.over != r.over {
			t.Errorf("%v: kept %d, over %v", r.writes, len(o.text), o.over)
		}
	}
}

// TestCommandLineOfWindows: cmd.exe /S removes the first quote after /C and the last one, and nothing
// else. What is left must be the command as written.
func TestCommandLineOfWindows(t *testing.T) {
	const shell = `C:\Windows\System32\cmd.exe`
	for _, r := range []struct{ name, command string }{
		{"one word", `creds`},
		{"a quoted path", `"C:\Program Files\Corp\creds.exe"`},
		{"a quoted path and arguments", `"C:\Program Files\Corp\creds.exe" --role dev --name "team #1"`},
		{"quoted arguments only", `creds.exe "a b" "c d"`},
		{"a backslash before a quote", `creds.exe "C:\my dir\\"`},
		{"characters of cmd.exe", `creds.exe %USERNAME% & echo ^"x^"`},
		{"blanks at both ends", ` creds.exe `},
	} {
		line := cmdLine(shell, r.command)
		rest, ok := strings.CutPrefix(line, `"`+shell+`" /S /C "`)
		got, closed := strings.CutSuffix(rest, `"`)
		if !ok || !closed || got != r.command {
			t.Errorf("%s: %s gives cmd.exe the command %s", r.name, line, got)
		}
	}
}

// TestArgumentsThatTheShellWouldRead: the way around the shell that the documentation of Process
// names.
func TestArgumentsThatTheShellWouldRead(t *testing.T) {
	needShell(t)
	script := filepath.Join(t.TempDir(), "creds")
	if err := os.WriteFile(script, []byte("printf '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"S\"}' \"$1\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ argument, want string }{
		{`'$HOME & * ( ; # x'`, `$HOME & * ( ; # x`},
		{`"$NONE_SUCH-x"`, `-x`}, // double quotes do not keep a $
		{`'a'"'"'b'`, `a'b`},
	} {
		got, err := (&Process{Command: "sh '" + script + "' " + r.argument}).Retrieve(context.Background())
		if err != nil || got.AccessKeyID != r.want {
			t.Errorf("%s arrives as %q (%v), want %q", r.argument, got.AccessKeyID, err, r.want)
		}
	}
}
