package client

import (
	"context"
	"io"
	"net/http"
	"time"

	"bedrockwire/model"
	"bedrockwire/signer"
)

// maxFoundationBody is the largest description of a model that is read. The service's own are below 2 KiB.
const maxFoundationBody = 256 << 10

// FoundationModel asks the control plane for the description of a model (Amazon Bedrock API Reference,
// "GetFoundationModel"): by its id or the ARN of a foundation model, among other things whether it can stream.
// It needs the IAM action bedrock:GetFoundationModel, which is another one than that of a call.
//
// Errors are those of [Client.InvokeModelWithResponseStream], and attempts are repeated in the same way. An answer
// that describes no model is a [*ResponseError].
func (c *Client) FoundationModel(ctx context.Context, id string) (*model.FoundationModel, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	// An id is as dangerous here as in a call, and in the same ways.
	if err := (&model.InvokeModelWithResponseStreamRequest{ModelID: id}).Validate(); err != nil {
		return nil, err
	}
	to, err := resolveEndpoint(&c.cfg, controlPrefix)
	if err != nil {
		return nil, err
	}
	op := &operation{method: http.MethodGet, to: to, transport: c.control, hash: signer.HashPayload(nil)}
	op.path = string(appendLabel([]byte(to.prefix+"/foundation-models/"), id))
	op.fields = []field{{"Accept", "application/json"}}
	var out *model.FoundationModel
	err = c.do(ctx, op, func(a *answer) (err error) {
		if out, err = readFoundationModel(a); err == nil {
			c.log(&Event{Kind: EventEnd, Attempt: a.attempt, Elapsed: time.Since(op.began), RequestID: a.requestID, Bytes: a.wire.bytes})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readFoundationModel reads the answer of an attempt to its end.
func readFoundationModel(a *answer) (*model.FoundationModel, error) {
	defer a.wire.release()
	header := a.response.Header
	e := &ResponseError{ContentType: header.Get("Content-Type"), ContentEncoding: contentEncoding(header)}
	if e.ContentEncoding != "" {
		e.Err = model.ErrorFromResponse(a.response.StatusCode, header.Get, nil)
		return nil, e
	}
	body, err := io.ReadAll(io.LimitReader(a.wire, maxFoundationBody))
	if err != nil { // a body that was cut may still be JSON
		return nil, a.wire.sendError(err)
	}
	m, err := model.ParseFoundationModel(body)
	if err != nil {
		e.Err, e.Cause = model.ErrorFromResponse(a.response.StatusCode, header.Get, body), err
		return nil, e
	}
	return m, nil
}
