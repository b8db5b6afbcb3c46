package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

const decodeAbout = `Prints a captured event stream, frame by frame: where it is, its sizes and checksums, headers, payload, and
the model's own event that a chunk carries. '-' or no FILE is standard input. A broken stream shows its good
frames, then where and why it broke, and exits with 6.

Examples:
  bedrockwire invoke -demo -prompt Hi -save answer.bin && bedrockwire decode answer.bin
  bedrockwire decode -output json answer.bin | jq -r '.headers[":event-type"]'
  bedrockwire invoke -demo -prompt Hi -output raw | bedrockwire decode -timing
`

// A captured is a frame with what decode says of it beside the message itself.
type captured struct {
	frame.Message
	index, offset int64
	raw           []byte        // the whole frame
	arrived       time.Duration // since decode began; negative where that is not wanted
}

func decode(ctx context.Context, e *env, args []string) int {
	flags := newFlags(e, "decode", "[FILE]", decodeAbout)
	output := flags.String("output", "text", "`FORMAT`: text, or json, one object a line: {\"offset\":0,\"headers\":{...},\"payload\":\"...\"},\nwhere bytes that are not text are \"base64:...\"")
	timing := flags.Bool("timing", false, "also say when each frame arrived, for a stream that is read as it comes; text only")
	if status, done := parse(flags, e, args, 1); done {
		return status
	}
	var show func([]byte, *captured) []byte
	switch *output {
	case "text":
		show = appendFrameText
	case "json":
		show = appendFrameJSON
	default:
		return usageError(e, "decode", "-output must be text or json")
	}
	var src io.Reader
	if name := flags.Arg(0); name != "" && name != "-" {
		f, err := os.Open(name)
		if err != nil {
			e.fail("decode", err, "")
			return exitOther
		}
		defer f.Close()
		src = f
	} else {
		src = e.input("an event stream")
	}
	began := e.clock()
	// The reader hands out messages, not frames: raw keeps the bytes that it has read and not yet delivered.
	var raw bytes.Buffer
	in := &source{r: io.TeeReader(src, &raw)}
	frames := frame.NewReader(in)
	var line []byte
	for {
		c := captured{index: frames.Frames(), offset: frames.Offset(), arrived: -1}
		var err error
		c.Message, err = frames.Next()
		switch {
		case err == io.EOF:
			return exitOK
		case ctx.Err() != nil:
			return exitInterrupted
		case in.err != nil: // a directory, a failing disk: that says nothing of the stream
			e.fail("decode", in.err, "")
			return exitOther
		case err != nil:
			e.fail("decode", err, frameHint(err))
			return exitStream
		}
		// A buffered frame is at most what the reader's limits let through, so the difference fits an int.
		c.raw = raw.Next(int(frames.Offset() - c.offset))
		if *timing {
			c.arrived = e.clock().Sub(began)
		}
		line = show(line[:0], &c)
		if _, err := e.stdout.Write(line); err != nil {
			return e.unwritten("decode", err)
		}
	}
}

// source is what a stream is read from. It keeps the error that ended it, which the frame reader calls a truncation.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// frameHint says in words what kind of fault broke a stream.
func frameHint(err error) string {
	switch {
	case errors.Is(err, frame.ErrTruncated):
		return "The stream was cut inside a frame; all frames before it are whole."
	case errors.Is(err, frame.ErrPreludeCRC):
		return "Where a frame should begin there is none: damaged bytes, or no event stream."
	case errors.Is(err, frame.ErrMessageCRC):
		return "The bytes of this frame were changed after they were sent."
	case errors.Is(err, frame.ErrLength), errors.Is(err, frame.ErrTooLarge), errors.Is(err, frame.ErrHeader):
		return "The checksums are right, so the sender made the frame so."
	}
	return ""
}

// appendFrameJSON appends a frame as one line of JSON. Headers stay in the order of the wire.
func appendFrameJSON(dst []byte, c *captured) []byte {
	b := append([]byte(nil), `{"offset":`...)
	b = strconv.AppendInt(b, c.offset, 10)
	b = append(b, `,"headers":{`...)
	first := true
	for name, value := range c.Headers.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = jsonwire.AppendString(b, name)
		b = append(b, ':')
		b = appendValueJSON(b, value)
	}
	b = append(b, `},"payload":`...)
	b = appendBytesJSON(b, c.Payload)
	return append(appendEscaped(dst, append(b, '}')), '\n')
}

