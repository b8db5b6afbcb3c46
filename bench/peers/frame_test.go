package peers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"bedrockwire/bench/peers/internal/agree"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// peerFrames reads a stream with the SDK's decoder, into one buffer, as the SDK's own clients do, and calls each with
// every message. It returns how the stream ended there.
func peerFrames(stream io.Reader, buf []byte, each func(eventstream.Message)) error {
	decoder := eventstream.NewDecoder()
	for {
		m, err := decoder.Decode(stream, buf[:0])
		if err != nil {
			return err
		}
		each(m)
	}
}

// TestFramesAgree gives both decoders the same valid frames, random ones and all of the vectors', and compares every
// header and payload.
func TestFramesAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var frames [][]byte
	golden, err := frametest.Golden()
	if err != nil {
		t.Fatal(err)
	}
	frames = append(frames, golden...)
	for range 20000 {
		b, err := agree.RandomFrame(r)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, b)
	}
	stream := slices.Concat(frames...)
	ours := frame.NewReader(bytes.NewReader(stream))
	n := 0
	end := peerFrames(bytes.NewReader(stream), make([]byte, 1<<16), func(p eventstream.Message) {
		m, err := ours.Next()
		if err != nil {
			t.Fatalf("frame %d: %v", n, err)
		}
		if got, want := agree.Ours(m), agree.SDK(p); got != want {
			t.Fatalf("frame %d:\nours:\n%s\npeer:\n%s", n, got, want)
		}
		n++
	})
	if _, err := ours.Next(); end != io.EOF || err != io.EOF || n != len(frames) {
		t.Fatalf("%d of %d frames, then %v and %v", n, len(frames), err, end)
	}
	t.Logf("%d frames, all headers and payloads equal", n)

	// The other way: what the SDK encodes is what Append does.
	for i, b := range frames {
		m, err := eventstream.NewDecoder().Decode(bytes.NewReader(b), nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := eventstream.NewEncoder().Encode(&out, m); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), b) {
			t.Fatalf("frame %d: the SDK encodes\n% x, not\n% x", i, out.Bytes(), b)
		}
	}
}

// peerEnd says in words how a stream ends for users of the SDK's clients, which take io.EOF and io.ErrUnexpectedEOF
// from the decoder for a clean end.
func peerEnd(err error) string {
	switch {
	case err == io.EOF:
		return "clean end"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "clean end, in the client"
	}
	return "error"
}

// TestStricter feeds both with the negative vectors and lists where ours refuses what theirs accepts: the frame, or
// the end of the stream. The list is the point; what is asserted is that ours refuses them all, that both agree on
// what comes before, and that the kinds of difference are those that are known.
func TestStricter(t *testing.T) {
	vectors, err := frametest.Vectors()
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	refused := 0
	for _, v := range vectors {
		if !v.Negative() {
			continue
		}
		refused++
		if err := v.Check(frame.NewReader(bytes.NewReader(v.Stream)).Next); err != nil {
			t.Error(err)
			continue
		}
		n, end := peerVector(v)
		switch {
		case n > len(v.Frames):
			count["frame accepted"]++
			t.Logf("accepted by the SDK: %-45s (%s)", v.Name, v.Fault)
		case end == "error":
			count["error"]++
		default:
			count[end]++
			if v.End != frame.ErrTruncated {
				t.Logf("%s for the SDK: %-45s (%s)", end, v.Name, v.Fault)
			}
		}
		if n < len(v.Frames) {
			t.Errorf("%s: the SDK delivers %d frames before the fault, not %d", v.Name, n, len(v.Frames))
		}
	}
	t.Logf("%d streams, all refused by ours; by the SDK: %v", refused, count)
	if count["frame accepted"] == 0 || count["clean end"] == 0 || count["error"] == 0 {
		t.Error("the SDK has changed: what is said about it elsewhere needs another look")
	}
}

// peerVector runs a vector through the SDK's decoder. A panic of the decoder counts as an error.
func peerVector(v frametest.Vector) (frames int, end string) {
	defer func() {
		if recover() != nil {
			end = "error"
		}
	}()
	err := peerFrames(bytes.NewReader(v.Stream), make([]byte, 1<<16), func(eventstream.Message) { frames++ })
	return frames, peerEnd(err)
}

