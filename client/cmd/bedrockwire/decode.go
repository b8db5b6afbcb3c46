package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"bedrockwire/client"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/text"
)

const decodeAbout = `Prints a captured event stream, of any operation, frame by frame: its place, sizes and checksums, headers and payload,
and of a chunk also the model's own event. '-' or no FILE is standard input. Of a broken stream it prints the good frames,
then where and why the stream broke, and exits with 6. A stream that ends between two frames is broken too, if its format
has an end mark and the mark has not come.

Examples:
  bedrockwire invoke -demo -prompt Hi -save answer.bin && bedrockwire decode answer.bin
  bedrockwire decode -output json answer.bin | jq -r '.headers[":event-type"]'
  bedrockwire invoke -demo -prompt Hi -output raw | bedrockwire decode -timing
`

// A captured is a frame with what decode says of it besides the message itself.
type captured struct {
	frame.Message
	index, offset int64
	raw           []byte        // the whole frame
	arrived       time.Duration // since decode began; negative where that is not wanted
}

func decode(ctx context.Context, e *env, args []string) int {
	flags := newFlags(e, "decode", "[FILE]", decodeAbout)
	output := flags.String("output", "text", "`FORMAT`: text, or json, one object a line: {\"offset\":0,\"headers\":{...},\"payload\":\"...\"},\nwhere bytes that are not text are \"base64:...\"")
	timing := flags.Bool("timing", false, "also show when each frame arrived, for a stream that is read as it comes; text only")
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
	in := &source{r: src}
	frames := frame.NewReader(in)
	var line []byte
	var whole wholeness
	for {
		c := captured{index: frames.Frames(), offset: frames.Offset(), arrived: -1}
		var err error
		c.Message, err = frames.Next()
		switch {
		case err == io.EOF && whole.marked && !whole.ended:
			e.fail("decode", fmt.Errorf("frame %d, offset %d: %w", c.index, c.offset, client.ErrIncomplete), client.Hint(client.ErrIncomplete))
			return exitStream
		case err == io.EOF:
			return exitOK
		case ctx.Err() != nil:
			return exitInterrupted
		case in.err != nil: // a directory, a failing disk: that says nothing about the stream
			e.fail("decode", in.err, "")
			return exitOther
		case err != nil:
			e.fail("decode", err, client.Hint(err))
			return exitStream
		}
		whole.look(&c.Message)
		c.raw = frames.Raw()
		if *timing {
			c.arrived = e.clock().Sub(began)
		}
		line = show(line[:0], &c)
		if _, err := e.stdout.Write(line); err != nil {
			return e.unwritten("decode", err)
		}
	}
}

// wholeness is what the frames so far say about the end of the answer.
type wholeness struct {
	marked bool // the format has an end mark
	ended  bool // it has come, or the service has ended the stream with an error
}

func (w *wholeness) look(m *frame.Message) {
	switch {
	case !m.Headers.Is(":message-type", "event"):
		w.ended = true
	case m.Headers.Is(":event-type", "messageStart"): // of ConverseStream
		w.marked = true
	case m.Headers.Is(":event-type", "messageStop"):
		w.marked, w.ended = true, true
	case m.Headers.Is(":event-type", "chunk"):
		if chunk, err := model.DecodeChunk(nil, m.Payload); err == nil {
			w.marked = w.marked || text.MarksEnd(chunk)
			w.ended = w.ended || text.Ends(chunk)
		}
	}
}

// source is what a stream is read from. It keeps the error that ended it, which the frame reader
// reports as a truncation.
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
