package peers

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame/frametest"
)

// runProgram runs a program of the folder programs and returns what it prints, which must be its only output.
func runProgram(t *testing.T, dir, program string, stdin []byte, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, program), args...)
	cmd.Stdin = bytes.NewReader(stdin)
	// Nothing of the machine's own settings may reach either side.
	home := t.TempDir()
	cmd.Env = append([]string{"HOME=" + home, "AWS_EC2_METADATA_DISABLED=true"}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%s", program, err, stderr.Bytes())
	}
	return stdout.String()
}

// TestProgramsAgree: programs whose sizes are compared do the same job, and do it.
func TestProgramsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the programs")
	}
	dir := t.TempDir()
	goCommand(t, "", "build", "-o", dir+string(os.PathSeparator), "./programs/...")
	keys := bedrocktest.Credentials()
	env := []string{"AWS_ACCESS_KEY_ID=" + keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + keys.SecretAccessKey, "AWS_REGION=us-east-1"}

	t.Run("decode", func(t *testing.T) {
		stream := bytes.Repeat(frametest.SizedChunk(256), 100)
		ours, sdk := runProgram(t, dir, "decode", stream, nil), runProgram(t, dir, "sdk-decode", stream, nil)
		if ours != sdk || len(ours) < 1000 {
			t.Errorf("%d bytes, and %d by the SDK", len(ours), len(sdk))
		}
	})
	t.Run("sign", func(t *testing.T) {
		header := regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=` + keys.AccessKeyID +
			`/[0-9]{8}/us-east-1/bedrock/aws4_request, ?SignedHeaders=[a-z0-9;-]+, ?Signature=[0-9a-f]{64}\n$`)
		for _, program := range []string{"sign", "sdk-sign"} {
			if got := runProgram(t, dir, program, nil, env, "example.com", "/path", "body"); !header.MatchString(got) {
				t.Errorf("%s prints %q", program, got)
			}
		}
	})
	t.Run("config", func(t *testing.T) {
		srv := bedrocktest.NewServer(fakeReply())
		defer srv.Close()
		env := append(env, "AWS_ENDPOINT_URL="+srv.URL)
		if keys.SessionToken != "" {
			env = append(env, "AWS_SESSION_TOKEN="+keys.SessionToken)
		}
		for _, program := range []string{"config", "sdk-config"} {
			if got, want := runProgram(t, dir, program, nil, env, fakeModel, `{"prompt":"Hi"}`), strings.Join(fakeEvents, ""); got != want {
				t.Errorf("%s prints %q, want %q", program, got, want)
			}
		}
	})
}
