package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/converse"
)

// sdkServer is the SDK's client with a server that records what it is sent and answers with a given body.
type sdkServer struct {
	client         *bedrockruntime.Client
	sent           []byte
	path, response string
}

func newSDKServer(t testing.TB) *sdkServer {
	s := &sdkServer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.sent, _ = io.ReadAll(r.Body)
		s.path = r.URL.EscapedPath()
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, s.response)
	}))
	t.Cleanup(server.Close)
	s.client = bedrockruntime.New(bedrockruntime.Options{Region: "us-east-1", BaseEndpoint: aws.String(server.URL),
		Credentials: credentials.NewStaticCredentialsProvider(clientKeyID, clientSecret, ""), RetryMaxAttempts: 1})
	return s
}

const emptyConverse = `{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn","usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0},"metrics":{"latencyMs":0}}`

// converse returns the body that the SDK sends, and what it makes of the response.
func (s *sdkServer) converse(t testing.TB, in *bedrockruntime.ConverseInput, response string) ([]byte, *bedrockruntime.ConverseOutput) {
	t.Helper()
	s.response = response
	out, err := s.client.Converse(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return s.sent, out
}

// sameJSON fails the test where two texts are not the same JSON.
func sameJSON(t testing.TB, ours, theirs []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(ours, &a); err != nil {
		t.Fatalf("%s: %v", ours, err)
	}
	if err := json.Unmarshal(theirs, &b); err != nil {
		t.Fatalf("%s: %v", theirs, err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("ours\n%s\nthe SDK's\n%s", ours, theirs)
	}
}

// converseRand makes the same things for both sides.
type converseRand struct{ *rand.Rand }

func (r converseRand) text() string {
	pieces := []string{"a", "Zürich", "\"quoted\"", "\n\t\r", "\\", "\u2028", "😀", "\x00\x1f", "<&>", "{\"json\":1}", " "}
	s := "t"
	for range r.IntN(4) {
		s += pieces[r.IntN(len(pieces))]
	}
	return s
}

func (r converseRand) bytes() []byte {
	b := make([]byte, 1+r.IntN(70))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func (r converseRand) maybe() bool { return r.IntN(2) == 0 }

// json returns JSON as both sides take it.
func (r converseRand) json() ([]byte, any) {
	v := map[string]any{"text": r.text(), "number": float64(r.IntN(1000)) / 8, "list": []any{true, nil, r.text()}, "object": map[string]any{}}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b, v
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func s3(m *converse.Media) types.S3Location {
	return types.S3Location{Uri: &m.S3URI, BucketOwner: optional(m.S3Owner)}
}

// media returns bytes, or a place in a bucket.
func (r converseRand) media(format string) *converse.Media {
	if r.maybe() {
		return &converse.Media{Format: format, Bytes: r.bytes()}
	}
	m := &converse.Media{Format: format, S3URI: "s3://bucket/" + r.text()}
	if r.maybe() {
		m.S3Owner = "123456789012"
	}
	return m
}

func (r converseRand) image() (*converse.Media, types.ImageBlock) {
	m := r.media([]string{"png", "jpeg", "gif", "webp"}[r.IntN(4)])
	b := types.ImageBlock{Format: types.ImageFormat(m.Format), Source: &types.ImageSourceMemberBytes{Value: m.Bytes}}
	if m.S3URI != "" {
		b.Source = &types.ImageSourceMemberS3Location{Value: s3(m)}
	}
	return m, b
}

func (r converseRand) video() (*converse.Media, types.VideoBlock) {
	m := r.media("mp4")
	b := types.VideoBlock{Format: types.VideoFormatMp4, Source: &types.VideoSourceMemberBytes{Value: m.Bytes}}
	if m.S3URI != "" {
		b.Source = &types.VideoSourceMemberS3Location{Value: s3(m)}
	}
	return m, b
}

func (r converseRand) document() (*converse.Document, types.DocumentBlock) {
	d := &converse.Document{Name: r.text()}
	b := types.DocumentBlock{Name: &d.Name}
	switch r.IntN(3) {
	case 0:
		d.Bytes = r.bytes()
		b.Source = &types.DocumentSourceMemberBytes{Value: d.Bytes}
	case 1:
		d.Text = r.text()
		b.Source = &types.DocumentSourceMemberText{Value: d.Text}
	default:
		d.S3URI = "s3://bucket/key"
		b.Source = &types.DocumentSourceMemberS3Location{Value: types.S3Location{Uri: &d.S3URI}}
	}
	if r.maybe() {
		d.Format, b.Format = "pdf", types.DocumentFormatPdf
	}
	if r.maybe() {
		d.Context = r.text()
		b.Context = &d.Context
	}
	if r.maybe() {
		d.Citations, b.Citations = true, &types.CitationsConfig{Enabled: aws.Bool(true)}
	}
	return d, b
}

// blockKinds is how many kinds of blocks block makes.
const blockKinds = 16

// block returns one block of the kind for either side.
func (r converseRand) block(kind int) (converse.Block, types.ContentBlock) {
	switch kind {
	case 0:
		s := r.text()
		return converse.Text(s), &types.ContentBlockMemberText{Value: s}
	case 1:
		m, b := r.image()
		return converse.Block{Image: m}, &types.ContentBlockMemberImage{Value: b}
	case 2:
		m, b := r.video()
		return converse.Block{Video: m}, &types.ContentBlockMemberVideo{Value: b}
	case 3:
		m := &converse.Media{Format: "wav", Bytes: r.bytes()}
		return converse.Block{Audio: m}, &types.ContentBlockMemberAudio{Value: types.AudioBlock{Format: types.AudioFormatWav, Source: &types.AudioSourceMemberBytes{Value: m.Bytes}}}
	case 4:
		d, b := r.document()
		return converse.Block{Document: d}, &types.ContentBlockMemberDocument{Value: b}
	case 5:
		raw, v := r.json()
		u := &converse.ToolUse{ID: "tooluse_1", Name: "weather", Input: raw}
		return converse.Block{ToolUse: u}, &types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{ToolUseId: &u.ID, Name: &u.Name, Input: document.NewLazyDocument(v)}}
	case 6:
		u := &converse.ToolUse{ID: "tooluse_2", Name: "now"}
		return converse.Block{ToolUse: u}, &types.ContentBlockMemberToolUse{Value: types.ToolUseBlock{ToolUseId: &u.ID, Name: &u.Name, Input: document.NewLazyDocument(map[string]any{})}}
	case 7, 8:
		return r.toolResult(kind == 8)
	case 9:
		t := &converse.Reasoning{Text: r.text()}
		if r.maybe() {
			t.Signature = "c2ln" + r.text()
		}
		return converse.Block{Reasoning: t}, &types.ContentBlockMemberReasoningContent{Value: &types.ReasoningContentBlockMemberReasoningText{
			Value: types.ReasoningTextBlock{Text: &t.Text, Signature: optional(t.Signature)}}}
	case 10:
		t := &converse.Reasoning{Redacted: r.bytes()}
		return converse.Block{Reasoning: t}, &types.ContentBlockMemberReasoningContent{Value: &types.ReasoningContentBlockMemberRedactedContent{Value: t.Redacted}}
	case 11:
		return converse.Block{CachePoint: true}, &types.ContentBlockMemberCachePoint{Value: types.CachePointBlock{Type: types.CachePointTypeDefault}}
	case 12:
		return converse.Block{Raw: []byte(`{"cachePoint":{"type":"default","ttl":"1h"}}`)},
			&types.ContentBlockMemberCachePoint{Value: types.CachePointBlock{Type: types.CachePointTypeDefault, Ttl: types.CacheTTLOneHour}}
	case 13:
		s := r.text()
		quoted, _ := json.Marshal(s)
		return converse.Block{Raw: fmt.Appendf(nil, `{"guardContent":{"text":{"text":%s,"qualifiers":["query"]}}}`, quoted)},
			&types.ContentBlockMemberGuardContent{Value: &types.GuardrailConverseContentBlockMemberText{
				Value: types.GuardrailConverseTextBlock{Text: &s, Qualifiers: []types.GuardrailConverseContentQualifier{"query"}}}}
	case 14:
		return converse.Block{Raw: []byte(`{"citationsContent":{"content":[{"text":"blue"}],"citations":[{"title":"sky","location":{"documentPage":{"documentIndex":0,"start":1,"end":2}}}]}}`)},
			&types.ContentBlockMemberCitationsContent{Value: types.CitationsContentBlock{Content: []types.CitationGeneratedContent{&types.CitationGeneratedContentMemberText{Value: "blue"}},
				Citations: []types.Citation{{Title: aws.String("sky"), Location: &types.CitationLocationMemberDocumentPage{
					Value: types.DocumentPageLocation{DocumentIndex: aws.Int32(0), Start: aws.Int32(1), End: aws.Int32(2)}}}}}}
	default:
		return converse.Block{Raw: []byte(`{"searchResult":{"source":"s","title":"t","content":[{"text":"c"}]}}`)},
			&types.ContentBlockMemberSearchResult{Value: types.SearchResultBlock{Source: aws.String("s"), Title: aws.String("t"), Content: []types.SearchResultContentBlock{{Text: aws.String("c")}}}}
	}
}

func (r converseRand) toolResult(failed bool) (converse.Block, types.ContentBlock) {
	t := &converse.ToolResult{ID: "tooluse_1", Error: failed}
	b := types.ToolResultBlock{ToolUseId: &t.ID, Content: []types.ToolResultContentBlock{}}
	if failed {
		b.Status = types.ToolResultStatusError
	}
	for range r.IntN(4) {
		switch r.IntN(5) {
		case 0:
			s := r.text()
			t.Content, b.Content = append(t.Content, converse.Text(s)), append(b.Content, &types.ToolResultContentBlockMemberText{Value: s})
		case 1:
			raw, v := r.json()
			t.Content = append(t.Content, converse.Block{Raw: fmt.Appendf(nil, `{"json":%s}`, raw)})
			b.Content = append(b.Content, &types.ToolResultContentBlockMemberJson{Value: document.NewLazyDocument(v)})
		case 2:
			m, v := r.image()
			t.Content, b.Content = append(t.Content, converse.Block{Image: m}), append(b.Content, &types.ToolResultContentBlockMemberImage{Value: v})
		case 3:
			m, v := r.video()
			t.Content, b.Content = append(t.Content, converse.Block{Video: m}), append(b.Content, &types.ToolResultContentBlockMemberVideo{Value: v})
		default:
			d, v := r.document()
			t.Content, b.Content = append(t.Content, converse.Block{Document: d}), append(b.Content, &types.ToolResultContentBlockMemberDocument{Value: v})
		}
	}
	return converse.Block{ToolResult: t}, &types.ContentBlockMemberToolResult{Value: b}
}

// request returns a request for either side. Its first block is of the kind; full sets every other member.
func (r converseRand) request(kind int, full bool) (*converse.Request, *bedrockruntime.ConverseInput) {
	id := "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-v2:1"
	ours, theirs := &converse.Request{ModelID: id}, &bedrockruntime.ConverseInput{ModelId: &id}
	also := func() bool { return full || r.maybe() }
	for i := range 1 + r.IntN(3) {
		role := converse.RoleUser
		if i%2 == 1 {
			role = converse.RoleAssistant
		}
		m, sdk := converse.Message{Role: role}, types.Message{Role: types.ConversationRole(role), Content: []types.ContentBlock{}}
		for n := range 1 + r.IntN(4) {
			if i > 0 || n > 0 {
				kind = r.IntN(blockKinds)
			}
			b, v := r.block(kind)
			m.Content, sdk.Content = append(m.Content, b), append(sdk.Content, v)
		}
		ours.Messages, theirs.Messages = append(ours.Messages, m), append(theirs.Messages, sdk)
	}
	if also() {
		s := r.text()
		ours.System = []converse.Block{converse.Text(s), {CachePoint: true}}
		theirs.System = []types.SystemContentBlock{&types.SystemContentBlockMemberText{Value: s}, &types.SystemContentBlockMemberCachePoint{Value: types.CachePointBlock{Type: "default"}}}
	}
	if also() {
		n, f := 1+r.IntN(5000), float64(r.IntN(9))/8
		ours.MaxTokens, ours.Temperature, ours.TopP, ours.StopSequences = n, &f, &f, []string{r.text(), "END"}
		theirs.InferenceConfig = &types.InferenceConfiguration{MaxTokens: aws.Int32(int32(n)), Temperature: aws.Float32(float32(f)), TopP: aws.Float32(float32(f)), StopSequences: ours.StopSequences}
	}
	if also() {
		raw, v := r.json()
		s := r.text()
		ours.Tools = []converse.Tool{{Name: "weather", Description: s, InputSchema: raw}, {Name: "now", InputSchema: []byte(`{}`)}, {Raw: []byte(`{"cachePoint":{"type":"default"}}`)}, {Raw: []byte(`{"systemTool":{"name":"nova_grounding"}}`)}}
		theirs.ToolConfig = &types.ToolConfiguration{Tools: []types.Tool{
			&types.ToolMemberToolSpec{Value: types.ToolSpecification{Name: aws.String("weather"), Description: &s, InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(v)}}},
			&types.ToolMemberToolSpec{Value: types.ToolSpecification{Name: aws.String("now"), InputSchema: &types.ToolInputSchemaMemberJson{Value: document.NewLazyDocument(map[string]any{})}}},
			&types.ToolMemberCachePoint{Value: types.CachePointBlock{Type: "default"}}, &types.ToolMemberSystemTool{Value: types.SystemTool{Name: aws.String("nova_grounding")}}}}
		switch r.IntN(4) {
		case 0:
			ours.ToolChoice.Auto, theirs.ToolConfig.ToolChoice = true, &types.ToolChoiceMemberAuto{}
		case 1:
			ours.ToolChoice.Any, theirs.ToolConfig.ToolChoice = true, &types.ToolChoiceMemberAny{}
		case 2:
			ours.ToolChoice.Tool, theirs.ToolConfig.ToolChoice = "now", &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: aws.String("now")}}
		}
	}
	if also() {
		ours.PerformanceConfigLatency, theirs.PerformanceConfig = model.LatencyOptimized, &types.PerformanceConfiguration{Latency: "optimized"}
		ours.ServiceTier, theirs.ServiceTier = model.TierFlex, &types.ServiceTier{Type: "flex"}
		ours.Metadata = map[string]string{"team": r.text(), "b": ""}
		theirs.RequestMetadata = ours.Metadata
	}
	if also() {
		raw, v := r.json()
		ours.Fields = fmt.Appendf(nil, `{"additionalModelRequestFields":%s,"guardrailConfig":{"guardrailIdentifier":"g","guardrailVersion":"1","trace":"enabled"},"additionalModelResponseFieldPaths":["/a"]}`, raw)
		theirs.AdditionalModelRequestFields = document.NewLazyDocument(v)
		theirs.GuardrailConfig = &types.GuardrailConfiguration{GuardrailIdentifier: aws.String("g"), GuardrailVersion: aws.String("1"), Trace: "enabled"}
		theirs.AdditionalModelResponseFieldPaths = []string{"/a"}
	}
	return ours, theirs
}

