package signer

import (
	"bytes"
	"strings"
)

// AppendCanonicalRequest appends the canonical request of r as it stands: the six parts of AWS's "Signature Version 4:
// create a canonical request", separated by line feeds. It adds no header field, leaves out those that are never signed
// and the query parameter X-Amz-Signature. After Sign, it gives the text that was signed.
func AppendCanonicalRequest(dst []byte, s *Signer, r *Request) ([]byte, error) {
	if s == nil {
		return dst, invalid("Signer", "is nil")
	}
	// The same check as Sign's, so that the text that is printed for comparison is never one that would not be signed.
	fields, err := r.check(nil, "")
	if err != nil {
		return dst, err
	}
	fields = appendField(fields, "host", nil, nameHost)
	var order []int32
	for i := range fields {
		if f := &fields[i]; f.class != nameUnsigned && f.class != nameAuthorization {
			order = append(order, int32(i))
		}
	}
	sortFields(order, fields)
	dst, _ = s.appendCanonical(dst, r, r.RawQuery, "", fields, order)
	return dst, nil
}

// field is one header field. Fields with names equal but for case are merged when they are written. Fields stay where they
// are once they are set, and a table of int32 says which of them are signed, in which order: moving them, or pointers to
// them, which would move all of them to the heap, costs more than the rest of the sorting.
type field struct {
	name   string   // in any case
	values []string // nil for the host and for Sign's date, which are at hand when the field is written
	key    uint64   // the first eight bytes of the lower-case name, big-endian: nearly all comparisons end here
	class  nameClass
	blanks bool     // a value has white space, perhaps to be collapsed
	lower  [24]byte // the lower-case name, if it is not longer, then zeros; see set
}

// nameClass is what a signer does with a header field.
//
// It is found once, while the name's bytes are at hand, so that nothing behind compares a name again.
type nameClass uint8

const (
	// The zero value is the safe one: what this package has never heard of is signed.
	nameSigned nameClass = iota
	nameUnsigned
	nameAuthorization
	nameHost
	nameDate
	nameToken
	nameContentHash
)

// set fills f in place. Names are classified in any case; it reports whether the name is a token. Unsigned is what
// transports and proxies add, drop or rewrite on the way, so that a signature over it would break: the hop-by-hop fields of
// RFC 9110, section 7.6.1, and of older practice, the fields of the WebSocket handshake, what HTTP clients set by
// themselves after signing, and the ids of distributed traces, to which every hop adds its own.
//
// Lower-casing, the check for a token and the comparison with the lists want the same bytes, so one walk serves all three:
// of all that Sign does without SHA-256, the header's names take the largest part.
func (f *field) set(name string, values []string) bool {
	f.name, f.values = name, values
	// What Sign sends and what it leaves out is known by names of at most 24 bytes, so a longer one has no class but the first,
	// and its lower-case form is made when it is written.
	n := min(len(name), len(f.lower))
	buf := &f.lower
	odd, flags := uint64(0), byte(isToken)
	if n < 8 {
		for i := 0; i < n; i++ {
			c := classes[name[i]]
			flags &= c
			buf[i] = name[i] | c&isUpper
		}
	} else {
		// By words, the last of which ends where the name does and may take bytes of the one before once more. A lane that is no
		// lower-case letter, digit or '-' in the end is odd: names with one are rare, and are looked at again by the table.
		for i := 0; i < n; i += 8 {
			i = min(i, n-8)
			x := load(name, i)
			x |= within(x, 'A', 'Z') &^ x & tops >> 2 // 0x20, the bit between the cases
			odd |= ^(within(x, 'a', 'z') | within(x, '-', '-') | within(x, '0', '9')) | x
			store(buf[i:], x)
		}
	}
	f.setKey()
	// A name with any other character than letters, digits and '-', or a longer one, is rare enough to be looked at again.
	token := n > 0 && flags != 0 && (odd&tops == 0 && len(name) == n || indexNotToken(name) < 0)
	if len(name) > n {
		return token // and longer than all of the cases below
	}
	switch string(buf[:n]) {
	case "authorization":
		f.class = nameAuthorization
	case "host":
		f.class = nameHost
	case "x-amz-date":
		f.class = nameDate
	case "x-amz-security-token":
		f.class = nameToken
	case "x-amz-content-sha256":
		f.class = nameContentHash
	case "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
		"te", "trailer", "transfer-encoding", "upgrade",
		"sec-websocket-key", "sec-websocket-version", "sec-websocket-protocol", "sec-websocket-extensions",
		"accept-encoding", "user-agent", "expect",
		"x-amzn-trace-id", "traceparent", "tracestate", "baggage", "b3",
		"x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid", "x-b3-sampled", "x-b3-flags",
		"uber-trace-id", "x-cloud-trace-context":
		f.class = nameUnsigned
	}
	return token
}

// appendName appends the name in lower case. A name is written twice, in its field and in the list of the signed ones.
func (f *field) appendName(dst []byte) []byte {
	if len(f.name) <= len(f.lower) {
		// All of the array, and then its end cut off: a copy of known length is three moves, any other a call.
		end := len(dst) + len(f.name)
		return append(dst, f.lower[:]...)[:end]
	}
	return appendLower(dst, f.name)
}

