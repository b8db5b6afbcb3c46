package client

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"

	"bedrockwire/frame"
	"bedrockwire/signer"
)

// Config is what [New] makes a [Client] from. The zero value of every field is a usable default,
// with two exceptions. Region must be set; with a bearer token or Unsigned, Endpoint will do.
// Credentials or BearerToken must be set, unless Unsigned is.
//
// A Config reads no environment and no file; package bedrockwire/client/config fills one from both.
type Config struct {
	// Region is the AWS region that requests go to and are signed for, such as "us-east-1".
	Region string

	// Endpoint is used in place of the URL that follows from Region, FIPS and DualStack. It is an
	// https URL, or an http URL on loopback. It may have a path prefix, but no user, query or
	// fragment.
	Endpoint string

	// ControlEndpoint is the Endpoint of the control plane, which [Client.FoundationModel] calls.
	// If it is empty, Endpoint is used for the control plane too.
	ControlEndpoint string

	// ControlEndpointFrom says where ControlEndpoint was found if the program did not set it, such as
	// "AWS_ENDPOINT_URL_BEDROCK". New then leaves the check of ControlEndpoint to the call that uses
	// it, and the error names this place. Package config sets it.
	ControlEndpointFrom string

	// Credentials returns the credentials for one attempt. It is called before each attempt, so
	// that rotated credentials are used at once; it should cache them. Its context is the call's.
	// It may run in another goroutine than the call, and a call whose context ends does not wait
	// for it. Package credentials has providers.
	Credentials func(context.Context) (signer.Credentials, error)

	// BearerToken returns an Amazon Bedrock API key, under the same rules. If it is set, no request
	// is signed and Credentials is never called.
	BearerToken func(context.Context) (string, error)

	// Unsigned sends requests without a signature or token, to a gateway that authenticates its
	// callers in another way, such as by client certificates or by a field of Header. Neither
	// Credentials nor BearerToken is called. The risk: only TLS protects the request on its way.
	// Amazon Bedrock itself refuses unsigned requests.
	Unsigned bool

	// AllowHTTP allows endpoints with http URLs beyond loopback, for a gateway on a trusted
	// network. The risk: others on the network can read prompts and responses, and can replay a
	// signed request for some minutes. It can't be combined with BearerToken, because they could
	// read the token and use it.
	AllowHTTP bool

	// Header is added to every request, and signed. Names that the signer, net/http or this package
	// sets are refused, such as Host, X-Amz-Date and Content-Length; Authorization is allowed if
	// Unsigned is set. A header that a call sets itself wins over the one here. The risk: every
	// request carries these values to the endpoint.
	Header map[string]string

	// Transport sends the requests. nil is this package's own: no redirects, TLS 1.2 or newer,
	// HTTP/2 allowed, response heads up to 64 KiB, no decompression. Another one must be safe for
	// concurrent use. With another one, RootCAs, DisableHTTP2, MaxIdleConns and Timeouts.Connect
	// have no effect, and this package does not limit what a hostile peer can make it read, dial or
	// hold. Redirects are refused with any transport, because no http.Client is used.
	Transport http.RoundTripper

	// WrapTransport wraps this package's own transport, for tracing or metrics: its result sends
	// the requests. The limits of the transport still hold. It may be called more than once. It
	// can't be combined with Transport.
	WrapTransport func(http.RoundTripper) http.RoundTripper

	// RootCAs are the certificate authorities to trust in place of the system's.
	RootCAs *x509.CertPool

	// DisableHTTP2 keeps this package's own transport on HTTP/1.1. Over HTTP/2, net/http writes a
	// line to the program's standard logger for each frame of a kind that it does not know, and a
	// hostile peer can send many.
	DisableHTTP2 bool

	// MaxIdleConns is how many idle connections are kept for each host; 0 is [DefaultMaxIdleConns].
	// Over HTTP/2, one connection carries many streams.
	MaxIdleConns int

	Retry    Retry        // how calls are repeated before their first event
	Timeouts Timeouts     // how long the client waits for the peer
	Limits   frame.Limits // of the event stream's frames

	// AllowIncomplete makes a stream without the end mark of its format end with io.EOF instead of
	// [ErrIncomplete]. [Stream.Complete] then tells whether the mark came.
	AllowIncomplete bool

	// ReturnAtHead makes a streaming call return as soon as the response's head has arrived, before
	// the first event. An exception in place of the first event is then the stream's error, and is
	// not retried.
	ReturnAtHead bool

	// Now is the clock for the dates of signatures; nil is time.Now. Deadlines do not use it.
	Now func() time.Time

	// DisableClockSkewCorrection trusts that clock. Otherwise it is corrected by the Date of the
	// service's responses, and credentials expire by the corrected clock.
	DisableClockSkewCorrection bool

	// Log is called at each step of a call, from the goroutine that makes it; nil costs nothing. No
	// Step has a body, a token, a credential or an Authorization header.
	Log func(Step)

	// Tap gets the bytes of an event stream as they are read, before they are checked, so that a
	// program can save the stream and decode it again. It must not keep or change p. It gets the
	// bytes of all streams of the Client; [CallOptions].Tap gets those of one.
	Tap func(p []byte)

	// FIPS and DualStack choose among the endpoints of Region. Neither can be combined with
	// Endpoint.
	FIPS, DualStack bool

	// UserAgent is added to the User-Agent header, after "bedrockwire/VERSION".
	UserAgent string
}

