package client

import (
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"bedrockwire/frame"
	"bedrockwire/model"
)

// Hint says in one or two sentences what a person can do about an error of this module. It returns
// "" where it knows nothing that the error's own text does not say. The sentences are English, for
// a terminal or a log, and may change; a program decides by [Classify] and by the error itself.
//
// Settings are named as package bedrockwire/client/config reads them: AWS_REGION, AWS_PROFILE and
// the like.
func Hint(err error) string {
	var (
		config    *ConfigError
		service   *model.Error
		stall     *StallError
		broken    *frame.Error
		stream    *StreamError
		response  *ResponseError
		redirect  *RedirectError
		dns       *net.DNSError
		operation *net.OpError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &config):
		return configHint(config.Field)
	case errors.As(err, &redirect), errors.As(err, &response):
		return "Something other than Bedrock answered, such as a proxy, a sign-in page or another service. Check AWS_ENDPOINT_URL and HTTPS_PROXY."
	case errors.As(err, &service):
		return serviceHint(service)
	case errors.As(err, &stall):
		return stallHint(stall)
	case errors.As(err, &broken):
		hint := frameHint(broken)
		if errors.As(err, &stream) {
			hint += " What came before is good, but the response is not whole. Asking again is billed again."
		}
		return hint
	case errors.Is(err, ErrIncomplete):
		return "What came is good, but the last part of the response is missing. Asking again is billed again."
	case errors.As(err, &dns):
		return "No host has this name. Check the spelling of the region or of the endpoint, and the network."
	case errors.As(err, &operation) && operation.Op == opProxyConnect:
		return "The proxy did not connect to the service. Check HTTPS_PROXY, and what the proxy allows."
	case errors.As(err, &operation) && operation.Op == "dial":
		return "Nothing answers at this address. Check the network, the endpoint and HTTPS_PROXY."
	case errors.As(err, &authority):
		return "The server's certificate is not from an authority that this machine trusts. Behind a proxy that intercepts TLS, name the file with its authority in AWS_CA_BUNDLE."
	case errors.As(err, &host):
		return "The server's certificate is for another name. Check the endpoint and HTTPS_PROXY."
	}
	return ""
}

func configHint(field string) string {
	switch field {
	case "Region":
		return "Set a region such as us-east-1 in AWS_REGION, or in the profile."
	case "Credentials", "BearerToken":
		return "Put keys into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or an API key into AWS_BEARER_TOKEN_BEDROCK, or choose a profile with AWS_PROFILE."
	}
	return ""
}

func stallHint(e *StallError) string {
	switch e.WaitingFor {
	case "a connection":
		return "Nothing answers at this address. Check the network, HTTPS_PROXY, and that the region is right."
	case "the response head", "the first event":
		return "The service has the request and has not answered. It may bill it all the same."
	}
	return "The service stopped sending in the middle of the response. What came before is good. Asking again is billed again."
}

// frameHint says what kind of fault ended an event stream.
func frameHint(e *frame.Error) string {
	switch {
	case errors.Is(e, frame.ErrTruncated):
		return "The stream was cut inside a frame. All frames before it are whole."
	case errors.Is(e, frame.ErrPreludeCRC):
		return "There is no frame where one should begin: the bytes are damaged, or are not an event stream."
	case errors.Is(e, frame.ErrMessageCRC):
		return "The bytes of this frame were changed after they were sent."
	case errors.Is(e, frame.ErrLength), errors.Is(e, frame.ErrTooLarge), errors.Is(e, frame.ErrHeader):
		return "The checksums are right, so the sender made the frame like this."
	}
	return ""
}

// A cause is a known reason for an error of the service.
type cause struct {
	code    model.Code // "" is any
	message string     // what the message contains, in lower case; "" is anything
	hint    string
}

const (
	hintProfile = "This model is only served through an inference profile. Use the profile's ARN, or its id: the model's id with a prefix such as us. in front."
	hintAccess  = "The account has no access to this model yet. Ask for it in the Bedrock console under \"Model access\", in this region."
	hintClock   = "This machine's clock is wrong. The service refuses requests whose date is off by more than five minutes."
	hintExpired = "The temporary credentials have expired. Get new ones; for IAM Identity Center with `aws sso login`."
	hintKeys    = "The service does not know these keys. Check the access key id, that the session token belongs to it, and that the account has the region enabled."
	hintSecret  = "The secret access key does not belong to the key id, or something on the way changed the request."
	hintBearer  = "The API key is wrong or has expired; package config reads it from AWS_BEARER_TOKEN_BEDROCK."
)

