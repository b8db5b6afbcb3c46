package sharedfile

import (
	"path/filepath"
	"strings"
)

// Paths returns where the two files are: where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say, else in ".aws" of
// the home directory. A path is "" where there is no home directory. It reads the environment through getenv and
// opens nothing.
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

// Home returns the home directory by the rule of the reference guide ("Location of the shared config and credentials
// files"): HOME on every platform, then USERPROFILE, then HOMEDRIVE with HOMEPATH; "" where none is set. The system's
// user database is not asked, since that takes the C library on some systems.
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

// Expand replaces a leading "~" that stands alone or before a separator by the home directory. "~user" stays.
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
