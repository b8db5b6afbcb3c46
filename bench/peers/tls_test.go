//go:build unix

package peers

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"bedrockwire/client"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// The benchmarks of the tls files measure what users meet: TLS, HTTP/2 and HTTP/1.1, and an event that is flushed on its
// own, as the service sends it. The server is in a process of its own, so that processor time and memory are those of
// the client. The floor is net/http with the same headers, which reads the response and does nothing with it.

// roleVariable is the environment variable that makes the test binary be something else: the far process.
const roleVariable = "BEDROCKWIRE_BENCH_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "":
		os.Exit(m.Run())
	case "far":
		runFar()
	case "memory":
		runMemory()
	}
}

// farSide is what the far process says of itself in its first line.
type farSide struct {
	URL         map[string]string // by protocol
	Certificate []byte            // DER
}

// pool returns the certificate authorities for the far process.
func (f farSide) pool() *x509.CertPool {
	certificate, err := x509.ParseCertificate(f.Certificate)
	if err != nil {
		panic(err) // it has come from the same program
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	return pool
}

// protocols are what the benchmarks run over.
var protocols = []string{"http2", "http1"}

// prompt is what the far process reads in a request's body.
type prompt struct {
	Version string        `json:"anthropic_version"`
	Chunks  int           `json:"chunks"`
	Pause   time.Duration `json:"pause,omitempty"` // before each chunk
	Hold    bool          `json:"hold,omitempty"`  // say nothing more after the chunks
}

func (p prompt) body() []byte {
	p.Version = "bedrock-2023-05-31"
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // it has no member that can fail
	}
	return b
}

// tlsChunk is the size of each frame: that of a delta of a few words.
const tlsChunk = 256

// runFar serves until standard input ends. A line of it is a load to make, which is reported when it is done.
func runFar() {
	chunk := frametest.SizedChunk(tlsChunk)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var p prompt
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &p) != nil {
			http.Error(w, "no prompt", http.StatusBadRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/vnd.amazon.eventstream")
		h.Set("X-Amzn-Requestid", "7c1e6a1e-1f3b-4f43-9d5f-9a3e0a5c9b1d")
		h.Set("X-Amzn-Bedrock-Content-Type", "application/json")
		flusher := http.NewResponseController(w)
		for range p.Chunks {
			if p.Pause > 0 {
				time.Sleep(p.Pause)
			}
			w.Write(chunk)
			flusher.Flush()
		}
		if p.Hold {
			<-r.Context().Done()
		}
	})
	far := farSide{URL: map[string]string{}}
	for _, protocol := range protocols {
		srv := startTLS(protocol, handler)
		far.URL[protocol], far.Certificate = srv.URL, srv.Certificate().Raw
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(far)
	commands := bufio.NewScanner(os.Stdin)
	commands.Buffer(nil, 1<<20)
	kept := map[string]*http.Transport{}
	for commands.Scan() {
		var l load
		err := json.Unmarshal(commands.Bytes(), &l)
		if err == nil {
			err = l.run(kept)
		}
		text := ""
		if err != nil {
			text = err.Error()
		}
		out.Encode(text)
	}
	os.Exit(0)
}

// startTLS starts a server. Over HTTP/2, all streams of a benchmark share a connection.
func startTLS(protocol string, handler http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(handler)
	srv.EnableHTTP2 = protocol == "http2"
	srv.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: keptConnections}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	return srv
}

// process is the far process.
type process struct {
	farSide
	commands io.Writer
	answers  *json.Decoder
}

// startFar starts the far process, which ends with the benchmark.
func startFar(tb testing.TB) *process {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"=far")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	p := &process{commands: in, answers: json.NewDecoder(out)}
	if err := p.answers.Decode(&p.farSide); err != nil {
		tb.Fatal(err)
	}
	return p
}

// tlsSides returns the three that are compared. Each keeps up to 600 connections, so that no round but the first dials.
func tlsSides(tb testing.TB, far farSide, protocol string, body []byte) []tlsSide {
	return []tlsSide{
		{"floor", tlsFloor(tb, far, protocol, body)},
		{"ours", tlsOurs(tb, far, protocol, body)},
		{"sdk", tlsSDK(tb, far, protocol, body)},
	}
}