// causes are tried in order. The messages are those that the service is known to send (AWS re:Post
// and the Amazon Bedrock User Guide, "Troubleshooting Amazon Bedrock API Error Codes").
var causes = [...]cause{
	{"", "on-demand throughput isn", hintProfile},
	{"", "on-demand throughput is not supported", hintProfile},
	{"", "access to the model", hintAccess},
	{"", "model access is denied", hintAccess},
	{"", "explicit deny", "A policy denies this action. A policy that allows it does not help. Look for the deny in the policies of the identity, the session and the organization."},
	{"", "signature expired", hintClock},
	{"", "signature not yet current", hintClock},
	{"RequestTimeTooSkewed", "", hintClock},
	{"RequestExpired", "", hintClock},
	{"ExpiredTokenException", "", hintExpired},
	{"ExpiredToken", "", hintExpired},
	{"", "security token included in the request is expired", hintExpired},
	{"UnrecognizedClientException", "", hintKeys},
	{"InvalidClientTokenId", "", hintKeys},
	{"InvalidSignatureException", "", hintSecret},
	{"", "api key", hintBearer},
	{"", "bearer token", hintBearer},
	{"", "model identifier is invalid", "No model has this id in this region. `aws bedrock list-foundation-models` lists them. The region may be the wrong one."},
	{"", "end of its life", "The model was retired. Choose its successor."},
	{"", "malformed input request", "The request's body is not in the format of this model."},
	{"", "doesn't support the model", "This model does not take this operation. GetFoundationModel says whether it streams."},
	{"", "too many tokens", "The account's tokens for a minute or a day are used up. Wait, or ask for a higher quota."},
	{"UnknownOperationException", "", "The endpoint does not know this operation. It may be the endpoint of another service: bedrock-runtime and bedrock are two."},
	{model.ThrottlingException, "", "Too many requests for the account's quota. Wait and try again; an inference profile over several regions has more room."},
	{model.ServiceQuotaExceededException, "", "A quota of the account is used up. Service Quotas in the console shows it and takes requests for more."},
	{model.ModelNotReadyException, "", "The model is still being loaded. Try again in a minute."},
	{model.ModelTimeoutException, "", "The model took too long. Ask for a shorter response, or try again."},
	{model.ResourceNotFoundException, "", "There is no such model, profile or endpoint in this region."},
	{model.ServiceUnavailableException, "", "The service is busy or down for the moment. Try again, or in another region."},
	{model.InternalServerException, "", "The service failed, not the request. Try again."},
}

// known returns the hint of the first cause that an error of the service matches, "" if none does.
func known(e *model.Error) string {
	message := lower(e.Message)
	for _, c := range causes {
		if (c.code == "" || c.code == e.Code) && (c.message == "" || strings.Contains(message, c.message)) {
			return c.hint
		}
	}
	return ""
}

func lower(message string) string { return strings.ToLower(strings.ReplaceAll(message, "’", "'")) }

// CredentialsRefused reports whether the service refused the credentials of a request: they have
// expired, are unknown, do not belong together, or are a wrong API key. Other credentials may help.
func CredentialsRefused(err error) bool {
	switch serviceCause(err) {
	case hintExpired, hintKeys, hintSecret, hintBearer:
		return true
	}
	return false
}

// ModelNotEnabled reports whether the service refused a request because the account has no access
// to the model in this region.
func ModelNotEnabled(err error) bool { return serviceCause(err) == hintAccess }

func serviceCause(err error) string {
	if service := (*model.Error)(nil); errors.As(err, &service) {
		return known(service)
	}
	return ""
}

// serviceHint returns the hint for an error of the service.
func serviceHint(e *model.Error) string {
	if hint := known(e); hint != "" {
		return hint
	}
	message := lower(e.Message)
	switch {
	case strings.Contains(message, "not authorized to perform"), e.Code == model.AccessDeniedException && e.Action != "":
		// The error's text names the action.
		return "The identity's policy must allow the action on the model and, where one is used, on the inference profile."
	case e.Code == model.AccessDeniedException:
		return "The identity may not do this. Check its policy, and the account's model access in this region."
	}
	return ""
}
