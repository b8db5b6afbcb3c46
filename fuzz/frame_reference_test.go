package fuzz

import (
	"encoding/binary"
	"unicode/utf8"

	"bedrockwire/frame"
)

// plainHeaders says whether a header block is right, and if not, where the header
// at fault starts. It is written for being read, with a map and no haste, from
// the rules in package frame's documentation.
//
// Where a block has several faults the one that counts is the first in the block,
// but a repeated name among more than twelve headers comes after all others.
func plainHeaders(b []byte) (at int, ok bool) {
	const compared = 12
	first := map[string]bool{}
	repeated := -1
	count := 0
	for at < len(b) {
		if count == frame.DefaultMaxHeaderCount {
			return at, false
		}
		size, name, ok := plainHeader(b[at:])
		if !ok {
			return at, false
		}
		if first[name] {
			if count < compared {
				return at, false
			}
			if repeated < 0 {
				repeated = at
			}
		}
		first[name] = true
		count++
		at += size
	}
	return repeated, repeated < 0
}

// plainHeader says how long the header at the start of b is.
func plainHeader(b []byte) (size int, name string, ok bool) {
	n := int(b[0])
	if n == 0 || len(b) < 1+n+1 {
		return 0, "", false
	}
	name = string(b[1 : 1+n])
	typ := b[1+n]
	size = 1 + n + 1
	rest := b[size:]
	switch typ {
	case 0, 1:
	case 2:
		size++
	case 3:
		size += 2
	case 4:
		size += 4
	case 5, 8:
		size += 8
	case 6, 7:
		if len(rest) < 2 {
			return 0, "", false
		}
		l := int(binary.BigEndian.Uint16(rest))
		if l > 32767 || len(rest) < 2+l {
			return 0, "", false
		}
		if typ == 7 && !utf8.Valid(rest[2:2+l]) {
			return 0, "", false
		}
		size += 2 + l
	case 9:
		size += 16
	default:
		return 0, "", false
	}
	if size > len(b) || !utf8.ValidString(name) {
		return 0, "", false
	}
	switch name {
	case ":message-type", ":event-type", ":exception-type", ":content-type", ":error-code", ":error-message":
		if typ != 7 {
			return 0, "", false
		}
	}
	return size, name, true
}
