package sharedfile

import (
	"runtime"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// parserCases are the rules of the format, one a row. want lists "SECTION KEY=VALUE" in order of
// section and key, a nested property as "KEY/NESTED=VALUE"; problems lists the lines that are
// reported.
var parserCases = []struct {
	name, config, credentials string
	want                      []string
	problems                  string
}{
	{name: "empty files"},
	{name: "empty profile", config: "[profile foo]", want: []string{"foo"}},
	{name: "one property", config: "[profile foo]\nname = value", want: []string{"foo name=value"}},
	{name: "default section", config: "[default]\nname = value", want: []string{"default name=value"}},
	{name: "default section with the prefix", config: "[profile default]\nname = value", want: []string{"default name=value"}},
	{name: "prefixed default after the plain one replaces it", config: "[default]\na = 1\n[profile default]\nb = 2", want: []string{"default b=2"}},
	{name: "prefixed default before the plain one replaces it", config: "[profile default]\nb = 2\n[default]\na = 1", want: []string{"default b=2"}},
	{name: "plain, prefixed, plain", config: "[default]\na = 1\n[profile default]\nb = 2\n[default]\nc = 3", want: []string{"default b=2"}},
	{name: "sections after an ignored [default]", config: "[profile default]\na = 1\n[default]\nb = 2\n[profile x]\nc = 3\n[profile default]\nd = 4", want: []string{"default a=1", "default d=4", "x c=3"}},
	{name: "sections after a replaced [default]", config: "[default]\na = 1\n[profile default]\nb = 2\n[profile x]\nc = 3\n[default]\nd = 4\n[profile y]\ne = 5", want: []string{"default b=2", "x c=3", "y e=5"}},
	{name: "plain default twice", config: "[default]\na = 1\n[profile x]\nc = 3\n[default]\nb = 2", want: []string{"default a=1", "default b=2", "x c=3"}},
	{name: "prefixed default twice", config: "[profile default]\na = 1\n[profile default]\nb = 2", want: []string{"default a=1", "default b=2"}},
	{name: "several profiles", config: "[profile foo]\na = 1\n[profile bar]\nb = 2", want: []string{"bar b=2", "foo a=1"}},
	{name: "blanks in a header", config: "[ \tprofile \t foo \t]\na = 1", want: []string{"foo a=1"}},
	{name: "a tab after the prefix", config: "[profile\tfoo]\na = 1", want: []string{"foo a=1"}},
	{name: "an indented header", config: "  [profile foo]\na = 1", want: []string{"foo a=1"}},
	{name: "a comment after a header", config: "[profile foo] # note\na = 1", want: []string{"foo a=1"}},
	{name: "a comment next to a header", config: "[profile foo]; note\na = 1\n[profile bar]# x\nb = 2", want: []string{"bar b=2", "foo a=1"}},
	{name: "prefix without a blank", config: "[profilefoo]\na = 1", problems: "1"},
	{name: "no prefix in config", config: "[foo]\na = 1", problems: "1"},
	{name: "a section of another tool", config: "[plugins]\ncli = x\n[default]\na = 1", want: []string{"default a=1"}, problems: "1"},
	{name: "names are case-sensitive", config: "[profile Foo]\na = 1\n[profile foo]\na = 2", want: []string{"Foo a=1", "foo a=2"}},
	{name: "Default is not default", config: "[Default]\na = 1", problems: "1"},
	{name: "all characters of a name", config: "[profile a-Z_0/9.b%c@d:e+f]\na = 1", want: []string{"a-Z_0/9.b%c@d:e+f a=1"}},
	{name: "unusual characters of a name", config: "[profile foo!bar]\na = 1", want: []string{"foo!bar a=1"}},
	{name: "a name with blanks", config: "[profile a b]\na = 1", want: []string{"a b a=1"}},
	{name: "a quoted name", config: "[profile \"a b\"]\na = 1", want: []string{"a b a=1"}},
	{name: "empty header", config: "[]\na = 1", problems: "1"},
	{name: "header of blanks", config: "[ ]\na = 1", problems: "1"},
	{name: "profile without a name", config: "[profile ]\na = 1", problems: "1"},
	{name: "unterminated header ends the section before it", config: "[profile foo]\na = 1\n[profile bar\na = 2\n[profile baz]\nb = 3", want: []string{"baz b=3", "foo a=1"}, problems: "3"},
	{name: "text after a header", config: "[profile foo] x\na = 1", want: []string{"foo a=1"}, problems: "1"},
	{name: "text after [default]", config: "[default] // note\na = 1", want: []string{"default a=1"}, problems: "1"},
	{name: "text next to a header", config: "[profile foo]x\na = 1", want: []string{"foo a=1"}, problems: "1"},
	{name: "a second bracket after a header", config: "[default] // [x]\na = 1", want: []string{"default a=1"}, problems: "1"},
	{name: "text after the header of another tool", config: "[plugins] x\na = 1", problems: "1"},
	{name: "text after a header, then a comment", config: "[default] x # [profile y]\na = 1", want: []string{"default a=1"}, problems: "1"},
	{name: "text after a header of the credentials file", credentials: "[foo] // note\na = 1", want: []string{"foo a=1"}, problems: "1"},
	{name: "text after an indented header ends the section before it", config: "[profile a]\n  [profile b] // x\nk = 1", want: []string{"a", "b k=1"}, problems: "2"},
	{name: "text after an indented header, after an empty value", config: "[profile a]\nk =\n  [profile b] // x\nk = 1", want: []string{"a k=", "b k=1"}, problems: "3"},
	{name: "a bracket within a continued value", config: "[default]\na = 1\n  [x] y", want: []string{"default a=1\n[x] y"}},
	{name: "an indented header without its bracket", config: "[profile a]\n  [profile b\nk = 1", want: []string{"a"}, problems: "2"},

	// Names as the AWS CLI writes them.
	{name: "an apostrophe as the AWS CLI quotes it", config: `[profile 'Someone'"'"'s Mac Book']` + "\na = 1", want: []string{"Someone's Mac Book a=1"}},
	{name: "a session name as the AWS CLI quotes it", config: `[sso-session 'Someone'"'"'s Mac Book']` + "\na = 1", want: []string{"sso-session Someone's Mac Book a=1"}},
	{name: "a services name as the AWS CLI quotes it", config: `[services 'Someone'"'"'s Mac Book']` + "\na = 1", want: []string{"services Someone's Mac Book a=1"}},
	{name: "blanks after backslashes", config: `[profile My\ Mac\ Book]` + "\na = 1", want: []string{"My Mac Book a=1"}},
	{name: "a session name with backslashes", config: `[sso-session My\ Mac\ Book]` + "\na = 1", want: []string{"sso-session My Mac Book a=1"}},
	{name: "a quote after a backslash in quotes", config: `[profile "a\"b"]` + "\na = 1", want: []string{`a"b a=1`}},
	{name: "a session name with a quote", config: `[sso-session "a\"b"]` + "\na = 1", want: []string{`sso-session a"b a=1`}},
	{name: "a name that is quoted in part", config: `[profile "My Mac"-Book]` + "\na = 1", want: []string{"My Mac-Book a=1"}},
	{name: "a session name that is quoted in part", config: `[sso-session "My Mac"-Book]` + "\na = 1", want: []string{"sso-session My Mac-Book a=1"}},
	{name: "a quoted part in the middle", config: `[profile a' b 'c]` + "\na = 1", want: []string{"a b c a=1"}},
	{name: "quotes of the other kind in quotes", config: `[profile '"a b"']` + "\na = 1", want: []string{`"a b" a=1`}},
	{name: "a backslash in single quotes", config: `[profile 'a\b c']` + "\na = 1", want: []string{`a\b c a=1`}},
	{name: "a backslash in double quotes", config: `[profile "a\b \\ c"]` + "\na = 1", want: []string{`a\b \ c a=1`}},
	{name: "a backslash before a letter", config: `[profile CORP\alice]` + "\na = 1", want: []string{"CORPalice a=1"}},
	{name: "quoted default replaces the plain one", config: "[default]\na = 1\n[profile 'default']\nb = 2", want: []string{"default b=2"}},
	{name: "a comment character in quotes", config: `[profile 'team #1; x'] # note` + "\na = 1", want: []string{"team #1; x a=1"}},
	{name: "a bracket in quotes", config: `[profile "a]b"]` + "\na = 1", want: []string{"a]b a=1"}},
	{name: "a bracket after a backslash", config: `[profile a\]b]` + "\na = 1", want: []string{"a]b a=1"}},
	{name: "a name in quotes and blanks around it", config: "[profile \t 'a b' \t]\na = 1", want: []string{"a b a=1"}},
	{name: "a letter that is a quote", config: "[profile Bob's]\na = 1", want: []string{"Bob's a=1"}, problems: "1"},
	{name: "a letter that is a quote, and a comment with one", config: "[profile Bob's] # Alice's\na = 1", want: []string{"Bob's a=1"}, problems: "1"},
	{name: "a session name with a letter that is a quote", config: "[sso-session Bob's]\na = 1", want: []string{"sso-session Bob's a=1"}, problems: "1"},
	{name: "a backslash at the end", config: `[profile a\]` + "\na = 1", want: []string{`a\ a=1`}, problems: "1"},
	{name: "a quoted word and another", config: `[profile "a b" c]` + "\na = 1", want: []string{`"a b" c a=1`}, problems: "1"},
	{name: "quotes around nothing", config: `[profile ""]` + "\na = 1", problems: "1"},
	{name: "a quoted name without its bracket", config: "[profile 'a b'\na = 1", problems: "1"},
	{name: "credentials: the AWS CLI quotes nothing there", config: `[profile 'Someone'"'"'s Mac Book']` + "\na = 1", credentials: "[Someone's Mac Book]\nb = 2",
		want: []string{"Someone's Mac Book a=1", "Someone's Mac Book b=2"}},
	{name: "credentials: quoted all the same", config: `[profile "a b"]` + "\na = 1", credentials: "['a b']\nb = 2", want: []string{"a b a=1", "a b b=2"}},
	{name: "credentials: a backslash in both files", config: `[profile CORP\alice]` + "\na = 1", credentials: `[CORP\alice]` + "\nb = 2", want: []string{"CORPalice a=1", "CORPalice b=2"}},
	{name: "a comment inside a header", config: "[profile f#oo]\na = 1", problems: "1"},

	{name: "property before any section", config: "a = 1\n[default]\nb = 2", want: []string{"default b=2"}, problems: "1"},
	{name: "no separator", config: "[default]\na\nb = 2", want: []string{"default b=2"}, problems: "2"},
	{name: "no name", config: "[default]\n= 1\nb = 2", want: []string{"default b=2"}, problems: "2"},
	{name: "no value", config: "[default]\na =", want: []string{"default a="}},
	{name: "blanks around", config: "[default]\na \t=\t 1 \t", want: []string{"default a=1"}},
	{name: "no blanks", config: "[default]\na=1", want: []string{"default a=1"}},
	{name: "a colon", config: "[default]\na: 1", want: []string{"default a=1"}},
	{name: "a colon before an equals sign", config: "[default]\na: b=1", want: []string{"default a=b=1"}},
	{name: "an equals sign in the value", config: "[default]\na = b=c = d", want: []string{"default a=b=c = d"}},
	{name: "a URL", config: "[default]\na = https://example.com/start#/", want: []string{"default a=https://example.com/start#/"}},
	{name: "upper-case key", config: "[default]\nREGION = US-west-2", want: []string{"default region=US-west-2"}},
	{name: "UTF-8", config: "[profile käse]\nnäme = wért 🙂", want: []string{"käse näme=wért 🙂"}},
	{name: "no interpolation", config: "[default]\na = %(b)s ${HOME} $x", want: []string{"default a=%(b)s ${HOME} $x"}},
	{name: "double quotes", config: "[default]\na = \"1 \"", want: []string{"default a=1 "}},
	{name: "single quotes", config: "[default]\na = '1'", want: []string{"default a=1"}},
	{name: "unequal quotes", config: "[default]\na = '1\"", want: []string{"default a='1\""}},
	{name: "one pair only", config: "[default]\na = ''1''", want: []string{"default a='1'"}},
	{name: "a lone quote", config: "[default]\na = \"\nb = '", want: []string{"default a=\"", "default b='"}},
	{name: "empty quotes", config: "[default]\na = \"\"", want: []string{"default a="}},
	{name: "a quoted comment sign is still a comment", config: "[default]\na = \"1 # 2\"", want: []string{"default a=\"1"}},

	{name: "comment lines", config: "# x\n; y\n  # z\n[default]\n#a = 1\nb = 2", want: []string{"default b=2"}},
	{name: "comment after a value", config: "[default]\na = 1 # x\nb = 2\t; y", want: []string{"default a=1", "default b=2"}},
	{name: "comment sign within a value", config: "[default]\na = 1#x\nb = 2;y", want: []string{"default a=1#x", "default b=2;y"}},
	{name: "nothing but a comment as value", config: "[default]\na = # x", want: []string{"default a="}},
	{name: "blank lines", config: "\n\n[default]\n \t\n\na = 1\n\n", want: []string{"default a=1"}},
	{name: "CRLF", config: "[default]\r\na = 1\r\nb = 2\r\n", want: []string{"default a=1", "default b=2"}},
	{name: "no last newline", config: "[default]\na = 1", want: []string{"default a=1"}},
	{name: "byte-order mark", config: "\ufeff[default]\na = 1", want: []string{"default a=1"}},
	{name: "UTF-16", config: "\xff\xfe[\x00d\x00]\x00", problems: "0"},
	{name: "other white space is text", config: "[default]\na = \v1\f", want: []string{"default a=\v1\f"}},
	{name: "NUL and broken UTF-8 are text", config: "[default]\na = \x00\xff", want: []string{"default a=\x00\xff"}},

	{name: "continuation", config: "[default]\na = 1\n  2\n\t3", want: []string{"default a=1\n2\n3"}},
	{name: "continuation over a blank line", config: "[default]\na = 1\n\n  2", want: []string{"default a=1\n2"}},
	{name: "comment in a continuation stays", config: "[default]\na = 1\n  2 # x", want: []string{"default a=1\n2 # x"}},
	{name: "blanks after a continuation", config: "[default]\na = 1\n  2 \t", want: []string{"default a=1\n2"}},
	{name: "options continue a command", config: "[default]\ncredential_process = /bin/tool\n  --role=x --url=y", want: []string{"default credential_process=/bin/tool --role=x --url=y"}},
	{name: "a URL continues", config: "[default]\na = 1\n  http://x", want: []string{"default a=1\nhttp://x"}},
	{name: "an unterminated bracket continues", config: "[default]\na = 1\n  [x", want: []string{"default a=1\n[x"}},
	{name: "indented property after a value", config: "[default]\na = 1\n  b = 2 # x", want: []string{"default a=1", "default b=2"}},
	{name: "every character of a plain name", config: "[default]\na = 1\n  _09az = 2\n  z9_ = 3", want: []string{"default _09az=2", "default a=1", "default z9_=3"}},
	{name: "a name that is not plain continues", config: "[default]\na = 1\n  b- = 2\n  ` = 3\n  { = 4\n  / = 5", want: []string{"default a=1\nb- = 2\n` = 3\n{ = 4\n/ = 5"}},
	{name: "all properties indented", config: "[default]\n  a = 1\n  b = 2", want: []string{"default a=1", "default b=2"}},
	{name: "continuation of nothing", config: "[default]\n  x\na = 1", want: []string{"default a=1"}, problems: "2"},
	{name: "nested", config: "[default]\ns3 =\n  a = 1\n  B : 2\nc = 3", want: []string{"default c=3", "default s3/a=1", "default s3/b=2", "default s3="}},
	{name: "nested comments stay", config: "[default]\ns3 =\n  a = http://h # c\n  # whole lines go\n  b = 2", want: []string{"default s3/a=http://h # c", "default s3/b=2", "default s3="}},
	{name: "nested quotes", config: "[default]\ns3 =\n  a = 'x'", want: []string{"default s3/a=x", "default s3="}},
	{name: "nested line without a separator", config: "[default]\ns3 =\n  a\n  b = 2", want: []string{"default s3/b=2", "default s3="}, problems: "3"},
	{name: "nested line without a name", config: "[default]\ns3 =\n  = a", want: []string{"default s3="}, problems: "3"},

	{name: "a key twice", config: "[default]\na = 1\na = 2", want: []string{"default a=2"}},
	{name: "a key twice, in two cases", config: "[default]\na = 1\nA = 2", want: []string{"default a=2"}},
	{name: "a section twice", config: "[profile foo]\na = 1\nb = 1\n[profile foo]\nb = 2", want: []string{"foo a=1", "foo b=2"}},
	{name: "a nested key then a value", config: "[default]\na =\n  b = 1\na = 2", want: []string{"default a=2"}},
	{name: "services", config: "[services x]\nbedrock_runtime =\n  endpoint_url = https://h\n", want: []string{"services x bedrock_runtime/endpoint_url=https://h", "services x bedrock_runtime="}},
	{name: "sso-session", config: "[sso-session x]\nsso_region = us-east-1", want: []string{"sso-session x sso_region=us-east-1"}},
	{name: "three kinds with one name", config: "[profile x]\na = 1\n[sso-session x]\na = 2\n[services x]\na = 3", want: []string{"services x a=3", "sso-session x a=2", "x a=1"}},

	{name: "credentials: bare name", credentials: "[foo]\na = 1", want: []string{"foo a=1"}},
	{name: "credentials: prefix is refused", credentials: "[profile foo]\na = 1", problems: "1"},
	{name: "credentials: sso-session is taken", credentials: "[sso-session x]\na = 1", want: []string{"sso-session x a=1"}},
	{name: "credentials: a profile called profile", credentials: "[profile]\na = 1", want: []string{"profile a=1"}},
	{name: "credentials: a name with blanks", credentials: "[foo bar]\na = 1", want: []string{"foo bar a=1"}},

	{name: "merge: both files", config: "[profile foo]\na = 1", credentials: "[foo]\nb = 2", want: []string{"foo a=1", "foo b=2"}},
	{name: "merge: credentials win", config: "[profile foo]\nregion = 1\nendpoint_url = 1", credentials: "[foo]\nregion = 2\nendpoint_url = 2", want: []string{"foo endpoint_url=2", "foo region=2"}},
	{name: "merge: default", config: "[profile default]\na = 1", credentials: "[default]\nb = 2", want: []string{"default a=1", "default b=2"}},
	{name: "merge: keys move as a set", config: "[default]\naws_access_key_id = C\naws_secret_access_key = CS\naws_session_token = CT",
		credentials: "[default]\naws_access_key_id = S\naws_secret_access_key = SS",
		want:        []string{"default aws_access_key_id=S", "default aws_secret_access_key=SS"}},
	{name: "merge: half a pair hides a whole one", config: "[default]\naws_access_key_id = C\naws_secret_access_key = CS",
		credentials: "[default]\naws_access_key_id = S", want: []string{"default aws_access_key_id=S"}},
	{name: "merge: a lone token does not join", config: "[default]\naws_access_key_id = C\naws_secret_access_key = CS",
		credentials: "[default]\naws_session_token = ST", want: []string{"default aws_access_key_id=C", "default aws_secret_access_key=CS"}},
	{name: "merge: the old name of the token goes too", config: "[default]\naws_access_key_id = C\naws_secret_access_key = CS\naws_security_token = CT",
		credentials: "[default]\naws_access_key_id = S\naws_secret_access_key = SS\naws_session_token = ST",
		want:        []string{"default aws_access_key_id=S", "default aws_secret_access_key=SS", "default aws_session_token=ST"}},
	{name: "merge: keys only in config", config: "[default]\naws_access_key_id = C\naws_secret_access_key = CS\naws_session_token = CT",
		credentials: "[default]\nregion = x", want: []string{"default aws_access_key_id=C", "default aws_secret_access_key=CS", "default aws_session_token=CT", "default region=x"}},
}

func dump(p Profiles) []string {
	var out []string
	for id, s := range p.p.sections {
		name := []string{"", "sso-session ", "services "}[id.typ] + id.name
		if len(s.properties) == 0 {
			out = append(out, name)
		}
		for key, prop := range s.properties {
			out = append(out, name+" "+key+"="+prop.value)
			for nested, value := range prop.nested {
				out = append(out, name+" "+key+"/"+nested+"="+value)
			}
		}
	}
	sort.Strings(out)
	return out
}

func TestParser(t *testing.T) {
	if len(parserCases) < 65 {
		t.Fatalf("%d cases, want at least 65", len(parserCases))
	}
	names := map[string]bool{}
	for _, c := range parserCases {
		if names[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			p := Merge(Parse([]byte(c.config), Config, "config"), Parse([]byte(c.credentials), Credentials, "credentials"))
			if got, want := strings.Join(dump(p), "\n"), strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			var lines []string
			for _, problem := range p.Problems() {
				lines = append(lines, strconv.Itoa(problem.Line))
				if problem.Reason == "" || problem.Path == "" {
					t.Errorf("a problem without a reason or path: %+v", problem)
				}
			}
			if got := strings.Join(lines, " "); got != c.problems {
				t.Errorf("problems in lines %q, want %q: %v", got, c.problems, p.Problems())
			}
		})
	}
}

