package credentials

import "bedrockwire/model/jsonwire"

// member is a member of a JSON object, and where its value goes.
type member struct {
	name string
	to   any // *string, *int64 or []member
}

// decodeObject reads one JSON object. Members that are not listed are skipped; null counts as
// absent; a listed member of another kind, or that comes twice, is an error. Errors hold offsets,
// never text of the input.
func decodeObject(data []byte, members []member) error {
	lx := jsonwire.NewLimit(data, MaxResponse)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	decodeMembers(&lx, members)
	return lx.Finish()
}

func decodeMembers(lx *jsonwire.Lexer, members []member) {
	var seen uint64
next:
	for lx.Next() == jsonwire.Key {
		for i := range members {
			m := &members[i]
			if !lx.TextIs(m.name) {
				continue
			}
			if !lx.Once(&seen, uint(i)) {
				return
			}
			if lx.Next() != jsonwire.Null {
				decodeValue(lx, m.to)
			}
			continue next
		}
		lx.Skip()
	}
}

// decodeValue stores the value whose first token the lexer has just read.
func decodeValue(lx *jsonwire.Lexer, to any) {
	switch to := to.(type) {
	case *string:
		if lx.Kind() == jsonwire.String {
			*to = lx.Text()
			return
		}
	case *int64:
		if n, ok := lx.Int64(); ok {
			*to = n
			return
		}
	case []member:
		if lx.Kind() == jsonwire.ObjectStart {
			decodeMembers(lx, to)
			return
		}
	}
	lx.Fail(jsonwire.ErrKind)
}

// jsonObject appends an object of string members, given as name, value, name, value.
func jsonObject(dst []byte, members ...string) []byte {
	dst = append(dst, '{')
	for i := 0; i+1 < len(members); i += 2 {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonwire.AppendString(dst, members[i])
		dst = append(dst, ':')
		dst = jsonwire.AppendString(dst, members[i+1])
	}
	return append(dst, '}')
}

// replaceMembers returns an object with some of its members set to strings, given as name, value,
// name, value. All others are carried over as they stand, in order. An empty value leaves its
// member out.
func replaceMembers(object []byte, members ...string) ([]byte, error) {
	lx := jsonwire.NewLimit(object, MaxResponse)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	var kept []byte
next:
	for lx.Next() == jsonwire.Key {
		for i := 0; i < len(members); i += 2 {
			if lx.TextIs(members[i]) {
				lx.Skip()
				continue next
			}
		}
		kept = append(kept, ',')
		kept = jsonwire.AppendString(kept, lx.Text())
		kept = append(append(kept, ':'), lx.Skip()...)
	}
	if err := lx.Finish(); err != nil {
		return nil, err
	}
	var set []string
	for i := 0; i < len(members); i += 2 {
		if members[i+1] != "" {
			set = append(set, members[i:i+2]...)
		}
	}
	out := jsonObject(nil, set...)
	return append(append(out[:len(out)-1], kept...), '}'), nil
}

// memberOf returns a member's value as it stands in an object; an empty object where it is absent.
func memberOf(object []byte, name string) ([]byte, error) {
	lx := jsonwire.NewLimit(object, MaxResponse)
	if lx.Next() != jsonwire.ObjectStart {
		lx.Fail(jsonwire.ErrKind)
	}
	value := []byte("{}")
	for lx.Next() == jsonwire.Key {
		if lx.TextIs(name) {
			value = lx.Skip()
		} else {
			lx.Skip()
		}
	}
	return value, lx.Finish()
}
