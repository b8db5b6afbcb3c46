package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"bedrockwire/client"
	"bedrockwire/client/credentials"
	"bedrockwire/client/credentials/sharedfile"
	ambient "bedrockwire/client/internal/settings"
	"bedrockwire/model"
	"bedrockwire/signer"
)

const signAbout = `Signs a request with Signature Version 4 and prints the headers to send with it, one "Name: value" line each, as
curl -H @- reads them. With -presign it prints the URL to send. Nothing is sent. Send the method, URL and body exactly
as given: curl needs --path-as-is where the path contains "/./" or "/../".

Credentials are found as invoke finds them. An API key (bearer token) can't sign. The output contains the signature and,
for temporary credentials, the session token: anyone who has it can send this request until it expires.

Examples:
  url=https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.titan-text-lite-v1/invoke
  echo -n '{"inputText":"Hi"}' > body.json
  bedrockwire sign -region us-east-1 -header 'Content-Type: application/json' -body body.json POST $url |
    curl -H @- --data-binary @body.json $url
  bedrockwire sign -service s3 -region us-east-1 -presign 15m GET https://examplebucket.s3.amazonaws.com/test.txt
`

func sign(ctx context.Context, e *env, args []string) int {
	var (
		s       settings
		headers listFlag
	)
	flags := newFlags(e, "sign", "METHOD URL", signAbout)
	s.registerIdentity(flags)
	service := flags.String("service", "bedrock", "signing `NAME` of the service: bedrock for both bedrock-runtime and bedrock")
	flags.Var(&headers, "header", "`'Name: value'` of a header to sign and send; may be repeated")
	bodyFile := flags.String("body", "", "`FILE` with the body to sign; '-' is standard input; without it the body is empty")
	presign := flags.Duration("presign", 0, "put the signature into the URL, valid for `DURATION` such as 15m, up to 168h")
	if status, done := parse(flags, e, args, 2); done {
		return status
	}
	if flags.NArg() != 2 {
		return usageError(e, "sign", "METHOD and URL are needed")
	}
	out, err := func() (string, error) {
		u, r, err := signable(flags.Arg(0), flags.Arg(1), headers)
		if err != nil {
			return "", err
		}
		if r.PayloadHash, err = hashBody(e, *bodyFile); err != nil {
			return "", err
		}
		given := given(flags)
		if given["presign"] {
			if *presign <= 0 {
				return "", usageFault{errors.New("-presign must be positive")}
			}
			if !given["body"] && isS3(*service) {
				r.PayloadHash = signer.UnsignedPayload // what S3 expects of a presigned URL
			}
		}
		config, shared := sharedfile.Paths(e.getenv)
		files, err := sharedfile.Load(ctx, config, shared)
		if err != nil {
			return "", err
		}
		found, notFound := ambient.Load(e.getenv, files, s.profile)
		region, _, _, err := found.Region(s.region)
		switch {
		case err != nil && s.region != "":
			region = s.region // the service may not be AWS's; the signer checks the region
		case err != nil:
			return "", err
		}
		if region == "" {
			if notFound != nil {
				return "", notFound
			}
			return "", &client.ConfigError{Field: "Region", Reason: "is empty: a signature is for one region. Name it with -region, or in AWS_REGION"}
		}
		roots, _, _, err := found.RootCAs(ctx) // without a profile only the variable counts; the chain says what is wrong
		if err != nil {
			return "", err
		}
		keys, err := s.keys(ctx, e, *bodyFile == "-", &files, roots)
		if err != nil {
			return "", err
		}
		sg := &signer.Signer{Region: region, Service: *service, SinglePathEncoding: isS3(*service)}
		if given["presign"] {
			u.RawQuery, err = sg.Presign(r, &keys, e.clock(), *presign)
			if err != nil {
				return "", signingError(err)
			}
			return u.Scheme + "://" + u.Host + r.Path + "?" + u.RawQuery + "\n", nil
		}
		if err := sg.Sign(r, &keys, e.clock()); err != nil {
			return "", signingError(err)
		}
		return headerLines(r.Header), nil
	}()
	if err != nil {
		return e.report(ctx, "sign", err)
	}
	io.WriteString(e.stdout, out)
	return exitOK
}

