package refresh

import (
	"context"
	"testing"
	"time"
)

func TestForce(t *testing.T) {
	plain := context.Background()
	if Forced(plain) {
		t.Error("Forced on a plain context")
	}
	if at, ok := Since(plain); ok || !at.IsZero() {
		t.Errorf("Since on a plain context = %v, %v", at, ok)
	}
	before := time.Now()
	first := Force(plain)
	if !Forced(first) {
		t.Fatal("Forced(Force(ctx)) = false")
	}
	at, ok := Since(first)
	if !ok || at.Before(before) || at.After(time.Now()) {
		t.Errorf("Since = %v, %v, want the moment of the call", at, ok)
	}
	// A derived context keeps the request, and the latest request wins.
	child, cancel := context.WithCancel(Force(first))
	cancel()
	later, ok := Since(child)
	if !ok || later.Before(at) {
		t.Errorf("Since(child) = %v, %v, want a moment not before %v", later, ok, at)
	}
	// The detached context of a background fetch keeps it too.
	if !Forced(context.WithoutCancel(child)) {
		t.Error("WithoutCancel lost the request")
	}
}

func TestForceSince(t *testing.T) {
	at := time.Now().Add(-time.Hour)
	if got, ok := Since(ForceSince(Force(context.Background()), at)); !ok || !got.Equal(at) {
		t.Errorf("Since = %v, %v, want %v", got, ok, at)
	}
}

func TestClock(t *testing.T) {
	ctx := context.Background()
	if got := ClockOf(ctx); got != (Clock{}) {
		t.Errorf("%v on a plain context", got)
	}
	want := Clock{Offset: -2 * time.Hour, Unknown: true}
	if got := ClockOf(context.WithoutCancel(WithClock(ctx, want))); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}
