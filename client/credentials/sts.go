package credentials

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bedrockwire/client/internal/partition"
	"bedrockwire/model/xmlwire"
	"bedrockwire/signer"
)

// STS is where and how the AWS Security Token Service is asked. Its zero value lacks a Region.
type STS struct {
	Region          string            // whose endpoint is asked, and that signatures are for
	Endpoint        string            // replaces the region's: https, or http on loopback
	FIPS, DualStack bool              // which of the region's endpoints
	Transport       http.RoundTripper // nil is this package's own, with the environment's proxy
	Now             func() time.Time  // nil is time.Now
}

// Limits of the service (STS API Reference, AssumeRole).
const (
	MinSession     = 15 * time.Minute
	MaxSession     = 12 * time.Hour
	maxSessionName = 64
)

// errSTS is an answer that is a refusal.
type errSTS struct{ code, message string }

func (e *errSTS) Error() string {
	return "code " + quoteServer(e.code) + ", " + quoteServer(e.message)
}

// stsHost applies the exceptions of the service's endpoint rules to the ordinary form of a host.
func stsHost(region string, fips, dualStack bool) (host, signingRegion string) {
	switch {
	case region == "aws-global":
		return "sts.amazonaws.com", "us-east-1"
	case fips && !dualStack && partition.Of(region).ID == "aws-us-gov":
		fips = false // every endpoint there is one
	}
	return partition.Host("sts", region, fips, dualStack), region
}

// call makes one call, with parameters given as name, value, name, value; those without a value are left out. Where sign
// is not nil its keys sign it.
func (s *STS) call(ctx context.Context, action string, sign *signer.Credentials, params ...string) (*signer.Credentials, error) {
	if s.Region == "" && (sign != nil || s.Endpoint == "") {
		return nil, fault("there is no region to ask STS in; set AWS_REGION, or region in the profile")
	}
	if s.Region != "" && !partition.ValidRegion(s.Region) {
		return nil, fault("the region is no region name")
	}
	host, region := stsHost(s.Region, s.FIPS, s.DualStack)
	base, err := endpointURL(s.Endpoint, host)
	if err != nil {
		return nil, err
	}
	body := append(append([]byte("Action="), action...), "&Version=2011-06-15"...)
	for i := 0; i+1 < len(params); i += 2 {
		if params[i+1] != "" {
			body = append(append(append(body, '&'), params[i]...), '=')
			body = append(body, url.QueryEscape(params[i+1])...)
		}
	}
	// Not wiped at the end, though it may hold a token: a transport may read a body after its RoundTrip has returned.
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	for n := 1; ; n++ {
		x := exchange{method: http.MethodPost, url: base + "/", body: body, header: http.Header{
			"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"},
		}}
		if sign != nil {
			// Once an attempt: a date that has waited for its turn is refused.
			if err := s.sign(&x, region, sign); err != nil {
				return nil, err
			}
		}
		a, err := x.do(ctx, orTransport(s.Transport), publicTimeout)
		c, err := readSTS(a, err, action+"Result")
		if err == nil || n == attempts || !retrySTS(a, err) || wait(ctx, rand.N(100*time.Millisecond<<n)) != nil {
			return c, err
		}
	}
}

// sign adds the signature to a request.
func (s *STS) sign(x *exchange, region string, c *signer.Credentials) error {
	u, err := url.Parse(x.url)
	if err != nil {
		return fault("the URL can't be used")
	}
	// net/http sends the host as the URL has it, so that is what is signed.
	r := signer.Request{Method: x.method, Host: u.Host, Path: u.EscapedPath(), Header: x.header, PayloadHash: signer.HashPayload(x.body)}
	sg := signer.Signer{Region: region, Service: "sts"}
	defer sg.Forget()
	return sg.Sign(&r, c, orNow(s.Now)())
}

// readSTS takes the credentials, or the error, out of an answer.
func readSTS(a *answer, err error, result string) (*signer.Credentials, error) {
	if err != nil {
		return nil, err
	}
	lx := xmlwire.New(a.body)
	if a.status != http.StatusOK {
		if e := readSTSError(&lx); e != nil {
			return nil, e
		}
		return nil, fault("STS refused" + serverReason(&answer{status: a.status}))
	}
	if lx.Next() != xmlwire.Start {
		lx.Fail(xmlwire.ErrKind)
	}
	c := new(signer.Credentials)
	var expiration string
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
			for lx.Child() {
				text, bit := (*string)(nil), uint(0)
				switch {
				case lx.NameIs("AccessKeyId"):
					text, bit = &c.AccessKeyID, 0
				case lx.NameIs("SecretAccessKey"):
					text, bit = &c.SecretAccessKey, 1
				case lx.NameIs("SessionToken"):
					text, bit = &c.SessionToken, 2
				case lx.NameIs("Expiration"):
					text, bit = &expiration, 3
				}
				if text == nil {
					lx.Skip()
				} else if lx.Once(&seen, bit) {
					*text = lx.Content()
				}
			}
		}
	}
	if err := lx.Finish(); err != nil {
		return nil, err
	}
	if reason := finish(c, expiration); reason != "" {
		return nil, fault("in the answer " + reason)
	}
	if c.SessionToken == "" || c.Expires.IsZero() {
		return nil, fault("in the answer the session token or its expiration is missing")
	}
	return c, nil
}

// readSTSError reads <ErrorResponse><Error><Code/><Message/></Error></ErrorResponse>, or nil.
func readSTSError(lx *xmlwire.Lexer) error {
	if lx.Next() != xmlwire.Start {
		return nil
	}
	var e errSTS
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

// retrySTS reports whether a failed attempt is worth another.
func retrySTS(a *answer, err error) bool {
	if failed := asHTTP(err); failed != nil {
		return !failed.final
	}
	if a == nil {
		return false
	}
	if e, ok := err.(*errSTS); ok {
		switch e.code {
		case "Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled", "TooManyRequestsException",
			"IDPCommunicationError", "InvalidIdentityToken": // the latter also where STS could not fetch the provider's keys
			return true
		}
	}
	return a.status == http.StatusTooManyRequests || a.status >= 500
}

// checkRole says what is wrong with the parameters both calls share, "" for nothing. They come from files, and the
// service's own messages about them say less.
func checkRole(arn, sessionName string, d time.Duration) string {
	switch {
	case arn == "":
		return "there is no role ARN"
	case len(arn) < 20 || len(arn) > 2048 || !strings.HasPrefix(arn, "arn:"):
		return "the role ARN " + quoteServer(arn) + " is none"
	case sessionName != "" && (len(sessionName) < 2 || len(sessionName) > maxSessionName || sessionName != sessionNameFrom(sessionName)):
		return "the session name " + quoteServer(sessionName) + " is not 2 to 64 letters, digits or _+=,.@-"
	case d != 0 && (d < MinSession || d > MaxSession):
		return "the duration is not between 15 minutes and 12 hours"
	}
	return ""
}

// sessionNameFrom replaces what a session name can't hold.
func sessionNameFrom(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' || 'a' <= r|0x20 && r|0x20 <= 'z' && r < 0x80 || strings.ContainsRune("_+=,.@-", r) {
			return r
		}
		return '-'
	}, s)
}

// defaultSessionName is what a session is called that nobody has named; it shows in CloudTrail.
func defaultSessionName(now time.Time) string {
	return "bedrockwire-" + strconv.FormatInt(now.UnixNano(), 10)
}
