package frame_test

import (
	"testing"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

func TestHeadersAllStops(t *testing.T) {
	m, _, err := frame.Parse(frametest.ChunkFrame(nil, 0))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range m.Headers.All() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d headers", n)
	}
	if _, ok := m.Headers.Get(":event-typ"); ok {
		t.Error("a prefix of a name was found")
	}
	for name := range m.Headers.All() {
		if cap(name) != len(name) {
			t.Error("a name has spare capacity")
		}
	}
}
