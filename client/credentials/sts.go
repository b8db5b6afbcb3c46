package credentials

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"bedrockwire/client/credentials/refresh"
	skew "bedrockwire/client/internal/clock"
	"bedrockwire/client/internal/partition"
	"bedrockwire/client/internal/printable"
	"bedrockwire/model/xmlwire"
	"bedrockwire/signer"
)

// STS says where and how to call the AWS Security Token Service. Region must be set, except for
// unsigned calls to an Endpoint. A signed call that is refused because the machine's clock is off is
// signed again, by the time in the response, and sent once more.
type STS struct {
	Region          string            // whose endpoint is called, and that signatures are for
	Endpoint        string            // replaces the region's: https, or http on loopback
	FIPS, DualStack bool              // which of the region's endpoints
	Transport       http.RoundTripper // nil is this package's own, with the environment's proxy
	Now             func() time.Time  // nil is time.Now

	trustClock bool // by AWS_DISABLE_CLOCK_SKEW_CORRECTION: the Date of a response corrects nothing
}

// stsError is a refusal of the service.
type stsError struct{ code, message string }

func (e *stsError) Error() string {
	return "code " + printable.Quote(e.code) + ", " + printable.Quote(e.message)
}

// retryable reports whether the same call may succeed soon. InvalidIdentityToken is also the code
// where STS could not fetch the keys of the identity provider.
func (e *stsError) retryable() bool {
	switch e.code {
	case "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled", "TooManyRequestsException",
		"IDPCommunicationError", "InvalidIdentityToken":
		return true
	}
	return false
}

// credentials reports whether the credentials that signed the call were refused: they have expired, or
// they are no longer known, or the secret is not the one that belongs to the access key id.
func (e *stsError) credentials() bool {
	switch e.code {
	case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken":
		return true
	}
	return skew.IsBadSignature(e.code)
}

// stsHost applies the exceptions of the service's endpoint rules to the usual form of a host.
func stsHost(region string, fips, dualStack bool) (host, signingRegion string) {
	if region == "aws-global" {
		return "sts.amazonaws.com", "us-east-1"
	}
	return govHost("sts", region, fips, dualStack), region
}

// govHost is partition.Host, except that in AWS GovCloud (US) the endpoints of some services have
// FIPS without saying so.
func govHost(prefix, region string, fips, dualStack bool) string {
	if fips && !dualStack && partition.Of(region).ID == "aws-us-gov" {
		fips = false
	}
	return partition.Host(prefix, region, fips, dualStack)
}

// call makes one call, with parameters given as name, value, name, value. Those without a value are
// left out. Where keys is not nil they sign the call.
func (s *STS) call(ctx context.Context, action string, keys *signer.Credentials, params ...string) (signer.Credentials, error) {
	var none signer.Credentials
	if s.Region == "" && (keys != nil || s.Endpoint == "") {
		return none, errors.New("there is no region to call STS in; set AWS_REGION, or region in the profile")
	}
	if s.Region != "" && !partition.ValidRegion(s.Region) {
		return none, errors.New("the region is not a region name")
	}
	host, region := stsHost(s.Region, s.FIPS, s.DualStack)
	base, err := endpointURL(s.Endpoint, host)
	if err != nil {
		return none, err
	}
	body := append(append([]byte("Action="), action...), "&Version=2011-06-15"...)
	for i := 0; i+1 < len(params); i += 2 {
		if params[i+1] != "" {
			body = append(append(append(body, '&'), params[i]...), '=')
			body = append(body, url.QueryEscape(params[i+1])...)
		}
	}
	x := exchange{method: http.MethodPost, url: base + "/", body: body, timeout: publicTimeout,
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}},
		again: func(a *response) bool {
			refused := readSTSError(a.body)
			return a.status != http.StatusOK && refused != nil && refused.retryable()
		},
	}
	now := orNow(s.Now)
	offset := refresh.ClockOf(ctx).Offset
	var sent time.Time
	if keys != nil {
		signing := *keys
		signing.Expires = time.Time{} // the service decides
		x.sign = func(u *url.URL, header http.Header) error {
			sent = now()
			return s.sign(&x, u, header, region, &signing, sent.Add(offset))
		}
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	a, err := x.do(ctx, orTransport(s.Transport))
	if err != nil {
		return none, err
	}
	if refused := readSTSError(a.body); keys != nil && a.status != http.StatusOK && refused != nil && skew.IsSkewCode(refused.code) {
		// The clock may be off, or the machine stood still between signing and sending.
		seen, ok := skew.Offset(a.header, sent, now())
		off := ok && !s.trustClock && skew.Explains(offset, seen)
		if off {
			offset = seen
		}
		if off || skew.SignatureExpired(refused.code, refused.message) {
			if a, err = x.do(ctx, orTransport(s.Transport)); err != nil {
				return none, err
			}
		}
	}
	if a.status != http.StatusOK {
		if refused := readSTSError(a.body); refused != nil {
			return none, refused
		}
		return none, errors.New("STS refused: " + refusal(a))
	}
	return readSTS(a.body, action+"Result")
}

