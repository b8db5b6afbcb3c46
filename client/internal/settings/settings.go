// Package settings finds one setting where AWS tools keep it: in an environment variable, else in
// the selected profile. Packages config and credentials both use it, so that the client and the
// calls to STS and IAM Identity Center have the same region, profile and endpoints.
//
// An empty variable or property counts as absent, everywhere.
package settings

import (
	"context"
	"crypto/x509"
	"strings"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/class"
	"bedrockwire/client/internal/partition"
	"bedrockwire/client/internal/printable"
	"bedrockwire/client/internal/readfile"
)

// Ambient is an environment, the shared files, and the profile that is selected among them. Its
// Getenv is never nil.
type Ambient struct {
	Getenv   func(string) string
	Profiles sharedfile.Profiles
	Profile  string             // the selected profile's name
	From     string             // what selected it: "the program", "AWS_PROFILE", ...
	Section  sharedfile.Section // its properties; empty where the default profile is absent
	Present  bool               // whether a file has the profile
}

// Error is a setting that can't be used. It quotes settings, never keys.
type Error struct {
	Setting string // variable or property, with its place: "AWS_MAX_ATTEMPTS", `region of profile "dev"`
	Reason  string
	Remedy  string // what to do; may be ""
}

// Error returns one line of printable ASCII. Each part of it is cut to 1 KiB.
func (e *Error) Error() string {
	s := "config: " + printable.Text(e.Setting) + " " + printable.Text(e.Reason)
	if e.Remedy != "" {
		s += "; " + printable.Text(e.Remedy)
	}
	return s
}

// Is makes the error one of the class configuration.
func (e *Error) Is(target error) bool { return target == class.ErrConfiguration }

// DefaultProfile is the profile that is selected where nothing names one.
const DefaultProfile = "default"

// Load selects a profile: the one named by the program, else by AWS_PROFILE, else by
// AWS_DEFAULT_PROFILE, else "default". Naming an absent one is an error in the first two cases, as
// in the AWS SDK for Go; "default" may be absent however it is named.
func Load(getenv func(string) string, profiles sharedfile.Profiles, named string) (Ambient, error) {
	a := Ambient{Getenv: getenv, Profiles: profiles, Profile: named, From: "the program"}
	mustExist := true
	if a.Profile == "" {
		a.Profile, a.From = getenv("AWS_PROFILE"), "AWS_PROFILE"
	}
	if a.Profile == "" {
		a.Profile, a.From, mustExist = getenv("AWS_DEFAULT_PROFILE"), "AWS_DEFAULT_PROFILE", false
	}
	if a.Profile == "" {
		a.Profile, a.From = DefaultProfile, "nothing else"
	}
	a.Section, a.Present = profiles.Profile(a.Profile)
	if !a.Present && mustExist && a.Profile != DefaultProfile {
		return a, &Error{
			Setting: "profile " + printable.Quote(a.Profile),
			Reason:  "(named by " + a.From + ") is in none of the shared files",
			Remedy:  whereToAdd(sharedfile.Paths(getenv)),
		}
	}
	return a, nil
}

// whereToAdd is the remedy for an absent profile. A path is "" where there is no home directory.
func whereToAdd(config, credentials string) string {
	switch {
	case config == "" && credentials == "":
		return "no home directory is known, so no file was read: set HOME, or AWS_CONFIG_FILE to the path of a file"
	case config == "":
		config = credentials
	case credentials != "" && credentials != config:
		return "add it to " + printable.Quote(config) + " or " + printable.Quote(credentials) + ", or name another"
	}
	return "add it to " + printable.Quote(config) + ", or name another"
}

// Property names a property of the selected profile, for messages.
func (a *Ambient) Property(key string) string {
	return key + " of profile " + printable.Quote(a.Profile)
}

// Get returns the value of a variable, else of a property of the selected profile, and which it was
// ("" for neither). Either name may be "".
func (a *Ambient) Get(variable, key string) (value, from string) {
	if variable != "" {
		if v := a.Getenv(variable); v != "" {
			return v, variable
		}
	}
	if key != "" {
		if v := a.Section.Get(key); v != "" {
			return v, a.Property(key)
		}
	}
	return "", ""
}

