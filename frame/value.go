package frame

import (
	"encoding/binary"
	"time"
)

// Type is the type of a header value. Its numbers are those on the wire. There are no other types.
type Type uint8

// The types of header values, Smithy "Amazon Event Stream", section "Headers". True and False are
// two types, without value bytes.
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

// typeCount is the first number that is not a type.
const typeCount = 10

// maxValue is the largest length of a Bytes or String value. The length field has room for 65,535,
// but the grammar of Smithy's "Amazon Event Stream" allows 1 to 32,767 bytes. This package also
// accepts and encodes empty values, because the published test vectors of two implementations have
// them.
const maxValue = 1<<15 - 1

var typeNames = [typeCount]string{"true", "false", "int8", "int16", "int32", "int64", "bytes", "string", "timestamp", "uuid"}

// String returns the name of the type, or "unknown".
func (t Type) String() string {
	if t < typeCount {
		return typeNames[t]
	}
	return "unknown"
}

// Value is the value of a header: a type and bytes. It is not an interface, so neither encoding nor
// decoding allocates. Every accessor returns ok == false for a value of another type.
//
// A Value from a [Message] borrows the message's bytes: see [Message]. A Value from a constructor
// borrows the constructor's argument, until [Append] has used it. The zero Value is boolean true,
// wire type 0.
type Value struct {
	typ Type
	// num is an integer, sign-extended; the milliseconds of a Timestamp; or the first eight bytes of
	// a UUID, of which low is the rest.
	num, low uint64
	// Bytes and String values are in b if they were decoded or made by BytesValue, and in s if made
	// by StringValue. The other one is empty.
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

// BytesValue returns a Bytes that borrows v. [Append] refuses more than 32,767 bytes.
func BytesValue(v []byte) Value { return Value{typ: Bytes, b: v} }

// StringValue returns a String. [Append] refuses more than 32,767 bytes, and bytes that are not
// UTF-8.
func StringValue(v string) Value { return Value{typ: String, s: v} }

// TimeValue returns a Timestamp: t in whole milliseconds, rounded down.
func TimeValue(t time.Time) Value { return Value{typ: Timestamp, num: uint64(t.UnixMilli())} }

// UUIDValue returns a UUID.
func UUIDValue(v [16]byte) Value {
	return Value{typ: UUID, num: binary.BigEndian.Uint64(v[:]), low: binary.BigEndian.Uint64(v[8:])}
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

// Text returns the value of a String. It copies the text, except for the values that every frame of
// a Bedrock stream repeats. To compare without a copy use [Value.EqualText].
func (v Value) Text() (string, bool) {
	switch {
	case v.typ != String:
		return "", false
	case v.s != "":
		return v.s, true
	}
	return usualText(v.b), true
}

// EqualText reports whether v is a String with exactly these bytes. It does not allocate.
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
	binary.BigEndian.PutUint64(id[:], v.num)
	binary.BigEndian.PutUint64(id[8:], v.low)
	return id, true
}

// fixedSize returns the size of a value of type t on the wire; for Bytes and String, the size of the
// length field. t must be a known type.
func fixedSize(t Type) int {
	return int(fixedSizes[t]) // bounded: one byte
}

var fixedSizes = [typeCount]uint8{True: 0, False: 0, Int8: 1, Int16: 2, Int32: 4, Int64: 8, Bytes: 2, String: 2, Timestamp: 8, UUID: 16}

// textLen returns the length of a Bytes or String value.
func (v *Value) textLen() int { return len(v.b) + len(v.s) }

// decodeValue returns the value of type t whose bytes, without the length field, are b. len(b) is
// right for the type.
func decodeValue(t Type, b []byte) Value {
	v := Value{typ: t}
	switch t {
	case Int8:
		v.num = uint64(int8(b[0]))
	case Int16:
		v.num = uint64(int16(binary.BigEndian.Uint16(b)))
	case Int32:
		v.num = uint64(int32(binary.BigEndian.Uint32(b)))
	case Int64, Timestamp:
		v.num = binary.BigEndian.Uint64(b)
	case Bytes, String:
		v.b = b
	case UUID:
		v.num, v.low = binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])
	}
	return v
}
