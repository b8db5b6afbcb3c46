package client

import (
	"context"
	"net/http"

	"bedrockwire/model"
	"bedrockwire/model/converse"
)

var countTokens = binding{
	operation: "CountTokens", action: "bedrock:CountTokens", service: runtimeService,
	method: http.MethodPost, before: "/model/", after: "/count-tokens", safe: true,
}

// maxCountBody is the largest response of CountTokens that is read. The service's own are below 1
// KiB.
const maxCountBody = 64 << 10

// CountTokens returns how many input tokens [Client.InvokeModel] would use for r (Amazon Bedrock
// API Reference, "CountTokens"). It runs no model and costs nothing. It needs the IAM action
// bedrock:CountTokens. Only the ModelID and the Body of r are sent.
//
// Errors are those of [Client.InvokeModel]. Since the call changes nothing, it is repeated after
// every transient error.
func (c *Client) CountTokens(ctx context.Context, r *model.InvokeModelRequest) (int, error) {
	if err := c.usable(ctx); err != nil {
		return 0, err
	}
	if err := r.Validate(); err != nil {
		return 0, err
	}
	req, err := c.newRequest(&countTokens, r.ModelID, converse.AppendInvokeTokensJSON(nil, r.Body))
	if err != nil {
		return 0, err
	}
	req.set("Content-Type", "application/json", "")
	return c.count(ctx, req)
}

// CountConverseTokens returns how many input tokens [Client.Converse] would use for r. It is like
// [Client.CountTokens]. It sends the messages, the system prompt, the tools and the
// additionalModelRequestFields of r.
func (c *Client) CountConverseTokens(ctx context.Context, r *converse.Request) (int, error) {
	req, err := c.converseRequest(ctx, &countTokens, r, r.AppendTokensJSON)
	if err != nil {
		return 0, err
	}
	return c.count(ctx, req)
}

func (c *Client) count(ctx context.Context, r *request) (int, error) {
	r.set("Accept", "application/json", "")
	return send(ctx, c, r, func(resp received) (int, error) {
		return readJSON(c, resp, maxCountBody, converse.ParseTokens)
	})
}
