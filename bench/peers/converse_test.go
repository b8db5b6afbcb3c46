package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame/frametest"
	"bedrockwire/model/converse"
	"bedrockwire/signer"
)

var sdkMessages = []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "How is the weather in Ulm?"}}}}

// operationCalls are calls of the SDK, each with what it should see of toolReply, as one line.
var operationCalls = []struct {
	name string
	want string
	call func(context.Context, *bedrockruntime.Client) (string, error)
}{
	{"InvokeModel", `{"id":"msg_bdrk_0","type":"message"`, func(ctx context.Context, c *bedrockruntime.Client) (string, error) {
		out, err := c.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: aws.String(fakeModelNow), ContentType: aws.String("application/json"), Body: []byte(`{}`)})
		if err != nil {
			return "", err
		}
		if aws.ToString(out.ContentType) != "application/json" {
			return "", fmt.Errorf("content type %v", out.ContentType)
		}
		return string(out.Body[:min(len(out.Body), 35)]), nil
	}},
	{"InvokeModelWithResponseStream", "15 chunks", func(ctx context.Context, c *bedrockruntime.Client) (string, error) {
		chunks, err := sdkInvoke(c, fakeModelNow)
		return fmt.Sprint(len(chunks), " chunks"), err
	}},
	{"Converse", `tool_use 17 text "I'll look." reasoning "Hm" "c2ln" tool t1 weather {"city":"Ulm"}`, func(ctx context.Context, c *bedrockruntime.Client) (string, error) {
		out, err := c.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: aws.String(fakeARN), Messages: sdkMessages})
		if err != nil {
			return "", err
		}
		line := fmt.Sprint(out.StopReason, " ", aws.ToInt32(out.Usage.TotalTokens))
		for _, block := range out.Output.(*types.ConverseOutputMemberMessage).Value.Content {
			switch b := block.(type) {
			case *types.ContentBlockMemberText:
				line += fmt.Sprintf(" text %q", b.Value)
			case *types.ContentBlockMemberReasoningContent:
				r := b.Value.(*types.ReasoningContentBlockMemberReasoningText).Value
				line += fmt.Sprintf(" reasoning %q %q", aws.ToString(r.Text), aws.ToString(r.Signature))
			case *types.ContentBlockMemberToolUse:
				input, err := b.Value.Input.MarshalSmithyDocument()
				line += fmt.Sprintf(" tool %s %s %s", aws.ToString(b.Value.ToolUseId), aws.ToString(b.Value.Name), input)
				if err != nil {
					return line, err
				}
			default:
				line += fmt.Sprintf(" %T", block)
			}
		}
		return line, nil
	}},
	{"ConverseStream", `text "I'll " text "look." reasoning "Hm" signature "c2ln" tool t1 weather input "{\"city\":" input "\"Ulm\"}" tool_use 17`,
		func(ctx context.Context, c *bedrockruntime.Client) (string, error) {
			out, err := c.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: aws.String(fakeARN), Messages: sdkMessages})
			if err != nil {
				return "", err
			}
			stream := out.GetStream()
			defer stream.Close()
			line := ""
			for event := range stream.Events() {
				switch e := event.(type) {
				case *types.ConverseStreamOutputMemberMessageStart, *types.ConverseStreamOutputMemberContentBlockStop:
				case *types.ConverseStreamOutputMemberContentBlockStart:
					tool := e.Value.Start.(*types.ContentBlockStartMemberToolUse).Value
					line += fmt.Sprintf(" tool %s %s", aws.ToString(tool.ToolUseId), aws.ToString(tool.Name))
				case *types.ConverseStreamOutputMemberContentBlockDelta:
					switch d := e.Value.Delta.(type) {
					case *types.ContentBlockDeltaMemberText:
						line += fmt.Sprintf(" text %q", d.Value)
					case *types.ContentBlockDeltaMemberToolUse:
						line += fmt.Sprintf(" input %q", aws.ToString(d.Value.Input))
					case *types.ContentBlockDeltaMemberReasoningContent:
						switch r := d.Value.(type) {
						case *types.ReasoningContentBlockDeltaMemberText:
							line += fmt.Sprintf(" reasoning %q", r.Value)
						case *types.ReasoningContentBlockDeltaMemberSignature:
							line += fmt.Sprintf(" signature %q", r.Value)
						default:
							line += fmt.Sprintf(" %T", r)
						}
					default:
						line += fmt.Sprintf(" %T", d)
					}
				case *types.ConverseStreamOutputMemberMessageStop:
					line += fmt.Sprint(" ", e.Value.StopReason)
				case *types.ConverseStreamOutputMemberMetadata:
					line += fmt.Sprint(" ", aws.ToInt32(e.Value.Usage.TotalTokens))
				default:
					line += fmt.Sprintf(" %T", event)
				}
			}
			return line[min(1, len(line)):], stream.Err()
		}},
	{"CountTokens", "7 7", func(ctx context.Context, c *bedrockruntime.Client) (string, error) {
		one, err := c.CountTokens(ctx, &bedrockruntime.CountTokensInput{ModelId: aws.String(fakeModelNow),
			Input: &types.CountTokensInputMemberConverse{Value: types.ConverseTokensRequest{Messages: sdkMessages}}})
		if err != nil {
			return "", err
		}
		two, err := c.CountTokens(ctx, &bedrockruntime.CountTokensInput{ModelId: aws.String(fakeModelNow),
			Input: &types.CountTokensInputMemberInvokeModel{Value: types.InvokeModelTokensRequest{Body: []byte(`{"prompt":"How is the weather in Ulm?"}`)}}})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(aws.ToInt32(one.InputTokens), " ", aws.ToInt32(two.InputTokens)), nil
	}},
}

