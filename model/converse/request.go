package converse

import "bedrockwire/model"

// Request is the input of Converse, ConverseStream and CountTokens. Members that are empty are not
// sent, so the service's or the model's defaults apply.
type Request struct {
	ModelID  string    // id or ARN of a model, profile, prompt or router; part of the path, not of the body
	System   []Block   // instructions: Text, CachePoint or Raw
	Messages []Message // the conversation, oldest first
	// Of the response.
	MaxTokens         int
	Temperature, TopP *float64
	StopSequences     []string // texts that end the response

	Tools                    []Tool
	ToolChoice               ToolChoice
	PerformanceConfigLatency model.PerformanceConfigLatency
	ServiceTier              model.ServiceTier
	Metadata                 map[string]string // appears in the invocation log
	// Fields is a JSON object. Its members are added to the body as they are: guardrailConfig,
	// outputConfig, additionalModelRequestFields and whatever is newer than this package. A member
	// that has a field above is refused.
	Fields []byte
}

// Role says who wrote a message. The enum is open.
type Role string

// The values of [Role].
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	RoleSystem    Role = "system"
)

// StopReason is why the model stopped. The enum is open: newer values are kept.
type StopReason string

// The values of [StopReason].
const (
	StopEndTurn               StopReason = "end_turn"
	StopToolUse               StopReason = "tool_use" // the model waits for the results of its tool calls
	StopMaxTokens             StopReason = "max_tokens"
	StopSequence              StopReason = "stop_sequence"
	StopGuardrailIntervened   StopReason = "guardrail_intervened"
	StopContentFiltered       StopReason = "content_filtered"
	StopMalformedModelOutput  StopReason = "malformed_model_output"
	StopMalformedToolUse      StopReason = "malformed_tool_use"
	StopContextWindowExceeded StopReason = "model_context_window_exceeded"
)

// Message is one turn of the conversation.
type Message struct {
	Role    Role
	Content []Block
	Fields  []byte // members that have no field here, as a JSON object
}

// User returns a message of the user's.
func User(blocks ...Block) Message { return Message{Role: RoleUser, Content: blocks} }

// Assistant returns a message of the model's.
func Assistant(blocks ...Block) Message { return Message{Role: RoleAssistant, Content: blocks} }

// Text returns a block of text.
func Text(s string) Block { return Block{Text: s} }

// Block is one piece of a message. It is a union: exactly one member is set.
type Block struct {
	Text                string // bytes that are not UTF-8 are sent as U+FFFD
	Image, Video, Audio *Media
	Document            *Document
	ToolUse             *ToolUse
	ToolResult          *ToolResult
	Reasoning           *Reasoning
	CachePoint          bool // what comes before this block may be cached, for the default time

	// Raw is a block that no member above can hold, as a JSON object with the service's names:
	// {"guardContent":{...}}, {"citationsContent":{...}}, an empty text, a kind that is newer than
	// this package. It is sent as it is.
	Raw []byte
}

// Media is an image, a video or a sound: its bytes, or where they are.
type Media struct {
	Format         string // png, jpeg, mp4, wav, ...
	Bytes          []byte
	S3URI, S3Owner string // s3://bucket/key in place of Bytes, and the bucket's account if it is another
	Fields         []byte // members that have no field here, as a JSON object
}

// Document is a file for the model to read. One of Bytes, Text and S3URI is its content.
type Document struct {
	Format         string // pdf, csv, docx, txt, md, ...
	Name           string // shown to the model
	Bytes          []byte
	Text           string
	S3URI, S3Owner string // s3://bucket/key, and the bucket's account if it is another
	Context        string // what the model should know of the document
	Citations      bool   // the response says which part of the document it relies on
	Fields         []byte // members that have no field here, as a JSON object
}

// ToolUse is a call of a tool that the model asks the caller for. A call that the service itself runs
// (member type, server_tool_use) is a Block with Raw, so that it is never run twice.
type ToolUse struct {
	ID, Name string
	Input    []byte // JSON by the tool's schema, as the model wrote it; sent as {} where empty
	Fields   []byte // members that have no field here, as a JSON object
}

// ToolResult is what a tool returned for the [ToolUse] with the same ID.
type ToolResult struct {
	ID string
	// Content is text, images, documents, videos, or JSON: a Block with Raw {"json":{...}}.
	Content []Block
	Error   bool   // the tool failed; Content says why
	Fields  []byte // members that have no field here, as a JSON object
}

// Reasoning is what the model thought first. It goes back unchanged: models check the signature.
type Reasoning struct {
	Text, Signature string
	Redacted        []byte // encrypted reasoning, in place of Text and Signature
	Fields          []byte // members of reasoningText that have no field here, as a JSON object
}

// Tool is a tool that the model may call: Name with InputSchema, or Raw.
type Tool struct {
	Name, Description string
	InputSchema       []byte // a JSON schema
	Raw               []byte // a tool that the fields can't describe, as a JSON object: {"systemTool":{...}}, {"cachePoint":{...}}
}

// ToolChoice says which tool the model must use. At most one member is set.
type ToolChoice struct {
	Auto bool   // a tool or none, as the model likes
	Any  bool   // one of the tools
	Tool string // this tool
}

// Usage counts tokens.
type Usage struct {
	InputTokens, OutputTokens, TotalTokens      int64
	CacheReadInputTokens, CacheWriteInputTokens int64
}

// Response is the output of Converse, or what [Builder] made of the events of ConverseStream.
type Response struct {
	Message    Message
	StopReason StopReason
	Usage      Usage
	LatencyMs  int64
	Fields     []byte // additionalModelResponseFields, as JSON
	Trace      []byte // what a guardrail or a prompt router did, as JSON
	Raw        []byte // the whole body
	// What served the request.
	PerformanceConfigLatency model.PerformanceConfigLatency
	ServiceTier              model.ServiceTier
}
