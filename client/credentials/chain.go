package credentials

import (
	"context"
	"crypto/x509"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/settings"
	"bedrockwire/signer"
)

// Chain finds credentials where AWS users keep them. It is a selection, not a sequence of tries: from what is
// configured it picks one source, and that one serves or fails. A source that is configured and broken is an error that
// names it, never a reason to ask the next. The order is that of the AWS SDK for Go:
//
//  1. the profile that the program names (field Profile), by the rules of step 4
//  2. AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY
//  3. AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN
//  4. the selected profile (AWS_PROFILE, AWS_DEFAULT_PROFILE, "default"), the first that it has of: source_profile,
//     static keys, credential_source, web_identity_token_file, IAM Identity Center, login_session, credential_process
//  5. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, then AWS_CONTAINER_CREDENTIALS_FULL_URI
//  6. the instance metadata service, unless AWS_EC2_METADATA_DISABLED is true
//
// A profile with role_arn has that role assumed with what steps 4 to 6 gave.
//
// The zero value reads the environment of the process and the shared files. Credentials are cached, see [Cache]. The
// selection is made at the first call and kept; [Chain.Select] makes it anew. A Chain must not be copied.
type Chain struct {
	Profile   string               // of the shared files; "" leaves it to the environment
	Region    string               // for STS; "": AWS_REGION, AWS_DEFAULT_REGION, the profile's
	Getenv    func(string) string  // nil is os.Getenv
	Files     *sharedfile.Profiles // nil: read from where the environment says
	Transport http.RoundTripper    // to STS, IAM Identity Center and the sign-in service; nil is this package's own
	RootCAs   *x509.CertPool       // replaces the system's where Transport is nil; AWS_CA_BUNDLE is package config's to read
	Now       func() time.Time     // nil is time.Now

	// FIPS and DualStack choose among the endpoints of STS and IAM Identity Center; nil leaves them to the environment.
	FIPS, DualStack *bool

	// TokenCode asks a person for the six digits of an MFA device; nil makes a profile with mfa_serial an error.
	TokenCode func(ctx context.Context, serialNumber string) (string, error)

	// LoginRenewal is RenewLogin where the keys of "aws login" are to be renewed; see [Login].
	LoginRenewal LoginRenewal

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
	return c, s.tell(err)
}

// tell adds to an error where the chain has looked.
//
//go:noinline
func (s *Selection) tell(err error) error {
	if e, ok := err.(*Error); ok && len(e.Tried) == 0 {
		told := *e
		told.Tried = s.Steps
		return &told
	}
	return err
}

// Retrieve selects a source at the first call, and returns its credentials through a cache.
func (c *Chain) Retrieve(ctx context.Context) (signer.Credentials, error) {
	c.once.Do(func() { c.cache = &Cache{Provider: c.fetch, Now: c.Now} })
	return c.cache.Retrieve(ctx)
}

// fetch is what the cache calls. The selection is part of it, so that a caller who waits for the shared files waits no
// longer than its context allows.
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

// Select reads the environment and the shared files and decides. It contacts nobody, starts no process, and takes no
// longer than 10 seconds a file. The Selection is never nil, so that its Steps can be shown next to an error.
func (c *Chain) Select() (*Selection, error) { return c.selectSource(context.Background()) }

func (c *Chain) selectSource(ctx context.Context) (*Selection, error) {
	getenv := orOSEnv(c.Getenv)
	d := decider{chain: c, getenv: getenv, out: &Selection{}}
	if c.Files != nil {
		d.files = *c.Files
	} else {
		var err error
		config, credentials := sharedfile.Paths(getenv)
		if d.files, err = sharedfile.Load(ctx, config, credentials); err != nil {
			return d.out, newError(SourceProfile, c.Profile, ErrSource, "the shared files were not read in time", err)
		}
	}
	err := d.decide()
	if e, ok := err.(*Error); ok {
		e.Tried = d.out.Steps
	}
	return d.out, err
}

// MaxRoles bounds a chain of source_profile; STS itself sees no more than one step at a time.
const MaxRoles = 16

