// Package converse has the types of Converse, ConverseStream and CountTokens: requests of messages,
// blocks and tools, responses, and the events of the stream.
//
// Converse has one format for all models, tools, images and documents among it: use it for
// conversations. InvokeModel takes a model's own format: use it for models that Converse does not take,
// which make embeddings or images, and for options that a model has only there.
//
// # Tools
//
// A response with [StopToolUse] asks for tool calls. Append its message to the request as it is, call
// the tool for each [ToolUse] in it, and send the results back as one message with a [ToolResult]
// each. [ToolUse].Input is JSON that a model wrote: check it like any input. See the example.
//
// # Streaming
//
// The events of a stream come in this order, which [Order] checks; blocks may overlap:
//
//	messageStart
//	contentBlockStart    once a block, but not for text and reasoning
//	contentBlockDelta    any number
//	contentBlockStop     once a block
//	messageStop          the message is whole
//	metadata             token counts
//
// [DecodeEvent] reads one event without allocating, [Builder] makes a [Response] of all of them. A
// message that came either way is equal.
//
// # What is kept raw
//
// What has no field is kept as JSON and goes back as it came: members in Fields, blocks in
// [Block].Raw, bodies and events in [Response].Raw and [Event].Raw. A block whose fields can't hold
// all of it is Raw as a whole: text with citations, a document in parts, a cache point with a time,
// a call of the service's own tool. So a newer service works before this package knows it.
//
// # Trust
//
// Responses and events are read by the rules of package jsonwire: strict JSON, at most 128 levels
// deep, a known member once. A body that breaks them is refused as a whole. Text comes from a model:
// clean it before a terminal shows it.
package converse
