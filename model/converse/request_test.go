package converse_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"bedrockwire/model"
	"bedrockwire/model/converse"
)

// tall is a request with a block of every kind.
func tall() *converse.Request {
	half, most := 0.5, 0.999
	return &converse.Request{
		ModelID: "anthropic.claude",
		System:  []converse.Block{converse.Text("Be brief."), {CachePoint: true}, {Raw: []byte(`{"guardContent":{"text":{"text":"x"}}}`)}},
		Messages: []converse.Message{
			converse.User(
				converse.Text("What is \"this\"?\n\u2028"),
				converse.Block{Image: &converse.Media{Format: "png", Bytes: []byte{0, 1, 2, 255}}},
				converse.Block{Image: &converse.Media{Format: "jpeg", S3URI: "s3://bucket/key", S3Owner: "123456789012"}},
				converse.Block{Video: &converse.Media{Format: "mp4", S3URI: "s3://bucket/film"}},
				converse.Block{Audio: &converse.Media{Format: "wav", Bytes: []byte("RIFF"), Fields: []byte(` { "error" : {"message":"no"} } `)}},
				converse.Block{Document: &converse.Document{Format: "pdf", Name: "report", Bytes: []byte("%PDF"), Context: "of May", Citations: true}},
				converse.Block{Document: &converse.Document{Format: "txt", Name: "note", Text: "hi"}},
				converse.Block{Document: &converse.Document{Name: "far", S3URI: "s3://bucket/doc", S3Owner: "123456789012", Fields: []byte(`{"new":1}`)}},
				converse.Block{CachePoint: true},
			),
			converse.Assistant(
				converse.Block{Reasoning: &converse.Reasoning{Text: "hm", Signature: "c2ln", Fields: []byte(`{"new":2}`)}},
				converse.Block{Reasoning: &converse.Reasoning{Text: "unsigned"}},
				converse.Block{Reasoning: &converse.Reasoning{Redacted: []byte{1, 2}}},
				converse.Block{ToolUse: &converse.ToolUse{ID: "t1", Name: "weather", Input: []byte(`{"city":"Paris"}`), Fields: []byte(`{"new":3}`)}},
				converse.Block{ToolUse: &converse.ToolUse{ID: "t2", Name: "now"}},
			),
			{Role: converse.RoleUser, Content: []converse.Block{
				{ToolResult: &converse.ToolResult{ID: "t1", Content: []converse.Block{converse.Text("rain"), {Raw: []byte(`{"json":{"mm":3}}`)},
					{Image: &converse.Media{Format: "gif", Bytes: []byte("GIF8")}}}}},
				{ToolResult: &converse.ToolResult{ID: "t2", Error: true, Fields: []byte(`{"new":4}`)}},
			}, Fields: []byte(`{"new":5}`)},
			{Role: "narrator"},
		},
		MaxTokens: 100, Temperature: &half, TopP: &most, StopSequences: []string{"END", "\x00"},
		Tools: []converse.Tool{
			{Name: "weather", Description: "of a city", InputSchema: []byte(`{"type":"object"}`)},
			{Name: "now", InputSchema: []byte(`{}`)},
			{Raw: []byte(`{"cachePoint":{"type":"default"}}`)},
		},
		ToolChoice:               converse.ToolChoice{Tool: "weather"},
		PerformanceConfigLatency: model.LatencyOptimized,
		ServiceTier:              model.TierFlex,
		Metadata:                 map[string]string{"b": "2", "a": "1", "c": ""},
		Fields:                   []byte("\n{\"additionalModelRequestFields\":{\"top_k\":5},\"guardrailConfig\":{\"guardrailIdentifier\":\"g\"} }\t"),
	}
}

