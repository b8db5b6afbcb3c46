package signer

import (
	"testing"
	"time"
)

const daySeconds = 24 * 60 * 60

// TestDates compares with package time's formatter for days in all of the years 1 to 9999, at a second that moves through
// the day.
func TestDates(t *testing.T) {
	const step = 37 // odd against weeks, months and leap years: each day of the year is met some hundred times
	second := int64(0)
	var got, want []byte
	for day := int64(firstSecond / daySeconds); day <= lastSecond/daySeconds; day += step {
		second = (second + 7919) % daySeconds
		at := time.Unix(day*daySeconds+second, 999999999)
		got, want = appendTime(got[:0], at), at.UTC().AppendFormat(want[:0], timeLayout)
		if string(got) != string(want) {
			t.Fatalf("%s, want %s", got, want)
		}
		if back, ok := parseTime(string(got)); !ok || back.Unix() != at.Unix() {
			t.Fatalf("%s reads back as %v, %v", got, back, ok)
		}
	}
}

// TestSeconds compares every second of a day, and one in a zone.
func TestSeconds(t *testing.T) {
	zone := time.FixedZone("UTC-11", -11*3600)
	for second := range daySeconds {
		at := time.Unix(951782400+int64(second), 0).In(zone) // 2000-02-29
		if got, want := string(appendTime(nil, at)), at.UTC().Format(timeLayout); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// TestParseTime: nothing reads that appendTime does not write.
func TestParseTime(t *testing.T) {
	for _, s := range []string{
		"", "20150830T123600", "20150830T123600ZZ", "20150830 123600Z", "20150830T123600z", "20151330T123600Z", "20150030T123600Z",
		"20150800T123600Z", "20150832T123600Z", "20150830T243600Z", "20150830T126000Z", "20150830T123660Z", "20230229T000000Z",
		"19000229T000000Z", "21000229T000000Z", "00000101T000000Z", "00000301T000000Z", "00001231T235959Z", "2015083ZT123600Z", "+0150830T123600Z", "20150830T-23600Z",
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
	for _, tc := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), "00010101T000000Z"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "99991231T235959Z"},
	} {
		if got := string(appendTime(nil, tc.at)); got != tc.want {
			t.Errorf("%v is written as %s, want %s", tc.at, got, tc.want)
		}
	}
}

func BenchmarkTime(b *testing.B) {
	var buf [len(timeLayout)]byte
	b.Run("impl=bedrockwire", func(b *testing.B) {
		for b.Loop() {
			appendTime(buf[:0], suiteTime)
		}
	})
	b.Run("impl=time", func(b *testing.B) {
		for b.Loop() {
			suiteTime.AppendFormat(buf[:0], timeLayout)
		}
	})
}
