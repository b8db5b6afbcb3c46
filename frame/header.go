package frame

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"unicode/utf8"
)

// Header is a name and a value, for [Append].
type Header struct {
	Name  string // 1 to 255 bytes of UTF-8
	Value Value
}

// Headers is the header block of a [Message]: bytes that have been checked once,
// and are walked lazily. Copies share the bytes. The zero Headers is empty.
//
// The order of headers has no meaning, and no name appears twice. Names are
// case-sensitive.
type Headers struct {
	b []byte // whole headers, one behind the other
	n int    // how many
}

// Len returns the number of headers.
func (h Headers) Len() int {
	if len(h.b) == 0 || h.b[0] == 0 { // no block, or a stale one: see Reader.invalidate
		return 0
	}
	return h.n
}

// Get returns the value of the header with this name. It does not allocate.
func (h Headers) Get(name string) (Value, bool) {
	for i := 0; i < len(h.b); {
		x, bad := scan(h.b, i)
		if bad != "" { // only a stale block gets here
			break
		}
		if string(h.b[i+1:x.name]) == name {
			if x.typ == String { // what is asked for most, at half the time
				return Value{typ: String, b: h.b[x.value:x.end:x.end]}, true
			}
			return decodeValue(x.typ, h.b[x.value:x.end:x.end]), true
		}
		i = x.end
	}
	return Value{}, false
}

// Is reports whether the header with this name is a String with exactly this
// text. It is what a dispatch on reserved headers needs, at half the cost of
// [Headers.Get], which has to make a Value.
func (h Headers) Is(name, text string) bool {
	if string(h.b) == chunkHeaders { // nearly always; the comparison takes a third of a walk to the last header
		switch name {
		case ":event-type":
			return text == "chunk"
		case ":message-type":
			return text == "event"
		case ":content-type":
			return text == "application/json"
		}
		return false
	}
	for i := 0; i < len(h.b); {
		x, bad := scan(h.b, i)
		if bad != "" { // only a stale block gets here
			break
		}
		if string(h.b[i+1:x.name]) == name {
			return x.typ == String && string(h.b[x.value:x.end]) == text
		}
		i = x.end
	}
	return false
}

// All yields names and values in the order on the wire. Both borrow the bytes of
// the message.
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

// extent is where the parts of a header end: the name starts one byte behind the
// header's start, and runs to name; the value runs from value to end.
type extent struct {
	name, value, end int
	typ              Type
}

