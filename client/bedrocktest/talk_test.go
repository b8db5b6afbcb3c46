package bedrocktest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/signer"
)

const talkPath = "/model/amazon.nova-sonic-v1%3A0/invoke-with-bidirectional-stream"

// talk is a whole request of InvokeModelWithBidirectionalStream: its input is made before it is sent.
type talk struct {
	chunks []string
	creds  signer.Credentials
	header http.Header
	at     func(i int) time.Time                                     // of each message
	plain  func(i int, chunk string) []byte                          // the message that is signed; i is len(chunks) at the end
	change func(frames [][]byte, chain *signer.EventSigner) [][]byte // of the signed messages
}

// inputChunk is the message of one chunk.
func inputChunk(chunk string) []byte {
	b, err := frame.Append(nil, []frame.Header{
		{Name: ":event-type", Value: frame.StringValue("chunk")},
		{Name: ":message-type", Value: frame.StringValue("event")},
		{Name: ":content-type", Value: frame.StringValue("application/json")},
	}, []byte(`{"bytes":"`+base64.StdEncoding.EncodeToString([]byte(chunk))+`"}`))
	if err != nil {
		panic(err)
	}
	return b
}

// send returns the answer's status and messages, and the error at their end.
func (c talk) send(t *testing.T, srv *bedrocktest.Server) (int, []message, error) {
	t.Helper()
	if c.creds.AccessKeyID == "" {
		c.creds = bedrocktest.Credentials()
	}
	if c.at == nil {
		c.at = func(int) time.Time { return time.Now() }
	}
	r, err := http.NewRequest("POST", srv.URL+talkPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range c.header {
		r.Header[name] = values
	}
	s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
	sr := &signer.Request{Method: "POST", Host: r.URL.Host, Path: talkPath, Header: r.Header, PayloadHash: signer.StreamingEvents}
	if err := s.Sign(sr, &c.creds, time.Now()); err != nil {
		t.Fatal(err)
	}
	chain, err := s.Events(sr, &c.creds)
	if err != nil {
		t.Fatal(err)
	}
	var frames [][]byte
	for i, chunk := range append(c.chunks[:len(c.chunks):len(c.chunks)], "") {
		var b []byte
		switch {
		case i == len(c.chunks):
			b, err = chain.AppendEnd(nil, c.at(i))
		case c.plain != nil:
			b, err = chain.Append(nil, c.plain(i, chunk), c.at(i))
		default:
			b, err = chain.Append(nil, inputChunk(chunk), c.at(i))
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, b)
	}
	if c.change != nil {
		frames = c.change(frames, chain)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(bytes.Join(frames, nil))), -1
	resp, err := http2Client(t).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := messages(resp.Body)
	return resp.StatusCode, all, err
}

// http2Client speaks HTTP/2 without TLS.
func http2Client(t *testing.T) *http.Transport {
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// words are chunks of input.
var words = []string{`{"n":1}`, `{"n":2}`, ``, `{"n":4}`}

func TestTalk(t *testing.T) {
	sonic := func(s string) string { return `{"event":{"textOutput":{"content":"` + s + `","role":"ASSISTANT"}}}` }
	var mu sync.Mutex
	var heard []string
	rows := []struct {
		name string
		set  func(*bedrocktest.Server)
		want []string
	}{
		{"echo", func(*bedrocktest.Server) {}, words},
		{"script", func(s *bedrocktest.Server) {
			var frames [][]byte
			for i := range 7 {
				frames = append(frames, bedrocktest.Chunk(fmt.Sprint(i)))
			}
			s.Script(bedrocktest.Reply{Frames: frames})
		}, []string{"0", "1", "2", "3", "4", "5", "6"}},
		{"short script", func(s *bedrocktest.Server) { s.Script(bedrocktest.Reply{Frames: [][]byte{bedrocktest.Chunk("a")}}) }, []string{"a"}},
		{"text", func(s *bedrocktest.Server) { s.Script(bedrocktest.Answer(bedrocktest.Say("a", "b"))) }, []string{sonic("a"), sonic("b")}},
		{"Respond", func(s *bedrocktest.Server) {
			s.Respond = func(r bedrocktest.Request) bedrocktest.Reply {
				return bedrocktest.Answer(bedrocktest.Say(r.Operation))
			}
		}, []string{sonic("InvokeModelWithBidirectionalStream")}},
		{"Talk", func(s *bedrocktest.Server) {
			s.Talk = func(r bedrocktest.Request, chunk []byte) [][]byte {
				mu.Lock()
				defer mu.Unlock()
				if chunk == nil {
					heard = append(heard, "end of "+r.ModelID)
					return [][]byte{bedrocktest.Chunk("bye"), bedrocktest.Chunk("bye")}
				}
				heard = append(heard, string(chunk))
				return nil
			}
		}, []string{"bye", "bye"}},
	}
	for _, r := range rows {
		srv := bedrocktest.NewUnstartedServer()
		r.set(srv)
		start(t, srv)
		status, all, err := talk{chunks: words}.send(t, srv)
		if got := events(t, all); status != 200 || err != nil || !reflect.DeepEqual(got, r.want) {
			t.Errorf("%s: status %d, %q, %v", r.name, status, got, err)
		}
	}
	if want := append(words[:4:4], "end of amazon.nova-sonic-v1:0"); !reflect.DeepEqual(heard, want) {
		t.Errorf("Talk heard %q", heard)
	}
}

// TestTalkRefuses: what is not the next message of the client is not answered, and ends the stream with an exception.
func TestTalkRefuses(t *testing.T) {
	ago := func(d time.Duration, from int) func(int) time.Time {
		return func(i int) time.Time {
			if i >= from {
				return time.Now().Add(-d)
			}
			return time.Now()
		}
	}
	event := func(headers []frame.Header, payload string) []byte {
		b, _ := frame.Append(nil, headers, []byte(payload))
		return b
	}
	rows := []struct {
		name   string
		talk   talk
		echoed int
		reason string
	}{
		{"flipped bit", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte {
			f[1][len(f[1])-20] ^= 1
			return f
		}}, 1, "CRC mismatch"},
		{"left out", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte { return append(f[:1], f[2:]...) }}, 1, "signature"},
		{"twice", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte { return [][]byte{f[0], f[1], f[1]} }}, 2, "signature"},
		{"changed places", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte { return [][]byte{f[1], f[0]} }}, 0, "signature"},
		{"not signed", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte { return [][]byte{f[0], inputChunk("x")} }}, 1, "signed message"},
		{"no end", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte { return f[:4] }}, 4, "without a signed empty message"},
		{"cut", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte { return [][]byte{f[0], f[1], f[2][:50]} }}, 2, "truncated"},
		{"garbage", talk{change: func(f [][]byte, _ *signer.EventSigner) [][]byte {
			return [][]byte{f[0], []byte("GET / HTTP/1.1\r\n\r\n")}
		}}, 1, "prelude"},
		{"old", talk{at: ago(6*time.Minute, 2)}, 2, "too long ago"},
		{"from the future", talk{at: ago(-6*time.Minute, 2)}, 2, "in the future"},
		{"another event", talk{plain: func(i int, chunk string) []byte {
			return event([]frame.Header{{Name: ":event-type", Value: frame.StringValue("lump")}, {Name: ":message-type", Value: frame.StringValue("event")}}, `{"bytes":""}`)
		}}, 0, "one event of the type chunk"},
		{"an exception", talk{plain: func(i int, chunk string) []byte {
			return event([]frame.Header{{Name: ":event-type", Value: frame.StringValue("chunk")}, {Name: ":message-type", Value: frame.StringValue("exception")}}, `{"bytes":""}`)
		}}, 0, "one event of the type chunk"},
		{"two events in one", talk{plain: func(i int, chunk string) []byte { return append(inputChunk("a"), inputChunk("b")...) }}, 0, "one event of the type chunk"},
		{"no frame", talk{plain: func(i int, chunk string) []byte { return []byte("hello, I am no frame") }}, 0, "the signed message: "},
		{"no chunk", talk{plain: func(i int, chunk string) []byte {
			return event([]frame.Header{{Name: ":event-type", Value: frame.StringValue("chunk")}, {Name: ":message-type", Value: frame.StringValue("event")}}, `[]`)
		}}, 0, "the signed message: "},
	}
	srv := start(t, bedrocktest.NewServer())
	for _, r := range rows {
		r.talk.chunks = words
		status, all, err := r.talk.send(t, srv)
		if status != 200 || err != nil || len(all) != r.echoed+1 || !reflect.DeepEqual(events(t, all), words[:r.echoed:r.echoed]) && r.echoed > 0 {
			t.Errorf("%s: status %d, %q, %v", r.name, status, all, err)
			continue
		}
		last := all[len(all)-1]
		if last.kind != "exception" || last.name != "validationException" || !strings.Contains(last.payload, r.reason) {
			t.Errorf("%s: %q", r.name, last)
		}
	}
}

