package converse_test

import (
	"encoding/json"
	"fmt"

	"bedrockwire/model/converse"
)

func ExampleRequest() {
	request := &converse.Request{
		ModelID:   "anthropic.claude-sonnet-4-20250514-v1:0",
		System:    []converse.Block{converse.Text("Answer in one sentence.")},
		Messages:  []converse.Message{converse.User(converse.Text("What is in the picture?"), converse.Block{Image: &converse.Media{Format: "png", Bytes: []byte("\x89PNG")}})},
		MaxTokens: 200,
		Fields:    []byte(`{"additionalModelRequestFields":{"top_k":40}}`),
	}
	if err := request.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	body, err := request.AppendJSON(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(body))
	// Output:
	// {"messages":[{"role":"user","content":[{"text":"What is in the picture?"},{"image":{"format":"png","source":{"bytes":"iVBORw=="}}}]}],"system":[{"text":"Answer in one sentence."}],"inferenceConfig":{"maxTokens":200},"additionalModelRequestFields":{"top_k":40}}
}

// The tool loop: the model asks for a call, the program makes it and sends the result, until the model
// has its answer. Here two responses from memory stand for the service.
func Example_tools() {
	responses := []string{
		`{"output":{"message":{"role":"assistant","content":[{"text":"I look it up."},{"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Paris"}}}]}},"stopReason":"tool_use","usage":{},"metrics":{"latencyMs":9}}`,
		`{"output":{"message":{"role":"assistant","content":[{"text":"It rains in Paris."}]}},"stopReason":"end_turn","usage":{},"metrics":{"latencyMs":9}}`,
	}
	request := &converse.Request{
		ModelID:  "anthropic.claude-sonnet-4-20250514-v1:0",
		Messages: []converse.Message{converse.User(converse.Text("How is the weather in Paris?"))},
		Tools: []converse.Tool{{Name: "weather", Description: "The weather in a city",
			InputSchema: []byte(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)}},
	}
	weather := func(input []byte) converse.ToolResult {
		var args struct{ City string }
		if err := json.Unmarshal(input, &args); err != nil || args.City == "" {
			return converse.ToolResult{Error: true, Content: []converse.Block{converse.Text("city is missing")}}
		}
		return converse.ToolResult{Content: []converse.Block{{Raw: []byte(`{"json":{"weather":"rain"}}`)}}}
	}

	for _, body := range responses {
		// With a client: response, err := c.Converse(ctx, request)
		response, err := converse.ParseResponse([]byte(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(response.Message.Text())
		if response.StopReason != converse.StopToolUse {
			break
		}
		var results []converse.Block
		for _, block := range response.Message.Content {
			if block.ToolUse == nil {
				continue
			}
			fmt.Printf("%s(%s)\n", block.ToolUse.Name, block.ToolUse.Input)
			result := weather(block.ToolUse.Input)
			result.ID = block.ToolUse.ID
			results = append(results, converse.Block{ToolResult: &result})
		}
		// The model's message goes back as it came, and the results with it.
		request.Messages = append(request.Messages, response.Message, converse.User(results...))
	}
	body, err := request.AppendJSON(nil)
	fmt.Println(len(request.Messages), "messages, valid:", err == nil && json.Valid(body))
	// Output:
	// I look it up.
	// weather({"city":"Paris"})
	// It rains in Paris.
	// 3 messages, valid: true
}

// Events of a stream are shown as they come, and put together to what Converse would have returned.
func ExampleBuilder() {
	var (
		decoder converse.Decoder
		builder converse.Builder
	)
	for _, message := range []struct{ eventType, payload string }{
		{"messageStart", `{"role":"assistant","p":"abcd"}`},
		{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"It rains "},"p":"abcdefg"}`},
		{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"in Paris."},"p":"abc"}`},
		{"contentBlockStop", `{"contentBlockIndex":0,"p":"abcde"}`},
		{"messageStop", `{"stopReason":"end_turn","p":"ab"}`},
		{"metadata", `{"usage":{"inputTokens":12,"outputTokens":6,"totalTokens":18},"metrics":{"latencyMs":310},"p":"a"}`},
	} {
		event, err := decoder.Decode(message.eventType, []byte(message.payload))
		if err == nil {
			err = builder.Add(event)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		if event.Kind == converse.BlockDelta {
			fmt.Printf("%s|", event.Text)
		}
	}
	response := builder.Response()
	fmt.Println(builder.Complete(), response.StopReason, response.Usage.OutputTokens)
	fmt.Println(response.Message.Text())
	// Output:
	// It rains |in Paris.|true end_turn 6
	// It rains in Paris.
}
