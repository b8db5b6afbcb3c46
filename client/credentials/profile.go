package credentials

import (
	"context"
	"strconv"

	"bedrockwire/client/credentials/sharedfile"
	"bedrockwire/client/internal/settings"
	"bedrockwire/signer"
)

// Profile gives the static keys of a profile: aws_access_key_id, aws_secret_access_key and aws_session_token. It reads
// the files at each call, so that behind a [Cache] keys that a tool has rewritten are found at a forced refresh.
//
// It reads keys only. For all that a profile can say (roles, IAM Identity Center, a process, ...) use a [Chain].
type Profile struct {
	Name   string              // "": AWS_PROFILE, AWS_DEFAULT_PROFILE or "default"
	Getenv func(string) string // where the files are looked for; nil is os.Getenv

	files *sharedfile.Profiles // of a Chain; nil: read from where the environment says
}

// Retrieve returns the profile's keys.
func (p *Profile) Retrieve(ctx context.Context) (signer.Credentials, error) {
	return value(p.retrieve(ctx))
}

func (p *Profile) retrieve(ctx context.Context) (*signer.Credentials, error) {
	getenv := orOSEnv(p.Getenv)
	profiles, err := p.read(ctx, getenv)
	if err != nil {
		return nil, newError(SourceProfile, p.Name, ErrSource, "the shared files were not read in time", err)
	}
	a, err := settings.Load(getenv, profiles, p.Name)
	if err != nil {
		return nil, newError(SourceProfile, "", ErrConfig, "no such profile", err)
	}
	c, err := sectionKeys(a.Profile, a.Section)
	switch {
	case err != nil:
		return nil, err
	case c.AccessKeyID == "":
		return nil, newError(SourceProfile, a.Profile, ErrNone, "the profile holds no keys", nil)
	}
	return c, nil
}

func (p *Profile) read(ctx context.Context, getenv func(string) string) (sharedfile.Profiles, error) {
	if p.files != nil {
		return p.files.Reload(ctx)
	}
	config, credentials := sharedfile.Paths(getenv)
	return sharedfile.Load(ctx, config, credentials)
}

// sectionKeys returns a profile's keys, zero where it has none. Half a pair is an error: the other half is usually
// there, under a misspelt name.
func sectionKeys(name string, s sharedfile.Section) (*signer.Credentials, error) {
	const id, secret = "aws_access_key_id", "aws_secret_access_key"
	c := &signer.Credentials{AccessKeyID: s.Get(id), SecretAccessKey: s.Get(secret)}
	if c.AccessKeyID == "" && c.SecretAccessKey == "" {
		return c, nil
	}
	present, missing := id, secret
	if c.AccessKeyID == "" {
		present, missing = secret, id
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		path, line := s.Source(present)
		return nil, &Error{Source: SourceProfile, Profile: name, Kind: ErrConfig,
			Reason: present + " is there (" + path + ":" + strconv.Itoa(line) + ") and " + missing + " is not",
			Remedy: "put both into one file"}
	}
	c.SessionToken = s.SessionToken()
	return c, nil
}
