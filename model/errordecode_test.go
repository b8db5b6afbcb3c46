package model_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"bedrockwire/model"
)

// response is what one golden row gives the decoder and what it must yield.
type response struct {
	name    string
	status  int
	header  string // "Name: value", several separated by "|"
	body    string
	code    string
	message string
	id      string
	retry   bool
}

const (
	errType = "x-amzn-errortype: "
	reqID   = "x-amzn-requestid: "
)

// golden are bodies and heads by the protocols' rules (Smithy, "AWS restJson1 protocol", operation
// error serialization; the query, restXml and EC2 protocols likewise) and what clients of Bedrock
// have met.
var golden = []response{
	// The eleven, as Bedrock sends them: a header with a URI, a body with a message.
	{"access denied", 403, errType + "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.bedrock/|" + reqID + "r1", `{"message":"no"}`, "AccessDeniedException", "no", "r1", false},
	{"internal server", 500, errType + "InternalServerException:http://internal.amazon.com/coral/com.amazon.bedrock/|" + reqID + "r1", `{"message":"m"}`, "InternalServerException", "m", "r1", true},
	{"model error", 424, errType + "ModelErrorException|" + reqID + "r1", `{"message":"m","originalStatusCode":500,"resourceName":"n"}`, "ModelErrorException", "m", "r1", false},
	{"model not ready", 429, errType + "ModelNotReadyException|" + reqID + "r1", `{"message":"m"}`, "ModelNotReadyException", "m", "r1", true},
	{"model stream error", 424, errType + "ModelStreamErrorException|" + reqID + "r1", `{"message":"m","originalStatusCode":400,"originalMessage":"o"}`, "ModelStreamErrorException", "m", "r1", false},
	{"model timeout", 408, errType + "ModelTimeoutException|" + reqID + "r1", `{"message":"m"}`, "ModelTimeoutException", "m", "r1", false},
	{"resource not found", 404, errType + "ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.bedrock/|" + reqID + "r1", `{"message":"m"}`, "ResourceNotFoundException", "m", "r1", false},
	{"quota", 400, errType + "ServiceQuotaExceededException|" + reqID + "r1", `{"message":"m"}`, "ServiceQuotaExceededException", "m", "r1", false},
	{"unavailable", 503, errType + "ServiceUnavailableException|" + reqID + "r1", `{"message":"m"}`, "ServiceUnavailableException", "m", "r1", true},
	{"throttling", 429, errType + "ThrottlingException|" + reqID + "r1", `{"message":"m"}`, "ThrottlingException", "m", "r1", true},
	{"validation", 400, errType + "ValidationException|" + reqID + "r1", `{"message":"m"}`, "ValidationException", "m", "r1", false},

	// Discriminators: four spellings in each of three places, and which place wins.
	{"header, plain", 500, errType + "FooError", "", "FooError", "", "", true},
	{"header, URI", 500, errType + "FooError:http://amazon.com/smithy/", "", "FooError", "", "", true},
	{"header, name space", 500, errType + "aws.protocoltests.restjson#FooError", "", "FooError", "", "", true},
	{"header, both", 500, errType + "aws.protocoltests.restjson#FooError:http://amazon.com/smithy/", "", "FooError", "", "", true},
	{"code, plain", 500, "", `{"code":"FooError"}`, "FooError", "", "", true},
	{"code, URI", 500, "", `{"code":"FooError:http://amazon.com/smithy/"}`, "FooError", "", "", true},
	{"code, name space", 500, "", `{"code":"aws.protocoltests.restjson#FooError"}`, "FooError", "", "", true},
	{"code, both", 500, "", `{"code":"aws.protocoltests.restjson#FooError:http://amazon.com/smithy/"}`, "FooError", "", "", true},
	{"Code in capitals", 400, "", `{"Code":"FooError","Message":"m"}`, "FooError", "m", "", false},
	{"type, plain", 500, "", `{"__type":"FooError"}`, "FooError", "", "", true},
	{"type, URI", 500, "", `{"__type":"FooError:http://amazon.com/smithy/"}`, "FooError", "", "", true},
	{"type, name space", 500, "", `{"__type":"aws.protocoltests.restjson#FooError"}`, "FooError", "", "", true},
	{"type, both", 500, "", `{"__type":"aws.protocoltests.restjson#FooError:http://amazon.com/smithy/"}`, "FooError", "", "", true},
	{"nested type is a detail", 500, "", `{"__type":"aws.protocoltests.restjson#FooError","ErrorDetails":[{"__type":"com.amazon.internal#ErrorDetails","reason":"Some reason"}]}`, "FooError", "", "", true},
	{"nested type alone", 400, "", `{"ErrorDetails":[{"__type":"a#Detail","message":"inner"}]}`, "400", `{"ErrorDetails":[{"__type":"a#Detail","message":"inner"}]}`, "", false},
	{"only the first # counts", 400, errType + "a#b#C", `{}`, "b#C", "", "", false},
	{"# after the colon", 400, errType + "Foo:http://x/#y", `{}`, "Foo", "", "", false},
	{"header over type", 400, errType + "ValidationException", `{"__type":"ThrottlingException","message":"m"}`, "ValidationException", "m", "", false},
	{"header over code", 429, errType + "ThrottlingException", `{"code":"ValidationException","message":"m"}`, "ThrottlingException", "m", "", true},
	{"type over code", 400, "", `{"code":"Other","__type":"ValidationException"}`, "ValidationException", "", "", false},
	{"code over Code", 400, "", `{"Code":"Other","code":"ValidationException"}`, "ValidationException", "", "", false},
	{"empty header does not count", 400, errType, `{"__type":"ValidationException"}`, "ValidationException", "", "", false},
	{"header of a URI alone", 400, errType + ":http://x", `{"__type":"ValidationException"}`, "ValidationException", "", "", false},
	{"member name in the header", 429, errType + "throttlingException", `{}`, "ThrottlingException", "", "", true},
	{"code is a number", 400, "", `{"code":42,"message":"m"}`, "400", "m", "", false},
	{"code is null", 400, "", `{"code":null,"message":"m"}`, "400", "m", "", false},
	{"type is an object", 400, "", `{"__type":{"a":"b"},"message":"m"}`, "400", "m", "", false},
	{"header in capitals", 400, "X-AMZN-ERRORTYPE: ValidationException", `{}`, "ValidationException", "", "", false},

	// Messages.
	{"Message", 400, errType + "InvalidGreeting", `{"Message":"Hi"}`, "InvalidGreeting", "Hi", "", false},
	{"errorMessage", 400, errType + "X", `{"errorMessage":"Hi"}`, "X", "Hi", "", false},
	{"message over Message", 400, errType + "X", `{"Message":"second","message":"first"}`, "X", "first", "", false},
	{"empty message, then Message", 400, errType + "X", `{"message":"","Message":"Hi"}`, "X", "Hi", "", false},
	{"other case is another key", 400, errType + "X", `{"MESSAGE":"Hi"}`, "X", `{"MESSAGE":"Hi"}`, "", false},
	{"message is null", 400, errType + "X", `{"message":null}`, "X", "", "", false},
	{"message is a number", 400, errType + "X", `{"message":42}`, "X", `{"message":42}`, "", false},
	{"message is an object", 400, errType + "X", `{"message":{"a":[1]}}`, "X", `{"message":{"a":[1]}}`, "", false},
	{"message with escapes", 400, errType + "X", `{"m\u0065ssage":"a\n\"\u00e9\ud83d\ude00\""}`, "X", "a\n\"é😀\"", "", false},
	{"complex error", 403, errType + "ComplexError|X-Header: Header", `{"TopLevel":"Top level","Nested":{"Fooooo":"bar"}}`, "ComplexError", `{"TopLevel":"Top level","Nested":{"Fooooo":"bar"}}`, "", false},
	{"complex error, empty", 403, errType + "ComplexError", `{}`, "ComplexError", "", "", false},
	{"white space around", 400, "", " \r\n\t{\"__type\":\"X\",\"message\":\"m\"}\n", "X", "m", "", false},
	{"byte order mark", 400, "", "\uFEFF{\"__type\":\"X\",\"message\":\"m\"}", "X", "m", "", false},

	// Bodies that are no error shape: the header's code survives them all.
	{"empty, header", 400, errType + "ValidationException|" + reqID + "r1", "", "ValidationException", "", "r1", false},
	{"empty, no header", 400, "", "", "400", "", "", false},
	{"empty, 500", 500, "", "", "500", "", "", true},
	{"empty, 502", 502, "", "", "502", "", "", true},
	{"empty, 503", 503, "", "", "503", "", "", true},
	{"empty, 504", 504, "", "", "504", "", "", true},
	{"empty, 501", 501, "", "", "501", "", "", false},
	{"bare 429", 429, "", "", "429", "", "", true},
	{"429 of a gateway", 429, "", `{"error":"slow down"}`, "429", "slow down", "", true},
	{"white space only", 400, errType + "X", " \n ", "X", "", "", false},
	{"HTML, header", 503, errType + "ServiceUnavailableException", "<html><body>Busy</body></html>", "ServiceUnavailableException", "<html><body>Busy</body></html>", "", true},
	{"HTML, no header", 502, "", "<!DOCTYPE html>\n<html><h1>Bad Gateway</h1></html>\n", "502", "<!DOCTYPE html> <html><h1>Bad Gateway</h1></html>", "", true},
	{"HTML, 403 of a proxy is no AccessDenied", 403, "", "<HTML>Forbidden", "403", "<HTML>Forbidden", "", false},
	{"XHTML", 500, "", "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body/></html>", "500", "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body/></html>", "", true},
	{"plain text", 500, "", "service unavailable", "500", "service unavailable", "", true},
	{"plain text, header", 400, errType + "ValidationException", "no\r\nway", "ValidationException", "no  way", "", false},
	{"array", 400, errType + "X", `[]`, "X", "[]", "", false},
	{"array of an error", 400, "", `[{"__type":"X"}]`, "400", `[{"__type":"X"}]`, "", false},
	{"string", 400, errType + "X", `"str"`, "X", `"str"`, "", false},
	{"number", 400, "", `42`, "400", `42`, "", false},
	{"null", 400, errType + "X", " null ", "X", "", "", false},
	{"null, no header", 400, "", "null", "400", "", "", false},
	{"trailing garbage", 400, errType + "X", `{"__type":"Y","message":"m"} x`, "X", `{"__type":"Y","message":"m"} x`, "", false},
	{"cut JSON", 400, "", `{"__type":"Y","message":"m`, "400", `{"__type":"Y","message":"m`, "", false},
	{"duplicate type", 400, "", `{"__type":"A","__type":"B"}`, "400", `{"__type":"A","__type":"B"}`, "", false},
	{"duplicate message", 400, errType + "X", `{"message":"a","message":"b"}`, "X", `{"message":"a","message":"b"}`, "", false},
	{"duplicate unknown key is none of ours", 400, "", `{"a":1,"a":2,"__type":"X"}`, "X", "", "", false},
	{"invalid UTF-8 in the message", 400, "", "{\"__type\":\"X\",\"message\":\"caf\xe9\"}", "X", "caf\uFFFD", "", false},
	{"invalid UTF-8 text", 400, errType + "X", "caf\xe9 \xff\xfe", "X", "caf\uFFFD \uFFFD\uFFFD", "", false},
	{"invalid UTF-8 in XML", 400, "", "<Error><Code>X</Code><Message>caf\xe9</Message></Error>", "X", "caf\uFFFD", "", false},
	{"lone surrogate", 400, errType + "X", `{"message":"\ud800"}`, "X", `{"message":"\ud800"}`, "", false},
	{"control characters", 500, "", "\x1b[2J\x00boom\x07", "500", "\uFFFD[2J\uFFFDboom\uFFFD", "", true},
	{"NUL bytes", 500, "", "\x00\x00", "500", "\uFFFD\uFFFD", "", true},
	{"deep JSON", 400, errType + "X", strings.Repeat("{\"a\":", 200), "X", strings.Repeat("{\"a\":", 101) + "{\"a\"…", "", false},

	// Request ids.
	{"id, other name", 400, "x-amz-request-id: r2", `{}`, "400", "", "r2", false},
	{"id, Go SDK's name", 400, "x-amz-requestid: r3", `{}`, "400", "", "r3", false},
	{"id, with a dash", 400, "x-amzn-request-id: r4", `{}`, "400", "", "r4", false},
	{"id, service's own wins", 400, "x-amz-request-id: r2|" + reqID + "r1", `{}`, "400", "", "r1", false},
	{"id in JSON", 400, "", `{"requestId":"r5"}`, "400", "", "r5", false},
	{"id in JSON, capital", 400, "", `{"RequestId":"r6"}`, "400", "", "r6", false},
	{"id in the header over JSON", 400, reqID + "r1", `{"requestId":"r5"}`, "400", "", "r1", false},
	{"id in the header over XML", 400, reqID + "r1", `<Error><RequestId>r5</RequestId></Error>`, "400", "", "r1", false},

	// XML.
	{"wrapped", 400, "", `<ErrorResponse><Error><Type>Sender</Type><Code>InvalidGreeting</Code><Message>Hi</Message><AnotherSetting>setting</AnotherSetting></Error><RequestId>foo-id</RequestId></ErrorResponse>`, "InvalidGreeting", "Hi", "foo-id", false},
	{"wrapped, nested members", 403, "X-Header: Header", `<ErrorResponse><Error><Type>Sender</Type><Code>ComplexError</Code><Message>Hi</Message><TopLevel>Top level</TopLevel><Nested><Foo>bar</Foo><Message>inner</Message></Nested></Error><RequestId>foo-id</RequestId></ErrorResponse>`, "ComplexError", "Hi", "foo-id", false},
	{"wrapped, without a message", 400, "", `<ErrorResponse><Error><Type>Sender</Type><Code>ComplexError</Code></Error><RequestId>foo-id</RequestId></ErrorResponse>`, "ComplexError", "", "foo-id", false},
	{"custom code", 402, "", `<ErrorResponse><Error><Type>Sender</Type><Code>Customized</Code><Message>Hi</Message></Error><RequestId>foo-id</RequestId></ErrorResponse>`, "Customized", "Hi", "foo-id", false},
	{"STS with a name space", 400, "", "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>MalformedPolicyDocument</Code>\n    <Message>m</Message>\n  </Error>\n  <RequestId>r</RequestId>\n</ErrorResponse>\n", "MalformedPolicyDocument", "m", "r", false},
	{"prefixed", 400, "", `<s:ErrorResponse xmlns:s="u"><s:Error><s:Code>X</s:Code></s:Error></s:ErrorResponse>`, "X", "", "", false},
	{"id twice", 400, "", `<ErrorResponse><RequestId>r</RequestId><Error><Code>X</Code></Error><RequestId>q</RequestId></ErrorResponse>`, "400", "<ErrorResponse><RequestId>r</RequestId><Error><Code>X</Code></Error><RequestId>q</RequestId></ErrorResponse>", "", false},
	{"id inside and beside", 400, "", `<ErrorResponse><Error><Code>X</Code><RequestId>r</RequestId></Error><RequestId>q</RequestId></ErrorResponse>`, "X", "", "r", false},
	{"id before the error", 400, "", `<ErrorResponse><RequestId>r</RequestId><Error><Code>X</Code></Error></ErrorResponse>`, "X", "", "r", false},
	{"S3", 404, "", `<?xml version="1.0" encoding="UTF-8"?><Error><Type>Sender</Type><Code>NoSuchBucket</Code><Message>m</Message><BucketName>b</BucketName><RequestId>r</RequestId><HostId>h</HostId></Error>`, "NoSuchBucket", "m", "r", false},
	{"EC2", 400, "", `<Response><Errors><Error><Code>AuthFailure</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>`, "AuthFailure", "m", "r", false},
	{"SimpleDB", 400, "", `<Any><Errors><Error><Code>X</Code></Error></Errors></Any>`, "X", "", "", false},
	{"two errors, the first counts", 400, "", `<Response><Errors><Warning/><Error><Code>A</Code></Error><Error><Code>B</Code></Error></Errors></Response>`, "A", "", "", false},
	{"two wrapped errors", 400, "", `<R><Error><Code>A</Code></Error><Error><Code>B</Code></Error></R>`, "A", "", "", false},
	{"name as code", 403, "", `<AccessDeniedException><Message>Unable to determine service/operation name</Message></AccessDeniedException>`, "AccessDeniedException", "Unable to determine service/operation name", "", false},
	{"unknown operation", 404, reqID + "r1", "<UnknownOperationException/>\n", "UnknownOperationException", "", "r1", false},
	{"name as code, fault", 500, "", `<x:SomeFault><message>m</message></x:SomeFault>`, "SomeFault", "m", "", true},
	{"header over XML", 404, errType + "ResourceNotFoundException", `<UnknownOperationException/>`, "ResourceNotFoundException", "", "", false},
	{"throttling in XML", 400, "", `<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`, "Throttling", "Rate exceeded", "", true},
	{"503 slow down in XML", 503, "", `<Error><Code>SlowDown</Code></Error>`, "SlowDown", "", "", true},
	{"XML without an error", 400, errType + "X", `<a><b/></a>`, "X", "<a><b/></a>", "", false},
	{"unbalanced XML", 400, errType + "X", `<Error><Code>Y</Error>`, "X", `<Error><Code>Y</Error>`, "", false},
	{"cut XML", 400, "", `<Error><Code>Y</Code><Message>m</Message>`, "400", `<Error><Code>Y</Code><Message>m</Message>`, "", false},
	{"XML with something behind", 400, "", `<Error><Code>Y</Code></Error>x`, "400", `<Error><Code>Y</Code></Error>x`, "", false},
	{"two codes in XML", 400, errType + "X", `<Error><Code>A</Code><Code>B</Code></Error>`, "X", `<Error><Code>A</Code><Code>B</Code></Error>`, "", false},
	{"document type", 400, errType + "X", `<!DOCTYPE a [<!ENTITY x "y">]><Error><Code>&x;</Code></Error>`, "X", `<!DOCTYPE a [<!ENTITY x "y">]><Error><Code>&x;</Code></Error>`, "", false},
	{"references and CDATA", 400, "", `<Error><Code>X</Code><Message>a &lt; b<![CDATA[ & c]]></Message></Error>`, "X", "a < b & c", "", false},

	// Other services' codes, met on the way to credentials.
	{"request timeout", 400, "", `{"__type":"RequestTimeout"}`, "RequestTimeout", "", "", true},
	{"request timeout exception", 400, "", `{"__type":"RequestTimeoutException"}`, "RequestTimeoutException", "", "", true},
	{"too many requests", 400, "", `{"code":"TooManyRequestsException"}`, "TooManyRequestsException", "", "", true},
	{"expired token", 403, errType + "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`, "ExpiredTokenException", "The security token included in the request is expired", "", false},
	{"unrecognized client", 403, errType + "UnrecognizedClientException", `{"message":"m"}`, "UnrecognizedClientException", "m", "", false},
	{"known code with a status of another", 500, errType + "ValidationException", `{"message":"m"}`, "ValidationException", "m", "", false},
}

func (r response) get(name string) string {
	h := http.Header{}
	for _, line := range strings.Split(r.header, "|") {
		if key, value, ok := strings.Cut(line, ": "); ok {
			h.Add(key, value)
		}
	}
	return h.Get(name)
}

func TestGolden(t *testing.T) {
	if len(golden) < 80 {
		t.Fatalf("%d rows", len(golden))
	}
	for _, row := range golden {
		t.Run(row.name, func(t *testing.T) {
			e := model.ErrorFromResponse(row.status, row.get, []byte(row.body))
			if string(e.Code) != row.code || e.Message != row.message || e.RequestID != row.id || e.Retryable() != row.retry {
				t.Errorf("code %q message %q id %q retryable %v\nwant %q %q %q %v",
					e.Code, e.Message, e.RequestID, e.Retryable(), row.code, row.message, row.id, row.retry)
			}
			if e.StatusCode != row.status || e.InStream || string(e.Raw) != row.body {
				t.Errorf("status %d, in stream %v, raw %q", e.StatusCode, e.InStream, e.Raw)
			}
			if known := e.Code.Known(); known == errors.Is(e, model.UnknownOperationError) || !errors.Is(e, e.Code) {
				t.Errorf("known %v, and errors.Is says otherwise", known)
			}
			checkLine(t, 0, e.Error())

			// The two decoders of the seed read the same body alike.
			wire := row.get("X-Amzn-Errortype")
			j, x := model.ErrorFromJSON(wire, []byte(row.body)), model.ErrorFromXML(wire, []byte(row.body))
			if j.Message != x.Message || j.Code != x.Code || j.Message != e.Message || j.StatusCode != j.Code.Status() {
				t.Errorf("as JSON %+v\nas XML %+v", j, x)
			}
			// And what is written is read back.
			again := model.ErrorFromJSON("", e.AppendJSON(nil))
			if utf8.ValidString(e.Message) && (again.Code != e.Code || again.Message != e.Message ||
				again.OriginalStatusCode != e.OriginalStatusCode || again.OriginalMessage != e.OriginalMessage ||
				again.ResourceName != e.ResourceName) {
				t.Errorf("read back %+v", again)
			}
		})
	}
}

func TestModelledMembers(t *testing.T) {
	rows := []struct {
		name, body, message, resource string
		status                        int
	}{
		{"JSON", `{"originalStatusCode":503,"originalMessage":"om","resourceName":"rn"}`, "om", "rn", 503},
		{"XML", `<Error><originalStatusCode>503</originalStatusCode><originalMessage>om</originalMessage><resourceName>rn</resourceName></Error>`, "om", "rn", 503},
		{"lowest", `{"originalStatusCode":100}`, "", "", 100},
		{"highest", `{"originalStatusCode":599}`, "", "", 599},
		{"too low", `{"originalStatusCode":99}`, "", "", 0},
		{"too high", `{"originalStatusCode":600}`, "", "", 0},
		{"negative", `{"originalStatusCode":-500}`, "", "", 0},
		{"wraps on 32 bits", `{"originalStatusCode":4294967796}`, "", "", 0},
		{"huge", `{"originalStatusCode":1e999}`, "", "", 0},
		{"fraction", `{"originalStatusCode":500.0}`, "", "", 0},
		{"text", `{"originalStatusCode":"500"}`, "", "", 0},
		{"null", `{"originalStatusCode":null,"originalMessage":null}`, "", "", 0},
		{"XML, too high", `<Error><originalStatusCode>600</originalStatusCode></Error>`, "", "", 0},
		{"XML, no number", `<Error><originalStatusCode>5x3</originalStatusCode></Error>`, "", "", 0},
		{"XML, four digits", `<Error><originalStatusCode>0503</originalStatusCode></Error>`, "", "", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			e := model.ErrorFromJSON("ModelErrorException", []byte(row.body))
			if e.OriginalStatusCode != row.status || e.OriginalMessage != row.message || e.ResourceName != row.resource {
				t.Errorf("%d %q %q", e.OriginalStatusCode, e.OriginalMessage, e.ResourceName)
			}
		})
	}
}

