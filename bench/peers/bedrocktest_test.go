package peers

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/auth/bearer"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// This file has the two of them talk to each other's other half: the AWS SDK for
// Go as a client of bedrocktest, and our client reading frames that the SDK's own
// encoder has made. What one side gets wrong in the same way twice, the other
// does not.

const (
	fakeModel = "anthropic.claude-v2:1"
	fakeARN   = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-v2:1"
)

// startFake starts a server and ends it with the test.
func startFake(t *testing.T, srv *bedrocktest.Server, up func() error) *bedrocktest.Server {
	t.Helper()
	if err := up(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	return srv
}

// sdkOf is an SDK client of srv that tries once.
func sdkOf(srv *bedrocktest.Server, keys signer.Credentials, more ...func(*bedrockruntime.Options)) *bedrockruntime.Client {
	o := bedrockruntime.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(srv.URL),
		Credentials:  credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken),
		HTTPClient:   srv.Client(),
		Retryer:      aws.NopRetryer{},
	}
	return bedrockruntime.New(o, more...)
}

// sdkInvoke calls the operation and returns the chunks, and the error of the call
// or of the stream.
func sdkInvoke(c *bedrockruntime.Client, id string) (chunks []string, err error) {
	out, err := c.InvokeModelWithResponseStream(context.Background(), &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(id), ContentType: aws.String("application/json"), Body: []byte(`{"prompt":"Hi"}`)})
	if err != nil {
		return nil, err
	}
	stream := out.GetStream()
	defer stream.Close()
	for event := range stream.Events() {
		chunk, ok := event.(*types.ResponseStreamMemberChunk)
		if !ok {
			return chunks, fmt.Errorf("event of type %T", event)
		}
		chunks = append(chunks, string(chunk.Value.Bytes))
	}
	return chunks, stream.Err()
}

// fakeEvents are the chunks of a reply of two, and what the model says in them.
var fakeEvents = []string{`{"generation":"Hello, "}`, `{"generation":"world","stop_reason":"stop"}`}

func fakeReply() bedrocktest.Reply {
	var r bedrocktest.Reply
	for _, e := range fakeEvents {
		r.Frames = append(r.Frames, bedrocktest.Chunk(e))
	}
	return r
}

// The SDK's signature is accepted, and it reads the stream, for ids that need
// escaping, with and without a session token, over each version of HTTP.
func TestSDKStreams(t *testing.T) {
	token := bedrocktest.Credentials()
	token.SessionToken = "a/session+token=="
	for _, tls := range []bool{false, true} {
		for _, keys := range []signer.Credentials{bedrocktest.Credentials(), token} {
			srv := bedrocktest.NewUnstartedServer(fakeReply())
			srv.Credentials, srv.Region = keys, "us-east-1"
			up, proto := srv.Start, "HTTP/1.1"
			if tls {
				up, proto = srv.StartTLS, "HTTP/2.0"
			}
			startFake(t, srv, up)
			for _, id := range []string{fakeModel, fakeARN} {
				chunks, err := sdkInvoke(sdkOf(srv, keys), id)
				if err != nil || !reflect.DeepEqual(chunks, fakeEvents) {
					t.Errorf("%s, tls %v: %q %v", id, tls, chunks, err)
				}
			}
			requests := srv.Requests()
			if len(requests) != 2 {
				t.Fatalf("%d requests", len(requests))
			}
			for i, id := range []string{fakeModel, fakeARN} {
				r := requests[i]
				if r.ModelID != id || r.Auth != bedrocktest.SigV4 || r.Proto != proto || string(r.Body) != `{"prompt":"Hi"}` {
					t.Errorf("recorded %v with model %s", r, r.ModelID)
				}
			}
		}
	}
}

// A bearer token; the SDK sends it over https only.
func TestSDKBearer(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(fakeReply())
	srv.BearerToken = "a-token"
	startFake(t, srv, srv.StartTLS)
	with := func(token string) func(*bedrockruntime.Options) {
		return func(o *bedrockruntime.Options) {
			o.BearerAuthTokenProvider = bearer.StaticTokenProvider{Token: bearer.Token{Value: token}}
			o.AuthSchemePreference = []string{"httpBearerAuth"}
		}
	}
	if chunks, err := sdkInvoke(sdkOf(srv, bedrocktest.Credentials(), with("a-token")), fakeModel); err != nil || len(chunks) != 2 {
		t.Errorf("%q %v", chunks, err)
	}
	var denied *types.AccessDeniedException
	if _, err := sdkInvoke(sdkOf(srv, bedrocktest.Credentials(), with("another")), fakeModel); !errors.As(err, &denied) {
		t.Errorf("another token: %v", err)
	}
	for _, r := range srv.Requests() {
		if r.Auth != bedrocktest.Bearer {
			t.Errorf("recorded %v", r)
		}
	}
}

