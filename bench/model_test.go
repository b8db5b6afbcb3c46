package bench

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"bedrockwire/model"
)

// peerError is model.Error as one writes it for encoding/json and encoding/xml: the same texts, and
// the body kept.
type peerError struct {
	Type               string `json:"__type" xml:"Error>Code"`
	Message            string `json:"message" xml:"Error>Message"`
	OriginalStatusCode int    `json:"originalStatusCode" xml:"Error>originalStatusCode"`
	OriginalMessage    string `json:"originalMessage" xml:"Error>originalMessage"`
	ResourceName       string `json:"resourceName" xml:"Error>resourceName"`
	RequestID          string `json:"requestId" xml:"RequestId"`
	Raw                []byte `json:"-" xml:"-"`
}

// errorBodies are what services answer. The first is Bedrock's own with the code in the header, the
// second that of the other JSON protocols, the third a modelled error with all its members, the last
// that of STS.
var errorBodies = []struct{ name, code, body string }{
	{"header", "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/",
		`{"message":"Too many requests, please wait before trying again."}`},
	{"type", "", `{"__type":"com.amazon.coral.service#ThrottlingException","message":"Too many requests, please wait before trying again."}`},
	{"modelled", "", `{"__type":"ModelStreamErrorException","message":"The model failed while streaming.","originalStatusCode":500,"originalMessage":"upstream closed the connection"}`},
	{"sts", "", `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>ExpiredTokenException</Code>
    <Message>The security token included in the request is expired</Message>
  </Error>
  <RequestId>6f3b2c1e-4c1e-4a0e-9f0b-0123456789ab</RequestId>
</ErrorResponse>
`},
}

// errorSink keeps the results alive, as a caller would.
var errorSink any

func decodeOwn(code string, body []byte) { errorSink = model.ErrorFromJSON(code, body) }

func decodePeer(code string, body []byte) {
	p := &peerError{}
	err := error(nil)
	if body[0] == '<' {
		err = xml.Unmarshal(body, p)
	} else {
		err = json.Unmarshal(body, p)
	}
	if err != nil {
		panic(err)
	}
	if code != "" {
		p.Type = code
	}
	if before, _, ok := strings.Cut(p.Type, ":"); ok {
		p.Type = before
	}
	if _, after, ok := strings.Cut(p.Type, "#"); ok {
		p.Type = after
	}
	p.Raw = bytes.Clone(body)
	errorSink = p
}

// TestErrorBodies checks that the benchmark's two sides find the same.
func TestErrorBodies(t *testing.T) {
	for _, row := range errorBodies {
		decodeOwn(row.code, []byte(row.body))
		own := errorSink.(*model.Error)
		decodePeer(row.code, []byte(row.body))
		peer := errorSink.(*peerError)
		if string(own.Code) != peer.Type || own.Message != peer.Message || own.OriginalStatusCode != peer.OriginalStatusCode ||
			own.OriginalMessage != peer.OriginalMessage || own.RequestID != peer.RequestID || !bytes.Equal(own.Raw, peer.Raw) {
			t.Errorf("%s: %+v\n%+v", row.name, own, peer)
		}
	}
}

// BenchmarkErrorBody measures the decoding of an error's body.
func BenchmarkErrorBody(b *testing.B) {
	for _, row := range errorBodies {
		body := []byte(row.body)
		for impl, decode := range map[string]func(string, []byte){"model": decodeOwn, "std": decodePeer} {
			b.Run("body="+row.name+"/impl="+impl, func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					decode(row.code, body)
				}
			})
		}
	}
}

// BenchmarkErrorBodyRatio measures both in turns, within one run, and reports the medians and how
// much of the standard library's time and allocations package model takes.
func BenchmarkErrorBodyRatio(b *testing.B) {
	for _, row := range errorBodies {
		body := []byte(row.body)
		b.Run("body="+row.name, func(b *testing.B) {
			var own, peer []float64
			turn := func(into *[]float64, decode func(string, []byte)) {
				const calls = 500
				start := time.Now()
				for range calls {
					decode(row.code, body)
				}
				*into = append(*into, float64(time.Since(start).Nanoseconds())/calls)
			}
			for range max(b.N, 60) {
				turn(&own, decodeOwn)
				turn(&peer, decodePeer)
			}
			ownAllocs := testing.AllocsPerRun(100, func() { decodeOwn(row.code, body) })
			peerAllocs := testing.AllocsPerRun(100, func() { decodePeer(row.code, body) })
			b.ReportMetric(0, "ns/op") // of the turns, which means nothing
			b.ReportMetric(median(own), "model-ns")
			b.ReportMetric(median(peer), "std-ns")
			b.ReportMetric(median(own)/median(peer), "time-ratio")
			b.ReportMetric(ownAllocs, "model-allocs")
			b.ReportMetric(peerAllocs, "std-allocs")
			b.ReportMetric(ownAllocs/peerAllocs, "allocs-ratio")
		})
	}
}
