package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bedrockwire/model"
	"bedrockwire/signer"
)

// untouched is a transport that no request may reach.
type untouched struct{ t testing.TB }

func (u untouched) RoundTrip(r *http.Request) (*http.Response, error) {
	u.t.Errorf("a request reached the transport: %s %q", r.Method, r.URL.Host)
	return nil, errors.New("not to be sent")
}

const (
	canaryKeyID  = "AKIACANARYCANARY"
	canarySecret = "canary-secret-5f3a9c"
	canaryToken  = "canary-token-77b1e0"
	canaryBody   = "canary-body-c0ffee"
)

// noCanary checks that a text holds no secret.
func noCanary(t testing.TB, where, text string) {
	t.Helper()
	for _, canary := range []string{canarySecret, canaryToken, canaryBody} {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows %s: %q", where, canary, text)
		}
	}
}

func canaryKeys(context.Context) (signer.Credentials, error) {
	return signer.Credentials{AccessKeyID: canaryKeyID, SecretAccessKey: canarySecret, SessionToken: canaryToken}, nil
}

// fieldOf returns the field that an error names.
func fieldOf(err error) string {
	var c *ConfigError
	var f *model.FieldError
	switch {
	case errors.As(err, &c):
		return c.Field
	case errors.As(err, &f):
		return f.Field
	}
	return ""
}

func TestBadConfig(t *testing.T) {
	keys, token := canaryKeys, func(context.Context) (string, error) { return canaryToken, nil }
	rows := []struct {
		name  string
		cfg   Config
		field string
	}{
		{"nothing", Config{}, "Credentials"},
		{"no region", Config{Credentials: keys}, "Region"},
		{"no region but an endpoint", Config{Credentials: keys, Endpoint: "https://h"}, "Region"},
		{"no credentials", Config{Region: "us-east-1"}, "Credentials"},
		{"bearer, neither region nor endpoint", Config{BearerToken: token}, "Region"},
		{"FIPS with an endpoint", Config{Region: "us-east-1", Credentials: keys, Endpoint: "https://h", FIPS: true}, "FIPS"},
		{"dual-stack with an endpoint", Config{Region: "us-east-1", Credentials: keys, Endpoint: "https://h", DualStack: true}, "DualStack"},
		{"user agent", Config{Region: "us-east-1", Credentials: keys, UserAgent: "a\r\nX: y"}, "UserAgent"},
		{"control endpoint", Config{Region: "us-east-1", Credentials: keys, ControlEndpoint: "http://example.com"}, "ControlEndpoint"},
	}
	for _, r := range rows {
		r.cfg.Transport = untouched{t}
		c, err := New(r.cfg)
		if c != nil || fieldOf(err) != r.field {
			t.Errorf("%s: New = %v, %v; want an error of field %s", r.name, c, err, r.field)
		}
		if err != nil {
			noCanary(t, r.name, err.Error())
			if !strings.Contains(err.Error(), r.field) {
				t.Errorf("%s: %v does not name %s", r.name, err, r.field)
			}
		}
	}
	if _, err := New(Config{BearerToken: token, Endpoint: "https://h"}); err != nil {
		t.Errorf("bearer and endpoint are enough: %v", err)
	}
	var none *Client
	for _, c := range []*Client{none, {}} {
		if _, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); fieldOf(err) != "Client" {
			t.Errorf("a client not made by New: %v", err)
		}
	}
	var nilContext context.Context
	c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = untouched{t} })
	if _, err := c.InvokeModelWithResponseStream(nilContext, testRequest()); fieldOf(err) != "context" {
		t.Errorf("nil context: %v", err)
	}
	done, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := c.InvokeModelWithResponseStream(done, testRequest()); !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !SafeToRetry(err) {
		t.Errorf("done context: %v", err)
	}
}

