package client

import (
	"context"
	"net/http"

	"bedrockwire/model"
)

var getFoundationModel = binding{
	operation: "GetFoundationModel", action: "bedrock:GetFoundationModel", service: controlService,
	method: http.MethodGet, before: "/foundation-models/", safe: true,
}

// maxFoundationBody is the largest description of a model that is read. The service's own are below
// 2 KiB.
const maxFoundationBody = 256 << 10

// FoundationModel returns the control plane's description of a model (Amazon Bedrock API Reference,
// "GetFoundationModel"), by its id or the ARN of a foundation model. The description says, among
// other things, whether the model can stream. It needs the IAM action bedrock:GetFoundationModel.
//
// Errors are those of [Client.InvokeModel]. Since the call changes nothing, it is repeated after
// every transient error. A response that does not describe a model is a [*ResponseError].
func (c *Client) FoundationModel(ctx context.Context, id string) (*model.FoundationModel, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	if err := model.CheckModelID(id); err != nil {
		return nil, err
	}
	r, err := c.newRequest(&getFoundationModel, id, nil)
	if err != nil {
		return nil, err
	}
	r.set("Accept", "application/json", "")
	return send(ctx, c, r, func(resp received) (*model.FoundationModel, error) {
		return readJSON(c, resp, maxFoundationBody, model.ParseFoundationModel)
	})
}
