package config

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The programs whose sizes are compared. The first posts a body and prints the answer; the second and third do so signed,
// by the keys of one provider and of the whole chain; the last two are complete clients, which also retry, keep deadlines
// and decode the stream.
//
// 250 KiB for static keys and 450 KiB for the whole chain are what was asked for, of programs that sign and send. A complete
// client keeps the first as well. With the chain it is above the second, and with config.Load, which reads profile, endpoints
// and all settings beside the chain, a little more: their limits are two or three pages of 4 KiB above what was reached (496
// and 516 KiB on go 1.26.8), for what other releases make of the same source.
var programs = []struct {
	name, imports, body string
	limit               int64 // in bytes above the first
}{
	{"net/http and crypto/hmac alone", `"bytes"; "crypto/hmac"; "crypto/sha256"; "io"; "net/http"; "os"`, `
	body := []byte(os.Args[1])
	req, err := http.NewRequest("POST", os.Args[2], bytes.NewReader(body))
	if err != nil {
		return
	}
	h := hmac.New(sha256.New, body)
	h.Write(body)
	req.Header.Set("Authorization", string(h.Sum(nil)))
` + send, 0},
	{"signed, static keys", signedImports, `
	get := credentials.Static(signer.Credentials{AccessKeyID: os.Args[3], SecretAccessKey: os.Args[4]})
` + signed + send, 250 << 10},
	{"signed, the whole chain", signedImports, `
	get := new(credentials.Chain).Retrieve
` + signed + send, 450 << 10},
	{"client with static keys", `"context"; "os"; "bedrockwire/client"; "bedrockwire/client/credentials"; "bedrockwire/model"; "bedrockwire/signer"`, `
	cfg := client.Config{Region: "us-east-1", Credentials: credentials.Static(signer.Credentials{AccessKeyID: os.Args[1], SecretAccessKey: os.Args[2]})}
` + invoke, 250 << 10},
	{"client with the whole chain", `"context"; "os"; "bedrockwire/client"; "bedrockwire/client/credentials"; "bedrockwire/model"`, `
	cfg := client.Config{Region: "us-east-1", Credentials: new(credentials.Chain).Retrieve}
` + invoke, 508 << 10},
	{"client with config.Load", `"context"; "os"; "bedrockwire/client"; "bedrockwire/client/config"; "bedrockwire/model"`, `
	cfg, err := config.Load(context.Background())
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return
	}
` + invoke, 524 << 10},
}

const signedImports = `"bytes"; "context"; "io"; "net/http"; "os"; "time"; "bedrockwire/client/credentials"; "bedrockwire/signer"`

const signed = `	body := []byte(os.Args[1])
	req, err := http.NewRequest("POST", os.Args[2], bytes.NewReader(body))
	if err != nil {
		return
	}
	keys, err := get(context.Background())
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return
	}
	s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	r := signer.Request{Method: req.Method, Host: req.URL.Host, Path: req.URL.EscapedPath(), Header: req.Header, PayloadHash: signer.HashPayload(body)}
	if err := s.Sign(&r, &keys, time.Now()); err != nil {
		os.Stderr.WriteString(err.Error())
		return
	}
`

const send = `	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return
	}
	defer resp.Body.Close()
	io.Copy(os.Stdout, resp.Body)`

const invoke = `	c, err := client.New(cfg)
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return
	}
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: os.Args[3], Body: []byte(os.Args[4])})
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return
	}
	defer s.Close()
	for chunk, err := range s.All() {
		if err != nil {
			os.Stderr.WriteString(err.Error())
			return
		}
		os.Stdout.Write(chunk)
	}`

// TestSizes builds the programs, stripped, and holds them to their limits.
func TestSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("builds six programs")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to build with")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var first int64
	for i, p := range programs {
		dir := t.TempDir()
		source := "package main\n\nimport (" + p.imports + ")\n\nfunc main() {" + p.body + "\n}\n"
		mod := "module size\n\ngo 1.24\n\nrequire bedrockwire v0.0.0\n\nreplace bedrockwire => " + root + "\n"
		for name, text := range map[string]string{"main.go": source, "go.mod": mod} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(tool, "build", "-trimpath", "-ldflags=-s -w", "-o", "program", ".")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", p.name, err, out)
		}
		info, err := os.Stat(filepath.Join(dir, "program"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = info.Size()
		}
		t.Logf("%-32s %8d bytes, %4d KiB above the first", p.name, info.Size(), (info.Size()-first)>>10)
		if p.limit > 0 && info.Size()-first > p.limit {
			t.Errorf("%s: %d KiB above the first, limit %d KiB", p.name, (info.Size()-first)>>10, p.limit>>10)
		}
	}
}
