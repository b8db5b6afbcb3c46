package client

import (
	"context"
	"errors"
	"net/http"
)

// Connect opens a connection to the endpoint of the runtime, so that the next call does not wait
// for the name lookup, the TCP connection and the TLS handshake. A program that is about to need a
// response calls it at its start, or when a user begins to type. Connect is never needed: a call
// without a connection opens one.
//
// net/http opens a connection only for a request, so Connect sends one: HEAD for the endpoint's
// path and a slash, with no body, no credentials and none of [Config].Header. It names no operation,
// so nothing is billed. Whatever the status of the response, Connect returns nil: 403 or 404 is what
// an API responds to a request without a signature or an operation. A gateway sees that request in
// its log; it may refuse it too.
//
// The connection is then idle. It is closed if it is not used within 90 seconds, or sooner if the
// peer closes it. Over HTTP/2 it serves all further calls. Over HTTP/1.1 it serves one call at a
// time: for more, call Connect from as many goroutines at once. If there is an idle connection
// already, the request goes over it, and shows that it is alive.
//
// Connect waits at most [Timeouts].Connect for the connection, and as long again for the response.
// Its error is a [*StallError], a [*SendError], a [*ConfigError] or that of ctx, and later calls are
// not affected by it. Connect tries again only if an idle connection turns out to be closed.
//
// With [Config].Transport, the request goes through that Transport, which decides what is kept.
func (c *Client) Connect(ctx context.Context) error {
	if err := c.usable(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	for n := 1; ; n++ {
		err := c.connect(ctx)
		unsent := (*SendError)(nil)
		if n >= c.cfg.Retry.MaxAttempts || !errors.As(err, &unsent) || !unsent.connectionEnded && !errors.Is(err, errResent) {
			return err
		}
	}
}

// connect sends the request once.
func (c *Client) connect(ctx context.Context) error {
	limits := Timeouts{Connect: c.cfg.Timeouts.Connect, FirstEvent: 2 * c.cfg.Timeouts.Connect}
	b, requestCtx := newBody(ctx, limits, nil, c.cfg.Transport == nil)
	defer b.release()
	r := request{to: c.runtime, path: c.runtime.prefix + "/"}
	response, err := c.transport(r.to).RoundTrip((&http.Request{
		Method: http.MethodHead, URL: r.url(), Host: r.to.host, Header: http.Header{"User-Agent": {c.userAgent}},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(traced(requestCtx, b)))
	if err == nil && (response == nil || response.Body == nil) {
		err = errors.New("transport returned neither a response nor an error")
	}
	if err == nil {
		response.Body.Close()
		return nil
	}
	err = b.sendError(err)
	switch err := err.(type) { // there is nothing that may be processed
	case *SendError:
		err.MayBeProcessed = false
	case *StallError:
		err.MayBeProcessed = false
	}
	return err
}
