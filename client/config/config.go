package config

import (
	"context"
	"net/url"
	"os"
	"strconv"
	"strings"

	"bedrockwire/client"
	"bedrockwire/client/credentials"
	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/partition"
	"bedrockwire/client/internal/printable"
	"bedrockwire/client/internal/settings"
	"bedrockwire/signer"
)

// Options are what the program sets itself. The zero value leaves everything to the environment and
// the files.
type Options struct {
	Profile         string // of the shared files; keys and a bearer token in the environment are then not used
	Region          string
	Endpoint        string
	ControlEndpoint string
	FIPS, DualStack *bool // nil leaves them to the environment

	Credentials func(context.Context) (signer.Credentials, error) // instead of the chain
	BearerToken func(context.Context) (string, error)             // instead of any credentials

	// TokenCode asks a person for the code of an MFA device, for roles with mfa_serial.
	TokenCode func(ctx context.Context, serialNumber string) (string, error)

	// LoginRenewal is credentials.RenewLogin where the keys of "aws login" are to be renewed, see
	// credentials.Login.
	LoginRenewal func(context.Context, *credentials.Login) (signer.Credentials, error)

	Getenv func(string) string  // nil is os.Getenv
	Files  *sharedfile.Profiles // nil: read from where the environment says
}

// Error is a setting that can't be used; its fields name it and say why. It never holds a secret.
type Error = settings.Error

// Load returns a client.Config with what the options, the environment and the files say. Nil is the
// zero Options.
//
// Its error is an [*Error] for a setting, a *credentials.Error where the credentials that are
// configured can't work, or that of a context which ended first. A missing region is not an error
// here, but of client.New. Load connects to nothing and does not keep the context.
func Load(ctx context.Context, o *Options) (client.Config, error) {
	if ctx.Err() != nil {
		return client.Config{}, context.Cause(ctx)
	}
	r, err := resolve(ctx, o)
	if err != nil {
		return client.Config{}, err
	}
	return r.config, nil
}

// Setting is one setting of an [Explanation]: its value and what it comes from.
type Setting struct {
	Name, Value, From string
}

// resolution is what [Load] and [Explain] have found so far.
type resolution struct {
	options   Options
	getenv    func(string) string
	ctx       context.Context // of the caller, for reading files
	files     *sharedfile.Profiles
	ambient   settings.Ambient
	config    client.Config
	settings  []Setting
	selection *credentials.Selection // nil where there is no chain
}

const program = "the program"

func (r *resolution) note(name, value, from string) {
	r.settings = append(r.settings, Setting{name, value, from})
}