func TestProblemsNeverQuoteTheFile(t *testing.T) {
	const canary = "CANARY0SECRET"
	for _, line := range []string{canary, "= " + canary, "[" + canary, "[" + canary + "]", "[profile " + canary + "] x", "  " + canary} {
		for _, head := range []string{"", "[default]\n", "[default]\na =\n"} {
			for _, kind := range []Kind{Config, Credentials} {
				f := Parse([]byte(head+line+"\n"), kind, "path")
				for _, p := range f.f.problems {
					if strings.Contains(p.String(), canary) {
						t.Errorf("%q: %s", head+line, p)
					}
				}
			}
		}
	}
}

// TestReasons has the whole text of each reason that the parser gives.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		text string
		kind Kind
		want string
	}{
		{"\xfe\xffx", Config, "the file is UTF-16; save it as UTF-8"},
		{"[default", Config, "a section header without its closing bracket; its section is skipped"},
		{"a = 1", Config, "a property before the first section header"},
		{"[]", Config, "a section header without a name"},
		{"[profile a]", Credentials, "a [profile NAME] section; in the credentials file it must be [NAME], and is skipped"},
		{"[services]", Config, "a section that is none of [default], [profile NAME], [sso-session NAME], [services NAME]; it is skipped"},
		{"[other]", Config, "a section that is none of [default], [profile NAME], [sso-session NAME], [services NAME]; it is skipped"},
		{"[default] x", Config, "text after the bracket of a section header; the text is skipped"},
		{"[profile a'b]", Config, "a section name whose quotes or backslashes do not make it one word of a shell; it is read as it stands"},
		{"[default]\nx", Config, "neither a section header nor a property (NAME = VALUE)"},
		{"[default]\n= x", Config, "a property without a name"},
		{"[default]\n x", Config, "an indented line that continues nothing"},
		{"[default]\na =\n x", Config, "not a nested property (NAME = VALUE)"},
	} {
		f := Parse([]byte(c.text), c.kind, "path")
		if got := f.f.problems; len(got) != 1 || got[0].Reason != c.want || got[0].Path != "path" {
			t.Errorf("%q: %v, want %q", c.text, got, c.want)
		}
	}
}

