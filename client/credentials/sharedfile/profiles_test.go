package sharedfile

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, config, credentials string) Profiles {
	t.Helper()
	p, err := Load(t.Context(), config, credentials)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	config := write(t, filepath.Join(dir, "config"), "[profile dev]\nregion = us-west-2 # here\nbad\n[services local]\nbedrock_runtime =\n  endpoint_url = http://localhost:1\n", 0o644)
	credentials := write(t, filepath.Join(dir, "credentials"), "[dev]\naws_access_key_id = AKID\naws_secret_access_key = SECRET\naws_security_token = TOKEN\n[other]\n", 0o600)
	p := mustLoad(t, config, credentials)
	dev, ok := p.Profile("dev")
	if !ok {
		t.Fatal("no profile dev")
	}
	if got := dev.Get("region"); got != "us-west-2" {
		t.Errorf("region = %q", got)
	}
	if path, line := dev.Source("aws_access_key_id"); path != credentials || line != 2 {
		t.Errorf("source = %s:%d", path, line)
	}
	if got := dev.SessionToken(); got != "TOKEN" {
		t.Errorf("token = %q", got)
	}
	if s, ok := p.Services("local"); !ok || s.Nested("bedrock_runtime", "endpoint_url") != "http://localhost:1" {
		t.Error("the services section is not there")
	}
	if _, ok := p.Profile(`"dev"`); !ok {
		t.Error("a quoted name is another name")
	}
	if got := fmt.Sprint(p.Names()); got != "[dev other]" {
		t.Errorf("names = %s", got)
	}
	if problems := p.Problems(); len(problems) != 1 || problems[0].String() != config+":3: neither a section header nor a property (NAME = VALUE)" {
		t.Errorf("problems = %v", problems)
	}
}

// TestNames: sorted, whatever the order in the files, and profiles only.
func TestNames(t *testing.T) {
	p := Merge(Parse([]byte("[profile c]\n[sso-session s]\n[profile a]\n"), Config, "config"), Parse([]byte("[b]\n[a]\n"), Credentials, "credentials"))
	if got := strings.Join(p.Names(), " "); got != "a b c" {
		t.Errorf("names %q", got)
	}
}

func TestZeroValues(t *testing.T) {
	var p Profiles
	for _, find := range []func(string) (Section, bool){p.Profile, p.SSOSession, p.Services} {
		if s, ok := find("default"); ok || s.Get("x") != "" || s.Nested("x", "y") != "" || s.SessionToken() != "" {
			t.Errorf("the zero Profiles has a section: %v", s)
		}
	}
	if path, line := (Section{}).Source("x"); path != "" || line != 0 {
		t.Errorf("source = %s:%d", path, line)
	}
	if p.Names() != nil || p.Problems() != nil {
		t.Error("the zero Profiles has names or problems")
	}
	if p := Merge(File{}, File{}); len(p.Names()) != 0 {
		t.Error("merging nothing gives something")
	}
}

func TestUnreadableFilesAreEmpty(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none")
	large := write(t, filepath.Join(dir, "large"), strings.Repeat("[profile x]\n", MaxFileSize/12+1), 0o600)
	for _, c := range []struct {
		path string
		want string
	}{
		{"", ""},
		{none, ""},
		{dir, ": the file can't be read: it is a directory, not a file"},
		{large, ": the file can't be read: the file has more than 8388608 bytes"},
		{filepath.Join(large, "below"), ": the file can't be read: not a directory"},
	} {
		p := mustLoad(t, c.path, none)
		if len(p.Names()) != 0 {
			t.Errorf("%s: profiles %v", c.path, p.Names())
		}
		got := p.Problems()
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !strings.Contains(got[0].String(), c.want)) {
			t.Errorf("%q: problems %v, want %q", c.path, got, c.want)
		}
	}
}

func TestPermissionsOfTheCredentialsFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no permission bits")
	}
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o644: true, 0o640: true, 0o606: true, 0o601: true} {
		path := write(t, filepath.Join(t.TempDir(), "credentials"), "[default]\n", 0o600)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		problems := mustLoad(t, "", path).Problems()
		reason := "other users of this machine can reach the keys in it (mode " + mode.String() + "); run: chmod 600"
		if got := len(problems) == 1 && problems[0] == (Problem{Path: path, Reason: reason}); got != want {
			t.Errorf("mode %v: problems %v, want a warning: %v", mode, problems, want)
		}
		if problems := mustLoad(t, path, "").Problems(); len(problems) != 0 {
			t.Errorf("mode %v of the config file: %v", mode, problems)
		}
	}
}

