package model_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

const foundationBody = `{"modelDetails":{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/amazon.titan","modelId":"amazon.titan",
"modelName":"Titan","providerName":"Amazon","inputModalities":["TEXT","SMELL"],"outputModalities":["TEXT"],
"responseStreamingSupported":true,"customizationsSupported":[],"inferenceTypesSupported":["ON_DEMAND","PROVISIONED"],
"modelLifecycle":{"status":"LEGACY","startOfLifeTime":"2023-11-29T00:00:00Z","endOfLifeTime":"2025-08-15T12:30:00+02:00",
"legacyTime":null,"future":1},"future":{"a":[1]}},"other":{}}`

func TestParseFoundationModel(t *testing.T) {
	m, err := model.ParseFoundationModel([]byte(foundationBody))
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := &model.FoundationModel{
		ModelARN: "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan", ModelID: "amazon.titan",
		ModelName: "Titan", ProviderName: "Amazon", InputModalities: []string{"TEXT", "SMELL"},
		OutputModalities: []string{"TEXT"}, InferenceTypesSupported: []string{"ON_DEMAND", "PROVISIONED"},
		ResponseStreamingSupported: &yes,
	}
	if !m.Lifecycle.StartOfLifeTime.Equal(time.Date(2023, 11, 29, 0, 0, 0, 0, time.UTC)) ||
		!m.Lifecycle.EndOfLifeTime.Equal(time.Date(2025, 8, 15, 10, 30, 0, 0, time.UTC)) ||
		!m.Lifecycle.LegacyTime.IsZero() || m.Lifecycle.Status != "LEGACY" {
		t.Errorf("%+v", m.Lifecycle)
	}
	m.Lifecycle = model.ModelLifecycle{}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("%+v", m)
	}
}

// details wraps members into a body that has what is required.
func details(members string) []byte {
	if members != "" {
		members = "," + members
	}
	return []byte(`{"modelDetails":{"modelArn":"a","modelId":"i"` + members + `}}`)
}

func TestResponseStreamingSupported(t *testing.T) {
	for members, want := range map[string]string{
		``: "absent", `"responseStreamingSupported":null`: "absent",
		`"responseStreamingSupported":false`: "false", `"responseStreamingSupported":true`: "true",
	} {
		m, err := model.ParseFoundationModel(details(members))
		if err != nil {
			t.Fatal(err)
		}
		got := "absent"
		if s := m.ResponseStreamingSupported; s != nil {
			got = map[bool]string{true: "true", false: "false"}[*s]
		}
		if got != want {
			t.Errorf("%s: %s", members, got)
		}
	}
}

func TestParseFoundationModelRefuses(t *testing.T) {
	for _, row := range []struct {
		name, body string
		reason     jsonwire.Reason
	}{
		{"empty", ``, jsonwire.ErrTruncated},
		{"array", `[]`, jsonwire.ErrKind},
		{"details of another kind", `{"modelDetails":1}`, jsonwire.ErrKind},
		{"details twice", `{"modelDetails":{},"modelDetails":{}}`, jsonwire.ErrDuplicate},
		{"id twice", string(details(`"modelId":"x"`)), jsonwire.ErrDuplicate},
		{"list twice", string(details(`"inputModalities":[],"inputModalities":[]`)), jsonwire.ErrDuplicate},
		{"streaming twice", string(details(`"responseStreamingSupported":true,"responseStreamingSupported":false`)), jsonwire.ErrDuplicate},
		{"lifecycle twice", string(details(`"modelLifecycle":{},"modelLifecycle":{}`)), jsonwire.ErrDuplicate},
		{"status twice", string(details(`"modelLifecycle":{"status":"a","status":"b"}`)), jsonwire.ErrDuplicate},
		{"time twice", string(details(`"modelLifecycle":{"legacyTime":null,"legacyTime":null}`)), jsonwire.ErrDuplicate},
		{"name of another kind", string(details(`"modelName":1`)), jsonwire.ErrKind},
		{"list of another kind", string(details(`"inputModalities":"TEXT"`)), jsonwire.ErrKind},
		{"list of numbers", string(details(`"inputModalities":["TEXT",1]`)), jsonwire.ErrKind},
		{"streaming in words", string(details(`"responseStreamingSupported":"true"`)), jsonwire.ErrKind},
		{"lifecycle of another kind", string(details(`"modelLifecycle":"ACTIVE"`)), jsonwire.ErrKind},
		{"time in seconds", string(details(`"modelLifecycle":{"legacyTime":1700000000}`)), jsonwire.ErrKind},
		{"time in words", string(details(`"modelLifecycle":{"legacyTime":"soon"}`)), jsonwire.ErrKind},
		{"trailing", string(details(``)) + "x", jsonwire.ErrTrailing},
	} {
		t.Run(row.name, func(t *testing.T) {
			if m, err := model.ParseFoundationModel([]byte(row.body)); m != nil || !errors.Is(err, row.reason) {
				t.Errorf("%+v, %v, want %v", m, err, row.reason)
			}
		})
	}
	for field, body := range map[string]string{"modelDetails.modelArn": `{}`, "modelDetails.modelId": `{"modelDetails":{"modelArn":"a","modelLifecycle":null,"inputModalities":null}}`} {
		_, err := model.ParseFoundationModel([]byte(body))
		var e *model.FieldError
		if !errors.As(err, &e) || e.Field != field || !strings.Contains(err.Error(), "missing") {
			t.Errorf("%v, want %s", err, field)
		}
	}
}
