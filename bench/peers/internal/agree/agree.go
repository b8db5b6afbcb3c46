// Package agree makes random frames, and shows what decoders make of frames in a form that can be compared.
package agree

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"bedrockwire/frame"
	"bedrockwire/frame/frametest"
)

// sdkText returns type and text of a value of the SDK, as frametest.ValueText does of ours.
func sdkText(v eventstream.Value) (typ, text string) {
	switch v := v.(type) {
	case eventstream.BoolValue:
		return strconv.FormatBool(bool(v)), ""
	case eventstream.Int8Value:
		return "int8", strconv.FormatInt(int64(v), 10)
	case eventstream.Int16Value:
		return "int16", strconv.FormatInt(int64(v), 10)
	case eventstream.Int32Value:
		return "int32", strconv.FormatInt(int64(v), 10)
	case eventstream.Int64Value:
		return "int64", strconv.FormatInt(int64(v), 10)
	case eventstream.BytesValue:
		return "bytes", hex.EncodeToString(v)
	case eventstream.StringValue:
		return "string", string(v)
	case eventstream.TimestampValue:
		return "timestamp", strconv.FormatInt(time.Time(v).UnixMilli(), 10)
	case eventstream.UUIDValue:
		return "uuid", hex.EncodeToString(v[:])
	}
	return fmt.Sprintf("%T", v), ""
}

// Ours returns a message of this library as text: a header a line, then the payload in hex.
func Ours(m frame.Message) string {
	var b strings.Builder
	for name, v := range m.Headers.All() {
		fmt.Fprintf(&b, "%q %s %q\n", name, v.Type(), frametest.ValueText(v))
	}
	fmt.Fprintf(&b, "%x", m.Payload)
	return b.String()
}

// SDK returns a message of the AWS SDK for Go as the same text.
func SDK(m eventstream.Message) string {
	var b strings.Builder
	for _, h := range m.Headers {
		typ, text := sdkText(h.Value)
		fmt.Fprintf(&b, "%q %s %q\n", h.Name, typ, text)
	}
	fmt.Fprintf(&b, "%x", m.Payload)
	return b.String()
}

// RandomFrame returns a valid frame with up to 20 headers of all types.
func RandomFrame(r *rand.Rand) ([]byte, error) {
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	text := func(n int) string {
		var s strings.Builder
		for range n {
			s.WriteRune([]rune("abcXYZ:-09 é€𝄞")[r.IntN(14)])
		}
		return s.String()
	}
	var headers []frame.Header
	// Names differ, and none is a number: JavaScript would put that in front.
	for i := range r.IntN(21) {
		var v frame.Value
		switch n := int64(r.Uint64()); r.IntN(9) {
		case 0:
			v = frame.BoolValue(n > 0)
		case 1:
			v = frame.Int8Value(int8(n))
		case 2:
			v = frame.Int16Value(int16(n))
		case 3:
			v = frame.Int32Value(int32(n))
		case 4:
			v = frame.Int64Value(n)
		case 5:
			v = frame.BytesValue(random(r.IntN(50)))
		case 6:
			v = frame.StringValue(text(r.IntN(50)))
		case 7: // not far from now: the SDK encodes the nanoseconds since 1970, which 64 bits hold until 2262
			v = frame.TimeValue(time.UnixMilli(n >> 21))
		default:
			v = frame.UUIDValue([16]byte(random(16)))
		}
		headers = append(headers, frame.Header{Name: text(1+r.IntN(12)) + "_" + strconv.Itoa(i), Value: v})
	}
	return frame.Append(nil, headers, random(r.IntN(1+r.IntN(3000))))
}