const (
	tallMessages = `"messages":[{"role":"user","content":[{"text":"What is \"this\"?\n\u2028"},{"image":{"format":"png","source":{"bytes":"AAEC/w=="}}},` +
		`{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://bucket/key","bucketOwner":"123456789012"}}}},` +
		`{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://bucket/film"}}}},` +
		`{"audio":{"format":"wav","source":{"bytes":"UklGRg=="},"error":{"message":"no"}}},` +
		`{"document":{"format":"pdf","name":"report","source":{"bytes":"JVBERg=="},"context":"of May","citations":{"enabled":true}}},` +
		`{"document":{"format":"txt","name":"note","source":{"text":"hi"}}},` +
		`{"document":{"name":"far","source":{"s3Location":{"uri":"s3://bucket/doc","bucketOwner":"123456789012"}},"new":1}},` +
		`{"cachePoint":{"type":"default"}}]},` +
		`{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln","new":2}}},{"reasoningContent":{"reasoningText":{"text":"unsigned"}}},` +
		`{"reasoningContent":{"redactedContent":"AQI="}},{"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Paris"},"new":3}},{"toolUse":{"toolUseId":"t2","name":"now","input":{}}}]},` +
		`{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"rain"},{"json":{"mm":3}},{"image":{"format":"gif","source":{"bytes":"R0lGOA=="}}}]}},` +
		`{"toolResult":{"toolUseId":"t2","content":[],"status":"error","new":4}}],"new":5},{"role":"narrator","content":[]}]`
	tallSystem = `"system":[{"text":"Be brief."},{"cachePoint":{"type":"default"}},{"guardContent":{"text":{"text":"x"}}}]`
	tallTools  = `"toolConfig":{"tools":[{"toolSpec":{"name":"weather","description":"of a city","inputSchema":{"json":{"type":"object"}}}},` +
		`{"toolSpec":{"name":"now","inputSchema":{"json":{}}}},{"cachePoint":{"type":"default"}}],"toolChoice":{"tool":{"name":"weather"}}}`
	tallExtra = `"additionalModelRequestFields":{"top_k":5}`
)

