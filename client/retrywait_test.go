//go:build go1.25

package client

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bedrockwire/frame/frametest"
	"bedrockwire/model"
)

// The waits between attempts, on a clock that stands still: never outside their bounds, over many calls.
func TestRetryWaits(t *testing.T) {
	const day = 24 * time.Hour
	rows := []struct {
		name     string
		answer   func() (*http.Response, error)
		retry    Retry
		min, max time.Duration // of the one wait
	}{
		{"transient", exception(model.ServiceUnavailableException), Retry{}, 0, 50 * time.Millisecond},
		{"throttled", exception(model.ThrottlingException), Retry{}, 0, time.Second},
		{"not ready", exception(model.ModelNotReadyException), Retry{}, 0, 50 * time.Millisecond},
		{"capped", exception(model.ThrottlingException), Retry{MaxDelay: 10 * time.Millisecond}, 0, 10 * time.Millisecond},
		{"Retry-After in seconds", exception(model.ThrottlingException, "Retry-After", "7"), Retry{}, 7 * time.Second, 7 * time.Second},
		{"Retry-After as a date", exception(model.ThrottlingException, "Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"), Retry{}, 8 * time.Second, 9 * time.Second},
		{"Retry-After in the past", exception(model.ServiceUnavailableException, "Retry-After", "Fri, 31 Dec 1999 00:00:09 GMT"), Retry{}, 0, 50 * time.Millisecond},
		{"Retry-After is no number", exception(model.ServiceUnavailableException, "Retry-After", "soon"), Retry{}, 0, 50 * time.Millisecond},
		{"Retry-After below zero", exception(model.ServiceUnavailableException, "Retry-After", "-5"), Retry{}, 0, 50 * time.Millisecond},
		{"Retry-After of a day", exception(model.ThrottlingException, "Retry-After", "86400"), Retry{}, 20 * time.Second, 20 * time.Second},
		{"Retry-After of an age", exception(model.ThrottlingException, "Retry-After", "99999999999999999999"), Retry{}, 0, time.Second},
		{"Retry-After of 68 years", exception(model.ThrottlingException, "Retry-After", "2147483647"), Retry{}, 20 * time.Second, 20 * time.Second},
		{"x-amz-retry-after of 25 days", exception(model.ServiceUnavailableException, "X-Amz-Retry-After", "2147483647"), Retry{}, 5 * time.Second, 5*time.Second + 50*time.Millisecond},
		{"x-amz-retry-after", exception(model.ThrottlingException, "X-Amz-Retry-After", "1500"), Retry{}, 1500 * time.Millisecond, 1500 * time.Millisecond},
		{"x-amz-retry-after of a minute", exception(model.ThrottlingException, "X-Amz-Retry-After", "60000"), Retry{}, 5 * time.Second, 6 * time.Second},
		{"x-amz-retry-after below zero", exception(model.ServiceUnavailableException, "X-Amz-Retry-After", "-1"), Retry{}, 0, 50 * time.Millisecond},
		{"x-amz-retry-after below our own", exception(model.ThrottlingException, "X-Amz-Retry-After", "0"), Retry{}, 0, time.Second},
		{"both", exception(model.ThrottlingException, "X-Amz-Retry-After", "2000", "Retry-After", "4"), Retry{}, 4 * time.Second, 4 * time.Second},
		{"cap of a day", exception(model.ThrottlingException, "Retry-After", "3600"), Retry{MaxDelay: day, MaxElapsed: day}, time.Hour, time.Hour},
	}
	good := stream(frametest.ChunkFrame([]byte("{}"), 3))
	for _, r := range rows {
		synctest.Test(t, func(t *testing.T) { // whose clock begins with the year 2000
			distinct := map[time.Duration]bool{}
			for range 50 {
				a := &answers{list: []func() (*http.Response, error){r.answer, good}}
				c := newClient(t, "https://h", func(cfg *Config) {
					cfg.Transport, cfg.Retry = a, r.retry
					zero := time.Now()
					start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
					cfg.Now = func() time.Time { return start.Add(time.Since(zero)) }
				})
				began := time.Now()
				if _, err := c.InvokeModelWithResponseStream(context.Background(), testRequest()); err != nil {
					t.Fatalf("%s: %v", r.name, err)
				}
				wait := time.Since(began)
				distinct[wait] = true
				if wait < r.min || wait > r.max {
					t.Fatalf("%s: waited %v, want %v to %v", r.name, wait, r.min, r.max)
				}
			}
			if r.min == 0 && len(distinct) < 25 {
				t.Errorf("%s: only %d different waits of 50: no jitter", r.name, len(distinct))
			}
		})
	}
}

