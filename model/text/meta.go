package text

// meta returns how Meta's models are asked and answer.
func meta(model string) *line {
	switch {
	case hasPrefix(model, "llama2"):
		return &llama2
	case hasPrefix(model, "llama3"):
		return &llama3
	case hasPrefix(model, "llama4"):
		return &llama4
	}
	return nil
}

// The markers of turns are those that the models were trained with (Meta, "Model cards and prompt
// formats").
var (
	llama2 = line{
		form: form{
			head:   `{"prompt":`,
			before: "<s>[INST] ", after: " [/INST]",
			middle: `,"max_gen_len":`, tail: `}`,
		},
		script: llamaScript,
	}
	llama3 = line{
		form: form{
			head:   `{"prompt":`,
			before: "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n",
			after:  "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
			middle: `,"max_gen_len":`, tail: `}`,
		},
		script: llamaScript,
	}
	llama4 = line{
		form: form{
			head:   `{"prompt":`,
			before: "<|begin_of_text|><|header_start|>user<|header_end|>\n\n",
			after:  "<|eot|><|header_start|>assistant<|header_end|>\n\n",
			middle: `,"max_gen_len":`, tail: `}`,
		},
		script: llamaScript,
	}
)

func llamaScript(s *script) {
	s.each(`{"generation":`, `,"prompt_token_count":null,"generation_token_count":1,"stop_reason":null}`)
	s.add(`{"generation":"","prompt_token_count":`, s.input(), `,"generation_token_count":`, s.output(),
		`,"stop_reason":"stop",`, s.metrics(), `}`)
}

var metaMarks = []mark{
	{key: "generation", shape: MetaLlama, shows: showsAlways},
	{key: "stop_reason", shape: MetaLlama, ends: endsByReason},
}

// llama reads {"generation":"...","stop_reason":null}.
func (x *extractor) llama() {
	var u Usage
	for m := x.inside(false); x.next(&m); {
		switch m.field {
		case fGeneration:
			x.answer()
		case fStopReason:
			x.d.StopReason = x.reason()
		case fLlamaInput:
			u.Input = x.number()
		case fLlamaOutput:
			u.Output = x.number()
		default:
			x.common(m.field)
		}
	}
	x.counted(u)
}
