//go:build !unix

package credentials

import "os/exec"

// killGroup does nothing where there are no process groups: the end of the context kills the shell, and WaitDelay ends
// the wait for what the shell has started.
func killGroup(*exec.Cmd) {}
