package peers

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"bedrockwire/client"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// chunkFrameSizes are the sizes of the frames: what Bedrock sends for a token or two, and longer texts.
var chunkFrameSizes = []int{256, 1024, 4096, 64 << 10}

// looped is an answer's body: n frames in all, read again and again from 64 KiB of them, so that every reader finds
// its input in the cache, as it would when it came from the network.
type looped struct {
	block    []byte
	at, left int
}

func newLooped(size, n int) *looped {
	return &looped{block: bytes.Repeat(frametest.SizedChunk(size), max(1, 64<<10/size)), left: n * size}
}

func (l *looped) Read(p []byte) (int, error) {
	if l.left == 0 {
		return 0, io.EOF
	}
	if l.at == len(l.block) {
		l.at = 0
	}
	n := copy(p[:min(len(p), l.left)], l.block[l.at:])
	l.at += n
	l.left -= n
	return n, nil
}

// cannedBody is an HTTP client that answers one request with a stream from memory.
type cannedBody struct{ stream io.Reader }

func (c *cannedBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
	}
	return &http.Response{
		StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}, "X-Amzn-Bedrock-Content-Type": {"application/json"}},
		Body:    io.NopCloser(c.stream),
		Request: r,
	}, nil
}

// peerChunks reads the stream as users of the SDK do: InvokeModelWithResponseStream, whose HTTP client is canned,
// and the channel of events. each is called with the bytes of every chunk. The request's share of the time is
// small, because a stream has thousands of frames.
func peerChunks(tb testing.TB, stream io.Reader, each func([]byte)) (chunks int) {
	client := bedrockruntime.New(bedrockruntime.Options{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""),
		HTTPClient:  &cannedBody{stream},
	})
	out, err := client.InvokeModelWithResponseStream(context.Background(), &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String("anthropic.claude-v2:1"), Body: []byte("{}"), ContentType: aws.String("application/json"),
	})
	if err != nil {
		tb.Fatal(err)
	}
	events := out.GetStream()
	for event := range events.Events() {
		chunk, ok := event.(*types.ResponseStreamMemberChunk)
		if !ok {
			tb.Fatalf("event %T", event)
		}
		each(chunk.Value.Bytes)
		chunks++
	}
	if err := events.Err(); err != nil {
		tb.Fatal(err)
	}
	events.Close()
	return chunks
}

// peerCodecChunks does the same with nothing of the SDK but its event-stream decoder, and encoding/json for the
// payload: what is left of the SDK's cost when its client, channel and goroutines are taken away.
func peerCodecChunks(tb testing.TB, stream io.Reader, each func([]byte)) (chunks int) {
	var (
		decoder = eventstream.NewDecoder()
		buf     = make([]byte, 64<<10)
	)
	for {
		m, err := decoder.Decode(stream, buf[:0])
		if err == io.EOF {
			return chunks
		}
		if err != nil {
			tb.Fatal(err)
		}
		if v, ok := m.Headers.Get(":event-type").(eventstream.StringValue); !ok || v != "chunk" {
			tb.Fatal("no chunk")
		}
		var chunk struct{ Bytes []byte }
		if err := json.Unmarshal(m.Payload, &chunk); err != nil {
			tb.Fatal(err)
		}
		each(chunk.Bytes)
		chunks++
	}
}

// ourChunks reads the stream with a frame.Reader and model.DecodeChunk, which is all that client.Stream adds to a
// frame on its way.
func ourChunks(tb testing.TB, r *frame.Reader, stream io.Reader, dst []byte, each func([]byte)) (chunks int, _ []byte) {
	r.Reset(stream)
	for {
		m, err := r.Next()
		if err == io.EOF {
			return chunks, dst
		}
		if err != nil {
			tb.Fatal(err)
		}
		if !m.Headers.Is(":message-type", "event") || !m.Headers.Is(":event-type", "chunk") {
			tb.Fatal("no chunk")
		}
		if dst, err = model.DecodeChunk(dst[:0], m.Payload); err != nil {
			tb.Fatal(err)
		}
		each(dst)
		chunks++
	}
}

// ourStreamChunks reads the stream with client.Stream: deadlines, ends and metrics watched as well.
func ourStreamChunks(tb testing.TB, stream io.Reader, each func([]byte)) (chunks int) {
	s := client.NewStream(io.NopCloser(stream), &client.StreamOptions{AllowIncomplete: true})
	defer s.Close()
	for {
		chunk, err := s.Next()
		if err == io.EOF {
			return chunks
		}
		if err != nil {
			tb.Fatal(err)
		}
		each(chunk)
		chunks++
	}
}

