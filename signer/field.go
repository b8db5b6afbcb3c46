package signer

import (
	"slices"
	"strings"
)

// field is a header field of a canonical request.
type field struct {
	key    string // the name as the header has it
	name   string // in lower case
	kind   nameKind
	values []string // nil means the request's Host
}

// nameKind says what a signature does with a header field.
type nameKind uint8

const (
	nameSigned nameKind = iota // also a field that this package does not know
	nameUnsigned
	nameAuthorization
	nameHost
	nameDate
	nameToken
	nameContentHash
)

// kindOf returns the kind of a header field, by its name in lower case. Fields that transports and
// proxies add, drop or rewrite on the way are not signed: the signature would break.
func kindOf(name string) nameKind {
	switch name {
	case "authorization":
		return nameAuthorization
	case "host":
		return nameHost
	case "x-amz-date":
		return nameDate
	case "x-amz-security-token":
		return nameToken
	case "x-amz-content-sha256":
		return nameContentHash
	case "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
		"te", "trailer", "transfer-encoding", "upgrade":
		return nameUnsigned // hop by hop: RFC 9110, section 7.6.1, and older practice
	case "sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions":
		return nameUnsigned
	case "accept-encoding", "user-agent", "expect":
		return nameUnsigned // HTTP clients set them after signing
	case "x-amzn-trace-id", "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid",
		"x-b3-parentspanid", "x-b3-sampled", "x-b3-flags", "uber-trace-id", "x-cloud-trace-context":
		return nameUnsigned // every hop adds its own
	}
	return nameSigned
}

// fieldValue returns the first value of the fields of a kind, and the number of their values. A
// header map may hold one name in two spellings, such as "Date" and "date".
func fieldValue(fields []field, kind nameKind) (value string, n int) {
	for _, f := range fields {
		if f.kind == kind {
			value = f.values[0]
			n += len(f.values)
		}
	}
	return value, n
}

// sortFields sorts by name. Names that differ only in case follow in the order in which net/http
// writes them, so that the result does not depend on the order of a map.
func sortFields(fields []field) {
	slices.SortFunc(fields, func(a, b field) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.key, b.key)
	})
}

// continues reports whether the field before f has the same name. If so, f's values are added to
// its line.
func (f field) continues(before []field) bool {
	return len(before) > 0 && before[len(before)-1].name == f.name
}

// appendValues appends the values, separated by commas.
func (f field) appendValues(dst []byte, r *Request) []byte {
	if f.values == nil {
		return append(dst, r.Host...)
	}
	for i, v := range f.values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCollapsed(dst, v)
	}
	return dst
}

// appendCollapsed appends a header value without white space at its ends, and with one space for
// each run of white space inside, also inside quotes.
func appendCollapsed(dst []byte, v string) []byte {
	if strings.IndexByte(v, ' ') < 0 && strings.IndexByte(v, '\t') < 0 {
		return append(dst, v...)
	}
	v = strings.Trim(v, " \t")
	blank := false
	for i := 0; i < len(v); i++ {
		if v[i] == ' ' || v[i] == '\t' {
			blank = true
			continue
		}
		if blank {
			dst = append(dst, ' ')
			blank = false
		}
		dst = append(dst, v[i])
	}
	return dst
}

// appendNames appends the names of the fields, each once, separated by semicolons.
func appendNames(dst []byte, fields []field) []byte {
	for i, f := range fields {
		if f.continues(fields[:i]) {
			continue
		}
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, f.name...)
	}
	return dst
}

// appendName appends a name in lower case, up to the first byte that a name cannot have.
func appendName(dst []byte, name string) []byte {
	for i := 0; i < len(name) && nameBytes[name[i]] != 0; i++ {
		dst = append(dst, nameBytes[name[i]])
	}
	return dst
}

// nameBytes maps each byte that an HTTP token can have (RFC 9110, section 5.6.2) to itself or, for
// a letter, to its lower case, and any other byte to zero.
var nameBytes = [256]byte{
	'!': '!', '#': '#', '$': '$', '%': '%', '&': '&', '\'': '\'', '*': '*', '+': '+', '-': '-', '.': '.', '^': '^', '_': '_', '`': '`', '|': '|', '~': '~',
	'0': '0', '1': '1', '2': '2', '3': '3', '4': '4', '5': '5', '6': '6', '7': '7', '8': '8', '9': '9',
	'a': 'a', 'b': 'b', 'c': 'c', 'd': 'd', 'e': 'e', 'f': 'f', 'g': 'g', 'h': 'h', 'i': 'i', 'j': 'j', 'k': 'k', 'l': 'l', 'm': 'm',
	'n': 'n', 'o': 'o', 'p': 'p', 'q': 'q', 'r': 'r', 's': 's', 't': 't', 'u': 'u', 'v': 'v', 'w': 'w', 'x': 'x', 'y': 'y', 'z': 'z',
	'A': 'a', 'B': 'b', 'C': 'c', 'D': 'd', 'E': 'e', 'F': 'f', 'G': 'g', 'H': 'h', 'I': 'i', 'J': 'j', 'K': 'k', 'L': 'l', 'M': 'm',
	'N': 'n', 'O': 'o', 'P': 'p', 'Q': 'q', 'R': 'r', 'S': 's', 'T': 't', 'U': 'u', 'V': 'v', 'W': 'w', 'X': 'x', 'Y': 'y', 'Z': 'z',
}