// TestConverseRequestsAgree checks that 320 requests with blocks of all kinds are sent as the SDK sends them, and their
// bodies of CountTokens too.
func TestConverseRequestsAgree(t *testing.T) {
	s := newSDKServer(t)
	for n := range 20 * blockKinds {
		r := converseRand{rand.New(rand.NewPCG(1, uint64(n)))}
		ours, theirs := r.request(n%blockKinds, n < blockKinds)
		if err := ours.Validate(); err != nil {
			t.Fatal(err)
		}
		body, err := ours.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		sent, _ := s.converse(t, theirs, emptyConverse)
		sameJSON(t, body, sent)

		if body, err = ours.AppendTokensJSON(nil); err != nil {
			t.Fatal(err)
		}
		s.response = `{"inputTokens":42}`
		out, err := s.client.CountTokens(context.Background(), &bedrockruntime.CountTokensInput{ModelId: theirs.ModelId, Input: &types.CountTokensInputMemberConverse{
			Value: types.ConverseTokensRequest{Messages: theirs.Messages, System: theirs.System, ToolConfig: theirs.ToolConfig, AdditionalModelRequestFields: theirs.AdditionalModelRequestFields}}})
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, body, s.sent)
		if got, err := converse.ParseTokens([]byte(s.response)); err != nil || got != int(*out.InputTokens) {
			t.Fatalf("%d, %v", got, err)
		}
	}
	s.response = `{"inputTokens":42}`
	if _, err := s.client.CountTokens(context.Background(), &bedrockruntime.CountTokensInput{ModelId: aws.String("m"), Input: &types.CountTokensInputMemberInvokeModel{
		Value: types.InvokeModelTokensRequest{Body: clientBody}}}); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, converse.AppendInvokeTokensJSON(nil, clientBody), s.sent)
}

