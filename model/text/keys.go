package text

// field is a key that means something somewhere in some format. One list for all of them lets one
// function look keys up and refuse repeated ones.
type field uint8

const (
	fOther field = iota // a key that is not known
	// Anthropic's messages at the top of a chunk, and what other formats share of their names.
	fType
	fDelta
	fContentBlock
	fMessage
	fIndex
	fBlockIndex
	fUsage
	fError
	// Formats whose text is a member of the top.
	fCompletion
	fStopReason
	fNovaStopReason
	fOutputText
	fCompletionReason
	fTitanInput
	fTitanOutput
	fGeneration
	fLlamaInput
	fLlamaOutput
	fPegasusReason
	// Amazon Nova: an event is named by its one member.
	fMessageStart
	fBlockStart
	fBlockDelta
	fBlockStop
	fMessageStop
	fMetadata
	// Arrays of alternative answers.
	fOutputs
	fChoices
	fGenerations
	// Cohere.
	fIsFinished
	fFinishReason
	fEventType
	fText
	fToolCallDelta
	// Inside deltas and content blocks.
	fThinking
	fPartialJSON
	fSignature
	fData
	fStopSequence
	fCitation
	fID
	fToolUseID
	fName
	fStart
	fToolUse
	fReasoningContent
	fReasoningText
	fRedactedContent
	fInput
	// Inside a choice and its message.
	fRole
	fLogprobs
	fContent
	fRefusal
	fChatReasoning
	fPlainReasoning
	fReasoningDetails
	fSummary
	fToolCalls
	fFunction
	fFunctionCall
	fArguments
	fParameters
	// Inside an error.
	fCode
	fStatus
	// What Bedrock adds to a chunk, and the names of token counts there and in each family's usage.
	fMetrics
	fGuardrail
	fTrace
	fInputTokens
	fPromptTokens
	fNovaInputTokens
	fInputTokenCount
	fOutputTokens
	fCompletionTokens
	fNovaOutputTokens
	fOutputTokenCount
	fCacheRead
	fNovaCacheRead
	fCacheReadCount
	fCacheWrite
	fNovaCacheWrite
	fCacheWriteCount
	fPromptDetails
	fCachedTokens

	fieldCount
)

// fieldSet is a set of fields.
type fieldSet [(fieldCount + 63) / 64]uint64

// lookup returns the field of a key. Keys are compared byte by byte: "Type" is not known.
func lookup(key []byte) field {
	switch string(key) { // compiled to a search by length and bytes, without a copy
	case "type":
		return fType
	case "delta":
		return fDelta
	case "content_block":
		return fContentBlock
	case "message":
		return fMessage
	case "index":
		return fIndex
	case "contentBlockIndex":
		return fBlockIndex
	case "usage":
		return fUsage
	case "error":
		return fError
	case "completion":
		return fCompletion
	case "stop_reason":
		return fStopReason
	case "stopReason":
		return fNovaStopReason
	case "outputText":
		return fOutputText
	case "completionReason":
		return fCompletionReason
	case "inputTextTokenCount":
		return fTitanInput
	case "totalOutputTextTokenCount":
		return fTitanOutput
	case "generation":
		return fGeneration
	case "prompt_token_count":
		return fLlamaInput
	case "generation_token_count":
		return fLlamaOutput
	case "finishReason":
		return fPegasusReason
	case "messageStart":
		return fMessageStart
	case "contentBlockStart":
		return fBlockStart
	case "contentBlockDelta":
		return fBlockDelta
	case "contentBlockStop":
		return fBlockStop
	case "messageStop":
		return fMessageStop
	case "metadata":
		return fMetadata
	case "outputs":
		return fOutputs
	case "choices":
		return fChoices
	case "generations":
		return fGenerations
	case "is_finished":
		return fIsFinished
	case "finish_reason":
		return fFinishReason
	case "event_type":
		return fEventType
	case "text":
		return fText
	case "tool_call_delta":
		return fToolCallDelta
	case "thinking":
		return fThinking
	case "partial_json":
		return fPartialJSON
	case "signature":
		return fSignature
	case "data":
		return fData
	case "stop_sequence":
		return fStopSequence
	case "citation":
		return fCitation
	case "id":
		return fID
	case "toolUseId":
		return fToolUseID
	case "name":
		return fName
	case "start":
		return fStart
	case "toolUse":
		return fToolUse
	case "reasoningContent":
		return fReasoningContent
	case "reasoningText":
		return fReasoningText
	case "redactedContent":
		return fRedactedContent
	case "input":
		return fInput
	case "role":
		return fRole
	case "logprobs":
		return fLogprobs
	case "content":
		return fContent
	case "refusal":
		return fRefusal
	case "reasoning_content":
		return fChatReasoning
	case "reasoning":
		return fPlainReasoning
	case "reasoning_details":
		return fReasoningDetails
	case "summary":
		return fSummary
	case "tool_calls":
		return fToolCalls
	case "function":
		return fFunction
	case "function_call":
		return fFunctionCall
	case "arguments":
		return fArguments
	case "parameters":
		return fParameters
	case "code":
		return fCode
	case "status":
		return fStatus
	case "amazon-bedrock-invocationMetrics":
		return fMetrics
	case "amazon-bedrock-guardrailAction":
		return fGuardrail
	case "amazon-bedrock-trace":
		return fTrace
	case "input_tokens":
		return fInputTokens
	case "prompt_tokens":
		return fPromptTokens
	case "inputTokens":
		return fNovaInputTokens
	case "inputTokenCount":
		return fInputTokenCount
	case "output_tokens":
		return fOutputTokens
	case "completion_tokens":
		return fCompletionTokens
	case "outputTokens":
		return fNovaOutputTokens
	case "outputTokenCount":
		return fOutputTokenCount
	case "cache_read_input_tokens":
		return fCacheRead
	case "cacheReadInputTokens":
		return fNovaCacheRead
	case "cacheReadInputTokenCount":
		return fCacheReadCount
	case "cache_creation_input_tokens":
		return fCacheWrite
	case "cacheWriteInputTokens":
		return fNovaCacheWrite
	case "cacheWriteInputTokenCount":
		return fCacheWriteCount
	case "prompt_tokens_details":
		return fPromptDetails
	case "cached_tokens":
		return fCachedTokens
	}
	return fOther
}

