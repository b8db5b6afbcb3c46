package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// measurements are the arguments of `go test` that a whole run is made of, in bench/peers. What measures in turns
// runs count times. What runs one side after the other runs once, for its allocations; so do builds: sizes are the
// same each time, and cold builds take minutes, in processor time that hardly differs.
func measurements(count int) [][]string {
	n := strconv.Itoa(count)
	return [][]string{
		{"-bench", "Ratio|Client|Memory|OpenStreams", "-count", n, "."},
		{"-bench", "Ratio|Floor|Sweep|FramesToBytes|ClientStream", "-benchtime", "500ms", "-count", n, "bedrockwire/bench"},
		{"-bench", "^Benchmark(Frame|FrameToChunk|Sign)$", "-count", "1", "."},
		{"-bench", "Binary|Packages|ColdBuild", "-count", "1", "."},
	}
}

// measure runs all benchmarks one after the other, shows what they print on standard error as it comes, and writes it
// to file, with a line that names the Go release.
func measure(dir, file string, count int) error {
	began := time.Now()
	version, err := goCommand(dir, io.Discard, "env", "GOVERSION")
	if err != nil {
		return err
	}
	all := bytes.NewBufferString("go: " + strings.TrimPrefix(strings.TrimSpace(version), "go") + "\n")
	for _, args := range measurements(count) {
		args = append([]string{"test", "-run", "^$", "-benchmem", "-timeout", "60m"}, args...)
		fmt.Fprintf(os.Stderr, "# cd %s && go %s\n", dir, strings.Join(args, " "))
		text, err := goCommand(dir, os.Stderr, args...)
		if err != nil {
			return err
		}
		all.WriteString(text)
	}
	fmt.Fprintf(os.Stderr, "# measured in %s\n", time.Since(began).Round(time.Second))
	return os.WriteFile(file, all.Bytes(), 0o644)
}

// goCommand runs the go command in dir, shows its output, and returns it.
func goCommand(dir string, show io.Writer, args ...string) (string, error) {
	var stdout bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, show), os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return stdout.String(), nil
}
