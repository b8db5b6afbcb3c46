package frametest

import (
	"bytes"
	"testing"

	"bedrockwire/frame"
)

// TestSizedChunk: benchmarks rely on the sizes being exact.
func TestSizedChunk(t *testing.T) {
	for size := MinSizedChunk; size < 3000; size++ {
		b := SizedChunk(size)
		if len(b) != size {
			t.Fatalf("SizedChunk(%d) has %d bytes", size, len(b))
		}
		m, n, err := frame.Parse(b)
		if err != nil || n != size {
			t.Fatalf("SizedChunk(%d): Parse took %d bytes: %v", size, n, err)
		}
		if v, ok := m.Headers.Get(":event-type"); !ok || !v.EqualText("chunk") {
			t.Fatalf("SizedChunk(%d) is no chunk", size)
		}
		if !bytes.Contains(m.Payload, []byte(`,"p":"`)) {
			t.Fatalf("SizedChunk(%d) has no padding", size)
		}
	}
}

// TestBuildersAreParsed: what the builders make is what Append makes.
func TestBuildersAreParsed(t *testing.T) {
	str := frame.StringValue
	for _, c := range []struct {
		name    string
		got     []byte
		headers []frame.Header
		payload string
	}{
		{"chunk", ChunkFrame([]byte("hi"), 3), []frame.Header{{Name: ":event-type", Value: str("chunk")}, {Name: ":content-type", Value: str("application/json")}, {Name: ":message-type", Value: str("event")}}, `{"bytes":"aGk=","p":"abc"}`},
		{"chunk without padding", ChunkFrame(nil, 0), []frame.Header{{Name: ":event-type", Value: str("chunk")}, {Name: ":content-type", Value: str("application/json")}, {Name: ":message-type", Value: str("event")}}, `{"bytes":""}`},
		{"exception", ExceptionFrame("throttlingException", "slow down"), []frame.Header{{Name: ":exception-type", Value: str("throttlingException")}, {Name: ":content-type", Value: str("application/json")}, {Name: ":message-type", Value: str("exception")}}, `{"message":"slow down"}`},
		{"error", ErrorFrame("InternalError", "oops"), []frame.Header{{Name: ":error-code", Value: str("InternalError")}, {Name: ":error-message", Value: str("oops")}, {Name: ":message-type", Value: str("error")}}, ""},
		{"raw", Raw(nil, nil), nil, ""},
	} {
		want, err := frame.Append(nil, c.headers, []byte(c.payload))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if !bytes.Equal(c.got, want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, c.got, want)
		}
	}
}

func TestRepair(t *testing.T) {
	b := ChunkFrame([]byte("hi"), 3)
	for _, at := range []int{0, 7, 8, 11, 40, len(b) - 1} {
		c := Flip(b, 8*at)
		if _, _, err := frame.Parse(c); err == nil {
			t.Fatalf("flip at %d was accepted", at)
		}
		Repair(c)
		if at >= 8 && at < 12 || at == len(b)-1 {
			if !bytes.Equal(c, b) {
				t.Errorf("a flipped checksum at %d is not as it was", at)
			}
		}
		if p := Prelude(uint32(c[0])<<24|uint32(c[1])<<16|uint32(c[2])<<8|uint32(c[3]), uint32(c[7])); !bytes.Equal(p, c[:12]) {
			t.Errorf("flip at %d: prelude % x, want % x", at, c[:12], p)
		}
	}
	for n := range Overhead {
		short := bytes.Repeat([]byte{1}, n)
		if got := Repair(short); !bytes.Equal(got, bytes.Repeat([]byte{1}, n)) {
			t.Errorf("%d bytes were changed", n)
		}
	}
}
