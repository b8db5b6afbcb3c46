//go:build unix

package credentials

import (
	"os"
	"path/filepath"
	"syscall"
)

// shell returns the program that runs a command, and its arguments: /bin/sh as for system(3), and where there is none,
// as on Android and in some containers, the first sh of the PATH.
func shell(command string) (name string, arguments []string) {
	const usual = "/bin/sh"
	name = usual
	if !isProgram(name) {
		for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
			if at := dir + "/sh"; filepath.IsAbs(dir) && isProgram(at) {
				name = at
				break
			}
		}
	}
	return name, []string{"sh", "-c", command}
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// group makes a command the head of a process group of its own, and kill the end of the whole group: killing the shell
// alone would leave what the shell has started.
//
// Not so where there is a terminal. A command in a group of its own may not read from it, so that it could not ask for a
// password; and the interrupt key would not reach it. There the shell alone is killed, and processGrace does the rest.
func group() (attr *syscall.SysProcAttr, kill func(*os.Process) error) {
	if terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		terminal.Close()
		return nil, (*os.Process).Kill
	}
	return &syscall.SysProcAttr{Setpgid: true}, func(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
}