type tlsSide struct {
	name string
	open opener
}

const keptConnections = 600

func tlsConfig(far farSide, protocol string) client.Config {
	return client.Config{
		Region: "us-east-1", Endpoint: far.URL[protocol], RootCAs: far.pool(), DisableHTTP2: protocol == "http1",
		MaxIdleConns: keptConnections, AllowIncomplete: true, // all chunks are deltas
		Credentials: func(context.Context) (signer.Credentials, error) {
			return signer.Credentials{AccessKeyID: clientKeyID, SecretAccessKey: clientSecret}, nil
		},
	}
}

func tlsOurs(tb testing.TB, far farSide, protocol string, body []byte) opener {
	c, err := client.New(tlsConfig(far, protocol))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.CloseIdleConnections)
	return func() (openStream, error) {
		s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: clientModelID, Body: body})
		if err != nil {
			return openStream{}, err
		}
		return openStream{s.Next, s.Close}, nil
	}
}

func tlsSDK(tb testing.TB, far farSide, protocol string, body []byte) opener {
	transport := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig.RootCAs = far.pool()
		t.MaxIdleConnsPerHost = keptConnections
		t.MaxIdleConns = keptConnections
		if protocol == "http1" {
			t.ForceAttemptHTTP2 = false
			t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		}
	})
	c := bedrockruntime.New(bedrockruntime.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(far.URL[protocol]), HTTPClient: transport,
		Credentials: credentials.NewStaticCredentialsProvider(clientKeyID, clientSecret, ""),
	})
	return func() (openStream, error) {
		out, err := c.InvokeModelWithResponseStream(context.Background(), &bedrockruntime.InvokeModelWithResponseStreamInput{
			ModelId: aws.String(clientModelID), ContentType: aws.String("application/json"), Accept: aws.String("application/json"), Body: body})
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
				return event.(*types.ResponseStreamMemberChunk).Value.Bytes, nil
			},
			close: s.Close,
		}, nil
	}
}

// captureHeader is a transport that keeps the header of a request.
type captureHeader struct{ r *http.Request }

func (c *captureHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	c.r = r
	return nil, errors.New("captured")
}

// bareRequest is a request of our client, for the floor to send.
func bareRequest(tb testing.TB, far farSide, protocol string, body []byte) *http.Request {
	capture := new(captureHeader)
	cfg := tlsConfig(far, protocol)
	cfg.Transport, cfg.RootCAs, cfg.DisableHTTP2, cfg.Retry.MaxAttempts = capture, nil, false, 1
	c, err := client.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: clientModelID, Body: body})
	if capture.r == nil {
		tb.Fatal("no request")
	}
	return capture.r
}

// bareTransport is net/http's own, set up for the same connections.
func bareTransport(tb testing.TB, far farSide, protocol string) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{RootCAs: far.pool()}
	t.DisableCompression = true
	t.MaxIdleConns, t.MaxIdleConnsPerHost = keptConnections, keptConnections
	if protocol == "http1" {
		t.ForceAttemptHTTP2 = false
	}
	tb.Cleanup(t.CloseIdleConnections)
	return t
}

// tlsFloor sends the request that our client has sent once, and reads into a buffer of a frame's size.
func tlsFloor(tb testing.TB, far farSide, protocol string, body []byte) opener {
	captured := bareRequest(tb, far, protocol, body)
	c := &http.Client{Transport: bareTransport(tb, far, protocol)}
	return func() (openStream, error) {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, captured.URL.String(), bytes.NewReader(body))
		if err != nil {
			return openStream{}, err
		}
		r.Header = captured.Header.Clone()
		response, err := c.Do(r)
		if err != nil {
			return openStream{}, err
		}
		if response.StatusCode != http.StatusOK {
			return openStream{}, errors.New(response.Status)
		}
		if want := map[string]int{"http2": 2, "http1": 1}[protocol]; response.ProtoMajor != want {
			return openStream{}, errors.New("the response came over " + response.Proto)
		}
		buf := make([]byte, tlsChunk)
		return openStream{
			next: func() ([]byte, error) {
				n, err := response.Body.Read(buf)
				if n > 0 {
					err = nil
				}
				return buf[:n], err
			},
			close: response.Body.Close,
		}, nil
	}
}

