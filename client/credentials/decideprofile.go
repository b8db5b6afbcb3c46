package credentials

import (
	"slices"
	"strconv"
	"time"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/printable"
	"bedrockwire/signer"
)

// MaxRoles is the longest chain of source_profile. STS itself sees one step at a time.
const MaxRoles = 16

// candidate is a profile that may hold credentials.
type candidate struct {
	name    string
	section sharedfile.Section
	keys    signer.Credentials // its own; zero where it has none
	where   string             // " of profile NAME", for reasons

	above []string // the profiles whose source_profile has led here; none for the selected profile
	again bool     // it is among them: its keys are meant, and neither its role nor its source
}

func (c *candidate) top() bool { return len(c.above) == 0 }

// get returns a property, "" where it does not count.
func (c *candidate) get(property string) string {
	if c.again && (property == "role_arn" || property == "source_profile") {
		return ""
	}
	return c.section.Get(property)
}

// profileSource is a kind of source that a profile can name.
type profileSource struct {
	properties []string // a profile with any of them has this source
	exclusive  bool     // a profile may have only one source that is exclusive
	needsRole  bool     // without role_arn in the profile it is an error
	takesRole  bool     // it assumes the role of role_arn itself; for the others, [decider.role] does
	find       func(*decider, *candidate) (Provider, error)
}

// profileSources returns the kinds in the order of [Chain].
func profileSources() []profileSource {
	return []profileSource{
		{properties: []string{"source_profile"}, exclusive: true, needsRole: true, find: (*decider).sourceProfile},
		{properties: []string{"aws_access_key_id"}, find: (*decider).staticKeys},
		{properties: []string{"credential_source"}, exclusive: true, needsRole: true, find: (*decider).credentialSource},
		{properties: []string{"web_identity_token_file"}, exclusive: true, needsRole: true, takesRole: true, find: (*decider).webIdentity},
		{properties: []string{"sso_session", "sso_region", "sso_account_id", "sso_start_url", "sso_role_name"}, find: (*decider).identityCenter},
		{properties: []string{"login_session"}, find: (*decider).loginSession},
		{properties: []string{"credential_process"}, exclusive: true, find: (*decider).credentialProcess},
	}
}

func (p *profileSource) in(c *candidate) bool {
	return slices.ContainsFunc(p.properties, func(name string) bool { return c.get(name) != "" })
}

// selectedProfile decides by the selected profile.
func (d *decider) selectedProfile() (Provider, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	return d.profile(&candidate{name: d.ambient.Profile, section: d.ambient.Section})
}

// profile decides by one profile, the selected one or a source_profile.
func (d *decider) profile(c *candidate) (Provider, error) {
	c.where, c.again = " of profile "+printable.Quote(c.name), slices.Contains(c.above, c.name)
	var err error
	if c.keys, err = sectionKeys(c.name, c.section); err != nil {
		d.step(SourceProfile, true, "half of a key pair in profile "+printable.Quote(c.name))
		return nil, err
	}
	// The order of the checks is the SDK's. Which error or source wins follows from it: a source
	// without its role comes before two sources, and both before any source is looked at.
	sources := profileSources()
	hasKeys := c.keys.AccessKeyID != ""
	for _, s := range sources {
		// A source profile with keys gives them, whatever else it says.
		if property := s.properties[0]; s.needsRole && !c.again && c.get("role_arn") == "" && c.get(property) != "" && (c.top() || !hasKeys) {
			return d.refuse(SourceAssumeRole, c.name, property+" is set and role_arn is not", "add role_arn, or remove "+property)
		}
	}
	if !c.top() && hasKeys {
		return d.staticKeys(c)
	}
	exclusive := 0
	for _, s := range sources {
		if s.exclusive && s.in(c) {
			exclusive++
		}
	}
	if exclusive > 1 {
		return d.refuse(SourceProfile, c.name, "more than one of source_profile, credential_source, credential_process and web_identity_token_file is set", "keep one of them")
	}
	i := slices.IndexFunc(sources, func(s profileSource) bool { return s.in(c) })
	var p Provider
	if i >= 0 {
		p, err = sources[i].find(d, c)
	} else {
		p, err = d.withoutSource(c)
	}
	if err != nil || c.get("role_arn") == "" || i >= 0 && sources[i].takesRole {
		return p, err
	}
	return d.role(c, p)
}

