package converse

import (
	"bytes"
	"encoding/base64"

	"bedrockwire/model/jsonwire"
)

// joined is a JSON value that comes in pieces, of a kind that has no fields here. Every block that is
// known is streamed so that these rules put it together again:
//
//   - objects are joined member by member
//   - a list goes on where it ended; if both lists have an object with nothing but a text there, the
//     one text continues the other
//   - texts are joined; base64, the member bytes, as the bytes it stands for
//   - any other value must be the same in both pieces
type joined struct {
	kind jsonwire.Kind
	raw  []byte   // anything but an object, a list and a text
	text []byte   // a text without its quotes and escapes
	keys []string // an object's, in order
	at   map[string]int
	list []*joined // a list's elements, an object's values
}

// join joins next to j, which may be nil, and reports whether they fit. Where they do not, j is as it
// was.
func (j *joined) join(next *joined) (*joined, bool) {
	if j == nil {
		return next, true
	}
	if !j.fits("", next) {
		return j, false
	}
	j.add("", next)
	return j, true
}

// parseJoined reads a value, which is known to be JSON.
func parseJoined(data []byte) *joined {
	lx := jsonwire.New(data)
	lx.Next()
	return readJoined(&lx)
}

func readJoined(lx *jsonwire.Lexer) *joined {
	j := &joined{kind: lx.Kind()}
	switch j.kind {
	case jsonwire.ObjectStart:
		j.at = map[string]int{}
		for lx.Next() == jsonwire.Key {
			key := lx.Text()
			lx.Next()
			j.set(key, readJoined(lx))
		}
	case jsonwire.ArrayStart:
		for k := lx.Next(); k != jsonwire.ArrayEnd && k != jsonwire.Invalid; k = lx.Next() {
			j.list = append(j.list, readJoined(lx))
		}
	case jsonwire.String:
		j.text = lx.AppendText(nil)
	default:
		j.raw = bytes.Clone(lx.Raw())
	}
	return j
}

// set adds a member. A key that comes twice in one piece counts once, with its last value.
func (j *joined) set(key string, value *joined) {
	if i, ok := j.at[key]; ok {
		j.list[i] = value
		return
	}
	j.at[key] = len(j.list)
	j.keys = append(j.keys, key)
	j.list = append(j.list, value)
}

// fits reports whether next can be joined to j, which is the value of key.
func (j *joined) fits(key string, next *joined) bool {
	if j.kind != next.kind {
		return false
	}
	switch j.kind {
	case jsonwire.ObjectStart:
		for i, key := range next.keys {
			if at, ok := j.at[key]; ok && !j.list[at].fits(key, next.list[i]) {
				return false
			}
		}
		return true
	case jsonwire.ArrayStart:
		return true
	case jsonwire.String:
		if key != "bytes" {
			return true
		}
		_, _, ok := tailOf(j.text, next.text)
		return ok
	}
	return bytes.Equal(j.raw, next.raw)
}

// add joins next, which fits, to j. Afterwards next is part of j.
func (j *joined) add(key string, next *joined) {
	switch j.kind {
	case jsonwire.ObjectStart:
		for i, key := range next.keys {
			if at, ok := j.at[key]; ok {
				j.list[at].add(key, next.list[i])
			} else {
				j.set(key, next.list[i])
			}
		}
	case jsonwire.ArrayStart:
		if n := len(j.list); n > 0 && len(next.list) > 0 && j.list[n-1].isText() && next.list[0].isText() {
			j.list[n-1].add("", next.list[0])
			next.list = next.list[1:]
		}
		j.list = append(j.list, next.list...)
	case jsonwire.String:
		if key == "bytes" {
			decoded, keep, _ := tailOf(j.text, next.text)
			j.text = base64.StdEncoding.AppendEncode(j.text[:keep], decoded)
		} else {
			j.text = append(j.text, next.text...)
		}
	}
}

// isText reports whether j is {"text":"..."}.
func (j *joined) isText() bool {
	return j.kind == jsonwire.ObjectStart && len(j.keys) == 1 && j.keys[0] == "text" && j.list[0].kind == jsonwire.String
}

// tailOf decodes next together with the last four characters of text, which may be padded. Only
// those of text are looked at, so that many pieces cost no more than their length.
func tailOf(text, next []byte) (decoded []byte, keep int, ok bool) {
	keep = max(0, len(text)-4)
	decoded, err := base64.StdEncoding.AppendDecode(nil, text[keep:])
	if err == nil {
		decoded, err = base64.StdEncoding.AppendDecode(decoded, next)
	}
	return decoded, keep, err == nil
}

func (j *joined) appendJSON(dst []byte) []byte {
	switch j.kind {
	case jsonwire.ObjectStart:
		dst = append(dst, '{')
		for i, key := range j.keys {
			dst = append(jsonwire.AppendString(appendComma(dst), key), ':')
			dst = j.list[i].appendJSON(dst)
		}
		return append(dst, '}')
	case jsonwire.ArrayStart:
		dst = append(dst, '[')
		for _, element := range j.list {
			dst = element.appendJSON(appendComma(dst))
		}
		return append(dst, ']')
	case jsonwire.String:
		return jsonwire.AppendString(dst, j.text)
	}
	return append(dst, j.raw...)
}
