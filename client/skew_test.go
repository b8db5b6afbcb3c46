package client

import (
	"context"
	"testing"
	"time"

	"bedrockwire/model"
)

// TestObtained: credentials count as obtained now, but never before those that were refused.
func TestObtained(t *testing.T) {
	began := time.Now()
	for _, stale := range []time.Time{began.Add(-time.Hour), began.Add(time.Hour)} {
		c, r := new(Client), new(request)
		c.stale.mark(stale)
		_, asked := c.ask(t.Context(), r)
		if asked == nil || !asked.Equal(stale) || !r.signing.forced {
			t.Fatalf("asked for newer ones than %v: %v", asked, r.signing.forced)
		}
		c.obtained(r, asked)
		at := r.signing.obtained
		if stale.Before(began) && (at.Before(began) || time.Since(at) < 0) || stale.After(began) && !at.Equal(stale.Add(1)) {
			t.Errorf("refused at %v, obtained at %v", stale, at)
		}
		if r := new(request); c.stale.since.Load() != nil {
			t.Error("the next call would ask for newer ones again")
		} else if _, asked = c.ask(t.Context(), r); asked != nil || r.signing.forced {
			t.Errorf("the next call asks for newer ones than %v", asked)
		}
	}
}

// TestLatestRefusal: the latest of several refusals counts, whatever their order.
func TestLatestRefusal(t *testing.T) {
	at := time.Now()
	for _, order := range [][]time.Duration{{1, 2, 3}, {3, 2, 1}, {2, 3, 3}, {3, 3}} {
		var s staleness
		for _, d := range order {
			s.mark(at.Add(d))
		}
		if got := s.since.Load(); !got.Equal(at.Add(3)) {
			t.Errorf("%v: %v", order, got.Sub(at))
		}
	}
}

// TestTokenBucket: takes all or nothing, and never holds more than its capacity.
func TestTokenBucket(t *testing.T) {
	b := tokenBucket{left: 14}
	for i, step := range []struct {
		take, put int
		ok        bool
		left      int
	}{{15, 0, false, 14}, {14, 0, true, 0}, {1, 0, false, 0}, {0, 0, true, 0}, {0, tokenCapacity - 1, true, tokenCapacity - 1}, {0, 1, true, tokenCapacity}, {0, 1, true, tokenCapacity}} {
		ok := b.take(step.take)
		if b.put(step.put); ok != step.ok || b.left != step.left {
			t.Errorf("step %d: %v, %d left", i, ok, b.left)
		}
	}
	if tokenCapacity != 500 || tokenCost != 14 || throttleCost != 5 {
		t.Error("not the figures of the SDKs' standard mode")
	}
}

// TestExpiredCodes: the codes that say that the service does not know the keys.
func TestExpiredCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"ExpiredTokenException": true, "ExpiredToken": true, "InvalidClientTokenId": true, "UnrecognizedClientException": true,
		"AccessDeniedException": false, "": false, "InvalidSignatureException": false,
	} {
		if got := isExpired(model.Code(code)); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}

// TestSleep: a pause of no time ends at once, but not for a context that is done.
func TestSleep(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, d := range []time.Duration{-1, 0} {
		if !sleep(t.Context(), d) || sleep(done, d) {
			t.Errorf("a pause of %d ns", d)
		}
	}
	if sleep(done, time.Hour) || !sleep(t.Context(), 1) {
		t.Error("a pause")
	}
	if pastDeadline(t.Context(), time.Hour) {
		t.Error("without a deadline, it has passed")
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if pastDeadline(soon, time.Minute) || !pastDeadline(soon, time.Hour) {
		t.Error("a deadline in an hour")
	}
}
