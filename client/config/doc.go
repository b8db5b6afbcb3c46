// Package config fills a client.Config from where AWS users keep their settings: environment
// variables and the shared files ~/.aws/config and ~/.aws/credentials.
//
//	cfg, err := config.Load(ctx, nil)
//	if err != nil {
//		return err // says which setting, where it is set, and what to do
//	}
//	c, err := client.New(cfg)
//
// What the program sets always wins, by [Options] or by a field of the result:
//
//	setting           Options          environment                            profile
//	profile           Profile          AWS_PROFILE, AWS_DEFAULT_PROFILE       ("default")
//	region            Region           AWS_REGION, AWS_DEFAULT_REGION         region
//	endpoint          Endpoint         AWS_ENDPOINT_URL_BEDROCK_RUNTIME,      services: bedrock_runtime
//	                                   AWS_ENDPOINT_URL                       endpoint_url, endpoint_url
//	control endpoint  ControlEndpoint  AWS_ENDPOINT_URL_BEDROCK,              services: bedrock endpoint_url,
//	                                   AWS_ENDPOINT_URL                       endpoint_url
//	no set endpoints  -                AWS_IGNORE_CONFIGURED_ENDPOINT_URLS    ignore_configured_endpoint_urls
//	FIPS endpoints    FIPS             AWS_USE_FIPS_ENDPOINT                  use_fips_endpoint
//	dual-stack        DualStack        AWS_USE_DUALSTACK_ENDPOINT             use_dualstack_endpoint
//	no clock fixes    -                AWS_DISABLE_CLOCK_SKEW_CORRECTION      disable_clock_skew_correction
//	attempts          -                AWS_MAX_ATTEMPTS                       max_attempts
//	retry mode        -                AWS_RETRY_MODE                         retry_mode
//	authorities       -                AWS_CA_BUNDLE                          ca_bundle
//	application id    -                AWS_SDK_UA_APP_ID                      sdk_ua_app_id
//	bearer token      BearerToken      AWS_BEARER_TOKEN_BEDROCK               -
//	keys or token     -                AWS_AUTH_SCHEME_PREFERENCE             auth_scheme_preference
//	keys              Credentials      see credentials.Chain                  see credentials.Chain
//
// An empty variable or property counts as absent. The order of authentication is: BearerToken,
// Credentials, AWS_BEARER_TOKEN_BEDROCK, the chain. The token of the environment is passed over if
// the program names a Profile, or if the preference puts sigv4 before httpBearerAuth. With a bearer
// token no other source is looked at. The token that IAM Identity Center gives to a profile is never
// used as one. A bad URL of the control plane in the environment or a file fails only the calls that
// use it.
//
// [Explain] describes where each setting comes from, and loads nothing.
//
// # Trust
//
// The environment and the files belong to the user and are trusted. The client checks their values
// again. Files are limited in size, and in the time that reading them takes. Load connects to
// nothing: a program that never makes a call never fetches credentials.
//
// # Differences from the AWS SDK for Go
//
// The order of the sources of credentials is the same. All differences are listed here, those of
// packages credentials and sharedfile included. Each is on purpose.
//
// The shared files:
//
//   - A byte-order mark is skipped. The SDK loses the first section.
//   - A value that is a single quote character is that character. The SDK panics.
//   - The name of a section may be written as one word of a shell, as the AWS CLI does it.
//   - Text after the bracket of a header is skipped, and a header without its bracket ends the
//     section before it. The SDK reads the keys below either into that section.
//   - An indented line after a value that is not empty is a property only if it reads NAME = VALUE
//     with a plain name. Otherwise it continues the value.
//   - The quotes in credential_process belong to the command, a comment character in them starts no
//     comment, and a continued command is joined with a blank.
//   - A setting of the credentials file wins for every key, also endpoint_url, services, sdk_ua_app_id
//     and ignore_configured_endpoint_urls. [sso-session] and [services] are read from that file too,
//     as in the SDK.
//   - Key, secret and session token are taken from one file, all three.
//   - aws_security_token is read as the session token.
//   - "~/" at the start of a path is the home directory in AWS_CONFIG_FILE,
//     AWS_SHARED_CREDENTIALS_FILE, AWS_LOGIN_CACHE_DIRECTORY, AWS_CA_BUNDLE, ca_bundle and
//     web_identity_token_file.
//
// Profiles and roles:
//
//   - AWS_PROFILE=default is not an error where there is no such profile.
//   - Keys in the environment hide a profile with two sources or half a pair of keys. In the SDK such
//     a profile is an error all the same.
//   - A source_profile with keys gives those keys, and its own role_arn and sources are ignored. The
//     SDK assumes that role with the keys first, or refuses a source without a role.
//   - A profile with login_session may be a source_profile.
//   - A role_session_name of one character and a duration above 12 hours are refused before a call.
//     web_identity_token_file with duration_seconds sends DurationSeconds.
//
// The sources of credentials:
//
//   - Credentials of every source are renewed 5 minutes before they end, and a failed renewal changes
//     nothing while the old ones are good. The SDK does the first for containers and the second for
//     EC2 only. Keys that a service refuses are read anew.
//   - Expirations are read in all forms of ISO 8601 that have a time zone, such as +0100 and
//     20270422T225602Z. The SDK reads RFC 3339.
//   - Keys of a process that have expired already are an error. Member names in its output are
//     case-sensitive, as documented.
//   - On Windows a quoted path in credential_process reaches cmd.exe as written.
//   - Version 1 of the metadata service is not used, its extended path is tried first, and the wait for
//     an unreachable service ends after 2 seconds.
//   - IAM Identity Center: a refresh token is kept if the response brings no new one. The time format
//     of older versions of the AWS CLI is read. The file is replaced in one step and never readable by
//     others.
//   - The keys of "aws login" are renewed only where LoginRenewal is set.
//   - A web identity token or authorization token may end in a line feed.
//   - AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must start with "/". The SDK lets "@example.com/" name
//     another host.
//
// Region, endpoint, authentication and retry:
//
//   - A region with an upper-case letter is an error. fips-us-east-1 is the region us-east-1 with FIPS
//     endpoints already in the loaded configuration.
//   - An endpoint variable that is set and empty is absent. In the SDK it hides the other settings.
//   - A profile that the program names, and a preference for sigv4, win over
//     AWS_BEARER_TOKEN_BEDROCK. White space around the token is removed.
//   - retry_mode may be "legacy", and in any case. That and "adaptive" mean "standard" here. Attempts
//     below 0 are an error. The SDK takes -1 for no limit.
//   - A clock that seems to be off by more than 24 hours is not corrected.
//   - defaults_mode and account_id_endpoint_mode have no effect.
package config
