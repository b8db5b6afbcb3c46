package model

import "bedrockwire/model/jsonwire"

// fromJSON reads an error's shape. Members of another kind than the service's model has, such as a
// number for a code, are ignored: half an error is worth more than none. A body that is not JSON, or
// in which a known key comes twice, yields nothing; one that was cut yields what stood before the cut.
func (f *errorFields) fromJSON(body []byte, long bool) bool {
	// The texts of a short body are parts of one string: one allocation for them all. Of a long body
	// only the texts are worth keeping.
	all := ""
	if len(body) <= 1<<10 {
		all = string(body)
	}
	var seen uint64
	lx := jsonwire.NewLimit(body, 2*MaxErrorBody) // repairing its UTF-8 may have made it longer
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
	// Only now is the body known to be JSON. If it is not, what was found is dropped, so that a code
	// can't be planted in front of garbage.
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
