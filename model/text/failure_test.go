package text

import (
	"strings"
	"testing"
)

// TestFailure: the errors that models, and servers that run them, report inside a chunk.
func TestFailure(t *testing.T) {
	for _, r := range []struct {
		name, chunk, code, message string
		status                     int
		retry                      bool
	}{
		{"anthropic overloaded", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "overloaded_error", "Overloaded", 0, true},
		{"anthropic overloaded, with an id", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`, "overloaded_error", "Overloaded", 0, true},
		{"anthropic rate limit", `{"type":"error","error":{"type":"rate_limit_error","message":"slower"}}`, "rate_limit_error", "slower", 0, true},
		{"anthropic timeout", `{"type":"error","error":{"type":"timeout_error","message":"m"}}`, "timeout_error", "m", 0, true},
		{"anthropic api error", `{"type":"error","error":{"type":"api_error","message":"Internal server error"}}`, "api_error", "Internal server error", 0, true},
		{"anthropic invalid request", `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"}}`, "invalid_request_error", "prompt is too long", 0, false},
		{"anthropic, members in another order", `{"error":{"message":"a\nb","type":"api_error"},"type":"error"}`, "api_error", "a\nb", 0, true},
		{"anthropic error without details", `{"type":"error"}`, "", "", 0, false},
		{"openai", `{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}`, "rate_limit_exceeded", "Rate limit reached", 0, true},
		{"openai, code null", `{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}`, "server_error", "The server had an error", 0, true},
		{"openai, code empty", `{"error":{"message":"m","type":"server_error","code":""}}`, "server_error", "m", 0, true},
		{"openai, refused", `{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}`, "context_length_exceeded", "too long", 0, false},
		{"in a chat chunk", `{"id":"c","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":"server_error","message":"Provider disconnected"}}`, "server_error", "Provider disconnected", 0, true},
		{"status as code", `{"error":{"code":502,"message":"upstream"}}`, "502", "upstream", 502, true},
		{"google", `{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}`, "RESOURCE_EXHAUSTED", "m", 429, true},
		{"vllm", `{"error":{"object":"error","message":"boom","type":"InternalServerError","code":500}}`, "InternalServerError", "boom", 500, true},
		{"code is not a status", `{"error":{"code":7,"message":"m"}}`, "", "m", 0, false},
		{"text", `{"error":"out of memory"}`, "", "out of memory", 0, false},
		{"text with other members", `{"model":"x","error":"out of memory"}`, "", "out of memory", 0, false},
		{"empty object", `{"error":{}}`, "", "", 0, false},
		{"half of an emoji", `{"error":{"type":"api_error","message":"sorry \ud83d"}}`, "api_error", "sorry \uFFFD", 0, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := Failure([]byte(r.chunk))
			if e == nil {
				t.Fatal("no error")
			}
			if string(e.Code) != r.code || e.Message != r.message || e.StatusCode != r.status || e.OriginalStatusCode != r.status {
				t.Errorf("code %q, message %q, status %d", e.Code, e.Message, e.StatusCode)
			}
			if e.Retryable() != r.retry || !e.InStream || string(e.Raw) != r.chunk {
				t.Errorf("retryable %v, in stream %v, raw %q", e.Retryable(), e.InStream, e.Raw)
			}
			if Ends([]byte(r.chunk)) != strings.Contains(r.chunk, "finish_reason") {
				t.Error("an error is not an end mark")
			}
		})
	}
	for name, chunk := range map[string]string{
		"null":                   `{"error":null,"generation":"x"}`,
		"false":                  `{"error":false,"generation":"x"}`,
		"empty text":             `{"error":""}`,
		"no error":               `{"generation":"x"}`,
		"a text about an error":  `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"an \"error\": bad"}}`,
		"the word as a text":     `{"generation":"error","stop_reason":null}`,
		"deeper":                 `{"type":"content_block_start","index":0,"content_block":{"type":"x","error":{"type":"api_error"}}}`,
		"event of another type":  `{"type":"message_start","error":{"type":"api_error"}}`,
		"malformed":              `{"error":{"type":"api_error"}`,
		"twice":                  `{"error":{"type":"api_error"},"error":{"type":"api_error"}}`,
		"not an object":          `["error"]`,
		"empty":                  ``,
		"something behind":       `{"error":{"type":"api_error"}} x`,
		"members of two formats": `{"generation":"a","outputText":"b","error":null}`,
	} {
		if e := Failure([]byte(chunk)); e != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestFailureCopies(t *testing.T) {
	chunk := []byte(`{"error":{"type":"api_error","message":"m"}}`)
	e := Failure(chunk)
	for i := range chunk {
		chunk[i] = 'X'
	}
	if e.Code != "api_error" || e.Message != "m" || !strings.HasPrefix(string(e.Raw), `{"error"`) {
		t.Errorf("the error changed with the chunk: %#v, %q", e, e.Raw)
	}
}

func TestMarksEnd(t *testing.T) {
	for chunk, want := range map[string]bool{
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}`: true,
		`{"type":"message_stop"}`:                                           true,
		`{"contentBlockDelta":{"delta":{"text":"x"}}}`:                      true,
		`{"generation":"x","stop_reason":null}`:                             true,
		`{"outputText":"x"}`:                                                true,
		`{"completion":"x"}`:                                                true,
		`{"outputs":[{"text":"x"}]}`:                                        true,
		`{"choices":[{"delta":{"content":"x"}}]}`:                           true,
		`{"choices":[],"usage":{"prompt_tokens":1}}`:                        true,
		`{"generations":[{"text":"x"}]}`:                                    true,
		`{"is_finished":false,"text":"x"}`:                                  true,
		`{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`:        false,
		`{"novelty":1}`:                                                     false,
		`{"novelty":1,"amazon-bedrock-invocationMetrics":{}}`:               false,
		`{"generation":"x","outputText":"y"}`:                               false,
		`{"generation":"x"`:                                                 false,
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_del`: false,
		``: false,
	} {
		if got := MarksEnd([]byte(chunk)); got != want {
			t.Errorf("%s: %v", chunk, got)
		}
	}
}

// TestEndsOfStreams: the marks of each family, and what comes after them.
func TestEndsOfStreams(t *testing.T) {
	for chunk, want := range map[string]bool{
		`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}`: false, // message_stop is to follow
		`{"type":"message_stop"}`: true,
		`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`:                     true,
		`{"type":"content_block_stop","index":0,"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`:     true,
		`{"messageStop":{"stopReason":"end_turn"}}`:                                                            true,
		`{"metadata":{"usage":{"inputTokens":1,"outputTokens":2}}}`:                                            false,
		`{"metadata":{"usage":{"inputTokens":1,"outputTokens":2}},"amazon-bedrock-invocationMetrics":{"a":1}}`: true,
		`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`:                                          true,
		`{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}`:                                     false,
		`{"choices":[],"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`:                              true,
		`{"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`:                                           false,
		`{"novelty":"x","amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`:                             false,
		`{"outputText":"","completionReason":"FINISH"}`:                                                        true,
		`{"outputText":"x","completionReason":null,"totalOutputTextTokenCount":3}`:                             false,
		`{"is_finished":true,"finish_reason":"COMPLETE"}`:                                                      true,
		`{"event_type":"stream-end","response":{"text":"x"}}`:                                                  true,
		`{"generation":"","stop_reason":"length"}`:                                                             true,
		`{"completion":"","stop_reason":"stop_sequence","stop":"\n\nHuman:"}`:                                  true,
		`{"outputs":[{"text":"","stop_reason":"stop"}]}`:                                                       true,
		`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`:                          false,
	} {
		if got := Ends([]byte(chunk)); got != want {
			t.Errorf("%s: %v", chunk, got)
		}
	}
}

func TestFailureAllocations(t *testing.T) {
	for _, chunk := range []string{
		`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}`,
		`{"generation":"the \"error\" of his ways","stop_reason":null}`,
	} {
		c := []byte(chunk)
		if n := testing.AllocsPerRun(100, func() { Failure(c); MarksEnd(c) }); n != 0 {
			t.Errorf("%s: %v allocations", chunk, n)
		}
	}
}
