package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/model"
)

// modelService is a service that knows the given models.
func modelService(t *testing.T, models map[string]string) (*world, *bedrocktest.Server) {
	t.Helper()
	s := bedrocktest.NewUnstartedServer()
	s.Models = models
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := newWorld(t, "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_BEDROCK="+s.URL)
	w.set(keysOf(s)...)
	return w, s
}

func TestModel(t *testing.T) {
	const head = `{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/m","modelId":"m"`
	w, s := modelService(t, map[string]string{
		"full":    head + `,"modelName":"A Model","providerName":"Someone","inputModalities":["TEXT","IMAGE"],"outputModalities":["TEXT"],"responseStreamingSupported":true,"inferenceTypesSupported":["ON_DEMAND"],"modelLifecycle":{"status":"ACTIVE"}}`,
		"profile": head + `,"responseStreamingSupported":false,"inferenceTypesSupported":["INFERENCE_PROFILE"]}`,
		"bare":    head + `}`,
		"evil":    head + `,"modelName":"a\u001b[2Jb` + "\u202e" + `c"}`,
		"broken":  `{"modelName":"x"}`,
	})
	for _, row := range []struct {
		id, text string
		status   int
		err      string
	}{
		{"full", "id         m\nname       A Model\nprovider   Someone\nstreaming  yes\ninput      TEXT, IMAGE\noutput     TEXT\ninference  ON_DEMAND\nlifecycle  ACTIVE\n", exitOK, ""},
		{"profile", "id         m\nstreaming  no\ninference  INFERENCE_PROFILE (not by its id alone: call it by the id or ARN of an inference profile or of provisioned throughput)\n", exitOK, ""},
		{"bare", "id         m\nstreaming  the service does not say\n", exitOK, ""},
		{"evil", "id         m\nname       a\uFFFD[2Jb\uFFFDc\nstreaming  the service does not say\n", exitOK, ""},
		{"broken", "", exitOther, ""},
		{"missing", "", exitRefused, "There is no such model"},
		{"us.missing", "", exitRefused, `has no "us." in front`},
		{"..", "", exitUsage, "ModelID"},
	} {
		w.want(t, row.status, "model", row.id)
		if w.out.String() != row.text {
			t.Errorf("%s: %q, want %q", row.id, w.out.String(), row.text)
		}
		if !strings.Contains(w.err.String(), row.err) || (row.status == exitOK) != (w.err.Len() == 0) {
			t.Errorf("%s: it said %q, want %q in it", row.id, w.err.String(), row.err)
		}
	}
	if s.Requests()[0].Method != "GET" {
		t.Errorf("asked by %s", s.Requests()[0].Method)
	}
	w.want(t, exitOK, "model", "-output", "json", "-v", "full")
	var got map[string]any
	if err := json.Unmarshal(w.out.Bytes(), &got); err != nil || strings.Count(w.out.String(), "\n") != 1 {
		t.Fatalf("%v in %q", err, w.out.String())
	}
	want := map[string]any{
		"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/m", "modelId": "m", "modelName": "A Model", "providerName": "Someone",
		"inputModalities": []any{"TEXT", "IMAGE"}, "outputModalities": []any{"TEXT"}, "inferenceTypesSupported": []any{"ON_DEMAND"}, "responseStreamingSupported": true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !strings.Contains(w.err.String(), "GET ") || !strings.Contains(w.err.String(), "status 200") {
		t.Errorf("-v said %q", w.err.String())
	}
	w.want(t, exitOK, "model", "-output", "json", "bare")
	if !strings.Contains(w.out.String(), `"responseStreamingSupported":null`) {
		t.Errorf("printed %q", w.out.String())
	}
	w.want(t, exitOK, "model", "-output", "json", "evil")
	if !strings.Contains(w.out.String(), `"a\u001b[2Jb\u202ec"`) {
		t.Errorf("printed %q", w.out.String())
	}
	// A flag wins over the environment.
	w.set("AWS_ENDPOINT_URL_BEDROCK=http://127.0.0.1:1")
	w.want(t, exitOK, "model", "-endpoint", s.URL, "full")
	w.stdout = failingWriter{}
	w.want(t, exitOther, "model", "-endpoint", s.URL, "full")
}

func TestModelRefused(t *testing.T) {
	w, s := modelService(t, nil)
	for _, row := range []struct {
		name   string
		vars   []string
		args   []string
		status int
		err    string
	}{
		{"no id", nil, nil, exitUsage, "ID"},
		{"two ids", nil, []string{"a", "b"}, exitUsage, "unexpected"},
		{"flag after the id", nil, []string{"a", "-v"}, exitUsage, "flags come before arguments"},
		{"format", nil, []string{"-output", "yaml", "a"}, exitUsage, "-output"},
		{"bad endpoint", nil, []string{"-endpoint", "http://example.com", "a"}, exitUsage, "Endpoint"},
		{"no region", []string{"AWS_REGION="}, []string{"a"}, exitConfig, "-region"},
		{"unknown profile", nil, []string{"-profile", "nobody", "a"}, exitConfig, "nobody"},
	} {
		here := newWorld(t)
		for name, value := range w.vars {
			here.vars[name] = value
		}
		here.set(row.vars...)
		here.want(t, row.status, append([]string{"model"}, row.args...)...)
		if !strings.Contains(here.err.String(), row.err) {
			t.Errorf("%s: it said %q, want %q in it", row.name, here.err.String(), row.err)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestModelThrottled has the status of an error that may pass.
func TestModelThrottled(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", string(model.ThrottlingException))
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer h.Close()
	w, _ := service(t)
	w.set("AWS_MAX_ATTEMPTS=1")
	w.want(t, exitRetryable, "model", "-endpoint", h.URL, "m")
}
