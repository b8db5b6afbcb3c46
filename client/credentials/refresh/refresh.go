// Package refresh lets a caller tell a provider of credentials, through the context of one call,
// what it has learnt from the service: that credentials were refused, so that newer ones are needed
// ([Force]), and how far off the machine's clock is ([WithClock]).
//
// It imports no other package of this module. A client that only calls a func(context.Context)
// (signer.Credentials, error) can ask for a refresh without linking any provider. Providers without
// a cache ignore the request.
//
//	creds, err := cfg.Credentials(refresh.Force(ctx))
package refresh

import (
	"context"
	"time"
)

// The types of this package's context keys.
type (
	key      struct{}
	clockKey struct{}
)

// Force returns a context that asks for credentials fetched after this call. The context holds the
// time of the call. If a thousand callers learn at the same time that their credentials have
// expired, the first fetch after that serves them all.
func Force(ctx context.Context) context.Context {
	return ForceSince(ctx, time.Now())
}

// ForceSince is [Force] for credentials that the caller had in hand at a time, and that the service
// has refused since. A fetch that began after that time serves the call.
func ForceSince(ctx context.Context, at time.Time) context.Context {
	return context.WithValue(ctx, key{}, at)
}

// Forced reports whether ctx comes from Force.
func Forced(ctx context.Context) bool {
	_, ok := Since(ctx)
	return ok
}

// Since returns the time of the Force that ctx comes from, the latest if there are several.
// Credentials fetched before that time do not serve.
func Since(ctx context.Context) (time.Time, bool) {
	at, ok := ctx.Value(key{}).(time.Time)
	return at, ok
}

// Clock is what a caller knows about the machine's clock. The zero value trusts it.
type Clock struct {
	Offset  time.Duration // to add to the local time
	Unknown bool          // nothing is known: what looks expired may be good, and the service decides
}

// WithClock returns a context that tells providers by which clock to judge an expiration.
func WithClock(ctx context.Context, c Clock) context.Context {
	return context.WithValue(ctx, clockKey{}, c)
}

// ClockOf returns the Clock of the WithClock that ctx comes from, the zero Clock if there is none.
func ClockOf(ctx context.Context) Clock {
	c, _ := ctx.Value(clockKey{}).(Clock)
	return c
}
