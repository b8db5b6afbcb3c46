package jsonwire

import (
	"math"
	"strconv"
)

// scanNumber consumes a number by the grammar of RFC 8259 section 6:
//
//	[ "-" ] ( "0" | digit1-9 *digit ) [ "." 1*digit ] [ ("e"|"E") [ "+"|"-" ] 1*digit ]
//
// A second digit after a leading zero is left for the next token, which refuses it.
func (l *Lexer) scanNumber() bool {
	if l.data[l.pos] == '-' {
		l.pos++
	}
	// A leading zero is not followed by a digit: 012 is octal to some readers and twelve to others.
	if l.pos < len(l.data) && l.data[l.pos] == '0' {
		l.pos++
	} else if !l.digits() {
		return false
	}
	// The value is not computed here: most numbers are skipped, and the caller chooses the type.
	if l.pos < len(l.data) && l.data[l.pos] == '.' {
		l.pos++
		if !l.digits() {
			return false
		}
	}
	if l.pos < len(l.data) && l.data[l.pos]|0x20 == 'e' {
		l.pos++
		if l.pos < len(l.data) && (l.data[l.pos] == '+' || l.data[l.pos] == '-') {
			l.pos++
		}
		return l.digits()
	}
	return true
}

// digits consumes one or more digits.
func (l *Lexer) digits() bool {
	from := l.pos
	// Bytes are unsigned, so one comparison tests both ends of the range.
	for l.pos < len(l.data) && l.data[l.pos]-'0' <= 9 {
		l.pos++
	}
	if l.pos > from {
		return true
	}
	// The input may have been cut here, which is another reason than a wrong byte.
	if l.pos == len(l.data) {
		l.failAt(ErrTruncated, l.pos)
	} else {
		l.failAt(ErrSyntax, l.pos)
	}
	return false
}

// Int64 returns the last token as an integer. ok is false, and the lexer does not fail, if the token
// is not a number, has a fraction or an exponent, or does not fit: -0 is 0, 1.0 is refused.
func (l *Lexer) Int64() (n int64, ok bool) {
	// A string of digits is not a number: readers that convert it would disagree with others.
	if l.kind != Number {
		return 0, false
	}
	// The token has at least one digit, so digits[0] exists.
	digits := l.data[l.start:l.end]
	limit := uint64(math.MaxInt64)
	negative := digits[0] == '-'
	if negative {
		digits = digits[1:]
		limit++
	}
	var u uint64
	for _, c := range digits {
		d := uint64(c - '0') // '.', 'e', 'E', '+' and '-' wrap to more than 9
		// This is u*10+d > limit, without a product that could overflow.
		if c-'0' > 9 || u > (limit-d)/10 {
			return 0, false
		}
		u = u*10 + d
	}
	if negative {
		return int64(-u), true // two's complement: also right for 1<<63
	}
	return int64(u), true
}

// Float64 returns the last token as a float64, rounded to the nearest. ok is false, and the lexer
// does not fail, if the token is not a number or overflows to an infinity. Underflow gives 0.
func (l *Lexer) Float64() (f float64, ok bool) {
	if l.kind != Number {
		return 0, false
	}
	// The copy of a short number stays on the stack.
	f, err := strconv.ParseFloat(string(l.data[l.start:l.end]), 64)
	return f, err == nil
}
