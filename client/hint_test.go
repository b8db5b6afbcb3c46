package client

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// TestHint has a part of the hint of each kind of error.
func TestHint(t *testing.T) {
	said := func(code model.Code, message string) error {
		return &CallError{Attempts: 2, Err: &model.Error{Code: code, Message: message, StatusCode: code.Status()}}
	}
	denied := func(message, action string) error {
		return &model.Error{Code: model.AccessDeniedException, Message: message, StatusCode: 403, Action: action}
	}
	inStream := func(err error) error { return &StreamError{Events: 3, Err: err} }
	for _, row := range []struct {
		name string
		err  error
		hint string // "" is no hint
	}{
		{"nothing", nil, ""},
		{"other", errors.New("x"), ""},
		{"end of a stream", io.EOF, ""},
		{"request", &model.FieldError{Field: "ModelID"}, ""},
		{"region", &ConfigError{Field: "Region"}, "AWS_REGION"},
		{"credentials", &ConfigError{Field: "Credentials"}, "AWS_ACCESS_KEY_ID"},
		{"bearer token", &ConfigError{Field: "BearerToken"}, "AWS_BEARER_TOKEN_BEDROCK"},
		{"another field", &ConfigError{Field: "Endpoint"}, ""},
		{"credentials of the caller", &CredentialsError{Err: errors.New("x")}, ""},
		{"on-demand", said(model.ValidationException, "Invocation of model ID x with on-demand throughput isn’t supported."), "inference profile"},
		{"on-demand, other words", said(model.ValidationException, "On-demand throughput is not supported for x"), "inference profile"},
		{"no model access", said(model.AccessDeniedException, "You don't have access to the model with the specified model ID."), "Model access"},
		{"model access denied", said(model.AccessDeniedException, "Model access is denied due to x"), "Model access"},
		{"denied action", denied("User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel on resource: y because no identity-based policy allows it", ""), "must allow the action"},
		{"denied without a reason", denied("no", "bedrock:InvokeModel"), "must allow the action"},
		{"denied outright", denied("x is not authorized to perform: y with an explicit deny in a service control policy", "y"), "A policy denies this action"},
		{"denied, action not known", denied("no", ""), "Check its policy"},
		{"clock slow", said("InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z"), "clock"},
		{"clock fast", said("InvalidSignatureException", "Signature not yet current: x"), "clock"},
		{"skewed", said("RequestTimeTooSkewed", ""), "clock"},
		{"wrong secret", said("InvalidSignatureException", "The request signature we calculated does not match"), "secret access key"},
		{"wrong key id", said("UnrecognizedClientException", "The security token included in the request is invalid."), "key id"},
		{"expired token", said("ExpiredTokenException", "The security token included in the request is expired"), "aws sso login"},
		{"bearer token refused", said(model.AccessDeniedException, "Invalid API Key format"), "API key is wrong"},
		{"model id", said(model.ValidationException, "The provided model identifier is invalid."), "list-foundation-models"},
		{"body", said(model.ValidationException, "Malformed input request: #: required key [messages] not found"), "format of this model"},
		{"retired", said(model.ResourceNotFoundException, "This model version has reached the end of its life."), "successor"},
		{"operation of the model", said(model.ValidationException, "The model doesn't support the model streaming"), "streams"},
		{"not found", said(model.ResourceNotFoundException, "no"), "region"},
		{"wrong endpoint", said("UnknownOperationException", ""), "bedrock-runtime"},
		{"quota", said(model.ServiceQuotaExceededException, ""), "Service Quotas"},
		{"tokens", said(model.ThrottlingException, "Too many tokens, please wait before trying again."), "tokens for a minute"},
		{"other validation", said(model.ValidationException, "no"), ""},
		{"throttled", said(model.ThrottlingException, "Rate exceeded"), "Wait"},
		{"not ready", said(model.ModelNotReadyException, ""), "loaded"},
		{"timeout", said(model.ModelTimeoutException, ""), "took too long"},
		{"unavailable", said(model.ServiceUnavailableException, ""), "Try again"},
		{"internal", said(model.InternalServerException, ""), "Try again"},
		{"in the stream", inStream(&model.Error{Code: model.ThrottlingException, InStream: true}), "Wait"},
		{"page", &ResponseError{ContentType: "text/html", Err: &model.Error{Code: "200", StatusCode: 200}}, "sign-in page"},
		{"redirect", &RedirectError{Status: 302}, "proxy"},
		{"no connection", &StallError{WaitingFor: "a connection"}, "network"},
		{"no answer", &StallError{WaitingFor: "the first event"}, "may bill"},
		{"silence", inStream(&StallError{WaitingFor: "the next byte"}), "billed again"},
		{"cut", inStream(&frame.Error{Err: frame.ErrTruncated}), "cut inside a frame"},
		{"cut stream of a call", inStream(&frame.Error{Err: frame.ErrTruncated}), "billed again"},
		{"corrupt", inStream(&frame.Error{Err: frame.ErrPreludeCRC}), "not an event stream"},
		{"changed", &frame.Error{Err: frame.ErrMessageCRC}, "changed"},
		{"too large", &frame.Error{Err: frame.ErrTooLarge}, "sender"},
		{"not a message", inStream(&MessageError{Reason: "x"}), ""},
		{"incomplete", ErrIncomplete, "missing"},
		{"no host", &SendError{Err: &net.OpError{Op: "dial", Err: &net.DNSError{}}}, "spelling"},
		{"refused", &SendError{Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}, "Nothing answers"},
		{"proxy", &SendError{Err: &net.OpError{Op: opProxyConnect, Err: errors.New("407")}}, "what the proxy allows"},
		{"reset", &SendError{Err: &net.OpError{Op: "read", Err: errors.New("reset")}}, ""},
		{"authority", &SendError{Err: x509.UnknownAuthorityError{}}, "AWS_CA_BUNDLE"},
		{"name of the certificate", &SendError{Err: x509.HostnameError{}}, "another name"},
	} {
		if got := Hint(row.err); !strings.Contains(got, row.hint) || (got == "") != (row.hint == "") {
			t.Errorf("%s: hint %q, want %q in it", row.name, got, row.hint)
		}
	}
}

