// Command clients has real clients of Amazon Bedrock call the fake of package bedrocktest, and other decoders of event
// streams read the vectors of package frametest. It writes what they made of them to bench/RESULTS.md. In bench/peers:
//
//	go run ./clients                      install the JavaScript clients with npm in a temporary folder, and run
//	go run ./clients -modules DIR         use the node_modules folder DIR
//
// package.json pins the JavaScript clients, and go.mod the AWS SDK for Go. All connections are TLS connections on the
// loopback interface.
//
// It fails where a client can't do what it should: an operation, a retry, a call through a proxy, an error for a wrong
// secret. It also fails where the results are not those in bench/RESULTS.md: then a client has changed, and the new
// results can be committed after a look.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// timeout limits the whole run, so that a client that hangs can't hold up CI.
const timeout = 10 * time.Minute

// The section of RESULTS.md. bench/report keeps what is between these lines.
const (
	sectionBegin = "<!-- clients and decoders, written by bench/peers/clients -->\n"
	sectionEnd   = "<!-- end of clients and decoders -->\n"
)

func main() {
	out := flag.String("out", "../RESULTS.md", "file whose section is written anew")
	modules := flag.String("modules", "", "node_modules folder to use; by default npm makes one")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := run(ctx, *out, *modules); err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out, modules string) error {
	dir, err := os.MkdirTemp("", "bedrockwire-clients-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := install(ctx, dir, modules); err != nil {
		return err
	}
	var section bytes.Buffer
	failures, err := callAll(ctx, dir, &section)
	if err != nil {
		return err
	}
	more, err := decodeAll(ctx, dir, &section)
	if err != nil {
		return err
	}
	failures = append(failures, more...)
	os.Stdout.Write(section.Bytes())
	if len(failures) > 0 {
		return errors.New("unexpected results:\n" + strings.Join(failures, "\n"))
	}
	return rewrite(out, section.String())
}

// install copies the scripts to dir, and installs the packages that package.json and package-lock.json pin.
func install(ctx context.Context, dir, modules string) error {
	for _, name := range []string{"package.json", "package-lock.json", "clients.mjs", "decoders.mjs"} {
		b, err := os.ReadFile(filepath.Join("clients", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	if modules != "" {
		abs, err := filepath.Abs(modules)
		if err != nil {
			return err
		}
		return os.Symlink(abs, filepath.Join(dir, "node_modules"))
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
	npm.Dir, npm.Stdout, npm.Stderr = dir, os.Stderr, os.Stderr
	if err := npm.Run(); err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	return nil
}

// rewrite puts the section into the file. It fails where that changed the file.
func rewrite(file, section string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	front, rest, found := strings.Cut(string(old), sectionBegin)
	_, back, ended := strings.Cut(rest, sectionEnd)
	if found != ended || strings.Contains(front, sectionEnd) {
		return fmt.Errorf("%s has only one of the lines around the section", file)
	}
	if !found {
		front += "\n" // the section begins a paragraph
	}
	text := front + sectionBegin + section + sectionEnd + back
	if text == string(old) {
		return nil
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	return fmt.Errorf("the results were not those in %s, which has the new ones now", file)
}
