package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/converse"
	"bedrockwire/model/jsonwire"
)

// appendFrameJSON appends a frame as one line of JSON. Headers stay in the order of the wire.
func appendFrameJSON(dst []byte, c *captured) []byte {
	b := append([]byte(nil), `{"offset":`...)
	b = strconv.AppendInt(b, c.offset, 10)
	b = append(b, `,"headers":{`...)
	first := true
	for name, value := range c.Headers.All() {
		if !first {
			b = append(b, ',')
		}
		first = false
		b = jsonwire.AppendString(b, name)
		b = append(b, ':')
		b = appendValueJSON(b, value)
	}
	b = append(b, `},"payload":`...)
	b = appendBytesJSON(b, c.Payload)
	return append(appendEscaped(dst, append(b, '}')), '\n')
}

func appendValueJSON(dst []byte, v frame.Value) []byte {
	switch v.Type() {
	case frame.True, frame.False:
		b, _ := v.Bool()
		return strconv.AppendBool(dst, b)
	case frame.Int8, frame.Int16, frame.Int32, frame.Int64:
		n, _ := v.Int()
		return strconv.AppendInt(dst, n, 10)
	case frame.Bytes:
		b, _ := v.Bytes()
		return appendBase64JSON(dst, b)
	case frame.String:
		s, _ := v.Text()
		return appendBytesJSON(dst, []byte(s))
	}
	return jsonwire.AppendString(dst, valueText(v))
}

// appendFrameText appends a frame for a person: a line with its place and sizes, one with its
// checksums, one for each header, the payload, and the model's event in it.
func appendFrameText(dst []byte, c *captured) []byte {
	dst = fmt.Appendf(dst, "frame %d at offset %d: %s, %s, payload of %s", c.index, c.offset,
		count(int64(len(c.raw)), "byte"), count(int64(c.Headers.Len()), "header"), count(int64(len(c.Payload)), "byte"))
	if c.arrived >= 0 {
		dst = fmt.Appendf(dst, ", after %s", seconds(c.arrived))
	}
	// The two checksums follow the lengths and the payload.
	dst = fmt.Appendf(dst, "\n  checksums: prelude %08x, message %08x, both right\n",
		binary.BigEndian.Uint32(c.raw[8:]), binary.BigEndian.Uint32(c.raw[len(c.raw)-4:]))
	for name, value := range c.Headers.All() {
		dst = fmt.Appendf(dst, "  %s = %s\n", oneLine(string(name)), oneLine(valueText(value)))
	}
	dst = appendBlock(dst, "payload", c.Payload)
	switch {
	case c.Headers.Is(":event-type", "chunk"):
		chunk, err := model.DecodeChunk(nil, c.Payload)
		if err != nil {
			return append(append(append(dst, "  chunk: "...), oneLine(err.Error())...), '\n')
		}
		dst = appendBlock(dst, "chunk", chunk)
		if m, ok := model.ParseInvocationMetrics(chunk); ok {
			dst = fmt.Appendf(dst, "  service: %s in, %d out, first byte after %s, done after %s\n", count(m.InputTokenCount, "token"),
				m.OutputTokenCount, seconds(m.FirstByteLatency), seconds(m.InvocationLatency))
		}
	case c.Headers.Is(":event-type", "metadata"): // of ConverseStream
		if event, err := converse.DecodeEvent("metadata", c.Payload); err == nil {
			dst = fmt.Appendf(dst, "  service: %s in, %d out, done after %s\n", count(event.Usage.InputTokens, "token"),
				event.Usage.OutputTokens, seconds(time.Duration(event.LatencyMs)*time.Millisecond))
		}
	}
	return dst
}

// appendBlock appends a named text in one line, or bytes that are not text as a dump.
func appendBlock(dst []byte, name string, p []byte) []byte {
	if len(p) == 0 {
		return dst
	}
	dst = append(append(append(dst, "  "...), name...), ':')
	if utf8.Valid(p) {
		return append(appendLine(append(dst, ' '), p), '\n')
	}
	dst = append(dst, '\n')
	for row := range strings.Lines(hex.Dump(p)) {
		dst = append(append(dst, "    "...), row...)
	}
	return dst
}

func valueText(v frame.Value) string {
	switch v.Type() {
	case frame.True, frame.False:
		b, _ := v.Bool()
		return strconv.FormatBool(b)
	case frame.Int8, frame.Int16, frame.Int32, frame.Int64:
		n, _ := v.Int()
		return strconv.FormatInt(n, 10)
	case frame.String:
		s, _ := v.Text()
		return s
	case frame.Bytes:
		b, _ := v.Bytes()
		return base64Prefix + base64.StdEncoding.EncodeToString(b)
	case frame.Timestamp:
		t, _ := v.Time()
		return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	case frame.UUID:
		u, _ := v.UUID()
		s := hex.EncodeToString(u[:])
		return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	return ""
}
