//go:build unix

package peers

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/model"
)

// load is what the far process does as the relay's clients: calls at once, each of which must receive so many bytes.
type load struct {
	URL         string
	Certificate []byte
	HTTP2       bool
	Calls       int
	Bytes       int64
	Body        []byte
}

// run makes the load. The connections are kept for the next load on the same relay, so that handshakes count for none but
// the first.
func (l load) run(kept map[string]*http.Transport) error {
	transport := kept[l.URL]
	if transport == nil {
		certificate, err := x509.ParseCertificate(l.Certificate)
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AddCert(certificate)
		transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: l.HTTP2, DisableCompression: true,
			MaxIdleConnsPerHost: keptConnections}
		kept[l.URL] = transport
		if err := l.call(transport); err != nil { // the others can share its connection, over HTTP/2
			return err
		}
	}
	return atOnce(l.Calls, func() error { return l.call(transport) })
}

func (l load) call(transport http.RoundTripper) error {
	r, err := http.NewRequest(http.MethodPost, l.URL, bytes.NewReader(l.Body))
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	if err == nil && (n != l.Bytes || response.StatusCode != http.StatusOK) {
		err = fmt.Errorf("%s with %d bytes of %d", response.Status, n, l.Bytes)
	}
	return err
}

// make has the far process make a load.
func (p *process) make(l load) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := p.commands.Write(append(b, '\n')); err != nil {
		return err
	}
	var failed string
	if err := p.answers.Decode(&failed); err != nil {
		return err
	}
	if failed != "" {
		return errors.New(failed)
	}
	return nil
}

// bareRelay passes the bytes of the far process on with net/http, and flushes after each read.
func bareRelay(tb testing.TB, far farSide, protocol string, body []byte) http.HandlerFunc {
	captured := bareRequest(tb, far, protocol, body)
	c := &http.Client{Transport: bareTransport(tb, far, protocol)}
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		out, err := http.NewRequestWithContext(r.Context(), http.MethodPost, captured.URL.String(), bytes.NewReader(body))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		out.Header = captured.Header.Clone()
		response, err := c.Do(out)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer response.Body.Close()
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		flusher := http.NewResponseController(w)
		buf := make([]byte, 4<<10)
		for {
			n, err := response.Body.Read(buf)
			if n > 0 {
				w.Write(buf[:n])
				flusher.Flush()
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				panic(http.ErrAbortHandler)
			}
		}
	}
}

// ourRelay decodes the chunks, checks them, passes each on as a server-sent event, and flushes once for those that have
// arrived together.
func ourRelay(tb testing.TB, far farSide, protocol string) http.HandlerFunc {
	c, err := client.New(tlsConfig(far, protocol))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.CloseIdleConnections)
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		s, err := c.InvokeModelWithResponseStream(r.Context(), &model.InvokeModelWithResponseStreamRequest{ModelID: clientModelID, Body: body})
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer s.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		flusher := http.NewResponseController(w)
		var event []byte
		for chunk, err := range s.All() {
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			event = append(append(append(event[:0], "data: "...), chunk...), "\n\n"...)
			w.Write(event)
			if s.Buffered() == 0 {
				flusher.Flush()
			}
		}
	}
}

// BenchmarkTLSRelay is a relay of 500 streams of 200 events at once, with TLS on both sides: the processor time of an
// event in the process of the relay, which has neither the server nor the clients. An event of a stream comes 20 ms after
// the one before, so that how many can be read at once does not depend on what else the machine does. The floor passes
// the bytes on as they come; ours decodes and checks each event.
func BenchmarkTLSRelay(b *testing.B) {
	const streams, events = 500, 200
	p := prompt{Chunks: events, Pause: 20 * time.Millisecond}
	far := startFar(b)
	for _, protocol := range protocols {
		b.Run("protocol="+protocol, func(b *testing.B) {
			chunk := relayChunk(b, far.farSide, protocol)
			relays := map[string]http.HandlerFunc{"floor": bareRelay(b, far.farSide, protocol, p.body()), "ours": ourRelay(b, far.farSide, protocol)}
			bytes := map[string]int64{"floor": events * tlsChunk, "ours": events * int64(len("data: ")+chunk+len("\n\n"))}
			names := []string{"floor", "ours"}
			allocs := map[string]float64{}
			var run []func() (float64, error)
			for _, name := range names {
				srv := startTLS(protocol, relays[name])
				b.Cleanup(srv.Close)
				l := load{srv.URL, srv.Certificate().Raw, protocol == "http2", streams, bytes[name], p.body()}
				run = append(run, func() (float64, error) {
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					used := processorTime()
					err := far.make(l)
					used = processorTime() - used
					runtime.ReadMemStats(&after)
					allocs[name] = float64(after.Mallocs-before.Mallocs) / (streams * events)
					return float64(used.Nanoseconds()) / (streams * events), err
				})
			}
			reportSides(b, names, inTurns(b, 3, run...), "cpu-ns/relayed")
			for _, name := range names {
				b.ReportMetric(allocs[name], name+"-allocs/relayed")
			}
		})
	}
}

// relayChunk returns the length of the chunks that the far process sends.
func relayChunk(b *testing.B, far farSide, protocol string) int {
	s, err := tlsOurs(b, far, protocol, prompt{Chunks: 1}.body())()
	if err != nil {
		b.Fatal(err)
	}
	defer s.close()
	chunk, err := s.next()
	if err != nil {
		b.Fatal(err)
	}
	return len(chunk)
}