// signable makes the signer's request of the arguments, and the URL as it will be sent.
func signable(method, rawURL string, headers []string) (*url.URL, *signer.Request, error) {
	fail := func(format string, args ...any) (*url.URL, *signer.Request, error) {
		return nil, nil, usageFault{fmt.Errorf(format, args...)}
	}
	u, err := url.Parse(rawURL)
	switch {
	case err != nil: // its text quotes the URL, which may contain a password
		return fail("URL is malformed")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return fail("URL must begin with https:// or http:// and a host")
	case u.User != nil:
		return fail("URL must not contain a user")
	case strings.Contains(rawURL, "#"):
		return fail("URL must not contain a fragment: it is never sent")
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r >= utf8.RuneSelf }):
		return fail("URL's host must be ASCII: write other names in their xn-- form")
	case strings.Contains(u.RawQuery, " "):
		return fail("URL's query must be escaped: a blank is %%20")
	}
	// What is sent must be what is signed, and only an escaped path is sent unchanged by every
	// client.
	if path := rawPath(rawURL); path != u.EscapedPath() {
		return fail("URL's path must be escaped: %s", u.EscapedPath())
	}
	// curl and net/http leave the scheme's own port out of the Host header.
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	r := &signer.Request{Method: method, Host: u.Host, Path: u.EscapedPath(), RawQuery: u.RawQuery, Header: http.Header{}}
	if r.Path == "" {
		r.Path = "/"
	}
	for _, h := range headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || name == "" {
			return fail("-header must be 'Name: value'")
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		if name == "Host" {
			return fail("-header must not be Host: the URL has it")
		}
		r.Header[name] = append(r.Header[name], strings.Trim(value, " \t"))
	}
	return u, r, nil
}

// rawPath returns the path of a URL with a scheme and a host as it was written.
func rawPath(rawURL string) string {
	_, rest, _ := strings.Cut(rawURL, "//")
	rest, _, _ = strings.Cut(rest, "?")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// hashBody returns the hash of a file's bytes, of standard input's, or of none.
func hashBody(e *env, name string) (string, error) {
	var body []byte
	if name != "" {
		var err error
		if body, err = e.readInput(name, "the body"); err != nil {
			return "", err
		}
	}
	if len(body) > model.MaxRequestBody {
		return "", usageFault{fmt.Errorf("-body has more than %d bytes", model.MaxRequestBody)}
	}
	return signer.HashPayload(body), nil
}

// signingError makes a signer's error about the arguments of sign a mistake in the usage.
func signingError(err error) error {
	var s *signer.Error
	if errors.As(err, &s) && (strings.HasPrefix(s.Field, "Request.") || s.Field == "Signer.Service" || s.Field == "expires") {
		return usageFault{err}
	}
	return err
}

// keys returns the keys to sign with.
func (s *settings) keys(ctx context.Context, e *env, stdinTaken bool, files *sharedfile.Profiles, roots *x509.CertPool) (signer.Credentials, error) {
	o := s.options(e, stdinTaken)
	chain := &credentials.Chain{Profile: o.Profile, Region: o.Region, Getenv: o.Getenv, Files: files, RootCAs: roots, TokenCode: o.TokenCode, LoginRenewal: o.LoginRenewal}
	keys, err := chain.Retrieve(ctx)
	if errors.Is(err, credentials.ErrNone) && e.getenv("AWS_BEARER_TOKEN_BEDROCK") != "" {
		return keys, bearerFault{}
	}
	return keys, err
}

// isS3 reports whether the service's paths are escaped once, see signer.Signer.SinglePathEncoding.
func isS3(service string) bool {
	return service == "s3" || strings.HasPrefix(service, "s3-") || service == "s3express"
}

// headerLines returns one line for each header, sorted by name. An empty value is written as curl
// reads it.
func headerLines(h map[string][]string) string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		for _, value := range h[name] {
			if value == "" {
				b.WriteString(name + ";\n")
				continue
			}
			b.WriteString(name + ": " + value + "\n")
		}
	}
	return b.String()
}
