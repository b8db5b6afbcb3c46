package model

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"bedrockwire/model/jsonwire"
)

// other is what a JSON body says whose form is not the service's. It comes from a gateway, a proxy,
// an identity provider, or a model's maker.
type other struct {
	code, message string
	isError       bool // the form is an error's, and not that of an answer
	empty         bool // the object has no member but nulls
}

// places are the members of a body that hold a message, the best ones first. "title" and "detail"
// belong together (RFC 9457).
var places = [...]string{
	"error_description", "errorDescription", "error_message", "detail", "details", "faultstring", "message", "Message", "errorMessage",
	"msg", "reason", "description", "info", "errorSummary", "title", "err", "exception",
}

// usual are the other members of errors' bodies. If the status is a success, a body whose members
// are all on these two lists is an error. A body with other members may be a model's answer.
var usual = [...]string{
	"__type", "code", "Code", "type", "status", "statusCode", "status_code", "success", "ok", "instance", "requestId", "request_id", "RequestId",
	"timestamp", "path", "error", "errors", "Error", "errorCode", "error_code", "errorType", "param", "trace_id", "traceId", "documentation_url",
	"originalStatusCode", "originalMessage", "resourceName",
}

// otherForm reads a body that is one JSON object.
func otherForm(body []byte) (o other) {
	f := formReader{lx: jsonwire.NewLimit(body, 2*MaxErrorBody)}
	f.isError = true
	if f.lx.Next() == jsonwire.ObjectStart {
		f.object(0)
	}
	o.code, o.isError, o.empty = f.code, f.isError || f.marked, !f.filled
	o.message = f.message
	if f.title != f.message && f.title != "" {
		o.message = strings.TrimSuffix(f.title+": "+f.message, ": ")
	}
	switch {
	case o.message == "":
		o.message = f.word
	case o.code == "" && isCodeName(f.word):
		o.code = f.word // {"error":"invalid_grant","error_description":"..."}
	}
	return o
}

// formReader searches a body for what it says.
type formReader struct {
	lx       jsonwire.Lexer
	code     string
	codeRank int // lower ones are better
	message  string
	rank     int // the message's place in the list, counted from 1; a message at a deeper level ranks after all others
	title    string
	word     string // an "error" that is a text: a message, or a code next to one
	isError  bool   // no member at the top that is not on one of the lists
	marked   bool   // a member that only errors have
	filled   bool   // a member that is not null
}

// maxNesting is how deep the message of an error may stand in its body: {"errors":[{"detail":"..."}]}
// has it at 1.
const maxNesting = 3

// object reads the members of the object that was entered.
func (f *formReader) object(depth int) {
	for f.lx.Next() == jsonwire.Key {
		name := f.lx.Text()
		f.member(name, depth)
	}
}

// member reads the value of a member.
func (f *formReader) member(name string, depth int) {
	rank := 0
	for i := range places {
		if places[i] == name {
			rank = 1 + i + depth*len(places)
		}
	}
	known := rank != 0
	for i := range usual {
		known = known || usual[i] == name
	}
	f.isError = f.isError && (known || depth > 0)
	k := f.lx.Next()
	f.filled = f.filled || k != jsonwire.Null
	switch name {
	case "error", "Error", "fault", "Fault", "Output", "err":
		// null in an answer means that there is no error.
		filled := k == jsonwire.ObjectStart || k == jsonwire.ArrayStart || k == jsonwire.String && len(f.lx.Raw()) != 0
		f.marked = f.marked || filled && depth == 0
		if k == jsonwire.String {
			if f.word == "" {
				f.word = f.lx.Text()
			}
			return
		}
		f.nested(k, depth)
	case "errors", "Errors":
		f.marked = f.marked || depth == 0 && k != jsonwire.Null
		f.nested(k, depth)
	case "__type", "code", "Code", "errorCode", "error_code", "errorcode":
		f.marked = f.marked || name == "__type" && depth == 0
		f.codeName(k, 2*depth)
	case "type", "status", "errorType":
		f.codeName(k, 2*depth+1)
	case "title":
		if k == jsonwire.String && f.title == "" {
			f.title = f.lx.Text()
		} else {
			f.lx.Skip()
		}
	default:
		switch {
		case rank == 0:
			f.lx.Skip()
		case k != jsonwire.String:
			f.nested(k, depth)
		default:
			if s := f.lx.Text(); s != "" && (f.rank == 0 || rank < f.rank) {
				f.message, f.rank = s, rank
			}
		}
	}
}