// withoutSource decides for a profile that names no source.
func (d *decider) withoutSource(c *candidate) (Provider, error) {
	switch {
	case c.again:
		return d.refuse(SourceAssumeRole, c.name, "source_profile leads in a circle", "let one of the profiles have credentials of its own")
	case !c.top():
		return d.refuse(SourceAssumeRole, c.name, "it is a source_profile and has no credentials", "add credentials to it")
	case d.ambient.Present:
		d.step(SourceProfile, false, "profile "+printable.Quote(c.name)+" has no credentials")
	default:
		d.step(SourceProfile, false, "there is no profile "+printable.Quote(c.name))
	}
	return d.machine()
}

func (d *decider) sourceProfile(c *candidate) (Provider, error) {
	source := c.get("source_profile")
	if d.roles++; d.roles > MaxRoles {
		return d.refuse(SourceAssumeRole, c.name, "more than "+strconv.Itoa(MaxRoles)+" profiles follow each other by source_profile", "")
	}
	section, ok := d.files.Profile(source)
	if !ok {
		return d.refuse(SourceAssumeRole, c.name, "source_profile is "+printable.Quote(source)+", which is in none of the shared files", "add it, or name another")
	}
	d.step(SourceProfile, false, "source_profile"+c.where+" leads to profile "+printable.Quote(source))
	return d.profile(&candidate{name: source, section: section, above: append(c.above, c.name)})
}

func (d *decider) staticKeys(c *candidate) (Provider, error) {
	p := &Profile{Name: c.name, Getenv: d.getenv, files: &d.files}
	return d.choose(SourceProfile, c.name, "static keys"+c.where, p.Retrieve)
}

// credentialSource is the source that credential_source names. Its values are case-sensitive.
func (d *decider) credentialSource(c *candidate) (Provider, error) {
	value := c.get("credential_source")
	where := "credential_source" + c.where + " is " + printable.Quote(value)
	switch value {
	case "Environment":
		if _, missing := environmentKeys(d.getenv); missing != "" {
			return d.refuse(SourceEnvironment, c.name, where+", and "+missing, "set both variables")
		}
		return d.choose(SourceEnvironment, c.name, where, Environment(d.getenv))
	case "EcsContainer":
		url, reason := containerURL(d.getenv)
		if url == "" && reason == "" {
			reason = noContainer
		}
		if reason != "" {
			return d.refuse(SourceContainer, c.name, where+", and "+reason, "")
		}
		p := &Container{Getenv: d.getenv}
		return d.choose(SourceContainer, c.name, where, p.Retrieve)
	case "Ec2InstanceMetadata":
		m, err := d.metadata(c.name)
		if err != nil {
			return nil, err
		}
		return d.choose(SourceIMDS, c.name, where, m.Retrieve)
	}
	return d.refuse(SourceAssumeRole, c.name, where+", which is not Environment, Ec2InstanceMetadata or EcsContainer", "")
}

func (d *decider) webIdentity(c *candidate) (Provider, error) {
	w := &WebIdentity{TokenFile: sharedfile.Expand(d.getenv, c.get("web_identity_token_file")), RoleARN: c.get("role_arn"),
		SessionName: c.get("role_session_name"), Duration: sessionDuration(c), STS: d.sts, profile: c.name}
	return d.choose(SourceWebIdentity, c.name, "web_identity_token_file"+c.where, w.Retrieve)
}