// TestHintTable wants each row of the table to be reachable, in whole sentences, and without an IAM
// action: the error has the one of its operation.
func TestHintTable(t *testing.T) {
	for i, c := range causes {
		if c.message != strings.ToLower(c.message) || c.code == "" && c.message == "" {
			t.Errorf("cause %+v can never be found, or always is", c)
		}
		if !strings.HasSuffix(c.hint, ".") || strings.Contains(c.hint, "bedrock:") {
			t.Errorf("hint %q", c.hint)
		}
		if got := Hint(&model.Error{Code: c.code, Message: c.message}); got != c.hint {
			t.Errorf("row %d (%q, %q) is shadowed: %q", i, c.code, c.message, got)
		}
	}
}

// TestProxyRefuses wants the status and the reason of a proxy that refuses CONNECT.
func TestProxyRefuses(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 403 Not \x1b[1m%s\r\nContent-Length: 0\r\n\r\n", r.Method)
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Region: "us-east-1", Unsigned: true, Retry: Retry{MaxAttempts: 1}}
	transport := newTransport(&cfg, false)
	transport.Proxy = http.ProxyURL(at)
	defer transport.CloseIdleConnections()
	cfg.Transport = transport
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.InvokeModel(t.Context(), &model.InvokeModelRequest{ModelID: "m", Body: []byte("{}")})
	if err == nil || !strings.Contains(err.Error(), "the proxy refused: 403 Not ") || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("error %v", err)
	}
	if got := Hint(err); !strings.Contains(got, "what the proxy allows") {
		t.Errorf("hint %q", got)
	}
}

// TestHintPredicates: which causes count as refused credentials, and which as a model without access.
func TestHintPredicates(t *testing.T) {
	for _, r := range []struct {
		err         error
		credentials bool
		notEnabled  bool
	}{
		{nil, false, false},
		{errors.New("security token included in the request is expired"), false, false},
		{&model.Error{Code: "ExpiredTokenException"}, true, false},
		{&model.Error{Code: "UnrecognizedClientException"}, true, false},
		{&CallError{Err: &model.Error{Code: "InvalidSignatureException"}}, true, false},
		{&model.Error{Code: model.AccessDeniedException, Message: "Invalid API Key format"}, true, false},
		{&model.Error{Code: "InvalidSignatureException", Message: "Signature expired: 20260101T000000Z"}, false, false}, // the clock
		{&model.Error{Code: model.AccessDeniedException, Message: "You don't have access to the model with the specified model ID."}, false, true},
		{&model.Error{Code: model.AccessDeniedException, Message: "User is not authorized to perform: bedrock:InvokeModel"}, false, false},
		{&model.Error{Code: model.ThrottlingException}, false, false},
	} {
		if CredentialsRefused(r.err) != r.credentials || ModelNotEnabled(r.err) != r.notEnabled {
			t.Errorf("%v: %v, %v", r.err, CredentialsRefused(r.err), ModelNotEnabled(r.err))
		}
	}
}