func TestProblemsAreBounded(t *testing.T) {
	f := Parse([]byte(strings.Repeat("noise\n", 10*MaxProblems)), Config, "path")
	if got := len(f.f.problems); got != MaxProblems {
		t.Errorf("%d problems kept, want %d", got, MaxProblems)
	}
}

// longInputs are n bytes each that would cost the square of their length to a parser that joins,
// searches or trims carelessly.
func longInputs(n int) map[string]string {
	return map[string]string{
		"one long line":          "[default]\na = " + strings.Repeat("x", n),
		"long line of comments":  "[default]\na = " + strings.Repeat("#", n),
		"long line of blanks":    "[default]\na = 1" + strings.Repeat(" ", n) + "x",
		"many continuations":     "[default]\na = 1\n" + strings.Repeat(" x\n", n/3),
		"many nested properties": "[default]\na =\n" + strings.Repeat(" x = y\n", n/7),
		"many sections":          strings.Repeat("[profile x]\n", n/12),
		"many brackets":          strings.Repeat("[", n),
		"many carriage returns":  "[default]\na = 1" + strings.Repeat("\r", n),
		"many quotes":            "[default]\na = " + strings.Repeat("\"", n),
		"many newlines":          strings.Repeat("\n", n),
		"noise":                  strings.Repeat("noise\n", n/6),
		"defaults in turn":       strings.Repeat("[default]\na=1\n[profile default]\n", n/32),
	}
}