// What is not signed with the server's secret, key, token or region is refused,
// and the SDK reads the reason.
func TestSDKIsRefused(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(fakeReply())
	srv.Region = "us-east-1"
	startFake(t, srv, srv.Start)
	secret, key, token := bedrocktest.Credentials(), bedrocktest.Credentials(), bedrocktest.Credentials()
	secret.SecretAccessKey += "x"
	key.AccessKeyID = "AKIDOTHER"
	token.SessionToken = "not-asked-for"
	for _, row := range []struct {
		name, region, code string
		keys               signer.Credentials
	}{
		{"secret", "us-east-1", "InvalidSignatureException", secret},
		{"key", "us-east-1", "UnrecognizedClientException", key},
		{"token", "us-east-1", "UnrecognizedClientException", token},
		{"region", "eu-west-1", "InvalidSignatureException", bedrocktest.Credentials()},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := sdkInvoke(sdkOf(srv, row.keys, func(o *bedrockruntime.Options) { o.Region = row.region }), fakeModel)
			var api smithy.APIError
			var resp *smithyhttp.ResponseError
			if !errors.As(err, &api) || api.ErrorCode() != row.code || api.ErrorMessage() == "" ||
				!errors.As(err, &resp) || resp.HTTPStatusCode() != 403 {
				t.Errorf("%v", err)
			}
		})
	}
}

// sdkExceptions are the SDK's types, by the name of the shape.
var sdkExceptions = map[model.Code]func() error{
	model.AccessDeniedException:         func() error { return &types.AccessDeniedException{} },
	model.InternalServerException:       func() error { return &types.InternalServerException{} },
	model.ModelErrorException:           func() error { return &types.ModelErrorException{} },
	model.ModelNotReadyException:        func() error { return &types.ModelNotReadyException{} },
	model.ModelStreamErrorException:     func() error { return &types.ModelStreamErrorException{} },
	model.ModelTimeoutException:         func() error { return &types.ModelTimeoutException{} },
	model.ResourceNotFoundException:     func() error { return &types.ResourceNotFoundException{} },
	model.ServiceQuotaExceededException: func() error { return &types.ServiceQuotaExceededException{} },
	model.ServiceUnavailableException:   func() error { return &types.ServiceUnavailableException{} },
	model.ThrottlingException:           func() error { return &types.ThrottlingException{} },
	model.ValidationException:           func() error { return &types.ValidationException{} },
}

// sdkErrorAs finds an error of want's type in err's chain, and its message.
func sdkErrorAs(err, want error) (message string, ok bool) {
	target := reflect.New(reflect.TypeOf(want))
	if !errors.As(err, target.Interface()) {
		return "", false
	}
	return target.Elem().Interface().(smithy.APIError).ErrorMessage(), true
}

// The SDK sees each exception as its own type, as an HTTP error and in the stream.
func TestSDKExceptions(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	startFake(t, srv, srv.Start)
	sdk := sdkOf(srv, bedrocktest.Credentials())
	inStream := []model.Code{model.InternalServerException, model.ModelStreamErrorException, model.ValidationException,
		model.ThrottlingException, model.ModelTimeoutException, model.ServiceUnavailableException}
	const said = "said \"so\""
	for code, zero := range sdkExceptions {
		t.Run(string(code), func(t *testing.T) {
			srv.Script(bedrocktest.Failure(code, said))
			_, err := sdkInvoke(sdk, fakeModel)
			message, ok := sdkErrorAs(err, zero())
			var resp *smithyhttp.ResponseError
			if !ok || message != said || !errors.As(err, &resp) || resp.HTTPStatusCode() != code.Status() {
				t.Errorf("HTTP: %v", err)
			}
			// The SDK must see the same through a fault.
			reply := fakeReply()
			reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultHTTP, Code: string(code)}
			srv.Script(reply)
			if _, err := sdkInvoke(sdk, fakeModel); err == nil {
				t.Error("the fault did not show")
			} else if _, ok := sdkErrorAs(err, zero()); !ok {
				t.Errorf("by fault: %v", err)
			}
		})
	}
	for _, code := range inStream {
		t.Run("in stream "+string(code), func(t *testing.T) {
			reply := fakeReply()
			reply.Frames = append(reply.Frames, bedrocktest.Exception(code, said), bedrocktest.Chunk("{}"))
			srv.Script(reply)
			chunks, err := sdkInvoke(sdk, fakeModel)
			message, ok := sdkErrorAs(err, sdkExceptions[code]())
			if !ok || message != said || !reflect.DeepEqual(chunks, fakeEvents) {
				t.Errorf("%q %v", chunks, err)
			}
		})
	}
	t.Run("error message", func(t *testing.T) {
		srv.Script(bedrocktest.Reply{Frames: [][]byte{bedrocktest.ErrorMessage("internal-error", said)}})
		_, err := sdkInvoke(sdk, fakeModel)
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != "internal-error" || api.ErrorMessage() != said {
			t.Errorf("%v", err)
		}
	})
}

