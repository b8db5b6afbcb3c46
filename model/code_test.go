package model_test

import (
	"errors"
	"strings"
	"testing"

	"bedrockwire/model"
)

// eleven are the modelled codes with the status of each.
var eleven = map[model.Code]int{
	model.AccessDeniedException: 403, model.InternalServerException: 500, model.ModelErrorException: 424,
	model.ModelNotReadyException: 429, model.ModelStreamErrorException: 424, model.ModelTimeoutException: 408,
	model.ResourceNotFoundException: 404, model.ServiceQuotaExceededException: 400,
	model.ServiceUnavailableException: 503, model.ThrottlingException: 429, model.ValidationException: 400,
}

func TestCodes(t *testing.T) {
	if len(eleven) != 11 {
		t.Fatalf("%d codes", len(eleven))
	}
	for code, status := range eleven {
		if code.Status() != status || !code.Known() || code.Error() != string(code) {
			t.Errorf("%s: status %d, want %d", code, code.Status(), status)
		}
		member := strings.ToLower(string(code[:1])) + string(code[1:])
		for _, wire := range []string{string(code), member, "com.amazon.bedrock#" + string(code),
			string(code) + ":http://internal.amazon.com/coral/", "a#" + member + ":x#y", "  " + member + "\t"} {
			e := model.ErrorFromJSON(wire, []byte(`{"message":"m"}`))
			if !errors.Is(e, code) || e.StatusCode != status || e.Message != "m" {
				t.Errorf("%q: %+v", wire, e)
			}
			for other := range eleven {
				if other != code && errors.Is(e, other) {
					t.Errorf("%q is also %s", wire, other)
				}
			}
			if errors.Is(e, model.UnknownOperationError) {
				t.Errorf("%q is unknown", wire)
			}
			var got model.Code
			if !errors.As(e, &got) || got != code {
				t.Errorf("%q: errors.As gives %q", wire, got)
			}
		}
	}
	for _, code := range []model.Code{"", "x", "throttlingexception", "THROTTLINGEXCEPTION", "ThrottlingExceptio", "Unknown_operation_error"} {
		if code.Known() || code.Status() != 0 {
			t.Errorf("%q is known", code)
		}
		if !errors.Is(&model.Error{Code: code}, model.UnknownOperationError) {
			t.Errorf("%q is not the unknown error", code)
		}
	}
	if got := model.Code("").Error(); got != "error without a code" {
		t.Error(got)
	}
}

func TestRetryable(t *testing.T) {
	rows := []struct {
		err              model.Error
		retry, throttled bool
	}{
		{model.Error{Code: model.ThrottlingException, InStream: true}, true, true},
		{model.Error{Code: model.ModelNotReadyException, StatusCode: 429}, true, false},
		{model.Error{Code: model.ModelStreamErrorException, InStream: true}, true, false},
		{model.Error{Code: model.ModelStreamErrorException, StatusCode: 424}, false, false},
		{model.Error{Code: model.InternalServerException, InStream: true}, true, false},
		{model.Error{Code: model.ServiceUnavailableException, InStream: true}, true, false},
		{model.Error{Code: model.ModelTimeoutException, InStream: true}, false, false},
		{model.Error{Code: model.ValidationException, InStream: true}, false, false},
		{model.Error{Code: "429", StatusCode: 429}, true, true},
		{model.Error{StatusCode: 429}, true, true},
		{model.Error{Code: "anything", StatusCode: 429}, true, true},
		{model.Error{Code: model.ServiceQuotaExceededException, StatusCode: 429}, false, false},
		{model.Error{Code: "internal-error", InStream: true}, false, false},
		{model.Error{Code: "SlowDown", StatusCode: 503}, true, true},
		{model.Error{}, false, false},
		{model.Error{Code: "529", StatusCode: 529}, true, false},
		{model.Error{Code: "overloaded_error", InStream: true}, true, false},
		{model.Error{Code: "rate_limit_error", InStream: true}, true, true},
		{model.Error{Code: "timeout_error", InStream: true}, true, false},
		{model.Error{Code: "api_error", InStream: true}, true, false},
		{model.Error{Code: "invalid_request_error", InStream: true}, false, false},
		{model.Error{Code: "server_error", InStream: true}, true, false},
		{model.Error{Code: "rate_limit_exceeded", InStream: true}, true, true},
	}
	for _, code := range []model.Code{"Throttling", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
		"RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
		"PriorRequestNotComplete", "EC2ThrottledException"} {
		rows = append(rows, struct {
			err              model.Error
			retry, throttled bool
		}{model.Error{Code: code, StatusCode: 400}, true, true})
	}
	for _, row := range rows {
		if row.err.Retryable() != row.retry || row.err.Throttled() != row.throttled {
			t.Errorf("%v: retryable %v, throttled %v", row.err.Error(), row.err.Retryable(), row.err.Throttled())
		}
	}
}
