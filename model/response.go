package model

// InvokeModelResponse is the output of InvokeModel.
type InvokeModelResponse struct {
	Body                     []byte // in the model's own format; sensitive
	ContentType              string // media type of Body
	PerformanceConfigLatency PerformanceConfigLatency
	ServiceTier              ServiceTier

	// Metrics are the token counts and the latency that the service sends in the response's header;
	// nil where it sent none. FirstByteLatency is always 0.
	Metrics *InvocationMetrics
}

// InvokeModelResponseFrom makes the output of an InvokeModel response's header and body. header
// returns a header's value by name in any case, like http.Header.Get. Members whose header is
// missing are empty. Body is kept, not copied.
func InvokeModelResponseFrom(header func(name string) string, body []byte) *InvokeModelResponse {
	r := &InvokeModelResponse{Body: body}
	if header != nil {
		r.ContentType = header("Content-Type")
		r.PerformanceConfigLatency = PerformanceConfigLatency(header(headerLatency))
		r.ServiceTier = ServiceTier(header(headerServiceTier))
		r.Metrics = headerMetrics(header)
	}
	return r
}

// InvokeModelWithResponseStreamResponse is the output of InvokeModelWithResponseStream. Body is
// filled only where the stream was collected; a client hands the chunks out one by one instead.
type InvokeModelWithResponseStreamResponse struct {
	Body                     []ResponseStream // nil: not collected
	ContentType              string           // media type of the chunks' content
	PerformanceConfigLatency PerformanceConfigLatency
	ServiceTier              ServiceTier
}

// ResponseStream is one event of a stream: a union, one member of which is set.
type ResponseStream struct {
	Chunk     *PayloadPart // a part of the model's answer
	Exception *Error       // one of the six errors a stream may end with
	Unknown   string       // the name of a member that this package does not know; its content is not kept
}

// PayloadPart is a part of the model's answer. Its content is sensitive.
type PayloadPart struct {
	Bytes []byte // in the model's own format, at most 1,000,000 bytes by the service's model
}

// Names of the headers the response's members are bound to.
const (
	// In the canonical form of net/http, so that a lookup in an http.Header finds them without
	// making it. The wire has other capitals, which mean the same.
	headerContentType = "X-Amzn-Bedrock-Content-Type"
	headerLatency     = "X-Amzn-Bedrock-Performanceconfig-Latency"
	headerServiceTier = "X-Amzn-Bedrock-Service-Tier"
)

// ResponseFromHeaderAndBody makes the output of a response's head and, where it was collected, its
// stream. header returns a header's value by name in any case, like http.Header.Get. Members whose
// header is missing are empty; body is kept, not copied.
func ResponseFromHeaderAndBody(header func(name string) string, body []ResponseStream) *InvokeModelWithResponseStreamResponse {
	r := &InvokeModelWithResponseStreamResponse{Body: body}
	if header != nil {
		// The service's model says that it is required, and services leave it out.
		r.ContentType = header(headerContentType)
		r.PerformanceConfigLatency = PerformanceConfigLatency(header(headerLatency))
		r.ServiceTier = ServiceTier(header(headerServiceTier))
	}
	return r
}
