package frame

import "testing"

// TestChunkHeaders: the block that is compared as a whole is one that the walk accepts, with the same
// count and limit.
func TestChunkHeaders(t *testing.T) {
	b := []byte(chunkHeaders)
	n, err := walkHeaders(b, chunkHeaderCount)
	if err != nil || n != chunkHeaderCount || len(b) != 75 {
		t.Errorf("%d headers in %d bytes: %v", n, len(b), err)
	}
	for max := range chunkHeaderCount + 2 {
		_, walked := walkHeaders(b, max)
		if isChunk(b, max) != (walked == nil) || (walked == nil) != (max >= chunkHeaderCount) {
			t.Errorf("limit %d: %v", max, walked)
		}
	}
}

// TestHeadersIsChunk: for the block that is compared as a whole, Is agrees with Get.
func TestHeadersIsChunk(t *testing.T) {
	h := Headers{[]byte(chunkHeaders), chunkHeaderCount}
	for _, name := range []string{":event-type", ":content-type", ":message-type", ":exception-type", "", "chunk"} {
		for _, text := range []string{"chunk", "event", "application/json", "", ":event-type"} {
			v, ok := h.Get(name)
			if want := ok && v.EqualText(text); h.Is(name, text) != want {
				t.Errorf("Is(%q, %q) = %v", name, text, !want)
			}
		}
	}
}