// sign adds a signature to the header of one attempt.
func (s *STS) sign(x *exchange, u *url.URL, header http.Header, region string, keys *signer.Credentials, at time.Time) error {
	// net/http sends the host as the URL has it, so that is what is signed.
	r := signer.Request{Method: x.method, Host: u.Host, Path: u.EscapedPath(), Header: header, PayloadHash: signer.HashPayload(x.body)}
	sg := signer.Signer{Region: region, Service: "sts"}
	defer sg.Forget()
	return sg.Sign(&r, keys, at)
}

// readSTS reads the credentials of <ActionResponse><ActionResult><Credentials>.
func readSTS(body []byte, result string) (signer.Credentials, error) {
	var (
		none, c    signer.Credentials
		expiration string
	)
	members := []struct {
		name string
		to   *string
	}{{"AccessKeyId", &c.AccessKeyID}, {"SecretAccessKey", &c.SecretAccessKey}, {"SessionToken", &c.SessionToken}, {"Expiration", &expiration}}
	lx := xmlwire.New(body)
	if lx.Next() != xmlwire.Start {
		lx.Fail(xmlwire.ErrKind)
	}
	for lx.Child() {
		if !lx.NameIs(result) {
			lx.Skip()
			continue
		}
		for lx.Child() {
			if !lx.NameIs("Credentials") {
				lx.Skip()
				continue
			}
			var seen uint64
		member:
			for lx.Child() {
				for i, m := range members {
					if lx.NameIs(m.name) {
						if lx.Once(&seen, uint(i)) {
							*m.to = lx.Content()
						}
						continue member
					}
				}
				lx.Skip()
			}
		}
	}
	if err := lx.Finish(); err != nil {
		return none, err
	}
	if reason := finish(&c, expiration); reason != "" {
		return none, errors.New("in the response " + reason)
	}
	if c.SessionToken == "" || c.Expires.IsZero() {
		return none, errors.New("in the response the session token or its expiration is missing")
	}
	return c, nil
}

// readSTSError reads <ErrorResponse><Error><Code/><Message/></Error></ErrorResponse>, or returns
// nil.
func readSTSError(body []byte) *stsError {
	lx := xmlwire.New(body)
	if lx.Next() != xmlwire.Start {
		return nil
	}
	var e stsError
	for lx.Child() {
		if !lx.NameIs("Error") {
			lx.Skip()
			continue
		}
		for lx.Child() {
			switch {
			case lx.NameIs("Code"):
				e.code = lx.Content()
			case lx.NameIs("Message"):
				e.message = lx.Content()
			default:
				lx.Skip()
			}
		}
	}
	if lx.Finish() != nil || e.code == "" {
		return nil
	}
	return &e
}
