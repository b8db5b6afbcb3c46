package text_test

import (
	"fmt"

	"bedrockwire/model/text"
)

// The chunks of an answer, of two families, give their text the same way.
func ExampleExtract() {
	var buf []byte
	for _, chunk := range []string{
		`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Greet."}}`,
		`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\"Hello\""}}`,
		`{"generation":", world","prompt_token_count":null,"generation_token_count":4,"stop_reason":"stop"}`,
		`{"novelty":true}`,
	} {
		var d text.Delta
		var err error
		if d, buf, err = text.Extract(buf[:0], []byte(chunk)); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%v (%v): %q end=%v\n", d.Kind, d.Shape, d.Text, d.End)
	}
	// Output:
	// reasoning (Anthropic messages): "" end=false
	// text (Anthropic messages): "\"Hello\"" end=false
	// text (Meta Llama): ", world" end=true
	// unknown (unknown): "" end=false
}

func ExamplePrompt() {
	body, err := text.Prompt("us.amazon.nova-lite-v1:0", "Say hello", 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", body)
	// Output:
	// {"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"Say hello"}]}],"inferenceConfig":{"maxTokens":100}}
}

// An Answer has the tool calls of a stream, each whole, however their pieces came.
func ExampleAnswer() {
	var answer text.Answer
	var buf []byte
	for _, chunk := range []string{
		`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\"Oslo\"}"}}`,
		`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":12}}`,
		`{"type":"message_stop"}`,
	} {
		var d text.Delta
		var err error
		if d, buf, err = text.Extract(buf[:0], []byte(chunk)); err != nil {
			fmt.Println(err)
			return
		}
		answer.Add(&d)
	}
	for _, call := range answer.ToolCalls() {
		fmt.Printf("%s(%s)\n", call.Name, call.Input)
	}
	fmt.Println(answer.StopReason, answer.Usage.Output, answer.Whole())
	// Output:
	// weather({"city":"Oslo"})
	// tool_use 12 true
}

// An error that the model reports inside the stream is a *model.Error, with the model's own words.
func ExampleFailure() {
	err := text.Failure([]byte(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`))
	fmt.Println(err)
	fmt.Println(err.Code, err.Retryable())
	// Output:
	// bedrock: overloaded_error: Overloaded (in the stream)
	// overloaded_error true
}

// The end of a stream is clean if its format has no end mark, or if the mark came.
func ExampleEnds() {
	cut := [][]byte{
		[]byte(`{"generation":"Hello","stop_reason":null}`),
		[]byte(`{"generation":", wor","stop_reason":null}`),
	}
	marked, ended := false, false
	for _, chunk := range cut {
		marked = marked || text.MarksEnd(chunk)
		ended = ended || text.Ends(chunk)
	}
	fmt.Println("whole:", ended || !marked)
	// Output: whole: false
}

func ExampleScript() {
	for _, chunk := range text.Script("meta.llama3-8b-instruct-v1:0", "Hello, ", "world") {
		fmt.Printf("%s\n", chunk)
	}
	// Output:
	// {"generation":"Hello, ","prompt_token_count":null,"generation_token_count":1,"stop_reason":null}
	// {"generation":"world","prompt_token_count":null,"generation_token_count":1,"stop_reason":null}
	// {"generation":"","prompt_token_count":12,"generation_token_count":2,"stop_reason":"stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12,"outputTokenCount":2,"invocationLatency":321,"firstByteLatency":123}}
}
