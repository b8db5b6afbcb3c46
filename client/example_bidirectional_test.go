package client_test

import (
	"context"
	"fmt"

	"bedrockwire/client/bedrocktest"
)

// A dialogue in turns: the model answers each message with events, of which the last one ends its turn. A program
// with a microphone calls Send from another goroutine instead, at any time.
func ExampleClient_InvokeModelWithBidirectionalStream() {
	srv := bedrocktest.NewUnstartedServer()
	srv.Talk = func(_ bedrocktest.Request, chunk []byte) [][]byte {
		if chunk == nil {
			return nil
		}
		return [][]byte{bedrocktest.Chunk(`{"heard":` + string(chunk) + `}`), bedrocktest.Chunk(`{"end":"turn"}`)}
	}
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	s, err := c.InvokeModelWithBidirectionalStream(context.Background(), "amazon.nova-sonic-v1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for _, message := range []string{`{"text":"Hello"}`, `{"text":"Goodbye"}`} {
		if err := s.Send([]byte(message)); err != nil {
			fmt.Println(err)
			return
		}
		for chunk, err := range s.All() {
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(string(chunk))
			if string(chunk) == `{"end":"turn"}` {
				break // the stream stays open
			}
		}
	}
	if err := s.CloseSend(); err != nil {
		fmt.Println(err)
		return
	}
	for chunk, err := range s.All() { // what the model still has to say
		fmt.Println(string(chunk), err)
	}

	// Output:
	// {"heard":{"text":"Hello"}}
	// {"end":"turn"}
	// {"heard":{"text":"Goodbye"}}
	// {"end":"turn"}
}