// TestTalkAdmits: who may not come in is answered at once, although the input has no end.
func TestTalkAdmits(t *testing.T) {
	wrong := bedrocktest.Credentials()
	wrong.SecretAccessKey = "wrong"
	srv := start(t, bedrocktest.NewServer())
	for name, r := range map[string]struct {
		talk          talk
		bearer, http1 bool
		status        int
		code          string
	}{
		"wrong secret": {talk{creds: wrong}, false, false, 403, "InvalidSignatureException"},
		"bearer token": {talk{}, true, false, 403, "AccessDeniedException"},
		"HTTP/1.1":     {talk{}, false, true, 400, "ValidationException"},
	} {
		q, _ := http.NewRequest("POST", srv.URL+talkPath, nil)
		s := signer.Signer{Region: "us-east-1", Service: "bedrock"}
		keys := bedrocktest.Credentials()
		if r.talk.creds.AccessKeyID != "" {
			keys = r.talk.creds
		}
		sr := &signer.Request{Method: "POST", Host: q.URL.Host, Path: talkPath, Header: q.Header, PayloadHash: signer.StreamingEvents}
		if err := s.Sign(sr, &keys, time.Now()); err != nil {
			t.Fatal(err)
		}
		if r.bearer {
			q.Header.Set("Authorization", "Bearer "+bedrocktest.ExampleBearerToken)
		}
		input, stop := io.Pipe() // a client that waits
		q.Body, q.ContentLength = input, -1
		tr := http2Client(t)
		if r.http1 {
			tr = &http.Transport{}
		}
		resp, err := tr.RoundTrip(q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if code := resp.Header.Get("X-Amzn-Errortype"); resp.StatusCode != r.status || !strings.HasPrefix(code, r.code+":") {
			t.Errorf("%s: status %d, %s", name, resp.StatusCode, code)
		}
		stop.Close()
		resp.Body.Close()
		tr.CloseIdleConnections()
	}
}

// TestTalkFaults: faults are in the answer at their place, as in the answers that are known in advance.
func TestTalkFaults(t *testing.T) {
	srv := start(t, bedrocktest.NewServer())
	for _, r := range []struct {
		fault  string
		status int
		want   []string // the chunks
		last   string   // the code of the message after them
		broken bool
	}{
		{"throttle=1", 429, nil, "", false},
		{"http=503", 503, nil, "", false},
		{"reset@frame=2", 200, words[:2], "", true},
		{"fin@frame=2,byte=7", 200, words[:2], "", true},
		{"end@frame=1", 200, words[:1], "", false},
		{"end@frame=9", 200, words, "", false},
		{"flip@frame=1,byte=30", 200, words[:1], "", true},
		{"duplicate@frame=1", 200, []string{words[0], words[1], words[1], words[2], words[3]}, "", false},
		{"drop@frame=1", 200, []string{words[0], words[2], words[3]}, "", false},
		{"reorder@frame=1", 200, []string{words[0], words[2], words[1], words[3]}, "", false},
		{"reorder@frame=3", 200, words, "", false},
		{"incomplete", 200, words[:3], "", false},
		{"garbage", 200, words, "", true},
		{"slice=3@delay=0s", 200, words, "", false},
		{"exception=throttlingException@frame=2", 200, words[:2], "throttlingException", false},
		{"exception=throttlingException@frame=9", 200, words, "throttlingException", false},
		{"error@frame=1", 200, words[:1], "internal-error", false},
	} {
		status, all, err := talk{chunks: words, header: http.Header{bedrocktest.FaultHeader: {r.fault}}}.send(t, srv)
		if r.status != 200 {
			if status != r.status {
				t.Errorf("%s: status %d", r.fault, status)
			}
			continue
		}
		last := ""
		if n := len(all); n > 0 && all[n-1].kind != "event" {
			last = all[n-1].name
		}
		if got := events(t, all); status != 200 || (err != nil) != r.broken || last != r.last || fmt.Sprintf("%q", got) != fmt.Sprintf("%q", r.want) {
			t.Errorf("%s: status %d, %q, last %q, %v", r.fault, status, got, last, err)
		}
	}
}
