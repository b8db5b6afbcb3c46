package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"bedrockwire/bench/peers/internal/agree"
	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// randomFrames is how many frames the decoders and encoders are compared by.
const randomFrames = 20_000

// decoded is what a decoder made of a stream: each frame in the form of package agree, each frame as its encoder makes
// it again, and whether the stream ended with an error.
type decoded struct {
	frames  []string
	encoded [][]byte
	failed  bool
}

// decoder decodes streams.
type decoder struct {
	name   string
	decode func(streams [][]byte) ([]decoded, error)
}

// decoders are the codecs of this library and of the AWS SDKs.
func decoders(ctx context.Context, dir string) ([]decoder, error) {
	pins, err := versions(dir)
	if err != nil {
		return nil, err
	}
	const sdkGo = "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	each := func(decode func([]byte) decoded) func([][]byte) ([]decoded, error) {
		return func(streams [][]byte) (all []decoded, err error) {
			for _, s := range streams {
				all = append(all, decode(s))
			}
			return all, nil
		}
	}
	return []decoder{
		{"bedrockwire", each(ourDecode)},
		{"AWS SDK for JavaScript, @smithy/core " + pins["@smithy/core"], func(streams [][]byte) ([]decoded, error) { return jsDecode(ctx, dir, streams) }},
		{"AWS SDK for Go, eventstream " + modulePin(sdkGo), each(sdkDecode)},
	}, nil
}

func ourDecode(stream []byte) (d decoded) {
	r := frame.NewReader(bytes.NewReader(stream))
	for {
		m, err := r.Next()
		if err != nil {
			d.failed = err != io.EOF
			return d
		}
		d.frames = append(d.frames, agree.Ours(m))
		var headers []frame.Header
		for name, v := range m.Headers.All() {
			headers = append(headers, frame.Header{Name: string(name), Value: v})
		}
		b, err := frame.Append(nil, headers, m.Payload)
		if err != nil {
			b = nil
		}
		d.encoded = append(d.encoded, b)
	}
}

// sdkDecode reads a stream as the SDK's clients do: they take io.EOF and io.ErrUnexpectedEOF for a clean end. A panic
// is an error.
func sdkDecode(stream []byte) (d decoded) {
	defer func() {
		if recover() != nil {
			d.failed = true
		}
	}()
	dec, src := eventstream.NewDecoder(), bytes.NewReader(stream)
	for {
		m, err := dec.Decode(src, nil)
		if err != nil {
			d.failed = err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF)
			return d
		}
		d.frames = append(d.frames, agree.SDK(m))
		var out bytes.Buffer
		if err := eventstream.NewEncoder().Encode(&out, m); err != nil {
			out.Reset()
		}
		d.encoded = append(d.encoded, out.Bytes())
	}
}

func jsDecode(ctx context.Context, dir string, streams [][]byte) ([]decoded, error) {
	var in bytes.Buffer
	for _, s := range streams {
		in.WriteString(base64.StdEncoding.EncodeToString(s) + "\n")
	}
	cmd := node(ctx, dir, "decoders.mjs")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("decoders.mjs: %w", err)
	}
	var all []decoded
	for line := range bytes.Lines(out) {
		var result struct {
			Frames []struct {
				Headers [][3]string
				Payload string
				Encoded []byte
			}
			Error string
		}
		if err := json.Unmarshal(line, &result); err != nil {
			return nil, err
		}
		d := decoded{failed: result.Error != ""}
		for _, f := range result.Frames {
			var b strings.Builder
			for _, h := range f.Headers {
				fmt.Fprintf(&b, "%q %s %q\n", h[0], h[1], h[2])
			}
			d.frames = append(d.frames, b.String()+f.Payload)
			d.encoded = append(d.encoded, f.Encoded)
		}
		all = append(all, d)
	}
	if len(all) != len(streams) {
		return nil, fmt.Errorf("decoders.mjs: %d results for %d streams", len(all), len(streams))
	}
	return all, nil
}

// want is the frames of a vector, in the form of package agree.
func want(v frametest.Vector) (frames []string) {
	for _, f := range v.Frames {
		var b strings.Builder
		for _, h := range f.Headers {
			fmt.Fprintf(&b, "%q %s %q\n", h.Name, h.Type, h.Value)
		}
		fmt.Fprintf(&b, "%x", f.Payload)
		frames = append(frames, b.String())
	}
	return frames
}

