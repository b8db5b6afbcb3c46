package converse

import (
	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// AppendTokensJSON appends the body of CountTokens that asks for the input tokens of r: its messages,
// its system prompt, its tools, and additionalModelRequestFields of its Fields. The operation takes
// nothing else. It checks and returns what [Request.AppendJSON] does.
func (r *Request) AppendTokensJSON(dst []byte) ([]byte, error) {
	if e := r.check(); e != nil {
		return dst, e
	}
	dst = r.appendPrompt(append(dst, `{"input":{"converse":{`...))
	for _, m := range membersOf(r.Fields) {
		if m.key == "additionalModelRequestFields" {
			dst = append(appendKey(dst, m.key), m.value...)
		}
	}
	return append(dst, "}}}"...), nil
}

// AppendInvokeTokensJSON appends the body of CountTokens that asks for the input tokens of body, a
// body of InvokeModel.
func AppendInvokeTokensJSON(dst, body []byte) []byte {
	dst = append(dst, `{"input":{"invokeModel":{`...)
	return append(appendBlob(dst, "body", body), "}}}"...)
}

// ParseTokens decodes the body of CountTokens' response. The error is a *[jsonwire.Error] with the
// offset in body, or a *[model.FieldError] where there is no count.
func ParseTokens(body []byte) (int, error) {
	p := parser{lx: jsonwire.New(body), data: body}
	tokens, found := int64(0), false
	p.lx.Next()
	p.object([]string{"inputTokens"}, func(string) { tokens, found = p.int(), true })
	if err := p.lx.Finish(); err != nil {
		return 0, err
	}
	if !found {
		return 0, &model.FieldError{Field: "inputTokens", Reason: "is missing"}
	}
	return int(tokens), nil
}
