package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	modeltext "bedrockwire/model/text"
)

// captured18 returns the frame that was captured from Bedrock, a published vector.
func captured18(t *testing.T) frametest.Vector {
	t.Helper()
	vectors, err := frametest.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		if v.Name == "P18" || strings.HasPrefix(v.Name, "P18 ") {
			return v
		}
	}
	t.Fatal("there is no vector P18")
	return frametest.Vector{}
}

// saved writes bytes to a file and returns its name.
func saved(t *testing.T, p []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "answer.bin")
	if err := os.WriteFile(name, p, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// printedFrame is a line of decode -output json.
type printedFrame struct {
	Offset  int64             `json:"offset"`
	Headers map[string]any    `json:"headers"`
	Payload *string           `json:"payload"`
	Extra   map[string]string `json:"-"`
}

func parseLines(t *testing.T, out string) []printedFrame {
	t.Helper()
	var frames []printedFrame
	for line := range strings.Lines(out) {
		var f printedFrame
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&f); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		frames = append(frames, f)
	}
	return frames
}

func TestDecodeCaptured(t *testing.T) {
	v := captured18(t)
	w := newWorld(t)
	w.want(t, exitStream, "decode", "-output", "json", saved(t, v.Stream)) // one chunk of an answer, without its end
	m, _, err := frame.Parse(v.Stream)
	if err != nil {
		t.Fatal(err)
	}
	frames := parseLines(t, w.out.String())
	if len(frames) != 1 || frames[0].Offset != 0 {
		t.Fatalf("printed %s", w.out.String())
	}
	want := map[string]any{":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
	if fmt.Sprint(frames[0].Headers) != fmt.Sprint(want) {
		t.Errorf("headers %v, want %v", frames[0].Headers, want)
	}
	if *frames[0].Payload != string(m.Payload) {
		t.Errorf("payload %q, want %q", *frames[0].Payload, m.Payload)
	}
	if !strings.HasPrefix(w.err.String(), "bedrockwire decode: frame 1, offset 267: stream ended without the end mark of its format") {
		t.Errorf("standard error: %q", w.err.String())
	}

	// The same from standard input, named and not.
	for _, args := range [][]string{{"decode", "-output", "json"}, {"decode", "-output", "json", "-"}} {
		again := newWorld(t)
		again.stdin = strings.NewReader(string(v.Stream))
		again.want(t, exitStream, args...)
		if again.out.String() != w.out.String() {
			t.Errorf("%v printed %q, and the file %q", args, again.out.String(), w.out.String())
		}
	}
}

// TestDecodeCut cuts the captured frame at each inner offset.
func TestDecodeCut(t *testing.T) {
	v := captured18(t)
	w := newWorld(t)
	cuts := 0
	for n := 1; n < len(v.Stream); n++ {
		cuts++
		w.stdin = strings.NewReader(string(v.Stream[:n]))
		w.want(t, exitStream, "decode", "-output", "json")
		if w.out.Len() > 0 {
			t.Fatalf("cut at %d, it printed %q", n, w.out.String())
		}
		if !strings.Contains(w.err.String(), fmt.Sprintf("offset %d: truncated", n)) {
			t.Fatalf("cut at %d, it said %q", n, w.err.String())
		}
	}
	if cuts != 266 {
		t.Errorf("%d cuts, want 266", cuts)
	}
}

// TestDecodeBroken wants the good frames, then the place and the reason.
func TestDecodeBroken(t *testing.T) {
	one, two := bedrocktest.Chunk(`{"outputText":"a"}`), bedrocktest.Chunk(`{"outputText":"b"}`)
	flipped := append([]byte(nil), two...)
	flipped[20] ^= 1
	garbage := append([]byte(nil), two...)
	garbage[9] ^= 1
	for _, row := range []struct {
		name, reason string
		broken       []byte
	}{
		{"cut", "The stream was cut", two[:30]},
		{"flipped", "message CRC mismatch", flipped},
		{"prelude", "prelude CRC mismatch", garbage},
		{"text", "not an event stream", []byte("<html>an error page</html>")},
		{"header", "The checksums are right", frametest.Raw(frametest.RawHeader("", 7, []byte("x")), nil)},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, format := range []string{"text", "json"} {
				w := newWorld(t)
				w.want(t, exitStream, "decode", "-output", format, saved(t, append(append([]byte(nil), one...), row.broken...)))
				if n := strings.Count(w.out.String(), `"bytes`); n != 1 {
					t.Errorf("%s printed %d frames: %s", format, n, w.out.String())
				}
				if got := w.err.String(); !strings.Contains(got, row.reason) || !strings.Contains(got, "frame 1, offset ") {
					t.Errorf("%s said %q, want %q in it", format, got, row.reason)
				}
			}
		})
	}
}

