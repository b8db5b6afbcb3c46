package model

import "bedrockwire/model/jsonwire"

// fromJSON reads an error's shape. Members of another kind than the model's, such as a number
// for a code, are ignored: half an error is worth more than none. A body that is not JSON, or in
// which a known key comes twice, yields nothing; one that was cut yields what stood before the cut.
func (f *errorFields) fromJSON(body []byte, long bool) bool {
	// One string for the whole of a short body, of which the texts are parts: one allocation for them
	// all. Of a long one only the texts are worth keeping.
	all := ""
	if len(body) <= 1<<10 {
		all = string(body)
	}
	var seen uint64
	lx := jsonwire.NewLimit(body, 2*MaxErrorBody) // mending may have made it longer
	lx.Next()
	for lx.Next() == jsonwire.Key {
		key := errorKey(&lx)
		// After a duplicate the lexer has failed, Skip does nothing, and Next ends the loop.
		if key == keyCount || !lx.Once(&seen, uint(key)) {
			lx.Skip()
			continue
		}
		switch lx.Next() {
		case jsonwire.String:
			if lx.Escaped() || all == "" {
				f.texts[key] = lx.Text()
			} else {
				f.texts[key] = all[lx.Offset() : lx.Offset()+len(lx.Raw())]
			}
		case jsonwire.Number:
			if n, ok := lx.Int64(); ok && key == keyOriginalStatus && validStatus(n) {
				f.status = int(n)
			}
		default:
			lx.Skip()
		}
	}
	// Only now is anything known to be JSON. What was gathered from a body that is not is dropped,
	// so that nobody can plant a code in front of garbage.
	err := lx.Finish()
	if err != nil && !(long && errorIsTruncated(err)) {
		*f = errorFields{}
	}
	return err == nil
}

// errorKey returns which of the known keys the last token is, keyCount for none. Only the top level
// of the body counts: a nested __type is some detail's.
func errorKey(lx *jsonwire.Lexer) int {
	name := lx.Raw()
	if lx.Escaped() {
		var short [32]byte // longer than any of the keys
		if len(name) > 6*len(short) {
			return keyCount
		}
		name = lx.AppendText(short[:0])
	}
	// A switch, because the compiler searches it by length; asking key by key took a third of the
	// time of a short body.
	switch string(name) {
	case "__type":
		return keyType
	case "code":
		return keyCode
	case "Code":
		return keyCapCode
	case "message":
		return keyMessage
	case "Message":
		return keyCapMessage
	case "errorMessage":
		return keyErrorMessage
	case "originalStatusCode":
		return keyOriginalStatus
	case "originalMessage":
		return keyOriginalMessage
	case "resourceName":
		return keyResource
	case "requestId":
		return keyRequestID
	case "RequestId":
		return keyCapRequestID
	}
	return keyCount
}

// errorIsTruncated reports whether the JSON ended too early and had no other fault.
func errorIsTruncated(err error) bool {
	e, ok := err.(*jsonwire.Error)
	return ok && e.Reason == jsonwire.ErrTruncated
}