// codeName reads a value that may be the name of the error. Names that stand deeper, or in a member
// that is not always for names, have a higher rank.
func (f *formReader) codeName(k jsonwire.Kind, rank int) {
	if k != jsonwire.String {
		f.lx.Skip()
		return
	}
	if s := f.lx.Text(); isCodeName(s) && (f.code == "" || rank < f.codeRank) {
		f.code, f.codeRank = s, rank
	}
}

// nested reads a value that may have a message inside: an object, or the first element of an array.
func (f *formReader) nested(k jsonwire.Kind, depth int) {
	if depth == maxNesting {
		f.lx.Skip()
		return
	}
	switch k {
	case jsonwire.ObjectStart:
		f.object(depth + 1)
	case jsonwire.ArrayStart:
		first := true
		for {
			k := f.lx.Next()
			if k == jsonwire.ArrayEnd || k == jsonwire.Invalid {
				return
			}
			switch {
			case first && k == jsonwire.ObjectStart:
				f.object(depth + 1)
			case first && k == jsonwire.String && f.message == "":
				f.message, f.rank = f.lx.Text(), 1+(depth+1)*len(places)
			default:
				f.lx.Skip()
			}
			first = false
		}
	default:
		f.lx.Skip()
	}
}

// isCodeName reports whether s may be the name of an error, and is not a number, a URI, a sentence or
// a word that every error has.
func isCodeName(s string) bool {
	switch s {
	case "", "error", "Error", "Failure", "fail", "failed", "none", "None", "about:blank":
		return false
	}
	// A URI identifies a kind of problem. codeFrom takes a name in front of one.
	if strings.HasPrefix(s, "http") && strings.Contains(s, "://") {
		return false
	}
	letters := false
	for i := range len(s) {
		if s[i] <= ' ' {
			return false
		}
		letters = letters || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z'
	}
	return letters
}

// memberNames describes a JSON object without its content.
func memberNames(body []byte) string {
	const shown = 12
	var names []string
	lx := jsonwire.NewLimit(body, 2*MaxErrorBody)
	lx.Next()
	for lx.Next() == jsonwire.Key {
		if len(names) == shown {
			names = append(names, "...")
			break
		}
		names = append(names, lx.Text())
		lx.Skip()
	}
	if len(names) == 0 {
		return "a JSON object without members"
	}
	return string(AppendClean(nil, "a JSON object with the members "+strings.Join(names, ", "), MaxBodyShown))
}

// maxLine is how many bytes of a success's text are shown.
const maxLine = 120

// firstLine returns the first line of a text, or of what a page in HTML shows.
func firstLine(body []byte) string {
	switch {
	case body[0] == '<':
		body = pageText(body)
	case body[0] == '{' || body[0] == '[' || body[0] == '"':
		// JSON, or the start of it: its content may be an answer's.
		return "JSON that is not an error"
	case !utf8.Valid(body[:min(len(body), maxLine)]) && bytes.IndexByte(body[:min(len(body), maxLine)], 0) >= 0:
		return "binary data"
	}
	line, _, _ := bytes.Cut(body, []byte("\n"))
	return string(AppendClean(nil, bytes.TrimSpace(line[:min(len(line), maxLine*utf8.UTFMax)]), maxLine))
}

// pageText returns the title of a page in HTML, or else the first text between its tags.
func pageText(body []byte) []byte {
	lower := bytes.ToLower(body)
	if len(lower) == len(body) { // ToLower changes the length of some characters
		if i := bytes.Index(lower, []byte("<title")); i >= 0 {
			title := body[i:]
			if j := bytes.IndexByte(title, '>'); j >= 0 {
				title, _, _ = bytes.Cut(title[j+1:], []byte("<"))
				if title = bytes.TrimSpace(title); len(title) != 0 {
					return title
				}
			}
		}
	}
	for len(body) != 0 {
		if body[0] == '<' {
			i := bytes.IndexByte(body, '>')
			if i < 0 {
				return nil
			}
			body = body[i+1:]
			continue
		}
		text, _, _ := bytes.Cut(body, []byte("<"))
		if t := bytes.TrimSpace(text); len(t) != 0 {
			return t
		}
		body = body[len(text):]
	}
	return nil
}
