package bedrocktest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/model"
)

// modelExceptions are the codes of the operation, with their statuses (Amazon
// Bedrock API Reference, InvokeModelWithResponseStream, Errors).
var modelExceptions = []struct {
	code     model.Code
	status   int
	inStream bool
}{
	{model.AccessDeniedException, 403, false},
	{model.InternalServerException, 500, true},
	{model.ModelErrorException, 424, false},
	{model.ModelNotReadyException, 429, false},
	{model.ModelStreamErrorException, 424, true},
	{model.ModelTimeoutException, 408, true},
	{model.ResourceNotFoundException, 404, false},
	{model.ServiceQuotaExceededException, 400, false},
	{model.ServiceUnavailableException, 503, true},
	{model.ThrottlingException, 429, true},
	{model.ValidationException, 400, true},
}

// cutOffsets are places before, in and after the frames of body: every boundary
// and its neighbours, the parts of a frame, and one past the end.
func cutOffsets(frames [][]byte) []int {
	var out []int
	at := 0
	for _, f := range frames {
		for _, d := range []int{0, 1, 4, 8, 11, 12, 13, 12 + 75, len(f) - 4, len(f) - 1} {
			out = append(out, at+d)
		}
		at += len(f)
	}
	return append(out, at, at+1)
}

// How a body ends for each fault that stops it, at every kind of place, on every
// protocol: the bytes before the place arrive, none after it, and only a polite
// end looks like one.
func TestStops(t *testing.T) {
	body := wire(reply3)
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for _, kind := range []string{"reset", "fin", "end"} {
			for _, at := range cutOffsets(reply3.Frames) {
				text := fmt.Sprintf("%s@byte=%d", kind, at)
				resp := faulty(text).do(t, srv)
				got, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if want := body[:min(at, len(body))]; !bytes.Equal(got, want) {
					t.Errorf("%s: %d bytes, want %d", text, len(got), len(want))
				}
				if polite := kind == "end"; (err == nil) != polite {
					t.Errorf("%s: the body ended with %v", text, err)
				}
				h1 := resp.ProtoMajor == 1
				if kind == "reset" && h1 && !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("%s: %v is no RST", text, err)
				}
				if kind == "reset" && !h1 && !strings.Contains(fmt.Sprint(err), "INTERNAL_ERROR") {
					t.Errorf("%s: %v is no RST_STREAM", text, err)
				}
				if kind == "fin" && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s: %v is no FIN", text, err)
				}
			}
		}
	}, reply3)
}

// Before the head: the client sees no status at all.
func TestBeforeTheHead(t *testing.T) {
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for _, fault := range []string{"reset@head", "fin@head"} {
			r := faulty(fault).request(t, srv)
			r.GetBody = nil // or net/http would send it once more
			if resp, err := srv.Client().Do(r); err == nil {
				resp.Body.Close()
				t.Errorf("%s: status %d", fault, resp.StatusCode)
			}
		}
		begin := time.Now()
		resp := faulty("stall=40ms@head").do(t, srv)
		if d := time.Since(begin); d < 40*time.Millisecond {
			t.Errorf("head after %v", d)
		}
		if all, err := messages(resp.Body); len(all) != 3 || err != nil {
			t.Errorf("%d frames, %v", len(all), err)
		}
	}, reply3)
}

// A stall is silence on an open connection, at its place.
func TestStall(t *testing.T) {
	body := wire(reply3)
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for _, at := range []int{0, 1, 12, 100, len(body)} {
			resp := faulty(fmt.Sprintf("stall@byte=%d", at)).do(t, srv)
			b := make([]byte, at)
			if _, err := io.ReadFull(resp.Body, b); err != nil || !bytes.Equal(b, body[:at]) {
				t.Fatalf("stall at %d: %v", at, err)
			}
			next := make(chan error, 1)
			go func() {
				_, err := resp.Body.Read(make([]byte, 1))
				next <- err
			}()
			select {
			case err := <-next:
				t.Errorf("stall at %d: a byte or an end came: %v", at, err)
			case <-time.After(15 * time.Millisecond):
			}
			resp.Body.Close()
			<-next
		}
		// One that ends goes on where it was.
		for _, at := range []int{0, 50, len(body)} {
			begin := time.Now()
			got, err := io.ReadAll(faulty(fmt.Sprintf("stall=30ms@byte=%d", at)).do(t, srv).Body)
			if d := time.Since(begin); err != nil || !bytes.Equal(got, body) || d < 30*time.Millisecond {
				t.Errorf("stall for a while at %d: %d bytes, %v, %v", at, len(got), err, d)
			}
		}
	}, reply3)
}

