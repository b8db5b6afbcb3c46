// Package credentials finds AWS credentials: each kind of source is a provider of its own, and a [Chain] picks the one
// that is configured.
//
//	cfg := client.Config{Region: "us-east-1", Credentials: new(credentials.Chain).Retrieve}
//	c, err := client.New(cfg)
//	if err != nil {
//		return err
//	}
//
// A program that uses one provider links that provider only; the whole chain takes 300 KiB more than static keys:
//
//	source                     provider       asks
//	keys in the program        Static         nobody
//	environment variables      Environment    nobody
//	keys in the shared files   Profile        a file
//	a role                     AssumeRole     STS, with other credentials
//	a role, by a token         WebIdentity    a file, STS
//	ECS, EKS, Greengrass       Container      an address of the machine
//	EC2                        IMDS           the metadata service, version 2 only
//	credential_process         Process        a program
//	aws sso login              SSO            a file, IAM Identity Center
//	aws login                  Login          a file, the sign-in service
//	whatever is configured     Chain          one of these
//
// Providers do their work at every call. A [Cache] keeps what one gave and renews it in time; a Chain has one. Any other
// func(context.Context) (signer.Credentials, error) may stand where a [Provider] is wanted, and a Provider where client
// wants such a func.
//
// # Errors
//
// Every error is an [*Error]: which source, of which profile, what is wrong and what to do about it. Its kind is
// [ErrNone], [ErrConfig], [ErrSignIn] or [ErrSource], for errors.Is; its cause is in the chain, so that an expired
// context is found too. A source that is configured and fails is never passed over for another.
//
// # Trust
//
// The environment and the files of the user are trusted, and bounded in size. Everything else is not:
//
//   - No answer is read beyond [MaxResponse] bytes, waited for without limit, decompressed, or followed to another
//     host. JSON and XML are read by the strict readers of package model.
//   - What gives credentials for the asking is only asked where it belongs: plain http for a container's endpoint goes
//     to loopback and three addresses of AWS, checked when the connection is made, after name lookup. Neither it nor
//     the metadata service is ever asked through a proxy.
//   - Plain http to STS, IAM Identity Center and the sign-in service goes to loopback only, for tests.
//   - Text of a server is quoted, in ASCII and short, before it enters an error. The output of a process never does.
//
// # Secrets
//
// No type here prints a key or a token under any verb, in JSON or in log/slog, and no error holds one. Go strings can't
// be wiped: keys, request bodies and the output of processes live in memory until they are collected.
//
// # Memory and goroutines
//
// A call returns when its context ends, even if a file, a process, or a func or Transport of the caller's hangs. What
// hangs keeps its goroutine until it returns. Otherwise no goroutine is left after a call, except the fetch of a [Cache]
// for other callers. Reading a file takes 10 seconds at most. Connections are closed after each exchange. Nothing is
// global: two chains share nothing.
//
// # Differences from the AWS SDK for Go
//
// The order is the same. These differ, each on purpose:
//
//   - Credentials of every source are renewed 5 minutes ahead, and a failed renewal costs nothing while the old ones
//     are good. The SDK does the first for containers and the second for EC2 only.
//   - Version 1 of the metadata service is not used, and an unreachable one is given up after 2 seconds.
//   - IAM Identity Center: a refresh token stays when the answer brings no new one; the time format of older versions
//     of the AWS CLI is read; the file is replaced at once and never readable by others.
//   - A profile with login_session may be a source_profile. AWS_LOGIN_CACHE_DIRECTORY may start with "~/".
//     Its keys are renewed where LoginRenewal is set.
//   - A web identity token or authorization token may end in a line feed.
//   - Member names in the output of a process are case-sensitive, as documented.
//   - AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must start with "/"; the SDK lets "@example.com/" name another host.
//   - AWS_PROFILE=default is no error where there is no such profile.
//
// The fakes in package credentialstest serve the sources on loopback, for tests of programs that use this package.
package credentials
