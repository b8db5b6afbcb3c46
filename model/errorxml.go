package model

import "bedrockwire/model/xmlwire"

// fieldsFromXML reads an error's shape in one of the forms AWS services and front ends use:
//
//	<ErrorResponse><Error>members</Error><RequestId/></ErrorResponse>               query protocols
//	<Error>members, RequestId</Error>                                               S3
//	<Response><Errors><Error>members</Error></Errors><RequestID/></Response>        EC2, SimpleDB
//	<AccessDeniedException><Message/></AccessDeniedException>                       front ends
//
// Only local names count: the name space changes with the API's version. The roots of the first and
// third form may have any name. The last one is told by the root's name, which ends in Exception,
// Error or Fault: a page of XHTML is no error shape. Members and duplicates are treated like JSON's,
// except that Error elements after the first are passed over.
func fieldsFromXML(body []byte, long bool) (f errorFields, ok bool) {
	if len(body) > xmlwire.MaxInput { // mending made it longer
		body = body[:xmlwire.MaxInput]
	}
	lx := xmlwire.New(body)
	if lx.Next() != xmlwire.Start {
		return f, false
	}
	found := false
	var seen uint64
	switch root := string(lx.Name()); {
	case root == "Error":
		found = true
		f.members(&lx, &seen)
	case isErrorName(root):
		f.members(&lx, &seen)
		f.code, found = root, true
	default:
		for lx.Child() {
			switch {
			case lx.NameIs("Error") && !found:
				found = true
				f.members(&lx, &seen)
			case lx.NameIs("Errors"):
				for lx.Child() {
					if lx.NameIs("Error") && !found {
						found = true
						f.members(&lx, &seen)
						continue
					}
					lx.Skip()
				}
			case isRequestID(&lx) && f.requestID == "":
				f.requestID = lx.Content()
			default:
				lx.Skip()
			}
		}
	}
	err := lx.Finish()
	ok = err == nil && found
	if !ok && !(found && long && xmlIsTruncated(err)) {
		return errorFields{}, false
	}
	return f, ok
}

// members reads the children of an error's element.
func (f *errorFields) members(lx *xmlwire.Lexer, seen *uint64) {
	for lx.Child() {
		var text *string
		var bit uint
		switch {
		case lx.NameIs("Code"), lx.NameIs("code"):
			bit, text = keyCode, &f.code
		case lx.NameIs("Message"), lx.NameIs("message"):
			bit, text = keyMessage, &f.message
		case lx.NameIs("originalStatusCode"):
			bit = keyOriginalStatus
		case lx.NameIs("originalMessage"):
			bit, text = keyOriginalMessage, &f.originalMessage
		case lx.NameIs("resourceName"):
			bit, text = keyResource, &f.resource
		case isRequestID(lx):
			bit, text = keyRequestID, &f.requestID
		default:
			lx.Skip()
			continue
		}
		if !lx.Once(seen, bit) {
			return
		}
		content := lx.Content()
		if text != nil {
			*text = content
		} else if n, ok := parseStatus(content); ok {
			f.originalStatus = n
		}
	}
}

// isRequestID knows the spellings of the query protocols and of EC2.
func isRequestID(lx *xmlwire.Lexer) bool {
	return lx.NameIs("RequestId") || lx.NameIs("RequestID") || lx.NameIs("requestId")
}

// isErrorName reports whether a root element's name is a code.
func isErrorName(name string) bool {
	for _, suffix := range [...]string{"Exception", "Error", "Fault"} {
		if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
			return true
		}
	}
	return false
}

// parseStatus reads a status of three digits.
func parseStatus(s string) (int, bool) {
	if len(s) != 3 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, validStatus(int64(n))
}

// xmlIsTruncated reports whether the document ended too early and had no other fault.
func xmlIsTruncated(err error) bool {
	e, ok := err.(*xmlwire.Error)
	return ok && e.Reason == xmlwire.ErrTruncated
}
