package main

import (
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

const sample = `go: 1.26.8
goos: linux
goarch: amd64
pkg: bedrockwire/bench/peers
cpu: Some CPU
BenchmarkFrame/size=256/impl=bedrockwire-2      1000   60.0 ns/op   0 B/op   0 allocs/op
BenchmarkFrame/size=256/impl=aws-sdk-go-v2-2      10 1500.0 ns/op  99 B/op  38 allocs/op
BenchmarkFrame/size=256/impl=bedrockwire-2      1000   50.0 ns/op   0 B/op   0 allocs/op
BenchmarkFrame/size=256/impl=aws-sdk-go-v2-2      10 1600.0 ns/op  99 B/op  38 allocs/op
BenchmarkFrame/size=256/impl=bedrockwire-2      1000   40.0 ns/op   0 B/op   0 allocs/op
BenchmarkFloor/size=256-2     1   1.5 parse/floor   2 other/metric
BenchmarkFrameRatio/size=256-2     1   20 floor-ns/frame  50 ours-ns/frame  1575 sdk-ns/frame  31.5 x-faster
BenchmarkFrameRatio/size=65536-2   1   2000 floor-ns/frame  2100 ours-ns/frame  63000 sdk-ns/frame  30 x-faster
BenchmarkAlone/impl=bedrockwire-2  1  5 ns/op
BenchmarkBinary/job=decode-2  1000000000  1405090 floor-B/binary  1499298 ours-B/binary  2195618 sdk-B/binary
BenchmarkStreamMemory/size=256-2  5  0 ours-B/chunk  3953 sdk-B/chunk  NaN ours-peak-B  5210488 sdk-peak-B
ok  	bedrockwire/bench/peers	1.0s
`

const pinned = "module x\n\nrequire (\n\tgithub.com/aws/smithy-go v1.28.8\n\tgithub.com/x/y v1.0.0 // indirect\n)\n"

// draw writes the report of a run's output to a new folder and returns that.
func draw(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	mod, input := filepath.Join(dir, "go.mod"), filepath.Join(dir, "run.txt")
	for name, text := range map[string]string{mod: pinned, input: text} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(dir, mod, "", []string{input}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

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
	if len(r.machine) != 4 {
		t.Errorf("machine %q", r.machine)
	}
	for _, text := range []string{"NaN", "+Inf", "-Inf"} {
		r := parse("BenchmarkX-2 1 " + text + " a/b 3 c/d\n")
		if m, ok := r.median("X", "a/b"); ok {
			t.Errorf("%s was taken for %v", text, m)
		}
		if m, ok := r.median("X", "c/d"); !ok || m != 3 {
			t.Errorf("what stands behind %s is %v, %v", text, m, ok)
		}
	}
}

// TestGolden holds every byte of a small report: what a change of the drawing does is then seen in review.
// `go test ./bench/report -update` writes the files anew.
func TestGolden(t *testing.T) {
	dir := draw(t, sample)
	for name, golden := range map[string]string{"RESULTS.md": "RESULTS.md", "charts/frame.svg": "frame.svg", "charts/size.svg": "size.svg", "charts/memory.svg": "memory.svg"} {
		got := read(t, dir, name)
		path := filepath.Join("testdata", golden)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if want := read(t, path); got != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestDeterministic: the same run gives the same bytes.
func TestDeterministic(t *testing.T) {
	a, b := draw(t, sample), draw(t, sample)
	for _, name := range []string{"RESULTS.md", "charts/frame.svg", "charts/size.svg", "charts/memory.svg"} {
		if read(t, a, name) != read(t, b, name) {
			t.Errorf("%s differs from run to run", name)
		}
	}
}

// TestOtherResults: what bench/peers/clients wrote stays, once, with the figures before it written anew.
func TestOtherResults(t *testing.T) {
	dir := draw(t, sample)
	alone := read(t, dir, "RESULTS.md")
	other := "\n" + otherBegin + "## Clients\n"
	if err := os.WriteFile(filepath.Join(dir, "RESULTS.md"), []byte("# Old\n"+other), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		input := filepath.Join(t.TempDir(), "run.txt")
		mod := filepath.Join(filepath.Dir(input), "go.mod")
		for name, text := range map[string]string{mod: pinned, input: sample} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(dir, mod, "", []string{input}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, dir, "RESULTS.md"); got != alone+other {
			t.Fatalf("RESULTS.md is\n%s\nwant\n%s", got, alone+other)
		}
	}
}

// TestMissing: a subject that was not measured has no chart and no section, and an older run's chart does not stay; a
// case that lacks a side is left out; a side that lacks is no bar of zero.
func TestMissing(t *testing.T) {
	dir := t.TempDir()
	mod, input, stale := filepath.Join(dir, "go.mod"), filepath.Join(dir, "run.txt"), filepath.Join(dir, "charts", "sign.svg")
	if err := os.Mkdir(filepath.Join(dir, "charts"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{mod: pinned, input: sample, stale: "old"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(dir, mod, "", []string{input}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "charts"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"frame.svg", "memory.svg", "size.svg"}; !slices.Equal(names, want) {
		t.Errorf("charts %q, want %q", names, want)
	}
	md := read(t, dir, "RESULTS.md")
	if strings.Contains(md, "sign.svg") || strings.Contains(md, "packages linked") || strings.Contains(md, "the heap grew") {
		t.Errorf("RESULTS.md tells what was not measured:\n%s", md)
	}
	if strings.Contains(md, "github.com/x/y") {
		t.Error("RESULTS.md names an indirect module")
	}
	if text := read(t, dir, "charts", "memory.svg"); strings.Count(text, "<rect") != 1+2+2 { // the card, the legend, ours and the SDK's
		t.Errorf("a floor was drawn that is not there:\n%s", text)
	}
	if err := os.WriteFile(input, []byte("BenchmarkAlone-2 1 5 ns/op\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, mod, "", []string{input}); err == nil {
		t.Error("a run without a comparison gave results")
	}
}

// TestNumbers: whatever is measured, nothing that is written is no number, and no bar leaves its column.
func TestNumbers(t *testing.T) {
	width := regexp.MustCompile(`<rect x="210" y="[0-9]+" width="([^"]*)"`)
	number := regexp.MustCompile(`NaN|Inf|%!|[0-9]e[+-]?[0-9]`)
	for _, values := range [][3]float64{
		{0, 0, 0}, {0, 0, 1}, {1, 1, 1}, {5, 0, 0}, {1e-9, 1, 1e12}, {3, 2, 1}, {-1, 2, 3}, {100, 100, 100}, {1, 10, 100}, {0.5, 0.5, 50},
	} {
		var text strings.Builder
		text.WriteString(sample)
		for _, s := range subjects {
			for _, p := range s.panels {
				text.WriteString("Benchmark" + p.bench + "/size=7-2 1")
				for i, side := range sides {
					text.WriteString(" " + strconv.FormatFloat(values[i], 'f', -1, 64) + " " + side.prefix + "-" + p.metric)
				}
				text.WriteByte('\n')
			}
		}
		dir := draw(t, text.String())
		if m := number.FindString(read(t, dir, "RESULTS.md")); m != "" {
			t.Errorf("%v: RESULTS.md has %s", values, m)
		}
		for _, s := range subjects {
			svg := read(t, dir, "charts", s.name+".svg")
			if m := number.FindString(svg); m != "" {
				t.Errorf("%v: %s.svg has %s", values, s.name, m)
			}
			found := width.FindAllStringSubmatch(svg, -1)
			if len(found) == 0 {
				t.Fatalf("%v: %s.svg has no bar", values, s.name)
			}
			for _, m := range found {
				if w, err := strconv.ParseFloat(m[1], 64); err != nil || w < 0 || w > span || math.IsNaN(w) {
					t.Errorf("%v: %s.svg has a bar of %q", values, s.name, m[1])
				}
			}
		}
	}
}

// TestChartIsAccessible: a chart is well-formed, names itself, and says in words what the bars show.
func TestChartIsAccessible(t *testing.T) {
	svg := read(t, draw(t, sample), "charts", "frame.svg")
	var doc struct {
		Role  string `xml:"role,attr"`
		Label string `xml:"aria-labelledby,attr"`
		Title struct {
			ID   string `xml:"id,attr"`
			Text string `xml:",chardata"`
		} `xml:"title"`
		Desc struct {
			ID   string `xml:"id,attr"`
			Text string `xml:",chardata"`
		} `xml:"desc"`
	}
	d := xml.NewDecoder(strings.NewReader(strings.TrimSpace(svg)))
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("behind the chart: %v", err)
	}
	if doc.Role != "img" || doc.Label != doc.Title.ID+" "+doc.Desc.ID || doc.Title.Text == "" {
		t.Errorf("the chart presents itself as %+v", doc)
	}
	if want := "frame of 64 KiB: floor 2.00 µs, ours 2.10 µs, the SDK 63.0 µs"; !strings.Contains(doc.Desc.Text, want) {
		t.Errorf("the description lacks %q: %s", want, doc.Desc.Text)
	}
}

// TestScale: bars start at zero unless one is so long that the others would vanish.
func TestScale(t *testing.T) {
	two := func(a, b float64) []group {
		return []group{{values: [3]float64{0, a, b}, has: [3]bool{false, true, true}}}
	}
	s := newScale(two(10, 100))
	if s.log || s.length(10) != span/10.0 || s.length(100) != span {
		t.Errorf("%+v", s)
	}
	s = newScale(two(20, 4000))
	if !s.log || math.Abs(s.length(4000)-span) > 1e-9 || s.length(20) <= 0 || s.length(0) != 0 {
		t.Errorf("%+v: %v %v", s, s.length(20), s.length(4000))
	}
}

func TestUnits(t *testing.T) {
	for _, row := range []struct{ got, want string }{
		{duration(37.24), "37.2 ns"}, {duration(1999), "2.00 µs"}, {duration(64e6), "64.0 ms"}, {duration(2.5e9), "2.50 s"},
		{bytesOf(0), "0 B"}, {bytesOf(1.04), "1.04 B"}, {bytesOf(512), "512 B"}, {bytesOf(39200), "38.3 KiB"}, {bytesOf(6164642), "5.88 MiB"},
		{count(198), "198"}, {count(1), "1"}, {count(43.15), "43.1"}, {count(472.9), "473"},
		{caseLabel("size=1048576"), "frame of 1 MiB"}, {caseLabel("size=256"), "frame of 256 B"},
		{caseLabel("attempt=first/token=0.8KiB"), "first attempt, 0.8 KiB token"}, {caseLabel("via=loopback/streams=64"), "over plain http"}, {caseLabel("protocol=http1"), "over HTTP/1.1"},
		{caseLabel("odd"), "odd"},
	} {
		if row.got != row.want {
			t.Errorf("%q, want %q", row.got, row.want)
		}
	}
}

// TestGlance: the README's figures are those of the latest RESULTS.md, and a new run writes them into it.
func TestGlance(t *testing.T) {
	readme, results := read(t, "../../README.md"), read(t, "../RESULTS.md")
	_, rest, ok := strings.Cut(readme, glanceBegin)
	table, _, closed := strings.Cut(rest, glanceEnd)
	if !ok || !closed || strings.Count(table, "\n") < 10 {
		t.Fatalf("README.md has no table of figures: %q", table)
	}
	if !strings.Contains(results, table) {
		t.Errorf("README.md's figures are not those of bench/RESULTS.md:\n%s", table)
	}
	dir := draw(t, sample)
	name := filepath.Join(dir, "README.md")
	old := "# Old\n\n" + glanceBegin + "old\n" + glanceEnd + "rest\n"
	for _, row := range []struct{ text, err string }{{old, ""}, {"nothing marked", "no place"}, {glanceEnd + glanceBegin, "no place"}} {
		if err := os.WriteFile(name, []byte(row.text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := rewriteReadme(name, parse(sample))
		if row.err != "" {
			if err == nil || !strings.Contains(err.Error(), row.err) || read(t, name) != row.text {
				t.Errorf("%q: %v, and then %q", row.text, err, read(t, name))
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, want := read(t, name), "# Old\n\n"+glanceBegin+parse(sample).glance()+glanceEnd+"rest\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if want := "| frame of 256 B decoded | 20.0 ns | 50.0 ns | 1.57 µs | 31.5× |\n"; !strings.Contains(read(t, dir, "RESULTS.md"), want) {
		t.Errorf("RESULTS.md lacks %q", want)
	}
}

// TestHighlights: what the README's table is made of is drawn, too.
func TestHighlights(t *testing.T) {
	for _, h := range highlights {
		if findPanel(h.bench, h.metric) == nil {
			t.Errorf("%s: no panel of %s and %s", h.what, h.bench, h.metric)
		}
	}
}

// TestMeasurements: the one command covers every benchmark that a chart is drawn of.
func TestMeasurements(t *testing.T) {
	sources, err := filepath.Glob("../peers/*_test.go")
	if err != nil || len(sources) == 0 {
		t.Fatal(sources, err)
	}
	var text strings.Builder
	for _, name := range sources {
		text.WriteString(read(t, name))
	}
	if !regexp.MustCompile(measurements(3)[4][1]).MatchString("BenchmarkFrame") {
		t.Error("no comparisons are run")
	}
	for _, s := range subjects {
		for _, p := range s.panels {
			if !strings.Contains(text.String(), "func Benchmark"+p.bench+"(b *testing.B)") {
				t.Errorf("%s: no Benchmark%s in bench/peers", s.name, p.bench)
			}
			for _, side := range []string{"ours-", "sdk-"} {
				named := strings.Contains(text.String(), `"`+side+p.metric+`"`) || strings.Contains(text.String(), `"-`+p.metric+`"`)
				ofAll := regexp.MustCompile(`(reportSides|benchTLS)\(.*, "` + p.metric + `"`).MatchString(text.String())
				if !named && !ofAll {
					t.Errorf("%s: nothing in bench/peers reports %s%s", s.name, side, p.metric)
				}
			}
			run := false
			for _, args := range measurements(3) {
				bench := regexp.MustCompile(args[slices.Index(args, "-bench")+1])
				run = run || args[len(args)-1] == "." && bench.MatchString("Benchmark"+p.bench)
			}
			if !run {
				t.Errorf("%s: Benchmark%s is not run", s.name, p.bench)
			}
		}
	}
}
