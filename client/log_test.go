package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// rendered is a value as programs print and log it.
func rendered(v any) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%v %+v %#v %s %q\n", v, v, v, v, v)
	if j, err := json.Marshal(v); err == nil {
		b.Write(j)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
	return b.String()
}

// A thousand calls of all kinds with secrets in keys, token, prompt and answer: none of them is in what the hook
// gets, nor in an error.
func TestLogShowsNoSecret(t *testing.T) {
	const answerCanary = "canary-answer-1d2c3b"
	calls := 1000
	good := frametest.ChunkFrame([]byte(answerCanary), 3)
	cut := good[:len(good)-7]
	kinds := []func() (*http.Response, error){
		stream(good, good),
		stream(good, cut),
		stream(good, frametest.Flip(good, 8*len(good)-64)),
		stream(good, frametest.ExceptionFrame("throttlingException", "m")),
		stream(good, frametest.EventFrame("unknown", []byte(answerCanary)), good),
		stream(frametest.EventFrame("chunk", []byte(answerCanary))),
		exception(model.ThrottlingException),
		exception(model.AccessDeniedException),
		exception("ExpiredTokenException"),
		failure(errReset),
		failure(io.EOF),
		response(307, "", "Location", "https://evil.example/"),
		response(503, ""),
		response(200, "<html>", "Content-Type", "text/html"),
	}
	hits, events, requests := 0, 0, 0
	check := func(what string, v any) {
		text := rendered(v)
		for _, canary := range []string{canarySecret, canaryToken, canaryBody, answerCanary, "Signature=", "Bearer "} {
			if strings.Contains(text, canary) {
				hits++
				t.Errorf("%s shows %q: %.300s", what, canary, text)
			}
		}
	}
	for i := range calls {
		c := newClient(t, "https://h", quick, func(cfg *Config) {
			cfg.Credentials, cfg.Retry.MaxAttempts = canaryKeys, 2
			if i%3 == 0 {
				cfg.BearerToken = func(context.Context) (string, error) { return canaryToken, nil }
			}
			cfg.ReturnAtHead = i%2 != 0
			cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				requests++
				return kinds[i%len(kinds)]()
			})
			cfg.Log = func(e Step) {
				events++
				if i < 10*len(kinds) { // rendering is slow, and the kinds repeat
					check("event "+e.Kind.String(), e)
				}
			}
		})
		s, err := c.InvokeModelWithResponseStream(context.Background(), &model.InvokeModelWithResponseStreamRequest{ModelID: "m", Body: []byte(canaryBody), RequestMetadata: canaryBody})
		for err == nil {
			_, err = s.Next()
		}
		check("error", err)
	}
	t.Logf("%d calls, %d requests, %d events, %d hits", calls, requests, events, hits)
	c := newClient(t, "https://h", func(cfg *Config) { cfg.Credentials = canaryKeys })
	check("Client", c)
	check("Config", c.cfg)
}

// The steps of a call in their order, with what each is to tell.
func TestLogSteps(t *testing.T) {
	srv := newFake(t,
		bedrocktest.Failure(model.ThrottlingException, "slower"),
		bedrocktest.Reply{Frames: [][]byte{bedrocktest.Chunk(`{"n":1}`), bedrocktest.Event("somethingNew", []byte(`{}`)), bedrocktest.Chunk(`{"n":2}`)}})
	var log []Step
	c := newClient(t, srv.URL, quick, func(cfg *Config) { cfg.Log = func(e Step) { log = append(log, e) } })
	ctx := context.WithValue(context.Background(), t, "kept")
	s, err := c.InvokeModelWithResponseStream(ctx, testRequest())
	if err != nil {
		t.Fatal(err)
	}
	if _, end := drain(s); end != io.EOF || s.Attempts() != 2 {
		t.Fatalf("%v after %d attempts", end, s.Attempts())
	}
	requests := srv.Requests()
	size := s.events.body.bytes
	want := []Step{
		{Kind: StepRequest, Method: "POST", Host: strings.TrimPrefix(srv.URL, "http://"), Path: "/model/anthropic.claude-v2%3A1/invoke-with-response-stream"},
		{Kind: StepAttempt, Attempt: 1},
		{Kind: StepResponseHead, Attempt: 1, Status: 429, RequestID: requests[0].RequestID},
		{Kind: StepRetry, Attempt: 1},
		{Kind: StepAttempt, Attempt: 2},
		{Kind: StepResponseHead, Attempt: 2, Status: 200, RequestID: requests[1].RequestID},
		{Kind: StepEvent, Attempt: 2, RequestID: requests[1].RequestID, Events: 1},
		{Kind: StepSkipped, Attempt: 2, RequestID: requests[1].RequestID, Events: 1, EventType: "somethingNew"},
		{Kind: StepEvent, Attempt: 2, RequestID: requests[1].RequestID, Events: 2},
		{Kind: StepEnd, Attempt: 2, RequestID: requests[1].RequestID, Events: 2, Bytes: size},
	}
	if len(log) != len(want) {
		t.Fatalf("%d events: %+v", len(log), log)
	}
	last := time.Duration(0)
	for i, e := range log {
		if e.Elapsed < last || e.Kind != StepRequest && e.Elapsed == 0 {
			t.Errorf("%v after %v, the one before after %v", e.Kind, e.Elapsed, last)
		}
		last = e.Elapsed
		if e.Kind == StepRetry && !errors.Is(e.Err, model.ThrottlingException) {
			t.Errorf("retry for %v", e.Err)
		}
		if e.Kind == StepEvent && e.Bytes == 0 {
			t.Errorf("no bytes in %+v", e)
		}
		e.Elapsed, e.Wait, e.Err = 0, 0, nil
		if e.Kind != StepEnd {
			e.Bytes = 0
		}
		if e.Context != ctx || e.ID != requests[0].Header.Get("Amz-Sdk-Invocation-Id") || e.ID == "" || e.Operation != "InvokeModelWithResponseStream" {
			t.Errorf("%v of context %v, call %q, operation %q", e.Kind, e.Context, e.ID, e.Operation)
		}
		e.Context, e.ID, e.Operation = nil, "", ""
		if e != want[i] {
			t.Errorf("event %d is %+v\n         want %+v", i, e, want[i])
		}
	}
	// A stream that breaks, and one that is closed and asked again, end with their error.
	for _, closed := range []bool{false, true} {
		log = nil
		s := open(t, newClient(t, "https://h", atHead, func(cfg *Config) {
			cfg.Log = func(e Step) { log = append(log, e) }
			cfg.Transport = &answers{list: []func() (*http.Response, error){stream(frametest.ChunkFrame([]byte("{}"), 3)[:50])}}
		}))
		kind := frame.ErrTruncated
		if closed {
			s.Close()
			kind = ErrClosed
		}
		_, end := s.Next()
		s.Next()
		if e := log[len(log)-1]; e.Kind != StepEnd || e.Err != end || !errors.Is(end, kind) || len(log) != 4 {
			t.Errorf("log %+v", log)
		}
	}
	for k := range StepEnd + 2 {
		if s := k.String(); s == "" || (s == "unknown") != (k == 0 || k > StepEnd) {
			t.Errorf("StepKind(%d) = %q", k, s)
		}
	}
}

