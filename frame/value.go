package frame

import "time"

// Type is the type of a header value. Its numbers are those on the wire; the
// set is closed.
type Type uint8

// The types of header values, Smithy "Amazon Event Stream", section "Headers".
// Truth is a type of its own: True and False have no value bytes.
const (
	True      Type = iota // boolean true
	False                 // boolean false
	Int8                  // signed 8-bit integer
	Int16                 // signed 16-bit integer
	Int32                 // signed 32-bit integer
	Int64                 // signed 64-bit integer
	Bytes                 // 0 to 32,767 bytes
	String                // 0 to 32,767 bytes of UTF-8
	Timestamp             // milliseconds since 1970-01-01 UTC, signed 64-bit
	UUID                  // 16 bytes
)

// typeCount is the first id that has no meaning.
const typeCount = 10

// maxValue is the largest length of a Bytes or String value. The wire has room
// for 65,535; the grammar of Smithy's "Amazon Event Stream" ends at 32,767. The
// same grammar starts at 1, but empty values are in the published test vectors
// of two implementations, so they are legal here, both ways.
const maxValue = 1<<15 - 1

var typeNames = [typeCount]string{"true", "false", "int8", "int16", "int32", "int64", "bytes", "string", "timestamp", "uuid"}

// String returns the name of the type, or "unknown".
func (t Type) String() string {
	if t < typeCount {
		return typeNames[t]
	}
	return "unknown"
}

// Value is the value of a header: a type and bytes, never an interface, so
// neither direction allocates. Every accessor returns ok == false for a value
// of another type.
//
// A Value from a [Message] borrows the message's bytes: see [Message]. One from
// a constructor borrows its argument, until [Append] has used it. The zero
// Value is boolean true, wire type 0.
type Value struct {
	typ Type
	// num is an integer, sign-extended; the milliseconds of a Timestamp; or the
	// first eight bytes of a UUID, and low the other eight.
	num, low uint64
	// Bytes and String values are in b when they were decoded or made by
	// BytesValue, and in s when made by StringValue. One of them is empty.
	b []byte
	s string
}

// BoolValue returns a True or False.
func BoolValue(v bool) Value {
	if v {
		return Value{typ: True}
	}
	return Value{typ: False}
}

// Int8Value returns an Int8.
func Int8Value(v int8) Value { return Value{typ: Int8, num: uint64(v)} }

// Int16Value returns an Int16.
func Int16Value(v int16) Value { return Value{typ: Int16, num: uint64(v)} }

// Int32Value returns an Int32.
func Int32Value(v int32) Value { return Value{typ: Int32, num: uint64(v)} }

// Int64Value returns an Int64.
func Int64Value(v int64) Value { return Value{typ: Int64, num: uint64(v)} }

// BytesValue returns a Bytes that borrows v. [Append] refuses more than 32,767
// bytes.
func BytesValue(v []byte) Value { return Value{typ: Bytes, b: v} }

// StringValue returns a String. [Append] refuses more than 32,767 bytes, and
// bytes that are not UTF-8.
func StringValue(v string) Value { return Value{typ: String, s: v} }

// TimeValue returns a Timestamp: t in milliseconds, finer parts dropped.
func TimeValue(t time.Time) Value { return Value{typ: Timestamp, num: uint64(t.UnixMilli())} }

// UUIDValue returns a UUID.
func UUIDValue(v [16]byte) Value {
	return Value{typ: UUID, num: be64(v[:8]), low: be64(v[8:])}
}

// Type returns the type of the value.
func (v Value) Type() Type { return v.typ }

// Bool returns the value of a True or a False.
func (v Value) Bool() (b, ok bool) { return v.typ == True, v.typ <= False }

// Int returns the value of an Int8, Int16, Int32 or Int64.
func (v Value) Int() (int64, bool) {
	if v.typ < Int8 || v.typ > Int64 {
		return 0, false
	}
	return int64(v.num), true
}

