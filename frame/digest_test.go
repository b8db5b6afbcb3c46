package frame_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

var updateDigest = flag.Bool("update", false, "write testdata/digest.txt")

const digestFile = "testdata/digest.txt"

// TestDigest decodes all vectors, and all of them with a byte changed, and hashes
// what came out: names, types, values in all their forms, payloads, offsets and
// the text of errors. The digest is the same on machines of every word size and
// byte order, and in every delivery:
//
//	GOARCH=386 go test -run Digest -v ./frame
//	GOARCH=s390x go test -exec qemu-s390x-static -run Digest -v ./frame
func TestDigest(t *testing.T) {
	sums := map[string]string{}
	for _, d := range frametest.Deliveries() {
		h := sha256.New()
		for _, v := range vectors(t) {
			digest(h, v.Name, d.Reader(v.Stream))
			if len(v.Stream) > 1000 && d.Name != "whole" {
				continue
			}
			c := bytes.Clone(v.Stream)
			for i := 0; i < len(c); i += 1 + len(c)/20 {
				c[i]++
				digest(h, v.Name, d.Reader(c))
				c[i]--
			}
		}
		if d.Name == "whole" { // the others leave out changes in long streams
			sums["whole"] = hex.EncodeToString(h.Sum(nil))
			h.Reset()
			for _, v := range vectors(t) {
				digest(h, v.Name, d.Reader(v.Stream))
				if len(v.Stream) > 1000 {
					continue
				}
				c := bytes.Clone(v.Stream)
				for i := 0; i < len(c); i += 1 + len(c)/20 {
					c[i]++
					digest(h, v.Name, d.Reader(c))
					c[i]--
				}
			}
		}
		sums["short, "+d.Name] = hex.EncodeToString(h.Sum(nil))
	}
	for name, sum := range sums {
		if strings.HasPrefix(name, "short, ") && sum != sums["short, whole"] {
			t.Errorf("%s gives another digest than whole", name)
		}
	}
	got := sums["whole"] + "\n"
	t.Logf("%s/%s: %s", runtime.GOOS, runtime.GOARCH, got)
	if *updateDigest {
		if err := os.WriteFile(digestFile, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(digestFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("digest %swant %s", got, want)
	}
}

// digest writes everything that can be seen of a stream.
func digest(h hash.Hash, name string, src io.Reader) {
	fmt.Fprintf(h, "stream %q\n", name)
	r := frame.NewReader(src)
	for {
		m, err := r.Next()
		if err != nil {
			var e *frame.Error
			if errors.As(err, &e) {
				fmt.Fprintf(h, "error %d %d %v: ", e.Offset, e.Frame, e.Err)
			}
			fmt.Fprintf(h, "%v\nend %d %d\n", err, r.Offset(), r.Frames())
			return
		}
		fmt.Fprintf(h, "frame %d %d: %x\n", r.Offset(), m.Headers.Len(), m.Payload)
		for name, v := range m.Headers.All() {
			b, isBool := v.Bool()
			n, isInt := v.Int()
			raw, isBytes := v.Bytes()
			s, isText := v.Text()
			at, isTime := v.Time()
			id, isID := v.UUID()
			fmt.Fprintf(h, "header %q %d %v %v %t%t %d%t %x%t %q%t %s%t %x%t\n", name, v.Type(), v.Type(), frametest.ValueText(v),
				b, isBool, n, isInt, raw, isBytes, s, isText, at, isTime, id, isID)
		}
	}
}
