package signer

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync/atomic"
	"time"
)

// Signer signs and verifies requests to one service in one region. Its zero value with Region and
// Service set is ready. All methods may be called at once from several goroutines. The fields must
// not change meanwhile, and a Signer must not be copied after its first use.
type Signer struct {
	Region  string // for example "us-east-1"
	Service string // the signing name, for example "bedrock"; not always the first label of the host

	// SinglePathEncoding is for S3: the canonical path is escaped once, not twice, and
	// X-Amz-Content-Sha256 is sent with every request that is signed by header.
	SinglePathEncoding bool

	// NormalizePath signs the path without empty, "." and ".." segments. AWS's description of the
	// canonical request asks for that from every service but S3 ("Normalize URI paths according to
	// RFC 3986 by removing redundant and relative path components"), and AWS's SDKs for Python and
	// JavaScript do it. The SDK for Go signs the path as it is sent. The two agree where the path
	// has no such segment, which is so for every operation of Bedrock at its own endpoint. Leave it
	// unset for S3, whose keys can have such segments.
	NormalizePath bool

	state atomic.Value // func() *kept, set on first use. A func, because fmt prints what a pointer points to
}

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	headerAuthorization = "Authorization"
	headerDate          = "X-Amz-Date"
	headerToken         = "X-Amz-Security-Token"
	headerContentHash   = "X-Amz-Content-Sha256"
)

// Sign signs r by header: it sets X-Amz-Date, Authorization and, for temporary credentials,
// X-Amz-Security-Token. It also sets X-Amz-Content-Sha256 where the service needs it
// (SinglePathEncoding, or a PayloadHash that is not a hash) or r has one already. Entries of an
// earlier attempt are replaced, whatever the case of their names, so a request can be signed again
// for a retry. If r.Header is nil, Sign makes one.
//
// Sign covers the host and every field of r.Header, except those that transports and proxies
// rewrite: hop-by-hop fields, Accept-Encoding, User-Agent, Expect, trace ids. The time of the
// signature is at, in whole seconds; no clock is read.
//
// On error r is unchanged. The error is an [*Error] of the kind ErrInvalid or ErrExpired.
func (s *Signer) Sign(r *Request, c *Credentials, at time.Time) error {
	var array [16]field // for its memory
	fields, err := s.check(r, c, at, array[:0])
	if err != nil {
		return err
	}
	if hasParam(r.RawQuery, paramSignature) {
		return invalid("Request.RawQuery", "is presigned already")
	}
	// From here on nothing can fail, so that a request is either signed or unchanged.
	date := formatTime(at)
	fields = s.setHeader(r, c, date, fields)
	sortFields(fields)
	names := appendNames(make([]byte, 0, 256), fields)
	signature := s.signature(r, fields, names, c.SecretAccessKey, date)

	b := append(make([]byte, 0, 512), algorithm+" Credential="...)
	b = append(b, c.AccessKeyID...)
	b = append(b, '/')
	b = appendScope(b, date[:8], s.Region, s.Service)
	b = append(b, ", SignedHeaders="...)
	b = append(b, names...)
	b = append(b, ", Signature="...)
	b = hex.AppendEncode(b, signature[:])
	r.Header[headerAuthorization] = []string{string(b)}
	return nil
}

// signature goes through the stages: it makes the canonical request of a checked request with these
// header fields and their names, then its string to sign, and signs that.
func (s *Signer) signature(r *Request, fields []field, names []byte, secret, date string) [sha256.Size]byte {
	kept := s.kept()
	buffer := kept.buffer()
	b := s.appendCanonical((*buffer)[:0], r, fields, names)
	n := len(b)
	b = appendStringToSign(b, b, date, s.Region, s.Service)
	sum := kept.sign(s, b[n:], secret, date[:8])
	*buffer = b
	kept.release(buffer)
	return sum
}

// check refuses what cannot be signed. It appends the fields of r's header to fields.
func (s *Signer) check(r *Request, c *Credentials, at time.Time, fields []field) ([]field, error) {
	if err := s.checkKey(c, at); err != nil {
		return nil, err
	}
	return r.check(fields)
}

// checkKey refuses what a signing key cannot be derived from.
func (s *Signer) checkKey(c *Credentials, at time.Time) error {
	if s == nil {
		return invalid("Signer", "is nil")
	}
	if err := checkScope("Signer.Region", s.Region); err != nil {
		return err
	}
	if err := checkScope("Signer.Service", s.Service); err != nil {
		return err
	}
	if err := checkTime(at); err != nil {
		return err
	}
	return c.check(at)
}

// checkScope refuses a region or service that would be ambiguous in a credential scope.
func checkScope(field, s string) error {
	if s == "" {
		return invalid(field, "is empty")
	}
	for i := 0; i < len(s); i++ {
		if b := s[i]; b <= ' ' || b >= 0x7f || b == '/' || b == ',' {
			return invalidAt(field, "has a byte that no credential scope has", i)
		}
	}
	return nil
}

// setHeader sets the header fields that Sign adds, except Authorization, and returns the fields to
// sign. It deletes what an earlier attempt has left: the service refuses a request with an old
// Authorization or session token next to the new one.
func (s *Signer) setHeader(r *Request, c *Credentials, date string, fields []field) []field {
	contentHash := s.SinglePathEncoding || r.PayloadHash == UnsignedPayload || r.PayloadHash == StreamingEvents
	fields = slices.DeleteFunc(fields, func(f field) bool {
		switch f.kind {
		case nameSigned, nameHost:
			return false
		case nameUnsigned:
			return true
		case nameContentHash: // if it is there, it is updated
			contentHash = true
		}
		if f.key != headerDate && f.key != headerAuthorization && (f.key != headerToken || c.SessionToken == "") {
			delete(r.Header, f.key) // the others are replaced
		}
		return true
	})
	if r.Header == nil {
		r.Header = make(map[string][]string, 4)
	}
	set := func(key, name, value string) {
		values := []string{value}
		r.Header[key] = values
		fields = append(fields, field{key: key, name: name, values: values})
	}
	set(headerDate, "x-amz-date", date)
	if c.SessionToken != "" {
		set(headerToken, "x-amz-security-token", c.SessionToken)
	}
	if contentHash {
		set(headerContentHash, "x-amz-content-sha256", r.PayloadHash)
	}
	return fields
}

// AppendStringToSign appends the string to sign of a canonical request: AWS's "Create a string to
// sign". The year of at should have four digits.
func AppendStringToSign(dst, canonical []byte, at time.Time, region, service string) []byte {
	return appendStringToSign(dst, canonical, formatTime(at), region, service)
}

// appendStringToSign hashes the canonical request before it writes, so that dst may share its
// memory.
func appendStringToSign(dst, canonical []byte, date, region, service string) []byte {
	sum := sha256.Sum256(canonical)
	dst = append(dst, algorithm+"\n"...)
	dst = append(dst, date...)
	dst = append(dst, '\n')
	dst = appendScope(dst, date[:8], region, service)
	dst = append(dst, '\n')
	return hex.AppendEncode(dst, sum[:])
}

// appendScope appends the credential scope.
func appendScope(dst []byte, day, region, service string) []byte {
	dst = append(dst, day...)
	dst = append(dst, '/')
	dst = append(dst, region...)
	dst = append(dst, '/')
	dst = append(dst, service...)
	return append(dst, "/"+terminator...)
}