func TestBadRequest(t *testing.T) {
	type request = model.InvokeModelWithResponseStreamRequest
	rows := []struct {
		name  string
		r     *request
		field string
	}{
		{"nil", nil, "ModelID"},
		{"no id", &request{}, "ModelID"},
		{"dot", &request{ModelID: "."}, "ModelID"},
		{"dots", &request{ModelID: ".."}, "ModelID"},
		{"long id", &request{ModelID: strings.Repeat("a", 2049)}, "ModelID"},
		{"large body", &request{ModelID: "m", Body: make([]byte, 25_000_001)}, "Body"},
		{"long metadata", &request{ModelID: "m", RequestMetadata: strings.Repeat("a", 8501)}, "RequestMetadata"},
		{"guardrail version", &request{ModelID: "m", GuardrailVersion: "one"}, "GuardrailVersion"},
	}
	for _, end := range []string{"\r", "\n", "\r\nX-Injected: 1", "\x00"} {
		v := canaryBody + end
		rows = append(rows, []struct {
			name  string
			r     *request
			field string
		}{
			{"id" + end, &request{ModelID: v}, "ModelID"},
			{"content type" + end, &request{ModelID: "m", ContentType: v}, "ContentType"},
			{"accept" + end, &request{ModelID: "m", Accept: v}, "Accept"},
			{"trace" + end, &request{ModelID: "m", Trace: model.Trace(v)}, "Trace"},
			{"guardrail" + end, &request{ModelID: "m", GuardrailIdentifier: v}, "GuardrailIdentifier"},
			{"guardrail version" + end, &request{ModelID: "m", GuardrailVersion: v}, "GuardrailVersion"},
			{"latency" + end, &request{ModelID: "m", PerformanceConfigLatency: model.PerformanceConfigLatency(v)}, "PerformanceConfigLatency"},
			{"tier" + end, &request{ModelID: "m", ServiceTier: model.ServiceTier(v)}, "ServiceTier"},
			{"metadata" + end, &request{ModelID: "m", RequestMetadata: v}, "RequestMetadata"},
		}...)
	}
	c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = untouched{t} })
	for _, r := range rows {
		s, err := c.InvokeModelWithResponseStream(context.Background(), r.r)
		if s != nil || fieldOf(err) != r.field {
			t.Errorf("%q: %v, %v; want an error of field %s", r.name, s, err, r.field)
			continue
		}
		noCanary(t, r.name, err.Error())
		if !SafeToRetry(err) {
			t.Errorf("%q: SafeToRetry = false", r.name)
		}
	}
}

func TestBadCredentials(t *testing.T) {
	boom := errors.New("provider failed")
	rows := []struct {
		name   string
		change func(*Config)
		is     error
		says   string
	}{
		{"provider", func(c *Config) {
			c.Credentials = func(context.Context) (signer.Credentials, error) { return signer.Credentials{}, boom }
		}, boom, "Credentials"},
		{"no keys", func(c *Config) {
			c.Credentials = func(context.Context) (signer.Credentials, error) { return signer.Credentials{}, nil }
		}, signer.ErrInvalid, ""},
		{"token provider", func(c *Config) { c.BearerToken = func(context.Context) (string, error) { return "", boom } }, boom, "BearerToken"},
		{"empty token", func(c *Config) { c.BearerToken = func(context.Context) (string, error) { return "", nil } }, nil, "BearerToken"},
		{"token with line end", func(c *Config) {
			c.BearerToken = func(context.Context) (string, error) { return canaryToken + "\r\nX: y", nil }
		}, nil, "BearerToken"},
		{"token with space", func(c *Config) {
			c.BearerToken = func(context.Context) (string, error) { return canaryToken + " x", nil }
		}, nil, "BearerToken"},
		{"long token", func(c *Config) {
			c.BearerToken = func(context.Context) (string, error) { return strings.Repeat(canaryToken, 1000), nil }
		}, nil, "BearerToken"},
	}
	for _, r := range rows {
		c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = untouched{t} }, r.change)
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if err == nil || r.is != nil && !errors.Is(err, r.is) || !strings.Contains(err.Error(), r.says) || !SafeToRetry(err) {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		noCanary(t, r.name, err.Error())
	}
}

