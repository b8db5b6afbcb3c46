package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/model/jsonwire"
)

func converseTestRequest() *converse.Request {
	return &converse.Request{ModelID: testModel, Messages: []converse.Message{converse.User(converse.Text("Hi"))}}
}

// converseScript is the events of a response that has reasoning, text and a tool call, blocks 1 and 2 interleaved, and
// an event of an unknown type.
var converseScript = []struct{ kind, payload string }{
	{"messageStart", `{"role":"assistant","p":"abc"}`},
	{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}},"p":"a"}`},
	{"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}},"p":"a"}`},
	{"contentBlockStop", `{"contentBlockIndex":0,"p":"ab"}`},
	{"contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"Hel"},"p":"abcd"}`},
	{"contentBlockStart", `{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t1","name":"weather"}},"p":"ab"}`},
	{"somethingNew", `{"x":1}`},
	{"contentBlockDelta", `{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"city\":"}},"p":"ab"}`},
	{"contentBlockDelta", `{"contentBlockIndex":1,"delta":{"text":"lo \ud83d\udc4b"},"p":"abcd"}`},
	{"contentBlockDelta", `{"contentBlockIndex":2,"delta":{"toolUse":{"input":"\"Ulm\"}"}},"p":"ab"}`},
	{"contentBlockStop", `{"contentBlockIndex":1,"p":"ab"}`},
	{"contentBlockStop", `{"contentBlockIndex":2,"p":"ab"}`},
	{"messageStop", `{"stopReason":"tool_use","p":"abc"}`},
	{"metadata", `{"usage":{"inputTokens":5,"outputTokens":7,"totalTokens":12,"cacheReadInputTokens":3},"metrics":{"latencyMs":321},"p":"x"}`},
}

const (
	converseUnknown = 6  // in converseScript: the event of an unknown type
	converseStop    = 12 // messageStop
)

// converseBody is what Converse answers in place of converseScript.
const converseBody = `{"output":{"message":{"role":"assistant","content":[` +
	`{"reasoningContent":{"reasoningText":{"text":"Hm","signature":"c2ln"}}},{"text":"Hello 👋"},` +
	`{"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Ulm"}}}]}},"stopReason":"tool_use",` +
	`"usage":{"inputTokens":5,"outputTokens":7,"totalTokens":12,"cacheReadInputTokens":3},"metrics":{"latencyMs":321}}`

func converseFrames() (frames [][]byte) {
	for _, e := range converseScript {
		frames = append(frames, frametest.EventFrame(e.kind, []byte(e.payload)))
	}
	return frames
}

// captured is a stream of these frames.
func captured(frames ...[]byte) *ConverseStream {
	return NewConverseStream(io.NopCloser(bytes.NewReader(bytes.Join(frames, nil))), &StreamOptions{RequestID: "rid-1"})
}

// playConverse makes one call of ConverseStream with a script.
func playConverse(c *Client, s script) (*ConverseStream, error) {
	return c.ConverseStream(withScript(s), converseTestRequest())
}

// drainConverse returns copies of the payloads of all events, and the stream's end.
func drainConverse(s *ConverseStream) (payloads []string, end error) {
	for {
		e, err := s.Next()
		if err != nil {
			return payloads, err
		}
		payloads = append(payloads, string(e.Raw))
	}
}

func TestConverseStream(t *testing.T) {
	for _, how := range bodyEnds() {
		if !how.polite {
			continue
		}
		t.Run(how.name, func(t *testing.T) {
			for _, atHeadToo := range []bool{false, true} {
				c := newScripted(t, how.h2, func(cfg *Config) { cfg.ReturnAtHead = atHeadToo })
				s, err := playConverse(c, how.script(bytes.Join(converseFrames(), nil)))
				if err != nil {
					t.Fatal(err)
				}
				got, end := drainConverse(s)
				if end != io.EOF || len(got) != len(converseScript)-1 {
					t.Fatalf("%d events, end %v", len(got), end)
				}
				for i, e := range converseScript {
					if i < converseUnknown && got[i] != e.payload || i > converseUnknown && got[i-1] != e.payload {
						t.Errorf("event %d is not %s", i, e.payload)
					}
				}
				if s.Skipped() != 1 || s.Events() != int64(len(got)) || !s.Complete() || s.RequestID() != "rid-1" || s.Attempts() != 1 {
					t.Errorf("Skipped %d, Events %d, Complete %v, RequestID %q, Attempts %d", s.Skipped(), s.Events(), s.Complete(), s.RequestID(), s.Attempts())
				}
				for range 2 {
					if _, err := s.Next(); err != io.EOF {
						t.Errorf("after the end: %v", err)
					}
					s.Close()
				}
			}
		})
	}
}

