package model_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"bedrockwire/model"
)

// seedNames are the names of the OCaml module that this package began with, in its order: its type's
// fields, its errors' variants and its values. Next to each stands its name in Go.
var seedNames = []struct{ seed, name string }{
	{"t", "InvokeModelWithResponseStreamResponse"},
	{"t.body", "its Body, a []ResponseStream"},
	{"t.contentType", "its ContentType"},
	{"t.performanceConfigLatency", "its PerformanceConfigLatency"},
	{"t.serviceTier", "its ServiceTier"},
	{"error", "*Error, and Code for its variants"},
	{"AccessDeniedException", "AccessDeniedException"},
	{"InternalServerException", "InternalServerException"},
	{"ModelErrorException", "ModelErrorException"},
	{"ModelNotReadyException", "ModelNotReadyException"},
	{"ModelStreamErrorException", "ModelStreamErrorException"},
	{"ModelTimeoutException", "ModelTimeoutException"},
	{"ResourceNotFoundException", "ResourceNotFoundException"},
	{"ServiceQuotaExceededException", "ServiceQuotaExceededException"},
	{"ServiceUnavailableException", "ServiceUnavailableException"},
	{"ThrottlingException", "ThrottlingException"},
	{"ValidationException", "ValidationException"},
	{"Unknown_operation_error", "UnknownOperationError; Error.Code and Error.Message keep its pair"},
	{"make", "a composite literal of it"},
	{"error_of_json", "ErrorFromJSON"},
	{"error_of_xml", "ErrorFromXML"},
	{"error_to_json", "Error.AppendJSON"},
	{"of_header_and_body", "ResponseFromHeaderAndBody"},
	{"to_value", "InvokeModelWithResponseStreamResponse.Value"},
	{"to_query", "InvokeModelWithResponseStreamResponse.AppendQuery"},
	{"of_xml", "ResponseFromXML"},
	{"of_string", "ResponseFromString"},
	{"of_json", "ResponseFromJSON"},
	{"to_json", "InvokeModelWithResponseStreamResponse.AppendJSON"},
}

// sample is a response with everything in it.
func sample() *model.InvokeModelWithResponseStreamResponse {
	return &model.InvokeModelWithResponseStreamResponse{
		Body: []model.ResponseStream{
			{Chunk: &model.PayloadPart{Bytes: []byte(`{"type":"message_start"}`)}},
			{Chunk: &model.PayloadPart{Bytes: []byte{}}},
			{Chunk: &model.PayloadPart{}},
			{Unknown: "futureEvent"},
			{},
			{Exception: &model.Error{Code: model.ModelStreamErrorException, Message: "a <b> & \"c\" é\r\n", StatusCode: 424,
				OriginalStatusCode: 500, OriginalMessage: "o", InStream: true}},
			{Exception: &model.Error{Code: "x#Odd", Message: "m", InStream: true}},
			{Exception: &model.Error{InStream: true}},
		},
		ContentType:              "application/json",
		PerformanceConfigLatency: model.LatencyOptimized,
		ServiceTier:              "a-tier-of-tomorrow",
	}
}

const sampleJSON = `{"body":[{"chunk":{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdGFydCJ9"}},{"chunk":{"bytes":""}},{"chunk":{}},` +
	`{"futureEvent":{}},{},` +
	`{"modelStreamErrorException":{"message":"a <b> & \"c\" é\r\n","originalStatusCode":500,"originalMessage":"o"}},` +
	`{"Unknown_operation_error":{"__type":"#x#Odd","message":"m"}},{"Unknown_operation_error":{"__type":""}}],` +
	`"contentType":"application/json","performanceConfigLatency":"optimized","serviceTier":"a-tier-of-tomorrow"}`

const sampleXML = `<InvokeModelWithResponseStreamResponse><body>` +
	`<member><chunk><bytes>eyJ0eXBlIjoibWVzc2FnZV9zdGFydCJ9</bytes></chunk></member>` +
	`<member><chunk><bytes></bytes></chunk></member><member><chunk></chunk></member>` +
	`<member><futureEvent></futureEvent></member><member></member>` +
	`<member><modelStreamErrorException><message>a &lt;b&gt; &amp; &quot;c&quot; é&#13;` + "\n" + `</message>` +
	`<originalStatusCode>500</originalStatusCode><originalMessage>o</originalMessage></modelStreamErrorException></member>` +
	`<member><Unknown_operation_error><__type>#x#Odd</__type><message>m</message></Unknown_operation_error></member>` +
	`<member><Unknown_operation_error><__type></__type></Unknown_operation_error></member>` +
	`</body><contentType>application/json</contentType><performanceConfigLatency>optimized</performanceConfigLatency>` +
	`<serviceTier>a-tier-of-tomorrow</serviceTier></InvokeModelWithResponseStreamResponse>`