// word is a value of "type" or "event_type" that means something. It is kept in place of the text,
// which is needed after the walk.
type word uint8

const (
	wNone  word = iota // no such member, or not a string
	wOther             // a string that is not known
	// Events of Anthropic's messages.
	wMessageStart
	wContentBlockStart
	wContentBlockDelta
	wContentBlockStop
	wMessageDelta
	wMessageStop
	wPing
	wError
	// Their deltas.
	wTextDelta
	wThinkingDelta
	wInputJSONDelta
	wSignatureDelta
	wCitationsDelta
	// Their content blocks; "text" and "thinking" are parts of Mistral's messages too.
	wText
	wThinking
	wRedactedThinking
	wToolUse
	wServerToolUse
	wMCPToolUse
	// Events of Cohere's chat.
	wStreamStart
	wTextGeneration
	wSearchQueries
	wSearchResults
	wCitations
	wToolCallsGeneration
	wToolCallsChunk
	wStreamEnd
)

// lookupWord returns the word that s is.
func lookupWord(s []byte) word {
	switch string(s) {
	case "message_start":
		return wMessageStart
	case "content_block_start":
		return wContentBlockStart
	case "content_block_delta":
		return wContentBlockDelta
	case "content_block_stop":
		return wContentBlockStop
	case "message_delta":
		return wMessageDelta
	case "message_stop":
		return wMessageStop
	case "ping":
		return wPing
	case "error":
		return wError
	case "text_delta":
		return wTextDelta
	case "thinking_delta":
		return wThinkingDelta
	case "input_json_delta":
		return wInputJSONDelta
	case "signature_delta":
		return wSignatureDelta
	case "citations_delta":
		return wCitationsDelta
	case "text":
		return wText
	case "thinking":
		return wThinking
	case "redacted_thinking":
		return wRedactedThinking
	case "tool_use":
		return wToolUse
	case "server_tool_use":
		return wServerToolUse
	case "mcp_tool_use":
		return wMCPToolUse
	case "stream-start":
		return wStreamStart
	case "text-generation":
		return wTextGeneration
	case "search-queries-generation":
		return wSearchQueries
	case "search-results":
		return wSearchResults
	case "citation-generation":
		return wCitations
	case "tool-calls-generation":
		return wToolCallsGeneration
	case "tool-calls-chunk":
		return wToolCallsChunk
	case "stream-end":
		return wStreamEnd
	}
	return wOther
}

// maxEscaped is the longest escaped spelling of anything on the lists: six bytes for each letter of
// the longest key.
const maxEscaped = 6 * len("amazon-bedrock-invocationMetrics")
