package credentials

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"bedrockwire/signer"
)

// relativeHost is where an ECS task finds its credentials (Amazon ECS, "Task IAM role").
const relativeHost = "http://169.254.170.2"

// Container returns the credentials of an ECS task, an EKS pod identity, a Greengrass component or
// a local broker, as the environment says (AWS SDKs and Tools Reference Guide, "Container
// credential provider"):
//
//	AWS_CONTAINER_CREDENTIALS_RELATIVE_URI   a path on 169.254.170.2; wins over
//	AWS_CONTAINER_CREDENTIALS_FULL_URI       a URL: https, or http to an allowed address
//	AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE   a file with the Authorization header, read at each call; wins over
//	AWS_CONTAINER_AUTHORIZATION_TOKEN        the header itself
//
// Plain http goes to loopback, 169.254.170.2, 169.254.170.23 and fd00:ec2::23, and nowhere else.
// The address that is connected to is checked, so that no name server can lead the request
// elsewhere. No proxy is used, and no redirect is followed.
//
// The zero value reads the environment of the process.
type Container struct {
	Getenv    func(string) string // nil is os.Getenv
	Transport http.RoundTripper   // nil is this package's own; another must keep the promises above
}

func (*Container) fail(kind error, reason string, err error) (signer.Credentials, error) {
	return signer.Credentials{}, &Error{Source: SourceContainer, Kind: kind, Reason: reason, Err: err}
}

// Retrieve asks the endpoint for credentials.
func (c *Container) Retrieve(ctx context.Context) (signer.Credentials, error) {
	getenv := orOSEnv(c.Getenv)
	url, reason := containerURL(getenv)
	if reason != "" {
		return c.fail(ErrConfig, reason, nil)
	}
	if url == "" {
		return c.fail(ErrNone, noContainer, nil)
	}
	header := http.Header{"Accept": {"application/json"}}
	token := getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if file := getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		var err error
		if token, err = readTokenFile(ctx, file); err != nil {
			return c.fail(readKind(ctx, err, ErrConfig), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can't be used", err)
		}
	}
	if token != "" {
		// A line feed would end the header, and the rest would be headers that the file's author
		// chose.
		if strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return c.fail(ErrConfig, "the authorization token contains a control character", nil)
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
	x := exchange{method: http.MethodGet, url: url, header: header, timeout: localTimeout}
	a, err := x.do(ctx, rt)
	if err != nil {
		return c.fail(ErrSource, "the endpoint can't be reached", err)
	}
	if a.status < 200 || a.status > 299 {
		return c.fail(ErrSource, "the endpoint refused: "+refusal(a), nil)
	}
	var creds signer.Credentials
	var expiration string
	if err := decodeObject(a.body, []member{
		{"AccessKeyId", &creds.AccessKeyID},
		{"SecretAccessKey", &creds.SecretAccessKey},
		{"Token", &creds.SessionToken},
		{"Expiration", &expiration},
	}); err != nil {
		return c.fail(ErrSource, "the endpoint's response can't be read", err)
	}
	if reason := finish(&creds, expiration); reason != "" {
		return c.fail(ErrSource, "in the endpoint's response "+reason, nil)
	}
	return creds, nil
}

// noContainer is why the environment names no endpoint.
const noContainer = "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set"

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

// containerHost refuses the literal addresses that could never be connected to. Names are decided
// on when they have become addresses.
func containerHost(host string) bool {
	a, err := netip.ParseAddr(host)
	return err != nil || containerAddr(a.Unmap().WithZone(""))
}

// containerAddr is the list of addresses that may be contacted, and sent a token, without TLS.
func containerAddr(a netip.Addr) bool {
	return a.IsLoopback() ||
		a == netip.AddrFrom4([4]byte{169, 254, 170, 2}) || // Amazon ECS
		a == netip.AddrFrom4([4]byte{169, 254, 170, 23}) || // Amazon EKS Pod Identity
		a == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 15: 0x23}) // the same, fd00:ec2::23
}
