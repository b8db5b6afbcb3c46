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
	// A leading zero stands alone: 012 is octal to some readers and twelve to others.
	if l.pos < len(l.data) && l.data[l.pos] == '0' {
		l.pos++
	} else if !l.digits() {
		return false
	}
	// No value is computed here: most numbers are skipped, and those that are wanted are wanted as
	// one type or the other.
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
	// Bytes are unsigned, so that one comparison tests both ends of the range: what is below '0'
	// wraps.
	for l.pos < len(l.data) && l.data[l.pos]-'0' <= 9 {
		l.pos++
	}
	if l.pos > from {
		return true
	}
	// An end here may be a cut, which is retried; a wrong byte never is.
	if l.pos == len(l.data) {
		l.failAt(ErrTruncated, l.pos)
	} else {
		l.failAt(ErrSyntax, l.pos)
	}
	return false
}

// Int64 returns the last token as an integer. ok is false, and the lexer does not fail, where the
// token is no number, has a fraction or an exponent, or does not fit: -0 is 0, 1.0 is refused.
func (l *Lexer) Int64() (n int64, ok bool) {
	// Strings of digits are not numbers here, and numbers are not strings: a reader that converts
	// sees values where another sees none.
	if l.kind != Number {
		return 0, false
	}
	// The token has a digit at least, so that digits[0] exists, with or without a sign.
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
		// u*10+d <= limit, asked without computing what may wrap.
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
// does not fail, where the token is no number or overflows to an infinity. Underflow gives 0.
func (l *Lexer) Float64() (f float64, ok bool) {
	if l.kind != Number {
		return 0, false
	}
	// Correct rounding is not a thing to write again. The copy does not outlive the call where
	// ParseFloat succeeds, and small ones stay on the stack.
	f, err := strconv.ParseFloat(string(l.data[l.start:l.end]), 64)
	return f, err == nil
}