// TestConverseExampleAgrees checks one request that has a block of every kind and every other member.
func TestConverseExampleAgrees(t *testing.T) {
	r := converseRand{rand.New(rand.NewPCG(3, 3))}
	ours, theirs := r.request(0, true)
	for kind := range blockKinds {
		b, v := r.block(kind)
		ours.Messages[0].Content, theirs.Messages[0].Content = append(ours.Messages[0].Content, b), append(theirs.Messages[0].Content, v)
	}
	ours.ToolChoice = converse.ToolChoice{Tool: "weather"}
	theirs.ToolConfig.ToolChoice = &types.ToolChoiceMemberTool{Value: types.SpecificToolChoice{Name: aws.String("weather")}}
	body, err := ours.AppendJSON(nil)
	if err != nil || ours.Validate() != nil {
		t.Fatal(err, ours.Validate())
	}
	s := newSDKServer(t)
	sent, _ := s.converse(t, theirs, emptyConverse)
	sameJSON(t, body, sent)
	var members map[string]json.RawMessage
	if err := json.Unmarshal(sent, &members); err != nil || len(members) != 10 {
		t.Errorf("%d members: %v", len(members), err)
	}
	// The model's id is part of the path, with all but unreserved characters escaped.
	if want := "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-v2%3A1/converse"; s.path != want {
		t.Errorf("path %s", s.path)
	}
}

