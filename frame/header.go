package frame

import (
	"encoding/binary"
	"hash/maphash"
	"iter"
	"math/bits"
	"unicode/utf8"
)

// Headers is the header block of a [Message]. The bytes have been checked, and each method walks
// them again. Copies share the bytes. The zero Headers is empty.
//
// The order of headers has no meaning, and no name appears twice. Names are case-sensitive.
type Headers struct {
	b []byte // whole headers, one after the other
	n int    // the number of headers
}

// Len returns the number of headers.
func (h Headers) Len() int {
	if len(h.b) == 0 || h.b[0] == 0 { // empty, or stale: see Reader.invalidate
		return 0
	}
	return h.n
}

// Get returns the value of the header with this name. It does not allocate.
func (h Headers) Get(name string) (Value, bool) {
	for i := 0; i < len(h.b); {
		x, bad := scan(h.b, i)
		if bad != "" { // the block is stale
			break
		}
		if string(h.b[i+1:x.name]) == name {
			if x.typ == String { // the most common type, in half the time of decodeValue
				return Value{typ: String, b: h.b[x.value:x.end:x.end]}, true
			}
			return decodeValue(x.typ, h.b[x.value:x.end:x.end]), true
		}
		i = x.end
	}
	return Value{}, false
}

// Is reports whether the header with this name is a String with exactly this text. It takes half
// the time of [Headers.Get], which has to make a Value.
func (h Headers) Is(name, text string) bool {
	if event := usualEvent(h.b); event != "" { // takes a third of a walk to the last header
		return isUsual(event, name, text)
	}
	for i := 0; i < len(h.b); {
		x, bad := scan(h.b, i)
		if bad != "" { // the block is stale
			break
		}
		if string(h.b[i+1:x.name]) == name {
			return x.typ == String && string(h.b[x.value:x.end]) == text
		}
		i = x.end
	}
	return false
}

// All yields names and values in the order on the wire. Both borrow the bytes of the message.
func (h Headers) All() iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		for i := 0; i < len(h.b); {
			x, bad := scan(h.b, i)
			if bad != "" || !yield(h.b[i+1:x.name:x.name], decodeValue(x.typ, h.b[x.value:x.end:x.end])) {
				return
			}
			i = x.end
		}
	}
}

// extent holds the offsets at which the parts of a header end. The name starts one byte after the
// start of the header and ends at name. The value starts at value and ends at end.
type extent struct {
	name, value, end int
	typ              Type
}

// scan returns the extent of the header at b[i], where i < len(b). bad says what is wrong with it,
// "" if nothing is.
//
// Only scan interprets lengths in a header block: the check and all later walks go through it. It
// trusts nothing, because a block that was checked can change during a walk if a message is used
// after its Reader's next call. Then scan reports a malformed block or finds other headers, within
// the same bytes.
func scan(b []byte, i int) (x extent, bad string) {
	// Indexes can't overflow: i <= len(b), and at most 1+255+1+2+65535 is added.
	name := i + 1 + int(b[i]) // bounded: one byte
	if name == i+1 {
		return x, "empty name"
	}
	if name >= len(b) { // the name must be followed by a type
		return x, "name runs past the end of the headers"
	}
	t := Type(b[name])
	if t >= typeCount {
		return x, "unknown value type"
	}
	value := name + 1
	end := value + fixedSize(t)
	if end > len(b) {
		return x, "value runs past the end of the headers"
	}
	if t == String || t == Bytes {
		n := int(binary.BigEndian.Uint16(b[value:])) // bounded: two bytes
		if n > maxValue {
			return x, "value longer than 32767 bytes"
		}
		value = end
		if end += n; end > len(b) {
			return x, "value runs past the end of the headers"
		}
	}
	return extent{name, value, end, t}, ""
}

// fewHeaders is the number of headers up to which names are compared each with each. This takes
// less time than a table, and no event of a Smithy service has more headers.
const fewHeaders = 12

