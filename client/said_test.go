package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// TestTextInsteadOfFrames: what a peer says under the Content-Type of an event stream is in the error, and a corrupt
// frame is not taken for text.
func TestTextInsteadOfFrames(t *testing.T) {
	const frames = "application/vnd.amazon.eventstream"
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	rows := []struct {
		name, body string
		says       string // "": not taken for text
	}{
		{"JSON", `{"message":"The key budget of team-a is used up"}`, "key budget of team-a"},
		{"an SSE stream", "event: error\ndata: {\"error\":\"quota exceeded\"}\n\n", "event: error"},
		{"HTML", "<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"},
		{"short text", "no", ""},
		{"plain text", "upstream connect error or disconnect", "upstream connect error"},
		{"text with a control character", "upstream\x1b[2J connect error", ""},
		{"a corrupt prelude", string(frametest.Flip(chunk, 3)), ""},
		{"a corrupt message", string(frametest.Flip(chunk, 300)), ""},
		{"zero bytes", strings.Repeat("\x00", 50), ""},
	}
	for _, r := range rows {
		for _, head := range []bool{false, true} {
			c := newClient(t, "https://h", once, func(cfg *Config) {
				cfg.ReturnAtHead = head
				cfg.Transport = &answers{list: []func() (*http.Response, error){response(200, r.body, "Content-Type", frames, "X-Amzn-Requestid", "rid-1")}}
			})
			s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			if err == nil {
				_, err = s.Next()
			}
			var e *ResponseError
			if said := errors.As(err, &e); said != (r.says != "") || !strings.Contains(err.Error(), r.says) || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%s: %v", r.name, err)
			}
			if e != nil && (!errors.Is(err, ErrNotEventStream) || !errors.As(err, new(*frame.Error)) || errors.As(err, new(*model.Error)) || !strings.Contains(err.Error(), "rid-1")) {
				t.Errorf("%s: %v", r.name, err)
			}
		}
	}
	// A peer that falls silent after twelve bytes is not waited for until the limit of the first event.
	silent := http1Peer(t, 0, func(c net.Conn, head bool) bool {
		if !head {
			io.WriteString(c, streamHead+"Content-Length: 1000\r\n\r\n{\"message\":\"")
		}
		return true
	})
	began := time.Now()
	_, err := newClient(t, silent.url(), once).InvokeModelWithResponseStream(context.Background(), testRequest())
	if !errors.Is(err, ErrNotEventStream) || time.Since(began) > time.Minute {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}

// TestFramesUnderAnotherType: real frames whose Content-Type something has changed.
func TestFramesUnderAnotherType(t *testing.T) {
	chunk := frametest.ChunkFrame([]byte("{}"), 3)
	for name, r := range map[string]struct {
		body  string
		looks bool
	}{"two frames": {string(chunk) + string(chunk), true}, "half a frame": {string(chunk[:50]), true}, "a prelude": {string(chunk[:12]), true}, "less": {string(chunk[:11]), false},
		"text": {"hello, world, hello", false}, "nothing": {"", false}} {
		c := newClient(t, "https://h", once, func(cfg *Config) {
			cfg.Transport = &answers{list: []func() (*http.Response, error){response(200, r.body, "Content-Type", "application/octet-stream")}}
		})
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		if !errors.Is(err, ErrNotEventStream) || strings.Contains(err.Error(), "looks like an event stream") != r.looks {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEndpointOfAnotherRegion: a host of AWS names its region, and a signature for another one would be refused there.
func TestEndpointOfAnotherRegion(t *testing.T) {
	for host, region := range map[string]string{
		"bedrock-runtime.us-east-1.amazonaws.com":                   "us-east-1",
		"bedrock-runtime-fips.us-east-1.amazonaws.com":              "us-east-1",
		"bedrock.us-gov-west-1.amazonaws.com":                       "us-gov-west-1",
		"bedrock-runtime.cn-north-1.amazonaws.com.cn":               "cn-north-1",
		"bedrock-runtime.us-east-1.api.aws":                         "us-east-1",
		"vpce-0a1b-c2.bedrock-runtime.us-east-1.vpce.amazonaws.com": "us-east-1",
		"bedrock-runtime.us-east-1.amazonaws.com.evil.example":      "",
		"bedrock-runtime.us-east-1.example.com":                     "",
		"gateway.example":                                           "",
		"bedrock-runtime":                                           "",
		"s3.us-east-1.amazonaws.com":                                "",
		"bedrock-runtime.us-east-1.amazonaws.com.cn":                "",
	} {
		for _, cfgRegion := range []string{"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"} {
			_, err := New(Config{Region: cfgRegion, Credentials: testKeys, Endpoint: "https://" + host})
			if wrong := region != "" && region != cfgRegion; (fieldOf(err) == "Endpoint") != wrong || wrong && (!strings.Contains(err.Error(), region) || !strings.Contains(err.Error(), cfgRegion)) {
				t.Errorf("%s with region %s: %v", host, cfgRegion, err)
			}
		}
	}
	if _, err := New(Config{Region: "eu-central-1", Credentials: testKeys, ControlEndpoint: "https://bedrock.us-east-1.amazonaws.com"}); fieldOf(err) != "ControlEndpoint" {
		t.Error(err)
	}
	if _, err := New(Config{BearerToken: func(context.Context) (string, error) { return "t", nil }, Endpoint: "https://bedrock-runtime.us-east-1.amazonaws.com"}); err != nil {
		t.Error(err)
	}
}
