package model

import (
	"strconv"
	"strings"
)

// Code names an error of the service: a shape's name such as "ThrottlingException", or any other
// name that a server sent. A Code is an error itself, so that errors.Is(err,
// model.ThrottlingException) asks an *[Error] for its code.
type Code string

// The errors of InvokeModelWithResponseStream (Amazon Bedrock API reference, "Errors" of that
// operation; the HTTP status of each is [Code.Status]).
const (
	AccessDeniedException         Code = "AccessDeniedException"         // 403
	InternalServerException       Code = "InternalServerException"       // 500
	ModelErrorException           Code = "ModelErrorException"           // 424, original status and resource
	ModelNotReadyException        Code = "ModelNotReadyException"        // 429, to be retried, but not throttling
	ModelStreamErrorException     Code = "ModelStreamErrorException"     // 424, original status and message
	ModelTimeoutException         Code = "ModelTimeoutException"         // 408
	ResourceNotFoundException     Code = "ResourceNotFoundException"     // 404
	ServiceQuotaExceededException Code = "ServiceQuotaExceededException" // 400
	ServiceUnavailableException   Code = "ServiceUnavailableException"   // 503
	ThrottlingException           Code = "ThrottlingException"           // 429
	ValidationException           Code = "ValidationException"           // 400

	// UnknownOperationError stands for every error that is not one of the eleven above: errors.Is
	// holds for it, and Error.Code keeps the server's own code.
	UnknownOperationError Code = "Unknown_operation_error"
)

// again says what a code means for sending the same request again.
type again uint8

const (
	never    again = iota
	always         // it may succeed later
	slower         // it may succeed later, and the server asks for fewer requests
	inStream       // inside a stream, a new request may succeed; as the response's own error, it won't
)

// codes has a row for each code that this package knows something about. Status is the HTTP status
// that the service's model binds the code to, and 0 for a code that is not one of the eleven.
//
// ModelTimeoutException and ModelErrorException are failures of the model, and their documentation
// does not say that a retry helps. The documentation of ModelStreamErrorException does, for a
// stream.
var codes = [...]struct {
	name   Code
	status int
	again  again
}{
	{AccessDeniedException, 403, never},
	{InternalServerException, 500, always},
	{ModelErrorException, 424, never},
	{ModelNotReadyException, 429, always},
	{ModelStreamErrorException, 424, inStream},
	{ModelTimeoutException, 408, never},
	{ResourceNotFoundException, 404, never},
	{ServiceQuotaExceededException, 400, never},
	{ServiceUnavailableException, 503, always},
	{ThrottlingException, 429, slower},
	{ValidationException, 400, never},

	// Throttling and transient errors of other AWS services and of gateways in front of Bedrock
	// (AWS SDKs and Tools reference, "Retry behavior").
	{"Throttling", 0, slower},
	{"ThrottledException", 0, slower},
	{"RequestThrottled", 0, slower},
	{"RequestThrottledException", 0, slower},
	{"TooManyRequestsException", 0, slower},
	{"ProvisionedThroughputExceededException", 0, slower},
	{"TransactionInProgressException", 0, slower},
	{"RequestLimitExceeded", 0, slower},
	{"BandwidthLimitExceeded", 0, slower},
	{"LimitExceededException", 0, slower},
	{"SlowDown", 0, slower},
	{"PriorRequestNotComplete", 0, slower},
	{"EC2ThrottledException", 0, slower},
	{"RequestTimeout", 0, always},
	{"RequestTimeoutException", 0, always},

	// Errors that a model reports in its maker's own format: Anthropic ("Errors"), OpenAI ("Error
	// codes"), Google (google.rpc.Code), and vLLM, which serves many open models.
	{"overloaded_error", 0, always},
	{"rate_limit_error", 0, slower},
	{"timeout_error", 0, always},
	{"api_error", 0, always},
	{"rate_limit_exceeded", 0, slower},
	{"server_error", 0, always},
	{"internal_server_error", 0, always},
	{"service_unavailable", 0, always},
	{"overloaded", 0, always},
	{"timeout", 0, always},
	{"RESOURCE_EXHAUSTED", 0, slower},
	{"UNAVAILABLE", 0, always},
	{"INTERNAL", 0, always},
	{"DEADLINE_EXCEEDED", 0, always},
	{"InternalServerError", 0, always},
	{"RateLimitError", 0, slower},
}

// Error returns the code itself, cleaned of what a log must not contain.
func (c Code) Error() string {
	if c == "" {
		return "error without a code"
	}
	return string(AppendClean(nil, string(c), maxShown))
}

// Status returns the HTTP status that the service's model binds the code to, 0 for a code that is
// not one of the eleven. The response's own status may differ: an exception inside a stream has
// none, and a gateway may have changed it.
func (c Code) Status() int {
	status, _ := c.rule()
	return status
}

// Known reports whether the code is one of the eleven modelled ones.
func (c Code) Known() bool { return c.Status() != 0 }

// rule returns the code's row of the table.
func (c Code) rule() (status int, a again) {
	// Most comparisons end at the length, and only errors pay for them.
	for i := range codes {
		if codes[i].name == c {
			return codes[i].status, codes[i].again
		}
	}
	return 0, never
}

// codeFrom makes a Code of a discriminator as it comes on the wire. The restJson1 protocol (Smithy,
// "AWS restJson1 protocol", operation error serialization) allows a name space before a '#' and a
// URI after a ':'.
func codeFrom(wire string) Code {
	// The URI first: it may hold a '#', and a name space does not hold a ':'. Bedrock sends
	// ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.bedrock/.
	if i := strings.IndexByte(wire, ':'); i >= 0 {
		wire = wire[:i]
	}
	if i := strings.IndexByte(wire, '#'); i >= 0 {
		wire = wire[i+1:]
	}
	// Blanks and controls at the ends come from XML that was indented and from headers that were
	// folded. What stands inside is kept, and cleaned when it is shown.
	wire = strings.TrimFunc(wire, func(r rune) bool { return r <= ' ' })
	// An event stream names the union's member, which is the shape's name with a small first
	// letter.
	for i := range codes {
		if name := string(codes[i].name); codes[i].status != 0 && len(name) == len(wire) &&
			name[0]|0x20 == wire[0] && name[1:] == wire[1:] {
			return codes[i].name
		}
	}
	// A code that is newer than this package keeps its name, as unknown values of the enums do. A
	// name that differs only in case is another code.
	return Code(wire)
}

// codeFromStatus is the code of a response that names none: the status in digits. Guessing a shape
// would turn a proxy's 403 page into the service's AccessDeniedException.
func codeFromStatus(status int) Code {
	if status == 0 {
		return ""
	}
	return Code(strconv.Itoa(status))
}
