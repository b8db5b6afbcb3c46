// Package refresh lets a caller ask a cache of credentials, through the context of one call, for
// credentials that are newer than those the service has refused as expired.
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

// key is the type of this package's only context key.
type key struct{}

// Force returns a context that asks for credentials fetched after this call. The context holds the
// time of the call. If a thousand callers learn at the same time that their credentials have
// expired, the first fetch after that serves them all.
func Force(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, time.Now())
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