func TestLongBodies(t *testing.T) {
	filler := strings.Repeat("x", 1<<20)
	rows := []struct{ name, header, body, code, message string }{
		{"code before the cut survives", "", `{"__type":"ValidationException","message":"` + filler + `"}`, "ValidationException", `{"__type":"ValidationException"`},
		{"message before the cut survives", "", `{"__type":"X","message":"m","filler":"` + filler + `"}`, "X", "m"},
		{"code after the cut does not", "", `{"message":"m","filler":"` + filler + `","__type":"X"}`, "400", "m"},
		{"header survives", "X", filler, "X", "xxxx"},
		{"XML before the cut survives", "", `<Error><Code>X</Code><Message>m</Message><f>` + filler, "X", "m"},
		{"XML without an error", "", `<a><b>` + filler, "400", "<a><b>xx"},
		{"XML broken before the cut", "", `<Error><Code>X</Code><Message>m</Message></a>` + filler, "400", "<Error><Code>X</Code>"},
		{"cut inside a character", "", `{"__type":"X","message":"` + strings.Repeat("é", 1<<16) + `"}`, "X", `{"__type":"X"`},
		{"XML cut inside a character", "", `<Error><Code>X</Code><Message>m</Message><ff>` + strings.Repeat("é", 1<<16), "X", "m"},
		{"XML cut inside another", "", `<Error><Code>X</Code><Message>m</Message><fff>` + strings.Repeat("é", 1<<16), "X", "m"},
		{"broken before the cut", "", `{"__type":"X",,"message":"` + filler, "400", `{"__type":"X",,`},
		{"invalid throughout", "", strings.Repeat("{\xff", 1<<16), "400", "{\uFFFD{"},
		{"invalid XML throughout", "", "<a>" + strings.Repeat("a\xff", 1<<16), "400", "<a>a\uFFFD"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			e := model.ErrorFromResponse(400, func(string) string { return row.header }, []byte(row.body))
			if string(e.Code) != row.code || !strings.HasPrefix(e.Message, row.message) {
				t.Errorf("code %q message %.80q", e.Code, e.Message)
			}
			if len(e.Raw) != model.MaxErrorBody {
				t.Errorf("kept %d bytes", len(e.Raw))
			}
			if len(e.Message) > model.MaxBodyShown {
				t.Errorf("message of %d bytes", len(e.Message))
			}
		})
	}
	exact := `{"__type":"X","message":"` + strings.Repeat("m", model.MaxErrorBody-27) + `"}`
	if e := model.ErrorFromJSON("", []byte(exact)); len(exact) != model.MaxErrorBody || len(e.Message) != model.MaxErrorBody-27 {
		t.Errorf("a body of exactly %d bytes: message of %d", len(exact), len(e.Message))
	}
}

