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