// walkHeaders checks every header in the order on the wire, and that no name appears twice: the
// first fewHeaders names during the walk, and all of them after the walk if there are more. It
// returns the number of good headers. The offset in its error is relative to b.
//
// Names must be UTF-8 as strings must, because callers print both, and because implementations that
// decode text at once refuse what others pass on.
func walkHeaders(b []byte, maxCount int) (int, *Error) {
	var seen [fewHeaders]struct{ start, end int }
	n := 0
	for i := 0; i < len(b); n++ {
		// Before the header is read, so that the limit bounds the work.
		if n >= maxCount {
			return n, &Error{Offset: int64(i), Err: ErrTooLarge, why: "number of headers", got: uint64(n) + 1, want: uint64(maxCount), show: showLimit}
		}
		x, bad := scan(b, i)
		switch {
		case bad != "":
			return n, headerError(i, bad)
		case !utf8.Valid(b[i+1 : x.name]):
			return n, headerError(i, "name is not UTF-8")
		case x.typ == String && !utf8.Valid(b[x.value:x.end]):
			return n, headerError(i, "string value is not UTF-8")
		case x.typ != String && reservedString(b[i+1:x.name]):
			return n, headerError(i, "reserved header is not a string")
		}
		if n < fewHeaders {
			// The comparison includes the length byte, so names of different length differ in
			// their first byte.
			for _, s := range seen[:n] {
				if string(b[s.start:s.end]) == string(b[i:x.name]) {
					return n, headerError(i, "duplicate name")
				}
			}
			seen[n].start, seen[n].end = i, x.name
		}
		i = x.end
	}
	if n > fewHeaders {
		if i := duplicate(b, n); i >= 0 {
			return n, headerError(i, "duplicate name")
		}
	}
	return n, nil
}

func headerError(i int, why string) *Error {
	return &Error{Offset: int64(i), Err: ErrHeader, why: why}
}

// reservedString reports whether name is one of the reserved headers whose value is a string:
// Smithy "Amazon Event Stream", section "Message types and reserved headers". Clients would
// disagree about the meaning of one that has another type. Other names with a colon may have any
// type: a signed message has :date and :chunk-signature, which are not strings.
func reservedString(name []byte) bool {
	if name[0] != ':' {
		return false
	}
	switch string(name) {
	case ":message-type", ":event-type", ":exception-type", ":content-type", ":error-code", ":error-message":
		return true
	}
	return false
}

// duplicate returns the offset of the first header that repeats an earlier name, or -1. The block
// is well-formed and has n headers.
//
// The largest legal block has 1,024 names, too many to compare each with each, so duplicate uses a
// hash table. The table is on the stack unless a caller has raised the limit on the number of
// headers. Each call draws a new seed, so that an attacker can't choose names that collide.
func duplicate(b []byte, n int) int {
	var few [2 * DefaultMaxHeaderCount]uint32
	table := few[:]
	if 2*n > len(table) {
		table = make([]uint32, 1<<bits.Len(uint(2*n)))
	}
	seed := maphash.MakeSeed()
	mask := uint64(len(table) - 1) // len(table) is a power of two
	for i := 0; i < len(b); {
		x, _ := scan(b, i)
		// At least half of the slots stay free, so the search ends.
		slot := maphash.Bytes(seed, b[i:x.name]) & mask
		for table[slot] != 0 {
			if string(nameAt(b, table[slot]-1)) == string(b[i:x.name]) {
				return i
			}
			slot = (slot + 1) & mask
		}
		table[slot] = uint32(i) + 1 // can't overflow: an offset in a frame has 32 bits, and is not the last
		i = x.end
	}
	return -1
}

// nameAt returns the length byte and the name of the header at b[i].
func nameAt(b []byte, i uint32) []byte {
	return b[i : uint64(i)+1+uint64(b[i])]
}
