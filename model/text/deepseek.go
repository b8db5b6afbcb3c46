package text

// deepseek returns how DeepSeek's models are asked and answer.
func deepseek(model string) *line {
	if hasPrefix(model, "r1") {
		return &deepseekR1
	}
	return &chatMessages
}

var deepseekR1 = line{
	form: form{
		head:   `{"prompt":`,
		before: "<｜begin▁of▁sentence｜><｜User｜>", after: "<｜Assistant｜><think>\n",
		middle: `,"max_tokens":`, tail: `}`,
	},
	script: func(s *script) {
		s.each(`{"choices":[{"index":0,"text":`, `,"stop_reason":null}]}`)
		s.add(`{"choices":[{"index":0,"text":"","stop_reason":"stop"}],`, s.metrics(), `}`)
	},
}
