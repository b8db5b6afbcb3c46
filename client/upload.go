package client

import (
	"context"
	"errors"
	"io"
	"sync"
)

// upload is the body of one HTTP request. Its bytes are the caller's, so none is read once the call
// or stream has ended: a peer may answer before it has read the request, and net/http then goes on
// sending from another goroutine, while the caller may already use the memory for something else.
type upload struct {
	ctx context.Context // the caller's

	size int

	mu      sync.Mutex
	rest    []byte
	stopped bool
	read    bool // to the end; true from the start where there is nothing to read
}

var errUploadStopped = errors.New("the call has ended before its request was sent whole")

// start sets the bytes to send, for a call with the context ctx.
func (u *upload) start(ctx context.Context, b []byte) {
	u.ctx, u.size, u.rest, u.read = ctx, len(b), b, len(b) == 0
}

// empty reports whether the request has no body.
func (u *upload) empty() bool { return u.size == 0 }

// Read copies bytes of the request to net/http. It refuses after stop, and after the caller's
// context has ended.
func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return 0, errUploadStopped
	}
	n := copy(p, u.rest)
	// The context is checked after the copy: if it has not ended by then, p holds nothing that the
	// caller wrote after ending it.
	if u.ctx.Err() != nil {
		clear(p[:n])
		return 0, errUploadStopped
	}
	u.rest = u.rest[n:]
	if len(u.rest) == 0 {
		u.rest, u.read = nil, true // an empty slice would keep the caller's memory alive
		return n, io.EOF
	}
	return n, nil
}

// Close is called by net/http when it stops sending. stop frees the memory.
func (u *upload) Close() error { return nil }

// stop makes Read refuse. When it returns, no Read uses the caller's memory.
func (u *upload) stop() {
	u.mu.Lock()
	u.stopped, u.rest = true, nil
	u.mu.Unlock()
}

// whole reports whether net/http has taken all bytes of the request.
func (u *upload) whole() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.read
}
