package peers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"bedrockwire/client"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// The same calls through our client and through the AWS SDK for Go, in turns within one run, so that a busy machine
// slows both alike. The ratio of the medians is the result; both sides' figures are reported beside it.

const (
	clientKeyID   = "AKIDEXAMPLE"
	clientSecret  = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	clientModelID = "anthropic.claude-v2:1"
)

var clientBody = []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":16}`)

// clientTransport answers each request with the same event stream, without a network, to either side.
type clientTransport struct{ body []byte }

func (m clientTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{
		"Content-Type": {"application/vnd.amazon.eventstream"}, "X-Amzn-Requestid": {"7c1e6a1e-1f3b-4f43-9d5f-9a3e0a5c9b1d"},
		"X-Amzn-Bedrock-Content-Type": {"application/json"},
	}, Body: io.NopCloser(bytes.NewReader(m.body))}, nil
}

func (m clientTransport) Do(r *http.Request) (*http.Response, error) { return m.RoundTrip(r) }

// clientSides are the two that are compared: each makes a call and reads its stream to the end.
type clientSides struct {
	ours, peers func(chunks int) error
}

func newClientSides(b *testing.B, body []byte, loopback bool) (clientSides, *httptest.Server) {
	cfg := client.Config{
		Region: "us-east-1", Endpoint: "https://bedrock.example", Transport: clientTransport{body},
		Credentials: func(context.Context) (signer.Credentials, error) {
			return signer.Credentials{AccessKeyID: clientKeyID, SecretAccessKey: clientSecret}, nil
		},
	}
	o := bedrockruntime.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("https://bedrock.example"), HTTPClient: clientTransport{body},
		Credentials: credentials.NewStaticCredentialsProvider(clientKeyID, clientSecret, ""),
	}
	var srv *httptest.Server
	if loopback {
		srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
			w.Write(body)
		}))
		b.Cleanup(srv.Close)
		cfg.Endpoint, cfg.Transport = srv.URL, nil
		o.BaseEndpoint, o.HTTPClient = aws.String(srv.URL), &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	}
	cfg.AllowIncomplete = true // the chunks of these streams are all deltas
	c, err := client.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.CloseIdleConnections)
	peer := bedrockruntime.New(o)
	ctx := context.Background()
	return clientSides{
		ours: func(chunks int) error {
			s, err := c.InvokeModelWithResponseStream(ctx, &model.InvokeModelWithResponseStreamRequest{ModelID: clientModelID, Body: clientBody})
			if err != nil {
				return err
			}
			defer s.Close()
			n := 0
			for _, err := range s.All() {
				if err != nil {
					return err
				}
				n++
			}
			return clientCount(n, chunks)
		},
		peers: func(chunks int) error {
			out, err := peer.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{
				ModelId: aws.String(clientModelID), ContentType: aws.String("application/json"), Accept: aws.String("application/json"), Body: clientBody})
			if err != nil {
				return err
			}
			stream := out.GetStream()
			defer stream.Close()
			n := 0
			for range stream.Events() {
				n++
			}
			if err := stream.Err(); err != nil && n != chunks {
				return fmt.Errorf("after %d chunks: %w", n, err)
			}
			return clientCount(n, chunks)
		},
	}, srv
}

func clientCount(n, chunks int) error {
	if n != chunks {
		return fmt.Errorf("%d chunks of %d", n, chunks)
	}
	return nil
}

// clientTurns runs functions in turns of the given number of rounds, at least 20 turns each, and returns the median of
// each one's time for a round in ns, and how many rounds of the second one failed. Those are the SDK's: over loopback
// some of its streams end in "use of closed network connection", where neither our client nor a bare read of the same
// answer ever does: the answer is there before net/http's writer has seen the end of the request's body, which then
// fails, and takes the connection with it. They are left out of its figures; any other failure ends the benchmark.
//
// A turn begins with a collection, so that nobody's time goes into the garbage of the one before.
func clientTurns(b *testing.B, rounds int, turns ...func() error) (medians []float64, failed int) {
	spent := make([][]float64, len(turns))
	for i := range max(b.N, 20) + 2 {
		for j, f := range turns {
			runtime.GC()
			var total time.Duration
			good := 0
			for range rounds {
				began := time.Now()
				err := f()
				switch {
				case err == nil:
					total += time.Since(began)
					good++
				case j == 1 && errors.Is(err, net.ErrClosed):
					failed++
				default:
					b.Fatal(err)
				}
			}
			if i >= 2 && good > 0 { // the first ones open connections and fill pools
				spent[j] = append(spent[j], float64(total.Nanoseconds())/float64(good))
			}
		}
	}
	for _, v := range spent {
		if len(v) < 10 {
			b.Fatalf("%d rounds failed", failed)
		}
		slices.Sort(v)
		medians = append(medians, v[len(v)/2])
	}
	return medians, failed
}

