package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"bedrockwire/client/internal/clock"
	"bedrockwire/client/internal/uuid"
	"bedrockwire/frame"
	"bedrockwire/model"
)

// Figures of the SDKs' standard retry mode (AWS SDKs and Tools Reference Guide, "Retry behavior",
// 2026 revision).
const (
	baseDelay         = 50 * time.Millisecond
	baseDelayThrottle = time.Second
	maxServerDelay    = 5 * time.Second // the most that x-amz-retry-after adds to the client's own delay

	tokenCapacity = 500
	tokenCost     = 14
	throttleCost  = 5
)

// send makes attempts until open turns the response of one into a result.
func send[T any](ctx context.Context, c *Client, r *request, open func(received) (T, error)) (out T, err error) {
	if ctx.Err() != nil {
		return out, contextError(ctx)
	}
	if err := c.settle(ctx, r); err != nil {
		return out, err
	}
	r.began, r.id = time.Now(), uuid.New()
	r.log = logger{hook: c.cfg.Log, ctx: ctx}
	r.step(Step{Kind: StepRequest, Method: r.method, Host: r.to.host, Path: r.path})
	var p plan
	refund := 1 // tokens that a success puts back
	for n := 1; ; n++ {
		r.attempts, r.log.requestID = n, ""
		r.step(Step{Kind: StepAttempt, Attempt: n})
		resp, hint, err := c.attempt(ctx, r, n)
		if err == nil {
			var result T
			if result, err = open(resp); err == nil {
				c.tokens.put(refund)
				r.fields, r.body = nil, nil // sent, and never again; a stream may be open for minutes
				return result, nil
			}
		}
		wait, cost, again := c.next(&p, r, err, n, hint)
		again = again && ctx.Err() == nil && (r.input == nil || r.input.repeatable())
		reason := "not retryable"
		switch {
		case !again && n > 1 && c.retryable(r, err):
			reason = "no attempts left"
		case !again:
		case wait > r.retry.MaxElapsed-time.Since(r.began):
			again, reason = false, "no time left"
		case pastDeadline(ctx, wait):
			again, reason = false, "the context's deadline comes first"
		case !c.tokens.take(cost):
			again, reason = false, "no retry tokens left"
		default:
			refund = max(cost, 1)
			r.step(Step{Kind: StepRetry, Attempt: n, Wait: wait, Err: err})
			if !sleep(ctx, wait) {
				again, reason = false, "the context is done"
				err = fmt.Errorf("%w: %w", r.ended(ctx, "the next attempt"), err) // errors.Join would make two lines
			}
		}
		if again {
			continue
		}
		r.step(Step{Kind: StepEnd, Attempt: n, Err: err})
		if n > 1 {
			err = &CallError{Operation: r.operation, Attempts: n, Elapsed: time.Since(r.began), Reason: reason, Err: err}
		}
		return out, err
	}
}

// plan records what a call does at most once.
type plan struct {
	refreshed bool // fresh credentials were asked for
	skewed    bool // the clock was corrected
	late      bool // the request was too old when it arrived
}

// next says whether another attempt may follow the error of attempt n, how long to wait before it,
// and how many retry tokens it costs.
func (c *Client) next(p *plan, r *request, err error, n int, hint serverHint) (wait time.Duration, cost int, again bool) {
	limit := r.retry.MaxAttempts
	var service *model.Error
	if errors.As(err, &service) {
		switch {
		case service.Code == model.ModelNotReadyException && limit > 1:
			limit = r.retry.MaxNotReady
		case isExpired(service.Code):
			// The next attempt asks for newer credentials. If this call has none left, a later
			// call's does.
			c.stale.mark(r.signing.obtained)
			if !p.refreshed && !r.signing.forced && n < limit {
				// The service is not overloaded, so the next attempt follows at once and takes no
				// tokens.
				p.refreshed = true
				return 0, 0, true
			}
		default:
			off, late := c.misdated(&r.signing, service)
			if n < limit && (off && !p.skewed || late && !p.late) {
				p.skewed, p.late = p.skewed || off, p.late || late
				return 0, 0, true
			}
			if !off && !late && !r.signing.at.IsZero() && clock.IsBadSignature(string(service.Code)) {
				c.stale.mark(r.signing.obtained) // the secret may have been changed, or been read from half a file
			}
		}
	}
	if n >= limit || !c.retryable(r, err) {
		return 0, 0, false
	}
	base, cost := baseDelay, tokenCost
	if service != nil && service.Throttled() {
		base, cost = baseDelayThrottle, throttleCost
	}
	return hint.delay(backoff(base, n, r.retry.MaxDelay), r.retry.MaxDelay), cost, true
}

// backoff returns the delay after attempt n: a random part of a ceiling that doubles with each
// attempt, up to limit.
func backoff(base time.Duration, n int, limit time.Duration) time.Duration {
	ceiling := limit
	if n < 20 && base<<(n-1) < limit { // 1 s << 18 does not overflow
		ceiling = base << (n - 1)
	}
	return time.Duration(rand.Float64() * float64(ceiling))
}

// retryable reports whether an attempt that ended with err may be repeated. The table in the
// documentation of [Retry] has the cases.
func (c *Client) retryable(r *request, err error) bool {
	repeatable := func(mayBeProcessed bool) bool {
		return !mayBeProcessed || r.safe || r.retry.AtLeastOnce
	}
	var (
		service  *model.Error
		stall    *StallError
		unsent   *SendError
		response *ResponseError
		broken   *frame.Error
	)
	switch {
	case errors.As(err, &response):
		return false
	case errors.As(err, &service):
		return service.Retryable()
	case errors.As(err, &stall):
		return repeatable(stall.MayBeProcessed)
	case errors.As(err, &unsent):
		return transient(unsent.Err) && (unsent.connectionEnded || repeatable(unsent.MayBeProcessed))
	}
	return errors.As(err, &broken) // in place of the first event: nothing was delivered
}

// isExpired reports whether a code says that the service no longer accepts the keys, or does not
// know them yet.
func isExpired(code model.Code) bool {
	switch code {
	case "ExpiredTokenException", "ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException":
		return true
	}
	return false
}

// tokenBucket limits the retries of all calls of a Client together, so that a service in trouble
// does not get a multiple of its load.
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

// sleep waits for d. It reports false if ctx ends first.
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
