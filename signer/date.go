package signer

import "time"

// timeLayout is the ISO 8601 basic format of X-Amz-Date, always UTC, whole seconds. The first eight bytes are the day.
const timeLayout = "20060102T150405Z"

// The seconds since 1970 of 0001-01-01T00:00:00Z and of 9999-12-31T23:59:59Z: the years of four digits.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// checkTime refuses times that the four digits of a year cannot hold, and the zero time, which nobody means.
func checkTime(at time.Time) error {
	if at.IsZero() {
		return invalid("signing time", "is zero")
	}
	if u := at.Unix(); u < firstSecond || u > lastSecond {
		return invalid("signing time", "is not in the years 1 to 9999")
	}
	return nil
}

// appendTime is at.UTC().AppendFormat(dst, timeLayout) in a third of its time: every request needs it, and the layout's
// interpreter costs as much as two blocks of SHA-256. The calendar is package time's. A year that four digits cannot hold
// becomes the nearest that they can, so that the result always has the layout's length.
func appendTime(dst []byte, at time.Time) []byte {
	at = time.Unix(min(max(at.Unix(), firstSecond), lastSecond), 0).UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = appendTwo(appendTwo(dst, int(month)), day)
	dst = append(dst, 'T')
	dst = appendTwo(appendTwo(appendTwo(dst, hour), minute), second)
	return append(dst, 'Z')
}

// appendTwo appends the two digits of n, which is from 0 to 99.
func appendTwo(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// parseTime reads exactly what appendTime writes. It does not call time.Parse, which takes fractions that the layout does
// not have (so two texts would be one time), and whose errors quote what a stranger sent.
func parseTime(s string) (time.Time, bool) {
	if len(s) != len(timeLayout) {
		return time.Time{}, false
	}
	for i := 0; i < len(s); i++ {
		if i != 8 && i != 15 && (s[i] < '0' || s[i] > '9') {
			return time.Time{}, false
		}
	}
	two := func(i int) int { return 10*int(s[i]-'0') + int(s[i+1]-'0') }
	at := time.Date(100*two(0)+two(2), time.Month(two(4)), two(6), two(9), two(11), two(13), 0, time.UTC)
	// time.Date turns the 31st of February into March, and appendTime the year 0 into 1. A date that does not read back is
	// no date.
	var b [len(timeLayout)]byte
	return at, string(appendTime(b[:0], at)) == s
}
