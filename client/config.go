package client

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"

	"bedrockwire/frame"
	"bedrockwire/signer"
)

// Config is what a [Client] is made from. The zero value of every field is a usable default, except that a region (or,
// with a bearer token, an endpoint) and one of Credentials and BearerToken must be there.
//
// A Config reads no environment and no file; package bedrockwire/client/config fills one from both.
type Config struct {
	// Region is the AWS region that requests go to and are signed for, such as "us-east-1".
	Region string

	// Endpoint replaces the URL that Region, FIPS and DualStack give: an https URL, or an http one on loopback, with an
	// optional path prefix. It may have no user, query or fragment.
	Endpoint string

	// ControlEndpoint is Endpoint for the control plane, which [Client.FoundationModel] asks. Where it is empty and
	// Endpoint is not, Endpoint serves every service.
	ControlEndpoint string

	// Credentials gives the credentials of one attempt. It is called before each attempt, so that rotated credentials
	// are seen, and should cache. Its context is the call's. It may be called from another goroutine than the call's,
	// and a call that ends does not wait for it. Package credentials has providers.
	Credentials func(context.Context) (signer.Credentials, error)

	// BearerToken gives an Amazon Bedrock API key, under the same rules. Where it is set, no request is signed and
	// Credentials is never called.
	BearerToken func(context.Context) (string, error)

	// Unsigned sends requests without a signature or token, to a gateway that authenticates its callers in another way,
	// such as by client certificates or by a field of Header. Neither Credentials nor BearerToken is called. The risk:
	// nothing protects the request on its way but TLS, and Amazon Bedrock itself refuses it.
	Unsigned bool

	// AllowHTTP allows endpoints with http URLs beyond loopback, for a gateway on a trusted network. The risk: prompts
	// and responses are readable on the way, and a signature can be replayed for some minutes. It is refused together
	// with BearerToken, which could be stolen and used again.
	AllowHTTP bool

	// Header is added to every request, and signed. Names that the signer, net/http or this package owns are refused,
	// such as Host, X-Amz-Date and Content-Length; Authorization is allowed where Unsigned is set. A call's own header of
	// the same name wins. The risk: what is put here goes to the endpoint with every prompt.
	Header map[string]string

	// Transport sends the requests. nil is this package's own: no redirects, TLS 1.2 or newer, HTTP/2 allowed, response
	// heads up to 64 KiB, no decompression. Another one must be safe for concurrent use. RootCAs, DisableHTTP2,
	// MaxIdleConns and Timeouts.Connect then have no effect, and the limits on what a hostile peer can make it read,
	// dial or hold are its own. Redirects are refused with any transport, because no http.Client is used.
	Transport http.RoundTripper

	// WrapTransport is given this package's own transport and returns what sends the requests, for tracing or metrics.
	// All of the transport's limits hold. It may be called more than once, and excludes Transport.
	WrapTransport func(http.RoundTripper) http.RoundTripper

	// RootCAs replaces the certificate authorities of the system.
	RootCAs *x509.CertPool

	// DisableHTTP2 keeps this package's own transport on HTTP/1.1. Over HTTP/2, net/http writes a line to the program's
	// standard logger for each frame of a kind that it does not know, and a hostile peer can send many.
	DisableHTTP2 bool

	// MaxIdleConns is how many idle connections are kept for each host; 0 is [DefaultMaxIdleConns]. Over HTTP/2, one
	// connection carries many streams.
	MaxIdleConns int

	Retry    Retry        // how calls are repeated before their first event
	Timeouts Timeouts     // how long the client waits for the peer
	Limits   frame.Limits // of the event stream's frames

	// AllowIncomplete makes a stream without the end mark of its format end with io.EOF, in place of [ErrIncomplete].
	// [Stream.Complete] then tells whether the mark came.
	AllowIncomplete bool

	// ReturnAtHead makes a streaming call return when the response's head is there, before the first event. An exception
	// in the place of the first event is then the stream's error, and is not retried.
	ReturnAtHead bool

	// Now is the clock for the dates of signatures; nil is time.Now. Deadlines do not use it.
	Now func() time.Time

	// DisableClockSkewCorrection trusts that clock. Otherwise it is corrected by the Date of the service's responses, and
	// credentials expire by the corrected clock.
	DisableClockSkewCorrection bool

	// Log is called at each step of a call, from the goroutine that makes it; nil costs nothing. No Step has a body, a
	// token, a credential or an Authorization header.
	Log func(Step)

	// Tap is given the bytes of an event stream as they are read, before any of them is checked, so that a stream can
	// be kept and decoded again. It must not keep or change p. The bytes of streams that are read at the same time are
	// mixed: a call that is to be kept needs a Client of its own.
	Tap func(p []byte)

	// FIPS and DualStack choose among the endpoints of Region. Neither can be combined with Endpoint.
	FIPS, DualStack bool

	// UserAgent is added to the User-Agent header, after "bedrockwire/VERSION".
	UserAgent string
}

