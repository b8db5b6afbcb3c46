package client

import "time"

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