// allTypes is a frame with a header of each type and a payload that is not text.
func allTypes(t *testing.T) []byte {
	t.Helper()
	b, err := frame.Append(nil, []frame.Header{
		{Name: "yes", Value: frame.BoolValue(true)}, {Name: "no", Value: frame.BoolValue(false)},
		{Name: "i8", Value: frame.Int8Value(-8)}, {Name: "i16", Value: frame.Int16Value(-16)},
		{Name: "i32", Value: frame.Int32Value(-32)}, {Name: "i64", Value: frame.Int64Value(-64)},
		{Name: "bytes", Value: frame.BytesValue([]byte{0xff, 0})},
		{Name: "text", Value: frame.StringValue("a\x1b[2Jb\u202ec")},
		{Name: "like bytes", Value: frame.StringValue("base64:AA==")},
		{Name: ":date", Value: frame.TimeValue(time.UnixMilli(1_700_000_000_123))},
		{Name: "id", Value: frame.UUIDValue([16]byte{0: 0x01, 15: 0xff})},
	}, []byte{0xff, 0xfe, 'x'})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDecodeJSONTypes(t *testing.T) {
	w := newWorld(t)
	w.want(t, exitOK, "decode", "-output", "json", saved(t, allTypes(t)))
	want := `{"offset":0,"headers":{"yes":true,"no":false,"i8":-8,"i16":-16,"i32":-32,"i64":-64,"bytes":"base64:/wA=",` +
		`"text":"a\u001b[2Jb\u202ec","like bytes":"base64:` + base64.StdEncoding.EncodeToString([]byte("base64:AA==")) + `",` +
		`":date":"2023-11-14T22:13:20.123Z","id":"01000000-0000-0000-0000-0000000000ff"},"payload":"base64://54"}` + "\n"
	if w.out.String() != want {
		t.Errorf("printed %s want %s", w.out.String(), want)
	}
	parseLines(t, w.out.String())
}

func TestDecodeTextTypes(t *testing.T) {
	w := newWorld(t)
	raw := allTypes(t)
	w.want(t, exitOK, "decode", saved(t, raw))
	for _, want := range []string{
		fmt.Sprintf("frame 0 at offset 0: %d bytes, 11 headers, payload of 3 bytes\n", len(raw)),
		fmt.Sprintf("  checksums: prelude %x, message %x, both right\n", raw[8:12], raw[len(raw)-4:]),
		"  yes = true\n", "  i64 = -64\n", "  bytes = base64:/wA=\n", "  text = a\uFFFD[2Jb\uFFFDc\n",
		"  :date = 2023-11-14T22:13:20.123Z\n", "  id = 01000000-0000-0000-0000-0000000000ff\n",
		"  payload:\n    00000000  ff fe 78", "|..x|\n",
	} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, w.out.String())
		}
	}
	if strings.ContainsAny(w.out.String(), "\x1b\u202e") {
		t.Error("an escape sequence got through")
	}
}

// TestDecodeChunks wants the model's events and the service's figures next to the frames.
func TestDecodeChunks(t *testing.T) {
	var stream []byte
	for _, f := range bedrocktest.Text("Hel", "lo").Frames {
		stream = append(stream, f...)
	}
	bad := bedrocktest.Event("chunk", []byte(`{"bytes":"%"}`))
	empty := frametest.Raw(nil, nil)
	stream = append(append(stream, bad...), empty...)
	w := newWorld(t)
	w.want(t, exitOK, "decode", saved(t, stream))
	for _, want := range []string{
		`  chunk: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}` + "\n",
		"  service: 12 tokens in, 2 out, first byte after ",
		"  chunk: model: ", ": 16 bytes, 0 headers, payload of 0 bytes\n",
	} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, w.out.String())
		}
	}
}

func TestDecodeTiming(t *testing.T) {
	now := time.Unix(0, 0)
	w := newWorld(t)
	w.now = func() time.Time { now = now.Add(700 * time.Millisecond); return now }
	w.stdin = strings.NewReader(string(bedrocktest.Chunk("{}")) + string(bedrocktest.Chunk("{}")))
	w.want(t, exitOK, "decode", "-timing")
	for _, want := range []string{", after 700 ms\n", ", after 1.4 s\n"} {
		if !strings.Contains(w.out.String(), want) {
			t.Errorf("%q is not in\n%s", want, w.out.String())
		}
	}
}

