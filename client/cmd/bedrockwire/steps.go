package main

import (
	"errors"
	"fmt"

	"bedrockwire/client"
	"bedrockwire/model"
)

// step shows a step of the call: each with -v, otherwise only why nothing comes yet.
func (f *callFlags) step(a *answer, s *client.Step) {
	switch {
	case f.verbose:
		a.aside(dim, logLine(s))
	case s.Kind == client.StepRetry:
		a.aside(dim, retryLine(s))
	}
}

// logLine is a step of a call for -v. A client.Step has no secret. The caller cleans what it has of
// a server's text.
func logLine(s *client.Step) string {
	b := fmt.Appendf(nil, "%8.3f s  %s", s.Elapsed.Seconds(), s.Kind)
	switch s.Kind {
	case client.StepRequest:
		b = fmt.Appendf(b, ": %s %s%s", s.Method, s.Host, s.Path)
	case client.StepAttempt:
		b = fmt.Appendf(b, " %d", s.Attempt)
	case client.StepRetry:
		b = fmt.Appendf(b, ": attempt %d failed, next in %s", s.Attempt, seconds(s.Wait))
	case client.StepResponseHead:
		b = fmt.Appendf(b, ": status %d, request id %s", s.Status, s.RequestID)
	case client.StepEvent:
		b = fmt.Appendf(b, " %d, %s so far", s.Events, count(s.Bytes, "byte"))
	case client.StepSkipped:
		b = fmt.Appendf(b, " of type %s", s.EventType)
	case client.StepEnd:
		b = fmt.Appendf(b, ": %s, %s", count(s.Events, "event"), count(s.Bytes, "byte"))
	}
	if s.Err != nil {
		b = fmt.Appendf(b, ": %v", s.Err)
	}
	return string(b)
}

// retryLine says why nothing comes yet.
func retryLine(s *client.Step) string {
	why := "the attempt failed"
	var service *model.Error
	if errors.As(s.Err, &service) {
		why = string(service.Code)
	}
	return fmt.Sprintf("attempt %d: %s; trying again in %s", s.Attempt, why, seconds(s.Wait))
}
