//go:build !unix

package credentials

import (
	"context"
	"os"
	"os/exec"
)

// shell returns a command for the shell of Windows. Other systems have no processes, or none of
// this kind, and starting it fails. There are no process groups: the shell alone is killed, and
// processGrace limits the wait for what it has started.
func shell(ctx context.Context, command string) *exec.Cmd {
	return exec.CommandContext(ctx, os.Getenv("SystemRoot")+`\System32\cmd.exe`, "/C", command)
}
