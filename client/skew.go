package client

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// A signature is refused when its date is 5 to 15 minutes off the service's clock. So an error that clock skew may
// have caused counts as that only where the clocks differ by more than minSkew. A Date that is off by more than
// maxSkew counts as broken or hostile.
const (
	minSkew = 4 * time.Minute
	maxSkew = 24 * time.Hour
)

// serverHint is what a response's header says about the next attempt.
type serverHint struct {
	retryAfter    time.Duration // Retry-After (RFC 9110, section 10.2.3)
	amzRetryAfter time.Duration // x-amz-retry-after, sent in milliseconds
	date, at      time.Time     // the service's clock, and ours when it came; zero where unknown
}

func hintOf(h http.Header, now time.Time) (hint serverHint) {
	if s := h.Get("Retry-After"); s != "" {
		if n, err := strconv.ParseUint(s, 10, 31); err == nil {
			hint.retryAfter = time.Duration(n) * time.Second
		} else if t, err := http.ParseTime(s); err == nil {
			hint.retryAfter = max(t.Sub(now), 0)
		}
	}
	if n, err := strconv.ParseUint(h.Get("X-Amz-Retry-After"), 10, 31); err == nil { // a bad or negative one says nothing
		hint.amzRetryAfter = time.Duration(n) * time.Millisecond
	}
	// A cached answer's Date says nothing of the clock.
	if t, err := http.ParseTime(h.Get("Date")); err == nil && h.Get("Age") == "" {
		hint.date, hint.at = t, now
	}
	return hint
}

// asked returns the wait that the service asked for, 0 where it did not.
func (h serverHint) asked() time.Duration { return max(h.retryAfter, h.amzRetryAfter) }

// delay returns the wait that honours both the hint and our own backoff, within limit.
func (h serverHint) delay(own, limit time.Duration) time.Duration {
	d := own
	if h.amzRetryAfter > d {
		d = min(h.amzRetryAfter, own+maxServerDelay)
	}
	return min(max(d, h.retryAfter), limit)
}

// clockSkew is what is added to the clock before signing; the zero value adds nothing.
type clockSkew struct{ ns atomic.Int64 }

func (s *clockSkew) offset() time.Duration { return time.Duration(s.ns.Load()) }

// observe keeps the difference of the two clocks where it explains that a signature made with the offset used
// was refused, and reports whether. The offset at hand may be another by now, of a call made at the same time.
func (s *clockSkew) observe(used time.Duration, theirs, ours time.Time) bool {
	if theirs.IsZero() {
		return false
	}
	seen := theirs.Sub(ours)
	if (seen-used).Abs() <= minSkew || seen.Abs() > maxSkew {
		return false
	}
	s.ns.Store(int64(seen))
	return true
}