// setKey makes the key of the lower-case name. Zeros stand behind a short name, and no token has one, so that keys order as
// strings do.
func (f *field) setKey() {
	b := &f.lower
	f.key = uint64(b[0])<<56 | uint64(b[1])<<48 | uint64(b[2])<<40 | uint64(b[3])<<32 |
		uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
}

// appendEmpty appends a field that is all zeros. Behind the length of a slice of fields there is nothing else: whoever
// takes a field off clears it. append would write the zeros once more.
func appendEmpty(dst []field) []field {
	if len(dst) < cap(dst) {
		return dst[:len(dst)+1]
	}
	return append(dst, field{})
}

// appendField appends a field that the signer itself adds: the name is in lower case and at most as long as field.lower, and the
// value has no white space.
func appendField(dst []field, name string, value []string, class nameClass) []field {
	dst = appendEmpty(dst)
	f := &dst[len(dst)-1]
	f.name, f.values, f.class = name, value, class
	copy(f.lower[:], name)
	f.setKey()
	return dst
}

// sameName reports whether two fields are one field to HTTP. The key tells nearly all that differ apart, and the lower-case
// form the rest: zeros stand behind a short name, so that only of longer names is there more to compare.
func sameName(a, b *field) bool {
	return a.key == b.key && a.lower == b.lower && (len(a.name) <= len(a.lower) && len(b.name) <= len(b.lower) || compareFold(a.name, b.name) == 0)
}

// compareFields orders by lower-case name. Names that differ in case only follow in the order in which net/http writes
// them, so that the result never depends on the order of a map.
func compareFields(a, b *field) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	// Only names with eight equal bytes get here: "content-length" and "content-type".
	if n := bytes.Compare(a.lower[8:], b.lower[8:]); n != 0 {
		return n
	}
	if n := compareFold(a.name, b.name); n != 0 {
		return n
	}
	return strings.Compare(a.name, b.name)
}

// fewFields is how many fields are sorted by insertion, which is fastest for few and quadratic for many: far more than a
// request has, and no server's attacker can make it costly.
const fewFields = 32

// sortFields sorts the offsets of fields by the fields' names.
func sortFields(order []int32, fields []field) {
	if len(order) > fewFields {
		heapSort(len(order),
			func(i, j int) bool { return compareFields(&fields[order[i]], &fields[order[j]]) < 0 },
			func(i, j int) { order[i], order[j] = order[j], order[i] })
		return
	}
	for i := 1; i < len(order); i++ {
		at := order[i]
		f := &fields[at]
		j := i
		for ; j > 0; j-- {
			g := &fields[order[j-1]]
			if f.key > g.key || f.key == g.key && compareFields(f, g) >= 0 {
				break
			}
			order[j] = order[j-1]
		}
		order[j] = at
	}
}

// heapSort sorts n elements. The instances of slices.SortFunc for both kinds that are sorted here would be a third of the
// linked package, and its running time is of the same order.
func heapSort(n int, less func(i, j int) bool, swap func(i, j int)) {
	sink := func(root, end int) { // restores the order below root: no element is less than its two children
		for child := 2*root + 1; child < end; child = 2*root + 1 {
			if child+1 < end && less(child, child+1) {
				child++
			}
			if !less(root, child) {
				return
			}
			swap(root, child)
			root = child
		}
	}
	// Heap sort, because it has no bad case (a server sorts what a stranger sent) and needs neither a stack nor a second array.
	for root := n/2 - 1; root >= 0; root-- {
		sink(root, n)
	}
	for end := n - 1; end > 0; end-- {
		swap(0, end)
		sink(0, end)
	}
}

// appendCanonical appends the canonical request. Everything in it has been checked, and order is sorted. It also returns
// the list of signed headers, a part of what it has appended. A field without values has the request's host or date: that
// of Sign's X-Amz-Date, whose string is not made yet.
func (s *Signer) appendCanonical(dst []byte, r *Request, query, date string, fields []field, order []int32) (canonical, signedHeaders []byte) {
	// The six parts in the order of the AWS page, each on a line; the header's part has a line for each field.
	dst = append(dst, r.Method...)
	dst = append(dst, '\n')
	dst = s.appendCanonicalPath(dst, r.Path)
	dst = append(dst, '\n')
	dst = appendCanonicalQuery(dst, query)
	dst = append(dst, '\n')
	for i, at := range order {
		f := &fields[at]
		if i > 0 && sameName(&fields[order[i-1]], f) {
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
	start := len(dst)
	dst = appendSignedHeaders(dst, fields, order)
	end := len(dst)
	dst = append(dst, '\n')
	dst = append(dst, r.PayloadHash...)
	return dst, dst[start:end]
}

// appendSignedHeaders appends the names of sorted fields, each once, with ';' between them.
func appendSignedHeaders(dst []byte, fields []field, order []int32) []byte {
	for i, at := range order {
		f := &fields[at]
		if i > 0 {
			if sameName(&fields[order[i-1]], f) {
				continue
			}
			dst = append(dst, ';')
		}
		dst = f.appendName(dst)
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
