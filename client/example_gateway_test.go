package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	"bedrockwire/model/text"
	"bedrockwire/signer"
)

type tenantKey struct{}

// A gateway: Anthropic's server-sent events in front of Bedrock, with keys for each tenant, metrics,
// and a shutdown that waits for streams.
func Example_gateway() {
	srv := bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say("Hello")))
	defer srv.Close()
	keysOf := map[string]signer.Credentials{"alice": bedrocktest.Credentials()}
	var calls, tokens atomic.Int64
	c, err := client.New(client.Config{
		Region: "us-east-1", Endpoint: srv.URL, // no Endpoint for the true service
		Credentials: func(ctx context.Context) (signer.Credentials, error) {
			name, _ := ctx.Value(tenantKey{}).(string)
			keys, ok := keysOf[name]
			if !ok {
				return keys, errors.New("no such tenant")
			}
			return keys, nil
		},
		Log: func(s client.Step) {
			if s.Kind == client.StepEnd {
				calls.Add(1)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()

	relay := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 10<<20))
		if err != nil {
			http.Error(w, "the request can't be read", http.StatusBadRequest)
			return
		}
		ctx := context.WithValue(r.Context(), tenantKey{}, r.Header.Get("X-Tenant"))
		s, err := c.InvokeModelWithResponseStream(ctx, &model.InvokeModelWithResponseStreamRequest{
			ModelID: "anthropic.claude-3-haiku-20240307-v1:0", Body: body})
		if err != nil {
			status := http.StatusBadGateway
			switch client.Classify(err) {
			case client.ClassUsage, client.ClassRefused:
				status = http.StatusBadRequest
			case client.ClassConfiguration:
				status = http.StatusUnauthorized
			case client.ClassRetryable:
				status = http.StatusTooManyRequests
			}
			http.Error(w, client.Classify(err).String(), status)
			return
		}
		defer s.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		flusher := http.NewResponseController(w)
		var buf []byte
		for chunk, err := range s.All() {
			if err != nil {
				panic(http.ErrAbortHandler) // cut the response, so that it does not look whole
			}
			var delta text.Delta
			if delta, buf, err = text.Extract(buf[:0], chunk); err != nil {
				panic(http.ErrAbortHandler)
			}
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", delta.Event, chunk)
			if s.Buffered() == 0 {
				flusher.Flush()
			}
		}
		metrics, _ := s.Metrics()
		tokens.Add(metrics.OutputTokenCount)
	}
	gateway := httptest.NewServer(http.HandlerFunc(relay))
	defer gateway.Close()

	for _, tenant := range []string{"alice", "bob"} {
		request, err := http.NewRequest("POST", gateway.URL, strings.NewReader(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		request.Header.Set("X-Tenant", tenant)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		first, _, _ := strings.Cut(string(body), "\n")
		fmt.Println(tenant, response.StatusCode, first, err)
	}
	fmt.Println(calls.Load(), "calls,", tokens.Load(), "tokens")

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println("shutdown:", gateway.Config.Shutdown(ctx)) // it waits for the handlers, and so for their streams
	// Output:
	// alice 200 event: message_start <nil>
	// bob 401 configuration <nil>
	// 2 calls, 1 tokens
	// shutdown: <nil>
}
