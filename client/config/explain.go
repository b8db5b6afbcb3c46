package config

import (
	"strconv"
	"strings"

	"bedrockwire/client/credentials"
	"bedrockwire/client/credentials/sharedfile"
)

// Explanation is what [Load] would do, and why. It holds names, places, regions and URLs, and no secret.
type Explanation struct {
	Settings []Setting          // as they were found, in order; an empty Value was looked for and is nowhere
	Steps    []credentials.Step // of the search for credentials; nil where a bearer token or the program made it needless
	Path     []string           // where the credentials come from, then the roles that are assumed with them
	Profiles []string           // that the shared files have
	Problems []sharedfile.Problem
	Err      error // of Load
}

// Explain goes the way of [Load] and tells it. It connects to nothing.
func Explain(options ...Options) Explanation {
	r, err := resolve(options)
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
		b.WriteString(s.Name + ": " + plain(value))
		if s.From != "" {
			b.WriteString(" (" + plain(s.From) + ")")
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
		b.WriteString("  " + mark + "  " + string(s.Source) + ": " + plain(s.Reason) + "\n")
	}
	if len(e.Path) > 1 {
		b.WriteString("roles: " + plain(strings.Join(e.Path, " -> ")) + "\n")
	}
	if len(e.Profiles) > 0 {
		b.WriteString("profiles in the files: " + plain(strings.Join(e.Profiles, ", ")) + "\n")
	}
	for _, p := range e.Problems {
		b.WriteString("skipped: " + plain(p.String()) + "\n")
	}
	if e.Err != nil {
		b.WriteString("error: " + e.Err.Error() + "\n")
	}
	return b.String()
}

// plain returns text as it is if a terminal shows it as it is, else quoted: names in files can hold anything.
func plain(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f }) {
		return strconv.QuoteToASCII(s)
	}
	return s
}
