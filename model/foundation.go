package model

import (
	"time"

	"bedrockwire/model/jsonwire"
)

// FoundationModel is the answer of GetFoundationModel (Amazon Bedrock API reference), by which a
// caller learns whether a model can stream. Enums are open: unknown values are kept.
type FoundationModel struct {
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

// ModelLifecycle is how long a model will be there. Times that were not sent are zero.
type ModelLifecycle struct {
	Status                   string // ACTIVE, LEGACY
	StartOfLifeTime          time.Time
	EndOfLifeTime            time.Time
	LegacyTime               time.Time
	PublicExtendedAccessTime time.Time
}

// ParseFoundationModel decodes the body of GetFoundationModel's answer. modelArn and modelId are
// required by the service's model, and so they are here; unknown members are ignored. The error is a
// *jsonwire.Error, or a *[FieldError] for a missing member.
func ParseFoundationModel(body []byte) (*FoundationModel, error) {
	m := &FoundationModel{}
	lx := jsonwire.New(body)
	var seen uint64
	object(&lx, func() {
		if !lx.TextIs("modelDetails") || !lx.Once(&seen, 0) {
			lx.Skip()
			return
		}
		lx.Next()
		m.read(&lx)
	})
	if err := lx.Finish(); err != nil {
		return nil, err
	}
	switch {
	case m.ModelARN == "":
		return nil, &FieldError{"modelDetails.modelArn", "is missing"}
	case m.ModelID == "":
		return nil, &FieldError{"modelDetails.modelId", "is missing"}
	}
	return m, nil
}

// read reads the members of modelDetails.
func (m *FoundationModel) read(lx *jsonwire.Lexer) {
	var seen uint64
	texts := [...]struct {
		key string
		to  *string
	}{{"modelArn", &m.ModelARN}, {"modelId", &m.ModelID}, {"modelName", &m.ModelName}, {"providerName", &m.ProviderName}}
	lists := [...]struct {
		key string
		to  *[]string
	}{{"inputModalities", &m.InputModalities}, {"outputModalities", &m.OutputModalities},
		{"customizationsSupported", &m.CustomizationsSupported}, {"inferenceTypesSupported", &m.InferenceTypesSupported}}
	// Tables instead of a switch a member: the bits of Once are the places in them, 8 and 16 apart.
	inside(lx, func() {
		for i := range texts {
			if lx.TextIs(texts[i].key) {
				if lx.Once(&seen, uint(i)) {
					*texts[i].to = textMember(lx)
				}
				return
			}
		}
		for i := range lists {
			if lx.TextIs(lists[i].key) {
				if lx.Once(&seen, uint(8+i)) {
					*lists[i].to = listMemberOf(lx)
				}
				return
			}
		}
		switch {
		case lx.TextIs("responseStreamingSupported"):
			if lx.Once(&seen, 16) {
				switch k := lx.Next(); k {
				case jsonwire.True, jsonwire.False:
					yes := k == jsonwire.True
					m.ResponseStreamingSupported = &yes
				case jsonwire.Null: // as good as absent
				default:
					// The string "false" must not become true, nor 0 false: nobody said so.
					lx.Fail(jsonwire.ErrKind)
				}
			}
		case lx.TextIs("modelLifecycle"):
			if lx.Once(&seen, 17) && lx.Next() != jsonwire.Null {
				m.Lifecycle.read(lx)
			}
		default:
			lx.Skip()
		}
	})
}

// read reads the members of modelLifecycle.
func (c *ModelLifecycle) read(lx *jsonwire.Lexer) {
	var seen uint64
	times := [...]struct {
		key string
		to  *time.Time
	}{{"startOfLifeTime", &c.StartOfLifeTime}, {"endOfLifeTime", &c.EndOfLifeTime},
		{"legacyTime", &c.LegacyTime}, {"publicExtendedAccessTime", &c.PublicExtendedAccessTime}}
	inside(lx, func() {
		if lx.TextIs("status") {
			if lx.Once(&seen, 63) {
				c.Status = textMember(lx)
			}
			return
		}
		for i := range times {
			if !lx.TextIs(times[i].key) {
				continue
			}
			if lx.Once(&seen, uint(i)) {
				// ISO 8601 date and time: Bedrock's model overrides restJson1's seconds.
				if s := textMember(lx); s != "" {
					at, err := time.Parse(time.RFC3339, s)
					if err != nil {
						lx.Fail(jsonwire.ErrKind)
					}
					*times[i].to = at
				}
			}
			return
		}
		lx.Skip()
	})
}

// object reads an object that is to come, calling member after each key.
func object(lx *jsonwire.Lexer, member func()) {
	lx.Next()
	inside(lx, member)
}

// inside reads the object that the last token opened, calling member after each key.
func inside(lx *jsonwire.Lexer, member func()) {
	if lx.Kind() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
		return
	}
	for lx.Next() == jsonwire.Key {
		member()
	}
}

// textMember reads a member that is a string, or null for none.
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

// listMemberOf reads a member that is a list of strings, or null for none.
func listMemberOf(lx *jsonwire.Lexer) (list []string) {
	switch lx.Next() {
	case jsonwire.ArrayStart:
		for {
			// A null in a list is refused like any other kind: the model's lists are not sparse.
			switch lx.Next() {
			case jsonwire.String:
				list = append(list, lx.Text())
			case jsonwire.ArrayEnd:
				return list
			default:
				lx.Fail(jsonwire.ErrKind)
				return nil
			}
		}
	case jsonwire.Null:
	default:
		lx.Fail(jsonwire.ErrKind)
	}
	return nil
}
