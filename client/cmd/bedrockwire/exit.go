package main

import (
	"context"
	"errors"

	"bedrockwire/client"
)

// Exit statuses.
const (
	exitOK          = 0
	exitOther       = 1   // also: part of the answer was not understood
	exitUsage       = 2   // flags and arguments, or a request that can't be right
	exitConfig      = 3   // no usable credentials or region
	exitRefused     = 4   // refused by the service
	exitRetryable   = 5   // an error of the service that may pass
	exitStream      = 6   // the stream was cut, corrupt, stalled or incomplete
	exitInterrupted = 130 // what a shell reports for SIGINT
)

// statusOf returns the exit status for an error.
func statusOf(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	switch client.Classify(err) {
	case client.ClassUsage:
		return exitUsage
	case client.ClassConfiguration:
		return exitConfig
	case client.ClassRefused:
		return exitRefused
	case client.ClassRetryable:
		return exitRetryable
	case client.ClassBrokenStream:
		return exitStream
	}
	// ClassCancelled without an interrupt is a deadline that passed somewhere below. The user did
	// not interrupt anything.
	return exitOther
}

// usageFault is a mistake in the arguments that only shows when they are used.
type usageFault struct{ error }

func (u usageFault) Unwrap() error       { return u.error }
func (u usageFault) Class() client.Class { return client.ClassUsage }

// bearerFault says that there is an API key and nothing to sign with.
type bearerFault struct{}

func (bearerFault) Error() string {
	return "there are no keys to sign with: AWS_BEARER_TOKEN_BEDROCK has an API key, which is sent as it is (Authorization: Bearer ...) and can't sign"
}
func (bearerFault) Class() client.Class { return client.ClassConfiguration }
