// Package signer signs HTTP requests to AWS with Signature Version 4, and verifies them.
//
// It stands on its own: it imports neither net/http nor net/url, reads no clock, no file and no environment, and links
// into a small program. A request is a plain [Request], made from an *http.Request of net/http in one statement, or from
// whatever sends it.
//
//	s := &signer.Signer{Region: "us-east-1", Service: "bedrock"}
//	r := &signer.Request{
//		Method: req.Method, Host: req.URL.Host, Path: req.URL.EscapedPath(), RawQuery: req.URL.RawQuery,
//		Header: req.Header, PayloadHash: signer.HashPayload(body),
//	}
//	if err := s.Sign(r, credentials, time.Now()); err != nil {
//		return err // nothing was changed
//	}
//	// req.Header has Authorization, X-Amz-Date and, for temporary credentials, X-Amz-Security-Token now.
//
// # Stages
//
// A signature is made in four stages, each of which can be called and printed, to be compared with what a service says it
// has expected:
//
//	request ──> canonical request ──> string to sign ──────┐
//	            AppendCanonicalRequest  AppendStringToSign  ├──> signature
//	secret ───> day, region, service ──> signing key ───────┘
//	                                     DeriveKey
//
// [Signer.Sign] puts the signature into headers, [Signer.Presign] into a query, and an [EventSigner] continues it from
// message to message of an input event stream. [Signer.Verify] is the other side, for gateways, fakes and tests.
//
// # What is signed
//
// The path and the query are signed as they go on the wire: Path and RawQuery are the escaped forms. All services but S3
// sign the path escaped once more, so that the ':' of a model id, sent as "%3A", is signed as "%253A". A '+' in a query is
// a plus sign.
//
// All of Request.Header is signed, and the host, but for what others rewrite on the way: hop-by-hop fields,
// Accept-Encoding, User-Agent, Expect, trace ids, the WebSocket handshake. Hand over only what reaches the service
// unchanged. The body is signed by its hash; [UnsignedPayload] leaves it out, where the service allows that.
//
// For S3, set SinglePathEncoding, which also sends X-Amz-Content-Sha256, and leave NormalizePath unset.
//
// # Trust
//
// Everything is checked before anything is signed: empty fields, control characters anywhere, bad percent escapes,
// names that are not tokens, secrets under 10 bytes, expired credentials. A request that is refused is unchanged. The error
// is an [*Error] that names the field, the reason and the offset, never a value.
//
// The signing key is kept for the day, bound to the secret, the day, the region and the service: a rotated secret is used
// at once, also under the same key id. For that the [Signer] keeps a copy of the secret, too, which it wipes when another
// one takes its place; [Signer.Forget] drops the key and wipes the copy. SHA-256 and HMAC are those of package crypto, and
// the package works in FIPS 140-only mode.
//
// [Credentials] and [Request] print redacted; see there for what fmt makes impossible.
//
// # Memory
//
// Sign keeps copies of method, host, path, the names in the header and the key id until the next request, which mostly has
// them again, and nothing else of it. The header values it sets are new strings, in slices whose capacity is their length.
// Append functions append to the caller's slice, and [EventSigner.Append] does not keep the message.
//
// With a cached key, Sign allocates twice. A request that has both another line and other names than the one before costs
// two allocations more and 1.7 times the time (BenchmarkRecall).
//
// # Names
//
// The package exports more than the dozen and a half of names that it would need to sign, because each way in which
// [Signer.Verify] can refuse a request is a sentinel of its own: a server answers each of them differently.
package signer