const fakeModelNow = "anthropic.claude-3-haiku-20240307-v1:0"

var toolReply = bedrocktest.Answer(
	bedrocktest.Say("I'll ", "look."), bedrocktest.Reason("c2ln", "Hm"), bedrocktest.CallTool("t1", "weather", `{"city":`, `"Ulm"}`))

// tlsProtocols are the versions of HTTP that the operations are called over, with TLS.
var tlsProtocols = []struct {
	proto string
	set   func(*http.Protocols)
}{
	{"HTTP/1.1", func(p *http.Protocols) { p.SetHTTP1(true) }},
	{"HTTP/2.0", func(p *http.Protocols) { p.SetHTTP2(true) }},
}

// The SDK calls each operation of the fake, with the right secret and with a wrong one, over each version of HTTP.
func TestSDKOperations(t *testing.T) {
	wrong := bedrocktest.Credentials()
	wrong.SecretAccessKey += "x"
	for _, p := range tlsProtocols {
		srv := bedrocktest.NewUnstartedServer(toolReply)
		srv.Protocols = new(http.Protocols)
		p.set(srv.Protocols)
		startFake(t, srv, srv.StartTLS)
		for _, op := range operationCalls {
			t.Run(p.proto+" "+op.name, func(t *testing.T) {
				got, err := op.call(context.Background(), sdkOf(srv, bedrocktest.Credentials()))
				if err != nil || got != op.want {
					t.Errorf("got  %s, %v\nwant %s", got, err, op.want)
				}
				all := srv.Requests()
				if r := all[len(all)-1]; r.Operation != op.name || r.Proto != p.proto || r.Refused != "" {
					t.Errorf("recorded %v as %s", r, r.Operation)
				}
				_, err = op.call(context.Background(), sdkOf(srv, wrong))
				var api smithy.APIError
				if !errors.As(err, &api) || api.ErrorCode() != "InvalidSignatureException" || api.ErrorMessage() == "" {
					t.Errorf("wrong secret: %v", err)
				}
			})
		}
	}
}

// The SDK reads the answer to an operation that the fake does not know, in place of a parse error.
func TestSDKUnknownOperation(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	startFake(t, srv, srv.Start)
	_, err := sdkOf(srv, bedrocktest.Credentials()).ApplyGuardrail(context.Background(), &bedrockruntime.ApplyGuardrailInput{
		GuardrailIdentifier: aws.String("g"), GuardrailVersion: aws.String("1"), Source: types.GuardrailContentSourceInput, Content: []types.GuardrailContentBlock{}})
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "UnknownOperationException" {
		t.Errorf("%v", err)
	}
}

