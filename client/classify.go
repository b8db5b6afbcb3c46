package client

import (
	"context"
	"errors"

	"bedrockwire/client/internal/class"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/signer"
)

// A Class says in one word what kind of failure an error is, for exit statuses, metrics and status
// codes.
type Class uint8

// The classes. Each error of this module is in one of them.
const (
	ClassOther         Class = iota // nil, errors of other packages, failures to send, and responses of something other than the service
	ClassUsage                      // the request is invalid, and was not sent
	ClassConfiguration              // no usable credentials, region or endpoint
	ClassRefused                    // the service refused the request, and would refuse it again
	ClassRetryable                  // the service refused the request for now
	ClassBrokenStream               // the response is not whole: cut, corrupt, stalled or without its end mark
	ClassCancelled                  // the caller's context was cancelled, or its deadline passed
)

var classNames = [...]string{"other", "usage", "configuration", "refused", "retryable", "broken stream", "cancelled"}

func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return classNames[ClassOther]
}

// Classify returns the class of an error of this module. An error of another package can choose its
// class with a method Class() Class. Errors of packages credentials and config are of class
// configuration, even if the cause is a timeout.
func Classify(err error) Class {
	var (
		own       interface{ Class() Class }
		field     *model.FieldError
		callField *CallFieldError
		config    *ConfigError
		creds     *CredentialsError
		signing   *signer.Error
		response  *ResponseError
		redirect  *RedirectError
		service   *model.Error
		stall     *StallError
		broken    *frame.Error
		message   *MessageError
	)
	switch {
	case err == nil:
		return ClassOther
	case errors.Is(err, context.Canceled):
		return ClassCancelled
	case errors.Is(err, class.ErrConfiguration):
		return ClassConfiguration
	case errors.Is(err, context.DeadlineExceeded):
		return ClassCancelled
	case errors.As(err, &own):
		return own.Class()
	case errors.As(err, &response), errors.As(err, &redirect): // something other than the service responded
		return ClassOther
	case errors.As(err, &field), errors.As(err, &callField), errors.Is(err, ErrSendClosed):
		return ClassUsage
	case errors.As(err, &config), errors.As(err, &creds), errors.As(err, &signing):
		return ClassConfiguration
	case errors.As(err, &service) && service.Retryable():
		return ClassRetryable
	case errors.As(err, &service):
		return ClassRefused
	case errors.As(err, &stall), errors.As(err, &broken), errors.As(err, &message), errors.Is(err, ErrIncomplete), errors.Is(err, ErrInputRefused):
		return ClassBrokenStream
	}
	return ClassOther
}
