package model

import (
	"strconv"
	"strings"
)

// Code names an error of the service: a shape's name such as "ThrottlingException", or whatever else
// a server sent. A Code is an error itself, so that errors.Is(err, model.ThrottlingException) asks
// an *[Error] for its code.
type Code string

// The errors of InvokeModelWithResponseStream (Amazon Bedrock API reference, "Errors" of that
// operation; the HTTP status of each is [Code.Status]).
const (
	AccessDeniedException         Code = "AccessDeniedException"         // 403
	InternalServerException       Code = "InternalServerException"       // 500
	ModelErrorException           Code = "ModelErrorException"           // 424, original status and resource
	ModelNotReadyException        Code = "ModelNotReadyException"        // 429, to be retried but no throttling
	ModelStreamErrorException     Code = "ModelStreamErrorException"     // 424, original status and message
	ModelTimeoutException         Code = "ModelTimeoutException"         // 408
	ResourceNotFoundException     Code = "ResourceNotFoundException"     // 404
	ServiceQuotaExceededException Code = "ServiceQuotaExceededException" // 400
	ServiceUnavailableException   Code = "ServiceUnavailableException"   // 503
	ThrottlingException           Code = "ThrottlingException"           // 429
	ValidationException           Code = "ValidationException"           // 400

	// UnknownOperationError stands for every error that is none of the eleven above: errors.Is
	// holds for it while Error.Code keeps the server's own code.
	UnknownOperationError Code = "Unknown_operation_error"
)

// throttleCodes are the codes by which AWS services say "slower" (AWS SDKs and Tools reference,
// "Retry behavior", throttling errors). Bedrock models the second only; gateways in front of it and
// the services that hand out credentials use the others.
var throttleCodes = [...]Code{
	"Throttling", ThrottlingException, "ThrottledException", "RequestThrottled", "RequestThrottledException",
	"TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
	"RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
	"PriorRequestNotComplete", "EC2ThrottledException",
}

// Error returns the code itself, cleaned of what a log must not contain.
func (c Code) Error() string {
	if c == "" {
		return "error without a code"
	}
	return string(AppendClean(nil, string(c), maxShown))
}

// Status returns the HTTP status the service's model binds the code to, 0 for a code that is none of
// the eleven.
//
//go:noinline
func (c Code) Status() int {
	// Asked of the shape and not of the response: an exception inside a stream has no status of its
	// own, and a gateway may have changed the response's.
	switch c {
	case ServiceQuotaExceededException, ValidationException:
		return 400
	case AccessDeniedException:
		return 403
	case ResourceNotFoundException:
		return 404
	case ModelTimeoutException:
		return 408
	case ModelErrorException, ModelStreamErrorException:
		return 424
	case ModelNotReadyException, ThrottlingException:
		return 429
	case InternalServerException:
		return 500
	case ServiceUnavailableException:
		return 503
	}
	return 0
}

// Known reports whether the code is one of the eleven modelled ones.
func (c Code) Known() bool { return c.Status() != 0 }

// throttles reports whether the code asks the client to slow down.
func (c Code) throttles() bool {
	// Fourteen comparisons, most of which end at the length; only errors pay for them.
	for _, t := range throttleCodes {
		if c == t {
			return true
		}
	}
	return false
}

// codeFrom makes a Code of a discriminator as it comes on the wire. The restJson1 protocol (Smithy,
// "AWS restJson1 protocol", operation error serialization) allows a name space before a '#' and a
// URI after a ':'.
func codeFrom(wire string) Code {
	// The URI first: it may hold a '#' of its own, and a name space holds no ':'. Bedrock sends
	// ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.bedrock/.
	if i := strings.IndexByte(wire, ':'); i >= 0 {
		wire = wire[:i]
	}
	if i := strings.IndexByte(wire, '#'); i >= 0 {
		wire = wire[i+1:]
	}
	// Blanks and controls at the ends come from XML that was indented and from headers that were
	// folded. What stands inside is kept, and cleaned when it is shown.
	for len(wire) > 0 && wire[0] <= ' ' {
		wire = wire[1:]
	}
	for len(wire) > 0 && wire[len(wire)-1] <= ' ' {
		wire = wire[:len(wire)-1]
	}
	// An event stream names the union's member, which is the shape's name with a small first letter.
	if len(wire) > 0 && 'a' <= wire[0] && wire[0] <= 'z' {
		var shape [len(ServiceQuotaExceededException)]byte // the longest
		if n := copy(shape[:], wire); n == len(wire) {
			shape[0] -= 'a' - 'A'
			if Code(shape[:n]).Known() {
				return Code(shape[:n])
			}
		}
	}
	// Open like the enums: a code that is newer than this package keeps its name. Nothing is guessed
	// from a likeness, such as another case.
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
