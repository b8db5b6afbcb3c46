package credentials

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bedrockwire/client/credentials/refresh"
	"bedrockwire/signer"
)

// clock is a time that a test moves.
type clock struct{ ns atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ns.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	return c
}
func (c *clock) now() time.Time          { return time.Unix(0, c.ns.Load()) }
func (c *clock) advance(d time.Duration) { c.ns.Add(int64(d)) }

// numbered gives credentials whose key id counts the fetches.
type numbered struct {
	clock *clock
	life  time.Duration
	calls atomic.Int64
	fail  atomic.Bool
	gate  chan struct{} // where not nil, a fetch waits for it
}

var errDown = errors.New("the source is down")

func (n *numbered) Retrieve(ctx context.Context) (signer.Credentials, error) {
	i := n.calls.Add(1)
	if n.gate != nil {
		select {
		case <-n.gate:
		case <-ctx.Done():
			return signer.Credentials{}, ctx.Err()
		}
	}
	if n.fail.Load() {
		return signer.Credentials{}, errDown
	}
	c := signer.Credentials{AccessKeyID: strconv.FormatInt(i, 10), SecretAccessKey: "0123456789"}
	if n.life > 0 {
		c.Expires = n.clock.now().Add(n.life)
	}
	return c, nil
}

// settle waits until no fetch runs.
func settle(t *testing.T, c *Cache) {
	t.Helper()
	for range 5000 {
		c.mu.Lock()
		idle := c.flight == nil
		c.mu.Unlock()
		if idle {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("a fetch does not end")
}

func wantKey(t *testing.T, c *Cache, ctx context.Context, key string) {
	t.Helper()
	got, err := c.Retrieve(ctx)
	if err != nil || got.AccessKeyID != key {
		t.Helper()
		t.Fatalf("got %q, %v, want %q", got.AccessKeyID, err, key)
	}
}

func TestCacheKeeps(t *testing.T) {
	for _, life := range []time.Duration{0, time.Hour} {
		n := &numbered{clock: newClock(), life: life}
		c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
		for range 10 {
			wantKey(t, c, context.Background(), "1")
		}
		n.clock.advance(50 * time.Minute)
		wantKey(t, c, context.Background(), "1")
		settle(t, c)
		if got := n.calls.Load(); got != 1 {
			t.Errorf("life %v: %d fetches", life, got)
		}
	}
}

func TestCacheRefreshesBesideItsCallers(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	n.clock.advance(time.Hour - EarlyRefresh + time.Second)
	n.gate = make(chan struct{})
	for range 100 {
		wantKey(t, c, context.Background(), "1") // at once, though the source hangs
	}
	close(n.gate)
	settle(t, c)
	wantKey(t, c, context.Background(), "2")
	if got := n.calls.Load(); got != 2 {
		t.Errorf("%d fetches, want 2", got)
	}
}

// TestCacheJitter: two caches of equal credentials don't refresh at one moment, and never later
// than EarlyRefresh ahead.
func TestCacheJitter(t *testing.T) {
	now := newClock().now()
	seen := map[time.Time]bool{}
	for range 50 {
		s := newSnapshot(signer.Credentials{Expires: now.Add(time.Hour)}, now, now)
		ahead := now.Add(time.Hour).Sub(s.early)
		if ahead < EarlyRefresh || ahead >= EarlyRefresh+RefreshJitter {
			t.Fatalf("refreshed %v ahead", ahead)
		}
		seen[s.early] = true
	}
	if len(seen) < 40 {
		t.Errorf("%d moments in 50", len(seen))
	}
}

func TestCacheSchedule(t *testing.T) {
	now := newClock().now()
	for _, left := range []time.Duration{time.Nanosecond, time.Second, time.Minute, 4 * time.Minute, 6 * time.Minute, 15 * time.Minute, 12 * time.Hour} {
		s := newSnapshot(signer.Credentials{Expires: now.Add(left)}, now, now)
		if s.early.Before(now) || s.late.Before(s.early) || s.late.After(s.credentials.Expires) {
			t.Errorf("with %v left: early in %v, late in %v", left, s.early.Sub(now), s.late.Sub(now))
		}
	}
	expired := newSnapshot(signer.Credentials{Expires: now.Add(-time.Hour)}, now, now)
	if expired.early.After(now) || expired.late.After(now) {
		t.Error("expired credentials are kept")
	}
}

// TestThousandCallersAtExpiry is the storm: all see expired credentials at once, and one fetch
// serves them.
func TestThousandCallersAtExpiry(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	n.clock.advance(2 * time.Hour)
	n.gate = make(chan struct{})
	const callers = 1000
	var wg, started sync.WaitGroup
	var wrong atomic.Int64
	for range callers {
		wg.Add(1)
		started.Add(1)
		go func() {
			defer wg.Done()
			started.Done()
			if got, err := c.Retrieve(context.Background()); err != nil || got.AccessKeyID != "2" {
				wrong.Add(1)
			}
		}()
	}
	started.Wait()
	close(n.gate)
	wg.Wait()
	if got := n.calls.Load(); got != 2 {
		t.Errorf("%d fetches for the storm, want 1", got-1)
	}
	if wrong.Load() != 0 {
		t.Errorf("%d callers got something else", wrong.Load())
	}
}

// TestFailingSourceLosesNothing walks through an outage of the source: no call fails while the old
// credentials are good, the source is not stormed, and it is back in use when it has recovered.
func TestFailingSourceLosesNothing(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	n.fail.Store(true)
	end := n.clock.now().Add(time.Hour)
	n.clock.advance(time.Hour - EarlyRefresh - RefreshJitter)
	var steps int64
	for n.clock.now().Before(end.Add(-time.Second)) {
		for range 5 {
			wantKey(t, c, context.Background(), "1")
			settle(t, c)
		}
		n.clock.advance(time.Second)
		steps++
	}
	if got := n.calls.Load() - 1; got < 10 || got > int64((EarlyRefresh+RefreshJitter)/RetryPause)+1 {
		t.Errorf("%d fetches in %d s of outage", got, steps)
	}
	n.clock.advance(2 * time.Second)
	for range 3 { // now they have ended: every call tries, and says why not
		if _, err := c.Retrieve(context.Background()); !errors.Is(err, errDown) {
			t.Fatalf("error %v", err)
		}
	}
	n.fail.Store(false)
	wantKey(t, c, context.Background(), strconv.FormatInt(n.calls.Load()+1, 10))
}

func TestRecoveryBeforeTheEnd(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	n.fail.Store(true)
	n.clock.advance(time.Hour - EarlyRefresh)
	wantKey(t, c, context.Background(), "1")
	settle(t, c)
	n.fail.Store(false)
	n.clock.advance(2 * RetryPause)
	wantKey(t, c, context.Background(), "1")
	settle(t, c)
	wantKey(t, c, context.Background(), "3")
}

// TestLateButNotTooLate: in the last seconds callers wait, and get the old credentials if the fetch
// fails.
func TestLateButNotTooLate(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	n.clock.advance(time.Hour - LateRefresh + time.Second)
	n.fail.Store(true)
	wantKey(t, c, context.Background(), "1")
	wantKey(t, c, context.Background(), "1")
	settle(t, c)
	if got := n.calls.Load(); got != 2 {
		t.Errorf("%d fetches, want one in the last seconds", got)
	}
	n2 := &numbered{clock: newClock(), life: time.Hour}
	c2 := &Cache{Provider: n2.Retrieve, Now: n2.clock.now}
	wantKey(t, c2, context.Background(), "1")
	n2.clock.advance(time.Hour - LateRefresh + time.Second)
	wantKey(t, c2, context.Background(), "2")
}

func TestWaitersHonourTheirContext(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour, gate: make(chan struct{})}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	cause := errors.New("the caller had enough")
	first, giveUp := context.WithCancelCause(context.Background())
	done := make(chan error, 2)
	go func() { _, err := c.Retrieve(first); done <- err }()
	for n.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() {
		got, err := c.Retrieve(context.Background())
		if err == nil && got.AccessKeyID != "1" {
			err = errors.New("wrong key")
		}
		done <- err
	}()
	giveUp(cause)
	if err := <-done; !errors.Is(err, cause) {
		t.Errorf("the caller that gave up got %v", err)
	}
	close(n.gate) // the fetch it had started serves the other
	if err := <-done; err != nil {
		t.Errorf("the other caller got %v", err)
	}
	if got := n.calls.Load(); got != 1 {
		t.Errorf("%d fetches", got)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := new(Cache).Retrieve(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended gives %v", err)
	}
	wantKey(t, c, ended, "1") // what is there needs no waiting
}

func TestForcedRefresh(t *testing.T) {
	n := &numbered{clock: newClock()}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	ctx := context.Background()
	wantKey(t, c, ctx, "1")
	forced := refresh.Force(ctx)
	wantKey(t, c, forced, "2")
	wantKey(t, c, forced, "2") // fetched after that Force already
	wantKey(t, c, ctx, "2")
	wantKey(t, c, refresh.Force(ctx), "3")
	n.fail.Store(true)
	if _, err := c.Retrieve(refresh.Force(ctx)); !errors.Is(err, errDown) {
		t.Errorf("a forced refresh that fails gives %v", err)
	}
	wantKey(t, c, ctx, "3") // others keep what they have
	n.fail.Store(false)
	c.Invalidate()
	wantKey(t, c, ctx, "5")
}

// TestForcedStorm: a thousand callers learn of an expired token at about one time, and cause one
// fetch.
func TestForcedStorm(t *testing.T) {
	n := &numbered{clock: newClock()}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	const callers = 1000
	all := make([]context.Context, callers)
	for i := range all {
		all[i] = refresh.Force(context.Background())
	}
	var wg sync.WaitGroup
	for _, ctx := range all {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if got, err := c.Retrieve(ctx); err != nil || got.AccessKeyID != "2" {
				t.Errorf("%v, %v", got, err)
			}
		}()
	}
	wg.Wait()
	if got := n.calls.Load(); got != 2 {
		t.Errorf("%d fetches, want one for the storm", got-1)
	}
}

// TestForceDuringAFetch: a fetch that began before the credentials were refused does not serve.
func TestForceDuringAFetch(t *testing.T) {
	n := &numbered{clock: newClock(), gate: make(chan struct{}, 2)}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	go c.Retrieve(context.Background())
	for n.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Millisecond)
	forced := refresh.Force(context.Background())
	n.gate <- struct{}{}
	n.gate <- struct{}{}
	wantKey(t, c, forced, "2")
}

