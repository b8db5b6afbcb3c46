// Part of the notations of the seed; see the package documentation.

package model

import "bedrockwire/model/jsonwire"

// AppendJSON appends the value as JSON. A blob is in standard base64 with padding (Smithy,
// "AWS restJson1 protocol", JSON shape serialization). A float that is not a finite number is null.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.Kind {
	// Recursion goes as deep as the tree; a tree that was decoded is no deeper than its lexer's
	// limit.
	case StructureValue:
		// Members in their order: the same value is the same bytes each time, so that texts can be
		// compared and signed.
		dst = append(dst, '{')
		for i := range v.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = jsonwire.AppendString(dst, v.Members[i].Name)
			dst = append(dst, ':')
			dst = v.Members[i].Value.AppendJSON(dst)
		}
		return append(dst, '}')
	case ListValue:
		dst = append(dst, '[')
		for i := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.List[i].AppendJSON(dst)
		}
		return append(dst, ']')
	case EnumValue, StringValue:
		return jsonwire.AppendString(dst, v.Text)
	case BlobValue:
		// Base64 has no character that JSON would escape.
		dst = append(dst, '"')
		dst = strictBase64.AppendEncode(dst, v.Blob)
		return append(dst, '"')
	}
	// null also stands for a kind that is not one of the constants.
	if s, ok := v.scalar(); ok {
		return append(dst, s...)
	}
	return append(dst, "null"...)
}

// MaxValues is how many nodes a [Value] tree that is decoded may have. A node takes some 120 bytes
// of memory and may take two of input; the largest tree a service's answer needs has some hundreds.
const MaxValues = 1 << 16

// ValueFromJSON decodes one JSON value. Its limits are those of package jsonwire and [MaxValues];
// a key may come once in each object. Numbers without fraction and exponent become Integer and must
// fit an int64, others become Float. The error is a *jsonwire.Error.
func ValueFromJSON(data []byte) (Value, error) {
	d := jsonValues{lx: jsonwire.New(data)}
	// value looks at the token's kind; after a fault that is Invalid, of which it makes null.
	d.lx.Next()
	v := d.value()
	// v is dropped on any fault, the ones that value itself has found included: it fails the lexer
	// and goes on until Next stops it.
	if err := d.lx.Finish(); err != nil {
		return Value{}, err
	}
	return v, nil
}

// jsonValues builds a tree. Recursion is bounded by the lexer's depth limit.
type jsonValues struct {
	lx    jsonwire.Lexer
	nodes int
}

// value builds the value that the last token began.
func (d *jsonValues) value() (v Value) {
	// Input is bounded by bytes, memory by nodes: 32 MiB of "[0,0,..." would otherwise become
	// gigabytes.
	if d.nodes++; d.nodes > MaxValues {
		d.lx.Fail(jsonwire.ErrTooLarge)
		return v
	}
	lx := &d.lx
	switch lx.Kind() {
	case jsonwire.String:
		// A copy: the tree outlives the input.
		return stringValue(lx.Text())
	case jsonwire.True:
		return Value{Kind: BooleanValue, Integer: 1}
	case jsonwire.False:
		return Value{Kind: BooleanValue}
	case jsonwire.Number:
		return d.number()
	case jsonwire.ArrayStart:
		v.Kind = ListValue
		// A fault in an element shows as Invalid at the next turn, so no element needs an error of
		// its own.
		for k := lx.Next(); k != jsonwire.ArrayEnd && k != jsonwire.Invalid; k = lx.Next() {
			v.List = append(v.List, d.value())
		}
	case jsonwire.ObjectStart:
		v.Kind = StructureValue
		var names nameSet
		for lx.Next() == jsonwire.Key {
			// No key is known here, so each may come once only.
			name := lx.Text()
			if !names.add(v.Members, name) {
				lx.Fail(jsonwire.ErrDuplicate)
				break
			}
			// A key is always followed by its value or by a fault, of which value makes null.
			lx.Next()
			v.Members = append(v.Members, Member{name, d.value()})
		}
	}
	return v
}

// number makes an Integer or a Float of the last token.
func (d *jsonValues) number() Value {
	// 1.0 is a float even though it is a whole number: what was written as one is written as one again.
	for _, c := range d.lx.Raw() {
		// The token is a number by RFC 8259, so these are the only bytes besides digits and signs.
		if c == '.' || c|0x20 == 'e' {
			f, ok := d.lx.Float64()
			if !ok {
				d.lx.Fail(jsonwire.ErrNumber)
			}
			return Value{Kind: FloatValue, Float: f}
		}
	}
	// Refused rather than rounded: beyond 1<<53 a float would be another number.
	n, ok := d.lx.Int64()
	if !ok {
		d.lx.Fail(jsonwire.ErrNumber)
	}
	return Value{Kind: IntegerValue, Integer: n}
}

// nameSet finds duplicate names: by comparing while there are few, as nearly always, and then by a map,
// so that the time does not grow with the square of a structure's size.
type nameSet struct{ names map[string]struct{} }

// add notes name, which is to follow members, and reports whether it is new.
func (s *nameSet) add(members []Member, name string) bool {
	const few = 16
	if len(members) < few { // at most 16*15/2 comparisons of short names
		for i := range members {
			if members[i].Name == name {
				return false
			}
		}
		return true
	}
	// Once in a structure: later names are added one by one, so that the whole stays linear.
	if s.names == nil {
		s.names = make(map[string]struct{}, 2*few)
		for i := range members {
			s.names[members[i].Name] = struct{}{}
		}
	}
	// Go's maps hash with a seed of their own, so names can't be chosen to collide.
	if _, ok := s.names[name]; ok {
		return false
	}
	s.names[name] = struct{}{}
	return true
}
