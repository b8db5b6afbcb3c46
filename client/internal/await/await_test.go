package await

import (
	"context"
	"errors"
	"testing"
)

func TestCall(t *testing.T) {
	failed := errors.New("failed")
	live, stop := context.WithCancel(context.Background())
	defer stop()
	for _, ctx := range []context.Context{context.Background(), live} {
		if v, err := Call(ctx, func() (int, error) { return 7, failed }); v != 7 || err != failed {
			t.Errorf("Call = %d, %v", v, err)
		}
	}
}

// TestCallEnds: a function that ignores its context does not hold its caller.
func TestCallEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	release, begun := make(chan bool), make(chan bool)
	defer close(release)
	go func() {
		<-begun
		cancel()
	}()
	v, err := Call(ctx, func() (string, error) {
		close(begun)
		<-release
		return "late", nil
	})
	if v != "" || err != context.Canceled {
		t.Errorf("Call = %q, %v", v, err)
	}
	if _, err := Call(ctx, func() (int, error) { t.Error("called although the context was done"); return 0, nil }); err != context.Canceled {
		t.Errorf("Call with a done context: %v", err)
	}
}

// TestCallPanics: a panic reaches the goroutine of the caller, where it can be recovered.
func TestCallPanics(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer func() {
		if r := recover(); r != "boom" {
			t.Errorf("recovered %v", r)
		}
	}()
	Call(ctx, func() (int, error) { panic("boom") })
}
