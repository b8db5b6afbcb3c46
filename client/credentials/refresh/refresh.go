// Package refresh lets a caller tell a cache of credentials, through the context of one call, that the credentials it
// handed out were refused by the service (an expired-token answer) and must be fetched anew.
//
// It is a leaf: a client that only calls a func(context.Context) (signer.Credentials, error) can ask for a refresh
// without importing, and so without linking, any provider. Providers without a cache ignore the request.
//
//	creds, err := cfg.Credentials(refresh.Force(ctx))
package refresh

import (
	"context"
	"time"
)

// key is the type of the one context key of this package; its only value can't collide with another package's.
type key struct{}

// Force returns a context that asks for credentials fetched after this call. The moment is kept with the request:
// when a thousand callers learn at once that their credentials have expired, the first fetch after that moment
// answers all of them.
func Force(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, time.Now())
}

// Forced reports whether ctx comes from Force.
func Forced(ctx context.Context) bool {
	_, ok := Since(ctx)
	return ok
}

// Since returns the moment of the Force that ctx comes from, the latest if there are several. Credentials fetched
// before it do not serve.
func Since(ctx context.Context) (time.Time, bool) {
	at, ok := ctx.Value(key{}).(time.Time)
	return at, ok
}
