// Package model has the types of Amazon Bedrock Runtime's InvokeModel operations, the chunks of their
// streams, and the errors of the service.
//
//	requests   InvokeModelRequest, Validate, FieldError
//	responses  InvokeModelResponse, InvokeModelWithResponseStreamResponse, ResponseStream, PayloadPart
//	streams    EventType, DecodeChunk
//	errors     Code and its constants, Error, ErrorFromResponse, ErrorFromJSON, ErrorFromXML
//	figures    InvocationMetrics, ParseInvocationMetrics
//	models     FoundationModel, ParseFoundationModel
//	text       AppendClean: text that a server chose as one line that is safe in a log
//
// An error of the service is an [*Error], whether it came as a response or inside a stream. errors.Is
// finds its code, and methods say what to do about it:
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
// A body that breaks a rule is not half believed: a chunk or a response is refused, and an error keeps
// the code from the response's header and shows the start of the body. Of an error's body the first
// [MaxErrorBody] bytes are read, and if it was longer, what was complete before the cut counts.
//
// The fields of an Error hold what the server sent, unchanged. [Error.Error] and [Code.Error] clean
// and cut them; print those, not the fields.
//
// Enums are open: [Trace], [PerformanceConfigLatency] and [ServiceTier] keep values that are newer
// than this package. What goes into a path or a header is checked by [InvokeModelRequest.Validate] for
// control characters and length.
//
// # Memory
//
// Errors, values and responses own their memory: Error.Raw is a copy, so that an exception outlives
// the frame it came in. [DecodeChunk], [AppendClean] and the Append methods write to the caller's
// slice. DecodeChunk, ParseInvocationMetrics and EventType do not allocate.
//
// # The seed's notations
//
// The project began with an OCaml module that turns a collected response into a tree of values, XML,
// query form, JSON and strings, and back. The files whose names begin with notation have the same for
// Go, for tests, logs and captures. notation_test.go has the table of its names.
package model