// Bool returns a switch. A variable must say true or false, in any case: a switch for FIPS that is
// silently off because somebody wrote 1 would be worse than an error. A property that is not true
// is false, as in all SDKs.
func (a *Ambient) Bool(variable, key string) (on bool, from string, err error) {
	v, from := a.Get(variable, key)
	switch {
	case from == "":
	case strings.EqualFold(v, "true"):
		return true, from, nil
	case from == variable && !strings.EqualFold(v, "false"):
		return false, from, &Error{Setting: variable, Reason: "is " + printable.Quote(v) + ", not true or false"}
	}
	return false, from, nil
}

// Region returns the region: explicit, else AWS_REGION, else AWS_DEFAULT_REGION, else the selected
// profile's; "" where there is none. Old pseudo-regions (fips-us-east-1, us-gov-west-1-fips) give
// the region they stand for, and fips.
func (a *Ambient) Region(explicit string) (region, from string, fips bool, err error) {
	region, from = explicit, "the program"
	if region == "" {
		region, from = a.Get("AWS_REGION", "")
	}
	if region == "" {
		region, from = a.Get("AWS_DEFAULT_REGION", "region")
	}
	if region == "" {
		return "", "", false, nil
	}
	plain := region
	if before, after, ok := strings.Cut(region, "-fips-"); ok {
		plain = before + "-" + after
	}
	plain = strings.TrimSuffix(strings.TrimPrefix(plain, "fips-"), "-fips")
	if !partition.ValidRegion(plain) {
		return "", from, false, &Error{Setting: "region " + printable.Quote(region),
			Reason: "(from " + from + ") is not a region name: 1 to 32 of a-z, 0-9 and '-'"}
	}
	return plain, from, plain != region, nil
}

// Endpoint returns the URL configured for a service, "" for none: the variable of the service, the
// variable for all, the services section of the profile, the profile's for all. service is its id
// with '_' for blanks, in lower case, such as "bedrock_runtime".
// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS switches all four off.
func (a *Ambient) Endpoint(service string) (url, from string, err error) {
	ignore, _, err := a.Bool("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
	if ignore || err != nil {
		return "", "", err
	}
	for _, variable := range []string{"AWS_ENDPOINT_URL_" + strings.ToUpper(service), "AWS_ENDPOINT_URL"} {
		if v, from := a.Get(variable, ""); v != "" {
			return v, from, nil
		}
	}
	if name := a.Section.Get("services"); name != "" {
		// An absent section is not an error, as in the AWS SDK for Go.
		if s, ok := a.Profiles.Services(name); ok {
			if v := s.Nested(service, "endpoint_url"); v != "" {
				return v, service + " in section [services " + name + "]", nil
			}
		}
	}
	url, from = a.Get("", "endpoint_url")
	return url, from, nil
}

// maxBundle is the largest size of a file of certificate authorities. That of a whole system has
// 200 KiB.
const maxBundle = 8 << 20

// RootCAs returns the authorities of the file that replaces the system's, nil where there is no
// such setting, with the file's path and where that is from.
func (a *Ambient) RootCAs(ctx context.Context) (roots *x509.CertPool, path, from string, err error) {
	if path, from = a.Get("AWS_CA_BUNDLE", "ca_bundle"); path == "" {
		return nil, "", "", nil
	}
	path = sharedfile.Expand(a.Getenv, path)
	bundle, err := readfile.Read(ctx, path, maxBundle)
	roots = x509.NewCertPool()
	switch {
	case ctx.Err() != nil:
		return nil, path, from, context.Cause(ctx)
	case err != nil:
		return nil, path, from, &Error{Setting: from, Reason: "can't be used: " + err.Error()}
	case !roots.AppendCertsFromPEM(bundle.Data):
		return nil, path, from, &Error{Setting: from + " (" + printable.Quote(path) + ")", Reason: "contains no certificate"}
	}
	return roots, path, from, nil
}
