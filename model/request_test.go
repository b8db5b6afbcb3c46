package model_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
)

type request = model.InvokeModelWithResponseStreamRequest

// setters fill one member each of a request that is otherwise valid.
var setters = []struct {
	field string
	set   func(r *request, s string)
	max   int
}{
	{"ModelID", func(r *request, s string) { r.ModelID = s }, model.MaxModelID},
	{"ContentType", func(r *request, s string) { r.ContentType = s }, 1024},
	{"Accept", func(r *request, s string) { r.Accept = s }, 1024},
	{"Trace", func(r *request, s string) { r.Trace = model.Trace(s) }, 1024},
	{"GuardrailIdentifier", func(r *request, s string) { r.GuardrailIdentifier = s }, model.MaxGuardrail},
	{"GuardrailVersion", func(r *request, s string) { r.GuardrailVersion = s }, 8},
	{"PerformanceConfigLatency", func(r *request, s string) {
		r.PerformanceConfigLatency = model.PerformanceConfigLatency(s)
	}, 1024},
	{"ServiceTier", func(r *request, s string) { r.ServiceTier = model.ServiceTier(s) }, 1024},
	{"RequestMetadata", func(r *request, s string) { r.RequestMetadata = s }, model.MaxRequestMetadata},
}

func TestValidateAccepts(t *testing.T) {
	rows := map[string]request{
		"id only":           {ModelID: "anthropic.claude-v2:1"},
		"inference profile": {ModelID: "us.anthropic.claude-3-5-sonnet-20240620-v1:0"},
		"ARN":               {ModelID: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc.def-1:0"},
		"SageMaker ARN":     {ModelID: "arn:aws:sagemaker:us-east-1:123456789012:endpoint/x"},
		"three dots":        {ModelID: "..."},
		"everything": {ModelID: "m", Body: []byte("{}"), ContentType: "application/json", Accept: "*/*",
			Trace: model.TraceEnabledFull, GuardrailIdentifier: "gr1", GuardrailVersion: "DRAFT",
			PerformanceConfigLatency: model.LatencyStandard, ServiceTier: model.TierReserved, RequestMetadata: `{"team":"é"}`},
		"guardrail version": {ModelID: "m", GuardrailVersion: "99999999"},
		"enums of tomorrow": {ModelID: "m", Trace: "ENABLED_MORE", PerformanceConfigLatency: "warp", ServiceTier: "platinum"},
		"largest body":      {ModelID: "m", Body: make([]byte, model.MaxRequestBody)},
	}
	for name, r := range rows {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range setters {
		r := request{ModelID: "m"}
		s.set(&r, strings.Repeat("1", s.max))
		if err := r.Validate(); err != nil {
			t.Errorf("%s of %d bytes: %v", s.field, s.max, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	rows := []struct {
		name  string
		r     *request
		field string
	}{
		{"nil", nil, "ModelID"},
		{"zero", &request{}, "ModelID"},
		{"dot", &request{ModelID: "."}, "ModelID"},
		{"dots", &request{ModelID: ".."}, "ModelID"},
		{"body", &request{ModelID: "m", Body: make([]byte, model.MaxRequestBody+1)}, "Body"},
		{"guardrail version in words", &request{ModelID: "m", GuardrailVersion: "latest"}, "GuardrailVersion"},
		{"guardrail version 0", &request{ModelID: "m", GuardrailVersion: "0"}, "GuardrailVersion"},
		{"guardrail version with a leading 0", &request{ModelID: "m", GuardrailVersion: "01"}, "GuardrailVersion"},
		{"guardrail version of nine digits", &request{ModelID: "m", GuardrailVersion: "100000000"}, "GuardrailVersion"},
		{"guardrail version in small letters", &request{ModelID: "m", GuardrailVersion: "draft"}, "GuardrailVersion"},
		{"escaped id", &request{ModelID: "anthropic.claude-v2%3A1"}, "ModelID"},
		{"id with a blank", &request{ModelID: "anthropic.claude-v2:1 "}, "ModelID"},
		{"guardrail version negative", &request{ModelID: "m", GuardrailVersion: "-1"}, "GuardrailVersion"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			err := row.r.Validate()
			var e *model.FieldError
			if !errors.As(err, &e) || e.Field != row.field || e.Reason == "" || err.Error() != "bedrockwire: "+e.Field+" "+e.Reason {
				t.Errorf("%v, want %s", err, row.field)
			}
		})
	}
	for _, s := range setters {
		r := request{ModelID: "m"}
		s.set(&r, strings.Repeat("1", s.max+1))
		checkField(t, &r, s.field)
	}
}

// TestValidateEveryByte puts every byte value, and characters that some reader takes for a control,
// into every member that goes into the path or a header.
func TestValidateEveryByte(t *testing.T) {
	for _, s := range setters {
		for c := range 256 {
			r := request{ModelID: "m"}
			s.set(&r, "1"+string([]byte{byte(c)})+"1")
			if c >= 0x20 && c < 0x7F {
				refused := s.field == "GuardrailVersion" && (c < '0' || c > '9') || s.field == "ModelID" && (c == ' ' || c == '%')
				if refused != (r.Validate() != nil) {
					t.Errorf("%s: byte %#x refused: %v", s.field, c, r.Validate())
				}
				continue
			}
			checkField(t, &r, s.field)
		}
		for _, bad := range []string{"\u0080", "\u0085", "\u009f", "a\xC3", "\xED\xA0\x80", "canary\r\nX-Evil: 1"} {
			r := request{ModelID: "m"}
			s.set(&r, bad)
			checkField(t, &r, s.field)
		}
	}
}

func checkField(t *testing.T, r *request, field string) {
	t.Helper()
	err := r.Validate()
	var e *model.FieldError
	if !errors.As(err, &e) || e.Field != field {
		t.Errorf("%s: %v", field, err)
		return
	}
	if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "111") {
		t.Errorf("the error shows the value: %v", err)
	}
}

func TestEnums(t *testing.T) {
	for got, want := range map[string]string{
		string(model.TraceEnabled): "ENABLED", string(model.TraceDisabled): "DISABLED", string(model.TraceEnabledFull): "ENABLED_FULL",
		string(model.LatencyStandard): "standard", string(model.LatencyOptimized): "optimized",
		string(model.TierPriority): "priority", string(model.TierDefault): "default", string(model.TierFlex): "flex", string(model.TierReserved): "reserved",
	} {
		same(t, got, want)
	}
}

func TestInvokeModelResponseFrom(t *testing.T) {
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("X-Amzn-Bedrock-Content-Type", "text/plain")
	header.Set("X-Amzn-Bedrock-PerformanceConfig-Latency", "optimized")
	header.Set("X-Amzn-Bedrock-Service-Tier", "flex")
	got := model.InvokeModelResponseFrom(header.Get, []byte("{}"))
	if got.ContentType != "application/json" || got.PerformanceConfigLatency != model.LatencyOptimized ||
		got.ServiceTier != model.TierFlex || string(got.Body) != "{}" {
		t.Errorf("%+v", got)
	}
	if got.Metrics != nil {
		t.Errorf("metrics %+v", got.Metrics)
	}
	for name, value := range map[string]string{"Input-Token-Count": "7", "Output-Token-Count": "9", "Cache-Read-Input-Token-Count": "-1",
		"Cache-Write-Input-Token-Count": "many", "Invocation-Latency": "1500"} {
		header.Set("X-Amzn-Bedrock-"+name, value)
	}
	got = model.InvokeModelResponseFrom(header.Get, nil)
	if want := (model.InvocationMetrics{InputTokenCount: 7, OutputTokenCount: 9, InvocationLatency: 1500 * time.Millisecond}); got.Metrics == nil || *got.Metrics != want {
		t.Errorf("metrics %+v, want %+v", got.Metrics, want)
	}
	if got := model.InvokeModelResponseFrom(nil, nil); got.ContentType != "" || got.Body != nil {
		t.Errorf("without headers: %+v", got)
	}
}
