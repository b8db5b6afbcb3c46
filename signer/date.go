package signer

import "time"

// The dates of Signature Version 4. They are UTC and proleptic Gregorian, and need no time zone, while Time.Date, Clock and
// Format reach for the local one: with it come the reader of the system's zone files and 30 KiB of a small program. So
// the calendar is computed here, and tested against package time for every day that it can express.

// timeLayout is the ISO 8601 basic format of X-Amz-Date, always UTC, whole seconds. The first eight bytes are the day.
const timeLayout = "20060102T150405Z"

// The seconds since 1970 of 0001-01-01T00:00:00Z and of 9999-12-31T23:59:59Z: the years of four digits.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

const (
	daySeconds  = 24 * 60 * 60
	epochDay    = 719468 // days from 0000-03-01, where the computed years begin, to 1970-01-01
	cycleDays   = 146097 // of the 400 years after which the calendar repeats
	centuryDays = 36524
	fourDays    = 1461 // of four years
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

// appendTime is at.UTC().AppendFormat(dst, timeLayout). A year that four digits cannot hold becomes the nearest that
// they can.
func appendTime(dst []byte, at time.Time) []byte {
	// From the start of the calendar's cycle, so that nothing below is negative.
	seconds := min(max(at.Unix(), firstSecond), lastSecond) + epochDay*daySeconds
	clock := int(seconds % daySeconds)
	days := int(seconds / daySeconds) // at most 3.7 million

	// Years begin with March, so that the odd day comes last. The corrections take the leap days out before the
	// division by 365: one in four years, but for the last of a century, but for the last of the cycle.
	cycle, day := days/cycleDays, days%cycleDays
	year := (day - day/(fourDays-1) + day/centuryDays - day/(cycleDays-1)) / 365
	day -= 365*year + year/4 - year/100
	year += 400 * cycle
	month := (5*day + 2) / 153 // from March on months have 153 days in five
	day -= (153*month + 2) / 5
	if month += 3; month > 12 {
		month -= 12
		year++
	}
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = appendTwo(appendTwo(dst, month), day+1)
	dst = append(dst, 'T')
	dst = appendTwo(appendTwo(appendTwo(dst, clock/3600), clock/60%60), clock%60)
	return append(dst, 'Z')
}

// appendTwo appends the two digits of n, which is from 0 to 99.
func appendTwo(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// parseTime reads exactly what appendTime writes.
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
	year, month, day := 100*two(0)+two(2), two(4), two(6)-1
	if month -= 3; month < 0 { // as above: from March
		month += 12
		year--
	}
	if year < 0 {
		return time.Time{}, false // January or February of the year 0
	}
	days := year/400*cycleDays + year%400*365 + year%400/4 - year%400/100 + (153*month+2)/5 + day - epochDay
	at := time.Unix(int64(days)*daySeconds+int64(two(9)*3600+two(11)*60+two(13)), 0)
	// The sum turns the 31st of February into March. A date that does not read back is no date.
	var b [len(timeLayout)]byte
	return at, string(appendTime(b[:0], at)) == s
}
