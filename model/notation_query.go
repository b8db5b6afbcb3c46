// Part of the notations of the seed; see the package documentation.

package model

import (
	"strconv"
	"unicode/utf8"
)

// AppendQuery appends the value in the form of AWS's query protocol (Smithy, "AWS query protocol"):
// name=value pairs joined by '&', where a structure's members extend the name by ".Member" and a
// list's values by ".member.N", counted from 1. An empty list is an empty value; null and an empty
// structure are nothing. Names and values are percent-encoded but for letters, digits and "-._~".
//
// The form repeats a name's whole path for each value under it, so that a deep tree of long names
// becomes much longer than its JSON. Do not write a tree in this form that someone else made.
func (v Value) AppendQuery(dst []byte) []byte {
	return v.appendQuery(dst, len(dst), nil)
}

// appendQuery appends the pairs of v, whose encoded name so far is name. Pairs start at dst[base].
func (v Value) appendQuery(dst []byte, base int, name []byte) []byte {
	// A fresh slice for each member: they share a prefix, and an append in place would overwrite
	// the sibling's name.
	extend := func(part string) []byte {
		longer := append([]byte(nil), name...)
		if len(name) > 0 {
			longer = append(longer, '.')
		}
		return appendPercent(longer, part)
	}
	// Kinds that are one text fall out of the switch and are written at the end; the others have
	// returned.
	text := ""
	switch v.Kind {
	case NullValue:
		return dst
	case StructureValue:
		for i := range v.Members {
			dst = v.Members[i].Value.appendQuery(dst, base, extend(v.Members[i].Name))
		}
		return dst
	case ListValue:
		// An empty list is sent as "name=", so that a service can tell it from one that was left out.
		if len(v.List) > 0 {
			for i := range v.List {
				dst = v.List[i].appendQuery(dst, base, extend(listMember+"."+strconv.Itoa(i+1)))
			}
			return dst
		}
	case EnumValue, StringValue:
		text = v.Text
	case BlobValue:
		text = strictBase64.EncodeToString(v.Blob)
	default:
		text, _ = v.scalar()
	}
	// An '&' after dst[:base] is the caller's to write.
	if len(dst) > base {
		dst = append(dst, '&')
	}
	dst = append(append(dst, name...), '=')
	return appendPercent(dst, text)
}

// appendPercent percent-encodes all but the unreserved characters of RFC 3986 section 2.3.
func appendPercent(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		// Byte by byte: UTF-8 is encoded a byte at a time (RFC 3986 section 2.5), capital
		// hexadecimal digits as section 2.1 prefers. A space is %20, never a plus sign.
		c := s[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' && c < utf8.RuneSelf || c-'0' <= 9 || c == '-' || c == '.' || c == '_' || c == '~' {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', hex[c>>4], hex[c&15])
	}
	return dst
}
