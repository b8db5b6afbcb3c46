package policy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// programs are what the tests of this file build, each in a module of its own that vendors this one, as a user's would.
var programs = map[string]string{
	// The yardstick: a program that writes a line to standard output.
	"hello": `package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }
`,
	// All four packages of the core, each put to its main use.
	"core": `package main

import (
	"os"
	"time"

	"bedrockwire/crc"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/signer"
)

func main() {
	r := frame.NewReader(os.Stdin)
	var buf []byte
	for {
		m, err := r.Next()
		if err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			break
		}
		if kind, _ := m.Headers.Get(":message-type"); !kind.EqualText("event") {
			name, _ := m.Headers.Get(":exception-type")
			text, _ := name.Text()
			os.Stdout.WriteString(model.ErrorFromJSON(text, m.Payload).Error() + "\n")
			continue
		}
		if buf, err = model.DecodeChunk(buf[:0], m.Payload); err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
			break
		}
		os.Stdout.Write(buf)
		out, err := frame.Append(nil, []frame.Header{{Name: "sum", Value: frame.Int64Value(int64(crc.Checksum(buf)))}}, buf)
		os.Stdout.Write(out)
		if err != nil {
			os.Stdout.WriteString(err.Error() + "\n")
		}
	}
	s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	req := signer.Request{Method: "POST", Host: "example.com", Path: "/", Header: map[string][]string{}, PayloadHash: signer.HashPayload(nil)}
	err := s.Sign(&req, &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: os.Args[0] + "0123456789"}, time.Now())
	if err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
	}
	os.Stdout.WriteString(req.Header["Authorization"][0])
	in := model.InvokeModelWithResponseStreamRequest{ModelID: os.Args[0]}
	if err := in.Validate(); err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
	}
}
`,
	"signs": `package main

import (
	"os"
	"time"

	"bedrockwire/signer"
)

func main() {
	s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	req := signer.Request{Method: "POST", Host: "example.com", Path: "/", Header: map[string][]string{}, PayloadHash: signer.HashPayload(nil)}
	if err := s.Sign(&req, &signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: os.Args[0] + "0123456789"}, time.Now()); err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString(req.Header["Authorization"][0])
}
`,
	"decodes": `package main

import (
	"os"

	"bedrockwire/frame"
	"bedrockwire/model"
)

func main() {
	r := frame.NewReader(os.Stdin)
	var buf []byte
	for {
		m, err := r.Next()
		if err != nil {
			break
		}
		if buf, err = model.DecodeChunk(buf[:0], m.Payload); err == nil {
			os.Stdout.Write(buf)
		}
	}
}
`,
	"invokes": `package main

import (
	"context"
	"os"

	"bedrockwire/client"
	"bedrockwire/model"
	"bedrockwire/signer"
)

func main() {
	c, err := client.New(client.Config{Region: "us-east-1", Credentials: func(context.Context) (signer.Credentials, error) {
		return signer.Credentials{AccessKeyID: os.Args[1], SecretAccessKey: os.Args[2]}, nil
	}})
	if err != nil {
		os.Exit(1)
	}
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: os.Args[3]})
	if err != nil {
		os.Exit(1)
	}
	for chunk, err := range s.All() {
		if err != nil {
			os.Exit(1)
		}
		os.Stdout.Write(chunk)
	}
}
`,
	"converses": `package main

import (
	"context"
	"os"

	"bedrockwire/client"
	"bedrockwire/model/converse"
	"bedrockwire/signer"
)

func main() {
	c, err := client.New(client.Config{Region: "us-east-1", Credentials: func(context.Context) (signer.Credentials, error) {
		return signer.Credentials{AccessKeyID: os.Args[1], SecretAccessKey: os.Args[2]}, nil
	}})
	if err != nil {
		os.Exit(1)
	}
	r, err := c.Converse(context.Background(), &converse.Request{ModelID: os.Args[3],
		Messages: []converse.Message{converse.User(converse.Text(os.Args[4]))}})
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString(r.Message.Text())
}
`,
}

