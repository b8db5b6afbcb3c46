package model_test

import (
	"errors"
	"testing"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
	"bedrockwire/model/xmlwire"
)

func TestResponseFromValueRefuses(t *testing.T) {
	for _, row := range []struct{ name, json, field string }{
		{"array", `[]`, "response"},
		{"number", `1`, "response"},
		{"text", `"x"`, "response"},
		{"null", `null`, "response"},
		{"content type", `{"contentType":1}`, "contentType"},
		{"latency", `{"performanceConfigLatency":{}}`, "performanceConfigLatency"},
		{"tier", `{"serviceTier":[]}`, "serviceTier"},
		{"body", `{"body":"x"}`, "body"},
		{"event", `{"body":[{},1]}`, "body[1]"},
		{"two members", `{"body":[{"chunk":{},"validationException":{}}]}`, "body[0]"},
		{"chunk", `{"body":[{"chunk":1}]}`, "body[0].chunk"},
		{"bytes", `{"body":[{"chunk":{"bytes":1}}]}`, "body[0].chunk.bytes"},
		{"bytes not base64", `{"body":[{"chunk":{"bytes":"a=b="}}]}`, "body[0].chunk.bytes"},
		{"bytes unpadded", `{"body":[{"chunk":{"bytes":"YQ"}}]}`, "body[0].chunk.bytes"},
		{"exception", `{"body":[{"throttlingException":1}]}`, "body[0].throttlingException"},
		{"message", `{"body":[{"throttlingException":{"message":1}}]}`, "body[0].throttlingException.message"},
		{"status", `{"body":[{"modelErrorException":{"originalStatusCode":600}}]}`, "body[0].modelErrorException.originalStatusCode"},
		{"status in words", `{"body":[{"modelErrorException":{"originalStatusCode":"many"}}]}`, "body[0].modelErrorException.originalStatusCode"},
		{"status true", `{"body":[{"modelErrorException":{"originalStatusCode":true}}]}`, "body[0].modelErrorException.originalStatusCode"},
		{"code", `{"body":[{"Unknown_operation_error":{"__type":1}}]}`, "body[0].Unknown_operation_error.__type"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := model.ResponseFromJSON([]byte(row.json))
			var e *model.FieldError
			if r != nil || !errors.As(err, &e) || e.Field != row.field {
				t.Errorf("%v, want %s", err, row.field)
			}
		})
	}
	if _, err := model.ResponseFromJSON([]byte(`{`)); !errors.Is(err, jsonwire.ErrTruncated) {
		t.Error(err)
	}
	if _, err := model.ResponseFromXML([]byte(`<!DOCTYPE a><a/>`)); !errors.Is(err, xmlwire.ErrDoctype) {
		t.Error(err)
	}
}

func TestResponseLeniency(t *testing.T) {
	for _, row := range []struct{ name, json, want string }{
		{"one event", `{"body":{"chunk":{"bytes":"YQ=="}}}`, `{"body":[{"chunk":{"bytes":"YQ=="}}]}`},
		{"unknown members", `{"x":1,"body":[{"chunk":{"bytes":"YQ==","p":"abc"}}]}`, `{"body":[{"chunk":{"bytes":"YQ=="}}]}`},
		{"null members of the union", `{"body":[{"chunk":null,"__type":"x","throttlingException":{"message":null}}]}`, `{"body":[{"throttlingException":{}}]}`},
		{"null members", `{"body":null,"contentType":null}`, `{}`},
		{"null bytes", `{"body":[{"chunk":{"bytes":null}}]}`, `{"body":[{"chunk":{}}]}`},
		{"empty body", `{"body":[]}`, `{"body":[]}`},
		{"unknown event", `{"body":[{"new":{"a":1}}]}`, `{"body":[{"new":{}}]}`},
		{"a shape's name is no member", `{"body":[{"ThrottlingException":{}}]}`, `{"body":[{"ThrottlingException":{}}]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := model.ResponseFromJSON([]byte(row.json))
			if err != nil {
				t.Fatal(err)
			}
			same(t, string(r.AppendJSON(nil)), row.want)
		})
	}
	var none *model.InvokeModelWithResponseStreamResponse
	same(t, string(none.AppendJSON(nil)), "{}")
}
