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
//	  of the models   ControlEndpoint  AWS_ENDPOINT_URL_BEDROCK, the latter   services: bedrock endpoint_url, the latter
//	  neither                          AWS_IGNORE_CONFIGURED_ENDPOINT_URLS    ignore_configured_endpoint_urls
//	FIPS endpoints    FIPS             AWS_USE_FIPS_ENDPOINT                  use_fips_endpoint
//	dual-stack        DualStack        AWS_USE_DUALSTACK_ENDPOINT             use_dualstack_endpoint
//	no clock fixes    -                AWS_DISABLE_CLOCK_SKEW_CORRECTION      disable_clock_skew_correction
//	attempts          -                AWS_MAX_ATTEMPTS                       max_attempts
//	retry mode        -                AWS_RETRY_MODE                         retry_mode
//	authorities       -                AWS_CA_BUNDLE                          ca_bundle
//	application id    -                AWS_SDK_UA_APP_ID                      sdk_ua_app_id
//	bearer token      BearerToken      AWS_BEARER_TOKEN_BEDROCK               -
//	keys              Credentials      see credentials.Chain                  see credentials.Chain
//
// An empty variable or property counts as absent. The order of authentication is: BearerToken,
// Credentials, AWS_BEARER_TOKEN_BEDROCK, the chain. With a bearer token no other source is looked
// at. The token that IAM Identity Center gives to a profile is never used as one.
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
//   - retry_mode may be "legacy", and in any case. That and "adaptive" mean "standard" here.
//     Attempts below 1 are an error. The SDK takes -1 for no limit.
//   - An endpoint variable that is set and empty is absent. In the SDK it hides the other settings.
//   - endpoint_url, services, sdk_ua_app_id and ignore_configured_endpoint_urls count in the
//     credentials file too, also where the config file has the profile.
//   - A token in AWS_BEARER_TOKEN_BEDROCK may have white space around it.
//   - defaults_mode, auth_scheme_preference and account_id_endpoint_mode have no effect.
//
// The differences of package credentials and of its package sharedfile apply as well.
package config