// Faults that change the bytes: what arrives is exactly what the fault says.
func TestAlteredBytes(t *testing.T) {
	f := reply3.Frames
	flipped := func(frame, at, bit int) []byte {
		b := bytes.Clone(f[frame])
		b[at] ^= 1 << bit
		return b
	}
	unknown := bedrocktest.Event("somethingNew", []byte("{}"))
	exception := bedrocktest.Exception(model.ThrottlingException, "The fault of this stream was asked for.")
	errMessage := bedrocktest.ErrorMessage("internal-error", "The fault of this stream was asked for.")
	total := len(wire(reply3))
	for _, row := range []struct {
		fault string
		want  [][]byte
		err   error // of frame.Reader, nil for a clean end
	}{
		{"none", f, nil},
		{"slice", f, nil},
		{"slice=1@byte=30", f, nil},
		{"slice=1000@byte=30", f, nil},
		{"drip=0s@frame=1", f, nil},
		{"late=1ms", f, nil},
		{"flip", [][]byte{flipped(0, 0, 0), f[1], f[2]}, frame.ErrPreludeCRC},
		{"flip=7@frame=1,byte=11", [][]byte{f[0], flipped(1, 11, 7), f[2]}, frame.ErrPreludeCRC},
		{"flip=3@frame=2,byte=40", [][]byte{f[0], f[1], flipped(2, 40, 3)}, frame.ErrMessageCRC},
		{fmt.Sprintf("flip@byte=%d", len(f[0])+12), [][]byte{f[0], flipped(1, 12, 0), f[2]}, frame.ErrMessageCRC},
		{fmt.Sprintf("flip@byte=%d", total), f, nil}, // past the end
		{"duplicate", [][]byte{f[0], f[0], f[1], f[2]}, nil},
		{"duplicate@frame=2,byte=3", [][]byte{f[0], f[1], f[2], f[2]}, nil},
		{"duplicate@frame=3", f, nil},
		{"drop@frame=1", [][]byte{f[0], f[2]}, nil},
		{"drop@frame=2", [][]byte{f[0], f[1]}, nil},
		{"drop@frame=9", f, nil},
		{"reorder", [][]byte{f[1], f[0], f[2]}, nil},
		{"reorder@frame=1", [][]byte{f[0], f[2], f[1]}, nil},
		{"reorder@frame=2", f, nil}, // no next one
		{"garbage=0", f, nil},
		{"garbage=3", f, frame.ErrTruncated},
		{"garbage=16", f, frame.ErrPreludeCRC},
		{"garbage=300", f, frame.ErrPreludeCRC},
		{"incomplete", f[:2], nil},
		{"unknown", [][]byte{unknown, f[0], f[1], f[2]}, nil},
		{"unknown@frame=2", [][]byte{f[0], f[1], unknown, f[2]}, nil},
		{"unknown@frame=7", [][]byte{f[0], f[1], f[2], unknown}, nil},
		{"exception=throttlingException", [][]byte{exception}, nil},
		{"exception=ThrottlingException@frame=2", [][]byte{f[0], f[1], exception}, nil},
		{"error@frame=1", [][]byte{f[0], errMessage}, nil},
		{"error@frame=9", [][]byte{f[0], f[1], f[2], errMessage}, nil},
	} {
		t.Run(row.fault, func(t *testing.T) {
			each(t, func(t *testing.T, srv *bedrocktest.Server) {
				resp := faulty(row.fault).do(t, srv)
				if resp.StatusCode != 200 {
					t.Fatalf("status %d", resp.StatusCode)
				}
				got, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				want := bytes.Join(row.want, nil)
				if strings.HasPrefix(row.fault, "garbage") {
					if !bytes.HasPrefix(got, want) || fmt.Sprintf("garbage=%d", len(got)-len(want)) != row.fault {
						t.Errorf("%d bytes for %d", len(got), len(want))
					}
				} else if !bytes.Equal(got, want) {
					t.Errorf("%d bytes, want %d\n%q\n%q", len(got), len(want), got, want)
				}
				if _, err := messages(bytes.NewReader(got)); !errors.Is(err, row.err) || (row.err == nil) != (err == nil) {
					t.Errorf("the frames end with %v, want %v", err, row.err)
				}
			}, reply3)
		})
	}
}