// With its retries on, the SDK marks its tries with one id, so a server that
// throttles twice answers the third.
func TestSDKRetriesThrottling(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(fakeReply())
	srv.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultThrottle, N: 2}
	startFake(t, srv, srv.Start)
	sdk := sdkOf(srv, bedrocktest.Credentials(), func(o *bedrockruntime.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 3, time.Millisecond })
	})
	chunks, err := sdkInvoke(sdk, fakeModel)
	if err != nil || len(chunks) != 2 || len(srv.Requests()) != 3 {
		t.Errorf("%q %v, %d requests", chunks, err, len(srv.Requests()))
	}
}

// sdkFrame encodes a message with the SDK's encoder.
func sdkFrame(payload []byte, headers ...string) []byte {
	var m eventstream.Message
	for i := 0; i < len(headers); i += 2 {
		m.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	m.Payload = payload
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func sdkChunk(event string) []byte {
	payload := `{"bytes":"` + base64.StdEncoding.EncodeToString([]byte(event)) + `"}`
	return sdkFrame([]byte(payload), ":message-type", "event", ":event-type", "chunk", ":content-type", "application/json")
}

// Our client reads what the SDK's encoder writes: chunks, an event of a type
// nobody knows, exceptions and errors.
func TestClientReadsSDKFrames(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer()
	startFake(t, srv, srv.Start)
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Retry: client.Retry{MaxAttempts: 1},
		Credentials: func(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	read := func(frames ...[]byte) (chunks []string, skipped int64, end error) {
		t.Helper()
		srv.Script(bedrocktest.Reply{Frames: frames})
		s, err := c.InvokeModelWithResponseStream(context.Background(),
			&model.InvokeModelWithResponseStreamRequest{ModelID: fakeARN, Body: []byte(`{"prompt":"Hi"}`)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for {
			b, err := s.Next()
			if err != nil {
				return chunks, s.Skipped(), err
			}
			chunks = append(chunks, string(b))
		}
	}
	one, two := sdkChunk(fakeEvents[0]), sdkChunk(fakeEvents[1])
	unknown := sdkFrame([]byte("{}"), ":message-type", "event", ":event-type", "somethingNew", ":content-type", "application/json")

	chunks, skipped, end := read(one, unknown, two)
	if !reflect.DeepEqual(chunks, fakeEvents) || skipped != 1 || end != io.EOF {
		t.Errorf("%q, %d skipped, %v", chunks, skipped, end)
	}
	for code := range sdkExceptions {
		name := strings.ToLower(string(code[:1])) + string(code[1:])
		exception := sdkFrame([]byte(`{"message":"so"}`), ":message-type", "exception", ":exception-type", name, ":content-type", "application/json")
		chunks, _, end := read(one, exception, two)
		var e *model.Error
		if len(chunks) != 1 || !errors.Is(end, code) || !errors.As(end, &e) || e.Message != "so" || !e.InStream {
			t.Errorf("%s: %q, %v", code, chunks, end)
		}
	}
	chunks, _, end = read(one, sdkFrame(nil, ":message-type", "error", ":error-code", "internal-error", ":error-message", "so"), two)
	var e *model.Error
	if len(chunks) != 1 || !errors.As(end, &e) || e.Code != "internal-error" || e.Message != "so" {
		t.Errorf("error message: %q, %v", chunks, end)
	}
	for at := 1; at < len(two); at++ {
		if chunks, _, end := read(one, two[:at]); len(chunks) != 1 || !errors.Is(end, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %q, %v", at, chunks, end)
		}
	}
}

// The frames of bedrocktest are those the SDK's decoder reads, header by header.
func TestSDKDecodesFakeFrames(t *testing.T) {
	m, err := eventstream.NewDecoder().Decode(bytes.NewReader(bedrocktest.Chunk(fakeEvents[0])), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range m.Headers {
		got = append(got, h.Name+"="+h.Value.String())
	}
	if s := strings.Join(got, " "); s != ":event-type=chunk :content-type=application/json :message-type=event" {
		t.Error(s)
	}
	if !bytes.HasPrefix(m.Payload, []byte(`{"bytes":"`)) {
		t.Errorf("payload %s", m.Payload)
	}
}
