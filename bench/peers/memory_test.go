package peers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"bedrockwire/client"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// openStream is an answer that is being read, by either side.
type openStream struct {
	next  func() ([]byte, error) // the next chunk; io.EOF at the end
	close func() error
}

// opener makes a call and returns its answer.
type opener func() (openStream, error)

// streamTransport answers each request with a stream of n frames, without a network, to either side.
type streamTransport struct {
	block []byte // whole frames, made once, so that they count for nobody
	bytes int
}

func newStreamTransport(size, n int) streamTransport {
	l := newLooped(size, n)
	return streamTransport{l.block, l.left}
}

func (t streamTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/vnd.amazon.eventstream"}},
		Body: io.NopCloser(&looped{block: t.block, left: t.bytes})}, nil
}

func (t streamTransport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// ourOpener and sdkOpener make one client, which their calls share. transport nil is each one's own.
func ourOpener(tb testing.TB, endpoint string, transport http.RoundTripper) opener {
	c, err := client.New(client.Config{
		Region: "us-east-1", Endpoint: endpoint, Transport: transport, AllowIncomplete: true, // all chunks are deltas
		Credentials: func(context.Context) (signer.Credentials, error) {
			return signer.Credentials{AccessKeyID: clientKeyID, SecretAccessKey: clientSecret}, nil
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.CloseIdleConnections)
	return func() (openStream, error) {
		s, err := c.InvokeModelWithResponseStream(context.Background(),
			&model.InvokeModelWithResponseStreamRequest{ModelID: clientModelID, Body: clientBody})
		if err != nil {
			return openStream{}, err
		}
		return openStream{s.Next, s.Close}, nil
	}
}

func sdkOpener(endpoint string, transport bedrockruntime.HTTPClient) opener {
	c := bedrockruntime.New(bedrockruntime.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(endpoint), HTTPClient: transport,
		Credentials: credentials.NewStaticCredentialsProvider(clientKeyID, clientSecret, ""),
	})
	return func() (openStream, error) {
		out, err := c.InvokeModelWithResponseStream(context.Background(), &bedrockruntime.InvokeModelWithResponseStreamInput{
			ModelId: aws.String(clientModelID), ContentType: aws.String("application/json"), Body: clientBody})
		if err != nil {
			return openStream{}, err
		}
		s := out.GetStream()
		return openStream{
			next: func() ([]byte, error) {
				event, ok := <-s.Events()
				if !ok {
					if err := s.Err(); err != nil {
						return nil, err
					}
					return nil, io.EOF
				}
				chunk, ok := event.(*types.ResponseStreamMemberChunk)
				if !ok {
					return nil, fmt.Errorf("event %T", event)
				}
				return chunk.Value.Bytes, nil
			},
			close: s.Close,
		}, nil
	}
}

// bareOpener is the floor: the same request with net/http, and the bytes of a frame read and not looked at.
func bareOpener(tb testing.TB, endpoint string, frameSize int) opener {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	tb.Cleanup(transport.CloseIdleConnections)
	c := &http.Client{Transport: transport}
	return func() (openStream, error) {
		resp, err := c.Post(endpoint, "application/json", bytes.NewReader(clientBody))
		if err != nil {
			return openStream{}, err
		}
		buf := make([]byte, frameSize)
		return openStream{
			next: func() ([]byte, error) {
				_, err := io.ReadFull(resp.Body, buf)
				return buf, err
			},
			close: resp.Body.Close,
		}, nil
	}
}

// heapObjects returns the bytes of all objects on the heap, dead ones that were not collected included. It does not
// stop the program, so it can be asked between two chunks. The sample is the caller's, so that asking allocates nothing.
func heapObjects(sample []metrics.Sample) uint64 {
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// streamMemory reads one stream to its end. It returns the bytes allocated a chunk, the call's own share not counted,
// and the most that the heap grew by at any of some thousand moments, garbage included: what a process must have room for.
func streamMemory(tb testing.TB, open opener, chunks int) (allocated, peak float64) {
	tb.Helper()
	runtime.GC()
	runtime.GC() // the second empties what pools have kept through the first
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	base := heapObjects(sample)
	s, err := open()
	if err != nil {
		tb.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	n := 0
	for ; ; n++ {
		if n%max(1, chunks/1000) == 0 {
			most = max(most, heapObjects(sample))
		}
		if _, err := s.next(); err == io.EOF {
			break
		} else if err != nil {
			tb.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if err := errors.Join(s.close(), clientCount(n, chunks)); err != nil {
		tb.Fatal(err)
	}
	return float64(after.TotalAlloc-before.TotalAlloc) / float64(chunks), float64(most - min(most, base))
}

// BenchmarkStreamMemory reads long answers through both clients, in turns, and reports medians.
func BenchmarkStreamMemory(b *testing.B) {
	for _, c := range []struct {
		size, chunks int
	}{{256, 10_000}, {4096, 5000}, {1 << 20, 64}} {
		b.Run(fmt.Sprintf("size=%d", c.size), func(b *testing.B) {
			transport := newStreamTransport(c.size, c.chunks)
			ours, sdk := ourOpener(b, "https://bedrock.example", transport), sdkOpener("https://bedrock.example", transport)
			var oursB, oursPeak, sdkB, sdkPeak []float64
			b.ResetTimer()
			for range min(max(b.N, 5), 15) { // the figures hardly differ: more turns say no more
				allocated, peak := streamMemory(b, ours, c.chunks)
				oursB, oursPeak = append(oursB, allocated), append(oursPeak, peak)
				allocated, peak = streamMemory(b, sdk, c.chunks)
				sdkB, sdkPeak = append(sdkB, allocated), append(sdkPeak, peak)
			}
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(median(oursB), "ours-B/chunk")
			b.ReportMetric(median(sdkB), "sdk-B/chunk")
			b.ReportMetric(median(oursPeak), "ours-peak-B")
			b.ReportMetric(median(sdkPeak), "sdk-peak-B")
		})
	}
}

// idleServer answers each request with a frame and then nothing, as a model does that thinks. It keeps no goroutine
// and no buffer a connection, so that hardly anything of what the process holds is its own.
type idleServer struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
}

func newIdleServer(tb testing.TB, size int) *idleServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &idleServer{listener: l}
	tb.Cleanup(func() {
		l.Close()
		s.drop()
	})
	answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
		size, frametest.SizedChunk(size))
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			go func() {
				if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					io.Copy(io.Discard, r.Body)
					conn.Write(answer)
				}
			}()
		}
	}()
	return s
}