// The faults of the script, of the server and of the request, the last one first.
func TestWhoseFault(t *testing.T) {
	reply := reply3
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultDrop}
	srv := start(t, bedrocktest.NewServer(reply))
	frames := func(c call) int {
		all, err := messages(c.do(t, srv).Body)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if n := frames(call{}); n != 2 {
		t.Errorf("reply's: %d frames", n)
	}
	if n := frames(faulty("duplicate")); n != 4 {
		t.Errorf("request's: %d frames", n)
	}
	srv = bedrocktest.NewUnstartedServer(reply3)
	srv.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultIncomplete}
	start(t, srv)
	if n := frames(call{}); n != 2 {
		t.Errorf("server's: %d frames", n)
	}
	if n := frames(faulty("duplicate")); n != 4 {
		t.Errorf("request's: %d frames", n)
	}
}

func TestFaultHeaderIsChecked(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(reply3))
	for _, h := range []http.Header{
		{bedrocktest.FaultHeader: {"explode"}},
		{bedrocktest.FaultHeader: {"reset", "fin"}},
	} {
		resp := call{header: h}.do(t, srv)
		b, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 400 || !strings.Contains(string(b), bedrocktest.FaultHeader) {
			t.Errorf("%v: %d %s", h, resp.StatusCode, b)
		}
	}
}

// Drip and slice cut the writes: what arrives at once is one piece, on HTTP/1.1
// as on HTTP/2.
func TestPieces(t *testing.T) {
	body := wire(reply3)
	each(t, func(t *testing.T, srv *bedrocktest.Server) {
		for _, row := range []struct {
			fault string
			step  int
		}{{"drip=3ms@byte=%d", 1}, {"slice=5@byte=%d,delay=3ms", 5}} {
			place := len(body) - 20
			resp := faulty(fmt.Sprintf(row.fault, place)).do(t, srv)
			var sizes []int
			at := 0
			for buf := make([]byte, 4096); ; {
				n, err := resp.Body.Read(buf)
				if n > 0 {
					if at >= place {
						sizes = append(sizes, n)
					}
					at += n
				}
				if err != nil {
					break
				}
			}
			// The scheduler may join two pieces, but not most of them.
			if at != len(body) || len(sizes) < 20/row.step/2 {
				t.Errorf("%s: %d bytes, pieces %v", row.fault, at, sizes)
			}
		}
	}, reply3)
}

func TestLate(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(reply3))
	begin := time.Now()
	resp := faulty("late=40ms").do(t, srv)
	if d := time.Since(begin); d < 40*time.Millisecond || resp.StatusCode != 200 {
		t.Errorf("status %d after %v", resp.StatusCode, d)
	}
}

