package bedrocktest

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// Content types of answers.
const (
	typeEventStream = "application/vnd.amazon.eventstream"
	typeJSON        = "application/json"
)

// Reply is one answer of the script. The zero value is an event stream without a
// frame. A Reply is read only, so one may be used in many places and by many
// requests.
type Reply struct {
	// Status is the HTTP status, 200 to 999; 0 is 200.
	Status int

	// Header is set over the header the server makes: Content-Type, X-Amzn-RequestId,
	// X-Amzn-Bedrock-Content-Type. A name with no values is left out.
	Header http.Header

	// Frames are the frames of an event stream, each written and flushed on its
	// own: see Chunk, Event, Exception and ErrorMessage. They may be any bytes.
	Frames [][]byte

	// Body, when not nil, is sent in place of Frames, in one piece.
	Body []byte

	// Delay is the time from the request to the head of the answer.
	Delay time.Duration

	// Pace is the pause before each frame but the first; 0 is Server.Pace.
	Pace time.Duration

	// Fault is what goes wrong with this answer. One that throttles lets the
	// reply answer only after N requests were turned away.
	Fault Fault

	// Times is how many requests it answers before the next reply's turn; 0 is 1.
	Times int

	// parts are what Answer was given. They take the form of the operation when a request is answered. Frames, where
	// there are any, go before them for InvokeModelWithResponseStream.
	parts []Part
}

// Text is the answer of a Claude model with these pieces of text: message_start,
// content_block_start, a content_block_delta each, content_block_stop,
// message_delta, and message_stop with the invocation metrics. For an operation
// other than InvokeModelWithResponseStream it is Answer(Say(pieces...)).
func Text(pieces ...string) Reply { return Stream(Anthropic, pieces...) }

// Stream is the answer of a model of the family with these pieces of text, a
// chunk each, between the chunks the family begins and ends with. The last one
// carries amazon-bedrock-invocationMetrics. For an operation other than
// InvokeModelWithResponseStream it is Answer(Say(pieces...)).
func Stream(f Family, pieces ...string) Reply {
	events := f.events(pieces)
	frames := make([][]byte, len(events))
	for i, e := range events {
		frames[i] = Chunk(e)
	}
	return Reply{Frames: frames, parts: []Part{Say(pieces...)}}
}

// Failure is an HTTP error in the shape of the service: the status of the code,
// the code in X-Amzn-Errortype, the message in the body. A code that is not
// Bedrock's has status 400.
func Failure(code model.Code, message string) Reply {
	code = model.Code(shapeName(string(code)))
	status := code.Status()
	if status == 0 {
		status = http.StatusBadRequest
	}
	return failure(status, string(code), message)
}

// The service sends an error's code with a URL after it, which a client must cut off: its own namespace, and that of the
// front end, which checks signatures and routes requests.
const (
	bedrockNamespace = ":http://internal.amazon.com/coral/com.amazon.bedrock/"
	coralNamespace   = ":http://internal.amazon.com/coral/com.amazon.coral.service/"
)

// failure is Failure with a status of the caller's.
func failure(status int, code, message string) Reply {
	r := jsonReply([]byte(`{"message":` + quote(message) + `}`))
	r.Status = status
	r.Header.Set("X-Amzn-Errortype", code+bedrockNamespace)
	return r
}

// page is the answer of a proxy that has taken the service's place.
func page(status int) Reply {
	return Reply{Status: status,
		Body:   []byte("<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n"),
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}}
}

// next takes the next reply of the script; false means there is none. A reply
// that throttles turns away the first requests that come to it and is used up by
// the one it answers, so that what a script says happens in its order.
func (s *Server) next() (Reply, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) == 0 {
		return Reply{}, false
	}
	r := s.script[s.at]
	if r.Fault.Kind == FaultThrottle && s.turned < r.Fault.N {
		s.turned++
		return throttle(), true
	}
	s.turned = 0
	s.used++
	if s.used >= max(r.Times, 1) && s.at < len(s.script)-1 {
		s.at, s.used = s.at+1, 0
	}
	return r, true
}

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
