//go:build unix

package credentials

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// shell returns a command for the shell: /bin/sh as for system(3), and where there is none, as on
// Android and in some containers, the first sh of the PATH.
//
// It runs in a process group of its own, and the whole group is killed: killing the shell alone
// would leave what the shell has started. Not so where there is a terminal. A command in a group of
// its own may not read from it, so that it could not ask for a password, and the interrupt key
// would not reach it. There the shell alone is killed, and processGrace limits the wait for what it
// has started.
func shell(ctx context.Context, command string) *exec.Cmd {
	name, err := exec.LookPath("/bin/sh")
	if err != nil {
		name = "sh"
	}
	cmd := exec.CommandContext(ctx, name, "-c", command)
	if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		terminal.Close()
		return cmd
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}
