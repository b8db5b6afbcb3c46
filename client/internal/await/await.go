// Package await calls functions that may not return in time.
package await

import "context"

// Call runs f and returns what it returns. If ctx is done first, Call returns the zero value and ctx.Err() at
// once, whether or not f obeys ctx.
//
// f then runs on in a goroutine of its own until it returns, and its result is dropped. Everything f uses must
// therefore stay valid after Call has returned. A panic of f becomes a panic of Call.
func Call[T any](ctx context.Context, f func() (T, error)) (T, error) {
	if ctx.Done() == nil {
		return f()
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	type result struct {
		value    T
		err      error
		panicked any
		returned bool // false after a panic and after runtime.Goexit
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if !r.returned {
				r.panicked = recover()
			}
			done <- r
		}()
		r.value, r.err = f()
		r.returned = true
	}()
	select {
	case r := <-done:
		if !r.returned {
			panic(r.panicked)
		}
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
