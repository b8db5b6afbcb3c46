package frametest

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
)

// Overhead is the number of bytes of a frame that are neither headers nor
// payload.
const Overhead = 16

// Prelude returns the first twelve bytes of a frame, with the right checksum
// whatever the lengths are.
func Prelude(total, headers uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, total)
	b = binary.BigEndian.AppendUint32(b, headers)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// RawHeader returns a header whose name and type may be illegal. value is all
// that follows the type, for strings and bytes with its two-byte length; see
// [Text]. The name's length byte is its length modulo 256.
func RawHeader(name string, typ uint8, value []byte) []byte {
	b := append([]byte{byte(len(name))}, name...)
	return append(append(b, typ), value...)
}

// Text returns s with its two-byte length in front, as the value of a string or
// bytes header.
func Text(s string) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...)
}

// Raw returns a frame with any header block and payload, and right lengths and
// checksums.
func Raw(headers, payload []byte) []byte {
	b := Prelude(uint32(Overhead+len(headers)+len(payload)), uint32(len(headers)))
	b = append(b, headers...)
	b = append(b, payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// Repair makes both checksums of a changed frame right again, in place. It
// leaves the lengths as they are, takes the last four bytes for the message CRC
// whatever they say, and does nothing to fewer bytes than a frame has at least.
// It returns b.
func Repair(b []byte) []byte {
	if len(b) < Overhead {
		return b
	}
	binary.BigEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[:8]))
	end := len(b) - 4
	binary.BigEndian.PutUint32(b[end:], crc32.ChecksumIEEE(b[:end]))
	return b
}

// EventFrame returns an event of the given type with a JSON payload. Its headers
// are in the order in which Bedrock sends them.
func EventFrame(eventType string, payload []byte) []byte {
	h := RawHeader(":event-type", 7, Text(eventType))
	h = append(h, RawHeader(":content-type", 7, Text("application/json"))...)
	h = append(h, RawHeader(":message-type", 7, Text("event"))...)
	return Raw(h, payload)
}

// padding is what Bedrock fills the member "p" of a chunk with, to a random
// length, so that the size of a frame does not tell the length of a token.
const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// ChunkPayload returns the JSON of a chunk: the base64 of model, and pad bytes of
// padding. Without padding the member "p" is left out.
func ChunkPayload(model []byte, pad int) []byte {
	b := append([]byte(`{"bytes":"`), base64.StdEncoding.EncodeToString(model)...)
	b = append(b, '"')
	if pad > 0 {
		b = append(b, `,"p":"`...)
		for i := range pad {
			b = append(b, padding[i%len(padding)])
		}
		b = append(b, '"')
	}
	return append(b, '}')
}

// ChunkFrame returns the frame of a chunk as Bedrock sends it, with model's bytes
// and pad bytes of padding.
func ChunkFrame(model []byte, pad int) []byte {
	return EventFrame("chunk", ChunkPayload(model, pad))
}

// MinSizedChunk is the shortest frame that [SizedChunk] makes.
const MinSizedChunk = 128

// SizedChunk returns a chunk frame of exactly size bytes, at least MinSizedChunk.
// The model's bytes in it are a text delta in the style of Anthropic's models,
// with as much text as fits; what is left over is padding.
func SizedChunk(size int) []byte {
	const (
		fixed = Overhead + 75 + len(`{"bytes":"","p":""}`)
		front = `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"`
		back  = `"}}`
	)
	room := max(size, MinSizedChunk) - fixed
	n := (room - 1) / 4 * 3 // at least one byte of padding keeps "p" there
	model := make([]byte, 0, n)
	if n > len(front)+len(back) {
		model = append(model, front...)
		for i := 0; len(model) < n-len(back); i++ {
			model = append(model, "The quick brown fox jumps over the lazy dog. "[i%45])
		}
		model = append(model, back...)
	} else {
		for i := range n {
			model = append(model, "{}          "[min(i, 11)])
		}
	}
	return ChunkFrame(model, room-n/3*4)
}

// ExceptionFrame returns a modelled exception: member is the name of the union's
// member, such as throttlingException.
func ExceptionFrame(member, message string) []byte {
	body, err := json.Marshal(map[string]string{"message": message})
	if err != nil { // a map of strings always has a JSON form
		body = []byte("{}")
	}
	h := RawHeader(":exception-type", 7, Text(member))
	h = append(h, RawHeader(":content-type", 7, Text("application/json"))...)
	h = append(h, RawHeader(":message-type", 7, Text("exception"))...)
	return Raw(h, body)
}

// ErrorFrame returns an unmodelled error, which has no payload.
func ErrorFrame(code, message string) []byte {
	h := RawHeader(":error-code", 7, Text(code))
	h = append(h, RawHeader(":error-message", 7, Text(message))...)
	h = append(h, RawHeader(":message-type", 7, Text("error"))...)
	return Raw(h, nil)
}
