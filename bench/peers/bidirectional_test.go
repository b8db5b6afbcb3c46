package peers

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"bedrockwire/client"
	"bedrockwire/client/bedrocktest"
	"bedrockwire/frame"
	"bedrockwire/signer"
)

const talkModel = "amazon.nova-sonic-v1:0"

// Each signature of a chain of 10,000 messages is the one that the SDK makes for the same message and date.
func TestEventSignaturesAgree(t *testing.T) {
	keys := signer.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
	at := time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC) // the day changes on the way
	r := &signer.Request{Method: "POST", Host: "localhost", Path: "/model/m/invoke-with-bidirectional-stream", Header: http.Header{}, PayloadHash: signer.StreamingEvents}
	if err := s.Sign(r, &keys, at); err != nil {
		t.Fatal(err)
	}
	_, signature, _ := strings.Cut(r.Header["Authorization"][0], "Signature=")
	seed, err := hex.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := s.Events(r, &keys)
	if err != nil {
		t.Fatal(err)
	}
	theirs := v4.NewStreamSigner(aws.Credentials{AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey}, "bedrock", "us-east-1", seed)
	random := rand.New(rand.NewPCG(1, 2))
	var out []byte
	for n := range 10_000 {
		at = at.Add(time.Duration(random.IntN(3)) * time.Second)
		message := make([]byte, 1+random.IntN(400))
		for i := range message {
			message[i] = byte(random.Uint32())
		}
		if n == 9_999 {
			message = nil
			out, err = ours.AppendEnd(out[:0], at)
		} else {
			out, err = ours.Append(out[:0], message, at)
		}
		if err != nil {
			t.Fatal(err)
		}
		var headers eventstream.Headers
		headers.Set(":date", eventstream.TimestampValue(at))
		var encoded strings.Builder
		if err := eventstream.EncodeHeaders(&encoded, headers); err != nil {
			t.Fatal(err)
		}
		want, err := theirs.GetSignature(context.Background(), []byte(encoded.String()), message, at)
		if err != nil {
			t.Fatal(err)
		}
		m, _, err := frame.Parse(out)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := m.Headers.Get(":chunk-signature")
		if got, _ := v.Bytes(); hex.EncodeToString(got) != hex.EncodeToString(want) {
			t.Fatalf("message %d: signature %x, want %x", n, got, want)
		}
	}
}

// transcript has the chunks that went through a fake, both ways.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

func (t *transcript) add(who string, chunk []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, who+string(chunk))
}

// newTalker starts a fake that answers each chunk with two, and has the chunks that it gets in a transcript.
func newTalker(tb testing.TB, tr *transcript, exception bool) *bedrocktest.Server {
	tb.Helper()
	srv := bedrocktest.NewUnstartedServer()
	n := 0
	srv.Talk = func(_ bedrocktest.Request, chunk []byte) [][]byte {
		tr.add("server got ", chunk)
		if n++; exception && n == 3 {
			return [][]byte{bedrocktest.Exception("ThrottlingException", "slow down")}
		}
		return [][]byte{bedrocktest.Chunk(fmt.Sprintf(`{"of":%d}`, len(chunk))), bedrocktest.Chunk(`{"b":"` + strings.Repeat("x", len(chunk)%700) + `"}`)}
	}
	if err := srv.StartTLS(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(srv.Close)
	return srv
}

func ourTalker(tb testing.TB, srv *bedrocktest.Server) *client.Client {
	tb.Helper()
	c, err := client.New(client.Config{Region: "us-east-1", Endpoint: srv.URL, Transport: srv.Client().Transport,
		Credentials: func(context.Context) (signer.Credentials, error) { return bedrocktest.Credentials(), nil }})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.CloseIdleConnections)
	return c
}

// sdkTalk sends chunks with the SDK, and gives each chunk that comes to heard. It reads as many answers to a chunk as
// answers says before it sends the next; with 0 it reads and sends at once.
func sdkTalk(c *bedrockruntime.Client, chunks [][]byte, answers int, heard func([]byte)) error {
	ctx := context.Background()
	out, err := c.InvokeModelWithBidirectionalStream(ctx, &bedrockruntime.InvokeModelWithBidirectionalStreamInput{ModelId: aws.String(talkModel)})
	if err != nil {
		return err
	}
	s := out.GetStream()
	defer s.Close()
	next := func() bool {
		e, ok := <-s.Events()
		if chunk, isChunk := e.(*types.InvokeModelWithBidirectionalStreamOutputMemberChunk); isChunk {
			heard(chunk.Value.Bytes)
		}
		return ok
	}
	send := func() error {
		for _, chunk := range chunks {
			if err := s.Send(ctx, &types.InvokeModelWithBidirectionalStreamInputMemberChunk{Value: types.BidirectionalInputPayloadPart{Bytes: chunk}}); err != nil {
				return err
			}
			for range answers {
				if !next() {
					return s.Err()
				}
			}
		}
		return s.Writer.Close()
	}
	sent := make(chan error, 1)
	if answers > 0 {
		sent <- send()
	} else {
		go func() { sent <- send() }()
	}
	for next() {
	}
	return errors.Join(s.Err(), <-sent)
}

