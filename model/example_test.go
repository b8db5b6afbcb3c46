package model_test

import (
	"errors"
	"fmt"
	"net/http"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// A program without net/http decodes a stream that something else fetched (a proxy, a device's own HTTP stack, a file) with
// packages frame and model alone, and in buffers that it owns.
func Example_constrained() {
	payload := []byte(`{"bytes":"eyJkZWx0YSI6ImhlbGxvIn0=","p":"abcd"}`)
	wire, err := frame.Append(nil, []frame.Header{{Name: ":event-type", Value: frame.StringValue("chunk")}}, payload)
	if err != nil {
		fmt.Println(err)
		return
	}

	var chunk [256]byte
	for len(wire) > 0 {
		m, n, err := frame.Parse(wire)
		if err != nil {
			fmt.Println(err) // frame.ErrTruncated: more bytes have to come
			return
		}
		text, err := model.DecodeChunk(chunk[:0], m.Payload)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", text)
		wire = wire[n:]
	}
	// Output: {"delta":"hello"}
}

// An HTTP answer that is not 2xx becomes an error that says what happened and what to do.
func ExampleErrorFromResponse() {
	header := http.Header{}
	header.Set("X-Amzn-Errortype", "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/")
	header.Set("X-Amzn-Requestid", "4d4d2c8e")
	var err error = model.ErrorFromResponse(429, header.Get, []byte(`{"message":"Too many requests, please wait before trying again."}`))

	fmt.Println(err)
	fmt.Println(errors.Is(err, model.ThrottlingException))
	var e *model.Error
	if errors.As(err, &e) {
		fmt.Println(e.StatusCode, e.RequestID, e.Retryable())
	}
	// Output:
	// bedrock: ThrottlingException: Too many requests, please wait before trying again. (HTTP 429, request id 4d4d2c8e)
	// true
	// 429 4d4d2c8e true
}

// The seed's error_of_json: an exception in a stream is named by its union member.
func ExampleErrorFromJSON() {
	e := model.ErrorFromJSON("modelStreamErrorException", []byte(`{"message":"The model failed","originalStatusCode":500}`))
	fmt.Println(e.Code, e.OriginalStatusCode, e.Message)
	// Output: ModelStreamErrorException 500 The model failed
}

// The seed's error_of_xml: what a front end answers to a path it does not know.
func ExampleErrorFromXML() {
	e := model.ErrorFromXML("", []byte("<UnknownOperationException/>\n"))
	fmt.Println(e.Code, errors.Is(e, model.UnknownOperationError))
	// Output: UnknownOperationException true
}

// The seed's error_to_json.
func ExampleError_AppendJSON() {
	e := &model.Error{Code: model.ValidationException, Message: "max_tokens: field required"}
	fmt.Printf("%s\n", e.AppendJSON(nil))
	// Output: {"__type":"ValidationException","message":"max_tokens: field required"}
}

// The seed's error variants are codes, and a code is an error.
func ExampleCode() {
	err := fmt.Errorf("summarize: %w", model.ErrorFromJSON("AccessDeniedException", nil))
	switch {
	case errors.Is(err, model.ThrottlingException):
		fmt.Println("wait")
	case errors.Is(err, model.AccessDeniedException):
		fmt.Println("ask for access")
	case errors.Is(err, model.UnknownOperationError):
		fmt.Println("none of the eleven")
	}
	// Output: ask for access
}

// The seed's of_header_and_body.
func ExampleResponseFromHeaderAndBody() {
	header := http.Header{}
	header.Set("X-Amzn-Bedrock-Content-Type", "application/json")
	header.Set("X-Amzn-Bedrock-Service-Tier", "flex")
	r := model.ResponseFromHeaderAndBody(header.Get, nil)
	fmt.Println(r.ContentType, r.ServiceTier == model.TierFlex)
	// Output: application/json true
}

// The seed's make is a composite literal; to_json and of_json are each other's inverse.
func ExampleResponseFromJSON() {
	r := &model.InvokeModelWithResponseStreamResponse{
		Body:        []model.ResponseStream{{Chunk: &model.PayloadPart{Bytes: []byte(`{"type":"message_stop"}`)}}},
		ContentType: "application/json",
	}
	text := r.AppendJSON(nil)
	fmt.Printf("%s\n", text)
	back, err := model.ResponseFromJSON(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", back.Body[0].Chunk.Bytes)
	// Output:
	// {"body":[{"chunk":{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0="}}],"contentType":"application/json"}
	// {"type":"message_stop"}
}

// The seed's of_xml, and the direction it lacks.
func ExampleResponseFromXML() {
	r, err := model.ResponseFromXML([]byte("<response>\n <serviceTier>default</serviceTier>\n</response>"))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := r.AppendXML(nil)
	fmt.Printf("%s %v\n", text, err)
	// Output: <InvokeModelWithResponseStreamResponse><serviceTier>default</serviceTier></InvokeModelWithResponseStreamResponse> <nil>
}

// The seed's of_string takes either notation.
func ExampleResponseFromString() {
	for _, s := range []string{`{"serviceTier":"flex"}`, `<r><serviceTier>flex</serviceTier></r>`} {
		r, err := model.ResponseFromString(s)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(r.ServiceTier)
	}
	// Output:
	// flex
	// flex
}

// The seed's to_value and to_query.
func ExampleInvokeModelWithResponseStreamResponse_Value() {
	r := &model.InvokeModelWithResponseStreamResponse{ContentType: "application/json", ServiceTier: model.TierPriority}
	for _, m := range r.Value().Members {
		fmt.Println(m.Name, m.Value.Kind == model.EnumValue, m.Value.Text)
	}
	fmt.Printf("%s\n", r.AppendQuery(nil))
	// Output:
	// contentType false application/json
	// serviceTier true priority
	// contentType=application%2Fjson&serviceTier=priority
}

// A request that would go astray is refused before it goes anywhere.
func ExampleInvokeModelWithResponseStreamRequest_Validate() {
	r := &model.InvokeModelWithResponseStreamRequest{ModelID: "..", Body: []byte("{}")}
	fmt.Println(r.Validate())
	r.ModelID = "anthropic.claude-v2:1"
	r.Accept = "application/json\r\nX-Evil: 1"
	fmt.Println(r.Validate())
	// Output:
	// bedrockwire: ModelID is a relative path segment
	// bedrockwire: Accept contains a control character
}

// What the answer cost comes with its last chunk.
func ExampleParseInvocationMetrics() {
	chunk := []byte(`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":140,"invocationLatency":2100,"firstByteLatency":350}}`)
	if m, ok := model.ParseInvocationMetrics(chunk); ok {
		fmt.Println(m.InputTokenCount, m.OutputTokenCount, m.FirstByteLatency)
	}
	// Output: 9 140 350ms
}

// Whether a model can stream is three-valued.
func ExampleParseFoundationModel() {
	m, err := model.ParseFoundationModel([]byte(`{"modelDetails":{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/x","modelId":"x"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.ModelID, m.ResponseStreamingSupported == nil)
	// Output: x true
}

// EventType tells an event from an exception, for a program that reads frames without package client.
func ExampleEventType() {
	m, _, err := frame.Parse(exceptionFrame())
	if err != nil {
		fmt.Println(err)
		return
	}
	header := func(name string) (string, bool) {
		v, ok := m.Headers.Get(name)
		if !ok {
			return "", false
		}
		return v.Text()
	}
	eventType, err := model.EventType(header, m.Payload)
	var e *model.Error
	switch {
	case errors.As(err, &e):
		fmt.Println(e, e.Retryable())
	case err != nil:
		fmt.Println("malformed:", err)
	default:
		fmt.Println("event", eventType)
	}
	// Output: bedrock: ThrottlingException: slow down (in the stream) true
}

// exceptionFrame is a frame as a service sends it.
func exceptionFrame() []byte {
	b, err := frame.Append(nil, []frame.Header{
		{Name: ":message-type", Value: frame.StringValue("exception")},
		{Name: ":exception-type", Value: frame.StringValue("throttlingException")},
	}, []byte(`{"message":"slow down"}`))
	if err != nil {
		panic(err)
	}
	return b
}
