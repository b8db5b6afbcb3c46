//go:build !unix

package credentials

import (
	"os"
	"syscall"
)

// shell returns the program that runs a command, and its arguments: that of Windows. Other systems have no processes, or
// none of this kind, and starting it fails.
func shell(command string) (name string, arguments []string) {
	return os.Getenv("SystemRoot") + `\System32\cmd.exe`, []string{"cmd.exe", "/C", command}
}

// group does nothing where there are no process groups: kill ends the shell, and processGrace the wait for what the
// shell has started.
func group() (attr *syscall.SysProcAttr, kill func(*os.Process) error) {
	return nil, (*os.Process).Kill
}
