package signer

import (
	"bytes"
	"strings"
)

// field is one header field. Fields with names equal but for case are merged when they are written. Fields stay where they
// are while they are sorted, and a table of int32 says which of them are signed, in which order: moving all of a field at
// each step, or pointers, of each of which the garbage collector may have to hear, costs more than the rest of the sorting.
type field struct {
	name   string   // in any case
	values []string // nil for the host and for Sign's date, which are at hand when the field is written, and between two requests
	class  nameClass
	same   bool     // the one before it in work.order has the same name
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
// Lower-casing and the check for a token want the same bytes, so one walk serves both.
func (f *field) set(name string, values []string) bool {
	f.name, f.values = name, values
	// What Sign sends and what it leaves out is known by names of at most 24 bytes, so a longer one has no class but the first,
	// and its lower-case form is made when it is written.
	n := min(len(name), len(f.lower))
	buf, flags := &f.lower, byte(isToken)
	for i := 0; i < n; i++ {
		c := classes[name[i]]
		flags &= c
		buf[i] = name[i] | c&isUpper
	}
	if len(name) > n {
		return indexNotToken(name) < 0 // and it is longer than all of the cases below
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
	return n > 0 && flags != 0
}

// appendName appends the name in lower case.
func (f *field) appendName(dst []byte) []byte {
	if len(f.name) <= len(f.lower) {
		// All of the array, and then its end cut off: a copy of known length is three moves, any other a call.
		end := len(dst) + len(f.name)
		return append(dst, f.lower[:]...)[:end]
	}
	return appendLower(dst, f.name)
}

// compareFold orders two fields by their lower-case names. Zeros stand behind a short name, and no token has one, so that the
// arrays order as strings do.
func (f *field) compareFold(g *field) int {
	if n := bytes.Compare(f.lower[:], g.lower[:]); n != 0 {
		return n
	}
	return compareFold(f.name, g.name)
}

// compareFields orders by lower-case name. Names that differ in case only follow in the order in which net/http writes
// them, so that the result never depends on the order of a map.
func compareFields(a, b *field) int {
	if n := a.compareFold(b); n != 0 {
		return n
	}
	return strings.Compare(a.name, b.name)
}

// fewFields is up to how many fields are sorted by insertion and looked for one after the other by recall, both of which are
// fastest for few and quadratic for many: far more than a request has, and no server's attacker can make it costly.
const fewFields = 32

// sort sorts the order by the fields' names, and marks those that are the same.
//
//go:noinline
func (w *work) sort() {
	order := w.order
	less := func(i, j int) bool { return compareFields(&w.fields[order[i]], &w.fields[order[j]]) < 0 }
	swap := func(i, j int) { order[i], order[j] = order[j], order[i] }
	if len(order) > fewFields {
		heapSort(len(order), less, swap)
	} else {
		for i := 1; i < len(order); i++ {
			for j := i; j > 0 && less(j, j-1); j-- {
				swap(j, j-1)
			}
		}
	}
	for i := 1; i < len(order); i++ {
		f := &w.fields[order[i]]
		f.same = f.compareFold(&w.fields[order[i-1]]) == 0
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
