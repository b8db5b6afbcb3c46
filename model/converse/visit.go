package converse

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"

	"bedrockwire/model"
	"bedrockwire/model/jsonwire"
)

// A visitor writes, reads or checks structures. Each structure names its members once, in a function
// that calls the visitor's methods. Writing and checking call that function once a structure. Reading
// calls it once a member of the JSON object: the method with the member's name consumes the value, the
// others do nothing.
type visitor struct {
	mode uint8
	obj  object
	out  []byte // what was written; what was read by bytes and had escapes

	lx      jsonwire.Lexer
	data    []byte            // the lexer's input
	inexact bool              // something was read that the fields can't hold
	path    []byte            // of the structure that is checked: .Messages[2].Content[0]
	fault   *model.FieldError // the first
}

const (
	writing = iota
	reading
	checking
)

// object is what a visitor knows of the current structure.
type object struct {
	set   int      // members that are set
	names []string // checking: members that have a field
	bit   uint     // reading: number of the next method
	seen  uint64   // reading: methods that have read their member
	taken bool     // reading: a method has read the current member
}

func newReader(data []byte) *visitor {
	v := &visitor{mode: reading, lx: jsonwire.New(data), data: data}
	v.lx.Next()
	return v
}

// expect fails the lexer if the last token is of another kind.
func (v *visitor) expect(kind jsonwire.Kind) {
	if v.lx.Kind() != kind {
		v.lx.Fail(jsonwire.ErrKind)
	}
}

// fail notes why a field can't be right, if nothing was noted before.
func (v *visitor) fail(field, reason string) {
	if v.mode == checking && v.fault == nil {
		place := append(append(v.path, '.'), field...)
		v.fault = &model.FieldError{Field: string(bytes.Trim(place, ".")), Reason: reason}
	}
}

// value visits a structure, which the last token has begun, and returns how many members are set.
func (v *visitor) value(visit func()) (set int) {
	outer := v.obj
	v.obj = object{}
	switch v.mode {
	case writing:
		v.out = append(v.out, '{')
		visit()
		v.out = append(v.out, '}')
	case checking:
		visit()
	case reading:
		v.expect(jsonwire.ObjectStart)
		for v.lx.Next() == jsonwire.Key {
			v.obj.bit, v.obj.taken = 0, false
			visit()
			if !v.obj.taken {
				v.lx.Skip()
				v.inexact = true
			}
		}
	}
	set, v.obj = v.obj.set, outer
	return set
}

// member reports whether the member's value is to be visited now. set says, for writing and checking,
// whether there is one. Reading, null counts as absent.
func (v *visitor) member(name string, set bool) bool {
	switch v.mode {
	case writing:
		if set {
			v.out = append(jsonwire.AppendString(appendComma(v.out), name), ':')
		}
	case checking:
		v.obj.names = append(v.obj.names, name)
	case reading:
		bit := v.obj.bit
		v.obj.bit++
		if v.obj.taken || !v.lx.TextIs(name) {
			return false
		}
		v.obj.taken = true
		set = v.lx.Once(&v.obj.seen, bit) && v.lx.Next() != jsonwire.Null
	}
	if set {
		v.obj.set++
	}
	return set
}

// text visits a text that is left out where it is empty.
func (v *visitor) text(name string, s *string) { v.textIf(name, s, *s != "") }

func (v *visitor) textIf(name string, s *string, set bool) {
	if v.member(name, set) {
		v.textValue(s)
	}
}

// mustText visits a text that is required.
func (v *visitor) mustText(name, field string, s *string) {
	v.textIf(name, s, true)
	if *s == "" {
		v.fail(field, "is empty")
	}
}

func (v *visitor) textValue(s *string) {
	if v.mode == writing {
		v.out = jsonwire.AppendString(v.out, *s)
	}
	if v.mode == reading {
		v.expect(jsonwire.String)
		*s = v.lx.Text()
	}
}

// bytes visits a text that is only read, and is borrowed.
func (v *visitor) bytes(name string, b *[]byte) {
	if !v.member(name, false) {
		return
	}
	v.expect(jsonwire.String)
	if *b = v.lx.Raw(); v.lx.Escaped() {
		from := len(v.out)
		// A buffer that grows moves; what was returned before stays where it was.
		v.out = v.lx.AppendText(v.out)
		*b = v.out[from:len(v.out):len(v.out)]
	}
}

// blob visits bytes, which are base64 in JSON.
func (v *visitor) blob(name string, b *[]byte) {
	if !v.member(name, *b != nil) {
		return
	}
	if v.mode == writing {
		v.out = append(base64.StdEncoding.AppendEncode(append(v.out, '"'), *b), '"')
	}
	if v.mode == reading {
		var text string
		v.textValue(&text)
		decoded, err := base64.StdEncoding.Strict().DecodeString(text)
		// The decoder passes over line ends, which would then be lost.
		v.inexact = v.inexact || err != nil || base64.StdEncoding.EncodedLen(len(decoded)) != len(text)
		*b = decoded
	}
}

// json visits any JSON.
func (v *visitor) json(name, field string, b *[]byte) {
	if !v.member(name, *b != nil) {
		return
	}
	v.out = append(v.out, *b...)
	if v.mode == reading {
		*b = v.lx.Skip()
	}
	if v.mode == checking && !jsonwire.Valid(*b) {
		v.fail(field, "is not JSON")
	}
}

