package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bedrockwire/frame"
)

func Example() {
	body, err := frame.Append(nil, []frame.Header{
		{Name: ":event-type", Value: frame.StringValue("chunk")},
		{Name: ":message-type", Value: frame.StringValue("event")},
	}, []byte(`{"bytes":"aGVsbG8="}`))
	if err != nil {
		fmt.Println(err)
		return
	}

	// A connection that breaks in the middle of the second frame.
	r := frame.NewReader(bytes.NewReader(append(body, body[:30]...)))
	for {
		m, err := r.Next()
		if err == io.EOF {
			break // a clean end, between frames
		}
		if err != nil {
			fmt.Println(err)
			fmt.Println("truncated:", errors.Is(err, frame.ErrTruncated))
			break
		}
		if v, ok := m.Headers.Get(":event-type"); ok && v.EqualText("chunk") {
			fmt.Printf("%s\n", m.Payload) // valid until the next call of Next
		}
	}
	// Output:
	// {"bytes":"aGVsbG8="}
	// frame: frame 1, offset 108: truncated: message: 30 of 78 bytes
	// truncated: true
}

func ExampleParse() {
	b := []byte("\x00\x00\x00\x1d\x00\x00\x00\x00\xfd\x52\x8c\x5a{'foo':'bar'}\xc3\x65\x39\x36")
	m, n, err := frame.Parse(b)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d bytes, %d headers, payload %s\n", n, m.Headers.Len(), m.Payload)
	// Output: 29 bytes, 0 headers, payload {'foo':'bar'}
}

// A file of a captured stream (bedrockwire invoke -save), frame by frame. A Reader takes any io.Reader, an *os.File as
// well as a connection.
func ExampleReader() {
	dir, err := os.MkdirTemp("", "frame")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "answer.bin")
	var stream []byte
	for _, payload := range []string{`{"bytes":"eyJhIjoxfQ=="}`, `{"bytes":"eyJhIjoyfQ=="}`} {
		if stream, err = frame.Append(stream, []frame.Header{{Name: ":event-type", Value: frame.StringValue("chunk")}}, []byte(payload)); err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := os.WriteFile(name, stream, 0o600); err != nil {
		fmt.Println(err)
		return
	}

	file, err := os.Open(name)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	for r := frame.NewReader(file); ; {
		at := r.Offset()
		m, err := r.Next()
		if err == io.EOF {
			fmt.Println(r.Frames(), "frames")
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d: %s\n", at, m.Payload)
	}
	// Output:
	// 0: {"bytes":"eyJhIjoxfQ=="}
	// 60: {"bytes":"eyJhIjoyfQ=="}
	// 2 frames
}
