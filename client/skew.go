package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/client/internal/clock"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// serverHint is what a response's header says about the next attempt.
type serverHint struct {
	retryAfter    time.Duration // Retry-After (RFC 9110, section 10.2.3)
	amzRetryAfter time.Duration // x-amz-retry-after, sent in milliseconds
}

func hintOf(h http.Header, now time.Time) (hint serverHint) {
	if s := h.Get("Retry-After"); s != "" {
		if n, err := strconv.ParseUint(s, 10, 31); err == nil {
			hint.retryAfter = time.Duration(n) * time.Second
		} else if t, err := http.ParseTime(s); err == nil {
			hint.retryAfter = max(t.Sub(now), 0)
		}
	}
	if n, err := strconv.ParseUint(h.Get("X-Amz-Retry-After"), 10, 31); err == nil { // an invalid value is ignored
		hint.amzRetryAfter = time.Duration(n) * time.Millisecond
	}
	return hint
}

// asked returns the wait that the service asked for, 0 if it asked for none.
func (h serverHint) asked() time.Duration { return max(h.retryAfter, h.amzRetryAfter) }

// delay returns the wait before the next attempt: the client's own, or longer if the service asked
// for that, up to limit.
func (h serverHint) delay(own, limit time.Duration) time.Duration {
	d := own
	if h.amzRetryAfter > d {
		d = min(h.amzRetryAfter, own+maxServerDelay)
	}
	return min(max(d, h.retryAfter), limit)
}

// clockSkew is what the responses have shown about the machine's clock. The zero value knows
// nothing.
type clockSkew struct {
	mu     sync.Mutex
	known  bool
	offset time.Duration // to add to the clock
	wall   time.Time     // when offset was learnt, by the clock that it corrects
	mono   time.Time     // the same moment, by the monotonic clock
}

// at returns the offset, and whether it can be trusted at the local time now. It can't if the clock
// was set since then, by more than the service tolerates. The offset is then the best guess, and
// the next response corrects it.
func (s *clockSkew) at(now time.Time) (offset time.Duration, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		return 0, false
	}
	passed := now.Round(0).Sub(s.wall) // Round: by the wall clock
	return s.offset, (passed - time.Since(s.mono)).Abs() <= clock.Tolerance
}

// learn keeps what a response has shown at the local time now.
func (s *clockSkew) learn(offset time.Duration, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.offset, s.wall, s.mono = true, offset, now.Round(0), time.Now()
}

// signing is how an attempt was signed, and what its response showed about the clock.
type signing struct {
	offset   time.Duration // added to the clock
	at       time.Time     // by the clock as it is
	received time.Time     // when the response's head came, by the same clock; zero before
	seen     time.Duration // the offset by the response's Date, where dated
	dated    bool
	obtained time.Time // when the credentials were returned
	forced   bool      // this attempt or one before it asked for newer credentials, because the last ones were refused
}

// observe learns from the head of a response, whatever its status.
func (c *Client) observe(s *signing, h http.Header) {
	s.received = c.cfg.Now()
	s.seen, s.dated = clock.Offset(h, s.at, s.received)
	if s.dated && !c.cfg.DisableClockSkewCorrection {
		c.skew.learn(s.seen, s.received)
	}
}

// misdated reports whether an attempt was refused and its date may be the reason: the clock was
// wrong and is corrected now, or the machine was suspended between signing and sending.
func (c *Client) misdated(s *signing, e *model.Error) (off, late bool) {
	if s.at.IsZero() || !clock.IsSkewCode(string(e.Code)) {
		return false, false
	}
	off = s.dated && !c.cfg.DisableClockSkewCorrection && clock.Explains(s.offset, s.seen)
	late = clock.SignatureExpired(string(e.Code), e.Message) || s.received.Sub(s.at) > clock.Tolerance
	return off, late
}

// negligible is the clock offset below which expirations are not corrected: credentials are renewed
// earlier than that anyway.
const negligible = 10 * time.Second

// judging returns a context that tells the providers of credentials how far the clock is off, so
// that they judge an expiration by the service's time.
func (c *Client) judging(ctx context.Context) context.Context {
	if c.cfg.DisableClockSkewCorrection {
		return ctx
	}
	offset, known := c.skew.at(c.cfg.Now())
	if known && offset.Abs() < negligible {
		return ctx
	}
	return refresh.WithClock(ctx, refresh.Clock{Offset: offset, Unknown: !known})
}

// staleness records that the service refused credentials. Later calls then ask for newer ones.
// since is when the refused ones were returned; it is nil while none are known to be refused.
type staleness struct{ since atomic.Pointer[time.Time] }

// mark records that the credentials that were returned at the given time were refused.
func (s *staleness) mark(at time.Time) {
	for {
		old := s.since.Load()
		if old != nil && !old.Before(at) || s.since.CompareAndSwap(old, &at) {
			return
		}
	}
}

// ask returns the context in which an attempt asks for credentials. If the last ones were refused,
// it asks for newer ones. Pass stale to [Client.obtained].
func (c *Client) ask(ctx context.Context, r *request) (_ context.Context, stale *time.Time) {
	if stale = c.stale.since.Load(); stale != nil {
		r.signing.forced = true
		ctx = refresh.ForceSince(ctx, *stale)
	}
	return ctx, stale
}

// obtained records that the attempt has the credentials that it asked for.
func (c *Client) obtained(r *request, stale *time.Time) {
	now := time.Now()
	if stale != nil {
		c.stale.since.CompareAndSwap(stale, nil)
		if !now.After(*stale) { // a coarse clock
			now = stale.Add(1)
		}
	}
	r.signing.obtained = now
}

// sign signs an attempt by the corrected clock. If nothing is known about the clock, the service
// decides whether the credentials have expired: otherwise a clock that is hours ahead would keep
// every request from being sent.
func (c *Client) sign(r *request, req *signer.Request, keys signer.Credentials) error {
	now := c.cfg.Now()
	s := &r.signing
	s.at, s.received, s.offset, s.dated = now, time.Time{}, 0, false
	if !c.cfg.DisableClockSkewCorrection {
		var known bool
		if s.offset, known = c.skew.at(now); !known {
			keys.Expires = time.Time{}
		}
	}
	err := c.signer.Sign(req, &keys, now.Add(s.offset))
	if errors.Is(err, signer.ErrExpired) {
		c.stale.mark(s.obtained)
	}
	return err
}