// TestChunksAgree: all four ways give the same chunks.
func TestChunksAgree(t *testing.T) {
	var stream []byte
	for n := range 300 {
		stream = append(stream, frametest.ChunkFrame(bytes.Repeat([]byte{byte(n), 0xFF, '"'}, n), n%60)...)
	}
	var ours, whole, peers, codec [][]byte
	keep := func(to *[][]byte) func([]byte) {
		return func(b []byte) { *to = append(*to, bytes.Clone(b)) }
	}
	ourChunks(t, frame.NewReader(nil), bytes.NewReader(stream), nil, keep(&ours))
	ourStreamChunks(t, bytes.NewReader(stream), keep(&whole))
	peerChunks(t, bytes.NewReader(stream), keep(&peers))
	peerCodecChunks(t, bytes.NewReader(stream), keep(&codec))
	if len(ours) != 300 || len(whole) != 300 || len(peers) != 300 || len(codec) != 300 {
		t.Fatalf("%d, %d, %d chunks", len(ours), len(peers), len(codec))
	}
	for i := range ours {
		if !bytes.Equal(ours[i], whole[i]) || !bytes.Equal(ours[i], peers[i]) || !bytes.Equal(ours[i], codec[i]) || len(ours[i]) != 3*i {
			t.Fatalf("chunk %d: %q, %q, %q", i, ours[i], peers[i], codec[i])
		}
	}
}

// BenchmarkFrameToChunk measures frames to model bytes in memory, a chunk an operation.
func BenchmarkFrameToChunk(b *testing.B) {
	nothing := func([]byte) {}
	r := frame.NewReader(nil)
	dst := make([]byte, 0, 64<<10)
	for _, impl := range []struct {
		name string
		run  func(stream io.Reader) int
	}{
		{"bedrockwire", func(stream io.Reader) (n int) { n, dst = ourChunks(b, r, stream, dst, nothing); return n }},
		{"bedrockwire-client", func(stream io.Reader) int { return ourStreamChunks(b, stream, nothing) }},
		{"aws-sdk-go-v2", func(stream io.Reader) int { return peerChunks(b, stream, nothing) }},
		{"aws-sdk-go-v2-codec", func(stream io.Reader) int { return peerCodecChunks(b, stream, nothing) }},
	} {
		for _, size := range chunkFrameSizes {
			b.Run(fmt.Sprintf("impl=%s/size=%d", impl.name, size), func(b *testing.B) {
				b.SetBytes(int64(size))
				b.ReportAllocs()
				stream := newLooped(size, b.N)
				b.ResetTimer()
				if n := impl.run(stream); n != b.N {
					b.Fatalf("%d of %d chunks", n, b.N)
				}
			})
		}
	}
}

// chunkText returns the base64 text in a chunk frame.
func chunkText(tb testing.TB, b []byte) []byte {
	m, _, err := frame.Parse(b)
	if err != nil {
		tb.Fatal(err)
	}
	var chunk struct{ Bytes string }
	if err := json.Unmarshal(m.Payload, &chunk); err != nil {
		tb.Fatal(err)
	}
	return []byte(chunk.Bytes)
}

// BenchmarkFrameToChunkRatio reports how many times longer a chunk takes the SDK: its client set against ours in
// codec and in client, its bare decoder against our codec. They run by turns over streams of 16 MiB at most, so that a
// machine that slows down does so for all; the figures are medians of the turns. The floor is what the standard library
// takes for the parts that no decoder can leave out: bareSums and encoding/base64, over the same frame. Ours can be below
// it, because model.DecodeChunk has a faster base64 of its own.
func BenchmarkFrameToChunkRatio(b *testing.B) {
	nothing := func([]byte) {}
	for _, size := range chunkFrameSizes {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			r := frame.NewReader(nil)
			dst := make([]byte, 0, size)
			var ours, whole, peer, codec, floor []float64
			one := frametest.SizedChunk(size)
			text := chunkText(b, one)
			turn := func(into *[]float64, n int, f func(stream io.Reader)) {
				stream := newLooped(size, n)
				start := time.Now()
				f(stream)
				*into = append(*into, float64(time.Since(start).Nanoseconds())/float64(n))
			}
			n := max(64, 1<<20/size)
			b.ResetTimer()
			for range b.N {
				turn(&ours, 8*n, func(stream io.Reader) { _, dst = ourChunks(b, r, stream, dst, nothing) })
				turn(&whole, 8*n, func(stream io.Reader) { ourStreamChunks(b, stream, nothing) })
				turn(&peer, n, func(stream io.Reader) { peerChunks(b, stream, nothing) })
				turn(&codec, n, func(stream io.Reader) { peerCodecChunks(b, stream, nothing) })
				turn(&floor, 8*n, func(io.Reader) {
					for range 8 * n {
						bareSums(b, one)
						if _, err := base64.StdEncoding.Decode(dst[:cap(dst)], text); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.ReportMetric(median(floor), "floor-ns/chunk")
			b.ReportMetric(median(whole), "ours-ns/chunk")
			b.ReportMetric(median(peer), "sdk-ns/chunk")
			b.ReportMetric(median(ours), "ours-codec-ns/chunk")
			b.ReportMetric(median(codec), "sdk-codec-ns/chunk")
			b.ReportMetric(median(peer)/median(ours), "x-faster")
			b.ReportMetric(median(peer)/median(whole), "x-faster-client")
			b.ReportMetric(median(codec)/median(ours), "x-faster-codec")
			b.ReportMetric(0, "ns/op") // of all together: says nothing
		})
	}
}
