package main

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// ours is the impl= name of this library; every other name is a peer's.
const ours = "bedrockwire"

// results are the benchmarks of one run, in the order of their first line.
type results struct {
	machine []string // the goos, goarch, cpu and go lines
	order   []string // names without "Benchmark" and "-GOMAXPROCS"
	values  map[string]map[string][]float64
	units   map[string][]string // of a name, in the order of the line
}

// parse reads the text format of Go's benchmarks (golang.org/design/14313-benchmark-format). A value that is no number,
// as a ratio to nothing is, counts as not measured.
func parse(text string) *results {
	r := &results{values: map[string]map[string][]float64{}, units: map[string][]string{}}
	for _, line := range strings.Split(text, "\n") {
		for _, key := range []string{"goos: ", "goarch: ", "cpu: ", "go: "} {
			if strings.HasPrefix(line, key) && !slices.Contains(r.machine, line) {
				r.machine = append(r.machine, line)
			}
		}
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil {
				name = name[:i]
			}
		}
		if r.values[name] == nil {
			r.values[name] = map[string][]float64{}
			r.order = append(r.order, name)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				break
			}
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			unit := fields[i+1]
			if r.values[name][unit] == nil {
				r.units[name] = append(r.units[name], unit)
			}
			r.values[name][unit] = append(r.values[name][unit], v)
		}
	}
	return r
}

// median returns the middle of a benchmark's values of a unit, and whether there are any.
func (r *results) median(name, unit string) (float64, bool) {
	v := slices.Clone(r.values[name][unit])
	if len(v) == 0 {
		return 0, false
	}
	slices.Sort(v)
	return v[len(v)/2], true
}

// pair is a benchmark that was run with this library and with a peer.
type pair struct {
	name       string // without impl=
	mine, peer string // full names
	impl       string // the peer's
	ratio      float64
}

func (r *results) pairs() []pair {
	var out []pair
	for _, name := range r.order {
		mine := "impl=" + ours
		if !slices.Contains(strings.Split(name, "/"), mine) {
			continue
		}
		for _, other := range r.order {
			impl, ok := differsInImpl(name, other)
			if !ok {
				continue
			}
			a, okA := r.median(name, "ns/op")
			b, okB := r.median(other, "ns/op")
			if okA && okB && a > 0 {
				out = append(out, pair{strings.Replace(name, "/"+mine, "", 1), name, other, impl, b / a})
			}
		}
	}
	return out
}

// differsInImpl reports whether other is name with another impl=, and gives that.
func differsInImpl(name, other string) (impl string, ok bool) {
	a, b := strings.Split(name, "/"), strings.Split(other, "/")
	if len(a) != len(b) || name == other {
		return "", false
	}
	for i := range a {
		if a[i] == b[i] {
			continue
		}
		if a[i] != "impl="+ours || !strings.HasPrefix(b[i], "impl=") {
			return "", false
		}
		impl = strings.TrimPrefix(b[i], "impl=")
	}
	return impl, true
}

// isOwnMetric reports whether a unit is a benchmark's own metric and not one of package testing's, such as ns/op.
func isOwnMetric(unit string) bool {
	switch unit {
	case "ns/op", "B/op", "allocs/op", "MB/s":
		return false
	}
	return true
}

// versions lists the modules that a go.mod requires directly.
func versions(mod string) []string {
	var out []string
	for _, line := range strings.Split(mod, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.Contains(fields[0], ".") && strings.HasPrefix(fields[1], "v") {
			out = append(out, fields[0]+" "+fields[1])
		}
	}
	return out
}