// Bytes returns the value of a Bytes, borrowed, with no spare capacity.
func (v Value) Bytes() ([]byte, bool) {
	if v.typ != Bytes {
		return nil, false
	}
	return v.b[:len(v.b):len(v.b)], true
}

// Text returns the value of a String. It copies, except for the values that
// every Bedrock stream repeats in each frame. To compare without copying use
// [Value.EqualText].
func (v Value) Text() (string, bool) {
	if v.typ != String {
		return "", false
	}
	if len(v.s) > 0 {
		return v.s, true
	}
	switch string(v.b) { // the compiler compares in place
	case "chunk":
		return "chunk", true
	case "event":
		return "event", true
	case "application/json":
		return "application/json", true
	}
	return string(v.b), true
}

// EqualText reports whether v is a String with exactly these bytes. It does not
// allocate.
func (v Value) EqualText(s string) bool {
	if v.typ != String {
		return false
	}
	if v.s != "" {
		return v.s == s
	}
	return string(v.b) == s
}

// Time returns the value of a Timestamp, in UTC.
func (v Value) Time() (time.Time, bool) {
	if v.typ != Timestamp {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(v.num)).UTC(), true
}

// UUID returns the value of a UUID.
func (v Value) UUID() (id [16]byte, ok bool) {
	if v.typ != UUID {
		return id, false
	}
	putBE64(id[:8], v.num)
	putBE64(id[8:], v.low)
	return id, true
}

// fixedSize returns the size of a value of type t on the wire; for Bytes and
// String that of the length in front. It must not be called for an unknown type.
func fixedSize(t Type) int {
	return int(fixedSizes[t]) // bounded: one byte
}

var fixedSizes = [typeCount]uint8{True: 0, False: 0, Int8: 1, Int16: 2, Int32: 4, Int64: 8, Bytes: 2, String: 2, Timestamp: 8, UUID: 16}

// textLen returns the length of a Bytes or String value.
func (v *Value) textLen() int { return len(v.b) + len(v.s) }

// append writes the value, without its type. Its lengths have been checked.
func (v *Value) append(dst []byte) []byte {
	switch v.typ {
	case Bytes, String:
		n := v.textLen()
		dst = append(dst, byte(n>>8), byte(n))
		dst = append(dst, v.b...)
		return append(dst, v.s...)
	case UUID:
		return appendBE(appendBE(dst, v.num, 8), v.low, 8)
	}
	return appendBE(dst, v.num, fixedSize(v.typ))
}

// decodeValue returns the value of type t whose bytes, without a length in
// front, are b. len(b) is what the type asks for.
func decodeValue(t Type, b []byte) Value {
	v := Value{typ: t}
	switch t {
	case Int8:
		v.num = uint64(int8(b[0]))
	case Int16:
		v.num = uint64(int16(be16(b)))
	case Int32:
		v.num = uint64(int32(be32(b)))
	case Int64, Timestamp:
		v.num = be64(b)
	case Bytes, String:
		v.b = b
	case UUID:
		v.num, v.low = be64(b[:8]), be64(b[8:])
	}
	return v
}

// Big-endian loads and stores, byte by byte: the compiler merges them into one
// instruction, and nothing depends on the byte order of the machine.

func be16(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }

func be32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
}

func be64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[7]) | uint64(b[6])<<8 | uint64(b[5])<<16 | uint64(b[4])<<24 |
		uint64(b[3])<<32 | uint64(b[2])<<40 | uint64(b[1])<<48 | uint64(b[0])<<56
}

func putBE64(b []byte, v uint64) {
	for i := range 8 {
		b[i] = byte(v >> (56 - 8*i))
	}
}

// appendBE appends the low n bytes of v.
func appendBE(dst []byte, v uint64, n int) []byte {
	for n--; n >= 0; n-- {
		dst = append(dst, byte(v>>(8*n)))
	}
	return dst
}
