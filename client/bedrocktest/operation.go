package bedrocktest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bedrockwire/model"
)

// operation is an operation that the server knows. To add one is to add a row to operations.
type operation struct {
	name    string
	method  string
	pattern string // its path; a segment in braces is a label
	streams bool   // it answers with an event stream
	answer  func(*Server, *Request) Reply
	talks   bool // its request is an event stream too, see talk
}

// operations are those of the service. The label modelId is checked before answer is called.
var operations = []operation{
	{"InvokeModel", http.MethodPost, "/model/{modelId}/invoke", false, (*Server).invoke, false},
	{"InvokeModelWithResponseStream", http.MethodPost, "/model/{modelId}/invoke-with-response-stream", true, (*Server).invoke, false},
	{"Converse", http.MethodPost, "/model/{modelId}/converse", false, (*Server).converse, false},
	{"ConverseStream", http.MethodPost, "/model/{modelId}/converse-stream", true, (*Server).converse, false},
	{"CountTokens", http.MethodPost, "/model/{modelId}/count-tokens", false, (*Server).countTokens, false},
	{"InvokeModelWithBidirectionalStream", http.MethodPost, "/model/{modelId}/invoke-with-bidirectional-stream", true, (*Server).bidirectional, true},
	{"GetFoundationModel", http.MethodGet, "/foundation-models/{modelId}", false, (*Server).foundationModel, false},
}

// Handle adds an operation to those that the server knows, or replaces one. The pattern is a method and a path, such as
// "POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply"; a segment in braces matches any segment, and
// is in [Request.Labels] by its name. Signature, faults and the record of requests are those of every operation; the
// script is not used. A Reply without a Body is an event stream. Call Handle before Start; answer is called from many
// goroutines.
func (s *Server) Handle(operationName, pattern string, answer func(Request) Reply) {
	method, path, _ := strings.Cut(pattern, " ")
	s.handled = append(s.handled, operation{operationName, method, path, false, func(_ *Server, r *Request) Reply { return answer(*r) }, false})
}

// route finds the operation that a request is for, and notes it in the request. The latest that Handle added comes first.
func (s *Server) route(r *Request) *operation {
	for i := len(s.handled) - 1; i >= 0; i-- {
		if s.handled[i].matches(r) {
			return &s.handled[i]
		}
	}
	for i := range operations {
		if operations[i].matches(r) {
			return &operations[i]
		}
	}
	return nil
}

// matches reports whether a request is for the operation. Its path may have any prefix, as a gateway would put one there.
// A label is one segment of the path as it is on the wire, so an id with a bare '/' does not match, as with the service.
func (op *operation) matches(r *Request) bool {
	want, got := strings.Split(op.pattern[1:], "/"), strings.Split(r.Path, "/")
	if r.Method != op.method || len(got) <= len(want) {
		return false
	}
	got = got[len(got)-len(want):]
	labels := make(map[string]string, 1)
	for i, segment := range want {
		name, isLabel := strings.CutPrefix(segment, "{")
		if !isLabel {
			if got[i] != segment {
				return false
			}
			continue
		}
		value, err := url.PathUnescape(got[i])
		if err != nil {
			return false
		}
		labels[strings.TrimSuffix(name, "}")] = value
	}
	r.Operation, r.Labels, r.ModelID = op.name, labels, labels["modelId"]
	return true
}

// unknownOperation answers a request for an operation that the server does not know, in the form that the service was
// seen to use.
func (s *Server) unknownOperation(r *Request) Reply {
	const code = "UnknownOperationException"
	names := make([]string, 0, len(operations)+len(s.handled))
	for _, list := range [][]operation{operations, s.handled} {
		for _, op := range list {
			names = append(names, op.name)
		}
	}
	r.Refused, r.Reason = code, "this server knows "+strings.Join(names, ", ")
	body := `{"Output":{"__type":"com.amazon.coral.service#` + code + `","message":` + quote("Unknown operation: "+r.Reason) + `},"Version":"1.0"}`
	reply := jsonReply([]byte(body))
	reply.Status = http.StatusNotFound
	reply.Header.Set("X-Amzn-Errortype", code+coralNamespace)
	return reply
}

// maxModelID is the longest model id, as the API Reference has it.
const maxModelID = 2048

