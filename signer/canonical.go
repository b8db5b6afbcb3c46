package signer

import "bytes"

// AppendCanonicalRequest appends the canonical request of r as it stands: the six parts of AWS's "Signature Version 4:
// create a canonical request", separated by line feeds. It adds no header field, leaves out those that are never signed
// and the query parameter X-Amz-Signature. After Sign, it gives the text that was signed.
func AppendCanonicalRequest(dst []byte, s *Signer, r *Request) ([]byte, error) {
	if s == nil {
		return dst, invalid("Signer", "is nil")
	}
	// The same check as Sign's, so that the text that is printed for comparison is never one that would not be signed.
	var w work
	if err := w.checkRequest(r); err != nil {
		return dst, err
	}
	w.addOwn("host", nameHost)
	for i := range w.fields {
		if f := &w.fields[i]; f.class != nameUnsigned && f.class != nameAuthorization {
			w.order = append(w.order, int32(i))
		}
	}
	w.sort()
	w.write(s, r)
	return w.appendCanonical(dst, r, r.RawQuery, ""), nil
}

// appendCanonical appends the canonical request, once line, order and list are made. A field without values has the request's
// host or the given date: that of Sign's X-Amz-Date, whose string is not made yet.
func (w *work) appendCanonical(dst []byte, r *Request, query, date string) []byte {
	// The six parts in the order of the AWS page, each on a line; the header's part has a line for each field.
	dst = append(dst, w.line...)
	dst = appendCanonicalQuery(dst, query)
	dst = append(dst, '\n')
	for _, at := range w.order {
		f := &w.fields[at]
		if f.same {
			dst[len(dst)-1] = ',' // its values follow those of the entry before, in place of the line feed
		} else {
			dst = append(f.appendName(dst), ':')
		}
		if f.values == nil {
			if f.class == nameHost {
				dst = append(dst, r.Host...)
			} else {
				dst = append(dst, date...)
			}
		}
		for j, v := range f.values {
			if j > 0 {
				dst = append(dst, ',')
			}
			// Nearly no value has white space, and check has looked already.
			if f.blanks {
				dst = appendCollapsed(dst, v)
			} else {
				dst = append(dst, v...)
			}
		}
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	// The list of names again, not a copy of what stands at the lines' starts: fields that were merged count once.
	dst = append(dst, w.list...)
	dst = append(dst, '\n')
	return append(dst, r.PayloadHash...)
}

// appendLine appends the canonical request's first two parts, each with its line feed. It is not inlined, being large and
// seldom called.
//
//go:noinline
func (s *Signer) appendLine(dst []byte, r *Request) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = s.appendCanonicalPath(dst, r.Path)
	return append(dst, '\n')
}

// appendList appends the list of signed headers: the names of the fields in order, each once, with ';' between them.
func (w *work) appendList(dst []byte) []byte {
	for i, at := range w.order {
		f := &w.fields[at]
		if f.same {
			continue
		}
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = appendLower(dst, f.name)
	}
	return dst
}

// appendCanonicalPath appends the canonical URI. Every service but S3 signs the path escaped once more than it is
// sent, so the '%' of an escape becomes "%25"; S3 signs it escaped once.
func (s *Signer) appendCanonicalPath(dst []byte, path string) []byte {
	if !s.NormalizePath {
		return s.appendEscapedPath(dst, path)
	}
	// Segment by segment (RFC 3986, section 5.2.4, and empty segments dropped as well). Escaped segments
	// contain no '/', so the last '/' in dst is where the segment to pop begins.
	base := len(dst)
	for rest := path; len(rest) > 0; {
		rest = rest[1:] // the '/': path starts with one, and each segment ends before one
		n := 0
		for n < len(rest) && rest[n] != '/' {
			n++
		}
		switch segment := rest[:n]; segment {
		case "", ".":
		case "..":
			if i := bytes.LastIndexByte(dst[base:], '/'); i >= 0 {
				dst = dst[:base+i]
			}
		default:
			dst = s.appendEscapedPath(append(dst, '/'), segment)
		}
		rest = rest[n:]
	}
	// A path of which nothing is left is the root, and one that ended in '/' still does.
	if len(dst) == base || path[len(path)-1] == '/' {
		dst = append(dst, '/')
	}
	return dst
}

func (s *Signer) appendEscapedPath(dst []byte, path string) []byte {
	for i := 0; i < len(path); {
		run := i
		i = skipPlain(path, i)
		dst = append(dst, path[run:i]...)
		if i == len(path) {
			break
		}
		b := path[i]
		i++
		// S3's path is brought to one encoding, whatever bytes the sender chose to escape. For the others the '%' itself
		// is escaped, and what was sent stays as it is.
		if b == '%' && s.SinglePathEncoding {
			b = unhex(path[i])<<4 | unhex(path[i+1]) // both are there: check saw to it
			i += 2
			// An escaped slash is part of an S3 key as sent; unescaped it would be another path. appendEscaped
			// escapes it again.
		}
		dst = appendEscaped(dst, b)
	}
	return dst
}

// parameter is one query parameter within a buffer: its escaped name is buf[start:mid], its value buf[mid:end].
type parameter struct{ start, mid, end int }

// appendCanonicalQuery appends the canonical query string: each parameter unescaped and escaped again by SigV4's own
// rule, sorted by escaped name, then escaped value, each with its '='. A '+' is a plus sign, not a space, as in
// RFC 3986: what a form parser makes of it is no matter of the wire. X-Amz-Signature cannot sign itself and is left out.
func appendCanonicalQuery(dst []byte, query string) []byte {
	if query == "" {
		return dst
	}
	// A signed query has few parameters, a presigned one five or six more: sixteen spare nearly all callers an allocation.
	base := len(dst)
	var stack [16]parameter
	params := stack[:0]
	// A pair without '=' has an empty value, and gets its '='; an empty pair, as between "&&", is none.
	for rest := query; rest != ""; {
		var pair string
		pair, rest = cut(rest, '&')
		if pair == "" {
			continue
		}
		name, value := cut(pair, '=')
		p := parameter{start: len(dst)}
		dst = appendReescaped(dst, name)
		p.mid = len(dst)
		dst = appendReescaped(dst, value)
		p.end = len(dst)
		// Compared when it is unescaped and escaped again, so that "X-Amz-Signatur%65" is no way to smuggle one in.
		if string(dst[p.start:p.mid]) == paramSignature {
			dst = dst[:p.start]
			continue
		}
		params = append(params, p)
	}
	// All parameters stand behind base, unsorted. Sort the table, write them again in order behind themselves and
	// move the result down: no second buffer. Name and value compare apart, for '=' sorts above the digits.
	buf := dst
	heapSort(len(params), func(i, j int) bool {
		a, b := params[i], params[j]
		if n := bytes.Compare(buf[a.start:a.mid], buf[b.start:b.mid]); n != 0 {
			return n < 0
		}
		return bytes.Compare(buf[a.mid:a.end], buf[b.mid:b.end]) < 0
	}, func(i, j int) { params[i], params[j] = params[j], params[i] })
	sorted := len(dst)
	for i, p := range params {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, dst[p.start:p.mid]...)
		dst = append(dst, '=')
		dst = append(dst, dst[p.mid:p.end]...)
	}
	return dst[:base+copy(dst[base:], dst[sorted:])]
}
