package clock

import (
	"net/http"
	"testing"
	"time"
)

func TestOffset(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(d time.Duration) string { return at.Add(d).Format(http.TimeFormat) }
	for _, r := range []struct {
		name   string
		fields []string
		took   time.Duration
		want   time.Duration
		ok     bool
	}{
		{"the same", []string{"Date", date(0)}, 0, 0, true},
		{"a second behind is recorded too", []string{"Date", date(-time.Second)}, 0, -time.Second, true},
		{"two hours slow", []string{"Date", date(2 * time.Hour)}, time.Minute, 2 * time.Hour, true},
		{"two hours fast", []string{"Date", date(-2 * time.Hour)}, 0, -2 * time.Hour, true},
		{"no Date", nil, 0, 0, false},
		{"a Date that is none", []string{"Date", "yesterday"}, 0, 0, false},
		{"a cached response", []string{"Date", date(time.Hour), "Age", "0"}, 0, 0, false},
		{"15 minutes on the way", []string{"Date", date(time.Hour)}, 15 * time.Minute, time.Hour, true},
		{"more than 15 minutes on the way", []string{"Date", date(time.Hour)}, 15*time.Minute + 1, 0, false},
		{"the clock went back on the way", []string{"Date", date(time.Hour)}, -16 * time.Minute, 0, false},
		{"a day", []string{"Date", date(24 * time.Hour)}, 0, 24 * time.Hour, true},
		{"more than a day", []string{"Date", date(24*time.Hour + time.Second)}, 0, 0, false},
	} {
		h := http.Header{}
		for i := 0; i < len(r.fields); i += 2 {
			h.Set(r.fields[i], r.fields[i+1])
		}
		got, ok := Offset(h, at.Add(-r.took), at)
		if ok != r.ok || ok && got != r.want {
			t.Errorf("%s: %v, %t, want %v, %t", r.name, got, ok, r.want, r.ok)
		}
	}
}

func TestExplains(t *testing.T) {
	for _, r := range []struct {
		used, offset time.Duration
		want         bool
	}{
		{0, 4 * time.Minute, false},
		{0, 4*time.Minute + 1, true},
		{0, -4*time.Minute - 1, true},
		{time.Hour, time.Hour, false},
		{time.Hour, 0, true},
	} {
		if got := Explains(r.used, r.offset); got != r.want {
			t.Errorf("%v and %v: %t", r.used, r.offset, got)
		}
	}
}

func TestSignatureExpired(t *testing.T) {
	const text = "Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z (20260101T010500Z - 5 min.)"
	for _, r := range []struct {
		code, message string
		want          bool
	}{
		{"InvalidSignatureException", text, true},
		{"SignatureDoesNotMatch", text, true},
		{"RequestExpired", "Request has expired.", true},
		{"InvalidSignatureException", "Signature not yet current: x", false},
		{"ValidationException", text, false},
	} {
		if got := SignatureExpired(r.code, r.message); got != r.want {
			t.Errorf("%s %q: %t", r.code, r.message, got)
		}
	}
}