// kinds are the ends of vectors.
var kinds = []struct {
	title string
	end   error
}{
	{"none: good streams", io.EOF},
	{"cut inside a frame", frame.ErrTruncated},
	{"wrong checksum of a prelude", frame.ErrPreludeCRC},
	{"wrong checksum of a frame", frame.ErrMessageCRC},
	{"contradictory lengths", frame.ErrLength},
	{"too large", frame.ErrTooLarge},
	{"malformed headers", frame.ErrHeader},
}

// tally counts what a decoder made of the vectors of one kind.
type tally struct{ wrong, clean, early, right int }

// add compares what was decoded with the vector. It counts the worst thing: a frame delivered that is not one of the
// vector's, a clean end in place of an error, or good frames that did not come.
func (t *tally) add(v frametest.Vector, d decoded) {
	good := want(v)
	wrong := len(d.frames) > len(good)
	for i := range min(len(d.frames), len(good)) {
		wrong = wrong || d.frames[i] != good[i]
	}
	switch {
	case wrong:
		t.wrong++
	case v.Negative() && !d.failed:
		t.clean++
	case len(d.frames) < len(good) || !v.Negative() && d.failed:
		t.early++
	default:
		t.right++
	}
}

func (t tally) streams() int { return t.wrong + t.clean + t.early + t.right }

func (t tally) String() string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{{t.wrong, "delivers a wrong frame"}, {t.clean, "ends cleanly"}, {t.early, "an error too early"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("**%s: %d**", c.what, c.n))
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("right: %d", t.right)), "<br>")
}

// decodeAll runs the vectors and random frames through all decoders, and writes the table.
func decodeAll(ctx context.Context, dir string, w io.Writer) (failures []string, err error) {
	vectors, err := frametest.Vectors()
	if err != nil {
		return nil, err
	}
	all, err := decoders(ctx, dir)
	if err != nil {
		return nil, err
	}
	var streams [][]byte
	for _, v := range vectors {
		streams = append(streams, v.Stream)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range randomFrames {
		b, err := agree.RandomFrame(random)
		if err != nil {
			return nil, err
		}
		streams = append(streams, b)
	}
	tallies := make([][]tally, len(kinds)) // by kind and decoder
	for i := range tallies {
		tallies[i] = make([]tally, len(all))
	}
	var ours []decoded
	for k, dec := range all {
		results, err := dec.decode(streams)
		if err != nil {
			return nil, err
		}
		if k == 0 {
			ours = results
		}
		for i, v := range vectors {
			for kind := range kinds {
				if kinds[kind].end == v.End {
					tallies[kind][k].add(v, results[i])
				}
			}
		}
		for i := len(vectors); i < len(streams); i++ {
			d := results[i]
			if d.failed || len(d.frames) != 1 || d.frames[0] != ours[i].frames[0] || !bytes.Equal(d.encoded[0], streams[i]) {
				failures = append(failures, fmt.Sprintf("%s: random frame %d differs: %x", dec.name, i-len(vectors), streams[i]))
				break
			}
		}
	}
	fmt.Fprintf(w, `
## Decoders against the vectors

What each decoder makes of the %d streams of frame/frametest/testdata, by the one fault that a stream has. "Right" means that the
good frames are delivered, and then an error where there is a fault. An end is clean where the decoder's own client ends its stream as
it ends a whole one. Of %d random frames, all decoders deliver the same headers and payload, and all encoders make the same bytes
from them again.

`, len(vectors), randomFrames)
	header := []string{"fault", "streams"}
	for _, d := range all {
		header = append(header, d.name)
	}
	var rows [][]string
	total := make([]tally, len(all)) // of the faults
	for i, kind := range kinds {
		row := []string{kind.title, fmt.Sprint(tallies[i][0].streams())}
		for k, t := range tallies[i] {
			row = append(row, t.String())
			if kind.end != io.EOF {
				total[k] = tally{total[k].wrong + t.wrong, total[k].clean + t.clean, total[k].early + t.early, total[k].right + t.right}
			}
			if k == 0 && t.wrong+t.clean+t.early > 0 {
				failures = append(failures, fmt.Sprintf("%s: %s: %v", all[k].name, kind.title, t))
			}
		}
		rows = append(rows, row)
	}
	sums := []string{"all faults", fmt.Sprint(total[0].streams())}
	for _, t := range total {
		sums = append(sums, t.String())
	}
	rows = append(rows, sums)
	table(w, header, rows, func(row []string) []string { return row })
	return failures, nil
}
