package model

import (
	"unicode/utf8"

	"bedrockwire/model/xmlwire"
)

// fromXML reads an error's shape in one of the forms AWS services and front ends use:
//
//	<ErrorResponse><Error>members</Error><RequestId/></ErrorResponse>               query protocols
//	<Error>members, RequestId</Error>                                               S3
//	<Response><Errors><Error>members</Error></Errors><RequestID/></Response>        EC2, SimpleDB
//	<AccessDeniedException><Message/></AccessDeniedException>                       front ends
//
// Only local names count: the name space changes with the API's version. The roots of the first and
// third form may have any name. The last one is recognised by the root's name, which ends in
// Exception, Error or Fault: a page of XHTML is not an error. Members and duplicates are treated
// like JSON's, except that Error elements after the first are passed over.
func (f *errorFields) fromXML(body []byte, long bool) bool {
	if len(body) > xmlwire.MaxInput {
		// Repairing its UTF-8 made it longer. The cut must not split a character: the lexer checks
		// all of them before it returns the first token.
		n := xmlwire.MaxInput
		for !utf8.RuneStart(body[n]) {
			n--
		}
		body, long = body[:n], true
	}
	lx := xmlwire.New(body)
	// An end, or a fault before the root: nothing was gathered that would have to go.
	if lx.Next() != xmlwire.Start {
		return false
	}
	// One set of seen members is enough: the members of one error only are read.
	found := false
	var seen uint64
	switch {
	case lx.NameIs("Error"):
		found = true
		f.members(&lx, &seen)
	// Bedrock answers a path it does not know with 404 and <UnknownOperationException/>, in a
	// service that otherwise speaks JSON. The name outweighs a Code inside it.
	case isErrorName(lx.Name()):
		root := lx.Name() // of the input, so that it outlives the token
		f.members(&lx, &seen)
		f.texts[keyCode] = string(root)
		found = true
	default:
		// One level at a time and no search at any depth: an element called Error in a page's text
		// is not the error.
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
			case isRequestID(&lx):
				// Another bit than the error's own: both may be there, and the error's wins.
				if lx.Once(&seen, keyCapRequestID) {
					f.texts[keyCapRequestID] = lx.Content()
				}
			default:
				lx.Skip()
			}
		}
	}
	// As with JSON: a document that breaks a rule yields nothing, one that was cut what came
	// before.
	err := lx.Finish()
	if !found || err != nil && !(long && xmlIsTruncated(err)) {
		*f = errorFields{}
		return false
	}
	return err == nil
}

// members reads the children of an error's element.
func (f *errorFields) members(lx *xmlwire.Lexer, seen *uint64) {
	for lx.Child() {
		// The two spellings of a member share a key, so that both in one error are a duplicate.
		var key int
		switch {
		case lx.NameIs("Code"), lx.NameIs("code"):
			key = keyCode
		case lx.NameIs("Message"), lx.NameIs("message"):
			key = keyMessage
		case lx.NameIs("originalStatusCode"):
			key = keyOriginalStatus
		case lx.NameIs("originalMessage"):
			key = keyOriginalMessage
		case lx.NameIs("resourceName"):
			key = keyResource
		case isRequestID(lx):
			key = keyRequestID
		default:
			lx.Skip()
			continue
		}
		// The lexer has failed then, and every loop above this one ends with it.
		if !lx.Once(seen, uint(key)) {
			return
		}
		// Text of the member alone: elements inside it, with Messages of their own, are passed
		// over.
		content := lx.Content()
		if key != keyOriginalStatus {
			f.texts[key] = content
		} else if n, ok := parseStatus(content); ok {
			f.status = n
		}
	}
}

// isRequestID knows the spellings of the query protocols and of EC2.
func isRequestID(lx *xmlwire.Lexer) bool {
	return lx.NameIs("RequestId") || lx.NameIs("RequestID") || lx.NameIs("requestId")
}

// isErrorName reports whether a root element's name is a code.
func isErrorName(name []byte) bool {
	// Longer than the suffix: <Error> is the shape itself, which the caller has handled.
	for _, suffix := range [...]string{"Exception", "Error", "Fault"} {
		if len(name) > len(suffix) && string(name[len(name)-len(suffix):]) == suffix {
			return true
		}
	}
	return false
}

// parseStatus reads a status of three digits.
func parseStatus(s string) (int, bool) {
	// Exactly three, so that nothing can wrap and 0503 is not a number (strconv would take it).
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