// The tap sees the bytes of the stream as they come, faulty ones too, so that decoding them again gives the same.
func TestTap(t *testing.T) {
	reply := bedrocktest.Text("a", "b")
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultFlip, Frame: 3, Byte: 100}
	srv := newFake(t, reply)
	var kept bytes.Buffer
	c := newClient(t, srv.URL, func(cfg *Config) { cfg.Tap = func(p []byte) { kept.Write(p) } })
	got, end := drain(open(t, c))
	again, endAgain := drain(NewStream(io.NopCloser(&kept), nil))
	if fmt.Sprint(got) != fmt.Sprint(again) || !errors.Is(end, frame.ErrMessageCRC) || !errors.Is(endAgain, frame.ErrMessageCRC) || len(got) != 3 {
		t.Errorf("%q, %v; again %q, %v", got, end, again, endAgain)
	}
}

// No text of a peer's can move a cursor, forge a line of a log or fill it.
func TestErrorTexts(t *testing.T) {
	var hostile strings.Builder
	for b := range 256 {
		hostile.WriteByte(byte(b))
	}
	hostile.WriteString("\u2028\u2029\u202e\u2066\U000e0041" + strings.Repeat("long", 5000))
	bad := hostile.String()
	service := &model.Error{Code: model.Code(bad), Message: bad, RequestID: bad}
	errs := []error{
		service,
		&StreamError{RequestID: bad, Err: service}, &StreamError{RequestID: bad, Err: frame.ErrTruncated},
		&SendError{Err: errors.New(bad)}, &RedirectError{Host: bad}, &ResponseError{ContentType: bad, ContentEncoding: bad, Err: service},
		&ResponseError{ContentType: bad, Err: service, Cause: errors.New("cause")}, &CallError{Err: service},
		&MessageError{Reason: "reason", Err: model.ErrChunk}, &StallError{WaitingFor: "x"}, ErrIncomplete, &ConfigError{"Field", "reason"},
	}
	for _, err := range errs {
		text := err.Error()
		if strings.ContainsFunc(text, func(r rune) bool {
			return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r >= 0xe0000 && r <= 0xe007f
		}) || strings.ToValidUTF8(text, "") != text || len(text) > 8<<10 {
			t.Errorf("%T: %d bytes: %.100q", err, len(text), text)
		}
	}
	if !strings.Contains((&MessageError{Frame: 3, Offset: 7, Reason: "why", Err: model.ErrChunk}).Error(), "frame 3 at offset 7: why: ") {
		t.Error("MessageError")
	}
}

// One hook may serve calls at the same time; each calls it from its own goroutine.
func TestLogOfConcurrentCalls(t *testing.T) {
	srv := newFake(t, bedrocktest.Text("a"))
	var mu sync.Mutex
	counts := map[StepKind]int{}
	c := newClient(t, srv.URL, func(cfg *Config) {
		cfg.Log = func(e Step) { mu.Lock(); counts[e.Kind]++; mu.Unlock() }
	})
	var wg sync.WaitGroup
	for range 32 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
			if err != nil {
				t.Error(err)
				return
			}
			drain(s)
		}()
	}
	wg.Wait()
	if counts[StepRequest] != 32 || counts[StepEnd] != 32 || counts[StepEvent] != 32*6 {
		t.Errorf("%v", counts)
	}
}