// readAll opens a stream and reads it to its end. It checks the number of chunks, which for the floor is that of bytes.
func (s tlsSide) readAll(chunks int) error {
	stream, err := s.open()
	if err != nil {
		return err
	}
	defer stream.close()
	n, total := 0, 0
	for ; ; n++ {
		b, err := stream.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		total += len(b)
	}
	if s.name == "floor" {
		n, chunks = total, chunks*tlsChunk
	}
	return clientCount(n, chunks)
}

// processorTime returns the user and system time that this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// inTurns runs each side in turns and returns the median of what its turns report. The first turns open connections and
// fill pools, and do not count. A turn begins with a collection, so that no side pays for the garbage of another.
func inTurns(b *testing.B, turns int, run ...func() (float64, error)) (medians []float64) {
	b.Helper()
	reported := make([][]float64, len(run))
	for i := range turns + 1 {
		for j, f := range run {
			runtime.GC()
			v, err := f()
			if err != nil {
				b.Fatal(err)
			}
			if i > 0 {
				reported[j] = append(reported[j], v)
			}
		}
	}
	for _, v := range reported {
		medians = append(medians, median(v))
	}
	return medians
}

// mayFail reports whether a failed call is left out. Some of the SDK's fail over HTTP/1.1 where neither our client nor
// net/http alone ever does: see clientTurns.
func (s tlsSide) mayFail() bool { return s.name == "sdk" }

// inSequence makes calls of so many chunks one after the other, and returns the wall time of one in ns.
func (s tlsSide) inSequence(calls, chunks int) (float64, error) {
	var total time.Duration
	var last error
	good := 0
	for range calls {
		began := time.Now()
		err := s.readAll(chunks)
		switch {
		case err == nil:
			total += time.Since(began)
			good++
		case !s.mayFail():
			return 0, fmt.Errorf("%s: %w", s.name, err)
		default:
			last = err
		}
	}
	if good == 0 {
		return 0, fmt.Errorf("%s: every call failed, the last with %w", s.name, last)
	}
	return float64(total.Nanoseconds()) / float64(good), nil
}

// atOnce makes calls of so many chunks at once, and returns the processor time of a chunk in ns. Calls of the SDK's that
// fail count like the others.
func (s tlsSide) atOnce(calls, chunks int) (float64, error) {
	used := processorTime()
	err := atOnce(calls, func() error {
		err := s.readAll(chunks)
		if s.mayFail() {
			return nil
		}
		return err
	})
	return float64((processorTime() - used).Nanoseconds()) / float64(calls*chunks), err
}

// reportSides reports a metric of each side, and the ratios that are claimed.
func reportSides(b *testing.B, names []string, values []float64, unit string) {
	b.ReportMetric(0, "ns/op") // of the turns, which means nothing
	at := map[string]float64{}
	for i, name := range names {
		b.ReportMetric(values[i], name+"-"+unit)
		at[name] = values[i]
	}
	b.ReportMetric(at["ours"]/at["floor"], "ours/floor")
	if at["sdk"] > 0 {
		b.ReportMetric(at["sdk"]/at["ours"], "sdk/ours")
	}
}

// atOnce calls f n times at once.
func atOnce(n int, f func() error) error {
	errs := make(chan error, n)
	for range n {
		go func() { errs <- f() }()
	}
	var failed error
	for range n {
		if err := <-errs; err != nil {
			failed = err
		}
	}
	return failed
}

// benchTLS runs one benchmark of the three sides over each protocol: in turns, with the median of what run returns.
func benchTLS(b *testing.B, turns, chunks int, unit string, run func(tlsSide) (float64, error)) {
	far := startFar(b)
	for _, protocol := range protocols {
		b.Run("protocol="+protocol, func(b *testing.B) {
			var names []string
			var runs []func() (float64, error)
			for _, side := range tlsSides(b, far.farSide, protocol, prompt{Chunks: chunks}.body()) {
				names = append(names, side.name)
				runs = append(runs, func() (float64, error) { return run(side) })
			}
			reportSides(b, names, inTurns(b, turns, runs...), unit)
		})
	}
}

