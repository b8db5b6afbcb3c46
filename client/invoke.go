package client

import (
	"context"
	"net/http"

	"bedrockwire/model"
)

var (
	invokeModel = binding{
		operation: "InvokeModel", action: "bedrock:InvokeModel", service: runtimeService,
		method: http.MethodPost, before: "/model/", after: "/invoke",
	}
	invokeModelStream = binding{
		operation: "InvokeModelWithResponseStream", action: "bedrock:InvokeModelWithResponseStream", service: runtimeService,
		method: http.MethodPost, before: "/model/", after: "/invoke-with-response-stream",
	}
)

// InvokeModelWithResponseStream sends one request (Amazon Bedrock API Reference,
// "InvokeModelWithResponseStream") and returns the stream of the response. It needs the IAM action
// bedrock:InvokeModelWithResponseStream.
//
// It returns when the first event has arrived or, with [Config].ReturnAtHead, when the response's
// head has. An invalid request is refused with a [*model.FieldError] before anything is sent. An
// error of the service is a [*model.Error] with its status and request id. Attempts that fail
// before the first event are repeated as [Retry] says. If there was more than one, the error is a
// [*CallError] around that of the last attempt.
//
// The stream ends when ctx ends. Close the stream, or make sure that ctx ends; either frees
// everything. r.Body must not change until the stream has ended or the call has failed, because the
// peer may respond before it has read the whole request. After that, no byte of it is read. The
// other fields are read during the call only.
func (c *Client) InvokeModelWithResponseStream(ctx context.Context, r *model.InvokeModelWithResponseStreamRequest) (*Stream, error) {
	req, err := c.invokeRequest(ctx, &invokeModelStream, r)
	if err != nil {
		return nil, err
	}
	return send(ctx, c, req, func(resp received) (*Stream, error) {
		s := &Stream{response: model.ResponseFromHeaderAndBody(resp.http.Header.Get, nil), allowIncomplete: c.cfg.AllowIncomplete}
		if err := s.events.open(c, resp, chunkOnly); err != nil {
			return nil, err
		}
		return s, c.first(&s.events, s.peek)
	})
}

// InvokeModel sends one request and returns the whole response (Amazon Bedrock API Reference,
// "InvokeModel"). It needs the IAM action bedrock:InvokeModel. The response's Body is the model's
// JSON, at most 64 MiB of it.
//
// Errors and repeated attempts are those of [Client.InvokeModelWithResponseStream], except that the
// call is not repeated if its response was cut, unless [Retry].AtLeastOnce is set: the model has
// answered, and the answer may be billed.
func (c *Client) InvokeModel(ctx context.Context, r *model.InvokeModelRequest) (*model.InvokeModelResponse, error) {
	req, err := c.invokeRequest(ctx, &invokeModel, r)
	if err != nil {
		return nil, err
	}
	return send(ctx, c, req, func(resp received) (*model.InvokeModelResponse, error) {
		return readJSON(c, resp, maxJSONBody, func(body []byte) (*model.InvokeModelResponse, error) {
			return model.InvokeModelResponseFrom(resp.http.Header.Get, body), nil
		})
	})
}

// invokeRequest checks a request and binds it to HTTP (Smithy restJson1; the operation's path,
// headers and payload).
func (c *Client) invokeRequest(ctx context.Context, op *binding, r *model.InvokeModelRequest) (*request, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	req, err := c.newRequest(op, r.ModelID, r.Body)
	if err != nil {
		return nil, err
	}
	req.set("Content-Type", r.ContentType, "application/json") // without one, the service treats the body as bytes
	accept := "X-Amzn-Bedrock-Accept"
	if op == &invokeModel {
		accept = "Accept"
	}
	req.set(accept, r.Accept, "application/json")
	req.set("X-Amzn-Bedrock-Trace", string(r.Trace), "")
	req.set("X-Amzn-Bedrock-Guardrailidentifier", r.GuardrailIdentifier, "")
	req.set("X-Amzn-Bedrock-Guardrailversion", r.GuardrailVersion, "")
	req.set("X-Amzn-Bedrock-Performanceconfig-Latency", string(r.PerformanceConfigLatency), "")
	req.set("X-Amzn-Bedrock-Service-Tier", string(r.ServiceTier), "")
	req.set("X-Amzn-Bedrock-Request-Metadata", r.RequestMetadata, "")
	return req, nil
}