// TestConverseResponsesAgree checks that both sides read 320 responses alike: the message as it goes back in the next
// request, and all else by its fields.
func TestConverseResponsesAgree(t *testing.T) {
	s := newSDKServer(t)
	reasons := types.StopReason("").Values()
	for n := range 20 * blockKinds {
		r := converseRand{rand.New(rand.NewPCG(2, uint64(n)))}
		message := converse.Message{Role: converse.RoleAssistant}
		for i := range 1 + r.IntN(5) {
			kind := n % blockKinds
			if i > 0 {
				kind = r.IntN(blockKinds)
			}
			b, _ := r.block(kind)
			message.Content = append(message.Content, b)
		}
		content, err := (&converse.Request{Messages: []converse.Message{message}}).AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		var list struct{ Messages []json.RawMessage }
		if err := json.Unmarshal(content, &list); err != nil {
			t.Fatal(err)
		}
		raw, _ := r.json()
		body := fmt.Sprintf(`{"output":{"message":%s},"stopReason":%q,"usage":{"inputTokens":%d,"outputTokens":%d,"totalTokens":%d,"cacheReadInputTokens":%d,"cacheWriteInputTokens":%d},`+
			`"metrics":{"latencyMs":%d},"additionalModelResponseFields":%s,"performanceConfig":{"latency":"standard"},"serviceTier":{"type":"priority"},"trace":{"promptRouter":{"invokedModelId":"m"}}}`,
			list.Messages[0], reasons[r.IntN(len(reasons))], r.IntN(1e6), r.IntN(1e6), r.IntN(1e6), r.IntN(1e6), r.IntN(1e6), r.Int64N(1e12), raw)
		got, err := converse.ParseResponse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		_, out := s.converse(t, &bedrockruntime.ConverseInput{ModelId: aws.String("m")}, body)
		u := out.Usage
		if string(got.StopReason) != string(out.StopReason) || got.LatencyMs != *out.Metrics.LatencyMs || string(got.PerformanceConfigLatency) != string(out.PerformanceConfig.Latency) ||
			string(got.ServiceTier) != string(out.ServiceTier.Type) || got.Usage != (converse.Usage{InputTokens: int64(*u.InputTokens), OutputTokens: int64(*u.OutputTokens), TotalTokens: int64(*u.TotalTokens),
			CacheReadInputTokens: int64(*u.CacheReadInputTokens), CacheWriteInputTokens: int64(*u.CacheWriteInputTokens)}) {
			t.Fatalf("%s\n%+v\n%+v", body, got, out)
		}
		fields, err := out.AdditionalModelResponseFields.MarshalSmithyDocument()
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, got.Fields, fields)

		again, err := (&converse.Request{Messages: []converse.Message{got.Message}}).AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		sent, _ := s.converse(t, &bedrockruntime.ConverseInput{ModelId: aws.String("m"), Messages: []types.Message{out.Output.(*types.ConverseOutputMemberMessage).Value}}, emptyConverse)
		sameJSON(t, again, sent)
	}
}

