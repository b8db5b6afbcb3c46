package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// curlPaths are the paths of the operations that curl can call.
var curlPaths = map[string]string{
	invoke: "invoke", invokeStream: "invoke-with-response-stream",
	converseOp: "converse", converseStream: "converse-stream", countTokens: "count-tokens",
}

// curlScript signs a request, or gives it an API key, and sends it with curl. It prints the body of the response, and
// the frames of a stream one a line.
const curlScript = `set -o pipefail
head() {
	if [ -n "$TOKEN" ]; then
		printf 'Content-Type: application/json\nAuthorization: Bearer %s\n' "$TOKEN"
	else
		./bedrockwire sign -region us-east-1 -header 'Content-Type: application/json' -body body.json POST "$URL"
	fi
}
show() { if [ -n "$STREAM" ]; then ./bedrockwire decode -output json; else cat; fi; }
head | curl -q -sS -m 60 --noproxy '*' --http1.1 --fail-with-body --cacert ca.pem -H @- --data-binary @body.json "$URL" | show
`

// curlClient is curl with the command bedrockwire: sign makes the headers, and decode reads a stream.
func curlClient(ctx context.Context, dir string) (caller, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, "bedrockwire"), "bedrockwire/client/cmd/bedrockwire")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return caller{}, fmt.Errorf("go build: %w", err)
	}
	return caller{"curl with `bedrockwire sign` and `decode`", operations[:5], false, func(ctx context.Context, j job) (string, error) {
		body := requestBody
		switch j.Operation {
		case converseOp, converseStream:
			body = []byte(`{"messages":[{"role":"user","content":[{"text":"` + prompt + `"}]}]}`)
		case countTokens:
			body = []byte(`{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"` + prompt + `"}]}]}}}`)
		}
		if err := os.WriteFile(filepath.Join(dir, "body.json"), body, 0o644); err != nil {
			return "", err
		}
		cmd := exec.CommandContext(ctx, "bash", "-c", curlScript)
		cmd.Dir = dir
		url := strings.TrimSuffix(j.URL, "/") + "/model/" + strings.ReplaceAll(modelID, ":", "%3A") + "/" + curlPaths[j.Operation]
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "URL=" + url, "TOKEN=" + j.Auth.Token,
			"AWS_ACCESS_KEY_ID=" + j.Auth.ID, "AWS_SECRET_ACCESS_KEY=" + j.Auth.Secret}
		if streams(j.Operation) {
			cmd.Env = append(cmd.Env, "STREAM=1")
		}
		out, err := cmd.Output()
		if err != nil {
			return "", curlError(out, err)
		}
		return curlText(j.Operation, out)
	}}, nil
}

// curlError names the error: curl by the status of the response, decode by the exception.
func curlError(out []byte, err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	for _, code := range []string{"throttlingException", "403"} {
		if bytes.Contains(exit.Stderr, []byte(code)) || bytes.Contains(out, []byte(code)) {
			return named{code, string(exit.Stderr)}
		}
	}
	return fmt.Errorf("%w: %s", err, exit.Stderr)
}

// curlText is the text of a response. A stream is a frame a line, as decode prints it.
func curlText(operation string, out []byte) (string, error) {
	var body struct {
		InputTokens int
		Output      struct {
			Message struct{ Content []struct{ Text string } }
		}
	}
	switch operation {
	case invoke:
		return bodyText(out)
	case converseOp, countTokens:
		if err := json.Unmarshal(out, &body); err != nil {
			return "", err
		}
		if operation == countTokens {
			return fmt.Sprint(body.InputTokens), nil
		}
		if len(body.Output.Message.Content) != 1 {
			return "", fmt.Errorf("no message with one block: %s", out)
		}
		return body.Output.Message.Content[0].Text, nil
	}
	text := ""
	for line := range bytes.Lines(out) {
		var frame struct {
			Headers map[string]any
			Payload string
		}
		if err := json.Unmarshal(line, &frame); err != nil {
			return text, err
		}
		if exception, ok := frame.Headers[":exception-type"].(string); ok {
			return text, named{exception, frame.Payload}
		}
		var payload struct {
			Bytes []byte
			Delta struct{ Text string }
		}
		if err := json.Unmarshal([]byte(frame.Payload), &payload); err != nil {
			return text, err
		}
		text += payload.Delta.Text
		if payload.Bytes != nil {
			piece, err := chunkText(payload.Bytes)
			if err != nil {
				return text, err
			}
			text += piece
		}
	}
	return text, nil
}
