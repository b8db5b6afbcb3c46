package bedrocktest

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"bedrockwire/model"
)

// Paths of the two operations, after any prefix.
const (
	modelPrefix      = "/model/"
	invokeSuffix     = "/invoke-with-response-stream"
	foundationPrefix = "/foundation-models/"
)

// maxModelID is the longest model id, as the API Reference has it.
const maxModelID = 2048

// FaultHeader is the request header a client names a fault in, for this one
// answer: see ParseFault.
const FaultHeader = "X-Bedrockwire-Fault"

// operation is what a path asks for.
type operation uint8

const (
	unknown operation = iota
	invoke
	foundation
)

// serveHTTP answers one request: read it, let it in, choose the reply, play it.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		abort() // Close is under way
	}
	defer s.active.Done()

	req, err := s.read(r)
	if err != nil && !errors.Is(err, errBodySize) {
		abort() // the client has gone before its request was whole
	}
	op, id := route(&req)
	req.ModelID = id
	reply, fault := s.answer(&req, op, err)
	s.record(req)
	if s.Log != nil {
		s.Log(req)
	}
	s.play(w, r, &req, reply, fault)
}

// answer chooses the reply and the fault that goes with it, and notes in req
// whether it was refused.
func (s *Server) answer(req *Request, op operation, err error) (Reply, Fault) {
	// The service, too, looks at the size before it hashes a body.
	if err != nil {
		return refused(req, http.StatusBadRequest, "ValidationException", err.Error()), Fault{}
	}
	if why := s.authenticate(req); why != nil {
		req.Refused = why.code
		return why.reply(), Fault{}
	}
	if op == unknown {
		req.Refused = "UnknownOperationException"
		return Reply{Status: http.StatusNotFound, Body: []byte("<UnknownOperationException/>\n"),
			Header: http.Header{"Content-Type": {"application/xml"}}}, Fault{}
	}
	if n := len(req.ModelID); n == 0 || n > maxModelID || req.ModelID == "." || req.ModelID == ".." {
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
	reply := s.reply(req, op)
	if fault.Kind == FaultNone {
		fault = reply.Fault
	}
	return reply, fault
}

// refused notes why a request was refused, and says so.
func refused(req *Request, status int, code, message string) Reply {
	req.Refused = code
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

// reply is the answer to a request that was let in.
func (s *Server) reply(req *Request, op operation) Reply {
	if op == foundation {
		return s.foundationModel(req.ModelID)
	}
	if s.Respond != nil {
		reply := s.Respond(*req)
		if s.throttled(req, reply.Fault, "") {
			return throttle()
		}
		return reply
	}
	if reply, ok := s.next(); ok {
		return reply
	}
	return Stream(FamilyOf(req.ModelID), echo(req.Body)...)
}

// foundationModel answers GetFoundationModel.
func (s *Server) foundationModel(id string) Reply {
	details, ok := s.Models[id]
	if s.Models != nil && !ok {
		return Failure(model.ResourceNotFoundException, "Could not resolve the foundation model from the provided model identifier.")
	}
	if !ok {
		provider, name, _ := strings.Cut(id, ".")
		details = `{"modelArn":` + quote("arn:aws:bedrock:us-east-1::foundation-model/"+id) + `,"modelId":` + quote(id) +
			`,"modelName":` + quote(name) + `,"providerName":` + quote(provider) +
			`,"inputModalities":["TEXT"],"outputModalities":["TEXT"],"responseStreamingSupported":true,` +
			`"customizationsSupported":[],"inferenceTypesSupported":["ON_DEMAND"],"modelLifecycle":{"status":"ACTIVE"}}`
	}
	return Reply{Body: []byte(`{"modelDetails":` + details + `}`), Header: http.Header{"Content-Type": {typeJSON}}}
}

// route tells from method and path what a request asks for, and of which model.
// A prefix is allowed, as a gateway would put one there; the model id is one
// segment of the path as it is on the wire, so an id with a bare '/' does not
// match, as with the service.
func route(r *Request) (operation, string) {
	switch r.Method {
	case http.MethodPost:
		rest, ok := strings.CutSuffix(r.Path, invokeSuffix)
		i := strings.LastIndex(rest, modelPrefix)
		if !ok || i < 0 {
			return unknown, ""
		}
		return segment(invoke, rest[i+len(modelPrefix):])
	case http.MethodGet:
		i := strings.LastIndex(r.Path, foundationPrefix)
		if i < 0 {
			return unknown, ""
		}
		return segment(foundation, r.Path[i+len(foundationPrefix):])
	}
	return unknown, ""
}

func segment(op operation, escaped string) (operation, string) {
	id, err := url.PathUnescape(escaped)
	if err != nil || strings.Contains(escaped, "/") {
		return unknown, ""
	}
	return op, id
}

// newUUID returns a random UUID, version 4 of RFC 9562.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[0:], b[0:4])
	hex.Encode(out[9:], b[4:6])
	hex.Encode(out[14:], b[6:8])
	hex.Encode(out[19:], b[8:10])
	hex.Encode(out[24:], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
