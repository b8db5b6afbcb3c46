package model_test

import (
	"testing"
	"time"

	"bedrockwire/model"
)

func TestInvocationMetrics(t *testing.T) {
	full := model.InvocationMetrics{InputTokenCount: 12, OutputTokenCount: 34, CacheReadInputTokenCount: 5,
		CacheWriteInputTokenCount: 6, InvocationLatency: 1234 * time.Millisecond, FirstByteLatency: 56 * time.Millisecond}
	rows := []struct {
		name, chunk string
		want        model.InvocationMetrics
		ok          bool
	}{
		{"Anthropic", `{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12,"outputTokenCount":34,"invocationLatency":1234,"firstByteLatency":56,"cacheReadInputTokenCount":5,"cacheWriteInputTokenCount":6}}`, full, true},
		{"the other spelling", `{"amazon-bedrock-invocationMetrics":{"inputTokens":12,"outputTokens":34,"invocationLatency":1234,"firstByteLatency":56,"cacheReadInputTokens":5,"cacheWriteInputTokens":6}}`, full, true},
		{"other members and white space", "{ \"a\" : [ { } ] ,\n \"amazon-bedrock-invocationMetrics\" : { \"x\" : { \"inputTokenCount\" : 9 } , \"inputTokenCount\" : 1 } , \"b\" : null } ", model.InvocationMetrics{InputTokenCount: 1}, true},
		{"null counts", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":null,"outputTokenCount":2}}`, model.InvocationMetrics{OutputTokenCount: 2}, true},
		{"zero", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":0,"outputTokenCount":3,"firstByteLatency":0}}`, model.InvocationMetrics{OutputTokenCount: 3}, true},
		{"empty", `{"amazon-bedrock-invocationMetrics":{}}`, model.InvocationMetrics{}, true},
		{"largest", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":9223372036854775807,"invocationLatency":9223372036854}}`, model.InvocationMetrics{InputTokenCount: 1<<63 - 1, InvocationLatency: 9223372036854 * time.Millisecond}, true},
		{"none", `{"type":"content_block_delta","delta":{"text":"x"}}`, model.InvocationMetrics{}, false},
		{"no chunk", ``, model.InvocationMetrics{}, false},
		{"only in the text", `{"delta":{"text":"amazon-bedrock-invocationMetrics"}}`, model.InvocationMetrics{}, false},
		{"deeper", `{"delta":{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}}`, model.InvocationMetrics{}, false},
		{"no object", `{"amazon-bedrock-invocationMetrics":[1]}`, model.InvocationMetrics{}, false},
		{"null", `{"amazon-bedrock-invocationMetrics":null}`, model.InvocationMetrics{}, false},
		{"array around", `[{"amazon-bedrock-invocationMetrics":{}}]`, model.InvocationMetrics{}, false},
		{"twice", `{"amazon-bedrock-invocationMetrics":{},"amazon-bedrock-invocationMetrics":{}}`, model.InvocationMetrics{}, false},
		{"both spellings", `{"amazon-bedrock-invocationMetrics":{"inputTokens":1,"inputTokenCount":2}}`, model.InvocationMetrics{}, false},
		{"negative", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":-1}}`, model.InvocationMetrics{}, false},
		{"fraction", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1.5}}`, model.InvocationMetrics{}, false},
		{"text", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":"1"}}`, model.InvocationMetrics{}, false},
		{"too large", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":9223372036854775808}}`, model.InvocationMetrics{}, false},
		{"latency that would wrap", `{"amazon-bedrock-invocationMetrics":{"invocationLatency":9223372036855}}`, model.InvocationMetrics{}, false},
		{"cut", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}`, model.InvocationMetrics{}, false},
		{"trailing bytes", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}} x`, model.InvocationMetrics{}, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got, ok := model.ParseInvocationMetrics([]byte(row.chunk))
			if got != row.want || ok != row.ok {
				t.Errorf("%+v, %v", got, ok)
			}
		})
	}
	for _, chunk := range []string{rows[0].chunk, rows[6].chunk} {
		b := []byte(chunk)
		if n := testing.AllocsPerRun(100, func() { model.ParseInvocationMetrics(b) }); n != 0 {
			t.Errorf("%v allocations for %.30s", n, chunk)
		}
	}
}