func TestAppendJSON(t *testing.T) {
	half := 0.0
	rows := []struct {
		name    string
		request *converse.Request
		want    string
	}{
		{"empty", &converse.Request{}, `{}`},
		{"every kind", tall(), `{` + tallMessages + `,` + tallSystem + `,` + tallTools + `,"inferenceConfig":{"maxTokens":100,"temperature":0.5,"topP":0.999,"stopSequences":["END","\u0000"]},` +
			`"performanceConfig":{"latency":"optimized"},"serviceTier":{"type":"flex"},"requestMetadata":{"a":"1","b":"2","c":""},` + tallExtra + `,"guardrailConfig":{"guardrailIdentifier":"g"}}`},
		{"zero is sent", &converse.Request{Temperature: &half, TopP: &half}, `{"inferenceConfig":{"temperature":0,"topP":0}}`},
		{"stop sequences alone", &converse.Request{StopSequences: []string{"a"}}, `{"inferenceConfig":{"stopSequences":["a"]}}`},
		{"auto", &converse.Request{Tools: []converse.Tool{{Raw: []byte(`{}`)}}, ToolChoice: converse.ToolChoice{Auto: true}}, `{"toolConfig":{"tools":[{}],"toolChoice":{"auto":{}}}}`},
		{"any", &converse.Request{Tools: []converse.Tool{{Raw: []byte(`{}`)}}, ToolChoice: converse.ToolChoice{Any: true}}, `{"toolConfig":{"tools":[{}],"toolChoice":{"any":{}}}}`},
		{"no choice", &converse.Request{Tools: []converse.Tool{{Raw: []byte(`{}`)}}}, `{"toolConfig":{"tools":[{}]}}`},
		{"Fields of an empty object", &converse.Request{Fields: []byte(` { } `)}, `{}`},
		{"Fields alone", &converse.Request{Fields: []byte(`{"outputConfig":{}}`)}, `{"outputConfig":{}}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.request.AppendJSON([]byte("before"))
			if err != nil || !strings.HasPrefix(string(got), "before{") || !equalJSON(t, got[6:], []byte(row.want)) {
				t.Errorf("got %s, %v\nwant %s", got, err, row.want)
			}
		})
	}
	if got, _ := tall().AppendJSON(nil); !strings.Contains(string(got), `{"a":"1","b":"2","c":""}`) {
		t.Errorf("metadata is not sorted: %s", got)
	}
}

func TestAppendTokensJSON(t *testing.T) {
	got, err := tall().AppendTokensJSON([]byte("before"))
	want := `before{"input":{"converse":{` + tallMessages + `,` + tallSystem + `,` + tallTools + `,` + tallExtra + `}}}`
	if err != nil || !strings.HasPrefix(string(got), "before{") || !equalJSON(t, got[6:], []byte(want[6:])) {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}
	r := converse.Request{Messages: []converse.Message{converse.User()}}
	if got, err := r.AppendTokensJSON(nil); err != nil || string(got) != `{"input":{"converse":{"messages":[{"role":"user","content":[]}]}}}` {
		t.Errorf("got %s, %v", got, err)
	}
	if got := converse.AppendInvokeTokensJSON([]byte("before"), []byte(`{"a":1}`)); string(got) != `before{"input":{"invokeModel":{"body":"eyJhIjoxfQ=="}}}` {
		t.Errorf("got %s", got)
	}
}

// TestValidate checks what is refused, where, and that neither writer writes it.
func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(-1)
	block := func(b converse.Block) func(*converse.Request) {
		return func(r *converse.Request) { r.Messages = []converse.Message{converse.User(converse.Text("a"), b)} }
	}
	tool := func(tool converse.Tool) func(*converse.Request) {
		return func(r *converse.Request) { r.Tools = []converse.Tool{tool} }
	}
	choice := func(c converse.ToolChoice) func(*converse.Request) {
		return func(r *converse.Request) { r.ToolChoice = c }
	}
	fields := func(s string) func(*converse.Request) { return func(r *converse.Request) { r.Fields = []byte(s) } }
	const at = "Messages[0].Content[1]"
	cycle := &converse.ToolResult{ID: "a"}
	cycle.Content = []converse.Block{converse.Text("x"), {ToolResult: cycle}}
	rows := []struct {
		name   string
		change func(*converse.Request)
		want   string
	}{
		{"no role", func(r *converse.Request) { r.Messages[1].Role = "" }, "Messages[1].Role is empty"},
		{"no member", block(converse.Block{}), at + " has no member"},
		{"no member in the system prompt", func(r *converse.Request) { r.System[2] = converse.Text("") }, "System[2] has no member"},
		{"two members", block(converse.Block{Text: "a", CachePoint: true}), at + " has more than one member"},
		{"Raw and another", block(converse.Block{Text: "a", Raw: []byte(`{}`)}), at + " has more than one member"},
		{"Raw that is not JSON", block(converse.Block{Raw: []byte(`{"a"`)}), at + ".Raw is not a JSON object"},
		{"Raw that is not an object", block(converse.Block{Raw: []byte(`[]`)}), at + ".Raw is not a JSON object"},
		{"Raw that is empty", block(converse.Block{Raw: []byte{}}), at + ".Raw is not a JSON object"},
		{"image without a format", block(converse.Block{Image: &converse.Media{Bytes: []byte("x")}}), at + ".Image.Format is empty"},
		{"video without content", block(converse.Block{Video: &converse.Media{Format: "mp4"}}), at + ".Video has no content"},
		{"audio with two contents", block(converse.Block{Audio: &converse.Media{Format: "wav", Bytes: []byte("x"), S3URI: "s3://b/k"}}), at + ".Audio has more than one content"},
		{"owner of nothing", block(converse.Block{Image: &converse.Media{Format: "png", Bytes: []byte("x"), S3Owner: "1"}}), at + ".Image.S3Owner is set without S3URI"},
		{"media's Fields", block(converse.Block{Image: &converse.Media{Format: "png", Bytes: []byte("x"), Fields: []byte(`{"format":1}`)}}), at + ".Image.Fields has the member format, which has a field"},
		{"document without a name", block(converse.Block{Document: &converse.Document{Text: "x"}}), at + ".Document.Name is empty"},
		{"document without content", block(converse.Block{Document: &converse.Document{Name: "x"}}), at + ".Document has no content"},
		{"document with two contents", block(converse.Block{Document: &converse.Document{Name: "x", Text: "x", Bytes: []byte("x")}}), at + ".Document has more than one content"},
		{"document's Fields", block(converse.Block{Document: &converse.Document{Name: "x", Text: "x", Fields: []byte(`{"citations":{"enabled":false}}`)}}), at + ".Document.Fields has the member citations, which has a field"},
		{"tool use without an id", block(converse.Block{ToolUse: &converse.ToolUse{Name: "n"}}), at + ".ToolUse.ID is empty"},
		{"tool use without a name", block(converse.Block{ToolUse: &converse.ToolUse{ID: "n"}}), at + ".ToolUse.Name is empty"},
		{"input", block(converse.Block{ToolUse: &converse.ToolUse{ID: "a", Name: "n", Input: []byte(`{"secret`)}}), at + ".ToolUse.Input is not JSON"},
		{"tool use's Fields", block(converse.Block{ToolUse: &converse.ToolUse{ID: "a", Name: "n", Fields: []byte(`{"type":"server_tool_use"}`)}}), at + ".ToolUse.Fields has the member type, which has a field"},
		{"tool result without an id", block(converse.Block{ToolResult: &converse.ToolResult{}}), at + ".ToolResult.ID is empty"},
		{"content of a tool result", block(converse.Block{ToolResult: &converse.ToolResult{ID: "a", Content: []converse.Block{{Text: "x"}, {}}}}), at + ".ToolResult.Content[1] has no member"},
		{"tool result in itself", block(converse.Block{ToolResult: cycle}), at + ".ToolResult.Content has a ToolResult"},
		{"tool result's Fields", block(converse.Block{ToolResult: &converse.ToolResult{ID: "a", Fields: []byte(`{"status":1}`)}}), at + ".ToolResult.Fields has the member status, which has a field"},
		{"reasoning that is both", block(converse.Block{Reasoning: &converse.Reasoning{Text: "a", Redacted: []byte{}}}), at + ".Reasoning.Redacted is set together with text"},
		{"reasoning's Fields", block(converse.Block{Reasoning: &converse.Reasoning{Fields: []byte(`{"signature":""}`)}}), at + ".Reasoning.Fields has the member signature, which has a field"},
		{"message's Fields", func(r *converse.Request) { r.Messages[0].Fields = []byte(`{"role":1}`) }, "Messages[0].Fields has the member role, which has a field"},
		{"tool without a name", tool(converse.Tool{InputSchema: []byte(`{}`)}), "Tools[0].Name is empty"},
		{"tool without a schema", tool(converse.Tool{Name: "a"}), "Tools[0].InputSchema is empty"},
		{"schema", tool(converse.Tool{Name: "a", InputSchema: []byte(`{`)}), "Tools[0].InputSchema is not JSON"},
		{"tool that is both", tool(converse.Tool{Name: "a", Raw: []byte(`{}`)}), "Tools[0] has more than one member"},
		{"tool with Raw and a schema", tool(converse.Tool{InputSchema: []byte(`{}`), Raw: []byte(`{}`)}), "Tools[0] has more than one member"},
		{"tool with Raw and a description", tool(converse.Tool{Description: "a", Raw: []byte(`{}`)}), "Tools[0] has more than one member"},
		{"tool's Raw", tool(converse.Tool{Raw: []byte(`1`)}), "Tools[0].Raw is not a JSON object"},
		{"two choices", choice(converse.ToolChoice{Auto: true, Tool: "a"}), "ToolChoice has more than one member"},
		{"choice without tools", func(r *converse.Request) { r.Tools, r.ToolChoice = nil, converse.ToolChoice{Any: true} }, "ToolChoice is set without Tools"},
		{"negative MaxTokens", func(r *converse.Request) { r.MaxTokens = -1 }, "MaxTokens is negative"},
		{"not a number", func(r *converse.Request) { r.Temperature = &nan }, "Temperature is not a number of JSON"},
		{"infinite", func(r *converse.Request) { r.TopP = &inf }, "TopP is not a number of JSON"},
		{"Fields that are not JSON", fields(`{`), "Fields is not a JSON object"},
		{"Fields that are not an object", fields(`"a"`), "Fields is not a JSON object"},
		{"messages in Fields", fields(`{"messages":[]}`), "Fields has the member messages, which has a field"},
		{"escaped member in Fields", fields(`{"s\u0079stem":[]}`), "Fields has the member system, which has a field"},
		{"modelId in Fields", fields(`{"modelId":"m"}`), "Fields has the member modelId, which has a field"},
		{"inferenceConfig in Fields", fields(`{"inferenceConfig":{}}`), "Fields has the member inferenceConfig, which has a field"},
		{"toolConfig in Fields", fields(`{"toolConfig":{}}`), "Fields has the member toolConfig, which has a field"},
		{"performanceConfig in Fields", fields(`{"performanceConfig":{}}`), "Fields has the member performanceConfig, which has a field"},
		{"serviceTier in Fields", fields(`{"serviceTier":{}}`), "Fields has the member serviceTier, which has a field"},
		{"requestMetadata in Fields", fields(`{"requestMetadata":{}}`), "Fields has the member requestMetadata, which has a field"},
	}
	if err := tall().Validate(); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := tall()
			row.change(r)
			err := r.Validate()
			var e *model.FieldError
			if !errors.As(err, &e) || err.Error() != "bedrockwire: "+row.want {
				t.Fatalf("got %v, want %s", err, row.want)
			}
			for _, write := range []func([]byte) ([]byte, error){r.AppendJSON, r.AppendTokensJSON} {
				if got, err := write([]byte("before")); string(got) != "before" || err == nil || err.Error() != "bedrockwire: "+row.want {
					t.Errorf("%q is written: %v", got, err)
				}
			}
		})
	}
	for id, want := range map[string]string{"": "is empty", ".": "is a relative path segment", "..": "is a relative path segment"} {
		r := tall()
		r.ModelID = id
		var e *model.FieldError
		if err := r.Validate(); !errors.As(err, &e) || e.Field != "ModelID" || e.Reason != want {
			t.Errorf("%q: %v", id, err)
		}
	}
	var none *converse.Request
	if err := none.Validate(); err == nil {
		t.Error("nil is valid")
	}
	if _, err := none.AppendJSON(nil); err == nil {
		t.Error("nil is written")
	}
}
