// Part of the notations of the seed; see the package documentation.

package model

import "strconv"

// ValueKind is the kind of a [Value].
type ValueKind uint8

// The kinds of values. A tree made from typed data has Structure, List, Enum, String, Blob and Integer.
// One that was decoded has the others too, but not Enum and Blob: both are strings on the wire.
const (
	// The zero kind: a member that was not found is a Value that was never set.
	NullValue ValueKind = iota
	StructureValue
	ListValue
	EnumValue
	StringValue
	BlobValue
	IntegerValue
	BooleanValue
	FloatValue
)

// Value is a tree of named and typed values, the form between Go types and the notations JSON, XML and
// query. The zero Value is null. A Value must not contain itself.
type Value struct {
	Kind    ValueKind
	Text    string   // Enum, String
	Blob    []byte   // Blob
	Integer int64    // Integer; Boolean: 0 or 1
	Float   float64  // Float
	Members []Member // Structure, in order
	List    []Value  // List
}

// Member is a named value of a structure.
type Member struct {
	Name  string
	Value Value
}

// Member returns the structure's member by its name, null if it has none.
func (v Value) Member(name string) Value {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return v.Members[i].Value
		}
	}
	return Value{}
}

func stringValue(s string) Value { return Value{Kind: StringValue, Text: s} }
func enumValue(s string) Value   { return Value{Kind: EnumValue, Text: s} }

// scalar returns the text of a number or boolean; ok is false for null and for other kinds.
func (v Value) scalar() (s string, ok bool) {
	// Numbers look alike in JSON, XML and query.
	switch v.Kind {
	case IntegerValue:
		return strconv.FormatInt(v.Integer, 10), true
	case BooleanValue:
		return strconv.FormatBool(v.Integer != 0), true
	case FloatValue:
		// NaN and the infinities have no place in JSON.
		if v.Float-v.Float == 0 {
			// The shortest text that reads back as the same number.
			s = strconv.FormatFloat(v.Float, 'g', -1, 64)
			for i := range len(s) {
				if c := s[i]; c == '.' || c == 'e' {
					return s, true
				}
			}
			return s + ".0", true // so that it is read back as a float
		}
	}
	return "", false
}
