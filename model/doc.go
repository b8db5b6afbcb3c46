// Package model has the types of Amazon Bedrock's InvokeModelWithResponseStream: its request, its
// response, the chunks of the stream and its errors, and their notations JSON, XML and query.
//
//	request   InvokeModelWithResponseStreamRequest, Validate, FieldError
//	response  InvokeModelWithResponseStreamResponse, ResponseStream, PayloadPart, DecodeChunk
//	errors    Code and its constants, Error, ErrorFromResponse, ErrorFromJSON, ErrorFromXML
//	figures   InvocationMetrics, ParseInvocationMetrics
//	notations Value, ValueFromJSON, ValueFromXML, the ResponseFrom functions, the Append methods
//	models    FoundationModel, ParseFoundationModel
//	text      AppendClean: a server's words as one line that is safe in a log
//
// An error of the service is an [*Error], whatever carried it. Its code is asked for with errors.Is,
// and what to do about it with methods:
//
//	var e *model.Error
//	switch {
//	case errors.Is(err, model.AccessDeniedException):
//		// the text names the IAM action to ask for
//	case errors.As(err, &e) && e.Retryable() && !e.InStream:
//		// the same request may succeed later; nothing of the answer was delivered
//	}
//
// # Trust
//
// Everything read here was written by someone else. Bodies are read by the pull lexers of
// [bedrockwire/model/jsonwire] and [bedrockwire/model/xmlwire], whose limits and strict rules hold
// here too: a key that is known may come once, numbers fit their type, nothing follows the value.
// A body that breaks a rule is not half believed: an error keeps the code from the response's header
// and shows the start of the body, a chunk or a response is refused. Of an error's body the first
// [MaxErrorBody] bytes are looked at, and if it was longer, what was complete before the cut counts.
//
// The fields of an Error are the server's words as they came. [Error.Error] and [Code.Error] clean
// and cut them; print those, not the fields.
//
// Enums are open: [Trace], [PerformanceConfigLatency] and [ServiceTier] keep values that are newer
// than this package. What goes into a path or a header is checked by
// [InvokeModelWithResponseStreamRequest.Validate] for control characters and length.
//
// # Memory
//
// Errors, values and responses own their memory: Error.Raw is a copy, so that an exception outlives
// the frame it came in. [DecodeChunk], [AppendClean] and the Append methods write to the caller's
// slice. ParseInvocationMetrics does not allocate.
//
// # The seed
//
// The project began with the OCaml module Values.InvokeModelWithResponseStreamResponse. All it offers
// is here, under the names that Go gives such things:
//
//	t                              InvokeModelWithResponseStreamResponse
//	t.body                         its Body, a []ResponseStream
//	t.contentType                  its ContentType
//	t.performanceConfigLatency     its PerformanceConfigLatency
//	t.serviceTier                  its ServiceTier
//	make                           a composite literal of it
//	error                          *Error, and Code for its variants
//	AccessDeniedException          AccessDeniedException
//	InternalServerException        InternalServerException
//	ModelErrorException            ModelErrorException
//	ModelNotReadyException         ModelNotReadyException
//	ModelStreamErrorException      ModelStreamErrorException
//	ModelTimeoutException          ModelTimeoutException
//	ResourceNotFoundException      ResourceNotFoundException
//	ServiceQuotaExceededException  ServiceQuotaExceededException
//	ServiceUnavailableException    ServiceUnavailableException
//	ThrottlingException            ThrottlingException
//	ValidationException            ValidationException
//	Unknown_operation_error        UnknownOperationError; Error.Code and Error.Message keep its pair
//	error_of_json                  ErrorFromJSON
//	error_of_xml                   ErrorFromXML
//	error_to_json                  Error.AppendJSON
//	of_header_and_body             ResponseFromHeaderAndBody
//	to_value                       InvokeModelWithResponseStreamResponse.Value
//	to_query                       InvokeModelWithResponseStreamResponse.AppendQuery
//	of_xml                         ResponseFromXML
//	of_string                      ResponseFromString
//	of_json                        ResponseFromJSON
//	to_json                        InvokeModelWithResponseStreamResponse.AppendJSON
//
// The seed's body is one event; here it is the list of all that were collected, and one event is
// read as a list of one. Beyond the seed there are AppendXML and [ResponseFromValue], so that each
// direction has its inverse.
//
// Most callers need none of the notations: a client hands out each chunk's bytes, and a collected
// response is for tests, logs and captures.
package model