// decider holds one selection.
type decider struct {
	chain  *Chain
	getenv func(string) string
	files  sharedfile.Profiles
	out    *Selection

	ambient settings.Ambient
	public  http.RoundTripper // to services on the internet
	sts     STS
	sso     endpointSettings
	depth   int
}

// endpointSettings are what the services beside STS need.
type endpointSettings struct {
	portal, oidc, signin string
	fips, dualStack      bool
}

//go:noinline
func (d *decider) step(source Source, chosen bool, reason string) {
	d.out.Steps = append(d.out.Steps, Step{source, chosen, reason})
}

//go:noinline
func (d *decider) choose(source Source, profile, reason string, r retriever) Provider {
	d.step(source, true, reason)
	d.out.Source, d.out.Profile = source, profile
	if len(d.out.Path) == 0 {
		d.out.Path = []string{string(source)}
	}
	return func(ctx context.Context) (signer.Credentials, error) { return value(r.retrieve(ctx)) }
}

// decide walks the order of [Chain].
func (d *decider) decide() error {
	var err error
	c := d.chain
	if c.Profile != "" {
		d.step(SourceEnvironment, false, "passed over, because the program names a profile")
		return d.selected()
	}
	if _, missing := environmentKeys(d.getenv); missing == "" {
		d.out.provider = d.choose(SourceEnvironment, "", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set", &provided{Environment(d.getenv)})
		return nil
	} else {
		d.step(SourceEnvironment, false, missing)
	}
	if file := d.getenv("AWS_WEB_IDENTITY_TOKEN_FILE"); file != "" {
		role := d.getenv("AWS_ROLE_ARN")
		if role == "" {
			d.step(SourceWebIdentity, true, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not")
			return &Error{Source: SourceWebIdentity, Kind: ErrConfig, Reason: "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not",
				Remedy: "set AWS_ROLE_ARN"}
		}
		if err = d.load(); err != nil {
			return err
		}
		w := &WebIdentity{TokenFile: file, RoleARN: role, SessionName: d.getenv("AWS_ROLE_SESSION_NAME"), STS: d.sts}
		d.out.provider = d.choose(SourceWebIdentity, "", "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are set", w)
		return nil
	}
	d.step(SourceWebIdentity, false, "AWS_WEB_IDENTITY_TOKEN_FILE is not set")
	return d.selected()
}

// load reads what calls to STS and the others need. It comes late: whoever has keys in the environment must not be
// stopped by a broken profile.
func (d *decider) load() (err error) {
	fail := func(err error) error {
		return newError(SourceProfile, "", ErrConfig, "the settings can't be used", err)
	}
	if d.ambient, err = settings.Load(d.getenv, d.files, d.chain.Profile); err != nil {
		d.step(SourceProfile, true, "the selected profile does not exist")
		return fail(err)
	}
	region, _, fips, err := d.ambient.Region(d.chain.Region)
	if err != nil {
		return fail(err)
	}
	if d.public = d.chain.Transport; d.public == nil {
		d.public = transport{d.chain.RootCAs}
	}
	d.sts = STS{Region: region, FIPS: fips, Transport: d.public, Now: d.chain.Now}
	for _, s := range []struct {
		variable, key string
		explicit      *bool
		to            *bool
	}{
		{"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", d.chain.FIPS, &d.sts.FIPS},
		{"AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", d.chain.DualStack, &d.sts.DualStack},
	} {
		on, _, err := d.ambient.Bool(s.variable, s.key)
		switch {
		case s.explicit != nil:
			*s.to = *s.explicit
		case err != nil:
			return fail(err)
		default:
			*s.to = *s.to || on
		}
	}
	d.sso = endpointSettings{fips: d.sts.FIPS, dualStack: d.sts.DualStack}
	for _, e := range []struct {
		service string
		to      *string
	}{{"sts", &d.sts.Endpoint}, {"sso", &d.sso.portal}, {"sso_oidc", &d.sso.oidc}, {"signin", &d.sso.signin}} {
		if *e.to, _, err = d.ambient.Endpoint(e.service); err != nil {
			return fail(err)
		}
	}
	return nil
}

// selected decides by the selected profile.
func (d *decider) selected() error {
	if err := d.load(); err != nil {
		return err
	}
	p, err := d.profile(d.ambient.Profile, d.ambient.Section, map[string]bool{})
	d.out.provider = p
	return err
}

// profile decides by one profile, the selected one or a source_profile. seen holds the profiles above it.
func (d *decider) profile(name string, s sharedfile.Section, seen map[string]bool) (Provider, error) {
	top, again := len(seen) == 0, seen[name]
	seen[name] = true
	bad := func(source Source, reason, remedy string) (Provider, error) {
		d.step(source, true, reason)
		return nil, remedied(source, name, ErrConfig, reason, remedy)
	}
	where := " of profile " + settings.Quote(name)
	keys, err := sectionKeys(name, s)
	if err != nil {
		d.step(SourceProfile, true, "half of a key pair in profile "+settings.Quote(name))
		return nil, err
	}
	role, source := s.Get("role_arn"), s.Get("source_profile")
	credentialSource, tokenFile, command := s.Get("credential_source"), s.Get("web_identity_token_file"), s.Get("credential_process")
	if again {
		role, source = "", "" // a profile that is its own source gives its keys to its role
	} else if role == "" {
		for _, key := range []string{"source_profile", "credential_source", "web_identity_token_file"} {
			if s.Get(key) != "" && (top || keys.AccessKeyID == "") {
				return bad(SourceAssumeRole, key+" is there and role_arn is not", "add role_arn, or remove "+key)
			}
		}
	}
	static := func() (Provider, error) {
		return d.choose(SourceProfile, name, "static keys"+where, &Profile{Name: name, Getenv: d.getenv, files: &d.files}), nil
	}
	if !top && keys.AccessKeyID != "" {
		return static() // also where it has a role: the keys of a source profile are meant
	}
	if several(source, credentialSource, command, tokenFile) {
		return bad(SourceProfile, "more than one of source_profile, credential_source, credential_process and web_identity_token_file", "keep one of them")
	}
	var p Provider
	switch {
	case source != "":
		if d.depth++; d.depth > MaxRoles {
			return bad(SourceAssumeRole, "more than "+strconv.Itoa(MaxRoles)+" profiles follow each other by source_profile", "")
		}
		next, ok := d.files.Profile(source)
		if !ok {
			return bad(SourceAssumeRole, "source_profile is "+quoteServer(source)+", which is in none of the shared files", "add it, or name another")
		}
		d.step(SourceProfile, false, "source_profile"+where+" leads to profile "+settings.Quote(source))
		p, err = d.profile(source, next, seen)
	case keys.AccessKeyID != "":
		p, err = static()
	case credentialSource != "":
		p, err = d.named(name, credentialSource)
	case tokenFile != "":
		w := &WebIdentity{TokenFile: sharedfile.Expand(d.getenv, tokenFile), RoleARN: role, SessionName: s.Get("role_session_name"), STS: d.sts, profile: name}
		return d.choose(SourceWebIdentity, name, "web_identity_token_file"+where, w), nil
	case s.Get("sso_session") != "" || s.Get("sso_region") != "" || s.Get("sso_account_id") != "" || s.Get("sso_start_url") != "" || s.Get("sso_role_name") != "":
		p, err = d.identityCenter(name, s)
	case s.Get("login_session") != "":
		l := &Login{Session: s.Get("login_session"), Region: d.sts.Region, Endpoint: d.sso.signin,
			CacheDir: d.getenv("AWS_LOGIN_CACHE_DIRECTORY"), Transport: d.public, Now: d.chain.Now, Renew: d.chain.LoginRenewal, profile: name}
		if own := s.Get("region"); own != "" && !top {
			l.Region = own
		}
		if l.CacheDir == "" {
			l.CacheDir = d.home("login")
		} else {
			l.CacheDir = sharedfile.Expand(d.getenv, l.CacheDir)
		}
		p = d.choose(SourceLogin, name, "login_session"+where, l)
	case command != "":
		p = d.choose(SourceProcess, name, "credential_process"+where, &Process{Command: command, Now: d.chain.Now})
	case again:
		return bad(SourceAssumeRole, "source_profile leads in a circle", "let one of the profiles have credentials of its own")
	case !top:
		return bad(SourceAssumeRole, "it is a source_profile and has no credentials", "add credentials to it")
	default:
		reason := "profile " + settings.Quote(name) + " has no credentials"
		if !d.ambient.Present {
			reason = "there is no profile " + settings.Quote(name)
		}
		d.step(SourceProfile, false, reason)
		p, err = d.machine()
	}
	if err != nil || role == "" {
		return p, err
	}
	return d.role(name, s, role, p)
}

// several reports whether more than one of the values is there.
func several(values ...string) bool {
	n := 0
	for _, v := range values {
		if v != "" {
			n++
		}
	}
	return n > 1
}

// role puts a role on top of what gives the credentials.
func (d *decider) role(name string, s sharedfile.Section, arn string, p Provider) (Provider, error) {
	r := &AssumeRole{
		// Of its own: the role's credentials end before those it was assumed with, mostly.
		Source:  (&Cache{Provider: p, Now: d.chain.Now}).Retrieve,
		RoleARN: arn, SessionName: s.Get("role_session_name"), ExternalID: s.Get("external_id"),
		SerialNumber: s.Get("mfa_serial"), TokenCode: d.chain.TokenCode, STS: d.sts, profile: name,
	}
	// What is no number counts as absent, and so does what is not above the 15 minutes that one gets anyway. What STS
	// would refuse is refused below: a session of 15 minutes is not what was asked for.
	if n, err := strconv.Atoi(s.Get("duration_seconds")); err == nil && n > int(MinSession/time.Second) {
		r.Duration = time.Duration(min(n, int(MaxSession/time.Second)+1)) * time.Second
	}
	reason := "role_arn of profile " + settings.Quote(name)
	if r.SerialNumber != "" && r.TokenCode == nil {
		d.step(SourceAssumeRole, true, reason+" needs an MFA device")
		return nil, errMFA(name)
	}
	if wrong := checkRole(r.RoleARN, r.SessionName, r.Duration); wrong != "" {
		d.step(SourceAssumeRole, true, wrong)
		return nil, newError(SourceAssumeRole, name, ErrConfig, wrong, nil)
	}
	d.out.Path = append(d.out.Path, arn)
	return d.choose(SourceAssumeRole, name, reason, r), nil
}

// named is the source that credential_source names. Its values are case-sensitive.
func (d *decider) named(profile, source string) (Provider, error) {
	where := "credential_source of profile " + settings.Quote(profile) + " is " + quoteServer(source)
	bad := func(source Source, reason, remedy string) (Provider, error) {
		d.step(source, true, where)
		return nil, remedied(source, profile, ErrConfig, where+reason, remedy)
	}
	switch source {
	case "Environment":
		if _, missing := environmentKeys(d.getenv); missing != "" {
			return bad(SourceEnvironment, ", and "+missing, "set both variables")
		}
		return d.choose(SourceEnvironment, profile, where, &provided{Environment(d.getenv)}), nil
	case "EcsContainer":
		url, reason := containerURL(d.getenv)
		switch {
		case reason != "":
			return bad(SourceContainer, ", and "+reason, "")
		case url == "":
			return bad(SourceContainer, ", and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set", "")
		}
		return d.choose(SourceContainer, profile, where, &Container{Getenv: d.getenv}), nil
	case "Ec2InstanceMetadata":
		m, err := d.metadata(profile)
		if err != nil {
			return nil, err
		}
		return d.choose(SourceIMDS, profile, where, m), nil
	}
	return bad(SourceAssumeRole, ", which is not Environment, Ec2InstanceMetadata or EcsContainer", "")
}

// identityCenter is either form of an SSO profile.
func (d *decider) identityCenter(name string, s sharedfile.Section) (Provider, error) {
	p := &SSO{
		SessionName: s.Get("sso_session"), StartURL: s.Get("sso_start_url"), Region: s.Get("sso_region"),
		AccountID: s.Get("sso_account_id"), RoleName: s.Get("sso_role_name"), CacheDir: d.home("sso"),
		Endpoint: d.sso.portal, OIDCEndpoint: d.sso.oidc, FIPS: d.sso.fips, DualStack: d.sso.dualStack,
		Transport: d.public, Now: d.chain.Now, profile: name,
	}
	bad := func(reason, remedy string) (Provider, error) {
		d.step(SourceSSO, true, reason)
		return nil, remedied(SourceSSO, name, ErrConfig, reason, remedy)
	}
	if p.SessionName != "" {
		session, ok := d.files.SSOSession(p.SessionName)
		if !ok {
			return bad("sso_session is "+quoteServer(p.SessionName)+", and there is no such [sso-session] section", "run: aws configure sso")
		}
		// The profile may repeat the session's settings, as long as it doesn't contradict them.
		for _, f := range []struct {
			key string
			to  *string
		}{{"sso_region", &p.Region}, {"sso_start_url", &p.StartURL}} {
			value := session.Get(f.key)
			if *f.to != "" && *f.to != value {
				return bad(f.key+" of the profile is not that of [sso-session "+p.SessionName+"]", "remove it from the profile")
			}
			*f.to = value
		}
	}
	for _, f := range []struct{ key, value string }{
		{"sso_start_url", p.StartURL}, {"sso_region", p.Region}, {"sso_account_id", p.AccountID}, {"sso_role_name", p.RoleName},
	} {
		if f.value == "" {
			return bad(f.key+" is missing", "run: aws configure sso")
		}
	}
	reason := "sso_session of profile "
	if p.SessionName == "" {
		reason = "sso_start_url of profile "
	}
	return d.choose(SourceSSO, name, reason+settings.Quote(name), p), nil
}

// home is a directory of sign-ins of the AWS CLI, below the home directory of the chain's environment.
func (d *decider) home(kind string) string {
	if home := sharedfile.Home(d.getenv); home != "" {
		return filepath.Join(home, ".aws", kind, "cache")
	}
	return ""
}

// machine is where code that runs in AWS gets its credentials.
func (d *decider) machine() (Provider, error) {
	url, reason := containerURL(d.getenv)
	if reason != "" {
		d.step(SourceContainer, true, reason)
		return nil, newError(SourceContainer, "", ErrConfig, reason, nil)
	}
	if url != "" {
		return d.choose(SourceContainer, "", "AWS_CONTAINER_CREDENTIALS_*_URI is set", &Container{Getenv: d.getenv}), nil
	}
	d.step(SourceContainer, false, "neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set")
	m, err := d.metadata("")
	if err != nil {
		return nil, err
	}
	return d.choose(SourceIMDS, "", "nothing else is configured", &lastResort{m}), nil
}

// lastResort is the metadata service where nothing else is configured.
type lastResort struct{ imds *IMDS }

func (l *lastResort) retrieve(ctx context.Context) (*signer.Credentials, error) {
	c, err := l.imds.retrieve(ctx)
	if e, ok := err.(*Error); ok && ctx.Err() == nil && e.Kind == ErrSource && asHTTP(e.Err) != nil {
		// Most likely this isn't EC2 at all, and the search has simply found nothing.
		e.Kind, e.Reason = ErrNone, "no source of credentials is configured, and "+e.Reason
		e.Remedy = "set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK"
	}
	return c, err
}

// metadata is the instance metadata service, as environment and profile say.
func (d *decider) metadata(profile string) (*IMDS, error) {
	if strings.EqualFold(d.getenv("AWS_EC2_METADATA_DISABLED"), "true") { // "1" and "yes" do nothing, in any SDK
		reason := "AWS_EC2_METADATA_DISABLED is true"
		kind := ErrNone
		if profile != "" {
			kind = ErrConfig
		}
		d.step(SourceIMDS, profile != "", reason)
		return nil, &Error{Source: SourceIMDS, Profile: profile, Kind: kind, Reason: "no source of credentials is left, since " + reason,
			Remedy: "configure one of the sources"}
	}
	m := &IMDS{Now: d.chain.Now}
	m.Endpoint, _ = d.ambient.Get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
	mode, from := d.ambient.Get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode")
	switch strings.ToLower(mode) {
	case "", "ipv4":
	case "ipv6":
		if m.Endpoint == "" {
			m.Endpoint = imdsIPv6
		}
	default:
		reason := from + " is " + quoteServer(mode) + ", not IPv4 or IPv6"
		d.step(SourceIMDS, true, reason)
		return nil, newError(SourceIMDS, profile, ErrConfig, reason, nil)
	}
	return m, nil
}
