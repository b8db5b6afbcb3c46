package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/model/text"
)

// weather is the tool of these examples.
func weather(input []byte) (result string, ok bool) {
	var args struct{ City string }
	if err := json.Unmarshal(input, &args); err != nil || args.City == "" {
		return "city is missing", false
	}
	return "rain in " + args.City, true
}

const weatherSchema = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`

// twoTurns is a fake service whose model thinks and calls the tool, and then answers.
func twoTurns() *bedrocktest.Server {
	return bedrocktest.NewServer(
		bedrocktest.Answer(bedrocktest.Reason("signature", "I need the weather."), bedrocktest.CallTool("t1", "weather", `{"city":`, `"Paris"}`)),
		bedrocktest.Answer(bedrocktest.Say("It rains in Paris.")),
	)
}

// The tool loop with Converse: any model, one format. The model asks for calls, the program makes
// them and sends the results, until the model has its answer.
func ExampleClient_ConverseStream_tools() {
	srv := twoTurns()
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	request := &converse.Request{
		ModelID:  "anthropic.claude-sonnet-4-20250514-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("How is the weather in Paris?"))},
		Tools:    []converse.Tool{{Name: "weather", Description: "The weather in a city", InputSchema: []byte(weatherSchema)}},
	}
	turn := func() (*converse.Response, error) {
		s, err := c.ConverseStream(context.Background(), request)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		var builder converse.Builder
		for event, err := range s.All() {
			if err == nil {
				fmt.Printf("%s", event.Text)
				err = builder.Add(event)
			}
			if err != nil {
				return nil, err // the message is not whole, so no tool is called
			}
		}
		return builder.Response(), nil
	}
	for range 10 { // a limit, because the model decides how often it calls tools
		response, err := turn()
		if err != nil {
			fmt.Println(err)
			return
		}
		if response.StopReason != converse.StopToolUse {
			fmt.Printf(" (%s)\n", response.StopReason)
			return
		}
		var results []converse.Block
		for _, block := range response.Message.Content {
			if call := block.ToolUse; call != nil {
				fmt.Printf("%s(%s)\n", call.Name, call.Input)
				result, ok := weather(call.Input)
				results = append(results, converse.Block{ToolResult: &converse.ToolResult{
					ID: call.ID, Error: !ok, Content: []converse.Block{converse.Text(result)}}})
			}
		}
		// The model's message goes back as it came, with its reasoning, and the results after it.
		request.Messages = append(request.Messages, response.Message, converse.User(results...))
	}
	// Output:
	// weather({"city":"Paris"})
	// It rains in Paris. (end_turn)
}

// The tool loop in a model's own format, here Anthropic's. [text.Answer] has each tool call whole, and the
// reasoning with its signature, which goes back to the model.
func ExampleClient_InvokeModelWithResponseStream_tools() {
	srv := twoTurns()
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	type object = map[string]any
	messages := []any{object{"role": "user", "content": "How is the weather in Paris?"}}
	turn := func() (*text.Answer, error) {
		body, err := json.Marshal(object{
			"anthropic_version": "bedrock-2023-05-31", "max_tokens": 2000, "messages": messages,
			"thinking": object{"type": "enabled", "budget_tokens": 1024},
			"tools":    []any{object{"name": "weather", "input_schema": json.RawMessage(weatherSchema)}},
		})
		if err != nil {
			return nil, err
		}
		s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{
			ModelID: "anthropic.claude-sonnet-4-20250514-v1:0", Body: body})
		if err != nil {
			return nil, err
		}
		defer s.Close()
		answer := new(text.Answer)
		var buf []byte
		for chunk, err := range s.All() {
			if err != nil {
				return nil, err
			}
			var delta text.Delta
			if delta, buf, err = text.Extract(buf[:0], chunk); err != nil {
				return nil, err
			}
			answer.Add(&delta)
		}
		if !answer.Whole() {
			return nil, errors.New("a part of the answer was not understood")
		}
		return answer, nil
	}
	for range 10 {
		answer, err := turn()
		if err != nil {
			fmt.Println(err)
			return
		}
		if answer.StopReason != "tool_use" {
			fmt.Printf("%s (%s)\n", answer.Text, answer.StopReason)
			return
		}
		var said, results []any
		for _, thought := range answer.Thoughts {
			if len(thought.Redacted) > 0 {
				said = append(said, object{"type": "redacted_thinking", "data": string(thought.Redacted)})
			} else {
				said = append(said, object{"type": "thinking", "thinking": string(thought.Text), "signature": string(thought.Signature)})
			}
		}
		if len(answer.Text) > 0 {
			said = append(said, object{"type": "text", "text": string(answer.Text)})
		}
		for _, call := range answer.ToolCalls() {
			fmt.Printf("%s(%s)\n", call.Name, call.Input)
			result, ok := weather(call.Input)
			said = append(said, object{"type": "tool_use", "id": call.ID, "name": call.Name, "input": json.RawMessage(call.Input)})
			results = append(results, object{"type": "tool_result", "tool_use_id": call.ID, "content": result, "is_error": !ok})
		}
		messages = append(messages, object{"role": "assistant", "content": said}, object{"role": "user", "content": results})
	}
	// Output:
	// weather({"city":"Paris"})
	// It rains in Paris. (end_turn)
}

// A test makes the fake service break a stream by a header of the client's requests, here for one
// call. It needs no access to the server's script, so it works with "bedrockwire serve" too.
func ExampleWithOptions_fault() {
	srv := bedrocktest.NewServer(bedrocktest.Answer(bedrocktest.Say("Hello, ", "world")))
	defer srv.Close()
	c := newClient(srv)
	defer c.CloseIdleConnections()

	request := &converse.Request{ModelID: "amazon.nova-lite-v1:0", Messages: []converse.Message{converse.User(converse.Text("Hi"))}}
	for _, fault := range []string{"", "reset@frame=1,byte=5", "fin@frame=2"} {
		ctx := context.Background()
		if fault != "" {
			ctx = client.WithOptions(ctx, &client.CallOptions{Header: map[string]string{bedrocktest.FaultHeader: fault}})
		}
		s, err := c.ConverseStream(ctx, request)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, err = range s.All() {
		}
		s.Close()
		fmt.Println(s.Complete(), client.Classify(err))
	}
	// Output:
	// true other
	// false broken stream
	// false broken stream
}
