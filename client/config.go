package client

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"

	"bedrockwire/frame"
	"bedrockwire/signer"
)

// Config is what a [Client] is made from. The zero value of every field is a usable default, except that
// a region (or, with a bearer token, an endpoint) and one of Credentials and BearerToken must be there.
//
// A Config reads no environment and no file; package bedrockwire/client/config fills one from both.
type Config struct {
	// Region is the AWS region the request goes to and is signed for, such as "us-east-1".
	Region string

	// Endpoint replaces the URL that Region, FIPS and DualStack give: an https URL, or an http one on
	// loopback, with an optional path prefix. It may hold no user, query or fragment.
	Endpoint string

	// ControlEndpoint is Endpoint for the control plane, which [Client.FoundationModel] asks. Where it
	// is empty and Endpoint is not, Endpoint serves both.
	ControlEndpoint string

	// Credentials gives the keys of one attempt; it is called before each, so that rotated keys are seen,
	// and should cache. Its context is the call's. Package credentials has providers.
	Credentials func(context.Context) (signer.Credentials, error)

	// BearerToken gives an Amazon Bedrock API key. Where it is set no request is signed and Credentials
	// is never called.
	BearerToken func(context.Context) (string, error)

	// Transport sends the requests. nil is this package's own: no redirects, TLS 1.2 or newer, HTTP/2
	// allowed, response heads up to 64 KiB, no decompression. One of the caller's own must be safe for
	// concurrent use; RootCAs, DisableHTTP2 and Timeouts.Connect then have no effect, and how much a hostile
	// peer can make it read, dial or hold is its own affair. Redirects are refused with any transport,
	// because no http.Client is in between.
	Transport http.RoundTripper

	// RootCAs replaces the certificate authorities of the system.
	RootCAs *x509.CertPool

	// DisableHTTP2 keeps this package's own transport on HTTP/1.1. Over HTTP/2 net/http writes a line to the
	// program's standard logger for each frame of a kind it does not know, which a hostile peer can make many.
	DisableHTTP2 bool

	Retry    Retry        // how calls are repeated before their first event
	Timeouts Timeouts     // what a peer may take its time for
	Limits   frame.Limits // of the event stream's frames

	// PeekFirstEvent makes the call itself wait for the first event, so that an exception that arrives
	// in its place is the call's error, and is retried like one that came as an HTTP status.
	PeekFirstEvent bool

	// RequireComplete makes a stream that ends between two frames, but before the model's terminal
	// event, end with [ErrIncomplete] where it would have ended with io.EOF. See [Stream.Complete].
	RequireComplete bool

	// Now is the clock that signatures are dated by; nil is time.Now. Deadlines do not use it.
	Now func() time.Time

	// Log is called at each step of a call, from the goroutine that makes it; nil costs nothing.
	// No Event holds a body, a token, a key or an Authorization header.
	Log func(Event)

	// Tap is given the bytes of an event stream as they are read, before any of them is checked, so that a
	// stream can be kept and decoded again. It must not keep or change p. Streams that are read at the
	// same time mix: give the call that is to be kept a Client of its own.
	Tap func(p []byte)

	// FIPS and DualStack choose among the endpoints of Region. Neither goes with Endpoint.
	FIPS, DualStack bool

	// UserAgent is added to the User-Agent header, after "bedrockwire/VERSION".
	UserAgent string
}

// Timeouts bound what a peer may take its time for. A zero field is the default, a negative one is no
// limit. Each ends the call or the stream with a [*StallError].
//
// Only time spent waiting for the peer counts. A caller that takes a minute to use an event loses none
// of the next event's time.
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

// Retry says how a call is repeated. Only what happens before the first event of a stream is ever
// repeated. The zero value is the AWS SDKs' standard mode, with the delays and token costs of its 2026
// revision (AWS SDKs and Tools Reference Guide, "Retry behavior").
type Retry struct {
	// MaxAttempts counts the first attempt too; 0 is 3, and 1 never repeats.
	MaxAttempts int
	// MaxNotReady is the number of attempts at a model that answers ModelNotReadyException; 0 is 6, the
	// first and the five retries of that exception's documentation. It has no effect with MaxAttempts 1.
	MaxNotReady int
	// MaxDelay caps the time between two attempts, also where the service asks for more; 0 is 20 s.
	MaxDelay time.Duration
	// MaxElapsed is the time after which no further attempt starts; 0 is 2 minutes.
	MaxElapsed time.Duration
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

// EventKind says which step of a call an [Event] is.
type EventKind uint8

// The steps, in the order in which they come. A stream that is closed before its end has no EventEnd unless Next is
// called once more: Close may come from any goroutine, and the hook is called from the one that reads.
const (
	EventRequest      EventKind = iota + 1 // a call begins
	EventAttempt                           // an attempt is signed and about to be sent
	EventRetry                             // an attempt failed and another follows after Wait
	EventResponseHead                      // a response's status and header arrived
	EventMessage                           // an event was delivered
	EventSkipped                           // an event of a kind this version does not know was passed over
	EventEnd                               // the call failed, or a call of Next met the stream's end
)

func (k EventKind) String() string {
	switch k {
	case EventRequest:
		return "request"
	case EventAttempt:
		return "attempt"
	case EventRetry:
		return "retry"
	case EventResponseHead:
		return "response head"
	case EventMessage:
		return "event"
	case EventSkipped:
		return "skipped event"
	case EventEnd:
		return "end"
	}
	return "unknown"
}

// Event is what [Config].Log is given. Fields that say nothing of the step at hand are zero. No field holds
// a body, a key, a token or an Authorization header.
type Event struct {
	Kind      EventKind
	Method    string        // EventRequest
	Host      string        // EventRequest
	Path      string        // EventRequest: as on the wire; it holds the model's id
	Attempt   int           // from 1
	Wait      time.Duration // EventRetry: until the next attempt
	Elapsed   time.Duration // since the call began
	Status    int           // EventResponseHead
	RequestID string        // from EventResponseHead on; as sent by the service
	Events    int64         // delivered so far
	Bytes     int64         // of the response's body, so far
	EventType string        // EventSkipped: its :event-type, as sent by the service
	Err       error         // EventRetry, EventEnd; nil at a clean end
}