// converseStream is a stream of a message of n deltas of text in memory.
func converseStream(tb testing.TB, n int) []byte {
	var stream []byte
	add := func(kind, payload string) {
		var err error
		if stream, err = frame.Append(stream, []frame.Header{{Name: ":event-type", Value: frame.StringValue(kind)}, {Name: ":content-type", Value: frame.StringValue("application/json")},
			{Name: ":message-type", Value: frame.StringValue("event")}}, []byte(payload)); err != nil {
			tb.Fatal(err)
		}
	}
	add("messageStart", `{"p":"abcdef","role":"assistant"}`)
	for i := range n {
		add("contentBlockDelta", fmt.Sprintf(`{"contentBlockIndex":0,"delta":{"text":" word %d"},"p":"abcdefghijklmnopqrstuvwxyzABC"}`, i))
	}
	add("contentBlockStop", `{"contentBlockIndex":0,"p":"abcdefghijklmno"}`)
	add("messageStop", `{"p":"abcdefghijklmnopq","stopReason":"end_turn"}`)
	add("metadata", `{"metrics":{"latencyMs":812},"p":"abc","usage":{"inputTokens":12,"outputTokens":1000,"totalTokens":1012}}`)
	return stream
}

// sdkConverse reads a stream with the SDK and returns the length of its text.
func sdkConverse(tb testing.TB, stream []byte) (text, events int) {
	c := bedrockruntime.New(bedrockruntime.Options{Region: "us-east-1", BaseEndpoint: aws.String("https://bedrock.example"), HTTPClient: clientTransport{stream},
		Credentials: credentials.NewStaticCredentialsProvider(clientKeyID, clientSecret, "")})
	out, err := c.ConverseStream(context.Background(), &bedrockruntime.ConverseStreamInput{ModelId: aws.String("m")})
	if err != nil {
		tb.Fatal(err)
	}
	for e := range out.GetStream().Events() {
		events++
		if d, ok := e.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			text += len(d.Value.Delta.(*types.ContentBlockDeltaMemberText).Value)
		}
	}
	if err := out.GetStream().Err(); err != nil {
		tb.Fatal(err)
	}
	return text, events
}