// absRoot returns the module's folder as an absolute path.
func absRoot(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// goCommand runs the go command without network in dir, and returns what it prints.
func goCommand(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=vendor", "GOWORK=off", "CGO_ENABLED=0")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.String()
}

// vendorModule makes a module with one of the programs in it, following the README's recipe.
func vendorModule(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	mod := "module example.test/" + program + "\n\ngo 1.24\n\nrequire bedrockwire v0.0.0\n\nreplace bedrockwire => " + absRoot(t) + "\n"
	for name, text := range map[string]string{"go.mod": mod, "main.go": programs[program]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	goCommand(t, dir, "mod", "vendor")
	return dir
}

// build builds a program and returns the binary's path.
func build(t *testing.T, program, ldflags string) string {
	t.Helper()
	dir := vendorModule(t, program)
	goCommand(t, dir, "build", "-trimpath", "-ldflags="+ldflags, "-o", "program", ".")
	return filepath.Join(dir, "program")
}

func size(t *testing.T, program string) int64 {
	t.Helper()
	info, err := os.Stat(build(t, program, "-s -w"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// coreLimit is what the core may add to the smallest program that writes to standard output, in bytes. 500 KiB is
// the aim; an instance of slices.SortFunc in the signer takes 22.
const coreLimit = 512 << 10

// TestCoreSize: what the core adds to the smallest program that writes to standard output.
func TestCoreSize(t *testing.T) {
	hello := size(t, "hello")
	for _, program := range []string{"core", "signs", "decodes"} {
		with := size(t, program)
		t.Logf("%s: %d KiB, %d KiB above hello's %d KiB", program, with>>10, (with-hello)>>10, hello>>10)
		limit := int64(coreLimit)
		if strings.HasPrefix(runtime.Version(), "go1.24") {
			limit += 64 << 10 // its crypto/hmac and its runtime are larger
		}
		if with-hello > limit {
			t.Errorf("%s is %d bytes above hello, the limit is %d", program, with-hello, limit)
		}
	}
}

// TestLinkedSymbols: a program links only what it calls.
func TestLinkedSymbols(t *testing.T) {
	rows := []struct {
		program string
		needs   []string // to see that the question is put right
		bans    []string
	}{
		{"signs", []string{"bedrockwire/signer.(*Signer).Sign"},
			[]string{"bedrockwire/frame", "bedrockwire/model", "bedrockwire/crc", "bedrockwire/client", "net/", "net.", "crypto/tls", "encoding/json", "fmt.Fprint",
				"bedrockwire/signer.(*Signer).Presign", "bedrockwire/signer.(*Signer).Verify", "bedrockwire/signer.(*EventSigner)"}},
		{"decodes", []string{"bedrockwire/frame.(*Reader).Next"},
			[]string{"bedrockwire/signer", "bedrockwire/client", "net/", "net.", "crypto/", "encoding/json", "encoding/xml", "fmt.Fprint", "bedrockwire/frame.Append"}},
		{"invokes", []string{"bedrockwire/client.(*Client).InvokeModelWithResponseStream"},
			[]string{"bedrockwire/client.(*Client).FoundationModel", "bedrockwire/client.(*Client).Converse", "bedrockwire/client.(*Client).Count", "bedrockwire/model/converse",
				"bedrockwire/model.ParseFoundationModel", "bedrockwire/client/config", "bedrockwire/client/credentials.",
				"bedrockwire/client/bedrocktest", "bedrockwire/model/text.Script", "bedrockwire/model/text.(*Answer)", "encoding/xml", "os/exec",
				"bedrockwire/signer.(*Signer).Presign",
				"bedrockwire/client.(*BidirectionalStream)", "bedrockwire/client.(*messageBody)", "bedrockwire/signer.(*EventSigner)"}},
		{"converses", []string{"bedrockwire/client.(*Client).Converse", "bedrockwire/model/converse.ParseResponse"},
			[]string{"bedrockwire/client.(*Client).ConverseStream", "bedrockwire/client.(*Client).Invoke", "bedrockwire/client.(*Client).Count",
				"bedrockwire/model/converse.(*Builder)", "bedrockwire/model/text.Failure", "bedrockwire/frame.(*Reader).Next"}},
	}
	for _, row := range rows {
		t.Run(row.program, func(t *testing.T) {
			names := strings.Split(goCommand(t, t.TempDir(), "tool", "nm", build(t, row.program, "")), "\n")
			symbols := make([]string, 0, len(names))
			for _, line := range names {
				if f := strings.Fields(line); len(f) >= 3 {
					symbols = append(symbols, f[2])
				}
			}
			for _, want := range row.needs {
				found := false
				for _, s := range symbols {
					found = found || strings.HasPrefix(s, want)
				}
				if !found {
					t.Errorf("no symbol %s among %d", want, len(symbols))
				}
			}
			for _, ban := range row.bans {
				for _, s := range symbols {
					if strings.HasPrefix(s, ban) {
						t.Errorf("links %s", s)
						break
					}
				}
			}
		})
	}
}

// TestReproducible: the same source gives the same bytes, wherever it lies.
func TestReproducible(t *testing.T) {
	first, err := os.ReadFile(build(t, "core", ""))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(build(t, "core", ""))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two builds differ")
	}
}
