package credentials

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/client/internal/await"
	"bedrockwire/signer"
)

// Times of a [Cache]. The container and metadata endpoints start to return new credentials 5 min
// before the old ones end.
const (
	EarlyRefresh  = 5 * time.Minute  // before the end: refresh while callers get the old ones
	RefreshJitter = 1 * time.Minute  // up to this much earlier still, at random, so that a fleet spreads
	LateRefresh   = 30 * time.Second // before the end: callers wait for the refresh, because a request takes time too
	RefreshLimit  = 30 * time.Second // for a fetch that nobody waits for
	FetchLimit    = 90 * time.Second // for one that callers wait for: a process has a minute, and may ask a person
	abandonAfter  = 1 * time.Second  // after the limit of a fetch, in which the provider can say what it was waiting for
	RetryPause    = 10 * time.Second // after a failed fetch, while the old credentials are still good; up to twice that
)

// Cache keeps what its Provider gave until shortly before it expires. The zero value of every field
// but Provider is usable. A Cache must not be copied.
//
//	time    ----------- fetched ------------ early ------- late ---- expires ---->
//	callers  wait for it | get it at once    | get it at once; one | wait | wait for new ones
//	                     |                   | fetch runs          |      |
//
// However many callers there are, one fetch runs at a time. It runs in goroutines of its own, on a
// context that keeps the values of the call that started it but not its end: a caller that gives up
// doesn't take the credentials away from those that wait with it. Each caller waits as long as its
// own context allows. No goroutine exists between fetches.
//
// A fetch ends after [RefreshLimit] or [FetchLimit]. If its Provider has not returned a second
// later, the fetch is abandoned: its callers get an error, and the next call starts the next fetch.
// The abandoned Provider keeps a goroutine until it returns, and its result is dropped.
//
// A failed fetch changes nothing while the old credentials are good. When they are not, callers get
// its error, and the next call starts the next fetch.
//
// Expiration is judged by the clock that the call's context has from [refresh.WithClock]. A caller
// that knows nothing about its clock gets credentials that look expired, if newer ones can't be
// fetched.
//
// A call whose context comes from [refresh.Force] gets credentials that were fetched after that
// Force, or the error of that fetch; the old ones stay for all others.
type Cache struct {
	Provider Provider
	Now      func() time.Time // nil is time.Now

	current atomic.Pointer[snapshot]
	mu      sync.Mutex
	flight  *flight // the fetch that runs, or nil
}

// snapshot is one set of credentials and their schedule. It is never changed, only replaced.
type snapshot struct {
	// early <= late <= credentials.Expires
	credentials signer.Credentials

	// fetched is when the fetch started, by the process's own clock: it is compared with the time
	// of a Force, and a clock that is set must not change their order.
	fetched time.Time

	// early and late are by the service's clock, as Expires is. They stay right when the machine's
	// clock turns out to be off. Zero is never.
	early, late time.Time
}

// flight is a fetch that runs. Its fields after done are set before done is closed.
type flight struct {
	started time.Time
	done    chan struct{}
	result  *snapshot
	err     error
}

// Retrieve returns the cached credentials, or fetches them.
func (c *Cache) Retrieve(ctx context.Context) (signer.Credentials, error) {
	clock := refresh.ClockOf(ctx)
	now := func() time.Time { return orNow(c.Now)().Add(clock.Offset) }
	since, forced := refresh.Since(ctx)
	s := c.current.Load()
	if s != nil && forced && s.fetched.After(since) {
		forced = false // a fetch since then serves this call too
	}
	switch {
	case s == nil || forced:
	case s.early.IsZero() || now().Before(s.early):
		return s.credentials, nil // nearly all calls end here: two loads and a clock, no lock
	case now().Before(s.late):
		c.start(ctx, time.Time{}, s, RefreshLimit)
		return s.credentials, nil
	}
	if err := ctx.Err(); err != nil {
		return signer.Credentials{}, err
	}
	var minimum time.Time
	if forced {
		minimum = since
	}
	for {
		f := c.start(ctx, minimum, s, FetchLimit)
		if f == nil { // a fetch has ended since s was loaded
			if s = c.current.Load(); s != nil && (!forced || s.fetched.After(since)) {
				return s.credentials, nil
			}
			continue
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return signer.Credentials{}, context.Cause(ctx)
		}
		switch {
		case f.err == nil && (!forced || f.started.After(since)):
			return f.result.credentials, nil
		case f.err == nil:
			continue // that fetch had begun before the credentials were refused
		case !forced && s != nil && (clock.Unknown || now().Before(s.credentials.Expires)):
			return s.credentials, nil // late, but not too late, or only the service can tell
		}
		return signer.Credentials{}, f.err
	}
}

