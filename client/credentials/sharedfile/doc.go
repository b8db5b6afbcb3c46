// Package sharedfile reads the two files in which AWS tools keep settings: ~/.aws/config and
// ~/.aws/credentials.
//
// # Terms
//
// A file is a list of sections, a section a list of properties (AWS SDKs and Tools Reference Guide,
// "Shared config and credentials files"):
//
//	# a comment line                        config                     credentials
//	[profile dev]           section         [default]                  [default]
//	region = us-west-2      property        [profile NAME]             [NAME]
//	services = local        property        [sso-session NAME]
//	                                        [services NAME]
//	[services local]
//	bedrock_runtime =                       a property with an empty value
//	  endpoint_url = http://localhost:8080  its nested property
//
// [Parse] reads one file, [Merge] joins both into [Profiles], [Load] does both for two paths.
//
// # Leniency
//
// These files are written by people and by many tools, so nothing in them is fatal. A line that
// can't be read is skipped and reported as a [Problem], with its number and a reason and without
// its text. Where the tools of AWS disagree, this package does what the AWS SDK for Go does, with
// these exceptions:
//
//   - A byte-order mark is skipped. The SDK loses the first section, silently.
//   - A value that is a single quote character is that character. The SDK panics.
//   - Text after the bracket of a header ([default] // note) is skipped, with a Problem. The SDK skips
//     the header, so that its keys are read into the section before it.
//   - A header without its bracket ends the section before it, so that keys meant for one account
//     are never read into another's profile. The SDK reads them into it.
//   - An indented line after a non-empty value is a property only if it reads NAME = VALUE with a
//     plain name; else it continues the value, as the grammar has it.
//   - The name of a section may be written as one word of a shell, as the AWS CLI does it: the name
//     of [profile 'Someone'"'"'s Mac'] is Someone's Mac. A profile is found by either form. Names
//     with unquoted blanks, and with quotes that do not match, are read as they stand, as in the SDK.
//     For the latter there is a Problem: the AWS CLI skips such a section.
//   - The value of credential_process is a command: its quotes stay, " #" and " ;" in quotes start
//     no comment, and an indented line continues it with a blank.
//   - A setting of the credentials file wins over the same setting of the config file for every
//     key, not just for a list of keys. Keys, secret and session token are taken from one file, all
//     three: a token left in one is never joined to keys of the other.
//   - "~/" at the start of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE is the home directory.
//
// # Trust
//
// The files belong to the user, who can run any program through credential_process. Their contents
// are trusted. A file over [MaxFileSize], a device, a socket, or a file that can't be read in 10
// seconds counts as empty, with a [Problem]. Parsing takes time linear in its size.
//
// # Secrets
//
// Every type that holds values prints redacted, under every verb of fmt and in JSON and log/slog.
package sharedfile
