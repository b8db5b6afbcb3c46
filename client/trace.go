package client

import (
	"context"
	"net/http/httptrace"
	"net/textproto"
)

// traced is a request's context that answers net/http's question for its hooks. httptrace.WithClientTrace would do,
// but it merges the hooks of two traces by reflection, which is a tenth of what a whole client adds to a program; we
// know the two hooks that are ours.
//
// A context is asked by a key, and that of httptrace is private. So the first who asks is [httptrace.ContextClientTrace],
// from [watch]: what it asks by is the key.
type traced struct {
	context.Context
	key   any
	trace httptrace.ClientTrace
}

// Value is the context's own but for the trace.
func (t *traced) Value(key any) any {
	switch t.key {
	case nil:
		t.key = key
	case key:
		return &t.trace
	}
	return t.Context.Value(key)
}

// watch returns a context whose request tells w of its connection and is refused more than [maxInformational] 1xx
// responses. The hooks of a trace that the caller may have put into ctx are called as well, after w's.
func watch(ctx context.Context, w *wire) context.Context {
	t := &traced{Context: ctx}
	callers := httptrace.ContextClientTrace(t)
	if t.key == nil {
		t.key = t // it has not asked, and no later question is to be taken for its
	}
	if callers != nil {
		t.trace = *callers
	}
	t.trace.GotConn = func(conn httptrace.GotConnInfo) {
		w.connected(conn.Reused)
		if callers != nil && callers.GotConn != nil {
			callers.GotConn(conn)
		}
	}
	informational := 0 // counted by one goroutine, that of the connection
	t.trace.Got1xxResponse = func(code int, header textproto.MIMEHeader) error {
		if informational++; informational > maxInformational {
			return errInformational
		}
		if callers != nil && callers.Got1xxResponse != nil {
			return callers.Got1xxResponse(code, header)
		}
		return nil
	}
	return t
}
