package credentials

import (
	"context"
	"strconv"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/printable"
	"bedrockwire/client/internal/settings"
	"bedrockwire/signer"
)

// Profile returns the static keys of a profile: aws_access_key_id, aws_secret_access_key and
// aws_session_token. It reads the files at each call, so that a [Cache] around it finds keys that a
// tool has rewritten when the old ones are refused.
//
// It reads keys only. For all that a profile can say (roles, IAM Identity Center, a process, ...)
// use a [Chain].
type Profile struct {
	Name   string              // "": AWS_PROFILE, AWS_DEFAULT_PROFILE or "default"
	Getenv func(string) string // where the files are looked for; nil is os.Getenv

	files *sharedfile.Profiles // of a Chain; nil: read from where the environment says
}

// Retrieve returns the profile's keys.
func (p *Profile) Retrieve(ctx context.Context) (signer.Credentials, error) {
	getenv := orOSEnv(p.Getenv)
	profiles, err := p.read(ctx, getenv)
	if err != nil {
		return signer.Credentials{}, &Error{Source: SourceProfile, Profile: p.Name, Kind: ErrSource, Reason: "the shared files were not read in time", Err: err}
	}
	a, err := settings.Load(getenv, profiles, p.Name)
	if err != nil {
		return signer.Credentials{}, &Error{Source: SourceProfile, Kind: ErrConfig, Reason: "no such profile", Err: err}
	}
	c, err := sectionKeys(a.Profile, a.Section)
	if err == nil && c.AccessKeyID == "" {
		err = &Error{Source: SourceProfile, Profile: a.Profile, Kind: ErrNone, Reason: "the profile has no keys"}
	}
	return c, err
}

func (p *Profile) read(ctx context.Context, getenv func(string) string) (sharedfile.Profiles, error) {
	if p.files != nil {
		return p.files.Reload(ctx)
	}
	config, credentials := sharedfile.Paths(getenv)
	return sharedfile.Load(ctx, config, credentials)
}

// sectionKeys returns a profile's keys, zero where it has none. Half a pair is an error: usually
// the name of the other half is misspelt.
func sectionKeys(name string, s sharedfile.Section) (signer.Credentials, error) {
	const id, secret = "aws_access_key_id", "aws_secret_access_key"
	c := signer.Credentials{AccessKeyID: s.Get(id), SecretAccessKey: s.Get(secret)}
	present, missing := id, secret
	switch {
	case c.AccessKeyID == "" && c.SecretAccessKey == "":
		return c, nil
	case c.AccessKeyID != "" && c.SecretAccessKey != "":
		c.SessionToken = s.SessionToken()
		return c, nil
	case c.AccessKeyID == "":
		present, missing = secret, id
	}
	path, line := s.Source(present)
	return signer.Credentials{}, &Error{Source: SourceProfile, Profile: name, Kind: ErrConfig,
		Reason: present + " is set (" + printable.Value(path) + ":" + strconv.Itoa(line) + ") and " + missing + " is not",
		Remedy: "put both into one file"}
}
