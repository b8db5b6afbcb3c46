package signer

import (
	"crypto/sha256"
	"hash/crc32"
	"time"
)

// EventSigner signs the messages of one input event stream, whose request was signed with StreamingEvents as its
// payload hash. Each message's signature covers the one before it, the first that of the request, so messages can be
// neither changed, dropped, added nor put in another order.
//
// [Signer.Events] makes one. It belongs to one stream and to one goroutine at a time. Its zero value refuses to sign.
type EventSigner struct {
	signer  *Signer       // its own: a stream that outlives the day does not fight others for the cached key
	secret  func() string // no verb of fmt looks into a func
	expires time.Time
	prior   [sha256.Size]byte
	ended   bool
}

// maxEventPayload is the largest payload of a message: 24 MiB, Smithy's "Amazon Event Stream" specification.
const maxEventPayload = 24 << 20

// The outer frame that carries a signed message:
//
//	prelude     total length, headers length, CRC-32 of these eight bytes          12
//	:date       05 ":date" 08, int64 milliseconds since 1970                       15
//	:chunk-signature   10 ":chunk-signature" 06 0020, 32 bytes                     52
//	payload     the message, itself a complete frame; empty at the end of input
//	CRC-32      of all before it                                                    4
const (
	eventDate      = "\x05:date\x08"
	eventSignature = "\x10:chunk-signature\x06\x00\x20"

	eventDateLen    = len(eventDate) + 8
	eventHeadersLen = eventDateLen + len(eventSignature) + sha256.Size
	eventOverhead   = 12 + eventHeadersLen + 4
)

// Events returns the signer of the messages that follow r, which must have been signed: by [Signer.Sign] with
// StreamingEvents as its PayloadHash, or with the query that [Signer.Presign] returned, for this region and service and with
// the key id of c. c is copied.
func (s *Signer) Events(r *Request, c *Credentials) (*EventSigner, error) {
	if s == nil {
		return nil, invalid("Signer", "is nil")
	}
	var w work
	if err := w.checkRequest(r); err != nil {
		return nil, err
	}
	claim, err := parseClaim(r)
	if err != nil {
		return nil, err
	}
	if !claim.presigned && r.PayloadHash != StreamingEvents {
		return nil, invalid("Request.PayloadHash", "is not "+StreamingEvents)
	}
	if err := w.checkSigner(s, c, claim.at); err != nil {
		return nil, err
	}
	// A chain that starts from one scope and goes on in another is refused by the service message by message, and says nothing
	// of why.
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
		signer: &Signer{Region: s.Region, Service: s.Service}, secret: func() string { return secret }, expires: c.Expires, prior: claim.signature,
	}, nil
}

// Append appends the outer frame that carries message, a complete frame itself, signed at the given time. The time is
// cut to whole seconds, in the frame as in the signature: a service that formats the frame's own date gets the
// same text, as it would not with milliseconds. message is not kept, and must not overlap dst's spare room.
//
// On error, which is an [*Error] (ErrInvalid, ErrExpired), dst is returned as it was and the chain is where it was.
func (e *EventSigner) Append(dst, message []byte, at time.Time) ([]byte, error) {
	if len(message) == 0 {
		return dst, invalid("message", "is empty, which would end the stream")
	}
	return e.append(dst, message, at)
}

// AppendEnd appends the frame that ends the stream: signed, with an empty payload. Nothing can be appended after it.
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
	total := uint32(eventOverhead + len(message)) // at most 24 MiB and 83, so this cannot wrap
	dst = appendUint32(dst, total)
	dst = appendUint32(dst, uint32(eventHeadersLen))
	dst = appendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	// The date's header is signed as it is encoded, so it is written first and its bytes are hashed where they lie.
	date := len(dst)
	dst = append(dst, eventDate...)
	milliseconds := uint64(at.Unix() * 1000)
	dst = appendUint32(appendUint32(dst, uint32(milliseconds>>32)), uint32(milliseconds))
	e.prior = e.signAfter(e.prior[:], dst[date:], message, at)
	dst = append(dst, eventSignature...)
	dst = append(dst, e.prior[:]...)
	dst = append(dst, message...)
	return appendUint32(dst, crc32.ChecksumIEEE(dst[start:])), nil
}

// signAfter returns the signature of the message after the one with the prior signature. Its headers, but for
// the signature, are given encoded.
func (e *EventSigner) signAfter(prior, headers, message []byte, at time.Time) [sha256.Size]byte {
	var stackDate [len(timeLayout)]byte
	date := string(appendTime(stackDate[:0], at))
	headersHash, messageHash := sha256.Sum256(headers), sha256.Sum256(message)
	cache := e.signer.cache()
	w := cache.work()
	text := append(w.buf[:0], algorithm+"-PAYLOAD\n"...)
	text = append(text, date...)
	text = append(text, '\n')
	text = appendScope(text, date[:8], e.signer.Region, e.signer.Service) // the message's own day, past midnight too
	text = append(text, '\n')
	text = appendHex(text, prior)
	text = append(text, '\n')
	text = appendHex(text, headersHash[:])
	text = append(text, '\n')
	text = appendHex(text, messageHash[:])
	sum := cache.sign(e.signer, text, e.secret(), date[:8])
	w.buf = text
	cache.put(w)
	return sum
}

// appendUint32 appends v in network byte order.
func appendUint32(dst []byte, v uint32) []byte {
	return append(dst, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}
