// Package credentials finds AWS credentials. Each kind of source is a provider of its own, and a
// [Chain] picks the one that is configured.
//
//	cfg := client.Config{Region: "us-east-1", Credentials: new(credentials.Chain).Retrieve}
//	c, err := client.New(cfg)
//	if err != nil {
//		return err
//	}
//
// A program that uses one provider links only that provider. The whole chain makes a program 400
// KiB larger than static keys do.
//
//	source                     provider       what it contacts
//	keys in the program        Static         nothing
//	environment variables      Environment    nothing
//	keys in the shared files   Profile        a file
//	a role                     AssumeRole     STS, with other credentials
//	a role, by a token         WebIdentity    a file, STS
//	ECS, EKS, Greengrass       Container      an address of the machine
//	EC2                        IMDS           the metadata service, version 2 only
//	credential_process         Process        a program
//	aws sso login              SSO            a file, IAM Identity Center
//	aws login                  Login          a file, the sign-in service
//	any of them                Chain          what is configured
//
// Expiration is judged by the machine's clock, or by the clock that a client has learnt from the
// service and hands on through the context (package refresh).
//
// A provider does its work at every call. A [Cache] keeps credentials and renews them in time. A
// Chain has a cache of its own. Any other func(context.Context) (signer.Credentials, error) can be
// used as a [Provider], and a Provider can be used where package client takes such a func.
//
// # Errors
//
// Every error is an [*Error]: which source, of which profile, what is wrong and what to do about
// it. The exceptions are a [Cache] and a [Chain] whose caller's context ends first: their error is
// the cause of that. The kind of an Error is [ErrNone], [ErrConfig], [ErrSignIn] or [ErrSource],
// for errors.Is. If a configured source fails, no other is tried in its place.
//
// # Trust
//
// The environment and the files of the user are trusted, and limited in size and in the time that
// reading them takes. Everything else is not trusted:
//
//   - A response is limited to [MaxResponse] bytes and in time. It is not decompressed, and
//     redirects are not followed. JSON and XML are read by the strict readers of package model.
//   - Unauthenticated credential endpoints are contacted only at their known addresses: plain http
//     for a container's endpoint goes to loopback and three addresses of AWS. The address is
//     checked when the connection is made, after name lookup. Neither it nor the metadata service
//     is contacted through a proxy.
//   - Plain http to STS, IAM Identity Center and the sign-in service goes to loopback only, for
//     tests.
//   - Foreign text in an error is printable ASCII, on one line, and cut. The standard output of a
//     process is never in one. The first line of its standard error is.
//
// # Secrets
//
// No type of this package prints a key or a token under any verb, in JSON or in log/slog, and no
// error holds one. Go strings can't be wiped: keys, request bodies and the output of processes stay
// in memory until they are collected.
//
// # Memory and goroutines
//
// A call returns when its context ends, even if a file, a process, or a func or Transport of the
// caller's hangs. What hangs keeps its goroutine until it returns. Otherwise no goroutine is left
// after a call, except the fetch of a [Cache] for other callers. Reading a file takes 10 seconds at
// most. Connections are closed after each exchange. Nothing is global: two chains share nothing.
//
// # Differences from the AWS SDK for Go
//
// The order of the sources is the same. The documentation of package config lists the differences.
//
// The fakes in package credentialstest play the sources on loopback, for tests of programs that use
// this package.
package credentials