// identityCenter is either form of an SSO profile.
func (d *decider) identityCenter(c *candidate) (Provider, error) {
	p := &SSO{
		SessionName: c.get("sso_session"), StartURL: c.get("sso_start_url"), Region: c.get("sso_region"),
		AccountID: c.get("sso_account_id"), RoleName: c.get("sso_role_name"), CacheDir: d.signIns("sso"),
		Endpoint: d.endpoints.portal, OIDCEndpoint: d.endpoints.oidc, FIPS: d.sts.FIPS, DualStack: d.sts.DualStack,
		Transport: d.transport, Now: d.chain.Now, profile: c.name,
	}
	form := "sso_start_url"
	if p.SessionName != "" {
		form = "sso_session"
		session, ok := d.files.SSOSession(p.SessionName)
		if !ok {
			return d.refuse(SourceSSO, c.name, "sso_session is "+printable.Quote(p.SessionName)+", and there is no such [sso-session] section", "run: aws configure sso")
		}
		// The profile may repeat the session's settings, as long as it doesn't contradict them.
		for _, f := range []struct {
			property string
			to       *string
		}{{"sso_region", &p.Region}, {"sso_start_url", &p.StartURL}} {
			value := session.Get(f.property)
			if *f.to != "" && *f.to != value {
				return d.refuse(SourceSSO, c.name, f.property+" of the profile is not that of its sso_session, "+printable.Quote(p.SessionName), "remove it from the profile")
			}
			*f.to = value
		}
	}
	for _, f := range []struct{ property, value string }{
		{"sso_start_url", p.StartURL}, {"sso_region", p.Region}, {"sso_account_id", p.AccountID}, {"sso_role_name", p.RoleName},
	} {
		if f.value == "" {
			return d.refuse(SourceSSO, c.name, f.property+" is missing", "run: aws configure sso")
		}
	}
	return d.choose(SourceSSO, c.name, form+c.where, p.Retrieve)
}

func (d *decider) loginSession(c *candidate) (Provider, error) {
	l := &Login{Session: c.get("login_session"), Region: d.sts.Region, Endpoint: d.endpoints.signin, FIPS: d.sts.FIPS, DualStack: d.sts.DualStack, trustClock: d.sts.trustClock,
		CacheDir: d.signIns("login"), Transport: d.transport, Now: d.chain.Now, Renew: d.chain.LoginRenewal, profile: c.name}
	if own := c.get("region"); own != "" && !c.top() {
		l.Region = own // a source profile signs in where it says, whatever the selected profile's region is
	}
	if dir := d.getenv("AWS_LOGIN_CACHE_DIRECTORY"); dir != "" {
		l.CacheDir = sharedfile.Expand(d.getenv, dir)
	}
	return d.choose(SourceLogin, c.name, "login_session"+c.where, l.Retrieve)
}

func (d *decider) credentialProcess(c *candidate) (Provider, error) {
	p := &Process{Command: c.get("credential_process"), Now: d.chain.Now, profile: c.name}
	return d.choose(SourceProcess, c.name, "credential_process"+c.where, p.Retrieve)
}

// sessionDuration is the duration_seconds of a profile, 0 for none. What is not a number counts as
// absent, and so does what is below the 15 minutes that one gets anyway. What is above the maximum
// is refused by [checkRole]: a session of 12 hours is not what was asked for.
func sessionDuration(c *candidate) time.Duration {
	n, err := strconv.Atoi(c.get("duration_seconds"))
	if err != nil || n < int(MinSession/time.Second) {
		return 0
	}
	return time.Duration(min(n, int(MaxSession/time.Second)+1)) * time.Second
}

// role puts the role of a profile on top of what gives the credentials.
func (d *decider) role(c *candidate, p Provider) (Provider, error) {
	r := &AssumeRole{
		// In a cache of its own: the role's credentials usually end before those it was assumed
		// with.
		Source:  (&Cache{Provider: p, Now: d.chain.Now}).Retrieve,
		RoleARN: c.get("role_arn"), SessionName: c.get("role_session_name"), ExternalID: c.get("external_id"),
		SerialNumber: c.get("mfa_serial"), TokenCode: d.chain.TokenCode, Duration: sessionDuration(c), STS: d.sts, profile: c.name,
	}
	if r.SerialNumber != "" && r.TokenCode == nil {
		d.step(SourceAssumeRole, true, "role_arn"+c.where+" needs an MFA device")
		return nil, errMFA(c.name)
	}
	if wrong := checkRole(r.RoleARN, r.SessionName, r.Duration); wrong != "" {
		return d.refuse(SourceAssumeRole, c.name, wrong, "")
	}
	d.out.Path = append(d.out.Path, r.RoleARN)
	return d.choose(SourceAssumeRole, c.name, "role_arn"+c.where, r.Retrieve)
}
