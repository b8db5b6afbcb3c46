package bedrocktest

import (
	"net/http"
	"strings"

	"bedrockwire/model"
)

// FaultHeader is the request header a client names a fault in, for this one
// answer: see ParseFault.
const FaultHeader = "X-Bedrockwire-Fault"

// serveHTTP answers one request: let it in, choose the reply, play it.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		abort() // Close is under way
	}
	defer s.active.Done()

	req := s.head(r)
	var reply Reply
	var fault Fault
	if refusal := s.admit(&req, r); refusal != nil {
		req.Refused, req.Reason = refusal.code, refusal.message
		reply = refusal.reply()
	} else {
		reply, fault = s.answer(&req)
	}
	s.record(req)
	if s.Log != nil {
		s.Log(req)
	}
	s.play(w, r, &req, reply, fault)
}

// answer chooses the reply to a request that was let in, and the fault that goes with it. It notes in req whether the
// request was refused.
func (s *Server) answer(req *Request) (Reply, Fault) {
	op := req.operation
	if op == nil {
		return s.unknownOperation(req), Fault{}
	}
	if _, ok := req.Labels["modelId"]; ok && !validModelID(req.ModelID) {
		return refused(req, http.StatusBadRequest, "ValidationException", "The provided model identifier is invalid."), Fault{}
	}

	// What the client asks for itself goes before the script: a script that was
	// used up by a refused try would no longer fit its test.
	asked := strings.Join(req.Header.Values(FaultHeader), ";")
	fault, err := ParseFault(asked)
	if err != nil {
		return refused(req, http.StatusBadRequest, "ValidationException", FaultHeader+": "+err.Error()), Fault{}
	}
	if fault.Kind == FaultNone {
		fault = s.Fault
	}
	if s.throttled(req, fault, asked) {
		return throttle(), Fault{}
	}
	reply := op.answer(s, req)
	if fault.Kind == FaultNone {
		fault = reply.Fault
	}
	if reply.Body != nil {
		fault = fault.ofBody()
	}
	return reply, fault
}

// refused notes why a request was refused, and says so.
func refused(req *Request, status int, code, message string) Reply {
	req.Refused, req.Reason = code, message
	return failure(status, code, message)
}

// throttle is the service's answer to too many requests.
func throttle() Reply {
	return Failure(model.ThrottlingException, "Too many requests, please wait before trying again.")
}

// maxTries bounds the invocations whose tries are counted at a time.
const maxTries = 10_000

// throttled counts the tries of an invocation and reports whether this one is
// among the first fault.N. SDKs mark the tries of one call with an id; the tries
// of a client that does not, such as curl, count together.
func (s *Server) throttled(req *Request, fault Fault, key string) bool {
	if fault.Kind != FaultThrottle {
		return false
	}
	key += " " + req.Header.Get("Amz-Sdk-Invocation-Id")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tries[key] >= fault.N {
		delete(s.tries, key) // the next call with this key begins anew
		return false
	}
	if len(s.tries) >= maxTries {
		clear(s.tries) // calls that gave up; a live one gets a try more
	}
	s.tries[key]++
	return true
}

// reply takes the next reply: of Respond, of the script, or the echo of the prompt.
func (s *Server) reply(req *Request) Reply {
	if reply, ok := s.told(req); ok {
		return reply
	}
	return Answer(Say(echo(req.Body)...))
}

// told takes the next reply of Respond or of the script; false means that there is neither.
func (s *Server) told(req *Request) (Reply, bool) {
	if s.Respond == nil {
		return s.next()
	}
	reply := s.Respond(*req)
	if s.throttled(req, reply.Fault, "") {
		return throttle(), true
	}
	return reply, true
}
