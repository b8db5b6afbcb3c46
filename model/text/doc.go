// Package text reads what a chunk of a model's stream adds to the answer, and writes the request body
// for a plain prompt.
//
// Bedrock's InvokeModelWithResponseStream passes on whatever format a model's maker chose: the bytes
// of a chunk, after base64, are one JSON object in that format. [Extract] recognises the format by the
// chunk's own shape. No caller has to say which model answers, and model identifiers that tell nothing
// (provisioned models, application inference profiles) work too. It tells text from reasoning, tool
// use, stop reasons, errors, and chunks that hold none of them. [Answer] adds them up.
//
//	var answer text.Answer
//	var buf []byte
//	for chunk, err := range stream.All() {
//		if err != nil {
//			return err
//		}
//		var d text.Delta
//		if d, buf, err = text.Extract(buf[:0], chunk); err != nil {
//			return err
//		}
//		os.Stdout.Write(d.Text)
//		answer.Add(&d)
//	}
//	if !answer.Whole() {
//		return errors.New("the answer is incomplete, or part of it was not understood")
//	}
//
// # Trust
//
// A chunk is read by the rules of package jsonwire: bounded depth, valid UTF-8, no bytes after the
// object, no repeated key of those that are known. The texts themselves are not cleaned; they may hold
// control characters that a terminal obeys.
//
// Nothing is lost in silence. A chunk of no known shape, or with members of two shapes, is [Unknown].
// So is a chunk of a known shape with content in a form that this package does not know; its fields
// then hold what was understood.
//
// # End of stream
//
// [Ends] reports whether a chunk holds the end mark of its format, and [MarksEnd] whether its
// format has one. A stream that closes without its mark was cut at a frame's boundary, which no
// checksum can tell. In a chunk of a known shape, Bedrock's invocation metrics are a mark too. In a
// chunk of their own they are not. [Failure] returns the error that a model reports inside a chunk.
//
// # Memory
//
// Extract does not allocate. Texts are slices of the chunk, or of the caller's buffer where JSON
// escapes had to be resolved; see [Delta]. An Answer owns its memory, and is limited to [MaxAnswer].
//
// # Shapes
//
// What each family sends, and how well this is founded. "Captured" means that published recordings of
// real Bedrock streams have the members; "documented" that the maker's or AWS's public documentation
// or its examples describe them; "not tried" that neither was found for Bedrock itself and the maker's
// format is assumed. None of it was tried against the live service. testdata/chunks.json has the rows,
// each with its source.
//
//	Family, shape                 Text                              End mark                    Founded on
//	Anthropic, messages           content_block_delta, text_delta   message_stop                captured for text; thinking, tools, errors documented
//	Anthropic, completion         completion                        stop_reason                 documented; captured from Anthropic's own service
//	Amazon Titan Text             outputText                        completionReason            captured
//	Amazon Nova                   contentBlockDelta.delta.text      messageStop                 documented; tool use captured from ConverseStream, whose events are the same
//	Meta Llama 2 to 4             generation                        stop_reason                 captured for 3.1 and 3.2
//	Mistral, completion           outputs[0].text                   outputs[0].stop_reason      documented
//	Mistral, chat                 choices[0].message.content        choices[0].stop_reason      captured; tools and thinking documented
//	Cohere Command                generations[0].text, or text      finish_reason, is_finished  documented; the second form from Cohere's own service
//	Cohere Command R              event_type text-generation, text  event_type stream-end       captured from Cohere's own service; text documented
//	AI21 Jamba                    choices[0].message or .delta      stop_reason, finish_reason  captured (message); delta documented
//	DeepSeek R1                   choices[0].text                   choices[0].stop_reason      documented
//	OpenAI gpt-oss                choices[0].delta.content          choices[0].finish_reason    documented; captured from Bedrock's chat endpoint
//	TwelveLabs Pegasus            message                           finishReason                documented
//	DeepSeek V3, Qwen, Kimi, Palmyra, GLM, MiniMax, Gemma, Nemotron
//	                              choices[0].delta.content          choices[0].finish_reason    not tried
//
// gpt-oss writes its reasoning into the text, between <reasoning> and </reasoning>, and DeepSeek R1
// up to </think>. It arrives as text and is left there, because a tag may be split between chunks and
// an answer may quote one. Token counts are read from every family's own members and from Bedrock's
// metrics, which win.
//
// # Prompts
//
// What [Prompt] writes, with P for the prompt and N for the number of tokens. [Script] has chunks of
// the same models for tests.
//
//	anthropic claude, from 3 on              messages, max_tokens, anthropic_version      documented
//	anthropic claude-instant, -v1, -v2       "\n\nHuman: P\n\nAssistant:", max_tokens_to_sample  documented
//	amazon titan-text, titan-tg1             inputText, textGenerationConfig.maxTokenCount  documented
//	amazon nova (text models)                messages, inferenceConfig.maxTokens          documented
//	meta llama2                              "<s>[INST] P [/INST]", max_gen_len           documented
//	meta llama3                              header markers, max_gen_len                  documented
//	meta llama4                              header markers, max_gen_len                  markers by Meta, not tried on Bedrock
//	mistral 7b, mixtral, large-2402, small-2402  "<s>[INST] P [/INST]", max_tokens        documented
//	mistral, all others                      messages, max_tokens                         documented for Large 2
//	cohere command-text, -light-text         prompt, max_tokens, stream                   documented
//	cohere command-r                         message, max_tokens                          documented
//	ai21 jamba                               messages, max_tokens                         documented
//	deepseek r1                              R1's markers, max_tokens                     documented
//	openai                                   messages, max_completion_tokens              documented
//	deepseek, all others; qwen; moonshot and moonshotai kimi; writer palmyra; zai glm;
//	minimax; google gemma; nvidia nemotron   messages, max_tokens                         not tried
//
// To add a family, add its row to families in family.go, and a file with its line (form and script)
// and its shape's reader if it has its own.
package text
