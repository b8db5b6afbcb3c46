// Package clock has the rule by which the clients of this module correct a clock that is off: that of the AWS SDKs of 2026
// (AWS SDKs and Tools Reference Guide, "Clock skew correction").
//
// The service's clock is read from the Date of every response. A signature that was refused is made anew where the clock
// that it was made with is off by more than [Tolerance].
package clock

import (
	"net/http"
	"strings"
	"time"
)

const (
	// Tolerance is how far off a signature's date may be before it explains a refusal. The service refuses a date that is
	// 5 to 15 minutes off.
	Tolerance = 4 * time.Minute

	// MaxOffset is the largest offset that is believed. A Date that is further away counts as broken or hostile.
	MaxOffset = 24 * time.Hour

	// MaxExchange is the longest time between sending a request and receiving its response after which the Date still
	// says something about the clock.
	MaxExchange = 15 * time.Minute
)

// Offset returns what must be added to the local clock, by the Date of a response to a request that was sent and received
// at these local times. It is not ok where the response says nothing about the service's clock.
func Offset(h http.Header, sent, received time.Time) (offset time.Duration, ok bool) {
	date := h.Get("Date")
	if date == "" || h.Get("Age") != "" { // a cached response has the Date of another one
		return 0, false
	}
	if elapsed := received.Sub(sent); elapsed > MaxExchange || elapsed < -MaxExchange {
		return 0, false
	}
	theirs, err := http.ParseTime(date)
	if err != nil {
		return 0, false
	}
	offset = theirs.Sub(received)
	return offset, offset.Abs() <= MaxOffset
}

// Explains reports whether a signature that was made with the offset used is so far from the service's clock that it may
// have been refused for that.
func Explains(used, offset time.Duration) bool { return (used - offset).Abs() > Tolerance }

// IsSkewCode reports whether a service's error code is one that a clock which is off leads to.
func IsSkewCode(code string) bool {
	switch code {
	case "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "RequestTimeTooSkewed", "RequestExpired",
		"AccessDeniedException", "AccessDenied":
		return true
	}
	return false
}

// IsBadSignature reports whether a code says that the signature is not the one that the service calculates. Where the
// clocks agree, the secret is not the one that belongs to the access key id.
func IsBadSignature(code string) bool {
	return code == "InvalidSignatureException" || code == "SignatureDoesNotMatch"
}

// SignatureExpired reports whether a refusal says that the signature was too old when it arrived. Where the clocks agree,
// the machine was stopped between signing and sending, or the request waited in a proxy.
func SignatureExpired(code, message string) bool {
	return code == "RequestExpired" || IsBadSignature(code) && strings.HasPrefix(message, "Signature expired")
}
