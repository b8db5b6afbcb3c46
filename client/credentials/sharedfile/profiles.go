package sharedfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"bedrockwire/client/internal/readfile"
)

// MaxFileSize is the largest size of a file. Most have a few KiB. Those of organisations with a
// thousand generated profiles have a few hundred.
const MaxFileSize = 8 << 20

// Keys of a profile that only make sense together, and come from one file.
const (
	accessKeyID     = "aws_access_key_id"
	secretAccessKey = "aws_secret_access_key"
	sessionToken    = "aws_session_token"
	securityToken   = "aws_security_token" // the name of the session token in old boto files
)

// Profiles is what both files say together. The zero value is that of two absent files.
type Profiles struct{ p *profilesData }

type profilesData struct {
	files    [2]File // what was merged
	sections map[sectionID]*sectionData
	order    []sectionID
	problems []Problem
}

// Load reads and merges the files at two paths. A file that is absent, unreadable or too large
// counts as empty. Unless it is absent or its path is "" or [os.DevNull], that is a [Problem],
// since there is no other location to fall back to. A credentials file that other users of the
// machine can read is a Problem too. The files may be FIFOs, as process substitution of a shell
// makes them. The error is that of a context which ended first.
func Load(ctx context.Context, configPath, credentialsPath string) (Profiles, error) {
	config, credentials := readFile(ctx, configPath, Config), readFile(ctx, credentialsPath, Credentials)
	if ctx.Err() != nil {
		return Profiles{}, context.Cause(ctx)
	}
	return Merge(config, credentials), nil
}

// Reload reads the files of [Load] again, except FIFOs, which can be read once. Profiles that were
// merged of files in memory stay as they are.
func (p Profiles) Reload(ctx context.Context) (Profiles, error) {
	if p.p == nil {
		return p, nil
	}
	files := p.p.files
	for i, f := range files {
		if f.f != nil && f.f.reload {
			files[i] = readFile(ctx, f.f.path, f.f.kind)
		}
	}
	if ctx.Err() != nil {
		return Profiles{}, context.Cause(ctx)
	}
	return Merge(files[0], files[1]), nil
}

func readFile(ctx context.Context, path string, kind Kind) File {
	if path == "" || path == os.DevNull {
		return File{}
	}
	read, err := readfile.Read(ctx, path, MaxFileSize)
	var parsed File
	switch {
	case errors.Is(err, fs.ErrNotExist):
		parsed = File{new(fileData)}
	case err != nil:
		parsed = File{&fileData{problems: []Problem{{Path: path, Reason: "the file can't be read: " + cause(err)}}}}
	default:
		parsed = Parse(read.Data, kind, path)
		// Windows has no such bits: what Go shows there is made up from the read-only attribute.
		if mode := read.Mode.Perm(); kind == Credentials && mode&0o077 != 0 && runtime.GOOS != "windows" {
			parsed.f.problems = append(parsed.f.problems, Problem{Path: path,
				Reason: "other users of this machine can reach the keys in it (mode " + mode.String() + "); run: chmod 600"})
		}
	}
	parsed.f.path, parsed.f.kind = path, kind
	parsed.f.reload = read.Mode&fs.ModeNamedPipe == 0
	return parsed
}

// cause is the text of an error without the operation and the path, which the Problem has already.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// Merge joins the two files, profile by profile and key by key; the credentials file wins. Access
// key, secret and session token are taken from one file, all three: from the credentials file where
// it has one of the first two.
func Merge(config, credentials File) Profiles {
	out := &profilesData{files: [2]File{config, credentials}, sections: map[sectionID]*sectionData{}}
	for _, file := range out.files {
		if file.f == nil {
			continue
		}
		out.problems = append(out.problems, file.f.problems...)
		for _, id := range file.f.order {
			src := file.f.sections[id]
			dst := out.sections[id]
			if dst == nil {
				dst = &sectionData{properties: make(map[string]*property, len(src.properties))}
				out.sections[id] = dst
				out.order = append(out.order, id)
			}
			if src.has(accessKeyID) || src.has(secretAccessKey) {
				for _, key := range []string{accessKeyID, secretAccessKey, sessionToken, securityToken} {
					delete(dst.properties, key)
				}
			}
			for key, p := range src.properties {
				if (key == sessionToken || key == securityToken) &&
					!src.has(accessKeyID) && !src.has(secretAccessKey) && dst.has(accessKeyID) {
					continue // a token without keys doesn't belong to the other file's keys
				}
				dst.properties[key] = p
			}
		}
	}
	return Profiles{out}
}

func (s *sectionData) has(key string) bool {
	p := s.properties[key]
	return p != nil && p.value != ""
}

func (p Profiles) section(t sectionType, name string) (Section, bool) {
	if p.p == nil {
		return Section{}, false
	}
	s := p.p.sections[sectionID{t, name}]
	if s == nil {
		name, _ = sectionName(name) // as it stands in the file, with its quotes
		s = p.p.sections[sectionID{t, name}]
	}
	return Section{s}, s != nil
}

// Profile returns the profile of that name. Names are case-sensitive, and nothing is inherited from
// "default".
func (p Profiles) Profile(name string) (Section, bool) { return p.section(profileSection, name) }

// SSOSession returns [sso-session name].
func (p Profiles) SSOSession(name string) (Section, bool) { return p.section(ssoSessionSection, name) }

