package bedrocktest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// The whole of a call in the library's lower layers: sign, send, read frames,
// decode chunks.
func Example() {
	srv := bedrocktest.NewServer(bedrocktest.Reply{Frames: [][]byte{
		bedrocktest.Chunk(`{"generation":"Hello, "}`),
		bedrocktest.Chunk(`{"generation":"world","stop_reason":"stop"}`),
	}})
	defer srv.Close()

	const body = `{"prompt":"Say hello"}`
	r, err := http.NewRequest("POST", srv.URL+"/model/meta.llama3-8b-instruct-v1%3A0/invoke-with-response-stream", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	keys := bedrocktest.Credentials()
	s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	err = s.Sign(&signer.Request{
		Method: r.Method, Host: r.URL.Host, Path: r.URL.EscapedPath(),
		Header: r.Header, PayloadHash: signer.HashPayload([]byte(body)),
	}, &keys, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := srv.Client().Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	for frames := frame.NewReader(resp.Body); ; {
		m, err := frames.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		event, err := model.DecodeChunk(nil, m.Payload)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", event)
	}
	// Output:
	// {"generation":"Hello, "}
	// {"generation":"world","stop_reason":"stop"}
}

// A client of this library is pointed at the server with its Endpoint, a region of
// any name, and the example keys.
func ExampleNewServer() {
	srv := bedrocktest.NewServer(bedrocktest.Failure(model.ThrottlingException, "Slow down."))
	defer srv.Close()

	c, err := client.New(client.Config{
		Region: "us-east-1", Endpoint: srv.URL, Retry: client.Retry{MaxAttempts: 1},
		Credentials: func(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.CloseIdleConnections()
	_, err = c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{
		ModelID: "anthropic.claude-v2:1", Body: []byte(`{"prompt":"Hi"}`),
	})
	fmt.Println(errors.Is(err, model.ThrottlingException))
	fmt.Println(srv.Requests()[0].ModelID)
	// Output:
	// true
	// anthropic.claude-v2:1
}

// A test that wants a broken stream names the fault: here the connection is reset
// five bytes into the second frame.
func ExampleFault() {
	reply := bedrocktest.Text("Hello, ", "world")
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultReset, Frame: 1, Byte: 5}
	fmt.Println(reply.Fault)

	same, err := bedrocktest.ParseFault("reset@frame=1,byte=5")
	fmt.Println(same == reply.Fault, err)

	_, err = bedrocktest.ParseFault("reset@frame=one")
	fmt.Println(err)
	// Output:
	// reset@frame=1,byte=5
	// true <nil>
	// bedrocktest: fault "frame=one": is not a frame's index
}