// resolve finds the settings, in the order in which they depend on each other. With an error it
// returns what was found before.
func resolve(ctx context.Context, o *Options) (*resolution, error) {
	r := &resolution{ctx: ctx}
	if o != nil {
		r.options = *o
	}
	if r.getenv = r.options.Getenv; r.getenv == nil {
		r.getenv = os.Getenv
	}
	var err error
	if r.files = r.options.Files; r.files == nil {
		config, credentials := sharedfile.Paths(r.getenv)
		loaded, err := sharedfile.Load(ctx, config, credentials)
		if err != nil {
			return r, err
		}
		r.files = &loaded
	}
	if r.ambient, err = settings.Load(r.getenv, *r.files, r.options.Profile); err != nil {
		return r, err
	}
	if r.ambient.Present {
		r.note("profile", r.ambient.Profile, r.ambient.From)
	} else {
		r.note("profile", "", "no file has the profile "+printable.Quote(r.ambient.Profile))
	}
	for _, part := range []func() error{r.region, r.switches, r.endpoints, r.retry, r.authorities, r.userAgent, r.authentication} {
		if err := part(); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *resolution) region() error {
	region, from, fips, err := r.ambient.Region(r.options.Region)
	if err != nil {
		return err
	}
	r.config.Region, r.config.FIPS = region, fips
	r.note("region", region, from)
	return nil
}

// switches finds FIPS, dual-stack, and whether the clock is not to be corrected.
func (r *resolution) switches() error {
	for _, s := range []struct {
		name, variable, key string
		explicit            *bool
		to                  *bool
	}{
		{"FIPS endpoints", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", r.options.FIPS, &r.config.FIPS},
		{"dual-stack endpoints", "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", r.options.DualStack, &r.config.DualStack},
	} {
		on, from, err := r.ambient.Bool(s.variable, s.key)
		switch {
		case s.explicit != nil:
			on, from = *s.explicit, program
		case err != nil:
			return err
		case *s.to: // by the region's name, fips-us-east-1
			on, from = true, "the region's name"
		}
		*s.to = on
		r.note(s.name, strconv.FormatBool(on), from)
	}
	on, from, err := r.ambient.Bool("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "disable_clock_skew_correction")
	if err != nil {
		return err
	}
	if r.config.DisableClockSkewCorrection = on; on {
		r.note("clock correction", "off", from)
	}
	return nil
}

// endpoints finds the URLs of the two planes.
func (r *resolution) endpoints() error {
	runtime, from, err := r.ambient.Endpoint("bedrock_runtime")
	control, controlFrom, controlErr := r.ambient.Endpoint("bedrock")
	if err == nil { // otherwise both errors are about the same switch
		err = controlErr
	}
	if r.options.Endpoint != "" {
		runtime, from = r.options.Endpoint, program
		control, controlFrom = "", "" // the client then uses the program's for both
	}
	if r.options.ControlEndpoint != "" {
		control, controlFrom = r.options.ControlEndpoint, program
	}
	if err != nil && (r.options.Endpoint == "" || r.options.ControlEndpoint == "") {
		return err
	}
	r.note("endpoint", withoutSecrets(runtime), from)
	for _, s := range []struct {
		on   bool
		name string
	}{{r.config.FIPS, "FIPS"}, {r.config.DualStack, "dual-stack"}} {
		if runtime != "" && s.on {
			return &Error{Setting: "the endpoint URL (from " + from + ")", Reason: "and " + s.name + " endpoints are both set",
				Remedy: "remove one of them: a URL has no " + s.name + " form"}
		}
	}
	r.config.Endpoint, r.config.ControlEndpoint = runtime, control
	switch {
	case control != "" && controlFrom != program:
		r.config.ControlEndpointFrom = controlFrom // checked by the call that uses it
	case control == "" && runtime != "" && from != program && r.config.Region != "":
		// The URL is that of the runtime only. Without this the client would send the requests of
		// both planes there.
		r.config.ControlEndpoint = "https://" + partition.Host("bedrock", r.config.Region, false, false)
		controlFrom = "the region"
	}
	if r.config.ControlEndpoint != "" {
		r.note("control endpoint", withoutSecrets(r.config.ControlEndpoint), controlFrom)
	}
	return nil
}

// withoutSecrets is a URL without what may be secret: user, password and query.
func withoutSecrets(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "(not a URL)"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

func (r *resolution) retry() error {
	mode, from := r.ambient.Get("AWS_RETRY_MODE", "retry_mode")
	switch strings.ToLower(mode) {
	case "", "standard":
	case "adaptive", "legacy":
		from += ", which is " + strings.ToLower(mode)
	default:
		return &Error{Setting: from, Reason: "is not standard, adaptive or legacy"}
	}
	r.note("retry mode", "standard", from)
	for _, place := range [][2]string{{"AWS_MAX_ATTEMPTS", ""}, {"", "max_attempts"}} {
		attempts, from := r.ambient.Get(place[0], place[1])
		if attempts == "" {
			continue
		}
		const most = 1000
		n, err := strconv.Atoi(attempts)
		if err != nil || n < 0 || n > most {
			return &Error{Setting: from, Reason: "is not a number of attempts from 1 to " + strconv.Itoa(most) + " (0 counts as absent)"}
		}
		if n > 0 {
			r.config.Retry.MaxAttempts = n
			r.note("attempts", attempts, from)
			break
		}
	}
	return nil
}

// authorities reads the file that replaces the certificate authorities of the system.
func (r *resolution) authorities() error {
	roots, path, from, err := r.ambient.RootCAs(r.ctx)
	if err != nil || roots == nil {
		return err
	}
	r.config.RootCAs = roots
	r.note("certificate authorities", path, from)
	return nil
}

// userAgent adds the application id, in the form the AWS SDKs send it.
func (r *resolution) userAgent() error {
	id, from := r.ambient.Get("AWS_SDK_UA_APP_ID", "sdk_ua_app_id")
	if id == "" {
		return nil
	}
	const most = 50 // of the reference guide
	if len(id) > most {
		id = id[:most]
	}
	clean := strings.Map(func(c rune) rune {
		if '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80 || strings.ContainsRune("!#$%&'*+-.^_`|~", c) {
			return c
		}
		return '-'
	}, id)
	r.config.UserAgent = "app/" + clean
	r.note("application id", clean, from)
	return nil
}

// authentication picks the bearer token or the keys.
func (r *resolution) authentication() error {
	const name = "authentication"
	if r.options.BearerToken != nil {
		r.config.BearerToken = r.options.BearerToken
		r.note(name, "bearer token", program)
		return nil
	}
	if r.options.Credentials != nil {
		r.config.Credentials = r.options.Credentials
		r.note(name, "keys", program)
		return nil
	}
	token, err := r.ambientToken()
	if err != nil {
		return err
	}
	if token != "" {
		r.config.BearerToken = func(context.Context) (string, error) { return token, nil }
		r.note(name, "bearer token", bearerVariable)
		return nil
	}
	chain := &credentials.Chain{
		Profile: r.options.Profile, Region: r.options.Region, Getenv: r.getenv, Files: r.files,
		FIPS: r.options.FIPS, DualStack: r.options.DualStack, RootCAs: r.config.RootCAs, TokenCode: r.options.TokenCode, LoginRenewal: r.options.LoginRenewal,
	}
	selection, err := chain.Select()
	r.selection = selection
	if err != nil {
		return err
	}
	cache := &credentials.Cache{Provider: selection.Retrieve}
	r.config.Credentials = cache.Retrieve
	r.note(name, "keys from "+string(selection.Source), "the chain")
	return nil
}

const bearerVariable = "AWS_BEARER_TOKEN_BEDROCK"

// ambientToken returns the bearer token of the environment, "" where there is none or where other
// settings choose keys.
func (r *resolution) ambientToken() (string, error) {
	token := strings.TrimSpace(r.getenv(bearerVariable))
	if token == "" {
		return "", nil
	}
	// A program that names a profile acts for whom the profile belongs to, and the token is another
	// identity.
	if r.options.Profile != "" {
		r.note(bearerVariable, "not used", "the program names a profile")
		return "", nil
	}
	if scheme, from := r.scheme(); scheme == sigV4 {
		r.note(bearerVariable, "not used", from+" prefers keys")
		return "", nil
	}
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return "", &Error{Setting: bearerVariable, Reason: "contains a space, a line break or another character that no token has"}
	}
	return token, nil
}

// The authentication schemes of Bedrock, as auth_scheme_preference names them.
const (
	sigV4      = "sigv4"
	httpBearer = "httpBearerAuth"
)

// scheme returns the first scheme in the list of preferences that Bedrock has, "" for none. A name
// may have a namespace, as in "aws.auth#sigv4".
func (r *resolution) scheme() (scheme, from string) {
	list, from := r.ambient.Get("AWS_AUTH_SCHEME_PREFERENCE", "auth_scheme_preference")
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name[strings.LastIndexByte(name, '#')+1:])
		if name == sigV4 || name == httpBearer {
			return name, from
		}
	}
	return "", from
}

// Explanation says what [Load] would do, and why. It holds names, places, regions and URLs, and no
// secret.
type Explanation struct {
	Settings []Setting          // in the order they were found; Value is "" where nothing sets it
	Steps    []credentials.Step // of the search for credentials; nil with a bearer token, or the program's credentials
	Path     []string           // where the credentials come from, then the roles that are assumed with them
	Profiles []string           // that the shared files have
	Problems []sharedfile.Problem
	Err      error // of Load
}

// Explain does what [Load] does and returns an account of it. It connects to nothing.
func Explain(o *Options) Explanation {
	r, err := resolve(context.Background(), o)
	e := Explanation{Settings: r.settings, Err: err}
	if r.selection != nil {
		e.Steps, e.Path = r.selection.Steps, r.selection.Path
	}
	files := r.ambient.Profiles
	e.Profiles, e.Problems = files.Names(), files.Problems()
	return e
}

// String returns a line for each fact:
//
//	region: us-west-2 (AWS_REGION)
//	credentials, in this order:
//	  no   environment variables: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set
//	  yes  IAM Identity Center: sso_session of profile "dev"
func (e Explanation) String() string {
	var b strings.Builder
	for _, s := range e.Settings {
		value := s.Value
		if value == "" {
			value = "none"
		}
		b.WriteString(s.Name + ": " + printable.Value(value))
		if s.From != "" {
			b.WriteString(" (" + printable.Value(s.From) + ")")
		}
		b.WriteByte('\n')
	}
	if len(e.Steps) > 0 {
		b.WriteString("credentials, in this order:\n")
	}
	for _, s := range e.Steps {
		mark := "no "
		if s.Chosen {
			mark = "yes"
		}
		b.WriteString("  " + mark + "  " + string(s.Source) + ": " + printable.Value(s.Reason) + "\n")
	}
	if len(e.Path) > 1 {
		b.WriteString("roles: " + list(e.Path, " -> ") + "\n")
	}
	if len(e.Profiles) > 0 {
		b.WriteString("profiles in the files: " + list(e.Profiles, ", ") + "\n")
	}
	for _, p := range e.Problems {
		b.WriteString("skipped: " + printable.Value(p.String()) + "\n")
	}
	if e.Err != nil {
		b.WriteString("error: " + e.Err.Error() + "\n")
	}
	return b.String()
}

// list joins names, each fit for a terminal.
func list(names []string, separator string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = printable.Value(name)
	}
	return strings.Join(shown, separator)
}