func TestProvidersThatMisbehave(t *testing.T) {
	ctx := context.Background()
	c := &Cache{Provider: func(context.Context) (signer.Credentials, error) { panic("secret text") }}
	if _, err := c.Retrieve(ctx); !errors.Is(err, ErrSource) {
		t.Errorf("a panic gives %v", err)
	}
	c = &Cache{Provider: func(context.Context) (signer.Credentials, error) { runtime.Goexit(); panic("unreachable") }}
	if _, err := c.Retrieve(ctx); !errors.Is(err, ErrSource) {
		t.Errorf("a Goexit gives %v", err)
	}
	if _, err := new(Cache).Retrieve(ctx); !errors.Is(err, ErrConfig) {
		t.Errorf("a Cache without a Provider gives %v", err)
	}
	// Expired on arrival: given out, and asked for again at each call.
	n := &numbered{clock: newClock(), life: time.Nanosecond}
	past := &Cache{Provider: n.Retrieve, Now: func() time.Time { return n.clock.now().Add(time.Hour) }}
	wantKey(t, past, ctx, "1")
	wantKey(t, past, ctx, "2")
}

// TestFetchesAreBounded: a source that never answers is given up, sooner where nobody waits for it.
func TestFetchesAreBounded(t *testing.T) {
	clk := newClock()
	var limits []time.Duration
	c := &Cache{Now: clk.now, Provider: func(ctx context.Context) (signer.Credentials, error) {
		end, ok := ctx.Deadline()
		if !ok {
			t.Error("a fetch has no deadline")
		}
		limits = append(limits, time.Until(end).Round(time.Second))
		return signer.Credentials{AccessKeyID: strconv.Itoa(len(limits)), Expires: clk.now().Add(time.Hour)}, nil
	}}
	wantKey(t, c, context.Background(), "1")
	clk.advance(time.Hour - EarlyRefresh)
	wantKey(t, c, context.Background(), "1")
	settle(t, c)
	if len(limits) != 2 || limits[0] != FetchLimit || limits[1] != RefreshLimit {
		t.Errorf("limits %v", limits)
	}
}

