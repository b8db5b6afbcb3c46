package bench

import (
	"fmt"
	"testing"

	"bedrockwire/model/converse"
)

// converseDeltas are the payloads of 1,000 deltas of one kind, with the padding that the service adds.
func converseDeltas(delta string) (list [][]byte) {
	const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for i := range 1000 {
		list = append(list, fmt.Appendf(nil, `{"contentBlockIndex":0,"delta":%s,"p":"%s"}`, fmt.Sprintf(delta, i), padding[:i%len(padding)]))
	}
	return list
}

// BenchmarkConverseEvents decodes 1,000 deltas an operation, checks their order, and builds the
// message where it says so.
func BenchmarkConverseEvents(b *testing.B) {
	for _, row := range []struct{ name, delta string }{
		{"text", `{"text":" word %d"}`},
		{"escaped", `{"text":"\n\"word\" %d"}`},
		{"tool", `{"toolUse":{"input":"{\"number\":%d"}}`},
	} {
		payloads := converseDeltas(row.delta)
		size := 0
		for _, p := range payloads {
			size += len(p)
		}
		begin := []converse.Event{{Kind: converse.MessageStart, Role: converse.RoleAssistant}}
		if row.name == "tool" {
			begin = append(begin, converse.Event{Kind: converse.BlockStart, Tool: converse.ToolDelta{ID: []byte("t"), Name: []byte("n")}})
		}
		b.Run("deltas="+row.name, func(b *testing.B) {
			var d converse.Decoder
			var o converse.Order
			for i := range begin {
				if err := o.Check(&begin[i]); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				for _, p := range payloads {
					e, err := d.Decode("contentBlockDelta", p)
					if err == nil {
						err = o.Check(&e)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run("build="+row.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				var d converse.Decoder
				var build converse.Builder
				for _, e := range begin {
					build.Add(e)
				}
				for _, p := range payloads {
					e, err := d.Decode("contentBlockDelta", p)
					if err == nil {
						err = build.Add(e)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
				if r := build.Response(); len(r.Message.Content) != 1 {
					b.Fatal("no message")
				}
			}
		})
	}
}