// Invalidate makes the next call wait for a fetch. It is what [refresh.Force] does for one call,
// for all.
func (c *Cache) Invalidate() { c.current.Store(nil) }

// start joins the fetch that runs, or starts one. It returns nil if the credentials are no longer
// those the caller saw.
func (c *Cache) start(ctx context.Context, minimum time.Time, seen *snapshot, limit time.Duration) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flight != nil {
		return c.flight
	}
	if c.current.Load() != seen {
		return nil
	}
	f := &flight{started: time.Now(), done: make(chan struct{})}
	if !f.started.After(minimum) { // a coarse clock; the fetch does begin after the Force
		f.started = minimum.Add(1)
	}
	c.flight = f
	go c.fetch(context.WithoutCancel(ctx), f, seen, limit)
	return f
}

// fetch runs one fetch and publishes its result.
func (c *Cache) fetch(ctx context.Context, f *flight, old *snapshot, limit time.Duration) {
	var got signer.Credentials
	now := func() time.Time { return judgeOf(ctx, c.Now).now }
	// A provider that panics, or ends its goroutine, must not leave its callers waiting forever.
	f.err = &Error{Source: SourceCache, Kind: ErrSource, Reason: "the provider panicked"}
	defer func() {
		_ = recover()
		c.mu.Lock()
		if f.err == nil {
			f.result = newSnapshot(got, now(), f.started)
			c.current.Store(f.result)
		} else if old != nil && c.current.Load() == old && !old.early.IsZero() {
			// Try again later, not at each of the next calls: they would overload a source that has
			// failed.
			again := *old
			again.early = earlier(now().Add(RetryPause+rand.N(RetryPause)), old.credentials.Expires)
			again.late = earlier(later(old.late, again.early), old.credentials.Expires)
			c.current.Store(&again)
		}
		c.flight = nil
		c.mu.Unlock()
		close(f.done)
	}()
	if c.Provider == nil {
		f.err = &Error{Source: SourceCache, Kind: ErrConfig, Reason: "the Cache has no Provider"}
		return
	}
	// The provider has until limit, and a moment more to return the error that says what it was
	// waiting for.
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	abandon, stop := context.WithTimeout(context.WithoutCancel(ctx), limit+abandonAfter)
	defer stop()
	got, f.err = await.Call(abandon, func() (signer.Credentials, error) { return c.Provider(ctx) })
	if f.err != nil && f.err == abandon.Err() {
		f.err = &Error{Source: SourceCache, Kind: ErrSource, Reason: "the provider did not return in " + limit.String(), Err: f.err}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// newSnapshot schedules the next refresh. Both windows shrink with what is left: credentials that
// come with four minutes to live are not fetched again at every call.
func newSnapshot(c signer.Credentials, now, fetched time.Time) *snapshot {
	s := &snapshot{credentials: c, fetched: fetched}
	if c.Expires.IsZero() {
		return s
	}
	left := c.Expires.Sub(now)
	if left <= 0 {
		// Expired on arrival: the source or the clock of this machine is wrong. The caller gets
		// them, because only the service can tell. By this clock the next call fetches again; once
		// the clock is corrected, the usual times hold.
		s.early, s.late = c.Expires.Add(-EarlyRefresh-rand.N(RefreshJitter)), c.Expires.Add(-LateRefresh)
		return s
	}
	early := min(EarlyRefresh+rand.N(RefreshJitter), left/2)
	s.early = c.Expires.Add(-early)
	s.late = c.Expires.Add(-min(LateRefresh, left/4))
	return s
}
