package text

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"bedrockwire/model/jsonwire"
)

// row is one chunk of testdata/chunks.json with what it adds to an answer. A text that is absent
// from the row is nil in the delta, an empty one is empty.
type row struct {
	Name, Source, Chunk string
	Shape, Kind         string
	Text, Reasoning     *string
	Stop                *string
	End                 bool
	Index               int
	Input, Output       int64
	CacheRead           int64 `json:"cache_read"`
	CacheWrite          int64 `json:"cache_write"`
	Event               string
	BlockStart          bool `json:"block_start"`
	BlockStop           bool `json:"block_stop"`
	Refusal             bool
	Signature, Redacted *string
	Guardrail           *string
	Code, Message       *string
	Tool                struct {
		ID, Name, Input *string
		Index, Calls    int
	}
	Calls []string // what ToolCalls yields: index id name input
	Error string
}

func rows(t testing.TB) []row {
	t.Helper()
	data, err := os.ReadFile("testdata/chunks.json")
	if err != nil {
		t.Fatal(err)
	}
	var rs []row
	if err := json.Unmarshal(data, &rs); err != nil {
		t.Fatal(err)
	}
	if len(rs) < 100 {
		t.Fatalf("only %d rows", len(rs))
	}
	return rs
}

func same(t *testing.T, what string, got []byte, want *string) {
	t.Helper()
	if want == nil {
		if got != nil {
			t.Errorf("%s is %q, want none", what, got)
		}
	} else if got == nil || string(got) != *want {
		t.Errorf("%s is %q (nil: %v), want %q", what, got, got == nil, *want)
	}
}

