package model

import (
	"bytes"
	"math"
	"time"

	"bedrockwire/model/jsonwire"
)

// InvocationMetrics is what the service measured, sent with the last chunk of an answer. The figures
// are what is billed; a count that was not sent is 0.
type InvocationMetrics struct {
	InputTokenCount           int64
	OutputTokenCount          int64
	CacheReadInputTokenCount  int64
	CacheWriteInputTokenCount int64
	InvocationLatency         time.Duration // from the request's arrival to the last chunk; sent in ms
	FirstByteLatency          time.Duration // from the request's arrival to the first chunk; sent in ms
}

// metricsKey is the member that the service adds to the model's last chunk.
const metricsKey = "amazon-bedrock-invocationMetrics"

// ParseInvocationMetrics returns the metrics of a chunk's bytes. ok is false for a chunk without
// them, which takes no more than a search for the key, and for one that is not valid JSON. Token
// counts are read as inputTokenCount and as inputTokens, and so on. It does not allocate.
func ParseInvocationMetrics(chunk []byte) (m InvocationMetrics, ok bool) {
	if !bytes.Contains(chunk, []byte(metricsKey)) {
		return m, false
	}
	// Finding the key proves nothing, the model may have written about it; only a parse does.
	lx := jsonwire.New(chunk)
	// An array or a string with the key inside it has no top-level member.
	if lx.Next() != jsonwire.ObjectStart {
		return m, false
	}
	var once uint64
	for lx.Next() == jsonwire.Key {
		// The key may stand deeper too, in text the model wrote: only the top level counts.
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
	// A chunk that is broken behind its metrics is broken: figures that are billed by are not taken
	// from half a chunk.
	if lx.Finish() != nil || !ok {
		return InvocationMetrics{}, false
	}
	return m, true
}

// read reads the members of the metrics' object.
func (m *InvocationMetrics) read(lx *jsonwire.Lexer) {
	var seen uint64
	for lx.Next() == jsonwire.Key {
		// Exactly one of the two is set by the switch.
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
		// Counted apart from the input tokens because they are billed apart; clients that dropped
		// them have misbilled.
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
		// Both spellings of one count in one object are a duplicate: which would be billed?
		if !lx.Once(&seen, bit) || lx.Next() == jsonwire.Null {
			continue
		}
		// Integers only: 3.0 tokens and "3" tokens are somebody's invention.
		n, ok := lx.Int64()
		switch {
		// The division keeps the product below in range: 1<<63 ns are 292 years.
		case !ok || n < 0 || latency != nil && n > math.MaxInt64/int64(time.Millisecond):
			lx.Fail(jsonwire.ErrNumber) // a figure that is not a figure: none of them can be trusted
		case latency != nil:
			// The wire has milliseconds, Go nanoseconds.
			*latency = time.Duration(n) * time.Millisecond
		default:
			*count = n
		}
	}
}
