package signer

import "math/bits"

// The classes of bytes that signing cares about, as flags in a table: the one loop that every byte of a request
// goes through several times costs a load and a test. The table is a constant, so that no start-up work makes it.
//
// Flags, not ranges, so that whoever asks for one of two classes (a blank or a control character) still does one test, and
// whoever asks whether all bytes are in a class needs no branch for each of them.
const (
	isControl    = 0x01 // C0 and DEL, the tab too
	isToken      = 0x02 // may stand in a header name: RFC 9110, section 5.6.2
	isUnreserved = 0x04 // is never percent-encoded: RFC 3986, section 2.3
	isHexLower   = 0x08 // 0-9 and a-f
	isBlank      = 0x10 // space and tab, all the white space HTTP has: RFC 9110, section 5.6.3
	isUpper      = 0x20 // and the bit that makes the letter lower-case
)

const classes = "" +
	"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x11\x01\x01\x01\x01\x01\x01" + // 0x00
	"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01" + // 0x10
	"\x10\x02\x00\x02\x02\x02\x02\x02\x00\x00\x02\x02\x00\x06\x06\x00" + // 0x20
	"\x0e\x0e\x0e\x0e\x0e\x0e\x0e\x0e\x0e\x0e\x00\x00\x00\x00\x00\x00" + // 0x30
	"\x00\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26" + // 0x40
	"\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x26\x00\x00\x00\x02\x06" + // 0x50
	"\x02\x0e\x0e\x0e\x0e\x0e\x0e\x06\x06\x06\x06\x06\x06\x06\x06\x06" + // 0x60
	"\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\x06\x00\x02\x00\x06\x01" + // 0x70
	none + none + none + none // 0x80 to 0xff: in values and paths, as UTF-8 or whatever the service takes

const none = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// lower returns an ASCII letter in lower case and any other byte as it is. Unicode's rules have no say in header names: with
// them the Kelvin sign would fold to k, and two names would be one that no server takes for one.
func lower(b byte) byte { return b | classes[b]&isUpper }

// Text that every request brings (path, payload hash, header values, session token) is looked at eight bytes at a time, in
// the lanes of a word: a path of a Bedrock model takes 20 ns in place of 37, a payload hash 12 in place of 27. The
// first byte is in the lowest lane on every machine, because words are put together by shifts.
const (
	ones = 0x0101010101010101
	tops = 0x80 * ones // the top bit of each lane; no ASCII character has it
)

// load returns eight bytes of s from i on, the first in the lowest lane. The compiler makes one load of it.
func load[text string | []byte](s text, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// store is load's counterpart.
func store(b []byte, x uint64) {
	b = b[:8]
	b[0], b[1], b[2], b[3] = byte(x), byte(x>>8), byte(x>>16), byte(x>>24)
	b[4], b[5], b[6], b[7] = byte(x>>32), byte(x>>40), byte(x>>48), byte(x>>56)
}

// within sets the top bit of each lane of x that is from low to high, both ASCII, and any of the other bits. A lane that is
// not ASCII makes it wrong in itself and, by its carry, in the lanes above: callers look at x's top bits as well, and trust
// no lane above such a one.
func within(x uint64, low, high byte) uint64 {
	return (x + ones*uint64(0x80-low)) &^ (x + ones*uint64(0x7f-high))
}

// appendHex appends p, whose length is a multiple of four, in lower-case hex. A signature takes two hashes in hex, and
// encoding/hex, which goes byte by byte, takes as long for them as SHA-256 for a block.
func appendHex(dst, p []byte) []byte {
	for ; len(p) >= 4; p = p[4:] {
		// Each byte gets two lanes, its upper half in the lower one, which is written first.
		x := uint64(p[0]) | uint64(p[1])<<16 | uint64(p[2])<<32 | uint64(p[3])<<48
		x = (x>>4 | x<<8) & (0x0f * ones)
		letters := (x + 6*ones) >> 4 & ones // 1 in the lanes of ten and more
		var text [8]byte
		store(text[:], x+'0'*ones+('a'-'0'-10)*letters)
		dst = append(dst, text[:]...)
	}
	return dst
}

// skipPlain returns the offset, from i on, of the first byte that is neither unreserved nor '/', len(s) if there is none.
func skipPlain(s string, i int) int {
	for i+8 <= len(s) {
		x := load(s, i)
		// Letters of both cases, and the thirteen characters from '-' over '.' and '/' to '9'.
		odd := (^(within(x|0x20*ones, 'a', 'z') | within(x, '-', '9')) | x) & tops
		if odd == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(odd) / 8 // the first such lane: no carry came from below
		if classes[s[i]]&isUnreserved == 0 {
			return i
		}
		i++ // '_' or '~'
	}
	for i < len(s) && (classes[s[i]]&isUnreserved != 0 || s[i] == '/') {
		i++
	}
	return i
}

// isLabel reports whether s is not empty and has unreserved characters only, as key ids, regions and the names of services
// do. It is a quick yes and no verdict: a '.', '_' or '~' may make it say no.
func isLabel(s string) bool {
	odd, i := uint64(0), 0
	for ; i+8 <= len(s); i += 8 {
		x := load(s, i)
		odd |= ^(within(x|0x20*ones, 'a', 'z') | within(x, '0', '9') | within(x, '-', '-')) | x
	}
	flags := byte(isUnreserved)
	for ; i < len(s); i++ {
		flags &= classes[s[i]]
	}
	return odd&tops == 0 && flags != 0 && len(s) > 0
}

// indexOdd returns the offset of the first byte that is a space or a control character, -1 if there is none.
func indexOdd(s string) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := load(s, i)
		del := x ^ 0x7f*ones
		// The top bit of a lane of the first term is set if it is below 0x21, of the second if it is 0x7f. A borrow can
		// set it for a lane above one that is caught anyway; the loop below looks closer.
		if ((x-0x21*ones)&^x|(del-ones)&^del)&tops != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if classes[s[i]]&(isControl|isBlank) != 0 {
			return i
		}
	}
	return -1
}