func TestExtract(t *testing.T) {
	sources := map[string]int{}
	for _, r := range rows(t) {
		t.Run(r.Name, func(t *testing.T) {
			sources[r.Source]++
			chunk := []byte(r.Chunk)
			for _, dst := range [][]byte{nil, []byte("kept "), append(make([]byte, 0, 512), "kept "...)} {
				d, buf, err := Extract(dst, chunk)
				if string(chunk) != r.Chunk || !strings.HasPrefix(string(buf), string(dst)) {
					t.Fatal("the chunk or dst was written to")
				}
				if r.Error != "" {
					var e *jsonwire.Error
					if err == nil || err.Error() != r.Error || !errors.As(err, &e) {
						t.Fatalf("error %v, want %s", err, r.Error)
					}
					if d.Kind != Unknown || d.Text != nil || len(buf) != len(dst) {
						t.Errorf("error with %+v", d)
					}
					if Ends(chunk) {
						t.Error("a malformed chunk ends the answer")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if d.Kind.String() != r.Kind || d.Shape.String() != r.Shape {
					t.Errorf("%v of shape %v, want %s of shape %s", d.Kind, d.Shape, r.Kind, r.Shape)
				}
				same(t, "text", d.Text, r.Text)
				same(t, "reasoning", d.Reasoning, r.Reasoning)
				same(t, "signature", d.Signature, r.Signature)
				same(t, "redacted", d.Redacted, r.Redacted)
				same(t, "guardrail", d.Guardrail, r.Guardrail)
				same(t, "code", d.Code, r.Code)
				same(t, "message", d.Message, r.Message)
				same(t, "stop reason", d.StopReason, r.Stop)
				same(t, "tool id", d.Tool.ID, r.Tool.ID)
				same(t, "tool name", d.Tool.Name, r.Tool.Name)
				same(t, "tool input", d.Tool.Input, r.Tool.Input)
				if string(d.Event) != r.Event || d.BlockStart != r.BlockStart || d.BlockStop != r.BlockStop || d.Refusal != r.Refusal {
					t.Errorf("event %q, start %v, stop %v, refusal %v", d.Event, d.BlockStart, d.BlockStop, d.Refusal)
				}
				var calls []string
				for call := range d.ToolCalls() {
					calls = append(calls, fmt.Sprintf("%d %s %s %s", call.Index, call.ID, call.Name, call.Input))
				}
				if len(calls) != r.Tool.Calls || len(r.Calls) != 0 && !slices.Equal(calls, r.Calls) {
					t.Errorf("calls %q, want %q", calls, r.Calls)
				}
				if d.Tool.Index != r.Tool.Index || d.Tool.Calls != r.Tool.Calls || d.End != r.End || d.Index != r.Index {
					t.Errorf("calls %d, end %v, index %d; want %d, %v, %d", d.Tool.Calls, d.End, d.Index, r.Tool.Calls, r.End, r.Index)
				}
				if want := (Usage{r.Input, r.Output, r.CacheRead, r.CacheWrite}); d.Usage != want {
					t.Errorf("usage %+v, want %+v", d.Usage, want)
				}
				if Ends(chunk) != r.End {
					t.Errorf("Ends is %v", !r.End)
				}
			}
		})
	}
	if len(sources) != 3 || sources["capture"] < 20 || sources["documentation"] < 20 {
		t.Errorf("rows by source: %v", sources)
	}
}

// TestExtractCuts: no beginning of a row is taken for a chunk.
func TestExtractCuts(t *testing.T) {
	for _, r := range rows(t) {
		if whole := strings.TrimSpace(r.Chunk); r.Error == "" && strings.HasPrefix(whole, "{") {
			for n := range len(whole) {
				if d, _, err := Extract(nil, []byte(whole[:n])); err == nil {
					t.Fatalf("%s: %q gives %+v", r.Name, whole[:n], d)
				}
			}
		}
	}
}

func TestExtractAllocations(t *testing.T) {
	room := make([]byte, 0, 1024)
	for _, r := range rows(t) {
		if r.Error != "" || strings.Contains(r.Name, "half") { // a half is replaced in a copy
			continue
		}
		chunk := []byte(r.Chunk)
		if n := testing.AllocsPerRun(50, func() {
			if _, _, err := Extract(room, chunk); err != nil {
				t.Error(err)
			}
			Ends(chunk)
		}); n != 0 {
			t.Errorf("%s: %v allocations", r.Name, n)
		}
	}
}

// TestExtractBorrows: texts are slices of the chunk where nothing had to be unescaped, and can't be
// appended to in place.
func TestExtractBorrows(t *testing.T) {
	chunk := []byte(`{"generation":"abc"}`)
	d, buf, err := Extract(nil, chunk)
	if err != nil || buf != nil || &d.Text[0] != &chunk[15] || cap(d.Text) != 3 {
		t.Errorf("%q, %q, %v", d.Text, buf, err)
	}
	chunk = []byte(`{"choices":[{"delta":{"content":"a\nb","reasoning":"c\td"}}]}`)
	d, buf, err = Extract(make([]byte, 0, 4), chunk) // the second text moves the buffer
	if err != nil || string(d.Text) != "a\nb" || string(d.Reasoning) != "c\td" || string(buf) != "a\nbc\td" {
		t.Errorf("%q, %q, %q, %v", d.Text, d.Reasoning, buf, err)
	}
	_ = append(d.Text, "xyz"...)
	if string(d.Reasoning) != "c\td" || string(buf) != "a\nbc\td" {
		t.Error("an append to one text wrote over another")
	}
}

// TestEndsAgrees holds the shortcut of Ends to Extract: chunks that begin like the most frequent one
// and go on like something else, and all cuts of each.
func TestEndsAgrees(t *testing.T) {
	const head = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`
	for _, chunk := range []string{
		head + `Hi"}}`,
		head + `"}}`,
		head + `\"}}`,
		head + `a\"b"}}`,
		head + `Hi"},"p":"x"}}`,
		head + `Hi"},"amazon-bedrock-invocationMetrics":{"inputTokenCount":1}}`,
		head + `Hi"},"amazon-bedrock-invocationMetrics":{"a":"}}"}}`,
		`{"type":"content_block_delta","amazon-bedrock-invocationMetrics":{}}`,
		`{"type":"content_block_delta","index":1,"amazon-bedrock-invocationMetrics":{}}`,
		`{"type":"content_block_delta","messageStop":{"stopReason":"end_turn"}}`,
		`{"type":"content_block_delta","completion":"","stop_reason":"stop_sequence"}`,
		`{"type":"content_block_delta","index":12,"delta":{"type":"text_delta","text":"Hi"}}`,
		`{"type":"content_block_delta","index":,"delta":{"type":"text_delta","text":"Hi"}}`,
	} {
		for n := range len(chunk) + 1 {
			d, _, err := Extract(nil, []byte(chunk[:n]))
			if ends := Ends([]byte(chunk[:n])); ends != (err == nil && d.End) {
				t.Errorf("%s: Ends %v, End %v, %v", chunk[:n], ends, d.End, err)
			}
		}
	}
}

func TestEndsLong(t *testing.T) {
	chunk := `{"generation":"` + strings.Repeat(`\n`, 10000) + `","stop_reason":"stop"}`
	if !Ends([]byte(chunk)) {
		t.Error("the end of a long chunk was not seen")
	}
}

func TestNames(t *testing.T) {
	for k := Unknown; k <= Fault; k++ {
		if k != Unknown && k.String() == "unknown" || k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if Kind(200).String() != "unknown" || Shape(200).String() != "unknown" {
		t.Error("a value beyond the last one has a name")
	}
}
