package main

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"bedrockwire/client"
	"bedrockwire/client/config"
	"bedrockwire/client/credentials"
	"bedrockwire/frame"
	"bedrockwire/model"
	"bedrockwire/model/text"
	"bedrockwire/signer"
)

// usageFault is a mistake in the arguments that only shows when they are used.
type usageFault struct{ error }

func (u usageFault) Unwrap() error { return u.error }

// statusOf returns the exit status for an error.
func statusOf(ctx context.Context, err error) int {
	var (
		usage    usageFault
		field    *model.FieldError
		prompt   *text.PromptError
		conf     *client.ConfigError
		setting  *config.Error
		source   *credentials.Error
		creds    *client.CredentialsError
		sign     *signer.Error
		service  *model.Error
		stall    *client.StallError
		fault    *frame.Error
		message  *client.MessageError
		response *client.ResponseError
		redirect *client.RedirectError
	)
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil, errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &field), errors.As(err, &prompt):
		return exitUsage
	case errors.As(err, &sign) && (strings.HasPrefix(sign.Field, "Request.") || sign.Field == "Signer.Service" || sign.Field == "expires"):
		return exitUsage // of sign's arguments; invoke's are checked before anything is signed
	case errors.As(err, &conf), errors.As(err, &setting), errors.As(err, &source), errors.As(err, &creds), errors.As(err, &sign),
		errors.Is(err, bearerFault{}):
		return exitConfig
	case errors.As(err, &response), errors.As(err, &redirect): // the service had no part in it
		return exitOther
	case errors.As(err, &service):
		if service.Retryable() {
			return exitRetryable
		}
		return exitRefused
	case errors.As(err, &stall), errors.As(err, &fault), errors.As(err, &message), errors.Is(err, client.ErrIncomplete):
		return exitStream
	}
	return exitOther
}

// report tells how a subcommand ended, where it did not end well, and returns its exit status.
func (e *env) report(ctx context.Context, name string, err error) int {
	status := statusOf(ctx, err)
	switch {
	case status == exitInterrupted:
		e.fail(name, errors.New("interrupted"), "")
	case err != nil:
		e.fail(name, err, hintOf(err))
	}
	return status
}

// A cause is a known reason for an error of the service: what its code is and its message contains, and what to do.
type cause struct {
	code    model.Code // "": any
	message string     // in lower case; "": any
	hint    string
}

// causes are tried in order. The messages are those that the service is known to send (AWS re:Post and the
// Amazon Bedrock User Guide, "Troubleshooting Amazon Bedrock API Error Codes").
var causes = [...]cause{
	{"", "on-demand throughput isn", "This model is only served through an inference profile: put its geography in front of the id, such as -model us.ID, or give the profile's ARN."},
	{"", "on-demand throughput is not supported", "This model is only served through an inference profile: put its geography in front of the id, such as -model us.ID, or give the profile's ARN."},
	{"", "access to the model", "The account has no access to this model yet: ask for it in the Bedrock console under \"Model access\", in this region."},
	{"", "model access is denied", "The account has no access to this model yet: ask for it in the Bedrock console under \"Model access\", in this region."},
	{"", "explicit deny", "A policy denies this action outright; an allowing one does not help. Look for the deny in the identity's, the session's and the organisation's policies."},
	{"", "not authorized to perform", "The identity's policy lacks the action; invoke needs bedrock:InvokeModelWithResponseStream on the model and, where one is used, on the inference profile."},
	{"", "signature expired", "This machine's clock is wrong: requests are refused when it is off by more than five minutes."},
	{"", "signature not yet current", "This machine's clock is wrong: requests are refused when it is off by more than five minutes."},
	{"RequestTimeTooSkewed", "", "This machine's clock is wrong: requests are refused when it is off by more than five minutes."},
	{"RequestExpired", "", "This machine's clock is wrong: requests are refused when it is off by more than five minutes."},
	{"ExpiredTokenException", "", "The temporary credentials have expired: get new ones, for IAM Identity Center with `aws sso login`."},
	{"ExpiredToken", "", "The temporary credentials have expired: get new ones, for IAM Identity Center with `aws sso login`."},
	{"", "security token included in the request is expired", "The temporary credentials have expired: get new ones, for IAM Identity Center with `aws sso login`."},
	{"UnrecognizedClientException", "", "The service does not know these keys: check the access key id, that the session token belongs to it, and that the region is enabled for the account."},
	{"InvalidClientTokenId", "", "The service does not know these keys: check the access key id, that the session token belongs to it, and that the region is enabled for the account."},
	{"InvalidSignatureException", "", "The secret access key is not that of the key id, or something on the way changed the request."},
	{"", "api key", "The API key in AWS_BEARER_TOKEN_BEDROCK is wrong or has expired."},
	{"", "bearer token", "The API key in AWS_BEARER_TOKEN_BEDROCK is wrong or has expired."},
	{"", "model identifier is invalid", "No model has this id in this region: `aws bedrock list-foundation-models` lists them; the region may be the wrong one."},
	{"", "end of its life", "The model was retired; choose its successor."},
	{"", "malformed input request", "The request's body is not in the format of this model; -prompt makes one that is."},
	{"", "doesn't support the model", "This model does not stream; `bedrockwire model ID` tells which do."},
	{"", "too many tokens", "The account's tokens a minute or a day are used up: wait, or ask for a higher quota."},
	{"UnknownOperationException", "", "The endpoint does not know this call: it must be that of bedrock-runtime (for model: of bedrock)."},
	{model.ThrottlingException, "", "Too many requests for the account's quota: wait and try again; an inference profile over several regions has more room."},
	{model.ServiceQuotaExceededException, "", "A quota of the account is used up; Service Quotas in the console shows it and takes requests for more."},
	{model.ModelNotReadyException, "", "The model is still being loaded: try again in a minute."},
	{model.ModelTimeoutException, "", "The model took too long: ask for less at a time, or try again."},
	{model.ResourceNotFoundException, "", "There is no such model, profile or endpoint in this region."},
	{model.AccessDeniedException, "", "The identity may not do this: check its policy, and the model access of the account in this region."},
	{model.ServiceUnavailableException, "", "The service is busy or down for the moment: try again, or in another region."},
	{model.InternalServerException, "", "The service failed, not the request: try again."},
}