// What Collect returns is what Converse does: equal fields, and equal as JSON.
func TestConverseCollect(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if strings.HasSuffix(r.URL.Path, "/converse") {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, converseBody)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Write(bytes.Join(converseFrames(), nil))
	}))
	defer srv.Close()
	c := newClient(t, srv.URL)
	whole, err := c.Converse(context.Background(), converseTestRequest())
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.ConverseStream(context.Background(), converseTestRequest())
	if err != nil {
		t.Fatal(err)
	}
	collected, err := s.Collect()
	if err != nil {
		t.Fatal(err)
	}
	var a, b any
	if json.Unmarshal(whole.Raw, &a) != nil || json.Unmarshal(collected.Raw, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("as JSON\n%s\n%s", whole.Raw, collected.Raw)
	}
	one, two := *whole, *collected
	one.Raw, two.Raw = nil, nil
	if !reflect.DeepEqual(one, two) {
		t.Errorf("\n%+v\n%+v", one, two)
	}
	if got := collected.Message.Text(); got != "Hello 👋" || collected.StopReason != converse.StopToolUse || collected.Usage.CacheReadInputTokens != 3 {
		t.Errorf("text %q, %+v", got, collected)
	}
	// And back in the next request, it is one message for both.
	r := converseTestRequest()
	r.Messages = append(r.Messages, whole.Message)
	first, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Messages[1] = collected.Message
	if second, err := r.AppendJSON(nil); err != nil || !bytes.Equal(first, second) {
		t.Errorf("sent back\n%s\n%s %v", first, second, err)
	}
}

// A stream that is cut between any two events before messageStop is an error, also where metadata comes after the cut.
func TestConverseCutBetweenEvents(t *testing.T) {
	frames := converseFrames()
	metadata := frames[len(frames)-1]
	for _, how := range bodyEnds() {
		if !how.polite {
			continue
		}
		c := newScripted(t, how.h2)
		lenient := newScripted(t, how.h2, func(cfg *Config) { cfg.AllowIncomplete = true })
		for cut := 0; cut <= len(frames); cut++ {
			for _, more := range [][]byte{nil, metadata} {
				if cut == len(frames) && more != nil {
					continue
				}
				body := bytes.Join(append(append([][]byte(nil), frames[:cut]...), more), nil)
				s, err := playConverse(c, how.script(body))
				if err != nil {
					t.Fatal(err)
				}
				delivered, end := drainConverse(s)
				want := error(ErrIncomplete)
				switch {
				case cut > converseStop:
					want = io.EOF
				case cut == 0 && more != nil:
					want = ErrProtocol // metadata comes before messageStart
				}
				if want == io.EOF && end != io.EOF || want != io.EOF && (brokenAs(end, len(delivered), want) != nil || !SafeToRetry(end) != (len(delivered) > 0)) {
					t.Errorf("%s, cut before event %d, metadata after it: %v: end %v, want %v", how.name, cut, more != nil, end, want)
				}
				if s.Complete() != (cut > converseStop) {
					t.Errorf("cut before event %d: Complete = %v", cut, s.Complete())
				}
				// Collect says the same, and has what came.
				s, _ = playConverse(c, how.script(body))
				r, err := s.Collect()
				if r == nil || (err == nil) != (want == io.EOF) || err != nil && !errors.Is(err, want) {
					t.Errorf("cut before event %d: Collect = %v, %v", cut, r, err)
				}
				if want == ErrIncomplete {
					s, err := playConverse(lenient, how.script(body))
					if err != nil {
						t.Fatal(err)
					}
					if _, end := drainConverse(s); end != io.EOF {
						t.Errorf("AllowIncomplete, cut before event %d: %v", cut, end)
					}
				}
			}
		}
	}
}

