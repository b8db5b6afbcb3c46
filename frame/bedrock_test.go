package frame

import "testing"

// TestUsualHeaders: the blocks that are compared as a whole are ones that the walk accepts, with the same count.
func TestUsualHeaders(t *testing.T) {
	for event, block := range map[string]string{"chunk": chunkHeaders, "contentBlockDelta": deltaHeaders} {
		n, err := walkHeaders([]byte(block), usualHeaderCount)
		if err != nil || n != usualHeaderCount || len(block) != 70+len(event) || usualEvent([]byte(block)) != event {
			t.Errorf("%s: %d headers in %d bytes: %v", event, n, len(block), err)
		}
		if _, err := walkHeaders([]byte(block), usualHeaderCount-1); err == nil {
			t.Errorf("%s: no error below the limit", event)
		}
		if got := usualEvent([]byte(block[:len(block)-1])); got != "" {
			t.Errorf("%s: a part of it is %q", event, got)
		}
		frame, e := Append(nil, []Header{{":event-type", StringValue(event)}, {":content-type", StringValue("application/json")}, {":message-type", StringValue("event")}}, nil)
		if e != nil {
			t.Fatal(e)
		}
		for limit := 1; limit < 5; limit++ {
			r := NewReader(&oneRead{frame})
			r.Limits.MaxHeaderCount = limit
			if _, err := r.Next(); (err == nil) != (limit >= usualHeaderCount) {
				t.Errorf("%s, at most %d headers: %v", event, limit, err)
			}
		}
		h := Headers{[]byte(block), usualHeaderCount}
		for _, name := range []string{":event-type", ":content-type", ":message-type", ":exception-type", "", "chunk"} {
			for _, text := range []string{"chunk", "contentBlockDelta", "event", "application/json", "", ":event-type"} {
				v, ok := h.Get(name)
				if want := ok && v.EqualText(text); h.Is(name, text) != want {
					t.Errorf("%s: Is(%q, %q) = %v", event, name, text, !want)
				}
			}
		}
	}
}

// oneRead is a source that gives all it has in one Read, as far as there is room.
type oneRead struct{ b []byte }

func (r *oneRead) Read(p []byte) (int, error) {
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}