func TestDecodeFaults(t *testing.T) {
	w := newWorld(t)
	w.want(t, exitOther, "decode", filepath.Join(t.TempDir(), "missing"))
	if !strings.Contains(w.err.String(), "no such file") && !strings.Contains(w.err.String(), "cannot find") {
		t.Errorf("it said %q", w.err.String())
	}
	w.want(t, exitUsage, "decode", "-output", "yaml")
	w.stdin = strings.NewReader("")
	w.want(t, exitOK, "decode") // a stream of no frames is whole
	w.stdin = strings.NewReader(string(captured18(t).Stream))
	w.stdout = failingWriter{}
	w.want(t, exitOther, "decode")
	if !strings.Contains(w.err.String(), os.ErrClosed.Error()) {
		t.Errorf("of output that can't be written it said %q", w.err.String())
	}
	w.want(t, exitOther, "version")
	w.set("AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=0123456789abcdef")
	w.want(t, exitOther, "sign", "GET", "https://example.com/")
	if !strings.Contains(w.err.String(), os.ErrClosed.Error()) {
		t.Errorf("of headers that can't be written it said %q", w.err.String())
	}
}

// TestDecodeUnreadable: a file that can't be read is not a broken stream, and the frames before
// that are shown.
func TestDecodeUnreadable(t *testing.T) {
	w := newWorld(t)
	w.want(t, exitOther, "decode", t.TempDir()) // a directory
	if strings.Contains(w.err.String(), "cut") {
		t.Errorf("of a directory it said %q", w.err.String())
	}
	one := bedrocktest.Chunk(`{"outputText":"a"}`)
	w.stdin = io.MultiReader(bytes.NewReader(append(append([]byte(nil), one...), one[:20]...)), iotest.ErrReader(errors.New("input/output error")))
	w.want(t, exitOther, "decode", "-output", "json")
	if len(parseLines(t, w.out.String())) != 1 || !strings.Contains(w.err.String(), "input/output error") {
		t.Errorf("it printed %q and said %q", w.out.String(), w.err.String())
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestDecodeVectors runs every published and generated vector through the command: as many frames
// as it says, and the exit status of its end.
func TestDecodeVectors(t *testing.T) {
	vectors, err := frametest.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		want := exitOK
		if v.Negative() || strings.HasPrefix(v.Name, "P18") { // P18 is one chunk of an answer, without its end
			want = exitStream
		}
		w := newWorld(t)
		w.stdin = strings.NewReader(string(v.Stream))
		if got := w.run("decode", "-output", "json"); got != want {
			t.Errorf("%s: exit status %d, want %d: %s", v.Name, got, want, w.err.String())
		}
		if n := len(parseLines(t, w.out.String())); n != len(v.Frames) {
			t.Errorf("%s: %d frames, want %d", v.Name, n, len(v.Frames))
		}
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 ms", 999 * time.Millisecond: "999 ms", time.Second: "1.0 s", 75 * time.Second: "75.0 s"} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %q, want %q", d, got, want)
		}
	}
}

// TestDecodeIncomplete: a stream cut between two frames is broken, if its format has an end mark.
func TestDecodeIncomplete(t *testing.T) {
	answer := func(id string) [][]byte {
		var frames [][]byte
		for _, chunk := range modeltext.Script(id, "Hel", "lo") {
			frames = append(frames, bedrocktest.Chunk(string(chunk)))
		}
		return frames
	}
	converse := [][]byte{
		bedrocktest.Event("messageStart", []byte(`{"role":"assistant"}`)),
		bedrocktest.Event("contentBlockDelta", []byte(`{"contentBlockIndex":0,"delta":{"text":"Hi"}}`)),
		bedrocktest.Event("messageStop", []byte(`{"stopReason":"end_turn"}`)),
	}
	for _, r := range []struct {
		name   string
		frames [][]byte
		end    int // how many of the frames make a whole answer
	}{
		{"Anthropic", answer("anthropic.claude-3-haiku-20240307-v1:0"), 7},
		{"Titan", answer("amazon.titan-text-express-v1"), 0},
		{"Converse", converse, 3},
	} {
		if r.end == 0 {
			r.end = len(r.frames)
		}
		for n := 1; n <= len(r.frames); n++ {
			b := bytes.Join(r.frames[:n], nil)
			w := newWorld(t)
			w.stdin = bytes.NewReader(b)
			want := exitStream
			if n >= r.end {
				want = exitOK
			}
			w.want(t, want, "decode", "-output", "json")
			place := fmt.Sprintf("frame %d, offset %d: stream ended without the end mark", n, len(b))
			if lines := bytes.Count(w.out.Bytes(), []byte("\n")); lines != n || (want == exitStream) != strings.Contains(w.err.String(), place) {
				t.Errorf("%s, %d frames: %d lines, %q", r.name, n, lines, w.err.String())
			}
		}
	}
	// The service has said why it ended, or the format has no mark: nothing is missing.
	for _, b := range [][]byte{
		append(bytes.Clone(converse[0]), bedrocktest.Exception("throttlingException", "m")...),
		bedrocktest.Chunk(`{"novel":1}`),
		nil,
	} {
		w := newWorld(t)
		w.stdin = bytes.NewReader(b)
		w.want(t, exitOK, "decode", "-output", "json")
	}
}
