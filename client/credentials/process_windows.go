package credentials

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// shell returns a command for the shell of Windows. There are no process groups: the shell alone is
// killed, and processGrace limits the wait for what it has started.
func shell(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Getenv("SystemRoot")+`\System32\cmd.exe`)
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: cmdLine(cmd.Path, command)}
	return cmd
}
