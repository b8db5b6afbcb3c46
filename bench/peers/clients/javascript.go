package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// scripts are the clients of clients.mjs, and what each can do.
var scripts = []struct {
	arg, title, pkg string
	operations      []string
}{
	{"sdk-http2", "AWS SDK for JavaScript", "@aws-sdk/client-bedrock-runtime", operations},
	{"sdk-http1", "AWS SDK for JavaScript, NodeHttpHandler", "@aws-sdk/client-bedrock-runtime", operations[:5]},
	{"anthropic", "@anthropic-ai/bedrock-sdk", "@anthropic-ai/bedrock-sdk", []string{invoke, invokeStream}},
	{"langchain", "@langchain/aws", "@langchain/aws", []string{converseOp, converseStream}},
	{"vercel", "@ai-sdk/amazon-bedrock", "@ai-sdk/amazon-bedrock", []string{converseOp, converseStream}},
}

// node returns a command of Node.js: the release that package.json pins, or the system's on a machine that it has no
// build for.
func node(ctx context.Context, dir string, args ...string) *exec.Cmd {
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	program := filepath.Join(dir, "node_modules", "node-"+runtime.GOOS+"-"+arch, "bin", "node")
	if _, err := os.Stat(program); err != nil {
		program = "node"
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	return cmd
}

// versions are the packages' in package.json.
func versions(dir string) (map[string]string, error) {
	b, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	var pins struct{ Dependencies map[string]string }
	return pins.Dependencies, json.Unmarshal(b, &pins)
}

// jsClients starts a process for each client. stop ends them.
func jsClients(ctx context.Context, t trust, dir string) (all []caller, stop func(), err error) {
	var inputs []io.Closer
	var processes []*exec.Cmd
	stop = func() {
		for i, p := range processes {
			inputs[i].Close()
			p.Wait()
		}
	}
	pins, err := versions(dir)
	if err != nil {
		return nil, stop, err
	}
	for _, s := range scripts {
		cmd := node(ctx, dir, "clients.mjs", s.arg)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "NODE_EXTRA_CA_CERTS=" + t.file, "AWS_EC2_METADATA_DISABLED=true", "NODE_NO_WARNINGS=1"}
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, stop, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, stop, err
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			return nil, stop, err
		}
		inputs, processes = append(inputs, in), append(processes, cmd)
		lines := bufio.NewReader(out)
		all = append(all, caller{s.title + " " + pins[s.pkg], s.operations, true, func(_ context.Context, j job) (string, error) {
			request, err := json.Marshal(j)
			if err != nil {
				return "", err
			}
			if _, err := in.Write(append(request, '\n')); err != nil {
				return "", err
			}
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return "", fmt.Errorf("%s ended: %w", s.title, err)
			}
			var result struct{ Text, Error string }
			if err := json.Unmarshal(line, &result); err != nil {
				return "", err
			}
			if name, message, ok := strings.Cut(result.Error, ": "); ok {
				return "", named{name, message}
			}
			return result.Text, nil
		}})
	}
	return all, stop, nil
}
