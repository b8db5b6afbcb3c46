package signer

import (
	"testing"
	"time"
)

// TestDates: what is written reads back as the same second, for days in all of the years 1 to 9999.
func TestDates(t *testing.T) {
	zone := time.FixedZone("UTC-11", -11*3600)
	last := time.Date(9999, 12, 31, 12, 59, 59, 999999999, time.UTC)
	for at := time.Date(1, 1, 1, 11, 0, 0, 999999999, time.UTC); at.Before(last); at = at.AddDate(0, 0, 37).Add(7919 * time.Second) {
		text := formatTime(at.In(zone))
		if back, ok := parseTime(text); !ok || back.Unix() != at.Unix() || len(text) != len(timeLayout) {
			t.Fatalf("%v is written as %s, which reads back as %v, %v", at, text, back, ok)
		}
	}
	if got, want := formatTime(suiteTime.In(zone)), "20150830T123600Z"; got != want {
		t.Errorf("%s, want %s", got, want)
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
