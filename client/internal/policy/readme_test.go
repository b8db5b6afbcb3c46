package policy

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of README.md.
type block struct {
	language, text string
	line           int
}

func readmeBlocks(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	open := -1
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```") && open < 0:
			blocks = append(blocks, block{language: strings.TrimPrefix(line, "```"), line: i + 1})
			open = i
		case strings.HasPrefix(line, "```"):
			open = -1
		case open >= 0:
			blocks[len(blocks)-1].text += line + "\n"
		}
	}
	if open >= 0 {
		t.Fatalf("README.md:%d: block without an end", open+1)
	}
	return blocks
}

// TestReadmeGo: every Go block of the README is a whole file, and compiles in a module that vendors this one.
func TestReadmeGo(t *testing.T) {
	n := 0
	for _, b := range readmeBlocks(t) {
		if b.language != "go" {
			continue
		}
		n++
		t.Run(fmt.Sprintf("line%d", b.line), func(t *testing.T) {
			name := "main.go"
			if strings.Contains(b.text, "*testing.T") {
				name = "main_test.go"
			}
			dir := t.TempDir()
			mod := "module example.test/readme\n\ngo 1.24\n\nrequire bedrockwire v0.0.0\n\nreplace bedrockwire => " + absRoot(t) + "\n"
			for name, text := range map[string]string{"go.mod": mod, name: b.text} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			goCommand(t, dir, "mod", "vendor")
			goCommand(t, dir, "vet", ".")
			if name == "main_test.go" {
				goCommand(t, dir, "test", ".")
			}
		})
	}
	if n < 2 {
		t.Errorf("README.md has %d Go blocks", n)
	}
}

// TestReadmeCommands runs the README's command lines as they stand, but for the one that is this very test run.
func TestReadmeCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the command a dozen times")
	}
	n := 0
	for _, b := range readmeBlocks(t) {
		if b.language != "sh" {
			continue
		}
		script := strings.TrimSpace(b.text)
		if strings.HasPrefix(script, "go test ./...") || strings.HasPrefix(script, "bash .ci/run") {
			continue
		}
		n++
		t.Run(fmt.Sprintf("line%d", b.line), func(t *testing.T) {
			dir := t.TempDir()
			// Files that a command writes go to a folder that is thrown away.
			script = regexp.MustCompile(`\banswer\.bin\b`).ReplaceAllString(script, filepath.Join(dir, "answer.bin"))
			cmd := exec.Command("sh", "-euc", script)
			cmd.Dir = absRoot(t)
			// Those of somebody without an account, on no machine of AWS's.
			cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN=", "AWS_REGION=", "AWS_PROFILE=",
				"GOBIN="+dir, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"),
				"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true", "AWS_BEARER_TOKEN_BEDROCK=")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if len(out) == 0 {
				t.Error("printed nothing")
			}
		})
	}
	if n < 3 {
		t.Errorf("README.md has %d command blocks that run", n)
	}
}

// TestReadmeVendoring runs the README's commands that copy the library into a module, and builds every package of the
// copy, and a program of the module.
func TestReadmeVendoring(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole library")
	}
	if err := exec.Command("git", "-C", absRoot(t), "rev-parse", "HEAD").Run(); err != nil {
		t.Skip("not a clone: ", err)
	}
	var script, program string
	for _, b := range readmeBlocks(t) {
		if strings.Contains(b.text, "git -C ../bedrockwire archive") {
			script = strings.ReplaceAll(b.text, "../bedrockwire", absRoot(t))
		}
		if program == "" && b.language == "go" {
			program = b.text
		}
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.test/vendoring\n\ngo 1.24\n", "main.go": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-euc", "git init -q .\n"+script+"git ls-files third_party | grep -q client/client.go\n"+
		"go build ./...\n(cd third_party/bedrockwire && go build ./...)\ngo mod vendor\ngo build -mod=vendor -o program .")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || script == "" {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
}

// TestReadmeProofs: each test and example that the README names exists in a folder that the same row links to, and
// each file that it links to is there.
func TestReadmeProofs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([a-z][^)#]*)\)`)
	name := regexp.MustCompile("`((?:Test|Example)[A-Za-z0-9_]*)`")
	named := 0
	for i, line := range strings.Split(string(text), "\n") {
		var sources strings.Builder
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			if strings.HasPrefix(m[1], "http") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("README.md:%d links to %s, which is not there", i+1, m[1])
				continue
			}
			files, err := filepath.Glob(filepath.Join(root, filepath.Dir(m[1]), "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				sources.Write(b)
			}
		}
		for _, m := range name.FindAllStringSubmatch(line, -1) {
			named++
			if s := sources.String(); !strings.Contains(s, "func "+m[1]+"(t *testing.T)") && !strings.Contains(s, "func "+m[1]+"()") {
				t.Errorf("README.md:%d names %s, which is not next to what the line links to", i+1, m[1])
			}
		}
	}
	if named < 20 {
		t.Errorf("README.md names %d tests", named)
	}
}

// TestReadmeRecording: what the README shows of a cut stream is what the command says today.
func TestReadmeRecording(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the command")
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := filepath.Join(dir, "bedrockwire")
	build := exec.Command("go", "build", "-o", command, "./client/cmd/bedrockwire")
	build.Dir = absRoot(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	answer := filepath.Join(dir, "answer.bin")
	if out, err := exec.Command(command, "invoke", "-demo", "-save", answer, "-prompt", "Hello").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole, err := os.ReadFile(answer)
	if err != nil {
		t.Fatal(err)
	}
	decode := exec.Command(command, "decode", "-output", "json")
	decode.Stdin = strings.NewReader(string(whole[:1000]))
	var stdout, stderr strings.Builder
	decode.Stdout, decode.Stderr = &stdout, &stderr
	err = decode.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("a cut stream ended with %v", err)
	}
	want := fmt.Sprintf("%s%d\nstatus %d\n", stderr.String(), strings.Count(stdout.String(), "\n"), exit.ExitCode())
	if !strings.Contains(string(text), want) {
		t.Errorf("README.md does not show\n%s", want)
	}
}