// clientAllocs returns the allocations of one call of f, those of its goroutines included.
func clientAllocs(b *testing.B, f func() error) float64 {
	const runs = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		if err := f(); err != nil && !errors.Is(err, net.ErrClosed) {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / runs
}

// BenchmarkClientChunk is the price of a chunk in an answer of 1000, the call's own share included; over loopback also
// against a bare read of the same bytes from the same server.
func BenchmarkClientChunk(b *testing.B) {
	const chunks = 1000
	body := bytes.Repeat(frametest.SizedChunk(256), chunks)
	for _, via := range []string{"memory", "loopback"} {
		b.Run("via="+via, func(b *testing.B) {
			sides, srv := newClientSides(b, body, via == "loopback")
			turns := []func() error{func() error { return sides.ours(chunks) }, func() error { return sides.peers(chunks) }}
			if srv != nil {
				buf := make([]byte, 8<<10)
				turns = append(turns, func() error { return readBare(srv, buf, len(body)) })
			}
			t, failed := clientTurns(b, 10, turns...)
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(t[0]/chunks, "ours-ns/chunk")
			b.ReportMetric(t[1]/chunks, "sdk-ns/chunk")
			b.ReportMetric(t[1]/t[0], "sdk/ours")
			b.ReportMetric(float64(failed), "sdk-failures")
			if srv != nil {
				b.ReportMetric(t[2]/chunks, "floor-ns/chunk")
				b.ReportMetric(t[0]/t[2], "ours/floor")
			}
			b.ReportMetric(clientAllocs(b, turns[0])/chunks, "ours-allocs/chunk")
			b.ReportMetric(clientAllocs(b, turns[1])/chunks, "sdk-allocs/chunk")
		})
	}
}

// readBare reads the answer of one request and does nothing with it.
func readBare(srv *httptest.Server, buf []byte, want int) error {
	resp, err := srv.Client().Post(srv.URL, "application/json", bytes.NewReader(clientBody))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{resp.Body}, buf)
	if err == nil && n != int64(want) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// BenchmarkClientCall is a call with an answer of one chunk: what is spent before and after the stream; over loopback
// also against a bare exchange of the same bytes.
func BenchmarkClientCall(b *testing.B) {
	body := frametest.SizedChunk(256)
	for _, via := range []string{"memory", "loopback"} {
		b.Run("via="+via, func(b *testing.B) {
			sides, srv := newClientSides(b, body, via == "loopback")
			ours, peers := func() error { return sides.ours(1) }, func() error { return sides.peers(1) }
			turns := []func() error{ours, peers}
			if srv != nil {
				buf := make([]byte, 8<<10)
				turns = append(turns, func() error { return readBare(srv, buf, len(body)) })
			}
			t, failed := clientTurns(b, 200, turns...)
			b.ReportMetric(0, "ns/op")
			if srv != nil {
				b.ReportMetric(t[2], "floor-ns/call")
				b.ReportMetric(t[0]/t[2], "ours/floor")
			}
			b.ReportMetric(t[0], "ours-ns/call")
			b.ReportMetric(t[1], "sdk-ns/call")
			b.ReportMetric(t[1]/t[0], "sdk/ours")
			b.ReportMetric(float64(failed), "sdk-failures")
			b.ReportMetric(clientAllocs(b, ours), "ours-allocs/call")
			b.ReportMetric(clientAllocs(b, peers), "sdk-allocs/call")
		})
	}
}

// BenchmarkClientParallel is 64 streams of 200 chunks at a time on one client.
func BenchmarkClientParallel(b *testing.B) {
	const streams, chunks = 64, 200
	body := bytes.Repeat(frametest.SizedChunk(256), chunks)
	for _, via := range []string{"memory", "loopback"} {
		b.Run(fmt.Sprintf("via=%s/streams=%d", via, streams), func(b *testing.B) {
			sides, _ := newClientSides(b, body, via == "loopback")
			all := func(one func(int) error) func() error {
				return func() error {
					var wg sync.WaitGroup
					errs := make([]error, streams)
					for i := range streams {
						wg.Add(1)
						go func() {
							defer wg.Done()
							errs[i] = one(chunks)
						}()
					}
					wg.Wait()
					for _, err := range errs {
						if err != nil {
							return err
						}
					}
					return nil
				}
			}
			t, failed := clientTurns(b, 1, all(sides.ours), all(sides.peers))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(t[0]/streams/chunks, "ours-ns/chunk")
			b.ReportMetric(t[1]/streams/chunks, "sdk-ns/chunk")
			b.ReportMetric(t[1]/t[0], "sdk/ours")
			b.ReportMetric(float64(failed), "sdk-failures")
		})
	}
}
