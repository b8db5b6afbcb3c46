package main

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `goos: linux
goarch: amd64
pkg: bedrockwire/bench/peers
cpu: Some CPU
BenchmarkFrame/size=256/impl=bedrockwire-2      1000   60.0 ns/op   0 B/op   0 allocs/op
BenchmarkFrame/size=256/impl=aws-sdk-go-v2-2      10 1500.0 ns/op  99 B/op  38 allocs/op
BenchmarkFrame/size=256/impl=bedrockwire-2      1000   50.0 ns/op   0 B/op   0 allocs/op
BenchmarkFrame/size=256/impl=aws-sdk-go-v2-2      10 1600.0 ns/op  99 B/op  38 allocs/op
BenchmarkFrame/size=256/impl=bedrockwire-2      1000   40.0 ns/op   0 B/op   0 allocs/op
BenchmarkFloor/size=256-2     1   1.5 parse/floor   2 other/metric
BenchmarkFrameRatio/size=256-2     1   31.5 x-faster
BenchmarkAlone/impl=bedrockwire-2  1  5 ns/op
ok  	bedrockwire/bench/peers	1.0s
`

func TestParse(t *testing.T) {
	r := parse(sample)
	pairs := r.pairs()
	if len(pairs) != 1 {
		t.Fatalf("%d pairs: %+v", len(pairs), pairs)
	}
	if p := pairs[0]; p.name != "Frame/size=256" || p.impl != "aws-sdk-go-v2" || p.ratio != 1600.0/50 {
		t.Errorf("pair %+v", p)
	}
	if m, ok := r.median("Floor/size=256", "parse/floor"); !ok || m != 1.5 {
		t.Errorf("parse/floor = %v, %v", m, ok)
	}
	// The ratio that was measured in turns stands for the pair.
	if bars := r.bars(); len(bars) != 1 || bars[0].ratio != 31.5 {
		t.Errorf("bars %+v", bars)
	}
	if len(r.machine) != 3 {
		t.Errorf("machine %q", r.machine)
	}
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	mod := filepath.Join(dir, "go.mod")
	input := filepath.Join(dir, "run.txt")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(mod, "module x\n\nrequire (\n\tgithub.com/aws/smithy-go v1.28.8\n\tgithub.com/x/y v1.0.0 // indirect\n)\n")
	write(input, sample)
	if err := run(dir, mod, []string{input}); err != nil {
		t.Fatal(err)
	}
	md, err := os.ReadFile(filepath.Join(dir, "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| Frame/size=256 | aws-sdk-go-v2 | 50.0 ns | 1.60 µs | **32.0×** | 0 | 38 |", "| Floor/size=256 | parse/floor | 1.50 |", "smithy-go v1.28.8", "cpu: Some CPU"} {
		if !strings.Contains(string(md), want) {
			t.Errorf("RESULTS.md lacks %q:\n%s", want, md)
		}
	}
	if strings.Contains(string(md), "github.com/x/y") {
		t.Error("RESULTS.md names an indirect module")
	}
	svg, err := os.Open(filepath.Join(dir, "ratios.svg"))
	if err != nil {
		t.Fatal(err)
	}
	defer svg.Close()
	for d := xml.NewDecoder(svg); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	write(input, "BenchmarkAlone-2 1 5 ns/op\n")
	if err := run(dir, mod, []string{input}); err == nil {
		t.Error("a run without a comparison gave results")
	}
}
