package client

import (
	"context"
	"time"
)

// StepKind says which step of a call a [Step] is.
type StepKind uint8

// The steps, in the order in which they come. A stream that is closed before its end has no StepEnd
// unless Next is called once more: Close may come from any goroutine, and the hook is called from
// the one that reads.
const (
	StepRequest      StepKind = iota + 1 // a call starts
	StepAttempt                          // an attempt is about to be signed and sent
	StepRetry                            // an attempt failed, and another follows after Wait
	StepResponseHead                     // a response's status and header arrived
	StepEvent                            // an event was delivered
	StepSkipped                          // an event of a kind that this version does not know was skipped
	StepEnd                              // the call or the stream has ended
)

var stepNames = [...]string{"unknown", "request", "attempt", "retry", "response head", "event", "skipped event", "end"}

func (k StepKind) String() string {
	if int(k) < len(stepNames) {
		return stepNames[k]
	}
	return stepNames[0]
}

// Step is one step of a call, for [Config].Log. Fields that do not apply to the step are zero. No
// field contains a body, a credential, a token or an Authorization header.
type Step struct {
	Kind      StepKind
	Context   context.Context // the call's, as its caller passed it
	ID        string          // of the call, the same in all its steps; sent as amz-sdk-invocation-id
	Operation string          // such as "InvokeModelWithResponseStream"
	Method    string          // StepRequest
	Host      string          // StepRequest
	Path      string          // StepRequest: as on the wire; it contains the model's id
	Attempt   int             // from 1
	Wait      time.Duration   // StepRetry: until the next attempt
	Elapsed   time.Duration   // since the call started
	Status    int             // StepResponseHead
	RequestID string          // from StepResponseHead on; as the service sent it
	Events    int64           // delivered so far
	Bytes     int64           // of the response's body, so far
	EventType string          // StepSkipped: its :event-type, as the service sent it
	Err       error           // StepRetry, StepEnd; nil at a clean end
}

// logger calls the hook for the steps of one call.
type logger struct {
	hook      func(Step)
	ctx       context.Context
	requestID string // of the current attempt's response
}

// step fills in the fields that belong to the whole call, and calls the hook.
func (r *request) step(s Step) {
	if r == nil || r.log.hook == nil {
		return
	}
	s.Context, s.ID, s.Operation, s.Elapsed = r.log.ctx, r.id, r.operation, time.Since(r.began)
	if s.Kind >= StepResponseHead {
		s.RequestID = r.log.requestID
	}
	r.log.hook(s)
}
