package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// chunkPayload returns the payload of a chunk frame of the given size, and the
// base64 text in it.
func chunkPayload(tb testing.TB, size int) (payload, text []byte) {
	m, _, err := frame.Parse(frametest.SizedChunk(size))
	if err != nil {
		tb.Fatal(err)
	}
	var chunk struct{ Bytes string }
	if err := json.Unmarshal(m.Payload, &chunk); err != nil {
		tb.Fatal(err)
	}
	return m.Payload, []byte(chunk.Bytes)
}

// BenchmarkDecodeChunk measures a chunk's payload, of frames of the given sizes.
func BenchmarkDecodeChunk(b *testing.B) {
	for _, size := range chunkSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			payload, _ := chunkPayload(b, size)
			dst := make([]byte, 0, len(payload))
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for range b.N {
				if _, err := model.DecodeChunk(dst, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	// The same members in another order: no longer the shape that Bedrock sends.
	b.Run("size=256/path=slow", func(b *testing.B) {
		_, text := chunkPayload(b, 256)
		payload := []byte(`{"p":"abcdefgh","bytes":"` + string(text) + `"}`)
		dst := make([]byte, 0, len(payload))
		b.SetBytes(int64(len(payload)))
		b.ReportAllocs()
		for range b.N {
			if _, err := model.DecodeChunk(dst, payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkDecodeChunkRatio measures in turns, within one run, a chunk's payload,
// the bare base64 of the same payload with encoding/base64, and the payload with
// encoding/json, and reports the medians and their ratios: how many times faster.
// base64x sets the whole payload, JSON and all, against nothing but base64.
//
// One iteration is one turn of each, over 64 KiB of payloads or more.
func BenchmarkDecodeChunkRatio(b *testing.B) {
	for _, size := range append(chunkSizes, 1<<20) {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			payload, text := chunkPayload(b, size)
			dst := make([]byte, len(payload))
			calls := max(4, 64<<10/len(payload))
			var ours, bare, whole []float64
			turn := func(into *[]float64, calls int, f func()) {
				t := time.Now()
				for range calls {
					f()
				}
				*into = append(*into, float64(time.Since(t).Nanoseconds())/float64(calls))
			}
			strict := base64.StdEncoding.Strict()
			for range max(b.N, 30) {
				turn(&ours, calls, func() {
					if _, err := model.DecodeChunk(dst[:0], payload); err != nil {
						b.Fatal(err)
					}
				})
				turn(&bare, calls, func() {
					if _, err := strict.Decode(dst, text); err != nil {
						b.Fatal(err)
					}
				})
				turn(&whole, max(1, calls/8), func() {
					var chunk struct{ Bytes []byte }
					if err := json.Unmarshal(payload, &chunk); err != nil {
						b.Fatal(err)
					}
				})
			}
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(median(ours), "chunk-ns")
			b.ReportMetric(median(bare), "base64-ns")
			b.ReportMetric(median(bare)/median(ours), "base64x")
			b.ReportMetric(median(whole)/median(ours), "jsonx")
		})
	}
}

// BenchmarkFramesToBytes measures what a stream in memory costs from frames to
// the model's bytes: a Reader, the event type, and the payload.
func BenchmarkFramesToBytes(b *testing.B) {
	for _, size := range chunkSizes {
		b.Run(fmt.Sprintf("frame=chunk/size=%d", size), func(b *testing.B) {
			r := frame.NewReader(&loop{b: repeated(size)})
			var dst []byte
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for range b.N {
				m, err := r.Next()
				if err != nil {
					b.Fatal(err)
				}
				if !m.Headers.Is(":message-type", "event") || !m.Headers.Is(":event-type", "chunk") {
					b.Fatal("no chunk")
				}
				if dst, err = model.DecodeChunk(dst[:0], m.Payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