// The ceiling doubles with each attempt up to the cap, and the delay fills it.
func TestBackoffCeiling(t *testing.T) {
	for _, base := range []time.Duration{baseDelay, baseDelayThrottle} {
		for n := 1; n < 100; n++ {
			ceiling := 20 * time.Second
			if n < 10 {
				ceiling = min(ceiling, base<<(n-1))
			}
			low, high := ceiling, time.Duration(0)
			for range 200 {
				d := backoff(base, n, 20*time.Second)
				low, high = min(low, d), max(high, d)
			}
			if low < 0 || high > ceiling || high < ceiling*8/10 || low > ceiling*2/10 {
				t.Errorf("base %v, attempt %d: %v to %v, ceiling %v", base, n, low, high, ceiling)
			}
		}
	}
}

// No attempt starts after the time for all of them, nor where the context would end the wait; the last error of
// the service is told in either case, at once.
func TestRetryTimeCap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{list: []func() (*http.Response, error){exception(model.ThrottlingException, "Retry-After", "15")}}
		c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport, cfg.Retry = a, Retry{MaxAttempts: 100, MaxDelay: 15 * time.Second} })
		began := time.Now()
		_, err := c.InvokeModelWithResponseStream(context.Background(), testRequest())
		var call *CallError
		if !errors.As(err, &call) || call.Reason != "no time left" || call.Attempts != 9 || time.Since(began) != 120*time.Second || !errors.Is(err, model.ThrottlingException) {
			t.Errorf("%v after %v", err, time.Since(began))
		}

		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		began = time.Now()
		_, err = c.InvokeModelWithResponseStream(ctx, testRequest())
		if !errors.As(err, &call) || call.Reason != "the context's deadline comes first" || call.Attempts != 2 || time.Since(began) != 15*time.Second || !errors.Is(err, model.ThrottlingException) {
			t.Errorf("%v after %v", err, time.Since(began))
		}

		// A cancel during the wait ends it there.
		ctx, stop := context.WithCancelCause(context.Background())
		cause := errors.New("enough")
		time.AfterFunc(7*time.Second, func() { stop(cause) })
		began = time.Now()
		_, err = c.InvokeModelWithResponseStream(ctx, testRequest())
		if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !errors.Is(err, model.ThrottlingException) || time.Since(began) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		stop(nil)

		// In the second wait, the error says so.
		ctx, end := context.WithCancel(context.Background())
		time.AfterFunc(20*time.Second, end)
		_, err = c.InvokeModelWithResponseStream(ctx, testRequest())
		if !errors.As(err, &call) || call.Reason != "the context is done" || call.Attempts != 2 {
			t.Errorf("%v", err)
		}
	})
}

// TestCancelledWait: a call that is cancelled while it waits for its next attempt says so, and what the service said last, in
// one line.
func TestCancelledWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &answers{list: []func() (*http.Response, error){exception(model.ThrottlingException, "Retry-After", "7")}}
		c := newClient(t, "https://h", func(cfg *Config) { cfg.Transport = a })
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		_, err := c.InvokeModelWithResponseStream(ctx, testRequest())
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("it ended after %v", waited)
		}
		if !errors.Is(err, context.Canceled) || !errors.Is(err, model.ThrottlingException) {
			t.Fatalf("got %v", err)
		}
		if call := (*CallError)(nil); errors.As(err, &call) {
			t.Errorf("one attempt is no CallError: %v", err)
		}
		if strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%q is not one line", err)
		}
	})
}
