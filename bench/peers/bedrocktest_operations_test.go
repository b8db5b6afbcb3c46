package peers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
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
				got, err := unlessClosed(func() (string, error) { return op.call(context.Background(), sdkOf(srv, bedrocktest.Credentials())) })
				if err != nil || got != op.want {
					t.Errorf("got  %s, %v\nwant %s", got, err, op.want)
				}
				all := srv.Requests()
				if r := all[len(all)-1]; r.Operation != op.name || r.Proto != p.proto || r.Refused != "" {
					t.Errorf("recorded %v as %s", r, r.Operation)
				}
				_, err = unlessClosed(func() (string, error) { return op.call(context.Background(), sdkOf(srv, wrong)) })
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
	_, err := unlessClosed(func() (string, error) {
		return operationCalls[3].call(context.Background(), sdkOf(srv, bedrocktest.Credentials()))
	})
	var throttled *types.ThrottlingException
	if !errors.As(err, &throttled) {
		t.Errorf("%v", err)
	}
}

// unlessClosed makes a call of the SDK again where net/http closed the connection under it: see clientTurns.
func unlessClosed[T any](call func() (T, error)) (out T, err error) {
	for range 5 {
		if out, err = call(); !errors.Is(err, net.ErrClosed) {
			break
		}
	}
	return out, err
}

// For 200 requests with blocks of all kinds, what our client and the SDK send to one server has one method, path and JSON,
// and both read its answers alike.
func TestConverseClientsAgree(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(toolReply)
	srv.Keep = 1
	startFake(t, srv, srv.Start)
	ctx := context.Background()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL,
		Credentials: func(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	sdk := sdkOf(srv, bedrocktest.Credentials())
	for n := range 200 {
		r := converseRand{rand.New(rand.NewPCG(2, uint64(n)))}
		ours, theirs := r.request(n%blockKinds, n < blockKinds)
		got, err := c.Converse(ctx, ours)
		if err != nil {
			t.Fatal(err)
		}
		a := srv.Requests()[0]
		out, err := unlessClosed(func() (*bedrockruntime.ConverseOutput, error) { return sdk.Converse(ctx, theirs) })
		if err != nil {
			t.Fatal(err)
		}
		b := srv.Requests()[0]
		if a.Method != b.Method || a.Path != b.Path || a.Query != b.Query || a.Header.Get("Content-Type") != b.Header.Get("Content-Type") {
			t.Fatalf("%s %s and %s %s", a.Method, a.Path, b.Method, b.Path)
		}
		sameJSON(t, a.Body, b.Body)
		// What they read is sent back, which shows all of it.
		ours.Messages = append(ours.Messages, got.Message)
		theirs.Messages = append(theirs.Messages, out.Output.(*types.ConverseOutputMemberMessage).Value)
		if string(got.StopReason) != string(out.StopReason) || got.Usage.TotalTokens != int64(*out.Usage.TotalTokens) || got.LatencyMs != *out.Metrics.LatencyMs {
			t.Fatalf("%+v and %+v", got, out)
		}
		s, err := c.ConverseStream(ctx, ours)
		if err != nil {
			t.Fatal(err)
		}
		if collected, err := s.Collect(); err != nil || !reflect.DeepEqual(collected.Message, got.Message) {
			t.Fatalf("%+v, %v; want %+v", collected, err, got)
		}
		a = srv.Requests()[0]
		if _, err := unlessClosed(func() (*bedrockruntime.ConverseOutput, error) { return sdk.Converse(ctx, theirs) }); err != nil {
			t.Fatal(err)
		}
		sameJSON(t, a.Body, srv.Requests()[0].Body)
	}
}

// BenchmarkConverseEvent is the price of an event in a response of 1,000 text deltas, the call's own share included.
func BenchmarkConverseEvent(b *testing.B) {
	const deltas = 1000
	body := converseStream(b, deltas)
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