// drop closes all connections.
func (s *idleServer) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		conn.Close()
	}
	s.conns = nil
}

// held returns the bytes that live on heap and stacks, and the goroutines, once those that are about to end have ended.
func held() (memory, goroutines float64) {
	for last := 0; last != runtime.NumGoroutine(); time.Sleep(100 * time.Millisecond) {
		last = runtime.NumGoroutine()
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse), float64(runtime.NumGoroutine())
}

// heldOpen opens n streams, reads a chunk of each, and returns what each of them then holds.
func heldOpen(tb testing.TB, open opener, srv *idleServer, n int) (memory, goroutines float64) {
	tb.Helper()
	streams := make([]openStream, n)
	memory, goroutines = held()
	for i := range streams {
		s, err := open()
		if err != nil {
			tb.Fatalf("stream %d: %v", i, err)
		}
		if _, err := s.next(); err != nil {
			tb.Fatalf("stream %d: %v", i, err)
		}
		streams[i] = s
	}
	b, g := held()
	for _, s := range streams {
		s.close() // an error says that the answer was not whole, which it never is here
	}
	srv.drop()
	return (b - memory) / float64(n), (g - goroutines) / float64(n)
}

// BenchmarkOpenStreams holds a thousand streams open that have had their first chunk and wait for the next, over
// loopback and without TLS, and reports what one of them keeps, goroutines' stacks included. The floor is the same
// with net/http and a buffer of a frame's size.
func BenchmarkOpenStreams(b *testing.B) {
	const streams, size = 1000, 256
	b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
		srv := newIdleServer(b, size)
		endpoint := "http://" + srv.listener.Addr().String()
		sides := []struct {
			name string
			open opener
		}{{"floor", bareOpener(b, endpoint, size)}, {"ours", ourOpener(b, endpoint, nil)}, {"sdk", sdkOpener(endpoint, nil)}}
		var kept, goroutines [3][]float64
		for i := range 4 {
			for j, side := range sides {
				held, g := heldOpen(b, side.open, srv, streams)
				if i > 0 { // the first turn fills pools and grows what is kept for good
					kept[j], goroutines[j] = append(kept[j], held), append(goroutines[j], g)
				}
			}
		}
		b.ReportMetric(0, "ns/op") // of the turns, which means nothing
		for j, side := range sides {
			b.ReportMetric(median(kept[j]), side.name+"-B/stream")
			b.ReportMetric(median(goroutines[j]), side.name+"-goroutines/stream")
		}
	})
}