// seedRows assert what seedNames says, a row a name.
var seedRows = map[string]func(t *testing.T){
	"t": func(t *testing.T) {
		fields := []string{}
		for _, f := range reflect.VisibleFields(reflect.TypeFor[model.InvokeModelWithResponseStreamResponse]()) {
			fields = append(fields, f.Name)
		}
		if got := strings.Join(fields, " "); got != "Body ContentType PerformanceConfigLatency ServiceTier" {
			t.Error(got)
		}
	},
	"t.body": func(t *testing.T) {
		if b := sample().Body; len(b) != 8 || string(b[0].Chunk.Bytes) != `{"type":"message_start"}` {
			t.Errorf("%v", b)
		}
	},
	"t.contentType":              func(t *testing.T) { same(t, sample().ContentType, "application/json") },
	"t.performanceConfigLatency": func(t *testing.T) { same(t, string(sample().PerformanceConfigLatency), "optimized") },
	"t.serviceTier":              func(t *testing.T) { same(t, string(sample().ServiceTier), "a-tier-of-tomorrow") },
	"error": func(t *testing.T) {
		var err error = &model.Error{Code: "c", Message: "m"}
		var e *model.Error
		if !errors.As(err, &e) {
			t.Error("no *Error")
		}
	},
	"AccessDeniedException":         variant(model.AccessDeniedException),
	"InternalServerException":       variant(model.InternalServerException),
	"ModelErrorException":           variant(model.ModelErrorException),
	"ModelNotReadyException":        variant(model.ModelNotReadyException),
	"ModelStreamErrorException":     variant(model.ModelStreamErrorException),
	"ModelTimeoutException":         variant(model.ModelTimeoutException),
	"ResourceNotFoundException":     variant(model.ResourceNotFoundException),
	"ServiceQuotaExceededException": variant(model.ServiceQuotaExceededException),
	"ServiceUnavailableException":   variant(model.ServiceUnavailableException),
	"ThrottlingException":           variant(model.ThrottlingException),
	"ValidationException":           variant(model.ValidationException),
	"Unknown_operation_error": func(t *testing.T) {
		same(t, string(model.UnknownOperationError), "Unknown_operation_error")
		e := model.ErrorFromJSON("com.amazon#Brownout", []byte(`{"message":"dim"}`))
		if !errors.Is(e, model.UnknownOperationError) || e.Code != "Brownout" || e.Message != "dim" {
			t.Errorf("%+v", e)
		}
	},
	"make": func(t *testing.T) {
		if r := new(model.InvokeModelWithResponseStreamResponse); r.Body != nil || string(r.AppendJSON(nil)) != "{}" {
			t.Errorf("%+v", r)
		}
	},
	"error_of_json": func(t *testing.T) {
		e := model.ErrorFromJSON("throttlingException", []byte(`{"message":"slow"}`))
		if !errors.Is(e, model.ThrottlingException) || e.Message != "slow" || e.StatusCode != 429 {
			t.Errorf("%+v", e)
		}
	},
	"error_of_xml": func(t *testing.T) {
		e := model.ErrorFromXML("", []byte(`<ErrorResponse><Error><Code>ThrottlingException</Code><Message>slow</Message></Error><RequestId>r</RequestId></ErrorResponse>`))
		if !errors.Is(e, model.ThrottlingException) || e.Message != "slow" || e.RequestID != "r" {
			t.Errorf("%+v", e)
		}
	},
	"error_to_json": func(t *testing.T) {
		e := &model.Error{Code: model.ThrottlingException, Message: "slow"}
		same(t, string(e.AppendJSON(nil)), `{"__type":"ThrottlingException","message":"slow"}`)
		if again := model.ErrorFromJSON("", e.AppendJSON(nil)); again.Code != e.Code || again.Message != e.Message {
			t.Errorf("read back %+v", again)
		}
	},
	"of_header_and_body": func(t *testing.T) {
		head := map[string]string{"x-amzn-bedrock-content-type": "application/json",
			"x-amzn-bedrock-performanceconfig-latency": "optimized", "x-amzn-bedrock-service-tier": "a-tier-of-tomorrow"}
		want := sample()
		got := model.ResponseFromHeaderAndBody(func(name string) string { return head[strings.ToLower(name)] }, want.Body)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v", got)
		}
		if empty := model.ResponseFromHeaderAndBody(nil, nil); !reflect.DeepEqual(empty, &model.InvokeModelWithResponseStreamResponse{}) {
			t.Errorf("%+v", empty)
		}
	},
	"to_value": func(t *testing.T) {
		v := sample().Value()
		if v.Kind != model.StructureValue || len(v.Members) != 4 || v.Member("serviceTier").Kind != model.EnumValue ||
			v.Member("contentType").Kind != model.StringValue || v.Member("body").Kind != model.ListValue {
			t.Errorf("%+v", v)
		}
		if c := v.Member("body").List[0].Member("chunk").Member("bytes"); c.Kind != model.BlobValue || len(c.Blob) != 24 {
			t.Errorf("%+v", c)
		}
		if s := v.Member("body").List[5].Member("modelStreamErrorException").Member("originalStatusCode"); s.Kind != model.IntegerValue || s.Integer != 500 {
			t.Errorf("%+v", s)
		}
		back, err := model.ResponseFromValue(v)
		if err != nil || !reflect.DeepEqual(back, sample()) {
			t.Errorf("%v: %+v", err, back)
		}
	},
	"to_query": func(t *testing.T) {
		r := sample()
		r.Body = r.Body[:2]
		same(t, string(r.AppendQuery(nil)), "body.member.1.chunk.bytes=eyJ0eXBlIjoibWVzc2FnZV9zdGFydCJ9&body.member.2.chunk.bytes="+
			"&contentType=application%2Fjson&performanceConfigLatency=optimized&serviceTier=a-tier-of-tomorrow")
	},
	"of_xml": func(t *testing.T) {
		text, err := sample().AppendXML(nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, string(text), sampleXML)
		got, err := model.ResponseFromXML([]byte(sampleXML))
		if err != nil || !reflect.DeepEqual(got, sample()) {
			t.Errorf("%v: %s", err, got.AppendJSON(nil))
		}
	},
	"of_string": func(t *testing.T) {
		for _, s := range []string{sampleJSON, "\n " + sampleJSON, sampleXML, "\r\n\t " + sampleXML} {
			got, err := model.ResponseFromString(s)
			if err != nil || !reflect.DeepEqual(got, sample()) {
				t.Errorf("%.20q: %v", s, err)
			}
		}
		for _, s := range []string{"", " ", "x", "<", "{"} {
			if got, err := model.ResponseFromString(s); err == nil || got != nil {
				t.Errorf("%q: %v, %v", s, got, err)
			}
		}
	},
	"of_json": func(t *testing.T) {
		got, err := model.ResponseFromJSON([]byte(sampleJSON))
		if err != nil || !reflect.DeepEqual(got, sample()) {
			t.Errorf("%v: %s", err, got.AppendJSON(nil))
		}
	},
	"to_json": func(t *testing.T) { same(t, string(sample().AppendJSON(nil)), sampleJSON) },
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// variant asserts that one modelled error is itself in both notations, in and outside a stream.
func variant(code model.Code) func(*testing.T) {
	return func(t *testing.T) {
		for _, e := range []*model.Error{
			model.ErrorFromJSON(string(code), nil),
			model.ErrorFromJSON("", (&model.Error{Code: code}).AppendJSON(nil)),
			model.ErrorFromXML("", []byte("<Error><Code>"+string(code)+"</Code></Error>")),
		} {
			if !errors.Is(e, code) || errors.Is(e, model.UnknownOperationError) || e.StatusCode != code.Status() {
				t.Errorf("%+v", e)
			}
		}
		r := &model.InvokeModelWithResponseStreamResponse{Body: []model.ResponseStream{
			{Exception: &model.Error{Code: code, StatusCode: code.Status(), InStream: true}}}}
		if back, err := model.ResponseFromJSON(r.AppendJSON(nil)); err != nil || !reflect.DeepEqual(back, r) {
			t.Errorf("%v: %s", err, r.AppendJSON(nil))
		}
	}
}

func TestSeed(t *testing.T) {
	for _, n := range seedNames {
		row, ok := seedRows[n.seed]
		if !ok {
			t.Errorf("%s, %s in Go, has no row", n.seed, n.name)
			continue
		}
		t.Run(n.seed, row)
	}
	if len(seedRows) != len(seedNames) {
		t.Errorf("%d rows for %d names", len(seedRows), len(seedNames))
	}
}
