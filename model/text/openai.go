package text

// openai returns how OpenAI's open-weight models are asked and answer.
func openai(string) *line { return &openaiMessages }

var openaiMessages = line{
	form: form{
		head:   `{"messages":[{"role":"user","content":`,
		middle: `}],"max_completion_tokens":`, tail: `}`,
	},
	script: chatScript,
}