func TestPaths(t *testing.T) {
	j := filepath.Join
	for _, c := range []struct {
		name, config, credentials string
		env                       map[string]string
	}{
		{"HOME", j("/home/u", ".aws", "config"), j("/home/u", ".aws", "credentials"), map[string]string{"HOME": "/home/u", "USERPROFILE": "/other"}},
		{"USERPROFILE", j("/u", ".aws", "config"), j("/u", ".aws", "credentials"), map[string]string{"USERPROFILE": "/u", "HOMEPATH": "/x"}},
		{"HOMEDRIVE and HOMEPATH", j("/d/u", ".aws", "config"), j("/d/u", ".aws", "credentials"), map[string]string{"HOMEDRIVE": "/d", "HOMEPATH": "/u"}},
		{"HOMEDRIVE alone", "", "", map[string]string{"HOMEDRIVE": "/d"}},
		{"nothing", "", "", nil},
		{"one variable", "/c", j("/h", ".aws", "credentials"), map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "/c"}},
		{"both variables", "/c", "/s", map[string]string{"AWS_CONFIG_FILE": "/c", "AWS_SHARED_CREDENTIALS_FILE": "/s"}},
		{"tilde", j("/h", "c"), j("/h"), map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "~"}},
		{"tilde and a name", "~u/c", "a~/c", map[string]string{"HOME": "/h", "AWS_CONFIG_FILE": "~u/c", "AWS_SHARED_CREDENTIALS_FILE": "a~/c"}},
		{"tilde without a home", "~/c", "", map[string]string{"AWS_CONFIG_FILE": "~/c"}},
	} {
		config, credentials := Paths(func(name string) string { return c.env[name] })
		if config != c.config || credentials != c.credentials {
			t.Errorf("%s: %q, %q, want %q, %q", c.name, config, credentials, c.config, c.credentials)
		}
	}
}

func TestNothingPrintsValues(t *testing.T) {
	const canary = "CANARY0SECRET"
	file := Parse([]byte("[default]\naws_access_key_id = "+canary+"\naws_secret_access_key = "+canary+"\n"), Config, "path")
	profiles := Merge(file, File{})
	section, _ := profiles.Profile("default")
	values := []any{file, &file, profiles, &profiles, section, &section,
		struct{ S Section }{section}, struct{ s Section }{section}, &struct{ p Profiles }{profiles}, []File{file},
		map[string]Section{"x": section}}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, canary) || strings.Contains(strings.ToLower(got), fmt.Sprintf("%x", canary)) {
				t.Errorf("%s of %T: %s", verb, v, got)
			}
		}
		got, err := json.Marshal(v)
		if err != nil || strings.Contains(string(got), canary) {
			t.Errorf("JSON of %T: %s, %v", v, got, err)
		}
	}
	for _, c := range []struct {
		v    any
		want string
	}{
		{File{}, "sharedfile.File(empty)"}, {Profiles{}, "sharedfile.Profiles(empty)"}, {Section{}, "sharedfile.Section(empty)"},
		{file, "sharedfile.File(1 sections)"}, {profiles, "sharedfile.Profiles(1 sections)"}, {section, "sharedfile.Section(2 properties, redacted)"},
	} {
		if got := fmt.Sprint(c.v); got != c.want {
			t.Errorf("%T prints %q, want %q", c.v, got, c.want)
		}
		if got, err := json.Marshal(c.v); err != nil || string(got) != `"`+c.want+`"` {
			t.Errorf("JSON of %T: %s, %v, want %q", c.v, got, err, c.want)
		}
	}
}

// TestLookup: a profile is found by its name, and by its name as it stands in the file.
func TestLookup(t *testing.T) {
	p := Merge(Parse([]byte(`
[profile 'Someone'"'"'s Mac Book']
n = 1
[profile CORP\alice]
n = 2
[profile "a 'b'"]
n = 3
[profile 'a '"'"'b'"'"'x']
n = 4
[profile a\ bx]
n = 5
`), Config, "config"), File{})
	for name, want := range map[string]string{
		"Someone's Mac Book":         "1",
		`'Someone'"'"'s Mac Book'`:   "1",
		`"Someone's Mac Book"`:       "1",
		`Someone\'s\ Mac\ Book`:      "1",
		"CORPalice":                  "2",
		`CORP\alice`:                 "2",
		"a 'b'":                      "3",
		"a 'b'x":                     "4", // the name itself wins over what it would be as a word
		`"a b"x`:                     "5",
		"Someone":                    "",
		"Someone s Mac Book":         "",
		`Someone'"'"'s Mac Book`:     "",
		`'Someone'"'"'s Mac Book' x`: "",
		"":                           "",
	} {
		s, ok := p.Profile(name)
		if ok != (want != "") || s.Get("n") != want {
			t.Errorf("%s: profile %q, want %q", name, s.Get("n"), want)
		}
	}
}
