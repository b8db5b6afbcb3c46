package fuzz

import (
	"strings"
	"testing"

	"bedrockwire/client/credentials/sharedfile"
)

// FuzzSharedFile feeds one text as both shared files. Whatever it holds, parsing ends without a panic, every name that
// is listed is found, no problem quotes the text, and a second run gives the same.
func FuzzSharedFile(f *testing.F) {
	for _, seed := range []string{
		"",
		"\ufeff[default]\r\nregion = us-east-1\r\n",
		"[profile dev]\nsource_profile = base\nrole_arn = arn:aws:iam::123456789012:role/x\n[profile base]\ncredential_process = /bin/x\n  --y\n",
		"[services s]\nbedrock_runtime =\n  endpoint_url = http://localhost:8080 # c\n",
		"[sso-session x]\nsso_region=us-east-1\n[profile default]\na=1\n[default]\nb=2\n",
		"a = \"\n['\n]\n[profile \"x\"]\n'='\n = \n \n\t:\n",
		"[default]\na = '\nb = \"\nc = ''\nd = \"'\n",
		"[default]\naws_access_key_id = A\n[default]\naws_session_token = T\n",
		"[default]\na = 1\n" + strings.Repeat("  x\n", 100),
		"[default]\na =" + strings.Repeat(" #", 1000),
		"\xff\xfe[\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		config := sharedfile.Parse(text, sharedfile.Config, "config")
		credentials := sharedfile.Parse(text, sharedfile.Credentials, "credentials")
		profiles := sharedfile.Merge(config, credentials)
		names := profiles.Names()
		for i, name := range names {
			if i > 0 && names[i-1] >= name {
				t.Fatalf("names are not sorted, or one is there twice: %q", names)
			}
			section, ok := profiles.Profile(name)
			if !ok && !strings.ContainsAny(name, `'"`) { // a name that itself is quoted stays out of reach
				t.Fatalf("the profile %q is listed and not found", name)
			}
			if path, line := section.Source("region"); line > 0 && path == "" {
				t.Fatal("a property without a path")
			}
			for _, key := range []string{"region", "role_arn", "aws_access_key_id"} {
				if value := section.Get(key); strings.TrimLeft(value, " \t") == "" && strings.Contains(value, "\n") {
					t.Fatalf("%s = %q: a continuation of an empty value", key, value)
				}
			}
		}
		if problems := profiles.Problems(); len(problems) > 2*sharedfile.MaxProblems {
			t.Fatalf("%d problems", len(problems))
		}
		again := sharedfile.Merge(sharedfile.Parse(text, sharedfile.Config, "config"), sharedfile.Parse(text, sharedfile.Credentials, "credentials"))
		if len(again.Names()) != len(names) {
			t.Fatal("two runs differ")
		}
	})
}
