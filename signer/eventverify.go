package signer

import (
	"bytes"
	"crypto/hmac"
	"hash/crc32"
	"time"
)

// EventVerifier is the server's side of an EventSigner: it verifies the messages of one input event
// stream in their order. [Signer.VerifyEvents] makes one. It belongs to one stream and to one
// goroutine at a time. Its zero value refuses every message.
type EventVerifier struct {
	chain *EventSigner
	err   error // the first refusal; every later message is refused with it
}

// VerifyEvents returns the verifier of the messages that follow r. The request must have been
// verified before, by [Signer.Verify] with StreamingEvents as its PayloadHash and the same
// credentials. c is copied.
//
// The error is an [*Error], as that of [Signer.Events].
func (s *Signer) VerifyEvents(r *Request, c *Credentials) (*EventVerifier, error) {
	chain, err := s.Events(r, c)
	if err != nil {
		return nil, err
	}
	return &EventVerifier{chain: chain}, nil
}

// Verify returns the message that the outer frame carries. The message is a complete frame itself,
// and a slice of the argument. At the end of input it is empty. It refuses a frame that is not the
// next one of the stream, was changed on the way, or has a date that differs from now by more than
// window. A window of zero or less means five minutes. After a refusal, and after the end of input,
// every frame is refused.
//
// The frame must have the layout that the AWS SDKs and [EventSigner] write: the headers :date and
// :chunk-signature and no others, in this order.
//
// The error is an [*Error]: ErrInvalid, ErrMalformed, ErrClock, ErrExpired or ErrSignature.
func (v *EventVerifier) Verify(frame []byte, now time.Time, window time.Duration) (message []byte, err error) {
	if v == nil || v.chain == nil {
		return nil, invalid("EventVerifier", "was not made by Signer.VerifyEvents")
	}
	if v.err != nil {
		return nil, v.err
	}
	if message, v.err = v.verify(frame, now, window); v.err != nil {
		return nil, v.err
	}
	if len(message) == 0 {
		v.err = refuse(ErrMalformed, "frame", "comes after the end of input")
	}
	return message, nil
}

func (v *EventVerifier) verify(frame []byte, now time.Time, window time.Duration) (message []byte, err error) {
	if window <= 0 {
		window = defaultWindow
	}
	const field, prelude = "frame", 12
	n := len(frame)
	switch {
	case n < eventOverhead || uint64(n) != uint64(readUint32(frame)) || readUint32(frame[4:]) != uint32(eventHeadersLen):
		return nil, refuse(ErrMalformed, field, "has another length than a signed message")
	case readUint32(frame[8:]) != crc32.ChecksumIEEE(frame[:8]), readUint32(frame[n-4:]) != crc32.ChecksumIEEE(frame[:n-4]):
		return nil, refuse(ErrMalformed, field, "has a wrong checksum")
	}
	headers, message := frame[prelude:prelude+eventHeadersLen], frame[prelude+eventHeadersLen:n-4]
	date, rest := headers[:eventDateLen], headers[eventDateLen:]
	if !bytes.HasPrefix(date, []byte(eventDate)) || !bytes.HasPrefix(rest, []byte(eventSignature)) {
		return nil, refuse(ErrMalformed, field, "does not have the headers :date and :chunk-signature")
	}
	at := time.UnixMilli(int64(readUint32(date[len(eventDate):]))<<32 | int64(readUint32(date[len(eventDate)+4:])))
	if age := now.Sub(at); age < -window || age > window { // Sub saturates, so that no date wraps into the window
		return nil, refuse(ErrClock, ":date", "is too long ago or in the future")
	}
	if err := checkTime(at); err != nil {
		return nil, err
	}
	if expires := v.chain.expires; !expires.IsZero() && !now.Before(expires) {
		return nil, refuse(ErrExpired, "Credentials.Expires", "has passed")
	}
	want := v.chain.sign(date, message, at)
	if !hmac.Equal(want[:], rest[len(eventSignature):]) {
		return nil, refuse(ErrSignature, ":chunk-signature", "is not this message's after the one before")
	}
	return message, nil
}

// readUint32 reads what appendUint32 writes.
func readUint32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
