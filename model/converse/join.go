package converse

import (
	"encoding/base64"
	"slices"

	"bedrockwire/model/jsonwire"
)

// appendJoined appends the value of key, which comes in pieces, by the rules that known blocks follow:
//
//   - objects are joined member by member
//   - lists are joined end to end; an element {"text":"..."} that begins a piece goes on with the text
//     that ended the piece before
//   - texts are joined; the members bytes and redactedContent, which are base64, as the bytes they
//     stand for
//   - of other values, and of values of different kinds, the last one counts
func appendJoined(dst []byte, key string, pieces [][]byte) []byte {
	last := pieces[len(pieces)-1]
	for _, p := range pieces {
		if len(pieces) == 1 || p[0] != last[0] {
			return append(dst, last...)
		}
	}
	switch last[0] { // no piece begins with white space
	case '{':
		var keys []string
		values := map[string][][]byte{}
		for _, p := range pieces {
			for _, m := range membersOf(p) {
				if values[m.key] == nil {
					keys = append(keys, m.key)
				}
				values[m.key] = append(values[m.key], m.value)
			}
		}
		dst = append(dst, '{')
		for _, key := range keys {
			dst = append(jsonwire.AppendString(appendComma(dst), key), ':')
			dst = appendJoined(dst, key, values[key])
		}
		return append(dst, '}')
	case '[':
		var elements [][][]byte // each in pieces
		for _, p := range pieces {
			lx := jsonwire.New(p)
			lx.Next()
			before := len(elements)
			for k := lx.Next(); k != jsonwire.ArrayEnd && k != jsonwire.Invalid; k = lx.Next() {
				e, n := lx.Skip(), len(elements)
				if n == before && n > 0 && isText(elements[n-1][0]) && isText(e) {
					elements[n-1] = append(elements[n-1], e)
					before = -1
				} else {
					elements = append(elements, [][]byte{e})
				}
			}
		}
		dst = append(dst, '[')
		for _, e := range elements {
			dst = appendJoined(appendComma(dst), "", e)
		}
		return append(dst, ']')
	case '"':
		return jsonwire.AppendString(dst, joinTexts(key, pieces))
	}
	return append(dst, last...)
}

// joinTexts joins texts. Base64 that can't be decoded is joined like other texts.
func joinTexts(key string, pieces [][]byte) []byte {
	var text, decoded []byte
	valid := key == "bytes" || key == "redactedContent"
	for _, p := range pieces {
		lx := jsonwire.New(p)
		lx.Next()
		n := len(text)
		text = lx.AppendText(text)
		if valid {
			var err error
			decoded, err = base64.StdEncoding.AppendDecode(decoded, text[n:])
			valid = err == nil
		}
	}
	if valid {
		return base64.StdEncoding.AppendEncode(nil, decoded)
	}
	return text
}

// isText reports whether value is {"text":"..."}.
func isText(value []byte) bool {
	list := membersOf(value)
	return len(list) == 1 && list[0].key == "text" && list[0].value[0] == '"'
}

// member is a member of an object.
type member struct {
	key   string
	value []byte
}

// membersOf returns the members of an object as they came, none for other values.
func membersOf(object []byte) (list []member) {
	lx := jsonwire.New(object)
	if lx.Next() == jsonwire.ObjectStart {
		for lx.Next() == jsonwire.Key {
			key := lx.Text()
			list = append(list, member{key, lx.Skip()})
		}
	}
	return list
}

// objectOf returns an object with the members of the list but those named, nil if there are none. Of
// members that come twice the last one counts.
func objectOf(list []member, without ...string) []byte {
	last := map[string]int{}
	for i, m := range list {
		last[m.key] = i
	}
	dst := []byte{'{'}
	for i, m := range list {
		if last[m.key] == i && !slices.Contains(without, m.key) {
			dst = append(jsonwire.AppendString(appendComma(dst), m.key), ':')
			dst = append(dst, m.value...)
		}
	}
	if len(dst) == 1 {
		return nil
	}
	return append(dst, '}')
}