// TestCuts counts at how many of a frame's inner offsets a cut is reported.
func TestCuts(t *testing.T) {
	b := frametest.SizedChunk(256)
	ours, peers := 0, 0
	for n := 1; n < len(b); n++ {
		if _, err := frame.NewReader(bytes.NewReader(b[:n])).Next(); errors.Is(err, frame.ErrTruncated) {
			ours++
		}
		if err := peerFrames(bytes.NewReader(b[:n]), make([]byte, 1<<10), func(eventstream.Message) {}); peerEnd(err) == "error" {
			peers++
		}
	}
	t.Logf("of %d cuts in a frame, ours reports %d, the SDK's clients %d", len(b)-1, ours, peers)
	if ours != len(b)-1 {
		t.Error("a cut was not reported")
	}
}

// ourFrames decodes n frames.
func ourFrames(tb testing.TB, r *frame.Reader, stream io.Reader) (n int) {
	r.Reset(stream)
	for {
		m, err := r.Next()
		if err == io.EOF {
			return n
		}
		if err != nil || m.Headers.Len() != 3 {
			tb.Fatal(err)
		}
		n++
	}
}

func peerFrameCount(tb testing.TB, stream io.Reader, buf []byte) (n int) {
	if err := peerFrames(stream, buf, func(m eventstream.Message) {
		if len(m.Headers) != 3 {
			tb.Fatal("headers are missing")
		}
		n++
	}); err != io.EOF {
		tb.Fatal(err)
	}
	return n
}

// BenchmarkFrame measures the same frames through both decoders, in memory, a frame an operation.
func BenchmarkFrame(b *testing.B) {
	r := frame.NewReader(nil)
	buf := make([]byte, 0, 64<<10)
	for _, impl := range []struct {
		name string
		run  func(stream io.Reader) int
	}{
		{"bedrockwire", func(stream io.Reader) int { return ourFrames(b, r, stream) }},
		{"aws-sdk-go-v2", func(stream io.Reader) int { return peerFrameCount(b, stream, buf) }},
	} {
		for _, size := range chunkFrameSizes {
			b.Run(fmt.Sprintf("impl=%s/size=%d", impl.name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				stream := newLooped(size, b.N)
				b.ResetTimer()
				if n := impl.run(stream); n != b.N {
					b.Fatalf("%d of %d frames", n, b.N)
				}
			})
		}
	}
}

// bareSums is the floor of a frame: the two checksums that every decoder must take, by hash/crc32, and nothing else.
func bareSums(tb testing.TB, b []byte) {
	if crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]) || crc32.ChecksumIEEE(b[:len(b)-4]) != binary.BigEndian.Uint32(b[len(b)-4:]) {
		tb.Fatal("wrong checksum")
	}
}

// BenchmarkFrameRatio runs both by turns, so that a machine that slows down does so for both, and reports how many
// times longer a frame takes the SDK, from the medians of the turns. The floor is bareSums over the same frame.
func BenchmarkFrameRatio(b *testing.B) {
	for _, size := range chunkFrameSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			r := frame.NewReader(nil)
			buf := make([]byte, 0, size)
			var ours, peer, floor []float64
			one := frametest.SizedChunk(size)
			turn := func(into *[]float64, n int, f func(stream io.Reader)) {
				stream := newLooped(size, n)
				start := time.Now()
				f(stream)
				*into = append(*into, float64(time.Since(start).Nanoseconds())/float64(n))
			}
			n := max(64, 1<<18/size)
			b.ResetTimer()
			for range b.N {
				turn(&ours, 8*n, func(stream io.Reader) { ourFrames(b, r, stream) })
				turn(&peer, n, func(stream io.Reader) { peerFrameCount(b, stream, buf) })
				turn(&floor, 8*n, func(io.Reader) {
					for range 8 * n {
						bareSums(b, one)
					}
				})
			}
			b.ReportMetric(median(floor), "floor-ns/frame")
			b.ReportMetric(median(ours), "ours-ns/frame")
			b.ReportMetric(median(peer), "sdk-ns/frame")
			b.ReportMetric(median(peer)/median(ours), "x-faster")
			b.ReportMetric(0, "ns/op") // of both together: says nothing
		})
	}
}
