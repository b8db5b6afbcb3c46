package converse

import (
	"math"
	"slices"
	"strconv"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// Wire names of the members that have a field. They are refused in the Fields of their structure,
// where they would be a second value for one thing.
var (
	requestKeys = []string{"modelId", "messages", "system", "inferenceConfig", "toolConfig",
		"performanceConfig", "serviceTier", "requestMetadata"}
	messageKeys       = []string{"role", "content"}
	mediaKeys         = []string{"format", "source"}
	documentKeys      = []string{"format", "name", "source", "context", "citations"}
	toolUseKeys       = []string{"toolUseId", "name", "input", "type"}
	toolResultKeys    = []string{"toolUseId", "content", "status", "type"}
	reasoningTextKeys = []string{"text", "signature"}
)

// Validate refuses what can't be right, whatever the model: a member that is required and missing, a
// block with no member or with two, text that is to be JSON and is not. It returns a
// *[model.FieldError] that names the place, Messages[2].Content[0].ToolUse.Input for example, and
// never shows the value. Ranges and lengths are left to the service, which changes them.
func (r *Request) Validate() error {
	switch {
	case r == nil: // check says so
	case r.ModelID == "":
		return &model.FieldError{Field: "ModelID", Reason: "is empty"}
	// As path segments these name another resource. Proxies resolve them even when encoded.
	case r.ModelID == "." || r.ModelID == "..":
		return &model.FieldError{Field: "ModelID", Reason: "is a relative path segment"}
	}
	if e := r.check(); e != nil {
		return e
	}
	return nil
}

// fault is an error under construction: each level adds its part to the front of the path.
type fault = *model.FieldError

func newFault(field, reason string) fault { return &model.FieldError{Field: field, Reason: reason} }

// in adds a level to the path of e, which may be nil.
func in(field string, e fault) fault {
	if e != nil {
		if e.Field != "" {
			field += "."
		}
		e.Field = field + e.Field
	}
	return e
}

// at is in for an element of a list.
func at(field string, i int, e fault) fault {
	if e == nil {
		return nil
	}
	return in(field+"["+strconv.Itoa(i)+"]", e)
}

// check checks all that goes into the body.
func (r *Request) check() fault {
	if r == nil {
		return newFault("ModelID", "is missing: the request is nil")
	}
	for i := range r.System {
		if e := r.System[i].check(); e != nil {
			return at("System", i, e)
		}
	}
	for i := range r.Messages {
		if e := r.Messages[i].check(); e != nil {
			return at("Messages", i, e)
		}
	}
	for i := range r.Tools {
		if e := r.Tools[i].check(); e != nil {
			return at("Tools", i, e)
		}
	}
	chosen := 0
	for _, set := range []bool{r.ToolChoice.Auto, r.ToolChoice.Any, r.ToolChoice.Tool != ""} {
		if set {
			chosen++
		}
	}
	switch {
	case chosen > 1:
		return newFault("ToolChoice", "has more than one member")
	case chosen > 0 && len(r.Tools) == 0:
		return newFault("ToolChoice", "is set without Tools")
	case r.MaxTokens < 0:
		return newFault("MaxTokens", "is negative")
	case !isNumber(r.Temperature):
		return newFault("Temperature", "is not a number of JSON")
	case !isNumber(r.TopP):
		return newFault("TopP", "is not a number of JSON")
	}
	return checkFields(r.Fields, requestKeys)
}

// isNumber reports whether f, if it is set, can be written as JSON.
func isNumber(f *float64) bool { return f == nil || !math.IsNaN(*f) && !math.IsInf(*f, 0) }

func (t *Tool) check() fault {
	switch {
	case len(t.Raw) > 0 && (t.Name != "" || t.Description != "" || len(t.InputSchema) > 0):
		return newFault("", "has Raw and another member")
	case len(t.Raw) > 0:
		return checkObject("Raw", t.Raw)
	case t.Name == "":
		return newFault("Name", "is empty")
	case len(t.InputSchema) == 0:
		return newFault("InputSchema", "is empty")
	}
	return checkJSON("InputSchema", t.InputSchema)
}

func (m *Message) check() fault {
	if m.Role == "" {
		return newFault("Role", "is empty")
	}
	for i := range m.Content {
		if e := m.Content[i].check(); e != nil {
			return at("Content", i, e)
		}
	}
	return checkFields(m.Fields, messageKeys)
}

func (b *Block) check() fault {
	members := 0
	for _, set := range [...]bool{b.Text != "", b.Image != nil, b.Video != nil, b.Audio != nil, b.Document != nil,
		b.ToolUse != nil, b.ToolResult != nil, b.Reasoning != nil, b.CachePoint, b.Raw != nil} {
		if set {
			members++
		}
	}
	switch {
	case members == 0:
		return newFault("", "has no member")
	case members > 1:
		return newFault("", "has more than one member")
	case b.Image != nil:
		return in("Image", b.Image.check())
	case b.Video != nil:
		return in("Video", b.Video.check())
	case b.Audio != nil:
		return in("Audio", b.Audio.check())
	case b.Document != nil:
		return in("Document", b.Document.check())
	case b.ToolUse != nil:
		return in("ToolUse", b.ToolUse.check())
	case b.ToolResult != nil:
		return in("ToolResult", b.ToolResult.check())
	case b.Reasoning != nil:
		return in("Reasoning", b.Reasoning.check())
	case b.Raw != nil:
		return checkObject("Raw", b.Raw)
	}
	return nil
}

func (m *Media) check() fault {
	if m.Format == "" {
		return newFault("Format", "is empty")
	}
	if e := checkSource(m.Bytes, "", m.S3URI, m.S3Owner); e != nil {
		return e
	}
	return checkFields(m.Fields, mediaKeys)
}

func (d *Document) check() fault {
	if d.Name == "" {
		return newFault("Name", "is empty")
	}
	if e := checkSource(d.Bytes, d.Text, d.S3URI, d.S3Owner); e != nil {
		return e
	}
	return checkFields(d.Fields, documentKeys)
}

// checkSource checks that one member says where the content is.
func checkSource(content []byte, text, uri, owner string) fault {
	sources := 0
	for _, set := range [...]bool{len(content) > 0, text != "", uri != ""} {
		if set {
			sources++
		}
	}
	switch {
	case sources == 0:
		return newFault("", "has no content")
	case sources > 1:
		return newFault("", "has more than one content")
	case owner != "" && uri == "":
		return newFault("S3Owner", "is set without S3URI")
	}
	return nil
}

func (u *ToolUse) check() fault {
	switch {
	case u.ID == "":
		return newFault("ID", "is empty")
	case u.Name == "":
		return newFault("Name", "is empty")
	case len(u.Input) > 0:
		if e := checkJSON("Input", u.Input); e != nil {
			return e
		}
	}
	return checkFields(u.Fields, toolUseKeys)
}

func (t *ToolResult) check() fault {
	if t.ID == "" {
		return newFault("ID", "is empty")
	}
	for i := range t.Content {
		// A result in a result is nothing the service knows, and a cycle of them would have no end.
		if t.Content[i].ToolResult != nil {
			return at("Content", i, newFault("ToolResult", "is inside a ToolResult"))
		}
		if e := t.Content[i].check(); e != nil {
			return at("Content", i, e)
		}
	}
	return checkFields(t.Fields, toolResultKeys)
}

func (r *Reasoning) check() fault {
	if r.Redacted != nil && (r.Text != "" || r.Signature != "" || len(r.Fields) > 0) {
		return newFault("Redacted", "is set together with text")
	}
	return checkFields(r.Fields, reasoningTextKeys)
}

func checkJSON(field string, data []byte) fault {
	if !jsonwire.Valid(data) {
		return newFault(field, "is not JSON")
	}
	return nil
}

func checkObject(field string, data []byte) fault {
	lx := jsonwire.New(data)
	if lx.Next() != jsonwire.ObjectStart || lx.Finish() != nil {
		return newFault(field, "is not a JSON object")
	}
	return nil
}

// checkFields checks a structure's Fields, whose members must not be any of known, nor come twice.
func checkFields(data []byte, known []string) fault {
	if len(data) == 0 {
		return nil
	}
	if e := checkObject("Fields", data); e != nil {
		return e
	}
	lx := jsonwire.New(data)
	seen := map[string]bool{}
	for lx.Next(); lx.Next() == jsonwire.Key; lx.Skip() {
		key := lx.Text()
		if slices.Contains(known, key) {
			return newFault("Fields", "has the member "+key+", which has a field")
		}
		if seen[key] {
			return newFault("Fields", "has a member twice")
		}
		seen[key] = true
	}
	return nil
}
