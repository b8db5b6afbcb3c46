package model

import (
	"time"

	"bedrockwire/model/jsonwire"
)

// FoundationModel describes a model, as GetFoundationModel returns it (Amazon Bedrock API reference).
// A caller learns from it whether the model can stream. Enums are open: unknown values are kept.
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

// ParseFoundationModel decodes the body of GetFoundationModel's answer. modelArn and modelId are
// required by the service's model, and so they are here; unknown members are ignored. The error is a
// *jsonwire.Error, or a *[FieldError] for a missing member.
func ParseFoundationModel(body []byte) (*FoundationModel, error) {
	m := &FoundationModel{}
	lx := jsonwire.New(body)
	var seen uint64
	// What a later version of the API puts next to the one member is checked and not read.
	object(&lx, func() {
		if !lx.TextIs("modelDetails") || !lx.Once(&seen, 0) {
			lx.Skip()
			return
		}
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

// read reads the members of modelDetails.
func (m *FoundationModel) read(lx *jsonwire.Lexer) {
	var seen uint64
	// The tables point into m, so that each value is stored by the loop that found its key.
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
				// The second time, the lexer has failed and inside ends at its next key.
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
		// A pointer tells false from absent: a client that asks before it streams must not refuse a
		// model that the service says nothing about.
		case lx.TextIs("responseStreamingSupported"):
			if lx.Once(&seen, 16) {
				switch k := lx.Next(); k {
				case jsonwire.True, jsonwire.False:
					yes := k == jsonwire.True
					m.ResponseStreamingSupported = &yes
				case jsonwire.Null: // counts as absent
				default:
					// The string "false" must not become true, nor 0 false.
					lx.Fail(jsonwire.ErrKind)
				}
			}
		// An object is demanded here, by read: a lifecycle that is a string would be another API.
		case lx.TextIs("modelLifecycle"):
			// null counts as absent, as everywhere in restJson1 (Smithy, "AWS restJson1 protocol").
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
	// Bits 0 to 3 are the places in this table, 63 is out of their way.
	times := [...]struct {
		key string
		to  *time.Time
	}{{"startOfLifeTime", &c.StartOfLifeTime}, {"endOfLifeTime", &c.EndOfLifeTime},
		{"legacyTime", &c.LegacyTime}, {"publicExtendedAccessTime", &c.PublicExtendedAccessTime}}
	inside(lx, func() {
		// The one member that is not a time.
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
				// An absent time stays the zero time, which IsZero tells from every real one.
				if s := textMember(lx); s != "" {
					// RFC 3339 is what Smithy's date-time is a part of; fractions of a second are
					// read, other layouts refused.
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
	// inside checks its kind.
	lx.Next()
	inside(lx, member)
}

// inside reads the object that the last token opened, calling member after each key.
func inside(lx *jsonwire.Lexer, member func()) {
	// Also after an earlier failure: Fail then keeps the first reason.
	if lx.Kind() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
		return
	}
	// member must consume the value, whatever it is, or fail the lexer: the next token would
	// otherwise be taken for a key's.
	for lx.Next() == jsonwire.Key {
		member()
	}
}

// textMember reads a member that is a string, or null for none.
func textMember(lx *jsonwire.Lexer) string {
	// A number or an object is not turned into a string: the service's model says string.
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
				// An empty text takes 16 bytes of memory for three of the input. The caller limits how
				// much of the response was read.
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
