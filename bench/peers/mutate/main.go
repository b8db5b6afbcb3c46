package main

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

type options struct {
	n        int
	seed     uint64
	tests    string
	timeout  time.Duration
	memory   int
	parallel int
	at       string
	listOnly bool
	listed   bool
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 100, "number of mutants that build and are run; 0: all")
	flag.Uint64Var(&o.seed, "seed", 1, "picks the mutants")
	flag.StringVar(&o.tests, "tests", "", "packages whose tests run, separated by commas, relative to the module; default: the package and its dependents")
	flag.DurationVar(&o.timeout, "timeout", 30*time.Second, "the least time that a package's tests get")
	flag.IntVar(&o.memory, "memory", 4096, "memory of a test process, in MiB")
	flag.IntVar(&o.parallel, "p", 1, "mutants tested at once")
	flag.StringVar(&o.at, "at", "", "only the mutants at FILE or FILE:LINE")
	flag.BoolVar(&o.listOnly, "list", false, "print the mutants and run nothing")
	flag.BoolVar(&o.listed, "listed", false, "run the mutants of equivalent.txt instead of the others")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./mutate [flags] DIR\n\nChanges the package in DIR in one place at a time, and reports the changes that no test notices.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), o); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(dir string, o options) error {
	targets, err := list(dir, ".")
	if err != nil {
		return err
	}
	target := targets[0]
	entries, err := parseEquivalents(equivalentText)
	if err != nil {
		return err
	}
	mutants, nListed, err := collect(target, entries, o)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(o.seed, 0))
	r.Shuffle(len(mutants), func(i, j int) { mutants[i], mutants[j] = mutants[j], mutants[i] })
	if o.listOnly {
		for _, m := range mutants {
			fmt.Println(describe(m))
		}
		fmt.Printf("%d mutants; some do not build\n", len(mutants))
		return nil
	}
	runner := &runner{target: target, timeout: o.timeout, memory: o.memory}
	if err := runner.selectTests(o.tests); err != nil {
		return err
	}
	if runner.own, err = runner.measure(runner.own); err != nil {
		return err
	}
	return report(runner, mutants, nListed, o)
}

// collect returns the mutants to run, in the order of the source, and the number of those left out because they are listed.
func collect(target *goPackage, entries map[string]*equivalent, o options) (selected []*mutant, nListed int, err error) {
	atFile, atLine, _ := strings.Cut(o.at, ":")
	line, err := strconv.Atoi(cmp.Or(atLine, "0"))
	if err != nil {
		return nil, 0, fmt.Errorf("-at: %w", err)
	}
	files := map[string]bool{}
	for _, file := range target.GoFiles {
		p := filepath.Join(target.Dir, file)
		source, err := os.ReadFile(p)
		if err != nil {
			return nil, 0, err
		}
		relative, err := filepath.Rel(target.Module.Dir, p)
		if err != nil {
			return nil, 0, err
		}
		name := filepath.ToSlash(relative)
		files[name] = true
		found, err := mutants(p, name, source)
		if err != nil {
			return nil, 0, err
		}
		for _, m := range found {
			e := entries[m.entry()]
			if e != nil {
				e.used = true
			}
			if o.at != "" && (file != path.Base(atFile) || line != 0 && m.line != line) {
				continue
			}
			if e != nil && !o.listed {
				nListed++
				continue
			}
			if e == nil && o.listed {
				continue
			}
			selected = append(selected, m)
		}
	}
	// Entries of the package's folder that match nothing.
	folder := strings.TrimPrefix(strings.TrimPrefix(target.ImportPath, target.Module.Path), "/")
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		e := entries[key]
		file, _, _ := strings.Cut(e.entry, " ")
		if !e.used && path.Dir(file) == folder {
			fmt.Printf("# equivalent.txt:%d matches no mutant: check it again or remove it\n", e.line)
		}
	}
	return selected, nListed, nil
}

func describe(m *mutant) string {
	before, after := m.diff()
	text := strings.Join(after, " ")
	if strings.TrimSpace(text) == "" {
		text = strings.Join(before, " ")
	}
	if runes := []rune(text); len(runes) > 100 {
		text = string(runes[:100]) + "..."
	}
	return fmt.Sprintf("%s:%d %s: %s: %s", m.file, m.line, m.fn, m.kind, text)
}

// report runs the mutants and prints what became of them.
func report(r *runner, mutants []*mutant, nListed int, o options) error {
	var (
		mu        sync.Mutex
		wg        sync.WaitGroup
		counts    [notBuilt + 1]int
		survivors []*mutant
		failure   error
		next      int
		running   int // mutants that are being run, which may yet count

		interrupted bool
	)
	wanted := o.n
	if wanted <= 0 || o.at != "" || o.listed {
		wanted = len(mutants)
	}
	idle := sync.NewCond(&mu)
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	go func() {
		<-interrupt
		signal.Stop(interrupt) // a second one ends the program
		mu.Lock()
		defer mu.Unlock()
		interrupted = true
		idle.Broadcast()
	}()
	for range max(1, o.parallel) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			for {
				built := counts[killed] + counts[timedOut] + counts[survived]
				if failure != nil || interrupted || built >= wanted || next == len(mutants) {
					return
				}
				if built+running >= wanted {
					idle.Wait()
					continue
				}
				m := mutants[next]
				next++
				running++
				mu.Unlock()
				began := time.Now()
				result, by, err := r.run(m)
				took := time.Since(began)
				mu.Lock()
				running--
				if interrupted {
					return // the terminal may have interrupted the tests as well
				}
				counts[result]++
				switch {
				case err != nil:
					failure = err
				case result == survived:
					survivors = append(survivors, m)
					fallthrough
				case result != notBuilt:
					fmt.Printf("%-8s %s  [%s %.1f s]\n", result, describe(m), strings.TrimPrefix(by, r.target.Module.Path+"/"), took.Seconds())
				}
				idle.Broadcast()
			}
		}()
	}
	wg.Wait()
	if failure != nil {
		return failure
	}
	if len(survivors) > 0 {
		fmt.Printf("\n# survivors\n")
		slices.SortStableFunc(survivors, func(a, b *mutant) int {
			return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.start, b.start))
		})
		for _, m := range survivors {
			fmt.Printf("# line %d, %s\n%swhy:\n\n", m.line, m.kind, m.entry())
		}
	}
	built := counts[killed] + counts[timedOut] + counts[survived]
	percent := 100 * float64(counts[survived]) / float64(max(1, built))
	fmt.Printf("%s: %d mutants: %d killed (%d by timeout), %d survived (%.1f %%)", r.target.ImportPath, built,
		counts[killed]+counts[timedOut], counts[timedOut], counts[survived], percent)
	if o.listed {
		fmt.Printf("; all of them are listed as equivalent: remove the entries of those that were killed\n")
	} else {
		fmt.Printf("; %d more are listed as equivalent\n", nListed)
	}
	return nil
}
