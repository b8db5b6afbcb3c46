package signer

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"time"
)

// EventSigner signs the messages of one input event stream, whose request was signed with
// StreamingEvents as its payload hash. The signature of each message covers the signature before
// it, and the first one covers that of the request. So messages can be neither changed, dropped,
// added nor reordered.
//
// [Signer.Events] makes one. It belongs to one stream and to one goroutine at a time. Its zero
// value refuses to sign.
type EventSigner struct {
	signer  *Signer       // its own: a stream that lasts beyond the day does not compete for the kept key
	secret  func() string // a func, because fmt does not look into one
	expires time.Time
	prior   []byte // the signature before, in hex
	text    []byte // of the last string to sign, for its memory
	ended   bool
}

// maxEventPayload is the largest payload of a message: 24 MiB, Smithy's "Amazon Event Stream"
// specification.
const maxEventPayload = 24 << 20

// The outer frame that carries a signed message:
//
//	prelude            total length, headers length, CRC-32 of these eight bytes    12
//	:date              05 ":date" 08, int64 milliseconds since 1970                 15
//	:chunk-signature   10 ":chunk-signature" 06 0020, 32 bytes                      52
//	payload            the message, itself a complete frame; empty at the end of input
//	CRC-32             of everything before it                                       4
const (
	eventDate      = "\x05:date\x08"
	eventSignature = "\x10:chunk-signature\x06\x00\x20"

	eventDateLen    = len(eventDate) + 8
	eventHeadersLen = eventDateLen + len(eventSignature) + sha256.Size
	eventOverhead   = 12 + eventHeadersLen + 4
)

// Events returns the signer of the messages that follow r. The request must have been signed for
// this region and service, with the key id of c: by [Signer.Sign] with StreamingEvents as its
// PayloadHash, or with the query that [Signer.Presign] returned. c is copied.
//
// The error is an [*Error]: ErrInvalid, ErrExpired, ErrUnsigned or ErrMalformed.
func (s *Signer) Events(r *Request, c *Credentials) (*EventSigner, error) {
	if s == nil {
		return nil, invalid("Signer", "is nil")
	}
	fields, err := r.check(nil)
	if err != nil {
		return nil, err
	}
	claim, err := parseClaim(r.RawQuery, fields)
	if err != nil {
		return nil, err
	}
	if !claim.presigned && r.PayloadHash != StreamingEvents {
		return nil, invalid("Request.PayloadHash", "is not "+StreamingEvents)
	}
	if err := s.checkKey(c, claim.at); err != nil {
		return nil, err
	}
	// The service would refuse the messages one by one, and not say why.
	switch {
	case claim.region != s.Region:
		return nil, invalid("Signer.Region", "is not the one the request was signed for")
	case claim.service != s.Service:
		return nil, invalid("Signer.Service", "is not the one the request was signed for")
	case claim.keyID != c.AccessKeyID:
		return nil, invalid("Credentials.AccessKeyID", "is not the one the request was signed with")
	}
	secret := c.SecretAccessKey
	return &EventSigner{
		signer:  &Signer{Region: s.Region, Service: s.Service},
		secret:  func() string { return secret },
		expires: c.Expires,
		prior:   []byte(claim.signature),
	}, nil
}

// Append appends the outer frame that carries message, itself a complete frame, signed at the given
// time. The time is cut to whole seconds, in the frame and in the signature, because a service may
// take the date of the string to sign from the frame. message is not kept, and must not overlap
// dst's spare room.
//
// On error Append returns dst as it was, and the chain continues as if there had been no call. The
// error is an [*Error] of the kind ErrInvalid or ErrExpired.
func (e *EventSigner) Append(dst, message []byte, at time.Time) ([]byte, error) {
	if len(message) == 0 {
		return dst, invalid("message", "is empty, which would end the stream")
	}
	return e.append(dst, message, at)
}

// AppendEnd appends the frame that ends the stream: signed, with an empty payload. Nothing can be
// appended after it.
func (e *EventSigner) AppendEnd(dst []byte, at time.Time) ([]byte, error) {
	dst, err := e.append(dst, nil, at)
	if err == nil {
		e.ended = true
	}
	return dst, err
}

func (e *EventSigner) append(dst, message []byte, at time.Time) ([]byte, error) {
	switch {
	case e == nil || e.signer == nil:
		return dst, invalid("EventSigner", "was not made by Signer.Events")
	case e.ended:
		return dst, invalid("EventSigner", "has ended")
	case len(message) > maxEventPayload:
		return dst, invalid("message", "is longer than 24 MiB")
	case !e.expires.IsZero() && !at.Before(e.expires):
		return dst, refuse(ErrExpired, "Credentials.Expires", "has passed")
	}
	if err := checkTime(at); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = appendUint32(dst, uint32(eventOverhead+len(message)))
	dst = appendUint32(dst, uint32(eventHeadersLen))
	dst = appendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	// The date's header is signed as it is encoded.
	date := len(dst)
	dst = append(dst, eventDate...)
	milliseconds := uint64(at.Unix() * 1000)
	dst = appendUint32(appendUint32(dst, uint32(milliseconds>>32)), uint32(milliseconds))
	signature := e.sign(dst[date:], message, at)
	dst = append(dst, eventSignature...)
	dst = append(dst, signature[:]...)
	dst = append(dst, message...)
	return appendUint32(dst, crc32.ChecksumIEEE(dst[start:])), nil
}

// sign returns the signature of the next message, and continues the chain from it. headers are the
// message's encoded headers without the signature.
func (e *EventSigner) sign(headers, message []byte, at time.Time) [sha256.Size]byte {
	date := formatTime(at)
	headersHash, messageHash := sha256.Sum256(headers), sha256.Sum256(message)
	text := append(e.text[:0], algorithm+"-PAYLOAD\n"...)
	text = append(text, date...)
	text = append(text, '\n')
	text = appendScope(text, date[:8], e.signer.Region, e.signer.Service) // the message's own day
	text = append(text, '\n')
	text = append(text, e.prior...)
	text = append(text, '\n')
	text = hex.AppendEncode(text, headersHash[:])
	text = append(text, '\n')
	text = hex.AppendEncode(text, messageHash[:])
	e.text = text
	signature := e.signer.kept().sign(e.signer, text, e.secret(), date[:8])
	e.prior = hex.AppendEncode(e.prior[:0], signature[:])
	return signature
}

// appendUint32 appends v in network byte order. Package encoding/binary would link package reflect.
func appendUint32(dst []byte, v uint32) []byte {
	return append(dst, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}
