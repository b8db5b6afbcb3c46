package signer

import (
	"bytes"
	"slices"
	"strings"
)

// AppendCanonicalRequest appends the canonical request of r, in the form that AWS describes in
// "Create a canonical request":
//
//	method                        POST
//	canonical URI                 /model/anthropic.claude-v2%253A1/invoke
//	canonical query               a=1&b=
//	canonical header fields       content-type:application/json
//	                              host:bedrock-runtime.us-east-1.amazonaws.com
//	                              x-amz-date:20150830T123600Z
//	an empty line
//	names of the signed fields    content-type;host;x-amz-date
//	payload hash                  5b3223e75442673e1bfe20de4a2fa538a7887acd33a69a804b257ec530035d6d
//
// It adds no header field. It leaves out the fields that are never signed and the query parameter
// X-Amz-Signature. Of a request that Sign has signed, it gives the text that was signed. On error
// it returns dst as it was; the error is an [*Error] of the kind ErrInvalid.
func AppendCanonicalRequest(dst []byte, s *Signer, r *Request) ([]byte, error) {
	if s == nil {
		return dst, invalid("Signer", "is nil")
	}
	fields, err := r.check(nil)
	if err != nil {
		return dst, err
	}
	fields = slices.DeleteFunc(fields, func(f field) bool {
		return f.kind == nameUnsigned || f.kind == nameAuthorization
	})
	sortFields(fields)
	return s.appendCanonical(dst, r, fields, appendNames(nil, fields)), nil
}

// appendCanonical appends the canonical request of a checked request with these header fields,
// which are sorted, and their names.
func (s *Signer) appendCanonical(dst []byte, r *Request, fields []field, names []byte) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = s.appendPath(dst, r.Path)
	dst = append(dst, '\n')
	dst = appendQuery(dst, r.RawQuery)
	dst = append(dst, '\n')
	for i, f := range fields {
		if f.continues(fields[:i]) {
			dst[len(dst)-1] = ',' // in place of the line feed
		} else {
			dst = append(append(dst, f.name...), ':')
		}
		dst = f.appendValues(dst, r)
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	dst = append(dst, names...)
	dst = append(dst, '\n')
	return append(dst, r.PayloadHash...)
}

// appendPath appends the canonical URI. Every service but S3 signs the path escaped once more than
// it is sent, so that the '%' of an escape becomes "%25". S3 signs it escaped once.
func (s *Signer) appendPath(dst []byte, path string) []byte {
	start := len(dst)
	for segment := range strings.SplitSeq(path[1:], "/") {
		if s.NormalizePath {
			switch segment {
			case "", ".":
				continue
			case "..":
				// Each '/' in dst starts a segment: the ones within a segment are escaped.
				dst = dst[:start+max(0, bytes.LastIndexByte(dst[start:], '/'))]
				continue
			}
		}
		// The sender chooses which bytes of a path to escape. S3 signs one form of it, whatever the
		// choice was. An escaped slash stays escaped, because it is a part of the segment.
		if s.SinglePathEncoding {
			segment = unescape(segment)
		}
		dst = appendEscaped(append(dst, '/'), segment)
	}
	// A path of which nothing is left is the root, and a path that ended in '/' still does. One
	// that ended in a dot segment does not: "/a/b/.." becomes "/a", as AWS's SDKs for Python and
	// JavaScript have it, where RFC 3986, section 5.2.4, has "/a/". AWS's test suite leaves that
	// open: of its paths that end so ("/example/..", "/example1/example2/../..") nothing but the
	// root is left.
	if s.NormalizePath && (len(dst) == start || path[len(path)-1] == '/') {
		dst = append(dst, '/')
	}
	return dst
}

// appendQuery appends the canonical query: each parameter unescaped and escaped again, with its
// '=', sorted by name, then by value. A '+' is a plus sign, as in RFC 3986; only forms read it as a
// space.
func appendQuery(dst []byte, query string) []byte {
	if query == "" {
		return dst
	}
	// A parameter is a field here whose key is the value: fields are sorted by name, then by key,
	// and a second instance of slices.SortFunc would make a program 20 KiB larger. Name and value
	// are escaped, because the order is that of the escaped text, and apart, because '=' sorts
	// above the digits.
	var parameters []field
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = unescape(name)
		if pair == "" || name == paramSignature { // a signature cannot sign itself
			continue
		}
		parameters = append(parameters, field{
			name: string(appendEscaped(nil, name)),
			key:  string(appendEscaped(nil, unescape(value))),
		})
	}
	sortFields(parameters)
	for i, p := range parameters {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, p.name...)
		dst = append(dst, '=')
		dst = append(dst, p.key...)
	}
	return dst
}
