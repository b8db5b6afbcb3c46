package credentials

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"bedrockwire/client/internal/readfile"
	"bedrockwire/signer"
)

// relativeHost is where an ECS task finds its credentials (Amazon ECS, "Task IAM role").
const relativeHost = "http://169.254.170.2"

// Container gives the credentials of an ECS task, an EKS pod identity, a Greengrass component or a local broker, as the
// environment says (AWS SDKs and Tools Reference Guide, "Container credential provider"):
//
//	AWS_CONTAINER_CREDENTIALS_RELATIVE_URI   a path on 169.254.170.2; wins over
//	AWS_CONTAINER_CREDENTIALS_FULL_URI       a URL: https, or http to an allowed address
//	AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE   a file with the Authorization header, read at each call; wins over
//	AWS_CONTAINER_AUTHORIZATION_TOKEN        the header itself
//
// Plain http goes to loopback, 169.254.170.2, 169.254.170.23 and fd00:ec2::23, and nowhere else. The check is made on
// the address that is connected to, so that no name server can lead it astray. No proxy is used, no redirect followed.
//
// The zero value reads the environment of the process.
type Container struct {
	Getenv    func(string) string // nil is os.Getenv
	Transport http.RoundTripper   // nil is this package's own; another must keep the promises above
}

// Retrieve asks the endpoint.
func (c *Container) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(c.retrieve(ctx))
}

//go:noinline
func (*Container) fail(kind error, reason string, err error) (*signer.Credentials, error) {
	return nil, newError(SourceContainer, "", kind, reason, err)
}

func (c *Container) retrieve(ctx context.Context) (*signer.Credentials, error) {
	getenv := orOSEnv(c.Getenv)
	url, reason := containerURL(getenv)
	if reason != "" {
		return c.fail(ErrConfig, reason, nil)
	}
	if url == "" {
		return c.fail(ErrNone, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set", nil)
	}
	header := http.Header{"Accept": {"application/json"}}
	token := getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if file := getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		var err error
		if token, err = readTokenFile(ctx, file); err != nil {
			return c.fail(ErrConfig, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be used", err)
		}
	}
	if token != "" {
		// A line feed would end the header, and what follows would be the sender's to choose.
		if strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return c.fail(ErrConfig, "the authorization token holds a control character", nil)
		}
		header["Authorization"] = []string{token}
	}
	rt := c.Transport
	if rt == nil {
		var allowed func(netip.Addr) bool
		if strings.HasPrefix(url, "http:") {
			allowed = containerAddr
		}
		rt = localTransport(localTimeout, allowed)
	}
	ctx, cancel := context.WithTimeout(ctx, RefreshLimit)
	defer cancel()
	x := exchange{method: http.MethodGet, url: url, header: header}
	a, err := x.retry(ctx, rt, localTimeout, nil)
	if err != nil {
		return c.fail(ErrSource, "the endpoint can't be reached", err)
	}
	if a.status < 200 || a.status > 299 {
		return c.fail(ErrSource, "the endpoint refused"+serverReason(a), nil)
	}
	creds := new(signer.Credentials)
	var expiration string
	if err := decodeObject(a.body, []member{
		{"AccessKeyId", &creds.AccessKeyID},
		{"SecretAccessKey", &creds.SecretAccessKey},
		{"Token", &creds.SessionToken},
		{"Expiration", &expiration},
	}); err != nil {
		return c.fail(ErrSource, "the endpoint's answer can't be read", err)
	}
	if reason := finish(creds, expiration); reason != "" {
		return c.fail(ErrSource, "in the endpoint's answer "+reason, nil)
	}
	return creds, nil
}

// containerURL returns the URL the environment asks for, "" for none, or why it is refused.
func containerURL(getenv func(string) string) (url, reason string) {
	if path := getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		// Without the slash, "@example.com/" would make the address a user name of another host.
		if path[0] != '/' || checkURL(relativeHost+path, func(string) bool { return true }) != "" {
			return "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not a path that starts with '/'"
		}
		return relativeHost + path, ""
	}
	url = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if url == "" {
		return "", ""
	}
	if reason := checkURL(url, containerHost); reason != "" {
		return "", "AWS_CONTAINER_CREDENTIALS_FULL_URI " + reason
	}
	return url, ""
}

// containerHost refuses the literal addresses that could never be connected to; names are decided on when they have
// become addresses.
func containerHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return err != nil || containerAddr(a.Unmap().WithZone(""))
}

// containerAddr is the list of addresses that may be asked, and sent a token, without TLS.
func containerAddr(a netip.Addr) bool {
	return a.IsLoopback() ||
		a == netip.AddrFrom4([4]byte{169, 254, 170, 2}) || // Amazon ECS
		a == netip.AddrFrom4([4]byte{169, 254, 170, 23}) || // Amazon EKS Pod Identity
		a == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 15: 0x23}) // the same, fd00:ec2::23
}

// readTokenFile reads a token that another program renews. White space at its end comes from an editor or echo, and is
// not part of the token.
func readTokenFile(ctx context.Context, path string) (string, error) {
	f, err := readfile.Read(ctx, path, MaxToken)
	if err != nil {
		return "", err
	}
	token := strings.TrimRight(string(f.Data), " \t\r\n")
	if token == "" {
		return "", fault("the token file is empty")
	}
	return token, nil
}

// serverReason describes an answer that is a refusal: its status and, of a JSON body, code and message.
func serverReason(a *answer) string {
	s := ": HTTP " + http.StatusText(a.status)
	if http.StatusText(a.status) == "" {
		s = ": an unknown HTTP status"
	}
	var code, message string
	if decodeObject(a.body, []member{{"code", &code}, {"message", &message}}) == nil {
		if code != "" {
			s += ", code " + quoteServer(code)
		}
		if message != "" {
			s += ", " + quoteServer(message)
		}
	}
	return s
}

// finish completes credentials of a JSON answer, or says what is wrong with them.
func finish(c *signer.Credentials, expiration string) (reason string) {
	if reason := incomplete(*c); reason != "" {
		return reason
	}
	if expiration != "" {
		at, err := time.Parse(time.RFC3339, expiration)
		if err != nil {
			return "the expiration is not a time of RFC 3339" // the cause would quote it
		}
		c.Expires = at
	}
	return ""
}