// Nothing of a caller's can add a line to a request, or leave its place in it: 256 byte values in each of 14
// fields. What may be sent must be in the request exactly once and in its place; what may not is refused before
// a connection is opened, by an error that shows no secret.
func TestHeaderInjection(t *testing.T) {
	type target struct {
		cfg Config
		req *model.InvokeModelWithResponseStreamRequest
	}
	keys := func(change func(*signer.Credentials)) func(context.Context) (signer.Credentials, error) {
		return func(ctx context.Context) (signer.Credentials, error) {
			k, _ := canaryKeys(ctx)
			change(&k)
			return k, nil
		}
	}
	fields := []struct {
		name string
		set  func(*target, string)
	}{
		{"region", func(x *target, v string) { x.cfg.Region = v; x.cfg.Endpoint = "" }},
		{"endpoint", func(x *target, v string) { x.cfg.Endpoint = "https://host" + v + ".example/prefix" }},
		{"endpoint path", func(x *target, v string) { x.cfg.Endpoint = "https://host.example/pre" + v + "fix" }},
		{"user agent", func(x *target, v string) { x.cfg.UserAgent = v }},
		{"key id", func(x *target, v string) {
			x.cfg.Credentials = keys(func(k *signer.Credentials) { k.AccessKeyID += v })
		}},
		{"secret", func(x *target, v string) {
			x.cfg.Credentials = keys(func(k *signer.Credentials) { k.SecretAccessKey += v })
		}},
		{"session token", func(x *target, v string) {
			x.cfg.Credentials = keys(func(k *signer.Credentials) { k.SessionToken += v })
		}},
		{"bearer token", func(x *target, v string) {
			x.cfg.BearerToken = func(context.Context) (string, error) { return canaryToken + v, nil }
		}},
		{"model id", func(x *target, v string) { x.req.ModelID = v }},
		{"content type", func(x *target, v string) { x.req.ContentType = v }},
		{"accept", func(x *target, v string) { x.req.Accept = v }},
		{"guardrail", func(x *target, v string) { x.req.GuardrailIdentifier = v }},
		{"metadata", func(x *target, v string) { x.req.RequestMetadata = v }},
		{"tier", func(x *target, v string) { x.req.ServiceTier = model.ServiceTier(v) }},
	}
	cases, refused := 0, 0
	for _, f := range fields {
		for b := range 256 {
			cases++
			v := "x" + string([]byte{byte(b)}) + "y"
			sent := false
			x := target{Config{Region: "us-east-1", Endpoint: "https://host.example", Credentials: canaryKeys, Retry: Retry{MaxAttempts: 1}},
				&model.InvokeModelWithResponseStreamRequest{ModelID: "m", Body: []byte(canaryBody)}}
			f.set(&x, v)
			x.cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				sent = true
				var wire strings.Builder
				// As net/http writes it; it replaces what it can't write, and we don't count on that.
				fmt.Fprintf(&wire, "%s %s\n%s\n", r.Method, r.URL.RequestURI(), r.Host)
				for name, values := range r.Header {
					for _, value := range values {
						fmt.Fprintf(&wire, "%s: %s\n", name, value)
					}
				}
				text := wire.String()
				if strings.Count(text, "\n") != 2+len(r.Header) || strings.ContainsAny(text, "\r\x00\x7f") || b < ' ' {
					t.Errorf("%s with byte %#x went out as %q", f.name, b, text)
				}
				if want := strings.Count(r.URL.EscapedPath(), "/"); want != 3 && want != 4 && f.name != "endpoint path" && f.name != "endpoint" {
					t.Errorf("%s with byte %#x has path %q", f.name, b, r.URL.EscapedPath())
				}
				return nil, errors.New("not sent")
			})
			c, err := New(x.cfg)
			if err == nil {
				_, err = c.InvokeModelWithResponseStream(context.Background(), x.req)
			}
			if err == nil {
				t.Fatalf("%s with byte %#x: no error", f.name, b)
			}
			noCanary(t, f.name, err.Error())
			if !sent {
				refused++
			}
			if sent && (b < ' ' || b == 0x7f) {
				t.Errorf("%s with byte %#x was sent", f.name, b)
			}
		}
	}
	t.Logf("%d cases, %d refused before a connection was opened", cases, refused)
	if cases < 2560 {
		t.Errorf("only %d cases", cases)
	}
}