// hintOf returns what to do about an error, "" where that is not known.
func hintOf(err error) string {
	var (
		conf     *client.ConfigError
		service  *model.Error
		stall    *client.StallError
		fault    *frame.Error
		response *client.ResponseError
		redirect *client.RedirectError
		dns      *net.DNSError
		dial     *net.OpError
		unknown  x509.UnknownAuthorityError
		prompt   *text.PromptError
	)
	if hint, ok := credentialsHint(err); ok {
		return hint
	}
	switch {
	case errors.As(err, &conf):
		switch conf.Field {
		case "Region":
			return "Name a region such as us-east-1 with -region, in AWS_REGION, or in the profile."
		case "Credentials", "BearerToken":
			return noCredentials
		case "Endpoint", "ControlEndpoint", "FIPS", "DualStack":
			// Of a flag this is clear; a variable or a file that was forgotten long ago has to be found.
			if usage := (usageFault{}); !errors.As(err, &usage) {
				return "`bedrockwire invoke -explain` shows which variable or file says so."
			}
		}
		return ""
	case errors.As(err, &prompt):
		return "-body sends a request that you have written in the model's own format."
	case errors.As(err, &redirect), errors.As(err, &response):
		return "Something other than Bedrock answered, such as a proxy, a sign-in page or another service: check -endpoint, AWS_ENDPOINT_URL and HTTPS_PROXY."
	case errors.As(err, &service):
		message := strings.ToLower(strings.ReplaceAll(service.Message, "’", "'"))
		for _, c := range causes {
			if (c.code == "" || c.code == service.Code) && (c.message == "" || strings.Contains(message, c.message)) {
				return c.hint
			}
		}
		return ""
	case errors.As(err, &stall):
		switch stall.WaitingFor {
		case "a connection":
			return "Nothing answers at this address: check the network, HTTPS_PROXY, and that the region is right."
		case "the response head", "the first event":
			return "The service took the request and has not answered. It may be billed all the same."
		}
		return "The service fell silent in the middle of the answer. What came so far is good; asking again is billed again."
	case errors.As(err, &fault):
		return "What came before is good, and the answer is not whole. " + frameHint(err) + " Asking again is billed again."
	case errors.Is(err, client.ErrIncomplete):
		return "What came is good, but its last part is missing. Asking again is billed again; -allow-incomplete takes such an end for a good one."
	case errors.As(err, &dns):
		return "There is no such host: check the spelling of the region or of -endpoint, and the network."
	case errors.As(err, &dial) && dial.Op == "dial":
		return "Nothing answers at this address: check the network, -endpoint and HTTPS_PROXY."
	case errors.As(err, &unknown):
		return "The server's certificate is not from an authority this machine trusts. Behind a proxy that opens TLS, AWS_CA_BUNDLE names its authority's file."
	}
	return ""
}
