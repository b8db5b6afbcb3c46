package credentials

import (
	"context"
	"net/http"
	"time"

	"bedrockwire/client/credentials/refresh"
	skew "bedrockwire/client/internal/clock"
)

// judge decides whether something has expired: by the machine's clock, corrected by what the
// caller has learnt from the service ([refresh.WithClock]).
type judge struct {
	now     time.Time // corrected
	unknown bool      // nothing is known about the machine's clock: only a service can tell what has expired
}

func judgeOf(ctx context.Context, now func() time.Time) judge {
	c := refresh.ClockOf(ctx)
	return judge{orNow(now)().Add(c.Offset), c.Unknown}
}

// left returns how long something is still good, at the best guess.
func (j judge) left(expires time.Time) time.Duration { return expires.Sub(j.now) }

// ended reports whether something is known to have expired. A clock that is hours ahead must not
// keep a first request from being sent: the response to it corrects the clock.
func (j judge) ended(expires time.Time) bool {
	return !expires.IsZero() && !j.unknown && j.left(expires) <= 0
}

// sentAt returns the time at which a service sent a response with that header, or the time now where
// the header has none. What a response says lasts a number of seconds is counted from there: by a
// clock that is ahead, or was set meanwhile, it would last longer than the service lets it.
func (j judge) sentAt(h http.Header) time.Time {
	if offset, ok := skew.Offset(h, j.now, j.now); ok {
		return j.now.Add(offset)
	}
	return j.now
}

// rereads are the pauses before a file is looked at again that another program may be writing. An
// in-place rewrite takes milliseconds. A person who has to sign in hears of it 310 ms later.
var rereads = [...]time.Duration{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond, 160 * time.Millisecond}

// reread calls f until it reports that it is done, with the pauses of rereads, and returns early
// when ctx ends.
func reread(ctx context.Context, f func() (done bool)) {
	for _, pause := range rereads {
		if f() {
			return
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
	f()
}