func appendValueJSON(dst []byte, v frame.Value) []byte {
	switch v.Type() {
	case frame.True, frame.False:
		b, _ := v.Bool()
		return strconv.AppendBool(dst, b)
	case frame.Int8, frame.Int16, frame.Int32, frame.Int64:
		n, _ := v.Int()
		return strconv.AppendInt(dst, n, 10)
	case frame.Bytes:
		b, _ := v.Bytes()
		return appendBase64JSON(dst, b)
	case frame.String:
		s, _ := v.Text()
		return appendBytesJSON(dst, []byte(s))
	}
	return jsonwire.AppendString(dst, valueText(v))
}

// appendFrameText appends a frame for a person: a line of place and sizes, one of checksums, one a header, the
// payload, and what the payload carries.
func appendFrameText(dst []byte, c *captured) []byte {
	dst = fmt.Appendf(dst, "frame %d at offset %d: %s, %s, payload of %s", c.index, c.offset,
		count(int64(len(c.raw)), "byte"), count(int64(c.Headers.Len()), "header"), count(int64(len(c.Payload)), "byte"))
	if c.arrived >= 0 {
		dst = fmt.Appendf(dst, ", after %s", seconds(c.arrived))
	}
	// The two checksums are where the layout has them: behind the lengths and at the end.
	dst = fmt.Appendf(dst, "\n  checksums: prelude %08x, message %08x, both right\n",
		binary.BigEndian.Uint32(c.raw[8:]), binary.BigEndian.Uint32(c.raw[len(c.raw)-4:]))
	for name, value := range c.Headers.All() {
		dst = fmt.Appendf(dst, "  %s = %s\n", oneLine(string(name)), oneLine(valueText(value)))
	}
	dst = appendBlock(dst, "payload", c.Payload)
	if event, ok := c.Headers.Get(":event-type"); ok && event.EqualText("chunk") {
		chunk, err := model.DecodeChunk(nil, c.Payload)
		if err != nil {
			return append(append(append(dst, "  chunk: "...), oneLine(err.Error())...), '\n')
		}
		dst = appendBlock(dst, "chunk", chunk)
		if m, ok := model.ParseInvocationMetrics(chunk); ok {
			dst = fmt.Appendf(dst, "  service: %s in, %d out, first byte after %s, done after %s\n", count(m.InputTokenCount, "token"),
				m.OutputTokenCount, seconds(m.FirstByteLatency), seconds(m.InvocationLatency))
		}
	}
	return dst
}

// appendBlock appends a named text in one line, or bytes that are no text as a dump.
func appendBlock(dst []byte, name string, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	dst = append(append(append(dst, "  "...), name...), ':')
	if utf8.Valid(p) {
		return append(appendLine(append(dst, ' '), p), '\n')
	}
	dst = append(dst, '\n')
	for row := range strings.Lines(hex.Dump(p)) {
		dst = append(append(dst, "    "...), row...)
	}
	return dst
}

func valueText(v frame.Value) string {
	switch v.Type() {
	case frame.True, frame.False:
		b, _ := v.Bool()
		return strconv.FormatBool(b)
	case frame.Int8, frame.Int16, frame.Int32, frame.Int64:
		n, _ := v.Int()
		return strconv.FormatInt(n, 10)
	case frame.String:
		s, _ := v.Text()
		return s
	case frame.Bytes:
		b, _ := v.Bytes()
		return base64Prefix + base64.StdEncoding.EncodeToString(b)
	case frame.Timestamp:
		t, _ := v.Time()
		return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	case frame.UUID:
		u, _ := v.UUID()
		s := hex.EncodeToString(u[:])
		return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	return ""
}

// count returns "1 byte", "2 bytes".
func count(n int64, noun string) string {
	s := strconv.FormatInt(n, 10) + " " + noun
	if n != 1 {
		s += "s"
	}
	return s
}

// seconds returns a duration as a person reads it: milliseconds below a second, tenths above.
func seconds(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
