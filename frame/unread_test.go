package frame_test

import (
	"bytes"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// TestUnread: what was read and what was delivered are the bytes of the stream, at every moment.
func TestUnread(t *testing.T) {
	one := frametest.SizedChunk(200)
	stream := bytes.Repeat(one, 30)
	src := bytes.NewReader(stream)
	r := frame.NewReader(src)
	if b := r.Unread(); len(b) != 0 {
		t.Errorf("%d bytes before the first call of Next", len(b))
	}
	most := 0
	for r.Frames() < 30 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		b := r.Unread()
		read := len(stream) - src.Len()
		if want := stream[r.Offset():read]; !bytes.Equal(b, want) || cap(b) != len(b) {
			t.Fatalf("after %d frames: %d bytes with room for %d, want %d", r.Frames(), len(b), cap(b), len(want))
		}
		most = max(most, len(b))
	}
	if most < 2*len(one) {
		t.Errorf("at most %d bytes were read ahead", most)
	}
	r.Reset(src)
	if b := r.Unread(); len(b) != 0 {
		t.Errorf("%d bytes after Reset", len(b))
	}
}