// TestMendedBodies gives bodies in ISO 8859-1 that fit the limit and, as each of their letters needs
// three bytes once mended, no longer do afterwards.
func TestMendedBodies(t *testing.T) {
	for pad := range 4 {
		letters := strings.Repeat("\xe9t", 20_000) + strings.Repeat("x", pad)
		for _, body := range []string{
			`<Error><Code>X</Code><Message>m</Message><f>` + letters + `</f></Error>`,
			`{"__type":"X","message":"m","f":"` + letters + `"}`,
		} {
			if e := model.ErrorFromJSON("", []byte(body)); e.Code != "X" || e.Message != "m" {
				t.Errorf("%.9s..., %d more: code %q, message %.20q", body, pad, e.Code, e.Message)
			}
		}
	}
}

func TestNilHeader(t *testing.T) {
	e := model.ErrorFromResponse(404, nil, nil)
	if e.Code != "404" || e.Raw != nil || e.Error() != "bedrock: error without a code (HTTP 404)" {
		t.Errorf("%+v", e)
	}
	if e := model.ErrorFromJSON("", nil); e.Code != "" || e.StatusCode != 0 || string(e.AppendJSON(nil)) != "{}" {
		t.Errorf("%+v", e)
	}
}

func TestAppendJSON(t *testing.T) {
	rows := []struct {
		err  model.Error
		want string
	}{
		{model.Error{Code: model.ThrottlingException, Message: "a\"b\n", StatusCode: 429, RequestID: "r"}, `{"__type":"ThrottlingException","message":"a\"b\n"}`},
		{model.Error{Code: model.ModelErrorException, OriginalStatusCode: 500, ResourceName: "n"}, `{"__type":"ModelErrorException","originalStatusCode":500,"resourceName":"n"}`},
		{model.Error{OriginalStatusCode: 404}, `{"originalStatusCode":404}`},
		{model.Error{OriginalMessage: "o"}, `{"originalMessage":"o"}`},
		{model.Error{Code: "b#C"}, `{"__type":"#b#C"}`},
	}
	for _, row := range rows {
		if got := string(row.err.AppendJSON([]byte("> "))); got != "> "+row.want {
			t.Errorf("got  %s\nwant %s", got, row.want)
		}
	}
}
