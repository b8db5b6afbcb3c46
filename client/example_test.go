package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/signer"
)

func keys(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil }

// A call to the fake service. With the true one there is no Endpoint, and Credentials is a provider of package
// bedrockwire/client/credentials.
func Example() {
	srv := bedrocktest.NewServer(bedrocktest.Stream(bedrocktest.Llama, "Hello, ", "world"))
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{
		ModelID: "meta.llama3-8b-instruct-v1:0",
		Body:    []byte(`{"prompt":"Hi"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for chunk, err := range s.All() {
		if err != nil {
			fmt.Println(err) // what came before was good, and the answer is not whole
			return
		}
		fmt.Printf("%.24s\n", chunk)
	}
	m, _ := s.Metrics()
	fmt.Println("whole:", s.Complete(), "- tokens:", m.OutputTokenCount)
	// Output:
	// {"generation":"Hello, ",
	// {"generation":"world","p
	// {"generation":"","prompt
	// whole: true - tokens: 2
}

// What a program may want to know of an error.
func ExampleSafeToRetry() {
	srv := bedrocktest.NewServer(bedrocktest.Failure(model.ThrottlingException, "Too many requests."))
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys, Retry: client.Retry{MaxAttempts: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	_, err = c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: "m"})
	var service *model.Error
	if errors.As(err, &service) {
		fmt.Println(service.Code, service.StatusCode, service.Message)
	}
	fmt.Println(errors.Is(err, model.ThrottlingException), client.SafeToRetry(err))
	// Output:
	// ThrottlingException 429 Too many requests.
	// true true
}

// A captured stream is decoded in the same way. This one was cut.
func ExampleNewStream() {
	captured := append(bedrocktest.Chunk(`{"n":1}`), bedrocktest.Chunk(`{"n":2}`)[:100]...)
	s := client.NewStream(io.NopCloser(bytes.NewReader(captured)), nil)
	for chunk, err := range s.All() {
		switch {
		case errors.Is(err, frame.ErrTruncated):
			fmt.Println("cut after", s.Events(), "event")
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Printf("%s\n", chunk)
		}
	}
	// Output:
	// {"n":1}
	// cut after 1 event
}

// The whole answer at once, for a program that shows nothing before it is there.
func ExampleStream_Collect() {
	srv := bedrocktest.NewServer(bedrocktest.Stream(bedrocktest.Llama, "Hello, ", "world"))
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{
		ModelID: "meta.llama3-8b-instruct-v1:0",
		Body:    []byte(`{"prompt":"Hi"}`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	answer, err := s.Collect()
	if err != nil {
		fmt.Println(err) // answer still holds what came before
		return
	}
	for _, event := range answer.Body {
		fmt.Printf("%.24s\n", event.Chunk.Bytes)
	}
	fmt.Println(answer.ContentType)
	// Output:
	// {"generation":"Hello, ",
	// {"generation":"world","p
	// {"generation":"","prompt
	// application/json
}

// An Amazon Bedrock API key takes the place of AWS keys: nothing is signed, and no source of credentials is asked.
func ExampleConfig_bearerToken() {
	srv := bedrocktest.NewServer(bedrocktest.Text("Hello"))
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL,
		BearerToken: func(context.Context) (string, error) { return srv.BearerToken, nil }})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: "anthropic.claude-v2:1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.Next()
	scheme, _, _ := strings.Cut(srv.Requests()[0].Header.Get("Authorization"), " ")
	fmt.Println(err, scheme)
	// Output: <nil> Bearer
}

// A service that is busy at first. The client waits and signs anew; the log hook sees it.
func ExampleRetry() {
	busy := bedrocktest.Failure(model.ThrottlingException, "Too many requests.")
	srv := bedrocktest.NewServer(busy, busy, bedrocktest.Text("Hello"))
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys,
		Retry: client.Retry{MaxAttempts: 4, MaxDelay: time.Millisecond},
		Log: func(e client.Step) {
			if e.Kind == client.StepRetry {
				fmt.Println("attempt", e.Attempt, "failed:", errors.Is(e.Err, model.ThrottlingException))
			}
		}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: "anthropic.claude-v2:1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.Next()
	fmt.Println("answered:", err == nil)
	// Output:
	// attempt 1 failed: true
	// attempt 2 failed: true
	// answered: true
}

// A transport of the caller's own, here one that counts. Redirects are refused with any.
func ExampleConfig_transport() {
	srv := bedrocktest.NewServer()
	defer srv.Close()
	transport := &counting{base: &http.Transport{}}
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys, Transport: transport})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer transport.base.CloseIdleConnections()
	m, err := c.FoundationModel(context.Background(), "meta.llama3-8b-instruct-v1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.ModelID, *m.ResponseStreamingSupported, transport.requests)
	// Output: meta.llama3-8b-instruct-v1:0 true 1
}

type counting struct {
	base     *http.Transport
	requests int
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests++
	return c.base.RoundTrip(r)
}

// A relay passes events on to its own client, here as server-sent events. It flushes only when the
// next event has not arrived yet: once for all events that came together.
func ExampleStream_Buffered() {
	srv := bedrocktest.NewServer()
	defer srv.Close()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Credentials: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	relay := func(w http.ResponseWriter, r *http.Request) {
		s, err := c.InvokeModelWithResponseStream(r.Context(), &model.InvokeModelWithResponseStreamRequest{
			ModelID: "anthropic.claude-v2:1", Body: []byte(`{"prompt":"Hi"}`)})
		if err != nil {
			http.Error(w, "the model can't be reached", http.StatusBadGateway)
			return
		}
		defer s.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		flusher := http.NewResponseController(w)
		for chunk, err := range s.All() {
			if err != nil {
				panic(http.ErrAbortHandler) // the response is cut, so that the relay's client learns that it is not whole
			}
			fmt.Fprintf(w, "data: %s\n\n", chunk)
			if s.Buffered() == 0 {
				flusher.Flush()
			}
		}
	}
	recorder := httptest.NewRecorder()
	relay(recorder, httptest.NewRequest("POST", "/", nil))
	fmt.Println(strings.HasPrefix(recorder.Body.String(), "data: {"), recorder.Flushed)
	// Output: true true
}