// An exception in the stream of ConverseStream is the SDK's own type.
func TestSDKConverseException(t *testing.T) {
	reply := toolReply
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultException, Frame: 2, Code: "throttlingException"}
	srv := bedrocktest.NewUnstartedServer(reply)
	startFake(t, srv, srv.Start)
	_, err := operationCalls[3].call(context.Background(), sdkOf(srv, bedrocktest.Credentials()))
	var throttled *types.ThrottlingException
	if !errors.As(err, &throttled) {
		t.Errorf("%v", err)
	}
}

// sameJSON compares as encoding/json sees it.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// What our client sends for a conversation is what the SDK sends: method, path and JSON.
func TestConverseRequestsAlike(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	startFake(t, srv, srv.Start)
	ctx := context.Background()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL,
		Credentials: func(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	temperature := 0.5
	ours := &converse.Request{
		ModelID: fakeARN, System: []converse.Block{converse.Text("Be brief.")}, MaxTokens: 9, Temperature: &temperature, StopSequences: []string{"\n"},
		Messages: []converse.Message{
			converse.User(converse.Text("<Hi> \u2028 👋"), converse.Block{Image: &converse.Media{Format: "png", Bytes: []byte{1, 2, 3}}}),
			converse.Assistant(converse.Block{ToolUse: &converse.ToolUse{ID: "t1", Name: "weather", Input: []byte(`{"city":"Ulm"}`)}}),
			converse.User(converse.Block{ToolResult: &converse.ToolResult{ID: "t1", Content: []converse.Block{converse.Text("rain")}, Error: true}}),
		},
		Tools:      []converse.Tool{{Name: "weather", Description: "d", InputSchema: []byte(`{"type":"object"}`)}},
		ToolChoice: converse.ToolChoice{Any: true}, Metadata: map[string]string{"a": "b"},
	}
	messages := []types.Message{
		{Role: "user", Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "<Hi> \u2028 👋"},
			&types.ContentBlockMemberImage{Value: types.ImageBlock{Format: "png", Source: &types.ImageSourceMemberBytes{Value: []byte{1, 2, 3}}}}}},
		{Role: "assistant", Content: []types.ContentBlock{&types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{
			ToolUseId: aws.String("t1"), Name: aws.String("weather"), Input: document.NewLazyDocument(map[string]any{"city": "Ulm"})}}}},
		{Role: "user", Content: []types.ContentBlock{&types.ContentBlockMemberToolResult{Value: types.ToolResultBlock{ToolUseId: aws.String("t1"),
			Content: []types.ToolResultContentBlock{&types.ToolResultContentBlockMemberText{Value: "rain"}}, Status: "error"}}}},
	}
	tools := &types.ToolConfiguration{ToolChoice: &types.ToolChoiceMemberAny{}, Tools: []types.Tool{&types.ToolMemberToolSpec{Value: types.ToolSpecification{
		Name: aws.String("weather"), Description: aws.String("d"), InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(map[string]any{"type": "object"})}}}}}
	system := []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: "Be brief."}}
	inference := &types.InferenceConfiguration{MaxTokens: aws.Int32(9), Temperature: aws.Float32(0.5), StopSequences: []string{"\n"}}
	sdk := sdkOf(srv, bedrocktest.Credentials())
	for _, row := range []struct {
		name       string
		ours, sdks func() error
	}{
		{"Converse", func() error { _, err := c.Converse(ctx, ours); return err }, func() error {
			_, err := sdk.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: aws.String(fakeARN), Messages: messages, System: system, InferenceConfig: inference,
				ToolConfig: tools, RequestMetadata: map[string]string{"a": "b"}})
			return err
		}},
		{"ConverseStream", func() error {
			s, err := c.ConverseStream(ctx, ours)
			if err == nil {
				_, err = s.Collect()
			}
			return err
		}, func() error {
			out, err := sdk.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: aws.String(fakeARN), Messages: messages, System: system, InferenceConfig: inference,
				ToolConfig: tools, RequestMetadata: map[string]string{"a": "b"}})
			if err == nil {
				err = out.GetStream().Close()
			}
			return err
		}},
		{"CountTokens", func() error { _, err := c.CountConverseTokens(ctx, ours); return err }, func() error {
			_, err := sdk.CountTokens(ctx, &bedrockruntime.CountTokensInput{ModelId: aws.String(fakeARN), Input: &types.CountTokensInputMemberConverse{
				Value: types.ConverseTokensRequest{Messages: messages, System: system, ToolConfig: tools}}})
			return err
		}},
	} {
		if err := errors.Join(row.ours(), row.sdks()); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		all := srv.Requests()
		a, b := all[len(all)-2], all[len(all)-1]
		if a.Method != b.Method || a.Path != b.Path || a.Query != b.Query || a.Header.Get("Content-Type") != b.Header.Get("Content-Type") {
			t.Errorf("%s: %s %s and %s %s", row.name, a.Method, a.Path, b.Method, b.Path)
		}
		if !sameJSON(a.Body, b.Body) {
			t.Errorf("%s: sent\n%s\n%s", row.name, a.Body, b.Body)
		}
	}
}