// TestParseIsLinear: the memory that parsing takes grows with the input and not with its square.
// BenchmarkParse shows the same of the time.
func TestParseIsLinear(t *testing.T) {
	for name, src := range longInputs(1 << 20) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Parse([]byte(src), Config, "path")
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
			t.Errorf("%s: %d bytes allocated for %d", name, got, len(src))
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{256 << 10, 4 << 20} {
		for name, src := range longInputs(n) {
			b.Run(strconv.Itoa(n>>10)+" KiB/"+name, func(b *testing.B) {
				b.SetBytes(int64(n))
				for b.Loop() {
					Parse([]byte(src), Config, "path")
				}
			})
		}
	}
}

// The quotes of a command belong to the command.
func TestCommands(t *testing.T) {
	for _, r := range []struct{ name, text, want string }{
		{"AWS's own example", `"/path/to/credentials.sh" parameterWithoutSpaces "parameter with spaces"`, `"/path/to/credentials.sh" parameterWithoutSpaces "parameter with spaces"`},
		{"a quoted path alone", `"/opt/my tools/creds"`, `"/opt/my tools/creds"`},
		{"single quotes", `'/opt/x' 'a b'`, `'/opt/x' 'a b'`},
		{"# in quotes", `/opt/helper --arg "team #1" --json`, `/opt/helper --arg "team #1" --json`},
		{"; in quotes", `sh -c "A=1 ; x"`, `sh -c "A=1 ; x"`},
		{"# in single quotes", `x 'a # b'`, `x 'a # b'`},
		{"an escaped quote", `x "a\" # b" # note`, `x "a\" # b"`},
		{"a comment after the quotes", `x "a" # note`, `x "a"`},
		{"a comment without quotes", `x a ; note`, `x a`},
		{"a continued line", "x a\n  --b c\n\t'd # e'", `x a --b c 'd # e'`},
	} {
		s, ok := Merge(Parse([]byte("[default]\ncredential_process = "+r.text+"\nregion = r\n"), Config, "f"), File{}).Profile("default")
		if got := s.Get("credential_process"); !ok || got != r.want || s.Get("region") != "r" {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}