// BenchmarkTLSCall is a call whose answer is one chunk, on a connection that is open.
func BenchmarkTLSCall(b *testing.B) {
	benchTLS(b, 15, 1, "ns/call", func(s tlsSide) (float64, error) { return s.inSequence(200, 1) })
}

// BenchmarkTLSChunk is the price of a chunk in an answer of 1,000, each flushed on its own, the call's share included.
func BenchmarkTLSChunk(b *testing.B) {
	const chunks = 1000
	benchTLS(b, 15, chunks, "ns/chunk", func(s tlsSide) (float64, error) {
		call, err := s.inSequence(4, chunks)
		return call / chunks, err
	})
}

// BenchmarkTLSStreams is 500 streams of 200 chunks at once on one client: the processor time of a chunk, the server's
// not counted.
func BenchmarkTLSStreams(b *testing.B) {
	const streams, chunks = 500, 200
	benchTLS(b, 3, chunks, "cpu-ns/event", func(s tlsSide) (float64, error) { return s.atOnce(streams, chunks) })
}

// BenchmarkTLSMemory is what an open stream holds that has had its first chunk and waits for the next, of 500 on one
// client, goroutines' stacks included. Each side runs in a process of its own.
func BenchmarkTLSMemory(b *testing.B) {
	far := startFar(b)
	address, err := json.Marshal(far.farSide)
	if err != nil {
		b.Fatal(err)
	}
	names := []string{"floor", "ours", "sdk"}
	for _, protocol := range protocols {
		b.Run("protocol="+protocol, func(b *testing.B) {
			var held, goroutines []float64
			for _, name := range names {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), roleVariable+"=memory", "SIDE="+name, "PROTOCOL="+protocol, "FAR="+base64.StdEncoding.EncodeToString(address))
				cmd.Stderr = os.Stderr
				out, err := cmd.Output()
				var h, g float64
				if n, scanErr := fmt.Sscan(string(out), &h, &g); err != nil || n != 2 {
					b.Fatalf("%s: %v, %v: %s", name, err, scanErr, out)
				}
				held, goroutines = append(held, h), append(goroutines, g)
			}
			reportSides(b, names, held, "B/stream")
			b.ReportMetric(held[1]-held[0], "ours-above-floor-B")
			for i, name := range names {
				b.ReportMetric(goroutines[i], name+"-goroutines/stream")
			}
		})
	}
}

// runMemory prints what one open stream of one side holds, and its goroutines.
func runMemory() {
	const streams = 500
	var far farSide
	address, err := base64.StdEncoding.DecodeString(os.Getenv("FAR"))
	if err == nil {
		err = json.Unmarshal(address, &far)
	}
	if err != nil {
		log.Fatal(err)
	}
	tb := new(fatalTB)
	protocol := os.Getenv("PROTOCOL")
	for _, side := range tlsSides(tb, far, protocol, prompt{Chunks: 1, Hold: true}.body()) {
		if side.name != os.Getenv("SIDE") {
			continue
		}
		var memory, goroutines float64
		for range 2 { // the first turn fills pools and grows what is kept for good
			all := make([]openStream, streams)
			m, g := held()
			for i := range all {
				if all[i], err = side.open(); err == nil {
					_, err = all[i].next()
				}
				if err != nil {
					log.Fatal(err)
				}
			}
			after, now := held()
			memory, goroutines = (after-m)/streams, (now-g)/streams
			for _, s := range all {
				s.close()
			}
			time.Sleep(200 * time.Millisecond)
		}
		fmt.Println(memory, goroutines)
	}
}

// fatalTB is a testing.TB for a process that runs no test.
type fatalTB struct{ testing.TB }

func (*fatalTB) Helper()           {}
func (*fatalTB) Cleanup(func())    {}
func (*fatalTB) Fatal(args ...any) { log.Fatal(args...) }
