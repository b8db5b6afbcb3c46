package model

import (
	"bytes"
	"encoding/base64"
)

// strictBase64 is base64 with the standard alphabet and padding, the form in which restJson1
// carries blobs. The bits that the last character has to spare must be zero (RFC 4648, section
// 3.5), so that one text has one decoding and one decoding has one text: two readers can't be made
// to see different bytes.
var strictBase64 = base64.StdEncoding.Strict()

// appendDecoded appends what src stands for to dst, and reports whether src is base64. Where it is
// not, dst comes back as it was. dst's spare capacity must not overlap src.
func appendDecoded(dst, src []byte) ([]byte, bool) {
	// Package base64 skips line ends, which belong to another format (RFC 4648, section 3.1).
	if bytes.IndexByte(src, '\n') >= 0 || bytes.IndexByte(src, '\r') >= 0 {
		return dst, false
	}
	out, err := strictBase64.AppendDecode(dst, src)
	if err != nil {
		return dst, false
	}
	return out, true
}

// base64Fault returns the index of the first character for which src is not base64: the first one
// outside the alphabet, or padding where none belongs, or the character whose spare bits are not
// zero, or len(src) where characters are missing.
func base64Fault(src []byte) int {
	end := len(src)
	for end > 0 && len(src)%4 == 0 && len(src)-end < 2 && src[end-1] == '=' {
		end-- // proper padding is not a fault
	}
	for i, c := range src[:end] {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && c != '+' && c != '/' {
			return i
		}
	}
	if end == len(src) {
		return end
	}
	return end - 1
}
