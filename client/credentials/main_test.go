package credentials

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails the run if a goroutine of this package is left: one that fetches, or one of a
// connection or a process that it opened. Those of the fakes end with their servers.
func TestMain(m *testing.M) {
	code := m.Run()
	var left string
	for range 60 {
		buf := make([]byte, 1<<20)
		left = ""
		for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "credentials.(*") || strings.Contains(g, "net/http.(*persistConn)") || strings.Contains(g, "os/exec.") {
				left += g + "\n\n"
			}
		}
		if left == "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if left != "" && code == 0 {
		fmt.Fprintln(os.Stderr, "goroutines are left:\n"+left)
		code = 1
	}
	os.Exit(code)
}