// BenchmarkConverseEvent is the price of an event in a response of 1,000 text deltas, the call's own share included.
func BenchmarkConverseEvent(b *testing.B) {
	const deltas = 1000
	body := frametest.EventFrame("messageStart", []byte(`{"p":"abcdefghij","role":"assistant"}`))
	delta := frametest.EventFrame("contentBlockDelta", []byte(`{"contentBlockIndex":0,"delta":{"text":" a few words of text"},"p":"abcdefghijklmnopqrstuvwxyzABCDEFGH"}`))
	body = append(body, bytes.Repeat(delta, deltas)...)
	body = append(body, frametest.EventFrame("contentBlockStop", []byte(`{"contentBlockIndex":0,"p":"abcdefgh"}`))...)
	body = append(body, frametest.EventFrame("messageStop", []byte(`{"p":"abcdefghijklmn","stopReason":"end_turn"}`))...)
	body = append(body, frametest.EventFrame("metadata", []byte(`{"metrics":{"latencyMs":321},"p":"abc","usage":{"inputTokens":12,"outputTokens":1000,"totalTokens":1012}}`))...)
	ctx := context.Background()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: "https://bedrock.example", Transport: clientTransport{body},
		Credentials: func(context.Context) (signer.Credentials, error) {
			return signer.Credentials{AccessKeyID: clientKeyID, SecretAccessKey: clientSecret}, nil
		}})
	if err != nil {
		b.Fatal(err)
	}
	peer := bedrockruntime.New(bedrockruntime.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("https://bedrock.example"), HTTPClient: clientTransport{body},
		Credentials: credentials.NewStaticCredentialsProvider(clientKeyID, clientSecret, ""),
	})
	request := &converse.Request{ModelID: clientModelID, Messages: []converse.Message{converse.User(converse.Text("Hi"))}}
	ours := func() error {
		s, err := c.ConverseStream(ctx, request)
		if err != nil {
			return err
		}
		defer s.Close()
		n := 0
		for {
			e, err := s.Next()
			if err == io.EOF {
				return clientCount(n, deltas)
			}
			if err != nil {
				return err
			}
			if len(e.Text) > 0 {
				n++
			}
		}
	}
	sdks := func() error {
		out, err := peer.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: aws.String(clientModelID), Messages: sdkMessages})
		if err != nil {
			return err
		}
		stream := out.GetStream()
		defer stream.Close()
		n := 0
		for event := range stream.Events() {
			if d, ok := event.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
				if text, ok := d.Value.Delta.(*types.ContentBlockDeltaMemberText); ok && len(text.Value) > 0 {
					n++
				}
			}
		}
		if err := stream.Err(); err != nil && n != deltas {
			return fmt.Errorf("after %d deltas: %w", n, err)
		}
		return clientCount(n, deltas)
	}
	t, failed := clientTurns(b, 10, ours, sdks)
	b.ReportMetric(0, "ns/op") // of the turns, which means nothing
	b.ReportMetric(t[0]/deltas, "ours-ns/event")
	b.ReportMetric(t[1]/deltas, "sdk-ns/event")
	b.ReportMetric(t[1]/t[0], "sdk/ours")
	b.ReportMetric(float64(failed), "sdk-failures")
	b.ReportMetric(clientAllocs(b, ours)/deltas, "ours-allocs/event")
	b.ReportMetric(clientAllocs(b, sdks)/deltas, "sdk-allocs/event")
}
