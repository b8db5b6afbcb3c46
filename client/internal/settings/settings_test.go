package settings

import (
	"errors"
	"strings"
	"testing"

	"bedrockwire/client/credentials/sharedfile"
)

func files(config string) sharedfile.Profiles {
	return sharedfile.Merge(sharedfile.Parse([]byte(config), sharedfile.Config, "config"), sharedfile.File{})
}

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestSelectedProfile(t *testing.T) {
	const config = "[default]\n[profile a]\n[profile b]\n"
	for _, c := range []struct {
		name, config, named string
		env                 func(string) string
		profile, from       string
		present, fails      bool
	}{
		{"named", config, "a", env("AWS_PROFILE", "b"), "a", "the program", true, false},
		{"named, absent", config, "x", env(), "x", "the program", false, true},
		{"AWS_PROFILE", config, "", env("AWS_PROFILE", "b", "AWS_DEFAULT_PROFILE", "a"), "b", "AWS_PROFILE", true, false},
		{"AWS_PROFILE, absent", config, "", env("AWS_PROFILE", "x"), "x", "AWS_PROFILE", false, true},
		{"AWS_PROFILE=default, absent", "", "", env("AWS_PROFILE", "default"), "default", "AWS_PROFILE", false, false},
		{"AWS_DEFAULT_PROFILE", config, "", env("AWS_DEFAULT_PROFILE", "a"), "a", "AWS_DEFAULT_PROFILE", true, false},
		{"AWS_DEFAULT_PROFILE, absent", config, "", env("AWS_DEFAULT_PROFILE", "x"), "x", "AWS_DEFAULT_PROFILE", false, false},
		{"nothing", config, "", env(), "default", "nothing else", true, false},
		{"nothing, absent", "", "", env(), "default", "nothing else", false, false},
	} {
		a, err := Load(c.env, files(c.config), c.named)
		if a.Profile != c.profile || a.From != c.from || a.Present != c.present || (err != nil) != c.fails {
			t.Errorf("%s: %q from %q, present %t, %v", c.name, a.Profile, a.From, a.Present, err)
		}
		var e *Error
		if err != nil && (!errors.As(err, &e) || !strings.Contains(err.Error(), `"x"`)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestAbsentProfile: the remedy names the files that there are.
func TestAbsentProfile(t *testing.T) {
	for _, c := range []struct {
		name string
		env  func(string) string
		want string
	}{
		{"no home directory", env(), `config: profile "x" (named by the program) is in none of the shared files; no home directory is known, so no file was read: set HOME, or AWS_CONFIG_FILE to the path of a file`},
		{"one file", env("AWS_CONFIG_FILE", "c"), `config: profile "x" (named by the program) is in none of the shared files; add it to "c", or name another`},
		{"the other file", env("AWS_SHARED_CREDENTIALS_FILE", "k"), `config: profile "x" (named by the program) is in none of the shared files; add it to "k", or name another`},
		{"one file for both", env("AWS_CONFIG_FILE", "c", "AWS_SHARED_CREDENTIALS_FILE", "c"), `config: profile "x" (named by the program) is in none of the shared files; add it to "c", or name another`},
		{"both files", env("AWS_CONFIG_FILE", "c", "AWS_SHARED_CREDENTIALS_FILE", "k"), `config: profile "x" (named by the program) is in none of the shared files; add it to "c" or "k", or name another`},
	} {
		if _, err := Load(c.env, files(""), "x"); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestRegionSpellings(t *testing.T) {
	for in, want := range map[string]string{
		"us-east-1": "us-east-1", "fips-us-east-1": "us-east-1 FIPS", "us-gov-west-1-fips": "us-gov-west-1 FIPS", "us-fips-east-1": "us-east-1 FIPS",
		"aws-global": "aws-global", "": "", "US-EAST-1": "error", "us_east_1": "error", "-a": "error", "a-": "error", "a.b": "error", "a/b": "error",
		"a b": "error", "a\n": "error", "fips-": "error", strings.Repeat("a", 33): "error", "é": "error", "a@b": "error", "a#": "error", "a?": "error",
	} {
		a := Ambient{Getenv: env("AWS_REGION", in)}
		region, _, fips, err := a.Region("")
		got := region
		if fips {
			got += " FIPS"
		}
		if err != nil {
			got = "error"
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("%q: %q", in, err)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestErrorsAreShort(t *testing.T) {
	a := Ambient{Getenv: env("X", strings.Repeat("x\x1b", 1<<19))}
	if _, _, err := a.Bool("X", ""); err == nil || len(err.Error()) > 2000 || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("%q", err)
	}
	if v, from := a.Get("", ""); v != "" || from != "" {
		t.Errorf("%q from %q", v, from)
	}
}