// Timeouts limit how long the client waits for the peer. A zero field is the default, a negative one is no limit. A wait
// that passes its limit ends the call or the stream with a [*StallError].
//
// Only time spent waiting for the peer counts. A caller that takes a minute to use an event loses none of the next
// event's time.
type Timeouts struct {
	Connect    time.Duration // name lookup, dial and TLS handshake together; default 10 s
	FirstEvent time.Duration // from a request's start to its first event; default 300 s
	Idle       time.Duration // without a byte, once a first event was seen; default 300 s
	Frame      time.Duration // from a frame's first byte to its last, however many arrive; default 10 min
}

// Defaults of [Timeouts]. Healthy streams of this service have been seen to pause for 125 s, so the idle
// limit is well above what other clients kill them at.
const (
	DefaultConnectTimeout    = 10 * time.Second
	DefaultFirstEventTimeout = 300 * time.Second
	DefaultIdleTimeout       = 300 * time.Second
	DefaultFrameTimeout      = 10 * time.Minute
)

// withDefaults returns t with its zero fields set, and 0 for "no limit".
func (t Timeouts) withDefaults() Timeouts {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Connect, DefaultConnectTimeout},
		{&t.FirstEvent, DefaultFirstEventTimeout},
		{&t.Idle, DefaultIdleTimeout},
		{&t.Frame, DefaultFrameTimeout},
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

// Retry says how a call is repeated. Only what happens before the first event of a stream is ever repeated. The zero value
// is the AWS SDKs' standard mode, with the delays and token costs of its 2026 revision (AWS SDKs and Tools Reference
// Guide, "Retry behavior").
//
// A request that the service has processed may be billed even if no response came back, so a request that may have been
// processed is not sent again unless AtLeastOnce asks for it. Each sending is an attempt: it is counted and logged, and has
// a date and signature of its own.
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
// Operations that only read are repeated in all rows that say AtLeastOnce: FoundationModel, CountTokens, and a [Call]
// with GET or ReadOnly.
type Retry struct {
	// MaxAttempts counts the first attempt too; 0 is 3, and 1 never repeats.
	MaxAttempts int
	// MaxNotReady is the number of attempts at a model that answers ModelNotReadyException; 0 is 6: the first, and the
	// five retries of that exception's documentation. It has no effect with MaxAttempts 1.
	MaxNotReady int
	// MaxDelay is the longest time between two attempts, also where the service asks for more; 0 is 20 s.
	MaxDelay time.Duration
	// MaxElapsed is the time after which no further attempt starts; 0 is 2 minutes.
	MaxElapsed time.Duration
	// AtLeastOnce also repeats requests that may have been processed. They may be billed more than once.
	AtLeastOnce bool
}

// Defaults of [Retry].
const (
	DefaultMaxAttempts = 3
	DefaultMaxNotReady = 6
	DefaultMaxDelay    = 20 * time.Second
	DefaultMaxElapsed  = 2 * time.Minute
)

func (r Retry) withDefaults() Retry {
	if r.MaxAttempts <= 0 {
		r.MaxAttempts = DefaultMaxAttempts
	}
	if r.MaxNotReady <= 0 {
		r.MaxNotReady = DefaultMaxNotReady
	}
	if r.MaxAttempts == 1 {
		r.MaxNotReady = 1
	}
	if r.MaxDelay <= 0 {
		r.MaxDelay = DefaultMaxDelay
	}
	if r.MaxElapsed <= 0 {
		r.MaxElapsed = DefaultMaxElapsed
	}
	return r
}
