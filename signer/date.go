package signer

import "time"

// timeLayout is the ISO 8601 basic format of X-Amz-Date: UTC, whole seconds. Its first eight bytes
// are the day.
const timeLayout = "20060102T150405Z"

// The seconds since 1970 of 0001-01-01T00:00:00Z and of 9999-12-31T23:59:59Z: the years of four
// digits.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// checkTime refuses years that do not have four digits. It also refuses the zero time, which is a
// forgotten one.
func checkTime(at time.Time) error {
	if at.IsZero() {
		return invalid("signing time", "is zero")
	}
	if second := at.Unix(); second < firstSecond || second > lastSecond {
		return invalid("signing time", "is not in the years 1 to 9999")
	}
	return nil
}

// formatTime formats a time by timeLayout. A time outside that range becomes the nearest one
// inside. [time.Time.Format] would make a program that only signs 14 KiB larger.
func formatTime(at time.Time) string {
	at = time.Unix(min(max(at.Unix(), firstSecond), lastSecond), 0).UTC()
	year, month, day := at.Date()
	hour, minute, second := at.Clock()
	b := make([]byte, 0, len(timeLayout))
	for _, n := range [...]int{year / 100, year % 100, int(month), day} {
		b = append(b, byte('0'+n/10), byte('0'+n%10))
	}
	b = append(b, 'T')
	for _, n := range [...]int{hour, minute, second} {
		b = append(b, byte('0'+n/10), byte('0'+n%10))
	}
	return string(append(b, 'Z'))
}

// parseTime reads exactly what formatTime writes.
func parseTime(s string) (time.Time, bool) {
	at, err := time.Parse(timeLayout, s)
	return at, err == nil && formatTime(at) == s // time.Parse also takes a fraction of a second, and the year 0
}
