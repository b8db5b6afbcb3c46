package frame_test

import (
	"bytes"
	"fmt"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// TestRaw: of every vector in every delivery, Raw is the bytes of the frame delivered last, and nil before the first frame
// and after an error.
func TestRaw(t *testing.T) {
	streams := map[string][]byte{}
	for _, v := range vectors(t) {
		streams[v.Name] = v.Stream
	}
	streams["mixed sizes"], _ = chunks(mixed...)
	streams["empty frames"] = bytes.Repeat(frametest.Raw(nil, nil), 300)
	frames := 0
	for name, stream := range streams {
		for _, d := range frametest.Deliveries() {
			r := frame.NewReader(d.Reader(stream))
			if raw := r.Raw(); raw != nil {
				t.Errorf("%s, %s: before the first frame: % x", name, d.Name, raw)
			}
			for {
				start := r.Offset()
				m, err := r.Next()
				raw := r.Raw()
				if err != nil {
					if raw != nil {
						t.Errorf("%s, %s: after %v: % x", name, d.Name, err, raw)
					}
					break
				}
				frames++
				if want := stream[start:r.Offset()]; !bytes.Equal(raw, want) || cap(raw) != len(raw) {
					t.Fatalf("%s, %s, frame %d: % x with capacity %d, want % x", name, d.Name, r.Frames()-1, raw, cap(raw), want)
				}
				if parsed, n, err := frame.Parse(raw); err != nil || n != len(raw) || !bytes.Equal(parsed.Payload, m.Payload) {
					t.Fatalf("%s, %s: Raw is not the message's frame: %v", name, d.Name, err)
				}
			}
		}
	}
	if frames < 1000 {
		t.Errorf("%d frames are too few", frames)
	}
}

// TestRawIsBorrowed: what Raw returned shows that it is no longer valid, as the message does, and after Reset there is none.
func TestRawIsBorrowed(t *testing.T) {
	chunk := frametest.SizedChunk(256)
	for _, first := range [][]byte{chunk, frametest.Raw(nil, nil), frametest.Raw(nil, []byte("payload")), frametest.Raw(frametest.RawHeader("a", 0, nil), nil)} {
		for name, end := range map[string]func(r *frame.Reader){
			"Next":  func(r *frame.Reader) { r.Next() },
			"Reset": func(r *frame.Reader) { r.Reset(nil) },
		} {
			r := frame.NewReader(bytes.NewReader(append(bytes.Clone(first), chunk...)))
			mustNext(t, r)
			raw := r.Raw()
			if again := r.Raw(); !bytes.Equal(raw, first) || &again[0] != &raw[0] {
				t.Errorf("%s: Raw copies", name)
			}
			end(r)
			if _, _, err := frame.Parse(raw); err == nil {
				t.Errorf("%s: the frame before, of %d bytes, is still good", name, len(first))
			}
			if name == "Reset" && r.Raw() != nil {
				t.Error("Raw after Reset is not nil")
			}
		}
	}
	if raw := new(frame.Reader).Raw(); raw != nil {
		t.Errorf("Raw of the zero Reader: % x", raw)
	}
}

func ExampleReader_Raw() {
	r := frame.NewReader(bytes.NewReader(frametest.ChunkFrame([]byte("{}"), 0)))
	var capture bytes.Buffer
	for {
		m, err := r.Next()
		if err != nil {
			fmt.Println(err)
			break
		}
		capture.Write(r.Raw())
		fmt.Println(len(m.Payload), "of", capture.Len(), "bytes")
	}
	// Output:
	// 16 of 107 bytes
	// EOF
}
