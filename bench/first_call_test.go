package bench

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"bedrockwire/client"
	"bedrockwire/frame/frametest"
	"bedrockwire/signer"
)

// BenchmarkClientFirstCall is the first call of a new client over TLS, with and without a Connect before it, in turns.
// The server is on the same machine: over a network, each round trip that the handshakes take comes on top.
func BenchmarkClientFirstCall(b *testing.B) {
	body := frametest.SizedChunk(256)
	for _, protocol := range []string{"http2", "http1"} {
		b.Run("protocol="+protocol, func(b *testing.B) {
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				if r.Method == http.MethodHead {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
				io.Copy(w, bytes.NewReader(body))
			}))
			srv.EnableHTTP2 = protocol == "http2"
			srv.StartTLS()
			b.Cleanup(srv.Close)
			roots := x509.NewCertPool()
			roots.AddCert(srv.Certificate())
			// first returns how long the first call of a new client takes.
			first := func(connect bool) float64 {
				c, err := client.New(client.Config{
					Region: "us-east-1", Endpoint: srv.URL, RootCAs: roots, DisableHTTP2: protocol == "http1", AllowIncomplete: true,
					Credentials: func(context.Context) (signer.Credentials, error) {
						return signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}, nil
					},
				})
				if err != nil {
					b.Fatal(err)
				}
				defer c.CloseIdleConnections()
				if connect {
					if err := c.Connect(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
				began := time.Now()
				readStream(b, context.Background(), c, 1)
				return float64(time.Since(began).Nanoseconds())
			}
			var cold, connected []float64
			for range max(min(b.N, 200), 50) {
				cold, connected = append(cold, first(false)), append(connected, first(true))
			}
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(median(cold), "without-Connect-ns/call")
			b.ReportMetric(median(connected), "after-Connect-ns/call")
		})
	}
}
