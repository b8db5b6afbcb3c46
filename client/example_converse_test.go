package client_test

import (
	"context"
	"fmt"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	"bedrockwire/model/converse"
)

// A conversation with a tool: the model asks for a call, and the result goes back with the next request.
func ExampleClient_Converse() {
	srv := bedrocktest.NewServer(
		bedrocktest.Answer(bedrocktest.Say("I'll look."), bedrocktest.CallTool("t1", "weather", `{"city":"Ulm"}`)),
		bedrocktest.Answer(bedrocktest.Say("It rains in Ulm.")))
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	r := &converse.Request{
		ModelID:  "amazon.nova-lite-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("What is the weather in Ulm?"))},
		Tools: []converse.Tool{{Name: "weather", Description: "The weather in a city.",
			InputSchema: []byte(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)}},
	}
	for {
		answer, err := c.Converse(context.Background(), r)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(answer.Message.Text())
		if answer.StopReason != converse.StopToolUse {
			return
		}
		r.Messages = append(r.Messages, answer.Message)
		var results []converse.Block
		for _, block := range answer.Message.Content {
			if call := block.ToolUse; call != nil {
				fmt.Printf("%s(%s)\n", call.Name, call.Input)
				results = append(results, converse.Block{ToolResult: &converse.ToolResult{
					ID: call.ID, Content: []converse.Block{converse.Text("rain")}}})
			}
		}
		r.Messages = append(r.Messages, converse.User(results...))
	}
	// Output:
	// I'll look.
	// weather({"city":"Ulm"})
	// It rains in Ulm.
}

// The text as it comes. The loop ends without an error only after the whole message.
func ExampleClient_ConverseStream() {
	srv := bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say("Hello, ", "world")))
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	s, err := c.ConverseStream(context.Background(), &converse.Request{
		ModelID:  "amazon.nova-lite-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("Hi"))},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	for event, err := range s.All() {
		if err != nil {
			fmt.Println(err) // what came before was good, and the message is not whole
			return
		}
		switch event.Kind {
		case converse.BlockDelta:
			fmt.Printf("%q\n", event.Text)
		case converse.MessageStop:
			fmt.Println(event.StopReason)
		case converse.Metadata:
			fmt.Println(event.Usage.OutputTokens, "tokens")
		}
	}
	// Output:
	// "Hello, "
	// "world"
	// end_turn
	// 2 tokens
}

// What Converse would have returned, from the stream.
func ExampleConverseStream_Collect() {
	srv := bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say("Hello, ", "world")))
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	s, err := c.ConverseStream(context.Background(), &converse.Request{
		ModelID:  "amazon.nova-lite-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("Hi"))},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	answer, err := s.Collect()
	if err != nil {
		fmt.Println(err) // answer still has what came before
		return
	}
	fmt.Println(answer.Message.Text(), answer.Usage.TotalTokens)
	// Output: Hello, world 14
}

// How long a prompt is, before it costs anything.
func ExampleClient_CountConverseTokens() {
	srv := bedrocktest.NewServer()
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	n, err := c.CountConverseTokens(context.Background(), &converse.Request{
		ModelID:  "anthropic.claude-3-haiku-20240307-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("How many tokens is this?"))},
	})
	fmt.Println(n, err)
	// Output: 6 <nil>
}

// One response in the model's own format.
func ExampleClient_InvokeModel() {
	srv := bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say("Hello")))
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	r, err := c.InvokeModel(context.Background(), &model.InvokeModelRequest{
		ModelID: "meta.llama3-8b-instruct-v1:0", Body: []byte(`{"prompt":"Hi"}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.21s\n", r.Body)
	// Output: {"generation":"Hello"
}
