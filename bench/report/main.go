// Command report turns the output of benchmark runs into bench/RESULTS.md and its charts.
//
//	cd bench/peers && go test -run '^$' -bench . -benchmem -count 3 . bedrockwire/bench | tee run.txt
//	go run ../report -out .. run.txt
//
// Benchmarks whose names differ in impl=NAME alone are a comparison: times are medians of one run, and what is
// told of them is their ratio. Metrics whose unit is a ratio are listed as they are.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	out := flag.String("out", "bench", "folder that RESULTS.md and the charts are written to")
	mod := flag.String("mod", "", "go.mod whose pinned versions are told; default peers/go.mod in -out")
	flag.Parse()
	if err := run(*out, *mod, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(out, mod string, files []string) error {
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
	if err := os.WriteFile(filepath.Join(out, "RESULTS.md"), r.markdown(versions(string(pins))), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "ratios.svg"), r.chart(), 0o644)
}