func TestThrottle(t *testing.T) {
	srv := bedrocktest.NewUnstartedServer(reply3)
	srv.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultThrottle, N: 2}
	start(t, srv)
	try := func(h http.Header) int { return call{header: h}.do(t, srv).StatusCode }
	check := func(name string, h http.Header, want ...int) {
		t.Helper()
		var got []int
		for range want {
			got = append(got, try(h))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	check("no id", http.Header{}, 429, 429, 200, 429, 429, 200)
	// Calls that run side by side are counted apart.
	a, b := http.Header{"Amz-Sdk-Invocation-Id": {"a"}}, http.Header{"Amz-Sdk-Invocation-Id": {"b"}}
	check("a", a, 429)
	check("b", b, 429, 429, 200)
	check("a again", a, 429, 200)
	check("by header", http.Header{bedrocktest.FaultHeader: {"throttle=1"}}, 429, 200, 429)
	check("never", http.Header{bedrocktest.FaultHeader: {"throttle=0"}}, 200, 200)

	resp := call{header: a}.do(t, srv)
	if kind := resp.Header.Get("X-Amzn-Errortype"); !strings.HasPrefix(kind, "ThrottlingException:") {
		t.Errorf("code %q", kind)
	}
	// A storm of calls that give up does not fill the memory: ids are forgotten.
	var n atomic.Int64
	for i := range 20 {
		if try(http.Header{"Amz-Sdk-Invocation-Id": {fmt.Sprint("storm", i)}}) == 429 {
			n.Add(1)
		}
	}
	if n.Load() != 20 {
		t.Errorf("%d of 20 throttled", n.Load())
	}
}

// Every exception, as an HTTP error and in the stream.
func TestExceptions(t *testing.T) {
	for _, e := range modelExceptions {
		t.Run(string(e.code), func(t *testing.T) {
			const said = "said \"so\"\n"
			srv := start(t, bedrocktest.NewServer(bedrocktest.Failure(e.code, said)))
			for _, c := range []call{{}, faulty("http=" + string(e.code))} {
				resp := c.do(t, srv)
				b, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				got := model.ErrorFromResponse(resp.StatusCode, resp.Header.Get, b)
				if !errors.Is(got, e.code) || got.StatusCode != e.status || got.RequestID == "" || resp.Header.Get("Content-Type") != "application/json" {
					t.Errorf("%d %v: %s", resp.StatusCode, resp.Header, b)
				}
				if c.header == nil && got.Message != said {
					t.Errorf("message %q", got.Message)
				}
			}

			member := strings.ToLower(string(e.code[:1])) + string(e.code[1:])
			srv.Script(bedrocktest.Reply{Frames: append(bedrocktest.Text("a").Frames[:3:3], bedrocktest.Exception(e.code, said))})
			all, err := messages(call{}.do(t, srv).Body)
			if err != nil || len(all) != 4 {
				t.Fatalf("%d messages, %v", len(all), err)
			}
			last := all[3]
			got := model.ErrorFromJSON(last.name, []byte(last.payload))
			if last.kind != "exception" || last.name != member || !errors.Is(got, e.code) || got.Message != said {
				t.Errorf("%+v", last)
			}
		})
	}
	// One that is not Bedrock's.
	srv := start(t, bedrocktest.NewServer(bedrocktest.Failure("SomethingElse", "x"), bedrocktest.Failure("", "x")))
	for range 2 {
		if resp := (call{}).do(t, srv); resp.StatusCode != 400 {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
}

func TestErrorMessage(t *testing.T) {
	all, err := messages(bytes.NewReader(bedrocktest.ErrorMessage("internal-error", "An unknown error occurred.")))
	if err != nil || len(all) != 1 || all[0] != (message{"error", "internal-error", ""}) {
		t.Errorf("%v %v", all, err)
	}
}

// A proxy's page, a bare status, another content type.
func TestNotAnEventStream(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(reply3))
	for _, row := range []struct {
		fault  string
		status int
		kind   string
		body   string
	}{
		{"html", 200, "text/html; charset=utf-8", "<!DOCTYPE html>"},
		{"http=503", 503, "application/json", ""},
		{"http=204", 204, "application/json", ""},
		{"type", 200, "text/plain", string(reply3.Frames[0])},
		{"type=application/json", 200, "application/json", string(reply3.Frames[0])},
	} {
		resp := faulty(row.fault).do(t, srv)
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != row.status || resp.Header.Get("Content-Type") != row.kind || !strings.HasPrefix(string(b), row.body) ||
			resp.Header.Get("X-Amzn-Requestid") == "" || row.body == "" && len(b) > 0 {
			t.Errorf("%s: %d %v %q", row.fault, resp.StatusCode, resp.Header, b)
		}
	}
}

// Faults go for a body that is no event stream as well, and for the other
// operation.
func TestFaultsOfABody(t *testing.T) {
	srv := start(t, bedrocktest.NewServer(bedrocktest.Failure(model.ValidationException, "no")))
	resp := faulty("fin@byte=5").do(t, srv)
	b, err := io.ReadAll(resp.Body)
	if string(b) != `{"mes` || !errors.Is(err, io.ErrUnexpectedEOF) || resp.StatusCode != 400 {
		t.Errorf("%d %q %v", resp.StatusCode, b, err)
	}
	resp = call{method: "GET", path: "/foundation-models/a.b", header: http.Header{bedrocktest.FaultHeader: {"end@byte=5"}}}.do(t, srv)
	if b, err := io.ReadAll(resp.Body); string(b) != `{"mod` || err != nil {
		t.Errorf("%q %v", b, err)
	}
	srv.Script(bedrocktest.Reply{}) // no frame at all
	for fault, ok := range map[string]bool{"none": true, "fin": false, "reset": false, "end": true, "flip": true, "drop": true, "incomplete": true} {
		b, err := io.ReadAll(faulty(fault).do(t, srv).Body)
		if len(b) != 0 || (err == nil) != ok {
			t.Errorf("%s of nothing: %q %v", fault, b, err)
		}
	}
}

// A fault built by hand, with nothing but its kind.
func TestBareFaults(t *testing.T) {
	for k := bedrocktest.FaultNone; k <= bedrocktest.FaultContentType+1; k++ {
		if k == bedrocktest.FaultStall {
			continue // for ever
		}
		reply := reply3
		reply.Fault = bedrocktest.Fault{Kind: k}
		srv := start(t, bedrocktest.NewServer(reply))
		resp := call{}.do(t, srv)
		_, _ = io.ReadAll(resp.Body)
		want := 200
		if k == bedrocktest.FaultHTTP {
			want = 500
		}
		if resp.StatusCode != want {
			t.Errorf("%v: status %d", k, resp.StatusCode)
		}
	}
	// Negative places and numbers are no way to break the server either.
	reply := reply3
	reply.Fault = bedrocktest.Fault{Kind: bedrocktest.FaultGarbage, N: -5, Frame: -3, Byte: -7}
	srv := start(t, bedrocktest.NewServer(reply))
	if all, err := messages(call{}.do(t, srv).Body); len(all) != 3 || err != nil {
		t.Errorf("%d frames, %v", len(all), err)
	}
}

// Chunk frames look as the service's do: P18 of the public captures is one.
func TestChunkShape(t *testing.T) {
	lengths := map[int]bool{}
	for n := range 60 {
		event := `{"x":"` + strings.Repeat("y", n) + `"}`
		b := bedrocktest.Chunk(event)
		if h := int(b[4])<<24 | int(b[5])<<16 | int(b[6])<<8 | int(b[7]); h != 75 {
			t.Fatalf("header block of %d bytes", h)
		}
		m, used, err := frame.Parse(b)
		if err != nil || used != len(b) {
			t.Fatal(err)
		}
		var names []string
		for name, v := range m.Headers.All() {
			s, _ := v.Text()
			names = append(names, string(name)+"="+s)
		}
		if got := strings.Join(names, " "); got != ":event-type=chunk :content-type=application/json :message-type=event" {
			t.Fatal(got)
		}
		var c struct{ P string }
		if err := json.Unmarshal(m.Payload, &c); err != nil {
			t.Fatal(err)
		}
		if len(c.P) < 2 || len(c.P) > 57 || !strings.HasPrefix("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", c.P) {
			t.Fatalf("padding %q", c.P)
		}
		lengths[len(c.P)] = true
		if got, err := model.DecodeChunk(nil, m.Payload); err != nil || string(got) != event {
			t.Fatalf("%q %v", got, err)
		}
	}
	if len(lengths) < 8 {
		t.Errorf("only %d lengths of padding", len(lengths))
	}
	if b := bedrocktest.Chunk(strings.Repeat("x", 24<<20)); b != nil {
		t.Error("a chunk over the limit of a frame")
	}
	if b := bedrocktest.Event(strings.Repeat("x", 40_000), nil); b != nil {
		t.Error("a header value over the limit")
	}
}
