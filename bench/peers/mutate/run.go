package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

type outcome int

const (
	killed outcome = iota
	timedOut
	survived
	notBuilt
)

func (o outcome) String() string {
	return [...]string{"killed", "timeout", "SURVIVED", "not built"}[o]
}

// A suite is a test package, and how long its short tests take without a change.
type suite struct {
	*goPackage
	took time.Duration
}

// A runner builds and tests mutants.
type runner struct {
	target  *goPackage
	own     []suite       // the package's own tests, or those of -tests
	rest    []suite       // the dependents' tests, measured when the first mutant gets there
	timeout time.Duration // the least that a suite gets
	memory  int           // MiB

	once sync.Once
	err  error // of measuring rest
}

// limit returns the time that a suite gets.
func (r *runner) limit(s suite) time.Duration { return max(r.timeout, 10*s.took) }

// run builds the mutant and runs the suites until one fails. by is the import path of that suite.
func (r *runner) run(m *mutant) (o outcome, by string, err error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return 0, "", err
	}
	defer os.RemoveAll(dir)
	changed := filepath.Join(dir, filepath.Base(m.path))
	if err := os.WriteFile(changed, m.mutated(), 0o600); err != nil {
		return 0, "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{m.path: changed}})
	if err != nil {
		return 0, "", err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return 0, "", err
	}
	build := exec.Command("go", "build", "-overlay", list, "-o", os.DevNull, r.target.ImportPath)
	build.Dir = r.target.Module.Dir
	if build.Run() != nil {
		return notBuilt, "", nil
	}
	for _, s := range r.own {
		if o, _, err := r.test(s, dir, list); err != nil || o != survived {
			return o, s.ImportPath, err
		}
	}
	r.once.Do(func() { r.rest, r.err = r.measure(r.rest) })
	if r.err != nil {
		return 0, "", r.err
	}
	for _, s := range r.rest {
		if o, _, err := r.test(s, dir, list); err != nil || o != survived {
			return o, s.ImportPath, err
		}
	}
	return survived, "", nil
}

// test builds the suite's tests in dir and runs them. overlay may be empty.
func (r *runner) test(s suite, dir, overlay string) (outcome, string, error) {
	binary := filepath.Join(dir, "test.exe")
	args := []string{"test", "-c", "-vet=off", "-o", binary}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	build := exec.Command("go", append(args, s.ImportPath)...)
	build.Dir = r.target.Module.Dir
	if out, err := build.CombinedOutput(); err != nil {
		// The mutated package builds, so its tests refuse the change: with a constant out of range, for example.
		return killed, string(out), nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), r.limit(s))
	defer cancel()
	command := fmt.Sprintf(`ulimit -v %d; exec "$0" -test.short -test.failfast -test.timeout=0`, r.memory<<10)
	cmd := exec.CommandContext(ctx, "sh", "-c", command, binary)
	cmd.Dir = s.Dir
	cmd.WaitDelay = time.Second // the tests' own children may hold the pipe
	out, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return timedOut, string(out), nil
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return survived, string(out), nil
	case cmd.ProcessState == nil:
		return 0, "", err
	}
	return killed, string(out), nil
}

// selectTests sets the suites: those named by tests, or the package's own and its dependents'.
func (r *runner) selectTests(tests string) error {
	if tests != "" {
		named, err := list(r.target.Module.Dir, strings.Split(tests, ",")...)
		for _, p := range named {
			r.own = append(r.own, suite{goPackage: p})
		}
		return err
	}
	all, err := list(r.target.Module.Dir, "./...")
	if err != nil {
		return err
	}
	if len(r.target.TestGoFiles)+len(r.target.XTestGoFiles) > 0 {
		r.own = []suite{{goPackage: r.target}}
	}
	for _, p := range dependents(r.target, all) {
		r.rest = append(r.rest, suite{goPackage: p})
	}
	return nil
}

// measure runs suites without a change and returns them fastest first. It fails if a suite does.
func (r *runner) measure(suites []suite) ([]suite, error) {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for i := range suites {
		s := &suites[i]
		s.took = time.Minute // a generous limit for this one run
		began := time.Now()
		o, out, err := r.test(*s, dir, "")
		if err != nil {
			return nil, err
		}
		if o != survived {
			return nil, fmt.Errorf("the tests of %s fail without a change (%v):\n%s", s.ImportPath, o, out)
		}
		s.took = time.Since(began)
		fmt.Printf("# tests of %s: %.1f s\n", s.ImportPath, s.took.Seconds())
	}
	slices.SortStableFunc(suites, func(a, b suite) int { return cmp.Compare(a.took, b.took) })
	return suites, nil
}
