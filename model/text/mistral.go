package text

// mistral returns how Mistral AI's models are asked and answer.
func mistral(model string) *line {
	if hasPrefix(model, "mistral-7b", "mixtral-8x7b", "mistral-large-2402", "mistral-small-2402") {
		return &mistralCompletion
	}
	return &mistralChat
}

var mistralCompletion = line{
	form: form{
		head:   `{"prompt":`,
		before: "<s>[INST] ", after: " [/INST]",
		middle: `,"max_tokens":`, tail: `}`,
	},
	script: func(s *script) {
		s.each(`{"outputs":[{"text":`, `,"stop_reason":null}]}`)
		s.add(`{"outputs":[{"text":"","stop_reason":"stop"}],`, s.metrics(), `}`)
	},
}

var mistralMarks = []mark{
	{key: "outputs", shape: MistralCompletion, shows: showsAlways, ends: endsByAnswer},
}

// mistralChat answers with "message" and "stop_reason" where OpenAI has "delta" and "finish_reason".
var mistralChat = line{
	form: chatMessages.form,
	script: func(s *script) {
		const head = `{"choices":[{"index":0,"message":{"role":"assistant","content":`
		s.each(head, `},"stop_reason":null}]}`)
		s.add(head, `""},"stop_reason":"stop"}],`, s.metrics(), `}`)
	},
}
