// Command report turns the output of benchmark runs into bench/RESULTS.md, its charts and the table of figures in
// README.md, and can do the running too. At the top of the repository:
//
//	go run ./bench/report -run       measure, which takes about eight minutes, and draw
//	go run ./bench/report FILE...    draw what was measured before, such as bench/peers/run.txt
//
// The same input gives the same bytes. Charts set this library beside the AWS SDK for Go and, where there is one, a
// floor; see subjects. Benchmarks whose names differ in impl=NAME alone are listed as comparisons, and every metric
// that a benchmark reports of itself is listed as it is.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func main() {
	out := flag.String("out", "bench", "folder that RESULTS.md and charts/ are written to, and that has peers/")
	mod := flag.String("mod", "", "go.mod whose pinned versions are told; default peers/go.mod in -out")
	readme := flag.String("readme", "README.md", "file whose table of figures is written anew; empty for none")
	doRun := flag.Bool("run", false, "run the benchmarks first, and keep their output as peers/run.txt in -out")
	times := flag.Int("count", 3, "with -run: how often the decoders and the signer are measured")
	flag.Parse()
	files := flag.Args()
	if *doRun {
		if len(files) > 0 {
			fmt.Fprintln(os.Stderr, "report: -run takes no files")
			os.Exit(2)
		}
		file := filepath.Join(*out, "peers", "run.txt")
		if err := measure(filepath.Join(*out, "peers"), file, *times); err != nil {
			fmt.Fprintln(os.Stderr, "report:", err)
			os.Exit(1)
		}
		files = []string{file}
	}
	if err := run(*out, *mod, *readme, files); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

// run reads the files, or standard input where there are none, and writes RESULTS.md, the charts and the README's table.
func run(out, mod, readme string, files []string) error {
	var text []byte
	if len(files) == 0 {
		b, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		text = b
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		text = append(append(text, b...), '\n')
	}
	if mod == "" {
		mod = filepath.Join(out, "peers", "go.mod")
	}
	pins, err := os.ReadFile(mod)
	if err != nil {
		return err
	}
	r := parse(string(text))
	if len(r.pairs()) == 0 {
		return fmt.Errorf("no two benchmarks differ in impl= alone")
	}
	if err := os.MkdirAll(filepath.Join(out, "charts"), 0o755); err != nil {
		return err
	}
	for _, s := range subjects {
		name := filepath.Join(out, "charts", s.name+".svg")
		svg := r.chart(s)
		if svg == nil {
			// An older run's chart beside this run's figures would be a lie.
			if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
				return err
			}
			continue
		}
		if err := os.WriteFile(name, svg, 0o644); err != nil {
			return err
		}
	}
	file := filepath.Join(out, "RESULTS.md")
	report := append(r.markdown(versions(string(pins))), otherResults(file)...)
	if err := os.WriteFile(file, report, 0o644); err != nil {
		return err
	}
	if readme == "" {
		return nil
	}
	return rewriteReadme(readme, r)
}

// otherBegin begins what bench/peers/clients writes, at the end of RESULTS.md.
const otherBegin = "<!-- clients and decoders, written by bench/peers/clients -->\n"

// otherResults returns what another command wrote into the file, from otherBegin on.
func otherResults(file string) string {
	old, _ := os.ReadFile(file) // without the file, there is nothing to keep
	_, rest, ok := strings.Cut(string(old), otherBegin)
	if !ok {
		return ""
	}
	return "\n" + otherBegin + rest
}

// measurements are the arguments of `go test` that a whole run is made of, in bench/peers. What is measured over TLS
// takes many turns of its own, so it runs once. So does what measures one side after the other, for its allocations, and
// so do builds: sizes are the same each time, and cold builds take minutes. The decoders and the signer, whose figures
// are the smallest, run count times.
func measurements(count int) [][]string {
	n := strconv.Itoa(count)
	return [][]string{
		{"-bench", "^BenchmarkTLS", "-benchtime", "1x", "-count", "1", "."},
		{"-bench", "Ratio", "-count", n, "."},
		{"-bench", "Client|StreamMemory|OpenStreams", "-count", "1", "."},
		{"-bench", "Ratio|Floor|Sweep|FramesToBytes|Client(Stream|FirstCall)", "-benchtime", "500ms", "-count", "1", "bedrockwire/bench"},
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
	var failed error
	for _, args := range measurements(count) {
		args = append([]string{"test", "-run", "^$", "-benchmem", "-timeout", "60m"}, args...)
		fmt.Fprintf(os.Stderr, "# cd %s && go %s\n", dir, strings.Join(args, " "))
		text, err := goCommand(dir, os.Stderr, args...)
		all.WriteString(text)
		failed = errors.Join(failed, err) // what the others measure is kept
	}
	fmt.Fprintf(os.Stderr, "# measured in %s\n", time.Since(began).Round(time.Second))
	return errors.Join(os.WriteFile(file, all.Bytes(), 0o644), failed)
}

// goCommand runs the go command in dir, shows its output, and returns it, also where it fails.
func goCommand(dir string, show io.Writer, args ...string) (string, error) {
	var stdout bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, show), os.Stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return stdout.String(), nil
}
