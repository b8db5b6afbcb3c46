package peers

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// programJobs are what the programs of this module's folder programs do, each with this library and with the SDK, and
// the floor of the two: a program without either that stands on the same part of the standard library.
var programJobs = []struct{ job, floor, ours, sdk string }{
	{"decode", "hello", "decode", "sdk-decode"},
	{"sign", "hello", "sign", "sdk-sign"},
	{"client", "http", "client", "sdk-client"},
	{"config", "http", "config", "sdk-config"},
}

// goCommand runs the go command and returns what it prints, and how long it took: by the clock, and in processor time
// of all its compilers, which other work on the machine moves too, but less. The network is off limits, so that no
// download is ever measured: what is not in the module cache is an error.
func goCommand(tb testing.TB, cache string, args ...string) (out string, wall, processor time.Duration) {
	tb.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		tb.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.String(), time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// buildProgram builds a program as one that ships is built, and returns its size. cache is the build cache, "" for the
// user's own.
func buildProgram(tb testing.TB, program, cache string) (size int64, wall, processor time.Duration) {
	tb.Helper()
	binary := filepath.Join(tb.TempDir(), program)
	_, wall, processor = goCommand(tb, cache, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, "./programs/"+program)
	info, err := os.Stat(binary)
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size(), wall, processor
}

// linkedPackages returns how many packages a program is made of, itself not counted, and how many of them are not the
// standard library's.
func linkedPackages(tb testing.TB, program string) (all, foreign int) {
	tb.Helper()
	out, _, _ := goCommand(tb, "", "list", "-deps", "-f", "{{.Name}} {{.Standard}}", "./programs/"+program)
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		name, standard, _ := strings.Cut(line, " ")
		if name == "main" {
			continue
		}
		all++
		if standard == "false" {
			foreign++
		}
	}
	return all, foreign
}

// maxShare is the rule for sizes: what a whole client adds to a program with net/http is at most this share of what the
// SDK adds. The aim is a sixth. Plain forms take it to a fifth: httptrace.WithClientTrace and errors.As bring reflection
// (about 37 KiB), os/exec in the credentials about 70, the sort of a signer's header fields about 22. The sources of
// credentials that recover by themselves add 20 to config.Load.
const maxShare = 0.205

// TestSizes builds the clients, with static keys and with the settings of the environment and the shared files,
// and holds their sizes to the rule.
func TestSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds five programs")
	}
	for _, j := range programJobs {
		if j.floor != "http" {
			continue // no clients
		}
		floor, _, _ := buildProgram(t, j.floor, "")
		ours, _, _ := buildProgram(t, j.ours, "")
		sdk, _, _ := buildProgram(t, j.sdk, "")
		if ours <= floor || sdk <= floor {
			t.Fatalf("%s: %d bytes, and %d with the SDK, above %d without either", j.job, ours, sdk, floor)
		}
		share := float64(ours-floor) / float64(sdk-floor)
		t.Logf("%-6s adds %4d KiB to net/http, the SDK adds %d KiB: 1/%.1f", j.job, (ours-floor)>>10, (sdk-floor)>>10, 1/share)
		if share > maxShare {
			t.Errorf("%s adds more than %v of what the SDK adds", j.job, maxShare)
		}
	}
}

// BenchmarkBinary reports the size of each stripped binary, and how many times what the SDK adds to the floor is what
// this library adds.
func BenchmarkBinary(b *testing.B) {
	for _, j := range programJobs {
		floor, _, _ := buildProgram(b, j.floor, "")
		ours, _, _ := buildProgram(b, j.ours, "")
		sdk, _, _ := buildProgram(b, j.sdk, "")
		if ours <= floor || sdk <= floor {
			b.Fatalf("%s: %d bytes, and %d of the SDK's, on a floor of %d", j.job, ours, sdk, floor)
		}
		b.Run("job="+j.job, func(b *testing.B) {
			b.ReportMetric(0, "ns/op") // nothing is timed
			b.ReportMetric(float64(floor), "floor-B/binary")
			b.ReportMetric(float64(ours), "ours-B/binary")
			b.ReportMetric(float64(sdk), "sdk-B/binary")
			b.ReportMetric(float64(sdk-floor)/float64(ours-floor), "sdk/ours-above-floor")
		})
	}
}

// BenchmarkPackages reports how many packages each program links, and how many of them are not the standard library's:
// those are what someone who vendors the program has to read.
func BenchmarkPackages(b *testing.B) {
	for _, j := range programJobs {
		floor, _ := linkedPackages(b, j.floor)
		ours, oursForeign := linkedPackages(b, j.ours)
		sdk, sdkForeign := linkedPackages(b, j.sdk)
		b.Run("job="+j.job, func(b *testing.B) {
			b.ReportMetric(0, "ns/op") // nothing is timed
			b.ReportMetric(float64(floor), "floor-packages")
			b.ReportMetric(float64(ours), "ours-packages")
			b.ReportMetric(float64(sdk), "sdk-packages")
			b.ReportMetric(float64(oursForeign), "ours-packages-not-std")
			b.ReportMetric(float64(sdkForeign), "sdk-packages-not-std")
		})
	}
}

// BenchmarkColdBuild builds the clients one after the other, each once and with an empty build cache, standard library
// and all, as a CI job without a cache does. It takes minutes: -count says how often.
func BenchmarkColdBuild(b *testing.B) {
	type cost struct{ wall, processor float64 }
	cold := map[string]cost{}
	build := func(program string) cost {
		if c, ok := cold[program]; ok {
			return c
		}
		cache, err := os.MkdirTemp("", "coldbuild")
		if err != nil {
			b.Fatal(err)
		}
		defer os.RemoveAll(cache) // now, and not at the end: it is some 200 MB
		_, wall, processor := buildProgram(b, program, cache)
		cold[program] = cost{wall.Seconds(), processor.Seconds()}
		return cold[program]
	}
	for _, j := range programJobs {
		if j.floor == "hello" {
			continue // nobody waits for those
		}
		floor, ours, sdk := build(j.floor), build(j.ours), build(j.sdk)
		b.Run("job="+j.job, func(b *testing.B) {
			b.ReportMetric(0, "ns/op") // of what is reported, which means nothing
			b.ReportMetric(floor.processor, "floor-cpu-s/build")
			b.ReportMetric(ours.processor, "ours-cpu-s/build")
			b.ReportMetric(sdk.processor, "sdk-cpu-s/build")
			b.ReportMetric(floor.wall, "floor-s/build")
			b.ReportMetric(ours.wall, "ours-s/build")
			b.ReportMetric(sdk.wall, "sdk-s/build")
		})
	}
}
