package credentials

import (
	"context"
	"crypto/x509"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/signer"
)

// Chain finds credentials where AWS users keep them. It picks one source, the first in this order
// that is configured, and uses no other: if that one is broken, the error names it. The order is
// that of the AWS SDK for Go:
//
//  1. the profile that the program names (field Profile), by the rules of step 4
//  2. AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY
//  3. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN
//  4. the selected profile (AWS_PROFILE, AWS_DEFAULT_PROFILE, "default"), the first that it has of:
//     source_profile, static keys, credential_source, web_identity_token_file, IAM Identity Center,
//     login_session, credential_process
//  5. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, then AWS_CONTAINER_CREDENTIALS_FULL_URI
//  6. the instance metadata service, unless AWS_EC2_METADATA_DISABLED is true
//
// If the profile has role_arn, that role is assumed with the credentials of steps 4 to 6.
//
// The zero value reads the environment of the process and the shared files. Credentials are cached,
// see [Cache]. The selection is made at the first call and kept. [Chain.Select] makes a new one. The
// static keys of files that sharedfile.Load has read are read again at each fetch, so that keys
// which a tool has rewritten are found when the service refuses the old ones. A Chain must not be
// copied.
type Chain struct {
	Profile   string               // of the shared files; "" leaves it to the environment
	Region    string               // for STS; "": AWS_REGION, AWS_DEFAULT_REGION, the profile's
	Getenv    func(string) string  // nil is os.Getenv
	Files     *sharedfile.Profiles // nil: read from where the environment says
	Transport http.RoundTripper    // to STS, IAM Identity Center and the sign-in service; nil is this package's own
	RootCAs   *x509.CertPool       // replaces the system's where Transport is nil; nil leaves it to AWS_CA_BUNDLE and ca_bundle
	Now       func() time.Time     // nil is time.Now

	// FIPS and DualStack choose among the endpoints of STS and IAM Identity Center; nil leaves them
	// to the environment.
	FIPS, DualStack *bool

	// TokenCode returns the six digits that an MFA device shows; it usually asks a person. If it is
	// nil, a profile with mfa_serial is an error.
	TokenCode func(ctx context.Context, serialNumber string) (string, error)

	// LoginRenewal is the Renew field of a [Login]: [RenewLogin] where the keys of "aws login" are
	// to be renewed.
	LoginRenewal func(context.Context, *Login) (signer.Credentials, error)

	once      sync.Once
	cache     *Cache
	selection atomic.Pointer[Selection] // what was selected at the first call
}

// Step is a place where credentials could have been, in the order of the search.
type Step struct {
	Source Source
	Chosen bool
	Reason string // why it was chosen, or why not; holds names of settings, never values that are secret
}

// Selection is what a [Chain] has found. It holds no credentials yet.
type Selection struct {
	Source   Source   // what gives the credentials, the last role included
	Profile  string   // the profile it was found in, "" for none
	Steps    []Step   // what was looked at
	Path     []string // of a chain of roles, where the credentials come from and the roles in the order they are assumed
	provider Provider
}

// Retrieve gets credentials from what was found, without a cache.
func (s *Selection) Retrieve(ctx context.Context) (signer.Credentials, error) {
	if s.provider == nil {
		return signer.Credentials{}, &Error{Source: SourceChain, Kind: ErrNone, Reason: "nothing was selected", Tried: s.Steps}
	}
	c, err := s.provider(ctx)
	if e, ok := err.(*Error); ok && len(e.Tried) == 0 {
		said := *e
		said.Tried = s.Steps
		err = &said
	}
	return c, err
}

// Retrieve selects a source at the first call, and returns its credentials through a cache.
func (c *Chain) Retrieve(ctx context.Context) (signer.Credentials, error) {
	c.once.Do(func() { c.cache = &Cache{Provider: c.fetch, Now: c.Now} })
	return c.cache.Retrieve(ctx)
}

// fetch is what the cache calls. The selection is part of it, so that a caller who waits for the
// shared files waits no longer than its context allows.
func (c *Chain) fetch(ctx context.Context) (signer.Credentials, error) {
	s := c.selection.Load()
	if s == nil {
		var err error
		if s, err = c.selectSource(ctx); err != nil {
			return signer.Credentials{}, err
		}
		c.selection.Store(s)
	}
	return s.Retrieve(ctx)
}

// Select reads the environment and the shared files and decides. It contacts nobody, starts no
// process, and takes no longer than 10 seconds a file. The Selection is never nil, so that its
// Steps can be shown next to an error.
func (c *Chain) Select() (*Selection, error) { return c.selectSource(context.Background()) }

func (c *Chain) selectSource(ctx context.Context) (*Selection, error) {
	getenv := orOSEnv(c.Getenv)
	d := decider{ctx: ctx, chain: c, getenv: getenv, out: &Selection{}}
	if c.Files != nil {
		d.files = *c.Files
	} else {
		var err error
		config, credentials := sharedfile.Paths(getenv)
		if d.files, err = sharedfile.Load(ctx, config, credentials); err != nil {
			return d.out, &Error{Source: SourceProfile, Profile: c.Profile, Kind: ErrSource, Reason: "the shared files were not read in time", Err: err}
		}
	}
	var err error
	d.out.provider, err = d.decide()
	if e, ok := err.(*Error); ok {
		e.Tried = d.out.Steps
	}
	return d.out, err
}
