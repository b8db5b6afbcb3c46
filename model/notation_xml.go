// Part of the notations of the seed; see the package documentation.

package model

import "bedrockwire/model/xmlwire"

// listMember is the element that holds one value of a list (Smithy, "XML bindings", lists).
const listMember = "member"

// AppendXML appends the value as an XML element of that name. The members of a structure become
// elements in it, the values of a list elements named "member", a blob base64, null nothing at all.
// Characters that XML can't carry become U+FFFD. The error is a *[FieldError] that names a member
// whose name is not a name in XML; dst is then returned as it was.
func (v Value) AppendXML(dst []byte, name string) ([]byte, error) {
	// XML has no null. An absent element reads back as the null that Member gives for an absent
	// member.
	if v.Kind == NullValue {
		return dst, nil
	}
	// A name is written as it is, so one that isn't a name could close the tag and open others.
	base := len(dst)
	if !xmlwire.ValidName(name) {
		return dst, &FieldError{Field: string(AppendClean(nil, name, maxShown)), Reason: "is not a name in XML"}
	}
	dst = append(append(append(dst, '<'), name...), '>')
	var err error
	switch v.Kind {
	case StructureValue:
		for i := range v.Members {
			// On an error dst comes back as it was before that member, and is cut back further: it
			// is the grown slice, whose first base bytes are the caller's.
			if dst, err = v.Members[i].Value.AppendXML(dst, v.Members[i].Name); err != nil {
				return dst[:base], err
			}
		}
	case ListValue:
		for i := range v.List {
			if dst, err = v.List[i].AppendXML(dst, listMember); err != nil {
				return dst[:base], err
			}
		}
	case EnumValue, StringValue:
		dst = xmlwire.AppendEscaped(dst, v.Text)
	case BlobValue:
		dst = strictBase64.AppendEncode(dst, v.Blob)
	default:
		s, _ := v.scalar()
		dst = append(dst, s...)
	}
	return append(append(append(dst, '<', '/'), name...), '>'), nil
}

// ValueFromXML decodes a document. An element with elements in it becomes a Structure, or a List if
// all of them are named "member"; any other element becomes a String, an empty one too: XML does not
// tell an empty structure from an empty text. White space between elements is dropped, other text
// between them refused, and so is an element that comes twice in a structure. Limits are those of
// package xmlwire. The error is a *xmlwire.Error.
func ValueFromXML(data []byte) (Value, error) {
	lx := xmlwire.New(data)
	if lx.Next() != xmlwire.Start {
		lx.Fail(xmlwire.ErrKind)
	}
	v := valueOfElement(&lx)
	if err := lx.Finish(); err != nil {
		return Value{}, err
	}
	return v, nil
}

// valueOfElement builds the value of the element that the last token began. Recursion is bounded by
// the lexer's depth limit, the number of nodes by its limit of the input.
func valueOfElement(lx *xmlwire.Lexer) Value {
	var text []byte
	var members []Member
	var names nameSet
	list := true // until a child has another name
	// Text and elements come in any order; which of them mean something is known only when the next
	// one comes.
	for {
		switch lx.Next() {
		case xmlwire.Text:
			text = lx.AppendText(text)
			// Text next to elements has no place in a tree of named values: it would be lost.
			if len(members) > 0 {
				if !blank(text) {
					lx.Fail(xmlwire.ErrKind)
				}
				text = text[:0] // or each later look at it would cost the length of all so far
			}
			continue
		case xmlwire.Start:
			if !blank(text) {
				lx.Fail(xmlwire.ErrKind)
			}
			text = text[:0]
			name := string(lx.Name())
			if list && name != listMember {
				// Not a list after all: the members so far must differ, and they have the same name.
				if list = false; len(members) > 1 {
					lx.Fail(xmlwire.ErrDuplicate)
				}
			}
			if !list && !names.add(members, name) {
				lx.Fail(xmlwire.ErrDuplicate)
			}
			members = append(members, Member{name, valueOfElement(lx)})
			continue
		}
		break
	}
	// The loop ended with the element's end, or with a fault that the lexer reports.
	switch {
	// White space too: <a> </a> may mean the blank.
	case len(members) == 0:
		return stringValue(string(text))
	case !list:
		return Value{Kind: StructureValue, Members: members}
	}
	v := Value{Kind: ListValue, List: make([]Value, len(members))}
	for i := range members {
		v.List[i] = members[i].Value
	}
	return v
}

// blank reports whether text is white space.
func blank(text []byte) bool {
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
