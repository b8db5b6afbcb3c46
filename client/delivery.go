package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"sync/atomic"
	"time"

	"bedrockwire/client/internal/network"
)

// delivery records how far the request of one attempt got. net/http reports it from goroutines of
// its own.
type delivery struct {
	dialed        atomic.Int32 // new connections
	reused        atomic.Bool  // the last connection had served a request before
	wroteHeaders  atomic.Bool  // of a request without a body
	informational atomic.Int32 // 1xx responses
	trace         httptrace.ClientTrace
	ctx           watched
}

// maxInformational is how many 1xx responses may come before the response. This service sends none.
const maxInformational = 5

// maxConnections is how many new connections net/http may open for one attempt. net/http itself has
// no limit, and does not pause: if a peer begins each HTTP/2 connection with GOAWAY, it dials in a
// tight loop.
const maxConnections = 4

var (
	errConnections   = errors.New("the peer closed 4 new connections in a row before it took the request")
	errInformational = errors.New("more than 5 informational (1xx) responses")
	errResent        = errors.New("net/http was about to send the request again on another connection")
)

// traced returns a context that makes net/http report to b how far its request gets. It also
// enforces three limits: connections and 1xx responses for one attempt, and that an attempt is sent
// once. A limit is enforced by ending the body, which cancels the request. So it does not depend on
// the hooks in the caller's context.
func traced(ctx context.Context, b *body) context.Context {
	d := &b.sent
	d.trace = httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			if !info.Reused || info.WasIdle { // other streams of the connection have deadlines of their own for writes
				info.Conn.SetDeadline(time.Time{}) // of untilHandedOver
			}
			d.reused.Store(info.Reused)
			switch {
			case d.wroteHeaders.Load():
				// A second connection for a request without a body, which was sent already. A
				// request with a body needs no such check: its body can be read only once.
				b.end(ending{err: &SendError{Err: errResent}})
			case !info.Reused && d.dialed.Add(1) > maxConnections:
				b.end(ending{err: &SendError{Err: errConnections}})
			default:
				b.connected()
			}
		},
		Got1xxResponse: func(int, textproto.MIMEHeader) error {
			if d.informational.Add(1) > maxInformational {
				b.end(ending{err: &SendError{Err: errInformational}})
				return errInformational
			}
			return nil
		},
	}
	if b.upload.empty() {
		d.trace.WroteHeaders = func() { d.wroteHeaders.Store(true) }
	}
	d.ctx.Context = ctx
	return httptrace.WithClientTrace(&d.ctx, &d.trace)
}

// watched is the context of a request that traced watches: its value of watchedKey is true. It
// costs no allocation.
type watched struct{ context.Context }

type watchedKey struct{}

func (w *watched) Value(key any) any {
	if key == (watchedKey{}) {
		return true
	}
	return w.Context.Value(key)
}

// sendError returns the caller's error for a RoundTrip that failed with err. The dial, the TLS
// handshake, and the wait for both have the same limit. Whichever timer fires first, the error is a
// *StallError.
func (b *body) sendError(err error) error {
	processed := b.mayBeProcessed(err)
	cause := b.cause()
	if cause == nil && b.phase == phaseConnect {
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			cause = b.stall()
		}
	}
	switch cause := cause.(type) {
	case nil:
		return &SendError{Err: err, MayBeProcessed: processed, connectionEnded: b.connectionEnded(err)}
	case *StallError:
		cause.MayBeProcessed = processed
		return cause
	case *SendError:
		cause.MayBeProcessed = processed
		return cause
	default:
		return cause
	}
}

// mayBeProcessed reports whether the peer may have processed a request whose RoundTrip failed with
// err: net/http has read all of it, and the protocol does not say that it was not processed.
func (b *body) mayBeProcessed(err error) bool {
	if notProcessed(err) {
		return false
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" || errors.As(err, new(*net.DNSError)) {
		return false
	}
	if b.upload.empty() {
		return b.sent.wroteHeaders.Load() || b.phase == phaseHead
	}
	return b.upload.whole()
}

// connectionEnded reports whether err is the end of a connection that had served other requests
// before. A peer that closes an idle connection does not know of the request that is on its way. An
// HTTP/2 stream that was reset is not such an end, and neither is one that a GOAWAY names as
// received.
func (b *body) connectionEnded(err error) bool {
	text := err.Error()
	return b.sent.reused.Load() && !errors.As(err, new(streamReset)) && !strings.HasPrefix(text, cannotRetry) && !strings.HasPrefix(text, goAwayClosed)
}

// streamReset is net/http's error for an HTTP/2 stream that one side has reset. errors.As converts
// net/http's own type to any struct that has these fields.
type streamReset struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamReset) Error() string { return "HTTP/2 stream was reset" }

// The texts of net/http's errors for requests that the peer of an HTTP/2 connection did not process
// (RFC 9113, sections 6.8 and 8.7). net/http has no types for these errors. None of the texts has
// text from the peer in it. If a future release changes one, the request counts as one that may
// have been processed, and is not repeated. Tests hold the texts.
const (
	cannotRetry    = "http2: Transport: cannot retry err ["
	refusedStream  = "; REFUSED_STREAM"
	goAwayGraceful = "http2: Transport received Server's graceful shutdown GOAWAY"
	goAwayError    = "http2: Transport received GOAWAY from server ErrCode:"
	goAwayClosed   = "http2: server sent GOAWAY and closed the connection"
)

// notProcessed reports whether err says that the peer did not process the request: it refused the
// stream, or sent a GOAWAY with a lower last stream.
func notProcessed(err error) bool {
	text := err.Error()
	if strings.HasPrefix(text, goAwayError) {
		return true
	}
	cause, ok := strings.CutPrefix(text, cannotRetry)
	return ok && (strings.HasPrefix(cause, goAwayGraceful) || strings.HasPrefix(cause, "stream error: ") && strings.Contains(cause, refusedStream))
}

// transient reports whether sending again may succeed after a failure. It can't for a host name
// that does not exist, a certificate that is not valid, a proxy setting that is not a URL, or an
// address that this package refuses.
func transient(err error) bool {
	var (
		dns         *net.DNSError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		invalid     x509.CertificateInvalidError
		address     *network.AddressError
	)
	switch {
	case errors.As(err, &dns):
		return !dns.IsNotFound
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid),
		errors.As(err, &address):
		return false
	}
	return !errors.Is(err, network.ErrProxy)
}
