package signer

import (
	"errors"
	"strconv"
)

// Error says what was refused and why. It holds fixed words, an offset and at most the name of a
// header field. It never holds a value, so neither a secret nor hostile text reaches a log through
// it.
type Error struct {
	Field  string // what was refused, for example "Request.Path" or "Credentials.SecretAccessKey"
	Reason string // in words
	Offset int    // of the offending byte within the field, -1 where there is none
	Err    error  // one of the sentinels below, for errors.Is
}

// Sign, Presign and AppendCanonicalRequest fail with ErrInvalid or ErrExpired only, and so does an
// EventSigner. The others are for [Signer.Verify]: one for each way to refuse a request.
var (
	// ErrInvalid means that the request cannot be signed, or that the credentials or the Signer
	// cannot sign.
	ErrInvalid = errors.New("invalid input")
	// ErrExpired means that the credentials or a presigned URL have expired.
	ErrExpired = errors.New("expired")
	// ErrUnsigned means that the request has no signature.
	ErrUnsigned = errors.New("not signed")
	// ErrMalformed means that the Authorization header or the X-Amz- query parameters cannot be
	// understood, or contradict each other.
	ErrMalformed = errors.New("malformed signature")
	// ErrKeyID means that the request was signed with another access key id.
	ErrKeyID = errors.New("unknown access key id")
	// ErrScope means that the request was signed for another day, region or service.
	ErrScope = errors.New("wrong credential scope")
	// ErrClock means that the request was signed too long ago, or in the future.
	ErrClock = errors.New("outside the clock window")
	// ErrToken means that the session token is missing, differs, or was sent where none is
	// expected.
	ErrToken = errors.New("wrong session token")
	// ErrSignedHeaders means that a header field which must be signed is not, or that the list of
	// signed ones names a field that the request does not have or that cannot be signed.
	ErrSignedHeaders = errors.New("wrong signed headers")
	// ErrPayload means that X-Amz-Content-Sha256 contradicts the payload's hash.
	ErrPayload = errors.New("wrong payload hash")
	// ErrSignature means that the signature is not the one of this request.
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

func invalid(field, reason string) error { return &Error{field, reason, -1, ErrInvalid} }

func invalidAt(field, reason string, offset int) error {
	return &Error{field, reason, offset, ErrInvalid}
}

func refuse(err error, field, reason string) error { return &Error{field, reason, -1, err} }
