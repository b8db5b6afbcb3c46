package signer

import (
	"errors"
	"strconv"
)

// Error says what was refused and why. It holds fixed words, an offset and at most the name of a header: never a
// value, so neither a secret nor hostile text can get into a log through it.
type Error struct {
	Field  string // what was refused, for example "Request.Path" or "Credentials.SecretAccessKey"
	Reason string // in words
	Offset int    // of the offending byte within the field, -1 where there is none
	Err    error  // one of the sentinels below, for errors.Is
}

// Sign, Presign, AppendCanonicalRequest and EventSigner fail with ErrInvalid and ErrExpired only. The others are
// [Signer.Verify]'s, one for each way a request can fail to be what it claims.
var (
	// ErrInvalid: the request, the credentials or the signer cannot be signed with. Nothing was changed.
	ErrInvalid = errors.New("invalid input")
	// ErrExpired: the credentials, or a presigned URL, are past their time.
	ErrExpired = errors.New("expired")
	// ErrUnsigned: the request carries no signature.
	ErrUnsigned = errors.New("not signed")
	// ErrMalformed: the Authorization header or the X-Amz- query parameters cannot be understood, or contradict each other.
	ErrMalformed = errors.New("malformed signature")
	// ErrKeyID: signed with another access key id.
	ErrKeyID = errors.New("unknown access key id")
	// ErrScope: signed for another day, region or service.
	ErrScope = errors.New("wrong credential scope")
	// ErrClock: signed too long ago, or in the future.
	ErrClock = errors.New("outside the clock window")
	// ErrToken: the session token is missing, superfluous, unsigned or another one.
	ErrToken = errors.New("wrong session token")
	// ErrSignedHeaders: a header that must be signed is not, or one that was signed is missing.
	ErrSignedHeaders = errors.New("wrong signed headers")
	// ErrPayload: X-Amz-Content-Sha256 contradicts the payload's hash.
	ErrPayload = errors.New("wrong payload hash")
	// ErrSignature: all of the above is well, and the signature is not this request's.
	ErrSignature = errors.New("signature does not match")
)

// Error returns one line of printable ASCII.
func (e *Error) Error() string {
	s := "signer: "
	if e.Err != nil {
		s += e.Err.Error() + ": "
	}
	s += e.Field + " " + e.Reason
	if e.Offset >= 0 {
		s += " at offset " + strconv.Itoa(e.Offset)
	}
	return s
}

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }

// The three constructors are not inlined: there are some sixty calls, and each would be ten times as long.
//
//go:noinline
func invalid(field, reason string) error { return &Error{field, reason, -1, ErrInvalid} }

//go:noinline
func invalidAt(field, reason string, offset int) error {
	return &Error{field, reason, offset, ErrInvalid}
}

//go:noinline
func refuse(err error, field, reason string) error { return &Error{field, reason, -1, err} }
