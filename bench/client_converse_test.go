package bench

import (
	"context"
	"io"
	"testing"

	"bedrockwire/client"
	"bedrockwire/frame/frametest"
	"bedrockwire/model/converse"
)

// converseStream is a response of ConverseStream with streamChunks text deltas.
func converseStream() []byte {
	body := frametest.EventFrame("messageStart", []byte(`{"p":"abcdefghij","role":"assistant"}`))
	delta := frametest.EventFrame("contentBlockDelta", []byte(`{"contentBlockIndex":0,"delta":{"text":" a few words of text"},"p":"abcdefghijklmnopqrstuvwxyzABCDEFGH"}`))
	for range streamChunks {
		body = append(body, delta...)
	}
	body = append(body, frametest.EventFrame("contentBlockStop", []byte(`{"contentBlockIndex":0,"p":"abcdefgh"}`))...)
	body = append(body, frametest.EventFrame("messageStop", []byte(`{"p":"abcdefghijklmn","stopReason":"end_turn"}`))...)
	return append(body, frametest.EventFrame("metadata", []byte(`{"metrics":{"latencyMs":321},"p":"abc","usage":{"inputTokens":12,"outputTokens":1000,"totalTokens":1012}}`))...)
}

var converseRequest = &converse.Request{ModelID: "anthropic.claude-v2:1", Messages: []converse.Message{converse.User(converse.Text("Hi"))}}

// readConverse makes one call and reads its stream to the end.
func readConverse(b *testing.B, c *client.Client) {
	s, err := c.ConverseStream(context.Background(), converseRequest)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	deltas := 0
	for {
		e, err := s.Next()
		if err != nil {
			if err != io.EOF || deltas != streamChunks {
				b.Fatalf("%d deltas of %d: %v", deltas, streamChunks, err)
			}
			return
		}
		if e.Kind == converse.BlockDelta && len(e.Text) > 0 {
			deltas++
		}
	}
}

// BenchmarkConverseStream is a call of 1000 text deltas, signature and all. The allocations are those of the call: an event
// has none.
func BenchmarkConverseStream(b *testing.B) {
	body := converseStream()
	c := newBenchClient(b, "https://bedrock.example", memoryTransport{body})
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		readConverse(b, c)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/streamChunks, "ns/event")
}
