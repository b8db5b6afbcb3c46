package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// streamChunks is how many chunks the streams of these benchmarks have: an answer of some pages.
const streamChunks = 1000

// memoryTransport answers each request with the same event stream, without a network.
type memoryTransport struct{ body []byte }

func (m memoryTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: streamHeader, Body: io.NopCloser(bytes.NewReader(m.body))}, nil
}

var streamHeader = http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}, "X-Amzn-Requestid": {"7c1e6a1e-1f3b-4f43-9d5f-9a3e0a5c9b1d"}}

// streamServer is a loopback server that answers each request with the same event stream.
func streamServer(b *testing.B, body []byte) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		for name, values := range streamHeader {
			w.Header()[name] = values
		}
		w.Write(body)
	}))
	b.Cleanup(srv.Close)
	return srv
}

func newBenchClient(b *testing.B, endpoint string, transport http.RoundTripper) *client.Client {
	c, err := client.New(client.Config{
		Region: "us-east-1", Endpoint: endpoint, Transport: transport, AllowIncomplete: true, // all chunks are deltas
		Credentials: func(context.Context) (signer.Credentials, error) {
			return signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, nil
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.CloseIdleConnections)
	return c
}

var benchRequest = &model.InvokeModelWithResponseStreamRequest{
	ModelID: "anthropic.claude-v2:1", Body: []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":16}`)}

// readStream makes one call and reads its stream to the end.
func readStream(b *testing.B, ctx context.Context, c *client.Client, chunks int) {
	s, err := c.InvokeModelWithResponseStream(ctx, benchRequest)
	if err != nil {
		b.Error(err)
		return
	}
	defer s.Close()
	for n := 0; ; n++ {
		if _, err = s.Next(); err != nil {
			if err != io.EOF || n != chunks {
				b.Errorf("%d chunks of %d: %v", n, chunks, err)
			}
			return
		}
	}
}

// BenchmarkClientStream is a call of 1000 chunks, signature and all.
func BenchmarkClientStream(b *testing.B) {
	for _, size := range []int{256, 1024} {
		body := bytes.Repeat(frametest.SizedChunk(size), streamChunks)
		run := func(b *testing.B, c *client.Client) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				readStream(b, context.Background(), c, streamChunks)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/streamChunks, "ns/chunk")
		}
		b.Run(fmt.Sprintf("via=memory/size=%d", size), func(b *testing.B) {
			run(b, newBenchClient(b, "https://bedrock.example", memoryTransport{body}))
		})
		b.Run(fmt.Sprintf("via=loopback/size=%d", size), func(b *testing.B) {
			run(b, newBenchClient(b, streamServer(b, body).URL, nil))
		})
	}
}

// BenchmarkClientFloor sets a stream over loopback against a bare read of the same bytes from the same server, in
// turns, and reports the ratio of their medians.
func BenchmarkClientFloor(b *testing.B) {
	body := bytes.Repeat(frametest.SizedChunk(256), streamChunks)
	srv := streamServer(b, body)
	c := newBenchClient(b, srv.URL, nil)
	plain := srv.Client()
	buf := make([]byte, 8<<10)
	var ours, bare []float64
	for range max(b.N, 50) {
		began := time.Now()
		readStream(b, context.Background(), c, streamChunks)
		middle := time.Now()
		resp, err := plain.Post(srv.URL, "application/json", bytes.NewReader(benchRequest.Body))
		if err != nil {
			b.Fatal(err)
		}
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{resp.Body}, buf)
		if err != nil || n != int64(len(body)) {
			b.Fatal(n, err)
		}
		resp.Body.Close()
		ours = append(ours, float64(middle.Sub(began).Nanoseconds())/streamChunks)
		bare = append(bare, float64(time.Since(middle).Nanoseconds())/streamChunks)
	}
	b.ReportMetric(0, "ns/op") // of the turns, which means nothing
	b.ReportMetric(median(ours), "ns/chunk")
	b.ReportMetric(median(bare), "floor-ns/chunk")
	b.ReportMetric(median(ours)/median(bare), "client/floor")
}

// BenchmarkClientCall is a call with an answer of one chunk.
func BenchmarkClientCall(b *testing.B) {
	body := frametest.SizedChunk(256)
	run := func(b *testing.B, c *client.Client) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		b.ReportAllocs()
		for b.Loop() {
			readStream(b, ctx, c, 1)
		}
	}
	b.Run("via=memory", func(b *testing.B) {
		run(b, newBenchClient(b, "https://bedrock.example", memoryTransport{body}))
	})
	b.Run("via=loopback", func(b *testing.B) { run(b, newBenchClient(b, streamServer(b, body).URL, nil)) })
}

// BenchmarkClientParallel is 64 streams of 1000 chunks at a time on one client.
func BenchmarkClientParallel(b *testing.B) {
	const streams = 64
	body := bytes.Repeat(frametest.SizedChunk(256), streamChunks)
	for _, via := range []string{"memory", "loopback"} {
		b.Run(fmt.Sprintf("via=%s/streams=%d", via, streams), func(b *testing.B) {
			var c *client.Client
			if via == "memory" {
				c = newBenchClient(b, "https://bedrock.example", memoryTransport{body})
			} else {
				c = newBenchClient(b, streamServer(b, body).URL, nil)
			}
			b.SetBytes(int64(streams * len(body)))
			b.ReportAllocs()
			for b.Loop() {
				var wg sync.WaitGroup
				for range streams {
					wg.Add(1)
					go func() {
						defer wg.Done()
						readStream(b, context.Background(), c, streamChunks)
					}()
				}
				wg.Wait()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(streams*streamChunks), "ns/chunk")
		})
	}
}