// sdkConverseCodec does the same with nothing of the SDK but its event-stream decoder, and encoding/json.
func sdkConverseCodec(tb testing.TB, stream []byte) (text, events int) {
	decoder, buf, src := eventstream.NewDecoder(), make([]byte, 64<<10), &sliceReader{stream}
	for {
		m, err := decoder.Decode(src, buf[:0])
		if err == io.EOF {
			return text, events
		}
		var e struct{ Delta struct{ Text string } }
		if err != nil || json.Unmarshal(m.Payload, &e) != nil {
			tb.Fatal(err)
		}
		text, events = text+len(e.Delta.Text), events+1
	}
}

type sliceReader struct{ b []byte }

func (r *sliceReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// ourConverse reads a stream with a frame.Reader, a Decoder and an Order.
func ourConverse(tb testing.TB, r *frame.Reader, d *converse.Decoder, stream []byte) (text, events int) {
	r.Reset(&sliceReader{stream})
	var o converse.Order
	for {
		m, err := r.Next()
		if err == io.EOF {
			if !o.Complete() {
				tb.Fatal("not complete")
			}
			return text, events
		}
		if err != nil {
			tb.Fatal(err)
		}
		kind := ""
		if m.Headers.Is(":event-type", "contentBlockDelta") {
			kind = "contentBlockDelta"
		} else if v, ok := m.Headers.Get(":event-type"); ok {
			kind, _ = v.Text()
		}
		e, err := d.Decode(kind, m.Payload)
		if err == nil {
			err = o.Check(&e)
		}
		if err != nil {
			tb.Fatal(err)
		}
		text, events = text+len(e.Text), events+1
	}
}

// TestConverseStreamsAgree checks that all three read the same.
func TestConverseStreamsAgree(t *testing.T) {
	stream := converseStream(t, 100)
	text, events := ourConverse(t, frame.NewReader(nil), &converse.Decoder{}, stream)
	for name, read := range map[string]func(testing.TB, []byte) (int, int){"SDK": sdkConverse, "codec": sdkConverseCodec} {
		if x, n := read(t, stream); x != text || n != events || events != 104 {
			t.Errorf("%s: %d bytes of text in %d events; ours %d in %d", name, x, n, text, events)
		}
	}
}

// BenchmarkConverseStream reads 1,000 deltas of text in memory, an event an operation.
func BenchmarkConverseStream(b *testing.B) {
	const deltas = 1000
	stream := converseStream(b, deltas)
	r, d := frame.NewReader(nil), &converse.Decoder{}
	for _, impl := range []struct {
		name string
		run  func() (int, int)
	}{
		{"bedrockwire", func() (int, int) { return ourConverse(b, r, d, stream) }},
		{"sdk", func() (int, int) { return sdkConverse(b, stream) }},
		{"sdk-codec", func() (int, int) { return sdkConverseCodec(b, stream) }},
	} {
		b.Run("impl="+impl.name, func(b *testing.B) {
			b.ReportAllocs()
			events := 0
			for events < b.N {
				_, n := impl.run()
				events += n
			}
		})
	}
}
