package frame_test

import (
	"errors"
	"io"
	"testing"

	"bedrockwire/frame"
)

// TestParseVectors runs every vector through Parse: frames one after the other,
// and the same end with offsets that count from each frame's start.
func TestParseVectors(t *testing.T) {
	for _, v := range vectors(t) {
		rest := v.Stream
		i, start := 0, int64(0)
		next := func() (frame.Message, error) {
			if len(rest) == 0 {
				return frame.Message{}, io.EOF
			}
			m, n, err := frame.Parse(rest)
			var e *frame.Error
			if errors.As(err, &e) {
				if n != 0 || m.Payload != nil || m.Headers.Len() != 0 {
					t.Errorf("%s: Parse returns %d bytes and a message with %v", v.Name, n, err)
				}
				if e.Frame != 0 {
					t.Errorf("%s: frame %d from Parse", v.Name, e.Frame)
				}
				e.Frame, e.Offset = int64(i), e.Offset+start
			}
			i, start, rest = i+1, start+int64(n), rest[n:]
			return m, err
		}
		if err := v.Check(next); err != nil {
			t.Error(err)
		}
	}
}
