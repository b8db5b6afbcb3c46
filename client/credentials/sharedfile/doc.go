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
// its text. Where the tools of AWS disagree, this package does what the AWS SDK for Go does. The
// documentation of package config lists the exceptions.
//
// The name of a section may be written as one word of a shell, as the AWS CLI does it: the name of
// [profile 'Someone'"'"'s Mac'] is Someone's Mac. A profile is found by either form. Names with
// unquoted blanks, and with quotes that do not match, are read as they stand, as in the SDK. For the
// latter there is a Problem, because the AWS CLI skips such a section.
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
