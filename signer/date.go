package signer

import "time"

// timeLayout is the ISO 8601 basic format of X-Amz-Date: UTC, whole seconds. Its first eight bytes
// are the day.
const timeLayout = "20060102T150405Z"

func formatTime(at time.Time) string { return at.UTC().Format(timeLayout) }

// checkTime refuses years that do not have four digits. It also refuses the zero time, which is a
// forgotten one.
func checkTime(at time.Time) error {
	if at.IsZero() {
		return invalid("signing time", "is zero")
	}
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		return invalid("signing time", "is not in the years 1 to 9999")
	}
	return nil
}

// parseTime reads exactly what formatTime writes.
func parseTime(s string) (time.Time, bool) {
	at, err := time.Parse(timeLayout, s)
	// time.Parse also takes a fraction of a second, and the year 0.
	return at, err == nil && at.Year() > 0 && formatTime(at) == s
}