// validModelID reports whether the service's pattern can match a model id. An id that was escaped twice has a '%' left.
func validModelID(id string) bool {
	if id == "" || len(id) > maxModelID || id == "." || id == ".." {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._:/", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// invoke answers InvokeModel and InvokeModelWithResponseStream.
func (s *Server) invoke(r *Request) Reply {
	return s.scripted(r, func(reply Reply) Reply {
		if r.Operation == "InvokeModelWithResponseStream" {
			if reply.Frames != nil || reply.parts == nil {
				return reply
			}
			chunks, ok := invokeChunks(r.ModelID, reply.parts)
			if !ok {
				return unsaid(r)
			}
			for _, c := range chunks {
				reply.Frames = append(reply.Frames, Chunk(c))
			}
			return reply
		}
		body, ok := invokeBody(r.ModelID, reply.parts)
		if !ok {
			return unsaid(r)
		}
		return reply.withBody(body, http.Header{
			"X-Amzn-Bedrock-Input-Token-Count":  {inputTokens},
			"X-Amzn-Bedrock-Output-Token-Count": {strconv.Itoa(outputTokens(reply.parts))},
			"X-Amzn-Bedrock-Invocation-Latency": {"321"},
		})
	})
}

// unsaid answers where the form of a model has no place for a part of the reply.
func unsaid(r *Request) Reply {
	return refused(r, http.StatusBadRequest, "ValidationException",
		"bedrocktest: the reply has reasoning or a tool call, which this server writes for InvokeModel of Anthropic's and Nova's models only")
}

// converse answers Converse and ConverseStream.
func (s *Server) converse(r *Request) Reply {
	var asked struct{ PerformanceConfig, ServiceTier json.RawMessage }
	if why := decodeObject(r, &asked); why != nil {
		return *why
	}
	return s.scripted(r, func(reply Reply) Reply {
		// The service says which latency and tier it served; here, those asked for.
		served := ""
		for _, m := range []struct {
			name  string
			value json.RawMessage
		}{{"performanceConfig", asked.PerformanceConfig}, {"serviceTier", asked.ServiceTier}} {
			if m.value != nil {
				served += `,"` + m.name + `":` + string(m.value)
			}
		}
		if r.Operation == "Converse" {
			return reply.withBody(converseBody(reply.parts, served), nil)
		}
		if reply.parts != nil {
			reply.Frames = nil
			for _, e := range converseEvents(reply.parts, served) {
				reply.Frames = append(reply.Frames, e.frame())
			}
		}
		return reply
	})
}

// scripted takes the next reply and has render give it the form of the operation. A reply that has a form already, such
// as an error, stays as it is.
func (s *Server) scripted(r *Request, render func(Reply) Reply) Reply {
	reply := s.reply(r)
	if reply.Body != nil || reply.Status != 0 && reply.Status/100 != 2 {
		return reply
	}
	if !r.operation.streams && reply.parts == nil {
		if reply.Frames != nil {
			return refused(r, http.StatusInternalServerError, "InternalServerException",
				"bedrocktest: the script's reply is frames, and "+r.Operation+" answers with JSON: use Answer, Text or a Body")
		}
		reply.parts = []Part{}
	}
	return render(reply)
}

// withBody returns the reply with a body of JSON in place of its frames.
func (r Reply) withBody(body []byte, header http.Header) Reply {
	out := jsonReply(body)
	for _, more := range []http.Header{header, r.Header} {
		for name, values := range more {
			out.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	r.Frames, r.Body, r.Header = nil, out.Body, out.Header
	return r
}

// jsonReply is a reply with a body of JSON.
func jsonReply(body []byte) Reply {
	return Reply{Body: body, Header: http.Header{"Content-Type": {typeJSON}, "Content-Length": {strconv.Itoa(len(body))}}}
}

// decodeObject decodes a request's body, and returns the service's answer to a body that is not a JSON object.
func decodeObject(r *Request, into any) *Reply {
	if err := json.Unmarshal(r.Body, into); err != nil {
		reply := refused(r, http.StatusBadRequest, "ValidationException", "The request body is not a JSON object of the operation.")
		return &reply
	}
	return nil
}

// countTokens answers CountTokens: a token for each four characters of the prompt, and at least one. Neither the script
// nor Respond is asked.
func (s *Server) countTokens(r *Request) Reply {
	var asked struct {
		Input struct {
			InvokeModel *struct{ Body []byte }
			Converse    json.RawMessage
		}
	}
	if why := decodeObject(r, &asked); why != nil {
		return *why
	}
	body := []byte(asked.Input.Converse)
	if asked.Input.InvokeModel != nil {
		body = asked.Input.InvokeModel.Body
	}
	if (body != nil) != (asked.Input.Converse != nil || asked.Input.InvokeModel != nil) || body == nil ||
		asked.Input.Converse != nil && asked.Input.InvokeModel != nil {
		return refused(r, http.StatusBadRequest, "ValidationException", "Exactly one member of input must be set: invokeModel or converse.")
	}
	tokens := (len([]rune(prompt(body))) + 3) / 4
	return jsonReply([]byte(`{"inputTokens":` + strconv.Itoa(max(tokens, 1)) + `}`))
}

// foundationModel answers GetFoundationModel.
func (s *Server) foundationModel(r *Request) Reply {
	id := r.ModelID
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
	return jsonReply([]byte(`{"modelDetails":` + details + `}`))
}
