package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// Figures of the SDKs' standard retry mode (AWS SDKs and Tools Reference Guide, "Retry behavior", 2026 revision).
const (
	baseDelay         = 50 * time.Millisecond
	baseDelayThrottle = time.Second
	maxServerDelay    = 5 * time.Second // that x-amz-retry-after can add to a delay of ours

	tokenCapacity = 500
	tokenCost     = 14
	throttleCost  = 5
)

// Clock skew: a signature is refused 5 to 15 minutes off the service's clock, so an error that may come of
// skew is only taken for that where the clocks differ by more than minSkew; a Date that is off by more than
// maxSkew is taken for a broken or hostile one.
const (
	minSkew = 4 * time.Minute
	maxSkew = 24 * time.Hour
)

// do makes the attempts of a call until use succeeds with one's answer.
func (c *Client) do(ctx context.Context, op *operation, use func(*answer) error) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	op.began = time.Now()
	op.id = newInvocationID()
	c.log(&Event{Kind: EventRequest, Method: op.method, Host: op.to.host, Path: op.path})
	var refreshed, skewed bool
	refund := 1 // tokens that a success puts back
	for n := 1; ; n++ {
		c.log(&Event{Kind: EventAttempt, Attempt: n, Elapsed: time.Since(op.began)})
		a, hint, err := c.attempt(ctx, op, n)
		if err == nil {
			err = use(a)
		}
		if err == nil {
			c.tokens.put(refund)
			return nil
		}
		wait, cost, again := c.plan(op, err, n, hint, &refreshed, &skewed)
		again = again && ctx.Err() == nil
		reason := "not retryable"
		switch {
		case !again && n > 1 && retryable(err):
			reason = "no attempts left"
		case !again:
		case time.Since(op.began)+wait > c.cfg.Retry.MaxElapsed:
			again, reason = false, "no time left"
		case pastDeadline(ctx, wait):
			again, reason = false, "the context's deadline comes first"
		case !c.tokens.take(cost):
			again, reason = false, "no retry tokens left"
		default:
			refund = max(cost, 1)
			c.log(&Event{Kind: EventRetry, Attempt: n, Wait: wait, Elapsed: time.Since(op.began), Err: err})
			if !sleep(ctx, wait) {
				again, reason = false, "the context is done"
				err = fmt.Errorf("%w: %w", contextError(ctx), err) // errors.Join would make two lines of it
			}
		}
		if again {
			continue
		}
		c.log(&Event{Kind: EventEnd, Attempt: n, Elapsed: time.Since(op.began), Err: err})
		if n > 1 {
			err = &CallError{Attempts: n, Elapsed: time.Since(op.began), Reason: reason, Err: err}
		}
		return err
	}
}

// plan says whether attempt n's error allows another, after what wait and for how many retry tokens.
func (c *Client) plan(op *operation, err error, n int, hint serverHint, refreshed, skewed *bool) (wait time.Duration, cost int, again bool) {
	limit := c.cfg.Retry.MaxAttempts
	service := serviceError(err)
	if service != nil {
		switch {
		case service.Code == model.ModelNotReadyException:
			limit = c.cfg.Retry.MaxNotReady
		case isExpired(service.Code) && !*refreshed && n < limit:
			// The keys are at fault, not the service: once, at once and free of charge.
			*refreshed, op.refresh = true, true
			return 0, 0, true
		case isSkewError(service.Code) && !*skewed && n < limit && c.skew.observe(op.skew, hint.date, hint.at):
			*skewed = true
			return 0, 0, true
		}
	}
	op.refresh = false
	if n >= limit || !retryable(err) {
		return 0, 0, false
	}
	base, cost := baseDelay, tokenCost
	if service != nil && service.Throttled() {
		base, cost = baseDelayThrottle, throttleCost
	}
	return hint.delay(c.backoff(base, n), c.cfg.Retry.MaxDelay), cost, true
}

// backoff returns the delay after attempt n: full jitter under an exponential ceiling.
func (c *Client) backoff(base time.Duration, n int) time.Duration {
	ceiling := c.cfg.Retry.MaxDelay
	if n < 20 && base<<(n-1) < ceiling { // 1 s << 19 does not overflow, and is far above any ceiling
		ceiling = base << (n - 1)
	}
	return time.Duration(rand.Int64N(int64(ceiling) + 1))
}

// retryable reports whether an attempt that ended with err may be repeated.
func retryable(err error) bool {
	if service := serviceError(err); service != nil {
		return service.Retryable()
	}
	var again bool
	find(err, func(err error) bool {
		switch e := err.(type) {
		case *StallError:
			// A peer that has the request may be working on it, and bill it.
			again = e.WaitingFor == phaseNames[phaseConnect]
		case *SendError:
			again = transient(e.Err)
		case *frame.Error:
			again = true // only seen with PeekFirstEvent: nothing was delivered
		default:
			return false
		}
		return true
	})
	return again
}

// transient reports whether a failure to send may pass: anything but a name that does not exist, a
// certificate that does not hold, a proxy that is none, and an address we refuse ourselves.
func transient(err error) bool {
	return !find(err, func(err error) bool {
		switch e := err.(type) {
		case *net.DNSError:
			return e.IsNotFound
		case *tls.CertificateVerificationError, x509.UnknownAuthorityError, x509.HostnameError, x509.CertificateInvalidError:
			return true
		}
		return err == errNotLoopback || err == errProxy
	})
}

// isExpired reports whether a code says that the keys are no longer, or not yet, known.
func isExpired(code model.Code) bool {
	switch code {
	case "ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException":
		return true
	}
	return false
}

// isSkewError reports whether a code is one that a clock off by minutes leads to.
func isSkewError(code model.Code) bool {
	switch code {
	case "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "RequestTimeTooSkewed", model.AccessDeniedException:
		return true
	}
	return false
}

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

// tokenBucket bounds the retries of all calls of a Client together, so that a service in trouble is not
// asked several times as much.
type tokenBucket struct {
	mu   sync.Mutex
	left int
}

func (b *tokenBucket) take(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < n {
		return false
	}
	b.left -= n
	return true
}

func (b *tokenBucket) put(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+n, tokenCapacity)
}

func pastDeadline(ctx context.Context, wait time.Duration) bool {
	t, ok := ctx.Deadline()
	return ok && time.Until(t) < wait
}

// sleep waits, and reports whether ctx was not done before.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// log is kept out of line, and given a pointer, because an Event is large.
//
//go:noinline
func (c *Client) log(e *Event) {
	if c.cfg.Log != nil {
		c.cfg.Log(*e)
	}
}