// scan finds the extent of the header at b[i], i < len(b). What is wrong comes
// back in words, "" for nothing.
//
// It is the only code that interprets lengths in a header block: the check and
// all later walks go through it, and it trusts nothing. A block that was checked
// can change under a walk, when a message is used after its time; then scan
// finds the block malformed or finds other headers, within the same bytes.
func scan(b []byte, i int) (x extent, bad string) {
	// Indexes can't overflow: i <= len(b), and at most 1+255+1+2+65535 is added.
	name := i + 1 + int(b[i]) // bounded: one byte
	if name == i+1 {
		return x, "empty name"
	}
	if name >= len(b) { // there must be a type behind the name
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
		n := int(be16(b[value:])) // bounded: two bytes
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

// chunkHeaders is the block of every chunk frame that Bedrock sends: always
// these three headers, in this order. A comparison of 75 bytes takes 3 ns where
// the walk takes 60, and it accepts nothing that the walk would not.
const (
	chunkHeaders = "\x0b:event-type\x07\x00\x05chunk" +
		"\x0d:content-type\x07\x00\x10application/json" +
		"\x0d:message-type\x07\x00\x05event"
	chunkHeaderCount = 3
)

// isChunk reports whether b is that block, within the limit. It is small enough
// to be inlined where it matters.
func isChunk(b []byte, maxCount int) bool {
	return string(b) == chunkHeaders && maxCount >= chunkHeaderCount
}

// checkHeaders checks a header block and counts its headers. The offset in its
// error is relative to the block.
func checkHeaders(b []byte, maxCount int) (int, *Error) {
	if isChunk(b, maxCount) {
		return chunkHeaderCount, nil
	}
	return walkHeaders(b, maxCount)
}

// fewHeaders is up to how many headers are compared each with each: less work
// than a table, and more than any event of a Smithy service carries.
const fewHeaders = 12

// walkHeaders checks every header in the order on the wire, and names for being
// there once: the first ones on the way, and if there are more, all of them at the
// end. UTF-8 is checked for names and strings alike, because callers will print
// both, and because implementations that decode text at once refuse what others
// pass on.
func walkHeaders(b []byte, maxCount int) (int, *Error) {
	var seen [fewHeaders]struct{ start, end int }
	n := 0
	for i := 0; i < len(b); n++ {
		// Before the header is looked at: the limit bounds the work.
		if n >= maxCount {
			return 0, &Error{Offset: int64(i), Err: ErrTooLarge, why: "number of headers", got: uint64(n) + 1, want: uint64(maxCount), show: showLimit}
		}
		x, bad := scan(b, i)
		switch {
		case bad != "":
			return 0, headerError(i, bad)
		case !utf8.Valid(b[i+1 : x.name]):
			return 0, headerError(i, "name is not UTF-8")
		case x.typ == String && !utf8.Valid(b[x.value:x.end]):
			return 0, headerError(i, "string value is not UTF-8")
		case x.typ != String && reservedString(b[i+1:x.name]):
			return 0, headerError(i, "reserved header is not a string")
		}
		if n < fewHeaders {
			// The length byte takes part in the comparison, so names of different
			// length differ in the first byte.
			for _, s := range seen[:n] {
				if string(b[s.start:s.end]) == string(b[i:x.name]) {
					return 0, headerError(i, "duplicate name")
				}
			}
			seen[n].start, seen[n].end = i, x.name
		}
		i = x.end
	}
	if n > fewHeaders {
		if i := duplicate(b, n); i >= 0 {
			return 0, headerError(i, "duplicate name")
		}
	}
	return n, nil
}

//go:noinline
func headerError(i int, why string) *Error {
	return &Error{Offset: int64(i), Err: ErrHeader, why: why}
}

// reservedString reports whether name is one of the headers that tell what a
// message is, which are strings: Smithy "Amazon Event Stream", section "Message
// types and reserved headers". A block that has one of another type would be
// read differently by different clients. Other names with a colon are open: a
// signed message has a :date and a :chunk-signature, which are no strings.
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

// duplicate returns the offset of the first header that repeats an earlier name,
// or -1. The block is well-formed and has n headers.
//
// A search for each name would be quadratic, and the largest legal block has
// 1,024 names, so they go into a hash table, which is on the stack unless a
// caller has raised the limit on their number. The hash is seeded anew each time:
// names whose CRCs agree are easy to choose, and names that collide under a seed
// not yet drawn are not.
func duplicate(b []byte, n int) int {
	var few [2 * DefaultMaxHeaderCount]uint32
	table := few[:]
	if 2*n > len(table) {
		table = make([]uint32, 1<<bits.Len(uint(2*n)))
	}
	seed := maphash.MakeSeed()
	mask := uint64(len(table) - 1) // a power of two less one
	for i := 0; i < len(b); {
		x, _ := scan(b, i)
		// Half of the slots stay free, so the search ends.
		slot := maphash.Bytes(seed, b[i:x.name]) & mask
		for table[slot] != 0 {
			if string(nameAt(b, table[slot]-1)) == string(b[i:x.name]) {
				return i
			}
			slot = (slot + 1) & mask
		}
		table[slot] = uint32(i) + 1 // offsets within a frame have 32 bits, and this one is not its last
		i = x.end
	}
	return -1
}

// nameAt returns the length byte and the name of the header at b[i].
func nameAt(b []byte, i uint32) []byte {
	return b[i : uint64(i)+1+uint64(b[i])]
}