// Timeouts limit how long the client waits for the peer. A zero field is the default, a negative
// one is no limit. A wait that passes its limit ends the call or the stream with a [*StallError].
//
// Only time spent waiting for the peer counts. A caller that takes a minute to use an event loses
// none of the next event's time.
type Timeouts struct {
	Connect    time.Duration // name lookup, dial and TLS handshake together; default 10 s
	FirstEvent time.Duration // from a request's start to its first event; default 300 s
	Idle       time.Duration // without a byte, after the first event; default 300 s
	Frame      time.Duration // from a frame's first byte to its last; default 10 min
}

// Defaults of [Timeouts]. Healthy streams of this service have been seen to pause for 125 s, so the
// idle limit is well above that.
const (
	DefaultConnectTimeout    = 10 * time.Second
	DefaultFirstEventTimeout = 300 * time.Second
	DefaultIdleTimeout       = 300 * time.Second
	DefaultFrameTimeout      = 10 * time.Minute
)

var defaultTimeouts = Timeouts{DefaultConnectTimeout, DefaultFirstEventTimeout, DefaultIdleTimeout, DefaultFrameTimeout}

// over returns t with its zero fields from base, and 0 for "no limit".
func (t Timeouts) over(base Timeouts) Timeouts {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Connect, base.Connect},
		{&t.FirstEvent, base.FirstEvent},
		{&t.Idle, base.Idle},
		{&t.Frame, base.Frame},
	} {
		switch {
		case *f.field == 0:
			*f.field = f.value
		case *f.field < 0:
			*f.field = 0
		}
	}
	return t
}

// Retry says how a call is repeated. Only what happens before the first event of a stream is ever
// repeated. The zero value is the AWS SDKs' standard mode, with the delays and token costs of its
// 2026 revision (AWS SDKs and Tools Reference Guide, "Retry behavior").
//
// A request that the service has processed may be billed even if no response came back. So a
// request that was sent whole and got no response is sent again only in two cases, unless
// AtLeastOnce is set: if the protocol says that it was not processed, and if the peer was closing
// an idle connection. Each sending is an attempt: it is counted, logged, and signed anew.
//
//	sent       came back                                               repeated
//	nothing    the name lookup, dial or TLS handshake failed           yes, unless the name does not exist
//	                                                                   or the certificate is not valid
//	nothing    no connection within Timeouts.Connect                   yes
//	a part     the connection or HTTP/2 stream ended, or a stall       yes
//	all        the connection ended, and had served other requests     yes: the peer was closing an idle connection
//	all        the connection ended, and was new                       AtLeastOnce
//	all        RST_STREAM with REFUSED_STREAM (HTTP/2)                 yes: it was not processed
//	all        RST_STREAM with another code                            AtLeastOnce
//	all        GOAWAY with a last stream below this one                yes: it was not processed
//	all        GOAWAY with this stream or a later one, then the end    AtLeastOnce
//	all        nothing within Timeouts.FirstEvent                      AtLeastOnce
//	all        an error response                                       where model.Error.Retryable says so
//	all        expired credentials, or a date that is off              once, with new credentials or the right date
//	all        a head, and an exception in place of the first event    where model.Error.Retryable says so
//	all        a head, and a cut or corrupt first event                yes: nothing was delivered
//	all        a head, and no event within Timeouts.FirstEvent         AtLeastOnce
//	all        a head, and a JSON body that was cut                    AtLeastOnce
//	all        a redirect, or a response of another kind               no
//	all        one event or more                                       no
//
// Operations that only read are repeated in all rows that say AtLeastOnce: FoundationModel,
// CountTokens, and a [Call] with GET or ReadOnly.
type Retry struct {
	// MaxAttempts counts the first attempt too; 0 is 3, and 1 never repeats.
	MaxAttempts int
	// MaxNotReady takes the place of MaxAttempts when a model responds with ModelNotReadyException;
	// 0 is 6: the first attempt, and the five retries that the exception's documentation allows. It
	// has no effect if MaxAttempts is 1.
	MaxNotReady int
	// MaxDelay is the longest time between two attempts, whatever the service asks for; 0 is 20 s.
	MaxDelay time.Duration
	// MaxElapsed is the time after which no further attempt starts; 0 is 2 minutes.
	MaxElapsed time.Duration
	// AtLeastOnce also repeats requests that may have been processed. They may be billed more than
	// once.
	AtLeastOnce bool
}

// Defaults of [Retry].
const (
	DefaultMaxAttempts = 3
	DefaultMaxNotReady = 6
	DefaultMaxDelay    = 20 * time.Second
	DefaultMaxElapsed  = 2 * time.Minute
)

var defaultRetry = Retry{MaxAttempts: DefaultMaxAttempts, MaxNotReady: DefaultMaxNotReady, MaxDelay: DefaultMaxDelay, MaxElapsed: DefaultMaxElapsed}

// over returns r with the fields that are not set from base.
func (r Retry) over(base Retry) Retry {
	if r.MaxAttempts <= 0 {
		r.MaxAttempts = base.MaxAttempts
	}
	if r.MaxNotReady <= 0 {
		r.MaxNotReady = base.MaxNotReady
	}
	if r.MaxDelay <= 0 {
		r.MaxDelay = base.MaxDelay
	}
	if r.MaxElapsed <= 0 {
		r.MaxElapsed = base.MaxElapsed
	}
	r.AtLeastOnce = r.AtLeastOnce || base.AtLeastOnce
	return r
}
