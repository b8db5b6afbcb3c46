package model_test

import (
	"errors"
	"testing"

	"bedrockwire/model"
)

func TestEventType(t *testing.T) {
	type headers = map[string]string
	for _, row := range []struct {
		name      string
		headers   headers
		payload   string
		eventType string
		code      model.Code
		message   string
		malformed string
	}{
		{name: "chunk", headers: headers{":message-type": "event", ":event-type": "chunk"}, payload: "{}", eventType: "chunk"},
		{name: "event of a newer kind", headers: headers{":message-type": "event", ":event-type": "novelty"}, eventType: "novelty"},
		{name: "event with an empty type", headers: headers{":message-type": "event", ":event-type": ""}},
		{name: "exception", headers: headers{":message-type": "exception", ":exception-type": "throttlingException"},
			payload: `{"message":"slow down"}`, code: model.ThrottlingException, message: "slow down"},
		{name: "exception of a newer kind", headers: headers{":message-type": "exception", ":exception-type": "fooException"},
			payload: `{"message":"m"}`, code: "fooException", message: "m"},
		{name: "exception without a payload", headers: headers{":message-type": "exception", ":exception-type": "validationException"},
			code: model.ValidationException},
		{name: "error", headers: headers{":message-type": "error", ":error-code": "InternalFailure", ":error-message": "oops"},
			payload: `{"message":"payload"}`, code: "InternalFailure", message: "oops"},
		{name: "error without headers", headers: headers{":message-type": "error"},
			payload: `{"__type":"InternalServerException","message":"payload"}`, code: model.InternalServerException, message: "payload"},
		{name: "error with nothing", headers: headers{":message-type": "error"}},
		{name: "no headers", headers: headers{}, malformed: ":message-type is missing or is not a string"},
		{name: "event without a type", headers: headers{":message-type": "event"}, malformed: ":event-type is missing or is not a string"},
		{name: "exception without a type", headers: headers{":message-type": "exception", ":event-type": "chunk"},
			malformed: ":exception-type is missing or is not a string"},
		{name: "another message type", headers: headers{":message-type": "request", ":event-type": "chunk"},
			malformed: ":message-type is not event, exception or error"},
		{name: "message type in capitals", headers: headers{":message-type": "Event", ":event-type": "chunk"},
			malformed: ":message-type is not event, exception or error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			payload := []byte(row.payload)
			eventType, err := model.EventType(func(name string) (string, bool) {
				s, ok := row.headers[name]
				return s, ok
			}, payload)
			if eventType != row.eventType {
				t.Errorf("type %q, want %q", eventType, row.eventType)
			}
			var e *model.Error
			var bad *model.EventError
			switch {
			case row.malformed != "":
				if !errors.As(err, &bad) || bad.Reason != row.malformed ||
					err.Error() != "bedrockwire: malformed event-stream message: "+row.malformed {
					t.Errorf("error %v, want %s", err, row.malformed)
				}
			case row.headers[":message-type"] == "event":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &e) || e.Code != row.code || e.Message != row.message || !e.InStream:
				t.Errorf("error %#v, want code %q, message %q", err, row.code, row.message)
			default:
				for i := range payload {
					payload[i] = 'X' // the reader's next frame
				}
				if string(e.Raw) != row.payload || e.Message != row.message || e.Code != row.code {
					t.Errorf("the error changed with the reader's buffer: %q, %q", e.Raw, e.Message)
				}
			}
		})
	}
}

func TestEventTypeAllocations(t *testing.T) {
	header := func(name string) (string, bool) {
		if name == ":message-type" {
			return "event", true
		}
		return "contentBlockDelta", true
	}
	payload := []byte("{}")
	if n := testing.AllocsPerRun(100, func() {
		if _, err := model.EventType(header, payload); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
