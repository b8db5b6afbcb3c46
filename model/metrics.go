package model

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"bedrockwire/model/jsonwire"
)

// InvocationMetrics has the figures that the service sends with the last chunk of an answer. The
// token counts are what is billed. A count that was not sent is 0.
type InvocationMetrics struct {
	InputTokenCount           int64
	OutputTokenCount          int64
	CacheReadInputTokenCount  int64
	CacheWriteInputTokenCount int64
	InvocationLatency         time.Duration // from the request's arrival to the last chunk; sent in ms
	FirstByteLatency          time.Duration // from the request's arrival to the first chunk; sent in ms
}

// headerMetrics returns the metrics in the header of a response that is not a stream, nil where
// none is there. A header that is not a number counts as missing.
func headerMetrics(header func(name string) string) *InvocationMetrics {
	var m InvocationMetrics
	var latency int64
	found := false
	for _, f := range []struct {
		name  string
		value *int64
	}{
		{"X-Amzn-Bedrock-Input-Token-Count", &m.InputTokenCount},
		{"X-Amzn-Bedrock-Output-Token-Count", &m.OutputTokenCount},
		{"X-Amzn-Bedrock-Cache-Read-Input-Token-Count", &m.CacheReadInputTokenCount},
		{"X-Amzn-Bedrock-Cache-Write-Input-Token-Count", &m.CacheWriteInputTokenCount},
		{"X-Amzn-Bedrock-Invocation-Latency", &latency},
	} {
		if n, err := strconv.ParseInt(header(f.name), 10, 32); err == nil && n >= 0 {
			*f.value, found = n, true
		}
	}
	if !found {
		return nil
	}
	m.InvocationLatency = time.Duration(latency) * time.Millisecond
	return &m
}

// metricsKey is the member that the service adds to the model's last chunk.
const metricsKey = "amazon-bedrock-invocationMetrics"

// ParseInvocationMetrics returns the metrics in a chunk's bytes. ok is false for a chunk without
// them, which costs a search for the key, and for one that is not valid JSON. Token counts are read
// as inputTokenCount and as inputTokens, and so on. It does not allocate.
func ParseInvocationMetrics(chunk []byte) (m InvocationMetrics, ok bool) {
	if !bytes.Contains(chunk, []byte(metricsKey)) {
		return m, false
	}
	// The key may also be in text that the model wrote. Only parsing tells the two apart.
	lx := jsonwire.New(chunk)
	if lx.Next() != jsonwire.ObjectStart {
		return m, false
	}
	var once uint64
	for lx.Next() == jsonwire.Key {
		// Only the top level counts.
		if !lx.TextIs(metricsKey) || !lx.Once(&once, 0) {
			lx.Skip()
			continue
		}
		if lx.Next() != jsonwire.ObjectStart {
			lx.Skip()
			continue
		}
		ok = true
		m.read(&lx)
	}
	// Counts that are billed are not taken from a chunk that is malformed after them.
	if lx.Finish() != nil || !ok {
		return InvocationMetrics{}, false
	}
	return m, true
}

// read reads the members of the metrics' object.
func (m *InvocationMetrics) read(lx *jsonwire.Lexer) {
	var seen uint64
	for lx.Next() == jsonwire.Key {
		// The switch sets one of these two.
		var count *int64
		var latency *time.Duration
		var bit uint
		switch {
		// The first spelling is that of the streams, the second that of Converse and of some
		// gateways.
		case lx.TextIs("inputTokenCount"), lx.TextIs("inputTokens"):
			bit, count = 0, &m.InputTokenCount
		case lx.TextIs("outputTokenCount"), lx.TextIs("outputTokens"):
			bit, count = 1, &m.OutputTokenCount
		// These are not part of the input tokens, and have a price of their own.
		case lx.TextIs("cacheReadInputTokenCount"), lx.TextIs("cacheReadInputTokens"):
			bit, count = 2, &m.CacheReadInputTokenCount
		case lx.TextIs("cacheWriteInputTokenCount"), lx.TextIs("cacheWriteInputTokens"):
			bit, count = 3, &m.CacheWriteInputTokenCount
		case lx.TextIs("invocationLatency"):
			bit, latency = 4, &m.InvocationLatency
		case lx.TextIs("firstByteLatency"):
			bit, latency = 5, &m.FirstByteLatency
		default:
			lx.Skip()
			continue
		}
		// Both spellings of one count in one object are a duplicate: nothing says which one is
		// billed.
		if !lx.Once(&seen, bit) || lx.Next() == jsonwire.Null {
			continue
		}
		// Integers only: the service sends neither 3.0 nor "3".
		n, ok := lx.Int64()
		switch {
		// The division keeps the product below in range: 1<<63 ns are 292 years.
		case !ok || n < 0 || latency != nil && n > math.MaxInt64/int64(time.Millisecond):
			lx.Fail(jsonwire.ErrNumber) // if one figure is wrong, none is trusted
		case latency != nil:
			// The wire has milliseconds, Go nanoseconds.
			*latency = time.Duration(n) * time.Millisecond
		default:
			*count = n
		}
	}
}