// A stream that is cut anywhere else is truncated: the events before the cut come, and none after it.
func TestConverseCutInside(t *testing.T) {
	frames := converseFrames()
	var body []byte
	for i, f := range frames {
		for at := 1; at < len(f); at += 7 {
			s := captured(body, f[:at])
			got, end := drainConverse(s)
			want := i
			if i > converseUnknown {
				want--
			}
			if len(got) != want || brokenAs(end, want, frame.ErrTruncated) != nil {
				t.Fatalf("cut in event %d at %d: %d events, %v", i, at, len(got), end)
			}
		}
		body = append(body, f...)
	}
}

// Events that can't be where they are, or can't be read: what came before is delivered, and the error has the place.
func TestConverseOddEvents(t *testing.T) {
	type event struct{ kind, payload string }
	begin := event{"messageStart", `{"role":"assistant"}`}
	text := func(index string) event {
		return event{"contentBlockDelta", `{"contentBlockIndex":` + index + `,"delta":{"text":"x"}}`}
	}
	tool := event{"contentBlockStart", `{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"n"}}}`}
	stop, end := event{"contentBlockStop", `{"contentBlockIndex":0}`}, event{"messageStop", `{"stopReason":"end_turn"}`}
	for _, row := range []struct {
		name   string
		events []event // the last one is at fault
		order  bool    // the order is at fault; else the JSON, and there is a *jsonwire.Error
		says   string
	}{
		{"delta before messageStart", []event{text("0")}, true, "before messageStart"},
		{"messageStart twice", []event{begin, begin}, true, "second time"},
		{"tool delta before its start", []event{begin, {"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}`}}, true, "before the block's start"},
		{"start twice", []event{begin, tool, tool}, true, "after the block began"},
		{"start after delta", []event{begin, text("0"), tool}, true, "after the block began"},
		{"stop twice", []event{begin, text("0"), stop, stop}, true, "after the block's stop"},
		{"delta after stop", []event{begin, text("0"), stop, text("0")}, true, "after the block's stop"},
		{"delta after messageStop", []event{begin, text("0"), stop, end, text("1")}, true, "after messageStop"},
		{"messageStop twice", []event{begin, end, end}, true, "after messageStop"},
		{"messageStart after messageStop", []event{begin, end, begin}, true, "second time"},
		{"negative index", []event{begin, text("-1")}, false, "can't be decoded"},
		{"huge index", []event{begin, text("65536")}, false, "can't be decoded"},
		{"index beyond int64", []event{begin, text("9223372036854775808")}, false, "can't be decoded"},
		{"broken JSON", []event{begin, {"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"x"}`}}, false, "can't be decoded"},
		{"no JSON", []event{begin, {"contentBlockStop", ``}}, false, "can't be decoded"},
		{"another kind of JSON", []event{begin, {"metadata", `[]`}}, false, "can't be decoded"},
		{"first event broken", []event{{"messageStart", `{`}}, false, "can't be decoded"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var frames [][]byte
			offset := 0
			for i, e := range row.events {
				f := frametest.EventFrame(e.kind, []byte(e.payload))
				frames = append(frames, f)
				if i < len(row.events)-1 {
					offset += len(f)
				}
			}
			frames = append(frames, converseFrames()...) // nothing after the fault counts
			s := captured(frames...)
			got, err := drainConverse(s)
			before := len(row.events) - 1
			var at *MessageError
			if len(got) != before || brokenAs(err, before, ErrProtocol) != nil || !errors.As(err, &at) ||
				at.Offset != int64(offset) || at.Frame != int64(before) || !strings.Contains(err.Error(), row.says) {
				t.Fatalf("%d events, %v; want %d and an error at offset %d that says %q", len(got), err, before, offset, row.says)
			}
			if wire := (*jsonwire.Error)(nil); errors.As(err, &wire) == row.order || Classify(err) != ClassBrokenStream {
				t.Errorf("class %v, %T in the chain of %v", Classify(err), at.Err, err)
			}
			if _, again := s.Next(); again != err {
				t.Errorf("then %v", again)
			}
			// In place of the first event it is the call's error, and is not sent again.
			if before == 0 {
				c := newScripted(t, false, func(cfg *Config) { cfg.ReturnAtHead, cfg.Retry.MaxAttempts = false, 3 })
				r, _ := chunkedResponse(frames[0])
				if s, err := playConverse(c, script{send: r, end: io.EOF}); s != nil || !errors.Is(err, ErrProtocol) || !SafeToRetry(err) {
					t.Errorf("call: %v, %v", s, err)
				}
			}
		})
	}
}

// Exceptions end the stream by the same rules as in every other.
func TestConverseExceptions(t *testing.T) {
	frames := converseFrames()
	for _, x := range exceptions {
		if x.member == "" {
			continue
		}
		for _, before := range []int{0, 1, 5, converseStop + 1} {
			s := captured(bytes.Join(frames[:before], nil), frametest.ExceptionFrame(x.member, "went wrong"), frames[1])
			got, end := drainConverse(s)
			want := min(before, converseUnknown) + max(before-converseUnknown-1, 0)
			var e *model.Error
			if len(got) != want || brokenAs(end, want, x.code) != nil || !errors.As(end, &e) || !e.InStream || e.RequestID != "rid-1" {
				t.Errorf("%s after %d: %d events, %v", x.member, before, len(got), end)
			}
			s = captured(bytes.Join(frames[:before], nil), frametest.ExceptionFrame(x.member, "went wrong"))
			if r, err := s.Collect(); r == nil || !errors.Is(err, x.code) {
				t.Errorf("%s after %d: Collect = %v, %v", x.member, before, r, err)
			}
		}
	}
}

// A request that can't be right is refused before anything is sent.
func TestConverseRequestsAreChecked(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:9", func(cfg *Config) {
		cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
			t.Error("something was sent")
			return nil, io.EOF
		})
	})
	ctx := context.Background()
	change := func(f func(*converse.Request)) *converse.Request {
		r := converseTestRequest()
		f(r)
		return r
	}
	for _, row := range []struct {
		name, field string
		request     *converse.Request
	}{
		{"nil", "ModelID", nil},
		{"no model", "ModelID", change(func(r *converse.Request) { r.ModelID = "" })},
		{"two dots", "ModelID", change(func(r *converse.Request) { r.ModelID = ".." })},
		{"control character", "ModelID", change(func(r *converse.Request) { r.ModelID = "a\nb" })},
		{"long model", "ModelID", change(func(r *converse.Request) { r.ModelID = strings.Repeat("a", 3000) })},
		{"no role", "Messages[0].Role", change(func(r *converse.Request) { r.Messages[0].Role = "" })},
		{"tool input", "Messages[0].Content[0].ToolUse.Input", change(func(r *converse.Request) {
			r.Messages[0].Content[0] = converse.Block{ToolUse: &converse.ToolUse{ID: "t", Name: "n", Input: []byte("{")}}
		})},
		{"field of ours", "Fields", change(func(r *converse.Request) { r.Fields = []byte(`{"messages":[]}`) })},
	} {
		t.Run(row.name, func(t *testing.T) {
			for name, call := range map[string]func() error{
				"Converse":            func() error { _, err := c.Converse(ctx, row.request); return err },
				"ConverseStream":      func() error { _, err := c.ConverseStream(ctx, row.request); return err },
				"CountConverseTokens": func() error { _, err := c.CountConverseTokens(ctx, row.request); return err },
			} {
				var e *model.FieldError
				if err := call(); !errors.As(err, &e) || !strings.HasPrefix(e.Field, row.field) || !SafeToRetry(err) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	var e *model.FieldError
	if _, err := c.CountTokens(ctx, nil); !errors.As(err, &e) {
		t.Errorf("CountTokens of nil: %v", err)
	}
	if _, err := (*Client)(nil).Converse(ctx, converseTestRequest()); err == nil {
		t.Error("a nil client")
	}
}

// answered is one response for each request.
type answered struct {
	status      int
	contentType string
	body        string
	reset       bool // the body ends before its Content-Length
}

func (a answered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("X-Amzn-Requestid", "rid-9")
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
	if a.reset {
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// A JSON response that is cut, too large or not what was expected is an error with status and request id.
func TestJSONResponses(t *testing.T) {
	calls := []struct {
		name  string
		good  string
		limit int
		call  func(*Client) error
		safe  bool
	}{
		{"Converse", converseBody, maxJSONBody, func(c *Client) error {
			_, err := c.Converse(context.Background(), converseTestRequest())
			return err
		}, false},
		{"CountTokens", `{"inputTokens":42}`, maxCountBody, func(c *Client) error {
			n, err := c.CountTokens(context.Background(), testRequest())
			if err == nil && n != 42 {
				t.Errorf("%d tokens", n)
			}
			return err
		}, true},
		{"CountConverseTokens", `{"inputTokens":42}`, maxCountBody, func(c *Client) error {
			n, err := c.CountConverseTokens(context.Background(), converseTestRequest())
			if err == nil && n != 42 {
				t.Errorf("%d tokens", n)
			}
			return err
		}, true},
	}
	for _, call := range calls {
		for _, row := range []struct {
			name   string
			answer answered
			check  func(error) bool
		}{
			{"good", answered{200, "application/json", call.good, false}, func(err error) bool { return err == nil }},
			{"HTML", answered{200, "text/html", "<html>Sign in</html>", false}, refusedJSON},
			{"empty", answered{200, "application/json", "", false}, refusedJSON},
			{"half", answered{200, "application/json", call.good[:len(call.good)/2], false}, refusedJSON},
			{"two values", answered{200, "application/json", call.good + "{}", false}, refusedJSON},
			{"another object", answered{200, "application/json", `{"x":1}`, false}, refusedJSON},
			{"too large", answered{200, "application/json", call.good + strings.Repeat(" ", call.limit), false}, func(err error) bool {
				return refusedJSON(err) && strings.Contains(err.Error(), errTooLarge.Error())
			}},
			{"error of the service", answered{403, "application/json", `{"__type":"AccessDeniedException","message":"no"}`, false}, func(err error) bool {
				var e *model.Error
				return errors.Is(err, model.AccessDeniedException) && errors.As(err, &e) && e.RequestID == "rid-9" && e.StatusCode == 403 && e.Action != ""
			}},
			{"cut", answered{200, "application/json", call.good, true}, func(err error) bool {
				var e *SendError
				return errors.As(err, &e) && e.MayBeProcessed
			}},
		} {
			t.Run(call.name+"/"+row.name, func(t *testing.T) {
				if testing.Short() && row.name == "too large" && call.limit == maxJSONBody {
					t.Skip("64 MiB")
				}
				requests := 0
				srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests++
					row.answer.ServeHTTP(w, r)
				}))
				defer srv.Close()
				c := newClient(t, srv.URL, func(cfg *Config) { cfg.Retry = Retry{MaxAttempts: 2, MaxDelay: 1} })
				if err := call.call(c); !row.check(err) {
					t.Errorf("%T %v", err, err)
				}
				c.CloseIdleConnections()
				// Only what changes nothing is sent again after a cut.
				if want := 1; row.name == "cut" && call.safe != (requests == 2) || row.name != "cut" && requests != want {
					t.Errorf("%d requests", requests)
				}
			})
		}
	}
}

func refusedJSON(err error) bool {
	var r *ResponseError
	return errors.As(err, &r) && r.JSON && r.Err.RequestID == "rid-9" && r.Err.StatusCode == 200 && !errors.As(err, new(*model.Error)) &&
		!errors.Is(err, ErrNotEventStream) && SafeToRetry(err)
}

// What is sent: method, path, headers and body of each operation.
func TestConverseOnTheWire(t *testing.T) {
	type sent struct{ path, contentType, accept, body string }
	var got sent
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got = sent{r.Method + " " + r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("Accept"), string(b)}
		w.WriteHeader(400)
	}))
	defer srv.Close()
	c := newClient(t, srv.URL, once)
	ctx, r := context.Background(), converseTestRequest()
	r.ModelID, r.MaxTokens = inferenceProfile, 9
	path := "POST /model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc.def-1%3A0/"
	const messages = `"messages":[{"role":"user","content":[{"text":"Hi"}]}]`
	for _, row := range []struct {
		name string
		call func()
		want sent
	}{
		{"Converse", func() { c.Converse(ctx, r) },
			sent{path + "converse", "application/json", "application/json", `{` + messages + `,"inferenceConfig":{"maxTokens":9}}`}},
		{"ConverseStream", func() { c.ConverseStream(ctx, r) },
			sent{path + "converse-stream", "application/json", "application/vnd.amazon.eventstream", `{` + messages + `,"inferenceConfig":{"maxTokens":9}}`}},
		{"CountConverseTokens", func() { c.CountConverseTokens(ctx, r) },
			sent{path + "count-tokens", "application/json", "application/json", `{"input":{"converse":{` + messages + `}}}`}},
		{"CountTokens", func() { c.CountTokens(ctx, &model.InvokeModelRequest{ModelID: r.ModelID, Body: []byte(`{"a":1}`)}) },
			sent{path + "count-tokens", "application/json", "application/json", `{"input":{"invokeModel":{"body":"eyJhIjoxfQ=="}}}`}},
	} {
		if row.call(); got != row.want {
			t.Errorf("%s:\n%+v, want\n%+v", row.name, got, row.want)
		}
	}
}

func TestConverseStreamOddUse(t *testing.T) {
	for name, s := range map[string]*ConverseStream{"nil": nil, "zero": new(ConverseStream)} {
		if _, err := s.Next(); err != ErrClosed {
			t.Errorf("%s: Next = %v", name, err)
		}
		if r, err := s.Collect(); r == nil || err != ErrClosed {
			t.Errorf("%s: Collect = %v, %v", name, r, err)
		}
		if s.RequestID() != "" || s.Attempts() != 0 || s.Events() != 0 || s.Skipped() != 0 || s.Complete() || s.Close() != nil {
			t.Errorf("%s: not empty", name)
		}
	}
	if _, end := drainConverse(NewConverseStream(nil, nil)); !errors.Is(end, ErrIncomplete) {
		t.Errorf("no source: %v", end)
	}
	s := captured(converseFrames()...)
	if _, err := s.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Collect(); err != errCollectLate {
		t.Errorf("Collect after Next: %v", err)
	}
	if _, err := s.Next(); err != nil { // and the stream goes on
		t.Error(err)
	}
	s.Close()
	if _, err := s.Next(); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	for event, err := range captured(converseFrames()...).All() {
		if event.Kind != converse.MessageStart || err != nil {
			t.Errorf("first of All: %v, %v", event.Kind, err)
		}
		break
	}
	long := []byte(`{"contentBlockIndex":0,"delta":{"text":"` + strings.Repeat("x", 1<<20) + `"}}`)
	frames := [][]byte{converseFrames()[0]}
	for range MaxCollected>>20 + 1 {
		frames = append(frames, frametest.EventFrame("contentBlockDelta", long))
	}
	if !testing.Short() {
		if r, err := captured(frames...).Collect(); err != ErrCollected || len(r.Message.Text())+len(r.Message.Content[0].Raw) < MaxCollected/2 { // Raw: a text above the largest JSON that is read
			t.Errorf("too much to collect: %v, %d bytes of text", err, len(r.Message.Text()))
		}
	}
}

// Next allocates nothing for text and tool deltas, escapes included.
func TestConverseStreamAllocations(t *testing.T) {
	const runs = 500
	frames := [][]byte{converseFrames()[0], converseFrames()[5]} // messageStart, start of a tool call
	for range runs {
		frames = append(frames, converseFrames()[4], converseFrames()[7], converseFrames()[8])
	}
	s := captured(frames...)
	for range 20 { // buffers grow
		if _, err := s.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if n := testing.AllocsPerRun(runs, func() {
		if e, err := s.Next(); err != nil || e.Kind != converse.BlockDelta {
			t.Fatal(e.Kind, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

// Each fault that the fake can make of a ConverseStream, at each of its frames, is an error, and what came before it is
// the beginning of the right response. A stall is one as well.
func TestConverseFaults(t *testing.T) {
	reply := bedrocktest.Answer(bedrocktest.Reason("c2ln", "Hm"), bedrocktest.Say("Hel", "lo"), bedrocktest.CallTool("t1", "weather", `{"a":`, `1}`))
	srv := newFake(t, reply)
	whole := bedrocktest.NewUnstartedServer() // of HTTP/2
	whole.Script(reply)
	if err := whole.StartTLS(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(whole.Close)
	const frames, stop = 13, 11 // events, and which one is messageStop
	for _, proto := range []struct {
		name string
		url  string
		tls  *bedrocktest.Server
	}{{"HTTP/1.1", srv.URL, nil}, {"HTTP/2", whole.URL, whole}} {
		secure := func(cfg *Config) {
			if proto.tls != nil {
				cfg.RootCAs = poolOf(proto.tls.Certificate())
			}
		}
		patient := newClient(t, proto.url, once, atHead, secure)
		hasty := newClient(t, proto.url, once, atHead, secure, func(cfg *Config) { // for faults that are silent
			cfg.Timeouts.FirstEvent, cfg.Timeouts.Idle = 500*time.Millisecond, 500*time.Millisecond
		})
		c := patient
		call := func() ([]string, error) {
			s, err := c.ConverseStream(context.Background(), converseTestRequest())
			if err != nil {
				return nil, err
			}
			return drainConverse(s)
		}
		all, end := call()
		if end != io.EOF || len(all) != frames {
			t.Fatalf("%s: %d events, %v", proto.name, len(all), end)
		}
		faulty := proto.tls
		if faulty == nil {
			faulty = srv
		}
		for _, row := range []struct {
			fault string
			kind  error
			until int // the frames at which it is an error
		}{
			{"reset", frame.ErrTruncated, frames}, {"fin", frame.ErrTruncated, frames}, {"end", ErrIncomplete, stop + 1}, {"end@byte=7", frame.ErrTruncated, frames},
			{"stall", ErrStalled, 3}, {"flip=3@byte=20", frame.ErrMessageCRC, frames}, {"flip=3@byte=2", frame.ErrPreludeCRC, frames},
			{"exception=throttlingException", model.ThrottlingException, frames}, {"error", model.UnknownOperationError, frames}, {"incomplete", ErrIncomplete, 1},
		} {
			c = patient
			if row.kind == ErrStalled {
				c = hasty
			}
			for at := range row.until {
				f, err := bedrocktest.ParseFault(row.fault)
				if err != nil {
					t.Fatal(err)
				}
				f.Frame = at
				broken := reply
				broken.Fault = f
				faulty.Script(broken)
				got, end := call()
				if !isPrefix(got, all) || brokenAs(end, len(got), row.kind) != nil || row.fault != "incomplete" && len(got) != at {
					t.Errorf("%s, %s at frame %d: %d events, %v", proto.name, row.fault, at, len(got), end)
				}
			}
		}
		c = patient
		// A frame that is missing, that comes twice or in another order is found where the order of events shows it.
		for _, fault := range []string{"drop@frame=0", "duplicate@frame=0", "reorder@frame=0", "drop@frame=7", "duplicate@frame=7",
			"reorder@frame=7", "duplicate@frame=11", "reorder@frame=10", "drop@frame=11"} {
			f, err := bedrocktest.ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			broken := reply
			broken.Fault = f
			faulty.Script(broken)
			if got, end := call(); end == io.EOF || !errors.Is(end, ErrProtocol) && !errors.Is(end, ErrIncomplete) {
				t.Errorf("%s, %s: %d events, %v", proto.name, fault, len(got), end)
			}
		}
		faulty.Script(reply)
	}
}