// literal visits a member of which only one value has a field.
func (v *visitor) literal(name, value string, is *bool) {
	if !v.member(name, *is) {
		return
	}
	v.out = append(v.out, value...)
	if v.mode == reading {
		raw := bytes.Join(bytes.Fields(v.lx.Skip()), nil) // the literals have no white space
		*is = string(raw) == value
		v.inexact = v.inexact || !*is
	}
}

// integer visits a number that is left out where it is 0.
func integer[T int | int64](v *visitor, name string, n *T) {
	if !v.member(name, *n != 0) {
		return
	}
	if v.mode == writing {
		v.out = strconv.AppendInt(v.out, int64(*n), 10)
	}
	if v.mode == reading {
		i, ok := v.lx.Int64()
		if *n = T(i); !ok || int64(*n) != i {
			v.lx.Fail(jsonwire.ErrNumber)
		}
	}
}

// structure visits a member that is an object.
func (v *visitor) structure(name string, set bool, visit func()) {
	if v.member(name, set) && v.value(visit) == 0 {
		v.inexact = true // an empty object would be gone
	}
}

// wrapped visits a member that is an object with one text.
func (v *visitor) wrapped(name, inner string, s *string) {
	v.structure(name, *s != "", func() { v.text(inner, s) })
}

// pointer visits a member that is an object with a type here.
func pointer[T any](v *visitor, name, field string, p **T, visit func(*T, *visitor)) {
	v.structure(name, *p != nil, func() {
		if *p == nil {
			*p = new(T)
		}
		n := v.enter(field, -1)
		visit(*p, v)
		v.path = v.path[:n]
	})
}

// list visits a member that is an array.
func list[T any](v *visitor, name, field string, set bool, p *[]T, visit func(*T, *visitor)) {
	if !v.member(name, set) {
		return
	}
	if v.mode == reading {
		v.expect(jsonwire.ArrayStart)
		for k := v.lx.Next(); k != jsonwire.ArrayEnd && k != jsonwire.Invalid; k = v.lx.Next() {
			var element T
			visit(&element, v)
			*p = append(*p, element)
		}
		return
	}
	v.out = append(v.out, '[')
	for i := range *p {
		n := v.enter(field, i)
		v.out = appendComma(v.out)
		visit(&(*p)[i], v)
		v.path = v.path[:n]
	}
	v.out = append(v.out, ']')
}

// enter adds a field to the path and returns the path's length before.
func (v *visitor) enter(field string, i int) int {
	n := len(v.path)
	v.path = append(append(v.path, '.'), field...)
	if i >= 0 {
		v.path = append(strconv.AppendInt(append(v.path, '['), int64(i), 10), ']')
	}
	return n
}

// union visits a union. What its fields can't hold, or Validate would refuse, is read as raw.
func (v *visitor) union(raw *[]byte, visit func(*visitor)) {
	if v.mode == writing && *raw != nil {
		v.out = append(v.out, *raw...)
		return
	}
	outer, from, fault := v.inexact, v.lx.Offset(), v.fault
	v.inexact = false
	set := v.value(func() { visit(v) })
	if v.mode == reading && v.lx.Kind() != jsonwire.Invalid {
		check := visitor{mode: checking}
		if set != 1 || v.inexact || check.value(func() { visit(&check) }) != 1 || check.fault != nil {
			to := v.lx.Offset() + 1 // the last token is the object's end
			*raw = v.data[from:to:to]
		}
	}
	v.inexact = outer
	if v.mode == checking && *raw != nil {
		set++
		if !isObject(*raw) {
			v.fail("Raw", "is not a JSON object")
		}
	}
	switch {
	case set == 0:
		v.fail("", "has no member")
	case set > 1:
		v.fault = fault // more to the point than what is wrong with one of them
		v.fail("", "has more than one member")
	}
}

// unheld names a member that is known but has no field.
func (v *visitor) unheld(name string) {
	if v.member(name, false) {
		v.lx.Skip()
		v.inexact = true
	}
}

// fields visits the members that have no field. It comes last in a structure.
func (v *visitor) fields(b *[]byte) {
	switch {
	case v.mode == writing:
		for _, m := range membersOf(*b) {
			v.json(m.key, "", &m.value)
		}
	case v.mode == reading && !v.obj.taken:
		v.obj.taken = true
		if *b == nil {
			*b = []byte("{}")
		}
		rest := jsonwire.AppendString(appendComma((*b)[:len(*b)-1]), v.lx.Text()) // without the brace
		rest = append(append(rest, ':'), v.lx.Skip()...)
		*b = append(rest, '}')
	case v.mode == checking && len(*b) > 0:
		if !isObject(*b) {
			v.fail("Fields", "is not a JSON object")
		}
		for _, m := range membersOf(*b) {
			if slices.Contains(v.obj.names, m.key) {
				v.fail("Fields", "has the member "+m.key+", which has a field")
			}
		}
	}
}

func isObject(data []byte) bool {
	lx := jsonwire.New(data)
	return lx.Next() == jsonwire.ObjectStart && lx.Finish() == nil
}

// appendComma appends a comma, except after the bracket that begins a container. No value ends in one.
func appendComma(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != '{' && dst[n-1] != '[' {
		dst = append(dst, ',')
	}
	return dst
}
