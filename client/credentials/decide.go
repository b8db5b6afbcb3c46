package credentials

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/printable"
	"bedrockwire/client/internal/settings"
	"bedrockwire/signer"
)

// decider makes one selection: [Chain.Select] makes a decider and calls decide once. A method that
// returns a Provider or an error first records in out what it looked at, so that the steps can be
// shown with either.
type decider struct {
	ctx    context.Context // of the caller, for reading files
	chain  *Chain
	getenv func(string) string
	files  sharedfile.Profiles
	out    *Selection

	// Set by load, for calls to services.
	ambient   settings.Ambient
	transport http.RoundTripper // to services on the internet
	sts       STS
	endpoints endpoints
	roles     int // profiles that have followed each other by source_profile
}

// endpoints are the URLs that replace those of a region; "" for none.
type endpoints struct{ portal, oidc, signin string }

func (d *decider) step(source Source, chosen bool, reason string) {
	d.out.Steps = append(d.out.Steps, Step{source, chosen, reason})
}

// choose ends the search. A role on top of what was chosen is chosen in turn.
func (d *decider) choose(source Source, profile, reason string, p Provider) (Provider, error) {
	d.step(source, true, reason)
	d.out.Source, d.out.Profile = source, profile
	if len(d.out.Path) == 0 {
		d.out.Path = []string{string(source)}
	}
	return p, nil
}

// refuse ends the search at a source that is configured and can't be used.
func (d *decider) refuse(source Source, profile, reason, remedy string) (Provider, error) {
	d.step(source, true, reason)
	return nil, &Error{Source: source, Profile: profile, Kind: ErrConfig, Reason: reason, Remedy: remedy}
}

// decide walks the order of [Chain].
func (d *decider) decide() (Provider, error) {
	if d.chain.Profile != "" {
		d.step(SourceEnvironment, false, "passed over, because the program names a profile")
		return d.selectedProfile()
	}
	_, missing := environmentKeys(d.getenv)
	if missing == "" {
		return d.choose(SourceEnvironment, "", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set", Environment(d.getenv))
	}
	d.step(SourceEnvironment, false, missing)
	file, role := d.getenv("AWS_WEB_IDENTITY_TOKEN_FILE"), d.getenv("AWS_ROLE_ARN")
	switch {
	case file == "":
		d.step(SourceWebIdentity, false, "AWS_WEB_IDENTITY_TOKEN_FILE is not set")
		return d.selectedProfile()
	case role == "":
		return d.refuse(SourceWebIdentity, "", "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not", "set AWS_ROLE_ARN")
	}
	if err := d.load(); err != nil {
		return nil, err
	}
	w := &WebIdentity{TokenFile: file, RoleARN: role, SessionName: d.getenv("AWS_ROLE_SESSION_NAME"), STS: d.sts}
	return d.choose(SourceWebIdentity, "", "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are set", w.Retrieve)
}

// load finds the settings of calls to STS and the other services. It is called late: a broken
// profile must not stop a program that has keys in the environment.
func (d *decider) load() error {
	fail := func(err error) error {
		if d.ctx.Err() != nil {
			return &Error{Source: SourceProfile, Kind: ErrSource, Reason: "the settings were not read in time", Err: err}
		}
		return &Error{Source: SourceProfile, Kind: ErrConfig, Reason: "the settings can't be used", Err: err}
	}
	var err error
	if d.ambient, err = settings.Load(d.getenv, d.files, d.chain.Profile); err != nil {
		d.step(SourceProfile, true, "the selected profile does not exist")
		return fail(err)
	}
	region, _, fips, err := d.ambient.Region(d.chain.Region)
	if err != nil {
		return fail(err)
	}
	if d.transport = d.chain.Transport; d.transport == nil {
		roots := d.chain.RootCAs
		if roots == nil {
			if roots, _, _, err = d.ambient.RootCAs(d.ctx); err != nil {
				return fail(err)
			}
		}
		d.transport = transport{roots}
	}
	d.sts = STS{Region: region, FIPS: fips, Transport: d.transport, Now: d.chain.Now}
	for _, s := range []struct {
		variable, key string
		explicit      *bool
		to            *bool
	}{
		{"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", d.chain.FIPS, &d.sts.FIPS},
		{"AWS_DISABLE_CLOCK_SKEW_CORRECTION", "disable_clock_skew_correction", nil, &d.sts.trustClock},
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
	for _, e := range []struct {
		service string
		to      *string
	}{{"sts", &d.sts.Endpoint}, {"sso", &d.endpoints.portal}, {"sso_oidc", &d.endpoints.oidc}, {"signin", &d.endpoints.signin}} {
		if *e.to, _, err = d.ambient.Endpoint(e.service); err != nil {
			return fail(err)
		}
	}
	return nil
}

// signIns is a directory of sign-ins of the AWS CLI, below the home directory of the chain's
// environment.
func (d *decider) signIns(kind string) string {
	if home := sharedfile.Home(d.getenv); home != "" {
		return filepath.Join(home, ".aws", kind, "cache")
	}
	return ""
}

// machine is where code that runs in AWS gets its credentials.
func (d *decider) machine() (Provider, error) {
	url, reason := containerURL(d.getenv)
	switch {
	case reason != "":
		return d.refuse(SourceContainer, "", reason, "")
	case url != "":
		c := &Container{Getenv: d.getenv}
		return d.choose(SourceContainer, "", "AWS_CONTAINER_CREDENTIALS_*_URI is set", c.Retrieve)
	}
	d.step(SourceContainer, false, noContainer)
	m, err := d.metadata("")
	if err != nil {
		return nil, err
	}
	return d.choose(SourceIMDS, "", "nothing else is configured", lastResort(m))
}

// lastResort is the metadata service where nothing else is configured.
func lastResort(m *IMDS) Provider {
	return func(ctx context.Context) (signer.Credentials, error) {
		c, err := m.Retrieve(ctx)
		var failed *httpError
		if e, ok := err.(*Error); ok && ctx.Err() == nil && e.Kind == ErrSource && errors.As(e.Err, &failed) {
			// Most likely this isn't EC2 at all, and the search has simply found nothing.
			e.Kind, e.Reason = ErrNone, "no source of credentials is configured, and "+e.Reason
			e.Remedy = "set AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_BEDROCK"
		}
		return c, err
	}
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
		_, err := d.refuse(SourceIMDS, profile, from+" is "+printable.Quote(mode)+", not IPv4 or IPv6", "")
		return nil, err
	}
	return m, nil
}
