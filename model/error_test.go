package model_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bedrockwire/model"
)

func TestErrorText(t *testing.T) {
	rows := []struct {
		name string
		err  *model.Error
		want string
	}{
		{"nil", nil, "bedrock: no error"},
		{"zero", &model.Error{}, "bedrock: error without a code"},
		{"http", &model.Error{Code: model.ThrottlingException, Message: "Too many requests", StatusCode: 429, RequestID: "r-1"},
			"bedrock: ThrottlingException: Too many requests (HTTP 429, request id r-1)"},
		{"in stream", &model.Error{Code: model.ModelStreamErrorException, Message: "m", StatusCode: 424, InStream: true,
			OriginalStatusCode: 500, OriginalMessage: "oops"},
			"bedrock: ModelStreamErrorException: m (model status 500, model message: oops, in the stream)"},
		{"resource", &model.Error{Code: model.ModelErrorException, ResourceName: "arn:x", StatusCode: 424},
			"bedrock: ModelErrorException (resource arn:x, HTTP 424)"},
		{"status only", &model.Error{Code: "502", StatusCode: 502, Message: "Bad Gateway"},
			"bedrock: error without a code: Bad Gateway (HTTP 502)"},
		{"zero with status", &model.Error{StatusCode: 502}, "bedrock: error without a code (HTTP 502)"},
		{"operation", &model.Error{Code: model.ValidationException, Message: "m", Operation: "InvokeModel", StatusCode: 400},
			"bedrock: InvokeModel: ValidationException: m (HTTP 400)"},
		{"access denied", &model.Error{Code: model.AccessDeniedException, Message: "no", StatusCode: 403, Action: "bedrock:InvokeModel"},
			"bedrock: AccessDeniedException: no (HTTP 403); the call needs the IAM action bedrock:InvokeModel"},
		{"access denied, action unknown", &model.Error{Code: model.AccessDeniedException, Message: "no", StatusCode: 403},
			"bedrock: AccessDeniedException: no (HTTP 403)"},
		{"operation with a line end", &model.Error{Code: "c", Operation: "a\nb", Action: "c\nd"},
			"bedrock: a b: c; the call needs the IAM action c d"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := row.err.Error(); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// TestNilError: a nil *Error in an error interface is a mistake, but no reason to take a service down.
func TestNilError(t *testing.T) {
	var e *model.Error
	if errors.Is(e, model.ThrottlingException) || errors.Is(e, model.UnknownOperationError) || e.Unwrap() != nil ||
		e.Retryable() || e.Throttled() || string(e.AppendJSON(nil)) != "null" {
		t.Error("nil error says something")
	}
}

func TestRawIsNotPrinted(t *testing.T) {
	const canary = "canary-in-the-body"
	e := model.ErrorFromJSON("ValidationException", []byte(`{"message":"m","detail":"`+canary+`"}`))
	if !strings.Contains(string(e.Raw), canary) {
		t.Fatal("Raw lacks the body")
	}
	encoded, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{e.Error(), e.GoString(), string(encoded), string(e.AppendJSON(nil))} {
		if strings.Contains(text, canary) {
			t.Errorf("the body is in %q", text)
		}
	}
}

func TestRawIsACopy(t *testing.T) {
	body := []byte(`{"message":"m"}`)
	e := model.ErrorFromJSON("x", body)
	body[0] = 'X'
	if e.Raw[0] != '{' {
		t.Error("Raw aliases the caller's buffer")
	}
}
