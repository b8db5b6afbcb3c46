//go:build unix

package credentials

import (
	"os"
	"os/exec"
	"syscall"
)

// killGroup makes a command the head of a process group of its own, and the end of its context the end of the whole
// group: killing the shell alone would leave what the shell has started.
//
// Not so where there is a terminal. A command in a group of its own may not read from it, so that it could not ask for a
// password; and the interrupt key would not reach it. There the shell alone is killed, and WaitDelay does the rest.
func killGroup(cmd *exec.Cmd) {
	if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		terminal.Close()
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
