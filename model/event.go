package model

// EventError says why a message of an event stream is neither an event nor an error of the service.
type EventError struct {
	Reason string // names the header that is wrong
}

// Error returns the reason.
func (e *EventError) Error() string {
	return "bedrockwire: malformed event-stream message: " + e.Reason
}

// EventType returns the type of an event-stream message's event, such as "chunk" (Smithy, "Amazon
// Event Stream", "Message types"). header returns a header by its name; ok is false where the message
// does not have it or where it is not a string.
//
// An exception or an error message is an error: an *[Error] whose InStream is set, and which keeps a
// copy of payload. Any other message is malformed: an *[EventError]. EventType does not allocate for
// an event.
func EventType(header func(name string) (text string, ok bool), payload []byte) (eventType string, err error) {
	text := func(name string) string {
		s, ok := header(name)
		if !ok && err == nil {
			err = &EventError{name + " is missing or is not a string"}
		}
		return s
	}
	messageType := text(":message-type")
	if err != nil {
		return "", err
	}
	switch messageType {
	case "event":
		eventType = text(":event-type")
		return eventType, err
	case "exception":
		code := text(":exception-type")
		if err != nil {
			return "", err
		}
		return "", streamError(code, payload)
	case "error":
		// These headers may be missing. The message is an error of the service all the same.
		code, _ := header(":error-code")
		e := streamError(code, payload)
		if message, _ := header(":error-message"); message != "" {
			e.Message = message
		}
		return "", e
	}
	return "", &EventError{":message-type is not event, exception or error"}
}

// streamError makes the error of a message.
func streamError(code string, payload []byte) *Error {
	e := ErrorFromJSON(code, payload)
	e.InStream = true
	return e
}