// Services returns [services name].
func (p Profiles) Services(name string) (Section, bool) { return p.section(servicesSection, name) }

// Names returns the names of the profiles, sorted.
func (p Profiles) Names() []string {
	if p.p == nil {
		return nil
	}
	var names []string
	for _, id := range p.p.order {
		if id.typ == profileSection {
			names = append(names, id.name)
		}
	}
	slices.Sort(names)
	return names
}

// Problems returns what was skipped in both files, at most [MaxProblems] and a few for each.
func (p Profiles) Problems() []Problem {
	if p.p == nil {
		return nil
	}
	return slices.Clone(p.p.problems)
}

// Section is a profile, an SSO session or a services section. The zero value has no properties.
type Section struct{ s *sectionData }

// Get returns the value of a property, "" where it is absent: the tools of AWS take empty for
// absent too. Names are those of the reference guide, in lower case.
func (s Section) Get(key string) string {
	if s.s == nil || s.s.properties[key] == nil {
		return ""
	}
	return s.s.properties[key].value
}

// Nested returns the nested property of a property, as endpoint_url of bedrock_runtime in a
// services section.
func (s Section) Nested(key, nested string) string {
	if s.s == nil || s.s.properties[key] == nil {
		return ""
	}
	return s.s.properties[key].nested[nested]
}

// SessionToken returns the session token that goes with the section's keys, under either of its
// names.
func (s Section) SessionToken() string {
	if token := s.Get(sessionToken); token != "" {
		return token
	}
	return s.Get(securityToken)
}

// Source returns the file and line of a property; "" and 0 where it is absent.
func (s Section) Source(key string) (path string, line int) {
	if s.s == nil || s.s.properties[key] == nil {
		return "", 0
	}
	p := s.s.properties[key]
	return p.source, p.line
}

// String is "PATH:LINE: REASON".
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Path)
	if p.Line > 0 {
		b.WriteString(":" + strconv.Itoa(p.Line))
	}
	b.WriteString(": " + p.Reason)
	return b.String()
}

// Paths returns where the two files are: where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say,
// else in ".aws" of the home directory. A path is "" where there is no home directory. It reads the
// environment through getenv and opens nothing.
func Paths(getenv func(string) string) (config, credentials string) {
	return path(getenv, "AWS_CONFIG_FILE", "config"), path(getenv, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

func path(getenv func(string) string, variable, name string) string {
	if p := getenv(variable); p != "" {
		return Expand(getenv, p)
	}
	home := Home(getenv)
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".aws", name)
}

// Home returns the home directory by the rule of the reference guide ("Location of the shared
// config and credentials files"): HOME on every platform, then USERPROFILE, then HOMEDRIVE with
// HOMEPATH; "" where none is set. The system's user database is not used, because reading it needs
// the C library on some systems.
func Home(getenv func(string) string) string {
	for _, variable := range []string{"HOME", "USERPROFILE"} {
		if home := getenv(variable); home != "" {
			return home
		}
	}
	if dir := getenv("HOMEPATH"); dir != "" {
		return getenv("HOMEDRIVE") + dir
	}
	return ""
}

// Expand replaces a leading "~" that stands alone or before a separator by the home directory.
// "~user" stays.
func Expand(getenv func(string) string, p string) string {
	rest, ok := strings.CutPrefix(p, "~")
	if !ok || rest != "" && rest[0] != '/' && rest[0] != filepath.Separator {
		return p
	}
	home := Home(getenv)
	if home == "" {
		return p
	}
	return filepath.Join(home, rest)
}

// The types that hold values print what they are and how much they hold. A String method would not
// be enough: %x and %#v don't call it. Format serves every verb and log/slog's text. MarshalText
// serves encoding/json and slog's JSON.

func (f File) describe() string {
	if f.f == nil {
		return "sharedfile.File(empty)"
	}
	return "sharedfile.File(" + strconv.Itoa(len(f.f.sections)) + " sections)"
}

func (p Profiles) describe() string {
	if p.p == nil {
		return "sharedfile.Profiles(empty)"
	}
	return "sharedfile.Profiles(" + strconv.Itoa(len(p.p.sections)) + " sections)"
}

func (s Section) describe() string {
	if s.s == nil {
		return "sharedfile.Section(empty)"
	}
	return "sharedfile.Section(" + strconv.Itoa(len(s.s.properties)) + " properties, redacted)"
}

// Format implements [fmt.Formatter] without values.
func (f File) Format(w fmt.State, _ rune) { io.WriteString(w, f.describe()) }

// MarshalText implements encoding.TextMarshaler without values.
func (f File) MarshalText() ([]byte, error) { return []byte(f.describe()), nil }

// Format implements [fmt.Formatter] without values.
func (p Profiles) Format(w fmt.State, _ rune) { io.WriteString(w, p.describe()) }

// MarshalText implements encoding.TextMarshaler without values.
func (p Profiles) MarshalText() ([]byte, error) { return []byte(p.describe()), nil }

// Format implements [fmt.Formatter] without values.
func (s Section) Format(w fmt.State, _ rune) { io.WriteString(w, s.describe()) }

// MarshalText implements encoding.TextMarshaler without values.
func (s Section) MarshalText() ([]byte, error) { return []byte(s.describe()), nil }