// TestCacheUnderRace mixes everything, for the race detector.
func TestCacheUnderRace(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Minute}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range 300 {
				ctx := context.Background()
				switch {
				case j%50 == 7:
					ctx = refresh.Force(ctx)
				case j%90 == 11 && i == 0:
					c.Invalidate()
				case i == 1:
					n.clock.advance(time.Second)
				case i == 2:
					n.fail.Store(j%3 == 0)
				}
				c.Retrieve(ctx)
			}
		}()
	}
	wg.Wait()
	settle(t, c)
}

func BenchmarkCache(b *testing.B) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	ctx := context.Background()
	c.Retrieve(ctx)
	b.ReportAllocs()
	for b.Loop() {
		c.Retrieve(ctx)
	}
}

// TestFetchBeginsAfterForce: also where the clock has not moved since, a fetch that a Force has started counts as later.
func TestFetchBeginsAfterForce(t *testing.T) {
	c := &Cache{Provider: Static(signer.Credentials{AccessKeyID: "A", SecretAccessKey: "0123456789"})}
	force := time.Now().Add(time.Hour)
	f := c.start(context.Background(), force, nil, time.Second)
	if !f.started.After(force) {
		t.Errorf("the fetch started %v before the Force", force.Sub(f.started))
	}
	<-f.done
	settle(t, c)
}

// TestFetchOfAnotherCallerServes: a caller that finds its credentials old uses those of a fetch that ended a moment
// before it asked for one.
func TestFetchOfAnotherCallerServes(t *testing.T) {
	n := &numbered{clock: newClock(), life: time.Hour}
	c := &Cache{Provider: n.Retrieve, Now: n.clock.now}
	wantKey(t, c, context.Background(), "1")
	n.clock.advance(time.Hour)
	c.Now = func() time.Time { // is asked between the look at the old credentials and the start of a fetch
		if c.current.Load().credentials.AccessKeyID == "1" {
			c.current.Store(&snapshot{credentials: signer.Credentials{AccessKeyID: "of another caller"}, fetched: time.Now()})
		}
		return n.clock.now()
	}
	wantKey(t, c, context.Background(), "of another caller")
	if got := n.calls.Load(); got != 1 {
		t.Errorf("%d fetches", got)
	}
}
