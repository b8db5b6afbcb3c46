package bedrocktest

import (
	"net/http"
	"strconv"
	"time"

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
}

// Text is the answer of a Claude model with these pieces of text: message_start,
// content_block_start, a content_block_delta each, content_block_stop,
// message_delta, and message_stop with the invocation metrics.
func Text(pieces ...string) Reply { return Stream(Anthropic, pieces...) }

// Stream is the answer of a model of the family with these pieces of text, a
// chunk each, between the chunks the family begins and ends with. The last one
// carries amazon-bedrock-invocationMetrics.
func Stream(f Family, pieces ...string) Reply {
	events := f.events(pieces)
	frames := make([][]byte, len(events))
	for i, e := range events {
		frames[i] = Chunk(e)
	}
	return Reply{Frames: frames}
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

// failure is Failure with a status of the caller's. The service sends the code
// with a URL behind it, which a client must cut off.
func failure(status int, code, message string) Reply {
	body := []byte(`{"message":` + quote(message) + `}`)
	return Reply{Status: status, Body: body, Header: http.Header{
		"Content-Type":     {typeJSON},
		"Content-Length":   {strconv.Itoa(len(body))},
		"X-Amzn-Errortype": {code + ":http://internal.amazon.com/coral/com.amazon.bedrock/"},
	}}
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