// indexControl returns the offset of the first control character but for those allowed, -1 if there is none.
func indexControl(s string, allowed byte) int {
	for at := 0; ; at++ {
		i := indexOdd(s[at:])
		if i < 0 {
			return -1
		}
		if at += i; s[at] != ' ' && (s[at] != allowed || allowed == 0) {
			return at
		}
	}
}

// indexNotToken returns the offset of the first byte of s that no token has, 0 for an empty name, -1 for a good one. A
// ';' or ':' would otherwise forge an element of the signed headers.
func indexNotToken(s string) int {
	for i := 0; i < len(s); i++ {
		if classes[s[i]]&isToken == 0 {
			return i
		}
	}
	if len(s) == 0 {
		return 0
	}
	return -1
}

// unhex returns the value of a hex digit, 16 for any other byte.
func unhex(b byte) byte {
	switch {
	case '0' <= b && b <= '9':
		return b - '0'
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10
	case 'A' <= b && b <= 'F':
		return b - 'A' + 10
	}
	return 16
}

// cut splits s around the first sep; without one, all of s comes before it.
// It is strings.Cut for a byte, in a loop, since most of what is cut here has only a few.
func cut(s string, sep byte) (before, after string) {
	for i := 0; i < len(s); i++ {
		if s[i] == sep {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// trimBlanks takes spaces and tabs off both ends. The Unicode spaces that strings.TrimSpace takes off as well are part of
// a value to HTTP.
func trimBlanks(s string) string {
	for len(s) > 0 && classes[s[0]]&isBlank != 0 {
		s = s[1:]
	}
	for len(s) > 0 && classes[s[len(s)-1]]&isBlank != 0 {
		s = s[:len(s)-1]
	}
	return s
}

// hasUpper reports whether s has an upper-case letter.
func hasUpper(s string) bool {
	for i := 0; i < len(s); i++ {
		if classes[s[i]]&isUpper != 0 {
			return true
		}
	}
	return false
}

// appendLower appends s in lower case: for names too long for field.lower.
func appendLower(dst []byte, s string) []byte {
	start := len(dst)
	dst = append(dst, s...)
	for i, b := range dst[start:] {
		dst[start+i] = lower(b)
	}
	return dst
}

// compareFold orders header names by their lower-case form without making it.
// A loop over bytes, because the strings have up to a few dozen and strings.ToLower would allocate.
func compareFold(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

// appendCollapsed appends a header value without white space at its ends and with one space for each run inside,
// inside quotes too.
func appendCollapsed(dst []byte, v string) []byte {
	start := len(dst)
	for i := 0; i < len(v); {
		run := i
		for i < len(v) && classes[v[i]]&isBlank == 0 {
			i++
		}
		if run < i {
			if len(dst) > start {
				dst = append(dst, ' ')
			}
			dst = append(dst, v[run:i]...)
		}
		for i < len(v) && classes[v[i]]&isBlank != 0 {
			i++
		}
	}
	return dst
}

// appendEscaped appends b, percent-encoded unless it is unreserved. The digits are upper-case.
//
// Not url.QueryEscape or url.PathEscape: the first writes a space as '+', the second leaves '$', '&', '+', ':', '=' and '@'
// alone, and SigV4 wants each byte escaped that RFC 3986 does not call unreserved, by the UriEncode function of AWS's page
// on the canonical request.
func appendEscaped(dst []byte, b byte) []byte {
	const digits = "0123456789ABCDEF"
	if classes[b]&isUnreserved != 0 {
		return append(dst, b)
	}
	return append(dst, '%', digits[b>>4], digits[b&15])
}

// appendEscapedText appends s with each byte escaped that has to be; a '%' in it is a '%'.
func appendEscapedText(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		run := i
		for i < len(s) && classes[s[i]]&isUnreserved != 0 {
			i++
		}
		dst = append(dst, s[run:i]...)
		if i < len(s) {
			dst = appendEscaped(dst, s[i])
			i++
		}
	}
	return dst
}

// appendReescaped appends s unescaped and escaped again, by SigV4's rule whatever the sender's was. Its escapes have been
// checked.
//
// A client may escape more than it must ("%41" for A) or less (':' in a query), and the service sees only what its HTTP
// server makes of it. Both sides get to the same text by way of the plain bytes.
func appendReescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b == '%' {
			b = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		dst = appendEscaped(dst, b)
	}
	return dst
}

// appendUnescaped appends s without its escapes, which have been checked. A '+' is a plus sign.
func appendUnescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b == '%' {
			b = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		dst = append(dst, b)
	}
	return dst
}
