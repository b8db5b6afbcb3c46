package frame

import "testing"

func TestHeadersIs(t *testing.T) {
	b, err := Append(nil, []Header{
		{":event-type", StringValue("chunk")},
		{":bytes", BytesValue([]byte("chunk"))},
		{":empty", StringValue("")},
		{":message-type", StringValue("event")},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, text string
		want       bool
	}{
		{":event-type", "chunk", true},
		{":message-type", "event", true},
		{":empty", "", true},
		{":event-type", "chun", false},
		{":event-type", "", false},
		{":Event-Type", "chunk", false},
		{":bytes", "chunk", false}, // another type
		{":absent", "", false},
	} {
		if got := m.Headers.Is(row.name, row.text); got != row.want {
			t.Errorf("%s is %q: %v", row.name, row.text, got)
		}
	}
	if (Headers{}).Is("", "") || (Headers{b: []byte{0}}).Is("", "") {
		t.Error("an empty or stale block has a header")
	}
}

// TestHeadersIsChunk: of the block that is known by heart, Is says what Get does.
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
