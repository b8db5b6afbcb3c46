package model

import (
	"strings"
	"unicode/utf8"
)

// Limits of a request, from the service's model and documentation (Amazon Bedrock API reference,
// InvokeModel, "URI Request Parameters" and "Request Body").
const (
	MaxModelID         = 2048       // bytes of a model id or ARN
	MaxRequestBody     = 25_000_000 // bytes of the body
	MaxGuardrail       = 2048       // bytes of a guardrail's identifier
	MaxRequestMetadata = 8500       // bytes of the request's metadata

	// maxHeaderText limits the members that have no limit in the service's model: enums, which are
	// open, and media types. This package chose it, far above any value in use.
	maxHeaderText = 1024
)

// Trace says whether the response shows what a guardrail found. The enum is open.
type Trace string

// The values of [Trace].
const (
	TraceEnabled     Trace = "ENABLED"
	TraceDisabled    Trace = "DISABLED"
	TraceEnabledFull Trace = "ENABLED_FULL"
)

// PerformanceConfigLatency is the latency setting of a request or a response. The enum is open.
type PerformanceConfigLatency string

// The values of [PerformanceConfigLatency].
const (
	LatencyStandard  PerformanceConfigLatency = "standard"
	LatencyOptimized PerformanceConfigLatency = "optimized"
)

// ServiceTier is the processing tier that serves a request. The enum is open.
type ServiceTier string

// The values of [ServiceTier].
const (
	TierPriority ServiceTier = "priority"
	TierDefault  ServiceTier = "default"
	TierFlex     ServiceTier = "flex"
	TierReserved ServiceTier = "reserved"
)

// InvokeModelRequest is the input of InvokeModel and of InvokeModelWithResponseStream. ModelID is
// required. Other members are not sent where they are empty, except that a client sends
// application/json for an empty ContentType. Body and RequestMetadata are sensitive: no error of this
// package shows them.
type InvokeModelRequest struct {
	ModelID                  string // id or ARN of a model, profile, prompt, router or endpoint
	Body                     []byte // in the model's own format, usually JSON
	ContentType              string // media type of Body
	Accept                   string // media type wanted for the chunks' content
	Trace                    Trace
	GuardrailIdentifier      string // id or ARN of a guardrail
	GuardrailVersion         string // a number or DRAFT
	PerformanceConfigLatency PerformanceConfigLatency
	ServiceTier              ServiceTier
	RequestMetadata          string // JSON object of strings that appear in the invocation log
}

// InvokeModelWithResponseStreamRequest is the same input under the name of the other operation.
type InvokeModelWithResponseStreamRequest = InvokeModelRequest

// FieldError names a member of a request that can't be sent, or of a decoded value that is not what it
// should be, and says why. It never shows the value.
type FieldError struct {
	Field  string // the Go field's name; of a decoded value the path of wire names
	Reason string
}

// Error returns the field's name and the reason.
func (e *FieldError) Error() string { return "bedrockwire: " + e.Field + " " + e.Reason }

// CheckModelID refuses a model id or ARN that can't be a label of a path or that the service would
// refuse. Its error is a *[FieldError].
func CheckModelID(id string) error {
	switch {
	case id == "":
		// An empty label would make the path name another operation.
		return &FieldError{"ModelID", "is empty"}
	case id == "." || id == "..":
		// As a path segment these name another resource; proxies resolve them even when escaped.
		return &FieldError{"ModelID", "is a relative path segment"}
	case len(id) > MaxModelID:
		return &FieldError{"ModelID", "is longer than 2,048 bytes"}
	}
	if reason := checkText(id); reason != "" {
		return &FieldError{"ModelID", reason}
	}
	// The service's pattern allows neither. A percent sign usually means that the id is escaped
	// already, and it would be escaped twice.
	if strings.ContainsAny(id, " %") {
		return &FieldError{"ModelID", "contains a blank or a percent sign; give it as it is, not escaped for a path"}
	}
	return nil
}

// Validate refuses a request that could reach another resource than its caller means, or could add
// a header, or that the service would refuse for its size or form. It returns a *[FieldError] for
// the first member that is wrong. Unknown values of enums pass: the service adds some every year.
func (r *InvokeModelRequest) Validate() error {
	if r == nil {
		return &FieldError{"ModelID", "is missing: the request is nil"}
	}
	if err := CheckModelID(r.ModelID); err != nil {
		return err
	}
	if len(r.Body) > MaxRequestBody {
		return &FieldError{"Body", "is longer than 25,000,000 bytes"}
	}
	// A table, so that no member can be left out of a check that the others get. Lengths are in bytes.
	// The service counts characters, and a text does not have more characters than bytes.
	fields := [...]struct {
		name, value string
		max         int
		reason      string
	}{
		{"ContentType", r.ContentType, maxHeaderText, "is longer than 1,024 bytes"},
		{"Accept", r.Accept, maxHeaderText, "is longer than 1,024 bytes"},
		{"Trace", string(r.Trace), maxHeaderText, "is longer than 1,024 bytes"},
		{"GuardrailIdentifier", r.GuardrailIdentifier, MaxGuardrail, "is longer than 2,048 bytes"},
		{"GuardrailVersion", r.GuardrailVersion, maxHeaderText, "is longer than 1,024 bytes"},
		{"PerformanceConfigLatency", string(r.PerformanceConfigLatency), maxHeaderText, "is longer than 1,024 bytes"},
		{"ServiceTier", string(r.ServiceTier), maxHeaderText, "is longer than 1,024 bytes"},
		{"RequestMetadata", r.RequestMetadata, MaxRequestMetadata, "is longer than 8,500 bytes"},
	}
	for i := range fields {
		f := &fields[i]
		if len(f.value) > f.max {
			return &FieldError{f.name, f.reason}
		}
		if reason := checkText(f.value); reason != "" {
			return &FieldError{f.name, reason}
		}
	}
	if !isGuardrailVersion(r.GuardrailVersion) {
		return &FieldError{"GuardrailVersion", "is neither DRAFT nor a number from 1 to 99999999"}
	}
	return nil
}

// checkText returns why s can't be part of a path or a header, or "". Control characters are refused
// (RFC 9110 section 5.5 allows a tab inside a value, which no member needs), C1 included: some peers
// read a header's bytes as ISO 8859-1.
func checkText(s string) string {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r < 0x20 || r >= 0x7F && r < 0xA0:
			return "contains a control character"
		case r == utf8.RuneError && n == 1:
			return "is not valid UTF-8"
		}
		i += n
	}
	return ""
}

// isGuardrailVersion matches |[1-9][0-9]{0,7}|DRAFT, the pattern of the service's model.
func isGuardrailVersion(v string) bool {
	if v == "" || v == "DRAFT" {
		return true
	}
	if len(v) > 8 || v[0] == '0' {
		return false
	}
	for i := range len(v) {
		if v[i]-'0' > 9 {
			return false
		}
	}
	return true
}
