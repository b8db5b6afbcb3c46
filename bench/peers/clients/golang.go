package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/auth/bearer"

	"bedrockwire/client"
	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/signer"
)

const (
	bedrockruntimePath = "github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	jsonType           = "application/json"
)

// requestBody is the body of InvokeModel and its stream; talkBody is a chunk of the stream in both directions.
var (
	requestBody = []byte(`{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"` + prompt + `"}]}`)
	talkBody    = []byte(`{"event":{"textInput":{"content":"` + prompt + `"}}}`)
)

// modulePin is the version of a module that this command is built with.
func modulePin(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == path {
				return d.Version
			}
		}
	}
	return "(unknown version)"
}

// goClients are the AWS SDK for Go and this library, over HTTP/2 and over HTTP/1.1.
func goClients(roots *x509.CertPool) []caller {
	transport := func(http2 bool) *http.Transport {
		t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: new(http.Protocols)}
		t.Protocols.SetHTTP1(!http2)
		t.Protocols.SetHTTP2(http2)
		return t
	}
	sdk := func(http2 bool) func(context.Context, job) (string, error) {
		httpClient := &http.Client{Transport: transport(http2)}
		return func(ctx context.Context, j job) (string, error) {
			text, err := sdkCall(ctx, httpClient, j)
			// Over HTTP/1.1, a stream of the SDK sometimes ends in net.ErrClosed without a fault of the server.
			for try := 0; try < 5 && errors.Is(err, net.ErrClosed); try++ {
				text, err = sdkCall(ctx, httpClient, j)
			}
			var api smithy.APIError
			if errors.As(err, &api) {
				err = named{api.ErrorCode(), api.ErrorMessage()}
			}
			return text, err
		}
	}
	ours := func(http2 bool) func(context.Context, job) (string, error) {
		return func(ctx context.Context, j job) (string, error) {
			c, err := client.New(client.Config{
				Region: "us-east-1", Endpoint: j.URL, RootCAs: roots, DisableHTTP2: !http2,
				Credentials: func(context.Context) (signer.Credentials, error) {
					return signer.Credentials{AccessKeyID: j.Auth.ID, SecretAccessKey: j.Auth.Secret}, nil
				},
				BearerToken: ourToken(j.Auth),
			})
			if err != nil {
				return "", err
			}
			defer c.CloseIdleConnections()
			text, err := ourCall(ctx, c, j)
			var e *model.Error
			if errors.As(err, &e) {
				err = named{string(e.Code), e.Message}
			}
			return text, err
		}
	}
	name := "AWS SDK for Go " + modulePin(bedrockruntimePath)
	return []caller{
		{name, operations, true, sdk(true)},
		{name + ", HTTP/1.1", operations[:5], true, sdk(false)},
		{"bedrockwire", operations, true, ours(true)},
		{"bedrockwire, HTTP/1.1", operations[:5], true, ours(false)},
	}
}

// chunkText is the text of a chunk: of one in the form of Anthropic's models, or of a stream in both directions.
func chunkText(b []byte) (string, error) {
	var chunk struct {
		Delta struct{ Text string }
		Event struct{ TextOutput struct{ Content string } }
	}
	err := json.Unmarshal(b, &chunk)
	return chunk.Delta.Text + chunk.Event.TextOutput.Content, err
}

// bodyText is the text of InvokeModel's response.
func bodyText(b []byte) (string, error) {
	var body struct{ Content []struct{ Text string } }
	if err := json.Unmarshal(b, &body); err != nil || len(body.Content) != 1 {
		return "", fmt.Errorf("unexpected body %s: %w", b, err)
	}
	return body.Content[0].Text, nil
}

