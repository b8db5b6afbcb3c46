package bedrocktest

import (
	"encoding/base64"
	"strings"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// padding is what the field "p" of a chunk is cut from; the service varies its
// length so that the length of a frame does not tell the length of the text.
const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// Chunk returns the frame of one chunk: event is the model's own JSON, which goes
// into the payload in base64, beside the padding. It is nil if the event does not
// fit in a frame.
func Chunk(event string) []byte {
	// Lengths seen in captures are 2 to 57. Taking them from the event keeps
	// frames, and so the offsets of faults, the same from run to run.
	p := padding[:2+len(event)*7%56]
	payload := make([]byte, 0, len(`{"bytes":"","p":""}`)+base64.StdEncoding.EncodedLen(len(event))+len(p))
	payload = append(payload, `{"bytes":"`...)
	payload = base64.StdEncoding.AppendEncode(payload, []byte(event))
	payload = append(payload, `","p":"`...)
	payload = append(payload, p...)
	payload = append(payload, `"}`...)
	return Event("chunk", payload)
}

// Event returns the frame of an event of any type with a JSON payload. An
// eventType other than "chunk" is one that no client knows. It is nil if it does
// not fit in a frame.
func Event(eventType string, payload []byte) []byte {
	// This order is the service's, seen in captures: event type, content type,
	// message type. For "chunk" they are 75 bytes.
	return appendFrame(payload,
		frame.Header{Name: ":event-type", Value: frame.StringValue(eventType)},
		frame.Header{Name: ":content-type", Value: frame.StringValue("application/json")},
		frame.Header{Name: ":message-type", Value: frame.StringValue("event")})
}

// Exception returns the frame of an exception that ends a stream. The code may be
// the name of the shape or of the union's member: what is sent is the member's,
// which begins with a small letter.
func Exception(code model.Code, message string) []byte {
	return appendFrame([]byte(`{"message":`+quote(message)+`}`),
		frame.Header{Name: ":exception-type", Value: frame.StringValue(memberName(string(code)))},
		frame.Header{Name: ":content-type", Value: frame.StringValue("application/json")},
		frame.Header{Name: ":message-type", Value: frame.StringValue("exception")})
}

// ErrorMessage returns the frame of an unmodelled error that ends a stream: a
// message of type "error", whose code and text are headers.
func ErrorMessage(code, message string) []byte {
	return appendFrame(nil,
		frame.Header{Name: ":error-code", Value: frame.StringValue(code)},
		frame.Header{Name: ":error-message", Value: frame.StringValue(message)},
		frame.Header{Name: ":message-type", Value: frame.StringValue("error")})
}

func appendFrame(payload []byte, headers ...frame.Header) []byte {
	b, err := frame.Append(nil, headers, payload)
	if err != nil {
		return nil
	}
	return b
}

// memberName turns the name of a shape into that of the union's member.
func memberName(code string) string {
	if code == "" {
		return ""
	}
	return strings.ToLower(code[:1]) + code[1:]
}

// shapeName turns the name of a union's member into that of the shape.
func shapeName(code string) string {
	if code == "" {
		return ""
	}
	return strings.ToUpper(code[:1]) + code[1:]
}