// ourTalk is sdkTalk by our client.
func ourTalk(c *client.Client, chunks [][]byte, answers int, heard func([]byte)) error {
	s, err := c.InvokeModelWithBidirectionalStream(context.Background(), talkModel)
	if err != nil {
		return err
	}
	defer s.Close()
	send := func() error {
		for _, chunk := range chunks {
			if err := s.Send(chunk); err != nil {
				return err
			}
			for range answers {
				chunk, err := s.Next()
				if err != nil {
					return err
				}
				heard(chunk)
			}
		}
		return s.CloseSend()
	}
	sent := make(chan error, 1)
	if answers > 0 {
		sent <- send()
	} else {
		go func() { sent <- send() }()
	}
	for chunk, err := range s.All() {
		if err != nil {
			return err
		}
		heard(chunk)
	}
	return <-sent
}

// The SDK and our client have the same dialogues with the fake: each chunk, in its order, and the exception at the end.
func TestBidirectionalAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var chunks [][]byte
	for i := range 200 {
		chunk := make([]byte, random.IntN(3000))
		for j := range chunk {
			chunk[j] = byte(random.Uint32())
		}
		if i%50 == 0 {
			chunk = []byte(`{"event":{"sessionStart":{}}}`)
		}
		chunks = append(chunks, chunk)
	}
	for _, exception := range []bool{false, true} {
		var ours, theirs transcript
		first := newTalker(t, &ours, exception)
		ourErr := ourTalk(ourTalker(t, first), chunks, 2, func(b []byte) { ours.add("client got ", b) })
		second := newTalker(t, &theirs, exception)
		theirErr := sdkTalk(sdkOf(second, bedrocktest.Credentials()), chunks, 2, func(b []byte) { theirs.add("client got ", b) })
		if !reflect.DeepEqual(ours.lines, theirs.lines) {
			t.Errorf("exception %v: %d lines of ours, %d of theirs: %.2000q\n%.2000q", exception, len(ours.lines), len(theirs.lines), ours.lines, theirs.lines)
		}
		if !exception && (ourErr != nil || theirErr != nil || len(ours.lines) != 3*len(chunks)+3) {
			t.Errorf("%d lines, %v, %v", len(ours.lines), ourErr, theirErr)
		}
		var throttled *types.ThrottlingException
		if exception && (client.Classify(ourErr) != client.ClassRetryable || !errors.As(theirErr, &throttled)) {
			t.Errorf("%v, %v", ourErr, theirErr)
		}
		a, b := first.Requests(), second.Requests()
		if len(a) != 1 || len(b) != 1 || a[0].Path != b[0].Path || a[0].Refused != "" || b[0].Refused != "" {
			t.Errorf("requests %v and %v", a, b)
		}
	}
}

// BenchmarkBidirectional has messages go both ways at once, over TLS on loopback. The fake, which verifies and echoes
// them, takes its part of the time, the same for both.
func BenchmarkBidirectional(b *testing.B) {
	for _, size := range []int{100, 4096} {
		srv := bedrocktest.NewUnstartedServer()
		if err := srv.StartTLS(); err != nil {
			b.Fatal(err)
		}
		chunk := []byte(strings.Repeat("x", size))
		for name, talk := range map[string]func(chunks [][]byte, heard func([]byte)) error{
			"bedrockwire": func(chunks [][]byte, heard func([]byte)) error { return ourTalk(ourTalker(b, srv), chunks, 0, heard) },
			"sdk": func(chunks [][]byte, heard func([]byte)) error {
				return sdkTalk(sdkOf(srv, bedrocktest.Credentials()), chunks, 0, heard)
			},
		} {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				b.ReportAllocs()
				chunks := make([][]byte, b.N)
				for i := range chunks {
					chunks[i] = chunk
				}
				heard := 0
				if err := talk(chunks, func([]byte) { heard++ }); err != nil || heard != b.N {
					b.Fatalf("%d of %d, %v", heard, b.N, err)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
		srv.Close()
	}
}