// sdkCall makes a call with the AWS SDK for Go.
func sdkCall(ctx context.Context, httpClient *http.Client, j job) (text string, err error) {
	c := bedrockruntime.New(bedrockruntime.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(j.URL), HTTPClient: httpClient,
		Credentials: credentials.NewStaticCredentialsProvider(j.Auth.ID, j.Auth.Secret, ""),
	}, func(o *bedrockruntime.Options) {
		if j.Auth.Token != "" {
			o.BearerAuthTokenProvider = bearer.StaticTokenProvider{Token: bearer.Token{Value: j.Auth.Token}}
			o.AuthSchemePreference = []string{"httpBearerAuth"}
		}
	})
	id := aws.String(modelID)
	messages := []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: prompt}}}}
	// add appends a chunk's text, and keeps the first error.
	add := func(b []byte) {
		piece, e := chunkText(b)
		text += piece
		if err == nil {
			err = e
		}
	}
	switch j.Operation {
	case invoke:
		out, err := c.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{ModelId: id, ContentType: aws.String(jsonType), Body: requestBody})
		if err != nil {
			return "", err
		}
		return bodyText(out.Body)
	case invokeStream:
		out, err := c.InvokeModelWithResponseStream(ctx, &bedrockruntime.InvokeModelWithResponseStreamInput{ModelId: id, ContentType: aws.String(jsonType), Body: requestBody})
		if err != nil {
			return "", err
		}
		s := out.GetStream()
		defer s.Close()
		for e := range s.Events() {
			if chunk, ok := e.(*types.ResponseStreamMemberChunk); ok {
				add(chunk.Value.Bytes)
			}
		}
		return text, errors.Join(err, s.Err())
	case converseOp:
		out, err := c.Converse(ctx, &bedrockruntime.ConverseInput{ModelId: id, Messages: messages})
		if err != nil {
			return "", err
		}
		message, ok := out.Output.(*types.ConverseOutputMemberMessage)
		if !ok || len(message.Value.Content) != 1 {
			return "", errors.New("no message with one block")
		}
		block, ok := message.Value.Content[0].(*types.ContentBlockMemberText)
		if !ok {
			return "", errors.New("no text")
		}
		return block.Value, nil
	case converseStream:
		out, err := c.ConverseStream(ctx, &bedrockruntime.ConverseStreamInput{ModelId: id, Messages: messages})
		if err != nil {
			return "", err
		}
		s := out.GetStream()
		defer s.Close()
		for e := range s.Events() {
			if delta, ok := e.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
				if t, ok := delta.Value.Delta.(*types.ContentBlockDeltaMemberText); ok {
					text += t.Value
				}
			}
		}
		return text, s.Err()
	case countTokens:
		out, err := c.CountTokens(ctx, &bedrockruntime.CountTokensInput{ModelId: id,
			Input: &types.CountTokensInputMemberConverse{Value: types.ConverseTokensRequest{Messages: messages}}})
		if err != nil {
			return "", err
		}
		return fmt.Sprint(aws.ToInt32(out.InputTokens)), nil
	case bidirectional:
		out, err := c.InvokeModelWithBidirectionalStream(ctx, &bedrockruntime.InvokeModelWithBidirectionalStreamInput{ModelId: aws.String(talkModelID)})
		if err != nil {
			return "", err
		}
		s := out.GetStream()
		defer s.Close()
		// The server may end the stream before it has all chunks: what came from it counts, and not an error of sending.
		for range 3 {
			s.Send(ctx, &types.InvokeModelWithBidirectionalStreamInputMemberChunk{Value: types.BidirectionalInputPayloadPart{Bytes: talkBody}})
		}
		s.Writer.Close()
		for e := range s.Events() {
			if chunk, ok := e.(*types.InvokeModelWithBidirectionalStreamOutputMemberChunk); ok {
				add(chunk.Value.Bytes)
			}
		}
		return text, errors.Join(err, s.Err())
	}
	return "", errors.New("unknown operation " + j.Operation)
}

// ourToken is the BearerToken of this library's client, nil where the call is signed.
func ourToken(a auth) func(context.Context) (string, error) {
	if a.Token == "" {
		return nil
	}
	return func(context.Context) (string, error) { return a.Token, nil }
}

// ourCall makes a call with this library.
func ourCall(ctx context.Context, c *client.Client, j job) (text string, err error) {
	request := &converse.Request{ModelID: modelID, Messages: []converse.Message{converse.User(converse.Text(prompt))}}
	switch j.Operation {
	case invoke:
		out, err := c.InvokeModel(ctx, &model.InvokeModelRequest{ModelID: modelID, Body: requestBody})
		if err != nil {
			return "", err
		}
		return bodyText(out.Body)
	case invokeStream:
		s, err := c.InvokeModelWithResponseStream(ctx, &model.InvokeModelWithResponseStreamRequest{ModelID: modelID, Body: requestBody})
		if err != nil {
			return "", err
		}
		defer s.Close()
		for chunk, err := range s.All() {
			if err != nil {
				return text, err
			}
			piece, err := chunkText(chunk)
			if err != nil {
				return text, err
			}
			text += piece
		}
		return text, nil
	case converseOp:
		out, err := c.Converse(ctx, request)
		if err != nil {
			return "", err
		}
		return out.Message.Text(), nil
	case converseStream:
		s, err := c.ConverseStream(ctx, request)
		if err != nil {
			return "", err
		}
		defer s.Close()
		for event, err := range s.All() {
			if err != nil {
				return text, err
			}
			text += string(event.Text)
		}
		return text, nil
	case countTokens:
		n, err := c.CountConverseTokens(ctx, request)
		if err != nil {
			return "", err
		}
		return fmt.Sprint(n), nil
	case bidirectional:
		s, err := c.InvokeModelWithBidirectionalStream(ctx, talkModelID)
		if err != nil {
			return "", err
		}
		defer s.Close()
		// As above, what comes from the server counts.
		for range 3 {
			s.Send(talkBody)
		}
		s.CloseSend()
		for chunk, err := range s.All() {
			if err != nil {
				return text, err
			}
			piece, err := chunkText(chunk)
			if err != nil {
				return text, err
			}
			text += piece
		}
		return text, nil
	}
	return "", errors.New("unknown operation " + j.Operation)
}
