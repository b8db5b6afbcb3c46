package model

import (
	"slices"
	"time"

	"bedrockwire/model/jsonwire"
)

// FoundationModel describes a model, as GetFoundationModel returns it (Amazon Bedrock API
// reference). A caller learns from it whether the model can stream. Enums are open: unknown values
// are kept.
type FoundationModel struct {
	// A list is nil where the member was missing, null or empty.
	ModelARN                string
	ModelID                 string
	ModelName               string
	ProviderName            string
	InputModalities         []string // TEXT, IMAGE, EMBEDDING
	OutputModalities        []string
	CustomizationsSupported []string // FINE_TUNING, CONTINUED_PRE_TRAINING, DISTILLATION
	InferenceTypesSupported []string // ON_DEMAND, PROVISIONED

	// ResponseStreamingSupported is nil where the service does not say: that is not false.
	ResponseStreamingSupported *bool

	Lifecycle ModelLifecycle
}

// ModelLifecycle says how long a model will be available. Times that were not sent are zero.
type ModelLifecycle struct {
	Status                   string // ACTIVE, LEGACY
	StartOfLifeTime          time.Time
	EndOfLifeTime            time.Time
	LegacyTime               time.Time
	PublicExtendedAccessTime time.Time
}

// ParseFoundationModel decodes the body of GetFoundationModel's response. modelArn and modelId are
// required; unknown members are ignored. The error is a *jsonwire.Error, or a *[FieldError] for a
// missing member.
func ParseFoundationModel(body []byte) (*FoundationModel, error) {
	m := &FoundationModel{}
	lx := jsonwire.New(body)
	lx.Next()
	eachMember(&lx, []string{"modelDetails"}, func(string) {
		lx.Next()
		m.read(&lx)
	})
	// Before the members are looked at: a body that was cut or is broken is not believed.
	if err := lx.Finish(); err != nil {
		return nil, err
	}
	switch {
	// Null, absent and empty mean the same here: the response does not say which model it is about.
	case m.ModelARN == "":
		return nil, &FieldError{"modelDetails.modelArn", "is missing"}
	case m.ModelID == "":
		return nil, &FieldError{"modelDetails.modelId", "is missing"}
	}
	return m, nil
}

// read reads the modelDetails that the last token began.
func (m *FoundationModel) read(lx *jsonwire.Lexer) {
	eachMember(lx, []string{"modelArn", "modelId", "modelName", "providerName", "inputModalities", "outputModalities",
		"customizationsSupported", "inferenceTypesSupported", "responseStreamingSupported", "modelLifecycle"}, func(name string) {
		switch name {
		case "modelArn":
			m.ModelARN = textMember(lx)
		case "modelId":
			m.ModelID = textMember(lx)
		case "modelName":
			m.ModelName = textMember(lx)
		case "providerName":
			m.ProviderName = textMember(lx)
		case "inputModalities":
			m.InputModalities = stringsMember(lx)
		case "outputModalities":
			m.OutputModalities = stringsMember(lx)
		case "customizationsSupported":
			m.CustomizationsSupported = stringsMember(lx)
		case "inferenceTypesSupported":
			m.InferenceTypesSupported = stringsMember(lx)
		case "responseStreamingSupported":
			m.ResponseStreamingSupported = boolMember(lx)
		case "modelLifecycle":
			if lx.Next() != jsonwire.Null {
				m.Lifecycle.read(lx)
			}
		}
	})
}

// read reads the modelLifecycle that the last token began.
func (c *ModelLifecycle) read(lx *jsonwire.Lexer) {
	eachMember(lx, []string{"status", "startOfLifeTime", "endOfLifeTime", "legacyTime", "publicExtendedAccessTime"}, func(name string) {
		switch name {
		case "status":
			c.Status = textMember(lx)
		case "startOfLifeTime":
			c.StartOfLifeTime = timeMember(lx)
		case "endOfLifeTime":
			c.EndOfLifeTime = timeMember(lx)
		case "legacyTime":
			c.LegacyTime = timeMember(lx)
		case "publicExtendedAccessTime":
			c.PublicExtendedAccessTime = timeMember(lx)
		}
	})
}

// eachMember reads the object that the last token began. It calls read for each member on the list,
// which may come once, and read consumes the member's value. Other members are passed over.
func eachMember(lx *jsonwire.Lexer, names []string, read func(name string)) {
	if lx.Kind() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind) // keeps an earlier reason
		return
	}
	var seen uint64
	for lx.Next() == jsonwire.Key {
		i := slices.IndexFunc(names, lx.TextIs)
		switch {
		case i < 0:
			lx.Skip()
		case lx.Once(&seen, uint(i)):
			read(names[i])
		}
	}
}

// textMember reads a string, or null for none. A number or an object is not turned into a string.
func textMember(lx *jsonwire.Lexer) string {
	switch lx.Next() {
	case jsonwire.String:
		return lx.Text()
	case jsonwire.Null:
	default:
		lx.Fail(jsonwire.ErrKind)
	}
	return ""
}

// boolMember reads a boolean, or null for none. The string "false" must not become true, nor 0
// false.
func boolMember(lx *jsonwire.Lexer) *bool {
	switch k := lx.Next(); k {
	case jsonwire.True, jsonwire.False:
		yes := k == jsonwire.True
		return &yes
	case jsonwire.Null:
	default:
		lx.Fail(jsonwire.ErrKind)
	}
	return nil
}

// timeMember reads an RFC 3339 time, or null for none: Bedrock's model overrides restJson1's
// seconds.
func timeMember(lx *jsonwire.Lexer) (at time.Time) {
	if s := textMember(lx); s != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, s); err != nil {
			lx.Fail(jsonwire.ErrKind)
		}
	}
	return at
}

// stringsMember reads a list of strings, or null for none. A null inside it is refused: the lists
// of the service's model are not sparse.
func stringsMember(lx *jsonwire.Lexer) (list []string) {
	switch lx.Next() {
	case jsonwire.ArrayStart:
	case jsonwire.Null:
		return nil
	default:
		lx.Fail(jsonwire.ErrKind)
		return nil
	}
	for lx.Next() == jsonwire.String {
		list = append(list, lx.Text())
	}
	if lx.Kind() != jsonwire.ArrayEnd {
		lx.Fail(jsonwire.ErrKind)
	}
	return list
}
