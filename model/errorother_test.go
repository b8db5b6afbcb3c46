package model_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/model"
)

// foreign are bodies of gateways, proxies, identity providers and models' makers, written after their
// documentation and after reports of their users.
var foreign = []struct {
	name    string
	status  int
	body    string
	code    string
	message string
	retry   bool
}{
	// Gateways for models.
	{"litellm budget", 403, `{"error":"key budget of team-a is used up"}`, "403", "key budget of team-a is used up", false},
	{"litellm", 401, `{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}`, "auth_error", "Authentication Error, No api key passed in.", false},
	{"litellm rate limit", 429, `{"error":{"message":"Rate limit reached for key","type":"None","param":"None","code":"429"}}`, "429", "Rate limit reached for key", true},
	{"message in an error", 403, `{"error":{"message":"team-a may not use this model"}}`, "403", "team-a may not use this model", false},
	{"anthropic overloaded", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "overloaded_error", "Overloaded", true},
	{"anthropic rate limit", 429, `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your rate limit"},"request_id":"req_1"}`, "rate_limit_error", "This request would exceed your rate limit", true},
	{"anthropic invalid", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: required"}}`, "invalid_request_error", "max_tokens: required", false},
	{"529 with nothing", 529, ``, "529", "", true},
	{"529 in text", 529, `overloaded`, "529", "overloaded", true},
	{"openai", 429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, "insufficient_quota", "You exceeded your current quota", true},
	{"openai, no code", 400, `{"error":{"message":"Unrecognized request argument","type":"invalid_request_error","param":null,"code":null}}`, "invalid_request_error", "Unrecognized request argument", false},
	{"openrouter", 402, `{"error":{"code":402,"message":"Insufficient credits","metadata":{"provider_name":"x"}},"user_id":"u"}`, "402", "Insufficient credits", false},
	{"vllm", 404, `{"object":"error","message":"The model x does not exist.","type":"NotFoundError","param":null,"code":404}`, "NotFoundError", "The model x does not exist.", false},
	{"google", 403, `{"error":{"code":403,"message":"Permission denied on resource","status":"PERMISSION_DENIED","details":[{"@type":"t","reason":"CONSUMER_INVALID"}]}}`, "PERMISSION_DENIED", "Permission denied on resource", false},
	{"google unavailable", 503, `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`, "UNAVAILABLE", "The model is overloaded.", true},
	{"cohere", 422, `{"message":"invalid request: prompt must be at least 1 token long"}`, "422", "invalid request: prompt must be at least 1 token long", false},
	{"mistral", 422, `{"object":"error","message":{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]},"type":"invalid_request_error","code":null}`, "invalid_request_error", "Field required", false},
	{"ollama", 404, `{"error":"model 'llama9' not found, try pulling it first"}`, "404", "model 'llama9' not found, try pulling it first", false},
	{"hugging face", 503, `{"error":"Model x is currently loading","estimated_time":20.0}`, "503", "Model x is currently loading", true},
	{"portkey", 446, `{"error":{"message":"The guardrail checks defined in the config failed.","type":"hooks_failed","param":null,"code":null},"hook_results":{}}`, "hooks_failed", "The guardrail checks defined in the config failed.", false},
	{"helicone", 429, `{"error":"Rate limit reached. Please wait before making more requests."}`, "429", "Rate limit reached. Please wait before making more requests.", true},

	// Frameworks.
	{"fastapi", 403, `{"detail":"Not authenticated"}`, "403", "Not authenticated", false},
	{"fastapi, list", 422, `{"detail":[{"loc":["body","model"],"msg":"field required","type":"value_error.missing"}]}`, "value_error.missing", "field required", false},
	{"fastapi, object", 400, `{"detail":{"error":"the prompt was blocked by policy 7"}}`, "400", "the prompt was blocked by policy 7", false},
	{"problem+json", 403, `{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","detail":"Your balance is 30, but that costs 50.","instance":"/a/1"}`, "403", "You do not have enough credit.: Your balance is 30, but that costs 50.", false},
	{"problem+json, title", 503, `{"type":"about:blank","title":"Service Unavailable","status":503}`, "503", "Service Unavailable", true},
	{"errors", 400, `{"errors":[{"message":"team-a is suspended"}]}`, "400", "team-a is suspended", false},
	{"errors of strings", 400, `{"errors":["team-a is suspended"]}`, "400", "team-a is suspended", false},
	{"json api", 403, `{"errors":[{"status":"403","code":"forbidden","title":"Forbidden","detail":"No access to the resource"}]}`, "forbidden", "Forbidden: No access to the resource", false},
	{"graphql", 400, `{"errors":[{"message":"Cannot query field","locations":[{"line":1}],"extensions":{"code":"BAD"}}],"data":null}`, "400", "Cannot query field", false},
	{"spring", 404, `{"timestamp":"2024-01-01T00:00:00Z","status":404,"error":"Not Found","message":"No message available","path":"/model/x"}`, "404", "No message available", false},
	{"spring, no message", 404, `{"timestamp":"2024-01-01T00:00:00Z","status":404,"error":"Not Found","path":"/model/x"}`, "404", "Not Found", false},
	{"express", 413, `{"statusCode":413,"error":"Payload Too Large","message":"Payload content length greater than maximum allowed: 1048576"}`, "413", "Payload content length greater than maximum allowed: 1048576", false},
	{"code and reason", 403, `{"code":"DENIED","reason":"the tenant is not known"}`, "DENIED", "the tenant is not known", false},
	{"msg", 500, `{"ok":false,"msg":"backend pool is empty"}`, "500", "backend pool is empty", true},
	{"err", 500, `{"err":"backend pool is empty"}`, "500", "backend pool is empty", true},
	{"lambda", 502, `{"errorMessage":"2024-01-01T00:00:00Z 1 Task timed out after 3.00 seconds","errorType":"Sandbox.Timedout"}`, "Sandbox.Timedout", "2024-01-01T00:00:00Z 1 Task timed out after 3.00 seconds", true},

	// API gateways and proxies.
	{"kong", 401, `{"message":"No API key found in request"}`, "401", "No API key found in request", false},
	{"kong, with an id", 503, `{"message":"failure to get a peer from the ring-balancer","request_id":"4f"}`, "503", "failure to get a peer from the ring-balancer", true},
	{"apigee", 401, `{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"oauth.v2.InvalidApiKey"}}}`, "oauth.v2.InvalidApiKey", "Invalid ApiKey", false},
	{"azure", 401, `{"statusCode":401,"message":"Access denied due to missing subscription key."}`, "401", "Access denied due to missing subscription key.", false},
	{"azure, nested", 401, `{"error":{"code":"Unauthorized","message":"Token is expired"}}`, "Unauthorized", "Token is expired", false},
	{"tyk", 403, `{"error":"Key has expired, please renew"}`, "403", "Key has expired, please renew", false},
	{"wso2", 401, `{"code":"900902","message":"Missing Credentials","description":"Make sure your API invocation call has a header"}`, "900902", "Missing Credentials", false},
	{"cloudflare api", 403, `{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}`, "403", "Authentication error", false},
	{"api gateway", 403, `{"message":"Missing Authentication Token"}`, "403", "Missing Authentication Token", false},
	{"api gateway, capital", 403, `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke"}`, "403", "User: anonymous is not authorized to perform: execute-api:Invoke", false},
	{"coral", 400, `{"Output":{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token is invalid."},"Version":"1.0"}`, "UnrecognizedClientException", "The security token is invalid.", false},
	{"coral, unknown operation", 404, `{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}`, "UnknownOperationException", "", false},
	{"query protocol in JSON", 400, `{"Error":{"Code":"Throttling","Message":"Rate exceeded","Type":"Sender"},"RequestId":"r"}`, "Throttling", "Rate exceeded", true},
	{"kubernetes", 403, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"services is forbidden","reason":"Forbidden","code":403}`, "403", "services is forbidden", false},
	{"envoy", 503, `upstream connect error or disconnect/reset before headers. reset reason: connection failure`, "503", "upstream connect error or disconnect/reset before headers. reset reason: connection failure", true},
	{"istio", 403, `RBAC: access denied`, "403", "RBAC: access denied", false},
	{"nginx", 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", "502", "<title>502 Bad Gateway</title>", true},
	{"alb", 504, "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body></body></html>", "504", "504 Gateway Time-out", true},
	{"squid", 403, "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">\n<title>ERROR: The requested URL could not be retrieved</title>\n<p>Access Denied.</p>", "403", "ERROR: The requested URL could not be retrieved", false},
	{"zscaler", 403, "<html><head><title>Internet Security by Zscaler</title></head><body>Sorry, you don't have permission</body></html>", "403", "Internet Security by Zscaler", false},
	{"proxy with an escape sequence", 407, "\x1b[31mProxy authentication required\x07\n", "407", "\uFFFD[31mProxy authentication required\uFFFD", false},
	{"soap", 500, `<soap:Envelope xmlns:soap="u"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>no backend</faultstring></soap:Fault></soap:Body></soap:Envelope>`, "500", "<faultstring>no backend</faultstring>", true},

	// Identity providers.
	{"oauth", 400, `{"error":"invalid_grant","error_description":"The refresh token is expired"}`, "invalid_grant", "The refresh token is expired", false},
	{"oauth, description first", 400, `{"error_description":"The refresh token is expired","error":"invalid_grant"}`, "invalid_grant", "The refresh token is expired", false},
	{"oauth, no description", 400, `{"error":"invalid_grant"}`, "400", "invalid_grant", false},
	{"okta", 401, `{"errorCode":"E0000011","errorSummary":"Invalid token provided","errorLink":"E0000011","errorId":"oae","errorCauses":[]}`, "E0000011", "Invalid token provided", false},
	{"entra", 400, `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215],"timestamp":"t","trace_id":"x"}`, "invalid_client", "AADSTS7000215: Invalid client secret provided.", false},

	// Forms that nobody has written down.
	{"unknown members", 400, `{"foo":"bar","reasonCode":7}`, "400", `{"foo":"bar","reasonCode":7}`, false},
	{"an array", 400, `[{"error":{"message":"m"}}]`, "400", `[{"error":{"message":"m"}}]`, false},
	{"a string", 400, `"nope"`, "400", `"nope"`, false},
	{"nothing but nulls", 400, `{"error":null,"message":null}`, "400", "", false},
	{"empty object", 400, `{}`, "400", "", false},
	{"control characters", 400, `{"error":{"message":"a\u001b[2Jb\nc\u202ed"}}`, "400", "a\x1b[2Jb\nc\u202ed", false},
	{"deep", 400, `{"error":{"error":{"error":{"error":{"error":{"message":"m"}}}}}}`, "400", `{"error":{"error":{"error":{"error":{"error":{"message":"m"}}}}}}`, false},
	{"long", 400, `{"error":"` + strings.Repeat("x", 5000) + `"}`, "400", strings.Repeat("x", 5000), false},
	{"member twice", 400, `{"message":"a","message":"b"}`, "400", `{"message":"a","message":"b"}`, false},
}

func TestForeignBodies(t *testing.T) {
	if len(foreign) < 60 {
		t.Fatalf("%d rows", len(foreign))
	}
	for _, row := range foreign {
		t.Run(row.name, func(t *testing.T) {
			e := model.ErrorFromResponse(row.status, nil, []byte(row.body))
			if string(e.Code) != row.code || e.Retryable() != row.retry {
				t.Errorf("code %q, retryable %v; want %q, %v", e.Code, e.Retryable(), row.code, row.retry)
			}
			if e.Message != row.message && !(strings.HasPrefix(row.body, "<") && strings.Contains(e.Message, row.message)) {
				t.Errorf("message %q, want %q", e.Message, row.message)
			}
			line := e.Error()
			checkLine(t, 0, line)
			if shown := string(model.AppendClean(nil, row.message, 1<<10)); !strings.Contains(line, shown) {
				t.Errorf("%q lacks %q", line, shown)
			}
			if len(line) > 1500 || !utf8.ValidString(line) {
				t.Errorf("%d bytes", len(line))
			}
		})
	}
}

// TestSuccessBodies: a body with a success status may be a model's answer. What an error in it says is
// shown, and never the answer.
func TestSuccessBodies(t *testing.T) {
	const secret = "the patient is well"
	for _, row := range []struct{ name, body, message string }{
		{"claude", `{"id":"m","type":"message","role":"assistant","content":[{"type":"text","text":"` + secret + `"}],"stop_reason":"end_turn"}`,
			"a JSON object with the members id, type, role, content, stop_reason"},
		{"converse", `{"output":{"message":{"role":"assistant","content":[{"text":"` + secret + `"}]}},"usage":{}}`, "a JSON object with the members output, usage"},
		{"chat", `{"id":"c","choices":[{"message":{"content":"` + secret + `"}}],"error":null}`, "a JSON object with the members id, choices, error"},
		{"pegasus", `{"message":"` + secret + `","finishReason":"stop"}`, "a JSON object with the members message, finishReason"},
		{"cohere", `{"message":{"content":[{"text":"` + secret + `"}]},"finish_reason":"COMPLETE"}`, "a JSON object with the members message, finish_reason"},
		{"titan", `{"inputTextTokenCount":3,"results":[{"outputText":"` + secret + `"}]}`, "a JSON object with the members inputTextTokenCount, results"},
		{"many members", `{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":"` + secret + `"}`,
			"a JSON object with the members a, b, c, d, e, f, g, h, i, j, k, l, ..."},
		{"empty object", `{}`, "a JSON object without members"},
		{"array", `["` + secret + `"]`, "JSON that is not an error"},
		{"string", `"` + secret + `"`, "JSON that is not an error"},
		{"cut JSON", `{"content":"` + secret, "JSON that is not an error"},
		{"error text", `{"error":"key budget of team-a is used up"}`, "key budget of team-a is used up"},
		{"error object", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, "Overloaded"},
		{"message of an error", `{"message":"no route","status":"error"}`, "no route"},
		{"errors", `{"errors":[{"message":"no route"}],"data":null}`, "no route"},
		{"coral", `{"Output":{"__type":"a#AccessDeniedException","message":"no"},"Version":"1.0"}`, "no"},
		{"html", "<!DOCTYPE html>\n<html><head>\n<TITLE>Sign in</TITLE></head><body>" + secret + "</body></html>", "Sign in"},
		{"html without a title", "<html><body><h1>Captive\nportal</h1><p>" + secret + "</p></body></html>", "Captive"},
		{"html of tags", "<html><body></body></html>", ""},
		{"html that is cut", "<html><body", ""},
		{"text", "Please sign in first\n" + secret, "Please sign in first"},
		{"long text", strings.Repeat("x", 200) + secret, strings.Repeat("x", 117) + "…"},
		{"binary", "\x00\x01\xff\xfe" + secret, "binary data"},
		{"nothing", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := model.ErrorFromResponse(200, nil, []byte(row.body))
			if e.Message != row.message {
				t.Errorf("message %q, want %q", e.Message, row.message)
			}
			if strings.Contains(e.Error(), secret) {
				t.Errorf("the answer is in %q", e.Error())
			}
			if string(e.Raw) != row.body {
				t.Errorf("raw %q", e.Raw)
			}
			checkLine(t, 0, e.Error())
		})
	}
}
