package signer

import (
	"testing"
	"time"
)

// TestDates compares with package time's formatter, for days in all of the years 1 to 9999, at a second that
// moves through the day, in a zone.
func TestDates(t *testing.T) {
	zone := time.FixedZone("UTC-11", -11*3600)
	for second := int64(firstSecond); second <= lastSecond; second += 37*24*3600 + 7919 {
		at := time.Unix(second, 999999999).In(zone)
		text := formatTime(at)
		if want := at.UTC().Format(timeLayout); text != want {
			t.Fatalf("%s, want %s", text, want)
		}
		if back, ok := parseTime(text); !ok || back.Unix() != second {
			t.Fatalf("%s reads back as %v, %v", text, back, ok)
		}
	}
	for _, tc := range []struct {
		at   time.Time
		want string
	}{
		{time.Unix(firstSecond, 0), "00010101T000000Z"},
		{time.Unix(firstSecond-1, 0), "00010101T000000Z"},
		{time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), "00010101T000000Z"},
		{time.Unix(lastSecond, 999999999), "99991231T235959Z"},
		{time.Unix(lastSecond+1, 0), "99991231T235959Z"},
		{time.Unix(1<<62, 0), "99991231T235959Z"},
	} {
		if got := formatTime(tc.at); got != tc.want {
			t.Errorf("%v is written as %s, want %s", tc.at, got, tc.want)
		}
	}
}

// TestParseTime: nothing reads that formatTime does not write.
func TestParseTime(t *testing.T) {
	for _, s := range []string{
		"", "20150830T123600", "20150830T123600ZZ", "20150830 123600Z", "20150830T123600z", "20151330T123600Z", "20150030T123600Z",
		"20150800T123600Z", "20150832T123600Z", "20150830T243600Z", "20150830T126000Z", "20150830T123660Z", "20230229T000000Z",
		"19000229T000000Z", "21000229T000000Z", "00000101T000000Z", "00000301T000000Z", "00001231T235959Z", "2015083ZT123600Z", "+0150830T123600Z", "20150830T-23600Z",
		"20150830T123600.5Z", "20150830T123600,5Z", "20150830T123600.000Z", "20150830t123600Z",
	} {
		if at, ok := parseTime(s); ok {
			t.Errorf("%q reads as %v", s, at)
		}
	}
	for _, s := range []string{"00010101T000000Z", "20000229T000000Z", "99991231T235959Z"} {
		if at, ok := parseTime(s); !ok || at.UTC().Format(timeLayout) != s {
			t.Errorf("%q reads as %v, %v", s, at, ok)
		}
	}
}

// TestCheckTime: the years 1 to 9999, and not the zero time, which is their first instant.
func TestCheckTime(t *testing.T) {
	for _, tc := range []struct {
		at   time.Time
		good bool
	}{
		{time.Time{}, false},
		{time.Unix(firstSecond, 0), false},
		{time.Unix(firstSecond, 1), true},
		{time.Unix(firstSecond, -1), false},
		{time.Unix(lastSecond, 999999999), true},
		{time.Unix(lastSecond+1, 0), false},
	} {
		if err := checkTime(tc.at); (err == nil) != tc.good {
			t.Errorf("%v: %v, want good %v", tc.at, err, tc.good)
		}
	}
}
