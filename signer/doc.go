// Package signer signs HTTP requests to AWS with Signature Version 4, and verifies them.
//
// It stands on its own: it imports neither net/http nor net/url, reads no clock, no file and no
// environment, and links into a small program. A request is a plain [Request], which can be made
// from an *http.Request of net/http in one statement, or from any other HTTP client's request.
//
//	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
//	r := &signer.Request{
//		Method: req.Method, Host: req.URL.Host, Path: req.URL.EscapedPath(), RawQuery: req.URL.RawQuery,
//		Header: req.Header, PayloadHash: signer.HashPayload(body),
//	}
//	if err := s.Sign(r, credentials, time.Now()); err != nil {
//		return err // nothing was changed
//	}
//	// req.Header now has Authorization, X-Amz-Date and, for temporary credentials, X-Amz-Security-Token.
//
// # Stages
//
// A signature is made in four stages. Each can be called by itself, and its result printed, to
// compare it with what a service says it expected:
//
//	request ──> canonical request ──> string to sign ──────┐
//	            AppendCanonicalRequest  AppendStringToSign  ├──> signature
//	secret ───> day, region, service ──> signing key ───────┘
//	                                     DeriveKey
//
// [Signer.Sign] puts the signature into the header, [Signer.Presign] into the query, and an
// [EventSigner] continues it from message to message of an input event stream. [Signer.Verify] is
// the server's side, for gateways, fakes and tests.
//
// # What is signed
//
// The path and the query are signed as they are sent: Path and RawQuery are the escaped forms. All
// services but S3 sign the path escaped once more, so that the ':' of a model id, sent as "%3A", is
// signed as "%253A". A '+' in a query is a plus sign, so for url.Values write
// strings.ReplaceAll(q.Encode(), "+", "%20").
//
// The host and all of Request.Header are signed, except the fields that transports and proxies
// rewrite on the way: hop-by-hop fields, Accept-Encoding, User-Agent, Expect, trace ids, the
// WebSocket handshake. Pass only fields that reach the service unchanged. The body is signed by its
// hash; [UnsignedPayload] leaves it out, where the service allows that.
//
// For S3, set SinglePathEncoding, which also sends X-Amz-Content-Sha256, and leave NormalizePath
// unset.
//
// # Trust
//
// Everything is checked before anything is signed: empty fields, control characters anywhere, bad
// percent escapes, header names that are not tokens, expired credentials. A request that is refused
// is unchanged. The error is an [*Error] that names the field, the reason and the offset, never a
// value.
//
// A Signer keeps the signing key of the day, bound to the secret, the day, the region and the
// service: a rotated secret is used at once, also under the same key id. For that it keeps a copy
// of the secret too, and wipes it when another secret takes its place. [Signer.Forget] drops the
// key and wipes the copy.
//
// SHA-256 and HMAC are those of package crypto, and the package works in FIPS 140-only mode. There,
// and only there, a secret under 10 bytes is refused.
//
// [Credentials] and [Request] print redacted; the documentation of Credentials lists what fmt makes
// impossible.
//
// # Memory
//
// A Signer remembers no request. It keeps a buffer for the texts of a signature, and wipes it after
// each use. The header values that Sign sets are new strings in slices of their own. Append
// functions append to the caller's slice, and [EventSigner.Append] does not keep the message.
package signer
