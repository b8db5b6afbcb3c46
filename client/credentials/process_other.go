//go:build !unix && !windows

package credentials

import (
	"context"
	"os/exec"
)

// shell returns a command that fails to start: these systems have no processes, or no sh.
func shell(ctx context.Context, command string) *exec.Cmd {
	return exec.CommandContext(ctx, "sh", "-c", command)
}
